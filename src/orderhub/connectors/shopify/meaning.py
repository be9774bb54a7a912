"""What an order's words, parcels and cases mean for its axes and holds. Pure; imports `kit`, `models`.

Source: docs/platforms/shopify.md#statuses. The first rule that fits decides; parcels never move backwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.connectors.shopify.convert import nodes, number
from orderhub.connectors.shopify.money import whole
from orderhub.connectors.shopify.spec import (
    DELIVERED,
    FINANCIAL,
    FINANCIAL_CLOSED,
    FINANCIAL_OPEN,
    FULFILMENT,
    FULFILMENT_HOLDS,
    FULFILMENT_ORDER,
    FULFILMENT_REQUEST,
    HOLD_REASONS,
    PARCEL,
    SHOP_RETURN,
    Asked,
    Stage,
)
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import boolean, iso_time, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PaymentStatus

__all__ = ["cases", "parcels", "people", "statuses", "strange_reason", "strange_words"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})


def _live_parcels(document: Document) -> list[Document]:
    return [row for row in nodes(document.get("fulfillments"))
            if PARCEL(str(row.get("status"))) is not FulfilmentStatus.CANCELLED]  # fmt: skip


def parcels(document: Document, found: Found) -> Found:
    """Shipments, and how many units of each line are on their way. A number is a parcel."""
    shipments: list[Found] = []
    sent: dict[str, int] = {}
    for row in _live_parcels(document):
        units: dict[str, int] = {}
        for item in nodes(row.get("fulfillmentLineItems")):
            line = number(item["lineItem"]["id"])
            units[line] = units.get(line, 0) + whole(item["quantity"])
        for line, count in units.items():
            sent[line] = sent.get(line, 0) + count
        shipments += _shipments(row, tuple(units.items()))
    for line in found["lines"]:
        line["shipped_quantity"] = sent.get(line["line_id"], 0)
    left = [shipment["shipped_at"] for shipment in shipments if shipment["shipped_at"]]
    return {"shipments": tuple(shipments), "shipped_at": min(left, default=None)}


def _shipments(row: Document, lines: tuple[tuple[str, int], ...]) -> Iterator[Found]:
    """The parcels of one fulfilment; which of several holds what is not told."""
    told = nodes(row.get("trackingInfo"))
    for info in told or [{}]:
        company = read(info, "company", text)
        yield {
            "carrier": carrier_of(company), "carrier_name": company, "waybill_no": read(info, "number", text),
            "shipped_at": read(row, "createdAt", iso_time), "delivered_at": read(row, "deliveredAt", iso_time),
            "lines": lines if len(told) < 2 else (),
        }  # fmt: skip


def cases(document: Document, found: Found) -> Found:
    """Units and money that went back, by line."""
    units: dict[str, int] = {}
    for refund in nodes(document.get("refunds")):
        for item in nodes(refund.get("refundLineItems")):
            line = number(item["lineItem"]["id"])
            units[line] = units.get(line, 0) + whole(item["quantity"])
    for line in found["lines"]:
        current = line.get("_current")
        removed = 0 if current is None else line["quantity"] - current
        line["refunded_quantity"] = min(line["quantity"], max(units.get(line["line_id"], 0), removed))
    return {}


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the axes, the holds, and the words of the lines."""
    money, goods = str(found["_financial"]), str(found["_fulfilment"])
    payment = FINANCIAL(money)
    status = _summary(document, found, money, goods)
    for line in found["lines"]:
        line["status"] = _line_status(status, line)
        line["raw_status"] = None
    return {
        "status": status,
        "raw_status": f"{money}/{goods}",
        "payment_status": payment,
        "fulfilment_status": _fulfilment(document, status, payment),
        "aftersale_status": _aftersale(document, payment),
        "fulfilled_by": FulfilledBy.MERCHANT,
        "holds": frozenset(_holds(document, status, (money, goods))),
        "completed_at": read(document, "closedAt", iso_time) if status is OrderStatus.COMPLETED else None,
        "ship_by": _ship_by(document),
    }


def _summary(document: Document, found: Found, money: str, goods: str) -> OrderStatus:
    sent = any(line["shipped_quantity"] for line in found["lines"])
    payment = FINANCIAL(money)
    if payment is PaymentStatus.UNKNOWN or not FULFILMENT.knows(goods):
        return OrderStatus.UNKNOWN
    if read(document, "cancelledAt", iso_time) or money in FINANCIAL_CLOSED:
        return OrderStatus.CANCELLED
    if money == "REFUNDED" and not sent and goods not in ("FULFILLED", "PARTIALLY_FULFILLED"):
        return OrderStatus.CANCELLED
    if money in FINANCIAL_OPEN and not sent and goods != "FULFILLED":
        return OrderStatus.PENDING_PAYMENT
    if goods == "FULFILLED":
        return _gone(document)
    if FULFILMENT(goods) is OrderStatus.UNKNOWN:
        return OrderStatus.UNKNOWN
    return OrderStatus.PARTIALLY_SHIPPED if sent else FULFILMENT(goods)


def _gone(document: Document) -> OrderStatus:
    rows = _live_parcels(document)
    if rows and all(row.get("displayStatus") == DELIVERED for row in rows):
        return OrderStatus.DELIVERED
    return OrderStatus.COMPLETED if read(document, "closed", boolean) else OrderStatus.SHIPPED


def _line_status(status: OrderStatus, line: Found) -> OrderStatus:
    """A line is as far as its units are."""
    if status in (OrderStatus.CANCELLED, OrderStatus.UNKNOWN, OrderStatus.PENDING_PAYMENT):
        return status
    wanted, sent = line["quantity"] - line["refunded_quantity"], line["shipped_quantity"]
    if not sent:
        if not wanted and line["quantity"]:
            return OrderStatus.CANCELLED
        return status if status in _GONE else OrderStatus.AWAITING_SHIPMENT
    if sent < wanted and status not in _GONE:
        return OrderStatus.PARTIALLY_SHIPPED
    return status if status in _GONE else OrderStatus.SHIPPED


def _fulfilment(document: Document, status: OrderStatus, payment: PaymentStatus) -> FulfilmentStatus:
    if status is OrderStatus.UNKNOWN:
        return FulfilmentStatus.UNKNOWN
    if status in _GONE and payment is PaymentStatus.REFUNDED and document.get("returnStatus") == "RETURNED":
        return FulfilmentStatus.RETURNED
    if status is OrderStatus.COMPLETED and not _arrived(document):
        return FulfilmentStatus.SHIPPED  # closed by the shop; nothing says that it arrived
    return {
        OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED, OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
        OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
        OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED, OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    }.get(status, FulfilmentStatus.UNFULFILLED)  # fmt: skip


def _arrived(document: Document) -> bool:
    rows = _live_parcels(document)
    return bool(rows) and all(row.get("displayStatus") == DELIVERED for row in rows)


def _aftersale(document: Document, payment: PaymentStatus) -> AftersaleStatus:
    """An open return comes first, then what the money says."""
    raw = document.get("returnStatus")
    word = SHOP_RETURN(str(raw)) if raw not in (None, "") else AftersaleStatus.NONE
    if word in (AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS, AftersaleStatus.UNKNOWN):
        return word
    if payment is PaymentStatus.REFUNDED:
        return AftersaleStatus.REFUNDED
    return AftersaleStatus.PARTIALLY_REFUNDED if payment is PaymentStatus.PARTIALLY_REFUNDED else word


def _holds(document: Document, status: OrderStatus, words: tuple[str, str]) -> set[Hold]:
    """What keeps an order from being shipped, as long as there is something to ship."""
    if status is OrderStatus.UNKNOWN:
        return {Hold.UNKNOWN_VALUE}
    if status in _GONE or status is OrderStatus.CANCELLED:
        return set()
    money, goods = words
    holds = {Hold.PRE_AUTHORISED} if money == "AUTHORIZED" else set()
    rows = nodes(document.get("fulfillmentOrders"))
    reasons = {
        HOLD_REASONS(str(hold.get("reason"))) for row in rows
        if FULFILMENT_ORDER(str(row.get("status"))) is Stage.HELD for hold in nodes_of(row.get("fulfillmentHolds"))
    }  # fmt: skip
    holds |= reasons
    if goods in FULFILMENT_HOLDS and not reasons:
        holds.add(FULFILMENT_HOLDS[goods])
    waiting = [row for row in rows if FULFILMENT_ORDER(str(row.get("status"))) is Stage.OPEN]
    asked = {FULFILMENT_REQUEST(str(row.get("requestStatus") or "UNSUBMITTED")) for row in waiting}
    if waiting and asked == {Asked.SERVICE}:
        holds.add(Hold.OTHER)  # a fulfilment service was asked to ship all of it
    if any(FULFILMENT_ORDER(str(row.get("status"))) is Stage.UNKNOWN for row in rows) or Asked.UNKNOWN in asked:
        holds.add(Hold.UNKNOWN_VALUE)
    return holds


def nodes_of(value: Any) -> list[Document]:
    """Holds have no id of their own here."""
    return [row for row in (value if isinstance(value, list) else nodes(value)) if isinstance(row, Mapping)]


def strange_reason(row: Document) -> bool:
    """Whether a fulfilment order is held for a reason that is not listed."""
    return any(not HOLD_REASONS.knows(hold.get("reason")) for hold in nodes_of(row.get("fulfillmentHolds")))


def _ship_by(document: Document) -> Any:
    rows = [row for row in nodes(document.get("fulfillmentOrders"))
            if FULFILMENT_ORDER(str(row.get("status"))) is Stage.OPEN]  # fmt: skip
    return min((at for row in rows if (at := read(row, "fulfillBy", iso_time))), default=None)


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient: in the clear, or not shown at all. The country is its two letters."""
    place = document.get("shippingAddress")
    buyer = document.get("customer")
    told: Found = {"buyer": {
        "buyer_id": number(buyer["id"]) if isinstance(buyer, Mapping) and buyer.get("id") else None,
        "email": read(document, "email", text),
    }}  # fmt: skip
    if not isinstance(place, Mapping) or not any(place.get(name) for name in ("name", "address1", "phone", "city")):
        return told
    street = [part for name in ("address1", "address2") if (part := read(place, name, text))]
    told["recipient"] = {
        "name": read(place, "name", text) or _joined(place), "phone": read(place, "phone", text),
        "address": {
            "country": read(place, "countryCodeV2", text) or read(place, "country", text),
            "province": read(place, "province", text), "city": read(place, "city", text),
            "street": ", ".join(street) or None, "postal_code": read(place, "zip", text),
        },
        "privacy": {"kind": "clear"},
    }  # fmt: skip
    return told


def _joined(place: Document) -> str | None:
    names = [name for part in ("firstName", "lastName") if (name := read(place, part, text))]
    return " ".join(names) or None


def strange_words(document: Document) -> Iterator[tuple[str, str]]:
    """(path, value) of every word that decides about shipping and that no enumeration lists."""
    tops = (
        ("displayFinancialStatus", FINANCIAL),
        ("displayFulfillmentStatus", FULFILMENT),
        ("returnStatus", SHOP_RETURN),
    )
    for path, words in tops:
        raw = document.get(path)
        if raw not in (None, "") and words(str(raw)) is words.unknown:
            yield path, str(raw)
    for name, field, table in (
        ("fulfillmentOrders", "status", FULFILMENT_ORDER), ("fulfillmentOrders", "requestStatus", FULFILMENT_REQUEST),
        ("fulfillments", "status", PARCEL),
    ):  # fmt: skip
        for place, row in enumerate(nodes(document.get(name))):
            raw = row.get(field)
            if raw not in (None, "") and not table.knows(str(raw)):
                yield f"{name}[{place}].{field}", str(raw)
