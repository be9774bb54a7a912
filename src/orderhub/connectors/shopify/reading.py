"""Pages of a window, further than one cursor reaches. Imports `kit`, `flow`, `models`.

Lists are sorted by the time of their axis, oldest first. A cursor reaches 25,000 rows: then the window begins anew at
the last time that was seen, so that rows of that second come twice rather than never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.connectors.shopify.base import ShopifyBase, span_text
from orderhub.connectors.shopify.convert import nodes, unfinished
from orderhub.connectors.shopify.spec import REACH
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import iso_time
from orderhub.models.channel import Window

__all__ = ["Place", "read_page"]

SORT = {"updated": "UPDATED_AT", "created": "CREATED_AT"}
FIELD = {"updated": "updatedAt", "created": "createdAt"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins.

    Attributes:
        start: Where the window was last begun.
        cursor: None at its first page.
        seen: Rows since then.
    """

    start: datetime
    cursor: str | None = None
    seen: int = 0


def read_page(
    channel: ShopifyBase, document: str, window: Window, place: Place | None, **variables: Any
) -> Operation[tuple[list[Mapping[str, Any]], Place | None]]:
    """The rows of one page of `orders`, and where the next one begins (None at the end).

    Raises:
        DecodeError: More pages are promised and no cursor leads to them.
    """
    at = place or Place(window.start)
    sent = {"first": channel.page_size, "after": at.cursor, "query": span_text(window, at.start), **variables}
    data = yield from channel.query("orders", document % SORT[window.axis], sent)
    connection = data.get("orders")
    if not isinstance(connection, Mapping):
        raise DecodeError("the reply has no orders", platform="shopify", operation="orders", path="data.orders")
    rows = nodes(connection)
    if any(not isinstance(row, Mapping) for row in rows):
        raise DecodeError("a row is not an order", platform="shopify", operation="orders", path="data.orders")
    return rows, _following(connection, rows, window, at)


def _following(connection: Mapping[str, Any], rows: list[Mapping[str, Any]], window: Window, at: Place) -> Place | None:
    if not unfinished(connection):
        return None
    cursor = connection["pageInfo"].get("endCursor")
    if not isinstance(cursor, str) or not cursor:
        raise DecodeError("more pages and no cursor", platform="shopify", operation="orders", path="orders.pageInfo")
    seen = at.seen + len(rows)
    if seen + len(rows) <= REACH or not rows:
        return Place(at.start, cursor, seen)
    last = iso_time(rows[-1].get(FIELD[window.axis]))
    return Place(last, None, 0) if last is not None and last > at.start else Place(at.start, cursor, seen)
