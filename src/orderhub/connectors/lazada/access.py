"""Authorisation and push messages. Imports `kit`, `flow`, `models`. Source: docs/platforms/lazada.md#oauth, #push."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.lazada import wire
from orderhub.connectors.lazada.base import LazadaBase
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import epoch_ms, ident, quantity
from orderhub.kit.json import loads
from orderhub.kit.webhook import check_hmac, message_keys
from orderhub.models.channel import Credentials, PushMessage, Token

__all__ = ["AccessVerbs"]

_ACCOUNT = ("country", "account", "account_platform")


class AccessVerbs(LazadaBase):
    """Tokens and messages."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        query = {"response_type": "code", "force_auth": "true", "client_id": self.config.app.app_key,
                 "redirect_uri": redirect_uri, "state": state}  # fmt: skip
        return f"{self.config.settings['authorize_url']}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; raises `AuthError` for a code that is wrong, used or lapsed."""
        return (yield from self._token("/auth/token/create", {"code": code}, keyed=False))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old; raises `AuthError` when the seller must authorise again."""
        return (yield from self._token("/auth/token/refresh", {"refresh_token": refresh_token}, keyed=True))

    def _token(self, path: str, grant: Mapping[str, str], *, keyed: bool) -> Operation[Token]:
        base, app = self.config.token_url or "", self.config.app
        bare = Credentials(app.app_key, app.app_secret)  # these calls carry no access token
        document = yield from self.exchange(
            path, lambda credentials, at: wire.request(base, path, grant, credentials, at, post=True),
            lambda reply: wire.open_envelope(reply, self.config), write=True, keyed=keyed, app=bare,
        )  # fmt: skip
        if not document.get("access_token"):
            raise DecodeError("the answer has no access_token", platform="lazada", path="access_token", operation=path)
        return _token(document, (yield from now()), grant.get("refresh_token"))

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One push: an order, or a case, to read again.

        Raises:
            SecurityError: Not signed with this app's secret.
            DecodeError: Signed, and not a message.
        """
        yield from ()
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), None)
        app = self.config.app
        check_hmac(app.app_key.encode() + body, given, message_keys(app), platform="lazada")
        document = loads(body)
        if not isinstance(document, Mapping) or "message_type" not in document:
            raise DecodeError("a push needs message_type", platform="lazada", path="message_type")
        return [_message(document)]


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """Lifetimes are seconds from now, as the answer tells them."""

    def until(name: str) -> datetime | None:
        seconds = document.get(name)
        return at + timedelta(seconds=quantity(seconds)) if seconds not in (None, "") else None

    return Token(
        access_token=str(document["access_token"]),
        refresh_token=str(document["refresh_token"]) if document.get("refresh_token") else old_refresh,
        expires_at=until("expires_in"), refresh_expires_at=until("refresh_expires_in"),
        account={name: str(document[name]) for name in _ACCOUNT if document.get(name)},
    )  # fmt: skip


def _message(document: Mapping[str, Any]) -> PushMessage:
    """No message has an id of its own: what it says names it."""
    data = document.get("data")
    data = data if isinstance(data, Mapping) else {}
    parts = [document["message_type"], *(data.get(name) for name in (
        "trade_order_id", "trade_order_line_id", "reverse_order_id", "reverse_order_line_id", "order_status",
        "status_update_time",
    ))]  # fmt: skip
    return PushMessage(
        message_id=":".join("" if part is None else str(part) for part in parts), topic=str(document["message_type"]),
        shop_hint=str(document["seller_id"]) if document.get("seller_id") else None,
        order_ids=_ids(data, "trade_order_id"), refund_ids=_ids(data, "reverse_order_id"),
        sent_at=_sent_at(document.get("timestamp")),
    )  # fmt: skip


def _ids(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    try:
        return (ident(data[name]),) if data.get(name) else ()
    except ValueError:
        raise DecodeError("an id must be text", platform="lazada", path=f"data.{name}") from None


def _sent_at(value: Any) -> datetime | None:
    try:
        return epoch_ms(value)
    except (ValueError, OverflowError, OSError):
        return None
