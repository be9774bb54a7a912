"""Recorded replies of every platform, damaged and played through whole calls. Seeded; counts what was fed.

An input is one damaged reply that a call was given, or one damaged document that was decoded.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from mutations import mutated

from orderhub.errors import ConnectFailed
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import connect
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.plugins import find, names
from orderhub.sandbox import World
from orderhub.testing.conformance import Bench
from orderhub.testing.conformance.parity import ARGUMENTS

__all__ = ["CALLS_MAX", "DOCUMENTS", "SPEAKING", "Damaged", "bodies", "cases", "decode", "play", "recorded", "verbs"]

ROOT = Path(__file__).parents[2] / "cassettes"
SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]
RECENT = ("orders", "refunds")
DOCUMENTS = ("orders", "get_order")
CALLS_MAX = 12


@cache
def verbs(platform: str) -> tuple[str, ...]:
    """Every verb of which a platform has recordings."""
    return tuple(sorted(path.stem for path in (ROOT / platform).glob("*.yaml") if path.stem in ARGUMENTS))


@cache
def recorded(platform: str, verb: str) -> tuple[tuple[int, dict[str, str], bytes], ...]:
    """Status, headers and body of every reply on a cassette; nothing where there is none."""
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
        return Reply(status, headers, self.damaged(body))

    def damaged(self, body: bytes) -> bytes:
        return mutated(body, self.rng)

    def close(self) -> None:
        return None


@dataclass(frozen=True)
class Stage:
    """One platform's connector, an account of it, and a clock that stands."""

    bench: Bench
    world: World
    entry: dict[str, Any]

    def shop(self, transport: Any) -> Any:
        return connect(
            **self.entry, connector=self.bench.connector, transport=transport, clock=self.world.clock
        )  # fmt: skip


@cache
def stage(platform: str) -> Stage:
    bench = Bench.of(platform)
    world = bench.world(orders=0, awkward=False)
    return Stage(bench, world, {**bench.connector.spec.samples(), **world.shops()[0]})


@cache
def arguments(platform: str, verb: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a verb is asked: parts of a world as they were found there, or what is new of the last minutes."""
    bench = stage(platform).bench
    world = bench.world(orders=6)
    bench.create(world, 2)
    if verb in RECENT:
        return (), {"updated_since": world.now() - timedelta(minutes=20)}
    return ARGUMENTS[verb](bench, bench.shop(world), world)


def play(platform: str, verb: str, seed: int, transport: Damaged | None = None) -> None:
    """One call of a fresh shop over damaged replies; `transport.calls` tells how many it was given.

    Raises:
        OrderHubError: As the call ends; whatever else it raises is a fault.
    """
    here, transport = stage(platform), transport or Damaged(platform, verb, seed)
    args, named = arguments(platform, verb)
    here.world.clock.restart()
    found = getattr(here.shop(transport), verb)(*args, **named)
    if CHANNEL_VERBS[verb].kind == "stream":
        for _ in found:
            pass


def bodies(platform: str) -> list[bytes]:
    """Every recorded document of orders."""
    return [row[2] for verb in DOCUMENTS for row in recorded(platform, verb)]


@cache
def config(platform: str) -> ShopConfig:
    return stage(platform).shop(None).ops.config


def decode(platform: str, rng: random.Random) -> Any:
    """The page that a damaged document is; None where the connector decodes nothing without a call."""
    found = stage(platform).bench.connector.decode
    return None if found is None else found(loads(mutated(rng.choice(bodies(platform)), rng)), config(platform))


def cases(platform: str, rounds: int) -> Iterator[tuple[str, int]]:
    """Verb and seed of so many rounds."""
    for verb in verbs(platform):
        if recorded(platform, verb):
            yield from ((verb, seed) for seed in range(rounds))
