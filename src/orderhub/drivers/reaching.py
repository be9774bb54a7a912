"""A connection of TCP that goes where the gate lets it, for protocols that take one: message sockets.

Imports `drivers.addresses`, the standard library.
"""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from orderhub.drivers.addresses import PORTS, Gate, lookup

__all__ = ["reached"]


async def reached(address: str, gate: Gate, timeout_s: float) -> socket.socket:
    """Connected to the host of a URL and not a byte sent: looked up once, checked, and checked at the other end.

    Raises:
        SecurityError: The name leads into a private network.
        OSError: No name, or nobody who answers there.
        TimeoutError: Not within `timeout_s` seconds.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    failure: OSError = OSError("no address")
    async with asyncio.timeout(timeout_s):
        found = await asyncio.to_thread(lookup, host, port)
        for place in gate.pick(host, port, found):
            try:
                return await _connected(host, port, place, gate)
            except OSError as error:
                failure = error
    raise failure


async def _connected(host: str, port: int, place: str, gate: Gate) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (place, port))
        gate.check(host, port, str(made.getpeername()[0]))
    except BaseException:
        made.close()
        raise
    return made
