"""Where a carrier is proved: fresh worlds with its emulator, accounts in them, parcels, and the tester's hand.

Every world starts at one instant and stands still unless it is moved, so that two worlds are twins.
Imports `hub`, `sandbox`, `plugins`, `kit`, `models`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orderhub.drivers.carriers import AsyncCarrierFace, CarrierFace
from orderhub.hub.connect import carrier, carrier_async
from orderhub.kit.spec import Connector
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.models import Address, Capability, Parcel, Privacy, PrivacyKind, Recipient, TrackingEvent, Waybill
from orderhub.plugins import CARRIERS, find
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import START, Unfit

__all__ = ["RECEIVER", "SENDER", "CarrierBench"]

_CLEAR = Privacy(kind=PrivacyKind.CLEAR)
HOURS = 100
"""Longer than any parcel of the sandbox travels."""
SENDER = Recipient(
    name="王仓管", phone="13900001111", privacy=_CLEAR,
    address=Address(province="浙江省", city="杭州市", district="西湖区", street="文三路 90 号东部软件园 1 幢"),
)  # fmt: skip
RECEIVER = Recipient(
    name="欧阳小明", phone="13812345678", privacy=_CLEAR,
    address=Address(province="广东省", city="深圳市", district="南山区", town="粤海街道", street="科技园二路 7 号"),
)  # fmt: skip
TAIL = "5678"
_CREDENTIALS = ("app_key", "app_secret", "access_token", "refresh_token", "base_url")


def _still() -> float:
    """A tick that stands."""
    return 0.0


@dataclass
class CarrierBench:
    """One carrier connector and the worlds it is proved in.

    Attributes:
        emulator: The name of its emulator; the connector's own name when left out.
        settings: Arguments of `orderhub.carrier` beside what the emulator's account tells.
    """

    connector: Connector
    emulator: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, **given: Any) -> CarrierBench:
        """The bench of an installed carrier; raises `ConfigurationError` when it cannot be loaded."""
        return cls(find(name, CARRIERS), **given)

    @property
    def name(self) -> str:
        """The carrier's name."""
        return self.connector.name

    def world(self, *, limits: bool = True) -> World:
        """A world with this carrier alone, standing at one instant."""
        return World(
            seed=5, platforms=[], carriers=[self.emulator or self.name], start=START, tick=_still, limits=limits
        )

    def account(self, world: World, **given: Any) -> dict[str, Any]:
        """What `orderhub.carrier` takes of the emulator's account."""
        ours = self.connector.spec.credential_names
        told = {ours.get(name, name): value for name, value in world.carrier_accounts()[0].items()}
        known = {*_CREDENTIALS, *(setting.name for setting in self.connector.spec.settings)}
        return {**{name: value for name, value in told.items() if name in known}, **self.settings, **given}

    def face(self, world: World, **given: Any) -> CarrierFace:
        """The account through this connector, sync."""
        found: CarrierFace = carrier(
            self.name, connector=self.connector, transport=world.transport(), clock=world.clock,
            **self.account(world, **given),
        )  # fmt: skip
        return found

    def async_face(self, world: World, **given: Any) -> AsyncCarrierFace:
        """The account through this connector, async."""
        found: AsyncCarrierFace = carrier_async(
            self.name, connector=self.connector, transport=world.async_transport(), clock=world.clock,
            **self.account(world, **given),
        )  # fmt: skip
        return found

    def capability(self, verb: str) -> Capability:
        """What the connector says of one verb."""
        return self.connector.capabilities(CARRIER_VERBS)[verb]

    def need(self, *verbs: str) -> None:
        """Leave the check, with the connector's own reason, when a verb is absent."""
        for verb in verbs:
            if not (found := self.capability(verb)).available:
                raise Unfit(f"no {verb}: {found.because}")

    def arm(self, world: World, fault: str, **rule: Any) -> None:
        """Arm a fault of this carrier; leaves the check when the emulator does not perform it."""
        body = {"platform": self.emulator or self.name, "fault": fault, **rule}
        status, told = world.control("POST", "/_sandbox/faults", {}, body)
        if status >= 300:
            raise Unfit(f"the emulator has no fault {fault}: {told['error']}")

    def disarm(self, world: World) -> None:
        """Take back every fault."""
        world.control("DELETE", "/_sandbox/faults")

    def books(self, world: World) -> list[dict[str, Any]]:
        """Every waybill that the carrier ever gave out."""
        status, rows = world.control("GET", f"/_sandbox/{self.emulator or self.name}/orders")
        assert status == 200, rows
        return list(rows)

    def held(self, world: World, reference: str) -> list[dict[str, Any]]:
        """Waybills of one parcel id."""
        return [row for row in self.books(world) if row["reference"] == reference]

    def change(self, world: World, number: str, **body: Any) -> dict[str, Any]:
        """One control call on a parcel; leaves the check when the emulator does not know the action."""
        path = f"/_sandbox/{self.emulator or self.name}/orders/{number}"
        status, told = world.control("PATCH", path, {}, body)
        if status >= 300:
            raise Unfit(f"the emulator does not do {body}: {told['error']}")
        return dict(told)

    def parcel(self, number: int = 1, **changes: Any) -> Parcel:
        """A parcel that every carrier takes."""
        given: dict[str, Any] = {
            "parcel_id": f"parcel-{number:06d}", "order_key": f"test:shop:{number}", "warehouse": "hz",
            "recipient": RECEIVER, "lines": (("1", 2),), "weight_g": 1200,
        }  # fmt: skip
        return Parcel(**{**given, **changes})

    def create(self, face: CarrierFace, number: int = 1, **changes: Any) -> Waybill:
        """A waybill for the parcel of that number."""
        self.need("create")
        return face.create(self.parcel(number, **changes), SENDER)

    def on_the_way(self, world: World, face: CarrierFace, count: int = 1) -> dict[str, str]:
        """Parcels at the carrier: waybill number -> canonical code; made by control where nothing creates them."""
        if self.capability("create").available:
            made = [self.create(face, number) for number in range(1, count + 1)]
            found = {waybill.waybill_no: waybill.carrier for waybill in made}
        else:
            path = f"/_sandbox/{self.emulator or self.name}/orders"
            status, rows = world.control("POST", path, {}, {"count": count})
            assert status == 200, rows
            found = {row["order_id"]: row.get("carrier", self.name) for row in rows}
        if self.capability("subscribe").available:
            outcomes = face.subscribe(list(found), phone_tails=dict.fromkeys(found, TAIL), carriers=found)
            assert all(outcome.ok for outcome in outcomes), [str(outcome.error) for outcome in outcomes]
        return found

    def track(self, face: CarrierFace, numbers: Mapping[str, str], more: Sequence[str] = ()) -> list[TrackingEvent]:
        """Their events; `more` are numbers that the carrier may not know."""
        carriers = {**dict.fromkeys(more, next(iter(numbers.values()))), **numbers}
        return face.track(list(carriers), phone_tails=dict.fromkeys(carriers, TAIL), carriers=carriers)

    def arguments(self, verb: str, world: World, count: int = 1) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a verb is asked in this world: parcels that it holds then, `count` of them where several may be told."""
        face = self.face(world)
        if verb in ("create", "quote", "serviceability", "pickup"):
            return (self.parcel(), SENDER), {}
        numbers = self.on_the_way(world, face, count)
        if verb == "cancel":
            return (self.create(face, count + 1),), {}
        if verb == "find":
            return (self.parcel().parcel_id,), {}
        world.advance(HOURS * 3600)
        if verb == "decode_push":
            pushes = self.pushes(world, numbers)
            return (pushes[0]["headers"], pushes[0]["body"].encode()) if pushes else ({}, b"{}"), {}
        return (list(numbers),), {"phone_tails": dict.fromkeys(numbers, TAIL), "carriers": numbers}

    def pushes(self, world: World, numbers: Iterable[str]) -> list[dict[str, Any]]:
        """What the carrier sends about these parcels now; nothing where its emulator pushes nothing."""
        try:
            return [push for number in numbers for push in self.change(world, number, action="push")["pushes"]]
        except Unfit:
            return []

    def operation(self, act: str) -> str:
        """The wire's own name of the call that `create`, `cancel` or `track` makes last, learnt in a twin world."""
        world = self.world()
        face = self.face(world)
        numbers = self.on_the_way(world, face)
        if act == "create":
            self.create(face, 2)
        elif act == "cancel":
            face.cancel(self.create(face, 2))
        else:
            self.track(face, numbers)
        found = world.log(1)[0]["operation"]
        assert found, f"the emulator does not name the operation of {act}"
        return str(found)
