"""How far work spreads: stock cut by SKU over PostgreSQL servers, shops cut over workers; and what a day's orders need.

`servers`: four worker processes reserve and commit orders in batches of 500; the SKU says which of 1, 2 or 4 servers
keeps it (each a server process of its own with full durability), and every server's books are checked at the end.
`workers`: 1, 2 or 4 processes, each with shops of its own, decode pages of native replies and store them in one
PostgreSQL. Scaling is the rate at four over the rate at one, medians of alternating rounds; it cannot exceed what the
machine's cores give. The tables that follow are worked out from these figures and from the documented quotas, and say so.
Run: `python tests/bench/bench_capacity.py [rounds]`.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any
from zlib import crc32

from bench_platforms import PAGE, documents, joined
from team import together

import orderhub
from orderhub.inventory import Commit, Receive, Reserve, StockLine, open_ledger
from orderhub.plugins import find
from orderhub.ports import OrderQuery
from orderhub.stores.open import open_stores
from orderhub.testing.servers import fresh_database, postgres

BATCH, SKUS, TEAM, CYCLES, ORDERS = 500, 5_000, 4, 16_000, 12_000
PEAK, LINES, LISTINGS, FULL, ORDER_KB = 5.0, 1.6, 6, 0.5, 7.3
"""Assumptions of the tables: busiest second over the day's mean, lines an order, listings an SKU, how full a server or
worker may be, kilobytes of an order with its document and index words in a SQLite file."""
QUOTAS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "amazon": (("pull", "orders.searchOrders", 100), ("ship", "orders_v0.confirmShipment", 1),
               ("stock", "listings.patchListingsItem", 1)),
    "pinduoduo": (("pull", "pdd.order.information.get", 1), ("ship", "pdd.logistics.online.send", 1),
                  ("stock", "pdd.goods.quantity.update", 1)),
    "shopee": (("pull", "*", 3.7), ("ship", "*", 1), ("stock", "*", 50)),
    "suning": (("pull", "*", 5.9), ("ship", "*", 1), ("stock", "*", 1)),
}  # fmt: skip
"""Platform -> (act, operation of the documented rate, orders or figures a call); pulls as bench_pull.py counts them."""


def shard(sku: str, servers: int) -> int:
    return crc32(sku.encode()) % servers


def stock_worker(urls: list[str], number: int, cycles: int, gate: Barrier) -> None:
    """Orders of one line in batches, each part to the server of its SKU."""
    rows = [(n, f"sku-{(n * 7919 + number) % SKUS}") for n in range(cycles)]
    with ExitStack() as stack:
        ledgers = [stack.enter_context(open_ledger(url)) for url in urls]
        for ledger in ledgers:
            ledger.level("sku-0", "sh")
        gate.wait()
        for at in range(0, cycles, BATCH):
            for server, ledger in enumerate(ledgers):
                part = [(n, sku) for n, sku in rows[at : at + BATCH] if shard(sku, len(urls)) == server]
                holds = [Reserve(f"o{number}-{n}", (StockLine(sku, "sh", 1),)) for n, sku in part]
                ships = [Commit(f"s{number}-{n}", f"o{number}-{n}") for n, _ in part]
                assert all(outcome.ok for outcome in (*ledger.apply(holds), *ledger.apply(ships)))
        gate.wait()


def order_worker(urls: list[str], number: int, orders: int, gate: Barrier) -> None:
    """Pages of one worker's shops, decoded and stored."""
    rows = documents("taobao", 200)
    pages = [joined(rows[at : at + PAGE]) for at in range(0, len(rows), PAGE)]
    store = open_stores(urls[0])
    gate.wait()
    kept: list[Any] = []
    for at in range(0, orders, PAGE):
        made = orderhub.normalize("taobao", pages[at // PAGE % len(pages)], shop_id=f"w{number}").orders
        kept += [order.model_copy(update={"order_id": f"{order.order_id}-{at}"}) for order in made]
        if len(kept) >= BATCH or at + PAGE >= orders:
            store.put_orders(kept)
            kept = []
    gate.wait()
    store.close()


def over_servers(servers: list[str], count: int, name: str) -> float:
    """Cycles a second with so many of the servers."""
    with ExitStack() as stack:
        urls = [stack.enter_context(fresh_database(url, f"{name}{n}")) for n, url in enumerate(servers[:count])]
        for at, url in enumerate(urls):
            mine = [f"sku-{n}" for n in range(SKUS) if shard(f"sku-{n}", count) == at]
            with open_ledger(url) as ledger:
                for first in range(0, len(mine), 1000):
                    lines = tuple(StockLine(sku, "sh", CYCLES) for sku in mine[first : first + 1000])
                    assert ledger.apply([Receive(f"in-{first}", lines)])[0].ok
        each = CYCLES // TEAM
        rate = each * TEAM / together(lambda n, gate: stock_worker(urls, n, each, gate), TEAM)
        sold = 0
        for url in urls:
            with open_ledger(url) as ledger:
                levels = ledger.levels()
                assert not any(level.reserved for level in levels)
                sold += sum(CYCLES - level.on_hand for level in levels)
        assert sold == CYCLES
    return rate


def over_workers(server: str, team: int, name: str) -> float:
    """Orders a second of so many workers."""
    with fresh_database(server, name) as url:
        open_stores(url).close()
        each = ORDERS // TEAM // PAGE * PAGE
        rate = each * team / together(lambda n, gate: order_worker([url], n, each, gate), team)
        store = open_stores(url)
        assert store.count_orders(OrderQuery()) == each * team
        store.close()
    return rate


def told(name: str, unit: str, rates: dict[int, list[float]]) -> dict[int, float]:
    middle = {count: median(found) for count, found in rates.items()}
    for count, rate in middle.items():
        print(f"{name} {count}: {rate:,.0f} {unit}", flush=True)
    print(f"{name}: scaling {middle[4] / middle[1]:.2f}")
    return middle


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    for row in (head, ("---",) * len(head), *rows):
        print(f"| {' | '.join(row)} |")


def whole(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def needs(orders_rate: float, cycles_rate: float) -> None:
    """What 10^4, 10^6 and 10^8 orders a day need, by the rates of one worker and one server."""
    rows = []
    for power in (4, 6, 8):
        mean = 10**power / 86_400
        peak = mean * PEAK
        workers, servers = peak / (orders_rate * FULL), peak * LINES / (cycles_rate * FULL)
        rows.append((f"10^{power}", whole(mean), whole(peak), whole(-(-workers // 1)), whole(-(-servers // 1)),
                     whole(peak * LINES * LISTINGS), whole(10**power * ORDER_KB / 1e6)))  # fmt: skip
    table(("Orders a day", "a second, mean", "a second, peak", "workers", "PostgreSQL servers for stock",
           "figures for listings a second, peak", "GB of orders a day"), rows)  # fmt: skip


def quotas() -> None:
    """What the documented rates let one shop, or one app, do in a day."""
    rows = []
    for platform, acts in QUOTAS.items():
        rates = find(platform).spec.rates
        for act, operation, units in acts:
            for rate in rates[operation]:
                day = rate.per_s * 86_400 * units
                rows.append((platform, act, f"`{operation}`" if operation != "*" else "all calls together", rate.per,
                             f"{rate.per_s:.4g}", whole(day)))  # fmt: skip
    table(("Platform", "Act", "Operation", "of one", "calls a second", "orders or figures a day"), rows)


def main(rounds: int = 5) -> None:
    servers: dict[int, list[float]] = {1: [], 2: [], 4: []}
    workers: dict[int, list[float]] = {1: [], 2: [], 4: []}
    with ExitStack() as stack:
        urls = [stack.enter_context(postgres()) for _ in range(TEAM)]
        for number in range(rounds):
            for count in servers:
                servers[count].append(over_servers(urls, count, f"s{number}x{count}n"))
                workers[count].append(over_workers(urls[0], count, f"w{number}x{count}"))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    by_servers = told("servers", "cycles/s", servers)
    by_workers = told("workers", "orders/s", workers)
    needs(by_workers[1], by_servers[1])
    print()
    quotas()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
