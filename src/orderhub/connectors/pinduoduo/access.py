"""Authorisation, messages and the receiver's privacy. Imports `kit`, `flow`, `models`.

Source: docs/platforms/pinduoduo.md#oauth, #messages, #privacy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.pinduoduo.aftersale import AftersaleVerbs
from orderhub.connectors.pinduoduo.messages import answer_to, heartbeat, messages_of, socket_address
from orderhub.connectors.pinduoduo.people import MERGE, opened_token
from orderhub.connectors.pinduoduo.spec import AUTHORIZE
from orderhub.connectors.pinduoduo.wire import open_legacy_token, token_request
from orderhub.errors import AuthError, DecodeError, RequestRejected
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import epoch_s, ident, quantity, rows_of, text
from orderhub.kit.exchange import server_now
from orderhub.kit.listening import Listening
from orderhub.kit.operations import batches
from orderhub.kit.table import read
from orderhub.models.channel import Decrypted, PushMessage, Token
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

_LEVELS = ("r1", "r2", "w1", "w2")
_ACCOUNT = ("owner_id", "owner_name")
_NAME, _PHONE, _WHOLE, _DETAIL = "5", "6", "7", "8"
_VIRTUAL = re.compile(r"\$?(\d+)\$?#(\d+)#", re.ASCII)
_DECRYPT = {"clear": "pdd.open.decrypt.batch", "masked": "pdd.open.decrypt.mask.batch"}


class AccessVerbs(AftersaleVerbs):
    """Tokens, messages, decryption."""

    are_messages_signed = False
    """Nothing in a message proves who wrote it, so none is taken at an address that everybody can reach."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the shop's main account is sent to authorise the app; `state` comes back unchanged."""
        address, view = AUTHORIZE[self.config.settings["view"]]
        query = {"response_type": "code", "client_id": self.config.app.app_key, "redirect_uri": redirect_uri,
                 "state": state, **({"view": view} if view else {})}  # fmt: skip
        return f"{address}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code (good for ten minutes) into tokens; earlier ones of the shop end.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        return (yield from self._token("pdd.pop.auth.token.create", {"code": code}, redirect_uri))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. A refresh whose reply was lost is asked again with the same token.

        Raises:
            AuthError: The seller must authorise again; also where the platform took the call away.
        """
        return (yield from self._token("pdd.pop.auth.token.refresh", {"refresh_token": refresh_token}))

    def _token(self, api: str, given: Mapping[str, str], redirect_uri: str = "") -> Operation[Token]:
        """Asking with a code is not repeated, since a code works once; asking with a refresh token is."""
        try:
            if self.config.settings["grant_api"] == "legacy":
                grant = {**given, "redirect_uri": redirect_uri} if redirect_uri else given
                document = yield from self.exchange(
                    "token", lambda credentials, at: token_request(self.config, grant), open_legacy_token,
                    write=True, keyed="code" not in given, app=self.config.app,
                )  # fmt: skip
            else:
                document = yield from self.call(api, given, write=True, keyed="code" not in given)
        except RequestRejected as error:
            raise AuthError(
                f"{error.message}: the seller must authorise again", platform="pinduoduo", operation=error.operation,
                code=error.code, sub_code=error.sub_code, request_id=error.request_id,
            ) from None  # fmt: skip
        return _token(document, (yield from now()), given.get("refresh_token"))

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Switch messages on for this shop; empty means all topics of the app."""
        fields = {"topics": ",".join(topics) or None}
        yield from self.call("pdd.pmc.user.permit", fields, write=True, keyed=True)

    def message_address(self) -> Operation[str]:
        """Where the app's message socket is opened now; it proves the app's secret, so do not log it."""
        app = self.config.app
        return socket_address(
            app.app_key, app.app_secret, (yield from server_now()), str(self.config.settings["message_url"])
        )

    def listen(self) -> Operation[Listening]:
        """The app's message socket: a heartbeat every ten seconds, dead after three minutes of silence."""
        return Listening(
            (yield from self.message_address()), answer_to, heartbeat, beat_s=10.0, silence_s=180.0,
            is_given=self.config.is_given("message_url"),
        )  # fmt: skip

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """The messages of one frame of the socket. Frames are not signed: read only what the app's own socket brought.

        A message names an order that a query may not find yet; read again after some minutes.
        """
        yield from ()
        found = messages_of(body, tuple(self.config.settings["refund_message_keys"]))
        for message in found:
            for refund_id in message.refund_ids if message.order_ids else ():
                self.remember_case(refund_id, message.order_ids[0])
        return found

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, token) pairs; costs quota and works inside the vendor cloud only.

        `matched` is False when a part could not be decrypted. The platform asks for no `scene`.
        """
        yield from self._report_waybills([order_id for order_id, _ in receivers])
        rows = [
            {"data_tag": order_id, "encrypted_data": value}
            for order_id, token in receivers
            for name, value in opened_token(token).items()
            if name != MERGE
        ]
        api = _DECRYPT[self.config.settings["decrypt_api"]]
        answers: list[Any] = []
        for batch in batches(rows, self.limits("decrypt").batch_max):
            reply = yield from self.call(api, {"data_list": list(batch)})
            answers += rows_of(reply.get("data_decrypt_list"))
        return [_decrypted(order_id, token, answers) for order_id, token in receivers]

    def _report_waybills(self, order_ids: Sequence[str]) -> Operation[None]:
        """The platform wants to know first what the decrypted data is for."""
        if (kind := self.config.settings["waybill_type"]) is None:
            return
        for batch in batches(list(dict.fromkeys(order_ids)), self.limits("decrypt").batch_max):
            fields = {"order_sn_list": list(batch), "waybill_type": kind}
            yield from self.call("pdd.open.waybill.type.report", fields, write=True, keyed=True)

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[tuple[str, ...]]]:
        """Which orders go to one receiver, for (order id, token) or (order id, merge key) pairs: groups of order ids.

        Worked out here: ciphertexts differ per order, the merge id inside the token does not.
        """
        yield from ()
        groups: dict[str, list[str]] = {}
        for order_id, token in receivers:
            key = opened_token(token).get(MERGE) if token.startswith("{") else token
            groups.setdefault(key or f"\0{order_id}", []).append(order_id)
        return [tuple(dict.fromkeys(order_ids)) for order_ids in groups.values()]


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """Instants are told as epoch seconds; lifetimes only stand in where they are missing."""

    def until(name: str) -> datetime | None:
        if (told := read(document, f"{name}expires_at", epoch_s)) is not None:
            return told  # type: ignore[no-any-return]
        seconds = read(document, f"{name}expires_in", quantity)
        return None if seconds is None else at + timedelta(seconds=seconds)

    def level(name: str) -> datetime | None:
        return read(document, f"{name}_expires_at", epoch_s)  # type: ignore[no-any-return]

    access = read(document, "access_token", text)
    if access is None:
        raise DecodeError("the reply has no access_token", platform="pinduoduo", path="access_token")
    return Token(
        access_token=access,
        refresh_token=read(document, "refresh_token", text) or old_refresh,
        expires_at=until(""),
        refresh_expires_at=until("refresh_token_"),
        scopes={name: ends for name in _LEVELS if (ends := level(name))},
        account={name: found for name in _ACCOUNT if (found := read(document, name, ident))},
    )


def _decrypted(order_id: str, token: str, answers: Sequence[Mapping[str, Any]]) -> Decrypted:
    """What came back for one order; each answer names the ciphertext that it belongs to."""
    wanted = {value for name, value in opened_token(token).items() if name != MERGE}
    mine = [row for row in answers if str(row.get("data_tag")) == order_id and row.get("encrypted_data") in wanted]
    good = {str(row.get("data_type")): row for row in mine if str(row.get("error_code") or 0) == "0"}

    def plain(kind: str) -> str | None:
        return read(good[kind], "decrypted_data", text) if kind in good else None

    phone, extension = _callable(plain(_PHONE))
    person = Recipient(
        name=plain(_NAME), phone=phone, phone_extension=extension,
        address=Address(street=plain(_DETAIL) or plain(_WHOLE)),
        privacy=Privacy(kind=PrivacyKind.CLEAR, token=token, merge_key=opened_token(token).get(MERGE)),
    )  # fmt: skip
    return Decrypted(order_id=order_id, recipient=person, matched=len(good) == len(wanted) > 0)


def _callable(phone: str | None) -> tuple[str | None, str | None]:
    """A virtual number is written as number and extension: `$184…$#1234#`, or `184…#1234#`."""
    found = _VIRTUAL.fullmatch(phone or "")
    return (found[1], found[2]) if found else (phone, None)
