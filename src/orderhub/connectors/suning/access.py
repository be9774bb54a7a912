"""Authorisation and push messages. Imports `kit`, `flow`, `models`.

Source: docs/platforms/suning.md#oauth, #messages.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.suning import wire
from orderhub.connectors.suning.base import SuningBase
from orderhub.connectors.suning.push import answer_to, push_address
from orderhub.errors import AuthError, DecodeError, InvalidParameter, SecurityError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import beijing_time, epoch_ms, masked, quantity
from orderhub.kit.exchange import server_now
from orderhub.kit.json import loads
from orderhub.kit.listening import Listening
from orderhub.models.channel import PushMessage, Token

__all__ = ["AccessVerbs"]

_ACCOUNT = ("custnum", "vendorCode", "suning_user_name", "module")


class AccessVerbs(SuningBase):
    """Tokens and messages."""

    are_messages_signed = False
    """Nothing in a message proves who wrote it, so none is taken at an address that everybody can reach."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        query = {"response_type": "code", "client_id": self.config.app.app_key, "redirect_uri": redirect_uri,
                 "state": state, "itemcode": str(self.config.settings["item_code"] or "")}  # fmt: skip
        return f"{self.spec.authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; a code works once.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        where = redirect_uri or str(self.config.settings["redirect_uri"] or "")
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": where}
        return (yield from self._token(grant, keyed=False))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. A refresh whose reply was lost is asked again with the same token.

        Raises:
            AuthError: The seller must authorise again.
        """
        where = str(self.config.settings["redirect_uri"] or "")
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token, "redirect_uri": where}
        return (yield from self._token(grant, keyed=True))

    def _token(self, grant: Mapping[str, str], *, keyed: bool) -> Operation[Token]:
        document = yield from self.exchange(
            "token", lambda credentials, at: wire.token_request(self.config, grant),
            lambda reply: wire.open_token(reply, self.config), write=True, keyed=keyed, app=self.config.app,
        )  # fmt: skip
        return _token(document, (yield from now()), grant.get("refresh_token"))

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Switch each of `topics` on for this shop; the platform has no word for all of them."""
        if not topics:
            raise InvalidParameter("name the topics to permit", platform="suning", field="topics")
        for topic in topics:
            yield from self.call("message.user.permit", "permitUser", {"topicName": topic}, write=True, keyed=True)

    def listen(self, client_ip: str = "127.0.0.1") -> Operation[Listening]:
        """The app's message socket: a ping every thirty seconds, long waits before connecting again."""
        address = push_address(self.config, (yield from server_now()), client_ip)
        return Listening(address, answer_to, ping_s=30.0, silence_s=float("inf"), first_wait_s=20.0, wait_max_s=1200.0)

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One frame of the message channel. Only data counts as a message; a greeting or an echo is none.

        Raises:
            SecurityError: The frame is for another app.
            AuthError: The channel refused the connection.
            DecodeError: Not a frame.
        """
        yield from ()
        frame = loads(body)
        if not isinstance(frame, Mapping) or not isinstance(frame.get("messageType"), str):
            raise DecodeError("a frame needs messageType", platform="suning", path="messageType")
        given, ours = str(frame.get("appKey") or ""), self.config.app.app_key
        if given and ours and not hmac.compare_digest(given.encode(), ours.encode()):
            raise SecurityError("the frame is for another app", platform="suning")
        kind = frame["messageType"]
        if kind == "AUTHACK" and frame.get("msg") != "OK":
            raise AuthError(
                "the message channel refused the connection", platform="suning", value=masked(frame.get("msg"))
            )
        if kind not in ("AUTHACK", "ACK", "FROM"):
            raise DecodeError(
                "not a documented kind of frame", platform="suning", path="messageType", value=masked(kind)
            )
        return [_message(frame)] if kind == "FROM" else []


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """The lifetime is seconds from now; how long a refresh token lives is not documented."""
    seconds = document.get("expires_in")
    return Token(
        access_token=str(document["access_token"]),
        refresh_token=str(document["refresh_token"]) if document.get("refresh_token") else old_refresh,
        expires_at=at + timedelta(seconds=quantity(seconds)) if seconds not in (None, "") else None,
        account={name: str(document[name]) for name in _ACCOUNT if document.get(name)},
    )


def _message(frame: Mapping[str, Any]) -> PushMessage:
    """A message means "read this again". Only one topic is documented, and it names lines; orders where they stand."""
    if not frame.get("messageId") or not frame.get("topic"):
        raise DecodeError("a message needs messageId and topic", platform="suning", path="messageId")
    content = frame.get("msg")
    inside = loads(content) if isinstance(content, str) and content[:1] in ("{", "[") else content
    rows = inside if isinstance(inside, list) else [inside]
    orders = [str(row["orderCode"]) for row in rows if isinstance(row, Mapping) and row.get("orderCode")]
    return PushMessage(
        message_id=str(frame["messageId"]), topic=str(frame["topic"]), shop_hint=str(frame.get("user") or "") or None,
        order_ids=tuple(dict.fromkeys(orders)), sent_at=_sent_at(frame.get("sendTime") or frame.get("createTime")),
    )  # fmt: skip


def _sent_at(value: Any) -> datetime | None:
    """The form of a frame's times is not documented: Beijing time or milliseconds; another form says nothing."""
    try:
        if value in (None, ""):
            return None
        return beijing_time(value) if isinstance(value, str) and "-" in value else epoch_ms(value)
    except (ValueError, OverflowError, OSError):
        return None
