"""One generator per verb: orders, their details, address and note. Shipping, stock, cases, access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/douyin.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.douyin.access import AccessVerbs
from orderhub.connectors.douyin.aftersale import AftersaleVerbs
from orderhub.connectors.douyin.base import ceiling, counted_total
from orderhub.connectors.douyin.decode import decode_orders
from orderhub.connectors.douyin.people import region_fields
from orderhub.connectors.douyin.sheet import SPEC
from orderhub.connectors.douyin.shipping import ShippingVerbs
from orderhub.connectors.douyin.spec import HISTORY, PAGE_SIZE_MAX, REMARK_MAX, STARS
from orderhub.connectors.douyin.stock import StockVerbs
from orderhub.errors import InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import epoch_s
from orderhub.kit.exchange import server_now
from orderhub.kit.reading import Position, backwards
from orderhub.kit.table import read
from orderhub.models.channel import Axis, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import Severity

__all__ = ["DouyinOperations"]

_LIST, _ROWS = "order/searchList", "shop_order_list"
_UNDER_REVIEW = 2
_AXES: Mapping[Axis, str] = {"updated": "update_time", "created": "create_time"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page of a window is, and which of its orders are under review."""

    at: Position
    risky: frozenset[str]


class DouyinOperations(ShippingVerbs, StockVerbs, AftersaleVerbs, AccessVerbs):
    """Every verb of Douyin."""

    spec = SPEC

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of whole orders, newest first, read from the last page to the first.

        What lies before the platform's ninety days is a finding. Which orders are under review only a list of its own
        tells, which is asked once for each window.
        """
        seen, told = window, tuple[Finding, ...]()
        if position is None:
            seen, told = _reachable(window, (yield from server_now()))
            if seen.start > seen.end:
                return Page(findings=told)
        else:
            seen = replace(window, start=max(window.start, (yield from server_now()) - HISTORY))
        risky = position.risky if position else (yield from self._under_review(seen))
        source = self.paged(_LIST, _query(seen), _ROWS, ("order_id",))
        rows, following, total = yield from backwards(source, position.at if position else None)
        page = decode_orders(rows, self.config, risky=risky)
        place = Place(following, risky) if following else None
        return replace(page, findings=told + page.findings, next=place, total=total)

    def _under_review(self, window: Window) -> Operation[frozenset[str]]:
        """Ids of the orders of a window that the platform reviews."""
        if not self.config.settings["risk_review"]:
            return frozenset()
        found: set[str] = set()
        query = {**_query(window), "abnormal_order": _UNDER_REVIEW}
        source, at = self.paged(_LIST, query, _ROWS, ("order_id",), PAGE_SIZE_MAX), None
        while True:
            rows, at, _ = yield from backwards(source, at)
            found |= {source.ident(row) for row in rows}
            if at is None:
                return frozenset(found)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits; longer windows are cut, no second twice."""
        longest = self.limits("list_orders").window_max or timedelta(days=1)
        start, last, total = window.start.replace(microsecond=0), ceiling(window.end), 0
        while start <= last:
            end = min(start + longest, last)
            query = _query(Window(start, end, window.axis))
            total += counted_total((yield from self.mapping(_LIST, {**query, "page": 0, "size": 1})))
            start = end + timedelta(seconds=1)
        return total

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The whole order with its promotions; raises `NotFound`. One that waits is looked up among the reviews."""
        document = yield from self.document_of(order_id)
        page = decode_orders([document], self.config)
        created = read(document, "create_time", epoch_s) if any(order.is_shippable for order in page.items) else None
        if created is not None and order_id in (yield from self._under_review(Window(created, created, "created"))):
            page = decode_orders([document], self.config, risky={order_id})
        return page

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver; only before shipping.

        Raises:
            InvalidParameter: A part is missing or masked, or the ids of the regions are not given.
        """
        return (yield from self._change("order/addressModify", {"order_id": order_id, **region_fields(recipient)}))

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note, at most sixty characters, and with `flag` 0 to 5 its star."""
        if len(memo) > REMARK_MAX or flag not in (None, *STARS):
            raise InvalidParameter(f"a note has at most {REMARK_MAX} characters, a star is 0 to 5", platform="douyin",
                                   operation="set_memo", field="memo")  # fmt: skip
        star = {"is_add_star": "true", "star": str(flag)} if flag is not None else {}
        return (yield from self._change("order/addOrderRemark", {"order_id": order_id, "remark": memo, **star}))

    def _change(self, path: str, fields: Mapping[str, Any]) -> Operation[Outcome[None]]:
        """A write that sets values: repeating it changes nothing, so it may be repeated."""
        try:
            yield from self.call(path, fields, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(str(fields["order_id"]), error)
        return Outcome(True, str(fields["order_id"]))


def _query(window: Window) -> dict[str, Any]:
    """The bounds of a window in whole seconds, outwards; sorted by the time that is asked for."""
    axis = _AXES[window.axis]
    bounds = {f"{axis}_start": window.start.replace(microsecond=0), f"{axis}_end": ceiling(window.end)}
    return {**bounds, "order_by": axis, "order_asc": False}


def _reachable(window: Window, at: datetime) -> tuple[Window, tuple[Finding, ...]]:
    """The part of a window that lists reach, and what is said when it is not all of it."""
    floor = at - HISTORY
    if window.start >= floor:
        return window, ()
    cut = replace(window, start=floor)
    if window.start >= floor - timedelta(hours=1):
        return cut, ()
    return cut, (Finding(
        code="beyond_history", severity=Severity.INFO, platform="douyin",
        message=f"orders older than {HISTORY.days} days cannot be listed; read them by their ids",
    ),)  # fmt: skip
