"""YTO's front door: path with version, token and customer of each interface, signature, methods; and its pushes.

Source: docs/platforms/yto.md. Replies of refusals are not documented: the shape here is the sandbox's own.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.counter import (
    SHARED,
    Consignment,
    Counter,
    Happening,
    Refused,
    dated,
    digest,
    json_reply,
)
from orderhub.sandbox.carriers.yto.check import check_order
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target

__all__ = ["Yto", "digest"]

RULE = "base64 of MD5 over text, which ends in the interface's secret"

_PATH: Final = re.compile(r"/open/([a-z_]+)/([^/]+)/([^/]+)/([^/]+)")
CREDENTIALS: Final[Mapping[str, Mapping[str, str]]] = {
    "create": {"path_token": "Sb1crt", "customer_code": "sandbox-yto-order", "secret": "sandbox-yto-order-secret"},
    "cancel": {"path_token": "Sb2cnl", "customer_code": "sandbox-yto-order", "secret": "sandbox-yto-order-secret"},
    "track": {"path_token": "Sb3trk", "customer_code": "sandbox-yto-track", "secret": "sandbox-yto-track-secret"},
    "subscribe": {"path_token": "Sb4sub", "customer_code": "sandbox-yto-sub", "secret": "sandbox-yto-sub-secret"},
    "print": {"path_token": "Sb5prt", "customer_code": "sandbox-yto-order", "secret": "sandbox-yto-order-secret"},
    "push": {"customer_code": "sandbox-yto-push", "secret": "sandbox-yto-push-secret"},
}  # fmt: skip
"""What the console issues for each interface."""
METHODS: Final[Mapping[str, str]] = {
    "privacy_create_adapter": "create", "korder_create_adapter": "create", "korder_cancel_adapter": "cancel",
    "wanted_report_adapter": "cancel", "track_query_adapter": "track", "subscribe_adapter": "subscribe",
    "waybill_print_adapter": "print",
}  # fmt: skip
_LABEL: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Yto(Counter):
    """One merchant at YTO, with credentials for each interface."""

    name = "yto"
    switches = {
        **SHARED,
        "ip_allowed": Switch(True, "False: every call comes from an address that the console does not list"),
        "track_codes": Switch(True, "UNVERIFIED: whether tracking nodes carry infoContent"),
        "cancelled_number": Switch("refused", "UNVERIFIED: what ordering a cancelled logisticsNo again does",
                                   ("refused", "first_result")),
    }  # fmt: skip
    words = {
        "picked_up": ("GOT", "【{place}】已揽收"), "departed": ("DEPARTURE", "快件离开【{place}】"),
        "arrived": ("ARRIVAL", "快件到达【{place}】"), "out": ("SENT_SCAN", "【{place}】正在派件"),
        "signed": ("SIGNED", "客户签收人: 本人 已签收"), "locker_in": ("INBOUND", "快件已暂存代收点"),
        "locker_out": ("SIGNED", "客户已取件"), "failed": ("FAILED", "派件不成功"),
        "problem": ("FAILED", "快件有问题，正在处理"), "returning": ("TMS_RETURN", "快件退回中"),
        "returned": ("SIGNED", "退件已签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._methods: dict[str, Callable[[Call, Mapping[str, Any]], Any]] = {
            "privacy_create_adapter": self._create, "korder_create_adapter": self._create,
            "korder_cancel_adapter": self._cancel, "wanted_report_adapter": self._intercept,
            "track_query_adapter": self._track, "subscribe_adapter": self._subscribe,
            "waybill_print_adapter": self._print,
        }  # fmt: skip

    def claims(self, request: ParsedRequest) -> bool:
        """Paths below `/open/` with YTO's methods."""
        found = _PATH.fullmatch(request.path)
        return bool(found) and found[1] in METHODS  # type: ignore[index]

    def target(self, request: ParsedRequest) -> Target:
        """Customer and method stand in the path."""
        found = _PATH.fullmatch(request.path)
        return Target(found[4], found[1]) if found else Target()

    def handle(self, call: Call) -> Reply:
        """One call."""
        try:
            method, param = self._admit(call)
            answer = self._methods[method](call, param)
        except Refused as refused:
            call.verdict = refused.code
            answer = {"success": False, "code": refused.code, "reason": refused.text}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _admit(self, call: Call) -> tuple[str, Mapping[str, Any]]:
        found = _PATH.fullmatch(call.request.path)
        assert found is not None
        method, version, token, customer = found.groups()
        own = CREDENTIALS[METHODS[method]]
        if call.request.method != "POST":
            raise Refused("METHOD", "POST JSON")
        if not self.switch("ip_allowed"):
            raise Refused("IP", "the address is not on the list")
        if version != "v1" or (token, customer) != (own["path_token"], own["customer_code"]):
            raise Refused("CREDENTIAL", "version, token and customer do not belong to this interface")
        body = _parsed(call.request.body)
        text = body.get("param")
        if not isinstance(text, str) or body.get("format") != "JSON" or not str(body.get("timestamp", "")).isdigit():
            raise Refused("FORMAT", "timestamp, param, sign and format are needed")
        signed = text + method + version + own["secret"]
        if not call.signed(RULE, signed, digest(signed), str(body.get("sign"))):
            call.hint = signed
            raise Refused("SIGN", "sign does not match")
        return method, _parsed(text.encode())

    def _create(self, call: Call, param: Mapping[str, Any]) -> dict[str, Any]:
        check_order(param, self.now())
        key = (CREDENTIALS["create"]["customer_code"], str(param["logisticsNo"]))
        kept = self.orders.get(key)
        if kept is not None and kept.cancelled and self.switch("cancelled_number") == "refused":
            raise Refused("CANCELLED", "this logisticsNo was cancelled")
        if kept is None:
            cities = (str(param["senderCityName"]), str(param["recipientCityName"]))
            phones = (param["senderMobile"], param["recipientMobile"])
            number = f"YT{2_819_014_000_000 + self.serial() * 7:013d}"
            kept = self.consign(*key, number, dict(param), cities=cities, phones=phones)
        return {"logisticsNo": kept.reference, "mailNo": kept.number, "shortAddress": "300-012-000"}

    def _held(self, number: Any) -> Consignment:
        kept = self.by_number.get(str(number))
        if kept is None:
            raise Refused("WAYBILL", "no such waybill")
        return kept

    def _cancel(self, call: Call, param: Mapping[str, Any]) -> dict[str, Any]:
        kept = self.orders.get((CREDENTIALS["create"]["customer_code"], str(param.get("logisticsNo"))))
        if kept is None:
            raise Refused("LOGISTICS_NO", "no such order")
        if not param.get("cancelDesc"):
            raise Refused("MISSING", "cancelDesc")
        if kept.stops(self.now()):
            raise Refused("PICKED_UP", "it was picked up already")
        kept.cancelled = True
        return {"logisticsNo": kept.reference}

    def _intercept(self, call: Call, param: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._held(param.get("waybillNo"))
        if not param.get("wantedDesc"):
            raise Refused("MISSING", "wantedDesc")
        if any(stop.stage == "signed" for _, stop in kept.stops(self.now())):
            return {"statusCode": 1, "statusMessage": "signed already"}
        kept.scenario = "refused"
        return {"statusCode": 0}

    def _print(self, call: Call, param: Mapping[str, Any]) -> dict[str, Any]:
        self._held(param.get("waybillNo"))
        return {"data": {"pdfBase64": base64.b64encode(_LABEL).decode()}}

    def _track(self, call: Call, param: Mapping[str, Any]) -> list[dict[str, Any]]:
        number = param.get("NUMBER") or param.get("Number")
        if not number:
            raise Refused("MISSING", "NUMBER")
        kept = self.by_number.get(str(number))
        return [self._node(str(number), row) for row in self.happenings(kept, call)] if kept else []

    def _node(self, number: str, row: Happening) -> dict[str, Any]:
        found = {"waybill_No": number, "upload_Time": dated(row.at), "processInfo": row.text}
        return {**found, "infoContent": row.code} if self.switch("track_codes") else found

    def _subscribe(self, call: Call, param: Mapping[str, Any]) -> dict[str, Any]:
        inner = _parsed(str(param.get("logistics_interface") or "").encode())
        if not param.get("client_id") or param.get("msg_type") != "online" or not inner.get("waybillNo"):
            raise Refused("MISSING", "client_id, msg_type online and logistics_interface with waybillNo")
        self.subscribed.add(str(inner["waybillNo"]))
        return {"success": True}

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """One form for each event, signed with the secret of pushes."""
        return [self._push(kept, row) for row in happenings]

    def _push(self, kept: Consignment, row: Happening) -> Mapping[str, Any]:
        own = CREDENTIALS["push"]
        fields = {
            "logisticProviderID": "YTO", "clientID": own["customer_code"], "mailNo": kept.number,
            "txLogisticID": kept.reference, "infoType": "STATUS", "infoContent": row.code, "acceptTime": dated(row.at),
            "remark": row.text, "city": row.place,
        }  # fmt: skip
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        xml = f"<UpdateInfo>{inside}</UpdateInfo>"
        signed = digest(xml + own["secret"])
        form = {"logistics_interface": xml, "data_digest": signed, "clientId": own["customer_code"], "type": "online"}
        return {"headers": {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, "body": urlencode(form)}

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it: one pair for signing, and what each interface has of its own."""
        return [
            {
                "carrier": "yto", "base_url": self._setup.base_url(),
                "app_key": CREDENTIALS["create"]["customer_code"], "app_secret": CREDENTIALS["create"]["secret"],
                "interfaces": {name: dict(own) for name, own in CREDENTIALS.items() if name != "print"},
            }
        ]  # fmt: skip


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("FORMAT", "not JSON") from None
    if not isinstance(found, dict):
        raise Refused("FORMAT", "not an object")
    return found
