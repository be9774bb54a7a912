"""The wire of Pinduoduo: what is sent, what is made of every kind of reply, tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pinduoduo_script import AT, Desk, found, order, refusal, shipped, wire_bytes

from orderhub import errors
from orderhub.connectors.pinduoduo import wire
from orderhub.flow.message import Reply
from orderhub.models import Token

OK_TIME = {"time_get_response": {"time": "2025-11-12 10:00:00"}}


def test_what_is_sent() -> None:
    desk = Desk(time_get=OK_TIME)
    desk.shop().server_time()
    given = desk.last("pdd.time.get")
    assert given["timestamp"] == str(int(AT.timestamp()))
    assert (given["client_id"], given["access_token"], given["data_type"]) == ("client-1", "token-1", "JSON")
    assert wire.sign(given, "secret-1") == given["sign"]
    (request,) = desk.requests
    assert (request.method, request.url) == ("POST", "https://gw-api.pinduoduo.com/api/router")
    assert "secret" not in repr(request)


def test_calls_without_a_token_send_none() -> None:
    desk = Desk()
    desk.shop().carriers()
    assert "access_token" not in desk.last("pdd.logistics.companies.get")


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (7, "7"), ("加急", "加急"), ("", ""), (Decimal("1.50"), "1.50"),
     ([{"a": "中", "b": 1}], '[{"a":"中","b":1}]'), ({"a": [1, 2]}, '{"a":[1,2]}'), ([1, 2], "[1,2]"),
     (datetime(2023, 11, 14, 22, 13, 20, 999, tzinfo=UTC), "1700000000")],
)  # fmt: skip
def test_values_are_signed_as_they_are_sent(value: Any, text: str) -> None:
    assert wire.encode(value) == text


def test_binary_fractions_are_never_sent() -> None:
    with pytest.raises(TypeError):
        wire.encode(1.5)


@pytest.mark.parametrize("base", ["https://proxy.test", "https://proxy.test/", "https://proxy.test/api/router"])
def test_a_server_stands_for_the_gateway(base: str) -> None:
    desk = Desk(time_get=OK_TIME)
    desk.shop(base_url=base).server_time()
    assert desk.requests[0].url == "https://proxy.test/api/router"


def raised(reply: Any, call: str = "time_get", **settings: Any) -> errors.OrderHubError:
    desk = Desk(**{call: reply})
    with pytest.raises(errors.OrderHubError) as caught:
        desk.shop(**settings).server_time()
    return caught.value


def test_an_unknown_order_is_not_found_and_keeps_the_platforms_words() -> None:
    desk = Desk(order_information_get=refusal(50001, "业务服务错误", "订单不存在", sub_code="20"))
    with pytest.raises(errors.NotFound) as caught:
        desk.shop().get_order("251112-1")
    error = caught.value
    assert (error.code, error.sub_code, error.request_id) == ("50001", "20", "r-9")
    assert error.operation == "pdd.order.information.get"
    assert "订单不存在" in str(error)


@pytest.mark.parametrize("code", [52101, 70031])
def test_throttled_calls_wait_and_come_through(code: int) -> None:
    desk = Desk().put("pdd.time.get", refusal(code), OK_TIME)
    assert desk.shop().server_time() == datetime(2025, 11, 12, 2, tzinfo=UTC)
    assert len(desk.calls) == 2
    if code == 70031:
        assert desk.clock.at - AT >= timedelta(seconds=10)


def test_maintenance_is_not_slept_through() -> None:
    error = raised(refusal(70033))
    assert isinstance(error, errors.PlatformUnavailable)
    assert error.retry_after_s == 600


def test_a_lapsed_token_is_refreshed_once_by_a_signed_call() -> None:
    fresh = {"pop_auth_token_refresh_response": {"access_token": "token-2", "refresh_token": "refresh-2",
                                                 "expires_at": int(AT.timestamp()) + 86400}}  # fmt: skip
    desk = Desk(pop_auth_token_refresh=fresh).put("pdd.time.get", refusal(10019), OK_TIME)
    desk.shop().server_time()
    assert desk.apis() == ["time.get", "pop.auth.token.refresh", "time.get"]
    assert desk.calls[1][1]["refresh_token"] == "refresh-1"
    assert "access_token" not in desk.calls[1][1]
    assert desk.last("pdd.time.get")["access_token"] == "token-2"


def test_where_refreshing_was_taken_away_the_seller_must_authorise_again() -> None:
    desk = Desk(pop_auth_token_refresh=refusal(20034), time_get=refusal(10019))
    with pytest.raises(errors.AuthError, match="authorise again"):
        desk.shop().server_time()


def test_a_skewed_clock_is_learnt_from_the_date() -> None:
    late = Reply(200, {"date": "Wed, 12 Nov 2025 03:00:00 GMT"},
                 json.dumps(refusal(10001, "公共参数错误:timestamp")).encode())  # fmt: skip
    desk = Desk().put("pdd.time.get", late, OK_TIME)
    desk.shop().server_time()
    assert int(desk.last("pdd.time.get")["timestamp"]) == int(AT.timestamp()) + 3600


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(500, {}, b""), errors.PlatformUnavailable), (Reply(429, {"retry-after": "2"}, b""), errors.RateLimited),
        (Reply(200, {"content-type": "text/html"}, b"<html>login</html>"), errors.DecodeError),
        (Reply(200, {}, b'{"time_get_resp'), errors.DecodeError), (Reply(200, {}, b"[]"), errors.DecodeError),
        (Reply(200, {}, b'{"other_response":{}}'), errors.DecodeError),
    ],
)  # fmt: skip
def test_every_other_kind_of_reply_is_a_typed_error(reply: Reply, kind: type[errors.OrderHubError]) -> None:
    error = raised(reply)
    assert isinstance(error, kind)
    assert error.operation == "pdd.time.get"
    assert "token-1" not in str(error) and "secret-1" not in str(error)


def test_a_retry_after_of_the_http_layer_is_kept() -> None:
    desk = Desk().put("pdd.time.get", Reply(429, {"retry-after": "7"}, b""), OK_TIME)
    desk.shop().server_time()
    assert desk.clock.at - AT >= timedelta(seconds=7)


@pytest.mark.parametrize(
    ("inside", "code", "text"),
    [
        ({"success": False, "error_code": 4001, "error_msg": "标签不对"}, "4001", "标签不对"),
        ({"success": "false", "errorCode": "4002", "errorMsg": "不允许修改"}, "4002", "不允许修改"),
        ({"success": 0}, None, "no text"),
    ],
)
def test_a_refusal_inside_a_success_is_a_refusal(inside: dict[str, Any], code: str | None, text: str) -> None:
    desk = Desk(order_note_update={"response": inside})
    outcome = desk.shop().set_memo("251112-1", "x")
    assert not outcome.ok
    assert isinstance(outcome.error, errors.RequestRejected)
    assert (outcome.error.code, outcome.error.message) == (code, text)


def test_a_write_that_says_neither_yes_nor_no_is_not_taken_for_done() -> None:
    outcome = Desk(order_note_update={"response": {}}).shop().set_memo("251112-1", "x")
    assert not outcome.ok
    assert isinstance(outcome.error, errors.DecodeError)


def test_request_ids_beside_the_envelope_are_kept() -> None:
    broken = {**found({"order_sn": "251112-1", "order_status": 1}), "request_id": "r-5"}
    with pytest.raises(errors.DecodeError) as caught:
        Desk(order_information_get=broken).shop().get_order("251112-1")
    assert caught.value.request_id == "r-5"
    assert caught.value.path == "item_list"


def test_numbers_keep_every_digit() -> None:
    body = wire_bytes(found(order(pay_amount=Decimal("123456789012345.67"), seller_discount=Decimal("5"))))
    assert b'"pay_amount": 123456789012345.67' in body
    desk = Desk(order_information_get=Reply(200, {}, body))
    assert desk.shop().get_order("251112-123456789012345").total == Decimal("123456789012345.67")


# --- tokens -------------------------------------------------------------------------------------------------------

GRANT = {
    "access_token": "a-1", "expires_in": 100, "expires_at": 1762999999, "refresh_token": "b-1",
    "refresh_token_expires_in": 200, "refresh_token_expires_at": 1763999999, "owner_id": "600000001",
    "owner_name": "某店", "scope": ["pdd.order.list.get"], "w1_expires_in": 1762000000, "w1_expires_at": 1762999998,
    "r1_expires_at": 1762999997,
}  # fmt: skip


def exchanged(desk: Desk, redirect_uri: str = "", **settings: Any) -> Token:
    """The token of a code, and the shop uses it from now on."""
    shop = desk.shop(**settings)
    assert shop.exchange_code("code-1", redirect_uri) == shop.credentials_expire_at
    token: Token = shop.world.services.box.current.token
    return token


def test_a_code_becomes_a_token() -> None:
    desk = Desk(pop_auth_token_create={"pop_auth_token_create_response": GRANT})
    token = exchanged(desk)
    assert desk.last("pdd.pop.auth.token.create")["code"] == "code-1"
    assert (token.access_token, token.refresh_token) == ("a-1", "b-1")
    assert token.expires_at == datetime.fromtimestamp(1762999999, UTC)
    assert token.refresh_expires_at == datetime.fromtimestamp(1763999999, UTC)
    assert token.scopes == {
        "w1": datetime.fromtimestamp(1762999998, UTC),
        "r1": datetime.fromtimestamp(1762999997, UTC),
    }
    assert token.account == {"owner_id": "600000001", "owner_name": "某店"}
    assert "a-1" not in repr(token)


def test_a_lifetime_stands_in_for_a_missing_instant() -> None:
    desk = Desk(pop_auth_token_create={"pop_auth_token_create_response": {"access_token": "a-1", "expires_in": "60"}})
    token = exchanged(desk)
    assert token.expires_at == AT + timedelta(seconds=60)
    assert token.scopes == {}


def test_a_used_code_is_an_auth_error_and_a_lost_reply_is_said() -> None:
    with pytest.raises(errors.AuthError):
        Desk(pop_auth_token_create=refusal(10000, "code无效")).shop().exchange_code("used")
    desk = Desk(pop_auth_token_create=errors.TimedOut("x"))
    with pytest.raises(errors.OutcomeUnknown):
        desk.shop().exchange_code("code-1")
    assert len(desk.calls) == 1


def test_the_older_token_address() -> None:
    desk = Desk().put("token", {"access_token": "a-1", "expires_in": 60})
    token = exchanged(desk, "https://app.test/back", grant_api="legacy")
    assert token.access_token == "a-1"
    (request,) = desk.requests
    assert request.url == "https://open-api.pinduoduo.com/oauth/token"
    assert json.loads(request.body) == {
        "client_id": "client-1", "client_secret": "secret-1", "grant_type": "authorization_code", "code": "code-1",
        "redirect_uri": "https://app.test/back",
    }  # fmt: skip
    refused = Desk().put("token", refusal(10019, "expired"))
    with pytest.raises(errors.AuthError):
        refused.shop(grant_api="legacy").exchange_code("code-1")


@pytest.mark.parametrize(
    ("view", "start"),
    [("web", "https://fuwu.pinduoduo.com/service-market/auth?"), ("h5", "https://mai.pinduoduo.com/h5-login.html?"),
     ("mms", "https://mms.pinduoduo.com/open.html?")],
)  # fmt: skip
def test_where_the_seller_authorises(view: str, start: str) -> None:
    url = Desk().shop(view=view).authorize_url(redirect_uri="https://app.test/a b", state="s&1")
    assert url.startswith(start)
    assert "client_id=client-1" in url and "state=s%261" in url and "redirect_uri=https%3A%2F%2Fapp.test%2Fa+b" in url
    assert ("view=" in url) == (view != "mms")
    assert "secret" not in url


def test_carriers_of_parcels_are_read_from_the_platforms_own_list() -> None:
    desk = Desk(order_information_get=found(shipped("YD1", 121)))
    shop = desk.shop()
    (parcel,) = shop.get_order("251112-123456789012345").shipments
    assert (parcel.carrier, parcel.carrier_name, parcel.waybill_no) == ("yunda", "韵达快递", "YD1")
    shop.get_order("251112-123456789012345")
    assert desk.apis().count("logistics.companies.get") == 1


def test_without_that_list_the_number_is_kept_and_the_order_read_all_the_same() -> None:
    desk = Desk(order_information_get=found(shipped("YD1", 121)), logistics_companies_get=refusal(20031))
    (parcel,) = desk.shop().get_order("251112-123456789012345").shipments
    assert (parcel.carrier, parcel.carrier_name) == (None, "121")
