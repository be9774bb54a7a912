"""Authorisation and notifications. Imports `kit`, `flow`, `models`.

Source: docs/platforms/amazon.md#lwa, #notifications. A notification carries no signature: it is as trustworthy as the
queue it was read from, and only says what to read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.amazon import wire
from orderhub.connectors.amazon.base import AmazonBase
from orderhub.connectors.amazon.marketplaces import REGIONS, region_of
from orderhub.connectors.amazon.spec import TOPICS
from orderhub.errors import ConfigurationError, Conflict, DecodeError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import iso_time, masked, quantity, rows_of
from orderhub.kit.json import loads
from orderhub.models.channel import Credentials, PushMessage, Token

__all__ = ["AccessVerbs"]

_SCOPE = "sellingpartnerapi::notifications"
_ENVELOPES = ("Records", "Messages")
_INSIDE = ("body", "Body", "Message", "detail")


class AccessVerbs(AmazonBase):
    """Tokens, subscriptions, messages."""

    are_messages_signed = False
    """Nothing in a message proves who wrote it, so none is taken at an address that everybody can reach."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """The consent page of the shop's region; `state` comes back unchanged beside `spapi_oauth_code`."""
        settings = self.config.settings
        if not settings["application_id"]:
            raise ConfigurationError("amazon: application_id is needed for the consent page", platform="amazon")
        host = settings["consent_host"] or REGIONS[region_of(settings["region"], self.marketplaces)].consent_host
        query = {"application_id": settings["application_id"], "state": state}
        query |= {"redirect_uri": redirect_uri} if redirect_uri else {}
        query |= {"version": "beta"} if settings["app_is_draft"] else {}
        return f"https://{host}/apps/authorize/consent?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens; a code lives five minutes.

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        grant = {"grant_type": "authorization_code", "code": code}
        grant |= {"redirect_uri": redirect_uri} if redirect_uri else {}
        return (yield from self._grant(grant, keyed=False))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """A new access token; asking twice is harmless.

        Raises:
            AuthError: The seller must authorise again, or the app's secret is wrong.
        """
        return (yield from self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token}, keyed=True))

    def _grant(self, grant: Mapping[str, str], *, keyed: bool) -> Operation[Token]:
        document = yield from self.exchange(
            "lwa.token", lambda credentials, at: wire.token_request(self.config, grant), wire.open_token,
            write=True, keyed=keyed, app=self.config.app,
        )  # fmt: skip
        lives = document.get("expires_in")
        until = (yield from now()) + timedelta(seconds=quantity(lives)) if lives not in (None, "") else None
        return Token(str(document["access_token"]), document.get("refresh_token") or grant.get("refresh_token"), until)

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Subscribe this seller to notification types; empty means orders and merchant quantities.

        Needs the setting `destination_id`, or `queue_arn` to find or make the destination of that queue.
        """
        destination = self.config.settings["destination_id"] or (yield from self._destination())
        for topic in topics or TOPICS:
            try:
                yield from self.call(
                    "notifications.createSubscription", path={"notificationType": topic},
                    body={"payloadVersion": "1.0", "destinationId": destination}, write=True, keyed=True,
                )  # fmt: skip
            except Conflict:
                continue  # subscribed already

    def _destination(self) -> Operation[str]:
        """The destination of the shop's queue; these calls are the app's own, without a seller."""
        if not (arn := self.config.settings["queue_arn"]):
            raise ConfigurationError(
                "amazon: destination_id or queue_arn is needed for notifications", platform="amazon"
            )
        token = yield from self._grant({"grant_type": "client_credentials", "scope": _SCOPE}, keyed=True)
        app = Credentials(self.config.app.app_key, self.config.app.app_secret, token)
        answer = yield from self.call("notifications.getDestinations", app=app)
        for row in rows_of(answer.document.get("payload")):
            if ((row.get("resource") or {}).get("sqs") or {}).get("arn") == arn:
                return str(row["destinationId"])
        body = {"name": "orderhub", "resourceSpecification": {"sqs": {"arn": arn}}}
        answer = yield from self.call("notifications.createDestination", body=body, write=True, keyed=True, app=app)
        return str(answer.document["payload"]["destinationId"])

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """Notifications as they lie in the queue: one, several, or inside what SQS, SNS or EventBridge wrap them in."""
        yield from ()
        return [_message(row) for row in _notifications(loads(body))]


def _notifications(value: Any) -> list[Mapping[str, Any]]:
    """The notifications inside, however they were wrapped."""
    if isinstance(value, str):
        return _notifications(loads(value))
    if isinstance(value, list):
        return [row for part in value for row in _notifications(part)]
    if not isinstance(value, Mapping):
        raise DecodeError("expected a notification", platform="amazon", value=masked(value))
    if _told(value, "NotificationType") is not None:
        return [value]
    for name in (*_ENVELOPES, *_INSIDE):
        if value.get(name) not in (None, ""):
            return _notifications(value[name])
    raise DecodeError("a notification needs its type", platform="amazon", path="NotificationType")


def _told(value: Any, name: str) -> Any:
    """A field under its usual name, or in camelCase as some types write it."""
    if not isinstance(value, Mapping):
        return None
    return value.get(name, value.get(name[0].lower() + name[1:]))


def _message(row: Mapping[str, Any]) -> PushMessage:
    payload, metadata = _told(row, "Payload"), _told(row, "NotificationMetadata")
    change = _told(payload, "OrderChangeNotification")
    place = change if isinstance(change, Mapping) else payload
    skus = [value for name in ("Sku", "SKU") if isinstance(value := _told(place, name), str) and value]
    order_id = _told(place, "AmazonOrderId")
    seller = _told(place, "SellerId") or _told(place, "AccountId")
    return PushMessage(
        message_id=str(_told(metadata, "NotificationId") or ""), topic=str(_told(row, "NotificationType")),
        shop_hint=str(seller) if seller else None, order_ids=(str(order_id),) if order_id else (),
        listing_ids=tuple(dict.fromkeys(skus)), sent_at=_sent_at(_told(row, "EventTime")),
    )  # fmt: skip


def _sent_at(value: Any) -> datetime | None:
    try:
        return iso_time(value) if value else None
    except ValueError:
        return None
