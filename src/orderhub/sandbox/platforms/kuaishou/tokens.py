"""OAuth: codes, tokens, the token server. Source: docs/platforms/kuaishou.md. Every shop has an app of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.kuaishou.state import Shop
from orderhub.sandbox.platforms.kuaishou.wire import Refusal

__all__ = ["AUTHORIZE", "KEY_PREFIX", "REFRESH", "TOKEN", "Tokens", "answer"]

KEY_PREFIX = "sandbox-ks-app-"
TOKEN, REFRESH, AUTHORIZE = "/oauth2/access_token", "/oauth2/refresh_token", "/oauth/authorize"
ALL_SCOPES = ("merchant_order", "merchant_refund", "merchant_logistics", "merchant_item")
EXPIRED, REVOKED = 21, 24


@dataclass(slots=True)
class Access:
    """One access token."""

    shop_id: str
    issued_at: datetime
    scopes: frozenset[str]
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a refresh token stands for."""

    shop_id: str
    since: datetime
    scopes: frozenset[str]


class Tokens:
    """Apps and every token ever issued; lifetimes are switches, read when judged."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in shops:
            self.issue(shop_id, frozenset(ALL_SCOPES))

    def shop_of(self, key: str) -> str | None:
        """Whose app it is."""
        shop_id = key.removeprefix(KEY_PREFIX)
        return shop_id if key.startswith(KEY_PREFIX) and shop_id in self._shops else None

    def secret(self, shop_id: str) -> str:
        """appSecret: for the OAuth doors alone."""
        return f"sandbox-ks-secret-{shop_id}-0c7d51f2"

    def sign_secret(self, shop_id: str) -> str:
        """signSecret: the third credential, for signatures alone."""
        return f"sandbox-ks-sign-{shop_id}-93be4a6d"

    def issue(self, shop_id: str, scopes: frozenset[str], refresh: str = "") -> dict[str, Any]:
        """A new pair, or a new access token beside an old refresh token; the token server's answer."""
        self._serial += 1
        now, access = self._setup.now(), f"sandbox-ks-access-{shop_id}-{self._serial}"
        refresh = refresh or f"sandbox-ks-refresh-{shop_id}-{self._serial}"
        self.access[access] = Access(shop_id, now, scopes)
        self.refresh.setdefault(refresh, Grant(shop_id, now, scopes))
        self.current[shop_id] = (access, refresh)
        switches = self._setup.switches
        return {
            "result": 1, "access_token": access, "expires_in": switches["access_token_s"], "refresh_token": refresh,
            "refresh_token_expires_in": switches["refresh_token_s"], "open_id": self._shops[shop_id].open_id,
            "scopes": sorted(scopes),
        }  # fmt: skip

    def check(self, token: str, shop_id: str, scope: str) -> None:
        """Refuse what is no live token of the app's shop, or lacks the scope."""
        grant = self.access.get(token)
        if grant is None or grant.shop_id != shop_id:
            raise Refusal(EXPIRED, "access_token无效", business=False)
        if shop_id in self._setup.switches["revoked_shops"].split(","):
            raise Refusal(REVOKED, "access_token已被取消授权", business=False)
        if grant.dead or self._over(grant.issued_at, "access_token_s"):
            raise Refusal(EXPIRED, "access_token已过期", business=False)
        if scope and scope not in grant.scopes:
            raise Refusal(self._setup.switches["scope_code"], f"没有{scope}权限", business=False)

    def expire(self, token: str) -> None:
        """End an access token now."""
        if token in self.access:
            self.access[token].dead = True

    def _over(self, since: datetime, switch: str) -> bool:
        return self._setup.now() >= since + timedelta(seconds=self._setup.switches[switch])

    def new_code(self, shop_id: str, scopes: frozenset[str]) -> str:
        """A one-time authorisation code."""
        self._serial += 1
        code = f"sandbox-ks-code-{shop_id}-{self._serial}"
        self.codes[code] = Grant(shop_id, self._setup.now(), scopes)
        return code

    def from_code(self, shop_id: str, code: str) -> dict[str, Any] | None:
        """Tokens for a code, once; None if it is not good."""
        grant = self.codes.pop(code, None)
        if grant is None or grant.shop_id != shop_id or self._over(grant.since, "code_s"):
            return None
        return self.issue(shop_id, grant.scopes)

    def renew(self, shop_id: str, old: str) -> dict[str, Any] | None:
        """Tokens for a refresh token; None if it is not good."""
        grant = self.refresh.get(old)
        if shop_id in self._setup.switches["revoked_shops"].split(","):
            return None
        if grant is None or grant.shop_id != shop_id or self._over(grant.since, "refresh_token_s"):
            return None
        if not self._setup.switches["refresh_rotates"]:
            return self.issue(shop_id, grant.scopes, old)
        del self.refresh[old]
        return self.issue(shop_id, grant.scopes)


def answer(call: Call, tokens: Tokens) -> Reply:
    """One of the OAuth doors; wordings of their refusals are not documented."""
    params, path = call.request.params, call.request.path
    shop_id = tokens.shop_of(params.get("app_id", ""))
    if shop_id is None:
        return _json(call, {"result": 28, "error_msg": "app_id", "error": "invalid_client"})
    if path == AUTHORIZE:
        return _authorize(call, tokens, shop_id)
    if params.get("app_secret") != tokens.secret(shop_id):
        return _json(call, {"result": 28, "error_msg": "app_secret", "error": "invalid_client"})
    told = None
    if path == TOKEN and params.get("grant_type") == "code":
        told = tokens.from_code(shop_id, params.get("code", ""))
    elif path == REFRESH and params.get("grant_type") == "refresh_token" and call.request.method == "POST":
        told = tokens.renew(shop_id, params.get("refresh_token", ""))
    return _json(call, told or {"result": 24, "error_msg": "code或refresh_token无效", "error": "invalid_grant"})


def _authorize(call: Call, tokens: Tokens, shop_id: str) -> Reply:
    """The shop of the app says yes at once; `sandbox_refuse` says no."""
    params = call.request.params
    target, scopes = params.get("redirect_uri", ""), frozenset(filter(None, params.get("scope", "").split(",")))
    if not target or params.get("response_type") != "code" or not scopes or scopes - {*ALL_SCOPES, "user_info"}:
        return _json(call, {"result": 28, "error_msg": "redirect_uri, response_type, scope"})
    refused = {"error": "access_denied"}
    told = refused if params.get("sandbox_refuse") else {"code": tokens.new_code(shop_id, scopes)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})


def _json(call: Call, told: dict[str, Any]) -> Reply:
    call.verdict = "ok" if told["result"] == 1 else str(told["result"])
    text = json.dumps(told, ensure_ascii=False)
    return Reply(200, {"content-type": "application/json;charset=UTF-8"}, text.encode())
