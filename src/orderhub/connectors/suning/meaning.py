"""What a Suning order means in canonical words: statuses, holds, people, parcels. Pure; imports `kit`, `models`.

Money stands in `money.py`. Source: docs/platforms/suning.md#order-status, #privacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.suning.express import carrier_of_code
from orderhub.connectors.suning.spec import LINE_STATUS, RESERVE, RETURN_FLAG, SHIPPED_BY, STATUS, STATUS_HOLDS
from orderhub.kit.convert import text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = [
    "ABROAD", "ACTIVITIES", "INVOICES", "PRESALES", "invoice", "labels", "line_meaning", "people", "shipments",
    "statuses", "times",
]  # fmt: skip

Document = Mapping[str, Any]
Found = dict[str, Any]
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
_TO_SHIP = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})

ACTIVITIES: Mapping[str, str] = {
    "02": "channel", "03": "trial", "04": "trial", "05": "presale", "06": "presale", "07": "seckill", "08": "s_code",
    "09": "gift",
}  # fmt: skip
"""activitytype -> what the line was part of."""
PRESALES = frozenset({"05", "06"})
ABROAD: Mapping[str, str] = {"01": "direct_mail", "02": "bonded_merchant", "03": "bonded_suning"}
"""disType of overseas goods -> how they come."""
INVOICES: Mapping[str, str | None] = {"01": "vat_special", "02": "normal", "05": None}
"""invoiceType -> kind; 05 is none or another."""


def line_meaning(document: Document, found: Found) -> Found:
    """Status, after-sale word and shipped units of one line, by itself; the order's status may overrule it."""
    status = LINE_STATUS(found["raw_status"])
    if status is OrderStatus.CANCELLED and found.get("_waybill"):
        status = OrderStatus.SHIPPED  # closed after the goods had left
    sent = status in _GONE
    flag, cancelled = RETURN_FLAG(found.get("_flag") or "0"), found["raw_status"] == "40"
    if flag is AftersaleStatus.REQUESTED and (cancelled or sent):
        flag = AftersaleStatus.REFUNDED if cancelled else AftersaleStatus.IN_PROGRESS
    return {
        "status": status,
        "aftersale_status": flag,
        "shipped_quantity": None if status is OrderStatus.UNKNOWN else found["quantity"] if sent else 0,
        "is_gift": found.get("_activity") == "09",
    }


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment and after-sale axes, the holds, who ships."""
    raw, lines = found["raw_status"], found.get("lines", ())
    for line in lines:
        line |= _overruled(STATUS(raw), raw, line)
    status = _summary(STATUS(raw), lines)
    marks = {line.get("_shipped_by") or "" for line in lines}
    return {
        "status": status,
        "fulfilment_status": _fulfilment(status, lines),
        "aftersale_status": _aftersale([line["aftersale_status"] for line in lines]),
        "fulfilled_by": SHIPPED_BY(next(iter(marks))) if len(marks) == 1 else FulfilledBy.UNKNOWN,
        "holds": frozenset(_holds(raw, status, lines)),
        "_marks": marks,
    }


def _overruled(header: OrderStatus, raw: str, line: Found) -> Found:
    """An unpaid or closed order closes its lines; a refund asked for in a closed order was paid out."""
    if header is OrderStatus.PENDING_PAYMENT and line["status"] is OrderStatus.AWAITING_SHIPMENT:
        return {"status": OrderStatus.PENDING_PAYMENT}
    if header is not OrderStatus.CANCELLED:
        return {}
    told: Found = {}
    if line["status"] not in _GONE:
        told = {"status": OrderStatus.CANCELLED, "shipped_quantity": 0}
    if line["aftersale_status"] in _OPEN and raw == "40":
        told["aftersale_status"] = AftersaleStatus.REFUNDED
    return told


def _summary(header: OrderStatus, lines: tuple[Found, ...]) -> OrderStatus:
    """The order's own word, unless its lines are further: a hold or a closing never moves a parcel backwards."""
    sent = [line for line in lines if line["shipped_quantity"]]
    if header is OrderStatus.CANCELLED:
        return OrderStatus.SHIPPED if sent else header
    if header not in _TO_SHIP:
        return header
    live = [line for line in lines if line["status"] is not OrderStatus.CANCELLED]
    if not live:
        return OrderStatus.CANCELLED
    if len(sent) >= len(live):
        return OrderStatus.SHIPPED
    return OrderStatus.PARTIALLY_SHIPPED if sent else header


def _fulfilment(status: OrderStatus, lines: tuple[Found, ...]) -> FulfilmentStatus:
    by_word = {
        OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN, OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
        OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED, OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
        OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    }  # fmt: skip
    return by_word.get(status, FulfilmentStatus.UNFULFILLED)


_WORST_FIRST = (
    AftersaleStatus.UNKNOWN, AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS, AftersaleStatus.REFUNDED,
)  # fmt: skip


def _aftersale(words: list[AftersaleStatus]) -> AftersaleStatus:
    found = next((word for word in _WORST_FIRST if word in words), AftersaleStatus.NONE)
    if found is AftersaleStatus.REFUNDED and any(word is not found for word in words):
        return AftersaleStatus.PARTIALLY_REFUNDED
    return found


def _holds(raw: str, status: OrderStatus, lines: tuple[Found, ...]) -> set[Hold]:
    """There is no lock on this platform: what holds an order follows from flags of its lines."""
    holds = {Hold.UNKNOWN_VALUE} if status is OrderStatus.UNKNOWN or any(map(_is_strange, lines)) else set()
    if raw in STATUS_HOLDS and status in (*_TO_SHIP, OrderStatus.SHIPPED):
        holds.add(STATUS_HOLDS[raw])
    waiting = [line for line in lines if not line["shipped_quantity"] and line["status"] is not OrderStatus.CANCELLED]
    if status in (*_TO_SHIP, OrderStatus.UNKNOWN) and any(line["aftersale_status"] in _OPEN for line in waiting):
        holds.add(Hold.REFUND_OPEN)
    if status is OrderStatus.PENDING_PAYMENT and (presale := [line for line in lines if is_presale(line)]):
        holds.add(Hold.PRESALE)
        holds |= {Hold.DEPOSIT_ONLY for line in presale if line.get("_reserve") == "M"}
    return holds


def is_presale(line: Found) -> bool:
    """Whether the line was sold before it is there, with a deposit."""
    return line.get("_activity") in PRESALES or bool(line.get("_reserve"))


def _is_strange(line: Found) -> bool:
    """Whether a value of the line is in none of the documented enumerations that decide about shipping."""
    mark, stage = line.get("_shipped_by"), line.get("_reserve")
    return (
        line["status"] is OrderStatus.UNKNOWN
        or line["aftersale_status"] is AftersaleStatus.UNKNOWN
        or bool(mark and not SHIPPED_BY.knows(mark))
        or bool(stage and stage not in RESERVE)
    )


def times(document: Document, found: Found) -> Found:
    """When it last changed (only lists by modification tell), was first shipped and was completed."""
    lines = found.get("lines", ())
    changed = [at for line in lines if (at := line.get("_changed"))]
    sent = [at for line in lines if line["shipped_quantity"] and (at := line.get("_sent_at"))]
    latest = max(changed, default=None)
    return {
        "updated_at": latest,
        "shipped_at": min(sent, default=None),
        "completed_at": latest if found["raw_status"] == "30" else None,
    }


def _text(document: Document, name: str) -> str | None:
    return read(document, name, text)  # type: ignore[no-any-return]


_PEOPLE = ("customerName", "mobNum", "phoneNum", "detailAddress", "customerAddress")


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient; a star anywhere in a person's fields means masked."""
    shown = [value for name in _PEOPLE if (value := _text(document, name))]
    masked = PrivacyKind.MASKED if any("*" in value for value in shown) else PrivacyKind.CLEAR
    region = [_text(document, name) for name in ("provinceName", "cityName", "districtName")]
    address = dict(zip(("province", "city", "district"), region, strict=True)) | {
        "street": _text(document, "detailAddress") or _street(_text(document, "customerAddress"), region),
        "postal_code": _text(document, "zipCode"),
    }
    return {
        "buyer": {"nickname": _text(document, "userName")},
        "recipient": {"name": _text(document, "customerName"), "address": address,
                      "phone": _text(document, "mobNum") or _text(document, "phoneNum"),
                      "privacy": {"kind": masked if shown else PrivacyKind.ABSENT}},
    }  # fmt: skip


def _street(whole: str | None, region: list[str | None]) -> str | None:
    """The full address without the regions that it begins with; a municipality may stand there once or twice."""
    rest = whole or ""
    for name in region:
        rest = rest.removeprefix(name or "").lstrip()
    return rest or whole


def invoice(document: Document, found: Found) -> Found:
    """The tax invoice that the buyer wants, when the order speaks of one."""
    flag, kind = _text(document, "needinvoiceflag"), _text(document, "invoiceType")
    if flag is None and kind is None:
        return {}
    code = kind.zfill(2) if kind else ""
    wanted = flag.upper() == "Y" if flag else INVOICES.get(code) is not None
    return {"invoice": {"wanted": wanted, "kind": INVOICES.get(code), "title": _text(document, "invoiceHead"),
                        "tax_no": _text(document, "vatTaxpayerNumber")}}  # fmt: skip


def shipments(document: Document, found: Found) -> Found:
    """Lines that share company and waybill are one parcel."""
    parcels: dict[tuple[str | None, str], Found] = {}
    for line in found.get("lines", ()):
        if not (waybill := line.get("_waybill")):
            continue
        code = line.get("_company")
        parcel = parcels.setdefault((code, waybill), {
            "carrier": carrier_of_code(code), "carrier_name": code, "waybill_no": waybill,
            "shipped_at": line.get("_sent_at"), "lines": [],
        })  # fmt: skip
        parcel["lines"].append((line["line_id"], line["quantity"]))
    return {"shipments": tuple({**parcel, "lines": tuple(parcel["lines"])} for parcel in parcels.values())}


def labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: promotions, presale, overseas goods and how they come, lines of the platform's own."""
    told: list[str] = []
    for line in found.get("lines", ()):
        if (activity := ACTIVITIES.get(line.get("_activity") or "")) and activity not in ("gift", "presale"):
            told.append(activity)
        if is_presale(line):
            told.append("presale")
        if line.get("_overseas") == "01":
            told.append("cross_border")
        if way := ABROAD.get(line.get("_way") or ""):
            told.append(way)
    marks = found["_marks"] - {""}
    return {"labels": tuple(dict.fromkeys(told + (["ships_from_both"] if len(marks) > 1 else [])))}
