"""The emulator: doors, signatures, the table of calls. Source: docs/platforms/shopee.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.shopee import orders, returns, ship, stock
from orderhub.sandbox.platforms.shopee.ask import Ask, bad, read_params
from orderhub.sandbox.platforms.shopee.push import Pushes
from orderhub.sandbox.platforms.shopee.spec import SWITCHES
from orderhub.sandbox.platforms.shopee.state import Market
from orderhub.sandbox.platforms.shopee.tester import Tester
from orderhub.sandbox.platforms.shopee.tokens import MERCHANT, PARTNER_ID, PARTNER_KEY, Tokens, read_body
from orderhub.sandbox.platforms.shopee.wire import Refusal, envelope, flat, mac, refused

__all__ = ["Shopee"]

PREFIX = "/api/v2/"
CONSENT, TOKEN, REFRESH = "shop/auth_partner", "auth/token/get", "auth/access_token/get"
Handler = Callable[[Ask], Any]

APIS: dict[str, tuple[str, Handler]] = {
    "order/get_order_list": ("GET", orders.listed),
    "order/get_order_detail": ("GET", orders.detail),
    "order/search_package_list": ("POST", orders.packages),
    "order/split_order": ("POST", orders.split),
    "order/unsplit_order": ("POST", orders.unsplit),
    "order/cancel_order": ("POST", orders.cancel_order),
    "order/handle_buyer_cancellation": ("POST", orders.answer_buyer),
    "order/set_note": ("POST", orders.set_note),
    "logistics/get_shipping_parameter": ("GET", ship.parameters),
    "logistics/ship_order": ("POST", ship.ship),
    "logistics/batch_ship_order": ("POST", ship.ship_batch),
    "logistics/get_tracking_number": ("GET", ship.tracking),
    "logistics/get_tracking_info": ("GET", ship.tracking_events),
    "product/get_item_list": ("GET", stock.listed),
    "product/get_item_base_info": ("GET", stock.base_info),
    "product/get_model_list": ("GET", stock.models),
    "product/update_stock": ("POST", stock.update),
    "returns/get_return_list": ("GET", returns.listed),
    "returns/get_return_detail": ("GET", returns.detail),
    "returns/confirm": ("POST", returns.confirm),
    "returns/dispute": ("POST", returns.dispute),
    "returns/accept_offer": ("POST", returns.accept_offer),
}
"""Path after /api/v2/ to how it is called and what does it."""
_OURS = frozenset({name.split("/")[0] for name in APIS} | {"auth", "shop", "push"})


class Shopee(Tester):
    """Open Platform v2 at `/api/v2/…`: one app, some shops of several countries, one state."""

    name = "shopee"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, grants: Tokens) -> None:
        super().__init__(setup, market, Pushes(market, PARTNER_KEY))
        self._tokens, self._requests = grants, 0
        self._calls: dict[str, tuple[int, int]] = {}
        market.heard = self._pushes.changed
        self._of_app: dict[str, tuple[str, Handler]] = {
            "push/set_app_push_config": ("POST", self._pushes.configure),
            "push/get_app_push_config": ("GET", self._pushes.config),
            "push/get_lost_push_message": ("GET", self._pushes.lost),
            "push/confirm_consumed_lost_push_message": ("POST", self._pushes.confirm),
        }

    def claims(self, request: ParsedRequest) -> bool:
        """By path and by the partner that every call names."""
        first = request.path.removeprefix(PREFIX).split("/")[0]
        return request.path.startswith(PREFIX) and first in _OURS and "partner_id" in request.params

    def target(self, request: ParsedRequest) -> Target:
        """By shop_id and by the path after the version."""
        return Target(request.params.get("shop_id"), request.path.removeprefix(PREFIX))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "shopee", "shop_id": shop_id, "base_url": base, "app_key": PARTNER_ID,
                "app_secret": PARTNER_KEY, "access_token": access, "refresh_token": refresh, "token_url": base,
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check; each reply gets its id."""
        self._requests += 1
        request_id = uuid5(NAMESPACE_URL, f"shopee:{self._requests}").hex
        try:
            return self._answered(call, request_id)
        except Refusal as refusal:
            call.verdict = refusal.error
            status = refusal.status or self._setup.switches["refusal_status"]
            return refused(request_id, refusal, status)

    def _answered(self, call: Call, request_id: str) -> Reply:
        name = call.request.path.removeprefix(PREFIX)
        params = call.request.params
        if params.get("partner_id") != PARTNER_ID:
            raise bad("partner_id is unknown")
        self._timely(call)
        token, whose = params.get("access_token", ""), params.get("shop_id") or params.get("merchant_id", "")
        if name in (CONSENT, TOKEN, REFRESH) or name in self._of_app:
            as_shop = name in self._of_app and bool(token and whose)  # one client signs pushes as calls of a shop
            self._signed(call, token if as_shop else "", whose if as_shop else "")
            return self._public(call, name, request_id)
        if not whose or not token:
            raise bad("shop_id and access_token are required")
        self._signed(call, token, whose)
        self._limited(call, whose)
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        self._tokens.check(token, whose)
        if whose == MERCHANT or name not in APIS:
            raise Refusal(self._setup.switches["not_found_error"], f"no call {name} here", 404)
        method, handler = APIS[name]
        return envelope(request_id, handler(self._ask(call, name, whose, method)))

    def _ask(self, call: Call, name: str, shop_id: str, method: str) -> Ask:
        if call.request.method != method:
            raise bad(f"{name} is called by {method}")
        return Ask(self._market, call, name, shop_id, read_params(call))

    def _public(self, call: Call, name: str, request_id: str) -> Reply:
        """What needs no shop's token."""
        if name == CONSENT:
            return self._tokens.consent(call)
        if name in self._of_app:
            method, handler = self._of_app[name]
            return envelope(request_id, handler(self._ask(call, name, "", method)))
        if call.request.method != "POST":
            raise bad(f"{name} is called by POST")
        body = read_body(call)
        return flat(request_id, self._tokens.from_code(body) if name == TOKEN else self._tokens.renew(body))

    def _timely(self, call: Call) -> None:
        stamp = call.request.params.get("timestamp", "")
        off = abs(int(stamp) - call.now.timestamp()) if stamp.isdigit() else None
        if off is None or off > self._setup.switches["clock_tolerance_s"]:
            raise Refusal(self._setup.switches["clock_error"], "Invalid timestamp: it is good for five minutes.")

    def _signed(self, call: Call, token: str, whose: str) -> None:
        """Over partner, path, seconds and, for shops and merchants, their token and number; the body is not signed."""
        params = call.request.params
        text = f"{PARTNER_ID}{call.request.path}{params['timestamp']}{token}{whose}"
        rule = "lower hex of HMAC-SHA256 with the partner key over text"
        if not call.signed(rule, text, mac(PARTNER_KEY, text), params.get("sign", "")):
            call.hint = f"lower hex of HMAC-SHA256 with the partner key over: {text}"
            raise Refusal(self._setup.switches["sign_error"], "Wrong sign.")

    def _limited(self, call: Call, shop_id: str) -> None:
        """The fault, or the switch calls_per_second."""
        switches = self._setup.switches
        wait_s = call.fault.delay_s if call.fault is not None and call.fault.name == "call_limited" else 0.0
        if switches["calls_per_second"] and self._setup.limits:
            second = int(self._setup.now().timestamp())
            before, count = self._calls.get(shop_id, (0, 0))
            self._calls[shop_id] = (second, count + 1 if before == second else 1)
            wait_s = wait_s or float(self._calls[shop_id][1] > switches["calls_per_second"])
        if wait_s:
            raise Refusal(switches["limit_error"], "Too many calls.", switches["limit_status"], wait_s)
