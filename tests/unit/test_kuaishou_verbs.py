"""What Kuaishou is told: parcels, stock, answers, notes, tokens; and how lost replies are settled."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kuaishou_script import AT, Desk, gift, good, no, order

from orderhub.errors import (
    AuthError,
    Conflict,
    InvalidParameter,
    OutcomeUnknown,
    SecurityError,
    TransportError,
    UnsupportedOperation,
)
from orderhub.models import Address, Dispatch, ListingStock, Recipient, Refund, Refusal, ReturnAddress

OID = "2400000000000001"
GIFT = "2500000000000001"
DETAIL, DELIVER = "open.order.detail", "open.seller.order.goods.deliver"
SPLIT, APPEND = "open.order.goods.split.deliver", "open.seller.order.goods.logistics.append"
UPDATE, NOTE = "open.seller.order.logistics.update", "open.seller.order.note.add"
SKUS, CHANGE = "open.item.sku.list.get", "open.item.sku.stock.update"
CASE = "open.seller.order.refund.detail"


def parcel(number: str = "SF1", **more: Any) -> Dispatch:
    return Dispatch(order_id=OID, carrier=more.pop("carrier", "sf"), waybill_no=number, **more)


def lost() -> TransportError:
    return TransportError("connection lost")


def carrying(*numbers: str, status: int = 40, sent: int = 3) -> dict[str, Any]:
    rows = [{"logisticsId": 100 + at, "expressNo": number, "expressCode": 4} for at, number in enumerate(numbers)]
    return {**order(status, 3, sent), "orderLogisticsInfo": rows}


# shipping


def test_a_whole_order_is_one_call() -> None:
    desk = Desk().put(DETAIL, good(order())).put(DELIVER, good(True))
    assert desk.shop().ship([parcel()])[0].ok
    assert desk.asked(DELIVER) == [{"orderId": int(OID), "expressNo": "SF1", "expressCode": 4}]


def test_several_parcels_of_a_whole_order_are_one_and_further_ones() -> None:
    desk = Desk().put(DETAIL, good(order())).put(DELIVER, good(True)).put(APPEND, good(True))
    assert all(outcome.ok for outcome in desk.shop().ship([parcel(), parcel("SF2"), parcel("SF3", carrier="2")]))
    assert [row["expressNo"] for row in desk.asked(DELIVER)] == ["SF1"]
    assert desk.asked(APPEND) == [
        {"oid": int(OID), "expressCode": 4, "expressNo": "SF2"}, {"oid": int(OID), "expressCode": 2, "expressNo": "SF3"},
    ]  # fmt: skip


def test_pieces_are_told_with_what_is_left() -> None:
    desk = Desk().put(DETAIL, good({**order(), "subOrderInfo": [gift()]})).put(SPLIT, good(True))
    parcels = [parcel(lines=((OID, 1),)), parcel("SF2", lines=((OID, 1), (GIFT, 1)))]
    assert all(outcome.ok for outcome in desk.shop().ship(parcels))
    [told] = desk.asked(SPLIT)
    assert told["mainOrderId"] == int(OID)
    assert [[(one["oid"], one["deliveryNum"]) for one in row["deliveryGoodsInfoList"]]
            for row in told["deliveryItemInfoList"]] == [[(int(OID), 1)], [(int(OID), 1), (int(GIFT), 1)]]  # fmt: skip
    assert {row["oid"]: row["confirmDeliveryStatus"] for row in told["deliveryStatus"]} == {int(OID): 10, int(GIFT): 40}


def test_the_rest_of_a_part_shipped_order_goes_without_naming_it() -> None:
    desk = Desk().put(DETAIL, good(carrying("SF1", sent=1))).put(SPLIT, good(True))
    assert desk.shop().ship([parcel("SF2")])[0].ok
    [told] = desk.asked(SPLIT)
    assert told["deliveryItemInfoList"][0]["deliveryGoodsInfoList"] == [{"oid": int(OID), "deliveryNum": 2}]
    assert told["deliveryStatus"] == [{"oid": int(OID), "confirmDeliveryStatus": 40}]


@pytest.mark.parametrize("lines", [((OID, 4),), ((OID, 0),), (("7", 1),)])
def test_more_than_is_left_is_refused_before_it_is_sent(lines: Any) -> None:
    desk = Desk().put(DETAIL, good(order()))
    (outcome,) = desk.shop().ship([parcel(lines=lines)])
    assert isinstance(outcome.error, InvalidParameter) and {name for name, _ in desk.calls} == {DETAIL}


def test_an_order_that_cannot_be_parted_leaves_whole_or_not_at_all() -> None:
    desk = Desk().put(DETAIL, good(order(enableSplitDeliveryOrder=False))).put(DELIVER, good(1)).put(APPEND, good(1))
    (outcome,) = desk.shop().ship([parcel(lines=((OID, 1),))])
    assert isinstance(outcome.error, UnsupportedOperation)
    assert all(row.ok for row in desk.shop().ship([parcel(lines=((OID, 1),)), parcel("SF2", lines=((OID, 2),))]))
    assert len(desk.asked(DELIVER)) == len(desk.asked(APPEND)) == 1


def test_a_shipped_order_takes_further_parcels() -> None:
    desk = Desk().put(DETAIL, good(carrying("SF1"))).put(APPEND, good(True))
    assert desk.shop().ship([parcel("SF2")])[0].ok and not desk.asked(DELIVER)


def test_what_stands_there_is_not_told_again() -> None:
    desk = Desk().put(DETAIL, good(carrying("SF1")))
    (outcome,) = desk.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done") and [name for name, _ in desk.calls] == [DETAIL]


def test_a_lost_reply_is_settled_by_reading() -> None:
    desk = Desk().put(DETAIL, good(order()), good(carrying("SF1"))).put(DELIVER, lost())
    (outcome,) = desk.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason, len(desk.asked(DELIVER))) == (True, "already_done", 1)
    desk = Desk().put(DETAIL, good(order())).put(DELIVER, lost(), good(True))
    assert desk.shop().ship([parcel()])[0].ok and len(desk.asked(DELIVER)) == 2
    desk = Desk().put(DETAIL, good(order()), lost()).put(DELIVER, lost())
    assert isinstance(desk.shop().ship([parcel()])[0].error, OutcomeUnknown)


@pytest.mark.parametrize(("code", "kind"), [(21, Conflict), (3615, Conflict), (4001, InvalidParameter)])
def test_refusals_of_a_shipment_fail_it_alone(code: int, kind: type[Exception]) -> None:
    desk = Desk().put(DETAIL, good(order())).put(DELIVER, no(code))
    (outcome,) = desk.shop().ship([parcel()])
    assert isinstance(outcome.error, kind) and outcome.key == f"{OID}:SF1"


def test_a_number_is_corrected_by_the_platforms_own_number_of_the_parcel() -> None:
    desk = Desk().put(DETAIL, good(carrying("SF1", "SF2"))).put(UPDATE, good(True))
    assert desk.shop().ship([parcel("SF9", replaces="SF2")])[0].ok
    assert desk.asked(UPDATE) == [{"orderId": int(OID), "logisticsId": 101, "expressCode": 4, "expressNo": "SF9"}]
    (outcome,) = desk.shop().ship([parcel("SF9", replaces="SF7")])
    assert outcome.reason == "not_found"
    (outcome,) = desk.shop().ship([parcel("SF1", replaces="SF2")])
    assert (outcome.ok, outcome.reason) == (True, "already_done")


@pytest.mark.parametrize(("kinds", "name"), [([], "serialNumberList"), ([1], "serialNumberList"), ([2], "imeiList")])
def test_serial_numbers_go_under_the_name_that_the_order_asks_for(kinds: list[int], name: str) -> None:
    document = order(30, 1)
    document["orderDeliveryInfo"]["serialNumberInfo"] = {"serialType": kinds}
    desk = Desk().put(DETAIL, good(document)).put(DELIVER, good(True))
    desk.shop().ship([parcel(serial_numbers=((OID, "A1"),))])
    assert desk.asked(DELIVER)[0][name] == ["A1"]


# stock


def skus(count: int) -> dict[str, Any]:
    return good([{"skuId": 1, "skuStock": 50}, {"skuId": 2, "skuStock": count}])


def level(quantity: int, version: int = 1, sku: str | None = "2") -> ListingStock:
    return ListingStock(listing_id="7", platform_sku_id=sku, quantity=quantity, version=version)


@pytest.mark.parametrize(("quantity", "told"), [(12, (2, 1)), (3, (7, 2)), (10, None)])
def test_figures_are_brought_about_by_differences(quantity: int, told: tuple[int, int] | None) -> None:
    desk = Desk().put(SKUS, skus(10)).put(CHANGE, good(True))
    assert desk.shop().push_stock([level(quantity)])[0].ok
    assert [(row["skuChangeStock"], row["changeType"]) for row in desk.asked(CHANGE)] == ([told] if told else [])


def test_the_newest_figure_wins_and_one_bad_listing_sinks_nothing() -> None:
    desk = Desk().put(SKUS, skus(10)).put(CHANGE, good(True))
    outcomes = desk.shop().push_stock([level(5, 1), level(6, 2), level(1, 1, "99"), level(1, 1, None)])
    assert [outcome.reason for outcome in outcomes] == ["superseded", None, "not_found", "invalid_parameter"]
    assert [row["skuChangeStock"] for row in desk.asked(CHANGE)] == [4]


def test_a_lost_delta_is_settled_by_the_figure() -> None:
    desk = Desk().put(SKUS, skus(10), skus(12)).put(CHANGE, lost())
    assert desk.shop().push_stock([level(12)])[0].ok and len(desk.asked(CHANGE)) == 1
    desk = Desk().put(SKUS, skus(10)).put(CHANGE, lost(), good(True))
    assert desk.shop().push_stock([level(12)])[0].ok and len(desk.asked(CHANGE)) == 2
    desk = Desk().put(SKUS, skus(10), skus(11)).put(CHANGE, lost())
    assert isinstance(desk.shop().push_stock([level(12)])[0].error, OutcomeUnknown), "somebody bought meanwhile"


def test_changes_take_no_key_and_the_name_of_the_figure_is_a_setting() -> None:
    desk = Desk().put(SKUS, good({"skus": [{"skuId": 2, "stockNum": 4}]})).put(CHANGE, good(True))
    shop = desk.shop(stock_field="stockNum")
    assert shop.change_stock("7", -4, platform_sku_id="2").ok
    assert desk.asked(CHANGE) == [{"kwaiItemId": 7, "skuId": 2, "skuChangeStock": 4, "changeType": 2}]
    with pytest.raises(UnsupportedOperation):
        shop.change_stock("7", 1, platform_sku_id="2", key="k")
    with pytest.raises(InvalidParameter):
        shop.change_stock("7", 9_999_999, platform_sku_id="2")


# after-sales


def case(status: int, way: int = 10, fee: int = 1234) -> dict[str, Any]:
    return {"oid": int(OID), "refundId": 5, "handlingWay": way, "refundFee": fee, "status": status,
            "createTime": 1, "updateTime": 1773716460123}  # fmt: skip


def seen(desk: Desk) -> tuple[Any, Refund]:
    shop = desk.shop()
    return shop, shop.get_refund("5")


@pytest.mark.parametrize(
    ("verb", "status", "way", "api", "told"),
    [
        ("agree_refund", 10, 10, "open.seller.order.refund.approve", {"refundAmount": 1234}),
        ("agree_return", 10, 1, "open.seller.order.refund.returngoods.approve", {"refundAmount": 1234}),
        ("agree_return", 10, 3, "open.seller.order.refund.returngoods.approve", {"refundAmount": 0}),
        ("confirm_return", 40, 1, "open.seller.order.refund.confirm.receipt", {}),
    ],
)
def test_answers_are_given_once(verb: str, status: int, way: int, api: str, told: dict[str, Any]) -> None:
    desk = Desk().put(CASE, good(case(status, way)))
    shop, found = seen(desk)
    desk.put(api, good(True))
    assert getattr(shop, verb)(found).ok
    assert desk.asked(api) == [{"refundId": 5, **told}]
    desk.put(CASE, good(case(60, way)))
    again = getattr(shop, verb)(found)
    assert (again.ok, again.reason, len(desk.asked(api))) == (True, "already_done", 1)
    desk.put(CASE, good(case(70, way)))
    assert getattr(shop, verb)(found).reason == "wrong_state"


def test_money_is_agreed_as_it_was_seen() -> None:
    desk = Desk().put(CASE, good(case(10)), good(case(10, fee=1300)))
    shop, found = seen(desk)
    assert shop.agree_refund(found).reason == "case_changed"


def test_a_refusal_needs_a_reason_of_the_platform_and_takes_no_pictures() -> None:
    api, reasons = "open.refund.reject", "open.refund.reject.reason"
    desk = Desk().put(CASE, good(case(10))).put(api, good(True))
    desk.put(reasons, good([{"reasonCode": 1, "reasonDesc": "sent already"},
                            {"reasonCode": 2, "reasonDesc": "damaged", "requiredRejectImage": True}]))  # fmt: skip
    shop, found = seen(desk)
    assert [(row.code, row.text) for row in shop.refuse_reasons(found)] == [("1", "sent already")]
    assert shop.refuse_refund(found, Refusal(text="no")).reason == "invalid_parameter"
    assert shop.refuse_refund(found, Refusal(text="no", code="1", evidence=(b"x",))).reason == "invalid_parameter"
    assert not desk.asked(api)
    assert shop.refuse_refund(found, Refusal(text="no", code="1")).ok
    assert desk.asked(api) == [{"refundId": 5, "reasonCode": 1, "rejectDesc": "no", "refundVersion": 1773716460123}]


def test_returns_go_to_the_address_that_was_named() -> None:
    api = "open.seller.order.refund.returngoods.approve"
    desk = Desk().put(CASE, good(case(10, 1))).put(api, good(True))
    shop, found = seen(desk)
    shop.agree_return(found, ReturnAddress(address_id="88"))
    desk.shop(return_address_id="99").agree_return(found)
    assert [row["addressId"] for row in desk.asked(api)] == [88, 99]


# notes, addresses, closing


def test_notes_are_appended_once() -> None:
    desk = Desk().put(NOTE, good(True))
    assert desk.shop().set_memo(OID, "call first", 3).ok
    assert desk.asked(NOTE) == [{"orderId": int(OID), "note": "call first", "flag": 3}]
    there = {**order(), "orderNote": {"orderNoteInfo": [{"note": "call first", "createTime": 1}]}}
    desk = Desk().put(NOTE, lost()).put(DETAIL, good(there), good(order()))
    assert desk.shop().set_memo(OID, "call first").reason == "already_done"
    with pytest.raises(OutcomeUnknown):
        desk.shop().set_memo(OID, "call first")
    for memo, flag in (("", None), ("x" * 201, None), ("x", 7)):
        with pytest.raises(InvalidParameter):
            desk.shop().set_memo(OID, memo, flag)


def test_addresses_must_be_whole_and_carry_the_codes_they_tell() -> None:
    api = "open.order.address.update"
    desk = Desk().put(api, good(True))
    place = Address(province="浙江省", city="杭州市", district="西湖区", town="三墩镇", street="文三路1号",
                    division_code="330106109")  # fmt: skip
    assert desk.shop().change_address(OID, Recipient(name="王五", phone="13800000000", address=place)).ok
    assert desk.asked(api)[0] | {"townCode": 330106109, "districtCode": 330106, "town": "三墩镇"} == desk.asked(api)[0]
    with pytest.raises(InvalidParameter, match="mobile"):
        desk.shop().change_address(OID, Recipient(name="王五", address=place))


def test_closing_says_what_the_platform_says() -> None:
    api = "open.seller.order.close"
    desk = Desk().put(api, good(True), no(3615, "paid"))
    assert desk.shop().close_order(OID).ok
    assert "paid" in str(desk.shop().close_order(OID).error)


# access


def test_the_seller_is_asked_for_every_scope() -> None:
    parts = urlsplit(Desk().shop().authorize_url(redirect_uri="https://erp.example/x", state="s 1"))
    told = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert told == {"app_id": "app-1", "response_type": "code", "redirect_uri": "https://erp.example/x", "state": "s 1",
                    "scope": "merchant_order,merchant_refund,merchant_logistics,merchant_item"}  # fmt: skip


def test_tokens_live_as_long_as_the_answer_says() -> None:
    told = {"result": 1, "access_token": "a-2", "refresh_token": "r-2", "expires_in": 3600, "open_id": "o-1"}
    desk = Desk().put("/oauth2/access_token", told)
    shop = desk.shop()
    assert (shop.exchange_code("c-1") - AT).total_seconds() == 3600
    assert desk.calls[-1][1] == {"app_id": "app-1", "app_secret": "secret-1", "code": "c-1", "grant_type": "code"}
    refused = Desk().put("/oauth2/access_token", no(100200100, "used"))
    with pytest.raises(AuthError, match="authorise again"):
        refused.shop().exchange_code("c-1")


def test_a_lapsed_token_is_refreshed_and_the_call_repeated() -> None:
    desk = Desk().put(DETAIL, no(21), good(order()))
    desk.put("/oauth2/refresh_token", {"result": 1, "access_token": "a-3", "refresh_token": "r-3", "expires_in": 60})
    assert desk.shop().get_order(OID).order_id == OID
    assert [name for name, _ in desk.calls] == [DETAIL, "/oauth2/refresh_token", DETAIL]


def push(event: str, info: dict[str, Any], **more: Any) -> bytes:
    document = {"eventId": "e-1", "msgId": "m-1", "bizId": 7, "openId": "o-1", "appKey": "app-1", "event": event,
                "updateTime": 1773716460000, "info": json.dumps(info), "test": False, **more}  # fmt: skip
    return json.dumps(document).encode()


def test_pushes_are_hints_to_read_again() -> None:
    shop = Desk().shop()
    [found] = shop.decode_message({}, push("kwaishop_order_paySuccess", {"oid": int(OID), "status": 30}))
    assert (found.message_id, found.topic, found.order_ids, found.refund_ids) == (
        "e-1", "kwaishop_order_paySuccess", (OID,), ())  # fmt: skip
    [found] = shop.decode_message({}, push("kwaishop_aftersales_addRefund", {"oid": int(OID), "refundId": 5}))
    assert (found.order_ids, found.refund_ids) == ((OID,), ("5",))
    [found] = shop.decode_message({}, push("kwaishop_order_addNote", {}))
    assert found.order_ids == ("7",)
    assert shop.decode_message({}, push("kwaishop_order_addOrder", {"oid": 1}, test=True)) == []
    with pytest.raises(SecurityError):
        shop.decode_message({}, push("kwaishop_order_addOrder", {"oid": 1}, appKey="app-2"))


def test_receivers_are_decrypted_part_by_part_and_merged_by_their_key() -> None:
    api = "open.order.decrypt.batch"
    rows = {"#n#1#": "王五", "#m#1#": "13800000000", "#a#1#": "文三路1号"}
    desk = Desk().put(DETAIL, good(order()))
    shop = desk.shop()
    token = shop.get_order(OID).recipient.privacy.token

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return good([{"bizId": str(row["bizId"]), "encryptedData": row["encryptedData"], "errorCode": 1,
                      "decryptedData": rows[row["encryptedData"]]} for row in asked["batchDecryptList"]])  # fmt: skip

    desk.put(api, answer)
    [found] = shop.decrypt([(OID, token)])
    assert (found.recipient.name, found.recipient.phone, found.recipient.address.street, found.matched) == (
        "王五", "13800000000", "文三路1号", True)  # fmt: skip
    desk.put(api, good([{"bizId": OID, "encryptedData": "#n#1#", "errorCode": 1001, "errorMsg": "no"}]))
    assert shop.decrypt([(OID, token)])[0].matched is False
    other = json.dumps({"encryptedMobile": "#m#2#", "openAddressId": "place-1"})
    assert shop.merge_groups([(OID, token), ("8", other), ("9", "place-2")]) == [(OID, "8"), ("9",)]
