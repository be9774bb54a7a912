"""Generated orders obey the money identities of docs/platforms/suning.md §3, whatever the seed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.platforms.suning.awkward import AWKWARD, UNKNOWN_STATUS

DISCOUNT = {"6901", "6903", "6906", "6915"}
MONEY = {"4148", "4237", "4245", "5002"}
THRESHOLD = Decimal(5)


def orders(world: World) -> list[dict[str, Any]]:
    rows = world.control("GET", "/_sandbox/suning/orders")[1]
    return [world.control("GET", f"/_sandbox/suning/orders/{row['order_id']}")[1] for row in rows]


def world(**options: Any) -> World:
    return World(platforms=["suning"], carriers=[], **options)


def money(text: str) -> Decimal:
    assert text == "" or len(text.partition(".")[2]) == 5
    return Decimal(text or 0)


def assert_identities(order: dict[str, Any]) -> None:
    """§3, line by line and for the order."""
    for line in order["orderDetail"]:
        paid, off = money(line["payAmount"]), money(line["coupontotalMoney"])
        gross = paid + money(line["vouchertotalMoney"]) + off - money(line["transportFee"])
        assert money(line["unitPrice"]) * Decimal(line["saleNum"]) - gross in (0, THRESHOLD * Decimal(line["saleNum"]))
        rows = line["paymentList"]
        assert {row["paycode"] for row in rows} <= DISCOUNT | MONEY
        assert off == sum(money(row["payamount"]) for row in rows if row["paycode"] in DISCOUNT)
        told = sum(money(row["payamount"]) for row in rows if row["paycode"] in MONEY)
        presale_open = bool(line.get("reservedepositamount")) and not order["orderSaleTime"]
        assert told == (money(line["reservedepositamount"]) if presale_open else paid if order["orderSaleTime"] else 0)
        assert paid >= 0
    total = sum(money(line["payAmount"]) for line in order["orderDetail"])
    assert order["countMoney"] == "" or money(order["countMoney"]) == total


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_every_generated_order_satisfies_the_money_identities(seed: int, awkward: bool) -> None:
    for order in orders(world(seed=seed, orders=12, awkward=awkward)):
        assert_identities(order)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_every_generated_order_is_coherent(seed: int) -> None:
    seen: set[str] = set()
    for order in orders(world(seed=seed, orders=15)):
        assert order["orderTime"] <= (order["orderSaleTime"] or "9")
        assert (order["orderSaleTime"] == "") == (order["orderTotalStatus"] in ("0", "5"))
        assert len(order["orderCode"]) == 11
        numbers = {line["orderLineNumber"] for line in order["orderDetail"]}
        assert len(numbers) == len(order["orderDetail"]) in (1, 2, 3, 4)
        assert {len(number) for number in numbers} == {14}
        assert not numbers & seen
        seen |= numbers
        for line in order["orderDetail"]:
            assert line["itemCode"] in GOODS
            assert line["orderLineStatusChangeTime"] >= order["orderTime"]
            assert (line["expressno"] == "") == (line["deliveryTime"] == "")
        assert order["customerAddress"].endswith(order["detailAddress"])


def test_seeded_goods_are_the_goods_of_the_orders() -> None:
    every = world(orders=40)
    rows = every.control("GET", "/_sandbox/suning/stock")[1]
    offered = {(row["shop_id"], row["productCode"]): row["itemCode"] for row in rows}
    assert set(offered.values()) == set(GOODS)
    assert all(row["quantity"] >= 80 for row in rows)
    for order in orders(every):
        for line in order["orderDetail"]:
            assert offered[order["_sandbox"]["shop_id"], line["productCode"]] == line["itemCode"]


def test_clean_worlds_hold_every_documented_status_and_nothing_else() -> None:
    seen = {order["orderTotalStatus"] for order in orders(world(orders=400))}
    assert seen == {"0", "5", "10", "20", "21", "30", "40"}
    assert not any("*" in order["customerName"] for order in orders(world(orders=60)))


def test_most_seeded_orders_wait_to_be_sent() -> None:
    every = orders(world(orders=200))
    waiting = [order for order in every if order["orderTotalStatus"] == "10"]
    assert 0.6 < len(waiting) / len(every) < 0.9
    assert all(line["fpsdeliveryflag"] == "0" for order in waiting for line in order["orderDetail"])


def cases(order: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [one for one in order["_sandbox"]["refunds"] if one["code"] == code]


def line(order: dict[str, Any], **fields: str) -> bool:
    return any(all(one.get(name) == value for name, value in fields.items()) for one in order["orderDetail"])


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("partial refund", lambda o: any(one["returnMoney"] != one["dealMoney"] for one in cases(o, "C130"))),
        ("refund asked", lambda o: o["orderTotalStatus"] == "10" and cases(o, "C030")),
        ("refund refused", lambda o: cases(o, "C051")),
        ("on its way back", lambda o: cases(o, "C060")),
        ("closed", lambda o: o["orderTotalStatus"] == "40" and cases(o, "C130")),
        ("line refunded", lambda o: line(o, orderLineStatus="40") and line(o, orderLineStatus="10")),
        ("depot", lambda o: line(o, fpsdeliveryflag="1") and not line(o, fpsdeliveryflag="0")),
        ("half depot", lambda o: line(o, fpsdeliveryflag="1") and line(o, fpsdeliveryflag="0")),
        ("presale", lambda o: line(o, activitytype="05", reservestatus="M")),
        ("open presale", lambda o: o["orderTotalStatus"] == "5" and line(o, activitytype="06")),
        ("gift", lambda o: line(o, activitytype="09", payAmount="0.00000")
            and len({one["itemCode"] for one in o["orderDetail"]}) == 1),
        ("nothing owed", lambda o: line(o, payAmount="0.00000") and o["countMoney"] == "0.00000"),
        ("borne by both", lambda o: any("merchantPercent" in row for one in o["orderDetail"]
            for row in one["paymentList"])),
        ("gift card", lambda o: any(row["paycode"] == "5002" for one in o["orderDetail"] for row in one["paymentList"])),
        ("empty amounts", lambda o: o["countMoney"] == "" and line(o, transportFee="")),
        ("unknown status", lambda o: o["orderTotalStatus"] == UNKNOWN_STATUS),
        ("in progress", lambda o: o["orderTotalStatus"] == "15"),
        ("masked", lambda o: "*" in o["mobNum"]),
        ("no city", lambda o: o["cityName"] == ""),
        ("municipality", lambda o: o["cityName"] == o["provinceName"]),
        ("emoji", lambda o: "🎂" in o["buyerOrdRemark"]),
        ("long note", lambda o: len(o["buyerOrdRemark"]) > 10_000),
        ("special invoice", lambda o: o["invoiceType"] == "01"),
        ("overseas", lambda o: line(o, hwgFlag="01")),
        ("part sent", lambda o: o["orderTotalStatus"] == "21"),
        ("two parcels", lambda o: len({one["expressno"] for one in o["orderDetail"]} - {""}) == 2),
        ("own people", lambda o: line(o, selfDeliveryName="周师傅", expressno="")),
        ("package", lambda o: all(one["packageorderid"] for one in o["orderDetail"])),
        ("cancelled", lambda o: o["orderTotalStatus"] == "0"),
    ],
)  # fmt: skip
def test_awkward_worlds_hold_every_difficult_case_in_every_shop(name: str, holds: Any) -> None:
    assert {order["_sandbox"]["shop_id"] for order in AWKWARD_ORDERS if holds(order)} == {"sn-1", "sn-2"}, name


AWKWARD_ORDERS = orders(world(awkward=True))


def test_twins_share_receiver_and_second() -> None:
    keys = [
        (o["_sandbox"]["shop_id"], o["userName"], o["mobNum"], o["orderDetail"][0]["orderLineStatusChangeTime"])
        for o in AWKWARD_ORDERS
    ]
    assert len(keys) - len(set(keys)) == 2
    assert len(AWKWARD) >= 30
