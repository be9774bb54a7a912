"""The connector's tables and wire against facts typed from docs/platforms/kuaishou.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orderhub import errors
from orderhub.connectors.kuaishou import CONNECTOR, spec, tables, wire
from orderhub.connectors.kuaishou.aftersale import REFUND
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token, Window

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "kuaishou.toml").read_text("utf-8"))
SPEC = CONNECTOR.spec
AT = datetime(2026, 3, 18, 3, 0, 0, 123456, tzinfo=UTC)
KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "session": (errors.TokenExpired, False),
    "reauthorise": (errors.AuthError, False),
    "permission": (errors.PermissionDenied, False),
    "signature": (errors.SignatureRejected, False),
    "rate_limited": (errors.RateLimited, True),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def config(**settings: Any) -> ShopConfig:
    app = Credentials("ks123", "app-secret")
    return ShopConfig.of(SPEC, "s", app=app, settings={"sign_secret": "sign-secret", **settings})


def test_words_are_those_of_the_page() -> None:
    assert words(spec.STATUS) == FACTS["order_status"]
    assert words(spec.AFTERSALE) == FACTS["refund_status"]
    assert words(spec.REFUND_KIND) == FACTS["handling_way"]
    assert {raw: str(hold) for raw, hold in spec.HOLD_CODES.items()} == FACTS["holds"]
    assert list(spec.NOTE_FLAGS.values()) == FACTS["limits"]["flags"]
    over = {raw for raw, word in FACTS["refund_status"].items() if word in ("refused", "refunded", "closed")}
    assert FACTS["refund_status"].keys() - over == spec.AFTERSALE_OPEN


def test_topics_are_those_of_the_page() -> None:
    told = {topic: kind for kind, topics in FACTS["topics"].items() for topic in topics}
    assert dict(spec.TOPICS) == told


def test_every_call_goes_by_its_method() -> None:
    assert dict(spec.METHODS) == {api: how for how, apis in FACTS["methods"].items() for api in apis}


def test_limits_and_addresses() -> None:
    told, limits = FACTS["limits"], SPEC.limits
    orders, refunds = limits["list_orders"], limits["list_refunds"]
    assert (orders.page_size_max, refunds.page_size_max) == (told["page_size_max"], told["refund_page_size_max"])
    assert orders.window_max == timedelta(days=told["window_days"])
    assert refunds.window_max == timedelta(days=told["refund_window_days"])
    assert orders.history == refunds.history == timedelta(days=told["history_days"])
    assert limits["decrypt"].batch_max == told["rows_per_decrypt"]
    where = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.authorize_url, SPEC.token_url) == (where["gateway"], where["authorize"], where["token"])
    assert where["spare"] in SPEC.hosts
    assert list(config().settings["scopes"]) == where["scopes"]
    renewed = wire.token_request(config(), {"refresh_token": "old"})
    assert (renewed.method, renewed.url) == ("POST", where["refresh"])
    assert wire.token_request(config(), {"code": "c"}).method == "GET"


def test_every_verb_is_there_or_says_why_not() -> None:
    for verb in spec.ABSENT:
        assert getattr(CONNECTOR.operations, verb, None) is None or verb == "listings"


# signature


@pytest.mark.parametrize("method", ["MD5", "HMAC_SHA256"])
def test_signature_vectors(method: str) -> None:
    told = FACTS["signature"]
    parameters = {**told["parameters"], "signMethod": method}
    assert wire.sign(parameters, told["secret"], method) == told[method]
    assert wire.sign({**parameters, "sign": "x"}, told["secret"], method) == told[method]
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)


@pytest.mark.parametrize("method", ["MD5", "HMAC_SHA256"])
@pytest.mark.parametrize("api", sorted(spec.METHODS))
def test_what_is_sent_is_what_was_signed(api: str, method: str) -> None:
    credentials = Credentials("ks123", "app-secret", Token("token"))
    sent = wire.request(config(sign_method=method), api, {"oid": 7, "note": "短袖 & +", "flag": None}, credentials, AT)
    assert urlsplit(sent.url).path == "/" + api.replace(".", "/")
    text = urlsplit(sent.url).query if sent.method == "GET" else sent.body.decode()
    told = {name: value for name, (value,) in parse_qs(text, strict_parsing=True).items()}
    assert sent.method == spec.METHODS[api]
    assert told.pop("sign") == wire.sign(told, "sign-secret", method)
    assert json.loads(told["param"]) == {"oid": 7, "note": "短袖 & +"}
    assert (told["timestamp"], told["version"], told["method"]) == ("1773802800123", "1", api)
    assert "app-secret" not in text and "sign-secret" not in text


def test_a_shop_without_its_third_credential_says_so() -> None:
    with pytest.raises(errors.ConfigurationError, match="sign_secret"):
        wire.request(config(sign_secret=""), "open.order.detail", {}, Credentials("a", "b"), AT)


def test_a_window_never_has_the_same_ends() -> None:
    assert wire.span(Window(AT, AT)) == {"beginTime": 1773802800123, "endTime": 1773802800124}
    assert wire.span(Window(AT, AT + timedelta(days=7)))["endTime"] == 1773802800123 + 7 * 86_400_000


# replies


def reply(document: Any, **headers: str) -> Reply:
    return Reply(200, {"content-type": "application/json", **headers}, json.dumps(document).encode())


def refused(code: int | str, api: str = "open.order.detail", **more: Any) -> errors.OrderHubError:
    told = {"result": code, "error_msg": "text", "code": str(code), "sub_code": "", "requestId": "r-1", **more}
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_envelope(api, reply(told))
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_every_error_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    error = refused(int(code))
    wanted, retryable = KINDS[kind]
    assert isinstance(error, wanted) and error.retryable is retryable
    assert (error.code, error.request_id, error.platform) == (code, "r-1", "kuaishou")
    assert isinstance(error, errors.TokenExpired) == (kind == "session")


def test_the_error_tables_are_the_page() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert {api: set(codes) for api, codes in spec.BUSINESS.items()} == {
        api: set(codes) for api, codes in FACTS["business"].items()
    }
    assert type(refused(99)) is errors.RequestRejected


def test_one_number_means_different_things_in_different_calls() -> None:
    assert isinstance(refused(21), errors.TokenExpired)
    assert isinstance(refused(21, "open.seller.order.goods.deliver"), errors.Conflict)
    assert isinstance(refused(16), errors.RateLimited)
    assert not isinstance(refused(16, "open.seller.order.refund.approve"), errors.RateLimited)
    assert isinstance(refused(2, "open.order.goods.split.deliver", sub_code="62294304"), errors.Conflict)
    assert isinstance(refused("21"), errors.TokenExpired)


def test_a_refused_signature_far_from_the_servers_clock_is_a_skewed_clock() -> None:
    told = {"result": 28, "error_msg": "sign"}
    for off, kind in ((timedelta(minutes=15), errors.ClockSkewed), (timedelta(), errors.SignatureRejected)):
        with pytest.raises(errors.AuthError) as caught:
            wire.open_envelope("open.order.detail", reply(told, date=format_datetime(AT + off, usegmt=False)), AT)
        assert isinstance(caught.value, kind)
    with pytest.raises(errors.SignatureRejected):
        wire.open_envelope("open.order.detail", reply(told), AT)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data":1}', b"<html>x</html>", b"nothing", b""])
def test_what_is_no_reply_is_a_decode_error(body: bytes) -> None:
    with pytest.raises(errors.DecodeError):
        wire.open_envelope("open.order.detail", Reply(200, {}, body))


@pytest.mark.parametrize("result", [1, "1"])
def test_success_is_one(result: Any) -> None:
    assert wire.open_envelope("a", reply({"result": result, "data": [7], "requestId": "r"})) == ([7], "r")


def test_throttling_and_trouble_of_the_http_layer() -> None:
    with pytest.raises(errors.RateLimited) as caught:
        wire.open_envelope("a", Reply(429, {"retry-after": "7"}, b""))
    assert caught.value.retry_after_s == 7
    with pytest.raises(errors.PlatformUnavailable):
        wire.open_envelope("a", Reply(503, {}, b""))


# fields


def read_by(table: Table) -> set[str]:
    return {choice for path in table.used for choice in path.split("|")}


@pytest.mark.parametrize(("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "item"), (REFUND, "refund")])
def test_every_field_that_matters_is_mapped_and_nothing_undocumented_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name]["must_map"])


def test_gifts_have_the_fields_of_goods_and_a_number_of_their_own() -> None:
    goods = {f"subOrderItemInfo.{name}" for name in FACTS["fields"]["item"]["must_map"] if "rice" not in name}
    assert read_by(tables.GIFT) == goods | {"subOrderBaseInfo.oid", "subOrderBaseInfo.status"}
