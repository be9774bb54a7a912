"""Replies of every platform whose lists hold rows that nobody documented: the good rows are kept, the others are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import connect
from orderhub.plugins import find, names
from orderhub.sandbox import World

LISTS = ("carriers", "return_addresses", "list_listings", "waybill_accounts", "waybill_templates")
"""Verbs without arguments that answer a list, or a page of one."""
FOUND = [(platform, verb) for platform in sorted(set(names()) - {"file"}) for verb in LISTS
         if hasattr(find(platform).operations, verb)]  # fmt: skip
MORE = {"shopify": {"location_id": "first"}}
STRANGE: tuple[Any, ...] = (None, 7, "row", [], {})


class Spoilt:
    """A transport that puts strange rows among those of every outermost list of objects, or makes them all strange."""

    def __init__(self, world: World) -> None:
        self.inner, self.mode, self.added = world.transport(), "off", 0

    def trust(self, *hosts: str) -> None:
        """Nothing is refused here."""

    def send(self, request: Request) -> Reply:
        reply = self.inner.send(request)
        if self.mode == "off" or reply.body[:1] not in (b"{", b"["):
            return reply
        return replace(reply, body=json.dumps(self.spoil(json.loads(reply.body))).encode())

    def close(self) -> None:
        self.inner.close()

    def spoil(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.spoil(inner) for name, inner in value.items()}
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            return value
        self.added += len(STRANGE)
        return [*STRANGE, *value, None] if self.mode == "some" else [None] * len(value)


@pytest.fixture(scope="module")
def spoilt() -> Iterator[tuple[World, Spoilt]]:
    world = World(seed=5, carriers=[], shops_per_platform=1, orders=1, limits=False, tick=lambda: 0.0)
    made = Spoilt(world)
    yield world, made
    made.close()


def answer(spoilt: tuple[World, Spoilt], platform: str, verb: str) -> tuple[list[Any], int]:
    """What a fresh shop answers, and how many rows it tells of."""
    world, transport = spoilt
    row = next(row for row in world.shops() if row["platform"] == platform)
    given = {**find(platform).spec.samples(), **MORE.get(platform, {}), **row}
    shop = connect(transport=transport, clock=world.clock, **given)
    found = shop.world.run(getattr(shop.ops, verb)())
    return list(getattr(found, "items", found)), len(getattr(found, "findings", ()))


@pytest.mark.fault(17)
@pytest.mark.parametrize(("platform", "verb"), FOUND)
def test_strange_rows_take_no_good_one_with_them(spoilt: tuple[World, Spoilt], platform: str, verb: str) -> None:
    _, transport = spoilt
    transport.mode = "off"
    good, told = answer(spoilt, platform, verb)
    assert not told
    transport.mode, transport.added = "some", 0
    found, told = answer(spoilt, platform, verb)
    assert found == good and (told > 0) == (transport.added > 0)
    transport.mode, transport.added = "all", 0
    try:
        found, told = answer(spoilt, platform, verb)
    except DecodeError:
        return
    assert not transport.added or (found, told > 0) == ([], True)
