"""The tester's hand in the web shops: truth, new orders, changes from outside, quantities, deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.woocommerce import hooks
from orderhub.sandbox.platforms.woocommerce.moves import Illegal, put_meta, recount, refund, refund_line, set_status
from orderhub.sandbox.platforms.woocommerce.seed import make_order
from orderhub.sandbox.platforms.woocommerce.state import Market, Order
from orderhub.sandbox.platforms.woocommerce.wire import cents, moment, stamps, told_time
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]

_TIMES = {"date_created": "created", "date_modified": "modified", "date_paid": "paid", "date_completed": "completed"}


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "id"
    illegal = Illegal
    stock_keys = ("shop_id", "sku", "product_id", "variation_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _find(self, record_id: str) -> Order | None:
        return self._market.orders.get(int(record_id)) if record_id.isdigit() and record_id.isascii() else None

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": str(order.number), "shop_id": order.shop_id, "modified": told_time(order.modified)}
        return {**told, "total": order.doc["total"], "currency": order.doc["currency"]}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: notes, refunds, and deliveries that wait for an answer."""
        order, market = self._order(record_id), self._market
        shop, own = market.shops[order.shop_id], f'"id":{order.number},'
        pushes = [one.view() for one in market.outbox if own in one.body.decode()[:40]]
        dated = [
            [{**row, **stamps("date_created", row["at"], shop.offset_h)} for row in rows]
            for rows in (order.notes, order.refunds)
        ]
        extra = {"shop_id": order.shop_id, "notes": dated[0], "refunds": dated[1],
                 "shown_from": order.shown_from}  # fmt: skip
        return {**order.told(shop), "pushes": pushes, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], market.now())
        self._take_in(order)
        if not body.get("unpaid"):
            set_status(market, order, "processing")
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = int(at.timestamp())

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], market.now(), lines=1, plain=True)
        if old is None:
            order.doc["status"], order.paid = "processing", market.now()
            self._overlay(order, given)
            self._take_in(order)
            return order
        self._overlay(old, given)
        market.add(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        order.modified = self._market.now()
        self._overlay(order, {name: value for name, value in fields.items() if name != "id"})
        self._market.touch(order, order.modified)

    def _overlay(self, order: Order, given: Mapping[str, Any]) -> None:
        """Fields as given; lines get what a line cannot be without, instants go beside the document."""
        fields = {name: value for name, value in given.items() if name not in ("_sandbox", "pushes")}
        pattern = {**order.doc["line_items"][0], "taxes": [], "meta_data": []}
        for name, own in _TIMES.items():
            site, gmt = fields.pop(name, None), fields.pop(f"{name}_gmt", None)
            offset_h = 0.0 if gmt else self._market.shops[order.shop_id].offset_h
            if gmt or site:
                setattr(order, own, int(moment(str(gmt or site), offset_h)))
        order.doc.update(fields)
        order.doc["id"] = int(order.doc["id"])
        if "line_items" in fields:
            order.doc["line_items"] = [{**pattern, **line} for line in fields["line_items"]]
            if "total" not in fields:
                recount(order.doc)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a thing that can be bought."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {"shop_id": good.shop_id, "product_id": good.product_id, "variation_id": good.variation_id,
             "sku": good.sku, "title": good.title, "quantity": good.quantity}
            for good in self._market.goods.values() if shop_id in (None, good.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "sku" | "product_id" | "variation_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            good = self._market.goods[row["shop_id"], row["variation_id"] or row["product_id"]]
            good.quantity, good.modified = quantity, self._market.now()
        keys = {(row["shop_id"], row["product_id"], row["variation_id"]) for row in rows}
        return [row for row in self.stock(None) if (row["shop_id"], row["product_id"], row["variation_id"]) in keys]


def _to(status: str) -> Callable[[Market, Order, Mapping[str, Any]], None]:
    def do(market: Market, order: Order, body: Mapping[str, Any]) -> None:
        if status == "completed" and order.doc["status"] in ("cancelled", "refunded", "trash"):
            raise Illegal(f"{order.number} is {order.doc['status']}")
        set_status(market, order, status)

    return do


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """As people do by hand: completed, with the number in `_tracking_number` where one is given."""
    number = str(body.get("number", ""))
    put_meta(market, order, [{"key": "_tracking_number", "value": number}] if number else [])
    _to("completed")(market, order, body)


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`amount` (default: what is left), `reason`, `line_id` with `quantity`."""
    try:
        left = cents(order.doc["total"]) - order.refunded_cents
        amount = cents(body["amount"]) if "amount" in body else left
    except ValueError:
        raise ControlError(f"amount is {body['amount']!r}", 'give decimal text, e.g. "12.50"') from None
    lines = [one for one in order.doc["line_items"] if str(one["id"]) == str(body.get("line_id"))]
    sign = -1 if market.setup.switches["refund_sign"] == "negative" else 1
    rows = [refund_line(line, int(body.get("quantity", 1)), amount, 0, sign) for line in lines]
    refund(market, order, amount, dict(body), rows)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in order.doc["shipping"] if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(order.doc["shipping"]))
    order.doc["shipping"] = {**order.doc["shipping"], **fresh}
    market.touch(order)


def _do_push(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """One more delivery of the order as it is; see `pushes` of the record."""
    market.outbox.append(hooks.deliver(market, order))


def _do_answer(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`delivery`, `status`: how the other side answered."""
    hooks.answered(market, str(body.get("delivery")), int(body.get("status", 200)))


ACTIONS: dict[str, Callable[[Market, Order, Mapping[str, Any]], None]] = {
    "pay": _to("processing"), "ship": _do_ship, "receive": _to("completed"), "cancel": _to("cancelled"),
    "refund": _do_refund, "change_address": _do_address, "push": _do_push, "answer": _do_answer,
}  # fmt: skip
"""What a tester may make happen."""
