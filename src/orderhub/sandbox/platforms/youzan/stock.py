"""Quantities and what an item is. Source: docs/platforms/youzan.md. Imports `ask`.

youzan.retail.open.stock.update/1.0.0 is known by name alone, so it is not offered. The answer of item.detail.get has no
source; it speaks the words of the calls beside it.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.youzan.ask import Ask
from orderhub.sandbox.platforms.youzan.state import Good
from orderhub.sandbox.platforms.youzan.wire import Refusal, yuan

__all__ = ["detail", "quantity", "quantity_chain"]

TYPE_UNSUPPORTED = 123000104


def _skus(ask: Ask) -> list[Good]:
    item = ask.number("item_id", least=1)
    found = [one for one in ask.market.goods.values() if (one.shop_id, one.item_id) == (ask.shop_id, item)]
    if not found:
        raise Refusal(ask.switch("missing_code"), "商品不存在")
    return found


def _sku(ask: Ask) -> Good:
    """The SKU meant; an item in one version needs no sku_id."""
    goods, named = _skus(ask), ask.number("sku_id", 0)
    found = [one for one in goods if one.sku_id == named]
    if not found:
        raise Refusal(ask.switch("missing_code"), "规格不存在")
    return found[0]


def quantity(ask: Ask) -> Any:
    """youzan.item.quantity.update/3.0.0: type 0 sets, 1 adds."""
    good, given, kind = _sku(ask), ask.text("quantity"), ask.number("type", 0, most=1)
    if not given.removeprefix("-").isdigit() or (kind == 0 and given.startswith("-")):
        raise ask.bad("quantity")
    new = int(given) if kind == 0 else good.quantity + int(given)
    if new < 0:
        raise ask.bad("quantity")
    good.quantity = new
    return {"is_success": True}


def quantity_chain(ask: Ask) -> Any:
    """youzan.item.quantity.update/4.0.0 of a retail chain."""
    good = _sku(ask)
    if ask.needed("kdt_id") != ask.market.shops[ask.shop_id].kdt_id or ask.number("channel") != 1:
        raise ask.bad("kdt_id")
    if ask.text("type") not in str(ask.switch("chain_types")).split(","):
        raise Refusal(TYPE_UNSUPPORTED, "不支持的库存更新类型")
    good.quantity = ask.number("stock_num_str")
    return {"is_success": True}


def detail(ask: Ask) -> Any:
    """youzan.item.detail.get/1.0.1."""
    goods = _skus(ask)
    skus = [
        {"sku_id": one.sku_id, "outer_sku_id": one.code, "quantity": one.quantity, "price": yuan(one.price_fen),
         "sku_properties_name": one.variant}
        for one in goods if one.sku_id
    ]  # fmt: skip
    first, units = goods[0], sum(one.quantity for one in goods)
    told = {"item_id": first.item_id, "title": first.title, "outer_item_id": "" if skus else first.code}
    return {**told, "quantity": units, "price": yuan(first.price_fen), "skus": skus}
