"""Every installed connector passes the conformance kit against its emulator; nothing here is about one platform."""

from __future__ import annotations

import pytest

from orderhub.plugins import names
from orderhub.testing.conformance import CHECKS, Bench, Unfit


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("connector", names())
def test_conformance(connector: str, check: str) -> None:
    try:
        CHECKS[check](Bench.of(connector))
    except Unfit as reason:
        pytest.skip(str(reason))
