"""What stands in the database: sealed under the host's keys, erased for good, lookups by index, streams of flat memory."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orderhub.errors import ConfigurationError, SecurityError
from orderhub.models import Address, Buyer, Finding, Invoice, Order, Recipient, Severity, Shipment, Token
from orderhub.ports import OrderQuery, QuarantinedOrder
from orderhub.stores.base import Stores, iter_orders
from orderhub.stores.open import open_stores
from orderhub.stores.vault import Vault, new_key
from orderhub.testing.orders import at, sample_order, sample_refund

SECRETS = (
    "欧阳静怡", "13912345678", "5678-clear", "梧桐路99号", "ouyang@example.com", "uid-7f3a", "悄悄放门口", "发票抬头甲", "税号乙",
    "raw-secret", "refund-secret", "access-secret", "refresh-secret", "quarantine-secret", "outbox-secret",
    "claim-secret", "extra-secret",
)  # fmt: skip
PERSON = Recipient(
    name="欧阳静怡", phone="13912345678", address=Address(province="浙江省", city="杭州市", street="梧桐路99号")
)


def person_order(order_id: str = "p", **changes: Any) -> Order:
    values: dict[str, Any] = {
        "recipient": PERSON, "buyer": Buyer(buyer_id="uid-7f3a", email="ouyang@example.com"), "buyer_note": "悄悄放门口",
        "invoice": Invoice(wanted=True, title="发票抬头甲", tax_no="税号乙"), "extra": {"note": "extra-secret 5678-clear"},
        "raw": b'{"note": "raw-secret"}', "shipments": (Shipment(waybill_no="SF-P"),), "status": "delivered",
    }  # fmt: skip
    return sample_order(order_id, **(values | changes))


def fill(store: Stores) -> None:
    """One person in every corner of the database, one of them updated on the way."""
    store.put_orders([person_order(), sample_order("other")])
    store.put_orders([person_order(second=5, seller_note="2")])
    store.put_refunds([sample_refund(order_id="p", reason="refund-secret", raw=b"refund-secret")])
    store.put_token("taobao:tb-1", Token("access-secret", "refresh-secret"), 0)
    finding = Finding(code="decode", severity=Severity.ERROR, message="quarantine-secret", order_id="p")
    item = QuarantinedOrder("taobao:tb-1:p", "taobao", "tb-1", "p", "decode", finding, b"quarantine-secret", at(0))
    store.put_quarantined([item])
    store.put_outbox("mail", {"m": '{"to": "13912345678", "text": "outbox-secret"}'})
    store.claim(["c"], at(0))
    store.resolve({"c": "claim-secret"})
    store.put_filter("mine", OrderQuery(name="欧阳静怡", phone="13912345678"))


def found_in(folder: Path, words: tuple[str, ...] = SECRETS) -> set[str]:
    """Which words stand in the clear anywhere in the folder: database, write-ahead log, shared memory."""
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    return {word for word in words if word.encode() in held or word.encode("utf-16-le") in held}


def check(store: Stores) -> None:
    """Everything that `fill` wrote comes back, by every way of looking."""
    held = store.get_order("taobao:tb-1:p")
    assert held.recipient == PERSON and held.raw == b'{"note": "raw-secret"}' and held.seller_note == "2"
    for text in ("欧阳静怡", "13912345678", "5678", "uid-7f3a", "OUYANG@example.com", "SF-P", "p"):
        assert store.search_orders(text)[-1].order_id == "p", text
    assert store.find_refunds(order_keys=[held.key])[0].reason == "refund-secret"
    token = store.get_token("taobao:tb-1")
    assert token is not None and token[0] == Token("access-secret", "refresh-secret")
    [item] = store.quarantined()
    assert item.raw == b"quarantine-secret" and item.finding.message == "quarantine-secret"
    assert "outbox-secret" in store.take_outbox("mail")[0][1] and store.claim(["c"], at(1)) == [(False, "claim-secret")]
    assert store.filters()["mine"].phone == "13912345678"


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder}/hub.db"


def opened(folder: Path, *keys: str) -> Any:
    return closing(open_stores(url_of(folder), encryption_keys=keys))


def test_without_a_key_people_stand_in_the_clear(tmp_path: Path) -> None:
    """The search itself must be able to find: packed raw documents are compressed, everything else is text."""
    with opened(tmp_path) as store:
        fill(store)
        assert {"欧阳静怡", "13912345678", "access-secret", "quarantine-secret"} <= found_in(tmp_path)


def test_with_a_key_nothing_personal_stands_in_the_clear(tmp_path: Path) -> None:
    key = new_key()
    with opened(tmp_path, key) as store:
        fill(store)
        assert found_in(tmp_path) == set()
        check(store)
        assert store.order_history("taobao:tb-1:p")[1].changes[0].path == "seller_note"
    assert found_in(tmp_path, (*SECRETS, key)) == set()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_keys_rotate(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A new key reads and finds what older ones sealed, `reseal` leaves them behind, and then they may go."""
    url = url_of(tmp_path) if kind == "sqlite" else request.getfixturevalue("postgres_url")
    old, new = new_key(), new_key()
    with closing(open_stores(url, encryption_keys=[old])) as store:
        fill(store)
    with closing(open_stores(url, encryption_keys=[new, old])) as store:
        check(store)
        store.put_orders([person_order("q", status="shipped")])
        assert [order.order_id for order in store.search_orders("13912345678")] == ["q", "p"]
        assert store.reseal() == 8 and store.reseal() == 0
        check(store)
    for keys in ([old], []):
        with pytest.raises(ConfigurationError, match=f"sealed under key {Vault([new]).name.hex()}"):
            open_stores(url, encryption_keys=keys)
    with closing(open_stores(url, encryption_keys=[new])) as store:
        check(store)


def test_a_key_can_come_later(tmp_path: Path) -> None:
    """What was in the clear is sealed by `reseal`, and its old text is gone from the file."""
    with opened(tmp_path) as store:
        fill(store)
    key = new_key()
    with opened(tmp_path, key) as store:
        check(store)
        assert store.reseal() == 8
        check(store)
        assert found_in(tmp_path) == set()


def test_a_sealed_row_opens_only_where_it_stands(tmp_path: Path) -> None:
    key = new_key()
    with opened(tmp_path, key) as store:
        store.put_orders([person_order("a"), person_order("b")])
    with closing(sqlite3.connect(tmp_path / "hub.db")) as connection, connection:
        connection.execute(
            "UPDATE oh_orders SET (packed, digest) = (SELECT packed, digest FROM oh_orders WHERE key LIKE '%:a') "
            "WHERE key LIKE '%:b'"
        )
    with opened(tmp_path, key) as store:
        assert store.get_order("taobao:tb-1:a").recipient == PERSON
        with pytest.raises(SecurityError, match="oh_orders was changed"):
            store.get_order("taobao:tb-1:b")


@pytest.mark.parametrize("text", ["", "short", "!" * 44, new_key()[:-4]], ids=["empty", "short", "marks", "cut"])
def test_a_wrong_key_is_refused_and_not_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes") as caught:
        open_stores(url_of(tmp_path), encryption_keys=[text])
    assert not text or text not in str(caught.value)


def test_keys_do_not_show_in_reprs() -> None:
    key = new_key()
    assert key not in repr(Vault([key])) and new_key() != key


def test_an_erased_person_leaves_the_file(tmp_path: Path) -> None:
    """Also older versions of the order, its words in the index, and messages that wait: nothing is left on the disk."""
    with opened(tmp_path) as store:
        fill(store)
        store.drop_filter("mine")
        store.redact_orders(["taobao:tb-1:p"], what="erased")
        left = found_in(tmp_path)
    assert left <= {"access-secret", "refresh-secret", "claim-secret"}, left


def test_untouched_documents_are_optional(tmp_path: Path) -> None:
    for url in ("memory:", url_of(tmp_path)):
        with closing(open_stores(url, keep_raw=False)) as store:
            store.put_orders([person_order()])
            assert (
                store.get_order("taobao:tb-1:p").raw is None
                and store.put_orders([person_order()])[0].value == "unchanged"
            )


LOOKUPS = (
    OrderQuery(text="欧阳静怡", limit=20), OrderQuery(text="欧阳静怡"), OrderQuery(sku="A-1", limit=20, descending=True),
    OrderQuery(buyer="uid-7f3a"), OrderQuery(name="欧阳静怡"), OrderQuery(phone="13912345678"),
    OrderQuery(phone_tail="5678"), OrderQuery(waybill_no="SF-P"), OrderQuery(phone_tail="5678", status=("shipped",)),
    OrderQuery(phone_tail="5678", platform="taobao", shop_id="tb-1", updated_from=at(0), sort="created", limit=5),
    OrderQuery(sku="A-1", after=(at(5), "taobao:tb-1:5"), limit=20), OrderQuery(keys=("taobao:tb-1:p",)),
)  # fmt: skip
QUERIES = (
    *LOOKUPS, OrderQuery(label="vip"), OrderQuery(hold="locked"), OrderQuery(tag="vip"), OrderQuery(limit=20),
    OrderQuery(limit=20, descending=True), OrderQuery(limit=20, after=(at(5), "taobao:tb-1:5")),
    OrderQuery(status=("shipped",), limit=20), OrderQuery(sort="created", limit=20),
    OrderQuery(sort="ship_by", descending=True, limit=20),
)  # fmt: skip
BY_KEY = "SEARCH oh_orders USING INDEX sqlite_autoindex_oh_orders_1 (tenant=? AND key=?)"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Two thousand orders, enough for the planner to prefer an index."""
    folder = tmp_path_factory.mktemp("many")
    with opened(folder) as store:
        for start in range(0, 2000, 500):
            store.put_orders([
                sample_order(str(i), i, created_at=at(i), ship_by=at(-i), recipient=Recipient(name=f"人{i}", phone=f"139{i:08}"))
                for i in range(start, start + 500)
            ])  # fmt: skip
        yield store


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_no_lookup_reads_every_order(many: Any, query: OrderQuery) -> None:
    """The plan of every lookup and every first page searches an index; the speed itself is bench_ingest's."""
    from sqlalchemy import event

    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM oh_orders" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            plans.extend(row[-1] for row in rows)

    event.listen(many._engine, "before_cursor_execute", explain)
    try:
        many.find_orders(query)
    finally:
        event.remove(many._engine, "before_cursor_execute", explain)
    assert plans and not [plan for plan in plans if plan.startswith("SCAN")], plans
    if query in LOOKUPS:  # from the word to the order, whatever else is asked for
        assert [plan for plan in plans if "oh_orders" in plan] == [BY_KEY], plans


def test_a_stream_holds_one_batch(many: Stores) -> None:
    def peak(limit: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in iter_orders(many, OrderQuery(limit=limit), batch=100)) == limit
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(200)
    assert peak(2000) < 1.5 * peak(200)


def test_when_an_order_was_read_outlives_another_key_and_forgetting(tmp_path: Path) -> None:
    """What is written again is still what was read then: a reading that stalled meanwhile is older."""
    url, keys = f"sqlite:///{tmp_path}/o.db", [new_key(), new_key()]
    late = [sample_order(seller_note="late")], [sample_refund(extra={"note": "late"})]
    with closing(open_stores(url, encryption_keys=keys[1:])) as store:
        store.put_orders([sample_order()], read_at=at(10))
        store.put_refunds([sample_refund()], read_at=at(10))
    with closing(open_stores(url, encryption_keys=keys)) as store:
        assert store.reseal() == 2
        for _ in range(2):
            outcomes = store.put_orders(late[0], read_at=at(5)) + store.put_refunds(late[1], read_at=at(5))
            assert [outcome.value for outcome in outcomes] == ["stale", "stale"]
            store.redact_orders([sample_order().key], what="test")
