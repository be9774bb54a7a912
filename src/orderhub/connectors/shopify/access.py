"""Authorisation and webhooks. Imports `kit`, `flow`, `models`.

Source: docs/platforms/shopify.md#oauth, #webhooks. A token of a code has no end; an app of the shop's own gets one by
client id and secret, which ends and is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.shopify import wire
from orderhub.connectors.shopify.aftersale import refund_key
from orderhub.connectors.shopify.base import ShopifyBase
from orderhub.connectors.shopify.convert import number, server_of
from orderhub.connectors.shopify.spec import TOPICS
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import iso_time, quantity
from orderhub.kit.json import loads
from orderhub.kit.webhook import check_hmac, message_keys
from orderhub.models.channel import PushMessage, Token

__all__ = ["OWN_APP", "AccessVerbs"]

OWN_APP = "client_credentials"
"""Refresh token of an app of the shop's own: any text will do, its id and secret are what counts."""


class AccessVerbs(ShopifyBase):
    """Tokens and messages."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the merchant is sent to install the app; `state` comes back unchanged."""
        query = {"client_id": self.config.app.app_key, "scope": str(self.config.settings["scopes"]),
                 "redirect_uri": redirect_uri, "state": state}  # fmt: skip
        return f"{server_of(self.config)}/admin/oauth/authorize?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into a token without an end; a code works once.

        Args:
            code: The code alone or, better, the whole query of the callback: then its hmac and its age are checked.
        Raises:
            AuthError: The code is wrong or used.
            SecurityError: The callback is forged or older than a day.
        """
        if "hmac=" in code:
            code = wire.check_callback(code, self.config.app.app_secret, (yield from now()))
        return (yield from self._token({"code": code}, None, keyed=False))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """A new token for an app of the shop's own, by its id and secret.

        Raises:
            AuthError: The app or its secret is refused; other apps send the merchant to `authorize_url` again.
        """
        return (yield from self._token({"grant_type": OWN_APP}, refresh_token or OWN_APP, keyed=True))

    def _token(self, grant: Mapping[str, str], renewal: str | None, *, keyed: bool) -> Operation[Token]:
        document = yield from self.exchange(
            "token", lambda credentials, at: wire.token_request(self.config, grant), wire.open_token, write=True,
            keyed=keyed, app=self.config.app,
        )  # fmt: skip
        return _token(document, (yield from now()), renewal)

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One webhook, verified over its raw bytes.

        Raises:
            SecurityError: Not signed with this app's secret.
            DecodeError: Signed, and not a document.
        """
        yield from ()
        given = {name.lower(): value for name, value in headers.items()}
        told, keys = given.get("x-shopify-hmac-sha256"), message_keys(self.config.app)
        check_hmac(body, told, keys, encoding="base64", platform="shopify")
        document = loads(body)
        if not isinstance(document, Mapping):
            raise DecodeError("a webhook is an object", platform="shopify", operation="decode_message")
        return [_message(given, document)]


def _token(document: Mapping[str, Any], at: datetime, renewal: str | None) -> Token:
    """`expires_in` is seconds from now; without it the token has no end."""
    seconds = document.get("expires_in")
    return Token(
        access_token=str(document["access_token"]), refresh_token=renewal,
        expires_at=at + timedelta(seconds=quantity(seconds)) if seconds not in (None, "") else None,
        account={"scope": str(document["scope"])} if document.get("scope") else {},
    )  # fmt: skip


def _message(headers: Mapping[str, str], document: Mapping[str, Any]) -> PushMessage:
    """A webhook means "read this again": the order it names, the refund, the inventory item."""
    topic = headers.get("x-shopify-topic", "")
    order = _named(document, TOPICS.get(topic, "order_id|order.id"))
    refund = _named(document, "id") if topic == "refunds/create" else None
    item = _named(document, "inventory_item_id") if topic.startswith("inventory_levels/") else None
    told = headers.get("x-shopify-event-id") or headers.get("x-shopify-webhook-id") or ""
    return PushMessage(
        message_id=told, topic=topic, shop_hint=headers.get("x-shopify-shop-domain"),
        order_ids=(order,) if order else (),
        refund_ids=(refund_key(order, "refund", refund),) if order and refund else (),
        listing_ids=(item,) if item else (), sent_at=_sent_at(headers.get("x-shopify-triggered-at")),
    )  # fmt: skip


def _named(document: Mapping[str, Any], paths: str) -> str | None:
    """The number at the first of `paths` that is there."""
    for path in paths.split("|"):
        value: Any = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value not in (None, "") and not isinstance(value, bool) and isinstance(value, str | int):
            try:
                return number(value)
            except ValueError:
                return None
    return None


def _sent_at(value: str | None) -> datetime | None:
    try:
        return iso_time(value) if value else None
    except ValueError:
        return None
