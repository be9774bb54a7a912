"""Every order store obeys every law; properties and races go beyond the examples of the kit."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, StaleVersion
from orderhub.models import Order, Shipment
from orderhub.ports import OrderQuery
from orderhub.stores.base import Stores, StoreUnavailable
from orderhub.stores.open import open_stores
from orderhub.stores.vault import new_key
from orderhub.testing.orders import STORE_LAWS, at, check_order_store, sample_order
from orderhub.testing.servers import fresh_database

KINDS = ("memory", "sqlite", "postgresql", "sealed")
Factory = Callable[[], Stores]


class FixedClock:
    """Stands still, so that what is dated by the store can be compared."""

    def now(self) -> datetime:
        return datetime(2024, 6, 1, tzinfo=UTC)


KEY = new_key()
TENANTS = count()
"""Empty PostgreSQL stores are new tenants of one database: a database each would take all the time there is."""


@pytest.fixture(scope="session")
def shared_database(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server, "orderhub_order_laws") as url:
        yield url


@contextmanager
def factory(kind: str, request: pytest.FixtureRequest) -> Iterator[Factory]:
    """Makes empty stores; closes them and removes their files at the end."""
    with ExitStack() as stack, TemporaryDirectory() as folder:
        number = count()

        def make() -> Stores:
            if kind == "postgresql":
                url, tenant = request.getfixturevalue("shared_database"), f"t{next(TENANTS)}"
            else:
                url = "memory:" if kind == "memory" else f"sqlite:///{folder}/{next(number)}.db"
                tenant = "default"
            keys = (KEY,) if kind == "sealed" else ()
            store = open_stores(url, tenant=tenant, clock=FixedClock(), encryption_keys=keys)
            stack.callback(store.close)
            return store

        with stack:
            yield make


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Iterator[Factory]:
    with factory(request.param, request) as made:
        yield made


PROVES = {
    "tokens_are_put_if_unchanged": (25,), "forgotten_people_stay_forgotten": (72,), "newest_wins_in_any_order": (32,),
    "a_stale_cursor_writes_nothing": (35,), "one_bad_order_does_not_sink_its_batch": (36,),
    "of_one_second_the_later_reading_stays": (32,),
}  # fmt: skip
"""Law -> the rows of docs/reference/faults.md that it proves."""


@pytest.mark.parametrize(
    "law",
    [pytest.param(name, marks=[pytest.mark.fault(*PROVES[name])] if name in PROVES else []) for name in STORE_LAWS],
)
def test_law(make: Factory, law: str) -> None:
    STORE_LAWS[law](make)


def test_check_order_store_is_the_whole_suite() -> None:
    check_order_store(lambda: open_stores("memory:"))


def test_check_order_store_names_the_broken_law() -> None:
    class Forgetful:
        def put_orders(self, orders: Any, **_: Any) -> list[Any]:
            return []

    with pytest.raises(AssertionError, match="what_is_put_is_what_is_got"):
        check_order_store(Forgetful)  # type: ignore[arg-type]


# --- properties: both stores against a model of ten lines ------------------------------------------------------------

VERSIONS = st.tuples(
    st.sampled_from("abc"), st.sampled_from([None, 0, 1, 2, 3]), st.sampled_from(["x", "y"]), st.booleans()
)


def order_of(version: tuple[str, int | None, str, bool]) -> Order:
    order_id, second, note, shipped = version
    shipments = (Shipment(waybill_no=f"SF{order_id}"),) if shipped else ()
    return sample_order(order_id, second, seller_note=note, shipments=shipments, labels=(note,))


def expected(batches: list[list[Order]]) -> tuple[list[str], dict[str, Order]]:
    """The law in the plainest words: a version replaces what is not newer than itself."""
    words: list[str] = []
    held: dict[str, Order] = {}
    least = datetime.min.replace(tzinfo=UTC)
    for order in (order for batch in batches for order in batch):
        before = held.get(order.key)
        if before is None:
            words.append("inserted")
        elif (order.updated_at or least) < (before.updated_at or least):
            words.append("stale")
            continue
        else:
            words.append("unchanged" if order == before else "updated")
        held[order.key] = order
    return words, held


@pytest.mark.fault(32)
@pytest.mark.parametrize("kind", KINDS[:3])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(VERSIONS, max_size=6), max_size=5))
def test_any_interleaving_ends_at_the_newest(request: Any, kind: str, batches: list[list[Any]]) -> None:
    orders = [[order_of(version) for version in batch] for batch in batches]
    words, held = expected(orders)
    with factory(kind, request) as make:
        store = make()
        found = [outcome for batch in orders for outcome in store.put_orders(batch)]
        assert [outcome.value for outcome in found] == words
        assert [outcome.key for outcome in found] == [order.key for batch in orders for order in batch]
        assert {order.key: order for order in store.find_orders(OrderQuery())} == held
        for text in ("x", "y"):
            labelled = {order.key for order in store.find_orders(OrderQuery(label=text))}
            assert labelled == {order.key for order in held.values() if text in order.labels}
        for order_id in "abc":
            carried = {order.key for order in store.find_orders(OrderQuery(waybill_no=f"SF{order_id}"))}
            assert carried == {o.key for o in held.values() if o.order_id == order_id and o.shipments}
        distinct = {(order.key, order.updated_at, order.model_dump_json()) for batch in orders for order in batch}
        assert sum(len(store.order_history(key)) for key in held) == len(distinct)


@pytest.mark.parametrize("kind", KINDS[1:3])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    orders=st.lists(VERSIONS, max_size=12),
    query=st.builds(
        OrderQuery,
        keys=st.lists(st.sampled_from([f"taobao:tb-1:{i}" for i in "abz"])).map(tuple),
        label=st.sampled_from([None, "x", "Y"]),
        waybill_no=st.sampled_from([None, "SFa", "sfb"]),
        updated_from=st.sampled_from([None, at(1)]),
        updated_to=st.sampled_from([None, at(2)]),
        limit=st.sampled_from([None, 1, 2]),
        after=st.sampled_from([None, (at(1), "taobao:tb-1:b")]),
    ),
)
def test_memory_and_sql_answer_alike(request: Any, kind: str, orders: list[Any], query: OrderQuery) -> None:
    with factory("memory", request) as first, factory(kind, request) as second:
        stores = first(), second()
        for store in stores:
            store.put_orders([order_of(version) for version in orders])
        assert stores[0].find_orders(query) == stores[1].find_orders(query)
        assert stores[0].count_orders(query) == stores[1].count_orders(query)


# --- search, history, tenants ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["T-1", "t-1-1", "sf1", " SF1 ", "小明", "王小明", "13800138000", "+86 138-0013-8000", "8000"]
)
def test_search_finds_an_order_by_what_people_have_at_hand(make: Factory, text: str) -> None:
    store = make()
    store.put_orders(
        [sample_order("T-1", shipments=(Shipment(waybill_no="SF1"),)), sample_order("2", recipient={}, buyer={})]
    )
    assert [order.order_id for order in store.search_orders(text)] == ["T-1"]


def test_search_ignores_holds_and_unknown_words(make: Factory) -> None:
    store = make()
    store.put_orders([sample_order(labels=("vip",))])
    assert store.search_orders("vip") == store.search_orders("no such thing") == store.search_orders("") == []


@pytest.mark.fault(32)
def test_history_keeps_what_came_too_late(make: Factory) -> None:
    store = make()
    store.put_orders([sample_order(second=2)])
    for _ in range(2):
        store.put_orders([sample_order(second=1), sample_order(second=3)])
    history = store.order_history("taobao:tb-1:1")
    assert sorted((v.updated_at, v.word) for v in history) == [
        (at(1), "stale"),
        (at(2), "inserted"),
        (at(3), "updated"),
    ]
    assert {v.stored_at for v in history} == {FixedClock().now()} and store.order_history("none") == []


def test_tenants_do_not_meet(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    one, two = open_stores(url, tenant="one"), open_stores(url, tenant="two")
    one.put_orders([sample_order()], cursor=one.get_cursor("c"), position="p")
    one.claim(["k"], at(0))
    assert two.find_orders(OrderQuery()) == [] and two.get_cursor("c").version == 0
    assert two.search_orders("1") == [] and two.claim(["k"], at(0)) == [(True, None)]
    assert two.put_orders([sample_order()])[0].value == "inserted"
    one.close(), two.close()


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_reopened_file_holds_everything(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept.db"
    for word in ("inserted", "unchanged"):
        store = open_stores(url)
        assert store.put_orders([sample_order()])[0].value == word
        store.close()
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_a_new_file_is_private_because_it_holds_tokens(tmp_path: Path) -> None:
    store = open_stores(f"sqlite:///{tmp_path}/secret.db")
    store.put_orders([sample_order()])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert set(modes.values()) == {0o600} and "secret.db-wal" in modes


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://localhost/hub", "memory:.*sqlite:///.*postgresql://"),
        ("postgresql://host:port:port/", "cannot be read"),
        ("hub.db", "memory:.*sqlite:///"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////no/such/folder/hub.db", "create its folder"),
    ],
)
def test_a_wrong_url_says_what_to_write(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        open_stores(url)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.startswith(("sqlalchemy", "orderhub.stores.sql"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ConfigurationError, match=r'pip install "orderhub\[sql\]"'):
        open_stores(f"sqlite:///{tmp_path}/x.db")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/newer.db"
    open_stores(url).close()
    with sqlite3.connect(tmp_path / "newer.db") as connection:
        connection.execute("UPDATE oh_meta SET value = '99'")
    connection.close()
    with pytest.raises(ConfigurationError, match="schema 99"):
        open_stores(url)


@pytest.mark.fault(37)
def test_a_failing_write_is_a_typed_error_that_moves_nothing(tmp_path: Path) -> None:
    store = open_stores(f"sqlite:///{tmp_path}/full.db")
    with sqlite3.connect(tmp_path / "full.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON oh_versions BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    connection.close()
    cursor = store.get_cursor("c")
    with pytest.raises(StoreUnavailable, match="disk full") as caught:
        store.put_orders([sample_order()], cursor=cursor, position="p")
    assert caught.value.retryable and "王小明" not in repr(caught.value) + str(caught.value.__cause__)
    assert store.get_cursor("c") == cursor and store.count_orders(OrderQuery()) == 0
    store.close()


# --- two processes ---------------------------------------------------------------------------------------------------


def _race(url: str, worker: int, rounds: int, barrier: Any, answers: Any) -> None:
    """One worker process: race for each round's cursor and each round's claim."""
    store = open_stores(url)
    won: list[tuple[bool, bool]] = []
    for number in range(rounds):
        cursor = store.get_cursor("race")
        barrier.wait(60)
        try:
            store.put_orders([sample_order(f"{number}-{worker}")], cursor=cursor, position=str(worker))
            fenced = True
        except StaleVersion:
            fenced = False
        won.append((fenced, store.claim([f"ship-{number}"], at(number))[0][0]))
        barrier.wait(60)
    store.close()
    answers.put(won)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_have_one_winner_each_round(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/raced.db" if sqlite else request.getfixturevalue("postgres_url")
    workers, rounds = 2, 10
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(workers), context.Queue()
    started = [context.Process(target=_race, args=(url, n, rounds, barrier, answers)) for n in range(workers)]
    for process in started:
        process.start()
    won = [answers.get(timeout=90) for _ in started]
    for process in started:
        process.join(30)
    assert [sum(fenced for fenced, _ in each) for each in zip(*won, strict=True)] == [1] * rounds
    assert [sum(claimed for _, claimed in each) for each in zip(*won, strict=True)] == [1] * rounds
    store = open_stores(url)
    assert store.count_orders(OrderQuery()) == rounds and store.get_cursor("race").version == rounds
    store.close()
