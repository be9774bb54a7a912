"""What single Suning orders mean: the printed sample, every status, presales, closings, people, invoices."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import orderhub
from orderhub.models import Order

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "suning.toml").read_text(encoding="utf-8"))

SAMPLE: dict[str, Any] = {
    "orderCode": "37000000001", "userName": "138******01", "customerName": "李明", "provinceCode": "190",
    "provinceName": "广东省", "cityCode": "000", "cityName": "广州市", "districtCode": "000", "districtName": "天河区",
    "customerAddress": "广东省广州市天河区体育西路1号", "detailAddress": "体育西路1号", "deliveryArea": "0200499",
    "mobNum": "13800000001", "phoneNum": "", "zipCode": "", "orderTime": "2026-02-28 09:10:00",
    "orderSaleTime": "2026-02-28 09:11:26", "orderTotalStatus": "10", "evaluationMark": "0", "invoiceType": "02",
    "invoiceHead": "李明", "invoice": "", "needinvoiceflag": "Y", "vatTaxpayerNumber": "", "sellerOrdRemark": "",
    "buyerOrdRemark": "请尽快", "colorMarkFlags": "", "payType": "", "payTotalAmount": "", "countMoney": "490.00000",
    "sumDonationAmt": "0.00",
    "orderDetail": [{
        "orderLineNumber": "00662135670001", "bLineNumber": "34662670001", "productCode": "10668910001",
        "productName": "示例项链 40厘米", "itemCode": "ITEM-40", "saleNum": "1.00000", "unitPrice": "530.00000",
        "payAmount": "490.00000", "transportFee": "0.00000", "coupontotalMoney": "40.00000", "vouchertotalMoney": "",
        "orderLineStatus": "10", "returnOrderFlag": "0", "invCode": "", "expresscompanycode": "", "expressno": "",
        "deliveryTime": "", "orderchannel": "MOBILE|01|01|7.4.2|20000", "fpsdeliveryflag": "0", "hwgFlag": "",
        "disType": "", "activitytype": "", "packageorderid": "", "serviceItemFlag": "0",
        "paymentList": [
            {"paycode": "6901", "banktypecode": "10001", "payamount": "30.00000", "offLinePayFlag": "", "alipayPayNo": ""},
            {"paycode": "6901", "banktypecode": "10006", "payamount": "10.00000", "offLinePayFlag": "", "alipayPayNo": ""},
            {"paycode": "4148", "banktypecode": "", "payamount": "490.00000", "offLinePayFlag": "", "alipayPayNo": ""},
        ],
        "couponList": [{"coupontype": "8012", "sharelimit": "0.00000"}], "orderChannels": [{"orderChannelCode": "2"}],
        "activityTypes": [], "payTypes": [],
    }],
}  # fmt: skip
REPLY = {"sn_responseContent": {"sn_head": {"pageTotal": "1", "pageNo": "1", "totalSize": "1",
                                            "returnMessage": "biz.handler.data-get:success"},
                                "sn_body": {"orderQuery": [SAMPLE]}}}  # fmt: skip
YUAN = Decimal


def changed(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """The sample with other fields; with `lines`, one line for each."""
    document = copy.deepcopy(SAMPLE) | head
    if lines:
        document["orderDetail"] = [
            SAMPLE["orderDetail"][0] | {"orderLineNumber": f"0066213567000{n}"} | row for n, row in enumerate(lines, 1)
        ]
        document["countMoney"] = head.get("countMoney", "")
    return document


def one(document: Any, **given: Any) -> Order:
    found = orderhub.normalize("suning", document, **given)
    assert [finding.message for finding in found.findings if finding.severity == "error"] == []
    (order,) = found.orders
    return order


def test_the_printed_sample() -> None:
    order = one(json.dumps(REPLY))
    assert (order.key, order.status, order.raw_status) == ("suning:default:37000000001", "awaiting_shipment", "10")
    assert (order.payment_status, order.fulfilment_status, order.aftersale_status) == ("paid", "unfulfilled", "none")
    assert (order.fulfilled_by, order.holds, order.is_shippable) == ("merchant", frozenset(), True)
    assert (order.items_total, order.discount_total, order.total) == (YUAN("530.00"), YUAN("40.00"), YUAN("490.00"))
    assert (order.shipping_fee, order.fees_total, order.tax_total, order.residual) == (0, 0, 0, 0)
    assert (order.paid, order.refunded) == (YUAN("490.00"), 0)
    assert order.created_at == datetime(2026, 2, 28, 1, 10, tzinfo=UTC)
    assert order.paid_at == datetime(2026, 2, 28, 1, 11, 26, tzinfo=UTC)
    assert (order.updated_at, order.shipped_at, order.completed_at, order.is_cod) == (None, None, None, False)
    assert [(d.name, d.amount, d.funded_by) for d in order.discounts] == [
        ("cloud coupon", YUAN("30.00"), "platform"), ("shop easy coupon", YUAN("10.00"), "seller")]  # fmt: skip
    (line,) = order.lines
    assert (line.line_id, line.sku, line.platform_sku_id) == ("00662135670001", "ITEM-40", "10668910001")
    assert (line.quantity, line.unit_price, line.subtotal, line.total) == (
        1,
        YUAN("530.00"),
        YUAN("530.00"),
        YUAN("490.00"),
    )
    person = order.recipient
    assert (person.name, person.phone, person.privacy.kind) == ("李明", "13800000001", "clear")
    assert (person.address.province, person.address.city, person.address.district, person.address.street) == (
        "广东省", "广州市", "天河区", "体育西路1号")  # fmt: skip
    assert (order.buyer.nickname, order.buyer_note, order.seller_note) == ("138******01", "请尽快", None)
    assert order.invoice is not None
    assert (order.invoice.wanted, order.invoice.kind, order.invoice.title) == (True, "normal", "李明")
    assert set(order.extra) == {"provinceCode", "cityCode", "districtCode", "deliveryArea", "evaluationMark", "invoice",
                                "payType", "payTotalAmount", "sumDonationAmt"}  # fmt: skip
    assert {"bLineNumber", "orderchannel", "couponList"} <= set(line.extra)


@pytest.mark.parametrize("raw", FACTS["order_status"])
def test_every_order_status(raw: str) -> None:
    fact, line_raw = FACTS["order_status"][raw], {"15": "10", "21": "10", "0": "40"}.get(raw, raw)
    order = one(changed({"orderLineStatus": line_raw}, orderTotalStatus=raw))
    assert (order.status, sorted(map(str, order.holds))) == (fact["word"], fact["holds"])
    if fact["payment"] != "by_flags":
        assert order.payment_status == fact["payment"]
        assert order.paid == (order.total if fact["payment"] == "paid" else 0)
    assert order.is_shippable == (raw in ("10", "21"))
    assert (order.paid_at is None) == (fact["payment"] == "unpaid")


@pytest.mark.parametrize(
    ("header", "lines", "status", "fulfilment"),
    [
        ("10", ["10", "20"], "partially_shipped", "partially_shipped"),
        ("10", ["20", "20"], "shipped", "shipped"),
        ("10", ["40", "10"], "awaiting_shipment", "unfulfilled"),
        ("10", ["40", "40"], "cancelled", "cancelled"),
        ("21", ["20", "10"], "partially_shipped", "partially_shipped"),
        ("21", ["20", "40"], "shipped", "shipped"),
        ("15", ["20", "10"], "partially_shipped", "partially_shipped"),
        ("20", ["20", "20"], "shipped", "shipped"),
        ("30", ["30", "20"], "completed", "delivered"),
        ("40", ["10", "10"], "cancelled", "cancelled"),
        ("5", ["10", "10"], "pending_payment", "unfulfilled"),
    ],
)
def test_the_lines_decide_where_they_are_further(header: str, lines: list[str], status: str, fulfilment: str) -> None:
    order = one(changed(*({"orderLineStatus": raw} for raw in lines), orderTotalStatus=header))
    assert (order.status, order.fulfilment_status) == (status, fulfilment)
    assert [line.raw_status for line in order.lines] == lines
    if header == "40":
        assert {line.status for line in order.lines} == {"cancelled"}


def test_a_refund_asked_for_before_shipping_holds_the_order() -> None:
    order = one(changed({"returnOrderFlag": "1"}, {}))
    assert (order.status, order.aftersale_status, order.holds) == ("awaiting_shipment", "requested", {"refund_open"})
    assert (order.refunded, order.payment_status, order.is_shippable) == (0, "paid", False)
    assert [line.refunded for line in order.lines] == [0, 0]
    partly = one(changed({"orderLineStatus": "20"}, {"returnOrderFlag": "1"}, orderTotalStatus="21"))
    assert partly.holds == {"refund_open"} and not partly.is_shippable


def test_a_return_after_shipping_neither_holds_nor_tells_the_amount() -> None:
    order = one(changed({"orderLineStatus": "20", "returnOrderFlag": "1"}, {}, orderTotalStatus="21"))
    assert (order.status, order.aftersale_status, order.holds) == ("partially_shipped", "in_progress", frozenset())
    assert (order.refunded, order.payment_status, order.is_shippable) == (None, "paid", True)
    assert [line.refunded for line in order.lines] == [None, 0]


def test_closed_and_refunded() -> None:
    before = one(changed({"orderLineStatus": "40", "returnOrderFlag": "1"}, {"orderLineStatus": "10", "returnOrderFlag": "1"},
                         orderTotalStatus="40"))  # fmt: skip
    assert (before.status, before.aftersale_status, before.payment_status) == ("cancelled", "refunded", "refunded")
    assert before.refunded == before.paid == before.total == YUAN("980.00")
    after = one(changed({"orderLineStatus": "20", "returnOrderFlag": "1", "expressno": "SF1", "expresscompanycode": "S02"},
                        orderTotalStatus="40"))  # fmt: skip
    assert (after.status, after.fulfilment_status, after.payment_status) == ("shipped", "shipped", "refunded")
    assert after.refunded == after.total and after.lines[0].refunded_quantity == 1


def test_closed_without_a_flag_does_not_tell_whether_money_went_back() -> None:
    paid = one(changed({"orderLineStatus": "40"}, orderTotalStatus="40"))
    assert (paid.status, paid.paid, paid.refunded, paid.payment_status) == ("cancelled", paid.total, None, "unknown")
    unpaid = one(changed({"orderLineStatus": "40"}, orderTotalStatus="40", orderSaleTime=""))
    assert (unpaid.paid, unpaid.refunded, unpaid.payment_status) == (0, 0, "unpaid")
    half = one(
        changed({"orderLineStatus": "40"}, {"orderLineStatus": "40", "returnOrderFlag": "1"}, orderTotalStatus="40")
    )
    assert (half.refunded, half.payment_status, half.aftersale_status) == (
        None,
        "partially_refunded",
        "partially_refunded",
    )


def test_a_line_that_was_cancelled_and_refunded_leaves_the_rest_to_ship() -> None:
    order = one(changed({"orderLineStatus": "40", "returnOrderFlag": "1"}, {}))
    assert (order.status, order.payment_status, order.aftersale_status) == (
        "awaiting_shipment", "partially_refunded", "partially_refunded")  # fmt: skip
    assert order.refunded == YUAN("490.00") and order.is_shippable
    silent = one(changed({"orderLineStatus": "40"}, {}))
    assert (silent.refunded, silent.payment_status, silent.lines[0].refunded) == (None, "paid", None)


@pytest.mark.parametrize(
    ("header", "stage", "payment", "paid", "refunded", "holds"),
    [
        ("5", "", "unpaid", "0", "0", ["presale"]),
        ("5", "M", "partially_paid", "50.00", "0", ["deposit_only", "presale"]),
        ("10", "M", "paid", "490.00", "0", []),
        ("0", "P", "partially_paid", "50.00", "0", []),
        ("0", "R", "refunded", "50.00", "50.00", []),
    ],
)
def test_presales(header: str, stage: str, payment: str, paid: str, refunded: str, holds: list[str]) -> None:
    row = {
        "activitytype": "05",
        "reservestatus": stage,
        "reservedepositamount": "50.00000",
        "orderLineStatus": header or "5",
    }
    row["orderLineStatus"] = {"0": "40"}.get(header, header)
    order = one(changed(row, orderTotalStatus=header))
    assert (order.payment_status, order.paid, order.refunded) == (payment, YUAN(paid), YUAN(refunded))
    assert sorted(map(str, order.holds)) == holds
    assert "presale" in order.labels
    assert order.is_shippable == (header == "10")


def test_a_deposit_that_is_not_told_is_not_zero() -> None:
    order = one(changed({"activitytype": "06", "reservestatus": "M", "orderLineStatus": "5"}, orderTotalStatus="5"))
    assert (order.payment_status, order.paid) == ("partially_paid", None)


@pytest.mark.parametrize(
    ("header", "stages", "payment", "refunded"),
    [
        ("0", "M", "partially_paid", None),
        ("0", "P", "partially_paid", "0"),
        ("0", "R", "refunded", "50.00"),
        ("0", "RP", "partially_refunded", "50.00"),
        ("5", "RM", "partially_refunded", "50.00"),
        ("0", "RM", "partially_refunded", None),
    ],
)
def test_deposits_of_orders_that_were_not_paid_in_full(
    header: str, stages: str, payment: str, refunded: str | None
) -> None:
    rows = [
        {"activitytype": "05", "reservestatus": stage, "reservedepositamount": "50.00000", "orderLineStatus": "10"}
        for stage in stages
    ]
    order = one(changed(*rows, orderTotalStatus=header))
    assert (order.payment_status, order.paid) == (payment, YUAN(50 * len(stages)))
    assert order.refunded == (None if refunded is None else YUAN(refunded))


def test_a_line_gives_back_no_more_than_its_order_received() -> None:
    order = one(changed({"orderLineStatus": "40", "returnOrderFlag": "1"}, orderTotalStatus="5"))
    assert (order.paid, order.refunded, order.lines[0].refunded) == (0, 0, None)


@pytest.mark.parametrize(
    ("name", "raw"),
    [("orderLineStatus", "25"), ("returnOrderFlag", "2"), ("fpsdeliveryflag", "7"), ("reservestatus", "Z")],
)
def test_an_unknown_word_of_a_line_forbids_shipping(name: str, raw: str) -> None:
    found = orderhub.normalize("suning", changed({}, {name: raw}))
    (order,) = found.orders
    assert "unknown_value" in order.holds and not order.is_shippable
    told = [finding for finding in found.findings if finding.code == "unknown_value"]
    assert [(finding.path, finding.value, finding.order_id) for finding in told] == [
        (f"orderDetail[1].{name}", raw, "37000000001")]  # fmt: skip


def test_an_unknown_promotion_is_told_and_ships() -> None:
    found = orderhub.normalize("suning", changed({"activitytype": "11"}))
    assert [(f.code, f.severity, f.path) for f in found.findings] == [
        ("unknown_value", "info", "orderDetail[0].activitytype")
    ]
    assert found.orders[0].is_shippable


def test_who_ships() -> None:
    own = one(changed({"fpsdeliveryflag": "1"}))
    assert (own.fulfilled_by, own.holds, own.is_shippable) == ("platform", frozenset(), False)
    mixed = orderhub.normalize("suning", changed({}, {"fpsdeliveryflag": "1"}))
    assert (mixed.orders[0].fulfilled_by, [f.code for f in mixed.findings]) == ("unknown", ["fulfilled_by_unclear"])
    assert "ships_from_both" in mixed.orders[0].labels and not mixed.orders[0].is_shippable
    silent = changed({"fpsdeliveryflag": ""})
    assert one(silent).fulfilled_by == "unknown"
    assert one(silent, unmarked_lines="merchant").is_shippable
    half = changed({"fpsdeliveryflag": ""}, {})
    assert one(half, unmarked_lines="merchant").fulfilled_by == "unknown"


def test_freight_is_part_of_what_a_line_paid() -> None:
    order = one(changed({"payAmount": "500.00000", "transportFee": "10.00000", "saleNum": "2.00000"},
                        {"payAmount": "7.00", "transportFee": "", "coupontotalMoney": "", "paymentList": []}))  # fmt: skip
    assert (order.shipping_fee, order.total, order.residual) == (YUAN("10.00"), YUAN("507.00"), 0)
    first, second = order.lines
    assert (first.subtotal, first.discount, first.total, first.unit_price) == (530, 40, 490, 265)
    assert (second.subtotal, second.discount, second.total, second.unit_price) == (7, 0, 7, 7)


@pytest.mark.fault(19)
def test_a_total_that_its_lines_do_not_explain_shows_a_residual() -> None:
    order = one(changed({}, countMoney="491.50000"))
    assert (order.total, order.residual, order.discrepancy) == (YUAN("491.50"), YUAN("1.50"), 0)


def test_a_unit_price_that_does_not_divide_is_rounded_and_the_line_stays_exact() -> None:
    order = one(
        changed(
            {"payAmount": "10.00000", "coupontotalMoney": "", "saleNum": "3", "unitPrice": "9.99", "paymentList": ""}
        )
    )
    assert (order.lines[0].unit_price, order.lines[0].subtotal) == (YUAN("3.33"), YUAN("10.00"))
    kept = one(changed({"payAmount": "10.00000", "coupontotalMoney": "", "saleNum": "2", "unitPrice": "5.00000"}))
    assert kept.lines[0].unit_price == YUAN("5.00")


def test_amounts_are_rounded_to_the_fen() -> None:
    order = one(changed({"payAmount": "33.33350", "coupontotalMoney": "0.00450", "paymentList": []}))
    assert (order.total, order.discount_total, order.items_total) == (YUAN("33.33"), YUAN("0.00"), YUAN("33.33"))
    assert one(changed({"payAmount": "33.33500"})).total == YUAN("33.34")


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("payAmount", (530, None, None, None)),
        ("transportFee", (530, None, None, 490)),
        ("coupontotalMoney", (530, 40, 490, 490)),  # by the unit price
        ("vouchertotalMoney", (530, 40, 490, 490)),
        ("unitPrice", (530, 40, 490, 490)),
    ],
)
def test_an_amount_that_does_not_come_is_not_zero(gone: str, expected: tuple[Any, ...]) -> None:
    document = changed({})
    del document["orderDetail"][0][gone]
    order = one(document)
    (line,) = order.lines
    assert (line.subtotal, line.discount, line.total, order.total) == expected
    assert order.discrepancy in (0, None)


def test_nothing_to_know_is_none() -> None:
    document = changed({})
    for name in ("payAmount", "transportFee", "coupontotalMoney", "vouchertotalMoney", "unitPrice"):
        del document["orderDetail"][0][name]
    order = one(document)
    assert (order.items_total, order.discount_total, order.shipping_fee, order.fees_total, order.total) == (None,) * 5
    assert (order.paid, order.residual, order.discounts) == (None, None, ())
    odd = changed({"unitPrice": "1.00"})
    del odd["orderDetail"][0]["coupontotalMoney"]
    assert (one(odd).items_total, one(odd).lines[0].total) == (None, 490)  # less than what was paid: no gross at all


COUPONS = [
    {"paycode": "6901", "banktypecode": "10001", "payamount": "30", "merchantPercent": "1", "platformPercent": "2"}
]


def test_a_shared_coupon_is_split_by_its_percentages() -> None:
    order = one(changed({"paymentList": COUPONS, "vouchertotalMoney": "2.50"}))
    assert [(d.kind, d.name, d.amount, d.funded_by) for d in order.discounts] == [
        ("coupon", "cloud coupon", YUAN("10.00"), "seller"), ("coupon", "cloud coupon", YUAN("20.00"), "platform"),
        ("coupon", None, YUAN("10.00"), "unknown"), ("voucher", None, YUAN("2.50"), "seller"),
    ]  # fmt: skip
    assert sum(d.amount for d in order.discounts) == order.discount_total == YUAN("42.50")


def test_payments_that_tell_more_than_the_line_are_no_break_down() -> None:
    order = one(changed({"coupontotalMoney": "20.00"}))
    assert [(d.name, d.amount, d.funded_by) for d in order.discounts] == [(None, YUAN("20.00"), "unknown")]


def test_every_means_and_every_coupon() -> None:
    for code, kind in FACTS["means"].items():
        order = one(changed({"paymentList": [{"paycode": code, "banktypecode": "", "payamount": "40"}]}))
        named = [d for d in order.discounts if d.name is not None]
        assert bool(named) == (kind == "reduction")
        assert order.discount_total == 40
    for code, funder in FACTS["coupons"].items():
        order = one(changed({"paymentList": [{"paycode": "6901", "banktypecode": code, "payamount": "40"}]}))
        assert [(d.funded_by, d.amount) for d in order.discounts] == [(funder, 40)]
    lone = one(changed({"paymentList": {"paycode": "6901", "banktypecode": "8012", "payamount": "40", "x": ""}}))
    assert [d.kind for d in lone.discounts] == ["points"]


def test_overseas_goods_tell_no_tax() -> None:
    order = one(changed({"hwgFlag": "01", "disType": "02", "itemTaxFare": "9.10"}))
    assert (order.tax_total, order.residual, order.labels) == (None, 0, ("cross_border", "bonded_merchant"))
    assert order.lines[0].extra["itemTaxFare"] == "9.10"


def test_gifts_and_promotions() -> None:
    order = one(changed({"activitytype": "09"}, {"activitytype": "7"}, {"activitytype": 8}))
    assert [line.is_gift for line in order.lines] == [True, False, False]
    assert order.labels == ("seckill", "s_code")


def test_parcels() -> None:
    sent = {
        "orderLineStatus": "20",
        "expresscompanycode": "S02",
        "expressno": "SF1",
        "deliveryTime": "2026-03-01 10:00:00",
    }
    order = one(changed(sent, sent | {"saleNum": "2"}, sent | {"expressno": "YT2", "expresscompanycode": "圆通速递"},
                        sent | {"expressno": 77, "expresscompanycode": "Q03", "deliveryTime": "2026-02-28 10:00:00"},
                        orderTotalStatus="20"))  # fmt: skip
    assert [(p.carrier, p.carrier_name, p.waybill_no, [units for _, units in p.lines]) for p in order.shipments] == [
        ("sf", "S02", "SF1", [1, 2]), ("yto", "圆通速递", "YT2", [1]), (None, "Q03", "77", [1]),
    ]  # fmt: skip
    assert order.shipped_at == datetime(2026, 2, 28, 2, tzinfo=UTC)
    assert order.shipments[0].shipped_at == datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_the_newest_change_of_a_line_dates_the_order() -> None:
    rows = [{"orderLineStatusChangeTime": f"2026-03-0{day} 10:00:00", "orderLineStatus": "30"} for day in (2, 3, 1)]
    order = one(changed(*rows, orderTotalStatus="30"))
    assert order.updated_at == order.completed_at == datetime(2026, 3, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "street", "kind", "phone"),
    [
        ({"detailAddress": ""}, "体育西路1号", "clear", "13800000001"),
        ({"detailAddress": "", "customerAddress": "体育西路1号"}, "体育西路1号", "clear", "13800000001"),
        ({"detailAddress": "", "customerAddress": "北京 北京市 朝阳区 某路2号", "provinceName": "北京", "cityName": "北京市",
          "districtName": "朝阳区"}, "某路2号", "clear", "13800000001"),
        ({"detailAddress": "", "customerAddress": "广东省"}, "广东省", "clear", "13800000001"),
        ({"customerName": "李*"}, "体育西路1号", "masked", "13800000001"),
        ({"mobNum": "138****0001"}, "体育西路1号", "masked", "138****0001"),
        ({"mobNum": "", "phoneNum": "02088880000"}, "体育西路1号", "clear", "02088880000"),
        ({"customerName": "", "mobNum": "", "detailAddress": "", "customerAddress": ""}, None, "absent", None),
    ],
)  # fmt: skip
def test_people(fields: dict[str, str], street: str | None, kind: str, phone: str | None) -> None:
    person = one(changed(**fields)).recipient
    assert (person.address.street, person.privacy.kind, person.phone) == (street, kind, phone)


@pytest.mark.parametrize(
    ("fields", "wanted", "kind"),
    [
        ({"needinvoiceflag": "N"}, False, "normal"),
        ({"needinvoiceflag": "Y", "invoiceType": "01", "vatTaxpayerNumber": "T1"}, True, "vat_special"),
        ({"needinvoiceflag": "Y", "invoiceType": 5}, True, None),
        ({"needinvoiceflag": "", "invoiceType": "02"}, True, "normal"),
        ({"needinvoiceflag": "", "invoiceType": "05"}, False, None),
        ({"needinvoiceflag": "Y", "invoiceType": "77"}, True, None),
    ],
)
def test_invoices(fields: dict[str, Any], wanted: bool, kind: str | None) -> None:
    invoice = one(changed(**fields)).invoice
    assert invoice is not None and (invoice.wanted, invoice.kind) == (wanted, kind)
    assert invoice.tax_no == (fields.get("vatTaxpayerNumber") or None)


def test_no_word_about_an_invoice_is_none() -> None:
    assert one(changed(needinvoiceflag="", invoiceType="")).invoice is None


def test_old_names_of_the_notes() -> None:
    order = one(
        changed(buyerOrdRemark="", orderRemark="旧", sellerOrdRemark=None, memoInformation="备注", colorMarkFlags="3")
    )
    assert (order.buyer_note, order.seller_note, order.seller_flag) == ("旧", "备注", "3")


def test_a_line_number_that_came_as_a_number_gets_its_zeros_back() -> None:
    assert one(changed({"orderLineNumber": 662135670001})).lines[0].line_id == "00662135670001"
