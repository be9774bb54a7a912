"""The emulator: doors, the table of calls, the order of checks. Source: docs/platforms/youzan.md.

The real gateway answers plain http with 301; a sandbox lives on plain http, so that is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.youzan import orders, refunds, ship, stock
from orderhub.sandbox.platforms.youzan.ask import Ask
from orderhub.sandbox.platforms.youzan.spec import SWITCHES
from orderhub.sandbox.platforms.youzan.state import Market
from orderhub.sandbox.platforms.youzan.tester import Tester
from orderhub.sandbox.platforms.youzan.tokens import KEY_PREFIX, Tokens
from orderhub.sandbox.platforms.youzan.wire import GatewayRefusal, Refusal, gateway_reply, refusal_reply, told

__all__ = ["Youzan"]

API, TOKEN = "/api/", "/auth/token"
NO_VERSION, UNKNOWN_API, BAD_TYPE = 4001, 4005, 4007

APIS: dict[tuple[str, str], Callable[[Ask], Any]] = {
    ("youzan.trades.sold.get", "4.0.4"): orders.sold,
    ("youzan.trade.get", "4.0.2"): orders.get,
    ("youzan.logistics.online.confirm", "3.0.0"): ship.confirm,
    ("youzan.logistics.online.update", "3.0.1"): ship.update,
    ("youzan.logistics.online.marksign", "3.0.0"): ship.mark_signed,
    ("youzan.logistics.order.query", "1.0.0"): ship.parcels,
    ("youzan.logistics.express.get", "3.0.0"): ship.companies,
    ("youzan.trade.memo.update", "3.0.0"): ship.memo,
    ("youzan.item.quantity.update", "3.0.0"): stock.quantity,
    ("youzan.item.quantity.update", "4.0.0"): stock.quantity_chain,
    ("youzan.item.detail.get", "1.0.1"): stock.detail,
    ("youzan.trade.refund.search", "3.0.1"): refunds.search,
    ("youzan.trade.refund.get", "3.0.1"): refunds.get,
}
"""Call and version; those of marksign and express.get have no source: see `_known`."""
ANY_VERSION = frozenset({"youzan.logistics.online.marksign", "youzan.logistics.express.get"})


class Youzan(Tester):
    """Youzan at `/api/{method}/{version}` and `/auth/token`."""

    name = "youzan"
    faults = frozenset({
        "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field", "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, tokens: Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._traces = tokens, 0
        self._secrets = tokens.secrets

    def claims(self, request: ParsedRequest) -> bool:
        """Its calls by their names, and the token door."""
        return request.path.startswith("/api/youzan.") or request.path == TOKEN

    def target(self, request: ParsedRequest) -> Target:
        """Shop by token, operation by the name of the call."""
        if request.path == TOKEN:
            return Target(None, "token")
        token = dict(request.query).get("access_token", "")
        return Target(self._tokens.shop_of(token), request.path.removeprefix(API).split("/")[0])

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; `grant_id` is the shop's number on the platform."""
        base = self._setup.base_url()
        return [
            {
                "platform": self.name, "shop_id": shop.shop_id, "base_url": base, "app_key": KEY_PREFIX + shop.shop_id,
                "app_secret": self._tokens.secrets[KEY_PREFIX + shop.shop_id],
                "access_token": self._tokens.current[shop.shop_id][0],
                "refresh_token": self._tokens.current[shop.shop_id][1], "token_url": f"{base}{TOKEN}",
                "grant_id": shop.kdt_id,
            }
            for shop in self._market.shops.values()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check; HTTP says 200 to everything."""
        self._traces += 1
        trace = f"yz7-0a{self._traces:08x}"
        if call.request.path == TOKEN:
            return self._tokens.answer(call, trace)
        try:
            return told(self._answered(call), trace)
        except GatewayRefusal as refusal:
            call.verdict = str(refusal.code)
            return gateway_reply(refusal, trace)
        except Refusal as refusal:
            call.verdict = str(refusal.code)
            return refusal_reply(refusal, trace)

    def _answered(self, call: Call) -> Any:
        handler = self._known(call.request.path)
        params = _params(call.request)
        token = dict(call.request.query).get("access_token", "")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        shop = self._tokens.check(token, call.now)
        self._market.settle()
        return handler(Ask(self._market, call, shop, params))

    def _known(self, path: str) -> Callable[[Ask], Any]:
        """The call is looked up before anybody asks for a token."""
        parts = path.removeprefix(API).strip("/").split("/")
        if len(parts) < 2:
            raise GatewayRefusal(NO_VERSION, "url中缺少版本号")
        if len(parts) == 2 and parts[0] in ANY_VERSION:
            return next(handler for (name, _), handler in APIS.items() if name == parts[0])
        handler = APIS.get((parts[0], parts[1])) if len(parts) == 2 else None
        if handler is stock.quantity and not self._setup.switches["quantity_v3"]:
            handler = None
        if handler is None:
            raise GatewayRefusal(UNKNOWN_API, "api或版本不存在")
        return handler


def _params(request: ParsedRequest) -> dict[str, Any]:
    """A JSON object, by POST."""
    if request.method != "POST" or "json" not in request.headers.get("content-type", ""):
        raise GatewayRefusal(BAD_TYPE, "请求方法或类型错误")
    try:
        params = json.loads(request.body or b"{}")
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise GatewayRefusal(BAD_TYPE, "请求体不是JSON对象")
    return params
