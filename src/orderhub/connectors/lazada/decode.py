"""Lazada payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`.

An order's units come from a second call; a whole order is the native one with `order_items` merged in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from orderhub.connectors.lazada.meaning import status_words
from orderhub.connectors.lazada.money import payment
from orderhub.connectors.lazada.spec import SOURCE, STATUS
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_each, decode_page, id_at, lazy_extra, raw_of, unknown_word, without_notes
from orderhub.kit.json import loads
from orderhub.kit.payload import expect_object
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table, with_lines
from orderhub.models.channel import Page
from orderhub.models.extra import Extra
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy, Severity

__all__ = ["decode_orders", "decode_payload", "find_documents", "merged"]

_MARKS = ("order_id", "order_number", "order_items")
_order_id = id_at("order_id")


def merged(order: Any, units: list[Any]) -> Any:
    """A native order with its units; one that brings them already keeps its own."""
    return {**order, "order_items": units} if isinstance(order, Mapping) and "order_items" not in order else order


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these.

    `{"orders": reply, "items": reply}` brings the units from the reply of `/orders/items/get`.
    """
    if isinstance(payload, list):
        return decode_each(payload, lambda item: _part(item, config), config.platform)
    return decode_orders(find_documents(payload), config)


def _part(item: Any, config: ShopConfig) -> Page[Order]:
    is_order = isinstance(item, Mapping) and any(name in item for name in _MARKS)
    wraps = isinstance(item, list) or (isinstance(item, Mapping) and bool({"code", "data", "orders"} & set(item)))
    return decode_payload(item, config) if wraps and not is_order else decode_orders([item], config)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "lazada")
    if isinstance(payload.get("orders"), Mapping) and "items" in payload:
        units = _units(_opened(payload["items"]) if isinstance(payload["items"], Mapping) else payload["items"])
        return [merged(one, units.get(str(_order_id(one)), [])) for one in find_documents(payload["orders"])]
    if any(name in payload for name in _MARKS):
        return [payload]
    inner = _opened(payload)
    if isinstance(inner, Mapping) and not any(name in inner for name in _MARKS):
        inner = inner.get("orders", [inner] if inner else [])
    return rows_of(inner)


def _opened(payload: Mapping[str, Any]) -> Any:
    if str(payload.get("code", "0")) != "0":
        raise DecodeError(f"this is an error reply: {payload['code']}", platform="lazada", path="code")
    return payload["data"] if "data" in payload else {name: payload[name] for name in payload if name == "orders"}


def _units(rows: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows_of(rows):
        if isinstance(row, Mapping):
            inner = row.get("order_items")
            found.setdefault(str(row.get("order_id")), []).extend(inner if isinstance(inner, list) else [row])
    return found


def decode_orders(documents: list[Any], config: ShopConfig) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)
    cash = {str(word) for word in config.settings["cod_methods"]}

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        raw = raw_of(document, config)
        found["is_cod"] = found.pop("_method", None) in cash
        found |= payment(document, found)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = tuple(_bare(one_line, line, raw) for one_line in found["lines"])
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order), *_unclear(order)]

    return decode_page(documents, one, platform=config.platform, id_of=_order_id)


def _bare(found: dict[str, Any], table: Table, raw: bytes) -> dict[str, Any]:
    """A line without notes; its extra has the names of all its units beside what no row of the first maps."""
    extra = Extra(load=partial(_line_extra, table, raw, found["_places"]))
    return without_notes(found) | {"extra": extra}


def _line_extra(table: Table, raw: bytes, places: tuple[int, ...]) -> dict[str, Any]:
    units = rows_of(loads(raw)["order_items"])
    return {**table.unmapped(units[places[0]]), "order_item_ids": [units[place]["order_item_id"] for place in places]}


def _unclear(order: Order) -> list[Finding]:
    if order.fulfilled_by is not FulfilledBy.UNKNOWN:
        return []
    return [Finding(
        code="fulfilled_by_unclear", severity=Severity.WARNING, platform=order.platform, order_id=order.order_id,
        message="units disagree about who ships, or do not say", path="order_items.is_fbl",
    )]  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per word that the documented enumeration does not list."""
    seen = [("statuses", word) for word in status_words(document)]
    seen += [
        (f"order_items[{n}].status", str(row.get("status"))) for n, row in enumerate(rows_of(document["order_items"]))
    ]
    return [
        unknown_word(order.platform, order.order_id, path, word, SOURCE)
        for path, word in seen
        if not STATUS.knows(word)
    ]
