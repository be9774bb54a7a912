"""Waybills of platforms against prepared answers: what is sent, what is refused before, what a lost reply becomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orderhub
from orderhub.errors import (
    ConfigurationError,
    DecodeError,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    TimedOut,
    UnsupportedOperation,
    WaybillRejected,
)
from orderhub.flow.message import Reply, Request
from orderhub.kit.waybills import account_for, check_request, made, short_id, voided
from orderhub.logistics.cloud_print import print_tasks
from orderhub.models import (
    Address,
    Parcel,
    PrintDocument,
    PrintKind,
    PrintPayload,
    Privacy,
    Recipient,
    Waybill,
    WaybillAccount,
    WaybillRequest,
)

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SH = Address(province="上海市", city="上海市", district="青浦区", street="仓储路1号")
HIDDEN = Recipient(
    name="王**", phone="138****0001", privacy=Privacy(kind="masked", token="oaid-1"),
    address=Address(province="浙江省", city="杭州市", district="西湖区", street="文三路***"),
)  # fmt: skip
SENDER = Recipient(name="上海仓", phone="02155550100", address=SH)
PARCEL = Parcel(
    parcel_id="p-1", order_key="jd:jd-1:290000000001", warehouse="sh", recipient=HIDDEN, weight_g=1500,
    order_ids=("290000000001",), contents=(("T恤", 2), ("袜子", 1)),
)  # fmt: skip


def request(**given: Any) -> WaybillRequest:
    return WaybillRequest(**{"carrier": "yto", "parcel": PARCEL, "sender": SENDER, "is_new": True, **given})


class Desk:
    """A transport: answers by API, in order, the last one again and again; a function gets what was asked."""

    def __init__(self, **answers: Sequence[Any]) -> None:
        self.answers = {name: list(rows) for name, rows in answers.items()}
        self.asked: list[tuple[str, Any]] = []

    def send(self, sent: Request) -> Reply:
        form = dict(parse_qsl(sent.body.decode(), keep_blank_values=True))
        api = form.get("method") or form.get("type") or ""
        name = api.rpartition(".")[2] if api.count(".") > 1 else api
        business = json.loads(form["360buy_param_json"]) if "360buy_param_json" in form else form
        self.asked.append((name, business))
        rows = self.answers[name]
        found = rows.pop(0) if len(rows) > 1 else rows[0]
        found = found(business) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return Reply(200, {"content-type": "application/json"}, json.dumps(found, ensure_ascii=False).encode())

    def close(self) -> None: ...

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]

    def said(self, name: str) -> Any:
        """What the last call of an API said."""
        return next(business for asked, business in reversed(self.asked) if asked == name)

    def shop(self, platform: str, **settings: Any) -> Any:
        keys = {"app_key": "k", "app_secret": "s", "access_token": "t"}
        return orderhub.connect(platform, shop_id="1", transport=self, clock=_Still(), **keys, **settings)


class _Still:
    def now(self) -> datetime:
        return AT

    def sleep(self, seconds: float) -> None: ...


ADDRESS = {"province": "上海市", "city": "上海市", "district": "青浦区", "detail": "仓储路1号"}
TB_SEARCH = {"cainiao_waybill_ii_search_response": {"waybill_apply_subscription_cols": {
    "waybill_apply_subscription_info": [
        {"cp_code": "YTO", "cp_type": 2, "branch_account_cols": {"waybill_branch_account": [
            {"branch_code": "1", "branch_name": "一号", "quantity": 7, "shipp_address_cols": {"address_dto": [ADDRESS]}},
        ]}},
        {"cp_code": "SF", "cp_type": 1, "branch_account_cols": {"waybill_branch_account": [
            {"quantity": 0, "customer_code_list": {"string": ["M-1"]}, "shipp_address_cols": {"address_dto": [ADDRESS]}},
        ]}},
    ]}}}  # fmt: skip
TB_COMPANIES = {"logistics_companies_get_response": {"logistics_companies": {"logistics_company": [
    {"code": "YTO", "id": 101, "name": "圆通速递"}, {"code": "SF", "id": 505, "name": "顺丰速运"}]}}}  # fmt: skip
TB_MADE = {"cainiao_waybill_ii_get_response": {"modules": {"waybill_cloud_print_response": [
    {"object_id": "p-1", "waybill_code": "YT1", "cp_code": "YTO", "print_data": '{"encryptedData":"x"}'}]}}}  # fmt: skip
LOST = TimedOut("lost")


def tb_found(*numbers: str, success: bool = True) -> dict[str, Any]:
    rows = [{"object_id": "p-1", "success": success,
             "waybill_cloud_print_response": {"waybill_code": number, "print_data": "{}"}} for number in numbers]  # fmt: skip
    none = [{"object_id": "p-1", "success": False, "error_code": "NONE", "error_message": "none"}]
    return {"cainiao_waybill_ii_query_by_tradecode_response": {
        "modules": {"waybill_cloud_print_with_result_desc_response": rows or none}}}  # fmt: skip


def taobao(**answers: Sequence[Any]) -> tuple[Desk, Any]:
    told = {"search": [TB_SEARCH], "get": [TB_COMPANIES], **answers}
    desk = Desk(**told)
    companies = desk.answers["get"]

    def answer(form: Any) -> Any:
        if form["method"] == "taobao.logistics.companies.get":
            return TB_COMPANIES
        found = companies.pop(0) if len(companies) > 1 else companies[0]
        if isinstance(found, Exception):
            raise found
        return found

    desk.answers["get"] = [answer]
    return desk, desk.shop(
        "taobao", waybill_user_id="77", waybill_templates={"YTO": "http://t/yto", "sf": "http://t/sf"}
    )


def last_get(desk: Desk) -> Any:
    key = "param_waybill_cloud_print_apply_new_request"
    return json.loads(next(form[key] for name, form in reversed(desk.asked) if name == "get" and key in form))


def test_cainiao_gets_the_token_and_the_subscribed_address() -> None:
    desk, shop = taobao(get=[TB_MADE])
    [outcome] = shop.create_waybills([request()])
    assert outcome.ok and outcome.value.waybill_no == "YT1" and outcome.value.order_ids == ("290000000001",)
    sent = last_get(desk)
    [order] = sent["trade_order_info_dtos"]
    assert sent["cp_code"] == "YTO" and sent["need_encrypt"] is True and sent["sender"]["address"] == ADDRESS
    assert order["recipient"]["oaid"] == "oaid-1" and order["recipient"]["tid"] == "290000000001"
    assert order["recipient"]["mobile"] == "138****0001" and order["user_id"] == 77
    assert order["order_info"] == {"order_channels_type": "TB", "trade_order_list": ["290000000001"]}
    assert order["package_info"]["items"] == [{"name": "T恤", "count": 2}, {"name": "袜子", "count": 1}]
    [page] = outcome.value.payload.documents
    assert page.template_url == "http://t/yto" and "encryptedData" not in repr(outcome)


def test_sf_needs_a_description_and_the_monthly_account() -> None:
    desk, shop = taobao(get=[TB_MADE])
    accounts = {account.code: account for account in shop.waybill_accounts()}
    assert accounts["SF"].is_usable and not accounts["SF"].is_prepaid and accounts["YTO"].left == 7
    [outcome] = shop.create_waybills([request(carrier="sf")])
    sent = last_get(desk)
    assert outcome.ok and sent["customer_code"] == "M-1"
    assert sent["trade_order_info_dtos"][0]["package_info"]["goods_description"] == "T恤"


def test_several_packages_are_orders_of_one_call_and_the_mother_leads() -> None:
    rows = [{"object_id": name, "waybill_code": number, "parent_waybill_code": "YT1", "print_data": "{}"}
            for name, number in (("p-1", "YT1"), ("p-1.2", "YT2"), ("p-1.3", "YT3"))]  # fmt: skip
    desk, shop = taobao(get=[{"cainiao_waybill_ii_get_response": {"modules": rows}}])
    [outcome] = shop.create_waybills([request(packages=3)])
    assert outcome.value.waybill_no == "YT1" and outcome.value.package_nos == ("YT1", "YT2", "YT3")
    sent = last_get(desk)
    assert sent["multi_packages_shipment"] is True and len(sent["trade_order_info_dtos"]) == 3
    assert {row["package_info"]["total_packages_count"] for row in sent["trade_order_info_dtos"]} == {3}


@pytest.mark.parametrize(
    ("found", "number", "creates"),
    [
        ([tb_found("YT9")], "YT9", 1),
        ([tb_found(), tb_found()], "YT1", 2),
        ([tb_found("YT8", "YT9")], None, 1),
        ([LOST], None, 1),
    ],
)
def test_a_lost_reply_is_settled_by_the_trade(found: list[Any], number: str | None, creates: int) -> None:
    """Its only number that is not known is the parcel's; none: it is asked for again; several: nobody can tell."""
    desk, shop = taobao(get=[LOST, TB_MADE], tradecode=found)
    [outcome] = shop.create_waybills([request(is_alone=True)])
    assert (outcome.value.waybill_no if outcome.ok else None) == number
    assert outcome.ok or isinstance(outcome.error, OutcomeUnknown)
    assert sum("param_waybill_cloud_print_apply_new_request" in form for _, form in desk.asked) == creates


def test_a_number_of_another_parcel_is_never_taken() -> None:
    _, shop = taobao(get=[LOST], tradecode=[tb_found("YT8")])
    [beside] = shop.find_waybills([request(known=("YT8",), is_alone=True)])
    [unsure] = shop.find_waybills([request()])
    assert beside.ok and beside.value is None
    assert not unsure.ok and isinstance(unsure.error, OutcomeUnknown)


def test_what_was_asked_for_before_is_looked_for_first() -> None:
    desk, shop = taobao(get=[TB_MADE], tradecode=[tb_found("YT9")])
    [outcome] = shop.create_waybills([request(is_new=False, is_alone=True)])
    assert outcome.value.waybill_no == "YT9" and "param_waybill_cloud_print_apply_new_request" not in str(desk.asked)


def test_a_question_that_was_not_answered_is_no_none() -> None:
    busy = {"object_id": "p-1", "success": False, "error_code": "isp.remote-service-timeout", "error_message": "busy"}
    reply = {"cainiao_waybill_ii_query_by_tradecode_response": {"modules": [busy]}}
    _, shop = taobao(get=[TB_MADE], tradecode=[reply])
    [outcome] = shop.find_waybills([request(is_alone=True)])
    assert not outcome.ok and outcome.error is not None and outcome.error.retryable


def test_cainiao_wants_to_know_the_seller() -> None:
    desk = Desk(search=[TB_SEARCH], get=[TB_COMPANIES])
    [outcome] = desk.shop("taobao", waybill_templates={"YTO": "http://t"}).create_waybills([request()])
    assert isinstance(outcome.error, ConfigurationError) and outcome.error.field == "waybill_user_id"


PDD_SEARCH = {"pdd_waybill_search_response": {"waybill_apply_subscription_cols": [
    {"wp_code": "YTO", "wp_type": 2, "branch_account_cols": [
        {"branch_code": "1", "quantity": 3, "shipp_address_cols": [ADDRESS]}]}]}}  # fmt: skip
PDD_COMPANIES = {"logistics_companies_get_response": {"logistics_companies": [
    {"id": 85, "code": "YTO", "logistics_company": "圆通快递", "available": 1}]}}  # fmt: skip
PDD_MADE = {"pdd_waybill_get_response": {"modules": [
    {"object_id": "p-1", "waybill_code": "YT1", "print_data": "{}"}]}}  # fmt: skip
CIPHERS = {"receiver_name": "~AAA~1~", "receiver_phone": "$BBB$1$", "receiver_address": "~CCC~1~"}


def pinduoduo(*answers: Any, **settings: Any) -> tuple[Desk, Any]:
    queue = list(answers)

    def answer(form: Any) -> Any:
        if form["type"].endswith("companies.get"):
            return PDD_COMPANIES
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, Exception):
            raise found
        return found

    desk = Desk(search=[PDD_SEARCH], get=[answer])
    return desk, desk.shop("pinduoduo", mall_id="5", waybill_templates={"yto": "http://t"}, **settings)


def test_pinduoduo_gets_the_ciphertexts_of_the_order() -> None:
    token = json.dumps(CIPHERS)
    person = HIDDEN.model_copy(update={"privacy": Privacy(kind="encrypted", token=token)})
    desk, shop = pinduoduo(PDD_MADE)
    [outcome] = shop.create_waybills([request(parcel=PARCEL.model_copy(update={"recipient": person}))])
    [order] = last_get(desk)["trade_order_info_dtos"]
    assert outcome.ok and order["order_info"]["order_channels_type"] == "PDD"
    assert order["recipient"]["name"] == "~AAA~1~" and order["recipient"]["mobile"] == "$BBB$1$"
    assert order["recipient"]["address"]["detail"] == "~CCC~1~"
    assert order["recipient"]["address"]["province"] == "浙江省"


def test_pinduoduo_repeats_only_where_that_is_the_same() -> None:
    desk, shop = pinduoduo(LOST, PDD_MADE)
    person = {"parcel": PARCEL.model_copy(update={"recipient": HIDDEN.model_copy(update={"privacy": Privacy(
        kind="encrypted", token=json.dumps(CIPHERS))})})}  # fmt: skip
    assert shop.create_waybills([request(**person)])[0].value.waybill_no == "YT1"
    desk, shop = pinduoduo(LOST, PDD_MADE, waybill_again="unknown")
    [outcome] = shop.create_waybills([request(**person)])
    assert isinstance(outcome.error, OutcomeUnknown) and desk.names().count("get") == 2  # companies, and one try
    [again] = shop.create_waybills([request(is_new=False, **person)])
    assert isinstance(again.error, OutcomeUnknown) and desk.names().count("get") == 2, "never tried blindly"
    with pytest.raises(UnsupportedOperation, match="waybill_again"):
        shop.find_waybills([request()])


def jd(**answers: Sequence[Any]) -> tuple[Desk, Any]:
    def inside(method: str, **document: Any) -> dict[str, Any]:
        return {f"jingdong_{method.replace('.', '_')}_responce": {"code": "0", "result": document}}

    contract = {"providerId": 463, "providerCode": "YTO", "providerName": "圆通快递", "operationType": 2,
                "branchCode": "B1", "amount": 9, "address": {"provinceName": "上海市", "cityName": "上海市"}}  # fmt: skip
    direct = {**contract, "providerId": 467, "providerCode": "SF", "operationType": 1, "settlementCode": "S1"}
    number = {"platformOrderNo": "290000000001", "waybillCodeInfoList": [
        {"waybillCode": "YT1", "waybillPackageNoList": ["YT1-1-2", "YT1-2-2"]}]}  # fmt: skip
    told: dict[str, Sequence[Any]] = {
        "query": [lambda asked: inside("logistics.ewaybill.contract.query", statusCode=1000, data=[contract, direct])],
        "create": [inside("logistics.ewaybill.waybill.create", statusCode=1000, data=number)],
    }
    desk = Desk(**{**told, **answers})
    return desk, desk.shop("jd", vender_id="100001")


def test_jd_binds_a_number_to_the_parcel() -> None:
    desk, shop = jd()
    parcel = PARCEL.model_copy(update={"parcel_id": "taobao:tb-1:3920100000000547199-p1-2v"})
    [outcome] = shop.create_waybills([request(parcel=parcel)])
    sent = desk.said("create")["request"]
    assert outcome.value.waybill_no == "YT1" and outcome.value.package_nos == ("YT1-1-2", "YT1-2-2")
    assert sent["toAddress"]["oaid"] == "oaid-1" and sent["toAddress"]["mobile"] == "138****0001"
    assert sent["fromAddress"]["provinceName"] == "上海市" and sent["fromAddress"]["countryName"] == "青浦区"
    assert len(sent["vendorOrderCode"]) == 32 and sent["vendorCode"] == "100001" and sent["salePlatform"] == "0010001"
    assert sent["branchCode"] == "B1" and "settlementCode" not in sent and sent["payType"] == 0
    assert Decimal(sent["weight"]) == Decimal("1.5")
    again = shop.create_waybills([request(parcel=parcel, carrier="sf")])
    sent = desk.said("create")["request"]
    assert again[0].ok and sent["settlementCode"] == "S1" and "branchCode" not in sent


def test_jd_is_asked_again_after_a_lost_reply() -> None:
    ok = jd()[0].answers["create"][0]
    desk, shop = jd(create=[LOST, ok])
    [outcome] = shop.create_waybills([request()])
    assert outcome.ok and desk.names().count("create") == 2
    refused = {"jingdong_logistics_ewaybill_waybill_create_responce": {
        "code": "0", "result": {"statusCode": 2001, "statusMessage": "余额不足"}}}  # fmt: skip
    _, shop = jd(create=[LOST, refused])
    [outcome] = shop.create_waybills([request()])
    assert isinstance(outcome.error, OutcomeUnknown), "a refusal of the repeat may be about the first"
    _, shop = jd(create=[refused])
    [outcome] = shop.create_waybills([request()])
    assert isinstance(outcome.error, WaybillRejected) and "余额不足" in outcome.error.message


def test_jd_tells_what_prints_by_order() -> None:
    reply = {"jingdong_pop_order_print_data_get_responce": {"code": "0", "printData": {"consignee": "王**"}}}
    desk, shop = jd()
    desk.answers["get"] = [reply]
    waybill = Waybill(carrier="yto", waybill_no="YT1", reference="p-1", order_ids=("290000000001",))
    [outcome] = shop.query_waybills([waybill])
    [page] = outcome.value.payload.documents
    assert json.loads(page.data)["order"] == {"printData": {"consignee": "王**"}} and "王" not in repr(outcome)
    [none] = shop.query_waybills([waybill.model_copy(update={"order_ids": ()})])
    assert none.error is not None and none.error.field == "Waybill.order_ids"


def test_the_newer_gateway_says_why_not() -> None:
    desk = Desk()
    with pytest.raises(UnsupportedOperation, match="routerjson"):
        desk.shop("jd", wire="sp").waybill_accounts()
    assert desk.asked == []


# --- what is the same everywhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight_g": 0}, "weight_g"),
        ({"order_ids": ()}, "order_ids"),
        ({"order_ids": tuple(map(str, range(101)))}, "order_ids"),
        ({"contents": ()}, "contents"),
        ({"parcel_id": ""}, "parcel_id"),
        ({"parcel_id": "x" * 65}, "parcel_id"),
        ({"recipient": HIDDEN.model_copy(update={"privacy": Privacy(kind="masked")})}, "recipient.privacy.token"),
        ({"recipient": Recipient(name="王", phone="1", address=SH.model_copy(update={"street": None}),
                                 privacy=Privacy(kind="clear"))}, "recipient.address.street"),
        ({"recipient": HIDDEN.model_copy(update={"address": Address()})}, "recipient.address.province"),
    ],
)  # fmt: skip
def test_what_nobody_takes_is_refused_before_any_call(change: dict[str, Any], field: str) -> None:
    with pytest.raises(WaybillRejected) as caught:
        check_request(request(parcel=PARCEL.model_copy(update=change)), "x")
    assert caught.value.field == field and "王" not in str(caught.value)


def account(**given: Any) -> WaybillAccount:
    return WaybillAccount(**{"carrier": "yto", "code": "YTO", "senders": (SH,), **given})


@pytest.mark.parametrize(
    ("accounts", "place", "code"),
    [
        ((), "city", "no_account"),
        ((account(carrier="sf", code="SF"),), "city", "no_account"),
        ((account(is_prepaid=True, left=0),), "city", "no_numbers_left"),
        ((account(senders=()),), "city", "sender_not_subscribed"),
        ((account(senders=(SH.model_copy(update={"street": "别处"}),)),), "exact", "sender_not_subscribed"),
        ((account(senders=(Address(province="江苏省", city="苏州市"),)),), "city", "sender_not_subscribed"),
    ],
)
def test_why_no_agreement_fits(accounts: tuple[WaybillAccount, ...], place: str, code: str) -> None:
    with pytest.raises(NotServiceable) as caught:
        account_for(request(), accounts, "x", place)
    assert caught.value.code == code


def test_the_same_address_wins_over_one_of_the_city() -> None:
    other = SH.model_copy(update={"street": "别处"})
    first, second = account(branch_code="1", senders=(other,)), account(branch_code="2", senders=(SH,))
    assert account_for(request(), (first, second), "x", "city") == (second, SH)
    assert account_for(request(), (first,), "x", "city") == (first, other)
    far = account(senders=(Address(province="广东省", city="广州市"),))
    assert account_for(request(), (far,), "x", "own") == (far, SH)
    assert account_for(request(sender=SENDER.model_copy(update={"address": SH.model_copy(update={"province": "上海"})})),
                       (second,), "x", "exact") == (second, SH)  # fmt: skip


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_short_ids_are_short_and_tell_apart(one: str, other: str) -> None:
    ids = [short_id(text, 32) for text in (one, other)]
    assert all(1 <= len(name) <= 32 and name.replace("-", "").replace("_", "").isalnum() for name in ids)
    assert (ids[0] == ids[1]) == (one == other)


def run(operation: Any) -> Any:
    try:
        operation.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("no step was expected")


def steps(*answers: Any) -> tuple[Callable[..., Any], list[Any]]:
    """An operation that answers in turn and counts what it was asked."""
    queue, asked = list(answers), list[Any]()

    def act(*given: Any) -> Any:
        asked.append(given)
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, Exception):
            raise found
        return found
        yield

    return act, asked


NUMBER = Waybill(carrier="yto", waybill_no="YT1", reference="p-1")
FAULTS = st.sampled_from([OutcomeUnknown("lost"), DecodeError("torn"), {}, WaybillRejected("no"), {"p-1": NUMBER}])


@given(st.lists(FAULTS, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_no_parcel_is_asked_for_blindly(answers: list[Any], can_find: bool, repeatable: bool) -> None:
    """Whatever comes back, a second request follows a lost one only where the platform said that there is none, or
    where a repeat is the same; what may be there is never called refused."""
    send, sends = steps(*answers)
    find, finds = steps(None)
    found = run(made([request()], send, platform="x", find=find if can_find else None, repeatable=repeatable))["p-1"]
    if not can_find and not repeatable:
        assert len(sends) == 1
    assert not can_find or len(finds) >= len(sends) - 1
    unclear = [one for one in answers[: len(sends)] if isinstance(one, OutcomeUnknown | DecodeError) or one == {}]
    if not found.ok and unclear and not can_find:
        assert isinstance(found.error, OutcomeUnknown)
    assert found.ok == (answers[min(len(sends), len(answers)) - 1] == {"p-1": NUMBER})


@pytest.mark.parametrize(
    ("answers", "there", "ok", "reason"),
    [
        ([None], True, True, None),
        ([OutcomeUnknown("lost"), None], True, True, None),
        ([WaybillRejected("no")], True, False, "waybill_rejected"),
        ([OutcomeUnknown("lost"), OutcomeUnknown("lost")], True, False, "outcome_unknown"),
    ],
)
def test_a_cancellation_is_repeated_once(answers: list[Any], there: bool, ok: bool, reason: str | None) -> None:
    send, asked = steps(*answers)
    outcome = run(voided(NUMBER, send, lambda error: steps(there)[0]()))
    assert (outcome.ok, outcome.reason) == (ok, reason) and len(asked) == len(answers)


def payload(data: str, **given: Any) -> PrintPayload:
    page = PrintDocument(document_id="YT1", data=data, template_url=given.pop("template", "http://t"))
    return PrintPayload(**{"kind": PrintKind.CLOUD_PRINT, "format": "cainiao", "documents": (page,), **given})


def test_a_print_task_keeps_sealed_data_as_they_are() -> None:
    sealed = '{"encryptedData":"E","signature":"S","templateURL":"http://own","ver":"v1"}'
    [text] = print_tasks(payload(sealed, template=None), printer="P")
    [content] = json.loads(text)["task"]["documents"][0]["contents"]
    assert content == {"encryptedData": "E", "signature": "S", "templateURL": "http://own", "ver": "v1"}
    [text] = print_tasks(payload('{"data":{"a":1}}'))
    assert json.loads(text)["task"]["documents"][0]["contents"] == [{"data": {"a": 1}, "templateURL": "http://t"}]


@pytest.mark.parametrize("data", ["[]", "{", '{"a":1}'])
def test_label_data_that_cannot_be_are_refused_without_showing_them(data: str) -> None:
    with pytest.raises(DecodeError) as caught:
        print_tasks(payload(data, template=None))
    assert data not in str(caught.value) or len(data) < 3


def test_a_client_that_nobody_documents_gets_no_invented_message() -> None:
    error: type[OrderHubError] = UnsupportedOperation
    with pytest.raises(error, match="pinduoduo"):
        print_tasks(payload("{}", format="pinduoduo"))
