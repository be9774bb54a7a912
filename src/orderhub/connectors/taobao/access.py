"""Authorisation, push messages and the receiver's privacy. Imports `kit`, `flow`, `models`.

Source: docs/platforms/taobao.md#oauth, #messages, #socket, #privacy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.taobao import wire
from orderhub.connectors.taobao.base import TaobaoBase
from orderhub.connectors.taobao.channel import Conversation, greeting, is_frame, row_of
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import beijing_time, epoch_ms, quantity, rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.json import loads
from orderhub.kit.listening import Listening
from orderhub.kit.operations import batches
from orderhub.kit.rows import Rows, joined, read_rows
from orderhub.models.channel import Decrypted, PushMessage, Token
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

_LEVELS = ("r1_expires_in", "r2_expires_in", "w1_expires_in", "w2_expires_in")
_ACCOUNT = {"taobao_user_nick": "nick", "taobao_user_id": "user_id", "sub_taobao_user_nick": "sub_nick",
            "taobao_sub_user_nick": "sub_nick"}  # fmt: skip


class AccessVerbs(TaobaoBase):
    """Tokens, messages, decryption."""

    are_messages_signed = False
    """Nothing in a message proves who wrote it, so none is taken at an address that everybody can reach."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        view = self.config.settings["view"]
        query = {"response_type": "code", "client_id": self.config.app.app_key, "redirect_uri": redirect_uri,
                 "state": state, "view": view}  # fmt: skip
        return f"{self.spec.authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; a code works once.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return (yield from self._token(grant, keyed=False))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. A refresh whose reply was lost is asked again with the same token.

        Raises:
            AuthError: The seller must authorise again.
        """
        return (yield from self._token({"grant_type": "refresh_token", "refresh_token": refresh_token}, keyed=True))

    def _token(self, grant: Mapping[str, str], *, keyed: bool) -> Operation[Token]:
        app = self.config.app
        document = yield from self.exchange(
            "token", lambda credentials, at: wire.token_request(self.config, grant), wire.open_token,
            write=True, keyed=keyed, app=app,
        )  # fmt: skip
        return _token(document, (yield from now()), grant.get("refresh_token"))

    def pull_messages(self, quantity: int = 100) -> Operation[list[PushMessage]]:
        """Messages that wait in the app's group; each says what to read again. Confirm them once that is stored."""
        group = self.config.settings["tmc_group"]
        reply = yield from self.call(
            "taobao.tmc.messages.consume", {"group_name": group, "quantity": max(10, min(quantity, 200))}
        )
        rows = rows_of(reply.get("messages"))
        return joined(read_rows(rows, _told, platform="taobao", path="messages", may_all_fail=True))

    def confirm_messages(self, message_ids: Sequence[str]) -> Operation[None]:
        """Say that these are done; unconfirmed ones come again."""
        group = self.config.settings["tmc_group"]
        for batch in batches(message_ids, self.limits("pull_messages").batch_max):
            fields = {"group_name": group, "s_message_ids": list(batch)}
            yield from self.call("taobao.tmc.messages.confirm", fields, write=True, keyed=True)

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Switch messages on for this seller; the list replaces the earlier one, empty means all of the app."""
        yield from self.call("taobao.tmc.user.permit", {"topics": list(topics) or None}, write=True, keyed=True)

    @property
    def message_channel(self) -> str:
        """How a listener reads messages: `pull` or `socket`."""
        return str(self.config.settings["message_channel"])

    def listen(self, intranet_ip: str = "127.0.0.1", pull_s: float = 5.0) -> Operation[Listening]:
        """One connection of the app's message channel: greeted, then asked for messages every `pull_s` seconds.

        No source says whether a pull that finds nothing is answered, so a socket that is silent for ten minutes is
        opened anew, which costs nothing.
        """
        app, told, talk = self.config.app, self.config.settings, Conversation()
        first = greeting(app.app_key, app.app_secret, str(told["tmc_group"]), (yield from server_now()), intranet_ip)
        return Listening(
            str(told["message_url"]), talk.answer_to, talk.beat, greeting=first, beat_s=pull_s, ping_s=30.0,
            silence_s=600.0, first_wait_s=3.0, is_plain_allowed=bool(told["message_plain"]),
            is_given=self.config.is_given("message_url"),
        )  # fmt: skip

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One frame of the web socket, or messages as JSON: one or a list, as the gateway delivers them.

        Raises:
            AuthError: The frame refuses the app.
            PlatformUnavailable: The frame refuses something later; connect again.
            DecodeError: Neither a frame nor a message.
        """
        yield from ()
        if is_frame(body):
            row = row_of(body)
            return _messages(row) if row is not None else []
        document = loads(body)
        rows = (
            document
            if isinstance(document, list)
            else rows_of(document.get("messages"))
            if "messages" in document
            else [document]
        )
        return [message for row in rows for message in _messages(row)]

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "1006") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, oaid) pairs; `scene` says why (docs: #privacy). Costs quota.

        `matched` is False when the address changed since: read the order again for a fresh token.
        """
        found: list[Decrypted] = []
        for batch in batches(receivers, self.limits("decrypt").batch_max):
            query = [{"oaid": token, "tid": order_id, "scene": scene} for order_id, token in batch]
            reply = yield from self.call("taobao.top.oaid.decrypt", {"query_list": query})
            found += [_decrypted(row) for row in rows_of(reply.get("receiver_list"))]
        return found

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[tuple[str, ...]]]:
        """Which orders go to one receiver, for (order id, oaid) pairs: groups of order ids."""
        groups: list[tuple[str, ...]] = []
        for batch in batches(receivers, self.limits("merge_groups").batch_max):
            query = [{"oaid": token, "tid": order_id} for order_id, token in batch]
            reply = yield from self.call("taobao.top.oaid.merge", {"merge_list": query})
            groups += [tuple(str(row).split(",")) for row in rows_of(reply.get("tid_list"))]
        return groups


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """Lifetimes are seconds from now; the risk levels may lapse long before the token does."""

    def until(name: str) -> datetime | None:
        value = document.get(name)
        return at + timedelta(seconds=quantity(value)) if value not in (None, "") else None

    return Token(
        access_token=str(document["access_token"]),
        refresh_token=str(document["refresh_token"]) if document.get("refresh_token") else old_refresh,
        expires_at=until("expires_in"),
        refresh_expires_at=until("re_expires_in"),
        scopes={name.removesuffix("_expires_in"): ends for name in _LEVELS if (ends := until(name))},
        account={ours: str(document[name]) for name, ours in _ACCOUNT.items() if document.get(name)},
    )


def _told(row: Any) -> Rows[PushMessage]:
    return Rows(_messages(row))


def _messages(row: Any) -> list[PushMessage]:
    """A message means "read this again"; one without ids still counts, so that it can be confirmed."""
    if not isinstance(row, Mapping) or "topic" not in row:
        raise DecodeError("a message needs id and topic", platform="taobao", path="messages")
    content = row.get("content")
    inside = loads(content) if isinstance(content, str) and content else content
    inside = inside if isinstance(inside, Mapping) else {}

    def ids(*names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(inside[name]) for name in names if inside.get(name)))

    topic = str(row["topic"])
    return [PushMessage(
        message_id=str(row.get("id", "")), topic=topic,
        shop_hint=str(row.get("user_nick") or inside.get("seller_nick") or "") or None,
        order_ids=ids("tid", "biz_order_id"), refund_ids=ids("refund_id"), listing_ids=ids("num_iid"),
        sent_at=_sent_at(row.get("pub_time")), is_revocation=topic == "taobao_top_AuthCancel",
    )]  # fmt: skip


def _sent_at(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    return beijing_time(value) if isinstance(value, str) and "-" in value else epoch_ms(value)


def _decrypted(row: Mapping[str, Any]) -> Decrypted:
    number, _, extension = str(row.get("mobile") or row.get("phone") or "").partition("-")
    until = row.get("secret_no_expire_time")
    address = Address(
        country=row.get("country"), province=row.get("state"),
        city=row.get("city") or row.get("district"), district=row.get("district"),
        town=row.get("town"), street=row.get("address_detail"),
    )  # fmt: skip
    privacy = Privacy(kind=PrivacyKind.CLEAR, token=row.get("oaid"), merge_key=row.get("oaid"),
                      expires_at=beijing_time(until) if until else None)  # fmt: skip
    recipient = Recipient(
        name=row.get("name"), phone=number or None, phone_extension=extension or None, address=address, privacy=privacy
    )
    return Decrypted(order_id=str(row.get("tid")), recipient=recipient, matched=row.get("matched") in (True, "true"))
