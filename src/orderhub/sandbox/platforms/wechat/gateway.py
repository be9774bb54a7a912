"""The emulator: token, table of calls, envelope. Source: docs/platforms/wechat.md, transport."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.wechat import aftersale, orders, push, ship, stock
from orderhub.sandbox.platforms.wechat.ask import Ask, Refusal
from orderhub.sandbox.platforms.wechat.spec import LIMITED, STOCK_LIMITED, SWITCHES, TOKEN_BAD
from orderhub.sandbox.platforms.wechat.state import Doc, Market
from orderhub.sandbox.platforms.wechat.tester import Tester
from orderhub.sandbox.platforms.wechat.tokens import KEY_PREFIX, Tokens

__all__ = ["APIS", "Wechat"]

ROOT = "/channels/ec/"
DOORS = {"/cgi-bin/token": False, "/cgi-bin/stable_token": True}
"""Path of a token call to whether its tokens are the stable ones."""

APIS: dict[str, Callable[[Ask], Doc]] = {
    "order/list/get": orders.listed,
    "order/get": orders.get,
    "order/delivery/send": ship.send,
    "order/deliveryinfo/update": ship.update,
    "order/deliverycompanylist/new/get": ship.companies,
    "order/address/update": orders.update_address,
    "order/addressmodify/accept": orders.accept_address,
    "order/addressmodify/reject": orders.reject_address,
    "order/merchantnotes/update": orders.update_notes,
    "order/sensitiveinfo/decode": orders.decode_receiver,
    "order/virtualtelnumber/get": orders.virtual_phone,
    "product/stock/update": stock.update,
    "product/stock/get": stock.get,
    "warehouse/stock/update": stock.update_warehouse,
    "aftersale/getaftersalelist": aftersale.listed,
    "aftersale/getaftersaleorder": aftersale.get,
    "aftersale/acceptapply": aftersale.accept,
    "aftersale/rejectapply": aftersale.reject,
}
"""Path under /channels/ec/ to what does it."""


class Wechat(Tester):
    """WeChat stores at `/channels/ec/…` and their tokens at `/cgi-bin/…`: shops and one state."""

    name = "wechat"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, tokens: Tokens) -> None:
        super().__init__(setup, market, push.Pushes(market))
        self._tokens = tokens

    def claims(self, request: ParsedRequest) -> bool:
        """By path alone."""
        return request.path.startswith(ROOT) or request.path in DOORS

    def target(self, request: ParsedRequest) -> Target:
        """By access token and path; token calls by appid."""
        if request.path in DOORS:
            key = str(_door_params(request).get("appid") or "")
            shop_id = key.removeprefix(KEY_PREFIX) if key in self._tokens.secrets else None
            return Target(shop_id, request.path.rpartition("/")[2])
        shop_id = self._tokens.shop_of(dict(request.query).get("access_token", ""))
        return Target(shop_id, request.path.removeprefix(ROOT).strip("/"))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop. The app id and its secret renew a token: the refresh token stands for that grant alone."""
        base = self._setup.base_url()
        return [
            {
                "platform": "wechat", "shop_id": shop_id, "base_url": base, "app_key": KEY_PREFIX + shop_id,
                "app_secret": self._tokens.secrets[KEY_PREFIX + shop_id], "access_token": token,
                "refresh_token": f"{KEY_PREFIX}client-credential", "token_url": base,
                "push_token": str(self._setup.switches.get("push_token", "")),
            }
            for shop_id, token in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check of the gateway."""
        if self._setup.switches["ip_denied"]:
            call.verdict = "403"
            return Reply(403, {"content-type": "text/plain"}, b"ip not in whitelist")
        try:
            told = self._granted(call) if call.request.path in DOORS else self._answered(call)
        except Refusal as refusal:
            call.verdict = str(refusal.code)
            return _json({"errcode": refusal.code, "errmsg": refusal.message})
        return _json(told)

    def _granted(self, call: Call) -> Doc:
        stable = DOORS[call.request.path]
        if call.request.method != ("POST" if stable else "GET"):
            raise Refusal(self._setup.switches["param_code"], "method")
        self._limited(call, "")
        return self._tokens.grant(_door_params(call.request), stable=stable)

    def _answered(self, call: Call) -> Doc:
        token, name = dict(call.request.query).get("access_token", ""), call.target.operation or ""
        if call.request.method != "POST":
            raise Refusal(self._setup.switches["param_code"], "method, use POST")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        if not token:
            raise Refusal(TOKEN_BAD, "access_token missing")
        shop_id = self._tokens.check(token)
        self._limited(call, name)
        handler = APIS.get(name)
        if handler is None:
            raise Refusal(self._setup.switches["param_code"], f"no api {name}")
        ask = Ask(self._market, call, shop_id, self._params(call))
        return {"errcode": 0, "errmsg": "ok", **handler(ask)}

    def _limited(self, call: Call, name: str) -> None:
        if call.fault is not None and call.fault.name == "call_limited":
            raise Refusal(STOCK_LIMITED if "stock/" in name else LIMITED, "reach max api quota or too frequent")

    def _params(self, call: Call) -> Doc:
        try:
            value = json.loads(call.request.body or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Refusal(self._setup.switches["param_code"], "the body is not a JSON object")
        return value


def _door_params(request: ParsedRequest) -> Doc:
    """Query of the plain door, JSON of the stable one."""
    if not DOORS[request.path]:
        return dict(request.query)
    try:
        value = json.loads(request.body or b"{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _json(told: Doc) -> Reply:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Reply(200, {"content-type": "application/json; charset=UTF-8"}, text.encode())
