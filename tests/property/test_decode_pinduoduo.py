"""Laws of decoding Pinduoduo orders, over orders built from the money identities of docs/platforms/pinduoduo.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import BAD_AMOUNTS, JSON_VALUES, NOTES, ZERO, bare, cents, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.connectors.pinduoduo.tables import ORDER
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("pinduoduo")
LAW = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    total: Decimal
    fees: Decimal
    extra: dict[str, Any]


def number(amount: Decimal) -> Decimal:
    short = amount.normalize()
    return short if short.as_tuple().exponent < 0 else Decimal(f"{int(short)}.0")  # type: ignore[operator]


DIGITS = st.integers(10**14, 10**15 - 1)
SNS = DIGITS.map(lambda value: f"251112-{value}")
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S"))
JUNK = junk(st.integers(0, 9) | NOTES)
PARTS = ("platform_discount", "seller_discount", "capital_free_discount")


@st.composite
def rows_of_goods(draw: st.DrawFn, count: int, *, gift: bool = False) -> list[dict[str, Any]]:
    found = []
    for place in range(count):
        row = {
            "goods_id": str(draw(DIGITS)), "sku_id": f"{place}{draw(DIGITS)}", "goods_name": draw(NOTES),
            "goods_spec": "蓝色", "goods_img": "https://img.example.test/a.jpeg", "goods_count": draw(st.integers(1, 5)),
            "goods_price": number(draw(cents(0, 100_000))),
        }  # fmt: skip
        if draw(st.booleans()):
            row["outer_id"] = draw(st.sampled_from(["A-1", "B-2"]))
        if gift:
            row |= {"goods_id": int(row["goods_id"]), "sku_id": int(row["sku_id"])}
        found.append(row)
    return found


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[int] | None = None, *, calm: bool = False) -> Truth:
    """A consistent order with everything that may stand in one; `calm` ones are held by nothing."""
    items = draw(rows_of_goods(draw(st.integers(1, 4))))
    gross = sum((row["goods_price"] * row["goods_count"] for row in items), ZERO)
    change = max(-gross, min(draw(cents(-1000, 1000)), gross))
    goods = gross - change
    parts = [min(draw(cents(0, 2000)), goods / 3).quantize(Decimal("0.01"), "ROUND_DOWN") for _ in PARTS]
    postage, fees = draw(cents(0, 2000)), draw(st.lists(cents(0, 500), max_size=2))
    total = goods - sum(parts, ZERO) + postage + sum(fees, ZERO)
    raw = draw(st.sampled_from([1, 2, 3]) if status is None else status)
    refund = 1 if calm else draw(st.sampled_from([1, 1, 1, 2, 3, 4]))
    gifts = draw(rows_of_goods(draw(st.integers(0, 2)), gift=True))
    junk = draw(JUNK)
    document: dict[str, Any] = {
        "order_sn": draw(SNS), "order_status": raw, "refund_status": refund, "after_sales_status": 0,
        "confirm_status": 1, "group_status": 1, "risk_control_status": 0, "is_lucky_flag": 1, "trade_type": 0,
        "is_stock_out": 0, "stock_out_handle_status": -1, "gift_order_status": 2 if calm else draw(st.integers(1, 2)),
        "created_time": draw(TIMES), "pay_time": draw(TIMES), "updated_at": draw(TIMES), "last_ship_time": draw(TIMES),
        "shipping_time": draw(TIMES) if raw > 1 else "", "receive_time": draw(TIMES) if raw > 2 else "",
        "goods_amount": number(goods), "discount_amount": number(sum(parts, ZERO)),
        "order_change_amount": number(change), "postage": number(postage), "pay_amount": number(total),
        "service_fee_detail": [{"service_name": "install_fee", "service_fee": number(fee)} for fee in fees],
        "item_list": items, "gift_list": gifts,
        **{name: number(part) for name, part in zip(PARTS, parts, strict=True)}, **draw(receivers(raw)), **junk,
    }  # fmt: skip
    if raw > 1:
        document |= {"logistics_id": 44, "tracking_number": "SF1", "extra_delivery_list": draw(st.sampled_from(
            [[], [{"logistics_id": 115, "tracking_number": "ZT2"}]]))}  # fmt: skip
    return Truth(document, gross, change + sum(parts, ZERO), total, sum(fees, ZERO), junk)


@st.composite
def receivers(draw: st.DrawFn, raw: int) -> dict[str, Any]:
    secret = draw(st.text("ABCDEFabcdef0123456789+/", min_size=12, max_size=20)) if raw == 1 else ""
    marks = {"receiver_name": "~", "receiver_phone": "$", "receiver_address": "~", "address": "~"}
    found: dict[str, Any] = {
        "receiver_name_mask": "胡*", "receiver_phone_mask": "***********", "receiver_address_mask": "人民东路***",
        "country": "中国", "province": "江西省", "city": "南昌市", "town": "西湖区", "open_address_id": "merge-0001",
    }  # fmt: skip
    return found | {name: f"{mark}{secret}={mark}1{mark}" if secret else "" for name, mark in marks.items()}


one = partial(lone, "pinduoduo")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (truth.items, truth.reduced, truth.total)
    assert (order.residual, order.discrepancy) == (0, 0)
    assert order.shipping_fee == truth.document["postage"]
    assert (order.fees_total, order.tax_total, order.currency) == (truth.fees, 0, "CNY")


@LAW
@given(truths())
def test_lines_add_up_to_the_goods_of_the_order(truth: Truth) -> None:
    order = one(truth.document)
    rows = truth.document["item_list"]
    goods, gifts = order.lines[: len(rows)], order.lines[len(rows) :]
    for line, row in zip(goods, rows, strict=True):
        assert line.unit_price is not None and line.discount is not None
        assert line.subtotal == line.unit_price * line.quantity == row["goods_price"] * row["goods_count"]
        assert line.total == line.subtotal - line.discount
        assert line.discount == line.discount.quantize(Decimal("0.01"))
        assert not line.is_gift
    assert all((line.is_gift, line.subtotal, line.discount, line.total) == (True, 0, 0, 0) for line in gifts)
    assert sum((line.total or ZERO for line in order.lines), ZERO) == truth.items - truth.reduced
    told = [finding.code for finding in orderhub.normalize("pinduoduo", truth.document).findings]
    assert ("discount_apportioned" in told) == (len(rows) > 1 and truth.reduced != 0)


@LAW
@given(truths())
def test_named_discounts_add_up_and_say_who_bears_them(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    assert sum((discount.amount for discount in order.discounts), ZERO) == order.discount_total
    assert all(discount.amount > 0 or discount.kind == "adjustment" for discount in order.discounts)
    borne = {discount.name: (str(discount.funded_by), discount.amount) for discount in order.discounts if discount.name}
    funders = {"platform_discount": "platform", "seller_discount": "seller", "capital_free_discount": "unknown"}
    assert borne == {name: (who, document[name]) for name, who in funders.items() if document[name]}
    assert [d.amount for d in order.discounts if d.kind == "adjustment"] == [
        amount for amount in [document["order_change_amount"]] if amount
    ]


@LAW
@given(truths(), st.sampled_from(["discount_amount", "order_change_amount", *PARTS]))
def test_one_amount_that_is_not_told_follows_from_the_others_or_is_not_known(truth: Truth, name: str) -> None:
    document = {key: value for key, value in truth.document.items() if key != name}
    order = one(document)
    assert (order.discount_total, order.residual) == (truth.reduced, 0)
    blind = one({key: value for key, value in document.items() if key not in ("goods_amount", "order_change_amount")})
    assert blind.discount_total is None
    assert all(line.total is None for line in blind.lines if not line.is_gift)
    assert blind.discrepancy == 0


@LAW
@given(truths(), st.sampled_from(["goods_amount", "discount_amount"]), cents(2, 500))
def test_amounts_that_contradict_each_other_are_told(truth: Truth, name: str, off: Decimal) -> None:
    document = truth.document | {name: truth.document[name] + off}
    found = orderhub.normalize("pinduoduo", document)
    assert [f.path for f in found.findings if f.code == "amounts_disagree"] == [name]
    assert found.orders[0].discrepancy == 0
    assert found.orders[0].residual == (off if name == "discount_amount" else 0)


@pytest.mark.parametrize(
    ("told", "amount"),
    [(Decimal("51.800000000000004"), "51.80"), ("51.800000000000004", "51.80"), (52, "52.00"), ("51.8", "51.80"),
     (Decimal("0.1234"), "0.1234"), (Decimal("1E+2"), "100.00"), (Decimal("29.900000000000002"), "29.90")],
)  # fmt: skip
def test_doubles_lose_their_noise_and_nothing_else(told: Any, amount: str) -> None:
    document = {"order_sn": "251112-1", "order_status": 1, "pay_amount": told,
                "item_list": [{"sku_id": "1", "goods_count": 1}]}  # fmt: skip
    assert str(one(document).total) == amount


@LAW
@given(truths())
def test_statuses_holds_and_whether_to_ship(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    raw, refund = str(document["order_status"]), document["refund_status"]
    assert order.raw_status == raw
    if raw == "1" and refund == 4:
        assert (order.status, order.fulfilment_status) == ("cancelled", "cancelled")
        assert (order.payment_status, order.refunded) == ("refunded", order.paid)
        assert order.paid == order.total
    else:
        assert order.status == FACTS["order_status"][raw]
    assert order.holds == ({"refund_open"} if raw == "1" and refund in (2, 3) else set())
    assert order.aftersale_status == FACTS["refund_status"][str(refund)]
    assert (order.payment_status == "refunded") == (refund == 4)
    assert order.is_shippable == (raw == "1" and refund == 1)
    assert order.fulfilled_by == "merchant"
    assert (order.completed_at is not None) == (raw == "3")
    for line in order.lines:
        assert (line.status, line.raw_status, line.aftersale_status) == (order.status, raw, order.aftersale_status)
        assert line.shipped_quantity == (line.quantity if raw in "23" else 0)


FLAG_CASES = [(name, value, hold) for name, values in FACTS["flags"].items() for value, hold in values.items()]


@LAW
@given(truths(calm=True), st.sampled_from(FLAG_CASES), st.booleans())
def test_every_documented_flag_holds_what_the_page_says(truth: Truth, case: tuple[str, str, str], text: bool) -> None:
    name, value, hold = case
    raw = truth.document["order_status"]
    step = {"step_order_info": {"step_trade_status": 2}} if (name, value) == ("trade_type", "1") else {}
    order = one(truth.document | step | {name: value if text else int(value)})
    if (name, value) in (("confirm_status", "2"), ("group_status", "2")):
        assert order.status == "cancelled" and not order.is_shippable
        return
    assert order.status == FACTS["order_status"][str(raw)]  # a hold never moves a parcel backwards
    stays = hold in ("risk_control", "group_not_formed")
    assert order.holds == ({hold} if hold and (raw == 1 or (raw == 2 and stays)) else set())
    assert order.is_shippable == (raw == 1 and not hold)


@LAW
@given(truths(st.just(1), calm=True), st.sampled_from(sorted(FACTS["steps"])), cents(1, 5000), st.booleans())
def test_deposit_orders(truth: Truth, step: str, deposit: Decimal, text: bool) -> None:
    info = {"step_trade_status": step if text else int(step), "advanced_paid_fee": number(deposit)}
    order, fact = one(truth.document | {"trade_type": 1, "step_order_info": info}), FACTS["steps"][step]
    assert (order.status, order.payment_status) == (fact["status"], fact["payment"])
    assert sorted(map(str, order.holds)) == fact["holds"]
    assert order.paid == {"unpaid": 0, "partially_paid": deposit, "paid": order.total}[fact["payment"]]
    assert order.is_shippable == (step == "2")
    assert "presale" in order.labels


@LAW
@given(truths(st.just(1), calm=True), st.sampled_from([None, {}, {"step_trade_status": ""}]))
def test_a_deposit_order_that_does_not_tell_its_stage_is_not_shipped(truth: Truth, info: Any) -> None:
    order = one(truth.document | {"trade_type": 1, "step_order_info": info})
    assert (order.payment_status, order.paid, order.is_shippable) == ("unknown", None, False)


@LAW
@given(truths(calm=True), st.sampled_from(sorted(FACTS["after_sales_status"])), st.sampled_from([1, 2, 4]))
def test_after_sales_words(truth: Truth, word: str, refund: int) -> None:
    document = truth.document | {"after_sales_status": int(word), "refund_status": refund}
    order, wanted = one(document), FACTS["after_sales_status"][word]
    if wanted in ("none", "closed") and refund != 1:
        wanted = FACTS["refund_status"][str(refund)]
    assert order.aftersale_status == wanted
    if document["order_status"] == 1 and refund != 4:
        told = refund == 2 or word in FACTS["after_sales_groups"]["open"] or wanted == "refunded"
        assert ("refund_open" in order.holds) == told


@LAW
@given(truths(st.sampled_from([1, 2, 3]), calm=True))
def test_a_case_that_was_refunded_is_not_shipped_whatever_the_coarse_word_says(truth: Truth) -> None:
    order = one(truth.document | {"after_sales_status": 10, "refund_status": 1})
    assert (order.aftersale_status, order.payment_status, order.refunded) == ("refunded", "unknown", None)
    assert ("refund_open" in order.holds) == (order.status == "awaiting_shipment")
    assert not order.is_shippable


@LAW
@given(truths(st.just(1), calm=True), st.sampled_from([("0", "1"), ("1", "0"), ("0", "0")]), st.booleans())
def test_a_group_that_is_not_formed_holds_whether_paid_or_not(
    truth: Truth, states: tuple[str, str], paid: bool
) -> None:
    document = truth.document | {"confirm_status": states[0], "group_status": states[1]}
    if not paid:
        document["pay_time"] = ""
    order = one(document)
    assert "group_not_formed" in order.holds
    assert order.status == ("awaiting_shipment" if paid else "pending_payment")
    assert order.paid == (order.total if paid else 0)
    assert not order.is_shippable


@LAW
@given(truths(calm=True), st.sampled_from([2, 0]), st.sampled_from(["confirm_status", "group_status"]))
def test_a_failed_group_is_cancelled_and_money_is_not_guessed(truth: Truth, refund: int, name: str) -> None:
    order = one(truth.document | {name: 2})
    assert (order.status, order.payment_status, order.refunded) == ("cancelled", "unknown", None if order.paid else 0)
    assert {line.refunded for line in order.lines} == {order.refunded}  # a line says no more than its order
    back = one(truth.document | {name: 2, "refund_status": 4})
    assert (back.payment_status, back.refunded) == ("refunded", back.paid)
    never = one(truth.document | {name: 2, "pay_time": ""})
    assert (never.payment_status, never.paid, never.refunded) == ("unpaid", 0, 0)


@LAW
@given(truths(st.just(1), calm=True), st.sampled_from([0, 1, "1", True]))
def test_tags_become_labels_and_one_of_them_holds(truth: Truth, value: Any) -> None:
    rows = [
        {"name": "ship_hold", "value": value},
        {"name": "free_sf", "value": 1},
        {"name": "self_contained", "value": 0},
    ]
    order = one(truth.document | {"order_tag_list": rows})
    assert ("platform_pause" in order.holds) == (value != 0)
    assert ("ship_hold" in order.labels) == (value != 0)
    assert "free_sf" in order.labels and "self_contained" not in order.labels


@LAW
@given(truths(st.just(1), calm=True), st.sampled_from([*sorted(FACTS["depot_type"]), "9", None]))
def test_who_ships_from_a_depot(truth: Truth, kind: str | None) -> None:
    depot = {"depot_id": 7, "depot_code": "D7", "depot_type": kind}
    found = orderhub.normalize("pinduoduo", truth.document | {"order_depot_info": depot})
    (order,) = found.orders
    assert order.fulfilled_by == FACTS["depot_type"].get(kind, "unknown")
    assert order.is_shippable == (order.fulfilled_by == "merchant")
    assert ("unknown_value" in order.holds) == (kind == "9")
    for nothing in (None, {}, {"depot_id": 0, "depot_code": "", "depot_type": None}):
        assert one(truth.document | {"order_depot_info": nothing}).fulfilled_by == "merchant"


@LAW
@given(truths(calm=True), st.sampled_from([0, 1, 2, None]))
def test_gifts_ship_with_the_order_only_where_they_have_none_of_their_own(truth: Truth, state: int | None) -> None:
    order = one(truth.document | {"gift_order_status": state})
    gifts = [line for line in order.lines if line.is_gift]
    assert len(gifts) == (0 if state in (0, 1) else len(truth.document["gift_list"]))
    for line, row in zip(gifts, truth.document["gift_list"], strict=False):
        assert line.extra["goods_price"] == row["goods_price"]
        assert (line.quantity, line.platform_sku_id) == (row["goods_count"], str(row["sku_id"]))
    ids = [line.line_id for line in order.lines]
    assert len(ids) == len(set(ids))


def test_goods_that_share_a_sku_or_have_none_keep_their_own_lines() -> None:
    rows = [{"sku_id": "1", "goods_count": 1}, {"sku_id": "1", "goods_count": 2}, {"goods_count": 3},
            {"goods_id": 5, "goods_count": 4}]  # fmt: skip
    order = one({"order_sn": "251112-1", "order_status": 1, "item_list": rows})
    assert [(line.line_id, line.quantity) for line in order.lines] == [("1", 1), ("1#2", 2), ("line-3", 3), ("5", 4)]


@LAW
@given(truths())
def test_times_are_utc_and_eight_hours_before_beijing(truth: Truth) -> None:
    order = one(truth.document)
    pairs = [(order.created_at, "created_time"), (order.updated_at, "updated_at"), (order.paid_at, "pay_time"),
             (order.ship_by, "last_ship_time"), (order.shipped_at, "shipping_time")]  # fmt: skip
    for found, name in pairs:
        if not (text := truth.document[name]):
            assert found is None
            continue
        assert found is not None and found.tzinfo is UTC
        assert (found + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S") == text


@pytest.mark.parametrize(
    ("told", "at"),
    [(1762912800, datetime(2025, 11, 12, 2, tzinfo=UTC)), ("1762912800", datetime(2025, 11, 12, 2, tzinfo=UTC)),
     (1762912800000, datetime(2025, 11, 12, 2, tzinfo=UTC)), (0, None), ("1970-01-01 08:00:00", None),
     ("0000-00-00 00:00:00", None)],
)  # fmt: skip
def test_other_forms_of_time(told: Any, at: datetime | None) -> None:
    document = {"order_sn": "251112-1", "order_status": 1, "updated_at": told, "item_list": [{"goods_count": 1}]}
    assert one(document).updated_at == at


@LAW
@given(truths())
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth) -> None:
    order = one(truth.document)
    assert dict(order.extra) == truth.extra
    assert order.raw is not None
    assert loads(order.raw) == truth.document
    report = ORDER.report(truth.document)
    assert set(report.unknown) == set(truth.extra)
    assert "pay_amount" in report.used and report.used["pay_amount"] == "total"


@LAW
@given(truths(), st.data())
def test_what_no_row_maps_in_goods_stays_with_the_line(truth: Truth, data: st.DataObject) -> None:
    rows = truth.document["item_list"]
    junk = [data.draw(JUNK) | {"outer_goods_id": "SPU"} for _ in rows]
    for row, more in zip(rows, junk, strict=True):
        row |= more
    assert [dict(line.extra) for line in one(truth.document).lines if not line.is_gift] == junk


@LAW
@given(truths())
def test_people_are_masked_and_the_ciphertext_is_the_token(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    person, privacy = order.recipient, order.recipient.privacy
    assert (person.name, person.phone, person.address.street) == ("胡*", "***********", "人民东路***")
    assert (person.address.province, person.address.city, person.address.district) == ("江西省", "南昌市", "西湖区")
    assert privacy.merge_key == "merge-0001"
    if document["order_status"] == 1:
        assert privacy.kind == "encrypted"
        assert privacy.token is not None
        kept = json.loads(privacy.token)
        assert kept == {name: document[name] for name in (
            "receiver_name", "receiver_phone", "receiver_address", "open_address_id")}  # fmt: skip
        assert privacy.expires_at == order.ship_by
    else:
        assert (privacy.kind, privacy.token, privacy.expires_at) == ("masked", None, None)
    shown = repr(order) + repr(person) + repr(privacy) + repr(person.address)
    assert not any(value in shown for value in ("胡*", "人民东路***", document["receiver_name"] or "胡*"))


@pytest.mark.parametrize(
    ("given_fields", "kind", "street"),
    [
        ({"receiver_name": "胡志", "receiver_phone": "13800000000", "receiver_address": "一路1号"}, "clear", "一路1号"),
        ({"receiver_name_mask": "胡*", "province": "江西省", "city": "南昌市", "town": "西湖区",
          "address_mask": "江西省南昌市西湖区幸福路***"}, "masked", "幸福路***"),
        ({"receiver_name": "~Cipher=~1~"}, "encrypted", None), ({}, "absent", None),
        ({"receiver_phone": "$index$Cipher=$1$$"}, "encrypted", None), ({"open_address_id_2": "m2"}, "absent", None),
    ],
)  # fmt: skip
def test_how_much_of_a_person_is_shown(given_fields: dict[str, str], kind: str, street: str | None) -> None:
    document = {"order_sn": "251112-1", "order_status": 1, "item_list": [{"goods_count": 1}], **given_fields}
    person = one(document).recipient
    assert (person.privacy.kind, person.address.street) == (kind, street)
    assert person.name is None or "~" not in person.name
    assert person.privacy.merge_key == given_fields.get("open_address_id_2")


@LAW
@given(truths())
def test_parcels(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    more = document.get("extra_delivery_list") or []
    numbers = (
        [document["tracking_number"], *(row["tracking_number"] for row in more)]
        if "tracking_number" in document
        else []
    )
    assert [parcel.waybill_no for parcel in order.shipments] == numbers
    everything = {(line.line_id, line.quantity) for line in order.lines}
    for parcel in order.shipments:
        assert set(parcel.lines) == (set() if more else everything)
        assert parcel.shipped_at == order.shipped_at
        assert parcel.carrier is None and parcel.carrier_name in ("44", "115")


def test_gifts_in_a_parcel_of_their_own() -> None:
    document = {
        "order_sn": "251112-1", "order_status": 2, "logistics_id": 44, "tracking_number": "SF1",
        "item_list": [{"sku_id": "1", "goods_count": 1}], "gift_list": [{"sku_id": 2, "goods_count": 3}],
        "gift_delivery_list": [{"logistics_id": 115, "tracking_number": "ZT2"}],
        "resend_delivery_list": {"tracking_number": "SF1"}, "gift_order_status": 2,
    }  # fmt: skip
    document["resend_delivery_list"] = []
    order = one(document)
    assert [(p.waybill_no, p.lines) for p in order.shipments] == [
        ("SF1", (("1", 1),)), ("ZT2", (("gift:2", 3),)),
    ]  # fmt: skip


@LAW
@given(truths(st.just(1), calm=True), NOTES)
def test_notes_flags_and_wishes(truth: Truth, note: str) -> None:
    order = one(truth.document | {
        "buyer_memo": note, "remark": note, "remark_tag": 5, "invoice_status": 1, "is_pre_sale": 1,
        "express_memos": [{"scene": 1, "tag": "韵达快递"}, {"scene": 2, "tag": "圆通"}],
        "related_order_list": [{"order_sn": "251112-9", "relation_type": 3}], "shipping_type": 2,
    })  # fmt: skip
    assert (order.buyer_note, order.seller_note, order.seller_flag) == (note, note, "5")
    assert order.invoice is not None and order.invoice.wanted
    assert set(order.labels) == {
        "presale", "carrier_not:yunda", "price_difference_of:251112-9", "one_hour_delivery",
    }  # fmt: skip
    assert order.is_shippable


# --- shapes -------------------------------------------------------------------------------------------------------

FREE_TEXT = {"goods_name", "goods_spec", "goods_img", "outer_id"}


def retyped(value: Any, name: str = "") -> Any:
    """Numbers as text and text as numbers, wherever both mean the same."""
    if isinstance(value, dict):
        return {key: inner if key.startswith("zz_") or key in FREE_TEXT else retyped(inner, key)
                for key, inner in value.items()}  # fmt: skip
    if isinstance(value, list):
        return [retyped(item) for item in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value


@LAW
@given(truths())
def test_every_shape_of_a_payload_gives_the_same_order(truth: Truth) -> None:
    document, wanted = truth.document, bare(one(truth.document))
    shapes: list[Any] = [
        document_bytes(document), document_bytes(document).decode(), [document], (document,),
        {"order_info_get_response": {"order_info": document}}, {"order_info": document},
        {"order_list_get_response": {"order_list": [document], "total_count": 1, "has_next": False}},
        {"order_sn_increment_get_response": {"order_sn_list": [document], "request_id": "r"}, "request_id": "q"},
        {"order_basic_list_get_response": {"order_list": [document]}}, {"order_sn_list": [document]},
        {"order_list": {"order": [document]}}, {"order_list": document}, {"order_list": {"order": document}},
        [{"order_info_get_response": {"order_info": document}}], [[document]], retyped(document),
        document_bytes(retyped(document)), {"order_list": [document], "total_count": "1"},
    ]  # fmt: skip
    if len(document["item_list"]) == 1:
        shapes += [document | {"item_list": document["item_list"][0]},
                   document | {"item_list": {"item": document["item_list"][0]}},
                   document | {"item_list": {"item": document["item_list"]}}]  # fmt: skip
    for shape in shapes:
        assert bare(one(shape)) == wanted


@pytest.mark.fault(17)
@LAW
@given(truths(), st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, data: st.DataObject) -> None:
    document = truth.document
    needed = {"order_sn", "order_status", "item_list"}
    gone = data.draw(st.sets(st.sampled_from(sorted(set(document) - needed))))
    for name in gone:
        document |= {name: data.draw(st.sampled_from([None, ""]))}
    for row in document["item_list"]:
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - {"goods_count"})))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    assert (order.total is None) == ("pay_amount" in gone)
    for line in order.lines:
        told = None not in (line.subtotal, line.discount)
        assert line.total == ((line.subtotal or ZERO) - (line.discount or ZERO) if told else None)
    if {"refund_status", "after_sales_status"} <= gone:
        assert order.aftersale_status == "unknown" and not order.is_shippable


REQUIRED = [
    ("order_sn", "order_id"),
    ("order_status", "raw_status"),
    ("item_list", "lines"),
    ("goods_count", "quantity"),
]


@LAW
@given(truths(), st.sampled_from(REQUIRED), st.sampled_from(["pop", None, ""]))
def test_a_missing_required_field_is_named_with_its_order(truth: Truth, case: tuple[str, str], how: str | None) -> None:
    name, field = case
    document = copy.deepcopy(truth.document)
    place = document["item_list"][-1] if name == "goods_count" else document
    place.pop(name) if how == "pop" else place.update({name: how})
    found = orderhub.normalize("pinduoduo", [document, truth.document])
    assert [order.order_id for order in found.orders] == [truth.document["order_sn"]]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == (None if name == "order_sn" else truth.document["order_sn"])
    assert field in finding.message
    assert name in (finding.path or "")
    assert found.quarantined[0][2] == finding
    assert loads(found.quarantined[0][1]) == document


AMOUNTS = ["pay_amount", "postage", "goods_amount", "discount_amount", "order_change_amount", *PARTS]


@LAW
@given(truths(), st.sampled_from(BAD_AMOUNTS), st.data())
def test_what_is_not_an_amount_is_refused_by_name_and_harms_no_neighbour(
    truth: Truth, bad: Any, data: st.DataObject
) -> None:
    document = copy.deepcopy(truth.document)
    place = data.draw(st.integers(0, len(document["item_list"]) - 1))
    in_line = data.draw(st.booleans())
    name = "goods_price" if in_line else data.draw(st.sampled_from(AMOUNTS))
    (document["item_list"][place] if in_line else document)[name] = bad
    good = truth.document | {"order_sn": "7"}
    found = orderhub.normalize("pinduoduo", [good, document, good | {"order_sn": "8"}])
    assert [order.order_id for order in found.orders] == ["7", "8"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == truth.document["order_sn"]
    assert finding.path == (f"item_list[{place}].{name}" if in_line else name)


@settings(max_examples=150, deadline=None)
@given(truths(), JSON_VALUES, st.data())
def test_no_value_anywhere_loses_another_order(truth: Truth, odd: Any, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    names = FACTS["fields"]["order"]["must_map"] + ["zz_unmapped"]
    place: dict[str, Any] = document
    if data.draw(st.booleans()):
        place, names = document["item_list"][0], FACTS["fields"]["item"]["must_map"]
    place[data.draw(st.sampled_from(names))] = odd
    found = orderhub.normalize("pinduoduo", [document, truth.document | {"order_sn": "7"}])
    assert "7" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        assert order.discrepancy in (0, None)


SECRET_TEXTS = ["胡志明先生收", "13800138000", "人民东路606号绿城玫瑰园", "$AgAAAAExamplePhoneCipher001=$1$"]
PERSONAL = ["receiver_name", "receiver_phone", "receiver_address", "address", "receiver_name_mask", "buyer_memo"]


@LAW
@given(truths(), st.sampled_from(SECRET_TEXTS), st.sampled_from(PERSONAL))
def test_personal_data_stays_out_of_findings(truth: Truth, secret: str, name: str) -> None:
    document = truth.document | {name: secret, "order_change_amount": f"<{secret}>"}
    found = orderhub.normalize("pinduoduo", document)
    (finding,) = found.findings
    assert finding.path == "order_change_amount"
    assert secret not in repr(finding)
    wrong = orderhub.normalize("pinduoduo", truth.document | {name: [secret]})
    assert secret not in repr(wrong.findings)


WORDS = ["order_status", "refund_status", "after_sales_status", *FACTS["flags"]]


@pytest.mark.fault(16)
@LAW
@given(truths(st.just(1), calm=True), st.sampled_from(WORDS), st.sampled_from([77, "77", "NEW", -9]))
def test_an_unknown_word_in_any_place_forbids_shipping_and_is_told(truth: Truth, name: str, odd: Any) -> None:
    found = orderhub.normalize("pinduoduo", truth.document | {name: odd})
    (order,) = found.orders
    assert "unknown_value" in order.holds
    assert not order.is_shippable
    (finding,) = [finding for finding in found.findings if finding.code == "unknown_value"]
    assert (finding.value, finding.order_id, finding.path) == (str(odd), order.order_id, name)
    if name == "order_status":
        assert (order.status, order.raw_status, order.fulfilment_status) == ("unknown", str(odd), "unknown")
        assert {line.shipped_quantity for line in order.lines} == {None}


@pytest.mark.parametrize("raw", FACTS["order_status_not_in_orders"]["values"])
def test_words_of_filters_and_of_the_status_call_are_unknown_in_orders(raw: str) -> None:
    document = {"order_sn": "251112-1", "order_status": int(raw), "item_list": [{"goods_count": 1}]}
    assert orderhub.normalize("pinduoduo", document).orders[0].status == "unknown"


@LAW
@given(truths())
def test_orders_survive_being_stored_as_json(truth: Truth) -> None:
    order = one(truth.document)
    back = stored(Order, encode(order), order.raw)
    assert bare(back) == bare(order)  # numbers of unmapped fields come back as text
    assert (back.raw, set(back.extra)) == (order.raw, set(order.extra))
    dumped = order.dump()
    assert dumped["total"] == str(order.total)
    assert "raw" not in dumped
    assert loads(order.dump(raw=True)["raw"].encode()) == truth.document
    assert dumped["is_shippable"] == order.is_shippable


@LAW
@given(truths())
def test_orders_are_equal_to_what_is_read_back_from_their_dump(truth: Truth) -> None:
    order = one(truth.document | {"duo_duo_pay_reduction": Decimal("0.10"), "home_install_value": Decimal("1.50")})
    again = Order.model_validate_json(order.model_dump_json())
    assert again == order.model_copy(update={"raw": None})
    assert again.extra != order.model_copy(update={"extra": {**order.extra, "cat_id_9": 1}}).extra


def test_an_error_reply_among_good_ones_is_a_finding() -> None:
    good = {"order_sn": "251112-7", "order_status": 1, "item_list": [{"goods_count": 1}]}
    refused = {"error_response": {"error_code": 52101, "error_msg": "限流", "request_id": "r"}}
    found = orderhub.normalize("pinduoduo", [refused, {"order_info_get_response": {"order_info": good}}])
    assert [order.order_id for order in found.orders] == ["251112-7"]
    assert [(f.code, f.path, f.request_id) for f in found.findings] == [("undecodable", "error_response", "r")]
    assert loads(found.quarantined[0][1]) == refused


@pytest.mark.parametrize(
    "payload",
    [
        {"order_sn_increment_get_response": {"has_next": False, "total_count": 0, "order_sn_list": []}},
        {"order_list_get_response": {"has_next": False, "total_count": 0}}, {"order_list_get_response": {}},
        {"order_list": []}, {"order_sn_list": None}, {"request_id": "r"}, {}, [], b"[]", '{"order_list":[]}',
    ],
    ids=str,
)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("pinduoduo", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize(
    "payload", ["", "nonsense", b"\xff", "5", "null", '"order_sn"', '{"error_response":{"error_code":7}}']
)
def test_what_holds_no_orders_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("pinduoduo", payload)
    assert found.orders == ()
    assert [finding.severity for finding in found.findings] == ["error"]
    assert len(found.quarantined) == 1


@LAW
@given(truths(calm=True))
def test_overrides_are_data(truth: Truth) -> None:
    document = truth.document | {"promise_delivery_time": "2025-11-20 00:00:00", "remark_tag_name": "急"}
    for row in document["item_list"]:
        row["customization"] = "刻字"
    for row in document["gift_list"]:
        row["customization"] = "礼"
    order = one(document, overrides={
        "order": {"seller_note": "remark_tag_name", "ship_by": {"path": "promise_delivery_time",
                                                                "convert": "beijing_time"}},
        "line": {"variant": "customization"}, "gift": {"variant": "customization"},
    })  # fmt: skip
    assert order.seller_note == "急"
    assert order.ship_by == datetime(2025, 11, 19, 16, tzinfo=UTC)
    assert {line.variant for line in order.lines} <= {"刻字", "礼"}
    assert not {"promise_delivery_time", "remark_tag_name"} & set(order.extra)
    assert not any("customization" in line.extra for line in order.lines)
