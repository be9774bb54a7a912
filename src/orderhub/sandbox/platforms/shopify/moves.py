"""What happens to orders, and everything that follows from it. Imports this folder's state, tables, wire.

Called by the platform's own mutations, by the tester and by the generator: one implementation of each change.
`at` is UTC text; what follows from it is derived in `sums`.
"""

from __future__ import annotations

from collections.abc import Sequence

from orderhub.sandbox.platforms.shopify.spec import RETURN_MOVES, SHIPPABLE
from orderhub.sandbox.platforms.shopify.state import Doc, Market, Order
from orderhub.sandbox.platforms.shopify.sums import money, settle

__all__ = [
    "Illegal", "Part", "add_transaction", "authorise", "cancel", "close", "deliver", "fulfil", "hold", "move_return",
    "open_return", "parcel_dropped", "pay", "place", "place_at", "refund", "release", "request_parts",
    "touch", "unlock", "whole",
]  # fmt: skip

Part = tuple[Doc, Doc, int]
"""(fulfilment order, its line, units)."""


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")


# --- stock ---------------------------------------------------------------------------------------------------------


def _level(line: Doc, location: Doc) -> Doc | None:
    """The stock level of a line's goods at a location."""
    variant = line["variant"]
    levels = variant["inventoryItem"]["inventoryLevels"] if variant else []
    return next((one for one in levels if one["location"] is location), None)


def _shift(line: Doc, location: Doc, available: int, committed: int) -> None:
    found = _level(line, location)
    if found is not None:
        found["_available"] += available
        found["_committed"] += committed


# --- placing ---------------------------------------------------------------------------------------------------------


def place(market: Market, order: Order, parts: Sequence[tuple[Doc, Sequence[Doc]]]) -> None:
    """Open a fulfilment order for the lines at each location, and commit their stock."""
    for location, lines in parts:
        rows = [
            market.new(order.shop_id, "FulfillmentOrderLineItem", totalQuantity=line["quantity"],
                       remainingQuantity=line["quantity"], lineItem=line)
            for line in lines if line["requiresShipping"]
        ]  # fmt: skip
        if not rows:
            continue
        at = order.doc["createdAt"]
        order.doc["fulfillmentOrders"].append(market.new(
            order.shop_id, "FulfillmentOrder", orderId=order.doc["id"], status="OPEN", requestStatus="UNSUBMITTED",
            assignedLocation={"location": location, "name": location["name"]}, fulfillmentHolds=[], fulfillAt=at,
            fulfillBy=None, deliveryMethod=market.new(order.shop_id, "DeliveryMethod", methodType="SHIPPING"),
            lineItems=rows, fulfillments=[], createdAt=at, updatedAt=at, _order=order.number,
        ))  # fmt: skip
        for row in rows:
            _shift(row["lineItem"], location, -row["totalQuantity"], row["totalQuantity"])


# --- money ---------------------------------------------------------------------------------------------------------


def add_transaction(market: Market, order: Order, kind: str, minor: int, at: str, parent: Doc | None = None) -> Doc:
    """One movement of money, all of it successful."""
    doc = market.new(
        order.shop_id, "OrderTransaction", kind=kind, status="SUCCESS", gateway=order.doc["_gateway"],
        amountSet=_bag(market, order, minor), processedAt=at, createdAt=at, parentTransaction=parent, _cents=minor,
    )  # fmt: skip
    order.doc["transactions"].append(doc)
    return doc


def _owed(order: Order) -> int:
    return int(order.doc["_total"] - order.doc["_paid"])


def pay(market: Market, order: Order, at: str, minor: int | None = None) -> None:
    """The buyer pays what is owed, or a part of it."""
    owed = _owed(order)
    if order.doc["cancelledAt"] or (owed <= 0 and order.doc["_total"]):
        raise Illegal(order.doc["displayFinancialStatus"], "pay")
    part = owed if minor is None else min(minor, owed)
    held = next((one for one in order.doc["transactions"] if one["kind"] == "AUTHORIZATION"), None)
    if part:
        add_transaction(market, order, "CAPTURE" if held else "SALE", part, at, held)
    order.doc["_paid"] += part
    touch(market, order, at)
    market.heard(order, "orders/paid", order.doc)


def authorise(market: Market, order: Order, at: str) -> None:
    """The money is reserved on the buyer's card, not taken."""
    add_transaction(market, order, "AUTHORIZATION", order.doc["_total"], at)
    touch(market, order, at)


def refund(
    market: Market, order: Order, rows: Sequence[tuple[Doc, int, str]], at: str, *, shipping: int = 0,
    minor: int | None = None, note: str = "", case: Doc | None = None,
) -> Doc:  # fmt: skip
    """Money back for units of lines (line, units, restockType) and freight; `minor` overrides the amount."""
    items, due, gone = [], shipping, {id(line): 0 for line, _, _ in rows}
    for line, units, restock in rows:
        done = _refunded_units(order, line) + gone[id(line)]
        net, tax = (_share(line[key], line["quantity"], done, units) for key in ("_net", "_tax"))
        location = _withdrawn(order, line, units, restock)
        items.append(market.new(
            order.shop_id, "RefundLineItem", quantity=units, restockType=restock, restocked=restock != "NO_RESTOCK",
            subtotalSet=_bag(market, order, net), totalTaxSet=_bag(market, order, tax), location=location,
            lineItem=line, _net=net, _tax=tax,
        ))  # fmt: skip
        gone[id(line)] += units
        due += net + (0 if order.doc["taxesIncluded"] else tax)
    back = min(due if minor is None else minor, order.doc["_paid"] - order.doc["_refunded"])
    doc = market.new(
        order.shop_id, "Refund", createdAt=at, updatedAt=at, note=note, totalRefundedSet=_bag(market, order, back),
        refundLineItems=items, transactions=[], order=None, _order=order.number, _cents=back, _shipping=shipping,
        **{"return": case},
    )  # fmt: skip
    doc["legacyResourceId"] = doc["id"].rpartition("/")[2]
    sale = next((one for one in order.doc["transactions"] if one["kind"] in ("SALE", "CAPTURE")), None)
    if back:
        doc["transactions"].append(add_transaction(market, order, "REFUND", back, at, sale))
    order.doc["_refunded"] += back
    order.doc["refunds"].append(doc)
    if case is not None:
        case["refunds"].append(doc)
    touch(market, order, at)
    market.heard(order, "refunds/create", doc)
    return doc


def _share(whole: int, quantity: int, done: int, units: int) -> int:
    """What `units` after the first `done` of `quantity` make of an amount; all together make all of it."""
    return int(whole * (done + units) // quantity - whole * done // quantity)


def _refunded_units(order: Order, line: Doc) -> int:
    return sum(
        row["quantity"] for one in order.doc["refunds"] for row in one["refundLineItems"] if row["lineItem"] is line
    )


def _withdrawn(order: Order, line: Doc, units: int, restock: str) -> Doc | None:
    """Units that were not sent leave their fulfilment order; the location that stock went back to, if it did."""
    left, place_of = units, None
    for waiting in order.doc["fulfillmentOrders"]:
        location = waiting["assignedLocation"]["location"]
        for row in waiting["lineItems"]:
            if row["lineItem"] is not line:
                continue
            place_of = place_of or location
            cut = min(left, row["remainingQuantity"]) if restock != "RETURN" else 0
            row["remainingQuantity"] -= cut
            row["totalQuantity"] -= cut
            left -= cut
            if cut:
                _shift(line, location, cut if restock == "CANCEL" else 0, -cut)
    if restock == "RETURN" and place_of is not None:
        _shift(line, place_of, units, 0)
    return place_of if restock != "NO_RESTOCK" else None


# --- parcels ---------------------------------------------------------------------------------------------------------


def whole(waiting: Doc) -> list[Part]:
    """Everything that is left of a fulfilment order."""
    return [(waiting, row, row["remainingQuantity"]) for row in waiting["lineItems"] if row["remainingQuantity"]]


def request_parts(order: Order, lines: Sequence[Doc] | None = None) -> list[Part]:
    """Everything that is left of the order, or of some of its lines."""
    return [
        part for waiting in order.doc["fulfillmentOrders"] if waiting["status"] in SHIPPABLE
        for part in whole(waiting) if lines is None or any(part[1]["lineItem"] is line for line in lines)
    ]  # fmt: skip


def fulfil(market: Market, order: Order, parts: Sequence[Part], at: str, tracking: Sequence[Doc] = ()) -> Doc:
    """Units leave with these numbers."""
    if not parts:
        raise Illegal(order.doc["displayFulfillmentStatus"], "ship")
    location = parts[0][0]["assignedLocation"]["location"]
    doc = market.new(
        order.shop_id, "Fulfillment", name=f"{order.doc['name']}-F{len(order.doc['fulfillments']) + 1}",
        status="SUCCESS", displayStatus="CONFIRMED", createdAt=at, updatedAt=at, deliveredAt=None, inTransitAt=None,
        totalQuantity=sum(units for _, _, units in parts), requiresShipping=True,
        trackingInfo=[dict(one) for one in tracking], location=location, fulfillmentOrders=[], _order=order.number,
        fulfillmentLineItems=[
            market.new(order.shop_id, "FulfillmentLineItem", quantity=units, lineItem=row["lineItem"])
            for _, row, units in parts
        ], _parts=list(parts),
    )  # fmt: skip
    doc["legacyResourceId"] = doc["id"].rpartition("/")[2]
    for waiting, row, units in parts:
        row["remainingQuantity"] -= units
        _shift(row["lineItem"], waiting["assignedLocation"]["location"], 0, -units)
        if not any(one is doc for one in waiting["fulfillments"]):
            waiting["fulfillments"].append(doc)
            doc["fulfillmentOrders"].append(waiting)
        waiting["updatedAt"] = at
    order.doc["fulfillments"].append(doc)
    touch(market, order, at)
    market.heard(order, "fulfillments/create", doc)
    return doc


def parcel_dropped(market: Market, order: Order, parcel: Doc, at: str) -> None:
    """A fulfilment is cancelled: its units wait again."""
    if parcel["status"] != "SUCCESS" or parcel["displayStatus"] == "DELIVERED":
        raise Illegal(parcel["status"], "cancel")
    parcel.update(status="CANCELLED", displayStatus="CANCELED", updatedAt=at)
    for waiting, row, units in parcel["_parts"]:
        row["remainingQuantity"] += units
        _shift(row["lineItem"], waiting["assignedLocation"]["location"], 0, units)
        waiting["status"] = "OPEN"
    touch(market, order, at)
    market.heard(order, "fulfillments/update", parcel)


def deliver(market: Market, order: Order, at: str) -> None:
    """Every parcel arrives."""
    gone = [one for one in order.doc["fulfillments"] if one["status"] == "SUCCESS" and not one["deliveredAt"]]
    if not gone:
        raise Illegal(order.doc["displayFulfillmentStatus"], "receive")
    for parcel in gone:
        parcel.update(displayStatus="DELIVERED", deliveredAt=at, inTransitAt=parcel["inTransitAt"] or at, updatedAt=at)
        market.heard(order, "fulfillments/update", parcel)
    touch(market, order, at)


def hold(market: Market, order: Order, waiting: Doc, reason: str, at: str, notes: str = "") -> None:
    """Nothing of it may leave."""
    if waiting["status"] != "OPEN":
        raise Illegal(waiting["status"], "hold")
    waiting["fulfillmentHolds"].append(
        market.new(order.shop_id, "FulfillmentHold", reason=reason, reasonNotes=notes or None)
    )
    waiting["status"] = "ON_HOLD"
    touch(market, order, at)


def release(market: Market, order: Order, waiting: Doc, at: str) -> None:
    """Its holds are gone."""
    if waiting["status"] != "ON_HOLD":
        raise Illegal(waiting["status"], "release")
    waiting.update(status="OPEN", fulfillmentHolds=[])
    touch(market, order, at)


def place_at(market: Market, order: Order, waiting: Doc, location: Doc, at: str) -> None:
    """It will leave from another location; its stock is committed there instead."""
    if waiting["status"] not in ("OPEN", "SCHEDULED"):
        raise Illegal(waiting["status"], "move")
    old = waiting["assignedLocation"]["location"]
    for row in waiting["lineItems"]:
        units = row["remainingQuantity"]
        _shift(row["lineItem"], old, units, -units)
        _shift(row["lineItem"], location, -units, units)
    waiting["assignedLocation"] = {"location": location, "name": location["name"]}
    touch(market, order, at)


def unlock(market: Market, order: Order, at: str) -> None:
    """Every hold of an order is released."""
    for waiting in order.doc["fulfillmentOrders"]:
        if waiting["status"] == "ON_HOLD":
            release(market, order, waiting, at)


# --- the whole order -------------------------------------------------------------------------------------------------


def close(market: Market, order: Order, at: str) -> None:
    """Archived by the merchant."""
    if order.doc["closed"]:
        raise Illegal("closed", "close")
    order.doc.update(closed=True, closedAt=at)
    touch(market, order, at)


def cancel(market: Market, order: Order, at: str, reason: str = "CUSTOMER") -> None:
    """Nothing of it was sent: money goes back, goods stay."""
    if order.doc["cancelledAt"] or any(one["status"] == "SUCCESS" for one in order.doc["fulfillments"]):
        raise Illegal(order.doc["displayFulfillmentStatus"], "cancel")
    rows = [(line, line["quantity"] - _refunded_units(order, line), "CANCEL") for line in order.lines]
    rows = [row for row in rows if row[1] > 0]
    left = order.doc["_paid"] - order.doc["_refunded"]
    order.doc.update(cancelledAt=at, cancelReason=reason)
    if left > 0:
        refund(market, order, rows, at, minor=left, note="cancelled")
    else:
        for line, units, restock in rows:
            _withdrawn(order, line, units, restock)
    for waiting in order.doc["fulfillmentOrders"]:
        waiting.update(status="CANCELLED", fulfillmentHolds=[])
    touch(market, order, at)
    market.heard(order, "orders/cancelled", order.doc)


def open_return(
    market: Market, order: Order, rows: Sequence[tuple[Doc, int]], at: str, why: str, note: str = ""
) -> Doc:
    """The buyer asks to send units of parcels (their fulfilment lines) back."""
    if not rows:
        raise Illegal(order.doc["displayFulfillmentStatus"], "return")
    doc = market.new(
        order.shop_id, "Return", name=f"{order.doc['name']}-R{len(order.doc['returns']) + 1}", status="REQUESTED",
        createdAt=at, closedAt=None, requestApprovedAt=None, totalQuantity=sum(units for _, units in rows), refunds=[],
        returnLineItems=[
            market.new(order.shop_id, "ReturnLineItem", quantity=units, refundedQuantity=0, returnReason=why,
                       customerNote=note or None, fulfillmentLineItem=row)
            for row, units in rows
        ], _order=order.number,
    )  # fmt: skip
    order.doc["returns"].append(doc)
    touch(market, order, at)
    return doc


def move_return(market: Market, order: Order, case: Doc, what: str, at: str) -> None:
    """A step of a return: approve, decline, cancel, close."""
    new = RETURN_MOVES.get((case["status"], what))
    if new is None:
        raise Illegal(case["status"], what)
    case["status"] = new
    if what == "approve":
        case["requestApprovedAt"] = at
    if what == "close":
        case["closedAt"] = at
    touch(market, order, at)


def touch(market: Market, order: Order, at: str) -> None:
    """The order changed: derive everything, move it in the lists."""
    order.doc["updatedAt"] = max(at, order.doc["updatedAt"])
    settle(market.shops[order.shop_id], order)
    if order.number in market.orders:
        market.refile(order)
        market.heard(order, "orders/updated", order.doc)


def _bag(market: Market, order: Order, minor: int) -> Doc:
    return money(market.shops[order.shop_id], order.doc, minor)
