"""Kuaidi100's front doors: query, subscription, label, price, detection, each signed in its own way; and its pushes.

Source: docs/platforms/kuaidi100.md.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter as Tally
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.counter import (
    CHINA,
    SHARED,
    Consignment,
    Counter,
    Happening,
    Refused,
    dated,
    json_reply,
    tail,
)
from orderhub.sandbox.emulator import Call, ControlError, ParsedRequest, Setup, Switch, Target

__all__ = ["Kuaidi100", "upper_md5"]

CUSTOMER: Final = "sandbox-kd100-customer"
KEY: Final = "sandbox-kd100-key-0001"
APP_WORD: Final = "sandbox-kd100-secret-0001"
SALT: Final = "sandbox-kd100-salt"
COMPANIES: Final[Mapping[str, str]] = {
    "sf": "shunfeng", "yto": "yuantong", "sto": "shentong", "zto": "zhongtong", "yunda": "yunda", "jt": "jtexpress",
    "ems": "ems", "chinapost": "youzhengguonei", "jd": "jd", "deppon": "debangkuaidi", "best": "huitongkuaidi",
    "ttk": "tiantian", "uc": "youshuwuliu", "zjs": "zhaijisong", "gto": "guotongkuaidi", "kye": "kuayue",
    "ane": "annengwuliu", "sf_freight": "shunfengkuaiyun", "deppon_freight": "debangwuliu", "fedex": "fedex",
    "dhl": "dhlen",
}  # fmt: skip
_PHONE_WANTED: Final = frozenset({"shunfeng", "shunfengkuaiyun", "zhongtong"})
_STARTS: Final = {"yto": "YT", "sf": "SF", "jd": "JD", "jt": "JT"}
_LOCK: Final = timedelta(minutes=30)
_PER_MONTH: Final = 4
_TEXTS: Final[Mapping[str, str]] = {
    "400": "找不到对应公司", "408": "手机号后四位不符", "500": "查询无结果，请隔段时间再查", "501": "重复订阅",
    "502": "服务器繁忙", "503": "验证签名失败", "504": "请求过于频繁", "600": "您不是合法的订阅者", "601": "KEY已过期",
    "700": "不支持的快递公司", "701": "订阅参数有误",
}  # fmt: skip


def upper_md5(text: str) -> str:
    """Upper-case hexadecimal MD5."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


class Kuaidi100(Counter):
    """One customer of Kuaidi100."""

    name = "kuaidi100"
    carries = frozenset(COMPANIES)
    faults = frozenset({"call_limited", "unknown_status"})
    switches = {
        **SHARED,
        "repeat_lock": Switch(False, "True: a number queried again within thirty minutes is answered 504"),
        "quota": Switch(0, "queries left before 601; 0 counts nothing"),
        "https_callbacks": Switch(False, "callbacks are HTTP unless support has enabled HTTPS"),
        "label_tolerance_s": Switch(600, "UNVERIFIED: how old the time of a label call may be; 0 takes any"),
    }
    words = {
        "picked_up": ("103", "【{place}】快递员已揽收"), "departed": ("1002", "快件离开【{place}】"),
        "arrived": ("1001", "快件已到达【{place}】"), "out": ("5", "【{place}】正在派件"), "signed": ("301", "签收"),
        "locker_in": ("501", "快件已投柜"), "locker_out": ("304", "已取件签收"), "failed": ("204", "派件异常"),
        "problem": ("208", "快件滞留"), "returning": ("6", "快件退回中"), "returned": ("4", "退件已签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._asked: dict[str, datetime] = {}
        self._queries = 0
        self._months: Tally[tuple[str, str]] = Tally()
        self._salts: dict[str, str] = {}
        self._doors: dict[str, Callable[[Call], Any]] = {
            "/poll/query.do": self._query, "/poll": self._subscribe, "/label/order": self._label,
            "/order/borderapi.do": self._merchant, "/autonumber/auto": self._detect,
        }  # fmt: skip

    def claims(self, request: ParsedRequest) -> bool:
        """Kuaidi100's paths."""
        return request.path in self._doors

    def target(self, request: ParsedRequest) -> Target:
        """The customer or key, and the path with its method."""
        method = request.params.get("method")
        operation = f"{request.path}#{method}" if method else request.path
        return Target(request.params.get("customer") or request.params.get("key"), operation)

    def handle(self, call: Call) -> Reply:
        """One call."""
        try:
            if call.fault is not None and call.fault.name == "call_limited":
                raise Refused("504")
            answer = self._doors[call.request.path](call)
        except Refused as refused:
            call.verdict = refused.code
            answer = {"result": False, "returnCode": refused.code, "message": _TEXTS[refused.code]}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _query(self, call: Call) -> dict[str, Any]:
        form = dict(call.request.form)
        text = form.get("param", "")
        if form.get("customer") != CUSTOMER or not _signed(call, text + KEY + CUSTOMER, form.get("sign")):
            raise Refused("503")
        param = _object(text, "400")
        company, number = str(param.get("com") or ""), str(param.get("num") or "")
        if company not in COMPANIES.values() or not 0 < len(number) <= 32:
            raise Refused("400")
        self._spend(number)
        kept = self.by_number.get(number)
        if company in _PHONE_WANTED and (kept is None or tail(param.get("phone")) not in kept.tails):
            raise Refused("408")
        rows = self.happenings(kept, call) if kept and COMPANIES.get(kept.carrier) == company else []
        if not rows or kept is None:
            raise Refused("500")
        return self._told(kept, rows, company, fine=str(param.get("resultv2", "0")) in ("4", "8"))

    def _spend(self, number: str) -> None:
        self._queries += 1
        if self.switch("quota") and self._queries > self.switch("quota"):
            raise Refused("601")
        last = self._asked.get(number)
        if self.switch("repeat_lock") and last is not None and self.now() - last < _LOCK:
            raise Refused("504")
        self._asked[number] = self.now()

    def _told(self, kept: Consignment, rows: list[Happening], company: str, *, fine: bool) -> dict[str, Any]:
        """A query's answer, newest first; without `resultv2` 4 the codes stay hidden."""
        data = [_node(row, fine) for row in reversed(rows)]
        last = rows[-1].code
        state = last if fine else last[:1] if last[:2] not in ("10", "14") else "0"
        return {
            "message": "ok", "status": "200", "state": state, "ischeck": "1" if last.startswith("3") else "0",
            "com": company, "nu": kept.number, "condition": "F00", "data": data,
        }  # fmt: skip

    def _subscribe(self, call: Call) -> dict[str, Any]:
        form = dict(call.request.form)
        if form.get("schema") != "json":
            raise Refused("701")
        param = _object(form.get("param", ""), "701")
        parameters = param.get("parameters") or {}
        if param.get("key") != KEY:
            raise Refused("600")
        if param.get("company") not in COMPANIES.values():
            raise Refused("700")
        callback, number = str(parameters.get("callbackurl") or ""), str(param.get("number") or "")
        secure = callback.startswith("https://")
        if (
            not number
            or not callback.startswith(("http://", "https://"))
            or (secure and not self.switch("https_callbacks"))
        ):
            raise Refused("701")
        month = (number, f"{self.now().astimezone(CHINA):%Y-%m}")
        if number in self.subscribed or self._months[month] >= _PER_MONTH:
            raise Refused("501")
        self._months[month] += 1
        self.subscribed.add(number)
        self._salts[number] = str(parameters.get("salt") or "")
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    def _label_param(self, call: Call) -> dict[str, Any]:
        form = dict(call.request.params)
        text, stamp = form.get("param", ""), form.get("t", "")
        tolerance = self.switch("label_tolerance_s")
        late = not stamp.isdigit() or abs(int(stamp) / 1000 - call.now.timestamp()) > (tolerance or float("inf"))
        if form.get("key") != KEY or late or not _signed(call, text + stamp + KEY + APP_WORD, form.get("sign")):
            raise Refused("503")
        return _object(text, "400")

    def _label(self, call: Call) -> dict[str, Any]:
        """A waybill of a carrier, by its electronic account; no number of ours stands in the documents."""
        param, method = self._label_param(call), call.request.params.get("method")
        if method != "order":
            raise Refused("400")
        sender, receiver = param.get("sendMan") or {}, param.get("recMan") or {}
        company = str(param.get("kuaidicom") or "")
        carrier = next((code for code, com in COMPANIES.items() if com == company), None)
        for person in (sender, receiver):
            if not person.get("name") or not person.get("printAddr") or not (person.get("mobile") or person.get("tel")):
                raise Refused("400")
        if carrier is None or not param.get("partnerId") or param.get("payType", "SHIPPER") != "SHIPPER":
            raise Refused("400")
        number = self.number_of(carrier)
        phones = tuple(person.get("mobile") or person.get("tel") for person in (sender, receiver))
        self.consign(CUSTOMER, number, number, param, cities=("", ""), phones=phones, carrier=carrier)
        return {
            "success": True,
            "code": 200,
            "message": "success",
            "data": {"kuaidinum": number, "taskId": f"T{number}"},
        }

    def _merchant(self, call: Call) -> dict[str, Any]:
        """Prices of merchant orders: eight yuan for the first kilogram, two for each further one begun."""
        param = self._label_param(call)
        if call.request.params.get("method") != "price":
            raise Refused("400")
        company = str(param.get("kuaidiCom") or "").lower()
        if company not in COMPANIES.values() or not param.get("sendManPrintAddr") or not param.get("recManPrintAddr"):
            raise Refused("400")
        try:
            extra = max(0, math.ceil(Decimal(str(param.get("weight"))) - 1))
        except InvalidOperation:
            raise Refused("400") from None
        price = f"{8 + 2 * extra}.00"
        return {"result": True, "returnCode": "200", "message": "成功", "data": {"price": price, "kuaidiCom": company}}

    def _detect(self, call: Call) -> Any:
        if call.request.params.get("key") != KEY:
            return {"returnCode": "201", "result": False, "message": "error"}
        kept = self.by_number.get(call.request.params.get("num", ""))
        return [{"comCode": COMPANIES[kept.carrier]}] if kept and kept.carrier in COMPANIES else []

    def number_of(self, carrier: str) -> str:
        """Like the carrier's own numbers."""
        if carrier not in COMPANIES:
            raise ControlError(f"no carrier {carrier!r}", "use one of " + ", ".join(COMPANIES))
        return f"{_STARTS.get(carrier, '')}{7_510_000_000_000 + self.serial() * 19}"

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Parcels of `carrier`, YTO's when none is named."""
        return super().create({"carrier": "yto", **body})

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """The whole history in one form, signed with the salt of the subscription."""
        signed = any(row.code.startswith("3") for row in happenings)
        document = {
            "status": "shutdown" if signed else "polling", "billstatus": "check" if signed else "got", "message": "",
            "autoCheck": "0",
            "lastResult": self._told(kept, happenings, COMPANIES[kept.carrier], fine=True) if happenings else None,
        }  # fmt: skip
        text = json.dumps(document, ensure_ascii=False)
        form = {"param": text, "sign": upper_md5(text + self._salts[kept.number])}
        return [
            {"headers": {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, "body": urlencode(form)}
        ]

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [
            {
                "carrier": "kuaidi100", "base_url": self._setup.base_url(), "app_key": KEY, "app_secret": APP_WORD,
                "customer": CUSTOMER, "push_salt": SALT, "callback_url": "http://shop.example/kuaidi100",
            }
        ]  # fmt: skip


def _signed(call: Call, text: str, given: str | None) -> bool:
    """Upper case only."""
    fits = call.signed("upper-case hex of MD5 over text", text, upper_md5(text), given or "")
    call.hint = None if fits else text
    return fits


def _object(text: str, code: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(code)
    return found


def _node(row: Happening, fine: bool) -> dict[str, Any]:
    found = {"context": row.text, "time": dated(row.at), "ftime": dated(row.at)}
    if not fine:
        return found
    return {**found, "status": re.sub(r"【.*?】", "", row.text), "statusCode": row.code, "areaName": row.place,
            "location": row.place}  # fmt: skip
