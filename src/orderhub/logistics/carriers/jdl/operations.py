"""What JD Logistics can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`.

Our parcel id is JDL's orderId, and its number is fetched before the order: a lost reply is settled by asking for the
state of that number. A fresh process does not know the number: JDL then refuses the repeated id, and nothing doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_UP, Decimal
from functools import partial
from typing import Any

from orderhub.errors import DecodeError, NotFound, NotServiceable, RequestRejected, WaybillRejected
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.json import dumps
from orderhub.logistics.carriers.common import (
    CarrierOperations,
    centimetres,
    check_parcel,
    is_mobile,
    kilograms,
    phone_of,
    waybill_number,
)
from orderhub.logistics.carriers.jdl.spec import ID_MAX, NAME_MAX, SPEC, STREET_MAX
from orderhub.logistics.carriers.jdl.wire import open_reply, request
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["JdlOperations"]

_ORDERS = "/ecap/v1/orders"
_CENT = Decimal("0.01")


class JdlOperations(CarrierOperations):
    """JD Logistics' verbs; see `ports.Carrier`."""

    spec = SPEC

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel; a `parcel_id` that JDL knows already is refused.

        Raises:
            NotServiceable: Something that another carrier could do.
            WaybillRejected: The order is at fault; names the field or gives JDL's words.
            OutcomeUnknown: It could not be found out whether the order was taken.
        """
        document = self._owned(order_document(parcel, sender, self.config.settings))
        number = (yield from self._prefetched()) if self.config.settings["prefetch"] else None
        if number is None:
            send = partial(self._create, document, parcel.parcel_id)
            return (yield from self.settle(parcel.parcel_id, send, repeatable=False))
        document["waybillCode"] = number
        send, find = (
            partial(self._create, document, parcel.parcel_id),
            partial(self._standing, number, parcel.parcel_id),
        )
        return (yield from self.settle(parcel.parcel_id, send, find=find))

    def _prefetched(self) -> Operation[str]:
        """A number that nobody uses yet; fetching one too many costs nothing."""
        found = yield from self._call(f"{_ORDERS}/pregetwaybillcodes", self._owned({"sum": 1}), write=True, keyed=True)
        codes = rows_of(found.get("waybillCodes") if isinstance(found, Mapping) else found)
        return waybill_number(codes[0] if codes else None, "jdl", "data")

    def _create(self, document: Mapping[str, Any], reference: str) -> Operation[Waybill]:
        found = yield from self._call(f"{_ORDERS}/create", document, write=True)
        told: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
        number = waybill_number(told.get("waybillCode"), "jdl", "data.waybillCode")
        return self._waybill(number, reference, {"orderCode": told["orderCode"]} if told.get("orderCode") else {})

    def _standing(self, number: str, reference: str) -> Operation[Waybill | None]:
        """The waybill, when the order stands under the number that was fetched for it."""
        try:
            yield from self._call(f"{_ORDERS}/status/get", self._owned({"waybillCode": number}))
        except RequestRejected:
            return None
        return self._waybill(number, reference, {})

    def _waybill(self, number: str, reference: str, label: Mapping[str, Any]) -> Waybill:
        return Waybill(
            carrier="jd", waybill_no=number, reference=reference, product=self.config.settings["product_code"],
            print_payload=dumps(label) if label else None,
        )  # fmt: skip

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up."""
        settings = self.config.settings
        document = self._owned({
            "waybillCode": waybill.waybill_no, "cancelReason": settings["cancel_reason"],
            "cancelReasonCode": settings["cancel_reason_code"],
        })  # fmt: skip
        return (yield from self.void(waybill, partial(self._call, f"{_ORDERS}/cancel", document, write=True)))

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels of this contract, oldest first, each event once."""
        return (yield from self.track_each(waybill_nos, self._track))

    def _track(self, waybill_no: str) -> Operation[list[TrackingEvent]]:
        try:
            found = yield from self._call(f"{_ORDERS}/trace/query", self._owned({"waybillCode": waybill_no}))
        except NotFound:
            return []
        if not isinstance(found, Mapping):
            raise DecodeError("expected traces", platform="jdl", path="data")
        table = self.config.tables["trace"]
        return [self.event(table, row, waybillCode=waybill_no) for row in rows_of(found.get("traceDetails"))]

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes; JDL wants the last four digits of a phone of the parcel."""
        return (yield from self.each(waybill_nos, partial(self._subscribe, phone_tails or {})))

    def _subscribe(self, tails: Mapping[str, str], waybill_no: str) -> Operation[None]:
        document = self._owned({"waybillCode": waybill_no, "mobile": tails.get(waybill_no, "")})
        yield from self._call(f"{_ORDERS}/trace/subscribe", document, write=True, keyed=True)

    def serviceability(self, parcel: Parcel, sender: Recipient) -> Operation[Outcome[None]]:
        """Whether JDL serves both addresses with the product; nothing is ordered."""
        document = order_document(parcel, sender, self.config.settings)
        names = ("senderContact", "receiverContact", "productsReq", "cargoes")
        try:
            yield from self._call(f"{_ORDERS}/precheck", self._owned({name: document[name] for name in names}))
        except RequestRejected as error:
            refusal = NotServiceable(error.message, platform="jdl", operation="serviceability", code=error.code)
            return Outcome.failed(parcel.parcel_id, refusal)
        return Outcome(True, parcel.parcel_id)

    def _owned(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Orders from merchant to customer, under our contract."""
        return {"orderOrigin": 1, "customerCode": self.config.settings["customer_code"], **document}

    def _call(self, path: str, document: Any, *, write: bool = False, keyed: bool = False) -> Operation[Any]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, path, document, credentials, at)

        return (yield from self.exchange(path, build, open_reply, write=write, keyed=keyed))


def order_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a new order.

    Raises:
        NotServiceable: Cash on delivery or insurance, whose product codes are not documented.
        WaybillRejected: Something is missing, hidden or too long; names the field.
    """
    check_parcel(parcel, sender, "jdl", id_max=ID_MAX, street_max=STREET_MAX)
    for field in ("cod_amount", "declared_value"):
        if getattr(parcel, field):
            raise NotServiceable(f"{field}: JDL's codes for it are not documented", platform="jdl", field=field)
    remarks: list[str] = []
    return {
        "orderId": parcel.parcel_id, "senderContact": _contact(sender, "sender", settings, remarks),
        "receiverContact": _contact(parcel.recipient, "recipient", settings, remarks),
        "productsReq": {"productCode": settings["product_code"]}, "settleType": settings["settle_type"],
        "cargoes": [_cargo(parcel, settings)], "CommonChannelInfo": {"channelCode": settings["channel_code"]},
        "pickupType": settings["pickup_type"], **({"remark": " ".join(remarks)} if remarks else {}),
    }  # fmt: skip


def _contact(person: Recipient, role: str, settings: Mapping[str, Any], remarks: list[str]) -> dict[str, str]:
    name, extension = person.name or "", person.phone_extension
    if extension and is_mobile(person):
        if settings["extension_in"] == "refuse":
            raise _bad(f"{role}.phone", "has an extension, which JDL's mobile does not take")
        if settings["extension_in"] == "name":
            name = f"{name}[{extension}]"
        else:
            remarks.append(f"{extension}")
    if len(name) > NAME_MAX:
        raise _bad(f"{role}.name", f"has more than {NAME_MAX} characters")
    phone = {"mobile": person.phone or ""} if is_mobile(person) else {"phone": phone_of(person)}
    return {"name": name, **phone, "fullAddress": _full(person, role)}


def _full(person: Recipient, role: str) -> str:
    """The whole address in one text, province and city included."""
    at = person.address
    parts = dict.fromkeys(part for part in (at.province, at.city, at.district, at.town) if part)
    found = "".join([*parts, at.street or ""])
    if len(found) > STREET_MAX:
        raise _bad(f"{role}.address.street", f"makes an address of more than {STREET_MAX} characters")
    return found


def _bad(field: str, why: str) -> WaybillRejected:
    return WaybillRejected(f"{field}: {why}", platform="jdl", operation="create", field=field)


def _cargo(parcel: Parcel, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Kilograms rounded up to two decimals; JDL writes height without its first e."""
    found: dict[str, Any] = {
        "name": settings["cargo_name"], "quantity": 1, "weight": kilograms(parcel).quantize(_CENT, ROUND_UP),
    }  # fmt: skip
    sides = {"length": parcel.length_mm, "width": parcel.width_mm, "hight": parcel.height_mm}
    if all(sides.values()):
        lengths = {name: centimetres(side or 0) for name, side in sides.items()}
        volume = lengths["length"] * lengths["width"] * lengths["hight"]
        found |= {**lengths, "volume": volume.quantize(_CENT, ROUND_UP)}
    return found
