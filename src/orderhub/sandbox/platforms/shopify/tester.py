"""The tester's hand in the Shopify market: truth, new orders, what buyers and merchants do, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.shopify import moves
from orderhub.sandbox.platforms.shopify.moves import Illegal
from orderhub.sandbox.platforms.shopify.seed import make_order
from orderhub.sandbox.platforms.shopify.state import Doc, Market, Order
from orderhub.sandbox.platforms.shopify.wire import cents, gid, iso, number
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester", "plain"]

_POINTERS = frozenset({"product", "variant", "lineItem", "location", "order", "item", "parentTransaction", "return"})
_LISTS = frozenset({"fulfillmentOrders"})


class Tester(Workbench[Market, Order]):
    """The control half of the emulator; orders are known by the number inside their id."""

    id_field = "legacyResourceId"
    illegal = Illegal
    stock_keys = ("shop_id", "sku", "variant_id", "inventory_item_id", "location_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _find(self, record_id: str) -> Order | None:
        return self._market.orders.get(number(record_id))

    def _id_of(self, given: Mapping[str, Any]) -> str:
        return number(given.get("legacyResourceId") or given.get("id") or "")

    def _row(self, order: Order) -> dict[str, Any]:
        money = order.doc["totalPriceSet"]["shopMoney"]
        return {
            "order_id": order.number, "shop_id": order.shop_id, "modified": order.doc["updatedAt"],
            "total": money["amount"], "currency": money["currencyCode"], "name": order.doc["name"],
        }  # fmt: skip

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, connections as lists, and `_sandbox`: what no call tells."""
        order = self._order(record_id)
        extra = {"shop_id": order.shop_id, "shown_from": order.shown_from, "webhooks": list(order.webhooks)}
        told: Doc = plain(order.doc)
        return {**told, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        market.heard(order, "orders/create", order.doc)
        if not body.get("unpaid"):
            moves.pay(market, order, market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = iso(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        """A paid order of one line under the given number, with the given fields laid over it."""
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1, plain=True)
        wanted = self._id_of(given)
        if old is not None:
            order = old
        elif wanted:
            order.doc.update(legacyResourceId=wanted, id=gid("Order", int(wanted)))
            for waiting in order.doc["fulfillmentOrders"]:
                waiting.update(orderId=order.doc["id"], _order=wanted)
        if old is None:
            moves.pay(market, order, market.stamp())
            self._take_in(order)
        self._set(order, given)
        return order

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        told = {
            name: value for name, value in fields.items()
            if name not in ("id", "legacyResourceId", "lineItems") and not name.startswith("_")
        }  # fmt: skip
        order.doc["updatedAt"] = self._market.stamp()
        order.doc.update(told)
        if {"displayFulfillmentStatus", "displayFinancialStatus"} & set(told):
            order.doc["_pinned"] = True
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a variant and location."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": shop, "sku": sku, "variant_id": number(variant["id"]), "title": variant["displayName"],
                "inventory_item_id": number(variant["inventoryItem"]["id"]),
                "location_id": number(one["location"]["id"]), "quantity": one["_available"],
                "committed": one["_committed"],
            }
            for shop, variants in self._market.variants.items() if shop_id in (None, shop)
            for sku, variant in variants.items() for one in variant["inventoryItem"]["inventoryLevels"]
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "sku" | "variant_id" | …, "quantity"}`: what can be sold, at the first location unless told."""
        quantity, rows = self._matching(body)
        if "location_id" not in body:
            firsts = {number(shop.locations[0]["id"]) for shop in self._market.shops.values()}
            rows = [row for row in rows if row["location_id"] in firsts]
        for row in rows:
            variant = self._market.variants[row["shop_id"]][row["sku"]]
            for one in variant["inventoryItem"]["inventoryLevels"]:
                if number(one["location"]["id"]) == row["location_id"]:
                    one["_available"] = quantity
        return [{**row, "quantity": quantity} for row in rows]


def plain(value: Any) -> Any:
    """A document without the sandbox's own keys; what it points at is told by id."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    told: Doc = {}
    for name, one in value.items():
        if name.startswith("_"):
            continue
        if name in _POINTERS and isinstance(one, dict) and "id" in one:
            told[name] = {key: one[key] for key in ("id", "sku", "title") if key in one}
        elif name == "fulfillments" and "lineItems" in value and "requestStatus" in value:
            told[name] = [{"id": parcel["id"]} for parcel in one]
        elif name in _LISTS and "trackingInfo" in value:
            told[name] = [{"id": waiting["id"]} for waiting in one]
        else:
            told[name] = plain(one)
    return told


def _pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """All, or `amount`."""
    moves.pay(market, order, market.stamp(), _minor(body["amount"]) if "amount" in body else None)


def _ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`company`, `number`, `line_ids`: each has a default."""
    lines = [line for one in body.get("line_ids", ()) if (line := order.line(one))] or None
    told = {"company": str(body.get("company", "SF Express")), "url": None}
    told["number"] = str(body.get("number") or f"SF9{market.serial():012d}")
    moves.fulfil(market, order, moves.request_parts(order, lines), market.stamp(), [told])


def _receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.deliver(market, order, market.stamp())


def _cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`reason`."""
    moves.cancel(market, order, market.stamp(), str(body.get("reason", "CUSTOMER")))


def _close(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.close(market, order, market.stamp())


def _refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`line_id` and `quantity` (default: all of the first line), or `amount` alone; `restock`."""
    if order.doc["_paid"] <= order.doc["_refunded"]:
        raise Illegal(order.doc["displayFinancialStatus"], "refund")
    if "amount" in body and "line_id" not in body:
        moves.refund(market, order, [], market.stamp(), minor=_minor(body["amount"]))
        return
    line = order.line(body.get("line_id", order.lines[0]["id"]))
    if line is None:
        raise ControlError(f"no line {body['line_id']}", "use an id of lineItems", 404)
    units = int(body.get("quantity", line["refundableQuantity"]))
    if not 0 < units <= line["refundableQuantity"]:
        raise Illegal(f"{line['refundableQuantity']} refundable", "refund")
    sent = line["unfulfilledQuantity"] == 0
    moves.refund(
        market, order, [(line, units, str(body.get("restock", "RETURN" if sent else "CANCEL")))], market.stamp()
    )


def _return(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Ask for one (`reason`, `note`; all of the first parcel), or move one (`return_id`, `move`)."""
    if "return_id" in body:
        found = next((one for one in order.doc["returns"] if number(one["id"]) == number(body["return_id"])), None)
        if found is None:
            raise ControlError(f"no return {body['return_id']} here", "see returns of the order", 404)
        moves.move_return(market, order, found, str(body.get("move")), market.stamp())
        return
    parcels = [one for one in order.doc["fulfillments"] if one["status"] == "SUCCESS"]
    rows = [(row, row["quantity"]) for row in parcels[0]["fulfillmentLineItems"]] if parcels else []
    why, note = str(body.get("reason", "OTHER")), str(body.get("note", ""))
    moves.open_return(market, order, rows, market.stamp(), why, note)


def _hold(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`reason`; every fulfilment order that is open."""
    for waiting in order.doc["fulfillmentOrders"]:
        moves.hold(market, order, waiting, str(body.get("reason", "HIGH_RISK_OF_FRAUD")), market.stamp())


def _release(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.unlock(market, order, market.stamp())


_ADDRESS = ("name", "firstName", "lastName", "company", "address1", "address2", "city", "province", "zip", "phone")


def _address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in _ADDRESS if name in body}
    if not fresh or not order.doc["shippingAddress"]:
        raise ControlError("no receiver field given", "send some of " + ", ".join(_ADDRESS))
    order.doc["shippingAddress"] = {**order.doc["shippingAddress"], **fresh}
    moves.touch(market, order, market.stamp())


def _minor(text: Any) -> int:
    try:
        return cents(text)
    except ValueError:
        raise ControlError(f"amount is {text!r}", 'give text, e.g. "12.50"') from None


ACTIONS = {
    "pay": _pay, "ship": _ship, "receive": _receive, "refund": _refund, "change_address": _address, "cancel": _cancel,
    "close": _close, "return": _return, "hold": _hold, "release": _release,
}  # fmt: skip
"""What a tester may make happen."""
