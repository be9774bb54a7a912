"""The emulator: keys proved in three ways, the table of routes, the door where keys are handed out.

Source: docs/platforms/woocommerce.md. Imports this folder's modules.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.woocommerce import goods, hooks, orders, refunds
from orderhub.sandbox.platforms.woocommerce.ask import Ask, Told, read_body
from orderhub.sandbox.platforms.woocommerce.spec import (
    AUTHORIZE,
    CANNOT_VIEW,
    NO_ROUTE,
    ROOT,
    SCOPES,
    SWITCHES,
)
from orderhub.sandbox.platforms.woocommerce.state import Delivery, Market, Shop
from orderhub.sandbox.platforms.woocommerce.tester import Tester
from orderhub.sandbox.platforms.woocommerce.wire import (
    Refusal,
    base_string,
    basic,
    error_body,
    oauth_pairs,
    oauth_signature,
    reply,
)

__all__ = ["WooCommerce"]

Handler = Callable[[Ask], Told]
_ROWS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "orders", orders.listed),
    ("POST", "orders", orders.create),
    ("POST", "orders/batch", orders.many),
    ("GET", "orders/{id}", orders.get),
    ("PUT", "orders/{id}", orders.change),
    ("DELETE", "orders/{id}", orders.delete),
    ("GET", "orders/{id}/notes", orders.notes),
    ("POST", "orders/{id}/notes", orders.note),
    ("GET", "orders/{id}/refunds", refunds.listed),
    ("POST", "orders/{id}/refunds", refunds.make),
    ("GET", "orders/{id}/refunds/{id}", refunds.get),
    ("GET", "products", goods.listed),
    ("POST", "products/batch", goods.many),
    ("GET", "products/{id}", goods.get),
    ("PUT", "products/{id}", goods.change),
    ("GET", "products/{id}/variations", goods.variations),
    ("POST", "products/{id}/variations/batch", goods.many_variations),
    ("GET", "products/{id}/variations/{id}", goods.get_variation),
    ("PUT", "products/{id}/variations/{id}", goods.change_variation),
    ("GET", "webhooks", hooks.listed),
    ("POST", "webhooks", hooks.create),
    ("GET", "webhooks/{id}", hooks.get),
    ("PUT", "webhooks/{id}", hooks.change),
    ("DELETE", "webhooks/{id}", hooks.delete),
)
ROUTES: tuple[tuple[str, str, re.Pattern[str], Handler], ...] = tuple(
    (method, path, re.compile(f"{ROOT}/{path}".replace("{id}", r"(\d{1,18})")), handler)
    for method, path, handler in _ROWS
)
"""Method, its name in the log, address, what does it."""
NONCES_KEPT = 10_000


class WooCommerce(Tester):
    """`/wp-json/wc/v3/…`: one site that answers for several shops, told apart by their keys."""

    name = "woocommerce"
    faults = frozenset({
        "call_limited", "repeated_page", "shifting_pages", "unknown_status", "drifted_field", "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market) -> None:
        super().__init__(setup, market)
        market.heard = lambda order, event: hooks.heard(market, order, event)
        self._keys: dict[str, tuple[Shop, str, str]] = {
            shop.key: (shop, shop.secret, "") for shop in market.shops.values()
        }
        self._nonces: dict[tuple[str, str], None] = {}
        self._calls: dict[str, tuple[int, int]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """By path."""
        return request.path == AUTHORIZE or request.path == ROOT or request.path.startswith(f"{ROOT}/")

    def target(self, request: ParsedRequest) -> Target:
        """Shop by key, operation by method and route."""
        found = self._keys.get(_key_of(request))
        route = _route(request)
        operation = "authorize" if request.path == AUTHORIZE else f"{route[0]} {route[1]}" if route else None
        return Target(found[0].shop_id if found else None, operation)

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop: keys do not lapse, so there are no tokens."""
        base = self._setup.base_url()
        return [
            {"platform": self.name, "shop_id": shop.shop_id, "base_url": base, "app_key": shop.key,
             "app_secret": shop.secret}
            for shop in self._market.shops.values()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """Check, execute, answer."""
        try:
            if call.request.path == AUTHORIZE:
                return self._authorize(call.request)
            told = self._answered(call)
        except Refusal as refusal:
            call.verdict = refusal.code
            wait = {"retry-after": f"{refusal.wait_s:g}"} if refusal.wait_s else {}
            return reply(error_body(refusal), refusal.status, wait)
        return reply(told.value, told.status, told.headers)

    def _answered(self, call: Call) -> Told:
        request = call.request
        self._limited(call)
        shop = self._proved(call)
        found = _route(request)
        if found is None:
            raise Refusal(NO_ROUTE, "No route was found matching the URL and request method.", 404)
        ids = tuple(int(part) for part in found[2])
        return found[3](Ask(self._market, call, shop, ids, request.params, read_body(request.body)))

    def _limited(self, call: Call) -> None:
        """The host's own patience: the fault, or the switch."""
        switches, key = self._setup.switches, _key_of(call.request)
        wait_s = call.fault.delay_s if call.fault is not None and call.fault.name == "call_limited" else 0.0
        if switches["calls_per_second"] and self._setup.limits:
            second, (before, count) = self._market.now(), self._calls.get(key, (0, 0))
            count = count + 1 if before == second else 1
            self._calls[key] = (second, count)
            wait_s = wait_s or float(count > switches["calls_per_second"])
        if wait_s:
            raise Refusal(switches["limit_code"], "Too many requests.", switches["limit_status"], wait_s)

    def _proved(self, call: Call) -> Shop:
        """Whose key it is: OAuth over http, key and secret over https; then whether it may do this."""
        request = call.request
        if "oauth_signature" in request.params:
            shop, scope = self._signed(call)
        else:
            shop, scope = self._shown(request)
        scope = scope or str(self._setup.switches["permissions"])
        wanted = "read" if request.method == "GET" else "write"
        if scope not in (wanted, "read_write"):
            raise self._denied("The key does not have this permission.")
        return shop

    def _denied(self, message: str) -> Refusal:
        return Refusal(str(self._setup.switches["denied_code"]), message, 401)

    def _shown(self, request: ParsedRequest) -> tuple[Shop, str]:
        """Key and secret in the clear: in the header, or as parameters."""
        secure = self._setup.base_url().startswith("https://") or self._setup.switches["basic_over_http"]
        params = request.params
        pair = basic(request.headers.get("authorization", "")) or (
            params.get("consumer_key", ""), params.get("consumer_secret", "")
        )  # fmt: skip
        found = self._keys.get(pair[0])
        if not secure or found is None or not hmac.compare_digest(pair[1].encode(), found[1].encode()):
            raise self._denied("Sorry, you cannot list resources.")
        return found[0], found[2]

    def _signed(self, call: Call) -> tuple[Shop, str]:
        """OAuth 1.0a in the query, one-legged; addressed by the site's own name or by the host of the request."""
        params, now = call.request.params, call.now.timestamp()
        found = self._keys.get(params.get("oauth_consumer_key", ""))
        if found is None or params.get("oauth_signature_method") != "HMAC-SHA256" or not params.get("oauth_nonce"):
            raise self._denied("Consumer key is invalid, or OAuth parameters are missing.")
        stamp = params.get("oauth_timestamp", "")
        window = self._setup.switches["timestamp_window_s"]
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(int(stamp) - now) > window:
            raise self._denied("Invalid timestamp.")
        base, path = self._setup.base_url(), call.request.path
        scheme = base.partition("://")[0]
        pairs, method = oauth_pairs(call.request), call.request.method
        urls = (f"{base}{path}", f"{scheme}://{call.request.host}{path}")
        texts = [base_string(method, url, pairs, safe) for url in urls for safe in ("", "/")]
        rule, given = "base64 of HMAC-SHA256 with consumer secret + & over text", params.get("oauth_signature", "")
        if not any(call.signed(rule, text, oauth_signature(found[1], text), given) for text in reversed(texts)):
            call.hint = texts[0]
            raise self._denied("Invalid signature.")
        self._spend(found[0].key, params["oauth_nonce"])
        return found[0], found[2]

    def _spend(self, key: str, nonce: str) -> None:
        if self._setup.switches["nonce_once"] and (key, nonce) in self._nonces:
            raise self._denied("Invalid nonce: it was used before.")
        self._nonces[key, nonce] = None
        if len(self._nonces) > NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]

    def _authorize(self, request: ParsedRequest) -> Reply:
        """The merchant agrees at once: a new key goes to callback_url (see the outbox), the browser to return_url."""
        names = ("app_name", "scope", "user_id", "return_url", "callback_url")
        params = request.params
        if not all(params.get(name) for name in names) or params["scope"] not in SCOPES:
            raise Refusal(CANNOT_VIEW, "Missing parameter, or no such scope.", 401)
        shop = next(iter(self._market.shops.values()))
        number, rng = self._market.serial(shop), self._setup.rng
        key, secret = f"sandbox-ck-{rng.getrandbits(80):020x}", f"sandbox-cs-{rng.getrandbits(96):024x}"
        self._keys[key] = (shop, secret, params["scope"])
        body = {"key_id": number, "user_id": params["user_id"], "consumer_key": key, "consumer_secret": secret,
                "key_permissions": params["scope"]}  # fmt: skip
        headers = {"content-type": "application/json;charset=UTF-8"}
        parcel = Delivery(f"key-{number}", 0, params["callback_url"], headers, json.dumps(body).encode())
        self._market.outbox.append(parcel)
        there = params["return_url"] + ("&" if "?" in params["return_url"] else "?")
        told = urlencode({"success": 1, "user_id": params["user_id"]})
        return Reply(302, {"location": there + told}, b"")


def _route(request: ParsedRequest) -> tuple[str, str, tuple[str, ...], Handler] | None:
    path = request.path.rstrip("/")
    for method, name, pattern, handler in ROUTES:
        if method == request.method and (found := pattern.fullmatch(path)):
            return method, name, found.groups(), handler
    return None


def _key_of(request: ParsedRequest) -> str:
    """Whose call it claims to be."""
    pair = basic(request.headers.get("authorization", ""))
    params = request.params
    return pair[0] if pair else params.get("oauth_consumer_key") or params.get("consumer_key", "")
