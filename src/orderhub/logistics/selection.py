"""Which carrier for which parcel: eligible services, ranked, each with its reasons. Pure.

Imports `rates`, `services`, `rules`, `wishes`, `quality`. Order of decisions: hard limits, then rules that remove,
carriers that are down go last, then the seller's wish, the buyer's wish, rules that prefer, and last the score. Ties
end in a total order, so the same input gives the same answer in any order of services; what decided is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from orderhub.errors import ConfigurationError, NoCarrier
from orderhub.logistics.provinces import province_key, province_of
from orderhub.logistics.quality import QualityTable
from orderhub.logistics.rates import Refusal, rate
from orderhub.logistics.rules import Rule, applying
from orderhub.logistics.services import LIMITS, Need, Service
from orderhub.logistics.wishes import Wish, wish_of
from orderhub.models.logistics import Quote

__all__ = [
    "STRATEGIES", "TIERS", "Bids", "Deciding", "Option", "Rejection", "Selection", "Strategy", "bids_of",
    "removed_by", "select", "strategy_of",
]  # fmt: skip


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
class Deciding:
    """What put the first option before the second.

    Attributes:
        by: A word: nobody, only_option, platform, rule, seller_note, buyer_note, down, unwanted, expedite, price,
            promise, quality, points, priority, name, share.
        why: In words for people; names the rule where one decided.
    """

    by: str
    why: str

    def __str__(self) -> str:
        return f"{self.by}: {self.why}"


@dataclass(frozen=True, slots=True)
class Option:
    """One eligible service with its price, its score (higher is better) and why it stands where it stands.

    Attributes:
        tier: Smaller goes first, whatever the score; see `TIERS`.
        costs: What the score is made of, by price, promise, quality and points; they add up to minus the score.
    """

    service: Service
    quote: Quote
    score: Decimal
    tier: int
    reasons: tuple[str, ...]
    costs: tuple[tuple[str, Decimal], ...] = ()

    @property
    def carrier(self) -> str:
        """Canonical carrier code."""
        return self.service.carrier

    @property
    def product(self) -> str:
        """The carrier's product."""
        return self.service.product

    @property
    def name(self) -> str:
        """Carrier and product."""
        return f"{self.carrier}/{self.product}"


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
    decided: Deciding
    is_hurried: bool = False

    def best(self) -> Option:
        """The first option.

        Raises:
            NoCarrier: There is none; lists every service with its reason. `sub_code` is the reason where all services
                share one.
        """
        if not self.options:
            told = "; ".join(map(str, self.rejected)) or "no carrier service is configured"
            raise NoCarrier(f"no carrier can take this parcel: {told}", code="no_carrier", sub_code=self.objection)
        return self.options[0]

    @property
    def objection(self) -> str | None:
        """The one reason of every rejection, if they share one and nobody takes the parcel."""
        reasons = {rejection.reason for rejection in self.rejected}
        return reasons.pop() if len(reasons) == 1 and not self.options else None

    def after(self, failed: Sequence[str]) -> tuple[Option, ...]:
        """What is left when these carriers have refused, best first."""
        return tuple(option for option in self.options if option.carrier not in failed)

    def led_by(self, name: str, why: str) -> Selection:
        """The same options with the one of this carrier and product first, because of a share (see `shares`)."""
        first = [option for option in self.options if option.name == name]
        if not first or first[0] is self.options[0]:
            return self
        told = replace(first[0], reasons=(why, *first[0].reasons))
        rest = tuple(option for option in self.options if option is not first[0])
        return replace(self, options=(told, *rest), decided=Deciding("share", why))

    def explain(self) -> str:
        """The whole decision in words: what decided, then one line a service."""
        lines = [f"strategy {self.strategy}; decided by {self.decided}"]
        for rank, option in enumerate(self.options, start=1):
            price = f"{option.quote.total} {option.quote.currency}"
            lines.append(f"{rank}. {option.name} {price}: {'; '.join(option.reasons)}")
        return "\n".join(lines + [f"-  {rejection}" for rejection in self.rejected])


@dataclass(frozen=True, slots=True)
class Bids:
    """What wishes and rules say about carriers; smaller tiers go first."""

    tiers: Mapping[str, tuple[int, str]]
    points: Mapping[str, Decimal]
    notes: Mapping[str, tuple[str, ...]]


SELLER, BUYER, PREFERRED, PLAIN, UNWANTED, DOWN = range(6)
TIERS = ("seller_note", "buyer_note", "rule", "plain", "unwanted", "down")
"""Names of the tiers, the first goes first."""


def select(
    services: Sequence[Service], need: Need, *, rules: Sequence[Rule] = (), strategy: Strategy | str = "cheapest",
    quality: QualityTable | None = None, down: Mapping[str, str] = MappingProxyType({}),
) -> Selection:  # fmt: skip
    """Rank the services for one parcel.

    A wish or an expedited order changes the order among what is possible, never what is possible. An expedited order
    (or a note that asks for speed) is ranked by promised hours.

    Args:
        quality: What was learned; a service's own `quality` counts where nothing was.
        down: Carrier -> why it should not be asked at the moment; it goes last.
    Raises:
        ConfigurationError: A rule compares what cannot be compared, or there is no such strategy.
    """
    seller, buyer = wish_of(need.seller_note), wish_of(need.buyer_note)
    hurried = need.expedite or seller.expedite or buyer.expedite
    plan = STRATEGIES["fastest"] if hurried else strategy_of(strategy)
    told = applying(rules, need)
    removed = removed_by(told, {service.carrier for service in services})
    found: list[tuple[Service, Quote]] = []
    rejected: list[Rejection] = []
    for service in services:
        answer = _objection(service, need, removed) or rate(service.card, need.parcel, need.origin_province, need.on)
        if isinstance(answer, Refusal):
            answer = Rejection(service.carrier, service.product, answer.reason.value, answer.detail)
        if isinstance(answer, Rejection):
            rejected.append(answer)
        else:
            found.append((service, answer))
    bids = bids_of(told, seller, buyer, {service.carrier for service, _ in found}, down)
    lane = province_key(need.origin_province), province_of(need.parcel.recipient.address) or ""
    options = sorted((_option(service, quote, bids, plan, quality, lane) for service, quote in found), key=_rank)
    rejected.sort(key=str)
    return Selection(tuple(options), tuple(rejected), plan.name, _deciding(options, rejected, hurried), hurried)


def strategy_of(strategy: Strategy | str) -> Strategy:
    """A strategy, or the ready-made one of that name; raises `ConfigurationError`."""
    found = STRATEGIES.get(strategy) if isinstance(strategy, str) else strategy
    if found is None:
        raise ConfigurationError(f"no strategy {strategy!r}; there are {', '.join(STRATEGIES)}", field="strategy")
    return found


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


def removed_by(rules: Sequence[Rule], carriers: set[str]) -> Mapping[str, tuple[str, str]]:
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


def bids_of(rules: Sequence[Rule], seller: Wish, buyer: Wish, eligible: set[str], down: Mapping[str, str]) -> Bids:
    """What speaks for and against each eligible carrier: notes and rules by tier, and who comes last since it fails."""
    tiers: dict[str, tuple[int, str]] = {carrier: (DOWN, f"last, since {why}") for carrier, why in down.items()}
    for tier, wanted, why in (
        (SELLER, seller.wanted, "the seller's note asks for it"),
        (BUYER, buyer.wanted, "the buyer asks for it"),
        (UNWANTED, seller.unwanted, "the seller's note does not want it"),
        (UNWANTED, buyer.unwanted, "the buyer does not want it"),
    ):
        for carrier in wanted:
            tiers.setdefault(carrier, (tier, why))
    for rule in rules:
        chosen = [carrier for carrier in rule.carriers if carrier in eligible and carrier not in down]
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
    return Bids(tiers, points, notes)


def _option(
    service: Service, quote: Quote, bids: Bids, plan: Strategy, table: QualityTable | None, lane: tuple[str, str]
) -> Option:
    carrier, hours = service.carrier, quote.promised_hours
    tier, why = bids.tiers.get(carrier, (PLAIN, ""))
    time = plan.hours_unknown if hours is None else hours
    learned = table.score(carrier, *lane) if table else None
    quality = service.quality if learned is None else learned
    points = bids.points.get(carrier, Decimal(0))
    costs = (
        ("price", plan.price * quote.total), ("promise", plan.hour * time),
        ("quality", plan.quality * (1 - quality)), ("points", -points),
    )  # fmt: skip
    told = [why] if why else []
    told.append(f"{time} h promised" if hours is not None else f"no promised time, counted as {time} h")
    told.append(f"quality {quality}" + ("" if learned is None else " learned"))
    told += bids.notes.get(carrier, ())
    return Option(service, quote, -sum((cost for _, cost in costs), Decimal(0)), tier, tuple(told), costs)


def _deciding(options: Sequence[Option], rejected: Sequence[Rejection], hurried: bool) -> Deciding:
    """The first thing in which the first option differs from the second."""
    if not options:
        return Deciding("nobody", "no service can take the parcel")
    first = options[0]
    if len(options) == 1:
        for reason, by in (("platform", "platform"), ("rule", "rule")):
            if left := next((one for one in rejected if one.reason == reason), None):
                return Deciding(by, f"only {first.name} is left: {left.detail}")
        return Deciding("only_option", f"only {first.name} can take the parcel")
    second = options[1]
    if first.tier != second.tier:
        ahead = first.tier < PLAIN
        said = (first if ahead else second).reasons[0]
        return Deciding(TIERS[first.tier if ahead else second.tier], said if ahead else f"{second.name} goes {said}")
    if first.score != second.score:
        return _by_score(first, second, hurried)
    return _by_order(first, second)


def _by_score(first: Option, second: Option, hurried: bool) -> Deciding:
    """The part of the score that is most in favour of the first."""
    gains = [(cost - own, name) for (name, own), (_, cost) in zip(first.costs, second.costs, strict=True)]
    gain, name = max(gains, key=lambda pair: pair[0])
    if hurried and name == "promise":
        name = "expedite"
    told = f"{first.name} is ahead of {second.name} by {first.score - second.score}, {gain} of it by {name}"
    return Deciding("rule" if name == "points" else name, told if name != "points" else f"{told}: {_scored(first)}")


def _scored(option: Option) -> str:
    return "; ".join(reason for reason in option.reasons if reason.startswith("rule ")) or "points of others"


def _by_order(first: Option, second: Option) -> Deciding:
    """Equal scores: promise, price, priority, and last the names."""
    steps = (
        ("promise", first.quote.promised_hours, second.quote.promised_hours),
        ("price", first.quote.total, second.quote.total),
        ("priority", first.service.priority, second.service.priority),
    )
    for by, own, other in steps:
        if own != other:
            return Deciding(by, f"equal scores; {by} {own} before {other}")
    return Deciding("name", f"equal in everything; {first.name} before {second.name}")
