"""How far one order has come, kept in the cursor store: put-if-unchanged, so two workers never both go on.

Imports `ports`, `flow`, `models`. Holds ids, SKUs and numbers, never personal data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.inventory.places import parse_place
from orderhub.models import Reserve, StockLine
from orderhub.ports import Cursor

__all__ = [
    "ParcelRecord", "Record", "check_ours", "load_record", "load_records", "note_parcel", "reserve_of", "save_record",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParcelRecord:
    """One parcel: `lines` are (line_id, units), `goods` (SKU, units) after bundles are opened.

    Attributes:
        ship_on: The warehouse's local day on which it is to leave, ISO; None where days are not counted.
        picked: (SKU, place, units) of goods that lie in lots or as single units; see `inventory.places`.
        promised_hours: Door to door, as the carrier was chosen; None where nothing is promised.
        has_share: A share of a quota or split is taken for the chosen carrier.
        issuer: Port of the shop whose platform hands out the number in the carrier's name; None: the carrier itself.
        is_printable: What prints it is kept.
    """

    parcel_id: str
    warehouse: str
    lines: tuple[tuple[str, int], ...]
    goods: tuple[tuple[str, int], ...]
    carrier: str | None = None
    product: str | None = None
    waybill_no: str | None = None
    freight: str | None = None
    ship_on: str | None = None
    picked: tuple[tuple[str, str, int], ...] = ()
    promised_hours: int | None = None
    has_share: bool = False
    issuer: str | None = None
    is_printable: bool = False

    @property
    def held(self) -> tuple[tuple[str, str, int], ...]:
        """(SKU, place, units) as the ledger has them: where something was picked, the picks, else the warehouse."""
        named = {sku for sku, _, _ in self.picked}
        whole = ((sku, self.warehouse, units) for sku, units in self.goods if sku not in named)
        return (*self.picked, *whole)

    @property
    def lots(self) -> tuple[tuple[str, str, date | None, int], ...]:
        """(SKU, lot, last day, units) of what was picked out of lots."""
        named = ((sku, parse_place(place), units) for sku, place, units in self.picked)
        return tuple((sku, name.lot, name.expires_on, units) for sku, name, units in named if name.lot is not None)

    @property
    def serial_numbers(self) -> tuple[tuple[str, str], ...]:
        """(SKU, serial number) of the single units that were picked."""
        named = ((sku, parse_place(place)) for sku, place, _ in self.picked)
        return tuple((sku, name.serial) for sku, name in named if name.serial is not None)


@dataclass(frozen=True, slots=True)
class Record:
    """State of one job in the pipeline; the words and what may be done in each stand in `fulfil.states`.

    Attributes:
        order_key: The job's key: an order's, one of a part of it, or one of several merged orders.
        round: Counts reservations; each has a key of its own.
        take: Counts sets of parcels; each set has ids of its own, so that a voided waybill is never met again.
        told: Keys of orders that their platform has confirmed; `refused` of those that it will not.
        receiver: Fingerprint of whom the parcels were labelled for.
        serials: (line_id, serial number) pairs that go with the confirmation.
        parts: Of a split order the (line_id, units) of each part.
        group: Of a merged order the keys of all that go together.
        turn: Counts splits and merges of the order; the jobs of each have keys of their own.
        void: Numbers of the job's parcels that were void.
        doubt: Parcels that two workers may have asked a number for, as they were asked; a number that one of them got
            and never wrote down may lie at the platform.
        spare: The same with a number that is nobody's, to be made void.
    """

    order_key: str
    state: str = "new"
    round: int = 0
    parcels: tuple[ParcelRecord, ...] = ()
    take: int = 0
    told: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    receiver: str | None = None
    serials: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[tuple[str, int], ...], ...] = ()
    group: tuple[str, ...] = ()
    turn: int = 0
    void: tuple[str, ...] = ()
    doubt: tuple[ParcelRecord, ...] = ()
    spare: tuple[ParcelRecord, ...] = ()
    cursor: Cursor = field(default_factory=lambda: Cursor(""))

    @property
    def reservation(self) -> str:
        """The key of the stock reservation of this round."""
        return f"fulfil:{self.order_key}:{self.round}"

    @property
    def nobodys(self) -> tuple[str, ...]:
        """Numbers that are void or to be made so: none of them is ever a parcel's again."""
        return (*self.void, *(row.waybill_no for row in self.spare if row.waybill_no))


_PLAIN = ("state", "round", "take", "receiver", "turn")
_NAMES = ("told", "refused", "group", "void")
_ROWS = ("doubt", "spare")


def load_record(order_key: str) -> Operation[Record]:
    """The record of a job, fresh when it was never started."""
    return _record(order_key, (yield from ask("orders", "get_cursor", f"fulfil:{order_key}")))


def load_records(order_keys: Sequence[str]) -> Operation[dict[str, Record]]:
    """The records of many jobs by key, in one read."""
    if not order_keys:
        return {}
    names = [f"fulfil:{key}" for key in order_keys]
    cursors: list[Cursor] = yield from ask("orders", "get_cursors", names)
    return {key: _record(key, cursor) for key, cursor in zip(order_keys, cursors, strict=True)}


def _record(order_key: str, cursor: Cursor) -> Record:
    if cursor.position is None:
        return Record(order_key, cursor=cursor)
    found = json.loads(cursor.position)
    plain: dict[str, Any] = {name: found[name] for name in _PLAIN if name in found}
    plain |= {name: tuple(found.get(name, ())) for name in _NAMES}
    serials = tuple((str(line), str(serial)) for line, serial in found.get("serials", ()))
    parcels = tuple(_parcel(row) for row in found["parcels"])
    plain |= {name: tuple(_parcel(row) for row in found.get(name, ())) for name in _ROWS}
    plain["parts"] = tuple(tuple((str(line), int(units)) for line, units in part) for part in found.get("parts", ()))
    return Record(order_key, parcels=parcels, serials=serials, cursor=cursor, **plain)


def save_record(record: Record, state: str, parcels: tuple[ParcelRecord, ...] | None = None) -> Operation[Record]:
    """Write the next state; raises `StaleVersion` when another worker has this order."""
    kept = record.parcels if parcels is None else parcels
    changed = replace(record, state=state, parcels=kept)
    body = {name: getattr(changed, name) for name in (*_PLAIN, *_NAMES, "serials", "parts")}
    body["parcels"] = [asdict(parcel) for parcel in kept]
    body |= {name: [asdict(row) for row in rows] for name in _ROWS if (rows := getattr(changed, name))}
    cursor: Cursor = yield from ask("orders", "put_cursor", record.cursor, json.dumps(body, ensure_ascii=False))
    return replace(changed, cursor=cursor)


def note_parcel(record: Record, index: int, row: ParcelRecord) -> Operation[Record]:
    """Write what is known of one parcel, in the same state."""
    rows = (*record.parcels[:index], row, *record.parcels[index + 1 :])
    return (yield from save_record(record, record.state, rows))


def check_ours(record: Record) -> Operation[None]:
    """Raise `StaleVersion` when another worker has written meanwhile: right before what cannot be taken back."""
    cursor: Cursor = yield from ask("orders", "get_cursor", record.cursor.name)
    if cursor.version != record.cursor.version:
        raise StaleVersion(f"{record.order_key} went on elsewhere meanwhile")


def reserve_of(record: Record) -> Reserve:
    """The reservation of a record's parcels; the same command however often it is made."""
    lines = tuple(StockLine(*held) for parcel in record.parcels for held in parcel.held)
    return Reserve(record.reservation, lines)


def _parcel(row: dict[str, object]) -> ParcelRecord:
    pairs = {name: tuple((str(key), int(units)) for key, units in row[name]) for name in ("lines", "goods")}  # type: ignore[attr-defined]
    picked = tuple((str(sku), str(place), int(units)) for sku, place, units in row.get("picked", ()))  # type: ignore[attr-defined]
    return ParcelRecord(**{**row, **pairs, "picked": picked})  # type: ignore[arg-type]
