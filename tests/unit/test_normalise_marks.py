"""Test orders, orders placed twice, mapping reports and what is new on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.connectors.taobao.sheet import SPEC
from orderhub.models import Address, LineItem, Order, OrderStatus, Privacy, Recipient
from orderhub.normalise import drift
from orderhub.normalise.drift import Notebook
from orderhub.normalise.marks import Marker, same_orders, suspicions
from orderhub.normalise.report import mapping_report

AT = datetime(2026, 11, 11, tzinfo=UTC)
TRADE = {
    "tid": 3928811212345678901, "status": "WAIT_SELLER_SEND_GOODS", "payment": "59.90", "modified": "2026-11-11 08:00:00",
    "created": "2026-11-11 07:00:00", "new_field": {"inner": 1}, "buyer_rate": False,
    "orders": {"order": [{"oid": 1, "status": "WAIT_SELLER_SEND_GOODS", "num": 1, "price": "59.90", "payment": "59.90",
                          "surprise": "x"}]},
}  # fmt: skip


def order(order_id: str = "1", **given: Any) -> Order:
    line = LineItem(line_id="1", sku="A", title="杯子", quantity=1)
    base: dict[str, Any] = {
        "platform": "taobao", "shop_id": "s", "order_id": order_id, "status": OrderStatus.AWAITING_SHIPMENT,
        "currency": "CNY", "created_at": AT, "updated_at": AT, "lines": (line,),
        "recipient": Recipient(name="张三", phone="13800138000", address=Address(street="人民路1号")),
    }  # fmt: skip
    return Order(**{**base, **given})


@pytest.mark.parametrize(("given", "wanted"), [
    ({}, []),
    ({"buyer_note": "测试订单，请勿发货"}, ["test_order"]),
    ({"buyer_note": "ｔｅｓｔ　ORDER"}, ["test_order"]),
    ({"buyer_note": "请测试一下再发"}, []),
    ({"seller_note": "勿发货"}, ["test_order"]),
    ({"recipient": Recipient(name=" Test ")}, ["test_order"]),
    ({"recipient": Recipient(name="王测试")}, []),
    ({"labels": ("sandbox",)}, ["test_order"]),
    ({"lines": (LineItem(line_id="1", title="【测试商品】请勿拍", quantity=1),)}, ["test_order"]),
    ({"lines": (LineItem(line_id="1", sku="A", quantity=1), LineItem(line_id="2", sku="A", quantity=1))}, ["duplicate_line"]),
    ({"lines": (LineItem(line_id="1", sku="A", quantity=1), LineItem(line_id="2", sku="A", quantity=2))}, []),
    ({"lines": (LineItem(line_id="1", sku="A", quantity=1), LineItem(line_id="1", sku="B", quantity=2))}, ["line_id_twice"] * 2),
])  # fmt: skip
def test_marks(given: dict[str, Any], wanted: list[str]) -> None:
    assert [finding.code for finding in suspicions(order(**given))] == wanted


def test_marks_are_data() -> None:
    own = (Marker("buyer_note", ("演练",)),)
    assert suspicions(order(buyer_note="消防演练"), own)[0].path == "buyer_note"
    assert suspicions(order(buyer_note="测试订单"), own) == ()


def test_orders_placed_twice_are_seen_together() -> None:
    later = {"created_at": AT + timedelta(minutes=10)}
    hidden = {"recipient": Recipient(name="张**", phone="138****8000")}
    keyed = {"recipient": Recipient(privacy=Privacy(merge_key="m"))}
    spaced = {
        "recipient": Recipient(name="張 三", phone="138 0013 8000", address=Address(street="人民路１号")),
        **later,
    }
    groups = same_orders([
        order("1"), order("2", **spaced), order("3", created_at=AT + timedelta(days=1)),
        order("4", status=OrderStatus.CANCELLED), order("5", shop_id="other"), order("6", **hidden), order("7", **hidden),
        order("8", **keyed), order("9", **keyed, **later), order("10", lines=(LineItem(line_id="1", sku="B", quantity=1),)),
    ])  # fmt: skip
    assert [[found.order_id for found in group] for group in groups] == [["1", "2"], ["8", "9"]]


def test_every_wire_field_of_an_order_is_told() -> None:
    [found] = orderhub.normalize("taobao", TRADE).orders
    report = mapping_report(found, SPEC.tables)
    assert report.used["status"].startswith("raw_status")
    assert report.used["orders[].num"] == "lines[].quantity"
    assert set(report.unknown) == {"new_field", "buyer_rate", "orders[].surprise"}
    leaves = {name for name in TRADE if name != "orders"}
    assert leaves <= {*report.used, *report.ignored, *report.unknown}
    bare = mapping_report(found.model_copy(update={"raw": None}), SPEC.tables)
    assert set(bare.unknown) == {"new_field", "buyer_rate", "lines[].surprise"}


def look(notebook: Notebook, document: dict[str, Any], now: datetime) -> None:
    [found] = orderhub.normalize("taobao", document).orders
    notebook.look(found, now)


def test_what_is_new_on_the_wire_is_told_with_first_and_last_seen() -> None:
    first, later = AT, AT + timedelta(days=7)
    notebook = Notebook.load("taobao", None)
    look(notebook, TRADE, first)
    notebook.begun = first
    assert {entry.path for entry in notebook.report()} == {"new_field.inner", "buyer_rate", "lines[].surprise"}
    assert not any(entry.is_new for entry in notebook.report(everything=True))
    notebook = Notebook.load("taobao", notebook.dump())
    strange = {**TRADE, "status": "WAIT_FOR_MARS", "modified": "2026-11-17 08:00:00", "trade_from": "WAP", "later": "x"}
    look(notebook, strange, later)
    told = {(entry.kind, entry.path, entry.value): entry for entry in notebook.report()}
    assert told["field", "later", None].is_new and told["field", "later", None].is_unknown
    assert told["value", "raw_status", "WAIT_FOR_MARS"].is_unknown
    inner = told["field", "new_field.inner", None]
    assert (inner.first_seen, inner.last_seen) == (
        datetime(2026, 11, 11, tzinfo=UTC),
        datetime(2026, 11, 17, tzinfo=UTC),
    )
    assert inner.noted_at == first and not inner.is_new
    assert notebook.scanned == datetime(2026, 11, 17, tzinfo=UTC)


def test_a_notebook_holds_no_personal_data_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook.load("taobao", None)
    planted = {
        **TRADE,
        "receiver_state": "GUANGDONG",
        "buyer_type": "ZHANGSAN",
        "receiver_name": "PLANTED",
        "status_note": "自由 文字",
    }
    look(notebook, planted, AT)
    text = notebook.dump()
    assert not any(word in text for word in ("GUANGDONG", "ZHANGSAN", "PLANTED", "自由"))
    monkeypatch.setattr(drift, "ENTRIES_MAX", len(notebook.entries))
    look(notebook, {**TRADE, **{f"made_up_{n}x": 1 for n in range(50)}}, AT)
    assert len(notebook.entries) == drift.ENTRIES_MAX
    assert json.loads(text)["entries"]


def test_words_of_one_field_have_an_end() -> None:
    notebook = Notebook.load("taobao", None)
    for number in range(200):
        look(notebook, {**TRADE, "step_type": str(number)}, AT)
    assert (
        sum(entry["path"] == "step_type" and entry["kind"] == "value" for entry in notebook.entries.values())
        == drift.VALUES_MAX
    )
