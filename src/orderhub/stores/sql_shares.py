"""Shares in SQL: counters and holders in one transaction under one lock. Imports `stores`, `logistics.shares`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, delete, select, update

from orderhub.logistics.shares import counters_of, grant
from orderhub.ports.shares import HeldShare, Share, ShareAsk
from orderhub.stores import sql_schema as schema
from orderhub.stores.base import SHARES_FOR
from orderhub.stores.sql_base import SqlBase, chunks
from orderhub.stores.sql_dialect import upsert

__all__ = ["SqlShares"]

_S: Final = schema.shares
_N: Final = schema.share_counts
_LOCK: Final = "shares"
_TIDY_US: Final = 3_600_000_000
_OLD_US: Final = int(SHARES_FOR.total_seconds() * 1_000_000)


class SqlShares(SqlBase):
    """`Shares`."""

    _shares_tidied_us = 0

    def take_shares(self, asks: Sequence[ShareAsk]) -> list[Share]:
        """See `Shares.take_shares`; shares and counts of long ago are forgotten."""
        now = self._now_us()
        with self._writing(_LOCK) as connection:
            self._share_sweep(connection, now)
            rows = self._share_holders(connection, [ask.key for ask in asks])
            held = {key: own for key, (own, _) in rows.items()}
            named = {counter for own in held.values() for counter in own.counters} | counters_of(asks)
            counts = self._share_counts(connection, named)
            found = grant(asks, held, counts)
            gone = [key for key, own in found.held.items() if own is None and key in held]
            self._share_delete(connection, gone)
            written = self._share_rows(asks, found.held, rows, now)
            if written:
                connection.execute(upsert(connection, _S), written)
            self._share_counted(connection, {c: n for c, n in found.counts.items() if counts.get(c, 0) != n}, now)
        return found.shares

    def keep_shares(self, keys: Sequence[str]) -> list[bool]:
        """See `Shares.keep_shares`."""
        now = self._now_us()
        with self._writing(_LOCK) as connection:
            self._share_sweep(connection, now)
            there = self._share_holders(connection, keys)
            for some in chunks(there):
                connection.execute(update(_S).where(self._mine(_S), _S.c.key.in_(some)).values(until_us=None))
        return [key in there for key in keys]

    def drop_shares(self, keys: Sequence[str]) -> None:
        """Give shares back; a key without one is fine."""
        with self._writing(_LOCK) as connection:
            self._share_back(connection, {key: own for key, (own, _) in self._share_holders(connection, keys).items()})

    def shares_of(self, keys: Sequence[str]) -> Mapping[str, HeldShare]:
        """The shares of those keys that have one."""
        with self._writing(_LOCK) as connection:
            self._share_sweep(connection, self._now_us())
            return {key: own for key, (own, _) in self._share_holders(connection, keys).items()}

    def share_counts(self, counters: Sequence[str]) -> Mapping[str, int]:
        """How much was drawn from each."""
        with self._writing(_LOCK) as connection:
            self._share_sweep(connection, self._now_us())
            counts = self._share_counts(connection, counters)
        return {counter: counts.get(counter, 0) for counter in counters}

    def _share_sweep(self, connection: Connection, now: int) -> None:
        """What was held too long comes back; what is long past is forgotten, once an hour."""
        late = select(_S.c.key, _S.c.name, _S.c.counters).where(self._mine(_S), _S.c.until_us <= now)
        self._share_back(
            connection,
            {row.key: HeldShare(row.name, tuple(json.loads(row.counters))) for row in connection.execute(late)},
        )
        if now - self._shares_tidied_us < _TIDY_US:
            return
        self._shares_tidied_us = now
        for table in (_S, _N):
            connection.execute(delete(table).where(self._mine(table), table.c.at_us < now - _OLD_US))

    def _share_back(self, connection: Connection, gone: Mapping[str, HeldShare]) -> None:
        if not gone:
            return
        self._share_delete(connection, list(gone))
        less = Counter(counter for own in gone.values() for counter in own.counters)
        counts = self._share_counts(connection, less)
        for counter, units in less.items():
            left = max(0, counts.get(counter, 0) - units)
            connection.execute(update(_N).where(self._mine(_N), _N.c.counter == counter).values(drawn=left))

    def _share_delete(self, connection: Connection, keys: Sequence[str]) -> None:
        for some in chunks(keys):
            connection.execute(delete(_S).where(self._mine(_S), _S.c.key.in_(some)))

    def _share_holders(
        self, connection: Connection, keys: Iterable[str]
    ) -> dict[str, tuple[HeldShare, tuple[int | None, int]]]:
        """Key -> share, until when, since when."""
        wanted = select(_S.c.key, _S.c.name, _S.c.counters, _S.c.until_us, _S.c.at_us).where(self._mine(_S))
        return {
            row.key: (HeldShare(row.name, tuple(json.loads(row.counters))), (row.until_us, row.at_us))
            for some in chunks(dict.fromkeys(keys))
            for row in connection.execute(wanted.where(_S.c.key.in_(some)))
        }

    def _share_counts(self, connection: Connection, counters: Iterable[str]) -> dict[str, int]:
        wanted = select(_N.c.counter, _N.c.drawn).where(self._mine(_N))
        return {
            row.counter: row.drawn
            for some in chunks(sorted(set(counters)))
            for row in connection.execute(wanted.where(_N.c.counter.in_(some)))
        }

    def _share_counted(self, connection: Connection, counts: Mapping[str, int], now: int) -> None:
        rows = [
            {"tenant": self._tenant, "counter": counter, "drawn": drawn, "at_us": now}
            for counter, drawn in sorted(counts.items())
        ]
        if rows:
            connection.execute(upsert(connection, _N), rows)

    def _share_rows(
        self, asks: Sequence[ShareAsk], held: Mapping[str, HeldShare | None],
        before: Mapping[str, tuple[HeldShare, tuple[int | None, int]]], now: int,
    ) -> list[dict[str, object]]:  # fmt: skip
        """Rows of new shares, and of held ones whose time begins anew; kept ones stay as they are."""
        found: dict[str, dict[str, object]] = {}
        for ask in asks:
            own, (was, (until, at)) = held[ask.key], before.get(ask.key, (None, (0, now)))
            if own is None or (own == was and until is None):
                continue
            found[ask.key] = {
                "tenant": self._tenant, "key": ask.key, "name": own.name, "counters": json.dumps(own.counters),
                "until_us": now + ask.hold_s * 1_000_000, "at_us": at if own == was else now,
            }  # fmt: skip
        return list(found.values())
