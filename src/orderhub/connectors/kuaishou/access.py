"""Authorisation, pushes and the receiver's privacy. Imports `kit`, `flow`, `models`.

Source: docs/platforms/kuaishou.md#oauth, #push, #privacy.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.kuaishou.base import KuaishouBase, number
from orderhub.connectors.kuaishou.people import CIPHERS, MERGE, opened_token
from orderhub.connectors.kuaishou.spec import TOPICS
from orderhub.connectors.kuaishou.wire import open_token, token_request
from orderhub.errors import AuthError, DecodeError, RequestRejected, SecurityError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import epoch_ms, ident, quantity, rows_of, text
from orderhub.kit.json import loads
from orderhub.kit.operations import batches
from orderhub.kit.table import read
from orderhub.models.channel import Decrypted, PushMessage, Token
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

DECRYPT = "open.order.decrypt.batch"
_ACCOUNT = ("open_id",)


class AccessVerbs(KuaishouBase):
    """Tokens, pushes, decryption."""

    are_messages_signed = False
    """Nothing in a message proves who wrote it, so none is taken at an address that everybody can reach."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        query = {"app_id": self.config.app.app_key, "response_type": "code", "redirect_uri": redirect_uri,
                 "scope": ",".join(self.config.settings["scopes"]), "state": state}  # fmt: skip
        return f"{self.spec.authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens. No call wants `redirect_uri`.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        return (yield from self._token({"code": code}))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. A refresh whose reply was lost is asked again with the same token.

        Raises:
            AuthError: The seller must authorise again.
        """
        return (yield from self._token({"refresh_token": refresh_token}))

    def _token(self, grant: Mapping[str, str]) -> Operation[Token]:
        """Asking with a code is not repeated, since a code works once; asking with a refresh token is."""
        try:
            document = yield from self.exchange(
                "token", lambda credentials, at: token_request(self.config, grant), open_token,
                write=True, keyed="code" not in grant, app=self.config.app,
            )  # fmt: skip
        except RequestRejected as error:
            raise AuthError(
                f"{error.message}: the seller must authorise again", platform="kuaishou", operation=error.operation,
                code=error.code, sub_code=error.sub_code, request_id=error.request_id,
            ) from None  # fmt: skip
        return self._read_token(document, (yield from now()), grant.get("refresh_token"))

    def _read_token(self, document: Mapping[str, Any], at: Any, old_refresh: str | None) -> Token:
        def until(name: str) -> Any:
            seconds = read(document, name, quantity)
            return None if seconds is None else at + timedelta(seconds=seconds)

        return Token(
            access_token=str(document["access_token"]),
            refresh_token=read(document, "refresh_token", text) or old_refresh,
            expires_at=until("expires_in"),
            refresh_expires_at=until("refresh_token_expires_in"),
            account={name: found for name in _ACCOUNT if (found := read(document, name, ident))},
        )

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """The message of one push, decrypted by the host: how pushes are sealed is not documented.

        It is a hint to read again and never the truth; a message for another app, or a test, names nothing.

        Raises:
            SecurityError: It names another app than this shop's.
            DecodeError: Not a message of this platform.
        """
        yield from ()
        document = loads(body)
        if not isinstance(document, Mapping) or not document.get("event"):
            raise DecodeError("a push names its event", platform="kuaishou", path="event")
        app = str(document.get("appKey") or "")
        if not hmac.compare_digest(app.encode(), self.config.app.app_key.encode()):
            raise SecurityError("the push is for another app than this shop's", platform="kuaishou")
        return [] if document.get("test") in (True, "true", 1) else [self._message(document)]

    def _message(self, document: Mapping[str, Any]) -> PushMessage:
        info = document.get("info")
        info = loads(info) if isinstance(info, str) and info else info
        info = info if isinstance(info, Mapping) else {}
        topic = str(document["event"])
        names = self.config.settings["refund_message_keys"]
        refunds = [found for name in names if (found := read(info, name, ident))]
        order_id = read(info, "oid", ident) or (
            read(document, "bizId", ident) if TOPICS.get(topic) == "order" else None
        )
        return PushMessage(
            message_id=read(document, "eventId", ident) or read(document, "msgId", ident) or "", topic=topic,
            shop_hint=read(document, "openId", ident) or read(document, "userId", ident),
            order_ids=(order_id,) if order_id else (), refund_ids=tuple(dict.fromkeys(refunds)),
            sent_at=read(document, "updateTime", epoch_ms) or read(document, "createTime", epoch_ms),
        )  # fmt: skip

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, token) pairs; costs quota.

        `matched` is False when a part could not be decrypted. The platform asks for no `scene`.
        """
        rows = [
            {"bizId": number(order_id), "encryptedData": value}
            for order_id, token in receivers
            for name, value in opened_token(token).items() if name != MERGE
        ]  # fmt: skip
        answers: list[Any] = []
        for batch in batches(rows, self.limits("decrypt").batch_max):
            data, _ = yield from self.call(DECRYPT, {str(self.config.settings["decrypt_list"]): list(batch)})
            answers += rows_of(data)
        return [self._decrypted(order_id, token, answers) for order_id, token in receivers]

    def _decrypted(self, order_id: str, token: str, answers: Sequence[Any]) -> Decrypted:
        """What came back for one order; each answer names the ciphertext that it belongs to; errorCode 1 is ok."""
        sealed, field = opened_token(token), str(self.config.settings["decrypted_field"])
        good = {
            str(row.get("encryptedData")): read(row, field, text)
            for row in answers
            if isinstance(row, Mapping) and str(row.get("errorCode")) == "1" and str(row.get("bizId")) == order_id
        }  # fmt: skip
        name, phone, street = (good.get(sealed.get(part, "")) for part in CIPHERS)
        privacy = Privacy(kind=PrivacyKind.CLEAR, token=token, merge_key=sealed.get(MERGE))
        person = Recipient(name=name, phone=phone, address=Address(street=street), privacy=privacy)
        return Decrypted(order_id=order_id, recipient=person, matched=None not in (name, phone, street))

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[tuple[str, ...]]]:
        """Which orders go to one receiver, for (order id, token) or (order id, merge key) pairs: groups of order ids.

        Worked out here: ciphertexts differ per order, the merge key inside the token does not.
        """
        yield from ()
        groups: dict[str, list[str]] = {}
        for order_id, token in receivers:
            key = opened_token(token).get(MERGE) if token.startswith("{") else token
            groups.setdefault(key or f"\0{order_id}", []).append(order_id)
        return [tuple(dict.fromkeys(order_ids)) for order_ids in groups.values()]
