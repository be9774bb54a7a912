"""Subscriptions and queued events in SQL: rows of the outbox, written in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, select

from orderhub.errors import StaleVersion
from orderhub.models.events import HubEvent
from orderhub.ports import Cursor
from orderhub.stores import sql_schema as schema
from orderhub.stores.sql_base import SqlBase
from orderhub.stores.sql_dialect import changed, insert
from orderhub.stores.telling import HOOKS, Hooks, Queueing, check_kinds, queued, read_hooks, topic_of, write_hooks

__all__ = ["SqlTelling"]

_C: Final = schema.cursors
_O: Final = schema.outbox


class SqlTelling(SqlBase):
    """The half of `Outbox` that is about events."""

    def put_hook(self, name: str, kinds: Sequence[str]) -> None:
        """See `Outbox.put_hook`."""
        check_kinds(kinds)
        wanted = tuple(sorted(set(kinds)))
        with self._writing(HOOKS) as connection:
            held = self._hooks(connection)
            if held.get(name) != wanted:
                self._put_hooks(connection, {**held, name: wanted})

    def drop_hook(self, name: str) -> None:
        """See `Outbox.drop_hook`."""
        lanes = [topic_of(name), topic_of(name, "again"), topic_of(name, "parked")]
        with self._writing(HOOKS) as connection:
            self._put_hooks(connection, {one: kinds for one, kinds in self._hooks(connection).items() if one != name})
            connection.execute(delete(_O).where(self._mine(_O), _O.c.topic.in_(lanes)))

    def hooks(self) -> dict[str, tuple[str, ...]]:
        """See `Outbox.hooks`."""
        with self._reading() as connection:
            return dict(self._hooks(connection))

    def tell_events(self, events: Sequence[HubEvent]) -> None:
        """See `Outbox.tell_events`."""
        if events:
            with self._writing() as connection:
                self._tell(connection, lambda: events)

    def _tell(self, connection: Connection, made: Queueing) -> None:
        """Queue for every hook that wants them; no event is even made where there is no hook."""
        hooks = self._hooks(connection)
        if not hooks:
            return
        now = self._now_us()
        rows = [
            {"tenant": self._tenant, "topic": topic, "key": key, "version": 0, "queued_us": now, "taken": False,
             "body": self._vault.seal_text(body, self._place(_O, topic, key))}
            for topic, key, body in queued(hooks, made())
        ]  # fmt: skip
        if rows:
            connection.execute(insert(connection, _O).on_conflict_do_nothing(), rows)

    def _hooks(self, connection: Connection) -> Hooks:
        wanted = select(_C.c.position).where(self._mine(_C), _C.c.name == HOOKS)
        return read_hooks(connection.execute(wanted).scalar())

    def _put_hooks(self, connection: Connection, hooks: Hooks) -> None:
        held = connection.execute(select(_C.c.version).where(self._mine(_C), _C.c.name == HOOKS)).scalar()
        row = Cursor(HOOKS, write_hooks(hooks), (held or 0) + 1)
        if held is None:
            values = {"tenant": self._tenant, "name": HOOKS, "position": row.position, "version": row.version}
            putting = insert(connection, _C).values(values).on_conflict_do_nothing()
        else:
            same = self._mine(_C), _C.c.name == HOOKS, _C.c.version == held
            putting = _C.update().where(*same).values(position=row.position, version=row.version)
        if not changed(connection, putting):
            raise StaleVersion("another process changed the subscriptions at the same moment; subscribe again")
