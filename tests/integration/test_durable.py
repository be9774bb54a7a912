"""Workers in processes of their own: they pull what is due, stop when told, and may be killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from tests.integration.durable_fleet import fleet, ordeal, settles, stored, unfinished, until

KILLS = int(os.environ.get("ORDERHUB_WORKER_KILLS", "2"))
FAST = {"tick_s": 1, "every_minutes": 0.05, "poll_s": 0.2, "grace_s": 5}

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="workers are killed by signal"),
    pytest.mark.timeout(300),
]


def test_a_killed_workers_run_is_finished_by_its_slots_successor_and_no_secret_is_kept(tmp_path: Path) -> None:
    """On SQLite files: the run that stood still is the very one that goes on, for nothing else is due.

    Afterwards nothing that the configuration referred to, and no receiver's name, stands in the files beside the hub's.
    """
    runs = f"sqlite:///{tmp_path}/hub-runs.db"
    with fleet(tmp_path, f"sqlite:///{tmp_path}/hub.db", worker={**FAST, "every_minutes": 60}) as made:
        armed = {"platform": "taobao", "fault": "slow", "times": 1000, "delay_s": 30}
        assert made.world.control("POST", "/_sandbox/faults", {}, armed)[0] < 300
        made.start(0)
        made.ready(0)
        assert until(lambda: ("orderhub.pull", "PENDING") in unfinished(runs, 0.0), 20)
        time.sleep(0.5)
        made.kill(0)
        assert ("orderhub.pull", "PENDING") in unfinished(runs, 0.0)
        made.world.control("DELETE", "/_sandbox/faults", {}, None)
        made.start(0)
        made.ready(0)
        assert settles(made)
        assert until(lambda: not [name for name, _ in unfinished(runs, 0.0) if name == "orderhub.pull"], 20)
        [(code, told)] = made.stop().values()
        assert code == 0, told
        written = b"".join(path.read_bytes() for path in tmp_path.glob("hub-*"))
        assert b"orderhub.pull" in written
        assert b"taobao" in written
        for name, secret in made.secrets.items():
            assert secret.encode() not in written, name
            assert secret not in told, name
        names = [order.recipient.name for order in stored(made.database).values() if order.recipient.name]
        assert names
        assert not [name for name in names if name.encode() in written]


def test_two_workers_one_killed_again_and_again(tmp_path: Path, postgres_url: str) -> None:
    """On PostgreSQL: the end state equals the sandbox's truth, and no run stays stuck."""
    with fleet(tmp_path, postgres_url, worker={**FAST, "slots": 2}, seed=5) as made:
        assert ordeal(made, KILLS, random.Random(KILLS)) == KILLS
        assert settles(made), made.truth() ^ {(key, order.updated_at) for key, order in stored(postgres_url).items()}
        assert until(lambda: not unfinished(postgres_url, 15.0), 40.0), unfinished(postgres_url, 15.0)
        # one that was started a moment ago may be told to stop before it listens to that: then the signal ends it
        assert {code for code, _ in made.stop().values()} <= {0, -signal.SIGTERM}
