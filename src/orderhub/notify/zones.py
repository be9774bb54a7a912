"""When a receiver sleeps: zones by country, and the end of the quiet hours. Pure. Imports nothing of the library.

A country with several zones stands with its outermost ones: it is quiet there as long as it is quiet in one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

__all__ = ["ZONES", "allowed_from", "local_day"]

ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "CN": ("Asia/Shanghai",), "HK": ("Asia/Hong_Kong",), "MO": ("Asia/Macau",), "TW": ("Asia/Taipei",),
    "JP": ("Asia/Tokyo",), "KR": ("Asia/Seoul",), "SG": ("Asia/Singapore",), "MY": ("Asia/Kuala_Lumpur",),
    "TH": ("Asia/Bangkok",), "VN": ("Asia/Ho_Chi_Minh",), "PH": ("Asia/Manila",), "IN": ("Asia/Kolkata",),
    "AE": ("Asia/Dubai",), "SA": ("Asia/Riyadh",), "TR": ("Europe/Istanbul",), "GB": ("Europe/London",),
    "IE": ("Europe/Dublin",), "DE": ("Europe/Berlin",), "FR": ("Europe/Paris",), "IT": ("Europe/Rome",),
    "NL": ("Europe/Amsterdam",), "BE": ("Europe/Brussels",), "SE": ("Europe/Stockholm",), "PL": ("Europe/Warsaw",),
    "ES": ("Europe/Madrid", "Atlantic/Canary"), "EG": ("Africa/Cairo",), "ZA": ("Africa/Johannesburg",),
    "ID": ("Asia/Jakarta", "Asia/Jayapura"), "AU": ("Australia/Perth", "Australia/Sydney"),
    "BR": ("America/Sao_Paulo", "America/Rio_Branco"), "MX": ("America/Cancun", "America/Tijuana"),
    "CA": ("America/St_Johns", "America/Vancouver"), "US": ("America/New_York", "Pacific/Honolulu"),
})  # fmt: skip
"""Country code to zones of the IANA data base; hosts add to it by the setting `zones`."""

Quiet = tuple[time, time]


def allowed_from(at: datetime, quiet: Quiet | None, zones: Sequence[str]) -> datetime:
    """`at` itself when nobody sleeps then, else the instant at which all are up; UTC.

    Where the quiet hours of two zones leave no hour of the day free, those of the first zone alone count.
    """
    if quiet is None or quiet[0] == quiet[1]:
        return at
    found = at
    for _ in range(2 * len(zones) + 1):
        later = max(_after_quiet(found, quiet, ZoneInfo(zone)) for zone in zones)
        if later == found:
            return found
        found = later
    return _after_quiet(at, quiet, ZoneInfo(zones[0]))


def local_day(at: datetime, zones: Sequence[str]) -> str:
    """The receiver's date, as `YYYY-MM-DD`."""
    return at.astimezone(ZoneInfo(zones[0])).date().isoformat()


def _after_quiet(at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    begin, end = quiet
    local = at.astimezone(zone)
    clock = local.time()
    over_midnight = begin > end
    asleep = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not asleep:
        return at
    day = local.date() + timedelta(days=1) if over_midnight and clock >= begin else local.date()
    return max(at, datetime.combine(day, end, zone).astimezone(UTC))
