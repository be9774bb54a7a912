"""What people decided about an order's findings, and which findings were told: one text an order. Pure.

Imports `audit_words`, `models`. Holds codes, places, words of staff and amounts, never a receiver. A decision stands
for what it was made about: a finding with another value, or an amount that the platform changed, is asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity
from orderhub.orders.audit_words import PROTECTING

__all__ = ["ADJUSTABLE", "Case", "Decided", "Refused", "Resolution", "adjusted", "decide_case", "left", "settle"]

Act = Literal["ask", "adjust", "override"]
ADJUSTABLE = ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "paid", "residual")
"""Amounts that staff may correct; the platform's own order is never changed by it."""
REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class Resolution:
    """One command about one code: what was seen (`seen`) ties the decision to it; `value` is the corrected amount."""

    code: str
    act: Act
    who: str
    reason: str
    at: str
    seen: tuple[str, ...] = ()
    field: str | None = None
    value: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that was decided and told about one order.

    Attributes:
        open: code -> number of the alert that tells it; the same code later has a higher one.
        untold: Codes in `open` whose alert is not known to be out.
        count: Alerts so far.
        would: What rules in shadow would have done when they were last recorded.
    """

    resolutions: tuple[Resolution, ...] = ()
    open: Mapping[str, int] = field(default_factory=dict)
    untold: tuple[str, ...] = ()
    count: int = 0
    would: str = ""

    def dump(self) -> str:
        """As text for a store."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def load(cls, text: str | None) -> Case:
        """From `dump`; nothing is an empty case."""
        if not text:
            return cls()
        given = json.loads(text)
        rows = tuple(Resolution(**{**row, "seen": tuple(row["seen"])}) for row in given["resolutions"])
        return cls(rows, given["open"], tuple(given["untold"]), given["count"], given.get("would", ""))


@dataclass(frozen=True, slots=True)
class Decided:
    """A command that was taken, and the case as it is now."""

    case: Case
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was not: a word, what is the matter, what can be done instead."""

    reason: str
    told: str
    allowed: tuple[str, ...] = ()


def _seen(findings: Iterable[Finding], code: str) -> tuple[str, ...]:
    return tuple(sorted(f"{one.path}={one.value}" for one in findings if one.code == code))


def decide_case(
    case: Case, order: Order, findings: Iterable[Finding], code: str, act: str, *, who: str, reason: str, at: datetime,
    field: str | None = None, value: Decimal | None = None,
) -> Decided | Refused:  # fmt: skip
    """Take a command about a finding, or say why not; `findings` are those of the order before any decision."""
    there = sorted({one.code for one in findings})
    allowed = () if code not in there else ("ask", "adjust") if code in PROTECTING else ("ask", "adjust", "override")
    if code not in there:
        return Refused("no_such_finding", f"the order has {', '.join(there) or 'no findings'}, not {code}")
    if act not in ("ask", "adjust", "override"):
        return Refused("unknown_act", f"there is no {act!r}", allowed)
    if not reason.strip() or len(reason) > REASON_MAX:
        return Refused("reason_missing", f"{act} needs a reason of at most {REASON_MAX} characters", allowed)
    if act not in allowed:
        return Refused("protected", f"{code} cannot be overridden: shipping would be wrong", allowed)
    if act == "adjust" and (wrong := _wrong_amount(field, value)):
        return Refused("invalid", wrong, allowed)
    made = Resolution(code, act, who, reason.strip(), at.isoformat(), _seen(findings, code))  # type: ignore[arg-type]
    if act == "adjust":
        found = getattr(order, field or "")
        made = replace(made, field=field, value=str(value), instead_of=None if found is None else str(found))
    return Decided(replace(case, resolutions=(*case.resolutions, made)), made)


def _wrong_amount(name: str | None, value: Decimal | None) -> str | None:
    if name not in ADJUSTABLE:
        return f"adjust needs field=, one of {', '.join(ADJUSTABLE)}"
    if not isinstance(value, Decimal) or not value.is_finite():
        return "adjust needs value=, a Decimal"
    return None


def adjusted(order: Order, case: Case) -> Order:
    """The order with the amounts that staff corrected, as far as the platform still says what it said then."""
    changes: dict[str, Decimal] = {}
    for made in case.resolutions:
        if made.act != "adjust" or made.field is None or made.value is None:
            continue
        now = getattr(order, made.field)
        if (None if now is None else str(now)) == made.instead_of:
            changes[made.field] = _amount(made.value)
    return order.model_copy(update=changes) if changes else order


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("an amount of a kept decision cannot be read") from None


def left(findings: Iterable[Finding], case: Case) -> tuple[Finding, ...]:
    """Findings without those that somebody overrode as they stand."""
    found = tuple(findings)
    spared = {
        made.code
        for made in case.resolutions
        if made.act == "override" and made.code not in PROTECTING and made.seen == _seen(found, made.code)
    }
    return tuple(one for one in found if one.code not in spared)


def settle(case: Case, findings: Iterable[Finding]) -> tuple[Case, tuple[str, ...]]:
    """The case with what is to be told opened and what is gone closed; and the codes that are gone."""
    there = {one.code for one in findings if one.severity is not Severity.INFO}
    gone = tuple(sorted(set(case.open) - there))
    fresh = sorted(there - set(case.open))
    kept = {code: number for code, number in case.open.items() if code in there}
    opened = {code: case.count + 1 + place for place, code in enumerate(fresh)}
    untold = tuple(code for code in case.untold if code in there)
    return replace(case, open={**kept, **opened}, untold=(*untold, *fresh), count=case.count + len(fresh)), gone
