"""What platforms allow is used, and nothing is refused: connectors against emulators that enforce their own tables.

Time is the sandbox's. Slow rates run for a whole day; fast ones for some of their spans, since a bucket repeats itself.
`tests/bench/bench_quota.py` runs every documented rate for a whole day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import orderhub
from orderhub.connectors.pinduoduo.spec import RATES
from orderhub.drivers.limiter import Limiter
from orderhub.errors import OrderHubError
from orderhub.flow.message import Reply, Request
from orderhub.models import Window
from orderhub.sandbox import World
from orderhub.sandbox.platforms.pinduoduo.limits import Limiter as Judge
from orderhub.stores.quota_base import open_quotas

DAY = 86_400


class Counted:
    """A transport that counts requests by a word in their address or body."""

    def __init__(self, world: World, word: str) -> None:
        self.world, self.word, self.calls = world, word, 0

    def send(self, request: Request) -> Reply:
        self.calls += (
            self.word in request.url or self.word.encode() in request.body or self.word in str(request.headers)
        )
        return self.world.handle(request)

    def close(self) -> None:
        """Nothing to release."""


def busy(face: Any, world: World, act: Callable[[], Any], seconds: float) -> list[str]:
    """Act without a pause until so much time has passed; answers what was refused."""
    refused: list[str] = []
    told = face.world.services.limiter.throttled

    def noted(operation: str, *more: Any) -> None:
        refused.append(operation)
        told(operation, *more)

    face.world.services.limiter.throttled = noted
    end = world.clock.now() + timedelta(seconds=seconds)
    while world.clock.now() < end:
        try:
            act()
        except OrderHubError as error:
            refused.append(type(error).__name__)
    return refused


def shop_of(world: World, word: str) -> tuple[Any, Counted]:
    counted = Counted(world, word)
    return orderhub.connect(**world.shops()[0], clock=world.clock, transport=counted), counted


def test_a_day_of_amazons_slowest_list() -> None:
    world = World(seed=1, platforms=["amazon"], carriers=[], orders=1, tick=lambda: 0.0)
    shop, counted = shop_of(world, "/orders/2026-01-01/orders?")
    window = Window(world.clock.now() - timedelta(days=1), world.clock.now())
    refused = busy(shop, world, lambda: shop.world.run(shop.ops.list_orders(window)), DAY)
    assert refused == []
    assert counted.calls >= 0.99 * (0.0056 * DAY + 20)


def test_half_an_hour_of_single_amazon_orders() -> None:
    world = World(seed=1, platforms=["amazon"], carriers=[], orders=1, tick=lambda: 0.0)
    order_id = world.control("GET", "/_sandbox/amazon/orders")[1][0]["order_id"]
    shop, counted = shop_of(world, f"/orders/2026-01-01/orders/{order_id}")
    assert busy(shop, world, lambda: shop.get_order(order_id), 1800) == []
    assert counted.calls >= 0.99 * (0.5 * 1800 + 30)


def test_suning_counts_all_calls_of_an_app_together() -> None:
    world = World(seed=1, platforms=["suning"], carriers=[], orders=2, tick=lambda: 0.0)
    world.switches["suning"]["calls_per_second"] = 2
    order_id = world.control("GET", "/_sandbox/suning/orders")[1][0]["order_id"]
    shop, counted = shop_of(world, "suning.custom")
    now = world.clock.now()

    def both() -> None:
        shop.get_order(order_id)
        shop.world.run(shop.ops.list_orders(Window(now - timedelta(hours=1), now)))

    assert busy(shop, world, both, 600) == []
    assert counted.calls >= 0.99 * 2 * 600


def test_pinduoduo_through_its_gateway() -> None:
    world = World(seed=1, platforms=["pinduoduo"], carriers=[], orders=2, tick=lambda: 0.0)
    order_id = world.control("GET", "/_sandbox/pinduoduo/orders")[1][0]["order_id"]
    shop, counted = shop_of(world, "pdd.goods.list.get")
    assert busy(shop, world, lambda: list(shop.listings()), 30) == []
    assert counted.calls >= 0.97 * 10 * 30
    shop, counted = shop_of(world, "pdd.order.information.get")
    assert busy(shop, world, lambda: shop.get_order(order_id), 2) == []
    assert counted.calls >= 0.95 * 500 * 2


@pytest.mark.parametrize("api", sorted(RATES))
def test_every_rate_of_pinduoduo_against_the_sandboxs_counting(api: str) -> None:
    """Two busy shops of one app, judged level by level in fixed spans: a refusal would raise."""
    quotas, judge = open_quotas("memory:"), Judge()
    world = World(seed=1, platforms=["pinduoduo"], carriers=[], orders=1, tick=lambda: 0.0)
    shops = [Limiter(RATES, quotas, "app", name) for name in ("s1", "s2")]
    allowed = min(
        rate.per_s * (1 if rate.per == "app" else len(shops)) for rate in RATES[api]
    )  # fmt: skip
    spans = max(rate.seconds for rate in RATES[api])
    start, length, sent = world.clock.now().replace(microsecond=0), max(1.2 * spans, min(DAY, 6_000 / allowed)), 0
    free = [0.0, 0.0]
    while min(free) < length:
        number = free.index(min(free))
        now = free[number]
        free[number] = now + shops[number].reserve(api, 1.0, start + timedelta(seconds=now))
        if free[number] < length:
            judge.take(api, f"s{number}", start + timedelta(seconds=free[number]))
            sent += 1
    assert sent >= 0.95 * allowed * length


def test_sf_allows_thirty_a_second() -> None:
    world = World(seed=1, platforms=["taobao"], carriers=["sf"], orders=1, tick=lambda: 0.0)
    counted = Counted(world, "EXP_RECE_SEARCH_ROUTES")
    account = world.carrier_accounts()[0]
    carrier = orderhub.carrier(
        "sf", app_key=account["partner_id"], app_secret=account["checkword"], base_url=account["base_url"],
        monthly_card=account["monthly_card"], clock=world.clock, transport=counted,
    )  # fmt: skip
    assert busy(carrier, world, lambda: carrier.track(["SF1000000000001"]), 60) == []
    assert counted.calls >= 0.99 * 30 * 60
