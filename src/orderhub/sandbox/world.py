"""The world: clock, faults, log and all emulators behind one door. Imports the sandbox's own modules only.

It knows no platform: emulators are loaded by name from the tables of `platforms` and `carriers`.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from importlib import import_module
from itertools import islice, takewhile
from threading import RLock
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.flow.message import Reply, Request
from orderhub.sandbox import console, control
from orderhub.sandbox.carriers import CARRIERS
from orderhub.sandbox.clock import VirtualClock
from orderhub.sandbox.console.guard import refusal
from orderhub.sandbox.console.routes import Canonical
from orderhub.sandbox.damage import INSTEAD, SPOIL
from orderhub.sandbox.depot import Hauler, Parcel
from orderhub.sandbox.emulator import Armed, Call, Emulator, ParsedRequest, Setup, Signature, Socket, Target
from orderhub.sandbox.faults import FaultTable
from orderhub.sandbox.parse import parse_request
from orderhub.sandbox.platforms import PLATFORMS, known
from orderhub.sandbox.transport import AsyncDirect, Direct, deliver

__all__ = ["Exchange", "Line", "World"]

LOG_LENGTH = 2000
TEXT_KEPT = 8000
"""Characters of a signed text that the log keeps of a call whose signature was right; of others it keeps all."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What becomes of one request.

    Attributes:
        reply: What the server made; None when nothing was executed and nothing will come.
        fate: `answered`, `slow`, or the name of the transport fault that eats the reply.
        delay_s: Seconds that the fate takes.
    """

    reply: Reply | None
    fate: str = "answered"
    delay_s: float = 0.0


class Line:
    """An emulator's socket under the world's lock."""

    def __init__(self, socket: Socket, lock: RLock) -> None:
        self._socket, self._lock = socket, lock

    @property
    def closed(self) -> bool:
        """The platform hangs up."""
        return self._socket.closed

    def receive(self, frame: str | bytes) -> Sequence[str | bytes]:
        """A frame came; what to answer at once."""
        with self._lock:
            return self._socket.receive(frame)

    def waiting(self) -> Sequence[str | bytes]:
        """Frames to send now."""
        with self._lock:
            return self._socket.waiting()


class Yard:
    """The world's `Depot`: parcels of platforms go to every emulator that takes parcels."""

    def __init__(self, emulators: Mapping[str, Emulator]) -> None:
        self._emulators = emulators
        self._given: dict[str, tuple[Parcel, bool]] = {}

    def hand_over(self, parcel: Parcel) -> None:
        """Each carrier looks whether it is its own."""
        self._given[parcel.number] = (parcel, True)
        for hauler in self._haulers():
            hauler.take_over(parcel)

    def call_back(self, number: str) -> bool:
        """False when one of them has it; else all forget it."""
        haulers = self._haulers()
        if any(hauler.fetched(number) for hauler in haulers):
            return False
        for hauler in haulers:
            hauler.give_back(number)
        if number in self._given:
            self._given[number] = (self._given[number][0], False)
        return True

    def _haulers(self) -> list[Hauler]:
        return [emulator for emulator in self._emulators.values() if isinstance(emulator, Hauler)]

    def numbers(self) -> list[dict[str, Any]]:
        """Every number that a platform gave out, whether a carrier of this world knows it or not; nobody is named."""
        return [
            {"number": parcel.number, "carrier": parcel.carrier, "shop_id": parcel.shop_id,
             "reference": parcel.reference, "cancelled": not live}
            for parcel, live in self._given.values()
        ]  # fmt: skip


class World:
    """Every platform and carrier of one sandbox. One lock: threads may share it.

    Args:
        seed: Same seed, same start, same calls: same answers.
        platforms, carriers: Names; None means all that are built in. Emulators of other packages are named.
        shops_per_platform: Shops of each platform.
        orders: Seeded orders per shop.
        awkward: Seed the difficult orders too.
        limits: Enforce documented call limits where a platform has them.
        base_url: What `shops()` tells clients.
        start: First instant of the clock, aware; None means wall time.
        tick: Monotonic seconds; a constant one stops time between calls.
        canonical: What the console shows beside native orders; `orderhub.hub.canonical` has one made of the connectors.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        platforms: Iterable[str] | None = None,
        carriers: Iterable[str] | None = None,
        shops_per_platform: int = 2,
        orders: int = 0,
        awkward: bool = False,
        limits: bool = True,
        base_url: str = "http://sandbox.local",
        start: datetime | None = None,
        tick: Callable[[], float] = time.monotonic,
        canonical: Canonical | None = None,
    ) -> None:
        self.base_url, self.canonical = base_url, canonical
        self.clock = VirtualClock(start, tick)
        self.faults = FaultTable()
        self.switches: dict[str, dict[str, Any]] = {}
        self.emulators: dict[str, Emulator] = {}
        self._yards: dict[str, Yard] = {}
        wanted = PLATFORMS if platforms is None else tuple(platforms)
        self._platforms = _chosen(wanted, known(wanted), "platform")
        self._carriers = dict(CARRIERS) if carriers is None else _chosen(carriers, CARRIERS, "carrier")
        self._size = (shops_per_platform, orders, awkward, limits)
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._served = 0
        self._lock, self._seed = RLock(), seed
        self.reset()

    def reset(self, seed: int | None = None) -> None:
        """Everything as at the start: clock, state, switches, no faults, empty log; with another seed if given."""
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self.clock.restart()
            self.faults.disarm()
            self._log.clear()
            for name, path in (self._platforms | self._carriers).items():
                self.emulators[name] = self._build(name, path)

    def _build(self, name: str, path: str) -> Emulator:
        home, _, function = path.partition(":")
        module = import_module(home)
        switches = self.switches.setdefault(name, {})
        switches.clear()
        switches.update((key, how.default) for key, how in getattr(module, "SWITCHES", {}).items())
        shops, orders, awkward, limits = self._size
        yard = self._yards[name] = Yard(self.emulators)
        setup = Setup(
            name, self.clock.now, random.Random(f"{self._seed}:{name}"), lambda: self.base_url, switches,  # noqa: S311
            partial(self._take, name), shops, orders, awkward, limits, yard,
        )  # fmt: skip
        emulator: Emulator = getattr(module, function)(setup)
        switches.update((key, how.default) for key, how in emulator.switches.items())
        return emulator

    def _take(self, name: str, fault: str, shop_id: str | None, operation: str | None) -> Armed | None:
        return self.faults.take(fault, name, shop_id, operation)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Names of the platforms that run."""
        return tuple(self._platforms)

    @property
    def carriers(self) -> tuple[str, ...]:
        """Names of the carriers that run."""
        return tuple(self._carriers)

    def shops(self) -> list[dict[str, Any]]:
        """What clients of every platform need to connect, unmasked: these are sandbox credentials."""
        return [entry for name in self._platforms for entry in self.emulators[name].accounts()]

    def carrier_accounts(self) -> list[dict[str, Any]]:
        """The same for carriers."""
        return [entry for name in self._carriers for entry in self.emulators[name].accounts()]

    def waybills(self) -> list[dict[str, Any]]:
        """Numbers that platforms gave out in the names of carriers, void ones too."""
        with self._lock:
            return [{"platform": name, **row} for name, yard in self._yards.items() for row in yard.numbers()]

    def now(self) -> datetime:
        """The sandbox clock, aware, UTC."""
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Move the sandbox clock."""
        self.clock.advance(seconds)

    def log(self, limit: int = 100, after: int = 0) -> list[dict[str, Any]]:
        """The newest `limit` requests, newest first, only those numbered (`n`) above `after`."""
        with self._lock:
            found = islice(reversed(self._log), limit)
            return list(takewhile(lambda entry: entry["n"] > after, found))

    def control(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> tuple[int, Any]:
        """One call of the control API; answers status and JSON value."""
        with self._lock:
            return control.answer(self, method.upper(), path, query or {}, body)

    def handle(self, request: Request) -> Reply:
        """Answer one request; raises `TransportError` or `DecodeError` where a fault eats or spoils the reply."""
        return deliver(self, self.exchange(request), request.timeout_s)

    def exchange(self, request: Request, hosts: Collection[str] | None = None) -> Exchange:
        """Execute one request and tell what becomes of its reply; the server and `handle` share it.

        Args:
            request: What came.
            hosts: Over a socket, further names of this sandbox, by which browsers may reach its control API.
        """
        parsed = parse_request(request)
        with self._lock:
            if parsed.path == "/_sandbox" or parsed.path.startswith("/_sandbox/"):
                return Exchange(self._dated(self._controlled(parsed, hosts), self.clock.now()))
            for name, emulator in self.emulators.items():
                if emulator.claims(parsed):
                    return self._serve(name, emulator, parsed)
            page = console.home(parsed)
            return Exchange(self._dated(page, self.clock.now()) if page else self._unclaimed(parsed))

    def _controlled(self, parsed: ParsedRequest, hosts: Collection[str] | None) -> Reply:
        refused = None if hosts is None else refusal(parsed.headers, parsed.method, hosts)
        return control.as_reply(*refused) if refused else console.asset(parsed) or control.reply(self, parsed)

    def connect(self, request: Request) -> Line | None:
        """Open a WebSocket; None when no platform pushes at this address, or it refuses. The log shows either."""
        parsed = parse_request(request)
        with self._lock:
            for name, emulator in self.emulators.items():
                knock = getattr(emulator, "connect", None)
                if knock is None or not emulator.claims(parsed):
                    continue
                call = Call(parsed, self.clock.now(), Target(None, "connect"))
                socket = knock(parsed, call.now)
                call.verdict = "ok" if socket else "refused"
                self._note(name, call, Exchange(Reply(101 if socket else 403)), None)
                return Line(socket, self._lock) if socket else None
        return None

    def _serve(self, name: str, emulator: Emulator, parsed: ParsedRequest) -> Exchange:
        target = emulator.target(parsed)
        fault = self.faults.take("call", name, target.shop_id, target.operation) if self.faults else None
        exchange, call = self._executed(emulator, parsed, target, fault)
        self._note(name, call, exchange, fault)
        return exchange

    def _note(self, name: str | None, call: Call, exchange: Exchange, fault: Armed | None) -> None:
        self._served += 1
        self._log.append(_entry(self._served, name, call, exchange, fault))

    def _executed(
        self, emulator: Emulator, parsed: ParsedRequest, target: Target, fault: Armed | None
    ) -> tuple[Exchange, Call]:
        fate, delay_s = (fault.name, fault.delay_s) if fault else ("", 0.0)
        now = self.clock.now()
        call = Call(parsed, now + timedelta(seconds=delay_s) if fate == "clock_skew" else now, target)
        if fate in ("timeout_before", "connect_failed"):
            call.verdict = fate
            return Exchange(None, fate, delay_s), call
        if fate in INSTEAD:
            call.verdict = fate
            return Exchange(self._dated(INSTEAD[fate](delay_s), call.now)), call
        if fate in emulator.faults:
            call.fault = fault
        reply = self._dated(emulator.handle(call), call.now)
        if fate in ("timeout_after", "reset", "slow"):
            return Exchange(reply, fate, delay_s), call
        return Exchange(SPOIL[fate](reply) if fate in SPOIL else reply), call

    def _dated(self, reply: Reply, now: datetime) -> Reply:
        return replace(reply, headers={"date": format_datetime(now, usegmt=True), **reply.headers})

    def _unclaimed(self, parsed: ParsedRequest) -> Reply:
        call = Call(parsed, self.clock.now(), Target(), verdict="no emulator claims this request")
        reply = Reply(404, {"content-type": "text/plain; charset=utf-8"}, f"nothing lives at {parsed.path}\n".encode())
        self._note(None, call, Exchange(reply), None)
        return self._dated(reply, call.now)

    def transport(self) -> Direct:
        """A `ports.Transport` that answers in process."""
        return Direct(self)

    def async_transport(self) -> AsyncDirect:
        """A `ports.AsyncTransport` that answers in process."""
        return AsyncDirect(self)


def _chosen(names: Iterable[str], table: Mapping[str, str], kind: str) -> dict[str, str]:
    wanted = list(names)
    for name in wanted:
        if name not in table:
            raise ConfigurationError(f"no sandbox {kind} {name!r}; there are: {', '.join(table)}", field=f"{kind}s")
    return {name: table[name] for name in wanted}


def _entry(n: int, name: str | None, call: Call, exchange: Exchange, fault: Armed | None) -> dict[str, Any]:
    return {
        "n": n, "at": call.now, "platform": name, "shop_id": call.target.shop_id, "operation": call.target.operation,
        "method": call.request.method, "path": call.request.path,
        "status": exchange.reply.status if exchange.reply else None,
        "verdict": call.verdict, "hint": call.hint, "fault": fault.name if fault else None,
        "signature": _told(call.signature),
    }  # fmt: skip


def _told(made: Signature | None) -> dict[str, Any] | None:
    if made is None:
        return None
    whole = made.expected != made.given or len(made.text) <= TEXT_KEPT
    text = made.text if whole else made.text[:TEXT_KEPT] + "…"
    return {"rule": made.rule, "text": text, "expected": made.expected, "given": made.given}
