"""Telling Pinduoduo about parcels: send, further parcels, corrections, and what to do when a reply is lost.

One call confirms the order with its main parcel; further parcels are told beside it, for display. A lost reply is
settled by reading the order, never by sending again blindly. Imports `kit`, `flow`, `models`.
Source: docs/platforms/pinduoduo.md#shipping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.connectors.pinduoduo.base import PinduoduoBase
from orderhub.connectors.pinduoduo.decode import Companies
from orderhub.errors import (
    Conflict,
    InvalidParameter,
    NotFound,
    OrderHubError,
    OutcomeUnknown,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.operations import batches
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.shipping import by_order, find_company
from orderhub.kit.table import read
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus

__all__ = ["ShippingVerbs"]

Act = Callable[[Sequence[Dispatch]], Operation[None]]
Settled = tuple[Outcome[None], Order | None]
FIRST, CHANGE = 1, 2
SPLIT = 1


class ShippingVerbs(PinduoduoBase):
    """Company numbers and dispatch."""

    _companies: tuple[tuple[CarrierInfo, bool], ...] = ()
    _asked = False

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The companies that the platform takes now, with our code where the name is known."""
        self._asked = True
        reply = yield from self.call("pdd.logistics.companies.get", {})
        rows = rows_of(reply.get("logistics_companies"))
        found = read_rows(rows, _company_row, platform="pinduoduo", path="logistics_companies")
        self._companies = tuple(found)
        return Rows((company for company, usable in found if usable), found.findings)

    def company_names(self) -> Operation[Companies]:
        """Company number -> company, for reading orders; empty while the list cannot be had."""
        if not self._companies and not self._asked:
            try:
                yield from self.carriers()
            except OrderHubError:
                return {}
        return {company.platform_id or "": company for company, _ in self._companies}

    def _company(self, carrier: str) -> Operation[int]:
        """The platform's number for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        if not self._companies:
            yield from self.carriers()
        usable = [company for company, usable in self._companies if usable]
        return int(find_company(carrier, usable, "pinduoduo").platform_id or "")

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment; several dispatches of one order are one shipment in several parcels.

        One outcome per dispatch, in order. The first parcel confirms the whole order, whatever its lines: the platform
        knows no part shipments. A parcel that it already knows is ok with reason `already_done`; an outcome that
        cannot be settled by reading is `OutcomeUnknown`.
        """
        new = dict.fromkeys(parcel.order_id for parcel in dispatches if not parcel.replaces)
        refused = yield from self._refunding(tuple(new))
        return (
            yield from by_order(dispatches, lambda parcels: self._ship_order(parcels, refused.get(parcels[0].order_id)))
        )

    def _refunding(self, order_ids: Sequence[str]) -> Operation[Mapping[str, OrderHubError | None]]:
        """Orders that the platform says have a refund (None), or for which it could not say so (the error)."""
        found: dict[str, OrderHubError | None] = {}
        if not self.config.settings["refund_check"]:
            return found
        for batch in batches(order_ids, int(self.config.settings["orders_per_check"])):
            try:
                reply = yield from self.call("pdd.refund.status.check", {"order_sns": ",".join(batch)})
            except OrderHubError as error:
                found |= dict.fromkeys(batch, error)
                continue
            rows = rows_of(reply.get("order_sns_exists_refund"))
            marked = {str(row.get("order_sn") if isinstance(row, Mapping) else row) for row in rows}
            found |= {order_id: None for order_id in batch if order_id in marked}
        return {order_id: _named(error) for order_id, error in found.items()}

    def _ship_order(self, parcels: Sequence[Dispatch], doubt: OrderHubError | None) -> Operation[list[Outcome[None]]]:
        found: dict[str, Outcome[None]] = {}
        sends = [parcel for parcel in parcels if not parcel.replaces]
        if sends:
            found |= yield from (self._send_all(sends) if doubt is None else self._doubtful(sends, doubt))
        for parcel in parcels:
            if parcel.replaces:
                outcome, _ = yield from self._settled([parcel], self._correct)
                found[parcel.key] = outcome
        return [found[parcel.key] for parcel in parcels]

    def _doubtful(self, sends: Sequence[Dispatch], doubt: OrderHubError) -> Operation[dict[str, Outcome[None]]]:
        """A refund is said to be open: the order itself decides."""
        if not isinstance(doubt, Conflict):
            return {parcel.key: Outcome.failed(parcel.key, doubt) for parcel in sends}
        try:
            order: Order = yield from self.get_order(sends[0].order_id)
        except OrderHubError as error:
            return {parcel.key: Outcome.failed(parcel.key, error) for parcel in sends}
        there = _numbers(order)
        if all(parcel.waybill_no in there for parcel in sends):
            return {parcel.key: Outcome(True, parcel.key, "already_done") for parcel in sends}
        if Hold.REFUND_OPEN in order.holds or order.aftersale_status in _NOT_NOW:
            return {parcel.key: Outcome.failed(parcel.key, doubt, "refund_open") for parcel in sends}
        return (yield from self._send_all(sends))

    def _send_all(self, sends: Sequence[Dispatch]) -> Operation[dict[str, Outcome[None]]]:
        """The first parcel confirms the order, the others are told beside it."""
        first, rest = sends[0], list(sends[1:])
        outcome, order = yield from self._settled([first], self._main(sends))
        found = {first.key: outcome}
        if not outcome.ok and order is not None and order.status is OrderStatus.SHIPPED and first.lines is not None:
            rest, found = list(sends), {}  # shipped before by another parcel: this one is a further one
        elif not outcome.ok:
            return {parcel.key: _same(outcome, parcel) for parcel in sends}
        there = _numbers(order) if order is not None else frozenset()
        found |= {
            parcel.key: Outcome(True, parcel.key, "already_done") for parcel in rest if parcel.waybill_no in there
        }
        missing = [parcel for parcel in rest if parcel.key not in found]
        if missing:
            outcome, _ = yield from self._settled(missing, self._further)
            found |= {parcel.key: _same(outcome, parcel) for parcel in missing}
        return found

    def _settled(self, parcels: Sequence[Dispatch], act: Act) -> Operation[Settled]:
        """Act; when the reply was lost or the state forbids it, read the order and judge by what stands there."""
        key = parcels[0].key
        for attempt in (1, 2):
            try:
                yield from act(parcels)
                return Outcome(True, key), None
            except (InvalidParameter, UnsupportedOperation) as error:
                return Outcome.failed(key, error), None
            except (OutcomeUnknown, RequestRejected) as error:
                try:
                    order: Order = yield from self.get_order(parcels[0].order_id)
                except OrderHubError:
                    return Outcome.failed(key, error), None
                if all(parcel.waybill_no in _numbers(order) for parcel in parcels):
                    return Outcome(True, key, "already_done"), order
                if not isinstance(error, OutcomeUnknown) or attempt == 2:
                    return Outcome.failed(key, error), order
            except OrderHubError as error:
                return Outcome.failed(key, error), None
        raise AssertionError("unreachable")

    def _main(self, sends: Sequence[Dispatch]) -> Act:
        def act(parcels: Sequence[Dispatch]) -> Operation[None]:
            (parcel,) = parcels
            serials = [serial for each in sends for _, serial in each.serial_numbers]
            yield from self._online(parcel, FIRST, serials)

        return act

    def _online(self, parcel: Dispatch, kind: int, serials: Sequence[str]) -> Operation[None]:
        company = yield from self._company(parcel.carrier)
        feature = f"{self.config.settings['serial_feature']}={','.join(serials)};" if serials else None
        yield from self.call("pdd.logistics.online.send", {
            "order_sn": parcel.order_id, "logistics_id": company, "tracking_number": parcel.waybill_no,
            "redelivery_type": kind, "feature": feature,
        }, write=True)  # fmt: skip

    def _further(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Further parcels of a shipped order; what is in them the platform does not ask."""
        rows: list[dict[str, Any]] = []
        for parcel in parcels:
            company = yield from self._company(parcel.carrier)
            rows.append({"shipping_id": company, "tracking_number": parcel.waybill_no})
        yield from self.call("pdd.order.upload.extra.logistics", {
            "order_sn": parcels[0].order_id, "extra_track_list": rows, "extra_track_type": SPLIT,
        }, write=True)  # fmt: skip

    def _correct(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Replace the main parcel's number; others cannot be replaced."""
        (parcel,) = parcels
        order: Order = yield from self.get_order(parcel.order_id)
        numbers = [shipment.waybill_no for shipment in order.shipments]
        if parcel.waybill_no in numbers:
            raise Conflict("the new number stands there already", platform="pinduoduo", field="Dispatch.waybill_no")
        if parcel.replaces not in numbers:
            raise NotFound(
                "no parcel of this order has the number to be replaced", platform="pinduoduo", field="Dispatch.replaces"
            )
        if parcel.replaces != numbers[0]:
            raise UnsupportedOperation(
                "Pinduoduo corrects the number of an order's main parcel only", platform="pinduoduo",
                operation="ship", field="Dispatch.replaces",
            )  # fmt: skip
        yield from self._online(parcel, CHANGE, [serial for _, serial in parcel.serial_numbers])


_NOT_NOW = frozenset({AftersaleStatus.REFUNDED, AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})


def _named(error: OrderHubError | None) -> OrderHubError:
    return error or Conflict(
        "the platform says that this order has a refund: do not ship it", platform="pinduoduo",
        operation="pdd.refund.status.check",
    )  # fmt: skip


def _numbers(order: Order) -> frozenset[str | None]:
    return frozenset(shipment.waybill_no for shipment in order.shipments)


def _same(outcome: Outcome[None], parcel: Dispatch) -> Outcome[None]:
    return Outcome(outcome.ok, parcel.key, outcome.reason, outcome.error)


def _company_row(row: Mapping[str, Any]) -> tuple[CarrierInfo, bool]:
    """One row of the list and whether it may be used: only those that are available are taken."""
    name, code = read(row, "logistics_company", text) or "", read(row, "code", text) or ""
    company = CarrierInfo(code, name, carrier_of(name) or carrier_of(code), read(row, "id", ident))
    return company, str(row.get("available")).lower() in ("1", "true")
