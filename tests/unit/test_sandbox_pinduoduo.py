"""The Pinduoduo emulator's pure parts: signature vectors, ciphertext, money, generated orders, limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.people import PLACES
from orderhub.sandbox.platforms.pinduoduo import cipher
from orderhub.sandbox.platforms.pinduoduo.awkward import AWKWARD, UNKNOWN_STATUS
from orderhub.sandbox.platforms.pinduoduo.limits import Limiter
from orderhub.sandbox.platforms.pinduoduo.messages import digest
from orderhub.sandbox.platforms.pinduoduo.regions import REGIONS, region_ids
from orderhub.sandbox.platforms.pinduoduo.spec import LIMITS, MESSAGES, OPEN, REFUND_MOVES, REFUND_START
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal, base_string, fen, sign, yuan, yuan_text

SECRET, SN = "s3cr3t-0123456789abcdef", "231115-123456789012345"
COMMON = {
    "client_id": "a1b2c3d4e5f60718293a4b5c6d7e8f90", "access_token": "tok-5f1c", "timestamp": "1700000000",
    "data_type": "JSON", "version": "V1",
}  # fmt: skip
OFFICIAL = {
    "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211", "client_id": "1", "data_type": "XML", "order_status": "1",
    "page": "1", "page_size": "10", "timestamp": "1480411125", "type": "pdd.order.number.list.get",
}  # fmt: skip


@pytest.mark.parametrize(
    ("secret", "params", "signature"),
    [
        ("testSecret", OFFICIAL, "E4DE3ED21002510DED352819E7AE6775"),
        (SECRET, {**COMMON, "type": "pdd.order.number.list.increment.get", "start_updated_at": "1699998200",
                  "end_updated_at": "1700000000", "order_status": "5", "refund_status": "5", "is_lucky_flag": "0",
                  "page": "1", "page_size": "100", "use_has_next": "true"}, "3033589370F355380FEDE1929D9D0B8E"),
        (SECRET, {**COMMON, "type": "pdd.logistics.online.send", "order_sn": SN, "logistics_id": "115",
                  "tracking_number": "73100012345678"}, "9170F157A8425CA8944F488D9A35A7D6"),
        (SECRET, {**COMMON, "type": "pdd.open.decrypt.batch", "data_list":
                  '[{"data_tag":"231115-123456789012345","encrypted_data":'
                  '"~AgAAAADKjN8Fxyy8TAA2GT4semn+oppvkOnDgjwueuQ=~vXhtOs+oximw~2~~"}]'},
         "B153B79C09E4012F35397DB2700AD5D2"),
        (SECRET, {**COMMON, "type": "pdd.order.note.update", "order_sn": SN, "note": "加急 发顺丰", "tag": "1",
                  "tag_name": "红色"}, "D8E0C964EE398C4D1E31171D8D8F8ACB"),
    ],
    ids=["V0", "V1", "V2", "V3", "V4"],
)  # fmt: skip
def test_signature_vectors(secret: str, params: dict[str, str], signature: str) -> None:
    assert sign(secret, base_string({**params, "sign": "is never signed"})) == signature


def test_message_socket_vector() -> None:
    assert digest("app", "1700000000000", "secret") == "OTgxODMwNDI2NWZiN2NiNzA2NzIxOTI0ZjJlMDMxMjE="


TEXTS = st.text(min_size=1, max_size=80).filter(lambda text: "\0" not in text and text.isprintable())


@given(TEXTS, st.sampled_from(sorted(cipher.KINDS)), st.integers(0, 10**14))
def test_ciphertext_opens_only_with_its_own_order(text: str, kind: int, number: int) -> None:
    sn, other = f"231115-{number:015d}", f"231115-{number + 1:015d}"
    sealed = cipher.seal(sn, kind, text)
    mark = "$" if kind == cipher.PHONE else "~"
    assert sealed.startswith(mark) and sealed.endswith(f"{mark}1{mark}") and not sealed.endswith(mark * 2)
    assert sealed.count(mark) == 3
    assert len(sealed) >= 10 * len(text)
    assert cipher.unseal(sn, sealed) == (kind, text)
    assert cipher.unseal(other, sealed) is None
    assert cipher.seal(other, kind, text) != sealed


@given(st.text(max_size=60))
def test_anything_else_does_not_open(text: str) -> None:
    assert cipher.unseal(SN, text) is None


def test_masks_show_what_the_sample_shows() -> None:
    assert cipher.mask(cipher.NAME, "张三丰") == "张**"
    assert cipher.mask(cipher.PHONE, "13800000000") == "*" * 11
    assert cipher.mask(cipher.STREET, "幸福路12号") == "幸福路" + "*" * 11
    assert [cipher.mask(kind, "") for kind in cipher.KINDS] == [""] * 4


@given(st.integers(0, 10**11))
def test_money_keeps_its_fen_through_both_shapes(amount: int) -> None:
    assert fen(yuan(amount)) == amount == fen(yuan_text(amount))
    assert yuan_text(amount) == f"{Decimal(amount) / 100:.2f}".rstrip("0").rstrip(".")


def test_every_place_has_ids_and_parents() -> None:
    ids = {row["id"]: row for row in REGIONS}
    assert len(ids) == len(REGIONS)
    for place in PLACES:
        path = region_ids(place.province, place.city or place.district, place.district)
        assert [ids[one]["region_type"] for one in path] == [1, 2, 3]
        assert (ids[path[1]]["parent_id"], ids[path[2]]["parent_id"]) == path[:2]


def test_after_sales_moves_stay_inside_the_documented_statuses() -> None:
    documented = {0, *range(2, 19), 21, 22, 24, 25, 27, 31, 32, 33}
    told = {status for status, _ in REFUND_MOVES} | set(REFUND_MOVES.values()) | set(REFUND_START.values())
    assert told <= documented
    assert {*range(2, 9), 14, 15, 18, 21, 22, 27, 31, 32, 33} == OPEN
    assert all(status in OPEN for status, _ in REFUND_MOVES)


def test_every_documented_code_has_its_words() -> None:
    documented = {
        10000, 10001, 21001, 21002, 10016, 10017, 10018, 10019, 20004, 20005, 20031, 20032, 30000, 30001, 20034, 20035,
        50000, 50002, 52001, 52002, 50001, 52004, 52101, 52102, 52103, 70031, 70032, 70033, 70034, 70035, 70036,
    }  # fmt: skip
    assert set(MESSAGES) == documented


def refused_at(api: str, many_shops: bool) -> tuple[int, int, Limiter]:
    """(calls that pass in one second, code of the next, the limiter)."""
    limiter, at = Limiter(), datetime(2026, 3, 18, tzinfo=UTC)
    for count in range(100_000):
        try:
            limiter.take(api, str(count if many_shops else 0), at)
        except Refusal as refusal:
            return count, refusal.code, limiter
    raise AssertionError("no limit")


@pytest.mark.parametrize("api", LIMITS)
def test_the_tightest_level_lets_its_number_through_and_no_more(api: str) -> None:
    for many_shops in (False, True):
        levels = [row for row in LIMITS[api] if row[0] != "shop" or not many_shops]
        if levels:
            level, most, seconds = min(levels, key=lambda row: row[1])
            count, code, limiter = refused_at(api, many_shops)
            assert (count, code) == (most, 52101 if level == "api" else 70031)
            limiter.take(api, "0", datetime(2026, 3, 18, tzinfo=UTC) + timedelta(seconds=seconds))


def test_one_shop_does_not_use_up_the_limit_of_another() -> None:
    _, _, limiter = refused_at("pdd.refund.list.increment.get", False)
    limiter.take("pdd.refund.list.increment.get", "another", datetime(2026, 3, 18, tzinfo=UTC))


def documents(world: World, **query: str) -> list[dict[str, Any]]:
    rows = world.control("GET", "/_sandbox/pinduoduo/orders", query)[1]
    return [world.control("GET", f"/_sandbox/pinduoduo/orders/{row['order_id']}")[1] for row in rows]


def money(value: object) -> Decimal:
    told = Decimal(str(value))
    assert told == told.quantize(Decimal("0.01"))
    return told


def assert_identities(order: dict[str, Any]) -> None:
    """§3.2: goods, discounts, what the buyer pays."""
    gross = sum((money(line["goods_price"]) * line["goods_count"] for line in order["item_list"]), Decimal(0))
    assert money(order["goods_amount"]) == gross - money(order["order_change_amount"])
    parts = ("platform_discount", "seller_discount", "capital_free_discount")
    assert money(order["discount_amount"]) == sum(money(order[name]) for name in parts)
    fees = sum((money(row["service_fee"]) for row in order["service_fee_detail"]), Decimal(0))
    owed = money(order["goods_amount"]) - money(order["discount_amount"]) + money(order["postage"]) + fees
    assert money(order["pay_amount"]) == owed >= 0
    back = sum(refund["amount"] for refund in order["_sandbox"]["refunds"] if refund["status"] == 10)
    assert 0 <= back <= owed * 100


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_every_generated_order_satisfies_the_money_identities(seed: int, awkward: bool) -> None:
    for order in documents(World(platforms=["pinduoduo"], carriers=[], seed=seed, orders=12, awkward=awkward)):
        assert_identities(order)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_every_generated_order_is_coherent(seed: int) -> None:
    world = World(platforms=["pinduoduo"], carriers=[], seed=seed, orders=15, awkward=True)
    seen: set[str] = set()
    for order in documents(world):
        sn = order["order_sn"]
        assert len(sn) == 22 and sn[6] == "-" and sn[:6] == order["created_time"][2:10].replace("-", "")
        assert sn not in seen
        seen.add(sn)
        times = [order[name] for name in ("created_time", "confirm_time", "shipping_time", "receive_time")]
        given_times = [time for time in times if time]
        assert given_times == sorted(given_times)
        assert given_times[-1] <= order["updated_at"]
        assert order["order_status"] in (1, 2, 3, UNKNOWN_STATUS)
        assert bool(order["shipping_time"]) == bool(order["tracking_number"]) == (order["order_status"] in (2, 3))
        assert all(line["outer_id"] in GOODS for line in order["item_list"])


def test_same_seed_same_world() -> None:
    start = datetime(2026, 3, 18, tzinfo=UTC)

    def made(seed: int) -> list[dict[str, Any]]:
        options: dict[str, Any] = {"start": start, "tick": lambda: 0.0, "orders": 20, "awkward": True}
        return documents(World(platforms=["pinduoduo"], carriers=[], seed=seed, **options))

    assert made(3) == made(3)
    assert made(3) != made(4)


def test_clean_worlds_hold_nothing_undocumented_or_difficult() -> None:
    for order in documents(World(platforms=["pinduoduo"], carriers=[], orders=80)):
        assert order["order_status"] in (1, 2, 3)
        assert (order["confirm_status"], order["group_status"], order["risk_control_status"]) == (1, 1, 0)
        assert order["refund_status"] in (1, 4)
        assert order["step_order_info"] is None and order["order_depot_info"] is None


def test_most_seeded_orders_wait_to_be_sent_and_all_kinds_are_there() -> None:
    every = documents(World(platforms=["pinduoduo"], carriers=[], orders=300))
    waiting = sum((one["order_status"], one["refund_status"]) == (1, 1) for one in every)
    assert 0.65 < waiting / len(every) < 0.9
    assert {one["order_status"] for one in every} == {1, 2, 3}
    assert any(one["refund_status"] == 4 for one in every)
    assert {len(one["item_list"]) for one in every} == {1, 2, 3, 4}
    for name in ("seller_discount", "platform_discount", "order_change_amount", "postage", "buyer_memo"):
        assert any(one[name] for one in every), name


def done(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [refund for refund in order["_sandbox"]["refunds"] if refund["status"] == 10]


def tagged(order: dict[str, Any], name: str) -> bool:
    return {"name": name, "value": 1} in order["order_tag_list"]


HOLDS: dict[str, Callable[[dict[str, Any]], object]] = {
    "partial refund": lambda o: o["order_status"] == 2 and done(o) and done(o)[0]["amount"] < fen(o["pay_amount"]),
    "refund asked before sending": lambda o: (o["order_status"], o["refund_status"]) == (1, 2),
    "refunding": lambda o: o["refund_status"] == 3 and o["after_sales_status"] == 4,
    "refunded before sending": lambda o: (o["order_status"], o["refund_status"]) == (1, 4) and o["confirm_status"] == 1,
    "refunded after receipt": lambda o: (o["order_status"], o["refund_status"]) == (3, 4),
    "return on its way": lambda o: o["_sandbox"]["refunds"] and o["_sandbox"]["refunds"][0]["tracking_number"],
    "exchange": lambda o: o["after_sales_status"] == 14,
    "refused": lambda o: o["after_sales_status"] == 6,
    "risk": lambda o: o["risk_control_status"] == 1 and o["refund_status"] == 1,
    "risk and refund": lambda o: o["risk_control_status"] == 1 and o["refund_status"] == 2,
    "cancelled": lambda o: o["confirm_status"] == 2,
    "deposit": lambda o: o["trade_type"] == 1 and o["step_order_info"]["step_trade_status"] == 1,
    "deposit and balance": lambda o: o["trade_type"] == 1 and o["step_order_info"]["step_trade_status"] == 2,
    "presale": lambda o: o["is_pre_sale"] == 1 and o["pre_sale_time"],
    "stock out": lambda o: o["stock_out_handle_status"] == 0,
    "lottery": lambda o: o["is_lucky_flag"] == 2,
    "ship hold": lambda o: tagged(o, "ship_hold"),
    "gift to be created": lambda o: o["gift_order_status"] == 0,
    "gift of the same sku": lambda o: o["gift_list"] and o["gift_list"][0]["outer_id"] == o["item_list"][0]["outer_id"],
    "gift with its own order": lambda o: o["gift_order_status"] == 1 and o["gift_list"][0]["order_sn"],
    "gift order": lambda o: o["related_order_list"] and o["related_order_list"][0]["relation_type"] == 4,
    "price difference": lambda o: o["related_order_list"] and o["related_order_list"][0]["relation_type"] == 3,
    "platform warehouse": lambda o: (o["order_depot_info"] or {}).get("depot_type") == 2,
    "bundle": lambda o: (o["order_depot_info"] or {}).get("ware_type") == 1,
    "zero price": lambda o: len(o["item_list"]) == 2 and o["item_list"][1]["goods_price"] == 0,
    "repeated sku": lambda o: len(o["item_list"]) == 2 and o["item_list"][0] == o["item_list"][1],
    "emoji": lambda o: "🎂" in o["buyer_memo"] and o["remark_tag"] == 1,
    "long note": lambda o: len(o["buyer_memo"]) > 10_000,
    "county": lambda o: o["city"] == o["town"] and o["city"] != "东莞市",
    "price cut": lambda o: o["order_change_amount"] == 5.0,
    "free order": lambda o: o["capital_free_discount"] > 0 and o["pay_amount"] == 0,
    "paid for SF": lambda o: o["service_fee_detail"] and tagged(o, "has_sf_express_service"),
    "carrier refused": lambda o: o["express_memos"],
    "subsidy": lambda o: o["promotion_detail_list"] and o["promotion_detail_list"][0]["promotion_type"] == 30,
    "three parcels": lambda o: len(o["extra_delivery_list"]) == 2,
    "batches": lambda o: tagged(o, "delivery_schedule"),
    "unknown status": lambda o: o["order_status"] == UNKNOWN_STATUS,
}


def test_awkward_worlds_hold_every_difficult_case_in_every_shop() -> None:
    every = documents(World(platforms=["pinduoduo"], carriers=[], awkward=True))
    for name, holds in HOLDS.items():
        assert len({order["_sandbox"]["shop_id"] for order in every if holds(order)}) == 2, name
    assert len(AWKWARD) >= len(HOLDS)


def test_awkward_worlds_hold_twins_and_shared_parcels() -> None:
    every = documents(World(platforms=["pinduoduo"], carriers=[], awkward=True))
    same_second = [(one["_sandbox"]["shop_id"], one["updated_at"], one["receiver_phone"]) for one in every]
    assert max(map(same_second.count, same_second)) == 3
    numbers = [one["tracking_number"] for one in every if one["tracking_number"]]
    assert max(map(numbers.count, numbers)) == 2
