"""Figures over everything stored: a snapshot in an engine of its own. Operations over ports; imports `analytics`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.command import command
from orderhub.models import Order
from orderhub.ports import OrderQuery
from orderhub.stores.base import position_of

if TYPE_CHECKING:
    from orderhub.analytics.expressions import Analytics

__all__ = ["AnalysingCommands", "AnalysingOperations"]

BATCH: Final = 5_000
"""Orders in memory at once."""


class AnalysingOperations:
    """Commands that hand out figures."""

    def analytics(
        self,
        query: OrderQuery | None = None,
        *,
        zone: tzinfo | None = None,
        zones: Mapping[str, tzinfo] | None = None,
        customer_key: bytes | None = None,
    ) -> Operation[Analytics]:
        """A snapshot to ask figures of: `figure(name)`, `records(name)`, `expression(name)`; close it when done.

        Orders are read in batches and kept without names, addresses or numbers.

        Args:
            query: Which orders; all without one.
            zone, zones: By which zone days are cut, Beijing's without; `zones` maps `platform:shop_id` to a shop's own.
            customer_key: Secret of at least sixteen bytes under which buyers are hashed; give the same one to know
                a customer again in another snapshot. Without it a fresh one is made.
        Raises:
            ConfigurationError: The extra `analytics` is missing, or the key is short.
        """
        from orderhub.analytics.expressions import Analytics
        from orderhub.analytics.expressions.scope import BEIJING
        from orderhub.frames import to_arrow

        found = Analytics(
            at=(yield from now()), customer_key=secrets.token_bytes(32) if customer_key is None else customer_key,
            zone=zone or BEIJING, zones=zones,
        )  # fmt: skip
        try:
            wanted = query or OrderQuery()
            left, size = wanted.limit, BATCH
            while size == BATCH and left != 0:
                asked = BATCH if left is None else min(BATCH, left)
                orders: list[Order] = yield from ask("orders", "find_orders", replace(wanted, limit=asked))
                keys = [order.key for order in orders]
                refunds = (yield from ask("orders", "find_refunds", order_keys=keys)) if keys else []
                found.add(*to_arrow(orders, refunds))
                size, left = len(orders), None if left is None else left - len(orders)
                wanted = replace(wanted, after=position_of(orders[-1], wanted)) if orders else wanted
        except BaseException:
            found.close()
            raise
        return found


class AnalysingCommands:
    """The same for both hubs."""

    analytics = command(AnalysingOperations.analytics)
