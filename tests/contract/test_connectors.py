"""Every installed connector passes the conformance kit against its emulator; nothing here is about one platform."""

from __future__ import annotations

from functools import cache

import pytest

from orderhub.plugins import find, names
from orderhub.testing.conformance import CHECKS, Bench, Unfit

SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]
"""Connectors that speak to somebody; tables and hand-made orders have no emulator to be proved against."""


@cache
def bench(connector: str) -> Bench:
    """One bench a connector: what it read once in one world need not be read in its twins."""
    return Bench.of(connector)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("connector", SPEAKING)
def test_conformance(connector: str, check: str) -> None:
    try:
        CHECKS[check](bench(connector))
    except Unfit as reason:
        pytest.skip(str(reason))
