"""What a Xiaohongshu order means in canonical words: lines, statuses, people, parcels. Pure; imports `kit`, `models`.

Money stands in `money.py`; what settings decide (buyer's wish to cancel, cases, gifts) in `decode.py`.
Source: docs/platforms/xiaohongshu.md#order-status, #order, #privacy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.xiaohongshu.spec import STATUS, STATUS_HOLDS
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import epoch_ms, ident, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = ["labels", "parcel_rows", "people", "shipments", "statuses", "times"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
_FULFILMENT = {
    OrderStatus.PENDING_PAYMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.AWAITING_SHIPMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
}


def parcel_rows(document: Document) -> list[Document]:
    """Parcels with a number; an order that tells none by row may tell one in its head."""
    rows = [row for row in rows_of(document.get("simpleDeliveryOrderList"))
            if isinstance(row, Mapping) and read(row, "expressTrackingNo", text)]  # fmt: skip
    return rows or ([document] if read(document, "expressTrackingNo", text) else [])


def _named(document: Document, lines: Sequence[Found], status: OrderStatus) -> list[list[str]]:
    """The lines of each parcel, which names SKUs; a lone parcel without names holds all once everything left."""
    found = []
    for row in parcel_rows(document):
        skus = {ident(one) for one in rows_of(row.get("skuIdList"))} if "skuIdList" in row else set()
        found.append([line["line_id"] for line in lines if line["platform_sku_id"] in skus])
    if len(found) == 1 and not found[0] and status in _GONE:
        found = [[line["line_id"] for line in lines]]
    return found


def _own_ids(lines: Sequence[Found]) -> None:
    """Lines have no id: a line is called by its SKU, a second one of that SKU gets a number."""
    seen: dict[str, int] = {}
    for line in lines:
        sku = line["platform_sku_id"]
        count = seen[sku] = seen.get(sku, 0) + 1
        line["line_id"] = sku if count == 1 else f"{sku}-{count}"


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment axis, what holds by status alone, and every line's own word."""
    raw, lines = found["raw_status"], found.get("lines", ())
    _own_ids(lines)
    status = STATUS(raw)
    parcels = _named(document, lines, status)
    if status is OrderStatus.CANCELLED and parcels:
        status = OrderStatus.SHIPPED  # closed after goods had left
        parcels = _named(document, lines, status)
    sent = {line_id for parcel in parcels for line_id in parcel}
    for line in lines:
        line |= _line_word(status, line, sent)
        line["raw_status"] = raw
    holds = {STATUS_HOLDS[raw]} if raw in STATUS_HOLDS else set()
    if not STATUS.knows(raw):
        holds.add(Hold.UNKNOWN_VALUE)
    return {
        "status": status, "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNKNOWN),
        "fulfilled_by": FulfilledBy.MERCHANT, "holds": frozenset(holds | _presale(document, found, status)),
        "aftersale_status": AftersaleStatus.NONE, "_parcels": parcels,
    }  # fmt: skip


def _line_word(status: OrderStatus, line: Found, sent: set[str]) -> Found:
    """A line goes whole: it is sent or it waits; nothing is said where neither order nor parcels tell."""
    units = line["quantity"]
    if status in _GONE:
        return {"status": status, "shipped_quantity": units}
    if status is OrderStatus.UNKNOWN or (status is OrderStatus.PARTIALLY_SHIPPED and not sent):
        return {"status": OrderStatus.UNKNOWN, "shipped_quantity": units if line["line_id"] in sent else None}
    if line["line_id"] in sent:
        return {"status": OrderStatus.SHIPPED, "shipped_quantity": units}
    word = OrderStatus.AWAITING_SHIPMENT if status is OrderStatus.PARTIALLY_SHIPPED else status
    return {"status": word, "shipped_quantity": 0}


def _presale(document: Document, found: Found, status: OrderStatus) -> set[Hold]:
    """An unpaid order with a deposit is a presale; one that has a time of payment has its deposit only."""
    if status is not OrderStatus.PENDING_PAYMENT or not found.get("_deposit"):
        return set()
    return {Hold.PRESALE, Hold.DEPOSIT_ONLY} if found.get("paid_at") else {Hold.PRESALE}


def times(document: Document, found: Found) -> Found:
    """When parcels left and when the buyer was done."""
    left, done = read(document, "deliveryTime", epoch_ms), read(document, "finishTime", epoch_ms)
    return {
        "shipped_at": left if any(found["_parcels"]) or found["status"] in _GONE else None,
        "completed_at": done if found["status"] is OrderStatus.COMPLETED else None,
    }


def people(document: Document, found: Found) -> Found:
    """Buyer and receiver; sealed texts are left out, the key of the address opens them."""
    region = {part.lower(): read(document, f"receiver{part}Name", text)
              for part in ("Country", "Province", "City", "District")}  # fmt: skip
    code = read(document, "receiverDistrictId", ident)
    told = [read(document, f"receiver{part}", text) for part in ("Name", "Phone", "Address")]
    shown = [value for value in told if value and not value.startswith("#")]
    key = read(document, "openAddressId", text)
    name, phone, street = (value if value and not value.startswith("#") else None for value in told)
    return {
        "buyer": {"buyer_id": read(document, "userId", text)},
        "recipient": {
            "name": name, "phone": phone, "address": {**region, "street": street, "division_code": code},
            "privacy": {"kind": _privacy(told, shown, key), "token": key, "merge_key": key},
        },
    }  # fmt: skip


def _privacy(told: Sequence[str | None], shown: Sequence[str], key: str | None) -> PrivacyKind:
    if any("*" in value for value in shown):
        return PrivacyKind.MASKED
    if any(value and value.startswith("#") for value in told) or (key and not shown):
        return PrivacyKind.ENCRYPTED
    return PrivacyKind.CLEAR if shown else PrivacyKind.ABSENT


def shipments(document: Document, found: Found) -> Found:
    """One row a parcel, with its lines whole."""
    units = {line["line_id"]: line["quantity"] for line in found.get("lines", ())}
    rows = parcel_rows(document)
    left = found.get("shipped_at") if len(rows) == 1 else None  # of several, nothing says when each one left
    return {"shipments": [
        {
            "carrier": carrier_of(code := read(row, "expressCompanyCode", text)), "carrier_name": code,
            "waybill_no": read(row, "expressTrackingNo", text), "shipped_at": left,
            "lines": tuple((line_id, units[line_id]) for line_id in parcel),
        }
        for row, parcel in zip(rows, found.pop("_parcels"), strict=True)
    ]}  # fmt: skip


def labels(document: Document, found: Found) -> Found:
    """What a warehouse wants to see at a glance."""
    told = ["presale"] if read(document, "presaleDeliveryStartTime", epoch_ms) or found.get("_deposit") else []
    return {"labels": (*told, *(["exchange_requested"] if found["raw_status"] == "10" else []))}
