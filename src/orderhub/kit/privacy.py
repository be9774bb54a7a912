"""Receivers behind ciphertext: the token of an order is a small document of them. Imports `kit.json`, `errors`."""

from __future__ import annotations

from orderhub.errors import DecodeError
from orderhub.kit.json import loads

__all__ = ["opened_token"]


def opened_token(token: str, platform: str) -> dict[str, str]:
    """The ciphertexts of a receiver's token, by the names that the platform's connector gave them.

    Raises:
        DecodeError: Not a token of this platform; the token itself is never told.
    """
    try:
        found = loads(token)
    except DecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise DecodeError("not a receiver token of this platform", platform=platform, path="privacy.token")
    return found
