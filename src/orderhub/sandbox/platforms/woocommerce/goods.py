"""Products and variations read, and their stock written. Source: docs/platforms/woocommerce.md."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.woocommerce.ask import Ask, Told, batch
from orderhub.sandbox.platforms.woocommerce.hooks import tell
from orderhub.sandbox.platforms.woocommerce.spec import ORDER_BY, STOCK_STATUSES
from orderhub.sandbox.platforms.woocommerce.state import Doc, Good, Product
from orderhub.sandbox.platforms.woocommerce.wire import money, stamps

__all__ = ["change", "change_variation", "get", "get_variation", "listed", "many", "many_variations", "variations"]

_BACKORDERS = frozenset({"no", "notify", "yes"})


def _stock(good: Good) -> Doc:
    return {
        "manage_stock": good.managed, "stock_quantity": good.quantity if good.managed else None,
        "stock_status": good.shown_status, "backorders": good.backorders,
    }  # fmt: skip


def _product(ask: Ask, product: Product) -> Doc:
    """A product sold in one version carries its own stock; one of several leaves it to its variations."""
    first = product.goods[0]
    in_stock = "instock" if any(good.quantity > 0 for good in product.goods) else "outofstock"
    stock: Doc = {"manage_stock": False, "stock_quantity": None, "stock_status": in_stock, "backorders": "no"}
    return {
        "id": product.product_id, "name": product.title, "slug": f"product-{product.product_id}",
        "permalink": f"{ask.market.setup.base_url()}/?p={product.product_id}", "parent_id": 0,
        "type": "simple" if product.simple else "variable", "status": "publish", "sku": product.sku,
        "price": money(min(good.price_cents for good in product.goods)),
        "regular_price": money(first.price_cents) if product.simple else "", "sale_price": "",
        **(_stock(first) if product.simple else stock),
        "attributes": [{"id": 0, "name": name, "variation": True} for name, _ in first.options],
        "variations": [good.variation_id for good in product.goods if good.variation_id], "meta_data": [],
        **stamps("date_created", product.created, ask.shop.offset_h),
        **stamps("date_modified", product.modified, ask.shop.offset_h),
    }  # fmt: skip


def _variation(ask: Ask, good: Good) -> Doc:
    return {
        "id": good.variation_id, "name": ", ".join(value for _, value in good.options), "parent_id": good.product_id,
        "type": "variation", "status": "publish", "sku": good.sku, "price": money(good.price_cents),
        "permalink": f"{ask.market.setup.base_url()}/?p={good.product_id}&variation={good.variation_id}",
        "regular_price": money(good.price_cents), "sale_price": "", **_stock(good), "meta_data": [],
        "attributes": [{"id": 0, "name": name, "option": value} for name, value in good.options],
        **stamps("date_modified", good.modified, ask.shop.offset_h),
    }  # fmt: skip


def listed(ask: Ask) -> Told:
    """GET products: by SKU (exact, commas between), part of one, time of change, stock, ids."""
    wanted, part = set(ask.listed("sku")), ask.params.get("search_sku", "")
    low, high = ask.bound("modified_after", -1), ask.bound("modified_before", float("inf"))
    include, stock = set(ask.numbers("include")), ask.params.get("stock_status")
    if stock is not None:
        ask.choice("stock_status", STOCK_STATUSES, stock)
    rows: list[tuple[int, int, Any]] = [
        (product.created, product.product_id, product)
        for product in ask.market.products[ask.shop.shop_id].values()
        if low < product.modified < high and (not include or product.product_id in include)
        and (not wanted or product.sku in wanted) and part in product.sku
        and (stock is None or _product(ask, product)["stock_status"] == stock)
    ]  # fmt: skip
    if wanted and ask.switch("sku_finds_variations"):
        mine = (good for (shop_id, _), good in ask.market.goods.items() if shop_id == ask.shop.shop_id)
        rows += [(good.modified, good.number, good) for good in mine if good.variation_id and good.sku in wanted]
    return ask.page(_sorted(ask, rows), lambda one: _shown(ask, one))


def _shown(ask: Ask, one: Product | Good) -> Doc:
    return _product(ask, one) if isinstance(one, Product) else _variation(ask, one)


def _sorted(ask: Ask, rows: list[tuple[int, int, Any]]) -> list[Any]:
    by = ask.choice("orderby", ORDER_BY, "date")
    down = ask.choice("order", frozenset({"asc", "desc"}), "desc") == "desc"
    key = (lambda row: row[:2]) if by == "date" else (lambda row: row[1])
    return [row[2] for row in sorted(rows, key=key, reverse=down)]


def get(ask: Ask) -> Told:
    """GET products/{id}."""
    return Told(_product(ask, ask.product()))


def variations(ask: Ask) -> Told:
    """GET products/{id}/variations."""
    goods = [(good.modified, good.number, good) for good in ask.product().goods if good.variation_id]
    return ask.page(_sorted(ask, goods), lambda good: _variation(ask, good))


def get_variation(ask: Ask) -> Told:
    """GET products/{id}/variations/{variation}."""
    return Told(_variation(ask, ask.good(ask.ids[1])))


def _write(ask: Ask, good: Good, given: Doc) -> None:
    """Stock as told: the quantity is absolute, and counts only where stock is managed."""
    managed, units = given.get("manage_stock", good.managed), given.get("stock_quantity", good.quantity)
    status, backorders = given.get("stock_status", good.stock_status), given.get("backorders", good.backorders)
    if isinstance(units, bool) or not isinstance(units, int):
        raise ask.bad("stock_quantity", "is not of type integer")
    if not isinstance(managed, bool):
        raise ask.bad("manage_stock", "is not of type boolean")
    if (status and status not in STOCK_STATUSES) or backorders not in _BACKORDERS:
        raise ask.bad("stock_status" if backorders in _BACKORDERS else "backorders")
    good.managed, good.stock_status, good.backorders = managed, status, backorders
    good.quantity = units if managed else good.quantity
    good.modified = ask.market.now()
    product = ask.market.products[good.shop_id][good.product_id]
    tell(ask.market, good.shop_id, "product", "updated", lambda: _product(ask, product))


def _changed(ask: Ask, product: Product, given: Doc) -> Doc:
    if product.simple:
        _write(ask, product.goods[0], given)
    return _product(ask, product)


def change(ask: Ask) -> Told:
    """PUT products/{id}."""
    return Told(_changed(ask, ask.product(), ask.body))


def change_variation(ask: Ask) -> Told:
    """PUT products/{id}/variations/{variation}."""
    return Told(_changed_variation(ask, ask.ids[1], ask.body))


def _changed_variation(ask: Ask, number: int, given: Doc) -> Doc:
    good = ask.good(number)
    _write(ask, good, given)
    return _variation(ask, good)


def _id(row: Doc) -> int:
    number = row.get("id")
    return number if isinstance(number, int) else -1


def many(ask: Ask) -> Told:
    """POST products/batch."""
    return batch(ask, {"update": lambda row: _changed(ask, ask.product(_id(row)), row)})


def many_variations(ask: Ask) -> Told:
    """POST products/{id}/variations/batch."""
    ask.product()
    return batch(ask, {"update": lambda row: _changed_variation(ask, _id(row), row)})
