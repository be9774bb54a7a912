"""Parcels that earlier runs promised by warehouse and day, so that a day's capacity holds across runs. Imports `flow`.

One cursor, put only if unchanged, before anything is reserved: of two runs that would share the last places of a day,
one allocates again. A place counts while the record of its job has the parcel, or for a short while after it was
claimed; what was dropped, moved or never came to be is free again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, load_records
from orderhub.inventory.desk import Load
from orderhub.ports import Cursor

__all__ = ["LoadBook", "keep_book", "open_book"]

NAME = "departures"
CLAIM = timedelta(minutes=15)
"""How long a place counts for a job whose record does not show it (yet)."""
KEPT = timedelta(days=2)
"""Days this far back are forgotten; farther than any zone is from UTC."""
_GONE = frozenset({"new", "dropping", "dropped", "cancelling", "cancelled", "intercepted", "split", "merged"})


@dataclass
class LoadBook:
    """What is promised, and what this run adds to it.

    Attributes:
        cursor: None where no warehouse has a capacity, so that nothing is counted.
        rows: (ISO day, warehouse, job key) -> parcels, and when they were claimed.
    """

    cursor: Cursor | None
    now: datetime
    rows: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)

    def load(self) -> Load:
        """Parcels by (warehouse, local date), for allocation."""
        found: dict[tuple[str, date], int] = {}
        for (day, warehouse, _), (parcels, _) in self.rows.items():
            place = warehouse, date.fromisoformat(day)
            found[place] = found.get(place, 0) + parcels
        return found

    def add(self, job: str, parcels: Iterable[ParcelRecord]) -> None:
        """Claim the places of these parcels."""
        if self.cursor is None:
            return
        for parcel in parcels:
            if parcel.ship_on:
                place = parcel.ship_on, parcel.warehouse, job
                self.rows[place] = self.rows.get(place, (0, ""))[0] + 1, self.now.isoformat()


def open_book(plan: FulfilPlan, jobs: Sequence[str], now: datetime) -> Operation[LoadBook]:
    """What others have promised; places of `jobs`, which are about to be allocated, are free."""
    if all(terms.parcels_per_day is None for terms in plan.allocation.terms):
        return LoadBook(None, now)
    cursor: Cursor = yield from ask("orders", "get_cursor", NAME)
    found: list[list[Any]] = json.loads(cursor.position) if cursor.position else []
    first, own = (now - KEPT).date().isoformat(), set(jobs)
    rows = {
        (day, warehouse, job): (parcels, at) for day, warehouse, job, parcels, at in found
        if day >= first and job not in own
    }  # fmt: skip
    records = yield from load_records(sorted({job for _, _, job in rows}))
    stands = {place: (_stands(records[place[2]], place, *told, now), told[1]) for place, told in rows.items()}
    return LoadBook(cursor, now, {place: told for place, told in stands.items() if told[0]})


def _stands(record: Record, place: tuple[str, str, str], parcels: int, at: str, now: datetime) -> int:
    """How many places a job really has on that day."""
    day, warehouse, _ = place
    if record.state not in _GONE:
        there = sum((parcel.ship_on, parcel.warehouse) == (day, warehouse) for parcel in record.parcels)
        if there:
            return there
    return parcels if now - datetime.fromisoformat(at) < CLAIM else 0


def keep_book(book: LoadBook) -> Operation[bool]:
    """Write it down; False when somebody else promised something meanwhile, and all is to be allocated again."""
    if book.cursor is None:
        return True
    text = json.dumps([[*place, *told] for place, told in sorted(book.rows.items())], ensure_ascii=False)
    if text != book.cursor.position:
        try:
            yield from ask("orders", "put_cursor", book.cursor, text)
        except StaleVersion:
            return False
    return True
