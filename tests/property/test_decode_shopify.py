"""Laws of decoding Shopify orders, over orders built from the amounts of docs/platforms/shopify.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from decode_words import ZERO, cents, facts, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("shopify")
LAW = settings(max_examples=30, deadline=None)
SECRETS = ("Ada Lovelace", "+15415550100", "12 Engine Street", "ada@example.com")
UNKNOWN = "TELEPORTED"


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means."""

    document: dict[str, Any]
    currency: str
    lines: tuple[tuple[Decimal, Decimal], ...]
    freight: Decimal
    tax: Decimal
    total: Decimal


def bag(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": str(amount), "currencyCode": currency},
            "presentmentMoney": {"amount": str(amount * 2), "currencyCode": "CAD"}}  # fmt: skip


@st.composite
def rows(draw: st.DrawFn, number: int, currency: str) -> tuple[dict[str, Any], Decimal, Decimal]:
    price, units = draw(cents(0, 100_000)), draw(st.integers(1, 5))
    gross = price * units
    off = draw(cents(0, int(gross * 100)))
    row: dict[str, Any] = {
        "id": f"gid://shopify/LineItem/{number}", "title": draw(st.text(max_size=8)) or "x", "sku": draw(st.sampled_from(["", "A", None])),
        "quantity": units, "currentQuantity": units, "originalUnitPriceSet": bag(price, currency),
        "originalTotalSet": bag(gross, currency), "variant": draw(st.sampled_from([None, {"id": "gid://shopify/ProductVariant/1"}])),
    }  # fmt: skip
    if draw(st.booleans()):
        row["discountAllocations"] = [{"allocatedAmountSet": bag(off, currency)}] if off else []
    else:
        row["discountedTotalSet"] = bag(gross - off, currency)
    return row, gross, off


@st.composite
def truths(draw: st.DrawFn, payment: str | None = None, fulfilment: str | None = None) -> Truth:
    """A consistent order; all of its lines tell their discount in one of the two ways."""
    currency = draw(st.sampled_from(["USD", "EUR", "SGD", "CNY"]))
    found = [draw(rows(number + 1, currency)) for number in range(draw(st.integers(1, 4)))]
    way = "discountAllocations" if draw(st.booleans()) else "discountedTotalSet"
    for row, gross, off in found:
        row.pop("discountAllocations", None)
        row.pop("discountedTotalSet", None)
        row[way] = (
            [{"allocatedAmountSet": bag(off, currency)}] if way[8:] == "Allocations" else bag(gross - off, currency)
        )
    goods = sum((gross - off for _, gross, off in found), ZERO)
    freight, included = draw(cents(0, 2000)), draw(st.booleans())
    tax = draw(cents(0, 3000))
    total = goods + freight + (ZERO if included else tax)
    document = {
        "id": "gid://shopify/Order/77", "legacyResourceId": draw(st.sampled_from(["77", 77])), "updatedAt": "2026-10-19T08:00:00Z",
        "createdAt": "2026-10-18T08:00:00Z", "currencyCode": currency, "taxesIncluded": included,
        "displayFinancialStatus": payment or draw(st.sampled_from(sorted(FACTS["financial"]))),
        "displayFulfillmentStatus": fulfilment or draw(st.sampled_from(sorted(FACTS["fulfilment"]))),
        "returnStatus": draw(st.sampled_from(FACTS["words"]["return_status"])), "subtotalPriceSet": bag(goods, currency),
        "totalPriceSet": bag(total, currency), "totalShippingPriceSet": bag(freight, currency), "totalTaxSet": bag(tax, currency),
        "totalRefundedSet": bag(ZERO, currency), "netPaymentSet": bag(total, currency), "email": SECRETS[3], "note": draw(st.text(max_size=12)),
        "shippingAddress": {"name": SECRETS[0], "phone": SECRETS[1], "address1": SECRETS[2], "city": "London", "countryCodeV2": "GB"},
        "lineItems": {"nodes": [row for row, _, _ in found]}, "fulfillments": [], "fulfillmentOrders": {"nodes": []}, "refunds": [],
    }  # fmt: skip
    return Truth(
        document, currency, tuple((gross, off) for _, gross, off in found), freight, ZERO if included else tax, total
    )


one = partial(lone, "shopify")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    items, off = (sum((pair[place] for pair in truth.lines), ZERO) for place in (0, 1))
    assert (order.currency, order.items_total, order.discount_total) == (truth.currency, items, off)
    assert (order.shipping_fee, order.tax_total, order.total, order.residual) == (
        truth.freight,
        truth.tax,
        truth.total,
        0,
    )
    assert order.discrepancy == 0


@LAW
@given(truths())
def test_lines_add_up_to_the_goods(truth: Truth) -> None:
    order = one(truth.document)
    assert [(line.subtotal, line.discount) for line in order.lines] == list(truth.lines)
    assert sum((line.total or ZERO for line in order.lines), ZERO) == sum(
        (gross - off for gross, off in truth.lines), ZERO
    )


@LAW
@given(truths(), st.sampled_from(["displayFinancialStatus", "displayFulfillmentStatus", "returnStatus"]))
def test_unknown_words_are_never_shippable(truth: Truth, field: str) -> None:
    found = orderhub.normalize("shopify", {**truth.document, field: UNKNOWN})
    [order] = found.orders
    assert not order.is_shippable
    assert field in [finding.path for finding in found.findings if finding.code == "unknown_value"]


@LAW
@given(truths())
def test_an_order_survives_the_store_and_keeps_what_no_row_maps(truth: Truth) -> None:
    order = one({**truth.document, "zz_new": {"a": 1}})
    assert order.extra["zz_new"] == {"a": 1}
    assert stored(Order, encode(order), order.raw) == order
    assert json.loads(order.raw or b"")["id"] == truth.document["id"]


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    steps = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in steps:
        found += places(value, (*at, name))
    return found


JUNK = st.sampled_from([None, "", 0, -1, "x", [], {}, True, [None], [1], {"nodes": 3}, {"edges": [1]}, "1e9", "9" * 40])


@settings(max_examples=120, deadline=None)
@given(truths(), st.data())
def test_no_mutation_crashes_or_tells_of_people(truth: Truth, drawn: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    *way, last = drawn.draw(st.sampled_from(places(document)))
    inner: Any = document
    for step in way:
        inner = inner[step]
    inner[last] = drawn.draw(JUNK)
    found = orderhub.normalize("shopify", [document, truth.document])
    assert len(found.orders) >= 1
    for finding in found.findings:
        assert not any(secret in f"{finding.message} {finding.value}" for secret in SECRETS)
    for order in found.orders:
        assert order.discrepancy in (None, 0)
        assert not any(secret in repr(order) for secret in SECRETS)
