"""Sagas over real wire protocols, killed after any step and asked again: each effect once, stock right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fulfil_world import Scene

from orderhub import Hub
from orderhub.models import Address, Order, Recipient

SHARE = 29
"""Of all steps a test run tries every twenty-ninth, from a start that differs; tests/proof tries each."""
PERSON = Recipient(name="李四", phone="13900001234", address=Address(
    country="CN", province="广东省", city="广州市", district="天河区", street="体育西路9号"))  # fmt: skip


@dataclass(frozen=True)
class Saga:
    """What a person asks for.

    Attributes:
        before: What was done before, on orders that the saga is about.
        act: The command.
        leaves: Whether the orders are sent when `fulfil` runs afterwards.
        orders: How many it takes.
    """

    before: Callable[[Hub, list[str]], Any]
    act: Callable[[Hub, list[str]], Any]
    leaves: bool = True
    orders: int = 1


def none(hub: Hub, keys: list[str]) -> None:
    """New orders."""


def sent(hub: Hub, keys: list[str]) -> None:
    """Orders that have left."""
    assert all(told.ok for told in hub.fulfil(keys))


def parted(hub: Hub, keys: list[str]) -> None:
    """Orders in two parts."""
    assert hub.split(keys[0], halves(hub.orders(keys=keys)[0])).ok


def moved(order: Order) -> Recipient:
    """Somebody else in the same district: some platforms keep the province."""
    place = order.recipient.address.model_copy(update={"street": "体育西路9号", "town": None})
    return PERSON.model_copy(update={"address": place}) if place.district else PERSON


def halves(order: Order) -> list[list[tuple[str, int]]]:
    """The first line, and the others: not every platform takes part of a line."""
    lines = [(line.line_id, line.quantity) for line in order.lines]
    return [lines[:1], lines[1:]]


SAGAS: dict[str, Saga] = {
    "cancel": Saga(none, lambda hub, keys: hub.cancel(keys[0]), leaves=False),
    "intercept": Saga(sent, lambda hub, keys: hub.intercept(keys[0]), leaves=False),
    "change address": Saga(none, lambda hub, keys: hub.change_address(keys[0], moved(hub.orders(keys=keys)[0]))),
    "split": Saga(none, lambda hub, keys: hub.split(keys[0], halves(hub.orders(keys=keys)[0]))),
    "cancel parts": Saga(parted, lambda hub, keys: hub.cancel(keys[0]), leaves=False),
    "fulfil parts": Saga(parted, lambda hub, keys: hub.fulfil(keys)[0]),
    "rejoin": Saga(parted, lambda hub, keys: hub.rejoin(keys[0])),
}
CANNOT = ("platform_cannot", "unsupported_operation", "waybill_kept", "one_part")
"""What some platforms or their waybills do not offer at all."""
OF_A_SAGA = {"split": "is_split", "rejoin": "not_started"}
"""Saga -> the refusal that says that it is through already."""


def check_saga(platform: str, folder: Path, name: str, every: int = 1, offset: int = 0) -> int:
    """For each chosen step N: a fresh order, the saga killed after step N, asked again, then `fulfil`."""
    saga = SAGAS[name]
    scene = Scene(platform, folder)
    wide = [order for order in scene.orders(12) if len(order.lines) > 1]
    first = wide[0]
    saga.before(scene.hub, [first.key])
    told, whole = scene.run(None, lambda hub: saga.act(hub, [first.key]))
    if not told.ok and told.reason in CANNOT:
        scene.hub.close()
        return 0
    assert told.ok, f"{platform}, {name}: {told}"
    tried = list(range(offset, whole.done + 1, every))
    done = [first]
    for step, order in zip(tried, _fresh(scene, first, len(tried)), strict=True):
        done.append(order)
        saga.before(scene.hub, [order.key])
        scene.run(step, lambda hub, key=order.key: saga.act(hub, [key]))
        again, _ = scene.run(None, lambda hub, key=order.key: saga.act(hub, [key]))
        assert again.ok or again.reason == OF_A_SAGA.get(name), f"{name} after step {step}: {again}"
    for order in done:
        [told], _ = scene.run(None, lambda hub, key=order.key: hub.fulfil([key]))
        assert told.ok == saga.leaves, f"{name}: {told}"
    check_truth(scene, done, saga)
    scene.hub.close()
    return len(tried)


def _fresh(scene: Scene, first: Order, count: int) -> list[Order]:
    """So many new orders of more than one line."""
    found = [order for order in scene.orders(4 * count + 12) if len(order.lines) > 1]
    others = [order for order in found if order.key != first.key]
    assert len(others) >= count, "the sandbox has too few orders of several lines"
    return others[:count]


def check_truth(scene: Scene, orders: list[Order], saga: Saga) -> None:
    """What the platform, the carrier and the ledger say in the end."""
    gone, reserved = scene.stock()
    assert reserved == 0, "nothing stays reserved"
    live = [row for row in scene.waybills() if not is_void(row)]
    assert len({row["reference"] for row in live}) == len(live), "one waybill a parcel"
    wanted = sum(line.quantity for order in orders for line in order.lines)
    if not saga.leaves:
        assert not live and not sum(gone.values()), f"nothing has left: {live}, {gone}"
        return
    assert sum(gone.values()) == wanted, "what left is gone, once"
    if scene.platform != "amazon":
        numbers = sorted(number for order in orders for number in scene.shipped(order.key))
        assert numbers == sorted(row["order_id"] for row in live), "each parcel confirmed with its own number, once"
    keys = [message.key for message in scene.sink.sent]
    assert len(keys) == len(set(keys)) == len(live), "one message a parcel"


def is_void(row: Any) -> bool:
    """Whether the carrier's emulator has the waybill cancelled."""
    return bool(row["cancelled"])


HERE = {
    "cancel": "taobao", "intercept": "suning", "change address": "pinduoduo", "split": "amazon", "cancel parts": "suning",
    "fulfil parts": "pinduoduo", "rejoin": "jd",
}  # fmt: skip
"""Where a test run tries each; tests/proof tries all of them everywhere."""


@pytest.mark.parametrize("name", SAGAS)
def test_a_saga_killed_after_any_step_goes_on(name: str, tmp_path: Path) -> None:
    assert check_saga(HERE[name], tmp_path, name, SHARE, len(name) % 5) > 0
