"""Listings that wait to be told, in the outbox: what is sold out goes first. Imports `flow`, `ports`.

A row names a listing and the observation that made it wait. The figure itself is read when it is sent, so that many
changes of one listing become one call with the newest figure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.channel_stock.offers import Offer

__all__ = ["AGAIN", "ALL", "FIRST", "Waiting", "done", "enqueue", "enqueue_again", "next_waiting"]

AGAIN, ZERO, REST = "stock_again", "stock_zero", "stock"
FIRST = (AGAIN, ZERO)
ALL = (AGAIN, ZERO, REST)
TAKE = 100
"""Listings told together at most."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of a lane; with `force` it is sent even if the same figure was told before."""

    lane: str
    offer: Offer
    version: int
    force: bool
    body: str

    @property
    def name(self) -> tuple[str, str, str]:
        """This very row: another one in its place has another name."""
        return self.lane, self.offer.key, self.body


def enqueue(shop: str, rows: Iterable[tuple[Offer, int, bool]], version: int) -> Operation[None]:
    """Let (offer, quantity, force) wait; `version` is the ledger's. A newer row of a listing replaces its older one."""
    lanes: dict[str, dict[str, str]] = {ZERO: {}, REST: {}}
    for offer, quantity, force in rows:
        lanes[REST if quantity else ZERO][offer.key] = _body(offer, force, version)
    for lane, waiting in lanes.items():
        if waiting:
            yield from ask("outbox", "put_outbox", f"{lane}:{shop}", waiting, version)


def enqueue_again(shop: str, offers: Iterable[Offer], fence: int) -> Operation[None]:
    """Let listings be told again whose last figure may have crossed with another one; `fence` makes the rows new."""
    rows = {offer.key: _body(offer, True, fence) for offer in offers}
    if rows:
        yield from ask("outbox", "put_outbox", f"{AGAIN}:{shop}", rows)


def next_waiting(
    shop: str, lanes: Sequence[str], tried: Collection[tuple[str, str, str]]
) -> Operation[list[Waiting]]:  # fmt: skip
    """The rows to tell next: those of the first lane that has any which this run has not tried."""
    for lane in lanes:
        passed = sum(1 for name in tried if name[0] == lane)
        found = yield from ask("outbox", "take_outbox", f"{lane}:{shop}", TAKE + passed)
        rows = (_waiting(lane, body, version) for _, body, version in found)
        if fresh := list(islice((row for row in rows if row.name not in tried), TAKE)):
            return fresh
    return []


def done(shop: str, rows: Sequence[Waiting]) -> Operation[None]:
    """Forget rows; one that was replaced since it was taken stays."""
    for lane in dict.fromkeys(row.lane for row in rows):
        keys = [(row.offer.key, row.version) for row in rows if row.lane == lane]
        yield from ask("outbox", "done_outbox", f"{lane}:{shop}", keys)


def _body(offer: Offer, force: bool, mark: int) -> str:
    return json.dumps([offer.listing_id, offer.platform_sku_id, offer.sku, force, mark], ensure_ascii=False)


def _waiting(lane: str, body: str, version: int) -> Waiting:
    listing_id, platform_sku_id, sku, force, _ = json.loads(body)
    return Waiting(lane, Offer(listing_id, platform_sku_id, sku), version, force, body)
