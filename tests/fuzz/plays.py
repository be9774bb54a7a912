"""What everyone was recorded saying, damaged and played through whole calls. Seeded; counts what was fed.

An input is one damaged reply that a call was given, or one damaged document or push that was read.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from mutations import form_of, mutated, mutated_headers, mutated_status, written
from speakers import MARKETS, PUSHING, SPEAKERS, Row, believed

from orderhub.errors import ConnectFailed
from orderhub.flow.message import Reply, Request
from orderhub.kit.json import loads

__all__ = [
    "CALLS_MAX", "MARKETS", "PUSHING", "SPEAKERS", "VAST", "Damaged", "Vast", "cases", "decode", "play", "read_push",
    "vast", "vast_pushes",
]  # fmt: skip

CALLS_MAX = 12
VAST = b"60000000"
"""More than anything has, and few enough that a machine survives a list of them."""
_SMALL = re.compile(rb'(?:(?<=:)|(?<=[>=])(?=\d))\s*\\?"?(\d{1,3})\\?"?(?=\s*[,}\]<&]|$)')
"""A whole number by itself: in JSON, in JSON inside a text, in XML, in a form."""


class Damaged:
    """Answers what was recorded, in turn and damaged; a caller that does not end is stopped."""

    def __init__(self, name: str, verb: str, seed: int) -> None:
        self.rows, self.rng, self.calls = SPEAKERS[name].recorded[verb], random.Random(f"{name} {verb} {seed}"), 0

    def send(self, request: Request) -> Reply:
        self.calls += 1
        if self.calls > CALLS_MAX:
            raise ConnectFailed("enough")
        return Reply(*self.damaged(self.rows[(self.calls - 1) % len(self.rows)]))

    def damaged(self, row: Row) -> Row:
        status, headers, body = row
        return mutated_status(status, self.rng), mutated_headers(headers, self.rng), mutated(body, self.rng)

    def close(self) -> None:
        return None


def play(name: str, verb: str, seed: int, transport: Damaged | None = None) -> Any:
    """What one call of a fresh account comes to over damaged replies; `transport.calls` tells how many it was given.

    Raises:
        OrderHubError: As the call ends; whatever else it raises is a fault.
    """
    return SPEAKERS[name].ask(verb, transport or Damaged(name, verb, seed))


def cases(name: str, rounds: int) -> Iterator[tuple[str, int]]:
    """Verb and seed of so many rounds."""
    for verb in SPEAKERS[name].recorded:
        yield from ((verb, seed) for seed in range(rounds))


def decode(name: str, rng: random.Random) -> Any:
    """The page that a damaged document is; None where the connector decodes nothing without a call."""
    market = MARKETS[name]
    found = market.bench.connector.decode
    return None if found is None else found(loads(mutated(rng.choice(market.bodies), rng)), market.config)


def read_push(name: str, rng: random.Random) -> list[Any]:
    """What a damaged push tells: every second one from a stranger, the others from a sender who proved himself."""
    speaker = SPEAKERS[name]
    headers, body = rng.choice(speaker.pushes)
    push = mutated_headers(headers, rng), mutated(body, rng)
    if rng.random() < 0.5:
        return speaker.read(push)
    with believed():
        return speaker.read(push)


class Vast(Damaged):
    """Recorded replies in which one small number is a vast one."""

    def __init__(self, name: str, verb: str, row: int, start: int, end: int) -> None:
        super().__init__(name, verb, 0)
        status, headers, body = self.rows[row]
        self.rows = (*self.rows[:row], (status, headers, _grown(body, start, end)), *self.rows[row + 1 :])
        self.place = f"reply {row}, {_before(body, start, end)}"

    def damaged(self, row: Row) -> Row:
        return row


def vast(name: str, verb: str) -> Iterator[Vast]:
    """Every small number of every reply, one after another."""
    for number, (_, _, body) in enumerate(SPEAKERS[name].recorded[verb][:CALLS_MAX]):
        for found in _SMALL.finditer(body):
            yield Vast(name, verb, number, *found.span(1))


def vast_pushes(name: str) -> Iterator[tuple[str, tuple[dict[str, str], bytes]]]:
    """Every small number of every push: where it stands, and the push."""
    for headers, body in SPEAKERS[name].pushes:
        fields = form_of(body)
        for field, text in fields.items() or ((b"", body),):
            for found in _SMALL.finditer(text):
                grown = _grown(text, *found.span(1))
                yield _before(text, *found.span(1)), (headers, written({**fields, field: grown}) if fields else grown)


def _grown(body: bytes, start: int, end: int) -> bytes:
    return body[:start] + VAST + body[end:]


def _before(body: bytes, start: int, end: int) -> str:
    return body[max(0, start - 40) : end].decode(errors="replace")
