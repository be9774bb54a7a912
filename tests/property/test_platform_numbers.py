"""Platforms' own waybills under lost replies, refusals and deaths anywhere; tests/proof/platform_numbers.py has more."""

from __future__ import annotations

from platform_numbers import RACES, check_history, check_races

HISTORIES = 150


def test_one_number_a_parcel_none_orphaned_never_shipped_twice() -> None:
    made = [check_history(seed) for seed in range(HISTORIES)]
    assert sum(made) > HISTORIES, "histories that void and ask again are among them"


def test_two_workers_with_one_order_leave_one_good_number_wherever_either_stops_or_dies() -> None:
    """The first is overtaken at each of its steps and dies at each later one, or stops the other at some of its own."""
    for finds, second, dies in RACES:
        made = check_races(range(99), (None,), range(99) if dies else (None,), finds=finds, second=second)
        made += check_races(range(0, 99, 3), range(1, 99, 8), (None,), finds=finds, second=second)
        assert made > 20, "it has that many steps"
