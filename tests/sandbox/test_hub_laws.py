"""Laws over every command of the hub: rehearsals change nothing, refusals change nothing and say what can be done."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count as numbers_from
from pathlib import Path
from typing import Any

import pytest
from fulfil_world import Scene

from orderhub import Hub
from orderhub.errors import Conflict
from orderhub.fulfil.record import load_record, save_record
from orderhub.fulfil.states import ASSIGNMENT, HOLD, ORDER
from orderhub.hub.command import command, streaming
from orderhub.hub.notices import RuledNotifier
from orderhub.models import Address, Outcome, PushMessage, Recipient, Refund
from orderhub.orders.aftersales import stage_of
from orderhub.orders.aftersales_table import GUARDS as CASE_GUARDS
from orderhub.orders.aftersales_table import KINDS
from orderhub.orders.inspection import Inspected
from orderhub.ports import OrderQuery
from orderhub.testing.orders import at

PERSON = Recipient(name="李四", phone="13900001234", address=Address(
    country="CN", province="广东省", city="广州市", district="天河区", street="体育西路9号"))  # fmt: skip
READS = frozenset("""
    health orders merge_candidates standing stock_outlook aftersales quarantined page iter_orders count search refunds
    view timeline filters export_person audit explain_audit export_skus unmapped goods mapping suspicions same_orders
    queue purchases stock_promises parked parcels incidents progress customer_timeline explain explain_offer explain_case
    refuse_reasons invoice_requests carrier_health carrier_options carrier_quality carrier_shares
    event_hooks parked_events
    settle notices analytics report export_segment waybill_accounts print_payloads print_tasks print_labels print_slips print_picks
""".split())  # fmt: skip
"""Commands that read."""
COUNTS = frozenset({"lookup"})
"""Reads that count how often strangers ask: they are not rehearsed."""
ELSEWHERE = frozenset("""
    agree_refund refuse_refund agree_return confirm_return refuse_return ship_exchange answer_cases receive_return
    order_purchase receive_purchase reschedule_purchase close_purchase receive receive_tracking reseal reserve_orders
    learn_quality notify deliver_notices settle_notice opt_out opt_in consent deliver_events replay_events
""".split())  # fmt: skip
"""Writing commands with a rehearsal of their own, under the tests of their rooms; here only that they have one."""

ROUTES = """
name = "takers"
vocabulary = "routing"
[[rules]]
name = "all"
then = [{action = "assign", to = "desk", kind = "team"}]
"""


def verbs() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in reversed(Hub.__mro__):
        found |= {name: verb for name, verb in vars(kind).items() if isinstance(verb, command | streaming)}
    return found


WRITES = sorted(set(verbs()) - READS - COUNTS)


def test_every_command_reads_or_can_be_rehearsed() -> None:
    """A new command is named in READS, or takes `dry_run` and has its call in CALLS."""
    for name, verb in verbs().items():
        assert (name in READS | COUNTS) != ("dry_run" in inspect.signature(verb._method).parameters), name
    assert set(WRITES) == set(CALLS) | ELSEWHERE


class Stage(Scene):
    """A shop with orders, one of them shipped, some of them troubled, and a hub over one file."""

    def __init__(self, folder: Path) -> None:
        super().__init__("taobao", folder)
        self.path = folder / "hub.db"
        found = sorted(self.orders(8), key=lambda order: -sum(line.quantity for line in order.lines))[:5]
        self.second, self.first, self.third, self.sent, self.spare = (order.key for order in found)
        plan = self.hub.ops.plan
        from orderhub.orders.facts import ROUTING
        from orderhub.rules import read_rules

        self.hub.ops.plan = replace(plan, routing=read_rules(ROUTES, ROUTING), patience_minutes=0)
        assert self.hub.fulfil([self.sent])[0].ok
        self.order = next(order for order in found if order.key == self.first)

    def state(self, *, timeline: bool = True) -> dict[str, Any]:
        """Everything that is kept anywhere: the file's tables, the platform, the carrier, what was said."""
        with sqlite3.connect(self.path) as file:
            names = [row[0] for row in file.execute("select name from sqlite_master where type = 'table'")]
            kept = {
                name: sorted(map(repr, file.execute(f'select * from "{name}"')))
                for name in names if "token" not in name and (timeline or "event" not in name)
            }  # fmt: skip
        native = [self.world.control("GET", f"/_sandbox/taobao/orders/{row['order_id']}", {}, None)[1]
                  for row in self.world.control("GET", "/_sandbox/taobao/orders", {}, None)[1]]  # fmt: skip
        stock = self.world.control("GET", "/_sandbox/taobao/stock", {}, None)[1]
        return {**kept, "native": native, "shelf": stock, "waybills": self.waybills(), "said": list(self.sink.sent)}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("laws"))
    yield made
    made.hub.close()


Call = Callable[[Stage, dict[str, Any]], Any]
NUMBERS = numbers_from()


def _shop(stage: Stage) -> str:
    return next(iter(stage.hub.shops))


CALLS: dict[str, Call] = {
    "sync": lambda s, d: s.hub.sync(**d),
    "replay": lambda s, d: s.hub.replay(**d),
    "backfill": lambda s, d: s.hub.backfill(since=s.world.now().replace(hour=0), **d),
    "audit_gaps": lambda s, d: s.hub.audit_gaps(repair=True, **d),
    "receive_decoded": lambda s, d: s.hub.receive_decoded(
        _shop(s), [PushMessage(message_id=f"m{next(NUMBERS)}", topic="trade", order_ids=(s.order.order_id,))], **d),
    "refetch": lambda s, d: s.hub.refetch(**d),
    "pull_messages": lambda s, d: s.hub.pull_messages(**d),
    "fulfil": lambda s, d: s.hub.fulfil([s.third], **d),
    "cancel": lambda s, d: s.hub.cancel(s.first, **d),
    "intercept": lambda s, d: s.hub.intercept(s.sent, **d),
    "reopen": lambda s, d: s.hub.reopen(s.first, **d),
    "change_address": lambda s, d: s.hub.change_address(s.second, PERSON, **d),
    "split": lambda s, d: s.hub.split(s.second, parts_of(s), **d),
    "merge": lambda s, d: s.hub.merge([s.first, s.second], **d),
    "rejoin": lambda s, d: s.hub.rejoin(s.second, **d),
    "assign": lambda s, d: s.hub.assign([s.spare], **d),
    "acknowledge": lambda s, d: s.hub.acknowledge(s.second, who="anna", **d),
    "escalate": lambda s, d: s.hub.escalate([s.third], **d),
    "push_stock": lambda s, d: s.hub.push_stock(**d),
    "reconcile_stock": lambda s, d: s.hub.reconcile_stock(heal=True, **d),
    "stock_alerts": lambda s, d: s.hub.stock_alerts(**d),
    "track": lambda s, d: s.hub.track(**d),
    "tag": lambda s, d: s.hub.tag([s.first], add=["vip"], **d),
    "note": lambda s, d: s.hub.note(s.first, "called", who="anna", **d),
    "save_filter": lambda s, d: s.hub.save_filter("mine", OrderQuery(), **d),
    "drop_filter": lambda s, d: s.hub.drop_filter("mine", **d),
    "erase_person": lambda s, d: s.hub.erase_person(buyer=s.order.buyer.buyer_id or s.order.buyer.nickname, force=True, **d),
    "purge": lambda s, d: s.hub.purge({"taobao": 0}, **d),
    "alert_findings": lambda s, d: s.hub.alert_findings(**d),
    "resolve": lambda s, d: s.hub.resolve(s.first, code_of(s), "ask", reason="asked the buyer", who="anna", **d),
    "import_skus": lambda s, d: s.hub.import_skus("shop,platform_sku_id,code,sku,quantity\ntaobao:x,1,,A,1\n", **d),
    "map_sku": lambda s, d: s.hub.map_sku(_shop(s), "77", "A", **d),
    "drift": lambda s, d: s.hub.drift(**d),
    "add_order": lambda s, d: s.desk.add_order(
        "file:desk", [{"sku": "CUP", "quantity": 1, "unit_price": Decimal(5)}], name="张三", **d),
    "add_orders": lambda s, d: s.desk.add_orders("file:desk", [counter_row("c1")], **d),
    "book_sales": lambda s, d: s.desk.book_sales(**d),
    "hold": lambda s, d: s.hub.hold([s.first], reason="look", who="anna", **d),
    "release": lambda s, d: s.hub.release([s.first], who="anna", **d),
    "reconcile": lambda s, d: s.hub.reconcile(heal=True, **d),
}  # fmt: skip
"""Writing command -> a call of it that has something to do."""


def parts_of(stage: Stage) -> list[list[tuple[str, int]]]:
    order = stage.hub.orders(keys=[stage.second])[0]
    units = [(line.line_id, 1) for line in order.lines for _ in range(line.quantity)]
    first, *rest = units
    merged: dict[str, int] = {}
    for line_id, count in rest:
        merged[line_id] = merged.get(line_id, 0) + count
    return [[first], list(merged.items())]


def code_of(stage: Stage) -> str:
    return next((rows[0].code for rows in stage.hub.audit([stage.first]).values() if rows), "none")


def counter_row(number: str) -> dict[str, Any]:
    return {"order_id": number, "status": "completed", "sku": "CUP", "quantity": 1, "unit_price": "5.00", "name": "王五",
            "handed_over_at": "sh", "paid": "5.00"}  # fmt: skip


@pytest.fixture(scope="module")
def whole(stage: Stage) -> Stage:
    """The same, with a desk of its own in the same file, and with something for everybody to do."""
    desk = Hub([{"platform": "file", "shop_id": "desk"}], [], database=stage.database, clock=stage.world.clock,
               notifier=stage.sink)  # fmt: skip
    stage.desk = desk  # type: ignore[attr-defined]
    stage.world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 2})
    from orderhub.models import Receive, StockLine

    stage.hub.stock.apply([Receive("cups", (StockLine("CUP", "sh", 5),))])
    return stage


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_rehearsal_changes_nothing(whole: Stage, name: str) -> None:
    prepare(whole, name)
    before = whole.state()
    told = CALLS[name](whole, {"dry_run": True})
    after = whole.state()
    changed = [table for table in before if before[table] != after[table]]
    assert changed == [], f"{name} changed {changed}"
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, Outcome) and one.ok:
            assert one.reason in ("dry_run", "already_done"), (name, one)


def prepare(stage: Stage, name: str) -> None:
    """What must have happened before, so that the command has something to do."""
    if name in ("acknowledge", "escalate"):
        stage.hub.assign([stage.second, stage.third])
    if name == "refetch":
        CALLS["receive_decoded"](stage, {})
    if name in ("release",):
        stage.hub.hold([stage.first], reason="look", who="anna")
    if name == "hold":
        stage.hub.release([stage.first], who="anna")
    if name == "drop_filter":
        stage.hub.save_filter("mine", OrderQuery())
    if name == "book_sales":
        stage.desk.add_orders("file:desk", [counter_row("c0")])  # type: ignore[attr-defined]
    if name == "rejoin":
        assert stage.hub.split(stage.second, parts_of(stage)).ok


IDLE = frozenset({"replay", "pull_messages", "reopen", "merge", "purge", "stock_alerts", "refetch", "reconcile_stock", "resolve",
                  "audit_gaps", "track", "reconcile", "alert_findings", "import_skus", "cancel", "intercept", "rejoin",
                  "change_address", "split", "fulfil", "erase_person"})  # fmt: skip
"""Commands whose effects have tests of their own, or that may find nothing to do here."""


@pytest.mark.parametrize("name", sorted(set(CALLS) - IDLE))
def test_the_same_call_without_rehearsal_does_change_something(whole: Stage, name: str) -> None:
    """So that the law above is about calls that would do something."""
    prepare(whole, name)
    if name == "save_filter":
        whole.hub.drop_filter("mine")
    before = whole.state()
    CALLS[name](whole, {})
    assert whole.state() != before, name


def test_a_rehearsed_run_tells_which_parcels_would_go(tmp_path: Path) -> None:
    scene = Stage(tmp_path)
    try:
        [dry] = scene.hub.fulfil([scene.first], dry_run=True)
        [real] = scene.hub.fulfil([scene.first])
    finally:
        scene.hub.close()
    assert (dry.ok, dry.reason, real.ok) == (True, "dry_run", True)
    pairs = [(row.parcel_id, row.warehouse, row.lines, row.carrier) for row in dry.value.parcels]
    assert pairs == [(row.parcel_id, row.warehouse, row.lines, row.carrier) for row in real.value.parcels]
    assert [row.waybill_no for row in dry.value.parcels] == ["DRY000001"]


# --- refusals ---


def put_state(stage: Stage, key: str, state: str) -> None:
    """Write an order's record as it is in a state."""
    hub = stage.hub
    record = hub.world.run(load_record(key))
    parts = tuple(tuple(part) for part in parts_of(stage)) if state == "split" else ()
    group = (key, stage.third) if state == "merged" else ()
    hub.world.run(save_record(replace(record, parts=parts, group=group, turn=record.turn + 1, parcels=()), state))


COMMANDS: dict[str, Callable[[Stage, str], Any]] = {
    "fulfil": lambda s, key: s.hub.fulfil([key])[0],
    "cancel": lambda s, key: s.hub.cancel(key),
    "intercept": lambda s, key: s.hub.intercept(key),
    "change_address": lambda s, key: s.hub.change_address(key, PERSON),
    "split": lambda s, key: s.hub.split(key, parts_of(s)),
    "merge": lambda s, key: s.hub.merge([key, s.third]),
    "rejoin": lambda s, key: s.hub.rejoin(key),
    "reopen": lambda s, key: s.hub.reopen(key),
}


def refused(told: Outcome[Any], state: str, allowed: tuple[str, ...], command_name: str) -> None:
    """The law: it is an outcome with a reason; its error names the state and what is allowed instead."""
    assert not told.ok and told.reason, told
    assert isinstance(told.error, Conflict) and told.error.code == told.reason
    assert f"state {state}" in told.error.message
    instead = told.error.message.partition("allowed instead: ")[2]
    assert instead == (", ".join(name for name in allowed if name != command_name) or "nothing"), told.error.message


REFUSED = [(state, name) for (state, name), why in sorted(ORDER.guards.items()) if why is not None]


def test_every_refused_command_on_an_order_changes_nothing(stage: Stage) -> None:
    assert set(COMMANDS) == set(ORDER.commands)
    last = None
    for state, name in REFUSED:
        if state != last:
            put_state(stage, stage.second, state)
            before, last = stage.state(timeline=False), state
        told = COMMANDS[name](stage, stage.second)
        refused(told, state, ORDER.allowed_in(state), name)
        if name != "fulfil":
            assert told.reason == ORDER.guards[state, name] or name == "merge", (state, name, told)
        assert stage.state(timeline=False) == before, (state, name)
        newest = stage.hub.timeline(stage.second)[-1]
        assert newest.what == "refused" or name == "merge", "the timeline says so"
    put_state(stage, stage.second, "dropped")


def test_every_refused_hold_and_assignment_changes_nothing(stage: Stage) -> None:
    key = stage.first
    stage.hub.release([key], who="anna")
    tried = {
        ("free", "release"): lambda: stage.hub.release([key], who="anna")[0],
        ("unassigned", "acknowledge"): lambda: stage.hub.acknowledge(key, who="anna"),
        ("unassigned", "escalate"): lambda: stage.hub.escalate([key])[0],
        ("acknowledged", "escalate"): lambda: stage.hub.escalate([key])[0],
    }
    machines = {name: machine for machine in (HOLD, ASSIGNMENT) for name in machine.commands}
    told = {(s, c) for machine in (HOLD, ASSIGNMENT) for (s, c), why in machine.guards.items() if why}
    assert told == set(tried)
    for (state, name), act in tried.items():
        if state == "acknowledged":
            stage.hub.assign([key])
            assert stage.hub.acknowledge(key, who="bo").ok
        before = stage.state(timeline=False)
        refused(act(), state, machines[name].allowed_in(state), name)
        assert stage.state(timeline=False) == before


def test_every_refused_return_changes_nothing(stage: Stage) -> None:
    order = stage.hub.orders(keys=[stage.sent])[0]
    line = order.lines[0]
    tried = set()
    for number, (kind, status, number_back) in enumerate(
        (kind, status, back)
        for kind in KINDS
        for status in ("requested", "in_progress", "refused", "closed", "refunded", "unknown")
        for back in (None, "SF1")
    ):
        case = Refund(platform="taobao", shop_id=order.shop_id, refund_id=f"law{number}", order_id=order.order_id,
                      status=status, kind=kind, currency="CNY", amount=Decimal(1), return_waybill_no=number_back,
                      updated_at=at(1))  # fmt: skip
        stage_word = stage_of(case)
        if CASE_GUARDS[kind, stage_word, "receive"] is None or (kind, stage_word) in tried:
            continue
        tried.add((kind, stage_word))
        stage.hub.stores.put_refunds([case])
        before = stage.state(timeline=False)
        told = stage.hub.receive_return(case.key, [Inspected(line.line_id, 1)], warehouse="sh")
        assert not told.ok and isinstance(told.error, Conflict) and told.error.code == told.reason
        assert f"state {stage_word}" in told.error.message and "allowed instead: " in told.error.message
        assert stage.state(timeline=False) == before, (kind, stage_word)
    assert len(tried) > 12


def test_a_refused_decision_about_a_finding_says_what_the_order_has(stage: Stage) -> None:
    before = stage.state()
    told = stage.hub.resolve(stage.first, "no_such_code", "override", reason="because", who="anna")
    assert (told.ok, told.reason) == (False, "no_such_finding") and isinstance(told.error, Conflict)
    assert "(state " in told.error.message and "allowed instead: " in told.error.message
    assert stage.state() == before


def test_an_order_that_does_not_go_on_says_why_and_what_can_be_done(stage: Stage) -> None:
    stage.hub.hold([stage.first], reason="look", who="anna")
    [told] = stage.hub.fulfil([stage.first])
    refused(told, "new", ORDER.allowed_in("new"), "fulfil")
    assert told.reason == "held"
    assert not isinstance(stage.hub.notifier, RuledNotifier)
