"""Five platforms and a carrier, and a hub over them that dies after any step: what the fulfilment tests share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orderhub
from orderhub import Hub
from orderhub.inventory import Receive, StockLine
from orderhub.models import Order
from orderhub.notify import LocalSink
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

PLATFORMS = ("taobao", "jd", "pinduoduo", "amazon", "suning")
CARRIERS = ("sf", "yto", "sto", "zto", "yunda")
CARDS = Path(orderhub.__file__).parent / "cli" / "data" / "rate_cards.csv"
HOMES = (("sh", "上海市", "上海市"), ("gz", "广东省", "广州市"))
WAREHOUSES = tuple(
    {"code": code, "name": f"{code}仓", "phone": "02155550100",
     "address": {"province": province, "city": city, "street": "仓储路1号"}} for code, province, city in HOMES
)  # fmt: skip
START = datetime.fromisoformat("2026-11-11T08:00:00+08:00")
UNITS = 500


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class Steps:
    """Counts what the worlds of a hub perform, and kills the process after one of them."""

    def __init__(self, hub: Hub, kill_after: int | None = None) -> None:
        self.done, self.kill_after, self.names = 0, kill_after, list[str]()
        faces = (*hub.shops.values(), *hub.carriers.values())
        for world in (hub.world, *(face.world for face in faces)):
            self._wrap(world)

    def _wrap(self, world: Any) -> None:
        perform: Callable[[Any], Any] = world.perform

        def counted(step: Any) -> Any:
            if self.done == self.kill_after:
                raise Killed
            answer = perform(step)
            self.done += 1
            self.names.append(f"{type(step).__name__} {getattr(step, 'port', '')} {getattr(step, 'method', '')}")
            if self.done == self.kill_after:
                raise Killed
            return answer

        world.perform = counted


class Scene:
    """One sandbox, one database, hubs that come and go over them."""

    def __init__(self, platform: str, folder: Path, *, seed: int = 3, carriers: Iterable[str] = CARRIERS) -> None:
        self.world = World(seed=seed, platforms=[platform], carriers=list(carriers), shops_per_platform=1, limits=False,
                           start=START, tick=lambda: 0.0)  # fmt: skip
        self.platform, self.database, self.sink = platform, f"sqlite:///{folder}/hub.db", LocalSink()
        self.hub = self.open()
        lines = tuple(StockLine(sku, code, UNITS) for sku in GOODS for code, *_ in HOMES)
        self.hub.stock.apply([Receive("opening", lines)])

    def open(self) -> Hub:
        """A new process."""
        shops = [{**find(row["platform"]).spec.samples(), **row} for row in self.world.shops()]
        return Hub(
            shops=shops, warehouses=WAREHOUSES, carriers=self.world.carrier_accounts(), database=self.database, clock=self.world.clock,
            notifier=self.sink, transport=self.world.transport(), rate_cards=[CARDS],
            backfill=timedelta(hours=1),
        )  # fmt: skip

    def orders(self, count: int) -> list[Order]:
        """So many new orders that can be shipped, pulled."""
        self.world.control("POST", f"/_sandbox/{self.platform}/orders", {}, {"count": 2 * count + 6})
        self.hub.sync(refunds=False)
        blocked = {key for key, rows in self.hub.audit().items() if any(row.severity == "error" for row in rows)}
        found = [order for order in self.hub.orders() if order.is_shippable and order.key not in blocked]
        found = [order for order in found if not any(label.startswith("needs_") for label in order.labels)]
        found = [order for order in found if order.recipient.address.country in (None, "CN", "中国")]
        assert len(found) >= count
        return found[:count]

    def run(self, kill_after: int | None, act: Callable[[Hub], Any]) -> tuple[Any, Steps]:
        """One process: what it answered, None when it was killed."""
        hub = self.open()
        steps = Steps(hub, kill_after)
        try:
            return act(hub), steps
        except Killed:
            return None, steps
        finally:
            hub.close()

    # --- the truth -----------------------------------------------------------------------------------------------------

    def waybills(self) -> list[Mapping[str, Any]]:
        """Every number that a carrier has or that the platform gave out in a carrier's name."""
        names = [row["carrier"] for row in self.world.carrier_accounts()]
        own = [row for name in names for row in self.world.control("GET", f"/_sandbox/{name}/orders", {}, None)[1]]
        there = {row["order_id"] for row in own}
        given = [{**row, "order_id": row["number"], "reference": f"{row['platform']}/{row['number']}"}
                 for row in self.world.waybills() if row["number"] not in there]  # fmt: skip
        return [*own, *given]

    def shipped(self, key: str) -> list[str]:
        """Waybill numbers that the platform has of an order, as any client reads them."""
        _, _, order_id = key.split(":", 2)
        with self.open() as hub:
            [shop] = hub.shops.values()
            order = shop.get_order(order_id)
        return [parcel.waybill_no or "" for parcel in order.shipments]

    def stock(self) -> tuple[Counter[str], int]:
        """Units gone by SKU, and units reserved."""
        gone: Counter[str] = Counter()
        with self.open() as hub:
            levels = hub.stock.levels()
        for level in levels:
            gone[level.sku] += UNITS - level.on_hand
        return +gone, sum(level.reserved for level in levels)


def units_of(orders: Iterable[Order], hub: Hub) -> Counter[str]:
    """What these orders ask for, by SKU."""
    units: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            units[hub.ops.plan.sku_of(order, line) or ""] += line.quantity
    return units
