"""Telling a WooCommerce shop about parcels, and other changes of an order. Imports `kit`, `flow`, `models`.

Source: docs/platforms/woocommerce.md#shipping. Parcels are rows under a meta key of the order; the last unit that
leaves turns the order to completed. One call sets both, and setting them again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from orderhub.connectors.woocommerce.base import WooCommerceBase, checked_id
from orderhub.connectors.woocommerce.decode import decode_orders
from orderhub.connectors.woocommerce.parcels import (
    left_of,
    meta_row,
    name_of,
    new_parcel,
    parcels_of,
    replaced,
    written,
)
from orderhub.connectors.woocommerce.refund_lines import REFUNDS
from orderhub.errors import Conflict, DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.shipping import by_order
from orderhub.models.channel import Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import OrderStatus

__all__ = ["ShippingVerbs"]

_TO_SHIP = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_OPEN = frozenset({"pending", "on-hold", "failed"})
_CHANGEABLE = frozenset({*_OPEN, "processing"})


class ShippingVerbs(WooCommerceBase):
    """Dispatch, receiver, note, closing."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Write parcels down, whole or in part, several of one order together, or a number corrected.

        One outcome per dispatch, in order. A parcel that stands there already is ok with reason `already_done`; one
        that was written while its note failed is ok with reason `note_failed`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        try:
            document, order = yield from self._read(parcels[0].order_id)
        except OrderHubError as error:
            return [Outcome.failed(parcel.key, error) for parcel in parcels]
        rows = parcels_of(document, str(self.config.settings["parcels_key"]))
        at, outcomes, fresh = (yield from server_now()), dict[str, Outcome[None]](), list[Dispatch]()
        for parcel in parcels:
            try:
                rows, told = self._with(parcel, order, rows, at)
            except OrderHubError as error:
                outcomes[parcel.key] = Outcome.failed(parcel.key, error)
                continue
            outcomes[parcel.key] = Outcome(True, parcel.key, told)
            fresh += [parcel] if told is None else []
        if fresh:
            outcomes |= yield from self._write(document, order, rows, fresh)
        return [outcomes[parcel.key] for parcel in parcels]

    def _read(self, order_id: str) -> Operation[tuple[dict[str, Any], Order]]:
        """The native order and what it means, the lines of its refunds included."""
        document = yield from self.document_of(order_id)
        if rows_of(document.get("refunds")):
            details = yield from self.rows("orders/{id}/refunds", f"orders/{checked_id(order_id)}/refunds")
            document = {**document, REFUNDS: details}
        page = decode_orders([document], self.config)
        if not page.items:
            finding = page.findings[0]
            raise DecodeError(finding.message, platform="woocommerce", path=finding.path, value=finding.value)
        return document, page.items[0]

    def _with(
        self, parcel: Dispatch, order: Order, rows: list[dict[str, Any]], at: Any
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The parcels with this one; `already_done` when it stands there."""
        numbers = [row["waybill_no"] for row in rows]
        if parcel.waybill_no in numbers:
            return rows, "already_done"
        if parcel.replaces:
            if parcel.replaces not in numbers:
                raise Conflict(f"{order.key} has no parcel with the number to be replaced", platform="woocommerce")
            return replaced(rows, parcel, self.config), None
        if order.status not in _TO_SHIP or order.holds:
            holds = ", ".join(sorted(hold.value for hold in order.holds))
            told = f"{order.key} is {order.status.value}{f' and held: {holds}' if holds else ''}"
            raise Conflict(told, platform="woocommerce", code="wrong_state")
        return [*rows, new_parcel(parcel, self._units(parcel, order, rows), self.config, at)], None

    def _units(self, parcel: Dispatch, order: Order, rows: list[dict[str, Any]]) -> dict[str, int]:
        """Units of each line that the parcel holds; everything that is left when it names none."""
        left = left_of([line.model_dump(include={"line_id", "quantity", "refunded_quantity"}) for line in order.lines],
                       rows)  # fmt: skip
        wanted = (
            dict(parcel.lines) if parcel.lines is not None else {line: units for line, units in left.items() if units}
        )
        if not wanted or any(not 0 < units <= left.get(line, 0) for line, units in wanted.items()):
            raise InvalidParameter(
                f"{order.key}: the parcel names lines that it does not have, or more units than are left",
                platform="woocommerce", field="Dispatch.lines",
            )  # fmt: skip
        return wanted

    def _write(
        self, document: Mapping[str, Any], order: Order, rows: list[dict[str, Any]], fresh: Sequence[Dispatch]
    ) -> Operation[dict[str, Outcome[None]]]:
        body: dict[str, Any] = {"meta_data": written(document, rows, self.config)}
        if order.status in _TO_SHIP and any(not parcel.replaces for parcel in fresh):
            done = not any(left_of(_units_of(order), rows).values())
            status = self.config.settings["shipped_status" if done else "part_shipped_status"]
            body |= {"status": str(status)} if status else {}
        try:
            yield from self.put("orders/{id}", f"orders/{checked_id(order.order_id)}", body)
        except OrderHubError as error:
            return {parcel.key: Outcome.failed(parcel.key, error) for parcel in fresh}
        told: dict[str, Outcome[None]] = {}
        for parcel in fresh:
            told[parcel.key] = Outcome(True, parcel.key, (yield from self._noted(parcel)))
        return told

    def _noted(self, parcel: Dispatch) -> Operation[str | None]:
        """The note with the waybill; its failure does not undo the parcel."""
        kind = self.config.settings["ship_note"]
        if kind == "none":
            return None
        note = {"note": f"{name_of(parcel.carrier, self.config)} {parcel.waybill_no}",
                "customer_note": kind == "customer"}  # fmt: skip
        try:
            yield from self.post("orders/{id}/notes", f"orders/{checked_id(parcel.order_id)}/notes", note)
        except OrderHubError:
            return "note_failed"
        return None

    def _set(self, order_id: str, body: Mapping[str, Any]) -> Operation[Outcome[None]]:
        try:
            yield from self.put("orders/{id}", f"orders/{checked_id(order_id)}", body)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def _set_while(self, order_id: str, statuses: frozenset[str], body: Any) -> Operation[Outcome[None]]:
        """Set values while the order has one of `statuses`; `body` makes them of the native order."""
        try:
            document = yield from self.document_of(order_id)
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        if document.get("status") not in statuses:
            told = f"order {order_id} has a status that does not allow it; allowed: {', '.join(sorted(statuses))}"
            return Outcome.failed(order_id, Conflict(told, platform="woocommerce", code="wrong_state"), "wrong_state")
        return (yield from self._set(order_id, body(document)))

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the shipping address of an order that has not left."""
        return (
            yield from self._set_while(order_id, _CHANGEABLE, lambda document: {"shipping": shipping_of(recipient)})
        )

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note, under a meta key of its own: the core's notes can only be added. It has no flags."""
        try:
            document = yield from self.document_of(order_id)
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        row = meta_row(document, str(self.config.settings["memo_key"]), memo)
        return (yield from self._set(order_id, {"meta_data": [row]}))

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Cancel an order that is not paid; the reason stands in its meta data."""
        return (yield from self._set_while(order_id, _OPEN, partial(_cancelled, reason)))


def _units_of(order: Order) -> list[dict[str, Any]]:
    return [line.model_dump(include={"line_id", "quantity", "refunded_quantity"}) for line in order.lines]


def _cancelled(reason: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "cancelled", "meta_data": [meta_row(document, "orderhub_close_reason", reason)]}


def shipping_of(recipient: Recipient) -> dict[str, str]:
    """A receiver as the order's shipping address; the core has one line for the name's first and last part each.

    Raises:
        InvalidParameter: A name, a street or a place is missing.
    """
    place = recipient.address
    if not recipient.name or not place.street:
        raise InvalidParameter("name and street are needed", platform="woocommerce", field="recipient")
    district = ", ".join(part for part in (place.district, place.town) if part)
    return {
        "first_name": recipient.name, "last_name": "", "address_1": place.street, "address_2": district,
        "city": place.city or "", "state": place.province or "", "postcode": place.postal_code or "",
        "country": place.country or "", "phone": recipient.phone or "",
    }  # fmt: skip
