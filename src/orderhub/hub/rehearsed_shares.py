"""Shares as a rehearsal sees them: decided by the same function over the real counts. Imports `logistics`, `ports`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from orderhub.flow.steps import Operation, ask
from orderhub.logistics.shares import counters_of, grant
from orderhub.ports import HeldShare, Share, ShareAsk

__all__ = ["RehearsedShares"]


class RehearsedShares:
    """Methods are `shares_method`; what was taken and given back is put aside."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[str, HeldShare | None] = {}
        self._drawn: Counter[str] = Counter()

    def shares_take_shares(self, asks: Sequence[ShareAsk]) -> Operation[list[Share]]:
        """See `Shares.take_shares`."""
        held = yield from self.shares_shares_of([ask.key for ask in asks])
        counters = counters_of(asks) | {counter for own in held.values() for counter in own.counters}
        counts = dict((yield from self.shares_share_counts(sorted(counters))))
        found = grant(asks, held, counts)
        self._held |= found.held
        self._drawn.update({counter: count - counts.get(counter, 0) for counter, count in found.counts.items()})
        return found.shares

    def shares_keep_shares(self, keys: Sequence[str]) -> Operation[list[bool]]:
        """Whether each key has a share."""
        held = yield from self.shares_shares_of(keys)
        return [key in held for key in keys]

    def shares_drop_shares(self, keys: Sequence[str]) -> Operation[None]:
        """Given back for the rest of the rehearsal."""
        for key, own in (yield from self.shares_shares_of(keys)).items():
            self._drawn.subtract(own.counters)
            self._held[key] = None

    def shares_shares_of(self, keys: Sequence[str]) -> Operation[Mapping[str, HeldShare]]:
        """Real shares, and those of the rehearsal."""
        real: Mapping[str, HeldShare] = yield from ask("shares", "shares_of", list(keys))
        known = {**real, **{key: self._held[key] for key in keys if key in self._held}}
        return {key: own for key, own in known.items() if own is not None}

    def shares_share_counts(self, counters: Sequence[str]) -> Operation[Mapping[str, int]]:
        """Real counts, with what the rehearsal took and gave back."""
        real: Mapping[str, int] = yield from ask("shares", "share_counts", list(counters))
        return {counter: real[counter] + self._drawn[counter] for counter in counters}
