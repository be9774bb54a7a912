"""Converters of JD's own shapes: its times, codes before a dash, ids of lines, ciphertext. Pure; imports `kit`.

Source: docs/platforms/jd.md#order, #privacy.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from orderhub.errors import DecodeError
from orderhub.kit.convert import beijing_time, epoch_ms, masked, text
from orderhub.kit.json import loads

__all__ = ["is_cipher", "jd_time", "leading_code", "object_of", "pick", "told"]

_BAD = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
_CIPHER_LEAST = 50


def jd_time(value: Any) -> datetime | None:
    """Beijing text `yyyy-MM-dd HH:mm:ss`, with or without fractions, or epoch milliseconds, to aware UTC.

    Sentinel dates and zero are None.
    """
    if type(value) is str and "-" in value[1:]:
        return beijing_time(value.strip().partition(".")[0])
    return epoch_ms(value)


def leading_code(value: Any) -> str:
    """The code of a `<code>-<text>` value; a bare code is itself."""
    return text(value).partition("-")[0].strip()


def pick(document: Any, path: str) -> Any:
    """The first present value of `a.b|c`; None when all are missing, null or empty text."""
    if type(document) is dict and (value := document.get(path)) is not None and value != "":
        return value  # a plain name, the commonest
    for names in _choices(path):
        value = document
        for name in names:
            if type(value) is not dict and not isinstance(value, Mapping):
                value = None
                break
            value = value.get(name)
        if value is not None and value != "":
            return value
    return None


@lru_cache(maxsize=256)
def _choices(path: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(choice.split(".")) for choice in path.split("|"))


def told(document: Any, path: str, convert: Callable[[Any], Any]) -> Any:
    """One optional value of `a.b|c`, converted; None when it is missing.

    Raises:
        DecodeError: `convert` refuses the value; names path and masked value.
    """
    value = pick(document, path)
    if value is None or (convert is text and type(value) is str):
        return value
    try:
        return convert(value)
    except _BAD as error:
        said = str(error) if isinstance(error, ValueError) else "unexpected shape"
        place = next(choice for choice in path.split("|") if pick(document, choice) is not None)
        raise DecodeError(said, path=place, value=masked(value)) from None


def object_of(value: Any) -> Mapping[str, Any]:
    """An object that may come as JSON text; anything else is empty."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = loads(value)
        except DecodeError:
            return {}
    return value if isinstance(value, Mapping) else {}


def is_cipher(value: str) -> bool:
    """Whether a text is JD's ciphertext: base64 whose first bytes name a cipher type and a key."""
    if len(value) < _CIPHER_LEAST or len(value) % 4:
        return False
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return raw[:2] == b"\x00\x04" or raw[0] in (1, 2)
