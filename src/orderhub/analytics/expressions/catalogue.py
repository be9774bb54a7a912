"""Every figure: how it is built, its columns and what it says. Imports siblings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from orderhub.analytics.expressions import customers, sales, stock
from orderhub.analytics.expressions.facts import shaped
from orderhub.analytics.expressions.scope import Scope
from orderhub.analytics.expressions.tables import AMOUNT, SHARE
from orderhub.errors import ConfigurationError

__all__ = ["FIGURES", "Figure", "figure"]

_MEASURES: Final = "orders counted units sales refunded net unpriced"
_AMOUNTS: Final = frozenset("sales refunded net goods money moving_average".split())
_SHARES: Final = frozenset(
    (
        "order_rate amount_rate on_time_rate mean_hours growth repeat_rate retention support confidence lift "
        "average_on_hand turnover daily_units cover_days"
    ).split()
)
_TEXTS: Final = frozenset("currency platform shop_id region sku other_sku carrier customer segment warehouse".split())
_DAYS: Final = frozenset("day period cohort last_day last_left_day".split())


class Figure(NamedTuple):
    """One figure; `columns` maps names to ibis types, the first `keys` of them name a row."""

    build: Callable[[Scope], Any]
    columns: Mapping[str, str]
    keys: int
    meaning: str


def _dtype(name: str) -> str:
    if name in _AMOUNTS:
        return AMOUNT
    if name in _SHARES:
        return SHARE
    return "string" if name in _TEXTS else "date" if name in _DAYS else "int64"


def _figure(build: Callable[[Scope], Any], keys: str, values: str, meaning: str) -> Figure:
    names = f"{keys} {values}".split()
    return Figure(build, MappingProxyType({name: _dtype(name) for name in names}), len(keys.split()), meaning)


FIGURES: Final[Mapping[str, Figure]] = MappingProxyType({
    "totals": _figure(sales.grouped(), "currency", _MEASURES, "All orders"),
    "by_period": _figure(
        sales.grouped("period"), "currency period", _MEASURES,
        "Orders by the period they were made in, cut in the shop's own zone; without an instant in one empty row",
    ),
    "by_region": _figure(
        sales.grouped("region"), "currency region", _MEASURES,
        "Orders by division code of the receiver, elsewhere by country; empty where neither is known",
    ),
    "by_channel": _figure(sales.grouped("platform"), "currency platform", _MEASURES, "Orders by platform"),
    "by_shop": _figure(
        sales.grouped("platform", "shop_id"), "currency platform shop_id", _MEASURES, "Orders by shop"
    ),
    "by_sku": _figure(
        sales.by_sku, "currency sku", "sku_orders sku_units goods unpriced_lines",
        "Lines of orders that count; goods is the sum of the lines' totals",
    ),
    "top_skus": _figure(
        sales.top_skus, "currency place", "sku sku_orders sku_units goods", "The SKUs that bring most in each currency"
    ),
    "refund_rate": _figure(
        sales.refund_rate, "currency platform shop_id",
        "counted refunded_orders told_orders order_rate sales refunded amount_rate",
        "Share of orders that gave money back, of those that say so; share of sales given back",
    ),
    "shipping": _figure(
        sales.shipping, "platform shop_id", "on_time late overdue due time_unknown on_time_rate",
        "Orders of ours with a deadline; the rate is on time of on time, late and overdue",
    ),
    "carriers": _figure(
        sales.carriers, "carrier", "parcels delivered mean_hours",
        "Parcels by carrier, and hours from sending to delivery where both are known",
    ),
    "trend": _figure(
        sales.trend, "currency period", "orders counted units sales moving_average growth",
        "Sales by period; the average is empty until a whole window passed, growth where the period before had none",
    ),
    "rfm": _figure(
        customers.rfm, "currency customer", "last_day recency_days frequency money r f m segment",
        "Customers by keyed hash: days since the last order, orders, money, scores from 1 to 5, segment",
    ),
    "segments": _figure(
        customers.segments, "currency segment", "customers frequency money", "Customers, orders and money by segment"
    ),
    "repurchase": _figure(
        customers.repurchase, "currency", "customers repeat_customers frequency repeat_rate",
        "Share of customers who bought more than once",
    ),
    "cohorts": _figure(
        customers.cohorts, "currency cohort periods_later", "customers frequency money retention",
        "Customers by period of their first order, and those who bought so many periods later",
    ),
    "baskets": _figure(
        customers.baskets, "place", "sku other_sku together support confidence lift",
        "Pairs of SKUs bought in one order; a lift over 1 is more than chance",
    ),
    "stock_turnover": _figure(
        stock.stock_turnover, "sku warehouse", "on_hand average_on_hand left_units turnover",
        "Units that left for buyers within `span_days`, and how often they turned over what was there on average",
    ),
    "days_of_cover": _figure(
        stock.days_of_cover, "sku", "on_hand available left_units sold_units daily_units cover_days",
        "How many days what is available lasts at the pace of `span_days`, empty where nothing left; `sold_units` are "
        "those of order lines with this code",
    ),
    "slow_movers": _figure(
        stock.slow_movers, "place", "sku on_hand available left_units cover_days last_left_day idle_days",
        "SKUs on hand of which none left within `span_days`, or that last longer than `slow_cover_days`; first those "
        "that never moved, then those that lie longest",
    ),
})  # fmt: skip
"""Every figure by name. Sums are exact to ten places; averages, rates and hours are rounded to six."""


def figure(name: str, scope: Scope) -> Any:
    """The ibis expression of one figure, with its rows in the order of its keys.

    Raises:
        ConfigurationError: There is no such figure.
    """
    if name not in FIGURES:
        raise ConfigurationError(f"there is no figure {name!r}: {', '.join(FIGURES)}", field="name")
    found = FIGURES[name]
    keys = list(found.columns)[: found.keys]
    return shaped(found.build(scope), dict(found.columns)).order_by(keys)
