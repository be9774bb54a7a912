"""A rehearsed pull tells what the pull then does: nobody else moved its cursor, whatever it would store."""

from __future__ import annotations

from datetime import timedelta

from orderhub import Hub
from orderhub.collect.report import SyncReport
from orderhub.sandbox import World


def test_a_pull_is_foretold_with_and_without_new_orders() -> None:
    world = World(
        seed=3, platforms=["shopify"], carriers=[], shops_per_platform=1, orders=6, limits=False, awkward=True
    )
    with Hub(shops=world.shops(), transport=world.transport(), clock=world.clock, backfill=timedelta(days=3)) as hub:
        for _ in range(2):  # nothing stored yet; new orders among old ones
            told = hub.sync(dry_run=True)
            done = hub.sync()
            assert [one.error for one in told] == [None] * len(told)
            assert [_stored(one) for one in told] == [_stored(one) for one in done]
            world.advance(300)
            world.control("POST", "/_sandbox/shopify/orders", {}, {"count": 2})
        assert sum(one.counts["inserted"] for one in done) > 0


def _stored(report: SyncReport) -> tuple[object, ...]:
    """What it stored. Second looks may be more in a rehearsal: what was put aside is fetched again."""
    words = ("inserted", "updated", "quarantined", "released")
    return report.shop_key, report.resource, [report.counts[word] for word in words]
