"""Figures over everything stored: a snapshot in an engine of its own. Operations over ports; imports `analytics`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.command import command
from orderhub.inventory.compartments import storage
from orderhub.models import Level, Movement, Order
from orderhub.ports import OrderQuery
from orderhub.stores.base import position_of

if TYPE_CHECKING:
    from orderhub.analytics.expressions import Analytics

__all__ = ["AnalysingCommands", "AnalysingOperations"]

BATCH: Final = 5_000
"""Orders, or movements, in memory at once."""


class AnalysingOperations:
    """Commands that hand out figures."""

    def analytics(
        self,
        query: OrderQuery | None = None,
        *,
        zone: tzinfo | None = None,
        zones: Mapping[str, tzinfo] | None = None,
        customer_key: bytes | None = None,
        stock: bool = True,
    ) -> Operation[Analytics]:
        """A snapshot to ask figures of: `figure(name)`, `records(name)`, `expression(name)`; close it when done.

        Orders are read in batches and kept without names, addresses or numbers.

        Args:
            query: Which orders; all without one.
            zone, zones: By which zone days are cut, Beijing's without; `zones` maps `platform:shop_id` to a shop's own.
            customer_key: Secret of at least sixteen bytes under which buyers are hashed; give the same one to know
                a customer again in another snapshot. Without it a fresh one is made.
            stock: Whether the ledger's movements come along; one read for each place that holds goods.
        Raises:
            ConfigurationError: The extra `analytics` is missing, or the key is short.
        """
        return (yield from self._snapshot(query, zone, zones, customer_key, stock=stock))

    def _snapshot(
        self, query: OrderQuery | None, zone: tzinfo | None, zones: Mapping[str, tzinfo] | None, key: bytes | None, *,
        stock: bool, on_orders: Callable[[Analytics, list[Order]], None] | None = None,
    ) -> Operation[Analytics]:  # fmt: skip
        from orderhub.analytics.expressions import Analytics
        from orderhub.analytics.expressions.scope import BEIJING

        found = Analytics(
            at=(yield from now()), customer_key=secrets.token_bytes(32) if key is None else key, zone=zone or BEIJING,
            zones=zones,
        )  # fmt: skip
        try:
            yield from _fill(found, query or OrderQuery(), on_orders)
            if stock:
                yield from _fill_stock(found)
        except BaseException:
            found.close()
            raise
        return found


def _fill(
    found: Analytics, wanted: OrderQuery, on_orders: Callable[[Analytics, list[Order]], None] | None
) -> Operation[None]:
    from orderhub.frames import to_arrow

    left, size = wanted.limit, BATCH
    while size == BATCH and left != 0:
        asked = BATCH if left is None else min(BATCH, left)
        orders: list[Order] = yield from ask("orders", "find_orders", replace(wanted, limit=asked))
        keys = [order.key for order in orders]
        refunds = (yield from ask("orders", "find_refunds", order_keys=keys)) if keys else []
        found.add(*to_arrow(orders, refunds))
        if on_orders is not None:
            on_orders(found, orders)
        size, left = len(orders), None if left is None else left - len(orders)
        wanted = replace(wanted, after=position_of(orders[-1], wanted)) if orders else wanted


def _fill_stock(found: Analytics) -> Operation[None]:
    levels: list[Level] = yield from ask("stock", "levels")
    held: list[Movement] = []
    for level in storage(levels):
        held += yield from ask("stock", "movements", level.sku, level.warehouse)
        if len(held) >= BATCH:
            found.add_movements(held)
            held = []
    found.add_movements(held)


class AnalysingCommands:
    """The same for both hubs."""

    analytics = command(AnalysingOperations.analytics)
