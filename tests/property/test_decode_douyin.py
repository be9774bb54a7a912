"""Laws of decoding Douyin orders, over orders built from the money identities of docs/platforms/douyin.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import NOTES, ZERO, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.kit.json import loads

FACTS = facts("douyin")
LAW = settings(max_examples=25, deadline=None)
SECRETS = ("李晓明", "13812345678", "体育西路99号", "#exIdx#exCipherName*exSuffix#1##", "1@#exampleOpenId==")


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means, in fen."""

    document: dict[str, Any]
    items: int
    reduced: int
    freight: int
    fees: int
    tax: int
    total: int
    extra: dict[str, Any]


def yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


JUNK = junk()
TIMES = st.integers(1_600_000_000, 1_900_000_000)
STATUSES = st.sampled_from(sorted(FACTS["order_status"]))
MOSTLY_NONE = st.sampled_from(["0"] * 6 + sorted(FACTS["child_case"]))
CHILDREN_OF = {"101": ("3", "2")}


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES) -> Truth:
    """A consistent order with everything that may stand in one."""
    raw, rows, number = draw(status), [], str(draw(st.integers(10**18, 10**19 - 1)))
    shares = {"shop": 0, "platform": 0, "talent": 0}
    for place in range(draw(st.integers(1, 4))):
        price, units = draw(st.integers(0, 100_000)), draw(st.integers(1, 5))
        left = price * units
        own = {}
        for name in shares:
            own[name] = draw(st.integers(0, 3000).map(lambda off, most=left: min(off, most)))
            left -= own[name]
            shares[name] += own[name]
        words = CHILDREN_OF.get(raw, (raw,))
        kind = draw(st.sampled_from(FACTS["child_numbers"]["after_sale_type"]))
        rows.append({
            "order_id": number if not place else str(int(number) + place), "order_status": int(words[place % len(words)]),
            "product_id": 3712345678901234567, "sku_id": 3512345678901234, "code": draw(st.sampled_from(["", "A-1"])),
            "product_name": draw(NOTES), "item_num": units, "origin_amount": price, "sum_amount": price * units,
            "promotion_amount": sum(own.values()), "pay_amount": left,
            "trade_type": int(draw(st.sampled_from(sorted(FACTS["trade_type"])))), "spec": [{"name": "色", "value": "蓝"}],
            "given_product_type": draw(st.sampled_from(["", "MASTER", "FREE"])), "inventory_list": [{"warehouse_type": 0}],
            "after_sale_info": {"after_sale_status": int(draw(MOSTLY_NONE)), "after_sale_type": int(kind),
                                "refund_status": int(draw(st.sampled_from(["0", "0", "0", "1", "3", "4"])))},
        })  # fmt: skip
    items, reduced = sum(row["sum_amount"] for row in rows), sum(row["promotion_amount"] for row in rows)
    freight, packing, insurance, tax = (draw(st.integers(0, 2000)) for _ in range(4))
    total = items - reduced + freight + packing + insurance + tax
    junk = draw(JUNK)
    document: dict[str, Any] = {
        "order_id": number, "order_status": int(raw), "order_type": 0, "pay_type": draw(st.sampled_from([1, 2, 8])),
        "create_time": draw(TIMES), "pay_time": 0 if raw == "1" else draw(TIMES), "update_time": draw(TIMES),
        "ship_time": 0, "finish_time": 0, "exp_ship_time": draw(TIMES), "pay_amount": total, "post_amount": freight,
        "packing_amount": packing, "post_insurance_amount": insurance, "tax_amount": tax, "modify_amount": 0,
        "promotion_pay_amount": 0, "promotion_amount": reduced, "promotion_shop_amount": shares["shop"],
        "promotion_platform_amount": shares["platform"], "promotion_talent_amount": shares["talent"],
        "buyer_words": draw(NOTES), "seller_words": "", "seller_remark_stars": draw(st.integers(0, 5)),
        "doudian_open_id": SECRETS[4], "mask_post_receiver": draw(st.sampled_from([SECRETS[0], "李**"])),
        "mask_post_tel": SECRETS[1], "encrypt_post_receiver": draw(st.sampled_from(["", SECRETS[3]])),
        "post_addr": {"province": {"name": "广东省", "id": "44"}, "detail": SECRETS[2]}, "sku_order_list": rows,
        "logistics_info": [], "order_phase_list": [],
    }  # fmt: skip
    return Truth(document | junk, items, reduced, freight, packing + insurance, tax, total, junk)


one = partial(lone, "douyin")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (
        yuan(truth.items), yuan(truth.reduced), yuan(truth.total))  # fmt: skip
    assert (order.shipping_fee, order.fees_total, order.tax_total) == (
        yuan(truth.freight), yuan(truth.fees), yuan(truth.tax))  # fmt: skip
    assert order.residual == order.discrepancy == 0
    assert order.currency == "CNY"
    assert sum((row.amount for row in order.discounts), ZERO) == order.discount_total


@LAW
@given(truths())
def test_lines_add_up_to_the_goods_of_the_order(truth: Truth) -> None:
    order = one(truth.document)
    for line, row in zip(order.lines, truth.document["sku_order_list"], strict=True):
        assert (line.subtotal, line.discount) == (yuan(row["sum_amount"]), yuan(row["promotion_amount"]))
        assert line.subtotal is not None
        assert line.discount is not None
        assert line.total == line.subtotal - line.discount
        assert line.is_gift == (row["given_product_type"] == "FREE")
    assert sum((line.total or ZERO for line in order.lines), ZERO) == yuan(truth.items - truth.reduced)


@LAW
@given(truths(), st.integers(1, 5000), st.sampled_from([1, -1]), st.booleans())
def test_a_sellers_change_counts_in_either_direction_and_a_channels_discount_as_it_does(
    truth: Truth, change: int, direction: int, channel: bool
) -> None:
    document = copy.deepcopy(truth.document)
    if not truth.items:
        return
    document["modify_amount"], document["pay_amount"] = change, truth.total - direction * change
    if channel:
        document["promotion_pay_amount"] = 7
        document["pay_amount"] -= 7
    order = one(document)
    assert order.residual == order.discrepancy == 0
    assert order.discount_total == yuan(truth.reduced + direction * change + (7 if channel else 0))
    kinds = {row.kind: row.amount for row in order.discounts}
    assert kinds["adjustment"] == yuan(direction * change)
    assert sum((line.total or ZERO for line in order.lines), ZERO) == order.items_total - order.discount_total  # type: ignore[operator]


@LAW
@given(truths(), st.integers(1, 10**6))
def test_what_nothing_explains_stays_in_sight(truth: Truth, off: int) -> None:
    order = one(truth.document | {"pay_amount": truth.total + off})
    assert order.residual == yuan(off)
    assert order.discrepancy == 0


@LAW
@given(truths())
def test_statuses_holds_and_whether_to_ship(truth: Truth) -> None:
    order, raw = one(truth.document), str(truth.document["order_status"])
    fact, rows = FACTS["order_status"][raw], truth.document["sku_order_list"]
    cases = [row["after_sale_info"] for row in rows]
    back = [c["refund_status"] == 3 or (c["after_sale_status"] == 12 and str(c["after_sale_type"]) in
            FACTS["child_numbers"]["money_back_types"]) for c in cases]  # fmt: skip
    gone = raw in ("2", "105") and all(back)
    assert order.status == ("cancelled" if gone else fact["word"])
    if not gone:
        assert order.fulfilment_status == fact["fulfilment"]
        stops = any(FACTS["child_case"][str(c["after_sale_status"])]["stops"] for c in cases)
        assert ("refund_open" in order.holds) == (stops and raw in ("2", "105", "101"))
        assert set(fact["holds"]) <= set(order.holds)
    assert order.is_shippable == (order.status in ("awaiting_shipment", "partially_shipped") and not order.holds
                                  and order.payment_status != "unknown" and order.aftersale_status != "unknown")  # fmt: skip
    for line, returned in zip(order.lines, back, strict=True):
        assert (line.aftersale_status == "refunded") >= returned


@LAW
@given(truths())
def test_the_payment_axis_follows_status_and_cases(truth: Truth) -> None:
    order, raw = one(truth.document), str(truth.document["order_status"])
    if raw == "1":
        assert (order.paid, order.payment_status) == (0, "unpaid")
    else:
        assert order.paid == order.total
    if order.refunded is not None:
        assert ZERO <= order.refunded <= (order.paid or ZERO)
    if not any(line.aftersale_status == "refunded" for line in order.lines) and raw not in ("1", "4"):
        assert (order.refunded, order.payment_status) == (0, "paid")


@LAW
@given(truths())
def test_instants_are_utc_and_zero_has_not_happened(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    for found, seconds in ((order.created_at, document["create_time"]), (order.updated_at, document["update_time"]),
                           (order.paid_at, document["pay_time"]), (order.shipped_at, 0)):  # fmt: skip
        assert (found is None) == (seconds == 0)
        assert found is None or (found.tzinfo is UTC and found.timestamp() == seconds)


@LAW
@given(truths(), st.data())
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth, data: st.DataObject) -> None:
    junk = [data.draw(JUNK) for _ in truth.document["sku_order_list"]]
    for row, more in zip(truth.document["sku_order_list"], junk, strict=True):
        row |= more
    order = one(truth.document)
    assert dict(order.extra) == truth.extra
    assert [dict(line.extra) for line in order.lines] == junk
    assert order.raw is not None
    assert loads(order.raw) == truth.document


@LAW
@given(truths())
def test_people_stay_out_of_sight(truth: Truth) -> None:
    order = one(truth.document)
    kind = "encrypted" if truth.document["encrypt_post_receiver"] else (
        "masked" if "*" in truth.document["mask_post_receiver"] else "clear")  # fmt: skip
    assert order.recipient.privacy.kind == kind
    assert (order.recipient.privacy.token is not None) == (kind == "encrypted")
    shown = repr(order) + repr(order.recipient) + repr(order.buyer) + str(order)
    assert not any(secret in shown for secret in SECRETS)


@LAW
@given(truths())
def test_every_wrapping_gives_the_same(truth: Truth) -> None:
    plain, document = one(truth.document), truth.document
    listed = {"page": 0, "total": 1, "size": 1, "shop_order_list": [document]}
    envelope = {"code": 10000, "msg": "success", "sub_code": "", "log_id": "L", "data": listed}
    for payload in (envelope, listed, [document], {**envelope, "data": {"shop_order_detail": document}},
                    {"err_no": 0, "message": "success", "data": listed}, [envelope], json.dumps(envelope),
                    json.dumps(document).encode(), {"shop_order_list": document}):  # fmt: skip
        assert one(payload) == plain


def retyped(value: Any) -> Any:
    """Numbers as text."""
    if isinstance(value, dict):
        return {key: retyped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    return str(value) if type(value) is int else value


@LAW
@given(truths())
def test_numbers_as_text_mean_the_same(truth: Truth) -> None:
    left, right = one(truth.document), one(retyped(truth.document))
    assert left.model_dump(exclude={"extra", "raw"}) == right.model_dump(exclude={"extra", "raw"})


@pytest.mark.parametrize("payload", [
    {"code": 10000, "data": {"page": 0, "total": 0, "size": 0, "shop_order_list": []}}, {"code": 10000, "data": None},
    {"page": 0, "total": 0, "size": 0}, {"shop_order_list": None}, [], {},
])  # fmt: skip
def test_an_empty_page_is_no_orders_and_no_finding(payload: Any) -> None:
    found = orderhub.normalize("douyin", payload)
    assert (list(found.orders), list(found.findings)) == ([], [])


UNKNOWN = ["order_status", "order_type", "pay_type", "child order_status", "child trade_type", "case after_sale_status"]


@LAW
@given(truths(st.just("2")), st.sampled_from(UNKNOWN), st.integers(1000, 9999))
def test_unknown_words_are_kept_reported_and_never_shippable(truth: Truth, where: str, word: int) -> None:
    document = copy.deepcopy(truth.document)
    row = document["sku_order_list"][0]
    place = {"child": row, "case": row["after_sale_info"]}.get(where.split()[0], document)
    place[where.split()[-1]] = word
    if where.startswith("case"):
        row["after_sale_info"]["refund_status"] = 0
    found = orderhub.normalize("douyin", document)
    (order,) = found.orders
    assert not order.is_shippable
    assert str(word) in {finding.value for finding in found.findings if finding.code == "unknown_value"}


MUTATIONS = st.sampled_from([None, "", [], {}, True, "x", -1, 10**30, "1e3", [None], {"a": 1}, SECRETS[0], 1.5])


@settings(max_examples=150, deadline=None)
@given(truths(), st.data())
def test_a_mutated_document_never_crashes_and_never_sinks_the_good_ones(truth: Truth, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(MUTATIONS)
            break
    good = copy.deepcopy(truth.document) | {"order_id": "1"}
    found = orderhub.normalize("douyin", {"code": 10000, "data": {"shop_order_list": [document, good]}})
    assert "1" in {order.order_id for order in found.orders}
    told = " ".join(finding.message + str(finding.value) for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)
    for order in found.orders:
        assert order.discrepancy in (None, 0)
        if order.status == "unknown":
            assert not order.is_shippable


def test_deposits_vouchers_pickup_and_warehouses() -> None:
    child = {"order_id": "1", "item_num": 1, "sum_amount": 1000, "promotion_amount": 0, "order_status": 1}
    base = {"order_id": "1", "order_status": 1, "pay_amount": 1000, "sku_order_list": [child]}
    phases = [{"pay_success": True, "phase_pay_amount": 200}, {"pay_success": False, "phase_pay_amount": 800}]
    order = one(base | {"order_phase_list": phases})
    assert (order.paid, order.payment_status, set(order.holds)) == (2, "partially_paid", {"deposit_only"})
    assert one(base).shipping_fee is one(base).fees_total is None
    assert "other" in one(base | {"order_type": 4}).holds
    paid = base | {"order_status": 2, "pay_time": 1_700_000_000}
    assert one(paid | {"sku_order_list": [child | {"order_status": 2}]}).is_shippable
    assert "other" in one(paid | {"sku_order_list": [child | {"order_status": 2, "receive_type": 2}]}).holds
    for kind, by in ((0, "merchant"), (1, "unknown"), (2, "platform")):
        stock = [child | {"order_status": 2, "inventory_list": [{"warehouse_type": kind}]}]
        assert one(paid | {"sku_order_list": stock}).fulfilled_by == by
    for mark, labelled in ((True, True), ("false", False), (0, False), ("1", True)):
        goods = [child | {"order_status": 2, "need_serial_number": mark}]
        assert ("serial_numbers" in one(paid | {"sku_order_list": goods}).labels) == labelled
    cod = one(paid | {"pay_type": 0})
    assert (cod.is_cod, cod.paid, cod.payment_status) == (True, 0, "unpaid")


def test_goods_that_had_left_keep_their_word() -> None:
    child = {"order_id": "1", "item_num": 2, "sum_amount": 1000, "promotion_amount": 0, "order_status": 4,
             "after_sale_info": {"after_sale_status": 12, "after_sale_type": 0, "refund_status": 3}}  # fmt: skip
    base = {
        "order_id": "1",
        "order_status": 4,
        "pay_amount": 1000,
        "pay_time": 1_700_000_000,
        "sku_order_list": [child],
    }
    closed = one(base)
    assert (closed.status, closed.payment_status, closed.refunded) == ("cancelled", "refunded", 10)
    sent = [{"tracking_no": "SF1", "company": "shunfeng", "product_info": [{"sku_order_id": "1", "product_count": 2}]}]
    left = one(base | {"logistics_info": sent})
    assert (left.status, left.refunded, left.lines[0].shipped_quantity) == ("shipped", None, 2)
    assert (left.shipments[0].carrier, left.shipments[0].lines) == ("sf", (("1", 2),))
