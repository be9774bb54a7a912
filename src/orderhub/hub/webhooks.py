"""A hook that posts events to an address of the host, signed. Imports `drivers`, `models`, `errors`.

The queue of hooks does the rest: what is not taken is tried again, and parked in the end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from orderhub.errors import ConfigurationError, PlatformUnavailable, SecurityError
from orderhub.flow.message import Request
from orderhub.models.events import HubEvent
from orderhub.ports import Transport

__all__ = ["Webhook", "check_webhook"]

ID, AT, SIGNATURE = "orderhub-event-id", "orderhub-timestamp", "orderhub-signature"
AGE_MAX_S = 300
SECRET_MIN = 16


class Webhook:
    """`hub.subscribe("order.*", Webhook(url, secret), name="erp")`: each event as one JSON body, signed.

    Args:
        url: https, or http to this very machine.
        secret: At least sixteen characters that both sides know; see `check_webhook`.
        timeout_s: Seconds for one exchange.
        transport: How requests are sent; httpx when left out.
    Raises:
        ConfigurationError: The address or the secret is not fit for the purpose.
    """

    def __init__(
        self, url: str, secret: str, *, timeout_s: float = 10.0, transport: Transport | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        parts = urlsplit(url)
        is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            raise ConfigurationError("webhooks go to https addresses; http only to this machine", field="url")
        if "@" in parts.netloc:
            raise ConfigurationError("a webhook's address must not hold a user name or password", field="url")
        _check_secret(secret)
        self._url, self._secret, self._timeout_s, self._now_s = url, secret, timeout_s, now_s
        self._transport = transport or _http(url)

    def __repr__(self) -> str:
        return f"Webhook({urlsplit(self._url).hostname})"

    def __call__(self, event: HubEvent) -> None:
        """Post one event.

        Raises:
            PlatformUnavailable: The answer was not a success; the queue tries again.
            TransportError: There was none.
        """
        body, at = event.model_dump_json().encode(), str(int(self._now_s()))
        headers = {
            "content-type": "application/json", ID: event.event_id, AT: at,
            SIGNATURE: _signed(self._secret, event.event_id, at, body),
        }  # fmt: skip
        reply = self._transport.send(Request("POST", self._url, headers, body, self._timeout_s))
        if not 200 <= reply.status < 300:
            raise PlatformUnavailable(f"the webhook answered HTTP {reply.status}", status=reply.status)

    def close(self) -> None:
        """Release connections."""
        self._transport.close()


def check_webhook(headers: Any, body: bytes, secret: str, *, now_s: float | None = None) -> None:
    """For the receiving side: that the message is ours and was sent within five minutes.

    Args:
        headers: A mapping of header names in lower case, or one that ignores case as those of web frameworks do.
        body: Exactly as received.
    Raises:
        SecurityError: Forged, damaged or old.
        ConfigurationError: The secret is too short: with an empty one anybody could sign.
    """
    _check_secret(secret)
    event_id, at, signature = (str(headers.get(name) or "") for name in (ID, AT, SIGNATURE))
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signed(secret, event_id, at, body).encode()):
        raise SecurityError("the webhook's signature is not ours")
    if not at.isdecimal() or abs((time.time() if now_s is None else now_s) - int(at)) > AGE_MAX_S:
        raise SecurityError("the webhook is older than five minutes")


def _check_secret(secret: str) -> None:
    if len(secret) < SECRET_MIN:
        raise ConfigurationError("the secret of a webhook needs at least sixteen characters", field="secret")


def _signed(secret: str, event_id: str, at: str, body: bytes) -> str:
    said = b".".join((event_id.encode("utf-8", "replace"), at.encode("utf-8", "replace"), body))
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest()).decode()


def _http(url: str) -> Transport:
    from orderhub.drivers.transport import HttpTransport

    return HttpTransport(explicit=[url])
