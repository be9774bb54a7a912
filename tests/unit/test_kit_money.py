"""Shares of an amount add up to it exactly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.kit.money import apportion, total_of

CENTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
WEIGHTS = st.lists(CENTS, min_size=1, max_size=8).filter(any)


@settings(deadline=None)
@given(CENTS, WEIGHTS)
def test_shares_add_up_and_stay_within_a_cent_of_fair(amount: Decimal, weights: list[Decimal]) -> None:
    shares = apportion(amount, weights)
    whole = sum(weights)
    assert sum(shares) == amount
    assert len(shares) == len(weights)
    last = max(index for index, weight in enumerate(weights) if weight)
    for index, (share, weight) in enumerate(zip(shares, weights, strict=True)):
        slack = Decimal("0.01") * (len(weights) if index == last else 1)
        assert abs(share - amount * weight / whole) <= slack
        assert share >= 0
        assert share == 0 or weight > 0
        assert share == share.quantize(Decimal("0.01"))


@settings(deadline=None)
@given(st.lists(CENTS, max_size=6), st.integers(0, 6))
def test_one_unknown_amount_makes_the_sum_unknown(amounts: list[Decimal], place: int) -> None:
    assert total_of(amounts) == sum(amounts, Decimal(0))
    assert total_of([*amounts[:place], None, *amounts[place:]]) is None
