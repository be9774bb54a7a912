"""The workflows themselves: nothing is queued twice, batches go on where they stood, hosts register them with theirs."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, DBOSConfig
from tests.integration.durable_fleet import fleet, stored, until

import orderhub
from orderhub.durable import VERSION, DurableRuns, WorkerSettings, executor_id, serve, work
from orderhub.durable.settings import beside
from orderhub.durable.work import due_runs
from orderhub.errors import ConfigurationError
from orderhub.sandbox import World


@pytest.fixture
def world() -> World:
    return World(seed=2, platforms=["taobao"], carriers=[], orders=6, tick=lambda: 0.0)


def hub_of(world: World, folder: Path, tenant: str = "default") -> orderhub.Hub:
    return orderhub.Hub(world.shops(), database=f"sqlite:///{folder}/hub.db", clock=world.clock, tenant=tenant,
                        transport=world.transport())  # fmt: skip


@contextmanager
def engine(folder: Path, **more: Any) -> Iterator[None]:
    """A host's own engine, with a serializer and a schema of the host's choice: here the defaults."""
    config: DBOSConfig = {"name": "host-app", "system_database_url": f"sqlite:///{folder}/host.db",
                          "log_level": "ERROR", "application_version": VERSION, **more}  # type: ignore[typeddict-item]  # fmt: skip
    DBOS(config=config)
    try:
        yield
    finally:
        DBOS.destroy(destroy_registry=True)


def result_of(run_id: str) -> Any:
    return DBOS.retrieve_workflow(run_id).get_result(polling_interval_sec=0.05)


def test_a_host_registers_the_workflows_with_an_engine_of_its_own(world: World, tmp_path: Path) -> None:
    """Beside a workflow of the host's, and with everything JSON although the host's serializer pickles."""
    with engine(tmp_path), hub_of(world, tmp_path) as hub:

        @DBOS.workflow()
        def greet(name: str) -> str:
            return f"hello {name}"

        settings = WorkerSettings(runs="the host's", poll_s=0.05)
        runs = DurableRuns([hub], settings)
        DBOS.launch()
        runs.begin()
        shop = next(iter(hub.shops))
        counts = result_of(runs.pull(shop))
        assert counts == {**counts, "inserted": 6, "errors": 0}
        assert result_of(runs.pull(shop, "refunds"))["errors"] == 0
        assert greet("host") == "hello host"
        assert len(hub.orders()) == 6
        with pytest.raises(ConfigurationError, match="tenant"):
            runs.pull(shop, tenant="nobody")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("host.db*"))
    assert b'"inserted":6' in kept
    assert not [entry for entry in world.shops() if entry["app_secret"].encode() in kept]


def test_what_waits_already_is_not_queued_again(world: World, tmp_path: Path) -> None:
    with engine(tmp_path), hub_of(world, tmp_path) as hub:
        runs = DurableRuns([hub], WorkerSettings(runs="-", poll_s=30.0))
        DBOS.launch()
        runs.begin()
        one, two = hub.shops
        first = runs.pull(one)
        assert runs.pull(one) == first
        assert len({first, runs.pull(one, "refunds"), runs.pull(two), runs.fulfil(), runs.job("track")}) == 5
        assert runs.fulfil() == runs.fulfil()
        assert runs.fulfil(["taobao:x:1"]) != runs.fulfil(["taobao:x:1"])


def test_a_tick_queues_what_is_due_once_and_results_are_counts(world: World, tmp_path: Path) -> None:
    jobs = {"fulfil": timedelta(minutes=5), "push_stock": timedelta(minutes=5), "track": timedelta(minutes=5)}
    with engine(tmp_path), hub_of(world, tmp_path) as hub:
        runs = DurableRuns([hub], WorkerSettings(runs="-", poll_s=0.05, jobs=jobs))
        DBOS.launch()
        runs.begin()
        [DBOS.trigger_schedule("orderhub.tick") for _ in range(2)]
        assert until(lambda: not due_runs(hub, runs.settings), 20), due_runs(hub, runs.settings)
        kinds = {run.kind for key in (*hub.shops, "hub") for run in hub.stores.runs(shop_key=key)}
        assert kinds == {"sync_orders", "sync_refunds", "job_fulfil", "job_push_stock", "job_track"}
        names = ["orderhub.pull", "orderhub.job", "orderhub.fulfil"]
        # A run is in our log a moment before the engine has written its result down.
        assert until(lambda: {run.status for run in DBOS.list_workflows(name=names)} == {"SUCCESS"}, 20)
        done = DBOS.list_workflows(name=names)
        for run in done:
            assert isinstance(run.output, dict)
            assert all(isinstance(count, int) for count in run.output.values()), run.output
        world.advance(16 * 60)
        assert {shop for shop, _ in due_runs(hub, runs.settings)} == {*hub.shops, "hub"}


def test_a_platform_that_refuses_is_asked_again_at_the_next_slot_only(world: World, tmp_path: Path) -> None:
    """A failed run is a run: it is logged, and the shop waits its interval like every other."""
    with engine(tmp_path), hub_of(world, tmp_path) as hub:
        runs = DurableRuns([hub], WorkerSettings(runs="-", poll_s=0.05))
        DBOS.launch()
        runs.begin()
        shop = next(iter(hub.shops))
        world.control("POST", "/_sandbox/faults", {}, {"platform": "taobao", "fault": "http_503", "times": 1000})
        counts = result_of(runs.pull(shop))
        assert counts["errors"] == 1
        assert counts["error"] == "PlatformUnavailable"
        assert (shop, "orders") not in due_runs(hub, runs.settings)
        world.control("DELETE", "/_sandbox/faults", {}, None)
        world.advance(16 * 60)
        assert (shop, "orders") in due_runs(hub, runs.settings)
        assert result_of(runs.pull(shop))["inserted"] == 6


def test_two_tenants_of_one_engine_do_not_meet(world: World, tmp_path: Path) -> None:
    """The same shops, the same order ids, one file: each tenant has its own orders and its own runs."""
    with engine(tmp_path), hub_of(world, tmp_path, "north") as north, hub_of(world, tmp_path, "south") as south:
        runs = DurableRuns([north, south], WorkerSettings(runs="-", poll_s=0.05))
        DBOS.launch()
        runs.begin()
        shop = next(iter(north.shops))
        assert result_of(runs.pull(shop, tenant="north"))["inserted"] == 6
        assert (len(north.orders()), len(south.orders())) == (6, 0)
        ids = {runs.pull(shop, tenant=tenant) for tenant in ("north", "south")}
        assert len(ids) == 2
        assert sorted(result_of(run).get("inserted", 0) for run in ids) == [0, 6]
        with pytest.raises(ConfigurationError, match="tenants"):
            DurableRuns([north, north], WorkerSettings(runs="-"))


def test_long_done_runs_are_forgotten(world: World, tmp_path: Path) -> None:
    with engine(tmp_path), hub_of(world, tmp_path) as hub:
        runs = DurableRuns([hub], WorkerSettings(runs="-", poll_s=0.05, keep=timedelta(0)))
        DBOS.launch()
        runs.begin()
        done = runs.pull(next(iter(hub.shops)))
        result_of(done)
        DBOS.trigger_schedule("orderhub.tick")
        assert until(lambda: not DBOS.list_workflows(workflow_ids=[done]), 10)


def test_runs_of_a_slot_that_is_gone_are_taken_over(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A fleet that became smaller leaves nothing behind; a run of a slot that exists waits for its own successor."""
    held, begun, left = threading.Event(), threading.Semaphore(0), dict[int, str]()

    def stuck(*_: object) -> dict[str, int]:
        begun.release()
        held.wait(60)
        return {}

    settings = WorkerSettings(runs="-", poll_s=0.05, slots=2)
    with hub_of(world, tmp_path) as hub:
        for slot, shop in ((7, next(iter(hub.shops))), (1, list(hub.shops)[1])):
            with engine(tmp_path, executor_id=executor_id(slot)), monkeypatch.context() as patched:
                patched.setattr(work, "pull", stuck)
                runs = DurableRuns([hub], settings, owns_executors=False)
                DBOS.launch()
                runs.begin()
                left[slot] = runs.pull(shop)
                assert begun.acquire(timeout=10)
        with engine(tmp_path, executor_id=executor_id(0)):
            runs = DurableRuns([hub], settings, owns_executors=True)
            DBOS.launch()
            runs.begin()
            DBOS.trigger_schedule("orderhub.tick")
            assert result_of(left[7])["inserted"] == 6
            assert {run.workflow_id: run.status for run in DBOS.list_workflows(executor_id=executor_id(1))} == {
                left[1]: "PENDING"
            }
        held.set()


def test_a_batch_goes_on_with_the_step_it_stood_in(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Broken off in its second step of three: the first is not done again, the second is, the third follows."""
    diary, begun, held = list[str](), threading.Semaphore(0), threading.Event()

    def fulfil(hub: orderhub.Hub, keys: list[str]) -> dict[str, int]:
        diary.append(" ".join(keys))
        if len(diary) == 2:
            begun.release()
            held.wait(60)
        return {"ok": len(keys)}

    monkeypatch.setattr(work, "fulfil", fulfil)
    settings = WorkerSettings(runs="-", poll_s=0.05, fulfil_batch=2)
    with hub_of(world, tmp_path) as hub:
        with engine(tmp_path, executor_id=executor_id(0)):
            runs = DurableRuns([hub], settings)
            DBOS.launch()
            runs.begin()
            batch = runs.fulfil(["a", "b", "c", "d", "e"])
            assert begun.acquire(timeout=10)
        with engine(tmp_path, executor_id=executor_id(0)):
            runs = DurableRuns([hub], settings)
            DBOS.launch()
            runs.begin()
            assert result_of(batch) == {"ok": 5}
        held.set()
    assert diary == ["a b", "c d", "c d", "e"]


def test_serving_in_a_thread_stops_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an embedding host may do too, as long as that process has no event loop of its own."""
    with fleet(tmp_path, f"sqlite:///{tmp_path}/hub.db", worker={"poll_s": 0.1, "tick_s": 1}, orders=3) as made:
        for name, secret in made.secrets.items():
            monkeypatch.setenv(name, secret)
        stop, ready = threading.Event(), threading.Event()
        thread = threading.Thread(
            target=serve, args=([made.config], 0, stop), kwargs={"on_ready": lambda _: ready.set()}
        )
        thread.start()
        assert ready.wait(20)
        assert until(lambda: len(stored(made.database)) == len(made.truth()), 20)
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_settings_of_a_fleet() -> None:
    table = {"slots": 3, "every_minutes": 5, "shops": {"jd:1": 60}, "concurrency": {"default": 2, "amazon": 1},
             "jobs": {"track": 30}, "keep_days": 1, "tick_s": 30}  # fmt: skip
    found = WorkerSettings.of(table, "sqlite:///hub.db")
    assert (found.interval("jd:1"), found.interval("jd:2")) == (timedelta(hours=1), timedelta(minutes=5))
    assert (found.at_once("amazon"), found.at_once("jd")) == (1, 2)
    assert (found.runs, found.cron, found.slots) == ("sqlite:///hub-runs.db", "*/30 * * * * *", 3)
    assert WorkerSettings.of({}, "postgresql://db/x").runs == "postgresql://db/x"
    assert WorkerSettings.of({"runs": "postgresql://u:geheim@db/x"}, "memory:").runs.startswith("postgresql")
    assert "geheim" not in repr(WorkerSettings.of({"runs": "postgresql://u:geheim@db/x"}, "memory:"))
    assert beside("sqlite:////var/lib/a.b/hub", "quotas") == "sqlite:////var/lib/a.b/hub-quotas"


@pytest.mark.parametrize(
    "table",
    [{"slot": 1}, {"slots": 0}, {"every_minutes": "often"}, {"every_minutes": 0.5}, {"jobs": {"dance": 5}},
     {"tick_s": 7}, {"shops": {"jd:1": 0.1}}, {"shops": 5}, {"poll_s": 0}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        WorkerSettings.of(table, "sqlite:///hub.db")


def test_a_worker_says_what_is_wrong_before_it_starts(tmp_path: Path) -> None:
    config = tmp_path / "orderhub.toml"
    config.write_text('database = "memory:"\n')
    with pytest.raises(ConfigurationError, match="outlives"):
        serve([config], 0)
    config.write_text(f'database = "sqlite:///{tmp_path}/hub.db"\n')
    with pytest.raises(ConfigurationError, match="slot 1"):
        serve([config], 1)
    with pytest.raises(ConfigurationError, match="configuration"):
        serve([], 0)


def test_without_the_engine_the_extra_is_named() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['dbos'] = None\n"
         "import orderhub.durable\norderhub.durable.WorkerSettings\norderhub.durable.serve"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "ConfigurationError" in told.stderr
    assert "orderhub[durable]" in told.stderr
