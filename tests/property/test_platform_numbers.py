"""Platforms' own waybills under lost replies, refusals and deaths anywhere; tests/proof/platform_numbers.py has more."""

from __future__ import annotations

from platform_numbers import check_history

HISTORIES = 150


def test_one_number_a_parcel_none_orphaned_never_shipped_twice() -> None:
    made = [check_history(seed) for seed in range(HISTORIES)]
    assert sum(made) > HISTORIES, "histories that void and ask again are among them"
