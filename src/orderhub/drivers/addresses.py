"""Which addresses a name of the outside world may stand for. Imports the standard library, `errors`."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from orderhub.errors import SecurityError

__all__ = ["Gate", "is_address", "is_public", "origin"]

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_INSIDE = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "64:ff9b:1::/48")))
"""What counts as inside though Python, or an older one, calls it global: what clouds answer their own machines at."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one spelling; raises `ValueError` when it has none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{parts.port or PORTS.get(parts.scheme)}"


def is_address(host: str) -> bool:
    """Whether a host is written as numbers instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, whichever address of IPv4 is wrapped in it."""
    found = ipaddress.ip_address(address)
    inner = _wrapped(found)
    if inner is not None:
        return is_public(str(inner))
    inside = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    known = any(found in network for network in _INSIDE)
    return found.is_global and not inside and not known and not getattr(found, "is_site_local", False)


def _wrapped(address: Address) -> ipaddress.IPv4Address | None:
    """What an address of IPv6 that stands for one of IPv4 stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class Gate:
    """Decides where a connection may go, once the name has been looked up and again once it stands.

    A name of which any address leads inwards is refused whole. Numbers in a URL are not names: the guard of
    the shop let them pass, since the host application gave them. So it is with the origins of `trust`.
    """

    def __init__(self, explicit: Iterable[str] = ()) -> None:
        self._trusted: set[tuple[str, int]] = set()
        self.trust(*explicit)

    def trust(self, *urls: str | None) -> None:
        """Origins that the host application gave: a sandbox, a proxy of its own network."""
        for url in urls:
            if url and (parts := urlsplit(url)).hostname:
                self._trusted.add((parts.hostname.lower(), parts.port or PORTS.get(parts.scheme, 443)))

    def knows(self, host: str, port: int) -> bool:
        """Whether a connection is made as asked, without a look at its address."""
        return (host.lower(), port) in self._trusted or is_address(host)

    def pick(self, host: str, port: int, found: Sequence[tuple[object, ...]]) -> list[str]:
        """The addresses of a name, in order; what `getaddrinfo` gave.

        Raises:
            SecurityError: One of them is not on the public internet; nothing is connected then.
        """
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))  # type: ignore[index]
        for address in addresses:
            self.check(host, port, address)
        return addresses

    def check(self, host: str, port: int, address: str) -> None:
        """One address of a name; raises `SecurityError`."""
        if not self.knows(host, port) and not is_public(address):
            raise SecurityError(
                f"refused to connect to {host}: the name leads into a private network; "
                "give base_url= or token_url= explicitly for a sandbox or a proxy"
            )


def lookup(host: str, port: int) -> list[tuple[object, ...]]:
    """Every address of a name; raises `OSError` when there is none."""
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except UnicodeError:
        raise OSError("not a name") from None
