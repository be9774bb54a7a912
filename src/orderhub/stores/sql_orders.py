"""Orders, refunds and cursors in SQL: one transaction per put, set-wise statements, no look-up per row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, select, update

from orderhub.models import Order, OrderRef, Outcome, Refund
from orderhub.ports import Cursor
from orderhub.stores import sql_schema as schema
from orderhub.stores.base import StoredVersion
from orderhub.stores.changes import read_changes
from orderhub.stores.law import (
    UNDATED,
    Entry,
    Verdict,
    Version,
    forgotten,
    instant,
    micros,
    outcomes,
    prepare,
    read_after,
    settle,
    told_changes,
)  # fmt: skip
from orderhub.stores.refusals import stale_cursor
from orderhub.stores.sql_base import chunks
from orderhub.stores.sql_dialect import bulk, changed, insert
from orderhub.stores.sql_rows import SqlRows, order_key
from orderhub.stores.sql_telling import SqlTelling
from orderhub.stores.telling import stored_events

__all__ = ["SqlOrders"]


class SqlOrders(SqlRows, SqlTelling):
    """The writing half of `OrderStore`."""

    def get_cursor(self, name: str) -> Cursor:
        """The cursor, or a fresh one of version 0."""
        table = schema.cursors
        wanted = select(table.c.position, table.c.version).where(self._mine(table), table.c.name == name)
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return Cursor(name) if row is None else Cursor(name, row.position, row.version)

    def get_cursors(self, names: Sequence[str]) -> list[Cursor]:
        """`get_cursor` of many, in order."""
        table = schema.cursors
        wanted = select(table).where(self._mine(table), table.c.name.in_(bindparam("names", expanding=True)))
        with self._reading() as connection:
            parts = chunks(dict.fromkeys(names))
            rows = [row for part in parts for row in connection.execute(wanted, {"names": list(part)})]
        found = {row.name: Cursor(row.name, row.position, row.version) for row in rows}
        return [found.get(name) or Cursor(name) for name in names]

    def put_cursor(self, cursor: Cursor, position: str) -> Cursor:
        """Move it; raises `StaleVersion` when somebody else moved it first."""
        with self._writing() as connection:
            return self._move(connection, cursor, position)

    def put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """See `OrderStore.put_orders`; with a cursor its version grows by one, without a position it stays in place."""
        return self._put(schema.orders, orders, cursor, position, read_at)

    def put_refunds(
        self, refunds: Sequence[Refund], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """Upsert refunds under the same law."""
        return self._put(schema.refunds, refunds, cursor, position, read_at)

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
        return [_version(row) for row in rows]

    def _put(
        self, table: Table, documents: Sequence[Order | Refund], cursor: Cursor | None, position: str | None,
        read_at: datetime | None,
    ) -> list[Outcome[str]]:  # fmt: skip
        read_us = None if read_at is None else micros(read_at)
        entries, refused = prepare(documents, read_us)
        shops = {f"{entry.document.platform}:{entry.document.shop_id}" for entry in entries}
        with self._writing() as connection:
            if cursor is not None:
                self._move(connection, cursor, cursor.position if position is None else position)
            self._lock(connection, (f"shop:{shop}" for shop in shops))
            verdict = self._store(connection, table, entries, read_us)
        return outcomes(entries, verdict.words, refused)

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

    def _store(self, connection: Connection, table: Table, entries: Sequence[Entry], read_us: int | None) -> Verdict:
        """The law, over what is held: nobody else writes these shops' rows before the transaction ends."""
        c, also = table.c, [table.c.terms, table.c.redacted_us] if table is schema.orders else []
        keys = dict.fromkeys(entry.key for entry in entries)
        rows = self._rows(connection, table, keys, c.key, c.updated_us, c.digest, c.read_us, *also)
        held = {row.key: row for row in rows}
        verdict = settle(
            {key: Version(row.updated_us, bytes(row.digest)) for key, row in held.items()},
            ((entry.key, entry.version) for entry in entries),
            read_after(((key, row.read_us) for key, row in held.items()), read_us),
        )
        redacted = self._redacted(connection, held.values() if also else (), [] if also else entries)
        kept = [forgotten(entry) if _owner(entry) in redacted else entry for entry in entries]
        told = self._note(connection, kept, verdict.words) if also else [""] * len(kept)
        winners = [kept[index] for index in verdict.winners.values()]
        self._write(connection, table, winners, {key: row.terms for key, row in held.items()} if also else {}, redacted)
        if winners:
            kind, now = Order if also else Refund, self._now_us()
            self._tell(connection, lambda: stored_events(kind, kept, verdict.words, told, now))
        return verdict

    def _redacted(self, connection: Connection, rows: Iterable[Any], refunds: Sequence[Entry]) -> dict[str, int]:
        """Keys of orders whose people were forgotten, and when: late versions are not to bring them back."""
        table = schema.orders
        if refunds:
            keys = {order_key(entry.document) for entry in refunds}
            rows = self._rows(connection, table, keys, table.c.key, table.c.redacted_us)
        return {row.key: row.redacted_us for row in rows if row.redacted_us is not None}

    def _note(self, connection: Connection, entries: Sequence[Entry], words: Sequence[str]) -> list[str]:
        """Append to the timeline, before anything is overwritten; a version that comes again is the same row."""
        now, told = self._now_us(), self._told(connection, entries, words)
        rows = (
            (self._tenant, entry.key, *entry.version, now, str(entry.document.status), word, changes)
            for entry, word, changes in zip(entries, words, told, strict=True)
            if word != "unchanged"
        )
        table = schema.versions
        bulk(connection, insert(connection, table).on_conflict_do_nothing(), table.columns.keys(), sorted(rows))
        return told

    def _told(self, connection: Connection, entries: Sequence[Entry], words: Sequence[str]) -> list[str]:
        table = schema.orders
        updated = {entry.key for entry, word in zip(entries, words, strict=True) if word == "updated"}
        rows = self._documents(connection, table, updated)
        return told_changes({row.key: self._codec.unpack(table.name, row).body for row in rows}, entries, words)


def _owner(entry: Entry) -> str:
    """The order whose people a document tells of."""
    return order_key(entry.document) if isinstance(entry.document, Refund) else entry.key


def _version(row: Any) -> StoredVersion:
    updated = None if row.updated_us == UNDATED else instant(row.updated_us)
    return StoredVersion(row.key, updated, instant(row.stored_us), row.status, row.word, read_changes(row.changes))
