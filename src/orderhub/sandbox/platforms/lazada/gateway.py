"""Lazada's REST gateway: key, time, signature, limit, token, then the call itself. Imports this folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Switch, Target
from orderhub.sandbox.platforms.lazada import goods, orders, reverses, ship
from orderhub.sandbox.platforms.lazada.ask import Ask
from orderhub.sandbox.platforms.lazada.spec import KEY_PREFIX, REST, SWITCHES
from orderhub.sandbox.platforms.lazada.state import Market
from orderhub.sandbox.platforms.lazada.tester import Tester
from orderhub.sandbox.platforms.lazada.tokens import Tokens
from orderhub.sandbox.platforms.lazada.wire import Refusal, refused, reply, sign, signed_text

__all__ = ["Lazada"]

RULE = "upper-case hex of HMAC-SHA256 with the app secret over text"

Handler = Callable[[Ask], dict[str, Any]]
AUTHORIZE = "/oauth/authorize"

CALLS: dict[str, tuple[str, Handler]] = {
    "/orders/get": ("GET", orders.listed),
    "/order/get": ("GET", orders.get),
    "/order/items/get": ("GET", orders.items),
    "/orders/items/get": ("GET", orders.many_items),
    "/order/shipment/providers/get": ("", ship.providers),
    "/order/fulfill/pack": ("POST", ship.packed),
    "/order/package/rts": ("POST", ship.ready),
    "/order/package/repack": ("POST", ship.repacked),
    "/order/package/document/get": ("", ship.document),
    "/order/package/sof/delivered": ("POST", ship.sof_delivered),
    "/order/cancel": ("POST", ship.cancel),
    "/product/price_quantity/update": ("POST", goods.set_quantities),
    "/products/get": ("GET", goods.listed),
    "/reverse/getreverseordersforseller": ("", reverses.listed),
    "/order/reverse/return/detail/list": ("", reverses.detail),
    "/order/reverse/reason/list": ("", reverses.reasons),
}
"""Path below /rest: the method it wants (either when empty) and what it does."""

TOKEN_CALLS = {"/auth/token/create": "code", "/auth/token/refresh": "refresh_token"}


class Lazada(Tester):
    """The emulator."""

    name = "lazada"
    faults = frozenset(
        {
            "call_limited",
            "token_expired",
            "repeated_page",
            "shifting_pages",
            "unknown_status",
            "drifted_field",
            "late_order",
        }
    )
    switches: dict[str, Switch] = SWITCHES

    def __init__(self, setup: Setup, market: Market, tokens: Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._requests = tokens, 0
        self._seconds: dict[str, tuple[str, int]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """Paths below /rest, and the door where sellers say yes."""
        if request.path == AUTHORIZE:
            return request.params.get("client_id", "").startswith(KEY_PREFIX)
        path = request.path.removeprefix(REST)
        known = path in CALLS or path in TOKEN_CALLS
        return request.path.startswith(f"{REST}/") and (
            known or request.params.get("app_key", "").startswith(KEY_PREFIX)
        )

    def target(self, request: ParsedRequest) -> Target:
        """By app_key and path."""
        key = request.params.get("app_key") or request.params.get("client_id", "")
        return Target(self._tokens.shop_of(key), request.path.removeprefix(REST))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "lazada", "shop_id": shop_id, "base_url": base, "app_key": KEY_PREFIX + shop_id,
                "app_secret": self._tokens.secrets[KEY_PREFIX + shop_id], "access_token": access,
                "refresh_token": refresh, "token_url": base,
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check."""
        if call.request.path == AUTHORIZE:
            return self._tokens.authorize(call)
        self._requests += 1
        request_id = f"0be6e{self._requests:015x}"
        try:
            return reply(request_id, self._answered(call))
        except Refusal as refusal:
            call.verdict = refusal.code
            return refused(request_id, refusal)

    def _answered(self, call: Call) -> dict[str, Any]:
        params, path = call.request.params, call.request.path.removeprefix(REST)
        shop_id = self._signed(call, path)
        self._limited(call)
        if path in TOKEN_CALLS:
            given = params.get(TOKEN_CALLS[path], "")
            return (
                self._tokens.create(shop_id, given) if path.endswith("create") else self._tokens.renew(shop_id, given)
            )
        token = params.get("access_token", "")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        self._tokens.check(token, shop_id)
        method, handler = CALLS.get(path, ("", None))
        if handler is None or (method and call.request.method != method):
            raise self._refusal("path_code", f"{call.request.method} {path} is no call")
        return handler(Ask(self._market, call, shop_id, params))

    def _signed(self, call: Call, path: str) -> str:
        """Key, method of signing, time within the tolerance, signature over everything that was sent."""
        params = call.request.params
        missing = [name for name in ("app_key", "timestamp", "sign_method", "sign") if not params.get(name)]
        if missing:
            raise self._refusal("missing_code", f"missing {', '.join(missing)}")
        shop_id = self._tokens.shop_of(params["app_key"])
        if shop_id is None or params["sign_method"] != "sha256":
            raise Refusal("InvalidAppKey" if shop_id is None else "InvalidSignMethod", "app_key or sign_method")
        self._timely(call)
        text = signed_text(path, params)
        rule, expected = RULE, sign(self._tokens.secrets[params["app_key"]], text)
        if not call.signed(rule, text, expected, params["sign"]):
            call.hint = f"upper-case hex of HMAC-SHA256 over: {text}"
            raise self._refusal("signature_code", "The request signature does not conform to platform standards")
        return shop_id

    def _timely(self, call: Call) -> None:
        text, tolerance = call.request.params["timestamp"], timedelta(seconds=self._setup.switches["clock_tolerance_s"])
        at = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() and len(text) < 15 else None
        if at is None or abs(at - call.now) > tolerance:
            raise self._refusal("timestamp_code", "The timestamp is too far off")

    def _limited(self, call: Call) -> None:
        most, key = self._setup.switches["calls_per_second"], call.request.params["app_key"]
        over = call.fault is not None and call.fault.name == "call_limited"
        if most and self._setup.limits:
            second = str(self._setup.now())[:19]
            before, count = self._seconds.get(key, ("", 0))
            self._seconds[key] = (second, count + 1 if before == second else 1)
            over = over or self._seconds[key][1] > most
        if over:
            wait_s = call.fault.delay_s if call.fault is not None else 1.0
            raise self._refusal(
                "limit_code", f"The request is over the limit, this ban will last {wait_s:.0f} more seconds"
            )

    def _refusal(self, switch: str, message: str) -> Refusal:
        return Refusal(str(self._setup.switches[switch]), message)
