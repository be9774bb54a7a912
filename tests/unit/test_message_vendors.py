"""Vendors' packages against a local server: what they send for us, and what their answers come to."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orderhub.errors import (
    ConfigurationError,
    OrderHubError,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.notify import AliyunSms, AppriseSender, Contact, Rendered, SmsTemplate, TencentSms, render
from orderhub.ports import Message

PHONE = Contact("phone", "13800138000")
BOOK = {"order_shipped": {"zh": SmsTemplate("SMS_1", "小店", {"order": "no", "waybill_no": "waybill"})}}
ALIYUN = {"Code": "OK", "Message": "OK", "BizId": "7^0", "RequestId": "R-1"}


def tencent(code: str = "Ok") -> dict[str, Any]:
    status = {"SerialNo": "5:1", "PhoneNumber": "+8613800138000", "Fee": 1, "SessionContext": "", "Code": code,
              "Message": "m", "IsoCode": "CN"}  # fmt: skip
    return {"Response": {"SendStatusSet": [status], "RequestId": "R-2"}}


class Server:
    """Answers every POST alike and keeps what came."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], str, dict[str, Any]]] = []
        self.status, self.answer = 200, dict[str, Any]()
        self.hangs_up = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                outer.asked.append((query, str(self.headers), json.loads(body) if body[:1] == b"{" else {}))
                if outer.hangs_up:
                    return
                text = json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                return

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


def rendered(locale: str = "zh") -> Rendered:
    values = {"order": "3141592653589", "carrier": "sf", "waybill_no": "SF1"}
    return render(Message("k", "sms", "x", "order_shipped", values, locale))


def aliyun_of(server: Server) -> AliyunSms:
    return AliyunSms("id", "key", BOOK, endpoint=server.place, protocol="http", timeout_s=2)


def tencent_of(server: Server) -> TencentSms:
    return TencentSms("id", "key", "1400", BOOK, endpoint=server.place, protocol="http", timeout_s=2)


def test_aliyun_is_told_masked_values_by_name(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = ALIYUN
    with caplog.at_level(logging.DEBUG):
        assert aliyun_of(server)(PHONE, rendered()) == "7^0"
    [(query, _, _)] = server.asked
    assert (query["PhoneNumbers"], query["SignName"], query["TemplateCode"]) == ("13800138000", "小店", "SMS_1")
    assert json.loads(query["TemplateParam"]) == {"no": "…653589", "waybill": "SF1"}
    assert "13800138000" not in caplog.text


def test_tencent_is_told_masked_values_by_order(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = tencent()
    with caplog.at_level(logging.DEBUG):
        assert tencent_of(server)(PHONE, rendered()) == "5:1"
    [(_, headers, body)] = server.asked
    assert "X-TC-Action: SendSms" in headers and "2021-01-11" in headers
    assert body["PhoneNumberSet"] == ["+8613800138000"] and body["TemplateParamSet"] == ["…653589", "SF1"]
    assert (body["SmsSdkAppId"], body["SignName"], body["TemplateId"]) == ("1400", "小店", "SMS_1")
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize(
    ("code", "kind"),
    [("isv.MOBILE_NUMBER_ILLEGAL", RequestRejected), ("isv.BUSINESS_LIMIT_CONTROL", RateLimited)],
)  # fmt: skip
def test_aliyun_refusals_are_named(server: Server, code: str, kind: type[OrderHubError]) -> None:
    server.answer = {**ALIYUN, "Code": code, "Message": "13800138000 is wrong"}
    with pytest.raises(kind) as caught:
        aliyun_of(server)(PHONE, rendered())
    assert caught.value.code == code and caught.value.request_id == "R-1" and "138" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("FailedOperation.SignatureIncorrectOrUnapproved", RequestRejected),
     ("LimitExceeded.PhoneNumberDailyLimit", RateLimited)],
)  # fmt: skip
def test_tencent_refusals_are_named(server: Server, code: str, kind: type[OrderHubError]) -> None:
    for answer in (tencent(code), {"Response": {"Error": {"Code": code, "Message": "x"}, "RequestId": "R-2"}}):
        server.answer = answer
        with pytest.raises(kind) as caught:
            tencent_of(server)(PHONE, rendered())
        assert caught.value.code == code and caught.value.request_id == "R-2"


@pytest.mark.parametrize("make", [aliyun_of, tencent_of])
def test_no_answer_is_unknown_and_asked_once(server: Server, make: Any) -> None:
    server.hangs_up = True
    with pytest.raises(OutcomeUnknown) as caught:
        make(server)(PHONE, rendered())
    assert len(server.asked) == 1 and "13800138000" not in repr(caught.value) and caught.value.__cause__ is None


@pytest.mark.parametrize("make", [aliyun_of, tencent_of])
def test_nothing_is_sent_without_a_template_or_to_a_relay(server: Server, make: Any) -> None:
    sender = make(server)
    with pytest.raises(ConfigurationError):
        sender(PHONE, rendered("en"))
    for contact in (Contact("token", "t", platform="taobao"), Contact("phone", "13800138000", "1234", "taobao")):
        with pytest.raises(UnsupportedOperation):
            sender(contact, rendered())
    assert not server.asked


def test_a_book_that_wants_an_unknown_field_is_refused(server: Server) -> None:
    with pytest.raises(ConfigurationError, match="phone"):
        AliyunSms("id", "key", {"order_shipped": {"zh": SmsTemplate("S", "s", {"phone": "p"})}})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the package, when it loads its parts
def test_apprise_posts_what_is_said_and_keeps_its_urls(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    sender = AppriseSender(f"json://{server.place}/secret")
    with caplog.at_level(logging.DEBUG):
        sender(Contact("room", "staff"), rendered())
        server.status = 500
        with pytest.raises(OutcomeUnknown):
            sender(Contact("room", "staff"), rendered())
    assert "SF1" in server.asked[0][2]["message"] and "secret" not in repr(sender) + caplog.text
    with pytest.raises(ConfigurationError, match="nonsense://") as caught:
        AppriseSender("nonsense://secret")
    assert "secret" not in str(caught.value)
