"""Whether an order may proceed: a table of checks over one order, findings out, nothing raised. Pure.

Imports its own tables and checks (`audit_words`, `audit_policy`, `audit_money`, `audit_people`, `audit_risk`), `rules`,
`models`. Personal data never stands in a finding: values are masked.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from orderhub.kit.convert import masked
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy, OrderStatus, PaymentStatus, Severity
from orderhub.orders.audit_finding import finding
from orderhub.orders.audit_money import money, prices
from orderhub.orders.audit_people import recipient
from orderhub.orders.audit_policy import AuditContext, Available
from orderhub.orders.audit_risk import risk
from orderhub.orders.audit_words import ATTENTION, CODES, HOLD_ADVICE, NOT_PAYABLE, PROTECTING, REQUESTS, SELLER_STOPS
from orderhub.orders.facts import AUDIT, facts_of_order
from orderhub.rules import Decision, decide

__all__ = ["CHECKS", "Available", "audit", "audit_rules", "verdict"]

Check = Callable[[Order, AuditContext], Iterable[Finding]]

_OPEN = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_WAITING = frozenset({PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID})
_PLAIN = AuditContext()


def audit(order: Order, *, available: Available | None = None, context: AuditContext = _PLAIN) -> tuple[Finding, ...]:
    """Everything that speaks against shipping `order`, or that a person should know before.

    Args:
        available: Looks SKUs up; without it neither stock nor unknown SKUs are judged.
        context: The merchant's own limits and rules, and what else is known.
    Returns:
        Findings in the order of `CHECKS`, then those of the merchant's rules; `path` and the masked `value` are the
        evidence, the message ends with what to do. No findings means: nothing to object.
    """
    if available is not None:
        context = replace(context, available=available)
    found = [told for check in CHECKS for told in check(order, context)]
    return tuple(_ruled(order, context, found))


def audit_rules(order: Order, context: AuditContext) -> Decision | None:
    """What the merchant's own rules say, with reasons; None without rules."""
    if context.policy.rules is None:
        return None
    return decide(context.policy.rules, facts_of_order(order, context.now, context.facts), AUDIT)


def _ruled(order: Order, context: AuditContext, found: list[Finding]) -> Iterator[Finding]:
    """The findings as the merchant's rules leave them, and those that they add."""
    decision = audit_rules(order, context)
    acts = decision.acts if decision else ()
    ignored = {code for one in acts if one.effect.action == "ignore" for code in one.effect.arguments["codes"]}
    yield from (one for one in found if one.code not in ignored or one.code in PROTECTING)
    for one in acts:
        if one.effect.action in ("hold", "warn"):
            given = one.effect.arguments
            told = given.get("text") or f"rule {one.rule!r} applies"
            severity = Severity.ERROR if one.effect.action == "hold" else Severity.WARNING
            yield Finding(code=given["code"], severity=severity, message=told, platform=order.platform,
                          order_id=order.order_id, path=f"rules.{one.rule}")  # fmt: skip


def verdict(findings: Iterable[Finding]) -> Literal["pass", "hold"]:
    """ "hold" when a finding stops the order; a code that the table does not know stops when it is an error."""
    for one in findings:
        code = CODES.get(one.code)
        if code.stops if code else one.severity is Severity.ERROR:
            return "hold"
    return "pass"


def _open_lines(order: Order) -> Iterator[tuple[str, LineItem]]:
    """Path and line of everything that is still to be shipped."""
    for number, line in enumerate(order.lines):
        if line.status is OrderStatus.UNKNOWN or line.status in _OPEN:
            yield f"lines[{number}]", line


def unknown_status(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Words that nobody understood: never shippable."""
    axes = {
        "status": order.status, "payment_status": order.payment_status, "fulfilment_status": order.fulfilment_status,
        "aftersale_status": order.aftersale_status, "fulfilled_by": order.fulfilled_by,
    }  # fmt: skip
    for path, word in axes.items():
        if word == "unknown":
            raw = order.raw_status if path == "status" else None
            yield finding(order, "unknown_status", f"{path} is unknown", path, masked(raw) if raw else None)
    for number, line in enumerate(order.lines):
        if line.status is OrderStatus.UNKNOWN:
            raw = masked(line.raw_status) if line.raw_status else None
            yield finding(order, "unknown_status", "the line's status is unknown", f"lines[{number}].status", raw)


def state(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Orders that are not ours to ship, or not now."""
    if order.fulfilled_by is FulfilledBy.PLATFORM:
        yield finding(order, "platform_fulfilled", "the platform fulfils this order", "fulfilled_by")
    if order.status not in _OPEN and order.status is not OrderStatus.UNKNOWN:
        yield finding(order, "not_awaiting_shipment", f"the order is {order.status.value}", "status")
    for hold in sorted(order.holds):
        code = "not_payable" if hold in NOT_PAYABLE else "on_hold"
        yield finding(order, code, f"hold {hold.value}", "holds", hold.value, HOLD_ADVICE[hold])
    if order.payment_status in _WAITING and not order.is_cod and not order.holds & NOT_PAYABLE:
        told = f"payment is {order.payment_status.value}"
        yield finding(order, "not_paid", told, "payment_status", order.payment_status.value)


def goods(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Lines that cannot be picked."""
    if not order.lines:
        yield finding(order, "no_lines", "the order has no lines", "lines")
    wanted: Counter[str] = Counter()
    for path, line in _open_lines(order):
        if line.quantity == 0:
            yield finding(order, "quantity_zero", "a line of zero units", f"{path}.quantity", "0")
        if not (line.sku or "").strip():
            yield finding(order, "sku_unmapped", "the line has no merchant code", f"{path}.sku", line.platform_sku_id)
        else:
            _add(wanted, line, context)
    for sku, units in sorted(wanted.items()) if context.available else ():
        there = context.available(sku) if context.available else None
        if there is None:
            yield finding(order, "sku_unmapped", "no such SKU in stock records", "lines", sku)
        elif there < units:
            yield finding(order, "stock_short", f"{units} wanted, {there} available", "lines", sku)


def _add(wanted: Counter[str], line: LineItem, context: AuditContext) -> None:
    """What the line still takes, bundles opened: two lines that share a component are judged together."""
    sku, left = line.sku or "", max(0, line.quantity - (line.shipped_quantity or 0))
    for part, units in context.parts(sku) if context.parts else ((sku, 1),):
        wanted[part] += units * left


def notes(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Serial numbers to collect, and words of the buyer that somebody should read (the note itself is not shown)."""
    if "needs_serial_numbers" in order.labels:
        yield finding(order, "needs_serial_numbers", "the platform wants serial numbers", "labels")
    yield from _buyer_note(order)
    if word := _first(SELLER_STOPS, order.seller_note):
        yield finding(order, "seller_note_stops", "the seller's note asks to wait", "seller_note", word)


def _buyer_note(order: Order) -> Iterator[Finding]:
    topics = [(row, word) for row in ATTENTION if (word := _first(row.words, order.buyer_note))]
    for row, word in topics:
        yield finding(order, row.code, f"the buyer writes about {row.topic}", "buyer_note", word)
    if not topics and (word := _first(REQUESTS, order.buyer_note)):
        yield finding(order, "buyer_note_needs_attention", "the buyer asks for something", "buyer_note", word)


def _first(words: Iterable[str], text: str | None) -> str | None:
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return next((word for word in words if word.casefold() in folded), None)


CHECKS: tuple[Check, ...] = (unknown_status, state, recipient, money, prices, goods, risk, notes)
"""Every check, in the order of the findings."""
