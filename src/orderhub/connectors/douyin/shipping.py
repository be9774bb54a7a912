"""Telling Douyin about parcels: whole, split, corrected, and what to do when a reply is lost.

Imports `kit`, `flow`. Source: docs/platforms/douyin.md#shipping. The order is read first. A whole order that nothing of
has left goes by the plain call, which cannot be repeated blindly; everything else by the call for packs, whose
`request_id` is made of the parcels themselves, so that sending them again answers what the first sending did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.douyin.base import DouyinBase
from orderhub.connectors.douyin.decode import decode_orders
from orderhub.connectors.douyin.meaning import carrier_of_row
from orderhub.connectors.douyin.spec import STATUS
from orderhub.errors import Conflict, DecodeError, InvalidParameter, NotFound, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import by_order, find_company, send_and_correct, settled
from orderhub.kit.table import read
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import Hold, OrderStatus

__all__ = ["ShippingVerbs"]

Parcels = Sequence[Dispatch]
Units = tuple[tuple[str, int], ...]
_SHIPPABLE = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_STOPS = frozenset({Hold.PLATFORM_PAUSE, Hold.REFUND_OPEN})


class ShippingVerbs(DouyinBase):
    """Company codes and dispatch."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own company list, with our code where name or code is known."""
        rows = rows_of((yield from self.call("order/logisticsCompanyList", {})))
        found = read_rows(rows, _company, platform="douyin", path="data")
        self._companies = tuple(found)
        return found

    def _company_code(self, carrier: str) -> Operation[str]:
        """The platform's code for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        if named := dict(self.config.settings["express_codes"]).get(carrier):
            return str(named)
        known = self._companies or tuple((yield from self.carriers()))
        return find_company(carrier, known, "douyin", "; name its code in express_codes").code

    def ship(self, dispatches: Parcels) -> Operation[list[Outcome[None]]]:
        """Confirm shipment: a whole order, children or some of their units, several parcels of one order in a call.

        One outcome per dispatch, in order. A parcel that the platform already knows is ok with reason `already_done`;
        what cannot be settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Parcels) -> Operation[list[Outcome[None]]]:
        return (
            yield from send_and_correct(
                parcels,
                lambda new: self._settled(new, self._send),
                lambda one: self._settled(one, self._correct),
            )
        )

    def _settled(self, parcels: Parcels, act: Any) -> Operation[Outcome[None]]:
        """Ok with `already_done` when every number stands there before anything is sent."""
        done: list[bool] = []

        def once(some: Parcels) -> Operation[None]:
            document = yield from self.document_of(some[0].order_id)
            if all(parcel.waybill_no in _numbers(document) for parcel in some):
                done.append(True)
                return
            yield from act(some, document)

        outcome = yield from settled(parcels, once, self._stand)
        return Outcome(True, outcome.key, "already_done") if outcome.ok and done else outcome

    def _stand(self, parcels: Parcels) -> Operation[bool]:
        """Whether the order carries every number."""
        document = yield from self.document_of(parcels[0].order_id)
        return all(parcel.waybill_no in _numbers(document) for parcel in parcels)

    def _send(self, parcels: Parcels, document: Mapping[str, Any]) -> Operation[None]:
        order = self._order(document)
        _check(order, open_refund_is_fine=bool(self.config.settings["ship_refund_open"]))
        fresh = [parcel for parcel in parcels if parcel.waybill_no not in _numbers(document)]
        plan = _planned(fresh, order)
        untouched = order.status is OrderStatus.AWAITING_SHIPMENT and not order.shipments
        if untouched and len(plan) == 1 and set(plan[0][1]) == set(_left(order)):
            yield from self._send_whole(plan[0][0])
        else:
            yield from self._send_packs(plan)

    def _order(self, document: Mapping[str, Any]) -> Order:
        page = decode_orders([document], self.config)
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="douyin", operation="ship", path=first.path, value=first.value)
        return page.items[0]

    def _send_whole(self, parcel: Dispatch) -> Operation[None]:
        sent = {"order_id": parcel.order_id, "logistics_code": parcel.waybill_no,
                "company_code": (yield from self._company_code(parcel.carrier)),
                "product_orders": self._serials(parcel) or None,
                "is_reject_refund": True if self.config.settings["ship_refund_open"] else None}  # fmt: skip
        yield from self.call("order/logisticsAdd", sent, write=True)

    def _serials(self, parcel: Dispatch) -> list[dict[str, Any]]:
        key, by_line = self.config.settings["serial_key"], dict[str, list[str]]()
        for line, serial in parcel.serial_numbers:
            by_line.setdefault(line, []).append(serial)
        return [{"product_order_id": line, "serial_no_list": [{"key": key, "value": serials}]}
                for line, serials in by_line.items()]  # fmt: skip

    def _send_packs(self, plan: Sequence[tuple[Dispatch, Units]]) -> Operation[None]:
        if any(parcel.serial_numbers for parcel, _ in plan):
            raise UnsupportedOperation("serial numbers go with a whole order only", platform="douyin", operation="ship")
        packs = []
        for parcel, units in plan:
            goods = [{"shipped_order_id": line, "shipped_num": count} for line, count in units]
            code = yield from self._company_code(parcel.carrier)
            packs.append({"logistics_code": parcel.waybill_no, "company_code": code, "shipped_order_info": goods})
        sent = {"order_id": plan[0][0].order_id, "request_id": _request_id(plan), "pack_list": packs}
        yield from self.call("order/logisticsAddMultiPack", sent, write=True, keyed=True)

    def _correct(self, parcels: Parcels, document: Mapping[str, Any]) -> Operation[None]:
        """Replace the number of one pack, or of the order where the pack has no id of its own."""
        (parcel,) = parcels
        rows = rows_of(document.get("logistics_info"))
        old = next((row for row in rows if read(row, "tracking_no", text) == parcel.replaces), None)
        if old is None:
            raise NotFound(
                "no parcel of this order has the number to be replaced", platform="douyin", operation="ship",
                field="Dispatch.replaces",
            )  # fmt: skip
        pack = read(old, "delivery_id", ident)
        if pack in (None, "0") and len(rows) > 1:
            raise UnsupportedOperation("the parcel has no id, and the order has several", platform="douyin")
        sent = {"order_id": parcel.order_id, "logistics_code": parcel.waybill_no,
                "company_code": (yield from self._company_code(parcel.carrier))}  # fmt: skip
        if pack in (None, "0"):
            yield from self.call("order/logisticsEdit", sent, write=True, keyed=True)
        else:
            yield from self.call("order/logisticsEditByPack", {**sent, "pack_id": pack}, write=True, keyed=True)


def _company(row: Any) -> CarrierInfo:
    """One company; raises `DecodeError` for a row without a code."""
    try:
        code, name = ident(row["code"]), read(row, "name", text)
    except (LookupError, TypeError, ValueError):
        raise DecodeError("a company without a code", platform="douyin", path="code") from None
    return CarrierInfo(code, name or code, carrier_of_row(code, name), read(row, "id", ident))


def _numbers(document: Mapping[str, Any]) -> set[str | None]:
    return {read(row, "tracking_no", text) for row in rows_of(document.get("logistics_info"))}


def _check(order: Order, *, open_refund_is_fine: bool) -> None:
    """Refuse what must not be shipped, before the platform is asked."""
    if order.status not in _SHIPPABLE or not STATUS.knows(order.raw_status):
        raise Conflict(f"the order is in status {(order.raw_status or '')[:16]}: nothing can be shipped",
                       platform="douyin", operation="ship")  # fmt: skip
    stops = order.holds & (_STOPS - {Hold.REFUND_OPEN} if open_refund_is_fine else _STOPS)
    if stops:
        told = ", ".join(sorted(hold.value for hold in stops))
        raise Conflict(f"the order is held ({told}); ship_refund_open=True ships although a refund is open",
                       platform="douyin", operation="ship")  # fmt: skip


def _left(order: Order) -> Units:
    """(child, units) that neither left nor were given back."""
    rows = []
    for line in order.lines:
        gone = line.quantity if line.status not in _SHIPPABLE else line.shipped_quantity or 0
        rows.append((line.line_id, line.quantity - gone))
    return tuple((name, count) for name, count in rows if count > 0)


def _planned(parcels: Parcels, order: Order) -> list[tuple[Dispatch, Units]]:
    """What goes into which parcel, judged by what is left.

    Raises:
        NotFound: The order has no such child.
        InvalidParameter: More units than are left.
        UnsupportedOperation: Several parcels and one of them names no units.
    """
    left = dict(_left(order))
    if len(parcels) > 1 and any(parcel.lines is None for parcel in parcels):
        raise UnsupportedOperation(
            "name the lines of each parcel when an order has several", platform="douyin", operation="ship"
        )
    plan, known = [], {line.line_id for line in order.lines}
    for parcel in parcels:
        units = tuple(left.items()) if parcel.lines is None else parcel.lines
        for name, count in units:
            if name not in known:
                raise NotFound(f"the order has no line {name}", platform="douyin", field="Dispatch.lines")
            if count > left.get(name, 0):
                raise InvalidParameter(f"{left.get(name, 0)} units of line {name} are left", platform="douyin",
                                       field="Dispatch.lines")  # fmt: skip
            left[name] = left[name] - count
        plan.append((parcel, units))
    if not all(units for _, units in plan):
        raise Conflict("nothing of the order is left to ship", platform="douyin", operation="ship")
    return plan


def _request_id(plan: Sequence[tuple[Dispatch, Units]]) -> str:
    """Equal parcels make an equal number: sending them again is the same call."""
    told = repr([(parcel.order_id, parcel.carrier, parcel.waybill_no, sorted(units)) for parcel, units in plan])
    return hashlib.sha256(told.encode()).hexdigest()[:32]
