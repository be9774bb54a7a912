"""Stock of SKUs: add, subtract, set, and read. Source: docs/platforms/wechat.md, stock.

The sheet lists 10020050, 51, 52, 54, 55, 91 without a meaning: which of them is a missing product is our reading.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.wechat.ask import Ask, Refusal
from orderhub.sandbox.platforms.wechat.state import Doc, Good

__all__ = ["get", "update", "update_warehouse"]

ADD, SUBTRACT, SET = 1, 2, 3
NO_PRODUCT, NO_SKU = 10020050, 10020051
IN_REVIEW, ZERO, SHORT, NEVER_LISTED = 10020217, 10020218, 10020219, 10020289
NO_WAREHOUSE, WAREHOUSES_FULL = 10020202, 10020204
WAREHOUSES_MAX = 100
_MOST = 2**31 - 1


def _good(ask: Ask) -> Good:
    product, sku = ask.id("product_id"), ask.id("sku_id")
    good = ask.market.goods.get((ask.shop_id, product, sku))
    if good is None:
        known = any(one.product_id == product for one in ask.market.goods_of[ask.shop_id])
        raise Refusal(NO_SKU if known else NO_PRODUCT, "no such sku" if known else "no such product")
    return good


def _moved(ask: Ask, held: int) -> int:
    """Units after the change that is asked for."""
    kind, units = ask.number("diff_type"), ask.number("num")
    if kind not in (ADD, SUBTRACT, SET) or not 0 <= units <= _MOST:
        raise ask.bad("diff_type or num")
    if kind != SET and not units:
        raise Refusal(ZERO, "num is zero")
    if kind == SUBTRACT and units > held:
        raise Refusal(SHORT, f"{units} where {held} are there")
    return units if kind == SET else held + (units if kind == ADD else -units)


def _writable(ask: Ask) -> Good:
    good = _good(ask)
    if not good.listed:
        raise Refusal(NEVER_LISTED, "the product was never listed")
    if good.in_review:
        raise Refusal(IN_REVIEW, "its draft is in review")
    return good


def update(ask: Ask) -> Doc:
    """product/stock/update: diff_type 1 adds, 2 subtracts, 3 sets."""
    good = _writable(ask)
    good.quantity = _moved(ask, good.quantity)
    return {}


def update_warehouse(ask: Ask) -> Doc:
    """warehouse/stock/update: the same for one out_warehouse_id, at most a hundred of them for a SKU."""
    good, warehouse = _writable(ask), ask.params.get("out_warehouse_id")
    if not isinstance(warehouse, str) or not warehouse:
        raise Refusal(NO_WAREHOUSE, "out_warehouse_id")
    if warehouse not in good.warehouses and len(good.warehouses) >= WAREHOUSES_MAX:
        raise Refusal(WAREHOUSES_FULL, "too many warehouses")
    good.warehouses[warehouse] = _moved(ask, good.warehouses.get(warehouse, 0))
    return {}


def get(ask: Ask) -> Doc:
    """product/stock/get."""
    good = _good(ask)
    rows = [{"out_warehouse_id": name, "num": num, "lock_stock": 0} for name, num in good.warehouses.items()]
    return {
        "normal_stock_num": good.quantity, "limited_discount_stock_num": good.limited, "warehouse_stocks": rows,
        "total_stock_num": good.quantity + good.limited + sum(good.warehouses.values()),
    }  # fmt: skip
