"""Who may call: apps and their tokens. Source: docs/platforms/xiaohongshu.md. Imports state and wire.

The page where a merchant says yes has no documented address: the code of every shop is `sandbox-code-<shop_id>`. How
long tokens live is told by the answer alone; here it is a week, and a fortnight to refresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.xiaohongshu.state import Shop
from orderhub.sandbox.platforms.xiaohongshu.wire import Refusal, ms

__all__ = ["KEY_PREFIX", "Tokens"]

KEY_PREFIX = "sandbox-xiaohongshu-"
ACCESS_LIFE, REFRESH_LIFE = timedelta(days=7), timedelta(days=14)


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

    def shop_of(self, app_id: str) -> str | None:
        """Whose app."""
        return app_id.removeprefix(KEY_PREFIX) if app_id in self.secrets else None

    def expire(self, token: str) -> None:
        """The token is dead from now on."""
        if token in self._access:
            self._access[token] = (self._access[token][0], self._setup.now() - timedelta(seconds=1))

    def check(self, token: Any, shop: str, now: datetime) -> None:
        """The token is alive and this app's."""
        kept = self._access.get(token) if isinstance(token, str) else None
        if kept is None or kept[0] != shop or now >= kept[1]:
            raise self._no("accessToken无效或已过期")

    def _no(self, text: str) -> Refusal:
        return Refusal(self._setup.switches["token_code"], text)

    def by_code(self, shop: str, code: Any) -> dict[str, Any]:
        """oauth.getAccessToken."""
        if code != f"sandbox-code-{shop}":
            raise self._no("code无效")
        return self._told(shop)

    def by_refresh(self, shop: str, token: Any, now: datetime) -> dict[str, Any]:
        """oauth.refreshToken."""
        kept = self._refresh.get(token) if isinstance(token, str) else None
        if kept is None or kept[0] != shop or now >= kept[1]:
            raise self._no("refreshToken无效或已过期")
        return self._told(shop)

    def _told(self, shop: str) -> dict[str, Any]:
        access, refresh = self.current[shop] = self._issue(shop)
        return {
            "accessToken": access, "accessTokenExpiresAt": ms(self._access[access][1]), "refreshToken": refresh,
            "refreshTokenExpiresAt": ms(self._refresh[refresh][1]), "sellerId": self._shops[shop].seller_id,
            "sellerName": self._shops[shop].name,
        }  # fmt: skip
