"""The emulator: one door, the table of calls, the checks. Source: docs/platforms/xiaohongshu.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.xiaohongshu import aftersale, orders, ship, stock
from orderhub.sandbox.platforms.xiaohongshu.ask import Ask
from orderhub.sandbox.platforms.xiaohongshu.spec import SWITCHES
from orderhub.sandbox.platforms.xiaohongshu.state import Market
from orderhub.sandbox.platforms.xiaohongshu.tester import Tester
from orderhub.sandbox.platforms.xiaohongshu.tokens import KEY_PREFIX, Tokens
from orderhub.sandbox.platforms.xiaohongshu.wire import Refusal, refusal_reply, sign, signed_text, told

__all__ = ["PATH", "Xiaohongshu"]

PATH, VERSION = "/ark/open_api/v3/common_controller", "2.0"
SYSTEM = ("appId", "method", "version", "timestamp", "sign")
CODE, REFRESH = "oauth.getAccessToken", "oauth.refreshToken"

APIS: dict[str, Callable[[Ask], Any]] = {
    "order.getOrderList": orders.listed,
    "order.getOrderDetail": orders.detail,
    "order.getOrderReceiverInfo": orders.receiver,
    "data.batchDecrypt": orders.decrypt,
    "order.orderDeliver": ship.deliver,
    "order.modifyOrderExpressInfo": ship.modify,
    "order.getOrderTracking": ship.tracking,
    "order.modifySellerMarkInfo": ship.memo,
    "common.getExpressCompanyList": ship.companies,
    "inventory.syncSkuStock": stock.put,
    "inventory.incSkuStock": stock.add,
    "inventory.syncSkuStockV2": stock.put_by_warehouse,
    "inventory.getSkuStock": stock.get,
    "inventory.getSkuStockV2": stock.get_by_warehouse,
    "afterSale.listAfterSaleInfos": aftersale.listed,
    "afterSale.getAfterSaleInfo": aftersale.get,
}


class Xiaohongshu(Tester):
    """Xiaohongshu at its one address."""

    name = "xiaohongshu"
    faults = frozenset({
        "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field", "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, tokens: Tokens) -> None:
        super().__init__(setup, market)
        self._tokens = tokens

    def claims(self, request: ParsedRequest) -> bool:
        """By the address."""
        return request.path == PATH

    def target(self, request: ParsedRequest) -> Target:
        """Shop by appId, operation by method."""
        asked = _object(request.body) or {}
        operation = asked.get("method")
        return Target(self._tokens.shop_of(str(asked.get("appId"))), operation if isinstance(operation, str) else None)

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop."""
        base = self._setup.base_url()
        return [
            {
                "platform": self.name, "shop_id": shop, "base_url": base, "app_key": KEY_PREFIX + shop,
                "app_secret": self._tokens.secrets[KEY_PREFIX + shop], "access_token": access,
                "refresh_token": refresh, "token_url": f"{base}{PATH}",
            }
            for shop, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check."""
        try:
            return told(self._answered(call))
        except Refusal as refusal:
            call.verdict = str(refusal.code)
            return refusal_reply(refusal)

    def _answered(self, call: Call) -> Any:
        switches, asked = self._setup.switches, _object(call.request.body)
        if call.request.method != "POST" or asked is None:
            raise Refusal(switches["param_code"], "请求体不是JSON对象")
        shop = self._signed(call, asked)
        method = asked["method"]
        if method == CODE:
            return self._tokens.by_code(shop, asked.get("code"))
        if method == REFRESH:
            return self._tokens.by_refresh(shop, asked.get("refreshToken"), call.now)
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(str(asked.get("accessToken")))
        self._tokens.check(asked.get("accessToken"), shop, call.now)
        if method not in APIS:
            raise Refusal(switches["method_code"], "method不存在")
        return APIS[method](Ask(self._market, call, shop, asked))

    def _signed(self, call: Call, asked: dict[str, Any]) -> str:
        """System fields are texts; the sign covers three of them and nothing else."""
        switches = self._setup.switches
        system = {name: asked.get(name) for name in SYSTEM}
        if not all(isinstance(value, str) and value for value in system.values()) or system["version"] != VERSION:
            raise Refusal(switches["param_code"], "系统参数错误")
        stamp = str(system["timestamp"])
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) == 10):
            raise Refusal(switches["param_code"], "timestamp错误")
        off, limit = abs(int(stamp) - call.now.timestamp()), switches["clock_tolerance_s"]
        shop = self._tokens.shop_of(str(system["appId"]))
        if shop is None or (limit and off > limit):
            raise Refusal(switches["sign_code"], "appId或timestamp错误")
        text = signed_text(str(system["method"]), str(system["appId"]), stamp)
        expected = sign(text, self._tokens.secrets[str(system["appId"])])
        if not call.signed("lower hex of MD5 over text + app secret", text, expected, str(system["sign"])):
            call.hint = f"lower hex of MD5 of the following and the secret: {text}"
            raise Refusal(switches["sign_code"], "签名错误")
        return shop


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None
