"""What Kdniao can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from orderhub.errors import ConfigurationError, InvalidParameter, NotServiceable, OrderHubError
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.json import dumps
from orderhub.kit.spec import ShopConfig
from orderhub.logistics.carriers.common import (
    CarrierOperations,
    check_parcel,
    china_time,
    is_mobile,
    kilograms,
    phone_of,
    place_of,
    waybill_number,
)
from orderhub.logistics.carriers.kdniao.spec import CODES, PHONE_WANTED, SPEC
from orderhub.logistics.carriers.kdniao.wire import open_push, open_reply, request
from orderhub.logistics.tracking import joined
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["KdniaoOperations"]

Texts = Mapping[str, str]
_PLACE = ("ProvinceName", "CityName", "ExpAreaName", "Address")


class KdniaoOperations(CarrierOperations):
    """Kdniao's verbs; see `ports.Carrier`."""

    spec = SPEC
    pushes_signed = False
    settles_lost_replies = False
    """A repeated OrderCode is refused, and nothing tells the number that the first one got."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        if (code := config.settings["default_carrier"]) and code not in CODES:
            raise ConfigurationError(
                f"kdniao has no carrier {code!r}; it has {', '.join(CODES)}", field="default_carrier"
            )

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill of `default_carrier` for one parcel; a `parcel_id` that Kdniao knows already is refused.

        Raises:
            NotServiceable: Something that another way could do.
            WaybillRejected: The order is at fault; names the field or gives Kdniao's words.
            OutcomeUnknown: A lost reply, or an order that may be there already.
        """
        code = self._default()
        document = order_document(parcel, sender, code, self.config.settings)
        send = partial(self._create, document, parcel.parcel_id, code)
        return (yield from self.settle(parcel.parcel_id, send, repeatable=False))

    def _default(self) -> str:
        code = self.config.settings["default_carrier"]
        if not code:
            raise ConfigurationError("kdniao: set default_carrier, the carrier of orders", field="default_carrier")
        return str(code)

    def _create(self, document: Mapping[str, Any], reference: str, code: str) -> Operation[Waybill]:
        found = yield from self._call("1007", document, write=True)
        order: Mapping[str, Any] = told if isinstance(told := found.get("Order"), Mapping) else {}
        number = waybill_number(order.get("LogisticCode"), "kdniao", "Order.LogisticCode")
        label = {name: value for name, value in order.items() if name.startswith(("Mark", "Origin", "Package"))}
        return Waybill(
            carrier=code, waybill_no=number, reference=reference,
            product=str(self.config.settings["express_type"]), print_payload=dumps(label) if label else None,
        )  # fmt: skip

    def pickup(
        self, parcel: Parcel, sender: Recipient, *, start: datetime | None = None, end: datetime | None = None
    ) -> Operation[Outcome[str]]:
        """Call a courier of `default_carrier` for one parcel, which gets its number from him.

        Returns:
            `value` is Kdniao's number of the order.
        """
        document = order_document(parcel, sender, self._default(), self.config.settings)
        times = {"StartDate": start, "EndDate": end}
        document |= {name: china_time(at) for name, at in times.items() if at is not None}
        try:
            found = yield from self._call("1001", document, write=True)
        except OrderHubError as error:
            return Outcome.failed(parcel.parcel_id, error)
        order = found.get("Order")
        code = order.get("OrderCode") if isinstance(order, Mapping) else None
        return Outcome(True, parcel.parcel_id, value=str(code or parcel.parcel_id))

    def track(
        self, waybill_nos: Sequence[str], *, phone_tails: Texts | None = None, carriers: Texts | None = None
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once; of unknown numbers nothing.

        Args:
            phone_tails: waybill number -> last four digits of a phone; SF shows nothing without.
            carriers: waybill number -> canonical code; the setting `default_carrier` for those left out.
        Raises:
            InvalidParameter: A number has no carrier, or one that needs a phone has none; nothing is asked then.
        """
        known = {number: self._question(number, phone_tails or {}, carriers or {}) for number in waybill_nos}
        return (yield from self.track_each(waybill_nos, partial(self._track, known)))

    def _question(self, number: str, tails: Texts, carriers: Texts) -> dict[str, str]:
        code = carriers.get(number) or self.config.settings["default_carrier"]
        if code not in CODES:
            told = f"{code!r} is none of {', '.join(CODES)}" if code else "name it in `carriers`"
            raise InvalidParameter(f"the carrier of a number: {told}", platform="kdniao", field="carriers")
        found = {"OrderCode": "", "ShipperCode": CODES[code], "LogisticCode": number}
        if code not in PHONE_WANTED:
            return found
        if not tails.get(number):
            raise InvalidParameter(
                f"parcels of {code} are shown only with the last four digits of a phone", platform="kdniao",
                field="phone_tails",
            )  # fmt: skip
        return {**found, "CustomerName": tails[number]}

    def _track(self, known: Mapping[str, Any], waybill_no: str) -> Operation[list[TrackingEvent]]:
        return self._events((yield from self._call(self.config.settings["track_type"], known[waybill_no])), waybill_no)

    def _events(self, found: Mapping[str, Any], waybill_no: str) -> list[TrackingEvent]:
        """Traces with their codes; the last one of a basic history has at least the parcel's own state."""
        rows = [row for row in rows_of(found.get("Traces")) if isinstance(row, Mapping)]
        state = found.get("StateEx") or found.get("State")
        if rows and state and not any(row.get("Action") for row in rows):
            newest = max(range(len(rows)), key=lambda index: str(rows[index].get("AcceptTime")))
            rows[newest] = {**rows[newest], "Action": str(state)}
        return [self.event(self.config.tables["trace"], row, LogisticCode=waybill_no) for row in rows]

    def subscribe(
        self, waybill_nos: Sequence[str], *, phone_tails: Texts | None = None, carriers: Texts | None = None
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes; they go to the address that Kdniao's console holds."""
        known = {number: self._question(number, phone_tails or {}, carriers or {}) for number in waybill_nos}
        return (yield from self.each(waybill_nos, partial(self._subscribe, known)))

    def _subscribe(self, known: Mapping[str, Any], waybill_no: str) -> Operation[None]:
        yield from self._call(self.config.settings["subscribe_type"], known[waybill_no], write=True, keyed=True)

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The whole histories that a push holds, oldest first. Answer it with `wire.push_answer`.

        Pushes are not signed: anybody who knows the address can send one, so `track` before acting on it.
        """
        yield from ()
        parcels = [row for row in open_push(self.config, headers, body) if isinstance(row, Mapping)]
        told = [row for row in parcels if row.get("LogisticCode")]
        return joined(*(self._events(row, str(row["LogisticCode"])) for row in told))

    def _call(self, kind: str, document: Any, *, write: bool = False, keyed: bool = False) -> Operation[dict[str, Any]]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, kind, document, credentials)

        found: dict[str, Any] = yield from self.exchange(kind, build, open_reply, write=write, keyed=keyed)
        return found


def order_document(parcel: Parcel, sender: Recipient, code: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a new order; empty fields are left out.

    Raises:
        NotServiceable: Cash on delivery or insurance, whose names are not documented.
        WaybillRejected: Something is missing or hidden; names the field.
    """
    check_parcel(parcel, sender, "kdniao")
    for field in ("cod_amount", "declared_value"):
        if getattr(parcel, field):
            raise NotServiceable(f"{field}: Kdniao's name for it is not documented", platform="kdniao", field=field)
    count = sum(quantity for _, quantity in parcel.lines) or 1
    found: dict[str, Any] = {
        "OrderCode": parcel.parcel_id, "ShipperCode": CODES[code], "PayType": settings["pay_type"],
        "ExpType": settings["express_type"], "CustomerName": settings["customer_name"],
        "CustomerPwd": settings["customer_password"], "SendSite": settings["send_site"],
        "MonthCode": settings["month_code"], "Sender": _person(sender), "Receiver": _person(parcel.recipient),
        "Quantity": 1, "Weight": kilograms(parcel), "IsNotice": 0 if settings["notify_courier"] else 1,
        "Commodity": [{"GoodsName": settings["cargo_name"], "Goodsquantity": count}], "IsReturnPrintTemplate": "0",
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "")}


def _person(person: Recipient) -> dict[str, str]:
    """Cities without districts repeat themselves where Kdniao demands a district."""
    place = place_of(person, _PLACE, short_municipality=True)
    kind = "Mobile" if is_mobile(person) else "Tel"
    found = {"Name": person.name or "", kind: phone_of(person), "PostCode": person.address.postal_code or "", **place}
    found.setdefault("ExpAreaName", person.address.town or place["CityName"])
    return {name: value for name, value in found.items() if value}
