"""What every figure is asked with: tables, zones, rates, period, the instant it speaks for. Imports siblings, ibis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from orderhub.analytics.expressions.tables import AMOUNT, INSTANT, Tables
from orderhub.errors import ConfigurationError

__all__ = ["BEIJING", "Period", "Scope"]

Period: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
BEIJING: Final = timezone(timedelta(hours=8))
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)
_UNITS: Final = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_RATE: Final = "decimal(20, 10)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One question.

    Attributes:
        at: The instant it speaks for, aware: overdue parcels and how long ago a customer bought are judged by it.
        zone, zones: By which zone days are cut; `zones` maps `platform:shop_id` to a shop's own.
        period: How long one step of time is; weeks begin on Monday.
        top: How many rows a ranking has in each currency.
        window: How many periods a moving average has.
        span_days: How many days before `at` stock is judged by.
        slow_cover_days: Goods that last longer than this are slow.
        division_digits: 2 for provinces, 4 for cities, 6 for districts.
        into, rates: Amounts of `currency` become amounts of `into` at `rates[currency]`; a currency without a rate
            keeps rows of its own.
    Raises:
        ConfigurationError: A value cannot be used.
    """

    tables: Tables
    at: datetime
    zone: tzinfo = BEIJING
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    period: Period = "day"
    top: int = 10
    window: int = 7
    span_days: int = 30
    slow_cover_days: int = 180
    division_digits: int = 2
    into: str | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, fault in _faults(self):
            raise ConfigurationError(f"{name} {fault}", field=name)

    def local(self, instant: Any, shop: Any) -> Any:
        """`instant` as the wall of the shop tells it; `shop` is a column of `platform:shop_id`."""
        import ibis

        own = [(shop == key, _local(instant, zone)) for key, zone in sorted(self.zones.items(), key=lambda one: one[0])]
        return ibis.cases(*own, else_=_local(instant, self.zone)) if own else _local(instant, self.zone)

    def wall(self, instant: Any) -> Any:
        """`instant` as the wall tells it in `zone`, for what belongs to no shop."""
        return _local(instant, self.zone)

    def cut(self, local: Any) -> Any:
        """The first day of the period."""
        return local.date() if self.period == "day" else local.truncate(_UNITS[self.period]).date()

    def steps(self, first_day: Any) -> Any:
        """The period's number: the next one's is greater by one."""
        year = first_day.year()
        return {
            "day": lambda: _days(first_day),
            "week": lambda: ((_days(first_day) - 4) / 7).floor().cast("int64"),
            "month": lambda: year * 12 + first_day.month(),
            "quarter": lambda: year * 4 + first_day.quarter(),
            "year": lambda: year,
        }[self.period]().cast("int64")  # fmt: skip

    def today(self) -> Any:
        """The day of `at` in `zone`."""
        import ibis

        return ibis.literal(self.at.astimezone(self.zone).date())

    def instant(self) -> Any:
        """`at` as the tables write instants."""
        import ibis

        return ibis.literal(self.at.astimezone(UTC).replace(tzinfo=None), type=INSTANT)

    def currency(self, column: Any) -> Any:
        """The currency that a row is told in."""
        import ibis

        known = [name for name in sorted(self.rates) if self.into]
        return (
            ibis.cases(*((column == name, ibis.literal(self.into)) for name in known), else_=column)
            if known
            else column
        )

    def amount(self, column: Any, currency: Any) -> Any:
        """`column` in `self.currency(currency)`, exact to ten places."""
        import ibis

        pairs = [
            (currency == name, (column * ibis.literal(rate, type=_RATE)).cast(AMOUNT))
            for name, rate in sorted(self.rates.items()) if self.into
        ]  # fmt: skip
        return ibis.cases(*pairs, else_=column) if pairs else column


def _faults(scope: Scope) -> Any:
    if scope.at.tzinfo is None:
        yield "at", "must be aware: give the instant with its zone, e.g. datetime.now(UTC)"
    if scope.period not in get_args(Period):
        yield "period", f"must be one of {', '.join(get_args(Period))}"
    for name in ("top", "window", "span_days", "slow_cover_days"):
        if getattr(scope, name) < 1:
            yield name, "must be at least 1"
    if scope.division_digits not in {2, 4, 6}:
        yield "division_digits", "must be 2, 4 or 6"
    if bool(scope.rates) != bool(scope.into):
        yield "into", "and rates belong together: a rate says how much of `into` one unit is worth"
    for name, rate in scope.rates.items():
        if not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0 or rate >= 10**10:
            yield "rates", f"[{name}] must be a positive Decimal"
        elif rate != round(rate, 10):
            yield "rates", f"[{name}] has more than ten decimal places"
        elif name == scope.into and rate != 1:
            yield "rates", f"[{name}] is the currency of `into`, so that its rate is 1"


def _days(day: Any) -> Any:
    return day.epoch_days()


def _local(instant: Any, zone: tzinfo) -> Any:
    """The instant moved by the zone's offset of its time; a zone with summer time has one branch for each change."""
    import ibis

    changes = _offsets(zone)
    moved = [instant + ibis.interval(seconds=offset) for _, offset in changes]
    branches = [
        (instant < ibis.literal(until.replace(tzinfo=None), type=INSTANT), local)
        for (until, _), local in zip(changes[1:], moved, strict=False)
    ]
    return ibis.cases(*branches, else_=moved[-1]) if branches else moved[0]


def _offsets(zone: tzinfo) -> list[tuple[datetime, int]]:
    """(from when, seconds east) of every change between 1990 and 2050; before and after the nearest holds."""
    found, before = [(_FIRST, _offset(_FIRST, zone))], _FIRST
    while before < _LAST:
        after = before + timedelta(days=7)
        if _offset(after, zone) != found[-1][1]:
            found.append((_change(before, after, zone), _offset(after, zone)))
        before = after
    return found


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    old = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return after


def _offset(instant: datetime, zone: tzinfo) -> int:
    gap = instant.astimezone(zone).utcoffset()
    return int(gap.total_seconds()) if gap is not None else 0
