"""OAuth: codes, tokens, the token server. Source: docs/platforms/suning.md §2. Every shop has an app of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.suning.state import Shop
from orderhub.sandbox.platforms.suning.wire import Refusal

__all__ = ["KEY_PREFIX", "Tokens", "authorize_endpoint", "token_endpoint"]

KEY_PREFIX = "sandbox-suning-app-"


@dataclass(slots=True)
class Access:
    """One access token. `ends` is what its first use puts to an end (the tokens that it replaced)."""

    shop_id: str
    issued_at: datetime
    refresh_token: str
    dead: bool = False
    ends: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grant:
    """One authorisation code, bound to where it was sent."""

    shop_id: str
    redirect_uri: str
    since: datetime


class Tokens:
    """Apps and every token ever issued; lifetimes are switches, read when judged."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.secrets: dict[str, str] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, tuple[str, datetime]] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in shops:
            self.secrets[KEY_PREFIX + shop_id] = f"sandbox-suning-secret-{shop_id}-5b81c0d7e2f4"
            self.issue(shop_id)

    def shop_of(self, key: str) -> str | None:
        """Whose app it is."""
        return key.removeprefix(KEY_PREFIX) if key in self.secrets else None

    def issue(self, shop_id: str, refresh_token: str | None = None, ends: list[str] | None = None) -> str:
        """A new access token, with a new refresh token unless one is given."""
        self._serial += 1
        access = f"sandbox-suning-access-{shop_id}-{self._serial}"
        refresh = refresh_token or f"sandbox-suning-refresh-{shop_id}-{self._serial}"
        self.access[access] = Access(shop_id, self._setup.now(), refresh, ends=ends or [])
        self.refresh.setdefault(refresh, (shop_id, self._setup.now()))
        self.current[shop_id] = (access, refresh)
        return access

    def check(self, token: str, shop_id: str) -> None:
        """Refuse what is no live token of the shop; the first use of a token ends what it replaced."""
        grant = self.access.get(token)
        if grant is None:
            raise Refusal("sys.oauth.check.access_token:inexistence", "access_token不存在")
        if grant.shop_id != shop_id:
            raise Refusal("sys.check.oauth-permission:authority", "access_token与应用不匹配")
        if grant.dead or self._over(grant.issued_at, "access_token_s"):
            raise Refusal("sys.oauth.check.access_token:overdue", "access_token已过期")
        for old in grant.ends:
            self.refresh.pop(old, None)
            if old in self.access:
                self.access[old].dead = True
        grant.ends.clear()

    def expire(self, token: str) -> None:
        """End an access token now."""
        if token in self.access:
            self.access[token].dead = True

    def _over(self, since: datetime, switch: str) -> bool:
        return self._setup.now() >= since + timedelta(seconds=self._setup.switches[switch])

    def new_code(self, shop_id: str, redirect_uri: str) -> str:
        """A one-time authorisation code."""
        self._serial += 1
        code = f"sandbox-suning-code-{shop_id}-{self._serial}"
        self.codes[code] = Grant(shop_id, redirect_uri, self._setup.now())
        return code

    def from_code(self, shop_id: str, code: str, redirect_uri: str) -> dict[str, Any] | None:
        """Tokens for a code, once; None if it is not good."""
        grant = self.codes.pop(code, None)
        if grant is None or (grant.shop_id, grant.redirect_uri) != (shop_id, redirect_uri):
            return None
        return None if self._over(grant.since, "code_s") else self.view(self.issue(shop_id))

    def renew(self, shop_id: str, old: str) -> dict[str, Any] | None:
        """Tokens for a refresh token, None if it is not good. Until the new one is used the old one works again."""
        owner, since = self.refresh.get(old, (None, None))
        if owner != shop_id or since is None or self._over(since, "refresh_token_s"):
            return None
        switches = self._setup.switches
        rotates = switches["refresh_rotates"]
        replaced = [name for name, grant in self.access.items() if grant.refresh_token == old and not grant.dead]
        ends = ([old] if rotates else []) + (replaced if switches["refresh_ends_access"] else [])
        return self.view(self.issue(shop_id, None if rotates else old, ends))

    def view(self, access: str) -> dict[str, Any]:
        """The answer of the token server; `expires_in` in seconds."""
        grant = self.access[access]
        shop = self._shops[grant.shop_id]
        return {
            "access_token": access, "refresh_token": grant.refresh_token, "token_type": "bearer",
            "expires_in": self._setup.switches["access_token_s"], "custnum": f"{7_000_000_000 + shop.number}",
            "vendorCode": f"{10_000_000 + shop.number}", "suning_user_name": shop.name, "module": "sop",
        }  # fmt: skip


def token_endpoint(call: Call, tokens: Tokens) -> Reply:
    """GET or POST /api/oauth/token: errors are OAuth's own words with status 400 (their wording is not documented)."""
    params = call.request.params
    key = params.get("client_id", "")
    shop_id = tokens.shop_of(key)
    if shop_id is None or tokens.secrets[key] != params.get("client_secret"):
        return _oauth(call, 401, {"error": "invalid_client", "error_description": "client_id or client_secret"})
    if params.get("grant_type") == "authorization_code":
        told = tokens.from_code(shop_id, params.get("code", ""), params.get("redirect_uri", ""))
    elif params.get("grant_type") == "refresh_token":
        told = tokens.renew(shop_id, params.get("refresh_token", ""))
    else:
        return _oauth(call, 400, {"error": "unsupported_grant_type", "error_description": "grant_type"})
    refused = {"error": "invalid_grant", "error_description": "unknown, used, expired, or of another address"}
    return _oauth(call, 200, told) if told else _oauth(call, 400, refused)


def authorize_endpoint(call: Call, tokens: Tokens) -> Reply:
    """GET /api/oauth/authorize: the shop of the app says yes at once; `sandbox_refuse` says no."""
    params = call.request.params
    shop_id, target = tokens.shop_of(params.get("client_id", "")), params.get("redirect_uri", "")
    if shop_id is None or not target or params.get("response_type") != "code":
        text = "client_id, redirect_uri or response_type"
        return _oauth(call, 400, {"error": "invalid_request", "error_description": text})
    refused = {"error": "access_denied", "error_description": "authorize reject"}
    told = refused if params.get("sandbox_refuse") else {"code": tokens.new_code(shop_id, target)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})


def _oauth(call: Call, status: int, told: dict[str, Any]) -> Reply:
    call.verdict = str(told.get("error", "ok"))
    text = json.dumps(told, ensure_ascii=False)
    return Reply(status, {"content-type": "application/json;charset=UTF-8"}, text.encode())
