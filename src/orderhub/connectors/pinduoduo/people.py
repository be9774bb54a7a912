"""Who receives an order of Pinduoduo, and its parcels. Pure; imports `kit`, `models`.

Texts come masked; beside them stand ciphertexts while the order waits for shipping and is not under review. They are
the token: kept as they came, opened by `decrypt` only. Source: docs/platforms/pinduoduo.md#privacy, #shipping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from orderhub.connectors.pinduoduo.convert import code, mixed_time
from orderhub.kit import privacy
from orderhub.kit.convert import rows_of, text
from orderhub.kit.json import dumps
from orderhub.kit.table import read
from orderhub.models.status import PrivacyKind

__all__ = ["MERGE", "completed_at", "is_ciphertext", "opened_token", "people", "shipments"]

Document = Mapping[str, Any]
Found = dict[str, Any]
MERGE = "open_address_id"
"""The merge id: equal for equal receivers; part of the token, too."""
_CIPHER = re.compile(r"([~$#]).+\1", re.S)


def is_ciphertext(value: str) -> bool:
    """Whether a text is one of the platform's ciphertexts: `~…~` text, `$…$` phone, `#…#` id number."""
    return _CIPHER.fullmatch(value) is not None


def _text(document: Document, name: str) -> str | None:
    return read(document, name, text)  # type: ignore[no-any-return]


def _shown(document: Document, name: str) -> str | None:
    """The masked text, or the field itself where it is no ciphertext."""
    if masked := _text(document, f"{name}_mask"):
        return masked
    found = _text(document, name)
    return found if found and not is_ciphertext(found) else None


def _token(document: Document) -> str | None:
    names = ["receiver_name", "receiver_phone", "receiver_address"]
    names += [] if _text(document, "receiver_address") else ["address"]
    found = {name: value for name in names if (value := _text(document, name)) and is_ciphertext(value)}
    merge = _text(document, MERGE)
    return dumps({**found, **({MERGE: merge} if merge else {})}) if found else None


opened_token = partial(privacy.opened_token, platform="pinduoduo")
"""The ciphertexts of a token by wire field, and the merge id."""


def people(document: Document, found: Found) -> Found:
    """The recipient as the platform shows it; a ciphertext lasts until shipping, at the latest told by the deadline."""
    name, phone = _shown(document, "receiver_name"), _shown(document, "receiver_phone")
    street, token = _street(document), _token(document)
    seen = [value for value in (name, phone, street) if value]
    kind = PrivacyKind.ENCRYPTED if token else PrivacyKind.MASKED if any("*" in value for value in seen) else None
    address = {"country": _text(document, "country"), "province": _text(document, "province"),
               "city": _text(document, "city"), "district": _text(document, "town"), "street": street}  # fmt: skip
    privacy = {
        "kind": kind or (PrivacyKind.CLEAR if seen else PrivacyKind.ABSENT),
        "token": token,
        "merge_key": _text(document, MERGE) or _text(document, f"{MERGE}_2"),
        "expires_at": found.get("ship_by") if token else None,
    }
    return {"recipient": {"name": name, "phone": phone, "address": address, "privacy": privacy}}


def _street(document: Document) -> str | None:
    """The detail below the district; the full address without its regions where only that is told."""
    if detail := _shown(document, "receiver_address"):
        return detail
    whole = _shown(document, "address")
    for name in ("province", "city", "town"):
        whole = whole.removeprefix(_text(document, name) or "") if whole else whole
    return whole or None


_MORE = ("extra_delivery_list", "resend_delivery_list")


def shipments(document: Document, found: Found) -> Found:
    """The main parcel and further ones; what is in which is told only where there is one, or where gifts go apart."""
    goods = [(line["line_id"], line["quantity"]) for line in found["lines"] if not line.get("is_gift")]
    gifts = [(line["line_id"], line["quantity"]) for line in found["lines"] if line.get("is_gift")]
    apart = _numbers(document, "gift_delivery_list")
    more = [number for name in _MORE for number in _numbers(document, name)]
    rows = [(number, () if more else goods if apart else goods + gifts) for number in _number(document)]
    rows += [(number, ()) for number in more] + [(number, gifts if len(apart) == 1 else ()) for number in apart]
    parcels: dict[str, Found] = {}
    for (company, waybill), lines in rows:
        parcels.setdefault(waybill, {"carrier": None, "carrier_name": company, "waybill_no": waybill,
                                     "shipped_at": found.get("shipped_at"), "lines": tuple(lines)})  # fmt: skip
    return {"shipments": tuple(parcels.values())}


def _numbers(document: Document, name: str) -> list[tuple[str | None, str]]:
    return [pair for row in rows_of(document.get(name)) for pair in _number(row)]


def _number(row: Any) -> list[tuple[str | None, str]]:
    """(the platform's carrier id, waybill number) of a parcel, empty when it has no number."""
    waybill = read(row, "tracking_number", text)
    company = read(row, "logistics_id", code)
    return [(company if company not in (None, "0") else None, waybill)] if waybill else []


def completed_at(document: Document) -> Any:
    """When the buyer confirmed the receipt."""
    return read(document, "receive_time", mixed_time)
