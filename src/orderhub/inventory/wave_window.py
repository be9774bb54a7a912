"""Some orders of a wave placed together as well as they can be: one CP-SAT model. Pure. Needs `optimize`.

One worker and a limit in deterministic seconds: the same window always has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from orderhub.inventory.desk import Placed
from orderhub.inventory.wave_seat import Seat
from orderhub.inventory.wave_ways import placed_of

if TYPE_CHECKING:
    from orderhub.inventory.wave_search import WaveSearch

__all__ = ["Window"]

EFFORT_MAX = 0.5
"""CP-SAT's deterministic seconds for one window."""


class Window:
    """One CP-SAT model: each order takes one way, no place and no day gives more than it has."""

    def __init__(self, search: WaveSearch, seats: Sequence[Seat]) -> None:
        self.search, self.seats = search, seats
        self.model = cp_model.CpModel()
        self.use: dict[int, list[tuple[cp_model.IntVar, int]]] = {}
        self.leave: dict[tuple[int, object], list[cp_model.IntVar]] = {}
        self.rows: list[list[tuple[cp_model.IntVar, Placed | None]]] = []
        self.terms: list[tuple[cp_model.IntVar, int]] = []

    def solve(self) -> tuple[list[Placed | None], bool]:
        """What each order takes now; what it took before where no better answer was found."""
        parked = [seat.turn for seat in self.seats if seat.placed is None]
        for seat in self.seats:
            rank = parked.index(seat.turn) if seat.placed is None else -1
            self.rows.append(self._row(seat, self.search.penalty << (len(parked) - rank) if rank >= 0 else None))
        self._limits()
        scale = gcd(*(weight for _, weight in self.terms)) or 1
        self.model.minimize(sum(var * (weight // scale) for var, weight in self.terms))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = EFFORT_MAX
        status = solver.solve(self.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return [seat.placed for seat in self.seats], False
        found = [next(placed for var, placed in row if solver.value(var)) for row in self.rows]
        return found, status == cp_model.OPTIMAL

    def _row(self, seat: Seat, park_weight: int | None) -> list[tuple[cp_model.IntVar, Placed | None]]:
        """The order's ways as variables of which exactly one is true: those on offer, and the one it has."""
        ways, fares, offered = self.search.offers(seat)
        row: list[tuple[cp_model.IntVar, Placed | None]] = []
        has_present = False
        for way in offered:
            if self.search.is_moving:
                placed = placed_of(ways, way, self.search.places, fares)
                is_present = seat.placed is not None and _same(placed, seat.placed)
            else:
                placed = seat.take(way, self.search.places, fares)
                is_present = placed is seat.placed
            has_present = has_present or is_present
            row.append((self._way(placed, int(ways.weights[way]), is_present), placed))
        if seat.placed is not None and not has_present:
            row.append((self._way(seat.placed, self.search.weight(seat, seat.placed), True), seat.placed))
        if park_weight is not None:
            var = self.model.new_bool_var("")
            self.model.add_hint(var, True)
            self.terms.append((var, park_weight))
            row.append((var, None))
        self.model.add_exactly_one([var for var, _ in row])
        return row

    def _way(self, placed: Placed, weight: int, is_present: bool) -> cp_model.IntVar:
        var = self.model.new_bool_var("")
        self.model.add_hint(var, is_present)
        self.terms.append((var, weight))
        for index, lines in placed.picks.items():
            for line in lines:
                number = self.search.places.number[line.sku][index]
                self.use.setdefault(number, []).append((var, line.quantity))
        for index, day in placed.days:
            if day is not None:
                self.leave.setdefault((index, day), []).append(var)
        return var

    def _limits(self) -> None:
        places, stock = self.search.places, self.search.desk.stock
        for number, terms in self.use.items():
            left = stock[places.sku[number]][places.warehouse[number]]
            if sum(quantity for _, quantity in terms) > left:
                self.model.add(sum(var * quantity for var, quantity in terms) <= left)
        for (index, day), variables in self.leave.items():
            room = self.search.desk.fares.departures.room(index, day)  # type: ignore[arg-type]
            if room is not None and len(variables) > room:
                self.model.add(sum(variables) <= room)


def _same(one: Placed, other: Placed) -> bool:
    return dict(one.days) == dict(other.days) and {
        index: sorted(lines, key=str) for index, lines in one.picks.items()
    } == {index: sorted(lines, key=str) for index, lines in other.picks.items()}
