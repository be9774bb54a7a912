"""What an order can be found by, apart from its columns; pure. Imports `models`.

A term is `kind:text`, folded so that people need not match case or spacing. Those of the kinds `PERSONAL` tell who
somebody is: a store with a key keeps keyed digests of them.
"""

from __future__ import annotations

import hashlib
import re

from orderhub.models import Order
from orderhub.ports import OrderQuery

__all__ = ["PERSONAL", "SEARCHED", "fold", "query_terms", "search_terms", "term", "terms_of"]

SEARCHED = ("id", "waybill", "sku", "buyer", "email", "name", "phone", "tail")
PERSONAL = frozenset({"buyer", "email", "name", "phone", "tail"})
LENGTH_MAX = 200
"""Characters of a term kept as they are; a longer one is kept as its digest, for indexes have limits."""

_DIGITS = re.compile(r"\d+")
_NAMED = (
    ("hold", "hold"), ("label", "label"), ("waybill", "waybill_no"), ("sku", "sku"), ("buyer", "buyer"),
    ("name", "name"), ("tail", "phone_tail"),
)  # fmt: skip
"""(kind, field of `OrderQuery`)"""


def fold(text: str) -> str:
    """Case folded, runs of white space as one space, without the character that PostgreSQL refuses."""
    folded = text.casefold()
    return folded if folded.isalnum() else " ".join(folded.replace("\0", "").split())


def term(kind: str, text: str) -> str:
    """The index form of one fact."""
    folded = fold(text)
    if len(folded) > LENGTH_MAX:
        folded = f"={hashlib.blake2b(folded.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"
    return f"{kind}:{folded}"


def terms_of(order: Order) -> tuple[str, ...]:
    """Every term of an order, sorted, each once."""
    found: list[tuple[str, str | None]] = [("id", order.order_id)]
    for line in order.lines:
        found += (("id", line.line_id), ("sku", line.sku), ("sku", line.platform_sku_id))
    found += [("hold", hold) for hold in order.holds]
    found += [("label", label) for label in order.labels]
    found += [("waybill", shipment.waybill_no) for shipment in order.shipments]
    found += _people(order)
    return tuple(sorted({term(kind, text) for kind, text in found if text}))


def _people(order: Order) -> list[tuple[str, str | None]]:
    receiver, privacy, buyer = order.recipient, order.recipient.privacy, order.buyer
    named = ("buyer", buyer.buyer_id), ("buyer", buyer.nickname), ("email", buyer.email), ("name", receiver.name)
    hidden = ("buyer", privacy.token), ("buyer", privacy.merge_key)
    return [*named, *hidden, *_phone(receiver.phone)]


def _phone(phone: str | None) -> list[tuple[str, str | None]]:
    if not phone:
        return []
    tail: list[tuple[str, str | None]] = [("tail", phone[-4:])] if phone[-4:].isdecimal() else []
    return tail if "*" in phone else [*tail, ("phone", _dialled(phone))]


def _dialled(phone: str) -> str:
    """The last eleven digits: with and without country code the same number."""
    return "".join(_DIGITS.findall(phone))[-11:]


def search_terms(text: str) -> tuple[str, ...]:
    """The terms that a person may mean by `text`: any of them will do."""
    if not fold(text):
        return ()
    dialled = _dialled(text)
    spelled = {term(kind, text) for kind in SEARCHED}
    return tuple(sorted(spelled | ({term("phone", dialled)} if len(dialled) >= 7 else set())))


def query_terms(query: OrderQuery) -> list[tuple[str, ...]]:
    """What a query asks of the index: of each tuple at least one term."""
    named: list[tuple[str, ...]] = [
        (term(kind, text),) for kind, field in _NAMED if (text := getattr(query, field)) is not None
    ]
    if query.phone is not None:
        named.append((term("phone", _dialled(query.phone)),))
    if query.text is not None:
        named.append(search_terms(query.text) or ("",))
    return named
