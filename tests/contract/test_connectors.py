"""Every installed connector passes the conformance kit against its emulator; nothing here is about one platform."""

from __future__ import annotations

from functools import cache

import pytest

from orderhub.plugins import find, names
from orderhub.testing.conformance import CHECKS, Bench, Unfit

SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]
"""Connectors that speak to somebody; tables and hand-made orders have no emulator to be proved against."""


PROVES = {
    "throttled_calls_wait": (9,), "lapsed_token_is_refreshed_once": (23,), "skewed_clock_is_learnt": (22,),
    "broken_replies_are_typed": (7, 11, 12, 13, 14), "broken_pages_end_nothing": (3, 7, 12),
    "lost_reply_is_settled": (4,), "unknown_is_said": (4,), "repeated_page": (29,), "changed_while_paging": (29,),
    "same_second_ties": (30,), "unknown_words_never_ship": (16,), "money_exact": (18,), "instants_are_true": (21,),
}  # fmt: skip
"""Check -> the rows of docs/reference/faults.md that it proves."""


@cache
def bench(connector: str) -> Bench:
    """One bench a connector: what it read once in one world need not be read in its twins."""
    return Bench.of(connector)


@pytest.mark.parametrize(
    "check", [pytest.param(name, marks=[pytest.mark.fault(*PROVES[name])] if name in PROVES else []) for name in CHECKS]
)
@pytest.mark.parametrize("connector", SPEAKING)
def test_conformance(connector: str, check: str) -> None:
    try:
        CHECKS[check](bench(connector))
    except Unfit as reason:
        pytest.skip(str(reason))
