"""Converters: one wire value in, one canonical value out. Pure; imports nothing of the library.

Each checks the type first and refuses bool, float and NaN, because `Decimal(True)` is 1 and `int(1.9)` is 1.
The unit or the zone is in the name. A converter raises `ValueError`; the field table adds field, path and value.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

__all__ = [
    "CONVERTERS", "SENTINELS", "beijing_of_text", "beijing_time", "boolean", "cny_fen", "cny_yuan", "decimal_text",
    "epoch_ms", "epoch_s", "ident", "iso_time", "masked", "quantity", "rows_of", "shown_word", "text", "unescaped",
    "yuan_of_text",
]  # fmt: skip

Converter = Callable[[Any], Any]
SENTINELS = ("0001-01-01", "1970-01-01", "0000-00-00")
_CENT = Decimal("0.01")
_YUAN_DIGITS = 17
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def _refuse(value: Any, wanted: str) -> ValueError:
    return ValueError(f"expected {wanted}, got {type(value).__name__}")


def text(value: Any) -> str:
    """Text exactly as it came; whole numbers become their digits."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise _refuse(value, "text")


def unescaped(value: Any) -> str:
    """Text with HTML entities resolved, for platforms that escape titles."""
    return html.unescape(text(value))


def ident(value: Any) -> str:
    """An id: text or a whole number, never empty, never in float form."""
    found = text(value).strip()
    if not found:
        raise ValueError("an id must not be empty")
    return found


def decimal_text(value: Any) -> Decimal:
    """An exact decimal number from text, a whole number or `Decimal`."""
    if type(value) is str:
        return _decimal_of_text(value)
    if type(value) is int or (type(value) is Decimal and value.is_finite()):
        try:
            return Decimal(value)
        except InvalidOperation as error:
            raise ValueError("not a decimal number") from error
    raise _refuse(value, "a decimal number as text")


@lru_cache(1 << 14)
def _decimal_of_text(value: str) -> Decimal:
    if _NUMBER.fullmatch(found := value.strip()):
        return Decimal(found)
    raise ValueError("not a decimal number")


def cny_yuan(value: Any) -> Decimal:
    """Yuan as a decimal number, at least two decimals kept; amounts below one fen are kept exactly."""
    return yuan_of_text(value) if type(value) is str else _yuan(value)


def _yuan(value: Any) -> Decimal:
    found = decimal_text(value)
    if found.adjusted() > _YUAN_DIGITS:
        raise ValueError("not an amount of yuan: too large")
    whole = found.quantize(_CENT)
    return whole if whole == found else found


yuan_of_text = lru_cache(1 << 14)(_yuan)
"""`cny_yuan` of a text: prices come again and again; only text is remembered, since 1 and True would be one key."""


def cny_fen(value: Any) -> Decimal:
    """Whole fen to yuan, exactly."""
    if type(value) is int:
        return _yuan_of_fen(value)
    if type(value) is str and _WHOLE.fullmatch(value.strip()):
        return _yuan_of_fen(int(value))
    raise _refuse(value, "whole fen")


@lru_cache(1 << 14)
def _yuan_of_fen(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)


def quantity(value: Any) -> int:
    """A whole number of units."""
    if type(value) is int:
        return value
    if type(value) is str and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if type(value) is Decimal and value.is_finite() and value == value.to_integral_value():
        return int(value)
    raise _refuse(value, "a whole number")


_WORDS: Mapping[Any, bool] = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def boolean(value: Any) -> bool:
    """true/false as JSON, word or digit."""
    if type(value) is bool:
        return value
    if type(value) in (str, int) and (found := _WORDS.get(str(value).strip().lower())) is not None:
        return found
    raise _refuse(value, "true or false")


def _instant(value: str, wanted: str) -> datetime:
    """The parser's own message would repeat the value, which may be a person's."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"expected {wanted}") from None


def beijing_time(value: Any) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` in Beijing time (UTC+8) to aware UTC; sentinel dates are None."""
    if type(value) is not str:
        raise _refuse(value, "a time as text")
    return beijing_of_text(value)


@lru_cache(1 << 12)
def beijing_of_text(value: str) -> datetime | None:
    """`beijing_time` of a text. The times of an order repeat each other: paid, changed, one per line."""
    if value.startswith(SENTINELS):
        return None
    if len(value) != 19 or value[10] != " ":
        raise ValueError("expected a time like 2024-06-18 10:30:00")
    return _instant(value + "+08:00", "a time like 2024-06-18 10:30:00").astimezone(UTC)


def iso_time(value: Any) -> datetime | None:
    """ISO 8601 with its zone to aware UTC; a time without zone is refused; sentinel dates are None."""
    if type(value) is not str:
        raise _refuse(value, "an ISO 8601 time")
    return _utc_of_iso(value)


@lru_cache(1 << 12)
def _utc_of_iso(value: str) -> datetime | None:
    if value.startswith(SENTINELS):
        return None
    found = _instant(value, "an ISO 8601 time")
    if found.tzinfo is None:
        raise ValueError("a time without zone")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise _no_day() from error


def epoch_s(value: Any) -> datetime | None:
    """Seconds since 1970 to aware UTC; zero is None."""
    seconds = quantity(value)
    return _since_1970(seconds) if seconds else None


def epoch_ms(value: Any) -> datetime | None:
    """Milliseconds since 1970 to aware UTC; zero is None."""
    millis = quantity(value)
    return _since_1970(millis // 1000).replace(microsecond=millis % 1000 * 1000) if millis else None


@lru_cache(1 << 12)
def _since_1970(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise _no_day() from error


def _no_day() -> ValueError:
    return ValueError("a time that no calendar has")


def rows_of(value: Any) -> list[Any]:
    """A list however it was wrapped: an array, an object whose only value is one, or a lone object."""
    if value is None or value == "" or value == {}:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and len(value) == 1:
        (only,) = value.values()
        if isinstance(only, (list, dict)):
            return rows_of(only) if isinstance(only, list) else [only]
    return [value]


def masked(value: Any) -> str:
    """What may be shown of a value in errors and findings: its type, length and edges of harmless words."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int | Decimal):  # a Decimal's sign is dropped without arithmetic: huge exponents would raise
        return f"number of {len(str(value.copy_abs() if isinstance(value, Decimal) else abs(value)))} digits"
    if isinstance(value, str):
        shown = value if re.fullmatch(r"[A-Za-z][A-Za-z_.:-]{0,47}", value) else value[:1] + "…" if value else ""
        return f"{shown!r} ({len(value)} characters)"
    return type(value).__name__


_WORD = re.compile(r"(?=[\w.:-]{1,64}$)(?!.*\d{7})[\w.:-]+", re.ASCII)


def shown_word(value: str) -> str:
    """A value of an enumeration as it came when it can be a code; else masked, since a person may stand in it."""
    return value if _WORD.fullmatch(value) else masked(value)


CONVERTERS: Mapping[str, Converter] = {
    function.__name__: function
    for function in (
        text, unescaped, ident, decimal_text, cny_yuan, cny_fen, quantity, boolean, beijing_time, iso_time,
        epoch_s, epoch_ms,
    )
}  # fmt: skip
"""The converters that host overrides may name."""
