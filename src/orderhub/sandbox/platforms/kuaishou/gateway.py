"""The emulator: system parameters, signature, the table of calls. Source: docs/platforms/kuaishou.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.kuaishou import goods, messages, orders, privacy, refunds, ship, tokens
from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.spec import SCOPES, SWITCHES
from orderhub.sandbox.platforms.kuaishou.state import Market
from orderhub.sandbox.platforms.kuaishou.tester import Tester
from orderhub.sandbox.platforms.kuaishou.wire import (
    METHODS,
    Refusal,
    error_reply,
    instant,
    sign,
    signed_text,
    success_reply,
)

__all__ = ["Kuaishou"]

Handler = Callable[[Ask], Any]
READS: dict[str, Handler] = {
    "open.order.cursor.list": orders.listed,
    "open.order.detail": orders.detail,
    "open.seller.order.fee.detail": orders.fee,
    "open.address.district.list": orders.districts,
    "open.seller.order.refund.pcursor.list": refunds.listed,
    "open.seller.order.refund.detail": refunds.detail,
    "open.refund.reject.reason": refunds.reasons,
    "open.item.sku.list.get": goods.skus,
}
WRITES: dict[str, Handler] = {
    "open.seller.order.goods.deliver": ship.deliver,
    "open.order.goods.split.deliver": ship.split,
    "open.seller.order.goods.logistics.append": ship.append,
    "open.seller.order.logistics.update": ship.update,
    "open.order.deliver.merge.check": ship.merge_check,
    "open.seller.order.note.add": orders.note,
    "open.seller.order.close": orders.close,
    "open.order.address.update": orders.address_update,
    "open.order.address.audit.approve": orders.address_approve,
    "open.order.address.audit.reject": orders.address_reject,
    "open.order.decrypt.batch": privacy.decrypt,
    "open.order.desensitise.batch": privacy.desensitise,
    "open.order.encrypt.batch": privacy.encrypt,
    "open.order.search.index.batch": privacy.search_index,
    "open.item.sku.stock.update": goods.update,
    "open.seller.order.refund.approve": refunds.approve,
    "open.seller.order.refund.returngoods.approve": refunds.approve_return,
    "open.seller.order.refund.confirm.receipt": refunds.confirm,
    "open.refund.reject": refunds.reject,
    "open.refund.direct.refund": refunds.direct,
}
EITHER = frozenset({
    "open.order.deliver.merge.check", "open.order.decrypt.batch", "open.order.desensitise.batch",
    "open.order.encrypt.batch", "open.order.search.index.batch",
})  # fmt: skip
"""Stand among the writes and change nothing: taken by GET too."""
SYSTEM = ("appkey", "method", "version", "access_token", "timestamp", "signMethod", "sign")
DOORS = (tokens.TOKEN, tokens.REFRESH, tokens.AUTHORIZE)


class Kuaishou(Tester):
    """Kuaishou at `/open/…` (the method with slashes) and `/oauth2/…`: shops and one state."""

    name = "kuaishou"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, grants: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._requests = grants, 0
        self._messages = messages.Messages(market, tokens.KEY_PREFIX)
        market.heard = self._messages.heard
        self._calls: dict[str, tuple[int, int]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """Paths of its methods; of the OAuth doors those that name an `app_id` of no other sandbox."""
        if request.path in DOORS:
            key = request.params.get("app_id", "")
            return key.startswith(tokens.KEY_PREFIX) or (key != "" and "sandbox-" not in key)
        return request.path.startswith("/open/") and "appkey" in request.params

    def target(self, request: ParsedRequest) -> Target:
        """By appkey and method; the OAuth doors are operations by their last name."""
        if request.path in DOORS:
            return Target(self._tokens.shop_of(request.params.get("app_id", "")), request.path.rpartition("/")[2])
        return Target(self._tokens.shop_of(request.params.get("appkey", "")), _method(request))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued. Signatures have a secret of their own."""
        base = self._setup.base_url()
        return [
            {
                "platform": "kuaishou", "shop_id": shop_id, "base_url": base, "token_url": base,
                "app_key": tokens.KEY_PREFIX + shop_id, "app_secret": self._tokens.secret(shop_id),
                "sign_secret": self._tokens.sign_secret(shop_id), "access_token": access, "refresh_token": refresh,
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: what no call tells."""
        order = self._order(record_id)
        extra = {
            "shop_id": order.shop_id, "receiver": dict(order.receiver), "parcels": [list(one) for one in order.parcels],
            "refunds": [dict(one) for one in self._market.refunds_of(order)], "messages": self._messages.of(order),
        }  # fmt: skip
        return {**order.doc, "_sandbox": extra}

    def handle(self, call: Call) -> Reply:
        """One request through every check of the gateway."""
        if call.request.path in DOORS:
            return tokens.answer(call, self._tokens)
        self._requests += 1
        request_id = f"ks-sandbox-{self._requests:08d}"
        try:
            told = self._answered(call)
        except Refusal as refusal:
            call.verdict = str(refusal.code)
            return error_reply(request_id, refusal)
        return success_reply(request_id, told)

    def _answered(self, call: Call) -> Any:
        params, method = call.request.params, _method(call.request)
        shop_id = self._known(params, method)
        self._timely(call, params)
        self._signed(call, params, shop_id)
        self._limited(call, shop_id)
        handler, scope = self._offered(call.request.method, method), _scope(method)
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(params["access_token"])
        self._tokens.check(params["access_token"], shop_id, scope)
        return handler(Ask(self._market, call, method, shop_id, self._business(params)))

    def _refusal(self, switch: str, text: str) -> Refusal:
        return Refusal(self._setup.switches[switch], text, business=False)

    def _known(self, params: Mapping[str, str], method: str) -> str:
        """Every system parameter there, an app we know, the method of the path."""
        missing = [name for name in SYSTEM if not params.get(name)]
        shop_id = self._tokens.shop_of(params.get("appkey", ""))
        if missing or shop_id is None or params["method"] != method or params["version"] != "1":
            raise self._refusal("param_code", f"系统参数错误:{','.join(missing)}")
        if params["signMethod"] not in METHODS:
            raise self._refusal("param_code", "系统参数错误:signMethod")
        return shop_id

    def _timely(self, call: Call, params: Mapping[str, str]) -> None:
        """Milliseconds, near the clock of the platform."""
        tolerance, text = timedelta(seconds=self._setup.switches["clock_tolerance_s"]), params["timestamp"]
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise self._refusal("clock_code", "timestamp错误")
        if abs(instant(int(text)) - call.now) > tolerance:
            raise self._refusal("clock_code", "timestamp错误")

    def _signed(self, call: Call, params: Mapping[str, str], shop_id: str) -> None:
        """Over everything that was sent; the log gets what should have been signed, without the secret."""
        method, text = params["signMethod"], signed_text(params, "(signSecret)")
        rule = (
            "lower hex of MD5 over text" if method == "MD5" else "base64 of HMAC-SHA256 with the sign secret over text"
        )
        if not call.signed(rule, text, sign(params, self._tokens.sign_secret(shop_id), method), params["sign"]):
            call.hint = f"{method} of {text}"
            raise self._refusal("sign_code", "签名错误")

    def _limited(self, call: Call, shop_id: str) -> None:
        """The fault, or the switch calls_per_second, per app and second of the sandbox clock."""
        switches = self._setup.switches
        wait_s = call.fault.delay_s if call.fault is not None and call.fault.name == "call_limited" else 0.0
        if switches["calls_per_second"] and self._setup.limits:
            second = int(self._setup.now().timestamp())
            before, count = self._calls.get(shop_id, (0, 0))
            count = count + 1 if before == second else 1
            self._calls[shop_id] = (second, count)
            wait_s = wait_s or float(count > switches["calls_per_second"])
        if wait_s:
            text, status = "接口调用超过限制", switches["limit_status"]
            raise Refusal(switches["limit_code"], text, business=False, status=status, wait_s=wait_s)

    def _offered(self, verb: str, method: str) -> Handler:
        """Reads by GET, writes by POST."""
        if verb in ("GET", "POST") and method in EITHER:
            return WRITES[method]
        handler = {"GET": READS, "POST": WRITES}.get(verb, {}).get(method)
        if handler is None:
            known = method in READS or method in WRITES
            raise self._refusal("method_code", f"不支持{verb}" if known else "接口不存在或没有权限")
        return handler

    def _business(self, params: Mapping[str, str]) -> dict[str, Any]:
        """The one JSON text with the business fields."""
        try:
            found = json.loads(params.get("param") or "{}")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self._refusal("param_code", "param不是JSON对象")
        return found


def _method(request: ParsedRequest) -> str:
    """The method that the path is."""
    return request.path.strip("/").replace("/", ".")


def _scope(method: str) -> str:
    """The scope of the longest beginning."""
    fitting = [start for start in SCOPES if method.startswith(start)]
    return SCOPES[max(fitting, key=len)] if fitting else ""
