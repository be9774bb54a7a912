"""The narrow door between the report and the figures that an engine answers. Pure; imports siblings.

A report asks `records(name, **question)` and nothing else of whoever has figures (`expressions.Analytics` with the
extra `analytics`); without one these tables are not part of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

from orderhub.analytics.figures import COLUMNS, Cell
from orderhub.analytics.format import tidy

__all__ = ["INSIGHTS", "Figures", "Insight", "can_ask", "insights"]

Record = Mapping[str, Any]


class Figures(Protocol):
    """Whoever answers figures by name."""

    def records(self, name: str, **question: Any) -> Sequence[Record]:
        """The figure's rows as dictionaries; amounts are `Decimal`."""
        ...


def can_ask() -> bool:
    """Whether the extra that answers figures is installed."""
    return all(find_spec(module) is not None for module in ("ibis", "duckdb", "pyarrow"))


def _as_given(row: Record) -> Any:
    return 0


def _soonest(row: Record) -> Any:
    return row["cover_days"], row["sku"]


def _busiest(row: Record) -> Any:
    return row["currency"], -row["counted"], row["platform"], row["shop_id"]


class Insight(NamedTuple):
    """A table of the report made of a figure.

    Attributes:
        figure, question: What is asked.
        called: Column of the table -> the figure's, where they are called differently.
        order: By what the rows are sorted; they stay as the figure has them unless said otherwise.
        needs: A column that must be known for a row to be shown.
    """

    figure: str
    question: Mapping[str, Any] = MappingProxyType({})
    called: Mapping[str, str] = MappingProxyType({})
    order: Callable[[Record], Any] = _as_given
    needs: str = ""


SPAN_DAYS: Final = 30

INSIGHTS: Final[Mapping[str, Insight]] = MappingProxyType({
    "by_week": Insight("trend", {"period": "week", "window": 4}, {"week": "period"}),
    "refund_rates": Insight("refund_rate", order=_busiest),
    "carriers": Insight(
        "carriers", called={"sent_parcels": "parcels", "delivered_parcels": "delivered"},
        order=lambda row: (-row["parcels"], row["carrier"] or ""),
    ),
    "segments": Insight(
        "segments", called={"purchases": "frequency", "spent": "money"},
        order=lambda row: (row["currency"], -(row["money"] or 0), row["segment"]),
    ),
    "repurchase": Insight("repurchase", called={"purchases": "frequency"}),
    "cohorts": Insight(
        "cohorts", {"period": "month"}, {"came_back": "customers", "months_later": "periods_later"}
    ),
    "baskets": Insight("baskets", {"top": 20}, {}),
    "stock_turnover": Insight(
        "stock_turnover", {"span_days": SPAN_DAYS},
        order=lambda row: (-row["left_units"], row["sku"], row["warehouse"]),
    ),
    "cover": Insight("days_of_cover", {"span_days": SPAN_DAYS}, order=_soonest, needs="cover_days"),
    "slow_movers": Insight("slow_movers", {"span_days": SPAN_DAYS, "top": 50}),
})  # fmt: skip
"""Table of the report -> where it comes from."""


def insights(figures: Figures) -> dict[str, list[tuple[Cell, ...]]]:
    """Rows of every table of `INSIGHTS`."""
    return {name: _rows(name, insight, figures) for name, insight in INSIGHTS.items()}


def _rows(name: str, insight: Insight, figures: Figures) -> list[tuple[Cell, ...]]:
    found = figures.records(insight.figure, **insight.question)
    known = [row for row in found if not insight.needs or row[insight.needs] is not None]
    sources = [insight.called.get(column, column) for column in COLUMNS[name]]
    return [tuple(_cell(source, row[source]) for source in sources) for row in sorted(known, key=insight.order)]


def _cell(name: str, value: Any) -> Cell:
    if not isinstance(value, Decimal):
        return value  # type: ignore[no-any-return]
    return round(value, 2) if name == "moving_average" else tidy(value)
