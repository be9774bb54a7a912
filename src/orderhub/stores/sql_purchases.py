"""Expected goods in SQL. Imports `stores`."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import select, update

from orderhub.models.purchasing import PurchaseOrder, PurchaseStatus
from orderhub.stores import sql_schema as schema
from orderhub.stores.refusals import stale_purchase
from orderhub.stores.sql_base import SqlBase
from orderhub.stores.sql_dialect import changed, insert

__all__ = ["SqlPurchases"]

_T: Final = schema.purchases
_BODY: Final = TypeAdapter(PurchaseOrder)
_OPEN: Final = (PurchaseStatus.OPEN.value, PurchaseStatus.PARTIAL.value)


class SqlPurchases(SqlBase):
    """`Purchases`."""

    def get_purchase(self, key: str) -> tuple[PurchaseOrder, int] | None:
        """The order and its version, None if there is none."""
        wanted = select(_T.c.body, _T.c.version).where(self._mine(_T), _T.c.key == key)
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else (_BODY.validate_json(row.body), row.version)

    def put_purchase(self, order: PurchaseOrder, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        values = {"status": order.status.value, "version": version + 1, "body": _BODY.dump_json(order).decode()}
        with self._writing() as connection:
            if version == 0:
                row = {"tenant": self._tenant, "key": order.key, **values}
                putting = insert(connection, _T).values(row).on_conflict_do_nothing()
            else:
                same = self._mine(_T), _T.c.key == order.key, _T.c.version == version
                putting = update(_T).where(*same).values(values)
            if not changed(connection, putting):
                raise stale_purchase(order.key, version)
        return version + 1

    def purchases(self, *, open_only: bool = True) -> list[PurchaseOrder]:
        """Those of which something is still expected, or all of them; by key, sorted."""
        wanted = select(_T.c.body).where(self._mine(_T)).order_by(_T.c.key)
        if open_only:
            wanted = wanted.where(_T.c.status.in_(_OPEN))
        with self._reading() as connection:
            return [_BODY.validate_json(body) for body in connection.execute(wanted).scalars()]
