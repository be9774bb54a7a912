"""Load for minutes, then days on end: `python tests/proof/soak.py [--seconds 600] [--days-seconds 3600]`.

First a hub on SQLite over HTTP against a sandbox in a process of its own, with faults of every kind armed all the time;
then simulated days, one after the other. Memory stays flat, and no task, connection, file or reservation is left over.
SQLite keeps up to 64 MB of pages a connection and fills that as the database grows; here it keeps 1 MB, so that what
grows would be ours. What Python itself holds (`traced`) is judged beside what the system counts.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import os
import random
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from orderhub.errors import OrderHubError
from orderhub.hub.core import AsyncHub
from orderhub.inventory import Receive, StockLine
from orderhub.plugins import find
from orderhub.sandbox.catalogue import GOODS
from orderhub.stores import sql_sqlite, stock_sqlite
from orderhub.testing.simulator import PLATFORMS, Scenario, run
from orderhub.testing.simulator.scene import CARDS, HOMES, WAREHOUSES
from orderhub.testing.stock import check_balanced

FAULTS = ("timeout_before", "timeout_after", "reset", "http_500", "http_503", "html_page", "truncated", "bad_json",
          "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
          "wrong_charset", "gzip_bomb", "slow")  # fmt: skip
GROWTH_MAX = 0.10
"""By how much the last third of the samples may be above the second one."""


def held() -> dict[str, int]:
    """What this process holds: memory in kB, as the system and as Python count it, open files and sockets, threads."""
    gc.collect()
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)  # what the allocator keeps free for itself is no growth
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "kb": pages * os.sysconf("SC_PAGE_SIZE") // 1024, "traced": tracemalloc.get_traced_memory()[0] // 1024,
        "files": len(os.listdir("/proc/self/fd")), "threads": threading.active_count(),
    }  # fmt: skip


def keep_few_pages() -> None:
    """Connections that are opened from now on keep 1 MB of pages."""
    for module, word in ((sql_sqlite, "PRAGMA cache_size = -1024"), (stock_sqlite, "cache_size=-1024")):
        pragmas = tuple(word if "cache_size" in each else each for each in module.PRAGMAS)
        setattr(module, "PRAGMAS", pragmas)  # noqa: B010  # a constant for everybody else


def check_flat(samples: list[dict[str, int]], what: str) -> str:
    """The middle third against the last one; the first one is warm-up. All figures are told, also of one that grew."""
    if len(samples) < 9:
        return f"{len(samples)} samples are too few to judge"
    third, told, grew = len(samples) // 3, [], []
    for name in ("kb", "traced", "files"):
        before = median(sample[name] for sample in samples[third : 2 * third])
        after = median(sample[name] for sample in samples[2 * third :])
        told.append(f"{name} {before:.0f} -> {after:.0f}")
        grew += [name] if after > before * (1 + GROWTH_MAX) + 4 else []
    assert not grew, f"{what}: {', '.join(grew)} grew: {', '.join(told)}"
    return ", ".join(told)


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox of all five platforms in a process of its own; answers its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chosen = [word for name in PLATFORMS for word in ("--platform", name)]
    command = [
        sys.executable,
        "-m",
        "orderhub",
        "sandbox",
        "--port",
        str(port),
        "--no-limits",
        "--orders",
        "2",
        *chosen,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    httpx.get(f"{url}/_sandbox/shops").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield url
        finally:
            server.terminate()


class Load:
    """One hub under load."""

    def __init__(self, control: httpx.Client, folder: Path, seed: int) -> None:
        self.control, self.random = control, random.Random(seed)
        self.failed: Counter[str] = Counter()
        self.rounds = self.ordered = 0
        carriers = control.get("/_sandbox/carriers").json()
        shops = [{**find(row["platform"]).spec.samples(), **row, "rates": {"*": 0}}
                 for row in control.get("/_sandbox/shops").json()]  # fmt: skip
        self.hub = AsyncHub(shops=shops, warehouses=WAREHOUSES, carriers=carriers, rate_cards=[CARDS],
                            database=f"sqlite:///{folder}/hub.db", backfill=timedelta(hours=2))  # fmt: skip
        lines = tuple(StockLine(sku, code, 100_000) for sku in GOODS for code, *_ in HOMES)
        self.hub.stock.apply([Receive("opening", lines)])

    async def one(self) -> None:
        """Somebody orders, something breaks, and the hub does everything at once."""
        self.rounds += 1
        platform = self.random.choice(PLATFORMS)
        rows = self.control.post(f"/_sandbox/{platform}/orders", json={"count": 1}).json()
        self.ordered += len(rows)
        for _ in range(self.random.randint(1, 4)):
            rule = {"platform": self.random.choice(PLATFORMS), "fault": self.random.choice(FAULTS), "times": 1}
            self.control.post("/_sandbox/faults", json=rule)
        await self.work()
        if self.rounds % 5 == 0:
            await self._try(self.hub.reconcile(heal=True))
            await self._try(self.hub.track())

    async def work(self) -> None:
        """What a host does every minute, all at the same time."""
        await asyncio.gather(
            self._try(self.hub.sync()), self._try(self.hub.fulfil()), self._try(self.hub.push_stock())
        )  # fmt: skip

    async def _try(self, work: Any) -> None:
        try:
            await work
        except OrderHubError as error:
            self.failed[type(error).__name__] += 1

    async def rest(self) -> None:
        """Nothing breaks any more; whatever is half done is finished."""
        self.control.request("DELETE", "/_sandbox/faults")
        for _ in range(3):
            await self.work()
            await self._try(self.hub.reconcile(heal=True))


async def under_load(control: httpx.Client, folder: Path, seconds: float, seed: int) -> str:
    """So many seconds of load; what it came to."""
    before, samples = held(), list[dict[str, int]]()
    load = Load(control, folder, seed)
    end, look = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        await load.one()
        if time.monotonic() >= look:
            samples.append(held())
            look = time.monotonic() + max(1.0, seconds / 120)
    await load.rest()
    check_balanced(load.hub.stock)
    orders = await load.hub.orders()
    left = [order.key for order in orders if order.is_shippable]
    reserved = [one.key for one in load.hub.stock.reservations()]
    assert len(reserved) <= len(left), f"{len(reserved)} reservations for {len(left)} orders that wait"
    await load.hub.close()
    await asyncio.sleep(0.5)
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not tasks, f"{len(tasks)} tasks are left: {tasks[:3]}"
    after = held()
    assert after["files"] <= before["files"] + 3, f"files and sockets: {before} before, {after} after"
    told = check_flat(samples, "load")
    return (f"{load.rounds} rounds, {len(orders)} orders of {load.ordered} new ones and the first, {len(left)} wait, "
            f"{len(reserved)} reserved, {told}, failed {dict(load.failed)}")  # fmt: skip


def days(seconds: float, first: int) -> str:
    """Simulated days until the time is over; what they came to."""
    samples, end, seed, passed, faults = list[dict[str, int]](), time.monotonic() + seconds, first, 0.0, 0
    while time.monotonic() < end or seed < first + 3:
        scenario = Scenario(platforms=(PLATFORMS[seed % len(PLATFORMS)],), workers=3, rate=0.002, skew_s=0.0)
        report = run(seed, steps=6_000, scenario=scenario)
        assert report.ok, str(report)
        samples.append(held())
        seed, passed, faults = seed + 1, passed + report.virtual_s, faults + len(report.faults)
    return (
        f"{seed - first} histories, {passed / 3600:.1f} virtual hours, {faults} faults, {check_flat(samples, 'days')}"
    )


def main() -> int:
    """1 when something grows or is left over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--days-seconds", type=float, default=None, help="six times --seconds when left out")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    keep_few_pages()
    tracemalloc.start(1)
    with sandbox() as url, TemporaryDirectory() as folder, httpx.Client(base_url=url) as control:
        print(f"load, {asked.seconds:g} s:", asyncio.run(under_load(control, Path(folder), asked.seconds, asked.seed)),
              flush=True)  # fmt: skip
    longer = 6 * asked.seconds if asked.days_seconds is None else asked.days_seconds
    print(f"days, {longer:g} s:", days(longer, asked.seed), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
