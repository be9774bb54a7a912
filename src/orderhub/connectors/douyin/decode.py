"""Douyin payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from orderhub.connectors.douyin.spec import (
    AFTERSALE,
    AFTERSALE_TYPES,
    ORDER_TYPES,
    PAY_TYPES,
    REFUND_STATUS,
    SOURCE,
    STATUS,
    TRADE_TYPES,
    WAREHOUSES,
)
from orderhub.connectors.douyin.wire import failure_of
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word, without_notes
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy, Hold, OrderStatus, Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("sku_order_list", "order_status")
_LIST, _ONE = "shop_order_list", "shop_order_detail"
_EMPTY = ({"page", "total", "size"}, {"page", "total", "size", _LIST})
_PATH = "after_sale_info."


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "douyin")
    if any(name in payload for name in _MARKS):
        return [payload]
    if ("code" in payload or "err_no" in payload) and (failure := failure_of(payload)) is not None:
        raise DecodeError(f"this is an error reply: {failure.code}", platform="douyin", path="code", code=failure.code)
    inside = payload.get("data", payload)
    if isinstance(inside, list):
        return inside
    if not isinstance(inside, Mapping):
        return []
    if any(name in inside for name in _MARKS):
        return [inside]
    if _LIST in inside or _ONE in inside:
        return [*rows_of(inside.get(_LIST)), *([inside[_ONE]] if inside.get(_ONE) else [])]
    return [] if set(inside) in _EMPTY or not inside else [inside]


def decode_orders(
    documents: Iterable[Any], config: ShopConfig, *, risky: Collection[str] = (), request_id: str | None = None
) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason.

    Args:
        risky: Ids of orders that the platform lists as under review: only that list tells.
    """
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found, raw = _settled(table.decode(document), config, risky), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, "sku_order_list")
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order), *_told(order)]

    return decode_page(documents, one, platform=config.platform, id_of=id_at("order_id"), request_id=request_id)


def _settled(found: dict[str, Any], config: ShopConfig, risky: Collection[str]) -> dict[str, Any]:
    """What settings and other lists say about an order: review, companies that the host named, warehouses abroad."""
    holds, kinds = found["holds"], {f"warehouse_{kind}" for kind in ("cross_border", "cloud", "mixed")}
    if found["order_id"] in risky and found["status"] is not OrderStatus.CANCELLED:
        holds |= {Hold.RISK_CONTROL}
    codes = {str(code): ours for ours, code in dict(config.settings["express_codes"]).items()}
    parcels = tuple(
        parcel | {"carrier": parcel["carrier"] or codes.get(str(parcel["carrier_name"]))}
        for parcel in found["shipments"]
    )
    abroad = set(found["labels"]) & kinds == {"warehouse_cross_border"}
    by = found["fulfilled_by"]
    if by is FulfilledBy.UNKNOWN and abroad:
        by = FulfilledBy(config.settings["cross_border_by"])
    return without_notes(found) | {"holds": holds, "shipments": parcels, "fulfilled_by": by}


def _told(order: Order) -> list[Finding]:
    """Who must ship is not one answer for the whole order."""
    if order.fulfilled_by is not FulfilledBy.UNKNOWN:
        return []
    return [Finding(
        code="fulfilled_by_unclear", severity=Severity.WARNING, platform=order.platform, order_id=order.order_id,
        message="not every child comes from the merchant's own warehouse: ship the merchant's by line",
        path="sku_order_list.inventory_list.warehouse_type",
    )]  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    seen: list[tuple[str, Any, Any]] = [
        ("order_status", order.raw_status, STATUS.words),
        ("order_type", document.get("order_type"), ORDER_TYPES),
        ("pay_type", document.get("pay_type"), PAY_TYPES),
    ]
    for number, row in enumerate(rows_of(document.get("sku_order_list"))):
        at, case = f"sku_order_list[{number}]", row.get("after_sale_info") or {}
        seen += [
            (f"{at}.order_status", row.get("order_status"), STATUS.words),
            (f"{at}.trade_type", row.get("trade_type"), TRADE_TYPES),
            (f"{at}.{_PATH}after_sale_status", case.get("after_sale_status"), AFTERSALE.words),
            (f"{at}.{_PATH}after_sale_type", case.get("after_sale_type"), AFTERSALE_TYPES),
            (f"{at}.{_PATH}refund_status", case.get("refund_status"), REFUND_STATUS),
        ]
        stock = [part for part in rows_of(row.get("inventory_list")) if isinstance(part, Mapping)]
        seen += [(f"{at}.inventory_list.warehouse_type", part.get("warehouse_type"), WAREHOUSES) for part in stock]
    return [
        unknown_word(order.platform, order.order_id, path, str(raw), SOURCE)
        for path, raw, words in seen
        if raw not in (None, "") and str(raw).strip() not in words
    ]
