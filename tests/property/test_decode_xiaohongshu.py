"""Laws of decoding Xiaohongshu orders, over orders built from docs/platforms/xiaohongshu.md#money."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import NOTES, ZERO, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.models import Order

FACTS = facts("xiaohongshu")
LAW = settings(max_examples=40, deadline=None)
SECRETS = ("李晓明", "13812345678", "体育西路99号", "#c2VhbGVk#1")
STATUSES = st.sampled_from(sorted(FACTS["order_status"]))
TIMES = st.integers(1_577_836_800_000, 1_893_456_000_000)
JUNK = junk()


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means, in fen."""

    document: dict[str, Any]
    lines: tuple[tuple[int, int], ...]
    change: int
    tax: int
    freight: int
    total: int
    extra: dict[str, Any]


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES) -> Truth:
    """A consistent order with everything that may stand in one; a changed price stands in its lines or beside them."""
    raw, rows, told, distance, paid_sum = draw(status), [], [], 0, 0
    on_top, changed = draw(st.booleans()), draw(st.sampled_from(["no", "inside", "beside"]))
    taxes = 0
    for number in range(draw(st.integers(1, 4))):
        units, price = draw(st.integers(1, 5)), draw(st.integers(100, 100_000))
        gross = units * price
        merchant = draw(st.integers(0, gross // 3))
        red = draw(st.integers(0, gross // 3))
        cut = draw(st.integers(0, gross // 4)) if changed == "inside" else 0
        paid = gross - merchant - red - cut
        tax = draw(st.integers(0, 900)) if changed != "beside" else 0  # else two readings may add up
        distance, paid_sum, taxes = distance + cut, paid_sum + paid, taxes + tax
        told.append((gross, merchant + red + cut))
        rows.append({
            "skuId": draw(st.sampled_from(["6400000000000000000000a1", "6400000000000000000000a2"])), "skuName": draw(NOTES),
            "erpcode": draw(st.sampled_from(["", "S-1", "S-2"])), "skuSpec": draw(NOTES), "skuQuantity": units,
            "totalPaidAmount": paid, "totalMerchantDiscount": merchant, "totalRedDiscount": red, "totalTaxAmount": tax,
            "skuTag": draw(st.integers(0, 3)), "skuDetailList": [
                {"skuId": "p", "quantity": units, "rawPricePerSku": price, "pricePerSku": price, "barcode": f"B{number}"}],
        })  # fmt: skip
    freight = draw(st.integers(0, 2000))
    beside = draw(st.integers(1, 90)) if changed == "beside" and paid_sum > 90 else 0
    tax = taxes if on_top else 0
    total = paid_sum - beside + freight + tax
    clear = draw(st.booleans())
    document: dict[str, Any] = {
        "orderId": f"P{draw(st.integers(10**17, 10**18 - 1))}", "orderStatus": draw(st.sampled_from([raw, int(raw)])),
        "orderAfterSalesStatus": 0, "cancelStatus": 0, "createdTime": draw(TIMES), "paidTime": draw(st.one_of(TIMES, st.just(0))),
        "updateTime": draw(TIMES), "totalPayAmount": draw(st.sampled_from([total, str(total)])),
        "totalShippingFree": freight, "totalChangePriceAmount": draw(st.sampled_from([1, -1])) * (distance or beside),
        "totalMerchantDiscount": sum(row["totalMerchantDiscount"] for row in rows),
        "totalRedDiscount": sum(row["totalRedDiscount"] for row in rows), "skuList": rows,
        "receiverName": SECRETS[0] if clear else SECRETS[3], "receiverPhone": SECRETS[1] if clear else "",
        "receiverAddress": SECRETS[2] if clear else "", "receiverProvinceName": "广东省", "openAddressId": "key-1",
        "customerRemark": draw(NOTES),
    }  # fmt: skip
    junk = draw(JUNK)
    return Truth(document | junk, tuple(told), distance or beside, tax, freight, total, junk)


def fen(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


one = partial(lone, "xiaohongshu")


def total(amounts: Iterator[Decimal | None]) -> Decimal:
    return sum((amount or ZERO for amount in amounts), ZERO)


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.total, order.shipping_fee, order.fees_total) == (fen(truth.total), fen(truth.freight), 0)
    assert order.tax_total == fen(truth.tax)
    assert order.residual == order.discrepancy == 0 and order.currency == "CNY"
    assert total(line.total for line in order.lines) == (order.items_total or ZERO) - (order.discount_total or ZERO)
    assert total(row.amount for row in order.discounts) == order.discount_total


@LAW
@given(truths())
def test_lines_tell_gross_and_reductions(truth: Truth) -> None:
    order = one(truth.document)
    for line, (gross, off) in zip(order.lines, truth.lines, strict=True):
        assert line.subtotal == fen(gross) and line.total == line.subtotal - (line.discount or ZERO)
        assert line.unit_price is not None and line.unit_price * line.quantity == line.subtotal
        assert (line.discount or ZERO) >= fen(off)
    assert order.items_total == total(line.subtotal for line in order.lines)
    adjusted = total(row.amount for row in order.discounts if row.kind == "adjustment")
    assert adjusted == fen(truth.change)


@LAW
@given(truths())
def test_lines_have_ids_of_their_own_and_keep_what_nobody_maps(truth: Truth) -> None:
    order = one(truth.document)
    assert len({line.line_id for line in order.lines}) == len(order.lines)
    assert set(truth.extra) == {name for name in order.extra if name.startswith("zz_")}
    assert json.loads(order.raw or b"")["orderId"] == order.order_id


@LAW
@given(truths(), st.text("abcxyz019", min_size=1, max_size=6).filter(lambda word: word not in FACTS["order_status"]))
def test_unknown_words_are_kept_reported_and_never_shippable(truth: Truth, word: str) -> None:
    found = orderhub.normalize("xiaohongshu", truth.document | {"orderStatus": word})
    (order,) = found.orders
    assert str(order.status) == "unknown" and order.raw_status == word and not order.is_shippable
    assert [(told.code, told.order_id) for told in found.findings if told.path == "orderStatus"] == [
        ("unknown_value", order.order_id)
    ]


@LAW
@given(truths())
def test_however_it_is_wrapped_it_is_the_same_order(truth: Truth) -> None:
    document = truth.document
    plain = one(document)
    reply = {"success": True, "error_code": 0, "error_msg": "", "data": document}
    for payload in (reply, json.dumps(reply), json.dumps(document).encode(), [document], [reply], {"data": [document]},
                    {"orderList": [document]}, {**reply, "data": {"orderList": [document], "total": 1}}):  # fmt: skip
        assert one(payload) == plain


MISSING = st.sampled_from(
    ["totalPaidAmount", "totalMerchantDiscount", "totalRedDiscount", "totalTaxAmount", "skuDetailList", "erpcode"]
)


@LAW
@given(truths(), st.lists(MISSING, max_size=3), st.booleans())
def test_what_is_missing_is_never_zero(truth: Truth, gone: list[str], totals: bool) -> None:
    document = copy.deepcopy(truth.document)
    for row in document["skuList"]:
        for name in gone:
            row.pop(name, None)
    if totals:
        document.pop("totalPayAmount")
    order = one(document)
    assert (order.total is None) == totals and order.discrepancy in (None, 0)
    if "totalPaidAmount" in gone:
        assert all(line.total is None for line in order.lines) and order.items_total is None
    for line in order.lines:
        if line.subtotal is not None and line.total is not None:
            assert line.discount == line.subtotal - line.total
    if order.discount_total is not None:
        assert total(row.amount for row in order.discounts) == order.discount_total


BROKEN: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", [], {}, [1], {"a": 1}, True, 1.5, "x", -1, float("nan"), SECRETS[1], [[]], 10**30]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@settings(max_examples=120, deadline=None)
@given(truths(), st.data())
def test_broken_documents_are_reported_and_never_take_others_along(truth: Truth, data: st.DataObject) -> None:
    broken = copy.deepcopy(truth.document)
    path = data.draw(st.sampled_from([place for place in places(broken) if place]))
    spot = broken
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = data.draw(BROKEN)
    good = truth.document | {"orderId": "P999999999999999999"}
    found = orderhub.normalize("xiaohongshu", [broken, good])
    assert "P999999999999999999" in {order.order_id for order in found.orders}
    assert len(found.orders) == 2 or [told for told in found.findings if told.severity == "error"]
    for order in found.orders:
        assert order.discrepancy in (None, 0)
    shown = " ".join(f"{told.message} {told.value} {told.path}" for told in found.findings) + repr(found.orders)
    assert not [secret for secret in SECRETS if secret in shown]


def test_an_empty_page_is_no_orders_and_no_finding() -> None:
    for payload in ({"success": True, "error_code": 0, "data": {"orderList": [], "total": 0}}, {"orderList": []}, [],
                    {"success": True, "error_code": 0, "data": {}}, {"success": True, "error_code": 0, "data": None},
                    {"orderList": [{"orderId": "P1", "orderStatus": 4}]}):  # fmt: skip
        found = orderhub.normalize("xiaohongshu", payload)
        assert (list(found.orders), list(found.findings)) == ([], [])


@pytest.mark.parametrize("payload", [{"success": False, "error_code": 1002}, "[1, {}]", [None], {"orderId": "P1"}])
def test_what_is_no_order_is_a_finding_or_an_error(payload: Any) -> None:
    try:
        found = orderhub.normalize("xiaohongshu", payload)
    except orderhub.OrderHubError:
        return
    assert not found.orders and found.findings


def parcels(status: int, *rows: tuple[str, list[str]], **more: Any) -> Order:
    lines = [{"skuId": sku, "skuQuantity": units, "totalPaidAmount": 100, "totalMerchantDiscount": 0,
              "totalRedDiscount": 0} for sku, units in (("a", 1), ("b", 3))]  # fmt: skip
    told = [{"expressTrackingNo": number, "expressCompanyCode": "yunda", "skuIdList": skus} for number, skus in rows]
    return one({"orderId": "P1", "orderStatus": status, "skuList": lines, "totalPayAmount": 200,
                "totalShippingFree": 0, "deliveryTime": 1772330000000, "simpleDeliveryOrderList": told, **more})  # fmt: skip


def test_parcels_hold_lines_whole() -> None:
    part = parcels(5, ("Y1", ["b"]))
    assert [(str(line.status), line.shipped_quantity) for line in part.lines] == [
        ("awaiting_shipment", 0),
        ("shipped", 3),
    ]
    assert part.shipments[0].lines == (("b", 3),) and part.shipments[0].carrier == "yunda" and part.is_shippable
    assert part.shipments[0].shipped_at == part.shipped_at is not None
    silent = parcels(5)
    assert {line.shipped_quantity for line in silent.lines} == {None} and not silent.is_shippable
    head = parcels(6, expressTrackingNo="Y9", expressCompanyCode="qq")
    assert head.shipments[0].lines == (("a", 1), ("b", 3)) and head.shipments[0].carrier_name == "qq"
    closed = parcels(8, ("Y1", ["a", "b"]))
    assert str(closed.status) == "shipped" and {line.shipped_quantity for line in closed.lines} == {1, 3}
    assert [str(line.status) for line in parcels(9).lines] == ["cancelled", "cancelled"]
    assert "exchange_requested" in parcels(10, ("Y1", ["a"])).labels


def test_a_presale_holds_until_it_is_paid() -> None:
    unpaid = parcels(1, totalDepositAmount=50)
    assert sorted(map(str, unpaid.holds)) == ["presale"] and unpaid.paid == 0 and "presale" in unpaid.labels
    deposit = parcels(1, totalDepositAmount=50, paidTime=1772330000000)
    assert sorted(map(str, deposit.holds)) == ["deposit_only", "presale"]
    assert (str(deposit.payment_status), deposit.paid, deposit.paid_at) == ("partially_paid", fen(50), None)


def test_receivers_show_what_is_shown_and_no_more() -> None:
    sealed = parcels(4, receiverName="#x#1", openAddressId="k").recipient
    assert (sealed.name, str(sealed.privacy.kind), sealed.privacy.token, sealed.privacy.merge_key) == (
        None, "encrypted", "k", "k",
    )  # fmt: skip
    assert str(parcels(4, openAddressId="k").recipient.privacy.kind) == "encrypted"
    assert str(parcels(4, receiverPhone="138****5678").recipient.privacy.kind) == "masked"
    assert str(parcels(4, receiverName="李").recipient.privacy.kind) == "clear"
    assert str(parcels(4).recipient.privacy.kind) == "absent"


def test_reductions_that_only_the_order_tells_are_shared_out() -> None:
    lines = [{"skuId": sku, "skuQuantity": 1, "totalPaidAmount": paid} for sku, paid in (("a", 100), ("b", 200))]
    document = {"orderId": "P1", "orderStatus": 4, "skuList": lines, "totalPayAmount": 300, "totalShippingFree": 0,
                "totalMerchantDiscount": 10, "totalRedDiscount": 5, "merchantActualReceiveAmount": 305}  # fmt: skip
    found = orderhub.normalize("xiaohongshu", document)
    (order,) = found.orders
    assert (order.items_total, order.discount_total, order.total) == (fen(315), fen(15), fen(300))
    assert [finding.code for finding in found.findings] == ["discount_apportioned"]
    assert {(row.kind, str(row.funded_by)) for row in order.discounts} == {
        ("merchant", "seller"), ("red_packet", "platform"),
    }  # fmt: skip


def test_a_price_changed_beside_the_lines_is_shared_out_whatever_tax_they_hold() -> None:
    found = orderhub.normalize("xiaohongshu", {
        "orderId": "P1", "orderStatus": 4, "totalPayAmount": 280, "totalShippingFree": 0, "totalChangePriceAmount": 20,
        "skuList": [{"skuId": sku, "skuQuantity": 1, "totalPaidAmount": paid, "totalMerchantDiscount": 0,
                     "totalRedDiscount": 0, "totalTaxAmount": 3} for sku, paid in (("a", 100), ("b", 200))],
    })  # fmt: skip
    (order,) = found.orders
    assert (order.items_total, order.discount_total, order.tax_total) == (fen(300), fen(20), ZERO)
    assert [line.total for line in order.lines] == [fen(94), fen(186)]
    assert [finding.code for finding in found.findings] == ["discount_apportioned"]


def test_tax_is_not_told_where_no_reading_adds_up() -> None:
    line = {"skuId": "a", "skuQuantity": 1, "totalPaidAmount": 100, "totalTaxAmount": 3}
    order = one({"orderId": "P1", "orderStatus": 4, "totalPayAmount": 107, "totalShippingFree": 0, "skuList": [line]})
    assert order.tax_total is None


def test_a_total_that_nothing_explains_shows_in_the_residual() -> None:
    order = parcels(4, totalPayAmount=207)
    assert order.residual == fen(7) and order.discrepancy == 0
