"""The emulator: query, signature, the table of calls. Source: docs/platforms/douyin.md §1, §10."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.douyin import aftersales, orders, ship, stock
from orderhub.sandbox.platforms.douyin.ask import Ask
from orderhub.sandbox.platforms.douyin.push import Outbox
from orderhub.sandbox.platforms.douyin.spec import SWITCHES
from orderhub.sandbox.platforms.douyin.state import Doc, Market, Shop
from orderhub.sandbox.platforms.douyin.tester import Tester
from orderhub.sandbox.platforms.douyin.tokens import Tokens
from orderhub.sandbox.platforms.douyin.wire import Refusal, envelope, instant, sign, signed_text

__all__ = ["Douyin"]

RULE = "lower hex of HMAC-SHA256 with the app secret over app secret + text + app secret"

APIS: dict[str, Callable[[Ask], Any]] = {
    "order.searchList": orders.search,
    "order.orderDetail": orders.detail,
    "order.addOrderRemark": orders.remark,
    "order.addressModify": orders.modify_address,
    "order.addressConfirm": orders.confirm_address,
    "order.batchDecrypt": orders.decrypt,
    "order.batchSensitive": orders.sensitive,
    "order.logisticsAdd": ship.add,
    "order.logisticsAddMultiPack": ship.add_multi,
    "order.logisticsAddSinglePack": ship.add_single,
    "order.logisticsEdit": ship.edit,
    "order.logisticsEditByPack": ship.edit_pack,
    "order.logisticsCompanyList": ship.companies,
    "address.list": ship.addresses,
    "sku.syncStock": stock.sync,
    "sku.syncStockBatch": stock.sync_batch,
    "sku.stockNum": stock.numbers,
    "sku.list": stock.listed,
    "afterSale.List": aftersales.listed,
    "afterSale.Detail": aftersales.detail,
    "afterSale.operate": aftersales.operate,
    "afterSale.rejectReasonCodeList": aftersales.reasons,
}
"""Method to what does it. Calls of which the sheet tells the name alone are not offered."""

OPEN = frozenset({"token.create", "token.refresh"})
"""Calls without access_token."""

AUTHORIZE = "/authorize"
_REQUIRED = (
    ("app_key", "isv.app-id-missing"), ("method", ""), ("timestamp", ""), ("v", ""), ("sign", "isv.signature-missing"),
)  # fmt: skip


class Douyin(Tester):
    """Douyin at `/{group}/{name}` and `/authorize`: shops, each with its app, and one state."""

    name = "douyin"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, grants: Tokens, outbox: Outbox) -> None:
        super().__init__(setup, market, outbox)
        self._tokens = grants
        self._apps = {shop.app_key: shop for shop in market.shops.values()}
        self._services = {shop.service_id: shop for shop in market.shops.values()}
        self._apis = {
            **APIS, "token.create": grants.create, "token.refresh": grants.refresh,
            "open.getAuthInfo": grants.status,
        }  # fmt: skip
        self._calls: dict[str, tuple[int, int]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """A path that repeats the query's method, a known one with an app_key, or the authorisation of our service."""
        if request.path == AUTHORIZE:
            return request.params.get("service_id", "") in self._services
        method = _method(request)
        told = dict(request.query)
        if method in self._apis:
            return bool(told.keys() & {"app_key", "method", "sign"})
        return "app_key" in told and told.get("method") == method

    def target(self, request: ParsedRequest) -> Target:
        """By app_key and path."""
        if request.path == AUTHORIZE:
            return Target(self._services[request.params["service_id"]].shop_id, "authorize")
        shop = self._apps.get(dict(request.query).get("app_key", ""))
        return Target(shop.shop_id if shop else None, _method(request))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued. Tokens come from the gateway itself."""
        base = self._setup.base_url()
        return [
            {
                "platform": "douyin", "shop_id": shop.shop_id, "base_url": base, "app_key": shop.app_key,
                "app_secret": shop.app_secret, "access_token": self._tokens.current[shop.shop_id].access,
                "refresh_token": self._tokens.current[shop.shop_id].refresh, "token_url": base,
                "service_id": shop.service_id,
            }
            for shop in self._market.shops.values()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check of the gateway."""
        if call.request.path == AUTHORIZE:
            return self._tokens.authorize(call)
        log_id = f"{call.now:%Y%m%d%H%M%S}{self._market.serial():010d}"
        kind = self._setup.switches["envelope"]
        if kind == "header":
            kind = "new" if call.request.headers.get("x-open-no-old-err-code") == "1" else "both"
        try:
            return envelope(kind, log_id, self._answered(call))
        except Refusal as refusal:
            call.verdict = str(refusal).strip()
            return envelope(kind, log_id, None, refusal)

    def _answered(self, call: Call) -> Any:
        told = dict(call.request.query)
        shop = self._known(call.request, told)
        self._timely(call, told["timestamp"])
        text = self._signed(call, told, shop)
        self._limited(call)
        method = told["method"]
        if method not in self._apis:
            raise Refusal(70000, "isp.api-service-off", "接口不存在或已下线")
        if method in self._setup.switches["denied_methods"].split(","):
            raise Refusal(30001, "isv.app-permissions-insufficient", "应用没有该接口的权限")
        if method not in OPEN:
            self._authorised(call, told.get("access_token", ""), shop)
        return self._apis[method](Ask(self._market, call, method, shop.shop_id, _object(text)))

    def _known(self, request: ParsedRequest, told: Doc) -> Shop:
        """Every parameter there, an app we know, a method equal to the path's."""
        if request.method != "POST":
            raise Refusal(40003, "isv.parameter-format-invalid", "只支持POST")
        for name, sub_code in _REQUIRED:
            if not told.get(name):
                raise Refusal(40001, sub_code, f"缺少参数:{name}")
        shop = self._apps.get(told["app_key"])
        if shop is None:
            raise Refusal(40003, "isv.app-id-invalid", "app_key不合法")
        if told["method"] != _method(request) or told["v"] != "2":
            raise Refusal(40003, "isv.parameter-format-invalid", "method与路径不一致或版本错误")
        return shop

    def _timely(self, call: Call, timestamp: str) -> None:
        try:
            off = abs(instant(timestamp) - call.now)
        except ValueError:
            raise Refusal(40003, "isv.timestamp-format-error", "timestamp格式错误") from None
        if off > timedelta(seconds=self._setup.switches["clock_tolerance_s"]):
            raise Refusal(40003, "isv.timestamp-invalid", "timestamp超出允许范围")

    def _signed(self, call: Call, told: Doc, shop: Shop) -> str:
        """Over the body as it came; the log gets what should have been signed between the secrets."""
        body = call.request.body.decode("utf-8", "replace")
        text = signed_text(told["app_key"], told["method"], body, told["timestamp"], told["v"])
        fits = call.signed(RULE, text, sign(shop.app_secret, text), str(told["sign"]))
        if told.get("sign_method", "hmac-sha256") != "hmac-sha256" or not fits:
            call.hint = f"lower hex of HMAC-SHA256, the secret before and after: {text}"
            raise Refusal(40003, "isv.signature-invalid", "签名错误")
        return body

    def _limited(self, call: Call) -> None:
        """The fault, or the switch calls_per_second, per app and second of the sandbox clock."""
        switches, key = self._setup.switches, call.target.shop_id or ""
        if call.fault is not None and call.fault.name == "call_limited":
            raise Refusal(60000, "", "请求过于频繁")
        if switches["calls_per_second"] and self._setup.limits:
            second = self._market.stamp()
            before, count = self._calls.get(key, (0, 0))
            count = count + 1 if before == second else 1
            self._calls[key] = (second, count)
            if count > switches["calls_per_second"]:
                raise Refusal(60000, "", "请求过于频繁")

    def _authorised(self, call: Call, token: str, shop: Shop) -> None:
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        self._tokens.shop_of(token, shop.shop_id)


def _method(request: ParsedRequest) -> str:
    """The path as a method name."""
    return request.path.strip("/").replace("/", ".")


def _object(text: str) -> Doc:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refusal(40004, "isv.parameter-format-invalid", "param_json不是JSON对象")
    return told
