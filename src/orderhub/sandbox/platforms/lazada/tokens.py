"""OAuth: codes, tokens, and the two calls of the token server. Every shop has an app of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.lazada.spec import KEY_PREFIX
from orderhub.sandbox.platforms.lazada.wire import Refusal

__all__ = ["Tokens"]


@dataclass(slots=True)
class Grant:
    """A code, an access token or a refresh token, and until when it is good."""

    shop_id: str
    until: datetime


class Tokens:
    """Apps and every token ever issued."""

    def __init__(self, setup: Setup, shops: tuple[str, ...]) -> None:
        self._setup, self._serial = setup, 0
        self.secrets = {KEY_PREFIX + shop: f"sandbox-lazada-secret-{shop}-71c0e5a94d" for shop in shops}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop in shops:
            self.issue(shop)

    def shop_of(self, key: str) -> str | None:
        """Whose app it is."""
        return key.removeprefix(KEY_PREFIX) if key in self.secrets else None

    def issue(self, shop_id: str) -> dict[str, Any]:
        """New tokens, as the token server answers them; lifetimes in seconds."""
        self._serial += 1
        access, refresh = (f"sandbox-lazada-{kind}-{shop_id}-{self._serial}" for kind in ("access", "refresh"))
        now, lives = (
            self._setup.now(),
            (self._setup.switches["access_token_s"], self._setup.switches["refresh_token_s"]),
        )
        self.access[access] = Grant(shop_id, now + timedelta(seconds=lives[0]))
        self.refresh[refresh] = Grant(shop_id, now + timedelta(seconds=lives[1]))
        self.current[shop_id] = (access, refresh)
        return {"access_token": access, "refresh_token": refresh, "expires_in": str(lives[0]),
                "refresh_expires_in": str(lives[1]), "country": "sg", "account_platform": "seller_center"}  # fmt: skip

    def check(self, token: str, shop_id: str) -> None:
        """Refuse what is no live token of the shop."""
        grant = self.access.get(token)
        if grant is None or grant.shop_id != shop_id or grant.until <= self._setup.now():
            raise Refusal(str(self._setup.switches["token_code"]), "The specified access token is invalid or expired")

    def expire(self, token: str) -> None:
        """End an access token now."""
        self.access.pop(token, None)

    def create(self, shop_id: str, code: str) -> dict[str, Any]:
        """/auth/token/create: a code is good once."""
        grant = self.codes.pop(code, None)
        if grant is None or grant.shop_id != shop_id or grant.until <= self._setup.now():
            raise Refusal("InvalidCode", "Invalid authorization code")
        return self.issue(shop_id)

    def renew(self, shop_id: str, token: str) -> dict[str, Any]:
        """/auth/token/refresh."""
        grant = self.refresh.get(token)
        if grant is None or grant.shop_id != shop_id or grant.until <= self._setup.now():
            raise Refusal(
                str(self._setup.switches["refresh_code"]), "The specified refresh token is invalid or expired"
            )
        if self._setup.switches["refresh_rotates"]:
            del self.refresh[token]
            return self.issue(shop_id)
        told = self.issue(shop_id)
        del self.refresh[told["refresh_token"]]
        self.current[shop_id] = (told["access_token"], token)
        return told | {"refresh_token": token}

    def authorize(self, call: Call) -> Reply:
        """The seller of the app says yes at once; `sandbox_refuse` says no."""
        params = call.request.params
        shop_id, target = self.shop_of(params.get("client_id", "")), params.get("redirect_uri", "")
        if shop_id is None or not target or params.get("response_type") != "code":
            call.verdict = "invalid_request"
            return Reply(400, {"content-type": "text/plain"}, b"client_id, redirect_uri or response_type")
        self._serial += 1
        code = f"0_sandbox_{shop_id}_{self._serial}"
        self.codes[code] = Grant(shop_id, self._setup.now() + timedelta(minutes=30))
        told = {"error": "access_denied"} if params.get("sandbox_refuse") else {"code": code}
        state = {"state": params["state"]} if "state" in params else {}
        return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode({**told, **state})}"})
