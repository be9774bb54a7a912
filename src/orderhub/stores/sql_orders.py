"""Orders, refunds and cursors in SQL: one transaction per put, set-wise statements, no look-up per row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, select, update

from orderhub.models import Order, OrderRef, Outcome, Refund
from orderhub.ports import Cursor
from orderhub.stores import sql_schema as schema
from orderhub.stores.base import StoredVersion
from orderhub.stores.law import UNDATED, Entry, Verdict, Version, instant, micros, outcomes, prepare, settle
from orderhub.stores.refusals import stale_cursor
from orderhub.stores.sql_base import SqlBase, chunks
from orderhub.stores.sql_dialect import bulk, changed, insert, upsert
from orderhub.stores.terms import terms_of

__all__ = ["SqlOrders"]


class SqlOrders(SqlBase):
    """The writing half of `OrderStore`."""

    def get_cursor(self, name: str) -> Cursor:
        """The cursor, or a fresh one of version 0."""
        table = schema.cursors
        wanted = select(table.c.position, table.c.version).where(self._mine(table), table.c.name == name)
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return Cursor(name) if row is None else Cursor(name, row.position, row.version)

    def put_cursor(self, cursor: Cursor, position: str) -> Cursor:
        """Move it; raises `StaleVersion` when somebody else moved it first."""
        with self._writing() as connection:
            return self._move(connection, cursor, position)

    def put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None
    ) -> list[Outcome[str]]:
        """See `OrderStore.put_orders`; with a cursor its version grows by one, without a position it stays in place."""
        entries, refused = prepare(orders)
        with self._writing() as connection:
            self._fence(connection, cursor, position)
            verdict = self._store(connection, schema.orders, entries)
        return outcomes(entries, verdict.words, refused)

    def put_refunds(
        self, refunds: Sequence[Refund], *, cursor: Cursor | None = None, position: str | None = None
    ) -> list[Outcome[str]]:
        """Upsert refunds under the same law."""
        entries, refused = prepare(refunds)
        with self._writing() as connection:
            self._fence(connection, cursor, position)
            verdict = self._store(connection, schema.refunds, entries)
        return outcomes(entries, verdict.words, refused)

    def known_versions(self, platform: str, shop_id: str, refs: Sequence[OrderRef]) -> frozenset[str]:
        """Order ids among `refs` that are stored in that version or a newer one; an undated ref is never known."""
        dated = {f"{platform}:{shop_id}:{ref.order_id}": ref for ref in refs if ref.updated_at is not None}
        with self._reading() as connection:
            rows = self._rows(connection, schema.orders, dated, schema.orders.c.key, schema.orders.c.updated_us)
        held = {row.key: row.updated_us for row in rows}
        return frozenset(
            ref.order_id
            for key, ref in dated.items()
            if ref.updated_at and held.get(key, UNDATED) >= micros(ref.updated_at)
        )

    def order_history(self, key: str) -> list[StoredVersion]:
        """Every version of an order that arrived, in order of arrival."""
        table = schema.versions
        wanted = (
            select(table).where(self._mine(table), table.c.key == key).order_by(table.c.stored_us, table.c.updated_us)
        )
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return [
            StoredVersion(
                key, None if r.updated_us == UNDATED else instant(r.updated_us), instant(r.stored_us), r.status, r.word
            )
            for r in rows
        ]

    def _rows(self, connection: Connection, table: Table, keys: Iterable[str], *columns: Any) -> list[Any]:
        """Some columns of the rows with these keys, a few statements for any number of keys."""
        wanted = select(*columns).where(self._mine(table), table.c.key.in_(bindparam("keys", expanding=True)))
        return [row for some in chunks(keys) for row in connection.execute(wanted, {"keys": list(some)})]

    def _fence(self, connection: Connection, cursor: Cursor | None, position: str | None) -> None:
        if cursor is not None:
            self._move(connection, cursor, cursor.position if position is None else position)

    def _move(self, connection: Connection, cursor: Cursor, position: str | None) -> Cursor:
        table, moved = schema.cursors, Cursor(cursor.name, position, cursor.version + 1)
        values = {"position": position, "version": moved.version}
        if cursor.version == 0:
            row = {"tenant": self._tenant, "name": cursor.name, **values}
            moving = insert(connection, table).values(row).on_conflict_do_nothing()
        else:
            same = and_(self._mine(table), table.c.name == cursor.name, table.c.version == cursor.version)
            moving = update(table).where(same).values(values)
        if not changed(connection, moving):
            raise stale_cursor(cursor)
        return moved

    def _store(self, connection: Connection, table: Table, entries: Sequence[Entry]) -> Verdict:
        with_terms = [table.c.terms] if table is schema.orders else []
        shops = {f"{entry.document.platform}:{entry.document.shop_id}" for entry in entries}
        self._lock(connection, (f"{table.name}:{shop}" for shop in shops))
        keys = dict.fromkeys(entry.key for entry in entries)
        rows = self._rows(connection, table, keys, table.c.key, table.c.updated_us, table.c.digest, *with_terms)
        verdict = settle(
            {row.key: Version(row.updated_us, bytes(row.digest)) for row in rows},
            ((entry.key, entry.version) for entry in entries),
        )
        winners = [entries[index] for index in verdict.winners.values()]
        after = {e.key: terms_of(e.document) for e in winners if isinstance(e.document, Order)}
        rows_in = sorted(self._row(entry, after.get(entry.key)) for entry in winners)
        bulk(connection, upsert(connection, table), table.columns.keys(), rows_in)
        if table is schema.orders:
            self._note(connection, entries, verdict)
            self._index(connection, {row.key: row.terms for row in rows}, after)
        return verdict

    def _row(self, entry: Entry, terms: tuple[str, ...] | None) -> tuple[Any, ...]:
        """In the order of the table's columns."""
        document, (updated_us, digest) = entry.document, entry.version
        row: tuple[Any, ...] = (
            self._tenant, entry.key, document.platform, document.shop_id, str(document.status), updated_us, digest,
        )  # fmt: skip
        if isinstance(document, Order):
            row += (_us(document.created_at), _us(document.ship_by), "\n".join(terms or ()))
        return (*row, entry.body, document.raw)

    def _note(self, connection: Connection, entries: Sequence[Entry], verdict: Verdict) -> None:
        """Append to the timeline; a version that comes again is the same row."""
        now = self._now_us()
        rows = (
            (self._tenant, entry.key, *entry.version, now, str(entry.document.status), word)
            for entry, word in zip(entries, verdict.words, strict=True)
            if word != "unchanged"
        )
        table = schema.versions
        bulk(connection, insert(connection, table).on_conflict_do_nothing(), table.columns.keys(), sorted(rows))

    def _index(self, connection: Connection, held: Mapping[str, str], after: Mapping[str, tuple[str, ...]]) -> None:
        """Write only the terms that came or went."""
        table = schema.terms
        came: list[tuple[str, str, str]] = []
        gone: list[dict[str, str]] = []
        for key, words in after.items():
            before = set(filter(None, held.get(key, "").split("\n")))
            came += [(self._tenant, word, key) for word in words if word not in before]
            gone += [{"t": word, "k": key} for word in before.difference(words)]
        if gone:
            same = and_(self._mine(table), table.c.term == bindparam("t"), table.c.key == bindparam("k"))
            connection.execute(delete(table).where(same), gone)
        bulk(connection, insert(connection, table).on_conflict_do_nothing(), table.columns.keys(), sorted(came))


def _us(at: datetime | None) -> int | None:
    return None if at is None else micros(at)
