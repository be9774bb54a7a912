"""What a Lazada order means in canonical words: lines of equal units, statuses, holds, people, parcels.

Pure; imports `kit`, `models`. Money stands in `money.py`. Source: docs/platforms/lazada.md#status, #order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderhub.connectors.lazada.spec import ARRANGED, ASTRAY, STATUS
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import boolean, rows_of, text
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = [
    "goods_key",
    "group_key",
    "grouped",
    "labels",
    "people",
    "shipments",
    "status_words",
    "statuses",
    "times",
    "unit_meaning",
]

Document = Mapping[str, Any]
Found = dict[str, Any]
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})
_SUMS = ("subtotal", "discount", "total", "_seller", "_platform")
_FLAGS = ("_cancelling", "_confirming", "_digital")


def unit_meaning(document: Document, found: Found) -> Found:
    """Status and marks of one unit."""
    return {
        "status": STATUS(found["raw_status"]),
        "_cancelling": read(document, "is_cancel_pending", boolean) or False,
        "_confirming": read(document, "need_cancel_confirm", boolean) or False,
        "_digital": read(document, "is_digital", boolean) or False,
        "_own_fleet": document.get("shipping_provider_type") == "SELLER_OWN_FLEET",
        "_reversed": bool(found.get("_return") or found.get("_case")),
    }


def goods_key(unit: Document) -> tuple[Any, ...]:
    """Units with equal keys are the same goods at the same price: one stands for another."""
    return unit.get("platform_sku_id") or unit.get("sku"), unit.get("unit_price"), unit.get("_paid")


def group_key(unit: Found) -> tuple[Any, ...]:
    """Units with equal keys are one line."""
    return *goods_key(unit), unit["raw_status"]


def grouped(document: Document, found: Found) -> Found:
    """Rows of units to lines; a line is named by its first unit and keeps the names of all."""
    groups: dict[tuple[Any, ...], list[tuple[int, Found]]] = {}
    for place, unit in enumerate(found.get("lines", ())):
        groups.setdefault(group_key(unit), []).append((place, unit))
    return {"lines": tuple(_line(members) for members in groups.values())}


def _line(members: list[tuple[int, Found]]) -> Found:
    units = [unit for _, unit in members]
    first = units[0]
    sums = {name: total_of(unit.get(name) for unit in units) for name in _SUMS}
    tax: list[Decimal] = [unit["_tax"] for unit in units if unit.get("_tax")]
    status = first["status"]
    in_case = any(unit["_reversed"] for unit in units)
    return first | sums | {flag: any(unit[flag] for unit in units) for flag in _FLAGS} | {
        "quantity": len(units), "_places": tuple(place for place, _ in members), "_units": units, "_reversed": in_case,
        "_tax": sum(tax, Decimal(0)), "_currency": {unit.get("_currency") for unit in units},
        "_fbl": {unit.get("_fbl") for unit in units},
        "shipped_quantity": None if status is OrderStatus.UNKNOWN else len(units) if status in _GONE else 0,
        "aftersale_status": AftersaleStatus.UNKNOWN if in_case else AftersaleStatus.NONE,
    }  # fmt: skip


def status_words(document: Document) -> list[str]:
    """The order's own words, as far as it tells them."""
    return [text(word) for word in rows_of(document.get("statuses"))]


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment and after-sale axes, the holds, who ships."""
    lines, own = found.get("lines", ()), status_words(document)
    strange = any(not STATUS.knows(word) for word in own) or any(not STATUS.knows(one["raw_status"]) for one in lines)
    status = OrderStatus.UNKNOWN if strange else _summary({line["status"] for line in lines})
    in_case = any(line["_reversed"] for line in lines)
    return {
        "status": status,
        "raw_status": ",".join(dict.fromkeys(own or [line["raw_status"] for line in lines])),
        "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNFULFILLED),
        "aftersale_status": AftersaleStatus.UNKNOWN if in_case else AftersaleStatus.NONE,
        "fulfilled_by": _shipper(lines),
        "holds": frozenset(_holds(document, lines, strange=strange)),
    }


def _summary(words: set[OrderStatus]) -> OrderStatus:
    """Cancelled units count only when there is nothing else."""
    live = words - {OrderStatus.CANCELLED}
    if len(live) <= 1:
        return next(iter(live), OrderStatus.CANCELLED)
    if OrderStatus.UNKNOWN in live or OrderStatus.PENDING_PAYMENT in live:
        return OrderStatus.UNKNOWN
    return OrderStatus.SHIPPED if live <= _GONE else OrderStatus.PARTIALLY_SHIPPED


_FULFILMENT = {
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN, OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED, OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
}  # fmt: skip


def _shipper(lines: Iterable[Found]) -> FulfilledBy:
    """Lazada's own warehouse, the merchant, or no single answer."""
    told = set().union(*(line["_fbl"] for line in lines))
    return {frozenset({True}): FulfilledBy.PLATFORM, frozenset({False}): FulfilledBy.MERCHANT}.get(
        frozenset(told), FulfilledBy.UNKNOWN
    )


def _holds(document: Document, lines: Iterable[Found], *, strange: bool) -> set[Hold]:
    live = [line for line in lines if line["status"] is not OrderStatus.CANCELLED]
    holds = {Hold.UNKNOWN_VALUE} if strange else set()
    asked = any(read(document, name, boolean) for name in ("is_cancel_pending", "need_cancel_confirm"))
    if asked or any(line["_cancelling"] or line["_confirming"] for line in live):
        holds.add(Hold.BUYER_CANCEL_REQUESTED)
    waiting = [line for line in live if line["status"] is OrderStatus.AWAITING_SHIPMENT]
    if waiting and all(line["raw_status"] in ARRANGED or line["_digital"] for line in waiting):
        holds.add(Hold.OTHER)  # nothing is left to tell: the courier fetches it, or no courier is needed
    if any(line["raw_status"] in ASTRAY for line in live):
        holds.add(Hold.OTHER)
    if any(line["_reversed"] for line in waiting):
        holds.add(Hold.REFUND_OPEN)
    return holds


def labels(document: Document, found: Found) -> Found:
    """Words for people and rules: goods astray, digital, waiting for the courier; numbers that Lazada gives."""
    lines = found.get("lines", ())
    told = [line["raw_status"] for line in lines if line["raw_status"] in (*ASTRAY, "ready_to_ship")]
    told += ["digital"] if any(line["_digital"] for line in lines) else []
    units = [unit for line in lines for unit in line["_units"]]
    told += [] if units and all(unit["_own_fleet"] for unit in units) else ["number_by_platform"]
    told += ["gift_wrapping"] if str(document.get("gift_option") or "").lower() in ("1", "true") else []
    return {"labels": tuple(dict.fromkeys(told))}


def times(document: Document, found: Found) -> Found:
    """When it was paid, and the first deadline of goods that wait."""
    units = [unit for line in found.get("lines", ()) for unit in line["_units"]]
    due = [unit.get("_due") for unit in units if unit["status"] is OrderStatus.AWAITING_SHIPMENT]
    return {"paid_at": _first(unit.get("_paid_at") for unit in units), "ship_by": _first(due)}


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def people(document: Document, found: Found) -> Found:
    """Who bought and who receives; stars mean that the platform hides something."""
    place = document.get("address_shipping") or {}
    if not isinstance(place, Mapping):
        raise ValueError("address_shipping must be an object")
    told = {name: read(place, name, text) for name in _PLACE}
    name = _name(told["first_name"], told["last_name"])
    address = {
        "country": told["country"], "province": told["address3"], "city": told["address4"] or told["city"],
        "district": told["address5"] or told["addressDsitrict"], "street": told["address1"],
        "postal_code": told["post_code"],
    }  # fmt: skip
    there = [value for value in (name, told["phone"], *address.values()) if value]
    kind = PrivacyKind.MASKED if any("*" in value for value in there) else PrivacyKind.CLEAR
    buyer = _name(read(document, "customer_first_name", text), read(document, "customer_last_name", text))
    return {
        "buyer": {"nickname": buyer},
        "recipient": {"name": name, "phone": told["phone"] or told["phone2"], "address": address,
                      "privacy": {"kind": kind if there else PrivacyKind.ABSENT}},
    }  # fmt: skip


_PLACE = (
    "first_name", "last_name", "phone", "phone2", "address1", "address3", "address4", "address5", "addressDsitrict",
    "city", "post_code", "country",
)  # fmt: skip


def _name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def shipments(document: Document, found: Found) -> Found:
    """One parcel a package, once the merchant said that it is ready; a package that is only packed is none."""
    parcels: dict[tuple[Any, Any], dict[str, Any]] = {}
    for line in found.get("lines", ()):
        for unit in line["_units"]:
            number = unit.get("_tracking") or unit.get("_tracking_pre")
            if unit["raw_status"] not in (*ARRANGED, *ASTRAY) or not (number or unit.get("_package")):
                continue
            parcel = parcels.setdefault(
                (unit.get("_package"), number), {"number": number, "name": unit.get("_provider"), "lines": {}}
            )
            parcel["lines"][line["line_id"]] = parcel["lines"].get(line["line_id"], 0) + 1
    return {
        "shipments": [
            {"carrier": carrier_of(one["name"]) if one["name"] else None, "carrier_name": one["name"],
             "waybill_no": one["number"], "lines": tuple(one["lines"].items())}
            for one in parcels.values()
        ]
    }  # fmt: skip
