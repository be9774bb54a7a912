"""Shares of carriers between processes: whoever draws, the counters hold exactly what was granted."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from orderhub.ports import ShareAsk, ShareBid, Split
from orderhub.stores.open import open_stores

WORKERS, EACH, MOST = 2, 45, 40


def _ask(key: str) -> ShareAsk:
    split = {name: Split("main", f"main:{name}", part, 10) for name, part in (("yto", 7), ("zto", 3))}
    return ShareAsk(key, (
        ShareBid("yto", (("yto day", MOST),), split["yto"], 3, True), ShareBid("zto", (("zto day", 30),), split["zto"], 3, True),
    ))  # fmt: skip


def _work(url: str, number: int, gate: object, results: object) -> None:
    store = open_stores(url)
    gate.wait()  # type: ignore[attr-defined]
    taken: Counter[str | None] = Counter()
    for start in range(0, EACH, 5):
        keys = [f"{number}:{at}" for at in range(start, start + 5)]
        shares = store.take_shares([_ask(key) for key in keys])
        taken.update(share.name for share in shares)
        if start % 15 == 0:  # a third of the parcels is refused by its carrier or cancelled
            gone = [share for share in shares if share.name is not None]
            store.drop_shares([share.key for share in gone])
            taken.subtract(share.name for share in gone)
        else:
            assert all(store.keep_shares([share.key for share in shares if share.name is not None]))
    results.put(taken)  # type: ignore[attr-defined]
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_together_never_exceed_and_nothing_leaks(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("workers are forked here")
    url = f"sqlite:///{tmp_path}/shares.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    open_stores(url).close()
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(WORKERS), context.Queue()
    workers = [context.Process(target=_work, args=(url, number, gate, results)) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    total: Counter[str | None] = Counter()
    for _ in workers:
        total.update(results.get(timeout=60))
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    store = open_stores(url)
    counts = store.share_counts(["yto day", "zto day", "main", "main:yto", "main:zto"])
    store.close()
    assert counts["yto day"] == counts["main:yto"] == total["yto"] <= MOST
    assert counts["zto day"] == counts["main:zto"] == total["zto"] <= 30
    assert counts["main"] == total["yto"] + total["zto"] >= WORKERS * EACH // 2
