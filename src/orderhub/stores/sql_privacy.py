"""Forgetting people, and writing everything again under another key, in SQL. Imports `stores`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, or_, select, update

from orderhub.models import Order, Outcome, Refund
from orderhub.orders.privacy import identifiers
from orderhub.ports import Event
from orderhub.stores import sql_schema as schema
from orderhub.stores.law import Entry, Version, forgotten, micros
from orderhub.stores.refusals import not_stored
from orderhub.stores.sql_base import CHUNK, chunks
from orderhub.stores.sql_dialect import scrub
from orderhub.stores.sql_marks import SqlMarks
from orderhub.stores.sql_papers import forget_papers

__all__ = ["SqlPrivacy"]

_T: Final = schema.orders
_R: Final = schema.refunds
_O: Final = schema.outbox
_Q: Final = schema.quarantine

SEALED_TEXTS: Final[tuple[tuple[Table, tuple[str, ...], tuple[str, ...]], ...]] = (
    (schema.tokens, ("shop_key",), ("body",)),
    (_Q, ("key",), ("finding", "raw")),
    (_O, ("topic", "key"), ("body",)),
    (schema.claims, ("key",), ("result",)),
    (schema.filters, ("name",), ("body",)),
)
"""(table, names that make its place, sealed columns)"""


class SqlPrivacy(SqlMarks):
    """`Privacies`, and `reseal`."""

    def redact_orders(self, keys: Sequence[str], *, what: str, who: str = "hub") -> list[Outcome[str]]:
        """See `Privacies.redact_orders`; a few hundred orders a transaction."""
        words: dict[str, str] = {}
        for some in chunks(dict.fromkeys(keys)):
            words |= self._redact(some, what, who)
        scrub(self._engine)
        return [Outcome(True, key, value=words[key]) if key in words else not_stored(key) for key in keys]

    def lapsed_orders(self, closed_before: Mapping[str, datetime], now: datetime, limit: int = 500) -> list[str]:
        """See `Privacies.lapsed_orders`; longest closed first."""
        due = [and_(_T.c.platform == name, _T.c.closed_us < micros(at)) for name, at in closed_before.items()]
        lapsed = _T.c.expires_us <= micros(now)
        wanted = select(_T.c.key).where(self._mine(_T), _T.c.closed_us.is_not(None), or_(lapsed, *due))
        with self._reading() as connection:
            return list(connection.execute(wanted.order_by(_T.c.closed_us, _T.c.key).limit(limit)).scalars())

    def reseal(self, *, dry_run: bool = False) -> int:
        """See `Stores.reseal`."""
        count = sum(self._again(table, kind, dry_run) for table, kind in ((_T, Order), (_R, Refund)))
        count += sum(self._texts_again(*some, dry_run) for some in SEALED_TEXTS)
        if not dry_run:
            scrub(self._engine)
        return count

    def _redact(self, keys: Sequence[str], what: str, who: str) -> dict[str, str]:
        """One transaction: the orders, their refunds, their quarantined documents, messages about them."""
        with self._writing() as connection:
            self._lock_shops(connection, _T, keys)
            rows = self._documents(connection, _T, keys, _T.c.terms, _T.c.redacted_us)
            fresh = [row for row in rows if row.redacted_us is None]
            orders = [self._entry(Order, _T, row) for row in fresh]
            now = self._now_us()
            gone = dict.fromkeys((entry.key for entry in orders), now)
            self._write(connection, _T, [forgotten(e) for e in orders], {r.key: r.terms for r in fresh}, gone)
            self._redact_refunds(connection, keys)
            self._forget_around(connection, keys, [entry.document for entry in orders])
            self._append(connection, [Event(entry.key, what, who) for entry in orders])
        return {row.key: "redacted" if row.redacted_us is None else "already_redacted" for row in rows}

    def _redact_refunds(self, connection: Connection, keys: Sequence[str]) -> None:
        found = connection.execute(select(_R.c.key).where(self._mine(_R), _R.c.order_key.in_(keys))).scalars().all()
        entries = [self._entry(Refund, _R, row) for row in self._documents(connection, _R, found)]
        self._write(connection, _R, [forgotten(entry) for entry in entries], {}, {})

    def _forget_around(self, connection: Connection, keys: Sequence[str], documents: Sequence[Any]) -> None:
        """What is in quarantine and what is printed goes by key, waiting messages by what names the person."""
        connection.execute(delete(_Q).where(self._mine(_Q), _Q.c.key.in_(keys)))
        forget_papers(connection, self._tenant, keys)
        named = frozenset[str]().union(*(identifiers(order) for order in documents))
        waiting = select(_O.c.topic, _O.c.key, _O.c.body).where(self._mine(_O), _O.c.body.is_not(None))
        for row in sorted(connection.execute(waiting)) if named else ():
            text = self._vault.unseal_text(row.body, self._place(_O, row.topic, row.key))
            if any(name in text for name in named):
                same = self._mine(_O), _O.c.topic == row.topic, _O.c.key == row.key, _O.c.body == row.body
                connection.execute(delete(_O).where(*same))

    def _entry(self, kind: type[Order] | type[Refund], table: Table, row: Any) -> Entry:
        held = self._codec.unpack(table.name, row)
        document: Order | Refund = self._codec.read(kind, table.name, row)  # type: ignore[type-var]
        return Entry(row.key, Version(row.updated_us, bytes(row.digest)), held.body, document, row.read_us)

    def _lock_shops(self, connection: Connection, table: Table, keys: Iterable[str]) -> None:
        rows = self._rows(connection, table, keys, table.c.platform, table.c.shop_id)
        self._lock(connection, {f"shop:{row.platform}:{row.shop_id}" for row in rows})

    def _again(self, table: Table, kind: type[Order] | type[Refund], dry_run: bool) -> int:
        """Rewrite a table's rows that are not in today's form, in key order."""
        count, last = 0, ""
        c = table.c
        while True:
            wanted = select(c.key, c.digest, c.packed).where(self._mine(table), c.key > last).order_by(c.key)
            with self._reading() as connection:
                rows = connection.execute(wanted.limit(CHUNK)).all()
            if not rows:
                return count
            last = rows[-1].key
            old = [row.key for row in rows if not self._codec.is_current(row)]
            count += len(old) if dry_run else self._rewrite(table, kind, old)

    def _rewrite(self, table: Table, kind: type[Order] | type[Refund], keys: Sequence[str]) -> int:
        if not keys:
            return 0
        also = [table.c.terms, table.c.redacted_us] if table is _T else []
        with self._writing() as connection:
            self._lock_shops(connection, table, keys)
            rows = self._documents(connection, table, keys, *also)
            terms = {row.key: row.terms for row in rows} if also else {}
            redacted = {row.key: row.redacted_us for row in rows if row.redacted_us is not None} if also else {}
            self._write(connection, table, [self._entry(kind, table, row) for row in rows], terms, redacted)
        return len(rows)

    def _texts_again(self, table: Table, names: tuple[str, ...], columns: tuple[str, ...], dry_run: bool) -> int:
        """Seal again what stands in text columns; these tables are small."""
        count = 0
        with self._writing() as connection:
            for row in connection.execute(select(table).where(self._mine(table))).all():
                fields = row._mapping
                place = self._place(table, *(fields[name] for name in names))
                old = {name: fields[name] for name in columns if fields[name] is not None}
                new = {name: self._resealed(value, place) for name, value in old.items()}
                if new != old:
                    same = [table.c[name] == fields[name] for name in names]
                    if not dry_run:
                        connection.execute(update(table).where(self._mine(table), *same).values(new))
                    count += 1
        return count

    def _resealed(self, value: str | bytes, place: str) -> str | bytes:
        if self._vault.is_current(value):
            return value
        vault = self._vault
        if isinstance(value, str):
            return vault.seal_text(vault.unseal_text(value, place), place)
        return vault.seal_bytes(vault.unseal_bytes(bytes(value), place), place)
