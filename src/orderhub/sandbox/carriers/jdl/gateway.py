"""JDL's front door: signed query, one object in a list as body, orders under prefetched numbers, traces.

Source: docs/platforms/jdl.md. Codes of refusals are the sandbox's own, but for those that the page lists.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.counter import CHINA, SHARED, Consignment, Counter, Happening, dated, json_reply, tail
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target

__all__ = ["Jdl", "sign"]

RULE = "upper-case hex of MD5 over app secret + text + app secret"

APP: Final = "sandbox-jdl-app"
APP_WORD: Final = "sandbox-jdl-secret-0001"
SESSION: Final = "sandbox-jdl-token-0001"
CUSTOMER: Final = "010K000001"
_DOMAINS: Final[Mapping[str, tuple[str, ...]]] = {"/ecap/": ("ECAP", "jdecap"), "/jd/": ("Tracking_JD",)}
_MOBILE: Final = re.compile(r"\d{11}")


def sign(path: str, body: str, stamp: str, key: str, token: str, secret: str) -> str:
    """Upper-case hexadecimal MD5 over the parameters between two copies of the secret."""
    text = f"{secret}access_token{token}app_key{key}method{path}param_json{body}timestamp{stamp}v2.0{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


class Stopped(Exception):
    """A call that the gateway answers with `error_response`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class Refused(Stopped):
    """A call that the operation answers with success false."""


class Jdl(Counter):
    """One contract customer at JD Logistics."""

    name = "jdl"
    carries = frozenset({"jd"})
    switches = {
        **SHARED,
        "prefetch_form": Switch("list", "UNVERIFIED: numbers come as a list or in an object", ("list", "object")),
        "timestamp_tolerance_s": Switch(0, "UNVERIFIED whether timestamps are judged; 0 takes any"),
        "unserviceable": Switch("三沙市", "addresses with one of these words are out of range; by comma"),
    }
    words = {
        "picked_up": ("420", "快递员已揽收"), "departed": ("430", "货物已离开【{place}】"),
        "arrived": ("430", "货物已到达【{place}】"), "out": ("440", "配送员开始配送"), "signed": ("510", "运单已妥投"),
        "locker_in": ("440", "货物已放入自提柜"), "locker_out": ("510", "客户已自提"), "failed": ("500", "配送异常"),
        "problem": ("700", "运单异常"), "returning": ("530", "客户拒收"), "returned": ("530", "拒收退回"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._reserved: set[str] = set()
        self._apis: dict[str, Callable[[Call, Mapping[str, Any]], Any]] = {
            "/ecap/v1/orders/precheck": self._precheck,
            "/ecap/v1/orders/pregetwaybillcodes": self._prefetch,
            "/ecap/v1/orders/create": self._create,
            "/ecap/v1/orders/cancel": self._cancel,
            "/ecap/v1/orders/status/get": self._status,
            "/ecap/v1/orders/trace/query": self._trace,
            "/ecap/v1/orders/trace/subscribe": self._subscribe,
            "/jd/tracking/query": self._tracking,
        }

    def claims(self, request: ParsedRequest) -> bool:
        """JDL's paths."""
        return request.path in self._apis

    def target(self, request: ParsedRequest) -> Target:
        """The application's key, and the path."""
        return Target(request.params.get("app_key"), request.path)

    def handle(self, call: Call) -> Reply:
        """One call; what the gateway stops looks different from what an operation refuses."""
        try:
            data = self._apis[call.request.path](call, self._admit(call))
            answer: dict[str, Any] = {"success": True, "code": 1000, "msg": "成功", "data": data}
        except Refused as refused:
            call.verdict = refused.code
            answer = {"success": False, "code": refused.code, "msg": refused.text, "data": None}
        except Stopped as stopped:
            call.verdict = stopped.code
            answer = {"error_response": {"code": stopped.code, "zh_desc": stopped.text, "en_desc": stopped.text}}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _admit(self, call: Call) -> Mapping[str, Any]:
        query, path = dict(call.request.query), call.request.path
        body = call.request.body.decode("utf-8", "replace")
        allowed = next(domains for start, domains in _DOMAINS.items() if path.startswith(start))
        if call.request.method != "POST" or query.get("LOP-DN") not in allowed:
            raise Stopped("DOMAIN", "POST with the LOP-DN of this path")
        if query.get("app_key") != APP or query.get("access_token") != SESSION:
            raise Stopped("TOKEN", "app_key or access_token")
        if query.get("v") != "2.0" or query.get("algorithm") != "md5-salt":
            raise Stopped("VERSION", "v 2.0 and algorithm md5-salt")
        stamp = query.get("timestamp", "")
        self._check_time(stamp, call.now)
        expected = sign(path, body, stamp, APP, SESSION, APP_WORD)
        text = f"access_token{SESSION}app_key{APP}method{path}param_json{body}timestamp{stamp}v2.0"
        if not call.signed(RULE, text, expected, query.get("sign", "").upper()):
            call.hint = text
            raise Stopped("SIGN", "sign does not match")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
            raise Stopped("62", "the body is a list with one object")
        return dict(found[0])

    def _check_time(self, stamp: str, now: datetime) -> None:
        try:
            at = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        except ValueError:
            raise Stopped("TIME", "timestamp is yyyy-MM-dd HH:mm:ss") from None
        tolerance = self.switch("timestamp_tolerance_s")
        if tolerance and abs((at - now).total_seconds()) > tolerance:
            raise Stopped("TIME", "timestamp")

    def _ours(self, document: Mapping[str, Any]) -> None:
        if document.get("orderOrigin") != 1 or document.get("customerCode") != CUSTOMER:
            raise Refused("2001", "orderOrigin 1 and your own customerCode")

    def _reachable(self, document: Mapping[str, Any]) -> None:
        words = [word.strip() for word in str(self.switch("unserviceable")).split(",") if word.strip()]
        for side in ("senderContact", "receiverContact"):
            address = str((document.get(side) or {}).get("fullAddress") or "")
            if not 0 < len(address) <= 200:
                raise Refused("ADDRESS", f"{side}.fullAddress")
            if any(word in address for word in words):
                raise Refused("OUT_OF_RANGE", f"{side} is out of range")

    def _precheck(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        self._ours(document)
        self._reachable(document)
        return {"shipmentInfo": {"productCode": "ed-m-0001"}}

    def _prefetch(self, call: Call, document: Mapping[str, Any]) -> Any:
        self._ours(document)
        count = document.get("sum")
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 500:
            raise Refused("SUM", "sum is 1 to 500")
        codes = [self.number_of("jd") for _ in range(count)]
        self._reserved.update(codes)
        return codes if self.switch("prefetch_form") == "list" else {"waybillCodes": codes}

    def number_of(self, carrier: str) -> str:
        """JDV, a letter and eleven digits."""
        return f"JDVA{11_408_800_000 + self.serial() * 7:011d}"

    def _create(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        self._ours(document)
        _check_order(document)
        self._reachable(document)
        key, number = (CUSTOMER, str(document["orderId"])), document.get("waybillCode")
        if key in self.orders:
            raise Refused("ORDER_ID", "订单号重复")
        if number is not None and (number not in self._reserved or number in self.by_number):
            raise Refused("WAYBILL_CODE", "not a number that was fetched, or used before")
        contacts = [document[side] for side in ("senderContact", "receiverContact")]
        cities = (_city(contacts[0]), _city(contacts[1]))
        phones = tuple(person.get("mobile") or person.get("phone") for person in contacts)
        number = str(number or self.number_of("jd"))
        kept = self.consign(*key, number, dict(document), cities=cities, phones=phones, carrier="jd")
        kept.told = {"orderCode": f"ECAP{self.serial():011d}"}
        return {"waybillCode": kept.number, **kept.told, "needRetry": False}

    def _held(self, document: Mapping[str, Any]) -> Consignment:
        self._ours(document)
        kept = self.by_number.get(str(document.get("waybillCode")))
        if kept is None:
            raise Refused("2100", "no order of this waybill")
        return kept

    def _cancel(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._held(document)
        if not document.get("cancelReason") or not document.get("cancelReasonCode"):
            raise Refused("REASON", "cancelReason and cancelReasonCode")
        if kept.stops(self.now()):
            raise Refused("PICKED_UP", "it was picked up already")
        kept.cancelled = True
        return {"waybillCode": kept.number, "resultType": 0}

    def _status(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._held(document)
        rows = self.happenings(kept, call)
        code = "690" if kept.cancelled else rows[-1].code if rows else "100"
        return {"waybillCode": kept.number, **kept.told, "status": code}

    def _trace(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._held(document)
        return {"traceDetails": [_detail(kept.number, row) for row in self.happenings(kept, call)]}

    def _tracking(self, call: Call, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        if document.get("referenceType") != "20000" or not document.get("referenceNumber"):
            raise Refused("2101", "referenceType 20000 and referenceNumber")
        kept = self.by_number.get(str(document["referenceNumber"]))
        digits = str(document.get("phone") or "")
        if kept is None or (digits and tail(digits) not in kept.tails):
            raise Refused("2100", "nothing known")
        return [{"waybillCode": kept.number, "traceDetails": [_detail(kept.number, r) for r in self.happenings(kept)]}]

    def _subscribe(self, call: Call, document: Mapping[str, Any]) -> bool:
        kept = self._held(document)
        if tail(document.get("mobile")) not in kept.tails:
            raise Refused("MOBILE", "the last four digits of a phone of the parcel")
        self.subscribed.add(kept.number)
        return True

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [
            {
                "carrier": "jdl", "base_url": self._setup.base_url(), "app_key": APP, "app_secret": APP_WORD,
                "access_token": SESSION, "customer_code": CUSTOMER,
            }
        ]  # fmt: skip


def _detail(number: str, row: Happening) -> dict[str, Any]:
    return {
        "waybillCode": number, "operationTime": dated(row.at), "operationTitle": row.text, "operationRemark": row.text,
        "category": int(row.code) if row.code.isdigit() else row.code, "categoryName": row.text,
    }  # fmt: skip


def _city(person: Mapping[str, Any]) -> str:
    found = re.search(r"(?:省|自治区|^)([^省区]{2,8}市)", str(person.get("fullAddress")))
    return found[1] if found else ""


def _check_order(document: Mapping[str, Any]) -> None:
    """Raises `Refused` for the first fault found."""
    if not 0 < len(str(document.get("orderId") or "")) <= 50:
        raise Refused("ORDER_ID", "orderId has 1 to 50 characters")
    for side in ("senderContact", "receiverContact"):
        person = document.get(side) or {}
        if not 0 < len(str(person.get("name") or "")) <= 50:
            raise Refused("NAME", f"{side}.name has 1 to 50 characters")
        mobile = person.get("mobile")
        if not (mobile or person.get("phone")) or (mobile and not _MOBILE.fullmatch(str(mobile))):
            raise Refused("MOBILE", f"{side}.mobile has eleven digits")
    if not (document.get("productsReq") or {}).get("productCode"):
        raise Refused("PRODUCT", "productsReq.productCode")
    if str(document.get("settleType")) not in ("1", "2", "3"):
        raise Refused("SETTLE", "settleType")
    cargoes = document.get("cargoes")
    if not isinstance(cargoes, list) or len(cargoes) != 1 or not cargoes[0].get("name"):
        raise Refused("CARGO", "one of cargoes, with a name")
    if not cargoes[0].get("weight") or cargoes[0]["weight"] <= 0:
        raise Refused("WEIGHT", "weight in kilograms above zero")
    if len(str(document.get("remark") or "")) > 500:
        raise Refused("REMARK", "remark has at most 500 characters")
    if not (document.get("CommonChannelInfo") or {}).get("channelCode"):
        raise Refused("CHANNEL", "CommonChannelInfo.channelCode")
