"""Reports and segments as files: what the engine's figures add, workbooks and CSV in which nothing is a formula."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.analytics import build_report, render_html
from orderhub.analytics.figures import COLUMNS, DTYPES, Report
from orderhub.analytics.format import heading, label, tidy
from orderhub.analytics.insights import INSIGHTS
from orderhub.analytics.segments import CLEAR_COLUMNS, HASHED_COLUMNS
from orderhub.analytics.sheets import Sheet, csv_text, workbook
from orderhub.analytics.words import DEFINITIONS, PHRASES
from orderhub.errors import ConfigurationError
from orderhub.inventory import StockLine
from orderhub.models import (
    Address,
    Buyer,
    Commit,
    LineItem,
    OrderStatus,
    PaymentStatus,
    Receive,
    Recipient,
    Reserve,
    Shipment,
)
from orderhub.testing.orders import sample_order, sample_refund

MARK = "Geheimnis"
KEY = b"a key of sixteen bytes or more"
FORMULAS = ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", " =1")
CLOCK = datetime(2026, 3, 31, 4, tzinfo=UTC)


class Clock:
    """One instant."""

    def now(self) -> datetime:
        return CLOCK

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


def orders() -> list[Any]:
    """Two months of four buyers, one of them faithful; a SKU and a shop that are formulas; marks where people stand."""
    return [sample_order(
        str(n), n, created_at=CLOCK - timedelta(days=3 * n), status=OrderStatus.COMPLETED, payment_status=PaymentStatus.PAID,
        total=Decimal(n + 1) + Decimal("0.5"), buyer=Buyer(buyer_id=f"={MARK}-{n % 2 * n % 5}", nickname=MARK),
        recipient=Recipient(name=MARK, phone=MARK, address=Address(country="CN", province="广东省", street=MARK)),
        shop_id="=shop" if n % 2 else "tb-1", shipments=(Shipment(carrier=("sf", "zto")[n % 2], shipped_at=CLOCK, delivered_at=CLOCK),), lines=tuple(
            LineItem(line_id=f"{n}{sku}", sku=sku, quantity=1, total=Decimal(n + 1)) for sku in ("MUG", "=CUP")[: 1 + n % 2]
        ),
    ) for n in range(20)]  # fmt: skip


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with Hub(database="memory:", clock=Clock()) as made:
        made.stores.put_orders(orders())
        lines = (StockLine("MUG", "sh", 100), StockLine("=CUP", "sh", 5))
        made.stock.apply([Receive("in", lines), Reserve("r", (StockLine("MUG", "sh", 10),)), Commit("c", "r")])
        yield made


@pytest.fixture(scope="module")
def found(hub: Hub) -> Report:
    return hub.report()


def test_a_report_has_every_table_and_the_engine_s_figures(found: Report, hub: Hub) -> None:
    assert list(found.tables()) == list(COLUMNS)
    with hub.analytics(customer_key=KEY) as figures:
        for name, insight in INSIGHTS.items():
            theirs = figures.records(insight.figure, **insight.question)
            kept = [row for row in theirs if not insight.needs or row[insight.needs] is not None]
            assert len(found.records(name)) == len(kept) > 0, name
            for column in COLUMNS[name]:
                source = insight.called.get(column, column)
                if column == "moving_average":  # an average is rounded to the cent
                    continue
                mine = sorted(str(row[column]) for row in found.records(name))
                told = [tidy(row[source]) if isinstance(row[source], Decimal) else row[source] for row in kept]
                assert mine == sorted(map(str, told)), (name, column)
    assert sum(row["customers"] for row in found.records("segments")) == found.records("repurchase")[0]["customers"]
    assert sum(row["orders"] for row in found.records("by_week")) == found.records("totals")[0]["orders"]
    assert found.records("cover") == (
        {
            "sku": "MUG",
            "available": 90,
            "left_units": 10,
            "daily_units": Decimal("0.333333"),
            "cover_days": Decimal("270.00"),
        },
    )


def test_without_the_engine_those_tables_are_left_out_and_the_page_says_so(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, found: Report
) -> None:
    monkeypatch.setattr("orderhub.analytics.insights.find_spec", lambda name: None)
    plain = hub.report()
    assert list(plain.tables()) == [name for name in COLUMNS if name not in INSIGHTS]
    assert all(plain.records(name) == found.records(name) for name in plain.tables())
    page = render_html(plain, drawn=False)
    assert "orderhub[analytics]" in page and DEFINITIONS["retention"].en not in page
    assert "orderhub[analytics]" not in render_html(found, drawn=False)


def test_one_value_that_no_engine_takes_does_not_cost_the_report() -> None:
    with Hub(database="memory:", clock=Clock()) as odd:
        odd.stores.put_orders([sample_order("1", 1, total=Decimal(1) / 3), sample_order("2", 2)])
        report = odd.report()
    assert report.records("by_day") and "by_week" not in report.tables()
    assert report.refused is not None and "total" in report.refused and report.refused in render_html(report)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_with_everything_defines_everything(found: Report, language: Any) -> None:
    page = render_html(found, language)
    assert all(f"<dt>{heading(name, language)}</dt>".replace("&", "&amp;") in page for name in DEFINITIONS)
    assert page.count("<svg") >= 6 and 'style="--deep:100%"' in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_workbook_holds_every_row_as_it_is(found: Report, language: Any, tmp_path: Path) -> None:
    found.save(tmp_path / "r.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    for name, table in found.named:
        if not table.rows:
            continue
        page = book[label(name, language)[:31]]
        assert [cell.value for cell in page[1]] == [label(column.name, language) for column in table.columns]
        for row, cells in zip(table.rows, page.iter_rows(min_row=2), strict=True):
            for column, value, cell in zip(table.columns, row, cells, strict=True):
                assert cell.data_type != "f"
                if column.dtype in {"int", "decimal"} and value is not None:
                    assert Decimal(str(cell.value)) == value and cell.data_type == "n"
                elif column.dtype == "date" and value is not None:
                    assert cell.value.date() == value
                elif column.name in {"sku", "shop_id", "currency", "warehouse"}:
                    assert cell.value == value and cell.number_format == "@"
                    assert bool(cell.quotePrefix) == str(value).startswith("=")
    sales = book[label("totals", language)]["E2"]
    assert sales.number_format == "#,##0.00"
    told = {
        cell.value
        for row in book[PHRASES["definitions"].zh if language == "zh" else PHRASES["definitions"].en]
        for cell in row
    }
    assert all((said.zh if language == "zh" else said.en) in told for said in DEFINITIONS.values())


def test_a_file_is_made_by_its_ending(found: Report, hub: Hub, tmp_path: Path) -> None:
    found.save(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == found.to_dict()
    for wrong in ("r.pdf", "r", "r.xls"):
        with pytest.raises(ConfigurationError, match=r"\.html, \.xlsx, \.json"):
            hub.report(tmp_path / wrong)
    with pytest.raises(ConfigurationError, match="en, zh"):
        found.save(tmp_path / "r.html", "fr")  # type: ignore[arg-type]
    assert not (tmp_path / "r.pdf").exists()


def test_nothing_of_a_person_is_in_any_file_unless_ids_are_asked_for(found: Report, hub: Hub, tmp_path: Path) -> None:
    for name in ("r.html", "r.xlsx", "r.json"):
        found.save(tmp_path / name)
        assert MARK not in _texts(tmp_path / name)
    hashed, clear = hub.export_segment(customer_key=KEY), hub.export_segment(customer_key=KEY, reveal=True)
    for export, told in ((hashed, False), (clear, True)):
        for name in ("s.csv", "s.xlsx"):
            export.save(tmp_path / name)
            assert (MARK in _texts(tmp_path / name)) == told
        assert MARK not in repr(export) + export._repr_html_()
    assert hashed.columns == HASHED_COLUMNS and clear.columns == CLEAR_COLUMNS
    assert [{name: row[name] for name in HASHED_COLUMNS} for row in clear.records()] == hashed.records()
    assert {row["buyer_id"] for row in clear.records()} == {order.buyer.buyer_id for order in orders()}


def _texts(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text("utf-8-sig")
    return "\n".join(str(cell.value) for page in openpyxl.load_workbook(path) for row in page for cell in row)


def test_a_segment_is_its_customers_and_the_same_key_knows_them_again(hub: Hub, tmp_path: Path) -> None:
    page = tmp_path / "r.HTML"
    everyone, again = hub.export_segment(customer_key=KEY), hub.export_segment(customer_key=KEY)
    assert everyone == again and len(everyone) == len({row["customer"] for row in everyone.records()}) == 5
    assert {row["customer"] for row in hub.export_segment().records()}.isdisjoint(
        row["customer"] for row in everyone.records()
    )
    names = {row["segment"] for row in everyone.records()}
    name = sorted(map(str, names))[0]
    part = hub.export_segment(name, customer_key=KEY).records()
    assert len(names) > 1 and part == [row for row in everyone.records() if row["segment"] == name]
    with pytest.raises(ConfigurationError, match="champions"):
        hub.export_segment("nonsense")
    with pytest.raises(ConfigurationError, match=r"\.csv or \.xlsx"):
        everyone.save("customers.txt")

    async def awaited() -> Any:
        async with AsyncHub(database="memory:", clock=Clock()) as other:
            other.stores.put_orders(orders())
            return await other.export_segment(customer_key=KEY), await other.report(page)

    export, report = asyncio.run(awaited())
    assert export == everyone and len(report.records("totals")) == 1 and "<!doctype html>" in page.read_text("utf-8")


TEXTS = st.text(st.sampled_from("=+-@\t\r\n'\",;1A中\x00\x1b\u202e"), max_size=8) | st.sampled_from(FORMULAS)
CELLS = {"text": TEXTS, "int": st.integers(-(10**18), 10**18), "date": st.dates(date(1950, 1, 1), date(2100, 1, 1)),
         "decimal": st.decimals(-(10**14), 10**14, places=2)}  # fmt: skip
NAMES = ("sku", "orders", "day", "sales")


@settings(max_examples=12, deadline=None)
@given(rows=st.lists(st.tuples(*(st.none() | CELLS[DTYPES[name]] for name in NAMES)), max_size=4))
def test_nothing_is_ever_a_formula_and_numbers_come_back(rows: list[tuple[Any, ...]]) -> None:
    sheet = Sheet("a/b", dict(zip(NAMES, NAMES, strict=True)), rows)
    read = list(csv.reader(io.StringIO(csv_text(sheet), newline="")))
    assert read[0] == list(NAMES) and len(read) == len(rows) + 1
    page = openpyxl.load_workbook(io.BytesIO(workbook([sheet], CLOCK))).active
    for place, row in enumerate(rows):
        text, whole, day, amount = read[place + 1]
        assert not text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
        assert text.removeprefix("'") == _clean(row[0]).removeprefix("'") or row[0] is None
        assert (whole, day) == tuple("" if cell is None else str(cell) for cell in row[1:3])
        assert amount == "" if row[3] is None else Decimal(amount) == row[3]
        cells = [page.cell(place + 2, column + 1) for column in range(4)]
        assert all(cell.data_type != "f" for cell in cells)
        assert cells[0].value == (_clean(row[0]) or None)
        for cell, value in ((cells[1], row[1]), (cells[3], row[3])):
            assert cell.value is None if value is None else Decimal(str(cell.value)) == value


def _clean(text: str | None) -> str:
    return "".join("\ufffd" if sign in "\t\r\n\x00\x1b\u202e" else sign for sign in text or "")


def test_a_sheet_that_would_not_hold_its_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderhub.analytics.sheets.ROWS_MAX", 2)
    with pytest.raises(ConfigurationError, match="CSV"):
        workbook([Sheet("many", {"sku": "SKU"}, [("A",)] * 3)], CLOCK)


def test_the_extra_that_writes_workbooks_is_named() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(item.startswith("openpyxl") for item in project["optional-dependencies"]["excel"])


def test_notebooks_show_what_things_are_and_nothing_of_a_person(found: Report, hub: Hub) -> None:
    shown = found._repr_html_()
    assert shown.startswith('<div class="orderhub-report"><style>') and shown.count("<svg") == 1
    assert "<svg" not in build_report((), (), CLOCK)._repr_html_()
    key = hub.orders()[0].key
    hub.note(key, MARK, who="anna")
    view, case = hub.view(key), sample_refund(reason=MARK, lines=(("<l>", 2, None),))
    for html in (
        shown,
        view._repr_html_(),
        case._repr_html_(),
        hub.orders()[0]._repr_html_(),
        hub.page()._repr_html_(),
    ):
        assert MARK not in html and "<table>" in html
    assert "note" in view._repr_html_() and "<td>&lt;l&gt;</td><td>2</td><td></td>" in case._repr_html_()
