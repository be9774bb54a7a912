"""Who may use the control API over a socket: people of this machine, not pages of the web in their browsers. Pure.

A page from elsewhere reaches a loopback port in two ways. It calls the port across origins: then its browser says
whence. Or its own name is made to point at loopback (DNS rebinding): then its browser sends that name as `Host`. A
number in `Host` is nobody's name, so it passes; names pass when they mean this machine or were given at the start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["Refused", "refusal"]

Refused = tuple[int, dict[str, str]]
_PORT = re.compile(r":\d*$")


def refusal(headers: Mapping[str, str], method: str, hosts: Collection[str]) -> Refused | None:
    """Status and JSON of a refusal, None when the call may pass.

    Args:
        headers: Names in lower case.
        method: Upper case.
        hosts: Names that mean this sandbox, beside `localhost` and every number.
    """
    host = headers.get("host", "")
    if not _known(host, hosts):
        return 421, {"error": f"nobody here is called {host}", "do": "use 127.0.0.1, or allow the name at the start"}
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return 403, {
            "error": f"a page of {origin} may not do this",
            "do": f"call from a program, or from http://{host}/",
        }
    visit = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not visit:
        return 403, {"error": "a page of another site may not do this", "do": f"call from http://{host}/"}
    return None


def _known(host: str, hosts: Collection[str]) -> bool:
    name = _PORT.sub("", host).lower().rstrip(".")
    if not name or name == "localhost" or name.endswith(".localhost") or name in hosts:
        return True
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
