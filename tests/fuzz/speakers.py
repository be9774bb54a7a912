"""Everyone who answers: marketplaces from their cassettes, carriers from their sandbox; what they said, how to ask again.

A speaker has verbs, the replies recorded to each, and what it pushes. Recording happens once a process.
"""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol
from unittest.mock import patch

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))
import message_signing

from orderhub.errors import OrderHubError
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import carrier, connect
from orderhub.kit import webhook
from orderhub.kit.spec import ShopConfig
from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
from orderhub.plugins import CARRIERS, find, names
from orderhub.sandbox.platforms.taobao.frames import Frame, write_frame
from orderhub.testing.conformance import Bench
from orderhub.testing.conformance.carrier_bench import HOURS, CarrierBench
from orderhub.testing.conformance.parity import ARGUMENTS

__all__ = ["MARKETS", "PUSHING", "SPEAKERS", "Push", "Row", "Speaker", "believed"]

ROOT = Path(__file__).parents[2] / "cassettes"
RECENT = ("orders", "refunds")
DOCUMENTS = ("orders", "get_order")
PARCELS = 3
SCENARIOS = ("delivered", "refused", "lost")

Row = tuple[int, dict[str, str], bytes]
"""Status, headers and body of one reply."""
Push = tuple[dict[str, str], bytes]
"""Headers and body of something that was sent to us."""


class Speaker(Protocol):
    """Somebody whose replies were recorded."""

    name: str
    speaks_up: bool

    @property
    def recorded(self) -> Mapping[str, tuple[Row, ...]]:
        """verb -> every reply to it, in the order of the calls; verbs without a reply are left out."""
        ...

    @property
    def pushes(self) -> tuple[Push, ...]:
        """What it sends on its own account; nothing where its connector reads no messages."""
        ...

    def ask(self, verb: str, transport: Any) -> Any:
        """What one whole call of a fresh account comes to; raises `OrderHubError` as the call ends."""
        ...

    def read(self, push: Push) -> list[Any]:
        """What a push tells."""
        ...


class Market:
    """A marketplace as its cassettes have it."""

    def __init__(self, name: str) -> None:
        self.name, self.bench = name, Bench.of(name)
        self.speaks_up = self.bench.capability("decode_message").available

    @cached_property
    def recorded(self) -> Mapping[str, tuple[Row, ...]]:
        places = sorted(place for place in (ROOT / self.name).glob("*.yaml") if place.stem in ARGUMENTS)
        found = {place.stem: tuple(_rows(place)) for place in places}
        return {verb: rows for verb, rows in found.items() if rows}

    @cached_property
    def _world(self) -> Any:
        return self.bench.world(orders=0, awkward=False)

    @cached_property
    def _entry(self) -> dict[str, Any]:
        return {**self.bench.connector.spec.samples(), **self._world.shops()[0]}

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        return {}

    def _asked(self, verb: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Parts of a world as they were found there, or what is new of the last minutes."""
        if verb not in self._arguments:
            world = self.bench.world(orders=6)
            self.bench.create(world, 2)
            self._arguments[verb] = (
                ((), {"updated_since": world.now() - timedelta(minutes=20)}) if verb in RECENT
                else ARGUMENTS[verb](self.bench, self.bench.shop(world), world)
            )  # fmt: skip
        found: tuple[tuple[Any, ...], dict[str, Any]] = self._arguments[verb]
        return found

    def _shop(self, transport: Any) -> Any:
        return connect(
            **self._entry, connector=self.bench.connector, transport=transport, clock=self._world.clock
        )  # fmt: skip

    def ask(self, verb: str, transport: Any) -> Any:
        args, named = self._asked(verb)
        self._world.clock.restart()
        found = getattr(self._shop(transport), verb)(*args, **named)
        return list(found) if CHANNEL_VERBS[verb].kind == "stream" else found

    @cached_property
    def pushes(self) -> tuple[Push, ...]:
        if not self.speaks_up:
            return ()
        body = message_signing.body_of(self.name)
        sign = message_signing.SIGNED.get(self.name)
        found = [(sign(message_signing.SECRET, body) if sign else {}, body)]
        return (*found, ({}, _frame())) if self.name == "taobao" else tuple(found)

    @cached_property
    def _reader(self) -> Any:
        return message_signing.shop(self.name)

    def read(self, push: Push) -> list[Any]:
        return list(self._reader.decode_message(*push))

    @cached_property
    def config(self) -> ShopConfig:
        """Of the account that is asked."""
        found: ShopConfig = self._shop(None).ops.config
        return found

    @cached_property
    def bodies(self) -> list[bytes]:
        """Every recorded document of orders."""
        return [row[2] for verb in DOCUMENTS for row in self.recorded.get(verb, ())]


class Carrier:
    """A carrier as its sandbox answers."""

    def __init__(self, name: str) -> None:
        self.name, self.bench = name, CarrierBench.of(name)
        self.speaks_up = self.bench.capability("decode_push").available
        self._world = self.bench.world(limits=False)
        self._arguments: dict[str, Any] = {}

    @cached_property
    def recorded(self) -> Mapping[str, tuple[Row, ...]]:
        verbs = [verb for verb in CARRIER_VERBS if verb != "decode_push" and self.bench.capability(verb).available]
        found = {verb: self._recorded(verb) for verb in verbs}
        return {verb: rows for verb, rows in found.items() if rows}

    def _recorded(self, verb: str) -> tuple[Row, ...]:
        world = self.bench.world(limits=False)
        self._arguments[verb] = args, named = self.bench.arguments(verb, world, PARCELS)
        tape = _Tape(world.transport())
        with suppress(OrderHubError):  # a refusal is a reply as well
            getattr(self._face(tape, world), verb)(*args, **named)
        return tuple(tape.rows)

    def _face(self, transport: Any, world: Any) -> Any:
        return carrier(
            self.name, connector=self.bench.connector, transport=transport, clock=world.clock, rates={"*": 0},
            **self.bench.account(world),
        )  # fmt: skip

    def ask(self, verb: str, transport: Any) -> Any:
        rows = self.recorded[verb]
        assert rows
        args, named = self._arguments[verb]
        self._world.clock.restart()
        return getattr(self._face(transport, self._world), verb)(*args, **named)

    @cached_property
    def pushes(self) -> tuple[Push, ...]:
        if not self.speaks_up:
            return ()
        found = []
        for scenario in SCENARIOS:
            world = self.bench.world(limits=False)
            numbers = self.bench.on_the_way(world, self.bench.face(world))
            for number in numbers:
                self.bench.change(world, number, action="scenario", scenario=scenario)
            world.advance(HOURS * 3600)
            found += [(push["headers"], push["body"].encode()) for push in self.bench.pushes(world, numbers)]
        return tuple(found) or _WRITTEN[self.name]

    @cached_property
    def _reader(self) -> Any:
        return self._face(None, self._world)

    def read(self, push: Push) -> list[Any]:
        return list(self._reader.decode_push(*push))


_NODES = [
    {"mailno": "SF1011603494291", "orderid": "parcel-000001", "acceptTime": f"2026-06-19 0{hour}:15:00",
     "acceptAddress": "杭州市", "remark": "快件运送至 杭州市", "opCode": code, "id": f"1655{hour}"}
    for hour, code in enumerate(("50", "30", "44", "80"))
]  # fmt: skip
_WRITTEN: dict[str, tuple[Push, ...]] = {
    "sf": (({"content-type": "application/json"}, json.dumps({"Body": {"WaybillRoute": _NODES}}).encode()),),
}
"""Pushes of carriers whose emulator sends none."""


class _Tape:
    """Keeps what passes."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.rows = inner, list[Row]()

    def send(self, request: Request) -> Reply:
        reply: Reply = self._inner.send(request)
        self.rows.append((reply.status, dict(reply.headers), reply.body))
        return reply

    def close(self) -> None:
        """Nothing is open."""


def _rows(place: Path) -> Iterator[Row]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for one in yaml.load(place.read_text("utf-8"), loader)["interactions"]:
        text = one["response"]["body"]["string"]
        body = text if isinstance(text, bytes) else text.encode()
        yield one["response"]["status"]["code"], {"content-type": "application/json"}, body


def _frame() -> bytes:
    """A message as Taobao's socket brings it, in the emulator's own bytes."""
    told = message_signing.BODIES["taobao"]("7", message_signing.AT)
    custom = {"id": 7, "topic": told["topic"], "content": told["content"], "nick": "seller", "time": message_signing.AT}
    return write_frame(Frame(2, custom, "token"))


@contextmanager
def believed() -> Iterator[None]:
    """Every signature that comes is right: the sender is who it says it is, and talks nonsense."""
    trusting = SimpleNamespace(compare_digest=lambda ours, theirs: True, new=hmac.new)
    with patch.object(webhook, "hmac", trusting):
        yield


MARKETS = {name: Market(name) for name in names() if find(name).spec.base_url.startswith("https://")}
SPEAKERS: dict[str, Speaker] = {**MARKETS, **{name: Carrier(name) for name in names(CARRIERS)}}
"""name -> everyone, marketplaces first."""
PUSHING = [name for name, speaker in SPEAKERS.items() if speaker.speaks_up]
"""Names of those who send messages on their own account."""
