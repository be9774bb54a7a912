"""Who may call: apps, their tokens, the one token call. Source: docs/platforms/youzan.md. Imports state and wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.youzan.state import Shop
from orderhub.sandbox.platforms.youzan.wire import GatewayRefusal, Refusal, refusal_reply, told

__all__ = ["ACCESS_LIFE", "KEY_PREFIX", "REFRESH_LIFE", "Tokens"]

KEY_PREFIX = "sandbox-youzan-"
ACCESS_LIFE, REFRESH_LIFE = timedelta(days=7), timedelta(days=28)
BAD_BODY, UNKNOWN_CLIENT = 1000, 1103


class Tokens:
    """Every token that was given out, and the newest of each shop."""

    def __init__(self, setup: Setup, shops: Mapping[str, Shop]) -> None:
        self._setup, self._shops = setup, shops
        self.secrets = {KEY_PREFIX + shop: f"sandbox-secret-{setup.rng.getrandbits(96):024x}" for shop in shops}
        self._access: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, tuple[str, datetime]] = {}
        self.current = {shop: self._issue(shop) for shop in shops}

    def _issue(self, shop: str) -> tuple[str, str]:
        access, refresh = (f"sandbox-{self._setup.rng.getrandbits(96):024x}" for _ in range(2))
        self._access[access] = (shop, self._setup.now() + ACCESS_LIFE)
        self._refresh[refresh] = (shop, self._setup.now() + REFRESH_LIFE)
        return access, refresh

    def shop_of(self, token: str) -> str | None:
        """Whose token, dead or alive."""
        return self._access[token][0] if token in self._access else None

    def expire(self, token: str) -> None:
        """The token is dead from now on."""
        if token in self._access:
            self._access[token] = (self._access[token][0], self._setup.now() - timedelta(seconds=1))

    def live(self, token: str, now: datetime) -> bool:
        """Whether the token opens anything."""
        return token in self._access and now < self._access[token][1]

    def check(self, token: str, now: datetime) -> str:
        """The shop of a live token."""
        if not token:
            raise GatewayRefusal(4201, "token不能为空")
        if not self.live(token, now):
            raise GatewayRefusal(4203, "非法的token")
        return self._access[token][0]

    def answer(self, call: Call, trace: str) -> Reply:
        """POST /auth/token."""
        try:
            return told(self._granted(call), trace)
        except Refusal as refusal:
            call.verdict = str(refusal.code)
            return refusal_reply(refusal)

    def _granted(self, call: Call) -> dict[str, Any]:
        asked = _body(call)
        client, secret = asked.get("client_id"), asked.get("client_secret")
        if not isinstance(client, str) or client not in self.secrets:
            raise Refusal(UNKNOWN_CLIENT, "client_id不存在")
        if secret != self.secrets[client]:
            raise Refusal(self._setup.switches["secret_code"], "client_secret错误")
        shop = client.removeprefix(KEY_PREFIX)
        if asked.get("authorize_type") == "refresh_token" and self._setup.switches["refresh_grant"]:
            kept = self._refresh.pop(str(asked.get("refresh_token")), None)
            if kept is None or kept[0] != shop or kept[1] <= call.now:
                raise Refusal(BAD_BODY, "refresh_token无效")
            return self._told(shop, fresh=True, now=call.now)
        if asked.get("authorize_type") != "silent" or str(asked.get("grant_id")) != self._shops[shop].kdt_id:
            raise Refusal(BAD_BODY, "参数错误")
        return self._told(shop, fresh=asked.get("refresh") in (True, "true"), now=call.now)

    def _told(self, shop: str, *, fresh: bool, now: datetime) -> dict[str, Any]:
        if fresh or not self.live(self.current[shop][0], now):
            self.current[shop] = self._issue(shop)
        access, refresh = self.current[shop]
        if self._setup.switches["grant_members"] != "all":
            return {"access_token": access}
        until = int(self._access[access][1].timestamp() * 1000)
        return {"access_token": access, "expires": until, "refresh_token": refresh, "scope": "trade item",
                "authority_id": self._shops[shop].kdt_id}  # fmt: skip


def _body(call: Call) -> dict[str, Any]:
    """JSON and nothing else."""
    try:
        asked = json.loads(call.request.body) if call.request.method == "POST" else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or "json" not in call.request.headers.get("content-type", ""):
        raise Refusal(BAD_BODY, "请求参数格式错误")
    return asked
