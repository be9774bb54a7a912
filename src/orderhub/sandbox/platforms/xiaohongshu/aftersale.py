"""After-sales read. Source: docs/platforms/xiaohongshu.md. Imports `ask`.

Answers carry a second envelope inside `data`; the words of a row have no source. Bodies of the writes have none either,
so they are not offered: a tester moves cases.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.xiaohongshu.ask import Ask
from orderhub.sandbox.platforms.xiaohongshu.spec import RETURN_TYPES
from orderhub.sandbox.platforms.xiaohongshu.state import Doc

__all__ = ["get", "listed"]

ROWS_MAX, SIZE = 50_000, 50
_TIMES = {1: "createdAt", 2: "updatedAt"}


def _wrapped(data: Any) -> Any:
    return {"success": True, "error_code": 0, "error_msg": "", "data": data}


def _told(case: Doc) -> Doc:
    return {name: value for name, value in case.items() if name != "whole"}


def _numbers(ask: Ask, name: str) -> set[int]:
    value = ask.params.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise ask.bad(name)
    return set(value)


def listed(ask: Ask) -> Any:
    """afterSale.listAfterSaleInfos: milliseconds; cases of one order need no window (a client's habit)."""
    bare = bool(ask.text("orderId")) and not any(ask.text(name) for name in ("startTime", "endTime", "timeType"))
    axis, start, end = (1, 0, 10**15) if bare else ask.window(1)
    page, size = ask.number("pageNo", 1, least=1), ask.number("pageSize", SIZE, least=1)
    statuses, kinds, order_id = _numbers(ask, "statuses"), _numbers(ask, "returnTypes"), ask.text("orderId")
    if page * size > ROWS_MAX or kinds - RETURN_TYPES:
        raise ask.bad("pageNo" if page * size > ROWS_MAX else "returnTypes")
    found = [
        case for order, case in ask.market.cases.values()
        if order.shop_id == ask.shop_id and start <= case[_TIMES[axis]] <= end and order_id in ("", order.order_id)
        and (not statuses or case["status"] in statuses) and (not kinds or case["returnType"] in kinds)
    ]  # fmt: skip
    found.sort(key=lambda case: (case[_TIMES[axis]], case["returnsId"]))
    rows = [_told(case) for case in found[(page - 1) * size : page * size]]
    return _wrapped({"afterSaleInfos": rows, "total": len(found), "pageNo": page, "pageSize": size})


def get(ask: Ask) -> Any:
    """afterSale.getAfterSaleInfo."""
    order, case = ask.market.cases.get(ask.needed("returnsId"), (None, {}))
    if order is None or order.shop_id != ask.shop_id:
        raise ask.missing("售后单不存在")
    return _wrapped({"afterSaleInfo": _told(case)})
