"""What SF can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `tracking`.

Our parcel id is SF's orderId and makes `create` idempotent: whatever happens to a reply, the order is searched for
before it is sent again. A cancelled parcel id cannot be used again: give a new parcel a new id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    Conflict,
    DecodeError,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    TransportError,
    WaybillRejected,
)
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation, now, random
from orderhub.kit.convert import beijing_time, masked, rows_of
from orderhub.kit.decode import document_bytes
from orderhub.kit.json import dumps
from orderhub.kit.operations import Operations, batches
from orderhub.kit.spec import ShopConfig
from orderhub.logistics.carriers.common import waybill_number
from orderhub.logistics.carriers.sf.messages import order_document, tariff_document
from orderhub.logistics.carriers.sf.spec import ALREADY_THERE, REFUSALS, SPEC
from orderhub.logistics.carriers.sf.wire import beijing, open_envelope, open_push, request
from orderhub.logistics.tracking import joined
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, Quote, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["SFOperations"]

CREATE_ROUNDS = 3
_REMARKS: Mapping[str, str] = {"1": "the sender is out of range", "2": "the receiver is out of range"}


class SFOperations(Operations):
    """SF's verbs; see `ports.Carrier`."""

    spec = SPEC
    pushes_signed = False

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        card = config.settings.get("monthly_card")
        if card is not None and not (len(str(card)) == 10 and str(card).isdecimal()):
            raise ConfigurationError("sf: monthly_card must be exactly ten digits", field="monthly_card")

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel; the same `parcel_id` gives the same waybill, however often it is asked for.

        Raises:
            NotServiceable: Outside SF's area, or goods or product that it does not take: try the next carrier.
            WaybillRejected: The order itself is at fault; names the field or SF's code.
            OutcomeUnknown: It could not be found out whether there is a waybill: ask again with the same parcel.
        """
        document = order_document(parcel, sender, self.config.settings)
        reason: OrderHubError | None = None
        for _ in range(CREATE_ROUNDS):
            try:
                found = yield from self._call("EXP_RECE_CREATE_ORDER", document, write=True)
                return _accepted(found, parcel.parcel_id, self._product())
            except (OutcomeUnknown, Conflict, DecodeError) as error:
                if isinstance(error, Conflict) and not ALREADY_THERE & {error.code, error.sub_code}:
                    raise _refusal(error) from error
                reason = reason or error
            except PlatformError as error:
                raise _refusal(error) from error
            if there := (yield from self._recover(parcel.parcel_id)):
                return there.model_copy(update={"product": self._product()})
        raise _given_up(parcel.parcel_id, reason)

    def _recover(self, reference: str) -> Operation[Waybill | None]:
        """The waybill of an order whose reply was lost; not being able to look is an unknown outcome."""
        try:
            return (yield from self.find(reference))
        except (TransportError, PlatformUnavailable, RateLimited, DecodeError) as error:
            raise OutcomeUnknown(
                "the order was sent and could not be searched for; create the same parcel again to find out",
                platform="sf", operation="create", request_id=error.request_id,
            ) from error  # fmt: skip

    def find(self, reference: str) -> Operation[Waybill | None]:
        """The waybill of a parcel id, None when SF has no order of that id."""
        message = {"orderId": reference, "searchType": "1", "language": self.config.settings["language"]}
        try:
            found = yield from self._call("EXP_RECE_SEARCH_ORDER_RESP", message)
        except PlatformError as error:
            if error.code == "A1000" and (error.sub_code == "8013" or type(error) is PlatformError):
                return None
            raise
        return _waybill(found, reference, None)

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up; `reference` must be the parcel id it was created with.

        Cancelling twice is harmless. When a reply is lost and the repeat is refused, the outcome stays unknown.
        """
        message = {
            "orderId": waybill.reference, "dealType": 2,
            "waybillNoInfoList": [{"waybillType": 1, "waybillNo": waybill.waybill_no}],
        }  # fmt: skip
        lost: OutcomeUnknown | None = None
        for _ in range(2):
            try:
                yield from self._call("EXP_RECE_UPDATE_ORDER", message, write=True)
            except OutcomeUnknown as error:
                lost = error
            except (AuthError, RateLimited):
                raise
            except PlatformError as error:
                return Outcome.failed(waybill.reference, lost or error)
            else:
                return Outcome(True, waybill.reference)
        return Outcome.failed(waybill.reference, lost or OutcomeUnknown("not sent"))

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels of the last three months, oldest first, each event once.

        Args:
            phone_tails: waybill number -> last four digits of the sender's or receiver's phone, which SF wants for
                waybills that our own monthly account did not pay.
        Returns:
            Codes that the sheet does not list have status unknown and keep `raw_code`.
        """
        tails, found = phone_tails or {}, []
        for chunk in batches(list(dict.fromkeys(waybill_nos)), self.limits("track").batch_max):
            message = {
                "language": self.config.settings["language"], "trackingType": "1", "trackingNumber": list(chunk),
                "methodType": "1",
            }  # fmt: skip
            if known := sorted({tails[number] for number in chunk if tails.get(number)}):
                message["checkPhoneNo"] = ",".join(known)
            found += self._events((yield from self._call("EXP_RECE_SEARCH_ROUTES", message)))
        return joined(found)

    def _events(self, found: Any) -> list[TrackingEvent]:
        parcels = rows_of(found.get("routeResps")) if isinstance(found, Mapping) else None
        if parcels is None or not all(isinstance(parcel, Mapping) for parcel in parcels):
            raise DecodeError("expected routeResps", platform="sf", path="msgData.routeResps")
        nodes = [(parcel.get("mailNo"), node) for parcel in parcels for node in rows_of(parcel.get("routes"))]
        return [self._event(node, number) for number, node in nodes]

    def _event(self, node: Any, waybill_no: Any = None) -> TrackingEvent:
        """One route node; a queried one stands below its waybill number, a pushed one holds it."""
        if not isinstance(node, Mapping):
            raise DecodeError("expected a route node", platform="sf", path="routes", value=masked(node))
        values = self.config.tables["route"].decode({"mailno": waybill_no, **node} if waybill_no else node)
        if values["at"] is None:
            raise DecodeError("a route node without a time", platform="sf", path="acceptTime")
        return TrackingEvent(**values)

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The events of a route push in JSON, oldest first; answer it with `wire.push_answer`.

        Pushes are not signed: anybody who knows the address can send one, so `track` before acting on it.
        """
        yield from ()
        return joined(self._event(node) for node in open_push(headers, body))

    def serviceability(self, parcel: Parcel, sender: Recipient) -> Operation[Outcome[None]]:
        """Whether SF would take this parcel; nothing is ordered.

        Returns:
            Not ok with reason not_serviceable, or undetermined when SF would check by hand.
        """
        document = order_document(parcel, sender, self.config.settings)
        try:
            found = yield from self._call("EXP_RECE_PRE_ORDER", document)
        except RequestRejected as error:
            return Outcome.failed(parcel.parcel_id, _refusal(error))
        result = str(found.get("filterResult", "")) if isinstance(found, Mapping) else ""
        if result == "3":
            return Outcome.failed(parcel.parcel_id, _out_of_range(found))
        return Outcome(result == "2", parcel.parcel_id, None if result == "2" else "undetermined")

    def quote(self, parcel: Parcel, sender: Recipient) -> Operation[list[Quote]]:
        """SF's own price and promised time for the configured product, in CNY.

        Raises:
            NotServiceable: SF names no price for it.
        """
        at = yield from now()
        message = tariff_document(parcel, sender, self.config.settings, beijing(at))
        found = yield from self._call("EXP_RECE_QUERY_DELIVERTM", message)
        rows = rows_of(found.get("deliverTmDto")) if isinstance(found, Mapping) else []
        priced = [row for row in rows if isinstance(row, Mapping) and row.get("fee") is not None]
        if not priced:
            raise NotServiceable("SF names no price for this parcel", platform="sf", operation="quote")
        return [self._quote(row, parcel, at) for row in priced]

    def _quote(self, row: Mapping[str, Any], parcel: Parcel, at: datetime) -> Quote:
        values = self.config.tables["tariff"].decode(row)
        return Quote(**values, billed_weight_g=parcel.weight_g, promised_hours=_hours(row.get("deliverTime"), at))

    def _product(self) -> str:
        return str(self.config.settings["express_type"])

    def _call(self, service: str, message: Any, *, write: bool = False) -> Operation[Any]:
        """One signed call; each try has a request id of its own."""
        text = document_bytes(message).decode()
        stem = yield from _request_stem()
        build = _builder(self.config, service, text, stem)
        return (yield from self.exchange(service, build, open_envelope, write=write))


def _request_stem() -> Operation[str]:
    """26 random hex digits: 104 bits."""
    first = yield from random()
    second = yield from random()
    return f"{int(first * 2**52):013x}{int(second * 2**52):013x}"


def _builder(config: ShopConfig, service: str, text: str, stem: str) -> Callable[[Credentials, datetime], Request]:
    tries = iter(range(1, 1_000_000))

    def build(credentials: Credentials, at: datetime) -> Request:
        return request(config, service, text, f"{stem}-{next(tries)}", credentials, at)

    return build


def _accepted(found: Any, reference: str, product: str) -> Waybill:
    """The waybill of an order that SF took."""
    waybill = _waybill(found, reference, product)
    if isinstance(found, Mapping) and str(found.get("filterResult", "")) == "3":
        raise _out_of_range(found)
    if waybill is None:
        raise OutcomeUnknown(
            "SF took the order without a waybill number (it may be checking the address by hand); "
            "create the same parcel again later to get it",
            platform="sf", operation="create",
        )  # fmt: skip
    return waybill


def _waybill(found: Any, reference: str, product: str | None) -> Waybill | None:
    """The mother waybill of an order, None when it has no number."""
    if not isinstance(found, Mapping):
        raise DecodeError("expected an order", platform="sf", path="msgData")
    if found.get("orderId") not in (None, "", reference):
        raise DecodeError("the reply is about another order", platform="sf", path="msgData.orderId")
    numbers = [
        waybill_number(row["waybillNo"], "sf", "msgData.waybillNoInfoList.waybillNo")
        for row in rows_of(found.get("waybillNoInfoList"))
        if isinstance(row, Mapping) and row.get("waybillNo") and str(row.get("waybillType", 1)) == "1"
    ]
    if not numbers:
        return None
    label = found.get("routeLabelInfo")
    return Waybill(
        carrier="sf", waybill_no=numbers[0], reference=reference, product=product,
        print_payload=dumps(label) if label else None,
    )  # fmt: skip


def _out_of_range(found: Mapping[str, Any]) -> NotServiceable:
    remark = str(found.get("remark") or "")
    return NotServiceable(
        f"SF does not serve this address: {_REMARKS.get(remark, 'another reason')}", platform="sf", code=remark or None
    )


def _refusal(error: PlatformError) -> OrderHubError:
    """What a refused order is to the caller; failures of the account or of the platform stay what they are."""
    if isinstance(error, AuthError | RateLimited | PlatformUnavailable):
        return error
    kind = REFUSALS.get(error.sub_code or "", WaybillRejected)
    return kind(
        error.message, platform="sf", operation=error.operation, code=error.code, sub_code=error.sub_code,
        request_id=error.request_id,
    )  # fmt: skip


def _given_up(reference: str, reason: OrderHubError | None) -> OrderHubError:
    if isinstance(reason, Conflict):
        return WaybillRejected(
            f"SF knows parcel id {reference!r} and shows no waybill for it: it was probably cancelled; use a new id",
            platform="sf", operation="create", code=reason.code, sub_code=reason.sub_code,
            request_id=reason.request_id,
        )  # fmt: skip
    if isinstance(reason, OutcomeUnknown):
        return reason
    return OutcomeUnknown(
        "the order was sent and its reply could not be read; create the same parcel again to find out",
        platform="sf", operation="create", request_id=reason.request_id if reason else None,
    )  # fmt: skip


def _hours(promised: Any, at: datetime) -> int | None:
    """Whole hours, rounded up, from `at` to the later of the promised times; None when there is none."""
    words = str(promised or "").split(",")[-1].strip()
    until = beijing_time(words) if words else None
    return max(0, -int((at - until).total_seconds() // 3600)) if until else None
