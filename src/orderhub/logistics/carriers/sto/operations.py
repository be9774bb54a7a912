"""What STO can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`.

Our parcel id is STO's orderNo; after a lost reply the same order is sent again (see `repeat_create`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError, NotServiceable
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import cny_fen, rows_of
from orderhub.kit.json import dumps
from orderhub.kit.operations import batches
from orderhub.kit.spec import ShopConfig
from orderhub.kit.webhook import message_keys
from orderhub.logistics.carriers.common import (
    CarrierOperations,
    check_parcel,
    is_mobile,
    kilograms,
    phone_of,
    place_of,
    waybill_number,
)
from orderhub.logistics.carriers.sto.spec import SPEC
from orderhub.logistics.carriers.sto.wire import open_push, open_reply, request
from orderhub.logistics.tracking import joined
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, Quote, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["StoOperations"]


class StoOperations(CarrierOperations):
    """STO's verbs; see `ports.Carrier`."""

    spec = SPEC

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        if not isinstance(config.settings["track_batch"], int) or config.settings["track_batch"] < 1:
            raise ConfigurationError("sto: track_batch must be a whole number above zero", field="track_batch")

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel under its `parcel_id`.

        Raises:
            WaybillRejected: The order is at fault; names the field or gives STO's words.
            OutcomeUnknown: It could not be found out whether there is a waybill: ask again with the same parcel.
        """
        document = order_document(parcel, sender, self.config.settings)
        send = partial(self._create, document, parcel.parcel_id)
        repeatable = bool(self.config.settings["repeat_create"])
        return (yield from self.settle(parcel.parcel_id, send, repeatable=repeatable))

    def _create(self, document: Mapping[str, Any], reference: str) -> Operation[Waybill]:
        found = yield from self._call("OMS_EXPRESS_ORDER_CREATE", document, write=True)
        found = found if isinstance(found, Mapping) else {}
        number = waybill_number(found.get("waybillNo"), "sto", "data.waybillNo")
        if found.get("orderNo") not in (None, "", reference):
            raise DecodeError("the reply is about another order", platform="sto", path="data.orderNo")
        label = {name: found[name] for name in ("bigWord", "packagePlace") if found.get(name)}
        return Waybill(
            carrier="sto", waybill_no=number, reference=reference,
            product=document["billType"], print_payload=dumps(label) if label else None,
        )  # fmt: skip

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up."""
        source, kind = self.config.settings["order_source"], self.config.settings["order_type"]
        document = {"billCode": waybill.waybill_no, "orderSource": source, "orderType": kind}
        return (yield from self.void(waybill, partial(self._call, "EDI_MODIFY_ORDER_CANCEL", document, write=True)))

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once; numbers without events are left out."""
        found: list[TrackingEvent] = []
        for chunk in batches(list(dict.fromkeys(waybill_nos)), self.config.settings["track_batch"]):
            data = yield from self._call("STO_TRACE_QUERY_COMMON", {"order": "asc", "waybillNoList": list(chunk)})
            if not isinstance(data, Mapping):
                raise DecodeError("expected events by waybill number", platform="sto", path="data")
            found += [self._event(node, number) for number, nodes in data.items() for node in rows_of(nodes)]
        return joined(found)

    def _event(self, node: Any, waybill_no: str) -> TrackingEvent:
        return self.event(self.config.tables["event"], node, waybillNo=waybill_no)

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes."""
        return (yield from self.each(waybill_nos, self._subscribe))

    def _subscribe(self, waybill_no: str) -> Operation[None]:
        document = {"subscribeInfoList": [{"waybillNo": waybill_no}]}
        yield from self._call("STO_TRACE_PLATFORM_SUBSCRIBE", document, write=True, keyed=True)

    def quote(self, parcel: Parcel, sender: Recipient) -> Operation[list[Quote]]:
        """STO's own prices, in CNY.

        Raises:
            NotServiceable: STO names no price for it.
        """
        check_parcel(parcel, sender, "sto")
        document = {
            **_party(sender, "Send"), **_party(parcel.recipient, "Rec"), "OpenId": self.config.settings["order_source"],
            "Weight": format(kilograms(parcel), "f"),
        }  # fmt: skip
        found = yield from self._call("QUERY_SEND_SERVICE_DETAIL", document)
        rows = rows_of(found.get("AvailableServiceItemList")) if isinstance(found, Mapping) else []
        fees = [row.get("feeModel") for row in rows if isinstance(row, Mapping)]
        priced = [fee for fee in fees if isinstance(fee, Mapping) and fee.get("totalPrice") not in (None, "")]
        if not priced:
            raise NotServiceable("STO names no price for this parcel", platform="sto", operation="quote")
        return [self._quote(fee, parcel) for fee in priced]

    def _quote(self, fee: Mapping[str, Any], parcel: Parcel) -> Quote:
        try:
            total = cny_fen(fee["totalPrice"])
        except ValueError as error:
            raise DecodeError(f"Quote.total: {error}", platform="sto", path="feeModel.totalPrice") from None
        product = self.config.settings["bill_type"]
        return Quote(carrier="sto", product=product, currency="CNY", total=total, billed_weight_g=parcel.weight_g)

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The event of one push; raises `SecurityError` for a forged one. Answer it with `wire.push_answer`."""
        yield from ()
        node = open_push(headers, body, message_keys(self.config.app))
        return [self.event(self.config.tables["event"], node)]

    def _call(self, api: str, document: Any, *, write: bool = False, keyed: bool = False) -> Operation[Any]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, api, document, credentials)

        return (yield from self.exchange(api, build, open_reply, write=write, keyed=keyed))


def order_document(parcel: Parcel, sender: Recipient, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a new order; empty fields are left out.

    Raises:
        WaybillRejected: Something is missing or hidden; names the field.
    """
    check_parcel(parcel, sender, "sto")
    insured = {"insuredValue": format(parcel.declared_value, "f")} if parcel.declared_value else None
    found: dict[str, Any] = {
        "orderNo": parcel.parcel_id, "orderSource": settings["order_source"],
        "billType": "01" if parcel.cod_amount else settings["bill_type"], "orderType": settings["order_type"],
        "sender": _person(sender), "receiver": _person(parcel.recipient), "cargo": _cargo(parcel, settings),
        "customer": _customer(settings), "insuredAnnex": insured,
        "codValue": format(parcel.cod_amount, "f") if parcel.cod_amount else None,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _person(person: Recipient) -> dict[str, str]:
    place = place_of(person, ("province", "city", "area", "address"))
    kind = "mobile" if is_mobile(person) else "tel"
    found = {"name": person.name or "", kind: phone_of(person), "postCode": person.address.postal_code or "", **place}
    return {name: value for name, value in found.items() if value}


def _party(person: Recipient, side: str) -> dict[str, str]:
    place = place_of(person, ("Prov", "City", "Area", "Address"))
    return {
        f"{side}{n}": value for n, value in {"Name": person.name or "", "Mobile": phone_of(person), **place}.items()
    }


def _cargo(parcel: Parcel, settings: Mapping[str, Any]) -> dict[str, Any]:
    count = sum(quantity for _, quantity in parcel.lines) or 1
    return {
        "battery": settings["battery"], "goodsType": settings["cargo_kind"], "goodsName": settings["cargo_name"],
        "goodsCount": count, "weight": kilograms(parcel),
    }  # fmt: skip


def _customer(settings: Mapping[str, Any]) -> dict[str, str]:
    names = {
        "siteCode": "site_code", "customerName": "customer_name", "sitePwd": "site_password",
        "monthCustomerCode": "month_customer",
    }  # fmt: skip
    return {wire: settings[ours] for wire, ours in names.items() if settings[ours]}
