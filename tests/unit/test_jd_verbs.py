"""JD's other verbs, driven by scripted replies: stock, notes, addresses, cancellation, cases, privacy."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from jd_script import AT, Script, detail, inside, jd, order

from orderhub.connectors.jd.aes import decrypt_cbc
from orderhub.connectors.jd.keys import key_request, keys_of, opened
from orderhub.errors import (
    ConfigurationError,
    Conflict,
    DecodeError,
    InvalidParameter,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    TimedOut,
)
from orderhub.models import Address, ListingStock, Recipient
from orderhub.models.channel import Window

ID = "290000000001"
GET, SET, READ = "jingdong.pop.order.enGet", "jingdong.ware.stock.sku.set", "jingdong.stock.read.findSkuStock"


def level(sku: str, quantity: int, version: int = 1, listing: str = "W1") -> ListingStock:
    return ListingStock(listing_id=listing, platform_sku_id=sku, quantity=quantity, version=version)


def receipt(*rows: tuple[str, Any], success: Any = True) -> dict[str, Any]:
    found = [
        {"data": sku, "success": ok, "storeId": 0, "message": "" if ok is True else "库存不合法"} for sku, ok in rows
    ]
    return inside(SET, returnType={"success": success, "obj": {"updateStockResult": found}})


def shown(sku: str, units: Any, **more: Any) -> dict[str, Any]:
    return inside(READ, skuStocks=[{"skuId": sku, "stockNum": units, "storeId": 0, **more}])


def test_each_figure_has_an_outcome_of_its_own() -> None:
    script = Script({SET: [receipt(("1", True), ("2", False), success=False)]})
    outcomes = script.run(jd().push_stock([level("1", 7), level("2", 8), level("x", 1)]))
    assert [(outcome.ok, outcome.reason) for outcome in outcomes] == [
        (True, None), (False, "request_rejected"), (False, "invalid_parameter")
    ]  # fmt: skip
    assert isinstance(outcomes[1].error, RequestRejected) and "库存不合法" in str(outcomes[1].error)
    said = script.said(SET)["req"]
    assert said["updateModel"] == "fullStockIn" and len(said["stockRfId"]) > 20
    assert said["skuStocks"] == [{"skuId": 1, "stockNum": 7, "storeId": 0}, {"skuId": 2, "stockNum": 8, "storeId": 0}]


def test_the_newest_figure_wins_and_thirty_go_in_a_call() -> None:
    many = [level(str(number), number) for number in range(1, 36)] + [
        level("1", 99, version=5),
        level("1", 3, version=2),
    ]
    script = Script({SET: [lambda said: receipt(*((str(row["skuId"]), True) for row in said["req"]["skuStocks"]))]},
                    again=True)  # fmt: skip
    outcomes = script.run(jd().push_stock(many))
    assert [outcome.key for outcome in outcomes] == [one.key for one in many]
    assert [outcome.reason for outcome in outcomes] == ["superseded"] + [None] * 35 + ["superseded"]
    sizes = [len(business["req"]["skuStocks"]) for _, business in script.calls]
    assert sizes == [30, 5]
    first = script.calls[0][1]["req"]["skuStocks"][0]
    assert first == {"skuId": 1, "stockNum": 99, "storeId": 0}


def test_what_the_receipt_does_not_list_is_read_back() -> None:
    answers = {
        SET: [receipt(("2", False))],
        READ: [lambda said: shown(str(said["skuId"]), {1: 7, 3: 1}[said["skuId"]])],
    }
    script = Script(answers, again=True)
    outcomes = script.run(jd().push_stock([level("1", 7), level("2", 8), level("3", 9)]))
    assert [(outcome.ok, outcome.reason) for outcome in outcomes] == [
        (True, None), (False, "request_rejected"), (False, "not_confirmed")
    ]  # fmt: skip
    assert isinstance(outcomes[2].error, PlatformUnavailable)


@pytest.mark.parametrize(("mode", "reads", "ok"), [("always", 1, False), ("never", 0, True), ("unlisted", 0, True)])
def test_how_much_is_read_back_is_a_setting(mode: str, reads: int, ok: bool) -> None:
    script = Script({SET: [receipt(("1", True))], READ: [shown("1", 3)]})
    (outcome,) = script.run(jd(confirm_stock=mode).push_stock([level("1", 7)]))
    assert (outcome.ok, script.names.count("stock.read.findSkuStock")) == (ok, reads)


def test_a_lost_stock_reply_is_repeated_under_the_same_key() -> None:
    script = Script({SET: [TimedOut("slow"), receipt(("1", True))]})
    assert script.run(jd().push_stock([level("1", 7)]))[0].ok
    keys = [business["req"]["stockRfId"] for _, business in script.calls]
    assert len(keys) == 2 and len(set(keys)) == 1


def test_throttled_stock_calls_wait() -> None:
    busy = inside(SET, returnType={"success": False, "code": "503", "message": "限流"})
    script = Script({SET: [busy, receipt(("1", True))]})
    assert script.run(jd().push_stock([level("1", 7)]))[0].ok
    assert script.paused == 1.0
    (outcome,) = Script({SET: [busy]}, again=True, patient=False).run(jd().push_stock([level("1", 7)]))
    assert isinstance(outcome.error, RateLimited)


def test_units_held_for_open_orders_may_be_added() -> None:
    script = Script({READ: [shown("1", 20, orderBookingNum="5")], SET: [receipt(("1", True))]})
    assert script.run(jd(stock_adds_booked=True, store_id=0).push_stock([level("1", 7)]))[0].ok
    assert script.said(SET)["req"]["skuStocks"][0]["stockNum"] == 12


def test_a_change_carries_a_key() -> None:
    script = Script({SET: [receipt(("1", True))]})
    outcome = script.run(jd().change_stock("W1", -3, platform_sku_id="1", key="k-9"))
    assert (outcome.ok, outcome.key) == (True, "W1:1")
    said = script.said(SET)["req"]
    assert (said["updateModel"], said["stockRfId"]) == ("incrStockIn", "k-9")
    assert said["skuStocks"] == [{"skuId": 1, "incrStockNum": -3, "storeId": 0}]
    script = Script({SET: [TimedOut("slow"), receipt(("1", False))]})
    assert not script.run(jd().change_stock("1", 2)).ok
    assert len({business["req"]["stockRfId"] for _, business in script.calls}) == 1


def test_stock_through_the_newer_gateway() -> None:
    put, get = "PUT /rest/sp-product/v0/sku-stocks/batch", "GET /rest/sp-product/v0/sku-stocks"
    script = Script(
        {put: [{"success": True, "data": []}], get: [{"success": True, "data": [{"skuId": 1, "stockNum": 7}]}]}
    )
    assert script.run(jd(wire="sp").push_stock([level("1", 7)]))[0].ok
    said = script.said(put)
    assert said["putSkuStockList"] == [{"skuId": 1, "stockNum": 7, "storeId": 0}] and "stockRfID" in said
    assert script.said(get) == {"storeId": "0", "skuIdList": "1"}


REMARK = "jingdong.pop.order.modifyVenderRemark"
REMARKED = inside(REMARK, modifyvenderremark_result={"success": True})


def test_a_note_carries_the_flag_that_stands_there() -> None:
    script = Script({REMARK: [REMARKED]})
    assert script.run(jd().set_memo(ID, "加急", 2)).ok
    assert script.said(REMARK) == {"order_id": int(ID), "flag": 2, "remark": "加急"}
    script = Script({GET: [detail(order(venderRemarkLevelFlag="4"))], REMARK: [REMARKED]})
    assert script.run(jd().set_memo(ID, "")).ok
    assert script.said(REMARK) == {"order_id": int(ID), "flag": 4, "remark": ""}


@pytest.mark.parametrize(("memo", "flag"), [("x" * 501, 1), ("x", 6), ("x", -1)])
def test_notes_and_flags_have_limits(memo: str, flag: int) -> None:
    with pytest.raises(InvalidParameter):
        Script({}).run(jd().set_memo(ID, memo, flag))


ADDRESS = "jingdong.pop.order.modifyOrderAddr"
NEW = Recipient(name="李四", phone="13900000001", address=Address(province="浙江", city="杭州市", district="西湖区",
                                                                  town="三墩镇", street="新路 1 号"))  # fmt: skip


def moved(**changes: Any) -> Recipient:
    return NEW.model_copy(update={"address": NEW.address.model_copy(update=changes)})


def test_a_new_address_keeps_the_divisions_of_the_order() -> None:
    script = Script({GET: [detail(order())], ADDRESS: [inside(ADDRESS, success=True)]})
    assert script.run(jd().change_address(ID, NEW)).ok
    assert script.said(ADDRESS) == {
        "orderId": int(ID), "customerName": "李四", "customerPhone": "13900000001", "provinceId": 15, "cityId": 1213,
        "countyId": 3411, "townId": 50027, "detailAddr": "新路 1 号",
    }  # fmt: skip


def test_a_new_district_needs_jds_own_ids() -> None:
    script = Script({GET: [detail(order())]})
    outcome = script.run(jd().change_address(ID, moved(district="余杭区")))
    assert isinstance(outcome.error, InvalidParameter) and "division_code" in str(outcome.error)
    script = Script({GET: [detail(order())], ADDRESS: [inside(ADDRESS, success="true")]})
    assert script.run(jd().change_address(ID, moved(district="余杭区", division_code="jd:15-1213-9"))).ok
    assert (script.said(ADDRESS)["countyId"], script.said(ADDRESS)["townId"]) == (9, -1)


@pytest.mark.parametrize(
    ("recipient", "kind"),
    [
        (moved(province="江苏"), Conflict), (moved(city="宁波市"), Conflict), (moved(street=None), InvalidParameter),
        (NEW.model_copy(update={"phone": "02112345"}), InvalidParameter),
        (NEW.model_copy(update={"name": None}), InvalidParameter),
    ],
)  # fmt: skip
def test_what_jd_would_refuse_is_not_sent(recipient: Recipient, kind: type[Exception]) -> None:
    outcome = Script({GET: [detail(order())]}).run(jd().change_address(ID, recipient))
    assert isinstance(outcome.error, kind)
    assert "李四" not in str(outcome.error)


def test_a_lost_address_change_is_settled_by_reading_or_stays_unknown() -> None:
    person = order()["consigneeInfo"] | {"fullname": "李四", "fullAddress": "浙江杭州市西湖区三墩镇新路 1 号"}
    script = Script({GET: [detail(order()), detail(order(consigneeInfo=person))], ADDRESS: [TimedOut("slow")]})
    outcome = script.run(jd().change_address(ID, NEW))
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    script = Script({GET: [detail(order())] * 2, ADDRESS: [TimedOut("slow")]})
    assert isinstance(script.run(jd().change_address(ID, NEW)).error, OutcomeUnknown)


def test_only_orders_paid_at_the_door_are_cancelled_by_the_seller() -> None:
    api = "jingdong.order.orderDelete.apply"
    script = Script({api: [inside(api, result={"success": True})]})
    assert script.run(jd().close_order(ID, "缺货")).ok
    assert script.said(api) == {"order_id": int(ID), "del_apply_type": 2, "del_apply_reason": "缺货"}
    script = Script({api: [inside(api, result={"success": False, "result_code": "10400033"})]})
    assert isinstance(script.run(jd().close_order(ID, "x")).error, Conflict)
    assert isinstance(Script({}).run(jd(wire="sp").close_order(ID, "x")).error, Conflict)


APPLIED, BY_ID = "jingdong.pop.afs.soa.refundapply.queryPageList", "jingdong.pop.afs.soa.refundapply.queryById"
SERVICES, ONE_SERVICE = "jingdong.asc.sync.list", "jingdong.asc.query.list"
MONEY, SHOP = "jingdong.b2c.shop.aftersales.refund.get", "jingdong.vender.shop.query"
WINDOW = Window(AT - timedelta(days=1), AT)
APPLICATION = {
    "id": 8800001, "orderId": ID, "buyerId": "demo", "buyerName": "王**", "applyTime": "2026-02-28 10:00:00",
    "applyRefundSum": 23400, "status": 0, "checkTime": "", "checkUserName": "", "checkRemark": "",
    "reason": "不想要了", "partRefundType": 0, "systemId": 28,
}  # fmt: skip
SERVICE = {
    "serviceId": 77, "orderId": ID, "applyTime": "2026-02-28 11:00:00", "customerExpect": 10,
    "customerExpectName": "退货", "serviceStatus": 10010, "skuId": 100012345678, "skuUuid": "u-1", "serviceCount": 1,
    "updateDate": 1772330400000, "approveTime": 1772300000000,
}  # fmt: skip
TOLD_SHOP = inside(SHOP, shop_jos_result={"vender_id": 100001, "shop_id": 2, "shop_name": "店"})


def applications(rows: list[Any], total: int | None = None) -> dict[str, Any]:
    return inside(APPLIED, queryResult={"totalCount": len(rows) if total is None else total, "result": rows})


def services(rows: list[Any], api: str = SERVICES) -> dict[str, Any]:
    return inside(api, pageResult={"totalCount": len(rows), "data": rows})


def money(**data: Any) -> dict[str, Any]:
    return inside(MONEY, result={"errorCode": 200, "success": True, "data": {"orderId": ID, **data}})


def all_cases(script: Script, **settings: Any) -> list[Any]:
    shop, position, found = jd(**settings), None, []
    while True:
        page = script.run(shop.list_refunds(WINDOW, position))
        found += page.items
        position = page.next
        if position is None:
            return found


def test_applications_count_in_fen() -> None:
    script = Script({APPLIED: [applications([APPLICATION]), applications([])]})
    (case,) = all_cases(script, service_orders=False)
    assert (case.refund_id, case.order_id, case.amount, case.currency) == ("8800001", ID, Decimal("234.00"), "CNY")
    assert (case.status, case.raw_status, case.kind, case.reason) == ("requested", "0", "refund_only", "不想要了")
    assert case.created_at == case.updated_at == datetime(2026, 2, 28, 2, tzinfo=UTC)
    first, second = (business for _, business in script.calls)
    assert first == {"applyTimeStart": "2026-02-28 10:00:00", "applyTimeEnd": "2026-03-01 10:00:00", "pageIndex": 1,
                     "pageSize": 50}  # fmt: skip
    assert "checkTimeStart" in second


@pytest.mark.parametrize(
    ("status", "source", "kind"),
    [(6, 28, "intercept"), (8, 10, "intercept"), (1, 12, "rejected_delivery"), (3, 11, "refund_only")],
)
def test_kinds_of_applications(status: int, source: int, kind: str) -> None:
    row = APPLICATION | {"status": status, "systemId": source, "checkTime": "2026-02-28 12:00:00"}
    (case,) = all_cases(Script({APPLIED: [applications([row]), applications([])]}), service_orders=False)
    assert case.kind == kind
    assert case.updated_at == datetime(2026, 2, 28, 4, tzinfo=UTC)


def test_many_applications_are_read_page_by_page_and_too_many_in_halves() -> None:
    def answer(said: dict[str, Any]) -> Any:
        if "checkTimeStart" in said:
            return applications([])
        whole = said["applyTimeStart"] == "2026-02-28 10:00:00" and said["applyTimeEnd"] == "2026-03-01 10:00:00"
        rows = [APPLICATION | {"id": said["pageIndex"] * 100 + number} for number in range(50)]
        return applications(rows, 5001 if whole else 100)

    script = Script({APPLIED: [answer]}, again=True)
    all_cases(script, service_orders=False)
    spans = [(said["applyTimeStart"], said["pageIndex"]) for _, said in script.calls if "applyTimeStart" in said]
    assert spans == [("2026-02-28 10:00:00", 1), ("2026-02-28 10:00:00", 1), ("2026-02-28 10:00:00", 2),
                     ("2026-02-28 22:00:00", 1), ("2026-02-28 22:00:00", 2)]  # fmt: skip


def test_a_finished_service_order_is_refunded_only_when_the_money_says_so() -> None:
    answers = {APPLIED: [applications([])], SHOP: [TOLD_SHOP], SERVICES: [services([SERVICE])]}
    actual = money(afsActualRefundDetail={"actualRefundAmount": "99.50"})
    script = Script(answers | {MONEY: [actual]}, again=True)
    (case,) = all_cases(script)
    assert (case.refund_id, case.status, case.amount) == ("asc-77", "refunded", Decimal("99.50"))
    assert case.lines == (("u-1", 1, None),) and case.kind == "return_and_refund"
    assert case.updated_at == datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert script.said(MONEY) == {"afsServiceId": 77, "skuNum": 1}
    assert script.said(SERVICES)["buId"] == "100001" and script.said(SERVICES)["operatePin"] == "orderhub"
    estimate = money(afsEstimateRefundDetail={"maxRefundAmount": "120.00"})
    (case,) = all_cases(Script(answers | {MONEY: [estimate]}, again=True))
    assert (case.status, case.amount) == ("closed", None)


def test_a_refusal_to_tell_the_money_leaves_the_case_and_a_failure_is_raised() -> None:
    answers = {APPLIED: [applications([])], SERVICES: [services([SERVICE])]}
    no = inside(MONEY, result={"success": False, "errorCode": "10200", "message": "x"})
    (case,) = all_cases(Script(answers | {MONEY: [no]}, again=True), vender_id=5)
    assert case.status == "closed"
    with pytest.raises(PlatformUnavailable):
        all_cases(Script(answers | {MONEY: [PlatformUnavailable("503")]}, again=True, patient=False), vender_id=5)


def test_the_merchant_number_is_asked_once_or_given() -> None:
    script = Script({APPLIED: [applications([])], SHOP: [TOLD_SHOP], SERVICES: [services([])],
                     ONE_SERVICE: [services([], ONE_SERVICE)]}, again=True)  # fmt: skip
    shop = jd()
    script.run(shop.list_refunds(WINDOW))
    for _ in range(2):
        with pytest.raises(NotFound):
            script.run(shop.get_refund("asc-1"))
    assert script.names.count("vender.shop.query") == 1
    with pytest.raises(ConfigurationError):
        Script({SHOP: [inside(SHOP, x={})]}).run(jd().get_refund("asc-1"))


@pytest.mark.parametrize(
    "answer",
    [
        inside(BY_ID, queryResult={"result": [APPLICATION], "totalCount": 1}), inside(BY_ID, queryResult=APPLICATION),
        inside(BY_ID, refundApply=APPLICATION),
    ],
)  # fmt: skip
def test_one_application(answer: Any) -> None:
    assert Script({BY_ID: [answer]}).run(jd().get_refund("8800001")).amount == Decimal("234.00")


def test_cases_that_are_not_there_or_cannot_be_read() -> None:
    with pytest.raises(NotFound):
        Script({BY_ID: [inside(BY_ID, queryResult={"totalCount": 0, "result": []})]}).run(jd().get_refund("1"))
    bad = inside(BY_ID, queryResult=APPLICATION | {"applyRefundSum": "12.5"})
    with pytest.raises(DecodeError) as caught:
        Script({BY_ID: [bad]}).run(jd().get_refund("8800001"))
    assert caught.value.path == "applyRefundSum"


def test_an_unknown_word_of_a_case_is_told() -> None:
    script = Script({APPLIED: [applications([APPLICATION | {"status": 99}])]})
    page = script.run(jd(service_orders=False).list_refunds(WINDOW))
    assert page.items[0].status == "unknown" and page.items[0].raw_status == "99"
    assert [(row.code, row.path, row.value) for row in page.findings] == [("unknown_value", "status", "99")]


@pytest.mark.parametrize(
    ("info", "main", "status", "amount"),
    [
        ({"refundStatus": 20, "actualRefundAmount": 9.5, "applyRefundAmount": 12}, 100, "refunded", "9.50"),
        ({"refundStatus": 0, "actualRefundAmount": 0, "applyRefundAmount": 12}, 100, "closed", "12.00"),
        ({"refundStatus": 7, "applyRefundAmount": "12.00"}, 10, "unknown", "12.00"),
    ],
)
def test_cases_of_the_newer_gateway(info: dict[str, Any], main: int, status: str, amount: str) -> None:
    path = "GET /rest/sp-aftercare/v0/afs-orders"
    row = {"afsOrderId": 5, "orderId": int(ID), "mainStatus": main, "customerExpect": 11, "refundInfo": info,
           "updateTime": 1772330400000, "skuUuid": "u-1", "num": 2}  # fmt: skip
    answer = {"success": True, "data": [row], "paginationData": {"totalItems": 1}}
    script = Script({path: [json.loads(json.dumps(answer))]})
    (case,) = all_cases(script, wire="sp")
    assert (case.refund_id, case.status, case.amount) == ("5", status, Decimal(amount))
    assert case.lines == (("u-1", 2, None),) and case.updated_at == AT


NUMBERS, MERGE = "jingdong.pop.order.getmobilelist", "jingdong.jos.order.oaid.merge"


def test_virtual_numbers() -> None:
    data = {ID: {"oderId": ID, "consMobilePhone": "18400000001-0042", "expiration": "2026-03-16 10:00:00"}}
    script = Script({NUMBERS: [inside(NUMBERS, result={"code": 200, "data": data})]})
    first, second = script.run(jd(app_name="shop app").decrypt([(ID, "oaid-1"), ("2", "oaid-2")]))
    assert (first.recipient.phone, first.recipient.phone_extension) == ("18400000001", "0042")
    assert (first.matched, second.matched) == (True, False)
    assert first.expires_at == datetime(2026, 3, 16, 2, tzinfo=UTC)
    assert script.said(NUMBERS) == {"orderIds": f"{ID},2", "orderType": "POP", "appName": "shop app", "expiration": 15}
    assert "1840000" not in repr(first)


def test_receivers_through_the_newer_gateway() -> None:
    path = "GET /rest/sp-order/v0/order-oaid-addresses"
    row = {"orderId": int(ID), "oaid": "o", "customerName": "王小明", "address": "文一路 1 号",
           "customerMobilePhone": "13800000001"}  # fmt: skip
    script = Script({path: [{"success": True, "data": [row]}]})
    first, second = script.run(jd(wire="sp").decrypt([(ID, "o"), ("2", "p")], scene="1"))
    assert (first.recipient.name, first.recipient.address.street, first.matched) == ("王小明", "文一路 1 号", True)
    assert not second.matched
    assert script.said(path)["dcryptOrderOaidList"] == "o,p"


def test_orders_of_one_receiver() -> None:
    merged = {"code": 200, "data": {"mergeResults": [{"mergeOrderIds": [1, 2]}, {"mergeOrderIds": ["3"]}]}}
    script = Script({MERGE: [inside(MERGE, response=merged)]})
    assert script.run(jd().merge_groups([("1", "a"), ("2", "a"), ("3", "b")])) == [("1", "2"), ("3",)]
    assert script.said(MERGE)["request"]["mergeList"][0] == {"orderId": 1, "oaid": "a"}
    path = "POST /rest/sp-order/v0/merge-delivery-groups"
    rows = [{"orderId": 1, "mergeOrderIdList": [2]}, {"orderId": 2, "mergeOrderIdList": [1]}, {"mergeOrderIdList": [3]}]
    script = Script({path: [{"success": True, "data": rows}]})
    assert script.run(jd(wire="sp").merge_groups([("1", "a"), ("2", "a"), ("3", "b")])) == [("1", "2"), ("3",)]


# FIPS 197, appendix B, and NIST SP 800-38A, F.2.1
FIPS_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
FIPS_SEALED = bytes.fromhex("3925841d02dc09fbdc118597196a0b32")
FIPS_CLEAR = bytes.fromhex("3243f6a8885a308d313198a2e0370734")


@pytest.mark.parametrize("change", [{"key": b"x"}, {"start": b""}, {"sealed": b"short"}, {"sealed": b""}])
def test_the_cipher_refuses_odd_lengths_and_wrong_padding(change: dict[str, bytes]) -> None:
    given = {"key": FIPS_KEY, "start": bytes(16), "sealed": FIPS_SEALED} | change
    with pytest.raises(ValueError):
        decrypt_cbc(**given)
    with pytest.raises(ValueError):
        decrypt_cbc(FIPS_KEY, bytes(16), FIPS_SEALED)


KEY_ID = bytes(range(16))


def sealed(text: bytes, *, strong: bool = False) -> str:
    """A ciphertext of one block whose start vector is chosen so that the known block opens to `text`."""
    padded = text + bytes([16 - len(text)]) * (16 - len(text))
    start = bytes(a ^ b for a, b in zip(FIPS_CLEAR, padded, strict=True))
    head = b"\x01\x00\x10" if strong else b"\x00\x04"
    return base64.b64encode(head + KEY_ID + start + FIPS_SEALED).decode()


def key_reply(digest: str | None = None) -> dict[str, Any]:
    right = base64.b64encode(hashlib.sha256(FIPS_KEY).digest()).decode()
    row = {"id": base64.b64encode(KEY_ID).decode(), "key_string": base64.b64encode(FIPS_KEY).decode(),
           "key_digest": digest or right, "version": 1}  # fmt: skip
    return {"status_code": 0, "service_key_list": [{"service": "s", "keys": [row]}]}


@pytest.mark.parametrize("strong", [False, True])
def test_a_text_is_opened_with_the_key_it_names(strong: bool) -> None:
    assert opened(sealed("王小明".encode(), strong=strong), keys_of(key_reply())) == "王小明"
    with pytest.raises(PermissionDenied):
        opened(sealed(b"x", strong=strong), {})


def test_a_key_whose_digest_is_wrong_is_not_used() -> None:
    assert keys_of(key_reply("AAAA")) == {}


VOUCHER, MASTER = "jingdong.jos.voucher.info.get", "jingdong.jos.master.key.get"


def test_receivers_by_jds_keys_are_opened_here() -> None:
    told = {"data": {"id": "t-1", "key": base64.b64encode(b"voucher-key").decode()}, "sig": "x"}
    voucher = {"errorCode": "0", "data": {"voucher": base64.b64encode(json.dumps(told).encode()).decode()}}
    person = order()["consigneeInfo"] | {"fullname": sealed("王小明".encode()), "mobile": sealed(b"13800000001"),
                                         "fullAddress": sealed("路 1 号".encode())}  # fmt: skip
    script = Script({
        VOUCHER: [{"jingdong_jos_voucher_info_get_response": {"code": "0", "response": voucher}}],
        MASTER: [{"jingdong_jos_master_key_get_response": {"code": "0", "response": key_reply()}}],
        GET: [detail(order(consigneeInfo=person))] * 2,
    })  # fmt: skip
    shop = jd(decrypt_by="keys")
    for _ in range(2):
        (found,) = script.run(shop.decrypt([(ID, "")]))
        assert (found.recipient.name, found.recipient.phone) == ("王小明", "13800000001")
        assert found.recipient.privacy.kind == "clear"
        assert "王小明" not in repr(found)
    assert script.names.count("jos.master.key.get") == 1
    said = script.said(MASTER)
    text = json.dumps({"sdk_ver": 2, "ts": said["ts"], "tid": "t-1"}, separators=(",", ":"))
    wanted = base64.b64encode(hmac.new(b"voucher-key", text.encode(), hashlib.sha256).digest()).decode()
    assert said["sig"] == wanted and said["ts"] == int(AT.timestamp() * 1000)
    assert key_request({"id": "t-1", "key": b"voucher-key"}, said["ts"]) == said
