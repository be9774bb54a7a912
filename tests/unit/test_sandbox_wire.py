"""The emulator's own signatures, money, times, envelopes and form decoding, as pure functions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.flow.message import Request
from orderhub.sandbox.parse import parse_request
from orderhub.sandbox.platforms.taobao.wire import (
    Refusal,
    base_string,
    candidates,
    china,
    error_reply,
    fen,
    instant,
    sign,
    success_reply,
    yuan,
)

SECRET = "helloworldSECRET0123456789abcdef"
COMMON = {"app_key": "12345678", "session": "6100b01fTESTSESSION", "timestamp": "2024-06-18 10:30:00"}
COMMON |= {"format": "json", "v": "2.0"}
V1 = {"method": "taobao.trades.sold.get", "fields": "tid,status,payment,orders", "page_no": "1", "page_size": "40"}
V1 |= {"use_has_next": "true"}
V2 = {"method": "taobao.trade.memo.update", "simplify": "true", "partner_id": "orderhub"}
V2 |= {"tid": "3928811212345678901", "memo": "加急 发顺丰 & 勿折", "flag": "1"}
V3 = {"method": "taobao.top.oaid.decrypt"}
V3 |= {"query_list": '[{"oaid":"1OAIDxyz==","tid":"3928811212345678901","scene":"1004"}]'}


@pytest.mark.parametrize(
    ("further", "method", "signature"),
    [
        (V1, "md5", "68B41B724C5B0C9345A68EBEC167453F"),
        (V1, "hmac", "53BD2500504ED74038F559A2FBEFB30A"),
        (V1, "hmac-sha256", "8BB4695A63C2FDBB748F198A3522428F685879026A08EBE772149D997F3FA423"),
        (V2, "md5", "2B7376A31281C5F8111C1648925682F3"),
        (V2, "hmac", "5B0737D0947D6EE123747FB695597712"),
        (V2, "hmac-sha256", "F06D47AB61BC60CD531F37198577877BADE0C93605352834DD8AF512095FD10E"),
        (V3, "md5", "449F20791E514DB0F5B70F0DEC628E45"),
        (V3, "hmac", "8708ABB83E2C547A0E2DAA8C96617435"),
        (V3, "hmac-sha256", "4A1A5985354F4CA3439BCB175E7CE7CCBC417812AAAE75345C38ED7724F0ED42"),
    ],
)
def test_signature_vectors(further: dict[str, str], method: str, signature: str) -> None:
    assert sign(method, SECRET, base_string({**COMMON, **further, "sign_method": method, "sign": "x"})) == signature


def test_published_example() -> None:
    params = {"app_key": "test", "fields": "nick", "format": "xml", "method": "taobao.user.seller.get"}
    params |= {"session": "test", "sign_method": "md5", "timestamp": "2013-05-06 13:52:03", "v": "2.0"}
    assert sign("md5", "test", base_string(params)) == "72CB4D809B375A54502C09360D879C64"


def test_base_string_of_v1() -> None:
    assert base_string({**COMMON, **V1, "sign_method": "md5"}) == (
        "app_key12345678fieldstid,status,payment,ordersformatjsonmethodtaobao.trades.sold.getpage_no1page_size40"
        "session6100b01fTESTSESSIONsign_methodmd5timestamp2024-06-18 10:30:00use_has_nexttruev2.0"
    )


def test_empties_may_be_signed_or_left_out() -> None:
    assert candidates({"a": "1", "b": ""}) == ("a1", "a1b")
    assert candidates({"a": "1", "b": "2"}) == ("a1b2",)


def test_unknown_sign_method_has_no_signature() -> None:
    assert sign("sha256", SECRET, "x") is None


@given(st.integers(-(10**12), 10**12))
def test_money_survives_its_text(amount: int) -> None:
    assert fen(yuan(amount)) == amount
    assert len(yuan(amount).partition(".")[2]) == 2


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))
def test_times_survive_their_text(at: datetime) -> None:
    whole = at.replace(microsecond=0, tzinfo=UTC)
    assert instant(china(whole)) == whole


@pytest.mark.parametrize(
    "text", ["2024-06-18", "2024-06-18T10:30:00", "2024-13-18 10:30:00", "", "2024-06-18 10:30:0x"]
)
def test_other_time_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=12)), max_size=8))
def test_forms_decode_as_the_standard_library_does(pairs: list[tuple[str, str]]) -> None:
    clean = [
        (name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode()) for name, value in pairs
    ]
    text = urlencode(clean)
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    parsed = parse_request(Request("POST", f"http://x/router/rest?{text}", kind, text.encode()))
    assert list(parsed.query) == list(parsed.form) == parse_qsl(text, keep_blank_values=True) == clean


def test_multipart_text_is_form_and_binary_is_file() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="memo"\r\n\r\n\xe5\x8a\xa0\xe6\x80\xa5\r\n'
        b'--B\r\nContent-Disposition: form-data; name="refuse_proof"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n\x00\r\n--B--\r\n"
    )
    parsed = parse_request(
        Request("POST", "http://x/router/rest?v=2.0", {"content-type": "multipart/form-data; boundary=B"}, body)
    )
    assert parsed.form == (("memo", "加急"),)
    assert parsed.files == {"refuse_proof": b"\xff\xd8\r\n\x00"}
    assert parsed.params == {"v": "2.0", "memo": "加急"}


CONTENT = {
    "trades": [{"tid": 1, "orders": [], "n": None}],
    "tid_list": ["1,2"],
    "sub_trade_list": [7],
    "total_results": 1,
}


def _json(shape: str, **params: str) -> object:
    asked = {"method": "taobao.trades.sold.get", "format": "json", **params}
    return json.loads(success_reply(asked, CONTENT, "r1", shape).body)


def test_three_list_shapes() -> None:
    wrapped = {"trades": {"trade": [{"tid": 1}]}, "tid_list": {"string": ["1,2"]}, "sub_trade_list": {"number": [7]}}
    plain = {"trades": [{"tid": 1}], "tid_list": ["1,2"], "sub_trade_list": [7]}
    page = {"trades": [{"tid": 1}], "tid_list": {"string": ["1,2"]}}
    rest = {"total_results": 1, "request_id": "r1"}
    assert _json("wrapped") == {"trades_sold_get_response": wrapped | rest}
    assert _json("wrapped", simplify="true") == plain | rest
    assert _json("page") == {"trades_sold_get_response": page | rest}


@pytest.mark.parametrize(
    ("method", "root"),
    [
        ("taobao.trade.fullinfo.get", "trade_fullinfo_get_response"),
        ("alibaba.ascp.logistics.offline.send", "alibaba_ascp_logistics_offline_send_response"),
        ("tmall.item.quantity.update", "tmall_item_quantity_update_response"),
    ],
)
def test_envelope_names(method: str, root: str) -> None:
    reply = success_reply({"method": method, "format": "json"}, {}, "r", "wrapped")
    assert json.loads(reply.body) == {root: {"request_id": "r"}}


def test_xml_is_the_default_and_escaped() -> None:
    reply = success_reply(
        {"method": "taobao.trade.get"}, {"trade": {"title": "<&>", "orders": [{"is_gift": True}]}}, "r", "wrapped"
    )
    assert reply.headers["content-type"].startswith("text/xml")
    assert reply.body.decode() == (
        '<?xml version="1.0" encoding="utf-8" ?><trade_get_response><trade><title>&lt;&amp;&gt;</title>'
        '<orders list="true"><order><is_gift>true</is_gift></order></orders></trade>'
        "<request_id>r</request_id></trade_get_response>"
    )


def test_errors_are_wrapped_even_when_simplified() -> None:
    reply = error_reply({"format": "json", "simplify": "true"}, Refusal(15, "isv.x", "text"), "r")
    told = {"code": 15, "msg": "Remote service error", "sub_code": "isv.x", "sub_msg": "text", "request_id": "r"}
    assert (reply.status, json.loads(reply.body)) == (200, {"error_response": told})
