"""After-sale cases: their stage, the next one, refusals that say what is allowed, and the laws. Pure; imports `models`.

Two laws hold on every path: what is refunded never exceeds what was paid, and what may still be shipped is what was
ordered less what was cancelled, refunded before it left, or shipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from orderhub.errors import Conflict
from orderhub.models import AftersaleStatus, LineItem, Order, OrderStatus, Outcome, Refund
from orderhub.orders.aftersales_table import GUARDS, MOVES, WITH_GOODS, allowed_in

__all__ = [
    "Balance", "Entry", "LineBalance", "advance", "balance_of", "case_refusal", "post", "refundable", "stage_of",
]  # fmt: skip

_AGREED: Mapping[str, str] = MappingProxyType({
    "refund_only": "refunding", "return_and_refund": "awaiting_goods", "exchange": "awaiting_goods",
    "reissue": "to_send", "rejected_delivery": "returning", "intercept": "stopping", "unknown": "unknown",
})  # fmt: skip
_PLAIN: Mapping[AftersaleStatus, str] = MappingProxyType({
    AftersaleStatus.REQUESTED: "requested", AftersaleStatus.REFUSED: "refused", AftersaleStatus.CLOSED: "closed",
    AftersaleStatus.NONE: "unknown", AftersaleStatus.UNKNOWN: "unknown",
})  # fmt: skip
_SHIPPED = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})


def stage_of(case: Refund, *, received: bool = False) -> str:
    """Where a case stands, from its platform's word and from what the warehouse wrote down.

    Args:
        received: Its goods were received and inspected.
    """
    kind = case.kind.value
    if case.status in _PLAIN:
        return _PLAIN[case.status]
    if case.status is AftersaleStatus.IN_PROGRESS:
        if received and kind in WITH_GOODS:
            return "received"
        agreed = _AGREED[kind]
        return "returning" if agreed == "awaiting_goods" and case.return_waybill_no else agreed
    return "goods_owed" if kind in WITH_GOODS and not received else "done"


def advance(kind: str, stage: str, command: str) -> str | None:
    """The stage after a command; None when it is refused."""
    return MOVES[kind].get(stage, {}).get(command)


def case_refusal(case: Refund, stage: str, command: str, because: str | None = None) -> Outcome[Any]:
    """A refused command: its reason, the stage of the case and what is allowed instead.

    Args:
        because: A reason beside the table, e.g. what an inspection says.
    """
    kind = case.kind.value
    reason = because or GUARDS[kind, stage, command] or "refused"
    instead = ", ".join(name for name in allowed_in(kind, stage) if name != command) or "nothing"
    told = f"{command} of {case.key} is refused: {reason} (kind {kind}, state {stage}); allowed instead: {instead}"
    return Outcome(False, case.key, reason, Conflict(told, operation=command, code=reason))


@dataclass(frozen=True, slots=True)
class LineBalance:
    """Units of one line. `shippable` is what may still leave."""

    ordered: int
    cancelled: int = 0
    refunded_unshipped: int = 0
    shipped: int = 0
    refunded_shipped: int = 0

    @property
    def shippable(self) -> int:
        """ordered - cancelled - refunded unshipped - shipped."""
        return self.ordered - self.cancelled - self.refunded_unshipped - self.shipped

    @property
    def returnable(self) -> int:
        """Units that the buyer has and was not refunded for."""
        return self.shipped - self.refunded_shipped


@dataclass(frozen=True, slots=True)
class Balance:
    """An order's money, in its currency, and units by line id; `paid` is None where the platform does not say."""

    paid: Decimal | None
    refunded: Decimal = Decimal(0)
    lines: Mapping[str, LineBalance] = field(default_factory=dict)


What: TypeAlias = Literal["ship", "cancel", "refund_unshipped", "refund_shipped"]
_FIELD: Mapping[str, tuple[str, str]] = MappingProxyType({
    "ship": ("shipped", "shippable"), "cancel": ("cancelled", "shippable"),
    "refund_unshipped": ("refunded_unshipped", "shippable"), "refund_shipped": ("refunded_shipped", "returnable"),
})  # fmt: skip
"""Entry -> the count that grows, and the one that it is taken from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `lines` are (line_id, units), `amount` goes to the buyer."""

    what: What
    lines: tuple[tuple[str, int], ...] = ()
    amount: Decimal = Decimal(0)


def post(balance: Balance, entry: Entry) -> tuple[Balance, str | None]:
    """The balance after an entry; or the same balance and why not.

    Reasons: invalid, paid_unknown, exceeds_paid, unknown_line, exceeds_open.
    """
    if entry.amount < 0 or any(units <= 0 for _, units in entry.lines):
        return balance, "invalid"
    if entry.amount and balance.paid is None:
        return balance, "paid_unknown"
    refunded = balance.refunded + entry.amount
    if balance.paid is not None and refunded > balance.paid:
        return balance, "exceeds_paid"
    grows, taken_from = _FIELD[entry.what]
    lines = dict(balance.lines)
    for line_id, units in entry.lines:
        if line_id not in lines:
            return balance, "unknown_line"
        if units > getattr(lines[line_id], taken_from):
            return balance, "exceeds_open"
        lines[line_id] = replace(lines[line_id], **{grows: getattr(lines[line_id], grows) + units})
    return replace(balance, refunded=refunded, lines=lines), None


def balance_of(order: Order) -> Balance:
    """An order's balance as its platform tells it.

    Refunded units count as unshipped as far as they can, so that none of them is sent. Where the platform does not say
    what it paid back, no more can be.
    """
    paid = None if order.refunded is None else order.paid
    return Balance(paid, order.refunded or Decimal(0), {line.line_id: _line(line) for line in order.lines})


def _line(line: LineItem) -> LineBalance:
    known = line.quantity if line.status in _SHIPPED else 0
    shipped = min(line.quantity, known if line.shipped_quantity is None else line.shipped_quantity)
    refunded = min(line.quantity, line.refunded_quantity or 0)
    unshipped = min(refunded, line.quantity - shipped)
    rest = line.quantity - shipped - unshipped if line.status is OrderStatus.CANCELLED else 0
    return LineBalance(line.quantity, rest, unshipped, shipped, refunded - unshipped)


def refundable(order: Order, cases: Iterable[Refund] = ()) -> Decimal | None:
    """The most that may still be paid back, in the order's currency; open cases take their part first.

    Returns:
        None where the platform does not tell what was paid, what went back, or what an open case asks for.
    """
    asked = [case.amount for case in cases if case.status in _OPEN and case.order_id == order.order_id]
    if order.paid is None or order.refunded is None or any(amount is None for amount in asked):
        return None
    return max(Decimal(0), order.paid - order.refunded - sum(filter(None, asked), Decimal(0)))
