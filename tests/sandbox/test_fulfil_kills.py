"""Killed after any step and run again: one waybill a parcel, one confirmation, stock right, one message."""

from __future__ import annotations

from pathlib import Path

import pytest
from fulfil_world import PLATFORMS, Scene, units_of

SHARE = 9
"""Of all steps a test run tries every ninth, from a start that differs by platform; tests/proof tries each."""


def check_kills(platform: str, folder: Path, every: int = 1, offset: int = 0) -> int:
    """For each chosen step N: an order whose run dies after step N, and a second run. Answers how many were tried."""
    scene = Scene(platform, folder)
    first = scene.orders(1)[0]
    _, whole = scene.run(None, lambda hub: hub.fulfil([first.key]))
    tried = list(range(offset, whole.done + 1, every))
    orders = [order for order in scene.orders(len(tried) + 1) if order.key != first.key][: len(tried)]
    assert len(orders) == len(tried) > 0
    for step, order in zip(tried, orders, strict=True):
        scene.run(step, lambda hub, order=order: hub.fulfil([order.key]))
        [again], _ = scene.run(None, lambda hub, order=order: hub.fulfil([order.key]))
        assert again.ok and again.value is not None, f"killed after step {step} of {whole.names}: {again}"
    done = [first, *orders]
    numbers = [number for order in done for number in scene.shipped(order.key)]
    waybills = scene.waybills()
    assert len(waybills) == len({row["reference"] for row in waybills}) == len(done), "one waybill a parcel"
    if platform != "amazon":  # its orders tell no numbers
        assert sorted(numbers) == sorted(row["order_id"] for row in waybills), "each confirmed with its own number"
    assert scene.stock() == (units_of(done, scene.hub), 0), "what left is gone, nothing stays reserved"
    told = [message.key for message in scene.sink.sent]
    assert len(told) == len(set(told)) == len(done), "one message an order"
    return len(tried)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_run_killed_after_any_step_goes_on(platform: str, tmp_path: Path) -> None:
    assert check_kills(platform, tmp_path, SHARE, PLATFORMS.index(platform)) >= 4
