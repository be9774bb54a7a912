"""Quotas of carriers and percentage splits between them: as data, as bids for shares, and who gets one. Pure.

Imports `ports`, `rules`, `services`, `selection`. `grant` decides in every store, inside of the store's transaction;
what it is handed are counts, so that it needs no database and is tested without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import Field, model_validator

from orderhub.kit.carriers import carrier_of
from orderhub.logistics.rules import CARRIER, facts_of_need
from orderhub.logistics.selection import PLAIN, Option, Selection
from orderhub.logistics.services import Need
from orderhub.models.base import Model
from orderhub.ports.shares import HeldShare, Share, ShareAsk, ShareBid, Split
from orderhub.rules import Condition, Effect, Rule, RuleSet, bind, holds

__all__ = ["CarrierQuota", "CarrierSplit", "Grants", "ask_of", "choose", "counters_of", "grant", "told_of"]


def _code(name: str) -> str:
    carrier, mark, product = name.partition("/")
    return f"{carrier_of(carrier) or carrier}{mark}{product}"


class CarrierQuota(Model):
    """At most so many parcels a day with these carriers together.

    Attributes:
        name: Unique among quotas and splits; counts go by it, so a new name starts afresh.
        carriers: Codes, or `carrier/product` for one product.
        per_day: Parcels of one day of dispatch.
        when: Which parcels it is about, in words of the vocabulary `carrier`; none: all.
    """

    name: str = Field(min_length=1)
    carriers: tuple[str, ...] = Field(min_length=1)
    per_day: int = Field(ge=0)
    when: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _words(self) -> CarrierQuota:
        object.__setattr__(self, "carriers", tuple(map(_code, self.carriers)))
        object.__setattr__(self, "when", _bound(self.name, self.when))
        return self


class CarrierSplit(Model):
    """How a day's parcels are divided between carriers that could all take them.

    It orders those carriers among themselves and puts them before the ones that it does not name; wishes, rules that
    prefer, and an expedited order come before it. A parcel that only one of them takes counts for that one.

    Attributes:
        shares: Code, or `carrier/product`, -> its part; parts need not add up to a hundred.
    """

    name: str = Field(min_length=1)
    shares: dict[str, int] = Field(min_length=2)
    when: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _words(self) -> CarrierSplit:
        if any(part <= 0 for part in self.shares.values()):
            raise ValueError("every part must be above zero")
        object.__setattr__(self, "shares", {_code(name): part for name, part in self.shares.items()})
        object.__setattr__(self, "when", _bound(self.name, self.when))
        return self


def _bound(name: str, when: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Conditions checked against the words for carriers, values in the form in which facts are compared."""
    if not when:
        return ()
    nothing = Effect(action="score", arguments={"carriers": ["other"], "points": 0})
    rule = Rule(name=name, when=when, then=(nothing,))
    return bind(RuleSet(name=name, vocabulary=CARRIER.name, rules=(rule,)), CARRIER).rules[0].when


def ask_of(
    key: str,
    selection: Selection,
    need: Need,
    quotas: Sequence[CarrierQuota],
    splits: Sequence[CarrierSplit],
    *,
    refused: Sequence[str] = (),
    hold_s: int = 900,
) -> ShareAsk | None:
    """What one parcel asks for: a bid for each of its options; None when no quota and no split is about it.

    Args:
        key: The parcel's id.
        refused: Carriers that said no to this parcel.
    """
    facts = facts_of_need(need)
    mine = [quota for quota in quotas if all(holds(condition, facts) for condition in quota.when)]
    split = next((one for one in splits if all(holds(condition, facts) for condition in one.when)), None)
    options = selection.after(refused)
    bids = tuple(_bid(option, need.on, mine, split, not selection.is_hurried) for option in options)
    return ShareAsk(key, bids, hold_s) if any(bid.caps or bid.split for bid in bids) else None


def _bid(
    option: Option, on: date, quotas: Sequence[CarrierQuota], split: CarrierSplit | None, is_calm: bool
) -> ShareBid:
    names = (option.name, option.carrier)
    caps = tuple(
        (f"{quota.name}:{on}", quota.per_day) for quota in quotas if any(name in quota.carriers for name in names)
    )
    part = next((name for name in names if split and name in split.shares), None)
    if split is None or part is None:
        return ShareBid(option.name, caps, tier=option.tier)
    total = f"{split.name}:{on}"
    piece = Split(total, f"{total}:{part}", split.shares[part], sum(split.shares.values()))
    return ShareBid(option.name, caps, piece, option.tier, is_calm and option.tier == PLAIN)


def told_of(share: Share) -> str:
    """Why a share put its option first, in words."""
    if share.full:
        return f"the quota {', '.join(sorted(counter.rpartition(':')[0] for counter in share.full))} is used up"
    return "it is behind its part of the split"


@dataclass(slots=True)
class Grants:
    """What a call changes: counts afterwards, and the holder of each key (None: gives back)."""

    counts: dict[str, int] = field(default_factory=dict)
    held: dict[str, HeldShare | None] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)


def grant(asks: Sequence[ShareAsk], held: Mapping[str, HeldShare], counts: Mapping[str, int]) -> Grants:
    """Answer asks in order; counts are those of every counter that the asks and what is held name."""
    found = Grants(dict(counts), dict(held))
    for ask in asks:
        own = found.held.get(ask.key)
        if own is not None and any(bid.name == own.name for bid in ask.bids):
            found.shares.append(Share(ask.key, own.name))
            continue
        for counter in own.counters if own else ():
            found.counts[counter] = max(0, found.counts.get(counter, 0) - 1)
        chosen, full = choose(ask.bids, found.counts)
        found.held[ask.key] = None if chosen is None else HeldShare(chosen.name, _counters(chosen))
        for counter in _counters(chosen) if chosen else ():
            found.counts[counter] = found.counts.get(counter, 0) + 1
        found.shares.append(Share(ask.key, chosen.name if chosen else None, full))
    return found


def choose(bids: Sequence[ShareBid], counts: Mapping[str, int]) -> tuple[ShareBid | None, tuple[str, ...]]:
    """The bid that gets it, and the counters that refused bids which come before it."""
    full: list[str] = []
    for bid in sorted(bids, key=lambda bid: _turn(bid, counts)):
        used_up = [counter for counter, most in bid.caps if counts.get(counter, 0) >= most]
        if not used_up:
            return bid, tuple(dict.fromkeys(full))
        full += used_up
    return None, tuple(dict.fromkeys(full))


def counters_of(asks: Iterable[ShareAsk]) -> set[str]:
    """Every counter that a decision about these looks at."""
    return {counter for ask in asks for bid in ask.bids for counter in _counters(bid)}


def _turn(bid: ShareBid, counts: Mapping[str, int]) -> tuple[int, bool, int]:
    """Tier; then parts of a split before others, the one furthest behind its part first; then the order of bids."""
    if bid.split is None or not bid.is_split:
        return bid.tier, True, 0
    split = bid.split
    behind = split.weight * (counts.get(split.total, 0) + 1) - split.whole * counts.get(split.part, 0)
    return bid.tier, False, -behind


def _counters(bid: ShareBid) -> tuple[str, ...]:
    parts = (bid.split.total, bid.split.part) if bid.split else ()
    return (*(counter for counter, _ in bid.caps), *parts)
