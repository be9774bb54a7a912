"""Channel stock: after a sale, every listing of every shop is told the new figure.

`decide`: from an observation of the ledger to the figures of all listings (ten shops, rules for pools, buffers and
dedicated units), nothing stored or sent. `told`: `push_stock` of a hub's plan over ten shops whose platforms answer at
once, books of what was told and claims kept in SQLite with full durability; every round half of the goods moved. Control
of `decide`: the same loop with one subtraction. Outside: listings, receiving the goods.
Run: `python tests/bench/bench_fanout.py [SKUs] [rounds]`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from statistics import median
from time import perf_counter
from typing import Any

from orderhub.drivers.clock import SystemClock
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.drivers.sync import SyncWorld
from orderhub.fulfil.channel_stock import push_stock
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory import Adjust, Receive, StockLine, open_ledger
from orderhub.inventory.channels import ChannelRule, ChannelRules, ChannelView
from orderhub.models import Listing, ListingStock, Outcome
from orderhub.notify import LocalSink
from orderhub.stores.open import open_stores

SHOPS = tuple(f"{name}:{number}" for name in ("taobao", "jd", "pinduoduo", "douyin", "suning") for number in (1, 2))
RULES = ChannelRules(
    tuple(
        ChannelRule.of(row)
        for row in ({"buffer": 1}, {"shop": "jd:*", "percentage": 50, "cap": 200}, {"shop": "taobao:1", "dedicated": 5})
    )
)


class Channel:
    """A shop that answers at once and keeps what it shows."""

    def __init__(self, skus: Sequence[str]) -> None:
        self.skus, self.shows = skus, dict[str, tuple[int, int]]()

    def has(self, verb: str) -> bool:
        return True

    def rows(self, verb: str) -> list[Listing]:
        return [Listing(listing_id=sku, sku=sku, quantity=self.shows.get(sku, (0, 0))[1]) for sku in self.skus]

    def push_stock(self, levels: Sequence[ListingStock]) -> list[Outcome[None]]:
        for level in levels:
            assert level.version >= self.shows.get(level.key, (0, 0))[0]
            self.shows[level.key] = level.version, level.quantity
        return [Outcome(True, level.key) for level in levels]


def lines(skus: Sequence[str], units: int) -> tuple[StockLine, ...]:
    return tuple(StockLine(sku, house, units) for sku in skus for house in ("sh", "gz"))


def main(count: int = 2_000, rounds: int = 5) -> None:
    skus = [f"S{number:06}" for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        url = f"sqlite:///{folder}/hub.db"
        stores, ledger = open_stores(url, clock=clock), open_ledger(url, clock=clock)
        channels = {shop: Channel(skus) for shop in SHOPS}
        ports: dict[str, Any] = {**dict.fromkeys(("orders", "outbox", "claims"), stores), "stock": ledger}
        ports |= {"notifier": LocalSink()} | {f"shop:{shop}": channel for shop, channel in channels.items()}
        for at in range(0, count, 500):
            assert ledger.apply([Receive(f"in-{at}", lines(skus[at : at + 500], 1000))])[0].ok

        def run(refresh: bool) -> int:
            world = SyncWorld(Services(HostGuard(()), clock=clock, ports=dict(ports)), None)  # type: ignore[arg-type]
            return len(world.run(push_stock(FulfilPlan(), SHOPS, refresh=refresh)))

        assert run(True) == count * len(SHOPS)
        told, decided, bare = [], [], []
        for number in range(rounds):
            sold = skus[number % 2 :: 2]
            assert ledger.apply([Adjust(f"sold-{number}", lines(sold, -1), "sold")])[0].ok
            start = perf_counter()
            changed = run(False)
            told.append(changed / (perf_counter() - start))
            assert changed == len(sold) * len(SHOPS)
            assert all(channels[shop].shows[sold[0]][1] == 2000 - 2 * (number // 2 + 1) for shop in SHOPS)
            start = perf_counter()
            view = ChannelView(ledger.snapshot(), SHOPS, rules=RULES)
            figures = [view.shown(shop, sku) for sku in skus for shop in SHOPS]
            decided.append(len(figures) / (perf_counter() - start))
            start = perf_counter()
            levels = {(level.sku, level.warehouse): level.available for level in ledger.levels()}
            assert [max(0, levels[sku, "sh"] + levels[sku, "gz"] - 1) for sku in skus for _ in SHOPS]
            bare.append(len(figures) / (perf_counter() - start))
        stores.close()
        ledger.close()
    ratio = median(a / b for a, b in zip(decided, bare, strict=True))
    print(f"decide: {median(decided):,.0f} listings/s; bare subtraction {median(bare):,.0f}/s; ratio {ratio:.3f}")
    print(f"told: {median(told):,.0f} listings/s over {len(SHOPS)} shops")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
