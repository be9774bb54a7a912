"""Between the rows of a database and the reducer's state, for every store with rows. Imports `inventory`, `models`.

A row of a command is (key, mark of its payload, refusal, status, lines, expiry); the last three are of reservations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from orderhub.inventory.canonical import Payload, Place, decode_lines
from orderhub.inventory.reach import LIVE, beyond
from orderhub.inventory.state import State
from orderhub.models.stock import Shortage, StockCommand, StockOutcome

__all__ = ["Again", "names_of", "places_of", "refusal_of", "refusal_text", "remember"]


_json = json.JSONEncoder(separators=(",", ":")).encode


class Again(Exception):
    """Another writer came in between, nothing was written: load and decide once more. Never leaves a store."""


def names_of(commands: Sequence[StockCommand], payloads: Sequence[Payload | StockOutcome]) -> list[str]:
    """Keys and reservations that the batch speaks of, sorted: the order in which every writer takes them."""
    names = set()
    for command, payload in zip(commands, payloads, strict=True):
        if type(payload) is tuple:
            names.add(command.key)
            names.add(payload[2])
    names.discard("")
    return sorted(names)


def places_of(state: State, payloads: Sequence[Payload | StockOutcome]) -> list[Place]:
    """Places that the batch may change, sorted; the reservations in `state` must be loaded."""
    lines = {payload[1] for payload in payloads if type(payload) is tuple}
    lines.update(held[0] for held in state.reservations.values() if held[2] in LIVE)
    places = {place for each in lines for place, _ in each}
    places.update(beyond(places, payloads))
    return sorted(places)


def remember(state: State, rows: Sequence[Any]) -> None:
    """Put rows of commands into `state`."""
    held = [row for row in rows if row[3] is not None]
    for row, lines in zip(held, decode_lines([row[4] for row in held]), strict=True):
        state.reservations[row[0]] = (lines, row[5], row[3])
    for key, payload, refusal, *_ in rows:
        state.seen[key] = payload
        if refusal is not None:
            state.refused[key] = refusal_of(key, refusal)


def refusal_of(key: str, text: str) -> StockOutcome:
    """The inverse of `refusal_text`."""
    reason, shortages, message = json.loads(text)
    return StockOutcome(False, key, reason, _shortages(shortages), message)


def _shortages(rows: Iterable[Any]) -> tuple[Shortage, ...]:
    return tuple(Shortage(*row) for row in rows)


def refusal_text(outcome: StockOutcome) -> str:
    """A refusal as JSON text, without its key."""
    shortages = [(short.sku, short.warehouse, short.requested, short.available) for short in outcome.shortages]
    return _json((outcome.reason, shortages, outcome.message))
