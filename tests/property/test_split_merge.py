"""Splitting then joining is the identity on lines and money; merging keeps each order's own write-back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fulfil_model import ELSEWHERE, HOME, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.splitting import merge_orders, rejoin_order, split
from orderhub.models import Buyer, LineItem, Order, PrivacyKind
from orderhub.models.person import Privacy
from orderhub.orders.gifts import GiftRule, gifts_for, with_gifts
from orderhub.orders.merge import merge_candidates, merge_refusal
from orderhub.orders.split import SplitRule, groups_by, join_parts, open_units, split_order, split_refusal

CENTS = st.integers(0, 99_999).map(lambda cents: Decimal(cents) / 100)
MAYBE = st.none() | CENTS


@st.composite
def lines_of(draw: st.DrawFn, number: int) -> LineItem:
    gross, units = draw(MAYBE), draw(st.integers(1, 5))
    discount = (
        None if gross is None else draw(st.none() | st.just(gross / 4).map(lambda a: a.quantize(Decimal("0.01"))))
    )
    return LineItem(
        line_id=f"l{number}", sku=draw(st.sampled_from("ABCD")), quantity=units, subtotal=gross, discount=discount,
        total=None if gross is None or discount is None else gross - discount, is_gift=draw(st.booleans()),
        shipped_quantity=draw(st.none() | st.integers(0, units)),
        status=draw(st.sampled_from(["awaiting_shipment"] * 4 + ["shipped", "cancelled"])),
    )  # fmt: skip


@st.composite
def split_orders(draw: st.DrawFn) -> tuple[Order, list[list[tuple[str, int]]]]:
    lines = tuple(draw(lines_of(number)) for number in range(draw(st.integers(1, 5))))
    money = {name: draw(MAYBE) for name in ("items_total", "discount_total", "shipping_fee", "total", "paid")}
    order = order_of(lines=lines, **money)
    groups: dict[int, dict[str, int]] = {}
    for line in lines:
        for _ in range(open_units(line)):
            part = groups.setdefault(draw(st.integers(0, 2)), {})
            part[line.line_id] = part.get(line.line_id, 0) + 1
    return order, [list(group.items()) for group in groups.values()]


@settings(max_examples=120, deadline=None)
@given(split_orders())
def test_split_then_join_is_the_identity(case: tuple[Order, list[list[tuple[str, int]]]]) -> None:
    order, groups = case
    if split_refusal(order, groups):
        assert len(groups) < 2
        return
    parts = split_order(order, groups)
    assert join_parts(parts) == order
    for name in ("items_total", "total", "paid", "shipping_fee", "discount_total"):
        amounts = [getattr(part.order, name) for part in parts]
        whole = getattr(order, name)
        assert (whole is None and set(amounts) == {None}) or sum(amounts, Decimal(0)) == whole
    for part, group in zip(parts, groups, strict=False):
        assert sorted((line.line_id, open_units(line)) for line in part.order.lines) == sorted(group)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 9), min_size=1),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 1500)),
)
def test_parts_by_weight_are_filled_as_unit_by_unit(units: dict[str, int], grams: dict[str, int]) -> None:
    rule = SplitRule(by="weight", weights_g=grams, weight_default_g=300, weight_max_g=1000)
    lines = [LineItem(line_id=sku, sku=sku, quantity=count, status="awaiting_shipment") for sku, count in units.items()]
    weight = {line.line_id: grams.get(line.line_id, 300) for line in lines}
    parts: list[dict[str, int]] = []
    for line in sorted(lines, key=lambda each: -weight[each.line_id]):
        for _ in range(line.quantity):
            fitting = [p for p in parts if sum(weight[k] * n for k, n in p.items()) + weight[line.line_id] <= 1000]
            part = fitting[0] if fitting else {}
            parts += [] if fitting else [part]
            part[line.line_id] = part.get(line.line_id, 0) + 1
    assert groups_by(order_of(lines=tuple(lines)), rule) == [list(part.items()) for part in parts]


def test_a_quantity_that_cannot_be_is_refused_and_takes_no_time() -> None:
    """A damaged reply may speak of any number of units."""
    line = LineItem(line_id="l", sku="A", quantity=10**15, status="awaiting_shipment")
    order = order_of(lines=(line,))
    for grams in (1, 400, 2000):
        groups = groups_by(order, SplitRule(by="weight", weights_g={"A": grams}, weight_max_g=1000))
        assert sum(units for group in groups for _, units in group) == 10**15
        assert split_refusal(order, groups) == "too_many_parts"


@settings(max_examples=80, deadline=None)
@given(split_orders(), st.sampled_from(["kind", "stock", "weight"]))
def test_every_rule_covers_what_is_open(case: tuple[Order, list[list[tuple[str, int]]]], by: str) -> None:
    order, _ = case
    rule = SplitRule(by=by, of={"A": "x", "B": "y"}, stock={"A": 2, "B": 1}, weights_g={"A": 400, "B": 700},
                     weight_max_g=1000)  # fmt: skip
    groups = groups_by(order, rule)
    assert split_refusal(order, groups) in (None, "one_part")
    gifts = {line.line_id for line in order.lines if line.is_gift}
    if any(open_units(line) and not line.is_gift for line in order.lines):
        assert all(any(line_id not in gifts for line_id, _ in group) for group in groups), "no gift travels alone"
    if by == "weight":
        grams = {line.line_id: rule.weights_g.get(line.sku or "", 500) for line in order.lines}
        assert all(sum(grams[i] * n for i, n in group if i not in gifts) <= 1000 for group in groups)


@pytest.mark.fault(58)
@pytest.mark.parametrize("groups", [[[("1-0", 2)]], [[("1-0", 1)], [("1-1", 1)]], [[("1-0", 2)], [("1-1", 2)]],
                                    [[("1-0", 2)], []], [[("1-0", 0)], [("1-0", 2), ("1-1", 1)]]])  # fmt: skip
def test_parts_that_do_not_add_up_are_refused(groups: list[list[tuple[str, int]]]) -> None:
    order = order_of(skus=(("A", 2), ("B", 1)))
    bench = Bench(order)
    told = bench.run(split(order, groups))
    assert not told.ok and told.reason in ("one_part", "parts_differ") and "fulfil" in told.error.message
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].ok, "nothing was changed"


def test_each_part_ships_for_itself() -> None:
    order = order_of(skus=(("A", 2), ("B", 1)))
    bench = Bench(order)
    assert bench.run(split(order, [[("1-0", 1)], [("1-0", 1), ("1-1", 1)]], dry_run=True)).reason == "dry_run"
    assert bench.run(split(order, [[("1-0", 1)], [("1-0", 1), ("1-1", 1)]])).value == 2
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.ok and len(outcome.value.parcels) == 2 and bench.units() == (3, 0)
    assert [row.lines for row in bench.shop.sent] == [(("1-0", 1),), (("1-0", 1), ("1-1", 1))]
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].reason == "already_done"
    assert bench.run(cancel_order(bench.plan, order)).reason == "already_shipped"


def test_a_split_is_taken_back() -> None:
    order = order_of(skus=(("A", 2), ("B", 1)))
    bench = Bench(order)
    bench.run(split(order, [[("1-0", 2)], [("1-1", 1)]]))
    bench.carrier.loses.add("create")
    bench.run(fulfil_orders(bench.plan, [order.model_copy()]))
    told = bench.run(rejoin_order(bench.plan, order))
    assert not told.ok and told.reason == "already_shipped", "one part has left"
    other = order_of("2", skus=(("A", 1), ("B", 1)))
    bench = Bench(other)
    bench.run(split(other, [[("2-0", 1)], [("2-1", 1)]]))
    assert bench.run(rejoin_order(bench.plan, other)).ok and bench.run(fulfil_orders(bench.plan, [other]))[0].ok
    assert len(bench.carrier.live) == 1


def test_merged_orders_share_a_parcel_and_keep_their_write_back() -> None:
    orders = [order_of("1"), order_of("2", skus=(("B", 1),)), order_of("3", skus=(("C", 1),))]
    bench = Bench(*orders)
    assert merge_candidates(orders) == [tuple(order.key for order in orders)]
    assert bench.run(merge_orders(orders)).ok
    bench.shop.refuses.add("2")
    outcomes = bench.run(fulfil_orders(bench.plan, orders))
    [number] = bench.carrier.live
    told = {key: [s.waybill_no for s in order.shipments] for key, order in bench.shop.orders.items()}
    assert told == {"1": [number], "2": [], "3": [number]}
    assert bench.units() == (3, 0), "the units of the order that was refused are back"
    assert len(bench.sink.sent) == 2 and all(outcome.ok for outcome in outcomes)


def hidden(key: str | None, token: str) -> dict[str, object]:
    privacy = Privacy(kind=PrivacyKind.ENCRYPTED, token=token, merge_key=key)
    return {"recipient": HOME.model_copy(update={"privacy": privacy})}


@pytest.mark.fault(57)
@pytest.mark.parametrize(("changes", "reason"), [
    ({"recipient": ELSEWHERE}, "different_receiver"), ({"buyer": Buyer(buyer_id="other")}, "different_buyer"),
    ({"is_cod": True}, "cash_on_delivery"), ({"currency": "USD"}, "different_currency"),
    ({"holds": frozenset({"locked"})}, "not_shippable"), ({"labels": ("needs_serial_numbers",)}, "needs_more"),
    (hidden("k", "t"), "different_receiver"), ({}, None),
])  # fmt: skip
def test_who_may_not_travel_together(changes: dict[str, object], reason: str | None) -> None:
    orders = [order_of("1", buyer=Buyer(buyer_id="u")), order_of("2", **{"buyer": Buyer(buyer_id="u"), **changes})]
    assert merge_refusal(orders) == reason
    bench = Bench(*orders)
    told = bench.run(merge_orders(orders))
    assert told.ok == (reason is None) and told.reason == reason


def test_hidden_receivers_are_one_when_keys_or_the_platform_say_so() -> None:
    same = [order_of("1", **hidden("k", "a")), order_of("2", **hidden("k", "b"))]
    other = [order_of("1", **hidden("k", "a")), order_of("2", **hidden("m", "b"))]
    assert merge_refusal(same) is None and merge_refusal(other) == "different_receiver"
    assert Bench(*other).run(merge_orders(other)).ok, "the platform's own groups decide"


def test_gifts_are_rules_and_leave_with_their_parent() -> None:
    rules = (
        GiftRule(name="cup", sku="C", skus=("B",), per_units=2, quantity_max=3), GiftRule(name="card", sku="C", total_from=Decimal(500)),
    )  # fmt: skip
    order = order_of(skus=(("A", 1), ("B", 4)))
    [gift] = gifts_for(order, rules)
    assert (gift.line_id, gift.quantity, gift.total, gift.is_gift) == ("gift:cup", 2, Decimal("0.00"), True)
    assert with_gifts(with_gifts(order, rules), rules) == with_gifts(order, rules)
    bench = Bench(order, gifts=rules)
    bench.run(split(order, [[("1-0", 1)], [("1-1", 4)]]))
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.value.parcels[-1].goods == (("B", 4), ("C", 2))


@pytest.mark.parametrize("required", [False, True])
def test_an_order_waits_only_for_a_gift_that_is_required(required: bool) -> None:
    order = order_of()
    bench = Bench(order, gifts=(GiftRule(name="rare", sku="Z", required=required),))
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.ok != required and bench.units() == (0 if required else 2, 0)
