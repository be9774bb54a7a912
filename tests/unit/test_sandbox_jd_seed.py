"""Generated JD orders obey the money sums and the documented states, whatever the seed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.platforms.jd.awkward import AWKWARD, UNKNOWN_STATE
from orderhub.sandbox.platforms.jd.spec import CONTRACTED, MOVES, SELLER_COUPONS, STATES

SHOPS = {"jd-1", "jd-2"}


def world(**options: Any) -> World:
    return World(**{"platforms": ["jd"], "carriers": [], **options})


def orders(at: World) -> list[dict[str, Any]]:
    rows = at.control("GET", "/_sandbox/jd/orders")[1]
    return [at.control("GET", f"/_sandbox/jd/orders/{row['order_id']}")[1] for row in rows]


def money(text: str) -> Decimal:
    assert len(text.partition(".")[2]) == 2
    return Decimal(text)


def assert_sums(doc: dict[str, Any]) -> None:
    """orderTotalPrice, orderSellerPrice, sellerDiscount, shouldPay and their successors."""
    total = sum(money(row["jdPrice"]) * int(row["itemTotal"]) for row in doc["itemInfoList"])
    off: dict[bool, Decimal] = {True: Decimal(0), False: Decimal(0)}
    for coupon in doc["couponDetailList"]:
        off[coupon["couponType"].partition("-")[0] in SELLER_COUPONS] += money(coupon["couponPrice"])
        assert coupon["orderId"] == doc["orderId"]
        assert bool(coupon["skuId"]) == coupon["couponType"].startswith("30-")
    assert money(doc["orderTotalPrice"]) == money(doc["totalOriginalPrice"]) == total
    assert money(doc["sellerDiscount"]) == money(doc["totalSellerDiscount"]) == off[True]
    assert money(doc["orderSellerPrice"]) == money(doc["totalSellerReceivable"]) == total - off[True]
    assert money(doc["shouldPay"]) == total - off[True] - off[False] + money(doc["freightPrice"])
    assert money(doc["shouldPay"]) >= 0
    paid = doc["paymentConfirmTime"][:4] != "1970"
    assert money(doc["actualPay"]) == (money(doc["shouldPay"]) if paid else 0)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_every_generated_order_adds_up(seed: int, awkward: bool) -> None:
    for doc in orders(world(seed=seed, orders=12, awkward=awkward)):
        assert_sums(doc)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_every_generated_order_is_coherent(seed: int) -> None:
    at = world(seed=seed, orders=15)
    reachable = {state for state, _ in MOVES} | set(MOVES.values())
    seen: set[str] = set()
    for doc in orders(at):
        assert doc["orderState"] in reachable
        assert doc["orderStateRemark"] == STATES[doc["orderState"]]
        assert doc["orderStartTime"] <= doc["modified"]
        uuids = {row["itemExt"]["skuUuid"] for row in doc["itemInfoList"]}
        assert len(uuids) == len(doc["itemInfoList"])
        assert not uuids & seen
        seen |= uuids
        assert all(row["outerSkuId"] in GOODS for row in doc["itemInfoList"])
        assert (doc["orderState"] == "NOT_PAY") <= (doc["paymentConfirmTime"][:4] == "1970")
        sent = doc["orderState"] in ("WAIT_GOODS_RECEIVE_CONFIRM", "FINISHED_L")
        assert bool(doc["logisticsId"]) == bool(doc["waybill"]) == sent
        assert all(one in CONTRACTED for one in doc["logisticsId"].split("|") if one)


def test_the_same_seed_makes_the_same_orders() -> None:
    still = {"orders": 8, "awkward": True, "start": datetime(2026, 3, 18, 2, 30, tzinfo=UTC), "tick": lambda: 0.0}
    first, second, third = (orders(world(seed=seed, **still)) for seed in (4, 4, 5))
    assert first == second
    assert first != third


def test_stock_offers_every_good_and_covers_what_orders_hold() -> None:
    at = world(orders=200, seed=2)
    rows = at.control("GET", "/_sandbox/jd/stock")[1]
    assert {row["outer_id"] for row in rows} == set(GOODS)
    assert all(0 <= row["booked"] <= row["quantity"] for row in rows)
    held = sum(row["booked"] for row in rows)
    waiting = sum(
        int(row["itemTotal"])
        - sum(parcel["goods"].get(row["itemExt"]["skuUuid"], 0) for parcel in doc["_sandbox"]["parcels"])
        for doc in orders(at)
        for row in doc["itemInfoList"]
        if doc["orderState"] in ("NOT_PAY", "WAIT_SELLER_STOCK_OUT")
    )
    assert held == waiting


def test_clean_worlds_hold_nothing_undocumented() -> None:
    for doc in orders(world(orders=60)):
        assert doc["orderState"] in STATES
        assert not doc["storeOrder"]
        assert not doc["_sandbox"]["refunds"] and not doc["_sandbox"]["services"]


def test_most_seeded_orders_wait_to_be_sent() -> None:
    every = orders(world(orders=200))
    assert 0.6 < sum(doc["orderState"] == "WAIT_SELLER_STOCK_OUT" for doc in every) / len(every) < 0.9
    assert {doc["orderState"] for doc in every} >= {
        "NOT_PAY", "WAIT_SELLER_STOCK_OUT", "WAIT_GOODS_RECEIVE_CONFIRM", "FINISHED_L", "TRADE_CANCELED",
    }  # fmt: skip


def gifts(doc: dict[str, Any]) -> bool:
    return len({row["skuId"] for row in doc["itemInfoList"]}) < len(doc["itemInfoList"])


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("partial refund", lambda d: any(0 < one["_back"] < one["actualPayPrice"] * 100 for one in d["_sandbox"]["services"])),
        ("refund asked", lambda d: any(one["status"] == 0 for one in d["_sandbox"]["refunds"]) and not d["waybill"]),
        ("refund done", lambda d: d["orderState"] == "TRADE_CANCELED" and d["_sandbox"]["refunded"] == d["actualPay"]),
        ("locked after shipping", lambda d: d["orderState"] == "LOCKED" and d["logisticsId"]),
        ("returning", lambda d: any(one["serviceStatus"] == 10005 for one in d["_sandbox"]["services"])),
        ("exchange", lambda d: d["returnOrder"] == "2" and d["actualPay"] == "0.00"),
        ("returned parcel", lambda d: d["orderState"] == "DELIVERY_RETURN"),
        ("paused", lambda d: d["orderState"] == "PAUSE" and d.get("pauseBizInfo")),
        ("business pause", lambda d: d["orderState"] == "POP_ORDER_PAUSE"),
        ("presale", lambda d: d["_sandbox"]["flags"].get("presale") and d["paymentConfirmTime"][:4] == "1970"),
        ("same SKU twice", lambda d: gifts(d) and any(row["jdPrice"] == "0.00" for row in d["itemInfoList"])),
        ("bundle", lambda d: any(one["couponType"].startswith("20-") for one in d["couponDetailList"])),
        ("many discounts", lambda d: len(d["couponDetailList"]) >= 7),
        ("unknown state", lambda d: d["orderState"] == UNKNOWN_STATE),
        ("UN_KNOWN", lambda d: d["orderState"] == "UN_KNOWN"),
        ("county", lambda d: d["consigneeInfo"]["town"] == ""),
        ("emoji", lambda d: "🎂" in d["orderRemark"]),
        ("cod", lambda d: d["payType"].startswith("1-") and d["actualPay"] == "0.00"),
        ("JD warehouse", lambda d: d["storeOrder"] == "京仓订单"),
        ("part sent", lambda d: d["partialLogisticsInfoModel"] and d["orderState"] == "WAIT_SELLER_STOCK_OUT"),
        ("several parcels", lambda d: "|" in d["logisticsId"] and "," in d["waybill"]),
        ("serials", lambda d: any("serialCodeReqList" in row["itemExt"] for row in d["itemInfoList"])),
        ("child", lambda d: d["parentOrderId"] != "0"),
        ("no code", lambda d: any(row["outerSkuId"] == "" for row in d["itemInfoList"])),
    ],
)  # fmt: skip
def test_awkward_worlds_hold_every_difficult_case_in_every_shop(name: str, holds: Any) -> None:
    assert {doc["_sandbox"]["shop_id"] for doc in DIFFICULT if holds(doc)} == SHOPS, name


DIFFICULT = orders(world(awkward=True))


def test_awkward_worlds_hold_two_changed_in_one_second() -> None:
    assert len(AWKWARD) >= 25
    for shop in SHOPS:
        times = [doc["modified"] for doc in DIFFICULT if doc["_sandbox"]["shop_id"] == shop]
        assert len(set(times)) < len(times)
