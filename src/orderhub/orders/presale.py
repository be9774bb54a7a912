"""Presale orders with deposit and tail payment: where they stand, what is still owed. Pure; imports `models`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orderhub.models import Hold, Order, PaymentStatus

__all__ = ["Presale", "presale_of"]

Stage = Literal["none", "deposit_due", "tail_due", "paid", "unknown"]

_WAITS = frozenset({Hold.PRESALE, Hold.DEPOSIT_ONLY})


@dataclass(frozen=True, slots=True)
class Presale:
    """Where a presale order stands.

    Attributes:
        stage: `none` for an ordinary order; `unknown` when the platform says too little, which is never shippable.
        deposit: Paid so far while the tail is due; None when it is not told.
        tail: What is still owed, in the order's currency; None when it is not told.
    """

    stage: Stage
    deposit: Decimal | None = None
    tail: Decimal | None = None

    @property
    def may_ship(self) -> bool:
        """Whether payment stands in the way no longer; other holds still may."""
        return self.stage in ("none", "paid")


def presale_of(order: Order) -> Presale:
    """The stage of an order, by its holds, its label and what was paid; a missing amount is never zero."""
    if not (order.holds & _WAITS or "presale" in order.labels):
        return Presale("none")
    owed = None if order.total is None or order.paid is None else max(Decimal(0), order.total - order.paid)
    if order.payment_status is PaymentStatus.UNPAID:
        return Presale("deposit_due", order.paid, owed)
    if order.payment_status is PaymentStatus.PARTIALLY_PAID or Hold.DEPOSIT_ONLY in order.holds:
        return Presale("tail_due", order.paid, owed)
    if order.payment_status is PaymentStatus.UNKNOWN:
        return Presale("unknown", order.paid, owed)
    return Presale("paid", None, owed)
