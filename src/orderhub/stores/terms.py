"""What an order can be found by, apart from its columns; pure. Imports `models`.

A term is `kind:text`, folded so that people need not match case or spacing. The index holds personal data
(names, phone numbers), exactly as the stored orders do.
"""

from __future__ import annotations

import re

from orderhub.models import Order

__all__ = ["SEARCHED", "fold", "search_terms", "term", "terms_of"]

SEARCHED = ("id", "waybill", "buyer", "name", "phone", "tail")
_DIGITS = re.compile(r"\d+")


def fold(text: str) -> str:
    """Case folded, runs of white space as one space."""
    return " ".join(text.casefold().split())


def term(kind: str, text: str) -> str:
    """The index form of one fact."""
    return f"{kind}:{fold(text)}"


def terms_of(order: Order) -> tuple[str, ...]:
    """Every term of an order, sorted, each once."""
    found = [("id", order.order_id)]
    found += [("id", line.line_id) for line in order.lines]
    found += [("hold", hold) for hold in order.holds]
    found += [("label", label) for label in order.labels]
    found += [("waybill", shipment.waybill_no) for shipment in order.shipments if shipment.waybill_no]
    found += _people(order)
    return tuple(sorted({term(kind, text) for kind, text in found if text}))


def _people(order: Order) -> list[tuple[str, str]]:
    receiver, privacy = order.recipient, order.recipient.privacy
    named = ("buyer", order.buyer.buyer_id), ("buyer", order.buyer.nickname), ("name", receiver.name)
    hidden = ("buyer", privacy.token), ("buyer", privacy.merge_key)
    return [(kind, text) for kind, text in (*named, *hidden) if text] + _phone(receiver.phone)


def _phone(phone: str | None) -> list[tuple[str, str]]:
    if not phone:
        return []
    digits = "".join(_DIGITS.findall(phone))
    tail = [("tail", digits[-4:])] if phone[-4:].isdecimal() else []
    return tail if "*" in phone else [*tail, ("phone", digits[-11:])]


def search_terms(text: str) -> tuple[str, ...]:
    """The terms that a person may mean by `text`."""
    digits = "".join(_DIGITS.findall(text))
    spelled = {term(kind, text) for kind in SEARCHED}
    return tuple(sorted(spelled | ({term("phone", digits[-11:])} if len(digits) >= 7 else set())))
