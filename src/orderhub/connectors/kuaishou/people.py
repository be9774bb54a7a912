"""Who receives an order of Kuaishou, and its parcels. Pure; imports `kit`, `models`.

Texts come masked; beside them stand ciphertexts, which differ from order to order. They are the token: kept as they
came, opened by `decrypt` only. Source: docs/platforms/kuaishou.md#privacy, #shipping.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from orderhub.kit import privacy
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.json import dumps
from orderhub.kit.table import read
from orderhub.models.status import PrivacyKind

__all__ = ["CIPHERS", "MERGE", "has_ciphertext", "opened_token", "part", "people", "shipments"]

Document = Mapping[str, Any]
Found = dict[str, Any]
MERGE = "openAddressId"
"""Equal for equal receivers; part of the token, too."""
CIPHERS = ("encryptedConsignee", "encryptedMobile", "encryptedAddress")


def part(document: Document, name: str) -> Document:
    """A group of an order; empty when it is missing."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def has_ciphertext(document: Document) -> bool:
    """Whether every part of the receiver has its ciphertext: without it an order must not be shipped."""
    address = part(document, "orderAddress")
    return all(read(address, name, text) for name in CIPHERS)


opened_token = partial(privacy.opened_token, platform="kuaishou")
"""The ciphertexts of a token by wire field, and the merge key."""


def people(document: Document, found: Found) -> Found:
    """The recipient as the platform shows it."""
    address = part(document, "orderAddress")

    def told(name: str) -> str | None:
        return read(address, name, text)  # type: ignore[no-any-return]

    sealed = {name: value for name in CIPHERS if (value := told(name))}
    merge = read(part(document, "orderDeliveryInfo"), MERGE, text)
    place = {name: told(name) for name in ("province", "city", "district", "town")}
    code = read(address, "townCode", ident) or read(address, "districtCode", ident)
    shown = [told(f"desensitise{name}") for name in ("Consignee", "Mobile", "Address")]
    seen = any(shown)
    privacy = {
        "kind": PrivacyKind.ENCRYPTED if sealed else PrivacyKind.MASKED if seen else PrivacyKind.ABSENT,
        "token": dumps({**sealed, **({MERGE: merge} if merge else {})}) if sealed else None,
        "merge_key": merge,
    }
    return {
        "recipient": {
            "name": shown[0], "phone": shown[1], "privacy": privacy,
            "address": {**place, "street": shown[2], "division_code": code if code != "0" else None},
        },
        "buyer": _buyer(document),
    }  # fmt: skip


def _buyer(document: Document) -> Found:
    base = part(document, "orderBaseInfo")
    return {"buyer_id": read(base, "buyerOpenId", ident), "nickname": read(base, "buyerNick", text)}


def shipments(document: Document, found: Found) -> Found:
    """Parcels of the order and of its gifts, each number once; what is in which is told only where there is one."""
    lines = {line["line_id"]: line for line in found["lines"]}
    main = next(iter(lines))
    groups = [(main, rows_of(document.get("orderLogisticsInfo")))]
    groups += [
        (str(part(sub, "subOrderBaseInfo").get("oid")), rows_of(sub.get("subOrderLogisticsInfo")))
        for sub in rows_of(document.get("subOrderInfo")) if isinstance(sub, Mapping)
    ]  # fmt: skip
    parcels: dict[str, Found] = {}
    for name, rows in groups:
        for row in rows:
            if not isinstance(row, Mapping) or not (number := read(row, "expressNo", text)):
                continue
            company = read(row, "expressCode", ident)
            parcel = parcels.setdefault(number, {
                "carrier": None, "carrier_name": company if company != "0" else None, "waybill_no": number,
                "shipped_at": found.get("shipped_at"), "lines": (),
            })  # fmt: skip
            sent = lines[name].get("shipped_quantity") if name in lines else None
            if len(rows) == 1 and sent:
                parcel["lines"] = (*parcel["lines"], (name, sent))
    return {"shipments": tuple(parcels.values())}
