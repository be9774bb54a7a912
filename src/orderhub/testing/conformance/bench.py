"""Where a connector is proved: fresh worlds of its platform, shops in them, and the tester's hand.

Every world starts at one instant and its clock moves only by what is asked of it, so that two worlds of one seed are
twins: what one verb does in the first, it does in the second. Imports `hub`, `sandbox`, `plugins`, `kit`, `models`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from orderhub.drivers.faces import AsyncShop, Shop
from orderhub.hub.connect import connect, connect_async
from orderhub.kit.spec import Connector
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.models import Capability, Dispatch, LineItem, Order, Window
from orderhub.plugins import find
from orderhub.sandbox import World

__all__ = ["Bench", "Unfit"]

T = TypeVar("T")
START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
PAST = timedelta(days=31)
CALLS_MAX = 500
"""How many lists a reading of the past takes at most: windows of half an hour would make it 1,488 of a month."""
SMALL_PAGE = 10


class Unfit(Exception):
    """The check does not apply to this connector, and why; not a failure."""


def _still() -> float:
    """A tick that stands: between calls no time passes."""
    return 0.0


@dataclass
class Bench:
    """One connector and the worlds it is proved in.

    Attributes:
        connector: What is proved.
        emulator: The name of its emulator; the connector's own name when left out.
        settings: Arguments of `connect` beside what the emulator's accounts tell.
        words: What recordings must not hold, once it was worked out; see `testing.cassettes`.
    """

    connector: Connector
    emulator: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] | None = field(default=None, repr=False)
    _twins: WeakKeyDictionary[World, tuple[Any, ...]] = field(default_factory=WeakKeyDictionary, repr=False)
    _shippable: dict[tuple[Any, ...], list[Order]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, name: str, **given: Any) -> Bench:
        """The bench of an installed connector; raises `ConfigurationError` when it cannot be loaded."""
        return cls(find(name), **given)

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.connector.name

    def world(self, orders: int = 12, *, seed: int = 5, awkward: bool = True, limits: bool = True) -> World:
        """A world of this platform with one shop, standing at one instant; unfit where there is no server."""
        if not self.connector.spec.base_url:
            raise Unfit(f"{self.name} has no server, so there is none to imitate")
        made = World(
            seed=seed, platforms=[self.emulator or self.name], carriers=[], shops_per_platform=1, orders=orders,
            awkward=awkward, limits=limits, start=START, tick=_still,
        )  # fmt: skip
        self._twins[made] = (orders, seed, awkward)
        return made

    def twin(self, world: World) -> World:
        """Another world as this one was when it was made, without limits."""
        orders, seed, awkward = self._twins[world]
        return self.world(orders, seed=seed, awkward=awkward, limits=False)

    def shop(self, world: World, **given: Any) -> Shop:
        """The world's shop through this connector, sync."""
        entry = {**self.connector.spec.samples(), **world.shops()[0], **self.settings, **given}
        found: Shop = connect(**entry, connector=self.connector, transport=world.transport(), clock=world.clock)
        return found

    def async_shop(self, world: World, **given: Any) -> AsyncShop:
        """The world's shop through this connector, async."""
        entry = {**self.connector.spec.samples(), **world.shops()[0], **self.settings, **given}
        found: AsyncShop = connect_async(
            **entry, connector=self.connector, transport=world.async_transport(), clock=world.clock
        )
        return found

    def pages(self) -> tuple[dict[str, Any], int]:
        """Settings for small pages where the platform has such a switch, and how many rows a page then has."""
        if any(setting.name == "page_size" for setting in self.connector.spec.settings):
            return {"page_size": SMALL_PAGE}, SMALL_PAGE
        return {}, self.connector.spec.limits["list_orders"].page_size_max or 50

    def since(self, world: World) -> datetime:
        """As far back as the platform's lists reach, at most a month or so many windows."""
        limits = self.connector.spec.limits["list_orders"]
        reach = limits.history - timedelta(hours=2) if limits.history else PAST
        return world.now() - min(reach, PAST, CALLS_MAX * (limits.window_max or PAST))

    def capability(self, verb: str) -> Capability:
        """What the connector says of one verb."""
        return self.connector.capabilities(CHANNEL_VERBS)[verb]

    def need(self, *verbs: str) -> None:
        """Leave the check, with the connector's own reason, when a verb is absent."""
        for verb in verbs:
            if not (found := self.capability(verb)).available:
                raise Unfit(f"no {verb}: {found.because}")

    def arm(self, world: World, fault: str, **rule: Any) -> None:
        """Arm a fault of this platform; leaves the check when the emulator does not perform it."""
        name = self.emulator or self.name
        status, told = world.control("POST", "/_sandbox/faults", {}, {"platform": name, "fault": fault, **rule})
        if status >= 300:
            raise Unfit(f"the emulator has no fault {fault}: {told['error']}")

    def disarm(self, world: World) -> None:
        """Take back every fault."""
        world.control("DELETE", "/_sandbox/faults")

    def truth(self, world: World) -> dict[str, dict[str, Any]]:
        """The emulator's own list: order id to its row."""
        shop_id = world.shops()[0]["shop_id"]
        rows = self.tester(world, "GET", "orders", query={"shop_id": shop_id})
        return {row["order_id"]: row for row in rows}

    def tester(
        self, world: World, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None
    ) -> Any:
        """One control call for this platform; raises `AssertionError` when it is refused."""
        url = f"/_sandbox/{self.emulator or self.name}/{path}"
        status, told = world.control(method, url, query or {}, body)
        assert status < 300, f"{method} {url}: {told}"
        return told

    def create(self, world: World, count: int) -> list[str]:
        """New orders dated now; answers their ids."""
        return [row["order_id"] for row in self.tester(world, "POST", "orders", {"count": count})]

    def orders(self, shop: Shop, world: World) -> list[Order]:
        """Every order by update time, as far back as lists reach."""
        return list(shop.orders(updated_since=self.since(world)))

    def shippable(self, shop: Shop, world: World) -> list[Order]:
        """Orders that are ours to ship in a world as it was made, oldest first; read once for all its twins."""
        twins = self._twins[world]
        if twins not in self._shippable:
            found = [order for order in self.orders(shop, world) if order.is_shippable]
            self._shippable[twins] = sorted(found, key=lambda order: (order.created_at or START, order.order_id))
        if not self._shippable[twins]:
            raise Unfit("the emulator seeded no order that can be shipped")
        return self._shippable[twins]

    def carrier(self, shop: Shop) -> str:
        """A carrier that the platform takes: SF where it is listed."""
        if not self.capability("carriers").available:
            return "sf"
        codes = [row.carrier or row.code for row in shop.carriers()]
        return "sf" if "sf" in codes else codes[0]

    def dispatch(self, shop: Shop, order: Order, number: str = "SF1000000000001", **given: Any) -> Dispatch:
        """One parcel of an order."""
        return Dispatch(order_id=order.order_id, carrier=self.carrier(shop), waybill_no=number, **given)

    def window(self, world: World, **back: float) -> Window:
        """A window that ends now and starts `timedelta(**back)` earlier."""
        return Window(world.now() - timedelta(**back), world.now())


def left_to_ship(line: LineItem) -> int:
    """Units of a line that were neither sent nor refunded."""
    return line.quantity - (line.shipped_quantity or 0) - (line.refunded_quantity or 0)


def awaited(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run one coroutine to its end in an event loop of its own."""
    return asyncio.run(make())
