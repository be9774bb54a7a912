"""Who buys and who receives an order of Douyin. Pure; imports `kit`, `models`.

The fields of old are empty or masked; beside them stand ciphertexts, which are the token: kept as they came, opened by
`decrypt` only. Regions are in the clear. Source: docs/platforms/douyin.md#privacy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from orderhub.errors import InvalidParameter
from orderhub.kit import privacy
from orderhub.kit.convert import ident, text
from orderhub.kit.json import dumps
from orderhub.kit.table import read
from orderhub.models.person import Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["LEVELS", "callable_number", "opened_token", "people", "region_fields"]

Document = Mapping[str, Any]
LEVELS = ("province", "city", "town", "street")
"""Regions, largest first."""
_MARK, _EMPTY = "douyin:", {"", "0"}
_VIRTUAL = re.compile(r"(\d+)-(\d+)", re.ASCII)


def _text(document: Document, name: str) -> str | None:
    return read(document, name, text)  # type: ignore[no-any-return]


def _inner(document: Document, *names: str) -> Document:
    for name in names:
        if isinstance(found := document.get(name), Mapping) and found:
            return found
    return {}


def _region(address: Document, level: str) -> tuple[str | None, str | None]:
    """(name, id) of one level."""
    row = address.get(level)
    if not isinstance(row, Mapping):
        return (text(row) or None if row is not None else None), None
    return _text(row, "name"), read(row, "id", ident)


def _token(document: Document) -> str | None:
    found = {
        "name": _text(document, "encrypt_post_receiver"),
        "phone": _text(document, "encrypt_post_tel"),
        "address": _text(_inner(document, "post_addr"), "encrypt_detail"),
    }
    kept = {name: value for name, value in found.items() if value}
    return dumps(kept) if kept else None


opened_token = partial(privacy.opened_token, platform="douyin")
"""The ciphertexts of a token: name, phone, address."""


def people(document: Document, found: dict[str, Any]) -> dict[str, Any]:
    """The buyer's id and the recipient as the platform shows it."""
    name = _text(document, "mask_post_receiver") or _text(document, "post_receiver")
    phone = _text(document, "mask_post_tel") or _text(document, "post_tel")
    shown, plain = _inner(document, "mask_post_addr", "post_addr"), _inner(document, "post_addr", "mask_post_addr")
    street, token = _text(shown, "detail") or _text(plain, "detail"), _token(document)
    names = [_region(shown, level)[0] or _region(plain, level)[0] for level in LEVELS]
    ids = [_region(shown, level)[1] or _region(plain, level)[1] or "" for level in LEVELS]
    seen = [value for value in (name, phone, street) if value]
    kind = PrivacyKind.ENCRYPTED if token else PrivacyKind.MASKED if any("*" in value for value in seen) else None
    address = {
        "country": "CN" if any(names) else None, "province": names[0], "city": names[1], "district": names[2],
        "town": names[3], "street": street,
        "division_code": f"{_MARK}{'/'.join(ids)}" if any(set(ids) - _EMPTY) else None,
    }  # fmt: skip
    privacy = {"kind": kind or (PrivacyKind.CLEAR if seen else PrivacyKind.ABSENT), "token": token}
    buyer = _text(document, "doudian_open_id") or _text(document, "open_id")
    return {
        "buyer": {"buyer_id": buyer},
        "recipient": {"name": name, "phone": phone, "address": address, "privacy": privacy},
    }


def region_fields(recipient: Recipient) -> dict[str, Any]:
    """`post_addr`, `post_receiver`, `post_tel` of a change of address, which wants every part in the clear.

    Raises:
        InvalidParameter: A part is missing or masked, or the ids of the platform's regions are not there: orders carry
            them in `division_code`, as `douyin:` and the ids of province, city, district and town with slashes.
    """
    address = recipient.address
    names = dict(zip(LEVELS, (address.province, address.city, address.district, address.town), strict=True))
    fields = ("province", "city", "district", "town", "name", "phone", "street")
    for field, value in zip(fields, (*names.values(), recipient.name, recipient.phone, address.street), strict=True):
        if not value or "*" in value:
            raise InvalidParameter(f"a change of address needs {field} in the clear", platform="douyin", field=field)
    ids = (address.division_code or "").removeprefix(_MARK).split("/")
    if not (address.division_code or "").startswith(_MARK) or len(ids) != len(LEVELS) or not all(ids):
        raise InvalidParameter(
            "a change of address needs the platform's ids of the four regions in division_code, as orders carry them",
            platform="douyin", field="division_code",
        )  # fmt: skip
    regions = {level: {"id": number, "name": names[level]} for level, number in zip(LEVELS, ids, strict=True)}
    return {"post_addr": {**regions, "address_detail": address.street}, "post_receiver": recipient.name,
            "post_tel": recipient.phone}  # fmt: skip


def callable_number(phone: str | None) -> tuple[str | None, str | None]:
    """A virtual number is written as number and extension: `18400000000-1234`."""
    found = _VIRTUAL.fullmatch(phone or "")
    return (found[1], found[2]) if found else (phone, None)
