"""What ZTO can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`.

Our parcel id is ZTO's partnerOrderCode; after a lost reply the same order is sent again (see `repeat_create`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from orderhub.errors import Conflict
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.json import dumps
from orderhub.kit.webhook import message_keys
from orderhub.logistics.carriers.common import (
    CarrierOperations,
    check_parcel,
    is_mobile,
    phone_of,
    place_of,
    waybill_number,
)
from orderhub.logistics.carriers.zto.spec import SPEC
from orderhub.logistics.carriers.zto.wire import open_push, open_reply, request
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["ZtoOperations"]

PHONE_MAX = 16


class ZtoOperations(CarrierOperations):
    """ZTO's verbs; see `ports.Carrier`."""

    spec = SPEC

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel under its `parcel_id`.

        Raises:
            WaybillRejected: The order is at fault; names the field or gives ZTO's words.
            OutcomeUnknown: It could not be found out whether there is a waybill: ask again with the same parcel.
        """
        document = order_document(parcel, sender, self.config.settings)
        send = partial(self._create, document, parcel.parcel_id)
        repeatable = bool(self.config.settings["repeat_create"])
        return (yield from self.settle(parcel.parcel_id, send, repeatable=repeatable))

    def _create(self, document: Mapping[str, Any], reference: str) -> Operation[Waybill]:
        found = yield from self._call("zto.open.createOrder", document, write=True)
        found = found if isinstance(found, Mapping) else {}
        number = waybill_number(found.get("billCode"), "zto", "result.billCode")
        label = {name: found[name] for name in ("orderCode", "bigMarkInfo") if found.get(name)}
        return Waybill(
            carrier="zto", waybill_no=number, reference=reference,
            product=str(self.config.settings["order_type"]), print_payload=dumps(label),
        )  # fmt: skip

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up."""
        document = {"cancelType": self.config.settings["cancel_type"], "billCode": waybill.waybill_no}
        return (yield from self.void(waybill, partial(self._call, "zto.open.cancelPreOrder", document, write=True)))

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once.

        Args:
            phone_tails: waybill number -> last four digits of the receiver's phone, sent along where known.
        """
        return (yield from self.track_each(waybill_nos, partial(self._track, phone_tails or {})))

    def _track(self, tails: Mapping[str, str], waybill_no: str) -> Operation[list[TrackingEvent]]:
        found = yield from self._call("zto.merchant.waybill.track.query", _question(waybill_no, tails))
        return [self.event(self.config.tables["scan"], node, billCode=waybill_no) for node in rows_of(found)]

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes; ZTO wants the last four digits of the receiver's phone."""
        return (yield from self.each(waybill_nos, partial(self._subscribe, phone_tails or {})))

    def _subscribe(self, tails: Mapping[str, str], waybill_no: str) -> Operation[str | None]:
        try:
            document = _question(waybill_no, tails)
            yield from self._call("zto.merchant.waybill.track.subsrcibe", document, write=True, keyed=True)
        except Conflict:
            return "already_done"
        return None

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The event of one push; raises `SecurityError` for a forged one. Answer it with `wire.push_answer`."""
        yield from ()
        return [self.event(self.config.tables["push"], open_push(headers, body, message_keys(self.config.app)))]

    def _call(self, api: str, document: Any, *, write: bool = False, keyed: bool = False) -> Operation[Any]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, api, document, credentials)

        return (yield from self.exchange(api, build, open_reply, write=write, keyed=keyed))


def _question(waybill_no: str, tails: Mapping[str, str]) -> dict[str, str]:
    found = {"billCode": waybill_no}
    return {**found, "mobilePhone": tails[waybill_no]} if tails.get(waybill_no) else found


def order_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a new order; empty fields are left out.

    Raises:
        WaybillRejected: Something is missing or hidden; names the field.
    """
    check_parcel(parcel, sender, "zto", phone_max=PHONE_MAX)
    count = sum(quantity for _, quantity in parcel.lines) or 1
    account = {"accountId": settings["account_id"], "accountPassword": settings["account_password"],
               "type": settings["account_type"]}  # fmt: skip
    found: dict[str, Any] = {
        "partnerType": settings["partner_type"], "orderType": settings["order_type"],
        "partnerOrderCode": parcel.parcel_id, "accountInfo": account if settings["account_id"] else None,
        "senderInfo": _person(sender, "sender"), "receiveInfo": _person(parcel.recipient, "receiver"),
        "orderVasList": _services(parcel), "summaryInfo": {"quantity": 1, **_size(parcel)},
        "orderItems": [{"name": settings["cargo_name"], "weight": parcel.weight_g, "quantity": count}],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [])}


def _person(person: Recipient, side: str) -> dict[str, str]:
    kind = "Mobile" if is_mobile(person) else "Phone"
    place = place_of(person, ("Province", "City", "District", "Address"))
    return {
        f"{side}{name}": value for name, value in {"Name": person.name or "", kind: phone_of(person), **place}.items()
    }


def _services(parcel: Parcel) -> list[dict[str, Any]]:
    """Value-added services; amounts are whole cents."""
    amounts = {"COD": parcel.cod_amount, "insured": parcel.declared_value}
    return [
        {"vasType": name, "vasAmount": int((amount * 100).to_integral_value())}
        for name, amount in amounts.items()
        if amount
    ]


def _size(parcel: Parcel) -> dict[str, str]:
    """Length, width, height in centimetres as one text."""
    sides = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    if not all(sides):
        return {}
    return {"size": ",".join(format(Decimal(side or 0).scaleb(-1), "f") for side in sides)}
