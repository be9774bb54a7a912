"""Apps, codes and access tokens; the OAuth doors. Source: docs/platforms/shopify.md, Transport, auth, limits.

Every store has an app of its own. A token of a code does not lapse; one of client_credentials does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup
from orderhub.sandbox.platforms.shopify.state import Shop
from orderhub.sandbox.platforms.shopify.wire import callback_hmac

__all__ = ["AUTHORIZE", "KEY_PREFIX", "OWN_APP", "TOKEN", "Tokens", "given"]

KEY_PREFIX = "sandbox-shopify-app-"
AUTHORIZE, TOKEN = "/admin/oauth/authorize", "/admin/oauth/access_token"
OWN_APP = "sandbox-shopify-client-credentials"
"""Stands where other platforms have a refresh token: an own-store app asks anew with its id and secret."""


@dataclass(slots=True)
class Grant:
    """One access token or code; `until` None never lapses."""

    shop_id: str
    until: datetime | None = None
    redirect_uri: str = ""
    dead: bool = False


class Tokens:
    """Every token ever issued."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.access: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, str] = {}
        for shop_id in shops:
            self.issue(shop_id)

    def secret(self, shop_id: str) -> str:
        """The client secret of the store's app."""
        return f"sandbox-shopify-secret-{shop_id}-9d20f4a6c1"

    def shop_of(self, client_id: str) -> str | None:
        """Whose app it is."""
        shop_id = client_id.removeprefix(KEY_PREFIX)
        return shop_id if client_id.startswith(KEY_PREFIX) and shop_id in self._shops else None

    def issue(self, shop_id: str, until: datetime | None = None) -> str:
        """A new access token."""
        self._serial += 1
        token = f"sandbox-shpat-{shop_id}-{self._serial}"
        self.access[token] = Grant(shop_id, until)
        self.current[shop_id] = token
        return token

    def holder(self, token: str) -> str | None:
        """The store of a live token."""
        grant = self.access.get(token)
        if grant is None or grant.dead or (grant.until is not None and self._setup.now() >= grant.until):
            return None
        return grant.shop_id

    def owner(self, token: str) -> str | None:
        """The store of a token, live or not."""
        return self.access[token].shop_id if token in self.access else None

    def expire(self, token: str) -> None:
        """End a token now."""
        if token in self.access:
            self.access[token].dead = True

    def new_code(self, shop_id: str, redirect_uri: str) -> str:
        """A one-time code."""
        self._serial += 1
        code = f"sandbox-code-{shop_id}-{self._serial}"
        until = self._setup.now() + timedelta(seconds=self._setup.switches["code_s"])
        self.codes[code] = Grant(shop_id, until, redirect_uri)
        return code

    def authorize(self, call: Call) -> Reply:
        """GET: the merchant says yes at once; the way back is signed."""
        told = call.request.params
        shop_id, target = self.shop_of(told.get("client_id", "")), told.get("redirect_uri", "")
        if shop_id is None or not target:
            return _refused(call, 400, "invalid_request", "client_id or redirect_uri")
        pairs = {
            "code": self.new_code(shop_id, target), "shop": self._shops[shop_id].domain,
            "timestamp": str(int(call.now.timestamp())), **({"state": told["state"]} if "state" in told else {}),
        }  # fmt: skip
        signed = {**pairs, "hmac": callback_hmac(self.secret(shop_id), pairs.items())}
        return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode(signed)}"})

    def token(self, call: Call) -> Reply:
        """POST: a code, or an own-store app's client_credentials, for an access token."""
        told = given(call.request)
        shop_id = self.shop_of(str(told.get("client_id", "")))
        if call.request.method != "POST":
            return _refused(call, 405, "invalid_request", "POST only")
        if shop_id is None or told.get("client_secret") != self.secret(shop_id):
            return _refused(call, 401, "invalid_client", "client_id or client_secret")
        scope = self._setup.switches["scopes"]
        if told.get("grant_type") == "client_credentials":
            seconds = self._setup.switches["client_token_s"]
            token = self.issue(shop_id, self._setup.now() + timedelta(seconds=seconds))
            return _json(200, {"access_token": token, "scope": scope, "expires_in": seconds})
        grant = self.codes.pop(str(told.get("code", "")), None)
        if grant is None or grant.shop_id != shop_id or (grant.until and self._setup.now() >= grant.until):
            return _refused(call, 400, "invalid_request", "the code is unknown, used or expired")
        return _json(200, {"access_token": self.issue(shop_id), "scope": scope})


def given(request: ParsedRequest) -> dict[str, Any]:
    """Parameters of a JSON body or a form."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            told = json.loads(request.body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}
    return dict(request.params)


def _json(status: int, told: dict[str, Any]) -> Reply:
    return Reply(status, {"content-type": "application/json; charset=utf-8"}, json.dumps(told).encode())


def _refused(call: Call, status: int, error: str, text: str) -> Reply:
    call.verdict = error
    return _json(status, {"error": error, "error_description": text})
