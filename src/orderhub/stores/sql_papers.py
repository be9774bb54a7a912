"""What is printed for orders, in SQL: sealed like every personal text, beside the claims. Imports `stores`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, select

from orderhub.stores import sql_schema as schema
from orderhub.stores.sql_base import SqlBase, chunks
from orderhub.stores.sql_dialect import scrub, upsert

__all__ = ["SqlPapers", "forget_papers"]

_C: Final = schema.claims
_PREFIX: Final = "paper:"


def _start(order_key: str) -> str:
    return f"{_PREFIX}{order_key}\n"


class SqlPapers(SqlBase):
    """`Papers`: rows of the table of claims whose keys nobody else writes."""

    def put_papers(self, order_key: str, papers: Mapping[str, str]) -> None:
        """Keep texts by name, replacing what had that name."""
        now = self._now_us()
        keys = {_start(order_key) + name: text for name, text in sorted(papers.items())}
        rows = [
            {"tenant": self._tenant, "key": key, "at_us": now,
             "result": self._vault.seal_text(text, self._place(_C, key))}
            for key, text in keys.items()
        ]  # fmt: skip
        with self._writing(f"papers:{order_key}") as connection:
            if rows:
                connection.execute(upsert(connection, _C), rows)

    def papers_of(self, order_key: str) -> dict[str, str]:
        """Every text of an order by name, sorted."""
        start = _start(order_key)
        wanted = select(_C.c.key, _C.c.result).where(self._mine(_C), _C.c.key.startswith(start, autoescape=True))
        with self._reading() as connection:
            rows = [row for row in connection.execute(wanted) if row.key.startswith(start)]  # LIKE may fold letters
        found = {
            row.key.removeprefix(start): self._vault.unseal_text(row.result, self._place(_C, row.key)) for row in rows
        }
        return dict(sorted(found.items()))

    def drop_papers(self, order_key: str, names: Iterable[str]) -> None:
        """Forget texts; names that are not there are let be."""
        keys = [_start(order_key) + name for name in names]
        with self._writing(f"papers:{order_key}") as connection:
            for some in chunks(keys):
                connection.execute(delete(_C).where(self._mine(_C), _C.c.key.in_(some)))
        scrub(self._engine)


def forget_papers(connection: Connection, tenant: str, order_keys: Iterable[str]) -> None:
    """Delete every paper of these orders in a transaction of somebody else's."""
    for order_key in order_keys:
        start = _start(order_key)
        mine = _C.c.tenant == tenant
        found = connection.scalars(select(_C.c.key).where(mine, _C.c.key.startswith(start, autoescape=True)))
        gone = [key for key in found if key.startswith(start)]
        for some in chunks(gone):
            connection.execute(delete(_C).where(mine, _C.c.key.in_(some)))
