"""Replies spoilt on purpose, as pure functions. Imports `flow.message`."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache

from orderhub.flow.message import Reply

__all__ = ["BOMB_BYTES", "INSTEAD", "SPOIL"]

BOMB_BYTES = 64 * 1024 * 1024

_PAGE = """<!DOCTYPE html><html><head><title>登录</title></head><body><h1>系统繁忙，请重新登录</h1></body></html>"""


def _page(delay_s: float) -> Reply:
    return Reply(200, {"content-type": "text/html; charset=utf-8"}, _PAGE.encode())


def _error(delay_s: float) -> Reply:
    return Reply(500, {"content-type": "text/plain"}, b"Internal Server Error")


def _unavailable(delay_s: float) -> Reply:
    wait = {"retry-after": str(int(delay_s))} if delay_s else {}
    return Reply(503, {"content-type": "text/plain", **wait}, b"Service Unavailable")


def _truncated(reply: Reply) -> Reply:
    return Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])


def _bad_json(reply: Reply) -> Reply:
    return Reply(reply.status, reply.headers, b'{"oops":' + reply.body)


def _wrong_charset(reply: Reply) -> Reply:
    return Reply(reply.status, reply.headers, reply.body.decode("utf-8", "replace").encode("gb18030"))


@cache
def _bomb() -> bytes:
    return gzip.compress(b'{"x":"' + b" " * BOMB_BYTES + b'"}', 9, mtime=0)


def _gzip_bomb(reply: Reply) -> Reply:
    return Reply(reply.status, {**reply.headers, "content-encoding": "gzip"}, _bomb())


INSTEAD: dict[str, Callable[[float], Reply]] = {
    "http_500": _error,
    "http_503": _unavailable,
    "html_page": _page,
}
"""Answered without executing; the argument is `delay_s`."""

SPOIL: dict[str, Callable[[Reply], Reply]] = {
    "truncated": _truncated,
    "bad_json": _bad_json,
    "wrong_charset": _wrong_charset,
    "gzip_bomb": _gzip_bomb,
}
"""Applied to the reply of an executed call."""
