"""Authorisation and push messages. Imports `kit`, `flow`, `models`. Source: docs/platforms/shopee.md#oauth, #push."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from orderhub.connectors.shopee import wire
from orderhub.connectors.shopee.base import ShopeeBase
from orderhub.connectors.shopee.spec import PUSH_CODES, REFRESH_LIFE
from orderhub.errors import AuthError, ConfigurationError, DecodeError, InvalidParameter
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import epoch_s, quantity, rows_of
from orderhub.kit.json import loads
from orderhub.models.channel import Credentials, PushMessage, Token

__all__ = ["AccessVerbs"]

_CODES = {name: code for code, name in PUSH_CODES.items()}
_ORDER_NAMES = ("ordersn", "order_sn")


class AccessVerbs(ShopeeBase):
    """Tokens and messages."""

    def authorize_url(self, redirect_uri: str, state: str) -> Callable[[datetime], str]:
        """Where the seller authorises the app, for an instant: the address is signed and good for five minutes.

        The platform hands no state back, so that it travels in the address to return to.
        """
        parts = urlsplit(redirect_uri)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *([("state", state)] if state else [])])
        redirect = urlunsplit(parts._replace(query=query))
        return lambda at: wire.authorize_address(self.config, at, redirect)

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; a code works once, for ten minutes.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        return (yield from self._token("auth/token/get", {"code": code}))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. A refresh token works once: a lost reply is not repeated.

        Raises:
            AuthError: The seller must authorise again.
        """
        return (yield from self._token("auth/access_token/get", {"refresh_token": refresh_token}))

    def _token(self, name: str, grant: Mapping[str, Any]) -> Operation[Token]:
        account = self.config.settings["main_account_id"] if "code" in grant else None
        owner = {"main_account_id": account} if account else {"shop_id": wire.shop_number(self.config)}

        def build(credentials: Credentials, at: datetime) -> Request:
            return wire.token_request(self.config, name, at, {**grant, **owner})

        document = yield from self.exchange(
            name, build, lambda reply: wire.open_token(reply, self.config), write=True, app=self.config.app
        )
        return _token(document, (yield from now()))

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Switch messages on: all that name orders, or those of `topics`, as words or codes of the platform."""
        url = self.config.settings["callback_url"]
        if not url:
            raise ConfigurationError("callback_url is needed", platform="shopee", field="callback_url")
        codes = [_code(topic) for topic in topics or ("order_status", "tracking_number", "authorisation_expiry")]
        sent = {"callback_url": url, "set_push_config_on": codes}
        yield from self._push_call("push/set_app_push_config", sent, write=True, keyed=True)

    def _push_call(self, name: str, body: Mapping[str, Any] | None = None, **how: Any) -> Operation[dict[str, Any]]:
        return (yield from self.call(name, None, body, level=self.config.settings["push_level"], **how))

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One push. The platform checks an address with an empty body, which is no message.

        Raises:
            SecurityError: Not signed with the partner key for our own address.
            DecodeError: Not a push.
        """
        yield from ()
        if not body:
            return []
        wire.check_push(self.config, headers, body)
        return [_message(loads(body), hashlib.sha256(body).hexdigest()[:32])]

    def pull_messages(self, quantity: int = 100) -> Operation[list[PushMessage]]:
        """Pushes of the last three days that did not arrive, up to a hundred; confirm them all to get the next ones."""
        told = yield from self._push_call("push/get_lost_push_message")
        rows = next((value for value in told.values() if isinstance(value, list)), [])
        last = told.get("last_message_id")
        if rows and last in (None, ""):
            raise DecodeError("lost messages without last_message_id", platform="shopee", path="last_message_id")
        return [_readable(row, f"{last}:{number}/{len(rows)}") for number, row in enumerate(rows, 1)]

    def confirm_messages(self, message_ids: Sequence[str]) -> Operation[None]:
        """Say that pulled messages are done: a page ends with its last message, so only whole pages are confirmed."""
        pages: dict[tuple[str, str], set[str]] = {}
        for name in message_ids:
            last, _, place = name.rpartition(":")
            number, _, count = place.partition("/")
            if not (last and number and count):
                raise InvalidParameter("not a message that was pulled", platform="shopee", field="message_ids")
            pages.setdefault((last, count), set()).add(number)
        for (last, count), numbers in pages.items():
            if len(numbers) == int(count):
                sent = {"last_message_id": int(last) if last.isdigit() else last}
                yield from self._push_call("push/confirm_consumed_lost_push_message", sent, write=True, keyed=True)


def _code(topic: str) -> int:
    found = _CODES.get(topic) or (int(topic) if topic.isascii() and topic.isdigit() else 0)
    if found not in PUSH_CODES:
        raise InvalidParameter(f"Shopee has no push {topic!r}", platform="shopee", field="topics")
    return found


def _token(document: Mapping[str, Any], at: datetime) -> Token:
    """Lifetimes are seconds from now; a refresh token lives thirty days."""
    seconds, refresh = document.get("expire_in"), document.get("refresh_token")
    if not refresh:
        raise AuthError("the token server gave no refresh token", platform="shopee")
    shops = ",".join(str(one) for one in rows_of(document.get("shop_id_list")))
    return Token(
        access_token=str(document["access_token"]), refresh_token=str(refresh),
        expires_at=at + timedelta(seconds=quantity(seconds)) if seconds not in (None, "") else None,
        refresh_expires_at=at + REFRESH_LIFE, account={"shop_id_list": shops} if shops else {},
    )  # fmt: skip


def _readable(row: Any, message_id: str) -> PushMessage:
    """A page ends with all of its messages: one that cannot be read names nothing; the poll brings it."""
    try:
        return _message(_lost(row), message_id)
    except (DecodeError, ValueError):
        return PushMessage(message_id, "unreadable")


def _lost(row: Any) -> Any:
    """A lost message may carry its data, or all of itself, as text."""
    if not isinstance(row, Mapping):
        return row
    told = {name: loads(v.encode()) if isinstance(v, str) and v[:1] == "{" else v for name, v in row.items()}
    inner = told.get("data")
    return inner if isinstance(inner, Mapping) and "code" in inner else told


def _message(document: Any, message_id: str) -> PushMessage:
    """A message means "read this again"."""
    if not isinstance(document, Mapping) or isinstance(document.get("code"), bool | None):
        raise DecodeError("a push needs code", platform="shopee", path="code")
    code, data = quantity(document["code"]), document.get("data")
    inside: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    orders = [str(inside[name]) for name in _ORDER_NAMES if inside.get(name)]
    returns, items = inside.get("return_sn"), inside.get("item_id")
    return PushMessage(
        message_id=message_id, topic=PUSH_CODES.get(code, str(code)),
        shop_hint=str(document.get("shop_id") or "") or None, order_ids=tuple(orders[:1]),
        refund_ids=(str(returns),) if returns else (), listing_ids=(str(items),) if items else (),
        sent_at=_sent_at(document.get("timestamp")), is_revocation=code == _CODES["shop_deauthorised"],
    )  # fmt: skip


def _sent_at(value: Any) -> datetime | None:
    try:
        return epoch_s(value) if value not in (None, "") else None
    except (ValueError, OverflowError, OSError):
        return None
