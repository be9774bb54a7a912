"""Which lots and single units of a warehouse may be sent, and which of them are. Pure. Imports `inventory`, `models`.

Allocation sees whole warehouses without what expires too soon; what an order then takes is picked here, first what
expires first. Units whose serial numbers somebody named are picked before all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.inventory.compartments import STORED
from orderhub.inventory.places import parse_place
from orderhub.models import Level
from orderhub.models.stock import StockSnapshot

__all__ = ["Named", "Shelf", "whole_snapshot"]

ZONE = "Asia/Shanghai"
"""Where a warehouse's days begin when no terms say otherwise."""

Named = Sequence[tuple[str, str]]
"""(SKU, serial number) of units that an order must get."""


@dataclass(slots=True)
class _Lot:
    """Units in one place; `last_day` is None for what does not expire, `serial` for what has no number."""

    place: str
    units: int
    last_day: date | None = None
    serial: str | None = None


@dataclass(slots=True)
class Shelf:
    """What may be sent, by (SKU, warehouse), and what is left of it.

    Attributes:
        days: SKU -> days that goods must keep when they leave; `*` for all others.
        today: Warehouse -> its local day; None where the present instant is not known, so that nothing that expires
            is sent.
        numbered: SKUs of which the ledger keeps single units; `known` are (SKU, serial number) of those there.
        homed: (SKU, warehouse) where there ever was a lot or a single unit.
    """

    days: Mapping[str, int]
    today: Mapping[str, date | None]
    lots: dict[tuple[str, str], list[_Lot]] = field(default_factory=dict)
    plain: list[Level] = field(default_factory=list)
    numbered: set[str] = field(default_factory=set)
    known: set[tuple[str, str]] = field(default_factory=set)
    homed: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, plan: FulfilPlan, levels: Iterable[Level], now: datetime | None) -> Shelf:
        """What `levels` of a ledger hold at `now`."""
        zones = {terms.warehouse: terms.zone for terms in plan.allocation.terms}
        today = {
            house.code: None if now is None else now.astimezone(ZoneInfo(zones.get(house.code, ZONE))).date()
            for house in plan.warehouses
        }
        made = cls(plan.shelf_days, today)
        for level in levels:
            if level.warehouse.startswith("@"):
                made._add(level)
            else:
                made.plain.append(level)
        return made

    def _add(self, level: Level) -> None:
        name = parse_place(level.warehouse)
        if name.kind not in STORED:
            return
        self.homed.add((level.sku, name.warehouse))
        if name.serial is not None:
            self.numbered.add(level.sku)
        if level.available > 0 and self._keeps(level.sku, name.expires_on, self.today.get(name.warehouse)):
            if name.serial is not None:
                self.known.add((level.sku, name.serial))
            lot = _Lot(level.warehouse, level.available, name.expires_on, name.serial)
            self.lots.setdefault((level.sku, name.warehouse), []).append(lot)

    def _keeps(self, sku: str, last_day: date | None, on: date | None) -> bool:
        if last_day is None:
            return True
        days = self.days.get(sku, self.days.get("*", 0))
        return on is not None and last_day >= on + timedelta(days=days)

    def levels(self) -> list[Level]:
        """As allocation and channels see it: one level a warehouse; what is gone or too old is there with no units."""
        if not self.homed:
            return self.plain
        extra = {place: sum(lot.units for lot in rows) for place, rows in self.lots.items()}
        found = [
            Level(level.sku, level.warehouse, level.on_hand + more, level.reserved, level.version)
            if (more := extra.pop((level.sku, level.warehouse), 0))
            else level
            for level in self.plain
        ]
        for level in self.plain:  # a whole with lots is picked from too, after what expires
            if (rows := self.lots.get((level.sku, level.warehouse))) and level.available > 0:
                rows.append(_Lot(level.warehouse, level.available))
        for rows in self.lots.values():
            rows.sort(key=lambda lot: (lot.last_day or date.max, lot.place))
        there = {(level.sku, level.warehouse) for level in self.plain}
        return found + [Level(*place, extra.get(place, 0)) for place in sorted(self.homed - there)]

    def homes(self, named: Named) -> tuple[frozenset[str] | None, str | None]:
        """Warehouses that the named units are in, None where nothing binds; `serial_not_in_stock` if one is nowhere."""
        found: set[str] = set()
        for sku, serial in named:
            if sku in self.numbered:
                there = [place[1] for place, rows in self.lots.items() if place[0] == sku
                         for lot in rows if lot.serial == serial and lot.units]  # fmt: skip
                if not there:
                    return None, "serial_not_in_stock"
                found.update(there)
        return (frozenset(found) if found else None), None

    def missed(self, named: Named, parcels: Iterable[ParcelRecord]) -> bool:
        """Whether a unit that was named is in none of these parcels, although the ledger keeps it."""
        if not named:
            return False
        got = {unit for parcel in parcels for unit in parcel.serial_numbers}
        return any(unit not in got for unit in named if unit[0] in self.numbered and unit in self.known)

    def take(
        self, goods: Sequence[tuple[str, int]], warehouse: str, on: date | None, named: Named = ()
    ) -> tuple[tuple[str, str, int], ...] | None:
        """(SKU, place, units) that are picked for `goods`, and there are fewer left; None when they are not there.

        Goods that lie in the warehouse as a whole are not named: the answer has rows of lots and single units only,
        with what the same SKU takes from the whole beside them.
        """
        day = on or self.today.get(warehouse)
        picked: list[tuple[str, str, int]] = []
        for sku, units in goods:
            rows = self.lots.get((sku, warehouse))
            if rows is None:
                continue
            numbers = {serial for name, serial in named if name == sku}
            fit = [lot for lot in rows if lot.units and self._keeps(sku, lot.last_day, day)]
            found = _picked(sorted(fit, key=lambda lot: lot.serial is None or lot.serial not in numbers), units)
            if found is None:
                return None
            picked += [(sku, place, count) for place, count in found]
        for sku, place, units in picked:
            for lot in self.lots[sku, warehouse]:
                if lot.place == place:
                    lot.units -= units
        return tuple(picked)


def whole_snapshot(plan: FulfilPlan, snapshot: StockSnapshot, now: datetime | None) -> StockSnapshot:
    """The snapshot with lots and single units counted as what their warehouses can send at `now`."""
    if not any(level.warehouse.startswith("@") for level in snapshot.levels):
        return snapshot
    levels = Shelf.of(plan, snapshot.levels, now).levels()
    return StockSnapshot(snapshot.version, tuple(sorted(levels, key=lambda level: (level.sku, level.warehouse))))


def _picked(rows: Iterable[_Lot], units: int) -> list[tuple[str, int]] | None:
    found = []
    for lot in rows:
        taken = min(units, lot.units)
        found.append((lot.place, taken))
        units -= taken
        if not units:
            return found
    return None
