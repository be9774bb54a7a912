"""Authorisation: the consent page, codes, tokens. Source: docs/platforms/shopee.md#oauth.

One app (partner) serves every shop; a main account stands for all of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, Setup
from orderhub.sandbox.platforms.shopee.state import Shop
from orderhub.sandbox.platforms.shopee.wire import Doc, Refusal

__all__ = ["MAIN_ACCOUNT", "MERCHANT", "PARTNER_ID", "PARTNER_KEY", "Tokens", "read_body"]

PARTNER_ID, PARTNER_KEY = "2001234", "sandbox-shopee-partner-key-7f3d9a"
MAIN_ACCOUNT, MERCHANT = "550001", "880001"


@dataclass(slots=True)
class Grant:
    """One token or code: the shops (or merchant) that it is for, and since when."""

    ids: set[str]
    since: datetime


class Tokens:
    """Every token ever issued; lifetimes are switches, read when judged."""

    def __init__(self, setup: Setup, shops: dict[str, Shop]) -> None:
        self._setup, self._shops, self._serial = setup, shops, 0
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.current: dict[str, tuple[str, str]] = {}
        for shop_id in shops:
            self._issue({shop_id})

    def _issue(self, ids: set[str]) -> Doc:
        self._serial += 1
        access, refresh = f"sandbox-shopee-access-{self._serial}", f"sandbox-shopee-refresh-{self._serial}"
        now = self._setup.now()
        self.access[access], self.refresh[refresh] = Grant(set(ids), now), Grant(set(ids), now)
        for shop_id in ids & set(self._shops):
            self.current[shop_id] = (access, refresh)
        return {
            "access_token": access, "refresh_token": refresh, "expire_in": self._setup.switches["access_token_s"],
            "shop_id_list": sorted(int(one) for one in ids if one in self._shops),
            "merchant_id_list": [int(MERCHANT)] if MERCHANT in ids else [],
        }  # fmt: skip

    def _over(self, grant: Grant, switch: str) -> bool:
        return self._setup.now() >= grant.since + timedelta(seconds=self._setup.switches[switch])

    def check(self, token: str, shop_id: str) -> None:
        """Refuse what is no live token of the shop."""
        grant = self.access.get(token)
        if grant is None or self._over(grant, "access_token_s"):
            raise Refusal(self._setup.switches["token_error"], "Invalid access_token.")
        if shop_id not in grant.ids:
            raise Refusal(self._setup.switches["permission_error"], "the token is not for this shop")

    def expire(self, token: str) -> None:
        """End an access token now."""
        self.access.pop(token, None)

    def consent(self, call: Call) -> Reply:
        """/api/v2/shop/auth_partner: the shop says yes at once; `sandbox_shop_id` chooses it, or the main account."""
        params = call.request.params
        target, who = params.get("redirect", ""), params.get("sandbox_shop_id") or next(iter(self._shops))
        if not target or who not in {*self._shops, MAIN_ACCOUNT}:
            raise Refusal("error_param", "redirect is required")
        self._serial += 1
        code = f"sandbox-shopee-code-{self._serial}"
        whole = who == MAIN_ACCOUNT
        self.codes[code] = Grant({*self._shops, MERCHANT} if whole else {who}, self._setup.now())
        told = {"code": code, "main_account_id" if whole else "shop_id": who}
        return Reply(302, {"location": f"{target}{'&' if '?' in target else '?'}{urlencode(told)}"})

    def from_code(self, body: Doc) -> Doc:
        """/api/v2/auth/token/get: tokens for a code, once."""
        grant = self.codes.pop(str(body.get("code", "")), None)
        if grant is None or self._over(grant, "code_s"):
            raise Refusal("error_param", "code is unknown, used or too old")
        shop_id, main = str(body.get("shop_id") or ""), str(body.get("main_account_id") or "")
        if (main != MAIN_ACCOUNT) if MERCHANT in grant.ids else (grant.ids != {shop_id}):
            raise Refusal("error_param", "shop_id or main_account_id is not the one that agreed")
        return self._issue(grant.ids)

    def renew(self, body: Doc) -> Doc:
        """/api/v2/auth/access_token/get: new tokens for one shop or merchant; each refresh token is good once."""
        old, one = str(body.get("refresh_token", "")), str(body.get("shop_id") or body.get("merchant_id") or "")
        grant = self.refresh.get(old)
        if grant is None or one not in grant.ids or self._over(grant, "refresh_token_s"):
            raise Refusal(self._setup.switches["token_error"], "Invalid refresh_token.")
        grant.ids.discard(one)
        if self._setup.switches["refresh_ends_access"] and one in self.current:
            self.expire(self.current[one][0])
        told = self._issue({one})
        return {**told, "partner_id": int(PARTNER_ID), "shop_id" if one in self._shops else "merchant_id": int(one)}


def read_body(call: Call) -> dict[str, Any]:
    """The JSON object of a token call, with the partner it names."""
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or str(body.get("partner_id")) != PARTNER_ID:
        raise Refusal("error_param", "partner_id is required in the body")
    return body
