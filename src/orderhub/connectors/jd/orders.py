"""Reading orders on either gateway. Imports `kit`, `flow`, `models`. Source: docs/platforms/jd.md#reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.jd.base import JdBase
from orderhub.connectors.jd.convert import jd_time, pick
from orderhub.connectors.jd.decode import decode_orders, find_documents, order_id_of
from orderhub.connectors.jd.reading import Listing, Rolling, rolling
from orderhub.connectors.jd.tables import OPTIONAL_FIELDS, SCOPES
from orderhub.connectors.jd.wire import beijing, lookup, seek
from orderhub.errors import InvalidParameter, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import quantity
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.models.channel import Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["OrderVerbs", "Unpaid", "number_of"]

_DATE_TYPE = {"created": 1, "updated": 0}
_TIMES = {"created": "orderStartTime", "updated": "modified"}
UNPAID, UNPAID_ONE = "jingdong.pop.order.notPayOrderInfo", "jingdong.pop.order.notPayOrderById"
NOT_PAY = "NOT_PAY"
LEEWAY = timedelta(minutes=5)
ORDERS, ORDER = "/sp-order/v0/orders", "/sp-order/v0/orders/{orderId}"


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Where the list of unpaid orders stands; it is read after the others."""

    inner: Position | None = None


def number_of(order_id: str, field: str = "order_id") -> int:
    """An id as the number that JD wants; raises `InvalidParameter`."""
    if not (order_id.isascii() and order_id.isdecimal()):
        raise InvalidParameter(f"JD's {field} is a number", platform="jd", field=field)
    return int(order_id)


class OrderVerbs(JdBase):
    """Lists show whole orders: no call per order is needed."""

    def list_orders(self, window: Window, position: Any = None) -> Operation[Page[Order]]:
        """One page of whole orders, oldest change first; a window spans at most one calendar month."""
        if self.is_sp:
            return (yield from self._sp_page(window, position))
        if isinstance(position, Unpaid):
            return (yield from self._unpaid_page(window, position))
        at = position if isinstance(position, Rolling) else None
        listing = self._listing(window)
        rows, following, total = yield from rolling(listing, window.start, window.end, at)
        page = decode_orders(rows, self.config)
        after = Unpaid() if following is None and self._asks_unpaid else following
        return Page(page.items, findings=page.findings, next=after, total=total, quarantined=page.quarantined)

    @property
    def _asks_unpaid(self) -> bool:
        """Unpaid orders stand in a list of their own."""
        states = str(self.config.settings["order_state"])
        return bool(self.config.settings["unpaid"]) and (states == "ALL" or NOT_PAY in states.split(","))

    def _unpaid_page(self, window: Window, at: Unpaid) -> Operation[Page[Order]]:
        """Orders leave this list when they are paid, so it is read backwards, with a count."""

        def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
            reply: dict[str, Any] = yield from self.call(UNPAID, self._unpaid_query(window, page, self.page_size))
            return reply

        source = Paged(read, find_documents, _unpaid_total, _row_id, self.page_size)
        rows, inner, _ = yield from backwards(source, at.inner)
        page = decode_orders([_as_unpaid(row) for row in rows], self.config)
        following = None if inner is None else Unpaid(inner)
        return Page(page.items, findings=page.findings, next=following, quarantined=page.quarantined)

    def _unpaid_query(self, window: Window, page: int, size: int) -> dict[str, Any]:
        return {"startDate": beijing(window.start), "endDate": beijing(window.end), "page": page, "pageSize": size}

    def _listing(self, window: Window) -> Listing:
        def read(start: datetime, end: datetime, page: int) -> Operation[dict[str, Any]]:
            reply: dict[str, Any] = yield from self.call(self._api("search"), self._query(window, start, end, page))
            return reply

        name = _TIMES[window.axis]
        return Listing(read, find_documents, _total, _row_id, lambda row: _time(row, name), self.page_size)

    def _query(self, window: Window, start: datetime, end: datetime, page: int, size: int | None = None) -> Any:
        return {
            "start_date": beijing(start), "end_date": beijing(end), "order_state": self.config.settings["order_state"],
            "optional_fields": ",".join(OPTIONAL_FIELDS), "page": str(page), "page_size": str(size or self.page_size),
            "sortType": 0, "dateType": _DATE_TYPE[window.axis], "source_id": "JOS",
        }  # fmt: skip

    def _api(self, what: str) -> str:
        """`search` or `get`, in the variant that is set."""
        if self.config.settings["order_api"] == "plain":
            return f"jingdong.pop.order.{what}"
        return f"jingdong.pop.order.en{what.capitalize()}"

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits."""
        if self.is_sp:
            total = _sp_total((yield from self.rest("GET", ORDERS, self._sp_query(window, 1, 1))))
            if self._asks_unpaid:
                query = self._sp_query(window, 1, 1) | {"orderStatus": NOT_PAY}
                total += _sp_total((yield from self.rest("GET", ORDERS, query)))
            return total
        query = self._query(window, window.start, window.end, 1, 1)
        total = _total((yield from self.call(self._api("search"), query))) or 0
        if self._asks_unpaid:
            total += _unpaid_total((yield from self.call(UNPAID, self._unpaid_query(window, 1, 1))))
        return total

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The whole order.

        Raises:
            NotFound: The shop has no such order.
        """
        if self.is_sp:
            given = {"orderId": number_of(order_id), "scopeSet": SCOPES}
            rows = find_documents((yield from self.rest("GET", ORDER, given)))
        else:
            rows = yield from self._classic_order(order_id)
        rows = [row for row in rows if row]
        if not rows:
            raise NotFound(f"the shop has no order {order_id}", platform="jd", operation="fetch_order")
        return decode_orders(rows[:1], self.config)

    def _classic_order(self, order_id: str) -> Operation[list[Any]]:
        """The order itself, else among the unpaid ones."""
        query = {"order_id": number_of(order_id), "optional_fields": ",".join(OPTIONAL_FIELDS), "source_id": "JOS"}
        try:
            rows = [row for row in find_documents((yield from self.call(self._api("get"), query))) if row]
            if rows or not self._asks_unpaid:
                return rows
        except NotFound:
            if not self._asks_unpaid:
                raise
        reply = yield from self.call(UNPAID_ONE, {"orderId": number_of(order_id)})
        return [_as_unpaid(row) for row in find_documents(reply)]

    def _sp_query(self, window: Window, page: int, size: int) -> dict[str, Any]:
        """Which time the window means follows `sortBy`; its values are a setting, since no source lists them."""
        states, sort = str(self.config.settings["order_state"]), self.config.settings["sp_sort_by"]
        return {
            "orderStatus": None if states == "ALL" else states, "startTime": _millis(window.start),
            "endTime": _millis(window.end), "sortBy": sort.get(window.axis) if sort else None, "page": page,
            "pageSize": size, "scopeSet": SCOPES,
        }  # fmt: skip

    def _sp_page(self, window: Window, position: Any) -> Operation[Page[Order]]:
        """The newer gateway documents no order of its rows: pages are read backwards, with a count."""

        def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
            query = self._sp_query(window, page, self.page_size) | ({"orderStatus": NOT_PAY} if unpaid else {})
            reply: dict[str, Any] = yield from self.rest("GET", ORDERS, query)
            return reply

        unpaid = isinstance(position, Unpaid)
        source = Paged(read, find_documents, _sp_total, _row_id, self.page_size)
        at = position.inner if isinstance(position, Unpaid) else position
        rows, inner, total = yield from backwards(source, at)
        page = decode_orders(rows, self.config)
        findings = page.findings + _strays(page.items, window)
        following = Unpaid(inner) if unpaid and inner else inner
        if following is None and not unpaid and self._asks_unpaid:
            following = Unpaid()
        return Page(page.items, findings=findings, next=following, quarantined=page.quarantined,
                    total=None if unpaid else total)  # fmt: skip


def _strays(orders: tuple[Order, ...], window: Window) -> tuple[Finding, ...]:
    """Orders from far outside the window: the list means another time than the one asked for."""
    times = [(order, order.created_at if window.axis == "created" else order.updated_at) for order in orders]
    odd = [order for order, at in times if at and not window.start - LEEWAY <= at <= window.end + LEEWAY]
    return tuple(
        Finding(code="axis_unverified", severity=Severity.WARNING, platform="jd", order_id=order.order_id,
                path="startTime", message=f"the list shows an order whose {window.axis} time is outside its window; "
                "set sp_sort_by")
        for order in odd
    )  # fmt: skip


def _as_unpaid(row: Any) -> Any:
    """A row of the unpaid list that leaves its state out is unpaid all the same."""
    return {**row, "orderState": NOT_PAY} if isinstance(row, Mapping) and row and not row.get("orderState") else row


def _unpaid_total(reply: Mapping[str, Any]) -> int:
    total = _total(reply)
    return len(find_documents(reply)) if total is None else total


def _millis(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _total(reply: Mapping[str, Any]) -> int | None:
    holder = seek(reply, "orderTotal")
    value = holder["orderTotal"] if holder else None
    return None if value in (None, "") else quantity(value)


def _sp_total(reply: Mapping[str, Any]) -> int:
    value = lookup(reply, "paginationData.totalItems")
    return 0 if value in (None, "") else quantity(value)


def _row_id(row: Any) -> str:
    return order_id_of(row) or repr(row)


def _time(row: Any, name: str) -> datetime | None:
    try:
        value = pick(row, name)
        return None if value is None else jd_time(value)
    except ValueError:
        return None
