"""What a unit of stock is worth to a wave, and what no plan can beat. Pure. Imports this room; needs `optimize`.

Lagrangian relaxation: stock that is asked for more often than it is there gets a price, stock that is left over loses
it; what the orders pay at any prices, less the worth of all stock, is a proven lower bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orderhub.inventory.wave_ways import Floats, Ints, Ways, stacked

__all__ = ["Prices", "prices_of"]

ROUNDS = (40, 250)
"""Least and most rounds of prices; between them as many as keep the work below `WORK`."""
WORK = 40_000_000
"""Ways looked at over all rounds."""
_PATIENCE = 8
_SMALLER = 0.7
_HOPE = 1.02


@dataclass(frozen=True, slots=True)
class Prices:
    """The best prices found.

    Attributes:
        of: Millionths by place; one more at the end for no place at all, which is free.
        bound: What every plan of the wave weighs at least, parked orders counted with their penalty, in millionths.
        least: What each order pays at least at these prices.
    """

    of: Floats
    bound: int
    least: Floats


def prices_of(many: Sequence[Ways], units: Ints, penalty: int) -> Prices:
    """Prices for the orders that have a way at all; each may also be parked for `penalty`."""
    nowhere = len(units)
    columns = max((each.places.shape[1] for each in many), default=1)
    places, quantities = stacked(many, columns, nowhere)
    starts = np.cumsum([0] + [len(each.weights) for each in many])
    weights = np.concatenate([each.weights for each in many]).astype(np.float64)
    game = _Game(
        places, quantities.astype(np.float64), weights, starts, np.append(units, 0).astype(np.float64), penalty
    )
    return game.play(int(min(max(WORK // max(1, len(weights)), ROUNDS[0]), ROUNDS[1])))


@dataclass(slots=True)
class _Game:
    places: Ints
    quantities: Floats
    weights: Floats
    starts: Ints
    units: Floats
    penalty: int

    def play(self, rounds: int) -> Prices:
        """Subgradient steps towards a value a little above the best bound; smaller steps when nothing is won."""
        prices: Floats = np.zeros(len(self.units))
        best, best_prices, least = -np.inf, prices, prices
        step, idle = 1.0, 0
        for _ in range(rounds):
            value, paid, gradient = self._ask(prices)
            if value > best:
                best, best_prices, least, idle = value, prices, paid, 0
            else:
                idle += 1
                if idle >= _PATIENCE:
                    step, idle, prices = step * _SMALLER, 0, best_prices
            norm = float(gradient @ gradient)
            if not norm:
                break
            prices = np.maximum(0.0, prices + step * max(1.0, _HOPE * best - value) / norm * gradient)
        return Prices(best_prices, int(np.floor(best)) - 1, least)

    def _ask(self, prices: Floats) -> tuple[float, Floats, Floats]:
        """The bound at these prices, what each order pays, and by how much each place is asked for too often."""
        paid = self.weights + (prices[self.places] * self.quantities).sum(axis=1)
        cheapest = np.minimum.reduceat(paid, self.starts[:-1])
        least = np.minimum(cheapest, self.penalty)
        value = float(least.sum() - (prices * self.units).sum())
        owner = np.repeat(np.arange(len(cheapest)), np.diff(self.starts))
        rows = np.flatnonzero(paid <= cheapest[owner])
        _, first = np.unique(owner[rows], return_index=True)
        taken = rows[first][cheapest <= self.penalty]
        use = np.bincount(self.places[taken].ravel(), weights=self.quantities[taken].ravel(), minlength=len(self.units))
        gradient = use - self.units
        gradient[-1] = 0.0
        gradient[(prices <= 0) & (gradient < 0)] = 0.0
        return value, least, gradient
