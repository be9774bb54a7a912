"""What channels are shown: never below zero, safety stock and channel policy as data, zeros first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.inventory import ChannelPolicy, Level, SafetyStock, StockSnapshot, ats, listing_stocks, with_bundles
from orderhub.models import Listing

LEVELS = (Level("A", "sh", 10, 4), Level("A", "bj", 3, 0), Level("B", "sh", 1, 1), Level("C", "gz", 5, 0))


def test_safety_stock_is_kept_per_warehouse_and_never_borrowed_from_another() -> None:
    safety = SafetyStock(default=1, by_sku={"C": 9}, by_place={("A", "bj"): 5})
    found = ats(StockSnapshot(41, LEVELS), skus=["A", "Z"], safety=safety)
    assert {sku: each.quantity for sku, each in found.items()} == {"A": 5, "B": 0, "C": 0, "Z": 0}
    assert found["A"].by_warehouse == (("bj", 0), ("sh", 5))
    assert {each.version for each in found.values()} == {41}


def test_only_selling_warehouses_count() -> None:
    found = ats(StockSnapshot(1, LEVELS), warehouses={"bj"})
    assert {sku: each.quantity for sku, each in found.items()} == {"A": 3, "B": 0, "C": 0}


def test_bundles_are_limited_by_their_scarcest_part() -> None:
    boxes = {"BOX": {"A": 2, "C": 2}, "ODD": {"A": 1, "Z": 1}, "NIL": {}, "BIG": {"BOX": 1, "A": 1}, "OWN": {"OWN": 1}}
    found = with_bundles(ats(StockSnapshot(7, LEVELS)), boxes)
    assert [(found[sku].quantity, found[sku].version) for sku in ("BOX", "BIG")] == [(2, 7), (2, 7)]
    assert not {"ODD", "NIL", "OWN"} & found.keys(), "what is unknown is not zero"


@given(
    st.integers(-5, 1000),
    st.builds(
        ChannelPolicy, st.integers(0, 50), st.integers(0, 100), st.none() | st.integers(0, 200), st.integers(0, 9)
    ),
)
def test_a_channel_is_never_shown_more_than_there_is_and_it_may_oversell(available: int, policy: ChannelPolicy) -> None:
    shown = policy.shown(available)
    assert 0 <= shown <= max(0, available - policy.buffer) + policy.oversell
    assert policy.cap is None or shown <= policy.cap
    assert policy.shown(available + 1) >= shown


def test_policy_takes_the_buffer_then_the_share_then_the_cap() -> None:
    assert ChannelPolicy(buffer=2, percentage=50, cap=3).shown(9) == 3
    assert ChannelPolicy(buffer=2, percentage=50).shown(9) == 3
    assert ChannelPolicy(percentage=30).shown(9) == 2


@pytest.mark.parametrize(
    "wrong", [{"buffer": -1}, {"percentage": 101}, {"percentage": -1}, {"cap": -1}, {"oversell": -1}, {"buffer": True}]
)
def test_senseless_policies_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        ChannelPolicy(**wrong)


def test_sold_out_listings_are_pushed_first_and_unknown_ones_left_alone() -> None:
    listings = [
        Listing(listing_id="1", sku="A"),
        Listing(listing_id="2", sku=None),
        Listing(listing_id="3", sku="?"),
        Listing(listing_id="4", platform_sku_id="9", sku="B"),
    ]
    pushes = listing_stocks(listings, ats(StockSnapshot(5, LEVELS)), ChannelPolicy(buffer=1))
    assert [(push.key, push.quantity, push.version) for push in pushes] == [("4:9", 0, 5), ("1", 8, 5)]
