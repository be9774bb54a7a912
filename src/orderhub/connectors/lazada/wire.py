"""Lazada's wire protocol: parameters, signature, envelope. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/lazada.md#protocol.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orderhub.connectors.lazada.spec import COUNTRIES, ERRORS, KINDS
from orderhub.errors import DecodeError, PlatformError, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.convert import decimal_text
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "amount", "compact", "gateway", "inside", "open_envelope", "plain", "refused", "request", "sign", "told_iso",
    "zoned_time",
]  # fmt: skip

_FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
_HOME = "https://api.lazada.sg/rest"


def sign(app_secret: str, path: str, parameters: Mapping[str, str]) -> str:
    """Upper-case hex HMAC-SHA256 over the path and every name with its value, sorted by name."""
    text = path + "".join(name + parameters[name] for name in sorted(parameters))
    return hmac.new(app_secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def gateway(config: ShopConfig) -> str:
    """Where calls go: the given address, else the gateway of the shop's country."""
    return f"https://{COUNTRIES[config.settings['country']][0]}/rest" if config.base_url == _HOME else config.base_url


def compact(value: Any) -> str:
    """A structured parameter: JSON in a text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def told_iso(instant: datetime) -> str:
    """An instant of a filter: ISO 8601 with its zone, whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat()


def plain(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as text; None is left out."""
    return {name: str(value) for name, value in parameters.items() if value is not None}


def request(
    base: str, path: str, parameters: Mapping[str, Any], credentials: Credentials, at: datetime, *, post: bool
) -> Request:
    """One signed call: the query of a GET or the form of a POST. Everything that is sent is signed."""
    sent = plain(parameters) | {
        "app_key": credentials.app_key, "sign_method": "sha256",
        "timestamp": str(int(at.timestamp()) * 1000 + at.microsecond // 1000),
    }  # fmt: skip
    if credentials.access_token:
        sent["access_token"] = credentials.access_token
    query = urlencode(sent | {"sign": sign(credentials.app_secret, path, sent)})
    url = f"{base.rstrip('/')}{path}"
    return Request("POST", url, dict(_FORM), query.encode()) if post else Request("GET", f"{url}?{query}")


def open_envelope(reply: Reply, config: ShopConfig) -> dict[str, Any]:
    """The whole document of a success; a refusal as the error that its code means.

    Raises:
        PlatformError: `code` is not 0, or `result` says that it did not succeed.
        DecodeError: Not a document of this platform.
    """
    check_http(reply, platform="lazada")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict) or "code" not in document:
        raise DecodeError("the reply has no code", platform="lazada", path="code", status=reply.status)
    name = str(document.get("request_id") or "") or None
    if str(document["code"]) != "0":
        raise refused(str(document["code"]), str(document.get("message") or "no text"), config, name)
    result = document.get("result")
    if isinstance(result, dict) and str(result.get("success", "true")).lower() != "true":
        raise refused(str(result.get("error_code")), str(result.get("error_msg") or "no text"), config, name)
    return document


def refused(code: str, message: str, config: ShopConfig, request_id: str | None = None) -> PlatformError:
    """The error of a code: by the documented table, else by the setting `error_codes`."""
    named = dict(config.settings["error_codes"]).get(code)
    if code in ERRORS.exact or named is None:
        return ERRORS.error(code, None, message, request_id=request_id)
    if named not in KINDS:
        return ERRORS.error(code, None, f"{message} (error_codes says {named!r}, which is no kind)")
    error = KINDS[named](message, platform="lazada", code=code, request_id=request_id)
    if isinstance(error, RateLimited):
        error.retry_after_s = 1.0
    return error


def inside(document: Mapping[str, Any]) -> Any:
    """`data`, or what `result` holds: its own `data` where it has one."""
    if "data" in document:
        return document["data"]
    result = document.get("result")
    return result["data"] if isinstance(result, Mapping) and "data" in result else result


def _instant(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a time with its zone") from None


def zoned_time(value: Any) -> datetime | None:
    """`2014-10-15 19:12:15 +0800`, ISO 8601 with zone, or milliseconds since 1970, to aware UTC; zero is None."""
    if type(value) is int or (type(value) is str and value.strip().isdigit()):
        millis = int(value)
        return datetime.fromtimestamp(millis // 1000, UTC).replace(microsecond=millis % 1000 * 1000) if millis else None
    if type(value) is not str:
        raise ValueError(f"expected a time, got {type(value).__name__}")
    head, _, zone = value.strip().rpartition(" ")
    found = _instant(head + zone if head and zone[:1] in "+-" else value.strip())
    if found.tzinfo is None:
        raise ValueError("a time without zone")
    return found.astimezone(UTC)


def amount(value: Any) -> Any:
    """An amount in the order's currency, at least two decimals kept."""
    found = decimal_text(value)
    if found.adjusted() > 17:
        raise ValueError("not an amount: too large")
    whole = found.quantize(decimal_text("0.01"))
    return whole if whole == found else found
