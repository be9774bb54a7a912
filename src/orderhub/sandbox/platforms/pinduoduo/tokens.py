"""OAuth: codes, tokens, the router's two calls, the old token address. Source: docs/platforms/pinduoduo.md §2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.pinduoduo.ask import Ask
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Shop
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal, encode, error_reply, json_reply

__all__ = [
    "APP_KEY", "APP_SECRET", "AUTHORIZE_PATHS", "TOKEN_PATH", "Tokens", "authorize_endpoint", "create", "refresh",
    "token_endpoint",
]  # fmt: skip

APP_KEY, APP_SECRET = "sandbox-pinduoduo-app", "sandbox-pinduoduo-secret-7c41d09be2f8"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
AUTHORIZE_PATHS = ("/service-market/auth", "/open.html", "/h5-login.html")
CODE_LIFE = timedelta(minutes=10)
_LEVELS = ("r1", "r2", "w1", "w2")


@dataclass(slots=True)
class Grant:
    """One access token, refresh token or code."""

    shop_id: str
    since: datetime
    refresh_token: str = ""
    dead: bool = False


class Tokens:
    """Every token ever issued; lifetimes are switches, read when judged. `scope` lists what shops grant."""

    def __init__(self, setup: Setup, shops: Mapping[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.scope: Callable[[], list[str]] = list
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in shops:
            self._issue(shop_id)

    def _name(self, kind: str, shop_id: str) -> str:
        self._serial += 1
        return f"sandbox-pdd-{kind}-{shop_id}-{self._serial}"

    def _issue(self, shop_id: str, refresh_token: str = "") -> str:
        """A new access token, with a new refresh token unless one is given."""
        access = self._name("access", shop_id)
        refresh = refresh_token or self._name("refresh", shop_id)
        self.access[access] = Grant(shop_id, self._setup.now(), refresh)
        self.refresh.setdefault(refresh, Grant(shop_id, self._setup.now()))
        self.current[shop_id] = (access, refresh)
        return access

    def shop_of(self, token: str) -> str | None:
        """Whose token it is, without judging it."""
        grant = self.access.get(token) or self.refresh.get(token)
        return grant.shop_id if grant else None

    def use(self, token: str) -> str:
        """The shop of a live access token; 20032 for an unknown one, 10019 for an old one."""
        grant = self.access.get(token)
        if grant is None:
            raise Refusal(20032)
        if grant.dead or self._over(grant, self._setup.switches["access_token_s"]):
            raise Refusal(10019)
        return grant.shop_id

    def expire(self, token: str) -> None:
        """End an access token now."""
        if token in self.access:
            self.access[token].dead = True

    def _over(self, grant: Grant, seconds: float) -> bool:
        return self._setup.now() >= grant.since + timedelta(seconds=seconds)

    def authorise(self, shop_id: str) -> str:
        """The shop's main account says yes: a code, and the end of all that was issued before."""
        for table in (self.access, self.refresh, self.codes):
            for grant in table.values():
                grant.dead = grant.dead or grant.shop_id == shop_id
        code = self._name("code", shop_id)
        self.codes[code] = Grant(shop_id, self._setup.now())
        return code

    def from_code(self, code: str) -> Doc:
        """Tokens for a code, once and within ten minutes."""
        grant = self.codes.pop(code, None)
        if grant is None or grant.dead or self._over(grant, CODE_LIFE.total_seconds()):
            raise Refusal(20032, "code不存在、已使用或已过期", "code")
        return self.view(self._issue(grant.shop_id))

    def renew(self, old: str) -> Doc:
        """Tokens for a refresh token."""
        switches, grant = self._setup.switches, self.refresh.get(old)
        if grant is None or grant.dead or self._over(grant, switches["refresh_token_s"]):
            raise Refusal(20032, "refresh_token不存在或已过期", "refresh_token")
        if switches["refresh_ends_access"]:
            for access in self.access.values():
                access.dead = access.dead or access.refresh_token == old
        if switches["refresh_rotates"]:
            grant.dead = True
        return self.view(self._issue(grant.shop_id, "" if switches["refresh_rotates"] else old))

    def view(self, token: str) -> Doc:
        """The answer for a new token; times in epoch seconds."""
        grant, switches = self.access[token], self._setup.switches
        life, again = switches["access_token_s"], switches["refresh_token_s"]
        since = int(grant.since.timestamp())
        told: Doc = {
            "access_token": token, "expires_in": life, "expires_at": since + life,
            "refresh_token": grant.refresh_token, "refresh_token_expires_in": again,
            "refresh_token_expires_at": int(self.refresh[grant.refresh_token].since.timestamp()) + again,
            "owner_id": grant.shop_id, "owner_name": self._shops[grant.shop_id].name, "scope": self.scope(),
        }  # fmt: skip
        for level in _LEVELS:
            told |= {f"{level}_expires_in": life, f"{level}_expires_at": since + life}
        return told


def create(ask: Ask, tokens: Tokens) -> Doc:
    """pdd.pop.auth.token.create."""
    return tokens.from_code(ask.text("code"))


def refresh(ask: Ask, tokens: Tokens) -> Doc:
    """pdd.pop.auth.token.refresh, which newer catalogues do not list."""
    if ask.switch("refresh_offline"):
        raise Refusal(20034)
    return tokens.renew(ask.text("refresh_token"))


def token_endpoint(call: Call, params: Mapping[str, str], tokens: Tokens, wrapped: bool) -> Reply:
    """POST to the old token address. How it words errors is not documented: as the router does."""
    try:
        told, name = _old(call, params, tokens)
    except Refusal as refusal:
        call.verdict = str(refusal.code)
        return error_reply(refusal, "")
    return json_reply(encode({f"pop_auth_token_{name}_response": told} if wrapped else told))


def _old(call: Call, params: Mapping[str, str], tokens: Tokens) -> tuple[Doc, str]:
    if call.request.method != "POST":
        raise Refusal(10000, "请使用POST")
    if (params.get("client_id"), params.get("client_secret")) != (APP_KEY, APP_SECRET):
        raise Refusal(10016)
    grant = params.get("grant_type")
    if grant == "authorization_code":
        return tokens.from_code(params.get("code", "")), "create"
    if grant == "refresh_token":
        return tokens.renew(params.get("refresh_token", "")), "refresh"
    raise Refusal(10000, "grant_type取值错误", "grant_type")


def authorize_endpoint(call: Call, tokens: Tokens) -> Reply:
    """The page where the main account says yes: at once here; `sandbox_shop_id` picks who, `sandbox_refuse` says no."""
    params = call.request.params
    shop_id = params.get("sandbox_shop_id") or next(iter(tokens.current), "")
    target = params.get("redirect_uri", "")
    fine = params.get("client_id") == APP_KEY and params.get("response_type") == "code"
    if not fine or not target or shop_id not in tokens.current:
        call.verdict = "10000"
        return error_reply(Refusal(10000, "client_id, response_type, redirect_uri"), "")
    told: dict[str, Any] = {} if params.get("sandbox_refuse") else {"code": tokens.authorise(shop_id)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})
