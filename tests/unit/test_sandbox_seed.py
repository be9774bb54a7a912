"""Generated trades obey the money identities of docs/platforms/taobao.md §3.3, whatever the seed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.platforms.taobao.awkward import AWKWARD, UNKNOWN_STATUS
from orderhub.sandbox.platforms.taobao.spec import TRADE_MOVES


def trades(world: World) -> list[dict[str, Any]]:
    rows = world.control("GET", "/_sandbox/taobao/orders")[1]
    return [world.control("GET", f"/_sandbox/taobao/orders/{row['order_id']}")[1] for row in rows]


def money(text: str) -> Decimal:
    assert len(text.partition(".")[2]) == 2
    return Decimal(text)


def assert_identities(trade: dict[str, Any]) -> None:
    """§3.3, line by line and for the trade."""
    lines, post = trade["orders"], money(trade["post_fee"])
    single = len(lines) == 1
    shared = sum(money(line.get("part_mjz_discount", "0.00")) for line in lines)
    for line in lines:
        net = money(line["price"]) * line["num"] + money(line["adjust_fee"]) - money(line["discount_fee"])
        assert money(line["total_fee"]) == net
        assert money(line["payment"]) == net + (post if single else 0)
        assert money(line["divide_order_fee"]) == money(line["payment"]) - money(line.get("part_mjz_discount", "0.00"))
        assert money(line["payment"]) >= 0
    paid = sum(money(line["payment"]) for line in lines)
    cod = money(trade.get("cod_fee", "0.00"))
    assert money(trade["payment"]) == paid + cod - shared + (0 if single else post)
    assert money(trade["total_fee"]) == sum(money(line["price"]) * line["num"] for line in lines)
    told = {str(row["id"]): Decimal(0) for row in trade["promotion_details"]}
    for row in trade["promotion_details"]:
        told[str(row["id"])] += money(row["discount_fee"])
    assert told.get(trade["tid_str"], Decimal(0)) in (shared, shared + money(lines[0]["discount_fee"]))
    assert single is False or shared == 0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_every_generated_trade_satisfies_the_money_identities(seed: int, awkward: bool) -> None:
    for trade in trades(World(platforms=["taobao"], carriers=[], seed=seed, orders=12, awkward=awkward)):
        assert_identities(trade)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_every_generated_trade_is_coherent(seed: int) -> None:
    world = World(platforms=["taobao"], carriers=[], seed=seed, orders=15)
    known = {status for status, _ in TRADE_MOVES} | set(TRADE_MOVES.values())
    seen: set[int] = set()
    for trade in trades(world):
        assert trade["created"] <= trade.get("pay_time", "9") <= trade.get("consign_time", "9999")
        assert trade["created"] <= trade["modified"]
        assert trade["status"] in known
        assert len(str(trade["tid"])) == 19
        ids = {line["oid"] for line in trade["orders"]}
        assert len(ids) == len(trade["orders"])
        assert (ids == {trade["tid"]}) == (len(trade["orders"]) == 1)
        assert not ids & seen
        seen |= ids
        assert all((line.get("outer_sku_id") or line["outer_iid"]) in GOODS for line in trade["orders"])


def test_seeded_listings_offer_the_goods_of_the_orders() -> None:
    world = World(platforms=["taobao"], carriers=[], orders=40)
    offered = {
        (row["shop_id"], row["num_iid"], str(row["sku_id"] or "")): row["outer_id"]
        for row in world.control("GET", "/_sandbox/taobao/stock")[1]
    }
    assert set(offered.values()) == set(GOODS)
    for trade in trades(world):
        for line in trade["orders"]:
            key = (trade["_sandbox"]["shop_id"], line["num_iid"], line.get("sku_id", ""))
            assert offered[key] == line.get("outer_sku_id", line["outer_iid"])


def test_clean_worlds_hold_nothing_undocumented() -> None:
    for trade in trades(World(platforms=["taobao"], carriers=[], orders=60)):
        assert trade["status"] != UNKNOWN_STATUS
        assert trade["type"] == "fixed"
        assert not trade["_sandbox"]["refunds"]


def test_most_seeded_orders_wait_to_be_sent() -> None:
    every = trades(World(platforms=["taobao"], carriers=[], orders=200))
    waiting = sum(trade["status"] == "WAIT_SELLER_SEND_GOODS" for trade in every)
    assert 0.6 < waiting / len(every) < 0.9


def refunds(trade: dict[str, Any], status: str) -> list[dict[str, Any]]:
    return [refund for refund in trade["_sandbox"]["refunds"] if refund["status"] == status]


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("partial refund", lambda t: any(r["payment"] != "0.00" for r in refunds(t, "SUCCESS"))),
        ("refund asked", lambda t: refunds(t, "WAIT_SELLER_AGREE")),
        ("forbidden", lambda t: t["status"] == "PAID_FORBID_CONSIGN"),
        ("held", lambda t: t.get("top_hold") == 1),
        ("presale", lambda t: t.get("step_trade_status") == "FRONT_PAID_FINAL_NOPAID" and "pay_time" not in t),
        ("gift", lambda t: any(line.get("is_free_gift") for line in t["orders"])),
        ("bundle", lambda t: any(line.get("combine_item_info") for line in t["orders"])),
        ("unknown status", lambda t: t["status"] == UNKNOWN_STATUS),
        ("no city", lambda t: "receiver_city" not in t),
        ("emoji", lambda t: "🎂" in t.get("buyer_message", "")),
        ("cod", lambda t: t["type"] == "cod" and "pay_time" not in t),
        ("closed", lambda t: t["status"] == "TRADE_CLOSED"),
        ("no landline", lambda t: "receiver_phone" not in t),
        ("other type", lambda t: t["type"] == "tmall_i18n"),
        ("long note", lambda t: len(t.get("buyer_message", "")) > 10_000),
        ("part sent", lambda t: t["status"] == "SELLER_CONSIGNED_PART"),
    ],
)  # fmt: skip
def test_awkward_worlds_hold_every_difficult_case_in_every_shop(name: str, holds: Any) -> None:
    world = World(platforms=["taobao"], carriers=[], awkward=True)
    assert {trade["_sandbox"]["shop_id"] for trade in trades(world) if holds(trade)} == {"tb-1", "tb-2"}, name
    assert len(AWKWARD) >= 20
