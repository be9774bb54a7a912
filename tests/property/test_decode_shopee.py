"""Laws of decoding Shopee orders, over orders built from docs/platforms/shopee.md#order."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from decode_words import facts
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.kit.decode import document_bytes
from orderhub.models import Order, OrderStatus
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("shopee")
LAW = settings(max_examples=40, deadline=None)
SECRETS = ("Tan Wei Ming", "6591234567", "12 Jalan Merbau")
CENTS = st.integers(0, 500_000).map(lambda value: Decimal(value).scaleb(-2))
STATUSES = st.sampled_from(sorted(FACTS["order_status"]))
STATES = st.sampled_from([*FACTS["logistics_status"], "LOGISTICS_NOT_LISTED"])


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    before = draw(CENTS)
    units = draw(st.integers(1, 5))
    found = {
        "item_id": draw(st.integers(1, 5)), "model_id": draw(st.sampled_from([0, 7, 8])), "item_name": "Mug 杯子",
        "model_quantity_purchased": units, "model_original_price": before,
        "model_discounted_price": draw(st.sampled_from([before, before / 2, Decimal("0.00")])),
    }  # fmt: skip
    if draw(st.booleans()):
        found |= {"cancelled_qty": draw(st.integers(0, units)), "promotion_group_id": draw(st.integers(0, 2))}
    return found


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    rows = draw(st.lists(items(), min_size=1, max_size=4))
    goods = sum((row["model_discounted_price"] * row["model_quantity_purchased"] for row in rows), Decimal(0))
    fee, other = draw(CENTS), draw(st.sampled_from([Decimal(0), Decimal("-1.50")]))
    document: dict[str, Any] = {
        "order_sn": "260301ABCD1234", "order_status": draw(STATUSES), "currency": draw(st.sampled_from(["SGD", "BRL"])),
        "total_amount": goods + fee + other, "estimated_shipping_fee": fee, "item_list": rows,
        "create_time": 1772330000, "cod": draw(st.booleans()),
        "package_list": [{"package_number": "P1", "logistics_status": draw(STATES), "item_list": rows[:1]}],
        "recipient_address": {"name": SECRETS[0], "phone": SECRETS[1], "full_address": SECRETS[2], "region": "SG"},
    }  # fmt: skip
    if draw(st.booleans()):
        document["pay_time"] = 1772330100
    return document


def decoded(document: Any) -> Any:
    return orderhub.normalize("shopee", document_bytes(document))


@LAW
@given(orders())
def test_money_holds_to_the_cent(document: dict[str, Any]) -> None:
    [order] = decoded(document).orders
    assert order.discrepancy == 0 and order.currency == document["currency"]
    assert order.total == document["total_amount"]
    assert order.items_total is not None and order.discount_total is not None
    assert sum(line.total for line in order.lines) == order.items_total - order.discount_total
    assert sum(discount.amount for discount in order.discounts) == order.discount_total
    for line, row in zip(order.lines, document["item_list"], strict=True):
        assert line.subtotal == row["model_original_price"] * line.quantity
        assert line.total == row["model_discounted_price"] * line.quantity
    assert len({line.line_id for line in order.lines}) == len(order.lines)


@LAW
@given(orders())
def test_words_are_those_of_the_page(document: dict[str, Any]) -> None:
    [order] = decoded(document).orders
    fact = FACTS["order_status"][document["order_status"]]
    state = FACTS["logistics_status"].get(document["package_list"][0]["logistics_status"])
    wanted = "shipped" if fact["word"] == "awaiting_shipment" and state in ("shipped", "delivered") else fact["word"]
    assert order.status.value == wanted
    assert not fact["hold"] or fact["hold"] in {hold.value for hold in order.holds}
    assert not order.is_shippable or document["order_status"] == "READY_TO_SHIP"
    paid = order.paid or 0
    assert document["order_status"] != "UNPAID" or document.get("pay_time") or not paid


@LAW
@given(orders(), st.text("ABCDEFG_", min_size=3, max_size=12))
def test_unknown_statuses_are_kept_reported_and_never_shipped(document: dict[str, Any], word: str) -> None:
    found = decoded({**document, "order_status": f"X{word}"})
    [order] = found.orders
    assert order.raw_status == f"X{word}" and order.status is OrderStatus.UNKNOWN and not order.is_shippable
    assert [finding.code for finding in found.findings] == ["unknown_value"]


@LAW
@given(orders())
def test_what_is_stored_comes_back(document: dict[str, Any]) -> None:
    [order] = decoded(document).orders
    assert stored(Order, encode(order), order.raw) == order
    assert order.raw is not None and json.loads(order.raw)["order_sn"] == document["order_sn"]


PATHS: list[tuple[Any, ...]] = [
    ("order_sn",), ("order_status",), ("currency",), ("total_amount",), ("estimated_shipping_fee",), ("create_time",),
    ("cod",), ("item_list",), ("item_list", 0), ("item_list", 0, "item_id"), ("item_list", 0, "model_id"),
    ("item_list", 0, "model_quantity_purchased"), ("item_list", 0, "model_original_price"), ("package_list",),
    ("package_list", 0), ("package_list", 0, "item_list"), ("recipient_address",), ("recipient_address", "name"),
]  # fmt: skip
JUNK = st.sampled_from([None, "", 0, -1, True, "x", [], {}, [[]], [None], {"a": 1}, "1e9", SECRETS[0]])


@LAW
@given(orders(), st.lists(st.tuples(st.sampled_from(PATHS), JUNK), min_size=1, max_size=3))
def test_mutated_documents_never_crash_and_never_take_others_along(
    document: dict[str, Any], changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    bad = copy.deepcopy(document)
    for path, value in changes:
        place: Any = bad
        for step in path[:-1]:
            place = place[step] if isinstance(place, list | dict) and place else {}
        if isinstance(place, dict) or (isinstance(place, list) and place):
            place[path[-1]] = value
    found = decoded([document, bad, document])
    assert sum(order.order_id == document["order_sn"] for order in found.orders) >= 2
    assert len(found.orders) + len(found.quarantined) == 3
    told = " ".join(f"{finding.message} {finding.value} {finding.path}" for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)


ONE = {
    "order_sn": "A1", "order_status": "READY_TO_SHIP", "currency": "SGD", "total_amount": Decimal("10.5"),
    "item_list": [{"item_id": 1, "model_quantity_purchased": 1, "model_original_price": "10.50",
                   "model_discounted_price": "10.5"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        {"error": "", "message": "", "response": {"order_list": [ONE]}}, {"response": {"order_list": [ONE]}},
        {"order_list": [ONE]}, {"order_list": ONE}, ONE, [ONE], [{"response": {"order_list": [ONE]}}], {"response": ONE},
        {**ONE, "model": None, "item_list": {"item": ONE["item_list"]}},
    ],
)  # fmt: skip
def test_every_shape_of_a_payload(payload: Any) -> None:
    found = orderhub.normalize("shopee", payload)
    [order] = found.orders
    assert order.key == "shopee:default:A1" and order.total == Decimal("10.50") and not found.findings


@pytest.mark.parametrize(
    "payload", [{"error": "", "response": {"order_list": []}}, {"error": "", "response": {}}, {"response": None}, []]
)
def test_an_empty_page_is_no_orders_and_no_finding(payload: Any) -> None:
    found = orderhub.normalize("shopee", payload)
    assert (found.orders, found.findings) == ((), ())


@pytest.mark.parametrize("payload", [{"error": "error_auth", "message": "x"}, 7, "[1]", {"response": 5}, [None]])
def test_what_holds_no_orders_is_a_finding(payload: Any) -> None:
    found = orderhub.normalize("shopee", payload)
    assert not found.orders and len(found.findings) == 1


def test_a_masked_receiver_says_so() -> None:
    [order] = orderhub.normalize("shopee", {**ONE, "recipient_address": {"name": "T***", "phone": "****67"}}).orders
    assert order.recipient.privacy.kind.value == "masked"
