"""Shares of what is scarce by the day: taken at once or not at all, given back by whoever is lost. Imports nothing.

A share belongs to a key (a parcel) and is drawn from counters. It is held for a while, kept once its parcel is on its
way to a carrier, dropped when the carrier refuses. One that is only held comes back by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["HeldShare", "Share", "ShareAsk", "ShareBid", "Shares", "Split"]


@dataclass(frozen=True, slots=True)
class Split:
    """One part of a whole that is divided: it is to have `weight` of every `whole` that `total` counts."""

    total: str
    part: str
    weight: int
    whole: int


@dataclass(frozen=True, slots=True)
class ShareBid:
    """One candidate.

    Attributes:
        name: What is chosen, unique in its ask.
        caps: (counter, most): one unit is drawn from each; none may hold more than its most.
        split: The part that it counts for, if it is in one.
        tier: Smaller goes first.
        is_split: Whether its part also decides its turn within its tier.
    """

    name: str
    caps: tuple[tuple[str, int], ...] = ()
    split: Split | None = None
    tier: int = 0
    is_split: bool = False


@dataclass(frozen=True, slots=True)
class ShareAsk:
    """A share of one of these, the best first. The same key again has the same answer while that is among the bids.

    Attributes:
        hold_s: Seconds after which it comes back unless it was kept.
    """

    key: str
    bids: tuple[ShareBid, ...]
    hold_s: int = 900


@dataclass(frozen=True, slots=True)
class Share:
    """What was taken: a bid's name, None when every bid was full; `full` are the counters that refused better bids."""

    key: str
    name: str | None
    full: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldShare:
    """A share as it is kept: which bid, and the counters that it was drawn from."""

    name: str
    counters: tuple[str, ...]


class Shares(Protocol):
    """Counters that any number of workers draw from."""

    def take_shares(self, asks: Sequence[ShareAsk]) -> list[Share]:
        """One answer an ask, in order, all in one transaction; no counter ever holds more than its most.

        A key whose share is not among the bids any more gives it back and takes another.
        """
        ...

    def keep_shares(self, keys: Sequence[str]) -> list[bool]:
        """They do not come back by themselves any more; False for a key whose share has come back already."""
        ...

    def drop_shares(self, keys: Sequence[str]) -> None:
        """Give shares back; a key without one is fine."""
        ...

    def shares_of(self, keys: Sequence[str]) -> Mapping[str, HeldShare]:
        """The shares of those keys that have one."""
        ...

    def share_counts(self, counters: Sequence[str]) -> Mapping[str, int]:
        """How much was drawn from each."""
        ...
