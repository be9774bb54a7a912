"""Reading Shopify: amounts, axes, parcels, cases, pages, and everything that goes wrong on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from shopify_script import NOW, Script, data, fulfilment, line, money, order

import orderhub
from orderhub import errors
from orderhub.models import AftersaleStatus, FulfilmentStatus, Hold, OrderStatus, PaymentStatus, RefundKind, Window


def read(payload: Any = None, **change: Any) -> Any:
    found = orderhub.normalize("shopify", order(**change) if payload is None else payload)
    (only,) = found.orders
    return only


def findings(**change: Any) -> list[str]:
    return [finding.code for finding in orderhub.normalize("shopify", order(**change)).findings]


def test_every_amount_of_a_plain_order() -> None:
    found = read()
    told = (found.items_total, found.discount_total, found.shipping_fee, found.tax_total, found.total)
    assert told == tuple(map(Decimal, ("20.00", "2.00", "5.00", "1.50", "24.50")))
    assert (found.paid, found.refunded, found.residual, found.discrepancy) == (Decimal("24.50"), 0, 0, 0)
    [only] = found.lines
    assert (only.unit_price, only.subtotal, only.discount, only.total) == tuple(
        map(Decimal, ("10.00", "20.00", "2.00", "18.00"))
    )
    [discount] = found.discounts
    assert (discount.kind, discount.amount, str(discount.funded_by)) == ("promotion", Decimal("2.00"), "seller")
    assert (only.sku, only.platform_item_id, only.platform_sku_id) == ("MUG-W", "5", "1100")
    assert found.is_shippable and found.order_id == "4501"


def test_people_and_notes() -> None:
    found = read()
    assert found.recipient.address.street == "1 High St, Flat 2"
    assert (found.recipient.address.country, found.recipient.name, found.buyer.buyer_id) == ("US", "Ada Example", "77")
    assert (found.buyer_note, found.seller_note, found.labels) == ("Leave at the door", None, ("vip",))
    hidden = read(shippingAddress=None, email=None, customer=None)
    assert str(hidden.recipient.privacy.kind) == "absent" and hidden.buyer.buyer_id is None
    theirs = Script(data(order=order())).shop(note_is="seller").get_order("4501")
    assert (theirs.buyer_note, theirs.seller_note) == (None, "Leave at the door")


@pytest.mark.parametrize("currency", ["USD", "EUR", "SGD", "JPY"])
def test_a_shop_keeps_its_own_currency(currency: str) -> None:
    text = json_in(currency)
    assert read(text).currency == currency


def json_in(currency: str) -> Any:
    import json

    return json.loads(json.dumps(order(currencyCode=currency)).replace('"USD"', f'"{currency}"'))


def test_an_order_in_two_currencies_is_undecodable() -> None:
    bad = order(lineItems={"nodes": [line(originalTotalSet=money("20.00", "EUR"))]})
    found = orderhub.normalize("shopify", [bad, order()])
    assert len(found.orders) == 1
    [finding] = found.findings
    assert finding.order_id == "4501" and finding.path == "lineItems[0].originalTotalSet.shopMoney.currencyCode"


def test_tax_inside_the_prices_is_not_added() -> None:
    found = read(taxesIncluded=True, totalPriceSet=money("23.00"), netPaymentSet=money("23.00"))
    assert (found.tax_total, found.residual, found.total) == (0, 0, Decimal("23.00"))


def test_what_the_total_does_not_explain_is_shown() -> None:
    found = read(totalPriceSet=money("27.00"))
    assert (found.residual, found.discrepancy) == (Decimal("2.50"), 0)


def test_the_reading_of_discounts_whose_lines_add_up_is_taken() -> None:
    allocated_all = line(discountedTotalSet=money("20.00"), totalDiscountSet=money("0.00"))
    only_line = line(discountAllocations=[])
    both = line(discountAllocations=[{"allocatedAmountSet": money("1.00")}], discountedTotalSet=money("19.00"))
    for row in (allocated_all, only_line, both):
        found = read(lineItems={"nodes": [row]})
        assert (found.lines[0].discount, found.lines[0].total) == (Decimal("2.00"), Decimal("18.00"))


def test_a_discount_that_no_line_tells_is_spread_and_said() -> None:
    rows = [line(11, discountAllocations=[], discountedTotalSet=money("20.00")),
            line(12, discountAllocations=[], discountedTotalSet=money("20.00"))]  # fmt: skip
    change = {"lineItems": {"nodes": rows}, "subtotalPriceSet": money("37.00"), "totalPriceSet": money("43.50")}
    found = read(**change)
    assert [row.discount for row in found.lines] == [Decimal("1.50"), Decimal("1.50")]
    assert found.discrepancy == 0 and findings(**change) == ["apportioned"]


def test_missing_amounts_stay_unknown() -> None:
    found = read(totalPriceSet=None, netPaymentSet=None, taxesIncluded=None)
    assert (found.total, found.paid, found.tax_total, found.discrepancy) == (None, None, None, None)


def test_parcels_and_what_is_left() -> None:
    rows = {"nodes": [line(11), line(12)]}
    change = {"lineItems": rows, "displayFulfillmentStatus": "PARTIALLY_FULFILLED", "fulfillments": [fulfilment()]}
    found = read(**change)
    assert (found.status, found.fulfilment_status) == (
        OrderStatus.PARTIALLY_SHIPPED, FulfilmentStatus.PARTIALLY_SHIPPED,
    )  # fmt: skip
    assert [row.shipped_quantity for row in found.lines] == [2, 0]
    assert [row.status for row in found.lines] == [OrderStatus.SHIPPED, OrderStatus.AWAITING_SHIPMENT]
    [parcel] = found.shipments
    assert (parcel.carrier, parcel.waybill_no, parcel.lines) == ("sf", "SF1", (("11", 2),))
    gone = read(fulfillments=[fulfilment(status="CANCELLED")])
    assert gone.shipments == () and gone.is_shippable


def test_several_numbers_of_one_fulfilment_are_several_parcels() -> None:
    both = fulfilment(trackingInfo=[{"company": "UPS", "number": "1Z1"}, {"company": "UPS", "number": "1Z2"}])
    found = read(fulfillments=[both], displayFulfillmentStatus="FULFILLED")
    assert [(row.waybill_no, row.lines) for row in found.shipments] == [("1Z1", ()), ("1Z2", ())]
    assert found.lines[0].shipped_quantity == 2


@pytest.mark.parametrize(("change", "status", "fulfilled"), [
    ({}, "shipped", "shipped"),
    ({"closed": True, "closedAt": "2026-10-20T08:00:00Z"}, "completed", "shipped"),
    ({"fulfillments": [fulfilment(displayStatus="DELIVERED")]}, "delivered", "delivered"),
    ({"cancelledAt": "2026-10-20T08:00:00Z"}, "cancelled", "cancelled"),
    ({"displayFinancialStatus": "REFUNDED"}, "shipped", "shipped"),
    ({"displayFinancialStatus": "REFUNDED", "returnStatus": "RETURNED"}, "shipped", "returned"),
    ({"displayFinancialStatus": "PENDING"}, "shipped", "shipped"),
])  # fmt: skip
def test_what_has_left_never_comes_back(change: dict[str, Any], status: str, fulfilled: str) -> None:
    found = read(**{"fulfillments": [fulfilment()], "displayFulfillmentStatus": "FULFILLED", **change})
    assert (str(found.status), str(found.fulfilment_status)) == (status, fulfilled)
    assert not found.is_shippable


def test_a_hold_with_a_parcel_keeps_the_parcel() -> None:
    rows = {"nodes": [line(11), line(12)]}
    found = read(lineItems=rows, displayFulfillmentStatus="ON_HOLD", fulfillments=[fulfilment()])
    assert found.status is OrderStatus.PARTIALLY_SHIPPED and found.holds == {Hold.OTHER}


def held(reason: str) -> dict[str, Any]:
    row = {"id": "gid://shopify/FulfillmentOrder/3", "status": "ON_HOLD", "requestStatus": "UNSUBMITTED",
           "fulfillmentHolds": [{"reason": reason}]}  # fmt: skip
    return {"fulfillmentOrders": {"nodes": [row]}, "displayFulfillmentStatus": "ON_HOLD"}


def test_holds_name_their_reason() -> None:
    assert read(**held("HIGH_RISK_OF_FRAUD")).holds == {Hold.RISK_CONTROL}
    assert read(**held("MOON_PHASE")).holds == {Hold.OTHER}
    assert findings(**held("MOON_PHASE")) == ["unknown_value"]


def test_what_a_fulfilment_service_ships_is_held() -> None:
    service = {"id": "gid://shopify/FulfillmentOrder/3", "status": "OPEN", "requestStatus": "ACCEPTED"}
    assert read(fulfillmentOrders={"nodes": [service]}).holds == {Hold.OTHER}
    ours = {**service, "requestStatus": "REJECTED"}
    assert read(fulfillmentOrders={"nodes": [service, ours]}).is_shippable
    new = {**service, "requestStatus": "NEWLY_INVENTED"}
    assert read(fulfillmentOrders={"nodes": [new]}).holds == {Hold.UNKNOWN_VALUE}


def test_reserved_money_ships_when_the_host_says_so() -> None:
    reserved = order(displayFinancialStatus="AUTHORIZED")
    assert read(reserved).holds == {Hold.PRE_AUTHORISED} and not read(reserved).is_shippable
    found = Script(data(order=reserved)).shop(ship_authorized=True).get_order("4501")
    assert found.is_shippable and found.payment_status is PaymentStatus.UNPAID


@pytest.mark.parametrize("field", ["displayFinancialStatus", "displayFulfillmentStatus"])
def test_unknown_words_never_ship(field: str) -> None:
    found = read(**{field: "TELEPORTED"})
    assert found.status is OrderStatus.UNKNOWN and not found.is_shippable and "TELEPORTED" in found.raw_status
    assert findings(**{field: "TELEPORTED"}) == ["unknown_value"]


def test_removed_units_are_not_shipped() -> None:
    refund = {"id": "gid://shopify/Refund/8", "createdAt": "2026-10-19T08:00:00Z", "totalRefundedSet": money("9.00"),
              "refundLineItems": {"nodes": [{"lineItem": {"id": "gid://shopify/LineItem/11"}, "quantity": 1}]}}  # fmt: skip
    found = read(refunds=[refund], displayFinancialStatus="PARTIALLY_REFUNDED", totalRefundedSet=money("9.00"),
                 netPaymentSet=money("15.50"))  # fmt: skip
    assert (found.lines[0].refunded_quantity, found.refunded, found.paid) == (1, Decimal("9.00"), Decimal("24.50"))
    assert found.aftersale_status is AftersaleStatus.PARTIALLY_REFUNDED and found.is_shippable
    gone = read(lineItems={"nodes": [line(currentQuantity=0), line(12)]}, subtotalPriceSet=money("36.00"))
    assert gone.lines[0].status is OrderStatus.CANCELLED


@pytest.mark.parametrize("wrap", [
    lambda one: {"data": {"order": one}},
    lambda one: {"data": {"orders": {"nodes": [one]}}},
    lambda one: {"data": {"orders": {"edges": [{"node": one}]}}},
    lambda one: {"orders": {"nodes": [one]}},
    lambda one: {"order": one},
    lambda one: [one],
    lambda one: [{"data": {"order": one}}],
    lambda one: {"nodes": [one]},
])  # fmt: skip
def test_every_wrapping_is_opened(wrap: Any) -> None:
    edges = order(lineItems={"edges": [{"node": line()}]})
    assert read(wrap(order())).order_id == read(wrap(edges)).order_id == "4501"


@pytest.mark.parametrize("empty", [{"data": {"orders": {"nodes": []}}}, {"data": {"order": None}}, [], {"data": {}}])
def test_an_empty_page_is_nothing(empty: Any) -> None:
    found = orderhub.normalize("shopify", empty)
    assert (list(found.orders), list(found.findings)) == ([], [])


# over the wire


def test_a_query_goes_to_the_shop_with_its_token() -> None:
    script = Script(data(order=order()))
    assert script.shop().get_order("4501").total == Decimal("24.50")
    [request], [sent] = script.requests, script.sent
    assert request.url == "https://some-shop.myshopify.com/admin/api/2026-07/graphql.json"
    assert request.headers["x-shopify-access-token"] == "shpat_1"
    assert sent["variables"] == {"id": "gid://shopify/Order/4501", "size": 25}


def test_another_version_is_a_setting_and_a_shop_must_be_named() -> None:
    script = Script(data(order=order()))
    script.shop(api_version="2026-01").get_order("4501")
    assert "/admin/api/2026-01/" in script.requests[0].url
    with pytest.raises(errors.ConfigurationError, match="base_url"):
        Script().shop(base_url=None).get_order("4501")


def test_no_order_is_not_found() -> None:
    with pytest.raises(errors.NotFound):
        Script(data(order=None)).shop().get_order("1")


def test_throttling_waits_until_the_bucket_holds_enough() -> None:
    cost = {"requestedQueryCost": 500, "actualQueryCost": None,
            "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 100, "restoreRate": 100}}  # fmt: skip
    refused = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}}
    script = Script(refused, data(order=order()))
    script.shop().get_order("4501")
    assert script.clock.at - NOW >= timedelta(seconds=4)


@pytest.mark.parametrize(("answer", "kind"), [
    ({"_status": 401}, errors.TokenExpired),
    ({"_status": 403}, errors.PermissionDenied),
    ({"_status": 404}, errors.NotFound),
    ({"errors": [{"message": "no such field", "extensions": {"code": "undefinedField"}}]}, errors.PlatformError),
    ({"errors": "[API] Invalid API key"}, errors.RequestRejected),
    ({"nothing": 1}, errors.DecodeError),
    ({"data": {"order": 5}}, errors.DecodeError),
])  # fmt: skip
def test_every_refusal_is_typed(answer: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        Script(*[dict(answer) for _ in range(8)]).shop().get_order("4501")
    assert isinstance(caught.value, errors.OrderHubError)
    assert caught.value.operation or kind is errors.TokenExpired  # that one tells how to get a new token


def test_orders_with_more_than_a_page_of_lines_are_read_to_the_end() -> None:
    def page(rows: list[Any], more: bool) -> dict[str, Any]:
        return {"nodes": rows, "pageInfo": {"hasNextPage": more, "endCursor": "c1"}}

    script = Script(
        data(
            order=order(lineItems=page([line(11)], True), subtotalPriceSet=money("54.00"), totalPriceSet=money("60.50"))
        ),
        data(order={"id": "gid://shopify/Order/4501", "lineItems": page([line(12)], True)}),
        data(order={"id": "gid://shopify/Order/4501", "lineItems": page([line(13)], False)}),
    )
    found = script.shop().get_order("4501")
    assert [row.line_id for row in found.lines] == ["11", "12", "13"] and found.discrepancy == 0
    assert [sent["variables"].get("after") for sent in script.sent] == [None, "c1", "c1"]


def test_what_a_first_page_of_parcels_does_not_hold_is_read_by_itself() -> None:
    more = {"pageInfo": {"hasNextPage": True, "endCursor": "c1"}}
    short = fulfilment(fulfillmentLineItems={"nodes": [], **more})
    whole = {"id": "gid://shopify/Order/4501", "fulfillments": [fulfilment()]}
    script = Script(data(order=order(fulfillments=[short], displayFulfillmentStatus="FULFILLED")), data(order=whole))
    assert script.shop().get_order("4501").lines[0].shipped_quantity == 2
    assert script.sent[1]["variables"]["size"] == 100
    still = orderhub.normalize("shopify", order(fulfillments=[short], displayFulfillmentStatus="FULFILLED"))
    assert [finding.code for finding in still.findings] == ["incomplete"]


def listed(*names: int, cursor: str | None = None, at: str = "2026-10-19T08:00:00Z") -> dict[str, Any]:
    rows = [{"id": f"gid://shopify/Order/{name}", "legacyResourceId": str(name), "updatedAt": at} for name in names]
    return data(orders={"nodes": rows, "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}})


def test_lists_are_windows_sorted_by_their_axis() -> None:
    script = Script(listed(1, cursor="c1"), listed(2))
    ops = script.shop().ops
    window = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC), "created")
    page = script.shop().world.run(ops.list_orders(window))
    assert [ref.order_id for ref in page.refs] == ["1"] and page.next.cursor == "c1"
    last = script.shop().world.run(ops.list_orders(window, page.next))
    assert last.next is None
    first, second = script.sent
    assert "sortKey: CREATED_AT" in first["query"]
    expected = "created_at:>='2026-10-01T00:00:00Z' created_at:<='2026-10-02T00:00:00Z' status:any"
    assert first["variables"] == {"first": 100, "after": None, "query": expected}
    assert second["variables"]["after"] == "c1"


def test_a_cursor_that_reaches_no_further_begins_the_window_anew() -> None:
    from orderhub.connectors.shopify.reading import Place

    script = Script(listed(1, cursor="c9", at="2026-10-01T12:00:00Z"))
    window = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
    page = script.shop().world.run(script.shop().ops.list_orders(window, Place(window.start, "c8", 24_999)))
    assert (page.next.start, page.next.cursor) == (datetime(2026, 10, 1, 12, tzinfo=UTC), None)


def test_what_read_orders_does_not_show_is_said() -> None:
    window = Window(NOW - timedelta(days=90), NOW)
    for given, told in (({}, ["beyond_history"]), ({"all_orders": True}, [])):
        script = Script(listed())
        page = script.shop().world.run(script.shop(**given).ops.list_orders(window))
        assert [finding.code for finding in page.findings] == told


# cases


def refund(number: int = 8, **change: Any) -> dict[str, Any]:
    row = {"lineItem": {"id": "gid://shopify/LineItem/11"}, "quantity": 1, "restockType": "NO_RESTOCK",
           "subtotalSet": money("9.00")}  # fmt: skip
    return {"id": f"gid://shopify/Refund/{number}", "createdAt": "2026-10-19T09:00:00Z", "note": "broken",
            "totalRefundedSet": money("9.75"), "return": None, "refundLineItems": {"nodes": [row]}, **change}  # fmt: skip


def cases(**change: Any) -> list[Any]:
    told = {name: value for name, value in order(**change).items()
            if name in ("id", "legacyResourceId", "currencyCode", "updatedAt", "refunds", "returns")}  # fmt: skip
    script = Script(data(orders={"nodes": [told], "pageInfo": {"hasNextPage": False}}))
    return list(script.shop().refunds(updated_since=NOW - timedelta(days=1), updated_until=NOW))


def test_a_refund_by_itself_is_done() -> None:
    [case] = cases(refunds=[refund()])
    assert (case.refund_id, case.order_id, case.status) == ("4501-refund-8", "4501", AftersaleStatus.REFUNDED)
    assert (case.amount, case.currency, case.reason, case.kind) == (
        Decimal("9.75"), "USD", "broken", RefundKind.REFUND_ONLY,
    )  # fmt: skip
    assert case.lines == (("11", 1, Decimal("9.00")),)


def test_refunds_of_a_return_belong_to_it() -> None:
    back = {"id": "gid://shopify/Return/4", "status": "CLOSED"}
    open_one = {"id": "gid://shopify/Return/5", "status": "REQUESTED"}
    found = cases(returns={"nodes": [back, open_one]}, refunds=[refund(**{"return": {"id": back["id"]}})])
    assert [(case.refund_id, str(case.status), str(case.kind)) for case in found] == [
        ("4501-return-4", "refunded", "return_and_refund"), ("4501-return-5", "requested", "return_and_refund"),
    ]  # fmt: skip
    assert found[1].amount is None


def test_an_unknown_return_stays_unknown_and_a_bad_case_is_alone() -> None:
    strange = {"id": "gid://shopify/Return/5", "status": "SUBLIMATED"}
    bad = refund(9, totalRefundedSet={"shopMoney": {"amount": "much", "currencyCode": "USD"}})
    found = cases(returns={"nodes": [strange]}, refunds=[refund(8), bad])
    assert [(case.refund_id, str(case.status)) for case in found] == [
        ("4501-return-5", "unknown"), ("4501-refund-8", "refunded"),
    ]  # fmt: skip


def test_one_case_by_its_name() -> None:
    told = order(refunds=[refund()])
    assert Script(data(order=told)).shop().get_refund("4501-refund-8").amount == Decimal("9.75")
    with pytest.raises(errors.NotFound):
        Script(data(order=told)).shop().get_refund("4501-refund-9")
