"""What docs/platforms/amazon.md §12 says an emulator must enforce, row by row; reading side."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_amazon_emulator_tools import ALL_SETS, ELEMENTS, SINCE, START, V0, V26, Amz, Refused, still

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

RDT = "/tokens/2021-03-01/restrictedDataToken"
INVALID = "The access token you provided is revoked, malformed or invalid."
EXPIRED = "The access token you provided has expired."


@pytest.fixture
def amz() -> Amz:
    return Amz(still(orders=25))


@pytest.fixture
def odd() -> Amz:
    return Amz(still(orders=0, awkward=True))


def lwa(amz: Amz, kind: str = "form", **params: str) -> Reply:
    sent = {"client_id": amz.shop["app_key"], "client_secret": amz.shop["app_secret"], **params}
    sent = {name: value for name, value in sent.items() if value}
    if kind == "json":
        headers, body = {"content-type": "application/json"}, json.dumps(sent)
    else:
        headers, body = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, urlencode(sent)
    return amz.world.handle(Request("POST", amz.shop["token_url"], headers, body.encode()))


def seconds(amz: Amz, count: float) -> str:
    """An instant so many seconds from now."""
    return f"{amz.world.now() + timedelta(seconds=count):%Y-%m-%dT%H:%M:%SZ}"


# (1) Login with Amazon


@pytest.mark.parametrize("kind", ["form", "json"])
def test_01_a_refresh_token_gives_an_access_token_of_an_hour(amz: Amz, kind: str) -> None:
    reply = lwa(amz, kind, grant_type="refresh_token", refresh_token=amz.shop["refresh_token"])
    told = json.loads(reply.body)
    assert (reply.status, told["token_type"], told["expires_in"]) == (200, "bearer", 3600)
    assert told["refresh_token"] == amz.shop["refresh_token"]
    amz.token = told["access_token"]
    assert amz.v26()
    assert Amz(amz.world).token == told["access_token"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "sandbox-nobody"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_secret": "wrong", "refresh_token": "x"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "wrong", "refresh_token": "x"}, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": "sellingpartnerapi::migration"}, "invalid_scope"),
        ({"grant_type": "authorization_code", "code": "unknown"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("kind", ["form", "json"])
def test_01_refusals_name_their_code(amz: Amz, kind: str, params: dict[str, str], code: str) -> None:
    reply = lwa(amz, kind, **params)
    assert reply.status >= 400 and json.loads(reply.body)["error"] == code
    amz.switch(lwa_statuses={code: 418})
    assert lwa(amz, kind, **params).status == 418


def test_01_a_code_is_good_once_for_five_minutes(amz: Amz) -> None:
    def consent(**more: str) -> str:
        query = {"client_id": amz.shop["app_key"], "redirect_uri": "https://shop.example/back", "state": "s1", **more}
        url = amz.shop["base_url"] + "/sandbox/amazon/authorize?" + urlencode(query)
        reply = amz.world.handle(Request("GET", url))
        assert reply.status == 302
        return reply.headers["location"]

    location = consent(sandbox_shop_id="amz-2")
    assert location.endswith("&state=s1")
    code = re.search(r"code=([^&]+)", location).group(1).replace("%7C", "|")  # type: ignore[union-attr]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://shop.example/back"}
    told = json.loads(lwa(amz, **grant).body)
    other = Amz(amz.world, 1)
    assert (other.token, other.shop["refresh_token"]) == (told["access_token"], told["refresh_token"])
    assert lwa(amz, **grant).status == 400
    late = re.search(r"code=([^&]+)", consent()).group(1).replace("%7C", "|")  # type: ignore[union-attr]
    amz.world.advance(301)
    assert lwa(amz, **{**grant, "code": late}).status == 400
    assert "error=access_denied" in consent(sandbox_refuse="1")


# (2) tokens


@pytest.mark.parametrize(
    ("token", "details"),
    [("", "Access token is missing in the request header."), ("nonsense", INVALID), ("old", EXPIRED)],
)
def test_02_three_texts_under_403(amz: Amz, token: str, details: str) -> None:
    if token == "old":
        token = amz.token
        amz.world.advance(3600)
    refusal = amz.refusal("GET", V26, {"createdAfter": SINCE}, token=token)
    assert (refusal.status, refusal.code, refusal.details) == (403, "Unauthorized", details)
    assert refusal.message == "Access to requested resource is denied."
    assert refusal.reply.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_02_grantless_and_seller_tokens_do_not_mix(amz: Amz) -> None:
    app = json.loads(lwa(amz, grant_type="client_credentials", scope="sellingpartnerapi::notifications").body)
    assert "refresh_token" not in app
    rotation = json.loads(
        lwa(amz, grant_type="client_credentials", scope="sellingpartnerapi::client_credential:rotation").body
    )
    where = "/notifications/v1/destinations"
    assert amz.call("GET", where, token=app["access_token"]) == {"payload": []}
    assert amz.refusal("GET", where).status == 403
    assert amz.refusal("GET", where, token=rotation["access_token"]).status == 403
    assert amz.refusal("GET", V26, {"createdAfter": SINCE}, token=app["access_token"]).status == 403


# (3) what is never required, (18) bodies of GET


def test_03_only_the_token_header_counts(amz: Amz) -> None:
    bare = amz.raw("GET", V26, {"createdAfter": SINCE})
    more = amz.raw(
        "GET", V26, {"createdAfter": SINCE}, host="27.0.0.1:9", authorization="AWS4-HMAC-SHA256 x", user_agent="a" * 500,
        x_amz_date="never",
    )  # fmt: skip
    assert bare.body == more.body
    assert amz.raw("GET", V26, {"createdAfter": SINCE}, user_agent="a" * 501).status == 400


def test_18_a_get_with_a_body_is_400(amz: Amz) -> None:
    assert amz.raw("GET", V26, {"createdAfter": SINCE}, body={}).status == 400
    assert amz.raw("GET", V26, {"createdAfter": SINCE}, content_length="2").status == 400


# (4) junk and lists


def test_04_unknown_parameters_are_ignored_and_lists_come_either_way(amz: Amz) -> None:
    junk = {"MarketplaceId": "X", "marketplace_ids": "X", "marketplaceIds": "X"}
    assert amz.v0(**junk) == amz.v0()
    twice = (
        f"{amz.shop['base_url']}{V26}?createdAfter={SINCE}&fulfillmentStatuses=UNSHIPPED&fulfillmentStatuses=SHIPPED"
    )
    reply = amz.world.handle(Request("GET", twice, {"x-amz-access-token": amz.token}))
    both = amz.v26(fulfillmentStatuses=["UNSHIPPED", "SHIPPED"], includedData=None)
    assert json.loads(reply.body)["orders"] == both and len(both) > 5


# (5) dates


@pytest.mark.parametrize("version", ["v0", "2026"])
def test_05_one_axis_in_order_and_two_minutes_old(amz: Amz, version: str) -> None:
    path = V0 if version == "v0" else V26
    names = ["CreatedAfter", "CreatedBefore", "LastUpdatedAfter", "LastUpdatedBefore"]
    if version == "2026":
        names = [name[0].lower() + name[1:] for name in names]
    created, created_to, updated, updated_to = names
    base = {"MarketplaceIds": amz.places} if version == "v0" else {}
    late, fine = seconds(amz, -119), seconds(amz, -120)
    for wrong in (
        {}, {created: SINCE, updated: SINCE}, {created_to: fine}, {created: SINCE, updated_to: fine},
        {created: fine, created_to: SINCE}, {created: SINCE, created_to: late}, {updated: SINCE, updated_to: late},
        {created: "yesterday"}, {created: SINCE, created_to: "soon"},
    ):  # fmt: skip
        refusal = amz.refusal("GET", path, {**base, **wrong})
        assert (refusal.status, refusal.code) == (400, "InvalidInput"), wrong
    for right in ({created: SINCE, created_to: fine}, {updated: SINCE, updated_to: fine}, {created: "2026-03-01"}):
        assert amz.call("GET", path, {**base, **right})


# (6) marketplaces and page size


def test_06_marketplaces_are_required_in_v0_only(amz: Amz) -> None:
    assert amz.refusal("GET", V0, {"CreatedAfter": SINCE}).status == 400
    assert amz.refusal("GET", V0, {"CreatedAfter": SINCE, "MarketplaceIds": ["X"] * 51}).status == 400
    assert amz.get(V26, createdAfter=SINCE)["orders"]
    assert amz.get(V26, createdAfter=SINCE, marketplaceIds="NONE")["orders"] == []
    two = Amz(amz.world, 1)
    sold = {place: len(two.v26(marketplaceIds=place)) for place in two.places}
    assert sum(sold.values()) == len(two.v26()) == len(two.v0()) and all(sold.values())


@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.5"])
def test_06_page_sizes_out_of_bounds_are_400(amz: Amz, size: str) -> None:
    assert (
        amz.refusal("GET", V0, {"MarketplaceIds": amz.places, "CreatedAfter": SINCE, "MaxResultsPerPage": size}).status
        == 400
    )
    assert amz.refusal("GET", V26, {"createdAfter": SINCE, "maxResultsPerPage": size}).status == 400


# (7) pages


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 100), count=st.integers(0, 40), seed=st.integers(0, 3), by_update=st.booleans())
def test_07_every_order_of_a_window_once_in_order(size: int, count: int, seed: int, by_update: bool) -> None:
    amz = Amz(still(orders=count, seed=seed, shops_per_platform=1))
    axis = {"CreatedAfter": None, "LastUpdatedAfter": SINCE} if by_update else {}
    pages = amz.pages_v0(MaxResultsPerPage=size, **axis)
    rows = [row for page in pages for row in page]
    keys = [(row["LastUpdateDate" if by_update else "PurchaseDate"], row["AmazonOrderId"]) for row in rows]
    assert keys == sorted(keys) and len(set(keys)) == count
    assert all(len(page) == size for page in pages[:-1]) and len(pages) == max(1, -(-count // size))
    same = amz.v26(maxResultsPerPage=size, **({"createdAfter": None, "lastUpdatedAfter": SINCE} if by_update else {}))
    assert [row["orderId"] for row in same] == [row["AmazonOrderId"] for row in rows]


def test_07_orders_of_one_second_are_all_told_over_pages(amz: Amz) -> None:
    made = {row["order_id"] for row in amz.create(count=150, shop_id=amz.shop_id)}
    pages = amz.pages_26(createdAfter=seconds(amz, 0), maxResultsPerPage=40)
    assert [len(page) for page in pages] == [40, 40, 40, 30]
    assert {row["orderId"] for page in pages for row in page} == made


def test_07_bounds_are_inclusive(amz: Amz) -> None:
    [one, *_] = amz.v26(maxResultsPerPage=1)
    at = one["createdTime"]
    assert one["orderId"] in [row["orderId"] for row in amz.v26(createdAfter=at, createdBefore=at)]


def test_07_a_token_is_bound_to_its_parameters_and_lives_a_day(amz: Amz) -> None:
    query = {"createdAfter": SINCE, "maxResultsPerPage": 5, "includedData": "FULFILLMENT"}
    token = amz.get(V26, **query)["pagination"]["nextToken"]
    assert amz.get(V26, **query, paginationToken=token)["orders"]
    for change in ({"includedData": "BUYER"}, {"fulfilledBy": "AMAZON"}, {"createdAfter": "2026-01-01T00:00:00Z"}):
        assert amz.refusal("GET", V26, {**query, **change, "paginationToken": token}).status == 400
    for wrong in ("nonsense", token[:-4] + "AAA=", token[4:]):
        assert amz.refusal("GET", V26, {**query, "paginationToken": wrong}).status == 400
    assert Amz(amz.world, 1).refusal("GET", V26, {**query, "paginationToken": token}).status == 400
    amz.world.advance(86_401)
    amz.token = json.loads(lwa(amz, grant_type="refresh_token", refresh_token=amz.shop["refresh_token"]).body)[
        "access_token"
    ]
    assert amz.refusal("GET", V26, {**query, "paginationToken": token}).status == 400


def test_07_an_order_that_changes_between_pages_is_not_lost(amz: Amz) -> None:
    query = {"lastUpdatedAfter": SINCE, "maxResultsPerPage": 5}
    first = amz.get(V26, **query)
    amz.world.advance(10)
    moved = next(
        order_id for order_id in amz.ids("Unshipped") if order_id not in {o["orderId"] for o in first["orders"]}
    )
    amz.ship(moved)
    rest, token = [], first["pagination"]["nextToken"]
    while token:
        told = amz.get(V26, **query, paginationToken=token)
        rest, token = rest + told["orders"], told.get("pagination", {}).get("nextToken")
        assert told["lastUpdatedBefore"] == first["lastUpdatedBefore"]
    assert moved not in [order["orderId"] for order in rest]
    assert moved in [
        order["orderId"] for order in amz.v26(createdAfter=None, lastUpdatedAfter=first["lastUpdatedBefore"])
    ]


def test_07_the_token_of_fba_lives_half_a_minute(amz: Amz) -> None:
    amz.switch(fba_page_size=3)
    query = {"granularityType": "Marketplace", "granularityId": amz.places[0], "marketplaceIds": amz.places[0]}
    first = amz.get("/fba/inventory/v1/summaries", **query)
    assert "pagination" not in first["payload"]
    token = first["pagination"]["nextToken"]
    second = amz.get("/fba/inventory/v1/summaries", **query, nextToken=token)
    assert "pagination" not in second and len(second["payload"]["inventorySummaries"]) == 1
    amz.world.advance(31)
    assert amz.refusal("GET", "/fba/inventory/v1/summaries", {**query, "nextToken": token}).status == 400


def test_07_items_of_a_long_order_come_in_pages(odd: Amz) -> None:
    [order_id] = [one for one in odd.ids("Unshipped") if len(odd.truth(one)["OrderItems"]) == 12]
    first = odd.get(f"{V0}/{order_id}/orderItems")["payload"]
    assert len(first["OrderItems"]) == 10 and first["NextToken"]
    assert len(odd.items(order_id)) == 12 == len(odd.order(order_id)["orderItems"])
    other = odd.ids("Unshipped")[0]
    assert odd.refusal("GET", f"{V0}/{other}/orderItems", {"NextToken": first["NextToken"]}).status == 400


# (8) the bound told


def test_08_the_upper_bound_is_always_told(amz: Amz) -> None:
    settled = seconds(amz, -120)
    payload = amz.get(V0, MarketplaceIds=amz.places, CreatedAfter=SINCE)["payload"]
    assert payload["CreatedBefore"] == settled and "LastUpdatedBefore" not in payload
    told = amz.get(V26, lastUpdatedAfter=SINCE)
    assert told["lastUpdatedBefore"] == settled and "createdBefore" not in told
    assert (
        amz.get(V26, createdAfter=SINCE, createdBefore="2026-03-01T00:00:00Z")["createdBefore"]
        == "2026-03-01T00:00:00Z"
    )


def test_08_fresh_orders_are_shown_at_once_or_held_back(amz: Amz) -> None:
    [row] = amz.create(count=1, shop_id=amz.shop_id)
    assert row["order_id"] in [order["orderId"] for order in amz.v26()]
    amz.switch(fresh_orders="held")
    assert row["order_id"] not in [order["orderId"] for order in amz.v26()]
    amz.world.advance(120)
    assert row["order_id"] in [order["orderId"] for order in amz.v26()]


# (9) personal data

PRIVATE = ("Name", "AddressLine1", "AddressLine2", "Phone", "AddressType")


def test_09_without_a_restricted_token_there_is_no_person(amz: Amz) -> None:
    rows = [*amz.v0(), amz.get(f"{V0}/{amz.ids('Unshipped')[0]}")["payload"]]
    assert all("BuyerInfo" not in row for row in rows)
    shown = [row["ShippingAddress"] for row in rows if "ShippingAddress" in row]
    assert shown and not any(name in address for address in shown for name in PRIVATE)
    assert all({"City", "CountryCode"} <= address.keys() for address in shown)
    amz.switch(v0_plain_address="none", v0_plain_buyer="email")
    assert all("ShippingAddress" not in row and list(row["BuyerInfo"]) == ["BuyerEmail"] for row in amz.v0())


def test_09_a_restricted_token_shows_only_what_was_asked_for(amz: Amz) -> None:
    both, address, buyer = (amz.generic_rdt(*one) for one in (ELEMENTS, ELEMENTS[1:], ELEMENTS[:1]))
    order_id = amz.ids("Unshipped")[0]
    told = {kind: amz.call("GET", f"{V0}/{order_id}", token=token)["payload"]
            for kind, token in (("both", both), ("address", address), ("buyer", buyer))}  # fmt: skip
    assert told["both"]["ShippingAddress"]["Phone"] and told["both"]["BuyerInfo"]["BuyerName"]
    assert told["address"]["ShippingAddress"]["Name"] and "BuyerInfo" not in told["address"]
    assert "Name" not in told["buyer"]["ShippingAddress"] and told["buyer"]["BuyerInfo"]


def test_09_a_restricted_token_is_bound_to_its_path_and_an_hour(amz: Amz) -> None:
    first, second = amz.ids("Unshipped")[:2]
    token = amz.rdt({"method": "GET", "path": f"{V0}/{first}/address"})
    assert amz.call("GET", f"{V0}/{first}/address", token=token)["payload"]["ShippingAddress"]["Name"]
    for path in (f"{V0}/{second}/address", f"{V0}/{first}", f"{V0}/{first}/buyerInfo"):
        assert amz.refusal("GET", path, token=token).status == 403
    anyone = amz.rdt({"method": "GET", "path": V0 + "/{orderId}/address"})
    assert amz.call("GET", f"{V0}/{second}/address", token=anyone)
    amz.world.advance(3600)
    assert amz.refusal("GET", f"{V0}/{second}/address", token=anyone).details == EXPIRED


@pytest.mark.parametrize("name", ["address", "buyerInfo", "orderItems/buyerInfo", "regulatedInfo"])
def test_09_restricted_calls_refuse_an_ordinary_token(amz: Amz, name: str) -> None:
    assert amz.refusal("GET", f"{V0}/{amz.ids('Unshipped')[0]}/{name}").status == 403


@pytest.mark.parametrize(
    "resources",
    [
        [], [{"method": "GET", "path": V0}], [{"method": "GET", "path": V0, "dataElements": ["phone"]}],
        [{"method": "GET", "path": V26, "dataElements": ELEMENTS}], [{"method": "POST", "path": V0}],
        [{"method": "HEAD", "path": V0, "dataElements": ELEMENTS}], [{"path": V0}], ["x"],
        [{"method": "GET", "path": V0 + "?a=b", "dataElements": ELEMENTS}],
        [{"method": "GET", "path": "http://host" + V0, "dataElements": ELEMENTS}],
        [{"method": "GET", "path": V0 + "/1/address", "dataElements": ELEMENTS}],
        [{"method": "GET", "path": V0 + "/1/address"}] * 51,
    ],
)  # fmt: skip
def test_09_resources_must_be_restricted_ones(amz: Amz, resources: list[Any]) -> None:
    assert amz.refusal("POST", RDT, body={"restrictedResources": resources}).status == 400


def test_09_elements_need_a_role(amz: Amz) -> None:
    amz.switch(rdt_elements=["buyerInfo"])
    resource = {"method": "GET", "path": V0, "dataElements": ELEMENTS}
    refusal = amz.refusal("POST", RDT, body={"restrictedResources": [resource], "RestrictedResources": 1})
    assert (refusal.code, refusal.message) == (
        "InvalidInput", "Application does not have access to one or more requested data elements: [shippingAddress]",
    )  # fmt: skip


def test_09_addresses_are_absent_where_the_status_has_none(odd: Amz) -> None:
    token = odd.generic_rdt(*ELEMENTS)
    rows = {row["AmazonOrderId"]: row for row in odd.v0(token)}
    for row in rows.values():
        shown = row["OrderStatus"] in ("Unshipped", "PartiallyShipped", "Shipped", "InvoiceUnconfirmed")
        assert ("ShippingAddress" in row) == shown
        assert ("recipient" in odd.order(row["AmazonOrderId"])) == shown
    late = [
        row
        for row in rows.values()
        if row["OrderStatus"] == "Shipped" and row.get("LatestDeliveryDate", "9") < seconds(odd, 0)
    ]
    hidden = [row for row in rows.values() if row["FulfillmentChannel"] == "AFN" and "ShippingAddress" in row] + late
    assert len(late) >= 1 and len(hidden) >= 3
    for row in hidden:
        assert "Phone" not in row["ShippingAddress"]
        assert "phone" not in odd.order(row["AmazonOrderId"])["recipient"]["deliveryAddress"]


def test_09_in_2026_roles_decide(odd: Amz) -> None:
    [gift] = [one for one in odd.ids("Unshipped") if odd.truth(one)["OrderItems"][0].get("IsGift") == "true"]
    assert "👨" in odd.order(gift)["orderItems"][0]["fulfillment"]["packing"]["giftOption"]["giftMessage"]
    odd.switch(roles_2026=["RECIPIENT"])
    order = odd.order(gift)
    assert "buyer" not in order and order["recipient"]["deliveryAddress"]["name"]
    assert "giftMessage" not in order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
    odd.switch(missing_role="403")
    assert odd.refusal("GET", V26, {"createdAfter": SINCE, "includedData": "BUYER"}).status == 403
    assert odd.get(V26, createdAfter=SINCE, includedData="FULFILLMENT,RECIPIENT")


def test_09_the_buyers_address_of_2026_is_for_the_merchants_open_orders(odd: Amz) -> None:
    for order in odd.v26():
        part = order["fulfillment"]
        fine = part["fulfilledBy"] == "MERCHANT" and part["fulfillmentStatus"] in (
            "UNSHIPPED",
            "PARTIALLY_SHIPPED",
            "SHIPPED",
        )
        assert fine or "buyerEmail" not in order.get("buyer", {})


# (10) pending


def test_10_pending_orders_have_no_prices(amz: Amz) -> None:
    [row] = amz.create(count=1, shop_id=amz.shop_id, unpaid=True)
    path = f"{V0}/{row['order_id']}"
    assert "OrderTotal" not in amz.get(path)["payload"]
    for item in amz.items(row["order_id"], amz.generic_rdt(*ELEMENTS)):
        assert not any(isinstance(value, dict) and "Amount" in value for value in item.values())
        assert item["QuantityOrdered"] >= 1
    assert not re.search(r'"(amount|unitPrice|grandTotal)"', json.dumps(amz.order(row["order_id"])))
    amz.switch(pending_total=True, pending_prices_2026=True)
    amz.patch(row["order_id"], fields={"OrderType": "StandardOrder"})
    assert amz.get(path)["payload"]["OrderTotal"]["Amount"]
    assert amz.order(row["order_id"])["proceeds"]["grandTotal"]["amount"]


# (11) types


def test_11_texts_are_texts_and_numbers_numbers(odd: Amz) -> None:
    token = odd.generic_rdt(*ELEMENTS)
    for order in odd.v0(token):
        for item in odd.items(order["AmazonOrderId"], token):
            assert type(item["QuantityOrdered"]) is int
            assert item["ProductInfo"]["NumberOfItems"] == "1"
            assert item.get("IsGift", "false") in ("true", "false")
            assert item["BuyerRequestedCancel"]["IsBuyerRequestedCancel"] in ("true", "false")
            assert all(
                type(value["Amount"]) is str for value in item.values() if isinstance(value, dict) and "Amount" in value
            )
            assert None not in item.values()
        assert None not in order.values()


def test_11_an_unknown_key_may_appear(amz: Amz) -> None:
    amz.switch(unknown_key=True)
    assert "sandboxFutureField" in amz.v26()[0] and "sandboxFutureField" in amz.v0()[0]


def test_11_yen_have_no_decimals() -> None:
    amz = Amz(still(orders=10, shops_per_platform=3), 2)
    paid = [order for order in amz.v26() if "proceeds" in order]
    assert {order["proceeds"]["grandTotal"]["currencyCode"] for order in paid} == {"JPY"}
    assert all("." not in order["proceeds"]["grandTotal"]["amount"] for order in paid)


# data sets of 2026 and the two versions side by side


def test_without_data_sets_only_the_base_and_the_items_come(odd: Amz) -> None:
    base = {
        "orderId",
        "orderAliases",
        "createdTime",
        "lastUpdatedTime",
        "programs",
        "associatedOrders",
        "salesChannel",
        "orderItems",
    }
    items = {"orderItemId", "quantityOrdered", "programs", "product"}
    for order in odd.v26(includedData=None):
        assert order.keys() <= base and all(item.keys() <= items for item in order["orderItems"])
    assert all("fulfillment" in order for order in odd.v26(includedData="FULFILLMENT"))
    assert odd.refusal("GET", V26, {"createdAfter": SINCE, "includedData": "EVERYTHING"}).status == 400
    odd.switch(gating_2026="all")
    assert all("fulfillment" in order for order in odd.v26(includedData=None))


def test_both_versions_tell_one_story(odd: Amz) -> None:
    token = odd.generic_rdt(*ELEMENTS)
    old = {order["AmazonOrderId"]: order for order in odd.v0(token)}
    assert old.keys() == {order["orderId"] for order in odd.v26()}
    for order in odd.v26():
        mine = old[order["orderId"]]
        assert (order["createdTime"], order["lastUpdatedTime"]) == (mine["PurchaseDate"], mine["LastUpdateDate"])
        if "OrderTotal" in mine:
            assert order["proceeds"]["grandTotal"]["amount"] == mine["OrderTotal"]["Amount"]
        items = {item["OrderItemId"]: item for item in odd.items(order["orderId"], token)}
        for item in order["orderItems"]:
            assert item["fulfillment"]["quantityFulfilled"] == items[item["orderItemId"]]["QuantityShipped"]


@pytest.mark.parametrize("sign", ["negative", "positive"])
def test_proceeds_add_up_in_either_sign(sign: str) -> None:
    amz = Amz(still(orders=30, awkward=True))
    amz.switch(discount_sign=sign)
    seen = set()
    for order in amz.v26():
        parts = [order] * ("proceeds" in order) + [item for item in order["orderItems"] if "proceeds" in item]
        for part in parts:
            whole = part["proceeds"].get("grandTotal") or part["proceeds"]["proceedsTotal"]
            total = Decimal(0)
            for row in part["proceeds"]["breakdowns"]:
                value = Decimal(row["subtotal"]["amount"])
                seen.add(row["type"])
                total += -value if (row["type"], sign) == ("DISCOUNT", "positive") else value
                if row.get("detailedBreakdowns"):
                    assert value == sum(Decimal(one["value"]["amount"]) for one in row["detailedBreakdowns"])
            assert total == Decimal(whole["amount"])
    assert seen == {"ITEM", "SHIPPING", "TAX", "DISCOUNT", "GIFT_WRAP", "COD_FEE"}


def test_filters_of_v0(odd: Amz) -> None:
    every = {row["AmazonOrderId"]: row for row in odd.v0()}

    def found(**query: Any) -> set[str]:
        return {row["AmazonOrderId"] for row in odd.v0(**query)}

    for query, name, values in (
        ({"OrderStatuses": ["Unshipped", "PartiallyShipped"]}, "OrderStatus", ("Unshipped", "PartiallyShipped")),
        ({"FulfillmentChannels": "AFN"}, "FulfillmentChannel", ("AFN",)),
        ({"PaymentMethods": "COD"}, "PaymentMethod", ("COD",)),
        ({"EasyShipShipmentStatuses": "PendingPickUp"}, "EasyShipShipmentStatus", ("PendingPickUp",)),
        ({"IsISPU": "true"}, "IsISPU", (True,)),
        ({"ElectronicInvoiceStatuses": "Processing"}, "ElectronicInvoiceStatus", ("Processing",)),
    ):
        wanted = {key for key, row in every.items() if row.get(name) in values}
        assert found(**query) == wanted and wanted
    one = next(iter(every))
    assert found(AmazonOrderIds=one) == {one} == found(SellerOrderId=one)
    assert found(LatestDeliveryDateBefore=SINCE) == set()
    assert (
        odd.refusal(
            "GET",
            V0,
            {"MarketplaceIds": odd.places, "CreatedAfter": SINCE, "SellerOrderId": one, "PaymentMethods": "COD"},
        ).status
        == 400
    )
    assert (
        odd.refusal(
            "GET", V0, {"MarketplaceIds": odd.places, "CreatedAfter": SINCE, "OrderStatuses": "CANCELLED"}
        ).status
        == 400
    )


def test_filters_of_2026(odd: Amz) -> None:
    assert {row["fulfillment"]["fulfillmentStatus"] for row in odd.v26(fulfillmentStatuses="CANCELLED")} == {
        "CANCELLED"
    }
    assert {row["fulfillment"]["fulfilledBy"] for row in odd.v26(fulfilledBy="AMAZON")} == {"AMAZON"}
    assert odd.refusal("GET", V26, {"createdAfter": SINCE, "fulfillmentStatuses": "Canceled"}).status == 400


def test_another_sellers_order_is_not_found(amz: Amz) -> None:
    order_id, other = amz.ids("Unshipped")[0], Amz(amz.world, 1)
    for path in (f"{V0}/{order_id}", f"{V0}/{order_id}/orderItems", f"{V26}/{order_id}", f"{V26}/1-2-3"):
        assert other.refusal("GET", path).status == 404


def test_a_cancelled_line_stays_with_nothing_left(odd: Amz) -> None:
    [order_id] = odd.ids("PartiallyShipped")[:1]
    item = odd.items(order_id)[2]
    assert item["QuantityOrdered"] == 0 and Decimal(item["ItemPrice"]["Amount"]) == 0
    assert odd.order(order_id)["orderItems"][2]["cancellation"]["cancellationExecution"]["cancelledBy"] == "BUYER"
    odd.switch(cancelled_quantity="kept")
    assert odd.items(order_id)[2]["QuantityOrdered"] > 0


# (16) buckets


def test_16_buckets_start_full_and_fill_at_their_rate() -> None:
    amz = Amz(still(limits=True))
    path = f"{V0}/{amz.ids('Unshipped')[0]}"
    assert {amz.raw("GET", path).status for _ in range(30)} == {200}
    refusal = amz.refusal("GET", path)
    assert (refusal.status, refusal.code) == (429, "QuotaExceeded")
    assert refusal.message == "You exceeded your quota for the requested resource."
    assert "x-amzn-ratelimit-limit" not in refusal.reply.headers
    amz.world.advance(1.9)
    assert amz.raw("GET", path).status == 429
    amz.world.advance(0.1)
    assert [amz.raw("GET", path).status for _ in range(2)] == [200, 429]


def test_16_each_operation_and_seller_has_its_own() -> None:
    world = still(limits=True)
    one, two = Amz(world), Amz(world, 1)
    query = {"createdAfter": SINCE}
    assert [one.raw("GET", V26, query).status for _ in range(21)][-1] == 429
    assert two.raw("GET", V26, query).status == 200
    assert one.raw("GET", f"{V26}/{one.ids('Unshipped')[0]}").status == 200
    assert one.raw("GET", V0, {"MarketplaceIds": one.places, "CreatedAfter": SINCE}).status == 200
    world.advance(179)
    assert [one.raw("GET", V26, query).status for _ in range(2)] == [200, 429]


def test_16_the_rate_comes_with_200_400_and_404_only() -> None:
    amz = Amz(still(limits=True))
    path = f"{V0}/{amz.ids('Unshipped')[0]}"
    told = [
        (amz.raw("GET", V26, {"createdAfter": SINCE}), "0.0056"), (amz.raw("GET", path), "0.5"),
        (amz.raw("GET", V26), "0.0056"), (amz.raw("GET", f"{V0}/1"), "0.5"), (amz.raw("GET", path, token="x"), None),
        (amz.ship(amz.ids("Unshipped")[0]), "2.0"),
    ]  # fmt: skip
    assert [reply.status for reply, _ in told] == [200, 200, 400, 404, 403, 204]
    for reply, rate in told:
        assert reply.headers.get("x-amzn-ratelimit-limit") == rate


def test_16_the_sandbox_profile_is_five_a_second(amz: Amz) -> None:
    amz = Amz(still(limits=True))
    amz.switch(limits_profile="sandbox")
    replies = [amz.raw("GET", V26, {"createdAfter": SINCE}) for _ in range(16)]
    assert [reply.status for reply in replies] == [200] * 15 + [429]
    assert replies[0].headers["x-amzn-ratelimit-limit"] == "5.0"
    amz.world.advance(0.2)
    assert amz.raw("GET", V26, {"createdAfter": SINCE}).status == 200


def test_16_lifted_limits_never_throttle_and_say_so(amz: Amz) -> None:
    replies = [amz.raw("GET", V26, {"createdAfter": SINCE}) for _ in range(60)]
    assert {reply.status for reply in replies} == {200}
    assert replies[0].headers["x-amzn-ratelimit-limit"] == "1000.0"


def test_16_limits_are_on_unless_lifted() -> None:
    amz = Amz(World(platforms=["amazon"], carriers=[], orders=1, start=START, tick=lambda: 0.0))
    assert [amz.raw("GET", V26, {"createdAfter": SINCE}).status for _ in range(21)][-1] == 429


# (17) ids, envelopes, pages of HTML


def test_17_every_reply_has_an_id_of_its_own(amz: Amz) -> None:
    replies = [amz.raw("GET", V26, {"createdAfter": SINCE}), amz.raw("GET", V26), amz.raw("GET", V26, token="x"),
               lwa(amz, grant_type="x"), amz.raw("GET", "/orders/v0/nothing")]  # fmt: skip
    ids = [reply.headers["x-amzn-requestid"] for reply in replies]
    assert len(set(ids)) == 5 and all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    for reply in (*replies[1:3], replies[4]):
        [error] = json.loads(reply.body)["errors"]
        assert error.keys() == {"code", "message", "details"}


def test_17_one_mode_is_an_html_page(amz: Amz) -> None:
    amz.switch(html_503=True)
    reply = amz.raw("GET", V26, {"createdAfter": SINCE})
    assert reply.status == 503 and reply.headers["content-type"] == "text/html" and reply.body.startswith(b"<html>")


def test_unknown_operations_are_404(amz: Amz) -> None:
    with pytest.raises(Refused):
        amz.call("DELETE", f"{V26}/1")
    assert amz.raw("GET", "/mfn/v0/shipments/1").status == 404


@pytest.mark.parametrize("wrong", [{"granularityType": "World"}, {"granularityId": "X"}, {"marketplaceIds": None},
                                   {"startDateTime": "2024-01-01T00:00:00Z"}, {"sellerSkus": ["S"] * 51}])  # fmt: skip
def test_fba_summaries_want_one_marketplace(amz: Amz, wrong: dict[str, Any]) -> None:
    place = amz.places[0]
    query = {"granularityType": "Marketplace", "granularityId": place, "marketplaceIds": place, **wrong}
    assert amz.refusal("GET", "/fba/inventory/v1/summaries", {k: v for k, v in query.items() if v}).status == 400


def test_every_data_set_is_listed_once() -> None:
    assert len(set(ALL_SETS.split(","))) == 11
