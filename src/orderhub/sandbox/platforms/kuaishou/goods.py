"""Stock: by deltas only, without a key. Source: docs/platforms/kuaishou.md, stock."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.state import Good
from orderhub.sandbox.platforms.kuaishou.wire import Refusal

__all__ = ["skus", "update"]

CHANGE_MAX = 9_999_999
ADD, SUBTRACT = 1, 2


def _of_item(ask: Ask) -> list[Good]:
    item = ask.number("kwaiItemId")
    found = [good for (shop, _), good in ask.market.goods.items() if shop == ask.shop_id and good.item_id == item]
    if not found:
        raise Refusal(ask.switch("missing_code"), "商品不存在")
    return found


def skus(ask: Ask) -> Any:
    """open.item.sku.list.get: the SKUs of one product (names of fields: ours where no source tells them)."""
    name = str(ask.switch("stock_fields"))
    rows = [
        {"kwaiItemId": good.item_id, "itemId": good.item_id, "skuId": good.sku_id, "relSkuId": good.sku_id,
         "skuNick": good.nick, "itemTitle": good.title, "skuDesc": good.variant, "skuSalePrice": good.price_fen,
         name: good.stock}
        for good in _of_item(ask)
    ]  # fmt: skip
    key = str(ask.switch("sku_list_key"))
    return {key: rows} if key else rows


def update(ask: Ask) -> Any:
    """open.item.sku.stock.update: add or subtract; sent twice it counts twice."""
    good = next((one for one in _of_item(ask) if one.sku_id == ask.number("skuId")), None)
    change, kind = ask.number("skuChangeStock"), ask.one_of("changeType", (ADD, SUBTRACT))
    if good is None:
        raise Refusal(ask.switch("missing_code"), "SKU不存在")
    if not 0 < change < CHANGE_MAX:
        raise ask.wrong("skuChangeStock")
    stock = good.stock + (change if kind == ADD else -change)
    if not 0 <= stock <= CHANGE_MAX:
        raise ask.wrong("skuChangeStock")
    good.stock = stock
    return True
