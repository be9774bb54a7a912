"""Answers to after-sale cases: given once, settled when the reply is lost, refused in the wrong state without a trace.

Imports `conformance.bench`. Cases are those that the emulator seeds; a check that finds none of its kind is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from orderhub.drivers.faces import Shop
from orderhub.errors import Conflict, OutcomeUnknown
from orderhub.models import AftersaleStatus, Outcome, Refund, Refusal
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench, Unfit

__all__: list[str] = []

ORDERS = 40
Answer = Callable[[Shop, Refund], Outcome[None]]
_NOT_HERE = frozenset({"invalid_parameter", "permission_denied", "unsupported_operation"})
"""Reasons of a connector that wants a setting or a code which only the merchant has."""
_AGREED = {AftersaleStatus.IN_PROGRESS, AftersaleStatus.REFUNDED}
_OVER = {AftersaleStatus.REFUNDED, AftersaleStatus.REFUSED, AftersaleStatus.CLOSED}


def _refuse(bench: Bench, shop: Shop, verb: str, case: Refund) -> Outcome[None]:
    """With the platform's own first reason; with a picture where it takes no refusal without."""
    reasons = shop.refuse_reasons(case) if bench.capability("refuse_reasons").available else []
    plain = Refusal(text="与约定不符 not as agreed", code=reasons[0].code if reasons else None)
    outcome: Outcome[None] = getattr(shop, verb)(case, plain)
    if outcome.reason != "invalid_parameter":
        return outcome
    found: Outcome[None] = getattr(shop, verb)(case, plain.model_copy(update={"evidence": (b"\xff\xd8\xff\xe0",)}))
    return found


def _agree_return(bench: Bench, shop: Shop, case: Refund) -> Outcome[None]:
    known = shop.return_addresses() if bench.capability("return_addresses").available else []
    return shop.agree_return(case, next((row for row in known if row.is_default), known[0] if known else None))


def _answers(bench: Bench) -> dict[str, Answer]:
    """Verb -> how it is called with what the shop itself offers."""
    return {
        "agree_refund": lambda shop, case: shop.agree_refund(case),
        "refuse_refund": lambda shop, case: _refuse(bench, shop, "refuse_refund", case),
        "agree_return": lambda shop, case: _agree_return(bench, shop, case),
        "refuse_return": lambda shop, case: _refuse(bench, shop, "refuse_return", case),
        "confirm_return": lambda shop, case: shop.confirm_return(case),
        "ship_exchange": lambda shop, case: shop.ship_exchange(case, bench.carrier(shop), "SF1000000000009"),
    }


def _cases(bench: Bench, shop: Shop, world: World) -> list[Refund]:
    if not bench.capability("refunds").available:
        raise Unfit(f"no refunds: {bench.capability('refunds').because}")
    return sorted(shop.refunds(updated_since=bench.since(world)), key=lambda case: case.refund_id)


def _taken(bench: Bench, verb: str) -> Iterator[tuple[Shop, World, Refund]]:
    """Worlds in which the seeded case that takes an answer still waits for it; one for every asking."""
    bench.need(verb, "get_refund")
    answer, why = _answers(bench)[verb], "the emulator seeds no case that takes it"
    world = bench.world(ORDERS)
    for case in _cases(bench, bench.shop(world), world):
        if case.status in _OVER:
            continue
        outcome = answer(bench.shop(world), case)
        if outcome.ok and outcome.reason is None:
            while True:
                twin = bench.world(ORDERS)
                shop = bench.shop(twin)
                _cases(bench, shop, twin)  # as in the first world, so that both have heard the same
                yield shop, twin, case
        if outcome.reason in _NOT_HERE:
            why = str(outcome.error)
    raise Unfit(why)


def _word(bench: Bench, world: World, case: Refund) -> Any:
    """The case as a fresh shop reads it."""
    shop = bench.shop(world)
    return next(one for one in _cases(bench, shop, world) if one.key == case.key)


def _given_once(bench: Bench, verb: str, words: set[AftersaleStatus] | None) -> None:
    shop, world, case = next(_taken(bench, verb))
    answer = _answers(bench)[verb]
    outcome = answer(shop, case)
    assert outcome.ok and outcome.reason is None and outcome.key == case.key, f"{outcome.reason}: {outcome.error}"
    after = _word(bench, world, case)
    assert after.raw_status != case.raw_status, f"{verb} left the case in {after.raw_status}"
    assert words is None or after.status in words, after.status
    again = answer(shop, case)
    assert again.ok and again.reason == "already_done", f"the same answer again: {again.reason} {again.error}"
    assert _word(bench, world, case).raw_status == after.raw_status


def refund_is_agreed_once(bench: Bench) -> None:
    """An agreed refund is seen as agreed; agreeing again says that it is done."""
    _given_once(bench, "agree_refund", _AGREED)


def refund_is_refused_once(bench: Bench) -> None:
    """A refused case is seen as refused, or closed; refusing again says that it is done."""
    _given_once(bench, "refuse_refund", {AftersaleStatus.REFUSED, AftersaleStatus.CLOSED})


def return_is_agreed_once(bench: Bench) -> None:
    """An agreed return waits for goods; agreeing again says that it is done."""
    _given_once(bench, "agree_return", {AftersaleStatus.IN_PROGRESS})


def return_is_refused_once(bench: Bench) -> None:
    """Goods that came back are refused; refusing again says that it is done."""
    _given_once(bench, "refuse_return", {AftersaleStatus.REFUSED})


def return_is_confirmed_once(bench: Bench) -> None:
    """Goods that came back are confirmed; confirming again says that it is done."""
    _given_once(bench, "confirm_return", None)


def exchange_is_sent_once(bench: Bench) -> None:
    """The parcel of an exchange is told; telling it again says that it is done."""
    _given_once(bench, "ship_exchange", None)


def answer_in_the_wrong_state_changes_nothing(bench: Bench) -> None:
    """A case that is over takes no other answer: the refusal tells its status and what is allowed, nothing changes."""
    verbs = [verb for verb in _answers(bench) if bench.capability(verb).available]
    if not verbs:
        raise Unfit(f"no answers: {bench.capability('agree_refund').because}")
    world = bench.world(ORDERS)
    shop = bench.shop(world)
    over = [case for case in _cases(bench, shop, world) if case.status in _OVER]
    if not over:
        raise Unfit("the emulator seeds no case that is over")
    for case in over[:4]:
        for verb in verbs:
            outcome = _answers(bench)[verb](shop, case)
            if outcome.ok:
                assert outcome.reason == "already_done", f"{verb} of a case in {case.raw_status} was taken"
                continue
            assert isinstance(outcome.error, Conflict), f"{verb}: {outcome.reason} {outcome.error}"
            assert "allowed instead" in str(outcome.error) and str(case.raw_status) in str(outcome.error)
        assert _word(bench, world, case).raw_status == case.raw_status


def money_is_agreed_as_it_was_seen(bench: Bench) -> None:
    """A refund whose amount is not what the caller saw is not agreed to."""
    shop, world, case = next(_taken(bench, "agree_refund"))
    if case.amount is None:
        raise Unfit("cases tell no amount")
    outcome = shop.agree_refund(case.model_copy(update={"amount": case.amount + 1}))
    assert not outcome.ok and outcome.reason == "case_changed", f"{outcome.reason}: {outcome.error}"
    assert _word(bench, world, case).raw_status == case.raw_status


def lost_answer_is_settled(bench: Bench) -> None:
    """The reply to an answer is lost, or it never arrived: settled by reading, or told as unknown and settled by the
    same call later; given once."""
    fit = None
    for verb, answer in _answers(bench).items():
        try:
            worlds = _taken(bench, verb)
            shop, world, case = next(worlds)
        except Unfit as reason:
            fit = fit or reason
            continue
        assert answer(shop, case).ok
        wrote = next(row["operation"] for row in world.log(20) if row["operation"] not in _reads(bench, case))
        for fault in ("timeout_after", "timeout_before"):
            shop, world, case = next(worlds)
            bench.arm(world, fault, operation=wrote, times=1)
            outcome = answer(shop, case)
            if not outcome.ok:
                assert isinstance(outcome.error, OutcomeUnknown), f"{verb}, {fault}: {outcome.reason} {outcome.error}"
                assert fault == "timeout_before", f"{verb}: what was done is not seen: {outcome.error}"
                outcome = answer(shop, case)
            assert outcome.ok, f"{verb}, {fault}: {outcome.reason} {outcome.error}"
            assert _word(bench, world, case).raw_status != case.raw_status
        return
    raise fit or Unfit("no answers")


def _reads(bench: Bench, case: Refund) -> set[str]:
    """Wire operations that only read, learnt by reading."""
    world = bench.world(ORDERS)
    shop = bench.shop(world)
    _cases(bench, shop, world)
    for verb, given in (("refuse_reasons", (case,)), ("return_addresses", ()), ("carriers", ())):
        if bench.capability(verb).available:
            getattr(shop, verb)(*given)
    name = next(one.refund_id for one in _cases(bench, shop, world) if one.key == case.key)
    shop.get_refund(name)
    return {str(row["operation"]) for row in world.log(100_000)}


def invoice_requests_are_read(bench: Bench) -> None:
    """Whatever an order's buyer asked for is told with its order; an order without a request tells none."""
    bench.need("list_invoice_requests")
    world = bench.world(ORDERS)
    shop = bench.shop(world)
    for order in bench.orders(shop, world)[:8]:
        for found in shop.list_invoice_requests(order.order_id):
            assert (found.order_id, found.platform, found.shop_id) == (order.order_id, shop.platform, shop.shop_id)
            assert found.request_id and found.invoice.wanted, found
