"""Quantities: the platform takes deltas only and has no key for them, so that figures are read before and after.

Imports `kit`, `flow`, `models`. Source: docs/platforms/kuaishou.md#stock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.kuaishou.base import KuaishouBase, number
from orderhub.errors import DecodeError, InvalidParameter, NotFound, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.convert import ident, quantity, rows_of
from orderhub.kit.stock import push_each
from orderhub.kit.table import read
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

READ, CHANGE = "open.item.sku.list.get", "open.item.sku.stock.update"
ADD, SUBTRACT = 1, 2
CHANGE_MAX = 9_999_998


class StockVerbs(KuaishouBase):
    """Stock push and changes."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Bring listings to absolute figures by the difference to what the platform shows.

        A sale between reading and changing shifts the figure by what was sold, as it should: the delta is kept. Of
        several figures for one listing the newest version is sent. One outcome per input, in order.
        """
        return (yield from push_each(levels, self._bring))

    def _bring(self, level: ListingStock) -> Operation[None]:
        before = yield from self._shown(level.listing_id, level.platform_sku_id)
        yield from self._move(level.listing_id, level.platform_sku_id, level.quantity - before, before)

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units; negative takes away.

        Raises:
            UnsupportedOperation: A key was given: the platform has none that makes a change happen once.
            OutcomeUnknown: The reply was lost, and the figure tells neither that it happened nor that it did not.
        """
        if key is not None:
            raise UnsupportedOperation(
                "Kuaishou has no key for changes of stock; push_stock brings listings to absolute figures",
                platform="kuaishou", operation="change_stock",
            )  # fmt: skip
        before = yield from self._shown(listing_id, platform_sku_id)
        yield from self._move(listing_id, platform_sku_id, delta, before)
        return Outcome(True, listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}")

    def _move(self, listing_id: str, sku_id: str | None, delta: int, before: int) -> Operation[None]:
        """One delta; a lost reply is settled by the figure, and what provably did not happen is sent once more."""
        if delta == 0:
            return
        if abs(delta) > CHANGE_MAX:
            raise InvalidParameter(f"one change moves at most {CHANGE_MAX} units", platform="kuaishou",
                                   operation=CHANGE, field="quantity")  # fmt: skip
        fields = {"kwaiItemId": number(listing_id), "skuId": number(sku_id or ""), "skuChangeStock": abs(delta),
                  "changeType": ADD if delta > 0 else SUBTRACT}  # fmt: skip
        for attempt in (1, 2):
            try:
                yield from self.call(CHANGE, fields, write=True)
                return
            except OutcomeUnknown:
                now = yield from self._shown(listing_id, sku_id)
                if now == before + delta:
                    return
                if now != before or attempt == 2:
                    raise

    def _shown(self, listing_id: str, sku_id: str | None) -> Operation[int]:
        """Units that the platform shows for one SKU; raises `NotFound`, `InvalidParameter`, `DecodeError`."""
        if sku_id is None:
            raise InvalidParameter("Kuaishou keeps stock per SKU: give platform_sku_id as orders name it",
                                   platform="kuaishou", operation=READ, field="platform_sku_id")  # fmt: skip
        data, request_id = yield from self.call(READ, {"kwaiItemId": number(listing_id)})
        rows = [row for row in _rows(data) if read(row, "skuId", ident) == sku_id]
        if not rows:
            raise NotFound(f"item {listing_id} has no such SKU", platform="kuaishou", operation=READ,
                           request_id=request_id)  # fmt: skip
        field = str(self.config.settings["stock_field"])
        found: int | None = read(rows[0], field, quantity)
        if found is None:
            raise DecodeError(f"the SKU does not tell {field}; see the setting stock_field", platform="kuaishou",
                              operation=READ, path=field, request_id=request_id)  # fmt: skip
        return found


def _rows(data: Any) -> list[Mapping[str, Any]]:
    """The SKUs of an item: the list itself, or the only list of an object."""
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = lists[0] if len(lists) == 1 else []
    return [row for row in rows_of(data) if isinstance(row, Mapping)]
