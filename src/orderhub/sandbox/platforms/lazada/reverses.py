"""Reverse orders, read only. Source: docs/platforms/lazada.md#reverse."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.lazada.ask import Ask
from orderhub.sandbox.platforms.lazada.state import Reverse

__all__ = ["detail", "listed", "reasons"]

PAGE_MAX = 100


def _view(case: Reverse, lines: str) -> dict[str, Any]:
    made, changed = (str(int(at.timestamp() * 1000)) for at in (case.made, case.changed))
    rows = [
        {**line, "return_order_line_gmt_create": made, "return_order_line_gmt_modified": changed} for line in case.lines
    ]
    return {"reverse_order_id": case.number, "trade_order_id": case.order, "request_type": case.kind, "is_rtm": "true",
            "shipping_type": "DROP_OFF", lines: rows}  # fmt: skip


def _bound(ask: Ask, name: str) -> float:
    text = ask.params.get(name, "")
    if text and not text.isdigit():
        raise ask.refusal("invalid_code", f"{name} is milliseconds since 1970")
    return int(text) / 1000 if text else 0.0


def listed(ask: Ask) -> dict[str, Any]:
    """/reverse/getreverseordersforseller: by page, filtered by the time of change or of making, kind and order."""
    page, size = ask.whole("page_no", 1, 1, 10_000), ask.whole("page_size", 10, 1, PAGE_MAX)
    found = [case for case in ask.market.reverses.values() if case.shop_id == ask.shop_id and _wanted(ask, case)]
    found.sort(key=lambda case: (case.changed, case.number))
    shown = found[(page - 1) * size : page * size]
    rows = [_view(case, "reverse_order_lines") for case in shown]
    if ask.fault("unknown_status") and rows:
        rows[0]["reverse_order_lines"][0]["reverse_status"] = "JUDGED_BY_ROBOT"
    return {"result": {"success": "true", "total": str(len(found)), "page_no": str(page), "page_size": str(size),
                       "items": rows}}  # fmt: skip


def _wanted(ask: Ask, case: Reverse) -> bool:
    kinds, order = ask.params.get("request_type_list", ""), ask.params.get("trade_order_id", "")
    one = ask.params.get("reverse_order_id", "")
    if (kinds and case.kind not in kinds) or (order and case.order != order) or (one and case.number != one):
        return False
    for name, at in (("ReverseOrderLineModifiedTimeRange", case.changed), ("ReverseOrderLineTimeRange", case.made)):
        end = _bound(ask, f"{name}End")
        if at.timestamp() < _bound(ask, f"{name}Start") or (end and at.timestamp() > end):
            return False
    return True


def _case(ask: Ask) -> Reverse:
    case = ask.market.reverses.get(ask.need("reverse_order_id"))
    if case is None or case.shop_id != ask.shop_id:
        raise ask.refusal("absent_code", "Invalid reverse order id")
    return case


def detail(ask: Ask) -> dict[str, Any]:
    """/order/reverse/return/detail/list."""
    case = _case(ask)
    return {"result": {"success": "true", "error_code": "0", "error_msg": "",
                       "data": _view(case, "reverseOrderLineDTOList")}}  # fmt: skip


def reasons(ask: Ask) -> dict[str, Any]:
    """/order/reverse/reason/list: what a refusal may say."""
    ask.need("reverse_order_line_id")
    rows = [
        {"reason_id": "7001", "text": "Item was used"},
        {"reason_id": "7002", "text": "Item differs from what was sent"},
    ]
    return {"data": rows}
