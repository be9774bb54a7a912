"""The laws of order stores, for ours and for those that hosts write. Imports `ports`, `models`, `errors` only.

Each law is a plain function over a factory of empty stores; `STORE_LAWS` lists them by name, so that a test suite can
run them one by one, and `check_order_store` runs those of `OrderStore` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any, Final

from orderhub.errors import NotFound, StaleVersion
from orderhub.models import (
    Buyer,
    Hold,
    OrderRef,
)
from orderhub.ports import (
    Cursor,
    OrderQuery,
    OrderStore,
)
from orderhub.testing.order_events import EVENT_LAWS
from orderhub.testing.order_marks import MARK_LAWS
from orderhub.testing.order_ports import PORT_LAWS
from orderhub.testing.order_queries import QUERY_LAWS
from orderhub.testing.order_samples import DAY, Factory, at, refuses, same, sample_order, sample_refund, words
from orderhub.testing.order_shares import SHARE_LAWS
from orderhub.testing.purchases import PURCHASE_LAWS

__all__ = [
    "DAY",
    "EVENT_LAWS",
    "MARK_LAWS",
    "ORDER_LAWS",
    "PORT_LAWS",
    "SHARE_LAWS",
    "STORE_LAWS",
    "at",
    "check_order_store",
    "sample_order",
    "sample_refund",
]


def law_what_is_put_is_what_is_got(make: Factory[OrderStore]) -> None:
    """Every field comes back, amounts to the digit, the raw document to the byte."""
    store = make()
    order = sample_order(total=Decimal("123456789012345678.99"), holds=frozenset({Hold.LOCKED}), ship_by=at(60))
    assert words(store.put_orders([order])) == ["inserted"]
    found = store.get_order(order.key)
    assert same(found, order), "the stored order differs from the one that was put"
    assert found.total == order.total and found.lines[0].unit_price == Decimal("9.95")
    refund = sample_refund()
    store.put_refunds([refund])
    assert store.find_refunds() == [refund]


def law_missing_order_is_not_found(make: Factory[OrderStore]) -> None:
    """`get_order` of an unknown key raises `NotFound`."""
    try:
        make().get_order("taobao:tb-1:none")
    except NotFound:
        return
    raise AssertionError("get_order of an unknown key must raise NotFound")


def law_newest_wins_in_any_order(make: Factory[OrderStore]) -> None:
    """Whatever the order of arrival, one by one or in one batch, the newest version is what is stored."""
    versions = [sample_order("v", second, seller_note=str(second)) for second in (None, 1, 2, 3)]
    for arrival in permutations(versions):
        one_by_one, batched = make(), make()
        single = [word for order in arrival for word in words(one_by_one.put_orders([order]))]
        assert words(batched.put_orders(arrival)) == single, "a batch must end as its items put one by one"
        for store in (one_by_one, batched):
            assert store.get_order(versions[-1].key).seller_note == "3", f"an older version won: {arrival}"
        assert [o.updated_at for o in batched.find_orders(OrderQuery())] == [at(3)]


def law_twice_is_once(make: Factory[OrderStore]) -> None:
    """The same version again is `unchanged`, in a batch and between batches."""
    store, order = make(), sample_order()
    assert words(store.put_orders([order, order])) == ["inserted", "unchanged"]
    assert words(store.put_orders([order])) == ["unchanged"]
    assert store.count_orders(OrderQuery()) == 1


def law_same_second_other_content_is_an_update(make: Factory[OrderStore]) -> None:
    """Platforms date by the second and change twice within one: where no reading is told, the later arrival counts."""
    store = make()
    store.put_orders([sample_order(seller_note="a")])
    assert words(store.put_orders([sample_order(seller_note="b")])) == ["updated"]
    assert store.get_order("taobao:tb-1:1").seller_note == "b"


_READ: Final[tuple[tuple[str, float, float | None, str, str], ...]] = (
    ("a", 0, 10, "inserted", "a"),
    ("b", 0, 5, "stale", "a"),
    ("a", 0, 5, "unchanged", "a"),
    ("b", 0, 10, "updated", "b"),
    ("c", 0, 20, "updated", "c"),
    ("b", 0, 19.999999, "stale", "c"),
    ("b", -1, 30, "stale", "c"),
    ("d", 1, 15, "updated", "d"),
    ("e", 1, 16, "updated", "e"),
    ("f", 1, None, "updated", "f"),
    ("g", 1, 0, "updated", "g"),
)
"""Content, second of its update, when its reading began; what is said of it and what is stored then."""


def law_of_one_second_the_later_reading_stays(make: Factory[OrderStore]) -> None:
    """A reading that stalls, and arrives after one that began later, overwrites nothing of the same `updated_at`."""
    store = make()
    for note, second, began, word, held in _READ:
        read_at = None if began is None else at(began)
        put = store.put_orders([sample_order(second=second, seller_note=note)], read_at=read_at)
        assert words(put) == [word], f"{note} read at {began}: {words(put)}"
        assert store.get_order("taobao:tb-1:1").seller_note == held, f"{note} read at {began}"
        case = store.put_refunds([sample_refund(second=second, extra={"note": note})], read_at=read_at)
        assert words(case) == [word] and store.find_refunds()[0].extra == {"note": held}, f"refund {note}"
    both = [sample_order("2", seller_note=note) for note in "ab"]
    assert words(store.put_orders(both, read_at=at(9))) == ["inserted", "updated"], "a batch is one reading, in order"
    assert words(store.put_orders(both, read_at=at(8))) == ["stale", "unchanged"]
    changed = [sample_order("2", 1, seller_note=note) for note in "ab"]
    assert words(store.put_orders(changed, read_at=at(8))) == ["updated", "updated"]
    undated = [sample_order("3", None, seller_note=note) for note in "ab"]
    assert words(store.put_orders(undated[1:], read_at=at(9)) + store.put_orders(undated[:1], read_at=at(8))) == [
        "inserted",
        "stale",
    ]


def law_undated_never_overwrites_dated(make: Factory[OrderStore]) -> None:
    """A version without a time yields to one with a time, and only to that or another undated one."""
    store = make()
    put = [
        sample_order(second=None),
        sample_order(second=None, seller_note="x"),
        sample_order(),
        sample_order(second=None),
    ]
    assert words(store.put_orders(put)) == ["inserted", "updated", "updated", "stale"]
    assert store.get_order("taobao:tb-1:1").updated_at == at(0)


def law_refunds_obey_the_same_law(make: Factory[OrderStore]) -> None:
    """Inserted, unchanged, stale, updated, oldest update first, filtered by shop."""
    store = make()
    put = [sample_refund(second=5), sample_refund(second=5), sample_refund(second=4), sample_refund(second=6)]
    assert words(store.put_refunds(put)) == ["inserted", "unchanged", "stale", "updated"]
    store.put_refunds([sample_refund("r0", 1), sample_refund("r2", 2, shop_id="tb-2")])
    assert [r.refund_id for r in store.find_refunds(platform="taobao", shop_id="tb-1")] == ["r0", "r1"]
    assert store.find_refunds(platform="jd") == []


def law_a_stale_cursor_writes_nothing(make: Factory[OrderStore]) -> None:
    """Orders and cursor move together or not at all."""
    store = make()
    fresh = store.get_cursor("taobao:tb-1:orders")
    assert fresh == Cursor("taobao:tb-1:orders", None, 0)
    store.put_orders([sample_order("1")], cursor=fresh, position="p1")
    moved = store.get_cursor(fresh.name)
    assert moved == Cursor(fresh.name, "p1", 1)
    for cursor in (fresh, Cursor(fresh.name, "p1", 7), Cursor("never", None, 3)):
        refuses(partial(store.put_orders, [sample_order("2")], cursor=cursor, position="px"))
        refuses(partial(store.put_refunds, [sample_refund()], cursor=cursor, position="px"))
        refuses(partial(store.put_cursor, cursor, "px"))
    assert store.count_orders(OrderQuery()) == 1 and store.find_refunds() == [], "a refused put left something behind"
    assert store.get_cursor(fresh.name) == moved
    many = [f"missing-{number}" for number in range(2_000)]
    assert store.get_cursors([*many, fresh.name, fresh.name]) == [*map(Cursor, many), moved, moved]
    assert store.get_cursors([]) == []
    assert store.put_cursor(moved, "p2") == store.get_cursor(fresh.name) == Cursor(fresh.name, "p2", 2)
    store.put_orders([], cursor=store.get_cursor(fresh.name))
    assert store.get_cursor(fresh.name) == Cursor(fresh.name, "p2", 3), "without a position the cursor stays in place"


def law_one_bad_order_does_not_sink_its_batch(make: Factory[OrderStore]) -> None:
    """Half an emoji cannot be written as JSON: its outcome says so, its neighbours are stored."""
    store = make()
    batch = [sample_order("1"), sample_order("2", buyer_note="\ud83d"), sample_order("3")]
    outcomes = store.put_orders(batch)
    assert [(o.ok, o.key) for o in outcomes] == [(True, batch[0].key), (False, batch[1].key), (True, batch[2].key)]
    assert store.count_orders(OrderQuery()) == 2


def law_odd_ids_never_sink_a_batch(make: Factory[OrderStore]) -> None:
    """Ids with control characters or without end are refused alone; odd texts elsewhere are stored as they are."""
    store = make()
    odd = sample_order("2", seller_note="a\0b", labels=("x\0y", "z" * 5000), buyer=Buyer(nickname="\0"))
    outcomes = store.put_orders([sample_order("1\0"), odd, sample_order("9" * 3000)])
    assert [outcome.ok for outcome in outcomes] == [False, True, False]
    assert same(store.get_order(odd.key), odd) and store.count_orders(OrderQuery(label="z" * 5000)) == 1


def law_refunds_of_orders(make: Factory[OrderStore]) -> None:
    """Cases by the orders they belong to."""
    store = make()
    store.put_refunds([sample_refund("r1", 2), sample_refund("r2", 1), sample_refund("r3", 0, order_id="2")])
    assert [r.refund_id for r in store.find_refunds(order_keys=["taobao:tb-1:1", "no:such:order"])] == ["r2", "r1"]
    assert store.find_refunds(order_keys=[]) == []


def law_known_versions(make: Factory[OrderStore]) -> None:
    """Known means stored in that version or a newer one; a ref without a time is never known."""
    store = make()
    store.put_orders([sample_order("1", 5), sample_order("2", None), sample_order("3", 5, shop_id="tb-2")])
    refs = [OrderRef("1", at(5)), OrderRef("2", at(1)), OrderRef("3", at(5)), OrderRef("4", at(1))]
    assert store.known_versions("taobao", "tb-1", refs) == frozenset({"1"})
    assert store.known_versions("taobao", "tb-1", [OrderRef("1", at(4))]) == frozenset({"1"})
    assert store.known_versions("taobao", "tb-1", [OrderRef("1", at(6)), OrderRef("1", None)]) == frozenset()


def law_threads_share_a_store(make: Factory[OrderStore]) -> None:
    """Racing writers of one cursor: exactly one wins each round, and what the losers brought is not there."""
    store, workers, rounds = make(), 8, 10

    def write(worker: int, cursor: Cursor) -> bool:
        try:
            store.put_orders([sample_order(f"{cursor.version}-{worker}")], cursor=cursor, position=str(worker))
        except StaleVersion:
            return False
        return True

    with ThreadPoolExecutor(workers) as pool:
        for _ in range(rounds):
            cursor = store.get_cursor("race")
            won = list(pool.map(lambda worker, cursor=cursor: write(worker, cursor), range(workers)))
            assert sum(won) == 1, f"{sum(won)} writers won one round"
            assert store.get_cursor("race").position == str(won.index(True))
    assert store.count_orders(OrderQuery()) == rounds


ORDER_LAWS: Final[Mapping[str, Callable[[Factory[OrderStore]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_what_is_put_is_what_is_got,
        law_missing_order_is_not_found,
        law_newest_wins_in_any_order,
        law_twice_is_once,
        law_same_second_other_content_is_an_update,
        law_of_one_second_the_later_reading_stays,
        law_undated_never_overwrites_dated,
        law_refunds_obey_the_same_law,
        law_a_stale_cursor_writes_nothing,
        law_one_bad_order_does_not_sink_its_batch,
        *QUERY_LAWS,
        law_odd_ids_never_sink_a_batch,
        law_refunds_of_orders,
        law_known_versions,
        law_threads_share_a_store,
    )
}
"""The laws of `OrderStore` with its cursors, by name."""

STORE_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    **ORDER_LAWS,
    **MARK_LAWS,
    **EVENT_LAWS,
    **PORT_LAWS,
    **PURCHASE_LAWS,
    **SHARE_LAWS,
}
"""Every law, for stores that implement all of these ports."""


def check_order_store(factory: Factory[OrderStore]) -> None:
    """Run every law of `OrderStore` against stores from `factory`, which makes an empty one at each call.

    Raises:
        AssertionError: The store breaks a law; the text says which.
    """
    for name, law in ORDER_LAWS.items():
        try:
            law(factory)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
