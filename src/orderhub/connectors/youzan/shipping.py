"""Telling Youzan about parcels, and the seller's note. Imports `kit`, `flow`, `models`.

Source: docs/platforms/youzan.md#shipping. A parcel holds whole lines; the order is read first, so that a parcel that
stands there already is not sent again, and read once more when a reply is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.youzan.base import YouzanBase
from orderhub.errors import (
    DecodeError,
    InvalidParameter,
    OrderHubError,
    OutcomeUnknown,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import rows_of
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import by_order, find_company, settled
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.outcome import Outcome

__all__ = ["ShippingVerbs"]


class ShippingVerbs(YouzanBase):
    """Dispatch, carriers, note."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment: the whole order, or whole lines of it, several parcels of one order together, a number
        corrected. One outcome per dispatch, in order; a parcel that stands there already is ok with `already_done`."""
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        if refusal := _contradiction([parcel for parcel in parcels if not parcel.replaces]):
            return [Outcome.failed(parcel.key, refusal) for parcel in parcels]
        outcomes = []
        for parcel in parcels:
            outcomes.append((yield from self._one(parcel)))
        return outcomes

    def _one(self, parcel: Dispatch) -> Operation[Outcome[None]]:
        try:
            if (yield from self._stands([parcel])):
                return Outcome(True, parcel.key, "already_done")
        except OrderHubError as error:
            return Outcome.failed(parcel.key, error)
        act = self._correct if parcel.replaces else self._send
        return (yield from settled([parcel], act, self._stands, RequestRejected))

    def _stands(self, parcels: Sequence[Dispatch]) -> Operation[bool]:
        rows = yield from self.parcels(parcels[0].order_id)
        numbers = {str(row.get("out_sid")) for row in rows if isinstance(row, Mapping)}
        return all(parcel.waybill_no in numbers for parcel in parcels)

    def _send(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        (parcel,) = parcels
        oids = None if parcel.lines is None else ",".join(line for line, _ in (yield from self._whole_lines(parcel)))
        sent = {"tid": parcel.order_id, "oids": oids, "out_stype": (yield from self._company(parcel.carrier)),
                "out_sid": parcel.waybill_no, "is_no_express": 0}  # fmt: skip
        yield from self.call("youzan.logistics.online.confirm", "3.0.0", sent, write=True)

    def _whole_lines(self, parcel: Dispatch) -> Operation[tuple[tuple[str, int], ...]]:
        """The lines of a parcel; raises `InvalidParameter` when one is unknown or not whole."""
        order = yield from self.get_order(parcel.order_id)
        units = {line.line_id: line.quantity for line in order.lines}
        wrong = [line for line, quantity in parcel.lines or () if units.get(line) != quantity]
        if wrong:
            raise InvalidParameter(
                f"Youzan sends lines whole: {', '.join(wrong)}", platform="youzan", field="Dispatch.lines"
            )
        return parcel.lines or ()

    def _correct(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        (parcel,) = parcels
        rows = yield from self.parcels(parcel.order_id)
        old = [row for row in rows if isinstance(row, Mapping) and str(row.get("out_sid")) == parcel.replaces]
        if not old:
            raise InvalidParameter(
                "the order has no parcel of the number to be corrected", platform="youzan", field="Dispatch.replaces"
            )
        company = yield from self._company(parcel.carrier)
        sent = {"tid": parcel.order_id, "oids": old[0].get("oids"), "out_stype": company,
                "out_sid": parcel.waybill_no, "old_out_sid": parcel.replaces}  # fmt: skip
        version = str(self.config.settings["update_version"])
        yield from self.call("youzan.logistics.online.update", version, sent, write=True)

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own list."""
        data = yield from self.call("youzan.logistics.express.get", str(self.config.settings["express_version"]), {})
        return read_rows(rows_of(data), _company_row, platform="youzan", path="data")

    def _company(self, carrier: str) -> Operation[str]:
        return find_company(carrier, (yield from self.carriers()), "youzan").code

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note; its flag too where the setting `memo_flag` says that the range is known."""
        sent = {"tid": order_id, "memo": memo, "flag": flag if self.config.settings["memo_flag"] else None}
        try:
            yield from self.call("youzan.trade.memo.update", "3.0.0", sent, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _company_row(row: Any) -> CarrierInfo:
    if not isinstance(row, Mapping) or row.get("id") in (None, ""):
        raise DecodeError("a company without an id", platform="youzan", path="id")
    code, name = str(row["id"]), str(row.get("name") or row["id"])
    return CarrierInfo(code, name, carrier_of(name), code)


def _contradiction(parcels: Sequence[Dispatch]) -> OrderHubError | None:
    """What the platform cannot say is refused before anything is sent."""
    if len(parcels) < 2:
        return None
    if any(parcel.lines is None for parcel in parcels):
        return UnsupportedOperation(
            "Youzan parts an order by lines: name the lines of each parcel when an order has several", platform="youzan"
        )
    named = [line for parcel in parcels for line, _ in parcel.lines or ()]
    if len(set(named)) < len(named):
        return UnsupportedOperation("Youzan sends a line whole: it cannot be in two parcels", platform="youzan")
    return None
