"""What docs/platforms/taobao.md §9.2 says of the message channel, row by row; frames written out as bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.taobao.channel import PATH, signature
from orderhub.sandbox.platforms.taobao.frames import BadFrame, Frame, read_frame, write_frame
from orderhub.sandbox.platforms.taobao.tokens import APP_KEY, APP_SECRET

GROUP = "group"


@pytest.fixture
def world() -> World:
    return World(seed=2, platforms=["taobao"], carriers=[], orders=2, limits=False, tick=lambda: 0.0)


def market(world: World) -> Any:
    emulator: Any = world.emulators["taobao"]
    return emulator._market


def put(world: World, count: int = 1) -> list[int]:
    """Orders of the first shop, each with its messages; answers the ids of those."""
    shop_id = world.shops()[0]["shop_id"]
    market(world).topics[shop_id] = None
    status, rows = world.control("POST", "/_sandbox/taobao/orders", {}, {"count": count})
    assert status < 300, rows
    return [message["id"] for message in market(world).messages]


def set_switch(world: World, **values: Any) -> None:
    status, told = world.control("PUT", "/_sandbox/switches", {}, {"taobao": values})
    assert status < 300, told


def greeting(world: World, **changes: Any) -> bytes:
    stamp = str(int(world.now().timestamp() * 1000))
    told = {"app_key": APP_KEY, "group_name": GROUP, "timestamp": stamp, "sdk": "test", "intranet_ip": "10.0.0.1"}
    told |= {name: value for name, value in changes.items() if value is not None}
    told.setdefault("sign", signature(told["app_key"], APP_SECRET, told["group_name"], told["timestamp"]))
    return write_frame(Frame(0, {name: value for name, value in told.items() if changes.get(name, "") is not None}))


class Wire:
    """One connection, with its token."""

    def __init__(self, world: World) -> None:
        self.line: Any = world.connect(Request("GET", f"http://sandbox.local{PATH}"))
        [raw] = self.line.receive(greeting(world))
        told = read_frame(raw)
        assert told.kind == 1 and told.status is None and told.token
        self.token = told.token

    def send(self, **custom: Any) -> list[Frame]:
        return [read_frame(raw) for raw in self.line.receive(write_frame(Frame(2, custom, self.token)))]

    def pull(self) -> list[Frame]:
        return self.send(__kind=1)


# --- bytes -----------------------------------------------------------------------------------------------------------

VECTORS = {
    "a pull": (Frame(2, {"__kind": 1}, "tk"), "02 02 0500 02000000 746b 0100 06000000 5f5f6b696e64 05 0100000000000000 0000"),
    "a refusal": (Frame(1, status=25, phrase="no"), "02 01 0200 19000000 0300 02000000 6e6f 0000"),
    "a flag": (Frame(3, flag=258), "02 03 0400 02010000 0000"),
    "text": (Frame(0, {"a": "云"}), "02 00 0100 01000000 61 01 03000000 e4ba91 0000"),
    "an instant": (
        Frame(2, {"t": datetime(2024, 6, 20, 1, 15, 22, 5000, tzinfo=UTC)}),
        "02 02 0100 01000000 74 06 1568363390010000 0000",
    ),
    "bytes and nothing": (
        Frame(2, {"b": b"\x00\xff", "v": None}),
        "02 02 0100 01000000 62 07 02000000 00ff 0100 01000000 76 00 0000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_frames_are_these_bytes(name: str) -> None:
    frame, text = VECTORS[name]
    assert write_frame(frame).hex() == bytes.fromhex(text).hex()
    assert read_frame(bytes.fromhex(text)) == frame


@pytest.mark.parametrize(("value", "number"), [("02 ff", -1), ("03 feff", -2), ("04 fdffffff", -3), ("05 07" + "00" * 7, 7)])  # fmt: skip
def test_numbers_come_in_four_widths(value: str, number: int) -> None:
    raw = bytes.fromhex("02 02 0100 01000000 6e" + value + "0000")
    assert read_frame(raw).custom == {"n": number}


@pytest.mark.parametrize(
    "text", ["", "02", "01 00 0000", "02 04 0000", "02 00", "02 00 0700", "02 00 0100 01000000 61 08 0000",
             "02 00 0500 ffffffff 61", "02 00 0500 01000000 ff 0000", "02 00 0100 01000000 61 06 ffffffffffffff7f 0000"],
)  # fmt: skip
def test_nonsense_is_told_apart(text: str) -> None:
    with pytest.raises(BadFrame):
        read_frame(bytes.fromhex(text))


def test_the_signature() -> None:
    import hashlib

    text = b"secretapp_keykeygroup_namegroupNtimestamp1718846122005secret"
    wanted = hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
    assert signature("key", "secret", "groupN", "1718846122005") == wanted


# --- the conversation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sign": "0" * 32}, 25), ({"app_key": "another"}, 29), ({"timestamp": "1"}, 31), ({"timestamp": "now"}, 31),
        ({"group_name": None}, 40), ({"sdk": None}, 40), ({"intranet_ip": 7}, 40),
    ],
)  # fmt: skip
def test_a_wrong_greeting_is_refused_with_a_status_and_cut(world: World, changes: dict[str, Any], code: int) -> None:
    line: Any = world.connect(Request("GET", f"http://sandbox.local{PATH}"))
    [raw] = line.receive(greeting(world, **changes) if "group_name" not in changes else _without_group(world))
    told = read_frame(raw)
    assert (told.kind, told.status, told.token) == (1, code, None) and told.phrase and line.closed
    assert line.receive(greeting(world)) == [], "the line is dead"


def _without_group(world: World) -> bytes:
    whole = read_frame(greeting(world))
    return write_frame(Frame(0, {name: value for name, value in whole.custom.items() if name != "group_name"}))


@pytest.mark.parametrize("frame", ["text", b"\x00", b"\x02\x09\x00\x00"])
def test_what_is_no_frame_hangs_up(world: World, frame: Any) -> None:
    wire = Wire(world)
    assert wire.line.receive(frame) == [] and wire.line.closed


def test_a_pull_brings_what_waits_and_a_confirmation_ends_it(world: World) -> None:
    wire, ids = Wire(world), put(world)
    assert wire.line.waiting() == [], "nothing comes unasked"
    frames = wire.pull()
    assert [frame.custom["id"] for frame in frames] == ids and ids
    told = frames[0]
    assert told.kind == 2 and told.custom["__kind"] == 3 and told.custom["retried"] == 0
    assert set(told.custom) == {"__kind", "topic", "content", "id", "time", "userid", "nick", "outtime", "dataid",
                                "publisher", "retried"}  # fmt: skip
    assert wire.pull() == [], "delivered and waiting to be confirmed"
    assert wire.send(__kind=2, id=ids[0]) == []
    assert [message["id"] for message in market(world).messages] == ids[1:]


def test_what_is_not_confirmed_comes_again_on_any_connection(world: World) -> None:
    wire, ids = Wire(world), put(world)
    wire.pull()
    wire.send(__kind=20, id=ids[0])
    world.advance(59)
    assert Wire(world).pull() == []
    world.advance(2)
    again = Wire(world).pull()
    assert [frame.custom["id"] for frame in again] == ids and again[0].custom["retried"] == 1


def test_no_token_or_anothers_is_refused(world: World) -> None:
    put(world)
    line: Any = world.connect(Request("GET", f"http://sandbox.local{PATH}"))
    [raw] = line.receive(write_frame(Frame(2, {"__kind": 1}, "made-up")))
    assert read_frame(raw).status == 27 and line.closed
    first, second = Wire(world), Wire(world)
    first.token = second.token
    assert [frame.status for frame in first.pull()] == [27] and market(world).messages


def test_switches_push_answer_and_hang_up(world: World) -> None:
    set_switch(world, tmc_push=True, tmc_sendack=True, tmc_pull_max=1, tmc_idle_s=30, tmc_duplicates=True)
    wire, ids = Wire(world), put(world, 2)
    assert wire.line.waiting() == [], "it has never pulled"
    acknowledged, *frames = wire.pull()
    assert (acknowledged.kind, acknowledged.status) == (3, None)
    assert [frame.custom["id"] for frame in frames] == [ids[0]] * 2
    assert [read_frame(raw).custom["id"] for raw in wire.line.waiting()] == [ids[1]] * 2
    world.advance(31)
    assert wire.line.waiting() == [] and wire.line.closed


def test_http_and_the_socket_drain_one_queue(world: World) -> None:
    wire, ids = Wire(world), put(world)
    from orderhub.sandbox.platforms.taobao import messages

    assert [one["id"] for one in messages.due(market(world), 10)] == ids
    assert wire.pull() == []
