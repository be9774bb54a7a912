"""Tokens, quarantine and the run log in SQL. Imports `stores`.

Without an encryption key tokens are stored in the clear: whoever reads the database holds the shops' keys. A new
SQLite file is made with mode 0600, and its write-ahead log inherits that mode; keep it that way in copies and backups.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from orderhub.models import Token
from orderhub.ports import QuarantinedOrder, Run
from orderhub.stores import sql_schema as schema
from orderhub.stores.codec import COUNTS, FINDING, TOKEN
from orderhub.stores.law import instant, micros
from orderhub.stores.refusals import stale_token
from orderhub.stores.sql_base import chunks
from orderhub.stores.sql_dialect import changed, insert, upsert
from orderhub.stores.sql_telling import SqlTelling
from orderhub.stores.telling import events_of_run, quarantine_events

__all__ = ["SqlDesk"]

_K: Final = schema.tokens
_Q: Final = schema.quarantine
_R: Final = schema.runs


class SqlDesk(SqlTelling):
    """`TokenStore`, `Quarantine`, `RunLog`."""

    def get_token(self, shop_key: str) -> tuple[Token, int] | None:
        """Token and version, None if there is none."""
        wanted = select(_K.c.body, _K.c.version).where(self._mine(_K), _K.c.shop_key == shop_key)
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return TOKEN.validate_json(self._vault.unseal_text(row.body, self._place(_K, shop_key))), row.version

    def put_token(self, shop_key: str, token: Token, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        body = self._vault.seal_text(TOKEN.dump_json(token).decode(), self._place(_K, shop_key))
        values = {"body": body, "version": version + 1}
        with self._writing() as connection:
            if version == 0:
                row = {"tenant": self._tenant, "shop_key": shop_key, **values}
                putting = insert(connection, _K).values(row).on_conflict_do_nothing()
            else:
                same = self._mine(_K), _K.c.shop_key == shop_key, _K.c.version == version
                putting = update(_K).where(*same).values(values)
            if not changed(connection, putting):
                raise stale_token(shop_key, version)
        return version + 1

    def delete_token(self, shop_key: str) -> None:
        """Forget a shop's tokens."""
        with self._writing() as connection:
            connection.execute(delete(_K).where(self._mine(_K), _K.c.shop_key == shop_key))

    def put_quarantined(self, items: Sequence[QuarantinedOrder]) -> None:
        """Keep them; the same key again counts one more attempt and keeps its first instant."""
        now = self._now_us()
        with self._writing("quarantine") as connection:
            statement = insert(connection, _Q)
            newer = {name: statement.excluded[name] for name in ("order_id", "reason", "finding", "raw")}
            again = statement.on_conflict_do_update(
                index_elements=["tenant", "key"], set_={**newer, "attempts": _Q.c.attempts + 1}
            )
            if items:
                self._tell(connection, lambda: quarantine_events(items, self._reasons(connection, items), instant(now)))
                connection.execute(again, [self._quarantine_row(item, now) for item in items])

    def quarantined(self, *, platform: str | None = None, shop_id: str | None = None) -> list[QuarantinedOrder]:
        """What is kept, oldest first."""
        wanted = select(_Q).where(self._mine(_Q)).order_by(_Q.c.first_seen_us, _Q.c.key)
        if platform is not None:
            wanted = wanted.where(_Q.c.platform == platform)
        if shop_id is not None:
            wanted = wanted.where(_Q.c.shop_id == shop_id)
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return [self._quarantined(row) for row in rows]

    def release_quarantined(self, keys: Sequence[str]) -> None:
        """Forget what has become an order."""
        with self._writing("quarantine") as connection:
            for some in chunks(keys):
                connection.execute(delete(_Q).where(self._mine(_Q), _Q.c.key.in_(some)))

    def put_run(self, run: Run) -> None:
        """Insert or replace by `run_id`."""
        row = {
            "tenant": self._tenant, "run_id": run.run_id, "kind": run.kind, "shop_key": run.shop_key,
            "started_us": micros(run.started_at), "finished_us": _us(run.finished_at),
            "counts": COUNTS.dump_json(dict(run.counts)).decode(), "error": run.error,
        }  # fmt: skip
        with self._writing() as connection:
            connection.execute(upsert(connection, _R), [row])
            self._tell(connection, lambda: events_of_run(run, instant(self._now_us())))

    def runs(self, *, shop_key: str | None = None, limit: int = 100) -> list[Run]:
        """Newest first."""
        wanted = select(_R).where(self._mine(_R)).order_by(_R.c.started_us.desc(), _R.c.run_id.desc()).limit(limit)
        if shop_key is not None:
            wanted = wanted.where(_R.c.shop_key == shop_key)
        with self._reading() as connection:
            return [_run(row) for row in connection.execute(wanted)]

    def _reasons(self, connection: Connection, items: Sequence[QuarantinedOrder]) -> dict[str, str]:
        """Why those that wait already do so."""
        wanted = select(_Q.c.key, _Q.c.reason).where(self._mine(_Q))
        parts = chunks(item.key for item in items)
        return {row.key: row.reason for some in parts for row in connection.execute(wanted.where(_Q.c.key.in_(some)))}

    def _quarantine_row(self, item: QuarantinedOrder, now_us: int) -> dict[str, Any]:
        place = self._place(_Q, item.key)
        finding = self._vault.seal_text(FINDING.dump_json(item.finding).decode(), place)
        return {
            "tenant": self._tenant, "key": item.key, "platform": item.platform, "shop_id": item.shop_id,
            "order_id": item.order_id, "reason": item.reason, "finding": finding,
            "first_seen_us": now_us if item.first_seen_at is None else micros(item.first_seen_at),
            "attempts": max(1, item.attempts), "raw": self._vault.seal_bytes(item.raw, place),
        }  # fmt: skip

    def _quarantined(self, row: Any) -> QuarantinedOrder:
        place = self._place(_Q, row.key)
        finding = FINDING.validate_json(self._vault.unseal_text(row.finding, place))
        return QuarantinedOrder(
            key=row.key, platform=row.platform, shop_id=row.shop_id, order_id=row.order_id, reason=row.reason,
            finding=finding, raw=self._vault.unseal_bytes(bytes(row.raw), place),
            first_seen_at=instant(row.first_seen_us), attempts=row.attempts,
        )  # fmt: skip


def _run(row: Any) -> Run:
    finished = None if row.finished_us is None else instant(row.finished_us)
    return Run(
        row.run_id,
        row.kind,
        row.shop_key,
        instant(row.started_us),
        finished,
        COUNTS.validate_json(row.counts),
        row.error,
    )


def _us(at: datetime | None) -> int | None:
    return None if at is None else micros(at)
