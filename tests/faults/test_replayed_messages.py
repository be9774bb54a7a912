"""Messages that were the platform's own once: late, early, again, in another's name, beside another body. Every connector.

One hub over every platform that sends messages; how they are signed is written apart from the connectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from message_signing import BODIES, BODY_APART, CHANNEL, KEY, SIGNED, TIMELESS, URL, Headers, body_of, shop

from orderhub import Hub
from orderhub.collect.inbox import topic_of
from orderhub.errors import ConfigurationError, OrderHubError, SecurityError
from orderhub.plugins import find
from orderhub.sandbox import World

START = datetime.fromisoformat("2026-11-11T08:00:00+08:00")
WINDOW, TIMES = timedelta(seconds=120), 1000
PLATFORMS = sorted({*SIGNED, *CHANNEL})
UNDATED = {"suning"}
"""Platforms whose single orders do not say when they changed: read by a message they fill gaps, the poll updates."""
CHANGES = ("ship", "pay", "change_address", "cancel", "receive", "refund")


@dataclass(frozen=True)
class Market:
    """One shop of the hub."""

    hub: Hub
    world: World
    entry: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.entry['platform']}:{self.entry['shop_id']}"

    @property
    def stored(self) -> Any:
        return self.hub.orders(platform=self.entry["platform"])[0]

    def signed(self, body: bytes, at: datetime) -> Headers:
        platform, secret = self.entry["platform"], self.entry.get("push_token") or self.entry["app_secret"]
        return SIGNED[platform](secret, body, at=at, key=self.entry["app_key"], url=URL) if platform in SIGNED else {}

    def message(self, shift: timedelta = timedelta(), order_id: str | None = None) -> tuple[Headers, bytes]:
        at = self.world.now() + shift
        body = body_of(self.entry["platform"], order_id or self.stored.order_id, at)
        body = body.replace(b'"' + KEY.encode() + b'"', b'"' + self.entry["app_key"].encode() + b'"')
        return self.signed(body, at), body

    def receive(self, headers: Headers, body: bytes) -> Any:
        return self.hub.receive(self.key, headers, body, trusted=self.entry["platform"] not in SIGNED)

    def waiting(self) -> list[str]:
        return [key for key, _, _ in self.hub.stores.take_outbox(topic_of(self.key))]


@pytest.fixture(scope="module")
def hub() -> Iterator[tuple[Hub, World]]:
    world = World(seed=3, platforms=PLATFORMS, carriers=[], shops_per_platform=1, orders=1, limits=False, start=START,
                  tick=lambda: 0.0)  # fmt: skip
    entries = [{**find(row["platform"]).spec.samples(), **row} for row in world.shops()]
    entries = [row | ({"callback_url": URL} if row["platform"] == "shopee" else {}) for row in entries]
    with Hub(
        entries, transport=world.transport(), clock=world.clock, message_window=WINDOW, backfill=timedelta(days=5)
    ) as made:
        assert all(report.ok for report in made.sync(refunds=False))
        made.entries = {row["platform"]: row for row in entries}  # type: ignore[attr-defined]
        yield made, world


@pytest.fixture(params=PLATFORMS)
def market(hub: tuple[Hub, World], request: pytest.FixtureRequest) -> Market:
    made, world = hub
    return Market(made, world, made.entries[request.param])  # type: ignore[attr-defined]


def test_every_platform_that_sends_messages_is_here() -> None:
    assert set(BODIES) == set(PLATFORMS)


@pytest.mark.fault(39)
def test_a_message_far_from_now_is_refused_either_way_and_leaves_nothing(market: Market) -> None:
    margin, order_id = timedelta(seconds=5), market.stored.order_id  # servers tell whole seconds: clocks are that apart
    for number, shift in enumerate((-WINDOW - margin, WINDOW + margin, -timedelta(days=400), timedelta(days=400))):
        name = order_id[:-2] + f"9{number}"
        if market.entry["platform"] in TIMELESS:
            continue
        with pytest.raises(SecurityError, match="replay"):
            market.receive(*market.message(shift, name))
        assert market.waiting() == []
    for number, shift in enumerate((margin - WINDOW, WINDOW - margin)):
        name = order_id[:-2] + f"8{number}"
        assert market.receive(*market.message(shift, name)).accepted == 1
    assert len(market.waiting()) == 2
    market.hub.stores.done_outbox(topic_of(market.key), [
        (key, version) for key, _, version in market.hub.stores.take_outbox(topic_of(market.key))])  # fmt: skip


@pytest.mark.fault(38, 39)
def test_a_replayed_message_is_one_row_and_one_call_and_an_old_reading_never_wins(market: Market) -> None:
    key, old, ops = market.key, market.stored, market.hub.shops[market.key].ops
    stale = market.hub.shops[key].world.run(ops.fetch_order(old.order_id))
    headers, body = market.message()
    report = market.receive(headers, body)
    again = [market.receive(headers, body) for _ in range(TIMES // len(PLATFORMS) + 1)]
    assert report.accepted == 1
    assert not any(one.accepted for one in again) and all(one.duplicates == 1 for one in again)
    assert market.waiting() == [f"order:{old.order_id}"]
    market.world.control("POST", "/_sandbox/clock", {}, {"advance_s": 60})
    path = f"/_sandbox/{market.entry['platform']}/orders/{old.order_id}"
    assert any(market.world.control("PATCH", path, {}, {"action": act})[0] == 200 for act in CHANGES)
    [told] = market.hub.refetch(shops=[key])
    assert told.ok and market.waiting() == []
    if market.entry["platform"] in UNDATED:
        assert told.counts["stale"] == 1 and market.stored == old
        market.hub.sync(shops=[key], refunds=False)
    new = market.stored
    assert new.updated_at > old.updated_at
    asked: list[str] = []

    def lagging(order_id: str) -> Any:
        asked.append(order_id)
        yield from ()
        return stale

    ops.fetch_order = lagging
    try:
        market.receive(*market.message(timedelta(seconds=1), old.order_id))
        market.receive(headers, body)
        market.hub.refetch(shops=[key])
    finally:
        del ops.fetch_order
    assert asked == [old.order_id] * len(asked) and len(asked) <= 1
    assert market.stored == new, "what was read late does not replace what is newer"


@pytest.mark.fault(39)
@pytest.mark.parametrize("platform", SIGNED)
def test_what_is_signed_for_another_is_not_signed_for_us(platform: str) -> None:
    """By another platform, for another shop, or beside the body of another message: nothing is read."""
    ours = shop(platform, f"secret of {platform}")
    for other, sign in SIGNED.items():
        body = body_of(other)
        with pytest.raises(SecurityError):
            ours.decode_message(sign(f"secret of {other}, second shop", body), body)
        if other == platform:
            assert ours.decode_message(sign(f"secret of {other}", body), body)
            continue
        with pytest.raises(SecurityError):
            ours.decode_message(sign(f"secret of {other}", body), body)
        with pytest.raises(OrderHubError):
            ours.decode_message(sign(f"secret of {platform}", body), body)
    first, second = body_of(platform, "7"), body_of(platform, "8")
    held = SIGNED[platform](f"secret of {platform}", first)
    if platform in BODY_APART:
        assert [one.sent_at for one in ours.decode_message(held, second)] == [
            one.sent_at for one in ours.decode_message(held, first)
        ], "its time is the signed one, whatever the body says"
    else:
        with pytest.raises(SecurityError):
            ours.decode_message(held, second)


@pytest.mark.parametrize("window", [timedelta(0), timedelta(days=8), -WINDOW])
def test_a_window_that_lets_all_or_nothing_through_is_refused(window: timedelta) -> None:
    with pytest.raises(ConfigurationError, match="window"):
        Hub(message_window=window)
