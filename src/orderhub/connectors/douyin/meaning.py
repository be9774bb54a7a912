"""What a Douyin order means in canonical words: statuses, holds, parcels, labels. Pure; imports `kit`, `models`.

Money stands in `money.py`, people in `people.py`. Source: docs/platforms/douyin.md#status.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.douyin.spec import (
    AFTERSALE,
    AFTERSALE_OPEN,
    COD,
    EXPRESS,
    GIFT,
    MONEY_BACK,
    ORDER_TYPES,
    PAY_TYPES,
    PICKUP,
    REFUND_KIND,
    REFUND_STATUSES,
    STATUS,
    STATUS_HOLDS,
    TRADE_TYPES,
)
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import cny_fen, epoch_s, ident, quantity, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus

__all__ = [
    "carrier_of_row", "case_meaning", "digits", "labels", "line_meaning", "marked", "money_is_back", "phases_paid",
    "seconds", "shipments", "statuses", "variant",
]  # fmt: skip

Document = Mapping[str, Any]
Found = dict[str, Any]
_LATEST_S = 253_402_300_799  # the last second of the year 9999
_WAITING = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_SENT = frozenset({"3", "5"})
_FULFILMENT: Mapping[OrderStatus, FulfilmentStatus] = {
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
}
_WORST = (AftersaleStatus.UNKNOWN, AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS)
_QUIET = (AftersaleStatus.REFUSED, AftersaleStatus.CLOSED)


def digits(value: Any) -> str | None:
    """A code as its text; a number that came instead is its digits, and zero stays a word."""
    return text(value).strip() or None


def seconds(value: Any) -> datetime | None:
    """Seconds since 1970; zero has not happened."""
    if abs(quantity(value)) > _LATEST_S:
        raise ValueError("not an instant in seconds")
    return epoch_s(value)


def marked(value: Any) -> bool:
    """Whether a mark is set, as truth value, word or digit."""
    return str(value).strip().lower() in ("1", "true")


def variant(document: Document, found: Found) -> Found:
    """Values of the options, in the platform's order."""
    values = [read(row, "value", text) for row in rows_of(document.get("spec")) if isinstance(row, Mapping)]
    return {"variant": "; ".join(value for value in values if value) or None}


def money_is_back(line: Found) -> bool:
    """Whether what was paid for this child went back: its refund is done, or a case for money succeeded."""
    return line.get("_money_back") == "3" or (line.get("_case") == "12" and line.get("_case_type") in MONEY_BACK)


def line_meaning(document: Document, found: Found) -> Found:
    """Words of a child; one refunded before it was sent is cancelled, whatever its own status still says."""
    back, status = money_is_back(found), STATUS(found["raw_status"])
    case = AFTERSALE(found.get("_case") or "0")
    if back and status in (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PENDING_PAYMENT):
        status = OrderStatus.CANCELLED
    return {
        "status": status,
        "aftersale_status": AftersaleStatus.REFUNDED if back else case,
        "is_gift": read(document, "given_product_type", text) == GIFT,
    }


def carrier_of_row(code: str | None, name: str | None) -> str | None:
    """Our code of a company by its name, else by the codes that a source tells."""
    return carrier_of(name) or EXPRESS.get(code or "") or carrier_of(code)


def shipments(document: Document, found: Found) -> Found:
    """Parcels with their units, and how many units of each child have left."""
    parcels: dict[str, Found] = {}
    for row in found.get("_parcels", ()):
        waybill, code = read(row, "tracking_no", text), read(row, "company", text)
        name = read(row, "company_name", text) or code
        units = [(read(part, "sku_order_id", ident), read(part, "product_count", quantity))
                 for part in rows_of(row.get("product_info"))]  # fmt: skip
        parcel = parcels.setdefault(f"{waybill} {code}", {
            "carrier": carrier_of_row(code, name), "carrier_name": name, "waybill_no": waybill,
            "shipped_at": read(row, "ship_time", seconds), "lines": (),
        })  # fmt: skip
        parcel["lines"] += tuple((line, count) for line, count in units if line and count is not None)
    told = any(parcel["lines"] for parcel in parcels.values())
    for line in found["lines"]:
        line["shipped_quantity"] = _sent_units(line, parcels, told=told)
    return {"shipments": tuple(parcels.values()), "lines": found["lines"]}


def _sent_units(line: Found, parcels: Mapping[str, Found], *, told: bool) -> int | None:
    """What parcels say; a child that is through has left whole, one that waits has not; else nobody says."""
    if told:
        units = [(name, count) for parcel in parcels.values() for name, count in parcel["lines"]]
        return sum(int(count) for name, count in units if name == line["line_id"])
    if line["raw_status"] in _SENT:
        return int(line["quantity"])
    return 0 if line["raw_status"] in ("1", "2", "105") else None


def statuses(document: Document, found: Found) -> Found:
    """The summary word, fulfilment and after-sale axes, holds, who ships."""
    raw, parcels = found["raw_status"], found["shipments"]
    status = STATUS(raw)
    left = bool(parcels) or found.get("shipped_at") is not None
    if status is OrderStatus.CANCELLED and left:  # the goods had left: they keep their word
        status = OrderStatus.SHIPPED
    if status in _WAITING and all(line["status"] is OrderStatus.CANCELLED for line in found["lines"]):
        status = OrderStatus.CANCELLED  # every child was refunded before it was sent
    deadlines = [line["_deadline"] for line in found["lines"] if line.get("_deadline")]
    return {
        "status": status,
        "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNFULFILLED),
        "aftersale_status": _aftersale(found["lines"]),
        "holds": frozenset(_holds(found, status)),
        "fulfilled_by": _fulfilled_by(found["lines"]),
        "is_cod": found.get("_pay_type") == COD,
        "currency": "CNY",
        "ship_by": found.get("ship_by") or min(deadlines, default=None),
        "completed_at": found.get("completed_at") if raw == "5" else None,
    }


def _aftersale(lines: tuple[Found, ...]) -> AftersaleStatus:
    """The most urgent word of the children; money back for some of them only is partial."""
    words = [line["aftersale_status"] for line in lines]
    for word in _WORST:
        if word in words:
            return word
    if AftersaleStatus.REFUNDED in words:
        whole = all(word is AftersaleStatus.REFUNDED for word in words)
        return AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED
    return next((word for word in _QUIET if word in words), AftersaleStatus.NONE)


def _holds(found: Found, status: OrderStatus) -> set[Hold]:
    """What forbids shipping now; an enumeration with a value that nobody knows does."""
    lines, waits = found["lines"], status in _WAITING
    holds = {STATUS_HOLDS[found["raw_status"]]} if found["raw_status"] in STATUS_HOLDS else set()
    if waits and any(line.get("_case") in AFTERSALE_OPEN for line in lines):
        holds.add(Hold.REFUND_OPEN)
    if status is OrderStatus.PENDING_PAYMENT and phases_paid(found):
        holds.add(Hold.DEPOSIT_ONLY)
    kind = found.get("_order_type")
    if kind is not None and (hold := ORDER_TYPES.get(kind, Hold.UNKNOWN_VALUE)):
        holds.add(hold)
    if any(line.get("_receive") == PICKUP for line in lines):
        holds.add(Hold.OTHER)
    strange = found.get("_pay_type") not in (None, *PAY_TYPES)
    if strange or any(line.get("_trade") not in (None, *TRADE_TYPES) for line in lines):
        holds.add(Hold.UNKNOWN_VALUE)
    return holds


def phases_paid(found: Found) -> list[Document]:
    """Phases of a deposit presale that were paid."""
    rows = [row for row in found.get("_phases", ()) if isinstance(row, Mapping)]
    return [row for row in rows if marked(row.get("pay_success"))]


def _fulfilled_by(lines: tuple[Found, ...]) -> FulfilledBy:
    """The merchant, unless stock of the platform's cloud, or of a cross-border warehouse, was taken."""
    kinds = {_warehouse(line) for line in lines if line["status"] is not OrderStatus.CANCELLED} or {"0"}
    if kinds == {"0"}:
        return FulfilledBy.MERCHANT
    return FulfilledBy.PLATFORM if kinds == {"2"} else FulfilledBy.UNKNOWN


def _warehouse(line: Found) -> str:
    kinds = {str(row.get("warehouse_type", 0)) for row in line.get("_stock", ()) if isinstance(row, Mapping)}
    return "0" if not kinds else kinds.pop() if len(kinds) == 1 else "mixed"


def labels(document: Document, found: Found) -> Found:
    """Kinds of trade, the platform's own tags, goods with serial numbers, goods from a warehouse that is not ours."""
    told = [TRADE_TYPES.get(line.get("_trade") or "0", "") for line in found["lines"]]
    rows = [row for row in rows_of(document.get("shop_order_tag_ui")) if isinstance(row, Mapping)]
    told += [read(row, "key", text) or "" for row in rows]
    told += ["serial_numbers" for line in found["lines"] if line.get("_serial")]
    told += [f"warehouse_{kind}" for line in found["lines"] if (kind := _WAREHOUSE.get(_warehouse(line)))]
    return {"labels": tuple(dict.fromkeys(label for label in told if label))}


_WAREHOUSE: Mapping[str, str] = {"1": "cross_border", "2": "cloud", "mixed": "mixed"}


def case_meaning(document: Document, found: Found) -> Found:
    """Words of a case, and what of which child it is about; amounts are those that were asked for."""
    related = document.get("order_info")
    rows = rows_of(related.get("related_order_info")) if isinstance(related, Mapping) else []
    info = document["aftersale_info"]
    name = read(info, "return_logistics_company_name", text)
    kind = found.get("_type")
    return {
        "status": REFUND_STATUSES(found.get("raw_status") or ""),
        "kind": REFUND_KIND(kind or ""),
        "currency": "CNY",
        "lines": tuple(_case_line(row) for row in rows if read(row, "sku_order_id", ident)),
        "return_carrier": (carrier_of(name) or name) if name else None,
    }


def _case_line(row: Document) -> tuple[Any, ...]:
    return (read(row, "sku_order_id", ident), read(row, "aftersale_item_num", quantity),
            read(row, "aftersale_pay_amount", cny_fen))  # fmt: skip
