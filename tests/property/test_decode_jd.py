"""Laws of decoding JD orders, over orders built from the money identity of docs/platforms/jd.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import BAD_AMOUNTS, NOTES, ZERO, bare, cents, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.connectors.jd.tables import ORDER
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("jd")
UNSET = "1970-01-01 00:00:00"
LAW = settings(max_examples=25, deadline=None)
SHIPPABLE = ("awaiting_shipment", "partially_shipped")


@dataclass(frozen=True)
class Truth:
    """One order as JD would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    total: Decimal
    paid: Decimal
    extra: dict[str, Any]


def yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


IDS = st.integers(10**11, 10**19)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S"))
STATES = st.sampled_from(sorted(FACTS["status"]))
SHIPS = st.sampled_from(sorted(raw for raw, row in FACTS["status"].items() if row.get("ships")))
JUNK = junk(st.integers(0, 9) | NOTES)
COUPONS = sorted(set(FACTS["coupon"]) - {"52"})


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of which some repeat a SKU; some tell JD's own line id."""
    skus = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    rows = []
    for number in range(draw(st.integers(1, 4))):
        row = {
            "skuId": str(draw(st.sampled_from(skus))), "skuName": draw(NOTES), "jdPrice": yuan(draw(cents(0, 90_000))),
            "itemTotal": str(draw(st.integers(1, 5))), "wareId": str(draw(IDS)), "outerSkuId": draw(st.sampled_from(["A-1", ""])),
        }  # fmt: skip
        if draw(st.booleans()):
            row["itemExt"] = draw(st.sampled_from([{"skuUuid": f"u-{number}"}, json.dumps({"skuUuid": f"u-{number}"})]))
        rows.append(row)
    return rows


@st.composite
def reductions(draw: st.DrawFn, rows: list[dict[str, Any]], gross: Decimal) -> list[dict[str, Any]]:
    """Coupons that never take more than the goods cost."""
    left, found = gross, []
    for code in draw(st.lists(st.sampled_from(COUPONS), max_size=3)):
        amount = min(draw(cents(1, 5_000)), left)
        left -= amount
        sku = draw(st.sampled_from(rows))["skuId"] if code == "30" and draw(st.booleans()) else ""
        if amount:
            found.append({"couponType": f"{code}-优惠", "couponPrice": yuan(amount), "skuId": sku})
    return found


@st.composite
def truths(draw: st.DrawFn, state: st.SearchStrategy[str] = STATES) -> Truth:
    """A consistent order with everything that may stand in one."""
    raw, order_id, rows = draw(state), draw(IDS), draw(lines())
    items = sum((Decimal(row["jdPrice"]) * int(row["itemTotal"]) for row in rows), ZERO)
    coupons = draw(reductions(rows, items))
    listed = sum(
        (
            Decimal(row["couponPrice"])
            for row in coupons
            if FACTS["coupon"][row["couponType"].partition("-")[0]] == "seller"
        ),
        ZERO,
    )
    taken = sum((Decimal(row["couponPrice"]) for row in coupons), ZERO)
    more = min(draw(st.just(ZERO) | cents(1, 300)), items - taken)
    freight, service = draw(cents(0, 2_000)), draw(cents(0, 300))
    total = items - taken - more + freight + service
    balance = min(draw(st.just(ZERO) | cents(1, 5_000)), total)
    card = min(draw(st.just(ZERO) | cents(1, 1_000)), total - balance)
    owed = total - balance - card
    tool = min(draw(st.just(ZERO) | cents(1, 200)), owed)
    if card:
        coupons.append({"couponType": "52-礼品卡", "couponPrice": yuan(card), "skuId": ""})
    at_door, came = draw(st.booleans()), FACTS["status"][raw]["word"] != "pending_payment"
    document: dict[str, Any] = {
        "orderId": str(order_id), "orderState": raw, "orderType": "21" if FACTS["status"][raw].get("platform") else "22",
        "payType": "1-货到付款" if at_door else "4-在线支付", "totalOriginalPrice": yuan(items),
        "totalSellerDiscount": yuan(listed + more), "shouldPay": yuan(owed), "payDiscount": yuan(tool),
        "actualPay": yuan(owed - tool) if came else "0.00", "balanceUsed": yuan(balance), "freightPrice": yuan(freight),
        "serviceFee": yuan(service), "orderPayment": "0.00", "orderStartTime": draw(TIMES), "modified": draw(TIMES),
        "paymentConfirmTime": draw(TIMES) if came else UNSET, "storeOrder": "", "returnOrder": "0", "waybill": "",
        "logisticsId": "", "itemInfoList": rows, "couponDetailList": coupons,
    }  # fmt: skip
    document |= draw(receivers())
    junk = draw(JUNK)
    document |= junk
    return Truth(document, items, taken + more, total, total - tool if came else ZERO, junk)


@st.composite
def receivers(draw: st.DrawFn) -> dict[str, Any]:
    masked = draw(st.booleans())
    person = {
        "fullname": "王**" if masked else "王小明", "mobile": "138****0001" if masked else "13800000001",
        "fullAddress": "浙江杭州市西湖区三墩镇" + ("***" if masked else "文一路1号"), "province": "浙江", "city": "杭州市",
        "county": "西湖区", "town": "三墩镇", "oaid": "demo-oaid-1",
    }  # fmt: skip
    return {"consigneeInfo": person, "open_id_buyer": "oXy1"}


one = partial(lone, "jd")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (truth.items, truth.reduced, truth.total)
    assert order.residual == 0
    assert order.discrepancy == 0
    assert order.shipping_fee == Decimal(truth.document["freightPrice"])
    assert order.fees_total == Decimal(truth.document["serviceFee"])
    assert (order.tax_total, order.currency) == (0, "CNY")


@LAW
@given(truths())
def test_lines_add_up_to_the_goods_of_the_order(truth: Truth) -> None:
    order = one(truth.document)
    for line, row in zip(order.lines, truth.document["itemInfoList"], strict=True):
        assert line.unit_price is not None
        assert line.discount is not None
        assert line.subtotal == line.unit_price * line.quantity == Decimal(row["jdPrice"]) * int(row["itemTotal"])
        assert line.total == line.subtotal - line.discount
    assert sum((line.total or ZERO for line in order.lines), ZERO) == truth.items - truth.reduced


@LAW
@given(truths())
def test_named_discounts_add_up_and_gift_cards_are_none(truth: Truth) -> None:
    order = one(truth.document)
    assert sum((discount.amount for discount in order.discounts), ZERO) == order.discount_total
    assert all(discount.amount > 0 for discount in order.discounts)
    assert not any(discount.kind == "gift_card" for discount in order.discounts)
    ids = {line.line_id for line in order.lines}
    assert all(discount.line_id is None or discount.line_id in ids for discount in order.discounts)
    funders = {code: word for code, word in FACTS["coupon"].items() if word != "payment"}
    wanted = sorted(funders[row["couponType"].partition("-")[0]] for row in truth.document["couponDetailList"]
                    if not row["couponType"].startswith("52"))  # fmt: skip
    assert sorted(str(row.funded_by) for row in order.discounts if row.kind != "seller_discount") == wanted


@LAW
@given(truths())
def test_what_was_paid_is_what_came_and_stored_value(truth: Truth) -> None:
    order, word = one(truth.document), FACTS["status"][truth.document["orderState"]]["word"]
    if word == "pending_payment":
        assert (order.payment_status, order.paid, order.refunded) == ("unpaid", 0, 0)
    elif word == "cancelled":
        assert (order.payment_status, order.refunded, order.paid) == ("refunded", truth.paid, truth.paid)
    else:
        assert (order.payment_status, order.paid) == ("paid", truth.paid)
        assert order.refunded is None


@LAW
@given(truths())
def test_every_line_has_an_id_of_its_own(truth: Truth) -> None:
    order = one(truth.document)
    ids = [line.line_id for line in order.lines]
    assert len(ids) == len(set(ids))
    for line, row in zip(order.lines, truth.document["itemInfoList"], strict=True):
        assert line.platform_sku_id == row["skuId"]
        if "itemExt" in row:
            assert line.line_id.startswith("u-")
    shuffled = truth.document | {"itemInfoList": list(reversed(truth.document["itemInfoList"]))}
    if len({row["skuId"] for row in truth.document["itemInfoList"]}) == len(ids):
        assert {line.line_id for line in one(shuffled).lines} == set(ids)


@LAW
@given(truths())
def test_states_holds_and_whether_to_ship(truth: Truth) -> None:
    order, fact = one(truth.document), FACTS["status"][truth.document["orderState"]]
    assert (order.raw_status, order.status) == (truth.document["orderState"], fact["word"])
    assert sorted(map(str, order.holds)) == fact["holds"]
    assert order.fulfilled_by == ("platform" if fact.get("platform") else "merchant")
    assert order.is_shippable == bool(fact.get("ships"))
    assert order.fulfilment_status == fact.get("fulfilment", order.fulfilment_status)
    assert order.aftersale_status == fact.get("aftersale", "refunded" if fact["word"] == "cancelled" else "none")
    assert all(line.status == order.status and line.raw_status == order.raw_status for line in order.lines)
    assert ("label" in fact) == bool(set(order.labels) & {"domestic_leg", "virtual_code", "to_sorting_centre"})


@LAW
@given(truths(st.sampled_from(["LOCKED", "SuoDing", "DengDaiTuiKuan"])))
def test_a_lock_never_moves_a_parcel_backwards(truth: Truth) -> None:
    order = one(truth.document | {"logisticsId": "467", "waybill": "SF1"})
    assert (order.status, order.fulfilment_status) == ("shipped", "shipped")
    assert order.holds and not order.is_shippable
    assert order.aftersale_status == "requested"


@LAW
@given(truths(SHIPS), st.sampled_from(["京仓订单", "云仓订单", "某仓订单"]))
def test_orders_of_another_warehouse_are_never_shipped(truth: Truth, store: str) -> None:
    order = one(truth.document | {"storeOrder": store})
    assert order.fulfilled_by == FACTS["store_order"].get(store, "unknown")
    assert not order.is_shippable
    assert ("unknown_value" in order.holds) == (store not in FACTS["store_order"])


@LAW
@given(truths(SHIPS), st.sampled_from(sorted(FACTS["order_type"])))
def test_kinds_of_orders(truth: Truth, kind: str) -> None:
    order = one(truth.document | {"orderType": kind})
    assert order.fulfilled_by == FACTS["order_type"][kind]
    assert order.is_shippable == (FACTS["order_type"][kind] == "merchant")
    assert not order.holds


@LAW
@given(truths(SHIPS))
def test_a_reason_not_to_ship_is_a_hold(truth: Truth) -> None:
    order = one(truth.document | {"specialStatusReasonInfo": {"reason": "风控", "suggestion": "等待"}})
    assert order.holds == {"other"} and not order.is_shippable


@LAW
@given(truths(SHIPS), st.sampled_from(["1", "2", 1, 2]))
def test_orders_made_by_after_sales(truth: Truth, code: Any) -> None:
    document = truth.document | {"returnOrder": code}
    assert FACTS["return_order"][str(code)] in one(document).labels
    found = orderhub.normalize("jd", [document, truth.document | {"orderId": "7"}], reissues="leave_out")
    assert [order.order_id for order in found.orders] == ["7"]
    assert [finding.order_id for finding in found.findings if finding.code == "left_out"] == [document["orderId"]]


@LAW
@given(truths(SHIPS))
def test_cash_at_the_door_comes_with_the_goods(truth: Truth) -> None:
    document = truth.document | {"payType": "1-货到付款", "actualPay": "0.00", "paymentConfirmTime": UNSET}
    order = one(document)
    assert (order.is_cod, order.payment_status, order.paid) == (True, "unpaid", 0)
    assert order.is_shippable
    done = one(document | {"orderState": "FINISHED_L"})
    assert (done.payment_status, done.paid) == ("paid", truth.total - Decimal(document["payDiscount"]))


@LAW
@given(truths(st.sampled_from(["PAUSE", "POP_ORDER_PAUSE", "LOCKED", "ZanTing"])))
def test_a_paused_order_is_only_paid_when_it_says_so(truth: Truth) -> None:
    document = truth.document | {"payType": "4-在线支付", "actualPay": "0.00", "paymentConfirmTime": UNSET}
    order = one(document)
    if Decimal(document["shouldPay"]):
        assert (order.status, order.payment_status, order.paid) == ("pending_payment", "unpaid", 0)
    silent = one({name: value for name, value in document.items() if name not in ("actualPay", "paymentConfirmTime")})
    assert silent.payment_status == ("unknown" if truth.total else "paid")
    assert not order.is_shippable and not silent.is_shippable


@LAW
@given(truths(st.just("TRADE_CANCELED")))
def test_a_cancelled_order_that_was_never_paid_owes_nothing_back(truth: Truth) -> None:
    order = one(truth.document | {"actualPay": "0.00", "paymentConfirmTime": UNSET})
    assert (order.payment_status, order.paid, order.refunded, order.aftersale_status) == ("unpaid", 0, 0, "none")


@LAW
@given(truths(SHIPS), st.data())
def test_partial_shipments_tell_each_line(truth: Truth, data: st.DataObject) -> None:
    rows = truth.document["itemInfoList"]
    for number, row in enumerate(rows):
        row["itemExt"] = {"skuUuid": f"u-{number}"}
    sent = [data.draw(st.integers(0, int(row["itemTotal"]))) for row in rows]
    goods = [{"skuUuid": f"u-{number}", "skuId": row["skuId"], "num": units}
             for number, (row, units) in enumerate(zip(rows, sent, strict=True)) if units]  # fmt: skip
    parcel = {"shipmentId": 1, "logicId": "467", "waybillId": "SF1", "packageNum": 1,
              "shipmentTime": 1772330400000, "skus": goods}  # fmt: skip
    if not goods:
        return
    order = one(truth.document | {"partialLogisticsInfoModel": [parcel]})
    assert [line.shipped_quantity for line in order.lines] == sent
    whole = all(units == int(row["itemTotal"]) for row, units in zip(rows, sent, strict=True))
    assert order.status == ("shipped" if whole else "partially_shipped")
    assert order.is_shippable == (not whole)
    (shipment,) = order.shipments
    assert (shipment.carrier, shipment.waybill_no) == ("sf", "SF1")
    assert shipment.shipped_at == datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert shipment.lines == tuple((f"u-{number}", units) for number, units in enumerate(sent) if units)
    nameless = one(truth.document | {"partialLogisticsInfoModel": [parcel | {"skus": [{"num": 1}]}]})
    assert nameless.status == "partially_shipped"
    assert not nameless.is_shippable and {line.shipped_quantity for line in nameless.lines} == {None}


def test_parcels_of_several_carriers() -> None:
    document = {"orderId": "1", "orderState": "WAIT_GOODS_RECEIVE_CONFIRM", "logisticsId": "467|463|9",
                "waybill": "SF1,SF2|YT1|X1", "itemInfoList": [{"skuId": "1", "itemTotal": "1"}]}  # fmt: skip
    told = [(row.carrier, row.carrier_name, row.waybill_no) for row in one(document).shipments]
    assert told == [("sf", "顺丰", "SF1"), ("sf", "顺丰", "SF2"), ("yto", "圆通", "YT1"), (None, "9", "X1")]
    own = one(document | {"logisticsId": "1274", "waybill": ""})
    assert [(row.carrier_name, row.waybill_no) for row in own.shipments] == [("厂家自送", None)]


def test_a_gift_that_repeats_a_sku_is_a_line_of_its_own() -> None:
    bought = {"skuId": "5", "itemTotal": "2", "jdPrice": "10.00"}
    document = {"orderId": "1", "orderState": "WAIT_SELLER_STOCK_OUT", "shouldPay": "17.00",
                "itemInfoList": [bought, bought | {"itemTotal": "1", "jdPrice": "0.00"}],
                "couponDetailList": [{"skuId": "5", "couponType": "30-单品", "couponPrice": "3.00"}]}  # fmt: skip
    order = one(document)
    assert [(line.line_id, line.is_gift, line.total) for line in order.lines] == [
        ("5:1", False, Decimal("17.00")), ("5:2", True, ZERO)
    ]  # fmt: skip
    assert order.residual == 0


def test_the_old_total_is_only_believed_before_it_went_stale() -> None:
    base = {"orderId": "1", "orderState": "FINISHED_L", "orderPayment": "9.00", "orderStartTime": "2024-09-30 12:00:00",
            "itemInfoList": [{"skuId": "1", "itemTotal": "1", "jdPrice": "9.00"}]}  # fmt: skip
    assert one(base).total == Decimal("9.00")
    assert one(base | {"orderStartTime": "2024-10-02 12:00:00"}).total is None


def test_a_customs_tax_stays_out_of_the_sums_and_is_told() -> None:
    document = {"orderId": "1", "orderState": "FINISHED_L", "shouldPay": "10.00", "taxFee": "100",
                "itemInfoList": [{"skuId": "1", "itemTotal": "1", "jdPrice": "9.00"}]}  # fmt: skip
    found = orderhub.normalize("jd", document)
    assert (found.orders[0].tax_total, found.orders[0].residual) == (None, Decimal("1.00"))
    assert [finding.code for finding in found.findings] == ["tax_unit_unverified"]


@LAW
@given(truths())
def test_times_are_utc_and_eight_hours_before_beijing(truth: Truth) -> None:
    order = one(truth.document)
    pairs = [
        (order.created_at, "orderStartTime"),
        (order.updated_at, "modified"),
        (order.paid_at, "paymentConfirmTime"),
    ]
    for found, name in pairs:
        text = truth.document[name]
        if text == UNSET:
            assert found is None
            continue
        assert found is not None and found.tzinfo is UTC
        assert (found + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S") == text


@LAW
@given(truths())
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth) -> None:
    order = one(truth.document)
    mapped = {path.split(".")[0] for path in ORDER.used}
    assert dict(order.extra) == {name: value for name, value in truth.document.items() if name not in mapped}
    assert dict(order.extra) == truth.extra
    assert order.raw is not None and loads(order.raw) == truth.document
    assert set(ORDER.report(truth.document).unknown) == set(truth.extra)


@LAW
@given(truths())
def test_people(truth: Truth) -> None:
    order, person = one(truth.document), truth.document["consigneeInfo"]
    found, address = order.recipient, order.recipient.address
    assert found.privacy.kind == ("masked" if "*" in person["fullname"] else "clear")
    assert found.privacy.token == found.privacy.merge_key == person["oaid"]
    assert (address.province, address.city, address.district, address.town) == ("浙江", "杭州市", "西湖区", "三墩镇")
    assert address.street in ("***", "文一路1号")
    shown = repr(order) + repr(found) + repr(address) + str(order.buyer)
    assert not any(person[name] in shown for name in ("fullname", "mobile", "fullAddress"))
    assert order.buyer.buyer_id == "oXy1"


def test_ciphertext_is_known_as_such() -> None:
    cipher = "AAQAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8w"
    person = {"fullname": cipher, "mobile": cipher, "fullAddress": cipher, "province": "浙江"}
    document = {"orderId": "1", "orderState": "WAIT_SELLER_STOCK_OUT", "consigneeInfo": person,
                "itemInfoList": [{"skuId": "1", "itemTotal": "1"}]}  # fmt: skip
    order = one(document)
    assert order.recipient.privacy.kind == "encrypted" and order.recipient.address.street == cipher
    assert order.is_shippable


@pytest.mark.parametrize(
    ("given_info", "wanted", "kind", "title"),
    [
        ("不需要开具发票", False, None, None), ("发票类型:普通发票;发票抬头:甲公司;发票内容:明细", True, "普通发票", "甲公司"),
        ("发票类型：电子;发票抬头：个人;发票内容：类别", True, "电子", "个人"),
    ],
)  # fmt: skip
def test_invoices(given_info: str, wanted: bool, kind: str | None, title: str | None) -> None:
    document = {"orderId": "1", "orderState": "FINISHED_L", "itemInfoList": [{"skuId": "1", "itemTotal": "1"}]}
    found = one(document | {"invoiceInfo": given_info, "vatInfo": {"vatNo": "911"}}).invoice
    assert found is not None
    assert (found.wanted, found.kind, found.title, found.tax_no) == (wanted, kind, title, "911")
    assert one(document).invoice is None


def retyped(value: Any) -> Any:
    """Numbers as text and whole texts as numbers; amounts as JSON numbers."""
    if isinstance(value, dict):
        return {name: item if name in UNTOUCHED else retyped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal() and value.isascii():
        return Decimal(value) if "." in value else int(value)
    return value


UNTOUCHED = {"skuName", "mobile", "outerSkuId", "itemExt"}


def as_sp(document: dict[str, Any]) -> dict[str, Any]:
    """The same order as the newer gateway shapes it, without promotions, which it tells another way."""

    def millis(text: str) -> int | None:
        at = datetime.strptime(text + "+0800", "%Y-%m-%d %H:%M:%S%z")
        return int(at.timestamp() * 1000) if text != UNSET else None

    person = document["consigneeInfo"]
    divisions = {f"{name}Name": person[name] for name in ("province", "city", "county", "town")}
    return {
        "orderId": int(document["orderId"]), "orderType": int(document["orderType"]), "orderStatus": document["orderState"],
        "createdTime": millis(document["orderStartTime"]), "modifiedTime": millis(document["modified"]),
        "xidBuyer": document["open_id_buyer"],
        "consigneeInfo": {"fullName": person["fullname"], **{name: person[name] for name in ("mobile", "fullAddress", "oaid")},
                          **divisions},
        "paymentInfo": {
            "paymentType": int(document["payType"][0]), "paymentConfirmTime": millis(document["paymentConfirmTime"]),
            "shouldPayAmount": Decimal(document["shouldPay"]), "actualPayAmount": Decimal(document["actualPay"]),
            "payDiscountAmount": Decimal(document["payDiscount"]), "freightFee": Decimal(document["freightPrice"]),
            "serviceFeeInfo": {"serviceFee": Decimal(document["serviceFee"])},
        },
        "sellerTradePriceInfo": {"totalOriginalPriceAmount": Decimal(document["totalOriginalPrice"]),
                                 "totalSellerDiscountAmount": Decimal(document["totalSellerDiscount"])},
        "skuItemInfoList": [
            {"skuId": int(row["skuId"]), "outerSkuId": row["outerSkuId"], "skuName": row["skuName"],
             "jdPrice": Decimal(row["jdPrice"]), "num": int(row["itemTotal"]), "productId": int(row["wareId"]),
             **({"itemExt": row["itemExt"]} if "itemExt" in row else {})}
            for row in document["itemInfoList"]
        ],
    }  # fmt: skip


@LAW
@given(truths())
def test_both_gateways_tell_the_same_order(truth: Truth) -> None:
    plain = truth.document | {"couponDetailList": [], "balanceUsed": "0.00", "totalSellerDiscount": "0.00"}
    classic, newer = one(plain), one(as_sp(plain))
    assert bare(newer) == bare(classic)
    assert bare(one({"success": "true", "data": [as_sp(plain)]}, wire="sp")) == bare(classic)


@LAW
@given(truths(SHIPS), st.data())
def test_the_newer_gateway_splits_promotions_by_bearer(truth: Truth, data: st.DataObject) -> None:
    plain = truth.document | {"couponDetailList": [], "balanceUsed": "0.00", "totalSellerDiscount": "0.00"}
    for number, row in enumerate(plain["itemInfoList"]):
        row["itemExt"] = {"skuUuid": f"u-{number}"}
    bearer = data.draw(st.sampled_from(sorted(FACTS["bearer"])))
    gross = Decimal(plain["itemInfoList"][0]["jdPrice"]) * int(plain["itemInfoList"][0]["itemTotal"])
    taken = min(gross, Decimal("1.50"))
    document = as_sp(plain)
    owed = truth.items - taken + Decimal(plain["freightPrice"]) + Decimal(plain["serviceFee"])
    document["paymentInfo"]["shouldPayAmount"] = owed
    cost = {"bearer": int(bearer), "bearRate": 1, "bearAmount": taken}
    document["paymentDetailList"] = [
        {"skuUuid": "u-0", "amountExpandList": [{"type": 1, "typeName": "优惠", "amount": taken, "orderCostAmountList": [cost]}]}
    ]  # fmt: skip
    order = one(document)
    assert order.residual == 0 and order.discount_total == taken
    if taken:
        (discount,) = order.discounts
        assert (discount.line_id, discount.funded_by) == ("u-0", FACTS["bearer"][bearer])


def wrapped(rows: list[Any], success: Any = True) -> dict[str, Any]:
    verdict = {"success": success, "numberCode": 0}
    return {"apiResult": verdict, "orderTotal": len(rows), "orderInfoList": rows}


@LAW
@given(truths())
def test_every_shape_of_a_payload_gives_the_same_order(truth: Truth) -> None:
    document, wanted = truth.document, bare(one(truth.document))
    inner = wrapped([document])
    reply = {"jingdong_pop_order_enSearch_responce": {"code": "0", "searchorderinfo_result": inner}}
    detail = {"orderDetailInfo": {"apiResult": {"success": "true"}, "orderInfo": document}}
    shapes: list[Any] = [
        json.dumps(document), json.dumps(document, ensure_ascii=False).encode(), [document], (document,), reply,
        {"searchorderinfo_result": inner}, inner, {"orderInfoList": [document]}, {"orderInfoList": {"orderInfo": [document]}},
        {"orderInfoList": document}, detail, {"jingdong_pop_order_get_response": detail}, {"orderInfo": document},
        {"jingdong_x_responce": {"result": json.dumps(inner)}}, [reply], [detail, []], {"success": True, "data": [document]},
        {"success": "true", "data": document}, {"Response": {"success": True, "data": {"orderList": [document]}}},
        retyped(document), document_bytes(retyped(document)),
    ]  # fmt: skip
    for shape in shapes:
        assert bare(one(shape)) == wanted


NEEDED, NEEDED_IN_LINE = {"orderId", "orderState", "itemInfoList"}, {"skuId", "itemTotal"}


@pytest.mark.fault(17)
@LAW
@given(truths(), st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, data: st.DataObject) -> None:
    document = truth.document
    gone = data.draw(st.sets(st.sampled_from(sorted(set(document) - NEEDED))))
    for name in gone:
        document |= {name: data.draw(st.sampled_from([None, ""]))}
    for row in document["itemInfoList"]:
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - NEEDED_IN_LINE)))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    if "shouldPay" in gone and "orderPayment" in gone:
        assert order.total is None
    for line in order.lines:
        known = None not in (line.subtotal, line.discount)
        assert line.total == ((line.subtotal or ZERO) - (line.discount or ZERO) if known else None)


@LAW
@given(truths(), st.sampled_from(["orderId", "orderState", "itemInfoList", "skuId", "itemTotal"]),
       st.sampled_from(["pop", None, ""]))  # fmt: skip
def test_a_missing_required_field_is_named_with_its_order(truth: Truth, name: str, how: str | None) -> None:
    document = copy.deepcopy(truth.document)
    place = document["itemInfoList"][-1] if name in NEEDED_IN_LINE else document
    place.pop(name) if how == "pop" else place.update({name: how})
    found = orderhub.normalize("jd", [document, truth.document])
    assert [order.order_id for order in found.orders] == [truth.document["orderId"]]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == (None if name == "orderId" else truth.document["orderId"])
    assert name in (finding.path or "")
    assert loads(found.quarantined[0][1]) == document


AMOUNTS = ["shouldPay", "actualPay", "freightPrice", "balanceUsed", "serviceFee", "totalSellerDiscount"]


@LAW
@given(truths(), st.sampled_from([*AMOUNTS, "jdPrice", "couponPrice"]), st.sampled_from(BAD_AMOUNTS))
def test_what_is_not_an_amount_is_refused_by_name_and_harms_no_neighbour(truth: Truth, name: str, bad: Any) -> None:
    document = copy.deepcopy(truth.document)
    if name == "jdPrice":
        document["itemInfoList"][-1][name] = bad
    elif name == "couponPrice":
        document["couponDetailList"] = [{"couponType": "100-x", name: bad}]
    else:
        document[name] = bad
    good = truth.document | {"orderId": 7}
    found = orderhub.normalize("jd", [good, document, good | {"orderId": "8"}])
    assert [order.order_id for order in found.orders] == ["7", "8"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == truth.document["orderId"]
    assert (finding.path or "").endswith(name)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.decimals(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
PLACES = dict.fromkeys(FACTS["fields"]["order"]["names"], "order") | dict.fromkeys(
    FACTS["fields"]["item"]["names"], "line"
)


@settings(max_examples=150, deadline=None)
@given(truths(), JSON_VALUES, st.sampled_from(sorted(PLACES)))
def test_no_value_anywhere_loses_another_order(truth: Truth, odd: Any, name: str) -> None:
    document = copy.deepcopy(truth.document)
    place = document if PLACES[name] == "order" else document["itemInfoList"][0]
    place[name] = odd
    found = orderhub.normalize("jd", [document, truth.document | {"orderId": "7"}])
    assert "7" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        assert order.discrepancy in (0, None)


SECRETS = {"fullname": "甲乙丙丁", "mobile": "13912345678", "fullAddress": "秘密路九十九号"}


@LAW
@given(truths(), JSON_VALUES, st.sampled_from(sorted(PLACES)))
def test_nobody_stands_in_a_finding(truth: Truth, odd: Any, name: str) -> None:
    document = copy.deepcopy(truth.document) | {"consigneeInfo": SECRETS}
    (document if PLACES[name] == "order" else document["itemInfoList"][0])[name] = odd
    found = orderhub.normalize("jd", document)
    text = repr(found.findings) + "".join(map(repr, found.orders))
    assert not any(value in text for value in SECRETS.values())


@pytest.mark.fault(16)
@LAW
@given(truths(), st.text("ABCDEF_", min_size=1, max_size=12).filter(lambda raw: raw not in FACTS["status"]))
def test_an_unknown_state_is_unknown_held_and_told(truth: Truth, raw: str) -> None:
    found = orderhub.normalize("jd", truth.document | {"orderState": raw})
    (order,) = found.orders
    assert (order.status, order.raw_status, order.fulfilment_status) == ("unknown", raw, "unknown")
    assert "unknown_value" in order.holds and not order.is_shippable
    told = [(row.order_id, row.path, row.value) for row in found.findings if row.code == "unknown_value"]
    assert (order.order_id, "orderState", raw) in told


@LAW
@given(truths(SHIPS), st.sampled_from(["orderType", "storeOrder", "returnOrder", "payType"]))
def test_an_unknown_word_in_any_place_forbids_shipping(truth: Truth, name: str) -> None:
    found = orderhub.normalize("jd", truth.document | {name: "99-新的"})
    (order,) = found.orders
    assert "unknown_value" in order.holds and not order.is_shippable
    (finding,) = [row for row in found.findings if row.code == "unknown_value"]
    assert (finding.path, finding.order_id) == (name, order.order_id)


@LAW
@given(truths(SHIPS), st.sampled_from(["skuType", "afsInfoList"]))
def test_an_unknown_word_of_a_line_of_the_newer_gateway_forbids_shipping(truth: Truth, name: str) -> None:
    plain = as_sp(truth.document | {"couponDetailList": [], "balanceUsed": "0.00"})
    plain["skuItemInfoList"][-1][name] = 99 if name == "skuType" else [{"afsOrderId": 1, "refundStatus": 5}]
    found = orderhub.normalize("jd", plain)
    assert "unknown_value" in found.orders[0].holds and not found.orders[0].is_shippable
    assert any(row.code == "unknown_value" and name in (row.path or "") for row in found.findings)


def test_an_unnamed_coupon_is_money_and_told() -> None:
    document = {"orderId": "1", "orderState": "WAIT_SELLER_STOCK_OUT", "shouldPay": "8.00",
                "itemInfoList": [{"skuId": "1", "itemTotal": "1", "jdPrice": "10.00"}],
                "couponDetailList": [{"couponType": "77-新券", "couponPrice": "2.00"}]}  # fmt: skip
    found = orderhub.normalize("jd", document)
    (order,) = found.orders
    assert (order.discount_total, order.residual, order.is_shippable) == (Decimal("2.00"), 0, True)
    assert [(row.kind, row.funded_by) for row in order.discounts] == [("coupon_77", "unknown")]
    assert [(row.code, row.value) for row in found.findings] == [("unknown_value", "77")]


@LAW
@given(truths())
def test_orders_survive_being_stored_as_json(truth: Truth) -> None:
    order = one(truth.document)
    assert stored(Order, encode(order), order.raw) == order
    dumped = order.dump()
    assert dumped["total"] == str(order.total) and "raw" not in dumped
    assert json.loads(order.dump(raw=True)["raw"]) == json.loads(document_bytes(truth.document))


@pytest.mark.parametrize(
    "payload",
    [
        {"jingdong_pop_order_enSearch_responce": {"code": "0", "searchorderinfo_result": wrapped([])}},
        {"searchorderinfo_result": {"apiResult": {"success": "true"}, "orderTotal": "0"}}, {"orderInfoList": []},
        {"orderInfoList": None}, {"orderTotal": 0, "apiResult": {"success": True}}, [], b"[]", {"success": True, "data": []},
        {"success": "true", "data": None, "paginationData": {"totalItems": 0}}, {"Response": {"success": True, "data": []}},
    ],
    ids=str,
)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("jd", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize(
    "payload",
    [
        "", "nonsense", b"\xff", "5", "null", '"orderId"', '{"error_response":{"code":"12","zh_desc":"x"}}',
        {"searchorderinfo_result": wrapped([], False)}, {"code": "10500001", "errorMessage": "x"},
        {"success": False, "errorList": [{"code": "1"}], "data": None}, {"some": {"thing": 1}},
    ],
    ids=str,
)  # fmt: skip
def test_what_holds_no_orders_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("jd", payload)
    assert found.orders == ()
    assert [finding.severity for finding in found.findings] == ["error"]
    assert len(found.quarantined) == 1


def test_a_refused_reply_among_good_ones_is_a_finding() -> None:
    good = {"orderId": "7", "orderState": "FINISHED_L", "itemInfoList": [{"skuId": "1", "itemTotal": 1}]}
    refused = {"error_response": {"code": "2", "zh_desc": "限制"}}
    found = orderhub.normalize("jd", [refused, {"orderInfo": good}])
    assert [order.order_id for order in found.orders] == ["7"]
    assert [(finding.code, finding.path) for finding in found.findings] == [("undecodable", "error_response")]


@LAW
@given(truths())
def test_overrides_are_data(truth: Truth) -> None:
    document = truth.document | {"promisePickDate": "2026-03-01 10:00:00", "orderMarkDesc": "急"}
    for row in document["itemInfoList"]:
        row["productNo"] = "P-1"
    order = one(document, overrides={
        "order": {"ship_by": {"path": "promisePickDate", "convert": "beijing_time"}, "seller_note": "orderMarkDesc"},
        "line": {"variant": "productNo"},
    })  # fmt: skip
    assert (order.ship_by, order.seller_note) == (datetime(2026, 3, 1, 2, tzinfo=UTC), "急")
    assert {line.variant for line in order.lines} == {"P-1"}
    assert not {"promisePickDate", "orderMarkDesc"} & set(order.extra)
