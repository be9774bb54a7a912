"""How stock moves: turnover, days of cover, slow movers, from the ledger's movements. Imports siblings, ibis.

What an instant held is the sum of the movements up to it, so a past `at` is answered as of then. The pace is that of
units that left for buyers; units of order lines stand beside it where the code of the listing is that of the shelf.
"""

from __future__ import annotations

from typing import Any, Final

from orderhub.analytics.expressions.facts import facts
from orderhub.analytics.expressions.sales import share
from orderhub.analytics.expressions.scope import Scope

__all__ = ["days_of_cover", "slow_movers", "stock_turnover"]

_LEFT: Final = "committed"
_DAY_S: Final = 86_400


def _moved(scope: Scope, *keys: str) -> Any:
    """By `keys`: what is there, what left within the span, what was there on average, when units left last."""
    moves = scope.tables.movements
    moves = moves.filter(moves.at <= scope.instant())
    age = scope.instant().epoch_seconds() - moves.at.epoch_seconds()
    left = (moves.kind == _LEFT) & (moves.on_hand_delta < 0)
    long = _DAY_S * scope.span_days
    moves = moves.mutate(
        weighed=moves.on_hand_delta * age.clip(lower=0, upper=long), gone=left, recent=left & (age < long)
    )
    found = moves.group_by(*keys).agg(
        on_hand=moves.on_hand_delta.sum(), reserved=moves.reserved_delta.sum(),
        left_units=(-moves.on_hand_delta).sum(where=moves.recent).fill_null(0), weighed=moves.weighed.sum(),
        last_left=moves.at.max(where=moves.gone),
    )  # fmt: skip
    return found.mutate(available=found.on_hand - found.reserved, average_on_hand=share(found.weighed, _whole(long)))


def _whole(value: int) -> Any:
    import ibis

    return ibis.literal(value, type="int64")


def stock_turnover(scope: Scope) -> Any:
    """By SKU and warehouse: units that left within the span, and how often they turned over what was there."""
    found = _moved(scope, "sku", "warehouse")
    return found.mutate(turnover=share(found.left_units * _whole(_DAY_S * scope.span_days), found.weighed))


def days_of_cover(scope: Scope) -> Any:
    """By SKU over all warehouses: how long what is available lasts at the pace of the span; None where nothing left."""
    found = _moved(scope, "sku")
    sold = _ordered(scope)
    found = found.left_join(sold, found.sku == sold.ordered_sku)
    found = found.mutate(sold_units=found.sold_units.fill_null(0))
    return found.mutate(
        daily_units=share(found.left_units, _whole(scope.span_days)),
        cover_days=share(found.available * scope.span_days, found.left_units),
    )  # fmt: skip


def _ordered(scope: Scope) -> Any:
    """Units in lines of orders that count and were made within the span, by the code that the line names."""
    orders, lines = scope.tables.orders, scope.tables.lines
    counted = facts(scope)
    counted = counted.filter(counted.counted).select(counted_key="key")
    made = orders.inner_join(counted, orders.key == counted.counted_key)
    age = scope.instant().epoch_seconds() - made.created_at.epoch_seconds()
    made = made.filter((age >= 0) & (age < _DAY_S * scope.span_days)).select("key")
    joined = lines.inner_join(made, lines.order_key == made.key)
    joined = joined.filter(joined.sku.notnull())
    return joined.group_by(ordered_sku=joined.sku).agg(sold_units=joined.quantity.sum())


def slow_movers(scope: Scope) -> Any:
    """SKUs on hand of which none left within the span, or that would last too long; those that lie longest first."""
    import ibis

    found = days_of_cover(scope)
    slow = found.cover_days.isnull() | (found.cover_days > scope.slow_cover_days)
    found = found.filter((found.on_hand > 0) & slow)
    last = scope.wall(found.last_left).date()
    found = found.mutate(last_left_day=last, idle_days=scope.today().epoch_days() - last.epoch_days())
    never = ibis.ifelse(found.last_left.isnull(), 0, 1)
    order = [never, ibis.desc(found.idle_days.fill_null(0)), ibis.desc(found.on_hand), found.sku]
    placed = found.mutate(place=ibis.row_number().over(order_by=order) + 1)
    return placed.filter(placed.place <= scope.top)
