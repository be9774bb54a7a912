"""What we say to SF: parcels and people as its documents. Pure; imports `models`, `provinces`, `errors`.

Source: docs/platforms/carriers.md#sf-express-create.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.errors import WaybillRejected
from orderhub.logistics.provinces import MUNICIPALITIES, PROVINCES, province_key
from orderhub.models.logistics import Parcel
from orderhub.models.person import Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["ORDER_ID_MAX", "order_document", "place", "tariff_document"]

ORDER_ID_MAX = 64
PHONE_MAX = 20
STREET_MAX = 200
_PROVINCES = frozenset(map(province_key, PROVINCES.values()))
_MOBILE = re.compile(r"1\d{10}(?:-\d+)?")


def order_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a new order; empty fields are left out.

    Raises:
        WaybillRejected: Something that SF requires is missing or hidden; names the field.
    """
    if not 0 < len(parcel.parcel_id) <= ORDER_ID_MAX:
        raise _reject("parcel_id", f"needs 1 to {ORDER_ID_MAX} characters, it becomes SF's orderId")
    if parcel.weight_g <= 0:
        raise _reject("weight_g", "must be more than zero")
    count = sum(quantity for _, quantity in parcel.lines) or 1
    found = {
        "language": settings["language"],
        "orderId": parcel.parcel_id,
        "cargoDetails": [{"name": settings["cargo_name"], "count": count}],
        "contactInfoList": [_contact(1, sender, "sender"), _contact(2, parcel.recipient, "recipient")],
        "monthlyCard": settings["monthly_card"],
        "payMethod": settings["pay_method"],
        "expressTypeId": settings["express_type"],
        "parcelQty": 1,
        "totalWeight": _kilograms(parcel),
        "totalLength": _centimetres(parcel.length_mm),
        "totalWidth": _centimetres(parcel.width_mm),
        "totalHeight": _centimetres(parcel.height_mm),
        "isDocall": int(settings["pickup"]),
        "isGenWaybillNo": 1,
        "isReturnRoutelabel": 1,
        "isUnifiedWaybillNo": int(settings["unified_numbers"]),
        "serviceList": _services(parcel),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [])}


def _reject(field: str, why: str) -> WaybillRejected:
    return WaybillRejected(f"{field}: {why}", platform="sf", operation="create", field=field)


def _contact(kind: int, person: Recipient, role: str) -> dict[str, Any]:
    if person.privacy.kind in (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED):
        raise _reject(role, "is hidden by the platform; decrypt it first, or use the platform's own e-waybills")
    if not person.name:
        raise _reject(f"{role}.name", "is missing; SF needs a contact")
    if not person.phone:
        raise _reject(f"{role}.phone", "is missing; SF needs a phone of both sides")
    phone = f"{person.phone}-{person.phone_extension}" if person.phone_extension else person.phone
    if len(phone) > PHONE_MAX:
        raise _reject(f"{role}.phone", f"has more than {PHONE_MAX} characters with its extension")
    found = {
        "contactType": kind, "contact": person.name, "mobile" if _MOBILE.fullmatch(phone) else "tel": phone,
        "country": person.address.country or "CN", **place(person, role, "county"),
        "postCode": person.address.postal_code,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def place(person: Recipient, role: str, district: str) -> dict[str, Any]:
    """Province, city, district (under the name that the message wants) and street with its town."""
    address = person.address
    street = f"{address.town or ''}{address.street or ''}"
    if not street or not address.province or not address.city:
        lost = "street" if not street else "province" if not address.province else "city"
        raise _reject(f"{role}.address.{lost}", "is missing; SF needs province, city and street")
    if len(street) > STREET_MAX:
        raise _reject(f"{role}.address.street", f"has more than {STREET_MAX} characters with its town")
    short = province_key(address.province)
    if short not in _PROVINCES:
        raise _reject(f"{role}.address.province", "is none of the country's provinces")
    province = short if short in MUNICIPALITIES else address.province
    found = {"province": province, "city": address.city, district: address.district, "address": street}
    return {name: value for name, value in found.items() if value}


def _kilograms(parcel: Parcel) -> Decimal | None:
    return Decimal(parcel.weight_g).scaleb(-3) if parcel.weight_g else None


def _centimetres(length_mm: int | None) -> Decimal | None:
    return Decimal(length_mm).scaleb(-1) if length_mm else None


def _services(parcel: Parcel) -> list[dict[str, str]]:
    """Value-added services; amounts are text in yuan."""
    amounts = {"INSURE": parcel.declared_value, "COD": parcel.cod_amount}
    return [{"name": name, "value": format(amount, "f")} for name, amount in amounts.items() if amount]


def tariff_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any], at: str) -> dict[str, Any]:
    """The question for price and time; `at` is the Beijing time of dispatch."""
    found: dict[str, Any] = {
        "businessType": str(settings["express_type"]), "weight": _kilograms(parcel), "consignedTime": at,
        "searchPrice": "1", "srcAddress": place(sender, "sender", "district"),
        "destAddress": place(parcel.recipient, "recipient", "district"),
    }  # fmt: skip
    if parcel.length_mm and parcel.width_mm and parcel.height_mm:
        found["volume"] = (Decimal(parcel.length_mm * parcel.width_mm * parcel.height_mm) / 1000).quantize(
            Decimal("0.01")
        )
    return {name: value for name, value in found.items() if value is not None}
