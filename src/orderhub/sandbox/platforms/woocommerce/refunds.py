"""Refunds of an order read and made. Source: docs/platforms/woocommerce.md. The core knows no request and no answer."""

from __future__ import annotations

from orderhub.sandbox.platforms.woocommerce.ask import Ask, Told
from orderhub.sandbox.platforms.woocommerce.moves import Illegal, refund, refund_line
from orderhub.sandbox.platforms.woocommerce.spec import invalid_id
from orderhub.sandbox.platforms.woocommerce.state import Doc, Order
from orderhub.sandbox.platforms.woocommerce.wire import Refusal, cents, stamps

__all__ = ["get", "listed", "make"]


def shown(ask: Ask, found: Doc) -> Doc:
    """With its instant in site time and GMT."""
    told = {name: value for name, value in found.items() if name != "at"}
    return told | stamps("date_created", found["at"], ask.shop.offset_h)


def listed(ask: Ask) -> Told:
    """GET orders/{id}/refunds, newest first."""
    return ask.page(list(reversed(ask.order().refunds)), lambda found: shown(ask, found))


def get(ask: Ask) -> Told:
    """GET orders/{id}/refunds/{refund}."""
    for found in ask.order().refunds:
        if found["id"] == ask.ids[1]:
            return Told(shown(ask, found))
    raise Refusal(invalid_id("shop_order_refund"), "Invalid ID.", 404)


def make(ask: Ask) -> Told:
    """POST orders/{id}/refunds."""
    order, given = ask.order(), ask.body
    rows = given.get("line_items") or []
    lines = [_line(ask, order, row) for row in rows]
    amount = ask.amount(given, "amount") or sum(abs(cents(line["total"]) + cents(line["total_tax"])) for line in lines)
    if given.get("api_refund", True) and not ask.switch("gateway_refunds"):
        raise Refusal(ask.switch("refund_code"), "The payment gateway does not support refunds.", 500)
    try:
        found = refund(ask.market, order, amount, given, lines)
    except Illegal as illegal:
        raise Refusal(ask.switch("refund_code"), str(illegal), 400) from illegal
    if given.get("api_restock", True):
        _restock(ask, order, rows)
    return Told(shown(ask, found), 201)


def _line(ask: Ask, order: Order, row: Doc) -> Doc:
    line = next((one for one in order.doc["line_items"] if str(one["id"]) == str(row.get("id"))), None)
    units = row.get("quantity", 0)
    if line is None or isinstance(units, bool) or not isinstance(units, int) or not 0 <= units <= line["quantity"]:
        raise ask.bad("line_items", "name a line and no more units than it has")
    taxes = sum(ask.amount(tax, "refund_total") for tax in row.get("taxes") or [])
    sign = -1 if ask.switch("refund_sign") == "negative" else 1
    return refund_line(line, units, ask.amount(row, "refund_total"), taxes, sign)


def _restock(ask: Ask, order: Order, rows: list[Doc]) -> None:
    for row in rows:
        line = next(one for one in order.doc["line_items"] if str(one["id"]) == str(row["id"]))
        good = ask.market.good_of(line, order.shop_id)
        if good is not None and good.managed and order.took_stock:
            good.quantity += row.get("quantity", 0)
