"""Goods: variants with their stock, lists of items, quantities. Source: docs/platforms/shopee.md#stock.

The two lists of items are read from a generated client, like the rest of their rows.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.shopee.ask import Ask, bad, whole
from orderhub.sandbox.platforms.shopee.state import Item, Model
from orderhub.sandbox.platforms.shopee.wire import Doc, money

__all__ = ["base_info", "listed", "models", "update"]

PAGE_MAX, ITEMS_MAX, ROWS_MAX, STOCK_MAX = 100, 50, 50, 999_999


def _item(ask: Ask, value: Any) -> Item:
    item = ask.market.items.get((ask.shop_id, whole(value, "item_id", 1, 10**15)))
    if item is None:
        raise ask.missing("item_id")
    return item


def _stock(model: Model) -> Doc:
    return {
        "summary_info": {"total_reserved_stock": model.reserved, "total_available_stock": model.stock},
        "seller_stock": [{"location_id": "", "stock": model.stock, "if_saleable": True}],
    }


def _price(ask: Ask, model: Model) -> Doc:
    region = ask.market.shops[ask.shop_id].region
    amount = money(model.price, region.digits)
    return {"currency": region.currency, "original_price": amount, "current_price": amount}


def models(ask: Ask) -> Doc:
    """product/get_model_list: the variants of one item, none for an item without."""
    item = _item(ask, ask.params.get("item_id"))
    variants = [model for number, model in item.models.items() if number]
    tiers = [{"name": item.option, "option_list": [{"option": model.name} for model in variants]}] if variants else []
    return {
        "tier_variation": tiers,
        "model": [
            {
                "model_id": model.number, "model_sku": model.sku, "model_name": model.name, "model_status": "NORMAL",
                "tier_index": [model.tier], "promotion_id": 0, "price_info": [_price(ask, model)],
                "stock_info_v2": _stock(model),
            }
            for model in variants
        ],
    }  # fmt: skip


def listed(ask: Ask) -> Doc:
    """product/get_item_list: numbers of items by offset."""
    offset, size = ask.number("offset", 0, 10**9), ask.number("page_size", 1, PAGE_MAX)
    wanted = ask.listed("item_status")
    if not wanted:
        raise bad("item_status is required")
    rows = [item for (shop_id, _), item in ask.market.items.items() if shop_id == ask.shop_id and "NORMAL" in wanted]
    more = offset + size < len(rows)
    page = [
        {"item_id": item.number, "item_status": "NORMAL", "update_time": item.updated}
        for item in rows[offset : offset + size]
    ]
    told = {"item": page, "total_count": len(rows), "has_next_page": more}
    return told | ({"next_offset": offset + size} if more else {})


def base_info(ask: Ask) -> Doc:
    """product/get_item_base_info: up to fifty items; stock and price of those without variants."""
    numbers = ask.listed("item_id_list")
    if not 0 < len(numbers) <= ITEMS_MAX:
        raise bad(f"item_id_list takes 1 to {ITEMS_MAX} numbers")
    found = [
        item for number in dict.fromkeys(numbers)
        if (item := ask.market.items.get((ask.shop_id, whole(number, "item_id_list", 1, 10**15))))
    ]  # fmt: skip
    return {"item_list": [_shown(ask, item) for item in found]}


def _shown(ask: Ask, item: Item) -> Doc:
    alone = item.models.get(0)
    told = {
        "item_id": item.number, "item_name": item.name, "item_sku": alone.sku if alone else item.sku,
        "item_status": "NORMAL", "update_time": item.updated, "has_model": alone is None,
    }  # fmt: skip
    return told | ({"price_info": [_price(ask, alone)], "stock_info_v2": _stock(alone)} if alone else {})


def update(ask: Ask) -> Doc:
    """product/update_stock: whole figures; each variant by itself, never below what is reserved."""
    item = _item(ask, ask.params.get("item_id"))
    good: list[Doc] = []
    bad_rows: list[Doc] = []
    for row in ask.rows("stock_list", 1, ROWS_MAX):
        number = whole(row.get("model_id", 0), "model_id", 0, 10**15)
        model, count = item.models.get(number), _figure(row)
        if model is None:
            bad_rows.append({"model_id": number, "failed_reason": "the model is not of this item"})
        elif count is None or not 0 <= count <= STOCK_MAX:
            bad_rows.append({"model_id": number, "failed_reason": f"stock is not from 0 to {STOCK_MAX}"})
        elif count < model.reserved:
            bad_rows.append({"model_id": number, "failed_reason": f"{model.reserved} units are reserved"})
        else:
            model.stock, item.updated = count, ask.market.stamp()
            good.append({"model_id": number, "location_id": "", "stock": count})
    return {"success_list": good, "failure_list": bad_rows}


def _figure(row: Doc) -> int | None:
    told = row.get("seller_stock")
    if not isinstance(told, list) or len(told) != 1 or not isinstance(told[0], dict):
        return None
    count = told[0].get("stock")
    return count if isinstance(count, int) and not isinstance(count, bool) else None
