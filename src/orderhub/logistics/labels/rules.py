"""What of people stands on paper: whole, masked, or not at all. Pure; imports `models`, `orders.views`.

A courier needs the receiver's name, number and address; whoever else holds the paper does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from orderhub.errors import ConfigurationError
from orderhub.models import Address, PrivacyKind, Recipient
from orderhub.models.base import Model
from orderhub.orders.views import mask_name, mask_phone

__all__ = ["Party", "PrintRules", "PrintSettings", "can_print", "party_of", "read_print_settings"]

Shown = Literal["whole", "masked", "none"]
Reach = Literal["whole", "region", "none"]


class PrintRules(Model):
    """What is printed of people, per paper.

    Attributes:
        label_name, label_phone: The receiver on the courier's part of a label; masked where the carrier's couriers
            reach receivers by its own means.
        sender_phone: The sender's number on the label.
        stub_name, stub_phone, stub_address: The receiver on the part that stays with the parcel's papers.
        slip_name, slip_phone, slip_address: The receiver on the packing slip.
        slip_prices: Whether the slip tells prices.
        slip_note: Whether the slip repeats the buyer's note.
    """

    label_name: Shown = "whole"
    label_phone: Shown = "whole"
    sender_phone: Shown = "whole"
    stub_name: Shown = "masked"
    stub_phone: Shown = "masked"
    stub_address: Reach = "region"
    slip_name: Shown = "masked"
    slip_phone: Shown = "masked"
    slip_address: Reach = "region"
    slip_prices: bool = False
    slip_note: bool = True


class Party(Model):
    """A person as printed; the repr tells nothing."""

    name: str = ""
    phone: str = ""
    address: str = ""

    def __repr__(self) -> str:
        return "Party(…)"

    __str__ = __repr__


class PrintSettings(Model):
    """How this merchant prints.

    Attributes:
        font: A font file with Chinese characters instead of the one of the extra `labels`.
        template: HTML around the pages; see docs/how-to/labels.md.
        dots_per_mm, zpl_font: Of the label printer: 8 for 203 dpi, 12 for 300; and where its Chinese font is.
        shops: What buyers know a shop by, by `platform:shop_id`.
    """

    rules: PrintRules = PrintRules()
    font: str | None = None
    template: str | None = None
    dots_per_mm: Literal[6, 8, 12, 24] = 8
    zpl_font: str | None = None
    shops: dict[str, str] = {}


def read_print_settings(given: Mapping[str, Any] | PrintSettings) -> PrintSettings:
    """Settings out of a configuration.

    Raises:
        ConfigurationError: A field is unknown or has another value; the message names it.
    """
    try:
        return given if isinstance(given, PrintSettings) else PrintSettings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"printing: {where}: {first['msg']}", field=f"printing.{where}") from None


def can_print(person: Recipient) -> bool:
    """Whether a courier could deliver by what is told: nothing is hidden, and there is a street."""
    street = person.address.street or ""
    is_open = person.privacy.kind not in (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED)
    return is_open and bool(street.strip()) and "**" not in street


def party_of(person: Recipient, name: Shown, phone: Shown, address: Reach) -> Party:
    """A person as a paper may show them."""
    return Party(
        name=_shown(person.name, name, mask_name),
        phone=_phone(person, phone),
        address=_place(person.address, address),
    )


def _shown(text: str | None, how: Shown, mask: Any) -> str:
    return "" if how == "none" or not text else text if how == "whole" else mask(text)


def _phone(person: Recipient, how: Shown) -> str:
    """The number; with a virtual one its extension, without which nobody is reached."""
    told = _shown(person.phone, how, mask_phone)
    return f"{told} 转 {person.phone_extension}" if told and how == "whole" and person.phone_extension else told


def _place(place: Address, how: Reach) -> str:
    """The address in one line, largest unit first; each unit once, as municipalities name province and city alike."""
    if how == "none":
        return ""
    units = [place.province, place.city, place.district]
    if how == "whole":
        units += [place.town, place.street]
    told: list[str] = []
    for unit in filter(None, units):
        if unit.strip() and (not told or unit.strip() != told[-1]):
            told.append(unit.strip())
    return " ".join(told)
