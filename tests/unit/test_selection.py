"""Which carrier: acceptance of S51 to S53, every reason that can decide, limits, wishes, the order of services."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from orderhub.errors import ConfigurationError, NoCarrier
from orderhub.logistics.policy import read_selection
from orderhub.logistics.quality import QualityTable, Tally
from orderhub.logistics.rate_card import PriceRow, RateCard, Surcharge, Zone
from orderhub.logistics.rates import quote
from orderhub.logistics.rules import Condition, Rule
from orderhub.logistics.selection import Strategy, select
from orderhub.logistics.services import LIMITS, Need, Pause, Service
from orderhub.models import Address, Parcel, Recipient

ON = date(2026, 1, 15)


def service(carrier: str, first: str, step: str = "2", hours: int | None = 72, **limits: object) -> Service:
    zones = (Zone("near", ("浙江", "上海")), Zone("rest", ("*",)), Zone("none", ("澳门",)))
    rows = tuple(
        PriceRow(zone, 1000, Decimal(first) + more, 1000, Decimal(step), promised_hours=hours)
        for zone, more in (("near", 0), ("rest", 3))
    )
    extras = (Surcharge("insurance", percent=Decimal("0.5"), base="declared_value", minimum=Decimal(1)),
              Surcharge("cod", percent=Decimal(2), base="cod_amount"))  # fmt: skip
    return Service(RateCard(carrier, "standard", "CNY", zones, rows, surcharges=extras), **limits)


SF = service("sf", "18", "6", 24, cod_max=Decimal(5000), declared_max=Decimal(20_000))
YTO = service("yto", "6", "1.5", 72)
ZTO = service("zto", "6.5", "1.5", 60, weight_max_g=20_000, side_max_mm=800, sides_max_mm=1500)
ALL = (SF, YTO, ZTO)


def need(province: str | None = "广东省", weight_g: int = 800, **given: object) -> Need:
    fields = {name: given.pop(name) for name in list(given) if name in Parcel.model_fields}
    person = Recipient(name="李四", phone="1", address=Address(country="CN", province=province))
    parcel = Parcel(
        parcel_id="p", order_key="taobao:s:1", recipient=person, weight_g=weight_g, warehouse="hz", **fields
    )
    return Need(parcel, "浙江省", ON, **given)


# --- acceptance ------------------------------------------------------------------------------------------------------


def test_s51_the_explanation_names_what_decided_and_is_the_same_in_any_order_of_services():
    rule = Rule("dear goods", "prefer_carriers", ("zto",), (Condition("weight_g", "lt", 1000),))
    found = select(ALL, need(), rules=(rule,))
    assert found.best().carrier == "zto" and found.decided.by == "rule" and "'dear goods'" in found.decided.why
    assert found.explain().startswith(
        "strategy cheapest; decided by rule: rule 'dear goods' puts it first\n1. zto/standard"
    )
    dice = random.Random(1)
    for _ in range(20):
        assert select(dice.sample(ALL, 3), need(), rules=(rule,)) == found


def test_s52_an_expedited_order_goes_with_the_fastest_that_serves_the_place():
    for asked in (need(expedite=True), need(seller_note="加急"), need(buyer_note="麻烦加急发货谢谢")):
        found = select(ALL, asked)
        assert [option.carrier for option in found.options] == ["sf", "zto", "yto"]
        assert found.decided.by == "expedite" and found.strategy == "fastest"
    paused = replace(SF, pauses=(Pause(("广东",)),))
    assert select((paused, YTO, ZTO), need(expedite=True)).best().carrier == "zto", "the fastest that serves it"
    assert select(ALL, need("浙江", expedite=True, buyer_note="要圆通")).best().carrier == "yto", "a wish says more"


@pytest.mark.parametrize(("province", "weight_g", "declared", "total"), [
    ("浙江省", 1, None, "6.00"), ("浙江", 1000, None, "6.00"), ("上海市", 1001, None, "7.50"), ("浙江", 3500, None, "10.50"),
    ("广东", 500, None, "9.00"), ("广东", 2001, None, "12.00"), ("西藏自治区", 10_000, None, "22.50"),
    ("浙江", 900, "150", "7.00"), ("浙江", 900, "1234.50", "12.17"), ("广东", 1200, "9999.99", "60.50"),
])  # fmt: skip
def test_s53_without_wishes_the_cheapest_card_wins_to_the_cent(province, weight_g, declared, total):
    asked = need(province, weight_g, declared_value=Decimal(declared) if declared else None)
    best = select(ALL, asked).best()
    assert (best.carrier, best.quote.total) == ("yto", Decimal(total))
    assert best.quote == quote(YTO.card, asked.parcel, "浙江", ON)
    assert sum(charge.amount for charge in best.quote.charges) == best.quote.total


# --- what decides ----------------------------------------------------------------------------------------------------

OWN = Strategy("own", Decimal(1), Decimal("0.5"), Decimal(3))
DECIDING = [
    ("nobody", (YTO,), need("澳门"), {}),
    ("only_option", (SF, YTO), need(cod_amount=Decimal(10)), {}),
    ("platform", (SF, YTO), need(required=frozenset({"sf"})), {}),
    ("rule", (SF, YTO), need(), {"rules": (Rule("no yto", "exclude", ("yto",)),)}),
    ("rule", (SF, YTO), need(), {"rules": (Rule("sf", "prefer_carriers", ("sf",)),)}),
    ("rule", (SF, YTO), need(), {"rules": (Rule("sf", "score", ("sf",), points=Decimal(50)),)}),
    ("seller_note", (SF, YTO), need(seller_note="发顺丰", buyer_note="要圆通"), {}),
    ("buyer_note", (SF, YTO), need(buyer_note="要顺丰"), {}),
    ("unwanted", (YTO, ZTO), need(buyer_note="不要圆通"), {}),
    ("down", (YTO, ZTO), need(), {"down": {"yto": "it failed"}}),
    ("expedite", ALL, need(expedite=True), {}),
    ("price", (SF, YTO), need(), {}),
    ("promise", (YTO, ZTO), need(), {"strategy": OWN}),
    ("quality", (YTO, replace(ZTO, quality=Decimal("0.9"))), need(), {"strategy": "best_quality"}),
    ("promise", (YTO, service("jd", "6", "1.5", 48)), need(), {}),
    ("priority", (YTO, replace(service("jd", "6", "1.5"), priority=-1)), need(), {}),
    ("name", (YTO, service("jd", "6", "1.5")), need(), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "offered", "asked", "given"), DECIDING, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_deciding_reason_is_named(by, offered, asked, given):
    found = select(offered, asked, **given)
    assert found.decided.by == by and found.decided.why and str(found.decided) in found.explain()


def test_every_option_and_every_rejection_has_a_reason_and_costs_add_up():
    found = select(ALL, need(cod_amount=Decimal(100)), strategy="balanced")
    assert all(option.reasons for option in found.options) and all(one.detail for one in found.rejected)
    assert all(-option.score == sum(cost for _, cost in option.costs) for option in found.options)
    assert [option.carrier for option in found.after(["sf"])] == []
    assert {(one.carrier, one.reason) for one in found.rejected} == {("yto", "cod"), ("zto", "cod")}


# --- limits ----------------------------------------------------------------------------------------------------------

REFUSED = [
    ("platform", need(allowed=frozenset({"sf"}))), ("platform", need(blocked=frozenset({"zto"}))),
    ("currency", need(currency="USD")), ("weight", need(weight_g=20_001)), ("weight", need(weight_g=0)),
    ("size", need(length_mm=801)), ("size", need(length_mm=700, width_mm=700, height_mm=101)),
    ("goods_class", need(goods_class="liquid")), ("cod", need(cod_amount=Decimal(1))),
    ("unknown_province", need("某省")), ("no_province", need(None)), ("not_served", need("澳门")),
]  # fmt: skip


@pytest.mark.fault(61)
@pytest.mark.parametrize(("reason", "asked"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_every_limit_names_its_reason_and_nobody_left_is_a_typed_error(reason, asked):
    found = select([ZTO], asked)
    assert [one.reason for one in found.rejected] == [reason] and found.objection == reason
    with pytest.raises(NoCarrier) as failure:
        found.best()
    assert (failure.value.code, failure.value.sub_code) == ("no_carrier", reason)
    assert "zto/standard" in failure.value.message and "李四" not in failure.value.message


def test_pauses_by_place_and_day_and_the_limits_that_have_no_other_test():
    for pause, asked, reason in (
        (Pause(("广东省",)), need(), "area_suspended"),
        (Pause((), (), ON, ON), need(), "suspended"),
        (Pause(("广东",), (), date(2026, 1, 16)), need(), None),
        (Pause(("新疆",)), need(), None),
    ):
        found = select([replace(ZTO, pauses=(pause,))], asked)
        assert [one.reason for one in found.rejected] == ([reason] if reason else [])
    rejected = select([SF], need(declared_value=Decimal(20_001))).rejected
    assert [one.reason for one in rejected] == ["declared_value"] and "20001" not in rejected[0].detail
    tested = {reason for reason, _ in REFUSED} | {"area_suspended", "suspended", "declared_value"}
    assert {reason for reason, _ in LIMITS} <= tested


@pytest.mark.fault(61)
def test_a_province_that_no_card_knows_skips_the_carrier_and_names_it():
    narrow = Service(
        replace(YTO.card, zones=(Zone("near", ("浙江",)), Zone("rest", ("上海",)), Zone("none", ("澳门",))))
    )
    found = select((narrow, SF), need("广东"))
    assert found.best().carrier == "sf" and found.rejected[0].reason == "no_zone"
    assert found.decided.by == "only_option"


# --- quality, rests, policy ------------------------------------------------------------------------------------------


def test_learned_quality_counts_by_lane_and_the_merchants_own_figure_where_nothing_was_learned():
    bad = QualityTable(
        {("yto", "浙江", "广东"): Tally(400, 400, 200, 20, 2), ("yto", "浙江", "上海"): Tally(400, 400, 4, 0, 0)}
    )
    given = {"strategy": "balanced", "quality": bad}
    offered = (YTO, replace(ZTO, quality=Decimal("0.8")))
    assert select(offered, need("广东"), **given).best().carrier == "zto"
    assert select(offered, need("上海"), **given).best().carrier == "yto"
    reasons = {option.carrier: option.reasons for option in select(offered, need("广东"), **given).options}
    assert any(reason.endswith("learned") for reason in reasons["yto"]) and "quality 0.8" in reasons["zto"]


@pytest.mark.fault(63)
def test_a_carrier_that_is_down_goes_last_even_when_it_is_asked_for_and_first_when_it_is_the_only_one():
    down = {"sf": "it failed 3 times"}
    found = select(ALL, need(buyer_note="要顺丰", seller_note="发顺丰"), down=down)
    assert [option.carrier for option in found.options] == ["yto", "zto", "sf"]
    prefer = (Rule("first", "prefer_carriers", ("sf",)), Rule("second", "prefer_carriers", ("zto",)))
    assert select(ALL, need(), rules=prefer, down=down).best().carrier == "zto", "the next rule counts"
    assert select(ALL, need(required=frozenset({"sf"})), down=down).best().carrier == "sf"


def test_a_policy_is_read_from_text_and_says_what_is_wrong():
    text = """
    strategy = "balanced"
    [weights]
    price = "1"
    hour = "0.02"
    [[quotas]]
    name = "sf contract"
    carriers = ["顺丰速运"]
    per_day = 500
    when = [{fact = "province", operator = "in", value = ["西藏自治区"]}]
    [[splits]]
    name = "main"
    shares = {yto = 60, "中通快递" = 40}
    [rules]
    name = "carriers"
    vocabulary = "carrier"
    rules = [{name = "no zto", then = [{action = "exclude", carriers = ["zto"]}]}]
    """
    policy = read_selection(text)
    assert policy.quotas[0].carriers == ("sf",) and policy.splits[0].shares == {"yto": 60, "zto": 40}
    assert policy.plan() == Strategy("own", Decimal(1), Decimal("0.02")) and policy.carrier_rules()[0].name == "no zto"
    assert read_selection(policy) is policy and read_selection({}).plan() == "cheapest"
    for bad, told in (
        ({"strategy": "quickest"}, "there is no strategy 'quickest'"),
        ({"quotas": [{"name": "a", "carriers": ["sf"], "per_day": -1}]}, "quotas.0.per_day"),
        ({"splits": [{"name": "a", "shares": {"yto": 1}}]}, "splits.0.shares"),
        ({"splits": [{"name": "a", "shares": {"yto": 1, "zto": 0}}]}, "every part must be above zero"),
        ({"quotas": [{"name": "a", "carriers": ["sf"], "per_day": 1}] * 2}, "two quotas or splits are called a"),
        ({"quotas": [{"name": "a", "carriers": ["sf"], "per_day": 1, "when": [{"fact": "weight_g", "operator": "lt", "value": "x"}]}]}, "not a whole or decimal number"),
        ({"zone": "Mars/Olympus"}, "is not a time zone"),
        ("strategy = ", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError, match=told):
            read_selection(bad)
