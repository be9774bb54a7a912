"""JD on the wire: what is sent, how each kind of reply is opened, and the newer gateway beside the classic one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from jd_script import AT, WHO, Script, inside, jd, reply

from orderhub import errors
from orderhub.connectors.jd import CONNECTOR, sp, wire
from orderhub.connectors.jd.apis import APIS
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig

SHIPMENT, DETAIL = "jingdong.pop.order.shipment", "jingdong.pop.order.enGet"
STOCK, REMARK = "jingdong.ware.stock.sku.set", "jingdong.pop.order.modifyVenderRemark"
CONFIG = ShopConfig.of(CONNECTOR.spec, "jd-1", app=WHO)


def sent(method: str, business: dict[str, Any]) -> dict[str, str]:
    request = wire.request(CONFIG, method, business, WHO, AT)
    assert (request.method, request.url) == ("POST", "https://api.jd.com/routerjson")
    assert "secret-1" not in request.url + repr(request) and "access-1" not in request.url
    return {name: rows[0] for name, rows in parse_qs(request.body.decode(), strict_parsing=True).items()}


def test_every_system_parameter_is_sent_and_signed() -> None:
    form = sent(SHIPMENT, {"orderId": 1})
    assert set(form) == {"method", "app_key", "access_token", "timestamp", "v", "format", "360buy_param_json", "sign"}
    assert form["timestamp"] == "2026-03-01 10:00:00"
    assert form["sign"] == wire.sign(form, "secret-1")


def test_flat_calls_join_lists_and_nested_calls_keep_objects() -> None:
    assert sent(DETAIL, {"orderIds": [1, 2], "x": None})["360buy_param_json"] == '{"orderIds":"1,2"}'
    nested = {"req": {"updateModel": "fullStockIn", "skuStocks": [{"skuId": 1}]}}
    assert json.loads(sent(STOCK, nested)["360buy_param_json"]) == nested


def test_text_is_sent_as_it_is() -> None:
    form = sent(REMARK, {"remark": "请尽快发货 🎁 & =+"})
    assert form["360buy_param_json"] == '{"remark":"请尽快发货 🎁 & =+"}'


def test_no_token_no_parameter() -> None:
    request = wire.request(CONFIG, DETAIL, {}, CONFIG.app.__class__("app-1", "secret-1"), AT)
    assert b"access_token" not in request.body and b"360buy_param_json=%7B%7D" in request.body


def opened(method: str, document: Any, **options: Any) -> dict[str, Any]:
    return wire.open_envelope(method, reply(document, **options))


@pytest.mark.parametrize("success", [True, "true", "TRUE"])
@pytest.mark.parametrize("suffix", ["_responce", "_response"])
@pytest.mark.parametrize("code", [{}, {"code": "0"}, {"code": 0}])
def test_a_yes_in_every_spelling(success: Any, suffix: str, code: dict[str, Any]) -> None:
    name = SHIPMENT.replace(".", "_") + suffix
    inner = {"sopjosshipment_result": {"success": success, "errorCode": "0"}}
    assert opened(SHIPMENT, {name: {**code, **inner}}) == {**code, **inner}


def test_the_success_code_of_order_writes_is_a_yes_whatever_the_flag_says() -> None:
    document = inside(SHIPMENT, sopjosshipment_result={"success": "", "errorCode": "10100000"})
    assert opened(SHIPMENT, document)


VERDICTS = [
    (SHIPMENT, {"sopjosshipment_result": {"success": "false", "errorCode": "10100035", "chineseErrCode": "不行"}},
     errors.InvalidParameter, "不行", "10100035"),
    (REMARK, {"modifyvenderremark_result": {"success": False, "error_code": "10100039", "chinese_err_code": "太长"}},
     errors.InvalidParameter, "太长", "10100039"),
    (DETAIL, {"orderDetailInfo": {"apiResult": {"success": False, "numberCode": 10100041, "chineseErrCode": "无"}}},
     errors.NotFound, "无", "10100041"),
    ("jingdong.order.orderDelete.apply", {"result": {"success": False, "result_code": "10400033",
                                                     "result_describe": "仅支持货到付款"}},
     errors.Conflict, "仅支持货到付款", "10400033"),
    (STOCK, {"returnType": {"success": False, "code": 503, "message": "限流"}}, errors.RateLimited, "限流", "503"),
    ("jingdong.jos.order.oaid.merge", {"response": {"code": 500, "msg": "失败"}}, errors.RequestRejected, "失败", "500"),
    ("jingdong.pop.order.partial.outship", {"response": {"code": "999999", "msg": "系统异常"}},
     errors.PlatformUnavailable, "系统异常", "999999"),
    ("jingdong.pop.order.serialCode.upload", {"result": {"status": 2, "subCode": "E1", "subMsg": "序列号错误"}},
     errors.RequestRejected, "序列号错误", "E1"),
    ("jingdong.pop.order.modifyOrderAddr", {"success": False}, errors.RequestRejected, "no text", None),
    ("jingdong.asc.sync.list", {"result": {"success": "false", "code": "10200", "message": "参数错误"}},
     errors.RequestRejected, "参数错误", "10200"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "inner", "kind", "words", "code"), VERDICTS, ids=lambda value: str(value)[-24:])
def test_a_no_is_found_where_each_call_puts_it(
    method: str, inner: dict[str, Any], kind: type[errors.OrderHubError], words: str, code: str | None
) -> None:
    with pytest.raises(kind) as caught:
        opened(method, inside(method, **inner))
    assert caught.value.message.startswith(words)
    assert caught.value.sub_code == code


def test_every_call_has_a_row_and_every_row_a_known_family() -> None:
    assert {api.family for api in APIS.values()} <= {"order", "ship", "stock", "shop", "refund", "service", "privacy",
                                                     "number", "invoice", "waybill"}  # fmt: skip


def test_a_stock_receipt_with_failures_is_not_a_refusal_of_all() -> None:
    rows = [{"data": "1", "success": False, "message": "no"}]
    assert opened(STOCK, inside(STOCK, returnType={"success": False, "obj": {"updateStockResult": rows}}))


def test_a_verdict_inside_a_text_is_read() -> None:
    text = json.dumps({"success": False, "errorCode": "20011", "message": "手机号"})
    with pytest.raises(errors.InvalidParameter):
        opened("jingdong.pop.order.modifyOrderAddr", inside("jingdong.pop.order.modifyOrderAddr", result=text))


def test_a_missing_verdict_is_not_a_yes() -> None:
    with pytest.raises(errors.DecodeError) as caught:
        opened(SHIPMENT, inside(SHIPMENT))
    assert caught.value.path == "sopjosshipment_result"


def test_the_third_shape_of_an_error() -> None:
    with pytest.raises(errors.RequestRejected) as caught:
        opened(DETAIL, {"code": "10500001", "errorMessage": "不是该商家的订单"})
    assert (caught.value.sub_code, caught.value.message) == ("10500001", "不是该商家的订单")


def test_a_code_in_the_envelope_is_a_no() -> None:
    with pytest.raises(errors.PlatformUnavailable):
        opened(DETAIL, {"jingdong_pop_order_enGet_responce": {"code": "999999", "zh_desc": "系统异常"}})


def test_the_envelope_of_another_call_is_refused() -> None:
    with pytest.raises(errors.DecodeError):
        opened(DETAIL, inside(SHIPMENT, sopjosshipment_result={"success": True}))


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (Reply(503, {}, b""), errors.PlatformUnavailable),
        (Reply(429, {"retry-after": "7"}, b""), errors.RateLimited),
        (Reply(200, {"content-type": "text/html"}, b"<html>"), errors.DecodeError),
        (Reply(200, {}, b"{"), errors.DecodeError),
        (Reply(200, {}, b"[]"), errors.DecodeError),
        (Reply(200, {}, b'{"a":NaN}'), errors.DecodeError),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_broken_replies_are_typed(found: Reply, kind: type[errors.OrderHubError]) -> None:
    for open_reply in (lambda: wire.open_envelope(DETAIL, found), lambda: sp.open_reply("order", found)):
        with pytest.raises(kind) as caught:
            open_reply()
        assert caught.value.retry_after_s == (7.0 if found.status == 429 else None)


def test_large_numbers_stay_exact() -> None:
    body = b'{"jingdong_vender_shop_query_responce":{"code":"0","r":{"vender_id":123456789012345678901}}}'
    found = wire.open_envelope("jingdong.vender.shop.query", Reply(200, {}, body))
    assert found["r"]["vender_id"] == 123456789012345678901


TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in": 86400, "scope": "snsapi_base", "open_id": "o",
          "xId": "x", "time": "1772330400000"}  # fmt: skip
SHOP = inside("jingdong.vender.shop.query", shop_jos_result={"vender_id": 100001, "shop_id": 200001, "shop_name": "店"})


def test_a_code_becomes_tokens_and_tells_whose_shop_it_is() -> None:
    script = Script({"token /oauth2/access_token": [TOKENS | {"code": 0}], "jingdong.vender.shop.query": [SHOP]})
    token = script.run(jd().exchange_code("the-code", "https://x"))
    form = script.said("token /oauth2/access_token")
    assert form == {
        "app_key": "app-1",
        "app_secret": "secret-1",
        "grant_type": "authorization_code",
        "code": "the-code",
    }
    assert (token.access_token, token.refresh_token, token.expires_at) == ("a", "r", AT + timedelta(days=1))
    assert token.account == {"open_id": "o", "xid": "x", "vender_id": "100001", "shop_id": "200001", "shop_name": "店"}
    assert "access_token" not in repr(token) and "'r'" not in repr(token)
    fresh = parse_qs(script.requests[1].body.decode())
    assert fresh["access_token"] == ["a"]


def test_tokens_are_good_although_the_shop_is_not_told() -> None:
    refused = {"error_response": {"code": "2001", "zh_desc": "no"}}
    script = Script({"token /oauth2/access_token": [TOKENS], "jingdong.vender.shop.query": [refused]})
    assert script.run(jd().exchange_code("c")).account == {"open_id": "o", "xid": "x"}


def test_a_refresh_may_keep_the_token_and_prolong_it() -> None:
    script = Script({"token /oauth2/refresh_token": [{"access_token": "a", "expires_in": "86400"}]})
    token = script.run(jd().refresh_token("old-refresh"))
    assert (token.access_token, token.refresh_token) == ("a", "old-refresh")
    assert script.said("token /oauth2/refresh_token")["refresh_token"] == "old-refresh"


@pytest.mark.parametrize(
    "document",
    [
        {"code": 401, "msg": "refresh_token已过期", "requestId": "r-9"},
        {"error_response": {"code": "19", "zh_desc": "Invalid token"}},
        {"code": 12, "msg": "签名"},
    ],
)
def test_a_refused_token_asks_for_the_seller(document: dict[str, Any]) -> None:
    with pytest.raises(errors.AuthError) as caught:
        Script({"token /oauth2/refresh_token": [document]}).run(jd().refresh_token("old-secret"))
    assert "authorise again" in str(caught.value) and "old-secret" not in str(caught.value)
    assert not caught.value.retryable


def test_where_the_seller_authorises() -> None:
    url = jd().authorize_url("https://host/back?x=1", "s t")
    assert url == (
        "https://open-oauth.jd.com/oauth2/to_login?app_key=app-1&response_type=code"
        "&redirect_uri=https%3A%2F%2Fhost%2Fback%3Fx%3D1&state=s+t&scope=snsapi_base"
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, "https://api-cn.jd.com/rest"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700/rest"),
        ("http://127.0.0.1:8700/routerjson", "http://127.0.0.1:8700/rest"),
        ("https://proxy.host/jd/rest/", "https://proxy.host/jd/rest"),
    ],
)
def test_where_the_newer_gateway_is(given: str | None, found: str) -> None:
    assert sp.base_of(ShopConfig.of(CONNECTOR.spec, "s", base_url=given, settings={"wire": "sp"})) == found


def test_a_call_of_the_newer_gateway() -> None:
    config = ShopConfig.of(CONNECTOR.spec, "s", app=WHO, settings={"wire": "sp"})
    given = {"orderId": 7, "scopeSet": ["a", "b"], "deep": True, "none": None}
    request = sp.request(config, "GET", "/sp-order/v0/orders/{orderId}", given, WHO, AT)
    assert request.url == "https://api-cn.jd.com/rest/sp-order/v0/orders/7?scopeSet=a%2Cb&deep=true"
    assert request.headers["X-JOS-Request-Identity"] == "vender" and request.body == b""
    put = sp.request(config, "PUT", "/x/{orderId}", {"orderId": 7, "remark": "你好"}, WHO, AT)
    assert put.body == '{"remark":"你好"}'.encode() and put.headers["content-type"] == "application/json"


def test_the_key_of_the_signed_body_is_a_setting() -> None:
    signs = set()
    for key in ("body", ""):
        config = ShopConfig.of(CONNECTOR.spec, "s", app=WHO, settings={"wire": "sp", "sp_body_key": key})
        signs.add(sp.request(config, "PUT", "/x", {"a": 1}, WHO, AT).headers["X-JOS-Sign"])
    assert len(signs) == 2


@pytest.mark.parametrize("success", [True, "true"])
def test_a_success_of_the_newer_gateway(success: Any) -> None:
    document = {"success": success, "data": [1]}
    assert sp.open_reply("order", reply(document)) == document
    assert sp.open_reply("order", reply({"Response": document})) == document


@pytest.mark.parametrize(
    ("code", "words", "status", "kind"),
    [
        ("10100041", "无", 200, errors.NotFound), ("12", "Invalid Signature", 401, errors.SignatureRejected),
        ("77", "access token expired", 401, errors.TokenExpired), ("77", "no", 401, errors.AuthError),
        ("77", "no", 403, errors.PermissionDenied), ("77", "no", 404, errors.NotFound),
        ("77", "no", 200, errors.RequestRejected), ("99904030005", "云鼎", 200, errors.PermissionDenied),
        ("8", "timestamp", 200, errors.ClockSkewed), ("isp.x-service-unavailable", "x", 200, errors.PlatformUnavailable),
    ],
)  # fmt: skip
def test_refusals_of_the_newer_gateway(code: str, words: str, status: int, kind: type[errors.OrderHubError]) -> None:
    document = {"success": "false", "errorList": [{"code": code, "message": words}], "extension": {"requestId": "r-1"}}
    with pytest.raises(kind) as caught:
        sp.open_reply("order", reply(document, status))
    assert type(caught.value) is kind
    assert caught.value.request_id == "r-1"


def test_a_refusal_without_a_list_is_a_refusal_all_the_same() -> None:
    with pytest.raises(errors.RequestRejected):
        sp.open_reply("order", reply({"success": False, "errorList": None}))


def test_the_rate_that_is_set_holds_for_every_operation() -> None:
    assert [rate.per_s for rate in jd().rates()["*"]] == [5.0]
    assert [rate.per_s for rate in jd(calls_per_second=2).rates()["*"]] == [2.0]
    assert jd(calls_per_second=None).rates() == {}
