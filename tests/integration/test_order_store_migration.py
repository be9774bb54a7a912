"""A database of schema 1, written by the release before, is brought to today's while its workers go on."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from orderhub.models import Order
from orderhub.ports import OrderQuery
from orderhub.stores.base import Stores
from orderhub.stores.codec import encode
from orderhub.stores.law import micros
from orderhub.stores.open import open_stores
from orderhub.testing.orders import at, sample_order

OLD = (Path(__file__).parents[1] / "contract" / "fixtures" / "orders_schema_1.sql").read_text("utf-8")
OLD_INSERT = (
    "INSERT INTO oh_orders (tenant, key, platform, shop_id, status, updated_us, digest, created_us, ship_by_us, terms, "
    "body, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO UPDATE SET status = "
    "excluded.status, updated_us = excluded.updated_us, digest = excluded.digest, terms = excluded.terms, "
    "body = excluded.body, raw = excluded.raw"
)
"""What a worker of schema 1 goes on saying."""


def old_row(order: Order) -> tuple[Any, ...]:
    body = encode(order)
    digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
    assert order.updated_at is not None
    words = f"id:{order.order_id}"
    return (
        "default", order.key, order.platform, order.shop_id, order.status.value, micros(order.updated_at), digest, None,
        None, words, body, order.raw,
    )  # fmt: skip


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD)
        connection.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def old_postgres(postgres_url: str) -> str:
    """The same rows under the same schema in PostgreSQL."""
    import psycopg

    text = (
        OLD.replace(" WITHOUT ROWID", "")
        .replace("BLOB", "BYTEA")
        .replace("BEGIN TRANSACTION;", "")
        .replace("COMMIT;", "")
    )
    text = re.sub(r"\bX'([0-9A-Fa-f]*)'", r"'\\x\1'", text)
    text = re.sub(
        r"(INSERT INTO \"?oh_outbox\"? .*),([01])\);", lambda m: f"{m[1]},{'true' if m[2] == '1' else 'false'});", text
    )
    with psycopg.connect(postgres_url) as connection:
        connection.execute(text)  # type: ignore[arg-type]
    return postgres_url


def check(store: Stores) -> None:
    """Everything that the fixture holds, in today's form."""
    orders = store.find_orders(OrderQuery())
    assert len(orders) == 12 and store.get_order("taobao:tb-1:001").seller_note == "second version"
    assert store.get_order("taobao:tb-1:003").raw == b'{"tid": "003", "note": "raw"}'
    assert store.get_order("taobao:tb-1:000").raw is None
    assert [order.order_id for order in store.find_orders(OrderQuery(sku="a-1", limit=3))] == ["000", "002", "003"]
    assert [order.order_id for order in store.search_orders("SF003")] == ["003"]
    assert len(store.find_orders(OrderQuery(label="vip"))) == 4
    assert [v.word for v in store.order_history("taobao:tb-1:001")].count("stale") == 1
    assert [r.refund_id for r in store.find_refunds(order_keys=["taobao:tb-1:001"])] == ["r2"]
    token = store.get_token("taobao:tb-1")
    assert token is not None and token[0].access_token == "made-up-access"
    assert [item.key for item in store.quarantined()] == ["taobao:tb-1:bad"]
    assert store.claim(["ship-1", "ship-2"], at(9)) == [(False, '{"waybill": "SF1"}'), (False, None)]
    assert store.take_outbox("stock") == [("A-1", '{"quantity": 7}', 3)] and len(store.runs()) == 1
    assert store.get_cursor("taobao:tb-1:orders").position == "p"
    closed = store.lapsed_orders({"taobao": at(3600)}, at(0))
    assert sorted(closed) == [f"taobao:tb-1:{i:03}" for i in (1, 3, 5, 7, 9, 11)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_old_database_opens_whole(kind: str, request: pytest.FixtureRequest) -> None:
    url = (
        f"sqlite:///{request.getfixturevalue('old_file')}"
        if kind == "sqlite"
        else request.getfixturevalue("old_postgres")
    )
    for _ in range(2):
        with closing(open_stores(url)) as store:
            check(store)
            assert store.reseal() == 0, "the migration leaves no row in an old form"
    with closing(open_stores(url, tenant="other")) as store:
        assert [order.order_id for order in store.find_orders(OrderQuery(sku="A-1"))] == ["only"]
        assert store.put_orders([sample_order("only", 1)])[0].value == "unchanged"


def shape(engine: Any) -> dict[str, tuple[set[str], set[str]]]:
    """Tables with their columns and indexes, as sets: order and age do not matter."""
    found = inspect(engine)
    return {
        table: ({c["name"] for c in found.get_columns(table)}, {str(i["name"]) for i in found.get_indexes(table)})
        for table in found.get_table_names()
    }


def test_a_migrated_database_is_shaped_like_a_new_one(old_file: Path, tmp_path: Path) -> None:
    with (
        closing(open_stores(f"sqlite:///{old_file}")) as old,
        closing(open_stores(f"sqlite:///{tmp_path}/n.db")) as new,
    ):
        assert shape(old._engine) == shape(new._engine)  # type: ignore[attr-defined]


def test_steps_are_recorded_and_an_interrupted_one_is_finished(old_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orderhub.stores import sql_privacy

    def interrupted(self: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sql_privacy.SqlPrivacy, "reseal", interrupted)
        with pytest.raises(KeyboardInterrupt):
            open_stores(f"sqlite:///{old_file}")
    assert steps(old_file) == [(2, False), (3, True)]
    with closing(open_stores(f"sqlite:///{old_file}")) as store:
        check(store)
    assert steps(old_file) == [(2, True), (3, True)]


def steps(path: Path) -> list[tuple[int, bool]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version, finished_us IS NOT NULL FROM oh_migrations ORDER BY 1").fetchall()


def test_workers_of_the_old_release_go_on(old_file: Path) -> None:
    """They write before, during and after the migration; nothing of theirs is lost or mixed with what was there."""
    stop, written = threading.Event(), []

    def work() -> None:
        with closing(sqlite3.connect(old_file, timeout=30, isolation_level=None)) as connection:
            number = 0
            while not stop.is_set() or number < 20:
                order = sample_order(f"w{number % 50}", 100 + number, seller_note=str(number), raw=b"raw %d" % number)
                connection.execute(OLD_INSERT, old_row(order))
                written.append(order)
                number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        stores = [open_stores(f"sqlite:///{old_file}") for _ in range(2)]
    finally:
        stop.set()
        worker.join(30)
    newest = {order.key: order for order in written}
    for store in stores:
        for key, order in newest.items():
            held = store.get_order(key)
            assert held == order and held.raw == order.raw
    assert _rewritten(stores[0].reseal, stores[1]) == set(newest)
    for store in stores:
        store.close()


def _rewritten(reseal: Callable[[], int], store: Stores) -> set[str]:
    """Orders found by a word that only today's release indexes."""
    reseal()
    assert reseal() == 0
    return {order.key for order in store.find_orders(OrderQuery(sku="A-1")) if order.order_id.startswith("w")}


def test_an_old_worker_over_a_new_row_wins_whole(old_file: Path) -> None:
    """Its text and its raw document count, not the packed ones that it left beside them."""
    with closing(open_stores(f"sqlite:///{old_file}")) as store:
        store.put_orders([sample_order("mixed", 1, raw=b"new release")])
        late = sample_order("mixed", 2, seller_note="old release", raw=b"old release")
        with closing(sqlite3.connect(old_file, isolation_level=None)) as connection:
            connection.execute(OLD_INSERT, old_row(late))
        held = store.get_order(late.key)
        assert held == late and held.raw == b"old release"
        assert store.put_orders([late])[0].value == "unchanged"
