"""Carrier rules on the one engine: read from text, chosen by, explained, in shadow; the table agrees with the choice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orderhub.errors import ConfigurationError
from orderhub.logistics.choice_table import ChoiceTable
from orderhub.logistics.rate_card import PriceRow, RateCard, Zone
from orderhub.logistics.rules import CARRIER, FACTS, Condition, Rule, applying, carrier_rules, explain_rules
from orderhub.logistics.selection import select
from orderhub.logistics.services import Need, Service
from orderhub.models import Address, Parcel, Recipient

TOML = """
name = "carriers"
vocabulary = "carrier"
[[rules]]
name = "west by post"
when = [{any = [
  {fact = "province", operator = "in", value = ["西藏自治区", "新疆维吾尔自治区"]},
  {all = [{fact = "weight_g", operator = "in", value = [777]}, {fact = "is_cod", value = false}]},
]}]
then = [{action = "restrict", carriers = ["ems"]}]
[[rules]]
name = "dear goods"
when = [{fact = "order_total", operator = "ge", value = 500}]
then = [{action = "prefer_carriers", carriers = ["sf"]}, {action = "score", carriers = ["yto"], points = -1.5}]
[[rules]]
name = "trial"
shadow = true
then = [{action = "exclude", carriers = ["yto", "sf", "ems"]}]
"""


def need(province="浙江省", weight_g=500, **facts):
    person = Recipient(name="张三", address=Address(country="CN", province=province, city="x"))
    parcel = Parcel(parcel_id="p", order_key="taobao:s:1", recipient=person, weight_g=weight_g, warehouse="sh")
    return Need(parcel, "上海", date(2026, 1, 5), facts=facts)


def test_rules_of_a_text_apply_by_short_names_groups_and_host_facts():
    rules = carrier_rules(TOML)
    assert [(r.name, r.action) for r in applying(rules, need("西藏"))] == [("west by post", "restrict")]
    assert [r.name for r in applying(rules, need(weight_g=777))] == ["west by post"]
    told = applying(rules, need(order_total=Decimal(500)))
    assert [(r.action, r.points) for r in told] == [("prefer_carriers", 0), ("score", Decimal("-1.5"))]
    assert applying(rules, need()) == ()


def test_the_explained_decision_is_the_quick_one_and_tells_the_shadow():
    rules = carrier_rules(TOML)
    for asked in (need(), need("新疆"), need(order_total=700)):
        decision = explain_rules(rules, asked)
        assert [one.rule for one in decision.acts] == [rule.name for rule in applying(rules, asked)]
        assert [one.rule for one in decision.shadowed] == ["trial"]
    assert "province is one of 西藏, 新疆: found 浙江" in str(explain_rules(rules, need()).explain())


def test_conditions_built_by_hand_mean_what_they_meant():
    assert Condition("province", "eq", "浙江省").holds(need("浙江"))
    assert not Condition("order_total", "gt", 5).holds(need())
    with pytest.raises(ConfigurationError, match="no operator"):
        Condition("province", "is", "x")
    with pytest.raises(ConfigurationError, match="cannot compare"):
        Condition("weight_g", "gt", "5").holds(need())
    with pytest.raises(ConfigurationError, match="no carrier"):
        Rule("r", "exclude", ())
    with pytest.raises(ConfigurationError, match="no action"):
        Rule("r", "drop", ("sf",))
    with pytest.raises(ConfigurationError, match=r"rule 'west by post', then\[0\].carriers"):
        carrier_rules(TOML.replace('carriers = ["ems"]', 'carriers = "ems"'))


def test_every_fact_has_its_reader():
    assert set(FACTS) == set(CARRIER.facts)


def services():
    zone = (Zone("all", ("*",)),)
    prices = (("yto", "6"), ("sf", "12"), ("ems", "9"))
    return [
        Service(RateCard(code, "standard", "CNY", zone, (PriceRow("all", 1000, Decimal(price), 1000, Decimal(2)),)))
        for code, price in prices
    ]


def test_the_choice_obeys_the_rules_and_the_table_gives_the_same_answers():
    rules = carrier_rules(TOML)
    assert select(services(), need(), rules=rules).best().carrier == "yto", "a rule in shadow removes nobody"
    assert select(services(), need("西藏"), rules=rules).best().carrier == "ems"
    assert select(services(), need(order_total=900), rules=rules).best().carrier == "sf"
    table = ChoiceTable(services(), need(order_total=1), rules=rules)
    for province in ("浙江", "西藏"):
        for weight in (776, 777, 778, 1500):
            best = table.best(province, weight)
            assert best is not None
            assert best[0] == select(services(), table.need_of(province, weight), rules=rules).best().carrier
    assert table.best("浙江", 777) == ("ems", "standard")
