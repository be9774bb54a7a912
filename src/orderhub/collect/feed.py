"""What can be pulled: orders and after-sale cases, a row of facts each; the plan of a run. Imports `kit`, `ports`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orderhub.collect.quota import DetailBudget
from orderhub.collect.report import SyncReport
from orderhub.flow.steps import Operation, ask
from orderhub.kit.operations import settled
from orderhub.models import Finding, Limits, Order, OrderRef, Page, Window

__all__ = ["ORDERS", "REFUNDS", "Feed", "Known", "SyncPlan", "known_to", "named", "settled_before"]

SAME_SECOND = timedelta(seconds=1)

Known = Callable[[Sequence[OrderRef]], Operation[frozenset[str]]]


def named(shop_key: str) -> tuple[str, str]:
    """Platform and shop id of `platform:shop_id`."""
    platform, _, shop_id = shop_key.partition(":")
    return platform, shop_id


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """How to pull one shop.

    Attributes:
        backfill: How far back the first run goes.
        on_page: Called after each stored page with the report so far, for progress bars.
        details_max: Most single orders that one run fetches where lists only name them; None leaves it to the rate.
        replay_max: Most quarantined documents that one run reads again.
        skew_max: How far the host's clock may be from the platform's without an order being missed.
        admit: Says why an order may not enter yet (it is quarantined whole, and asked about again), None if it may.
        decode: Kept bytes to a page, without any call: tells whether a quarantined document has become readable.
    """

    shop_key: str
    backfill: timedelta = timedelta(days=90)
    on_page: Callable[[SyncReport], None] | None = None
    details_max: int | None = None
    replay_max: int = 20
    skew_max: timedelta = timedelta(minutes=5)
    admit: Callable[[Order], Finding | None] | None = None
    decode: Callable[[bytes], Page[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One resource of a shop.

    Attributes:
        resource: Its name in cursors, reports and the run log.
        verb: The list operation, whose limits cut the windows.
        put: The store's verb.
        read: One complete page: (channel, window, position, known) -> page.
        mark: What stands before the id in keys of the quarantine.
    """

    resource: str
    verb: str
    put: str
    read: Callable[[Any, Window, Any, Known], Operation[Page[Any]]]
    mark: str = ""

    def key(self, shop_key: str, name: str) -> str:
        """The quarantine's key of one document."""
        return f"{shop_key}:{self.mark}{name}"


def _read_orders(channel: Any, window: Window, position: Any, known: Known) -> Operation[Page[Any]]:
    return (yield from channel.read_page(window, position, known))  # type: ignore[no-any-return]


def _read_refunds(channel: Any, window: Window, position: Any, known: Known) -> Operation[Page[Any]]:
    return (yield from channel.list_refunds(window, position))  # type: ignore[no-any-return]


ORDERS = Feed("orders", "list_orders", "put_orders", _read_orders)
REFUNDS = Feed("refunds", "list_refunds", "put_refunds", _read_refunds, "refund:")


def settled_before(read_at: datetime, plan: SyncPlan, limits: Limits) -> datetime:
    """Versions older than this were certainly whole when they were read at `read_at`, by our clock.

    Times have whole seconds, an order may change twice in one, and the second change may show late.
    """
    return read_at - plan.skew_max - limits.settle_delay - SAME_SECOND


def known_to(
    shop_key: str, recheck_from: datetime | None, budget: DetailBudget, seen: Collection[str] = (),
    seen_before: datetime | None = None,
) -> Known:  # fmt: skip
    """Which references of a page need no call: one question to the store for all of them.

    A stored version counts when it is older than `recheck_from`; one of the orders in `seen`, which this run has
    fetched already, when it is older than `seen_before`.
    """
    platform, shop_id = named(shop_key)

    def known(refs: Sequence[OrderRef]) -> Operation[frozenset[str]]:
        if not refs:
            return frozenset()
        stored = yield from ask("orders", "known_versions", platform, shop_id, list(refs))
        fresh = {ref.order_id for ref in settled(refs, recheck_from)}
        if seen_before is not None:
            fresh |= {ref.order_id for ref in settled(refs, seen_before) if ref.order_id in seen}
        return budget.skip(refs, fresh & stored, stored)

    return known
