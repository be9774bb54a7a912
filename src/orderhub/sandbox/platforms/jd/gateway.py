"""The emulator: system parameters of both gateways, the doors. Source: docs/platforms/jd.md §1, §2, §10."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.jd import sp, tokens
from orderhub.sandbox.platforms.jd.ask import Ask, Said, invalid
from orderhub.sandbox.platforms.jd.calls import CALLS, Api
from orderhub.sandbox.platforms.jd.spec import SWITCHES
from orderhub.sandbox.platforms.jd.state import Doc, Market
from orderhub.sandbox.platforms.jd.tester import Tester
from orderhub.sandbox.platforms.jd.wire import CHINA, Refusal, envelope, error_reply, readings, sign, timestamp

__all__ = ["Jd"]

CLOCK_TOLERANCE = timedelta(minutes=6)
CLASSIC, BUSINESS = "/routerjson", "360buy_param_json"


class Jd(Tester):
    """JD at `/routerjson`, `/rest/sp-…`, `/oauth2/…`: one app, some venders, one state."""

    name = "jd"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, session: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._said, self._requests, self._calls = session, Said(), 0, ("", 0)

    def claims(self, request: ParsedRequest) -> bool:
        """Both gateways; of the shared OAuth doors those that name our app, or an `app_key` of no other sandbox."""
        path = request.path
        if path in (CLASSIC, "/oauth2/to_login") or sp.PREFIX.fullmatch(path):
            return True
        if path not in tokens.DOORS:
            return False
        key = request.params.get(tokens.DOORS[path][0], "")
        return key == tokens.APP_KEY or (path != "/oauth/token" and key != "" and "sandbox-" not in key)

    def target(self, request: ParsedRequest) -> Target:
        """By token and method, or verb and resource; the OAuth doors are operations by their last name."""
        params = request.params
        if request.path == CLASSIC:
            return Target(self._tokens.shop_of(params.get("access_token", "")), params.get("method"))
        if sp.PREFIX.fullmatch(request.path):
            found = sp.find(request)
            return Target(
                self._tokens.shop_of(request.headers.get("x-jos-access-token", "")), found[0] if found else None
            )
        pair = self._tokens.refresh.get(params.get("refresh_token", ""))
        return Target(pair.shop_id if pair else None, request.path.rpartition("/")[2])

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "jd", "shop_id": shop_id, "base_url": base, "app_key": tokens.APP_KEY,
                "app_secret": tokens.APP_SECRET, "access_token": pair.access, "refresh_token": pair.refresh,
                "token_url": f"{base}/oauth2/access_token",
            }
            for shop_id, pair in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check of its gateway."""
        if call.request.path == CLASSIC:
            return self._classic(call)
        if sp.PREFIX.fullmatch(call.request.path):
            return self._sp(call)
        return tokens.door(call, self._tokens)

    def _classic(self, call: Call) -> Reply:
        params = call.request.params
        try:
            if call.request.method not in ("GET", "POST"):
                raise Refusal("15")
            api = self._system(call, params)
            self._permitted(call, params["method"])
            shop_id = self._session(call, params.get("access_token", "")) if api.token else ""
            ask = Ask(self._market, call, params["method"], shop_id, _business(params), self._said)
            return envelope(params["method"], api.handler(ask), api.tail)
        except Refusal as refusal:
            call.verdict = refusal.code
            return error_reply(refusal)

    def _system(self, call: Call, params: Mapping[str, str]) -> Api:
        """Codes 4 to 21, in the order: what is asked, by whom, when, signed how."""
        method = params.get("method")
        if not method:
            raise Refusal("14")
        if not params.get("v"):
            raise Refusal("4")
        if params["v"] != "2.0":
            raise Refusal("5")
        if params.get("app_key") != tokens.APP_KEY:
            raise Refusal("21")
        _timely(params.get("timestamp", ""), call.now)
        self._signed(call, params.get("sign", ""), readings(params))
        if method not in CALLS:
            raise Refusal("15")
        return CALLS[method]

    def _signed(self, call: Call, given: str, texts: list[str]) -> None:
        """The log gets the string that should have been signed, without the secret."""
        if not given:
            raise Refusal("11")
        rule = "upper-case hex of MD5 over app secret + text + app secret"
        if not any(call.signed(rule, text, sign(tokens.APP_SECRET, text), given) for text in reversed(texts)):
            call.hint = f"sign this with MD5 between two app secrets: {texts[0]}"
            raise Refusal("12")

    def _permitted(self, call: Call, operation: str) -> None:
        """Call limits and permissions of the app."""
        if call.fault is not None and call.fault.name == "call_limited":
            raise Refusal("2")
        if operation in self._setup.switches["denied_methods"].split(","):
            raise Refusal("2001")
        most, day, count = self._setup.switches["calls_per_day"], f"{self._setup.now().astimezone(CHINA):%F}", 0
        if not most or not self._setup.limits:
            return
        if self._calls[0] == day:
            count = self._calls[1]
        self._calls = (day, count + 1)
        if count >= most:
            raise Refusal("2")

    def _session(self, call: Call, token: str) -> str:
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        return self._tokens.use(token)

    def _sp(self, call: Call) -> Reply:
        self._requests += 1
        request_id, wrapped = f"sandbox-{self._requests:09d}", bool(self._setup.switches["sp_wrapped"])
        shape = self._setup.switches["success_shape"]
        try:
            ask, handler = self._sp_ask(call)
            data, paging = handler(ask)
            return sp.answer(data, paging, request_id, wrapped, self._said.flag(True, shape))
        except Refusal as refusal:
            call.verdict = refusal.code
            return sp.no(refusal, request_id, wrapped, self._said.flag(False, shape))

    def _sp_ask(self, call: Call) -> tuple[Ask, sp.Handler]:
        """The same checks as the classic gateway's, with this one's names."""
        request, found = call.request, sp.find(call.request)
        headers = request.headers
        if headers.get("x-jos-app-key") != tokens.APP_KEY:
            raise Refusal("21")
        _timely_ms(headers.get("x-jos-timestamp", ""), call.now)
        path: dict[str, Any] = found[2] if found else {}
        text = sp.base_string(request, path, str(self._setup.switches["sp_body_key"]))
        self._signed(call, headers.get("x-jos-sign", ""), [text])
        if found is None:
            raise Refusal("15")
        self._permitted(call, found[0])
        shop_id = self._session(call, headers.get("x-jos-access-token", ""))
        return Ask(self._market, call, found[0], shop_id, sp.given_of(request, path), self._said), found[1]


def _timely(text: str, now: datetime) -> None:
    """China time, or with an offset of its own, within six minutes."""
    if not text:
        raise Refusal("7")
    try:
        at = timestamp(text)
    except ValueError:
        raise Refusal("8") from None
    if abs(at - now) > CLOCK_TOLERANCE:
        raise Refusal("8")


def _timely_ms(text: str, now: datetime) -> None:
    """Epoch milliseconds, within six minutes."""
    if not text:
        raise Refusal("7")
    if not (text.isascii() and text.isdigit() and len(text) == 13):
        raise Refusal("8")
    if abs(datetime.fromtimestamp(int(text) / 1000, UTC) - now) > CLOCK_TOLERANCE:
        raise Refusal("8")


def _business(params: Mapping[str, str]) -> Doc:
    """The business JSON; absent counts as empty."""
    try:
        told = json.loads(params.get(BUSINESS) or "{}")
    except ValueError:
        raise invalid(BUSINESS, "业务参数不是JSON") from None
    if not isinstance(told, dict):
        raise invalid(BUSINESS, "业务参数应为JSON对象")
    return told
