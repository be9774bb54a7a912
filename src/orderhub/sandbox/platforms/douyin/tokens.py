"""Tokens by the platform's own calls: token.create and token.refresh. Source: docs/platforms/douyin.md §2.

More than an hour before its end a token is given again; within the last hour a new pair comes and the old one lives
an hour more; after its end the old one is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.douyin.ask import Ask, illegal
from orderhub.sandbox.platforms.douyin.state import Doc, Shop
from orderhub.sandbox.platforms.douyin.wire import Refusal

__all__ = ["Tokens"]

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Pair:
    """One pair of tokens; `ends` when the access token is over, `refresh_ends` the other."""

    shop_id: str
    access: str
    refresh: str
    ends: datetime
    refresh_ends: datetime


class Tokens:
    """Every pair ever issued; the newest of a shop is current."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.by_access: dict[str, Pair] = {}
        self.by_refresh: dict[str, Pair] = {}
        self.codes: dict[str, tuple[str, datetime]] = {}
        self.current: dict[str, Pair] = {}
        for shop_id in shops:
            self.issue(shop_id)

    def issue(self, shop_id: str) -> Pair:
        """A new pair."""
        self._serial += 1
        now, switches = self._setup.now(), self._setup.switches
        pair = Pair(
            shop_id, f"sandbox-douyin-access-{shop_id}-{self._serial}",
            f"sandbox-douyin-refresh-{shop_id}-{self._serial}",
            now + timedelta(seconds=switches["access_token_s"]), now + timedelta(seconds=switches["refresh_token_s"]),
        )  # fmt: skip
        self.by_access[pair.access] = self.by_refresh[pair.refresh] = self.current[shop_id] = pair
        return pair

    def expire(self, token: str) -> None:
        """End an access token now."""
        if token in self.by_access:
            self.by_access[token].ends = self._setup.now()

    def shop_of(self, token: str, app_shop: str) -> str:
        """Whose call it is; refuses what is no live token of the app's shop."""
        pair = self.by_access.get(token)
        if not token:
            raise Refusal(40001, "isv.access-token-missing", "缺少access_token")
        if pair is None:
            raise Refusal(40003, "isv.access-token-no-existed", "access_token不存在")
        if pair.shop_id != app_shop:
            raise Refusal(40003, "isv.access-token-invalid", "access_token与应用不匹配")
        if self._setup.now() >= pair.ends:
            raise Refusal(40003, "isv.access-token-expired", "access_token已过期")
        return pair.shop_id

    def new_code(self, shop_id: str) -> str:
        """A one-time authorisation code."""
        self._serial += 1
        code = f"sandbox-douyin-code-{shop_id}-{self._serial}"
        self.codes[code] = (shop_id, self._setup.now() + timedelta(seconds=self._setup.switches["code_s"]))
        return code

    def create(self, ask: Ask) -> Doc:
        """token.create: by code, or for the app's own shop."""
        grant = ask.needed("grant_type")
        if grant == "authorization_self":
            wanted = ask.text("shop_id")
            if wanted not in ("", ask.shop_id):
                raise Refusal(50002, "dop.token-generate-failed:no-authorization", "店铺未授权")
            return self.view(self._running(ask.shop_id))
        if grant != "authorization_code":
            raise illegal("grant_type")
        shop_id, until = self.codes.pop(ask.needed("code"), ("", self._setup.now()))
        if shop_id != ask.shop_id:
            raise Refusal(50002, "dop.token-generate-failed:code-invalid", "code无效")
        if self._setup.now() >= until:
            raise Refusal(50002, "dop.token-generate-failed:code-expired", "code已过期")
        return self.view(self.issue(shop_id))

    def _running(self, shop_id: str) -> Pair:
        """The current pair while it lives, else a new one."""
        pair = self.current[shop_id]
        return pair if self._setup.now() < pair.ends else self.issue(shop_id)

    def refresh(self, ask: Ask) -> Doc:
        """token.refresh."""
        if ask.needed("grant_type") != "refresh_token":
            raise illegal("grant_type")
        pair, now = self.by_refresh.get(ask.needed("refresh_token")), self._setup.now()
        if pair is None or pair.shop_id != ask.shop_id:
            raise Refusal(50002, "dop.token-generate-failed:token-invalid", "refresh_token无效")
        if now >= pair.refresh_ends:
            raise Refusal(50002, "dop.token-generate-failed:token-expired", "refresh_token已过期")
        if pair.ends - now > HOUR:
            return self.view(pair)
        if now >= pair.ends:
            del self.by_refresh[pair.refresh]
        else:
            pair.ends = now + HOUR
            pair.refresh_ends = min(pair.refresh_ends, now + HOUR)
        return self.view(self.issue(pair.shop_id))

    def view(self, pair: Pair) -> Doc:
        """The answer of the token calls; `expires_in` in seconds."""
        shop = self._shops[pair.shop_id]
        return {
            "access_token": pair.access, "expires_in": max(0, int((pair.ends - self._setup.now()).total_seconds())),
            "refresh_token": pair.refresh, "scope": "SCOPE", "shop_id": pair.shop_id, "shop_name": shop.name,
            "authority_id": pair.shop_id, "auth_subject_type": "",
        }  # fmt: skip

    def status(self, ask: Ask) -> Doc:
        """open.getAuthInfo: 1 is authorised, 3 is over."""
        if ask.needed("auth_id") != ask.shop_id:
            raise Refusal(30001, "dop.authorization-no-existed", "授权不存在")
        pair = self.current[ask.shop_id]
        start = int(pair.refresh_ends.timestamp()) - self._setup.switches["refresh_token_s"]
        over = self._setup.now() >= pair.refresh_ends
        ends = int(pair.refresh_ends.timestamp())
        return {"status": 3 if over else 1, "auth_success_time": start, "auth_end_time": ends}

    def authorize(self, call: Call) -> Reply:
        """GET /authorize: the shop of the service says yes at once, the code goes to the app's registered address."""
        params = call.request.params
        found = [shop for shop in self._shops.values() if shop.service_id == params.get("service_id")]
        target = self._setup.switches["redirect_url"]
        told = {"code": self.new_code(found[0].shop_id), "state": params.get("state", "")}
        return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode(told)}"})
