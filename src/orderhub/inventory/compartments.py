"""Levels read by what their places mean: lots, single units, units on their way, defective ones. Imports `models`.

Picking is the caller's choice put into lines, so that a repeated command has the same lines: `pick_lots` chooses what
expires first, and the ledger refuses whatever was taken meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from orderhub.errors import ConfigurationError
from orderhub.inventory.places import PlaceName, parse_place
from orderhub.models.logistics import Warehouse, WarehouseKind
from orderhub.models.stock import Level, StockLine

__all__ = ["LotPick", "by_warehouse", "defective", "doubled_serials", "in_transit", "pick_lots", "pooled", "storage"]

STORED = frozenset({"storage", "lot", "serial"})


@dataclass(frozen=True, slots=True)
class LotPick:
    """`lines` that name lots and units, and what no usable one is left for, by (SKU, warehouse)."""

    lines: tuple[StockLine, ...]
    missing: Mapping[tuple[str, str], int]


def storage(levels: Iterable[Level]) -> list[Level]:
    """Levels of places that goods are sold from; what is on its way or defective is left out."""
    return [level for level in levels if parse_place(level.warehouse).kind in STORED]


def by_warehouse(levels: Iterable[Level]) -> list[Level]:
    """`storage`, with lots and single units added to their warehouses; versions are added, too, so they only grow."""
    return _summed(storage(levels), lambda level: parse_place(level.warehouse).warehouse)


def pooled(levels: Iterable[Level], warehouses: Iterable[Warehouse], pools: Mapping[str, Iterable[str]]) -> list[Level]:
    """`by_warehouse` with a level for every virtual warehouse: the sum over the warehouses of its pool.

    A sum over all of the answer counts units twice; the real warehouses are those that are not virtual.

    Args:
        levels: From `ledger.levels()`.
        warehouses: All there are, with their kinds.
        pools: Code of a virtual warehouse -> codes of the real ones that it stands for.
    Raises:
        ConfigurationError: A pool is none of a virtual warehouse, or holds what is no real warehouse.
    """
    kinds = {warehouse.code: warehouse.kind for warehouse in warehouses}
    found = by_warehouse(levels)
    for code, members in pools.items():
        chosen = frozenset(members)
        virtual = [each for each in chosen if kinds.get(each, WarehouseKind.VIRTUAL) is WarehouseKind.VIRTUAL]
        if kinds.get(code) is not WarehouseKind.VIRTUAL or virtual:
            raise ConfigurationError(f"The pool {code!r} must be virtual, its warehouses real and known", field="pools")
        real = [level for level in by_warehouse(levels) if level.warehouse in chosen]
        found += _summed(real, lambda _, code=code: code)  # type: ignore[misc]
    return sorted(found, key=lambda level: (level.sku, level.warehouse))


def _summed(levels: Iterable[Level], name: Callable[[Level], str]) -> list[Level]:
    sums: dict[tuple[str, str], list[int]] = {}
    for level in levels:
        figures = sums.setdefault((level.sku, name(level)), [0, 0, 0])
        for at, units in enumerate((level.on_hand, level.reserved, level.version)):
            figures[at] += units
    return [Level(*place, *figures) for place, figures in sorted(sums.items())]


def in_transit(levels: Iterable[Level]) -> dict[tuple[str, str], int]:
    """(SKU, warehouse) -> units on their way there, lots included; those that have none are left out."""
    return _held(levels, "transit")


def defective(levels: Iterable[Level]) -> dict[tuple[str, str], int]:
    """(SKU, warehouse) -> units on hand there that are not sold."""
    return _held(levels, "defective")


def _held(levels: Iterable[Level], kind: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for level in levels:
        name = parse_place(level.warehouse)
        if name.kind == kind and level.on_hand:
            found[level.sku, name.warehouse] = found.get((level.sku, name.warehouse), 0) + level.on_hand
    return found


def doubled_serials(levels: Iterable[Level]) -> list[tuple[str, str]]:
    """(SKU, serial number) of units that are in two warehouses, or in one and on their way: wrong entries."""
    seen: set[tuple[str, str]] = set()
    found: set[tuple[str, str]] = set()
    for level in levels:
        serial = parse_place(level.warehouse).serial
        if serial is not None and level.on_hand:
            unit = level.sku, serial
            (found if unit in seen else seen).add(unit)
    return sorted(found)


def pick_lots(lines: Iterable[StockLine], levels: Iterable[Level], *, on: date, days_left: int = 0) -> LotPick:
    """What to reserve for `lines` of whole warehouses: first what expires first, then what does not expire.

    Args:
        lines: Units by warehouse, as an allocation gives them.
        levels: From `ledger.levels(skus)`.
        on: The day on which the goods are handed to the buyer, in the warehouse's zone.
        days_left: Days that goods must keep from then on; a lot can be sold on the day it expires.
    """
    needed: dict[tuple[str, str], int] = {}
    for line in lines:
        needed[line.sku, line.warehouse] = needed.get((line.sku, line.warehouse), 0) + line.quantity
    picked: list[StockLine] = []
    for level, name in sorted(_usable(levels, on + timedelta(days=days_left)), key=_first):
        place = level.sku, name.warehouse
        if units := min(needed.get(place, 0), level.available):
            picked.append(StockLine(level.sku, level.warehouse, units))
            needed[place] -= units
    return LotPick(tuple(picked), {place: units for place, units in sorted(needed.items()) if units})


def _usable(levels: Iterable[Level], until: date) -> list[tuple[Level, PlaceName]]:
    named = ((level, parse_place(level.warehouse)) for level in storage(levels))
    return [(level, name) for level, name in named if name.expires_on is None or name.expires_on >= until]


def _first(row: tuple[Level, PlaceName]) -> tuple[str, date, str]:
    level, name = row
    return level.sku, name.expires_on or date.max, level.warehouse
