"""What docs/platforms/amazon.md §12 says an emulator must enforce, row by row; writing side, control and faults."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from test_amazon_emulator_tools import SINCE, V0, V26, Amz, control, still

from orderhub.errors import TimedOut, TransportError
from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.amazon.awkward import ODD_SKU

FEEDS, REPORTS = "/feeds/2021-06-30", "/reports/2021-06-30"
XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"


@pytest.fixture
def amz() -> Amz:
    return Amz(still(orders=20))


@pytest.fixture
def odd() -> Amz:
    return Amz(still(orders=0, awkward=True))


def two_units(amz: Amz) -> str:
    """An order of two lines of two units each, waiting to be shipped."""
    rows = [
        {"OrderItemId": f"0{n}", "SellerSKU": f"SKU-000{n}", "ASIN": "B0", "QuantityOrdered": 2,
         "ItemPrice": {"CurrencyCode": "USD", "Amount": "10.00"}}
        for n in (1, 2)
    ]  # fmt: skip
    [row] = amz.create(shop_id=amz.shop_id, documents=[{"AmazonOrderId": "113-0000001-0000001", "OrderItems": rows}])
    return str(row["order_id"])


def rows(**units: int) -> list[dict[str, Any]]:
    return [{"orderItemId": f"0{name[1:]}", "quantity": count} for name, count in units.items()]


# (12) confirmShipment


def test_12_a_whole_order_in_one_package_is_204_and_shipped(amz: Amz) -> None:
    order_id = amz.ids("Unshipped")[0]
    amz.world.advance(60)
    reply = amz.ship(order_id)
    assert (reply.status, reply.body) == (204, b"")
    order = amz.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert order["lastUpdatedTime"] == "2026-03-18T02:31:00Z"
    [package] = order["packages"]
    assert (package["carrier"], package["trackingNumber"]) == ("SF Express", "SF1000000000001")
    assert {row["orderItemId"]: row["quantity"] for row in package["packageItems"]} == {
        item["orderItemId"]: item["quantityOrdered"] for item in order["orderItems"]
    }
    assert all(item["QuantityShipped"] == item["QuantityOrdered"] for item in amz.items(order_id))


def test_12_in_parts_the_order_is_partially_shipped_until_nothing_is_left(amz: Amz) -> None:
    order_id = two_units(amz)
    for reference, units, status, left in (
        ("1", rows(i1=1), "PartiallyShipped", 3), ("2", rows(i1=1, i2=1), "PartiallyShipped", 1),
        ("3", rows(i2=1), "Shipped", 0),
    ):  # fmt: skip
        assert amz.ship(order_id, reference, orderItems=units).status == 204
        order = amz.get(f"{V0}/{order_id}")["payload"]
        assert (order["OrderStatus"], order["NumberOfItemsUnshipped"]) == (status, left)
    assert [package["packageReferenceId"] for package in amz.order(order_id)["packages"]] == ["1", "2", "3"]


def test_12_the_same_reference_corrects_its_package(amz: Amz) -> None:
    order_id = two_units(amz)
    assert amz.ship(order_id, "1").status == 204
    assert amz.ship(order_id, "1", trackingNumber="SF2", orderItems=rows(i1=2, i2=2)).status == 204
    [package] = amz.order(order_id)["packages"]
    assert package["trackingNumber"] == "SF2"


def test_12_a_shipped_order_never_goes_back(amz: Amz) -> None:
    order_id = two_units(amz)
    amz.ship(order_id, "1")
    assert amz.ship(order_id, "1", orderItems=rows(i1=1)).status == 400
    assert amz.ship(order_id, "2", orderItems=rows(i1=1)).status == 400
    assert amz.truth(order_id)["OrderStatus"] == "Shipped"


@pytest.mark.parametrize("reference", [1, "", "0", "P1", "-1", None, 1.5, "１"])
def test_12_the_reference_is_a_text_of_digits(amz: Amz, reference: Any) -> None:
    order_id = two_units(amz)
    refusal = amz.refusal("POST", f"{V0}/{order_id}/shipmentConfirmation", body=amz.package(order_id, reference))
    assert (refusal.status, refusal.code) == (400, "InvalidInput")
    if not isinstance(reference, str):
        assert "invalid type [packageDetail.packageReferenceId]" in refusal.message


@pytest.mark.parametrize(
    "change",
    [
        {"carrierCode": None}, {"carrierCode": ""}, {"carrierName": None}, {"carrierName": " "},
        {"trackingNumber": None}, {"trackingNumber": 7}, {"shipDate": "02/21/2022"}, {"shipDate": None},
        {"orderItems": []}, {"orderItems": None}, {"orderItems": rows(i1=3)}, {"orderItems": rows(i1=0)},
        {"orderItems": [{"orderItemId": "99", "quantity": 1}]}, {"orderItems": [{"orderItemId": "01", "quantity": "1"}]},
        {"orderItems": [{"orderItemId": 1, "quantity": 1}]}, {"orderItems": rows(i1=1) * 3},
        {"orderItems": [{"orderItemId": "01", "quantity": True}]},
    ],
)  # fmt: skip
def test_12_what_is_missing_or_wrong_is_400_and_changes_nothing(amz: Amz, change: dict[str, Any]) -> None:
    order_id = two_units(amz)
    before = amz.truth(order_id)
    assert amz.ship(order_id, **change).status == 400
    assert amz.truth(order_id) == before


@pytest.mark.parametrize(("code", "name"), [("SF Express", None), ("FedEx", "FedEx"), ("Other", "SF Express")])
def test_12_any_carrier_code_is_taken_and_other_with_a_name(amz: Amz, code: str, name: str | None) -> None:
    order_id = two_units(amz)
    assert amz.ship(order_id, carrierCode=code, carrierName=name).status == 204
    assert amz.order(order_id)["packages"][0]["carrier"] == (name or code)


def test_12_a_list_of_carrier_codes_is_a_switch(amz: Amz) -> None:
    amz.switch(carrier_codes=["UPS"])
    order_id = two_units(amz)
    assert amz.ship(order_id, carrierCode="SF Express").status == 400
    assert amz.ship(order_id, carrierCode="UPS").status == 204


def test_12_orders_of_amazon_unpaid_and_cancelled_ones_are_refused(odd: Amz) -> None:
    refused = odd.ids("Unshipped", "AFN") + odd.ids("Pending") + odd.ids("Canceled") + odd.ids("PendingAvailability")
    assert len(refused) >= 4
    assert {odd.ship(order_id, orderItems=[{"orderItemId": "1", "quantity": 1}]).status for order_id in refused} == {
        400
    }


def test_12_another_marketplace_or_sellers_order_is_refused(amz: Amz) -> None:
    order_id = two_units(amz)
    body = {**amz.package(order_id), "marketplaceId": "A1PA6795UKMFR9"}
    assert amz.refusal("POST", f"{V0}/{order_id}/shipmentConfirmation", body=body).status == 400
    assert Amz(amz.world, 1).ship(order_id).status == 404


def test_12_transparency_units_need_their_codes(odd: Amz) -> None:
    [order_id] = [one for one in odd.ids("Unshipped") if odd.truth(one)["OrderItems"][0]["IsTransparency"]]
    assert odd.ship(order_id).status == 400
    body = odd.package(order_id)
    for row in body["packageDetail"]["orderItems"]:
        row["transparencyCodes"] = [f"code{n}" for n in range(row["quantity"])]
    assert odd.call("POST", f"{V0}/{order_id}/shipmentConfirmation", body=body) is None
    assert odd.order(order_id)["packages"][0]["packageItems"][0]["transparencyCodes"]


def test_12_a_body_that_is_no_json_object_is_refused(amz: Amz) -> None:
    path = f"{V0}/{amz.ids('Unshipped')[0]}/shipmentConfirmation"
    assert amz.raw("POST", path, body=b"{").status == 400
    assert amz.raw("POST", path, body=[1]).status == 400
    assert amz.raw("POST", path, body=b"{}", content_type="text/plain").status == 415


def test_pickup_orders_have_their_own_call(odd: Amz) -> None:
    [order_id] = [one for one in odd.ids("Unshipped") if odd.truth(one)["IsISPU"]]
    path, body = f"{V0}/{order_id}/shipment", {"marketplaceId": "1", "shipmentStatus": "ReadyForPickup"}
    refusal = odd.refusal("POST", path, body=body)
    assert (refusal.message, refusal.details) == ("Marketplace ID is not defined", "1001")
    body["marketplaceId"] = odd.places[0]
    odd.call("POST", path, body=body)
    assert odd.truth(order_id)["OrderStatus"] == "Unshipped"
    odd.call("POST", path, body={**body, "shipmentStatus": "PickedUp"})
    assert odd.truth(order_id)["OrderStatus"] == "Shipped"
    assert odd.refusal("POST", path, body={**body, "shipmentStatus": "Eaten"}).status == 400


def test_regulated_orders_are_approved_or_rejected(odd: Amz) -> None:
    [order_id] = [one for one in odd.ids("Unshipped") if odd.truth(one)["HasRegulatedItems"]]
    path = f"{V0}/{order_id}/regulatedInfo"

    def verdict(**told: Any) -> Any:
        return odd.raw("PATCH", path, body={"regulatedOrderVerificationStatus": told})

    for told, text in (
        ({"status": "Cancelled", "externalReviewerId": "r"}, b"Must be one of"),
        ({"status": "Rejected", "externalReviewerId": "r"}, b"rejectionReasonId"),
        ({"status": "Approved"}, b"externalReviewerId"),
        (
            {"externalReviewerId": "r", "verificationDetails": {"prescriptionDetail": {"clinicId": "1"}}},
            b"prescriptionId",
        ),
    ):
        reply = verdict(**told)
        assert reply.status == 400 and text in reply.body
    assert verdict(status="Rejected", externalReviewerId="r", rejectionReasonId="wrong_product").status == 204
    told = odd.call("GET", path, token=odd.rdt({"method": "GET", "path": path}))["payload"]
    assert told["RegulatedOrderVerificationStatus"]["Status"] == "Rejected"


# (13) listings


def patched(
    amz: Amz, value: Any, op: str = "merge", sku: str = "SKU-0001", path: str = "fulfillment_availability", **query: str
) -> Any:
    body = {"productType": "PRODUCT", "patches": [{"op": op, "path": f"/attributes/{path}", "value": value}]}
    asked = {"marketplaceIds": amz.places, **query}
    return amz.call("PATCH", f"/listings/2021-08-01/items/{amz.seller}/{sku}", asked, body)


def units(amz: Amz, sku: str = "SKU-0001") -> list[dict[str, Any]]:
    told = amz.get(f"/listings/2021-08-01/items/{amz.seller}/{sku}", marketplaceIds=amz.places,
                   includedData="fulfillmentAvailability,attributes")  # fmt: skip
    assert [(row["fulfillmentChannelCode"], row.get("quantity")) for row in told["fulfillmentAvailability"]] == [
        (row["fulfillment_channel_code"], row.get("quantity")) for row in told["attributes"]["fulfillment_availability"]
    ]
    return list(told["attributes"]["fulfillment_availability"])


def default(quantity: Any) -> list[dict[str, Any]]:
    return [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]


def test_13_merge_keeps_the_lead_time_and_replace_drops_it(amz: Amz) -> None:
    assert patched(amz, default(7))["status"] == "ACCEPTED"
    assert units(amz) == [{"fulfillment_channel_code": "DEFAULT", "quantity": 7, "lead_time_to_ship_max_days": 2}]
    assert patched(amz, default(8), "replace")["status"] == "ACCEPTED"
    assert units(amz) == default(8)


def test_13_a_channel_of_its_own_is_added_not_switched(amz: Amz) -> None:
    patched(amz, [{"fulfillment_channel_code": "LOCAL", "quantity": 3}], "add")
    assert [row["fulfillment_channel_code"] for row in units(amz)] == ["DEFAULT", "LOCAL"]
    patched(amz, [{"fulfillment_channel_code": "LOCAL"}], "delete")
    assert [row["fulfillment_channel_code"] for row in units(amz)] == ["DEFAULT"]


@pytest.mark.parametrize(
    "value",
    [[{"quantity": 5}], [{"fulfillment_channel_code": "", "quantity": 5}], default(-1), default("5"), default(True),
     [{"fulfillment_channel_code": "AMAZON_NA", "quantity": 5}]],
)  # fmt: skip
def test_13_bad_values_are_200_and_invalid(amz: Amz, value: Any) -> None:
    before = units(amz)
    told = patched(amz, value)
    assert told["status"] == "INVALID" and told["issues"][0]["severity"] == "ERROR"
    assert units(amz) == before
    assert amz.world.log(2)[1]["verdict"] == "INVALID"


def test_13_camel_case_and_nested_paths_and_unknown_skus_are_invalid(amz: Amz) -> None:
    told = patched(amz, default(1), path="fulfillmentAvailability")
    assert (told["status"], told["issues"][0]["code"]) == ("INVALID", "90000900")
    assert patched(amz, default(1), path="fulfillment_availability/0/quantity")["status"] == "INVALID"
    assert patched(amz, default(1), sku="SKU-NONE")["status"] == "INVALID"


def test_13_malformed_patches_are_400(amz: Amz) -> None:
    path, query = f"/listings/2021-08-01/items/{amz.seller}/SKU-0001", {"marketplaceIds": amz.places}
    refusal = amz.refusal(
        "PATCH", path, query, {"productType": "P", "patches": [{"op": "merge", "path": "/attributes/x"}]}
    )
    assert (refusal.code, refusal.message) == ("BAD_REQUEST", "Value is missing for patch at index of 0.")
    for body in ({"patches": []}, {"productType": "P"}, {"productType": "P", "patches": [{"op": "put"}]}):
        assert amz.refusal("PATCH", path, query, body).status == 400
    assert amz.refusal("PATCH", path, {}, {"productType": "P", "patches": []}).status == 400
    assert amz.refusal("PATCH", path.replace(amz.seller, "AOTHER"), query, {}).status == 403


def test_13_a_preview_changes_nothing(amz: Amz) -> None:
    before = units(amz)
    told = patched(amz, default(1), mode="VALIDATION_PREVIEW", includedData="issues,identifiers")
    assert told["status"] == "VALID" and told["identifiers"][0]["asin"]
    assert patched(amz, [{"quantity": 1}], mode="VALIDATION_PREVIEW")["status"] == "INVALID"
    assert units(amz) == before


def test_13_the_effect_may_come_later(amz: Amz) -> None:
    amz.switch(listing_delay_s=60.0)
    before = units(amz)
    assert patched(amz, default(3))["status"] == "ACCEPTED"
    assert units(amz) == before
    amz.world.advance(61)
    assert units(amz)[0]["quantity"] == 3


def test_13_skus_need_care_in_the_path(odd: Amz) -> None:
    assert patched(odd, default(9), sku=ODD_SKU)["sku"] == ODD_SKU
    assert units(odd, ODD_SKU)[0]["quantity"] == 9


def test_13_put_replaces_everything_and_delete_ends_it(amz: Amz) -> None:
    path, query = f"/listings/2021-08-01/items/{amz.seller}/SKU-0001", {"marketplaceIds": amz.places}
    body = {"productType": "PRODUCT", "attributes": {"fulfillment_availability": default(4)}}
    assert amz.call("PUT", path, query, body)["status"] == "ACCEPTED"
    assert amz.get(path, includedData="attributes", **query)["attributes"] == body["attributes"]
    assert amz.call("DELETE", path, query)["status"] == "ACCEPTED"
    assert amz.refusal("GET", path, query).status == 404
    assert Amz(amz.world, 1).refusal("PUT", path.replace(amz.seller, Amz(amz.world, 1).seller),
                                     {"marketplaceIds": Amz(amz.world, 1).places}, body).status == 400  # fmt: skip


def test_listings_are_found_by_sku_and_paged(amz: Amz) -> None:
    path, seen, token = f"/listings/2021-08-01/items/{amz.seller}", [], {}
    while True:
        told = amz.get(path, marketplaceIds=amz.places, pageSize=20, sortBy="sku", sortOrder="ASC", **token)
        seen += [row["sku"] for row in told["items"]]
        if "nextToken" not in told.get("pagination", {}):
            break
        token = {"pageToken": told["pagination"]["nextToken"]}
    assert len(seen) == len(set(seen)) == told["numberOfResults"] == 44 and seen == sorted(seen)
    some = amz.get(path, marketplaceIds=amz.places, identifiers=["SKU-0002", "SKU-0007"], identifiersType="SKU")
    assert sorted(row["sku"] for row in some["items"]) == ["SKU-0002", "SKU-0007"]
    for wrong in ({"identifiers": "SKU-0002"}, {"pageSize": 21}, {"identifiers": ["S"] * 21, "identifiersType": "SKU"}):
        assert amz.refusal("GET", path, {"marketplaceIds": amz.places, **wrong}).status == 400


# (14) feeds


def put(amz: Amz, url: str, content: bytes, kind: str) -> Reply:
    return amz.world.handle(Request("PUT", url, {"content-type": kind}, content))


def feed(amz: Amz, kind: str, content: bytes, mime: str = XML) -> dict[str, Any]:
    """A finished feed."""
    document = amz.call("POST", f"{FEEDS}/documents", body={"contentType": mime})
    assert put(amz, document["url"], content, mime).status == 200
    body = {"feedType": kind, "marketplaceIds": amz.places, "inputFeedDocumentId": document["feedDocumentId"]}
    feed_id = amz.call("POST", f"{FEEDS}/feeds", body=body)["feedId"]
    amz.world.advance(3)
    return dict(amz.get(f"{FEEDS}/feeds/{feed_id}"))


def result(amz: Amz, told: dict[str, Any]) -> bytes:
    shown = amz.get(f"{FEEDS}/documents/{told['resultFeedDocumentId']}")
    assert shown["compressionAlgorithm"] == "GZIP"
    return gzip.decompress(amz.world.handle(Request("GET", shown["url"])).body)


def envelope(kind: str, *messages: str) -> bytes:
    inside = "".join(f"<Message><MessageID>{n}</MessageID>{one}</Message>" for n, one in enumerate(messages, 1))
    head = "<Header><DocumentVersion>1.01</DocumentVersion><MerchantIdentifier>M</MerchantIdentifier></Header>"
    return f'<?xml version="1.0"?><AmazonEnvelope>{head}<MessageType>{kind}</MessageType>{inside}</AmazonEnvelope>'.encode()


def listings_feed(amz: Amz, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    messages = [
        {"messageId": n, "operationType": "PATCH", "productType": "PRODUCT",
         "patches": [{"op": "merge", "path": "/attributes/fulfillment_availability", "value": default(11)}], **one}
        for n, one in enumerate(wanted, 1)
    ]  # fmt: skip
    body = {"header": {"sellerId": amz.seller, "version": "2.0"}, "messages": messages}
    told = feed(amz, "JSON_LISTINGS_FEED", json.dumps(body).encode(), JSON)
    assert told["processingStatus"] == "DONE"
    return dict(json.loads(result(amz, told)))


def test_14_a_document_takes_only_its_own_content_type_within_five_minutes(amz: Amz) -> None:
    document = amz.call("POST", f"{FEEDS}/documents", body={"contentType": XML})
    assert put(amz, document["url"], b"<a/>", "text/xml").status == 403
    assert amz.world.handle(Request("GET", document["url"])).status == 403
    assert put(amz, document["url"], b"<a/>", XML).status == 200
    amz.world.advance(301)
    assert put(amz, document["url"], b"<a/>", XML).status == 403


def test_14_statuses_advance_and_only_a_waiting_feed_can_be_cancelled(amz: Amz) -> None:
    document = amz.call("POST", f"{FEEDS}/documents", body={"contentType": XML})
    body = {"feedType": "POST_ORDER_FULFILLMENT_DATA", "marketplaceIds": amz.places,
            "inputFeedDocumentId": document["feedDocumentId"]}  # fmt: skip
    assert amz.refusal("POST", f"{FEEDS}/feeds", body=body).code == "400"
    put(amz, document["url"], envelope("OrderFulfillment"), XML)
    path = f"{FEEDS}/feeds/{amz.call('POST', f'{FEEDS}/feeds', body=body)['feedId']}"
    seen = []
    for _ in range(3):
        seen.append(amz.get(path)["processingStatus"])
        amz.world.advance(1)
    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    assert amz.refusal("DELETE", path).status == 400
    assert (
        amz.refusal("POST", f"{FEEDS}/feeds", body={**body, "feedType": "POST_INVENTORY_AVAILABILITY_DATA"}).status
        == 400
    )


def test_14_a_listings_feed_tells_message_by_message(amz: Amz) -> None:
    report = listings_feed(amz, [{"sku": "SKU-0001"}, {"sku": "SKU-NONE"}, {"sku": "SKU-0002", "patches": []}])
    assert [one["messageId"] for one in report["issues"]] == [2, 3]
    assert report["summary"] == {
        "errors": 2,
        "warnings": 0,
        "messagesProcessed": 3,
        "messagesAccepted": 1,
        "messagesInvalid": 2,
    }
    assert units(amz)[0]["quantity"] == 11


def test_14_content_that_cannot_be_read_is_fatal(amz: Amz) -> None:
    assert feed(amz, "JSON_LISTINGS_FEED", b"{", JSON)["processingStatus"] == "FATAL"
    assert feed(amz, "POST_ORDER_FULFILLMENT_DATA", b"<a>")["processingStatus"] == "FATAL"
    hostile = b'<!DOCTYPE a [<!ENTITY x "y">]>' + envelope("OrderFulfillment")
    assert feed(amz, "POST_ORDER_FULFILLMENT_DATA", hostile)["processingStatus"] == "FATAL"


def test_14_shipments_by_feed(amz: Amz) -> None:
    order_id = two_units(amz)
    data = (
        "<FulfillmentDate>2026-03-18T02:00:00Z</FulfillmentDate><FulfillmentData><CarrierName>SF Express</CarrierName>"
    )
    data += "<ShippingMethod>Std</ShippingMethod><ShipperTrackingNumber>SF9</ShipperTrackingNumber></FulfillmentData>"
    item = "<Item><AmazonOrderItemCode>01</AmazonOrderItemCode><Quantity>{}</Quantity></Item>"
    one = f"<OrderFulfillment><AmazonOrderID>{{}}</AmazonOrderID>{data}{item}</OrderFulfillment>"
    told = feed(amz, "POST_ORDER_FULFILLMENT_DATA",
                envelope("OrderFulfillment", one.format(order_id, 2), one.format(order_id, 2), one.format("113-0-0", 1)))  # fmt: skip
    text = result(amz, told).decode()
    assert "<MessagesSuccessful>1<" in text and "<MessagesWithError>2<" in text
    assert f"<AmazonOrderID>{order_id}</AmazonOrderID>" in text
    assert amz.truth(order_id)["OrderStatus"] == "PartiallyShipped"
    assert amz.order(order_id)["packages"][0]["trackingNumber"] == "SF9"


def acknowledged(amz: Amz, order_id: str, item: str = "", status: str = "Failure") -> str:
    inside = f"<AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>{status}</StatusCode>{item}"
    message = f"<OrderAcknowledgement>{inside}</OrderAcknowledgement>"
    told = feed(amz, "POST_ORDER_ACKNOWLEDGEMENT_DATA", envelope("OrderAcknowledgement", message))
    return result(amz, told).decode()


def test_orders_are_cancelled_by_feed_only(amz: Amz) -> None:
    order_id = two_units(amz)
    item = "<Item><AmazonOrderItemCode>02</AmazonOrderItemCode><CancelReason>{}</CancelReason></Item>"
    assert "<MessagesWithError>1<" in acknowledged(amz, order_id, item.format("Because"))
    assert "<MessagesSuccessful>1<" in acknowledged(amz, order_id, status="Success")
    assert "<MessagesSuccessful>1<" in acknowledged(amz, order_id, item.format("NoInventory"))
    assert [row["QuantityOrdered"] for row in amz.items(order_id)] == [2, 0]
    told = amz.order(order_id)["orderItems"][1]["cancellation"]["cancellationExecution"]
    assert told == {"cancelledBy": "MERCHANT", "cancelReason": "NoInventory"}
    assert amz.truth(order_id)["OrderTotal"]["Amount"] == "10.00"
    assert "<MessagesSuccessful>1<" in acknowledged(amz, order_id)
    assert amz.order(order_id)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert "<MessagesWithError>1<" in acknowledged(amz, order_id)
    assert "<MessagesWithError>1<" in acknowledged(amz, amz.ids("Shipped")[0])


def test_refunds_by_feed_never_exceed_what_was_paid(amz: Amz) -> None:
    order_id = two_units(amz)

    def adjusted(amount: str, item: str = "01") -> str:
        part = f"<Component><Type>Principal</Type><Amount currency='USD'>{amount}</Amount></Component>"
        inside = f"<AmazonOrderItemCode>{item}</AmazonOrderItemCode><AdjustmentReason>CustomerReturn</AdjustmentReason>"
        line = f"<AdjustedItem>{inside}<ItemPriceAdjustments>{part}</ItemPriceAdjustments></AdjustedItem>"
        message = f"<OrderAdjustment><AmazonOrderID>{order_id}</AmazonOrderID>{line}</OrderAdjustment>"
        return result(amz, feed(amz, "POST_PAYMENT_ADJUSTMENT_DATA", envelope("OrderAdjustment", message))).decode()

    assert "WithError>1<" in adjusted("1.00")
    amz.ship(order_id)
    assert "Successful>1<" in adjusted("4.00")
    assert "WithError>1<" in adjusted("6.01")
    assert "Successful>1<" in adjusted("6.00")
    assert "WithError>1<" in adjusted("nan") and "WithError>1<" in adjusted("1.00", "77")
    assert [row["amount"] for row in amz.truth(order_id)["_sandbox"]["refunds"]] == ["4.00", "6.00"]


# (15) reports


def report(amz: Amz, kind: str, **more: str) -> dict[str, Any]:
    body = {"reportType": kind, "marketplaceIds": amz.places, "dataStartTime": "2026-03-01T00:00:00Z", **more}
    report_id = amz.call("POST", f"{REPORTS}/reports", body=body)["reportId"]
    amz.world.advance(3)
    return dict(amz.get(f"{REPORTS}/reports/{report_id}"))


def table(amz: Amz, told: dict[str, Any]) -> list[dict[str, str]]:
    shown = amz.get(f"{REPORTS}/documents/{told['reportDocumentId']}")
    reply = amz.world.handle(Request("GET", shown["url"]))
    charset = reply.headers["content-type"].partition("charset=")[2]
    names, *lines = gzip.decompress(reply.body).decode(charset).splitlines()
    return [dict(zip(names.split("\t"), line.split("\t"), strict=True)) for line in lines]


def test_15_no_data_means_cancelled(amz: Amz) -> None:
    told = report(amz, "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE")
    assert told["processingStatus"] == "CANCELLED" and "reportDocumentId" not in told
    assert (
        amz.refusal("POST", f"{REPORTS}/reports", body={"reportType": "GET_X", "marketplaceIds": amz.places}).status
        == 400
    )


def test_15_returns_are_a_table(odd: Amz) -> None:
    [row] = table(odd, report(odd, "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"))
    assert row["Return Reason"] == "CR-DEFECTIVE" and row["Refunded Amount"] == row["Order Amount"]
    [row] = table(odd, report(odd, "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"))
    assert {"return-date", "order-id", "sku", "asin"} <= row.keys()
    long = {"dataStartTime": "2026-01-01T00:00:00Z", "dataEndTime": "2026-03-10T00:00:00Z"}
    body = {"reportType": "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "marketplaceIds": odd.places, **long}
    assert odd.refusal("POST", f"{REPORTS}/reports", body=body).status == 400


def test_15_orders_are_a_table_with_one_row_an_item(amz: Amz) -> None:
    told = report(amz, "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", dataStartTime=SINCE)
    found = {(row["amazon-order-id"], row["order-item-id"]) for row in table(amz, told)}
    assert found == {(order["orderId"], item["orderItemId"]) for order in amz.v26() for item in order["orderItems"]}


def test_jobs_are_listed_by_kind_or_by_token_alone(amz: Amz) -> None:
    for _ in range(3):
        report(amz, "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE")
    asked = {"reportTypes": "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "pageSize": 2}
    first = amz.get(f"{REPORTS}/reports", **asked)
    second = amz.get(f"{REPORTS}/reports", nextToken=first["nextToken"])
    assert [len(first["reports"]), len(second["reports"])] == [2, 1] and "nextToken" not in second
    assert amz.refusal("GET", f"{REPORTS}/reports", {**asked, "nextToken": first["nextToken"]}).status == 400
    assert amz.refusal("GET", f"{REPORTS}/reports", {"pageSize": 2}).status == 400


# (20) messages


def test_20_messages_come_again_until_they_are_deleted_and_may_come_twice(amz: Amz) -> None:
    from test_amazon_emulator_models import grantless

    app, base = grantless(amz), amz.shop["base_url"]
    spec = {"name": "q", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-1:1:orders"}}}
    where = amz.call("POST", "/notifications/v1/destinations", body=spec, token=app)["payload"]["destinationId"]
    kind = "/notifications/v1/subscriptions/ORDER_CHANGE"
    body = {"payloadVersion": "1.0", "destinationId": where,
            "processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE", "orderChangeTypes": ["OrderStatusChange"]}}}  # fmt: skip
    amz.call("POST", kind, body=body)
    assert amz.refusal("POST", kind, body=body).status == 409

    def told() -> list[dict[str, Any]]:
        reply = amz.world.handle(Request("GET", f"{base}/sandbox/amazon/messages"))
        return list(json.loads(reply.body)["messages"])

    order_id = amz.ids("Unshipped")[0]
    amz.patch(order_id, action="ask_cancel")
    assert told() == []
    amz.ship(order_id)
    [one] = told()
    summary = json.loads(one["body"])["Payload"]["OrderChangeNotification"]["Summary"]
    assert summary["OrderStatus"] == "Shipped" and summary["OrderItems"][0]["IsBuyerRequestedCancel"] is True
    assert told() == []
    amz.world.advance(31)
    assert told() == [one]
    amz.world.handle(Request("DELETE", f"{base}/sandbox/amazon/messages?receipt={one['receipt']}"))
    amz.world.advance(31)
    assert told() == []
    amz.switch(messages_twice=True)
    amz.ship(amz.ids("Unshipped")[0])
    twice = [json.loads(row["body"])["NotificationMetadata"]["NotificationId"] for row in told()]
    assert len(twice) == 2 and len(set(twice)) == 1


# control


def test_control_creates_changes_and_tells(amz: Amz) -> None:
    before = {row["order_id"] for row in control(amz.world, "GET", "/_sandbox/amazon/orders")}
    made = amz.create(count=3)
    assert len(made) == 6 and not before & {row["order_id"] for row in made}
    assert {row["modified"] for row in made} == {"2026-03-18T02:30:00Z"}
    assert {row["currency"] for row in made} <= {"USD", "EUR", "GBP"}
    fresh = {order["orderId"] for order in amz.v26(createdAfter=None, lastUpdatedAfter="2026-03-18T02:30:00Z")}
    assert {row["order_id"] for row in made if row["shop_id"] == amz.shop_id} <= fresh


def test_control_actions_follow_the_states(amz: Amz) -> None:
    [row] = amz.create(count=1, shop_id=amz.shop_id, unpaid=True)
    order_id = row["order_id"]
    assert row["total"] is None and amz.truth(order_id)["OrderStatus"] == "Pending"
    assert amz.patch(order_id, action="pay")["OrderStatus"] == "Unshipped"
    told = amz.patch(order_id, action="change_address", City="大理市", AddressLine1="1 Road")
    assert told["ShippingAddress"]["City"] == "大理市" == amz.order(order_id)["recipient"]["deliveryAddress"]["city"]
    assert amz.patch(order_id, action="ship", tracking_number="SF77")["OrderStatus"] == "Shipped"
    assert "SF77" in json.dumps(amz.truth(order_id))
    amz.patch(order_id, action="receive")
    assert amz.order(order_id)["packages"][0]["packageStatus"]["status"] == "DELIVERED"
    amz.patch(order_id, action="refund", amount="0.50", returned=True)
    assert amz.truth(order_id)["_sandbox"]["refunds"][0]["amount"] == "0.50"
    for action in ("pay", "ship", "cancel"):
        status, told = amz.world.control("PATCH", f"/_sandbox/amazon/orders/{order_id}", {}, {"action": action})
        assert status == 409 and "Shipped" in told["error"]


def test_control_cancels_and_stock_comes_back(amz: Amz) -> None:
    before = {
        row["sku"]: row["quantity"]
        for row in control(amz.world, "GET", "/_sandbox/amazon/stock")
        if row["shop_id"] == amz.shop_id
    }
    [row] = amz.create(count=1, shop_id=amz.shop_id)
    item = amz.truth(row["order_id"])["OrderItems"][0]
    assert units(amz, item["SellerSKU"])[0]["quantity"] == before[item["SellerSKU"]] - item["QuantityOrdered"]
    assert amz.patch(row["order_id"], action="refund")["OrderStatus"] == "Canceled"
    assert units(amz, item["SellerSKU"])[0]["quantity"] == before[item["SellerSKU"]]


def test_control_fields_of_either_version(amz: Amz) -> None:
    order_id = amz.ids("Unshipped")[0]
    amz.patch(order_id, fields={"OrderStatus": "Odd", "LastUpdateDate": "2026-03-01T00:00:00Z"})
    assert amz.order(order_id)["fulfillment"]["fulfillmentStatus"] == "Odd"
    assert amz.order(order_id)["lastUpdatedTime"] == "2026-03-01T00:00:00Z"
    amz.patch(order_id, fields={"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}, "somethingNew": 1})
    assert amz.get(f"{V0}/{order_id}")["payload"]["OrderStatus"] == "Unshipped"
    assert amz.order(order_id)["somethingNew"] == 1


def test_control_takes_documents_of_2026(amz: Amz) -> None:
    source = amz.order(amz.ids("Unshipped")[0])
    document = {**source, "orderId": "113-7777777-7777777", "lastUpdatedTime": "2026-03-17T00:00:00Z"}
    amz.create(shop_id=amz.shop_id, documents=[document])
    told = amz.order("113-7777777-7777777")
    for name in ("recipient", "fulfillment", "salesChannel", "lastUpdatedTime"):
        assert told[name] == document[name]
    assert told["proceeds"]["grandTotal"] == document["proceeds"]["grandTotal"]
    assert [item["proceeds"] for item in told["orderItems"]] == [item["proceeds"] for item in document["orderItems"]]


@pytest.mark.parametrize("body", [{}, {"count": 0}, {"count": True}, {"count": 1, "documents": []}, {"documents": [{}]},
                                  {"documents": [], "shop_id": "amz-1"}, {"count": 1, "shop_id": "no"}])  # fmt: skip
def test_control_refuses_what_it_cannot_make(amz: Amz, body: dict[str, Any]) -> None:
    assert amz.world.control("POST", "/_sandbox/amazon/orders", {}, body)[0] in (400, 404)


def test_control_stock(amz: Amz) -> None:
    changed = control(amz.world, "PUT", "/_sandbox/amazon/stock", {"sku": "SKU-0005", "quantity": 2})
    assert {row["shop_id"] for row in changed} == {"amz-1", "amz-2"}
    assert units(amz, "SKU-0005")[0]["quantity"] == 2
    [row] = control(
        amz.world, "PUT", "/_sandbox/amazon/stock", {"sku": "SKU-0003-FBA", "quantity": 1, "shop_id": "amz-1"}
    )
    told = amz.get("/fba/inventory/v1/summaries", granularityType="Marketplace", granularityId=amz.places[0],
                   marketplaceIds=amz.places[0], details="true", sellerSkus=row["sku"])  # fmt: skip
    assert told["payload"]["inventorySummaries"][0]["inventoryDetails"]["fulfillableQuantity"] == 1
    assert amz.world.control("PUT", "/_sandbox/amazon/stock", {}, {"sku": "NO", "quantity": 1})[0] == 404


# faults


def test_fault_call_limited(amz: Amz) -> None:
    amz.fault("call_limited", operation="getOrder")
    refusal = amz.refusal("GET", f"{V0}/{amz.ids('Unshipped')[0]}")
    assert (refusal.status, refusal.code) == (429, "QuotaExceeded")
    assert "x-amzn-ratelimit-limit" not in refusal.reply.headers


def test_fault_token_expired(amz: Amz) -> None:
    amz.fault("token_expired")
    assert amz.refusal("GET", V26, {"createdAfter": SINCE}).details == "The access token you provided has expired."
    assert amz.refusal("GET", V26, {"createdAfter": SINCE}).status == 403


def test_fault_repeated_page() -> None:
    amz = Amz(still(orders=10))
    query = {"createdAfter": SINCE, "maxResultsPerPage": 4}
    first = amz.get(V26, **query)
    amz.fault("repeated_page")
    again = amz.get(V26, **query, paginationToken=first["pagination"]["nextToken"])
    assert [row["orderId"] for row in again["orders"]] == [row["orderId"] for row in first["orders"]]


def test_fault_shifting_pages() -> None:
    amz = Amz(still(orders=10))
    query = {"lastUpdatedAfter": SINCE, "maxResultsPerPage": 4}
    plain = [row["orderId"] for row in amz.v26(createdAfter=None, **query)]
    first = amz.get(V26, **query)
    amz.fault("shifting_pages")
    amz.world.advance(1)
    second = amz.get(V26, **query, paginationToken=first["pagination"]["nextToken"])
    assert plain[4] not in [row["orderId"] for row in second["orders"]]
    assert amz.truth(plain[4])["LastUpdateDate"] == "2026-03-18T02:30:01Z"


def test_fault_unknown_status_and_drift(amz: Amz) -> None:
    amz.fault("unknown_status", times=2)
    assert amz.get(V26, createdAfter=SINCE, includedData="FULFILLMENT")["orders"][0]["fulfillment"]["fulfillmentStatus"] not in (
        "SHIPPED", "UNSHIPPED")  # fmt: skip
    assert amz.v0(MaxResultsPerPage=100)[0]["OrderStatus"] == "AwaitingDispatch"
    amz.fault("drifted_field", times=2)
    row = amz.get(V26, createdAfter=SINCE, includedData="PROCEEDS")["orders"][0]
    assert isinstance(row["orderItems"][0]["quantityOrdered"], str) and row["sandboxFutureField"]
    assert isinstance(amz.pages_v0(MaxResultsPerPage=100)[0][0]["NumberOfItemsUnshipped"], str)
    assert "sandboxFutureField" not in amz.v26()[0]


def test_fault_late_order(amz: Amz) -> None:
    amz.fault("late_order", delay_s=60, shop_id=amz.shop_id)
    [row] = amz.create(count=1, shop_id=amz.shop_id)
    assert row["order_id"] not in [order["orderId"] for order in amz.v26()]
    assert amz.refusal("GET", f"{V26}/{row['order_id']}").status == 404
    amz.world.advance(61)
    assert row["order_id"] in [order["orderId"] for order in amz.v26()]
    assert amz.order(row["order_id"])["createdTime"] == row["modified"]


def test_fault_lost_reply_of_a_shipment_is_settled_by_the_same_reference(amz: Amz) -> None:
    order_id = amz.ids("Unshipped")[0]
    amz.fault("timeout_after", operation="confirmShipment")
    body = amz.package(order_id)
    with pytest.raises((TimedOut, TransportError)):
        amz.call("POST", f"{V0}/{order_id}/shipmentConfirmation", body=body)
    assert amz.call("POST", f"{V0}/{order_id}/shipmentConfirmation", body=body) is None
    assert len(amz.order(order_id)["packages"]) == 1


def test_the_same_seed_tells_the_same() -> None:
    def story(world: World) -> list[Any]:
        amz = Amz(world)
        amz.create(count=2)
        amz.ship(amz.ids("Unshipped")[0])
        return [amz.v26(), amz.v0(), world.shops()]

    assert story(still(awkward=True)) == story(still(awkward=True)) != story(still(awkward=True, seed=6))
