"""Rows of orders and refunds as they are written, and the index of words beside them. Imports `stores`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, select

from orderhub.models import Order, Refund
from orderhub.orders.privacy import closed_at
from orderhub.stores import sql_schema as schema
from orderhub.stores.codec import Held
from orderhub.stores.law import Entry, micros
from orderhub.stores.sql_base import SqlBase, chunks
from orderhub.stores.sql_dialect import bulk, insert, upsert
from orderhub.stores.terms import terms_of

__all__ = ["SqlRows", "order_key"]


def order_key(document: Order | Refund) -> str:
    """Key of the order that a document belongs to."""
    return f"{document.platform}:{document.shop_id}:{document.order_id}"


class SqlRows(SqlBase):
    """What every writer of documents shares."""

    def _rows(self, connection: Connection, table: Table, keys: Iterable[str], *columns: Any) -> list[Any]:
        """Some columns of the rows with these keys, a few statements for any number of keys."""
        wanted = select(*columns).where(self._mine(table), table.c.key.in_(bindparam("keys", expanding=True)))
        return [row for some in chunks(keys) for row in connection.execute(wanted, {"keys": list(some)})]

    def _documents(self, connection: Connection, table: Table, keys: Iterable[str], *more: Any) -> list[Any]:
        """The rows with these keys, as `Codec` reads them."""
        c = table.c
        return self._rows(
            connection, table, keys, c.key, c.digest, c.body, c.raw, c.packed, c.updated_us, c.read_us, *more
        )

    def _write(
        self,
        connection: Connection,
        table: Table,
        entries: Sequence[Entry],
        held_terms: Mapping[str, str],
        redacted: Mapping[str, int],
    ) -> None:
        """Replace the rows of these entries, each key once, and bring the index of words in line."""
        after = {e.key: self._words(e.document) for e in entries if isinstance(e.document, Order)}
        rows = sorted(self._row(table, entry, after.get(entry.key, ()), redacted) for entry in entries)
        bulk(connection, upsert(connection, table), table.columns.keys(), rows)
        if table is schema.orders:
            self._index(connection, held_terms, after)

    def _words(self, order: Order) -> tuple[str, ...]:
        found = terms_of(order)
        return tuple(sorted(map(self._vault.word, found))) if self._vault.is_on else found

    def _row(self, table: Table, entry: Entry, words: tuple[str, ...], redacted: Mapping[str, int]) -> tuple[Any, ...]:
        """In the order of the table's columns."""
        document, (updated_us, digest) = entry.document, entry.version
        body, packed = self._codec.pack(table.name, entry.key, digest, Held(entry.body, document.raw))
        row: tuple[Any, ...] = (
            self._tenant, entry.key, document.platform, document.shop_id, str(document.status), updated_us, digest,
        )  # fmt: skip
        if isinstance(document, Refund):
            return (*row, body, None, packed, order_key(document), entry.read_us)
        gone = redacted.get(entry.key)
        ends = (None, None) if gone else (_us(closed_at(document)), _us(document.recipient.privacy.expires_at))
        return (
            *row, _us(document.created_at), _us(document.ship_by), "\n".join(words), body, None, packed, *ends, gone,
            entry.read_us,
        )  # fmt: skip

    def _index(self, connection: Connection, held: Mapping[str, str], after: Mapping[str, tuple[str, ...]]) -> None:
        """Write only the words that came or went."""
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
