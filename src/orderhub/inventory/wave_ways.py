"""All the ways in which one order could be shipped, as arrays. Pure. Imports this room; needs the extra `optimize`.

A way says for each line which warehouse sends it. Stock of a SKU in a warehouse is a place, numbered once a wave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from orderhub.inventory.demand import DemandLine, OrderDemand
from orderhub.inventory.desk import Placed
from orderhub.inventory.fares import Fares
from orderhub.inventory.picks import Stock

__all__ = ["WAYS_MAX", "Floats", "Ints", "Places", "Ways", "placed_of", "stacked", "ways_of"]

WAYS_MAX = 600
"""Ways weighed for one order; where there are more, warehouses that have few of its lines and are dear are left out."""

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


class Places:
    """Numbers for every (SKU, warehouse) with stock, and how many units it had at the start of the wave."""

    def __init__(self, stock: Stock) -> None:
        self.number: dict[str, dict[int, int]] = {}
        units: list[int] = []
        self.warehouse: list[int] = []
        self.sku: list[str] = []
        for sku, held in stock.items():
            self.number[sku] = {}
            for index, there in held.items():
                self.number[sku][index] = len(units)
                units.append(there)
                self.warehouse.append(index)
                self.sku.append(sku)
        self.units: Ints = np.array(units, dtype=np.int64)
        self._index: Ints = np.array(self.warehouse, dtype=np.int64)

    def warehouses(self, places: Ints) -> Ints:
        """The warehouse of each place."""
        return self._index[places]


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways of one order.

    Attributes:
        lines: Sorted as the plan tells them.
        places: One row a way, one column a line.
        quantities: Units by line.
        weights: What each way weighs, in millionths.
        is_complete: Whether no way was left out.
    """

    lines: tuple[DemandLine, ...]
    places: Ints
    quantities: Ints
    weights: Ints
    is_complete: bool


def ways_of(order: OrderDemand, fares: Fares, places: Places, split: int, parcels_max: int) -> Ways:
    """Every way that the stock at the start of the wave allows, each line whole; none if a line is nowhere."""
    lines = tuple(sorted(order.lines, key=lambda line: (line.line_id, line.sku, line.quantity)))
    options, is_complete = _options(lines, fares, places)
    quantities = np.array([line.quantity for line in lines], dtype=np.int64)
    grid = np.meshgrid(*(np.array(each, dtype=np.int64) for each in options), indexing="ij")
    chosen = np.stack([axis.ravel() for axis in grid], axis=1)
    warehouses = places.warehouses(chosen)
    weight_of: Ints = np.zeros(max(fares.rank, default=0) + 1, dtype=np.int64)
    for _, index, weight in fares.rows:
        weight_of[index] = weight
    ordered = np.sort(warehouses, axis=1)
    is_new = np.ones(ordered.shape, dtype=bool)
    is_new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    weights = np.where(is_new, weight_of[ordered], 0).sum(axis=1) - split
    few = is_new.sum(axis=1) <= parcels_max
    return Ways(lines, chosen[few], quantities, weights[few], is_complete)


def _options(lines: Sequence[DemandLine], fares: Fares, places: Places) -> tuple[list[list[int]], bool]:
    """For each line the places that could send it whole; trimmed until there are few enough ways."""
    able: list[dict[int, int]] = []
    for line in lines:
        numbers = places.number.get(line.sku, {})
        able.append({
            index: number
            for index, number in numbers.items()
            if index in fares.rank and places.units[number] >= line.quantity
        })  # fmt: skip
    shared: dict[int, int] = {}
    for each in able:
        for index in each:
            shared[index] = shared.get(index, 0) + 1
    sized = [sorted(each, key=lambda index: (-shared[index], fares.rank[index])) for each in able]
    is_complete = True
    while np.prod([float(len(each)) for each in sized]) > WAYS_MAX:
        max(sized, key=len).pop()
        is_complete = False
    return [[able[at][index] for index in each] for at, each in enumerate(sized)], is_complete


def placed_of(ways: Ways, way: int, places: Places, fares: Fares) -> Placed:
    """What that way takes, as the desk speaks of it."""
    picks: dict[int, list[DemandLine]] = {}
    for line, place in zip(ways.lines, ways.places[way].tolist(), strict=True):
        picks.setdefault(places.warehouse[place], []).append(line)
    return Placed(picks, tuple((index, fares.days[fares.rank[index]]) for index in picks))


def stacked(many: Sequence[Ways], columns: int, nowhere: int) -> tuple[Ints, Ints]:
    """Places and quantities of many orders' ways below each other; missing columns are `nowhere`, of no units."""
    rows = sum(len(each.weights) for each in many)
    places: Ints = np.full((rows, columns), nowhere, dtype=np.int64)
    quantities: Ints = np.zeros((rows, columns), dtype=np.int64)
    at = 0
    for each in many:
        upto, width = at + len(each.weights), each.places.shape[1]
        places[at:upto, :width] = each.places
        quantities[at:upto, :width] = each.quantities
        at = upto
    return places, quantities
