"""Laws of decoding Lazada orders, over orders built from the money identities of docs/platforms/lazada.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import JSON_VALUES, NOTES, ZERO, cents, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("lazada")
LAW = settings(max_examples=25, deadline=None)
SECRETS = ("Tan Ah Kow", "6591234567", "12 Example Road #03-04", "T-TAX-1")
KNOWN = sorted(FACTS["status"])
LIVE = [raw for raw in KNOWN if FACTS["status"][raw] not in ("unknown", "cancelled")]


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it with its units, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    freight: Decimal
    groups: int


TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: f"{at:%Y-%m-%d %H:%M:%S} +0800")
JUNK = junk()


@st.composite
def truths(draw: st.DrawFn, words: st.SearchStrategy[str] = st.sampled_from(KNOWN)) -> Truth:  # noqa: B008
    """A consistent order with everything that may stand in one."""
    rows: list[dict[str, Any]] = []
    currency, items, reduced, groups = draw(st.sampled_from(["SGD", "MYR", "VND", "IDR"])), ZERO, ZERO, set()
    for place in range(draw(st.integers(1, 3))):
        price, word = draw(cents(1, 100_000)), draw(words)
        voucher = draw(st.sampled_from([ZERO, (price / 10).quantize(ZERO)]))
        seller = draw(st.sampled_from([ZERO, voucher]))
        sku = draw(st.sampled_from([f"5{place}", "50"]))
        for _ in range(draw(st.integers(1, 3))):
            items, reduced = items + price, reduced + voucher
            groups.add((sku, price, price - voucher, word))
            rows.append({
                "order_item_id": str(9000 + len(rows)), "order_id": "77", "sku": draw(st.sampled_from(["", "A-1"])),
                "sku_id": sku, "product_id": "6", "name": draw(NOTES), "item_price": str(price), "currency": currency,
                "paid_price": str(price - voucher), "voucher_amount": str(voucher), "voucher_seller": str(seller),
                "voucher_platform": str(voucher - seller), "tax_amount": "0.00", "status": word,
                "is_fbl": draw(st.sampled_from(["0", "0", "1"])), "tracking_code": draw(st.sampled_from(["", "LZ1"])),
                "package_id": "FP1", "payment_time": draw(st.sampled_from(["", "1603766859530"])),
                "shipment_provider": draw(st.sampled_from(["", "SF Express", "LEX SG"])),
            })  # fmt: skip
    freight = draw(cents(0, 2000))
    place = {"first_name": SECRETS[0], "phone": SECRETS[1], "address1": SECRETS[2], "country": "Singapore"}
    document: dict[str, Any] = {
        "order_id": "77", "order_number": "77", "statuses": sorted({row["status"] for row in rows}),
        "price": str(items), "voucher": str(reduced), "shipping_fee": str(freight), "created_at": draw(TIMES),
        "updated_at": draw(TIMES), "payment_method": draw(st.sampled_from(["COD", "CARD"])), "buyer_note": draw(NOTES),
        "customer_first_name": SECRETS[0], "tax_code": SECRETS[3], "address_shipping": place,
        "order_items": draw(st.permutations(rows)),
    }  # fmt: skip
    return Truth(document | draw(JUNK), items, reduced, freight, len(groups))


one = partial(lone, "lazada")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.shipping_fee) == (truth.items, truth.reduced, truth.freight)
    assert order.total == truth.items - truth.reduced + truth.freight
    assert order.residual == 0 and order.discrepancy == 0 and (order.fees_total, order.tax_total) == (0, 0)
    assert sum(line.total or ZERO for line in order.lines) == truth.items - truth.reduced
    assert sum(discount.amount for discount in order.discounts) == truth.reduced
    assert order.currency == truth.document["order_items"][0]["currency"]


@LAW
@given(truths())
def test_every_unit_is_in_one_line(truth: Truth) -> None:
    order, rows = one(truth.document), truth.document["order_items"]
    names = [name for line in order.lines for name in line.extra["order_item_ids"]]
    assert sorted(names) == sorted(row["order_item_id"] for row in rows) and len(order.lines) == truth.groups
    assert all(line.quantity == len(line.extra["order_item_ids"]) for line in order.lines)
    assert all(line.line_id == line.extra["order_item_ids"][0] for line in order.lines)
    assert all(line.total == line.subtotal - line.discount for line in order.lines)  # type: ignore[operator]


def word_of(words: set[str]) -> str:
    live = words - {"cancelled"}
    if len(live) <= 1:
        return next(iter(live), "cancelled")
    if live & {"unknown", "pending_payment"}:
        return "unknown"
    return "shipped" if live <= {"shipped", "delivered"} else "partially_shipped"


@LAW
@given(truths())
def test_the_summary_follows_from_the_units(truth: Truth) -> None:
    order = one(truth.document)
    raws = {row["status"] for row in truth.document["order_items"]}
    assert order.status == word_of({FACTS["status"][raw] for raw in raws})
    fbl = {row["is_fbl"] for row in truth.document["order_items"]}
    assert order.fulfilled_by == {("0",): "merchant", ("1",): "platform"}.get(tuple(sorted(fbl)), "unknown")
    if order.is_shippable:
        assert order.status in ("awaiting_shipment", "partially_shipped") and fbl == {"0"} and not order.holds
    if order.payment_status == "unpaid":
        assert order.paid == 0
    if order.refunded is not None and order.paid is not None:
        assert order.refunded <= order.paid


@LAW
@given(truths(st.sampled_from(LIVE)))
def test_parcels_hold_what_went_and_nothing_else(truth: Truth) -> None:
    order = one(truth.document)
    sent = {line.line_id: line.quantity for line in order.lines}
    packed = sum(units for parcel in order.shipments for _, units in parcel.lines)
    gone = [row for row in truth.document["order_items"]
            if row["status"] in ("ready_to_ship", "shipped", "shipping", "delivered")]  # fmt: skip
    assert packed == len(gone)
    assert all(units <= sent[line] for parcel in order.shipments for line, units in parcel.lines)


@LAW
@given(truths(), st.sampled_from(["statuses", "unit"]))
def test_an_unknown_word_is_unknown_held_and_told(truth: Truth, where: str) -> None:
    document = copy.deepcopy(truth.document)
    if where == "statuses":
        document["statuses"] = ["SOMETHING_NEW"]
    else:
        document["order_items"][-1]["status"] = "SOMETHING_NEW"
    found = orderhub.normalize("lazada", document)
    (order,) = found.orders
    assert order.status == "unknown" and "unknown_value" in order.holds and not order.is_shippable
    told = [finding.value for finding in found.findings if finding.code == "unknown_value"]
    assert told == ["SOMETHING_NEW"]


@LAW
@given(truths(st.just("pending")))
def test_a_cancellation_that_waits_holds_the_order(truth: Truth) -> None:
    for change in ({"is_cancel_pending": "true"}, {"need_cancel_confirm": True}):
        assert "buyer_cancel_requested" in one(truth.document | change).holds
        unit = truth.document["order_items"][0] | change
        held = one(truth.document | {"order_items": [unit, *truth.document["order_items"][1:]]})
        assert "buyer_cancel_requested" in held.holds and not held.is_shippable


@LAW
@given(truths())
def test_every_wrapping_reads_alike(truth: Truth) -> None:
    order = one(truth.document)
    bare = {name: value for name, value in truth.document.items() if name != "order_items"}
    units = truth.document["order_items"]
    reply = {"code": "0", "data": {"count": "1", "countTotal": "1", "orders": [bare]}}
    for payload in (
        [truth.document], {"code": "0", "data": truth.document}, {"code": "0", "data": {"orders": [truth.document]}},
        {"orders": reply, "items": {"code": "0", "data": [{"order_id": 77, "order_items": units}]}},
        {"orders": reply, "items": {"code": "0", "data": units}}, [{"code": "0", "data": truth.document}],
        json.dumps({"code": "0", "data": truth.document}),
    ):  # fmt: skip
        assert one(payload).model_copy(update={"raw": None}) == order.model_copy(update={"raw": None})


@LAW
@given(truths())
def test_numbers_may_come_as_numbers(truth: Truth) -> None:
    document = copy.deepcopy(truth.document)
    document |= {"order_id": 77, "price": Decimal(document["price"]), "shipping_fee": Decimal(document["shipping_fee"])}
    for row in document["order_items"]:
        row |= {"order_item_id": int(row["order_item_id"]), "item_price": Decimal(row["item_price"]),
                "is_fbl": row["is_fbl"] == "1"}  # fmt: skip
    order = one(document)
    assert (order.order_id, order.total) == ("77", truth.items - truth.reduced + truth.freight)


@LAW
@given(truths(), st.sampled_from(["price", "voucher", "shipping_fee"]), st.booleans())
def test_a_missing_amount_is_not_known_and_never_zero(truth: Truth, name: str, gone: bool) -> None:
    document = dict(truth.document)
    document.pop(name) if gone else document.update({name: ""})
    order = one(document)
    assert order.total is None and order.items_total == truth.items


@LAW
@given(truths(), st.data())
def test_mixed_currencies_are_refused(truth: Truth, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    other = {**document["order_items"][0], "order_item_id": "1", "currency": data.draw(st.sampled_from(["THB", ""]))}
    document["order_items"].append(other)
    found = orderhub.normalize("lazada", [document, truth.document | {"order_id": "78"}])
    assert [order.order_id for order in found.orders] == ["78"] and len(found.quarantined) == 1


REQUIRED = ["order_id", "order_items", "order_item_id", "status"]


@LAW
@given(truths(), st.sampled_from(REQUIRED), st.sampled_from(["pop", None, ""]))
def test_a_missing_required_field_is_named_with_its_order(truth: Truth, name: str, how: str | None) -> None:
    document = copy.deepcopy(truth.document)
    place = document["order_items"][-1] if name in ("order_item_id", "status") else document
    place.pop(name) if how == "pop" else place.update({name: how})
    found = orderhub.normalize("lazada", [document, truth.document | {"order_id": "78"}])
    assert [order.order_id for order in found.orders] == ["78"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == (None if name == "order_id" else "77") and name in (finding.path or "")
    assert loads(found.quarantined[0][1]) == document


BAD = [1.5, True, float("nan"), "abc", "1,000.00", "1e3", [], {"a": 1}, Decimal("NaN"), "９.９９"]


@LAW
@given(
    truths(), st.sampled_from(BAD), st.sampled_from(["price", "voucher", "shipping_fee", "item_price", "paid_price"])
)
def test_what_is_not_an_amount_is_refused_by_name_and_harms_no_neighbour(truth: Truth, bad: Any, name: str) -> None:
    document = copy.deepcopy(truth.document)
    (document if name in document else document["order_items"][0])[name] = bad
    good = truth.document | {"order_id": "78"}
    found = orderhub.normalize("lazada", [good, document])
    assert [order.order_id for order in found.orders] == ["78"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == "77" and (finding.path or "").endswith(name)


@settings(max_examples=150, deadline=None)
@given(truths(), JSON_VALUES, st.data())
def test_no_value_anywhere_loses_another_order(truth: Truth, odd: Any, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    places = [(document, FACTS["fields"]["order"]), (document["order_items"][0], FACTS["fields"]["item"]),
              (document["address_shipping"], ["first_name", "phone", "address1", "country"])]  # fmt: skip
    place, names = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from([*names, "zz_unmapped"]))] = odd
    found = orderhub.normalize("lazada", [document, truth.document | {"order_id": "78"}])
    assert "78" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        assert order.discrepancy in (0, None)
    told = " ".join(f"{finding.message} {finding.value}" for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)


@LAW
@given(truths(), st.sampled_from(["first_name", "phone", "address1"]))
def test_errors_about_a_person_show_nobody(truth: Truth, name: str) -> None:
    place = truth.document["address_shipping"] | {name: [*SECRETS]}
    found = orderhub.normalize("lazada", truth.document | {"address_shipping": place})
    assert found.quarantined
    told = " ".join(f"{finding.message} {finding.value} {finding.path}" for finding in found.findings)
    assert not any(secret in told for secret in SECRETS)


@LAW
@given(truths())
def test_people_are_read_and_not_shown(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.recipient.name, order.recipient.phone, order.recipient.address.street) == SECRETS[:3]
    assert order.recipient.privacy.kind == "clear"
    shown = f"{order!r} {order} {order.recipient!r} {order.buyer!r}"
    assert not any(secret in shown for secret in SECRETS)
    hidden = truth.document["address_shipping"] | {"phone": "65*****67"}
    assert one(truth.document | {"address_shipping": hidden}).recipient.privacy.kind == "masked"


@LAW
@given(truths())
def test_orders_survive_being_stored_as_json(truth: Truth) -> None:
    order = one(truth.document)
    assert stored(Order, encode(order), order.raw) == order
    assert order.created_at is not None and order.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    "payload",
    [{"code": "0", "data": {"count": "0", "countTotal": "0", "orders": []}}, {"code": "0", "data": {}},
     {"code": "0", "data": []}, {"code": "0"}, {"orders": []}, {}, [], b"[]", "{}"],
    ids=str,
)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("lazada", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize(
    "payload",
    ["", "nonsense", b"\xff", "5", "null", '{"code":"InvalidParameter","message":"x"}', "[null]", "[{}]",
     '{"order_id":"1","statuses":["pending"]}'],
)  # fmt: skip
def test_what_holds_no_orders_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("lazada", payload)
    assert found.orders == () and len(found.quarantined) == 1
    assert [finding.severity for finding in found.findings] == ["error"]


def test_vouchers_and_wallets_that_are_not_told_apart() -> None:
    unit = {"order_item_id": "1", "item_price": "10.00", "paid_price": "7.00", "wallet_credits": "1.00", "currency": "SGD",
            "status": "pending", "is_fbl": "0", "payment_time": "1603766859530"}  # fmt: skip
    document = {"order_id": "1", "price": "10.00", "voucher": "2.00", "shipping_fee": "0", "order_items": [unit]}
    order = one(document)
    assert (order.lines[0].discount, order.total, order.paid, order.residual) == (2, 8, 8, 0)
    taxed = one(document | {"order_items": [unit | {"tax_amount": "0.70"}]})
    assert taxed.tax_total is None and taxed.discrepancy == 0


def test_cash_on_delivery_is_unpaid_until_it_is_there() -> None:
    unit = {"order_item_id": "1", "item_price": "10.00", "voucher_amount": "0", "currency": "SGD", "is_fbl": "0"}
    document = {"order_id": "1", "price": "10", "voucher": "0", "shipping_fee": "0", "payment_method": "COD"}
    found = {word: one(document | {"order_items": [unit | {"status": word}]})
             for word in ("pending", "delivered", "canceled")}  # fmt: skip
    assert all(order.is_cod for order in found.values()) and found["pending"].is_shippable
    assert {word: (str(order.payment_status), order.paid) for word, order in found.items()} == {
        "pending": ("unpaid", 0), "delivered": ("paid", 10), "canceled": ("unpaid", 0),
    }  # fmt: skip


def test_a_reverse_order_makes_the_after_sale_unknown() -> None:
    unit = {"order_item_id": "1", "item_price": "10.00", "voucher_amount": "0", "currency": "SGD", "is_fbl": "0",
            "status": "pending", "reverse_order_id": "9"}  # fmt: skip
    order = one({"order_id": "1", "price": "10", "voucher": "0", "shipping_fee": "0", "order_items": [unit]})
    assert order.aftersale_status == "unknown" and "refund_open" in order.holds and not order.is_shippable


def test_overrides_are_data() -> None:
    unit = {"order_item_id": "1", "item_price": "10.00", "currency": "SGD", "status": "pending", "shop_sku": "S9"}
    document = {"order_id": "1", "remarks": "fragile", "order_items": [unit]}
    order = one(document, overrides={"order": {"seller_note": {"path": "remarks", "convert": "text"}},
                                     "line": {"sku": "shop_sku"}})  # fmt: skip
    assert (order.seller_note, order.lines[0].sku) == ("fragile", "S9")
