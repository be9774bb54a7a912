"""What happens to orders and returns, and what follows from it. Imports this folder's state and tables.

Called by the platform's own calls, by the tester's control and by the generator: one implementation of each change.
`at` is epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.platforms.shopee.spec import MOVES, RETURN_MOVES, RETURN_OPEN
from orderhub.sandbox.platforms.shopee.state import Market, Order, Return, Track
from orderhub.sandbox.platforms.shopee.wire import Doc, money, units

__all__ = [
    "Illegal", "answer_cancel", "arrange", "arrive", "ask_cancel", "cancel", "cancel_units", "move_return",
    "open_return", "pack", "pay", "pick_up", "receive", "take_stock",
]  # fmt: skip

GONE = frozenset({"LOGISTICS_PICKUP_DONE", "LOGISTICS_DELIVERY_DONE", "LOGISTICS_DELIVERY_FAILED"})
SHIP_DAYS, ANSWER_DAYS, DAY = 3, 2, 86_400


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def _move(order: Order, what: str) -> None:
    new = MOVES.get((order.status, what))
    if new is None:
        raise Illegal(order.status, what)
    order.doc["order_status"] = new


def take_stock(market: Market, order: Order, sign: int = 1) -> None:
    """The units of an order leave what is on sale, or (-1) come back."""
    if order.held == (sign > 0):
        return
    order.held = sign > 0
    for line in order.items:
        model = market.model(order.shop_id, line["item_id"], line["model_id"])
        if model is not None:
            model.stock = max(0, model.stock - sign * line["model_quantity_purchased"])


def pay(market: Market, order: Order, at: int) -> None:
    """The buyer pays; the shop has some days to send it."""
    _move(order, "pay")
    digits = order.shop.region.digits
    goods = sum(
        units(line["model_discounted_price"], digits) * line["model_quantity_purchased"] for line in order.items
    )
    owed = goods + units(order.doc["estimated_shipping_fee"], digits)
    order.doc |= {"pay_time": at, "ship_by_date": at + SHIP_DAYS * DAY}
    order.doc["total_amount"] = money(owed, digits)
    market.touch(order, at)


def pack(market: Market, order: Order, groups: Sequence[Sequence[Doc]], channel: int, carrier: str) -> None:
    """The packages anew: each group of {item_id, model_id, order_item_id, promotion_group_id, model_quantity}."""
    order.parcels.clear()
    order.doc["package_list"] = []
    for group in groups:
        number = f"OFG{order.shop.number}{market.serial():09d}"
        order.parcels[number] = Track()
        order.packages.append({
            "package_number": number, "logistics_status": "LOGISTICS_READY", "logistics_channel_id": channel,
            "shipping_carrier": carrier, "item_list": [dict(row) for row in group],
        })  # fmt: skip


def _settle(order: Order) -> None:
    """The order's status from its packages."""
    states = {package["logistics_status"] for package in order.packages}
    if states & {"LOGISTICS_READY", "LOGISTICS_PICKUP_RETRY"}:
        return
    if order.status == "READY_TO_SHIP":
        _move(order, "arrange")
    if order.status == "PROCESSED" and states <= GONE:
        _move(order, "pick_up")


def _event(order: Order, package: Doc, status: str, at: int) -> None:
    package["logistics_status"] = status
    order.parcels[package["package_number"]].events.append((at, status))


def arrange(market: Market, order: Order, package: Doc, way: str, tracking: str, at: int) -> None:
    """The shop says how a package goes; `tracking` empty lets Shopee give the number out, a while later."""
    if order.status != "READY_TO_SHIP" or package["logistics_status"] != "LOGISTICS_READY":
        raise Illegal(f"{order.status} ({package['logistics_status']})", "ship")
    parcel = order.parcels[package["package_number"]]
    parcel.way, parcel.tracking = way, tracking or _given_out(market, order, package)
    parcel.shown_from = at if tracking else at + market.switch("tracking_delay_s")
    _event(order, package, "LOGISTICS_REQUEST_CREATED", at)
    if way == "non_integrated" and market.switch("own_parcels_leave"):
        _event(order, package, "LOGISTICS_PICKUP_DONE", at)
        order.doc["pickup_done_time"] = at
    _settle(order)
    market.touch(order, at, 4)


def _given_out(market: Market, order: Order, package: Doc) -> str:
    """A number of Shopee's own; the carriers of the world hear of those that are given out once it has opened."""
    number, place = f"SPX{order.shop.region.code}{market.serial():010d}", order.doc["recipient_address"]
    told = Parcel(
        carrier=package["shipping_carrier"], number=number, shop_id=order.shop_id, reference=package["package_number"],
        cities=("", place["city"]), phones=("", place["phone"]),
    )  # fmt: skip
    if market.has_opened:
        market.setup.depot.hand_over(told)
    return number


def pick_up(market: Market, order: Order, at: int) -> None:
    """A courier takes every package that was arranged."""
    waiting = [one for one in order.packages if one["logistics_status"] == "LOGISTICS_REQUEST_CREATED"]
    if not waiting or order.status not in ("READY_TO_SHIP", "PROCESSED"):
        raise Illegal(order.status, "pick up")
    for package in waiting:
        _event(order, package, "LOGISTICS_PICKUP_DONE", at)
    order.doc["pickup_done_time"] = at
    _settle(order)
    market.touch(order, at)


def arrive(market: Market, order: Order, at: int, *, step: bool = False) -> None:
    """Every package is delivered; `step` shows TO_CONFIRM_RECEIVE, as older rows do."""
    if order.status != "SHIPPED":
        raise Illegal(order.status, "arrive")
    for package in order.packages:
        _event(order, package, "LOGISTICS_DELIVERY_DONE", at)
    if step:
        _move(order, "arrive")
    market.touch(order, at)


def receive(market: Market, order: Order, at: int) -> None:
    """The buyer confirms, or the time for it is over."""
    if order.status == "SHIPPED" and any(
        one["logistics_status"] != "LOGISTICS_DELIVERY_DONE" for one in order.packages
    ):
        arrive(market, order, at)
    _move(order, "receive")
    market.touch(order, at)


def cancel(market: Market, order: Order, who: str, reason: str, at: int) -> None:
    """The whole order, before it left."""
    _move(order, "cancel" if order.status != "IN_CANCEL" else "accept")
    order.doc |= {"cancel_by": who, "cancel_reason": reason}
    for line in order.items:
        open_units = line["active_qty"] + line["cancel_requested_qty"]
        line |= {"active_qty": 0, "cancel_requested_qty": 0, "cancelled_qty": line["cancelled_qty"] + open_units}
    take_stock(market, order, -1)
    market.touch(order, at)


def cancel_units(market: Market, order: Order, line: Doc, count: int, at: int) -> None:
    """Some units of one line, before anything was arranged; the amount stays as it was bought."""
    if order.status != "READY_TO_SHIP" or not 0 < count <= line["active_qty"]:
        raise Illegal(order.status, "cancel units")
    line["active_qty"] -= count
    line["cancelled_qty"] += count
    _unpack(order, line, count)
    market.touch(order, at)


def _unpack(order: Order, line: Doc, count: int) -> None:
    """Units that will not be sent leave the packages."""
    names = ("item_id", "model_id", "promotion_group_id")
    for package in order.packages:
        for row in package["item_list"]:
            if count and all(row[name] == line[name] for name in names):
                taken = min(count, row["model_quantity"])
                row["model_quantity"] -= taken
                count -= taken
        package["item_list"] = [row for row in package["item_list"] if row["model_quantity"]]


def ask_cancel(market: Market, order: Order, reason: str, at: int) -> None:
    """The buyer wants out."""
    before = order.status
    _move(order, "ask_cancel")
    order.before, order.doc["buyer_cancel_reason"] = before, reason
    for line in order.items:
        line["cancel_requested_qty"], line["active_qty"] = line["active_qty"], 0
    market.touch(order, at)


def answer_cancel(market: Market, order: Order, accept: bool, at: int) -> None:
    """The shop agrees, or the order goes on where it was."""
    if order.status != "IN_CANCEL":
        raise Illegal(order.status, "answer a cancellation")
    if accept:
        cancel(market, order, "buyer", order.doc["buyer_cancel_reason"], at)
        return
    order.doc["order_status"] = order.before
    for line in order.items:
        line["active_qty"], line["cancel_requested_qty"] = line["cancel_requested_qty"], 0
    market.touch(order, at)


def open_return(market: Market, order: Order, line: Doc, told: Mapping[str, Any], at: int) -> Return:
    """The buyer asks for money, with the goods back (`goods`) or without; `quantity`, `amount` and `reason` if told."""
    digits, price = order.shop.region.digits, units(line["model_discounted_price"], order.shop.region.digits)
    count = int(told.get("quantity", line["model_quantity_purchased"]))
    fee = units(told["amount"], digits) if "amount" in told else price * count
    if order.status in ("UNPAID", "CANCELLED") or not 0 < count <= line["active_qty"] or not 0 <= fee <= price * count:
        raise Illegal(order.status, "return")
    line["active_qty"] -= count
    line["return_requested_qty"] += count
    sn = f"{order.sn[:6]}R{market.serial():08d}"
    doc: Doc = {
        "return_sn": sn, "order_sn": order.sn, "status": "REQUESTED", "reason": str(told.get("reason", "ITEM_DAMAGED")),
        "text_reason": str(told.get("text", "")), "refund_amount": money(fee, digits),
        "amount_before_discount": money(fee, digits), "currency": order.shop.region.currency,
        "create_time": at, "update_time": at, "due_date": at + ANSWER_DAYS * DAY, "image": [],
        "tracking_number": "", "needs_logistics": bool(told.get("goods")),
        "return_solution": int(not told.get("goods")), "dispute_reason": [], "dispute_text_reason": [],
        "is_partial_quantity_return": count < line["model_quantity_purchased"],
        "user": {"username": order.doc["buyer_username"], "email": "****", "portrait": ""},
        "item": [{
            "item_id": line["item_id"], "model_id": line["model_id"], "name": line["item_name"], "images": [],
            "amount": count, "item_price": line["model_discounted_price"], "item_sku": line["item_sku"],
            "variation_sku": line["model_sku"], "is_add_on_deal": line["add_on_deal"],
            "is_main_item": line["main_item"], "add_on_deal_id": 0,
        }],
    }  # fmt: skip
    case = Return(order.shop, doc)
    order.returns.append(sn)
    market.file_return(case)
    market.touch(order, at)
    return case


def move_return(market: Market, case: Return, what: str, at: int, **told: Any) -> None:
    """One step; `told` goes into the document. Money paid out changes the order's quantities."""
    new = RETURN_MOVES.get((case.doc["status"], what))
    if new is None:
        raise Illegal(case.doc["status"], what)
    case.doc |= {"status": new, "update_time": at, **told}
    order = market.orders[case.doc["order_sn"]]
    if new not in RETURN_OPEN:
        row = case.doc["item"][0]
        line = next(
            one for one in order.items if (one["item_id"], one["model_id"]) == (row["item_id"], row["model_id"])
        )
        line["return_requested_qty"] -= row["amount"]
        line["returned_qty" if new == "REFUND_PAID" else "active_qty"] += row["amount"]
    market.file_return(case)
    market.touch(order, at)
