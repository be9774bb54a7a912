"""One generator per verb: orders, their details and changes. Shipping, stock, after-sales, access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/pinduoduo.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.pinduoduo.access import AccessVerbs
from orderhub.connectors.pinduoduo.aftersale_answers import AnswerVerbs
from orderhub.connectors.pinduoduo.base import counted
from orderhub.connectors.pinduoduo.convert import mixed_time
from orderhub.connectors.pinduoduo.decode import decode_orders
from orderhub.connectors.pinduoduo.regions import RegionVerbs
from orderhub.connectors.pinduoduo.sheet import SPEC
from orderhub.connectors.pinduoduo.spec import TAG_NAMES
from orderhub.connectors.pinduoduo.stock import StockVerbs
from orderhub.connectors.pinduoduo.waybills import WaybillVerbs
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.reading import Position, backwards
from orderhub.kit.table import read
from orderhub.models.channel import Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["PinduoduoOperations"]

BY_UPDATE, BY_CONFIRMATION = "pdd.order.number.list.increment.get", "pdd.order.list.get"
ALL = 5
_ROWS = {BY_UPDATE: "order_sn_list", BY_CONFIRMATION: "order_list"}
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class PinduoduoOperations(WaybillVerbs, AnswerVerbs, StockVerbs, RegionVerbs, AccessVerbs):
    """Every verb of Pinduoduo."""

    spec = SPEC

    def list_orders(self, window: Window, position: Position | int | None = None) -> Operation[Page[Order]]:
        """One page of whole orders. By update time pages are read last to first, the window at most half an hour.

        The axis "created" is the time at which an order was confirmed (paid and its group formed): orders are not
        visible before. Its pages are read first to last.
        """
        if window.axis == "created":
            return (yield from self._by_confirmation(window, int(position or 1)))  # type: ignore[arg-type]
        if (seen := (yield from self._readable(window))) is None:
            return Page()
        source = self.paged(BY_UPDATE, _query(BY_UPDATE, seen.start, seen.end), _ROWS[BY_UPDATE], "order_sn")
        rows, following, total = yield from backwards(source, position if isinstance(position, Position) else None)
        page = yield from self._decoded(rows)
        return Page(page.items, findings=page.findings, next=following, total=total, quarantined=page.quarantined)

    def _readable(self, window: Window) -> Operation[Window | None]:
        """The window as it may be asked for: with `window_end="settled"` it ends behind the settle delay."""
        if self.config.settings["window_end"] == "now":
            return window
        latest = (yield from server_now()) - self.limits("list_orders").settle_delay
        return Window(window.start, min(window.end, latest), window.axis) if window.start <= latest else None

    def _by_confirmation(self, window: Window, page: int) -> Operation[Page[Order]]:
        reply = yield from self.call(BY_CONFIRMATION, {
            **_query(BY_CONFIRMATION, window.start, window.end), "page": page, "page_size": self.page_size,
            "use_has_next": True,
        })  # fmt: skip
        rows = rows_of(reply.get(_ROWS[BY_CONFIRMATION]))
        found = yield from self._decoded(rows, reply.get("request_id"))
        more = str(reply.get("has_next")).lower() in ("true", "1") and bool(rows)
        return Page(found.items, findings=found.findings, next=page + 1 if more else None,
                    quarantined=found.quarantined)  # fmt: skip

    def _decoded(self, rows: Sequence[Any], request_id: Any = None) -> Operation[Page[Order]]:
        """Orders, their parcels named by the platform's own list of companies where there are any."""
        sent = any(isinstance(row, Mapping) and row.get("tracking_number") for row in rows)
        companies = (yield from self.company_names()) if sent else {}
        return decode_orders(list(rows), self.config, str(request_id) if request_id else None, companies)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits; longer windows are cut, no second twice."""
        api = BY_UPDATE if window.axis == "updated" else BY_CONFIRMATION
        longest = (self.limits("count_orders").window_max or _DAY) if api == BY_UPDATE else _DAY
        start, total = window.start, 0
        while start <= window.end:
            end = min(start + longest, window.end)
            reply = yield from self.call(
                api, {**_query(api, start, end), "page": 1, "page_size": 1, "use_has_next": False}
            )
            total += counted(_ROWS[api])(reply)
            start = end.replace(microsecond=0) + _SECOND
        return total

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The whole order; raises `NotFound`. Just after a message it may not be found yet."""
        api = "pdd.order.information.get"
        reply = yield from self.call(api, {"order_sn": order_id})
        document, request_id = reply.get("order_info"), reply.get("request_id")
        if not isinstance(document, Mapping):
            raise DecodeError(
                "the reply has no order_info", platform="pinduoduo", operation=api, path="order_info",
                request_id=str(request_id) if request_id else None,
            )  # fmt: skip
        return (yield from self._decoded([document], request_id))

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver; only before shipping, not while the order is under review.

        Raises:
            InvalidParameter: A part is missing, or a region is not in the platform's own list.
        """
        fields = yield from self.address_fields(recipient)
        return (yield from self._change(order_id, "pdd.order.update.address", fields))

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note and, with `flag` 1 to 5, its colour; an empty memo clears the note."""
        if flag is not None and flag not in TAG_NAMES:
            raise InvalidParameter("flag is 1 to 5", platform="pinduoduo", operation="set_memo", field="flag")
        fields = {"note": memo, "tag": flag, "tag_name": None if flag is None else TAG_NAMES[flag]}
        return (yield from self._change(order_id, "pdd.order.note.update", fields))

    def _change(self, order_id: str, api: str, fields: Mapping[str, Any]) -> Operation[Outcome[None]]:
        """A write that sets values: repeating it changes nothing, so it may be repeated."""
        try:
            yield from self.call(api, {"order_sn": order_id, **fields}, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def server_time(self) -> Operation[Any]:
        """The platform's clock, aware UTC."""
        reply = yield from self.call("pdd.time.get", {})
        return read(reply, "time", mixed_time)


def _query(api: str, start: datetime, end: datetime) -> dict[str, Any]:
    """Every status is asked for: with a filter, orders that leave a state would never be seen leaving."""
    every = {"order_status": ALL, "refund_status": ALL}
    if api == BY_UPDATE:
        return {"start_updated_at": start, "end_updated_at": end, "is_lucky_flag": 0, **every}
    return {"start_confirm_at": start, "end_confirm_at": end, **every}
