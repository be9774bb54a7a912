"""What may leave and how much may come back: hosts, sizes, decompression. Imports `flow`, `errors`."""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from orderhub.errors import DecodeError, SecurityError
from orderhub.flow.message import Request

__all__ = ["HostGuard", "decompressed"]

BYTES_MAX = 32 * 1024 * 1024
REQUEST_BYTES_MAX = 32 * 1024 * 1024


class HostGuard:
    """Lets a request pass only to hosts that were named, over https unless the address was given explicitly.

    Args:
        hosts: The platform's own hosts; https only. One that starts with a dot stands for every host below it and takes
            only requests that carry nothing but a document, as for stores of reports and feeds.
        explicit: Addresses that the host application gave (a sandbox, a proxy): their scheme and port as given.
    """

    def __init__(self, hosts: Iterable[str], explicit: Iterable[str] = ()) -> None:
        names = [host.lower() for host in hosts]
        self._hosts = frozenset(host for host in names if not host.startswith("."))
        self._documents = tuple(host for host in names if host.startswith("."))
        self._explicit = frozenset(_origin(url) for url in explicit if url)

    def check(self, request: Request) -> None:
        """Raises `SecurityError`; nothing was sent then."""
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        if parts.username or parts.password:
            raise SecurityError("addresses must not carry user names or passwords")
        if len(request.body) > REQUEST_BYTES_MAX:
            raise SecurityError(f"request of {len(request.body)} bytes, the limit is {REQUEST_BYTES_MAX}")
        if _origin(request.url) in self._explicit:
            return
        known = host in self._hosts or (host.endswith(self._documents) and _is_plain(request))
        if parts.scheme != "https" or not known or _is_address(host):
            raise SecurityError(
                f"refused to send credentials to {parts.scheme}://{host}: not a host of this platform; "
                "give base_url= or token_url= explicitly for a sandbox or a proxy"
            )


def _is_plain(request: Request) -> bool:
    """Whether nothing stands in the headers that could be a credential."""
    return {name.lower() for name in request.headers} <= {"content-type", "accept"}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def decompressed(chunks: Iterable[bytes], encoding: str, limit: int = BYTES_MAX) -> bytes:
    """The body, decoded while it arrives and stopped at `limit` bytes.

    Raises:
        DecodeError: Too large, unknown encoding, or damaged.
    """
    feed = _decoders(encoding)
    parts, size = [], 0
    for chunk in chunks:
        for part in feed(chunk, limit - size + 1):
            size += len(part)
            parts.append(part)
            if size > limit:
                raise DecodeError(f"reply larger than {limit} bytes after decompression; stopped reading")
    return b"".join(parts)


def _decoders(encoding: str):  # type: ignore[no-untyped-def]
    names = [name.strip().lower() for name in encoding.split(",") if name.strip() not in ("", "identity")]
    if not names:
        return lambda chunk, room: (chunk,)
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise DecodeError("reply in an encoding that was not asked for")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(chunk: bytes, room: int) -> Iterator[bytes]:
        try:
            while chunk:
                part = inflater.decompress(chunk, min(room, 1 << 20))
                if not part:
                    return
                room -= len(part)
                yield part
                chunk = inflater.unconsumed_tail if room > 0 else b""
        except zlib.error as error:
            raise DecodeError("reply with damaged compression", retryable=True) from error

    return feed
