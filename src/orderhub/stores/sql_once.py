"""Things that must happen once or at least once, in SQL: seen ids, claims, the outbox. Imports `stores`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, bindparam, delete, or_, select, update

from orderhub.stores import sql_schema as schema
from orderhub.stores.base import SEEN_FOR
from orderhub.stores.law import micros
from orderhub.stores.sql_base import SqlBase, chunks
from orderhub.stores.sql_dialect import insert, upsert

__all__ = ["SqlOnce"]

_S: Final = schema.seen
_C: Final = schema.claims
_O: Final = schema.outbox


class SqlOnce(SqlBase):
    """`SeenIds`, `Claims`, `Outbox`."""

    def first_seen(self, scope: str, ids: Sequence[str], at: datetime) -> list[bool]:
        """Record; True for each id that is new in `scope`. Ids older than `SEEN_FOR` are forgotten."""
        rows = [{"tenant": self._tenant, "scope": scope, "id": name, "at_us": micros(at)} for name in sorted(set(ids))]
        with self._writing(f"seen:{scope}") as connection:
            connection.execute(
                delete(_S).where(self._mine(_S), _S.c.scope == scope, _S.c.at_us < micros(at - SEEN_FOR))
            )
            new = _inserted(connection, _S, rows, "id")
        return _first_of_each(ids, new)

    def is_seen(self, scope: str, ids: Sequence[str]) -> list[bool]:
        """Whether each id was recorded in `scope`; records nothing."""
        wanted = select(_S.c.id).where(self._mine(_S), _S.c.scope == scope)
        with self._reading() as connection:
            known = {name for some in chunks(set(ids)) for name in connection.scalars(wanted.where(_S.c.id.in_(some)))}
        return [name in known for name in ids]

    def claim(self, keys: Sequence[str], at: datetime) -> list[tuple[bool, str | None]]:
        """(True, None) for a key that is ours now, (False, result or None) for one claimed before."""
        rows = [{"tenant": self._tenant, "key": key, "at_us": micros(at), "result": None} for key in sorted(set(keys))]
        with self._writing("claims") as connection:
            ours = _inserted(connection, _C, rows, "key")
            results = self._results(connection, [key for key in keys if key not in ours])
        won = _first_of_each(keys, ours)
        return [(True, None) if first else (False, results.get(key)) for key, first in zip(keys, won, strict=True)]

    def resolve(self, results: Mapping[str, str]) -> None:
        """Record results, also of an effect that nobody claimed."""
        now = self._now_us()
        rows = [
            {"tenant": self._tenant, "key": key, "at_us": now, "result": self._seal(_C, result, key)}
            for key, result in sorted(results.items())
        ]
        with self._writing("claims") as connection:
            if rows:
                connection.execute(upsert(connection, _C, keep=("at_us",)), rows)

    def abandon(self, keys: Sequence[str]) -> None:
        """Give back claims whose call provably did not happen; a resolved one stays."""
        with self._writing("claims") as connection:
            for some in chunks(keys):
                connection.execute(delete(_C).where(self._mine(_C), _C.c.key.in_(some), _C.c.result.is_(None)))

    def put_outbox(self, topic: str, rows: Mapping[str, str], version: int = 0) -> None:
        """Queue `rows` (key -> JSON); an older version never replaces a newer one, even one that was delivered."""
        now = self._now_us()
        queued = [
            {"tenant": self._tenant, "topic": topic, "key": key, "body": self._seal(_O, body, topic, key),
             "version": version, "queued_us": now, "taken": False}
            for key, body in rows.items()
        ]  # fmt: skip
        with self._writing(f"outbox:{topic}") as connection:
            statement = insert(connection, _O)
            new, newer = statement.excluded, _O.c.version < statement.excluded.version
            differs = and_(_O.c.version == new.version, _O.c.body.is_distinct_from(new.body))
            replacing = statement.on_conflict_do_update(
                index_elements=["tenant", "topic", "key"],
                set_={"body": new.body, "version": new.version, "taken": False},
                where=or_(newer, differs),
            )
            if queued:
                connection.execute(replacing, queued)

    def take_outbox(self, topic: str, limit: int = 100) -> list[tuple[str, str, int]]:
        """(key, JSON, version) of what waits, oldest first; it waits on until it is done."""
        here = self._mine(_O), _O.c.topic == topic, _O.c.body.is_not(None)
        wanted = select(_O.c.key, _O.c.body, _O.c.version).where(*here).order_by(_O.c.queued_us, _O.c.key).limit(limit)
        with self._writing(f"outbox:{topic}") as connection:
            rows = [
                (row.key, self._vault.unseal_text(row.body, self._place(_O, topic, row.key)), row.version)
                for row in connection.execute(wanted)
            ]
            for some in chunks(key for key, _, _ in rows):
                connection.execute(update(_O).where(*here, _O.c.key.in_(some)).values(taken=True))
        return rows

    def peek_outbox(self, topic: str, limit: int | None = None) -> list[tuple[str, str, int]]:
        """All that waits, or the oldest `limit`, as `take_outbox` tells it; looking takes nothing."""
        here = self._mine(_O), _O.c.topic == topic, _O.c.body.is_not(None)
        wanted = select(_O.c.key, _O.c.body, _O.c.version).where(*here).order_by(_O.c.queued_us, _O.c.key).limit(limit)
        with self._reading() as connection:
            return [
                (row.key, self._vault.unseal_text(row.body, self._place(_O, topic, row.key)), row.version)
                for row in connection.execute(wanted)
            ]

    def done_outbox(self, topic: str, rows: Sequence[tuple[str, int]]) -> None:
        """Forget rows that were delivered in that version and not replaced since they were taken.

        A row with a version leaves its number behind, so that an older figure that comes late is not sent after it.
        """
        delivered = [{"k": key, "v": version} for key, version in rows]
        same = and_(
            self._mine(_O), _O.c.topic == topic, _O.c.key == bindparam("k"), _O.c.version == bindparam("v"), _O.c.taken
        )
        with self._writing(f"outbox:{topic}") as connection:
            if delivered:
                connection.execute(update(_O).where(same).values(body=None), delivered)
                connection.execute(
                    delete(_O).where(self._mine(_O), _O.c.topic == topic, _O.c.version == 0, _O.c.body.is_(None))
                )

    def _results(self, connection: Connection, keys: Sequence[str]) -> dict[str, str | None]:
        wanted = select(_C.c.key, _C.c.result).where(self._mine(_C))
        rows = [row for some in chunks(keys) for row in connection.execute(wanted.where(_C.c.key.in_(some)))]
        return {row.key: self._unsealed(row) for row in rows}

    def _unsealed(self, row: Any) -> str | None:
        return None if row.result is None else self._vault.unseal_text(row.result, self._place(_C, row.key))

    def _seal(self, table: Table, text: str, *names: str) -> str:
        return self._vault.seal_text(text, self._place(table, *names))


def _first_of_each(names: Sequence[str], new: set[str]) -> list[bool]:
    """True where a new name stands for the first time."""
    first = {name: index for index, name in reversed(list(enumerate(names)))}
    return [name in new and first[name] == index for index, name in enumerate(names)]


def _inserted(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], name: str) -> set[str]:
    """Insert what is new; the database itself says which rows were, so that racing callers cannot both win."""
    if not rows:
        return set()
    statement = insert(connection, table).on_conflict_do_nothing().returning(table.c[name])
    return set(connection.execute(statement, list(rows)).scalars())
