"""What a Kuaishou order means in canonical words: lines, statuses, holds, money. Pure; imports `kit`, `models`.

Source: docs/platforms/kuaishou.md#order-status, #money. Amounts in yuan, read from whole fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.connectors.kuaishou.people import has_ciphertext, part
from orderhub.connectors.kuaishou.spec import AFTERSALE, AFTERSALE_OPEN, DELIVERY, FLAGS, HOLD_CODES, STATUS
from orderhub.kit.convert import cny_fen, epoch_ms, ident, quantity, rows_of, text
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.status import (
    AftersaleStatus,
    DiscountFunder,
    FulfilledBy,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PaymentStatus,
)

__all__ = ["all_lines", "code", "goods", "labels", "notes", "payment", "statuses", "strange_words"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
RISKY = "10001"
DEPOSIT_PRESALE, GROUP, GIFT_MAIN, GIFT = "6", "17", "18", "19"
_ACTIVITIES = {DEPOSIT_PRESALE: "deposit_presale", GROUP: "group", GIFT_MAIN: "gift_main", GIFT: "gift"}
_FULFILMENT: Mapping[OrderStatus, FulfilmentStatus] = {
    OrderStatus.PENDING_PAYMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.AWAITING_SHIPMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN,
}
_SENT = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_WAITING = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.AWAITING_SHIPMENT})


def code(value: Any) -> str:
    """A word of an enumeration: whole numbers, or their digits as text."""
    return value.strip() if type(value) is str else str(quantity(value))


def _line_status(raw: str, count: int, delivery: Document) -> tuple[OrderStatus, int | None]:
    """(status, pieces sent) of a line. A status of 40 comes with the first piece: the counts tell the rest."""
    status = STATUS(raw)
    if status is not OrderStatus.SHIPPED:
        return status, count if status in _SENT else 0 if status in _WAITING else None
    sent, state = read(delivery, "deliveryNum", quantity), read(delivery, "deliveryStatus", code)
    if sent is None:
        sent = count if state == "40" or count == 1 else None
    sent = max(sent, 1) if sent is not None else None  # the first piece brought the status
    part_left = state == "10" or (sent is not None and sent < count and state != "40")
    return (OrderStatus.PARTIALLY_SHIPPED if part_left else OrderStatus.SHIPPED), sent


def all_lines(document: Document, found: Found) -> Found:
    """The one SKU of the order under the order's own number, then gifts under theirs."""
    case = _newest_case(document)
    (main,) = found["lines"][:1]
    status, sent = _line_status(found["raw_status"], main["quantity"], part(document, "orderDeliveryInfo"))
    lines = [main | {
        "line_id": found["order_id"], "status": status, "raw_status": found["raw_status"], "shipped_quantity": sent,
        "aftersale_status": _aftersale(case), "_place": ("orderItemInfo",),
    }]  # fmt: skip
    subs = rows_of(document.get("subOrderInfo"))
    for number, (gift, sub) in enumerate(zip(found.get("_gifts", ()), subs, strict=False)):
        status, sent = _line_status(gift["raw_status"], gift["quantity"], part(sub, "subOrderDeliveryInfo"))
        lines.append(gift | {"status": status, "shipped_quantity": sent, "is_gift": True, "unit_price": ZERO,
                             "_place": ("subOrderInfo", number)})  # fmt: skip
    return {"lines": tuple(lines)}


def _newest_case(document: Document) -> Document:
    """Orders show their newest after-sale case only."""
    rows = [row for row in rows_of(document.get("orderRefundList")) if isinstance(row, Mapping)]
    return max(rows, key=lambda row: read(row, "createTime", quantity) or 0, default={})


def _aftersale(case: Document) -> AftersaleStatus:
    raw = read(case, "status", code)
    return AftersaleStatus.NONE if not case else AFTERSALE(raw or "")


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment and after-sale axes, the holds."""
    lines, case = found["lines"], _newest_case(document)
    status = lines[0]["status"]
    gone = frozenset({OrderStatus.CANCELLED})
    if status is OrderStatus.SHIPPED and any(
        line["status"] in (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED)
        for line in lines if line["status"] not in gone
    ):  # fmt: skip
        status = OrderStatus.PARTIALLY_SHIPPED
    aftersale = _aftersale(case)
    fee = read(case, "refundFee", cny_fen)
    if aftersale is AftersaleStatus.REFUNDED and fee is not None and fee < (_owed(document) or fee):
        aftersale = AftersaleStatus.PARTIALLY_REFUNDED
    return {
        "status": status, "fulfilment_status": _FULFILMENT[status], "aftersale_status": aftersale,
        "holds": frozenset(_holds(document, found, status, case)), "fulfilled_by": FulfilledBy.MERCHANT,
        "is_cod": False, "currency": "CNY",
    }  # fmt: skip


def _owed(document: Document) -> Decimal | None:
    base = part(document, "orderBaseInfo")
    goods, off = read(base, "totalFee", cny_fen), read(base, "discountFee", cny_fen)
    return None if goods is None or off is None else goods - off


def _holds(document: Document, found: Found, status: OrderStatus, case: Document) -> set[Hold]:
    """Holds matter while something is left to send; an unknown word anywhere is a hold of its own."""
    holds = {Hold.UNKNOWN_VALUE} if strange_words(document, found["raw_status"]) else set()
    base = part(document, "orderBaseInfo")
    if status is OrderStatus.PENDING_PAYMENT:
        return holds | ({Hold.PRESALE} if _is_presale(base) else set())
    if status not in (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.UNKNOWN):
        return holds
    holds |= {hold for word, hold in HOLD_CODES.items() if word in _reasons(base)}
    if read(base, "riskCode", code) == RISKY:
        holds.add(Hold.RISK_CONTROL)
    if read(base, "validPromiseShipmentTimeStamp", code) == "0":
        holds.add(Hold.PLATFORM_PAUSE)
    if not has_ciphertext(document):
        holds.add(Hold.ADDRESS_INCOMPLETE)
    if read(case, "status", code) in AFTERSALE_OPEN or _aftersale(case) is AftersaleStatus.REFUNDED:
        holds.add(Hold.REFUND_OPEN)
    if read(part(document, "addressUpdateAuditInfo"), "auditStatus", code) == "10":
        holds.add(Hold.UNDER_REVIEW)
    return holds


def _reasons(base: Document) -> list[str]:
    return [code(value) for value in rows_of(base.get("disableDeliveryReasonCode"))]


def _is_presale(base: Document) -> bool:
    kinds = {read(base, "activityType", code), *map(code, rows_of(base.get("allActivityType")))}
    return read(base, "preSale", code) == "1" or DEPOSIT_PRESALE in kinds


def strange_words(document: Document, raw_status: str | None) -> list[tuple[str, str]]:
    """(wire path, value) of every word that the documented enumerations do not list."""
    base, case = part(document, "orderBaseInfo"), _newest_case(document)
    state = read(part(document, "orderDeliveryInfo"), "deliveryStatus", code)
    seen: list[tuple[str, str | None, Any]] = [("orderBaseInfo.status", raw_status, STATUS.words.keys())]
    seen += [(f"orderBaseInfo.{name}", read(base, name, code), known) for name, known in FLAGS.items()]
    seen += [("orderBaseInfo.disableDeliveryReasonCode", word, HOLD_CODES.keys()) for word in _reasons(base)]
    seen += [("orderDeliveryInfo.deliveryStatus", state, DELIVERY)]
    seen += [("orderRefundList.status", read(case, "status", code), AFTERSALE.words.keys())]
    for sub in rows_of(document.get("subOrderInfo")):
        word = read(part(sub, "subOrderBaseInfo"), "status", code) if isinstance(sub, Mapping) else None
        seen.append(("subOrderInfo.subOrderBaseInfo.status", word, STATUS.words.keys()))
    return [(path, value) for path, value, known in seen if value is not None and value not in known]


def goods(document: Document, found: Found, *, beside: bool = True) -> Found:
    """Gross, discount and total of the line; gifts cost nothing. Goods are totalFee less what was taken off.

    Args:
        beside: The two discounts of the payment stand beside discountFee, not inside it.
    """
    main, *gifts = found["lines"]
    price, gross = main.get("unit_price"), found.get("_total_fee")
    subtotal = gross if price is None else price * main["quantity"]
    off = _reductions(found, beside)
    total = None if gross is None or off is None else gross - off
    if price is None and subtotal is not None and main["quantity"]:
        main["unit_price"] = (subtotal / main["quantity"]).quantize(Decimal("0.01"))
    main |= {"subtotal": subtotal, "total": total,
             "discount": None if subtotal is None or total is None else subtotal - total}  # fmt: skip
    for gift in gifts:
        gift |= {"subtotal": ZERO, "discount": ZERO, "total": ZERO}
    return {"items_total": subtotal, "discount_total": main["discount"], "tax_total": ZERO,
            "discounts": tuple(_discounts(found, main, beside))}  # fmt: skip


_OF_PAYMENT = (
    ("payment_channel", "_payChannelDiscount", DiscountFunder.PLATFORM),
    ("government_subsidy", "_governmentDiscount", DiscountFunder.UNKNOWN),
)


def _reductions(found: Found, beside: bool) -> Decimal | None:
    """What is taken off totalFee; whether the two of the payment stand beside it is a setting."""
    extra = tuple(found.get(name) or ZERO for _, name, _ in _OF_PAYMENT) if beside else ()
    return total_of((found.get("_discount_fee"), *extra))


def _discounts(found: Found, main: Found, beside: bool) -> list[Found]:
    rows: list[Found] = []
    whole, gross = main["subtotal"], found.get("_total_fee")
    if whole is not None and gross is not None and whole != gross:
        kind = "promotion" if whole > gross else "adjustment"
        rows.append({"kind": kind, "name": "originalPrice", "amount": whole - gross})
    inside = ZERO if beside else sum((found.get(name) or ZERO for _, name, _ in _OF_PAYMENT), ZERO)
    if rest := (found.get("_discount_fee") or ZERO) - inside:
        rows.append({"kind": "promotion", "name": "discountFee", "amount": rest})
    rows += [{"kind": kind, "name": name[1:], "amount": found[name], "funded_by": funder}
             for kind, name, funder in _OF_PAYMENT if found.get(name)]  # fmt: skip
    return rows


def payment(document: Document, found: Found, *, open_freight: bool = False) -> Found:
    """Freight, the total, what was paid and refunded up to now, and the payment axis; all explained by its parts.

    Args:
        open_freight: The allowance is still to be taken off the freight.
    """
    freight = found.get("_express_fee")
    if freight is not None and open_freight:
        freight -= found.get("_freight_allowance") or ZERO
    goods_part = found["lines"][0]["total"]
    total = None if goods_part is None or freight is None else goods_part + freight
    paid, status = _paid(document, found, total)
    case = _newest_case(document)
    refunded = _refunded(case)
    if refunded and paid is not None:
        status = PaymentStatus.REFUNDED if refunded >= paid else PaymentStatus.PARTIALLY_REFUNDED
    for line in found["lines"]:
        line |= {"refunded": ZERO if line.get("is_gift") else refunded,
                 "refunded_quantity": 0 if refunded == ZERO else None}  # fmt: skip
    return {
        "shipping_fee": freight, "fees_total": ZERO, "total": total, "paid": paid, "refunded": refunded,
        "payment_status": status, "residual": None if total is None else ZERO,
    }  # fmt: skip


def _paid(document: Document, found: Found, total: Decimal | None) -> tuple[Decimal | None, PaymentStatus]:
    """Nothing while unpaid; what was paid of an open presale the documented fields do not tell."""
    status = found["lines"][0]["status"]
    if status is OrderStatus.UNKNOWN:
        return None, PaymentStatus.UNKNOWN
    if status is OrderStatus.PENDING_PAYMENT:
        steps = part(document, "orderStepInfo")
        return (None, PaymentStatus.UNKNOWN) if steps else (ZERO, PaymentStatus.UNPAID)
    if status is OrderStatus.CANCELLED and found.get("paid_at") is None:
        return ZERO, PaymentStatus.UNPAID
    return total, PaymentStatus.PAID


def _refunded(case: Document) -> Decimal | None:
    """Only the newest case is shown: no case is no refund, a finished one tells its amount; another hides the rest."""
    if not case:
        return ZERO
    return read(case, "refundFee", cny_fen) if read(case, "status", code) == "60" else None


def notes(document: Document, found: Found) -> Found:
    """The seller's notes, oldest first, one a line; the flag of the newest."""
    rows = [row for row in rows_of(part(document, "orderNote").get("orderNoteInfo")) if isinstance(row, Mapping)]
    rows.sort(key=lambda row: read(row, "createTime", quantity) or 0)
    told = [words for row in rows if (words := read(row, "note", text))]
    flag = read(rows[-1], "flagTagCode", code) if rows else None
    return {"seller_note": "\n".join(told) or None, "seller_flag": flag}


def labels(document: Document, found: Found) -> Found:
    """What an order is besides: its activities, its own labels, who sold it."""
    base = part(document, "orderBaseInfo")
    kinds = [read(base, "activityType", code), *map(code, rows_of(base.get("allActivityType")))]
    names = [_ACTIVITIES[kind] for kind in kinds if kind in _ACTIVITIES]
    names += [f"label_{code(value)}" for value in rows_of(base.get("orderLabels"))]
    if read(base, "preSale", code) == "1":
        names.append("presale")
    if (read(part(document, "orderCpsInfo"), "distributorId", ident) or "0") != "0":
        names.append("distributor")
    if read(base, "remindShipmentTime", epoch_ms):
        names.append("reminded")
    return {"labels": tuple(dict.fromkeys(names))}
