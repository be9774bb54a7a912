"""Parcels, carriers, the receiver, the seller's note. Imports `kit`, `flow`. Source: docs/platforms/wechat.md#writes.

A parcel names products and units, so whole orders, parts and several parcels are one call. The order is read first:
what already stands there is not sent again, what was refunded or is being refunded is not sent at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.wechat.base import WechatBase
from orderhub.connectors.wechat.decode import decode_orders
from orderhub.connectors.wechat.meaning import parcel_rows, recipient_of
from orderhub.connectors.wechat.spec import CARRIERS
from orderhub.errors import Conflict, DecodeError, InvalidParameter, NotFound, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import epoch_s, rows_of, text
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import by_order, find_company, parcels_stand, send_and_correct, settled
from orderhub.models.channel import CarrierInfo, Decrypted, Dispatch
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import AftersaleStatus

__all__ = ["ShippingVerbs"]

Parcels = Sequence[Dispatch]
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})


class ShippingVerbs(WechatBase):
    """Everything about one order's way to its receiver."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own list of carriers."""
        reply = yield from self.call("order/deliverycompanylist/new/get", {})
        rows = next((value for value in reply.values() if isinstance(value, list)), None)
        if rows is None:
            raise DecodeError("the reply holds no list of carriers", platform="wechat", path="company_list")
        found = read_rows(rows, _company, platform="wechat", path="company_list")
        self._companies = tuple(found)
        return found

    def _company(self, carrier: str) -> Operation[CarrierInfo]:
        named = dict(self.config.settings["express_codes"]).get(carrier)
        known = self._companies or tuple((yield from self.carriers()))
        if named:
            return CarrierInfo(str(named), str(named), carrier)
        return find_company(carrier, known, "wechat", "; name its code in express_codes")

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment: whole, part, several parcels of one order, a corrected number.

        One outcome per dispatch, in order. A parcel that already stands there is ok with reason `already_done`; an
        outcome that cannot be settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, lambda parcels: send_and_correct(parcels, self._send, self._correct)))

    def _send(self, parcels: Parcels) -> Operation[Outcome[None]]:
        """New parcels of one order, in one call."""
        try:
            order = yield from self._read(parcels[0].order_id)
            there = {shipment.waybill_no for shipment in order.shipments}
            fresh = [parcel for parcel in parcels if parcel.waybill_no not in there]
            if not fresh:
                return Outcome(True, parcels[0].key, "already_done")
            rows = []
            left = _left(order, ship_open=self.config.settings["ship_refund_open"])
            for parcel in fresh:
                rows.append((yield from self._row(parcel, _taken(parcel, order, left))))
        except OrderHubError as error:
            return Outcome.failed(parcels[0].key, error)
        document = {"order_id": order.order_id, "delivery_list": rows}
        return (yield from settled(
            fresh, lambda _: self.call("order/delivery/send", document, write=True),
            lambda found: parcels_stand(found, self.get_order),
        ))  # fmt: skip

    def _row(self, parcel: Dispatch, units: Sequence[tuple[LineItem, int]]) -> Operation[dict[str, Any]]:
        company = yield from self._company(parcel.carrier)
        return {
            "delivery_id": company.code, "waybill_id": parcel.waybill_no,
            "deliver_type": self.config.settings["deliver_type"],
            "product_infos": [
                {"product_id": line.platform_item_id, "sku_id": line.platform_sku_id, "product_cnt": count}
                for line, count in units
            ],
        }  # fmt: skip

    def _read(self, order_id: str) -> Operation[Order]:
        return (yield from self.get_order(order_id))

    def _correct(self, parcels: Parcels) -> Operation[Outcome[None]]:
        """Send the parcels of the order again with the number in its place. Repeating it changes nothing."""
        (parcel,) = parcels
        try:
            document = yield from self.document_of(parcel.order_id)
            rows = parcel_rows(document)
            numbers = [str(row.get("waybill_id")) for row in rows]
            if parcel.waybill_no in numbers and parcel.replaces not in numbers:
                return Outcome(True, parcel.key, "already_done")
            if parcel.replaces not in numbers:
                raise NotFound(f"no parcel has the number to replace in order {parcel.order_id}", platform="wechat")
            company = yield from self._company(parcel.carrier)
        except OrderHubError as error:
            return Outcome.failed(parcel.key, error)
        told = [_again(row, parcel, company) for row in rows]
        send = {"order_id": parcel.order_id, "delivery_list": told}
        return (yield from settled(
            parcels, lambda _: self.call("order/deliveryinfo/update", send, write=True, keyed=True),
            lambda found: parcels_stand(found, self.get_order),
        ))  # fmt: skip

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver of an order that is not shipped. Setting values: repeating it changes nothing."""
        address = recipient.address
        told = {
            "user_name": recipient.name, "tel_number": recipient.phone, "province_name": address.province,
            "city_name": address.city, "county_name": address.district, "postal_code": address.postal_code,
            "detail_info": "".join(part for part in (address.town, address.street) if part) or None,
        }  # fmt: skip
        sent = {self.config.settings["address_field"]: {name: value for name, value in told.items() if value}}
        return (yield from self._set("order/address/update", order_id, sent))

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note; the platform has no flags. Repeating it changes nothing."""
        if flag is not None:
            error = InvalidParameter("the platform has no flags: leave flag out", platform="wechat", field="flag")
            return Outcome.failed(order_id, error)
        return (yield from self._set("order/merchantnotes/update", order_id, {"merchant_notes": memo}))

    def _set(self, api: str, order_id: str, sent: Mapping[str, Any]) -> Operation[Outcome[None]]:
        try:
            yield from self.call(api, {"order_id": order_id, **sent}, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "1006") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, token) pairs; one call each, the token is not needed.

        A virtual number lapses at `expires_at`.
        """
        found = []
        for order_id, _ in receivers:
            told = {"order_id": order_id}
            address = yield from self.inside("order/sensitiveinfo/decode", told, "address_info", f"order {order_id}")
            recipient = Recipient.model_validate(recipient_of(address))
            found.append(Decrypted(order_id=order_id, recipient=recipient, expires_at=recipient.privacy.expires_at))
        return found

    def virtual_phone(self, order_id: str) -> Operation[Decrypted]:
        """A number that rings at the receiver for a while; each asking counts."""
        reply = yield from self.call("order/virtualtelnumber/get", {"order_id": order_id})
        number, until = reply.get("virtual_tel_number"), reply.get("virtual_tel_expire_time")
        if number in (None, ""):
            raise DecodeError("the reply has no virtual_tel_number", platform="wechat", path="virtual_tel_number")
        lapses = epoch_s(until) if until not in (None, "") else None
        return Decrypted(order_id=order_id, recipient=Recipient(phone=text(number)), expires_at=lapses)

    def fetch_order(self, order_id: str) -> Any:
        """One order as a page of one."""
        return decode_orders([(yield from self.document_of(order_id))], self.config)


def _company(row: Mapping[str, Any]) -> CarrierInfo:
    if not (code := str(row.get("delivery_id") or "")):
        raise DecodeError("a company without a code", platform="wechat", path="delivery_id")
    name = str(row.get("delivery_name") or code)
    return CarrierInfo(code, name, CARRIERS.get(code) or carrier_of(name) or carrier_of(code))


def _left(order: Order, *, ship_open: bool) -> dict[str, int]:
    """Units of each line that may leave: neither sent nor refunded, and no refund asked for."""
    return {
        line.line_id: 0 if line.aftersale_status in _OPEN and not ship_open
        else max(0, line.quantity - (line.refunded_quantity or 0) - (line.shipped_quantity or 0))
        for line in order.lines
    }  # fmt: skip


def _taken(parcel: Dispatch, order: Order, left: dict[str, int]) -> list[tuple[LineItem, int]]:
    """Units that go into a parcel, taken from what is left.

    Raises:
        InvalidParameter: A line that the order does not have.
        Conflict: More units than are left, or nothing at all.
    """
    lines = {line.line_id: line for line in order.lines}
    wanted = parcel.lines if parcel.lines is not None else tuple((key, units) for key, units in left.items() if units)
    for key, units in wanted:
        if key not in lines:
            raise InvalidParameter("the order has no such line", platform="wechat", field="Dispatch.lines")
        if not 0 < units <= left[key]:
            raise Conflict(
                f"{units} units of line {key} are to leave, {left[key]} may: the rest is sent, refunded or asked back",
                platform="wechat", operation="ship",
            )  # fmt: skip
        left[key] -= units
    if not wanted:
        raise Conflict("nothing of the order is left to ship", platform="wechat", operation="ship")
    return [(lines[key], units) for key, units in wanted]


def _again(row: Mapping[str, Any], parcel: Dispatch, company: CarrierInfo) -> dict[str, Any]:
    """One parcel as it stands there, or with the corrected number."""
    is_it = str(row.get("waybill_id")) == parcel.replaces
    return {
        "delivery_id": company.code if is_it else row.get("delivery_id"),
        "waybill_id": parcel.waybill_no if is_it else row.get("waybill_id"),
        "deliver_type": row.get("deliver_type"), "product_infos": rows_of(row.get("product_infos")),
    }  # fmt: skip
