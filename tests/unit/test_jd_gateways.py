"""The newer gateway holds what every connector must hold, and both gateways tell one world alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.models import Order
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench
from orderhub.testing.conformance.run import CHECKS, run_check

SLOW = {"broken_replies_are_typed", "every_verb_sync_and_async"}


@pytest.mark.parametrize("name", sorted(set(CHECKS) - SLOW))
def test_the_newer_gateway_keeps_the_law(name: str) -> None:
    result = run_check(name, Bench.of("jd", settings={"wire": "sp"}))
    assert result.ok, f"{result.message}\n{result.where}"


START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def a_world() -> World:
    """Twins: two of these are equal until somebody acts."""
    return World(
        seed=4, platforms=["jd"], carriers=[], orders=40, awkward=True, shops_per_platform=1, tick=lambda: 0.0,
        start=START,
    )  # fmt: skip


def told(order: Order) -> tuple[Any, ...]:
    """What both gateways know of an order."""
    money = (order.items_total, order.shipping_fee, order.total, order.paid, order.discount_total, order.residual)
    lines = tuple(
        (line.line_id, line.platform_sku_id, line.sku, line.quantity, line.shipped_quantity) for line in order.lines
    )
    return (order.order_id, order.status, order.raw_status, order.payment_status, money, lines, order.created_at,
            order.updated_at)  # fmt: skip


def read(world: World, **settings: Any) -> dict[str, Order]:
    shop = orderhub.connect(**world.shops()[0], **settings, transport=world.transport(), clock=world.clock)
    return {order.order_id: order for order in shop.orders(updated_since=world.now() - timedelta(days=80))}


def test_both_gateways_tell_one_world_alike() -> None:
    world = a_world()
    classic, newer = read(world), read(world, wire="sp")
    assert classic.keys() == newer.keys() == {row["order_id"] for row in _rows(world)}
    assert [told(newer[key]) for key in classic] == [told(order) for order in classic.values()]
    assert {key for key, order in newer.items() if order.is_shippable} <= {
        key for key, order in classic.items() if order.is_shippable
    }


def _rows(world: World) -> Any:
    return world.control("GET", "/_sandbox/jd/orders", {"shop_id": world.shops()[0]["shop_id"]}, None)[1]


@pytest.mark.parametrize("wire", ["routerjson", "sp"])
def test_both_drivers_read_the_same_orders_and_cases(wire: str) -> None:
    first, second = a_world(), a_world()
    shop = orderhub.connect(**first.shops()[0], wire=wire, transport=first.transport(), clock=first.clock)
    since = first.now() - timedelta(days=80)
    ours = [list(shop.orders(updated_since=since)), list(shop.refunds(updated_since=since))]

    async def pull() -> list[Any]:
        entry = second.shops()[0]
        async with orderhub.connect_async(
            **entry, wire=wire, transport=second.async_transport(), clock=second.clock
        ) as ashop:
            start = second.now() - timedelta(days=80)
            orders = [order async for order in ashop.orders(updated_since=start)]
            return [orders, [case async for case in ashop.refunds(updated_since=start)]]

    theirs = asyncio.run(pull())
    assert [[row.dump() if isinstance(row, Order) else row.model_dump() for row in rows] for rows in ours] == [
        [row.dump() if isinstance(row, Order) else row.model_dump() for row in rows] for rows in theirs
    ]
