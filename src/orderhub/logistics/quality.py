"""How well carriers do, learned from a merchant's own parcels: late, damaged or stuck, lost, by lane. Pure.

Imports `provinces`, `models`, `errors`. Few parcels prove little: a lane's rates are drawn towards its carrier's, a
carrier's towards those of all carriers together, and these towards what the policy expects, each as if `strength`
parcels more had been seen. With nothing seen, the policy's expectation is the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from orderhub.errors import ConfigurationError
from orderhub.models.base import Model

__all__ = ["RATES", "Figures", "QualityPolicy", "QualityTable", "Tally", "Trip", "judge", "learn"]

_PLACES = Decimal("0.0001")


def _exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) or type(value) is int else value


_Rate = Annotated[Decimal, Field(strict=True, ge=0, le=1, allow_inf_nan=False), BeforeValidator(_exact)]
_Weight = Annotated[Decimal, Field(strict=True, ge=0, allow_inf_nan=False), BeforeValidator(_exact)]


class QualityPolicy(Model):
    """What counts, and how much.

    Attributes:
        strength: Parcels' worth of belief in the wider figure; 0 takes every rate as it was counted.
        late, exception, lost: What is expected before anything was seen.
        late_weight, exception_weight, lost_weight: What one of these costs; a score is 1 minus the sum of
            rate times weight, never below 0.
        lost_after_days: A parcel that has not arrived so many days after it left counts as lost.
        history_days: How far back parcels are looked at.
    """

    strength: int = Field(default=20, ge=0)
    late: _Rate = Decimal("0.1")
    exception: _Rate = Decimal("0.02")
    lost: _Rate = Decimal("0.001")
    late_weight: _Weight = Decimal(1)
    exception_weight: _Weight = Decimal(2)
    lost_weight: _Weight = Decimal(20)
    lost_after_days: int = Field(default=15, ge=1)
    history_days: int = Field(default=90, ge=1)


@dataclass(frozen=True, slots=True)
class Trip:
    """One parcel as far as it went: its lane, what was promised and what happened; instants aware.

    Attributes:
        origin, destination: Short names of provinces.
        left_at: When the carrier took it, or when it was shipped.
        promised_hours: Door to door, None when nothing was promised.
        had_exception: Its carrier reported trouble, a failed delivery or an unasked return on the way.
    """

    carrier: str
    origin: str
    destination: str
    left_at: datetime
    delivered_at: datetime | None = None
    promised_hours: int | None = None
    had_exception: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one lane. `timed` are those that a promise was made for and whose answer is known."""

    parcels: int = 0
    timed: int = 0
    late: int = 0
    exceptions: int = 0
    lost: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))


RATES: Mapping[str, tuple[str, str]] = {
    "late": ("late", "timed"),
    "exception": ("exceptions", "parcels"),
    "lost": ("lost", "parcels"),
}
"""Rate -> (count, out of)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known about a carrier on a lane, and what follows: shrunk rates and the score, 0 to 1."""

    carrier: str
    origin: str
    destination: str
    lane: Tally
    everywhere: Tally
    rates: Mapping[str, Decimal]
    score: Decimal

    def __str__(self) -> str:
        lane, all_ = self.lane, self.everywhere
        told = ", ".join(f"{name} {rate}" for name, rate in self.rates.items())
        return (
            f"{self.carrier} {self.origin or '?'}→{self.destination or '?'}: {self.score} from {lane.parcels} parcels "
            f"here ({lane.late} of {lane.timed} late, {lane.exceptions} with trouble, {lane.lost} lost) and "
            f"{all_.parcels} everywhere; rates {told}"
        )


def judge(trip: Trip, now: datetime, policy: QualityPolicy) -> Tally | None:
    """What one parcel counts for; None while it is too early to tell.

    A parcel that is still under way after its promise is late already, so that slow parcels are not left out.
    """
    end = trip.delivered_at
    is_lost = end is None and now - trip.left_at > timedelta(days=policy.lost_after_days)
    due = None if trip.promised_hours is None else trip.left_at + timedelta(hours=trip.promised_hours)
    is_late = due is not None and (end or now) > due
    if end is None and not (is_lost or is_late or trip.had_exception):
        return None
    timed = due is not None and (end is not None or is_late)
    return Tally(1, int(timed), int(is_late), int(trip.had_exception), int(is_lost))


def learn(trips: Iterable[Trip], now: datetime, policy: QualityPolicy | None = None) -> QualityTable:
    """The table of what these parcels say; their order does not matter.

    Args:
        now: Aware; parcels older than the policy's history are left out.
    """
    rules = policy or QualityPolicy()
    since = now - timedelta(days=rules.history_days)
    found: dict[tuple[str, str, str], Tally] = {}
    for trip in trips:
        if since <= trip.left_at <= now and (said := judge(trip, now, rules)) is not None:
            lane = trip.carrier, trip.origin, trip.destination
            found[lane] = found.get(lane, Tally()) + said
    return QualityTable(found, rules)


@dataclass(frozen=True)
class QualityTable:
    """Scores by carrier and lane; see the module for how small numbers are treated."""

    lanes: Mapping[tuple[str, str, str], Tally] = field(default_factory=dict)
    policy: QualityPolicy = field(default_factory=QualityPolicy)
    _carriers: dict[str, Tally] = field(init=False, repr=False, compare=False, default_factory=dict)
    _known: dict[tuple[str, str, str], Figures] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for (carrier, _, _), tally in self.lanes.items():
            self._carriers[carrier] = self._carriers.get(carrier, Tally()) + tally

    def knows(self, carrier: str) -> bool:
        """Whether any parcel of the carrier was seen."""
        return carrier in self._carriers

    def score(self, carrier: str, origin: str, destination: str) -> Decimal | None:
        """0 (worst) to 1 (best); None for a carrier of which no parcel was seen."""
        return self.figures(carrier, origin, destination).score if carrier in self._carriers else None

    def figures(self, carrier: str, origin: str, destination: str) -> Figures:
        """The score with everything that it follows from.

        Args:
            origin, destination: Short names of provinces.
        """
        lane = carrier, origin, destination
        if (held := self._known.get(lane)) is None:
            held = self._known[lane] = self._figures(*lane)
        return held

    def explain(self, carrier: str | None = None) -> str:
        """Every lane in words, one a line, worst first."""
        rows = [self.figures(*lane) for lane in self.lanes if carrier in (None, lane[0])]
        ranked = sorted(rows, key=lambda row: (row.score, row.carrier, row.origin, row.destination))
        return "\n".join(map(str, ranked)) or "no parcels were seen"

    def _figures(self, carrier: str, origin: str, destination: str) -> Figures:
        policy, nothing = self.policy, Tally()
        here = self.lanes.get((carrier, origin, destination), nothing)
        own = self._carriers.get(carrier, nothing)
        everyone = sum(self._carriers.values(), nothing)
        rates: dict[str, Decimal] = {}
        cost = Fraction(0)
        for name, (count, of) in RATES.items():
            rate = Fraction(getattr(policy, name))
            for tally in (everyone, own, here):
                rate = _shrunk(getattr(tally, count), getattr(tally, of), rate, policy.strength)
            rates[name] = _decimal(rate)
            cost += rate * Fraction(getattr(policy, f"{name}_weight"))
        score = _decimal(max(Fraction(0), 1 - cost))
        return Figures(carrier, origin, destination, here, own, rates, score)

    def to_text(self) -> str:
        """As JSON, the same for equal tables."""
        rows = [[*lane, *(getattr(tally, one.name) for one in fields(Tally))] for lane, tally in self.lanes.items()]
        return json.dumps({"policy": self.policy.model_dump(mode="json"), "lanes": sorted(rows)}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> QualityTable:
        """What `to_text` wrote.

        Raises:
            ConfigurationError: It is something else.
        """
        try:
            found = json.loads(text)
            lanes = {(row[0], row[1], row[2]): Tally(*row[3:]) for row in found["lanes"]}
            return cls(lanes, QualityPolicy.model_validate(found["policy"]))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ConfigurationError(f"no table of carrier quality: {type(error).__name__}", field="quality") from None


def _shrunk(count: int, of: int, towards: Fraction, strength: int) -> Fraction:
    return (count + strength * towards) / (of + strength) if of + strength else towards


def _decimal(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_PLACES, rounding=ROUND_HALF_EVEN)
