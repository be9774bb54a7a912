"""What Kuaishou's orders mean: statuses, holds, money, people, parcels; and how pages are read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from kuaishou_script import AT, Desk, gift, good, order

import orderhub
from orderhub.errors import DecodeError, InvalidParameter
from orderhub.models import Order, Window

LIST, DETAIL = "open.order.cursor.list", "open.order.detail"
REFUNDS = "open.seller.order.refund.pcursor.list"
ZERO = Decimal("0.00")


def one(document: dict[str, Any]) -> Order:
    found = orderhub.normalize("kuaishou", document)
    assert [row for row in found.findings if row.severity == "error"] == []
    return found.orders[0]


def with_case(document: dict[str, Any], status: int, fee: int, way: int = 10) -> dict[str, Any]:
    row = {"refundId": 1, "handlingWay": way, "status": status, "refundFee": fee, "createTime": 5}
    return {**document, "orderRefundList": [{**row, "createTime": 1, "status": 70}, row]}


# statuses


@pytest.mark.parametrize(
    ("status", "sent", "state", "word", "fulfilment", "shipped"),
    [
        (10, 0, None, "pending_payment", "unfulfilled", 0),
        (30, 0, None, "awaiting_shipment", "unfulfilled", 0),
        (40, 1, 10, "partially_shipped", "partially_shipped", 1),
        (40, 2, None, "partially_shipped", "partially_shipped", 2),
        (40, 3, None, "shipped", "shipped", 3),
        (40, 3, 10, "partially_shipped", "partially_shipped", 3),
        (40, None, 40, "shipped", "shipped", 3),
        (40, None, None, "shipped", "shipped", None),
        (50, 3, 40, "delivered", "delivered", 3),
        (70, 3, 40, "completed", "delivered", 3),
        (80, 0, None, "cancelled", "cancelled", None),
        (0, 0, None, "unknown", "unknown", None),
    ],
)
def test_forty_comes_with_the_first_piece_and_counts_tell_the_rest(
    status: int, sent: int | None, state: int | None, word: str, fulfilment: str, shipped: int | None
) -> None:
    document = order(status)
    document["orderDeliveryInfo"] |= {"deliveryNum": sent, "deliveryStatus": state}
    found = one(document)
    assert (found.status, found.fulfilment_status, found.lines[0].shipped_quantity) == (word, fulfilment, shipped)
    assert found.raw_status == str(status)


def test_a_gift_that_waits_keeps_its_order_part_shipped() -> None:
    document = {**order(40, 1, 1), "subOrderInfo": [gift(30)]}
    found = one(document)
    assert (found.status, found.lines[1].status) == ("partially_shipped", "awaiting_shipment")
    assert (found.lines[1].is_gift, found.lines[1].total, found.lines[1].line_id) == (True, ZERO, "2500000000000001")
    assert one({**document, "subOrderInfo": [gift(80)]}).status == "shipped"
    assert one({**document, "subOrderInfo": [gift(40)]}).status == "shipped"


@pytest.mark.parametrize("status", [66, "ODD"])
def test_a_status_that_no_page_knows_is_kept_told_and_never_shipped(status: Any) -> None:
    found = orderhub.normalize("kuaishou", order(status))
    [kept] = found.orders
    assert (kept.status, kept.raw_status, kept.is_shippable) == ("unknown", str(status), False)
    assert [(row.code, row.path) for row in found.findings] == [("unknown_value", "orderBaseInfo.status")]


@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ({"disableDeliveryReasonCode": [1]}, "group_not_formed"),
        ({"disableDeliveryReasonCode": ["2"]}, "risk_control"),
        ({"disableDeliveryReasonCode": [5]}, "under_review"),
        ({"disableDeliveryReasonCode": [9]}, "unknown_value"),
        ({"riskCode": 10001}, "risk_control"),
        ({"validPromiseShipmentTimeStamp": 0}, "platform_pause"),
    ],
)
def test_what_must_not_be_shipped_is_held(change: dict[str, Any], hold: str) -> None:
    assert one(order()).is_shippable
    found = one(order(**change))
    assert (found.status, found.is_shippable, set(found.holds)) == ("awaiting_shipment", False, {hold})
    assert not one(order(70, **change)).holds - {"unknown_value"}, "nothing is held that is over"


@pytest.mark.parametrize("name", ["encryptedConsignee", "encryptedMobile", "encryptedAddress"])
def test_an_empty_ciphertext_holds_the_order(name: str) -> None:
    document = order()
    document["orderAddress"][name] = ""
    assert set(one(document).holds) == {"address_incomplete"}
    assert set(one({**order(), "orderAddress": None}).holds) == {"address_incomplete"}


def test_a_change_of_address_that_waits_holds_the_order() -> None:
    assert set(one({**order(), "addressUpdateAuditInfo": {"auditStatus": 10}}).holds) == {"under_review"}
    assert one({**order(), "addressUpdateAuditInfo": {"auditStatus": 20}}).is_shippable


@pytest.mark.parametrize(
    ("status", "fee", "word", "held"),
    [(10, 9300, "requested", True), (12, 9300, "refused", False), (20, 100, "in_progress", True),
     (30, 1, "in_progress", True), (40, 1, "in_progress", True), (45, 1, "in_progress", True),
     (50, 1, "in_progress", True), (60, 8500, "refunded", True), (60, 100, "partially_refunded", True),
     (70, 1, "closed", False), (22, 1, "unknown", True)],
)  # fmt: skip
def test_the_newest_case_speaks_for_the_order(status: int, fee: int, word: str, held: bool) -> None:
    found = one(with_case(order(), status, fee))
    assert found.aftersale_status == word
    assert found.is_shippable is not held
    assert found.refunded == (Decimal(fee).scaleb(-2) if status == 60 else None)


def test_money_that_went_back_changes_the_payment() -> None:
    assert one(order(70)).payment_status == "paid"
    assert one(with_case(order(70), 60, 9300)).payment_status == "refunded"
    assert one(with_case(order(70), 60, 100)).payment_status == "partially_refunded"
    assert one(order(10)).payment_status == one(order(80, payTime=0)).payment_status == "unpaid"
    presale = {**order(10, preSale=1), "orderStepInfo": {"orderPaymentStatus": {"payStepType": 1}}}
    assert (one(presale).paid, one(presale).payment_status, set(one(presale).holds)) == (None, "unknown", {"presale"})


# money


def test_money_is_explained_to_the_cent() -> None:
    found = one(order())
    assert (found.items_total, found.discount_total, found.shipping_fee) == (Decimal("90"), Decimal("5"), Decimal("8"))
    assert (found.total, found.paid, found.refunded, found.residual, found.discrepancy) == (
        Decimal("93"), Decimal("93"), ZERO, ZERO, ZERO)  # fmt: skip
    assert found.currency == "CNY"


def test_a_price_before_promotions_is_the_gross() -> None:
    document = order()
    document["orderItemInfo"]["originalPrice"] = 4000
    found = one(document)
    assert (found.items_total, found.discount_total, found.total) == (Decimal(120), Decimal(35), Decimal(93))
    assert [(row.kind, row.amount) for row in found.discounts] == [
        ("promotion", Decimal(30)),
        ("promotion", Decimal(5)),
    ]


@pytest.mark.parametrize(("setting", "total"), [("beside", "90.00"), ("inside", "93.00")])
def test_how_discounts_of_the_payment_count_is_a_setting_and_told(setting: str, total: str) -> None:
    desk = Desk().put(DETAIL, good(order(payChannelDiscount=200, governmentDiscount=100)))
    found = desk.shop(payment_discounts=setting).get_order("2400000000000001")
    assert (found.total, found.discrepancy) == (Decimal(total), 0)
    assert {row.kind: row.amount for row in found.discounts} == {
        "promotion": Decimal("5.00" if setting == "beside" else "2.00"), "payment_channel": Decimal("2.00"),
        "government_subsidy": Decimal("1.00"),
    }  # fmt: skip
    told = orderhub.normalize("kuaishou", order(payChannelDiscount=200, governmentDiscount=100)).findings
    assert [row.code for row in told] == ["amount_reading"] * 2


@pytest.mark.parametrize(("setting", "freight"), [("taken", "8.00"), ("open", "5.00")])
def test_how_an_allowance_of_freight_counts_is_a_setting(setting: str, freight: str) -> None:
    desk = Desk().put(DETAIL, good(order(allowanceExpressFee=300)))
    assert desk.shop(freight_allowance=setting).get_order("1").shipping_fee == Decimal(freight)


@pytest.mark.parametrize("name", ["totalFee", "discountFee", "expressFee"])
def test_an_amount_that_is_not_told_is_none_and_never_zero(name: str) -> None:
    found = one(order(**{name: None}))  # type: ignore[arg-type]
    assert found.total is None and found.residual is None and found.paid is None


@pytest.mark.parametrize("value", [True, 1.5, "1.50", "x", [1]])
def test_an_amount_that_is_no_fen_takes_only_its_own_order_away(value: Any) -> None:
    found = orderhub.normalize("kuaishou", [order(totalFee=value), order(oid=7)])
    assert [row.order_id for row in found.orders] == ["7"]
    assert [(row.code, row.order_id) for row in found.findings] == [("undecodable", "2400000000000001")]


# people, parcels, notes


def test_people_come_masked_with_a_token_and_a_merge_key() -> None:
    found = one(order()).recipient
    assert (found.name, found.phone, found.address.street) == ("王*", "138****0000", "文三路****")
    assert (found.address.town, found.address.division_code) == ("三墩镇", "330106109")
    assert (found.privacy.kind, found.privacy.merge_key) == ("encrypted", "place-1")
    assert found.privacy.token and "#m#1#" in found.privacy.token
    assert one({**order(), "orderAddress": {}}).recipient.privacy.kind == "absent"


def test_parcels_are_named_by_the_setting_and_filled_where_there_is_one() -> None:
    document = order(40, 3, 3)
    document["orderLogisticsInfo"] = [{"logisticsId": 9, "expressNo": "SF1", "expressCode": 4}]
    document["subOrderInfo"] = [gift(40)]
    document["subOrderInfo"][0]["subOrderDeliveryInfo"] = {"deliveryNum": 1}
    document["subOrderInfo"][0]["subOrderLogisticsInfo"] = [{"expressNo": "SF1", "expressCode": 4}]
    [parcel] = Desk().put(DETAIL, good(document)).shop().get_order("1").shipments
    assert (parcel.carrier, parcel.carrier_name, parcel.waybill_no) == ("sf", "4", "SF1")
    assert parcel.lines == (("2400000000000001", 3), ("2500000000000001", 1))
    document["orderLogisticsInfo"].append({"logisticsId": 10, "expressNo": "X2", "expressCode": 77})
    first, second = Desk().put(DETAIL, good(document)).shop().get_order("1").shipments
    assert (first.lines, second.carrier, second.lines) == ((("2500000000000001", 1),), None, ())


def test_notes_are_told_oldest_first_with_the_flag_of_the_newest() -> None:
    rows = [{"createTime": 9, "note": "second", "flagTagCode": 3}, {"createTime": 2, "note": "first", "flagTagCode": 1}]
    found = one({**order(remark="请快点🎁"), "orderNote": {"orderNoteInfo": rows}})
    assert (found.seller_note, found.seller_flag, found.buyer_note) == ("first\nsecond", "3", "请快点🎁")


def test_what_an_order_is_besides_is_labelled() -> None:
    found = one({**order(allActivityType=[18, 17], orderLabels=[23], preSale=1), "orderCpsInfo": {"distributorId": 8}})
    assert set(found.labels) == {"gift_main", "group", "label_23", "presale", "distributor"}


def test_what_no_row_maps_is_kept() -> None:
    found = one({**order(sellerOpenId="s-1"), "recommendExpress": {"a": 1}})
    assert found.extra["orderBaseInfo.sellerOpenId"] == "s-1"
    assert any("recommendExpress" in name for name in found.extra)


# shapes


@pytest.mark.parametrize(
    "payload",
    [
        good(order()), order(), [order()], {"data": order()}, good({"orderList": [order()], "cursor": "nomore"}),
        {"orderList": [order()]}, [good(order())], good([order()]), {"result": "1", "data": {"orderList": [order()]}},
    ],
    ids=range(9),
)  # fmt: skip
def test_every_shape_that_a_client_may_hand_over(payload: Any) -> None:
    found = orderhub.normalize("kuaishou", payload)
    assert [row.order_id for row in found.orders] == ["2400000000000001"] and not found.findings


@pytest.mark.parametrize("payload", [[], good(None), good({"orderList": []}), good({"cursor": "nomore"}), {}])
def test_an_empty_page_is_no_orders_and_no_finding(payload: Any) -> None:
    found = orderhub.normalize("kuaishou", payload)
    assert (list(found.orders), list(found.findings)) == ([], [])


def test_numbers_as_texts_mean_the_same() -> None:
    document = order()
    texts = {name: str(value) if type(value) is int else value for name, value in document["orderBaseInfo"].items()}
    other = one({**document, "orderBaseInfo": texts})
    assert (other.total, other.updated_at, other.is_shippable) == (
        one(document).total, one(document).updated_at, True)  # fmt: skip


# pages


def window(days: float = 1, axis: Any = "updated") -> Window:
    return Window(AT - timedelta(days=days), AT, axis)


def test_pages_follow_the_cursor_to_its_end() -> None:
    pages = [good({"orderList": [order(oid=number)], "cursor": cursor})
             for number, cursor in ((1, "a"), (2, "b"), (3, "nomore"))]  # fmt: skip
    desk = Desk().put(LIST, *pages)
    orders = list(desk.shop().orders(updated_since=AT - timedelta(days=1), updated_until=AT))
    assert [row.order_id for row in orders] == ["1", "2", "3"]
    asked = desk.asked(LIST)
    assert [row["cursor"] for row in asked] == ["", "a", "b"]
    assert {row["queryType"] for row in asked} == {2} and {row["orderViewStatus"] for row in asked} == {1}
    assert asked[0]["endTime"] - asked[0]["beginTime"] == 86_400_000
    list(desk.put(LIST, good({"orderList": [], "cursor": "nomore"})).shop().orders(created_since=AT))
    assert desk.asked(LIST)[-1]["queryType"] == 1


def test_rows_without_a_cursor_are_no_page_to_build_on() -> None:
    desk = Desk().put(LIST, good({"orderList": [order()]}))
    with pytest.raises(DecodeError, match="cursor"):
        list(desk.shop().orders(updated_since=AT - timedelta(hours=1), updated_until=AT))


def test_details_are_read_where_that_is_wished() -> None:
    listed, told = order(), {**order(), "addressUpdateAuditInfo": {"auditStatus": 10}}
    desk = Desk().put(LIST, good({"orderList": [listed], "cursor": "nomore"})).put(DETAIL, good(told))
    span = {"updated_since": AT - timedelta(hours=1), "updated_until": AT}
    assert [row.is_shippable for row in desk.shop().orders(**span)] == [True] and not desk.asked(DETAIL)
    assert [row.is_shippable for row in desk.shop(order_source="detail").orders(**span)] == [False]


def case(number: int, **more: Any) -> dict[str, Any]:
    return {"oid": 7, "refundId": number, "handlingWay": 10, "refundFee": 100, "status": 10, "updateTime": 5 + number,
            "createTime": 5, "expireTime": 1773889260000, **more}  # fmt: skip


def test_refunds_end_by_cursor_or_by_the_count_of_pages() -> None:
    for last in ({"pcursor": "nomore"}, {"currentPage": 2, "totalPage": 2}):
        first = good({"refundOrderInfoList": [case(1)], "pcursor": "p", "totalPage": 2})
        desk = Desk().put(REFUNDS, first, good({"refundOrderInfoList": [case(2, handlingWay=4)], **last}))
        found = list(desk.shop().refunds(updated_since=AT - timedelta(hours=1), updated_until=AT))
        assert [(row.refund_id, row.kind) for row in found] == [("1", "refund_only"), ("2", "unknown")]
        assert [(row["currentPage"], row["pcursor"]) for row in desk.asked(REFUNDS)] == [(1, ""), (2, "p")]
        assert (found[0].amount, found[0].currency) == (Decimal("1.00"), "CNY")
    desk = Desk().put(REFUNDS, good({"refundOrderInfoList": [case(1)]}))
    with pytest.raises(DecodeError, match="pcursor"):
        list(desk.shop().refunds(updated_since=AT - timedelta(hours=1), updated_until=AT))


def test_which_lists_of_refunds_are_asked_is_a_setting() -> None:
    desk = Desk().put(REFUNDS, good({"refundOrderInfoList": [], "pcursor": "nomore"}))
    span = {"updated_since": AT - timedelta(hours=1), "updated_until": AT}
    list(desk.shop().refunds(**span))
    list(desk.shop(refund_list_type=8, refund_query_type=None).refunds(**span))
    first, second = desk.asked(REFUNDS)
    assert (first["type"], first["queryType"], second["type"], "queryType" in second) == (9, 2, 8, False)


def test_the_parcel_of_a_return_is_told_by_the_detail() -> None:
    sent = {"logisticsInfo": {"expressNo": "YT1", "expressCode": 6}}
    desk = Desk().put("open.seller.order.refund.detail", good(case(5, status=40, handlingWay=1, **sent)))
    found = desk.shop().get_refund("5")
    assert (found.return_waybill_no, found.return_carrier, found.status, found.kind) == (
        "YT1", "6", "in_progress", "return_and_refund")  # fmt: skip


def test_shops_need_carriers_by_number_or_by_setting() -> None:
    from orderhub.models import Dispatch

    desk = Desk().put(DETAIL, good(order()))
    (outcome,) = desk.shop().ship([Dispatch(order_id="2400000000000001", carrier="yto", waybill_no="YT1")])
    assert isinstance(outcome.error, InvalidParameter) and "sf, zto" in str(outcome.error)
    assert window().axis == "updated"
