"""The receiver under audit: completeness, judged by how much the platform shows, and whether a carrier gets there.

Pure. Imports `audit_words`, `normalise.phone`, `models`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orderhub.kit.convert import masked
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.person import Recipient
from orderhub.models.status import FulfilledBy, PrivacyKind
from orderhub.normalise.phone import Phone, PhoneKind, parse_phone
from orderhub.normalise.text import clean
from orderhub.orders.audit_finding import finding
from orderhub.orders.audit_policy import AuditContext
from orderhub.orders.audit_words import NAMELESS, VAGUE

__all__ = ["recipient"]

_HIDDEN = frozenset({PrivacyKind.MASKED, PrivacyKind.ENCRYPTED})
_SHOWN = frozenset({PrivacyKind.CLEAR, PrivacyKind.ABSENT})
_HOME = frozenset({None, "CN", "CHN", "China", "中国"})
_MADE_UP = re.compile(r"1[3-9]\d(\d)\1{7}|1[3-9]\d12345678|1[3-9]\d87654321")
"""Mobile numbers that nobody has by chance."""


def recipient(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Who receives it, judged by how much the platform shows."""
    if order.fulfilled_by is FulfilledBy.PLATFORM:
        return
    person = order.recipient
    if not (person.privacy.token or person.name or person.phone or person.address.street):
        yield finding(order, "recipient_missing", "there is no receiver and no token for one", "recipient")
        return
    if not person.name and not person.privacy.token:
        yield finding(order, "recipient_missing", "the receiver has no name", "recipient.name")
    yield from _name(order, person)
    yield from _address(order, person)
    yield from _reach(order, context)
    yield from _phone(order, person)


def _address(order: Order, person: Recipient) -> Iterator[Finding]:
    """Province and city are needed to allocate and to price, whatever is hidden; the rest when it is not."""
    address = person.address
    needed = ["province", "city"] if address.country in _HOME else ["country", "city"]
    if person.privacy.kind not in _HIDDEN or not person.privacy.token:
        needed.append("street")
    for name in needed:
        if not (getattr(address, name) or "").strip():
            yield finding(order, "address_incomplete", f"the address has no {name}", f"recipient.address.{name}")
    if person.privacy.kind in _SHOWN and (street := (address.street or "").strip()) and _is_vague(street):
        yield finding(order, "address_vague", "the address does not lead to a door", "recipient.address.street")


def _is_vague(street: str) -> bool:
    text = clean(street, emoji="drop").casefold()
    return len(text) < 3 or text.isdecimal() or any(word in text for word in VAGUE)


def _name(order: Order, person: Recipient) -> Iterator[Finding]:
    """A form of address alone, or digits, is no name; hidden names are not judged."""
    if person.name and person.privacy.kind in _SHOWN:
        text = clean(person.name, emoji="drop").casefold()
        if not text or text in NAMELESS or text.replace(" ", "").isdecimal():
            yield finding(order, "name_suspicious", "that is no name", "recipient.name")


def _reach(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Whether the receiver can still be had, and whether a carrier goes there."""
    expires = order.recipient.privacy.expires_at
    if context.now is not None and expires is not None and expires <= context.now:
        yield finding(order, "receiver_expired", "the platform's handle for the receiver lapsed",
                      "recipient.privacy.expires_at", expires.isoformat())  # fmt: skip
    if context.deliverable and order.recipient.address.province and (why := context.deliverable(order)):
        yield finding(order, "undeliverable", why, "recipient.address.province")


def _phone(order: Order, person: Recipient) -> Iterator[Finding]:
    """Hidden numbers are fine with a token (a ciphertext is its own token), clear ones must be callable."""
    kind, phone = person.privacy.kind, person.phone
    if person.privacy.token and kind is not PrivacyKind.CLEAR:
        return
    read = parse_phone(phone)
    told = None
    if not phone:
        told = "there is no phone number"
    elif kind is PrivacyKind.MASKED or "*" in phone:
        told = "the phone number is masked and there is no token to reveal it"
    elif kind is not PrivacyKind.ENCRYPTED and not _callable(read, phone, person.address.country):
        told = "the phone number has the wrong form"
    if told:
        yield finding(order, "phone_invalid", told, "recipient.phone", masked(phone) if phone else None)
    elif read.number and _MADE_UP.fullmatch(read.number):
        yield finding(order, "phone_suspicious", "the phone number looks made up", "recipient.phone", masked(phone))


def _callable(read: Phone, phone: str, country: str | None) -> bool:
    """Virtual numbers are judged with their extension; short service numbers reach no buyer."""
    if country not in _HOME:
        return 6 <= sum(letter.isdigit() for letter in phone) <= 15
    return read.is_callable and not (read.kind is PhoneKind.SERVICE and (read.number or "").startswith("95"))
