"""What a WeChat order means in canonical words: lines, statuses, holds, people, parcels. Pure; imports `kit`, `models`.

Money stands in `money.py`. Source: docs/platforms/wechat.md#order-status, #order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.connectors.wechat.spec import CARRIERS, CASE_NUMBERS, CASE_STATUS, STATUS, STATUS_HOLDS
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import epoch_s, ident, quantity, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = ["labels", "line_meaning", "named_lines", "parcel_rows", "people", "recipient_of", "shipments", "statuses",
           "times"]  # fmt: skip

Document = Mapping[str, Any]
Found = dict[str, Any]
_TO_SHIP = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})
_FULFILMENT = {
    OrderStatus.PENDING_PAYMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.AWAITING_SHIPMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
}
_WORST_FIRST = (
    AftersaleStatus.UNKNOWN, AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS, AftersaleStatus.REFUNDED,
    AftersaleStatus.REFUSED, AftersaleStatus.CLOSED,
)  # fmt: skip


def _inner(document: Any, *names: str) -> Document:
    for name in names:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def line_meaning(document: Document, found: Found) -> Found:
    """Variant, gift, and what after-sales say of one line."""
    open_units = read(document, "on_aftersale_sku_cnt", quantity) or 0
    done_units = read(document, "finish_aftersale_sku_cnt", quantity) or 0
    word = AftersaleStatus.NONE
    if open_units:
        word = AftersaleStatus.IN_PROGRESS
    elif done_units:
        word = AftersaleStatus.REFUNDED if done_units >= found["quantity"] else AftersaleStatus.PARTIALLY_REFUNDED
    attributes = [row for row in rows_of(document.get("sku_attrs")) if isinstance(row, Mapping)]
    shown = [f"{row.get('attr_key')}:{row.get('attr_value')}" for row in attributes if row.get("attr_value")]
    return {
        "line_id": f"{found['platform_item_id']}-{found['platform_sku_id']}", "variant": ";".join(shown) or None,
        "aftersale_status": word, "refunded_quantity": done_units, "_open_units": open_units,
    }  # fmt: skip


def parcel_rows(document: Document) -> list[Document]:
    """delivery_product_info of an order."""
    rows = rows_of(_inner(document, "order_detail", "delivery_info").get("delivery_product_info"))
    return [row for row in rows if isinstance(row, Mapping)]


def _units(row: Document) -> list[tuple[tuple[str, str], int]]:
    """((product, SKU), units) of one parcel."""
    return [
        ((ident(item.get("product_id")), ident(item.get("sku_id"))), quantity(item.get("product_cnt")))
        for item in rows_of(row.get("product_infos"))
        if isinstance(item, Mapping)
    ]


def named_lines(document: Document, lines: Sequence[Found]) -> list[list[tuple[str, int]]]:
    """Give lines of one SKU ids of their own and every line its shipped units; answers the lines of each parcel.

    Parcels name products, not lines: units go to the lines of that SKU in their order.
    """
    seen: dict[str, int] = {}
    for line in lines:
        count = seen[line["line_id"]] = seen.get(line["line_id"], 0) + 1
        if count > 1:
            line["line_id"] = f"{line['line_id']}-{count}"
        line["shipped_quantity"] = 0
    parcels = []
    for row in parcel_rows(document):
        told: list[tuple[str, int]] = []
        for key, units in _units(row):
            told += _handed(lines, key, units)
        parcels.append(told)
    return parcels


def _handed(lines: Sequence[Found], key: tuple[str, str], units: int) -> list[tuple[str, int]]:
    found = []
    mine = [line for line in lines if (line["platform_item_id"], line["platform_sku_id"]) == key]
    for line in mine:
        part = min(units, line["quantity"] - line["shipped_quantity"])
        if part > 0:
            line["shipped_quantity"] += part
            units -= part
            found.append((line["line_id"], part))
    return found


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the axes, the holds, and every line's own word."""
    raw, lines = found["raw_status"], found.get("lines", ())
    parcels = named_lines(document, lines)
    status = STATUS(raw)
    if status is OrderStatus.CANCELLED and any(parcels):
        status = OrderStatus.SHIPPED  # refunded after the goods had left
    for line in lines:
        line["status"] = _line_status(status, line)
        line["raw_status"] = raw
    aftersale = _aftersale(document, lines)
    return {
        "status": status, "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNKNOWN),
        "aftersale_status": aftersale, "fulfilled_by": FulfilledBy.MERCHANT,
        "holds": frozenset(_holds(document, raw, status, lines)), "_parcels": parcels,
    }  # fmt: skip


def _line_status(status: OrderStatus, line: Found) -> OrderStatus:
    """Once parcels leave, a line is as far as its units; the order's word else."""
    if status not in _TO_SHIP:
        return status
    left = line["quantity"] - (line["refunded_quantity"] or 0) - line["shipped_quantity"]
    if line["shipped_quantity"]:
        return OrderStatus.SHIPPED if left <= 0 else OrderStatus.PARTIALLY_SHIPPED
    return OrderStatus.CANCELLED if left <= 0 else OrderStatus.AWAITING_SHIPMENT


def _aftersale(document: Document, lines: Sequence[Found]) -> AftersaleStatus:
    """By the order's own list of cases; by its lines where there is none. All back says the status itself."""
    detail = document.get("aftersale_detail")
    rows = rows_of(detail.get("aftersale_order_list")) if isinstance(detail, Mapping) else []
    words = [_case_word(row) for row in rows if isinstance(row, Mapping)]
    words = words or [line["aftersale_status"] for line in lines if line["aftersale_status"] != "none"]
    if AftersaleStatus.PARTIALLY_REFUNDED in words and not set(words) & _OPEN:
        return AftersaleStatus.PARTIALLY_REFUNDED
    word = next((word for word in _WORST_FIRST if word in words), AftersaleStatus.NONE)
    if word is not AftersaleStatus.REFUNDED or str(document.get("status")) in ("190", "200"):
        return word
    whole = all(line["aftersale_status"] is AftersaleStatus.REFUNDED for line in lines)
    return word if whole else AftersaleStatus.PARTIALLY_REFUNDED


def _case_word(row: Document) -> AftersaleStatus:
    raw = str(row.get("status", ""))
    return CASE_STATUS(CASE_NUMBERS.get(raw, raw))


def _holds(document: Document, raw: str, status: OrderStatus, lines: Sequence[Found]) -> set[Hold]:
    holds = {STATUS_HOLDS[raw]} if raw in STATUS_HOLDS else set()
    if status is OrderStatus.UNKNOWN and raw not in STATUS_HOLDS:
        holds.add(Hold.UNKNOWN_VALUE)
    if status not in (*_TO_SHIP, OrderStatus.UNKNOWN):
        return holds
    if any(line["_open_units"] and line["shipped_quantity"] < line["quantity"] for line in lines):
        holds.add(Hold.REFUND_OPEN)
    if any(line.get("_dropship") for line in lines):
        holds.add(Hold.OTHER)  # another party ships; a parcel of ours is refused (606034)
    if _inner(document, "order_detail", "delivery_info").get("address_under_review"):
        holds.add(Hold.UNDER_REVIEW)
    return holds


def times(document: Document, found: Found) -> Found:
    """When parcels left, when the buyer confirmed, and until when the first line must leave."""
    delivery = _inner(document, "order_detail", "delivery_info")
    left = [at for row in parcel_rows(document) if (at := read(row, "delivery_time", epoch_s))]
    done = read(_inner(document, "order_detail", "ext_info"), "confirm_receipt_time", epoch_s)
    due = [line["_deadline"] for line in found.get("lines", ()) if line.get("_deadline")]
    told: dict[str, datetime | None] = {
        "shipped_at": min(left) if left else read(delivery, "ship_done_time", epoch_s),
        "completed_at": done if found.get("status") is OrderStatus.COMPLETED else None,
        "ship_by": min(due) if due else None,
    }
    return told


def people(document: Document, found: Found) -> Found:
    """Buyer and receiver."""
    address = _inner(document, "order_detail", "delivery_info", "address_info")
    return {"buyer": {"buyer_id": read(document, "openid", text)}, "recipient": recipient_of(address)}


def recipient_of(address: Document) -> Found:
    """A receiver as the platform shows it: in the clear, with stars, or not at all."""
    if not address:
        return {}
    virtual = _inner(address, "tel_number_ext_info")
    lapses = read(virtual, "virtual_tel_expire_time", epoch_s)
    phone = read(address, "tel_number", text)
    stand_in = read(virtual, "virtual_tel_number", text) or read(address, "virtual_order_tel_number", text)
    hidden = phone is None or "*" in phone
    street = "".join(read(address, name, text) or "" for name in ("detail_info", "house_number"))
    name = read(address, "user_name", text)
    starred = any("*" in (part or "") for part in (name, phone, street))
    kind = PrivacyKind.MASKED if starred else PrivacyKind.CLEAR if name or street else PrivacyKind.ABSENT
    return {
        "name": name, "phone": stand_in if hidden and stand_in else phone,
        "address": {
            "province": read(address, "province_name", text), "city": read(address, "city_name", text),
            "district": read(address, "county_name", text), "street": street or None,
            "postal_code": read(address, "postal_code", text),
        },
        "privacy": {"kind": kind, "merge_key": read(address, "hash_code", text),
                    "expires_at": lapses if hidden and stand_in else None},
    }  # fmt: skip


def shipments(document: Document, found: Found) -> Found:
    """One row a parcel, with its units by line."""
    parcels = found.pop("_parcels", [])
    return {"shipments": [_parcel(row, lines) for row, lines in zip(parcel_rows(document), parcels, strict=True)]}


def _parcel(row: Document, lines: Sequence[tuple[str, int]]) -> Found:
    code, name = read(row, "delivery_id", text), read(row, "delivery_name", text)
    return {
        "carrier": CARRIERS.get(code or "") or carrier_of(name), "carrier_name": name or code,
        "waybill_no": read(row, "waybill_id", text), "shipped_at": read(row, "delivery_time", epoch_s),
        "lines": tuple(lines),
    }  # fmt: skip


def labels(document: Document, found: Found) -> Found:
    """What a warehouse wants to see at a glance."""
    told = ["gift"] if document.get("is_present") in (True, 1, "1", "true") else []
    if any(line.get("_dropship") for line in found.get("lines", ())):
        told.append("dropship")
    if any(line.get("_change_state") for line in found.get("lines", ())):
        told.append("sku_change")
    return {"labels": tuple(told)}
