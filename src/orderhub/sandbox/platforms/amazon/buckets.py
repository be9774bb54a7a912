"""Token buckets, one for each application, seller and operation. Source: docs/platforms/amazon.md §10.1, §12. Pure."""

from __future__ import annotations

from datetime import datetime

from orderhub.sandbox.platforms.amazon.spec import Operation

__all__ = ["LIFTED", "SANDBOX", "Buckets", "limits"]

SANDBOX = (5.0, 15)
LIFTED = "1000.0"
"""What the rate header says when limits are lifted, so that clients which adopt it need not wait either."""


class Buckets:
    """Every bucket starts full and fills at its rate; all of one application."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], tuple[float, datetime]] = {}

    def take(self, seller: str, operation: Operation, profile: str, now: datetime, kind: str = "") -> bool:
        """Take one token if there is one. `kind` names a bucket of its own within the operation."""
        rate, burst = limits(operation, profile)
        if rate is None:
            return True
        key = (seller, operation.key + kind)
        left, since = self._left.get(key, (float(burst), now))
        left = min(float(burst), left + rate * max(0.0, (now - since).total_seconds()))
        taken = left >= 1.0 - 1e-9
        self._left[key] = (left - 1.0 if taken else left, now)
        return taken


def limits(operation: Operation, profile: str) -> tuple[float | None, int]:
    """(calls a second, burst) of an operation."""
    return SANDBOX if profile == "sandbox" else (operation.rate, operation.burst)
