"""Login with Amazon and restricted data tokens. Source: docs/platforms/amazon.md §1.3, §5.1."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.spec import ELEMENTS, GRANTLESS_SCOPE, OPERATIONS, ROTATION_SCOPE, Operation
from orderhub.sandbox.platforms.amazon.wire import MISSING, Doc, answer, bad, denied

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "Grant", "Tokens", "authorize_endpoint", "restricted", "token_endpoint"]

CLIENT_ID, CLIENT_SECRET = "sandbox-amazon-client-6f2d", "sandbox-amazon-secret-9b41c07ae5d3"
APPLICATION = "sandbox-amzn1.sellerapps.app.orderhub"
_STATUSES = {"invalid_client": 401, "unauthorized_client": 403, "access_denied": 403}
_INVALID = "The access token you provided is revoked, malformed or invalid."
_EXPIRED = "The access token you provided has expired."
_NO_ACCESS = "Application do not have access to some or all requested resource"


class OAuthError(Exception):
    """One of LWA's codes."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


@dataclass(slots=True)
class Grant:
    """One token for the gateway.

    Attributes:
        shop_id: None for a grantless token.
        scope: Of a grantless token.
        resources: Of a restricted data token: (operation, path or None for any id, elements).
    """

    shop_id: str | None
    issued_at: datetime
    scope: str = ""
    resources: tuple[tuple[Operation, str | None, frozenset[str]], ...] | None = None
    dead: bool = False


class Tokens:
    """Every token ever issued; lifetimes are switches, read when judged. Refresh tokens stay as they are."""

    def __init__(self, setup: Setup, shops: Mapping[str, Any]) -> None:
        self._setup, self._serial = setup, 0
        self.grants: dict[str, Grant] = {}
        self.refresh: dict[str, str] = {}
        self.codes: dict[str, tuple[str, str, datetime]] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in shops:
            self.authorised(shop_id)

    def _name(self, kind: str, shop_id: str) -> str:
        self._serial += 1
        return f"sandbox-{kind}|{shop_id}-{self._serial}"

    def authorised(self, shop_id: str) -> Doc:
        """A new refresh token with its first access token."""
        refresh = self._name("Atzr", shop_id)
        self.refresh[refresh] = shop_id
        return self.renewed(refresh)

    def renewed(self, refresh: str) -> Doc:
        """An access token for a refresh token."""
        if refresh not in self.refresh:
            raise OAuthError("invalid_grant", "The refresh token is unknown or no longer valid")
        shop_id = self.refresh[refresh]
        access = self._issue(Grant(shop_id, self._setup.now()), "Atza", shop_id)
        self.current[shop_id] = (access, refresh)
        return {**self._told(access), "refresh_token": refresh}

    def grantless(self, scope: str) -> Doc:
        """An access token of no seller."""
        if scope not in (GRANTLESS_SCOPE, ROTATION_SCOPE):
            raise OAuthError("invalid_scope", f"The scope {scope} is unknown")
        return self._told(self._issue(Grant(None, self._setup.now(), scope), "Atc", "app"))

    def _issue(self, grant: Grant, kind: str, shop_id: str) -> str:
        token = self._name(kind, shop_id)
        self.grants[token] = grant
        return token

    def _told(self, access: str) -> Doc:
        return {"access_token": access, "token_type": "bearer", "expires_in": self._setup.switches["access_token_s"]}

    def code(self, shop_id: str, redirect_uri: str) -> str:
        """A one-time authorisation code."""
        code = self._name("code", shop_id)
        self.codes[code] = (shop_id, redirect_uri, self._setup.now())
        return code

    def from_code(self, code: str, redirect_uri: str) -> Doc:
        """Tokens for a code, once, within its life, for the address that it was sent to."""
        shop_id, sent_to, since = self.codes.pop(code, ("", "", None))
        if since is None or self._over(since, "code_s") or redirect_uri not in ("", sent_to):
            raise OAuthError("invalid_grant", "The authorization code is unknown, used or expired")
        return self.authorised(shop_id)

    def _over(self, since: datetime, switch: str) -> bool:
        return self._setup.now() >= since + timedelta(seconds=self._setup.switches[switch])

    def restrict(self, shop_id: str, resources: tuple[tuple[Operation, str | None, frozenset[str]], ...]) -> str:
        """A restricted data token."""
        return self._issue(Grant(shop_id, self._setup.now(), resources=resources), "Atz.sprdt", shop_id)

    def shop_of(self, token: str) -> str | None:
        """Whose token it is, without judging it."""
        grant = self.grants.get(token)
        return grant.shop_id if grant else None

    def expire(self, token: str) -> None:
        """End a token now."""
        if token in self.grants:
            self.grants[token].dead = True

    def use(self, token: str) -> Grant:
        """A live token; refuses with the gateway's three texts."""
        if not token:
            raise denied(MISSING, int(self._setup.switches["missing_token"]))
        grant = self.grants.get(token)
        if grant is None:
            raise denied(_INVALID)
        if grant.dead or self._over(grant.issued_at, "access_token_s"):
            raise denied(_EXPIRED)
        return grant


def restricted(ask: Ask, tokens: Tokens) -> Doc:
    """createRestrictedDataToken."""
    rows = ask.body().get("restrictedResources")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 50:
        raise ask.bad("restrictedResources must hold 1 to 50 resources")
    token = tokens.restrict(ask.shop_id, tuple(_resource(ask, row) for row in rows))
    return {"restrictedDataToken": token, "expiresIn": ask.market.switch("access_token_s")}


def _resource(ask: Ask, row: Any) -> tuple[Operation, str | None, frozenset[str]]:
    if not isinstance(row, dict) or not isinstance(row.get("path"), str):
        raise ask.bad("Every restricted resource needs a method and a path")
    method, path, elements = row.get("method"), row["path"], row.get("dataElements") or []
    if method not in ("GET", "PUT", "POST", "DELETE"):
        raise ask.bad("method must be one of GET, PUT, POST, DELETE")
    found = _operation(method, path)
    if found is None:
        raise ask.bad(_NO_ACCESS)
    operation, generic = found
    if not isinstance(elements, list) or not set(elements) <= set(ELEMENTS):
        raise ask.bad("dataElements must be out of " + ", ".join(ELEMENTS))
    if operation.elements != bool(elements):
        raise ask.bad("dataElements are required for getOrder, getOrders and getOrderItems, and only there")
    allowed = ask.market.switch("rdt_elements")
    missing = [one for one in elements if one not in allowed]
    if missing:
        told = f"Application does not have access to one or more requested data elements: [{', '.join(missing)}]"
        raise bad(told)
    return operation, None if generic else path, frozenset(elements)


def _operation(method: str, path: str) -> tuple[Operation, bool] | None:
    """The restricted operation that a resource names, and whether for any id."""
    for operation in OPERATIONS:
        if operation.method == method and (operation.restricted or operation.elements):
            if path == operation.path:
                return operation, "{" in path
            if "{" not in path and "?" not in path and operation.pattern.fullmatch(path):
                return operation, False
    return None


def token_endpoint(call: Call, tokens: Tokens, statuses: Mapping[str, int]) -> Reply:
    """POST /auth/o2/token, as a form or as JSON; `statuses` is the switch lwa_statuses."""
    try:
        if call.request.method != "POST":
            raise OAuthError("invalid_request", "use POST")
        return answer(_granted(_parameters(call), tokens), 200)
    except OAuthError as error:
        call.verdict = error.code
        status = {**_STATUSES, **statuses}.get(error.code, 400)
        return answer({"error": error.code, "error_description": error.description}, status)


def _parameters(call: Call) -> Mapping[str, str]:
    if not re.match(r"application/json\b", call.request.headers.get("content-type", ""), re.IGNORECASE):
        return call.request.params
    try:
        told = json.loads(call.request.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise OAuthError("invalid_request", "The body is not a JSON object")
    return {name: str(value) for name, value in told.items() if value is not None}


def _granted(params: Mapping[str, str], tokens: Tokens) -> Doc:
    kind = params.get("grant_type", "")
    needed = {"refresh_token": "refresh_token", "client_credentials": "scope", "authorization_code": "code"}.get(kind)
    if needed is None:
        raise OAuthError(
            "invalid_request", "grant_type must be refresh_token, client_credentials or authorization_code"
        )
    if (params.get("client_id"), params.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise OAuthError("invalid_client", "Client authentication failed")
    if not params.get(needed):
        raise OAuthError("invalid_request", f"The request is missing a required parameter : {needed}")
    if kind == "refresh_token":
        return tokens.renewed(params[needed])
    if kind == "client_credentials":
        return tokens.grantless(params[needed])
    return tokens.from_code(params[needed], params.get("redirect_uri", ""))


def authorize_endpoint(call: Call, tokens: Tokens) -> Reply:
    """The sandbox's own consent page (Amazon's is not documented here): the seller says yes at once.

    `sandbox_shop_id` picks who, `sandbox_refuse` says no.
    """
    params = call.request.params
    shop_id, target = params.get("sandbox_shop_id") or next(iter(tokens.current), ""), params.get("redirect_uri", "")
    if params.get("client_id") != CLIENT_ID or not target or shop_id not in tokens.current:
        call.verdict = "invalid_request"
        return answer({"error": "invalid_request", "error_description": "client_id, redirect_uri or shop"}, 400)
    told = {"error": "access_denied"} if params.get("sandbox_refuse") else {"code": tokens.code(shop_id, target)}
    state = {"state": params["state"]} if "state" in params else {}
    return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})
