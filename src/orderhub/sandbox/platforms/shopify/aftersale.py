"""Mutations of refunds and returns. Source: docs/platforms/shopify.md, Refunds and returns.

The input lists of returns are not settled by any source: approving, declining and closing take an id (and a reason);
buyers ask through the tester's hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.sandbox.platforms.shopify.ask import Ask, Said, needed, said
from orderhub.sandbox.platforms.shopify.execute import QueryError
from orderhub.sandbox.platforms.shopify.moves import Illegal, move_return, refund
from orderhub.sandbox.platforms.shopify.spec import RESTOCKS
from orderhub.sandbox.platforms.shopify.state import Doc, Order
from orderhub.sandbox.platforms.shopify.stock import once
from orderhub.sandbox.platforms.shopify.wire import cents

__all__ = ["AFTERSALES"]

Arguments = Mapping[str, Any]
_INPUT = frozenset({
    "orderId", "note", "refundLineItems", "shipping", "transactions", "currency", "notify", "refundDuties",
    "refundMethods", "allowOverRefunding", "discrepancyReason",
})  # fmt: skip


def create(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """refundCreate."""
    told = needed(arguments, "input", dict)
    if strange := set(told) - _INPUT:
        raise QueryError(f"Field is not defined on RefundInput: {min(strange)}", "INVALID_VARIABLE")
    return once(ask, "refundCreate", arguments, directives, lambda: _create(ask, told))


def _create(ask: Ask, told: Doc) -> Doc:
    try:
        order = _order(ask, told)
        rows = [_row(ask, order, row, told) for row in told.get("refundLineItems") or ()]
        minor = _amount(order, told)
        freight = _minor((told.get("shipping") or {}).get("amount") or "0", "shipping")
    except Said as error:
        return {**said("refund", error), "order": None}
    note = str(told.get("note") or "")
    made = refund(ask.market, order, rows, ask.market.stamp(), shipping=freight, minor=minor, note=note)
    return {"refund": made, "order": order.doc, "userErrors": []}


def _order(ask: Ask, told: Doc) -> Order:
    found = ask.find("Order", told.get("orderId"))
    if found is None:
        raise Said("Order does not exist", "orderId")
    return ask.market.orders[found["legacyResourceId"]]


def _row(ask: Ask, order: Order, row: Doc, told: Doc) -> tuple[Doc, int, str]:
    line, units, restock = order.line(row.get("lineItemId")), row.get("quantity"), row.get("restockType", "NO_RESTOCK")
    if line is None:
        raise Said("Line item does not exist", "refundLineItems", "lineItemId")
    if restock not in RESTOCKS:
        raise QueryError(f"restockType {restock!r} is not known", "INVALID_VARIABLE")
    asked = sum(
        one.get("quantity") or 0 for one in told["refundLineItems"] if one.get("lineItemId") == row.get("lineItemId")
    )
    if isinstance(units, bool) or not isinstance(units, int) or units <= 0 or asked > line["refundableQuantity"]:
        raise Said("Quantity cannot refund more items than were purchased", "refundLineItems", "quantity")
    if restock in ("CANCEL", "RETURN") and row.get("locationId") and ask.find("Location", row["locationId"]) is None:
        raise Said("Location does not exist", "refundLineItems", "locationId")
    return line, units, restock


def _minor(text: Any, field: str) -> int:
    try:
        minor = cents(text)
    except ValueError:
        raise Said(f"{field} amount is not valid", field) from None
    if minor < 0:
        raise Said(f"{field} amount is negative", field)
    return minor


def _amount(order: Order, told: Doc) -> int:
    """What the transactions send back; without any, no money moves."""
    total = 0
    for row in told.get("transactions") or ():
        if row.get("kind") != "REFUND":
            raise Said("Transaction kind must be refund", "transactions", "kind")
        if row.get("orderId") != order.doc["id"]:
            raise Said("Transaction is of another order", "transactions", "orderId")
        if not any(one["id"] == row.get("parentId") for one in order.doc["transactions"]):
            raise Said("Parent transaction does not exist", "transactions", "parentId")
        total += _minor(row.get("amount"), "transactions")
    if total > order.doc["_paid"] - order.doc["_refunded"]:
        raise Said("Refund amount is greater than what was received", "transactions", "amount")
    return total


def _case(what: str, given: Callable[[Arguments], Any]) -> Callable[[Ask, Arguments, Arguments], Doc]:
    def act(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
        case = ask.find("Return", given(arguments))
        if case is None:
            return said("return", Said("Return does not exist", "id"))
        try:
            move_return(ask.market, ask.order_of(case), case, what, ask.market.stamp())
        except Illegal as error:
            return said("return", Said(str(error), "id", code="INVALID_STATE"))
        return {"return": case, "userErrors": []}

    return act


AFTERSALES: dict[str, Callable[[Ask, Arguments, Arguments], Doc]] = {
    "refundCreate": create,
    "returnApproveRequest": _case("approve", lambda told: (told.get("input") or {}).get("id")),
    "returnDeclineRequest": _case("decline", lambda told: (told.get("input") or {}).get("id")),
    "returnClose": _case("close", lambda told: told.get("id")),
}
"""Root mutation fields of this module."""
