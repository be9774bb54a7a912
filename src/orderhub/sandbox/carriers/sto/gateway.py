"""STO's front door: one form address, API name and receiver's key in pairs, digest over the content; and its pushes.

Source: docs/platforms/sto.md. Error codes are the sandbox's own: none are documented.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
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
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target

__all__ = ["Sto", "digest"]

RULE = "base64 of MD5 over text, which ends in the secret"

APP: Final = "sandbox-sto-app"
CODE: Final = "sandbox-sto-code"
APP_WORD: Final = "sandbox-sto-secret-0001"
SOURCE: Final = "sandbox-sto-source"
CUSTOMER: Final = {"siteCode": "666666", "customerName": "666666000001", "sitePwd": "abc123"}
_FIELDS: Final = ("content", "api_name", "from_appkey", "from_code", "to_appkey", "to_code", "data_digest")
_RECEIVERS: Final[Mapping[str, str]] = {
    "OMS_EXPRESS_ORDER_CREATE": "sto_oms", "EDI_MODIFY_ORDER_CANCEL": "edi_modify_order",
    "STO_TRACE_QUERY_COMMON": "sto_trace_query", "STO_TRACE_PLATFORM_SUBSCRIBE": "sto_trace_platform",
    "QUERY_SEND_SERVICE_DETAIL": "ORDERMS_API",
}  # fmt: skip


class Sto(Counter):
    """One merchant at STO."""

    name = "sto"
    switches = {
        **SHARED,
        "repeated_order": Switch(
            "first_result", "UNVERIFIED: what a repeated orderNo does", ("first_result", "refused")
        ),
        "refusal_form": Switch("json", "replies come as JSON or as XML", ("json", "xml")),
    }
    words = {
        "picked_up": ("收件", "【{place}】已收件"), "departed": ("发件", "【{place}】已发出"),
        "arrived": ("到件", "快件已到达【{place}】"), "out": ("派件", "【{place}】正在派件"),
        "signed": ("签收", "已签收，签收人：本人"), "locker_in": ("柜机代收", "快件已存放至快递柜"),
        "locker_out": ("签收", "客户已取件"), "failed": ("问题件", "派件不成功"), "problem": ("问题件", "快件有问题"),
        "returning": ("退回件", "快件退回中"), "returned": ("签收", "退件已签收"),
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._apis: dict[str, Callable[[Call, Mapping[str, Any]], Any]] = {
            "OMS_EXPRESS_ORDER_CREATE": self._create, "EDI_MODIFY_ORDER_CANCEL": self._cancel,
            "STO_TRACE_QUERY_COMMON": self._track, "STO_TRACE_PLATFORM_SUBSCRIBE": self._subscribe,
            "QUERY_SEND_SERVICE_DETAIL": self._offer,
        }  # fmt: skip

    def claims(self, request: ParsedRequest) -> bool:
        """The address is shared with others; an API name of STO decides."""
        return request.path == "/gateway/link.do" and request.params.get("api_name") in self._apis

    def target(self, request: ParsedRequest) -> Target:
        """The caller's key and the API name."""
        return Target(request.params.get("from_appkey"), request.params.get("api_name"))

    def handle(self, call: Call) -> Reply:
        """One call; `success` is text."""
        try:
            data = self._apis[call.request.params["api_name"]](call, self._admit(call))
        except Refused as refused:
            call.verdict = refused.code
            return self._refusal(refused)
        answer = {"success": "true", "errorCode": "", "errorMsg": "", "needRetry": "false", "data": data}
        return json_reply(json.dumps(answer, ensure_ascii=False))

    def _refusal(self, refused: Refused) -> Reply:
        told = {"success": "false", "errorCode": refused.code, "errorMsg": refused.text, "needRetry": "false"}
        if self.switch("refusal_form") == "json":
            return json_reply(json.dumps(told, ensure_ascii=False))
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
        return Reply(200, {"content-type": "text/xml;charset=UTF-8"}, f"<response>{inside}</response>".encode())

    def _admit(self, call: Call) -> Mapping[str, Any]:
        form = call.request.params
        if call.request.method != "POST":
            raise Refused("METHOD", "POST a form")
        for name in _FIELDS:
            if not form.get(name):
                raise Refused("MISSING", name)
        receiver = _RECEIVERS[form["api_name"]]
        if (form["to_appkey"], form["to_code"]) != (receiver, receiver):
            raise Refused("RECEIVER", "to_appkey and to_code do not belong to this API")
        if (form["from_appkey"], form["from_code"]) != (APP, CODE):
            raise Refused("CALLER", "from_appkey and from_code")
        signed = form["content"] + APP_WORD
        if not call.signed(RULE, signed, digest(signed), form["data_digest"]):
            call.hint = signed
            raise Refused("DIGEST", "data_digest does not match")
        try:
            found = json.loads(form["content"])
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused("CONTENT", "not a JSON object")
        return found

    def _create(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        _check_order(document)
        key = (APP, str(document["orderNo"]))
        kept = self.orders.get(key)
        if kept is not None and (kept.cancelled or self.switch("repeated_order") == "refused"):
            raise Refused("REPEATED", "订单号重复")
        if kept is None:
            sender, receiver = document["sender"], document["receiver"]
            number = str(document.get("waybillNo") or 773_031_300_000_000 + self.serial() * 11)
            phones = tuple(person.get("mobile") or person.get("tel") for person in (sender, receiver))
            kept = self.consign(*key, number, dict(document), cities=(sender["city"], receiver["city"]), phones=phones)
        return {"orderNo": kept.reference, "waybillNo": kept.number, "bigWord": "300-012 000", "packagePlace": ""}

    def _cancel(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = self.by_number.get(str(document.get("billCode")))
        if kept is None or document.get("orderSource") != SOURCE:
            raise Refused("ORDER", "no order of this billCode and orderSource")
        if kept.stops(self.now()):
            raise Refused("PICKED_UP", "it was picked up already")
        kept.cancelled = True
        return {"billCode": kept.number}

    def _track(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        numbers = document.get("waybillNoList")
        if not isinstance(numbers, list) or not numbers or document.get("order", "asc") not in ("asc", "desc"):
            raise Refused("MISSING", "waybillNoList, and order asc or desc")
        held = {str(number): self.by_number.get(str(number)) for number in numbers}
        rows = {number: self._nodes(kept, call) for number, kept in held.items() if kept}
        return {number: nodes[::-1] if document.get("order") == "desc" else nodes for number, nodes in rows.items()}

    def _nodes(self, kept: Consignment, call: Call | None) -> list[dict[str, Any]]:
        return [_node(kept.number, row) for row in self.happenings(kept, call)]

    def _subscribe(self, call: Call, document: Mapping[str, Any]) -> list[str]:
        rows = document.get("subscribeInfoList")
        if not isinstance(rows, list) or not rows or not all(row.get("waybillNo") for row in rows):
            raise Refused("MISSING", "subscribeInfoList with waybillNo")
        self.subscribed.update(str(row["waybillNo"]) for row in rows)
        return [str(row["waybillNo"]) for row in rows]

    def _offer(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        """Eight yuan for the first kilogram, two for each further one begun; prices on the wire are cents as text."""
        for name in ("SendProv", "SendCity", "RecProv", "RecCity", "Weight"):
            if not document.get(name):
                raise Refused("MISSING", name)
        try:
            extra = max(0, math.ceil(Decimal(str(document["Weight"])) - 1))
        except InvalidOperation:
            raise Refused("WEIGHT", "Weight") from None
        return {"AvailableServiceItemList": [{"feeModel": {"totalPrice": str(800 + 200 * extra)}}]}

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """One form for each event, in the envelope of our own calls."""
        return [self._push(kept, row) for row in happenings]

    def _push(self, kept: Consignment, row: Happening) -> Mapping[str, Any]:
        trace = {name: value for name, value in _node(kept.number, row).items() if name != "waybillNo"}
        content = json.dumps({"waybillNo": kept.number, "linkCode": kept.reference, "trace": trace}, ensure_ascii=False)
        form = {
            "api_name": "STO_TRACE_PLATFORM_PUSH", "content": content, "data_digest": digest(content + APP_WORD),
            "from_appkey": "sto_trace_platform", "from_code": "sto_trace_platform", "to_appkey": APP, "to_code": CODE,
        }  # fmt: skip
        return {"headers": {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}, "body": urlencode(form)}

    def accounts(self) -> list[dict[str, Any]]:
        """The account, as `orderhub.carrier` takes it."""
        return [
            {
                "carrier": "sto", "base_url": self._setup.base_url(), "app_key": APP, "app_secret": APP_WORD,
                "from_code": CODE, "order_source": SOURCE, "site_code": CUSTOMER["siteCode"],
                "customer_name": CUSTOMER["customerName"], "site_password": CUSTOMER["sitePwd"],
            }
        ]  # fmt: skip


def _node(number: str, row: Happening) -> dict[str, Any]:
    return {"waybillNo": number, "opTime": dated(row.at), "memo": row.text, "scanType": row.code,
            "opOrgName": f"{row.place}网点", "opOrgCityName": row.place}  # fmt: skip


def _check_order(document: Mapping[str, Any]) -> None:
    """Raises `Refused` for the first fault found."""
    for name in ("orderNo", "orderSource"):
        if not isinstance(document.get(name), str) or not document[name]:
            raise Refused("MISSING", name)
    if document["orderSource"] != SOURCE:
        raise Refused("SOURCE", "orderSource")
    if document.get("billType", "00") not in ("00", "01", "02", "03", "04"):
        raise Refused("TYPE", "billType")
    if document.get("billType") == "01" and not document.get("codValue"):
        raise Refused("MISSING", "codValue")
    for side in ("sender", "receiver"):
        person = document.get(side) or {}
        for name in ("name", "province", "city", "address"):
            if not person.get(name):
                raise Refused("MISSING", f"{side}.{name}")
        if not (person.get("mobile") or person.get("tel")):
            raise Refused("MISSING", f"{side}.mobile")
    cargo = document.get("cargo") or {}
    if cargo.get("battery") not in ("10", "20", "30") or not cargo.get("goodsType") or not cargo.get("goodsName"):
        raise Refused("CARGO", "battery 10, 20 or 30, goodsType and goodsName")
    customer = document.get("customer") or {}
    if not document.get("waybillNo") and {name: customer.get(name) for name in CUSTOMER} != CUSTOMER:
        raise Refused("CUSTOMER", "siteCode, customerName, sitePwd")
