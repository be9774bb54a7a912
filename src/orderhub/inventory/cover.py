"""The cheapest sets of warehouses that can serve one order. Pure. Imports this room.

Warehouses come as fares, sorted by weight: a loop over them ends where its sets weigh more than the second best so
far. Amounts are whole millionths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

from orderhub.inventory.demand import DemandLine
from orderhub.inventory.fares import Fare
from orderhub.inventory.picks import NOTHING, Stock, pick, price_of

__all__ = ["NEVER", "Cover", "TwoBest", "covers_of", "search"]

NEVER = 1 << 62
"""More than any score: a warehouse that does not have the line."""

Cover: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Weight, number of parcels, places in the order of preference: smaller is better, never equal for two sets."""
_Part: TypeAlias = tuple[int, int, int]
"""Lines (bits) that a warehouse has, its weight, its place."""
_Priced: TypeAlias = tuple[int, int, list[int]]
"""Weight and place of a warehouse, and what each line weighs from there."""


@dataclass(slots=True)
class TwoBest:
    """The best cover and the next best one so far; `limit` is what the next best weighs."""

    covers: list[Cover] = field(default_factory=list)
    limit: int = NEVER

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
            if covers[1] < covers[0]:
                covers.reverse()
            self.limit = covers[1][0]


def covers_of(
    lines: Sequence[DemandLine],
    fares: Sequence[Fare],
    rank: Mapping[int, int],
    stock: Stock,
    *,
    parcels_max: int,
    scarcity: int = 0,
) -> list[Cover]:
    """The two best covers of whole lines, best first; none if there is none.

    Args:
        lines: Of one order.
        fares, rank: Those that may ship, and their places by index.
        parcels_max: Warehouses in one set, 1 to 3.
        scarcity: What taking the last unit weighs; a unit of n weighs 1/n of it.
    """
    if len({line.sku for line in lines}) < len(lines):
        return search(lines, fares, stock, False, parcels_max, scarcity)
    if scarcity:
        return _join_priced(lines, fares, rank, stock, parcels_max, scarcity)
    return _join(lines, fares, rank, stock, parcels_max)


def _able(lines: Sequence[DemandLine], stock: Stock) -> dict[int, int]:
    """Index of a warehouse -> bits of the lines that it could send whole."""
    bits: dict[int, int] = {}
    for at, line in enumerate(lines):
        bit, quantity = 1 << at, line.quantity
        for index, units in stock.get(line.sku, NOTHING).items():
            if units >= quantity:
                bits[index] = bits.get(index, 0) | bit
    return bits


def _join(
    lines: Sequence[DemandLine], fares: Sequence[Fare], rank: Mapping[int, int], stock: Stock, parcels_max: int
) -> list[Cover]:
    """By joining the lines that each warehouse has: what it sends does not matter, only that all is sent."""
    able, best = _able(lines, stock), TwoBest()
    every = (1 << len(lines)) - 1
    parts: list[_Part] = []
    seen: dict[int, int] = {}
    for place in sorted(rank[index] for index in able if index in rank):
        _, index, weight = fares[place]
        mask = able[index]
        count = seen.get(mask, 0)
        if count > 1:  # a third one with the same lines is in neither of the two best covers
            continue
        seen[mask] = count + 1
        if mask == every:
            best.offer((weight, 1, (place,)))
        else:
            parts.append((mask, weight, place))
    if parcels_max > 1:
        _join_two(parts, every, best, parcels_max > 2)
    return best.covers


def _join_two(parts: Sequence[_Part], every: int, best: TwoBest, has_third: bool) -> None:
    for at, (mask, weight, place) in enumerate(parts):
        if weight + weight > best.limit:
            return
        for then in range(at + 1, len(parts)):
            mask2, weight2, place2 = parts[then]
            pair = weight + weight2
            if pair > best.limit:
                break
            both = mask | mask2
            if both == every:
                best.offer((pair, 2, (place, place2)))
            elif has_third and both != mask and both != mask2 and pair + weight2 <= best.limit:
                _join_third(parts, then + 1, every, (mask, mask2), (pair, place, place2), best)


def _join_third(
    parts: Sequence[_Part], start: int, every: int, masks: tuple[int, int], pair: tuple[int, int, int], best: TwoBest
) -> None:
    first, second = masks
    both = first | second
    for at in range(start, len(parts)):
        mask, weight, place = parts[at]
        total = pair[0] + weight
        if total > best.limit:
            return
        if both | mask == every and first | mask != every and second | mask != every:
            best.offer((total, 3, (pair[1], pair[2], place)))


def _join_priced(
    lines: Sequence[DemandLine],
    fares: Sequence[Fare],
    rank: Mapping[int, int],
    stock: Stock,
    parcels_max: int,
    scarcity: int,
) -> list[Cover]:
    """The same where a line weighs differently by warehouse: each line leaves where it weighs least in the set."""
    prices: dict[int, list[int]] = {}
    least = 0
    for at, line in enumerate(lines):
        quantity, cheapest = line.quantity, NEVER
        for index, units in stock.get(line.sku, NOTHING).items():
            if units >= quantity and index in rank:
                price = scarcity * quantity // units
                cheapest = min(cheapest, price)
                if index not in prices:
                    prices[index] = [NEVER] * len(lines)
                prices[index][at] = price
        least += cheapest
    if least >= NEVER:
        return []
    parts = [(fares[place][2], place, prices[fares[place][1]]) for place in sorted(rank[index] for index in prices)]
    best = TwoBest()
    for weight, place, row in parts:
        if weight + least > best.limit:
            break
        if (total := weight + sum(row)) < NEVER:
            best.offer((total, 1, (place,)))
    if parcels_max > 1:
        _priced_two(parts, least, best, parcels_max > 2)
    return best.covers


def _priced_two(parts: Sequence[_Priced], least: int, best: TwoBest, has_third: bool) -> None:
    for at, (weight, place, row) in enumerate(parts):
        if weight + weight + least > best.limit:
            return
        for then in range(at + 1, len(parts)):
            weight2, place2, row2 = parts[then]
            pair = weight + weight2
            if pair + least > best.limit:
                break
            both = list(map(min, row, row2))
            if both in (row, row2):  # one of the two sends nothing
                continue
            if (total := pair + sum(both)) < NEVER:
                best.offer((total, 2, (place, place2)))
            if has_third and pair + weight2 + least <= best.limit:
                _priced_third(parts, then + 1, least, both, (row, row2), (pair, place, place2), best)


def _priced_third(
    parts: Sequence[_Priced],
    start: int,
    least: int,
    both: list[int],
    rows: tuple[list[int], list[int]],
    pair: tuple[int, int, int],
    best: TwoBest,
) -> None:
    weight_two, place, place2 = pair
    for at in range(start, len(parts)):
        weight, place3, row = parts[at]
        if weight_two + weight + least > best.limit:
            return
        three = list(map(min, both, row))
        total = weight_two + weight + sum(three)
        if total <= best.limit and three != both and all(three != list(map(min, row, other)) for other in rows):
            best.offer((total, 3, (place, place2, place3)))


def search(
    lines: Sequence[DemandLine],
    fares: Sequence[Fare],
    stock: Stock,
    is_split: bool,
    parcels_max: int,
    scarcity: int = 0,
) -> list[Cover]:
    """The two best covers by trying every set: for one SKU in several lines, or lines in parts (`is_split`)."""
    held = {index for line in lines for index in stock.get(line.sku, NOTHING)} if is_split else _able(lines, stock)
    useful, best = [fare for fare in fares if fare[1] in held], TwoBest()
    able: list[set[int]] = []
    for size in range(1, parcels_max + 1):
        for group in combinations(useful, size):
            weight = sum(fare[2] for fare in group)
            indexes = [index for _, index, _ in group]
            if weight > best.limit or any(smaller.issubset(indexes) for smaller in able):
                continue
            picks = pick(lines, indexes, stock, is_split, scarcity)
            if picks is not None:
                able.append(set(indexes))
                best.offer((weight + price_of(picks, stock, scarcity), size, tuple(fare[0] for fare in group)))
    return best.covers
