"""Authorisation and the receiver's privacy. Imports `kit`, `flow`, `models`.

Source: docs/platforms/jd.md#oauth, #privacy, #ciphertext.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.jd import keys, wire
from orderhub.connectors.jd.aftersale import AftersaleVerbs
from orderhub.connectors.jd.convert import is_cipher, jd_time, told
from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.people import people
from orderhub.connectors.jd.wire import lookup, seek
from orderhub.errors import NotFound, OrderHubError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import quantity, rows_of, text
from orderhub.kit.exchange import server_now
from orderhub.kit.json import loads
from orderhub.kit.operations import batches
from orderhub.models.channel import Credentials, Decrypted, Token
from orderhub.models.order import Order
from orderhub.models.person import Address, Privacy, Recipient
from orderhub.models.status import PrivacyKind

__all__ = ["AccessVerbs"]

KEYS_LIVE = timedelta(hours=8)
_ACCOUNT = {"open_id": "open_id", "xid": "xid", "xId": "xid", "uid": "uid"}


class AccessVerbs(AftersaleVerbs):
    """Tokens, decryption, receivers in common."""

    _keys: tuple[datetime, keys.Keys] | None = None

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        query = {"app_key": self.config.app.app_key, "response_type": "code", "redirect_uri": redirect_uri,
                 "state": state, "scope": "snsapi_base"}  # fmt: skip
        return f"{self.spec.authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens, and learn whose shop they open.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        grant = {"grant_type": "authorization_code", "code": code}
        token: Token = yield from self._token(self.config.token_url or "", grant, keyed=False)
        shop = {} if self.is_sp else (yield from self._shop_of(token))
        return replace(token, account={**token.account, **shop})

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old, or the same access token with a longer life. A lapsed token cannot be refreshed.

        Raises:
            AuthError: The seller must authorise again.
        """
        url = self.config.token_url or ""
        if url.endswith("/access_token"):
            url = f"{url.removesuffix('/access_token')}/refresh_token"
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return (yield from self._token(url, grant, keyed=True))

    def _token(self, url: str, grant: Mapping[str, str], *, keyed: bool) -> Operation[Token]:
        app = self.config.app
        document = yield from self.exchange(
            "token", lambda credentials, at: wire.token_request(url, grant, app), wire.open_token,
            write=True, keyed=keyed, app=app,
        )  # fmt: skip
        return _token(document, (yield from now()), grant.get("refresh_token"))

    def _shop_of(self, token: Token) -> Operation[dict[str, str]]:
        """vender_id, shop_id and shop_name of a fresh token; empty when JD does not tell."""
        app = Credentials(self.config.app.app_key, self.config.app.app_secret, token)
        try:
            reply = yield from self.call("jingdong.vender.shop.query", {}, app=app)
        except OrderHubError:
            return {}
        holder = seek(reply, "vender_id") or {}
        names = ("vender_id", "shop_id", "shop_name")
        return {name: str(holder[name]) for name in names if holder.get(name) not in (None, "")}

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "1006") -> Operation[list[Decrypted]]:
        """Receivers for (order id, oaid) pairs: by virtual number, by JD's keys, or by the newer gateway. Costs quota.

        `scene` travels to the newer gateway only. Where only a virtual number is given, name and address stay hidden.
        """
        if self.is_sp:
            return (yield from self._decrypt_sp(receivers, scene))
        if self.config.settings["decrypt_by"] == "keys":
            return (yield from self._decrypt_by_keys(receivers))
        found: list[Decrypted] = []
        for batch in batches(receivers, self.limits("decrypt").batch_max):
            fields = {"orderIds": [number_of(order_id) for order_id, _ in batch], "orderType": "POP",
                      "appName": self.config.settings["app_name"],
                      "expiration": int(self.config.settings["number_days"])}  # fmt: skip
            reply = yield from self.call("jingdong.pop.order.getmobilelist", fields)
            data = lookup(seek(reply, "data") or {}, "data") or {}
            found += [_numbered(order_id, token, data.get(order_id)) for order_id, token in batch]
        return found

    def _decrypt_sp(self, receivers: Sequence[tuple[str, str]], scene: str) -> Operation[list[Decrypted]]:
        found: list[Decrypted] = []
        for batch in batches(receivers, self.limits("decrypt").batch_max):
            given = {
                "dcryptOrderOaidList": [token for _, token in batch], "sceneType": scene,
                "receiptType": self.config.settings["sp_receipt_type"], "appName": self.config.settings["app_name"],
                "expiration": int(self.config.settings["number_days"]),
            }  # fmt: skip
            reply = yield from self.rest("GET", "/sp-order/v0/order-oaid-addresses", given, family="privacy")
            rows = {str(row.get("orderId")): row for row in rows_of(reply.get("data")) if isinstance(row, Mapping)}
            found += [_addressed(order_id, token, rows.get(order_id)) for order_id, token in batch]
        return found

    def _decrypt_by_keys(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[Decrypted]]:
        """Read each order again and open its ciphertexts here; keys are kept for eight hours."""
        held = yield from self._held_keys()
        found = []
        for order_id, _ in receivers:
            order: Order = yield from self.get_order(order_id)
            found.append(_opened(order, held))
        return found

    def _held_keys(self) -> Operation[keys.Keys]:
        at = yield from server_now()
        if self._keys is None or at - self._keys[0] >= KEYS_LIVE:
            reply = yield from self.call("jingdong.jos.voucher.info.get", {})
            voucher = keys.voucher_of(reply["response"])
            request = keys.key_request(voucher, int(at.timestamp() * 1000))
            reply = yield from self.call("jingdong.jos.master.key.get", request)
            self._keys = (at, keys.keys_of(reply["response"]))
        return self._keys[1]

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[tuple[str, ...]]]:
        """Which orders go to one receiver, for (order id, oaid) pairs: groups of order ids."""
        groups: list[tuple[str, ...]] = []
        for batch in batches(receivers, self.limits("merge_groups").batch_max):
            rows = [{"orderId": number_of(order_id), "oaid": token} for order_id, token in batch]
            if self.is_sp:
                path = "/sp-order/v0/merge-delivery-groups"
                given = {"mergeDeliveryGroupList": rows}
                reply = yield from self.rest("POST", path, given, family="privacy", write=True, keyed=True)
                groups += _sp_groups(reply.get("data"))
                continue
            reply = yield from self.call("jingdong.jos.order.oaid.merge", {"request": {"mergeList": rows}})
            merged = rows_of(lookup(reply, "response.data.mergeResults"))
            groups += [_ids(row.get("mergeOrderIds")) for row in merged if isinstance(row, Mapping)]
        return groups


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(order_id) for order_id in rows_of(value))


def _sp_groups(data: Any) -> list[tuple[str, ...]]:
    """Each row names an order and those that share its receiver; every group once."""
    rows = data if isinstance(data, list) else rows_of(lookup(data, "mergeDeliveryGroupList"))
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for row in rows:
        if isinstance(row, Mapping):
            members = tuple(dict.fromkeys([*_ids(row.get("orderId")), *_ids(row.get("mergeOrderIdList"))]))
            found.setdefault(frozenset(members), members)
    return list(found.values())


def _token(document: Mapping[str, Any], at: datetime, old_refresh: str | None) -> Token:
    """Lifetimes are seconds from now; an answer without a new refresh token keeps the old one."""
    seconds = document.get("expires_in")
    until = at + timedelta(seconds=quantity(seconds)) if seconds not in (None, "") else None
    scopes = str(document.get("scope") or "").split(",")
    return Token(
        access_token=str(document["access_token"]),
        refresh_token=str(document["refresh_token"]) if document.get("refresh_token") else old_refresh,
        expires_at=until,
        scopes={scope.strip(): until for scope in scopes if scope.strip() and until is not None},
        account={ours: str(document[name]) for name, ours in _ACCOUNT.items() if document.get(name)},
    )


def _numbered(order_id: str, token: str, row: Any) -> Decrypted:
    """A virtual number; a missing row means that JD gave none."""
    row = row if isinstance(row, Mapping) else None
    stated = (told(row, "consMobilePhone|customerPhone", text) or "") if row else ""
    number, _, extension = stated.partition("-")
    privacy = Privacy(kind=PrivacyKind.MASKED, token=token, merge_key=token,
                      expires_at=_until(row) if row else None)  # fmt: skip
    recipient = Recipient(phone=number or None, phone_extension=extension or None, privacy=privacy)
    return Decrypted(order_id=order_id, recipient=recipient, matched=bool(number), expires_at=privacy.expires_at)


def _until(row: Mapping[str, Any]) -> datetime | None:
    """A virtual number's end where it is told as a time; a bare number of days is none."""
    value = row.get("expiration")
    return jd_time(value) if isinstance(value, str) and "-" in value else None


def _addressed(order_id: str, token: str, row: Any) -> Decrypted:
    row = row if isinstance(row, Mapping) else {}
    number, _, extension = (told(row, "customerMobilePhone|customerPhone", text) or "").partition("-")
    privacy = Privacy(kind=PrivacyKind.CLEAR if row else PrivacyKind.MASKED, token=token, merge_key=token,
                      expires_at=_until(row))  # fmt: skip
    recipient = Recipient(
        name=told(row, "customerName", text), phone=number or None, phone_extension=extension or None,
        address=Address(street=told(row, "address", text)), privacy=privacy,
    )  # fmt: skip
    return Decrypted(order_id=order_id, recipient=recipient, matched=bool(row), expires_at=privacy.expires_at)


def _opened(order: Order, held: keys.Keys) -> Decrypted:
    """The order's receiver with every ciphertext replaced by its clear text."""
    document = loads(order.raw or b"{}")
    person = dict(document.get("consigneeInfo") or document.get("finalConsigneeInfo") or {})
    if not person:
        raise NotFound(f"order {order.order_id} shows no receiver", platform="jd", operation="decrypt")
    clear = {
        name: keys.opened(value, held) if isinstance(value, str) and is_cipher(value) else value
        for name, value in person.items()
    }
    recipient = Recipient.model_validate(people({"consigneeInfo": clear}, {})["recipient"])
    return Decrypted(order_id=order.order_id, recipient=recipient)
