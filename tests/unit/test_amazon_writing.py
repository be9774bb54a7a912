"""Parcels, quantities, cancellations: what is sent, and what is made of replies that are lost, refused or late."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from amazon_desk import LOST, Desk, body, item, order, package, query, refusal, reply, shipped

from orderhub import errors
from orderhub.flow.message import Reply, Request
from orderhub.models import Dispatch, ListingStock

ONE, CONFIRM = "/orders/2026-01-01/orders/[^/]+", "/orders/v0/orders/[^/]+/shipmentConfirmation"
PATCH, FIND = "/listings/2021-08-01/items/SELLER1/.+", "/listings/2021-08-01/items/SELLER1"
FEED_DOCUMENTS, FEEDS, FEED = "/feeds/2021-06-30/documents", "/feeds/2021-06-30/feeds", "/feeds/2021-06-30/feeds/F1"
DONE = Reply(204, {"x-amzn-requestid": "r"}, b"")
ORDER_ID = "113-1111111-1111111"


def parcel(waybill: str = "W1", **given: Any) -> Dispatch:
    return Dispatch(order_id=ORDER_ID, waybill_no=waybill, **{"carrier": "ups", **given})


def desk(*states: dict[str, Any], confirm: Any = DONE) -> Desk:
    answers = [reply({"order": state}) for state in states or (order(),)]
    made = Desk().on("GET", ONE, *answers)
    return made.on("POST", CONFIRM, *(confirm if isinstance(confirm, list) else [confirm]))


def test_a_whole_order_is_one_package_of_everything_left() -> None:
    at = desk(order(orderItems=[item("L1", 2, "10.00", 1), item("L2", 1, "5.00")]))
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason, outcome.key) == (True, None, f"{ORDER_ID}:W1")
    (sent,) = at.calls(CONFIRM)
    told = body(sent)
    reference = told["packageDetail"].pop("packageReferenceId")
    assert isinstance(reference, str) and re.fullmatch(r"[1-9]\d*", reference)
    assert told == {"marketplaceId": "ATVPDKIKX0DER", "packageDetail": {
        "carrierCode": "UPS", "carrierName": "UPS", "trackingNumber": "W1", "shipDate": "2026-04-03T12:00:00Z",
        "orderItems": [{"orderItemId": "L1", "quantity": 1}, {"orderItemId": "L2", "quantity": 1}],
    }}  # fmt: skip
    assert "RECIPIENT" not in query(at.sent[0])["includedData"]  # people are not needed for this


@pytest.mark.parametrize(("carrier", "code", "name"), [
    ("usps", "USPS", "USPS"), ("fedex", "FedEx", "FedEx"), ("FedEx", "FedEx", "FedEx"), ("sf", "Other", "SF Express"),
    ("Royal Mail", "Other", "Royal Mail"), ("yunexpress", "YunExpress", "YunExpress"),
])  # fmt: skip
def test_carriers_without_a_code_go_by_name(carrier: str, code: str, name: str) -> None:
    at = desk()
    at.shop(carrier_codes={"yunexpress": "YunExpress"}).ship([parcel(carrier=carrier)])
    told = body(at.calls(CONFIRM)[0])["packageDetail"]
    assert (told["carrierCode"], told["carrierName"]) == (code, name)


def test_the_list_of_carriers_needs_no_call() -> None:
    at = Desk()
    rows = {row.carrier: row for row in at.shop().carriers()}
    assert (rows["ups"].code, rows["sf"].code, rows["sf"].name) == ("UPS", "Other", "SF Express")
    assert not at.sent


def test_several_parcels_are_several_packages_that_share_the_units() -> None:
    at = desk()
    outcomes = at.shop().ship([parcel("W1"), parcel("W2", lines=(("L1", 1),)), parcel("W3")])
    assert [outcome.ok for outcome in outcomes] == [True, True, True]
    packages = [body(request)["packageDetail"] for request in at.calls(CONFIRM)]
    assert len({row["packageReferenceId"] for row in packages}) == 3
    told = {row["trackingNumber"]: [(i["orderItemId"], i["quantity"]) for i in row["orderItems"]] for row in packages}
    assert told == {"W1": [("L1", 1)], "W2": [("L1", 1)], "W3": [("L2", 1)]}


@pytest.mark.parametrize(("lines", "field"), [((("L1", 3),), "L1"), ((("L9", 1),), "L9"), ((("L1", 0),), "L1")])
def test_lines_that_are_not_there_to_ship_are_refused_before_anything_is_sent(lines: Any, field: str) -> None:
    at = desk()
    bad, good = at.shop().ship([parcel("W1", lines=lines), parcel("W2", lines=(("L2", 1),))])
    assert (bad.ok, bad.reason, good.ok) == (False, "invalid_parameter", True)
    assert field in str(bad.error)
    assert len(at.calls(CONFIRM)) == 1


def test_more_parcels_than_units_are_refused() -> None:
    at = desk(order(orderItems=[item("L1", 1, "25.00")]))
    outcomes = at.shop().ship([parcel("W1"), parcel("W2")])
    assert [outcome.reason for outcome in outcomes] == ["invalid_parameter"] * 2
    assert not at.calls(CONFIRM)


def test_a_repeat_of_the_same_parcel_uses_the_same_package_number() -> None:
    numbers = set()
    for _ in range(2):
        at = desk()
        at.shop().ship([parcel()])
        numbers.add(body(at.calls(CONFIRM)[0])["packageDetail"]["packageReferenceId"])
    assert len(numbers) == 1


def test_a_package_that_is_there_already_is_not_sent() -> None:
    at = desk(shipped(package("7", "W1", ("L1", 2), ("L2", 1))))
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert not at.calls(CONFIRM)


def test_a_voided_package_does_not_count() -> None:
    at = desk(order(packages=[package("7", "W1", ("L1", 2), status="CANCELLED")]))
    assert at.shop().ship([parcel()])[0].reason is None
    assert len(at.calls(CONFIRM)) == 1


def test_another_parcel_of_a_shipped_order_has_nothing_to_carry() -> None:
    at = desk(shipped(package("7", "W1", ("L1", 2), ("L2", 1))))
    (outcome,) = at.shop().ship([parcel("W2")])
    assert (outcome.ok, outcome.reason) == (False, "conflict")


def test_a_correction_edits_the_package() -> None:
    at = desk(shipped(package("7", "W1", ("L1", 2)), package("8", "W9", ("L2", 1))))
    (outcome,) = at.shop().ship([parcel("W2", replaces="W1")])
    assert outcome.ok
    told = body(at.calls(CONFIRM)[0])["packageDetail"]
    assert (told["packageReferenceId"], told["trackingNumber"]) == ("7", "W2")
    assert told["orderItems"] == [{"orderItemId": "L1", "quantity": 2}]


def test_a_correction_that_was_made_already_is_not_made_again() -> None:
    at = desk(shipped(package("7", "W2", ("L1", 2), ("L2", 1))))
    assert at.shop().ship([parcel("W2", replaces="W1")])[0].reason == "already_done"


@pytest.mark.parametrize(
    ("number", "waybill", "reason"), [("7", "W8", "not_found"), ("box-a", "W1", "invalid_parameter")]
)
def test_a_correction_of_what_cannot_be_edited(number: str, waybill: str, reason: str) -> None:
    at = desk(shipped(package(number, waybill, ("L1", 2), ("L2", 1))))
    (outcome,) = at.shop().ship([parcel("W2", replaces="W1")])
    assert (outcome.ok, outcome.reason) == (False, reason)
    assert not at.calls(CONFIRM)


@pytest.mark.parametrize("fulfillment", [
    {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}, {"fulfillmentStatus": "UNSHIPPED"},
    {"fulfillmentStatus": "PENDING", "fulfilledBy": "MERCHANT"}, {"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"},
    {"fulfillmentStatus": "NEW_WORD", "fulfilledBy": "MERCHANT"},
], ids=str)  # fmt: skip
def test_orders_that_are_not_ours_to_ship_are_never_confirmed(fulfillment: dict[str, str]) -> None:
    at = desk(order(fulfillment=fulfillment))
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (False, "conflict")
    assert not at.calls(CONFIRM)


def test_transparency_codes_go_with_their_line() -> None:
    at = desk()
    at.shop().ship([parcel(serial_numbers=(("L1", "T1"), ("L1", "T2")))])
    items = body(at.calls(CONFIRM)[0])["packageDetail"]["orderItems"]
    assert items == [{"orderItemId": "L1", "quantity": 2, "transparencyCodes": ["T1", "T2"]},
                     {"orderItemId": "L2", "quantity": 1}]  # fmt: skip


def test_a_lost_reply_is_settled_by_reading() -> None:
    at = desk(order(), shipped(package("7", "W1", ("L1", 2), ("L2", 1))), confirm=LOST)
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert len(at.calls(CONFIRM)) == 1


def test_a_lost_request_is_sent_once_more_under_the_same_number() -> None:
    at = desk(confirm=[LOST, DONE])
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, None)
    first, second = (body(request)["packageDetail"] for request in at.calls(CONFIRM))
    assert first == second


def test_what_cannot_be_settled_is_said() -> None:
    at = desk(confirm=LOST)
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.ok, type(outcome.error)) == (False, errors.OutcomeUnknown)
    assert len(at.calls(CONFIRM)) == 2
    at = Desk().on("GET", ONE, reply({"order": order()}), refusal(503, "ServiceUnavailable")).on("POST", CONFIRM, LOST)
    (outcome,) = at.shop().ship([parcel()])
    assert isinstance(outcome.error, errors.OutcomeUnknown)


def test_one_order_that_does_not_exist_harms_no_other() -> None:
    at = desk()
    at.on("GET", "/orders/2026-01-01/orders/nope", refusal(404, "NotFound"))
    bad, good = at.shop().ship([Dispatch(order_id="nope", carrier="ups", waybill_no="W0"), parcel()])
    assert (bad.ok, bad.reason, good.ok) == (False, "not_found", True)


def test_a_refusal_is_told_with_its_text() -> None:
    at = desk(confirm=refusal(400, "InvalidInput", "Invalid Input", "PackageReferenceId: is invalid"))
    (outcome,) = at.shop().ship([parcel()])
    assert (outcome.reason, outcome.error.code if outcome.error else "") == ("invalid_parameter", "InvalidInput")
    assert "PackageReferenceId" in str(outcome.error)


def test_v0_shows_no_packages_so_a_repeat_edits_the_same_one() -> None:
    head = {
        "AmazonOrderId": ORDER_ID,
        "OrderStatus": "Shipped",
        "FulfillmentChannel": "MFN",
        "MarketplaceId": "ATVPDKIKX0DER",
    }
    items = [{"OrderItemId": "01", "QuantityOrdered": 2, "QuantityShipped": 2}]
    at = Desk().on("GET", "/orders/v0/orders/[^/]+", reply({"payload": head}))
    at.on(
        "GET",
        "/orders/v0/orders/[^/]+/orderItems",
        reply({"payload": {"AmazonOrderId": ORDER_ID, "OrderItems": items}}),
    )
    at.on("POST", CONFIRM, LOST, DONE, DONE)
    shop = at.shop(wire="orders_v0")
    assert shop.ship([parcel()])[0].ok
    assert shop.ship([parcel("W2", replaces="W1")])[0].ok
    told = [body(request)["packageDetail"] for request in at.calls(CONFIRM)]
    assert len({row["packageReferenceId"] for row in told}) == 1
    assert [row["trackingNumber"] for row in told] == ["W1", "W1", "W2"]
    assert not at.calls("/tokens/.*")  # people are not needed for this


# --- quantities ------------------------------------------------------------------------------------------------------

ACCEPTED = reply({"sku": "A", "status": "ACCEPTED", "submissionId": "s", "issues": []})
INVALID = reply({"sku": "A", "status": "INVALID", "submissionId": "s", "issues": [
    {"code": "90000900", "message": "The attributes are invalid.", "severity": "ERROR", "attributeNames": ["fulfillment"],
     "categories": ["INVALID_ATTRIBUTE"]}]})  # fmt: skip


def level(sku: str, quantity: int, version: int = 1) -> ListingStock:
    return ListingStock(listing_id=sku, quantity=quantity, version=version)


def listed(sku: str, *channels: str, **given: Any) -> dict[str, Any]:
    return {
        "sku": sku,
        "fulfillmentAvailability": [{"fulfillmentChannelCode": c, "quantity": 5} for c in channels],
    } | given


def stock_desk(*found: dict[str, Any], patch: Any = ACCEPTED) -> Desk:
    made = Desk().on("GET", FIND, reply({"numberOfResults": len(found), "items": list(found)}))
    return made.on("PATCH", PATCH, *(patch if isinstance(patch, list) else [patch]))


def test_a_quantity_is_merged_into_the_merchant_s_channel() -> None:
    at = stock_desk(listed("SKU/1 ü", "DEFAULT"))
    (outcome,) = at.shop().push_stock([level("SKU/1 ü", 7)])
    assert (outcome.ok, outcome.key) == (True, "SKU/1 ü")
    (sent,) = at.calls(PATCH, "PATCH")
    assert sent.url.split("?")[0].endswith("/SELLER1/SKU%2F1%20%C3%BC")
    assert query(sent) == {"marketplaceIds": "ATVPDKIKX0DER", "includedData": "issues"}
    assert body(sent) == {"productType": "PRODUCT", "patches": [
        {"op": "merge", "path": "/attributes/fulfillment_availability",
         "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}]}]}  # fmt: skip


@pytest.mark.parametrize("status", ["INVALID", "VALID", "SOMETHING_NEW"])
def test_http_200_with_another_status_than_accepted_is_a_failure(status: str) -> None:
    refused = json.loads(INVALID.body) | {"status": status}
    at = stock_desk(listed("A", "DEFAULT"), patch=reply(refused))
    (outcome,) = at.shop().push_stock([level("A", 7)])
    assert (outcome.ok, outcome.reason) == (False, "request_rejected")
    assert outcome.error is not None and outcome.error.code == "90000900"
    assert "The attributes are invalid." in str(outcome.error) and status in str(outcome.error)


def test_the_newest_figure_wins_and_one_bad_listing_harms_no_other() -> None:
    at = stock_desk(listed("A", "DEFAULT"), listed("B", "DEFAULT"), patch=[refusal(404, "NOT_FOUND"), ACCEPTED])
    outcomes = at.shop().push_stock([level("A", 1, 1), level("B", 2), level("A", 3, 2)])
    assert [(o.ok, o.key, o.reason) for o in outcomes] == [
        (True, "A", "superseded"), (True, "B", None), (False, "A", "not_found")]  # fmt: skip
    told = [body(r)["patches"][0]["value"][0]["quantity"] for r in at.calls(PATCH, "PATCH")]
    assert told == [3, 2]


def test_skus_that_amazon_stocks_are_refused() -> None:
    at = stock_desk(listed("A", "AMAZON_NA"), listed("B", "AMAZON_NA", "DEFAULT"))
    fba, both, new = at.shop().push_stock([level("A", 1), level("B", 2), level("C", 3)])
    assert (fba.ok, fba.reason) == (False, "fulfilled_by_platform")
    assert both.ok and new.ok
    (asked,) = at.calls(FIND, "GET")
    assert query(asked)["identifiers"] == "A,B,C"
    assert (query(asked)["identifiersType"], query(asked)["includedData"]) == ("SKU", "fulfillmentAvailability")


def test_channels_that_a_list_has_shown_are_not_looked_up_and_commas_are_asked_alone() -> None:
    at = stock_desk(listed("A", "DEFAULT"))
    at.on("GET", PATCH, reply(listed("A,1", "AMAZON_NA")))
    shop = at.shop()
    assert [row.sku for row in shop.listings()] == ["A"]
    before = len(at.calls(FIND))
    fine, theirs = shop.push_stock([level("A", 1), level("A,1", 1)])
    assert (fine.ok, theirs.reason, len(at.calls(FIND))) == (True, "fulfilled_by_platform", before)
    at = stock_desk()
    assert at.shop(check_channels=False).push_stock([level("A", 1)])[0].ok
    assert not at.calls(FIND)


def test_where_channels_cannot_be_looked_up_nothing_is_pushed() -> None:
    at = stock_desk().on("GET", FIND, refusal(403, "Unauthorized", "Access to requested resource is denied."))
    (outcome,) = at.shop().push_stock([level("A", 1)])
    assert (outcome.ok, outcome.reason) == (False, "permission_denied")
    assert not at.calls(PATCH, "PATCH")


def test_listings_need_the_seller() -> None:
    with pytest.raises(errors.ConfigurationError, match="seller_id"):
        list(Desk().shop(seller_id=None).listings())


def test_listings_tell_price_status_and_the_merchant_s_own_quantity() -> None:
    summary = {"marketplaceId": "ATVPDKIKX0DER", "asin": "B0A", "itemName": "Mug", "status": ["DISCOVERABLE", "BUYABLE"],
               "createdDate": "2026-01-01T00:00:00Z"}  # fmt: skip
    offers = [
        {"marketplaceId": "ATVPDKIKX0DER", "offerType": "B2B", "price": {"amount": "9.00", "currencyCode": "USD"}},
        {"marketplaceId": "ATVPDKIKX0DER", "offerType": "B2C", "price": {"amount": "12.50", "currencyCode": "USD"}},
    ]
    rows = [
        listed("A", "DEFAULT", summaries=[summary], offers=offers),
        listed("B", "AMAZON_NA", summaries=[]),
        {"x": 1},
    ]
    stream = stock_desk(*rows).shop().listings()
    mug, theirs = stream
    assert (mug.listing_id, mug.sku, mug.title, mug.quantity) == ("A", "A", "Mug", 5)
    assert (str(mug.price), mug.currency, mug.status, mug.extra["asin"]) == ("12.50", "USD", "active", "B0A")
    assert (theirs.quantity, theirs.status, theirs.price) == (None, "unknown", None)
    assert [finding.code for finding in stream.findings] == ["undecodable"]


def test_more_than_a_thousand_listings_go_on_by_creation_time() -> None:
    def answer(request: Request) -> Reply:
        asked = query(request)
        start = int((asked.get("createdAfter") or "2026-01-01T00:00:0000")[-4:].rstrip("Z") or 0)
        first = start + int(asked.get("pageToken") or 0)
        rows = [listed(f"S{n:04}", "DEFAULT", summaries=[{"createdDate": f"2026-01-01T00:00:{n:04}", "status": []}])
                for n in range(first, min(first + 20, 1500, start + 1000))]  # fmt: skip
        following = first - start + 20
        more = following < 1000 and first + 20 < 1500
        return reply(
            {"numberOfResults": 1000, "items": rows, "pagination": {"nextToken": str(following)} if more else {}}
        )

    at = Desk().on("GET", FIND, answer)
    found = [row.listing_id for row in at.shop().listings()]
    assert found == [f"S{n:04}" for n in range(1500)]


# --- feeds -----------------------------------------------------------------------------------------------------------

REPORT = {"header": {"sellerId": "SELLER1", "version": "2.0", "feedId": "F1"},
          "issues": [{"messageId": 2, "code": "8560", "severity": "ERROR", "message": "no such SKU"},
                     {"messageId": 1, "code": "1", "severity": "WARNING", "message": "fine"}],
          "summary": {"errors": 1, "warnings": 1, "messagesProcessed": 2, "messagesAccepted": 1, "messagesInvalid": 1}}  # fmt: skip


def feed_desk(at: Desk, *states: dict[str, Any], report: bytes = b"", zipped: bool = False) -> Desk:
    at.on("POST", FEED_DOCUMENTS, reply({"feedDocumentId": "D1", "url": "https://api.test/up/1"}, 201))
    at.on("PUT", "/up/1", Reply(200, {}, b""))
    at.on("POST", FEEDS, reply({"feedId": "F1"}, 202))
    at.on("GET", FEED, *(states or ({"feedId": "F1", "processingStatus": "DONE", "resultFeedDocumentId": "D2"},)))
    told = {"feedDocumentId": "D2", "url": "https://api.test/down/2"} | (
        {"compressionAlgorithm": "GZIP"} if zipped else {}
    )
    at.on("GET", f"{FEED_DOCUMENTS}/D2", told)
    return at.on("GET", "/down/2", Reply(200, {}, gzip.compress(report) if zipped else report))


@pytest.mark.parametrize("zipped", [False, True])
def test_many_figures_go_as_one_feed_and_its_report_tells_each_fate(zipped: bool) -> None:
    at = feed_desk(stock_desk(), {"processingStatus": "IN_QUEUE"}, {"processingStatus": "IN_PROGRESS"},
                   {"processingStatus": "DONE", "resultFeedDocumentId": "D2"}, report=json.dumps(REPORT).encode(),
                   zipped=zipped)  # fmt: skip
    good, bad, old = at.shop(stock_feed_from=2).push_stock([level("A", 1, 2), level("B", 2), level("A", 9, 1)])
    assert (good.ok, bad.ok, bad.reason, old.reason) == (True, False, "request_rejected", "superseded")
    assert bad.error is not None and bad.error.code == "8560" and "no such SKU" in str(bad.error)
    (upload,) = at.calls("/up/1")
    assert upload.headers == {"content-type": "application/json; charset=UTF-8"}
    assert body(upload) == {"header": {"sellerId": "SELLER1", "version": "2.0"}, "messages": [
        {"messageId": number, "sku": sku, "operationType": "PATCH", "productType": "PRODUCT", "patches": [
            {"op": "merge", "path": "/attributes/fulfillment_availability",
             "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]}]}
        for number, sku, quantity in ((1, "A", 1), (2, "B", 2))]}  # fmt: skip
    assert body(at.calls(FEED_DOCUMENTS)[0]) == {"contentType": upload.headers["content-type"]}
    assert body(at.calls(FEEDS)[0]) == {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": ["ATVPDKIKX0DER"],
                                        "inputFeedDocumentId": "D1"}  # fmt: skip
    assert at.calls("/down/2")[0].headers == {}
    assert not at.calls(PATCH, "PATCH")


@pytest.mark.parametrize(("state", "report", "reason"), [
    ({"processingStatus": "IN_PROGRESS"}, b"", "pending"), ({"processingStatus": "FATAL"}, b"", "request_rejected"),
    ({"processingStatus": "CANCELLED"}, b"", "request_rejected"), ({"processingStatus": "DONE"}, b"", "request_rejected"),
    ({"processingStatus": "DONE", "resultFeedDocumentId": "D2"}, b"not json", "request_rejected"),
], ids=str)  # fmt: skip
def test_feeds_that_tell_nothing_good_are_no_success(state: dict[str, Any], report: bytes, reason: str) -> None:
    at = feed_desk(stock_desk(), state, report=report)
    outcomes = at.shop(stock_feed_from=1, feed_wait_s=30).push_stock([level("A", 1), level("B", 2)])
    assert [(o.ok, o.reason) for o in outcomes] == [(False, reason)] * 2


def test_a_feed_whose_last_reply_was_lost_is_not_handed_in_twice() -> None:
    at = feed_desk(stock_desk()).on("POST", FEEDS, LOST)
    outcomes = at.shop(stock_feed_from=1).push_stock([level("A", 1)])
    assert isinstance(outcomes[0].error, errors.OutcomeUnknown)
    assert len(at.calls(FEEDS)) == 1


CANCELLED = order(fulfillment={"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"})


def test_cancelling_goes_through_a_feed_and_the_order_itself_settles_it() -> None:
    at = feed_desk(desk(order(), CANCELLED), report=b"<x/>")
    outcome = at.shop().close_order(ORDER_ID, "NoInventory")
    assert (outcome.ok, outcome.key) == (True, ORDER_ID)
    told = at.calls("/up/1")[0].body.decode()
    for part in ("<MerchantIdentifier>SELLER1</MerchantIdentifier>", "<DocumentVersion>1.01</DocumentVersion>",
                 "<MessageType>OrderAcknowledgement</MessageType>", f"<AmazonOrderID>{ORDER_ID}</AmazonOrderID>",
                 "<StatusCode>Failure</StatusCode>",
                 "<Item><AmazonOrderItemCode>L1</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>",
                 "<Item><AmazonOrderItemCode>L2</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>"):  # fmt: skip
        assert part in told
    assert body(at.calls(FEEDS)[0])["feedType"] == "POST_ORDER_ACKNOWLEDGEMENT_DATA"


def test_a_cancellation_that_did_not_happen_is_no_success() -> None:
    at = feed_desk(desk(), report=b"<x/>")
    outcome = at.shop().close_order(ORDER_ID, "NoInventory")
    assert (outcome.ok, outcome.reason) == (False, "request_rejected")
    at = feed_desk(desk(), {"processingStatus": "IN_PROGRESS"})
    assert at.shop(feed_wait_s=5).close_order(ORDER_ID, "NoInventory").reason == "pending"


def test_a_cancellation_whose_reply_was_lost_is_settled_by_reading() -> None:
    at = feed_desk(desk(order(), CANCELLED)).on("POST", FEEDS, LOST)
    assert at.shop().close_order(ORDER_ID, "NoInventory").ok
    at = feed_desk(desk()).on("POST", FEEDS, LOST)
    assert isinstance(at.shop().close_order(ORDER_ID, "NoInventory").error, errors.OutcomeUnknown)


@pytest.mark.parametrize(("state", "reason"), [
    (CANCELLED, "already_done"), (shipped(), "conflict"),
    (order(fulfillment={"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}), "conflict"),
], ids=["cancelled", "shipped", "fba"])  # fmt: skip
def test_orders_that_cannot_be_cancelled_send_nothing(state: dict[str, Any], reason: str) -> None:
    at = desk(state)
    outcome = at.shop().close_order(ORDER_ID, "NoInventory")
    assert (outcome.ok, outcome.reason) == (reason == "already_done", reason)
    assert all(request.method == "GET" for request in at.sent)


def test_a_reason_is_one_of_amazon_s_words() -> None:
    with pytest.raises(errors.InvalidParameter, match="NoInventory"):
        desk().shop().close_order(ORDER_ID, "I feel like it")
