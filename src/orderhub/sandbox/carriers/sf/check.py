"""What SF demands of an order before it takes it. Pure: a document in, or `Refused`.

Source: docs/platforms/sf.md#create.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from orderhub.sandbox.carriers.sf.codes import Refused

__all__ = ["MONTHLY_CARD", "check_order", "contact", "listed", "text", "whole"]

MONTHLY_CARD: Final = "7551234567"
PARCELS_MAX: Final = 307
_PHONE: Final = re.compile(r"[0-9+()\- ]{7,20}")
_REGION: Final = re.compile("省|市|自治区|特别行政区")
_NUMBER: Final = re.compile(r"SF\d{13}|\d{12}")
_SENDER: Final = ("1010", "1011", "1012")
_RECEIVER: Final = ("1014", "1015", "1016")


def text(document: Mapping[str, Any], name: str, length: int | None = None) -> str:
    """A required text; raises S0002 when it is missing, S0001 when it is something else or too long."""
    value = document.get(name)
    if value is None or value == "":
        raise Refused("S0002", name)
    if not isinstance(value, str) or (length is not None and len(value) > length):
        raise Refused("S0001", name)
    return value


def whole(document: Mapping[str, Any], name: str, default: int) -> int:
    """An optional whole number; digits in a text are taken too."""
    value = document.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise Refused("S0001", name)
    return int(value)


def listed(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """An optional list of objects."""
    value = document.get(name) or []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Refused("S0001", name)
    return value


def contact(document: Mapping[str, Any], kind: int) -> dict[str, Any]:
    """The sender (1) or receiver (2); empty if there is none."""
    rows = listed(document, "contactInfoList")
    return next((row for row in rows if str(row.get("contactType")) == str(kind)), {})


def check_order(document: Mapping[str, Any], prohibited: Sequence[str]) -> None:
    """Raises `Refused` with the code of the first fault found."""
    text(document, "language", 10)
    text(document, "orderId", 64)
    _check_contact(contact(document, 1), _SENDER)
    _check_contact(contact(document, 2), _RECEIVER)
    _check_cargo(listed(document, "cargoDetails"), prohibited)
    _check_product(document)
    _check_card(document)
    _check_parcels(document)
    _check_services(document)


def _check_contact(person: Mapping[str, Any], codes: tuple[str, str, str]) -> None:
    no_address, no_name, no_phone = codes
    address = person.get("address")
    if not isinstance(address, str) or not 0 < len(address) <= 200:
        raise Refused(no_address)
    if not (person.get("province") or person.get("city")) and len(_REGION.findall(address)) < 1:
        raise Refused(no_address, "province and city are empty, so the address must hold them")
    if not (person.get("contact") or person.get("company")):
        raise Refused(no_name)
    phone = person.get("mobile") or person.get("tel")
    if not phone:
        raise Refused(no_phone)
    if not _PHONE.fullmatch(str(phone)):
        raise Refused("8196")
    text(person, "country")


def _check_cargo(rows: Sequence[Mapping[str, Any]], prohibited: Sequence[str]) -> None:
    if not rows:
        raise Refused("S0002", "cargoDetails")
    for row in rows:
        name = row.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= 128:
            raise Refused("1023")
        if any(word in name for word in prohibited):
            raise Refused("20035")
        if "count" in row and (_amount(row["count"]) or Decimal(0)) <= 0:
            raise Refused("1028")


def _check_product(document: Mapping[str, Any]) -> None:
    if ("expressTypeId" in document) == bool(document.get("scenePlanCode")):
        raise Refused("S0002", "one of expressTypeId and scenePlanCode")
    if "expressTypeId" in document and whole(document, "expressTypeId", 0) <= 0:
        raise Refused("8057")


def _check_card(document: Mapping[str, Any]) -> None:
    card = document.get("monthlyCard")
    if card and not re.fullmatch(r"\d{10}", str(card)):
        raise Refused("6126")
    if card and str(card) != MONTHLY_CARD:
        raise Refused("8119")


def _check_parcels(document: Mapping[str, Any]) -> None:
    parcels = whole(document, "parcelQty", 1)
    if not 1 <= parcels <= PARCELS_MAX:
        raise Refused("8117")
    if parcels > 1 and _amount(document.get("totalWeight")) is None:
        raise Refused("S0002", "totalWeight")
    if whole(document, "isGenWaybillNo", 1) == 0:
        numbers = listed(document, "waybillNoInfoList")
        if not numbers or not all(_NUMBER.fullmatch(str(row.get("waybillNo"))) for row in numbers):
            raise Refused("8247")


def _check_services(document: Mapping[str, Any]) -> None:
    for row in listed(document, "serviceList"):
        if row.get("name") == "COD":
            amount = _amount(row.get("value"))
            if amount is None:
                raise Refused("6138")
            if amount <= 0:
                raise Refused("6139")
        if row.get("name") == "IN26":
            if not row.get("value"):
                raise Refused("8051")
            if (_amount(document.get("totalWeight")) or Decimal(0)) > 300:
                raise Refused("20012")


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
