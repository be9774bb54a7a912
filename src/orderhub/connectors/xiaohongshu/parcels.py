"""Which lines go into a parcel, judged by the order as it stands. Pure; imports `models`, `errors`.

Source: docs/platforms/xiaohongshu.md#shipping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.errors import Conflict, InvalidParameter, OrderHubError, UnsupportedOperation
from orderhub.models.channel import Dispatch
from orderhub.models.order import LineItem, Order
from orderhub.models.status import Hold, OrderStatus

__all__ = ["chosen", "contradiction"]

_SHIPPABLE = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_OURS = frozenset({Hold.BUYER_CANCEL_REQUESTED, Hold.REFUND_OPEN, Hold.UNKNOWN_VALUE})
"""Holds that `ship_held` overrules; no other one stands beside a status that can be shipped."""


def chosen(parcel: Dispatch, order: Order, *, ship_held: bool) -> list[LineItem]:
    """The lines that go into a parcel, each whole.

    Raises:
        InvalidParameter: The order has no such line, or not so many units.
        UnsupportedOperation: A part of a line, a SKU that stands in another line too, or serial numbers.
        Conflict: The state of order or line forbids it.
    """
    if parcel.serial_numbers:
        raise UnsupportedOperation(
            "orderDeliver has skuIdentifyCodeInfo, whose fields are not documented: leave serial_numbers out",
            platform="xiaohongshu",
        )
    if order.status not in _SHIPPABLE:
        raise Conflict(f"the order is {order.status.value}: nothing can be shipped", platform="xiaohongshu")
    if (holds := sorted(hold.value for hold in order.holds & _OURS)) and not ship_held:
        told = f"the order is held ({', '.join(holds)}); ship_held=True ships it anyway"
        raise Conflict(told, platform="xiaohongshu")
    lines = _named(parcel, order)
    for line in lines:
        if line.status is not OrderStatus.AWAITING_SHIPMENT:
            raise Conflict(f"line {line.line_id} is {line.status.value}", platform="xiaohongshu")
    if not lines:
        raise Conflict("nothing of the order is left to ship", platform="xiaohongshu")
    return lines


def _named(parcel: Dispatch, order: Order) -> list[LineItem]:
    if parcel.lines is None:
        return [line for line in order.lines if line.status is OrderStatus.AWAITING_SHIPMENT]
    by_id = {line.line_id: line for line in order.lines}
    for name, count in parcel.lines:
        _check(name, count, by_id)
    found = [by_id[name] for name, _ in parcel.lines]
    skus = {line.platform_sku_id for line in found}
    if twins := [line for line in order.lines if line.platform_sku_id in skus and line not in found]:
        raise UnsupportedOperation(
            f"a parcel names SKUs: line {twins[0].line_id} has the same one and must go with it", platform="xiaohongshu"
        )
    return found


def _check(name: str, count: int, lines: Mapping[str, LineItem]) -> None:
    if name not in lines:
        raise InvalidParameter(f"the order has no line {name}", platform="xiaohongshu", field="Dispatch.lines")
    ordered = lines[name].quantity
    if not 0 < count <= ordered:
        raise InvalidParameter(f"line {name} has {ordered} units", platform="xiaohongshu", field="Dispatch.lines")
    if count < ordered:
        raise UnsupportedOperation(
            f"Xiaohongshu sends a line whole: line {name} has {ordered} units, {count} were named",
            platform="xiaohongshu",
        )


def contradiction(parcels: Sequence[Dispatch]) -> OrderHubError | None:
    """What several parcels of one order cannot say together; None when they can be told one by one."""
    if len(parcels) < 2:
        return None
    if any(parcel.lines is None for parcel in parcels):
        return UnsupportedOperation(
            "name the lines of each parcel when an order has several: each of them goes into one",
            platform="xiaohongshu",
        )
    named = [line for parcel in parcels for line, _ in parcel.lines or ()]
    if len(set(named)) < len(named):
        return UnsupportedOperation("a line goes whole: it cannot be in two parcels", platform="xiaohongshu")
    return None
