"""What the world and one emulator agree on: the contract of every folder under `platforms/` and `carriers/`.

Imports only `flow.message` and `depot`. An emulator is one platform or carrier with all its shops or accounts: an
object that answers requests from its own state. It has no threads, no clock and no randomness of its own: all it needs
comes in a `Setup`, when the world builds it. The world holds one lock around every call, so an emulator need not lock.

How one is made and registered
    `carriers/<name>/__init__.py` (or `platforms/<name>/__init__.py`) offers `build(setup: Setup) -> Emulator`, and one
    line in the table of the package above names it: `CARRIERS["<name>"] = "orderhub.sandbox.carriers.<name>:build"`.
    A module that reads switches while it builds offers them as `SWITCHES` too; else they are set after `build`.

How one request goes
    world parses it → asks each emulator `claims(request)`; the first that says yes gets it → `target(request)` says
    whose call and which operation it is (faults match on it, the log shows it; never refuse here) → the world takes
    the first armed fault that matches, does transport faults itself and hands the others in as `call.fault`
    → `handle(call)` checks, executes and answers → the world adds `Date` and writes the log.

How a platform pushes over a WebSocket
    Its emulator has one more method, `connect(request, now) -> Socket | None` (None refuses): the world finds it, the
    server carries the frames.
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from orderhub.flow.message import Reply
from orderhub.sandbox.depot import Depot, NoDepot

__all__ = [
    "Armed", "Call", "ControlError", "Emulator", "EmulatorBase", "ParsedRequest", "Setup", "Signature", "Socket",
    "Switch", "Target",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """One request, decoded once for everybody.

    Attributes:
        method: Upper case.
        host: Host and port as addressed; emulators ignore it.
        path: Decoded path, always with a leading slash.
        raw_query: The query as sent, without the question mark.
        query: Decoded pairs of the query, in order.
        form: Decoded pairs of a urlencoded body, or the text parts of a multipart one, in order.
        files: Binary parts of a multipart body, by name.
        headers: Names in lower case.
        body: The bytes as received (JSON bodies are left to the emulator; carriers sign these bytes).
        params: Query and form merged; the form wins, the last of equal names wins.
    """

    method: str
    host: str
    path: str
    raw_query: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]
    headers: Mapping[str, str]
    body: bytes
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """Whose call and which operation; None when the request does not say. `operation` is the wire's own name."""

    shop_id: str | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Armed:
    """One fault that hits this call; `delay_s` in seconds, as the tester gave it or the default of the fault."""

    name: str
    delay_s: float


@dataclass(frozen=True, slots=True)
class Signature:
    """One check of a signature, as the log tells it.

    Attributes:
        rule: How it is made, in words that name the secret without telling it.
        text: What is signed.
        expected: What that gives; None when the request names no known method.
        given: What came.
    """

    rule: str
    text: str
    expected: str | None
    given: str


@dataclass(slots=True)
class Call:
    """One request on its way through an emulator.

    Attributes:
        request: What came in.
        now: The sandbox clock, aware, UTC, shifted by an armed `clock_skew`: judge timestamps by this, date changes by
            `setup.now()`.
        target: What `target` answered.
        fault: A fault of the emulator's own `faults`, or None.
        verdict: Written by the emulator for the log: `ok`, or the code it refused with.
        hint: Written by the emulator for the log, e.g. the string that should have been signed.
        signature: The last check of a signature, by `signed`; None where nothing is signed.
    """

    request: ParsedRequest
    now: datetime
    target: Target
    fault: Armed | None = None
    verdict: str = "ok"
    hint: str | None = None
    signature: Signature | None = None

    def signed(self, rule: str, text: str, expected: str | None, given: str) -> bool:
        """Whether a signature is right; what was compared goes into the log. Arguments as for `Signature`."""
        self.signature = Signature(rule, text, expected, given)
        return expected is not None and hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Switch:
    """One behaviour that no source settles. `choices` empty means any value of the type of `default`."""

    default: Any
    about: str
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """What the world gives an emulator once, when it is built (and again after a reset).

    Attributes:
        name: The registered name.
        now: The sandbox clock; aware, UTC. Never read another clock.
        rng: Seeded by world seed and name; the only source of randomness.
        base_url: Where clients find the sandbox, without a trailing slash; may change when a server starts.
        switches: Live values of the emulator's own switches: read at use, never copied.
        take_fault: `take_fault("late_order", shop_id, operation)` uses up one armed fault of that name outside a call.
        shops: How many shops (or accounts) to make.
        orders: How many orders (for platforms) to seed in each shop.
        awkward: Seed the difficult cases too.
        limits: Whether documented call limits are enforced.
        depot: The carriers of the same world: emulators that are a `Hauler`.
    """

    name: str
    now: Callable[[], datetime]
    rng: random.Random
    base_url: Callable[[], str]
    switches: Mapping[str, Any] = field(default_factory=dict)
    take_fault: Callable[[str, str | None, str | None], Armed | None] = lambda *_: None
    shops: int = 2
    orders: int = 0
    awkward: bool = False
    limits: bool = True
    depot: Depot = field(default_factory=NoDepot)


class ControlError(Exception):
    """A control request that cannot be done; becomes JSON `{"error": …, "do": …}` with `status`."""

    def __init__(self, message: str, do: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.message, self.do, self.status = message, do, status


class Socket(Protocol):
    """One open WebSocket of a platform that pushes over one: frames in, frames out, no I/O.

    Text frames are `str`, binary ones `bytes`, in both directions.
    """

    closed: bool
    """The platform hangs up."""

    def receive(self, frame: Any) -> Sequence[str | bytes]:
        """A frame came; what to answer at once."""
        ...

    def waiting(self) -> Sequence[str | bytes]:
        """Frames to send now; asked many times a second."""
        ...


class Emulator(Protocol):
    """One platform or carrier. Records are orders on a platform, waybills at a carrier."""

    @property
    def name(self) -> str:
        """As registered; a class attribute will do."""
        ...

    @property
    def faults(self) -> frozenset[str]:
        """Faults that `handle` itself performs (`call.fault`), a class attribute; the world refuses to arm others."""
        ...

    @property
    def switches(self) -> Mapping[str, Switch]:
        """What no source settles; a class attribute. Live values are in `Setup.switches`."""
        ...

    def claims(self, request: ParsedRequest) -> bool:
        """Whether the request is for this emulator; cheap. Where two share a path, parameters must decide."""
        ...

    def target(self, request: ParsedRequest) -> Target:
        """Whose call and which operation, without checking anything; never raises."""
        ...

    def handle(self, call: Call) -> Reply:
        """Check, execute and answer; refusals are replies too, never exceptions."""
        ...

    def accounts(self) -> list[dict[str, Any]]:
        """What clients need to connect, one object a shop or account, as `GET /_sandbox/shops` shows it.

        Every key, secret and token starts with `sandbox-` where the wire allows letters.
        """
        ...

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """`[{"order_id", "shop_id", "modified"}]`; carriers put the waybill number in `order_id`."""
        ...

    def record(self, record_id: str) -> dict[str, Any]:
        """The whole native truth of one record; raises `ControlError` with status 404."""
        ...

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Make records by `{"count": N}` or `{"shop_id", "documents"}`; answers them as `records` does."""
        ...

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do `{"action": …}` or set `{"fields": …}`; answers the record afterwards."""
        ...

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """What the shops offer, with quantities."""
        ...

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Set quantities; answers what changed."""
        ...


class EmulatorBase:
    """Polite refusals for what an emulator does not offer; derive from it or not."""

    name: str = ""
    faults: frozenset[str] = frozenset()
    switches: Mapping[str, Switch] = {}

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """No records."""
        return []

    def record(self, record_id: str) -> dict[str, Any]:
        """No such record."""
        raise ControlError(f"{self.name} has no record {record_id}", "list them with GET", 404)

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Refused."""
        raise ControlError(f"{self.name} cannot create records by control", "use its own API", 405)

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Refused."""
        raise ControlError(f"{self.name} cannot change records by control", "use its own API", 405)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Refused."""
        raise ControlError(f"{self.name} keeps no stock", status=404)

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Refused."""
        raise ControlError(f"{self.name} keeps no stock", status=404)
