"""Authorisation, pushed messages and the receiver's privacy. Imports `kit`, `flow`, `models`.

Source: docs/platforms/douyin.md#oauth, #messages, #privacy.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.douyin.base import DouyinBase
from orderhub.connectors.douyin.meaning import digits, seconds
from orderhub.connectors.douyin.people import callable_number, opened_token
from orderhub.connectors.douyin.spec import DATA_TYPES
from orderhub.connectors.douyin.wire import event_sign
from orderhub.errors import AuthError, DecodeError, RequestRejected, SecurityError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import ident, quantity, rows_of, text
from orderhub.kit.json import loads
from orderhub.kit.operations import batches
from orderhub.kit.rows import read_rows
from orderhub.kit.table import read
from orderhub.kit.webhook import check_signature, message_keys
from orderhub.models.channel import Decrypted, PushMessage, Token
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

_REFRESH_LIVES = timedelta(days=14)
_ACCOUNT = ("shop_id", "shop_name", "authority_id", "auth_subject_type", "scope")
_TIMES = ("create_time", "pay_time", "update_time", "apply_time", "success_time", "modify_time", "cancel_time")


class AccessVerbs(DouyinBase):
    """Tokens, messages, decryption."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the shop authorises the service of `service_id`; it comes back to the address that the console names.

        Args:
            redirect_uri: Not sent: the platform knows the app's own.
        """
        query = {"service_id": str(self.config.settings["service_id"] or ""), "state": state}
        return f"{self.spec.authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code (good for ten minutes) into tokens; a self-made app needs no code.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        settings = self.config.settings
        grant: dict[str, Any] = {"grant_type": "authorization_code", "code": code}
        if settings["app_kind"] == "self":
            shop = str(settings["grant_shop_id"] or self.config.shop_id)
            grant = {"grant_type": "authorization_self", "code": "", "shop_id": shop,
                     "test_shop": "1" if settings["test_shop"] else None}  # fmt: skip
        return (yield from self._token("token/create", grant, keyed=settings["app_kind"] == "self"))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old; more than an hour before they lapse the platform answers the same ones.

        Raises:
            AuthError: The shop must authorise again.
        """
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return (yield from self._token("token/refresh", grant, keyed=True))

    def _token(self, path: str, grant: Mapping[str, Any], *, keyed: bool) -> Operation[Token]:
        try:
            document = yield from self.mapping(
                path, grant, write=True, keyed=keyed, app=self.config.app, base_url=self.token_server
            )
        except RequestRejected as error:
            raise AuthError(
                f"{error.message}: the shop must authorise again", platform="douyin", operation=error.operation,
                code=error.code, sub_code=error.sub_code, request_id=error.request_id,
            ) from None  # fmt: skip
        return _token(document, (yield from now()), grant.get("refresh_token"))

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """The messages of one push; they come again unless `{"code":0,"msg":"success"}` is the answer.

        Raises:
            SecurityError: Forged, altered, not signed, or for another app.
            DecodeError: Not a list of messages.
        """
        yield from ()
        told = {name.lower(): value for name, value in headers.items()}
        app = self.config.app
        given = (told.get("event-sign") or "").strip().lower()
        ours = hmac.compare_digest((told.get("app-id") or app.app_key).encode("utf-8", "replace"), app.app_key.encode())
        check_signature(given, message_keys(app), lambda key: event_sign(app.app_key, key, body), platform="douyin")
        if not ours:
            raise SecurityError("the message is for another app", platform="douyin")
        rows = loads(body)
        if not isinstance(rows, list):
            raise DecodeError("a push is a list of messages", platform="douyin", path="")
        return read_rows(rows, _message, platform="douyin", path="")

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, token) pairs; costs quota.

        `matched` is False when a part could not be decrypted. The platform asks for no `scene`.
        """
        opened = [(order_id, token, opened_token(token)) for order_id, token in receivers]
        wanted = [
            {"auth_id": order_id, "cipher_text": value} for order_id, _, found in opened for value in found.values()
        ]
        more = {name: self.config.settings[name] for name in ("account_id", "account_type")}
        answers: list[Any] = []
        for batch in batches(wanted, self.limits("decrypt").batch_max):
            data = yield from self.mapping("order/batchDecrypt", {"cipher_infos": list(batch), **more})
            answers += rows_of(data.get("decrypt_infos"))
        return [_decrypted(order_id, token, found, answers) for order_id, token, found in opened]


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """Lifetimes are seconds from now; a refresh token lives for fourteen days."""
    access, life = read(document, "access_token", text), read(document, "expires_in", quantity)
    if access is None:
        raise DecodeError("the reply has no access_token", platform="douyin", path="data.access_token")
    refresh = read(document, "refresh_token", text)
    return Token(
        access_token=access,
        refresh_token=refresh or old_refresh,
        expires_at=None if life is None else at + timedelta(seconds=life),
        refresh_expires_at=at + _REFRESH_LIVES if refresh and refresh != old_refresh else None,
        account={name: found for name in _ACCOUNT if (found := read(document, name, digits))},
    )


def _message(row: Any) -> PushMessage:
    """A message means "read this again"; its content is a JSON text with ids as numbers of nineteen digits."""
    if not isinstance(row, Mapping) or not row.get("tag"):
        raise DecodeError("a message needs a tag", platform="douyin", path="tag")
    content = row.get("data")
    inside = loads(content) if isinstance(content, str) and content else content
    data: Mapping[str, Any] = inside if isinstance(inside, Mapping) else {}

    def ids(name: str) -> tuple[str, ...]:
        found = read(data, name, ident)
        return (found,) if found else ()

    return PushMessage(
        message_id=read(row, "msg_id", digits) or "", topic=digits(row["tag"]) or "",
        shop_hint=read(data, "shop_id", ident), order_ids=ids("p_id"), refund_ids=ids("aftersale_id"),
        listing_ids=ids("product_id"), sent_at=_sent_at(data),
    )  # fmt: skip


def _sent_at(data: Mapping[str, Any]) -> datetime | None:
    """The latest instant that the content tells; another form says nothing."""
    found = []
    for name in _TIMES:
        try:
            found.append(read(data, name, seconds))
        except DecodeError:
            continue
    return max((at for at in found if at is not None), default=None)


def _decrypted(order_id: str, token: str, found: Mapping[str, str], answers: Sequence[Any]) -> Decrypted:
    """What came back for one order; each answer names the ciphertext that it belongs to."""
    mine = [row for row in answers if str(row.get("auth_id")) == order_id and row.get("cipher_text") in found.values()]
    good = [row for row in mine if str(row.get("err_no") or 0) == "0" and row.get("decrypt_text")]
    plain = {_part(row, found): read(row, "decrypt_text", text) for row in good}
    phone, extension = callable_number(plain.get("phone"))
    ends = [read(row, "expire_time", seconds) for row in good]
    person = Recipient(
        name=plain.get("name"), phone=phone, phone_extension=extension, address=Address(street=plain.get("address")),
        privacy=Privacy(kind=PrivacyKind.CLEAR, token=token),
    )  # fmt: skip
    return Decrypted(order_id=order_id, recipient=person, matched=len(plain) == len(found) > 0,
                     expires_at=min((end for end in ends if end is not None), default=None))  # fmt: skip


def _part(row: Mapping[str, Any], found: Mapping[str, str]) -> str:
    """Which part of a receiver it is: by the ciphertext, else by the kind that the answer names."""
    by_cipher = next((name for name, value in found.items() if value == row.get("cipher_text")), None)
    return by_cipher or DATA_TYPES.get(str(row.get("data_type")), "")
