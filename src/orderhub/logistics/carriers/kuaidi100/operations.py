"""What Kuaidi100 can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from orderhub.errors import (
    ConfigurationError,
    Conflict,
    DecodeError,
    InvalidParameter,
    NotFound,
    NotServiceable,
    RequestRejected,
)
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import cny_yuan, rows_of
from orderhub.kit.spec import ShopConfig
from orderhub.logistics.carriers.common import CarrierOperations, check_parcel, kilograms
from orderhub.logistics.carriers.kuaidi100.spec import CODES, ERRORS, PHONE_WANTED, SPEC, SUBSCRIBE_ERRORS
from orderhub.logistics.carriers.kuaidi100.wire import (
    open_push,
    open_reply,
    price_request,
    query_request,
    subscribe_request,
)
from orderhub.logistics.tracking import joined
from orderhub.models.channel import Credentials
from orderhub.models.logistics import Parcel, Quote, TrackingEvent
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["Kuaidi100Operations"]

Texts = Mapping[str, str]


class Kuaidi100Operations(CarrierOperations):
    """Kuaidi100's verbs; see `ports.Carrier`."""

    spec = SPEC

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        default = config.settings["default_carrier"]
        named = {"quote_carriers": config.settings["quote_carriers"], "default_carrier": [default] if default else []}
        for field, codes in named.items():
            if strange := sorted(set(codes) - set(CODES)):
                raise ConfigurationError(f"kuaidi100 has no carrier {', '.join(strange)}", field=field)

    def track(
        self, waybill_nos: Sequence[str], *, phone_tails: Texts | None = None, carriers: Texts | None = None
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once; of unknown numbers nothing.

        Args:
            phone_tails: waybill number -> last four digits of a phone; SF and ZTO show nothing without.
            carriers: waybill number -> canonical code; the setting `default_carrier` for those left out.
        Raises:
            InvalidParameter: A number has no carrier, or one that needs a phone has none; nothing is asked then.
        """
        known = {number: self._question(number, phone_tails or {}, carriers or {}) for number in waybill_nos}
        return (yield from self.track_each(waybill_nos, partial(self._track, known)))

    def _question(self, number: str, tails: Texts, carriers: Texts) -> dict[str, Any]:
        code = carriers.get(number) or self.config.settings["default_carrier"]
        if code not in CODES:
            told = f"{code!r} is none of {', '.join(CODES)}" if code else "name it in `carriers`"
            raise InvalidParameter(f"the carrier of a number: {told}", platform="kuaidi100", field="carriers")
        if code in PHONE_WANTED and not tails.get(number):
            raise InvalidParameter(
                f"parcels of {code} are shown only with the last four digits of a phone", platform="kuaidi100",
                field="phone_tails",
            )  # fmt: skip
        found = {"com": CODES[code], "num": number, "resultv2": self.config.settings["resultv2"], "order": "asc"}
        return {**found, "phone": tails[number]} if tails.get(number) else found

    def _track(self, known: Mapping[str, Any], waybill_no: str) -> Operation[list[TrackingEvent]]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return query_request(self.config, known[waybill_no], credentials)

        try:
            found = yield from self.exchange("/poll/query.do", build, open_reply(ERRORS))
        except NotFound:
            return []
        return self._events(found, waybill_no)

    def _events(self, found: Mapping[str, Any], waybill_no: str) -> list[TrackingEvent]:
        if found.get("nu") not in (None, "", waybill_no):
            raise DecodeError("the reply is about another number", platform="kuaidi100", path="nu")
        return [self.event(self.config.tables["node"], node, nu=waybill_no) for node in rows_of(found.get("data"))]

    def subscribe(
        self, waybill_nos: Sequence[str], *, phone_tails: Texts | None = None, carriers: Texts | None = None
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes; a number can be subscribed four times in a month.

        Raises:
            ConfigurationError: `callback_url` or `push_salt` is missing: subscribing would succeed and nothing come.
        """
        for name in ("callback_url", "push_salt"):
            if not self.config.settings[name]:
                raise ConfigurationError(f"kuaidi100: set {name} before subscribing", field=name)
        known = {number: self._question(number, phone_tails or {}, carriers or {}) for number in waybill_nos}
        return (yield from self.each(waybill_nos, partial(self._subscribe, known)))

    def _subscribe(self, known: Mapping[str, Any], waybill_no: str) -> Operation[str | None]:
        asked, settings = known[waybill_no], self.config.settings
        parameters = {"callbackurl": settings["callback_url"], "salt": settings["push_salt"],
                      "resultv2": settings["resultv2"], "phone": asked.get("phone")}  # fmt: skip
        document = {
            "company": asked["com"], "number": waybill_no,
            "parameters": {name: value for name, value in parameters.items() if value},
        }  # fmt: skip

        def build(credentials: Credentials, at: datetime) -> Request:
            return subscribe_request(self.config, document, credentials)

        try:
            yield from self.exchange("/poll", build, open_reply(SUBSCRIBE_ERRORS), write=True, keyed=True)
        except Conflict:
            return "already_done"
        return None

    def quote(self, parcel: Parcel, sender: Recipient) -> Operation[list[Quote]]:
        """Prices of the carriers of `quote_carriers` that name one, cheapest first, in CNY.

        Raises:
            NotServiceable: None of them names a price.
        """
        check_parcel(parcel, sender, "kuaidi100")
        found: list[Quote] = []
        for code in self.config.settings["quote_carriers"]:
            try:
                found.append((yield from self._price(code, parcel, sender)))
            except RequestRejected:
                continue
        if not found:
            raise NotServiceable("no carrier names a price for this parcel", platform="kuaidi100", operation="quote")
        return sorted(found, key=lambda quote: (quote.total, quote.carrier))

    def _price(self, code: str, parcel: Parcel, sender: Recipient) -> Operation[Quote]:
        document = {
            "kuaidiCom": CODES[code], "sendManPrintAddr": _address(sender),
            "recManPrintAddr": _address(parcel.recipient), "weight": format(kilograms(parcel), "f"),
        }  # fmt: skip

        def build(credentials: Credentials, at: datetime) -> Request:
            return price_request(self.config, document, credentials, at)

        found = yield from self.exchange("/order/borderapi.do#price", build, open_reply(ERRORS))
        data = found.get("data")
        try:
            total = cny_yuan(data["price"] if isinstance(data, Mapping) else None)
        except (ValueError, KeyError):
            raise DecodeError("Quote.total: no price", platform="kuaidi100", path="data.price") from None
        return Quote(carrier=code, product="standard", currency="CNY", total=total, billed_weight_g=parcel.weight_g)

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """The whole history that a push holds, oldest first; none when monitoring was given up (`abort`).

        Raises `SecurityError` for a forged one. Answer it with `wire.push_answer`.
        """
        yield from ()
        last = open_push(self.config, headers, body).get("lastResult")
        if not isinstance(last, Mapping) or not last.get("nu"):
            return []
        return joined(self._events(last, str(last["nu"])))


def _address(person: Recipient) -> str:
    """The whole address in one text."""
    at = person.address
    return "".join(
        [*dict.fromkeys(part for part in (at.province, at.city, at.district, at.town) if part), at.street or ""]
    )
