"""Laws of decoding Taobao trades, over trades built from the money identities of docs/platforms/taobao.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import BAD_AMOUNTS, JSON_VALUES, NOTES, ZERO, bare, cents, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.connectors.taobao.tables import LINE, ORDER
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("taobao")
CENT = Decimal("0.01")
OPEN = ("WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS")
UNSHIPPED = {"pending_payment", "awaiting_shipment"}

LAW = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Truth:
    """One trade as the platform would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    total: Decimal
    line_totals: tuple[Decimal, ...]
    word: str
    holds: frozenset[str]
    extra: dict[str, Any]


def yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


IDS = st.integers(10**18, 10**19 - 1)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S"))
STATUSES = st.sampled_from(sorted(FACTS["status"]))
JUNK = junk(st.integers(0, 9) | NOTES)


@st.composite
def lines(draw: st.DrawFn, count: int, trade_id: int, status: str, post: Decimal) -> list[dict[str, Any]]:
    """Sub-orders that obey `payment = price * num + adjust_fee - discount_fee` (plus postage for a single one)."""
    word = FACTS["status"][status]
    found = []
    for number in range(count):
        price, num = draw(cents(1, 100_000)), draw(st.integers(1, 5))
        discount = draw(cents(0, 100_000).map(lambda d, gross=price * num: min(d, gross)))
        adjust = draw(cents(-1000, 1000))
        adjust = max(adjust, discount - price * num)
        oid = trade_id if count == 1 else trade_id - 1 - number
        line_status = status if not word.get("trade_only") else "WAIT_SELLER_SEND_GOODS"
        row = {
            "oid": oid, "status": line_status, "num": num, "price": yuan(price), "discount_fee": yuan(discount),
            "adjust_fee": yuan(adjust), "payment": yuan(price * num + adjust - discount + (post if count == 1 else 0)),
            "total_fee": yuan(price * num + adjust - discount), "num_iid": draw(IDS), "title": draw(NOTES),
            "refund_status": draw(st.sampled_from(["NO_REFUND", "NO_REFUND", "NO_REFUND", *FACTS["refund_status"]])),
        }  # fmt: skip
        if draw(st.booleans()):
            row |= {"sku_id": str(draw(IDS)), "outer_sku_id": draw(st.sampled_from(["A-1", "B-2"]))}
        if line_status in ("WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED") or (
            status == "SELLER_CONSIGNED_PART" and number == 0
        ):
            row |= {"invoice_no": f"SF{oid}", "logistics_company": draw(st.sampled_from(["顺丰速运", "某某快递"])),
                    "consign_time": draw(TIMES)}  # fmt: skip
        found.append(row)
    return found


def shares(amount: Decimal, count: int) -> list[Decimal]:
    """A trade-level discount in cents over the lines, the last one taking the rest."""
    each = (amount / count).quantize(CENT, "ROUND_DOWN")
    return [each] * (count - 1) + [amount - each * (count - 1)]


@st.composite
def truths(draw: st.DrawFn, status: st.SearchStrategy[str] = STATUSES) -> Truth:
    """A consistent trade with everything that may stand in one."""
    raw, tid, count = draw(status), draw(IDS), draw(st.integers(1, 4))
    post, is_cod = draw(cents(0, 2000)), draw(st.booleans())
    cod = draw(cents(0, 500)) if is_cod else ZERO
    rows = draw(lines(count, tid, raw, post))
    nets = [Decimal(row["total_fee"]) for row in rows]
    off = min(draw(cents(0, 3000)), sum(nets, ZERO))
    parts, split = shares(off, count), draw(st.booleans()) and count > 1
    for row, part in zip(rows, parts, strict=True):
        if split:
            row["part_mjz_discount"] = yuan(part)
    items = sum((Decimal(row["price"]) * row["num"] for row in rows), ZERO)
    total = sum(nets, ZERO) + post + cod - off
    document: dict[str, Any] = {
        "tid": tid, "status": raw, "type": "cod" if is_cod else "fixed", "payment": yuan(total),
        "total_fee": yuan(items), "post_fee": yuan(post), "discount_fee": yuan(off),
        "adjust_fee": rows[0]["adjust_fee"] if count == 1 else "0.00", "cod_fee": yuan(cod), "created": draw(TIMES),
        "modified": draw(TIMES), "orders": {"order": rows},
    }  # fmt: skip
    if raw not in ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "PAY_PENDING", "TRADE_CLOSED_BY_TAOBAO"):
        document["pay_time"] = draw(TIMES)
    holds = set(FACTS["status"][raw]["holds"])
    document |= draw(promotions(tid, rows, off))
    document |= draw(receivers())
    flags = draw(st.sets(st.sampled_from(FACTS["hold_flags"]["names"]), max_size=1))
    document |= {name: draw(st.sampled_from([1, "1", True, "true"])) for name in flags}
    junk = draw(JUNK)
    document |= junk
    word = FACTS["status"][raw]["word"]
    reduced = items - sum(nets, ZERO) + off
    totals = tuple(net - (part if split else ZERO) for net, part in zip(nets, parts, strict=True))
    return Truth(document, items, reduced, total, totals if split or count == 1 or not off else (), word,
                 frozenset(holds | ({"flag"} if flags else set())), junk)  # fmt: skip


@st.composite
def promotions(draw: st.DrawFn, tid: int, rows: list[dict[str, Any]], off: Decimal) -> dict[str, Any]:
    """Names for the reductions, as far as the trade tells them."""
    if not draw(st.booleans()):
        return {}
    found = [{"id": tid, "promotion_name": "店铺满减", "discount_fee": yuan(off)}] if off else []
    for row in rows:
        if Decimal(row["discount_fee"]):
            found.append({"id": row["oid"], "promotion_name": "限时直降", "discount_fee": row["discount_fee"]})
    found.append({"id": tid, "promotion_name": "包邮", "discount_fee": ""})
    return {"promotion_details": {"promotion_detail": found}}


@st.composite
def receivers(draw: st.DrawFn) -> dict[str, Any]:
    masked = draw(st.booleans())
    found = {
        "receiver_name": "王**" if masked else "王小明", "receiver_mobile": "138*******" if masked else "13800000000",
        "receiver_address": "文**路***号" if masked else "文一路1号", "receiver_state": "河南省",
        "receiver_district": "济源市", "oaid": "1Oaid==",
    }  # fmt: skip
    return found | ({"receiver_city": "杭州市"} if draw(st.booleans()) else {})


one = partial(lone, "taobao")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.total) == (truth.items, truth.reduced, truth.total)
    assert order.residual == 0
    assert order.discrepancy == 0
    assert order.shipping_fee == Decimal(truth.document["post_fee"])
    assert order.fees_total == Decimal(truth.document["cod_fee"])
    assert order.tax_total == 0
    assert order.currency == "CNY"


@LAW
@given(truths())
def test_lines_add_up_to_the_goods_of_the_order(truth: Truth) -> None:
    order = one(truth.document)
    for line, row in zip(order.lines, truth.document["orders"]["order"], strict=True):
        assert line.unit_price is not None
        assert line.discount is not None
        assert line.subtotal == line.unit_price * line.quantity == Decimal(row["price"]) * row["num"]
        assert line.total == line.subtotal - line.discount
    totals = [line.total or ZERO for line in order.lines]
    assert sum(totals, ZERO) == truth.items - truth.reduced
    if truth.line_totals and len(truth.line_totals) > 1:
        assert tuple(totals) == truth.line_totals


@LAW
@given(truths())
def test_a_line_that_tells_only_what_was_paid_is_reduced_by_the_difference(truth: Truth) -> None:
    """Lists leave the reasons out; a single line's payment holds the freight, which is no discount."""
    whole = one(truth.document)
    rows = truth.document["orders"]["order"]
    for row in rows:
        del row["discount_fee"], row["adjust_fee"]
    order = one(truth.document)
    assert (order.discount_total, order.residual) == (whole.discount_total, 0)
    assert [line.total for line in order.lines] == [line.total for line in whole.lines]


@LAW
@given(truths())
def test_named_discounts_add_up_and_only_adjustments_are_negative(truth: Truth) -> None:
    order = one(truth.document)
    assert sum((discount.amount for discount in order.discounts), ZERO) == order.discount_total
    assert all(discount.amount > 0 or discount.kind == "adjustment" for discount in order.discounts)
    ids = {line.line_id for line in order.lines}
    assert all(discount.line_id is None or discount.line_id in ids for discount in order.discounts)
    assert all(discount.funded_by == "seller" for discount in order.discounts if discount.kind == "adjustment")


@LAW
@given(truths())
def test_a_discount_that_no_line_carries_is_apportioned_and_told(truth: Truth) -> None:
    rows = truth.document["orders"]["order"]
    split = any("part_mjz_discount" in row for row in rows)
    told = [finding.code for finding in orderhub.normalize("taobao", truth.document).findings]
    assert ("discount_apportioned" in told) == (not split and Decimal(truth.document["discount_fee"]) > 0)


@LAW
@given(truths())
def test_statuses_holds_and_whether_to_ship(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    rows = document["orders"]["order"]
    assert order.raw_status == document["status"]
    assert order.status == truth.word
    on_the_way = truth.word not in ("delivered", "completed", "cancelled")
    waiting = order.status in UNSHIPPED | {"partially_shipped"}
    refund_open = any(row["refund_status"] in OPEN + EXCHANGES and not row.get("invoice_no") for row in rows)
    assert bool(order.holds) == bool((truth.holds and on_the_way) or (waiting and refund_open))
    assert ("refund_open" in order.holds) == (waiting and refund_open)
    assert truth.holds - {"flag"} <= {str(hold) for hold in order.holds}
    assert order.is_shippable == (order.status in ("awaiting_shipment", "partially_shipped") and not order.holds)
    for line, row in zip(order.lines, rows, strict=True):
        assert line.aftersale_status == FACTS["refund_status"][row["refund_status"]]
        assert line.raw_status == row["status"]


EXCHANGES = (
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", "EXCHANGE_TRANSFORM_TO_REFUND", "WAIT_SELLER_CONSIGN_GOODS",
)  # fmt: skip


@LAW
@given(truths())
def test_the_payment_axis_follows_the_status(truth: Truth) -> None:
    order, raw = one(truth.document), truth.document["status"]
    touched = any(line.aftersale_status == "refunded" for line in order.lines)
    if raw == "TRADE_CLOSED":
        assert (order.payment_status, order.refunded) in {("refunded", order.paid), ("unpaid", ZERO)}
    elif order.status == "pending_payment" or raw == "TRADE_CLOSED_BY_TAOBAO":
        assert (order.payment_status, order.paid) == ("unpaid", 0)
    elif order.paid_at is not None:
        assert order.paid == order.total
        assert order.payment_status == ("partially_refunded" if touched else "paid")
        assert order.refunded == (None if touched else 0)


@LAW
@given(truths())
def test_times_are_utc_and_eight_hours_before_beijing(truth: Truth) -> None:
    order = one(truth.document)
    pairs = [(order.created_at, "created"), (order.updated_at, "modified"), (order.paid_at, "pay_time")]
    for found, name in pairs:
        if (text := truth.document.get(name)) is None:
            assert found is None
            continue
        assert found is not None
        assert found.tzinfo is UTC
        assert (found + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S") == text


@LAW
@given(truths())
def test_extra_holds_exactly_what_no_row_maps_and_raw_everything(truth: Truth) -> None:
    order = one(truth.document)
    mapped = set(FACTS["fields"]["trade"]["must_map"])
    assert dict(order.extra) == {name: value for name, value in truth.document.items() if name not in mapped}
    assert dict(order.extra) == truth.extra
    assert order.raw is not None
    assert loads(order.raw) == truth.document
    report = ORDER.report(truth.document)
    assert set(report.used) | set(report.ignored) | set(report.unknown) == set(truth.document)
    assert set(report.unknown) == set(truth.extra)


@LAW
@given(truths(), st.data())
def test_what_no_row_maps_in_a_line_stays_with_the_line(truth: Truth, data: st.DataObject) -> None:
    rows = truth.document["orders"]["order"]
    junk = [data.draw(JUNK) for _ in rows]
    for row, more in zip(rows, junk, strict=True):
        row |= more
    assert [dict(line.extra) for line in one(truth.document).lines] == junk


@LAW
@given(truths())
def test_people(truth: Truth) -> None:
    order, document = one(truth.document), truth.document
    person, address = order.recipient, order.recipient.address
    assert person.privacy.kind == ("masked" if "*" in document["receiver_name"] else "clear")
    assert person.privacy.token == document["oaid"]
    assert address.city == document.get("receiver_city", document["receiver_district"])
    assert address.street == document["receiver_address"]
    shown = repr(order) + repr(person) + repr(address) + str(order.buyer)
    assert not any(document[name] in shown for name in ("receiver_name", "receiver_mobile", "receiver_address"))


@LAW
@given(truths())
def test_parcels_carry_the_lines_that_were_consigned(truth: Truth) -> None:
    order = one(truth.document)
    sent = {str(row["oid"]) for row in truth.document["orders"]["order"] if row.get("invoice_no")}
    assert {line_id for parcel in order.shipments for line_id, _ in parcel.lines} == sent
    units = {line.line_id: line.quantity for line in order.lines}
    assert all(units[line_id] == count for parcel in order.shipments for line_id, count in parcel.lines)
    known = {"顺丰速运": "sf", "某某快递": None}
    assert all(parcel.carrier == known[parcel.carrier_name or ""] for parcel in order.shipments)


def simplified(document: dict[str, Any]) -> dict[str, Any]:
    """The same trade as `simplify=true` shapes it: plain arrays."""
    found = copy.deepcopy(document)
    for name, inner in (("orders", "order"), ("promotion_details", "promotion_detail")):
        if name in found:
            found[name] = found[name][inner]
    return found


def retyped(value: Any) -> Any:
    """Numbers as text and whole texts as numbers; amounts as JSON numbers."""
    if isinstance(value, dict):
        return {name: item if name in UNTOUCHED else retyped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and value.replace(".", "", 1).replace("-", "", 1).isdecimal() and value.isascii():
        return Decimal(value) if "." in value else int(value)
    return value


UNTOUCHED = {"title", "receiver_mobile", "outer_sku_id", "invoice_no"}


@LAW
@given(truths())
def test_every_shape_of_a_payload_gives_the_same_order(truth: Truth) -> None:
    document, wanted = truth.document, bare(one(truth.document))
    plain = simplified(document)
    shapes: list[Any] = [
        json.dumps(document), json.dumps(document, ensure_ascii=False).encode(), [document], (document,),
        {"trade": document}, {"trade_fullinfo_get_response": {"trade": document, "request_id": "r"}},
        {"trades": {"trade": [document]}}, {"trades": {"trade": document}}, {"trades": [plain]},
        {"trades_sold_get_response": {"trades": {"trade": [document]}, "has_next": False, "request_id": "r"}},
        {"trades_sold_get_response": {"trades": [plain], "request_id": "r"}},
        {"trades": [plain], "request_id": "r"}, {"trade": plain, "request_id": "r"},
        [{"trade_fullinfo_get_response": {"trade": document}}], plain, retyped(document),
        document_bytes(retyped(plain)),
    ]  # fmt: skip
    if len(document["orders"]["order"]) == 1:
        shapes += [document | {"orders": {"order": document["orders"]["order"][0]}},
                   document | {"orders": document["orders"]["order"][0]}]  # fmt: skip
    for shape in shapes:
        assert bare(one(shape)) == wanted


@pytest.mark.fault(17)
@LAW
@given(truths(), st.data())
def test_any_optional_field_may_be_missing_null_or_empty(truth: Truth, data: st.DataObject) -> None:
    document = truth.document
    needed, needed_in_line = {"tid", "status", "orders"}, {"oid", "status", "num"}
    gone = data.draw(st.sets(st.sampled_from(sorted(set(document) - needed))))
    for name in gone:
        document |= {name: data.draw(st.sampled_from([None, ""]))}
    for row in document["orders"]["order"]:
        for name in data.draw(st.sets(st.sampled_from(sorted(set(row) - needed_in_line)))):
            row.pop(name)
    order = one(document)
    assert order.discrepancy in (0, None)
    assert (order.total is None) == ("payment" in gone)
    for line in order.lines:
        if None not in (line.subtotal, line.discount):
            assert line.total == (line.subtotal or ZERO) - (line.discount or ZERO)
        else:
            assert line.total is None


REQUIRED = [
    ("tid", "order_id", None), ("status", "raw_status", "id"), ("orders", "lines", "id"), ("oid", "line_id", "id"),
    ("num", "quantity", "id"), ("orders.status", "raw_status", "id"),
]  # fmt: skip


@LAW
@given(truths(), st.sampled_from(REQUIRED), st.sampled_from(["pop", None, ""]))
def test_a_missing_required_field_is_named_with_its_order(
    truth: Truth, case: tuple[str, str, str | None], how: str | None
) -> None:
    path, field, named = case
    document = copy.deepcopy(truth.document)
    place = document["orders"]["order"][-1] if path in ("oid", "num", "orders.status") else document
    name = path.rpartition(".")[2]
    place.pop(name) if how == "pop" else place.update({name: how})
    found = orderhub.normalize("taobao", [document, truth.document])
    assert [order.order_id for order in found.orders] == [str(truth.document["tid"])]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == (str(truth.document["tid"]) if named else None)
    assert field in finding.message
    assert name in (finding.path or "")
    assert found.quarantined[0][2] == finding
    assert loads(found.quarantined[0][1]) == document


AMOUNTS = ["payment", "post_fee", "discount_fee", "cod_fee"]
LINE_AMOUNTS = ["price", "discount_fee", "adjust_fee", "part_mjz_discount", "payment", "total_fee"]


@LAW
@given(truths(), st.sampled_from(BAD_AMOUNTS), st.data())
def test_what_is_not_an_amount_is_refused_by_name_and_harms_no_neighbour(
    truth: Truth, bad: Any, data: st.DataObject
) -> None:
    document = copy.deepcopy(truth.document)
    in_line = data.draw(st.booleans())
    number = data.draw(st.integers(0, len(document["orders"]["order"]) - 1))
    name = data.draw(st.sampled_from(LINE_AMOUNTS if in_line else AMOUNTS))
    (document["orders"]["order"][number] if in_line else document)[name] = bad
    good = truth.document | {"tid": 7}
    found = orderhub.normalize("taobao", [good, document, good | {"tid": 8}])
    assert [order.order_id for order in found.orders] == ["7", "8"]
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.order_id == str(truth.document["tid"])
    assert finding.path == (f"orders[{number}].{name}" if in_line else name)


@settings(max_examples=120, deadline=None)
@given(truths(), JSON_VALUES, st.data())
def test_no_value_anywhere_loses_another_order(truth: Truth, odd: Any, data: st.DataObject) -> None:
    document = copy.deepcopy(truth.document)
    names = FACTS["fields"]["trade"]["must_map"] + ["zz_unmapped"]
    place: dict[str, Any] = document
    if data.draw(st.booleans()):
        place, names = document["orders"]["order"][0], FACTS["fields"]["order"]["must_map"]
    place[data.draw(st.sampled_from(names))] = odd
    found = orderhub.normalize("taobao", [document, truth.document | {"tid": 7}])
    assert "7" in {order.order_id for order in found.orders}
    assert len(found.orders) + len(found.quarantined) == 2
    for order in found.orders:
        dict(order.extra)
        assert order.discrepancy in (0, None)


def test_an_error_reply_among_good_ones_is_a_finding() -> None:
    good = {
        "tid": 7,
        "status": "TRADE_FINISHED",
        "orders": {"order": [{"oid": 7, "num": 1, "status": "TRADE_FINISHED"}]},
    }
    refused = {"error_response": {"code": 7, "msg": "App Call Limited", "request_id": "r"}}
    found = orderhub.normalize("taobao", [refused, {"trade_fullinfo_get_response": {"trade": good}}])
    assert [order.order_id for order in found.orders] == ["7"]
    assert [(finding.code, finding.path) for finding in found.findings] == [("undecodable", "error_response")]
    assert loads(found.quarantined[0][1]) == refused


@pytest.mark.fault(16)
@LAW
@given(truths(), st.text("ABCDEF_", min_size=1, max_size=12).filter(lambda raw: raw not in FACTS["status"]))
def test_an_unknown_status_is_unknown_held_and_told(truth: Truth, raw: str) -> None:
    document = truth.document | {"status": raw}
    found = orderhub.normalize("taobao", document)
    (order,) = found.orders
    assert (order.status, order.raw_status, order.fulfilment_status) == ("unknown", raw, "unknown")
    assert "unknown_value" in order.holds
    assert not order.is_shippable
    told = [
        (finding.order_id, finding.path, finding.value) for finding in found.findings if finding.code == "unknown_value"
    ]
    assert (order.order_id, "status", raw) in told


@LAW
@given(truths(st.just("WAIT_SELLER_SEND_GOODS")), st.sampled_from(["status", "refund_status", "step_trade_status"]))
def test_an_unknown_word_in_any_place_forbids_shipping(truth: Truth, name: str) -> None:
    document = truth.document
    place = document if name == "step_trade_status" else document["orders"]["order"][-1]
    place[name] = "SOMETHING_NEW"
    found = orderhub.normalize("taobao", document)
    (order,) = found.orders
    assert "unknown_value" in order.holds
    assert not order.is_shippable
    (finding,) = [finding for finding in found.findings if finding.code == "unknown_value"]
    assert (finding.value, finding.order_id) == ("SOMETHING_NEW", order.order_id)
    assert name in (finding.path or "")


@LAW
@given(truths(st.just("WAIT_BUYER_PAY")), st.sampled_from(sorted(FACTS["step_status"])), cents(0, 5000))
def test_presales(truth: Truth, step: str, deposit: Decimal) -> None:
    raw = "WAIT_SELLER_SEND_GOODS" if step == "FRONT_PAID_FINAL_PAID" else "WAIT_BUYER_PAY"
    if step == "FRONT_PAID_FRONT_FORFEITED":
        raw = "TRADE_CLOSED"
    rows = [row | {"status": raw, "refund_status": "NO_REFUND"} for row in truth.document["orders"]["order"]]
    document = {name: value for name, value in truth.document.items() if name not in FACTS["hold_flags"]["names"]}
    document |= {"status": raw, "type": "step", "step_trade_status": step, "step_paid_fee": yuan(deposit),
                 "orders": {"order": rows}, "pay_time": "2024-06-18 10:12:41", "cod_fee": None}  # fmt: skip
    order, fact = one(document), FACTS["step_status"][step]
    assert sorted(map(str, order.holds)) == fact["holds"]
    assert order.payment_status == fact["payment"]
    assert order.paid == {"unpaid": 0, "partially_paid": deposit, "paid": order.total}[fact["payment"]]
    assert order.refunded == 0  # a forfeited deposit is not given back
    assert order.is_shippable == (step == "FRONT_PAID_FINAL_PAID")


@LAW
@given(truths(st.just("TRADE_CLOSED")), st.booleans())
def test_closed_after_payment_depends_on_whether_goods_left(truth: Truth, sent: bool) -> None:
    document = truth.document | {"pay_time": "2024-06-18 10:12:41", "type": "fixed"}
    if sent:
        for row in document["orders"]["order"]:
            row |= {"invoice_no": "SF1", "logistics_company": "顺丰速运", "consign_time": "2024-06-18 18:30:00"}
    order = one(document)
    assert order.status == ("shipped" if sent else "cancelled")
    assert (order.payment_status, order.refunded) == ("refunded", order.paid)
    assert order.fulfilment_status == ("shipped" if sent else "cancelled")
    assert not order.is_shippable


def _trade(status: str, *rows: dict[str, Any], **head: Any) -> dict[str, Any]:
    """A plain trade of 100 yuan a line and 10 yuan postage."""
    line = {"price": "100.00", "num": 1, "total_fee": "100.00", "payment": "100.00", "discount_fee": "0.00",
            "adjust_fee": "0.00", "refund_status": "NO_REFUND", "status": status}  # fmt: skip
    return {"tid": 7, "status": status, "type": "fixed", "pay_time": "2024-06-18 10:12:41", "post_fee": "10.00",
            "payment": f"{100 * len(rows) + 10}.00",
            "orders": {"order": [line | {"oid": number} | row for number, row in enumerate(rows, 1)]}} | head  # fmt: skip


@pytest.mark.parametrize("word", ["NO_REFUND", "CLOSED", "SUCCESS"])
def test_lines_of_a_trade_closed_after_payment_are_refunded_as_the_trade_is(word: str) -> None:
    order = one(_trade("TRADE_CLOSED", {"refund_status": word}, {}))
    assert order.refunded == order.paid == Decimal(210)
    assert [(line.refunded, line.refunded_quantity) for line in order.lines] == [
        (line.total, 1) for line in order.lines
    ]


@pytest.mark.parametrize(
    ("step", "raw", "payment", "paid", "refunded"),
    [
        ("FRONT_NOPAID_FINAL_NOPAID", "TRADE_CLOSED", "unpaid", 0, 0),
        ("FRONT_PAID_FINAL_NOPAID", "TRADE_CLOSED", "refunded", 20, 20),
        ("FRONT_PAID_FINAL_NOPAID", "TRADE_CLOSED_BY_TAOBAO", "partially_paid", 20, None),
        ("FRONT_PAID_FRONT_FORFEITED", "TRADE_CLOSED_BY_TAOBAO", "partially_paid", 20, 0),
    ],
)
def test_money_of_presales_that_were_closed(step: str, raw: str, payment: str, paid: int, refunded: int | None) -> None:
    document = _trade(raw, {}, type="step", step_trade_status=step, step_paid_fee="20.00")
    order = one(document)
    assert (order.status, order.payment_status, order.paid, order.refunded) == ("cancelled", payment, paid, refunded)


def test_an_order_whose_deposit_is_lost_is_never_shipped() -> None:
    document = _trade("WAIT_SELLER_SEND_GOODS", {}, type="step", step_trade_status="FRONT_PAID_FRONT_FORFEITED")
    assert not one(document | {"step_paid_fee": "20.00"}).is_shippable


def test_nothing_is_left_to_ship_when_what_did_not_leave_was_closed() -> None:
    sent = {"status": "WAIT_BUYER_CONFIRM_GOODS", "invoice_no": "SF1", "consign_time": "2024-06-18 18:30:00"}
    closed = {"status": "TRADE_CLOSED", "refund_status": "SUCCESS"}
    order = one(_trade("SELLER_CONSIGNED_PART", sent, closed))
    assert (order.status, order.fulfilment_status, order.is_shippable) == ("shipped", "shipped", False)
    part = one(_trade("SELLER_CONSIGNED_PART", sent, closed, {"status": "WAIT_SELLER_SEND_GOODS"}))
    assert (part.status, part.is_shippable) == ("partially_shipped", True)


def test_a_promotion_of_no_line_of_this_trade_belongs_to_the_trade() -> None:
    promotions = [{"id": tid, "promotion_name": "满减", "discount_fee": "1.00"} for tid in (1, 7, 99)]
    order = one(_trade("WAIT_SELLER_SEND_GOODS", {"discount_fee": "3.00"}, promotion_details=promotions))
    assert [row.line_id for row in order.discounts] == ["1", None, None]


def test_a_status_that_holds_a_person_is_not_repeated() -> None:
    found = orderhub.normalize("taobao", _trade("13812345678", {"status": "王小明"}))
    assert found.orders[0].raw_status == "13812345678"
    assert not any(secret in repr(found.findings) for secret in ("13812345678", "王小明"))


def test_an_unknown_shipper_is_told() -> None:
    document = _trade("WAIT_SELLER_SEND_GOODS", {}, logistics_infos=[{"sub_trade_id": 1, "consign_type": "ZZ"}])
    found = orderhub.normalize("taobao", document)
    assert (found.orders[0].fulfilled_by, found.orders[0].is_shippable) == ("unknown", False)
    assert [(f.code, f.path) for f in found.findings] == [("unknown_value", "logistics_infos[0].consign_type")]


@LAW
@given(truths(st.just("WAIT_BUYER_CONFIRM_GOODS")), st.sampled_from(FACTS["hold_flags"]["names"]))
def test_a_hold_never_moves_a_parcel_backwards(truth: Truth, flag: str) -> None:
    order = one(truth.document | {flag: 1})
    assert order.status == "shipped"
    assert order.holds
    forbidden = one(truth.document | {"status": "PAID_FORBID_CONSIGN"})
    assert forbidden.status == "shipped"
    assert "platform_pause" in forbidden.holds


@LAW
@given(truths())
def test_orders_survive_being_stored_as_json(truth: Truth) -> None:
    order = one(truth.document)
    assert stored(Order, encode(order), order.raw) == order
    dumped = order.dump()
    assert dumped["total"] == str(order.total)
    assert "raw" not in dumped
    assert json.loads(order.dump(raw=True)["raw"]) == json.loads(document_bytes(truth.document))
    assert dumped["is_shippable"] == order.is_shippable


@pytest.mark.parametrize(
    "payload",
    [
        {"trades_sold_increment_get_response": {"total_results": 0, "request_id": "r"}},
        {"trades_sold_get_response": {"has_next": False, "request_id": "r"}},
        {"trades_sold_get_response": {"trades": {"trade": []}}}, {"trades": []}, {"trades": {}},
        {"request_id": "r"}, [],
        {"trades": {"trade": []}, "request_id": "r"}, b"[]", '{"request_id":"r"}',
    ],
    ids=str,
)  # fmt: skip
def test_an_empty_page_is_neither_orders_nor_findings(payload: Any) -> None:
    found = orderhub.normalize("taobao", payload)
    assert (found.orders, found.findings, found.quarantined) == ((), (), ())


@pytest.mark.parametrize("payload", ["", "nonsense", b"\xff", "5", "null", '"tid"', '{"error_response":{"code":7}}'])
def test_what_holds_no_trades_is_one_finding(payload: Any) -> None:
    found = orderhub.normalize("taobao", payload)
    assert found.orders == ()
    assert [finding.severity for finding in found.findings] == ["error"]
    assert len(found.quarantined) == 1


@LAW
@given(truths())
def test_overrides_are_data(truth: Truth) -> None:
    document = truth.document | {"trade_memo": "注意", "est_con_time": "2024-06-20 00:00:00"}
    for row in document["orders"]["order"]:
        row["customization"] = "刻字"
    order = one(document, overrides={
        "order": {"seller_note": "trade_memo", "ship_by": {"path": "est_con_time", "convert": "beijing_time"}},
        "line": {"variant": "customization"},
    })  # fmt: skip
    assert order.seller_note == "注意"
    assert order.ship_by == datetime(2024, 6, 19, 16, tzinfo=UTC)
    assert {line.variant for line in order.lines} == {"刻字"}
    assert not {"trade_memo", "est_con_time"} & set(order.extra)
    assert not any("customization" in line.extra for line in order.lines)


@pytest.mark.parametrize(
    "overrides",
    [{"order": {"no_such_field": "x"}}, {"order": {"seller_note": {"convert": "nonsense"}}}, {"nothing": {}},
     {"order": {"invoice": "x"}}, {"order": {"seller_note": {"where": "x"}}}],
    ids=str,
)  # fmt: skip
def test_an_override_that_cannot_work_is_refused(overrides: Any) -> None:
    with pytest.raises(orderhub.OrderHubError):
        orderhub.normalize("taobao", [], overrides=overrides)


def test_the_report_tells_what_became_of_every_field() -> None:
    document = {"tid": 1, "status": "X", "payment": "1.00", "zz": 1, "logistics_agreement": {"sink_type": "1"}}
    report = ORDER.report(document)
    assert report.used["payment"] == "total"
    assert set(report.unknown) == {"zz", "logistics_agreement.sink_type"}
    assert LINE.report({"oid": 1, "zz": 2}).unknown == ("zz",)
    assert report.to_dict()["unknown"] == list(report.unknown)
