"""What must hold once everything is at rest: the hub's books against the sandbox's own truth. Imports `hub`.

Each law answers a line for every way in which it is broken; nobody is named in one but by an order's number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from orderhub.drivers.sync import SyncWorld
from orderhub.errors import NotFound
from orderhub.fulfil.channel_stock import available_by_sku
from orderhub.fulfil.record import Record, load_record
from orderhub.hub.core import Hub
from orderhub.models import Order
from orderhub.ports import OrderQuery
from orderhub.sandbox.catalogue import GOODS
from orderhub.testing.stock import check_balanced

if TYPE_CHECKING:
    from orderhub.testing.simulator.scene import Scene

__all__ = ["LAWS", "broken_laws"]

SENT = frozenset({"committed", "done"})
HOLDING = frozenset({"planned", "reserved", "labelled", "shipping"})
SAME = (
    "status",
    "raw_status",
    "payment_status",
    "aftersale_status",
    "holds",
    "currency",
    "total",
    "paid",
    "updated_at",
)
"""Fields of an order that are compared with what its platform answers when it is asked at the end."""


class Books:
    """What the hub and the sandbox say at the end, read once."""

    def __init__(self, scene: Scene, hub: Hub) -> None:
        self.scene, self.hub, self.control = scene, hub, scene.world.control
        self.orders: dict[str, Order] = {order.key: order for order in _all(hub)}
        self.truth = dict(self._truth())
        self.records = {key: self._record(key) for key in self.orders}

    def _truth(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for shop in self.hub.shops.values():
            path = f"/_sandbox/{shop.platform}/orders"
            for row in self.control("GET", path, {"shop_id": shop.shop_id}, None)[1]:
                yield f"{shop.key}:{row['order_id']}", row

    def _record(self, key: str) -> Record:
        reading = load_record(key)
        next(reading)
        try:
            reading.send(self.hub.stores.get_cursor(f"fulfil:{key}"))
        except StopIteration as end:
            found: Record = end.value
            return found
        raise AssertionError("a record is one read")

    def asked(self, key: str) -> Order | None:
        """The order as its platform answers it now; None where it answers single orders in some states only."""
        platform, shop_id, order_id = key.split(":", 2)
        face = self.hub.shops[f"{platform}:{shop_id}"]
        try:
            found: Order = SyncWorld(face.world.services, face.world.transport).run(face.ops.get_order(order_id))
        except NotFound:
            return None
        return found

    def waybills(self) -> dict[str, str]:
        """number -> reference of every number that is good: a carrier's, or given out by a platform."""
        found: dict[str, str] = {}
        for account in self.scene.world.carrier_accounts():
            for row in self.control("GET", f"/_sandbox/{account['carrier']}/orders", {}, None)[1]:
                if not row.get("cancelled"):
                    found[str(row["order_id"])] = str(row.get("reference"))
        for row in self.scene.world.waybills():
            if row["cancelled"]:
                found.pop(row["number"], None)
            else:
                found[row["number"]] = f"{row['platform']}/{row['reference']}"
        return found

    def was_doubled(self, reference: str) -> bool:
        """Whether a platform was asked twice by the network for one parcel's number and gave two.

        Cainiao does; only the later reply is heard, and nothing that a caller can do tells of the other number.
        """
        _, _, parcel = reference.partition("/")
        asked = [unquote_plus(body.decode(errors="replace")) for body in self.scene.engine.doubled if parcel]
        return any(parcel in body for body in asked)


def _all(hub: Hub) -> list[Order]:
    found: list[Order] = hub.stores.find_orders(OrderQuery())
    return found


def every_order_once(books: Books) -> Iterator[str]:
    """What exists is stored, what is stored exists."""
    for key in sorted(books.truth.keys() - books.orders.keys()):
        yield f"{key} is lost"
    for key in sorted(books.orders.keys() - books.truth.keys()):
        yield f"{key} does not exist"


def newest_version(books: Books) -> Iterator[str]:
    """Every order is as its platform tells it, to the cent."""
    for key in sorted(books.truth.keys() & books.orders.keys()):
        held, there = books.orders[key], books.asked(key)
        for name in SAME if there is not None else ():
            if getattr(there, name) is not None and getattr(held, name) != getattr(there, name):
                yield f"{key}: {name} is {getattr(held, name)!r}, its platform says {getattr(there, name)!r}"
        told = books.truth[key].get("total")
        if told is not None and held.total is not None and Decimal(str(told)) != held.total:
            yield f"{key}: total is {held.total}, the sandbox knows {told}"


def versions_in_order(books: Books) -> Iterator[str]:
    """Each version was stored once, none after a newer one."""
    for key in sorted(books.orders):
        rows = books.hub.stores.order_history(key)
        words = [row.word for row in rows]
        if words.count("inserted") != 1:
            yield f"{key} was inserted {words.count('inserted')} times"
        at = [row.updated_at for row in rows if row.word in ("inserted", "updated") and row.updated_at is not None]
        if at != sorted(at):
            yield f"{key}: an older version was stored over a newer one"


def stock_adds_up(books: Books) -> Iterator[str]:
    """Movements sum up to levels, nothing was ever oversold, and what is gone has left with an order."""
    try:
        check_balanced(books.hub.stock)
    except AssertionError as broken:
        yield f"the ledger: {broken}"
    gone = Counter(dict.fromkeys(GOODS, books.scene.scenario.units * books.scene.homes))
    for level in books.hub.stock.levels():
        gone[level.sku] -= level.on_hand
    sold: Counter[str] = Counter()
    for record in books.records.values():
        if record.state in SENT:
            for parcel in record.parcels:
                sold.update(dict(parcel.goods))
    for sku in sorted({*gone, *sold}):
        if gone[sku] != sold[sku]:
            yield f"{sku}: {gone[sku]} units are gone, {sold[sku]} left with orders"


def nothing_leaks(books: Books) -> Iterator[str]:
    """A reservation that is open belongs to an order that still goes on."""
    held = {record.reservation for record in books.records.values() if record.state in HOLDING}
    for reservation in books.hub.stock.reservations():
        if reservation.key not in held:
            yield f"reservation {reservation.key} is open and nobody's"
    for key, record in sorted(books.records.items()):
        if record.state in HOLDING and books.orders[key].status == "cancelled":
            yield f"{key} is cancelled, and its record says {record.state}"


def one_waybill_a_parcel(books: Books) -> Iterator[str]:
    """Every good number is one parcel's, and every parcel that left has a good one."""
    numbers = books.waybills()
    ours = {parcel.waybill_no: key for key, record in books.records.items() for parcel in record.parcels
            if parcel.waybill_no is not None and record.state not in ("dropped", "cancelled", "new")}  # fmt: skip
    asked = {parcel.parcel_id for record in books.records.values() if record.state in HOLDING
             for parcel in record.parcels if parcel.waybill_no is None}  # fmt: skip
    for number in sorted(numbers.keys() - ours.keys()):
        if numbers[number].rpartition("/")[2] in asked:  # an order on hold: asked again, it gets this one
            continue
        if books.was_doubled(numbers[number]):
            continue
        yield f"waybill {number} ({numbers[number]}) is good, and no parcel has it"
    for number in sorted(ours.keys() - numbers.keys()):
        yield f"{ours[number]} has waybill {number}, which is no good"
    references = Counter(numbers.values())
    for reference, count in sorted(references.items()):
        if count > 1 + books.was_doubled(reference):
            yield f"{count} good waybills for {reference}"


def shipped_is_shipped(books: Books) -> Iterator[str]:
    """What the hub says has left is shipped on its platform with the hub's numbers, and nothing else is."""
    gone = ("shipped", "delivered", "completed", "partially_shipped")
    for key, record in sorted(books.records.items()):
        order = books.orders[key]
        numbers = {parcel.waybill_no for parcel in record.parcels}
        there = {shipment.waybill_no for shipment in order.shipments if shipment.waybill_no}
        if record.state in SENT and there and there != numbers:
            yield f"{key} left with {sorted(map(str, numbers))}, its platform has {sorted(there)}"
        if record.state not in SENT and there & numbers:
            yield f"{key} is shipped on its platform, its record says {record.state}"
        if record.state in SENT and order.status not in (*gone, "cancelled"):
            yield f"{key} left, its platform says {order.status}"


def channels_show_what_is_there(books: Books) -> Iterator[str]:
    """Every listing shows what is available, no more and no less."""
    shown = available_by_sku(books.hub.ops.plan, books.hub.stock.snapshot())
    for shop in books.hub.shops.values():
        if not shop.capabilities["push_stock"].available or not shop.capabilities["listings"].available:
            continue
        face = SyncWorld(shop.world.services, shop.world.transport)
        for batch in face.stream(shop.ops.listings()):
            for page in batch:
                for listing in page.items:
                    if listing.quantity is not None and shown.get(listing.sku, listing.quantity) != listing.quantity:
                        yield f"{shop.key} shows {listing.quantity} of {listing.sku}, there are {shown[listing.sku]}"


def nothing_waits_in_vain(books: Books) -> Iterator[str]:
    """Whatever has not left has a reason that somebody can act upon: nothing fails any more."""
    for outcome in books.scene.last.get("ship") or ():
        if outcome.error is not None and outcome.error.retryable:
            yield f"{outcome.key} is not shipped: {outcome.error}"


def told_once(books: Books) -> Iterator[str]:
    """One message an order that left."""
    keys = Counter(message.key for message in books.scene.sink.sent)
    for key, count in sorted(keys.items()):
        if count > 1:
            yield f"{key} was said {count} times"


LAWS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "every order once": every_order_once,
    "newest version": newest_version,
    "versions in order": versions_in_order,
    "stock adds up": stock_adds_up,
    "nothing leaks": nothing_leaks,
    "one waybill a parcel": one_waybill_a_parcel,
    "shipped is shipped": shipped_is_shipped,
    "channels show what is there": channels_show_what_is_there,
    "nothing waits in vain": nothing_waits_in_vain,
    "told once": told_once,
}
"""Every law by name."""


def broken_laws(scene: Scene, hub: Hub) -> list[str]:
    """Each way in which a law is broken, with the law's name; empty where all hold."""
    books = Books(scene, hub)
    return [f"{name}: {line}" for name, law in LAWS.items() for line in law(books)]
