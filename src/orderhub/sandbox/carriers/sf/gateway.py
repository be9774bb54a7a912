"""The front door of Fengqiao: form, partner, signature or token, limits, then the service; and the tester's hand.

Source: docs/platforms/sf.md#protocol.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.sf.check import MONTHLY_CARD
from orderhub.sandbox.carriers.sf.codes import SWITCHES, Refused
from orderhub.sandbox.carriers.sf.desk import Consignment, Desk
from orderhub.sandbox.carriers.sf.journey import CHINA, JOURNEYS
from orderhub.sandbox.carriers.sf.sign import RULES, digest, java_encoded
from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.emulator import Call, ControlError, EmulatorBase, ParsedRequest, Setup, Target

__all__ = ["SfExpress"]

PARTNER: Final = "sandbox-sf-partner"
CHECK_WORD: Final = "sandbox-sf-checkword-0001"
TOKEN_LIFE: Final = timedelta(hours=2)
_FORM: Final = "application/x-www-form-urlencoded"
_REQUIRED: Final = (("partnerID", 64), ("requestID", 40), ("serviceCode", 50), ("timestamp", 20), ("msgData", None))
_PER_SECOND, _PER_DAY = 30, 3000


class SfExpress(EmulatorBase):
    """One SF account."""

    name = "sf"
    faults = frozenset({"call_limited", "token_expired", "unknown_status"})
    switches = SWITCHES

    def __init__(self, setup: Setup, desk: Desk) -> None:
        self._setup, self._desk = setup, desk
        self._tokens: dict[str, datetime] = {}
        self._blocked: dict[str, datetime] = {}
        self._recent: dict[str, deque[datetime]] = {}
        self._daily: Counter[tuple[str, str]] = Counter()
        self._request_ids: set[str] = set()

    def claims(self, request: ParsedRequest) -> bool:
        """Both paths are SF's alone."""
        return request.path in ("/std/service", "/oauth2/accessToken")

    def target(self, request: ParsedRequest) -> Target:
        """The partner and its service; token calls are `accessToken`."""
        operation = "accessToken" if request.path == "/oauth2/accessToken" else request.params.get("serviceCode")
        return Target(request.params.get("partnerID"), operation)

    def handle(self, call: Call) -> Reply:
        """One call; business refusals arrive inside a gateway success."""
        try:
            if call.request.path == "/oauth2/accessToken":
                return _reply({"apiResultCode": "A1000", "apiErrorMsg": "", "accessToken": self._token(call)})
            self._admit(call)
        except Refused as refused:
            call.verdict = refused.code
            return _reply({"apiResultCode": refused.code, "apiErrorMsg": refused.text, "apiResponseID": self._id(),
                           "apiResultData": None})  # fmt: skip
        told = self._business(call)
        inner = json.dumps(told, ensure_ascii=False) if self._setup.switches["result_form"] == "string" else told
        return _reply(
            {"apiResultCode": "A1000", "apiErrorMsg": "", "apiResponseID": self._id(), "apiResultData": inner}
        )

    def _business(self, call: Call) -> dict[str, Any]:
        params = call.request.params
        try:
            answer = self._desk.services[params["serviceCode"]](params["partnerID"], _json(params["msgData"]))
        except Refused as refused:
            call.verdict, call.hint = refused.code, refused.text
            return {"success": False, "errorCode": refused.code, "errorMsg": refused.text, "msgData": None}
        if call.fault is not None and call.fault.name == "unknown_status" and isinstance(answer, dict):
            answer = _disguised(answer)
        return {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": answer}

    def _admit(self, call: Call) -> None:
        form = dict(call.request.form)
        if call.request.method != "POST" or not call.request.headers.get("content-type", "").startswith(_FORM):
            raise Refused("A1001", "POST a form")
        for name, length in _REQUIRED:
            if not form.get(name) or (length is not None and len(form[name]) > length):
                raise Refused("A1001", name)
        if ("msgDigest" in form) == ("accessToken" in form):
            raise Refused("A1001", "one of msgDigest and accessToken")
        if not self._setup.switches["ip_allowed"]:
            raise Refused("A1003")
        if form["partnerID"] != PARTNER or form["serviceCode"] not in self._desk.services:
            raise Refused("A1004")
        self._check_identity(call, form)
        self._check_repeat(form["requestID"])
        self._check_limits(call, form["serviceCode"])

    def _check_identity(self, call: Call, form: Mapping[str, str]) -> None:
        tolerance = self._setup.switches["timestamp_tolerance_s"]
        if not form["timestamp"].isdigit():
            raise Refused("A1001", "timestamp")
        if tolerance and abs(int(form["timestamp"]) / 1000 - call.now.timestamp()) > tolerance:
            raise Refused("A1006", "timestamp")
        if "accessToken" in form:
            self._check_token(call, form["accessToken"])
            return
        algorithm = self._setup.switches["signature_algorithm"]
        expected = digest(algorithm, form["msgData"], form["timestamp"], CHECK_WORD)
        signed = form["msgData"] + form["timestamp"] + CHECK_WORD
        text = java_encoded(signed) if algorithm == "standard_md5" else signed
        if not call.signed(RULES[algorithm], text, expected, form["msgDigest"]):
            call.hint = text
            raise Refused("A1006")

    def _check_token(self, call: Call, token: str) -> None:
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.pop(token, None)
        if self._tokens.get(token, call.now) <= call.now:
            raise Refused("A1011")

    def _check_repeat(self, request_id: str) -> None:
        if self._setup.switches["refuse_repeated_request_id"] and request_id in self._request_ids:
            raise Refused("A1007")
        self._request_ids.add(request_id)

    def _check_limits(self, call: Call, service: str) -> None:
        now = self._setup.now()
        if call.fault is not None and call.fault.name == "call_limited":
            self._blocked[service] = now + timedelta(seconds=call.fault.delay_s)
        if self._blocked.get(service, now) > now:
            raise Refused("A1005")
        if not (self._setup.limits and self._setup.switches["call_limits"]):
            return
        recent, day = self._recent.setdefault(service, deque()), f"{now.astimezone(CHINA):%Y-%m-%d}"
        while recent and now - recent[0] >= timedelta(seconds=1):
            recent.popleft()
        if len(recent) >= _PER_SECOND or self._daily[service, day] >= _PER_DAY:
            raise Refused("A1005")
        recent.append(now)
        self._daily[service, day] += 1

    def _token(self, call: Call) -> str:
        params = call.request.params
        if call.request.method != "POST" or params.get("grantType") != "password" or not params.get("secret"):
            raise Refused("A1001")
        if params.get("partnerID") != PARTNER:
            raise Refused("A1004")
        if params["secret"] != CHECK_WORD:
            raise Refused("A1006")
        token = f"sandbox-sf-{self._setup.rng.getrandbits(96):024X}"
        self._tokens[token] = self._setup.now() + TOKEN_LIFE
        return token

    def _id(self) -> str:
        return f"{self._setup.rng.getrandbits(128):032X}"

    # --- numbers that a platform gave out in SF's name ---------------------------------------------------------------

    def take_over(self, parcel: Parcel) -> None:
        """A platform gave out a number of SF; who asks for its routes must know a telephone's end."""
        if parcel.carrier == self.name:
            self._desk.take_over(PARTNER, parcel)

    def fetched(self, number: str) -> bool:
        """Whether a courier has the parcel."""
        return self._desk.fetched(number)

    def give_back(self, number: str) -> None:
        """The platform takes the number back."""
        self._desk.give_back(number)

    # --- the tester's hand -------------------------------------------------------------------------------------------

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier("sf", …)` wants it."""
        base = self._setup.base_url()
        return [
            {
                "carrier": "sf", "base_url": base, "partner_id": PARTNER, "checkword": CHECK_WORD,
                "monthly_card": MONTHLY_CARD, "signature_algorithm": self._setup.switches["signature_algorithm"],
                "token_url": f"{base}/oauth2/accessToken",
            }
        ]  # fmt: skip

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every waybill number that was ever given out, cancelled ones too, with the merchant's `reference`."""
        return [
            {"order_id": number, "shop_id": kept.partner, "modified": f"{self._changed(kept):%Y-%m-%d %H:%M:%S}",
             "reference": kept.order_id, "cancelled": kept.cancelled, "op_code": self._code(kept)}
            for number, kept in self._desk.by_number.items() if shop_id in (None, kept.partner)
        ]  # fmt: skip

    def record(self, record_id: str) -> dict[str, Any]:
        """The order as sent, every number and every route so far."""
        kept = self._desk.by_number.get(record_id)
        if kept is None:
            raise ControlError(f"sf has no waybill {record_id}", "list them with GET /_sandbox/sf/orders", 404)
        return {
            "order_id": record_id, "shop_id": kept.partner, "reference": kept.order_id, "document": kept.document,
            "waybillNoInfoList": kept.numbers, "cancelled": kept.cancelled, "scenario": kept.scenario,
            "routes": kept.routes(self._setup.now()),
        }  # fmt: skip

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """`{"action": "scenario", "scenario": name}` chooses another journey, `{"action": "advance", "hours": n}`
        moves this parcel alone along its journey."""
        found = self.record(record_id)
        kept, action = self._desk.by_number[found["order_id"]], body.get("action")
        if action == "scenario" and body.get("scenario") in JOURNEYS:
            kept.scenario = body["scenario"]
        elif action == "advance" and isinstance(body.get("hours"), int | float):
            kept.shift_s += body["hours"] * 3600
        else:
            raise ControlError(
                f"cannot do {dict(body)!r}",
                'send {"action": "advance", "hours": n} or {"action": "scenario", "scenario": one of '
                + ", ".join(JOURNEYS) + "}",
            )  # fmt: skip
        return self.record(record_id)

    def _changed(self, kept: Consignment) -> datetime:
        stops = kept.stops(self._setup.now())
        return (stops[-1][0] if stops else kept.created_at).astimezone(CHINA)

    def _code(self, kept: Consignment) -> str | None:
        stops = kept.stops(self._setup.now())
        return stops[-1][1].code if stops else None


def _json(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Refused("S0001", "msgData") from None


def _disguised(answer: dict[str, Any]) -> dict[str, Any]:
    """The last route of each number under a code that no list knows."""
    told: dict[str, Any] = json.loads(json.dumps(answer))
    for response in told.get("routeResps", ()):
        for route in response["routes"][-1:]:
            route["opCode"] = "9999"
    return told


def _reply(document: Mapping[str, Any]) -> Reply:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Reply(200, {"content-type": "application/json;charset=UTF-8"}, body)
