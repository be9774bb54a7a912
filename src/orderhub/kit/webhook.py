"""Proof that a pushed message is the platform's own: an HMAC over the raw bytes, compared in constant time. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Literal

from orderhub.errors import SecurityError

__all__ = ["check_hmac"]


def check_hmac(
    body: bytes, given: str | None, secrets: Sequence[str], *, digest: str = "sha256",
    encoding: Literal["hex", "base64"] = "hex", platform: str | None = None,
) -> None:  # fmt: skip
    """Let a message pass that one of `secrets` signed; give several while keys are changed.

    Args:
        body: Exactly the bytes received, or whatever the platform signs around them.
        given: The signature as it came; None when there was none.
    Raises:
        SecurityError: Forged, altered or not signed. Nothing of the body was parsed.
    """
    told = _decoded(given or "", encoding)
    fine = False
    for secret in secrets:  # every key is tried whatever the first one says: the time tells nothing
        fine |= hmac.compare_digest(hmac.new(secret.encode(), body, getattr(hashlib, digest)).digest(), told)
    if not fine:
        raise SecurityError("the message is not signed with this shop's secret", platform=platform)


def _decoded(given: str, encoding: str) -> bytes:
    try:
        return bytes.fromhex(given) if encoding == "hex" else base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return b""
