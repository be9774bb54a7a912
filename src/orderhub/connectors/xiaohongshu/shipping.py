"""Parcels, carriers, the seller's note. Imports `kit`, `flow`. Source: docs/platforms/xiaohongshu.md#shipping.

A parcel takes the whole order, or, unpacked, the SKUs that it names: a line goes whole. The order is read first, so
that what stands there is not sent again and what is held is not sent at all. A lost reply is settled by reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.xiaohongshu.base import XiaohongshuBase, rows_in
from orderhub.connectors.xiaohongshu.meaning import parcel_rows
from orderhub.connectors.xiaohongshu.parcels import chosen, contradiction
from orderhub.errors import DecodeError, NotFound, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, text
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import by_order, find_company, parcels_stand, settled
from orderhub.kit.table import read
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Outcome

__all__ = ["ShippingVerbs"]

COMPANIES, DELIVER, CORRECT = "common.getExpressCompanyList", "order.orderDeliver", "order.modifyOrderExpressInfo"
MEMO = "order.modifySellerMarkInfo"
Parcels = Sequence[Dispatch]


class ShippingVerbs(XiaohongshuBase):
    """Everything about one order's way to its receiver."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own list of carriers, with our code where the name is known."""
        found = yield from self.call(COMPANIES, {})
        rows = read_rows(rows_in(found, COMPANIES), _company, platform="xiaohongshu", path="")
        self._companies = tuple(rows)
        return rows

    def _company(self, carrier: str) -> Operation[CarrierInfo]:
        """The platform's row for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        known = self._companies or tuple((yield from self.carriers()))
        if named := dict(self.config.settings["express_codes"]).get(carrier):
            row = next((company for company in known if company.code == named), None)
            return row or CarrierInfo(str(named), str(named), carrier)
        return find_company(carrier, known, "xiaohongshu", "; name its code in express_codes")

    def ship(self, dispatches: Parcels) -> Operation[list[Outcome[None]]]:
        """Confirm shipment: a whole order, its lines in several parcels, a corrected number.

        One outcome per dispatch, in order. A parcel that stands there already is ok with reason `already_done`; an
        outcome that reading cannot settle is `OutcomeUnknown`. A line goes whole; serial numbers are refused.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Parcels) -> Operation[list[Outcome[None]]]:
        """One call a parcel; a contradiction between them is found before anything is sent."""
        if refusal := contradiction([parcel for parcel in parcels if not parcel.replaces]):
            return [Outcome.failed(parcel.key, refusal) for parcel in parcels]
        found = []
        for parcel in parcels:
            found.append((yield from (self._correct(parcel) if parcel.replaces else self._send(parcel))))
        return found

    def _send(self, parcel: Dispatch) -> Operation[Outcome[None]]:
        try:
            order = yield from self.get_order(parcel.order_id)
            if any(shipment.waybill_no == parcel.waybill_no for shipment in order.shipments):
                return Outcome(True, parcel.key, "already_done")
            lines = chosen(parcel, order, ship_held=self.config.settings["ship_held"])
            sent = _parcel(parcel, order, lines, (yield from self._company(parcel.carrier)))
        except OrderHubError as error:
            return Outcome.failed(parcel.key, error)
        sent["returnAddressId"] = self.config.settings["return_address_id"]
        return (yield from settled([parcel], lambda _: self.call(DELIVER, sent, write=True), self._stands))

    def _stands(self, parcels: Parcels) -> Operation[bool]:
        return (yield from parcels_stand(parcels, self.get_order))

    def _correct(self, parcel: Dispatch) -> Operation[Outcome[None]]:
        """Another number on the parcel that has the old one. Setting a value: repeating it changes nothing."""
        try:
            document = yield from self.document_of(parcel.order_id)
            old, done = _to_correct(document, parcel)
            if done:
                return Outcome(True, parcel.key, "already_done")
            company = yield from self._company(parcel.carrier)
        except OrderHubError as error:
            return Outcome.failed(parcel.key, error)
        sent = {"orderId": parcel.order_id, "deliveryOrderIndex": old.get("deliveryOrderIndex"),
                **_express(parcel, company)}  # fmt: skip
        return (yield from settled(
            [parcel], lambda _: self.call(CORRECT, sent, write=True, keyed=True), self._stands
        ))  # fmt: skip

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note and its priority, which is the flag's colour. Repeating it changes nothing.

        Whether a note without a priority keeps the one before is not documented.
        """
        sent = {"orderId": order_id, "sellerMarkNote": memo, "operator": self.config.settings["operator"],
                "sellerMarkPriority": flag}  # fmt: skip
        try:
            yield from self.call(MEMO, sent, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _company(row: Any) -> CarrierInfo:
    """One carrier; the names of its fields are those of the shipping call."""
    try:
        code = ident(row["expressCompanyCode"])
        name = read(row, "expressCompanyName", text) or code
    except (LookupError, TypeError, ValueError):
        raise DecodeError("a carrier without a code", platform="xiaohongshu", path="expressCompanyCode") from None
    return CarrierInfo(code, name, carrier_of(name) or carrier_of(code))


def _express(parcel: Dispatch, company: CarrierInfo) -> dict[str, Any]:
    return {"expressNo": parcel.waybill_no, "expressCompanyCode": company.code, "expressCompanyName": company.name}


def _parcel(parcel: Dispatch, order: Order, lines: Sequence[LineItem], company: CarrierInfo) -> dict[str, Any]:
    """The body of one shipment: unpacked with its SKUs, unless it takes all that the order has."""
    sent = {"orderId": parcel.order_id, **_express(parcel, company)}
    if len(lines) == len(order.lines):
        return sent | {"unpack": False}
    return sent | {"unpack": True, "skuIdList": list(dict.fromkeys(str(line.platform_sku_id) for line in lines))}


def _to_correct(document: Mapping[str, Any], parcel: Dispatch) -> tuple[Mapping[str, Any], bool]:
    """The parcel with the old number, and whether the new one stands there instead.

    Raises:
        NotFound: Neither number stands there.
    """
    rows = {str(row.get("expressTrackingNo")): row for row in parcel_rows(document)}
    if parcel.replaces in rows:
        return rows[parcel.replaces], False
    if parcel.waybill_no in rows:
        return rows[parcel.waybill_no], True
    raise NotFound(
        "no parcel of this order has the number to be replaced", platform="xiaohongshu", field="Dispatch.replaces"
    )
