"""ZTO's front door: digest of the body in a header, one path for each API, orders, tracking, interception, pushes.

Source: docs/platforms/zto.md. Status codes beside those of interception are the sandbox's own: none are documented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

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
    tail,
)
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target

__all__ = ["Zto", "digest"]

RULE = "base64 of MD5 over text, which ends in the app secret"

COMPANY: Final = "sandbox-zto-company"
APP_WORD: Final = "sandbox-zto-secret-0001"
ACCOUNT: Final = {"accountId": "sandbox-zto-account", "accountPassword": "ZTO123"}
PREFIXES: Final = ("/zto.", "/thirdcenter.")
_VAS: Final = ("COD", "vip", "insured", "receiveReturnService", "twoHour", "standardExpress")
_PUSH_WORDS: Final[Mapping[str, str]] = {
    "picked_up": "GOT", "departed": "DEPARTURE", "arrived": "ARRIVAL", "out": "DISPATCH", "signed": "SIGNED",
    "locker_in": "INBOUND", "locker_out": "HANDOVERSCAN_SIGNED", "failed": "PROBLEM", "problem": "PROBLEM",
    "returning": "RETURN_SCAN", "returned": "RETURN_SIGNED",
}  # fmt: skip
"""Pushes speak another vocabulary than queries."""


class Zto(Counter):
    """One merchant at ZTO."""

    name = "zto"
    switches = {
        **SHARED,
        "repeated_order": Switch("first_result", "UNVERIFIED: what a repeated partnerOrderCode does",
                                 ("first_result", "refused")),
        "phone_tail": Switch("optional", "UNVERIFIED: whether queries need four digits of a phone",
                             ("optional", "required")),
        "track_times": Switch("epoch_ms", "sources show milliseconds and China time as text", ("epoch_ms", "text")),
    }  # fmt: skip
    words = {
        "picked_up": ("收件", "【{place}】已揽收"), "departed": ("发件", "快件离开【{place}】"),
        "arrived": ("到件", "快件已经到达【{place}】"), "out": ("派件", "【{place}】的业务员正在派件"),
        "signed": ("签收", "快件已签收，签收人：本人"), "locker_in": ("ARRIVAL", "快件已投递至代收点"),
        "locker_out": ("SIGNED", "快件已从代收点取出"), "failed": ("问题件", "派件不成功"),
        "problem": ("问题件", "快件有问题"), "returning": ("退件", "快件退回中"), "returned": ("签收", "退件已签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._intercepts: dict[str, str] = {}
        self._apis: dict[str, Callable[[Call, Mapping[str, Any]], Any]] = {
            "zto.open.createOrder": self._create,
            "zto.open.cancelPreOrder": self._cancel,
            "zto.merchant.waybill.track.query": self._track,
            "zto.merchant.waybill.track.subsrcibe": self._subscribe,
            "thirdcenter.createIntercept": self._intercept,
        }

    def claims(self, request: ParsedRequest) -> bool:
        """Paths that are API names of ZTO."""
        return request.path.startswith(PREFIXES) and request.path[1:] in self._apis

    def target(self, request: ParsedRequest) -> Target:
        """The company stands in a header, the API is the path."""
        headers = request.headers
        return Target(headers.get("x-companyid") or headers.get("x-appkey"), request.path[1:])

    def handle(self, call: Call) -> Reply:
        """One call; refusals are status false."""
        try:
            result = self._apis[call.request.path[1:]](call, self._admit(call))
            answer = {"status": True, "message": "", "statusCode": "0000", "result": result}
        except Refused as refused:
            call.verdict = refused.code
            answer = {"status": False, "message": refused.text, "statusCode": refused.code, "result": None}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _admit(self, call: Call) -> Mapping[str, Any]:
        headers, body = call.request.headers, call.request.body.decode("utf-8", "replace")
        if call.request.method != "POST" or "json" not in headers.get("content-type", ""):
            raise Refused("METHOD", "POST JSON")
        if (headers.get("x-companyid") or headers.get("x-appkey")) != COMPANY:
            raise Refused("COMPANY", "unknown x-companyid")
        signed = headers.get("x-timestamp", "") + body + APP_WORD
        if not call.signed(RULE, signed, digest(signed), headers.get("x-datadigest", "")):
            call.hint = signed
            raise Refused("DIGEST", "x-datadigest does not match")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused("FORMAT", "not a JSON object")
        return found

    def _create(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        _check_order(document)
        key = (COMPANY, str(document["partnerOrderCode"]))
        kept = self.orders.get(key)
        if kept is not None and (kept.cancelled or self.switch("repeated_order") == "refused"):
            raise Refused("REPEATED", "订单号重复")
        if kept is None:
            sender, receiver = document["senderInfo"], document["receiveInfo"]
            number = str(document.get("billCode") or 75_156_353_000_000 + self.serial() * 13)
            phones = tuple(_phone(person, side) for person, side in ((sender, "sender"), (receiver, "receiver")))
            cities = (str(sender["senderCity"]), str(receiver["receiverCity"]))
            kept = self.consign(*key, number, dict(document), cities=cities, phones=phones)
            kept.told = {"orderCode": f"26{self.serial():010d}"}
        mark = {"mark": "300-012 000", "bagAddr": kept.cities[1]}
        return {"billCode": kept.number, **kept.told, "bigMarkInfo": mark}

    def _held(self, document: Mapping[str, Any]) -> Consignment:
        number, code = document.get("billCode"), document.get("orderCode")
        kept = self.by_number.get(str(number)) if number else None
        kept = kept or next((one for one in self.by_number.values() if code and one.told["orderCode"] == code), None)
        if kept is None:
            raise Refused("ORDER", "no such order")
        return kept

    def _cancel(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        if str(document.get("cancelType")) not in "1234567" or not document.get("cancelType"):
            raise Refused("CANCEL_TYPE", "cancelType is 1 to 7")
        kept = self._held(document)
        if kept.stops(self.now()):
            raise Refused("PICKED_UP", "it was picked up already")
        kept.cancelled = True
        return {"billCode": kept.number}

    def _open(self, document: Mapping[str, Any]) -> Consignment | None:
        """The parcel, if the digits that came along are those of one of its phones."""
        number, digits = str(document.get("billCode") or ""), str(document.get("mobilePhone") or "")
        if not number:
            raise Refused("MISSING", "billCode")
        if not digits and self.switch("phone_tail") == "required":
            raise Refused("MISSING", "mobilePhone")
        kept = self.by_number.get(number)
        return kept if kept and (not digits or tail(digits) in kept.tails) else None

    def _track(self, call: Call, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        kept = self._open(document)
        return [self._node(kept.number, row) for row in self.happenings(kept, call)] if kept else []

    def _node(self, number: str, row: Happening) -> dict[str, Any]:
        at = int(row.at.timestamp() * 1000) if self.switch("track_times") == "epoch_ms" else dated(row.at)
        site = {"name": f"{row.place}网点", "city": row.place, "code": "57112", "prov": "", "phone": ""}
        return {"billCode": number, "scanType": row.code, "scanDate": at, "scanSite": site, "desc": row.text}

    def _subscribe(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._open(document)
        if kept is None:
            raise Refused("SUBSCRIBE", "billCode and mobilePhone do not belong together")
        self.subscribed.add(kept.number)
        return {"billCode": kept.number}

    def _intercept(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        if document.get("destinationType") not in (1, 2, 3, 4):
            raise Refused("E23108", "destinationType")
        kept = self.by_number.get(str(document.get("billCode")))
        if kept is None:
            raise Refused("E23102", "no order of this waybill")
        if self._intercepts.setdefault(kept.number, str(document.get("requestId"))) != str(document.get("requestId")):
            raise Refused("E23116", "asked before")
        stages = [stop.stage for _, stop in kept.stops(self.now())]
        for stage, code in (("signed", "E23101"), ("out", "E23120")):
            if stage in stages:
                raise Refused(code, stage)
        if not stages:
            raise Refused("E23119", "no scan yet")
        kept.scenario = "refused"
        return {"billCode": kept.number}

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """One form for each event; the last one's code is that of the query when it was disguised."""
        stages = [stop.stage for _, stop in kept.stops(self.now())]
        return [self._push(kept, row, _PUSH_WORDS[stage]) for row, stage in zip(happenings, stages, strict=True)]

    def _push(self, kept: Consignment, row: Happening, action: str) -> Mapping[str, Any]:
        document = {
            "billCode": kept.number, "action": action, "facilityCode": "57112", "facilityName": f"{row.place}网点",
            "city": row.place, "actionTime": dated(row.at), "desc": row.text, "problemCode": "",
        }  # fmt: skip
        text = json.dumps(document, ensure_ascii=False)
        form = {"data": text, "data_digest": digest(text + APP_WORD), "msg_type": "Traces", "company_id": COMPANY}
        return {"headers": {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, "body": urlencode(form)}

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [
            {
                "carrier": "zto", "base_url": self._setup.base_url(), "app_key": COMPANY, "app_secret": APP_WORD,
                "account_id": ACCOUNT["accountId"], "account_password": ACCOUNT["accountPassword"],
            }
        ]  # fmt: skip


def _phone(person: Mapping[str, Any], side: str) -> Any:
    return person.get(f"{side}Mobile") or person.get(f"{side}Phone")


def _check_order(document: Mapping[str, Any]) -> None:
    """Raises `Refused` for the first fault found."""
    if str(document.get("partnerType")) not in ("1", "2") or str(document.get("orderType")) not in ("1", "2", "3", "4"):
        raise Refused("TYPE", "partnerType is 1 or 2, orderType 1 to 4")
    if not document.get("partnerOrderCode"):
        raise Refused("MISSING", "partnerOrderCode")
    account = document.get("accountInfo") or {}
    if {name: account.get(name) for name in ACCOUNT} != ACCOUNT:
        raise Refused("ACCOUNT", "accountId and accountPassword")
    for block, side in (("senderInfo", "sender"), ("receiveInfo", "receiver")):
        person = document.get(block) or {}
        for name in ("Name", "Province", "City", "Address"):
            if not person.get(side + name):
                raise Refused("MISSING", f"{block}.{side}{name}")
        if not _phone(person, side):
            raise Refused("MISSING", f"{block}.{side}Mobile")
    for row in document.get("orderVasList") or []:
        amount = row.get("vasAmount", 0)
        if row.get("vasType") not in _VAS or isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
            raise Refused("VAS", "vasType, and vasAmount in whole cents")
    for row in document.get("orderItems") or []:
        if not row.get("name") or not isinstance(row.get("weight", 0), int):
            raise Refused("ITEM", "name, and weight in whole grams")
