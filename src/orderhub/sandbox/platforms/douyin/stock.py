"""Quantities read and written. Source: docs/platforms/douyin.md §7.

Units that unpaid orders hold are prehold_stock_num; what activities hold is not told, so nothing is held for any.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.douyin.ask import Ask, failed, illegal
from orderhub.sandbox.platforms.douyin.state import Doc, Good
from orderhub.sandbox.platforms.douyin.wire import Refusal

__all__ = ["listed", "numbers", "sync", "sync_batch"]

MOST = 10_000_000
NORMAL, REGIONAL, STEP = 0, 1, 10


def _after(ask: Ask, now: int, number: int, incremental: bool) -> int:
    told = now + number if incremental else number
    if not 0 <= told <= MOST:
        raise failed("库存不能小于0或超过上限")
    return told


def sync(ask: Ask) -> Doc:
    """sku.syncStock: one SKU, full or incremental; an increment needs a key, and happens once by it."""
    incremental = ask.flag("incremental")
    if not incremental:
        return _sync(ask, incremental=False)
    return dict(ask.once(ask.needed("idempotent_id"), lambda: _sync(ask, incremental=True)))


def _sync(ask: Ask, *, incremental: bool) -> Doc:
    good, place = ask.good(), ask.text("out_warehouse_id")
    number = ask.whole("stock_num", -MOST if incremental else 0, MOST)
    if place:
        good.regional[place] = _after(ask, good.regional.get(place, 0), number, incremental)
    else:
        good.stock = _after(ask, good.stock, number, incremental)
    return {}


def sync_batch(ask: Ask) -> Doc:
    """sku.syncStockBatch: SKUs of one product, all or nothing."""
    incremental = ask.flag("incremental")
    key = ask.needed("idempotent_id") if incremental else ""
    return dict(ask.once(key, lambda: _sync_batch(ask, incremental)))


def _sync_batch(ask: Ask, incremental: bool) -> Doc:
    product, work = ask.needed("product_id"), []
    for row in ask.rows("sku_sync_list"):
        good = ask.good({**row, "product_id": product})
        kind = ask.whole("sku_type", 0, STEP, default=NORMAL, source=row)
        if kind not in (NORMAL, REGIONAL, STEP):
            raise illegal("sku_type")
        work.append((good, _places(ask, good, row, kind, incremental)))
    for good, (units, places) in work:
        good.stock = good.stock if units is None else units
        good.regional |= places
    return {}


def _places(ask: Ask, good: Good, row: Doc, kind: int, incremental: bool) -> tuple[int | None, dict[str, int]]:
    low = -MOST if incremental else 0
    if kind != REGIONAL:
        number = ask.whole("stock_num", low, MOST, source=row)
        return _after(ask, good.stock, number, incremental), {}
    told = {}
    for part in ask.rows("stock_map", source=row):
        place = ask.needed("out_warehouse_id", part)
        number = ask.whole("stock_num", low, MOST, source=part)
        told[place] = _after(ask, good.regional.get(place, 0), number, incremental)
    return None, told


def numbers(ask: Ask) -> Doc:
    """sku.stockNum."""
    good = ask.good()
    return {
        "stock_num": good.stock, "prehold_stock_num": good.held, "prom_stock_num": 0, "normal_stock_num": good.stock,
        "channel_stock_num": 0, "step_stock_num": 0, "stock_num_map": dict(good.regional), "prehold_stock_map": {},
    }  # fmt: skip


def listed(ask: Ask) -> list[Doc]:
    """sku.list: SKUs of one product; data is a list."""
    product = ask.needed("product_id")
    found = [
        _row(good) for (shop_id, _), good in ask.market.goods.items()
        if shop_id == ask.shop_id and str(good.product_id) == product
    ]  # fmt: skip
    if not found:
        raise Refusal(50002, "", "商品不存在")
    return found


def _row(good: Good) -> Doc:
    details: dict[str, Any] = {
        f"spec_detail_name{place}": good.options[place - 1][1] if len(good.options) >= place else ""
        for place in (1, 2, 3)
    }
    return {
        "id": good.sku_id, "code": good.code, "out_sku_id": 0, "price": good.price_fen, "stock_num": good.stock,
        "prehold_stock_num": good.held, "sku_type": REGIONAL if good.regional else NORMAL,
        "stock_map": dict(good.regional), **details, "product_id": good.product_id,
        "sell_properties": [{"property_name": name, "value_name": value} for name, value in good.options],
    }  # fmt: skip
