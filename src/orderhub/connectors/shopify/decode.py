"""Payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from orderhub.connectors.shopify.convert import nodes, number, short_of
from orderhub.connectors.shopify.meaning import strange_reason, strange_words
from orderhub.connectors.shopify.spec import SOURCE
from orderhub.connectors.shopify.tables import LINE, lines_of
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.decode import decode_page, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Computed, Table
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Hold, OrderStatus, PaymentStatus, Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("lineItems", "displayFinancialStatus", "displayFulfillmentStatus")
_NESTED = ("lineItems", "fulfillmentOrders", "fulfillments", "refunds", "returns")


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped; an empty page is none.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "shopify")
    if any(name in payload for name in _MARKS):
        return [payload]
    if payload.get("errors") and not payload.get("data"):
        raise DecodeError("this is an error reply", platform="shopify", path="errors")
    data = payload.get("data", payload)
    if not isinstance(data, Mapping):
        raise DecodeError("data must be an object", platform="shopify", path="data")
    if not data:
        return []
    for name in ("orders", "order", "node", "nodes", "edges"):
        if name in data:
            return _rows(data if name in ("nodes", "edges") else data[name], name)
    return [data]


def _rows(value: Any, name: str) -> list[Any]:
    if isinstance(value, Mapping) and any(mark in value for mark in (*_MARKS, "id")):
        return [value]
    try:
        return nodes(value)
    except ValueError as error:
        raise DecodeError(str(error), platform="shopify", path=name) from None


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = _with_lines(config.tables["order"], line)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        raw, spread = raw_of(document, config), found.get("_spread")
        found["lines"] = lines_with_extra(found["lines"], line, raw, "lineItems", rows=nodes)
        found = {name: value for name, value in found.items() if name[0] != "_"}
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        order = make(Order, _by_settings(found, document, config), trusted=config.trusted)
        return order, [*_unknown(document, order), *_told(document, order, spread)]

    return decode_page(documents, one, platform=config.platform, id_of=_id, request_id=request_id)


@lru_cache(maxsize=64)
def _with_lines(order: Table, line: Table) -> Table:
    """The order's table reading its lines by `line`, which a host may have overridden."""
    if line is LINE:
        return order
    entries = tuple(
        dataclasses.replace(entry, function=lambda document, found: {"lines": lines_of(line, document)})
        if isinstance(entry, Computed) and entry.fields == ("lines",)
        else entry
        for entry in order.entries
    )
    return dataclasses.replace(order, entries=entries)


def _by_settings(found: dict[str, Any], document: Mapping[str, Any], config: ShopConfig) -> dict[str, Any]:
    """Whose note it is, what companies are called, and whether reserved money is enough to ship."""
    if config.settings["note_is"] == "seller":
        found["seller_note"] = found.pop("buyer_note", None)
    names = {str(name).casefold(): code for code, name in dict(config.settings["companies"]).items()}
    found["shipments"] = tuple(
        {**row, "carrier": names.get(str(row["carrier_name"]).casefold(), row["carrier"])} for row in found["shipments"]
    )
    if config.settings["ship_authorized"] and document.get("displayFinancialStatus") == "AUTHORIZED":
        if found["status"] is OrderStatus.PENDING_PAYMENT:
            found["status"] = OrderStatus.AWAITING_SHIPMENT
            found["lines"] = tuple(
                {**row, "status": OrderStatus.AWAITING_SHIPMENT}
                if row["status"] is OrderStatus.PENDING_PAYMENT
                else row
                for row in found["lines"]
            )
        found["holds"] = found["holds"] - {Hold.PRE_AUTHORISED}
    return found


def _id(document: Any) -> str | None:
    value = document.get("legacyResourceId") or document.get("id") if isinstance(document, Mapping) else None
    try:
        return number(value)
    except ValueError:
        return None


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    return [unknown_word(order.platform, order.order_id, path, raw, SOURCE) for path, raw in strange_words(document)]


def _told(document: Mapping[str, Any], order: Order, spread: Any) -> list[Finding]:
    """What a person should know: discounts that no line tells, rows that are not there."""
    told = []
    if spread:
        told.append(
            (
                "apportioned",
                Severity.INFO,
                "discountAllocations",
                "lines do not tell all of the order's discount: the rest was spread by what they come to",
            )
        )
    if order.payment_status is not PaymentStatus.UNPAID and order.total is None:
        told.append(("missing_amount", Severity.WARNING, "totalPriceSet", "the order does not tell its total"))
    if any(map(strange_reason, nodes(document.get("fulfillmentOrders")))):
        told.append(
            (
                "unknown_value",
                Severity.INFO,
                "fulfillmentOrders.fulfillmentHolds.reason",
                f"a hold has a reason that {SOURCE} does not list; it holds all the same",
            )
        )
    short = [name for name in _NESTED if short_of(document, name)]
    told += [("incomplete", Severity.WARNING, name, f"{name} has more rows than this document shows") for name in short]
    return [
        Finding(code=code, severity=severity, message=message, platform=order.platform, order_id=order.order_id,
                path=path)
        for code, severity, path, message in told
    ]  # fmt: skip
