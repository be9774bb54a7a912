"""What a host adds to orders in SQL: tags, kept queries, entries of the timeline. Imports `stores`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from orderhub.models import Outcome
from orderhub.ports import Event, OrderQuery
from orderhub.stores import sql_schema as schema
from orderhub.stores.codec import DETAIL, QUERY
from orderhub.stores.law import instant, micros
from orderhub.stores.marks import TagChange, new_events, tag_changes, tagged_events
from orderhub.stores.refusals import not_stored
from orderhub.stores.sql_dialect import bulk, insert, upsert
from orderhub.stores.sql_rows import SqlRows
from orderhub.stores.sql_telling import SqlTelling
from orderhub.stores.telling import note_events

__all__ = ["SqlMarks"]

_T: Final = schema.tags
_F: Final = schema.filters
_E: Final = schema.events
_EVENT: Final = ("tenant", "key", "at_us", "who", "what", "detail")


class SqlMarks(SqlRows, SqlTelling):
    """`Marks`."""

    def tag_orders(
        self, keys: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), who: str = "hub"
    ) -> list[Outcome[None]]:
        """See `Marks.tag_orders`."""
        with self._writing("tags") as connection:
            stored = {row.key for row in self._rows(connection, schema.orders, set(keys), schema.orders.c.key)}
            changes = tag_changes(self._tags(connection, stored), stored, add, remove)
            self._change(connection, changes)
            self._append(connection, tagged_events(changes, who))
        return [Outcome(True, key) if key in stored else not_stored(key) for key in keys]

    def tags_of(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Sorted tags of the orders that have any."""
        with self._reading() as connection:
            return self._tags(connection, set(keys))

    def put_filter(self, name: str, query: OrderQuery) -> None:
        """Keep a query under a name."""
        body = self._vault.seal_text(QUERY.dump_json(query).decode(), self._place(_F, name))
        with self._writing() as connection:
            connection.execute(upsert(connection, _F), [{"tenant": self._tenant, "name": name, "body": body}])

    def filters(self) -> dict[str, OrderQuery]:
        """Kept queries by name, sorted."""
        with self._reading() as connection:
            rows = connection.execute(select(_F).where(self._mine(_F)).order_by(_F.c.name)).all()
        return {
            row.name: QUERY.validate_json(self._vault.unseal_text(row.body, self._place(_F, row.name))) for row in rows
        }

    def drop_filter(self, name: str) -> None:
        """Forget a kept query."""
        with self._writing() as connection:
            connection.execute(delete(_F).where(self._mine(_F), _F.c.name == name))

    def put_events(self, events: Sequence[Event]) -> None:
        """See `Marks.put_events`."""
        with self._writing("events") as connection:
            newest = select(func.max(_E.c.seq)).where(self._mine(_E), _E.c.key.in_(bindparam("keys", expanding=True)))
            newest = newest.group_by(_E.c.key)
            keys = sorted({event.key for event in events})
            parts = [keys[i : i + 500] for i in range(0, len(keys), 500)]
            rows = [
                row for some in parts
                for row in connection.execute(select(_E).where(_E.c.seq.in_(newest)), {"keys": some})
            ]  # fmt: skip
            self._append(connection, new_events({row.key: _event(row) for row in rows}, events))

    def events_of(self, key: str) -> list[Event]:
        """Events of one order, oldest first."""
        wanted = select(_E).where(self._mine(_E), _E.c.key == key).order_by(_E.c.at_us, _E.c.seq)
        with self._reading() as connection:
            return [_event(row) for row in connection.execute(wanted)]

    def _tags(self, connection: Connection, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in sorted(self._rows(connection, _T, keys, _T.c.key, _T.c.tag)):
            found[row.key] = (*found.get(row.key, ()), row.tag)
        return found

    def _change(self, connection: Connection, changes: Sequence[TagChange]) -> None:
        came = sorted((self._tenant, tag, change.key) for change in changes for tag in change.came)
        gone = [{"t": tag, "k": change.key} for change in changes for tag in change.gone]
        bulk(connection, insert(connection, _T).on_conflict_do_nothing(), _T.columns.keys(), came)
        if gone:
            same = and_(self._mine(_T), _T.c.tag == bindparam("t"), _T.c.key == bindparam("k"))
            connection.execute(delete(_T).where(same), gone)

    def _append(self, connection: Connection, events: Iterable[Event]) -> None:
        now, new = self._now_us(), list(events)
        rows = [(self._tenant, e.key, now if e.at is None else micros(e.at), e.who, e.what, _detail(e)) for e in new]
        bulk(connection, insert(connection, _E), _EVENT, rows)
        if new:
            self._tell(connection, lambda: note_events(new, instant(now)))


def _detail(event: Event) -> str:
    return DETAIL.dump_json(dict(event.detail)).decode()


def _event(row: Any) -> Event:
    return Event(row.key, row.what, row.who, DETAIL.validate_json(row.detail), instant(row.at_us))
