"""Doctor: the public address that platforms call, tried as they would. Imports `cli`; httpx.

An empty, unsigned message is posted: a receiver that checks signatures refuses it, and nothing is written down.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx

from orderhub.cli.doctor_config import is_private
from orderhub.cli.doctor_rows import row
from orderhub.cli.words import both

__all__ = ["look_at_callback"]

_TIMEOUT_S = 10.0
_REFUSES = frozenset({400, 401, 403, 405, 411, 415, 422})
"""Answers of a receiver that looks at what it is given."""


def look_at_callback(url: str) -> dict[str, Any]:
    """Whether a platform would get through, and whether strangers would not."""
    what = f"callback {url.partition('?')[0]}"
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname:
        return row(what, "bad", both("no http(s) address", "不是 http(s) 地址"), "https://HOST/push/PLATFORM/SHOP_ID")
    inside = _leads_inside(place.hostname)
    if inside is None:
        return row(
            what, "bad", both("the name leads nowhere", "域名无法解析"), both("set its DNS record", "请设置 DNS 记录")
        )
    try:
        reply = httpx.post(url, content=b"{}", timeout=_TIMEOUT_S, follow_redirects=False)
    except httpx.HTTPError as error:
        do = both("check server, port and certificate", "请检查服务器、端口和证书")
        return row(what, "bad", f"{type(error).__name__}", do)
    return _judged(what, reply.status_code, is_plain=place.scheme == "http", inside=inside)


def _leads_inside(host: str) -> bool | None:
    """Whether the name leads to this machine or its network only; None: nowhere."""
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, None)}
    except OSError:
        return None
    return is_private(host) or all(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


def _judged(what: str, status: int, *, is_plain: bool, inside: bool) -> dict[str, Any]:
    seen = both(f"answered {status} to an unsigned message", f"对未签名消息返回 {status}")
    if 200 <= status < 300:
        return row(
            what,
            "bad",
            seen,
            both("verify signatures: anybody could send orders' news", "请校验签名，否则任何人都可伪造消息"),
        )
    if status in range(300, 400):
        return row(
            what,
            "bad",
            seen,
            both("platforms follow no redirect: register the last address", "平台不跟随重定向，请登记最终地址"),
        )
    if status not in _REFUSES:
        return row(
            what,
            "bad",
            seen,
            both(
                "is the receiver mounted there? see docs/how-to/push-messages.md",
                "接收程序是否挂载在此？见 docs/how-to/push-messages.md",
            ),
        )
    if inside:
        return row(
            what, "warning", seen, both("platforms cannot reach an address inside your network", "平台无法访问内网地址")
        )
    if is_plain:
        return row(what, "warning", seen, both("use https: most platforms ask for it", "请使用 https，多数平台要求"))
    return row(what, "ok", seen)
