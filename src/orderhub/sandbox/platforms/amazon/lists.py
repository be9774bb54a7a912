"""What both versions of the order list share: bounds, pages, faults. Source: docs/platforms/amazon.md §2.1, §3.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.state import Key, Order
from orderhub.sandbox.platforms.amazon.wire import Doc, iso

__all__ = ["NEW_STATUS", "Names", "Page", "page", "spoilt"]

SETTLED = timedelta(minutes=2)
NEW_STATUS = "AwaitingDispatch"


@dataclass(frozen=True, slots=True)
class Names:
    """How one version calls its parameters; `known` is what a page token is bound to."""

    created: tuple[str, str]
    updated: tuple[str, str]
    size: str
    token: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Orders, the token of the next page, and the upper bound with its name."""

    orders: list[Order]
    token: str
    bound: dict[str, str]


def page(ask: Ask, names: Names, keep: Callable[[Order], bool]) -> Page:
    """One page, oldest first. A bound of its own is settled when the first page is cut and travels in the token."""
    axis, after, before = _bounds(ask, names)
    size = ask.whole(names.size, 100, 1, 100)
    told = ask.resumed(names.token, names.known, ask.market.switch("page_token_s"))
    start: Key = (after, "")
    end, bound = _upper(ask, before)
    if told is not None:
        start = (datetime.fromisoformat(told["last"][0]), told["last"][1])
        end, bound = datetime.fromisoformat(told["end"]), told["bound"]
    if ask.fault("shifting_pages"):
        _shift(ask, axis, start, end)
    rows = _cut(ask, axis, start, end, size + 1, keep)
    token = ""
    if len(rows) > size:
        last = rows[size - 1].keys[axis]
        content = {"last": [last[0].isoformat(), last[1]], "end": end.isoformat(), "bound": bound}
        token = ask.token(names.known, **content)
    rows = _repeated(ask, rows[:size])
    name = names.created[1] if axis == "created" else names.updated[1]
    return Page(rows, token, {name: bound})


def _bounds(ask: Ask, names: Names) -> tuple[str, datetime, datetime | None]:
    """Exactly one axis, its bounds in order, the upper one at least two minutes old."""
    (created, created_to), (updated, updated_to) = names.created, names.updated
    by_creation = bool(ask.text(created) or ask.text(created_to))
    by_update = bool(ask.text(updated) or ask.text(updated_to))
    if by_creation and by_update:
        raise ask.bad(f"{created} and {updated} (with their upper bounds) exclude each other")
    axis, first, last = ("created", created, created_to) if by_creation else ("updated", updated, updated_to)
    after, before = ask.moment(first), ask.moment(last)
    if after is None:
        raise ask.bad(f"{first if by_creation or by_update else f'{created} or {updated}'} is required")
    if before is not None and before < after:
        raise ask.bad(f"{last} must not be before {first}")
    if before is not None and before > ask.call.now - SETTLED:
        raise ask.bad(f"{last} must be at least two minutes before the request")
    return axis, after, before


def _upper(ask: Ask, before: datetime | None) -> tuple[datetime, str]:
    """(last instant shown, bound told)."""
    if before is not None:
        return before, iso(before)
    now = ask.market.now()
    settled = now - SETTLED
    return (now if ask.market.switch("fresh_orders") == "shown" else settled), iso(settled)


def _cut(ask: Ask, axis: str, start: Key, end: datetime, most: int, keep: Callable[[Order], bool]) -> list[Order]:
    now, rows = ask.market.now(), []
    for order in ask.market.listed(ask.shop_id, axis, start, end):
        if (order.shown_from is None or order.shown_from <= now) and keep(order):
            rows.append(order)
            if len(rows) == most:
                break
    return rows


def _shift(ask: Ask, axis: str, start: Key, end: datetime) -> None:
    """One order of what is still to come changes now."""
    order = next(iter(ask.market.listed(ask.shop_id, axis, start, end)), None)
    if order is not None:
        ask.market.touch(order)


def _repeated(ask: Ask, rows: list[Order]) -> list[Order]:
    key = (ask.shop_id, ask.operation.key)
    if ask.fault("repeated_page") and key in ask.market.served:
        return [ask.market.orders[order_id] for order_id in ask.market.served[key]]
    if rows:
        ask.market.served[key] = [order.order_id for order in rows]
    return rows


def spoilt(ask: Ask, rows: list[Doc], drift: Callable[[Doc], None], status: Callable[[Doc], None]) -> list[Doc]:
    """The faults that touch content, and the switch unknown_key."""
    if ask.fault("unknown_status") and rows:
        status(rows[0])
    for row in rows:
        if ask.fault("drifted_field"):
            drift(row)
        if ask.fault("drifted_field") or ask.market.switch("unknown_key"):
            row["sandboxFutureField"] = {"value": "new"}
    return rows
