"""Kuaishou payloads to canonical orders: finding them, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from orderhub.connectors.kuaishou.meaning import goods, payment, strange_words
from orderhub.connectors.kuaishou.people import part
from orderhub.connectors.kuaishou.spec import SOURCE
from orderhub.connectors.kuaishou.tables import GIFT, LINE
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word, without_notes
from orderhub.kit.payload import decode_any, expect_object
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Computed, Entry, Row, Table, each
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("orderBaseInfo", "orderItemInfo")
_order_id = id_at("orderBaseInfo", "oid")
_READ_BY_SETTING = {
    "payChannelDiscount": "payment_discounts", "governmentDiscount": "payment_discounts",
    "allowanceExpressFee": "freight_allowance",
}  # fmt: skip


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""

    def reply(payload: Any) -> Page[Order]:
        documents, request_id = find_documents(payload)
        return decode_orders(documents, config, request_id)

    return decode_any(payload, config, reply, lambda order: decode_orders([order], config), _MARKS)


def find_documents(payload: Any) -> tuple[list[Any], str | None]:
    """The orders inside a payload, however it is wrapped, and its request id.

    Raises:
        DecodeError: It is an error reply, or nothing in it looks like an order or a reply that may hold some.
    """
    payload = expect_object(payload, "kuaishou")
    request_id = str(payload["requestId"]) if payload.get("requestId") else None
    if any(name in payload for name in _MARKS):
        return [payload], request_id
    if payload.get("result") not in (None, 1, "1"):
        told = str(payload["result"])
        raise DecodeError(f"this is an error reply: code {told}", platform="kuaishou", path="result", code=told,
                          request_id=request_id)  # fmt: skip
    if "orderList" in payload:
        return rows_of(payload["orderList"]), request_id
    inside = payload.get("data")
    if isinstance(inside, Mapping) and inside:
        rows, inner = find_documents(inside)
        return rows, inner or request_id
    if isinstance(inside, list):
        return inside, request_id
    if not payload or set(payload) & {"result", "data", "cursor", "pageSize"}:
        return [], request_id  # an empty page may leave the list out
    return [payload], request_id


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    tables = config.tables["line"], config.tables["gift"]
    beside = config.settings.get("payment_discounts", "beside") == "beside"
    open_freight = config.settings.get("freight_allowance") == "open"
    table = _as_set(config.tables["order"], *tables, beside, open_freight)
    carriers = _carriers(config)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        raw = raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = tuple(_line(line, raw, tables) for line in found["lines"])
        found["shipments"] = tuple(
            {**parcel, "carrier": carriers.get(parcel["carrier_name"] or "")} for parcel in found["shipments"]
        )
        order = make(Order, without_notes(found), trusted=config.trusted)
        return order, [*_strange(document, order), *_readings(document, order)]

    return decode_page(documents, one, platform=config.platform, id_of=_order_id, request_id=request_id)


def _carriers(config: ShopConfig) -> dict[str, str]:
    """expressCode to our carrier code, by the setting."""
    told = config.settings.get("express_codes") or {}
    return {str(number): str(name) for name, number in told.items()}


def _line(line: Mapping[str, Any], raw: bytes, tables: tuple[Table, Table]) -> dict[str, Any]:
    kept = {name: value for name, value in line.items() if name[0] != "_"}
    return kept | {"extra": lazy_extra(tables[bool(line.get("is_gift"))], raw, line["_place"], rows_of)}


@lru_cache(maxsize=64)
def _as_set(order: Table, line: Table, gift: Table, beside: bool, open_freight: bool) -> Table:
    """The order's table with lines and gifts as a host may have overridden them, and amounts as settings read them."""
    rows = {} if line is LINE and gift is GIFT else {"lines": each(line, least=1), "_gifts": each(gift)}
    functions: dict[Callable[..., Any], Callable[..., Any]] = {}
    if not beside:
        functions[goods] = partial(goods, beside=False)
    if open_freight:
        functions[payment] = partial(payment, open_freight=True)
    if not rows and not functions:
        return order

    def changed(entry: Entry) -> Entry:
        if isinstance(entry, Row) and entry.field in rows:
            return dataclasses.replace(entry, convert=rows[entry.field])
        if isinstance(entry, Computed) and entry.function in functions:
            return dataclasses.replace(entry, function=functions[entry.function])
        return entry

    return dataclasses.replace(order, entries=tuple(map(changed, order.entries)))


def _strange(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    told = strange_words(document, order.raw_status)
    return [unknown_word(order.platform, order.order_id, path, value, SOURCE) for path, value in told]


def _readings(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """Amounts whose place in the sum no document settles are told when they are there."""
    base = part(document, "orderBaseInfo")
    return [
        Finding(
            code="amount_reading", severity=Severity.INFO, platform=order.platform, order_id=order.order_id,
            path=f"orderBaseInfo.{name}",
            message=f"{name} is there; how it enters the total is not documented: read by the setting {setting}",
        )
        for name, setting in _READ_BY_SETTING.items() if base.get(name) not in (None, "", 0, "0")
    ]  # fmt: skip
