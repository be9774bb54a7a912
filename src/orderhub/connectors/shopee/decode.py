"""Shopee payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopee.spec import STATUS
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("order_sn", "order_status", "item_list")
_WRAPS = frozenset({"error", "message", "warning", "request_id", "response"})


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "shopee")
    if any(name in payload for name in _MARKS):
        return [payload]
    if (code := payload.get("error")) not in (None, "", "-"):
        raise DecodeError(f"this is an error reply: {code}", platform="shopee", path="error", code=str(code))
    inside = payload.get("response", payload)
    if inside in (None, "", [], {}):
        return []
    if isinstance(inside, list):
        return inside
    if not isinstance(inside, Mapping):
        raise DecodeError("response must be an object", platform="shopee", path="response")
    if any(name in inside for name in _MARKS):
        return [inside]
    if "order_list" in inside:
        return rows_of(inside["order_list"])
    return [] if set(inside) <= _WRAPS else [inside]


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table, depots = with_lines(config.tables["order"], line, least=1), frozenset(config.settings["depot_flags"])

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, "item_list")
        if str(document.get("fulfillment_flag")) in depots:
            found["fulfilled_by"] = FulfilledBy.PLATFORM
        order = make(Order, found, trusted=config.trusted)
        return order, _told(order)

    return decode_page(documents, one, platform=config.platform, id_of=id_at("order_sn"), request_id=request_id)


def _told(order: Order) -> list[Finding]:
    raw = order.raw_status or ""
    if STATUS.knows(raw):
        return []
    return [unknown_word(order.platform, order.order_id, "order_status", raw, STATUS.source)]
