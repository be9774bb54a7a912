"""Laws of decoding WooCommerce orders, over orders built from the amounts of docs/platforms/woocommerce.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from decode_words import NOTES, ZERO, bare, cents, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.connectors.woocommerce.tables import LINE, ORDER
from orderhub.kit.json import loads

FACTS = facts("woocommerce")
LAW = settings(max_examples=30, deadline=None)
SECRETS = ("Annabel", "Leeward", "+49 555 0100", "12 Hidden Road", "ann@example.test")


@dataclass(frozen=True)
class Truth:
    """One order as the shop would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    freight: Decimal
    fees: Decimal
    tax: Decimal
    total: Decimal
    refunded: Decimal


TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%S"))
JUNK = junk()
STATUSES = st.sampled_from([*sorted(FACTS["status"]), "checkout-draft", "shipped"])


def taxed(net: Decimal, rate: Decimal) -> Decimal:
    return (net * rate).quantize(Decimal("0.01"))


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES) -> Truth:
    """A consistent order with everything that may stand in one."""
    inclusive, rate = draw(st.booleans()), draw(st.sampled_from([Decimal(0), Decimal("0.19"), Decimal("0.08")]))
    rows, items, goods, tax = [], ZERO, ZERO, ZERO
    for number in range(draw(st.integers(1, 4))):
        units, gross = draw(st.integers(1, 5)), draw(cents(1, 90_000))
        net = gross - draw(cents(0, 40_000).map(lambda off, most=gross: min(off, most)))
        gross_tax, net_tax = taxed(gross, rate), taxed(net, rate)
        items += gross + (gross_tax if inclusive else ZERO)
        goods += net + (net_tax if inclusive else ZERO)
        tax += net_tax
        rows.append({
            "id": 100 + number, "name": draw(NOTES), "product_id": draw(st.sampled_from([87, 88])),
            "variation_id": draw(st.sampled_from([0, 871])), "quantity": units, "sku": draw(st.sampled_from(["", "A-1"])),
            "subtotal": str(gross), "subtotal_tax": str(gross_tax), "total": str(net), "total_tax": str(net_tax),
            "price": float(net), "meta_data": [],
        })  # fmt: skip
    freight, fee = draw(cents(0, 2_000)), draw(cents(0, 900))
    freight_tax, fee_tax = taxed(freight, rate), taxed(fee, rate)
    tax += freight_tax + fee_tax
    total = sum((Decimal(row["total"]) for row in rows), ZERO) + freight + fee + tax
    raw = draw(status)
    back = draw(st.sampled_from([ZERO, ZERO, total, (total / 3).quantize(Decimal("0.01"))]))
    document: dict[str, Any] = {
        "id": draw(st.integers(1, 10**9)), "status": raw, "currency": draw(st.sampled_from(["EUR", "USD", "SGD", "CNY"])),
        "date_created_gmt": draw(TIMES), "date_modified_gmt": draw(TIMES),
        "date_paid_gmt": None if raw in ("pending", "failed") else draw(TIMES),
        "date_completed_gmt": draw(TIMES) if raw == "completed" else None, "prices_include_tax": inclusive,
        "discount_total": "0.00", "shipping_total": str(freight), "shipping_tax": str(freight_tax), "total": str(total),
        "total_tax": str(tax), "customer_id": draw(st.sampled_from([0, 26])), "customer_note": draw(NOTES),
        "payment_method": draw(st.sampled_from(["bacs", "cod", "paypal"])), "meta_data": [],
        "billing": {"first_name": SECRETS[0], "email": SECRETS[4], "phone": SECRETS[2]},
        "shipping": {"first_name": SECRETS[0], "last_name": SECRETS[1], "address_1": SECRETS[3], "city": "Bonn",
                     "country": "DE", "postcode": "53111"},
        "line_items": rows, "fee_lines": [{"id": 9, "total": str(fee), "total_tax": str(fee_tax)}] if fee else [],
        "coupon_lines": [], "refunds": [{"id": 5, "reason": "", "total": f"-{back}"}] if back else [],
    }  # fmt: skip
    plus = ZERO if not inclusive else Decimal(1)
    return Truth(
        document | draw(JUNK), items, items - goods, freight + freight_tax * plus, fee + fee_tax * plus,
        ZERO if inclusive else tax, total, back,
    )  # fmt: skip


one = partial(lone, "woocommerce")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (truth.items, truth.reduced, truth.total)
    assert (order.shipping_fee, order.fees_total, order.tax_total) == (truth.freight, truth.fees, truth.tax)
    assert order.residual == order.discrepancy == 0
    assert order.currency == truth.document["currency"]
    assert sum((line.total or ZERO for line in order.lines), ZERO) == truth.items - truth.reduced
    assert sum((row.amount for row in order.discounts), ZERO) == truth.reduced
    for line in order.lines:
        assert line.total == (line.subtotal or ZERO) - (line.discount or ZERO) and line.unit_price is not None


@LAW
@given(truths(), cents(1, 100))
def test_a_fee_below_zero_is_a_reduction_of_goods(truth: Truth, off: Decimal) -> None:
    document = truth.document | {"prices_include_tax": False, "total": str(truth.total - off)}
    document["fee_lines"] = [*document["fee_lines"], {"id": 10, "total": f"-{off}", "total_tax": "0.00"}]
    found = orderhub.normalize("woocommerce", document)
    (order,) = found.orders
    goods = sum((Decimal(row["total"]) for row in document["line_items"]), ZERO)
    spread = goods >= off
    assert order.residual == order.discrepancy == 0
    assert [finding.code for finding in found.findings if finding.code == "discount_apportioned"] == (
        ["discount_apportioned"] if spread else []
    )
    assert sum((line.total or ZERO for line in order.lines), ZERO) == goods - (off if spread else ZERO)
    assert all((line.total or ZERO) >= 0 for line in order.lines)


@LAW
@given(truths())
def test_statuses_holds_and_whether_to_ship(truth: Truth) -> None:
    order, raw = one(truth.document), truth.document["status"]
    whole = bool(truth.refunded) and truth.refunded == truth.total
    part = bool(truth.refunded) and not whole
    if raw not in FACTS["status"]:
        assert (order.status, order.holds) == ("unknown", {"unknown_value"}) and not order.is_shippable
        return
    fact = FACTS["status"][raw]
    assert order.raw_status == raw
    if raw == "processing" and whole:
        assert order.status == "cancelled"  # nothing is left to be sent
    elif raw == "on-hold":
        assert order.status in ("awaiting_shipment", "pending_payment", "cancelled")
    else:
        assert order.status == fact["word"]
    assert order.is_shippable == (raw == "processing" and not truth.refunded)
    assert ("other" in order.holds) == (raw == "failed" or (part and order.status == "awaiting_shipment"))


@LAW
@given(truths())
def test_the_payment_axis_follows_time_of_payment_and_refunds(truth: Truth) -> None:
    order, raw = one(truth.document), truth.document["status"]
    if raw != "refunded" or truth.refunded:
        assert order.refunded == truth.refunded
    else:
        assert order.refunded is None
    if truth.refunded or raw == "refunded":
        assert order.payment_status in ("refunded", "partially_refunded")
    elif truth.document["date_paid_gmt"]:
        assert (order.payment_status, order.paid) == ("paid", truth.total)
    else:
        assert (order.payment_status, order.paid) == ("unpaid", 0)
    assert order.paid is None or order.refunded is None or order.refunded <= order.paid


@LAW
@given(truths())
def test_times_are_those_in_gmt(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    for found, text in ((order.created_at, "date_created_gmt"), (order.updated_at, "date_modified_gmt")):
        assert found is not None and found.tzinfo is UTC and found.strftime("%Y-%m-%dT%H:%M:%S") == document[text]
    local = copy.deepcopy(document)
    local["date_created"] = local.pop("date_created_gmt")
    assert one(local).created_at is None  # a time without zone is not taken for one in GMT


@LAW
@given(truths(), JUNK)
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth, junk: dict[str, str]) -> None:
    document = json.loads(json.dumps(truth.document))
    document["line_items"][0] |= junk
    order = one(json.dumps(document))
    wanted = {name for name in document if name.startswith("zz_")} | {"discount_total"}
    assert set(order.extra) == wanted
    assert set(order.lines[0].extra) == set(junk)
    assert order.raw is not None and loads(order.raw) == loads(json.dumps(document))
    assert set(ORDER.report(document).unknown) == wanted and set(LINE.report(document["line_items"][0]).unknown) == set(
        junk
    )


@LAW
@given(truths())
def test_people_stay_out_of_sight(truth: Truth) -> None:
    order = one(truth.document)
    assert order.recipient.name == f"{SECRETS[0]} {SECRETS[1]}" and order.recipient.phone == SECRETS[2]
    assert order.buyer.buyer_id == (None if truth.document["customer_id"] == 0 else "26")
    shown = repr(order) + repr(order.recipient) + repr(order.buyer) + str(order)
    assert not any(secret in shown for secret in SECRETS)


def retyped(value: Any, name: str = "") -> Any:
    """Amounts as numbers and ids as texts, as other clients hand them over."""
    if isinstance(value, dict):
        return {key: retyped(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [retyped(item, name) for item in value]
    if name in ("total", "subtotal", "total_tax", "subtotal_tax", "shipping_total", "shipping_tax"):
        return Decimal(value)
    return str(value) if name in ("id", "product_id", "variation_id", "quantity", "customer_id") else value


@LAW
@given(truths())
def test_every_shape_of_a_payload_gives_the_same_order(truth: Truth) -> None:
    document, wanted = truth.document, bare(one(truth.document))
    shapes: list[Any] = [
        json.dumps(document), json.dumps(document, ensure_ascii=False).encode(), [document], (document,), [[document]],
        {"orders": [document]}, {"order": document}, {"create": [], "update": [document], "delete": []},
        {"data": [document]}, [{"orders": [document]}], retyped(document),
    ]  # fmt: skip
    for shape in shapes:
        assert bare(one(shape)) == wanted
    for empty in ([], {"orders": []}, "[]"):
        found = orderhub.normalize("woocommerce", empty)
        assert found.orders == () and found.findings == ()


REQUIRED = ("id", "status", "currency", "line_items")
BROKEN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.just("x" * 9), st.just([1]),
                   st.just({"a": 1}))  # fmt: skip


@LAW
@given(truths(), st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    for name in data.draw(st.sets(st.sampled_from(sorted(set(document) - set(REQUIRED))))):
        if data.draw(st.booleans()):
            document.pop(name)
        else:
            document[name] = data.draw(st.sampled_from([None, ""]))
    for row in document["line_items"]:
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - {"id", "quantity"})))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    assert (order.total is None) == (document.get("total") in (None, ""))
    if (
        "date_paid_gmt" not in document
        and document["status"] == "processing"
        and document.get("payment_method") != "cod"
    ):
        assert not order.is_shippable


@LAW
@given(truths(), st.data())
def test_mutated_documents_are_decoded_or_named_and_never_crash(truth: Truth, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    for name in data.draw(st.sets(st.sampled_from(sorted(document)), min_size=1, max_size=4)):
        document[name] = data.draw(BROKEN)
    for row in truth.document["line_items"] if isinstance(document["line_items"], list) else []:
        if isinstance(row, dict) and row in document["line_items"]:
            row[data.draw(st.sampled_from(sorted(row)))] = data.draw(BROKEN)
    found = orderhub.normalize("woocommerce", [document, truth.document])
    assert len(found.orders) + sum(finding.code == "undecodable" for finding in found.findings) >= 2
    for finding in found.findings:
        assert not any(secret in f"{finding}" for secret in SECRETS)
    for order in found.orders:
        assert order.discrepancy in (0, None)


@LAW
@given(truths(), NOTES)
def test_a_word_that_nobody_knows_is_reported_and_never_shippable(truth: Truth, word: str) -> None:
    document = truth.document | {"status": f"wc-{word}"}
    found = orderhub.normalize("woocommerce", document)
    assert not found.orders[0].is_shippable and found.orders[0].raw_status == f"wc-{word}"
    assert "unknown_value" in {finding.code for finding in found.findings}


def test_an_error_reply_is_a_finding_and_an_order_without_number_too() -> None:
    error = {"code": "rest_no_route", "message": "no", "data": {"status": 404}}
    for payload in (error, [error], {"weather": "fine"}, [7], "7"):
        found = orderhub.normalize("woocommerce", payload)
        assert found.orders == () and [finding.code for finding in found.findings] == ["undecodable"]
