"""Transfers as minimum-cost flow: the exact plan. Pure. Imports this room; needs the extra `optimize`.

Units flow from surpluses over roads to what is lacking; not to be met has a price so high that more is met before
cheaper is looked for, and urgent needs before others. Several SKUs share one graph without touching each other, since
building a graph costs more than solving it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from orderhub.errors import InventoryError
from orderhub.inventory.transfers import Moved, Need, Road, cheapest_first, greedy

__all__ = ["solve"]

SHARED = 24
"""SKUs in one graph."""
_UNITS_MAX = 1 << 40
Ints: TypeAlias = NDArray[np.int64]


def solve(needs: Sequence[Need], roads: Sequence[Road], warehouses: int) -> list[Moved]:
    """Units by road for each need; so many warehouses are numbered.

    Raises:
        InventoryError: The figures are too large for the solver's whole numbers.
    """
    moved: list[Moved] = [{} for _ in needs]
    network = _Network(roads, warehouses)
    hard: list[int] = []
    ordered = cheapest_first(roads)
    for at, need in enumerate(needs):
        if len(need.surplus) == 1 or len(need.urgent.keys() | need.usual.keys()) == 1:
            moved[at] = greedy(need, roads, ordered)  # one giver or one taker: the cheapest roads are the best ones
        elif need.surplus:
            hard.append(at)
    for start in range(0, len(hard), SHARED):
        part = hard[start : start + SHARED]
        for at, found in zip(part, network.solve([needs[at] for at in part]), strict=True):
            moved[at] = found
    return moved


class _Network:
    """The roads as columns, their weights without a common factor, and the price of what is not met."""

    def __init__(self, roads: Sequence[Road], warehouses: int) -> None:
        scale = gcd(*(road.weight for road in roads)) or 1
        self.size = warehouses
        self.origin, self.target = _column(road.origin for road in roads), _column(road.target for road in roads)
        self.weight = _column(road.weight // scale for road in roads)
        self.most = _column(_UNITS_MAX if road.units_max is None else road.units_max for road in roads)
        self.dearest = int(self.weight.max(initial=0))

    def solve(self, needs: Sequence[Need]) -> list[Moved]:
        """All of them in one graph, each with givers, takers and a sink of its own."""
        surplus, urgent, usual = (np.zeros((len(needs), self.size), dtype=np.int64) for _ in range(3))
        for number, need in enumerate(needs):
            for table, units_of in ((surplus, need.surplus), (urgent, need.urgent), (usual, need.usual)):
                for at, units in units_of.items():
                    table[number, at] = units
        block = 2 * self.size + 1
        row, road = np.nonzero((surplus[:, self.origin] > 0) & ((urgent + usual)[:, self.target] > 0))
        giver, taker = self.origin[road], self.target[road]
        arcs = [(row * block + giver, row * block + self.size + taker,
                 np.minimum(self.most[road], surplus[row, giver]), self.weight[road])]  # fmt: skip
        # More than any change of roads that one more unit can cause: a path meets each giver and each taker once. The
        # solver's effort grows with its largest price, so that what nobody needs to tell apart costs alike.
        ends = ((surplus > 0).sum(axis=1), ((urgent + usual) > 0).sum(axis=1))
        dear = 1 + self.dearest * int(np.minimum(*ends).max(initial=1))
        later = dear if urgent.any() else 0
        for table, shift, price in ((urgent, self.size, 0), (usual, self.size, later), (surplus, 0, later + dear)):
            owner, end = np.nonzero(table)
            prices: Ints = np.full(len(owner), price, dtype=np.int64)
            arcs.append((owner * block + shift + end, owner * block + block - 1, table[owner, end], prices))
        supplies = np.concatenate([surplus, np.zeros_like(surplus), -surplus.sum(axis=1, keepdims=True)], axis=1)
        tails, heads, room, weights = (np.concatenate(column) for column in zip(*arcs, strict=True))
        moved: list[Moved] = [{} for _ in needs]
        flows = _solved(tails, heads, room, weights, supplies.ravel())[: len(road)]
        for used in np.flatnonzero(flows).tolist():
            moved[row[used]][int(road[used])] = int(flows[used])
        return moved


def _column(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _solved(tails: Ints, heads: Ints, room: Ints, weights: Ints, supplies: Ints) -> Ints:
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, weights)
    flow.set_nodes_supplies(np.arange(len(supplies)), supplies)
    if flow.solve() != flow.OPTIMAL:
        raise InventoryError("The transfer plan could not be solved: costs or units are too large")
    found: Ints = flow.flows(arcs)
    return found
