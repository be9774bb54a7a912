"""People and places: recipient, buyer, address, invoice; their reprs never show personal data. Imports `models`."""

from __future__ import annotations

from typing import Any

from orderhub.models.base import Amount, Instant, Model
from orderhub.models.status import PrivacyKind

__all__ = ["Address", "Buyer", "Invoice", "Privacy", "Recipient"]


class _Personal(Model):
    """Shows which fields are filled, never what they hold."""

    def __repr_args__(self) -> Any:
        return [(name, "…") for name, value in self if value is not None]

    __str__ = Model.__repr__


class Privacy(Model):
    """What the platform lets us see of a person.

    Attributes:
        kind: clear, masked (stars in the text), encrypted (ciphertext), absent.
        token: The platform's handle for the hidden data, used to ship or decrypt.
        merge_key: Equal keys mean the same receiver, so that orders may be merged.
        expires_at: When token or ciphertext lapse; UTC.
    """

    kind: PrivacyKind = PrivacyKind.CLEAR
    token: str | None = None
    merge_key: str | None = None
    expires_at: Instant | None = None

    def __repr_args__(self) -> Any:
        return [("kind", str(self.kind))]

    __str__ = Model.__repr__


class Address(_Personal):
    """A postal address, largest unit first; `street` is the detail below the town.

    `division_code` is the GB/T 2260 code of the smallest known division; a platform's own ids stand behind its name and
    a colon.
    """

    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    street: str | None = None
    postal_code: str | None = None
    division_code: str | None = None


class Recipient(_Personal):
    """Who receives the parcel, in the form the platform gives (see `privacy`)."""

    name: str | None = None
    phone: str | None = None
    phone_extension: str | None = None
    address: Address = Address()
    privacy: Privacy = Privacy(kind=PrivacyKind.ABSENT)


class Buyer(_Personal):
    """Who bought; `buyer_id` is the platform's stable id."""

    buyer_id: str | None = None
    nickname: str | None = None
    email: str | None = None


class Invoice(_Personal):
    """The tax invoice that the buyer asked for; `amount` in the order's currency."""

    wanted: bool = False
    kind: str | None = None
    title: str | None = None
    tax_no: str | None = None
    email: str | None = None
    amount: Amount | None = None
