"""What docs/platforms/shopify.md says of the Admin API, row by row, by a client of a few lines."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
ORDERS = """query($q: String, $n: Int!, $after: String, $sort: OrderSortKeys, $back: Boolean) {
  orders(first: $n, after: $after, query: $q, sortKey: $sort, reverse: $back) {
    nodes { id legacyResourceId updatedAt displayFinancialStatus displayFulfillmentStatus } pageInfo { hasNextPage endCursor } } }"""
ORDER = """query($id: ID!) { order(id: $id) { id name displayFinancialStatus displayFulfillmentStatus returnStatus note
  totalPriceSet { shopMoney { amount currencyCode } } totalRefundedSet { shopMoney { amount } } shippingAddress { name city }
  lineItems(first: 9) { nodes { id sku quantity currentQuantity unfulfilledQuantity } }
  fulfillmentOrders(first: 9) { nodes { id status supportedActions { action } fulfillmentHolds { reason }
    assignedLocation { location { id } } lineItems(first: 9) { nodes { id remainingQuantity lineItem { id } } } } }
  fulfillments { id status displayStatus deliveredAt trackingInfo { company number url } }
  refunds { id totalRefundedSet { shopMoney { amount } } } returns(first: 5) { nodes { id status } }
  transactions { id kind amountSet { shopMoney { amount } } } } }"""
SHIP = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id status } userErrors { field message code } } }"""
STOCK = """mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) %s {
  inventoryAdjustmentGroup { changes { name delta quantityAfterChange } } userErrors { field message code } } }"""
VARIANTS = """{ productVariants(first: 3) { nodes { id sku price inventoryQuantity inventoryItem { id tracked
  inventoryLevels(first: 5) { nodes { location { id } quantities(names: ["available", "on_hand"]) { name quantity } } } } } } }"""


class Sy:
    """One store of a world and its control."""

    def __init__(self, orders: int = 0, **given: Any) -> None:
        self.world = World(
            seed=7, platforms=["shopify"], carriers=[], orders=orders, start=START, tick=lambda: 0.0, **given
        )
        self.shop = self.world.shops()[0]

    def raw(self, body: Any, version: str = "2026-07", **headers: str) -> Reply:
        told = {"X-Shopify-Access-Token": self.shop["access_token"], "Content-Type": "application/json", **headers}
        url = f"http://sandbox-sy-1.myshopify.com/admin/api/{version}/graphql.json"
        return self.world.handle(Request("POST", url, told, json.dumps(body).encode()))

    def ask(self, query: str, version: str = "2026-07", **variables: Any) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.raw({"query": query, "variables": variables}, version).body)
        return told

    def data(self, query: str, version: str = "2026-07", **variables: Any) -> Any:
        told = self.ask(query, version, **variables)
        assert "errors" not in told, told["errors"]
        return next(iter(told["data"].values()))

    def code(self, query: str, version: str = "2026-07", **variables: Any) -> str:
        return str(self.ask(query, version, **variables)["errors"][0]["extensions"]["code"])

    def order(self, order_id: str) -> Any:
        return self.data(ORDER, id=f"gid://shopify/Order/{order_id}")

    def control(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        status, told = self.world.control(method, f"/_sandbox/{path}", query, body)
        assert status < 300, told
        return told

    def make(self, count: int = 1, **more: Any) -> list[str]:
        rows = self.control("POST", "shopify/orders", {"count": count, "shop_id": self.shop["shop_id"], **more})
        return [row["order_id"] for row in rows]

    def act(self, order_id: str, action: str, **more: Any) -> Any:
        return self.control("PATCH", f"shopify/orders/{order_id}", {"action": action, **more})

    def switch(self, **values: Any) -> None:
        self.control("PUT", "switches", {"shopify": values})

    def fault(self, name: str, **more: Any) -> None:
        self.control("POST", "faults", {"platform": "shopify", "fault": name, **more})

    def ship(self, order: Any, number: str = "SF1", rows: Any = None, **more: Any) -> Any:
        rows = rows or [{"fulfillmentOrderId": one["id"]} for one in order["fulfillmentOrders"]["nodes"]]
        told = {
            "lineItemsByFulfillmentOrder": rows,
            "trackingInfo": {"company": "SF Express", "number": number},
            **more,
        }
        return self.data(SHIP, f=told)


@pytest.fixture
def sy() -> Sy:
    return Sy()


# token, version, envelope


def test_the_token_header_is_the_only_key(sy: Sy) -> None:
    assert sy.raw({"query": "{ shop { name } }"}, **{"X-Shopify-Access-Token": "sandbox-no"}).status == 401
    sy.switch(token_status=403)
    assert sy.raw({"query": "{ shop { name } }"}, **{"X-Shopify-Access-Token": ""}).status == 403
    assert sy.data("{ shop { myshopifyDomain currencyCode } }") == {
        "myshopifyDomain": "sandbox-sy-1.myshopify.com", "currencyCode": "USD",
    }  # fmt: skip


def test_versions_are_quarterly(sy: Sy) -> None:
    assert sy.raw({"query": "{ shop { name } }"}, "2026-01").status == 200
    assert sy.raw({"query": "{ shop { name } }"}, "2026-02").status == 404
    assert sy.raw({"query": "{ shop { name } }"}, "unstable").status == 404


def test_errors_come_with_http_200_and_a_code(sy: Sy) -> None:
    reply = sy.raw({"query": "{ shop { colour } }"})
    assert reply.status == 200
    assert json.loads(reply.body)["errors"][0]["extensions"]["code"] == "undefinedField"
    assert sy.code("{ shop {") == "BAD_REQUEST"
    assert json.loads(sy.raw([1]).body)["errors"]
    assert sy.world.log(1)[0]["verdict"] == "BAD_REQUEST"


def test_scopes_are_needed(sy: Sy) -> None:
    sy.switch(scopes="read_products")
    assert sy.code(ORDERS, n=1) == "ACCESS_DENIED"
    sy.switch(scopes="write_orders")
    assert sy.data(ORDERS, n=1)["nodes"] == []


# OAuth


def token_call(sy: Sy, form: bool = False, **told: str) -> tuple[int, dict[str, Any]]:
    app = {"client_id": sy.shop["app_key"], "client_secret": sy.shop["app_secret"], **told}
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    body = "&".join(f"{k}={v}" for k, v in app.items()) if form else json.dumps(app)
    reply = sy.world.handle(Request("POST", sy.shop["token_url"], {"content-type": kind}, body.encode()))
    return reply.status, json.loads(reply.body)


def test_a_code_comes_back_signed_and_works_once(sy: Sy) -> None:
    url = f"http://x/admin/oauth/authorize?client_id={sy.shop['app_key']}&scope=read_orders&state=s1&redirect_uri=https://app.example/back"
    told = dict(parse_qsl(urlsplit(sy.world.handle(Request("GET", url)).headers["location"]).query))
    signed = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "hmac")
    expected = hmac.new(sy.shop["app_secret"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert (told["state"], told["hmac"], told["shop"]) == ("s1", expected, "sandbox-sy-1.myshopify.com")
    status, token = token_call(sy, form=True, code=told["code"])
    assert status == 200 and "read_orders" in token["scope"] and "expires_in" not in token
    assert sy.raw({"query": "{ shop { name } }"}, **{"X-Shopify-Access-Token": token["access_token"]}).status == 200
    assert token_call(sy, code=told["code"])[0] == 400


def test_own_store_apps_get_tokens_that_lapse(sy: Sy) -> None:
    status, told = token_call(sy, grant_type="client_credentials")
    assert (status, told["expires_in"]) == (200, 86_400)
    key = {"X-Shopify-Access-Token": told["access_token"]}
    assert sy.raw({"query": "{ shop { name } }"}, **key).status == 200
    sy.world.advance(86_401)
    assert sy.raw({"query": "{ shop { name } }"}, **key).status == 401
    assert token_call(sy, grant_type="client_credentials", client_secret="no")[0] == 401


def test_the_fault_of_a_lapsed_token_stays(sy: Sy) -> None:
    sy.fault("token_expired")
    assert [sy.raw({"query": "{ shop { name } }"}).status for _ in range(2)] == [401, 401]


# cost


def test_every_reply_tells_its_cost(sy: Sy) -> None:
    cost = sy.ask("{ shop { name } }")["extensions"]["cost"]
    assert cost == {"requestedQueryCost": 1, "actualQueryCost": 1, "throttleStatus": {
        "maximumAvailable": 2000.0, "currentlyAvailable": 2000, "restoreRate": 100.0}}  # fmt: skip


def test_the_bucket_refuses_and_refills(sy: Sy) -> None:
    sy.switch(throttle=True, bucket_size=60)
    assert "data" in sy.ask(ORDERS, n=50)
    told = sy.ask(ORDERS, n=50)
    cost = told["extensions"]["cost"]
    assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
    wait = (cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]) / cost["throttleStatus"][
        "restoreRate"
    ]
    sy.world.advance(wait + 0.01)
    assert "data" in sy.ask(ORDERS, n=50)
    sy.switch(query_cost_max=10, throttle=False)
    assert sy.code(ORDERS, n=50) == "MAX_COST_EXCEEDED"


def test_the_fault_of_a_full_bucket_tells_its_wait(sy: Sy) -> None:
    sy.fault("call_limited", delay_s=3)
    cost = sy.ask("{ shop { name } }")["extensions"]["cost"]
    status = cost["throttleStatus"]
    assert (cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"] == pytest.approx(
        3, abs=0.02
    )
    assert "data" in sy.ask("{ shop { name } }")


# lists


def everything(sy: Sy, size: int, **more: Any) -> list[str]:
    found, after = [], None
    while True:
        page = sy.data(ORDERS, n=size, after=after, **more)
        found += [row["legacyResourceId"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.parametrize(
    ("sort", "back"), [("UPDATED_AT", False), ("UPDATED_AT", True), ("CREATED_AT", False), ("ID", True), (None, None)]
)
def test_pages_bring_every_order_once_in_order(sort: str | None, back: bool | None) -> None:
    sy = Sy(orders=33, awkward=True)
    truth = {row["order_id"]: row for row in sy.control("GET", "shopify/orders", shop_id="sy-1")}
    found = everything(sy, 7, sort=sort, back=back)
    assert sorted(found) == sorted(truth)
    if sort == "UPDATED_AT":
        times = [truth[one]["modified"] for one in found]
        assert times == sorted(times, reverse=bool(back))


def test_edges_pages_backwards_and_foreign_cursors(sy: Sy) -> None:
    sy.make(5)
    page = sy.data(
        "{ orders(last: 2) { edges { cursor node { id } } pageInfo { hasPreviousPage hasNextPage startCursor } } }"
    )
    assert len(page["edges"]) == 2 and page["pageInfo"]["hasPreviousPage"] and not page["pageInfo"]["hasNextPage"]
    before = sy.data(
        "query($b: String) { orders(last: 9, before: $b) { nodes { id } } }", b=page["pageInfo"]["startCursor"]
    )
    assert len(before["nodes"]) == 3
    assert sy.code(ORDERS, n=1, after="nonsense") == "BAD_REQUEST"
    assert sy.code(ORDERS, n=251) == "BAD_REQUEST"
    assert sy.code("{ orders(first: 1, sortKey: COLOUR) { nodes { id } } }") == "INVALID_ARGUMENT"


def test_windows_by_change_include_both_ends(sy: Sy) -> None:
    sy.make(2)
    sy.world.advance(60)
    (late,) = sy.make(1)
    stamp = "2026-06-18T04:01:00Z"
    assert everything(sy, 9, q=f"updated_at:>='{stamp}' updated_at:<='{stamp}' status:any") == [late]
    assert everything(sy, 9, q=f"updated_at:>'{stamp}'") == []
    assert len(everything(sy, 9, q=f"updated_at:<'{stamp}'")) == 2


def test_sixty_days_unless_all_orders_may_be_read(sy: Sy) -> None:
    (old,) = sy.make(1)
    sy.world.advance(61 * 86_400)
    assert everything(sy, 9) == [] and sy.order(old) is None
    sy.switch(all_orders=True)
    assert everything(sy, 9) == [old] and sy.order(old)["id"].endswith(old)


def test_a_store_sees_its_own(sy: Sy) -> None:
    (mine,) = sy.make(1)
    sy.shop = sy.world.shops()[1]
    assert sy.order(mine) is None and everything(sy, 9) == []
    assert sy.code(ORDER, id=mine) == "INVALID_ID"


def test_late_orders_and_faults_of_lists(sy: Sy) -> None:
    sy.make(4)
    sy.fault("late_order", delay_s=60)
    (late,) = sy.make(1)
    assert late not in everything(sy, 9) and sy.order(late) is None
    sy.world.advance(61)
    assert late in everything(sy, 9)
    page = sy.data(ORDERS, n=2)
    sy.fault("repeated_page")
    again = sy.data(ORDERS, n=2, after=page["pageInfo"]["endCursor"])
    assert again["nodes"] == page["nodes"]
    sy.fault("unknown_status")
    assert sy.data(ORDERS, n=2)["nodes"][0]["displayFulfillmentStatus"] == "TELEPORTED"
    sy.fault("drifted_field")
    told = sy.order(late)
    assert isinstance(told["totalPriceSet"]["shopMoney"]["amount"], float) and told["channelHint"]
    first = everything(sy, 9, sort="UPDATED_AT")[0]
    sy.fault("shifting_pages")
    assert first not in [row["legacyResourceId"] for row in sy.data(ORDERS, n=1, sort="UPDATED_AT")["nodes"]]


# parcels


def test_omitted_lines_mean_everything_left(sy: Sy) -> None:
    (one,) = sy.make(1)
    order = sy.order(one)
    told = sy.ship(order)
    assert told["fulfillment"]["status"] == "SUCCESS" and told["userErrors"] == []
    after = sy.order(one)
    assert after["displayFulfillmentStatus"] == "FULFILLED"
    assert after["fulfillments"][0]["trackingInfo"] == [{"company": "SF Express", "number": "SF1", "url": None}]
    assert {row["unfulfilledQuantity"] for row in after["lineItems"]["nodes"]} == {0}
    assert after["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    refused = sy.ship(order)
    assert refused["fulfillment"] is None and "unfulfillable" in refused["userErrors"][0]["message"]


def test_parts_leave_by_line_and_unit(sy: Sy) -> None:
    one = next(key for key in sy.make(40) if sum(row["quantity"] for row in sy.order(key)["lineItems"]["nodes"]) > 1)
    waiting = sy.order(one)["fulfillmentOrders"]["nodes"][0]
    row = waiting["lineItems"]["nodes"][0]
    part = [{"fulfillmentOrderId": waiting["id"], "fulfillmentOrderLineItems": [{"id": row["id"], "quantity": 1}]}]
    assert sy.ship(sy.order(one), "A", part)["userErrors"] == []
    after = sy.order(one)
    assert after["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert after["fulfillmentOrders"]["nodes"][0]["status"] == "IN_PROGRESS"
    too_many = [{"fulfillmentOrderId": waiting["id"], "fulfillmentOrderLineItems": [{"id": row["id"], "quantity": 99}]}]
    assert sy.ship(after, "B", too_many)["userErrors"]
    assert sy.ship(after, "B")["userErrors"] == []
    assert sy.order(one)["displayFulfillmentStatus"] == "FULFILLED"


def test_one_call_takes_one_location_unless_the_switch_says_otherwise() -> None:
    sy = Sy(awkward=True)
    orders = (sy.order(row["order_id"]) for row in sy.control("GET", "shopify/orders", shop_id="sy-1"))
    split = next(one for one in orders if len(one["fulfillmentOrders"]["nodes"]) == 2)
    assert "same location" in sy.ship(split)["userErrors"][0]["message"]
    sy.switch(one_location=False)
    assert sy.ship(split)["userErrors"] == []


def test_the_same_number_twice_is_two_parcels(sy: Sy) -> None:
    one = next(key for key in sy.make(40) if len(sy.order(key)["lineItems"]["nodes"]) > 1)
    waiting = sy.order(one)["fulfillmentOrders"]["nodes"][0]
    for row in waiting["lineItems"]["nodes"][:2]:
        part = [{"fulfillmentOrderId": waiting["id"], "fulfillmentOrderLineItems": [{"id": row["id"], "quantity": 1}]}]
        assert sy.ship(sy.order(one), "SAME", part)["userErrors"] == []
    assert [parcel["trackingInfo"][0]["number"] for parcel in sy.order(one)["fulfillments"]] == ["SAME", "SAME"]


def test_numbers_are_replaced_and_parcels_taken_back(sy: Sy) -> None:
    (one,) = sy.make(1)
    parcel = sy.ship(sy.order(one))["fulfillment"]["id"]
    update = """mutation($id: ID!, $t: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id,
      trackingInfoInput: $t) { fulfillment { trackingInfo { number } } userErrors { message } } }"""
    told = sy.data(update, id=parcel, t={"company": "DHL", "numbers": ["X1", "X2"]})
    assert [row["number"] for row in told["fulfillment"]["trackingInfo"]] == ["X1", "X2"]
    drop = "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }"
    assert sy.data(drop, id=parcel)["fulfillment"]["status"] == "CANCELLED"
    assert sy.order(one)["displayFulfillmentStatus"] == "UNFULFILLED"
    assert sy.data(drop, id=parcel)["userErrors"]
    assert sy.data(update, id=parcel, t={"number": "Z"})["userErrors"]
    assert sy.data(update, id="gid://shopify/Fulfillment/1", t={"number": "Z"})["userErrors"]


def test_holds_stop_parcels(sy: Sy) -> None:
    (one,) = sy.make(1)
    waiting = sy.order(one)["fulfillmentOrders"]["nodes"][0]["id"]
    hold = """mutation($id: ID!, $h: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id, fulfillmentHold: $h) {
      fulfillmentOrder { status } userErrors { message } } }"""
    assert sy.data(hold, id=waiting, h={"reason": "INCORRECT_ADDRESS"})["fulfillmentOrder"]["status"] == "ON_HOLD"
    held = sy.order(one)
    assert held["displayFulfillmentStatus"] == "ON_HOLD"
    assert held["fulfillmentOrders"]["nodes"][0]["fulfillmentHolds"] == [{"reason": "INCORRECT_ADDRESS"}]
    assert sy.ship(held)["userErrors"]
    assert sy.code(hold, id=waiting, h={"reason": "BAD_MOOD"}) == "INVALID_VARIABLE"
    release = "mutation($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { fulfillmentOrder { status } userErrors { message } } }"
    assert sy.data(release, id=waiting)["fulfillmentOrder"]["status"] == "OPEN"
    assert sy.ship(sy.order(one))["userErrors"] == []


def test_fulfilment_orders_move_with_their_stock(sy: Sy) -> None:
    (one,) = sy.make(1)
    order = sy.order(one)
    sku = order["lineItems"]["nodes"][0]["sku"]
    places = [row["id"] for row in sy.data("{ locations(first: 5) { nodes { id name } } }")["nodes"]]

    def committed() -> list[int]:
        return [row["committed"] for row in sy.control("GET", "shopify/stock", shop_id="sy-1") if row["sku"] == sku]

    before = committed()
    move = """mutation($id: ID!, $l: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $l) {
      movedFulfillmentOrder { assignedLocation { location { id } } } userErrors { message } } }"""
    told = sy.data(move, id=order["fulfillmentOrders"]["nodes"][0]["id"], l=places[1])
    assert told["movedFulfillmentOrder"]["assignedLocation"]["location"]["id"] == places[1]
    assert committed() == before[::-1]


def test_notes_tags_and_addresses_are_set(sy: Sy) -> None:
    (one,) = sy.make(1)
    update = "mutation($i: OrderInput!) { orderUpdate(input: $i) { order { note tags } userErrors { message } } }"
    told = sy.data(update, i={"id": f"gid://shopify/Order/{one}", "note": "packed", "tags": ["a", "b"], "shippingAddress": {
        "firstName": "Li", "lastName": "Si", "city": "Hangzhou"}})  # fmt: skip
    assert told["order"] == {"note": "packed", "tags": ["a", "b"]}
    assert sy.order(one)["shippingAddress"] == {"name": "Li Si", "city": "Hangzhou"}
    assert sy.data(update, i={"id": "gid://shopify/Order/1", "note": "x"})["userErrors"]
    assert sy.code(update, i={"id": f"gid://shopify/Order/{one}", "colour": "red"}) == "INVALID_VARIABLE"


# stock


def row_of(sy: Sy, units: int, **more: Any) -> dict[str, Any]:
    variant = sy.data(VARIANTS)["nodes"][0]
    item = variant["inventoryItem"]
    place = item["inventoryLevels"]["nodes"][0]["location"]["id"]
    rows = [{"inventoryItemId": item["id"], "locationId": place, "quantity": units, **more}]
    return {"name": "available", "reason": "correction", "quantities": rows}


def test_from_2026_04_rows_tell_what_they_change_from_and_writes_have_a_key(sy: Sy) -> None:
    keyed = STOCK % '@idempotent(key: "k1")'
    assert sy.code(STOCK % "", i=row_of(sy, 7, changeFromQuantity=None)) == "BAD_REQUEST"
    assert sy.code(keyed, i=row_of(sy, 7)) == "INVALID_VARIABLE"
    assert sy.code(keyed, i=row_of(sy, 7, compareQuantity=1)) == "INVALID_VARIABLE"
    stale = sy.data(keyed, i=row_of(sy, 7, changeFromQuantity=-3))
    assert stale["userErrors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"
    assert sy.data(keyed, i=row_of(sy, 7, changeFromQuantity=None))["userErrors"] == []
    assert sy.data(VARIANTS)["nodes"][0]["inventoryQuantity"] == 7


def test_a_key_gives_its_first_answer_again(sy: Sy) -> None:
    keyed = STOCK % '@idempotent(key: "k2")'
    first = sy.data(keyed, i=row_of(sy, 9, changeFromQuantity=None))
    sy.control("PUT", "shopify/stock", {"sku": "SKU-0001", "shop_id": "sy-1", "quantity": 100})
    assert sy.data(keyed, i=row_of(sy, 9, changeFromQuantity=None)) == first
    assert sy.data(VARIANTS)["nodes"][0]["inventoryQuantity"] == 100
    assert sy.data(keyed, i=row_of(sy, 8, changeFromQuantity=None))["userErrors"]


def test_up_to_2026_01_rows_compare_unless_told_not_to(sy: Sy) -> None:
    bare = STOCK % ""
    assert sy.data(bare, "2026-01", i=row_of(sy, 7))["userErrors"][0]["code"] == "COMPARE_QUANTITY_REQUIRED"
    assert (
        sy.data(bare, "2026-01", i=row_of(sy, 7, compareQuantity=-3))["userErrors"][0]["code"]
        == "COMPARE_QUANTITY_STALE"
    )
    assert sy.data(bare, "2026-01", i={**row_of(sy, 7), "ignoreCompareQuantity": True})["userErrors"] == []
    assert sy.data(bare, "2026-01", i=row_of(sy, 5, compareQuantity=7))["userErrors"] == []
    assert sy.code(bare, "2026-01", i=row_of(sy, 5, changeFromQuantity=7)) == "INVALID_VARIABLE"


def test_one_bad_row_stops_all_rows_and_250_are_the_most(sy: Sy) -> None:
    keyed = STOCK % '@idempotent(key: "k3")'
    good = row_of(sy, 7, changeFromQuantity=None)
    bad = {**good["quantities"][0], "inventoryItemId": "gid://shopify/InventoryItem/1"}
    told = sy.data(keyed, i={**good, "quantities": [*good["quantities"], bad]})
    assert told["userErrors"][0]["field"] == ["input", "quantities", "1", "inventoryItemId"]
    assert sy.data(VARIANTS)["nodes"][0]["inventoryQuantity"] != 7
    assert sy.code(keyed, i={**good, "quantities": good["quantities"] * 251}) == "MAX_INPUT_SIZE_EXCEEDED"


def test_on_hand_is_available_and_committed(sy: Sy) -> None:
    order = sy.order(sy.make(1)[0])
    level = sy.data(VARIANTS)["nodes"][0]["inventoryItem"]["inventoryLevels"]["nodes"][0]
    units = {row["name"]: row["quantity"] for row in level["quantities"]}
    keyed = STOCK % '@idempotent(key: "k4")'
    told = {**row_of(sy, units["on_hand"] + 5, changeFromQuantity=units["on_hand"]), "name": "on_hand"}
    assert sy.data(keyed, i=told)["userErrors"] == []
    assert sy.data(VARIANTS)["nodes"][0]["inventoryQuantity"] == units["available"] + 5
    adjust = """mutation($i: InventoryAdjustQuantitiesInput!) { inventoryAdjustQuantities(input: $i) @idempotent(key: "k5") {
      userErrors { code } } }"""
    row = row_of(sy, 0)["quantities"][0]
    change = {"inventoryItemId": row["inventoryItemId"], "locationId": row["locationId"], "delta": -5}
    assert sy.data(adjust, i={"name": "available", "reason": "correction", "changes": [change]})["userErrors"] == []
    assert sy.data(VARIANTS)["nodes"][0]["inventoryQuantity"] == units["available"]
    assert order["lineItems"]["nodes"]


# money back, returns


def test_refunds_give_back_what_was_paid_and_no_more(sy: Sy) -> None:
    (one,) = sy.make(1)
    order = sy.order(one)
    line, sale = order["lineItems"]["nodes"][0], order["transactions"][0]
    create = """mutation($i: RefundInput!) { refundCreate(input: $i) @idempotent(key: "%s") {
      refund { totalRefundedSet { shopMoney { amount } } } userErrors { message } } }"""
    told = {
        "orderId": order["id"], "note": "sorry",
        "refundLineItems": [{"lineItemId": line["id"], "quantity": line["quantity"], "restockType": "CANCEL"}],
        "transactions": [{"orderId": order["id"], "parentId": sale["id"], "amount": "1.00", "gateway": "x", "kind": "REFUND"}],
    }  # fmt: skip
    assert sy.data(create % "r1", i=told)["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "1.00"
    after = sy.order(one)
    assert (
        after["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
        and after["lineItems"]["nodes"][0]["currentQuantity"] == 0
    )
    assert sy.data(create % "r1", i=told)["refund"] and len(sy.order(one)["refunds"]) == 1
    assert "more items" in sy.data(create % "r2", i=told)["userErrors"][0]["message"]
    much = [{**told["transactions"][0], "amount": "999999.00"}]  # type: ignore[dict-item]
    assert sy.data(create % "r3", i={**told, "refundLineItems": [], "transactions": much})["userErrors"]


def test_returns_are_asked_for_answered_and_closed(sy: Sy) -> None:
    (one,) = sy.make(1)
    sy.ship(sy.order(one))
    sy.act(one, "receive")
    assert sy.order(one)["fulfillments"][0]["displayStatus"] == "DELIVERED"
    sy.act(one, "return", reason="DEFECTIVE")
    order = sy.order(one)
    assert (order["returnStatus"], order["returns"]["nodes"][0]["status"]) == ("RETURN_REQUESTED", "REQUESTED")
    approve = "mutation($i: ReturnApproveRequestInput!) { returnApproveRequest(input: $i) { return { status } userErrors { message } } }"
    case = order["returns"]["nodes"][0]["id"]
    assert sy.data(approve, i={"id": case})["return"]["status"] == "OPEN"
    assert sy.data(approve, i={"id": case})["userErrors"]
    close = "mutation($id: ID!) { returnClose(id: $id) { return { status } userErrors { message } } }"
    assert sy.data(close, id=case)["return"]["status"] == "CLOSED"
    assert sy.order(one)["returnStatus"] == "RETURNED"


# control, webhooks


@pytest.mark.parametrize("steps", [
    (("ship", "FULFILLED"), ("receive", "FULFILLED"), ("close", "FULFILLED"), ("refund", "FULFILLED")),
    (("cancel", "UNFULFILLED"),), (("hold", "ON_HOLD"), ("release", "UNFULFILLED")),
    (("refund", None), ("change_address", None)),
])  # fmt: skip
def test_the_testers_hand(sy: Sy, steps: tuple[tuple[str, str | None], ...]) -> None:
    (one,) = sy.make(1)
    for action, status in steps:
        told = sy.act(one, action, **({"city": "Ningbo"} if action == "change_address" else {}))
        assert status is None or told["displayFulfillmentStatus"] == status
    assert sy.world.control("PATCH", f"/_sandbox/shopify/orders/{one}", {}, {"action": "pay"})[0] == 409


def test_unpaid_orders_are_paid_and_documents_taken(sy: Sy) -> None:
    (one,) = sy.make(1, unpaid=True)
    assert sy.order(one)["displayFinancialStatus"] == "PENDING"
    assert sy.act(one, "pay")["displayFinancialStatus"] == "PAID"
    document = {"legacyResourceId": "4242", "note": "from a file", "displayFulfillmentStatus": "IN_PROGRESS"}
    sy.control("POST", "shopify/orders", {"shop_id": "sy-1", "documents": [document]})
    assert (sy.order("4242")["note"], sy.order("4242")["displayFulfillmentStatus"]) == ("from a file", "IN_PROGRESS")
    assert sy.control("PATCH", "shopify/orders/4242", {"fields": {"note": "new"}})["note"] == "new"
    assert sy.world.control("GET", "/_sandbox/shopify/orders/1")[0] == 404


def test_webhooks_are_signed_over_their_raw_body(sy: Sy) -> None:
    (one,) = sy.make(1)
    sy.ship(sy.order(one))
    sent = sy.control("GET", f"shopify/orders/{one}")["_sandbox"]["webhooks"]
    topics = [row["headers"]["X-Shopify-Topic"] for row in sent]
    assert {"orders/create", "orders/paid", "orders/updated", "fulfillments/create"} <= set(topics)
    for row in sent:
        digest = hmac.new(sy.shop["app_secret"].encode(), row["body"].encode(), hashlib.sha256).digest()
        assert row["headers"]["X-Shopify-Hmac-Sha256"] == base64.b64encode(digest).decode()
        told = json.loads(row["body"])
        assert str(told["id"] if row["headers"]["X-Shopify-Topic"].startswith("orders/") else told["order_id"]) == one
    assert len({row["headers"]["X-Shopify-Event-Id"] for row in sent}) == len(sent)


def test_pages_of_many_orders_come_quickly(sy: Sy) -> None:
    sy.make(1500)
    began = time.process_time()
    page = sy.data(ORDERS, n=50, q="updated_at:>='2026-06-18T00:00:00Z'", sort="UPDATED_AT")
    for _ in range(20):
        page = sy.data(
            ORDERS,
            n=50,
            q="updated_at:>='2026-06-18T00:00:00Z'",
            sort="UPDATED_AT",
            after=page["pageInfo"]["endCursor"],
        )
    assert (time.process_time() - began) / 21 < 0.03
