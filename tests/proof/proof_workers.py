"""Two workers on PostgreSQL, killed with SIGKILL twenty times at random moments: nothing lost, nothing stuck.

Run: `python tests/proof/proof_workers.py [kills] [seed]`; from the root of the project, with the extra `test`.
"""

from __future__ import annotations

import random
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.integration.durable_fleet import fleet, ordeal, settles, unfinished, until, versions

from orderhub.testing.servers import fresh_database, postgres

WORKER = {"tick_s": 1, "every_minutes": 0.05, "poll_s": 0.2, "grace_s": 5, "slots": 2}


def prove(kills: int, seed: int) -> bool:
    """Whether everything that exists is stored in its last version, and every run is finished."""
    with ExitStack() as opened:
        folder, server = Path(opened.enter_context(TemporaryDirectory())), opened.enter_context(postgres())
        url = opened.enter_context(fresh_database(server, "proof"))
        made = opened.enter_context(fleet(folder, url, worker=WORKER, orders=60, seed=seed))
        started = perf_counter()
        died = ordeal(made, kills, random.Random(seed))
        equal = settles(made, 180)
        done = until(lambda: not unfinished(url, 20.0), 60)
        truth, stored = made.truth(), versions(url)
        print(f"{died} workers killed in {perf_counter() - started:.0f} s; {len(truth)} orders exist, "
              f"{len(truth - stored)} lost or old, {len(stored - truth)} strange, "
              f"{len(unfinished(url, 20.0))} runs unfinished")  # fmt: skip
        return equal and done and died == kills


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(not prove(numbers[0] if numbers else 20, numbers[1] if len(numbers) > 1 else 1))
