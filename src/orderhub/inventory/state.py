"""What the ledger remembers, as the reducer sees it: whole in memory, the touched part in a database. Imports `models`.

Rows of millions are plain tuples here: they cost a third of an object, and the garbage collector forgets them. It also
forgets a dictionary of such tuples that no longer grows, which is why reservations are shelved: one that holds all of
them would be walked through by every full collection, and each of a million commands would pay for all before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from orderhub.inventory.canonical import Lines, Place
from orderhub.models.stock import ReservationStatus, StockOutcome

__all__ = ["Entry", "Held", "Reduction", "Row", "State"]

Entry: TypeAlias = tuple[int, str, str, Place, int, int, datetime, "str | None", int]
"""seq, key, kind, place, on_hand_delta, reserved_delta, at, reason, seq of the place's movement before (0 = none)."""

Held: TypeAlias = tuple[Lines, "int | None", ReservationStatus]
"""What a reservation holds (or held), until when in microseconds since 1970 (None = no limit), what became of it."""


class Row:
    """On hand and reserved units of one place; `version` counts its movements, `last` is the newest one's seq.

    The movements of a place are a chain from `last` backwards, so that the journal needs no index by place.
    """

    __slots__ = ("last", "on_hand", "reserved", "version")

    def __init__(self, on_hand: int = 0, reserved: int = 0, version: int = 0, last: int = 0) -> None:
        self.on_hand, self.reserved, self.version, self.last = on_hand, reserved, version, last


@dataclass(slots=True)
class State:
    """Everything a batch may meet. The reducer changes it in place and reports the changes.

    Attributes:
        seen: key -> mark of its payload, once the command had its outcome.
        refused: key -> first outcome, for those that were refused.
        reservations: key of the reserve command -> what it holds, as far as it is not shelved.
        shelves: Older parts of `reservations`, the biggest first; what stands in a newer one counts.
        rows: (sku, warehouse) -> units; a place that never moved is absent.
        seq: Number of the newest movement.
        deadlines: Heap of (expiry in microseconds, reservation key); stale entries are allowed.
    """

    seen: dict[str, object] = field(default_factory=dict)
    refused: dict[str, StockOutcome] = field(default_factory=dict)
    reservations: dict[str, Held] = field(default_factory=dict)
    shelves: list[dict[str, Held]] = field(default_factory=list)
    rows: dict[Place, Row] = field(default_factory=dict)
    seq: int = 0
    deadlines: list[tuple[int, str]] = field(default_factory=list)

    def held(self, key: str) -> Held | None:
        """The newest word on a reservation."""
        found = self.reservations.get(key)
        if found is None and self.shelves:
            return next((shelf[key] for shelf in reversed(self.shelves) if key in shelf), None)
        return found

    def everything_held(self) -> dict[str, Held]:
        """Every reservation; a copy where some are shelved."""
        found: dict[str, Held] = {}
        for part in (*self.shelves, self.reservations):
            found |= part
        return found

    def shelve(self, most: int) -> None:
        """Start anew once `most` reservations stand together; shelves of one size become one, so there are few."""
        if len(self.reservations) < most:
            return
        part, self.reservations = self.reservations, {}
        while self.shelves and len(self.shelves[-1]) <= len(part):
            part = self.shelves.pop() | part
        self.shelves.append(part)


@dataclass(slots=True)
class Reduction:
    """What a batch did.

    Attributes:
        outcomes: One per command, in order.
        entries: New movements, oldest first; their places are the rows that changed.
        fresh: Keys seen for the first time.
        touched: Keys of reservations that are new or changed.
        moved: Those among them whose lines changed.
    """

    outcomes: list[StockOutcome] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
