"""The report as one self-contained HTML page: no script, no request. Pure, but for `write_html`. Imports siblings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, get_args

from orderhub.analytics import charts
from orderhub.analytics.charts import Bar
from orderhub.analytics.figures import DTYPES, Cell, Report
from orderhub.analytics.format import cell, compact, defined, heading, label, phrase
from orderhub.analytics.markup import Markup, el
from orderhub.analytics.style import NOTEBOOK, STYLE
from orderhub.analytics.words import DEFINITIONS, Language

__all__ = ["render_html", "summary", "write_html"]

Record = dict[str, Cell]

CARDS = ("sales", "net", "counted", "units", "average", "refunded")
_KINDS = {"text": "t", "date": "d", "int": "n", "decimal": "n"}
ROWS_MAX, BARS_MAX, STEPS_MAX, MATRIX_MAX = 15, 10, 62, 13


@dataclass(frozen=True, slots=True)
class Section:
    """One block of the page: a table, and a chart of `bars` (several are stacked) if it is worth one.

    `columns` are shown beside the chart in that order; `named` words a bar; `always` keeps the block when empty;
    `step_days` says that rows follow each other in time, so many days apart; of a `matrix` the three columns are its
    rows, its columns and what stands in it.
    """

    table: str
    columns: tuple[str, ...]
    bars: tuple[str, ...] = ()
    named: str = ""
    wide: bool = False
    always: bool = False
    rows_max: int = ROWS_MAX
    step_days: int = 0
    matrix: bool = False


SECTIONS = (
    Section("by_day", ("day", "sales", "orders", "counted", "units", "refunded"), ("sales",), "day", wide=True,
            always=True, rows_max=366, step_days=1),
    Section("by_week", ("week", "sales", "moving_average", "growth", "counted"), ("sales",), "week", wide=True,
            rows_max=53, step_days=7),
    Section("skus", ("sku", "goods", "sku_units", "sku_orders"), ("goods",), "sku", wide=True, always=True),
    Section("by_province", ("province", "sales", "counted", "units"), ("sales",), "province", wide=True, always=True,
            rows_max=10),
    Section("baskets", ("sku", "other_sku", "together", "confidence", "lift"), rows_max=10),
    Section("by_platform", ("platform", "sales", "net", "counted", "orders"), ("sales",), "platform"),
    Section("by_shop", ("shop_id", "platform", "sales", "counted"), ("sales",), "shop_id"),
    Section("by_status", ("status", "orders", "counted", "units"), ("orders",), "status", always=True),
    Section("by_standing", ("standing", "orders", "order_amount", "unpriced")),
    Section("holds", ("hold", "held_orders"), ("held_orders",), "hold"),
    Section("unknown_values", ("platform", "field", "raw_value", "unknown_orders")),
    Section("shipping", ("platform", "shop_id", "on_time_rate", "on_time", "late", "overdue", "due", "time_unknown"),
            wide=True),
    Section("carriers", ("carrier", "sent_parcels", "delivered_parcels", "mean_hours"), ("sent_parcels",), "carrier"),
    Section("refund_rates", ("shop_id", "platform", "order_rate", "amount_rate", "refunded_orders", "refunded")),
    Section("aftersales", ("kind", "case_status", "cases", "case_amount")),
    Section("freight", ("carrier", "parcels", "freight_cost"), ("freight_cost",), "carrier"),
    Section("repurchase", ("customers", "repeat_customers", "purchases", "repeat_rate")),
    Section("segments", ("segment", "customers", "purchases", "spent"), ("customers",), "segment", wide=True),
    Section("cohorts", ("cohort", "months_later", "retention"), wide=True, matrix=True),
    Section("stock", ("warehouse", "stocked_skus", "on_hand", "reserved", "available", "low_skus"),
            ("available", "reserved"), "warehouse", wide=True, always=True),
    Section("stock_turnover", ("sku", "warehouse", "average_on_hand", "left_units", "turnover"), rows_max=10),
    Section("cover", ("sku", "available", "daily_units", "cover_days"), rows_max=10),
    Section("slow_movers", ("sku", "on_hand", "left_units", "cover_days", "idle_days"), rows_max=10),
    Section("low_stock", ("sku", "warehouse", "on_hand", "reserved", "available")),
)  # fmt: skip


def write_html(report: Report, path: str | Path, language: Language = "en", *, drawn: bool | None = None) -> None:
    """Write the page of `render_html` to `path` as UTF-8.

    Raises:
        OSError: The file cannot be written.
        ValueError, ConfigurationError: As `render_html`.
    """
    Path(path).write_text(render_html(report, language, drawn=drawn), encoding="utf-8")


def render_html(report: Report, language: Language = "en", *, drawn: bool | None = None) -> str:
    """One page that needs no network and no script; readable on a phone, in light and dark.

    Args:
        language: "en" or "zh".
        drawn: True wants charts, False none; None draws them if the extra `analytics` is there and says so if not.
    Raises:
        ValueError: Another language.
        ConfigurationError: `drawn` is True and the extra is missing.
    """
    if language not in get_args(Language):
        raise ValueError(f"language must be one of {', '.join(get_args(Language))}, got {language!r}")
    able = charts.can_draw() if drawn is None else drawn
    blocks = [_section(section, report, language, able) for section in SECTIONS]
    note = [] if able or drawn is False else [el("p", phrase("no_charts", language), class_="note")]
    if "by_week" not in report.tables():
        why = phrase("refused", language, why=report.refused) if report.refused else phrase("no_figures", language)
        note.append(el("p", why, class_="note"))
    main = el(
        "main", *_head(report, language), *note, el("div", *blocks, class_="grid"), _definitions(report, language),
        el("footer", phrase("privacy", language)),
    )  # fmt: skip
    head = el(
        "head", el("meta", charset="utf-8"), el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", phrase("title", language)), el("style", Markup(STYLE)),
    )  # fmt: skip
    tongue = "zh-CN" if language == "zh" else "en"
    return f"<!doctype html>\n{el('html', head, el('body', main), lang=tongue)}\n"


def summary(report: Report, language: Language = "en") -> str:
    """A short piece of HTML for notebooks: when, totals, what needs a hand, and the days of the busiest currency."""
    columns = ("currency", "orders", *CARDS)
    totals = _table("totals", columns, report.records("totals"), language, None)
    said = el("p", el("b", phrase("title", language)), " ", _as_of(report, language))
    drawn = _days(report, language)
    style = [el("style", Markup(NOTEBOOK))] if drawn else []
    return el("div", *style, said, totals, _attention(report, language), *drawn, class_="orderhub-report")


def _days(report: Report, language: Language) -> list[Markup]:
    rows = report.records("by_day")
    busiest = next((currency for currency in _currencies(report, rows) if currency), None)
    if busiest is None or not charts.can_draw():
        return []
    chart = _chart(SECTIONS[0], [row for row in rows if row["currency"] == busiest], busiest, language)
    return [el("p", f"{label('by_day', language)} · {busiest}"), chart] if chart else []


def _as_of(report: Report, language: Language) -> str:
    return phrase("as_of", language, at=f"{report.at:%Y-%m-%d %H:%M %Z}", zone=report.zone)


def _head(report: Report, language: Language) -> list[str]:
    days = [str(row["day"]) for row in report.records("by_day") if row["day"]]
    span = phrase("period", language, first=min(days), last=max(days)) + " · " if days else ""
    cards = [_cards(row, language) for row in report.records("totals")]
    none = [] if cards else [el("p", phrase("no_orders", language), class_="note")]
    when = el("p", span + _as_of(report, language), class_="soft")
    return [el("h1", phrase("title", language)), when, *cards, *none, _attention(report, language)]


def _cards(row: Record, language: Language) -> Markup:
    currency = str(row["currency"])

    def card(name: str) -> Markup:
        money = f" · {currency}" if isinstance(row[name], Decimal) else ""
        said = el("b", cell(name, row[name], language, currency))
        return el(
            "div", el("span", label(name, language) + money), said, class_="card first" if name == "sales" else "card"
        )

    return el("div", *map(card, CARDS), class_="cards")


def _attention(report: Report, language: Language) -> Markup:
    rows = [row for row in report.records("attention") if row["count"]]
    said = [el("li", el("b", f"{row['count']:,}"), " ", cell("matter", row["matter"], language)) for row in rows]
    return el("ul", *(said or [el("li", phrase("all_well", language), class_="well")]), class_="attention")


def _section(section: Section, report: Report, language: Language, able: bool) -> Markup:
    table = report.tables().get(section.table)
    rows = table.records() if table else ()
    if not rows and not (table and section.always):
        return Markup()
    parts = [part for currency in _currencies(report, rows) for part in _part(section, rows, currency, language, able)]
    shown = parts or [el("p", phrase("nothing", language), class_="soft")]
    return el("section", el("h2", label(section.table, language)), *shown, class_="wide" if section.wide else "half")


def _currencies(report: Report, rows: Sequence[Record]) -> list[str | None]:
    """Those of the rows, the busiest first; [None] where a table has no money."""
    if not rows or "currency" not in rows[0]:
        return [None] if rows else []
    present = {str(row["currency"]) for row in rows}
    busiest = [str(row["currency"]) for row in report.records("totals")]
    return [*(name for name in busiest if name in present), *sorted(present.difference(busiest))]


def _part(
    section: Section, rows: Sequence[Record], currency: str | None, language: Language, able: bool
) -> list[Markup]:
    """One currency's chart and table."""
    mine = [row for row in rows if currency is None or row["currency"] == currency]
    if section.matrix:
        return [*([el("h3", currency)] if currency else []), _matrix(section, mine, language)]
    chart = _chart(section, mine, currency or "", language) if able and section.bars else None
    heading = [el("h3", currency)] if currency else []
    listed = mine[::-1] if section.step_days else mine  # the newest day is what one looks for first
    table = _table(section.table, section.columns, listed[: section.rows_max], language, currency)
    more = phrase("more", language, shown=section.rows_max, all=f"{len(mine):,}")
    note = [el("p", more, class_="note")] if len(mine) > section.rows_max else []
    beside = [el("div", *_key(section, language), chart)] if chart else []
    return [*heading, el("div", *beside, el("div", table, *note), class_="pair drawn" if chart else "pair")]


def _key(section: Section, language: Language) -> list[Markup]:
    if len(section.bars) < 2:
        return []
    return [el("div", *(el("span", el("i"), label(name, language)) for name in section.bars), class_="key")]


def _table(
    name: str, columns: Sequence[str], rows: Sequence[Record], language: Language, currency: str | None
) -> Markup:
    if not rows:
        return el("p", phrase("nothing", language), class_="soft")
    kinds = {column: _KINDS[DTYPES[column]] for column in columns}
    head = el("tr", *(el("th", label(column, language), class_=kinds[column], scope="col") for column in columns))
    body = [
        el("tr", *(el("td", _cell(column, row, language, currency), class_=kinds[column]) for column in columns))
        for row in rows
    ]
    return el("div", el("table", el("thead", head), el("tbody", *body)), class_="scroll", tabindex="0",
              role="region", aria_label=label(name, language))  # fmt: skip


def _cell(column: str, row: Record, language: Language, currency: str | None) -> str:
    return cell(column, row[column], language, currency or str(row.get("currency", "")))


def _chart(section: Section, rows: Sequence[Record], currency: str, language: Language) -> Markup | None:
    title = f"{label(section.table, language)} {currency}".strip()
    draw = partial(_bar, section, currency=currency, language=language)
    if section.step_days:
        days = [draw(row) for row in _every_step(section, rows)]
        return charts.columns(title, days, partial(compact, language=language)) if len(days) > 1 else None
    return charts.bars(title, [draw(row) for row in rows[:BARS_MAX]]) if len(rows) > 1 else None


def _bar(section: Section, row: Record, currency: str, language: Language) -> Bar:
    values = tuple(Decimal(str(row[name] or 0)) for name in section.bars)
    said = " + ".join(cell(name, row[name], language, currency) for name in section.bars)
    value = row[section.named]
    called = f"{value:%m-%d}" if isinstance(value, date) else cell(section.named, value, language)
    return Bar(called, values, said)


def _every_step(section: Section, rows: Sequence[Record]) -> list[Record]:
    """The last `STEPS_MAX` days or weeks up to the newest one, those without orders included."""
    key, step = section.named, section.step_days
    dated: dict[date, Any] = {day: row for row in rows if isinstance(day := row[key], date)}
    if not dated:
        return []
    last = max(dated)
    steps = min(STEPS_MAX - 1, (last - min(dated)).days // step)
    days = (last - timedelta(days=step * place) for place in range(steps, -1, -1))
    return [dated.get(day, {key: day, **dict.fromkeys(section.bars, Decimal(0))}) for day in days]


def _matrix(section: Section, rows: Sequence[Record], language: Language) -> Markup:
    """Shares by two columns, the larger the deeper; the newest `MATRIX_MAX` rows and the first columns."""
    down, across, inside = section.columns
    found = {(row[down], row[across]): row[inside] for row in rows}
    lines = sorted({key[0] for key in found}, key=str)[-MATRIX_MAX:]
    columns = sorted({int(str(key[1])) for key in found if key[0] in lines})[:MATRIX_MAX]
    head = el("tr", el("th", label(down, language), scope="col"),
              *(el("th", str(column), class_="n", scope="col") for column in columns))  # fmt: skip
    body = [
        el("tr", el("td", str(line)[:7]), *(_shade(inside, found.get((line, column)), language) for column in columns))
        for line in lines
    ]
    table = el("table", el("thead", head), el("tbody", *body))
    return el("div", table, class_="scroll", tabindex="0", role="region", aria_label=label(section.table, language))


def _shade(name: str, value: Cell, language: Language) -> Markup:
    if not isinstance(value, Decimal):
        return el("td", class_="n")
    return el("td", cell(name, value, language), class_="n shade", style=f"--deep:{min(value, Decimal(1)) * 100:.0f}%")


def _definitions(report: Report, language: Language) -> Markup:
    """What the figures of this report mean."""
    here = {column.name for _, table in report.named for column in table.columns}
    rows = [
        part
        for name in DEFINITIONS if name in here
        for part in (el("dt", heading(name, language)), el("dd", defined(name, language)))
    ]  # fmt: skip
    return el("section", el("h2", phrase("definitions", language)), el("dl", *rows))
