"""The emulator: headers, signature, the table of calls, the doors. Source: docs/platforms/suning.md §1, §10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.suning import (
    exchanges,
    extras,
    messages,
    orders,
    refunds,
    refunds_new,
    ship,
    stock,
    tokens,
)
from orderhub.sandbox.platforms.suning.ask import Ask, Told
from orderhub.sandbox.platforms.suning.spec import FORBIDDEN, NO_RESULT, PARAMS, SWITCHES
from orderhub.sandbox.platforms.suning.state import Market
from orderhub.sandbox.platforms.suning.tester import Tester
from orderhub.sandbox.platforms.suning.wire import (
    Refusal,
    error_reply,
    instant,
    read_body,
    sign,
    signed_text,
    success_reply,
)

__all__ = ["Suning"]

GATEWAY, TOKEN, AUTHORIZE = "/api/http/sopRequest", "/api/oauth/token", "/api/oauth/authorize"
HEADERS = ("appmethod", "appkey", "apprequesttime", "versionno", "signinfo", "format")


@dataclass(frozen=True, slots=True)
class Api:
    """One call: under which bizName its parameters come, and what does it."""

    biz: str
    handler: Callable[[Ask], Told]
    newer: bool = False


_OLD: tuple[tuple[str, str, Callable[[Ask], Told]], ...] = (
    ("order.query", "orderQuery", orders.by_creation),
    ("ord.query", "orderQuery", orders.by_change),
    ("ordmodtime.query", "orderQuery", orders.by_change),
    ("order.get", "orderGet", orders.get),
    ("batchorder.query", "queryBatchorder", orders.batch),
    ("orders.query", "queryOrders", orders.get_listed),
    ("ordercode.query", "orderCodeQuery", orders.codes),
    ("orderid.query", "queryOrderid", orders.codes_paged),
    ("historyorder.query", "historyOrderQuery", orders.history),
    ("unpaidorder.query", "unpaidOrder", orders.unpaid),
    ("ordernote.get", "orderNote", extras.note),
    ("ordernote.modify", "orderNote", extras.note_write),
    ("orderdelivery.add", "orderDelivery", ship.deliver),
    ("deliverynew.add", "addDeliverynew", ship.deliver_new),
    ("orderdelivery.modify", "orderDelivery", ship.modify),
    ("orderselfdist.add", "orderSelfDist", ship.self_deliver),
    ("packageorderdeliver.add", "addPackageOrderDeliver", ship.deliver_package),
    ("orderdelay.modify", "orderDelay", ship.delay),
    ("logisticcompany.query", "logisticCompany", extras.companies),
    ("logisticcompany.get", "logisticCompany", extras.company),
    ("inventory.modify", "inventory", stock.modify),
    ("inventory.get", "inventory", stock.get),
    ("newinventory.get", "inventory", stock.get_new),
    ("parallelinventory.modify", "parallelInventory", stock.modify_parallel),
    ("parallelinventory.get", "parallelInventory", stock.get_parallel),
    ("syncinventory.modify", "modifySyncinventory", stock.sync),
    ("singleinventory.get", "getSingleinventory", stock.get_single),
    ("invaddress.query", "invaddress", extras.warehouses),
    ("parallelinvaddress.query", "queryParallelInvaddress", extras.parallel_warehouses),
    ("batchrejected.query", "batchQueryRejected", refunds.by_application),
    ("rejectedord.query", "batchQueryRejected", refunds.by_change),
    ("batchrejectedOrd.query", "batchQueryRejectedOrd", refunds.codes),
    ("singlerejected.get", "singleGetRejected", refunds.of_order),
    ("agreerejected.modify", "agreeRejected", refunds.agree_return),
    ("disagreerejected.modify", "disAgreeRejected", refunds.refuse_return),
    ("disagreerefund.modify", "disAgreeRefund", refunds.refuse_money),
    ("delayrefund.modify", "delayRefund", refunds.delay),
    ("agreerefund.modify", "modifyAgreeRefund", refunds.agree_money),
    ("verifycode.get", "getVerifyCode", refunds.send_code),
)
_NEWER: tuple[tuple[str, str, Callable[[Ask], Told]], ...] = (
    ("refundlistinformation.query", "queryRefundlistinformation", refunds_new.listed),
    ("refundinformation.query", "queryRefundinformation", refunds_new.get),
    ("agreerefund.confirm", "confirmAgreerefund", refunds_new.agree),
    ("agreereturn.confirm", "confirmAgreereturn", refunds_new.agree_return),
    ("rejectrefund.modify", "modifyRejectrefund", refunds_new.refuse),
    ("rejectreturn.modify", "modifyRejectreturn", refunds_new.refuse_return),
    ("delayrefund.modify", "modifyDelayrefund", refunds_new.delay),
    ("returngoods.query", "queryReturngoods", refunds_new.returned),
    ("exchangegoods.query", "queryExchangegoods", exchanges.listed),
    ("exchangegoods.confirm", "confirmExchangegoods", exchanges.agree),
    ("exchangegoodsdelivery.confirm", "confirmExchangegoodsdelivery", exchanges.deliver),
    ("rejectexchange.modify", "modifyRejectexchange", exchanges.refuse),
    ("rejectexchangedeliver.modify", "modifyRejectexchangedeliver", exchanges.refuse_goods),
)
"""The bizNames of rejections and exchanges follow the rule of their sisters; no source tells them."""


def _table() -> dict[str, dict[str, Api]]:
    told: dict[str, dict[str, Api]] = {}
    for rows, newer in ((_OLD, False), (_NEWER, True)):
        for name, biz, handler in rows:
            told.setdefault(f"suning.custom.{name}", {})[biz] = Api(biz, handler, newer)
    return told


APIS: dict[str, dict[str, Api]] = _table()
"""AppMethod to bizName to call; one method has two bizNames."""


class Suning(Tester):
    """Suning at `/api/http/sopRequest` (with or without the AppMethod) and `/api/oauth/*`: shops and one state."""

    name = "suning"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, grants: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens = grants
        self._messages = messages.Messages(market)
        market.heard = self._messages.changed
        self._apis = {
            **APIS,
            "suning.message.user.permit": {"permitUser": Api("permitUser", self._messages.permit)},
            "suning.message.user.cancel": {"cancelUser": Api("cancelUser", self._messages.cancel)},
        }
        self._calls: dict[str, tuple[str, int]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """The gateway always; the OAuth doors unless another sandbox app knocks."""
        if request.path in (GATEWAY, messages.PATH) or request.path.startswith(f"{GATEWAY}/"):
            return True
        client = request.params.get("client_id", "")
        return request.path in (TOKEN, AUTHORIZE) and (client.startswith(tokens.KEY_PREFIX) or "sandbox-" not in client)

    def target(self, request: ParsedRequest) -> Target:
        """By AppKey and AppMethod; the OAuth doors are the operations `token` and `authorize`."""
        if request.path in (TOKEN, AUTHORIZE):
            return Target(self._tokens.shop_of(request.params.get("client_id", "")), request.path.rpartition("/")[2])
        return Target(self._tokens.shop_of(request.headers.get("appkey", "")), _method(request) or None)

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued. Without the access token the app counts as self-made."""
        base = self._setup.base_url()
        return [
            {
                "platform": "suning", "shop_id": shop_id, "base_url": base, "app_key": tokens.KEY_PREFIX + shop_id,
                "app_secret": self._tokens.secrets[tokens.KEY_PREFIX + shop_id], "access_token": access,
                "refresh_token": refresh, "token_url": f"{base}{TOKEN}",
                "push_url": f"ws{base.removeprefix('http')}{messages.PATH}",
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def connect(self, request: ParsedRequest, now: datetime) -> messages.Connection | None:
        """The message socket of a shop's app; None when its address is not signed by it."""
        return self._messages.open(request, now, self._tokens) if request.path == messages.PATH else None

    def handle(self, call: Call) -> Reply:
        """One request through every check of the gateway."""
        if call.request.path == TOKEN:
            return tokens.token_endpoint(call, self._tokens)
        if call.request.path == AUTHORIZE:
            return tokens.authorize_endpoint(call, self._tokens)
        kind = "xml" if call.request.headers.get("format", "").lower() == "xml" else "json"
        try:
            api, told = self._answered(call, kind)
        except Refusal as refusal:
            call.verdict = "ok" if refusal.code == NO_RESULT else refusal.code  # an empty page, not a refusal
            return error_reply(kind, refusal)
        return success_reply(kind, told.head, told.key or api.biz, told.body)

    def _answered(self, call: Call, kind: str) -> tuple[Api, Told]:
        headers = call.request.headers
        if call.request.method != "POST":
            raise Refusal(PARAMS, "只支持POST", 405)
        shop_id = self._known(headers, _method(call.request))
        self._timely(call)
        self._signed(call)
        self._limited(call)
        self._authorised(call, shop_id)
        api, params = self._asked(call, kind)
        return api, api.handler(Ask(self._market, call, headers["appmethod"], api.biz, shop_id, params))

    def _known(self, headers: Mapping[str, str], method: str) -> str:
        """Every header there, a format we speak, an app we know, an AppMethod equal to the path's."""
        missing = [name for name in HEADERS if not headers.get(name)]
        shop_id = self._tokens.shop_of(headers.get("appkey", ""))
        if missing or shop_id is None or headers["appmethod"] != method:
            raise Refusal(FORBIDDEN, f"请求头错误{':' if missing else ''}{','.join(missing)}")
        if headers["format"].lower() not in ("json", "xml"):
            raise Refusal(FORBIDDEN, "请求头错误:format")
        return shop_id

    def _timely(self, call: Call) -> None:
        tolerance = timedelta(seconds=self._setup.switches["clock_tolerance_s"])
        try:
            off = abs(instant(call.request.headers["apprequesttime"]) - call.now)
        except ValueError:
            off = None
        if off is None or off > tolerance:
            raise Refusal("sys.check.request-apprequesttime:error", "请求时间错误")

    def _signed(self, call: Call) -> None:
        """Over the exact bytes of the body; the log gets what should have been signed after the secret."""
        headers = call.request.headers
        method, time, key = headers["appmethod"], headers["apprequesttime"], headers["appkey"]
        text = signed_text(method, time, key, headers["versionno"], call.request.body)
        expected = sign(self._tokens.secrets[headers["appkey"]], text)
        if not call.signed("lower hex of MD5 over app secret + text", text, expected, headers["signinfo"]):
            call.hint = f"lower hex of MD5 of the secret followed by: {text}"
            raise Refusal(self._setup.switches["signature_code"], "签名错误")

    def _limited(self, call: Call) -> None:
        """The fault, or the switch calls_per_second, per app and second of the sandbox clock."""
        switches, key = self._setup.switches, call.request.headers["appkey"]
        wait_s = call.fault.delay_s if call.fault is not None and call.fault.name == "call_limited" else 0.0
        if switches["calls_per_second"] and self._setup.limits:
            second = str(self._setup.now())[:19]
            before, count = self._calls.get(key, ("", 0))
            count = count + 1 if before == second else 1
            self._calls[key] = (second, count)
            wait_s = wait_s or float(count > switches["calls_per_second"])
        if wait_s:
            told = wait_s if switches["limit_status"] == 429 else 0.0
            raise Refusal(switches["limit_code"], "调用次数超限", switches["limit_status"], told)

    def _authorised(self, call: Call, shop_id: str) -> None:
        token = call.request.headers.get("access_token", "")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        if token:
            self._tokens.check(token, shop_id)
        elif self._setup.switches["token_required"]:
            raise Refusal("sys.oauth.check.access_token:inexistence", "access_token不存在")

    def _asked(self, call: Call, kind: str) -> tuple[Api, dict[str, Any]]:
        """The call by AppMethod and bizName, with its parameters."""
        switches, method = self._setup.switches, call.request.headers["appmethod"]
        offered = {
            biz: api for biz, api in self._apis.get(method, {}).items() if switches["newer_aftersales"] or not api.newer
        }
        if not offered:
            raise Refusal("sys.check.method-permission:authority", "没有该方法的权限")
        if method in switches["denied_methods"].split(","):
            raise Refusal("sys.check.api-permission:authority", "没有该接口的权限")
        biz, params = read_body(kind, call.request.body, switches["literal_bodies"])
        if biz not in offered:
            raise Refusal(PARAMS, f"业务参数名应为{'或'.join(offered)}")
        return offered[biz], params


def _method(request: ParsedRequest) -> str:
    """AppMethod: of the path where it stands there, else of the header."""
    return request.path[len(GATEWAY) + 1 :].rstrip("/") or request.headers.get("appmethod", "")
