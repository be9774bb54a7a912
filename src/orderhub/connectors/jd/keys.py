"""JD's client-side ciphertext: which key a text names, the request for keys, opening a text. Pure; imports `kit`.

Source: docs/platforms/jd.md#ciphertext.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.aes import decrypt_cbc
from orderhub.errors import DecodeError, PermissionDenied
from orderhub.kit.convert import rows_of
from orderhub.kit.json import loads

__all__ = ["Keys", "key_request", "keys_of", "opened", "voucher_of"]

SDK_VERSION = 2
WEAK = 0
KEY_ID_BYTES = 16
KEY_BYTES = 16
Keys = Mapping[bytes, bytes]
"""Key id -> key."""


def voucher_of(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inside of a voucher: its id and the key that requests are signed with.

    Raises:
        DecodeError: It is not a voucher.
    """
    data = response.get("data")
    text = data.get("voucher") if isinstance(data, Mapping) else None
    try:
        found = loads(base64.b64decode(str(text), validate=True))["data"]
        return {"id": str(found["id"]), "key": base64.b64decode(str(found["key"]))}
    except (ValueError, KeyError, TypeError, DecodeError):
        raise DecodeError("the voucher cannot be read", platform="jd", path="data.voucher") from None


def key_request(voucher: Mapping[str, Any], millis: int) -> dict[str, Any]:
    """What is sent for the keys, signed with the voucher's own key."""
    signed = {"sdk_ver": SDK_VERSION, "ts": millis, "tid": voucher["id"]}
    text = json.dumps(signed, separators=(",", ":"))
    digest = hmac.new(voucher["key"], text.encode(), hashlib.sha256).digest()
    return {**signed, "sig": base64.b64encode(digest).decode()}


def keys_of(response: Mapping[str, Any]) -> Keys:
    """Every key of the reply whose digest is right."""
    found = {}
    for service in rows_of(response.get("service_key_list")):
        for row in rows_of(service.get("keys")):
            key = base64.b64decode(str(row.get("key_string")))
            digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
            if row.get("key_digest") in (None, digest):
                found[base64.b64decode(str(row.get("id")))] = key
    return found


def opened(text: str, keys: Keys) -> str:
    """The clear text.

    Raises:
        PermissionDenied: No key for it was given to this app.
        DecodeError: It is damaged.
    """
    raw = base64.b64decode(text)
    start, length = (2, KEY_ID_BYTES) if raw[0] == WEAK else (3, int.from_bytes(raw[1:3], "big"))
    key = keys.get(raw[start : start + length])
    if key is None:
        raise PermissionDenied("this app holds no key for the text", platform="jd", operation="decrypt")
    body = raw[start + length :]
    try:
        return decrypt_cbc(key[:KEY_BYTES], body[:16], body[16:]).decode()
    except ValueError:
        raise DecodeError("the ciphertext is damaged or of a kind that is not documented", platform="jd") from None
