"""Laws of prices: equal to a slow reading of the card, items add up, heavier is never cheaper within a band."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from rate_model import ON, cards, parcels, slow_price

from orderhub.logistics.rates import Refusal, rate


@settings(max_examples=80, deadline=None)
@given(cards(), parcels(), st.sampled_from(["浙江", "浙江省", "江苏", "上海市"]))
def test_a_price_is_that_of_the_card_read_slowly_to_the_cent(card, parcel, origin):
    found, expected = rate(card, parcel, origin, ON), slow_price(card, parcel, origin, ON)
    if expected is None:
        assert isinstance(found, Refusal) and found.detail
        return
    total, charges = expected
    assert not isinstance(found, Refusal)
    assert found.total == total == sum(charge.amount for charge in found.charges)
    assert [(charge.name, charge.amount) for charge in found.charges] == charges
    assert all(charge.amount == charge.amount.quantize(Decimal("0.01")) for charge in found.charges)


@settings(max_examples=60, deadline=None)
@given(cards(), parcels(), st.integers(1, 2000))
def test_more_weight_is_never_billed_as_less(card, parcel, more):
    found, heavier = (
        rate(card, one, "浙江", ON) for one in (parcel, parcel.model_copy(update={"weight_g": parcel.weight_g + more}))
    )
    if not isinstance(found, Refusal) and not isinstance(heavier, Refusal) and not card.divisors:
        half_up = any(band.half_up for band in card.rounding)
        assert half_up or heavier.billed_weight_g >= found.billed_weight_g
