"""Taobao payloads to canonical orders: finding the trades, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao.meaning import SHIPPERS
from orderhub.connectors.taobao.spec import LINE_REFUND, SOURCE, STATUS, STEP
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_each, decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_TRADE_MARKS = ("tid", "tid_str", "orders", "receiver_state", "seller_nick")
_long, _short = id_at("tid_str"), id_at("tid")


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one trade or of a list of these."""
    if isinstance(payload, list):
        if not any(_is_reply(item) for item in payload):
            return decode_orders(payload, config)
        return decode_each(payload, lambda item: _part(item, config), config.platform)
    documents, request_id = find_documents(payload)
    return decode_orders(documents, config, request_id)


def _part(item: Any, config: ShopConfig) -> Page[Order]:
    return decode_payload(item, config) if _is_reply(item) else decode_orders([item], config)


def find_documents(payload: Any) -> tuple[list[Any], str | None]:
    """The trades inside a payload, however it is wrapped, and its request id.

    Raises:
        DecodeError: Nothing in it looks like a trade or a reply that may hold some.
    """
    payload = expect_object(payload, "taobao")
    if isinstance(failure := payload.get("error_response"), Mapping):
        raise DecodeError(
            f"this is an error reply: code {failure.get('code')}, {failure.get('sub_code') or 'no sub code'}",
            platform="taobao", path="error_response", code=str(failure.get("code")),
        )  # fmt: skip
    return _inside(payload)


def _is_reply(item: Any) -> bool:
    return isinstance(item, list) or (
        isinstance(item, Mapping) and not any(name in item for name in _TRADE_MARKS) and bool(_wrapped(item))
    )


def _wrapped(payload: Mapping[str, Any]) -> list[str]:
    return [name for name in payload if name in ("trade", "trades", "error_response") or name.endswith("_response")]


def _inside(payload: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    if "tid" in payload and "orders" in payload:
        return [payload], None  # a trade by itself, the commonest
    for name, value in payload.items():
        if name.endswith("_response") and isinstance(value, Mapping):
            rows, request_id = _inside({**value, "request_id": value.get("request_id")})
            return rows, request_id
    request_id = str(payload["request_id"]) if payload.get("request_id") else None
    if "trade" in payload:
        return rows_of(payload["trade"]) if isinstance(payload["trade"], list) else [payload["trade"]], request_id
    if "trades" in payload:
        return rows_of(payload["trades"]), request_id
    if any(name in payload for name in _TRADE_MARKS):
        return [payload], request_id
    if "request_id" in payload or not payload:
        return [], request_id  # an empty page leaves the list out
    return [payload], request_id


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each trade by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        notes = found.pop("_notes", ())
        raw = raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, "orders")
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order), *(_note(order, note) for note in notes)]

    return decode_page(documents, one, platform=config.platform, id_of=_trade_id, request_id=request_id)


def _trade_id(document: Any) -> str | None:
    return _long(document) or _short(document)


_NOTES = {"discount_apportioned": "the reply does not split a trade-level discount; it was apportioned to the lines"}


def _note(order: Order, code: str) -> Finding:
    return Finding(
        code=code, severity=Severity.INFO, message=_NOTES[code], platform=order.platform, order_id=order.order_id,
        path="discount_fee",
    )  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    seen = [("status", order.raw_status, STATUS.words), ("step_trade_status", document.get("step_trade_status"), STEP)]
    for number, row in enumerate(rows_of(document.get("orders"))):
        seen.append((f"orders[{number}].status", row.get("status"), STATUS.words))
        seen.append((f"orders[{number}].refund_status", row.get("refund_status"), LINE_REFUND.words))
    for number, row in enumerate(rows_of(document.get("logistics_infos"))):
        if isinstance(row, Mapping):
            seen.append((f"logistics_infos[{number}].consign_type", row.get("consign_type"), SHIPPERS))
    return [
        unknown_word(order.platform, order.order_id, path, str(raw), SOURCE)
        for path, raw, words in seen
        if raw not in (None, "") and raw not in words
    ]
