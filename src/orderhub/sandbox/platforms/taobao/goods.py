"""Listings read and quantities written. Source: docs/platforms/taobao.md §7."""

from __future__ import annotations

import re
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.messages import tell_stock
from orderhub.sandbox.platforms.taobao.state import Doc, Item, Market
from orderhub.sandbox.platforms.taobao.trades import page
from orderhub.sandbox.platforms.taobao.wire import Refusal

__all__ = [
    "inventory", "item_quantity", "on_sale", "put_quantity", "seller_list", "sku", "skus", "skus_quantity",
    "tmall_quantity",
]  # fmt: skip

PAGE_MAX, INVENTORY_PAGES, ONSALE_ROWS = 200, 101, 20_000
_HIDDEN = frozenset({"with_hold_quantity"})


def _project(doc: Doc, fields: str) -> Doc:
    asked = [name.strip() for name in fields.split(",")]
    return {name: doc[name] for name in asked if name in doc and doc[name] != ""}


def _page(ask: Ask, status: str) -> Doc:
    start, end = ask.text("start_modified"), ask.text("end_modified", "9999")
    rows = [
        item.doc
        for item in ask.market.items.values()
        if item.shop_id == ask.shop_id and item.doc["approve_status"] == status
        and start <= item.doc["modified"] <= end and ask.text("q") in item.doc["title"]
    ]  # fmt: skip
    first, last, _ = page(ask, len(rows), 40, PAGE_MAX)
    shown = [_project({**doc, "with_hold_quantity": ""}, ask.text("fields")) for doc in rows[first:last]]
    return {"items": shown, "total_results": len(rows)}


def on_sale(ask: Ask) -> Doc:
    """taobao.items.onsale.get."""
    if ask.whole("page_no", 1, 1) * ask.whole("page_size", 40, 1) > ONSALE_ROWS:
        raise invalid("page_no", f"page_no * page_size is at most {ONSALE_ROWS}: slice by start_modified")
    return _page(ask, "onsale")


def inventory(ask: Ask) -> Doc:
    """taobao.items.inventory.get: what is not on sale."""
    ask.whole("page_no", 1, 1, INVENTORY_PAGES)
    return _page(ask, "instock")


def seller_list(ask: Ask) -> Doc:
    """taobao.items.seller.list.get: up to 20 listings; unknown ones are passed over."""
    fields = ask.text("fields")
    told = []
    for item in _items(ask, 20):
        row = _project({**item.doc, "with_hold_quantity": ""}, fields)
        if {"sku", "skus"} & {name.strip() for name in fields.split(",")} and item.skus:
            row["skus"] = [dict(sku) for sku in item.skus]
        told.append(row)
    return {"items": told}


def _items(ask: Ask, most: int) -> list[Item]:
    found = [ask.market.items.get(int(one)) for one in ask.listed("num_iids", most) if one.isdigit()]
    return [item for item in found if item is not None and item.shop_id == ask.shop_id]


def skus(ask: Ask) -> Doc:
    """taobao.item.skus.get: the skus of up to 40 listings."""
    return {"skus": [_project(sku, ask.text("fields")) for item in _items(ask, 40) for sku in item.skus]}


def sku(ask: Ask) -> Doc:
    """taobao.item.sku.get."""
    item = ask.market.item_of(ask.shop_id, ask.text("num_iid"))
    found = [one for one in item.skus if str(one["sku_id"]) == ask.text("sku_id")]
    if not found:
        raise Refusal(15, "isv.item-not-exist:invalid-skuid", "SKU不存在")
    return {"sku": _project(found[0], ask.text("fields"))}


def put_quantity(market: Market, item: Item, row: Doc | None, quantity: int) -> None:
    """Set one quantity; `row` None means the listing itself. Keeps the listing's sum right."""
    target, key = (item.doc, "num") if row is None else (row, "quantity")
    change = quantity - target[key]
    target[key] = quantity
    target["modified"] = item.doc["modified"] = market.stamp()
    if row is not None:
        item.doc["num"] += change
    if market.setup.switches["stock_echo"]:
        tell_stock(market, item.shop_id, item.doc["num_iid"], item.doc["num"], row, change)


def _answer(item: Item, changed: list[Doc]) -> Doc:
    told: Doc = {"num_iid": item.doc["num_iid"], "num": item.doc["num"], "modified": item.doc["modified"]}
    names = ("sku_id", "quantity", "modified")
    return {"item": {**told, "skus": [{name: sku[name] for name in names} for sku in changed]}}


def item_quantity(ask: Ask) -> Doc:
    """taobao.item.quantity.update: never below zero, neither full nor by increment."""
    item = ask.market.item_of(ask.shop_id, ask.text("num_iid"))
    quantity, kind = ask.whole("quantity", None, -(10**9), 10**9), ask.whole("type", 1, 1, 2)
    rows = _chosen(item, ask.text("sku_id"), ask.text("outer_id"))
    targets = [(row["quantity"] if row else item.doc["num"]) + quantity if kind == 2 else quantity for row in rows]
    if any(target < 0 for target in targets):
        raise Refusal(15, "isv.invalid-parameter:quantity", "库存数量不能小于0")
    for row, target in zip(rows, targets, strict=True):
        put_quantity(ask.market, item, row, target)
    return _answer(item, [row for row in rows if row])


def _chosen(item: Item, sku_id: str, outer_id: str) -> list[Doc | None]:
    """Skus by id, else by merchant code (all that carry it), else the listing if it has no skus."""
    if sku_id:
        rows = [row for row in item.skus if str(row["sku_id"]) == sku_id]
    elif outer_id:
        rows = [row for row in item.skus if row["outer_id"] == outer_id]
        if not rows and item.doc["outer_id"] == outer_id and not item.skus:
            return [None]
    elif not item.skus:
        return [None]
    else:
        raise Refusal(15, "isv.invalid-parameter:sku_id", "有SKU的商品必须指定SKU")
    if not rows:
        raise Refusal(15, "isv.item-not-exist:invalid-skuid", "SKU不存在")
    return list(rows)


def skus_quantity(ask: Ask) -> Doc:
    """taobao.skus.quantity.update: a full value below zero is refused, an increment below zero stops at zero."""
    item = ask.market.item_of(ask.shop_id, ask.text("num_iid"))
    kind, by_sku = ask.whole("type", 1, 1, 2), ask.text("skuid_quantities")
    text = by_sku or ask.text("outerid_quantities")
    if not text:
        raise Refusal(40, "", "skuid_quantities")
    pairs = [part.rpartition(":")[::2] for part in text.split(";") if part]
    if len(pairs) > ask.market.setup.switches["sku_batch_max"]:
        raise invalid("skuid_quantities", "too many skus")
    if not all(re.fullmatch(r"-?\d+", number) for _, number in pairs):
        raise invalid("skuid_quantities", "write sku:quantity;sku:quantity")
    if kind == 1 and any(int(number) < 0 for _, number in pairs):
        raise Refusal(15, "isv.invalid-parameter:quantity", "全量更新库存数量不能小于0")
    work = [(row, int(number)) for key, number in pairs for row in _chosen(item, key if by_sku else "", key)]
    for row, number in work:
        now = row["quantity"] if row else item.doc["num"]
        put_quantity(ask.market, item, row, max(0, now + number) if kind == 2 else number)
    return _answer(item, [row for row, _ in work if row])


def tmall_quantity(ask: Ask) -> Doc:
    """tmall.item.quantity.update: up to 20 skus by one selector; outer_biz_key makes an increment happen once."""
    item = ask.market.item_of(ask.shop_id, ask.text("item_id"))
    options = (ask.rows("options") or [{}])[0]
    kind, key = int(options.get("type") or 1), str(options.get("outer_biz_key") or "")
    if kind not in (1, 2) or (key and not re.fullmatch(r"[0-9a-fA-F]+", key)):
        raise invalid("options", "type is 1 or 2, outer_biz_key is hexadecimal")
    told = {"quantity_update_result": str(item.doc["num_iid"])}
    work = _tmall_work(ask, item)
    if key and (ask.shop_id, key) in ask.market.stock_keys:
        return told
    for row, number in work:
        now = row["quantity"] if row else item.doc["num"]
        if (now + number if kind == 2 else number) < 0:
            raise Refusal(15, "isv.invalid-parameter:quantity", "库存数量不能小于0")
    for row, number in work:
        now = row["quantity"] if row else item.doc["num"]
        put_quantity(ask.market, item, row, now + number if kind == 2 else number)
    if key:
        ask.market.stock_keys[ask.shop_id, key] = told
    return told


def _tmall_work(ask: Ask, item: Item) -> list[tuple[Doc | None, int]]:
    rows = ask.rows("sku_quantities", 20)
    if not rows:
        return [(row, ask.whole("item_quantity", None, -(10**9))) for row in _chosen(item, "", "")]
    used = {name for row in rows for name in ("sku_id", "outer_id", "properties") if row.get(name)}
    if len(used) != 1:
        raise invalid("sku_quantities", "select by one of sku_id, outer_id, properties, do not mix")
    [selector] = used
    work: list[tuple[Doc | None, int]] = []
    for row in rows:
        name = "properties_name" if selector == "properties" else selector
        found = [sku for sku in item.skus if str(sku[name]) == str(row.get(selector))]
        if not found:
            raise Refusal(15, "isv.item-not-exist:invalid-skuid", "SKU不存在")
        work += [(sku, _number(row.get("quantity"))) for sku in found]
    return work


def _number(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise invalid("quantity", "quantity is a whole number")
    return int(value)
