"""Stock commands, outcomes, levels and movements: plain frozen values. Imports nothing of the library.

Quantities are whole units, instants aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

__all__ = [
    "Adjust", "Commit", "Expire", "Level", "Move", "Movement", "Receive", "Release", "Reservation",
    "ReservationStatus", "Reserve", "Restock", "Shortage", "StockCommand", "StockLine", "StockOutcome",
    "StockReason", "StockSnapshot",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StockLine:
    """`quantity` units of `sku` in `warehouse`."""

    sku: str
    warehouse: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Receive:
    """Goods arrive: on hand grows."""

    key: str
    lines: tuple[StockLine, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Restock:
    """Units come back from a buyer; only `sellable` ones become on hand."""

    key: str
    lines: tuple[StockLine, ...]
    sellable: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Adjust:
    """A correction with a reason; quantities may be negative, on hand never goes below what is reserved."""

    key: str
    lines: tuple[StockLine, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """Hold units until commit, release or `expires_at` (UTC; None never expires). All lines or none."""

    key: str
    lines: tuple[StockLine, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """Ship what `reservation` holds; `lines` for a part, the rest returns to available."""

    key: str
    reservation: str
    lines: tuple[StockLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Give back what `reservation` holds."""

    key: str
    reservation: str


@dataclass(frozen=True, slots=True)
class Move:
    """Re-route a live reservation to other `lines`, atomically: it keeps its key and expiry."""

    key: str
    reservation: str
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, slots=True)
class Expire:
    """Resolve every reservation whose time has come by the store's own clock."""

    key: str


StockCommand: TypeAlias = Receive | Restock | Adjust | Reserve | Commit | Release | Move | Expire
StockReason: TypeAlias = Literal[
    "insufficient_stock", "key_conflict", "unknown_reservation", "already_resolved", "expired", "invalid"
]


@dataclass(frozen=True, slots=True)
class Shortage:
    """How much was asked for and how much is available."""

    sku: str
    warehouse: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class StockOutcome:
    """The result of one command; the same key again gives the first one."""

    ok: bool
    key: str
    reason: StockReason | None = None
    shortages: tuple[Shortage, ...] = ()
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """What one warehouse has of one SKU; `version` grows with every movement."""

    sku: str
    warehouse: str
    on_hand: int = 0
    reserved: int = 0
    version: int = 0

    @property
    def available(self) -> int:
        """on_hand - reserved."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Movement:
    """One immutable row of the ledger."""

    seq: int
    key: str
    kind: str
    sku: str
    warehouse: str
    on_hand_delta: int
    reserved_delta: int
    at: datetime
    reason: str | None = None


ReservationStatus: TypeAlias = Literal["open", "committed", "released", "expired"]


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one `Reserve` holds (or held, once it is resolved); `key` is that command's key, `expires_at` UTC."""

    key: str
    lines: tuple[StockLine, ...]
    expires_at: datetime | None
    status: ReservationStatus


@dataclass(frozen=True, slots=True)
class StockSnapshot:
    """Levels read at one instant; `version` is the number of the newest movement then, so it never goes back."""

    version: int
    levels: tuple[Level, ...]
