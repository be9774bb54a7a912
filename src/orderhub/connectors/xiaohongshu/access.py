"""Authorisation and receivers in the clear. Imports `kit`, `flow`, `models`.

Source: docs/platforms/xiaohongshu.md#oauth, #privacy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.connectors.xiaohongshu import wire
from orderhub.connectors.xiaohongshu.base import XiaohongshuBase, rows_in
from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import epoch_ms, text
from orderhub.kit.operations import batches
from orderhub.kit.table import read
from orderhub.models.channel import Credentials, Decrypted, Token
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

GET, REFRESH = "oauth.getAccessToken", "oauth.refreshToken"
RECEIVER, DECRYPT = "order.getOrderReceiverInfo", "data.batchDecrypt"
PARTS = ("receiverName", "receiverPhone", "receiverAddress")
_ACCOUNT = ("sellerId", "sellerName")


class AccessVerbs(XiaohongshuBase):
    """Tokens and decryption."""

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; a code works once. No call wants `redirect_uri`.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        return (yield from self._token(GET, {"code": code}))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old. Whether a refresh token works twice is not documented: a lost reply is not repeated.

        Raises:
            AuthError: The seller must authorise again.
        """
        return (yield from self._token(REFRESH, {"refreshToken": refresh_token}))

    def _token(self, method: str, grant: Mapping[str, str]) -> Operation[Token]:
        stamped: list[datetime] = []

        def build(credentials: Credentials, at: datetime) -> Request:
            stamped[:] = [at]
            return wire.token_request(self.config, method, grant, at)

        def opened(reply: Reply) -> Mapping[str, Any]:
            return wire.open_token(reply, self.config, *stamped)

        found: Mapping[str, Any] = yield from self.exchange(method, build, opened, write=True, app=self.config.app)
        return Token(
            str(found["accessToken"]), read(found, "refreshToken", text) or grant.get("refreshToken"),
            read(found, "accessTokenExpiresAt", epoch_ms), read(found, "refreshTokenExpiresAt", epoch_ms),
            account={name: str(found[name]) for name in _ACCOUNT if found.get(name)},
        )  # fmt: skip

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, openAddressId) pairs. Costs a quota whose size is not documented.

        `matched` is False when the platform hands out no receiver for the pair, or a part of one stays sealed: read
        the order again for a fresh token. The platform asks for no `scene`.
        """
        found: list[Decrypted] = []
        for batch in batches(receivers, self.limits("decrypt").batch_max):
            found += yield from self._decrypt(batch)
        return found

    def _decrypt(self, batch: Sequence[tuple[str, str]]) -> Operation[list[Decrypted]]:
        asked = [{"orderId": order_id, "openAddressId": token} for order_id, token in batch]
        answer = yield from self.mapping(RECEIVER, {"receiverQueries": asked, "isReturn": False})
        sealed = {str(row.get("orderId")): row for row in rows_in(answer, RECEIVER) if isinstance(row, Mapping)}
        parts = {order_id: _parts(sealed.get(order_id, {})) for order_id, _ in batch}
        wanted = [{"dataTag": order_id, "encryptedData": value}
                  for order_id, row in parts.items() for value in row.values() if _is_sealed(value)]  # fmt: skip
        plain: dict[tuple[str, str], str] = {}
        if wanted:
            plain = self._plain(wanted, (yield from self.mapping(DECRYPT, {"baseInfos": wanted})))
        return [_receiver(order_id, token, parts[order_id], plain) for order_id, token in batch]

    def _plain(self, wanted: Sequence[Mapping[str, str]], answer: Any) -> dict[tuple[str, str], str]:
        """(order, ciphertext) -> plain text; a row without text stays sealed."""
        name, found = str(self.config.settings["decrypted_field"]), {}
        asked = {(row["dataTag"], row["encryptedData"]) for row in wanted}
        for row in rows_in(answer, DECRYPT):
            if not isinstance(row, Mapping):
                raise DecodeError("a row is not an object", platform="xiaohongshu", operation=DECRYPT)
            key = (str(row.get("dataTag")), str(row.get("encryptedData")))
            if key in asked and (told := read(row, name, text)):
                found[key] = told
        return found


def _parts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name in PARTS if (value := read(row, name, text))}


def _is_sealed(value: str) -> bool:
    return value.startswith("#")


def _receiver(
    order_id: str, token: str, parts: Mapping[str, str], plain: Mapping[tuple[str, str], str]
) -> Decrypted:  # fmt: skip
    shown = {
        name: plain.get((order_id, value)) if _is_sealed(value) else value for name, value in parts.items()
    }  # fmt: skip
    name, phone, street = (shown.get(part) for part in PARTS)
    matched = bool(parts) and all(shown.values())
    kind = PrivacyKind.CLEAR if matched else PrivacyKind.ABSENT
    return Decrypted(order_id=order_id, matched=matched, recipient=Recipient(
        name=name, phone=phone, address=Address(street=street), privacy=Privacy(kind=kind, merge_key=token or None),
    ))  # fmt: skip
