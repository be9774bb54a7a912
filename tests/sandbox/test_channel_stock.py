"""A sale on one of five platforms shows on the four others; drift is found and healed; both hubs do the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.errors import PlatformUnavailable
from orderhub.flow.message import Reply, Request
from orderhub.inventory import Adjust, Receive, Reserve, StockLine, open_ledger
from orderhub.models import ListingStock
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

PLATFORMS = ("taobao", "jd", "pinduoduo", "amazon", "suning")
CODES = {"taobao": "outer_id", "jd": "outer_id", "pinduoduo": "outer_id", "amazon": "sku", "suning": "itemCode"}
NAMES = {"jd": "sku_id", "suning": "productCode"}
START = datetime.fromisoformat("2026-11-11T00:00:00+08:00")
LATENCY_S = 0.1
TOLD_MAX, LAG_MAX = timedelta(seconds=1), timedelta(seconds=10)
"""From the reservation, and from the sale, to zero on all platforms, at a tenth of a second a call."""


class Slow:
    """Every call takes a tenth of a second of the world's clock."""

    def __init__(self, world: World) -> None:
        self.world, self.calls = world, 0

    def send(self, request: Request) -> Reply:
        self.calls += 1
        self.world.advance(LATENCY_S)
        return self.world.handle(request)

    def close(self) -> None:
        """Nothing to release."""


def world() -> World:
    return World(seed=11, platforms=list(PLATFORMS), carriers=[], shops_per_platform=1, orders=0, start=START,
                 tick=lambda: 0.0)  # fmt: skip


def stock_of(made: World, platform: str) -> dict[str, int]:
    """SKU -> quantity as the platform has it."""
    rows = made.control("GET", f"/_sandbox/{platform}/stock", {}, None)[1]
    return {row[CODES[platform]]: row["quantity"] for row in rows if row[CODES[platform]] in GOODS}


def arguments(made: World) -> dict[str, Any]:
    """A hub over five shops; where a platform lists no goods, the host maps them."""
    skus = {
        f"{name}:{row['shop_id']}:{row[NAMES[name]]}": row[CODES[name]]
        for name in NAMES
        for row in made.control("GET", f"/_sandbox/{name}/stock", {}, None)[1]
    }
    return {"shops": made.shops(), "clock": made.clock, "skus": skus, "backfill": timedelta(days=1)}


def fill(hub: Any) -> None:
    hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", 9) for sku in GOODS))])


def change(hub: Any, sku: str, units: int) -> None:
    """Units come or go; the key is the ledger's next number."""
    key = f"change:{hub.stock.snapshot().version}"
    [outcome] = hub.stock.apply([Adjust(key, (StockLine(sku, "sh", units),), "count")])
    assert outcome.ok


def arm(made: World, platform: str, operation: str, fault: str) -> None:
    body = {"platform": platform, "fault": fault, "operation": operation, "times": 100}
    assert made.control("POST", "/_sandbox/faults", {}, body)[0] == 200


def sell(made: World, hub: Any, platform: str) -> tuple[str, int]:
    """One paid order there; the ledger holds exactly what it asks for of its first good."""
    shop = next(shop for shop in made.shops() if shop["platform"] == platform)
    made.control("POST", f"/_sandbox/{platform}/orders", {}, {"count": 1, "shop_id": shop["shop_id"]})
    hub.sync(refunds=False)
    order = next(order for order in hub.orders(platform=platform) if order.is_shippable)
    line = order.lines[0]
    sku = line.sku or ""
    if units := line.quantity - hub.stock.level(sku, "sh").available:
        change(hub, sku, units)
    return sku, line.quantity


def test_a_sale_of_the_last_unit_shows_on_the_four_others() -> None:
    """On each platform in turn: pulled, reserved, told. The lag is time on the world's clock, call limits included."""
    made = world()
    transport = Slow(made)
    with orderhub.Hub(**arguments(made), transport=transport) as hub:
        fill(hub)
        assert all(outcome.ok or "FBA" in outcome.key for outcome in hub.push_stock())
        for platform in PLATFORMS:
            sku, units = sell(made, hub, platform)
            hub.push_stock(refresh=False)
            made.advance(60)
            others = [name for name in PLATFORMS if name != platform]
            assert {stock_of(made, name)[sku] for name in others} == {units}
            sold_at, calls = made.now(), transport.calls
            hub.sync(refunds=False)
            hub.stock.apply([Reserve(f"sale:{platform}", (StockLine(sku, "sh", units),))])
            pulled_at, pulling = made.now(), transport.calls - calls
            outcomes = [outcome for outcome in hub.push_stock(refresh=False) if outcome.value == 0]
            lag, told = made.now() - sold_at, made.now() - pulled_at
            assert [outcome.ok for outcome in outcomes] == [True] * len(PLATFORMS)
            assert {stock_of(made, name)[sku] for name in PLATFORMS} == {0}
            print(f"{platform}: pull {pulling} calls, push {transport.calls - calls - pulling} calls, {told} of {lag}")
            assert told <= TOLD_MAX, f"{platform}: telling took {told}"
            assert lag <= LAG_MAX, f"{platform}: the whole way took {lag}"


def drift(made: World, sku: str, units: int) -> None:
    """Somebody changes what a listing shows behind our back, on every platform."""
    for platform in PLATFORMS:
        made.control("PUT", f"/_sandbox/{platform}/stock", {}, {CODES[platform]: sku, "quantity": units})


def test_drift_is_listed_and_healed() -> None:
    """Too much and too little; where no list tells the quantity, the figure that was told stands for it."""
    made = world()
    with orderhub.Hub(**arguments(made), transport=made.transport()) as hub:
        fill(hub)
        hub.push_stock()
        clean = hub.reconcile_stock(skus=list(GOODS))
        assert (clean.ok, clean.drifts) == (True, ())
        assert clean.agreeing.total() == 3 * len(GOODS)
        assert clean.unseen.total() == 2 * len(GOODS)
        drift(made, "SKU-0003", 12)
        drift(made, "SKU-0005", 1)
        found = hub.reconcile_stock(skus=list(GOODS))
        more, less = ("SKU-0003", "shows_more", 12, 9, 9), ("SKU-0005", "shows_less", 1, 9, 9)
        assert [(d.sku, d.kind, d.seen, d.expected, d.told) for d in found.drifts] == [more] * 3 + [less] * 3
        assert not found.ok
        assert all(row.told_at and START <= row.told_at <= made.now() for row in found.drifts)
        healed = hub.reconcile_stock(heal=True, skus=list(GOODS))
        assert healed.ok
        assert len(healed.drifts) == 6
        assert hub.reconcile_stock(skus=list(GOODS)).drifts == ()
        seeing = ("taobao", "pinduoduo", "amazon")
        assert {stock_of(made, name)[sku] for name in seeing for sku in ("SKU-0003", "SKU-0005")} == {9}


@pytest.mark.fault(50)
def test_one_channel_that_fails_is_tried_again_with_the_newest_figure() -> None:
    """The others are told, the reason is kept, three failures in a row are an alert."""
    made = world()
    with orderhub.Hub(**arguments(made), transport=made.transport()) as hub:
        fill(hub)
        hub.push_stock()
        change(hub, "SKU-0001", -4)
        arm(made, "pinduoduo", "pdd.goods.quantity.update", "http_503")
        first = {outcome.key.split(":")[0]: outcome for outcome in hub.push_stock(["SKU-0001"], refresh=False)}
        assert {name: outcome.ok for name, outcome in first.items()} == {n: n != "pinduoduo" for n in PLATFORMS}
        assert isinstance(first["pinduoduo"].error, PlatformUnavailable)
        change(hub, "SKU-0001", -3)
        hub.push_stock(refresh=False)
        hub.push_stock(refresh=False)
        failing = [alert for alert in hub.stock_alerts() if alert.code == "push_failing"]
        assert [(alert.sku, alert.condition.place.split(":")[1]) for alert in failing] == [("SKU-0001", "pinduoduo")]
        assert failing[0].condition.detail == "platform_unavailable"
        made.control("DELETE", "/_sandbox/faults", {}, {})
        hub.push_stock(refresh=False)
        assert {stock_of(made, name)["SKU-0001"] for name in PLATFORMS} == {2}
        assert [alert for alert in hub.stock_alerts() if alert.code == "push_failing"] == []


def test_a_lost_reply_is_settled_by_telling_again() -> None:
    """Executed, reply lost: told again at once by the next run, and once more when nothing can arrive late."""
    made = world()
    transport = Slow(made)
    with orderhub.Hub(**arguments(made), transport=transport) as hub:
        fill(hub)
        hub.push_stock()
        change(hub, "SKU-0001", -4)
        arm(made, "suning", "suning.custom.inventory.modify", "timeout_after")
        [lost] = [outcome for outcome in hub.push_stock(refresh=False) if outcome.key.startswith("suning")]
        assert not lost.ok
        assert lost.value == 5
        made.control("DELETE", "/_sandbox/faults", {}, {})
        for wait, calls in ((0, 1), (10, 0), (150, 1), (600, 0)):
            made.advance(wait)
            before = transport.calls
            hub.push_stock(refresh=False)
            assert transport.calls - before == calls, f"after {wait} more seconds"
        assert stock_of(made, "suning")["SKU-0001"] == 5


class Shelf:
    """A host's hook, which cannot be reached at first."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int]] = []
        self.is_down = True

    def _note(self, what: str, shop: str, listings: Sequence[ListingStock]) -> None:
        if self.is_down:
            raise PlatformUnavailable("the shelf is closed")
        self.told += [(what, shop.split(":")[0], each.quantity) for each in listings]

    def sold_out(self, shop: str, listings: Sequence[ListingStock]) -> None:
        self._note("out", shop, listings)

    def back_in_stock(self, shop: str, listings: Sequence[ListingStock]) -> None:
        self._note("back", shop, listings)


def test_the_delist_hook_hears_of_every_crossing() -> None:
    made, shelf = world(), Shelf()
    with orderhub.Hub(**arguments(made), transport=made.transport(), plan={"delister": shelf}) as hub:
        fill(hub)
        hub.push_stock()
        change(hub, "SKU-0001", -9)
        outcomes = hub.push_stock(refresh=False)
        assert {stock_of(made, name)["SKU-0001"] for name in PLATFORMS} == {0}, "the push stands without the hook"
        assert sum(outcome.key.endswith("delister") for outcome in outcomes) == len(PLATFORMS)
        shelf.is_down = False
        hub.push_stock(refresh=False)
        hub.push_stock(refresh=False)
        assert sorted(shelf.told) == sorted(("out", name, 0) for name in PLATFORMS)
        change(hub, "SKU-0001", 3)
        hub.push_stock(refresh=False)
        assert sorted(shelf.told[5:]) == sorted(("back", name, 3) for name in PLATFORMS)


def test_what_nobody_knows_is_told_no_figure_and_raises_an_alert_once() -> None:
    made = world()
    with orderhub.Hub(**arguments(made), transport=made.transport()) as hub:
        known = [sku for sku in GOODS if sku != "SKU-0007"]
        hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", 9) for sku in known))])
        before = {name: stock_of(made, name)["SKU-0007"] for name in PLATFORMS}
        odd = [outcome.reason for outcome in hub.push_stock(["SKU-0007"]) if not outcome.ok]
        assert odd == ["availability_unknown"] * 5
        assert {name: stock_of(made, name)["SKU-0007"] for name in PLATFORMS} == before
        hub.push_stock(["SKU-0007"])
        told = [message.body for message in hub.notifier.sent]
        assert len(told) == 5
        assert all("SKU-0007" in body for body in told)
        hub.stock.apply([Receive("known", (StockLine("SKU-0007", "sh", 2),))])
        hub.push_stock(["SKU-0007"])
        assert {stock_of(made, name)["SKU-0007"] for name in PLATFORMS} == {2}
        assert "SKU-0007" not in {alert.sku for alert in hub.stock_alerts()}


def test_a_ledger_that_went_back_is_not_believed() -> None:
    """Another ledger with lower numbers, say a restored copy: nothing is overwritten silently."""
    made = world()
    with orderhub.Hub(**arguments(made), transport=made.transport()) as hub:
        fill(hub)
        hub.push_stock()
        other = open_ledger("memory:", clock=made.clock)
        other.apply([Receive("r", (StockLine("SKU-0001", "sh", 1),))])
        hub.world.services.ports["stock"] = other
        found = {outcome.key.split(":")[0]: outcome.reason for outcome in hub.push_stock(["SKU-0001"])}
        assert found == dict.fromkeys(PLATFORMS, "ledger_behind")
        assert {stock_of(made, name)["SKU-0001"] for name in PLATFORMS} == {9}


def plain(found: Sequence[Any]) -> list[Any]:
    """Without instants: two drivers need not wait for limits in the same places."""
    first, second, compared, alerts, rows = found
    drifts = [replace(row, told_at=None) for row in compared.drifts]
    counts = compared.version, compared.agreeing, compared.unseen, compared.errors
    return [first, second, drifts, counts, [alert.condition for alert in alerts], [row.available for row in rows]]


def test_sync_and_async_hubs_agree() -> None:
    """The same figures, outcomes, drifts and alerts."""
    first, second = world(), world()
    alerts = [{"below": 3, "shop": "*"}]
    with orderhub.Hub(**arguments(first), transport=first.transport(), alerts=alerts) as hub:
        fill(hub)
        ours: list[Any] = [hub.push_stock()]
        change(hub, "SKU-0001", -9)
        ours.append(hub.push_stock(refresh=False))
        drift(first, "SKU-0003", 12)
        ours += [hub.reconcile_stock(heal=True), hub.stock_alerts(), hub.stock_outlook(["SKU-0001"])]

    async def play() -> list[Any]:
        async with orderhub.AsyncHub(
            **arguments(second), transport=second.async_transport(), alerts=alerts
        ) as ahub:  # fmt: skip
            fill(ahub)
            found: list[Any] = [await ahub.push_stock()]
            change(ahub, "SKU-0001", -9)
            found.append(await ahub.push_stock(refresh=False))
            drift(second, "SKU-0003", 12)
            return [*found, await ahub.reconcile_stock(heal=True), await ahub.stock_alerts(),
                    await ahub.stock_outlook(["SKU-0001"])]  # fmt: skip

    assert plain(ours) == plain(asyncio.run(play()))
    assert [stock_of(first, name) for name in PLATFORMS] == [stock_of(second, name) for name in PLATFORMS]
    assert {alert.code for alert in ours[3]} == {"low_stock", "availability_unknown"}
