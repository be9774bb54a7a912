"""What goes over the wire: one request, one reply. Pure values; imports nothing of the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Reply", "Request"]


def _place(url: str) -> str:
    """The address without query, user info or fragment: those may hold secrets."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be read)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One HTTP request.

    Attributes:
        method: Upper case.
        url: Absolute, query included.
        headers: As sent; names in any case.
        body: Exactly the bytes that were signed.
        timeout_s: Seconds for the whole exchange.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = 30.0

    def __repr__(self) -> str:
        return f"Request({self.method} {_place(self.url)}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """One HTTP reply, its body already decompressed and complete.

    Attributes:
        status: HTTP status code.
        headers: Names in lower case.
        body: Bytes as received, after content decoding.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"
