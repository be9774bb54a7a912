"""What goes over the wire to Amazon and what is made of its replies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from amazon_desk import ENTRY, LOST, Desk, body, order, query, refusal, reply

from orderhub import errors
from orderhub.connectors.amazon import CONNECTOR, wire
from orderhub.drivers.guard import HostGuard
from orderhub.flow.message import Reply, Request
from orderhub.kit.spec import ShopConfig
from orderhub.models import Credentials, Token

ORDER = "/orders/2026-01-01/orders/113.*"
AT = datetime(2026, 4, 3, 12, 0, 1, 500, tzinfo=UTC)


def config(**settings: object) -> ShopConfig:
    return ShopConfig.of(CONNECTOR.spec, "a-1", app=Credentials("client-1", "secret-1"), settings=settings)


def request(name: str = "listings.getListingsItem", **given: object) -> Request:
    parts = {"path": {"sellerId": "S 1", "sku": "SKU/1 a+ü%"}, "query": {}, "body": None} | given
    credentials = Credentials("client-1", "secret-1", Token("Atza|1"))
    return wire.request(config(), name, credentials, AT, **parts)  # type: ignore[arg-type]


def test_headers_are_the_whole_authorisation() -> None:
    sent = request()
    assert sent.headers["x-amz-access-token"] == "Atza|1"
    assert sent.headers["x-amz-date"] == "20260403T120001Z"
    assert 0 < len(sent.headers["user-agent"]) <= 500
    assert not {"authorization", "content-type", "content-length", "host"} & set(sent.headers)
    assert sent.body == b""


def test_paths_are_encoded_once_slashes_included() -> None:
    assert request().url.endswith("/listings/2021-08-01/items/S%201/SKU%2F1%20a%2B%C3%BC%25")


def test_lists_are_one_value_and_tokens_go_back_as_they_came() -> None:
    sent = request(query={"marketplaceIds": ["A", "B"], "paginationToken": "a+b/=", "empty": "", "none": None})
    assert sent.url.partition("?")[2] == "marketplaceIds=A%2CB&paginationToken=a%2Bb%2F%3D"


def test_a_body_is_json_and_says_so() -> None:
    sent = request("feeds.createFeed", path={}, body={"name": "名"})
    assert (sent.headers["content-type"], body(sent)) == ("application/json", {"name": "名"})


@pytest.mark.parametrize(
    ("settings", "host"),
    [({}, "na"), ({"region": "eu"}, "eu"), ({"marketplace_ids": ["JP"]}, "fe"), ({"marketplace_ids": "DE,FR"}, "eu")],
    ids=str,
)  # fmt: skip
def test_the_region_follows_the_stores(settings: dict[str, object], host: str) -> None:
    assert wire.base_url(config(**settings)) == f"https://sellingpartnerapi-{host}.amazon.com"


def test_stores_of_two_regions_are_refused_at_once() -> None:
    with pytest.raises(errors.ConfigurationError, match="several regions"):
        Desk().shop(base_url=None, token_url=None, marketplace_ids=["US", "DE"])


def test_an_address_that_was_given_wins() -> None:
    desk = Desk().on("GET", ORDER, reply({"order": order()}))
    desk.shop(marketplace_ids=["JP"], base_url="https://api.test/").get_order("113-1111111-1111111")
    assert desk.sent[0].url.startswith("https://api.test/orders/")


@pytest.mark.parametrize(
    ("at", "up", "text"),
    [(AT, False, "2026-04-03T12:00:01Z"), (AT, True, "2026-04-03T12:00:02Z"),
     (AT.replace(microsecond=0), True, "2026-04-03T12:00:01Z")],
)  # fmt: skip
def test_instants_have_whole_seconds(at: datetime, up: bool, text: str) -> None:
    assert wire.instant(at, up=up) == text


def test_204_has_no_document() -> None:
    assert wire.open_reply("orders_v0.confirmShipment", Reply(204, {"x-amzn-requestid": "r"}, b"")).document == {}


@pytest.mark.parametrize(("told", "rate"), [("0.0167", 0.0167), ("2.0", 2.0), ("", None), ("x", None), ("0", None)])
def test_the_rate_of_a_reply(told: str, rate: float | None) -> None:
    assert wire.open_reply("orders.getOrder", reply({}, x_amzn_ratelimit_limit=told)).rate_per_s == rate


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.RequestRejected), (403, errors.PermissionDenied), (502, errors.PlatformUnavailable),
     (200, errors.DecodeError)],
)  # fmt: skip
def test_pages_that_no_program_meant_to_read(status: int, kind: type[errors.OrderHubError]) -> None:
    page = Reply(status, {"content-type": "text/html"}, b"<html><h1>Bad   Gateway</h1>" + b"x" * 5000 + b"</html>")
    with pytest.raises(kind) as caught:
        wire.open_reply("orders.getOrder", page)
    assert len(caught.value.message) < 400
    assert "Bad Gateway" in caught.value.message or status == 200
    assert caught.value.retryable == (status in (200, 502))


def test_errors_in_a_success_are_errors() -> None:
    with pytest.raises(errors.InvalidParameter):
        wire.open_reply(
            "orders.getOrder", reply({"payload": None, "errors": [{"code": "InvalidInput", "message": "m"}]})
        )
    assert wire.open_reply("orders.getOrder", reply({"payload": {}, "errors": []})).document == {
        "payload": {},
        "errors": [],
    }


@pytest.mark.parametrize(
    ("name", "wait"), [("orders_v0.getOrders", 59.88), ("orders.getOrder", 2), ("orders.searchOrders", 60)]
)
def test_throttled_calls_say_how_long_a_token_takes(name: str, wait: float) -> None:
    with pytest.raises(errors.RateLimited) as caught:
        wire.open_reply(name, refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource."))
    assert caught.value.retry_after_s == pytest.approx(wait, abs=0.01)


def test_a_throttled_read_waits_and_goes_on() -> None:
    desk = Desk().on("GET", ORDER, refusal(429, "QuotaExceeded"), reply({"order": order()}))
    assert desk.shop().get_order("113-1111111-1111111").order_id == "113-1111111-1111111"
    assert desk.clock.slept >= 2


def test_buckets_start_at_the_documented_rate_and_learn_from_replies() -> None:
    page = reply({"orders": []})
    desk = Desk().on("GET", "/orders/2026-01-01/orders", page)
    shop = desk.shop()
    window = {"updated_since": datetime(2026, 4, 1, tzinfo=UTC), "updated_until": datetime(2026, 4, 2, tzinfo=UTC)}
    for _ in range(20):
        assert list(shop.orders(**window)) == []
    assert desk.clock.slept == 0
    list(shop.orders(**window))
    assert desk.clock.slept == pytest.approx(1 / 0.0056, abs=0.01)
    desk.on("GET", "/orders/2026-01-01/orders", reply({"orders": []}, x_amzn_ratelimit_limit="0.5"))
    list(shop.orders(**window))
    slept = desk.clock.slept
    list(shop.orders(**window))
    assert desk.clock.slept - slept == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("details", ["The access token you provided has expired.",
                                     "The access token you provided is revoked, malformed or invalid."])  # fmt: skip
def test_a_lapsed_token_is_refreshed_once_and_the_call_repeated(details: str) -> None:
    stale = refusal(403, "Unauthorized", "Access to requested resource is denied.", details)
    desk = Desk().on("GET", ORDER, stale, reply({"order": order()}))
    desk.shop().get_order("113-1111111-1111111")
    first, second = desk.calls(ORDER)
    assert (first.headers["x-amz-access-token"], second.headers["x-amz-access-token"]) == ("Atza|old", "Atza|new")
    (token,) = desk.calls("/auth/o2/token")
    assert token.headers["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    sent = dict(pair.split("=") for pair in token.body.decode().split("&"))
    assert sent == {"grant_type": "refresh_token", "refresh_token": "Atzr%7C1", "client_id": "client-1",
                    "client_secret": "secret-1"}  # fmt: skip


@pytest.mark.fault(24)
def test_a_refused_refresh_is_not_hammered() -> None:
    stale = refusal(403, "Unauthorized", "x", "The access token you provided has expired.")
    refused = reply({"error": "invalid_grant", "error_description": "The request has an invalid grant parameter"}, 400)
    desk = Desk().on("GET", ORDER, stale).on("POST", "/auth/o2/token", refused)
    shop = desk.shop()
    for _ in range(3):
        with pytest.raises(errors.AuthError) as caught:
            shop.get_order("113-1111111-1111111")
        assert "secret-1" not in str(caught.value)
        assert "Atz" not in str(caught.value)
    assert len(desk.calls("/auth/o2/token")) == 1


def test_a_refusal_of_rights_is_not_answered_with_a_refresh() -> None:
    desk = Desk().on("GET", ORDER, refusal(403, "Unauthorized", "Access to requested resource is denied."))
    with pytest.raises(errors.PermissionDenied):
        desk.shop(personal_data=False).get_order("113-1111111-1111111")
    assert not desk.calls("/auth/o2/token")


def test_reads_are_repeated_after_a_lost_reply() -> None:
    desk = Desk().on("GET", ORDER, LOST, refusal(503, "ServiceUnavailable"), reply({"order": order()}))
    assert desk.shop().get_order("113-1111111-1111111").total == 25


def test_connect_takes_every_key_of_an_account_and_refuses_others() -> None:
    shop = Desk().shop()
    assert (shop.key, shop.platform) == ("amazon:a-1", "amazon")
    with pytest.raises(errors.ConfigurationError, match="no setting"):
        Desk().shop(aws_access_key="x")


def test_token_addresses_without_a_path_stand_for_the_server() -> None:
    made = ShopConfig.of(CONNECTOR.spec, "a", base_url="http://127.0.0.1:8700", token_url="http://127.0.0.1:8700")
    assert made.token_url == "http://127.0.0.1:8700/auth/o2/token"
    assert wire.base_url(made) == "http://127.0.0.1:8700"


def test_credentials_never_go_to_stores_of_documents() -> None:
    guard = HostGuard(CONNECTOR.spec.hosts)
    guard.check(Request("PUT", "https://bucket.s3.amazonaws.com/x?sig=1", {"content-type": "text/xml"}, b"x"))
    guard.check(Request("GET", "https://sellingpartnerapi-eu.amazon.com/x", {"x-amz-access-token": "t"}))
    for url in ("https://bucket.s3.amazonaws.com/x", "https://evil.test/", "http://bucket.s3.amazonaws.com/"):
        with pytest.raises(errors.SecurityError):
            guard.check(Request("GET", url, {"x-amz-access-token": "t"}))


def test_queries_show_no_secret() -> None:
    desk = Desk().on("GET", ORDER, reply({"order": order()}))
    desk.shop().get_order("113-1111111-1111111")
    assert not any(str(secret) in desk.sent[0].url for secret in (ENTRY["app_secret"], ENTRY["access_token"]))
    assert set(query(desk.sent[0])) == {"includedData"}
