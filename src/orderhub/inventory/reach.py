"""Which places a batch of stock commands may change beyond those that it names. Pure. Imports this room.

A store that loads only what a batch needs loads these, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orderhub.inventory.canonical import Payload, Place
from orderhub.inventory.places import TRANSIT, defective_place, parse_place
from orderhub.models.stock import StockOutcome

__all__ = ["LIVE", "aside_of", "beyond", "ends_of"]

LIVE = frozenset({"open", "waiting", "in_transit"})
"""States in which a reservation, a back-order or a transfer may still change stock."""


def ends_of(place: Place) -> tuple[Place, Place]:
    """Where units at a place of transit come from and where they go."""
    name = parse_place(place[1])
    return (place[0], name.at(name.origin or "")), (place[0], name.inside)


def aside_of(place: Place) -> Place:
    """Where units that came back to `place` lie when they cannot be sold."""
    return place[0], defective_place(parse_place(place[1]).warehouse)


def beyond(places: Iterable[Place], payloads: Iterable[Payload | StockOutcome]) -> Iterator[Place]:
    """The ends of every way among `places`, and where the defective units of `payloads` go."""
    for place in list(places):
        if place[1].startswith(TRANSIT):
            yield from ends_of(place)
    for payload in payloads:
        if isinstance(payload, tuple) and payload[0] == "restock_defective":
            yield from (aside_of(place) for place, _ in payload[1])
