"""Reading backwards over a list that moves: every row that stays in the window is seen.

The list is newest first, as the platform shows it. Between any two calls rows may leave (they changed again, so
their time is now outside the window) or, in other cases, come late (they became visible after the count).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.flow.steps import Operation
from orderhub.kit.reading import Paged, Position, backwards

CALLS_MAX = 400


class MovingList:
    """The platform's list; `moves` are applied one before each call."""

    def __init__(self, rows: list[int], moves: list[tuple[str, int]], *, repeats: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.rows, self.moves, self.repeats = list(rows), list(moves), repeats
        self.ever, self.gone, self.calls, self.last = set(rows), set[int](), 0, list[int]()
        self.next_id = 1000

    def _move(self) -> None:
        kind, where = self.moves.pop(0) if self.moves else ("stay", 0)
        if kind == "leave" and self.rows:
            self.gone.add(self.rows.pop(where % len(self.rows)))
        if kind == "come":
            self.rows.insert(where % (len(self.rows) + 1), self.next_id)
            self.ever.add(self.next_id)
            self.next_id += 1

    def read(self, page: int, counting: bool, size: int) -> Operation[dict[str, Any]]:
        """One list call."""
        yield from ()
        self.calls += 1
        assert self.calls < CALLS_MAX, "reading does not end"
        self._move()
        assert page >= 1
        if counting:
            return {"total_results": len(self.rows), "rows": self.rows[:size]}
        again = self.last and self.calls in self.repeats
        shown = self.last if again else self.rows[(page - 1) * size : page * size]
        self.last = shown
        return {"has_next": page * size < len(self.rows), "rows": shown}

    def stayed(self) -> set[int]:
        """Rows that are still in the window."""
        return self.ever - self.gone


def read_all(source: MovingList, size: int) -> set[int]:
    """All rows that paging backwards shows."""
    seen, position, first = set[int](), None, True
    while first or position is not None:
        first = False
        rows, position, total = _run(source, size, position)
        seen |= set(rows)
        assert total >= 0
    return seen


def _run(source: MovingList, size: int, at: Position | None) -> tuple[list[int], Position | None, int]:
    paged = Paged(lambda page, counting: source.read(page, counting, size), lambda reply: reply["rows"],
                  lambda reply: reply["total_results"], str, size)  # fmt: skip
    operation = backwards(paged, at)
    try:
        next(operation)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("reading needs no step of its own")


SIZES = st.integers(1, 5)
ROWS = st.integers(0, 24).map(lambda count: list(range(count)))
LEAVING = st.lists(st.tuples(st.sampled_from(["leave", "stay"]), st.integers(0, 30)), max_size=30)


@pytest.mark.fault(29)
@settings(deadline=None, max_examples=200)
@given(ROWS, SIZES, LEAVING)
def test_rows_that_leave_take_no_others_with_them(rows: list[int], size: int, moves: list[tuple[str, int]]) -> None:
    source = MovingList(rows, moves)
    assert read_all(source, size) >= source.stayed()


@settings(deadline=None, max_examples=200)
@given(ROWS, SIZES, LEAVING, st.integers(2, 20))
def test_a_page_that_comes_twice_hides_nothing(
    rows: list[int], size: int, moves: list[tuple[str, int]], call: int
) -> None:
    source = MovingList(rows, moves, repeats={call})
    assert read_all(source, size) >= source.stayed()


@settings(deadline=None, max_examples=200)
@given(ROWS, SIZES, st.lists(st.integers(0, 30), max_size=3), st.integers(0, 6))
def test_rows_that_come_late_are_seen_in_another_round(
    rows: list[int], size: int, places: list[int], quiet: int
) -> None:
    source = MovingList(rows, [("stay", 0)] * quiet + [("come", where) for where in places])
    last_pages = -(-(len(rows) + len(places)) // size)
    if quiet + len(places) <= last_pages:  # all came while the first round was read
        assert read_all(source, size) >= source.stayed()


@settings(deadline=None, max_examples=100)
@given(ROWS, SIZES)
def test_a_list_that_stands_still_is_read_once(rows: list[int], size: int) -> None:
    source = MovingList(rows, [])
    assert read_all(source, size) == set(rows)
    pages = -(-len(rows) // size)
    assert source.calls == (1 if not rows else pages + 2)


@pytest.mark.fault(31)
def test_an_endlessly_growing_list_ends_all_the_same() -> None:
    """Windows end in the past, so this is a broken platform: reading gives up after its rounds instead of never."""
    source = MovingList(list(range(20)), [("come", 0)] * CALLS_MAX)
    assert read_all(source, 2)
    assert source.moves
