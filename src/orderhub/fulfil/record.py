"""How far one order has come, kept in the cursor store: put-if-unchanged, so two workers never both go on.

Imports `ports`, `flow`, `models`. Holds ids, SKUs and numbers, never personal data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from orderhub.flow.steps import Operation, ask
from orderhub.ports import Cursor

__all__ = ["ParcelRecord", "Record", "load_record", "save_record"]


@dataclass(frozen=True, slots=True)
class ParcelRecord:
    """One parcel: `lines` are (line_id, units), `goods` (SKU, units) after bundles are opened."""

    parcel_id: str
    warehouse: str
    lines: tuple[tuple[str, int], ...]
    goods: tuple[tuple[str, int], ...]
    carrier: str | None = None
    product: str | None = None
    waybill_no: str | None = None
    freight: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """State of one order in the pipeline: new, planned, labelled, shipped, committed, done; or dropped."""

    order_key: str
    state: str = "new"
    round: int = 0
    parcels: tuple[ParcelRecord, ...] = ()
    cursor: Cursor = field(default_factory=lambda: Cursor(""))

    @property
    def reservation(self) -> str:
        """The key of the stock reservation of this round."""
        return f"fulfil:{self.order_key}:{self.round}"


def load_record(order_key: str) -> Operation[Record]:
    """The record of an order, fresh when it was never started."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"fulfil:{order_key}")
    if cursor.position is None:
        return Record(order_key, cursor=cursor)
    found = json.loads(cursor.position)
    parcels = tuple(_parcel(row) for row in found["parcels"])
    return Record(order_key, found["state"], found["round"], parcels, cursor)


def save_record(record: Record, state: str, parcels: tuple[ParcelRecord, ...] | None = None) -> Operation[Record]:
    """Write the next state; raises `StaleVersion` when another worker has this order."""
    kept = record.parcels if parcels is None else parcels
    body = {"state": state, "round": record.round, "parcels": [asdict(parcel) for parcel in kept]}
    cursor: Cursor = yield from ask("orders", "put_cursor", record.cursor, json.dumps(body, ensure_ascii=False))
    return replace(record, state=state, parcels=kept, cursor=cursor)


def _parcel(row: dict[str, object]) -> ParcelRecord:
    pairs = {name: tuple((str(key), int(units)) for key, units in row[name]) for name in ("lines", "goods")}  # type: ignore[attr-defined]
    return ParcelRecord(**{**row, **pairs})  # type: ignore[arg-type]
