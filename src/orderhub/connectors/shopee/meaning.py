"""What a Shopee order means in canonical words: statuses, holds, people, parcels. Pure; imports `kit`, `models`.

Money stands in `money.py`. Source: docs/platforms/shopee.md#order-status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopee.spec import ARRANGED, LOGISTICS, STATUS, STATUS_HOLDS
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, quantity, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = ["invoice", "is_away", "item_key", "line_aftersale", "people", "shipments", "statuses"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_SENT = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_AWAY = frozenset({FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED})
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})


def item_key(row: Document) -> tuple[str, str, str]:
    """What a row of goods in a package shares with its row in the order: order item (or item), item, model."""
    names = ("order_item_id", "item_id", "model_id")
    item, whole, model = (str(row.get(name)) if row.get(name) not in (None, "") else "" for name in names)
    return item or whole, whole, model or "0"


def is_away(package: Document) -> bool:
    """Whether the carrier has it."""
    return LOGISTICS(str(package.get("logistics_status") or "")) in _AWAY


def line_aftersale(document: Document, found: Found) -> Found:
    """After-sale word and units given back of one line, by its own counts."""
    counts = {
        name: read(document, f"{name}_qty", quantity) or 0
        for name in ("cancel_requested", "cancelled", "return_requested", "returned")
    }
    back, asked = counts["cancelled"] + counts["returned"], counts["cancel_requested"] + counts["return_requested"]
    word = AftersaleStatus.NONE
    if asked:
        word = AftersaleStatus.REQUESTED
    elif back:
        whole = back >= found["quantity"]
        word = AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED
    told = any(f"{name}_qty" in document for name in counts)
    return {"aftersale_status": word, "refunded_quantity": back if told else None}


def _packages(document: Document) -> list[Document]:
    return [row for row in rows_of(document.get("package_list")) if isinstance(row, Mapping)]


def _goods(package: Document, lines: tuple[Found, ...]) -> tuple[tuple[str, int], ...]:
    """(line, units) of one package; units that it does not tell are those of the line."""
    by_key = {line["_key"]: line for line in reversed(lines)}
    told = []
    for row in rows_of(package.get("item_list")):
        if isinstance(row, Mapping) and (line := by_key.get(item_key(row))):
            told.append((line["line_id"], read(row, "model_quantity", quantity) or line["quantity"]))
    return tuple(told)


def statuses(document: Document, found: Found) -> Found:
    """The four axes, the holds, who ships."""
    raw, lines, packages = found["raw_status"], found["lines"], _packages(document)
    away = [package for package in packages if is_away(package)]
    status = _summary(STATUS(raw), packages, away)
    for line in lines:
        line |= _line(status, line, sum(n for p in away for name, n in _goods(p, lines) if name == line["line_id"]))
    aftersale = _aftersale(raw, [line["aftersale_status"] for line in lines])
    return {
        "status": status, "fulfilment_status": _fulfilment(status), "aftersale_status": aftersale,
        "fulfilled_by": FulfilledBy.MERCHANT, "holds": frozenset(_holds(raw, status, lines)),
        "labels": _labels(document),
    }  # fmt: skip


def _summary(word: OrderStatus, packages: list[Document], away: list[Document]) -> OrderStatus:
    """The order's own word, unless parcels are further: a hold never moves a parcel backwards."""
    if word is not OrderStatus.AWAITING_SHIPMENT or not away:
        return word
    return OrderStatus.SHIPPED if len(away) == len(packages) else OrderStatus.PARTIALLY_SHIPPED


def _line(status: OrderStatus, line: Found, away: int) -> Found:
    """Status and shipped units of one line."""
    if status is OrderStatus.UNKNOWN:
        return {"status": status, "shipped_quantity": None}
    if status in _SENT:
        return {"status": status, "shipped_quantity": line["quantity"]}
    if status is OrderStatus.PARTIALLY_SHIPPED:
        units = min(away, line["quantity"])
        word = OrderStatus.SHIPPED if units >= line["quantity"] else status if units else OrderStatus.AWAITING_SHIPMENT
        return {"status": word, "shipped_quantity": units}
    whole = bool(line["refunded_quantity"]) and line["refunded_quantity"] >= line["quantity"]
    return {"status": OrderStatus.CANCELLED if whole else status, "shipped_quantity": 0}


_FULFILMENT: Mapping[OrderStatus, FulfilmentStatus] = {
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN, OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED, OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
}  # fmt: skip


def _fulfilment(status: OrderStatus) -> FulfilmentStatus:
    return _FULFILMENT.get(status, FulfilmentStatus.UNFULFILLED)


def _aftersale(raw: str, words: list[AftersaleStatus]) -> AftersaleStatus:
    """The most urgent word of the lines; an order that goes back has a case whatever they say."""
    if AftersaleStatus.REQUESTED in words:
        return AftersaleStatus.REQUESTED
    if raw == "TO_RETURN":
        return AftersaleStatus.IN_PROGRESS
    back = [word for word in words if word is not AftersaleStatus.NONE]
    if not back:
        return AftersaleStatus.REQUESTED if raw == "IN_CANCEL" else AftersaleStatus.NONE
    whole = len(back) == len(words) and all(word is AftersaleStatus.REFUNDED for word in back)
    return AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED


def _holds(raw: str, status: OrderStatus, lines: tuple[Found, ...]) -> set[Hold]:
    holds = {STATUS_HOLDS[raw]} if raw in STATUS_HOLDS else set()
    if not STATUS.knows(raw):
        holds.add(Hold.UNKNOWN_VALUE)
    asked = any(line["aftersale_status"] in _OPEN for line in lines)
    if status in (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED) and asked:
        holds.add(Hold.REFUND_OPEN)
    return holds


def _labels(document: Document) -> tuple[str, ...]:
    """Facts that rules ask for: shipment arranged, split, why it is pending, booking, dropshipping."""
    told = ["shipment_arranged"] if str(document.get("order_status")) in ARRANGED else []
    told += ["split"] if document.get("split_up") is True else []
    told += [f"pending:{term}" for term in rows_of(document.get("pending_terms")) if isinstance(term, str) and term]
    told += ["booking"] if document.get("booking_sn") else []
    told += ["dropship"] if document.get("dropshipper") else []
    told += ["number_by_platform"]  # a package that wants the merchant's own says so when it is asked
    return tuple(dict.fromkeys(told))


def shipments(document: Document, found: Found) -> Found:
    """One parcel for each package that was arranged; its number comes from a call of its own and may come late."""
    told = []
    for package in _packages(document):
        number = read(package, "tracking_number", text)
        if not (number or is_away(package)):
            continue
        name = read(package, "shipping_carrier", text) or read(document, "shipping_carrier", text)
        told.append({
            "carrier": carrier_of(name), "carrier_name": name, "waybill_no": number,
            "lines": _goods(package, found["lines"]),
        })  # fmt: skip
    return {"shipments": tuple(told)}


_REGIONS = (("country", "region"), ("province", "state"), ("city", "city"), ("district", "district"),
            ("town", "town"), ("street", "full_address"), ("postal_code", "zipcode"))  # fmt: skip


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient; a star anywhere in a person's fields means masked."""
    given = document.get("recipient_address")
    place: Document = given if isinstance(given, Mapping) else {}
    address = {ours: read(place, wire, text) for ours, wire in _REGIONS}
    name, phone = read(place, "name", text), read(place, "phone", text)
    shown = [value for value in (name, phone, address["street"]) if value]
    masked = PrivacyKind.MASKED if any("*" in value for value in shown) else PrivacyKind.CLEAR
    privacy = {"kind": masked if shown else PrivacyKind.ABSENT}
    return {
        "recipient": {"name": name, "phone": phone, "address": address, "privacy": privacy},
        "buyer": {
            "buyer_id": read(document, "buyer_user_id", ident), "nickname": read(document, "buyer_username", text),
        },
    }  # fmt: skip


def invoice(document: Document, found: Found) -> Found:
    """Whether there is invoice data; its fields are not documented and stay in `raw`."""
    given = document.get("invoice_data")
    return {"invoice": {"wanted": True}} if isinstance(given, Mapping) and any(given.values()) else {}
