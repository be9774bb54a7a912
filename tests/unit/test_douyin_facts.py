"""The connector's tables against facts typed from docs/platforms/douyin.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orderhub import errors
from orderhub.connectors.douyin import CONNECTOR, spec, wire
from orderhub.flow.message import Reply
from orderhub.models import Credentials, Token

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "douyin.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
SIGN = FACTS["signature"]

KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "token": (errors.TokenExpired, False),
    "auth": (errors.AuthError, False),
    "permission": (errors.PermissionDenied, False),
    "signature": (errors.SignatureRejected, False),
    "clock": (errors.ClockSkewed, False),
    "parameter": (errors.InvalidParameter, False),
    "conflict": (errors.Conflict, False),
    "permanent": (errors.RequestRejected, False),
    "limited": (errors.RateLimited, True),
    "unavailable": (errors.PlatformUnavailable, True),
    "platform": (errors.PlatformError, False),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_statuses_mean_what_the_page_says() -> None:
    facts = FACTS["order_status"]
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in facts.items()}
    held = {raw: row["holds"] for raw, row in facts.items() if row["holds"]}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == held


def test_words_of_children_and_cases() -> None:
    facts = FACTS["child_case"]
    assert words(spec.AFTERSALE) == {raw: row["word"] for raw, row in facts.items()}
    assert {raw for raw, row in facts.items() if row["stops"]} == spec.AFTERSALE_OPEN
    assert words(spec.REFUND_STATUSES) == FACTS["refund_status"]
    assert words(spec.REFUND_KIND) == FACTS["refund_kind"]


def test_numbers_that_carry_no_word() -> None:
    facts = FACTS["child_numbers"]
    assert set(facts["after_sale_type"]) == spec.AFTERSALE_TYPES
    assert set(facts["refund_status"]) == spec.REFUND_STATUS
    assert set(facts["pay_type"]) == spec.PAY_TYPES
    assert facts["cash_on_delivery"] == spec.COD
    assert set(facts["money_back_types"]) == spec.MONEY_BACK
    assert dict(spec.TRADE_TYPES) == FACTS["trade_type"]
    assert {raw: str(hold or "") for raw, hold in spec.ORDER_TYPES.items()} == FACTS["order_type"]
    assert dict(spec.WAREHOUSES) == FACTS["warehouse_type"]
    assert dict(spec.EXPRESS) == FACTS["express"]
    assert {str(raw): colour for raw, colour in spec.STARS.items()} == FACTS["stars"]
    assert dict(spec.TAGS) == FACTS["tags"]
    assert dict(spec.DATA_TYPES) == FACTS["data_type"]


def the_error(code: int, sub_code: str = "", *, older: bool = False) -> errors.PlatformError:
    body: dict[str, Any] = {
        "code": code,
        "msg": "text",
        "sub_code": sub_code,
        "sub_msg": "",
        "log_id": "L1",
        "data": None,
    }
    if older:
        body = {"err_no": code, "message": "text", "log_id": "L1"}
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(Reply(200, {"content-type": "application/json"}, json.dumps(body).encode()))
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
@pytest.mark.parametrize("older", [False, True])
def test_every_code_behaves_as_the_page_says(code: str, kind: str, older: bool) -> None:
    error, (wanted, retryable) = the_error(int(code), older=older), KINDS[kind]
    assert type(error) is wanted
    assert (error.code, error.message, error.request_id, error.platform) == (code, "text", "L1", "douyin")
    assert error.retryable is retryable


@pytest.mark.parametrize(("sub_code", "kind"), (FACTS["sub_errors"] | FACTS["error_families"]).items())
def test_every_sub_code_behaves_as_the_page_says(sub_code: str, kind: str) -> None:
    error = the_error(40003, sub_code) if kind != "unavailable" else the_error(20000, sub_code)
    if sub_code.startswith("dop.token-generate-failed:other"):
        error = spec.ERRORS.error("unlisted", sub_code, "text")
    assert type(error) is KINDS[kind][0]
    assert error.sub_code == sub_code
    assert error.retryable is KINDS[kind][1]


def test_no_code_is_in_the_tables_that_the_page_does_not_list() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert set(spec.ERRORS.sub_exact) == set(FACTS["sub_errors"])


def test_limits_and_addresses() -> None:
    facts, orders = FACTS["limits"], SPEC.limits["list_orders"]
    assert orders.page_size_max == SPEC.limits["list_refunds"].page_size_max == facts["page_size_max"]
    assert orders.history == timedelta(days=facts["history_days"])
    assert orders.settle_delay > timedelta(0) < orders.overlap
    assert facts["remark_max"] == spec.REMARK_MAX
    assert SPEC.limits["decrypt"].batch_max == facts["decrypt_batch"]
    addresses = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url, SPEC.authorize_url) == (
        addresses["gateway"], addresses["gateway"], addresses["authorize"])  # fmt: skip
    assert set(SPEC.hosts) == {urlsplit(addresses[name]).netloc for name in ("gateway", "sandbox")}


@pytest.mark.parametrize("row", SIGN["vectors"], ids=lambda row: row["method"])
def test_signature_vectors(row: dict[str, str]) -> None:
    assert (
        wire.sign(SIGN["app_key"], SIGN["app_secret"], row["method"], row["param_json"], SIGN["timestamp"])
        == row["sign"]
    )
    assert wire.param_json(json.loads(row["param_json"])) == row["param_json"]


def test_the_signature_of_a_push() -> None:
    push = FACTS["push"]
    assert wire.event_sign(SIGN["app_key"], SIGN["app_secret"], push["body"].encode()) == push["event_sign"]
    assert {vector.expected for vector in CONNECTOR.vectors} == {
        push["event_sign"], *(row["sign"] for row in SIGN["vectors"])}  # fmt: skip
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)


def test_one_text_is_signed_and_sent() -> None:
    at, app = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), Credentials("key", "secret", Token("access"))
    fields = {"z": None, "b": {"y": 1, "x": "<顺丰> & 礼"}, "a": at, "list": [{"d": 1, "c": 2}]}
    request = wire.request("https://host.example/", "order/searchList", fields, app, at)
    assert request.body.decode() == '{"a":1700000000,"b":{"x":"<顺丰> & 礼","y":1},"list":[{"c":2,"d":1}]}'
    parts, query = urlsplit(request.url), parse_qs(urlsplit(request.url).query)
    assert (request.method, parts.path, request.headers["content-type"]) == (
        "POST", "/order/searchList", "application/json")  # fmt: skip
    assert request.headers["x-open-no-old-err-code"] == "1"
    expected = wire.sign("key", "secret", "order.searchList", request.body.decode(), "1700000000")
    assert query == {"app_key": ["key"], "method": ["order.searchList"], "timestamp": ["1700000000"], "v": ["2"],
                     "sign_method": ["hmac-sha256"], "sign": [expected], "access_token": ["access"]}  # fmt: skip
    assert wire.request("https://host.example", "token/create", {}, app, at).body == b"{}"
    assert "access_token" not in wire.request("https://host.example", "token/create", {}, app, at).url
    with pytest.raises(TypeError, match="fractions"):
        wire.param_json({"amount": 1.5})


def test_a_call_of_the_platform_leaves_method_and_version_out() -> None:
    assert wire.spi_sign("k", "s", "{}", "1") != wire.sign("k", "s", "", "{}", "1")
    assert len(wire.spi_sign("k", "s", "{}", "1")) == 64


@pytest.mark.parametrize("body", [b"[]", b"{}", b"1", b'{"data":{}}'])
def test_what_is_no_envelope_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(errors.DecodeError, match="code"):
        wire.open_envelope(Reply(200, {"content-type": "application/json"}, body))
    with pytest.raises(errors.RateLimited):
        wire.open_envelope(Reply(429, {"retry-after": "3"}, body))
    with pytest.raises(errors.PlatformUnavailable):
        wire.open_envelope(Reply(502, {}, body))


def test_data_may_be_a_list_and_a_partial_failure_is_an_answer() -> None:
    for body, data in (({"code": 10000, "data": [1]}, [1]), ({"code": "10001", "data": {}}, {}),
                       ({"err_no": 0, "message": "success", "data": {"a": 1}}, {"a": 1})):  # fmt: skip
        assert wire.open_envelope(Reply(200, {}, json.dumps(body).encode())) == data
