"""Bills as files: a workbook, CSV and JSON of the same bill read alike; what a spreadsheet rounded is never an id."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from orderhub import Hub
from orderhub.errors import DecodeError
from orderhub.orders.settlement_bill import Bill, BillMapping
from orderhub.orders.settlement_files import read_bill_file

MAPPING = {
    "fields": {"order_id": "订单号", "line_id": "子订单号", "entry_id": "流水号", "kind": "类型",
               "at": {"column": "入账时间", "convert": "beijing_time"}},
    "amounts": {"金额": {}}, "words": {"货款": "sale", "佣金": "commission"},
}  # fmt: skip
HEAD = ["流水号", "订单号", "子订单号", "类型", "金额", "入账时间"]
AT = datetime(2026, 11, 12, 8, 0, 1)
ROWS = [
    ["e1", "T1", "L1", "货款", 19.9, AT],
    ["e2", "T1", "L2", "货款", 1234.56, AT],
    ["e3", "T1", None, "佣金", -0.1, AT],
]


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, lines in sheets:
        page = book.create_sheet(title)
        for line in lines:
            page.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(bill: Bill) -> list[Any]:
    return [(e.entry_id, e.order_id, e.line_id, e.kind, e.amount, e.at) for e in bill.entries]


def test_a_workbook_says_what_the_same_bill_says_as_text() -> None:
    mapping = BillMapping.of(MAPPING)
    body = workbook(
        ("说明", [["本月账单"]]), ("明细", [["# 导出时间", AT], [], ["账户", "x"], HEAD, *ROWS, [None] * 6]),
    )  # fmt: skip
    lines = [HEAD, *([str(c) if c is not None else "" for c in row[:-1]] + [f"{AT}"] for row in ROWS)]
    text = "# 账单\n" + "\n".join(",".join(map(str, line)) for line in lines)
    rows = [dict(zip(HEAD, line, strict=True)) for line in lines[1:]]
    found = read_bill_file(body, mapping)
    assert not found.findings
    assert [entry.amount for entry in found.entries] == [Decimal("19.9"), Decimal("1234.56"), Decimal("-0.1")]
    for other in (text.encode(), text.encode("gb18030"), json.dumps(rows).encode()):
        assert told(read_bill_file(other, mapping)) == told(found)
    assert told(read_bill_file(body, mapping, sheet="明细")) == told(found)


def test_ids_that_are_numbers_are_read_and_rounded_ones_are_not() -> None:
    lines = [HEAD, ["a", 123456789012345, None, "货款", 5, AT], ["b", 1234567890123456789, None, "货款", 7, AT]]
    found = read_bill_file(workbook(("s", lines)), BillMapping.of(MAPPING))
    assert [(entry.order_id, entry.amount) for entry in found.entries] == [("123456789012345", Decimal(5))]
    assert [finding.code for finding in found.findings] == ["bill_row_unreadable"]


@pytest.mark.parametrize(("body", "match"), [
    (b"PK\x03\x04 no archive at all", "no workbook"), (b"a,b\n1,2\n", "no line"), (b"\xff\xfe\xff", "GB 18030"),
    (b'{"a": 1}', "list of objects"),
])  # fmt: skip
def test_what_is_no_bill_is_refused(body: bytes, match: str) -> None:
    with pytest.raises(DecodeError, match=match):
        read_bill_file(body, BillMapping.of(MAPPING))


def test_a_sheet_that_is_not_there_is_named() -> None:
    body = workbook(("s", [HEAD, *ROWS]))
    with pytest.raises(DecodeError, match="sheet other"):
        read_bill_file(body, BillMapping.of(MAPPING), sheet="other")


def test_a_hub_checks_a_workbook_against_its_orders(tmp_path: Path) -> None:
    with Hub([{"platform": "file", "shop_id": "desk"}], database=f"sqlite:///{tmp_path}/hub.db") as hub:
        order = hub.add_order(
            "file:desk", [{"sku": "CUP", "quantity": 2, "unit_price": Decimal("10.00"), "line_id": "L1"}],
            order_id="T1", status="completed", paid=Decimal(20),
        )  # fmt: skip
        line = order.lines[0].line_id
        rows = [HEAD, ["e1", "T1", line, "货款", 19.99, AT], ["e2", "T1", None, "佣金", -1, AT]]
        result, findings = hub.settle(workbook(("s", rows)), MAPPING, platform="file", shop_id="desk")
    assert findings == ()
    [off] = [one for one in result.differences if one.kind == "sale"]
    assert (off.order_id, off.amount) == ("T1", Decimal("-0.01"))
