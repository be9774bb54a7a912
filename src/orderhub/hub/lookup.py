"""Where is my order: a public question by order number and the end of the phone number. Imports `hub.tracking`.

Every try is counted before anything is looked up, so that many at once are no more than one after the other. What is
counted and what is answered depends on the number that was asked for, not on whether there is such an order.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from orderhub.errors import ConfigurationError, StaleVersion
from orderhub.flow.steps import Operation, ask, now, pause
from orderhub.hub.command import command
from orderhub.hub.tracking import TrackingOperations
from orderhub.logistics.timeline import CustomerView, Locale
from orderhub.models import Order
from orderhub.models.base import Model
from orderhub.ports import Cursor, OrderQuery

__all__ = ["Lookup", "LookupCommands", "LookupOperations", "LookupPolicy", "read_lookup_policy"]

TAIL = 4
NUMBER_MAX = 64
BUCKETS = 65_536
"""Counters that there are at most, however many numbers are tried; two numbers may share one."""
ROUNDS = 8
_Positive = Annotated[int, Field(ge=1, le=1_000_000)]


class LookupPolicy(Model):
    """How often somebody may be wrong.

    Attributes:
        misses_max: Wrong tries for one order number within the window; then nobody is answered for it for a while.
        client_misses_max: The same for one client, over all numbers.
        window_minutes: How long a wrong try counts.
        block_minutes: How long the first block lasts; each further one twice as long, up to a day.
        answer_ms: A wrong try is answered no sooner than this, whatever was to be looked up.
    """

    misses_max: _Positive = 5
    client_misses_max: _Positive = 20
    window_minutes: _Positive = 60
    block_minutes: _Positive = 15
    answer_ms: Annotated[int, Field(ge=0, le=5000)] = 100


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer: what may be shown, or a reason that tells nothing about whether there is such an order."""

    view: CustomerView | None = None
    reason: Literal["not_found", "too_many_tries"] | None = None
    retry_after_s: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the order was found and the phone number is its own."""
        return self.view is not None


def read_lookup_policy(given: Mapping[str, Any] | LookupPolicy) -> LookupPolicy:
    """A policy out of a configuration.

    Raises:
        ConfigurationError: A field is unknown or out of range; the message names it.
    """
    try:
        return given if isinstance(given, LookupPolicy) else LookupPolicy.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"lookup: {where}: {first['msg']}", field=f"lookup.{where}") from None


@dataclass(frozen=True, slots=True)
class _Tries:
    """One counter: wrong tries since an instant, until when nobody is answered, and how often that was."""

    count: int = 0
    since: datetime | None = None
    until: datetime | None = None
    blocks: int = 0

    @classmethod
    def load(cls, text: str | None) -> _Tries:
        if text is None:
            return cls()
        count, *dates, blocks = json.loads(text)
        since, until = (datetime.fromisoformat(at) if at else None for at in dates)
        return cls(count, since, until, blocks)

    def dump(self) -> str:
        dates = [at.isoformat() if at else None for at in (self.since, self.until)]
        return json.dumps([self.count, *dates, self.blocks], separators=(",", ":"))

    def waits_s(self, at: datetime) -> int:
        """Seconds until somebody is answered again; 0 when that is now."""
        return 0 if self.until is None or at >= self.until else max(1, int((self.until - at).total_seconds()))

    def counted(self, at: datetime, most: int, policy: LookupPolicy) -> _Tries:
        """With one more wrong try; the last one that is allowed begins a block."""
        is_old = self.since is None or at - self.since >= timedelta(minutes=policy.window_minutes)
        blocks = 0 if self.until is not None and at - self.until >= timedelta(days=1) else self.blocks
        count, since = (1, at) if is_old else (self.count + 1, self.since)
        if count < most:
            return _Tries(count, since, self.until, blocks)
        minutes = min(policy.block_minutes * 2**blocks, 24 * 60)
        return _Tries(0, None, at + timedelta(minutes=minutes), min(blocks + 1, 10))

    def given_back(self, before: _Tries) -> _Tries:
        """Without a try that was right."""
        return before if self.count == 0 else _Tries(self.count - 1, self.since, self.until, self.blocks)


class LookupOperations(TrackingOperations):
    """The public question."""

    shops: tuple[str, ...]
    lookup_policy: LookupPolicy = LookupPolicy()

    def lookup(
        self, order_no: str, phone_tail: str, *, client: str | None = None, locale: Locale = "zh"
    ) -> Operation[Lookup]:
        """What the customer of an order may see, for whoever knows its number and the last four digits of its phone.

        An unknown number, a wrong tail and an order whose phone is hidden get the same answer after the same time.

        Args:
            order_no: As the shop's platform shows it to the buyer.
            phone_tail: Four digits: the end of the receiver's number, or the extension of a virtual one.
            client: Whoever asks, such as an address; counted by a digest and never kept in the clear.
        """
        at = yield from now()
        number, tail = order_no.strip(), phone_tail.strip()
        counters = [(f"lookup:order:{_bucket(number)}", self.lookup_policy.misses_max)]
        if client is not None:
            counters.append((f"lookup:client:{_bucket(client)}", self.lookup_policy.client_misses_max))
        before: dict[str, _Tries] = {}
        for name, most in counters:
            waits = yield from self._count(name, most, at, before)
            if waits:
                yield from self._restore(before)  # nothing was tried
                return Lookup(reason="too_many_tries", retry_after_s=waits)
        found = _matching((yield from self._candidates(number)), tail)
        if found is not None:
            yield from self._restore(before)
            return Lookup((yield from self._customer_view(found, locale)))
        yield from self._wait(at)
        return Lookup(reason="not_found")

    def _count(self, name: str, most: int, at: datetime, before: dict[str, _Tries]) -> Operation[int]:
        """Count one try, wrong until it is known to be right; seconds to wait when it is not allowed."""
        for _ in range(ROUNDS):
            cursor: Cursor = yield from ask("orders", "get_cursor", name)
            tries = _Tries.load(cursor.position)
            if waits := tries.waits_s(at):
                return waits
            try:
                yield from ask("orders", "put_cursor", cursor, tries.counted(at, most, self.lookup_policy).dump())
            except StaleVersion:
                continue
            before[name] = tries
            return 0
        return 1  # a crowd at one number: nobody is answered rather than everybody

    def _restore(self, before: Mapping[str, _Tries]) -> Operation[None]:
        """Take back what was counted for a try that was right."""
        for name, tries in before.items():
            for _ in range(ROUNDS):
                cursor: Cursor = yield from ask("orders", "get_cursor", name)
                there = _Tries.load(cursor.position)
                try:
                    yield from ask("orders", "put_cursor", cursor, there.given_back(tries).dump())
                except StaleVersion:
                    continue
                break

    def _candidates(self, number: str) -> Operation[list[Order]]:
        """Orders of that number in any shop of the hub."""
        if not 0 < len(number) <= NUMBER_MAX or not number.isprintable():
            number = "-"
        keys = tuple(f"{shop}:{number}" for shop in self.shops)
        return (yield from ask("orders", "find_orders", OrderQuery(keys=keys))) if keys else []

    def _wait(self, began: datetime) -> Operation[None]:
        spent = (yield from now()) - began
        left = timedelta(milliseconds=self.lookup_policy.answer_ms) - spent
        if left > timedelta(0):
            yield from pause(left.total_seconds())


def _bucket(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big") % BUCKETS


def _tails(order: Order) -> Iterable[str]:
    """What may be asked for: nothing when the platform hides the number."""
    person = order.recipient
    for digits in ((person.phone or "").strip()[-TAIL:], person.phone_extension or ""):
        if len(digits) == TAIL and digits.isascii() and digits.isdecimal():
            yield digits


def _matching(orders: Iterable[Order], tail: str) -> Order | None:
    """The order whose phone ends so. Every comparison takes as long as any other, and there is always one."""
    given = tail.encode("utf-8", "replace")
    found: Order | None = None
    hmac.compare_digest(given, b"----")
    for order in orders:
        for known in _tails(order):
            if hmac.compare_digest(given, known.encode()) and found is None:
                found = order
    return found


class LookupCommands:
    """The same for hubs."""

    lookup = command(LookupOperations.lookup)
