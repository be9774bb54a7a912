"""What orders mean: money to the cent, instants, words, and nothing unknown that ships. Imports `conformance.bench`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.models import Order, OrderStatus
from orderhub.testing.conformance.bench import Bench, Unfit

__all__: list[str] = []

CENT = Decimal("0.01")


def money_exact(bench: Bench) -> None:
    """Totals equal the platform's own; the identity holds; line totals add up to the goods part."""
    world = bench.world(orders=30)
    truth = bench.truth(world)
    for order in bench.orders(bench.shop(world), world):
        told = truth[order.order_id].get("total")
        if told is not None:
            assert order.total == Decimal(told), f"{order.key}: {order.total}, the platform says {told}"
            assert order.currency == truth[order.order_id].get("currency", order.currency)
        assert order.discrepancy in (None, 0), f"{order.key}: the money identity is off by {order.discrepancy}"
        _lines_add_up(order)


def _lines_add_up(order: Order) -> None:
    for line in order.lines:
        if None not in (line.subtotal, line.discount, line.total):
            assert line.total == line.subtotal - line.discount, f"{order.key}: line {line.line_id}"  # type: ignore[operator]
    if order.items_total is None or any(line.total is None for line in order.lines):
        return
    goods = order.items_total - (order.discount_total or 0)
    assert sum((line.total or 0 for line in order.lines), Decimal(0)) == goods, f"{order.key}: lines do not add up"


def refunds_within_what_was_paid(bench: Bench) -> None:
    """No order has more refunded than was paid."""
    world = bench.world(orders=30)
    for order in bench.orders(bench.shop(world), world):
        if order.refunded is not None and order.paid is not None:
            assert order.refunded <= order.paid, f"{order.key}: {order.refunded} refunded of {order.paid} paid"


def instants_are_true(bench: Bench) -> None:
    """An order made now is dated now: the platform's time zone is read right."""
    world = bench.world(orders=0, awkward=False)
    made = bench.create(world, 2)
    shop = bench.shop(world)
    for order in (shop.get_order(order_id) for order_id in made):
        assert order.created_at is not None and abs(order.created_at - world.now()) < timedelta(seconds=2)
        assert order.updated_at is None or abs(order.updated_at - world.now()) < timedelta(seconds=2)


def unknown_words_never_ship(bench: Bench) -> None:
    """A status that no document knows is kept as it is, reported, and never shippable."""
    world = bench.world(orders=8, awkward=False)
    shop = bench.shop(world)
    known = {order.order_id: order.raw_status for order in bench.orders(shop, world)}
    bench.arm(world, "unknown_status", times=None)
    stream = shop.orders(updated_since=bench.since(world))
    strange = [order for order in stream if order.raw_status != known.get(order.order_id)]
    assert strange, "the emulator told an unknown status and no order shows it"
    told = {finding.order_id for finding in stream.findings if finding.code == "unknown_value"}
    for order in strange:
        assert order.status is OrderStatus.UNKNOWN and not order.is_shippable and order.raw_status
        assert order.order_id in told, "an unknown status without a finding"


def drift_is_seen(bench: Bench) -> None:
    """A field changes its type and a new one appears: the order survives or is quarantined whole, never silently."""
    world = bench.world(orders=8, awkward=False)
    shop = bench.shop(world)
    before = {order.order_id: set(order.extra) | {k for line in order.lines for k in line.extra}
              for order in bench.orders(shop, world)}  # fmt: skip
    bench.arm(world, "drifted_field", times=None)
    stream = shop.orders(updated_since=bench.since(world))
    orders = list(stream)
    quarantined = {finding.order_id for finding in stream.findings if finding.code == "undecodable"}
    assert before.keys() <= {order.order_id for order in orders} | quarantined, "drift lost an order"
    grown = [o for o in orders if (set(o.extra) | {k for line in o.lines for k in line.extra}) - before[o.order_id]]
    assert grown or quarantined or stream.findings, "drift went unseen: neither `extra` nor a finding tells it"


def capabilities_are_true(bench: Bench) -> None:
    """Every verb is either there or says why not; what is said to be absent refuses by name."""
    from orderhub.errors import UnsupportedOperation

    shop = bench.shop(bench.world(orders=0, awkward=False))
    for verb, capability in shop.capabilities.items():
        needs = CHANNEL_VERBS[verb].needs or verb
        assert capability.available == (getattr(shop.ops, needs, None) is not None)
        if capability.available:
            continue
        assert capability.because, f"{verb} is absent without a reason"
        try:
            getattr(shop, verb)()
        except UnsupportedOperation as error:
            assert capability.because in str(error)
        except TypeError:
            continue  # refuses the missing arguments first
        else:
            raise AssertionError(f"{verb} is absent and does not refuse")


def words_are_closed(bench: Bench) -> None:
    """Every enumeration names its source, and a word outside it becomes the table's own `unknown`."""
    words = bench.connector.spec.words
    if not words:
        raise Unfit("the connector names no word tables")
    for name, table in words.items():
        assert table.words, f"the table {name} is empty"
        assert (
            not table.knows("A_WORD_THAT_NO_DOCUMENT_KNOWS") and table("A_WORD_THAT_NO_DOCUMENT_KNOWS") is table.unknown
        )
        assert table.source, f"the table {name} names no source"


def signature_vectors(bench: Bench) -> None:
    """Signatures that somebody else calculated come out of the connector's own signer."""
    if not bench.connector.vectors:
        raise Unfit("the connector declares no signature vectors (Connector.vectors)")
    for vector in bench.connector.vectors:
        assert vector.sign() == vector.expected, f"vector {vector.name} ({vector.source}) differs"
