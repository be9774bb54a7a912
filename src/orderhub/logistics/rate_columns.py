"""The columns of a rate table, as data: names in English and Chinese, what they mean, how a cell is read.

Imports `rate_card`, `services`, `errors`. One table holds whole cards: the column `record` says what a row is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from orderhub.kit.carriers import carrier_of
from orderhub.logistics.provinces import PROVINCES, is_province
from orderhub.logistics.rate_card import DivisorBand, PriceRow, RoundingBand, Surcharge, Zone
from orderhub.logistics.services import Pause

__all__ = ["COMMON", "RECORDS", "Column", "Record", "heading_of", "is_heading"]

_NUMBER_MAX = 24
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")
Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `field` of what the row becomes, how its cells are read, and what they mean to people."""

    name: str
    zh: str
    read: Reader
    means: str
    field: str = ""
    required: bool = False

    @property
    def target(self) -> str:
        """The field that it fills."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of row: its name, in Chinese too, what it becomes and its columns."""

    name: str
    zh: str
    kind: Callable[..., Any]
    means: str
    columns: tuple[Column, ...]


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> Decimal:
    if len(cell) > _NUMBER_MAX or not cell.replace(".", "", 1).isdecimal() or not cell.isascii():
        raise ValueError("expected a decimal number such as 12.50")
    return Decimal(cell)


def _percent(cell: str) -> Decimal:
    return _number(cell.removesuffix("%").strip())


def _whole(cell: str) -> int:
    if len(cell) > _NUMBER_MAX or not (cell.isascii() and cell.isdecimal()):
        raise ValueError("expected a whole number")
    return int(cell)


def _day(cell: str) -> date:
    found = _DAY.fullmatch(cell)
    if not found:
        raise ValueError("expected a date such as 2026-01-31")
    return date(*map(int, found.groups()))


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name for part in re.split("[;；、]", cell) if (name := part.strip()))


def _provinces(cell: str) -> tuple[str, ...]:
    found = _names(cell)
    if strange := [name for name in found if name != "*" and not is_province(name)]:
        raise ValueError(f"{strange[0]} is none of the country's provinces")
    return found


def _divisions(cell: str) -> tuple[str, ...]:
    found = _names(cell)
    if strange := [code for code in found if not (code.isascii() and code.isdecimal() and code[:2] in PROVINCES)]:
        raise ValueError(f"{strange[0]} is no division code or the beginning of one")
    return found


def _quality(cell: str) -> Decimal:
    if (found := _number(cell)) > 1:
        raise ValueError("expected a number from 0 to 1")
    return found


def _carrier(cell: str) -> str:
    found = carrier_of(cell)
    if found is None and not re.fullmatch(r"[a-z0-9_]{2,32}", cell):
        raise ValueError("no carrier of that name; write its code, e.g. yto")
    return found or cell


def _choice(**words: Any) -> Reader:
    def read(cell: str) -> Any:
        if cell not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return words[cell]

    return read


_YES = _choice(yes=True, no=False, 是=True, 否=False)
_BASES = _choice(
    declared_value="declared_value", cod_amount="cod_amount", freight="freight",
    保价金额="declared_value", 代收金额="cod_amount", 运费="freight",
)  # fmt: skip

COMMON: tuple[Column, ...] = (
    Column("record", "类型", _text, "what the row is", required=True),
    Column("carrier", "快递公司", _carrier, "canonical code, or a name of the carrier", required=True),
    Column("product", "产品", _text, "the carrier's product", required=True),
    Column("card", "价卡", _text, "which of several cards of one product, e.g. by region or by year"),
    Column("note", "备注", _text, "for people; not read"),
)
"""Columns of every row."""

_ZONE = Column("zone", "分区", _text, "name of the zone", required=True)
RECORDS: Mapping[str, Record] = MappingProxyType({row.name: row for row in (
    Record("card", "价卡", dict, "one card: currency, origins, validity", (
        Column("currency", "币种", _text, "of every amount of the card, e.g. CNY", required=True),
        Column("origins", "始发省份", _provinces, "provinces that parcels leave from; empty: any"),
        Column("freight_unit", "运费取整", _number, "freight is rounded half up to a multiple of this"),
        Column("valid_from", "生效日期", _day, "first day"),
        Column("valid_to", "失效日期", _day, "last day"),
        Column("version", "版本", _text, "whatever names the card in a contract"),
    )),
    Record("rounding", "计费进位", RoundingBand, "how billed weight is rounded, in bands of rising weight", (
        Column("step_g", "步长克", _whole, "to a multiple of so many grams", required=True),
        Column("up_to_g", "至克", _whole, "for weights up to this; empty: no end"),
        Column("half_up", "四舍五入", _YES, "to the nearest step instead of up: yes or no"),
    )),
    Record("divisor", "体积系数", DivisorBand, "how volume is weighed, in bands of rising weight", (
        Column("divisor", "系数", _whole, "cubic centimetres per kilogram", required=True),
        Column("below_g", "低于克", _whole, "while the actual weight is below this; empty: no end"),
    )),
    Record("zone", "分区", Zone, "a part of the country with prices of its own; without prices: not served", (
        Column("zone", "分区", _text, "name of the zone", "name", required=True),
        Column("provinces", "省份", _provinces, "provinces, `*` for all that no zone names"),
        Column("divisions", "区划代码", _divisions, "division codes or their beginnings; the longest wins"),
    )),
    Record("price", "运费", PriceRow, "the freight of one zone and band of billed weight", (
        _ZONE,
        Column("over_g", "超过克", _whole, "for billed weights above this"),
        Column("up_to_g", "至克", _whole, "for billed weights up to this; empty: no end"),
        Column("first_g", "首重克", _whole, "first weight", required=True),
        Column("first_price", "首重价", _number, "price of the first weight", required=True),
        Column("step_g", "续重克", _whole, "each further started step of so many grams"),
        Column("step_price", "续重价", _number, "price of each; empty: the row is one fixed price"),
        Column("minimum", "最低运费", _number, "the least that the freight can be"),
        Column("promised_hours", "承诺时效", _whole, "hours door to door; empty: nothing is promised"),
    )),
    Record("surcharge", "附加费", Surcharge, "one named addition; every condition that is given must hold", (
        Column("name", "费用名称", _text, "how the charge is called in quotes", required=True),
        Column("flat", "固定金额", _number, "an amount a parcel"),
        Column("per_kg", "每公斤", _number, "an amount for each kilogram of billed weight"),
        Column("percent", "比例", _percent, "so many percent of the base"),
        Column("base", "计费基数", _BASES, "declared_value, cod_amount or freight"),
        Column("minimum", "最低收费", _number, "the least that the charge can be"),
        Column("maximum", "最高收费", _number, "the most that the charge can be"),
        Column("zones", "适用分区", _names, "only in these zones"),
        Column("divisions", "区划代码", _divisions, "only for these division codes or beginnings of codes"),
        Column("over_g", "超过克", _whole, "billed weight above this"),
        Column("side_over_mm", "最长边超过毫米", _whole, "longest side above this"),
        Column("base_over", "基数超过", _number, "only while the base is above this"),
        Column("base_up_to", "基数至", _number, "only while the base is at most this"),
        Column("since", "开始日期", _day, "first day, e.g. of the peak season"),
        Column("until", "结束日期", _day, "last day"),
    )),
    Record("limits", "限制", dict, "what the product may be used for; without a card's name for every card of it", (
        Column("weight_max_g", "最大重量克", _whole, "actual weight"),
        Column("side_max_mm", "最长边毫米", _whole, "longest side"),
        Column("sides_max_mm", "三边之和毫米", _whole, "the three sides together"),
        Column("goods", "货物类别", lambda cell: frozenset(_names(cell)), "classes of goods that it takes"),
        Column("cod_max", "代收上限", _number, "largest sum it collects; empty: it collects nothing"),
        Column("declared_max", "保价上限", _number, "highest declared value; empty: no limit"),
        Column("quality", "服务质量", _quality, "0 to 1, as long as nothing was learned"),
        Column("priority", "优先级", _whole, "smaller goes first among equals"),
    )),
    Record("pause", "停发", Pause, "when and where the product is not to be used", (
        Column("provinces", "省份", _provinces, "only to these provinces"),
        Column("divisions", "区划代码", _divisions, "only to these division codes or beginnings of codes"),
        Column("since", "开始日期", _day, "first day"),
        Column("until", "结束日期", _day, "last day"),
    )),
)})  # fmt: skip
"""Every kind of row and its columns."""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().lower()


def _headings(columns: Iterable[Column]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in columns:
        for name in (column.name, column.zh):
            if column.name not in found.setdefault(_folded(name), []):
                found[_folded(name)].append(column.name)
    return found


_BY_RECORD = {
    record.name: {heading: names[0] for heading, names in _headings((*COMMON, *record.columns)).items()}
    for record in RECORDS.values()
}
_ANYWHERE = {heading for headings in _BY_RECORD.values() for heading in headings}


def heading_of(heading: str, record: str) -> str | None:
    """The column that a heading, in English or Chinese, means on a row of this kind; None when it has none there."""
    return _BY_RECORD[record].get(_folded(heading))


def is_heading(heading: str) -> bool:
    """Whether any kind of row has such a column."""
    return _folded(heading) in _ANYWHERE
