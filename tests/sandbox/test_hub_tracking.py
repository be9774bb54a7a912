"""Hubs following parcels: polls and pushes in any order, incidents that open and close once, estimates with evidence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fulfil_world import WAREHOUSES, Killed, Scene, Steps
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.errors import ConfigurationError, PlatformUnavailable, SecurityError
from orderhub.fulfil.record import ParcelRecord, Record, save_record
from orderhub.logistics.incidents import TrackingPolicy, read_tracking_policy
from orderhub.models import (
    Address,
    FulfilmentStatus,
    Order,
    OrderStatus,
    Recipient,
    Shipment,
    TrackingEvent,
    TrackingStatus,
)
from orderhub.notify import LocalSink
from orderhub.ports import Cursor
from orderhub.sandbox.clock import VirtualClock

S = TrackingStatus
START = datetime(2026, 11, 11, tzinfo=UTC)
SHOP = "taobao:s"


def event(number: str, hour: float, status: S, text: str = "", raw: str | None = None) -> TrackingEvent:
    return TrackingEvent(waybill_no=number, status=status, at=START + timedelta(hours=hour), text=text,
                         raw_code=raw or f"C-{status.value}")  # fmt: skip


class ScriptedCarrier:
    """A carrier that tells what it was given, by poll or by push; remembers how it was asked."""

    def __init__(self, name: str = "yto", *, signed: bool = True) -> None:
        self.name, self.signed = name, signed
        self.events: list[TrackingEvent] = []
        self.asked: list[tuple[list[str], Mapping[str, str], Mapping[str, str]]] = []
        self.is_down = False
        self.world = SimpleNamespace(perform=None)

    def track(self, numbers: Sequence[str], *, phone_tails: Any = None, carriers: Any = None) -> list[TrackingEvent]:
        self.asked.append((list(numbers), dict(phone_tails), dict(carriers)))
        if self.is_down:
            raise PlatformUnavailable("down for maintenance", platform=self.name)
        return [each for each in self.events if each.waybill_no in numbers]

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> list[TrackingEvent]:
        if headers.get("sign") != "good":
            raise SecurityError("forged", platform=self.name)
        return [TrackingEvent.model_validate_json(line) for line in body.splitlines()]

    def proves_pushes(self) -> bool:
        return self.signed

    def close(self) -> None:
        pass


def push(hub: Hub, carrier: str, events: Sequence[TrackingEvent]) -> Any:
    body = "\n".join(each.model_dump_json() for each in events).encode()
    return hub.receive_tracking(carrier, {"sign": "good"}, body)


def order(number: str, *waybills: str, carrier: str = "yto", **more: Any) -> Order:
    person = Recipient(
        name="李小明", phone="13900001234", address=Address(province="广东省", city="广州市", street="体育西路9号")
    )
    return Order(platform="taobao", shop_id="s", order_id=number, currency="CNY", recipient=person,
                 created_at=START, shipped_at=START,
                 shipments=tuple(Shipment(carrier=carrier, waybill_no=each, shipped_at=START) for each in waybills),
                 **{"updated_at": START, "status": OrderStatus.SHIPPED, "fulfilment_status": FulfilmentStatus.SHIPPED, **more})  # fmt: skip


class Desk:
    """One hub over a scripted carrier and a clock that stands still."""

    def __init__(self, *orders: Order, carrier: ScriptedCarrier | None = None, **more: Any) -> None:
        self.carrier, self.sink = carrier or ScriptedCarrier(), LocalSink()
        self.clock = VirtualClock(START, lambda: 0.0)
        self.hub = Hub(carriers=[self.carrier], warehouses=WAREHOUSES, clock=self.clock, notifier=self.sink, **more)
        self.hub.ops.shops = (SHOP,)
        self.hub.stores.put_orders(orders)

    def wait(self, hours: float) -> None:
        self.clock.advance(hours * 3600)

    def sent(self, template: str) -> list[Any]:
        start = {"staff_alert": "incident:"}.get(template, template)
        return [message for message in self.sink.sent if message.key.startswith(start)]

    def ship(self, found: Order, warehouse: str = "sh") -> None:
        """As if this hub had sent it."""
        rows = tuple(ParcelRecord(f"p-{each.waybill_no}", warehouse, (), (), each.carrier, None, each.waybill_no)
                     for each in found.shipments)  # fmt: skip
        self.hub.world.run(save_record(Record(found.key, cursor=Cursor(f"fulfil:{found.key}")), "done", rows))


JOURNEY = [event("Y1", 1, S.CREATED), event("Y1", 2, S.PICKED_UP), event("Y1", 10, S.IN_TRANSIT), event("Y1", 20, S.AT_HUB),
           event("Y1", 30, S.OUT_FOR_DELIVERY), event("Y1", 31, S.DELIVERY_FAILED), event("Y1", 50, S.OUT_FOR_DELIVERY),
           event("Y1", 52, S.DELIVERED, "签收人：李小明 13900001234")]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.permutations(JOURNEY), st.lists(st.tuples(st.booleans(), st.integers(1, 4)), min_size=8, max_size=12),
       st.lists(st.sampled_from(JOURNEY), max_size=5))  # fmt: skip
def test_polls_and_pushes_in_any_order_come_to_one_parcel(
    events: list[TrackingEvent], portions: list[tuple[bool, int]], again: list[TrackingEvent]
) -> None:
    desk, rest = Desk(order("1", "Y1")), [*events, *again]
    with desk.hub as hub:
        desk.wait(60)
        furthest = -1
        for by_push, size in portions:
            portion, rest = rest[:size], rest[size:]
            if by_push:
                push(hub, "yto", portion)
            else:
                desk.carrier.events = portion
                hub.track()
            rank = ["shipped", "delivered"].index(hub.progress(["taobao:s:1"])[0].status.value)
            assert rank >= furthest
            furthest = rank
        push(hub, "yto", rest)
        [parcel] = hub.parcels(["taobao:s:1"])
        assert [(each.at, each.status) for each in parcel.events] == [(each.at, each.status) for each in JOURNEY]
        assert parcel.status is S.DELIVERED and not parcel.incidents and hub.incidents() == []
        assert [step.status for step in hub.customer_timeline("taobao:s:1").steps if step.parcel] == [
            each.status.value for each in JOURNEY]  # fmt: skip
        assert len(desk.sent("order_delivered")) == 1
        told = repr(hub.stores._cursors) + repr([each.text for each in parcel.events])
        assert "13900001234" not in told and "李小明" not in told, "nothing of the customer is kept with a parcel"
        [known] = hub.orders()
        assert known.status is OrderStatus.SHIPPED, "what the platform told is not overwritten"


def test_an_incident_opens_once_is_told_once_and_closes_when_the_parcel_moves() -> None:
    desk = Desk(order("1", "Y1"), order("2", "Y2"))
    with desk.hub as hub:
        desk.carrier.events = [event("Y1", 1, S.PICKED_UP), event("Y1", 5, S.IN_TRANSIT), event("Y2", 70, S.IN_TRANSIT)]
        for _ in range(3):
            desk.wait(26)
            hub.track()
        [row] = hub.incidents()
        assert (row.order_key, row.incident.kind, row.waybill_no) == ("taobao:s:1", "stalled", "Y1")
        assert row.incident.since == START + timedelta(hours=5 + 72)
        assert [one.key for one in hub.page(size=9).rows if "parcel_problem" in one.tags] == ["taobao:s:1"]
        [alert] = desk.sent("staff_alert")
        assert "parcel_stalled" in alert.subject and "Y1" in alert.body
        for _ in range(3):
            hub.track()
        assert len(desk.sent("staff_alert")) == 1
        desk.carrier.events.append(event("Y1", 78, S.AT_HUB))
        hub.track()
        assert hub.incidents() == [] and hub.page(size=9).rows[0].tags == ()
        told = [entry.what for entry in hub.timeline("taobao:s:1") if entry.what.startswith("incident")]
        assert told == ["incident_opened", "incident_closed"]
        desk.wait(66)
        hub.track()
        assert [each.incident.since for each in hub.incidents()][:1] == [START + timedelta(hours=78 + 48)]
        assert len(desk.sent("staff_alert")) == 3, "another stop is another incident; Y2 has stopped too"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(S.EXCEPTION, "exception"), (S.DELIVERY_FAILED, "delivery_failed"), (S.RETURNING, "returning"), (S.CANCELLED, "cancelled")],
)  # fmt: skip
def test_trouble_that_the_carrier_tells_is_an_incident(status: S, kind: str) -> None:
    desk = Desk(order("1", "Y1"))
    with desk.hub as hub:
        desk.carrier.events = [event("Y1", 1, S.PICKED_UP), event("Y1", 3, status), event("Y1", 4, status)]
        desk.wait(5)
        hub.track()
        [row] = hub.incidents()
        assert (row.incident.kind, row.incident.since) == (kind, START + timedelta(hours=3))


def test_a_parcel_that_nobody_heard_of_is_an_incident_and_one_that_arrives_is_none() -> None:
    desk = Desk(order("1", "Y1"))
    with desk.hub as hub:
        desk.wait(23)
        [parcel] = hub.track()
        assert (parcel.status, parcel.incidents) == (S.CREATED, ())
        desk.wait(1)
        [parcel] = hub.track()
        assert [each.kind for each in parcel.incidents] == ["silent"]
        hub.stores.put_orders([order("1", "Y1", status=OrderStatus.COMPLETED, updated_at=START + timedelta(hours=2))])
        assert hub.track() == [] and hub.incidents() == []
        assert hub.page(size=9).rows[0].tags == (), "an order that its platform calls complete has no open problem"


def test_policy_says_what_is_normal() -> None:
    desk = Desk(order("1", "Y1"), tracking={"stalled_h": {"in_transit": 5}, "tell": ["returning"]})
    with desk.hub as hub:
        desk.carrier.events = [event("Y1", 1, S.IN_TRANSIT)]
        desk.wait(7)
        [parcel] = hub.track()
        assert [each.kind for each in parcel.incidents] == ["stalled"] and desk.sent("staff_alert") == []
        assert hub.ops.tracking_policy.stalled_h[S.AT_HUB] == 48, "what is not named keeps its hours"
    for given_ in ({"stalled_h": {"moving": 3}}, {"stalled_h": 5}, {"samples_min": 0}, {"no": 1}, {"silent_h": "day"}):
        with pytest.raises(ConfigurationError, match="tracking"):
            read_tracking_policy(given_)
    assert read_tracking_policy(policy := TrackingPolicy()) is policy


def test_a_push_without_signature_ends_nothing_by_itself() -> None:
    desk = Desk(order("1", "Y1"), carrier=ScriptedCarrier(signed=False))
    with desk.hub as hub:
        desk.wait(60)
        made = push(hub, "yto", [event("Y1", 2, S.PICKED_UP), event("Y1", 9, S.DELIVERED), event("Z9", 1, S.PICKED_UP)])
        assert made.unmatched == ("Z9",)
        assert [each.status for each in made.parcels] == [S.PICKED_UP] and desk.sent("order_delivered") == []
        desk.carrier.events = [event("Y1", 9, S.DELIVERED)]
        [parcel] = push(hub, "yto", [event("Y1", 9, S.DELIVERED)]).parcels
        assert parcel.status is S.DELIVERED and len(desk.sent("order_delivered")) == 1
        with pytest.raises(SecurityError):
            hub.receive_tracking("yto", {"sign": "bad"}, b"")


def test_carriers_are_asked_by_whoever_can_and_with_the_digits_that_they_want() -> None:
    desk = Desk(order("1", "S1", carrier="sto"), order("2", "E1", carrier="ems"), order("3", "J1", carrier="jt"),
                carrier=ScriptedCarrier("kuaidi100"), tracking={"ask": {"sto": "kuaidi100", "*": "nobody", "ems": "kuaidi100"}})  # fmt: skip
    with desk.hub as hub:
        desk.carrier.events = [event("S1", 1, S.PICKED_UP)]
        desk.wait(2)
        found = hub.track()
        [(numbers, tails, carriers)] = desk.carrier.asked
        assert (numbers, carriers) == (["S1", "E1"], {"S1": "sto", "E1": "ems"})
        assert tails == {"S1": "1234", "E1": "1234"}
        assert {each.waybill_no for each in found} == {"S1", "E1"}, "nobody can be asked about J1"


def test_a_carrier_that_is_down_keeps_what_was_known_and_unknown_codes_are_reported() -> None:
    desk = Desk(order("1", "Y1"))
    with desk.hub as hub:
        desk.carrier.events = [event("Y1", 1, S.PICKED_UP), event("Y1", 2, S.UNKNOWN, raw="NEW-7")]
        desk.wait(3)
        [parcel] = hub.track()
        assert parcel.status is S.PICKED_UP
        assert [(each.code, each.value) for each in parcel.findings] == [("tracking_code_unknown", "NEW-7")]
        desk.carrier.is_down = True
        [parcel] = hub.track()
        assert isinstance(parcel.error, PlatformUnavailable) and len(parcel.events) == 2


def test_an_estimate_comes_from_own_parcels_and_only_from_enough_of_them() -> None:
    orders = [order(str(at), f"Y{at}") for at in range(13)]
    desk = Desk(*orders)
    with desk.hub as hub:
        for found in orders:
            desk.ship(found)
        done = [event(f"Y{at}", 1, S.PICKED_UP) for at in range(13)]
        done += [event(f"Y{at}", 1 + 24 + at, S.DELIVERED) for at in range(12)]
        desk.carrier.events = [each for each in done if each.waybill_no in {f"Y{at}" for at in range(9)} | {"Y12"}]
        desk.wait(2)
        by_number = {each.waybill_no: each for each in hub.track()}
        assert by_number["Y12"].eta is None, "nine journeys are no evidence"
        desk.carrier.events = done
        hub.track()
        eta = {each.waybill_no: each for each in hub.track()}["Y12"].eta
        assert eta is not None and eta.samples == 12
        began = START + timedelta(hours=1)
        assert (eta.early, eta.likely, eta.latest) == (
            began + timedelta(hours=25),
            began + timedelta(hours=29),
            began + timedelta(hours=35),
        )
        assert (eta.lane.origin, eta.lane.destination) == ("上海", "广东")
        view = hub.customer_timeline("taobao:s:12", locale="en")
        assert (view.parcels[0].early, view.parcels[0].late) == (eta.early, eta.late)
        desk.wait(35)
        late = next(each for each in hub.track() if each.waybill_no == "Y12")
        assert late.eta is None and [each.kind for each in late.incidents if each.kind == "late"] == ["late"]


def test_merged_orders_share_a_parcel_and_each_customer_is_told() -> None:
    desk = Desk(order("1", "Y1"), order("2", "Y1"))
    with desk.hub as hub:
        desk.carrier.events = JOURNEY
        desk.wait(60)
        for _ in range(3):
            hub.track()
        assert Counter(message.key for message in desk.sent("order_delivered")) == {
            f"order_delivered:taobao:s:{number}:Y1": 1 for number in (1, 2)}  # fmt: skip


def test_a_run_that_dies_anywhere_tells_everybody_once_all_the_same() -> None:
    """Killed after every step in turn, then run again: one message each, one journey, one closed incident."""
    finished = False
    for at in range(200):
        desk = Desk(order("1", "Y1"), tracking={"silent_h": 1})
        desk.ship(order("1", "Y1"))
        desk.wait(3)
        desk.hub.track()
        desk.carrier.events = JOURNEY
        desk.wait(60)
        steps = Steps(desk.hub, at)
        try:
            desk.hub.track()
            finished = True
        except Killed:
            pass
        steps.kill_after = None
        desk.hub.track()
        with desk.hub as hub:
            assert len(desk.sent("order_delivered")) == 1 and len(desk.sent("staff_alert")) == 1, at
            assert hub.incidents() == [] and hub.page(size=9).rows[0].tags == (), at
            [parcel] = hub.parcels(["taobao:s:1"])
            assert parcel.status is S.DELIVERED and len(parcel.events) == len(JOURNEY)
            cursor = hub.stores.get_cursor("journeys:yto:上海:广东")
            assert cursor.position is not None and cursor.position.count("Y1") == 1, at
        if finished:
            break
    assert finished and at > 12, "every step of a run was tried"


def test_both_hubs_follow_the_same_parcels(tmp_path: Path) -> None:
    """SF's emulator over the wire: a parcel that fails once, one that is refused, one that is lost, one that arrives."""
    told = []
    for kind in (Hub, AsyncHub):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        scene = Scene("taobao", folder)
        orders = sorted(scene.orders(4), key=lambda each: each.key)
        assert all(outcome.ok for outcome in scene.hub.fulfil([each.key for each in orders]))
        scene.hub.sync(refunds=False)
        parcels = [scene.hub.orders(keys=[each.key])[0].shipments[0] for each in orders]
        for parcel, scenario in zip(parcels, ("failed_once", "refused", "lost", "exception"), strict=True):
            path = f"/_sandbox/{parcel.carrier}/orders/{parcel.waybill_no}"
            status, _ = scene.world.control("PATCH", path, {}, {"action": "scenario", "scenario": scenario})
            assert status == 200
        scene.world.advance(100 * 3600)
        scene.hub.close()
        told.append(asyncio.run(_followed(scene)) if kind is AsyncHub else _follow(scene))
    assert told[0] == told[1]
    statuses, incidents = told[0]
    ends = (
        {"delivered"},
        {"returning", "returned"},
        {"in_transit", "picked_up", "at_hub"},
        {"exception", "delivery_failed"},
    )
    assert all(status in end for status, end in zip(statuses, ends, strict=True)), statuses
    assert "stalled" in incidents and {"exception", "delivery_failed"} & set(incidents)


def _shown(parcels: Any, rows: Any) -> tuple[list[str], list[str]]:
    return [each.status.value for each in sorted(parcels, key=lambda each: each.order_key)], [
        row.incident.kind.value for row in rows
    ]


def _follow(scene: Scene) -> tuple[list[str], list[str]]:
    with scene.open() as hub:
        return _shown(hub.track(), hub.incidents())


async def _followed(scene: Scene) -> tuple[list[str], list[str]]:
    sync = scene.open()
    sync.close()
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    carriers = [{names.get(name, name): value for name, value in row.items() if name != "token_url"}
                for row in scene.world.carrier_accounts()]  # fmt: skip
    async with AsyncHub(shops=scene.world.shops(), carriers=carriers, warehouses=WAREHOUSES, database=scene.database,
                        clock=scene.world.clock, notifier=scene.sink, transport=scene.world.async_transport()) as hub:  # fmt: skip
        return _shown(await hub.track(), await hub.incidents())
