"""Which lines of an order a parcel is about, judged by the order as it stands. Pure; imports `kit`, `models`, `errors`.

Source: docs/platforms/suning.md#shipping.
"""

from __future__ import annotations

from typing import Any

from orderhub.connectors.suning.spec import SHIPPED_BY, STATUS
from orderhub.errors import Conflict, InvalidParameter, NotFound, UnsupportedOperation
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Dispatch
from orderhub.models.status import AftersaleStatus, FulfilledBy, OrderStatus

__all__ = ["Line", "chosen", "corrected"]

Line = dict[str, Any]
Order = tuple[str, list[Line]]
_SHIPPABLE = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})


def chosen(config: ShopConfig, parcel: Dispatch, order: Order) -> list[Line]:
    """The lines to send; none when all of them carry this number already.

    Raises:
        NotFound: The order has no such line.
        UnsupportedOperation: A part of a line.
        Conflict: The state of order or line forbids it.
    """
    status, lines = order
    wanted = _named(parcel, lines)
    if wanted is None:
        wanted = _rest(parcel, lines)
    elif all(line.get("_waybill") == parcel.waybill_no for line in wanted):
        return []
    if wanted and STATUS(status) not in _SHIPPABLE:
        raise Conflict(f"the order is in status {status[:16]}: nothing can be shipped", platform="suning")
    for line in wanted:
        _check(config, line)
    return wanted


def _named(parcel: Dispatch, lines: list[Line]) -> list[Line] | None:
    """The lines that the parcel names, each whole; None for the whole order."""
    if parcel.lines is None:
        return None
    by_id = {line["line_id"]: line for line in lines}
    for name, count in parcel.lines:
        if name not in by_id:
            raise NotFound(f"the order has no line {name}", platform="suning", field="Dispatch.lines")
        ordered = by_id[name]["quantity"]
        if count > ordered:
            raise InvalidParameter(f"line {name} has {ordered} units", platform="suning", field="Dispatch.lines")
        if count < ordered:
            raise UnsupportedOperation(
                f"Suning sends a line whole: line {name} has {ordered} units, {count} were named", platform="suning"
            )
    return [by_id[name] for name, _ in parcel.lines]


def _rest(parcel: Dispatch, lines: list[Line]) -> list[Line]:
    """Everything that waits and is the merchant's to ship; none when the parcel is known and nothing waits."""
    waiting = [line for line in lines if line["status"] is OrderStatus.AWAITING_SHIPMENT]
    ours = [line for line in waiting if SHIPPED_BY(line.get("_shipped_by") or "") is not FulfilledBy.PLATFORM]
    if ours or any(line.get("_waybill") == parcel.waybill_no for line in lines):
        return ours
    told = "only lines of the platform's own warehouse wait" if waiting else "no line of the order waits for shipment"
    raise Conflict(told, platform="suning")


def _check(config: ShopConfig, line: Line) -> None:
    """Refuse what must not be shipped, before the platform is asked."""
    name = line["line_id"]
    if line["status"] is not OrderStatus.AWAITING_SHIPMENT:
        raise Conflict(f"line {name} is in status {line['raw_status'][:16]}", platform="suning")
    if SHIPPED_BY(line.get("_shipped_by") or "") is FulfilledBy.PLATFORM:
        raise Conflict(f"line {name} is shipped by the platform's own warehouse", platform="suning")
    if line["aftersale_status"] is not AftersaleStatus.NONE and not config.settings["ship_refund_open"]:
        raise Conflict(f"a refund was asked for line {name}; ship_refund_open=True ships it anyway", platform="suning")


def corrected(parcel: Dispatch, order: Order) -> list[Line]:
    """The lines whose number is to be replaced; none when they carry the new one already.

    Raises:
        NotFound: No line carries the old number.
    """
    _, lines = order
    named = {name for name, _ in parcel.lines} if parcel.lines is not None else {line["line_id"] for line in lines}
    ours = [line for line in lines if line["line_id"] in named]
    old = [line for line in ours if line.get("_waybill") == parcel.replaces]
    if not old and not any(line.get("_waybill") == parcel.waybill_no for line in ours):
        raise NotFound(
            "no line of this order has the number to be replaced", platform="suning", field="Dispatch.replaces"
        )
    return old
