"""Generated orders obey the sum of docs/platforms/amazon.md §2.5, whatever the seed."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.platforms.amazon.awkward import AWKWARD, UNKNOWN_STATUS
from orderhub.sandbox.platforms.amazon.intake import to_v0
from orderhub.sandbox.platforms.amazon.spec import MARKETPLACES, OPERATIONS, STATUS_2026, STATUS_MOVES, SWITCHES
from orderhub.sandbox.platforms.amazon.wire import page_token, read_token

ADDED = ("ItemPrice", "ItemTax", "ShippingPrice", "ShippingTax", "CODFee")
TAKEN = ("ShippingDiscount", "ShippingDiscountTax", "PromotionDiscount", "PromotionDiscountTax", "CODFeeDiscount")


def orders(world: World) -> list[dict[str, Any]]:
    rows = world.control("GET", "/_sandbox/amazon/orders")[1]
    return [world.control("GET", f"/_sandbox/amazon/orders/{row['order_id']}")[1] for row in rows]


def money(part: dict[str, Any], name: str) -> Decimal:
    return Decimal(part[name]["Amount"]) if name in part else Decimal(0)


def assert_sum(order: dict[str, Any]) -> None:
    """§2.5, item by item, and counts that fit the packages."""
    place = next(row for row in MARKETPLACES.values() if row.id == order["MarketplaceId"])
    live = [item for item in order["OrderItems"] if "_cancelled_by" not in item]
    total = Decimal(0)
    for item in live:
        wrap = item.get("BuyerInfo", {})
        total += sum(money(item, name) for name in ADDED) - sum(money(item, name) for name in TAKEN)
        total += money(wrap, "GiftWrapPrice") + money(wrap, "GiftWrapTax")
        assert money(item, "ItemPrice").scaleb(place.digits) % item["QuantityOrdered"] == 0
        assert money(item, "PromotionDiscount") <= money(item, "ItemPrice")
    assert total == money(order, "OrderTotal") >= 0
    assert order["OrderTotal"]["CurrencyCode"] == place.currency
    for item in order["OrderItems"]:
        for value in (one for one in item.values() if isinstance(one, dict) and "Amount" in one):
            assert -Decimal(value["Amount"]).as_tuple().exponent == place.digits
    sent = Counter(
        {row["orderItemId"]: 0 for package in order["_sandbox"]["packages"] for row in package["orderItems"]}
    )
    for package in order["_sandbox"]["packages"]:
        for row in package["orderItems"]:
            sent[row["orderItemId"]] += row["quantity"]
    if order["FulfillmentChannel"] == "MFN":
        assert all(item["QuantityShipped"] == sent[item["OrderItemId"]] for item in order["OrderItems"])
    assert order["NumberOfItemsShipped"] == sum(item["QuantityShipped"] for item in order["OrderItems"])
    assert order["NumberOfItemsUnshipped"] == sum(item["QuantityOrdered"] - item["QuantityShipped"] for item in live)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), awkward=st.booleans())
def test_every_order_of_every_seed_adds_up(seed: int, awkward: bool) -> None:
    world = World(seed=seed, platforms=["amazon"], carriers=[], orders=15, awkward=awkward, shops_per_platform=4)
    for order in orders(world):
        assert_sum(order)


def test_seeded_orders_are_varied_and_mostly_to_be_shipped() -> None:
    found = orders(World(seed=1, platforms=["amazon"], carriers=[], orders=400, shops_per_platform=1))
    statuses = Counter(order["OrderStatus"] for order in found)
    assert statuses.keys() == {"Unshipped", "PartiallyShipped", "Shipped", "Pending", "PendingAvailability", "Canceled"}
    assert statuses["Unshipped"] > 200
    assert {len(order["OrderItems"]) for order in found} == {1, 2, 3, 4}
    assert {item["SellerSKU"] for order in found for item in order["OrderItems"]} <= GOODS.keys()
    assert {order["FulfillmentChannel"] for order in found} == {"MFN"}
    names = {name for order in found for item in order["OrderItems"] for name in item}
    assert {"PromotionDiscount", "ShippingPrice", "ShippingDiscount", "BuyerInfo", "ItemTax"} <= names
    countries = Counter(order["ShippingAddress"]["CountryCode"] for order in found)
    assert countries.keys() == {"CN", "US"} and countries["CN"] > countries["US"] > 20
    assert all(re.fullmatch(r"\d{3}-\d{7}-\d{7}", order["AmazonOrderId"]) for order in found)
    assert {package["carrierName"] for order in found for package in order["_sandbox"]["packages"]} >= {"SF Express"}
    ids = [item["OrderItemId"] for order in found for item in order["OrderItems"]]
    assert len(set(ids)) == len(ids)


def test_awkward_orders_come_only_when_asked_for() -> None:
    plain = orders(World(seed=1, platforms=["amazon"], carriers=[], orders=50))
    assert all(order["OrderStatus"] in STATUS_2026 for order in plain)
    odd = orders(World(seed=1, platforms=["amazon"], carriers=[], orders=0, awkward=True, shops_per_platform=1))
    assert len(odd) >= len(AWKWARD)
    assert UNKNOWN_STATUS in {order["OrderStatus"] for order in odd}
    assert {"AFN", "MFN"} == {order["FulfillmentChannel"] for order in odd}
    assert any(order["_sandbox"]["refunds"] for order in odd)
    assert any(item["OrderItemId"].startswith("0") for order in odd for item in order["OrderItems"])
    assert any(Decimal(order["OrderTotal"]["Amount"]) == 0 and order["IsReplacementOrder"] for order in odd)
    assert any(len({item.get("SellerSKU") for item in order["OrderItems"]}) < len(order["OrderItems"]) for order in odd)


def test_the_tables_hold_together() -> None:
    assert {status for move in STATUS_MOVES.items() for status in (move[0][0], move[1])} <= STATUS_2026.keys()
    assert not any(status == "Shipped" for status, _ in STATUS_MOVES)
    assert len({operation.key for operation in OPERATIONS}) == len(OPERATIONS)
    for operation in OPERATIONS:
        path = re.sub(r"\{\w+\}", "x", operation.path)
        assert (
            next(one.key for one in OPERATIONS if one.method == operation.method and one.pattern.fullmatch(path))
            == operation.key
        )
    assert all(not how.choices or how.default in how.choices for how in SWITCHES.values())


@pytest.mark.parametrize("token", ["", "x", "AAAA", page_token(a=1)[:-4], page_token(a=1).swapcase()])
def test_only_our_own_tokens_are_read(token: str) -> None:
    assert read_token(page_token(a=1)) == {"a": 1}
    assert read_token(token) is None


def test_a_document_of_2026_becomes_the_v0_order_it_came_from() -> None:
    world = World(seed=4, platforms=["amazon"], carriers=[], orders=40, shops_per_platform=1)
    for order in orders(world):
        doc, items = to_v0(order["_sandbox"]["orders_2026"])
        for name in (
            "AmazonOrderId",
            "PurchaseDate",
            "LastUpdateDate",
            "OrderStatus",
            "FulfillmentChannel",
            "MarketplaceId",
        ):
            assert doc[name] == order[name]
        if "OrderTotal" in doc:
            assert doc["OrderTotal"] == order["OrderTotal"]
        kept = {name for item in items for name in item if name in (*ADDED, *TAKEN)}
        for mine, theirs in zip(items, order["OrderItems"], strict=True):
            for name in kept if "_cancelled_by" not in theirs else ():
                assert money(mine, name) == money(theirs, name)
