"""Tokens, consent and notifications."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from amazon_desk import AT, TOKEN, Desk, body, refusal, reply

from orderhub import errors

LWA, DESTINATIONS = "/auth/o2/token", "/notifications/v1/destinations"
ROOT = Path(__file__).parents[2]
SCHEMAS = Path(os.environ.get("ORDERHUB_FACTS", ROOT.parent / "shared")) / "platforms" / "amazon" / "schemas"


def form(request: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def test_a_code_becomes_tokens_that_are_used_from_then_on() -> None:
    desk = Desk()
    shop = desk.shop()
    assert shop.exchange_code("spapi-code", "https://host/callback") == AT + timedelta(hours=1)
    assert form(desk.sent[0]) == {
        "grant_type": "authorization_code", "code": "spapi-code", "redirect_uri": "https://host/callback",
        "client_id": "client-1", "client_secret": "secret-1",
    }  # fmt: skip
    assert shop.credentials_expire_at == AT + timedelta(hours=1)


def test_a_token_is_refreshed_before_it_lapses() -> None:
    desk = Desk().on("GET", "/orders/.*", refusal(404, "NotFound"))
    shop = desk.shop(expires_at=AT + timedelta(minutes=1))
    with pytest.raises(errors.NotFound):
        shop.get_order("1")
    assert urlsplit(desk.sent[0].url).path == LWA


def test_a_refresh_token_that_does_not_come_again_is_kept() -> None:
    desk = Desk().on("POST", LWA, reply({"access_token": "Atza|2", "expires_in": "3600"}))
    token = desk.shop().world.run(desk.shop().ops.refresh_token("Atzr|1"))
    assert (token.access_token, token.refresh_token, token.expires_at) == ("Atza|2", "Atzr|1", AT + timedelta(hours=1))
    assert "Atz" not in repr(token)


@pytest.mark.parametrize(("settings", "host"), [
    ({}, "sellercentral.amazon.com"), ({"marketplace_ids": ["DE"]}, "sellercentral-europe.amazon.com"),
    ({"consent_host": "sellercentral.amazon.in"}, "sellercentral.amazon.in"),
])  # fmt: skip
def test_the_consent_page(settings: dict[str, Any], host: str) -> None:
    shop = Desk().shop(application_id="amzn1.sp.solution.x", app_is_draft=True, **settings)
    parts = urlsplit(shop.authorize_url("https://host/back", "st&te"))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", host, "/apps/authorize/consent")
    assert parse_qs(parts.query) == {"application_id": ["amzn1.sp.solution.x"], "state": ["st&te"],
                                     "redirect_uri": ["https://host/back"], "version": ["beta"]}  # fmt: skip
    with pytest.raises(errors.ConfigurationError, match="application_id"):
        Desk().shop().authorize_url("https://host/back", "s")


def test_subscriptions_need_a_destination_and_one_that_exists_is_fine() -> None:
    desk = Desk().on("POST", "/notifications/v1/subscriptions/.*", refusal(409, "Conflict"), reply({"payload": {}}))
    desk.shop(destination_id="D1").permit_messages()
    sent = desk.calls("/notifications/v1/subscriptions/.*")
    assert [request.url.rpartition("/")[2] for request in sent] == ["ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"]
    assert body(sent[0]) == {"payloadVersion": "1.0", "destinationId": "D1"}
    with pytest.raises(errors.ConfigurationError, match="queue_arn"):
        Desk().shop().permit_messages()


@pytest.mark.parametrize("known", [True, False])
def test_a_queue_s_destination_is_found_or_made_without_a_seller(known: bool) -> None:
    arn = "arn:aws:sqs:us-east-2:444455556666:queue1"
    rows = [{"destinationId": "D7", "resource": {"sqs": {"arn": arn}}, "name": "q"}] if known else []
    desk = (
        Desk().on("POST", LWA, reply({**TOKEN, "access_token": "Atza|app"})).on("GET", DESTINATIONS, {"payload": rows})
    )
    desk.on("POST", DESTINATIONS, {"payload": {"destinationId": "D8"}})
    desk.on("POST", "/notifications/v1/subscriptions/.*", {"payload": {}})
    desk.shop(queue_arn=arn).permit_messages(["ORDER_CHANGE"])
    assert form(desk.calls(LWA)[0]) == {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications",
                                        "client_id": "client-1", "client_secret": "secret-1"}  # fmt: skip
    assert {r.headers["x-amz-access-token"] for r in desk.calls(DESTINATIONS)} == {"Atza|app"}
    (subscribed,) = desk.calls("/notifications/v1/subscriptions/ORDER_CHANGE")
    assert subscribed.headers["x-amz-access-token"] == "Atza|old"
    assert body(subscribed)["destinationId"] == ("D7" if known else "D8")


CHANGE = {
    "NotificationVersion": "1.0", "NotificationType": "ORDER_CHANGE", "PayloadVersion": "1.0",
    "EventTime": "2026-04-03T11:00:00.109Z",
    "Payload": {"OrderChangeNotification": {
        "NotificationLevel": "OrderLevel", "SellerId": "SELLER1", "AmazonOrderId": "113-1111111-1111111",
        "OrderChangeType": "BuyerRequestedChange", "OrderChangeTrigger": None,
        "Summary": {"MarketplaceId": "ATVPDKIKX0DER", "OrderStatus": "Unshipped", "FulfillmentType": "MFN"}}},
    "NotificationMetadata": {"ApplicationId": "app", "SubscriptionId": "s", "NotificationId": "n-1"},
}  # fmt: skip
QUANTITY = {
    "NotificationType": "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "EventTime": "2026-04-03T11:00:00Z",
    "Payload": {"SellerId": "SELLER1", "FulfillmentChannelCode": "DEFAULT", "Sku": "A", "Quantity": 9},
    "NotificationMetadata": {"NotificationId": "n-2"},
}  # fmt: skip


@pytest.mark.parametrize("wrap", [
    lambda text: text, lambda text: json.dumps([json.loads(text)]),
    lambda text: json.dumps({"Messages": [{"MessageId": "m", "ReceiptHandle": "h", "Body": text}]}),
    lambda text: json.dumps({"Records": [{"messageId": "m", "body": text}]}),
    lambda text: json.dumps({"Type": "Notification", "Message": text}),
    lambda text: json.dumps({"detail-type": "ORDER_CHANGE", "detail": json.loads(text)}),
], ids=["plain", "list", "sqs", "lambda", "sns", "eventbridge"])  # fmt: skip
def test_notifications_say_what_to_read_again(wrap: Any) -> None:
    (message,) = Desk().shop().decode_message({}, wrap(json.dumps(CHANGE)).encode())
    assert (message.message_id, message.topic, message.shop_hint) == ("n-1", "ORDER_CHANGE", "SELLER1")
    assert message.order_ids == ("113-1111111-1111111",)
    assert message.sent_at == datetime(2026, 4, 3, 11, 0, 0, 109000, tzinfo=UTC)
    (message,) = Desk().shop().decode_message({}, wrap(json.dumps(QUANTITY)).encode())
    assert (message.order_ids, message.listing_ids) == ((), ("A",))


@pytest.mark.parametrize("raw", [b"", b"[1]", b"{}", b'{"Payload": {}}', b"\xff", b'"text"'])
def test_what_is_no_notification_is_refused(raw: bytes) -> None:
    with pytest.raises(errors.DecodeError):
        Desk().shop().decode_message({}, raw)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"Amazon's notification schemas are not at {SCHEMAS}")
def test_every_example_of_the_official_schemas_is_read() -> None:
    seen = set()
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        for example in schema.get("examples", ()) if "otification" in json.dumps(schema)[:4000] else ():
            if not isinstance(example, dict) or not {"NotificationType", "notificationType"} & set(example):
                continue
            (message,) = Desk().shop().decode_message({}, json.dumps(example).encode())
            seen.add(message.topic)
            assert message.message_id and message.sent_at
    assert {"ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"} <= seen
