"""Stock commands, outcomes, levels and movements: plain frozen values. Imports nothing of the library.

Quantities are whole units, instants aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

__all__ = [
    "Adjust", "BackOrder", "Commit", "Expire", "FillBackOrder", "Level", "Move", "Movement", "Receive", "Release",
    "Reservation", "ReservationStatus", "Reserve", "Restock", "Shortage", "StockCommand", "StockLine", "StockOutcome",
    "StockReason", "StockSnapshot", "StockTake", "TransferCancel", "TransferReceive", "TransferShip",
    "TransferWriteOff",
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
    """Units come back from a buyer; those that are not `sellable` become on hand where nothing is ever available."""

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


@dataclass(frozen=True, slots=True)
class StockTake:
    """What was counted, zero too: on hand changes by what the count differs, so that no sale in between is undone.

    Attributes:
        lines: Units found. A place that is not named was not counted.
        book: What the ledger said when they were counted, of the same places (`level_at` tells); None compares
            with the ledger as it is when the command arrives, for counts while nothing moves.
    """

    key: str
    lines: tuple[StockLine, ...]
    reason: str | None = None
    book: tuple[StockLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class TransferShip:
    """Units leave the one warehouse of `lines` for `target`; until they come they are in transit and not available.

    The key is the transfer's from then on; `reservation` held them (what it holds beyond `lines` is free again), or
    None takes what is available.
    """

    key: str
    lines: tuple[StockLine, ...]
    target: str
    reservation: str | None = None


@dataclass(frozen=True, slots=True)
class TransferReceive:
    """What came of `transfer`: `lines` name the target's units, None all that is still on its way."""

    key: str
    transfer: str
    lines: tuple[StockLine, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TransferWriteOff:
    """What never comes of `transfer` and why: `lines` name the target's units, None all that is still on its way."""

    key: str
    transfer: str
    reason: str
    lines: tuple[StockLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class TransferCancel:
    """What is still on its way goes back to where it came from."""

    key: str
    transfer: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BackOrder:
    """A wish for units that are not there: it holds nothing until it is filled; `Release` withdraws it."""

    key: str
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, slots=True)
class FillBackOrder:
    """Reserve what `back_order` waits for, all of it or nothing; the reservation has this command's key."""

    key: str
    back_order: str
    expires_at: datetime | None = None


StockCommand: TypeAlias = (
    Receive
    | Restock
    | Adjust
    | Reserve
    | Commit
    | Release
    | Move
    | Expire
    | StockTake
    | TransferShip
    | TransferReceive
    | TransferWriteOff
    | TransferCancel
    | BackOrder
    | FillBackOrder
)
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


ReservationStatus: TypeAlias = Literal[
    "open", "committed", "released", "expired", "waiting", "filled", "in_transit", "received", "cancelled"
]
"""Of reserves the first four; back-orders are waiting, filled or released; transfers are the last three."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one `Reserve` holds (or held, once it is resolved); `key` is that command's key, `expires_at` UTC.

    A back-order's lines are what it waits for, a transfer's what is still on its way (`inventory.places` reads names).
    """

    key: str
    lines: tuple[StockLine, ...]
    expires_at: datetime | None
    status: ReservationStatus


@dataclass(frozen=True, slots=True)
class StockSnapshot:
    """Levels read at one instant; `version` is the number of the newest movement then, so it never goes back."""

    version: int
    levels: tuple[Level, ...]
