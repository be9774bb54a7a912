"""Several workers push at once over one real database while the ledger moves: versions never go back, all ends right."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orderhub.drivers.clock import SystemClock
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.drivers.sync import SyncWorld
from orderhub.fulfil.channel_stock import push_stock, reconcile_stock
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory import Adjust, Receive, StockLine, open_ledger
from orderhub.models import Listing, ListingStock, Outcome
from orderhub.notify import LocalSink
from orderhub.stores.open import open_stores

SHOPS = ("taobao:a", "jd:b", "suning:c")
SKUS = tuple(f"S{number}" for number in range(8))
WORKERS, RUNS, MOVES = 4, 8, 60


class Channel:
    """A shop that takes its time; it notices a figure that is older than the one before."""

    def __init__(self) -> None:
        self.shows: dict[str, tuple[int, int]] = {}
        self.went_back: list[str] = []
        self._lock, self._random = threading.Lock(), random.Random(5)

    def has(self, verb: str) -> bool:
        return True

    def rows(self, verb: str) -> list[Listing]:
        return [Listing(listing_id=sku, sku=sku, quantity=self.shows.get(sku, (0, 0))[1]) for sku in SKUS]

    def push_stock(self, levels: Sequence[ListingStock]) -> list[Outcome[None]]:
        time.sleep(self._random.random() * 0.004)
        with self._lock:
            for level in levels:
                if level.version < self.shows.get(level.key, (0, 0))[0]:
                    self.went_back.append(level.key)
                self.shows[level.key] = level.version, level.quantity
        return [Outcome(True, level.key) for level in levels]


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_workers_over_one_database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    places: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory:", "sqlite": lambda: f"sqlite:///{tmp_path / 'hub.db'}",
        "postgres": lambda: str(request.getfixturevalue("postgres_url")),
    }  # fmt: skip
    url, clock = places[kind](), SystemClock()
    stores, ledger = open_stores(url, clock=clock), open_ledger(url, clock=clock)
    channels = {shop: Channel() for shop in SHOPS}
    ports: dict[str, Any] = {**dict.fromkeys(("orders", "outbox", "claims"), stores), "stock": ledger}
    ports |= {"notifier": LocalSink()} | {f"shop:{shop}": channel for shop, channel in channels.items()}
    plan = FulfilPlan()

    def run(operation: Any) -> Any:
        return SyncWorld(Services(HostGuard(()), clock=clock, ports=dict(ports)), None).run(operation)  # type: ignore[arg-type]

    def work(number: int) -> None:
        for _ in range(RUNS):
            run(push_stock(plan, SHOPS, refresh=number == 0))

    def move() -> None:
        rng = random.Random(9)
        for number in range(MOVES):
            line = (StockLine(rng.choice(SKUS), "sh", rng.choice((-3, -2, 2, 3))),)
            ledger.apply([Adjust(f"m{number}", line, "moved")])

    ledger.apply([Receive("opening", tuple(StockLine(sku, "sh", 5) for sku in SKUS))])
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        jobs = [pool.submit(work, number) for number in range(WORKERS)] + [pool.submit(move)]
        for job in jobs:
            job.result()
    run(push_stock(plan, SHOPS, refresh=False))
    expected = {level.sku: level.available for level in ledger.levels()}
    for shop, channel in channels.items():
        assert channel.went_back == [], shop
        assert {sku: quantity for sku, (_, quantity) in channel.shows.items()} == expected, shop
    assert run(reconcile_stock(plan, SHOPS)).ok
    ledger.close()
    stores.close()
