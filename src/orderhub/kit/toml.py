"""TOML that somebody else wrote, read within bounds. Pure; imports the standard library.

The standard parser takes the square of the parts of a dotted key, in time and in memory, and recurses into arrays.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

__all__ = ["CHARACTERS_MAX", "read_toml"]

CHARACTERS_MAX = 4_000_000
KEY_PARTS_MAX = 32
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'")
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{KEY_PARTS_MAX}}}")


def read_toml(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The document.

    Raises:
        ValueError: Too long, too deep, or no TOML; `tomllib.TOMLDecodeError` says where.
    """
    if len(text) > CHARACTERS_MAX:
        raise ValueError(f"more than {CHARACTERS_MAX} characters")
    if _LONG_KEY.search(_QUOTED.sub("q", text)):
        raise ValueError(f"a key of more than {KEY_PARTS_MAX} parts")
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None
