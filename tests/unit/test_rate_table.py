"""Rate tables from CSV and workbooks, in English and Chinese: equal cards, every problem with its row and column."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

import orderhub
from orderhub.errors import ConfigurationError
from orderhub.logistics.rate_card import DivisorBand, PriceRow, RoundingBand, Surcharge, Zone
from orderhub.logistics.rate_columns import COMMON, RECORDS
from orderhub.logistics.rate_file import read_rates
from orderhub.logistics.rate_table import cards_from_rows, services_from_rows
from orderhub.logistics.services import Pause

ENGLISH = """\
record,carrier,product,card,note,currency,origins,valid_from,valid_to,zone,provinces,divisions,step_g,first_g,first_price,step_price,promised_hours,divisor,name,percent,base,weight_max_g,cod_max,goods,since,until
card,yto,standard,,ours,CNY,浙江省;上海市,2026-01-01,2026/6/30,,,,,,,,,,,,,,,,,
rounding,yto,standard,,,,,,,,,,1000,,,,,,,,,,,,,
divisor,yto,standard,,,,,,,,,,,,,,,8000,,,,,,,,
zone,yto,standard,,,,,,,near,江苏;浙江,,,,,,,,,,,,,,,
zone,yto,standard,,,,,,,rest,*,6501,,,,,,,,,,,,,,
price,yto,standard,,,,,,,near,,,1000,1000,5.00,1.5,48,,,,,,,,,
price,yto,standard,,,,,,,rest,,,1000,1000,8,3,,,,,,,,,,
surcharge,yto,standard,,,,,,,,,,,,,,,,insurance,0.5%,declared_value,,,,,
limits,yto,standard,,,,,,,,,,,,,,,,,,,30000,5000,general;food,,
pause,yto,standard,,,,,,,,新疆,,,,,,,,,,,,,,2026-01-20,2026-02-03

,,,,only a remark,,,,,,,,,,,,,,,,,,,,,
"""
CHINESE = """\
类型,快递公司,产品,备注,币种,始发省份,生效日期,失效日期,分区,省份,区划代码,步长克,首重克,首重价,续重克,续重价,承诺时效,系数,费用名称,比例,计费基数,最大重量克,代收上限,货物类别,开始日期,结束日期
价卡,圆通,standard,ours,CNY,浙江；上海,2026年1月1日,2026.6.30,,,,,,,,,,,,,,,,,,
计费进位,圆通速递,standard,,,,,,,,,1000,,,,,,,,,,,,,,
体积系数,yto,standard,,,,,,,,,,,,,,,8000,,,,,,,,
分区,yto,standard,,,,,,near,江苏、浙江,,,,,,,,,,,,,,,,
分区,yto,standard,,,,,,rest,*,6501,,,,,,,,,,,,,,,
运费,yto,standard,,,,,,near,,,,1000,5.00,1000,1.5,48,,,,,,,,,
运费,yto,standard,,,,,,rest,,,,1000,8,1000,3,,,,,,,,,,
附加费,yto,standard,,,,,,,,,,,,,,,,insurance,0.5,保价金额,,,,,
限制,yto,standard,,,,,,,,,,,,,,,,,,,30000,5000,general;food,,
停发,yto,standard,,,,,,,新疆,,,,,,,,,,,,,,,2026-01-20,2026-02-03
"""


def workbook(text: str, title: str = "rates", typed: bool = True) -> bytes:
    """The same table as a spreadsheet program would keep it: numbers, dates and percentages as such."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    book.create_sheet("notes").append(["nothing here"])
    sheet.append(["Contract of 2026, invented figures"])
    for line in text.splitlines():
        sheet.append([_typed(cell) if typed else cell or None for cell in line.split(",")])
        for cell in sheet[sheet.max_row]:
            if cell.value == 0.005:
                cell.number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _typed(cell: str) -> object:
    if cell.endswith("%"):
        return float(cell[:-1]) / 100
    if cell.startswith("2026-"):
        return datetime.fromisoformat(cell)
    try:
        return float(cell) if "." in cell and "/" not in cell else int(cell)
    except ValueError:
        return cell or None


def test_the_same_table_in_two_languages_three_encodings_and_a_workbook_is_the_same_card():
    (service,) = read_rates(ENGLISH.encode("utf-8-sig"))
    card = service.card
    assert card.zones == (Zone("near", ("江苏", "浙江")), Zone("rest", ("*",), ("6501",)))
    assert card.rows[0] == PriceRow("near", 1000, Decimal("5.00"), 1000, Decimal("1.5"), promised_hours=48)
    assert card.divisors == (DivisorBand(8000),) and card.rounding == (RoundingBand(1000),)
    assert card.surcharges == (Surcharge("insurance", percent=Decimal("0.5"), base="declared_value"),)
    assert (card.valid_from, card.valid_to) == (date(2026, 1, 1), date(2026, 6, 30))
    assert (service.weight_max_g, service.cod_max, service.goods) == (30_000, Decimal(5000), {"general", "food"})
    assert service.pauses == (Pause(("新疆",), (), date(2026, 1, 20), date(2026, 2, 3)),)
    for body in (ENGLISH.encode(), ENGLISH.encode("gb18030"), ENGLISH.replace(",", "\t").encode(), workbook(ENGLISH),
                 workbook(ENGLISH, typed=False)):  # fmt: skip
        assert read_rates(body) == (service,)
    for body in (CHINESE.encode(), CHINESE.encode("gb18030"), workbook(CHINESE)):
        (found,) = read_rates(body)
        assert found.card.from_provinces == card.from_provinces
        assert (found.card.zones, found.card.rows, found.card.surcharges) == (card.zones, card.rows, card.surcharges)
        assert (found.pauses, found.goods, found.cod_max) == (service.pauses, service.goods, service.cod_max)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1.5,48", "1.5O,48", "row 7, column step_price: expected a decimal number such as 12.50 (got '1.5O')"),
        ("1.5,48", "1.5,-48", "row 7, column promised_hours: expected a whole number"),
        ("1.5,48", "1e3,48", "row 7, column step_price: expected a decimal"),
        ("1.5,48", "１.5,48", "row 7, column step_price: expected a decimal"),
        ("江苏;浙江", "江苏;淅江", "row 5, column provinces: 淅江 is none of the country's provinces"),
        ("*,6501", "*,9901", "row 6, column divisions: 9901 is no division code"),
        ("2026/6/30", "30.6.2026", "row 2, column valid_to: expected a date"),
        ("2026/6/30", "2026-02-30", "row 2, column valid_to: day is out of range"),
        ("2026/6/30", "2025-12-31", "row 2: rate card yto/standard: it holds from 2026-01-01 to 2025-12-31"),
        ("price,yto,standard,,,,,,,near", "price,yto,standard,,,,,,,nearby", "row 2: rate card yto/standard: zone 'nearby'"),
        ("zone,yto,standard,,,,,,,rest", "zone,zto,standard,,,,,,,rest", "row 6: no row with record=card for zto/standard"),
        ("card,yto", "card,没听过", "row 2, column carrier: no carrier of that name"),
        ("record,", "kind,", "there is no rate table in it; it needs a heading record"),
        ("cod_max,", "cod_maximum,", "no column is called cod_maximum"),
        ("cod_max,", "weight_max_g,", "two columns are called weight_max_g"),
        ("rounding,yto,standard,,,,,,,,,,1000", "rounding,yto,standard,,,,,,,,,,", "row 3: column step_g is empty"),
        ("rounding,", "prices,", "row 3, column record: expected one of card, rounding"),
        ("limits,yto,standard,,,,", "limits,yto,standard,,,CNY,", "row 10, column currency: a limits row has no such cell"),
        ("rounding,yto,standard,,,", "card,yto,standard,,,CNY", "row 3"),
        ("card,yto,standard,,ours,CNY", "card,yto,standard,,ours,", "row 2: column currency is empty"),
        ("2026-02-03\n", "2026-02-03,x\n", "row 11 has a cell beside the headings"),
    ],
)  # fmt: skip
def test_every_mistake_names_its_row_and_column(old, new, told):
    assert old in ENGLISH
    with pytest.raises(ConfigurationError) as failure:
        read_rates(ENGLISH.replace(old, new, 1).encode(), "r.csv")
    assert told in failure.value.message and failure.value.message.startswith("r.csv")
    with pytest.raises(ConfigurationError) as failure:
        read_rates(workbook(ENGLISH.replace(old, new, 1), typed=False), "r.xlsx")
    where, _, column = told.partition(",")
    moved = f"row {int(where[4:]) + 1}{',' if column else ''}{column}" if where[4:].isdecimal() else told
    if where.startswith("row ") and where[4:].isdecimal():
        assert moved in failure.value.message, "the sheet has a line above its headings"


def test_all_problems_are_told_at_once_and_sheets_by_name():
    bad = ENGLISH.replace("1.5,48", "x,48").replace(",8,3,", ",y,3,")
    with pytest.raises(
        ConfigurationError, match=r"(?s)sheet May: row 8, column step_price.*; row 9, column first_price"
    ):
        read_rates(workbook(bad, "May", typed=False), "r.xlsx")
    with pytest.raises(ConfigurationError, match="no workbook"):
        read_rates(b"PK\x03\x04 damaged", "r.xlsx")
    with pytest.raises(ConfigurationError, match="neither UTF-8 nor GB 18030"):
        read_rates(b"record,carrier\n\xff\xff\xff", "r.csv")
    with pytest.raises(ConfigurationError, match="fifteen digits"):
        read_rates(workbook(ENGLISH.replace("30000", "12345678901234567")), "r.xlsx")


def rows(*lines: dict[str, str]) -> list[dict[str, str]]:
    return [{"carrier": "yto", "product": "standard", **line} for line in lines]


ZONE = {"record": "zone", "zone": "all", "provinces": "*"}


def card_of(name: str, price: str, **head: str) -> list[dict[str, str]]:
    return rows(
        {"record": "card", "currency": "CNY", "card": name, **head}, {**ZONE, "card": name},
        {"record": "price", "card": name, "zone": "all", "first_g": "1000", "first_price": price},
    )  # fmt: skip


def test_one_product_has_a_card_for_each_year_and_region_and_never_two_for_one_parcel():
    years = card_of("25", "5", valid_to="2025-12-31") + card_of("26", "6", valid_from="2026-01-01")
    assert [card.rows[0].first_price for card in cards_from_rows(years)] == [5, 6]
    regions = card_of("e", "5", origins="浙江;上海") + card_of("w", "6", origins="四川")
    services = services_from_rows(regions + rows({"record": "limits", "weight_max_g": "9000"},
                                                 {"record": "limits", "card": "w", "weight_max_g": "7000"}))  # fmt: skip
    assert [service.weight_max_g for service in services] == [9000, 7000], "a card's own limits come first"
    for first, second in (
        ({"valid_to": "2026-01-01"}, {"valid_from": "2026-01-01"}),
        ({}, {"valid_from": "2026-01-01"}),
        ({"origins": "浙江;上海"}, {"origins": "上海市"}),
        ({"origins": "浙江"}, {}),
    ):
        with pytest.raises(ConfigurationError, match="two cards of yto/standard price the same parcels"):
            cards_from_rows(card_of("a", "5", **first) + card_of("b", "6", **second))
    with pytest.raises(ConfigurationError, match="row 5: a second card row for yto/standard/a"):
        cards_from_rows(card_of("a", "5") + card_of("a", "6"))


def test_every_column_has_a_name_a_chinese_name_and_a_meaning_and_headings_are_unambiguous():
    for record in RECORDS.values():
        columns = (*COMMON, *record.columns)
        for names in ([c.name for c in columns], [c.zh for c in columns]):
            assert len(set(names)) == len(names), record.name
        assert all(column.means and column.zh for column in columns)


def test_the_cards_of_the_demo_load():
    body = (Path(orderhub.__file__).parent / "cli" / "data" / "rate_cards.csv").read_bytes()
    assert [service.carrier for service in read_rates(body)] == ["sf", "yto", "sto", "zto"]
