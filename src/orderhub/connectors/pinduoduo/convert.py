"""Converters for what only this platform sends. Pure; imports `kit`.

Source: docs/platforms/pinduoduo.md#order. Each raises `ValueError` for what it cannot read.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderhub.kit.convert import beijing_time, cny_yuan, epoch_ms, epoch_s, quantity

__all__ = ["code", "mixed_time", "yuan_number"]

_CENT = Decimal("0.01")
_NOISE = Decimal("0.000001")
_LONG_TAIL = re.compile(r"[+-]?\d{1,12}\.\d{13,20}", re.ASCII)
_FIRST_MILLIS = 100_000_000_000


def yuan_number(value: Any) -> Decimal:
    """Yuan from a JSON number, which is a double at the other end: noise below the sixth decimal is cut off."""
    tail = type(value) is str and _LONG_TAIL.fullmatch(value.strip())
    found = cny_yuan(Decimal(value) if tail else value)
    whole = found.quantize(_CENT)
    return whole if abs(found - whole) < _NOISE else found


def code(value: Any) -> str:
    """A word of an enumeration: whole numbers, or their digits as text."""
    return value.strip() if type(value) is str else str(quantity(value))


def mixed_time(value: Any) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` in Beijing time, epoch seconds or epoch milliseconds, to aware UTC; zero is None."""
    if type(value) is str and not (value.isascii() and value.strip().isdigit()):
        return beijing_time(value)
    number = quantity(value)
    return epoch_ms(number) if number >= _FIRST_MILLIS else epoch_s(number)
