"""The conformance kit, one test per check."""

import pytest

from orderhub.testing.conformance import CHECKS, Bench, Unfit


@pytest.mark.parametrize("check", CHECKS)
def test_conformance(check: str) -> None:
    try:
        CHECKS[check](Bench.of("cornershop"))
    except Unfit as reason:
        pytest.skip(str(reason))
