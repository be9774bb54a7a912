"""Why an order waits, in words that a person can act on. Pure. Imports this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderhub.inventory.demand import DemandLine, Missing, ParkReason, Refusal
from orderhub.inventory.fares import Fares
from orderhub.inventory.picks import NOTHING, Stock
from orderhub.models.logistics import Warehouse

__all__ = ["missing_of", "park_reason", "refusals", "there"]


def _asked(lines: Sequence[DemandLine]) -> dict[str, int]:
    asked: dict[str, int] = {}
    for line in lines:
        asked[line.sku] = asked.get(line.sku, 0) + line.quantity
    return asked


def _held(sku: str, fares: Fares, stock: Stock) -> list[int]:
    """Units of those that may ship."""
    return [units for index, units in stock.get(sku, NOTHING).items() if index in fares.rank]


def missing_of(lines: Sequence[DemandLine], fares: Fares, stock: Stock) -> tuple[Missing, ...]:
    """The SKUs of which there is too little; if there is enough of each, those that no warehouse has whole."""
    asked = {sku: (units, _held(sku, fares, stock)) for sku, units in sorted(_asked(lines).items())}
    every = {sku: Missing(sku, units, sum(held)) for sku, (units, held) in asked.items()}
    short = [each for each in every.values() if each.available < each.requested]
    broken = [every[sku] for sku, (units, held) in asked.items() if max(held, default=0) < units]
    return tuple(short or broken or every.values())


def park_reason(lines: Sequence[DemandLine], fares: Fares, stock: Stock) -> ParkReason:
    """The first of these that holds: nobody may ship it, too few units, units too scattered."""
    if not fares.rows:
        return "not_serviceable"
    short = any(sum(_held(sku, fares, stock)) < units for sku, units in _asked(lines).items())
    return "insufficient_stock" if short else "scattered_stock"


def there(lines: Sequence[DemandLine], fares: Fares, stock: Stock, is_split: bool) -> list[DemandLine]:
    """The lines that could leave on their own, one after the other where they share a SKU."""
    left = {line.sku: dict(stock.get(line.sku, NOTHING)) for line in lines}
    found = []
    for line in lines:
        held = {index: units for index, units in left[line.sku].items() if index in fares.rank}
        able = [index for index, units in held.items() if units >= line.quantity]
        if able:
            left[line.sku][min(able, key=fares.rank.__getitem__)] -= line.quantity
        elif not is_split or sum(held.values()) < line.quantity:
            continue
        else:
            left[line.sku] = _less(held, line.quantity)
        found.append(line)
    return found


def _less(held: dict[int, int], units: int) -> dict[int, int]:
    rest = {}
    for index, there_are in held.items():
        taken = min(units, there_are)
        units -= taken
        rest[index] = there_are - taken
    return rest


def refusals(
    fares: Fares,
    warehouses: Sequence[Warehouse],
    lines: Sequence[DemandLine],
    stock: Stock,
    used: Iterable[int] = (),
) -> tuple[Refusal, ...]:
    """Those that may not ship it, and those that have no line of it whole; never one of those `used`."""
    able = set(used)
    for line in lines:
        able.update(index for index, units in stock.get(line.sku, NOTHING).items() if units >= line.quantity)
    empty = [Refusal(warehouses[index].code, "no_stock") for _, index, _ in fares.rows if index not in able]
    if not empty:
        return fares.refused
    return tuple(sorted((*fares.refused, *empty), key=lambda each: each.warehouse))
