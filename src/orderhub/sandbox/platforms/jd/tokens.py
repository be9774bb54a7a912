"""OAuth: codes, token pairs, the three doors. Source: docs/platforms/jd.md §2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.jd.state import Vender
from orderhub.sandbox.platforms.jd.wire import Refusal, json_reply

__all__ = ["APP_KEY", "APP_SECRET", "DOORS", "Tokens", "door"]

APP_KEY, APP_SECRET = "sandbox-jd-app", "sandbox-jd-secret-7c41d09e5b38"
MONTH = timedelta(days=30)


class _No(Exception):
    """The token server says no. Its numbers are the sandbox's own: only that they are not zero is documented."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(slots=True)
class Pair:
    """One access token with its refresh token; `replaces` is the refresh token that ends with its first use."""

    shop_id: str
    access: str
    refresh: str
    issued_at: datetime
    dead: bool = False
    replaces: str = ""


class Tokens:
    """Every pair ever issued; lifetimes are switches, read when judged."""

    def __init__(self, setup: Setup, venders: dict[str, Vender]) -> None:
        self._setup, self._venders, self._serial, self._asked = setup, venders, 0, 0
        self.access: dict[str, Pair] = {}
        self.refresh: dict[str, Pair] = {}
        self.codes: dict[str, tuple[str, datetime, str]] = {}
        self.current: dict[str, Pair] = {}
        self._renewals: dict[str, list[datetime]] = {}
        for shop_id in venders:
            self.issue(shop_id)

    def issue(self, shop_id: str, replaces: str = "") -> Pair:
        """A new pair."""
        self._serial += 1
        names = [f"sandbox-jd-{kind}-{shop_id}-{self._serial}" for kind in ("access", "refresh")]
        pair = Pair(shop_id, names[0], names[1], self._setup.now(), replaces=replaces)
        self.access[pair.access] = self.refresh[pair.refresh] = self.current[shop_id] = pair
        return pair

    def shop_of(self, token: str) -> str | None:
        """Whose token it is, without judging it."""
        pair = self.access.get(token)
        return pair.shop_id if pair else None

    def use(self, token: str) -> str:
        """The shop of a live access token; its first use ends the refresh token that it replaced."""
        code, pair = str(self._setup.switches["token_code"]), self.access.get(token)
        if not token:
            raise Refusal(code, "缺少access_token参数", "Missing access_token")
        if pair is None:
            raise Refusal(code, "无效access_token", "Invalid access_token")
        if pair.dead or self._over(pair.issued_at, "access_token_s"):
            raise Refusal(code, "access_token已过期，请重新授权", "access_token expired")
        if pair.replaces:
            self.refresh.pop(pair.replaces, None)
            pair.replaces = ""
        return pair.shop_id

    def expire(self, token: str) -> None:
        """End an access token now; its refresh token stays good for as long as the pair was meant to live."""
        if token in self.access:
            self.access[token].dead = True

    def _over(self, since: datetime, switch: str) -> bool:
        return self._setup.now() >= since + timedelta(seconds=self._setup.switches[switch])

    def new_code(self, shop_id: str, redirect_uri: str) -> str:
        """A one-time authorisation code."""
        self._serial += 1
        code = f"sandbox-jd-code-{shop_id}-{self._serial}"
        self.codes[code] = (shop_id, self._setup.now(), redirect_uri)
        return code

    def from_code(self, code: str, redirect_uri: str | None = None) -> dict[str, Any]:
        """A pair for a code, once; the legacy door compares the redirect address too."""
        shop_id, since, told = self.codes.pop(code, (None, None, ""))
        if shop_id is None or since is None or self._over(since, "code_s"):
            raise _No(402, "授权码无效、已使用或已过期")
        if redirect_uri is not None and redirect_uri != told:
            raise _No(404, "redirect_uri不一致")
        return self.view(self.issue(shop_id))

    def renew(self, refresh: str) -> dict[str, Any]:
        """A pair for a refresh token, before the pair expires; until the new one is used the old works again."""
        pair, switches = self.refresh.get(refresh), self._setup.switches
        if pair is None:
            raise _No(402, "refresh_token无效")
        if self._over(pair.issued_at, "access_token_s"):
            raise _No(403, "token已过期，不能刷新，请重新授权")
        rest = pair.issued_at + timedelta(seconds=switches["access_token_s"]) - self._setup.now()
        if switches["refresh_window_s"] and rest > timedelta(seconds=switches["refresh_window_s"]):
            raise _No(405, "未到刷新时间")
        self._counted(pair.shop_id)
        if switches["refresh_keeps_token"]:
            pair.issued_at, pair.dead = self._setup.now(), False
            return self.view(pair)
        return self.view(self.issue(pair.shop_id, replaces=refresh))

    def _counted(self, shop_id: str) -> None:
        now, most = self._setup.now(), self._setup.switches["refreshes_per_month"]
        recent = [at for at in self._renewals.get(shop_id, []) if now - at < MONTH]
        if most and self._setup.limits and len(recent) >= most:
            raise _No(406, "本月刷新次数已用完")
        self._renewals[shop_id] = [*recent, now]

    def view(self, pair: Pair) -> dict[str, Any]:
        """The answer of the token server."""
        rest = pair.issued_at + timedelta(seconds=self._setup.switches["access_token_s"]) - self._setup.now()
        number = self._venders[pair.shop_id].number
        return {
            "code": 0, "access_token": pair.access, "refresh_token": pair.refresh,
            "expires_in": int(rest.total_seconds()), "scope": "snsapi_base", "open_id": f"o-sandbox-{number}",
            "xid": f"x-sandbox-{number}", "time": str(int(self._setup.now().timestamp() * 1000)),
        }  # fmt: skip

    def request_id(self) -> str:
        """The number of this request to the token server."""
        self._asked += 1
        return f"sandbox-oauth-{self._asked:06d}"


DOORS: dict[str, tuple[str, str, str]] = {
    "/oauth2/access_token": ("app_key", "app_secret", "authorization_code"),
    "/oauth2/refresh_token": ("app_key", "app_secret", "refresh_token"),
    "/oauth/token": ("client_id", "client_secret", "authorization_code"),
}
"""Path to the names of key and secret, and the grant that it takes."""


def door(call: Call, tokens: Tokens) -> Reply:
    """One request to the token server or the authorisation page; refusals are told by `code`, under status 200."""
    if call.request.path == "/oauth2/to_login":
        return _login(call, tokens)
    params = call.request.params
    key, secret, grant = DOORS[call.request.path]
    try:
        if call.request.method not in ("GET", "POST"):
            raise _No(400, "请使用GET或POST")
        if (params.get(key), params.get(secret)) != (APP_KEY, APP_SECRET):
            raise _No(401, f"{key}或{secret}错误")
        if params.get("grant_type") != grant:
            raise _No(400, "grant_type不支持")
        if grant == "refresh_token":
            return json_reply(tokens.renew(params.get("refresh_token", "")))
        redirect = params.get("redirect_uri", "") if key == "client_id" else None
        return json_reply(tokens.from_code(params.get("code", ""), redirect))
    except _No as no:
        call.verdict = str(no.code)
        return json_reply({"code": no.code, "msg": no.text, "requestId": tokens.request_id()})


def _login(call: Call, tokens: Tokens) -> Reply:
    """The merchant says yes at once; `sandbox_shop_id` picks who, `sandbox_refuse` says no."""
    params = call.request.params
    shop_id, target = params.get("sandbox_shop_id") or next(iter(tokens.current), ""), params.get("redirect_uri", "")
    fine = params.get("app_key") == APP_KEY and params.get("response_type") == "code" and target
    if not fine or shop_id not in tokens.current:
        call.verdict = "400"
        return json_reply(
            {"code": 400, "msg": "app_key、response_type或redirect_uri错误", "requestId": tokens.request_id()}
        )
    refused = {"error": "access_denied"}
    told = refused if params.get("sandbox_refuse") else {"code": tokens.new_code(shop_id, target)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})
