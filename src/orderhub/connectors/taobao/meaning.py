"""What a Taobao trade means in canonical words: statuses, holds, people, parcels. Pure; imports `kit`, `models`.

Money stands in `money.py`. Source: docs/platforms/taobao.md#status, #privacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.taobao.spec import HOLD_FLAGS, LINE_REFUND, STATUS, STATUS_HOLDS, STEP
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import beijing_time, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import (
    AftersaleStatus,
    FulfilledBy,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PrivacyKind,
)

__all__ = ["AFTERSALE_OPEN", "SHIPPERS", "labels", "line_meaning", "people", "shipments", "statuses", "step_of"]

Document = Mapping[str, Any]
Found = dict[str, Any]
AFTERSALE_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})
_BEFORE_SHIPPING = frozenset(
    {OrderStatus.PENDING_PAYMENT, OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.UNKNOWN}
)
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
SHIPPERS: Mapping[str, FulfilledBy] = {"CN": FulfilledBy.PLATFORM, "SC": FulfilledBy.MERCHANT}
"""consign_type of the logistics advice: Cainiao or the merchant ships."""
_TRUE = ("1", "true", "True")


def is_set(document: Document, name: str) -> bool:
    """Whether a flag is 1 or true, however it is written."""
    return str(document.get(name)) in _TRUE


def step_of(document: Document) -> str | None:
    """The presale stage, None for ordinary trades."""
    if "step_trade_status" not in document:
        return None
    return read(document, "step_trade_status", text)  # type: ignore[no-any-return]


def _word(raw: str, consigned: bool) -> OrderStatus:
    """A trade closed after it was consigned keeps its fulfilment word; the refund shows on the payment axis."""
    return OrderStatus.SHIPPED if raw == "TRADE_CLOSED" and consigned else STATUS(raw)


def line_meaning(document: Document, found: Found) -> Found:
    """Status, after-sale word and shipped units of one line."""
    raw = str(found.get("raw_status") or "")
    consigned = bool(document.get("consign_time") or document.get("invoice_no"))
    status, aftersale = _word(raw, consigned), LINE_REFUND(str(document.get("refund_status") or "NO_REFUND"))
    sent = status in _GONE or consigned
    return {
        "status": status,
        "aftersale_status": aftersale,
        "shipped_quantity": None if status is OrderStatus.UNKNOWN and not sent else found["quantity"] if sent else 0,
    }


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment and after-sale axes, the holds."""
    raw, lines = found["raw_status"], found.get("lines", ())
    sent = [line["shipped_quantity"] for line in lines]
    status = _word(raw, bool(document.get("consign_time")) or any(sent))
    if raw in STATUS_HOLDS and any(sent):  # a hold never moves a parcel backwards
        status = OrderStatus.SHIPPED if all(sent) else OrderStatus.PARTIALLY_SHIPPED
    live = [line for line in lines if line["status"] is not OrderStatus.CANCELLED]
    if status is OrderStatus.PARTIALLY_SHIPPED and live and all(line["status"] in _GONE for line in live):
        status = OrderStatus.SHIPPED  # what did not leave was closed: nothing is left to ship
    if status is OrderStatus.AWAITING_SHIPMENT and step_of(document) in (
        "FRONT_NOPAID_FINAL_NOPAID",
        "FRONT_PAID_FINAL_NOPAID",
    ):
        status = OrderStatus.PENDING_PAYMENT
    aftersale = _aftersale([line["aftersale_status"] for line in lines])
    return {
        "status": status,
        "fulfilment_status": _fulfilment(status, raw, lines),
        "aftersale_status": aftersale,
        "holds": frozenset(_holds(document, found, status, lines)),
        "fulfilled_by": _fulfilled_by(document),
        "completed_at": read(document, "end_time", beijing_time) if raw == "TRADE_FINISHED" else None,
        "is_cod": document.get("type") in ("cod", "b2c_cod", "super_market_cod_trade"),
        "currency": "CNY",
    }


def _fulfilment(status: OrderStatus, raw: str, lines: tuple[Found, ...]) -> FulfilmentStatus:
    if status is OrderStatus.UNKNOWN:
        return FulfilmentStatus.UNKNOWN
    if status is OrderStatus.CANCELLED:
        return FulfilmentStatus.CANCELLED
    if status in _RECEIVED:
        return FulfilmentStatus.DELIVERED
    live = [line for line in lines if line["status"] is not OrderStatus.CANCELLED]
    sent = sum(1 for line in live if line["shipped_quantity"])
    if status is OrderStatus.SHIPPED or (live and sent == len(live)):
        return FulfilmentStatus.SHIPPED
    return (
        FulfilmentStatus.PARTIALLY_SHIPPED
        if sent or status is OrderStatus.PARTIALLY_SHIPPED
        else FulfilmentStatus.UNFULFILLED
    )


_WORST_FIRST = (
    AftersaleStatus.UNKNOWN, AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS, AftersaleStatus.REFUNDED,
    AftersaleStatus.REFUSED, AftersaleStatus.CLOSED,
)  # fmt: skip


def _aftersale(words: list[AftersaleStatus]) -> AftersaleStatus:
    found = next((word for word in _WORST_FIRST if word in words), AftersaleStatus.NONE)
    if found is AftersaleStatus.REFUNDED and any(word is not AftersaleStatus.REFUNDED for word in words):
        return AftersaleStatus.PARTIALLY_REFUNDED
    return found


def _holds(document: Document, found: Found, status: OrderStatus, lines: tuple[Found, ...]) -> set[Hold]:
    """Holds matter until the goods are received; an unknown word anywhere is a hold of its own."""
    holds = {Hold.UNKNOWN_VALUE} if _has_unknown(document, status, lines) else set()
    if status not in _BEFORE_SHIPPING and status is not OrderStatus.SHIPPED:
        return holds
    if found["raw_status"] in STATUS_HOLDS:
        holds.add(STATUS_HOLDS[found["raw_status"]])
    holds |= {hold for name, hold in HOLD_FLAGS.items() if name in document and is_set(document, name)}
    step = step_of(document)
    holds.update(STEP.get(step or "", ()))
    if step == "FRONT_PAID_FRONT_FORFEITED":
        holds.add(Hold.PRESALE)  # nobody pays the rest of an order whose deposit is lost
    waiting = status in _BEFORE_SHIPPING and [line for line in lines if not line["shipped_quantity"]]
    if waiting and any(line["aftersale_status"] in AFTERSALE_OPEN for line in waiting):
        holds.add(Hold.REFUND_OPEN)
    return holds


def _has_unknown(document: Document, status: OrderStatus, lines: tuple[Found, ...]) -> bool:
    step = step_of(document)
    odd_step = step is not None and step not in STEP
    odd_line = any(
        line["status"] is OrderStatus.UNKNOWN or line["aftersale_status"] is AftersaleStatus.UNKNOWN for line in lines
    )
    return status is OrderStatus.UNKNOWN or odd_step or odd_line


def _fulfilled_by(document: Document) -> FulfilledBy:
    """Cainiao ships when the platform's own logistics advice says CN; a merchant's order has no such row."""
    kinds = {
        str(row.get("consign_type") or "") if isinstance(row, Mapping) else "?"
        for row in rows_of(document.get("logistics_infos"))
    }
    kinds.discard("")
    if not kinds:
        return FulfilledBy.MERCHANT
    return SHIPPERS.get(kinds.pop(), FulfilledBy.UNKNOWN) if len(kinds) == 1 else FulfilledBy.UNKNOWN


def _text(document: Document, name: str) -> str | None:
    value = document.get(name)
    return value or None if type(value) is str else read(document, name, text)


_PEOPLE = ("receiver_name", "receiver_mobile", "receiver_phone", "receiver_address")


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient; where stars stand in the text the person is masked and `oaid` is the token."""
    shown = [value for name in _PEOPLE if (value := _text(document, name))]
    token = _text(document, "oaid")
    if not shown:
        kind = PrivacyKind.ENCRYPTED if token else PrivacyKind.ABSENT
    else:
        kind = PrivacyKind.MASKED if any("*" in value for value in shown) else PrivacyKind.CLEAR
    city = _text(document, "receiver_city") or _text(
        document, "receiver_district"
    )  # counties directly under a province
    address = {
        "country": _text(document, "receiver_country"), "province": _text(document, "receiver_state"), "city": city,
        "district": _text(document, "receiver_district"), "town": _text(document, "receiver_town"),
        "street": _text(document, "receiver_address"), "postal_code": _text(document, "receiver_zip"),
    }  # fmt: skip
    return {
        "buyer": {"buyer_id": _text(document, "buyer_open_uid"), "nickname": _text(document, "buyer_nick"),
                  "email": _text(document, "buyer_email")},
        "recipient": {"name": _text(document, "receiver_name"), "address": address,
                      "phone": _text(document, "receiver_mobile") or _text(document, "receiver_phone"),
                      "privacy": {"kind": kind, "token": token, "merge_key": token}},
    }  # fmt: skip


def shipments(document: Document, found: Found) -> Found:
    """Lines that share carrier and waybill are one parcel."""
    parcels: dict[tuple[str | None, str], Found] = {}
    for row, line in zip(rows_of(document.get("orders")), found.get("lines", ()), strict=False):
        if not (waybill := _text(row, "invoice_no")):
            continue
        name = _text(row, "logistics_company")
        parcel = parcels.setdefault((name, waybill), {
            "carrier": carrier_of(name) if name else None, "carrier_name": name, "waybill_no": waybill,
            "shipped_at": _instant(row) or found.get("shipped_at"), "lines": [],
        })  # fmt: skip
        parcel["lines"].append((line["line_id"], line["quantity"]))
    return {"shipments": tuple({**parcel, "lines": tuple(parcel["lines"])} for parcel in parcels.values())}


def _instant(row: Document) -> datetime | None:
    return read(row, "consign_time", beijing_time)  # type: ignore[no-any-return]


def labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: serial numbers to collect, a changed address, carriers to use or avoid."""
    told = []
    if str(document.get("gov_sn_check") or "").startswith("1") or is_set(document, "gov_subsidy_delivery_check"):
        told.append("needs_serial_numbers")
    if is_set(document, "lm"):
        told.append("address_changed")
    if is_set(document, "new_presell") or step_of(document):
        told.append("presale")
    agreement = document.get("logistics_agreement")
    if isinstance(agreement, Mapping) and is_set(agreement, "no_detail_part_consign"):
        told.append("line_must_not_split")
    for row in rows_of(document.get("logistics_infos")):
        told += _carrier_labels(row) if isinstance(row, Mapping) else ()
    return {"labels": tuple(dict.fromkeys(told))}


def _carrier_labels(row: Document) -> list[str]:
    wanted = {"2": ("carrier_must", "white_delivery_cps"), "3": ("carrier_not", "black_delivery_cps")}
    label, source = wanted.get(str(row.get("biz_delivery_type") or ""), ("", ""))
    codes = rows_of(row.get(source)) if label else []
    return [f"{label}:{code}" for item in codes for code in str(item).split(",") if code]
