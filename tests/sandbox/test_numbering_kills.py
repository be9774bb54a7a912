"""Platforms that number parcels themselves, and a process that dies after any step: one number a parcel, stock right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fulfil_world import Scene, units_of

from orderhub.models import Order

MAKES = {"lazada": "/order/fulfill/pack", "shopee": "logistics/ship_order"}
STANDARD = {"logistics_channel_id": 18028, "shipping_carrier": "Standard Delivery"}
EVERY = 8
"""Every eighth step is tried, each at an order of its own; a run has about forty."""


def new_order(scene: Scene) -> Order:
    """One that the platform numbers, pulled."""
    path = f"/_sandbox/{scene.platform}/orders"
    [row] = scene.world.control("POST", path, {}, {"count": 1})[1]
    if scene.platform == "shopee":
        packages = scene.world.control("GET", f"{path}/{row['order_id']}", {}, None)[1]["package_list"]
        fields = {"package_list": [{**one, **STANDARD} for one in packages]}
        assert scene.world.control("PATCH", f"{path}/{row['order_id']}", {}, {"fields": fields})[0] == 200
    scene.hub.sync(refunds=False)
    return next(order for order in scene.hub.orders() if order.order_id == row["order_id"])


def finish(scene: Scene, order: Order) -> Any:
    """What a worker does who comes later, twice: a number may be late."""
    for _ in range(2):
        scene.world.advance(60)
        scene.hub.sync(refunds=False)
        [outcome] = scene.hub.fulfil([order.key])
    return outcome


@pytest.mark.timeout(300)
@pytest.mark.parametrize("platform", sorted(MAKES))
def test_whenever_it_dies_a_parcel_has_one_number(platform: str, tmp_path: Path) -> None:
    scene = Scene(platform, tmp_path, carriers=[])
    orders = [new_order(scene)]
    _, whole = scene.run(None, lambda hub: hub.fulfil([orders[0].key]))
    assert finish(scene, orders[0]).ok
    for step in range(2, len(whole.names) + 1, EVERY):
        scene.world.advance(3600)
        order = new_order(scene)
        since = scene.world.log(1)[0]["n"]
        scene.run(step, lambda hub, key=order.key: hub.fulfil([key]))  # type: ignore[misc]
        outcome = finish(scene, order)
        assert outcome.ok, (step, whole.names[step - 1], outcome)
        made = [row for row in scene.world.log(1000, since) if row["operation"] == MAKES[platform]]
        assert len(made) == 1, (step, whole.names[step - 1])
        assert scene.shipped(order.key) == [one.waybill_no for one in outcome.value.parcels]
        orders.append(order)
    assert scene.stock() == (units_of(orders, scene.hub), 0)
