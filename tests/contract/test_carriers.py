"""Every installed carrier passes the conformance kit against its emulator; nothing here is about one carrier."""

from __future__ import annotations

import pytest

from orderhub.plugins import CARRIERS, names
from orderhub.testing.conformance import CARRIER_CHECKS, CarrierBench, Unfit


@pytest.mark.parametrize("check", CARRIER_CHECKS)
@pytest.mark.parametrize("carrier", names(CARRIERS))
def test_conformance(carrier: str, check: str) -> None:
    try:
        CARRIER_CHECKS[check](CarrierBench.of(carrier))
    except Unfit as reason:
        pytest.skip(str(reason))
