"""One order of a wave: its ways and what it takes. Pure. Imports this room; needs the extra `optimize`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from orderhub.inventory.demand import OrderDemand
from orderhub.inventory.desk import Placed
from orderhub.inventory.fares import Fares
from orderhub.inventory.wave_ways import Places, Ways, placed_of

__all__ = ["Seat"]


@dataclass(slots=True)
class Seat:
    """One order of the wave: where it stands in turn, its ways at the start, and what it takes now (None: parked)."""

    turn: int
    order: OrderDemand
    ways: Ways
    least: float
    placed: Placed | None
    regret: float = 0.0
    known: dict[int, Placed] = field(default_factory=dict)

    def take(self, way: int, places: Places, fares: Fares) -> Placed:
        """What one of the first ways takes; the same object each time."""
        if way not in self.known:
            self.known[way] = placed_of(self.ways, way, places, fares)
        return self.known[way]

    def adopt(self, places: Places, fares: Fares) -> None:
        """Know what it takes now as one of its ways."""
        if self.placed is None:
            return
        sent = {line: index for index, lines in self.placed.picks.items() for line in lines}
        row = [places.number[line.sku][sent[line]] for line in self.ways.lines]
        for way in np.flatnonzero((self.ways.places == np.array(row, dtype=np.int64)).all(axis=1))[:1]:
            self.placed = self.take(int(way), places, fares)
