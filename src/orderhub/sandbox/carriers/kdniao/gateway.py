"""Kdniao's front doors: one form, routed by request type and path; tracking, waybills, couriers, pushes.

Source: docs/platforms/kdniao.md. Result codes beside 100 are the sandbox's own: none are documented.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.counter import SHARED, Consignment, Counter, Happening, Refused, dated, json_reply, tail
from orderhub.sandbox.emulator import Call, ControlError, ParsedRequest, Setup, Switch, Target

__all__ = ["Kdniao", "data_sign"]

RULE = "base64 of the lower hex of MD5 over text, which ends in the app key"

BUSINESS: Final = "sandbox-kdniao-1000001"
APP_WORD: Final = "sandbox-kdniao-appkey-0001"
ACCOUNT: Final = {"CustomerName": "sandbox-kdniao-account", "CustomerPwd": "sandbox-kdniao-password"}
SHIPPERS: Final[Mapping[str, str]] = {
    "sf": "SF", "yto": "YTO", "sto": "STO", "zto": "ZTO", "yunda": "YD", "jt": "JTSD", "ems": "EMS",
    "chinapost": "YZPY", "jd": "JD", "deppon": "DBL", "best": "HTKY", "ttk": "HHTT", "uc": "UC", "zjs": "ZJS",
    "deppon_freight": "DBLKY",
    "jd_freight": "JDKY",
}  # fmt: skip
_TRACE: Final = "/ebusiness/ebusinessorderhandle.aspx"
_PATHS: Final[Mapping[str, str]] = {
    "1002": _TRACE, "8001": _TRACE, "8002": _TRACE, "2002": _TRACE, "1008": "/api/dist", "8008": "/api/dist",
    "1007": "/api/eorderservice", "1001": "/api/oorderservice", "1004": "/api/oorderservice",
}  # fmt: skip
_PERSON: Final = ("Name", "ProvinceName", "CityName", "ExpAreaName", "Address")


def data_sign(text: str, key: str) -> str:
    """Base64 of the lower-case hexadecimal MD5."""
    hexed = hashlib.md5((text + key).encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(hexed.encode()).decode()


class Kdniao(Counter):
    """One customer of Kdniao."""

    name = "kdniao"
    carries = frozenset(SHIPPERS)
    switches = {**SHARED, "push_signed": Switch(False, "UNVERIFIED: whether pushes carry DataSign")}
    words = {
        "picked_up": ("1", "【{place}】已揽收"), "departed": ("204", "快件离开【{place}】"),
        "arrived": ("201", "快件已到达【{place}】"), "out": ("202", "【{place}】正在派件"), "signed": ("301", "签收"),
        "locker_in": ("211", "已放入快递柜"), "locker_out": ("311", "已取出快递柜签收"), "failed": ("405", "未签收"),
        "problem": ("402", "超时未更新"), "returning": ("404", "拒收，退回中"), "returned": ("406", "退货签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._pickups: dict[str, dict[str, Any]] = {}
        self._types: dict[str, Callable[[Call, Mapping[str, Any]], dict[str, Any]]] = {
            "1002": self._track, "8001": self._track, "8002": self._track, "2002": self._detect,
            "1008": self._subscribe, "8008": self._subscribe, "1007": self._waybill, "1001": self._courier,
            "1004": self._no_courier,
        }  # fmt: skip

    def claims(self, request: ParsedRequest) -> bool:
        """Kdniao's paths, whose case varies between documents."""
        return request.path.lower().rstrip("/") in _PATHS.values() and "RequestType" in request.params

    def target(self, request: ParsedRequest) -> Target:
        """The customer and the request type."""
        return Target(request.params.get("EBusinessID"), request.params.get("RequestType"))

    def handle(self, call: Call) -> Reply:
        """One call."""
        try:
            kind, document = self._admit(call)
            answer = {"Success": True, "Reason": "", **self._types[kind](call, document)}
        except Refused as refused:
            call.verdict = refused.code
            answer = {"Success": False, "ResultCode": refused.code, "Reason": refused.text}
        return json_reply(json.dumps({"EBusinessID": BUSINESS, **answer}, ensure_ascii=False))

    def _admit(self, call: Call) -> tuple[str, Mapping[str, Any]]:
        form = dict(call.request.form)
        text, kind = form.get("RequestData", ""), form.get("RequestType", "")
        if call.request.method != "POST" or form.get("DataType") != "2":
            raise Refused("FORM", "POST a form with DataType 2")
        if _PATHS.get(kind) != call.request.path.lower().rstrip("/"):
            raise Refused("TYPE", "this RequestType has another address")
        if form.get("EBusinessID") != BUSINESS:
            raise Refused("BUSINESS", "EBusinessID")
        if text.lstrip().startswith("%") or "%" in form.get("DataSign", ""):
            raise Refused("ENCODED", "encoded twice")
        if not call.signed(RULE, text + APP_WORD, data_sign(text, APP_WORD), form.get("DataSign", "")):
            call.hint = text + APP_WORD
            raise Refused("SIGN", "DataSign does not match")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused("DATA", "RequestData is not a JSON object")
        return kind, found

    def _asked(self, document: Mapping[str, Any]) -> tuple[str, str]:
        """Shipper and number; SF shows nothing without the last digits of a phone."""
        shipper, number = str(document.get("ShipperCode") or ""), str(document.get("LogisticCode") or "")
        if shipper not in SHIPPERS.values() or not number:
            raise Refused("SHIPPER", "ShipperCode and LogisticCode")
        kept = self.by_number.get(number)
        if shipper == "SF" and (not document.get("CustomerName") or (kept and not self._fits(kept, document))):
            raise Refused("CUSTOMER_NAME", "CustomerName: the last four digits of a phone")
        return shipper, number

    def _fits(self, kept: Consignment, document: Mapping[str, Any]) -> bool:
        return tail(document.get("CustomerName")) in kept.tails

    def _track(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        shipper, number = self._asked(document)
        kept = self.by_number.get(number)
        rows = self.happenings(kept, call) if kept and SHIPPERS.get(kept.carrier) == shipper else []
        fine = call.request.params.get("RequestType") != "1002"
        return _told(document.get("OrderCode") or "", shipper, number, rows, fine=fine)

    def _subscribe(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        _, number = self._asked(document)
        self.subscribed.add(number)
        return {"UpdateTime": dated(self.now())}

    def _detect(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self.by_number.get(str(document.get("LogisticCode")))
        found = [{"ShipperCode": SHIPPERS[kept.carrier]}] if kept and kept.carrier in SHIPPERS else []
        return {"LogisticCode": document.get("LogisticCode"), "Shippers": found}

    def _waybill(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        carrier = _check_order(document, account=True)
        key = (BUSINESS, str(document["OrderCode"]))
        if key in self.orders:
            raise Refused("DUPLICATE", "订单号重复")
        sender, receiver = document["Sender"], document["Receiver"]
        number = str(document.get("LogisticCode") or self.number_of(carrier))
        phones = tuple(person.get("Mobile") or person.get("Tel") for person in (sender, receiver))
        cities = (str(sender["CityName"]), str(receiver["CityName"]))
        kept = self.consign(*key, number, dict(document), cities=cities, phones=phones, carrier=carrier)
        order = {
            "OrderCode": kept.reference, "ShipperCode": document["ShipperCode"], "LogisticCode": kept.number,
            "MarkDestination": "300-012", "OriginCode": "571", "OriginName": cities[0], "PackageCode": "300",
        }  # fmt: skip
        return {"ResultCode": "100", "Order": order, "UniquerRequestNumber": f"{self._setup.rng.getrandbits(64):016x}"}

    def _courier(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        _check_order(document, account=False)
        code = str(document["OrderCode"])
        if code in self._pickups:
            raise Refused("DUPLICATE", "订单号重复")
        self._pickups[code] = dict(document)
        return {"ResultCode": "100", "Order": {"OrderCode": code, "ShipperCode": document["ShipperCode"]}}

    def _no_courier(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        if self._pickups.pop(str(document.get("OrderCode")), None) is None:
            raise Refused("ORDER", "no such order")
        return {"ResultCode": "100"}

    def number_of(self, carrier: str) -> str:
        """Like the carrier's own numbers, roughly."""
        if carrier not in SHIPPERS:
            raise ControlError(f"no carrier {carrier!r}", "use one of " + ", ".join(SHIPPERS))
        start = {"yto": "YT", "sf": "SF"}.get(carrier, "")
        return f"{start}{2_819_500_000_000 + self.serial() * 23}"

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Parcels of `carrier`, YTO's when none is named."""
        return super().create({"carrier": "yto", **body})

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """The whole history in one form."""
        row = _told(kept.reference, SHIPPERS[kept.carrier], kept.number, happenings, fine=True)
        document = {
            "EBusinessID": BUSINESS, "PushTime": dated(self.now()), "Count": "1",
            "Data": [{"EBusinessID": BUSINESS, "Success": True, "Reason": "", "CallBack": "", **row}],
        }  # fmt: skip
        text = json.dumps(document, ensure_ascii=False)
        form = {"RequestData": text, "RequestType": "102"}
        if self.switch("push_signed"):
            form["DataSign"] = data_sign(text, APP_WORD)
        return [
            {"headers": {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, "body": urlencode(form)}
        ]

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [
            {
                "carrier": "kdniao", "base_url": self._setup.base_url(), "app_key": BUSINESS, "app_secret": APP_WORD,
                "default_carrier": "yto", "customer_name": ACCOUNT["CustomerName"],
                "customer_password": ACCOUNT["CustomerPwd"],
            }
        ]  # fmt: skip


def _told(order: str, shipper: str, number: str, rows: list[Happening], *, fine: bool) -> dict[str, Any]:
    """A history, oldest first; the basic kind has no codes beside one state of five."""
    traces = [
        {"AcceptTime": dated(row.at), "AcceptStation": row.text, "Location": row.place, "Remark": "",
         **({"Action": row.code} if fine else {})}
        for row in rows
    ]  # fmt: skip
    last = rows[-1].code if rows else "0"
    found = {"OrderCode": order, "ShipperCode": shipper, "LogisticCode": number, "State": last[:1], "Traces": traces}
    return {**found, "StateEx": last, "Location": rows[-1].place if rows else ""} if fine else found


def _check_order(document: Mapping[str, Any], *, account: bool) -> str:
    """The canonical carrier of an order; raises `Refused` for the first fault found."""
    shipper = document.get("ShipperCode")
    carrier = next((code for code, name in SHIPPERS.items() if name == shipper), None)
    if carrier is None or not document.get("OrderCode"):
        raise Refused("MISSING", "ShipperCode and OrderCode")
    if str(document.get("PayType")) not in ("1", "2", "3", "4") or not document.get("ExpType"):
        raise Refused("MISSING", "PayType and ExpType")
    for side in ("Sender", "Receiver"):
        person = document.get(side) or {}
        for name in _PERSON:
            if not person.get(name):
                raise Refused("MISSING", f"{side}.{name}")
        if not (person.get("Mobile") or person.get("Tel")):
            raise Refused("MISSING", f"{side}.Mobile")
    goods = document.get("Commodity")
    if not isinstance(goods, list) or not goods or not all(row.get("GoodsName") for row in goods):
        raise Refused("MISSING", "Commodity with GoodsName")
    if account and {name: document.get(name) for name in ACCOUNT} != ACCOUNT:
        raise Refused("ACCOUNT", "CustomerName and CustomerPwd")
    return carrier
