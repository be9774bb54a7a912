"""Orders become flat tables and the same orders again, in every library, with types that do not drift."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import frames
from orderhub.errors import ConfigurationError
from orderhub.models import (
    Buyer,
    Discount,
    Hold,
    Invoice,
    LineItem,
    Order,
    OrderStatus,
    Privacy,
    PrivacyKind,
    Recipient,
    Refund,
    Shipment,
)
from orderhub.models.tables import LINES, ORDERS, REFUNDS, SHIPMENTS, TABLES
from orderhub.testing.orders import at, sample_order, sample_refund

WAYS = [
    (frames.to_arrow, frames.from_arrow),
    (frames.to_polars, frames.from_polars),
    (frames.to_pandas, frames.from_pandas),
]
AMOUNTS = st.none() | st.decimals(-(10**12), 10**12, places=2) | st.decimals(-100, 100, places=7)
TEXTS = st.none() | st.text(st.characters(codec="utf-8"), max_size=8)
TIMES = st.none() | st.datetimes(datetime(1999, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
LINE = st.builds(
    LineItem, line_id=st.text("ab1", min_size=1), sku=TEXTS, title=TEXTS, quantity=st.integers(0, 10**6),
    unit_price=AMOUNTS, total=AMOUNTS, status=st.sampled_from(OrderStatus), is_gift=st.booleans(),
    shipped_quantity=st.none() | st.integers(0, 9), extra=st.just({}) | st.just({"a": ["1", {"b": None}]}),
)  # fmt: skip
ORDER = st.builds(
    Order, platform=st.just("jd"), shop_id=st.text("12", min_size=1, max_size=2), order_id=st.uuids().map(str),
    status=st.sampled_from(OrderStatus), currency=st.sampled_from(["CNY", "USD"]), total=AMOUNTS, paid=AMOUNTS,
    holds=st.frozensets(st.sampled_from(Hold), max_size=3), labels=st.lists(st.text("xy"), max_size=3).map(tuple),
    created_at=TIMES, ship_by=TIMES, is_cod=st.booleans(), buyer=st.builds(Buyer, buyer_id=TEXTS, email=TEXTS),
    recipient=st.builds(Recipient, name=TEXTS, privacy=st.builds(
        Privacy, kind=st.sampled_from(PrivacyKind), token=TEXTS, expires_at=TIMES
    )),
    invoice=st.none() | st.builds(Invoice, wanted=st.booleans(), title=TEXTS, amount=AMOUNTS),
    discounts=st.lists(st.builds(Discount, kind=st.just("coupon"), amount=st.decimals(0, 99, places=2)), max_size=2).map(tuple),
    lines=st.lists(LINE, max_size=3).map(tuple),
    shipments=st.lists(st.builds(
        Shipment, waybill_no=TEXTS, shipped_at=TIMES, lines=st.just(()) | st.just((("1", 2),))
    ), max_size=2).map(tuple),
    buyer_note=TEXTS, extra=st.just({}) | st.just({"字段": "值", "n": 1}), raw=st.none() | st.binary(max_size=5),
)  # fmt: skip
REFUND = st.builds(
    Refund, platform=st.just("jd"), shop_id=st.just("1"), refund_id=st.uuids().map(str), order_id=st.just("1"),
    status=st.sampled_from(["requested", "refunded"]), currency=st.just("CNY"), amount=AMOUNTS, created_at=TIMES,
    lines=st.just(()) | st.just((("1", 1, Decimal("2.50")), ("2", None, None))), raw=st.none() | st.binary(max_size=5),
)  # fmt: skip


@pytest.mark.parametrize(("there", "back"), WAYS, ids=["arrow", "polars", "pandas"])
@settings(max_examples=12, deadline=None)
@given(orders=st.lists(ORDER, max_size=4), refunds=st.lists(REFUND, max_size=3))
def test_there_and_back_is_the_same(there: Any, back: Any, orders: list[Order], refunds: list[Refund]) -> None:
    assert back(there(orders, refunds, raw=True)) == (orders, refunds)


def test_many_orders_are_the_pieces_they_are_read_in(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [sample_order(f"{n}", shipments=(Shipment(waybill_no=f"SF{n}"),) * (n % 3)) for n in range(7)]
    whole = frames.to_arrow(orders)
    monkeypatch.setattr("orderhub.frames.build._PIECE", 3)
    assert frames.to_arrow(orders) == whole
    assert whole.shipments["order_key"].to_pylist() == [orders[n].key for n in range(7) for _ in range(n % 3)]
    assert whole.shipments["position"].to_pylist() == [at for n in range(7) for at in range(n % 3)]


def test_cents_come_back_as_cents() -> None:
    order = sample_order(total=Decimal("19.90"), paid=Decimal("0.00"), refunded=Decimal("0.12345"))
    [held], _ = frames.from_arrow(frames.to_arrow([order]))
    assert [str(amount) for amount in (held.total, held.paid, held.refunded)] == ["19.90", "0.00", "0.12345"]
    assert held == order.model_copy(update={"raw": None}), "untouched documents only when asked for"


GOLDEN = {
    "orders": "key:string platform:string shop_id:string order_id:string status:string raw_status:string "
    "payment_status:string fulfilment_status:string aftersale_status:string holds:list<item:string> "
    "labels:list<item:string> fulfilled_by:string currency:string items_total:amount discount_total:amount "
    "shipping_fee:amount fees_total:amount tax_total:amount total:amount paid:amount refunded:amount residual:amount "
    "is_cod:bool is_shippable:bool created_at:time paid_at:time updated_at:time shipped_at:time completed_at:time "
    "ship_by:time buyer_buyer_id:string buyer_nickname:string buyer_email:string recipient_name:string "
    "recipient_phone:string recipient_phone_extension:string recipient_country:string recipient_province:string "
    "recipient_city:string recipient_district:string recipient_town:string recipient_street:string "
    "recipient_postal_code:string recipient_division_code:string privacy_kind:string privacy_token:string "
    "privacy_merge_key:string privacy_expires_at:time buyer_note:string seller_note:string seller_flag:string "
    "invoice_wanted:bool invoice_kind:string invoice_title:string invoice_tax_no:string invoice_email:string "
    "invoice_amount:amount discounts:string extra:string raw:binary",
    "lines": "order_key:string position:int64 currency:string line_id:string sku:string platform_sku_id:string "
    "platform_item_id:string title:string variant:string quantity:int64 unit_price:amount subtotal:amount "
    "discount:amount total:amount status:string raw_status:string aftersale_status:string refunded:amount "
    "refunded_quantity:int64 shipped_quantity:int64 is_gift:bool image_url:string extra:string",
    "shipments": "order_key:string position:int64 carrier:string carrier_name:string waybill_no:string "
    "shipped_at:time delivered_at:time lines:string",
    "refunds": "key:string platform:string shop_id:string refund_id:string order_id:string status:string "
    "raw_status:string kind:string reason:string currency:string amount:amount return_waybill_no:string "
    "return_carrier:string created_at:time updated_at:time deadline_at:time lines:string extra:string raw:binary",
}
"""Typed by hand: a name or type that changes breaks somebody's notebook."""
SHORT = {"decimal128(38, 10)": "amount", "timestamp[us, tz=UTC]": "time"}


@pytest.mark.parametrize("orders", [[], [sample_order()]], ids=["empty", "one"])
def test_types_are_the_same_with_and_without_rows(orders: list[Order]) -> None:
    for name, table in frames.to_arrow(orders)._asdict().items():
        found = " ".join(f"{f.name}:{SHORT.get(str(f.type), str(f.type).replace(': ', ':'))}" for f in table.schema)
        assert found == GOLDEN[name]


def test_every_field_of_the_models_has_its_column() -> None:
    """Nothing of an order is left out of the tables."""
    top = {column.path.partition(".")[0] for column in ORDERS}
    assert set(Order.model_fields) - top == {"lines", "shipments"}
    assert set(LineItem.model_fields) == {column.path for column in LINES if column.path}
    assert set(Shipment.model_fields) == {column.path for column in SHIPMENTS if column.path}
    assert set(Refund.model_fields) == {column.path for column in REFUNDS if not column.derived}
    for name in ("buyer", "invoice", "recipient.address", "recipient.privacy"):
        kind: Any = {"buyer": Buyer, "invoice": Invoice, "recipient.privacy": Privacy}.get(
            name, type(Recipient().address)
        )
        assert set(kind.model_fields) == {
            c.path.removeprefix(f"{name}.") for c in ORDERS if c.path.startswith(f"{name}.")
        }


def test_errors_name_table_and_column() -> None:
    with pytest.raises(ConfigurationError, match=r"table orders, column total.*decimal128\(38, 10\)"):
        frames.to_arrow([sample_order(total=Decimal("0.12345678901"))])
    tables = frames.to_arrow([sample_order()], [sample_refund()])
    with pytest.raises(ConfigurationError, match="table orders has no column currency"):
        frames.from_arrow(tables._replace(orders=tables.orders.drop_columns(["currency"])))
    bad = tables.lines.set_column(tables.lines.column_names.index("quantity"), "quantity", [["many"]])
    with pytest.raises(ConfigurationError, match="column quantity"):
        frames.from_arrow(tables._replace(lines=bad))


def test_foreign_columns_and_another_order_of_rows_are_fine() -> None:
    lines = tuple(LineItem(line_id=str(i), quantity=1) for i in range(4))
    orders = [sample_order(str(i), i, lines=lines, raw=None, created_at=at(1)) for i in range(3)]
    tables = frames.to_polars(orders)
    shuffled = tables._replace(
        lines=tables.lines.reverse(), orders=tables.orders.with_columns(mine=tables.orders["key"])
    )
    assert frames.from_polars(shuffled)[0] == orders


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r'pip install "orderhub\[polars\]"'):
        frames.to_polars([])


def test_tables_are_four() -> None:
    assert tuple(TABLES) == frames.FlatTables._fields
