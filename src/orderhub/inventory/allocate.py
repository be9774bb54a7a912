"""Which warehouse ships which line: the cheapest cover of each order, exactly. Pure. Imports `models`, `errors`.

Orders are served one after the other from a shrinking picture of the stock, so that together they never take more
than there is. Within an order every set of one, two or three warehouses is weighed, cheapest first, and search stops
where nothing cheaper can follow. A plan is not a stock change: reserve it, and allocate again if somebody was faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.inventory.demand import Allocation, OrderDemand, ParcelCosts
from orderhub.inventory.desk import Desk, Load
from orderhub.inventory.policies import AllocationPolicy
from orderhub.models.logistics import Warehouse
from orderhub.models.stock import Level

__all__ = ["allocate", "in_turn"]

_NEVER = datetime.max.replace(tzinfo=UTC)


def allocate(
    orders: Iterable[OrderDemand],
    levels: Iterable[Level],
    warehouses: Sequence[Warehouse],
    costs: ParcelCosts,
    *,
    allow_line_split: bool = False,
    policy: AllocationPolicy | None = None,
    now: datetime | None = None,
    load: Load | None = None,
) -> list[Allocation]:
    """Plan every order, in the order given; they are served in the policy's sequence.

    By default that is priority, latest ship time, `rank`, then key.

    Equal scores are decided by fewer parcels, then by the warehouses' priority and code, so that the plan depends
    neither on the sequence of lines nor on that of orders.

    Args:
        orders: Keys must differ; a line of less than one unit is refused.
        levels: The stock, from `ledger.levels(skus)`; warehouses that are not listed do not ship.
        warehouses: Those that ship.
        costs: What a parcel costs.
        allow_line_split: Whether a line may come from several warehouses, if it cannot come from one.
        policy: What counts beside freight; by default nothing.
        now: The present instant, UTC; needed where the policy speaks of days, capacities or waiting.
        load: Parcels already promised by (warehouse, local date).
    Raises:
        ConfigurationError: Two orders or two warehouses share a name, a quantity is not positive, a cost is negative.
    """
    asked = list(orders)
    chosen = policy or AllocationPolicy()
    if allow_line_split and not chosen.line_split:
        chosen = chosen.model_copy(update={"line_split": True})
    turns = in_turn(asked, chosen, now)
    desk = Desk(levels, warehouses, costs, policy=chosen, now=now, load=load)
    plans = {order.order_key: desk.serve(order) for order in turns}
    return [plans[order.order_key] for order in asked]


def in_turn(orders: Sequence[OrderDemand], policy: AllocationPolicy, now: datetime | None) -> list[OrderDemand]:
    """The orders as they are served.

    Raises:
        ConfigurationError: Two share a key, lines are missing, or waiting counts and `now` is missing.
    """
    if len({order.order_key for order in orders}) < len(orders):
        raise ConfigurationError("Two orders of one allocation share a key", field="order_key")
    for order in orders:
        if not order.lines or any(line.quantity < 1 for line in order.lines):
            raise ConfigurationError(f"Order {order.order_key} needs lines of one unit or more", field="lines")
    if policy.promote_after_h is not None and now is None:
        raise ConfigurationError("Promotion of waiting orders needs the present instant", field="now")
    return sorted(orders, key=lambda order: _turn(order, policy, now))


def _turn(order: OrderDemand, policy: AllocationPolicy, now: datetime | None) -> tuple[Any, ...]:
    step, gained = policy.promote_after_h, 0
    if step is not None and now is not None and order.since is not None:
        gained = max(timedelta(0), now - order.since) // timedelta(hours=step)
    words = {"priority": order.priority - gained, "ship_by": order.ship_by or _NEVER, "rank": order.rank}
    return (*(words[word] for word in policy.sequence), order.order_key)
