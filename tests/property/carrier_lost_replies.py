"""Carriers' emulators that lose replies, and histories over them: R11 for every carrier that can create a waybill.

The carrier is its connector, which speaks bytes to the emulator; the shop and the stores are those of `fulfil_model`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from fulfil_model import Bench, order_of

from orderhub.errors import OrderHubError
from orderhub.fulfil.cancelling import cancel_order, reopen_order
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.logistics.services import Service
from orderhub.models import Order
from orderhub.plugins import CARRIERS, find
from orderhub.sandbox import World
from orderhub.testing.conformance.carrier_bench import CarrierBench

CREATING = tuple(
    name for name in ("sf", "yto", "sto", "zto", "yunda", "jdl", "kdniao")
    if find(name, CARRIERS).capabilities(CARRIER_VERBS)["create"].available
)  # fmt: skip
TROUBLES = ("timeout_after", "timeout_after", "timeout_before", "http_503", "reset")
TURNS = 3


@dataclass
class Depot:
    """One carrier, its books and its hub-side face, used by many histories one after the other."""

    name: str
    bench: CarrierBench = field(init=False)
    world: World = field(init=False)
    face: Any = field(init=False)

    def __post_init__(self) -> None:
        self.bench = CarrierBench.of(self.name)
        self.world = self.bench.world(limits=False)
        self.face = self.bench.face(self.world)

    @property
    def settles(self) -> bool:
        """Whether the carrier can be asked, or asked again, about an order whose reply was lost."""
        return bool(getattr(self.face.ops, "settles_lost_replies", True))

    def books(self, order: Order) -> list[dict[str, Any]]:
        """Every number that the carrier gave out for an order."""
        return [row for row in self.bench.books(self.world) if order.order_id in row["reference"]]


@dataclass
class Told:
    """What histories came to.

    Attributes:
        unsettled: Orders that wait for a person, and say so: the carrier answers nothing about an order that it has.
        voided: Numbers that were cancelled.
    """

    parcels: int = 0
    lost: int = 0
    unsettled: int = 0
    voided: int = 0

    def add(self, other: Told) -> None:
        """Sum up."""
        self.parcels, self.lost = self.parcels + other.parcels, self.lost + other.lost
        self.unsettled, self.voided = self.unsettled + other.unsettled, self.voided + other.voided


def bench_of(depot: Depot, order: Order) -> Bench:
    """A hub whose only carrier is the depot's."""
    bench = Bench(order)
    bench.lawful = (
        False  # of two workers the slower asks again for a number that is there: the books tell whether it did harm
    )
    services = tuple(Service(replace(one.card, carrier=depot.face.name)) for one in bench.plan.services)
    bench.plan = replace(bench.plan, services=services)
    bench.ports |= {"papers": bench.stores, f"carrier:{depot.face.name}": depot.face}
    return bench


def check_history(depot: Depot, seed: int) -> Told:
    """One order through a carrier that answers badly and a shop that does; afterwards everything answers.

    Raises:
        AssertionError: A law is broken.
    """
    chance = random.Random(f"{depot.name}:{seed}")
    order = order_of(f"R{depot.name}{seed:06d}Z")
    bench = bench_of(depot, order)
    lost = 0
    for _ in range(TURNS):
        lost += _trouble(depot, bench, chance)
        _turn(bench, order, chance)
    depot.bench.disarm(depot.world)
    bench.shop.loses.clear()
    for _ in range(2):
        _run(bench, reopen_order(bench.plan, order))
        bench.run(fulfil_orders(bench.plan, [order]))
    return _laws(depot, bench, order, lost)


def _trouble(depot: Depot, bench: Bench, chance: random.Random) -> int:
    depot.bench.disarm(depot.world)
    if chance.random() < 0.3:
        bench.shop.loses.add("ship")
    if chance.random() < 0.2:
        return 0
    fault = chance.choice(TROUBLES)
    depot.bench.arm(depot.world, fault, times=chance.choice((1, 1, 2, 5, 50)))
    return fault in ("timeout_after", "reset")


def _turn(bench: Bench, order: Order, chance: random.Random) -> None:
    act = chance.choice(("fulfil", "fulfil", "twice", "cancel"))
    if act == "twice":  # two workers, any interleaving
        steps = iter([chance.randrange(2) for _ in range(400)])
        _run(bench, fulfil_orders(bench.plan, [order]), fulfil_orders(bench.plan, [order]), choose=steps)
        return
    _run(bench, fulfil_orders(bench.plan, [order]))
    if act == "cancel":
        _run(bench, cancel_order(bench.plan, order))
        _run(bench, reopen_order(bench.plan, order))


def _run(bench: Bench, *operations: Any, **given: Any) -> None:
    try:
        bench.race(*operations, **given)
    except OrderHubError:
        return  # the next turn goes on from what is written


def _laws(depot: Depot, bench: Bench, order: Order, lost: int) -> Told:
    """One living number a parcel, in the carrier's books and on the platform alike; none of nobody, none twice."""
    rows = depot.books(order)
    parcels = [row for _, row in bench.parcels()]
    by_reference = Counter(row["reference"] for row in rows)
    assert max(by_reference.values(), default=0) <= 1, f"two numbers for one parcel: {by_reference}"
    void = [row for row in rows if row["cancelled"]]
    living = {row["order_id"] for row in rows} - {row["order_id"] for row in void}
    sent = [one.waybill_no for one in bench.shop.sent]
    assert len(sent) == len(set(sent)) <= 1, f"shipped twice: {sent}"
    told = Told(len(parcels), lost, 0, len(void))
    if not sent:
        known = {row.parcel_id for row in parcels}
        assert not depot.settles, (
            f"everything answers, and yet the order stands still: {[own.state for own, _ in bench.parcels()]}"
        )
        assert {row["reference"] for row in rows} <= known, "a number of no parcel"
        return replace(told, unsettled=1)
    assert living == set(sent), f"orphaned {living - set(sent)}, unknown to the carrier {set(sent) - living}"
    assert [one.waybill_no for one in parcels] == sent
    assert bench.units() == (2, 0), "stock left once"
    return told


def check_histories(name: str, seeds: range, block: int = 100) -> Told:
    """Many histories of one carrier; its books begin anew after each block.

    Raises:
        AssertionError: A law is broken; the text names carrier and seed.
    """
    told = Told()
    for start in range(seeds.start, seeds.stop, block):
        depot = Depot(name)
        for seed in range(start, min(start + block, seeds.stop)):
            try:
                told.add(check_history(depot, seed))
            except AssertionError as error:
                raise AssertionError(f"{name}, seed {seed}: {error}") from error
    return told
