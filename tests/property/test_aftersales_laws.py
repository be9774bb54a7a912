"""The table of after-sales is complete, and no path pays back more than was paid or ships what was given back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import Conflict
from orderhub.models import AftersaleStatus, LineItem, Order, OrderStatus, Refund, RefundKind
from orderhub.orders.aftersales import (
    Balance,
    Entry,
    LineBalance,
    advance,
    balance_of,
    case_refusal,
    post,
    refundable,
    stage_of,
)
from orderhub.orders.aftersales_table import COMMANDS, GUARDS, KINDS, MOVES, STAGES, WITH_GOODS, allowed_in
from orderhub.orders.split import open_units

CASE = Refund(
    platform="taobao", shop_id="a", refund_id="r", order_id="1", status=AftersaleStatus.REQUESTED, currency="CNY"
)
ENDS = {"done", "refused", "closed", "missed", "unknown"}
EXPECTED: Mapping[str, Mapping[str, str]] = {
    "refund_only": {"agree refund": "done", "refuse": "refused", "agree withdraw": "closed", "refuse reopen": "requested"},
    "return_and_refund": {
        "agree send_back receive refund": "done", "agree receive refuse": "refused", "agree refund receive": "done",
        "agree send_back lose refund": "done", "agree send_back lose receive": "received",
    },
    "exchange": {"agree send_back receive send": "done", "agree send receive": "done", "agree receive refund": "done"},
    "reissue": {"agree send": "done", "agree refund": "done", "withdraw": "closed"},
    "rejected_delivery": {"agree receive refund": "done", "agree receive send": "done", "agree withdraw": "closed"},
    "intercept": {"agree receive refund": "done", "agree miss": "missed", "agree refund receive": "done"},
}  # fmt: skip


def test_every_kind_stage_and_command_is_allowed_or_refused_with_a_reason() -> None:
    assert set(GUARDS) == {(kind, stage, command) for kind in KINDS for stage in STAGES for command in COMMANDS}
    assert set(KINDS) == {kind.value for kind in RefundKind} == set(MOVES)
    for (kind, stage, command), reason in GUARDS.items():
        after = advance(kind, stage, command)
        assert (reason is None) == (after is not None) == (command in allowed_in(kind, stage))
        assert after is None or after in STAGES
        if reason is None:
            continue
        case = CASE.model_copy(update={"kind": RefundKind(kind)})
        told = case_refusal(case, stage, command)
        assert (told.ok, told.key, told.reason) == (False, case.key, reason) and isinstance(told.error, Conflict)
        for word in (command, case.key, reason, kind, f"state {stage}", *(allowed_in(kind, stage) or ("nothing",))):
            assert word in str(told.error)


def reached(kind: str) -> set[str]:
    found, waiting = {"requested"}, ["requested"]
    while waiting:
        for after in MOVES[kind].get(waiting.pop(), {}).values():
            waiting += [after] if after not in found else []
            found.add(after)
    return found


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_every_stage_of_a_kind_is_reached_and_none_is_a_trap(kind: str) -> None:
    assert set(MOVES[kind]) <= reached(kind), "no row that nothing leads to"
    assert all(allowed_in(kind, stage) or stage in ENDS for stage in reached(kind)), "no stage without a way out"
    assert ("received" in reached(kind)) == (kind in WITH_GOODS)
    for path, end in EXPECTED[kind].items():
        stage = "requested"
        for command in path.split():
            stage = advance(kind, stage, command) or pytest.fail(f"{kind}: {command} is refused in {stage}")
        assert stage == end, path


@pytest.mark.parametrize("kind", list(RefundKind))
@pytest.mark.parametrize("status", list(AftersaleStatus))
@pytest.mark.parametrize("received", [False, True])
def test_the_stage_of_every_platform_word_is_one_of_its_kind(
    kind: RefundKind, status: AftersaleStatus, received: bool
) -> None:
    case = CASE.model_copy(update={"kind": kind, "status": status})
    stages = {stage_of(case, received=received),
              stage_of(case.model_copy(update={"return_waybill_no": "SF1"}), received=received)}  # fmt: skip
    assert stages <= set(STAGES)
    if kind is not RefundKind.UNKNOWN:
        assert stages <= reached(kind.value) | {"unknown"}
    if status in (AftersaleStatus.UNKNOWN, AftersaleStatus.NONE):
        assert stages == {"unknown"} and not allowed_in(kind.value, "unknown"), "never a guess"


CENTS = st.integers(0, 30_000).map(lambda fen: Decimal(fen).scaleb(-2))
ENTRIES = st.builds(
    Entry, st.sampled_from(["ship", "cancel", "refund_unshipped", "refund_shipped"]),
    st.lists(st.tuples(st.sampled_from(["a", "b", "?"]), st.integers(-1, 4)), max_size=2).map(tuple),
    CENTS | st.just(Decimal("-0.01")),
)  # fmt: skip


@pytest.mark.fault(54)
@settings(max_examples=150, deadline=None)
@given(CENTS | st.none(), st.integers(0, 9), st.integers(0, 9), st.lists(ENTRIES, max_size=25))
def test_refunds_never_exceed_what_was_paid_and_nothing_is_shipped_twice(
    paid: Decimal | None, a: int, b: int, entries: list[Entry]
) -> None:
    balance = Balance(paid, lines={"a": LineBalance(a), "b": LineBalance(b)})
    money, gone = Decimal(0), {"a": 0, "b": 0}
    for entry in entries:
        after, refused = post(balance, entry)
        if refused:
            assert after is balance, "a refused entry leaves everything as it was"
            continue
        money += entry.amount
        for line_id, units in entry.lines:
            gone[line_id] += units if entry.what != "refund_shipped" else 0
        balance = after
        assert balance.refunded == money <= (paid or 0)
        for line_id, line in balance.lines.items():
            assert line.shippable == line.ordered - gone[line_id] >= 0
            assert line.shippable == line.ordered - line.cancelled - line.refunded_unshipped - line.shipped
            assert 0 <= line.refunded_shipped <= line.shipped


WORDS = st.sampled_from(list(OrderStatus))


@settings(max_examples=150, deadline=None)
@given(WORDS, st.integers(0, 9), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9), CENTS, CENTS, CENTS)
def test_an_order_s_balance_agrees_with_what_the_pipeline_would_send(
    status: OrderStatus, ordered: int, shipped: int | None, refunded: int | None, paid: Decimal, back: Decimal, asked: Decimal
) -> None:  # fmt: skip
    line = LineItem(line_id="a", quantity=ordered, status=status, shipped_quantity=shipped, refunded_quantity=refunded)
    order = Order(platform="taobao", shop_id="a", order_id="1", status=status, currency="CNY", lines=(line,), paid=paid,
                  refunded=back)  # fmt: skip
    found = balance_of(order).lines["a"]
    assert 0 <= found.shippable <= ordered and 0 <= found.returnable <= ordered
    assert open_units(line) <= found.shippable, "the pipeline never sends more than the law allows"
    if status is OrderStatus.AWAITING_SHIPMENT:
        assert open_units(line) == found.shippable
    open_case = CASE.model_copy(update={"amount": asked})
    room = refundable(order, [open_case])
    assert room == max(Decimal(0), paid - back - asked)
    assert refundable(order, [CASE]) is None, "an amount that nobody tells is not zero"
    for unsaid in ("paid", "refunded"):
        silent = order.model_copy(update={unsaid: None})
        assert refundable(silent) is None
        assert post(balance_of(silent), Entry("refund_shipped", amount=Decimal(1)))[1] == "paid_unknown"
    more = post(balance_of(order), Entry("refund_shipped", amount=refundable(order) or Decimal(0)))
    assert back > paid or more[1] is None
