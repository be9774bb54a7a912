"""Which carrier for which parcel: eligible services, ranked, each with its reasons. Pure.

Imports `rates`, `services`, `rules`, `wishes`. Order of decisions: hard limits, then rules that remove, then the
seller's wish, the buyer's wish, rules that prefer, and last the score. Ties end in a total order, so the same input
gives the same answer in any order of services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from orderhub.errors import NoCarrier
from orderhub.logistics.rates import Refusal, rate
from orderhub.logistics.rules import Rule, applying
from orderhub.logistics.services import LIMITS, Need, Service
from orderhub.logistics.wishes import Wish, wish_of
from orderhub.models.logistics import Quote

__all__ = ["STRATEGIES", "Option", "Rejection", "Selection", "Strategy", "select"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """How price, time and quality weigh against each other: `score = -(price + hours + bad quality)`.

    Attributes:
        price: Weight of one unit of currency.
        hour: What one promised hour is worth.
        quality: What the whole way from the worst to the best quality is worth.
        hours_unknown: Taken for services that promise no time.
    """

    name: str
    price: Decimal = Decimal(1)
    hour: Decimal = Decimal(0)
    quality: Decimal = Decimal(0)
    hours_unknown: int = 240


STRATEGIES: Mapping[str, Strategy] = MappingProxyType({
    "cheapest": Strategy("cheapest"),
    "balanced": Strategy("balanced", hour=Decimal("0.05"), quality=Decimal(3)),
    "fastest": Strategy("fastest", price=Decimal("0.0001"), hour=Decimal(1)),
    "best_quality": Strategy("best_quality", price=Decimal("0.0001"), quality=Decimal(100)),
})  # fmt: skip
"""The ready-made strategies; any `Strategy` may be given instead."""


@dataclass(frozen=True, slots=True)
class Option:
    """One eligible service with its price, its score (higher is better) and why it stands where it stands."""

    service: Service
    quote: Quote
    score: Decimal
    tier: int
    reasons: tuple[str, ...]

    @property
    def carrier(self) -> str:
        """Canonical carrier code."""
        return self.service.carrier

    @property
    def product(self) -> str:
        """The carrier's product."""
        return self.service.product


@dataclass(frozen=True, slots=True)
class Rejection:
    """A service that cannot be used: a reason code, and words for people."""

    carrier: str
    product: str
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.carrier}/{self.product}: {self.detail} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Selection:
    """All options, best first: the second is what to fall back on when the first refuses the parcel."""

    options: tuple[Option, ...]
    rejected: tuple[Rejection, ...]
    strategy: str

    def best(self) -> Option:
        """The first option; raises `NoCarrier`, which lists every service with its reason."""
        if not self.options:
            told = "; ".join(map(str, self.rejected)) or "no carrier service is configured"
            raise NoCarrier(f"no carrier can take this parcel: {told}", code="no_carrier")
        return self.options[0]

    def after(self, failed: Sequence[str]) -> tuple[Option, ...]:
        """What is left when these carriers have refused, best first."""
        return tuple(option for option in self.options if option.carrier not in failed)

    def explain(self) -> str:
        """The whole decision in words, one line a service."""
        lines = [f"strategy {self.strategy}"]
        for rank, option in enumerate(self.options, start=1):
            price = f"{option.quote.total} {option.quote.currency}"
            lines.append(f"{rank}. {option.carrier}/{option.product} {price}: {'; '.join(option.reasons)}")
        return "\n".join(lines + [f"-  {rejection}" for rejection in self.rejected])


@dataclass(frozen=True, slots=True)
class _Bids:
    """What wishes and rules say about carriers; smaller tiers go first."""

    tiers: Mapping[str, tuple[int, str]]
    points: Mapping[str, Decimal]
    notes: Mapping[str, tuple[str, ...]]


SELLER, BUYER, PREFERRED, PLAIN, UNWANTED = range(5)


def select(
    services: Sequence[Service], need: Need, *, rules: Sequence[Rule] = (), strategy: Strategy | str = "cheapest"
) -> Selection:
    """Rank the services for one parcel.

    A wish or an expedited order changes the order among what is possible, never what is possible. An expedited order
    (or a note that asks for speed) is ranked by promised hours.

    Raises:
        ConfigurationError: A rule compares what cannot be compared.
        KeyError: No such strategy.
    """
    seller, buyer = wish_of(need.seller_note), wish_of(need.buyer_note)
    hurried = need.expedite or seller.expedite or buyer.expedite
    plan = STRATEGIES["fastest"] if hurried else STRATEGIES[strategy] if isinstance(strategy, str) else strategy
    carriers = {service.carrier for service in services}
    found: list[tuple[Service, Quote]] = []
    rejected: list[Rejection] = []
    told = applying(rules, need)
    removed = _removed(told, carriers)
    for service in services:
        answer = _objection(service, need, removed) or rate(service.card, need.parcel, need.origin_province, need.on)
        if isinstance(answer, Refusal):
            answer = Rejection(service.carrier, service.product, answer.reason.value, answer.detail)
        if isinstance(answer, Rejection):
            rejected.append(answer)
        else:
            found.append((service, answer))
    bids = _bids(told, seller, buyer, {service.carrier for service, _ in found})
    options = sorted((_option(service, quote, bids, plan) for service, quote in found), key=_rank)
    return Selection(tuple(options), tuple(sorted(rejected, key=str)), plan.name)


def _rank(option: Option) -> tuple[object, ...]:
    """A total order: no two services of different carrier, product or card compare equal."""
    hours = option.quote.promised_hours
    service = option.service
    return (
        option.tier, -option.score, hours is None, hours or 0, option.quote.total, service.priority,
        service.carrier, service.product, service.card.version or "",
    )  # fmt: skip


def _objection(service: Service, need: Need, removed: Mapping[str, tuple[str, str]]) -> Rejection | None:
    for reason, limit in LIMITS:
        if detail := limit(service, need):
            return Rejection(service.carrier, service.product, reason, detail)
    if service.carrier in removed:
        return Rejection(service.carrier, service.product, *removed[service.carrier])
    return None


def _removed(rules: Sequence[Rule], carriers: set[str]) -> Mapping[str, tuple[str, str]]:
    """Carriers that rules take out, each with the first rule that did."""
    found: dict[str, tuple[str, str]] = {}
    for rule in rules:
        if rule.action == "exclude":
            gone = carriers & set(rule.carriers)
        elif rule.action == "restrict":
            gone = carriers - set(rule.carriers)
        else:
            continue
        for carrier in sorted(gone):
            found.setdefault(carrier, ("rule", f"rule {rule.name!r} leaves it out"))
    return found


def _bids(rules: Sequence[Rule], seller: Wish, buyer: Wish, eligible: set[str]) -> _Bids:
    tiers: dict[str, tuple[int, str]] = {}
    for tier, wanted, why in (
        (SELLER, seller.wanted, "the seller's note asks for it"),
        (BUYER, buyer.wanted, "the buyer asks for it"),
        (UNWANTED, seller.unwanted, "the seller's note does not want it"),
        (UNWANTED, buyer.unwanted, "the buyer does not want it"),
    ):
        for carrier in wanted:
            tiers.setdefault(carrier, (tier, why))
    for rule in rules:
        chosen = [carrier for carrier in rule.carriers if carrier in eligible]
        if rule.action == "prefer_carriers" and chosen:
            for carrier in chosen:
                tiers.setdefault(carrier, (PREFERRED, f"rule {rule.name!r} puts it first"))
            break
    points: dict[str, Decimal] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for carrier in rule.carriers if rule.action == "score" else ():
            points[carrier] = points.get(carrier, Decimal(0)) + rule.points
            notes[carrier] = (*notes.get(carrier, ()), f"rule {rule.name!r} adds {rule.points}")
    return _Bids(tiers, points, notes)


def _option(service: Service, quote: Quote, bids: _Bids, plan: Strategy) -> Option:
    carrier, hours = service.carrier, quote.promised_hours
    tier, why = bids.tiers.get(carrier, (PLAIN, ""))
    time = plan.hours_unknown if hours is None else hours
    cost = plan.price * quote.total + plan.hour * time + plan.quality * (1 - service.quality)
    told = [why] if why else []
    told.append(f"{time} h promised" if hours is not None else f"no promised time, counted as {time} h")
    told.append(f"quality {service.quality}")
    told += bids.notes.get(carrier, ())
    return Option(service, quote, bids.points.get(carrier, Decimal(0)) - cost, tier, tuple(told))
