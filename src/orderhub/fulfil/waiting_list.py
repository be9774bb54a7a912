"""Orders that no warehouse could serve, kept across runs: why, and since when. Imports `inventory`, `flow`, `ports`.

One cursor holds the list. It is written by whoever allocates; it decides nothing, so that a run that loses the race for
it three times leaves the next run to write it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.inventory.demand import Allocation, DemandLine, Missing, Refusal
from orderhub.inventory.parking import Parked, parking
from orderhub.ports import Cursor

__all__ = ["load_parked", "note_parked"]

NAME = "parking"
TRIES = 3


def load_parked() -> Operation[list[Parked]]:
    """The list, the longest wait first."""
    cursor: Cursor = yield from ask("orders", "get_cursor", NAME)
    return _read(cursor)


def note_parked(plans: Sequence[Allocation], now: datetime, gone: Collection[str] = ()) -> Operation[None]:
    """What these allocations came to: served orders leave the list, others stay with the instant they came on it.

    Args:
        gone: Keys of orders that wait no more for another reason.
    """
    for _ in range(TRIES):
        cursor: Cursor = yield from ask("orders", "get_cursor", NAME)
        before = [each for each in _read(cursor) if each.order_key not in gone]
        text = json.dumps(
            [_row(each) for each in parking(plans, now, before)], ensure_ascii=False, separators=(",", ":")
        )
        if text == (cursor.position or "[]"):
            return
        try:
            yield from ask("orders", "put_cursor", cursor, text)
        except StaleVersion:
            continue
        return


def _row(parked: Parked) -> list[Any]:
    """Warehouses are named only where they are the reason."""
    return [
        parked.order_key,
        [[line.line_id, line.sku, line.quantity] for line in parked.lines],
        parked.reason,
        [[each.sku, each.requested, each.available] for each in parked.missing],
        [[each.warehouse, each.reason] for each in parked.refused] if parked.reason == "not_serviceable" else [],
        parked.since.isoformat(),
        parked.tries,
    ]


def _read(cursor: Cursor) -> list[Parked]:
    rows: list[list[Any]] = json.loads(cursor.position) if cursor.position else []
    return [
        Parked(
            key, tuple(DemandLine(*line) for line in lines), reason, tuple(Missing(*each) for each in missing),
            tuple(Refusal(*each) for each in refused), datetime.fromisoformat(since), tries,
        )
        for key, lines, reason, missing, refused, since, tries in rows
    ]  # fmt: skip
