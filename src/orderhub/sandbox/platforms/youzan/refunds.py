"""Refunds read. Source: docs/platforms/youzan.md. Imports `ask`.

No source tells the words of a row nor its statuses: rows carry what their names need no document for.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.youzan.ask import Ask
from orderhub.sandbox.platforms.youzan.state import Doc
from orderhub.sandbox.platforms.youzan.wire import Refusal, epoch

__all__ = ["get", "search"]

ROWS_MAX, SIZE = 3000, 20


def _told(case: Doc) -> Doc:
    return {name: value for name, value in case.items() if name != "whole"}


def search(ask: Ask) -> Any:
    """youzan.trade.refund.search/3.0.1: seconds; page_no times page_size is at most 3000."""
    axis = "create" if ask.text("create_time_start") else "update"
    start = ask.number(f"{axis}_time_start")
    end = ask.number(f"{axis}_time_end", int(ask.market.now().timestamp()))
    page, size = ask.number("page_no", 1, least=1), ask.number("page_size", SIZE, least=1)
    if page * size > ROWS_MAX:
        raise ask.bad("page_no")
    name = {"create": "created", "update": "modified"}[axis]
    found = [
        case for order, case in ask.market.cases.values()
        if order.shop_id == ask.shop_id and start <= epoch(case[name]) <= end
    ]  # fmt: skip
    found.sort(key=lambda case: (case[name], case["refund_id"]))
    return {"total": len(found), "refunds": [_told(case) for case in found[(page - 1) * size : page * size]]}


def get(ask: Ask) -> Any:
    """youzan.trade.refund.get/3.0.1."""
    order, case = ask.market.cases.get(ask.needed("refund_id"), (None, {}))
    if order is None or order.shop_id != ask.shop_id:
        raise Refusal(ask.switch("missing_code"), "退款单不存在")
    return _told(case)
