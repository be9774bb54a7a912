"""Proof that a pushed message is the platform's own: signed over its raw bytes with a key that is ours. Pure.

Keys change while messages are under way. A shop therefore has several that may have signed: the current one, and those
that it still lists in `previous_secrets`. Every key is tried whatever the others say, each compared in constant time.
Imports `models`, `errors`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import Literal

from orderhub.errors import SecurityError
from orderhub.models.channel import Credentials

__all__ = ["check_hmac", "check_signature", "message_keys"]

_UNSIGNED = "the message is not signed with this shop's secret"


def message_keys(app: Credentials, current: object = None) -> tuple[str, ...]:
    """The secrets that may have signed a message: the current one, then those that are still listed.

    Args:
        app: Credentials of the shop or carrier.
        current: What signs messages where that is not the app's secret, such as a webhook's own.
    """
    return (str(current or app.app_secret), *app.previous_secrets)


def check_signature(
    given: str | bytes | None, keys: Iterable[str], sign: Callable[[str], str | bytes], *, platform: str | None = None,
    words: str = _UNSIGNED,
) -> None:  # fmt: skip
    """Let a message pass that one of `keys` signed.

    Args:
        given: The signature as it came, in the form that `sign` answers; None when there was none.
        keys: See `message_keys`; an empty one proves nothing.
        sign: key -> the signature that this message has under it.
        words: What the error says.
    Raises:
        SecurityError: Forged, altered, not signed, or signed with a key that is no longer listed.
    """
    told, fine = _bytes(given or b""), False
    for key in keys:  # every key is tried whatever the first one says: the time tells nothing
        fine |= bool(key) & hmac.compare_digest(_bytes(sign(key)), told)
    if not fine:
        raise SecurityError(words, platform=platform)


def check_hmac(
    body: bytes, given: str | None, secrets: Iterable[str], *, digest: str = "sha256",
    encoding: Literal["hex", "base64"] = "hex", platform: str | None = None,
) -> None:  # fmt: skip
    """`check_signature` for platforms that sign with an HMAC.

    Args:
        body: Exactly the bytes received, or whatever the platform signs around them.
        given: The signature as it came; None when there was none.
        secrets: See `message_keys`.
    Raises:
        SecurityError: Forged, altered or not signed. Nothing of the body was parsed.
    """

    def sign(secret: str) -> bytes:
        return hmac.new(secret.encode(), body, getattr(hashlib, digest)).digest()

    check_signature(_decoded(given or "", encoding), secrets, sign, platform=platform)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "replace")


def _decoded(given: str, encoding: str) -> bytes:
    try:
        return bytes.fromhex(given) if encoding == "hex" else base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return b""
