"""Laws of decoding Suning orders, over orders built from the money identities of docs/platforms/suning.md#money."""

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
from orderhub.connectors.suning.tables import LINE, ORDER
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("suning")
LAW = settings(max_examples=25, deadline=None)
SECRETS = ("李晓明", "13812345678", "体育西路99号", "T-TAX-1")


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    freight: Decimal
    total: Decimal
    lines: tuple[tuple[Decimal, Decimal], ...]
    extra: dict[str, Any]


def wire(amount: Decimal) -> str:
    return f"{amount:.5f}"


TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S"))
STATUSES = st.sampled_from(sorted(FACTS["order_status"]))
JUNK = junk()
LINES_OF = {"0": ("40",), "5": ("5",), "10": ("10",), "15": ("10",), "20": ("20",), "21": ("20", "10"), "30": ("30",),
            "40": ("40", "10")}  # fmt: skip


@st.composite
def payments(draw: st.DrawFn, coupon: Decimal, paid: Decimal) -> list[dict[str, str]]:
    """What a line's coupons consist of, as far as it tells, and the money."""
    rows, left = [], coupon
    for _ in range(draw(st.integers(0, 3))):
        part = min(left, draw(cents(0, 3000)))
        left -= part
        row = {"paycode": draw(st.sampled_from(["6901", "6903", "6915"])), "payamount": wire(part),
               "banktypecode": draw(st.sampled_from(["", *FACTS["coupons"], "99999"]))}  # fmt: skip
        if draw(st.booleans()):
            row |= {"merchantPercent": draw(st.sampled_from(["", "0", "30", "0.7"])),
                    "platformPercent": draw(st.sampled_from(["", "0", "70", "0.3"]))}  # fmt: skip
        rows.append(row)
    return [
        *rows,
        {"paycode": draw(st.sampled_from(["4148", "4237", "5002"])), "banktypecode": "", "payamount": wire(paid)},
    ]


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES) -> Truth:
    """A consistent order with everything that may stand in one."""
    raw, count, rows, told = draw(status), draw(st.integers(1, 4)), [], []
    freight_total = ZERO
    for number in range(count):
        price, units = draw(cents(1, 100_000)), draw(st.integers(1, 5))
        gross, freight = price * units, draw(cents(0, 2000))
        coupon = draw(cents(0, 50_000).map(lambda off, most=gross: min(off, most)))
        voucher = draw(cents(0, 5_000).map(lambda off, most=gross - coupon: min(off, most)))
        paid = gross - coupon - voucher + freight
        freight_total += freight
        told.append((gross, coupon + voucher))
        words = LINES_OF[raw]
        row = {
            "orderLineNumber": f"0066213567{number:04d}", "productCode": draw(st.sampled_from(["106689", "106690"])),
            "productName": draw(NOTES), "itemCode": draw(st.sampled_from(["", "A-1", "B-2"])), "saleNum": f"{units}.00000",
            "unitPrice": draw(st.sampled_from([wire(price), "1.00000", ""])), "payAmount": wire(paid),
            "transportFee": wire(freight) if freight or draw(st.booleans()) else "",
            "coupontotalMoney": wire(coupon) if coupon or draw(st.booleans()) else "",
            "vouchertotalMoney": wire(voucher) if voucher or draw(st.booleans()) else "",
            "orderLineStatus": words[number % len(words)], "returnOrderFlag": draw(st.sampled_from(["0", "0", "0", "1"])),
            "fpsdeliveryflag": "0", "paymentList": draw(payments(coupon, paid)),
            "activitytype": draw(st.sampled_from(["", "", *FACTS["activity"]])),
        }  # fmt: skip
        if row["orderLineStatus"] in ("20", "30"):
            row |= {"expresscompanycode": draw(st.sampled_from([*FACTS["express"], "QQ9"])), "deliveryTime": draw(TIMES),
                    "expressno": draw(st.sampled_from(["SF1", "YT2"]))}  # fmt: skip
        if draw(st.booleans()):
            row["orderLineStatusChangeTime"] = draw(TIMES)
        rows.append(row)
    items, reduced = (sum((pair[index] for pair in told), ZERO) for index in (0, 1))
    total = items - reduced + freight_total
    document: dict[str, Any] = {
        "orderCode": str(draw(st.integers(10**10, 10**11 - 1))), "orderTotalStatus": raw, "orderTime": draw(TIMES),
        "orderSaleTime": draw(TIMES), "countMoney": draw(st.sampled_from(["", wire(total)])), "userName": "138******01",
        "customerName": draw(st.sampled_from([SECRETS[0], "李**"])), "mobNum": draw(st.sampled_from([SECRETS[1], "138****5678"])),
        "provinceName": "广东省", "cityName": "广州市", "districtName": "天河区", "customerAddress": f"广东省广州市天河区{SECRETS[2]}",
        "needinvoiceflag": draw(st.sampled_from(["Y", "N", ""])), "invoiceType": draw(st.sampled_from(["01", "02", "05", ""])),
        "invoiceHead": SECRETS[0], "vatTaxpayerNumber": SECRETS[3], "buyerOrdRemark": draw(NOTES), "orderDetail": rows,
    }  # fmt: skip
    junk = draw(JUNK)
    return Truth(document | junk, items, reduced, freight_total, total, tuple(told), junk)


one = partial(lone, "suning")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (truth.items, truth.reduced, truth.total)
    assert (order.shipping_fee, order.fees_total, order.tax_total) == (truth.freight, 0, 0)
    assert order.residual == order.discrepancy == 0
    assert order.currency == "CNY"


@LAW
@given(truths())
def test_lines_add_up_to_the_goods_of_the_order(truth: Truth) -> None:
    order = one(truth.document)
    for line, (gross, off) in zip(order.lines, truth.lines, strict=True):
        assert (line.subtotal, line.discount, line.total) == (gross, off, gross - off)
        assert line.unit_price is not None
        assert abs(line.unit_price * line.quantity - gross) <= Decimal("0.005") * line.quantity
    assert sum((line.total or ZERO for line in order.lines), ZERO) == truth.items - truth.reduced


@LAW
@given(truths())
def test_named_discounts_add_up_and_none_is_negative(truth: Truth) -> None:
    order = one(truth.document)
    assert sum((discount.amount for discount in order.discounts), ZERO) == order.discount_total
    assert all(discount.amount > 0 for discount in order.discounts)
    for line in order.lines:
        own = sum((d.amount for d in order.discounts if d.line_id == line.line_id), ZERO)
        assert own == line.discount
    assert {d.funded_by for d in order.discounts if d.kind == "voucher"} <= {"seller"}


@LAW
@given(truths())
def test_statuses_holds_and_whether_to_ship(truth: Truth) -> None:
    order, raw = one(truth.document), truth.document["orderTotalStatus"]
    fact, rows = FACTS["order_status"][raw], truth.document["orderDetail"]
    assert order.raw_status == raw
    sent = [row["orderLineStatus"] in ("20", "30") for row in rows]
    assert order.status == ("shipped" if raw == "21" and all(sent) else fact["word"])
    waiting = [row for row, gone in zip(rows, sent, strict=True) if not gone]
    refund_open = raw in ("10", "15", "21") and any(row["returnOrderFlag"] == "1" for row in waiting)
    assert ("refund_open" in order.holds) == refund_open
    presale = raw == "5" and any(row["activitytype"] in ("05", "06") for row in rows)
    assert bool(order.holds) == bool(refund_open or fact["holds"] or presale)
    assert order.is_shippable == (order.status in ("awaiting_shipment", "partially_shipped") and not order.holds)
    for line, row in zip(order.lines, rows, strict=True):
        assert line.raw_status == row["orderLineStatus"]
        assert line.shipped_quantity == (line.quantity if row["orderLineStatus"] in ("20", "30") else 0)
        assert line.is_gift == (row["activitytype"] == "09")


@LAW
@given(truths())
def test_the_payment_axis_follows_the_status(truth: Truth) -> None:
    order, rows = one(truth.document), truth.document["orderDetail"]
    flagged = [row for row in rows if row["returnOrderFlag"] == "1"]
    if truth.document["orderTotalStatus"] in ("5", "0"):
        cancelled_back = truth.document["orderTotalStatus"] == "0" and flagged
        assert cancelled_back or (order.paid, order.refunded, order.payment_status) == (0, 0, "unpaid")
    else:
        assert order.paid == order.total
    if order.refunded is not None:
        assert ZERO <= order.refunded <= (order.paid or ZERO)
    if truth.document["orderTotalStatus"] == "40" and len(flagged) == len(rows):
        assert (order.refunded, order.payment_status) == (order.total, "refunded")


@LAW
@given(truths())
def test_times_are_utc_and_eight_hours_before_beijing(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    changes = [
        row["orderLineStatusChangeTime"] for row in document["orderDetail"] if "orderLineStatusChangeTime" in row
    ]
    pairs = [(order.created_at, document["orderTime"]), (order.updated_at, max(changes, default=None))]
    if order.payment_status != "unpaid":
        pairs.append((order.paid_at, document["orderSaleTime"]))
    for found, text in pairs:
        assert (found is None) == (text is None)
        if found is not None:
            assert found.tzinfo is UTC
            assert (found + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S") == text


@LAW
@given(truths(), st.data())
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth, data: st.DataObject) -> None:
    junk = [data.draw(JUNK) for _ in truth.document["orderDetail"]]
    for row, more in zip(truth.document["orderDetail"], junk, strict=True):
        row |= more
    order = one(truth.document)
    assert dict(order.extra) == truth.extra
    assert [dict(line.extra) for line in order.lines] == junk
    assert order.raw is not None and loads(order.raw) == truth.document
    report = ORDER.report(truth.document)
    told = {name for name, value in truth.document.items() if value != ""}
    assert set(report.used) | set(report.ignored) | set(report.unknown) == told | truth.extra.keys()
    assert set(LINE.report(truth.document["orderDetail"][0]).unknown) == set(junk[0])


@LAW
@given(truths())
def test_people_stay_out_of_sight(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    stars = any("*" in document[name] for name in ("customerName", "mobNum"))
    assert order.recipient.privacy.kind == ("masked" if stars else "clear")
    assert order.recipient.address.street == SECRETS[2]
    shown = repr(order) + repr(order.recipient) + str(order.buyer) + repr(order.invoice)
    assert not any(secret in shown for secret in SECRETS)


@LAW
@given(truths())
def test_parcels_carry_the_lines_that_were_sent(truth: Truth) -> None:
    order = one(truth.document)
    sent = {row["orderLineNumber"] for row in truth.document["orderDetail"] if row.get("expressno")}
    assert {line_id for parcel in order.shipments for line_id, _ in parcel.lines} == sent
    assert all(parcel.carrier == (FACTS["express"].get(parcel.carrier_name) or None) for parcel in order.shipments)


def retyped(value: Any, name: str = "") -> Any:
    """Texts of figures as JSON numbers, except where leading zeros or letters would be lost."""
    if isinstance(value, dict):
        return {key: retyped(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    if (
        name in UNTOUCHED
        or not isinstance(value, str)
        or not value.isascii()
        or not value.replace(".", "", 1).isdecimal()
    ):
        return value
    return Decimal(value) if "." in value else int(value)


UNTOUCHED = {"productName", "buyerOrdRemark", "mobNum", "userName"}


@LAW
@given(truths())
def test_every_shape_of_a_payload_gives_the_same_order(truth: Truth) -> None:
    document, wanted = truth.document, bare(one(truth.document))
    head = {"pageTotal": 1, "pageNo": "1", "totalSize": 1, "returnMessage": "biz.handler.data-get:success"}

    def reply(name: str, rows: Any) -> Any:
        return {"sn_responseContent": {"sn_head": head, "sn_body": {name: rows}}}

    lists = ("orderQuery", "queryBatchorder", "unpaidOrder", "historyOrderQuery", "queryOrders", "anyOtherName")
    shapes: list[Any] = [
        json.dumps(document), json.dumps(document, ensure_ascii=False).encode(), [document], (document,),
        reply("orderGet", document), *[reply(name, [document]) for name in lists], reply("orderQuery", document),
        reply("orderQuery", {"order": [document]}), reply("orderQuery", [document])["sn_responseContent"],
        reply("orderQuery", [document])["sn_responseContent"]["sn_body"], {"sn_head": head, "sn_body": document},
        {"orderGet": document}, [reply("orderGet", document)], [[document]],
        document | {"orderDetail": {"orderDetail": document["orderDetail"]}}, retyped(document),
        document_bytes(retyped(reply("orderQuery", [document]))),
    ]  # fmt: skip
    if len(document["orderDetail"]) == 1:
        shapes.append(document | {"orderDetail": document["orderDetail"][0]})
    for shape in shapes:
        assert bare(one(shape)) == wanted


@pytest.mark.fault(17)
@LAW
@given(truths(), st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, data: st.DataObject) -> None:
    document, needed = truth.document, {"orderLineNumber", "saleNum", "orderLineStatus"}
    for name in data.draw(
        st.sets(st.sampled_from(sorted(set(document) - {"orderCode", "orderTotalStatus", "orderDetail"})))
    ):
        document |= {name: data.draw(st.sampled_from([None, ""]))}
    for row in document["orderDetail"]:
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - needed)))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    known = all("payAmount" in row for row in document["orderDetail"]) or document["countMoney"]
    assert (order.total is None) == (not known)
    for line in order.lines:
        if None not in (line.subtotal, line.discount):
            assert line.total == (line.subtotal or ZERO) - (line.discount or ZERO)
        if line.discount is not None:
            assert line.discount >= 0
    assert all(discount.amount > 0 for discount in order.discounts)


REQUIRED = [
    ("orderCode", "order_id"), ("orderTotalStatus", "raw_status"), ("orderDetail", "lines"),
    ("orderLineNumber", "line_id"), ("saleNum", "quantity"), ("orderLineStatus", "raw_status"),
]  # fmt: skip


@LAW
@given(truths(), st.sampled_from(REQUIRED), st.sampled_from(["pop", None, ""]))
def test_a_missing_required_field_is_named_with_its_order(truth: Truth, case: tuple[str, str], how: str | None) -> None:
    name, field = case
    document = copy.deepcopy(truth.document)
    place = document["orderDetail"][-1] if name in ("orderLineNumber", "saleNum", "orderLineStatus") else document
    place.pop(name) if how == "pop" else place.update({name: how})
    found = orderhub.normalize("suning", [document, truth.document])
    assert [order.order_id for order in found.orders] == [truth.document["orderCode"]]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == (None if name == "orderCode" else truth.document["orderCode"])
    assert field in finding.message and name in (finding.path or "")
    assert loads(found.quarantined[0][1]) == document


LINE_AMOUNTS = ["payAmount", "transportFee", "coupontotalMoney", "vouchertotalMoney", "unitPrice", "saleNum"]


@LAW
@given(truths(), st.sampled_from(BAD_AMOUNTS), st.data())
def test_what_is_not_an_amount_is_refused_by_name_and_harms_no_neighbour(
    truth: Truth, bad: Any, data: st.DataObject
) -> None:
    document = copy.deepcopy(truth.document)
    number = data.draw(st.integers(-1, len(document["orderDetail"]) - 1))
    name = data.draw(st.sampled_from(LINE_AMOUNTS)) if number >= 0 else "countMoney"
    (document["orderDetail"][number] if number >= 0 else document)[name] = bad
    good = truth.document | {"orderCode": "7"}
    found = orderhub.normalize("suning", [good, document, good | {"orderCode": "8"}])
    assert [order.order_id for order in found.orders] == ["7", "8"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == truth.document["orderCode"]
    assert finding.path == (f"orderDetail[{number}].{name}" if number >= 0 else name)


@settings(max_examples=120, deadline=None)
@given(truths(), JSON_VALUES, st.data())
def test_no_value_anywhere_loses_another_order(truth: Truth, odd: Any, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    place, names = document, [*FACTS["fields"]["order"], "zz_unmapped"]
    if data.draw(st.booleans()):
        place, names = document["orderDetail"][0], FACTS["fields"]["line"]
        if data.draw(st.booleans()):
            place, names = (
                place["paymentList"][0],
                ["paycode", "banktypecode", "payamount", "merchantPercent", "platformPercent"],
            )
    place[data.draw(st.sampled_from(names))] = odd
    found = orderhub.normalize("suning", [document, truth.document | {"orderCode": "7"}])
    assert "7" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        assert order.discrepancy in (0, None)
    told = " ".join(f"{finding.message} {finding.value}" for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)


@LAW
@given(truths(), st.sampled_from(["customerName", "mobNum", "customerAddress", "vatTaxpayerNumber", "detailAddress"]))
def test_errors_about_a_person_show_nobody(truth: Truth, name: str) -> None:
    document = truth.document | {"needinvoiceflag": "Y", name: [*SECRETS]}
    found = orderhub.normalize("suning", document)
    assert found.quarantined
    told = " ".join(f"{finding.message} {finding.value} {finding.path}" for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)


@pytest.mark.fault(16)
@LAW
@given(truths(), st.integers(41, 99).map(str))
def test_an_unknown_status_is_unknown_held_and_told(truth: Truth, raw: str) -> None:
    found = orderhub.normalize("suning", truth.document | {"orderTotalStatus": raw})
    (order,) = found.orders
    assert (order.status, order.raw_status, order.fulfilment_status) == ("unknown", raw, "unknown")
    assert "unknown_value" in order.holds and not order.is_shippable
    told = [
        (finding.order_id, finding.path, finding.value) for finding in found.findings if finding.code == "unknown_value"
    ]
    assert (order.order_id, "orderTotalStatus", raw) in told


@LAW
@given(
    truths(st.just("10")), st.sampled_from(["orderLineStatus", "returnOrderFlag", "fpsdeliveryflag", "reservestatus"])
)
def test_an_unknown_word_in_any_place_forbids_shipping(truth: Truth, name: str) -> None:
    truth.document["orderDetail"][-1][name] = "SOMETHING_NEW"
    found = orderhub.normalize("suning", truth.document)
    (order,) = found.orders
    assert "unknown_value" in order.holds and not order.is_shippable
    (finding,) = [finding for finding in found.findings if finding.code == "unknown_value"]
    assert (finding.value, finding.order_id) == ("SOMETHING_NEW", order.order_id)
    assert name in (finding.path or "")


def test_an_error_reply_among_good_ones_is_a_finding() -> None:
    good = {
        "orderCode": 7,
        "orderTotalStatus": 30,
        "orderDetail": [{"orderLineNumber": 7, "saleNum": 1, "orderLineStatus": 30}],
    }
    refused = {"sn_responseContent": {"sn_error": {"error_code": "sys.check.request-params:error", "error_msg": ""}}}
    empty = {"sn_responseContent": {"sn_error": {"error_code": "biz.handler.data-get:no-result"}}}
    found = orderhub.normalize("suning", [refused, empty, {"sn_responseContent": {"sn_body": {"orderGet": good}}}])
    assert [(order.order_id, order.lines[0].line_id) for order in found.orders] == [("7", "00000000000007")]
    told = [(finding.code, finding.path) for finding in found.findings if finding.severity == "error"]
    assert told == [("undecodable", "sn_error")]
    assert loads(found.quarantined[0][1]) == refused


@LAW
@given(truths())
def test_orders_survive_being_stored_as_json(truth: Truth) -> None:
    order = one(truth.document)
    assert stored(Order, encode(order), order.raw) == order
    assert order.dump()["total"] == str(order.total)
    assert json.loads(order.dump(raw=True)["raw"]) == json.loads(document_bytes(truth.document))


@pytest.mark.parametrize(
    "payload",
    [
        {"sn_responseContent": {"sn_head": {}, "sn_error": {"error_code": "biz.handler.data-get:no-result"}}},
        {"sn_error": {"error_code": "biz.handler.data-get:no-result", "error_msg": "x"}},
        {"sn_responseContent": {"sn_head": {"totalSize": 0}, "sn_body": {"orderQuery": []}}},
        {"sn_responseContent": {"sn_head": {"totalSize": "0"}, "sn_body": {}}},
        {"sn_responseContent": {"sn_head": {}, "sn_body": ""}}, {"sn_responseContent": {}}, {"sn_body": {"orderGet": ""}},
        {"orderQuery": []}, {"sn_head": {}}, {}, [], b"[]", "{}",
    ],
    ids=str,
)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("suning", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize(
    "payload",
    ["", "nonsense", b"\xff", "5", "null", '"orderCode"', '{"sn_responseContent":5}', '{"a":1,"b":2}', '{"orderQuery":"x"}',
     '{"sn_error":{"error_code":"sys.check.header-param:forbidden"}}', "[null]", "[{}]"],
)  # fmt: skip
def test_what_holds_no_orders_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("suning", payload)
    assert found.orders == ()
    assert [finding.severity for finding in found.findings] == ["error"]
    assert len(found.quarantined) == 1


@LAW
@given(truths())
def test_overrides_are_data(truth: Truth) -> None:
    document = truth.document | {"guideAccountNo": "G1"}
    for row in document["orderDetail"]:
        row["dealPhoto"] = "https://img.example/1.jpg"
    order = one(document, overrides={"order": {"seller_note": "guideAccountNo"},
                                     "line": {"image_url": {"path": "dealPhoto", "convert": "text"}}})  # fmt: skip
    assert order.seller_note == "G1"
    assert {line.image_url for line in order.lines} == {"https://img.example/1.jpg"}
    assert "guideAccountNo" not in order.extra and not any("dealPhoto" in line.extra for line in order.lines)


@pytest.mark.parametrize(
    "overrides", [{"order": {"no_such_field": "x"}}, {"nothing": {}}, {"line": {"sku": {"convert": "x"}}}], ids=str
)
def test_an_override_that_cannot_work_is_refused(overrides: Any) -> None:
    with pytest.raises(orderhub.OrderHubError):
        orderhub.normalize("suning", [], overrides=overrides)
