"""Cases answered from a hub over the emulators of four platforms, both drivers: told once, seen everywhere, equal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderhub import AsyncHub, Hub, connect
from orderhub.inventory import Receive, StockLine
from orderhub.models import Address, Recipient, Refund, Refusal, ReturnAddress
from orderhub.orders.inspection import Inspected
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
JD_HOME = {"returnContactName": "仓库", "returnContactTel": "02155550100", "returnZipcode": "200000", "returnProvince": 2,
           "returnCity": 2811, "returnCounty": 51976, "returnDetailAddress": "仓储路1号", "returnAddressType": 1}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {"jd": {"return_addresses": {"home": JD_HOME}, "agree_reason": 1}}
NO = Refusal(text="与约定不符", code="1")
Wait = Callable[[Any], Awaitable[Any]]
ANSWERS: dict[str, Callable[[Any, Refund], Any]] = {
    "agree_refund": lambda hub, case: hub.agree_refund(case.key, who="anna"),
    "refuse_refund": lambda hub, case: hub.refuse_refund(case.key, NO, who="anna"),
    "agree_return": lambda hub, case: hub.agree_return(case.key, _home(case), who="anna"),
    "ship_exchange": lambda hub, case: hub.ship_exchange(case.key, "sf", "SF1000000000009", goods={}, who="anna"),
}
DONE = {"agree_refund": {"in_progress", "refunded"}, "refuse_refund": {"refused", "closed"},
        "agree_return": {"in_progress"}, "ship_exchange": {"in_progress", "closed"}}  # fmt: skip
TAKEN = {
    ("taobao", "agree_refund"), ("jd", "agree_refund"), ("jd", "refuse_refund"), ("jd", "agree_return"),
    ("pinduoduo", "agree_refund"), ("pinduoduo", "agree_return"), ("pinduoduo", "ship_exchange"),
    ("suning", "refuse_refund"),
}  # fmt: skip
"""What the seeded cases of each platform take."""


def _home(case: Refund) -> ReturnAddress | None:
    return ReturnAddress(address_id="70000001") if case.platform == "pinduoduo" else None


def _world(platform: str) -> World:
    return World(seed=3, platforms=[platform], shops_per_platform=1, orders=40, awkward=True, limits=False, start=START,
                 tick=lambda: 0.0)  # fmt: skip


async def story(hub: Any, wait: Wait, world: World, platform: str) -> list[Any]:
    """Every waiting case with the first answer that it takes; what was told, and what stands afterwards."""
    await wait(hub.sync(details_max=None))
    told: list[Any] = []
    taken: dict[str, str] = {}
    for case in await wait(hub.aftersales()):
        for verb, answer in ANSWERS.items():
            if verb in taken:
                continue
            outcome = await wait(answer(hub, case))
            told.append((case.refund_id, verb, outcome.ok, outcome.reason, str(outcome.error)))
            if not outcome.ok:
                continue
            taken[verb] = case.key
            again = await wait(answer(hub, case))
            assert (again.ok, again.reason) == (True, "already_done"), (verb, again)
            key = f"{case.platform}:{case.shop_id}:{case.order_id}"
            last = (await wait(hub.timeline(key)))[-1]
            assert (last.what, last.who, last.detail["command"]) == ("aftersale_answered", "anna", verb)
            break
    world.advance(600)
    await wait(hub.sync(details_max=None))
    stored = {one.key: one.status.value for one in await wait(hub.refunds())}
    assert all(stored[key] in DONE[verb] for verb, key in taken.items()), (taken, stored)
    wrote = [row["operation"] for row in world.log(100_000) if row["verdict"] == "ok"]
    told.append(sorted(name for name in wrote if any(word in str(name) for word in (
        "agree", "refuse", "replyRefund", "audit.send", "exchange.shipping"))))  # fmt: skip
    assert {(platform, verb) for verb in taken} == {row for row in TAKEN if row[0] == platform}, told
    return told


@pytest.mark.parametrize("platform", ["taobao", "jd", "pinduoduo", "suning"])
def test_a_hub_answers_what_the_platform_asks_and_both_drivers_tell_the_same(platform: str) -> None:
    async def now(value: Any) -> Any:
        return value

    async def awaited(value: Any) -> Any:
        return await value

    def given(world: World, transport: Any) -> dict[str, Any]:
        shops = [{**row, **SETTINGS.get(platform, {})} for row in world.shops()]
        return {"shops": shops, "warehouses": [{"code": "sh"}], "clock": world.clock, "transport": transport,
                "backfill": timedelta(days=20)}  # fmt: skip

    async def both() -> Any:
        world = _world(platform)
        async with AsyncHub(**given(world, world.async_transport())) as hub:
            return await story(hub, awaited, world, platform)

    world = _world(platform)
    with Hub(**given(world, world.transport())) as hub:
        sync = asyncio.run(story(hub, now, world, platform))
    assert sync == asyncio.run(both())


def _waiting(shop: Any, world: World) -> Refund:
    since = world.now() - timedelta(days=1)
    return next(case for case in shop.refunds(updated_since=since) if case.status.value == "requested")


def test_suning_pays_by_the_code_that_it_sent_and_takes_goods_back_at_a_named_address() -> None:
    world = _world("suning")
    entry = {**world.shops()[0], "child_account": "staff", "transport": world.transport(), "clock": world.clock}
    shop = connect(**entry)
    case = _waiting(shop, world)
    asked = shop.agree_refund(case)
    assert (asked.ok, asked.reason) == (False, "permission_denied") and asked.error.code == "sms_code"
    wrong = shop.agree_refund(case, sms_code="000000")
    assert not wrong.ok and shop.get_refund(case.refund_id).status is case.status
    shop.agree_refund(case)
    truth = world.control("GET", f"/_sandbox/suning/orders/{case.order_id}", {}, None)[1]
    [code] = truth["_sandbox"]["sms"].values()
    assert shop.agree_refund(case, sms_code=code).ok
    assert shop.agree_refund(case, sms_code=code).reason == "already_done"
    assert shop.get_refund(case.refund_id).status.value in DONE["agree_refund"]

    since = world.now() - timedelta(days=20)
    order = next(
        order
        for order in shop.orders(updated_since=since)
        if order.status.value == "shipped" and order.aftersale_status.value == "none"
    )
    goods = {"action": "refund", "goods": True}
    assert world.control("PATCH", f"/_sandbox/suning/orders/{order.order_id}", {}, goods)[0] == 200
    case = next(one for one in shop.refunds(updated_since=since) if one.order_id == order.order_id)
    assert case.kind.value == "return_and_refund"
    nowhere = shop.agree_return(case)
    assert nowhere.reason == "invalid_parameter" and shop.get_refund(case.refund_id).status is case.status
    contact = Recipient(name="仓库", phone="02155550100", address=Address(postal_code="200000"))
    agreed = shop.agree_return(case, ReturnAddress(address_id="A1", contact=contact))
    assert agreed.ok and shop.get_refund(case.refund_id).status.value == "in_progress", agreed


def test_what_taobao_asks_of_invoices_reaches_the_hub() -> None:
    world = _world("taobao")
    with Hub(shops=world.shops(), clock=world.clock, transport=world.transport(), backfill=timedelta(days=20)) as hub:
        hub.sync(details_max=None)
        order = hub.orders(status="shipped")[0]
        assert hub.invoice_requests(order.key) == []
        world.control("PATCH", f"/_sandbox/taobao/orders/{order.order_id}", {}, {"action": "invoice"})
        [asked] = hub.invoice_requests(order.key)
        assert (asked.status.value, asked.invoice.kind, asked.order_id) == ("requested", "electronic", order.order_id)
        assert asked.invoice.amount is None and asked.extra["invoice_amount"]
        case = next(case for case in hub.aftersales() if case.status.value == "requested")
        assert [reason.code for reason in hub.refuse_reasons(case.key)]


def test_taobao_lets_goods_come_back_to_the_shops_own_address_and_refuses_with_a_picture() -> None:
    world = _world("taobao")
    shop = connect(**world.shops()[0], transport=world.transport(), clock=world.clock, return_postage="buyer")
    since = world.now() - timedelta(days=20)
    sent = [order for order in shop.orders(updated_since=since)
            if order.status.value == "shipped" and order.aftersale_status.value == "none"]  # fmt: skip
    cases = []
    for order in sent[:2]:
        asked = {"action": "refund", "has_good_return": True}
        assert world.control("PATCH", f"/_sandbox/taobao/orders/{order.order_id}", {}, asked)[0] == 200
        cases.append(next(one for one in shop.refunds(updated_since=since) if one.order_id == order.order_id))
    assert [case.kind.value for case in cases] == ["return_and_refund"] * 2
    agreed = shop.agree_return(cases[0], remark="请寄回")
    assert agreed.ok and shop.get_refund(cases[0].refund_id).raw_status == "WAIT_BUYER_RETURN_GOODS", agreed
    assert shop.agree_return(cases[0]).reason == "already_done"
    early = shop.agree_refund(cases[0])
    assert early.reason == "wrong_state" and "allowed instead: nothing" in str(early.error)
    reason = shop.refuse_reasons(cases[1])[0]
    refused = shop.refuse_refund(cases[1], Refusal(text="商品已使用", code=reason.code, evidence=(b"\xff\xd8\xff",)))
    assert refused.ok and shop.get_refund(cases[1].refund_id).status.value == "refused", refused


def test_an_exchange_on_taobao_from_the_request_to_the_parcel() -> None:
    world = _world("taobao")
    shops = [{**row, "exchanges": True} for row in world.shops()]
    given: dict[str, Any] = {"transport": world.transport(), "clock": world.clock, "backfill": timedelta(days=20)}
    with Hub(shops=shops, warehouses=[{"code": "sh"}], **given) as hub:
        hub.sync(details_max=None)
        shipped = [order for order in hub.orders(status="shipped") if len(order.lines) == 1]
        order = next(order for order in shipped if order.aftersale_status.value == "none" and order.lines[0].sku)
        sku, path = str(order.lines[0].sku), f"/_sandbox/taobao/orders/{order.order_id}"
        hub.stock.apply([Receive("opening", (StockLine(sku, "sh", 50),))])
        assert world.control("PATCH", path, {}, {"action": "exchange"})[0] == 200
        world.advance(600)
        hub.sync(details_max=None)
        case = next(one for one in hub.aftersales() if one.kind.value == "exchange")
        assert case.refund_id.startswith("ex-") and case.order_id == order.order_id
        early = hub.ship_exchange(case.key, "sf", "SF1000000000009")
        assert not early.ok and early.reason == "wrong_state" and hub.stock.level(sku, "sh").reserved == 0
        assert hub.agree_return(case.key).ok
        back = {"action": "exchange", "dispute_id": case.refund_id.removeprefix("ex-"), "move": "return"}
        assert world.control("PATCH", path, {}, back)[0] == 200
        world.advance(600)
        hub.sync(details_max=None)
        units = case.lines[0][1] or 0
        found = [Inspected(order.lines[0].line_id, sellable=units)]
        received = hub.receive_return(case.key, found, warehouse="sh")
        assert received.ok and hub.stock.level(sku, "sh").on_hand == 50 + units, received.error
        assert hub.confirm_return(case.key).ok
        sent = hub.ship_exchange(case.key, "sf", "SF1000000000009")
        assert sent.ok and sent.value.stock == "sent", sent.error
        level = hub.stock.level(sku, "sh")
        assert (level.on_hand, level.reserved) == (50, 0)
        assert hub.ship_exchange(case.key, "sf", "SF1000000000009").reason == "already_done"
        whats = [(row.what, row.detail.get("command")) for row in hub.timeline(order.key)]
        assert [command for what, command in whats if what == "aftersale_answered"] == [
            "agree_return", "confirm_return", "ship_exchange",
        ]  # fmt: skip


def test_jd_tells_who_asked_for_an_invoice() -> None:
    world = _world("jd")
    shop = connect(**world.shops()[0], transport=world.transport(), clock=world.clock)
    orders = list(shop.orders(updated_since=world.now() - timedelta(days=20)))
    wanted = {order.order_id for order in orders if order.invoice is not None and order.invoice.wanted}
    asked = {order.order_id: shop.list_invoice_requests(order.order_id) for order in orders}
    found = {order_id: rows for order_id, rows in asked.items() if rows}
    assert found and set(found) <= wanted
    for order_id, [row] in found.items():
        assert (row.order_id, row.platform) == (order_id, "jd") and row.invoice.kind and row.status.value != "unknown"
