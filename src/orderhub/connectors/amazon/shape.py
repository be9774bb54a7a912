"""Finding orders in whatever was handed over: envelopes, merged replies, dicts of other clients. Pure; imports `kit`.

Source: docs/platforms/amazon.md#payloads. One client keeps Amazon's own names inside its reply object, the official one
renames every field to snake_case and turns times into objects; both come out as Amazon's documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from orderhub.errors import DecodeError
from orderhub.kit.convert import masked, rows_of

__all__ = ["Native", "gathered", "is_v0", "order_id_of", "plain", "wired"]

_ITEMS = ("OrderItems", "order_items")
_MERGED = (*_ITEMS, "Items", "items", "orderItems")
_ID_V0 = ("AmazonOrderId", "amazon_order_id")
_ID_2026 = ("orderId", "order_id")
_REPLIES = ("getOrders", "getOrder", "searchOrders", "get_orders", "get_order", "search_orders")
_ITEM_REPLIES = ("getOrderItems", "get_order_items")
_LISTS = ("Orders", "orders")
_MARKS = ("NextToken", "next_token", "pagination", "CreatedBefore", "created_before", "createdBefore",
          "LastUpdatedBefore", "last_updated_before", "lastUpdatedBefore", "errors", "headers", "rate_limit",
          "payload", "kwargs")  # fmt: skip
_ODD_NAMES = {"asin": "ASIN", "seller_sku": "SellerSKU", "cod_fee": "CODFee", "cod_fee_discount": "CODFeeDiscount",
              "is_ispu": "IsISPU", "is_iba": "IsIBA", "is_sold_by_ab": "IsSoldByAB",
              "customized_url": "CustomizedURL"}  # fmt: skip
_SNAKE = re.compile(r"_([a-z0-9])")


@dataclass
class Native:
    """What a payload holds.

    Attributes:
        orders: Native orders as they came, in order; anything else that stood in their place too.
        items: order id -> rows of getOrderItems.
        failures: (reason, the part) of parts that hold no order.
    """

    orders: list[Any] = field(default_factory=list)
    items: dict[str, list[Any]] = field(default_factory=dict)
    failures: list[tuple[DecodeError, Any]] = field(default_factory=list)

    def merged(self) -> Iterator[Any]:
        """Each order with its items."""
        for order in self.orders:
            key = order_id_of(order)
            lone = isinstance(order, Mapping) and is_v0(order) and not any(name in order for name in _MERGED)
            yield {**order, "OrderItems": self.items[key]} if lone and key in self.items else order


def gathered(payload: Any) -> Native:
    """Everything in a payload; a part that holds no order is a failure and takes nothing else with it."""
    native = Native()
    if isinstance(payload, list | tuple):
        for part in payload:
            try:
                _take(part, native)
            except DecodeError as error:
                native.failures.append((error, part))
    else:
        _take(payload, native)
    if not native.orders and native.items:
        lone = DecodeError("items without the orders that they belong to", platform="amazon", path="OrderItems")
        native.failures.append((lone, payload))
    return native


def _take(part: Any, native: Native) -> None:
    if isinstance(part, list | tuple):
        for inner in part:
            _take(inner, native)
        return
    if not isinstance(part, Mapping):
        raise DecodeError("expected a reply, an order or a list of orders", platform="amazon", value=masked(part))
    if isinstance(errors := part.get("errors"), Sequence) and errors and not isinstance(errors, str):
        raise _refused(errors[0])
    for name in (*_REPLIES, *_ITEM_REPLIES):
        if part.get(name) is not None:
            _items(part[name], None, native) if name in _ITEM_REPLIES else _take(part[name], native)
    if any(name in part for name in (*_REPLIES, *_ITEM_REPLIES)):
        return
    _document(part, native)


def _document(part: Mapping[str, Any], native: Native) -> None:
    """A reply's inside, one order, or items alone."""
    if isinstance(part.get("payload"), Mapping | list):
        _take(part["payload"], native)
    elif (rows := next((part[name] for name in _LISTS if name in part), None)) is not None:
        native.orders += rows_of(rows)
    elif isinstance(part.get("order"), Mapping):
        native.orders.append(part["order"])
    elif any(name in part for name in _ITEMS) and not _is_order(part):
        _items(part, None, native)
    elif part and not set(part) <= {*_MARKS, *_LISTS, "order"}:
        native.orders.append(part)


def _is_order(part: Mapping[str, Any]) -> bool:
    """Whether more than the id and the items stand there."""
    rest = {name for name, value in part.items() if value is not None} - {*_ITEMS, *_ID_V0, *_MARKS}
    return bool(rest) or any(name in part for name in _ID_2026)


def _items(value: Any, order_id: str | None, native: Native) -> None:
    """Rows of getOrderItems: one reply, several pages of one order, or a mapping of order id to these."""
    if isinstance(value, list | tuple):
        if any(isinstance(row, Mapping) and ("OrderItemId" in row or "order_item_id" in row) for row in value):
            native.items.setdefault(order_id or "", []).extend(value)
        else:
            for part in value:
                _items(part, order_id, native)
        return
    if not isinstance(value, Mapping) or value.get("errors"):
        return  # the order then has no items, which is told
    if isinstance(value.get("payload"), Mapping | list):
        _items(value["payload"], order_id, native)
    elif (rows := next((value[name] for name in _ITEMS if name in value), None)) is not None:
        key = next((str(value[name]) for name in _ID_V0 if value.get(name)), order_id or "")
        native.items.setdefault(key, []).extend(rows_of(rows))
    else:
        for key, part in value.items():
            _items(part, str(key), native)


def _refused(first: Any) -> DecodeError:
    code = str(first.get("code")) if isinstance(first, Mapping) else "unknown"
    return DecodeError(f"this is an error reply: code {code[:40]}", platform="amazon", path="errors", code=code[:40])


def is_v0(document: Mapping[str, Any]) -> bool:
    """Whether an order is one of Orders v0."""
    return any(name in document for name in _ID_V0)


def order_id_of(document: Any) -> str | None:
    """The order's id as far as it can be read."""
    if not isinstance(document, Mapping):
        return None
    value = next((document[name] for name in (*_ID_V0, *_ID_2026) if document.get(name) not in (None, "")), None)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def plain(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document as JSON would hold it: only the client that renames fields leaves instants as objects."""
    renamed = "amazon_order_id" in document or "order_id" in document
    return {name: _as_text(value) for name, value in document.items()} if renamed else document


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _as_text(inner) for name, inner in value.items()}
    return [_as_text(inner) for inner in value] if isinstance(value, list | tuple) else value


def wired(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document under Amazon's own field names, whichever client renamed them; items stand in `OrderItems`."""
    if "amazon_order_id" in document:
        found: Mapping[str, Any] = _renamed(document, pascal=True)
    elif "order_id" in document and "orderId" not in document and "AmazonOrderId" not in document:
        found = _renamed(document, pascal=False)
    else:
        found = document
    other = next((name for name in ("Items", "items", "orderItems", "order_items") if name in found), None)
    if other is None or "AmazonOrderId" not in found or "OrderItems" in found:
        return found
    rows = [_renamed(row, pascal=True) if isinstance(row, Mapping) and "order_item_id" in row else row
            for row in rows_of(found[other])]  # fmt: skip
    return {**{name: value for name, value in found.items() if name != other}, "OrderItems": rows}


def _renamed(value: Any, *, pascal: bool) -> Any:
    """Fields under their own names; what the client filled up with None is left out."""
    if isinstance(value, Mapping):
        told = {name: inner for name, inner in value.items() if inner is not None}
        return {_name(str(name), pascal): _renamed(inner, pascal=pascal) for name, inner in told.items()}
    return [_renamed(inner, pascal=pascal) for inner in value] if isinstance(value, list | tuple) else value


def _name(name: str, pascal: bool) -> str:
    if pascal and name in _ODD_NAMES:
        return _ODD_NAMES[name]
    if name != name.lower():
        return name  # not renamed by anybody
    camel = _SNAKE.sub(lambda found: found[1].upper(), name)
    return camel[:1].upper() + camel[1:] if pascal else camel
