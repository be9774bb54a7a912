"""Yunda's front door: key, time and signature in headers, tracking of subscribed numbers.

Source: docs/platforms/yunda.md. Its order APIs are not documented: the tester makes parcels. Codes of refusals are the
sandbox's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.counter import SHARED, Counter, Happening, Refused, dated, json_reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target

__all__ = ["Yunda", "sign"]

RULE = "lower hex of MD5 over text, which ends in the app secret"

APP: Final = "sandbox-yunda-app"
APP_WORD: Final = "sandbox-yunda-secret-0001"
_ROOTS: Final = ("/openapi/outer/", "/openapi-api/outer/")
_STATUS: Final[Mapping[str, str]] = {
    "GOT": "GOT", "ARRIVAL": "TRANSIT", "DEPARTURE": "TRANSIT", "SENT": "TRANSIT", "INBOUND": "TRANSIT",
    "SIGNED": "SIGNED", "SIGNFAIL": "SIGNFAIL", "ISSUE": "TRANSIT", "RETURN": "RETURN",
}  # fmt: skip
"""Action of the last step -> status of the parcel."""


def sign(body: str, secret: str) -> str:
    """Lower-case hexadecimal MD5 of the body, an underscore and the secret."""
    return hashlib.md5(f"{body}_{secret}".encode(), usedforsecurity=False).hexdigest()


class Yunda(Counter):
    """One merchant at Yunda."""

    name = "yunda"
    switches = {**SHARED, "timestamp_tolerance_s": Switch(0, "UNVERIFIED whether req-time is judged; 0 takes any")}
    words = {
        "picked_up": ("GOT", "【{place}】已揽收"), "departed": ("DEPARTURE", "快件离开【{place}】"),
        "arrived": ("ARRIVAL", "快件到达【{place}】"), "out": ("SENT", "【{place}】正在派送"),
        "signed": ("SIGNED", "已签收"), "locker_in": ("INBOUND", "快件已存放至代收点"),
        "locker_out": ("SIGNED", "已取件"),
        "failed": ("SIGNFAIL", "签收失败"), "problem": ("ISSUE", "快件有问题"), "returning": ("RETURN", "快件退回中"),
        "returned": ("SIGNED", "退件已签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._apis: dict[str, Callable[[Call, Mapping[str, Any]], Any]] = {
            "logictis/query": self._track,
            "logictis/subscribe": self._subscribe,
        }

    def _api(self, request: ParsedRequest) -> str:
        root = next((root for root in _ROOTS if request.path.startswith(root)), None)
        return request.path[len(root) :] if root else ""

    def claims(self, request: ParsedRequest) -> bool:
        """Both spellings of the root are in use."""
        return self._api(request) in self._apis

    def target(self, request: ParsedRequest) -> Target:
        """The key stands in a header."""
        return Target(request.headers.get("app-key"), self._api(request))

    def handle(self, call: Call) -> Reply:
        """One call; refusals are result false."""
        try:
            data = self._apis[self._api(call.request)](call, self._admit(call))
            answer = {"result": True, "code": "0000", "message": "请求成功", "data": data}
        except Refused as refused:
            call.verdict = refused.code
            answer = {"result": False, "code": refused.code, "message": refused.text, "data": None}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _admit(self, call: Call) -> Mapping[str, Any]:
        headers, body = call.request.headers, call.request.body.decode("utf-8", "replace")
        if call.request.method != "POST" or "json" not in headers.get("content-type", ""):
            raise Refused("METHOD", "POST JSON")
        stamp, tolerance = headers.get("req-time", ""), self.switch("timestamp_tolerance_s")
        if not stamp.isdigit() or (tolerance and abs(int(stamp) / 1000 - call.now.timestamp()) > tolerance):
            raise Refused("TIME", "req-time")
        if headers.get("app-key") != APP:
            raise Refused("APP", "unknown app-key")
        if not call.signed(RULE, f"{body}_{APP_WORD}", sign(body, APP_WORD), headers.get("sign", "")):
            call.hint = f"{body}_{APP_WORD}"
            raise Refused("SIGN", "sign does not match")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused("FORMAT", "not a JSON object")
        return found

    def _subscribe(self, call: Call, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = document.get("orders")
        if not isinstance(rows, list) or not rows or not all(row.get("mailno") for row in rows):
            raise Refused("MISSING", "orders with mailno")
        self.subscribed.update(str(row["mailno"]) for row in rows)
        return [{"mailno": row["mailno"], "orderid": row.get("orderid"), "result": True} for row in rows]

    def _track(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        number = str(document.get("mailno") or "")
        if not number:
            raise Refused("MISSING", "mailno")
        if number not in self.subscribed:
            raise Refused("NOT_SUBSCRIBED", "subscribe this number first")
        kept = self.by_number.get(number)
        rows = self.happenings(kept, call) if kept else []
        told: dict[str, Any] = {
            "mailno": number,
            "result": bool(rows),
            "remark": "",
            "steps": [_step(row) for row in rows],
        }
        if rows:
            told |= {"time": dated(rows[-1].at), "status": _STATUS.get(rows[-1].code, rows[-1].code)}
        return told

    def number_of(self, carrier: str) -> str:
        """Thirteen digits."""
        return f"{4_312_345_000_000 + self.serial() * 17}"

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [{"carrier": "yunda", "base_url": self._setup.base_url(), "app_key": APP, "app_secret": APP_WORD}]


def _step(row: Happening) -> dict[str, Any]:
    return {
        "time": dated(row.at), "station": "310000", "station_name": f"{row.place}分拨", "station_type": "1",
        "action": row.code, "description": row.text, "city": row.place, "next": "", "next_name": "", "signer": "",
    }  # fmt: skip
