"""A fleet of two on this machine against the sandbox: start both, kill one, look at what is stored in the end.

Run: `python examples/worker_fleet/try_it.py [postgresql://user@host/name]`; needs the extras `sandbox`, `cli` and
`durable` (and `sql` for PostgreSQL), and half a minute. Without an address the fleet shares two SQLite files.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import orderhub
from orderhub.sandbox import World
from orderhub.sandbox.server import running

CONFIG = """
database = "env:DEMO_DATABASE"
[worker]
slots = 2
tick_s = 1          # seconds instead of minutes, so that there is something to see
poll_s = 0.2
every_minutes = 0.05
[[shops]]
platform = "taobao"
shop_id = "{shop_id}"
base_url = "{base_url}"
app_key = "{app_key}"
app_secret = "env:DEMO_SECRET"
access_token = "env:DEMO_TOKEN"
"""


def start(slot: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "orderhub", "worker", "--slot", str(slot)])


def wait_for(orders: int) -> int:
    """Look at the fleet's database until so many orders are stored, for two minutes at most."""
    found = 0
    for _ in range(120):
        with orderhub.Hub(database=os.environ["DEMO_DATABASE"]) as hub:
            found = len(hub.orders())
        if found >= orders:
            break
        time.sleep(1)
    return found


def main(database: str = "sqlite:///hub.db") -> int:
    """Play it through; answers how many orders are stored in the end."""
    world = World(seed=1, platforms=["taobao"], carriers=[], orders=40)
    with TemporaryDirectory() as folder, running(world):
        os.chdir(folder)
        shop = world.shops()[0]
        os.environ.update(DEMO_DATABASE=database, DEMO_SECRET=shop["app_secret"], DEMO_TOKEN=shop["access_token"])
        Path("orderhub.toml").write_text(CONFIG.format(**shop))
        workers = [start(slot) for slot in (0, 1)]
        print(f"{wait_for(40)} orders stored")
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 5})
        print("worker 0 was killed, 5 orders came; its successor starts")
        workers[0] = start(0)
        stored = wait_for(45)
        print(f"{stored} orders stored")
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
        os.chdir(Path(__file__).parent)
    return stored


if __name__ == "__main__":
    main(*sys.argv[1:2])
