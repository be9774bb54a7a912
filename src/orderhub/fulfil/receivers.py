"""Receivers for labels: in the clear where the platform lends them, many orders in one call. Imports `flow`, `models`.

What is lent lives as long as the run and is never stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from orderhub.errors import NoCarrier, OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.models import Order, PrivacyKind, Recipient

__all__ = ["lend_receivers", "receiver_of"]

_STARS = "**"
"""What masks look like."""


def lend_receivers(plan: FulfilPlan, orders: Iterable[Order]) -> Operation[dict[str, Recipient]]:
    """Order key -> receiver in the clear, one question a shop; those that are not lent are left out.

    A shop that refuses its batch is asked order by order later, so that one bad order does not hide the others.
    """
    found: dict[str, Recipient] = {}
    for shop, hidden in _hidden(plan, orders).items():
        try:
            lent = yield from _lent(plan, shop, hidden)
        except OrderHubError:
            continue
        found |= {key: clear for key, clear in lent.items() if _usable(clear)}
    return found


def receiver_of(plan: FulfilPlan, order: Order) -> Operation[Recipient]:
    """The receiver for the label: in the clear where the platform lends it, otherwise as it is.

    Raises:
        NoCarrier: It stays masked or encrypted: a parcel without an address is never sent.
    """
    privacy = order.recipient.privacy
    if privacy.kind is PrivacyKind.CLEAR:
        return order.recipient
    lent: Mapping[str, Recipient] = {}
    for shop, hidden in _hidden(plan, [order]).items():
        try:
            lent = yield from _lent(plan, shop, hidden)
        except UnsupportedOperation:
            continue
    clear = lent.get(order.key)
    if clear is None or not _usable(clear):
        raise NoCarrier(
            f"the receiver of {order.key} is {privacy.kind.value} and the platform lends no clear one: grant the app "
            "the right to decrypt, or print with the platform's own waybills", code="receiver_hidden",
        )  # fmt: skip
    return clear


def _hidden(plan: FulfilPlan, orders: Iterable[Order]) -> dict[str, list[Order]]:
    """Orders whose receiver the platform may lend, by the port of their shop."""
    found: dict[str, list[Order]] = defaultdict(list)
    for order in orders if plan.decrypt else ():
        privacy = order.recipient.privacy
        if privacy.kind is not PrivacyKind.CLEAR and privacy.token is not None:
            found[f"shop:{order.platform}:{order.shop_id}"].append(order)
    return found


def _lent(plan: FulfilPlan, shop: str, orders: Sequence[Order]) -> Operation[dict[str, Recipient]]:
    """Receivers as the platform decrypts them; it may leave out what the orders tell anyway."""
    asked = [(order.order_id, order.recipient.privacy.token) for order in orders]
    rows = yield from ask(shop, "decrypt", asked, scene=plan.decrypt_scene)
    clear: dict[str, Recipient] = {row.order_id: row.recipient for row in rows if row.matched}
    return {
        order.key: _completed(clear[order.order_id], order.recipient) for order in orders if order.order_id in clear
    }


def _usable(clear: Recipient) -> bool:
    return bool(clear.address.street) and _STARS not in (clear.address.street or "")


def _completed(clear: Recipient, told: Recipient) -> Recipient:
    """`clear` with the administrative levels that only the order tells; nothing that may be masked is taken over."""
    levels = {
        name: getattr(clear.address, name) or getattr(told.address, name)
        for name in ("country", "province", "city", "district", "town", "postal_code", "division_code")
    }
    return clear.model_copy(update={"address": clear.address.model_copy(update=levels)})
