"""Writing to Shopify: parcels, numbers, quantities, addresses, tokens, webhooks; lost replies above all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from shopify_script import NOW, Script, data, fulfilment, to_ship

from orderhub import errors
from orderhub.connectors.shopify import wire
from orderhub.errors import TimedOut
from orderhub.models import Address, Dispatch, ListingStock, Privacy, Recipient
from orderhub.models.status import PrivacyKind


def waiting(*rows: Any, parcels: tuple[Any, ...] = ()) -> dict[str, Any]:
    return data(order={"id": "gid://shopify/Order/4501", "cancelledAt": None, "fulfillments": list(parcels),
                       "fulfillmentOrders": {"nodes": list(rows)}})  # fmt: skip


def done(mutation: str = "fulfillmentCreate", *refusals: dict[str, Any]) -> dict[str, Any]:
    return data(**{mutation: {"userErrors": list(refusals)}})


def lost() -> TimedOut:
    return TimedOut("no reply")


def parcel(number: str = "SF1", **change: Any) -> Dispatch:
    return Dispatch(**{"order_id": "4501", "carrier": "sf", "waybill_no": number, **change})


def sent_of(script: Script, place: int) -> dict[str, Any]:
    return dict(script.sent[place]["variables"]["fulfillment"])


# parcels


def test_a_whole_order_is_what_is_left_of_its_fulfilment_orders() -> None:
    over = to_ship(30, status="CLOSED")
    script = Script(waiting(over, to_ship(31), to_ship(32, lines=((12, 0),))), done())
    [outcome] = script.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, None)
    assert sent_of(script, 1) == {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/31"}],
        "trackingInfo": {"company": "SF Express", "number": "SF1"}, "notifyCustomer": False,
    }  # fmt: skip


def test_each_location_has_a_call_of_its_own() -> None:
    rows = (to_ship(31, 1), to_ship(32, 2, ((12, 1),)), to_ship(33, 1, ((13, 1),)))
    script = Script(waiting(*rows), done(), done())
    assert script.shop().ship([parcel()])[0].ok
    told = [[row["fulfillmentOrderId"][-2:] for row in sent_of(script, place)["lineItemsByFulfillmentOrder"]]
            for place in (1, 2)]  # fmt: skip
    assert told == [["31", "33"], ["32"]]
    script = Script(waiting(*rows), done())
    assert script.shop(one_location_per_call=False).ship([parcel()])[0].ok


def test_lines_are_taken_from_the_fulfilment_orders_that_hold_them() -> None:
    rows = (to_ship(31, lines=((11, 2), (12, 1))), to_ship(32, lines=((11, 3),)))
    script = Script(waiting(*rows), done())
    assert script.shop().ship([parcel(lines=(("11", 4),))])[0].ok
    assert sent_of(script, 1)["lineItemsByFulfillmentOrder"] == [
        {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/31",
         "fulfillmentOrderLineItems": [{"id": "gid://shopify/FulfillmentOrderLineItem/3111", "quantity": 2}]},
        {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/32",
         "fulfillmentOrderLineItems": [{"id": "gid://shopify/FulfillmentOrderLineItem/3211", "quantity": 2}]},
    ]  # fmt: skip


@pytest.mark.parametrize(("lines", "kind"), [((("11", 3),), errors.Conflict), ((("99", 1),), errors.NotFound)])
def test_more_than_is_left_is_refused_before_anything_is_sent(lines: Any, kind: type[Exception]) -> None:
    script = Script(waiting(to_ship()), waiting(to_ship()))
    [outcome] = script.shop().ship([parcel(lines=lines)])
    assert not outcome.ok and isinstance(outcome.error, kind)
    assert all("mutation" not in sent["query"] for sent in script.sent)


def test_parcels_without_lines_are_one_fulfilment_with_several_numbers() -> None:
    script = Script(waiting(to_ship()), done())
    outcomes = script.shop(companies={"sf": "SF Intl"}).ship([parcel("SF1"), parcel("SF2")])
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert sent_of(script, 1)["trackingInfo"] == {"company": "SF Intl", "numbers": ["SF1", "SF2"]}
    script = Script(waiting(to_ship()))
    [first, second] = script.shop().ship([parcel("SF1"), parcel("1Z1", carrier="ups")])
    assert first.reason == second.reason == "unsupported_operation"


def test_a_carrier_without_a_name_is_asked_for() -> None:
    script = Script(waiting(to_ship()), waiting(to_ship()))
    [outcome] = script.shop().ship([parcel(carrier="pigeon")])
    assert isinstance(outcome.error, errors.InvalidParameter) and "companies" in str(outcome.error)
    script = Script(waiting(to_ship()), done())
    assert script.shop(companies={"pigeon": "Pigeon Post"}).ship([parcel(carrier="pigeon")])[0].ok


def test_a_number_that_stands_there_is_not_told_twice() -> None:
    there = waiting(parcels=(fulfilment("SF1"),))
    [outcome] = Script(there, dict(there)).shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    more = waiting(to_ship(lines=((11, 2), (12, 1))), parcels=(fulfilment("SF1", ((11, 2),)),))
    [outcome] = Script(more, dict(more)).shop().ship([parcel(lines=(("11", 2),))])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    cancelled = waiting(to_ship(), parcels=(fulfilment("SF1", status="CANCELLED"),))
    script = Script(cancelled, done())
    assert script.shop().ship([parcel()])[0].reason is None


def test_calls_of_several_locations_that_broke_off_are_gone_on_with() -> None:
    refused = done("fulfillmentCreate", {"field": [], "message": "try later"})
    half = waiting(to_ship(32, 2, ((12, 1),)), parcels=(fulfilment("SF1", ((11, 2),)),))
    for lines in (None, (("11", 2), ("12", 1))):
        whole = waiting(to_ship(31, 1), to_ship(32, 2, ((12, 1),)))
        script = Script(whole, done(), dict(refused), dict(half), dict(half), done())
        shop = script.shop()
        [first] = shop.ship([parcel(lines=lines)])
        assert not first.ok, "half of it is not all of it"
        assert shop.ship([parcel(lines=lines)])[0].ok
        [row] = sent_of(script, 5)["lineItemsByFulfillmentOrder"]
        assert row["fulfillmentOrderId"].endswith("/32")


def test_a_lost_reply_is_settled_by_reading() -> None:
    script = Script(waiting(to_ship()), lost(), waiting(parcels=(fulfilment("SF1"),)))
    [outcome] = script.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    script = Script(waiting(to_ship()), lost(), waiting(to_ship()), waiting(to_ship()), done())
    assert script.shop().ship([parcel()])[0].ok  # it never arrived: sent again, once
    assert sum("mutation" in sent["query"] for sent in script.sent) == 2


def test_an_outcome_that_cannot_be_read_is_unknown() -> None:
    script = Script(waiting(to_ship()), lost(), *[{"_status": 403}] * 3)
    [outcome] = script.shop().ship([parcel()])
    assert not outcome.ok and isinstance(outcome.error, errors.OutcomeUnknown)


def test_what_the_platform_refuses_fails_with_its_words() -> None:
    told = {"field": ["fulfillment"], "message": "Fulfillment order is on hold"}
    script = Script(waiting(to_ship()), done("fulfillmentCreate", told), waiting(to_ship()))
    [outcome] = script.shop().ship([parcel()])
    assert isinstance(outcome.error, errors.RequestRejected) and "on hold" in str(outcome.error)


def test_a_number_is_corrected_and_its_neighbours_stay() -> None:
    both = fulfilment(
        trackingInfo=[{"company": "SF Express", "number": "SF1"}, {"company": "SF Express", "number": "SF2"}]
    )
    script = Script(waiting(parcels=(both,)), done("fulfillmentTrackingInfoUpdate"))
    assert script.shop().ship([parcel("SF9", replaces="SF2")])[0].ok
    assert script.sent[1]["variables"] == {
        "fulfillmentId": "gid://shopify/Fulfillment/9", "notifyCustomer": False,
        "trackingInfoInput": {"company": "SF Express", "numbers": ["SF1", "SF9"]},
    }  # fmt: skip
    gone = waiting(parcels=(fulfilment("SF9"),))
    assert Script(gone, dict(gone)).shop().ship([parcel("SF9", replaces="SF2")])[0].reason == "already_done"
    [missing] = Script(waiting(), waiting()).shop().ship([parcel("SF9", replaces="SF2")])
    assert isinstance(missing.error, errors.NotFound)


# stock


def level(item: str = "1100", quantity: int = 7, version: int = 1) -> ListingStock:
    return ListingStock(listing_id="5", platform_sku_id=item, quantity=quantity, version=version)


def rows_of(script: Script, place: int) -> list[dict[str, Any]]:
    return list(script.sent[place]["variables"]["input"]["quantities"])


def test_quantities_are_set_with_a_key_and_without_a_check() -> None:
    script = Script(done("inventorySetQuantities"))
    outcomes = script.shop(location_id="70").push_stock([level(quantity=5), level(quantity=9, version=2)])
    assert [(outcome.ok, outcome.reason) for outcome in outcomes] == [(True, "superseded"), (True, None)]
    assert rows_of(script, 0) == [{"inventoryItemId": "gid://shopify/InventoryItem/1100", "quantity": 9,
                                   "locationId": "gid://shopify/Location/70", "changeFromQuantity": None}]  # fmt: skip
    assert '@idempotent(key: "' in script.sent[0]["query"]


def test_older_versions_say_that_nothing_is_compared() -> None:
    script = Script(done("inventorySetQuantities"))
    assert script.shop(location_id="70", api_version="2026-01").push_stock([level()])[0].ok
    assert script.sent[0]["variables"]["input"]["ignoreCompareQuantity"] is True
    assert "@idempotent" not in script.sent[0]["query"] and "changeFromQuantity" not in rows_of(script, 0)[0]


def test_a_repeat_carries_the_same_key_and_a_later_push_another() -> None:
    script = Script(lost(), done("inventorySetQuantities"), done("inventorySetQuantities"))
    shop = script.shop(location_id="70")
    assert shop.push_stock([level()])[0].ok
    script.clock.sleep(60)
    assert shop.push_stock([level()])[0].ok
    first, again, later = (sent["query"].partition("key: ")[2][:34] for sent in script.sent)
    assert first == again != later


def test_a_row_that_is_refused_fails_by_itself() -> None:
    bad = {"field": ["input", "quantities", "1", "inventoryItemId"], "message": "no such item", "code": "INVALID"}
    script = Script(done("inventorySetQuantities", bad), done("inventorySetQuantities"))
    outcomes = script.shop(location_id="70").push_stock([level("1"), level("2"), level("3")])
    assert [outcome.ok for outcome in outcomes] == [True, False, True]
    assert [row["inventoryItemId"][-1] for row in rows_of(script, 1)] == ["1", "3"]


def test_a_refusal_without_a_place_is_looked_for_row_by_row() -> None:
    vague = {"field": None, "message": "something is wrong"}
    script = Script(done("inventorySetQuantities", vague), done("inventorySetQuantities"),
                    done("inventorySetQuantities", vague))  # fmt: skip
    outcomes = script.shop(location_id="70").push_stock([level("1"), level("2")])
    assert [outcome.ok for outcome in outcomes] == [True, False]


def test_batches_hold_250_rows() -> None:
    script = Script(done("inventorySetQuantities"), done("inventorySetQuantities"))
    assert all(one.ok for one in script.shop(location_id="70").push_stock([level(str(n)) for n in range(251)]))
    assert [len(rows_of(script, place)) for place in (0, 1)] == [250, 1]


@pytest.mark.parametrize(("places", "given", "ok"), [(1, None, True), (2, None, False), (2, "first", True)])
def test_a_shop_of_several_locations_must_name_one(places: int, given: str | None, ok: bool) -> None:
    rows = [{"id": f"gid://shopify/Location/{place}", "name": "x"} for place in range(1, places + 1)]
    script = Script(data(locations={"nodes": rows}), done("inventorySetQuantities"))
    [outcome] = script.shop(location_id=given).push_stock([level()])
    assert outcome.ok is ok
    if ok:
        assert rows_of(script, 1)[0]["locationId"] == "gid://shopify/Location/1"
    else:
        assert isinstance(outcome.error, errors.InvalidParameter) and "1, 2" in str(outcome.error)


# notes and addresses


def test_the_one_note_is_the_buyers_unless_said() -> None:
    refused = Script().shop().set_memo("4501", "packed")
    assert refused.reason == "unsupported_operation" and "checkout" in str(refused.error)
    script = Script(done("orderUpdate"))
    assert script.shop(note_is="seller").set_memo("4501", "packed").ok
    assert script.sent[0]["variables"]["input"] == {"id": "gid://shopify/Order/4501", "note": "packed"}


def test_addresses_are_replaced_in_the_clear_alone() -> None:
    home = Recipient(name="Ada Example", phone="+1", privacy=Privacy(kind=PrivacyKind.CLEAR), address=Address(
        country="US", province="Oregon", city="Springfield", street="2 Low St", postal_code="97477"))  # fmt: skip
    script = Script(done("orderUpdate"))
    assert script.shop().change_address("4501", home).ok
    sent = script.sent[0]["variables"]["input"]["shippingAddress"]
    assert (sent["firstName"], sent["lastName"], sent["address1"]) == ("Ada", "Example", "2 Low St")
    masked = home.model_copy(update={"privacy": Privacy(kind=PrivacyKind.MASKED)})
    assert not Script().shop().change_address("4501", masked).ok


# authorisation


def test_the_address_where_the_merchant_installs_the_app() -> None:
    found = urlsplit(Script().shop().authorize_url("https://hub.example/back", "state-1"))
    asked = {name: values[0] for name, values in parse_qs(found.query).items()}
    assert (found.netloc, found.path) == ("some-shop.myshopify.com", "/admin/oauth/authorize")
    assert (asked["client_id"], asked["state"], "read_orders" in asked["scope"]) == ("id", "state-1", True)


def test_a_code_becomes_a_token_without_an_end() -> None:
    script = Script({"access_token": "shpat_2", "scope": "read_orders"})
    shop = script.shop()
    shop.exchange_code("c-1")
    token = shop.world.services.box.current.token
    assert (token.access_token, token.refresh_token, token.expires_at) == ("shpat_2", None, None)
    assert script.requests[0].url == "https://some-shop.myshopify.com/admin/oauth/access_token"
    assert script.sent[0] == {"client_id": "id", "client_secret": "hush", "code": "c-1"}


def callback(at: Any, **change: str) -> str:
    pairs = {"code": "c-1", "shop": "some-shop.myshopify.com", "timestamp": str(int(at.timestamp()))}
    signed = wire.callback_hmac("hush", wire.callback_text(pairs.items()))
    return urlencode({**pairs, "hmac": signed, **change})


def test_a_whole_callback_is_verified_first() -> None:
    script = Script({"access_token": "shpat_2"})
    script.shop().exchange_code(callback(NOW - timedelta(hours=23)))
    assert script.sent[0]["code"] == "c-1"
    for bad in (callback(NOW, code="c-2"), callback(NOW - timedelta(hours=25)), callback(NOW, hmac="0" * 64)):
        with pytest.raises(errors.SecurityError):
            Script().shop().exchange_code(bad)


def test_an_app_of_the_shops_own_renews_its_token() -> None:
    expired: dict[str, Any] = {"_status": 401}
    script = Script(expired, {"access_token": "shpat_2", "expires_in": 86400}, data(order=None))
    with pytest.raises(errors.NotFound):
        script.shop(refresh_token="client_credentials").get_order("1")
    assert script.sent[1] == {"client_id": "id", "client_secret": "hush", "grant_type": "client_credentials"}
    assert script.requests[2].headers["x-shopify-access-token"] == "shpat_2"


@pytest.mark.parametrize("answer", [{"_status": 400}, {"_status": 401}, {"error": "invalid_client"}])
def test_a_refused_app_is_an_auth_error(answer: dict[str, Any]) -> None:
    with pytest.raises(errors.AuthError):
        Script(dict(answer)).shop().exchange_code("c-1")


# webhooks


def push(topic: str, document: Any, secret: str = "hush", **headers: str) -> tuple[dict[str, str], bytes]:
    body = json.dumps(document).encode()
    signed = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signed, "X-Shopify-Event-Id": "e-1",
            "X-Shopify-Shop-Domain": "some-shop.myshopify.com", "X-Shopify-Triggered-At": "2026-10-20T08:00:00Z",
            **headers}, body  # fmt: skip


@pytest.mark.parametrize(("topic", "document", "orders", "refunds", "items"), [
    ("orders/create", {"id": 4501}, ("4501",), (), ()),
    ("orders/edited", {"order_edit": {"id": 1, "order_id": 4501}}, ("4501",), (), ()),
    ("fulfillments/update", {"id": 9, "order_id": 4501}, ("4501",), (), ()),
    ("refunds/create", {"id": 8, "order_id": 4501}, ("4501",), ("4501-refund-8",), ()),
    ("returns/request", {"id": 4, "order": {"id": 4501}}, ("4501",), (), ()),
    ("inventory_levels/update", {"inventory_item_id": 1100, "location_id": 1}, (), (), ("1100",)),
    ("app/uninstalled", {"id": 1}, (), (), ()),
])  # fmt: skip
def test_a_webhook_names_what_to_read_again(topic: str, document: Any, orders: Any, refunds: Any, items: Any) -> None:
    [message] = Script().shop().decode_message(*push(topic, document))
    assert (message.order_ids, message.refund_ids, message.listing_ids) == (orders, refunds, items)
    assert (message.message_id, message.topic, message.sent_at) == ("e-1", topic, NOW)


def test_a_forged_webhook_is_refused_and_a_previous_secret_still_counts() -> None:
    headers, body = push("orders/create", {"id": 1})
    for forged in ((headers, body + b" "), ({}, body), push("orders/create", {"id": 1}, "other")):
        with pytest.raises(errors.SecurityError):
            Script().shop().decode_message(*forged)
    old = push("orders/create", {"id": 1}, "other")
    assert Script().shop(previous_secrets=["other"]).decode_message(*old)
    with pytest.raises(errors.DecodeError):
        Script().shop().decode_message(*push("orders/create", [1]))
