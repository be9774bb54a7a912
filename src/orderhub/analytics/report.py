"""Turns canonical orders, stock and refunds into a `Report`. Pure, but for `write_html`. Imports `models`, siblings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Context, Decimal, localcontext
from types import MappingProxyType
from typing import Any, TypeVar

from orderhub.analytics.facts import (
    STANDINGS,
    ZERO,
    Fact,
    facts_of,
    known_sum,
    newest,
    punctuality,
    standing,
    unknowns,
)
from orderhub.analytics.figures import COLUMNS, MEASURES, Cell, Column, Report, Table, table
from orderhub.analytics.insights import Figures, insights
from orderhub.analytics.page import render_html, write_html
from orderhub.analytics.words import DEFINITIONS
from orderhub.inventory.compartments import storage
from orderhub.models.logistics import Quote
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund
from orderhub.models.status import OrderStatus
from orderhub.models.stock import Level

__all__ = ["DEFINITIONS", "Column", "Report", "Table", "build_report", "render_html", "write_html"]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Row = tuple[Cell, ...]

BEIJING = timezone(timedelta(hours=8))
_EXACT = Context(prec=100)
_CLOSED = frozenset({OrderStatus.CANCELLED, OrderStatus.COMPLETED})
_LIFE = {status.value: place for place, status in enumerate(OrderStatus)}
_PUNCTUAL = ("on_time", "late", "overdue", "due", "time_unknown")
_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "by_day": ("day",), "by_platform": ("platform",), "by_shop": ("platform", "shop_id"),
    "by_province": ("province",), "by_status": ("status",),
})  # fmt: skip


def build_report(
    orders: Iterable[Order],
    levels: Iterable[Level],
    at: datetime,
    *,
    zone: tzinfo = BEIJING,
    zones: Mapping[str, tzinfo] | None = None,
    refunds: Iterable[Refund] = (),
    shipments_cost: Iterable[Quote] = (),
    low_stock: int = 5,
    figures: Figures | None = None,
) -> Report:
    """Figures over `orders` and `levels`; the order of the input does not matter, two currencies are never added.

    Args:
        orders: Canonical orders; of several versions of one order the latest is taken.
        levels: Stock per SKU and warehouse.
        at: The instant the report speaks for, aware.
        zone, zones: By which zone days are cut; `zones` maps `platform:shop_id` to a shop's own.
        refunds: After-sale cases; they also tell the refunded amount of orders that do not say it themselves.
        shipments_cost: What each parcel cost.
        low_stock: A place with so many available units or fewer is low.
        figures: Who answers the figures of weeks, customers and moving stock (`expressions.Analytics`) over the same
            orders; without it those tables are left out.
    Returns:
        A `Report`; every figure is defined in `DEFINITIONS`.
    Raises:
        ValueError: `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("at must be aware: give the instant with its zone, e.g. datetime.now(UTC)")
    kept, cases, places = newest(orders), _latest_cases(refunds), _latest_levels(levels)
    with localcontext(_EXACT):
        facts = facts_of(kept, cases, zone, zones or {})
        found = _order_tables(facts, kept, at) | {
            "aftersales": _aftersales(cases),
            "freight": _freight(shipments_cost),
            "stock": _stock(places, low_stock),
            "low_stock": _low(places, low_stock),
        }
        found["attention"] = _attention(kept, found)
    if figures is not None:
        found |= insights(figures)
    named = ((name, table(name, found[name])) for name in COLUMNS if name in found)
    return Report(at.astimezone(zone), str(zone), tuple(named))


def _order_tables(facts: Sequence[Fact], orders: Sequence[Order], at: datetime) -> dict[str, list[Row]]:
    groups = {name: _grouped(facts, keys) for name, keys in _GROUPS.items()}
    return groups | {
        "totals": _totals(facts),
        "by_standing": _standings(facts),
        "skus": _skus(orders),
        "holds": _holds(orders),
        "unknown_values": _unknown_values(orders),
        "shipping": _shipping(orders, at),
    }


def _by(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found


def _latest_cases(refunds: Iterable[Refund]) -> list[Refund]:
    def version(case: Refund) -> tuple[str, str]:
        return (case.updated_at.isoformat() if case.updated_at else "", case.model_dump_json())

    return [max(same, key=version) for same in _by(refunds, lambda case: case.key).values()]


def _latest_levels(levels: Iterable[Level]) -> list[Level]:
    def version(level: Level) -> tuple[int, int, int]:
        return level.version, level.on_hand, level.reserved

    places = _by(storage(levels), lambda level: (level.sku, level.warehouse))
    return [max(same, key=version) for same in places.values()]


def _measures(facts: Sequence[Fact]) -> Row:
    """The cells of `MEASURES`: amounts of the orders that count as sales, whole orders at a time."""
    sold = [fact for fact in facts if fact.standing == "counted"]
    sales, refunded = known_sum(fact.total for fact in sold), known_sum(fact.refunded for fact in sold)
    net = None if sales is None or refunded is None else sales - refunded
    unpriced = sum(fact.total is None for fact in sold)
    return len(facts), len(sold), sum(fact.units for fact in sold), sales, refunded, net, unpriced


def _totals(facts: Sequence[Fact]) -> list[Row]:
    rows = [(currency, *_measures(group)) for currency, group in _by(facts, lambda fact: fact.currency).items()]
    return [(*row, _average(dict(zip(MEASURES, row[1:], strict=True)))) for row in sorted(rows, key=_busiest)]


def _busiest(row: Row) -> Any:
    return -int(str(row[1])), row[0]


def _average(cells: Mapping[str, Any]) -> Decimal | None:
    priced = cells["counted"] - cells["unpriced"]
    if not priced:
        return None
    average: Decimal = cells["sales"] / priced
    return average.quantize(Decimal("0.01"))


def _grouped(facts: Sequence[Fact], keys: tuple[str, ...]) -> list[Row]:
    names = ("currency", *keys)
    groups = _by(facts, lambda fact: tuple(getattr(fact, name) for name in names))
    rows = [(*key, *_measures(group)) for key, group in groups.items()]
    return sorted(rows, key=lambda row: (row[0], _place(keys[0], row), [_last(cell) for cell in row[1 : len(names)]]))


def _place(key: str, row: Row) -> Any:
    """Days in time, statuses in the life of an order, everything else the largest sales first."""
    if key == "day":
        return _last(row[1])
    if key == "status":
        return _LIFE[str(row[1])]
    sales = row[len(row) - len(MEASURES) + MEASURES.index("sales")]
    return -sales if isinstance(sales, Decimal) else ZERO


def _last(cell: Cell) -> tuple[bool, str]:
    return cell is None, cell.isoformat() if isinstance(cell, date) else str(cell)


def _standings(facts: Sequence[Fact]) -> list[Row]:
    rows = []
    for (currency, word), group in _by(facts, lambda fact: (fact.currency, fact.standing)).items():
        amounts = [fact.total for fact in group]
        rows.append((currency, word, len(group), known_sum(amounts), amounts.count(None)))
    return sorted(rows, key=lambda row: (row[0], STANDINGS.index(row[1])))


def _skus(orders: Iterable[Order]) -> list[Row]:
    sold = [(order, line) for order in orders if standing(order) == "counted" for line in order.lines]
    rows: list[Any] = [
        (currency, sku, len({order.key for order, _ in group}), *_line_sums([line for _, line in group]))
        for (currency, sku), group in _by(sold, lambda pair: (pair[0].currency, pair[1].sku)).items()
    ]
    rows.sort(key=lambda row: (row[0], -(row[4] or ZERO), -row[3], _last(row[1])))
    return list(rows)


def _line_sums(lines: Sequence[LineItem]) -> tuple[int, Decimal | None]:
    return sum(line.quantity for line in lines), known_sum(line.total for line in lines)


def _counts(words: Iterable[K]) -> list[tuple[K, int]]:
    return sorted(Counter(words).items(), key=lambda pair: (-pair[1], str(pair[0])))


def _holds(orders: Iterable[Order]) -> list[Row]:
    return list(_counts(hold.value for order in orders if order.status not in _CLOSED for hold in order.holds))


def _unknown_values(orders: Iterable[Order]) -> list[Row]:
    pairs = ((order.platform, field, raw) for order in orders for field, raw in unknowns(order))
    return [(*key, count) for key, count in _counts(pairs)]


def _shipping(orders: Iterable[Order], at: datetime) -> list[Row]:
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for order in orders:
        if (word := punctuality(order, at)) is not None:
            found[order.platform, order.shop_id][word] += 1
    return [(*shop, *(count[word] for word in _PUNCTUAL), _rate(count)) for shop, count in sorted(found.items())]


def _rate(count: Mapping[str, int]) -> Decimal | None:
    judged = count["on_time"] + count["late"] + count["overdue"]
    return (Decimal(count["on_time"]) / judged).quantize(Decimal("0.0001")) if judged else None


def _aftersales(cases: Iterable[Refund]) -> list[Row]:
    groups = _by(cases, lambda case: (case.currency, case.kind.value, case.status.value))
    return [(*key, len(group), known_sum(case.amount for case in group)) for key, group in sorted(groups.items())]


def _freight(quotes: Iterable[Quote]) -> list[Row]:
    groups = _by(quotes, lambda quote: (quote.currency, quote.carrier))
    return [(*key, len(group), known_sum(quote.total for quote in group)) for key, group in sorted(groups.items())]


def _stock(levels: Iterable[Level], low: int) -> list[Row]:
    rows = []
    for warehouse, group in sorted(_by(levels, lambda level: level.warehouse).items()):
        on_hand, reserved = sum(level.on_hand for level in group), sum(level.reserved for level in group)
        scarce = sum(level.available <= low for level in group)
        rows.append((warehouse, len(group), on_hand, reserved, on_hand - reserved, scarce))
    return list(rows)


def _low(levels: Iterable[Level], low: int) -> list[Row]:
    scarce = sorted(
        (level for level in levels if level.available <= low), key=lambda x: (x.available, x.sku, x.warehouse)
    )
    return [(level.sku, level.warehouse, level.on_hand, level.reserved, level.available) for level in scarce]


def _attention(orders: Sequence[Order], found: Mapping[str, Sequence[Row]]) -> list[Row]:
    overdue = COLUMNS["shipping"].index("overdue")
    return [
        ("overdue", sum(int(str(row[overdue])) for row in found["shipping"])),
        ("on_hold", sum(bool(order.holds) and order.status not in _CLOSED for order in orders)),
        ("unread", sum(bool(unknowns(order)) for order in orders)),
        ("low_stock", len(found["low_stock"])),
    ]
