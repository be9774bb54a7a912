"""Whether an order may proceed: a table of checks over one order, findings out, nothing raised. Pure.

Imports `audit_words`, `kit.convert`, `models`. Personal data never stands in a finding: values are masked.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Literal

from orderhub.kit.convert import masked
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Finding
from orderhub.models.person import Recipient
from orderhub.models.status import FulfilledBy, OrderStatus, PaymentStatus, PrivacyKind, Severity
from orderhub.orders.audit_words import ATTENTION, CODES, HOLD_ADVICE, MONEY_TOLERANCE, NOT_PAYABLE

__all__ = ["CHECKS", "Available", "audit", "verdict"]

Available = Callable[[str], int | None]
"""SKU -> units that could be promised, None for a SKU that is not ours."""

Check = Callable[[Order, Available | None], Iterable[Finding]]

_OPEN = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_WAITING = frozenset({PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID})
_HIDDEN = frozenset({PrivacyKind.MASKED, PrivacyKind.ENCRYPTED})
_HOME = frozenset({None, "CN", "CHN", "China", "中国"})
_PHONES = tuple(
    re.compile(pattern) for pattern in (r"1[3-9]\d{9}", r"0\d{2,3}\d{7,8}", r"[48]00\d{7}", r"(?:852|853|886)\d{7,10}")
)
_ABROAD = re.compile(r"^(?:\+|00)?86(?=1\d{10}$|0\d{9})|^\+|^00(?=8)")
_EXTENSION = re.compile(r"(?:转|-|,|#|ext\.?)(\d{1,6})$", re.IGNORECASE)


def audit(order: Order, *, available: Available | None = None) -> tuple[Finding, ...]:
    """Everything that speaks against shipping `order`, or that a person should know before.

    Args:
        available: Looks SKUs up; without it neither stock nor unknown SKUs are judged.
    Returns:
        Findings in the order of `CHECKS`; `path` and the masked `value` are the evidence, the message ends with what
        to do. No findings means: nothing to object.
    """
    return tuple(finding for check in CHECKS for finding in check(order, available))


def verdict(findings: Iterable[Finding]) -> Literal["pass", "hold"]:
    """ "hold" when a finding stops the order; a code that the table does not know stops when it is an error."""
    for finding in findings:
        code = CODES.get(finding.code)
        if code.stops if code else finding.severity is Severity.ERROR:
            return "hold"
    return "pass"


def _finding(order: Order, code: str, told: str, path: str, value: str | None = None, advice: str = "") -> Finding:
    row = CODES[code]
    return Finding(
        code=code, severity=row.severity, message=f"{told}; {advice or row.advice}", platform=order.platform,
        order_id=order.order_id, path=path, value=value,
    )  # fmt: skip


def _open_lines(order: Order) -> Iterator[tuple[str, LineItem]]:
    """Path and line of everything that is still to be shipped."""
    for number, line in enumerate(order.lines):
        if line.status is OrderStatus.UNKNOWN or line.status in _OPEN:
            yield f"lines[{number}]", line


def unknown_status(order: Order, available: Available | None) -> Iterator[Finding]:
    """Words that nobody understood: never shippable."""
    axes = {
        "status": order.status, "payment_status": order.payment_status, "fulfilment_status": order.fulfilment_status,
        "aftersale_status": order.aftersale_status, "fulfilled_by": order.fulfilled_by,
    }  # fmt: skip
    for path, word in axes.items():
        if word == "unknown":
            raw = order.raw_status if path == "status" else None
            yield _finding(order, "unknown_status", f"{path} is unknown", path, masked(raw) if raw else None)
    for number, line in enumerate(order.lines):
        if line.status is OrderStatus.UNKNOWN:
            raw = masked(line.raw_status) if line.raw_status else None
            yield _finding(order, "unknown_status", "the line's status is unknown", f"lines[{number}].status", raw)


def state(order: Order, available: Available | None) -> Iterator[Finding]:
    """Orders that are not ours to ship, or not now."""
    if order.fulfilled_by is FulfilledBy.PLATFORM:
        yield _finding(order, "platform_fulfilled", "the platform fulfils this order", "fulfilled_by")
    if order.status not in _OPEN and order.status is not OrderStatus.UNKNOWN:
        yield _finding(order, "not_awaiting_shipment", f"the order is {order.status.value}", "status")
    for hold in sorted(order.holds):
        code = "not_payable" if hold in NOT_PAYABLE else "on_hold"
        yield _finding(order, code, f"hold {hold.value}", "holds", hold.value, HOLD_ADVICE[hold])
    if order.payment_status in _WAITING and not order.is_cod and not order.holds & NOT_PAYABLE:
        told = f"payment is {order.payment_status.value}"
        yield _finding(order, "not_paid", told, "payment_status", order.payment_status.value)


def recipient(order: Order, available: Available | None) -> Iterator[Finding]:
    """Who receives it, judged by how much the platform shows."""
    if order.fulfilled_by is FulfilledBy.PLATFORM:
        return
    person = order.recipient
    if not (person.privacy.token or person.name or person.phone or person.address.street):
        yield _finding(order, "recipient_missing", "there is no receiver and no token for one", "recipient")
        return
    if not person.name and not person.privacy.token:
        yield _finding(order, "recipient_missing", "the receiver has no name", "recipient.name")
    yield from _address(order, person)
    yield from _phone(order, person)


def _address(order: Order, person: Recipient) -> Iterator[Finding]:
    """Province and city are needed to allocate and to price, whatever is hidden; the rest when it is not."""
    address = person.address
    needed = ["province", "city"] if address.country in _HOME else ["country", "city"]
    if person.privacy.kind not in _HIDDEN or not person.privacy.token:
        needed.append("street")
    for name in needed:
        if not (getattr(address, name) or "").strip():
            yield _finding(order, "address_incomplete", f"the address has no {name}", f"recipient.address.{name}")


def _phone(order: Order, person: Recipient) -> Iterator[Finding]:
    """Hidden numbers are fine with a token (a ciphertext is its own token), clear ones must be callable."""
    kind, phone = person.privacy.kind, person.phone
    if person.privacy.token and kind is not PrivacyKind.CLEAR:
        return
    told = None
    if not phone:
        told = "there is no phone number"
    elif kind is PrivacyKind.MASKED or "*" in phone:
        told = "the phone number is masked and there is no token to reveal it"
    elif kind is not PrivacyKind.ENCRYPTED and not _callable(phone, person.address.country):
        told = "the phone number has the wrong form"
    if told:
        yield _finding(order, "phone_invalid", told, "recipient.phone", masked(phone) if phone else None)


def _callable(phone: str, country: str | None) -> bool:
    text = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", phone))
    if country not in _HOME:
        return 6 <= sum(letter.isdigit() for letter in text) <= 15
    forms = (text, _EXTENSION.sub("", text))
    digits = [_ABROAD.sub("", form.replace("-", "")) for form in forms]
    return any(pattern.fullmatch(form) for form in digits for pattern in _PHONES)


def money(order: Order, available: Available | None) -> Iterator[Finding]:
    """Amounts that are missing or do not add up, beyond rounding."""
    if order.total is None:
        yield _finding(order, "total_missing", "the order has no total", "total")
    for path, amount in (("residual", order.residual), ("total", order.discrepancy)):
        if amount is not None and abs(amount) > MONEY_TOLERANCE:
            told = f"{amount} {order.currency} of the total are unexplained"
            yield _finding(order, "money_residual", told, path, str(amount))
    yield from _line_money(order)


def _line_money(order: Order) -> Iterator[Finding]:
    totals = [line.total for line in order.lines if line.total is not None]
    if order.items_total is not None and len(totals) == len(order.lines) > 0:
        goods = order.items_total - (order.discount_total or Decimal(0))
        if abs(sum(totals) - goods) > MONEY_TOLERANCE:
            told = f"the lines add up to {sum(totals)}, the goods to {goods} {order.currency}"
            yield _finding(order, "line_total_mismatch", told, "lines", str(sum(totals) - goods))
    for number, line in enumerate(order.lines):
        if line.subtotal is None or line.total is None:
            continue
        off = line.subtotal - (line.discount or Decimal(0)) - line.total
        if abs(off) > MONEY_TOLERANCE:
            told = f"subtotal less discount differs from the line's total by {off} {order.currency}"
            yield _finding(order, "line_total_mismatch", told, f"lines[{number}].total", str(off))


def goods(order: Order, available: Available | None) -> Iterator[Finding]:
    """Lines that cannot be picked."""
    if not order.lines:
        yield _finding(order, "no_lines", "the order has no lines", "lines")
    wanted: Counter[str] = Counter()
    for path, line in _open_lines(order):
        if line.quantity == 0:
            yield _finding(order, "quantity_zero", "a line of zero units", f"{path}.quantity", "0")
        if not (line.sku or "").strip():
            yield _finding(order, "sku_unmapped", "the line has no merchant code", f"{path}.sku", line.platform_sku_id)
        else:
            wanted[line.sku or ""] += max(0, line.quantity - (line.shipped_quantity or 0))
    for sku, units in sorted(wanted.items()) if available else ():
        there = available(sku) if available else None
        if there is None:
            yield _finding(order, "sku_unmapped", "no such SKU in stock records", "lines", sku)
        elif there < units:
            yield _finding(order, "stock_short", f"{units} wanted, {there} available", "lines", sku)


def notes(order: Order, available: Available | None) -> Iterator[Finding]:
    """Serial numbers to collect, and words of the buyer that somebody should read (the note itself is not shown)."""
    if "needs_serial_numbers" in order.labels:
        yield _finding(order, "needs_serial_numbers", "the platform wants serial numbers", "labels")
    folded = unicodedata.normalize("NFKC", order.buyer_note or "").casefold()
    for row in ATTENTION:
        if word := next((word for word in row.words if word.casefold() in folded), None):
            yield _finding(order, row.code, f"the buyer writes about {row.topic}", "buyer_note", word)


CHECKS: tuple[Check, ...] = (unknown_status, state, recipient, money, goods, notes)
"""Every check, in the order of the findings."""
