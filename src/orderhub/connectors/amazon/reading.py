"""Orders by window and one by one, through either wire profile. Imports `kit`, `flow`, `models`.

Source: docs/platforms/amazon.md#search-2026, #list-v0. Pages follow a token; while it lasts every other parameter stays
as it was. An end that is less than two minutes old is left out: Amazon then takes its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.amazon.decode import decode_orders
from orderhub.connectors.amazon.personal import PersonalData
from orderhub.connectors.amazon.shape import order_id_of
from orderhub.connectors.amazon.wire import Answer, instant
from orderhub.errors import DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import iso_time, rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.operations import Known
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["Position", "ReadingVerbs"]

_NOT_BEFORE = timedelta(minutes=2)
_ITEM_PAGES_MAX = 100
_SAME_TOKEN_MAX = 3
_AXES_2026 = {"updated": ("lastUpdatedAfter", "lastUpdatedBefore"), "created": ("createdAfter", "createdBefore")}
_AXES_V0 = {"updated": ("LastUpdatedAfter", "LastUpdatedBefore"), "created": ("CreatedAfter", "CreatedBefore")}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page starts: the first page's query and Amazon's token."""

    query: Mapping[str, Any]
    token: str = field(repr=False)
    again: int = 0


class ReadingVerbs(PersonalData):
    """Lists and single orders."""

    @property
    def _is_v0(self) -> bool:
        return bool(self.config.settings["wire"] == "orders_v0")

    def list_orders(self, window: Window, position: Position | None = None) -> Operation[Page[Order]]:
        """One page of `window`: whole orders by 2026-01-01, references by v0, whose items are a call each."""
        if self._is_v0:
            documents, page = yield from self._page_v0(window, position)
            return replace(page, refs=_refs(documents))
        query = position.query if position else (yield from self._query_2026(window))
        sent = {**query, "paginationToken": position.token} if position else query
        answer, worked, findings = yield from self.read_2026("orders.searchOrders", sent)
        inside = _object(answer, "orders")
        page = decode_orders(rows_of(inside["orders"]), self.config, answer.request_id)
        token = _object(answer).get("pagination") or {}
        kept = {name: value for name, value in worked.items() if name != "paginationToken"}
        following = _next(kept, token.get("nextToken"), position)
        return replace(page, findings=(*findings, *page.findings), next=following)

    def _query_2026(self, window: Window) -> Operation[dict[str, Any]]:
        included = yield from self.included()
        return {
            **(yield from _span(window, _AXES_2026[window.axis])),
            "marketplaceIds": list(self.marketplaces), "maxResultsPerPage": int(self.config.settings["page_size"]),
            "includedData": included,
        }  # fmt: skip

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with its items."""
        document, answer, findings = yield from self.native_order(order_id)
        page = decode_orders([document], self.config, answer.request_id)
        return replace(page, findings=(*findings, *page.findings))

    def native_order(self, order_id: str, *, people: bool = True) -> Operation[tuple[Any, Answer, tuple[Finding, ...]]]:
        """The platform's own document of one order; v0 with its items merged in as `OrderItems`."""
        if not self._is_v0:
            query = {"includedData": (yield from self.included(people=people))}
            answer, _, findings = yield from self.read_2026("orders.getOrder", query, {"orderId": order_id})
            return _object(answer, "order")["order"], answer, findings
        answer, findings = yield from self.read_v0("orders_v0.getOrder", path={"orderId": order_id}, people=people)
        document = _object(answer, "payload")["payload"]
        items, more = yield from self._items(order_id, people=people)
        return (
            ({**document, "OrderItems": items} if isinstance(document, Mapping) else document),
            answer,
            findings + more,
        )

    def read_page(self, window: Window, position: Any, known: Known) -> Operation[Page[Order]]:
        """One page, complete; by v0 only the items of orders that are not `known` in that version are fetched."""
        if not self._is_v0:
            return (yield from self.list_orders(window, position))
        documents, page = yield from self._page_v0(window, position)
        have = yield from known(_refs(documents))
        wanted = [row for row in documents if order_id_of(row) not in have]
        found = yield from gather([self._items_of(row) for row in wanted], self.detail_concurrency)
        merged, findings = _merged(wanted, found)
        decoded = decode_orders(merged, self.config)
        return replace(
            page, items=decoded.items, refs=_refs(documents), quarantined=decoded.quarantined,
            findings=(*page.findings, *findings, *decoded.findings),
        )  # fmt: skip

    def _page_v0(self, window: Window, position: Position | None) -> Operation[tuple[list[Any], Page[Order]]]:
        query = position.query if position else {
            "MarketplaceIds": list(self.stores), **(yield from _span(window, _AXES_V0[window.axis])),
            "MaxResultsPerPage": int(self.config.settings["page_size"]),
        }  # fmt: skip
        sent = {**query, "NextToken": position.token} if position else query
        answer, findings = yield from self.read_v0("orders_v0.getOrders", query=sent)
        inside = _object(answer, "payload")["payload"]
        if not isinstance(inside, Mapping):
            raise DecodeError(
                "the reply has no payload", platform="amazon", path="payload", request_id=answer.request_id
            )
        rows = rows_of(inside.get("Orders"))
        return rows, Page(findings=findings, next=_next(query, inside.get("NextToken"), position))

    def _items_of(self, row: Any) -> Callable[[], Operation[tuple[list[Any], tuple[Finding, ...]]]]:
        return lambda: self._items(order_id_of(row) or "")

    def _items(self, order_id: str, *, people: bool = True) -> Operation[tuple[list[Any], tuple[Finding, ...]]]:
        """Every item of one order; nothing for a row without a readable id, which decoding will report."""
        rows: list[Any] = []
        findings: tuple[Finding, ...] = ()
        token: str | None = None
        for _ in range(_ITEM_PAGES_MAX if order_id else 0):
            query = {"NextToken": token} if token else {}
            answer, more = yield from self.read_v0(
                "orders_v0.getOrderItems", path={"orderId": order_id}, query=query, people=people
            )
            inside = _object(answer, "payload")["payload"] or {}
            rows += rows_of(inside.get("OrderItems"))
            findings += more
            token = inside.get("NextToken")
            if not token:
                break
        return rows, findings


def _span(window: Window, names: tuple[str, str]) -> Operation[dict[str, Any]]:
    """Both ends of a window; Amazon takes no end younger than two minutes."""
    latest = (yield from server_now()) - _NOT_BEFORE
    found = {names[0]: instant(window.start)}
    if window.end <= latest - timedelta(seconds=1):
        found[names[1]] = instant(window.end, up=True)
    return found


def _next(query: Mapping[str, Any], token: Any, position: Position | None) -> Position | None:
    """The next page; a list that keeps naming the same one does not end, and is given up.

    Raises:
        DecodeError: The same token came several times.
    """
    if not token:
        return None
    again = position.again + 1 if position and position.token == token else 0
    if again > _SAME_TOKEN_MAX:
        raise DecodeError("the list keeps answering with the same page token", platform="amazon", retryable=True)
    return Position(query, str(token), again)


def _object(answer: Answer, needs: str | None = None) -> Mapping[str, Any]:
    """The reply as an object that has `needs`; raises `DecodeError`."""
    document = answer.document
    if not isinstance(document, Mapping) or (needs is not None and needs not in document):
        raise DecodeError(
            f"the reply has no {needs or 'object'}", platform="amazon", path=needs, request_id=answer.request_id
        )
    return document


def _refs(documents: Sequence[Any]) -> tuple[OrderRef, ...]:
    return tuple(
        OrderRef(order_id, _updated_at(row)) for row in documents if (order_id := order_id_of(row)) is not None
    )


def _updated_at(row: Mapping[str, Any]) -> datetime | None:
    try:
        return iso_time(row.get("LastUpdateDate"))
    except ValueError:
        return None


def _merged(documents: Sequence[Any], found: Sequence[Any]) -> tuple[list[Any], list[Finding]]:
    """Orders with their items; one whose items cannot be read keeps its head, any other failure fails the page."""
    merged, findings = [], []
    for row, items in zip(documents, found, strict=True):
        if isinstance(items, NotFound) or (isinstance(items, DecodeError) and not items.retryable):
            findings.append(_without_items(row, items))
            merged.append(row)
        elif isinstance(items, Exception):
            raise items
        else:
            merged.append({**row, "OrderItems": items[0]} if isinstance(row, Mapping) and items[0] else row)
            findings += items[1]
    return merged, findings


def _without_items(row: Any, error: OrderHubError) -> Finding:
    return Finding(
        code="items_unreadable", severity=Severity.ERROR, platform="amazon", order_id=order_id_of(row),
        message=f"the items of the order could not be read: {error.message}", request_id=error.request_id,
    )  # fmt: skip
