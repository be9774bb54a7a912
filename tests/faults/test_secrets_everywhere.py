"""Secrets and people stay inside: one day of a hub on every platform, with faults, and everything it says to the world."""

from __future__ import annotations

import asyncio
import json
import pickle
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import orderhub
from orderhub import AsyncHub, Hub
from orderhub.errors import OrderHubError
from orderhub.inventory import Receive, StockLine
from orderhub.models import Address, Outcome, Recipient
from orderhub.notify import LocalSink
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.testing.conformance.safety import listening

START = datetime.fromisoformat("2026-11-11T08:00:00+08:00")
CARDS = Path(orderhub.__file__).parent / "cli" / "data" / "rate_cards.csv"
SECRET = ("secret", "token", "checkword", "password", "salt", "sign_secret", "push_token", "client_secret", "key_file")
PUBLIC = ("token_url", "base_url", "message_url", "push_url", "callback_url")
SHORTEST = 6
NEW = Recipient(name="欧阳测试甲乙", phone="13911112222", address=Address(
    country="CN", province="广东省", city="广州市", district="天河区", street="保密西路九号十楼"))  # fmt: skip
HOME = {"code": "sh", "name": "sh仓", "phone": "02155550100",
        "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"}}  # fmt: skip
FAULTS = ("bad_json", "truncated", "html_page", "http_500", "unknown_status", "drifted_field", "call_limited")


@dataclass
class Said:
    """Everything that came out, under the name of where it came from."""

    texts: list[tuple[str, str]] = field(default_factory=list, repr=False)
    errors: int = 0

    def add(self, where: str, *values: Any) -> None:
        self.texts += [(where, value if isinstance(value, str) else f"{value!r} {value!s}") for value in values]

    def act(self, where: str, make: Callable[[], Any]) -> Any:
        """What an act answers or raises, in every form in which somebody may print it."""
        try:
            found = make()
        except OrderHubError as error:
            self.error(where, error)
            return None
        for one in found if isinstance(found, list | tuple) else [found]:
            self.add(where, one)
            if isinstance(one, Outcome) and one.error is not None:
                self.error(where, one.error)
            if isinstance(error := getattr(one, "error", None), OrderHubError):
                self.error(where, error)
        return found

    def error(self, where: str, error: OrderHubError) -> None:
        self.errors += 1
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        copy = pickle.loads(pickle.dumps(error))
        self.add(f"{where}: error", error, copy, repr(error.__dict__), json.dumps(error.context()))
        self.add(f"{where}: traceback", "".join(told.format()), "".join(traceback.format_exception(error)))
        self.add(f"{where}: pickle", pickle.dumps(error, protocol=0).decode("latin-1"))


def entries(world: World) -> list[dict[str, Any]]:
    return [{**find(row["platform"]).spec.samples(), **row} for row in world.shops()]


def carriers(world: World) -> list[dict[str, Any]]:
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    return [{names.get(name, name): value for name, value in row.items() if name != "token_url"}
            for row in world.carrier_accounts()]  # fmt: skip


def secrets(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every secret of a configuration, with its name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from secrets(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from secrets(inner, name)
    elif (
        isinstance(value, str)
        and len(value) >= SHORTEST
        and name not in PUBLIC
        and any(word in name for word in SECRET)
    ):
        yield name, value


def people(order: Any) -> Iterator[tuple[str, str]]:
    """What of an order is about a person, in the clear or as what stands for it."""
    one, buyer = order.recipient, order.buyer
    found = {"phone": one.phone, "street": one.address.street, "token": one.privacy.token, "e-mail": buyer.email,
             "note": order.buyer_note, "name": one.name}  # fmt: skip
    yield from ((name, text) for name, text in found.items() if text and len(text) >= SHORTEST and "*" not in text)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=8, carriers=["sf"], shops_per_platform=1, orders=2, awkward=True, limits=False, start=START,
                 tick=lambda: 0.0)  # fmt: skip


def arm(world: World, number: int, times: int = 2) -> None:
    """Every platform has another trouble."""
    for at, row in enumerate(world.shops()):
        rule = {"platform": row["platform"], "fault": FAULTS[(at + number) % len(FAULTS)], "times": times}
        world.control("POST", "/_sandbox/faults", {}, rule)


def day(hub: Hub, world: World, said: Said) -> None:
    """Read, look, reserve, ship, push, answer, tell, report: well and with trouble."""
    said.act("sync", lambda: hub.sync(refunds=True))
    orders = list(hub.orders())
    said.add("orders", *orders)
    said.add(
        "parts", *(part for order in orders for part in (order.recipient, order.buyer, order.lines, order.shipments))
    )
    keys = list({order.shop_id: order.key for order in orders if order.is_shippable}.values())
    arm(world, 1)
    said.act("fulfil", lambda: hub.fulfil(keys))
    said.act("push_stock", lambda: hub.push_stock(sorted(GOODS)[:2]))
    said.act("change_address", lambda: hub.change_address(keys[0], NEW))
    world.control("DELETE", "/_sandbox/faults")
    said.act("fulfil again", lambda: hub.fulfil(keys))
    cases = list({case.shop_id: case for case in hub.refunds()}.values())
    said.add("cases", *cases)
    for case in cases:
        said.act("agree_refund", partial(hub.agree_refund, case.key))
    arm(world, 0, times=9)
    for shop in hub.shops.values():
        said.act("get_order", partial(shop.get_order, "no-such-order"))
        said.add("faces", shop, shop.ops, shop.ops.config, shop.world, shop.world.services.box, shop.world.services)
    world.control("DELETE", "/_sandbox/faults")
    for name in ("track", "health", "audit", "unmapped", "quarantined", "incidents", "aftersales", "queue",
                 "carrier_health", "stock_alerts", "deliver_notices"):  # fmt: skip
        said.act(name, getattr(hub, name))
    said.add("hub", hub, hub.ops, hub.world)


async def morning(hub: AsyncHub, world: World, said: Said) -> None:
    """A sample of it, awaited."""
    arm(world, 3)
    reports = await hub.sync(refunds=False)
    said.act("async sync", lambda: reports)
    for shop in hub.shops.values():
        try:
            await shop.get_order("no-such-order")
        except OrderHubError as error:
            said.error("async get_order", error)
    world.control("DELETE", "/_sandbox/faults")
    said.add("async", hub, *hub.shops.values())
    await hub.close()


def test_nothing_that_a_hub_says_holds_a_secret_or_a_person(world: World, tmp_path: Path) -> None:
    shops, lines, said = entries(world), carriers(world), Said()
    hidden = [pair for row in (*shops, *lines) for pair in secrets(row)]
    assert len(shops) == 14 and len({value for _, value in hidden}) >= 40
    with listening() as told:
        with Hub(shops=shops, carriers=lines, warehouses=[HOME], database=f"sqlite:///{tmp_path}/hub.db", clock=world.clock,
                 notifier=LocalSink(), transport=world.transport(), rate_cards=[CARDS],
                 backfill=timedelta(days=2)) as hub:  # fmt: skip
            hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", 500) for sku in GOODS))])
            day(hub, world, said)
            orders = list(hub.orders())
            said.add(
                "report", hub.report(tmp_path / "report.html") and "", (tmp_path / "report.html").read_text("utf-8")
            )
        later = AsyncHub(shops=shops[::4], warehouses=[HOME], clock=world.clock, transport=world.async_transport(),
                         backfill=timedelta(days=1))  # fmt: skip
        asyncio.run(morning(later, world, said))
    said.texts += [("log", text) for text in told]
    persons = [pair for order in orders for pair in people(order)] + [("new", NEW.name or ""), ("new", NEW.phone or ""),
               ("new", NEW.address.street or "")]  # fmt: skip
    assert len({value for _, value in persons}) >= 10 and said.errors >= 20 and told
    whole = "\0".join(text for _, text in said.texts)
    for name, value in sorted(pair for pair in {*hidden, *persons} if pair[1] in whole):
        leaks = [(where, text) for where, text in said.texts if value in text]
        raise AssertionError(f"{name} in {leaks[0][0]}: …{_around(leaks[0][1], value)}…")


def _around(text: str, value: str) -> str:
    at = text.index(value)
    return text[max(0, at - 200) : at + 60].replace(value, "<HIDDEN>")
