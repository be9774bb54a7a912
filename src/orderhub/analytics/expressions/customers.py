"""How customers buy: recency, frequency and money, repurchase, cohorts, baskets. Imports siblings, ibis.

A customer is a keyed hash; orders without one take no part. Only orders that count as sales do.
"""

from __future__ import annotations

from typing import Any, Final

from orderhub.analytics.expressions.facts import facts, sold_lines
from orderhub.analytics.expressions.sales import share
from orderhub.analytics.expressions.scope import Scope

__all__ = ["SEGMENTS", "baskets", "cohorts", "repurchase", "rfm", "segments"]

SEGMENTS: Final = (
    ("champions", 4, 5, 4, 5), ("new", 4, 5, 1, 1), ("promising", 4, 5, 2, 3), ("loyal", 3, 3, 3, 5),
    ("at_risk", 1, 2, 3, 5), ("fading", 3, 3, 1, 2), ("lost", 1, 2, 1, 2),
)  # fmt: skip
"""(name, lowest and highest recency score, lowest and highest frequency score); together they cover every score."""


def _bought(scope: Scope) -> Any:
    orders = facts(scope)
    return orders.filter(orders.counted & orders.customer.notnull() & orders.day.notnull())


def rfm(scope: Scope) -> Any:
    """A row per customer and currency; equal values have equal scores, 5 is best."""
    import ibis

    bought = _bought(scope)
    found = bought.group_by("currency", "customer").agg(
        last_day=bought.day.max(), frequency=bought.count(), money=bought.total.sum()
    )
    found = found.mutate(recency_days=scope.today().epoch_days() - found.last_day.epoch_days())
    scored = found.mutate(
        r=_score(found, found.last_day), f=_score(found, found.frequency),
        m=ibis.ifelse(found.money.isnull(), ibis.null(), _score(found, found.money.fill_null(0))),
    )  # fmt: skip
    rules = ((scored.r.between(a, b) & scored.f.between(c, d), name) for name, a, b, c, d in SEGMENTS)
    return scored.mutate(segment=ibis.cases(*rules))


def _score(table: Any, column: Any) -> Any:
    """Which fifth of its currency's customers a value stands in, from one to five."""
    import ibis

    below = column.rank().over(ibis.window(group_by=table.currency, order_by=column))
    everyone = table.count().over(ibis.window(group_by=table.currency))
    return ((below * 5) / everyone).floor().cast("int64") + 1


def segments(scope: Scope) -> Any:
    """How many customers each segment has, and what they brought."""
    found = rfm(scope)
    return found.group_by("currency", "segment").agg(
        customers=found.count(), frequency=found.frequency.sum(), money=found.money.sum()
    )


def repurchase(scope: Scope) -> Any:
    """Of the customers of a currency how many bought more than once."""
    bought = _bought(scope)
    each = bought.group_by("currency", "customer").agg(times=bought.count())
    found = each.group_by("currency").agg(
        customers=each.count(), repeat_customers=(each.times > 1).cast("int32").sum(), frequency=each.times.sum()
    )
    return found.mutate(repeat_rate=share(found.repeat_customers, found.customers))


def cohorts(scope: Scope) -> Any:
    """Customers by the period of their first purchase, and how many bought again so many periods later."""
    bought = _bought(scope)
    first = bought.group_by(first_in="currency", who="customer").agg(cohort=bought.period.min())
    joined = bought.inner_join(first, (bought.currency == first.first_in) & (bought.customer == first.who))
    joined = joined.mutate(periods_later=scope.steps(joined.period) - scope.steps(joined.cohort))
    found = joined.group_by("currency", "cohort", "periods_later").agg(
        customers=joined.customer.nunique(), frequency=joined.count(), money=joined.total.sum()
    )
    start = found.filter(found.periods_later == 0).select(start_in="currency", start_at="cohort", size="customers")
    told = found.inner_join(start, (found.currency == start.start_in) & (found.cohort == start.start_at))
    return told.mutate(retention=share(told.customers, told.size))


def baskets(scope: Scope) -> Any:
    """Pairs of SKUs bought together, the most frequent first: how often, and how much oftener than by chance."""
    import ibis

    lines = sold_lines(scope)
    held = lines.filter(lines.sku.notnull()).select("order_key", "sku").distinct()
    each = held.group_by("sku").agg(n=held.count())
    every = held.agg(everything=held.order_key.nunique())
    other = held.select(other_order="order_key", other_sku="sku")
    pairs = held.inner_join(other, (held.order_key == other.other_order) & (held.sku < other.other_sku))
    found = pairs.group_by("sku", "other_sku").agg(together=pairs.count())
    left, right = each.select(left_sku="sku", left_orders="n"), each.select(right_sku="sku", right_orders="n")
    found = found.inner_join(left, found.sku == left.left_sku)
    found = found.inner_join(right, found.other_sku == right.right_sku).cross_join(every)
    found = found.mutate(
        support=share(found.together, found.everything), confidence=share(found.together, found.left_orders),
        lift=share(found.together * found.everything, found.left_orders * found.right_orders),
    )  # fmt: skip
    order = [ibis.desc(found.together), found.sku, found.other_sku]
    placed = found.mutate(place=ibis.row_number().over(order_by=order) + 1)
    return placed.filter(placed.place <= scope.top)
