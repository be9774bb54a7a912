"""Laws of SKU rules: every cent of a line is in its goods, and a table read back says the same."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.models import LineItem
from orderhub.normalise.sku_csv import read_skus, write_skus
from orderhub.normalise.skus import SkuMap, SkuPart, SkuRule, picked

CENTS = st.integers(0, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and not text.startswith("kit:")
)  # fmt: skip


@st.composite
def parts(draw: st.DrawFn) -> tuple[SkuPart, ...]:
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    shared = draw(st.booleans())
    shares = [draw(st.integers(0, 500).map(Decimal)) for _ in names]
    if not sum(shares):
        shares[-1] = Decimal(1)
    return tuple(
        SkuPart(name, draw(st.integers(1, 9)), share if shared else None)
        for name, share in zip(names, shares, strict=True)
    )


@st.composite
def lines(draw: st.DrawFn) -> LineItem:
    total, discount = draw(st.none() | CENTS), draw(st.none() | CENTS)
    subtotal = total + discount if total is not None and discount is not None else draw(st.none() | CENTS)
    return LineItem(line_id="1", quantity=draw(st.integers(0, 50)), subtotal=subtotal, discount=discount, total=total)


@given(lines(), parts())
@settings(max_examples=400, deadline=None)
def test_amounts_are_split_to_the_cent(line: LineItem, kit: tuple[SkuPart, ...]) -> None:
    goods = picked(line, kit)
    assert [good.sku for good in goods] == [part.sku for part in kit]
    assert [good.quantity for good in goods] == [part.quantity * line.quantity for part in kit]
    for name in ("subtotal", "discount", "total"):
        whole, pieces = getattr(line, name), [getattr(good, name) for good in goods]
        if whole is None:
            assert set(pieces) == {None}
            continue
        assert sum(pieces) == whole
        assert all(piece == piece.quantize(Decimal("0.01")) and piece >= 0 for piece in pieces)
    if None not in (line.subtotal, line.discount, line.total) and line.subtotal - line.discount == line.total:
        assert all(good.subtotal - good.discount == good.total for good in goods)


def test_the_remainder_is_on_the_last_component() -> None:
    line = LineItem(
        line_id="1", quantity=1, subtotal=Decimal("10.00"), discount=Decimal("0.00"), total=Decimal("10.00")
    )
    goods = picked(line, [SkuPart("A"), SkuPart("B"), SkuPart("C")])
    assert [good.total for good in goods] == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    free = picked(line, [SkuPart("A", 1, Decimal(1)), SkuPart("GIFT", 1, Decimal(0))])
    assert [good.total for good in free] == [Decimal("10.00"), Decimal("0.00")]


def test_bundles_within_bundles_are_opened() -> None:
    line = LineItem(
        line_id="1", quantity=2, subtotal=Decimal("30.01"), discount=Decimal("0.01"), total=Decimal("30.00")
    )
    bundles = {"BOX": {"A": 1, "PAIR": 1}, "PAIR": {"B": 2}}
    goods = picked(line, [SkuPart("BOX")], bundles)
    assert [(good.sku, good.quantity) for good in goods] == [("A", 2), ("B", 4)]
    assert sum(good.total for good in goods if good.total is not None) == Decimal("30.00")
    with pytest.raises(ConfigurationError, match="itself"):
        picked(line, [SkuPart("X")], {"X": {"X": 1}})


@st.composite
def rules(draw: st.DrawFn) -> SkuRule:
    shop, by_code = draw(st.sampled_from(["taobao:a", "jd:b", "file:own"])), draw(st.booleans())
    name = draw(NAMES)
    return SkuRule(shop, draw(parts()), None if by_code else name, name if by_code else None)


@given(st.lists(rules(), max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back(found: list[SkuRule]) -> None:
    whole = SkuMap.of(found)
    text = write_skus(whole)
    if not whole:
        assert text.count("\n") == 1
        return
    back = read_skus(text)
    assert back.ok, back.problems
    assert back.rules == whole
    rows = list(csv.reader(text.splitlines()))[1:]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    found = read_skus(text)
    assert found.ok or all(problem.row >= 1 and problem.column for problem in found.problems)


def test_every_problem_names_its_row_and_column() -> None:
    table = (
        "shop;platform_sku_id;code;sku;quantity;share\n"
        "taobao:a;1;;A;1;\n"
        "taobao;2;;A;1;\n"  # no such shop
        "taobao:a;3;;A;0;\n"  # no units
        "taobao:a;4;;;1;\n"  # no SKU
        "taobao:a;5;;A;two;\n"
        "taobao:a;6;x;A;1;\n"  # both
        "taobao:a;7;;A;1;0.5\n"
        "taobao:a;7;;B;1;\n"  # a share is missing
        "taobao:a;8;;kit:a;1;\n"
        "\n"
        "taobao:a;9;;A;1;half\n"
    )
    found = read_skus(table)
    assert [(problem.row, problem.column) for problem in found.problems] == [
        (3, "shop"), (4, "quantity"), (5, "sku"), (6, "quantity"), (7, "platform_sku_id"), (9, "share"), (10, "sku"), (12, "share"),
    ]  # fmt: skip
    assert not found.ok and len(found.rules) == 0, "a file with problems changes nothing"
    assert [str(problem) for problem in read_skus("platform_sku_id\n1\n").problems] == [
        "row 1, column shop: the column is missing", "row 1, column sku: the column is missing",
    ]  # fmt: skip


def test_the_id_is_believed_before_the_code() -> None:
    both = SkuMap.of([SkuRule("jd:1", (SkuPart("BY-ID"),), "99"), SkuRule("jd:1", (SkuPart("BY-CODE"),), None, "c")])
    assert [both.find("jd:1", *key) is not None for key in (("99", "c"), (None, "c"), ("98", None))] == [
        True,
        True,
        False,
    ]
    found = both.find("jd:1", "99", "c")
    assert found is not None and found.sku == "BY-ID"
    assert both.find("jd:2", "99", "c") is None, "rules belong to one shop"
    assert both.skus() == {"jd:1:99": "BY-ID", "code:jd:1:c": "BY-CODE"}
