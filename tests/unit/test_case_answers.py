"""Answers to cases, enumerated: every documented status, every kind, every verb; and what is sent, word for word."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from orderhub.errors import Conflict, ConnectFailed, InvalidParameter, OrderHubError, OutcomeUnknown, RequestRejected
from orderhub.flow.message import Request
from orderhub.kit.aftersale import CaseStep, CaseSteps
from orderhub.kit.spec import ShopConfig
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.models import Address, Outcome, Recipient, Refund, RefundKind, Refusal, ReturnAddress
from orderhub.models.channel import Credentials, Token
from orderhub.plugins import find
from orderhub.testing.orders import at

FACTS = {
    name: tomllib.loads((Path(__file__).parents[1] / "facts" / f"{name}.toml").read_text("utf-8"))
    for name in ("taobao", "jd", "pinduoduo", "suning")
}
STATUSES = {
    "taobao": [*FACTS["taobao"]["refund_status"], *FACTS["taobao"]["exchange_status"]],
    "jd": [*FACTS["jd"]["application_status"], *FACTS["jd"]["service_status"]],
    "pinduoduo": [*FACTS["pinduoduo"]["after_sales_status"]],
    "suning": [*FACTS["suning"]["refund_status"]],
}
HOME = ReturnAddress(address_id="70", contact=Recipient(
    name="仓库", phone="02155550100",
    address=Address(province="上海市", city="上海市", district="浦东新区", street="仓储路1号", postal_code="200000"),
))  # fmt: skip
NO = Refusal(text="已经发货", code="2")
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "agree_refund": (), "refuse_refund": (NO,), "refuse_return": (NO,), "agree_return": (HOME,),
    "ship_exchange": ("sf", "SF100"), "confirm_return": (),
}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "taobao": {}, "pinduoduo": {}, "suning": {"child_account": "staff"},
    "jd": {"return_addresses": {"70": {"returnProvince": 2, "returnZipcode": "200000"}}, "vender_id": "100001"},
}  # fmt: skip
LINE = {"suning": "00662135670001"}
ROW = {
    "taobao": {"refund_version": 1_700_000_000, "refund_phase": "aftersale"}, "jd": {}, "pinduoduo": {},
    "suning": {"productCode": "10668910001", "itemNo": LINE["suning"], "returnMoney": "12.34",
               "applyTime": "2026-03-01 12:00:00", "returntype": "2"},
}  # fmt: skip
YES: dict[str, dict[str, Any]] = {
    "taobao.rp.refunds.agree": {"msg_code": "OP_SUCC"},
    "pdd.refund.agree": {"result": {"succ": True}},
    "jingdong.asc.query.view": {"result": {"sysVersion": 7, "applyDetailId": 31}},
}


def case_of(platform: str, status: str, kind: RefundKind, **more: Any) -> Refund:
    words = find(platform).spec.words
    swaps = platform == "taobao" and status.isdecimal()
    table = words["exchange_status"] if swaps else words["service_status"] if platform == "jd" and len(status) > 2 else next(
        words[name] for name in ("refund_status", "after_sales_status") if name in words and (
            platform != "pinduoduo" or name == "after_sales_status")
    )  # fmt: skip
    refund_id = "asc-900001" if platform == "jd" and len(status) > 2 else "ex-900001" if swaps else "900001"
    given = {
        "platform": platform, "shop_id": "s", "refund_id": refund_id, "order_id": "290000000001",
        "status": table(status), "raw_status": status, "kind": kind, "currency": "CNY", "amount": Decimal("12.34"),
        "updated_at": at(1), "raw": json.dumps(ROW[platform]).encode(),
    }  # fmt: skip
    return Refund(**{**given, **more})


class Played:
    """A connector's operations whose reads are cases that are given and whose calls are only written down."""

    def __init__(self, platform: str, *cases: Refund | OrderHubError, fails: OrderHubError | None = None) -> None:
        connector = find(platform)
        app = Credentials("k", "s", Token("t"))
        settings = {**SETTINGS[platform]}
        self.ops = connector.operations(ShopConfig.of(connector.spec, "s", app=app, settings=settings))
        self.cases, self.fails, self.calls = list(cases), fails, list[tuple[str, dict[str, Any]]]()
        self.ops.get_refund = self.read
        self.ops.call = self.call

    def read(self, refund_id: str) -> Iterator[Any]:
        found = self.cases.pop(0) if len(self.cases) > 1 else self.cases[0]
        if isinstance(found, OrderHubError):
            raise found
        return found
        yield

    def call(self, name: str, *given: Any, write: bool = False, **more: Any) -> Iterator[Any]:
        if name.startswith("custom."):
            name, given = f"suning.{name}", given[1:]
        if name == "taobao.logistics.companies.get":
            return {"logistics_companies": [{"id": 1, "code": "SF", "name": "顺丰速运"}]}
        if name == "pdd.logistics.companies.get":
            row = {"id": 44, "code": "SF", "logistics_company": "顺丰快递", "available": 1}
            return {"logistics_companies": [row]}
        if write:
            self.calls.append((name, {**given[0], **({"files": more["files"]} if more.get("files") else {})}))
            if self.fails is not None:
                raise self.fails
        return YES.get(name, {})
        yield

    def answer(self, verb: str, case: Refund, *given: Any, **named: Any) -> Outcome[None]:
        operation = getattr(self.ops, verb)(case, *(given or ARGUMENTS[verb]), **named)
        try:
            step = next(operation)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        raise AssertionError(f"nobody answers {step}")


def test_the_tables_say_what_the_pages_say() -> None:
    for platform, facts in FACTS.items():
        steps: CaseSteps = __import__(f"orderhub.connectors.{platform}.spec", fromlist=["x"]).CASE_STEPS
        told = {
            verb: CaseStep(
                {
                    status: frozenset(RefundKind) if kinds == ["*"] else frozenset(map(RefundKind, kinds))
                    for status, kinds in row["open"].items()
                },
                frozenset(row["done"]),
            )
            for verb, row in facts["answers"].items()
        }
        assert dict(steps) == told, platform
        known = set(STATUSES[platform])
        for verb, step in steps.items():
            assert set(step.open) | step.done <= known, (platform, verb)
            assert not set(step.open) & step.done, (platform, verb)


_CALLS = ("call", "call_of_services", "call_of_goods", "call_of_exchanges")
PAIRS = [(platform, verb) for platform, facts in FACTS.items() for verb in facts["answers"]]


@pytest.mark.parametrize(("platform", "verb"), PAIRS)
def test_every_status_and_kind_is_sent_done_or_refused(platform: str, verb: str) -> None:
    facts = FACTS[platform]["answers"]
    for status in [*STATUSES[platform], "NEVER-SEEN"]:
        for kind in RefundKind:
            case = case_of(platform, status, kind)
            played = Played(platform, case)
            named = {"sms_code": "123456"} if verb == "agree_refund" else {}
            outcome = played.answer(verb, case, **named)
            kinds = facts[verb]["open"].get(status, [])
            if status in facts[verb]["done"]:
                assert (outcome.ok, outcome.reason, played.calls) == (True, "already_done", [])
            elif kinds == ["*"] or kind.value in kinds:
                assert outcome.ok, (status, kind, outcome)
                [(name, _)] = played.calls
                assert name in [facts[verb].get(key) for key in _CALLS]
            else:
                assert not outcome.ok and not played.calls and isinstance(outcome.error, Conflict)
                assert outcome.reason == ("unknown_status" if status == "NEVER-SEEN" else "wrong_state")
                told = str(outcome.error)
                allowed = [other for other, row in facts.items() if other != verb
                           and (row["open"].get(status, []) == ["*"] or kind.value in row["open"].get(status, []))]  # fmt: skip
                assert all(word in told for word in (verb, case.key, status, kind.value, *(allowed or ["nothing"])))


@pytest.mark.parametrize(("platform", "verb"), PAIRS)
def test_a_lost_reply_is_settled_by_reading_and_never_sent_again(platform: str, verb: str) -> None:
    facts = FACTS[platform]["answers"][verb]
    status, kinds = next(iter(facts["open"].items()))
    kind = RefundKind.RETURN_AND_REFUND if kinds == ["*"] else RefundKind(kinds[0])
    asked, named = case_of(platform, status, kind), {"sms_code": "1"} if verb == "agree_refund" else {}
    lost = OutcomeUnknown("lost")
    for done in facts["done"]:
        if platform == "jd" and (len(done) > 2) != (len(status) > 2):
            continue
        if platform == "taobao" and done.isdecimal() != status.isdecimal():
            continue
        played = Played(platform, asked, case_of(platform, done, kind), fails=lost)
        outcome = played.answer(verb, asked, **named)
        assert (outcome.ok, outcome.reason, len(played.calls)) == (True, "already_done", 1)
    for after in (asked, ConnectFailed("down")):
        played = Played(platform, asked, after, fails=lost)
        outcome = played.answer(verb, asked, **named)
        assert (outcome.ok, outcome.error, len(played.calls)) == (False, lost, 1)
    refused = RequestRejected("no", platform=platform, code="1")
    outcome = Played(platform, asked, fails=refused).answer(verb, asked, **named)
    assert (outcome.ok, outcome.error) == (False, refused)


@pytest.mark.parametrize("platform", FACTS)
def test_money_is_only_paid_as_it_was_seen(platform: str) -> None:
    status, kinds = next(iter(FACTS[platform]["answers"]["agree_refund"]["open"].items()))
    seen = case_of(platform, status, RefundKind.REFUND_ONLY if kinds == ["*"] else RefundKind(kinds[0]))
    played = Played(platform, seen.model_copy(update={"amount": Decimal("99.00")}))
    outcome = played.answer("agree_refund", seen, sms_code="1")
    assert (outcome.ok, outcome.reason, played.calls) == (False, "case_changed", [])


def sent(platform: str, verb: str, status: str, kind: RefundKind, *given: Any, **named: Any) -> dict[str, Any]:
    case = case_of(platform, status, kind)
    played = Played(platform, case)
    outcome = played.answer(verb, case, *given, **named)
    assert outcome.ok, outcome
    return played.calls[0][1]


def test_what_taobao_is_told() -> None:
    money, goods = RefundKind.REFUND_ONLY, RefundKind.RETURN_AND_REFUND
    assert sent("taobao", "agree_refund", "WAIT_SELLER_AGREE", money, sms_code="77") == {
        "refund_infos": "900001|1234|1700000000|aftersale", "code": "77",
    }  # fmt: skip
    proof = Refusal(text="不同意", code="5", evidence=(b"\xff\xd8picture",))
    told = sent("taobao", "refuse_refund", "WAIT_SELLER_AGREE", money, proof)
    assert told == {
        "refund_id": "900001", "refuse_reason_id": "5", "refund_phase": "aftersale", "refund_version": "1700000000",
        "refuse_message": "不同意", "files": {"refuse_proof": b"\xff\xd8picture"},
    }  # fmt: skip
    told = sent("taobao", "agree_return", "WAIT_SELLER_AGREE", goods, HOME, remark="好")
    assert told == {
        "refund_id": "900001", "seller_address_id": "70", "refund_phase": "aftersale", "refund_version": "1700000000",
        "remark": "好", "post_fee_bear_role": None, "name": "仓库", "mobile": "02155550100", "post": "200000",
        "address": "上海市 上海市 浦东新区 仓储路1号",
    }  # fmt: skip
    swap = RefundKind.EXCHANGE
    told = sent("taobao", "ship_exchange", "12", swap)
    assert (told["dispute_id"], told["logistics_no"], told["logistics_type"]) == ("900001", "SF100", 200)
    assert told["logistics_company_name"] == "顺丰速运"
    told = sent("taobao", "agree_return", "1", swap, HOME, remark="请寄回")
    assert told == {
        "dispute_id": "900001", "address_id": "70", "post": "200000", "mobile": "02155550100",
        "complete_address": "上海市 上海市 浦东新区 仓储路1号", "leave_message": "请寄回", "fields": "dispute_id,status",
    }  # fmt: skip
    assert sent("taobao", "confirm_return", "3", swap) == {"dispute_id": "900001", "fields": "dispute_id,status"}
    told = sent("taobao", "refuse_return", "3", swap, proof)
    assert told == {
        "dispute_id": "900001", "seller_refuse_reason_id": "5", "leave_message": "不同意",
        "files": {"leave_message_pics": b"\xff\xd8picture"},
    }  # fmt: skip
    assert sent("taobao", "refuse_refund", "1", swap)["fields"] == "dispute_id,status"


@pytest.mark.parametrize("bad", [Refusal(text="不"), Refusal(text="不" * 201), Refusal(text="不同", evidence=(b"x" * 130_001,)),
                                 Refusal(text="不同", evidence=(b"1", b"2"))])  # fmt: skip
def test_what_taobao_would_not_take_is_not_sent(bad: Refusal) -> None:
    case = case_of("taobao", "WAIT_SELLER_AGREE", RefundKind.REFUND_ONLY)
    played = Played("taobao", case)
    outcome = played.answer("refuse_refund", case, bad)
    assert isinstance(outcome.error, InvalidParameter) and not played.calls


@pytest.mark.parametrize("word", ["OP_FAILURE_UE", "SOME_OP_SUCC", "NEVER_SEEN", ""])
def test_any_word_of_taobao_but_one_is_a_no(word: str) -> None:
    case = case_of("taobao", "WAIT_SELLER_AGREE", RefundKind.REFUND_ONLY)
    played = Played("taobao", case)
    YES["taobao.rp.refunds.agree"] = {"msg_code": word, "message": "请输入验证码"}
    try:
        outcome = played.answer("agree_refund", case)
    finally:
        YES["taobao.rp.refunds.agree"] = {"msg_code": "OP_SUCC"}
    assert not outcome.ok and "sms_code" in str(outcome.error)


def test_an_upload_to_taobao_is_signed_without_its_file() -> None:
    from orderhub.connectors.taobao import wire

    config = ShopConfig.of(find("taobao").spec, "s", app=Credentials("k", "s", Token("t")))
    picture = b"\xff\xd8\r\n--x"
    sent = {"refund_id": "1", "refuse_message": "不同意"}
    plain, upload = (
        wire.request(config, "taobao.refund.refuse", sent, config.app, at(1), files)
        for files in (None, {"refuse_proof": picture})
    )
    signed = dict(parse_qsl(plain.body.decode(), keep_blank_values=True))
    parts = parts_of(upload)
    assert {name: value.decode() for name, value in parts.items() if name != "refuse_proof"} == signed
    assert parts["refuse_proof"] == picture


def parts_of(request: Request) -> dict[str, bytes]:
    """An upload as the standard library reads it."""
    from email.parser import BytesParser

    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    found: dict[str, bytes] = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        found[str(name)] = part.get_payload(decode=True)  # type: ignore[union-attr,assignment]
    return found


def test_what_jd_is_told() -> None:
    told = sent("jd", "agree_refund", "0", RefundKind.REFUND_ONLY)
    assert told == {"status": 1, "id": 900001, "checkUserName": "orderhub", "remark": "同意"}
    told = sent("jd", "refuse_refund", "0", RefundKind.REFUND_ONLY)
    assert told == {"status": 2, "id": 900001, "checkUserName": "orderhub", "remark": "已经发货", "rejectType": 2}
    told = sent("jd", "agree_return", "10000", RefundKind.EXCHANGE)
    assert told == {
        "buId": "100001", "operatePin": "orderhub", "operateNick": "orderhub", "serviceId": 900001,
        "orderId": 290000000001, "sysVersion": "7", "applyDetailIdList": ["31"], "approveNotes": "同意",
        "approveReasonCid1": None, "returnProvince": 2, "returnZipcode": "200000",
    }  # fmt: skip
    told = sent("jd", "refuse_refund", "10001", RefundKind.EXCHANGE, Refusal(text="no", code="3/4"))
    assert (told["approveReasonCid1"], told["approveReasonCid2"], told["sysVersion"]) == ("3", "4", "7")


def test_jd_wants_a_documented_type_and_a_known_place() -> None:
    case = case_of("jd", "0", RefundKind.REFUND_ONLY)
    for code in (None, "6"):
        played = Played("jd", case)
        outcome = played.answer("refuse_refund", case, Refusal(text="no", code=code))
        assert isinstance(outcome.error, InvalidParameter) and not played.calls
    asked = case_of("jd", "10000", RefundKind.RETURN_AND_REFUND)
    played = Played("jd", asked)
    outcome = played.answer("agree_return", asked, ReturnAddress(address_id="elsewhere"))
    assert isinstance(outcome.error, InvalidParameter) and not played.calls
    [*reasons] = list_of(played.ops.refuse_reasons(case))
    assert {row.code: row.text for row in reasons} == FACTS["jd"]["reject_types"]
    YES["jingdong.asc.audit.reason.list"] = {"result": {"data": [{"reasonId": 3, "reasonName": "旧了", "children": [
        {"reasonId": 31, "reasonName": "磨损"}]}]}}  # fmt: skip
    assert [row.code for row in list_of(played.ops.refuse_reasons(asked))] == ["3", "31"]


def list_of(operation: Any) -> list[Any]:
    try:
        next(operation)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("a step that nobody answers")


def test_what_pinduoduo_is_told() -> None:
    case = {"order_sn": "290000000001", "after_sales_id": 900001}
    assert sent("pinduoduo", "agree_refund", "2", RefundKind.REFUND_ONLY) == {
        "request": {**case, "operate_desc": "同意"}
    }
    told = sent("pinduoduo", "agree_return", "3", RefundKind.RETURN_AND_REFUND, HOME, remark="请寄回")
    assert told == {"request": {**case, "return_address_id": "70", "operate_desc": "请寄回"}}
    told = sent("pinduoduo", "ship_exchange", "14", RefundKind.EXCHANGE)
    assert told == {"request": {**case, "shipping_id": 44, "shipping_name": "顺丰快递", "tracking_number": "SF100"}}


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([{"refund_address_id": 1}], "1"), ([{"refund_address_id": 1}, {"refund_address_id": 2, "is_default": "1"}], "2"),
        ([{"refund_address_id": 1}, {"refund_address_id": 2}], None), ([], None),
    ],
)  # fmt: skip
def test_pinduoduo_takes_the_default_address_or_asks(rows: list[dict[str, Any]], chosen: str | None) -> None:
    case = case_of("pinduoduo", "3", RefundKind.RETURN_AND_REFUND)
    played = Played("pinduoduo", case)
    YES["pdd.refund.address.list.get"] = {"refund_address_list": rows}
    outcome = played.answer("agree_return", case, None)
    if chosen is None:
        assert isinstance(outcome.error, InvalidParameter) and not played.calls
    else:
        assert outcome.ok and played.calls[0][1]["request"]["return_address_id"] == chosen


def test_a_no_inside_pinduoduos_success_is_a_no() -> None:
    case = case_of("pinduoduo", "2", RefundKind.REFUND_ONLY)
    for inside in ({"result": {"succ": False, "message": "余额不足"}}, {"result": {}}, {}):
        YES["pdd.refund.agree"] = inside
        try:
            outcome = Played("pinduoduo", case).answer("agree_refund", case)
        finally:
            YES["pdd.refund.agree"] = {"result": {"succ": True}}
        assert not outcome.ok


def test_what_suning_is_told() -> None:
    detail = {"productCode": "10668910001", "orderLineNumber": LINE["suning"]}
    unknown = RefundKind.UNKNOWN
    assert sent("suning", "agree_refund", "1", unknown, sms_code="77") == {
        "childAccountName": "staff", "code": "77", "orderItemId": LINE["suning"], "returnMoney": "12.34",
        "applyTime": "2026-03-01 12:00:00", "returnType": "2",
    }  # fmt: skip
    no = [{**detail, "state": "C051", "reason": "已经发货"}]
    head = {"orderCode": "290000000001"}
    assert sent("suning", "refuse_refund", "1", unknown) == {"refundHead": head, "refundDetail": no}
    assert sent("suning", "refuse_refund", "C030", unknown) == {"rejectedHead": head, "rejectedDetail": no}
    assert sent("suning", "refuse_return", "C060", unknown) == {"refundHead": head, "refundDetail": no}
    assert sent("suning", "agree_return", "C030", unknown) == {
        "rejectedHead": {**head, "address": "70", "name": "仓库", "telephone": "02155550100", "postalCode": "200000"},
        "rejectedDetail": [{**detail, "state": "C040", "reason": None}],
    }


@pytest.mark.parametrize(
    ("platform", "verb"), [("jd", "refuse_refund"), ("suning", "refuse_refund"), ("suning", "refuse_return")]
)
def test_pictures_are_sent_or_refused_and_never_left_out(platform: str, verb: str) -> None:
    status, kinds = next(iter(FACTS[platform]["answers"][verb]["open"].items()))
    case = case_of(platform, status, RefundKind.REFUND_ONLY)
    played = Played(platform, case)
    outcome = played.answer(verb, case, NO.model_copy(update={"evidence": (b"1",)}))
    assert kinds == ["*"] and isinstance(outcome.error, InvalidParameter) and not played.calls


def test_suning_sends_a_code_first() -> None:
    case = case_of("suning", "1", RefundKind.REFUND_ONLY)
    played = Played("suning", case)
    outcome = played.answer("agree_refund", case)
    assert (outcome.ok, outcome.reason, played.calls) == (False, "permission_denied", [])
    assert outcome.error is not None and outcome.error.code == "sms_code"


def test_answers_are_absent_with_a_reason_or_present() -> None:
    answers = [verb for verb in CHANNEL_VERBS if verb in ARGUMENTS or verb == "confirm_return"]
    for platform in ("taobao", "jd", "pinduoduo", "suning", "amazon"):
        capabilities = find(platform).capabilities(CHANNEL_VERBS)
        for verb in answers:
            there = verb in FACTS.get(platform, {}).get("answers", {})
            assert capabilities[verb].available is there, (platform, verb)
            assert there or verb in find(platform).spec.absent, (platform, verb)


def test_invoice_words_are_those_of_the_pages() -> None:
    for platform in ("taobao", "jd"):
        spec = __import__(f"orderhub.connectors.{platform}.spec", fromlist=["x"])
        assert (
            platform != "taobao"
            or {raw: word.value for raw, word in spec.EXCHANGE_STATUS.words.items()}
            == (FACTS["taobao"]["exchange_status"])
        )
        assert {raw: word.value for raw, word in spec.INVOICE_STATUS.words.items()} == FACTS[platform]["invoice_status"]
        assert dict(spec.INVOICE_KINDS) == FACTS[platform]["invoice_kind"]


TAOBAO_APPLY = {
    "platform_tid": "1", "status": 1, "invoice_kind": 4, "payer_name": "云杉公司", "payer_register_no": "91310000X",
    "invoice_amount": "12.34", "gmt_create": "2026-03-01 12:00:00", "business_type": 1,
}  # fmt: skip
JD_APPLY = {
    "applyId": 5, "invoiceTitleType": 5, "invoiceTitle": "云杉公司", "consumerTaxId": "91310000X", "invoiceType": 4,
    "invoiceStatus": 9, "shouldInvoiceAmount": "12.34", "applyTime": "2026-03-01 12:00:00",
}  # fmt: skip


def requests_of(platform: str, reply: dict[str, Any], **settings: Any) -> list[Any]:
    SETTINGS[platform], before = {**SETTINGS[platform], **settings}, SETTINGS[platform]
    try:
        played = Played(platform, case_of(platform, STATUSES[platform][0], RefundKind.REFUND_ONLY))
    finally:
        SETTINGS[platform] = before
    api = {"taobao": "alibaba.einvoice.apply.get", "jd": "jingdong.pop.cinvoice.apply.order"}[platform]
    YES[api] = reply
    return list_of(played.ops.list_invoice_requests("1"))


def test_invoice_requests_are_read_and_amounts_only_where_their_unit_is_told() -> None:
    [one] = requests_of("taobao", {"apply_list": {"apply": [TAOBAO_APPLY]}})
    assert (one.status.value, one.invoice.kind, one.invoice.title, one.invoice.tax_no) == (
        "requested", "digital", "云杉公司", "91310000X",
    )  # fmt: skip
    assert one.invoice.wanted and one.invoice.amount is None and one.extra["invoice_amount"] == "12.34"
    assert one.extra["business_type"] == 1 and "云杉" not in repr(one)
    [one] = requests_of("taobao", {"apply_list": [TAOBAO_APPLY]}, invoice_unit="yuan")
    assert one.invoice.amount == Decimal("12.34")
    [one] = requests_of("jd", {"response": {"data": JD_APPLY}}, invoice_unit="yuan")
    assert (one.status.value, one.invoice.kind, one.invoice.amount, one.order_id, one.request_id) == (
        "refused", "vat_special", Decimal("12.34"), "1", "5",
    )  # fmt: skip
    for platform, none in (("taobao", {}), ("jd", {"response": {}})):
        assert requests_of(platform, none) == []
    [odd] = requests_of("jd", {"response": {"data": {**JD_APPLY, "invoiceStatus": 99}}})
    assert (odd.status.value, odd.raw_status) == ("unknown", "99")


def test_evidence_is_never_shown() -> None:
    assert "picture" not in repr(Refusal(text="x", evidence=(b"picture",)))
