"""What docs/platforms/suning.md §9 says of the message channel, row by row."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.suning.messages import PATH, signature

TOPIC = "suning_order_changed"


@pytest.fixture
def world() -> World:
    return World(seed=2, platforms=["suning"], carriers=[], orders=2, tick=lambda: 0.0)


def address(world: World, **changes: str) -> str:
    account = world.shops()[0]
    stamp = str(int(world.now().timestamp() * 1000))
    told = {"appKey": account["app_key"], "timestamp": stamp, "version": "1.0", "clientIp": "10.0.0.1",
            "clientType": "python"} | changes  # fmt: skip
    told.setdefault("sign", signature(told["appKey"], account["app_secret"], "1.0", "python", told["timestamp"]))
    return f"http://sandbox.local{PATH}?{urlencode(told)}"


def opened(world: World, **changes: str) -> Any:
    return world.connect(Request("GET", address(world, **changes)))


def permitted(world: World) -> None:
    emulator: Any = world.emulators["suning"]
    emulator._messages.topics[world.shops()[0]["shop_id"]] = {TOPIC}


def frames(line: Any) -> list[dict[str, Any]]:
    got = line.waiting()
    assert all(isinstance(frame, bytes) for frame in got), "frames are binary"
    return [json.loads(frame) for frame in got]


def test_the_signature_is_the_documented_one() -> None:
    told = signature("demo-suning-appkey", "demo-suning-secret", "1.0", "python", "1772330400000")
    assert told == "faa5ccf2502ce364de6dccaf7d9197c3"


def test_only_a_signed_address_opens(world: World) -> None:
    assert opened(world) is not None
    for changes in ({"sign": "0" * 32}, {"appKey": "nobody"}, {"version": "2.0"}, {"clientIp": ""},
                    {"timestamp": "1"}, {"timestamp": "soon"}):  # fmt: skip
        assert opened(world, **changes) is None, changes


def test_a_greeting_then_messages_until_they_are_acknowledged(world: World) -> None:
    permitted(world)
    line = opened(world)
    [hello] = frames(line)
    assert (hello["messageType"], hello["msg"]) == ("AUTHACK", "OK")
    rows = world.control("POST", "/_sandbox/suning/orders", {}, {"count": 1, "shop_id": world.shops()[0]["shop_id"]})[1]
    told = frames(line)
    assert {row["messageType"] for row in told} == {"FROM"} and {row["topic"] for row in told} == {TOPIC}
    assert {json.loads(row["msg"])["orderCode"] for row in told} == {rows[0]["order_id"]}
    assert set(told[0]) == {"messageId", "source", "topic", "user", "appKey", "appId", "createTime", "msg", "sendTime",
                            "recevieTime", "messageType"}  # fmt: skip
    assert frames(line) == []
    world.advance(61)
    again = frames(line)
    assert {row["messageId"] for row in again} == {row["messageId"] for row in told}
    for row in again:
        blank = dict.fromkeys(("appId", "createTime", "recevieTime", "sendTime", "source", "msg"))
        assert line.receive(json.dumps({**row, "messageType": "ACK", **blank}).encode()) == []
    line.receive(b"\xff nonsense")
    world.advance(61)
    assert frames(line) == []


def test_nothing_comes_without_permission_and_other_topics_are_possible(world: World) -> None:
    line = opened(world)
    frames(line)
    world.control("POST", "/_sandbox/suning/orders", {}, {"count": 1})
    assert frames(line) == []
    emulator: Any = world.emulators["suning"]
    emulator._messages.put(world.shops()[0]["shop_id"], "suning_order_virtual_resend", {"orderItemCode": "1"})
    assert [row["topic"] for row in frames(line)] == ["suning_order_virtual_resend"]
