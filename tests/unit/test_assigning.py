"""Who takes an order: by rules, told once, acknowledged, escalated in silence; presale by what is owed."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

import fulfil_model
from fulfil_model import Bench, order_of

from orderhub.fulfil.assigning import acknowledge, assign_orders, escalate_orders
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.orders.facts import ROUTING
from orderhub.orders.presale import presale_of
from orderhub.rules import read_rules

RULES = read_rules("""
vocabulary = "routing"
mode = "first"
name = "routing"
[[rules]]
name = "south"
when = [{fact = "province", value = "浙江省"}]
then = [{action = "assign", to = "gz", kind = "warehouse"}]
[[rules]]
name = "rest"
then = [{action = "assign", to = "night-shift", kind = "team"}]
""", ROUTING)  # fmt: skip


def test_a_team_is_told_once_and_its_silence_escalates(monkeypatch: pytest.MonkeyPatch) -> None:
    order = order_of(recipient=fulfil_model.ELSEWHERE)
    bench = Bench(order, routing=RULES, patience_minutes=30, escalate_to="boss")
    assert bench.run(assign_orders(bench.plan, [order], dry_run=True))[0].reason == "dry_run" and not bench.sink.sent
    assert bench.run(acknowledge(order.key, "anna")).reason == "not_assigned"
    [told] = bench.run(assign_orders(bench.plan, [order]))
    assert (told.value.to, told.value.kind, told.value.rule) == ("night-shift", "team", "rest")
    assert bench.run(assign_orders(bench.plan, [order]))[0].reason == "already_done" and len(bench.sink.sent) == 1
    assert bench.run(escalate_orders(bench.plan, [order.key])) == []
    for minutes, messages in ((31, 2), (40, 2), (61, 3)):
        monkeypatch.setattr(fulfil_model, "NOW", told.value.told_at + timedelta(minutes=minutes))
        bench.run(escalate_orders(bench.plan, [order.key]))
        assert len(bench.sink.sent) == messages
    assert bench.sink.sent[-1].to == "boss"
    assert bench.run(acknowledge(order.key, "anna")).value.acknowledged_by == "anna"
    assert bench.run(acknowledge(order.key, "bo")).value.acknowledged_by == "anna"
    monkeypatch.setattr(fulfil_model, "NOW", told.value.told_at + timedelta(days=1))
    assert bench.run(escalate_orders(bench.plan, [order.key])) == []


def test_an_order_ships_from_the_warehouse_that_rules_name() -> None:
    order = order_of()
    bench = Bench(order, routing=RULES)
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.ok and outcome.value.parcels[0].warehouse == "gz"
    free = Bench(order)
    assert free.run(fulfil_orders(free.plan, [order]))[0].value.parcels[0].warehouse == "sh"
    none = Bench(order)
    assert none.run(assign_orders(none.plan, [order]))[0].reason == "no_rule"


@pytest.mark.parametrize(("changes", "stage", "tail"), [
    ({}, "none", None), ({"holds": {"presale"}, "payment_status": "unpaid", "paid": Decimal(0)}, "deposit_due", 20),
    ({"holds": {"deposit_only"}, "payment_status": "partially_paid", "paid": Decimal(5)}, "tail_due", 15),
    ({"labels": ("presale",), "payment_status": "paid"}, "paid", 0),
    ({"labels": ("presale",), "payment_status": "unknown", "paid": None}, "unknown", None),
])  # fmt: skip
def test_presale_stages(changes: dict[str, Any], stage: str, tail: int | None) -> None:
    found = presale_of(order_of(**{"paid": Decimal(20), **changes}))
    assert (found.stage, found.tail, found.may_ship) == (stage, tail, stage in ("none", "paid"))
