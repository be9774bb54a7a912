"""The tester's hand in the Lazada market: truth, new orders, changes from the buyer's and the courier's side, stock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError, EmulatorBase
from orderhub.sandbox.platforms.lazada.moves import Illegal, move, pack, pay, reverse, settle_reverse
from orderhub.sandbox.platforms.lazada.seed import make_order
from orderhub.sandbox.platforms.lazada.spec import KEY_PREFIX, PROVIDERS
from orderhub.sandbox.platforms.lazada.state import Market, Order, Unit
from orderhub.sandbox.platforms.lazada.wire import instant, local, money, push_sign
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]


class Tester(Workbench[Market, Order], EmulatorBase):
    """The control half of the emulator."""

    id_field = "order_id"
    illegal = Illegal
    stock_keys = ("shop_id", "seller_sku", "sku_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.number, "shop_id": order.shop_id, "modified": local(order.updated)}
        return {**told, "total": money(order.total), "currency": "SGD"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native header with its units as `order_items`, and `_sandbox`: its cases, and the push that tells it."""
        order = self._order(record_id)
        cases = [
            {"reverse_order_id": case.number, "request_type": case.kind, "lines": case.lines}
            for case in self._market.reverses.values() if case.order == order.number
        ]  # fmt: skip
        return {**order.header(), "order_items": order.rows(),
                "_sandbox": {"shop_id": order.shop_id, "reverses": cases, "push": self._push(order)}}  # fmt: skip

    def _push(self, order: Order) -> dict[str, Any]:
        """Headers and body of the call-back that the platform would send now."""
        unit, at = order.units[0], self._setup.now()
        body = json.dumps({
            "seller_id": order.shop_id, "message_type": 0,
            "data": {"order_status": unit.status, "trade_order_id": order.number, "trade_order_line_id": unit.number,
                     "status_update_time": int(order.updated.timestamp())},
            "timestamp": int(at.timestamp() * 1000), "site": "lazada_sg",
        }, separators=(",", ":"))  # fmt: skip
        key = KEY_PREFIX + order.shop_id
        secret = f"sandbox-lazada-secret-{order.shop_id}-71c0e5a94d"
        return {"headers": {"Authorization": push_sign(key, secret, body.encode())}, "body": body}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        order = make_order(self._market, shop_id, self._setup.rng, self._setup.now())
        if not body.get("unpaid"):
            pay(self._market, order, self._setup.now())
        self._take_in(order)
        return order

    def _late(self, order: Order, at: datetime) -> None:
        order.shown_from = at

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        fresh = make_order(self._market, shop_id, self._setup.rng, self._setup.now(), lines=1)
        if not old:
            pay(self._market, fresh, self._setup.now())
        order = old or fresh
        if not old and given.get("order_id"):
            order.number = str(given["order_id"])
        self._overlay(order, given)
        if old is None:
            self._take_in(order)
        return order

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        self._overlay(order, fields)

    def _overlay(self, order: Order, fields: Mapping[str, Any]) -> None:
        """Header fields as given; `order_items` replaces the units, each with what a unit cannot be without."""
        pattern = order.units[0]
        if isinstance(fields.get("order_items"), list):
            order.units = [self._unit(pattern, row, place) for place, row in enumerate(fields["order_items"])]
        derived = {
            "order_id",
            "order_number",
            "statuses",
            "items_count",
            "created_at",
            "updated_at",
            "order_items",
            "_sandbox",
        }
        order.doc |= {name: value for name, value in fields.items() if name not in derived}
        told = fields.get("updated_at")
        self._market.touch(order, instant(str(told)) if told else None)

    def _unit(self, pattern: Unit, row: Mapping[str, Any], place: int) -> Unit:
        own = {name: value for name, value in row.items() if name not in ("order_item_id", "status", "order_id")}
        number = str(row.get("order_item_id") or int(pattern.number) + place)
        return Unit(number, str(row.get("status", pattern.status)), {**pattern.doc, **own})

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {"shop_id": good.shop_id, "seller_sku": good.seller_sku, "sku_id": good.sku_id, "item_id": good.item_id,
             "title": good.title, "quantity": good.quantity}
            for good in self._market.goods.values() if shop_id in (None, good.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "seller_sku" | "sku_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], row["sku_id"]].quantity = quantity
        keys = {(row["shop_id"], row["sku_id"]) for row in rows}
        return [row for row in self.stock(None) if (row["shop_id"], row["sku_id"]) in keys]


def _chosen(order: Order, body: Mapping[str, Any], *statuses: str) -> list[Unit]:
    """The units that `order_item_ids` names, or all that are in one of `statuses`."""
    wanted = {str(one) for one in body.get("order_item_ids", [])}
    return [unit for unit in order.units if unit.status in statuses and (not wanted or unit.number in wanted)]


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.setup.now())


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Whatever is still missing: packed, made ready, scanned. `shipment_provider_code`, `order_item_ids`."""
    code = str(body.get("shipment_provider_code", "LEX"))
    if code not in PROVIDERS:
        raise ControlError(f"unknown shipment_provider_code {code}", "use one of " + ", ".join(PROVIDERS))
    units = _chosen(order, body, "pending", "packed", "ready_to_ship")
    if not units:
        raise Illegal(order.units[0].status, "ship")
    if waiting := [unit for unit in units if unit.status == "pending"]:
        pack(market, order, waiting, code)
    if packed := [unit for unit in units if unit.status == "packed"]:
        move(market, order, packed, "rts")
    move(market, order, units, "scan")


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    move(market, order, _chosen(order, body, "shipped"), "receive")


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    units = _chosen(order, body, "unpaid", "pending", "packed")
    if not units or (not body.get("order_item_ids") and len(units) != len(order.units)):
        raise Illegal(order.units[0].status, "cancel")
    move(market, order, units, "cancel")


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`request_type`, `order_item_ids`, `reason_text`, `done`), settle one (`reverse_order_id`, `status`)."""
    if "reverse_order_id" in body:
        case = market.reverses.get(str(body["reverse_order_id"]))
        if case is None or case.order != order.number:
            raise ControlError(f"no reverse order {body['reverse_order_id']} here", "see _sandbox.reverses", 404)
        settle_reverse(market, order, case, str(body.get("status", "REFUND_SUCCESS")), market.setup.now())
        return
    left = order.units[0].status in ("shipped", "delivered")
    ask = {"request_type": "ONLY_REFUND" if left else "CANCEL", **body}
    units = _chosen(order, body, "pending", "packed", "shipped", "delivered")[
        : None if body.get("order_item_ids") else 1
    ]
    if not units:
        raise Illegal(order.units[0].status, "refund")
    case = reverse(market, order, units, ask, market.setup.now())
    if body.get("done"):
        settle_reverse(market, order, case, "REFUND_SUCCESS", market.setup.now())


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in order.doc["address_shipping"] if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(order.doc["address_shipping"]))
    order.doc["address_shipping"] |= fresh
    order.doc["address_updated_at"] = local(market.setup.now())
    market.touch(order)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund, "change_address": _do_address,
    "cancel": _do_cancel,
}  # fmt: skip
"""What a tester may make happen."""
