"""Refunds and returns, read only. Imports `kit`, `flow`, `models`.

Answers about cases come in a second envelope. What the calls that answer a case want is not documented.
Source: docs/platforms/xiaohongshu.md#aftersale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.connectors.xiaohongshu.base import XiaohongshuBase, rows_in
from orderhub.connectors.xiaohongshu.decode import decode_refunds
from orderhub.connectors.xiaohongshu.reading import Listing, Place, read_place, start_of
from orderhub.connectors.xiaohongshu.wire import millis
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.flow.windows import Span
from orderhub.models.channel import Page, Window
from orderhub.models.refund import Refund

__all__ = ["AftersaleVerbs"]

LIST, GET = "afterSale.listAfterSaleInfos", "afterSale.getAfterSaleInfo"
ROWS_MAX = 50_000
CREATED, CHANGED = 1, 2


class AftersaleVerbs(XiaohongshuBase):
    """After-sale cases."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of cases, by update or creation time; spans as for orders."""
        place = position or start_of(window)
        if not place.parts:
            return Page()
        rows, following = yield from read_place(self._cases(window), place)
        return replace(decode_refunds(rows, self.config), next=following)

    def _cases(self, window: Window) -> Listing:
        size = max(1, int(self.config.settings["refund_page_size"]))

        def one(part: Span, page: int) -> Operation[Mapping[str, Any]]:
            return (yield from self.mapping(LIST, {
                "startTime": millis(part[0]), "endTime": millis(part[1]), "pageNo": page, "pageSize": size,
                "timeType": CHANGED if window.axis == "updated" else CREATED,
            }))  # fmt: skip

        return Listing(one, lambda answer: rows_in(answer, LIST), _name, size, max(1, ROWS_MAX // size))

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        answer = yield from self.mapping(GET, {"returnsId": refund_id})
        page = decode_refunds([_inside(answer)], self.config)
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="xiaohongshu", operation=GET, path=first.path, value=first.value)
        return page.items[0]


def _inside(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The case itself, or the only object beside it that is one: its name is not documented."""
    if "returnsId" in answer:
        return answer
    inner = [value for value in answer.values() if isinstance(value, Mapping) and "returnsId" in value]
    if len(inner) != 1:
        raise DecodeError("the answer holds no case", platform="xiaohongshu", operation=GET, path="data")
    return inner[0]


def _name(row: Any) -> str:
    """What tells two rows apart; one that is no case is told by its text and quarantined later."""
    return str(row.get("returnsId")) if isinstance(row, Mapping) else repr(row)
