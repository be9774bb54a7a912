"""Orders read: lists, one order, units of one and of many. Source: docs/platforms/lazada.md#orders."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.lazada.ask import Ask
from orderhub.sandbox.platforms.lazada.spec import LIMIT_MAX, OFFSET_MAX, STATUSES

__all__ = ["get", "items", "listed", "many_items"]


def listed(ask: Ask) -> dict[str, Any]:
    """GET /orders/get: one of the two lower bounds is a must."""
    made, changed = ask.moment("created_after"), ask.moment("update_after")
    if made is None and changed is None:
        raise ask.refusal("missing_code", "either created_after or update_after must be given")
    axis = "updated" if changed is not None else "created"
    status, by = ask.params.get("status", ""), ask.params.get("sort_by", "created_at")
    if (status and status not in STATUSES) or by not in ("created_at", "updated_at"):
        raise ask.refusal("invalid_code", "status or sort_by")
    offset = ask.whole("offset", 0, 0, OFFSET_MAX)
    limit = ask.whole("limit", LIMIT_MAX, 1, LIMIT_MAX)
    numbers = _found(ask, axis, status, by)
    if ask.fault("shifting_pages") and numbers:
        ask.market.touch(ask.market.orders[numbers[-1]])
        numbers = _found(ask, axis, status, by)
    shown = numbers[offset : offset + limit]
    key = (ask.shop_id, axis)
    if ask.fault("repeated_page") and key in ask.market.served:
        shown = ask.market.served[key]
    ask.market.served[key] = shown
    rows = [ask.market.orders[number].header() for number in shown]
    return {"data": {"count": str(len(rows)), "countTotal": str(len(numbers)), "orders": _spoilt(ask, rows)}}


def _found(ask: Ask, axis: str, status: str, by: str) -> list[str]:
    market, now = ask.market, ask.market.setup.now()
    numbers = market.between(ask.shop_id, axis, ask.moment(f"{'update' if axis == 'updated' else 'created'}_after"),
                             ask.moment(f"{'update' if axis == 'updated' else 'created'}_before"))  # fmt: skip
    other = "created" if axis == "updated" else "updated"
    low, high = ask.moment(f"{'update' if other == 'updated' else 'created'}_after"), None
    kept = []
    for number in numbers:
        order = market.orders[number]
        at = getattr(order, other)
        if (
            (order.shown_from is None or order.shown_from <= now)
            and (low is None or at >= low)
            and high is None
            and (not status or any(unit.status == status for unit in order.units))
        ):
            kept.append(number)
    if by.removesuffix("_at") != axis:
        kept.sort(key=lambda number: (getattr(market.orders[number], by.removesuffix("_at")), number))
    return kept if ask.params.get("sort_direction", "DESC").upper() == "ASC" else kept[::-1]


def _spoilt(ask: Ask, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The faults that touch content."""
    if ask.fault("unknown_status") and rows:
        rows[0] = {**rows[0], "statuses": ["repacked_by_robot"]}
    if ask.fault("drifted_field"):
        rows = [{**row, "order_id": int(row["order_id"]), "loyalty_tier": "gold"} for row in rows]
    return rows


def get(ask: Ask) -> dict[str, Any]:
    """GET /order/get."""
    return {"data": _spoilt(ask, [ask.order(ask.need("order_id")).header()])[0]}


def items(ask: Ask) -> dict[str, Any]:
    """GET /order/items/get: one row a unit."""
    return {"data": _units(ask, ask.need("order_id"))}


def many_items(ask: Ask) -> dict[str, Any]:
    """GET /orders/items/get: a JSON array of order ids."""
    numbers = ask.document("order_ids")
    if not isinstance(numbers, list) or not numbers or len(numbers) > LIMIT_MAX:
        raise ask.refusal("invalid_code", f"order_ids must be an array of 1 to {LIMIT_MAX}")
    return {"data": [
        {"order_id": str(number), "order_number": str(number), "order_items": _units(ask, str(number))}
        for number in numbers
    ]}  # fmt: skip


def _units(ask: Ask, number: str) -> list[dict[str, Any]]:
    rows = ask.order(number).rows()
    if ask.fault("unknown_status"):
        rows = [{**rows[0], "status": "repacked_by_robot"}, *rows[1:]]
    return rows
