"""What rules may ask of an after-sale case, and the answers that they may give. Pure; imports `rules`, `orders.facts`.

Facts of the case begin with `case_`; everything that rules may ask of an order is there beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orderhub.models import Order, Refund
from orderhub.orders.facts import ORDER_FACTS, facts_of_order
from orderhub.rules import Action, Argument, Decision, Fact, Facts, RuleSet, Vocabulary, decide

__all__ = ["AFTERSALES", "CASE_FACTS", "decide_case", "facts_of_case"]

Read = Callable[[Refund, str, datetime], Any]


def _hours(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else int((until - since).total_seconds() // 3600)


_ROWS: tuple[tuple[Fact, Read], ...] = (
    (Fact("case_kind", "text", "refund_only, return_and_refund, exchange …"), lambda case, _, now: case.kind.value),
    (Fact("case_stage", "text", "where the case stands"), lambda case, stage, now: stage),
    (Fact("case_amount", "number", "what the buyer is to get, in the order's currency"),
     lambda case, _, now: case.amount),
    (Fact("case_reason", "text", "why, in the buyer's words", private=True), lambda case, _, now: case.reason),
    (Fact("case_units", "number", "units that the case names; not known where it names none"),
     lambda case, _, now: sum(units for _, units, _ in case.lines if units is not None) or None),
    (Fact("case_waybill", "flag", "the goods have left the buyer"), lambda case, _, now: bool(case.return_waybill_no)),
    (Fact("case_age_h", "number", "whole hours since it was asked for"),
     lambda case, _, now: _hours(case.created_at, now)),
    (Fact("case_hours_left", "number", "whole hours until the platform decides by itself"),
     lambda case, _, now: _hours(now, case.deadline_at)),
)  # fmt: skip
CASE_FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact, _ in _ROWS})
_READERS = {fact.name: read for fact, read in _ROWS}

AFTERSALES = Vocabulary.of(
    "aftersales", "what is answered to an after-sale case", (*CASE_FACTS.values(), *ORDER_FACTS.values()),
    (
        Action("agree_refund", "pay the buyer back"),
        Action("agree_return", "let the goods come back", {
            "address": Argument("text", "the platform's id of it; its default one when left out", required=False),
            "remark": Argument("text", "what the buyer reads", required=False),
        }),
        Action("refuse_refund", "say no", {
            "text": Argument("text", "what the buyer reads"),
            "code": Argument("text", "one of the platform's own reasons", required=False),
        }),
        Action("leave", "do nothing: a person decides"),
    ),
)  # fmt: skip
"""Refusing goods that came back, and sending others, want somebody who looked."""


def facts_of_case(
    case: Refund, stage: str, order: Order, now: datetime, more: Mapping[str, Any] | None = None
) -> Facts:
    """What rules may ask, read when it is asked for; `more` are a host's own facts, named `own.…`."""
    of_order = facts_of_order(order, now, more)

    def read(name: str) -> Any:
        known = _READERS.get(name)
        return known(case, stage, now) if known else of_order(name)

    return read


def decide_case(rules: RuleSet, case: Refund, stage: str, order: Order, now: datetime) -> Decision:
    """What the rules say about one case; the first effect that is no shadow is the answer."""
    return decide(rules, facts_of_case(case, stage, order, now), AFTERSALES)
