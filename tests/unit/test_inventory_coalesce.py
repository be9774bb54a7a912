"""Callers share batches, and neither their order nor each other's failures leak."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory import (
    Commit,
    Receive,
    Release,
    Reserve,
    StockCommand,
    StockLine,
    StockOutcome,
    open_ledger_async,
)
from orderhub.stores.coalesce import BATCH_MAX, Coalescer, Ticket, serve
from orderhub.stores.stock_async import StockLedgerAsync
from orderhub.stores.stock_memory import MemoryLedger

ONE = (StockLine("A", "sh", 1),)


def yes(commands: Sequence[StockCommand]) -> list[StockOutcome]:
    return [StockOutcome(True, command.key) for command in commands]


def test_callers_that_wait_share_the_next_batch() -> None:
    batches: list[int] = []
    first, go = Event(), Event()

    def run(commands: Sequence[StockCommand]) -> list[StockOutcome]:
        batches.append(len(commands))
        first.set()
        go.wait(5)
        return yes(commands)

    coalescer, answers = Coalescer(run), {}

    def call(number: int) -> None:
        commands = [Reserve(f"{number}-{n}", ONE) for n in range(3)]
        answers[number] = [outcome.key for outcome in coalescer.apply(commands)]

    threads = [Thread(target=call, args=(number,)) for number in range(20)]
    threads[0].start()
    first.wait(5)
    for thread in threads[1:]:
        thread.start()
    while len(coalescer._waiting) < 19:
        time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join()
    assert batches == [3, 57]
    assert answers == {number: [f"{number}-{n}" for n in range(3)] for number in range(20)}


def test_supply_goes_before_demand_and_each_caller_keeps_its_order() -> None:
    seen: list[str] = []

    def run(commands: Sequence[StockCommand]) -> list[StockOutcome]:
        seen.extend(command.key for command in commands)
        return yes(commands)

    tickets = [
        Ticket([Reserve("r1", ONE)]),
        Ticket([Reserve("r2", ONE), Commit("c2", "r2")]),
        Ticket([Receive("in", ONE), Release("x", "r0")]),
    ]
    serve(run, tickets)
    assert seen == ["in", "x", "r2", "c2", "r1"]
    assert [[outcome.key for outcome in ticket.answer()] for ticket in tickets] == [["r1"], ["r2", "c2"], ["in", "x"]]


def test_one_callers_failure_is_its_own() -> None:
    def run(commands: Sequence[StockCommand]) -> list[StockOutcome]:
        if any(command.key == "bad" for command in commands):
            raise ValueError("no")
        return yes(commands)

    good, bad = Ticket([Reserve("good", ONE)]), Ticket([Reserve("bad", ONE)])
    serve(run, [good, bad])
    assert good.answer()[0].ok
    with pytest.raises(ValueError, match="no"):
        bad.answer()


def test_an_interrupted_leader_leaves_its_followers_a_retryable_error() -> None:
    def run(commands: Sequence[StockCommand]) -> list[StockOutcome]:
        raise KeyboardInterrupt

    tickets = [Ticket([Reserve("a", ONE)]), Ticket([Reserve("b", ONE)])]
    with pytest.raises(KeyboardInterrupt):
        serve(run, tickets)
    with pytest.raises(InventoryError) as caught:
        tickets[1].answer()
    assert caught.value.retryable


def test_a_large_caller_is_never_cut_and_batches_are_bounded() -> None:
    sizes: list[int] = []

    def run(commands: Sequence[StockCommand]) -> list[StockOutcome]:
        sizes.append(len(commands))
        return yes(commands)

    coalescer = Coalescer(run)
    for size in (BATCH_MAX + 5, 1500, 1500):
        coalescer._waiting.append(Ticket([Reserve(str(n), ONE) for n in range(size)]))
    assert coalescer.apply([Reserve("last", ONE)])[0].key == "last"
    assert sizes == [BATCH_MAX + 5, 1500, 1501]


def test_threads_never_wait_for_ever() -> None:
    coalescer, gate, done = Coalescer(yes), Barrier(16), []

    def call(number: int) -> None:
        gate.wait()
        done.extend(coalescer.apply([Reserve(f"{number}-{n}", ONE)])[0].key for n in range(100))

    threads = [Thread(target=call, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(done)) == 1600


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    made = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/stock.db"}.get(request.param)
    return made or str(request.getfixturevalue({"postgresql": "postgres_url", "redis": "redis_url"}[request.param]))


async def test_a_thousand_tasks_buy_exactly_what_there_is(url: str) -> None:
    async with open_ledger_async(url) as ledger:
        await ledger.apply([Receive("in", (StockLine("A", "sh", 300),))])
        outcomes = await asyncio.gather(*(ledger.apply([Reserve(f"o{n}", ONE)]) for n in range(1000)))
        assert sum(outcome.ok for (outcome,) in outcomes) == 300
        assert [outcome.key for (outcome,) in outcomes] == [f"o{n}" for n in range(1000)]
        assert (await ledger.level("A", "sh")).available == 0
        assert len(await ledger.movements("A", "sh")) == 301 == (await ledger.snapshot()).version
        assert len(await ledger.reservations()) == 300 and len(await ledger.levels(["A"])) == 1
    await ledger.close()


async def test_awaiting_the_ledger_opens_it(url: str) -> None:
    ledger = await open_ledger_async(url)
    assert await ledger.levels() == []
    await ledger.close()
    with pytest.raises(InventoryError, match="closed"):
        await ledger.levels()


class Slow(MemoryLedger):
    """Gives the other tasks time to be cancelled."""

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        time.sleep(0.05)
        return super().apply(commands)


@pytest.mark.fault(69)
async def test_a_cancelled_caller_hinders_nobody_and_can_ask_again() -> None:
    async with StockLedgerAsync(Slow) as ledger:
        tasks = [asyncio.create_task(ledger.apply([Receive(f"in-{n}", ONE)])) for n in range(10)]
        await asyncio.sleep(0.02)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in results] == [True, False] * 5
        await asyncio.gather(*(ledger.apply([Receive(f"in-{n}", ONE)]) for n in range(10)))
        assert (await ledger.level("A", "sh")).on_hand == 10


@pytest.mark.fault(70)
def test_an_async_ledger_belongs_to_one_loop(url: str) -> None:
    ledger = open_ledger_async(url)

    async def read() -> None:
        await ledger.levels()

    asyncio.run(read())
    with pytest.raises(ConfigurationError, match="one event loop"):
        asyncio.run(read())
    ledger._pool.shutdown()  # type: ignore[attr-defined]
    if ledger._ledger is not None:  # type: ignore[attr-defined]
        ledger._ledger.close()  # type: ignore[attr-defined]
