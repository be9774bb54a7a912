"""What a merchant tells the platform about a case, stage by stage: one table, and refusals that say what is allowed.

An answer is a verb of the shop; in the case's own table it is one or two commands. Pure; imports `models`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from orderhub.errors import Conflict
from orderhub.models import AftersaleStatus, Order, Outcome, Refund
from orderhub.orders.aftersales import Balance, Entry, advance, post
from orderhub.orders.aftersales_table import KINDS, STAGES, WHY

__all__ = ["ANSWERS", "ANSWER_GUARDS", "PATHS", "answer_refusal", "answers_in", "money_refusal", "stage_after"]

ANSWERS: Mapping[str, str] = MappingProxyType({
    "agree_refund": "the buyer gets the money",
    "refuse_refund": "the buyer gets nothing, for a reason",
    "agree_return": "the buyer may send the goods back",
    "confirm_return": "the goods are back",
    "refuse_return": "the goods are back, and the buyer gets nothing, for a reason",
    "ship_exchange": "the parcel that is owed is on its way",
})  # fmt: skip
"""Verb of the shop -> what it says to the buyer."""

_WITHOUT_GOODS = ("refund_only", "rejected_delivery", "intercept")
_GOODS_FIRST = ("return_and_refund", "exchange")
_EVERY = tuple(KINDS)
_MONEY_OWED = ("awaiting_goods", "returning", "stopping", "received", "lost", "refunding", "to_send")
_PARCEL_OWED = ("awaiting_goods", "returning", "received", "lost", "to_send")
_ROWS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("agree_refund", "requested", _WITHOUT_GOODS, ("agree",)),
    *(("agree_refund", stage, _EVERY, ("refund",)) for stage in _MONEY_OWED),
    ("refuse_refund", "requested", _EVERY, ("refuse",)),
    ("agree_return", "requested", _GOODS_FIRST, ("agree",)),
    ("confirm_return", "received", _GOODS_FIRST, ()),
    ("refuse_return", "received", _EVERY, ("refuse",)),
    ("refuse_return", "lost", _EVERY, ("refuse",)),
    ("ship_exchange", "requested", ("exchange", "reissue"), ("agree", "send")),
    *(("ship_exchange", stage, _EVERY, ("send",)) for stage in _PARCEL_OWED),
)
"""(verb, stage, kinds, commands of the case's table)."""


def _walked(kind: str, stage: str, commands: Iterable[str]) -> str | None:
    """The stage at the end of some commands; None where the table refuses one of them."""
    at: str | None = stage
    for command in commands:
        at = advance(kind, at, command) if at is not None else None
    return at


PATHS: Mapping[tuple[str, str, str], str] = MappingProxyType({
    (kind, stage, verb): after
    for verb, stage, kinds, commands in _ROWS
    for kind in kinds
    if (after := _walked(kind, stage, commands)) is not None and kind != "unknown"
})  # fmt: skip
"""(kind, stage, verb) -> the stage that follows; what is not here is refused."""


def _why(kind: str, stage: str, verb: str) -> str | None:
    if (kind, stage, verb) in PATHS:
        return None
    return "unknown_kind" if kind == "unknown" else WHY[stage]


ANSWER_GUARDS: Mapping[tuple[str, str, str], str | None] = MappingProxyType({
    (kind, stage, verb): _why(kind, stage, verb) for kind in KINDS for stage in STAGES for verb in ANSWERS
})  # fmt: skip
"""(kind, stage, verb) -> why it is refused, None where it is allowed."""


def answers_in(kind: str, stage: str) -> tuple[str, ...]:
    """Answers that a case of this kind takes in this stage."""
    return tuple(verb for verb in ANSWERS if ANSWER_GUARDS[kind, stage, verb] is None)


def stage_after(kind: str, stage: str, verb: str) -> str:
    """The stage that an allowed answer leads to."""
    return PATHS[kind, stage, verb]


def answer_refusal(case: Refund, stage: str, verb: str, because: str | None = None) -> Outcome[Any]:
    """A refused answer: its reason, the stage of the case and what is allowed instead.

    Args:
        because: A reason beside the table, e.g. what the stock says.
    """
    kind = case.kind.value
    reason = because or ANSWER_GUARDS[kind, stage, verb] or "refused"
    instead = ", ".join(name for name in answers_in(kind, stage) if name != verb) or "nothing"
    told = f"{verb} of {case.key} is refused: {reason} (kind {kind}, state {stage}); allowed instead: {instead}"
    return Outcome(False, case.key, reason, Conflict(told, platform=case.platform, operation=verb, code=reason))


def money_refusal(order: Order, case: Refund, others: Iterable[Refund], promised: Decimal) -> str | None:
    """Why a case's money must not be paid back; None when it may.

    Args:
        others: Stored cases of the order; those that are refunded count, also where the order does not say so.
        promised: What was agreed to in other cases and is not seen as refunded yet.
    Returns:
        amount_unknown, currency_differs, paid_unknown, exceeds_paid.
    """
    if case.amount is None:
        return "amount_unknown"
    if case.currency != order.currency:
        return "currency_differs"
    back = [one for one in others if one.status is AftersaleStatus.REFUNDED and one.key != case.key]
    refunded = max((order.refunded or Decimal(0)) + _sum(one for one in back if _is_later(one, order)), _sum(back))
    _, why = post(Balance(order.paid, refunded + promised), Entry("refund_shipped", (), case.amount))
    return why


def _sum(cases: Iterable[Refund]) -> Decimal:
    return sum((case.amount for case in cases if case.amount is not None), Decimal(0))


def _is_later(case: Refund, order: Order) -> bool:
    """Whether a refund may have come after the order was read: then its own `refunded` does not hold it."""
    return case.updated_at is None or order.updated_at is None or case.updated_at > order.updated_at
