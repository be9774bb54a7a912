"""The three message digests of Fengqiao. Pure; imports nothing of the library.

Source: docs/platforms/sf.md#protocol, vectors there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote_from_bytes

__all__ = ["ALGORITHMS", "digest", "java_encoded"]

_JAVA_SAFE: Final = "*"


def java_encoded(text: str) -> str:
    """Form encoding as Java does it: letters, digits and `.-*_` stay, a space is a plus, hex in capitals."""
    kept = quote_from_bytes(text.encode(), safe=_JAVA_SAFE + " ")
    return kept.replace("~", "%7E").replace(" ", "+")


def _md5(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def _sm3(text: str) -> str:
    """Raises `ValueError` where Python's OpenSSL has no SM3."""
    return hashlib.new("sm3", text.encode()).hexdigest()


ALGORITHMS: Final[Mapping[str, Callable[[str], str]]] = {
    "standard_md5": lambda text: _md5(java_encoded(text)),
    "simple_md5": _md5,
    "sm3": _sm3,
}
"""Which one an application uses is fixed when it is created."""
RULES: Final[Mapping[str, str]] = {
    "standard_md5": "base64 of MD5 over text: form-encoded as Java does it, ending in the check word",
    "simple_md5": "base64 of MD5 over text, which ends in the check word",
    "sm3": "lower hex of SM3 over text, which ends in the check word",
}
"""The same in words, for the log."""


def digest(algorithm: str, message: str, timestamp: str, check_word: str) -> str:
    """`msgDigest` over the decoded `msgData`; raises `ValueError` for SM3 where it is not available."""
    return ALGORITHMS[algorithm](f"{message}{timestamp}{check_word}")
