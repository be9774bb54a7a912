"""Orders and cursors as a rehearsal sees them: what would be stored is put aside. Imports `ports`, `models`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.models import Order, Outcome
from orderhub.ports import Cursor, OrderQuery

__all__ = ["RehearsedOrders"]


class RehearsedOrders:
    """Methods are `orders_method`."""

    def __init__(self) -> None:
        super().__init__()
        self._cursors: dict[str, Cursor] = {}
        self._orders: dict[str, Order] = {}

    def orders_get_cursor(self, name: str) -> Operation[Cursor]:
        """The cursor as it would be now."""
        if name not in self._cursors:
            self._cursors[name] = yield from ask("orders", "get_cursor", name)
        return self._cursors[name]

    def orders_get_cursors(self, names: Sequence[str]) -> Operation[list[Cursor]]:
        """Many, in order."""
        missing = [name for name in names if name not in self._cursors]
        if missing:
            found: list[Cursor] = yield from ask("orders", "get_cursors", missing)
            self._cursors |= {cursor.name: cursor for cursor in found}
        return [self._cursors[name] for name in names]

    def orders_put_cursor(self, cursor: Cursor, position: str | None) -> Operation[Cursor]:
        """Moved for the rest of the rehearsal; raises `StaleVersion` like the store.

        A put with a cursor moves its version like this, too, with a position or in place: it is the fence of a run.
        """
        there = yield from self.orders_get_cursor(cursor.name)
        if there.version != cursor.version:
            raise StaleVersion(f"{cursor.name} was moved by somebody else")
        self._cursors[cursor.name] = replace(cursor, position=position, version=cursor.version + 1)
        return self._cursors[cursor.name]

    def orders_put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> Operation[list[Outcome[str]]]:  # fmt: skip
        """What the store would say of each."""
        if cursor is not None:
            yield from self.orders_put_cursor(cursor, cursor.position if position is None else position)
        outcomes = []
        for order in orders:
            there = yield from self.stored(order.key)
            word = _verdict(order, there)
            outcomes.append(Outcome(True, order.key, value=word))
            if word in ("inserted", "updated"):
                self._orders[order.key] = order
        return outcomes

    def orders_put_refunds(
        self, refunds: Sequence[Any], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> Operation[list[Outcome[str]]]:  # fmt: skip
        """What the store would say of each."""
        if cursor is not None:
            yield from self.orders_put_cursor(cursor, cursor.position if position is None else position)
        by_order = [f"{one.platform}:{one.shop_id}:{one.order_id}" for one in refunds]
        found: list[Any] = (yield from ask("orders", "find_refunds", order_keys=by_order)) if by_order else []
        there = {(one.platform, one.shop_id, one.refund_id): one for one in found}
        return [
            Outcome(True, f"{one.platform}:{one.shop_id}:{one.refund_id}",
                    value=_verdict(one, there.get((one.platform, one.shop_id, one.refund_id))))
            for one in refunds
        ]  # fmt: skip

    def orders_get_order(self, key: str) -> Operation[Order]:
        """With what was put aside."""
        return self._orders[key] if key in self._orders else (yield from ask("orders", "get_order", key))

    def orders_find_orders(self, query: Any) -> Operation[list[Order]]:
        """With what was put aside in place of what is stored."""
        found: list[Order] = yield from ask("orders", "find_orders", query)
        return [self._orders.get(order.key, order) for order in found]

    def stored(self, key: str) -> Operation[Order | None]:
        """An order as it would be stored now."""
        if key in self._orders:
            return self._orders[key]
        found: list[Order] = yield from ask("orders", "find_orders", OrderQuery(keys=(key,)))
        return found[0] if found else None


def _verdict(new: Any, there: Any) -> str:
    """What a store would say of a version."""
    if there is None:
        return "inserted"
    if new == there:
        return "unchanged"
    older = new.updated_at is not None and there.updated_at is not None and new.updated_at < there.updated_at
    return "stale" if older else "updated"
