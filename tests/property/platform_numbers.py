"""A platform that hands out numbers and loses replies, and histories over it: R11 for platforms' own waybills."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from fulfil_model import HOME, Bench, Platform, order_of

from orderhub.errors import OrderHubError, OutcomeUnknown, UnsupportedOperation, WaybillRejected
from orderhub.fulfil.cancelling import cancel_order, reopen_order
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.reconciling import reconcile_orders
from orderhub.kit.waybills import ASKED_TWICE
from orderhub.models import (
    Address,
    Order,
    Outcome,
    PrintDocument,
    PrintKind,
    PrintPayload,
    Privacy,
    Recipient,
    Waybill,
    WaybillAccount,
    WaybillRequest,
)

HIDDEN = HOME.model_copy(update={
    "name": "王**", "phone": "138****8000", "privacy": Privacy(kind="masked", token="t-1", merge_key="t-1"),
})  # fmt: skip
VERBS = {"create_waybills", "query_waybills", "cancel_waybill", "waybill_accounts", "ship", "change_address"}
TROUBLES = ("none", "none", "lost_before", "lost_after", "refused", "late")


class Numbering(Platform):
    """One that `finds` numbers by order gives a new one to every request, another binds the first to the parcel."""

    def __init__(self, orders: Sequence[Order], finds: bool, chance: random.Random) -> None:
        super().__init__(orders)
        self.finds, self.chance, self.calm = finds, chance, False
        self.numbers: dict[str, tuple[str, str]] = {}  # number -> (parcel id, order id)
        self.void: set[str] = set()
        self.late: list[tuple[str, str]] = []  # requests of which nothing was heard and that are still under way

    def has(self, verb: str) -> bool:
        return verb in VERBS or (verb == "find_waybills" and self.finds)

    def _trouble(self, *kinds: str) -> str:
        found = "none" if self.calm else self.chance.choice(TROUBLES)
        return found if found in kinds else "none"

    def live(self, order_id: str) -> list[str]:
        return [number for number, (_, of) in self.numbers.items() if of == order_id and number not in self.void]

    def waybill_accounts(self) -> list[WaybillAccount]:
        place = Address(province="上海市", city="上海市")
        return [WaybillAccount(carrier=code, code=code.upper(), senders=(place,), from_anywhere=True)
                for code in ("sf", "yto")]  # fmt: skip

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> list[Outcome[Waybill]]:
        [request] = requests
        if request.parcel.recipient.address.province is None:
            return [Outcome.failed(request.key, WaybillRejected("no address"))]
        trouble = self._trouble("lost_before", "lost_after", "refused", "late")
        if trouble == "lost_before":
            return [Outcome.failed(request.key, OutcomeUnknown("lost"))]
        if not (self.finds and request.is_new) and (found := self._bound(request)) is not None:
            return [found]
        if trouble == "refused":
            return [Outcome.failed(request.key, WaybillRejected("no"))]
        number = self._drawn(request.key, request.parcel.order_ids[0])
        if trouble == "lost_after":
            return [Outcome.failed(request.key, OutcomeUnknown("lost"))]
        if trouble == "late" and self.finds:  # asked, not heard of, not found, asked again: two numbers in the end
            self.late.append(self.numbers[number])
            return [Outcome(True, request.key, ASKED_TWICE, value=self._made(request, number).value)]
        return [self._made(request, number)]

    def _drawn(self, key: str, order_id: str) -> str:
        number = f"N{len(self.numbers):04}"
        self.numbers[number] = (key, order_id)
        return number

    def arrive(self) -> None:
        """What was under way arrives."""
        while self.late:
            self._drawn(*self.late.pop())

    def _bound(self, request: WaybillRequest) -> Outcome[Waybill] | None:
        """What is there of a parcel that may have been asked for."""
        order_id = request.parcel.order_ids[0]
        if not self.finds:
            mine = [number for number in self.live(order_id) if self.numbers[number][0] == request.key]
            return self._made(request, mine[0]) if mine else None
        rows = [number for number in self.live(order_id) if number not in request.known]
        if len(rows) > 1 or (rows and not request.is_alone):
            return Outcome.failed(request.key, OutcomeUnknown("several"))
        return self._made(request, rows[0]) if rows else None

    def find_waybills(self, requests: Sequence[WaybillRequest]) -> list[Outcome[Waybill]]:
        [request] = requests
        if self._trouble("lost_before") != "none":
            return [Outcome.failed(request.key, OutcomeUnknown("lost"))]
        return [self._bound(request) or Outcome(True, request.key)]

    def query_waybills(self, waybills: Sequence[Waybill]) -> list[Outcome[Waybill]]:
        if self._trouble("lost_before") != "none":
            raise OutcomeUnknown("lost")
        return [Outcome(True, one.reference, value=one.model_copy(update={"payload": _print(one.waybill_no)}))
                for one in waybills]  # fmt: skip

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str) -> Any:
        raise UnsupportedOperation("receivers stay hidden here")

    def _made(self, request: WaybillRequest, number: str) -> Outcome[Waybill]:
        made = Waybill(carrier=request.carrier, waybill_no=number, reference=request.key, payload=_print(number))
        return Outcome(True, request.key, value=made)

    def cancel_waybill(self, waybill: Waybill) -> Outcome[None]:
        trouble = self._trouble("lost_before", "lost_after")
        if trouble == "lost_before":
            return Outcome.failed(waybill.reference, OutcomeUnknown("lost"))
        assert waybill.waybill_no in self.numbers, "a number that never was"
        assert not any(waybill.waybill_no in (s.waybill_no for s in o.shipments) for o in self.orders.values())
        self.void.add(waybill.waybill_no)
        lost = OutcomeUnknown("lost")
        return Outcome.failed(waybill.reference, lost) if trouble == "lost_after" else Outcome(True, waybill.reference)


def _print(number: str) -> PrintPayload:
    page = PrintDocument(document_id=number, data="{}", template_url="http://t")
    return PrintPayload(kind=PrintKind.CLOUD_PRINT, format="cainiao", documents=(page,))


def check_history(seed: int) -> int:
    """Runs that die and replies that are lost, in any order; then calm. Answers how many numbers were made."""
    chance = random.Random(seed)
    orders = [order_of(str(n), recipient=HIDDEN, skus=(("A", 1),)) for n in (1, 2)]
    bench = Bench(*orders)
    shop = Numbering(orders, chance.random() < 0.5, chance)
    bench.shop = shop
    bench.ports |= {"shop:taobao:tb-1": shop, "papers": bench.stores}
    wanted = {order.key: True for order in orders}
    for _ in range(chance.randint(2, 6)):
        order = chance.choice(orders)
        act = chance.choice(("fulfil", "fulfil", "cancel", "reopen"))
        _dying(bench, _command(bench, act, orders, order), chance.randint(0, 40) if chance.random() < 0.5 else None)
        if chance.random() < 0.5:
            shop.arrive()
    shop.calm = True
    shop.arrive()
    for order in orders:
        wanted[order.key] = chance.random() < 0.6
        if not wanted[order.key]:
            _dying(bench, cancel_order(bench.plan, _as_cancelled(shop, order, chance)), None)
    for _ in range(3):  # what was under way comes to its end; then what was stopped and is wanted starts again
        outcomes = bench.run(fulfil_orders(bench.plan, orders))
        for order, outcome in zip(orders, outcomes, strict=True):
            if outcome.error is not None and outcome.error.message == "several":  # somebody looks at the console
                shop.void.update(shop.live(order.order_id)[1:])
        for order in orders:
            if wanted[order.key]:
                _dying(bench, reopen_order(bench.plan, order), None)
    bench.run(reconcile_orders(bench.plan, heal=True))
    _judge(bench, shop, orders, outcomes, wanted)
    return len(shop.numbers)


def _as_cancelled(shop: Numbering, order: Order, chance: random.Random) -> Order:
    """The order as its platform shows it by then: some take the receiver away."""
    if chance.random() < 0.5:
        shop._put(shop.orders[order.order_id], recipient=Recipient())
    return shop.orders[order.order_id]


RACES = ((True, "fulfil", True), (False, "fulfil", True), (True, "cancel", True), (False, "cancel", False))
"""Whether the platform can be searched, what the second worker does, whether the first may die: where it cannot be
searched, a number that is drawn after a cancellation by one who then dies is known to nobody."""

Stops = tuple[int | None, int | None, int | None]


def check_race(stops: Stops, *, finds: bool, second: str = "fulfil") -> tuple[bool, bool, bool]:
    """Two workers with one order: the first goes so many steps, then the other, then the first again and dies there.

    Then the other comes to its end, and everything at rest: one good number where the order left, none where not.

    Args:
        stops: Steps of the first, of the second, of the first again; None is to the end.
        second: What the other does: `fulfil` or `cancel`.
    Returns:
        Whether each of the three had stopped before its end.
    """
    order = order_of("1", recipient=HIDDEN, skus=(("A", 1),))
    bench, shop = Bench(order), Numbering([order], finds, random.Random(0))
    shop.calm = True
    bench.shop = shop
    bench.ports |= {"shop:taobao:tb-1": shop, "papers": bench.stores}
    first = bench._steps(fulfil_orders(bench.plan, [order]), {}, 0)
    other = bench._steps(_command(bench, second, [order], order), {}, 0)
    cut = (_goes(first, stops[0]), _goes(other, stops[1]), _goes(first, stops[2]))
    first.close()
    _goes(other, None)
    _dying(bench, _command(bench, second, [order], order), None)
    bench.run(reconcile_orders(bench.plan, heal=True))
    outcomes = bench.run(fulfil_orders(bench.plan, [order]))
    found = bench.run(reconcile_orders(bench.plan, heal=True))
    assert found.ok, (stops, found)
    if cut[2] and not shop.sent:  # it died with a label in its hands that nobody wants: retention takes it away
        bench.stores.drop_papers(order.key, list(bench.stores.papers_of(order.key)))
    _judge(bench, shop, [order], outcomes, {order.key: second == "fulfil" or bool(shop.sent)})
    return cut


def _goes(walk: Iterator[None], steps: int | None) -> bool:
    """Whether something is left after so many steps."""
    count = 0
    try:
        while steps is None or count < steps:
            if next(walk, "end") == "end":
                return False
            count += 1
    except OrderHubError:
        return False
    return True


def check_races(firsts: range, seconds: Sequence[int | None], thirds: Sequence[int | None], **how: Any) -> int:
    """Each way to stop two workers; answers how many there were."""
    made = 0
    for one in firsts:
        for two in seconds:
            for three in thirds:
                try:
                    cut = check_race((one, two, three), **how)
                except AssertionError as error:
                    raise AssertionError(f"stopped after {one}, {two}, {three} steps: {error}") from error
                made += 1
                if not cut[2] and three is not None:
                    break  # it was at its end: more steps are the same history
            if not cut[1] and two is not None:
                break
        if not cut[0]:
            break
    return made


def _command(bench: Bench, act: str, orders: Sequence[Order], order: Order) -> Any:
    if act == "fulfil":
        return fulfil_orders(bench.plan, orders)
    return (cancel_order if act == "cancel" else reopen_order)(bench.plan, order)


def _dying(bench: Bench, operation: Any, steps: int | None) -> None:
    """Perform it; after so many steps the process is gone."""
    results: dict[int, Any] = {}
    walk = bench._steps(operation, results, 0)
    try:
        for done, _ in enumerate(walk):
            if done == steps:
                walk.close()
                return
    except OrderHubError:
        return


def _judge(
    bench: Bench, shop: Numbering, orders: Sequence[Order], outcomes: Sequence[Any], wanted: dict[str, bool]
) -> None:
    for order, outcome in zip(orders, outcomes, strict=True):
        sent = [parcel.waybill_no for parcel in shop.orders[order.order_id].shipments]
        live = shop.live(order.order_id)
        assert len(sent) == len(set(sent)) <= 1, f"{order.key} was shipped under {sent}"
        assert live == sent, f"{order.key}: numbers {live} are good, shipped under {sent}, {outcome}"
        assert bool(sent) == outcome.ok, outcome
        assert sent or not wanted[order.key], outcome
        papers = bench.stores.papers_of(order.key)
        assert len(papers) == len(sent), "one label a parcel, none of void numbers"
    assert bench.units() == (sum(len(shop.live(order.order_id)) for order in orders), 0), "what left is gone, no more"
