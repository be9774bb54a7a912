"""What people write into tables, read exactly. Pure; imports `kit`. A converter raises `ValueError`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orderhub.kit.convert import CONVERTERS, Converter, decimal_text, ident, text

__all__ = ["NAMED", "amount", "clock", "flag", "instant", "whole", "words"]

_MONEY = re.compile(r"^(?:rmb|cny|[¥$€£])|(?:元|rmb|cny)$", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_YES = frozenset({"是", "y", "yes", "true", "1", "√", "有"})
_NO = frozenset({"否", "n", "no", "false", "0", "×", "无"})
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T](\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d{1,9})?)?秒?)?",
    re.ASCII,
)


def _text(value: Any, wanted: str) -> str:
    if type(value) is str:
        return unicodedata.normalize("NFKC", value).strip()
    raise ValueError(f"expected {wanted}, got {type(value).__name__}")


def amount(value: Any) -> Decimal:
    """An amount in whole units of the currency: `1,234.50`, `¥59.9`, `59.90元`."""
    if type(value) in (int, Decimal):
        return decimal_text(value)
    found = _MONEY.sub("", _text(value, "an amount")).strip()
    return decimal_text(found.replace(",", "") if _GROUPED.fullmatch(found) else found)


def whole(value: Any) -> int:
    """Units: `3`, `3.0`."""
    found = decimal_text(value if type(value) in (int, Decimal) else _text(value, "a whole number"))
    if found != found.to_integral_value():
        raise ValueError("not a whole number")
    return int(found)


def flag(value: Any) -> bool:
    """是/否, yes/no, true/false, 1/0."""
    if type(value) is bool:
        return value
    word = str(value).casefold() if type(value) is int else _text(value, "yes or no").casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("expected yes or no")


def instant(value: Any, zone: ZoneInfo) -> datetime:
    """`2026-11-11 10:30`, `2026/11/1 9:05:00`, `2026年11月1日`, or ISO 8601 with its own zone; to UTC.

    A date alone is the start of that day. A number is refused: nobody can tell what it counts.
    """
    found = _text(value, "a time as text")
    if match := _DATE.fullmatch(found):
        return datetime(*(int(part) for part in match.groups(default="0")), tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type, misc]
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        raise ValueError("expected a time") from None  # the parser's message would repeat the value
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def clock(zone: str) -> Callable[[Any], datetime]:
    """`instant` for times without zone in `zone`, an IANA name; raises `ValueError` for an unknown one."""
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone is called {zone!r}; write one like Asia/Shanghai") from error
    return lambda value: instant(value, found)


def words(value: Any) -> str:
    """Text as it came; a number that a spreadsheet made of it becomes its digits again."""
    return str(value) if type(value) is Decimal else text(value)


NAMED: Mapping[str, Converter] = {**CONVERTERS, "amount": amount, "whole": whole, "flag": flag, "ident": ident,
                                     "text": words}  # fmt: skip
"""What a mapping may name, beside `time` (`instant` in the mapping's zone)."""
