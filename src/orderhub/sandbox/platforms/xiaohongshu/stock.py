"""Quantities. Source: docs/platforms/xiaohongshu.md. Imports `ask`.

The answers of the reads have no source: `qty` is the total as syncSkuStock takes it, `sellable` what incSkuStock moves.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.xiaohongshu.ask import Ask
from orderhub.sandbox.platforms.xiaohongshu.state import Good

__all__ = ["add", "get", "get_by_warehouse", "put", "put_by_warehouse"]


def _good(ask: Ask) -> Good:
    good = ask.market.goods.get((ask.shop_id, ask.needed("skuId")))
    if good is None:
        raise ask.missing("商品不存在")
    return good


def _set(ask: Ask, good: Good, total: int) -> Any:
    """A total holds the units of unpaid orders too; less than those cannot be."""
    if total < good.held:
        raise ask.bad("qty")
    good.quantity = total - good.held
    return get(ask)


def put(ask: Ask) -> Any:
    """inventory.syncSkuStock: the total."""
    return _set(ask, _good(ask), ask.number("qty"))


def add(ask: Ask) -> Any:
    """inventory.incSkuStock: a difference of what is for sale."""
    good, given = _good(ask), ask.needed("qty")
    if not given.removeprefix("-").isdigit() or good.quantity + int(given) < 0:
        raise ask.bad("qty")
    good.quantity += int(given)
    return get(ask)


def put_by_warehouse(ask: Ask) -> Any:
    """inventory.syncSkuStockV2: the total of the shop's one warehouse."""
    told, whcode = ask.params.get("qtyWithWhcode"), ask.market.shops[ask.shop_id].whcode
    value = told.get(whcode) if isinstance(told, dict) and set(told) == {whcode} else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ask.bad("qtyWithWhcode")
    return _set(ask, _good(ask), value)


def get(ask: Ask) -> Any:
    """inventory.getSkuStock."""
    good = _good(ask)
    return {"skuId": good.sku_id, "qty": good.quantity + good.held, "sellable": good.quantity, "held": good.held}


def get_by_warehouse(ask: Ask) -> Any:
    """inventory.getSkuStockV2."""
    told = get(ask)
    return {**told, "qtyWithWhcode": {ask.market.shops[ask.shop_id].whcode: told["qty"]}}
