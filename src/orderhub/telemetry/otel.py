"""The observer that speaks OpenTelemetry. Imports `telemetry`, `ports`, `collect`, `flow`; needs the extra `otel`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation
from opentelemetry.trace import Span, Tracer, TracerProvider

from orderhub.collect.health import ShopHealth
from orderhub.collect.report import SyncReport
from orderhub.flow.steps import Operation
from orderhub.ports.observe import Subject
from orderhub.telemetry.names import METRICS
from orderhub.telemetry.spans import StepWatch, VerbWatch, reason_of
from orderhub.telemetry.watching import watched

__all__ = ["OtelObserver"]

T = TypeVar("T")
SCOPE = "orderhub"


class OtelObserver:
    """Spans and metrics of everything that hubs, shops and carriers do; share one among all of a process.

    Args:
        tracer_provider, meter_provider: The global ones of OpenTelemetry when left out.
        now: Tells the instant (aware, UTC) for the lag of shops; a hub with a clock of its own gives that one's `now`.
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:  # fmt: skip
        self.tracer: Tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._now = now or _utc
        self._watermarks: dict[str, datetime] = {}
        self._quarantined: dict[str, int] = {}
        meter = metrics.get_meter(SCOPE, meter_provider=meter_provider)
        self._instruments = {name: self._made(meter, name) for name in METRICS}

    def verb(self, subject: Subject, name: str, operation: Operation[T]) -> Operation[T]:
        """See `Observer.verb`."""
        return watched(operation, VerbWatch(self, subject, name))

    def steps(self, subject: Subject, operation: Operation[T]) -> Operation[T]:
        """See `Observer.steps`."""
        return watched(operation, StepWatch(self, subject))

    def ledger(self, store: T) -> T:
        """A ledger that a host uses by itself, watched: the same verbs, `apply` with a span and metrics."""
        return _Ledger(store, self)  # type: ignore[return-value]

    def count(self, name: str, amount: float, attributes: Mapping[str, str]) -> None:
        """Add to a counter or record in a histogram of `METRICS`."""
        instrument = self._instruments[name]
        act = instrument.add if METRICS[name].kind == "counter" else instrument.record
        act(amount, attributes)

    def applied(self, commands: Sequence[Any], outcomes: Sequence[Any], seconds: float) -> None:
        """One batch of stock commands."""
        self.count("orderhub.ledger.duration", seconds, {})
        for command, outcome in zip(commands, outcomes, strict=False):
            told = {"orderhub.command": type(command).__name__.lower(), "orderhub.reason": reason_of(outcome)}
            self.count("orderhub.ledger.commands", 1, told)

    def saw(self, result: Any) -> None:
        """Reports among what a verb answered."""
        for found in result if isinstance(result, list) else ():
            if isinstance(found, SyncReport):
                self._ran(found)
            elif isinstance(found, ShopHealth):
                self.saw_quarantine(found.shop_key, found.quarantined.total())
                self._mark(found.shop_key, found.watermark)

    def saw_quarantine(self, shop: str, size: int) -> None:
        """How many documents wait there."""
        self._quarantined[shop] = size

    def _ran(self, report: SyncReport) -> None:
        for word, count in report.counts.items():
            told = {"orderhub.shop": report.shop_key, "orderhub.resource": report.resource, "orderhub.word": word}
            self.count("orderhub.sync.documents", count, told)
        if report.resource == "orders":
            self._mark(report.shop_key, report.watermark)

    def _mark(self, shop: str, watermark: datetime | None) -> None:
        if watermark is not None:
            self._watermarks[shop] = max(watermark, self._watermarks.get(shop, watermark))

    def _made(self, meter: Meter, name: str) -> Any:
        metric = METRICS[name]
        if metric.kind == "gauge":
            look = self._lags if name == "orderhub.sync.lag" else self._sizes
            return meter.create_observable_gauge(name, [look], unit=metric.unit, description=metric.means)
        make: Callable[..., Any] = meter.create_counter if metric.kind == "counter" else meter.create_histogram
        return make(name, unit=metric.unit, description=metric.means)

    def _lags(self, _: CallbackOptions) -> Iterable[Observation]:
        now = self._now()
        for shop, mark in list(self._watermarks.items()):
            yield Observation(max(0.0, (now - mark).total_seconds()), {"orderhub.shop": shop})

    def _sizes(self, _: CallbackOptions) -> Iterable[Observation]:
        for shop, size in list(self._quarantined.items()):
            yield Observation(size, {"orderhub.shop": shop})


class _Ledger:
    """A `StockStore` whose `apply` is looked at."""

    def __init__(self, store: Any, observer: OtelObserver) -> None:
        self._store, self._observer = store, observer

    def apply(self, commands: Sequence[Any]) -> list[Any]:
        """See `StockStore.apply`."""
        span: Span
        started = perf_counter()
        with self._observer.tracer.start_as_current_span(
            "orderhub.ledger.apply", attributes={"orderhub.count": len(commands)},
            record_exception=False, set_status_on_exception=False,
        ) as span:  # fmt: skip
            try:
                outcomes: list[Any] = self._store.apply(commands)
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise
        self._observer.applied(commands, outcomes, perf_counter() - started)
        return outcomes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _utc() -> datetime:
    return datetime.now(UTC)
