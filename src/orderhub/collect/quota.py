"""Calls for single orders, planned before they are made: what is stored is not fetched, what exceeds the budget waits.

A list that only names orders costs one call for each of them. Before any is made, the page's references are compared
with the store in one question, and the rest with what the run may still spend. Imports `models`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orderhub.models import OrderRef

__all__ = ["DetailBudget"]


@dataclass
class DetailBudget:
    """How many orders one run may fetch one by one.

    Attributes:
        left: Calls still allowed; None means that only the rate limit holds them back.
        deferred: References left for the next run; while there are any, the watermark stays where it is.
        rechecks: Whether one of them was stored before and had to be looked at again.
    """

    left: int | None = None
    deferred: int = 0
    rechecks: bool = False

    def skip(self, refs: Sequence[OrderRef], fresh: Collection[str], stored: Collection[str]) -> frozenset[str]:
        """Order ids of `refs` that this run does not fetch.

        Args:
            fresh: Ids whose stored version is certain to be the newest: they cost nothing.
            stored: Ids stored in that version, certain or not. New orders come before second looks at these.
        """
        wanted = list(dict.fromkeys(ref.order_id for ref in refs if ref.order_id not in fresh))
        if self.left is None:
            return frozenset(fresh)
        wanted.sort(key=lambda order_id: order_id in stored)  # a stable sort keeps the list's own order
        late = wanted[self.left :]
        self.left -= len(wanted) - len(late)
        self.deferred += len(late)
        self.rechecks = self.rechecks or any(order_id in stored for order_id in late)
        return frozenset(fresh) | frozenset(late)
