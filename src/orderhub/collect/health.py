"""How a shop is doing: lag, counts, quarantine, last runs, in one value. Imports `ports`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.collect.feed import ORDERS, REFUNDS, named
from orderhub.collect.sync import watermark_of
from orderhub.flow.steps import Operation, ask, now
from orderhub.ports import OrderQuery, Run

__all__ = ["ShopHealth", "shop_health"]

LATE = timedelta(minutes=45)
"""Three missed runs of a quarter of an hour."""
EXPIRES_SOON = timedelta(days=3)
RUNS = 50


@dataclass
class ShopHealth:
    """One shop at one instant; instants aware UTC.

    Attributes:
        state: `ok`, `late` (the watermark lags), `failing` (the last run ended in an error) or `never` (no run yet).
        watermark, refunds_watermark: Everything up to here is stored.
        lag_s: Seconds between watermark and now.
        orders: How many are stored.
        quarantined: reason -> how many documents wait.
        last_run_at, last_ok_at, last_error: From the run log.
        failures: Runs in error since the last good one.
        credentials_expire_at: When the access token lapses, where the platform says so.
    """

    shop_key: str
    at: datetime
    watermark: datetime | None = None
    refunds_watermark: datetime | None = None
    orders: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    last_run_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    credentials_expire_at: datetime | None = None

    @property
    def lag_s(self) -> float | None:
        """Seconds between watermark and now; None before the first run."""
        return None if self.watermark is None else (self.at - self.watermark).total_seconds()

    @property
    def state(self) -> str:
        """One word for a traffic light."""
        if self.failures:
            return "failing"
        if self.watermark is None:
            return "never"
        return "late" if self.at - self.watermark > LATE else "ok"

    @property
    def needs_seller(self) -> bool:
        """Whether the access token lapses within three days."""
        return self.credentials_expire_at is not None and self.credentials_expire_at - self.at < EXPIRES_SOON

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        instants = ("at", "watermark", "refunds_watermark", "last_run_at", "last_ok_at", "credentials_expire_at")
        told = {name: found.isoformat() if (found := getattr(self, name)) else None for name in instants}
        return {
            "shop": self.shop_key, "state": self.state, "lag_s": self.lag_s, "orders": self.orders,
            "quarantined": dict(self.quarantined), "failures": self.failures, "last_error": self.last_error,
            "needs_seller": self.needs_seller, **told,
        }  # fmt: skip


def shop_health(shop_key: str, credentials_expire_at: datetime | None = None) -> Operation[ShopHealth]:
    """Read from cursors, store, quarantine and run log; no call to the platform."""
    platform, shop_id = named(shop_key)
    found = ShopHealth(shop_key, (yield from now()), credentials_expire_at=credentials_expire_at)
    found.watermark = watermark_of((yield from ask("orders", "get_cursor", f"{shop_key}:{ORDERS.resource}")))
    found.refunds_watermark = watermark_of((yield from ask("orders", "get_cursor", f"{shop_key}:{REFUNDS.resource}")))
    found.orders = yield from ask("orders", "count_orders", OrderQuery(platform=platform, shop_id=shop_id))
    kept = yield from ask("quarantine", "quarantined", platform=platform, shop_id=shop_id)
    found.quarantined = Counter(item.reason for item in kept)
    _runs(found, (yield from ask("runs", "runs", shop_key=shop_key, limit=RUNS)))
    return found


def _runs(found: ShopHealth, runs: list[Run]) -> None:
    """The log, newest first; only pulls of orders and cases speak for the shop."""
    pulls = [run for run in runs if run.kind in (f"sync_{ORDERS.resource}", f"sync_{REFUNDS.resource}")]
    if pulls:
        found.last_run_at = pulls[0].finished_at or pulls[0].started_at
    good = next((run for run in pulls if run.error is None), None)
    found.last_ok_at = (good.finished_at or good.started_at) if good else None
    bad = [run for run in pulls if run.error is not None and (good is None or run.started_at > good.started_at)]
    found.failures, found.last_error = len(bad), bad[0].error if bad else None
