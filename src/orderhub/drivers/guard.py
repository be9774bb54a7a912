"""What may leave and how much may come back: hosts, sizes, decompression. Imports `drivers`, `flow`, `errors`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from orderhub.drivers.addresses import is_address, origin
from orderhub.errors import DecodeError, SecurityError
from orderhub.flow.message import Request

__all__ = ["HostGuard", "decompressed"]

BYTES_MAX = 32 * 1024 * 1024
REQUEST_BYTES_MAX = 32 * 1024 * 1024
_AUTHORITY = re.compile(r"[a-z0-9.-]+(:443)?")
"""The only spelling of a platform's place: no other port, no letters that another parser could read otherwise."""
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
"""What some parsers drop and others do not."""


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
        self.explicit = frozenset(origin(url) for url in explicit if url)

    def check(self, request: Request) -> None:
        """Raises `SecurityError`; nothing was sent then."""
        if len(request.body) > REQUEST_BYTES_MAX:
            raise SecurityError(f"request of {len(request.body)} bytes, the limit is {REQUEST_BYTES_MAX}")
        try:
            parts, place = urlsplit(request.url), origin(request.url)
        except ValueError:
            raise SecurityError("refused an address that cannot be read") from None
        if "@" in parts.netloc:
            raise SecurityError("addresses must not carry user names or passwords")
        if place in self.explicit:
            return
        host = (parts.hostname or "").lower()
        known = host in self._hosts or (host.endswith(self._documents) and _is_plain(request))
        clean = _AUTHORITY.fullmatch(parts.netloc.lower()) is not None and not _UNSEEN.search(request.url)
        if parts.scheme != "https" or not known or not clean or is_address(host):
            raise SecurityError(
                f"refused to send credentials to {parts.scheme}://{host}: not a host of this platform; "
                "give base_url= or token_url= explicitly for a sandbox or a proxy"
            )


def _is_plain(request: Request) -> bool:
    """Whether nothing stands in the headers that could be a credential."""
    return {name.lower() for name in request.headers} <= {"content-type", "accept"}


def decompressed(chunks: Iterable[bytes], encoding: str, limit: int = BYTES_MAX) -> bytes:
    """The body, decoded while it arrives and stopped at `limit` bytes.

    Raises:
        DecodeError: Too large as it came or unpacked, unknown encoding, damaged or cut short.
    """
    feed, is_whole = _decoders(encoding)
    parts, size, came = [], 0, 0
    for chunk in chunks:
        came += len(chunk)
        if came > limit:
            raise DecodeError(f"reply larger than {limit} bytes; stopped reading")
        for part in feed(chunk, limit - size + 1):
            size += len(part)
            parts.append(part)
            if size > limit:
                raise DecodeError(f"reply larger than {limit} bytes after decompression; stopped reading")
    if came and not is_whole():
        raise DecodeError("reply cut short within its compression", retryable=True)
    return b"".join(parts)


def _decoders(encoding: str):  # type: ignore[no-untyped-def]
    """What unpacks chunk by chunk, and what tells whether the end was reached."""
    names = [name.strip().lower() for name in encoding.split(",") if name.strip() not in ("", "identity")]
    if not names:
        return (lambda chunk, room: (chunk,)), (lambda: True)
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise DecodeError("reply in an encoding that was not asked for")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(chunk: bytes, room: int) -> Iterator[bytes]:
        try:
            while chunk and not inflater.eof:  # what follows the end would be kept by zlib, copied at every chunk
                part = inflater.decompress(chunk, min(room, 1 << 20))
                if not part:
                    return
                room -= len(part)
                yield part
                chunk = inflater.unconsumed_tail if room > 0 else b""
        except zlib.error as error:
            raise DecodeError("reply with damaged compression", retryable=True) from error

    return feed, lambda: inflater.eof
