"""The verbs of Lazada that read orders. Imports `kit`, `flow`, `models`. Source: docs/platforms/lazada.md#orders.

Offsets reach 4500 rows: a window that holds more is halved until it fits. Pages are read from the last to the first, so
that rows which leave the window meanwhile hide nothing. The units of a page come with one more call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.lazada.access import AccessVerbs
from orderhub.connectors.lazada.decode import decode_orders, merged
from orderhub.connectors.lazada.reverse import ReverseVerbs
from orderhub.connectors.lazada.sheet import SPEC
from orderhub.connectors.lazada.spec import OFFSET_MAX
from orderhub.connectors.lazada.stock import StockVerbs
from orderhub.connectors.lazada.waybills import WaybillVerbs
from orderhub.connectors.lazada.wire import inside, told_iso, zoned_time
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.reading import ROUNDS_MAX, Paged, Position, backwards
from orderhub.models.channel import Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["LazadaOperations"]

SECOND = timedelta(seconds=1)
_AXIS = {"updated": ("update", "updated_at"), "created": ("created", "created_at")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page starts: spans still to read, and the position in the first of them."""

    spans: tuple[tuple[datetime, datetime], ...]
    at: Position | None = None


class LazadaOperations(WaybillVerbs, StockVerbs, ReverseVerbs, AccessVerbs):
    """Every verb of Lazada."""

    spec = SPEC

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of whole orders."""
        place = position or Place(((window.start, window.end),))
        (start, end), rest = place.spans[0], place.spans[1:]
        at, told = place.at, tuple[Finding, ...]()
        source = self._source(start, end, window.axis)
        if at is None:
            total = _count((yield from source.read(1, True)))
            if total > OFFSET_MAX + self.page_size and end - start > SECOND:
                middle = start + (end - start) / 2
                return Page(next=Place(((start, middle), (middle, end), *rest)))
            if not total:
                return Page(next=Place(rest) if rest else None)
            at, told = self._last_page(total), self._unreachable(start, total)
        rows, following, _ = yield from backwards(source, at)
        page = yield from self._whole([row for row in rows if _lies_in(row, start, end, window.axis)])
        nothing = None if following is None and not rest else Place(place.spans if following else rest, following)
        return replace(page, findings=told + page.findings, next=nothing)

    def _last_page(self, total: int) -> Position:
        """Where reading backwards starts; what offsets do not reach cannot be looked for again."""
        reach = OFFSET_MAX + self.page_size
        return Position(-(-min(total, reach) // self.page_size), total, ROUNDS_MAX if total > reach else 0)

    def _unreachable(self, start: datetime, total: int) -> tuple[Finding, ...]:
        if total <= OFFSET_MAX + self.page_size:
            return ()
        return (Finding(
            code="beyond_offset", severity=Severity.ERROR, platform="lazada",
            message=f"{total} orders within a second or two at {start.isoformat()}: offsets do not reach them all",
        ),)  # fmt: skip

    def _source(self, start: datetime, end: datetime, axis: str) -> Paged:
        """Both bounds a second wider than asked: whether the platform includes them is not documented."""
        prefix, order_by = _AXIS[axis]
        asked = {f"{prefix}_after": told_iso(start - SECOND), f"{prefix}_before": told_iso(end + 2 * SECOND),
                 "sort_by": order_by, "sort_direction": "ASC", "limit": self.page_size}  # fmt: skip

        def read(page: int, wants_count: bool) -> Operation[dict[str, Any]]:
            offset = min((page - 1) * self.page_size, OFFSET_MAX)
            document = yield from self.call("/orders/get", {**asked, "offset": offset})
            found = inside(document)
            if not isinstance(found, dict):
                raise DecodeError("expected data", platform="lazada", path="data", operation="/orders/get")
            return found

        return Paged(read, lambda told: rows_of(told.get("orders")), _count, _order_id, self.page_size)

    def _whole(self, rows: list[Any]) -> Operation[Page[Order]]:
        """Rows with their units, decoded."""
        names = [name for row in rows if (name := _order_id(row)) and isinstance(row, Mapping)]
        units = (yield from self.items_of(names)) if names else {}
        return decode_orders([merged(row, units.get(_order_id(row), [])) for row in rows], self.config)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits."""
        return _count((yield from self._source(window.start, window.end, window.axis).read(1, True)))

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with its units."""
        document = yield from self.call("/order/get", {"order_id": order_id})
        units = yield from self.units_of(order_id)
        return decode_orders([merged(inside(document), units)], self.config)


def _count(told: Mapping[str, Any]) -> int:
    try:
        return quantity(told.get("countTotal"))
    except ValueError:
        raise DecodeError(
            "countTotal must be a number", platform="lazada", path="data.countTotal", operation="/orders/get"
        ) from None


def _order_id(row: Any) -> str:
    return str(row.get("order_id")) if isinstance(row, Mapping) else repr(row)


def _lies_in(row: Any, start: datetime, end: datetime, axis: str) -> bool:
    """Whether the row's own time lies in the span; a row that tells none is kept, to be reported."""
    try:
        at = zoned_time(row[_AXIS[axis][1]])
    except (LookupError, TypeError, ValueError):
        return True
    return at is None or start.replace(microsecond=0) <= at <= end
