"""R6: a platform that answers 503 to everybody for ten virtual minutes, and a thousand callers of one app.

Each history is driven step by step in virtual time over the engine's own `exchange` and retry budget.
"""

from __future__ import annotations

import heapq
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.drivers.budget import RetryBudget
from orderhub.drivers.clock import Skew
from orderhub.errors import OrderHubError, PlatformUnavailable
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Ask, Call, Now, Pause, Take
from orderhub.kit.exchange import exchange
from orderhub.models.channel import Credentials

BASE = datetime(2026, 3, 1, tzinfo=UTC)
OUTAGE_S, AFTER_S, CAP_S = 600.0, 60.0, 20.0
APP = Credentials("key", "secret")
GET = Request("GET", "https://platform.example/orders")
BUSY, FINE = Reply(503, {}, b""), Reply(200, {}, b"ok")


class Storm:
    """One seeded history.

    Attributes:
        calls, requests: What was asked for during the outage, and what was sent for it.
        served: Calls that were answered after the outage.
        last_end_s: When the last call ended that had begun in the outage.
        broken: Calls that began after the outage and were not served.
    """

    def __init__(self, seed: int, callers: int = 1_000) -> None:
        self.random = random.Random(seed)
        self.ports = {"retry": RetryBudget(random=self.random.random), "skew": Skew()}
        self.callers, self.pace = callers, self.random.choice((60.0, 200.0, 600.0))
        self.at, self.calls, self.requests, self.number = 0.0, 0, 0, 0
        self.served, self.last_end_s = 0, 0.0
        self.broken: list[float] = []
        self.turns: list[tuple[float, int, int, Any, float]] = []

    def play(self) -> Storm:
        """To a minute after the outage."""
        for caller in range(self.callers):
            self._later(self.random.random() * self.pace, caller, None)
        while self.turns:
            self.at, _, caller, operation, begun = heapq.heappop(self.turns)
            if operation is None:
                if self.at >= OUTAGE_S + AFTER_S:
                    continue
                self.calls += self.at < OUTAGE_S
                operation, begun = exchange("read", _signed, _opened), self.at
            self._run(caller, operation, begun)
        return self

    def _later(self, at: float, caller: int, operation: Any, begun: float = 0.0) -> None:
        self.number += 1
        heapq.heappush(self.turns, (at, self.number, caller, operation, begun))

    def _run(self, caller: int, operation: Any, begun: float) -> None:
        """Up to the next pause or the end of the call; then the caller waits for its next one."""
        answer: Any = None
        try:
            while True:
                step = operation.send(answer)
                if isinstance(step, Pause):
                    self._later(self.at + step.seconds, caller, operation, begun)
                    return
                answer = self._answer(step)
        except StopIteration:
            self.served += 1
        except OrderHubError:
            if begun >= OUTAGE_S:
                self.broken.append(begun)
        if begun < OUTAGE_S:
            self.last_end_s = max(self.last_end_s, self.at)
        self._later(self.at + self.pace * self.random.uniform(0.5, 1.0), caller, None)

    def _answer(self, step: Any) -> Any:
        match step:
            case Now():
                return BASE + timedelta(seconds=self.at)
            case Ask(port, method, arguments, _):
                return getattr(self.ports[port], method)(*arguments)
            case Call():
                self.requests += self.at < OUTAGE_S
                return BUSY if self.at < OUTAGE_S else FINE
            case Take():
                return None
        return APP


def _signed(credentials: Credentials, at: datetime) -> Request:
    return GET


def _opened(reply: Reply) -> bytes:
    if reply.status == 503:
        raise PlatformUnavailable("busy")
    return reply.body


def check_storm(seed: int, callers: int = 1_000) -> float:
    """Play it; answers the amplification."""
    storm = Storm(seed, callers).play()
    amplification = storm.requests / storm.calls
    assert amplification <= 1.1, f"seed={seed}: {storm.requests} requests for {storm.calls} calls"
    assert not storm.broken, f"seed={seed}: {len(storm.broken)} calls failed after the outage"
    assert storm.last_end_s <= OUTAGE_S + CAP_S, f"seed={seed}: a call of the outage lasted until {storm.last_end_s}"
    assert storm.served, f"seed={seed}: nobody was served after the outage"
    return amplification
