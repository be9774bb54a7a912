"""Shops that are told stock by several workers at once, one step at a time; requests may be slow, lost or late.

The steps of the real operations are performed here one by one, in whatever order a test wants, over the real memory
stores and the real ledger. A model beside them knows what every listing should show once all is quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from orderhub.errors import OrderHubError, OutcomeUnknown, PlatformUnavailable, RequestRejected
from orderhub.flow.steps import Ask, Gather, Now, Step
from orderhub.fulfil.channel_stock import push_stock
from orderhub.fulfil.channel_stock.shown import view_of
from orderhub.fulfil.channel_stock.state import DOUBT, TURN
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory import Adjust, ChannelPolicy, ChannelRule, ChannelRules, Receive, StockLine, open_ledger
from orderhub.models import Listing, ListingStock, Outcome
from orderhub.notify import LocalSink
from orderhub.stores.open import open_stores

SHOPS = ("taobao:a", "jd:b")
SKUS = ("A", "B")
BUNDLES = {"SET": {"A": 1, "B": 2}}
LISTINGS = tuple((f"l-{sku}", sku) for sku in (*SKUS, *BUNDLES))
POLICY = ChannelRules((ChannelRule(shop="jd:*", policy=ChannelPolicy(buffer=1, cap=4)),))
START = datetime(2026, 11, 11, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Channel:
    """What buyers see in one shop; `late` are requests that are still in the network, with the latest arrival."""

    key: str
    shows: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    late: list[tuple[datetime, list[ListingStock]]] = field(default_factory=list)
    is_calm: bool = True

    def apply(self, levels: Sequence[ListingStock]) -> None:
        """A request arrives. Without crashes, late ones and workers that fell asleep, no version ever goes back."""
        for level in levels:
            before = self.versions.get(level.key, -1)
            assert not self.is_calm or level.version >= before, (
                f"{self.key} {level.key}: version {level.version} after {before}"
            )
            self.shows[level.key], self.versions[level.key] = level.quantity, level.version


def flat(operation: Generator[Step, Any, Any]) -> Generator[Step, Any, Any]:
    """The operation with everything that it gathers run in turn, so that only single steps are left."""
    answer: Any = None
    failure: OrderHubError | None = None
    while True:
        try:
            step = operation.throw(failure) if failure else operation.send(answer)
        except StopIteration as end:
            return end.value
        answer, failure = None, None
        try:
            answer = (yield from _gathered(step)) if isinstance(step, Gather) else (yield step)
        except OrderHubError as error:
            failure = error


def _gathered(step: Gather) -> Generator[Step, Any, list[Any]]:
    found: list[Any] = []
    for make in step.operations:
        try:
            found.append((yield from flat(make())))
        except OrderHubError as error:
            found.append(error)
    return found


class Worker:
    """One process that pushes; `step` is what it waits for."""

    def __init__(self, operation: Generator[Step, Any, Any], at: datetime) -> None:
        self.operation, self.result = operation, None
        self.step: Step | None = next(operation)
        self.alive_at, self.must_go_on = at, False

    @property
    def is_sending(self) -> bool:
        return isinstance(self.step, Ask) and self.step.method == "push_stock"

    def resume(self, act: Callable[[], Any]) -> None:
        answer: Any = None
        failure: OrderHubError | None = None
        try:
            answer = act()
        except OrderHubError as error:
            failure = error
        try:
            self.step = self.operation.throw(failure) if failure else self.operation.send(answer)
        except StopIteration as end:
            self.step, self.result = None, end.value


class Bench:
    """Two shops, a ledger, the stores, any number of workers."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.stores = open_stores("memory:", clock=self.clock)
        self.ledger = open_ledger("memory:", clock=self.clock)
        self.channels = {key: Channel(key) for key in SHOPS}
        self.plan = FulfilPlan(bundles=BUNDLES, channels=POLICY)
        self.workers: list[Worker] = []
        self.writes, self.sent = 0, 0
        self.write("A", 3)
        self.write("B", 3)

    def write(self, sku: str, units: int) -> None:
        """Goods arrive or leave; what is not there cannot leave."""
        self.writes += 1
        line = (StockLine(sku, "sh", units),)
        command = Receive(f"w{self.writes}", line) if units > 0 else Adjust(f"w{self.writes}", line, "sold")
        self.ledger.apply([command])

    def start(self, *, refresh: bool = False) -> None:
        """One more worker begins a run."""
        self.workers.append(Worker(flat(push_stock(self.plan, SHOPS, refresh=refresh)), self.clock.at))

    def advance(self, seconds: int) -> None:
        """Time passes; what is in the network arrives before a doubt about it runs out."""
        self.clock.sleep(seconds)
        for channel in self.channels.values():
            for due, levels in [row for row in channel.late if row[0] <= self.clock.at]:
                channel.late.remove((due, levels))
                channel.apply(levels)
        for worker in self.workers:
            if worker.alive_at + TURN <= self.clock.at:  # somebody may take its turn now
                self._disturb()

    def arrive(self, pick: int) -> None:
        """A late request arrives now."""
        channel = self.channels[SHOPS[pick % len(SHOPS)]]
        if channel.late:
            channel.apply(channel.late.pop(pick % len(channel.late))[1])

    def go(self, pick: int, how: str = "done") -> None:
        """One worker does what it waits for; `how` matters only when that is a push."""
        if not self.workers:
            return
        worker = self.workers[pick % len(self.workers)]
        if worker.is_sending:
            self._send(worker, how)
        else:
            worker.resume(lambda: self._perform(worker))
        if worker.step is None:
            self.workers.remove(worker)

    def crash(self, pick: int, how: str = "lost") -> None:
        """A worker dies; a push that it was about to send may have gone out all the same.

        One that slept through its turn, sent, and dies before it has queued again what it sent is left to
        `reconcile`: see docs/explanation/channel-stock.md.
        """
        dying = [worker for worker in self.workers if not worker.must_go_on]
        if not dying:
            return
        worker = dying[pick % len(dying)]
        if worker.is_sending and how != "lost" and worker.alive_at + TURN > self.clock.at:
            assert isinstance(worker.step, Ask)
            channel, levels = self._target(worker.step)
            self._disturb()
            channel.late.append((self.clock.at + DOUBT, levels))
        self._disturb()
        worker.operation.close()
        self.workers.remove(worker)

    def settle(self) -> None:
        """Everybody finishes, the network empties, doubts run out, and the host pushes again as it does every minute."""
        self._finish()
        for _ in range(2):
            self.advance(int(max(DOUBT, TURN).total_seconds()) + 1)
            self.start()
            self._finish()

    def check(self) -> None:
        """Every listing shows what the ledger lets it show."""
        view = view_of(self.plan, SHOPS, self.ledger.snapshot())
        for shop, channel in self.channels.items():
            expected = {listing: view.shown(shop, sku).quantity for listing, sku in LISTINGS}
            assert channel.shows == expected, f"{shop} shows {channel.shows} instead of {expected}"

    def _finish(self) -> None:
        while self.workers:
            self.go(0)

    def _disturb(self) -> None:
        for channel in self.channels.values():
            channel.is_calm = False

    def _target(self, step: Ask) -> tuple[Channel, list[ListingStock]]:
        return self.channels[step.port.removeprefix("shop:")], list(step.arguments[0])

    def _send(self, worker: Worker, how: str) -> None:
        assert isinstance(worker.step, Ask)
        channel, levels = self._target(worker.step)
        self.sent += 1
        worker.must_go_on = worker.alive_at + TURN <= self.clock.at

        def act() -> list[Outcome[None]]:
            if how == "late":
                self._disturb()
                channel.late.append((self.clock.at + DOUBT, levels))
                raise OutcomeUnknown("the reply was lost")
            if how == "down":
                raise PlatformUnavailable("down")
            refused = levels[0] if how in ("refused", "busy") else None
            channel.apply([level for level in levels if level is not refused])
            if how == "unknown":
                raise OutcomeUnknown("the reply was lost")
            error = PlatformUnavailable("busy") if how == "busy" else RequestRejected("no")
            return [Outcome.failed(each.key, error) if each is refused else Outcome(True, each.key) for each in levels]

        worker.resume(act)

    def _perform(self, worker: Worker) -> Any:
        step = worker.step
        if isinstance(step, Now):
            return self.clock.at
        assert isinstance(step, Ask), step
        is_sign = step.method == "put_cursor" and step.arguments[0].name.startswith("stock:")
        if is_sign:
            worker.alive_at = self.clock.at
        answer = getattr(self._port(step.port), step.method)(*step.arguments, **step.named)
        if is_sign or (step.method == "put_outbox" and step.arguments[0].startswith("stock_again:")):
            worker.must_go_on = False  # written down, or refused and queued again
        return answer

    def _port(self, name: str) -> Any:
        if name.startswith("shop:"):
            return _Shop(self.channels[name.removeprefix("shop:")])
        return {"stock": self.ledger, "notifier": _SINK}.get(name, self.stores)


class _Shop:
    """The reading half of a shop."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def has(self, verb: str) -> bool:
        return True

    def rows(self, verb: str) -> list[Listing]:
        return [Listing(listing_id=name, sku=sku, quantity=self.channel.shows.get(name)) for name, sku in LISTINGS]


_SINK = LocalSink()
PUSHES = ("done", "done", "done", "late", "unknown", "down", "refused", "busy")


class History:
    """One seeded history: calm ones hold workers, failures and replies that are lost; the others crashes and sleep."""

    def __init__(self, seed: int) -> None:
        self.random, self.bench = Random(seed), Bench()
        self.is_calm = seed % 2 == 0

    def play(self, steps: int = 200) -> Bench:
        """Play it to its end and compare; a calm one must be right as soon as one more run is through."""
        for _ in range(steps):
            self._one()
        if self.is_calm:
            self._back_again()
            self.bench.start()
            while self.bench.workers:
                self.bench.go(self.random.randrange(12))
            self.bench.check()
        self.bench.settle()
        self.bench.check()
        return self.bench

    def _back_again(self) -> None:
        """While somebody is about to send a figure, the ledger returns to the one before, which is still shown."""
        bench, sku = self.bench, self.random.choice(SKUS)
        bench.write(sku, self.random.choice((-1, 1, 2)))
        bench.start()
        for _ in range(200):
            if any(worker.is_sending for worker in bench.workers) and self.random.random() < 0.7:
                break
            bench.go(self.random.randrange(12))
        shown = bench.channels["taobao:a"].shows.get(f"l-{sku}")
        if shown is not None and (units := shown - bench.ledger.level(sku, "sh").available):
            bench.write(sku, units)

    def _one(self) -> None:
        bench, random, pick = self.bench, self.random, self.random.randrange(12)
        roll = random.random()
        if roll < 0.12:
            bench.write(random.choice(SKUS), random.choice((-2, -1, -1, 1, 3)))
        elif roll < 0.2:
            if len(bench.workers) < 4:
                bench.start(refresh=random.random() < 0.2)
        elif roll < 0.27 and not self.is_calm:
            self._trouble(pick)
        else:
            pushes = tuple(how for how in PUSHES if how != "late") if self.is_calm else PUSHES
            bench.go(pick, random.choice(pushes))

    def _trouble(self, pick: int) -> None:
        bench, roll = self.bench, self.random.random()
        if roll < 0.25:
            bench.crash(pick, self.random.choice(("lost", "gone")))
        elif roll < 0.5:
            bench.arrive(pick)
        elif roll < 0.7:
            bench.advance(self.random.choice((1, 30)))
        else:
            self._sleep(pick)

    def _sleep(self, pick: int) -> None:
        """One that is about to send sleeps through its turn, and the others go on meanwhile."""
        asleep = next((worker for worker in self.bench.workers if worker.is_sending), None)
        if asleep is None:
            return
        self.bench.advance(130)
        self.bench.workers.remove(asleep)
        self.bench.write(SKUS[pick % 2], self.random.choice((-1, 2)))
        self.bench.start()
        for _ in range(self.random.randrange(80)):
            self.bench.go(self.random.randrange(12), self.random.choice(PUSHES))
        self.bench.workers.append(asleep)
