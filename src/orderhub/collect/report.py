"""What one run did. Imports `models`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.errors import OrderHubError
from orderhub.models import Finding

__all__ = ["SyncReport"]


@dataclass
class SyncReport:
    """Counts of one run over one shop and resource.

    Attributes:
        counts: inserted, updated, unchanged, stale, quarantined, released (from quarantine), pages, known (listed,
            already stored), deferred (details that the run's budget left for the next one).
        watermark: Everything up to here is stored, aware UTC.
        progress: Share of the asked span that is done, from 0 to 1; None where the run has no span of its own.
        error: Why the run stopped early, if it did; what was stored stays stored.
    """

    shop_key: str
    resource: str = "orders"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    watermark: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    error: OrderHubError | None = None
    progress: float | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong; a budget that ran out is not wrong, see `is_complete`."""
        return self.error is None

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for is stored now."""
        return self.error is None and not self.counts["deferred"] and self.progress in (None, 1.0)

    @property
    def lag_s(self) -> float | None:
        """Seconds between the watermark and the end of the run."""
        if self.finished_at is None or self.watermark is None:
            return None
        return (self.finished_at - self.watermark).total_seconds()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "shop": self.shop_key,
            "resource": self.resource,
            "watermark": self.watermark.isoformat() if self.watermark else None,
            "lag_s": self.lag_s,
            "progress": self.progress,
            "counts": dict(self.counts),
            "findings": Counter(finding.code for finding in self.findings),
            "error": str(self.error) if self.error else None,
        }
