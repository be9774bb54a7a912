"""Youzan payloads to canonical orders: found, then decoded each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.youzan.spec import REFUND_STATE, SOURCE, STATUS
from orderhub.connectors.youzan.wire import failure_of
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
from orderhub.models.status import Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARK = "order_info"
_LISTS = ("full_order_info_list", "trades")
_WRAPS = ("data", "response", "full_order_info", "trade")
_EMPTY = frozenset({"trace_id", "code", "success", "message", "data", "response", "total_results"})


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order, or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, (_MARK,))


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    if isinstance(payload, list):
        return [document for item in payload for document in _unwrapped(item)]
    payload = expect_object(payload, "youzan")
    if _MARK in payload:
        return [payload]
    if (failure := failure_of(payload)) is not None:
        raise DecodeError(f"this is an error reply: code {failure[0]}", platform="youzan", path="code", code=failure[0])
    for name in _LISTS:
        if name in payload:
            return [document for item in rows_of(payload[name]) for document in _unwrapped(item)]
    for name in _WRAPS:
        if payload.get(name):
            return find_documents(payload[name])
    if not payload or set(payload) <= _EMPTY:
        return []
    return [payload]


def _unwrapped(item: Any) -> list[Any]:
    """A row of a list is an object around the order; whatever else stands there is kept for its own finding."""
    if isinstance(item, Mapping) and _MARK not in item and isinstance(item.get("full_order_info"), Mapping):
        beside = {name: value for name, value in item.items() if name != "full_order_info"}
        return [{**item["full_order_info"], **beside}]
    return [item]


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        notes, raw = found.pop("_notes", ()), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, "orders")
        order = make(Order, without_notes(found), trusted=config.trusted)
        return order, [*_strange(document, order), *(_told(order) for _ in notes), *_unnamed(order)]

    return decode_page(documents, one, platform=config.platform, id_of=id_at(_MARK, "tid"), request_id=request_id)


def _strange(document: Mapping[str, Any], order: Order) -> list[Finding]:
    info = document[_MARK]
    seen = (
        ("order_info.status", order.raw_status, STATUS),
        ("order_info.refund_state", info.get("refund_state"), REFUND_STATE),
    )
    return [
        unknown_word(order.platform, order.order_id, path, str(raw), SOURCE)
        for path, raw, words in seen if raw not in (None, "") and not words.knows(str(raw))
    ]  # fmt: skip


def _told(order: Order) -> Finding:
    return Finding(
        code="discount_apportioned", severity=Severity.INFO, platform=order.platform, order_id=order.order_id,
        path="order_promotion.order_discount_fee",
        message="the lines do not tell what was paid for them; the order's reduction was apportioned to the cent",
    )  # fmt: skip


def _unnamed(order: Order) -> list[Finding]:
    if not any(line.refunded_quantity is None for line in order.lines):
        return []
    return [Finding(
        code="refund_lines_unknown", severity=Severity.WARNING, platform=order.platform, order_id=order.order_id,
        path="order_info.refund_state",
        message="part of the money went back and the order does not tell for which lines",
    )]  # fmt: skip
