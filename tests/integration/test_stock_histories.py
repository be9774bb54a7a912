"""Long histories over the pure reducer, and hundreds over the databases: never oversold, the books agree at every step.

Two thousand histories of two hundred steps in each test run, in shares for several processes; `tests/proof` has the
long run over the memory ledger. `ORDERHUB_HISTORIES=1000000 pytest tests/integration/test_stock_histories.py -k reducer
--timeout 0` is the long run over the reducer.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from orderhub.inventory import open_ledger
from orderhub.inventory.reducer import reduce
from orderhub.inventory.state import State
from orderhub.testing.stock import PLACES, UNSOLD, ManualClock, StockModel, history

HISTORIES = int(os.environ.get("ORDERHUB_HISTORIES", "600"))
STEPS, SHARES = 200, 4


@pytest.mark.parametrize("share", range(SHARES))
def test_the_reducer_over_long_histories(share: int) -> None:
    sold = 0
    for seed in range(share, HISTORIES, SHARES):
        clock, model, state = ManualClock(), StockModel(), State()
        sums: dict[tuple[str, str], list[int]] = {place: [0, 0] for place in PLACES}
        for command, seconds in history(seed, STEPS):
            clock.sleep(seconds)
            result = reduce(state, [command], clock.at)
            for _, _, kind, place, on_hand, reserved, *_ in result.entries:
                figures = sums.setdefault(place, [0, 0])
                figures[0], figures[1] = figures[0] + on_hand, figures[1] + reserved
                assert 0 <= figures[1] <= figures[0], ("oversold", seed, command)
                sold += kind == "committed"
            outcome = result.outcomes[0]
            assert (outcome.ok, outcome.reason) == model.verdict(command, clock.at), (seed, command)
            for place, row in state.rows.items():
                assert [row.on_hand, row.reserved] == sums[place], ("balance", seed, command)
        for place in PLACES:
            assert sums[place] == [model.shelf[place], model.reserved(place)], ("model", seed)
        unsold = {place: units for place, (units, _) in sums.items() if units and place[1].startswith(UNSOLD)}
        assert unsold == model.unsold(), ("model", seed)
    assert sold > HISTORIES // SHARES


@pytest.mark.parametrize(("kind", "histories"), [("sqlite", 100), ("postgresql", 60), ("redis", 100)])
def test_databases_over_many_histories(
    kind: str, histories: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """In batches of 50, each a transaction: what the reducer in memory says is what the database says."""
    names = count()
    servers = {"postgresql": "postgres_url", "redis": "redis_url"}
    url = f"sqlite:///{tmp_path}/many.db" if kind == "sqlite" else request.getfixturevalue(servers[kind])
    clock = ManualClock()
    for seed in range(histories):
        memory = open_ledger("memory:", clock=clock)
        with open_ledger(url, clock=clock, tenant=f"h{next(names)}") as ledger:
            story = history(1000 + seed, 100)
            for at in range(0, len(story), 50):
                batch = [command for command, _ in story[at : at + 50]]
                assert ledger.apply(batch) == memory.apply(batch), seed
                clock.sleep(40)
            assert ledger.snapshot() == memory.snapshot(), seed
            assert ledger.reservations(open=False) == memory.reservations(open=False), seed
        clock.at = ManualClock().at
