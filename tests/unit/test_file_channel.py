"""Own channels: tables of every kind become orders, each by itself, with nothing made up."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import orderhub
from orderhub.connectors.file.convert import amount, clock, flag, whole
from orderhub.connectors.file.spec import FIELDS
from orderhub.drivers.tables import TableSource, read_table
from orderhub.errors import ConfigurationError, NotFound
from orderhub.models import Hold, Order, OrderStatus

ROW = {"order_id": "A1", "status": "待发货", "sku": "CUP", "quantity": "2", "unit_price": "¥10.00", "shipping_fee": "5", "name": "张三",
       "phone": "13800138000-12", "address": "广东省深圳市南山区科技园1号", "created_at": "2026/11/1 9:05"}  # fmt: skip


def one(*rows: dict[str, Any], **settings: Any) -> tuple[Order, list[str]]:
    found = orderhub.normalize("file", list(rows), **settings)
    assert len(found.orders) == 1, found.findings
    return found.orders[0], [finding.code for finding in found.findings]


def test_a_row_is_an_order() -> None:
    order, findings = one(ROW)
    assert findings == []
    assert order.is_shippable and order.status is OrderStatus.AWAITING_SHIPMENT and order.raw_status == "待发货"
    assert (order.items_total, order.discount_total, order.shipping_fee, order.total, order.residual) == (
        Decimal("20.00"), Decimal("0.00"), Decimal("5"), Decimal("25.00"), Decimal("0.00"))  # fmt: skip
    assert order.created_at == datetime(2026, 11, 1, 1, 5, tzinfo=UTC)
    assert (order.recipient.phone, order.recipient.phone_extension) == ("13800138000", "12")
    assert (order.recipient.address.division_code, order.recipient.address.street) == ("440305", "科技园1号")
    assert order.paid is None and order.payment_status == "paid", "the word says paid, no column says how much"


def test_missing_amounts_stay_missing() -> None:
    bare = {"order_id": "1", "status": "paid", "sku": "A", "quantity": 1}
    order, _ = one(bare)
    assert (order.total, order.items_total, order.shipping_fee, order.lines[0].total) == (None, None, None, None)
    order, _ = one({**bare, "unit_price": "9.90"})
    assert order.items_total == Decimal("9.90") and order.total is None, "nobody told the freight"
    order, _ = one({**bare, "unit_price": "9.90", "total": "12"})
    assert order.residual == Decimal("2.10"), "what is unexplained is never hidden"


def test_an_unknown_word_is_never_shippable() -> None:
    order, findings = one({**ROW, "status": "火星中"})
    assert order.status is OrderStatus.UNKNOWN and Hold.UNKNOWN_VALUE in order.holds and not order.is_shippable
    assert findings == ["unknown_value"] and order.raw_status == "火星中"
    known, _ = one({**ROW, "status": "火星中"}, mapping={"words": {"火星中": "shipped"}})
    assert known.status is OrderStatus.SHIPPED and known.lines[0].shipped_quantity == 2
    missing = {name: value for name, value in ROW.items() if name != "status"}
    assert one(missing)[0].status is OrderStatus.UNKNOWN


def test_rows_of_one_number_are_one_order_wherever_they_stand() -> None:
    rows = [ROW, {**ROW, "order_id": "A2"}, {**ROW, "sku": "PEN", "discount_total": "3.01"}]
    found = orderhub.normalize("file", rows)
    assert [(order.order_id, [line.sku for line in order.lines]) for order in found.orders] == [
        ("A1", ["CUP", "PEN"]), ("A2", ["CUP"])]  # fmt: skip
    assert [line.line_id for line in found.orders[0].lines] == ["1", "2"]


def test_a_discount_of_the_whole_order_goes_to_the_lines() -> None:
    order, _ = one({**ROW, "discount_total": "3.01"}, {**ROW, "sku": "PEN", "unit_price": "1.00"})
    assert [line.discount for line in order.lines] == [Decimal("2.73"), Decimal("0.28")]
    assert order.discount_total == Decimal("3.01") and order.discrepancy == 0
    assert sum(line.total for line in order.lines if line.total is not None) == Decimal("18.99")


def test_equal_rows_without_numbers_ask_somebody() -> None:
    order, findings = one(ROW, ROW)
    assert findings == ["duplicate_line"] and Hold.UNDER_REVIEW in order.holds and len(order.lines) == 2
    kept, findings = one(ROW, ROW, same_rows="keep")
    assert findings == [] and kept.is_shippable and len(kept.lines) == 2
    dropped, findings = one(ROW, ROW, same_rows="drop")
    assert findings == ["same_line_again"] and len(dropped.lines) == 1
    numbered, findings = one({**ROW, "line_id": "7"}, {**ROW, "line_id": "7"})
    assert findings == ["same_line_again"] and len(numbered.lines) == 1
    clash = orderhub.normalize("file", [{**ROW, "line_id": "7"}, {**ROW, "line_id": "7", "quantity": "9"}])
    assert clash.orders == () and clash.quarantined[0][0] == "A1"


def test_rows_that_disagree_are_told() -> None:
    _, findings = one(ROW, {**ROW, "sku": "PEN", "phone": "13900139000"})
    assert findings == ["rows_disagree"]


def test_a_bad_order_names_field_column_and_number_and_sinks_nothing() -> None:
    mapping = {"fields": {"order_id": "单号", "status": "状态", "quantity": "件数", "sku": "货号"}}
    rows = [{"单号": "1", "状态": "paid", "件数": "两件", "货号": "A"}, {"单号": "2", "状态": "paid", "件数": "2", "货号": "A"},
            {"状态": "paid", "件数": "1"}, "no row"]  # fmt: skip
    found = orderhub.normalize("file", rows, mapping=mapping)
    assert [order.order_id for order in found.orders] == ["2"]
    first = found.findings[0]
    assert (first.order_id, first.path) == ("1", "lines[0].件数") and "Order.quantity" in first.message
    assert "两件" not in (first.value or "")
    assert len(found.quarantined) == 3


def test_columns_that_nothing_maps_are_kept() -> None:
    order, _ = one({**ROW, "门店": "南山店"})
    assert order.lines[0].extra["门店"] == "南山店" or order.extra["门店"] == "南山店"
    assert json.loads(order.raw or b"")["order"]["门店"] == "南山店"
    ignored, _ = one({**ROW, "门店": "南山店"}, mapping={"ignored": ["门店"]})
    assert dict(ignored.extra) == {} and dict(ignored.lines[0].extra) == {}


@pytest.mark.parametrize(("mapping", "told"), [
    ({"fields": {"nonsense": "x", "order_id": "y"}}, "no field 'nonsense'"),
    ({"fields": {"sku": "x"}}, "order_id"),
    ({"fields": {"order_id": {"column": "x", "convert": "magic"}}}, "no converter 'magic'"),
    ({"fields": {"order_id": {"column": "x", "value": "y"}}}, "needs column or value"),
    ({"words": {"x": "sent"}}, "words must be one of"),
    ({"zone": "Mars/Base"}, "time zone"),
    ({"colums": {}}, "unknown key colums"),
    ({"sheets": {"tab": "x"}}, "sheets has no key tab"),
])  # fmt: skip
def test_a_wrong_mapping_is_refused_at_once(mapping: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        orderhub.normalize("file", [ROW], mapping=mapping)


@pytest.mark.parametrize(("read", "value", "wanted"), [
    (amount, "1,234.50", Decimal("1234.50")), (amount, "¥59.9", Decimal("59.9")), (amount, "５９．９０元", Decimal("59.90")),
    (amount, 7, Decimal(7)), (amount, Decimal("0.10"), Decimal("0.10")), (amount, "-3", Decimal(-3)), (whole, "3.0", 3),
    (whole, 4, 4), (flag, "是", True), (flag, "NO", False), (flag, True, True), (flag, 0, False),
])  # fmt: skip
def test_what_people_write_is_read(read: Any, value: Any, wanted: Any) -> None:
    assert read(value) == wanted


@pytest.mark.parametrize(("read", "value"), [
    (amount, "about 5"), (amount, 5.5), (amount, True), (amount, "1,23"), (amount, ""), (whole, "2.5"), (whole, 1.0), (whole, "two"),
    (flag, "maybe"), (flag, 2), (clock("Asia/Shanghai"), 45000), (clock("Asia/Shanghai"), "yesterday"), (clock("Asia/Shanghai"), "2026-13-01"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(read: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(value)


@pytest.mark.parametrize(("text", "wanted"), [
    ("2026-11-11 10:30:00", datetime(2026, 11, 11, 2, 30, tzinfo=UTC)), ("2026/11/1 9:05", datetime(2026, 11, 1, 1, 5, tzinfo=UTC)),
    ("2026年11月1日", datetime(2026, 10, 31, 16, 0, tzinfo=UTC)), ("2026-11-11T10:30:00Z", datetime(2026, 11, 11, 10, 30, tzinfo=UTC)),
    ("2026-11-11T10:30:00+01:00", datetime(2026, 11, 11, 9, 30, tzinfo=UTC)),
])  # fmt: skip
def test_times(text: str, wanted: datetime) -> None:
    assert clock("Asia/Shanghai")(text) == wanted


MAPPING = """
currency = "CNY"
sheets = { orders = "订单", lines = "明细", others = ["收货人"], key = "订单号" }
[fields]
order_id = "订单号"
status = "状态"
created_at = "下单时间"
total = "应付"
shipping_fee = "运费"
name = "姓名"
phone = "电话"
address = "地址"
line_id = "行"
sku = "货号"
quantity = "件数"
unit_price = "单价"
[words]
"已审核" = "awaiting_shipment"
"""


def workbook(path: Path) -> Path:
    book = Workbook()
    orders = book.active
    assert orders is not None
    orders.title = "订单"
    orders.append(["订单号", "状态", "下单时间", "应付", "运费"])
    orders.append(["S1", "已审核", datetime(2026, 11, 1, 9, 5), 25.1, 5])
    orders.append(["S2", "已审核", date(2026, 11, 2), 9.9, 0])
    orders.append([1234567890123456789, "已审核", None, 1, 0])
    lines = book.create_sheet("明细")
    lines.append(["订单号", "行", "货号", "件数", "单价"])
    for row in (["S1", 1, "CUP", 2, 10.05], ["S2", 1, "PEN", 1, 9.9], ["S9", 1, "LOST", 1, 1]):
        lines.append(row)
    people = book.create_sheet("收货人")
    people.append(["订单号", "姓名", "电话", "地址"])
    people.append(["S1", "张三", 13800138000, "上海市闸北区天目西路1号"])
    book.save(path)
    return path


def test_a_workbook_of_three_sheets_by_a_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    shop = orderhub.connect(
        "file", shop_id="own", source=str(workbook(tmp_path / "orders.xlsx")), mapping=str(tmp_path / "mapping.toml")
    )
    stream = shop.orders(created_since=datetime(2020, 1, 1, tzinfo=UTC))
    found = {order.order_id: order for order in stream}
    first = found["S1"]
    assert (first.total, first.items_total, first.residual) == (Decimal("25.1"), Decimal("20.10"), Decimal("0.00"))
    assert first.recipient.phone == "13800138000" and first.recipient.address.district == "静安区"
    assert first.created_at == datetime(2026, 11, 1, 1, 5, tzinfo=UTC)
    assert found["S2"].created_at == datetime(2026, 11, 1, 16, 0, tzinfo=UTC)
    assert found["S9"].status is OrderStatus.UNKNOWN, "a line without its order is not lost"
    assert [finding.code for finding in stream.findings] == ["undecodable"], (
        "an id that Excel has rounded is never read"
    )
    assert shop.get_order("S2").lines[0].sku == "PEN"
    with pytest.raises(NotFound):
        shop.get_order("S3")


def test_csv_json_lines_and_callables(tmp_path: Path) -> None:
    head, values = ",".join(ROW), ",".join(str(value) for value in ROW.values())
    for name, body in {
        "a.csv": f"{head}\n{values}\n\n".encode(), "b.csv": f"\ufeff{head}\n{values}\n".encode(), "c.csv": f"{head}\n{values}\n".encode("gb18030"),
        "d.tsv": f"{head}\n{values}\n".replace(",", "\t").encode(), "e.jsonl": f"{json.dumps(ROW)}\n".encode(),
        "f.json": json.dumps([ROW]).encode(), "g.json": json.dumps({"order": ROW, "lines": [ROW]}).encode(),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(body)
        rows = read_table(tmp_path / name)
        assert [order.total for order in orderhub.normalize("file", rows).orders] == [Decimal("25.00")], name
    assert len(TableSource(tmp_path, None).documents(None)) == 7
    assert len(TableSource(tmp_path / "*.csv", None).documents(None)) == 3
    assert TableSource(lambda: (ROW,), None).documents(None) == [ROW]
    assert TableSource(None, None).documents(None) == []


@pytest.mark.parametrize(("name", "body", "told"), [
    ("a.xlsx", b"no zip", "no workbook"), ("a.pdf", b"", "tables end in"), ("a.csv", b"a,a\n1,2\n", "two columns are called a"),
    ("a.csv", b"\xff\xff\xff\xfe\x00,a\n", "neither UTF-8"),
])  # fmt: skip
def test_files_that_are_no_tables(tmp_path: Path, name: str, body: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(ConfigurationError, match=told):
        read_table(tmp_path / name)
    with pytest.raises(ConfigurationError, match="there is no file"):
        TableSource(tmp_path / "none.csv", None).documents(None)


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
)


@given(st.lists(st.dictionaries(st.sampled_from([*FIELDS, "其他"]), CELLS, max_size=8), max_size=4))
@settings(max_examples=250, deadline=None)
def test_any_rows_are_orders_or_findings(rows: list[dict[str, Any]]) -> None:
    found = orderhub.normalize("file", rows)
    numbers = {str(row["order_id"]).strip() for row in rows if str(row.get("order_id") or "").strip()}
    named = {order.order_id for order in found.orders} | {key for key, _, _ in found.quarantined if key}
    assert len(found.orders) + len(found.quarantined) >= len(numbers) or not rows
    assert {key for key in numbers if key not in ("True", "False")} <= named | {"True", "False"} or found.quarantined
    assert not any(order.is_shippable and order.status is OrderStatus.UNKNOWN for order in found.orders)
    assert all(order.discrepancy in (None, 0) for order in found.orders)
