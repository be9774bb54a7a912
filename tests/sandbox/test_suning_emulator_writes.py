"""What docs/platforms/suning.md §6-§8, §10 say an emulator must enforce; writing side: parcels, stock, after-sales."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from test_suning_emulator_tools import NO_RESULT, Refused, Sn, control, still

from orderhub.sandbox.platforms.suning.spec import COMPANIES

PREFIX = "biz.orderDelivery"
STATUS = f"{PREFIX}.order-status:error"
PARAMS = "sys.check.request-params:error"
GONE = "biz.shutdown.order.cannot.delivery"


@pytest.fixture
def sn() -> Sn:
    return Sn(still())


# shipping: only lines in status 10, header 21 then 20


def test_a_whole_order_leaves(sn: Sn) -> None:
    code = sn.post(2)
    assert sn.ship(code) == {"result": "Y"}
    order = sn.get(code)
    assert order["orderTotalStatus"] == "20"
    for line in order["orderDetail"]:
        assert line["orderLineStatus"] == "20"
        assert (line["expresscompanycode"], line["expressno"]) == ("S02", "SF1234567890123")
        assert line["deliveryTime"] == sn.now()


def test_the_header_turns_21_then_20(sn: Sn) -> None:
    code = sn.post(3)
    first, second, third = sn.numbers(code)
    sn.ship(code, [first], expressNo="SF1")
    assert sn.get(code)["orderTotalStatus"] == "21"
    sn.ship(code, [second], expressNo="SF2")
    assert sn.get(code)["orderTotalStatus"] == "21"
    sn.ship(code, [third], expressNo="ZT3", expressCompanyCode="Z01")
    order = sn.get(code)
    assert order["orderTotalStatus"] == "20"
    assert [line["expressno"] for line in order["orderDetail"]] == ["SF1", "SF2", "ZT3"]


def test_lines_by_product_code_or_as_lone_texts(sn: Sn) -> None:
    code = sn.post(1)
    product = sn.truth(code)["orderDetail"][0]["productCode"]
    params = sn.parcel(code)
    del params["orderLineNumbers"]
    assert sn.call("orderdelivery.add", "orderDelivery", **params, sendDetail={"productCode": [product]})
    other = sn.post(1)
    [number] = sn.numbers(other)
    assert sn.ship(other, orderLineNumbers={"orderLineNumber": number}) == {"result": "Y"}


def test_only_lines_that_wait_may_leave(sn: Sn) -> None:
    code = sn.post(2)
    first, second = sn.numbers(code)
    sn.ship(code, [first], expressNo="SF1")
    assert sn.ship_refusal(code, [first, second], expressNo="SF2") == STATUS
    assert sn.get(code)["orderTotalStatus"] == "21"


def test_unpaid_closed_and_finished_orders_cannot_leave(sn: Sn) -> None:
    unpaid, closed, cancelled, done = sn.new(unpaid=True), sn.new(), sn.new(unpaid=True), sn.new()
    for code in (closed, cancelled):
        sn.patch(code, action="cancel")
    sn.ship(done)
    sn.patch(done, action="receive")
    assert sn.ship_refusal(unpaid) == STATUS
    assert sn.ship_refusal(closed) == sn.ship_refusal(cancelled) == GONE
    assert sn.ship_refusal(done, expressNo="SF2") == STATUS


def test_the_platforms_own_warehouse_ships_its_lines(sn: Sn) -> None:
    code = sn.post(orderDetail=[{"fpsdeliveryflag": "1"}, {}])
    first, second = sn.numbers(code)
    assert sn.ship_refusal(code, [first]) == STATUS
    assert sn.ship(code, [second])


def test_lines_with_a_return_leave_unless_switched(sn: Sn) -> None:
    code = sn.new()
    sn.patch(code, action="refund")
    sn.switch(return_blocks_shipping=True)
    assert sn.ship_refusal(code) == STATUS
    sn.switch(return_blocks_shipping=False)
    assert sn.ship(code)


# repeated numbers, unknown companies, and every other code


def test_a_number_repeated_on_the_order_exists_already(sn: Sn) -> None:
    code = sn.post(2)
    first, second = sn.numbers(code)
    sn.ship(code, [first])
    for lines in ([first], [second]):
        assert sn.ship_refusal(code, lines) == f"{PREFIX}.expressno-value:existence"
    assert sn.ship(sn.post()), "the same number may serve another order"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expressCompanyCode": "X99"}, f"{PREFIX}.expresscompanycode-value:inexistence"),
        ({"expressCompanyCode": "顺丰"}, f"{PREFIX}.expresscompanycode-format:error"),
        ({"expressCompanyCode": None}, f"{PREFIX}.missing-parameter:expressCompanyCode"),
        ({"expressNo": "SF 1"}, f"{PREFIX}.expressno-format:error"),
        ({"expressNo": None}, f"{PREFIX}.missing-parameter:expressNo"),
        ({"orderCode": None}, f"{PREFIX}.missing-parameter:orderCode"),
        ({"orderCode": "37999999998"}, f"{PREFIX}.ordercode-value:inexistence"),
        ({"orderCode": "3" * 21}, f"{PREFIX}.ordercode-length:overlong"),
        ({"orderLineNumbers": None}, f"{PREFIX}.missing-parameter:productcode"),
        ({"orderLineNumbers": {"orderLineNumber": []}}, f"{PREFIX}.missing-parameter:productcode"),
        ({"orderLineNumbers": {"orderLineNumber": ["1"]}}, "biz.custom.orderDelivery.invalid-biz:orderLineNumber"),
        ({"orderLineNumbers": [{"orderLineNumber": "1", "productCode": "2"}]}, PARAMS),
        ({"orderLineNumbers": None, "sendDetail": {"productCode": ["1"]}},
         f"{PREFIX}.productcode-value:inexistence"),
        ({"orderLineNumbers": None, "sendDetail": {"productCode": ["1", "1"]}}, f"{PREFIX}.productcode-value:repeat"),
        ({"deliveryTime": "yesterday"}, "biz.custom.orderDelivery.invalid-biz:deliveryTime"),
        ({"deliveryTime": "2027-01-01 00:00:00"}, "biz.custom.orderDelivery.invalid-biz:deliveryTime"),
    ],
)  # fmt: skip
def test_every_refusal_has_its_code_and_changes_nothing(sn: Sn, change: dict[str, Any], code: str) -> None:
    order = sn.new()
    before = sn.truth(order)
    assert sn.ship_refusal(order, **change) == code
    assert sn.truth(order) == before


@pytest.mark.parametrize("kind", ["sendaddress", "returnaddress"])
def test_a_shop_without_default_addresses_cannot_ship(sn: Sn, kind: str) -> None:
    sn.switch(**{f"default_{kind}": False})
    assert sn.ship_refusal(sn.new()) == f"{PREFIX}.default-{kind}:inexistence"


def test_orders_of_another_shop_cannot_be_shipped(sn: Sn) -> None:
    assert sn.ship_refusal(Sn(sn.world, 1).new()) == f"{PREFIX}.ordercode-value:inexistence"


def test_delivery_time_and_identity_codes_are_kept(sn: Sn) -> None:
    code, at = sn.new(), sn.now(-3600)
    number = sn.numbers(code)[0]
    sn.ship(code, deliveryTime=at, phoneIdentifyCodes=[{"orderLineNumber": number, "phoneIdentifyCode": "86000001"}])
    line = sn.get(code)["orderDetail"][0]
    assert (line["deliveryTime"], line["phoneIdentifyCode"]) == (at, "86000001")
    assert sn.changed(60)[0]["orderDetail"][0]["orderLineStatusChangeTime"] == sn.now()


def test_the_newer_call_takes_lines_as_objects(sn: Sn) -> None:
    code = sn.post(2)
    rows = [
        {"orderLineNumber": line["orderLineNumber"], "productCode": line["productCode"]}
        for line in sn.truth(code)["orderDetail"]
    ]
    parcel = {"orderCode": code, "expressNo": "SF7", "expressCompanyCode": "S02"}
    assert sn.refusal("deliverynew.add", "addDeliverynew", **parcel, orderLineNumbers=["x"]) == PARAMS
    wrong = [{**rows[0], "productCode": "1"}]
    refused = sn.refusal("deliverynew.add", "addDeliverynew", **parcel, orderLineNumbers=wrong)
    assert refused == f"{PREFIX}.productcode-value:inexistence"
    assert sn.call("deliverynew.add", "addDeliverynew", **parcel, orderLineNumbers=rows[:1]) == {"result": "Y"}
    assert sn.get(code)["orderTotalStatus"] == "21"
    missing = sn.refusal("deliverynew.add", "addDeliverynew", **parcel)
    assert missing == "biz.addDeliverynew.missing-parameter:orderLineNumbers"


def test_a_waybill_can_be_corrected_once_sent(sn: Sn) -> None:
    code = sn.post(2)
    second = sn.numbers(code)[1]
    ask = ("orderdelivery.modify", "orderDelivery")
    assert sn.refusal(*ask, **sn.parcel(code)) == STATUS
    sn.ship(code)
    assert sn.refusal(*ask, **sn.parcel(code)) == f"{PREFIX}.expressno-value:existence"
    fresh = sn.parcel(code, [second], expressNo="YT2", expressCompanyCode="Y01")
    assert sn.call(*ask, **fresh) == {"result": "Y"}
    assert [line["expressno"] for line in sn.get(code)["orderDetail"]] == ["SF1234567890123", "YT2"]
    assert sn.get(code)["orderTotalStatus"] == "20"
    whole = sn.parcel(code, expressNo="YT9", expressCompanyCode="Y01") | {"orderLineNumbers": None}
    sn.call(*ask, **whole)
    assert {line["expressno"] for line in sn.get(code)["orderDetail"]} == {"YT9"}


def test_the_shop_may_bring_it_itself(sn: Sn) -> None:
    code = sn.new()
    ask = {"orderCode": code, "deliveryPerName": "周师傅", "orderLineNumbers": {"orderLineNumber": sn.numbers(code)}}
    missing = sn.refusal("orderselfdist.add", "orderSelfDist", **ask)
    assert missing == "biz.orderSelfDist.missing-parameter:deliveryPerPhone"
    assert sn.call("orderselfdist.add", "orderSelfDist", **ask, deliveryPerPhone="13900000002") == {"result": "Y"}
    order = sn.get(code)
    assert order["orderTotalStatus"] == "20"
    assert {line["selfDeliveryName"] for line in order["orderDetail"]} == {"周师傅"}


def test_a_package_leaves_together(sn: Sn) -> None:
    code = sn.post(orderDetail=[{"packageorderid": "P1"}, {"packageorderid": "P1"}, {}])
    ask = {"packageOrderId": "P1", "deliveryType": "1", "expressCompanyCode": "S02", "expressNo": "SF1"}
    assert sn.call("packageorderdeliver.add", "addPackageOrderDeliver", **ask) == {"result": "Y"}
    assert [line["orderLineStatus"] for line in sn.get(code)["orderDetail"]] == ["20", "20", "10"]
    unknown = {**ask, "packageOrderId": "P9"}
    refused = sn.refusal("packageorderdeliver.add", "addPackageOrderDeliver", **unknown)
    assert refused == f"{PREFIX}.ordercode-value:inexistence"


def test_the_receipt_of_a_parcel_can_be_put_off(sn: Sn) -> None:
    code = sn.new()
    ask = {"expressNo": "SF1234567890123", "expressCompanyCode": "S02", "delayTime": "3"}
    assert sn.refusal("orderdelay.modify", "orderDelay", **ask) == STATUS
    sn.ship(code)
    for _ in range(2):
        assert sn.call("orderdelay.modify", "orderDelay", **ask) == {"result": "Y"}
    assert sn.truth(code)["_sandbox"]["delays"] == {"SF1234567890123": 6}
    assert sn.refusal("orderdelay.modify", "orderDelay", **{**ask, "delayTime": "x"}) == PARAMS


# notes and carriers


def test_notes_are_written_and_read(sn: Sn) -> None:
    code = sn.new()
    sn.world.advance(60)
    ask = {"orderCode": code, "noteContent": "加急😀", "noteFlag": "1", "colorMarkFlag": "2"}
    assert sn.call("ordernote.modify", "orderNote", **ask) == {"result": "Y"}
    told = sn.call("ordernote.get", "orderNote", orderCode=code)
    assert told == {"orderCode": code, "noteContent": "加急😀", "colorMarkFlag": "2"}
    assert sn.get(code)["sellerOrdRemark"] == "加急😀"
    assert sn.changed(30) == []
    refused = sn.refusal("ordernote.modify", "orderNote", orderCode=code)
    assert refused == "biz.orderNote.missing-parameter:noteContent"


def test_carriers_by_page_and_by_name(sn: Sn) -> None:
    rows = sn.pages("logisticcompany.query", "logisticCompany", pageSize="10")
    assert {row["expressCompanyCode"]: row["companyName"] for row in rows} == dict(COMPANIES)
    assert sn.call("logisticcompany.get", "logisticCompany", companyName="圆通速递") == [{"expressCompanyCode": "Y01"}]
    assert sn.refusal("logisticcompany.get", "logisticCompany", companyName="圆通快递") == NO_RESULT
    sn.switch(company_name_field="expressCompanyName")
    [row] = sn.pages("logisticcompany.query", "logisticCompany", pageSize="50")[:1]
    assert row == {"expressCompanyCode": "S02", "expressCompanyName": "顺丰速运"}


# stock: absolute, child codes only


def good(sn: Sn, place: int = 0) -> dict[str, Any]:
    rows = control(sn.world, "GET", "/_sandbox/suning/stock")
    return [row for row in rows if row["shop_id"] == sn.shop_id][place]


def modify(sn: Sn, **params: Any) -> Any:
    return sn.call("inventory.modify", "inventory", **params)


def modify_refusal(sn: Sn, **params: Any) -> str:
    return sn.refusal("inventory.modify", "inventory", **params)


def test_writes_set_the_target(sn: Sn) -> None:
    product = good(sn)["productCode"]
    for quantity in ("7", "7", "0", "12"):
        assert modify(sn, productCode=product, destInvNum=quantity) == {"result": "Y"}
        assert good(sn)["quantity"] == int(quantity)
        told = sn.call("inventory.get", "inventory", productCode=product)
        assert told["destInvNum"] == quantity


def test_by_merchant_code_and_product_code_wins(sn: Sn) -> None:
    first, second = good(sn, 0), good(sn, 1)
    modify(sn, itemCode=first["itemCode"], destInvNum="5")
    modify(sn, itemCode=first["itemCode"], productCode=second["productCode"], destInvNum="6")
    assert (good(sn, 0)["quantity"], good(sn, 1)["quantity"]) == (5, 6)
    assert Sn(sn.world, 1).call("inventory.get", "inventory", itemCode=first["itemCode"])["destInvNum"] != "5"


def test_master_codes_are_refused(sn: Sn) -> None:
    told = "biz.custom.inventory.invalid-biz:productcode cannot be master productcode"
    assert modify_refusal(sn, productCode="10670100001", destInvNum="1") == told


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"productCode": "1"}, "biz.custom.inventory.invalid-biz:productCode"),
        ({"productCode": "abc"}, "biz.custom.inventory.productCode-format:error"),
        ({"productCode": "1" * 19}, "biz.custom.inventory.productCode-length:overlong"),
        ({"productCode": None, "itemCode": "none"}, "biz.custom.inventory.invalid-biz:itemCode"),
        ({"productCode": None}, "biz.inventory.missing-parameter:productCode"),
        ({"destInvNum": None}, "biz.inventory.missing-parameter:destInvNum"),
        ({"destInvNum": "-1"}, "biz.inventory.destInvNum-format:error"),
        ({"destInvNum": "1.5"}, "biz.inventory.destInvNum-format:error"),
        ({"destInvNum": "1" * 11}, "biz.inventory.destInvNum-length:overlong"),
        ({"invAddrId": "nowhere"}, "biz.custom.inventory.invAddrid-value:inexistence"),
    ],
)  # fmt: skip
def test_stock_refusals_have_their_codes(sn: Sn, change: dict[str, Any], code: str) -> None:
    before = good(sn)
    assert modify_refusal(sn, **{"productCode": before["productCode"], "destInvNum": "1", **change}) == code
    assert good(sn) == before


@pytest.mark.parametrize("reason", ["modify failed", "operate failed,retry later"])
def test_stock_writes_may_be_refused_by_switch(sn: Sn, reason: str) -> None:
    before = good(sn)
    sn.switch(inventory_refusal=reason)
    refused = modify_refusal(sn, productCode=before["productCode"], destInvNum="1")
    assert refused == f"biz.custom.inventory.invalid-biz:{reason}"
    assert good(sn) == before


def test_unpaid_orders_lock_and_paying_takes(sn: Sn) -> None:
    code = sn.new(unpaid=True)
    line = sn.truth(code)["orderDetail"][0]
    units = int(float(line["saleNum"]))
    ask = {"productCode": line["productCode"], "isNeedLockQty": "1"}
    before = sn.call("newinventory.get", "inventory", **ask)
    assert before["lockQty"] == str(units)
    sn.switch(lock_blocks=True)
    refused = modify_refusal(sn, productCode=line["productCode"], destInvNum="0")
    assert refused == "biz.custom.inventory.invalid-biz:modify failed"
    sn.patch(code, action="pay")
    after = sn.call("newinventory.get", "inventory", **ask)
    assert (int(after["destInvNum"]), after["lockQty"]) == (int(before["destInvNum"]) - units, "0")
    other = sn.new(unpaid=True)
    sn.patch(other, action="cancel")
    assert all(row["locked"] == 0 for row in control(sn.world, "GET", "/_sandbox/suning/stock"))


def test_warehouses_hold_their_own(sn: Sn) -> None:
    rows = sn.call("invaddress.query", "invaddress")
    main, second = [row["invAddrId"] for row in rows]
    parallel = sn.call("parallelinvaddress.query", "queryParallelInvaddress")
    assert [row["invCode"] for row in parallel] == [main, second]
    product = good(sn)["productCode"]
    modify(sn, productCode=product, destInvNum="5")
    ask = {"invCode": second, "productCode": product}
    assert sn.call("parallelinventory.modify", "parallelInventory", **ask, destInvNum="3") == {"result": "Y"}
    assert sn.call("syncinventory.modify", "modifySyncinventory", **ask, invQty="4", invType="1") == {"result": "Y"}
    assert sn.call("parallelinventory.get", "parallelInventory", **ask)["destInvNum"] == "4"
    assert sn.call("singleinventory.get", "getSingleinventory", **ask)["destInvNum"] == "4"
    assert sn.call("inventory.get", "inventory", productCode=product, invAddrId=main)["destInvNum"] == "5"
    assert good(sn)["warehouses"] == {main: 5, second: 4}
    missing = sn.refusal("parallelinventory.modify", "parallelInventory", productCode=product, destInvNum="1")
    assert missing == "biz.parallelInventory.missing-parameter:invCode"
    sn.switch(quantity_field="invQty")
    assert sn.call("singleinventory.get", "getSingleinventory", **ask)["invQty"] == "4"


def test_quantities_of_unknown_goods_are_no_result(sn: Sn) -> None:
    assert sn.refusal("inventory.get", "inventory", productCode="1") == NO_RESULT
    assert sn.refusal("inventory.get", "inventory", itemCode="none") == NO_RESULT


def test_the_tester_sets_stock_by_merchant_code_everywhere(sn: Sn) -> None:
    rows = control(sn.world, "PUT", "/_sandbox/suning/stock", {"itemCode": "SKU-0003", "quantity": 9})
    assert [(row["shop_id"], row["quantity"]) for row in rows] == [("sn-1", 9), ("sn-2", 9)]


# after-sales


def asked(sn: Sn, shipped: bool = False, **ask: Any) -> tuple[str, dict[str, Any]]:
    """An order with an open case, and the case as the old calls tell it."""
    code = sn.new()
    if shipped:
        sn.ship(code)
    sn.patch(code, action="refund", **ask)
    [row] = sn.call("singlerejected.get", "singleGetRejected", orderCode=code)
    return code, row


def answer(sn: Sn, method: str, biz: str, part: str, row: dict[str, Any], state: str) -> Any:
    detail = {"productCode": row["productCode"], "orderLineNumber": row["itemNo"], "state": state, "reason": "同意"}
    body = {f"{part}Head": {"orderCode": row["orderCode"]}, f"{part}Detail": [detail]}
    return sn.call(method, biz, **body)


def case(sn: Sn, code: str) -> dict[str, Any]:
    return dict(sn.truth(code)["_sandbox"]["refunds"][-1])


def test_a_case_is_told_in_the_words_of_the_sheet(sn: Sn) -> None:
    code, row = asked(sn, returnMoney="1.00", reason="不喜欢")
    line = sn.get(code)["orderDetail"][0]
    assert row["dealMoney"] + "000" == line["payAmount"]
    assert row | {"dealMoney": ""} == {
        "orderCode": code, "productCode": line["productCode"], "itemNo": line["orderLineNumber"],
        "customer": sn.get(code)["userName"], "dealMoney": "", "returnMoney": "1.00", "returnReason": "不喜欢",
        "applyTime": sn.now(), "statusPassTime": sn.now(3 * 86_400), "statusDesc": "退款待处理", "refundtype": "1",
        "returntype": "2", "expressCompanyCode": "", "expressNo": "",
    }  # fmt: skip
    assert line["returnOrderFlag"] == "1"
    assert sn.get(code)["orderTotalStatus"] == "10"


def test_cases_by_application_and_by_change(sn: Sn) -> None:
    code, row = asked(sn)
    day = {"startTime": sn.now(-60), "endTime": sn.now()}
    assert sn.call("batchrejected.query", "batchQueryRejected", **day) == [row]
    assert sn.call("batchrejectedOrd.query", "batchQueryRejectedOrd", **day) == [{"orderCode": code}]
    changed = ("rejectedord.query", "batchQueryRejected")
    assert sn.call(*changed, **day, orderLineStatus="C030") == [row]
    assert sn.refusal(*changed, **day, orderLineStatus="C051") == NO_RESULT
    assert sn.refusal(*changed, **day, orderLineStatus="C999") == PARAMS
    assert sn.refusal(*changed, **day) == "biz.batchQueryRejected.missing-parameter:orderLineStatus"
    sn.world.advance(600)
    answer(sn, "disagreerefund.modify", "disAgreeRefund", "refund", row, "C051")
    later = {"startTime": sn.now(-60), "endTime": sn.now()}
    [told] = sn.call(*changed, **later, orderLineStatus="C051")
    assert (told["refundtype"], told["statusDesc"]) == ("2", "已拒绝退款")
    assert sn.refusal("batchrejected.query", "batchQueryRejected", **later) == NO_RESULT


@pytest.mark.parametrize(
    ("method", "days", "code"),
    [
        ("batchrejected.query", 30.001, "sys.check.query-time:outofrange"),
        ("rejectedord.query", 1.001, "sys.check.query-time:outofrange"),
    ],
)
def test_spans_of_after_sales(sn: Sn, method: str, days: float, code: str) -> None:
    ask = {"startTime": sn.now(-86_400 * days), "endTime": sn.now(), "orderLineStatus": "C030"}
    assert sn.refusal(method, "batchQueryRejected", **ask) == code
    old = {"startTime": sn.now(-86_400 * 100), "endTime": sn.now(-86_400 * 90)}
    assert sn.refusal("batchrejected.query", "batchQueryRejected", **old) == "sys.check.query-time:outofrange"


def test_the_list_key_is_a_switch(sn: Sn) -> None:
    code, row = asked(sn)
    sn.switch(rejects_key="rejects")
    told = sn.reply("singlerejected.get", "singleGetRejected", {"orderCode": code})
    assert told["sn_body"] == {"rejects": [row]}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("abc", "biz.rejected.ordercode-format:error"), ("", "biz.singleGetRejected.missing-parameter:orderCode"),
        ("1" * 21, "biz.queryReturnByNoServer.orderCode-length:overlong"), ("37000000001", NO_RESULT),
    ],
)  # fmt: skip
def test_one_orders_cases_have_their_codes(sn: Sn, code: str, told: str) -> None:
    assert sn.refusal("singlerejected.get", "singleGetRejected", orderCode=code) == told


def test_a_return_of_goods_goes_its_way(sn: Sn) -> None:
    code, row = asked(sn, shipped=True, goods=True)
    assert (row["refundtype"], row["statusDesc"], row["returntype"]) == ("C030", "申请退货", "3")
    answer(sn, "agreerejected.modify", "agreeRejected", "rejected", row, "C040")
    assert (case(sn, code)["code"], case(sn, code)["statusDesc"]) == ("C040", "待买家发货")
    ask = {"refund_id": case(sn, code)["refund_id"], "expressCompanyCode": "Y01", "expressNo": "YT1"}
    sn.patch(code, action="refund", move="return", **ask)
    [told] = sn.call("singlerejected.get", "singleGetRejected", orderCode=code)
    assert (told["statusDesc"], told["expressCompanyCode"], told["expressNo"]) == ("待商家收货", "Y01", "YT1")
    with pytest.raises(Refused, match="order-status:error"):
        answer(sn, "agreerejected.modify", "agreeRejected", "rejected", row, "C040")
    sn.patch(code, action="refund", refund_id=ask["refund_id"], move="agree")
    assert case(sn, code)["code"] == "C130"


def test_refusing_a_return(sn: Sn) -> None:
    code, row = asked(sn, shipped=True, goods=True)
    answer(sn, "disagreerejected.modify", "disAgreeRejected", "rejected", row, "C051")
    assert case(sn, code)["code"] == "C041"
    assert sn.get(code)["orderDetail"][0]["returnOrderFlag"] == "0"


def test_money_alone_is_no_return(sn: Sn) -> None:
    _, row = asked(sn)
    with pytest.raises(Refused, match=r"biz\.agreeRejected\.order-status:error"):
        answer(sn, "agreerejected.modify", "agreeRejected", "rejected", row, "C040")


def test_an_answer_means_the_line_it_names(sn: Sn) -> None:
    code = sn.post(2)
    for number in sn.numbers(code):
        sn.patch(code, action="refund", orderLineNumber=number)
    first, _ = sn.call("singlerejected.get", "singleGetRejected", orderCode=code)
    answer(sn, "disagreerefund.modify", "disAgreeRefund", "refund", first, "C051")
    assert [one["code"] for one in sn.truth(code)["_sandbox"]["refunds"]] == ["C051", "C030"]
    with pytest.raises(Refused, match=NO_RESULT):
        answer(sn, "disagreerefund.modify", "disAgreeRefund", "refund", {**first, "itemNo": "1"}, "C051")


def test_delaying_gives_time_once(sn: Sn) -> None:
    code, row = asked(sn)
    sn.world.advance(3600)
    answer(sn, "delayrefund.modify", "delayRefund", "refund", row, "C055")
    assert case(sn, code)["statusPassTime"] == sn.now(3 * 86_400)
    with pytest.raises(Refused, match="order-status:error"):
        answer(sn, "delayrefund.modify", "delayRefund", "refund", row, "C055")


@pytest.mark.parametrize("state", ["C051", "", "x"])
def test_the_state_must_fit_the_call(sn: Sn, state: str) -> None:
    _, row = asked(sn)
    with pytest.raises(Refused, match=PARAMS):
        answer(sn, "delayrefund.modify", "delayRefund", "refund", row, state)


def test_agreeing_to_pay_needs_the_code_of_the_sms(sn: Sn) -> None:
    code, row = asked(sn)
    ask = {
        "childAccountName": "kefu", "orderItemId": row["itemNo"], "returnMoney": row["returnMoney"],
        "applyTime": row["applyTime"], "returnType": row["returntype"],
    }  # fmt: skip
    method = ("agreerefund.modify", "modifyAgreeRefund")
    assert sn.refusal(*method, **ask, code="000000") == "biz.modifyAgreeRefund.code-value:error"
    items = [{"orderItemId": row["itemNo"]}]
    sn.call("verifycode.get", "getVerifyCode", childAccountName="kefu", orderItemList=items)
    [sms] = sn.truth(code)["_sandbox"]["sms"].values()
    assert sn.call(*method, **ask, code=sms) == {"result": "Y"}
    assert case(sn, code)["code"] == "C130"
    assert sn.refusal(*method, **ask, code=sms) == "biz.modifyAgreeRefund.code-value:error"


def test_a_line_paid_back_before_shipping_closes(sn: Sn) -> None:
    code = sn.post(2)
    first, second = sn.numbers(code)
    sn.patch(code, action="refund", orderLineNumber=first, done=True)
    order = sn.get(code)
    assert [line["orderLineStatus"] for line in order["orderDetail"]] == ["40", "10"]
    assert [line["returnOrderFlag"] for line in order["orderDetail"]] == ["1", "0"]
    assert order["orderTotalStatus"] == "10"
    assert sn.ship_refusal(code) == STATUS
    sn.ship(code, [second])
    assert sn.get(code)["orderTotalStatus"] == "20"
    other = sn.new()
    sn.patch(other, action="cancel")
    assert sn.get(other)["orderTotalStatus"] == "40"
    assert {row["code"] for row in sn.truth(other)["_sandbox"]["refunds"]} == {"C130"}


def test_part_of_the_money_leaves_the_line_as_it_is(sn: Sn) -> None:
    code = sn.post()
    sn.ship(code)
    sn.patch(code, action="refund", returnMoney="4.00", done=True)
    line = sn.get(code)["orderDetail"][0]
    assert (line["orderLineStatus"], line["returnOrderFlag"]) == ("20", "1")
    status, told = sn.world.control(
        "PATCH", f"/_sandbox/suning/orders/{code}", {}, {"action": "refund", "returnMoney": "6.01"}
    )
    assert (status, "6.00 is left" in told["error"]) == (409, True)
    sn.patch(code, action="refund", done=True)
    assert sn.get(code)["orderTotalStatus"] == "40"


def test_whether_asking_moves_the_lists_by_change_is_a_switch(sn: Sn) -> None:
    quiet, loud = sn.new(), sn.new()
    sn.world.advance(100)
    sn.switch(return_moves_change_time=False)
    sn.patch(quiet, action="refund")
    sn.switch(return_moves_change_time=True)
    sn.patch(loud, action="refund")
    assert [row["orderCode"] for row in sn.changed(50)] == [loud]


def test_the_newer_calls_are_off_unless_switched(sn: Sn) -> None:
    day = {"startModified": sn.now(-60), "endModified": sn.now()}
    method = ("refundlistinformation.query", "queryRefundlistinformation")
    assert sn.refusal(*method, **day) == "sys.check.method-permission:authority"
    code, old = asked(sn)
    sn.switch(newer_aftersales=True)
    [row] = sn.call(*method, **day)
    assert row == {**old, "returnApplyId": case(sn, code)["refund_id"], "returnStatus": "C030"}
    ask = {"returnApplyId": row["returnApplyId"]}
    assert sn.call("refundinformation.query", "queryRefundinformation", **ask) == row
    assert sn.call("agreerefund.confirm", "confirmAgreerefund", **ask) == {"result": "Y"}
    refused = sn.refusal("agreerefund.confirm", "confirmAgreerefund", **ask)
    assert refused == "biz.confirmAgreerefund.order-status:error"
    assert sn.get(code)["orderDetail"][0]["orderLineStatus"] == "40"
    assert sn.refusal(*method, **{**day, "startModified": sn.now(-86_401)}) == "sys.check.query-time:outofrange"


@pytest.mark.parametrize(
    ("method", "biz", "goods", "told"),
    [
        ("agreereturn.confirm", "confirmAgreereturn", True, "C040"),
        ("rejectreturn.modify", "modifyRejectreturn", True, "C041"),
        ("rejectrefund.modify", "modifyRejectrefund", False, "C051"),
        ("delayrefund.modify", "modifyDelayrefund", False, "C055"),
    ],
)
def test_the_newer_calls_move_cases(sn: Sn, method: str, biz: str, goods: bool, told: str) -> None:
    code, _ = asked(sn, shipped=True, goods=goods)
    sn.switch(newer_aftersales=True)
    sn.call(method, biz, returnApplyId=case(sn, code)["refund_id"])
    assert case(sn, code)["code"] == told
    assert Sn(sn.world, 1).refusal(method, biz, returnApplyId=case(sn, code)["refund_id"]) == NO_RESULT


# the tester's actions and the state machine


def test_actions_walk_an_order_through_its_life(sn: Sn) -> None:
    code = sn.new(unpaid=True)
    walk = (("pay", "10"), ("ship", "20"), ("receive", "30"))
    assert [sn.patch(code, action=action)["orderTotalStatus"] for action, _ in walk] == [told for _, told in walk]
    other = sn.post(2)
    first = sn.numbers(other)[0]
    told = sn.patch(other, action="ship", orderLineNumbers=[first], expressNo="SF7")
    assert (told["orderTotalStatus"], told["orderDetail"][0]["expressno"]) == ("21", "SF7")
    moved = sn.patch(other, action="change_address", mobNum="13700000003", customerName="王芳")
    assert (moved["mobNum"], sn.get(other)["customerName"]) == ("13700000003", "王芳")


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ((), "pay"), ((), "receive"), (("ship",), "ship"), (("ship",), "cancel"), (("ship", "receive"), "receive"),
        (("cancel",), "ship"), (("cancel",), "refund"), (("cancel",), "cancel"), (("refund",), "refund"),
    ],
)  # fmt: skip
def test_what_the_state_forbids_is_409_and_changes_nothing(sn: Sn, before: tuple[str, ...], action: str) -> None:
    code = sn.post()
    for one in before:
        sn.patch(code, action=one)
    truth = sn.truth(code)
    status, told = sn.world.control("PATCH", f"/_sandbox/suning/orders/{code}", {}, {"action": action})
    assert (status, "is not possible" in told["error"] or "is left" in told["error"]) == (409, True)
    assert sn.truth(code) == truth
    assert sn.world.control("PATCH", f"/_sandbox/suning/orders/{code}", {}, {"action": "fly"})[0] == 400


class Life(RuleBasedStateMachine):
    """Whatever is done to an order of three lines, its header follows from its lines and money is never made."""

    def __init__(self) -> None:
        super().__init__()
        self.sn = Sn(still(shops_per_platform=1))
        self.sn.switch(get_shows_unpaid=True)
        self.code, self.parcels = self.sn.post(3), 0
        self.lines = self.sn.numbers(self.code)

    def act(self, **body: Any) -> None:
        status, told = self.sn.world.control("PATCH", f"/_sandbox/suning/orders/{self.code}", {}, body)
        assert status in (200, 409), told

    @rule(chosen=st.sets(st.integers(0, 2), min_size=1))
    def ship(self, chosen: set[int]) -> None:
        self.parcels += 1
        named = [self.lines[place] for place in sorted(chosen)]
        before = {line["orderLineNumber"]: line for line in self.sn.truth(self.code)["orderDetail"]}
        fine = all(before[number]["orderLineStatus"] == "10" for number in named)
        try:
            self.sn.ship(self.code, named, expressNo=f"SF{self.parcels}")
            refused = ""
        except Refused as error:
            refused = error.code
        assert refused in (("",) if fine else (STATUS, GONE))

    @rule(place=st.integers(0, 2), cents=st.integers(1, 1100), goods=st.booleans(), done=st.booleans())
    def refund(self, place: int, cents: int, goods: bool, done: bool) -> None:
        money = f"{cents // 100}.{cents % 100:02d}"
        self.act(action="refund", orderLineNumber=self.lines[place], returnMoney=money, goods=goods, done=done)

    @rule(move=st.sampled_from(["agree", "agree_return", "return", "refuse", "delay", "close", "reopen"]))
    @precondition(lambda self: self.sn.truth(self.code)["_sandbox"]["refunds"])
    def move(self, move: str) -> None:
        self.act(action="refund", refund_id=case(self.sn, self.code)["refund_id"], move=move)

    @rule(action=st.sampled_from(["receive", "cancel", "pay"]))
    def other(self, action: str) -> None:
        self.act(action=action)

    @invariant()
    def coherent(self) -> None:
        order = self.sn.truth(self.code)
        open_lines = {line["orderLineStatus"] for line in order["orderDetail"]} - {"40"}
        wanted = {frozenset(): "40", frozenset({"10"}): "10", frozenset({"30"}): "30", frozenset({"20"}): "20"}
        told = wanted.get(frozenset(open_lines), "21" if "10" in open_lines else "20")
        assert order["orderTotalStatus"] == told
        for number in self.lines:
            back = [one for one in order["_sandbox"]["refunds"] if one["itemNo"] == number and one["code"] == "C130"]
            assert sum(float(one["returnMoney"]) for one in back) <= 10.001


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
