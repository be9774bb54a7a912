"""Access tokens of apps: the plain and the stable door. Source: docs/platforms/wechat.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.wechat.ask import Refusal
from orderhub.sandbox.platforms.wechat.spec import TOKEN_BAD, TOKEN_OLD
from orderhub.sandbox.platforms.wechat.state import Shop

__all__ = ["KEY_PREFIX", "Tokens"]

KEY_PREFIX = "sandbox-wechat-"
GRANT = "client_credential"


@dataclass(slots=True)
class _Token:
    shop_id: str
    ends: float
    dead: bool = False
    replaced: bool = False


class Tokens:
    """Every token ever given. A shop has at most one good plain token and one good stable token."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup = setup
        self.secrets = {KEY_PREFIX + shop_id: f"sandbox-wechat-secret-{shop_id}" for shop_id in shops}
        self._tokens: dict[str, _Token] = {}
        self._good: dict[tuple[str, bool], str] = {}
        self._serial = 0
        self.current = {shop_id: self._new(shop_id, stable=True) for shop_id in shops}

    def _now(self) -> float:
        return self._setup.now().timestamp()

    def _new(self, shop_id: str, *, stable: bool) -> str:
        """The one before it, of the same door, is worth nothing from now on."""
        self._serial += 1
        name = f"sandbox-wechat-token-{shop_id}-{self._serial}"
        before = self._good.get((shop_id, stable))
        if before is not None:
            self._tokens[before].replaced = True
        life = self._setup.switches.get("token_life_s", 7200)
        self._tokens[name] = _Token(shop_id, self._now() + life)
        self._good[shop_id, stable] = name
        return name

    def grant(self, params: dict[str, Any], *, stable: bool) -> dict[str, Any]:
        """The answer of /cgi-bin/token and /cgi-bin/stable_token; `expires_in` in seconds.

        Raises:
            Refusal: The app or its secret is wrong, or the grant is another.
        """
        key = str(params.get("appid") or "")
        if params.get("grant_type") != GRANT:
            raise Refusal(self._setup.switches["param_code"], "invalid grant_type")
        if key not in self.secrets or params.get("secret") != self.secrets[key]:
            raise Refusal(TOKEN_BAD, "invalid credential: appid or secret")
        shop_id = key.removeprefix(KEY_PREFIX)
        held = self._good.get((shop_id, stable))
        keep = stable and not params.get("force_refresh") and held is not None and self._is_good(held)
        name = held if keep and held is not None else self._new(shop_id, stable=stable)
        self.current[shop_id] = name
        return {"access_token": name, "expires_in": int(self._tokens[name].ends - self._now())}

    def _is_good(self, name: str) -> bool:
        token = self._tokens[name]
        return not token.dead and not token.replaced and self._now() < token.ends

    def shop_of(self, name: str) -> str | None:
        """Whose token it is, good or not."""
        token = self._tokens.get(name)
        return token.shop_id if token else None

    def check(self, name: str) -> str:
        """The shop of a good token; raises `Refusal`."""
        token = self._tokens.get(name)
        if token is None or token.replaced:
            raise Refusal(TOKEN_BAD, "invalid credential, access_token is invalid or not latest")
        if not self._is_good(name):
            raise Refusal(TOKEN_OLD, "access_token expired")
        return token.shop_id

    def expire(self, name: str) -> None:
        """End a token now."""
        if name in self._tokens:
            self._tokens[name].dead = True
