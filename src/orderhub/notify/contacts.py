"""Where a message can reach somebody, and when it must not. Pure. Imports `models`, `normalise`.

A masked or encrypted number is never dialled, and the number of a platform's relay only by channels that the platform
lets through.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from orderhub.models import Order, PrivacyKind, Recipient
from orderhub.normalise.phone import PhoneKind, parse_phone

__all__ = ["Contact", "digest", "email_of", "given_contact", "phone_of"]

_HIDDEN = {PrivacyKind.MASKED: "masked_number", PrivacyKind.ENCRYPTED: "encrypted_number"}
_BAD = {
    PhoneKind.MASKED: "masked_number", PhoneKind.ENCRYPTED: "encrypted_number", PhoneKind.ABSENT: "no_number",
    PhoneKind.LANDLINE: "not_mobile", PhoneKind.SERVICE: "not_mobile", PhoneKind.INVALID: "bad_number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person; the repr shows the kind only.

    Attributes:
        kind: phone, email, token (what a platform gives in place of a number), or room (staff: a chat, a list).
        address: The number as it is dialled (mainland ones without a country code, others with `+`), the address,
            the platform's token.
        extension: Digits that a relay wants after the number.
        platform: Whose token or relay it is.
    """

    kind: str
    address: str = field(default="", repr=False)
    extension: str | None = field(default=None, repr=False)
    platform: str | None = None


def phone_of(order: Order, relays: frozenset[str]) -> Contact | str:
    """The receiver's mobile number, or why there is none to be texted.

    Args:
        relays: Platforms whose relay numbers and tokens the channel may use.
    """
    person, platform = order.recipient, order.platform
    if person is None:
        return "no_number"
    if (why := _HIDDEN.get(person.privacy.kind)) is not None:
        token = person.privacy.token
        return Contact("token", token, platform=platform) if token and platform in relays else why
    return _dialled(person, platform, relays)


def _dialled(person: Recipient, platform: str, relays: frozenset[str]) -> Contact | str:
    phone = parse_phone(person.phone, region=person.address.country or "CN")
    if phone.number is None or phone.kind in _BAD:
        return _BAD.get(phone.kind, "bad_number")
    extension = person.phone_extension or phone.extension
    if extension and platform not in relays:
        return "relay_number"
    return Contact("phone", phone.number, extension, platform if extension else None)


def email_of(order: Order) -> Contact | str:
    """The buyer's e-mail address, or why there is none."""
    found = (order.buyer.email if order.buyer else None) or ""
    if not found.strip():
        return "no_email"
    return given_contact(found) if "*" not in found else "masked_email"


def given_contact(text: str) -> Contact | str:
    """A number or an address that the host gave."""
    told = text.strip()
    if "@" in told:
        name, _, host = told.rpartition("@")
        sound = bool(name) and "." in host and not any(mark.isspace() or mark in ",;<>" for mark in told)
        return Contact("email", told) if sound else "bad_email"
    phone = parse_phone(told)
    if phone.number is None or phone.kind in _BAD:
        return _BAD.get(phone.kind, "bad_number")
    return Contact("phone", phone.number, phone.extension)


def digest(contact: Contact, pepper: str) -> str:
    """The contact's name in lists and counters: nobody can read it back without `pepper`."""
    told = f"{contact.kind}:{contact.platform or ''}:{contact.address.casefold()}:{contact.extension or ''}"
    return hmac.new(pepper.encode(), told.encode(), hashlib.sha256).hexdigest()[:40]
