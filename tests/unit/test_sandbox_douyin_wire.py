"""Douyin's sandbox: signatures pinned by the vectors of docs/platforms/douyin.md, and what seeded orders add up to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orderhub.sandbox import World
from orderhub.sandbox.platforms.douyin.awkward import AWKWARD
from orderhub.sandbox.platforms.douyin.wire import event_sign, instant, sign, signed_text, spi_sign, yuan

KEY, SECRET = "7000000000000000001", "dd-secret-42"
VECTORS = [
    ("order.searchList",
     '{"order_asc":true,"order_by":"update_time","page":0,"size":100,"update_time_end":1700000000,"update_time_start":1699998200}',
     "ccac6d67a43777438df18a8b8ebb54dede8d24a210be65208efb467fc9cfc451"),
    ("order.logisticsAdd",
     '{"company_code":"zhongtong","logistics_code":"73100012345678","order_id":"5012345678901234567"}',
     "a4c2c8a8510687b4d70eadf55b7ad9dcb9dca41a542d495f377962ae5b446160"),
    ("order.addOrderRemark",
     '{"is_add_star":"true","order_id":"5012345678901234567","remark":"加急 <顺丰> & 礼品","star":"5"}',
     "7d3e5639fdb7de3ef6554c8a97f0f6bbd04c86c4834cc817fdd99e9e3a14f32c"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "body", "expected"), VECTORS)
def test_signatures_are_those_of_the_page(method: str, body: str, expected: str) -> None:
    assert sign(SECRET, signed_text(KEY, method, body, "1700000000", "2")) == expected


def test_pushes_and_calls_to_the_app_are_signed_their_own_way() -> None:
    body = '[{"tag":"101","msg_id":"m1","data":"{}"}]'
    assert event_sign(KEY, body, SECRET) == "57fa519f812a37312c26631ac10a8255"
    assert spi_sign(SECRET, KEY, "{}", "1700000000") == sign(SECRET, f"app_key{KEY}param_json{{}}timestamp1700000000")


def test_times_are_seconds_or_china_time() -> None:
    assert instant("1700000000") == instant("2023-11-15 06:13:20") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    for wrong in ("", "soon", "1700000000000", "2023-11-15T06:13:20", "-5"):
        with pytest.raises(ValueError, match=r"."):
            instant(wrong)
    assert (yuan(5480), yuan(-5), yuan(0)) == ("54.80", "-0.05", "0.00")


def world(**more: Any) -> World:
    return World(**{"seed": 3, "platforms": ["douyin"], "carriers": [], "orders": 60, "awkward": True, **more})


def documents(made: World) -> list[dict[str, Any]]:
    rows = made.control("GET", "/_sandbox/douyin/orders")[1]
    return [made.control("GET", f"/_sandbox/douyin/orders/{row['order_id']}")[1] for row in rows]


def test_every_seeded_order_adds_up() -> None:
    for doc in documents(world()):
        children = doc["sku_order_list"]
        promotion = sum(doc[f"promotion_{who}_amount"] for who in ("shop", "platform", "talent"))
        assert doc["promotion_amount"] == promotion
        assert doc["total_promotion_amount"] == promotion + doc["post_promotion_amount"]
        assert doc["post_origin_amount"] == doc["post_amount"] + doc["post_promotion_amount"]
        assert doc["platform_cost_amount"] == doc["only_platform_cost_amount"] + doc["author_cost_amount"]
        for name in ("pay_amount", "order_amount", "promotion_amount", "post_amount"):
            assert doc[name] == sum(child[name] for child in children), name
        goods = sum(child["origin_amount"] * child["item_num"] for child in children)
        assert doc["pay_amount"] == goods - promotion + doc["post_amount"] and doc["pay_amount"] >= 0
        assert children[0]["order_id"] == doc["order_id"]
        assert {child["parent_order_id"] for child in children} == {doc["order_id"]}
        assert doc["update_time"] >= doc["create_time"] and len(doc["order_id"]) == 19


def test_a_seed_makes_one_world_and_another_seed_another() -> None:
    at = datetime(2026, 6, 18, tzinfo=UTC)
    first, same, other = (documents(world(seed=seed, start=at, tick=lambda: 0.0)) for seed in (3, 3, 4))
    assert first == same and first != other


def test_every_story_is_told_and_every_scenario_makes_something() -> None:
    plain, awkward = documents(world(awkward=False, orders=300)), documents(world(orders=0))
    assert {doc["order_status"] for doc in plain} == {1, 2, 101, 3, 4, 5}
    assert len(awkward) >= 2 * len(AWKWARD)
    assert {105, 21} <= {doc["order_status"] for doc in awkward}
    states = {child["after_sale_info"]["after_sale_status"] for doc in awkward for child in doc["sku_order_list"]}
    assert {0, 6, 7, 12, 27, 28} <= states
    withdrawn = [child["after_sale_info"] for doc in awkward for child in doc["sku_order_list"]
                 if child["after_sale_info"]["after_sale_status"] == 28]  # fmt: skip
    assert {one["refund_status"] for one in withdrawn} == {1}
