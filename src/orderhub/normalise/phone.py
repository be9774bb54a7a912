"""Phone numbers as platforms give them: with extensions of virtual numbers, masked, encrypted, from abroad. Pure.

Imports this room. A number is never repaired: what cannot be read stays as it is, with the kind that says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orderhub.normalise.text import clean

__all__ = ["Phone", "PhoneKind", "parse_phone"]


class PhoneKind(StrEnum):
    """What a phone text is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"
    INTERNATIONAL = "international"
    MASKED = "masked"
    ENCRYPTED = "encrypted"
    INVALID = "invalid"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone number; the repr shows its kind only.

    Attributes:
        text: As it was written.
        number: What is dialled: digits, with `+` and country code for numbers from abroad. None unless it can be.
        extension: Digits to be dialled after the answer: a branch, or what a virtual number needs to find the buyer.
        country_code: 86 for mainland numbers; None where nobody can tell.
    """

    kind: PhoneKind
    text: str = field(repr=False, default="")
    number: str | None = field(repr=False, default=None)
    extension: str | None = field(repr=False, default=None)
    country_code: str | None = None

    @property
    def is_callable(self) -> bool:
        """Whether somebody answers under `number`."""
        return self.number is not None

    @property
    def matching_form(self) -> str | None:
        """Equal for two spellings of one number, extension included; None unless it can be dialled."""
        if self.number is None:
            return None
        return f"{self.number}-{self.extension}" if self.extension else self.number


_EXTENSION = re.compile(
    r"(?:转(?:接|分机)?|分机号?|ext(?:ension)?\.?|[x#*,;]|-|_|\[|\()\s*(\d{1,8})\s*[\])]?$", re.IGNORECASE
)
_SPOKEN = re.compile(r"(?<=\d)(?:转|-|_|,|ext\.?)\s*(\d{1,8})$", re.IGNORECASE)
_HOME = re.compile(r"^(?:\+|00)?86[\s-]*(?=1\d{10}$|0?\d{9,12}$)")
_KINDS = (
    (PhoneKind.MOBILE, re.compile(r"1[3-9]\d{9}")),
    (PhoneKind.SERVICE, re.compile(r"[48]00\d{7}|95\d{3,6}")),
    (PhoneKind.LANDLINE, re.compile(r"0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}")),
)
_ABROAD = re.compile(r"(?:\+|00)([1-9]\d{6,14})")
_MASKED = re.compile(r"[*＊•●×xX]{2,}|\d[*＊]")
_CIPHER = re.compile(r"[~$#=+/A-Za-z0-9_\-:.|]{20,}")
_NEIGHBOURS = (("852", 8), ("853", 8), ("886", 9))
_LOOSE = re.compile(r"[\s()\-.]")


def parse_phone(text: str | None, *, region: str = "CN") -> Phone:
    """Read one phone text.

    Args:
        text: As the platform gives it, e.g. `13800138000-1234`, `138****8000`, `+852 9123 4567`, a ciphertext.
        region: Two letters of the country whose numbers are written without a code. For regions other than CN the
            extra `phone` (package phonenumbers) is used when installed; without it their national numbers stay invalid.
    """
    if text is None or not text.strip():
        return Phone(PhoneKind.ABSENT, text or "")
    found = clean(text, emoji="drop")
    if _is_cipher(found):
        return Phone(PhoneKind.ENCRYPTED, text)
    if _MASKED.search(found):
        spoken = _SPOKEN.search(found)
        return Phone(PhoneKind.MASKED, text, extension=spoken[1] if spoken else None)
    if region != "CN":
        return _with_library(text, found, region)
    return _mainland(text, found) or _abroad(text, found) or _neighbour(text, found) or Phone(PhoneKind.INVALID, text)


def _is_cipher(text: str) -> bool:
    """Ciphertexts are long and hold what no phone number does."""
    return bool(_CIPHER.fullmatch(text)) and sum(letter.isalpha() for letter in text) >= 4


def _extension(text: str) -> tuple[str, str | None]:
    """The text without its extension, and the extension."""
    found = _EXTENSION.search(text)
    return (text[: found.start()].strip(), found[1]) if found else (text, None)


def _mainland(text: str, found: str) -> Phone | None:
    """The whole as a number first, so that the dash of an area code is no extension."""
    for base, extension in ((found, None), _extension(found)):
        digits = _HOME.sub("", _LOOSE.sub("", base))
        if digits[:1] in ("1", "2") and len(digits) == 10 and _LOOSE.sub("", base) != digits:
            digits = f"0{digits}"  # +86 10 … leaves the area code's zero out
        for kind, pattern in _KINDS:
            if pattern.fullmatch(digits):
                return Phone(kind, text, digits, extension, "86")
    return None


def _abroad(text: str, found: str) -> Phone | None:
    for base, extension in ((found, None), _extension(found)):
        digits = _LOOSE.sub("", base)
        if (number := _ABROAD.fullmatch(digits)) and not number[1].startswith("86"):
            return _checked(text, number[1], extension)
    return None


def _neighbour(text: str, found: str) -> Phone | None:
    """Hong Kong, Macau and Taiwan are often written with their code and without a plus."""
    digits = _LOOSE.sub("", found)
    for code, least in _NEIGHBOURS:
        if digits.isdigit() and digits.startswith(code) and len(digits) in (len(code) + least, len(code) + least + 1):
            return _checked(text, digits, None)
    return None


def _checked(text: str, digits: str, extension: str | None) -> Phone:
    """With the library the country code is told and impossible numbers are refused."""
    library = _library()
    if library is None:
        return Phone(PhoneKind.INTERNATIONAL, text, f"+{digits}", extension)
    try:
        read = library.parse(f"+{digits}", None)
    except library.NumberParseException:
        return Phone(PhoneKind.INVALID, text)
    return _read(text, read, extension, library)


def _with_library(text: str, found: str, region: str) -> Phone:
    library = _library()
    if library is None:
        return _abroad(text, found) or Phone(PhoneKind.INVALID, text)
    try:
        read = library.parse(found, region)
    except library.NumberParseException:
        return Phone(PhoneKind.INVALID, text)
    return _read(text, read, read.extension, library)


def _read(text: str, read: Any, extension: str | None, library: Any) -> Phone:
    if not library.is_possible_number(read):
        return Phone(PhoneKind.INVALID, text)
    number = library.format_number(read, library.PhoneNumberFormat.E164)
    return Phone(PhoneKind.INTERNATIONAL, text, number, extension, str(read.country_code))


def _library() -> Any:
    """The package phonenumbers when it is installed; without it numbers from abroad are only checked for length."""
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers
