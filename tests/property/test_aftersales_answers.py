"""Answers to cases: the table is complete; no interleaving, death or lost reply pays twice, pays too much, or loses stock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from fulfil_model import UNITS, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.errors import Conflict, ConnectFailed, OrderHubError, OutcomeUnknown
from orderhub.fulfil.aftersales import receive_return
from orderhub.fulfil.aftersales_answers import Answered, Told, answer_case
from orderhub.fulfil.aftersales_record import load_answers
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.record import load_record
from orderhub.inventory import Receive, StockLine
from orderhub.models import AftersaleStatus, Order, Outcome, Refund, RefundKind, Refusal
from orderhub.orders.aftersales import advance
from orderhub.orders.aftersales_answers import ANSWER_GUARDS, ANSWERS, PATHS, answer_refusal, answers_in
from orderhub.orders.aftersales_rules import AFTERSALES
from orderhub.orders.aftersales_table import COMMANDS, KINDS, STAGES
from orderhub.orders.inspection import Inspected
from orderhub.rules import read_rules
from orderhub.testing.orders import at

SKUS = (("A", 3), ("B", 2))
NO = Refusal(text="not so")


def case_of(refund_id: str = "r1", **fields: Any) -> Refund:
    order = order_of(skus=SKUS)
    told: dict[str, Any] = {
        "platform": order.platform, "shop_id": order.shop_id, "refund_id": refund_id, "order_id": order.order_id,
        "status": "requested", "raw_status": "ASKED", "kind": "refund_only", "currency": "CNY",
        "amount": Decimal(10), "updated_at": at(1),
    }  # fmt: skip
    return Refund(**{**told, **fields})


class Counterparty:
    """A platform: each case is answered once, a second answer is refused; `loses` counts replies that get lost."""

    SETTLES = {"agree_refund": "refunded", "refuse_refund": "refused", "agree_return": "in_progress",
               "refuse_return": "refused", "ship_exchange": "closed", "confirm_return": "in_progress"}  # fmt: skip

    def __init__(self, *cases: Refund) -> None:
        self.cases = {case.refund_id: case for case in cases}
        self.answered: dict[str, list[str]] = {}
        self.loses = 0
        self.fails: list[OrderHubError] = []
        self.verbs = set(ANSWERS) | {"get_refund"}
        self.lags = False
        self.paid = Decimal(0)

    def has(self, verb: str) -> bool:
        return verb in self.verbs

    def get_refund(self, refund_id: str) -> Refund:
        return self.cases[refund_id]

    def __getattr__(self, verb: str) -> Any:
        if verb not in ANSWERS:
            raise AttributeError(verb)
        return lambda case, *given, **named: self._answer(verb, case)

    def _answer(self, verb: str, case: Refund) -> Outcome[None]:
        if self.fails:
            return Outcome.failed(case.key, self.fails.pop(0))
        done = self.answered.setdefault(case.refund_id, [])
        if verb in done:
            return Outcome(True, case.key, "already_done")
        if done:
            return Outcome.failed(case.key, Conflict("no", code="no"), "wrong_state")
        done.append(verb)
        if verb == "agree_refund":
            self.paid += case.amount or Decimal(0)
        if not self.lags:
            self.cases[case.refund_id] = case.model_copy(update={
                "status": AftersaleStatus(self.SETTLES[verb]), "raw_status": verb, "updated_at": at(2)})  # fmt: skip
        if self.loses:
            self.loses -= 1
            return Outcome.failed(case.key, OutcomeUnknown("lost"))
        return Outcome(True, case.key)


class Desk(Bench):
    """A hub's room with one shop whose cases are answered."""

    def __init__(self, order: Order, *cases: Refund, **plan: Any) -> None:
        super().__init__(order, **plan)
        self.order, self.platform = order, Counterparty(*cases)
        self.ports["shop:taobao:tb-1"] = self.platform
        self.stores.put_refunds(list(cases))

    def answer(self, case: Refund, told: Told, **more: Any) -> Any:
        return answer_case(self.plan, self.order, self.stored(case), told, **more)

    def stored(self, case: Refund) -> Refund:
        return next(one for one in self.stores.find_refunds() if one.key == case.key)

    def state(self) -> Any:
        levels = [(level.sku, level.warehouse, level.on_hand, level.reserved) for level in self.stock.levels()]
        return sorted(levels), {key: list(value) for key, value in self.platform.answered.items()}


def test_every_kind_stage_and_answer_is_allowed_or_refused_with_a_reason() -> None:
    assert set(ANSWER_GUARDS) == {(kind, stage, verb) for kind in KINDS for stage in STAGES for verb in ANSWERS}
    for (kind, stage, verb), reason in ANSWER_GUARDS.items():
        assert (reason is None) == ((kind, stage, verb) in PATHS) == (verb in answers_in(kind, stage))
        if reason is None:
            after = PATHS[kind, stage, verb]
            one = {advance(kind, stage, command) for command in COMMANDS}
            two = {advance(kind, middle, command) for middle in one - {None} for command in COMMANDS}
            assert after in one | two | {stage}, "an answer is a way through the case's own table"
            continue
        told = answer_refusal(case_of(kind=kind), stage, verb)
        for word in (verb, reason, kind, f"state {stage}", *(answers_in(kind, stage) or ("nothing",))):
            assert word in str(told.error)
    for verb in ANSWERS:
        assert any(where == verb for _, _, where in PATHS), f"{verb} is of no use"
    assert not any(kind == "unknown" for kind, _, _ in PATHS)


GIVEN: dict[str, Told] = {
    "agree_refund": Told("agree_refund"), "refuse_refund": Told("refuse_refund", (NO,)),
    "agree_return": Told("agree_return", (None,)), "confirm_return": Told("confirm_return"),
    "refuse_return": Told("refuse_return", (NO,)), "ship_exchange": Told("ship_exchange", ("sf", "SF1"), {}, "sh"),
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind.value for kind in RefundKind])
@pytest.mark.parametrize("status", [status.value for status in AftersaleStatus])
def test_whatever_a_case_is_an_answer_is_told_once_or_refused_and_changes_nothing(kind: str, status: str) -> None:
    for waybill in (None, "SF9"):
        for verb, told in GIVEN.items():
            case = case_of(kind=kind, status=status, return_waybill_no=waybill)
            desk = Desk(order_of(skus=SKUS), case)
            before = desk.state()
            dry = desk.run(desk.answer(case, told, dry_run=True))
            assert desk.state() == before and desk.run(load_answers(desk.order.key)).rows == {}
            outcome = desk.run(desk.answer(case, told))
            if not outcome.ok:
                assert dry == outcome or dry.reason == outcome.reason
                assert desk.state() == before and isinstance(outcome.error, Conflict)
                assert f"{verb} of {case.key}" in str(outcome.error) and "allowed instead" in str(outcome.error)
                continue
            assert dry.reason == "dry_run" and isinstance(dry.value, Answered)
            assert desk.platform.answered == {case.refund_id: [verb]}
            again = desk.run(desk.answer(case, told))
            assert (again.ok, again.reason) == (True, "already_done"), again
            assert desk.platform.answered == {case.refund_id: [verb]}


AMOUNTS = st.integers(0, 60).map(Decimal)


@pytest.mark.fault(54)
@settings(max_examples=150, deadline=None)
@given(
    st.lists(AMOUNTS, min_size=2, max_size=3), st.lists(st.integers(0, 2), max_size=30), st.integers(0, 2), st.booleans(),
    st.one_of(st.none(), st.integers(0, 50).map(Decimal)),
)  # fmt: skip
def test_cases_of_one_order_never_get_more_than_was_paid(
    amounts: list[Decimal], turns: list[int], losses: int, lags: bool, refunded: Decimal | None
) -> None:
    order = order_of(skus=SKUS, refunded=refunded)
    cases = [case_of(f"r{n}", amount=amount) for n, amount in enumerate(amounts)]
    desk = Desk(order, *cases)
    desk.platform.loses, desk.platform.lags = losses, lags
    told = [*cases, cases[0]]
    outcomes = desk.race(*(desk.answer(case, GIVEN["agree_refund"]) for case in told), choose=iter(turns))
    assert (refunded or 0) + desk.platform.paid <= (order.paid or 0), "no more goes back than came"
    for _ in range(2):
        outcomes = [desk.run(desk.answer(case, GIVEN["agree_refund"])) for case in told]
    assert (refunded or 0) + desk.platform.paid <= (order.paid or 0)
    for case, outcome in zip(told, outcomes, strict=True):
        verbs = desk.platform.answered.get(case.refund_id, [])
        assert verbs == (["agree_refund"] if outcome.ok else []), (case, outcome)
        assert outcome.ok or outcome.reason == "exceeds_paid"


@pytest.mark.parametrize(
    ("order", "case", "reason"),
    [
        ({"paid": None}, {}, "paid_unknown"), ({}, {"amount": None}, "amount_unknown"),
        ({}, {"currency": "USD"}, "currency_differs"), ({"refunded": Decimal(45)}, {}, "exceeds_paid"),
        ({}, {"amount": Decimal(51)}, "exceeds_paid"),
    ],
)  # fmt: skip
def test_money_that_cannot_be_is_not_promised(order: dict[str, Any], case: dict[str, Any], reason: str) -> None:
    desk = Desk(order_of(skus=SKUS, **order), case_of(**case))
    outcome = desk.run(desk.answer(case_of(**case), GIVEN["agree_refund"]))
    assert (outcome.ok, outcome.reason, desk.platform.answered) == (False, reason, {})
    seen = Desk(order_of(skus=SKUS), case_of(), case_of("r0", status="refunded", amount=Decimal(45)))
    assert seen.run(seen.answer(case_of(), GIVEN["agree_refund"])).reason == "exceeds_paid"


class Killed(BaseException):
    """The process is gone."""


def killed_after(desk: Desk, steps: int, operation: Any) -> bool:
    """Whether the process died: after so many steps, or it had fewer."""
    perform, done = desk._perform, 0

    def counted(step: Any) -> Any:
        nonlocal done
        if done == steps:
            raise Killed
        done += 1
        return perform(step)

    desk._perform = counted  # type: ignore[method-assign]
    with suppress(Killed):
        desk.run(operation)
    desk._perform = perform  # type: ignore[method-assign]
    return done == steps


@pytest.mark.parametrize("loses", [0, 1])
@pytest.mark.parametrize("steps", range(0, 30, 1))
def test_killed_after_any_step_money_goes_once_and_what_waits_for_a_courier_stays(steps: int, loses: int) -> None:
    order = order_of(skus=SKUS)
    desk = Desk(order, case_of(amount=Decimal(50)))
    desk.platform.ship = lambda dispatches: (_ for _ in ()).throw(ConnectFailed("down"))  # type: ignore[attr-defined]
    [held] = desk.run(fulfil_orders(desk.plan, [order]))
    assert not held.ok and desk.units() == (0, 5) and len(desk.carrier.live) == 1
    desk.run(_back_to_labelled(desk, order))
    desk.platform.loses = loses
    killed_after(desk, steps, desk.answer(case_of(), GIVEN["agree_refund"]))
    for _ in range(2):
        outcome = desk.run(desk.answer(case_of(), GIVEN["agree_refund"]))
    assert outcome.ok and desk.platform.answered == {"r1": ["agree_refund"]} and desk.platform.paid == 50
    assert desk.units() == (0, 0) and desk.carrier.live == []
    assert desk.run(load_record(order.key)).state == "dropped"


def _back_to_labelled(desk: Desk, order: Order) -> Any:
    """As it stands when the courier's label is made and nobody was told."""
    import json

    desk.lawful = False
    cursor = desk.stores.get_cursor(f"fulfil:{order.key}")
    found = json.loads(cursor.position or "{}")
    desk.stores.put_cursor(cursor, json.dumps({**found, "state": "labelled"}))
    desk.lawful = True
    yield from ()


@pytest.mark.parametrize("loses", [0, 1])
@pytest.mark.parametrize("steps", range(0, 20, 1))
def test_killed_after_any_step_an_exchange_leaves_once_with_its_goods(steps: int, loses: int) -> None:
    case = case_of(kind="exchange", status="in_progress", lines=(("1-0", 2, None),))
    desk = Desk(order_of(skus=SKUS), case)
    desk.platform.loses = loses
    killed_after(desk, steps, desk.answer(case, GIVEN["ship_exchange"]))
    for _ in range(2):
        outcome = desk.run(desk.answer(case, GIVEN["ship_exchange"]))
    assert outcome.ok and desk.platform.answered == {"r1": ["ship_exchange"]}
    level = desk.stock.level("A", "sh")
    assert (level.on_hand, level.reserved) == (UNITS - 2, 0)
    other = desk.run(desk.answer(case, Told("ship_exchange", ("sf", "SF2"), {}, "sh")))
    assert not other.ok and desk.stock.level("A", "sh").on_hand == UNITS - 2


def test_an_exchange_without_stock_is_told_to_nobody_and_a_refused_one_gives_its_goods_back() -> None:
    case = case_of(kind="exchange", status="in_progress")
    desk = Desk(order_of(skus=SKUS), case)
    before = desk.state()
    for goods, reason in (({"A": 99}, "insufficient_stock"), (None, None)):
        told = Told("ship_exchange", ("sf", "SF1"), {}, "sh", goods)
        if reason is None:
            desk.platform.fails = [Conflict("no", code="no")]
        outcome = desk.run(desk.answer(case, told))
        assert not outcome.ok and outcome.reason == (reason or "conflict")
        assert desk.state()[0] == before[0] and not desk.platform.answered.get("r1")
    outcome = desk.run(desk.answer(case, GIVEN["ship_exchange"]))
    assert outcome.ok and desk.stock.level("A", "sh").on_hand == UNITS - 3, "a refusal is no end"
    assert desk.stock.level("B", "sh").on_hand == UNITS - 2
    for told, reason in (
        (Told("ship_exchange", ("sf", "SF1")), "unknown_warehouse"),
        (Told("ship_exchange", ("sf", "SF1"), {}, "nowhere"), "unknown_warehouse"),
    ):
        fresh = Desk(order_of(skus=SKUS), case)
        assert fresh.run(fresh.answer(case, told)).reason == reason
    bare = order_of(skus=SKUS)
    bare = bare.model_copy(update={"lines": tuple(line.model_copy(update={"sku": None}) for line in bare.lines)})
    nameless = Desk(bare, case)
    assert nameless.run(nameless.answer(case, GIVEN["ship_exchange"])).reason == "unmapped_sku"
    elsewhere = Told("ship_exchange", ("sf", "SF1"), {}, None, {})
    assert nameless.run(nameless.answer(case, elsewhere)).ok, "stock that is kept elsewhere is not looked for"


def test_an_answer_that_may_have_been_told_bars_every_other_one() -> None:
    desk = Desk(order_of(skus=SKUS), case_of())
    desk.platform.loses = 1
    lost = desk.run(desk.answer(case_of(), GIVEN["agree_refund"]))
    assert (lost.ok, lost.reason) == (False, "outcome_unknown")
    barred = desk.run(desk.answer(case_of(), GIVEN["refuse_refund"]))
    assert barred.reason == "answer_under_way" and desk.platform.answered == {"r1": ["agree_refund"]}
    desk.platform.fails = [ConnectFailed("down")]
    assert not desk.run(desk.answer(case_of(), GIVEN["agree_refund"])).ok
    assert desk.run(desk.answer(case_of(), GIVEN["refuse_refund"])).reason == "answer_under_way"
    assert desk.run(desk.answer(case_of(), GIVEN["agree_refund"])).ok and desk.platform.paid == 10


def test_what_failed_before_it_was_sent_may_be_answered_otherwise() -> None:
    for error in (ConnectFailed("down"), Conflict("no", code="no")):
        desk = Desk(order_of(skus=SKUS), case_of())
        desk.platform.fails = [error]
        assert not desk.run(desk.answer(case_of(), GIVEN["agree_refund"])).ok
        assert desk.run(desk.answer(case_of(), GIVEN["refuse_refund"])).ok
        assert desk.platform.answered == {"r1": ["refuse_refund"]}


def test_a_buyer_who_asks_again_is_answered_again() -> None:
    desk = Desk(order_of(skus=SKUS), case_of())
    assert desk.run(desk.answer(case_of(), GIVEN["refuse_refund"])).ok
    assert desk.stored(case_of()).status is AftersaleStatus.REFUSED
    once_more = case_of(updated_at=at(9))
    desk.stores.put_refunds([once_more])
    desk.platform.answered.clear()
    assert desk.run(desk.answer(once_more, GIVEN["refuse_refund"])).reason is None
    assert desk.platform.answered == {"r1": ["refuse_refund"]}


def test_a_shop_that_cannot_is_not_asked() -> None:
    desk = Desk(order_of(skus=SKUS), case_of())
    desk.platform.verbs = {"get_refund"}
    outcome = desk.run(desk.answer(case_of(), GIVEN["agree_refund"]))
    assert (outcome.ok, outcome.reason, desk.platform.answered) == (False, "unsupported", {})


def test_goods_that_were_looked_at_may_be_paid_or_refused() -> None:
    case = case_of(kind="return_and_refund", status="in_progress", return_waybill_no="SF9")
    for told, after in ((GIVEN["agree_refund"], "done"), (GIVEN["refuse_return"], "refused")):
        desk = Desk(order_of(skus=SKUS), case)
        early = desk.run(desk.answer(case, GIVEN["refuse_return"]))
        assert early.reason == "goods_under_way"
        desk.run(receive_return(desk.plan, desk.order, case, [Inspected("1-0", sellable=1)], warehouse="sh"))
        outcome = desk.run(desk.answer(case, told))
        assert outcome.ok and outcome.value.stage == after


RULES = """
name = "small ones"
vocabulary = "aftersales"
[[rules]]
name = "on trial"
shadow = true
when = [{fact = "case_amount", operator = "ge", value = 20}]
then = [{action = "refuse_refund", text = "too much"}]
[[rules]]
name = "small and not sent"
when = [{fact = "case_kind", value = "refund_only"}, {fact = "case_stage", value = "requested"},
        {fact = "case_amount", operator = "le", value = 20}]
then = [{action = "agree_refund"}]
[[rules]]
name = "goods back"
when = [{fact = "case_kind", value = "return_and_refund"}, {fact = "case_stage", value = "requested"}]
then = [{action = "agree_return", address = "7", remark = "send it back"}]
[[rules]]
name = "the rest"
then = [{action = "leave"}]
"""


async def story(hub: Any, wait: Any) -> Any:
    order = order_of(skus=SKUS)
    cases = [case_of("small"), case_of("big", amount=Decimal(20), created_at=at(0), deadline_at=at(2)),
             case_of("goods", kind="return_and_refund", amount=Decimal(19)), case_of("dear", amount=Decimal(21))]  # fmt: skip
    shop = Counterparty(*cases)
    hub.world.services.ports["shop:taobao:tb-1"] = shop if isinstance(hub, Hub) else Awaited(shop)
    hub.stores.put_orders([order])
    hub.stores.put_refunds(cases)
    hub.stock.apply([Receive("opening", (StockLine("A", "sh", 5),))])
    dry = await wait(hub.answer_cases(dry_run=True))
    assert shop.answered == {} and [one.reason for one in dry] == ["dry_run"] * 3
    told = await wait(hub.answer_cases())
    again = await wait(hub.answer_cases())
    why = await wait(hub.explain_case(cases[0].key))
    refused = await wait(hub.refuse_refund(cases[3].key, NO, who="anna"))
    twice = await wait(hub.agree_refund(cases[3].key, who="anna"))
    log = [(row.what, row.who, sorted(row.detail.items())) for row in await wait(hub.timeline(order.key))][1:]
    return (
        [(one.key, one.ok, one.reason) for one in [*told, *again, refused, twice]], str(why.explain()), log,
        sorted(shop.answered.items()), [await wait(hub.refuse_reasons(cases[0].key))],
    )  # fmt: skip


class Awaited:
    """The same shop, awaited."""

    def __init__(self, shop: Counterparty) -> None:
        self.shop = shop

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self.shop, verb)

        async def answer(*args: Any, **named: Any) -> Any:
            return found(*args, **named)

        return found if verb == "has" else answer


def test_rules_answer_cases_the_same_in_both_hubs_and_those_in_shadow_only_say_so() -> None:
    async def now(value: Any) -> Any:
        return value

    async def awaited(value: Any) -> Any:
        return await value

    plan = {"aftersales": RULES}

    async def both() -> Any:
        async with AsyncHub(warehouses=[{"code": "sh"}], plan=plan) as hub:
            return await story(hub, awaited)

    with Hub(warehouses=[{"code": "sh"}], plan=plan) as hub:
        sync = asyncio.run(story(hub, now))
    assert sync == asyncio.run(both())
    outcomes, why, log, answered, reasons = sync
    done = [(case_of(name).key, True, None) for name in ("small", "big", "goods")]
    assert sorted(outcomes[:3]) == sorted(done) and outcomes[3:] == [
        (case_of("dear").key, True, None), (case_of("dear").key, False, "is_refused"),
    ]  # fmt: skip
    assert answered == [("big", ["agree_refund"]), ("dear", ["refuse_refund"]), ("goods", ["agree_return"]),
                        ("small", ["agree_refund"])]  # fmt: skip
    assert "small and not sent" in why and reasons == [[]]
    whats = [(what, who) for what, who, _ in log]
    assert whats.count(("shadowed", "rules")) == 2, "what would have been done is told once"
    assert ("aftersale_answered", "rules: small and not sent") in whats and whats[-2:] == [
        ("aftersale_answered", "anna"), ("refused", "anna"),
    ]  # fmt: skip


def test_rules_about_cases_are_checked_when_they_are_read() -> None:
    rules = read_rules(RULES, AFTERSALES)
    assert {action for rule in rules.rules for action in [rule.then[0].action]} <= set(AFTERSALES.actions)
    assert set(AFTERSALES.actions) - {"leave"} <= set(ANSWERS)
    with pytest.raises(OrderHubError, match="ship_exchange"):
        read_rules(RULES.replace('"leave"', '"ship_exchange"'), AFTERSALES)


def test_fingerprints_tell_answers_apart_and_ignore_codes_by_sms() -> None:
    def pairs() -> Iterator[Told]:
        yield Told("agree_refund")
        yield Told("refuse_refund", (NO,))
        yield Told("refuse_refund", (Refusal(text="not so", code="2"),))
        yield Told("refuse_refund", (Refusal(text="not so", evidence=(b"1",)),))
        yield Told("ship_exchange", ("sf", "SF1"))
        yield Told("ship_exchange", ("sf", "SF1"), {}, "sh", {"A": 1})

    prints = [told.print for told in pairs()]
    assert len(set(prints)) == len(prints)
    assert Told("agree_refund", (), {"sms_code": "1"}).print == prints[0]
    assert "not so" not in repr(Told("refuse_refund", (NO,)))
