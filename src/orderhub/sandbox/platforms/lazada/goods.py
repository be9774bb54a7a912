"""Stock and listings. Source: docs/platforms/lazada.md#stock."""

from __future__ import annotations

import re
from typing import Any

from orderhub.sandbox.platforms.lazada.ask import Ask
from orderhub.sandbox.platforms.lazada.spec import SKUS_MAX
from orderhub.sandbox.platforms.lazada.state import Good
from orderhub.sandbox.platforms.lazada.wire import Refusal, money

__all__ = ["listed", "set_quantities"]

_SKU = re.compile(r"<Sku>(.*?)</Sku>", re.S)
_FIELD = re.compile(r"<(ItemId|SkuId|SellerSku|Quantity)>([^<]*)</\1>")
PAGE_MAX = 50
SKU_ABSENT = "SKU_NOT_FOUND"


def set_quantities(ask: Ask) -> dict[str, Any]:
    """POST /product/price_quantity/update: full values for up to 50 SKUs, all or none."""
    payload = ask.need("payload")
    rows = [dict(_FIELD.findall(part)) for part in _SKU.findall(payload)]
    if "<!" in payload or not payload.lstrip().startswith("<") or not 1 <= len(rows) <= SKUS_MAX:
        raise ask.refusal("invalid_code", f"payload must hold 1 to {SKUS_MAX} Sku")
    found = [(row, _good(ask, row)) for row in rows]
    wrong = [
        {"seller_sku": row.get("SellerSku", ""), "sku_id": row.get("SkuId", ""), "code": SKU_ABSENT,
         "message": "not found"}
        for row, good in found if good is None or not row.get("Quantity", "").isdigit()
    ]  # fmt: skip
    if wrong:
        raise Refusal("501", "E501: Update product failed", "ISP", wrong)
    for row, good in found:
        if good is not None:
            good.quantity = int(row["Quantity"])
    return {"data": {}}


def _good(ask: Ask, row: dict[str, str]) -> Good | None:
    if "SkuId" in row:
        return ask.market.goods.get((ask.shop_id, row["SkuId"]))
    mine = (good for good in ask.market.goods.values() if good.shop_id == ask.shop_id)
    return next((good for good in mine if good.seller_sku == row.get("SellerSku")), None)


def listed(ask: Ask) -> dict[str, Any]:
    """GET /products/get: products with their SKUs, by offset."""
    offset, limit = ask.whole("offset", 0, 0, 10_000), ask.whole("limit", 20, 1, PAGE_MAX)
    products: dict[str, list[Good]] = {}
    for good in ask.market.goods.values():
        if good.shop_id == ask.shop_id:
            products.setdefault(good.item_id, []).append(good)
    chosen = list(products.items())[offset : offset + limit]
    return {
        "data": {"total_products": str(len(products)), "products": [_product(item, goods) for item, goods in chosen]}
    }


def _product(item: str, goods: list[Good]) -> dict[str, Any]:
    skus = [
        {
            "SkuId": good.sku_id, "SellerSku": good.seller_sku, "ShopSku": f"{item}_SGAMZ-{good.sku_id}",
            "quantity": str(good.quantity), "price": money(good.price), "Status": "active", "variation": good.variation,
            "Url": f"https://www.lazada.sg/products/i{item}.html",
        }
        for good in goods
    ]  # fmt: skip
    return {"item_id": item, "status": "Active", "attributes": {"name": goods[0].title}, "skus": skus}
