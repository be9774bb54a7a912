"""Where a merchant agrees, and webhooks. Imports `kit`, `flow`, `models`.

Source: docs/platforms/woocommerce.md#keys, #webhooks. A webhook is never the truth, only "read this again".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.woocommerce import wire
from orderhub.connectors.woocommerce.base import WooCommerceBase
from orderhub.connectors.woocommerce.spec import TOPICS
from orderhub.errors import ConfigurationError, DecodeError, InvalidParameter
from orderhub.flow.steps import Operation
from orderhub.kit.json import loads
from orderhub.kit.webhook import check_hmac, message_keys
from orderhub.models.channel import PushMessage

__all__ = ["AccessVerbs", "webhook_signed"]

_PING = re.compile(rb"webhook_id=\d{1,18}", re.ASCII)
_DEFAULT_TOPICS = ("order.created", "order.updated", "order.deleted")


def webhook_signed(body: bytes, given: str | None, *secrets: str) -> None:
    """Base64 of HMAC-SHA256 over the raw bytes with one of `secrets`; raises `SecurityError`."""
    check_hmac(body, given, secrets, encoding="base64", platform="woocommerce")


class AccessVerbs(WooCommerceBase):
    """Authorisation and messages."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the merchant agrees; `state` comes back as user_id, and with it the key pair, by a POST of the shop."""
        settings = self.config.settings
        query = {"app_name": settings["app_name"], "scope": settings["scope"], "user_id": state,
                 "return_url": redirect_uri, "callback_url": settings["callback_url"] or redirect_uri}  # fmt: skip
        return f"{wire.site_of(self.config)}/wc-auth/v1/authorize?{urlencode(query)}"

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Make a webhook for each of `topics`, all about orders when left out; they go to the setting webhook_url.

        Raises:
            InvalidParameter: Not a documented topic, nor `action.…`.
            OutcomeUnknown: A reply was lost: look in the shop before making it again, else it is there twice.
        """
        wanted, where = tuple(topics) or _DEFAULT_TOPICS, self.config.settings["webhook_url"]
        if strange := [topic for topic in wanted if topic not in TOPICS and not topic.startswith("action.")]:
            raise InvalidParameter(f"no such topic: {', '.join(strange)}", platform="woocommerce", field="topics")
        if not where:
            raise ConfigurationError("say where webhooks go: webhook_url", platform="woocommerce", field="webhook_url")
        for topic in wanted:
            body = {"name": f"{self.config.settings['app_name']} {topic}", "topic": topic, "delivery_url": str(where),
                    "secret": self._webhook_secret}  # fmt: skip
            yield from self.post("webhooks", "webhooks", body)

    @property
    def _webhook_secret(self) -> str:
        return str(self.config.settings["webhook_secret"] or self.config.app.app_secret)

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """Verify and read one webhook; the ping of a new one, which tells its number alone, is no message.

        Raises:
            SecurityError: Forged, altered or not signed.
            DecodeError: Signed, and yet no document.
        """
        yield from ()
        told = {name.lower(): value for name, value in headers.items()}
        given = told.get("x-wc-webhook-signature")
        if given is None and _PING.fullmatch(body):
            return []
        webhook_signed(body, given, *message_keys(self.config.app, self._webhook_secret))
        if _PING.fullmatch(body):
            return []
        return [_message(told, loads(body))]


def _message(headers: Mapping[str, str], document: Any) -> PushMessage:
    topic = headers.get("x-wc-webhook-topic", "")
    number = headers.get("x-wc-webhook-delivery-id") or headers.get("x-wc-delivery-id") or ""
    if not topic or not isinstance(document, Mapping):
        raise DecodeError("a webhook needs its topic and a document", platform="woocommerce", path="X-WC-Webhook-Topic")
    ident = document.get("id")
    ids = (str(ident),) if isinstance(ident, int | str) and not isinstance(ident, bool) and str(ident) else ()
    resource = headers.get("x-wc-webhook-resource") or topic.partition(".")[0]
    return PushMessage(
        message_id=number or f"{headers.get('x-wc-webhook-id', '')}:{topic}:{''.join(ids)}", topic=topic,
        shop_hint=headers.get("x-wc-webhook-source") or None, order_ids=ids if resource == "order" else (),
        listing_ids=ids if resource == "product" else (),
    )  # fmt: skip
