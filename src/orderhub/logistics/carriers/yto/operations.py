"""What YTO can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`.

Our parcel id is YTO's logisticsNo and makes `create` idempotent: after a lost reply the same order is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from orderhub.errors import DecodeError, WaybillRejected
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation, now
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import dumps
from orderhub.kit.spec import ShopConfig
from orderhub.logistics.carriers.common import (
    CarrierOperations,
    check_parcel,
    china_time,
    kilograms,
    phone_of,
    place_of,
    waybill_number,
)
from orderhub.logistics.carriers.yto.spec import AMOUNTS, ID_MIN, SPEC
from orderhub.logistics.carriers.yto.wire import check_interfaces, interface, open_push, open_reply, request
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["YtoOperations"]

_PLACE = ("ProvinceName", "CityName", "CountyName", "Address")


class YtoOperations(CarrierOperations):
    """YTO's verbs; see `ports.Carrier`."""

    spec = SPEC

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        check_interfaces(config.settings["interfaces"])

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel; the same `parcel_id` gives the same waybill.

        Raises:
            WaybillRejected: The order is at fault; names the field or gives YTO's words.
            OutcomeUnknown: It could not be found out whether there is a waybill: ask again with the same parcel.
        """
        document = order_document(parcel, sender, self.config.settings, (yield from now()))
        return (yield from self.settle(parcel.parcel_id, partial(self._create, document, parcel.parcel_id)))

    def _create(self, document: Mapping[str, Any], reference: str) -> Operation[Waybill]:
        found = yield from self._call("create", "privacy_create_adapter", document, "mailNo", write=True)
        if found.get("logisticsNo") not in (None, "", reference):
            raise DecodeError("the reply is about another order", platform="yto", path="logisticsNo")
        label = {name: found[name] for name in ("mailNo", "shortAddress") if found.get(name)}
        return Waybill(
            carrier="yto", waybill_no=waybill_number(found["mailNo"], "yto", "mailNo"), reference=reference,
            product=self.config.settings["product_code"], print_payload=dumps(label),
        )  # fmt: skip

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up; `reference` must be the parcel id it was created with."""
        document = {"logisticsNo": waybill.reference, "cancelDesc": self.config.settings["cancel_reason"]}
        send = partial(self._call, "cancel", "korder_cancel_adapter", document, "logisticsNo", write=True)
        return (yield from self.void(waybill, send))

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once; a node without code has status unknown."""
        return (yield from self.track_each(waybill_nos, self._track))

    def _track(self, waybill_no: str) -> Operation[list[TrackingEvent]]:
        nodes = yield from self._call("track", "track_query_adapter", {"NUMBER": waybill_no}, None)
        return [self.event(self.config.tables["event"], node, waybill_No=waybill_no) for node in nodes]

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes. Without a receiver for pushes in the console this succeeds and nothing ever comes."""
        return (yield from self.each(waybill_nos, self._subscribe))

    def _subscribe(self, waybill_no: str) -> Operation[None]:
        _, client, _ = interface(self.config, "subscribe", self.config.app)
        inner = document_bytes({"clientId": client, "waybillNo": waybill_no}).decode()
        document = {"client_id": client, "msg_type": "online", "logistics_interface": inner}
        yield from self._call("subscribe", "subscribe_adapter", document, "success", write=True, keyed=True)

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The event of one push; raises `SecurityError` for a forged one. Answer it with `wire.push_answer`."""
        yield from ()
        return [self.event(self.config.tables["event"], open_push(self.config, headers, body))]

    def _call(
        self, name: str, method: str, document: Any, key: str | None, *, write: bool = False, keyed: bool = False
    ) -> Operation[Any]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, name, method, document, credentials, at)

        return (yield from self.exchange(method, build, open_reply(key), write=write, keyed=keyed))


def order_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The message of a new order; empty fields are left out.

    Raises:
        WaybillRejected: Something is missing, hidden or out of range; names the field.
    """
    check_parcel(parcel, sender, "yto", id_min=ID_MIN)
    found: dict[str, Any] = {
        "logisticsNo": parcel.parcel_id, **_person(sender, "sender"), **_person(parcel.recipient, "recipient"),
        "goods": [_goods(parcel, settings)], "increments": _increments(parcel), "weight": kilograms(parcel),
        "productCode": settings["product_code"],
    }  # fmt: skip
    if hours := settings["pickup_within_h"]:
        found |= {"startTime": china_time(at), "endTime": china_time(at + timedelta(hours=int(hours)))}
    return {name: value for name, value in found.items() if value not in (None, [])}


def _person(person: Recipient, side: str) -> dict[str, str]:
    town = person.address.town
    bare = person.model_copy(update={"address": person.address.model_copy(update={"town": None})})
    found = {"Name": person.name or "", **place_of(bare, _PLACE, short_municipality=True), "Mobile": phone_of(person)}
    return {f"{side}{name}": value for name, value in {**found, **({"TownName": town} if town else {})}.items()}


def _goods(parcel: Parcel, settings: Mapping[str, Any]) -> dict[str, Any]:
    """One row for the whole parcel: kilograms, metres."""
    count = sum(quantity for _, quantity in parcel.lines) or 1
    found: dict[str, Any] = {"name": settings["cargo_name"], "weight": kilograms(parcel), "quantity": count}
    for name in ("length", "width", "height"):
        if (length := getattr(parcel, f"{name}_mm")) is not None:
            found[name] = Decimal(length).scaleb(-3)
    return found


def _increments(parcel: Parcel) -> list[dict[str, Any]]:
    rows = []
    for field, (kind, least, most) in AMOUNTS.items():
        if not (amount := getattr(parcel, field)):
            continue
        if not least <= amount <= most:
            why = f"{field}: must lie between {least} and {most} yuan"
            raise WaybillRejected(why, platform="yto", operation="create", field=field)
        rows.append({"type": kind, "amount": amount})
    return rows
