"""Orders by window and one by one, through both wire profiles; personal data and what happens without."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from amazon_desk import AT, ENTRY, LOST, Desk, body, order, query, refusal, reply

import orderhub
from orderhub import errors
from orderhub.connectors.amazon import CONNECTOR
from orderhub.flow.message import Reply, Request
from orderhub.models import Window

SEARCH, ONE = "/orders/2026-01-01/orders", "/orders/2026-01-01/orders/[^/]+"
LIST_V0, ONE_V0, ITEMS_V0 = "/orders/v0/orders", "/orders/v0/orders/[^/]+", "/orders/v0/orders/[^/]+/orderItems"
TOKENS = "/tokens/2021-03-01/restrictedDataToken"
SINCE, UNTIL = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 2, 0, 0, 0, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CASES = (
    Path(os.environ.get("ORDERHUB_FACTS", ROOT.parent / "shared"))
    / "platforms"
    / "amazon"
    / "static_sandbox_cases.json"
)
DENIED = refusal(403, "Unauthorized", "Access to requested resource is denied.")


def page(*orders: dict[str, Any], token: str | None = None) -> Reply:
    return reply({"orders": list(orders), "lastUpdatedBefore": "2026-04-03T11:58:00Z"}
                 | ({"pagination": {"nextToken": token}} if token else {}))  # fmt: skip


def ids(orders: Any) -> list[str]:
    return [row.order_id for row in orders]


@pytest.mark.parametrize(("axis", "after", "before"), [("updated", "lastUpdatedAfter", "lastUpdatedBefore"),
                                                       ("created", "createdAfter", "createdBefore")])  # fmt: skip
def test_a_window_is_asked_on_one_axis(axis: str, after: str, before: str) -> None:
    desk = Desk().on("GET", SEARCH, page(order()))
    found = list(desk.shop().orders(**{f"{axis}_since": SINCE, f"{axis}_until": UNTIL}))
    assert ids(found) == ["113-1111111-1111111"]
    sent = query(desk.sent[0])
    assert sent == {
        after: "2026-04-01T00:00:00Z", before: "2026-04-02T00:00:01Z", "marketplaceIds": "ATVPDKIKX0DER",
        "maxResultsPerPage": "100",
        "includedData": "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT",
    }  # fmt: skip


@pytest.mark.parametrize(("seconds", "sent"), [(0, False), (119, False), (122, True)])
def test_an_end_younger_than_two_minutes_is_left_to_amazon(seconds: int, sent: bool) -> None:
    desk = Desk().on("GET", SEARCH, page())
    list(desk.shop().orders(updated_since=SINCE, updated_until=AT - timedelta(seconds=seconds)))
    assert ("lastUpdatedBefore" in query(desk.sent[0])) is sent


def test_pages_follow_the_token_and_nothing_else_changes() -> None:
    desk = Desk().on(
        "GET", SEARCH, page(order("113-1111111-1111111"), token="a+b="), page(order("113-2222222-2222222"))
    )
    found = list(desk.shop(page_size=1).orders(updated_since=SINCE, updated_until=UNTIL))
    assert ids(found) == ["113-1111111-1111111", "113-2222222-2222222"]
    first, second = map(query, desk.sent)
    assert second == first | {"paginationToken": "a+b="}


def test_a_list_that_names_the_same_page_for_ever_is_given_up() -> None:
    desk = Desk().on("GET", SEARCH, page(order(), token="t"))
    with pytest.raises(errors.DecodeError, match="same page token"):
        list(desk.shop().orders(updated_since=SINCE, updated_until=UNTIL))


def test_one_bad_order_never_sinks_its_page() -> None:
    desk = Desk().on("GET", SEARCH, page(order(orderItems=[{"orderItemId": "L1"}]), order("113-2222222-2222222")))
    stream = desk.shop().orders(updated_since=SINCE, updated_until=UNTIL)
    assert ids(stream) == ["113-2222222-2222222"]
    (finding,) = stream.findings
    assert (finding.code, finding.order_id, finding.request_id) == ("undecodable", "113-1111111-1111111", "r-1")
    assert finding.path == "orderItems[0].quantityOrdered"


def test_people_are_left_out_when_they_are_not_wanted() -> None:
    desk = Desk().on("GET", ONE, reply({"order": order()}))
    desk.shop(personal_data=False, included_data=["BUYER", "RECIPIENT", "PROCEEDS"]).get_order("113-1111111-1111111")
    assert query(desk.sent[0])["includedData"] == "PROCEEDS,FULFILLMENT"


def test_a_missing_role_is_a_finding_and_the_orders_come_all_the_same() -> None:
    desk = Desk().on("GET", SEARCH, DENIED, page(order(), token="t"), page(order("113-2222222-2222222")))
    shop = desk.shop()
    stream = shop.orders(updated_since=SINCE, updated_until=UNTIL)
    assert ids(stream) == ["113-1111111-1111111", "113-2222222-2222222"]
    assert [finding.code for finding in stream.findings] == ["personal_data_refused"]
    asked = [query(request)["includedData"].split(",") for request in desk.sent]
    assert ["BUYER" in parts for parts in asked] == [True, False, False]
    list(shop.orders(updated_since=SINCE, updated_until=UNTIL))
    assert "RECIPIENT" not in query(desk.sent[-1])["includedData"]  # not asked again for an hour
    desk.clock.sleep(3601)
    list(shop.orders(updated_since=SINCE, updated_until=UNTIL))
    assert "RECIPIENT" in query(desk.sent[-1])["includedData"]


def test_a_refusal_that_is_not_about_people_is_raised() -> None:
    desk = Desk().on("GET", SEARCH, DENIED)
    with pytest.raises(errors.PermissionDenied):
        list(desk.shop().orders(updated_since=SINCE, updated_until=UNTIL))


def test_an_order_that_does_not_exist() -> None:
    desk = Desk().on("GET", ONE, refusal(404, "NotFound", "no such order"))
    with pytest.raises(errors.NotFound) as caught:
        desk.shop().get_order("113-0000000-0000000")
    assert (caught.value.operation, caught.value.request_id) == ("orders.getOrder", "r-1")


V0 = {
    "AmazonOrderId": "113-1111111-1111111", "PurchaseDate": "2026-04-01T08:00:00Z", "LastUpdateDate": "2026-04-02T08:00:00Z",
    "OrderStatus": "Unshipped", "FulfillmentChannel": "MFN", "MarketplaceId": "ATVPDKIKX0DER",
    "OrderTotal": {"CurrencyCode": "USD", "Amount": "25.00"},
}  # fmt: skip
ITEM = {"ASIN": "B0L1", "OrderItemId": "01", "SellerSKU": "SKU-L1", "QuantityOrdered": 2, "QuantityShipped": 0,
        "ItemPrice": {"CurrencyCode": "USD", "Amount": "20.00"}}  # fmt: skip
ITEM_2 = ITEM | {"OrderItemId": "02", "QuantityOrdered": 1, "ItemPrice": {"CurrencyCode": "USD", "Amount": "5.00"}}
RDT = reply({"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600})


def list_v0(*orders: dict[str, Any], token: str | None = None) -> Reply:
    return reply(
        {"payload": {"Orders": list(orders), "LastUpdatedBefore": "x"} | ({"NextToken": token} if token else {})}
    )


def items_v0(*rows: dict[str, Any], token: str | None = None) -> Reply:
    return reply({"payload": {"AmazonOrderId": "113-1111111-1111111", "OrderItems": list(rows)}
                  | ({"NextToken": token} if token else {})})  # fmt: skip


def desk_v0() -> Desk:
    return (
        Desk().on("GET", LIST_V0, list_v0(V0)).on("GET", ONE_V0, reply({"payload": V0}))
        .on("GET", ITEMS_V0, items_v0(ITEM, ITEM_2)).on("POST", TOKENS, RDT)
    )  # fmt: skip


def test_v0_lists_heads_and_fetches_items_under_one_restricted_token() -> None:
    desk = desk_v0()
    (found,) = desk.shop(wire="orders_v0").orders(updated_since=SINCE, updated_until=UNTIL)
    assert (found.total, found.items_total, len(found.lines), found.is_shippable) == (25, 25, 2, True)
    (token,) = desk.calls(TOKENS)
    assert token.headers["x-amz-access-token"] == "Atza|old"
    assert body(token) == {"restrictedResources": [
        {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo", "shippingAddress"]},
        {"method": "GET", "path": "/orders/v0/orders/{orderId}", "dataElements": ["buyerInfo", "shippingAddress"]},
        {"method": "GET", "path": "/orders/v0/orders/{orderId}/orderItems", "dataElements": ["buyerInfo"]},
    ]}  # fmt: skip
    (listed,) = desk.calls(LIST_V0)
    (items,) = desk.calls(ITEMS_V0)
    assert {listed.headers["x-amz-access-token"], items.headers["x-amz-access-token"]} == {"Atz.sprdt|1"}
    assert query(listed) == {"MarketplaceIds": "ATVPDKIKX0DER", "LastUpdatedAfter": "2026-04-01T00:00:00Z",
                             "LastUpdatedBefore": "2026-04-02T00:00:01Z", "MaxResultsPerPage": "100"}  # fmt: skip


def test_v0_pages_keep_the_filters() -> None:
    desk = desk_v0().on("GET", LIST_V0, list_v0(V0, token="n"), list_v0(V0 | {"AmazonOrderId": "113-2222222-2222222"}))
    assert len(list(desk.shop(wire="orders_v0").orders(created_since=SINCE, created_until=UNTIL))) == 2
    first, second = map(query, desk.calls(LIST_V0))
    assert second == first | {"NextToken": "n"}
    assert "CreatedAfter" in first


def test_v0_items_of_known_versions_are_not_fetched_again() -> None:
    desk = desk_v0()
    shop = desk.shop(wire="orders_v0")
    window = Window(SINCE, UNTIL)
    page_of = shop.ops.read_page(window, None, lambda refs: _known(refs))
    found = shop.world.run(page_of)
    assert (found.items, ids(found.refs)) == ((), ["113-1111111-1111111"])
    assert not desk.calls(ITEMS_V0)
    assert ids(shop.world.run(shop.ops.list_orders(window)).refs) == ["113-1111111-1111111"]


def _known(refs: Any) -> Any:
    yield from ()
    return frozenset(ids(refs))


def test_v0_items_come_in_pages() -> None:
    desk = desk_v0().on("GET", ITEMS_V0, items_v0(ITEM, token="i2"), items_v0(ITEM_2))
    found = desk.shop(wire="orders_v0").get_order("113-1111111-1111111")
    assert [line.line_id for line in found.lines] == ["01", "02"]
    assert [query(request) for request in desk.calls(ITEMS_V0)] == [{}, {"NextToken": "i2"}]


def test_v0_a_lapsed_restricted_token_is_replaced_and_the_seller_s_is_left_alone() -> None:
    stale = refusal(403, "Unauthorized", "x", "The access token you provided has expired.")
    desk = desk_v0().on("GET", ONE_V0, stale, reply({"payload": V0}))
    desk.on("POST", TOKENS, RDT, reply({"payload": {"restrictedDataToken": "Atz.sprdt|2", "expiresIn": 3600}}))
    assert desk.shop(wire="orders_v0").get_order("113-1111111-1111111").total == 25
    used = [request.headers["x-amz-access-token"] for request in desk.calls(ONE_V0)]
    assert used == ["Atz.sprdt|1", "Atz.sprdt|2"]
    assert not desk.calls("/auth/o2/token")


@pytest.mark.parametrize("refused", [
    refusal(403, "Unauthorized", "Access to requested resource is denied."),
    refusal(400, "InvalidInput", "Application does not have access to one or more requested data elements: [buyerInfo]"),
], ids=["403", "400"])  # fmt: skip
def test_v0_without_the_role_orders_come_without_people(refused: Reply) -> None:
    desk = desk_v0().on("POST", TOKENS, refused)
    stream = desk.shop(wire="orders_v0").orders(updated_since=SINCE, updated_until=UNTIL)
    (found,) = stream
    assert found.recipient.privacy.kind == "absent"
    assert "personal_data_refused" in {finding.code for finding in stream.findings}
    assert len(desk.calls(TOKENS)) == 1
    assert {r.headers["x-amz-access-token"] for r in desk.calls(f"{LIST_V0}|{ITEMS_V0}")} == {"Atza|old"}


def test_v0_people_are_not_asked_for_when_not_wanted() -> None:
    desk = desk_v0()
    desk.shop(wire="orders_v0", personal_data=False).get_order("113-1111111-1111111")
    assert not desk.calls(TOKENS)


def test_v0_items_that_vanished_leave_the_order_held() -> None:
    desk = desk_v0().on("GET", ITEMS_V0, refusal(404, "NotFound"))
    stream = desk.shop(wire="orders_v0").orders(updated_since=SINCE, updated_until=UNTIL)
    (found,) = stream
    assert (found.lines, found.is_shippable) == ((), False)
    assert {finding.code for finding in stream.findings} == {"items_unreadable", "items_missing"}


def test_v0_a_page_whose_items_fail_is_no_page() -> None:
    desk = desk_v0().on("GET", ITEMS_V0, refusal(503, "ServiceUnavailable"))
    with pytest.raises(errors.PlatformUnavailable):
        list(desk.shop(wire="orders_v0").orders(updated_since=SINCE, updated_until=UNTIL))


def test_v0_needs_a_store() -> None:
    with pytest.raises(errors.ConfigurationError, match="marketplace_ids"):
        list(desk_v0().shop(wire="orders_v0", marketplace_ids=()).orders(updated_since=SINCE))


def test_what_amazon_does_not_have_refuses_by_name() -> None:
    shop = Desk().shop()
    for verb, arguments in (("get_refund", ("1",)), ("set_memo", ("1", "x")), ("server_time", ())):
        with pytest.raises(errors.UnsupportedOperation, match="amazon cannot"):
            getattr(shop, verb)(*arguments)


class AsyncDesk:
    """The same desk, awaited."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def send(self, request: Request) -> Reply:
        return self.desk.send(request)

    async def close(self) -> None:
        """Nothing to release."""


@pytest.mark.parametrize("wire", ["orders_2026", "orders_v0"])
def test_sync_and_async_are_one(wire: str) -> None:
    def desk() -> Desk:
        return desk_v0().on("GET", SEARCH, LOST, page(order(), token="t"), page(order("113-2222222-2222222")))

    ours, theirs = desk(), desk()

    async def pull() -> list[orderhub.Order]:
        shop = orderhub.connect_async(**{**ENTRY, "wire": wire}, transport=AsyncDesk(theirs), clock=theirs.clock)
        return [found async for found in shop.orders(updated_since=SINCE, updated_until=UNTIL)]

    assert list(ours.shop(wire=wire).orders(updated_since=SINCE, updated_until=UNTIL)) == asyncio.run(pull())
    assert [(r.method, r.url, r.body) for r in ours.sent] == [(r.method, r.url, r.body) for r in theirs.sent]


OURS = {"searchOrders": "orders.", "getOrders": "orders_v0.", "getOrderItems": "orders_v0.", "confirmShipment": "orders_v0.",
        "createRestrictedDataToken": "tokens.", "searchListingsItems": "listings.", "getListingsItem": "listings.",
        "patchListingsItem": "listings.", "createFeed": "feeds.", "getFeed": "feeds.", "createFeedDocument": "feeds.",
        "getFeedDocument": "feeds.", "createSubscription": "notifications.", "createDestination": "notifications.",
        "getDestinations": "notifications."}  # fmt: skip


def static_cases() -> list[Any]:
    if not CASES.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"the official static cases are not at {CASES}"))]
    rows = json.loads(CASES.read_text("utf-8"))["cases"]
    used = [row for row in rows if row["operationId"] in OURS or
            (row["operationId"] == "getOrder" and "order" in row["model"].lower())]  # fmt: skip
    return [pytest.param(row, id=row["id"]) for row in used]


@pytest.mark.parametrize("case", static_cases())
def test_every_static_case_of_the_official_sandbox_replays(case: dict[str, Any]) -> None:
    prefix = OURS.get(case["operationId"]) or ("orders_v0." if case["model"] == "ordersV0.json" else "orders.")
    sent = {place: {name: row["value"] for name, row in case["request"].items() if row["in"] == place}
            for place in ("path", "query", "body")}  # fmt: skip
    holes = dict.fromkeys(("orderId", "sku", "sellerId", "feedId", "feedDocumentId", "notificationType"), "X")
    answer = Reply(204, {}, b"") if case["status"] == 204 else reply(case["response"], case["status"])
    desk = Desk().on(case["method"], ".*", answer)
    shop = desk.shop()
    operation = shop.ops.call(
        prefix + case["operationId"], path=holes | sent["path"], query=sent["query"],
        body=sent["body"].get("body", sent["body"].get("payload")),
    )  # fmt: skip
    if case["status"] >= 400:
        with pytest.raises(errors.RequestRejected) as caught:
            shop.world.run(operation)
        assert caught.value.code == case["response"]["errors"][0]["code"]
        return
    document = shop.world.run(operation).document
    assert document == ({} if case["status"] == 204 else case["response"])
    (request,) = desk.sent
    for name, value in sent["query"].items():
        assert query(request)[name] == (",".join(value) if isinstance(value, list) else str(value))
    if "rder" in case["operationId"] and case["operationId"] not in ("getOrderItems",):
        found = orderhub.normalize("amazon", document)
        inside = document.get("payload", document)
        told = inside.get("orders") or inside.get("Orders") or [inside.get("order", inside)]
        assert ids(found.orders) == [row.get("orderId") or row["AmazonOrderId"] for row in told]
        assert not any(row.discrepancy for row in found.orders)


def test_the_connector_declares_what_it_is() -> None:
    assert CONNECTOR.name == "amazon"
    assert CONNECTOR.spec.base_url.startswith("https://")
