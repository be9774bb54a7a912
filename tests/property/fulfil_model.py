"""A shop, a carrier and real memory stores, small enough to run operations step by step in any interleaving."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from orderhub.errors import Conflict, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Ask, Gather, Now, Operation
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, load_record
from orderhub.fulfil.standing import parcel_state
from orderhub.fulfil.states import ORDER, SHIPMENT
from orderhub.inventory import Receive, StockLine, open_ledger
from orderhub.logistics.provinces import province_of
from orderhub.logistics.rate_table import cards_from_rows
from orderhub.logistics.services import Service
from orderhub.models import (
    Address,
    Dispatch,
    LineItem,
    Order,
    OrderStatus,
    Outcome,
    Parcel,
    Recipient,
    Shipment,
    Warehouse,
    Waybill,
)
from orderhub.models.person import Privacy
from orderhub.notify import LocalSink
from orderhub.stores.open import open_stores
from orderhub.testing.orders import at, sample_order

UNITS = 5
PARCEL_CALLS = {
    ("carrier:sf", "create"): "label", ("carrier:sf", "cancel"): "void", ("shop:taobao:tb-1", "ship"): "confirm",
}  # fmt: skip
"""What is asked of the world about a parcel -> the command of its table."""

NOW = datetime(2026, 11, 11, tzinfo=UTC)
HOME = Recipient(
    name="王小明", phone="13800138000", privacy=Privacy(kind="clear"),
    address=Address(country="CN", province="浙江省", city="杭州市", district="西湖区", street="文三路1号"),
)  # fmt: skip
ELSEWHERE = HOME.model_copy(update={
    "address": Address(country="CN", province="广东省", city="广州市", district="天河区", street="体育西路9号"),
})  # fmt: skip


def order_of(order_id: str = "1", *, skus: Sequence[tuple[str, int]] = (("A", 2),), **fields: Any) -> Order:
    """An order that can be shipped; ten yuan a unit."""
    lines = tuple(
        LineItem(line_id=f"{order_id}-{n}", sku=sku, quantity=units, unit_price=Decimal(10), subtotal=Decimal(10 * units),
                 discount=Decimal(0), total=Decimal(10 * units), status="awaiting_shipment")
        for n, (sku, units) in enumerate(skus)
    )  # fmt: skip
    whole = Decimal(10 * sum(units for _, units in skus))
    given: dict[str, Any] = {
        "lines": lines, "recipient": HOME, "items_total": whole, "discount_total": Decimal(0), "total": whole,
        "shipping_fee": Decimal(0), "fees_total": Decimal(0), "tax_total": Decimal(0), "residual": Decimal(0),
        "paid": whole, "fulfilled_by": "merchant", "payment_status": "paid", "fulfilment_status": "unfulfilled",
        "created_at": at(0), "paid_at": at(0), "buyer_note": None, "seller_note": None, "labels": (), "is_cod": False,
    }  # fmt: skip
    return sample_order(order_id, 0, **{**given, **fields})


class Platform:
    """A shop: what its buyers see. `refuses` names verbs that are refused, `loses` those whose replies are lost."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.orders = {order.order_id: order for order in orders}
        self.refuses: set[str] = set()
        self.loses: set[str] = set()
        self.calls: list[str] = []
        self.sent: list[Dispatch] = []

    def has(self, verb: str) -> bool:
        return verb in {"change_address", "ship"}

    def get_order(self, order_id: str) -> Order:
        return self.orders[order_id]

    def ship(self, dispatches: Sequence[Dispatch]) -> list[Outcome[None]]:
        self.calls.append("ship")
        order = self.orders[dispatches[0].order_id]
        whole = dispatches[0].lines is None
        bad = {"ship", order.order_id} & self.refuses or order.status is OrderStatus.CANCELLED
        if bad or order.status is OrderStatus.SHIPPED or (whole and order.shipments):
            return [Outcome.failed(one.key, Conflict("no", code="no")) for one in dispatches]
        self.sent += dispatches
        parcels = (*order.shipments, *(Shipment(waybill_no=one.waybill_no) for one in dispatches))
        self._put(order, status=OrderStatus.SHIPPED if whole else order.status, shipments=parcels)
        return self._reply("ship", [Outcome(True, one.key) for one in dispatches])

    def change_address(self, order_id: str, recipient: Recipient) -> Outcome[None]:
        self.calls.append("change_address")
        order = self.orders[order_id]
        if order.shipments or "change_address" in self.refuses:
            return Outcome.failed(order_id, Conflict("no", code="no"))
        self._put(order, recipient=recipient)
        return self._reply("change_address", Outcome(True, order_id))

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
        return [tuple(order_id for order_id, _ in receivers)]

    def _put(self, order: Order, **changes: Any) -> None:
        later = (order.updated_at or NOW).replace(microsecond=len(self.calls))
        self.orders[order.order_id] = order.model_copy(update={**changes, "updated_at": later})

    def _reply(self, verb: str, answer: Any) -> Any:
        if verb in self.loses:
            self.loses.discard(verb)
            raise OutcomeUnknown("the reply was lost")
        return answer


class Counter:
    """A carrier: one number a reference; `picked_up` ones are not voided."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self.void: set[str] = set()
        self.picked_up = False
        self.loses: set[str] = set()
        self.where: dict[str, str | None] = {}

    def create(self, parcel: Parcel, sender: Recipient) -> Waybill:
        number = self.made.setdefault(parcel.parcel_id, f"SF{len(self.made):04}")
        self.where[number] = parcel.recipient.address.province
        if "create" in self.loses:
            self.loses.discard("create")
            raise OutcomeUnknown("the reply was lost")
        return Waybill(carrier="sf", waybill_no=number, reference=parcel.parcel_id)

    def find(self, reference: str) -> Waybill | None:
        number = self.made.get(reference)
        return Waybill(carrier="sf", waybill_no=number, reference=reference) if number else None

    def cancel(self, waybill: Waybill) -> Outcome[None]:
        if self.picked_up:
            return Outcome.failed(waybill.reference, Conflict("picked up", code="8037"))
        self.void.add(waybill.waybill_no)
        return Outcome(True, waybill.reference)

    @property
    def live(self) -> list[str]:
        return [number for number in self.made.values() if number not in self.void]


class Bench:
    """Everything an operation asks for, and a scheduler; `lawful`: whatever is written must be a move of the tables."""

    lawful = True

    def __init__(self, *orders: Order, **plan: Any) -> None:
        self.stores, self.stock, self.sink = open_stores("memory:"), open_ledger("memory:"), LocalSink()
        self.stores.put_orders(list(orders))
        self.shop, self.carrier = Platform(orders), Counter()
        lines = tuple(StockLine(sku, code, UNITS) for sku in "ABC" for code in ("sh", "gz"))
        self.stock.apply([Receive("opening", lines)])
        houses = (("sh", "上海市"), ("gz", "广东省"))
        near, far = (province_of(person.address) or "" for person in (HOME, ELSEWHERE))
        self.plan = FulfilPlan(
            warehouses=tuple(Warehouse(code=code, phone="02155550100", address=Address(province=province, city=province,
                             street="仓储路1号")) for code, province in houses),
            services=tuple(Service(card) for card in _cards()),
            freight={("sh", near): Decimal(1), ("gz", far): Decimal(1)}, **plan,
        )  # fmt: skip
        self.ports = {"orders": self.stores, "stock": self.stock, "notifier": self.sink, "carrier:sf": self.carrier,
                      "shop:taobao:tb-1": self.shop}  # fmt: skip

    def run(self, operation: Operation[Any]) -> Any:
        """To the end."""
        return self.race(operation)[0]

    def race(self, *operations: Operation[Any], choose: Iterator[int] | None = None) -> list[Any]:
        """Every operation to its end, one step at a time, in the order that `choose` says; results in order."""
        results: dict[int, Any] = {}
        threads = {at: self._steps(one, results, at) for at, one in enumerate(operations)}
        while threads:
            turn = sorted(threads)[(next(choose, 0) if choose else 0) % len(threads)]
            if next(threads[turn], "end") == "end":
                del threads[turn]
        return [results[at] for at in range(len(operations))]

    def _steps(self, operation: Operation[Any], results: dict[int, Any], at_: int) -> Iterator[None]:
        results[at_] = yield from self._drive(operation)

    def _drive(self, operation: Operation[Any]) -> Any:
        answer: Any = None
        error: OrderHubError | None = None
        while True:
            try:
                step = operation.throw(error) if error else operation.send(answer)
            except StopIteration as end:
                return end.value
            answer = error = None
            if isinstance(step, Gather):
                answer = []
                for make in step.operations:
                    try:
                        answer.append((yield from self._drive(make())))
                    except OrderHubError as failure:
                        answer.append(failure)
                continue
            yield
            try:
                answer = self._perform(step)
            except OrderHubError as failure:
                error = failure

    def _perform(self, step: Any) -> Any:
        if isinstance(step, Now):
            return NOW
        assert isinstance(step, Ask)
        if self.lawful:
            self._lawful(step)
        return getattr(self.ports[step.port], step.method)(*step.arguments, **step.named)

    def _lawful(self, step: Ask) -> None:
        """Whatever is written or asked of a carrier or a platform is a move of the tables."""
        if step.method == "put_cursor" and step.arguments[0].name.startswith("fulfil:"):
            cursor, position = step.arguments
            before = json.loads(cursor.position)["state"] if cursor.position else "new"
            after = json.loads(position)["state"]
            assert before == after or (before, after) in ORDER.steps, (before, after)
        elif command := PARCEL_CALLS.get((step.port, step.method)):
            given = step.arguments[0]
            told = (
                [one.waybill_no for one in given]
                if command == "confirm"
                else [getattr(given, "parcel_id", None) or given.reference]
            )
            for record, row in self.parcels():
                if row.parcel_id in told or row.waybill_no in told:
                    state = parcel_state(record, row)
                    wanted = {"void", "stop"} if command == "void" else {command}
                    late = (
                        record.state in ("shipped", "committed", "done") and command == "confirm"
                    )  # by another worker
                    assert late or wanted & set(SHIPMENT.allowed_in(state)), (command, state)

    def parcels(self) -> Iterator[tuple[Record, ParcelRecord]]:
        """Every parcel that any record has."""
        for name in list(self.stores._cursors):
            if name.startswith("fulfil:"):
                record = self._read(name.removeprefix("fulfil:"))
                yield from ((record, row) for row in record.parcels)

    def _read(self, key: str) -> Record:
        operation = load_record(key)
        try:
            next(operation)
            operation.send(self.stores.get_cursor(f"fulfil:{key}"))
        except StopIteration as end:
            return end.value
        raise AssertionError("a record is read in one step")

    def units(self) -> tuple[int, int]:
        """Units gone and units reserved, over everything."""
        levels = self.stock.levels()
        return sum(UNITS - level.on_hand for level in levels), sum(level.reserved for level in levels)


@lru_cache(maxsize=1)
def _cards() -> tuple[Any, ...]:
    import csv
    from pathlib import Path

    import orderhub

    path = Path(orderhub.__file__).parent / "cli" / "data" / "rate_cards.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return tuple(card for card in cards_from_rows(csv.DictReader(lines)) if card.carrier == "sf")
