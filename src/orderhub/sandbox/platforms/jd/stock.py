"""Stock read and written by both gateways. Source: docs/platforms/jd.md §7.

`stockNum` is on hand, `orderBookingNum` what orders not yet shipped hold; a write sets or shifts on hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.ship import busy
from orderhub.sandbox.platforms.jd.state import Doc, Market, Sku
from orderhub.sandbox.platforms.jd.wire import Refusal

__all__ = ["batch", "find", "increase", "legacy_update", "put_stock", "set_skus", "sku_states", "update_sku"]

BATCH_MAX, FIELDS_MAX, STATES_MAX = 30, 20, 20
READABLE = ("orderBookingNum", "appBookingNum", "orderTransferNum", "noSaleNum", "transferPlanOutNum", "numZtStock",
            "dcId", "detailStock")  # fmt: skip


def put_stock(market: Market, sku: Sku, quantity: int) -> None:
    """Set what is on hand."""
    sku.stock, sku.modified = quantity, market.stamp()


def _throttled(ask: Ask) -> Doc | None:
    return {"code": "503", "message": "调用过于频繁，请降低调用频率"} if busy(ask, "stock") else None


def set_skus(ask: Ask) -> Doc:
    """jingdong.ware.stock.sku.set: 1 to 30 SKUs, one result each; the same stockRfId again changes nothing."""
    slow = _throttled(ask)
    if slow is not None:
        return {"returnType": {"success": ask.flag(False), **slow, "obj": None}}
    told, why = batch(ask, ask.nested("req"), "skuStocks")
    if why:
        return {"returnType": {"success": ask.flag(False), "code": "403", "message": why, "obj": None}}
    if ask.switch("stock_receipt") == "failures":
        told = [row for row in told if not row["success"]]
    return {"returnType": {"success": ask.flag(True), "obj": {"updateStockResult": told}}}


def batch(ask: Ask, req: Mapping[str, Any], rows_name: str) -> tuple[list[Doc], str]:
    """(one result an item, why nothing was done); items are judged one by one."""
    rows, mode = req.get(rows_name), req.get("updateModel")
    key = str(req.get("stockRfId") or req.get("stockRfID") or "")
    if mode not in ("fullStockIn", "incrStockIn"):
        return [], "updateModel应为fullStockIn或incrStockIn"
    if not isinstance(rows, list) or not 0 < len(rows) <= BATCH_MAX or not all(isinstance(row, dict) for row in rows):
        return [], f"{rows_name}数量应为1到{BATCH_MAX}"
    if len({(str(row.get("skuId")), str(row.get("storeId", 0))) for row in rows}) < len(rows):
        return [], "skuId与storeId重复"
    done = ask.market.stock_keys.get((ask.shop_id, key)) if key else None
    if done is not None:
        return [dict(row) for row in done["rows"]], ""
    told = [_one(ask, row, "stockNum" if mode == "fullStockIn" else "incrStockNum") for row in rows]
    if key:
        ask.market.stock_keys[ask.shop_id, key] = {"rows": told}
    return [dict(row) for row in told], ""


def _one(ask: Ask, row: Doc, name: str) -> Doc:
    sku, units = ask.market.sku_of(ask.shop_id, row.get("skuId", "")), row.get(name)
    why = ""
    if sku is None:
        why = "商品不存在或不属于该商家"
    elif isinstance(units, bool) or not isinstance(units, int):
        why = f"{name}不能为空"
    elif row.get("storeId", 0) not in (0, "0"):
        why = "仓库不存在"
    elif (units if name == "stockNum" else sku.stock + units) < 0:
        why = "库存数量不能小于0"
    else:
        put_stock(ask.market, sku, units if name == "stockNum" else sku.stock + units)
    return {"data": str(row.get("skuId", "")), "success": not why, "storeId": row.get("storeId", 0), "message": why}


def _own(ask: Ask) -> Sku | None:
    return ask.market.sku_of(ask.shop_id, ask.need("skuId"))


def update_sku(ask: Ask) -> Doc:
    """jingdong.stock.write.updateSkuStock: sets on hand; the form of its answer is not documented."""
    sku, quantity = _own(ask), ask.whole("stockNum", None)
    return _written(ask, sku, quantity)


def increase(ask: Ask) -> Doc:
    """jingdong.stock.write.increaseSkuStock: shifts on hand once per stockRfId."""
    sku, delta, key = _own(ask), ask.whole("stockNum", None), ask.need("stockRfId")
    ask.need("storeId")
    done = ask.market.stock_keys.get((ask.shop_id, key))
    if done is not None:
        return dict(done)
    told = _written(ask, sku, sku.stock + delta if sku is not None else 0)
    ask.market.stock_keys[ask.shop_id, key] = told
    return dict(told)


def _written(ask: Ask, sku: Sku | None, quantity: int) -> Doc:
    slow = _throttled(ask)
    if slow is not None:
        return slow
    if sku is None or quantity < 0:
        return {"code": "403", "message": "校验失败"}
    put_stock(ask.market, sku, quantity)
    return {"success": True}


def find(ask: Ask) -> Doc:
    """jingdong.stock.read.findSkuStock: on hand, and the further numbers asked for."""
    slow = _throttled(ask)
    if slow is not None:
        return slow
    sku = _own(ask)
    asked = [one.strip() for one in ask.text("field").split(",") if one.strip()]
    if sku is None or len(asked) > FIELDS_MAX:
        return {"code": "403", "message": "校验失败"}
    told: Doc = {"skuId": sku.sku_id, "stockNum": sku.stock, "storeId": 0, "detailStock": []}
    told |= {name: sku.booked if name == "orderBookingNum" else 0 for name in asked if name in READABLE[:-1]}
    return {"skuStocks": [told]}


def sku_states(ask: Ask) -> Doc:
    """jingdong.stock.sku.state.query: 33 in stock, 34 out of it, subState -101 not yours."""
    ask.nested("clientInfo")
    rows = ask.rows("skuParams", ask.nested("bizReq"), STATES_MAX)
    told = []
    for row in rows:
        sku = ask.market.sku_of(ask.shop_id, row.get("skuId", ""))
        state, sub = (34, -101) if sku is None else (33 if sku.stock > sku.booked else 34, 0)
        told.append({"skuId": row.get("skuId"), "state": state, "subState": sub})
    return {"result": told}


def legacy_update(ask: Ask) -> Doc:
    """360buy.sku.stock.update: by SKU id or merchant code."""
    quantity = ask.whole("quantity", None, 0)
    sku = ask.market.sku_of(ask.shop_id, ask.text("sku_id")) if ask.has("sku_id") else None
    for one in ask.market.skus.values():
        if sku is None and one.shop_id == ask.shop_id and one.outer_id == ask.text("outer_id", " "):
            sku = one
    if sku is None:
        raise Refusal("isv.sku-not-exist", "商品不存在", "sku does not exist")
    put_stock(ask.market, sku, quantity)
    return {"skuId": sku.sku_id, "outerId": sku.outer_id, "modified": sku.modified}
