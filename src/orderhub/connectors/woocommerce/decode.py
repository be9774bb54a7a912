"""WooCommerce payloads to canonical orders: found, then decoded each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.woocommerce.meaning import DEFAULT, Reading, settle
from orderhub.connectors.woocommerce.spec import SOURCE, STATUS
from orderhub.connectors.woocommerce.wire import failure_of, is_failure
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word, without_notes
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("line_items", "order_key", "status", "id")
_WRAPS = ("orders", "order", "create", "update", "delete", "data", "body")


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply (a list or one order), of a batch's reply, or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    if isinstance(payload, list):
        return payload
    payload = expect_object(payload, "woocommerce")
    if is_failure(payload):
        raise DecodeError(
            f"the payload is an error reply ({failure_of(payload).code})", platform="woocommerce", path="code"
        )
    if any(name in payload for name in _MARKS):
        return [payload]
    found = [row for name in _WRAPS if name in payload for row in _wrapped(payload[name])]
    if not found and not any(name in payload for name in _WRAPS):
        raise DecodeError("the payload holds no order", platform="woocommerce")
    return found


def _wrapped(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return find_documents(value) if isinstance(value, Mapping) and value else []


def decode_orders(documents: list[Any], config: ShopConfig) -> Page[Order]:
    """Decode each order by itself; the shop's switches say what words of plugins mean."""
    table = with_lines(config.tables["order"], config.tables["line"])
    reading = Reading.of(config.settings)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        if reading != DEFAULT:
            found |= settle(document, found, reading)
        raw = raw_of(document, config)
        lines = lines_with_extra(found["lines"], config.tables["line"], raw, "line_items", rows=list)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "lines": lines,
                  "extra": lazy_extra(table, raw)}  # fmt: skip
        spread = found["_spread"]
        order = make(Order, without_notes(found), trusted=config.trusted)
        return order, _told(order, reading, spread=spread)

    return decode_page(documents, one, platform=config.platform, id_of=id_at("id"))


def _told(order: Order, reading: Reading, *, spread: bool) -> list[Finding]:
    told = []
    raw = order.raw_status or ""
    if not STATUS.knows(raw) and raw not in reading.words:
        told.append(unknown_word(order.platform, order.order_id, "status", raw, SOURCE))
    if spread:
        told.append(Finding(
            code="discount_apportioned", severity=Severity.INFO, platform=order.platform, order_id=order.order_id,
            path="fee_lines", message="a fee below zero is a reduction of goods: apportioned to the lines to the cent",
        ))  # fmt: skip
    if any(line.refunded_quantity is None for line in order.lines):
        told.append(Finding(
            code="refund_lines_unknown", severity=Severity.WARNING, platform=order.platform, order_id=order.order_id,
            path="refunds", message="part of the money went back and the order does not tell for which lines",
        ))  # fmt: skip
    return told
