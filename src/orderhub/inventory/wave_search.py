"""Better plans for a wave: orders that stand in each other's way are solved together. Pure. Needs `optimize`.

Large neighbourhood search: some dozens of orders give back what they took, CP-SAT places them again as well as they
can be placed, and the answer is kept if it is no worse. Only ways that are cheap at the wave's prices are offered, so
that nearly every window is solved to the optimum. One worker, counted effort, our own dice: the same input gives the
same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from orderhub.inventory.cover import NEVER
from orderhub.inventory.desk import Desk, Placed
from orderhub.inventory.fares import Fares
from orderhub.inventory.wave_prices import Prices
from orderhub.inventory.wave_seat import Seat
from orderhub.inventory.wave_ways import Ints, Places, Ways, ways_of
from orderhub.inventory.wave_window import Window

__all__ = ["WaveSearch"]

WINDOW = (100, 250)
"""Orders in one window: at first, and at most."""
OFFERED_MAX = 12
"""Ways of one order in a window."""
WHOLE_MAX = 20
"""Orders of a wave that is solved as a whole, every way on offer: the answer is the optimum unless effort runs out."""
SLACK = 0.25
"""How much dearer than its cheapest way a way may be at the wave's prices, as a share of what orders pay on average."""
PARKED_MAX = 6
"""Parked orders in one window: each weighs twice the next, so that the first in turn is served first."""
_GROW, _SHRINK, _IDLE_MAX, _NEIGHBOURS = 1.5, 0.8, 6, 6


@dataclass(slots=True)
class _Dice:
    """Pseudo-random numbers that are the same on every machine."""

    state: int = 0x9E3779B97F4A7C15

    def below(self, limit: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % limit


@dataclass(slots=True)
class WaveSearch:
    """The state of a search: the desk holds what is left while `seats` hold the rest."""

    desk: Desk
    places: Places
    prices: Prices
    seats: Sequence[Seat]
    penalty: int
    is_moving: bool
    slack: float = 0.0
    is_whole: bool = False
    dice: _Dice = field(default_factory=_Dice)
    windows: int = 0
    won: int = 0
    _by_sku: dict[str, list[int]] = field(default_factory=dict)
    _left: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def run(self, windows: int, should_stop: Callable[[], bool]) -> None:
        """Solve so many windows, larger ones once small ones win nothing."""
        for at, seat in enumerate(self.seats):
            for sku in {line.sku for line in seat.order.lines}:
                self._by_sku.setdefault(sku, []).append(at)
            if not self.is_moving:
                seat.adopt(self.places, self.desk.fares.to(seat.order))
            seat.regret = self._regret(seat)
        size, idle = float(WINDOW[0]), 0
        self.is_whole = len(self.seats) <= WHOLE_MAX
        self.slack = SLACK * sum(seat.least for seat in self.seats) / max(1, len(self.seats))
        for _ in range(windows):
            if should_stop():
                return
            chosen = range(len(self.seats)) if self.is_whole else self._choose(min(int(size), len(self.seats)))
            gain, is_optimal = self._window(chosen)
            self.windows += 1
            self.won += gain
            if self.is_whole and is_optimal:
                return
            idle = 0 if gain else idle + 1
            if not is_optimal:
                size = max(20.0, size * _SHRINK)
            elif idle >= _IDLE_MAX:
                if size >= len(self.seats):
                    return
                size, idle = min(float(WINDOW[1]), size * _GROW), 0

    def _regret(self, seat: Seat) -> float:
        """What it pays at the wave's prices beyond its cheapest way."""
        if seat.placed is None:
            return float(self.penalty)
        numbers, prices = self.places.number, self.prices.of
        paid = sum(
            float(prices[numbers[line.sku][index]]) * line.quantity
            for index, lines in seat.placed.picks.items()
            for line in lines
        )
        return max(0.0, self.weight(seat, seat.placed) + paid - seat.least)

    def weight(self, seat: Seat, placed: Placed) -> int:
        """What these parcels weigh once whatever else is planned now is taken."""
        if not self.is_moving:
            rows, rank = (now := self.desk.fares.to(seat.order)).rows, now.rank
            return sum(rows[rank[index]][2] for index in placed.picks) - self.desk.fares.split
        fares = self.desk.fares.on(seat.order, dict(placed.days))
        return sum(row[2] for row in fares.rows) - self.desk.fares.split

    def _choose(self, size: int) -> list[int]:
        """Orders that share SKUs with each other, begun where much could be won."""
        seats, dice = self.seats, self.dice
        chosen: dict[int, None] = {}
        front: list[int] = []
        parked = 0
        for _ in range(8 * size):
            if len(chosen) >= size:
                break
            if not front:
                tries = [dice.below(len(seats)) for _ in range(4)]
                front.append(max(tries, key=lambda at: seats[at].regret))
            at = front.pop(dice.below(len(front)))
            near = [other for line in seats[at].order.lines for other in self._by_sku[line.sku] if other not in chosen]
            unit = float(self.prices.of.max()) + 1.0
            drawn = sorted(
                (-seats[other].regret - unit * dice.below(1024) / 1024, other) for other in dict.fromkeys(near)
            )
            for other in [at, *(other for _, other in drawn[:_NEIGHBOURS])]:
                if other in chosen or len(chosen) >= size:
                    continue
                if seats[other].placed is None:
                    if parked >= PARKED_MAX:
                        continue
                    parked += 1
                chosen[other] = None
                front.append(other)
        return sorted(chosen)

    def _window(self, chosen: Sequence[int]) -> tuple[int, bool]:
        """Place these orders anew; what was won, and whether the window was solved to the end."""
        seats = [self.seats[at] for at in chosen]
        before = [seat.placed for seat in seats]
        cost = 0
        for seat in seats:
            if seat.placed is not None:
                self.desk.take(seat.placed, -1)
                cost += self.weight(seat, seat.placed)
        found, is_optimal = self._solve(seats)
        new_cost = 0
        for seat, placed in zip(seats, found, strict=True):
            seat.placed = placed
            if placed is not None:
                new_cost += self.weight(seat, placed)
                self.desk.take(placed)
        served = sum(placed is not None for placed in found) - sum(placed is not None for placed in before)
        if served > 0 or (served == 0 and new_cost <= cost):
            for seat in seats:
                seat.regret = self._regret(seat)
            return cost - new_cost + served * self.penalty, is_optimal
        for seat in seats:
            if seat.placed is not None:
                self.desk.take(seat.placed, -1)
        for seat, placed in zip(seats, before, strict=True):
            seat.placed = placed
            if placed is not None:
                self.desk.take(placed)
        return 0, is_optimal

    def _solve(self, seats: Sequence[Seat]) -> tuple[list[Placed | None], bool]:
        return Window(self, seats).solve()

    def offers(self, seat: Seat) -> tuple[Ways, Fares, list[int]]:
        """The ways that are there now and cheap at the wave's prices, cheapest first."""
        fares = self.desk.fares.to(seat.order)
        ways = seat.ways
        if self.is_moving:
            ways = ways_of(seat.order, fares, self.places, self.desk.fares.split, self.desk.policy.parcels_max)
        if not len(ways.weights):
            return ways, fares, []
        left = self.left_of(ways)
        paid = ways.weights + (self.prices.of[ways.places] * ways.quantities).sum(axis=1)
        paid[~(left >= ways.quantities).all(axis=1)] = np.inf
        order = np.argsort(paid, kind="stable")[: None if self.is_whole else OFFERED_MAX]
        is_bounded = seat.placed is not None and not self.is_whole
        dearest = seat.least + self.slack if is_bounded else float(NEVER)
        return ways, fares, [int(way) for way in order if paid[way] <= dearest]

    def left_of(self, ways: Ways) -> Ints:
        """Units left of each place of these ways, for all of the SKUs concerned."""
        stock, numbers = self.desk.stock, self.places.number
        if not len(self._left):
            self._left = np.zeros(len(self.places.units), dtype=np.int64)
        for line in ways.lines:
            held = stock.get(line.sku, {})
            for index, number in numbers.get(line.sku, {}).items():
                self._left[number] = held[index]
        return self._left[ways.places]
