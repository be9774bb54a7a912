"""The cheapest sets of warehouses that can serve one order, and what each of them sends. Pure. Imports `demand`.

Warehouses come as fares, sorted by cost: a loop over them ends where its sets cost more than the second best so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import TypeAlias

from orderhub.inventory.demand import DemandLine

__all__ = ["PARCELS_MAX", "Cover", "Fare", "Picks", "Stock", "TwoBest", "join", "pick", "search"]

PARCELS_MAX = 3
"""Warehouses that one order may be served from."""
PACK_STATES_MAX = 300
"""Tries to spread lines of one SKU over warehouses; beyond, the set counts as unable."""

Stock: TypeAlias = dict[str, dict[int, int]]
"""sku -> index of the warehouse -> units left."""
Fare: TypeAlias = tuple[int, int, Decimal]
"""A warehouse as one province sees it: place in the order of preference, index, cost of a parcel."""
Cover: TypeAlias = tuple[Decimal, int, tuple[int, ...]]
"""Cost, number of parcels, places in the order of preference: smaller is better, never equal for two sets."""
Picks: TypeAlias = dict[int, list[DemandLine]]
"""Index of the warehouse -> what it sends."""

_NOTHING: dict[int, int] = {}


@dataclass(slots=True)
class TwoBest:
    """The best cover and the next best one so far."""

    covers: list[Cover] = field(default_factory=list)
    limit: Decimal | None = None

    def offer(self, cover: Cover) -> None:
        """Keep it if it is one of the two."""
        covers = self.covers
        if len(covers) < 2:
            covers.append(cover)
        elif cover < covers[1]:
            covers[1] = cover
        else:
            return
        if len(covers) == 2:
            covers.sort()
            self.limit = covers[1][0]

    def is_beyond(self, cost: Decimal) -> bool:
        """Whether nothing that costs this much or more can be one of the two."""
        return self.limit is not None and cost > self.limit


def _able(lines: Sequence[DemandLine], stock: Stock) -> dict[int, int]:
    """Index of a warehouse -> bits of the lines that it could send whole."""
    bits: dict[int, int] = {}
    for at, line in enumerate(lines):
        bit = 1 << at
        for index, units in stock.get(line.sku, _NOTHING).items():
            if units >= line.quantity:
                bits[index] = bits.get(index, 0) | bit
    return bits


def join(lines: Sequence[DemandLine], fares: Sequence[Fare], stock: Stock) -> list[Cover]:
    """The two best covers of lines whose SKUs all differ, by joining the lines that each warehouse has."""
    able, best = _able(lines, stock), TwoBest()
    every = (1 << len(lines)) - 1
    parts: list[tuple[int, Fare]] = []
    seen: dict[int, int] = {}
    for fare in fares:
        mask = able.get(fare[1], 0)
        count = seen.get(mask, 0)
        if not mask or count > 1:  # a third one with the same lines is in neither of the two best covers
            continue
        seen[mask] = count + 1
        if mask == every:
            best.offer((fare[2], 1, (fare[0],)))
        else:
            parts.append((mask, fare))
    _join_two(parts, every, best)
    return best.covers


def _join_two(parts: Sequence[tuple[int, Fare]], every: int, best: TwoBest) -> None:
    for at, (mask, (place, _, cost)) in enumerate(parts):
        if best.is_beyond(cost + cost):
            return
        for then in range(at + 1, len(parts)):
            mask2, (place2, _, cost2) = parts[then]
            pair = cost + cost2
            if best.is_beyond(pair):
                break
            both = mask | mask2
            if both == every:
                best.offer((pair, 2, (place, place2)))
            elif both != mask and both != mask2 and not best.is_beyond(pair + cost2):
                _join_third(parts[then + 1 :], every, (mask, mask2), (pair, (place, place2)), best)


def _join_third(
    parts: Sequence[tuple[int, Fare]],
    every: int,
    masks: tuple[int, int],
    pair: tuple[Decimal, tuple[int, int]],
    best: TwoBest,
) -> None:
    first, second = masks
    both = first | second
    for mask, (place, _, cost) in parts:
        total = pair[0] + cost
        if best.is_beyond(total):
            return
        if both | mask == every and first | mask != every and second | mask != every:
            best.offer((total, 3, (*pair[1], place)))


def search(lines: Sequence[DemandLine], fares: Sequence[Fare], stock: Stock, is_split: bool) -> list[Cover]:
    """The two best covers by trying every set: for one SKU in several lines, or lines in parts (`is_split`)."""
    held = {index for line in lines for index in stock.get(line.sku, _NOTHING)} if is_split else _able(lines, stock)
    useful, best = [fare for fare in fares if fare[1] in held], TwoBest()
    able: list[set[int]] = []
    for size in range(1, PARCELS_MAX + 1):
        for group in combinations(useful, size):
            cost = sum((each[2] for each in group), Decimal(0))
            indexes = [index for _, index, _ in group]
            if best.is_beyond(cost) or any(smaller.issubset(indexes) for smaller in able):
                continue
            if pick(lines, indexes, stock, is_split) is not None:
                able.append(set(indexes))
                best.offer((cost, size, tuple(place for place, _, _ in group)))
    return best.covers


def pick(lines: Sequence[DemandLine], indexes: Sequence[int], stock: Stock, is_split: bool = False) -> Picks | None:
    """Which line leaves which of these warehouses, the first ones preferred, each of them used; None if impossible."""
    picks: Picks = {}
    by_sku: dict[str, list[DemandLine]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    for sku, wanted in by_sku.items():
        held = stock.get(sku, _NOTHING)
        left = [held.get(index, 0) for index in indexes]
        found = _pour(wanted, left) if is_split else _pack(wanted, left)
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


def _pack(lines: Sequence[DemandLine], left: list[int]) -> list[tuple[int, DemandLine]] | None:
    """Each line whole from one warehouse. The largest first; a state that failed once is not tried again."""
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
