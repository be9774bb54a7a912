"""Root fields that read: orders and what belongs to them, goods, places. Source: docs/platforms/shopify.md, Orders."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from orderhub.sandbox.platforms.shopify.ask import Ask
from orderhub.sandbox.platforms.shopify.execute import QueryError, Rows, take_page
from orderhub.sandbox.platforms.shopify.search import Filter, order_filter, words
from orderhub.sandbox.platforms.shopify.state import Doc, Order
from orderhub.sandbox.platforms.shopify.wire import cursor, gid, iso, number, position

__all__ = ["INNER", "READS"]

Arguments = Mapping[str, Any]
HISTORY = timedelta(days=60)
PAGED_MAX = 25_000
_SORTS = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "PROCESSED_AT": "createdAt", "ID": "id", None: "id"}
NEW_STATUS = "TELEPORTED"


def _seen(ask: Ask, order: Order) -> bool:
    """Late orders and, without read_all_orders, those older than 60 days are not told."""
    if order.shop_id != ask.shop_id or (order.shown_from and order.shown_from > ask.market.stamp()):
        return False
    return bool(ask.switch("all_orders")) or order.doc["createdAt"] >= iso(ask.market.now() - HISTORY)


def order(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc | None:
    """One order by its global id."""
    given = arguments.get("id")
    if not isinstance(given, str) or given != f"gid://shopify/Order/{number(given)}":
        raise QueryError(f"Invalid global id '{given}'", "INVALID_ID")
    found = ask.market.orders.get(number(given))
    return _spoilt(ask, [found.doc])[0] if found is not None and _seen(ask, found) else None


def orders(ask: Ask, arguments: Arguments, directives: Arguments) -> Rows:
    """A page of orders, oldest first unless reversed."""
    if arguments.get("sortKey") not in _SORTS:
        raise QueryError(f"sortKey {arguments['sortKey']!r} is not known here", "INVALID_ARGUMENT")
    keep = order_filter(str(arguments.get("query") or ""), ask.switch("default_status"))
    axis = _SORTS[arguments.get("sortKey")]
    if ask.fault("shifting_pages"):
        _shift(ask, keep, axis)
    page = _cut(ask, keep, axis, arguments)
    kept = ask.market.served.get(ask.shop_id)
    if ask.fault("repeated_page") and kept is not None:
        page = Rows(kept, page.cursors[: len(kept)] or [""] * len(kept), page.more, page.before)
        page.cursors += [page.cursors[-1]] * (len(kept) - len(page.cursors))
    else:
        ask.market.served[ask.shop_id] = page.rows
    return Rows(_spoilt(ask, page.rows), page.cursors, page.more, page.before)


def _window(ask: Ask, keep: Filter, axis: str) -> list[tuple[str, int]]:
    """(sort value, number) of every order of the store inside the filter's bounds, ascending."""
    base = axis if axis in ("updatedAt", "createdAt") else "createdAt"
    rows = ask.market.rows(ask.shop_id, base, *keep.bounds.get(base, ("", "~")))
    return sorted(("", number) for _, number in rows) if axis == "id" else rows


def _passes(ask: Ask, keep: Filter, row: tuple[str, int]) -> bool:
    found = ask.market.orders[str(row[1])]
    return keep.keeps(found.doc) and _seen(ask, found)


def _cut(ask: Ask, keep: Filter, axis: str, arguments: Arguments) -> Rows:
    """By the order's own place, not by its index: rows that change while pages are read do not shift the rest."""
    rows, backwards, seen = _window(ask, keep, axis), bool(arguments.get("reverse")), 0
    if arguments.get("after"):
        mark, seen = _mark(arguments["after"])
        rows = rows[: bisect_left(rows, mark)] if backwards else rows[bisect_right(rows, mark) :]
    if arguments.get("before"):
        mark, _ = _mark(arguments["before"])
        rows = rows[bisect_right(rows, mark) :] if backwards else rows[: bisect_left(rows, mark)]
    size = arguments.get("first")
    passing = (row for row in (reversed(rows) if backwards else rows) if _passes(ask, keep, row))
    found = list(passing if size is None else islice(passing, size + 1))
    cut = found[-arguments["last"] :] if size is None else found[:size]
    if seen + len(cut) > PAGED_MAX:
        raise QueryError(f"only the first {PAGED_MAX} objects can be paged through", "BAD_REQUEST")
    marks = [cursor(value, place, seen + index) for index, (value, place) in enumerate(cut, 1)]
    docs = [ask.market.orders[str(place)].doc for _, place in cut]
    if size is None:
        return Rows(docs, marks, bool(arguments.get("before")), len(cut) < len(found))
    return Rows(docs, marks, len(found) > size, bool(arguments.get("after")))


def _mark(text: Any) -> tuple[tuple[str, int], int]:
    """(where the cursor stands, rows paged so far)."""
    try:
        value, place, seen = position(text)
        return (str(value), int(place)), int(seen)
    except (ValueError, TypeError):
        raise QueryError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None


def _shift(ask: Ask, keep: Filter, axis: str) -> None:
    """One order of the list changes before the page is cut: the first one."""
    first = next((row for row in _window(ask, keep, axis) if _passes(ask, keep, row)), None)
    if first is not None:
        changed = ask.market.orders[str(first[1])]
        changed.doc["updatedAt"] = ask.market.stamp()
        ask.market.refile(changed)


def _spoilt(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """The fault that touches content: one row has a status that no document knows."""
    if ask.fault("unknown_status") and rows:
        return [{**rows[0], "displayFulfillmentStatus": NEW_STATUS}, *rows[1:]]
    return rows


def _by_id(kind: str) -> Callable[[Ask, Arguments, Arguments], Doc | None]:
    return lambda ask, arguments, directives: ask.find(kind, arguments.get("id"))


def _listed(rows: Callable[[Ask], list[Doc]], ask: Ask, arguments: Arguments, directives: Arguments) -> Rows:
    """A list with a filter by sku, id, title or status."""
    found = rows(ask)
    for name, how, value in words(str(arguments.get("query") or "")):
        if how != "=" or name not in ("sku", "id", "title", "status", "product_id"):
            raise QueryError(f"Invalid search field: {name}", "BAD_REQUEST")
        found = [row for row in found if _matches(row, name, value)]
    return take_page(found, arguments, lambda index, row: cursor("id", row["id"]))


def _matches(row: Doc, name: str, value: str) -> bool:
    if name == "product_id":
        return number(row["product"]["id"]) == number(value)
    if name == "id":
        return number(row["id"]) == number(value)
    return str(row.get(name, "")).lower() == value.lower()


def _variants(ask: Ask) -> list[Doc]:
    return list(ask.market.variants[ask.shop_id].values())


def _shop(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    shop = ask.shop
    return {
        "id": gid("Shop", shop.number), "name": shop.name, "email": "owner@example.com", "currencyCode": shop.currency,
        "myshopifyDomain": shop.domain, "ianaTimezone": "Etc/UTC", "taxesIncluded": shop.taxes_included,
    }  # fmt: skip


def _node(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc | None:
    owner, doc = ask.market.things.get(str(arguments.get("id")), ("", {}))
    if owner != ask.shop_id or (doc["id"].startswith("gid://shopify/Order/") and not _seen(
        ask, ask.market.orders[number(doc["id"])])):  # fmt: skip
        return None
    return doc


READS: dict[str, Callable[[Ask, Arguments, Arguments], Any]] = {
    "order": order,
    "orders": orders,
    "fulfillment": _by_id("Fulfillment"),
    "fulfillmentOrder": _by_id("FulfillmentOrder"),
    "refund": _by_id("Refund"),
    "return": _by_id("Return"),
    "product": _by_id("Product"),
    "products": partial(_listed, lambda ask: ask.market.products[ask.shop_id]),
    "productVariant": _by_id("ProductVariant"),
    "productVariants": partial(_listed, _variants),
    "inventoryItem": _by_id("InventoryItem"),
    "inventoryItems": partial(_listed, lambda ask: [one["inventoryItem"] for one in _variants(ask)]),
    "location": _by_id("Location"),
    "locations": partial(_listed, lambda ask: ask.shop.locations),
    "shop": _shop,
    "node": _node,
}
"""Root query fields. Lists of goods and places are not on the page: names and filters follow its objects."""


def _owner(ask: Ask, source: Doc, arguments: Arguments) -> Doc:
    return ask.order_of(source).doc


def _sellable(ask: Ask, source: Doc, arguments: Arguments) -> int:
    return sum(one["_available"] for one in source["inventoryItem"]["inventoryLevels"])


def _level(ask: Ask, source: Doc, arguments: Arguments) -> Doc | None:
    wanted = arguments.get("locationId")
    return next((one for one in source["inventoryLevels"] if one["location"]["id"] == wanted), None)


def _quantities(ask: Ask, source: Doc, arguments: Arguments) -> list[Doc]:
    told = {
        "available": source["_available"], "committed": source["_committed"],
        "on_hand": source["_available"] + source["_committed"],
    }  # fmt: skip
    return [
        {"id": f"{source['id']}?name={name}", "name": name, "quantity": told.get(name, 0)}
        for name in arguments.get("names") or ()
    ]


INNER: dict[tuple[str, str], Callable[[Ask, Doc, Arguments], Any]] = {
    ("Fulfillment", "order"): _owner,
    ("FulfillmentOrder", "order"): _owner,
    ("Refund", "order"): _owner,
    ("Return", "order"): _owner,
    ("ProductVariant", "inventoryQuantity"): _sellable,
    ("InventoryItem", "inventoryLevel"): _level,
    ("InventoryLevel", "quantities"): _quantities,
}
"""Fields that are worked out when asked."""
