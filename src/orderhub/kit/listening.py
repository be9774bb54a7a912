"""How to keep a platform's message socket: where it is, what to send, what to answer. Values and pure functions only.

A connector whose platform pushes over a WebSocket offers the operation `listen`, which answers one of these; the
drivers do the rest, the same for all platforms. Imports nothing of the library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Frame", "Listening"]

Frame = str | bytes
"""Text frames are `str`, binary ones `bytes`."""


@dataclass(frozen=True, slots=True)
class Listening:
    """One connection about to be made.

    Attributes:
        address: ws(s) address; it may prove a secret, so it stays out of the repr and of logs.
        acknowledge: The frame that ends a message, for the frame that brought it; None where there is nothing to end.
        greeting: What to say first, once the socket is open; it may prove a secret too.
        beat: The platform's own heartbeat at an instant, None where it has none; it answers None while there is
            nothing to say yet.
        beat_s: Seconds between heartbeats.
        ping_s: Seconds between pings of the protocol itself, None for none.
        silence_s: A socket that says nothing for so long is dead.
        first_wait_s, wait_max_s: Before connecting again: doubled after each failure up to the longest, with jitter.
        is_plain_allowed: The host accepts that the address is not encrypted; on this machine it never need be.
        is_given: The host gave the address in place of the platform's own: its name may lead into a private network.
    """

    address: str = field(repr=False)
    acknowledge: Callable[[Frame, datetime], Frame | None]
    greeting: Frame | None = field(default=None, repr=False, kw_only=True)
    beat: Callable[[datetime], Frame | None] | None = None
    beat_s: float = 10.0
    ping_s: float | None = None
    silence_s: float = 180.0
    first_wait_s: float = 1.0
    wait_max_s: float = 60.0
    is_plain_allowed: bool = False
    is_given: bool = False
