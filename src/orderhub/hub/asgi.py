"""A ready-made ASGI app that takes push messages for a hub; runs under any ASGI server or inside any framework.

`POST <prefix>/<platform>/<shop_id>`: verified on the raw bytes and written down, then answered; what the message names
is read after the answer. Platforms that sign nothing have no address here, since anybody could write in their name.
Imports `hub`, `collect`; no web framework.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from inspect import isawaitable
from typing import Any

from orderhub.collect.inbox import PushReport
from orderhub.errors import ConfigurationError, DecodeError, OrderHubError, SecurityError, UnsupportedOperation
from orderhub.hub.core import AsyncHub, Hub

__all__ = [
    "BODY_MAX", "PushApp", "Receive", "Scope", "Send", "answer", "lifespan", "perform", "push_app", "read_body",
    "status_of",
]  # fmt: skip

BODY_MAX = 1024 * 1024
"""Bytes of one message; platforms send a few kilobytes."""
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
log = logging.getLogger("orderhub.push")


def push_app(hub: Hub | AsyncHub, *, prefix: str = "/push", read: bool = True) -> PushApp:
    """The app; mount it where the platforms' consoles point to.

    Args:
        hub: Sync or async; a sync one works in a thread.
        prefix: Path before `/<platform>/<shop_id>`; an outer mount's own path is taken off first.
        read: Fetch what messages name right after answering; else `hub.refetch()` or the next `hub.sync()` does.
    """
    return PushApp(hub, prefix.rstrip("/"), read)


def status_of(error: OrderHubError) -> int:
    """The HTTP status that tells a platform what to do: 401 forged, 400 not a message, 404 no such shop, 503 again."""
    table: tuple[tuple[type[OrderHubError], int], ...] = (
        (SecurityError, 401), (DecodeError, 400), (ConfigurationError, 404), (UnsupportedOperation, 404),
    )  # fmt: skip
    return next((status for kind, status in table if isinstance(error, kind)), 503)


class PushApp:
    """ASGI 3: one endpoint for every shop."""

    def __init__(self, hub: Hub | AsyncHub, prefix: str, read: bool) -> None:
        self.hub, self._prefix, self._read = hub, prefix, read
        self._reading: dict[str, asyncio.Lock] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        shop = self._shop(scope)
        if shop and scope["method"] == "GET" and await self._checked(shop, scope, send):
            return
        if shop is None or scope["method"] != "POST":
            await answer(send, 405 if shop else 404, {"error": "POST a message to /<platform>/<shop_id>"})
            return
        body = await read_body(receive)
        if body is None:
            await answer(send, 413, {"error": f"a message has at most {BODY_MAX} bytes"})
            return
        report = await self._take(shop, scope, body, send)
        for key in sorted(report.shops) if report and self._read else ():
            await self._fetch(key)

    def _shop(self, scope: Scope) -> str | None:
        path = str(scope["path"]).removeprefix(scope.get("root_path") or "").removeprefix(self._prefix)
        parts = path.strip("/").split("/")
        return ":".join(parts) if len(parts) == 2 and all(parts) else None

    async def _take(self, shop: str, scope: Scope, body: bytes, send: Send) -> PushReport | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        headers["x-query-string"] = scope.get("query_string", b"").decode("latin-1")  # some platforms sign there
        try:
            report: PushReport = await self._do("receive", shop, headers, body)
        except OrderHubError as error:
            status = status_of(error)
            log.warning("push message refused", extra={"shop": shop, "status": status, "error": type(error).__name__})
            await answer(send, status, {"error": type(error).__name__})
            return None
        told = {"ok": True, "accepted": report.accepted, "duplicates": report.duplicates}
        wanted = self.hub.shops[shop].connector.spec.push_answer
        await answer(send, 200, told if wanted is None else wanted)
        return report

    async def _checked(self, shop: str, scope: Scope, send: Send) -> bool:
        """Answer a platform that tries the address before it pushes; False when this one has no such habit."""
        check = getattr(self.hub.shops[shop].ops, "check_address", None) if shop in self.hub.shops else None
        if check is None:
            return False
        try:
            await answer(send, 200, check(scope.get("query_string", b"").decode("latin-1")))
        except OrderHubError as error:
            await answer(send, status_of(error), {"error": type(error).__name__})
        return True

    async def _fetch(self, key: str) -> None:
        """One reader a shop: rows that come meanwhile wait for it, or for the next message."""
        lock = self._reading.setdefault(key, asyncio.Lock())
        async with lock:
            reports = await self._do("refetch", shops=[key])
        for report in reports:
            if report.error is not None:
                log.warning("push message read later", extra={"shop": key, "error": type(report.error).__name__})

    async def _do(self, verb: str, *args: Any, **named: Any) -> Any:
        return await perform(self.hub, verb, *args, **named)


async def perform(hub: Hub | AsyncHub, verb: str, *args: Any, **named: Any) -> Any:
    """A hub's verb, awaited or in a thread."""
    act = partial(getattr(hub, verb), *args, **named)
    if isinstance(hub, Hub):
        return await asyncio.to_thread(act)
    found = act()
    return await found if isawaitable(found) else found


async def lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def read_body(receive: Receive, most: int = BODY_MAX) -> bytes | None:
    """The whole body exactly as sent; None when it is larger than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def answer(send: Send, status: int, told: Mapping[str, Any] | str, **headers: str) -> None:
    """One reply, JSON or text, empty when nothing is told; further headers by name, with `_` for `-`."""
    is_text = isinstance(told, str)
    body = told.encode() if isinstance(told, str) else json.dumps(dict(told)).encode() if told else b""
    more = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    kind = b"text/plain; charset=utf-8" if is_text else b"application/json"
    lines = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
