"""The laws of order stores, for ours and for those that hosts write. Imports `ports`, `models`, `errors` only.

Each law is a plain function over a factory of empty stores; `STORE_LAWS` lists them by name, so that a test suite can
run them one by one, and `check_order_store` runs those of `OrderStore` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any, Final, Protocol, TypeVar

from orderhub.errors import NotFound, StaleVersion
from orderhub.models import (
    Address,
    AftersaleStatus,
    Buyer,
    Finding,
    Hold,
    LineItem,
    Order,
    OrderRef,
    OrderStatus,
    Recipient,
    Refund,
    Severity,
    Shipment,
    Token,
)
from orderhub.ports import (
    Claims,
    Cursor,
    OrderQuery,
    OrderStore,
    Outbox,
    Quarantine,
    QuarantinedOrder,
    Run,
    RunLog,
    SeenIds,
    TokenStore,
)

__all__ = ["ORDER_LAWS", "STORE_LAWS", "check_order_store", "sample_order", "sample_refund"]

S = TypeVar("S")
Factory = Callable[[], S]
DAY: Final = datetime(2024, 5, 20, 8, tzinfo=UTC)


class _Everything(OrderStore, TokenStore, Quarantine, RunLog, SeenIds, Claims, Outbox, Protocol):
    """What `orderhub.stores.open.open_stores` gives."""


def at(seconds: float) -> datetime:
    """An instant of the sample day, UTC."""
    return DAY + timedelta(seconds=seconds)


def sample_order(order_id: str = "1", second: float | None = 0, **changes: Any) -> Order:
    """A made-up order, changed `second` seconds into the sample day; None leaves it undated."""
    values: dict[str, Any] = {
        "platform": "taobao",
        "shop_id": "tb-1",
        "order_id": order_id,
        "status": OrderStatus.AWAITING_SHIPMENT,
        "currency": "CNY",
        "total": Decimal("19.90"),
        "updated_at": None if second is None else at(second),
        "buyer": Buyer(nickname="小明"),
        "recipient": Recipient(name="王小明", phone="13800138000", address=Address(province="浙江省", city="杭州市")),
        "lines": (LineItem(line_id=f"{order_id}-1", sku="A-1", quantity=2, unit_price=Decimal("9.95")),),
        "extra": {"unmapped": "值"},
        "raw": f'{{"tid": "{order_id}"}}'.encode(),
    }
    return Order(**(values | changes))


def sample_refund(refund_id: str = "r1", second: float | None = 0, **changes: Any) -> Refund:
    """A made-up refund, changed `second` seconds into the sample day."""
    values: dict[str, Any] = {
        "platform": "taobao",
        "shop_id": "tb-1",
        "refund_id": refund_id,
        "order_id": "1",
        "status": AftersaleStatus.REQUESTED,
        "currency": "CNY",
        "amount": Decimal("5.00"),
        "lines": (("1-1", 1, Decimal("5.00")),),
        "updated_at": None if second is None else at(second),
    }
    return Refund(**(values | changes))


def words(outcomes: Any) -> list[str | None]:
    """The words of a put, in order."""
    return [outcome.value for outcome in outcomes]


def same(left: Order, right: Order) -> bool:
    """Equal in everything that is stored."""
    return left.model_dump_json() == right.model_dump_json() and left.raw == right.raw


# --- OrderStore ------------------------------------------------------------------------------------------------------


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
    """Platforms date by the second and change twice within one: the later arrival counts."""
    store = make()
    store.put_orders([sample_order(seller_note="a")])
    assert words(store.put_orders([sample_order(seller_note="b")])) == ["updated"]
    assert store.get_order("taobao:tb-1:1").seller_note == "b"


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
        _refuses(partial(store.put_orders, [sample_order("2")], cursor=cursor, position="px"))
        _refuses(partial(store.put_refunds, [sample_refund()], cursor=cursor, position="px"))
        _refuses(partial(store.put_cursor, cursor, "px"))
    assert store.count_orders(OrderQuery()) == 1 and store.find_refunds() == [], "a refused put left something behind"
    assert store.get_cursor(fresh.name) == moved
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


_FOUND: Final[tuple[tuple[OrderQuery, str], ...]] = (
    (OrderQuery(), "uabdc"),
    (OrderQuery(keys=("taobao:tb-1:b", "jd:tb-1:d", "no")), "bd"),
    (OrderQuery(platform="jd"), "d"),
    (OrderQuery(shop_id="tb-2"), "c"),
    (OrderQuery(status=("shipped", "cancelled")), "bc"),
    (OrderQuery(hold="locked"), "a"),
    (OrderQuery(label="vip"), "ab"),
    (OrderQuery(label="VIP", status=("shipped",)), "b"),
    (OrderQuery(waybill_no="SF1"), "b"),
    (OrderQuery(updated_from=at(1), updated_to=at(2)), "ab"),
    (OrderQuery(updated_to=at(1)), "a"),
    (OrderQuery(created_from=at(-5)), "b"),
    (OrderQuery(created_to=at(-6)), ""),
    (OrderQuery(limit=2), "ua"),
    (OrderQuery(limit=0), ""),
    (OrderQuery(after=(at(2), "taobao:tb-1:b")), "dc"),
    (OrderQuery(after=(at(2), "taobao:tb-1:a"), limit=1), "b"),
)


def law_queries(make: Factory[OrderStore]) -> None:
    """Every condition, alone and together; spans include both ends; undated orders come first and are in no span."""
    store = make()
    orders = [
        sample_order("d", 3, platform="jd"),
        sample_order("c", 3, shop_id="tb-2", status=OrderStatus.CANCELLED),
        sample_order(
            "b", 2, status="shipped", labels=("vip",), shipments=(Shipment(waybill_no="SF1"),), created_at=at(-5)
        ),
        sample_order("a", 1, holds=frozenset({Hold.LOCKED}), labels=("vip", "gift")),
        sample_order("u", None),
    ]
    store.put_orders(orders)
    for query, expected in _FOUND:
        if query.limit is None and query.after is None:
            assert store.count_orders(query) == len(expected), query
        found = "".join(order.order_id for order in store.find_orders(query))
        assert found == expected, f"{query} found {found!r}, not {expected!r}"
    store.put_orders([sample_order("a", 9)])
    assert store.find_orders(OrderQuery(label="gift")) == [], "a label that went away must not be found"


def law_pages_cover_everything_once(make: Factory[OrderStore]) -> None:
    """Reading in pages by `after` sees every order exactly once, also where many share a second."""
    store = make()
    orders = [sample_order(f"{i:03}", i // 10 or None) for i in range(95)]
    keys = {order.key for order in orders}
    store.put_orders(orders)
    seen: list[Order] = []
    after = None
    while page := store.find_orders(OrderQuery(limit=7, after=after)):
        seen += page
        after = (page[-1].updated_at or datetime.min.replace(tzinfo=UTC), page[-1].key)
    assert len(seen) == 95 and {order.key for order in seen} == keys
    many = store.find_orders(OrderQuery(keys=tuple(f"taobao:tb-1:{i:03}" for i in range(2000)), limit=50))
    assert [order.key for order in many] == [order.key for order in seen[:50]]


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


# --- the smaller ports -----------------------------------------------------------------------------------------------


def law_tokens_are_put_if_unchanged(make: Factory[TokenStore]) -> None:
    """Only who has read the current version may replace it."""
    store = make()
    first = Token("a1", "r1", at(60), at(600), {"orders": at(60)}, {"seller": "s"})
    assert store.get_token("taobao:tb-1") is None
    _refuses(lambda: store.put_token("taobao:tb-1", first, 3))
    assert store.put_token("taobao:tb-1", first, 0) == 1
    assert store.get_token("taobao:tb-1") == (first, 1)
    _refuses(lambda: store.put_token("taobao:tb-1", Token("a2"), 0))
    assert store.put_token("taobao:tb-1", Token("a2"), 1) == 2
    _refuses(lambda: store.put_token("taobao:tb-1", Token("a3"), 1))
    assert store.get_token("taobao:tb-1") == (Token("a2"), 2) and store.get_token("jd:1") is None


def law_quarantine_counts_attempts(make: Factory[Quarantine]) -> None:
    """The same key again is one more attempt with the newest document; released keys are gone."""
    store = make()
    finding = Finding(code="decode", severity=Severity.ERROR, message="total missing", order_id="1")
    item = QuarantinedOrder("k1", "taobao", "tb-1", "1", "decode", finding, b"\x00raw", at(0))
    other = QuarantinedOrder("k0", "jd", "jd-1", None, "decode", finding, b"{}", at(5))
    store.put_quarantined([item, other])
    store.put_quarantined([QuarantinedOrder("k1", "taobao", "tb-1", "1", "status", finding, b"new", at(9))])
    held = store.quarantined()
    assert [(h.key, h.attempts, h.reason, h.raw) for h in held] == [
        ("k1", 2, "status", b"new"),
        ("k0", 1, "decode", b"{}"),
    ]
    assert held[0].first_seen_at == at(0) and held[0].finding == finding
    assert [h.key for h in store.quarantined(platform="jd", shop_id="jd-1")] == ["k0"]
    store.release_quarantined(["k1", "unknown"])
    assert [h.key for h in store.quarantined()] == ["k0"]


def law_runs_are_newest_first(make: Factory[RunLog]) -> None:
    """Insert or replace by id; the newest start comes first."""
    store = make()
    for second, shop in ((1, "a"), (2, "b"), (3, "a")):
        store.put_run(Run(f"run-{second}", "pull", shop, at(second)))
    store.put_run(Run("run-1", "pull", "a", at(1), at(4), {"orders": 7}, "slow"))
    assert [run.run_id for run in store.runs()] == ["run-3", "run-2", "run-1"]
    assert [run.run_id for run in store.runs(shop_key="a", limit=1)] == ["run-3"]
    assert store.runs(shop_key="a")[1] == Run("run-1", "pull", "a", at(1), at(4), {"orders": 7}, "slow")


def law_ids_are_new_once(make: Factory[SeenIds]) -> None:
    """True the first time within a scope; remembered for a day at least, forgotten some time."""
    store = make()
    assert store.first_seen("taobao", ["1", "2", "1"], at(0)) == [True, True, False]
    assert store.first_seen("taobao", ["2", "3"], at(86_400)) == [False, True]
    assert store.first_seen("jd", ["1"], at(0)) == [True]
    assert store.first_seen("taobao", [], at(0)) == []
    assert store.first_seen("taobao", ["1"], DAY + timedelta(days=365)) == [True]


def law_claims_are_won_once(make: Factory[Claims]) -> None:
    """One winner; the others see the result once there is one; an abandoned claim is free again."""
    store = make()
    assert store.claim(["a", "b", "a"], at(0)) == [(True, None), (True, None), (False, None)]
    store.resolve({"a": '{"waybill": "SF1"}'})
    assert store.claim(["a", "b", "c"], at(1)) == [(False, '{"waybill": "SF1"}'), (False, None), (True, None)]
    store.abandon(["a", "b", "unknown"])
    assert store.claim(["a", "b"], at(2)) == [(False, '{"waybill": "SF1"}'), (True, None)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda _: store.claim([f"k{i}" for i in range(20)], at(3)), range(8)))
    assert [sum(answer[i][0] for answer in won) for i in range(20)] == [1] * 20, "a claim had more than one winner"


def law_outbox_delivers_the_newest(make: Factory[Outbox]) -> None:
    """At least once, newest version only, nothing older after something newer."""
    store = make()
    store.put_outbox("stock", {"A": "5", "B": "1"}, version=3)
    store.put_outbox("stock", {"A": "9"}, version=2)
    store.put_outbox("mail", {"A": "hello"})
    assert store.take_outbox("stock") == [("A", "5", 3), ("B", "1", 3)]
    assert store.take_outbox("stock", limit=1) == [("A", "5", 3)], "a row waits until it is done"
    store.put_outbox("stock", {"A": "4"}, version=4)
    store.done_outbox("stock", [("A", 3), ("B", 3)])
    assert store.take_outbox("stock") == [("A", "4", 4)], "a row that changed meanwhile must stay"
    store.done_outbox("stock", [("A", 4)])
    store.put_outbox("stock", {"A": "5"}, version=3)
    assert store.take_outbox("stock") == [], "an older figure must not follow a newer one"
    assert store.take_outbox("mail") == [("A", "hello", 0)]


def law_outbox_keeps_what_changed_under_delivery(make: Factory[Outbox]) -> None:
    """Without versions too: a row replaced after it was taken is delivered again with its new text."""
    store = make()
    store.put_outbox("mail", {"k": "old"})
    assert store.take_outbox("mail") == [("k", "old", 0)]
    store.put_outbox("mail", {"k": "new"})
    store.done_outbox("mail", [("k", 0)])
    assert store.take_outbox("mail") == [("k", "new", 0)]
    store.done_outbox("mail", [("k", 0)])
    assert store.take_outbox("mail") == []


def _refuses(write: Callable[[], Any]) -> None:
    try:
        write()
    except StaleVersion:
        return
    raise AssertionError("a write with a stale version must raise StaleVersion")


ORDER_LAWS: Final[Mapping[str, Callable[[Factory[OrderStore]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_what_is_put_is_what_is_got,
        law_missing_order_is_not_found,
        law_newest_wins_in_any_order,
        law_twice_is_once,
        law_same_second_other_content_is_an_update,
        law_undated_never_overwrites_dated,
        law_refunds_obey_the_same_law,
        law_a_stale_cursor_writes_nothing,
        law_one_bad_order_does_not_sink_its_batch,
        law_queries,
        law_pages_cover_everything_once,
        law_known_versions,
        law_threads_share_a_store,
    )
}
"""The laws of `OrderStore` with its cursors, by name."""

STORE_LAWS: Final[Mapping[str, Callable[[Factory[_Everything]], None]]] = {
    **ORDER_LAWS,
    "tokens_are_put_if_unchanged": law_tokens_are_put_if_unchanged,
    "quarantine_counts_attempts": law_quarantine_counts_attempts,
    "runs_are_newest_first": law_runs_are_newest_first,
    "ids_are_new_once": law_ids_are_new_once,
    "claims_are_won_once": law_claims_are_won_once,
    "outbox_delivers_the_newest": law_outbox_delivers_the_newest,
    "outbox_keeps_what_changed_under_delivery": law_outbox_keeps_what_changed_under_delivery,
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
