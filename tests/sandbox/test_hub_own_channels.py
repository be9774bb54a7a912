"""Own channels and SKU rules inside a hub: the same store, audit, stock and shipping as any marketplace's orders."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import orderhub
from orderhub.errors import ConfigurationError, DecodeError
from orderhub.inventory import Receive, StockLine
from orderhub.models import OrderStatus
from orderhub.sandbox import World

ROOT = Path(__file__).parents[2]
WAREHOUSES = [{"code": "sh", "name": "上海仓", "phone": "02155550100",
               "address": {"province": "上海市", "city": "上海市", "district": "青浦区", "street": "外青松公路1号"}}]  # fmt: skip
CARDS = [ROOT / "src" / "orderhub" / "cli" / "data" / "rate_cards.csv"]
PERSON = {"name": "张三", "phone": "13800138000", "address": "广东省深圳市南山区科技园1号"}
CUP = {"sku": "CUP", "quantity": 2, "unit_price": "10.00", "title": "杯子"}


def carriers(world: World) -> list[dict[str, Any]]:
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    rows = [row for row in world.control("GET", "/_sandbox/carriers")[1] if row["carrier"] == "sf"]
    return [{names.get(name, name): value for name, value in row.items() if name != "token_url"} for row in rows]


@pytest.fixture
def world() -> World:
    return World(seed=1, platforms=["taobao"], carriers=["sf"], shops_per_platform=1, orders=0, tick=lambda: 0.0)


def hub_of(world: World, shops: list[dict[str, Any]], **given: Any) -> orderhub.Hub:
    return orderhub.Hub(
        shops, WAREHOUSES, carriers(world), clock=world.clock, transport=world.transport(), rate_cards=CARDS, **given
    )


@pytest.fixture
def hub(world: World, tmp_path: Path) -> Iterator[orderhub.Hub]:
    shop = {"platform": "file", "shop_id": "desk", "shipped": str(tmp_path / "shipped.csv")}
    with hub_of(world, [shop]) as found:
        found.stock.apply([Receive("in", (StockLine("CUP", "sh", 10), StockLine("PEN", "sh", 10)))])
        yield found


def test_an_order_entered_by_hand_is_shipped_like_any_other(hub: orderhub.Hub, tmp_path: Path) -> None:
    order = hub.add_order("file:desk", [CUP], **PERSON)
    assert order.total == Decimal("20.00") and order.is_shippable
    assert hub.audit([order.key]) == {order.key: ()}
    (outcome,) = hub.fulfil()
    assert outcome.ok, outcome
    assert hub.stock.level("CUP", "sh").on_hand == 8
    [stored] = hub.orders(keys=[order.key])
    assert stored.status is OrderStatus.SHIPPED and stored.shipments[0].waybill_no
    with (tmp_path / "shipped.csv").open(encoding="utf-8-sig", newline="") as lines:
        told = list(csv.DictReader(lines))
    assert [(row["order_id"], row["waybill_no"]) for row in told] == [(order.order_id, stored.shipments[0].waybill_no)]
    assert hub.fulfil([order.key])[0].reason == "already_done" and hub.stock.level("CUP", "sh").on_hand == 8


def test_a_wrong_entry_names_its_field(hub: orderhub.Hub) -> None:
    with pytest.raises(DecodeError, match=r"Order\.quantity"):
        hub.add_order("file:desk", [{**CUP, "quantity": "two"}], **PERSON)
    with pytest.raises(DecodeError, match=r"LineItem\.quantity|quantity"):
        hub.add_order("file:desk", [{"sku": "CUP"}], **PERSON)
    with pytest.raises(ConfigurationError, match="this hub has file:desk"):
        hub.add_order("file:other", [CUP])
    assert hub.orders() == []


def test_what_nobody_explains_waits_in_sight_and_goes_once_it_is_mapped(hub: orderhub.Hub) -> None:
    line = {"platform_sku_id": "77", "quantity": 3, "unit_price": "3.33", "title": "套装"}
    order = hub.add_order("file:desk", [line], **PERSON)
    assert [finding.code for finding in hub.audit()[order.key]] == ["sku_unmapped"]
    assert hub.fulfil()[0].reason == "audit:sku_unmapped"
    (waiting,) = hub.unmapped()
    assert (waiting.shop, waiting.platform_sku_id, waiting.quantity, waiting.orders) == (
        "file:desk",
        "77",
        3,
        (order.key,),
    )
    hub.map_sku("file:desk", "77", {"CUP": 1, "PEN": 2})
    assert hub.unmapped() == [] and hub.audit()[order.key] == ()
    goods = hub.goods([order.key])[order.key]
    assert [(good.sku, good.quantity, good.total) for good in goods] == [
        ("CUP", 3, Decimal("3.33")),
        ("PEN", 6, Decimal("6.66")),
    ]
    assert hub.fulfil()[0].ok
    assert (hub.stock.level("CUP", "sh").on_hand, hub.stock.level("PEN", "sh").on_hand) == (7, 4)


def test_a_file_is_pulled_again_and_again_and_each_order_comes_once(world: World, tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    head = "order_id,status,sku,quantity,unit_price,shipping_fee,name,phone,address\n"
    rows = [f"A{n},待发货,CUP,1,10,0,张三,13800138000,广东省深圳市南山区科技园1号\n" for n in range(510)]
    table.write_text(head + "".join(rows) + "B1,待发货,CUP,x,10,0,张三,13800138000,深圳\n", "utf-8")
    shop = {"platform": "file", "shop_id": "web", "source": str(table)}
    with hub_of(world, [shop], database=f"sqlite:///{tmp_path}/hub.db") as hub:
        (report,) = hub.sync()
        assert report.ok and report.counts["inserted"] == 510
        assert [item.order_id for item in hub.quarantined()] == ["B1"]
        (again,) = hub.sync()
        assert again.counts["inserted"] + again.counts["updated"] == 0
        table.write_text(
            head
            + "".join(rows[:-1])
            + rows[-1].replace("待发货", "已取消")
            + "B1,待发货,CUP,2,10,0,张三,13800138000,深圳\n",
            "utf-8",
        )
        (third,) = hub.sync()
        assert (third.counts["updated"], third.counts["inserted"]) == (1, 1)
        assert hub.quarantined() == [], "it can be read now"
        assert hub.orders(keys=["file:web:A509"])[0].status is OrderStatus.CANCELLED


def test_goods_over_the_counter_leave_the_stock_once(hub: orderhub.Hub) -> None:
    sold = hub.add_order("file:desk", [CUP], status="completed", handed_over_at="sh", paid=Decimal("20.00"))
    much = hub.add_order("file:desk", [{**CUP, "quantity": 50}], status="completed", handed_over_at="sh")
    hub.add_order("file:desk", [CUP], **PERSON)
    told = {outcome.key: (outcome.ok, outcome.reason) for outcome in hub.book_sales()}
    assert told == {sold.key: (True, None), much.key: (False, "insufficient_stock")}
    hub.book_sales()
    level = hub.stock.level("CUP", "sh")
    assert (level.on_hand, level.reserved) == (8, 0)


def test_rows_in_hand_are_taken_one_by_one(hub: orderhub.Hub) -> None:
    good = {"order_id": "R1", "status": "paid", "shipping_fee": 0, **CUP, **PERSON}
    outcomes = hub.add_orders(
        "file:desk", [good, {**good, "order_id": "R2", "quantity": "?"}, {**good, "order_id": "R3"}]
    )
    assert [(outcome.key, outcome.ok) for outcome in outcomes] == [
        ("file:desk:R1", True), ("file:desk:R3", True), ("file:desk:R2", False)]  # fmt: skip
    assert outcomes[-1].reason == "quarantined" and [item.order_id for item in hub.quarantined()] == ["R2"]


def test_tests_and_twins_are_recognised(hub: orderhub.Hub) -> None:
    test = hub.add_order("file:desk", [CUP], buyer_note="测试订单", **PERSON)
    twin = hub.add_order("file:desk", [CUP], **PERSON)
    assert [finding.code for finding in hub.suspicions()[test.key]] == ["test_order"]
    assert hub.same_orders() == [tuple(sorted((test.key, twin.key)))]
    told = {outcome.key: outcome.reason for outcome in hub.fulfil()}
    assert told[test.key] == "audit:test_order" and told[twin.key] is None


@pytest.mark.parametrize("store", [0, 1, 2], ids=["memory", "sqlite", "postgresql"])
def test_rules_and_notebooks_are_kept_in_every_store(
    request: pytest.FixtureRequest, tmp_path: Path, world: World, store: int
) -> None:
    url = ["memory:", f"sqlite:///{tmp_path}/hub.db", ""][store] or request.getfixturevalue("postgres_url")
    shops = [*world.shops(), {"platform": "file", "shop_id": "desk"}]
    world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 3})
    with hub_of(world, shops, database=url) as hub:
        assert all(report.ok for report in hub.sync(refunds=False))
        problems = hub.import_skus("shop,platform_sku_id,sku\nfile:desk,1,A\nfile,2,B\n").problems
        assert [(problem.row, problem.column) for problem in problems] == [(3, "shop")] and hub.export_skus().count(
            "\n"
        ) == 1
        assert hub.import_skus("shop,platform_sku_id,sku\nfile:desk,1,甲\n".encode("gb18030")).ok
        assert hub.import_skus("shop,code,sku,quantity\nfile:desk,X,B,2\nfile:desk,X,C,1\n").ok
        assert hub.export_skus().splitlines()[1:] == ["file:desk,1,,甲,1,", "file:desk,,X,B,2,", "file:desk,,X,C,1,"]
        first = hub.drift(platform="taobao", everything=True)
        assert first and not any(entry.is_new for entry in first)
        order = hub.orders(platform="taobao")[0]
        world.advance(60)
        changed = {"fields": {"brand_new_field": "x"}}
        assert world.control("PATCH", f"/_sandbox/taobao/orders/{order.order_id}", {}, changed)[0] < 300
        world.advance(60)
        hub.sync(refunds=False)
        news = [entry for entry in hub.drift(platform="taobao") if entry.is_new]
        assert all(entry.first_seen >= order.updated_at for entry in news if order.updated_at)
        report = hub.mapping(order.key)
        assert report.used and len(report.to_dict()) == 3
    if store:
        with hub_of(world, shops, database=url) as later:
            assert later.export_skus().count("\n") == 4
            assert len(later.drift(platform="taobao", everything=True)) >= len(first)
            later.import_skus("shop,platform_sku_id,sku\nfile:desk,9,Z\n", replace=True)
            assert later.export_skus().splitlines()[1:] == ["file:desk,9,,Z,1,"]


def test_both_hubs_do_the_same(world: World) -> None:
    shop = {"platform": "file", "shop_id": "desk", "source": lambda: [{"order_id": "R1", "status": "paid", **CUP}]}

    async def run() -> list[Any]:
        hub = orderhub.AsyncHub(
            [shop], WAREHOUSES, carriers(world), clock=world.clock, transport=world.async_transport(), rate_cards=CARDS
        )
        async with hub:
            hub.stock.apply([Receive("in", (StockLine("CUP", "sh", 10),))])
            await hub.sync()
            order = await hub.add_order(
                "file:desk", [{"platform_sku_id": "5", "quantity": 1, "unit_price": "1"}], order_id="M1", **PERSON
            )
            await hub.map_sku("file:desk", "5", "CUP")
            done = await hub.fulfil([order.key])
            report = await hub.mapping(order.key)
            sold = await hub.book_sales()
            return [
                await hub.orders(),
                done[0].ok,
                report.used,
                sold,
                await hub.export_skus(),
                len(await hub.drift(everything=True)),
            ]

    with hub_of(world, [shop]) as hub:
        hub.stock.apply([Receive("in", (StockLine("CUP", "sh", 10),))])
        hub.sync()
        order = hub.add_order(
            "file:desk", [{"platform_sku_id": "5", "quantity": 1, "unit_price": "1"}], order_id="M1", **PERSON
        )
        hub.map_sku("file:desk", "5", "CUP")
        done = hub.fulfil([order.key])
        ours = [
            hub.orders(),
            done[0].ok,
            hub.mapping(order.key).used,
            hub.book_sales(),
            hub.export_skus(),
            len(hub.drift(everything=True)),
        ]
    theirs = asyncio.run(run())
    assert done[0].ok and ours[1:] == theirs[1:]
    assert [(found.key, found.status) for found in ours[0]] == [(found.key, found.status) for found in theirs[0]]


def test_rules_added_by_two_workers_are_both_kept(world: World, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.db"
    shops = [{"platform": "file", "shop_id": "desk"}]
    with hub_of(world, shops, database=url) as one, hub_of(world, shops, database=url) as two:
        for number in range(5):
            one.map_sku("file:desk", f"a{number}", "A")
            two.map_sku("file:desk", f"b{number}", "B")
        assert one.export_skus() == two.export_skus() and one.export_skus().count("\n") == 11
