"""Recorded replies of every platform, damaged, through the whole call: only results and the library's own errors."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import yaml
from mutations import mutated

from orderhub.errors import ConnectFailed, OrderHubError
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import connect
from orderhub.kit.json import loads
from orderhub.plugins import find, names
from orderhub.testing.conformance import Bench

ROOT = Path(__file__).parents[2] / "cassettes"
SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]
ROUNDS, CALLS_MAX, SLOW_S, MEMORY_MAX = 6, 12, 3.0, 200 * 1024 * 1024
VERBS = ("orders", "get_order", "refunds", "listings")


@cache
def recorded(platform: str, verb: str) -> tuple[tuple[int, dict[str, str], bytes], ...]:
    path = ROOT / platform / f"{verb}.yaml"
    if not path.exists():
        return ()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = [one["response"] for one in yaml.load(path.read_text("utf-8"), loader)["interactions"]]
    return tuple(
        (row["status"]["code"], {"content-type": "application/json"},
         text if isinstance(text := row["body"]["string"], bytes) else text.encode())
        for row in rows
    )  # fmt: skip


class Damaged:
    """Answers what was recorded, in turn and damaged; a caller that does not end is stopped."""

    def __init__(self, platform: str, verb: str, seed: int) -> None:
        self.rows, self.rng, self.calls = recorded(platform, verb), random.Random(f"{platform} {verb} {seed}"), 0

    def send(self, request: Request) -> Reply:
        self.calls += 1
        if self.calls > CALLS_MAX:
            raise ConnectFailed("enough")
        status, headers, body = self.rows[(self.calls - 1) % len(self.rows)]
        return Reply(status, headers, mutated(body, self.rng))

    def close(self) -> None:
        return None


def play(bench: Bench, verb: str, seed: int) -> None:
    world = bench.world(orders=0, awkward=False)
    transport = Damaged(bench.name, verb, seed)
    shop: Any = connect(
        **{**bench.connector.spec.samples(), **world.shops()[0]}, connector=bench.connector, transport=transport,
        clock=world.clock,
    )  # fmt: skip
    since = world.now() - timedelta(minutes=20)
    acts = {
        "orders": lambda: list(shop.orders(updated_since=since)), "get_order": lambda: shop.get_order("10001"),
        "refunds": lambda: list(shop.refunds(updated_since=since)), "listings": lambda: list(shop.listings()),
    }  # fmt: skip
    acts[verb]()


def cases(platform: str, rounds: int = ROUNDS) -> Iterator[tuple[str, int]]:
    for verb in VERBS:
        if recorded(platform, verb):
            yield from ((verb, seed) for seed in range(rounds))


@pytest.mark.fault(8, 11, 12, 17)
@pytest.mark.parametrize("platform", SPEAKING)
def test_damaged_replies_are_results_or_typed_errors(platform: str) -> None:
    bench, found = Bench.of(platform), list(cases(platform))
    assert found, "nothing was recorded"
    for verb, seed in found:
        started = perf_counter()
        try:
            play(bench, verb, seed)
        except OrderHubError:
            pass
        except Exception as error:
            raise AssertionError(f"{verb} seed={seed}: {type(error).__name__}: {error}"[:300]) from error
        assert perf_counter() - started < SLOW_S, f"{verb} seed={seed} takes too long"


@pytest.mark.fault(17, 18)
@pytest.mark.parametrize("platform", SPEAKING)
def test_damaged_documents_are_pages_or_typed_errors(platform: str) -> None:
    bench = Bench.of(platform)
    decode = bench.connector.decode
    if decode is None:
        pytest.skip("this connector decodes nothing without a call")
    world = bench.world(orders=0, awkward=False)
    config = bench.shop(world).ops.config
    bodies = [row[2] for verb in ("orders", "get_order") for row in recorded(platform, verb)]
    rng = random.Random(platform)
    tracemalloc.start()
    try:
        for number in range(20):
            try:
                page = decode(loads(mutated(rng.choice(bodies), rng)), config)
            except OrderHubError:
                continue
            except Exception as error:
                raise AssertionError(f"number {number}: {type(error).__name__}: {error}"[:300]) from error
            assert all(order.order_id for order in page.items)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()
