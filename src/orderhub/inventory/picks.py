"""What each warehouse of a set sends: lines whole or in parts. Pure. Imports this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from orderhub.inventory.demand import DemandLine

__all__ = ["NOTHING", "Picks", "Stock", "pick", "price_of"]

PACK_STATES_MAX = 300
"""Tries to spread lines of one SKU over warehouses; beyond, the set counts as unable."""

Stock: TypeAlias = dict[str, dict[int, int]]
"""sku -> index of the warehouse -> units left."""
Picks: TypeAlias = dict[int, list[DemandLine]]
"""Index of the warehouse -> what it sends."""

NOTHING: dict[int, int] = {}
"""The stock of a SKU that nobody has."""


def price_of(picks: Picks, stock: Stock, scarcity: int) -> int:
    """What these picks weigh for the units that they leave to others."""
    if not scarcity:
        return 0
    return sum(scarcity * line.quantity // stock[line.sku][index] for index, sent in picks.items() for line in sent)


def pick(
    lines: Sequence[DemandLine], indexes: Sequence[int], stock: Stock, is_split: bool = False, scarcity: int = 0
) -> Picks | None:
    """Which line leaves which of these warehouses, each of them used; None if impossible.

    The first one that can is preferred; with `scarcity`, the one that has most of it.
    """
    picks: Picks = {}
    by_sku: dict[str, list[DemandLine]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    for sku, wanted in by_sku.items():
        held = stock.get(sku, NOTHING)
        left = [held.get(index, 0) for index in indexes]
        found = _pour(wanted, left) if is_split else _pack(wanted, left, bool(scarcity))
        if found is None:
            return None
        for at, line in found:
            picks.setdefault(indexes[at], []).append(line)
    return picks if len(picks) == len(indexes) else None


def _pour(lines: Sequence[DemandLine], left: list[int]) -> list[tuple[int, DemandLine]] | None:
    """Fill lines from one warehouse after the other, in parts where need be."""
    found = []
    for line in lines:
        wanted = line.quantity
        for at, units in enumerate(left):
            if taken := min(wanted, units):
                left[at] -= taken
                wanted -= taken
                found.append((at, DemandLine(line.line_id, line.sku, taken)))
        if wanted:
            return None
    return found


def _pack(lines: Sequence[DemandLine], left: list[int], is_spared: bool) -> list[tuple[int, DemandLine]] | None:
    """Each line whole from one warehouse. The largest first; a state that failed once is not tried again."""
    if len(lines) == 1:
        (line,) = lines
        able = [at for at, units in enumerate(left) if units >= line.quantity]
        if not able:
            return None
        return [(max(able, key=lambda at: left[at]) if is_spared else able[0], line)]
    ordered = sorted(lines, key=lambda line: -line.quantity)
    failed: set[tuple[int, ...]] = set()
    places: list[int] = []

    def place(number: int) -> bool:
        if number == len(ordered):
            return True
        state = (number, *left)
        if state in failed or len(failed) > PACK_STATES_MAX:
            return False
        units = ordered[number].quantity
        for at in range(len(left)):
            if left[at] >= units:
                left[at] -= units
                places.append(at)
                if place(number + 1):
                    return True
                left[at] += units
                places.pop()
        failed.add(state)
        return False

    return list(zip(places, ordered, strict=True)) if place(0) else None
