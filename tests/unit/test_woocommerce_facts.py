"""The connector's tables against facts typed from docs/platforms/woocommerce.md, in both directions; and the wire."""

from __future__ import annotations

import base64
import json
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from orderhub import errors
from orderhub.connectors.woocommerce import CONNECTOR, access, spec, tables, wire
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials

FACTS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "facts" / "woocommerce.toml").read_text(encoding="utf-8")
)
SPEC = CONNECTOR.spec
NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
APP = Credentials("ck_test", "cs_test")
KINDS = {
    "rejected": errors.RequestRejected, "permission": errors.PermissionDenied, "not_found": errors.NotFound,
    "invalid": errors.InvalidParameter, "auth": errors.AuthError,
}  # fmt: skip


def config(base_url: str = "https://shop.example", **settings: Any) -> ShopConfig:
    return ShopConfig.of(SPEC, "s", base_url=base_url, settings=settings)


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_statuses_are_all_known_and_mean_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["status"].items()}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["holds"] for raw, row in FACTS["status"].items() if row["holds"]
    }
    assert words(spec.LISTING_STATUS) == FACTS["listing_status"]


def test_topics_and_limits() -> None:
    facts = FACTS["topics"]
    assert {f"{one}.{event}" for one in facts["resources"] for event in facts["events"]} == spec.TOPICS
    assert FACTS["limits"]["page_size_max"] == spec.PAGE_SIZE_MAX == SPEC.limits["list_orders"].page_size_max
    assert SPEC.limits["list_orders"].window_max is None and not SPEC.rates


def test_error_codes_are_those_of_the_page() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"]) | set(FACTS["error_status"])


def refused(status: int, body: Any, **headers: str) -> errors.OrderHubError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_reply(Reply(status, {"content-type": "application/json", **headers}, raw))
    return caught.value


@pytest.mark.parametrize(("code", "fact"), FACTS["errors"].items())
def test_every_error_code_behaves_as_the_page_says(code: str, fact: dict[str, Any]) -> None:
    error = refused(fact["status"], {"code": code, "message": "text", "data": {"status": fact["status"]}})
    assert type(error) is KINDS[fact["kind"]]
    assert (error.code, error.message, error.platform, error.status) == (code, "text", "woocommerce", fact["status"])


@pytest.mark.parametrize(("status", "kind"), FACTS["error_status"].items())
def test_other_codes_go_by_the_status(status: str, kind: str) -> None:
    error = refused(int(status), {"code": "woocommerce_rest_something", "message": "text"})
    assert type(error) is KINDS[kind] and error.code == "woocommerce_rest_something"


@pytest.mark.parametrize("status", [429, 503])
def test_hosts_throttle_in_two_ways(status: int) -> None:
    error = refused(status, b"<html>busy</html>", **{"retry-after": "7"})
    assert isinstance(error, errors.RateLimited) and error.retry_after_s == 7.0
    assert refused(status, b"", **{"retry-after": "soon"}).retry_after_s is None


def test_pages_and_broken_replies_are_typed() -> None:
    assert isinstance(refused(500, b"oops"), errors.PlatformUnavailable)
    assert isinstance(refused(200, b"<!DOCTYPE html><p>log in"), errors.DecodeError)
    assert isinstance(refused(200, b"[1, 2"), errors.DecodeError)
    assert isinstance(refused(200, {"code": "rest_no_route", "message": "no"}), errors.RequestRejected)
    assert isinstance(refused(418, []), errors.PlatformError)


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in table.used}


@pytest.mark.parametrize(("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "line"), (tables.REFUND, "refund")])
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name])


# the wire


def sent(shop: ShopConfig, asked: wire.Asked, at: datetime = NOW, salt: str = "1") -> Any:
    return wire.request(shop, asked, APP, at, salt)


ORDERS = wire.Asked("GET", "orders", {"page": "1", "status": "processing", "search": None})


def test_signature_vectors() -> None:
    facts = FACTS["oauth"]
    told = {**facts["parameters"], "oauth_consumer_key": facts["key"], "oauth_nonce": facts["nonce"],
            "oauth_signature_method": "HMAC-SHA256", "oauth_timestamp": facts["timestamp"]}  # fmt: skip
    assert wire.oauth_signature(facts["method"], facts["url"], told, facts["secret"]) == facts["signature"]
    hook = FACTS["webhook"]
    access.webhook_signed(hook["body"].encode(), hook["signature"], hook["secret"])
    with pytest.raises(errors.SecurityError):
        access.webhook_signed(hook["body"].encode() + b" ", hook["signature"], hook["secret"])
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)


def test_over_http_the_address_is_signed_and_no_secret_is_sent() -> None:
    request = sent(config("http://shop.example"), ORDERS)
    query = dict(parse_qsl(urlsplit(request.url).query))
    signature = query.pop("oauth_signature")
    assert wire.oauth_signature("GET", FACTS["oauth"]["url"], query, "cs_test") == signature
    assert query["oauth_timestamp"] == FACTS["oauth"]["timestamp"] and len(query["oauth_nonce"]) == 32
    assert "cs_test" not in request.url and "authorization" not in request.headers
    other = dict(parse_qsl(urlsplit(sent(config("http://shop.example"), ORDERS, salt="2").url).query))
    assert other["oauth_nonce"] != query["oauth_nonce"]


def test_awkward_characters_are_signed_as_they_are_sent() -> None:
    asked = wire.Asked("GET", "products", {"sku": "A b+c&d=é~/,%"})
    query = urlsplit(sent(config("http://shop.example"), asked).url).query
    pairs = dict(part.split("=") for part in query.split("&"))
    assert pairs["sku"] == "A%20b%2Bc%26d%3D%C3%A9~%2F%2C%25"
    told = dict(parse_qsl(query))
    given = told.pop("oauth_signature")
    assert wire.oauth_signature("GET", "http://shop.example/wp-json/wc/v3/products", told, "cs_test") == given


def test_over_https_the_pair_is_sent() -> None:
    request = sent(config(), ORDERS)
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"ck_test:cs_test"
    assert request.url == "https://shop.example/wp-json/wc/v3/orders?page=1&status=processing"
    assert "consumer_secret=cs_test" in sent(config(auth="query"), ORDERS).url
    assert "oauth_signature=" in sent(config(auth="oauth"), ORDERS).url


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://shop.example", "https://shop.example/wp-json/wc/v3"),
        ("https://shop.example/", "https://shop.example/wp-json/wc/v3"),
        ("https://shop.example/blog", "https://shop.example/blog/wp-json/wc/v3"),
        ("https://shop.example/wp-json/wc/v2", "https://shop.example/wp-json/wc/v2"),
    ],
)
def test_an_address_without_the_api_is_that_of_the_site(given: str, root: str) -> None:
    assert wire.root_of(config(given)) == root
    assert root.startswith(wire.site_of(config(given)))


def test_a_shop_without_an_address_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="base_url"):
        sent(ShopConfig.of(SPEC, "s"), ORDERS)


def test_bodies_are_json_and_not_signed() -> None:
    body = {"status": "completed", "meta_data": [{"key": "k", "value": "顺丰"}]}
    request = sent(config("http://shop.example"), wire.Asked("PUT", "orders/7", {}, body))
    assert json.loads(request.body) == body and "顺丰" in request.body.decode()
    assert request.headers["content-type"] == "application/json" and request.method == "PUT"


@pytest.mark.parametrize("minutes", [0, FACTS["oauth"]["tolerance_min"] - 1, FACTS["oauth"]["tolerance_min"]])
def test_clocks_a_quarter_hour_apart_are_the_clocks_fault(minutes: int) -> None:
    reply = Reply(401, {"date": format_datetime(NOW + timedelta(minutes=minutes), usegmt=True)})
    if minutes < FACTS["oauth"]["tolerance_min"]:
        wire.check_clock(reply, NOW)
    else:
        with pytest.raises(errors.ClockSkewed):
            wire.check_clock(reply, NOW)
    wire.check_clock(Reply(401, {"date": "yesterday"}), NOW)
    wire.check_clock(Reply(401), NOW)
