"""WooCommerce on the wire: addresses, authorisation, errors. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/woocommerce.md#protocol. Over http the address is signed by OAuth 1.0a with one leg; the body is
never signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from orderhub.connectors.woocommerce.spec import ERRORS, NOWHERE, PATH
from orderhub.errors import ClockSkewed, ConfigurationError, DecodeError, PlatformError, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "Answer",
    "Asked",
    "check_clock",
    "counted",
    "failure_of",
    "gmt",
    "is_failure",
    "oauth_signature",
    "open_reply",
    "request",
    "root_of",
    "site_of",
    "way_of",
]  # fmt: skip

THROTTLED = (429, 503)
CLOCK_TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One call: path below the version, query parameters, body to be written as JSON."""

    method: str
    path: str
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a reply holds; `total` is how many rows its list has in all, when it says."""

    value: Any
    total: int | None = None


def gmt(instant: datetime) -> str:
    """An aware instant as `YYYY-MM-DDTHH:MM:SS` in GMT, whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def root_of(config: ShopConfig) -> str:
    """Where the API lives: an address without `/wp-json` is that of the site.

    Raises:
        ConfigurationError: The shop was connected without its address.
    """
    base = config.base_url.rstrip("/")
    if base.startswith(NOWHERE):
        raise ConfigurationError(
            "every WooCommerce shop has an address of its own: connect it with base_url", platform="woocommerce",
            field="base_url",
        )  # fmt: skip
    return base if "/wp-json" in urlsplit(base).path else base + PATH


def site_of(config: ShopConfig) -> str:
    """The site that the API belongs to."""
    return root_of(config).split("/wp-json")[0]


def _encoded(value: Any) -> str:
    return quote(str(value), safe="~")


def _joined(pairs: Mapping[str, Any]) -> str:
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs.items())


def oauth_signature(method: str, url: str, parameters: Mapping[str, Any], secret: str) -> str:
    """Base64 of HMAC-SHA256 over method, address and every parameter, sorted by its encoded name."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    text = "&".join((method, _encoded(url), _encoded("&".join(f"{name}={value}" for name, value in pairs))))
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), "sha256").digest()).decode("ascii")


def way_of(config: ShopConfig) -> str:
    """How calls are authorised: basic, query or oauth."""
    way = str(config.settings["auth"])
    if way == "auto":
        return "basic" if root_of(config).startswith("https://") else "oauth"
    return way


def request(config: ShopConfig, asked: Asked, credentials: Credentials, at: datetime, salt: str) -> Request:
    """One authorised call; `salt` tells apart those of one instant."""
    url, query = f"{root_of(config)}/{asked.path}", {k: v for k, v in asked.query.items() if v is not None}
    headers, body = {"accept": "application/json"}, b""
    if asked.body is not None:
        headers["content-type"] = "application/json"
        body = json.dumps(asked.body, ensure_ascii=False, separators=(",", ":")).encode()
    key, secret = credentials.app_key, credentials.app_secret
    way = way_of(config)
    if way == "basic":
        headers["authorization"] = f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode('ascii')}"
    elif way == "query":
        query |= {"consumer_key": key, "consumer_secret": secret}
    else:
        query |= _oauth(asked.method, url, query, key, secret, at, salt)
    return Request(asked.method, f"{url}?{_joined(query)}" if query else url, headers, body)


def _oauth(
    method: str, url: str, query: Mapping[str, Any], key: str, secret: str, at: datetime, salt: str
) -> dict[str, str]:
    seed = f"{key}|{at.isoformat()}|{method}|{urlsplit(url).path}|{salt}"
    told = {
        "oauth_consumer_key": key, "oauth_nonce": hashlib.sha256(seed.encode()).hexdigest()[:32],
        "oauth_signature_method": "HMAC-SHA256", "oauth_timestamp": str(int(at.timestamp())),
    }  # fmt: skip
    return told | {"oauth_signature": oauth_signature(method, url, {**query, **told}, secret)}


def check_clock(reply: Reply, signed_at: datetime) -> None:
    """Raise `ClockSkewed` when the server's own time is further from the signature's than it tolerates."""
    try:
        stated = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return
    if stated.tzinfo is not None and abs(stated - signed_at) >= CLOCK_TOLERANCE:
        raise ClockSkewed("the shop's clock and ours are too far apart", platform="woocommerce", status=reply.status)


def open_reply(reply: Reply) -> Answer:
    """The JSON of a success; raises the typed error of `{code, message, data{status}}`.

    Raises:
        RateLimited: The host's 429 or 503.
        PlatformError: By the table of codes, else by the HTTP status.
        DecodeError: Not JSON of this platform.
    """
    if reply.status in THROTTLED:
        raise RateLimited(
            f"HTTP {reply.status}: the host throttles", platform="woocommerce", status=reply.status,
            retry_after_s=_seconds(reply.headers),
        )  # fmt: skip
    check_http(reply, platform="woocommerce")
    value = loads(to_text(reply.body, reply.headers))
    if reply.status >= 300 or is_failure(value):
        raise failure_of(value, reply.status)
    return Answer(value, _total(reply.headers))


def is_failure(value: Any) -> bool:
    """Whether a document is a refusal: a code and a text, and nothing that has an id."""
    return isinstance(value, Mapping) and "code" in value and "message" in value and "id" not in value


def failure_of(value: Any, status: int = 0) -> PlatformError:
    """The error of a refusal."""
    told = value if isinstance(value, Mapping) else {}
    code, inner = str(told.get("code") or ""), told.get("data")
    if isinstance(inner, Mapping) and isinstance(inner.get("status"), int):
        status = status or inner["status"]
    kind = ERRORS.kind(code if code in ERRORS.exact else str(status), None)
    text = told.get("message")
    message = str(text) if isinstance(text, str) and text else f"HTTP {status}"
    return kind(message, platform="woocommerce", code=code or str(status), status=status or None)


def _total(headers: Mapping[str, str]) -> int | None:
    text = headers.get("x-wp-total", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def counted(answer: Answer) -> int:
    """How many rows a list has in all.

    Raises:
        DecodeError: The reply does not say.
    """
    if answer.total is None:
        raise DecodeError("the reply does not count its rows", platform="woocommerce", path="X-WP-Total")
    return answer.total
