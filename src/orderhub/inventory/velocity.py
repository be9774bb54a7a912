"""How fast goods sell, how long they last, what to buy again, what does not move. Pure. Imports `models`, `errors`.

Sales are committed reservations. Time without anything to sell does not count: it says nothing about demand.
Figures are `Decimal`; days are spans of 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.models.stock import Movement

__all__ = ["Outlook", "ReorderRule", "outlook", "reorder_rule_for"]

SOLD = "committed"
ARRIVED = frozenset({"received", "transfer_received"})
_DAY = Decimal(86_400)
_TENTH, _THOUSANDTH = Decimal("0.1"), Decimal("0.001")


@dataclass(frozen=True, slots=True)
class ReorderRule:
    """When and how much to buy again.

    Attributes:
        sku: Our SKU, or `*`.
        lead_days: From the order to the shelf.
        cover_days: How long the goods should last once they are there.
        safety_days: Days of sales that should still be there when they arrive.
        pack: Units come in multiples of this.
        minimum: The smallest order in units.
        idle_days: Goods that did not sell for so many days are slow.
        slow_cover_days: Goods that would last longer than this are slow.
    Raises:
        ConfigurationError: A figure is no whole number, or out of range.
    """

    sku: str = "*"
    lead_days: int = 7
    cover_days: int = 30
    safety_days: int = 3
    pack: int = 1
    minimum: int = 1
    idle_days: int = 60
    slow_cover_days: int = 180

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)[1:]):
            value, least = getattr(self, name), 1 if name in ("pack", "minimum") else 0
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ConfigurationError(f"reorder: {name} must be a whole number of at least {least}", field="reorder")

    @classmethod
    def of(cls, row: ReorderRule | Mapping[str, Any]) -> ReorderRule:
        """From one row of a configuration."""
        if isinstance(row, ReorderRule):
            return row
        known = [each.name for each in fields(cls)]
        if strange := sorted(set(row) - set(known)):
            raise ConfigurationError(
                f"reorder: unknown {', '.join(strange)}; known: {', '.join(known)}", field="reorder"
            )
        return cls(**row)


_PLAIN = ReorderRule()


def reorder_rule_for(rules: Iterable[ReorderRule], sku: str) -> ReorderRule:
    """The rule that names the SKU, else the one for all, else the plain one."""
    by_sku = {rule.sku: rule for rule in rules}
    return by_sku.get(sku) or by_sku.get("*") or _PLAIN


@dataclass(frozen=True, slots=True)
class Outlook:
    """One SKU over all the warehouses whose movements were given.

    Attributes:
        available: Units on hand and not reserved.
        inbound: Units that are on their way, as the caller says.
        sold: Units sold in the span looked at.
        sellable_days: Days of that span on which there was something to sell.
        per_day: Units sold a day while there was something to sell; None without such a day.
        days_of_cover: How long what is available lasts at that speed, to a tenth of a day; None when nothing sells.
        reorder: Units to buy now; 0 when there is enough.
        last_sold_at, last_received_at: UTC, over all movements.
        idle_days: Whole days since the last sale, or since the first movement where nothing was ever sold.
        is_slow: There is stock, and it has not sold for long or would last for too long.
    """

    sku: str
    available: int
    inbound: int
    sold: int
    sellable_days: Decimal
    per_day: Decimal | None
    days_of_cover: Decimal | None
    reorder: int
    last_sold_at: datetime | None
    last_received_at: datetime | None
    idle_days: int | None
    is_slow: bool


def outlook(
    sku: str, movements: Sequence[Movement], now: datetime, *, days: int = 28, rule: ReorderRule | None = None,
    inbound: int = 0,
) -> Outlook:  # fmt: skip
    """What the movements of one SKU say.

    Args:
        movements: Of every warehouse that counts, any order.
        now: Aware; the span looked at ends here.
        days: Length of the span.
        rule: When to buy again and what is slow.
        inbound: Units ordered and not received yet.
    """
    chosen, rows = rule or _PLAIN, sorted(movements, key=lambda row: row.seq)
    start = now - timedelta(days=days)
    available = sum(row.on_hand_delta - row.reserved_delta for row in rows)
    sales = [row for row in rows if row.kind == SOLD and row.on_hand_delta < 0]
    sold = -sum(row.on_hand_delta for row in sales if start < row.at <= now)
    open_days = _seconds(_sellable(rows, start, now)) / _DAY
    speed = Decimal(sold) / open_days if open_days else None
    cover = Decimal(max(0, available)) / speed if speed else None
    last = max((row.at for row in sales), default=None)
    idle = _whole_days(rows, last, now)
    return Outlook(
        sku, available, inbound, sold, open_days.quantize(_TENTH),
        speed if speed is None else speed.quantize(_THOUSANDTH), cover if cover is None else cover.quantize(_TENTH),
        _reorder(chosen, speed, available + inbound), last,
        max((row.at for row in rows if row.kind in ARRIVED), default=None), idle,
        is_slow=available > 0 and _is_slow(chosen, idle, cover),
    )  # fmt: skip


def _sellable(rows: Sequence[Movement], start: datetime, now: datetime) -> timedelta:
    """How much of the span from `start` to `now` there were units to sell."""
    total, units, since = timedelta(0), 0, start
    for row in rows:
        at = min(max(row.at, start), now)
        if units > 0:
            total += at - since
        units, since = units + row.on_hand_delta - row.reserved_delta, at
    return total + (now - since if units > 0 else timedelta(0))


def _seconds(span: timedelta) -> Decimal:
    """Exact: a float of seconds would not be."""
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def _whole_days(rows: Sequence[Movement], last: datetime | None, now: datetime) -> int | None:
    since = last or min((row.at for row in rows), default=None)
    return None if since is None else max(0, (now - since).days)


def _reorder(rule: ReorderRule, speed: Decimal | None, coming: int) -> int:
    """Units to buy; None sold means none needed."""
    if not speed or coming > speed * (rule.lead_days + rule.safety_days):
        return 0
    wanted = speed * (rule.lead_days + rule.safety_days + rule.cover_days) - coming
    units = max(int(wanted.to_integral_value(ROUND_CEILING)), rule.minimum)
    return -(-units // rule.pack) * rule.pack


def _is_slow(rule: ReorderRule, idle: int | None, cover: Decimal | None) -> bool:
    return (idle is not None and idle >= rule.idle_days) or (cover is not None and cover > rule.slow_cover_days)
