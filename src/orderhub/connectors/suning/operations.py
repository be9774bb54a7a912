"""One generator per verb: orders, their details, the seller's note. Shipping, stock, cases, access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/suning.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.suning.access import AccessVerbs
from orderhub.connectors.suning.aftersale_answers import AnswerVerbs
from orderhub.connectors.suning.decode import decode_orders
from orderhub.connectors.suning.reading import LISTS, Part, Place, counted, parts_of, read_place
from orderhub.connectors.suning.sheet import SPEC
from orderhub.connectors.suning.shipping import ShippingVerbs
from orderhub.connectors.suning.spec import HISTORY, PAGE_SIZE_MIN
from orderhub.connectors.suning.stock import StockVerbs
from orderhub.errors import OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.exchange import server_now
from orderhub.models.channel import Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.status import Severity

__all__ = ["SuningOperations"]

_UNPAID = ("5", "40")
"""Line codes of the list of unpaid orders: waiting for payment, cancelled without it."""


class SuningOperations(ShippingVerbs, StockVerbs, AnswerVerbs, AccessVerbs):
    """Every verb of Suning."""

    spec = SPEC

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of whole orders. By update time at most one day is meant; longer windows are cut.

        A window is several lists: changed (or created) orders, then unpaid ones, which no other list shows. Pages are
        read from the last to the first. What lies before the platform's three months is a finding by update time,
        and comes from the list of old orders by creation time.
        """
        place, told = position, tuple[Finding, ...]()
        if place is None:
            at = yield from server_now()
            place, told = Place(tuple(self._parts(window, at, lookback=True))), _beyond(window, at)
        if not place.parts:
            return Page(findings=told)
        rows, following = yield from read_place(self.read_part, place, _order_code, self.page_size)
        page = decode_orders(rows, self.config)
        return replace(page, findings=told + page.findings, next=following)

    def _parts(self, window: Window, at: datetime, *, lookback: bool) -> Iterator[Part]:
        """Every list of a window, the longest first."""
        floor, settings = at - HISTORY, self.config.settings
        start = max(window.start, floor)
        if window.axis == "created":
            yield from parts_of("historyorder.query", window.start, min(window.end, floor + timedelta(days=1)))
            yield from parts_of(settings["created_api"], start, window.end)
        else:
            yield from parts_of(settings["changed_api"], start, window.end)
        if not settings["unpaid"] or window.end < floor:
            return
        if window.axis == "updated" and lookback:
            start = max(start - timedelta(days=int(settings["unpaid_lookback_days"])), floor)
        for code in _UNPAID:
            yield from parts_of("unpaidorder.query", start, window.end, code)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, over all its lists, for gap audits."""
        at, found, before = (yield from server_now()), 0, None
        for part in self._parts(window, at, lookback=False):
            joined = before is not None and (before.name, before.code, before.end) == (part.name, part.code, part.start)
            asked = replace(part, start=part.start + timedelta(seconds=1)) if joined else part
            answer = yield from self.read_part(asked, 1, PAGE_SIZE_MIN)
            found, before = found + counted(answer, LISTS[part.name].business, PAGE_SIZE_MIN), part
        return found

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order. It comes without the time of its last change: only lists by modification tell that."""
        return decode_orders([(yield from self.document_of(order_id))], self.config)

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note and the colour of its mark. Setting values: repeating it changes nothing."""
        sent = {"orderCode": order_id, "noteContent": memo, "noteFlag": self.config.settings["note_flag"],
                "colorMarkFlag": flag}  # fmt: skip
        try:
            yield from self.call("custom.ordernote.modify", "orderNote", sent, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _order_code(row: Any) -> str:
    return str(row.get("orderCode")) if isinstance(row, Mapping) else repr(row)


def _beyond(window: Window, at: datetime) -> tuple[Finding, ...]:
    """Said when a window by update time begins clearly before what the lists reach."""
    if window.axis == "created" or window.start >= at - HISTORY - timedelta(hours=1):
        return ()
    return (Finding(
        code="beyond_history", severity=Severity.INFO, platform="suning",
        message=f"changes older than {HISTORY.days} days cannot be listed; read by creation time for older orders",
    ),)  # fmt: skip
