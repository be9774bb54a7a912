"""Laws of decoding Amazon orders, over orders built from the money identities of docs/platforms/amazon.md#money.

One truth is written in both wire profiles; what differs between them is what the profiles themselves cannot tell.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import JSON_VALUES, NOTES, ZERO, cents, facts, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("amazon")
STORES = {name: country for rows in FACTS["marketplaces"].values() for country, name in rows.items()}
LAW = settings(max_examples=30, deadline=None)


@dataclass(frozen=True)
class Line:
    """One item: gross, its reduction, freight and its reduction, gift wrap, tax."""

    line_id: str
    sku: str
    count: int
    sent: int
    unit: Decimal
    off: Decimal
    shipping: Decimal
    shipping_off: Decimal
    wrap: Decimal
    tax: Decimal
    asked_to_cancel: bool

    @property
    def total(self) -> Decimal:
        return self.unit * self.count - self.off + self.shipping - self.shipping_off + self.wrap + self.tax


@dataclass(frozen=True)
class Truth:
    """One order and what it means."""

    order_id: str
    status: str
    channel: str
    store: str
    currency: str
    made: datetime
    changed: datetime
    name: str
    phone: str | None
    lines: tuple[Line, ...]
    priced: bool

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), ZERO)

    @property
    def word(self) -> str:
        return str(FACTS["status"][self.status]["word"])


TIMES = st.datetimes(datetime(2016, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
STATUSES = st.sampled_from([raw for raw, row in FACTS["status"].items() if row["new"] != "-"])
ORDER_IDS = st.integers(10**16, 10**17 - 1).map(lambda n: f"{n % 1000:03}-{n // 1000 % 10**7:07}-{n // 10**10:07}")


@st.composite
def lines(draw: st.DrawFn, number: int, status: str) -> Line:
    unit, count = draw(cents(1, 50_000)), draw(st.integers(1, 5))
    shipping = draw(cents(0, 2000))
    sent = {"Shipped": count, "PartiallyShipped": draw(st.integers(0, count))}.get(status, 0)
    return Line(
        f"{number:02}{draw(st.integers(10**11, 10**12 - 1))}", draw(st.sampled_from(["A-1", "B 2/x", "茶杯"])), count, sent,
        unit, min(draw(st.sampled_from([ZERO, Decimal("1.00"), Decimal("0.33")])), unit * count), shipping,
        draw(st.sampled_from([ZERO, shipping])), draw(cents(0, 500)), draw(cents(0, 900)), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES, priced: bool | None = None) -> Truth:
    raw, store = draw(status), draw(st.sampled_from(["US", "GB", "DE", "BR"]))
    return Truth(
        draw(ORDER_IDS), raw, draw(st.sampled_from(["MFN", "AFN"])), store,
        {"US": "USD", "GB": "GBP", "DE": "EUR", "BR": "BRL"}[store], draw(TIMES), draw(TIMES), draw(NOTES),
        draw(st.sampled_from([None, "+1 614-555-0172", "+1 480-386-0930 ext. 73824"])),
        tuple(draw(lines(number, raw)) for number in range(draw(st.integers(1, 3)))),
        (raw not in ("Pending", "PendingAvailability") or draw(st.booleans())) if priced is None else priced,
    )  # fmt: skip


def marketplace(country: str) -> str:
    return next(name for name, told in STORES.items() if told == country)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def v0(truth: Truth) -> dict[str, Any]:
    """The truth as Orders v0 writes it, items merged in."""

    def money(amount: Decimal) -> dict[str, str]:
        return {"CurrencyCode": truth.currency, "Amount": str(amount)}

    rows = []
    for line in truth.lines:
        row: dict[str, Any] = {
            "ASIN": f"B0{line.line_id[-6:]}", "OrderItemId": line.line_id, "SellerSKU": line.sku, "Title": "mug",
            "QuantityOrdered": line.count, "QuantityShipped": line.sent, "IsGift": "false",
            "BuyerRequestedCancel": {"IsBuyerRequestedCancel": str(line.asked_to_cancel).lower()},
        }  # fmt: skip
        if truth.priced:
            row |= {"ItemPrice": money(line.unit * line.count), "ItemTax": money(line.tax),
                    "PromotionDiscount": money(line.off), "ShippingPrice": money(line.shipping),
                    "ShippingDiscount": money(-line.shipping_off), "BuyerInfo": {"GiftWrapPrice": money(line.wrap)}}  # fmt: skip
        rows.append(row)
    document: dict[str, Any] = {
        "AmazonOrderId": truth.order_id, "OrderStatus": truth.status, "FulfillmentChannel": truth.channel,
        "PurchaseDate": iso(truth.made), "LastUpdateDate": iso(truth.changed), "MarketplaceId": marketplace(truth.store),
        "ShipmentServiceLevelCategory": "SecondDay", "PaymentMethod": "Other", "IsPrime": True,
        "ShippingAddress": {"Name": truth.name, "AddressLine1": "905 Barton Hills Dr", "City": "Austin",
                            "CountryCode": truth.store, "Phone": truth.phone},
        "OrderItems": rows,
    }  # fmt: skip
    return document | ({"OrderTotal": money(truth.total)} if truth.priced else {})


def v2026(truth: Truth) -> dict[str, Any]:
    """The truth as Orders 2026-01-01 writes it."""

    def money(amount: Decimal) -> dict[str, str]:
        return {"currencyCode": truth.currency, "amount": str(amount)}

    rows = []
    for line in truth.lines:
        product: dict[str, Any] = {"asin": f"B0{line.line_id[-6:]}", "sellerSku": line.sku, "title": "mug"}
        row: dict[str, Any] = {
            "orderItemId": line.line_id, "quantityOrdered": line.count, "product": product,
            "fulfillment": {"quantityFulfilled": line.sent, "quantityUnfulfilled": line.count - line.sent},
        }  # fmt: skip
        if line.asked_to_cancel:
            row["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        if truth.priced:
            product["price"] = {"unitPrice": money(line.unit)}
            off = line.off + line.shipping_off
            row["proceeds"] = {"proceedsTotal": money(line.total), "breakdowns": [
                {"type": "ITEM", "subtotal": money(line.unit * line.count)},
                {"type": "SHIPPING", "subtotal": money(line.shipping)}, {"type": "GIFT_WRAP", "subtotal": money(line.wrap)},
                {"type": "TAX", "subtotal": money(line.tax)},
                {"type": "DISCOUNT", "subtotal": money(-off), "detailedBreakdowns": [
                    {"subtype": "ITEM", "value": money(-line.off)},
                    {"subtype": "SHIPPING", "value": money(-line.shipping_off)}]},
            ]}  # fmt: skip
        rows.append(row)
    document: dict[str, Any] = {
        "orderId": truth.order_id, "createdTime": iso(truth.made), "lastUpdatedTime": iso(truth.changed),
        "programs": ["PRIME"], "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace(truth.store)},
        "fulfillment": {"fulfillmentStatus": FACTS["status"][truth.status]["new"],
                        "fulfilledBy": FACTS["channel"][truth.channel]["new"], "fulfillmentServiceLevel": "SECOND_DAY"},
        "recipient": {"deliveryAddress": {"name": truth.name, "addressLine1": "905 Barton Hills Dr", "city": "Austin",
                                          "countryCode": truth.store, "phone": truth.phone}},
        "orderItems": rows,
    }  # fmt: skip
    return document | ({"proceeds": {"grandTotal": money(truth.total)}} if truth.priced else {})


WRITERS = {"v0": v0, "2026": v2026}
PROFILES = st.sampled_from(sorted(WRITERS))


one = partial(lone, "amazon")


def bare(order: Order) -> Order:
    """Without what tells the shapes apart: the bytes, unmapped fields, and the raw words."""
    rows = tuple(line.model_copy(update={"extra": {}}) for line in order.lines)
    return order.model_copy(update={"raw": None, "raw_status": None, "extra": {}, "lines": rows})


@LAW
@given(truths(), PROFILES)
def test_money_is_exact(truth: Truth, profile: str) -> None:
    order = one(WRITERS[profile](truth))
    assert order.currency == truth.currency
    assert order.discrepancy in (0, None)
    if not truth.priced:
        told = (
            order.total,
            order.items_total,
            order.discount_total,
            order.shipping_fee,
            order.tax_total,
            order.residual,
        )
        assert told == (None,) * 6
        assert all((line.unit_price, line.subtotal, line.total) == (None,) * 3 for line in order.lines)
        return
    assert (order.total, order.residual) == (truth.total, 0)
    assert order.items_total == sum(line.unit * line.count for line in truth.lines)
    assert order.discount_total == sum(line.off for line in truth.lines)
    assert order.shipping_fee == sum(line.shipping - line.shipping_off for line in truth.lines)
    assert order.fees_total == sum(line.wrap for line in truth.lines)
    assert order.tax_total == sum(line.tax for line in truth.lines)
    assert [line.total for line in order.lines] == [row.unit * row.count - row.off for row in truth.lines]
    assert [line.unit_price for line in order.lines] == [row.unit for row in truth.lines]
    assert sum(row.amount for row in order.discounts) == order.discount_total


@LAW
@given(truths())
def test_both_profiles_tell_one_order(truth: Truth) -> None:
    assert bare(one(v0(truth))) == bare(one(v2026(truth)))


@LAW
@given(truths(), PROFILES)
def test_words_are_those_of_the_page(truth: Truth, profile: str) -> None:
    order, fact = one(WRITERS[profile](truth)), FACTS["status"][truth.status]
    assert (order.status, order.payment_status) == (truth.word, fact["payment"])
    assert order.fulfilled_by == FACTS["channel"][truth.channel]["word"]
    before = truth.word in ("pending_payment", "awaiting_shipment", "partially_shipped")
    asked = before and any(line.asked_to_cancel and line.sent < line.count for line in truth.lines)
    assert order.holds == frozenset(fact["holds"]) | ({"buyer_cancel_requested"} if asked else set())
    ready = truth.word in ("awaiting_shipment", "partially_shipped")
    assert order.is_shippable == (ready and truth.channel == "MFN" and not order.holds)
    assert [line.shipped_quantity for line in order.lines] == [line.sent for line in truth.lines]
    assert order.paid == {"unpaid": 0, "paid": order.total, "unknown": None}[fact["payment"]]
    assert order.refunded == (0 if fact["payment"] == "unpaid" else None)
    assert (order.created_at, order.updated_at) == (truth.made, truth.changed)


@LAW
@given(truths(), PROFILES)
def test_people_are_kept_thirty_days_and_never_shown(truth: Truth, profile: str) -> None:
    order = one(WRITERS[profile](truth))
    assert order.recipient.name == truth.name
    assert order.recipient.privacy.kind == "clear"
    assert order.recipient.privacy.expires_at == truth.changed + timedelta(days=30)
    if truth.phone and "ext" in truth.phone:
        assert (order.recipient.phone, order.recipient.phone_extension) == ("+1 480-386-0930", "73824")
    promised = {"LatestDeliveryDate": "2026-05-01T00:00:00Z"}
    document = v0(truth) | promised
    assert one(document).recipient.privacy.expires_at == datetime(2026, 5, 31, tzinfo=UTC)
    assert "Barton" not in repr(order) + repr(order.recipient) + repr(order.buyer)


def test_nobody_is_kept_where_nobody_is_shown() -> None:
    order = one({"orderId": "1", "orderItems": [], "fulfillment": {"fulfillmentStatus": "PENDING"}})
    assert (order.recipient.privacy.kind, order.recipient.privacy.expires_at) == ("absent", None)


SNAKE_V0 = {"ASIN": "asin", "SellerSKU": "seller_sku", "IsISPU": "is_ispu", "CODFee": "cod_fee"}


def snaked(value: Any) -> Any:
    """As the official client's `to_dict` writes it: snake_case names, None for what is missing, times as objects."""
    if isinstance(value, dict):
        found = {SNAKE_V0.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): snaked(inner)
                 for name, inner in value.items()}  # fmt: skip
        for name in ("created_time", "last_updated_time"):
            if name in found:
                found[name] = datetime.fromisoformat(found[name])
        return found | {"order_channel": None, "associated_items": None}
    return [snaked(row) for row in value] if isinstance(value, list) else value


def retyped(value: Any) -> Any:
    """Whole numbers as text, amounts as JSON numbers."""
    if isinstance(value, dict):
        return {name: Decimal(item) if name.lower() == "amount" else retyped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@LAW
@given(truths())
def test_every_shape_of_a_v0_payload_gives_the_same_order(truth: Truth) -> None:
    whole = v0(truth)
    wanted = bare(one(whole))
    head = {name: value for name, value in whole.items() if name != "OrderItems"}
    rows, key = whole["OrderItems"], truth.order_id
    page, items = (
        {"payload": {"Orders": [head], "NextToken": "x"}},
        {"payload": {"AmazonOrderId": key, "OrderItems": rows}},
    )
    client = {"payload": {"Orders": [whole]}, "errors": None, "headers": {}, "rate_limit": "0.5", "next_token": None}
    shapes: list[Any] = [
        json.dumps(whole), json.dumps(whole, ensure_ascii=False).encode(), [whole], (whole,), {"payload": whole},
        {"payload": {"Orders": [whole]}}, {"Orders": [whole]}, client, [client], {"payload": [whole]},
        {"getOrders": page, "getOrderItems": {key: items}}, {"getOrders": page, "getOrderItems": items},
        {"getOrders": page, "getOrderItems": {key: items["payload"]}}, {"getOrders": page, "getOrderItems": {key: rows}},
        {"getOrders": page["payload"], "getOrderItems": {key: [items]}}, {"getOrder": {"payload": head}, "getOrderItems": items},
        {"getOrders": page, "getOrderItems": {key: [{"payload": {"AmazonOrderId": key, "OrderItems": [row]}} for row in rows]}},
        [page, items], [items, head], retyped(whole), head | {"Items": rows}, head | {"order_items": rows},
        snaked(whole), {"payload": {"orders": [snaked(whole)], "next_token": None}}, [snaked(page), snaked(items)],
        {"getOrders": snaked(page), "getOrderItems": {key: snaked(items)}},
    ]  # fmt: skip
    if len(rows) == 1:
        shapes.append(head | {"OrderItems": {"OrderItem": rows[0]}})
    for shape in shapes:
        assert bare(one(shape)) == wanted


@LAW
@given(truths())
def test_every_shape_of_a_2026_payload_gives_the_same_order(truth: Truth) -> None:
    whole = v2026(truth)
    wanted = bare(one(whole))
    page = {"orders": [whole], "pagination": {"nextToken": "x"}, "lastUpdatedBefore": "2026-04-03T18:00:00Z"}
    shapes: list[Any] = [
        json.dumps(whole), [whole], {"order": whole}, page, json.dumps(page).encode(), {"payload": page, "errors": None},
        {"payload": {"order": whole}}, [page], [{"order": whole}], retyped(whole), snaked(whole), snaked(page),
        {"order": snaked(whole)}, [snaked(whole)],
    ]  # fmt: skip
    for shape in shapes:
        assert bare(one(shape)) == wanted


@pytest.mark.fault(17)
@LAW
@given(truths(), PROFILES, st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, profile: str, data: st.DataObject) -> None:
    document = WRITERS[profile](truth)
    needed = {"AmazonOrderId", "OrderStatus", "OrderItems", "orderId", "orderItems"}
    for name in data.draw(st.sets(st.sampled_from(sorted(set(document) - needed)))):
        document[name] = data.draw(st.sampled_from([None, ""]))
    for row in document.get("OrderItems", document.get("orderItems")):
        keep = {"OrderItemId", "QuantityOrdered", "orderItemId", "quantityOrdered"}
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - keep)))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    assert not (order.is_shippable and order.fulfilled_by != "merchant")
    for line in order.lines:
        if line.subtotal is not None and line.discount is not None:
            assert line.total == line.subtotal - line.discount
        else:
            assert line.total is None
    if order.items_total is not None and all(line.total is not None for line in order.lines):
        assert sum(line.total or ZERO for line in order.lines) == order.items_total - (order.discount_total or 0)


REQUIRED = {"v0": ("AmazonOrderId", "OrderStatus"), "2026": ("orderId",)}
REQUIRED_LINE = {"v0": ("OrderItemId", "QuantityOrdered"), "2026": ("orderItemId", "quantityOrdered")}


@LAW
@given(truths(), truths(), PROFILES, st.data())
def test_a_missing_required_field_is_named_with_its_order(
    truth: Truth, other: Truth, profile: str, data: st.DataObject
) -> None:
    document = WRITERS[profile](truth)
    in_line = data.draw(st.booleans())
    name = data.draw(st.sampled_from((REQUIRED_LINE if in_line else REQUIRED)[profile]))
    place = document.get("OrderItems", document.get("orderItems"))[-1] if in_line else document
    place[name] = data.draw(st.sampled_from([None, ""]))
    good = WRITERS[profile](other)
    found = orderhub.normalize("amazon", [document, good])
    assert [order.order_id for order in found.orders] == [other.order_id]
    (finding,) = [row for row in found.findings if row.severity == "error"]
    assert name in (finding.path or "")
    assert finding.order_id == (None if name in ("AmazonOrderId", "orderId") else truth.order_id)
    assert loads(found.quarantined[0][1]) == document


BAD = [1.5, True, float("nan"), "abc", "1,000.00", "1e3", [], Decimal("NaN"), "９.９９"]


@LAW
@given(truths(priced=True), PROFILES, st.sampled_from(BAD), st.data())
def test_what_is_not_an_amount_is_refused_and_harms_no_neighbour(
    truth: Truth, profile: str, bad: Any, data: st.DataObject
) -> None:
    good, document = WRITERS[profile](truth), WRITERS[profile](truth)
    line = document.get("OrderItems", document.get("orderItems"))[0]
    place = data.draw(st.sampled_from(
        [document["OrderTotal"], line["ItemPrice"], line["ShippingDiscount"], line["BuyerInfo"]["GiftWrapPrice"]]
        if profile == "v0" else
        [document["proceeds"]["grandTotal"], line["product"]["price"]["unitPrice"], line["proceeds"]["proceedsTotal"],
         line["proceeds"]["breakdowns"][0]["subtotal"]]
    ))  # fmt: skip
    place["Amount" if profile == "v0" else "amount"] = bad
    found = orderhub.normalize("amazon", [document, good])
    assert len(found.orders) == 1
    (finding,) = [row for row in found.findings if row.severity == "error"]
    assert finding.order_id == truth.order_id
    assert finding.path


@LAW
@given(truths(priced=True), PROFILES, st.data())
def test_an_order_that_mixes_currencies_is_undecodable(truth: Truth, profile: str, data: st.DataObject) -> None:
    document = WRITERS[profile](truth)
    line = document.get("OrderItems", document.get("orderItems"))[-1]
    if profile == "v0":
        data.draw(st.sampled_from([document["OrderTotal"], line["ItemPrice"], line["ItemTax"]]))["CurrencyCode"] = "JPY"
    else:
        rows = [document["proceeds"]["grandTotal"], line["proceeds"]["breakdowns"][1]["subtotal"]]
        data.draw(st.sampled_from(rows))["currencyCode"] = "JPY"
    found = orderhub.normalize("amazon", [document])
    assert found.orders == ()
    (finding,) = found.findings
    assert "mixes currencies" in finding.message
    assert finding.order_id == truth.order_id


@LAW
@given(truths(), truths())
def test_a_page_may_hold_several_currencies(first: Truth, second: Truth) -> None:
    orders = orderhub.normalize("amazon", {"payload": {"Orders": [v0(first), v0(second)]}}).orders
    assert [order.currency for order in orders] == [first.currency, second.currency]


PLACES = {
    "v0": ["OrderStatus", "FulfillmentChannel", "EasyShipShipmentStatus", "PaymentMethod", "OrderType"],
    "2026": ["fulfillmentStatus", "fulfilledBy", "packageStatus", "detailedStatus", "breakdown"],
}


@pytest.mark.fault(16)
@LAW
@given(truths(st.just("Unshipped")), PROFILES, st.data(), st.text("ABCDEF_", min_size=2, max_size=12))
def test_an_unknown_word_in_any_place_is_told_and_forbids_shipping(
    truth: Truth, profile: str, data: st.DataObject, word: str
) -> None:
    document, place = WRITERS[profile](truth), data.draw(st.sampled_from(PLACES[profile]))
    if profile == "v0":
        document[place] = word
    elif place in ("fulfillmentStatus", "fulfilledBy"):
        document["fulfillment"][place] = word
    elif place == "breakdown":
        document["proceeds"] = {
            "breakdowns": [{"type": word, "subtotal": {"currencyCode": truth.currency, "amount": "1"}}]
        }
    else:
        status = {"status": word} if place == "packageStatus" else {"status": "SHIPPED", "detailedStatus": word}
        document["packages"] = [{"packageReferenceId": "1", "packageStatus": status}]
    found = orderhub.normalize("amazon", document)
    (order,) = found.orders
    assert "unknown_value" in order.holds
    assert not order.is_shippable
    told = [(row.order_id, row.value) for row in found.findings if row.code == "unknown_value"]
    assert (order.order_id, word) in told
    if place in ("OrderStatus", "fulfillmentStatus"):
        assert (order.status, order.raw_status, order.fulfilment_status) == ("unknown", word, "unknown")


@LAW
@given(truths(st.sampled_from(["Unshipped", "Shipped"])), st.sampled_from(sorted(FACTS["easy_ship"])))
def test_easy_ship_moves_an_order_on(truth: Truth, raw: str) -> None:
    fact = FACTS["easy_ship"][raw]
    old = one(v0(truth) | {"EasyShipShipmentStatus": raw, "IsPrime": False})
    parcel = {"packageReferenceId": "1", "packageStatus": {"status": "SHIPPED", "detailedStatus": fact["new"]}}
    new = one(v2026(truth) | {"programs": ["AMAZON_EASY_SHIP"], "packages": [parcel]})
    for order in (old, new):
        moved = {"shipped": "shipped", "returned": "shipped", "delivered": "delivered"}.get(fact["word"], truth.word)
        assert order.status == moved
        if fact["word"] != "unfulfilled":
            assert order.fulfilment_status == fact["word"]
        assert not order.is_shippable
        assert "easy_ship" in order.labels


@LAW
@given(truths(st.just("Shipped")), st.sampled_from(sorted(FACTS["package_status"])))
def test_delivery_is_seen_on_packages_only(truth: Truth, raw: str) -> None:
    parcels = [{"packageReferenceId": str(n), "trackingNumber": f"W{n}", "carrier": "UPS", "shipTime": iso(truth.changed),
                "packageStatus": {"status": raw},
                "packageItems": [{"orderItemId": line.line_id, "quantity": line.count} for line in truth.lines]}
               for n in (1, 2)]  # fmt: skip
    order = one(v2026(truth) | {"packages": parcels})
    assert order.status == ("delivered" if raw == "DELIVERED" else "shipped")
    if raw == "CANCELLED":
        assert order.shipments == ()
        return
    assert [(row.carrier, row.waybill_no) for row in order.shipments] == [("ups", "W1"), ("ups", "W2")]
    assert (order.shipped_at, order.shipments[0].shipped_at) == (truth.changed, truth.changed)
    mixed = one(v2026(truth) | {"packages": [parcels[0], parcels[1] | {"packageStatus": {"status": "PENDING"}}]})
    assert mixed.status == "shipped"


@LAW
@given(truths(st.just("Unshipped"), priced=True), cents(0, 500))
def test_cash_on_delivery_is_not_paid_yet(truth: Truth, card: Decimal) -> None:
    def money(amount: Decimal) -> dict[str, str]:
        return {"CurrencyCode": truth.currency, "Amount": str(amount)}

    card = min(card, truth.total)
    parts = [
        {"PaymentMethod": "COD", "Payment": money(truth.total - card)},
        {"PaymentMethod": "GC", "Payment": money(card)},
    ]
    order = one(v0(truth) | {"PaymentMethod": "COD", "PaymentExecutionDetail": parts})
    assert (order.is_cod, order.paid) == (True, card)
    assert order.payment_status == ("partially_paid" if card else "unpaid")
    received = one(v0(truth) | {"PaymentMethod": "COD", "EasyShipShipmentStatus": "Delivered"})
    assert (received.paid, received.payment_status) == (truth.total, "paid")
    new = one(v2026(truth) | {"payment": {"paymentExecutions": [{"paymentMethod": "CashOnDelivery"}]}})
    assert (new.is_cod, new.paid, new.payment_status) == (True, 0, "unpaid")


@LAW
@given(truths(priced=True), PROFILES)
def test_tax_that_the_total_leaves_out_is_not_asked_of_the_buyer(truth: Truth, profile: str) -> None:
    tax = sum((line.tax for line in truth.lines), ZERO)
    document, name = WRITERS[profile](truth), "Amount" if profile == "v0" else "amount"
    total = document["OrderTotal"] if profile == "v0" else document["proceeds"]["grandTotal"]
    total[name] = str(truth.total - tax)
    found = orderhub.normalize("amazon", document)
    (order,) = found.orders
    assert (order.total, order.tax_total, order.residual) == (truth.total - tax, 0, 0)
    assert ("tax_not_in_total" in {row.code for row in found.findings}) is bool(tax)


@LAW
@given(truths(priced=True), PROFILES, cents(1, 999))
def test_what_the_total_leaves_unexplained_is_never_hidden(truth: Truth, profile: str, odd: Decimal) -> None:
    document, name = WRITERS[profile](truth), "Amount" if profile == "v0" else "amount"
    total = document["OrderTotal"] if profile == "v0" else document["proceeds"]["grandTotal"]
    total[name] = str(truth.total + odd)
    order = one(document)
    assert (order.residual, order.discrepancy) == (odd, 0)


def test_a_part_that_nobody_tells_is_zero_only_where_the_total_proves_it() -> None:
    def document(total: str) -> dict[str, Any]:
        usd = {"CurrencyCode": "USD"}
        return {"AmazonOrderId": "1", "OrderStatus": "Unshipped", "OrderTotal": usd | {"Amount": total},
                "OrderItems": [{"OrderItemId": "1", "QuantityOrdered": 3, "ItemPrice": usd | {"Amount": "10.00"}}]}  # fmt: skip

    proven, open_one = one(document("10.00")), one(document("12.00"))
    assert (proven.shipping_fee, proven.tax_total, proven.discount_total, proven.lines[0].total) == (0, 0, 0, 10)
    assert (proven.lines[0].unit_price, proven.lines[0].subtotal) == (Decimal("3.33"), 10)
    assert (open_one.shipping_fee, open_one.tax_total, open_one.discount_total) == (None, None, None)
    assert (open_one.lines[0].total, open_one.residual) == (None, 2)


def test_a_discount_of_the_whole_order_is_apportioned_and_told() -> None:
    usd = {"currencyCode": "USD"}
    rows = [{"orderItemId": str(n), "quantityOrdered": 1, "product": {"price": {"unitPrice": usd | {"amount": "10.00"}}}}
            for n in range(3)]  # fmt: skip
    document = {"orderId": "1", "fulfillment": {"fulfillmentStatus": "UNSHIPPED"}, "orderItems": rows, "proceeds": {
        "grandTotal": usd | {"amount": "25.00"}, "breakdowns": [
            {"type": "DISCOUNT", "subtotal": usd | {"amount": "-10.00"}}, {"type": "SHIPPING", "subtotal": usd | {"amount": "5.00"}}]}}  # fmt: skip
    found = orderhub.normalize("amazon", document)
    (order,) = found.orders
    assert [line.discount for line in order.lines] == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    assert (order.items_total, order.discount_total, order.shipping_fee, order.residual) == (30, 10, 5, 0)
    assert "discount_apportioned" in {finding.code for finding in found.findings}


def test_line_cancellations_and_quantities() -> None:
    rows = [
        {"orderItemId": "1", "quantityOrdered": 0}, {"orderItemId": "3", "quantityOrdered": 2},
        {"orderItemId": "2", "quantityOrdered": 1, "cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}}},
    ]  # fmt: skip
    found = orderhub.normalize("amazon", {
        "orderId": "1", "orderItems": rows, "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"},
    })  # fmt: skip
    (order,) = found.orders
    assert [line.status for line in order.lines] == ["cancelled", "unknown", "cancelled"]
    assert not order.is_shippable
    assert "quantity_missing" in {finding.code for finding in found.findings}


def test_why_a_line_is_cancelled_stays_with_the_line() -> None:
    told = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "BUYER_CANCELED"}}
    (order,) = orderhub.normalize("amazon", {
        "orderId": "1", "orderItems": [{"orderItemId": "1", "quantityOrdered": 1, "cancellation": told}],
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
    }).orders  # fmt: skip
    assert "buyer_cancel_requested" in order.holds
    assert dict(order.lines[0].extra) == {"cancellation.cancellationRequest.cancelReason": "BUYER_CANCELED"}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in inside for place in ((value, key), *places(inner))]


@settings(max_examples=250, deadline=None)
@given(truths(), PROFILES, JSON_VALUES, st.data())
def test_no_value_anywhere_loses_another_order(truth: Truth, profile: str, odd: Any, data: st.DataObject) -> None:
    document = copy.deepcopy(WRITERS[profile](truth))
    document["packages"] = [{"packageReferenceId": "1", "packageStatus": {"status": "SHIPPED"}}]
    container, key = data.draw(st.sampled_from(places(document)))
    container[key] = odd
    good = v0(truth) | {"AmazonOrderId": "7"}
    found = orderhub.normalize("amazon", [document, good])
    assert "7" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        [dict(line.extra) for line in order.lines]
        assert order.discrepancy in (0, None)
    for finding in found.findings:
        assert "Barton" not in f"{finding.message}{finding.value}"
        assert len(truth.name) < 6 or truth.name not in f"{finding.message}{finding.value}"


@LAW
@given(truths(), PROFILES)
def test_orders_survive_being_stored_as_json(truth: Truth, profile: str) -> None:
    document = WRITERS[profile](truth)
    order = one(document)
    assert stored(Order, encode(order), order.raw) == order
    assert json.loads(order.dump(raw=True)["raw"]) == document


@LAW
@given(truths(), PROFILES)
def test_nothing_is_lost(truth: Truth, profile: str) -> None:
    document = WRITERS[profile](truth) | {"NewField": {"a": 1}}
    (document.get("OrderItems") or document["orderItems"])[0]["NewItemField"] = [1]
    order = one(document)
    assert order.extra["NewField"] == {"a": 1}
    assert order.lines[0].extra["NewItemField"] == [1]


@pytest.mark.parametrize("payload", [
    {"payload": {"Orders": [], "CreatedBefore": "1.569521782042E9"}}, {"orders": []}, {"payload": {"Orders": []}}, [], {},
    {"orders": [], "pagination": {}, "lastUpdatedBefore": "2026-04-03T18:00:00Z"}, {"payload": {}}, b"[]", "{}", {"Orders": []},
    {"getOrders": {"payload": {"Orders": []}}, "getOrderItems": {}}, {"payload": {"orders": []}, "errors": None},
], ids=str)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("amazon", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize("payload", [
    "", "nonsense", b"\xff", "5", "null", '"x"', {"errors": [{"code": "InvalidInput", "message": "Invalid Input"}]},
    {"payload": {"AmazonOrderId": "1", "OrderItems": []}, "errors": [{"code": "X"}]},
    {"payload": {"AmazonOrderId": "1", "OrderItems": [{"OrderItemId": "1"}]}},
], ids=str)  # fmt: skip
def test_what_holds_no_orders_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("amazon", payload)
    assert found.orders == ()
    assert [finding.severity for finding in found.findings] == ["error"]
    assert len(found.quarantined) == 1


def test_a_refused_reply_among_good_ones_is_a_finding() -> None:
    refused = {"errors": [{"code": "QuotaExceeded", "message": "m"}]}
    good = {"orderId": "7", "orderItems": [], "fulfillment": {"fulfillmentStatus": "PENDING"}}
    found = orderhub.normalize("amazon", [refused, {"order": good}])
    assert [order.order_id for order in found.orders] == ["7"]
    assert ("undecodable", "errors") in {(finding.code, finding.path) for finding in found.findings}


@pytest.mark.parametrize(("document", "currency", "codes"), [
    ({"MarketplaceId": "A1VC38T7YXB528"}, "JPY", {"items_missing"}),
    ({"MarketplaceId": "NEWSTORE"}, "XXX", {"items_missing", "currency_missing"}),
    ({"OrderTotal": {"CurrencyCode": "SEK"}}, "SEK", {"items_missing"}),
])  # fmt: skip
def test_orders_without_prices_have_the_currency_of_their_store(
    document: dict[str, Any], currency: str, codes: set[str]
) -> None:
    found = orderhub.normalize("amazon", {"AmazonOrderId": "1", "OrderStatus": "Pending", **document})
    assert (found.orders[0].currency, found.orders[0].total, found.orders[0].is_shippable) == (currency, None, False)
    assert {finding.code for finding in found.findings} == codes


@LAW
@given(truths())
def test_overrides_are_data(truth: Truth) -> None:
    document = v0(truth) | {"SellerOrderId": "WEB-1", "EarliestShipDate": "2026-04-05T00:00:00Z"}
    order = one(document, overrides={
        "order_v0": {"seller_note": {"path": "SellerOrderId", "convert": "text"}, "ship_by": "EarliestShipDate"},
        "line_v0": {"variant": {"path": "Title", "convert": "text"}},
    })  # fmt: skip
    assert (order.seller_note, order.ship_by) == ("WEB-1", datetime(2026, 4, 5, tzinfo=UTC))
    assert {line.variant for line in order.lines} == {"mug"}
    new = one(
        v2026(truth), overrides={"order": {"seller_note": {"path": "salesChannel.channelName", "convert": "text"}}}
    )
    assert new.seller_note == "AMAZON"
