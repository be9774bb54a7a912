"""OAuth: codes, tokens, the token server, the gateway's two calls. Source: docs/platforms/taobao.md §2."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.taobao.ask import Ask
from orderhub.sandbox.platforms.taobao.state import Seller
from orderhub.sandbox.platforms.taobao.wire import Refusal

__all__ = ["APP_KEY", "APP_SECRET", "Tokens", "create", "refresh", "token_endpoint"]

APP_KEY, APP_SECRET = "sandbox-taobao-app", "sandbox-taobao-secret-1f0e5c2b7a94"


@dataclass(slots=True)
class Access:
    """One access token. `ends` is what its first use puts to an end (the tokens that it replaced)."""

    shop_id: str
    issued_at: datetime
    refresh_token: str
    dead: bool = False
    ends: list[str] = field(default_factory=list)


class Tokens:
    """Every token ever issued; lifetimes are switches, read when judged."""

    def __init__(self, setup: Setup, sellers: dict[str, Seller]) -> None:
        self._setup, self._sellers, self._serial = setup, sellers, 0
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, tuple[str, datetime]] = {}
        self.codes: dict[str, tuple[str, datetime]] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in sellers:
            self.issue(shop_id)

    def issue(self, shop_id: str, refresh_token: str | None = None, ends: list[str] | None = None) -> str:
        """A new access token, with a new refresh token unless one is given."""
        self._serial += 1
        access = f"sandbox-taobao-access-{shop_id}-{self._serial}"
        refresh = refresh_token or f"sandbox-taobao-refresh-{shop_id}-{self._serial}"
        self.access[access] = Access(shop_id, self._setup.now(), refresh, ends=ends or [])
        self.refresh.setdefault(refresh, (shop_id, self._setup.now()))
        self.current[shop_id] = (access, refresh)
        return access

    def shop_of(self, token: str) -> str | None:
        """Whose session it is, without judging it."""
        grant = self.access.get(token)
        return grant.shop_id if grant else None

    def use(self, token: str) -> str:
        """The shop of a live access token; its first use ends what it replaced. Refuses with 27."""
        grant = self.access.get(token)
        if grant is None:
            raise Refusal(27, "isv.invalid-session", "session不存在")
        if grant.dead or self._over(grant.issued_at, "access_token_s"):
            raise Refusal(27, "session-expired", "session过期，请重新授权")
        for old in grant.ends:
            self.refresh.pop(old, None)
            if old in self.access:
                self.access[old].dead = True
        grant.ends.clear()
        return grant.shop_id

    def expire(self, token: str) -> None:
        """End an access token now."""
        if token in self.access:
            self.access[token].dead = True

    def _over(self, since: datetime, switch: str) -> bool:
        return self._setup.now() >= since + timedelta(seconds=self._setup.switches[switch])

    def new_code(self, shop_id: str) -> str:
        """A one-time authorisation code."""
        self._serial += 1
        code = f"sandbox-taobao-code-{shop_id}-{self._serial}"
        self.codes[code] = (shop_id, self._setup.now())
        return code

    def from_code(self, code: str) -> dict[str, Any]:
        """Tokens for a code, once."""
        shop_id, since = self.codes.pop(code, (None, None))
        if shop_id is None or since is None or self._over(since, "code_s"):
            raise Refusal(15, "isv.invalid-parameter:code", "授权码不存在、已使用或已过期")
        return self.view(self.issue(shop_id))

    def renew(self, old: str) -> dict[str, Any]:
        """Tokens for a refresh token. Until the new access token is used the old refresh token works again."""
        shop_id, since = self.refresh.get(old, (None, None))
        if shop_id is None or since is None or self._over(since, "refresh_token_s"):
            raise Refusal(15, "isv.invalid-parameter:refresh_token", "refresh_token不存在或已过期")
        switches = self._setup.switches
        rotates = switches["refresh_rotates"]
        replaced = [name for name, grant in self.access.items() if grant.refresh_token == old and not grant.dead]
        ends = ([old] if rotates else []) + (replaced if switches["refresh_ends_access"] else [])
        return self.view(self.issue(shop_id, None if rotates else old, ends))

    def view(self, access: str) -> dict[str, Any]:
        """The answer of the token server."""
        grant, switches = self.access[access], self._setup.switches
        seller, life = self._sellers[grant.shop_id], switches["access_token_s"]
        return {
            "access_token": access, "token_type": "Bearer", "expires_in": life, "refresh_token": grant.refresh_token,
            "re_expires_in": switches["refresh_token_s"], "r1_expires_in": life, "r2_expires_in": life,
            "w1_expires_in": life, "w2_expires_in": life, "taobao_user_id": str(2_200_000_000_000 + seller.number),
            "taobao_user_nick": seller.nick,
        }  # fmt: skip


def create(ask: Ask, tokens: Tokens) -> dict[str, Any]:
    """taobao.top.auth.token.create."""
    return {"token_result": json.dumps(tokens.from_code(ask.text("code")), ensure_ascii=False)}


def refresh(ask: Ask, tokens: Tokens) -> dict[str, Any]:
    """taobao.top.auth.token.refresh."""
    return {"token_result": json.dumps(tokens.renew(ask.text("refresh_token")), ensure_ascii=False)}


def token_endpoint(call: Call, tokens: Tokens) -> Reply:
    """POST /token: errors are OAuth's own words with status 400 (their wording is not documented)."""
    params = call.request.params
    if call.request.method != "POST":
        return _oauth(call, 405, {"error": "invalid_request", "error_description": "use POST"})
    if (params.get("client_id"), params.get("client_secret")) != (APP_KEY, APP_SECRET):
        return _oauth(
            call, 401, {"error": "invalid_client", "error_description": "client_id or client_secret is wrong"}
        )
    try:
        if params.get("grant_type") == "authorization_code":
            return _oauth(call, 200, tokens.from_code(params.get("code", "")))
        if params.get("grant_type") == "refresh_token":
            return _oauth(call, 200, tokens.renew(params.get("refresh_token", "")))
    except Refusal as refusal:
        return _oauth(call, 400, {"error": "invalid_grant", "error_description": refusal.sub_msg})
    return _oauth(call, 400, {"error": "unsupported_grant_type", "error_description": "grant_type"})


def authorize_endpoint(call: Call, tokens: Tokens) -> Reply:
    """GET /authorize: the seller says yes at once; `sandbox_shop_id` picks who, `sandbox_refuse` says no."""
    params = call.request.params
    shop_id = params.get("sandbox_shop_id") or next(iter(tokens.current))
    target = params.get("redirect_uri", "")
    if params.get("client_id") != APP_KEY or not target or shop_id not in tokens.current:
        return _oauth(call, 400, {"error": "invalid_request", "error_description": "client_id, redirect_uri or shop"})
    refused = {"error": "access_denied", "error_description": "authorize reject"}
    told = refused if params.get("sandbox_refuse") else {"code": tokens.new_code(shop_id)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})


def _oauth(call: Call, status: int, told: dict[str, Any]) -> Reply:
    call.verdict = str(told.get("error", "ok"))
    text = json.dumps(told, ensure_ascii=False)
    return Reply(status, {"content-type": "application/json;charset=UTF-8"}, text.encode())
