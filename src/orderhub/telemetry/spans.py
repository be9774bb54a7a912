"""What spans are made of steps: one for a verb, one for each call, with what the reply said. Imports `flow`, `ports`.

A reply that says no is known only once the operation has read it: the span of a call stays open until the retry
budget is told what came of it, and ends at the instant at which the reply arrived.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from orderhub.errors import ClockSkewed, RateLimited, TokenExpired
from orderhub.flow.message import Reply
from orderhub.flow.steps import Ask, Call, Now, Secret, Take
from orderhub.models import Outcome
from orderhub.ports.observe import Subject
from orderhub.telemetry.names import TRACED

if TYPE_CHECKING:
    from orderhub.telemetry.otel import OtelObserver

__all__ = ["StepWatch", "VerbWatch", "reason_of"]

OK, ABANDONED = "ok", "abandoned"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SAID = {("retry", "succeeded"): None, ("limits", "throttled"): RateLimited, ("skew", "learn"): ClockSkewed}
"""What these questions to the driver tell of the call before them."""


def reason_of(outcome: Any) -> str:
    """The word of an outcome; anything that does not look like one is `other`."""
    if outcome.ok and outcome.reason is None:
        return OK
    reason = outcome.reason or ""
    return reason if isinstance(reason, str) and _WORD.fullmatch(reason) else "other"


@contextmanager
def _current(context: Context) -> Iterator[None]:
    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def _name(error: BaseException) -> str:
    """The type's name; an operation that was closed before its end, as a stream that is left early, was `abandoned`."""
    return ABANDONED if isinstance(error, GeneratorExit) else type(error).__name__


def _end(span: Span, error: str | None, at_ns: int | None = None) -> None:
    if error not in (None, ABANDONED):
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("orderhub.outcome", error or OK)
    span.end(at_ns)


class _Nothing:
    """A watch that looks at nothing."""

    def current(self) -> AbstractContextManager[Any]:
        """See `Watch`."""
        return nullcontext()

    def performing(self, step: Any) -> AbstractContextManager[Any]:
        """See `Watch`."""
        return nullcontext()

    def answered(self, step: Any, answer: Any) -> None:
        """See `Watch`."""

    def failed(self, step: Any, error: BaseException) -> None:
        """See `Watch`."""

    def ended(self, result: Any) -> None:
        """See `Watch`."""

    def broke(self, error: BaseException) -> None:
        """See `Watch`."""


class VerbWatch(_Nothing):
    """The span of one public verb; whatever it does is inside."""

    def __init__(self, observer: OtelObserver, subject: Subject, name: str) -> None:
        self._observer, self._told = observer, {"orderhub.scope": subject.scope, "orderhub.verb": name}
        if subject.platform:
            self._told["orderhub.platform"] = subject.platform
        self._account, self._name = subject.account, f"orderhub.{subject.scope}.{name}"
        self._span: Span | None = None

    def current(self) -> AbstractContextManager[Any]:
        """See `Watch`; the span starts when the operation does, below whatever is current then."""
        if self._span is None:
            more = {"orderhub.shop": self._account} if self._account else {}
            self._span = self._observer.tracer.start_span(self._name, attributes={**self._told, **more})
            self._context, self._started = set_span_in_context(self._span), perf_counter()
        return _current(self._context)

    def ended(self, result: Any) -> None:
        """See `Watch`."""
        self._close(None)
        found = result if isinstance(result, list) else [result]
        reasons = Counter(reason_of(one) for one in found if isinstance(one, Outcome))
        for reason, count in reasons.items():
            self._observer.count("orderhub.outcomes", count, {**self._told, "orderhub.reason": reason})
        self._observer.saw(result)

    def broke(self, error: BaseException) -> None:
        """See `Watch`."""
        self._close(_name(error))

    def _close(self, error: str | None) -> None:
        if self._span is None:
            return
        _end(self._span, error)
        seconds = perf_counter() - self._started
        self._observer.count("orderhub.verb.duration", seconds, {**self._told, "orderhub.outcome": error or OK})


@dataclass(slots=True)
class _Open:
    """A call whose meaning is not known yet."""

    span: Span
    operation: str
    seconds: float
    at_ns: int


class StepWatch(_Nothing):
    """Spans of calls and of some ports; waits and retries."""

    def __init__(self, observer: OtelObserver, subject: Subject) -> None:
        self._observer, self._subject = observer, subject
        self._operation = ""
        self._open: _Open | None = None
        self._asked: tuple[Span, float] | None = None

    def performing(self, step: Any) -> AbstractContextManager[Any]:
        """See `Watch`."""
        match step:
            case Call(request):
                self._settle(None)
                return self._calling(urlsplit(request.url).hostname or "")
            case Take(operation):
                self._operation = operation
                return self._waiting()
            case Ask(port, method) if (port, method) in TRACED:
                return self._asking(step, TRACED[port, method])
            case _:
                self._hear(step)
                return nullcontext()

    def answered(self, step: Any, answer: Any) -> None:
        """See `Watch`."""
        match step:
            case Call() if isinstance(answer, Reply) and self._open is not None:
                self._open.span.set_attribute("http.response.status_code", answer.status)
            case Ask("retry", "decide", (error, *_)) if answer is not None:
                told = {**self._about(), "error.type": type(error).__name__}
                self._observer.count("orderhub.call.retries", 1, told)
            case Ask(port, method, (first, *_)) if self._asked is not None and (port, method) in TRACED:
                self._got(port, first, answer)
            case Ask("quarantine", "quarantined", _, {"platform": platform, "shop_id": shop_id}):
                self._observer.saw_quarantine(f"{platform}:{shop_id}", len(answer))
            case _:
                return

    def ended(self, result: Any) -> None:
        """See `Watch`."""
        self._settle(None)

    def broke(self, error: BaseException) -> None:
        """See `Watch`."""
        self._settle(_name(error))

    def _about(self) -> dict[str, str]:
        named = {
            "orderhub.platform": self._subject.platform, "orderhub.shop": self._subject.account,
            "orderhub.operation": self._operation,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value}

    @contextmanager
    def _calling(self, host: str) -> Iterator[None]:
        told = {**self._about(), "server.address": host}
        span = self._observer.tracer.start_span("orderhub.call", kind=SpanKind.CLIENT, attributes=told)
        started = perf_counter()
        try:
            with _current(set_span_in_context(span)):
                yield
        finally:
            self._open = _Open(span, self._operation, perf_counter() - started, time_ns())

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        started = perf_counter()
        yield
        self._observer.count("orderhub.limiter.wait", perf_counter() - started, self._about())

    @contextmanager
    def _asking(self, step: Ask, name: str) -> Iterator[None]:
        self._hear(step)
        span, started = self._observer.tracer.start_span(name, attributes=_told(step)), perf_counter()
        try:
            with _current(set_span_in_context(span)):
                yield
        except BaseException as error:
            _end(span, _name(error))
            raise
        self._asked = span, perf_counter() - started

    def _got(self, port: str, first: Any, answer: Any) -> None:
        """What a port with a span of its own answered."""
        assert self._asked is not None
        (span, seconds), self._asked = self._asked, None
        failure = type(answer).__name__ if isinstance(answer, Exception) else None
        _end(span, failure)
        if port == "stock":
            self._observer.applied(first, answer, seconds)
        elif port == "hooks":
            self._observer.count("orderhub.events", 1, {"orderhub.hook": first, "orderhub.outcome": failure or OK})

    def _hear(self, step: Any) -> None:
        """What the operation asks next tells what it made of the reply; looking at the clock tells nothing."""
        if self._open is None or isinstance(step, Now):
            return
        match step:
            case Ask("retry", "decide", (error, *_)):
                self._settle(type(error).__name__)
            case Secret(stale):
                self._settle(None if stale is None else TokenExpired.__name__)
            case Ask(port, method):
                found = _SAID.get((port, method))
                self._settle(found.__name__ if found else None)
            case _:
                self._settle(None)

    def _settle(self, error: str | None) -> None:
        if (held := self._open) is None:
            return
        self._open = None
        _end(held.span, error, held.at_ns)
        told = {**self._about(), "orderhub.operation": held.operation, "orderhub.outcome": error or OK}
        self._observer.count("orderhub.call.duration", held.seconds, told)


def _told(step: Ask) -> dict[str, Any]:
    """How many, or for which hook."""
    if step.port == "hooks":
        return {"orderhub.hook": step.arguments[0]}
    first = step.arguments[0] if step.arguments else ()
    return {"orderhub.count": len(first)} if isinstance(first, Sequence) else {}
