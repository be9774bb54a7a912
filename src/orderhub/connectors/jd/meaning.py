"""What a JD order means in canonical words: statuses, holds, parcels, labels. Pure; imports `kit`, `models`.

Money stands in `money.py`, people in `people.py`. Source: docs/platforms/jd.md#status, #shipping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.connectors.jd.convert import jd_time, leading_code, object_of, pick, told
from orderhub.connectors.jd.spec import (
    CARRIER_NAMES,
    FBP_WORDS,
    GIFT_SKU_TYPES,
    ORDER_TYPES,
    PAY_TYPES,
    REFUND_PENDING,
    RETURN_ORDERS,
    RETURNING,
    SKU_TYPES,
    SP_REFUND_STATUS,
    STATUS,
    STATUS_HOLDS,
    STATUS_LABELS,
    STORE_ORDERS,
    UNPROVEN,
)
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import boolean, cny_yuan, ident, quantity, rows_of, text
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus

__all__ = [
    "ACTUAL", "JD_SHIPMENT", "PARTIAL", "SHOULD", "STATUS_PATHS", "labels", "line_ids", "line_meaning", "parcels",
    "parcels_lines", "partial_rows", "shipments", "sku_uuid", "statuses", "unknown_values",
]  # fmt: skip

Document = Mapping[str, Any]
Found = dict[str, Any]

ITEMS = "itemInfoList|skuItemInfoList"
STATE = "orderState|orderStatus"
PARTIAL = "partialLogisticsInfoModel|transportInfo.partialShipmentList"
CARRIER = "logisticsId|transportInfo.logisticsId"
WAYBILL = "waybill|transportInfo.waybillCode"
JD_SHIPMENT = "orderFlag.jdShipment"
REASON = "specialStatusReasonInfo.reason"
PAY_TYPE = "payType|paymentInfo.paymentType"
PAID_AT = "paymentConfirmTime|paymentInfo.paymentConfirmTime"
SHOULD = "shouldPay|paymentInfo.shouldPayAmount"
ACTUAL = "actualPay|paymentInfo.actualPayAmount"
END = "orderEndTime|finishedTime"
STATUS_PATHS = (
    "orderType", "storeOrder", "payType", "paymentInfo.paymentType", "returnOrder", "orderEndTime", "finishedTime",
    "specialStatusReasonInfo", "orderFlag.partialShipment", "orderFlag.returnOrder", "orderFlag.preSaleOrder",
    "orderFlag.jdShipment",
)  # fmt: skip
_WAITING = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_GONE = _RECEIVED | {OrderStatus.SHIPPED}


def sku_uuid(row: Document) -> str | None:
    """JD's own id of an order line, which partial shipments need."""
    found: str | None = told(row, "skuUuid", ident) or told(object_of(row.get("itemExt")), "skuUuid", ident)
    return found


def line_ids(rows: list[Any]) -> list[str]:
    """One id per line: JD's own, else SKU and ordinal among its rows, since a gift may repeat a bought SKU."""
    found: list[str] = []
    for row in rows:
        base = sku_uuid(row) or f"{told(row, 'skuId', ident)}:1"
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base.rpartition(':')[0] if base.endswith(':1') else base}:{number}"
        found.append(name)
    return found


def line_meaning(document: Document, found: Found) -> Found:
    """Whether a line is a gift by its own mark, and what after-sale rows stand in it."""
    mark = told(document, "skuType", text)
    rows = rows_of(document.get("afsInfoList"))
    words = [SP_REFUND_STATUS(told(row, "refundStatus", text) or "") for row in rows]
    worst = AftersaleStatus.UNKNOWN if AftersaleStatus.UNKNOWN in words else AftersaleStatus.REFUNDED
    return {"_mark": mark, "is_gift": mark in GIFT_SKU_TYPES,
            "aftersale_status": worst if words else AftersaleStatus.NONE}  # fmt: skip


def statuses(document: Document, found: Found) -> Found:
    """Line ids and their states, the summary word, fulfilment and after-sale axes, holds, who ships."""
    raw, lines = found["raw_status"], found.get("lines", ())
    rows = rows_of(pick(document, ITEMS))
    for line, name in zip(lines, line_ids(rows), strict=True):
        line["line_id"] = name
    after_sale = _return_order(document) is not None
    _mark_gifts(lines, after_sale)
    status = STATUS(raw)
    if raw in REFUND_PENDING and pick(document, CARRIER):
        status = OrderStatus.SHIPPED  # a hold never moves a parcel backwards
    elif raw in UNPROVEN and _is_unpaid(document, found):
        status = OrderStatus.PENDING_PAYMENT
    status = _line_states(document, lines, raw, status)
    odd = tuple(unknown_values(document))
    aftersale = _aftersale(document, raw, status, lines, found)
    return {
        "status": status,
        "fulfilment_status": _fulfilment(status, raw),
        "aftersale_status": aftersale,
        "holds": frozenset(_holds(document, raw, status, bool(odd))),
        "fulfilled_by": _fulfilled_by(document, raw),
        "completed_at": told(document, END, jd_time) if status is OrderStatus.COMPLETED else None,
        "is_cod": PAY_TYPES.get(told(document, PAY_TYPE, leading_code) or "", False),
        "currency": "CNY",
        "_odd": odd,
    }


def _is_unpaid(document: Document, found: Found) -> bool:
    """Whether the order says itself that nothing was paid: no time of payment, nothing received, something owed."""
    owed, came = told(document, SHOULD, cny_yuan), told(document, ACTUAL, cny_yuan)
    at_door = PAY_TYPES.get(told(document, PAY_TYPE, leading_code) or "", False)
    is_told = pick(document, PAID_AT) is not None or pick(document, "paymentInfo.actualPayAmount") is not None
    return bool(is_told and not found.get("paid_at") and not came and owed and not at_door)


def _mark_gifts(lines: tuple[Found, ...], after_sale: bool) -> None:
    """Classic rows carry no mark: a line without price beside priced ones is a gift."""
    priced = any(line.get("unit_price") for line in lines)
    for line in lines:
        if line.pop("_mark", None) is None and not after_sale:
            line["is_gift"] = priced and line.get("unit_price") == 0


def partial_rows(document: Document) -> list[Any]:
    """The parcels of a partial shipment."""
    return rows_of(pick(document, PARTIAL))


def _sent(document: Document, lines: tuple[Found, ...]) -> dict[str, int] | None:
    """Units per line that partial shipments name; None when one of them cannot be matched to a line."""
    sent = dict.fromkeys((line["line_id"] for line in lines), 0)
    for parcel in partial_rows(document):
        goods = parcels_lines(parcel, lines)
        if goods is None:
            return None
        for line_id, units in goods:
            sent[line_id] += units
    return sent


def parcels_lines(parcel: Document, lines: tuple[Found, ...]) -> tuple[tuple[str, int], ...] | None:
    """(line id, units) of one partial parcel; None when it names goods that no single line is."""
    goods = []
    for row in rows_of(pick(parcel, "skus|skuList")):
        uuid, sku = told(row, "skuUuid", ident), told(row, "skuId", ident)
        units = told(row, "num|skuNum", quantity)
        fits = [line for line in lines if line["line_id"] == uuid] or [
            line for line in lines if uuid is None and sku and line.get("platform_sku_id") == sku
        ]
        if len(fits) != 1 or units is None:
            return None
        goods.append((str(fits[0]["line_id"]), int(units)))
    return tuple(goods) or None


def _line_states(document: Document, lines: tuple[Found, ...], raw: str, status: OrderStatus) -> OrderStatus:
    """Give each line its state and shipped units; a waiting order with partial parcels is partly shipped."""
    partial = bool(partial_rows(document)) or _flag(document, "orderFlag.partialShipment")
    sent = _sent(document, lines) if partial_rows(document) else None
    if status is not OrderStatus.AWAITING_SHIPMENT or not partial:
        for line in lines:
            units = line["quantity"] if status in _GONE else None if status is OrderStatus.UNKNOWN else 0
            line |= {"status": status, "raw_status": raw, "shipped_quantity": units}
        return status
    for line in lines:
        units = sent[line["line_id"]] if sent is not None else None
        line |= {"status": _line_word(units, line["quantity"]), "raw_status": raw, "shipped_quantity": units}
    whole = bool(lines) and all(line["status"] is OrderStatus.SHIPPED for line in lines)
    return OrderStatus.SHIPPED if whole else OrderStatus.PARTIALLY_SHIPPED


def _line_word(units: int | None, ordered: int) -> OrderStatus:
    if units is None:
        return OrderStatus.UNKNOWN  # some units went, and nobody says which
    if units >= ordered:
        return OrderStatus.SHIPPED
    return OrderStatus.PARTIALLY_SHIPPED if units else OrderStatus.AWAITING_SHIPMENT


def _fulfilment(status: OrderStatus, raw: str) -> FulfilmentStatus:
    if raw in RETURNING:
        return FulfilmentStatus.RETURNED
    return {
        OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN,
        OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
        OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
        OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
        OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
        OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    }.get(status, FulfilmentStatus.UNFULFILLED)


def _aftersale(
    document: Document, raw: str, status: OrderStatus, lines: tuple[Found, ...], found: Found
) -> AftersaleStatus:
    """A lock is the buyer's application; a paid order that was cancelled is refunded; lines may tell their own."""
    if raw in REFUND_PENDING:
        return AftersaleStatus.REQUESTED
    if status is OrderStatus.CANCELLED:
        return AftersaleStatus.REFUNDED if found.get("paid_at") else AftersaleStatus.NONE
    words = [line["aftersale_status"] for line in lines]
    if AftersaleStatus.UNKNOWN in words:
        return AftersaleStatus.UNKNOWN
    if AftersaleStatus.REFUNDED in words:
        whole = all(word is AftersaleStatus.REFUNDED for word in words)
        return AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED
    return AftersaleStatus.NONE


def _holds(document: Document, raw: str, status: OrderStatus, is_odd: bool) -> set[Hold]:
    """Holds matter until the goods are received; an unknown value anywhere is a hold of its own."""
    holds = {Hold.UNKNOWN_VALUE} if is_odd or status is OrderStatus.UNKNOWN else set()
    if status in _RECEIVED or status is OrderStatus.CANCELLED:
        return holds
    if raw in STATUS_HOLDS:
        holds.add(STATUS_HOLDS[raw])
    if status in _WAITING and pick(document, REASON):
        holds.add(Hold.OTHER)  # JD gives a reason why it cannot be shipped
    return holds


def _fulfilled_by(document: Document, raw: str) -> FulfilledBy:
    """JD ships what lies in its warehouses: by `storeOrder`, by the kind of order, by states only those have."""
    store, kind = told(document, "storeOrder", text), told(document, "orderType", leading_code)
    if store:
        return STORE_ORDERS(store.strip())
    if raw in FBP_WORDS:
        return FulfilledBy.PLATFORM
    if _flag(document, JD_SHIPMENT) and kind in (None, "22"):
        return FulfilledBy.UNKNOWN  # no source says whether the flag means JD's courier or JD's warehouse
    return ORDER_TYPES(kind) if kind else FulfilledBy.MERCHANT


def _flag(document: Document, path: str) -> bool:
    value = pick(document, path)
    return value is not None and bool(told(document, path, boolean))


def _return_order(document: Document) -> str | None:
    """What an order made by an after-sale case is; None for an ordinary one."""
    code = told(document, "returnOrder", text)
    if code is None and _flag(document, "orderFlag.returnOrder"):
        return "after_sale"
    return None if code is None else RETURN_ORDERS.get(code, "after_sale")


def unknown_values(document: Document) -> Iterator[tuple[str, str]]:
    """(wire path, value) of everything that the documented enumerations do not list and that matters for shipping."""
    checks = (
        (STATE, text, STATUS.words), ("orderType", leading_code, ORDER_TYPES.words), ("storeOrder", text,
                                                                                      STORE_ORDERS.words),
        ("returnOrder", text, RETURN_ORDERS), (PAY_TYPE, leading_code, PAY_TYPES),
    )  # fmt: skip
    for path, convert, words in checks:
        value = told(document, path, convert)
        if value is not None and value.strip() not in words:
            yield next(choice for choice in path.split("|") if pick(document, choice) is not None), value
    if told(document, STATE, text) == "UN_KNOWN":
        yield "orderState", "UN_KNOWN"
    for number, row in enumerate(rows_of(pick(document, ITEMS))):
        mark = told(row, "skuType", text)
        if mark is not None and mark not in SKU_TYPES:
            yield f"skuItemInfoList[{number}].skuType", mark
        for case in rows_of(row.get("afsInfoList")):
            word = told(case, "refundStatus", text)
            if word is not None and not SP_REFUND_STATUS.knows(word):
                yield f"skuItemInfoList[{number}].afsInfoList.refundStatus", word


def parcels(document: Document) -> list[tuple[str | None, str]]:
    """(carrier id, waybill) pairs: carriers are joined by `|`, the numbers of one carrier by `,`."""
    carriers = (told(document, CARRIER, text) or "").split("|")
    groups = (told(document, WAYBILL, text) or "").split("|")
    found = []
    for index, group in enumerate(groups):
        carrier = carriers[index] if len(carriers) == len(groups) else carriers[0] if len(carriers) == 1 else ""
        found += [(carrier.strip() or None, number.strip()) for number in group.split(",") if number.strip()]
    return found


def shipments(document: Document, found: Found) -> Found:
    """Parcels of partial shipments with their lines, else those of the whole order."""
    lines = found.get("lines", ())
    partial = [_partial(parcel, lines) for parcel in partial_rows(document)]
    told_already = {row["waybill_no"] for row in partial}
    whole = [
        _named(carrier) | {"waybill_no": number, "shipped_at": found.get("shipped_at")}
        for carrier, number in parcels(document) if number not in told_already
    ]  # fmt: skip
    if not whole and not partial and (carrier := told(document, CARRIER, text)):
        whole = [_named(carrier) | {"waybill_no": None, "shipped_at": found.get("shipped_at")}]
    if len(whole) == 1 and not partial:
        whole[0]["lines"] = tuple((line["line_id"], line["quantity"]) for line in lines)
    return {"shipments": tuple(partial + whole)}


def _named(carrier: str | None) -> Found:
    name, code = CARRIER_NAMES.get(carrier or "", (carrier, None))
    return {"carrier": code or carrier_of(name), "carrier_name": name}


def _partial(parcel: Document, lines: tuple[Found, ...]) -> Found:
    return _named(told(parcel, "logicId|logisticsId|companyId", ident)) | {
        "waybill_no": told(parcel, "waybillId|waybillCode", ident),
        "shipped_at": told(parcel, "shipmentTime", jd_time), "lines": parcels_lines(parcel, lines) or (),
    }  # fmt: skip


_FLAG_LABELS = {"orderFlag.preSaleOrder": "presale", JD_SHIPMENT: "jd_shipment"}
_SHIPMENT_KINDS = {"68": "jd_delivery", "69": "jd_pickup"}


def labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: serial numbers to collect, after-sale orders, JD's own delivery, another leg."""
    told_labels = [STATUS_LABELS[found["raw_status"]]] if found["raw_status"] in STATUS_LABELS else []
    if any(object_of(row.get("itemExt")).get("serialCodeReqList") for row in rows_of(pick(document, ITEMS))):
        told_labels.append("needs_serial_numbers")
    if kind := _return_order(document):
        told_labels.append(kind)
    if (kind := _SHIPMENT_KINDS.get(told(document, "idSopShipmenttype", text) or "")) is not None:
        told_labels.append(kind)
    told_labels += [label for path, label in _FLAG_LABELS.items() if _flag(document, path)]
    return {"labels": tuple(told_labels)}
