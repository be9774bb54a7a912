"""What goes over Suning's wire and what comes back: bytes, headers, envelope, tokens, frames of the message channel."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import orderhub
from orderhub import errors
from orderhub.connectors.suning import CONNECTOR, wire
from orderhub.connectors.suning.push import acknowledgement, push_address
from orderhub.flow.message import Reply, Request
from orderhub.kit.spec import ShopConfig
from orderhub.models import Credentials, Token

AT = datetime(2026, 3, 1, 2, 0, 0, 999_000, tzinfo=UTC)
APP = Credentials("key", "secret", Token("the-token", "the-refresh"))


def config(**settings: Any) -> ShopConfig:
    return ShopConfig.of(CONNECTOR.spec, "s", app=APP, settings=settings)


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(status, {"content-type": "application/json"} | headers, body)


def test_every_scalar_is_text_and_the_signed_bytes_are_the_sent_ones() -> None:
    parameters = {"a": 1, "b": AT, "c": ["x", 2], "d": {"e": Decimal("1.50")}, "f": None, "名": "值"}
    sent = wire.request(config(), "suning.custom.x.get", "x", parameters, APP, AT)
    expected = (
        '{"sn_request":{"sn_body":{"x":{"a":"1","b":"2026-03-01 10:00:00","c":["x","2"],"d":{"e":"1.50"},"名":"值"}}}}'
    )
    assert sent.body == expected.encode()
    text = b"secret" + b"suning.custom.x.get" + b"2026-03-01 10:00:00" + b"key" + b"v1.2" + b64encode(sent.body)
    assert sent.headers["signInfo"] == hashlib.md5(text).hexdigest()
    assert sent.headers["access_token"] == "the-token"
    assert (sent.method, sent.url) == ("POST", "https://open.suning.com/api/http/sopRequest")


@pytest.mark.parametrize("bad", [True, 1.5])
def test_what_this_wire_has_no_form_for_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError):
        wire.body_of("x", {"a": bad})


def test_a_shop_without_token_sends_none_and_the_path_may_name_the_method() -> None:
    sent = wire.request(config(method_in_path=True), "suning.custom.x.get", "x", {}, Credentials("key", "secret"), AT)
    assert "access_token" not in sent.headers
    assert sent.url.endswith("/api/http/sopRequest/suning.custom.x.get")
    signed = wire.request(config(), "suning.custom.x.get", "x", {}, APP, AT).headers["signInfo"]
    assert sent.headers["signInfo"] == signed


def test_the_version_is_part_of_the_signature() -> None:
    one, two = (wire.request(config(version=v), "m", "x", {}, APP, AT).headers for v in ("v1.2", "v1.3"))
    assert one["VersionNo"] != two["VersionNo"] and one["signInfo"] != two["signInfo"]


def test_a_request_shows_no_secret() -> None:
    sent = wire.request(config(), "suning.custom.x.get", "x", {"mobNum": "13800000001"}, APP, AT)
    assert not any(word in repr(sent) for word in ("the-token", "secret", "13800000001"))


def open_(document: Any, status: int = 200, **headers: str) -> wire.Answer:
    return wire.open_envelope(reply(document, status, **headers), config())


def test_a_success_is_opened_whatever_its_business_name() -> None:
    told = open_({"sn_responseContent": {"sn_head": {"totalSize": 2}, "sn_body": {"rejects": [{"a": 1}, {"a": 2}]}}})
    assert told.rows("batchQueryRejected") == [{"a": 1}, {"a": 2}]
    assert told.head["totalSize"] == 2
    lone = open_({"sn_responseContent": {"sn_body": {"orderGet": {"orderCode": "1", "x": "y"}}}})
    assert lone.rows("orderGet") == [{"orderCode": "1", "x": "y"}]
    assert open_({"sn_responseContent": {"sn_head": {}, "sn_body": ""}}).rows("orderGet") == []


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"sn_responseContent": 1},
        {"sn_responseContent": {"sn_body": [1]}},
        b"<x/>",
        b"",
        b'{"sn_respo',
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_what_is_no_reply_is_a_named_error(document: Any) -> None:
    with pytest.raises(errors.DecodeError):
        open_(document)


def test_the_http_layer_speaks_too() -> None:
    with pytest.raises(errors.RateLimited) as caught:
        open_(b"slow down", 429, **{"retry-after": "7"})
    assert caught.value.retry_after_s == 7.0
    with pytest.raises(errors.PlatformUnavailable):
        open_(b"oops", 503)
    with pytest.raises(errors.DecodeError, match="HTML page") as page:
        open_(b"<html>login</html>")
    assert page.value.retryable


def test_codes_that_nobody_documented_are_settings() -> None:
    content = {"sn_responseContent": {"sn_error": {"error_code": "sys.check.flow:limit"}}}
    assert type(caught_by(content, config())) is errors.RequestRejected
    limited = caught_by(content, config(limit_codes=("sys.check.flow",)))
    assert isinstance(limited, errors.RateLimited) and limited.retry_after_s == 1.0
    assert isinstance(caught_by(content, config(signature_codes="sys.check.flow")), errors.SignatureRejected)
    assert isinstance(caught_by(content, config(signature_codes=())), errors.RequestRejected)


def caught_by(content: Any, shop: ShopConfig) -> errors.PlatformError:
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(reply(content), shop)
    return caught.value


@pytest.mark.parametrize(
    "body", [{"x": {"result": "Y"}}, {"x": {}}, {"x": {"result": ""}}, {}, {"other": {"result": "Y"}}]
)
def test_an_acknowledged_write(body: Any) -> None:
    answer = wire.Answer({}, body)
    assert wire.confirmed(answer, "x") is answer


@pytest.mark.parametrize(
    "body", [{"x": {"result": "N"}}, {"x": [{"result": "Y"}, {"result": "N"}]}, {"x": {"result": "no"}}]
)
def test_a_write_that_was_not_done_says_so(body: Any) -> None:
    with pytest.raises(errors.RequestRejected):
        wire.confirmed(wire.Answer({}, body), "x")


class Canned:
    """A transport that answers in turn and keeps what it was sent."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies, self.sent = list(replies), list[Request]()

    def send(self, request: Request) -> Reply:
        self.sent.append(request)
        found = self.replies.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """Nothing is open."""


class Still:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return AT

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def connect(*replies: Reply | Exception, **given: Any) -> tuple[Any, Canned]:
    canned = Canned(*replies)
    entry = {"app_key": "key", "app_secret": "secret", "access_token": "the-token", "refresh_token": "the-refresh",
             "shop_id": "s", "base_url": "http://127.0.0.1:1"} | given  # fmt: skip
    return orderhub.connect("suning", **entry, transport=canned, clock=Still()), canned


TOKENS = {"access_token": "new-token", "refresh_token": "new-refresh", "expires_in": "3600", "token_type": "Bearer",
          "vendorCode": "v", "suning_user_name": "u", "custnum": "", "module": "m"}  # fmt: skip
NOTED = {"sn_responseContent": {"sn_head": {}, "sn_body": {"orderNote": {"result": "Y"}}}}


def failure(code: str) -> Reply:
    return reply({"sn_responseContent": {"sn_head": {}, "sn_error": {"error_code": code}}})


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


@pytest.mark.parametrize("code", ["sys.oauth.check.access_token:overdue", "sys.oauth.check.access_token:inexistence"])
def test_a_lapsed_token_is_refreshed_once(code: str) -> None:
    shop, canned = connect(failure(code), reply(TOKENS), reply(NOTED), redirect_uri="https://shop.example/back")
    assert shop.set_memo("1", "note").ok
    assert canned.sent[1].url == "http://127.0.0.1:1/api/oauth/token"
    assert form(canned.sent[1]) == {"grant_type": "refresh_token", "refresh_token": "the-refresh", "client_id": "key",
                                    "client_secret": "secret", "redirect_uri": "https://shop.example/back"}  # fmt: skip
    assert canned.sent[2].headers["access_token"] == "new-token"
    assert canned.sent[2].body == canned.sent[0].body


def test_a_shop_without_tokens_is_told_what_to_do() -> None:
    shop, _ = connect(failure("sys.oauth.check.access_token:overdue"), access_token=None, refresh_token=None)
    outcome = shop.set_memo("1", "note")
    assert outcome.reason == "token_expired" and "authorize_url" in str(outcome.error)


def test_a_skewed_clock_is_learnt_from_the_date() -> None:
    late = failure("sys.check.request-apprequesttime:error")
    late = Reply(late.status, {**late.headers, "date": "Sun, 01 Mar 2026 02:15:00 GMT"}, late.body)
    shop, canned = connect(late, reply(NOTED))
    assert shop.set_memo("1", "note").ok
    assert canned.sent[1].headers["AppRequestTime"] == "2026-03-01 10:15:00"


def test_the_authorisation_page_and_the_code() -> None:
    shop, canned = connect(reply(TOKENS), item_code="77")
    told = urlsplit(shop.authorize_url("https://shop.example/back", "state-1"))
    assert f"{told.scheme}://{told.netloc}{told.path}" == "https://open.suning.com/api/oauth/authorize"
    assert {name: value[0] for name, value in parse_qs(told.query).items()} == {
        "response_type": "code", "client_id": "key", "redirect_uri": "https://shop.example/back", "state": "state-1",
        "itemcode": "77",
    }  # fmt: skip
    until = shop.exchange_code("code-1", "https://shop.example/back")
    assert (until - AT).total_seconds() == 3600
    assert form(canned.sent[0])["grant_type"] == "authorization_code"
    assert form(canned.sent[0])["code"] == "code-1"
    token = shop.world.services.box.current.token
    assert (token.access_token, token.refresh_token) == ("new-token", "new-refresh")
    assert token.account == {"vendorCode": "v", "suning_user_name": "u", "module": "m"}


@pytest.mark.parametrize(
    "refusal",
    [{"error": "invalid_grant", "error_description": "used"}, {"error_code": "x.y:z", "error_msg": "used"},
     {"sn_responseContent": {"sn_error": {"error_code": "biz.oauth.code:used", "error_msg": "used"}}}],
    ids=str,
)  # fmt: skip
def test_a_refused_code_is_an_auth_error(refusal: Any) -> None:
    shop, _ = connect(reply(refusal, 400))
    with pytest.raises(errors.AuthError, match="used") as caught:
        shop.exchange_code("code-1")
    assert caught.value.platform == "suning" and caught.value.operation == "token"


def test_a_token_endpoint_that_answers_nonsense() -> None:
    shop, _ = connect(reply({"hello": 1}))
    with pytest.raises(errors.OutcomeUnknown):  # a code works once: whether it was used is not known
        shop.exchange_code("code-1")


FRAME = {"messageId": "m-1", "source": "s", "topic": "suning_order_virtual_resend", "user": "u-1", "appKey": "key",
         "appId": "a", "createTime": 1772330400000, "msg": '{"orderItemCode":"006","supplierCode":"7"}',
         "sendTime": "2026-03-01 10:00:00", "recevieTime": None, "messageType": "FROM"}  # fmt: skip


def decoded(frame: Any) -> list[Any]:
    shop, _ = connect()
    return shop.decode_message({}, json.dumps(frame, ensure_ascii=False).encode())  # type: ignore[no-any-return]


def test_a_data_frame_is_a_message() -> None:
    (message,) = decoded(FRAME)
    assert (message.message_id, message.topic, message.shop_hint) == ("m-1", "suning_order_virtual_resend", "u-1")
    assert (message.order_ids, message.sent_at) == ((), datetime(2026, 3, 1, 2, tzinfo=UTC))
    (named,) = decoded(FRAME | {"msg": [{"orderCode": 37}, {"orderCode": "37"}], "sendTime": None})
    assert (named.order_ids, named.sent_at) == (("37",), datetime(2026, 3, 1, 2, tzinfo=UTC))
    (undated,) = decoded(FRAME | {"sendTime": "yesterday"})
    assert undated.sent_at is None


def test_greetings_and_echoes_are_no_messages() -> None:
    assert decoded({"messageType": "AUTHACK", "msg": "OK"}) == []
    assert decoded(FRAME | {"messageType": "ACK"}) == []


def test_frames_that_are_refused() -> None:
    with pytest.raises(errors.AuthError):
        decoded({"messageType": "AUTHACK", "msg": "sign error"})
    with pytest.raises(errors.SecurityError):
        decoded(FRAME | {"appKey": "another"})
    for broken in ({}, [], FRAME | {"messageType": "NEW"}, FRAME | {"messageId": ""}, FRAME | {"topic": None}):
        with pytest.raises(errors.DecodeError):
            decoded(broken)


def test_what_is_sent_back_and_where_the_channel_opens() -> None:
    answer = json.loads(acknowledgement(json.dumps(FRAME).encode()))
    assert answer == FRAME | {"messageType": "ACK"} | dict.fromkeys(
        ("appId", "createTime", "recevieTime", "sendTime", "source", "msg")
    )
    told = push_address(config(push_url="wss://push.example/ws"), datetime(2026, 3, 1, 2, tzinfo=UTC), "10.0.0.1")
    assert {name: value[0] for name, value in parse_qs(urlsplit(told).query).items()} == {
        "appKey": "key", "timestamp": "1772330400000", "version": "1.0", "clientIp": "10.0.0.1", "clientType": "python",
        "sign": hashlib.md5(b"keysecret1.0python1772330400000").hexdigest(),
    }  # fmt: skip
    with pytest.raises(errors.ConfigurationError):
        push_address(config(), AT, "10.0.0.1")
    with pytest.raises(errors.DecodeError):
        acknowledgement(b"{}")


def test_topics_are_permitted_one_by_one() -> None:
    shop, canned = connect(*[reply({"sn_responseContent": {"sn_body": {"permitUser": {"result": "Y"}}}})] * 2)
    shop.permit_messages(["one", "two"])
    assert [json.loads(sent.body)["sn_request"]["sn_body"] for sent in canned.sent] == [
        {"permitUser": {"topicName": "one"}}, {"permitUser": {"topicName": "two"}},
    ]  # fmt: skip
    with pytest.raises(errors.InvalidParameter):
        shop.permit_messages()
