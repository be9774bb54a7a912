"""The compiled table, the table filled cell by cell and `select` give the same answers for any cards and rules."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rate_model import NAMES, ON, cards

from orderhub.logistics import compile_choice
from orderhub.logistics.choice_table import ChoiceTable
from orderhub.logistics.quality import QualityTable, Tally
from orderhub.logistics.rate_card import PriceRow, RateCard, Zone
from orderhub.logistics.rates import Refusal, card_refusal, rate, zone_of
from orderhub.logistics.rules import Condition, Rule
from orderhub.logistics.selection import STRATEGIES, Strategy, select
from orderhub.logistics.services import Need, Pause, Service
from orderhub.models import Parcel, Recipient

PROVINCES = [*NAMES, "青海"]
CARRIERS = ["yto", "zto", "sf"]


@st.composite
def services(draw):
    card = draw(cards(draw(st.sampled_from(CARRIERS)), is_divided=draw(st.integers(0, 5)) == 0))
    return Service(
        card, draw(st.sampled_from([None, 5000, 12_345])), cod_max=draw(st.sampled_from([None, Decimal(500), Decimal(9000)])),
        pauses=draw(st.sampled_from([(), (), (Pause(("新疆",)),), (Pause((), (), ON, ON + timedelta(days=1)),)])),
        quality=draw(st.sampled_from([Decimal("0.5"), Decimal("0.9133")])), priority=draw(st.sampled_from([0, 0, 1])),
    )  # fmt: skip


conditions = st.sampled_from([
    Condition("weight_g", "gt", 3000), Condition("weight_g", "le", 1500), Condition("weight_g", "in", [700, 701]),
    Condition("province", "in", ["新疆", "西藏自治区"]), Condition("is_cod", "eq", True), Condition("shop", "eq", "a"),
])  # fmt: skip


@st.composite
def rules(draw):
    action = draw(st.sampled_from(["prefer_carriers", "restrict", "exclude", "score"]))
    return Rule(
        f"rule {draw(st.integers(0, 99))}", action, tuple(draw(st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=2))),
        tuple(draw(st.lists(conditions, max_size=2))), draw(st.sampled_from([Decimal("1.5"), Decimal("-0.25"), Decimal(3)])),
        stop=draw(st.integers(0, 9)) == 0, shadow=draw(st.integers(0, 5)) == 0,
    )  # fmt: skip


def named(selection):
    return (selection.options[0].carrier, selection.options[0].product) if selection.options else None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(services(), min_size=1, max_size=4), st.lists(rules(), max_size=3),
    st.sampled_from([*STRATEGIES, Strategy("flat", Decimal(0)), Strategy("own", Decimal("0.7"), Decimal("0.013"), Decimal("2.5"), 96)]),
    st.booleans(), st.sampled_from([{}, {"zto": "it is down"}]),
    st.lists(st.tuples(st.sampled_from([*PROVINCES, "某省"]), st.one_of(st.integers(0, 12_500), st.sampled_from([0, 700, 701, 702, 1000, 1001, 3000, 3001, 5000, 5001, 12_345, 30_001])),
                       st.sampled_from([None, None, Decimal(300), Decimal(501), Decimal(9001)]), st.sampled_from([None, "650104", "650200"])), min_size=1, max_size=25),
)  # fmt: skip
def test_columns_are_answered_as_parcel_by_parcel(offered, told, strategy, expedite, down, rows):
    parcel = Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x"))
    like = Need(parcel, "浙江", ON, expedite=expedite, facts={"shop": "a"})
    quality = QualityTable(
        {("yto", "浙江", "新疆"): Tally(40, 40, 9, 1, 0), ("zto", "浙江", "上海"): Tally(9, 9, 0, 0, 0)}
    )
    given_ = {"rules": told, "strategy": strategy, "quality": quality, "down": down}
    table = ChoiceTable(offered, like, **given_)
    compiled = table.compile()
    assert compiled, "all of these numbers are whole enough"
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = table.choose_many(*columns)
    slow = ChoiceTable(offered, like, **given_)
    slow.compile = lambda: False
    lazily = slow.choose_many(*columns)
    for row, (province, weight, amount, division) in enumerate(rows):
        need = table.parcel_need(province, weight, amount, division)
        expected = select(offered, need, **given_)
        assert found[row] == lazily[row] == named(expected)
        assert found.reasons(row) == expected
    assert list(found) == list(lazily) == [found[row] for row in range(len(found))]


@settings(max_examples=30, deadline=None)
@given(st.lists(services(), min_size=1, max_size=3), st.integers(1, 12_500), st.sampled_from(PROVINCES), st.booleans())
def test_single_questions_agree_before_and_after_compiling(offered, weight, province, is_cod):
    parcel = Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x"))
    table = ChoiceTable(offered, Need(parcel, "浙江", ON))
    need = table.need_of(province, weight, is_cod)
    assume(table.covers(need))
    before = table.best(province, weight, is_cod)
    assert table.compile()
    assert table.best(province, weight, is_cod) == before == named(table.choose(need))


def test_numbers_that_are_too_fine_and_a_missing_numpy_leave_the_table_to_select(monkeypatch):
    parcel = Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x"))
    like = Need(parcel, "浙江", ON)
    zone = (Zone("all", ("*",)),)
    few = [
        Service(RateCard(code, "standard", "CNY", zone, (PriceRow("all", 1000, Decimal(price)),)))
        for code, price in (("yto", 6), ("sf", 12))
    ]
    fine = replace(few[0], quality=Decimal(1) / Decimal(3))
    table = ChoiceTable([fine, *few[1:]], like, strategy="balanced")
    assert not table.compile() and table.choose_many(["浙江"], [500])[0] == ("yto", "standard")
    assert ChoiceTable(few, like).compile()
    monkeypatch.setitem(sys.modules, "numpy", None)
    plain = ChoiceTable(few, like)
    assert not plain.compile()
    assert list(plain.choose_many(["浙江", "新疆", "某省"], [500, 900, 500])) == [("yto", "standard")] * 2 + [None]
    assert compile_choice.NOBODY == -1


@settings(max_examples=60, deadline=None)
@given(
    services(),
    st.lists(st.integers(1, 12_500), min_size=1, max_size=12, unique=True),
    st.sampled_from(list(NAMES)),
    st.booleans(),
)
def test_compiled_prices_are_those_of_the_card(offered, weights, province, is_cod):
    parcel = Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x"))
    table = ChoiceTable([offered], Need(parcel, "浙江", ON))
    grams = sorted({*weights, 500, 501, 1000, 3000, 5000, 5001, 10_000, 10_001})
    task = compile_choice.Task(
        [offered], (), STRATEGIES["cheapest"], None, {}, [province], grams, [0] * len(grams), table.need_of
    )
    compiler = compile_choice._Compiler(numpy, task)
    need = table.need_of(province, 1000, is_cod)
    zone = zone_of(offered.card, need.parcel.recipient.address)
    fixed = not any(extra.base == "cod_amount" and (extra.percent or extra.base_over is not None or extra.base_up_to is not None)
                    for extra in offered.card.surcharges)  # fmt: skip
    assume(isinstance(zone, str) and (fixed or not is_cod))
    total, hours, can = compiler._zone(offered, zone, need, is_cod)
    for at, weight in enumerate(grams):
        price = rate(offered.card, table.need_of(province, weight, is_cod).parcel, "浙江", ON)
        if card_refusal(offered.card, "浙江", ON):
            continue
        is_light = offered.weight_max_g is None or weight <= offered.weight_max_g
        assert bool(can[at]) is (is_light and not isinstance(price, Refusal))
        if can[at]:
            assert Decimal(int(total[at])) / 100 == price.total
            assert (None if hours[at] == compile_choice._NEVER else int(hours[at])) == price.promised_hours


def test_equal_scores_go_on_to_the_promise_then_the_price_in_the_compiled_table_too():
    parcel = Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x"))
    zone = (Zone("all", ("*",)),)

    def priced(code, price, hours):
        row = PriceRow("all", 1000, Decimal(price), promised_hours=hours)
        return Service(RateCard(code, "standard", "CNY", zone, (row,)))

    flat = Strategy("flat", Decimal(0))
    for offered, best in (
        ([priced("yto", 6, 72), priced("sf", 9, 24)], "sf"),
        ([priced("yto", 6, None), priced("sf", 9, 72)], "sf"),
        ([priced("sf", 9, 24), priced("yto", 6, 24)], "yto"),
    ):
        table = ChoiceTable(offered, Need(parcel, "浙江", ON), strategy=flat)
        assert table.compile()
        assert table.best("浙江", 500) == (best, "standard") == named(table.choose(table.need_of("浙江", 500)))
