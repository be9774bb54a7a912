"""Who orders, how much, how often: blacklist, unusual quantities and sums, the same order twice. Pure.

Imports `audit_policy`, `normalise`, `models`. Hidden receivers are compared by the platform's merge key, and by the
buyer; a masked text is never taken for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import PrivacyKind
from orderhub.normalise.phone import parse_phone
from orderhub.normalise.text import matching_form
from orderhub.orders.audit_finding import finding
from orderhub.orders.audit_policy import AuditContext, Blocked

__all__ = ["PeerIndex", "person_keys", "risk"]


def person_keys(order: Order) -> frozenset[str]:
    """What orders of one person share: merge key, buyer, dialled number; empty when nothing is known."""
    person, scope = order.recipient, f"{order.platform}:{order.shop_id}"
    found = set()
    if person.privacy.merge_key:
        found.add(f"merge:{scope}:{person.privacy.merge_key}")
    if order.buyer.buyer_id:
        found.add(f"buyer:{scope}:{order.buyer.buyer_id}")
    if person.privacy.kind in (PrivacyKind.CLEAR, PrivacyKind.ABSENT) and (
        form := parse_phone(person.phone).matching_form
    ):
        found.add(f"phone:{form}")
    return frozenset(found)


class PeerIndex:
    """Orders by person, so that each finds its peers without a look at all the others."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._by_key: dict[str, dict[str, Order]] = {}
        for order in orders:
            for key in person_keys(order):
                self._by_key.setdefault(key, {})[order.key] = order

    def __call__(self, order: Order) -> list[Order]:
        """Other orders of the same person, by key."""
        found = {key: peer for name in person_keys(order) for key, peer in self._by_key.get(name, {}).items()}
        found.pop(order.key, None)
        return [found[key] for key in sorted(found)]


def risk(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Signals; all but the blacklist only ask for a look."""
    policy = context.policy
    for entry in policy.blacklist:
        if _is_meant(entry, order):
            why = f" ({entry.reason})" if entry.reason else ""
            yield finding(order, "blacklisted", f"the {entry.kind} is on the blacklist{why}", entry.kind)
    for number, line in enumerate(order.lines):
        if policy.quantity_max is not None and line.quantity > policy.quantity_max:
            yield finding(order, "quantity_unusual", f"{line.quantity} units of one line", f"lines[{number}].quantity",
                          str(line.quantity))  # fmt: skip
    if policy.amount_max is not None and order.total is not None and order.total > policy.amount_max:
        yield finding(order, "amount_unusual", f"a total of {order.total} {order.currency}", "total", str(order.total))
    yield from _peers(order, context)


def _is_meant(entry: Blocked, order: Order) -> bool:
    person = order.recipient
    if entry.kind == "buyer":
        return entry.value in (order.buyer.buyer_id, order.buyer.nickname)
    if person.privacy.kind not in (PrivacyKind.CLEAR, PrivacyKind.ABSENT):
        return False
    if entry.kind == "phone":
        wanted = parse_phone(entry.value).matching_form
        return wanted is not None and wanted == parse_phone(person.phone).matching_form
    if entry.kind == "name":
        return matching_form(entry.value) == matching_form(person.name or "")
    return matching_form(entry.value) in matching_form(person.address.street or "")


def _peers(order: Order, context: AuditContext) -> Iterator[Finding]:
    peers = list(context.peers(order)) if context.peers else []
    twins = [peer for peer in peers if _is_twin(order, peer, timedelta(hours=context.policy.duplicate_h))]
    if twins:
        told = f"{len(twins)} more with the same goods for the same person"
        yield finding(order, "duplicate_suspected", told, "buyer", ", ".join(peer.order_id for peer in twins[:3]))
    most = context.policy.receiver_orders_max
    if most is not None and len(peers) + 1 > most:
        yield finding(order, "receiver_busy", f"{len(peers) + 1} open orders for one person", "recipient",
                      str(len(peers) + 1))  # fmt: skip


def _is_twin(order: Order, peer: Order, within: timedelta) -> bool:
    if order.created_at is None or peer.created_at is None or not order.lines:
        return False
    return abs(order.created_at - peer.created_at) <= within and _goods(order) == _goods(peer)


def _goods(order: Order) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in order.lines:
        found[line.sku or f"id:{line.platform_sku_id}"] += line.quantity
    return found
