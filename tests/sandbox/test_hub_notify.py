"""A hub that tells people: from shipment to the door, sync and async, by day and by night."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fulfil_world import CARDS, WAREHOUSES, Scene

from orderhub import AsyncHub, Hub
from orderhub.errors import UnsupportedOperation
from orderhub.notify import Channel, Contact, Courier, NotifyPolicy, Rendered


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene("taobao", tmp_path)


def test_a_hub_without_a_courier_says_so(scene: Scene) -> None:
    for act in (scene.hub.deliver_notices, lambda: scene.hub.opt_out("13800138000")):
        with pytest.raises(UnsupportedOperation, match="Courier"):
            act()


async def test_buyers_hear_of_each_milestone_once(scene: Scene) -> None:
    [order] = scene.orders(1)
    scene.hub.close()
    taken: list[tuple[Contact, Rendered]] = []

    def take(contact: Contact, message: Rendered) -> None:
        taken.append((contact, message))

    policy = NotifyPolicy(quiet=None, per_day=0, told=frozenset({"*"}))
    channels = [Channel("sms", take, relays=frozenset({"taobao"}))]
    made = {"shops": scene.world.shops(), "warehouses": WAREHOUSES, "database": scene.database,
            "clock": scene.world.clock, "rate_cards": [CARDS]}  # fmt: skip
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    made["carriers"] = [
        {names.get(name, name): value for name, value in row.items() if name != "token_url"}
        for row in scene.world.carrier_accounts()
    ]
    with Hub(**made, transport=scene.world.transport(), notifier=Courier(channels, policy)) as hub:
        rehearsed = hub.notify([order.key], dry_run=True)
        assert rehearsed and not taken and {one.reason for one in rehearsed} == {"dry_run"}
        assert all(one.ok for one in hub.notify([order.key])) and not hub.notify([])
        before = len(taken)
        assert before and {one.reason for one in hub.notify([order.key])} == {"already_done"} and len(taken) == before
        [outcome] = hub.fulfil([order.key])
        assert outcome.ok and [said.template for _, said in taken[before:]] == ["order_shipped"]
        key = f"order_shipped:{order.key}:{outcome.value.parcels[0].waybill_no}"
        assert hub.notices(key)["sms"].state == "sent" and not hub.settle_notice(key, "sms", sent=True).ok
        wishes = (lambda **d: hub.opt_out("13800138000", **d), lambda **d: hub.opt_in("13800138000", **d),
                  lambda **d: hub.consent("13800138000", **d))  # fmt: skip
        assert [act(dry_run=True).reason for act in wishes] == ["dry_run"] * 3
        assert hub.opt_out("nothing", dry_run=True).reason not in (None, "dry_run")
        assert hub.settle_notice(key, "sms", sent=True, dry_run=True).reason == "not_in_doubt"
        hub.sync(refunds=False)
        for _ in range(40):
            scene.world.control("POST", "/_sandbox/clock", {}, {"advance_s": 3 * 3600})
            hub.track()
            hub.notify([order.key])
    async with AsyncHub(**made, transport=scene.world.async_transport(), notifier=Courier(channels, policy)) as hub:
        told = await hub.notify([order.key])
        assert await hub.deliver_notices() == [] and {one.reason for one in told} <= {"already_done"}
    heard = [said.template for _, said in taken]
    assert "order_delivered" in heard and {"parcel_at_hub", "parcel_out_for_delivery"} & set(heard)
    keys = [said.key for _, said in taken]
    assert len(keys) == len(set(keys))


def test_what_waits_for_the_morning_can_be_looked_at_without_sending_it(scene: Scene) -> None:
    [order] = scene.orders(1)
    scene.hub.close()
    taken: list[str] = []
    policy = NotifyPolicy(quiet=("00:00", "23:59"), told=frozenset({"*"}))
    channels = [Channel("sms", lambda contact, message: taken.append(message.template), relays=frozenset({"taobao"}))]
    with Hub(scene.world.shops(), warehouses=WAREHOUSES, database=scene.database, clock=scene.world.clock,
             transport=scene.world.transport(), notifier=Courier(channels, policy)) as hub:  # fmt: skip
        told = hub.notify([order.key])
        assert {one.reason for one in told} == {"deferred"} and not taken
        for _ in range(4):
            scene.world.control("POST", "/_sandbox/clock", {}, {"advance_s": 8 * 3600})
            waiting = hub.deliver_notices(dry_run=True)
            assert hub.deliver_notices(dry_run=True) == waiting and not taken
        assert {one.key for one in waiting} == {one.key for one in told} and {one.reason for one in waiting} == {
            "dry_run"
        }
