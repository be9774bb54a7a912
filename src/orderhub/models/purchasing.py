"""Goods that were bought and are expected: plain frozen values. Imports this room.

Quantities are whole units, instants aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orderhub.models.base import Word
from orderhub.models.stock import StockLine

__all__ = ["Arrival", "PurchaseLine", "PurchaseOrder", "PurchaseStatus"]


class PurchaseStatus(Word):
    """How far a purchase has come."""

    OPEN = "open"
    PARTIAL = "partial"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """Units of one SKU for one warehouse.

    Attributes:
        due_at: From when on they may be sold; None where nobody knows.
        received: Units that came; more than `units` where the supplier sent more and somebody said why.
        given_up: Units that never come, with the reasons.
    """

    sku: str
    warehouse: str
    units: int
    due_at: datetime | None = None
    received: int = 0
    given_up: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        """Units still to come."""
        return max(0, self.units - self.received - self.given_up)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery as it was unloaded.

    Attributes:
        delivery: The supplier's delivery note, or whatever tells deliveries of one purchase apart.
        lines: What came, by place: a warehouse, or a lot or single unit in one (see `inventory.places`).
        at: When; UTC.
        reason: Why it differs from what was ordered; None where it does not.
        is_stocked: Whether the ledger has it.
    """

    delivery: str
    lines: tuple[StockLine, ...]
    at: datetime
    reason: str | None = None
    is_stocked: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """What was ordered from a supplier, and what came of it.

    Attributes:
        key: Unique; the keys of its stock commands begin with it.
        supplier: Whoever sends it, in the host's words.
        ordered_at: UTC.
    """

    key: str
    lines: tuple[PurchaseLine, ...]
    supplier: str | None = None
    ordered_at: datetime | None = None
    status: PurchaseStatus = PurchaseStatus.OPEN
    arrivals: tuple[Arrival, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is still expected."""
        return self.status in (PurchaseStatus.OPEN, PurchaseStatus.PARTIAL)
