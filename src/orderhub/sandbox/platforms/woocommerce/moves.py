"""What happens to an order: paid, completed, cancelled, refunded; sums recounted. Imports this folder's state and wire.

The core lets any status follow any other, so nothing here refuses a status. Payment takes stock, a cancellation gives
it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderhub.sandbox.platforms.woocommerce.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.woocommerce.wire import cents, money

__all__ = ["Illegal", "add_note", "put_meta", "recount", "refund", "refund_line", "set_status"]

PAID = frozenset({"processing", "completed"})
OFF = frozenset({"cancelled", "failed", "pending", "trash"})


class Illegal(Exception):
    """The state of an order forbids it."""


def set_status(market: Market, order: Order, status: str, at: int | None = None) -> None:
    """Into a status, with the instants and the stock that go with it; now, or in epoch seconds."""
    at = market.now() if at is None else at
    order.doc["status"] = status
    if status in PAID and order.paid is None:
        order.paid = at
        order.doc["transaction_id"] = order.doc["transaction_id"] or f"txn_{order.number}"
    if status == "completed" and order.completed is None:
        order.completed = at
    _move_stock(market, order, status)
    market.touch(order, at)


def _move_stock(market: Market, order: Order, status: str) -> None:
    takes, gives = status in PAID and not order.took_stock, status in OFF and order.took_stock
    if not (takes or gives):
        return
    order.took_stock = takes
    for line in order.doc["line_items"]:
        good = market.good_of(line, order.shop_id)
        if good is not None and good.managed:
            good.quantity += -line["quantity"] if takes else line["quantity"]


def add_note(market: Market, order: Order, text: str, *, customer: bool = False) -> Doc:
    """A note on the order; for the customer, or for the shop's own people."""
    shop = market.shops[order.shop_id]
    note = {
        "id": market.serial(shop),
        "author": "REST API",
        "at": market.now(),
        "note": text,
        "customer_note": customer,
    }
    order.notes.append(note)
    return note


def put_meta(market: Market, order: Order, rows: Sequence[Doc]) -> None:
    """Meta by id, else by key; a new key gets an id."""
    kept: list[Doc] = order.doc["meta_data"]
    for row in rows:
        old = next((one for one in kept if one["id"] == row.get("id") or one["key"] == row.get("key")), None)
        if old is None:
            new = {"id": market.serial(market.shops[order.shop_id]), "key": str(row.get("key", "")), "value": ""}
            kept.append(old := new)
        old["value"] = row.get("value")


def refund_line(line: Doc, quantity: int, amount: int, taxes: int, sign: int) -> Doc:
    """A line of a refund: what came back of a line of the order, figures with the sign that the switch asks for."""
    names = ("name", "product_id", "variation_id", "tax_class", "sku", "price")
    return {
        "id": line["id"], **{name: line[name] for name in names}, "quantity": sign * quantity,
        "subtotal": money(sign * amount), "subtotal_tax": money(sign * taxes), "total": money(sign * amount),
        "total_tax": money(sign * taxes), "taxes": [], "meta_data": [],
    }  # fmt: skip


def refund(market: Market, order: Order, amount: int, told: Doc, lines: Sequence[Doc], at: int | None = None) -> Doc:
    """Money back, never more than is left; all of it makes the order `refunded`. Answers the refund."""
    left = cents(order.doc["total"]) - order.refunded_cents
    if not 0 < amount <= left:
        raise Illegal(f"{money(left)} of {order.number} can be refunded, not {money(amount)}")
    at = market.now() if at is None else at
    found = {
        "id": market.serial(market.shops[order.shop_id]), "at": at, "amount": money(amount),
        "reason": str(told.get("reason", "")), "refunded_by": 1, "refunded_payment": bool(told.get("api_refund", True)),
        "meta_data": [], "line_items": list(lines),
    }  # fmt: skip
    order.refunds.append(found)
    order.doc["refunds"].append({"id": found["id"], "reason": found["reason"], "total": money(-amount)})
    if amount == left:
        order.doc["status"] = "refunded"
    market.touch(order, at)
    return found


def _rows(document: Doc, group: str, name: str) -> int:
    return sum(cents(row.get(name) or "0") for row in document[group])


def recount(document: Doc) -> None:
    """Every sum of an order from its lines, freight, fees and coupons."""
    lines = document["line_items"]
    cart_tax = _rows(document, "line_items", "total_tax") + _rows(document, "fee_lines", "total_tax")
    shipping, shipping_tax = _rows(document, "shipping_lines", "total"), _rows(document, "shipping_lines", "total_tax")
    goods = _rows(document, "line_items", "total") + _rows(document, "fee_lines", "total")
    off = sum(cents(line["subtotal"]) - cents(line["total"]) for line in lines)
    off_tax = sum(cents(line["subtotal_tax"]) - cents(line["total_tax"]) for line in lines)
    sums: dict[str, Any] = {
        "discount_total": off, "discount_tax": off_tax, "shipping_total": shipping, "shipping_tax": shipping_tax,
        "cart_tax": cart_tax, "total_tax": cart_tax + shipping_tax,
        "total": goods + shipping + cart_tax + shipping_tax,
    }  # fmt: skip
    document |= {name: money(amount) for name, amount in sums.items()}
    for row in document["tax_lines"]:
        row |= {"tax_total": money(cart_tax), "shipping_tax_total": money(shipping_tax)}


def taxed(shop: Shop, amount: int) -> int:
    """Tax on an amount that is without it, in cents, half up."""
    return (amount * shop.tax_percent * 2 + 100) // 200
