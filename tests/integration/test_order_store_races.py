"""Many writers on PostgreSQL: no deadlock, no lost version, one winner; a forked child uses the store it was given."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from orderhub.errors import StaleVersion
from orderhub.ports import OrderQuery
from orderhub.stores.base import Stores
from orderhub.stores.open import open_stores
from orderhub.testing.orders import at, sample_order


@pytest.fixture
def store(postgres_url: str) -> Iterator[Stores]:
    with closing(open_stores(postgres_url)) as opened:
        yield opened


def test_overlapping_batches_in_any_order_end_at_the_newest(store: Stores) -> None:
    """Eight writers put shuffled batches of the same sixty orders of three shops, each with its own versions."""

    def write(worker: int) -> list[tuple[str, int]]:
        chance, put = random.Random(worker), []
        for round_ in range(6):
            second = chance.randrange(1000)
            orders = [sample_order(str(i), second, shop_id=f"tb-{i % 3}", seller_note=str(second)) for i in range(60)]
            chance.shuffle(orders)
            store.put_orders(orders[: 30 + round_])
            put += [(order.key, second) for order in orders[: 30 + round_]]
        return put

    with ThreadPoolExecutor(8) as pool:
        newest = dict(sorted(pair for put in pool.map(write, range(8)) for pair in put))
    held = {order.key: int(order.seller_note or -1) for order in store.find_orders(OrderQuery())}
    assert held == newest


def test_claims_outbox_and_tags_never_wait_for_each_other(store: Stores) -> None:
    """Batches in opposite orders: the classic deadlock, were rows locked as they come."""
    keys = [f"taobao:tb-1:{i}" for i in range(20)]
    store.put_orders([sample_order(str(i)) for i in range(20)])

    def work(worker: int) -> int:
        own = keys if worker % 2 else keys[::-1]
        won = sum(first for first, _ in store.claim(own, at(worker)))
        store.put_outbox("stock", {key: str(worker) for key in own}, version=worker)
        store.done_outbox("stock", [(key, version) for key, _, version in store.take_outbox("stock")])
        store.tag_orders(own, add=[f"t{worker % 3}"], remove=[f"t{(worker + 1) % 3}"])
        store.resolve(dict.fromkeys(own, "1"))
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(24))) == 20
    assert store.take_outbox("stock") == []


def test_one_version_of_a_cursor_has_one_winner(store: Stores) -> None:
    def move(worker: int) -> bool:
        try:
            store.put_orders([sample_order(f"w{worker}")], cursor=cursor, position=str(worker))
        except StaleVersion:
            return False
        return True

    for number in range(5):
        cursor = store.get_cursor("race")
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(move, range(number * 8, number * 8 + 8))) == 1
    assert store.count_orders(OrderQuery()) == 5


def _child(store: Stores, answers: Any) -> None:
    store.put_orders([sample_order("child")])
    answers.put(store.count_orders(OrderQuery()))


@pytest.mark.fault(70)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_forked_child_opens_connections_of_its_own(kind: str, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system does not fork")
    url = f"sqlite:///{tmp_path}/f.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with closing(open_stores(url)) as store:
        store.put_orders([sample_order("parent")])
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_child, args=(store, answers))
        child.start()
        assert answers.get(timeout=30) == 2
        child.join(30)
        assert child.exitcode == 0 and store.count_orders(OrderQuery()) == 2


def test_a_server_that_went_away_is_a_typed_error_and_heals(postgres_url: str) -> None:
    """Connections cut by the server are replaced unseen; what the database says of rows stays untold."""
    import psycopg

    with closing(open_stores(postgres_url)) as store:
        store.put_orders([sample_order("1")])
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert store.put_orders([sample_order("2")])[0].value == "inserted"
