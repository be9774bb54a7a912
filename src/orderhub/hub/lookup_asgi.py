"""A ready-made ASGI app that answers customers where their order is; runs beside `asgi` or inside any framework.

`POST <prefix>` with JSON or a form: `order` and `tail`, and `locale` if wanted. Nothing stands in an address that logs
keep. Imports `hub`; no web framework.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from orderhub.hub.asgi import Receive, Scope, Send, answer, lifespan, perform, read_body
from orderhub.hub.core import AsyncHub, Hub
from orderhub.hub.lookup import Lookup

__all__ = ["LookupApp", "lookup_app"]

BODY_MAX = 4096
_HOW = {"error": "POST order and tail, the last four digits of the phone number"}


def lookup_app(
    hub: Hub | AsyncHub, *, prefix: str = "/track", client_of: Callable[[Scope], str | None] | None = None
) -> LookupApp:
    """The app; mount it where customers ask.

    Args:
        hub: Sync or async; a sync one works in a thread.
        prefix: Its path; an outer mount's own path is taken off first.
        client_of: Who asks, from the request. Left out it is the address of the connection: behind a proxy that is the
            proxy, and all customers would be counted as one.
    """
    return LookupApp(hub, prefix.rstrip("/"), client_of or _peer)


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None


class LookupApp:
    """ASGI 3: one endpoint. 200 with the order, 404 alike for all that is not to be seen, 429 after too many tries."""

    def __init__(self, hub: Hub | AsyncHub, prefix: str, client_of: Callable[[Scope], str | None]) -> None:
        self.hub, self._prefix, self._client_of = hub, prefix, client_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path = str(scope["path"]).removeprefix(scope.get("root_path") or "").removeprefix(self._prefix)
        if path.strip("/") or scope["method"] != "POST":
            await answer(send, 405 if not path.strip("/") else 404, _HOW)
            return
        body = await read_body(receive, BODY_MAX)
        asked = None if body is None else _asked(scope, body)
        if asked is None:
            await answer(send, 413 if body is None else 400, _HOW)
            return
        found: Lookup = await perform(self.hub, "lookup", client=self._client_of(scope), **asked)
        await _told(send, found)


def _asked(scope: Scope, body: bytes) -> dict[str, Any] | None:
    """The question; None when it is none."""
    kinds = [value for name, value in scope["headers"] if name.lower() == b"content-type"]
    try:
        text = body.decode()
        is_form = bool(kinds) and kinds[0].startswith(b"application/x-www-form-urlencoded")
        given: Any = dict(parse_qsl(text)) if is_form else json.loads(text)
    except (ValueError, RecursionError):
        return None
    names = {"order": "order_no", "tail": "phone_tail", "locale": "locale"}
    if not isinstance(given, dict) or not {"order", "tail"} <= given.keys() <= names.keys():
        return None
    if any(not isinstance(value, str) for value in given.values()) or given.get("locale", "zh") not in ("zh", "en"):
        return None
    return {names[name]: value for name, value in given.items()}


async def _told(send: Send, found: Lookup) -> None:
    keep = {"cache_control": "no-store"}
    if found.view is not None:
        await answer(send, 200, found.view.model_dump(mode="json"), **keep)
    elif found.retry_after_s is not None:
        await answer(send, 429, {"error": found.reason}, retry_after=str(found.retry_after_s), **keep)
    else:
        await answer(send, 404, {"error": found.reason}, **keep)
