"""What happens to units, packages and reverse orders. Called by the platform's calls, the tester and the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.sandbox.platforms.lazada.spec import MOVES, PROVIDERS
from orderhub.sandbox.platforms.lazada.state import Market, Order, Reverse, Unit
from orderhub.sandbox.platforms.lazada.wire import cents

__all__ = ["Illegal", "move", "pack", "pay", "reverse", "settle_reverse"]


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status = status


def move(market: Market, order: Order, units: Sequence[Unit], what: str, at: datetime | None = None) -> None:
    """All of `units` or none; a unit that leaves takes itself out of stock, a cancelled one frees nothing it had."""
    for unit in units:
        if (unit.status, what) not in MOVES:
            raise Illegal(unit.status, what)
    if not units:
        raise Illegal("without units", what)
    for unit in units:
        unit.status = MOVES[unit.status, what]
        _stock(market, order, unit, {"pay": -1, "cancel": 1}.get(what, 0))
    market.touch(order, at)


def _stock(market: Market, order: Order, unit: Unit, change: int) -> None:
    good = market.goods.get((order.shop_id, unit.doc["sku_id"]))
    if good is not None and change and unit.doc["is_fbl"] == "0":
        good.quantity = max(0, good.quantity + change)


def pay(market: Market, order: Order, at: datetime) -> None:
    """The buyer pays for everything."""
    move(market, order, order.units, "pay", at)
    for unit in order.units:
        unit.doc["payment_time"] = str(int(at.timestamp() * 1000))


def pack(market: Market, order: Order, units: Sequence[Unit], provider: str, at: datetime | None = None) -> str:
    """The units become one package with a number of the platform's own; answers the package id."""
    move(market, order, units, "pack", at)
    serial = market.serial()
    package = f"FP{serial:012d}"
    market.packages[package] = (order.number, [unit.number for unit in units])
    for unit in units:
        unit.doc |= {
            "package_id": package, "tracking_code": f"LZ{serial:010d}SG", "tracking_code_pre": "",
            "shipment_provider": PROVIDERS[provider],
            "shipping_provider_type": "SELLER_OWN_FLEET" if provider == "SOF" else "STANDARD",
        }  # fmt: skip
    return package


def reverse(market: Market, order: Order, units: Sequence[Unit], ask: Mapping[str, Any], at: datetime) -> Reverse:
    """The buyer opens a case: `request_type` CANCEL, RETURN or ONLY_REFUND, `reason_text`."""
    kind = str(ask.get("request_type", "ONLY_REFUND"))
    wrong = {"CANCEL": ("pending", "packed"), "RETURN": ("delivered",)}.get(kind, ("shipped", "delivered"))
    taken = {line["trade_order_line_id"] for case in market.reverses.values() for line in case.lines}
    for unit in units:
        if unit.status not in wrong or unit.number in taken:
            raise Illegal(unit.status, f"reverse order {kind}")
    lines = [
        {
            "reverse_order_line_id": f"7{market.serial():012d}", "trade_order_line_id": unit.number,
            "seller_sku_id": unit.doc["sku"], "reverse_status": "REQUEST_INITIATE", "ofc_status": "",
            "refund_amount": str(cents(unit.doc["paid_price"])), "reason_code": "1000",
            "reason_text": str(ask.get("reason_text", "Change of mind")), "tracking_number": "", "is_dispute": "false",
            "is_need_refund": "true", "product": {"product_sku": unit.doc["sku"], "product_id": unit.doc["product_id"]},
            "buyer": {"buyer_id": "0"},
        }
        for unit in units
    ]  # fmt: skip
    case = Reverse(f"8{market.serial():012d}", order.shop_id, order.number, kind, at, at, lines)
    market.reverses[case.number] = case
    for unit in units:
        unit.doc |= {"reverse_order_id": case.number, "return_status": "REQUEST_INITIATE"}
        unit.doc["is_cancel_pending"] = "true" if kind == "CANCEL" else unit.doc["is_cancel_pending"]
    market.touch(order, at)
    return case


def settle_reverse(market: Market, order: Order, case: Reverse, status: str, at: datetime) -> None:
    """A case ends with a status as given; one whose status is REFUND_SUCCESS takes its units with it."""
    case.changed = at
    for line in case.lines:
        line["reverse_status"] = status
    numbers = {line["trade_order_line_id"] for line in case.lines}
    units = [unit for unit in order.units if unit.number in numbers]
    for unit in units:
        unit.doc |= {"return_status": status, "is_cancel_pending": "false"}
    ends = {"CANCEL": "cancel", "RETURN": "return"}.get(case.kind)
    if status == "REFUND_SUCCESS" and ends is not None:
        move(market, order, units, ends, at)
    market.touch(order, at)
