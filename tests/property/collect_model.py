"""A platform as small as a page: late rows, shifting pages, whole seconds, a clock of its own; and a driver of steps.

The model lists forward, so that a row which changes while pages are read makes later rows slip past the reader: the
worst that a real list does. Its truth is kept beside it, and the laws of collecting are checked against that.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.collect.feed import SyncPlan
from orderhub.collect.sync import sync_orders
from orderhub.errors import NotFound, OrderHubError, PlatformUnavailable
from orderhub.flow.steps import Ask, Gather, Now, Operation, Pause, ask
from orderhub.models import Limits, Order, OrderRef, OrderStatus, Page, Window
from orderhub.ports import OrderQuery
from orderhub.stores.memory import MemoryStores

SHOP = "taobao:model"
BASE = datetime(2026, 3, 1, 8, tzinfo=UTC)
SETTLE, OVERLAP = timedelta(seconds=60), timedelta(minutes=5)


@dataclass
class Version:
    number: int
    at: datetime
    """When it happened, to the microsecond, on the platform's clock."""
    shown_from: datetime

    @property
    def second(self) -> datetime:
        """As the platform tells it."""
        return self.at.replace(microsecond=0)


@dataclass
class Platform:
    """The truth, and lists over it."""

    page_size: int = 3
    by_reference: bool = False
    now: datetime = BASE
    orders: dict[str, list[Version]] = field(default_factory=dict)
    calls: int = 0
    fetched: int = 0
    numbers: int = 0
    stumble: Callable[[], bool] = lambda: False

    def change(self, order_id: str, lag_s: float = 0.0) -> None:
        """A new version of a new or an old order, in the lists only after `lag_s`."""
        self.numbers += 1
        version = Version(self.numbers, self.now, self.now + timedelta(seconds=lag_s))
        self.orders.setdefault(order_id, []).append(version)

    def shown(self, order_id: str) -> Version | None:
        """The newest version that reads may see."""
        return next((one for one in reversed(self.orders.get(order_id, ())) if one.shown_from <= self.now), None)

    def rows(self, window: Window) -> list[tuple[datetime, str, Version]]:
        found = ((order_id, self.shown(order_id)) for order_id in self.orders)
        return sorted((one.second, order_id, one) for order_id, one in found
                      if one and window.start.replace(microsecond=0) <= one.second <= window.end)  # fmt: skip

    def page(self, window: Window, number: int) -> tuple[list[tuple[datetime, str, Version]], bool, int]:
        """Rows of one page, whether there are more, how many in all."""
        self._called()
        rows = self.rows(window)
        start = number * self.page_size
        return rows[start : start + self.page_size], len(rows) > start + self.page_size, len(rows)

    def get(self, order_id: str) -> Version:
        self._called()
        self.fetched += 1
        found = self.shown(order_id)
        if found is None:
            raise NotFound("no such order")
        return found

    def count(self, window: Window) -> int:
        self._called()
        return len(self.rows(window))

    def _called(self) -> None:
        self.calls += 1
        if self.stumble():
            raise PlatformUnavailable("busy")


def order_of(order_id: str, version: Version) -> Order:
    return Order(platform="taobao", shop_id="model", order_id=order_id, currency="CNY", updated_at=version.second,
                 created_at=BASE, status=OrderStatus.AWAITING_SHIPMENT, seller_note=str(version.number),
                 raw=f'{{"id": "{order_id}", "version": {version.number}}}'.encode())  # fmt: skip


class ModelChannel:
    """What a connector is to the engine."""

    def __init__(self, platform: Platform, window_max: timedelta | None = timedelta(hours=1)) -> None:
        self.platform = platform
        self._limits = Limits(page_size_max=platform.page_size, window_max=window_max, settle_delay=SETTLE,
                              overlap=OVERLAP)  # fmt: skip

    def limits(self, verb: str) -> Limits:
        return self._limits

    def read_page(self, window: Window, position: Any, known: Any) -> Operation[Page[Order]]:
        number = position or 0
        rows, more, total = yield from ask("platform", "page", window, number)
        following = number + 1 if more else None
        if not self.platform.by_reference:
            return Page(tuple(order_of(name, one) for _, name, one in rows), next=following, total=total)
        refs = tuple(OrderRef(name, second) for second, name, _ in rows)
        have = yield from known(refs)
        items = []
        for ref in refs:
            if ref.order_id not in have:
                items.append(order_of(ref.order_id, (yield from ask("platform", "get", ref.order_id))))
        return Page(tuple(items), refs, next=following, total=total)

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        return Page((order_of(order_id, (yield from ask("platform", "get", order_id))),))

    def count_orders(self, window: Window) -> Operation[int]:
        return int((yield from ask("platform", "count", window)))


class Clock:
    """The host's clock: the platform's, shifted."""

    def __init__(self, platform: Platform, skew: timedelta = timedelta()) -> None:
        self.platform, self.skew = platform, skew

    def now(self) -> datetime:
        return self.platform.now + self.skew


class Crash(BaseException):
    """The process is gone."""


def steps(operation: Operation[Any], ports: dict[str, Any], clock: Clock) -> Generator[Any, None, Any]:
    """Drive an operation, stopping before each step: whoever holds this generator decides when it goes on."""
    answer: Any = None
    failure: BaseException | None = None
    try:
        while True:
            try:
                step = operation.throw(failure) if failure is not None else operation.send(answer)
            except StopIteration as end:
                return end.value
            yield step
            answer, failure = None, None
            try:
                answer = perform(step, ports, clock)
            except OrderHubError as error:
                failure = error
    finally:
        operation.close()


def perform(step: Any, ports: dict[str, Any], clock: Clock) -> Any:
    if isinstance(step, Ask):
        return getattr(ports[step.port], step.method)(*step.arguments, **step.named)
    if isinstance(step, Now):
        return clock.now()
    if isinstance(step, Pause):
        return None
    assert isinstance(step, Gather), step
    return [run_or_error(make(), ports, clock) for make in step.operations]


def run(operation: Operation[Any], ports: dict[str, Any], clock: Clock) -> Any:
    driven = steps(operation, ports, clock)
    while True:
        try:
            next(driven)
        except StopIteration as end:
            return end.value


def run_or_error(operation: Operation[Any], ports: dict[str, Any], clock: Clock) -> Any:
    try:
        return run(operation, ports, clock)
    except OrderHubError as error:
        return error


def ports_of(platform: Platform, stores: Any) -> dict[str, Any]:
    return {"platform": platform, **dict.fromkeys(("orders", "quarantine", "runs", "outbox", "seen"), stores)}


def plan(**more: Any) -> SyncPlan:
    return SyncPlan(SHOP, backfill=timedelta(hours=2), **more)


def check_cursor(platform: Platform, stores: Any) -> None:
    """The cursor is never ahead of the data: whatever it has passed is stored in its newest version."""
    position = stores.get_cursor(f"{SHOP}:orders").position
    if position is None:
        return
    reached = datetime.fromisoformat(position)
    held = {order.order_id: order.seller_note for order in stores.find_orders(OrderQuery())}
    for order_id, versions in platform.orders.items():
        newest = versions[-1]
        if BASE - timedelta(hours=1) <= newest.second <= reached:
            there = held.get(order_id)
            assert there == str(newest.number), f"{order_id}: {there} is stored, {newest} is true"


def check_end(platform: Platform, stores: Any) -> None:
    """Every order once, in its newest version, and no version stored twice or after a newer one."""
    for order_id, versions in platform.orders.items():
        key = f"{SHOP}:{order_id}"
        assert stores.get_order(key).seller_note == str(versions[-1].number), f"{order_id} is not up to date"
        rows = stores.order_history(key)
        changes = [row.updated_at for row in rows if row.word in ("inserted", "updated")]
        assert changes == sorted(changes), f"{order_id}: an older version was stored over a newer one"
        assert [row.word for row in rows].count("inserted") == 1


@dataclass
class History:
    """One seeded life of a shop: three workers, crashes, late rows, ties, shifting pages, a wrong clock."""

    seed: int
    workers: int = 3

    def play(self) -> None:
        rng = random.Random(self.seed)  # the whole history follows from the seed
        platform = Platform(rng.choice((2, 3, 5)), rng.random() < 0.5)
        clock = Clock(platform, timedelta(seconds=rng.uniform(-300, 300)))
        stores = MemoryStores(clock=clock)
        ports, channel = ports_of(platform, stores), ModelChannel(platform, rng.choice((None, timedelta(minutes=20))))
        platform.stumble = lambda: rng.random() < 0.02
        running: list[Any] = []
        for _ in range(rng.randint(40, 120)):
            self._meddle(rng, platform)
            if len(running) < self.workers and rng.random() < 0.15:
                running.append(steps(sync_orders(channel, plan()), ports, clock))
            for worker in rng.sample(running, len(running)):
                self._go_on(rng, worker, running)
                check_cursor(platform, stores)
        for worker in running:
            worker.close()
        self._quiet(platform, channel, ports, clock, stores)

    def _meddle(self, rng: random.Random, platform: Platform) -> None:
        chance = rng.random()
        if chance < 0.35:
            name = str(rng.randint(1, 9))
            platform.change(name, rng.choice((0, 0, 5, 30, 59)))
        elif chance < 0.75:
            platform.now += timedelta(seconds=rng.choice((0.2, 0.5, 1, 7, 45, 200, 900)))

    def _go_on(self, rng: random.Random, worker: Any, running: list[Any]) -> None:
        for _ in range(rng.choice((1, 2, 5, 20))):
            try:
                next(worker)
            except StopIteration as end:
                running.remove(worker)
                _check_error(end.value.error)
                return
        if rng.random() < 0.03:
            worker.close()
            running.remove(worker)

    def _quiet(self, platform: Platform, channel: Any, ports: dict[str, Any], clock: Clock, stores: Any) -> None:
        """Nothing more happens and nothing fails; after a while one run must have brought everything."""
        platform.stumble = lambda: False
        platform.now += timedelta(minutes=15)
        report = run(sync_orders(channel, plan()), ports, clock)
        assert report.ok, report.error
        check_cursor(platform, stores)
        check_end(platform, stores)


def _check_error(error: OrderHubError | None) -> None:
    assert error is None or error.retryable, error
