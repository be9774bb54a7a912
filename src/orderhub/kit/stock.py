"""Quantities to listings, one call each: newest figure wins, one outcome each. Imports `flow`, `models`, `errors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["newest_of", "outcomes_of", "push_each"]


def newest_of(levels: Sequence[ListingStock]) -> dict[str, ListingStock]:
    """The newest figure of each listing by key; of equal versions the later one in the list."""
    newest: dict[str, ListingStock] = {}
    for level in levels:
        if level.key not in newest or level.version >= newest[level.key].version:
            newest[level.key] = level
    return newest


def outcomes_of(levels: Sequence[ListingStock], results: Mapping[str, Outcome[None]]) -> list[Outcome[None]]:
    """One outcome per input, in order: that of its key in `results`; an older figure is ok with `superseded`."""
    newest = newest_of(levels)
    return [
        results[level.key] if newest[level.key] is level else Outcome(True, level.key, "superseded")
        for level in levels
    ]  # fmt: skip


def push_each(
    levels: Sequence[ListingStock], send: Callable[[ListingStock], Operation[object]]
) -> Operation[list[Outcome[None]]]:
    """Send the newest figure of each listing; one outcome per input, in order.

    An older figure of the same listing is not sent and is ok with reason `superseded`; a refusal fails its own
    listing alone.
    """
    newest, results = newest_of(levels), dict[str, Outcome[None]]()
    for level in (level for level in levels if newest[level.key] is level):
        try:
            yield from send(level)
            results[level.key] = Outcome(True, level.key)
        except OrderHubError as error:
            results[level.key] = Outcome.failed(level.key, error)
    return outcomes_of(levels, results)
