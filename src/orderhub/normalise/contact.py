"""A receiver in one piece of text, as buyers paste it: name, phone and address in any order. Pure; imports this room.

Structured fields of a platform are always better than this; it is for chats, notes and tables with one column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from orderhub.normalise.address import Located, parse_address
from orderhub.normalise.phone import Phone, PhoneKind, parse_phone
from orderhub.normalise.text import clean

__all__ = ["Contact", "parse_contact"]

_LABELS = re.compile(
    r"(?:收[货件]人(?:姓名)?|收货|姓名|名字|联系人|电话(?:号码)?|手机(?:号码?)?|联系(?:电话|方式)|(?:收货|详细|所在)?地[址区])\s*[:：]\s*"
)
_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:(?:\+|00)?86[\s-]?)?"
    r"(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|1[3-9]\d\*{4}\d{4}|0\d{2,3}-?\d{7,8})"
    r"(?:\s*(?:转|-|#|_|ext\.?)\s*\d{1,6})?(?!\d)",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])|[,，;；|/、]+")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}(?:先生|女士|小姐)?|[A-Za-z][A-Za-z .'-]{1,30}")
_NOT_A_NAME = re.compile(r"[省市区县镇乡村路街道巷弄号楼栋室幢座园苑]$")


@dataclass(frozen=True, slots=True)
class Contact:
    """What one text says of a receiver; the repr shows nothing personal.

    Attributes:
        name: None unless one piece, and one only, looks like a name.
        located: The address with its confidence.
    """

    name: str | None = field(repr=False)
    phone: Phone
    located: Located


def parse_contact(text: str) -> Contact:
    """Take a receiver apart: the phone by its form, the address by its divisions, the name by what is left."""
    plain = _LABELS.sub(" ", clean(text, emoji="drop"))
    found = _PHONE.search(plain)
    phone = parse_phone(found[0]) if found else Phone(PhoneKind.ABSENT)
    rest = f"{plain[: found.start()]} {plain[found.end() :]}" if found else plain
    pieces = [piece for piece in _SPLIT.split(rest) if piece]
    names = [number for number, piece in enumerate(pieces) if _is_name(piece)]
    where = _around(pieces, names)
    if len(where) == 1:
        name = pieces[where[0]]
        return Contact(name, phone, _address(piece for number, piece in enumerate(pieces) if number != where[0]))
    return Contact(None, phone, _address(pieces))


def _is_name(piece: str) -> bool:
    """Short, without a place in it."""
    return bool(_NAME.fullmatch(piece)) and not _NOT_A_NAME.search(piece) and parse_address(piece).confidence == 0


def _around(pieces: list[str], names: list[int]) -> list[int]:
    """A name stands before or after the address, not within it."""
    return [number for number in names if number in (0, len(pieces) - 1)]


def _address(pieces: Iterable[str]) -> Located:
    whole = " ".join(pieces)
    found = parse_address(whole)
    if found.address.province is None:
        return replace(found, address=found.address.model_copy(update={"street": whole or None}))
    return found
