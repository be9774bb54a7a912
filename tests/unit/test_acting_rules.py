"""Rules of every vocabulary act: on the route, on the carrier, on what shops show, on who is told; shadows only watch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from fulfil_model import NOW, Bench, order_of
from fulfil_world import Scene

from orderhub.errors import ConfigurationError
from orderhub.fulfil.channel_stock.shown import observe
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.notices import RuledNotifier, decide_notice, notices
from orderhub.models import Outcome
from orderhub.notify import LocalSink
from orderhub.orders.facts import CHANNEL_STOCK, NOTIFICATION, ROUTING
from orderhub.orders.offer_rules import decide_offer, offered
from orderhub.orders.routing import explain_route, route_order
from orderhub.ports import Message
from orderhub.rules import read_rules

HEAD = 'name = "{0}"\nvocabulary = "{0}"\n'


def rules(words: Any, text: str) -> Any:
    return read_rules(HEAD.format(words.name) + text, words)


# --- routing ---

RANKS = """
[[rules]]
name = "nearest"
then = [{action = "lowest", by = "km"}]
[[rules]]
name = "fullest"
then = [{action = "highest", by = "spare"}]
"""


def test_rules_that_rank_choose_a_warehouse_in_the_pipeline() -> None:
    order = order_of()
    far = {("浙江", "sh"): 900, ("浙江", "gz"): 100}
    bench = Bench(order, routing=rules(ROUTING, RANKS), distances_km=far)
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.ok and outcome.value.parcels[0].warehouse == "gz", "against the freight, since a rule says so"
    tied = Bench(order, routing=rules(ROUTING, RANKS))
    assert tied.run(fulfil_orders(tied.plan, [order]))[0].value.parcels[0].warehouse == "sh", "nothing told them apart"


def test_only_warehouses_that_have_everything_are_ranked() -> None:
    order = order_of(skus=(("A", 6),))
    found = route_order(rules(ROUTING, RANKS), order, NOW, candidates={})
    assert found is None
    why = explain_route(rules(ROUTING, RANKS), order, NOW, candidates={"gz": {"km": 5}, "sh": {"km": 9}})
    assert why.outcome == "gz" and "nearest" in str(why)


def test_a_shadowed_route_is_told_and_does_nothing() -> None:
    text = """
    [[rules]]
    name = "trial"
    shadow = true
    then = [{action = "assign", to = "gz", kind = "warehouse"}]
    [[rules]]
    name = "real"
    then = [{action = "assign", to = "sh", kind = "warehouse"}]
    """
    order = order_of()
    route = route_order(rules(ROUTING, text), order, NOW)
    assert route is not None and (route.to, route.rule, route.would) == ("sh", "real", "gz")
    bench = Bench(order, routing=rules(ROUTING, text))
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].value.parcels[0].warehouse == "sh"


# --- what shops show ---

UNITS = st.integers(0, 500)


@given(UNITS, UNITS, UNITS, st.integers(0, 150), st.booleans())
def test_offers_are_never_more_than_there_is(there: int, cap: int, buffer: int, share: int, hide: bool) -> None:
    text = f"""
    [[rules]]
    name = "some"
    then = [{{action = "cap", units = {cap}}}, {{action = "buffer", units = {buffer}}},
            {{action = "share", percentage = {share}}}{', {action = "hide"}' if hide else ""}]
    """
    decision = decide_offer(rules(CHANNEL_STOCK, text), shop="taobao:tb-1", sku="A", available=there)
    expected = 0 if hide else min(max(0, min(there, cap) - buffer), max(0, min(there, cap) - buffer) * share // 100)
    assert offered(decision, there) == expected <= there


def test_offers_are_shaped_by_shop_day_and_sales() -> None:
    text = """
    [[rules]]
    name = "scarce"
    when = [{fact = "available", operator = "lt", value = 4}]
    then = [{action = "hide"}]
    [[rules]]
    name = "festival"
    when = [{fact = "date", value = 2026-11-11}, {fact = "platform", value = "jd"}]
    then = [{action = "share", percentage = 50}]
    [[rules]]
    name = "slow"
    when = [{fact = "sold_per_day", operator = "known", value = false}]
    then = [{action = "cap", units = 8}]
    [[rules]]
    name = "trial"
    shadow = true
    then = [{action = "hide"}]
    """
    given_rules = rules(CHANNEL_STOCK, text)
    bench = Bench(order_of(), offers=given_rules)
    view = bench.run(observe(bench.plan, ("taobao:tb-1", "jd:1")))
    assert view.shown("taobao:tb-1", "A").quantity == 8, "ten units in two warehouses, capped"
    assert view.shown("jd:1", "A").quantity == 5
    assert [one.rule for one in view.decision("jd:1", "A").shadowed] == ["trial"]
    assert view.shown("jd:1", "nothing").quantity is None, "what is not known stays so"
    few = decide_offer(given_rules, shop="jd:1", sku="A", available=3, on=date(2026, 1, 1), sold_per_day=Decimal(1))
    assert offered(few, 3) == 0 and "scarce" in str(few.explain())
    plain = Bench(order_of())
    assert plain.run(observe(plain.plan, ("jd:1",))).shown("jd:1", "A").quantity == 10


# --- who is told ---

TELL = """
[[rules]]
name = "dear ones to the desk too"
when = [{fact = "event", value = "order_shipped"}, {fact = "total", operator = "ge", value = 100}]
then = [{action = "tell", template = "order_shipped", to = "buyer"},
        {action = "tell", template = "order_shipped", to = "desk", channel = "work"}]
[[rules]]
name = "no alerts about notes"
when = [{fact = "event", value = "staff_alert"}, {fact = "code", value = "buyer_note"}]
then = [{action = "silence"}]
[[rules]]
name = "trial"
shadow = true
when = [{fact = "event", value = "order_shipped"}]
then = [{action = "silence"}]
"""


class Stores:
    """Orders by key and what was written to their timelines."""

    def __init__(self, *orders: Any) -> None:
        self.orders, self.events = {order.key: order for order in orders}, list[Any]()

    def find_orders(self, query: Any) -> list[Any]:
        return [self.orders[key] for key in query.keys if key in self.orders]

    def put_events(self, events: Sequence[Any]) -> None:
        self.events += events


class Still:
    """A clock that stands."""

    def now(self) -> Any:
        return NOW


def shipped(order: Any) -> Message:
    values = {"order": order.order_id, "carrier": "sf", "waybill_no": "SF1"}
    return Message(f"order_shipped:{order.key}:SF1", "local", order.key, "order_shipped", values)


def alert(order: Any, code: str) -> Message:
    values = {"code": code, "order": order.key, "message": "look"}
    return Message(f"staff_alert:{order.key}:{code}:1", "local", "staff", "staff_alert", values)


def test_rules_choose_who_is_told_and_what_is_not() -> None:
    cheap, dear = order_of("1"), order_of("2", total=Decimal(200))
    sink, stores = LocalSink(), Stores(cheap, dear)
    notifier = RuledNotifier(sink, rules(NOTIFICATION, TELL), stores, Still())  # type: ignore[arg-type]
    messages = [shipped(cheap), shipped(dear), alert(cheap, "buyer_note"), alert(cheap, "price_low")]
    outcomes = notifier.send(messages)
    assert [one.reason for one in outcomes] == [None, None, "silenced", None] and all(one.ok for one in outcomes)
    assert [one.key for one in outcomes] == [message.key for message in messages]
    assert [(one.to, one.template) for one in sink.sent] == [
        (cheap.key, "order_shipped"), (dear.key, "order_shipped"), ("desk", "order_shipped"), ("staff", "staff_alert"),
    ]  # fmt: skip
    assert [one.reason for one in notifier.send(messages)] == [
        "already_done",
        "already_done",
        "silenced",
        "already_done",
    ]
    assert len(sink.sent) == 4, "each is said once"
    assert {(event.key, event.what) for event in stores.events} == {(cheap.key, "would"), (dear.key, "would")}
    assert "trial: silence" in stores.events[0].detail["would"]


def test_the_first_of_several_messages_that_fails_is_told() -> None:
    class Broken(LocalSink):
        def send(self, messages: Sequence[Message]) -> list[Outcome[None]]:
            return [
                Outcome(message.to != "desk", message.key, None if message.to != "desk" else "refused")
                for message in messages
            ]

    dear = order_of("2", total=Decimal(200))
    notifier = RuledNotifier(Broken(), rules(NOTIFICATION, TELL), Stores(dear), Still())  # type: ignore[arg-type]
    [told] = notifier.send([shipped(dear)])
    assert (told.ok, told.reason, told.key) == (False, "refused", shipped(dear).key)


def test_an_event_without_an_order_meets_only_rules_that_ask_for_nothing_of_it() -> None:
    decision = decide_notice(rules(NOTIFICATION, TELL), None, "stock_alert", "low", NOW)
    message = Message("k", "local", "staff", "stock_alert", {"code": "low"})
    assert notices(decision, message) == [message]


# --- all of them, through a hub ---

TEAM = """
[[rules]]
name = "night shift"
then = [{action = "assign", to = "night", kind = "team", waits = true}]
"""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene("taobao", tmp_path)


def test_a_hub_acts_on_every_vocabulary_and_explains_each(scene: Scene) -> None:
    first, second = scene.orders(2)
    shop = f"{first.platform}:{first.shop_id}"
    made = scene.world.shops()
    plan = {
        "routing": HEAD.format("routing") + TEAM,
        "notification": HEAD.format("notification") + TELL.replace("ge\", value = 100", "ge\", value = 0"),
        "offers": HEAD.format("channel_stock") + '[[rules]]\nname = "few"\nthen = [{action = "cap", units = 3}]\n',
        "rules": HEAD.format("carrier") + '[[rules]]\nname = "sf"\nthen = [{action = "restrict", carriers = ["sf"]}]\n',
    }  # fmt: skip
    from fulfil_world import CARDS, WAREHOUSES

    import orderhub

    scene.hub.close()
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    carriers = [
        {names.get(k, k): v for k, v in row.items() if k != "token_url"} for row in scene.world.carrier_accounts()
    ]
    sink = LocalSink()
    with orderhub.Hub(shops=made, warehouses=WAREHOUSES, carriers=carriers, database=scene.database, notifier=sink,
                      clock=scene.world.clock, transport=scene.world.transport(), rate_cards=[CARDS], plan=plan) as hub:  # fmt: skip
        [told] = hub.fulfil([first.key])
        assert (told.ok, told.reason) == (False, "awaiting_team") and "allowed instead" in told.error.message
        assert [one.to for one in sink.sent] == ["night"], "told once"
        hub.fulfil([first.key])
        assert len(sink.sent) == 1
        assert hub.acknowledge(first.key, who="anna").ok
        [told] = hub.fulfil([first.key])
        assert told.ok and told.value.parcels[0].carrier == "sf"
        assert [one.to for one in sink.sent[1:]] == [first.key, "desk"]
        assert "routed" in [entry.what for entry in hub.timeline(first.key)]
        outcomes = hub.push_stock()
        assert outcomes and all(outcome.value <= 3 for outcome in outcomes if outcome.ok)
        for about, rule in (
            ("routing", "night shift"),
            ("carrier", "sf"),
            ("notification", "dear ones to the desk too"),
        ):
            assert f"rule {rule}" in str(hub.explain(second.key, about)), about
        assert hub.explain(second.key, "audit") is None
        sku = next(line.sku for line in first.lines if line.sku)
        assert "rule few" in str(hub.explain_offer(shop, hub.ops.plan.sku_of(first, first.lines[0]) or sku))


def test_a_plan_refuses_rules_in_the_words_of_another_vocabulary() -> None:
    with pytest.raises(ConfigurationError, match="channel_stock"):
        FulfilPlan.of(_settings(), (), (), offers=HEAD.format("routing") + TEAM)


def _settings() -> Any:
    from orderhub.hub.settings import HubSettings

    return HubSettings()
