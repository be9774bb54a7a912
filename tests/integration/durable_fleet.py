"""A fleet for tests and proofs: a sandbox behind a socket, a configuration file, workers that can be killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderhub.sandbox import World
from orderhub.sandbox.server import running

ROOT = Path(__file__).parents[2]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "src")])
SECRETS = ("app_secret", "access_token", "refresh_token")
PLATFORMS = ("taobao", "jd")

WORKER = """
import sys
from tests.integration.durable_fleet import work
work(sys.argv[1], int(sys.argv[2]))
"""


def work(config: str, slot: int) -> None:
    """What a worker's process does: as `orderhub worker`, and says when it is ready."""
    from orderhub.cli.worker import run_worker

    run_worker([Path(config)], slot, on_ready=lambda _: print("ready", flush=True))


@dataclass
class Fleet:
    """Everything of one fleet.

    Attributes:
        secrets: The values that stand in the environment of every worker and must stand nowhere else.
    """

    world: World
    config: Path
    database: str
    secrets: dict[str, str]
    workers: dict[int, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, slot: int) -> None:
        """Start the worker of a slot; it is not waited for."""
        env = {**os.environ, **self.secrets, "PYTHONPATH": PATHS}
        self.workers[slot] = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(self.config), str(slot)], env=env, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def ready(self, slot: int) -> None:
        """Wait until a slot takes runs."""
        out = self.workers[slot].stdout
        assert out is not None
        if out.readline().strip() != "ready":
            _, told = self.workers[slot].communicate(timeout=10)
            raise AssertionError(f"the worker did not start: {told[-2000:]}")

    def kill(self, slot: int) -> None:
        """SIGKILL: no goodbye of any kind."""
        worker = self.workers.pop(slot)
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=30)

    def stop(self) -> dict[int, tuple[int, str]]:
        """SIGTERM to all; exit codes and what they said on the error stream."""
        for worker in self.workers.values():
            worker.terminate()
        found = {}
        for slot, worker in self.workers.items():
            _, told = worker.communicate(timeout=60)
            found[slot] = (worker.returncode, told)
        self.workers.clear()
        return found

    def truth(self) -> set[tuple[str, datetime]]:
        """(order key, last change) of every order that exists."""
        found = set()
        for platform in PLATFORMS:
            for row in self.world.control("GET", f"/_sandbox/{platform}/orders")[1]:
                changed = datetime.fromisoformat(f"{row['modified']}+08:00").astimezone(UTC)
                found.add((f"{platform}:{row['shop_id']}:{row['order_id']}", changed))
        return found

    def turmoil(self, number: int) -> None:
        """New orders everywhere, and a change to one order of each platform."""
        for platform in PLATFORMS:
            self.world.control("POST", f"/_sandbox/{platform}/orders", {}, {"count": 1})
            rows = self.world.control("GET", f"/_sandbox/{platform}/orders")[1]
            order_id = rows[number * 7 % len(rows)]["order_id"]
            note = {"taobao": "seller_memo", "jd": "venderRemark"}[platform]
            told = {"fields": {note: f"change {number}"}}
            assert self.world.control("PATCH", f"/_sandbox/{platform}/orders/{order_id}", {}, told)[0] < 300


@contextmanager
def fleet(
    folder: Path, database: str, *, worker: Mapping[str, Any], orders: int = 30, seed: int = 1
) -> Iterator[Fleet]:
    """A sandbox of two platforms, two shops each, behind a socket, and the file that a fleet of workers reads."""
    world = World(seed=seed, platforms=list(PLATFORMS), carriers=[], orders=orders, limits=False)
    with running(world):
        shops, secrets = [], {}
        for number, entry in enumerate(world.shops()):
            shop = {name: value for name, value in entry.items() if value is not None}
            for name in SECRETS:
                if name in shop:
                    secrets[f"SHOP_{number}_{name.upper()}"] = shop[name]
                    shop[name] = f"env:SHOP_{number}_{name.upper()}"
            shops.append({**shop, "rates": {"*": 0}})  # this sandbox has no limits, and nobody has a day
        config = folder / "orderhub.toml"
        config.write_text(toml({"database": database, "worker": worker, "shops": shops}), "utf-8")
        made = Fleet(world, config, database, secrets)
        try:
            yield made
        finally:
            for slot in list(made.workers):
                made.kill(slot)


def toml(document: Mapping[str, Any]) -> str:
    """Plain values, tables and lists of tables as TOML."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in document.items() if _plain(value)]
    for name, value in document.items():
        if isinstance(value, Mapping):
            lines.append(f"[{name}]")
            lines += [f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items()]
    for name, value in document.items():
        if isinstance(value, list):
            for row in value:
                lines.append(f"[[{name}]]")
                lines += [f"{key} = {_inline(item)}" for key, item in row.items()]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> bool:
    return not isinstance(value, Mapping | list)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {json.dumps(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def until(done: Callable[[], bool], seconds: float = 60.0, every: float = 0.1) -> bool:
    """Whether `done` became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(every)
    return done()


def stored(database: str, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Stored orders by key."""
    from orderhub.ports import OrderQuery
    from orderhub.stores.open import open_stores

    stores = open_stores(database)
    try:
        return {order.key: order for order in stores.find_orders(OrderQuery(keys=tuple(keys)))}
    finally:
        stores.close()


def versions(database: str) -> set[tuple[str, datetime]]:
    """(key, last change) of every stored order."""
    return {(key, order.updated_at) for key, order in stored(database).items()}


def ordeal(fleet: Fleet, kills: int, rng: random.Random) -> int:
    """Two workers, one of them killed again and again at random moments while orders come and change.

    A slot's successor starts at once or after a while, and may be killed before it is up. Answers how many died of it.
    """
    for slot in (0, 1):
        fleet.start(slot)
    for slot in (0, 1):
        fleet.ready(slot)
    died = 0
    for number in range(kills):
        fleet.turmoil(number)
        time.sleep(rng.uniform(0.0, 3.0))
        slot = rng.choice((0, 1))
        fleet.kill(slot)
        died += 1
        time.sleep(rng.choice((0.0, 0.0, 1.0)))
        fleet.start(slot)
    fleet.turmoil(kills)
    return died


def settles(fleet: Fleet, seconds: float = 60.0) -> bool:
    """Whether what is stored comes to equal what exists, to the version."""
    return until(lambda: versions(fleet.database) == fleet.truth(), seconds, 0.5)


def unfinished(runs_url: str, older_than_s: float) -> list[tuple[str, str]]:
    """(name, status) of runs that were queued so long ago and are not done."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(runs_url.replace("postgresql:", "postgresql+psycopg:"))
    schema = "orderhub_runs." if engine.dialect.name == "postgresql" else ""
    query = (
        f"SELECT name, status FROM {schema}workflow_status WHERE status IN ('PENDING', 'ENQUEUED') AND created_at < :at"
    )
    try:
        with engine.connect() as connection:
            at = int((time.time() - older_than_s) * 1000)
            return [(row[0], row[1]) for row in connection.execute(sqlalchemy.text(query), {"at": at})]
    finally:
        engine.dispose()
