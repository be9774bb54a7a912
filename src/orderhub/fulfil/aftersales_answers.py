"""Answering a case on its platform, once: guarded, written down, told, then stock. Imports `orders`, `flow`.

The record says so before the platform is asked. Whoever finds an answer that may have been told goes on with the same
one: the shop's verb reads the case first, so that what the platform knows already is not told again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from orderhub.errors import (
    InsufficientStock,
    OrderHubError,
    OutcomeUnknown,
    RequestRejected,
    StaleVersion,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.aftersales import is_received, line_parts
from orderhub.fulfil.aftersales_record import Answer, Answers, Goods, load_answers, save_answer
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.splitting import jobs_now
from orderhub.fulfil.states import OPEN
from orderhub.fulfil.undoing import undo
from orderhub.models import Order, Outcome, Refund
from orderhub.models.stock import StockOutcome
from orderhub.orders.aftersales import stage_of
from orderhub.orders.aftersales_answers import ANSWER_GUARDS, answer_refusal, money_refusal, stage_after
from orderhub.orders.inspection import due_back

__all__ = ["Answered", "Told", "answer_case", "case_stage"]

_BEFORE_GOODS = frozenset({"awaiting_goods", "returning", "stopping"})
_HELD = OPEN | {"dropping"}  # a withdrawal that was interrupted goes on
ROUNDS_MAX = 20
"""How often an answer that another one outruns looks again."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be answered.

    Attributes:
        verb: One of `orders.aftersales_answers.ANSWERS`.
        given, named: What the shop's verb takes beside the case; never shown.
        warehouse, goods: Where an exchange leaves from, and SKU -> units of it; the case's own goods when left out.
    """

    verb: str
    given: tuple[Any, ...] = field(default=(), repr=False)
    named: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warehouse: str | None = None
    goods: Mapping[str, int] | None = None

    @property
    def print(self) -> str:
        """Fingerprint of what is told; a code by SMS is no part of it."""
        plain = [part.model_dump() if hasattr(part, "model_dump") else part for part in self.given]
        rest = {name: value for name, value in self.named.items() if name != "sms_code"}
        text = repr((self.verb, plain, sorted(rest.items()), self.warehouse, self.goods and sorted(self.goods.items())))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer.

    Attributes:
        stage: Where the case stands after it.
        stock: What became of stock: none, freed (nothing is sent any more), sent, or waybill_kept (a carrier does not
            void a waybill: see `fulfil.undoing`).
    """

    case_key: str
    verb: str
    stage: str
    stock: str = "none"


def case_stage(case: Refund, *, received: bool, answer: Answer | None) -> str:
    """Where a case stands: as its platform says, or as it was answered while the platform still shows it unchanged."""
    if answer is None or answer.state != "done" or answer.version != _version(case):
        return stage_of(case, received=received)
    return "received" if received and answer.stage in _BEFORE_GOODS else answer.stage


def answer_case(
    plan: FulfilPlan, order: Order, case: Refund, told: Told, *, dry_run: bool = False
) -> Operation[Outcome[Answered]]:
    """Answer a case; the same answer again changes nothing.

    Returns:
        `value` tells the stage and what became of stock. Reasons of refusals: those of the table, of `money_refusal`,
        `answer_under_way` (another answer may have been told), `unknown_warehouse`, `unmapped_sku`,
        `insufficient_stock`, `unsupported`, or what the platform says.
    """
    for _ in range(ROUNDS_MAX):
        answers = yield from load_answers(order.key)
        stands = answers.rows.get(case.key)
        received = yield from is_received(order.key, case.key)
        stage = case_stage(case, received=received, answer=stands)
        if stands is not None and (known := _known(case, stage, stands, told)) is not None:
            return known
        resumed = stands is not None and stands.state == "told"
        answer, refused = yield from _made(plan, order, case, told, stage, answers, resumed)
        if answer is None:
            return refused or answer_refusal(case, stage, told.verb)
        if dry_run:
            return Outcome(True, case.key, "dry_run", value=Answered(case.key, told.verb, answer.stage))
        try:
            if not resumed:
                answers = yield from save_answer(answers, answer)
        except StaleVersion:  # another answer of this order was faster: look again
            continue
        return (yield from _told(plan, order, case, told, answer, stage, resumed))
    return answer_refusal(case, stage, told.verb, "try_again")


def _known(case: Refund, stage: str, stands: Answer, told: Told) -> Outcome[Answered] | None:
    """The outcome where an earlier answer decides already."""
    same = (stands.verb, stands.print) == (told.verb, told.print)
    if stands.state == "told" and not same:
        return answer_refusal(case, stage, told.verb, "answer_under_way")
    if stands.state != "done" or not same:
        return None
    again = ANSWER_GUARDS[case.kind.value, stage, told.verb] is None and stands.version != _version(case)
    if again:  # the buyer has asked once more
        return None
    return Outcome(True, case.key, "already_done", value=Answered(case.key, told.verb, stands.stage))


def _made(
    plan: FulfilPlan, order: Order, case: Refund, told: Told, stage: str, answers: Answers, resumed: bool
) -> Operation[tuple[Answer | None, Outcome[Answered] | None]]:
    """The answer to write down, or why there is none."""
    stands = answers.rows.get(case.key)
    if resumed:
        return stands, None
    if ANSWER_GUARDS[case.kind.value, stage, told.verb] is not None:
        return None, None
    if not (yield from ask(_shop(case), "has", told.verb)):
        error = UnsupportedOperation(f"{case.platform} has no {told.verb}", platform=case.platform, operation=told.verb)
        return None, Outcome(False, case.key, "unsupported", error)
    goods: Goods = ()
    if told.verb == "ship_exchange":
        goods, because = _goods(plan, order, case, told)
        if because is not None:
            return None, answer_refusal(case, stage, told.verb, because)
    amount = None
    if told.verb == "agree_refund":
        stored: list[Refund] = yield from ask("orders", "find_refunds", order_keys=[order.key])
        because = money_refusal(order, case, stored, answers.promised(case.key, stored))
        if because is not None:
            return None, answer_refusal(case, stage, told.verb, because)
        amount = case.amount
    after = stage_after(case.kind.value, stage, told.verb)
    count = stands.round + (stands.state == "done") if stands is not None else 0
    return Answer(case.key, told.verb, told.print, _version(case), after, "told", amount, count, goods), None


def _goods(plan: FulfilPlan, order: Order, case: Refund, told: Told) -> tuple[Goods, str | None]:
    """What an exchange takes from stock, or why that is not known."""
    codes = [house.code for house in plan.warehouses]
    place = told.warehouse or (codes[0] if len(codes) == 1 else None)
    if told.goods is not None and not told.goods:
        return (), None
    if place is None or (codes and place not in codes):
        return (), "unknown_warehouse"
    if told.goods is not None:
        return tuple((sku, place, units) for sku, units in sorted(told.goods.items())), None
    parts, units_of = line_parts(plan, order), due_back(order, case)
    wanted: dict[str, int] = {}
    for line_id, units in units_of.items():
        if line_id not in parts:
            return (), "unmapped_sku"
        for sku, each in parts[line_id].items():
            wanted[sku] = wanted.get(sku, 0) + each * units
    return tuple((sku, place, units) for sku, units in sorted(wanted.items())), None if wanted else "unmapped_sku"


def _told(
    plan: FulfilPlan, order: Order, case: Refund, told: Told, answer: Answer, stage: str, resumed: bool
) -> Operation[Outcome[Answered]]:
    """Hold what leaves, tell the platform, then let stock follow."""
    if answer.goods and (short := (yield from _held(answer))) is not None:
        yield from _finish(order, answer, "dropped")
        error = InsufficientStock(f"{case.key}: {short}", operation=told.verb, code=short)
        return Outcome(False, case.key, short, error)
    try:
        outcome: Outcome[None] = yield from ask(_shop(case), told.verb, case, *told.given, **told.named)
    except OrderHubError as error:
        outcome = Outcome.failed(case.key, error)
    if not outcome.ok:
        if not _may_stand(outcome.error, answer, resumed):
            if answer.goods:
                yield from ask("stock", "apply", [answer.release])
            yield from _finish(order, answer, "dropped")
        return Outcome(False, case.key, outcome.reason, outcome.error, Answered(case.key, told.verb, stage))
    stock = yield from _consequence(plan, order, answer)
    yield from _finish(order, answer, "done")
    yield from _refreshed(case)
    return Outcome(True, case.key, outcome.reason, value=Answered(case.key, told.verb, answer.stage, stock))


def _may_stand(error: OrderHubError | None, answer: Answer, resumed: bool) -> bool:
    """Whether the platform may have done it all the same: now, or when it was told before and nobody heard.

    Of an exchange whose parcel may have left, only a person can say that it did not.
    """
    if isinstance(error, OutcomeUnknown):
        return True
    return resumed and (bool(answer.goods) or not isinstance(error, RequestRejected))


def _held(answer: Answer) -> Operation[str | None]:
    """Reserve the goods of an exchange; why not, where there are too few."""
    told: list[StockOutcome] = yield from ask("stock", "apply", [answer.reserve])
    return None if told[0].ok else told[0].reason or "refused"


def _consequence(plan: FulfilPlan, order: Order, answer: Answer) -> Operation[str]:
    if answer.goods:
        yield from ask("stock", "apply", [answer.commit])
        return "sent"
    return (yield from _freed(plan, order)) if answer.verb == "agree_refund" else "none"


def _freed(plan: FulfilPlan, order: Order) -> Operation[str]:
    """Give back what is held for goods that have not left: waybills void, stock free. What may still be sent is planned
    afresh by the next `fulfil`, from what the platform then says."""
    freed = "none"
    for _ in range(ROUNDS_MAX):
        _, pieces = yield from jobs_now(plan, order)
        held = [(job, own) for job, own in pieces if own.state in _HELD]
        if not held:
            return freed
        try:
            for job, own in held:
                _, kept = yield from undo(plan, job, own, "dropped")
                if kept is not None:
                    return "waybill_kept"
            freed = "freed"
        except StaleVersion:  # a worker was faster by one step: see where the order is now
            continue
    return freed


def _finish(order: Order, answer: Answer, state: str) -> Operation[None]:
    """Write how an answer ended; a dropped one leaves its round behind, whose reservation is resolved."""
    count = answer.round + (1 if state == "dropped" else 0)
    ended = replace(answer, state=state, round=count, amount=None if state == "dropped" else answer.amount)
    for _ in range(ROUNDS_MAX):
        answers = yield from load_answers(order.key)
        stands = answers.rows.get(answer.case_key)
        if stands != answer:  # somebody has ended it already
            return
        with suppress(StaleVersion):
            yield from save_answer(answers, ended)
            return


def _refreshed(case: Refund) -> Operation[None]:
    """Store the case as the platform has it now; where that fails, the next pull brings it."""
    if not (yield from ask(_shop(case), "has", "get_refund")):
        return
    with suppress(OrderHubError):
        read_at = yield from now()
        fresh: Refund = yield from ask(_shop(case), "get_refund", case.refund_id)
        yield from ask("orders", "put_refunds", [fresh], read_at=read_at)


def _version(case: Refund) -> str:
    return f"{case.updated_at.isoformat() if case.updated_at else ''}|{case.raw_status or case.status.value}"


def _shop(case: Refund) -> str:
    return f"shop:{case.platform}:{case.shop_id}"
