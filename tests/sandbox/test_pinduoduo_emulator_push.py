"""What docs/platforms/pinduoduo.md §9 says of pushed messages, row by row."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from test_pinduoduo_emulator_tools import Pdd, line_of, pushed, socket_url, still

from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.server import create_app


@pytest.fixture
def pdd() -> Pdd:
    return Pdd(still(orders=4))


def ack(frame: dict[str, Any], kind: str = "Ack") -> str:
    told = {"id": frame["id"], "sendTime": frame["sendTime"], "mallID": frame["message"]["mallID"]}
    return json.dumps({"commandType": kind, "time": 1, "type": frame["message"]["type"], **told})


def test_10_the_socket_opens_only_with_its_digest(pdd: Pdd) -> None:
    assert line_of(pdd) is not None
    assert line_of(pdd, quoted=True) is not None
    now = int(pdd.world.now().timestamp() * 1000)
    for url in (
        socket_url(pdd, secret="wrong"), socket_url(pdd, ms=now - 700_000), socket_url(pdd).replace("sandbox-", "x-"),
        "http://x/message/one", "http://x/elsewhere",
    ):  # fmt: skip
        assert pdd.world.connect(Request("GET", url)) is None
    assert pdd.world.log(2)[0]["verdict"] == "refused"


def test_10_messages_come_as_documented_once_permitted(pdd: Pdd) -> None:
    line = line_of(pdd)
    pdd.new()
    assert pushed(line) == []
    pdd.call("pdd.pmc.user.permit")
    sn = pdd.new()
    pdd.send(sn)
    pdd.patch(sn, action="receive")
    frames = pushed(line)
    assert [frame["message"]["type"] for frame in frames] == [
        "pdd_trade_TradeConfirmed", "pdd_trade_TradeSellerShip", "pdd_trade_TradeSuccess",
    ]  # fmt: skip
    first = frames[0]
    assert first["id"] > 2**53 and first["message"]["mallID"] == int(pdd.shop_id)
    assert json.loads(first["message"]["content"]) == {"mall_id": int(pdd.shop_id), "tid": sn}
    assert isinstance(first["time"], int) and isinstance(first["sendTime"], int)


def test_10_unacknowledged_messages_come_again(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    pdd.new(2)
    line = line_of(pdd)
    first, second = pushed(line)
    assert pushed(line) == []
    line.receive(ack(first))
    line.receive(ack(second, "Fail"))
    assert [frame["id"] for frame in pushed(line)] == [second["id"]]
    pdd.world.advance(59)
    line.receive('{"commandType":"HeartBeat","time":1}')
    assert pushed(line) == []
    pdd.world.advance(2)
    assert [frame["id"] for frame in pushed(line)] == [second["id"]]
    pdd.switch(push_new_id=True)
    pdd.world.advance(61)
    [again] = pushed(line)
    assert again["id"] != second["id"] and again["message"] == second["message"]
    line.receive(ack(again))
    pdd.world.advance(100)
    assert pushed(line) == []


def test_10_messages_are_kept_seven_days(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    pdd.new()
    pdd.world.advance(7 * 86_400 - 60)
    assert len(pushed(line_of(pdd))) == 1
    pdd.world.advance(120)
    assert pushed(line_of(pdd)) == []


def test_10_heartbeats_both_ways_and_silence_ends_the_line(pdd: Pdd) -> None:
    line = line_of(pdd)
    assert line.waiting() == []
    pdd.world.advance(10)
    assert [json.loads(text)["commandType"] for text in line.waiting()] == ["HeartBeat"]
    for _ in range(4):
        line.receive("not json")
        line.receive('{"commandType":"HeartBeat","time":1}')
        pdd.world.advance(170)
        line.waiting()
        assert not line.closed
    pdd.world.advance(11)
    assert line.waiting() == [] and line.closed


def test_10_topics_can_be_chosen_and_given_up(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit", topics="pdd_trade_TradeSellerShip,pdd_refund_RefundCreated")
    line, sn = line_of(pdd), pdd.new()
    pdd.patch(sn, action="refund")
    [frame] = pushed(line)
    refund = pdd.truth(sn)["_sandbox"]["refunds"][0]
    assert json.loads(frame["message"]["content"])["refund_id"] == refund["id"]
    pdd.call("pdd.pmc.user.cancel", owner_id=pdd.shop_id)
    pdd.send(pdd.new())
    assert pushed(line) == []


def test_10_what_the_seller_and_the_buyer_do_is_told(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    sn, row = pdd.new(), pdd.call("pdd.goods.list.get")["goods_list"][0]
    pdd.call("pdd.order.note.update", order_sn=sn, note="加急")
    receiver = {"receiver_name": "王芳", "receiver_phone": "13900000000", "address": "文三路1号", "province": "浙江省",
                "province_id": 12, "city": "杭州市", "city_id": 120, "town": "西湖区", "town_id": 1200}  # fmt: skip
    pdd.call("pdd.order.update.address", order_sn=sn, **receiver)
    pdd.call("pdd.goods.quantity.update", goods_id=row["goods_id"], sku_id=row["sku_list"][0]["sku_id"], quantity=1)
    refund = pdd.patch(sn, action="refund")["_sandbox"]["refunds"][0]
    pdd.patch(sn, action="refund", refund_id=refund["id"], move="withdraw")
    told = {frame["message"]["type"]: json.loads(frame["message"]["content"]) for frame in pushed(line_of(pdd))}
    assert told["pdd_trade_TradeMemoModified"]["seller_memo"] == "加急"
    assert told["pdd_goods_GoodsUpdate"]["goods_id"] == row["goods_id"]
    assert {"pdd_trade_TradeLogisticsAddressChanged", "pdd_refund_RefundCreated", "pdd_refund_RefundClosed"} <= set(
        told
    )


async def _talk(world: World, path: str, frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One WebSocket of the server, as a server program would run it."""
    sent: list[dict[str, Any]] = []
    answered = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if frames:
            return frames.pop(0)
        await answered.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        sent.append(dict(message))
        if message["type"] != "websocket.accept":
            answered.set()

    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": []}
    await create_app(world)(scope, receive, send)
    return sent


async def test_10_the_server_carries_the_frames(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    sn = pdd.new()
    path = socket_url(pdd).removeprefix("http://x")
    frames = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": '{"commandType":"HeartBeat"}'}]
    accepted, message = await _talk(pdd.world, path, frames)
    assert accepted["type"] == "websocket.accept"
    assert sn in json.loads(message["text"])["message"]["content"]
    [refused] = await _talk(pdd.world, path + "x", [{"type": "websocket.connect"}])
    assert refused["type"] == "websocket.close"
