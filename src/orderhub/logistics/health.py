"""Whether a carrier answers, from what came of the calls: down after failures in a row, asked last meanwhile. Pure.

Imports `errors`. A refusal is an answer; only silence, overload and refused credentials are failures. After its rest a
carrier is asked again, and the next failure sends it back at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orderhub.errors import AuthError, OrderHubError, OutcomeUnknown

__all__ = ["Health", "after", "is_failure", "read_health", "resting", "write_health"]


@dataclass(frozen=True, slots=True)
class Health:
    """Failures in a row, the latest one's name and instant, and until when the carrier goes last; UTC."""

    failures: int
    error: str
    at: datetime
    until: datetime | None = None


def is_failure(error: OrderHubError | None) -> bool:
    """Whether an outcome says that the carrier does not work, rather than what it thinks of a parcel."""
    return error is not None and (error.retryable or isinstance(error, OutcomeUnknown | AuthError))


def after(
    before: Health | None, error: OrderHubError | None, now: datetime, *, failures: int, rest_minutes: int
) -> Health | None:
    """What is known of a carrier after one more call; None once it answered."""
    if not is_failure(error):
        return None
    count = (before.failures if before else 0) + 1
    until = now + timedelta(minutes=rest_minutes) if failures and count >= failures else None
    return Health(count, type(error).__name__, now, until)


def resting(known: Mapping[str, Health], now: datetime) -> dict[str, str]:
    """Carrier -> why it goes last now."""
    return {
        carrier: f"it failed {health.failures} times in a row, last by {health.error}; asked again in "
        f"{-(-(health.until - now) // timedelta(minutes=1))} min"
        for carrier, health in sorted(known.items())
        if health.until is not None and health.until > now
    }


def write_health(known: Mapping[str, Health]) -> str:
    """As JSON."""
    rows = {
        carrier: [one.failures, one.error, one.at.isoformat(), one.until.isoformat() if one.until else None]
        for carrier, one in sorted(known.items())
    }
    return json.dumps(rows)


def read_health(text: str | None) -> dict[str, Health]:
    """What `write_health` wrote; nothing is known of carriers that it does not name."""
    rows = json.loads(text) if text else {}
    return {
        carrier: Health(count, error, datetime.fromisoformat(at), datetime.fromisoformat(until) if until else None)
        for carrier, (count, error, at, until) in rows.items()
    }
