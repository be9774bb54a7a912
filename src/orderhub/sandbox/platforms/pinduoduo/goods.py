"""Listings and stock; prices in fen. Source: docs/platforms/pinduoduo.md §7."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad, no
from orderhub.sandbox.platforms.pinduoduo.messages import tell_goods
from orderhub.sandbox.platforms.pinduoduo.orders import PAGE_MAX
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Goods
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal

__all__ = ["listed", "on_sale", "prices", "quantity", "sku"]

QUANTITY_MAX, CODES_MAX = 100_000_000, 10
_SKU = ("sku_id", "spec", "sku_quantity", "reserve_quantity", "outer_id", "outer_goods_id", "is_sku_onsale")


def _row(goods: Goods) -> Doc:
    return {
        **goods.doc, "goods_quantity": sum(sku["sku_quantity"] for sku in goods.skus),
        "goods_reserve_quantity": sum(sku["reserve_quantity"] for sku in goods.skus),
        "is_more_sku": int(len(goods.skus) > 1), "sku_list": [{key: one[key] for key in _SKU} for one in goods.skus],
    }  # fmt: skip


def _filter(ask: Ask) -> tuple[str, str]:
    """The one filter that counts: is_onsale before outer_id before goods_name."""
    for name in ("is_onsale", "outer_id", "goods_name"):
        if ask.given(name):
            return name, ask.text(name)
    return "", ""


def _passes(goods: Goods, name: str, value: str) -> bool:
    if name == "is_onsale":
        return str(goods.doc["is_onsale"]) == value
    if name == "outer_id":
        return any(sku["outer_id"] == value for sku in goods.skus)
    return name == "" or value in goods.doc["goods_name"]


def listed(ask: Ask) -> Doc:
    """pdd.goods.list.get."""
    name, value = _filter(ask)
    codes = frozenset(ask.listed("outer_goods_id", CODES_MAX)) if ask.given("outer_goods_id") else frozenset()
    rows = [
        goods
        for goods in ask.market.goods.values()
        if goods.shop_id == ask.shop_id
        and _passes(goods, name, value)
        and (not codes or any(sku["outer_goods_id"] in codes for sku in goods.skus))
    ]
    number, size = ask.whole("page", 1, 1), ask.whole("page_size", PAGE_MAX, 1, PAGE_MAX)
    shown = rows[(number - 1) * size : number * size]
    return {"goods_list": [_row(goods) for goods in shown], "total_count": len(rows)}


def _goods(ask: Ask) -> Goods:
    return ask.market.goods_of(ask.shop_id, ask.whole("goods_id", None, 1))


def _sku_of(goods: Goods, sku_id: str, outer_id: str) -> Doc:
    """sku_id wins; a code must name exactly one sku of the goods."""
    if not sku_id and not outer_id:
        raise Refusal(21002, "", "sku_id")
    found = [
        sku for sku in goods.skus
        if (str(sku["sku_id"]) == sku_id if sku_id else sku["outer_id"] == outer_id)
    ]  # fmt: skip
    if len(found) != 1:
        raise no("SKU不存在" if not found else "商家编码不唯一")
    return found[0]


def quantity(ask: Ask) -> Doc:
    """pdd.goods.quantity.update: set (1) or move (2) the stock of one sku; it never becomes negative."""
    goods, kind = _goods(ask), ask.one_of("update_type", (1, 2), 1)
    sku = _sku_of(goods, ask.text("sku_id"), ask.text("outer_id"))
    told = ask.whole("quantity", None, -QUANTITY_MAX, QUANTITY_MAX)
    new = told if kind == 1 else sku["sku_quantity"] + told
    if new < 0:
        raise bad("quantity", "库存不能小于0")
    promoted = str(goods.doc["goods_id"]) in ask.switch("promotion_goods").split(",")
    if promoted and new < sku["sku_quantity"]:
        raise no("商品在活动中，不能减少库存")
    sku["sku_quantity"] = new
    tell_goods(ask.market, ask.shop_id, goods.doc["goods_id"], "GoodsUpdate")
    return {"is_success": True}


def sku(ask: Ask) -> Doc:
    """pdd.goods.skus.get: one sku with its prices in fen."""
    one = _sku_of(_goods(ask), str(ask.whole("sku_id", None, 1)), "")
    return {
        "quantity": one["sku_quantity"], "reserve_quantity": one["reserve_quantity"],
        "multi_price": one["multi_price"], "single_price": one["single_price"], "out_sku_sn": one["outer_id"],
        "is_onsale": one["is_sku_onsale"], "spec": one["specs"],
    }  # fmt: skip


def on_sale(ask: Ask) -> Doc:
    """pdd.goods.sale.status.set."""
    goods, status = _goods(ask), ask.one_of("is_onsale", (0, 1))
    goods.doc["is_onsale"] = status
    tell_goods(ask.market, ask.shop_id, goods.doc["goods_id"], "GoodsOnShelf" if status else "GoodsOffShelf")
    return {"is_success": True}


def prices(ask: Ask) -> Doc:
    """pdd.goods.sku.price.update: all or none."""
    goods = _goods(ask)
    work: list[tuple[Doc, Doc]] = []
    for row in ask.rows("sku_price_list"):
        fresh = {"multi_price": row.get("group_price"), "single_price": row.get("single_price")}
        fresh |= {"is_sku_onsale": row["is_onsale"]} if "is_onsale" in row else {}
        if not all(_is_count(value) for value in fresh.values()):
            raise bad("sku_price_list", "价格为分，整数")
        work.append((_sku_of(goods, str(row.get("sku_id", "")), ""), fresh))
    for one, fresh in work:
        one |= {name: int(value) for name, value in fresh.items()}
    tell_goods(ask.market, ask.shop_id, goods.doc["goods_id"], "GoodsUpdate")
    return {"is_success": True}


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isascii() and str(value).isdigit()
