"""Orders read: lists by creation and by change, unpaid, old, one order. Source: docs/platforms/suning.md §3."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from orderhub.sandbox.platforms.suning.ask import ORDER_TIMES, SUCCESS, Ask, Told, no_result
from orderhub.sandbox.platforms.suning.spec import HIDDEN_STATUS, LINE_STATUS, ORDER_STATUS, PARAMS
from orderhub.sandbox.platforms.suning.state import Doc, Order
from orderhub.sandbox.platforms.suning.wire import Refusal

__all__ = ["batch", "by_change", "by_creation", "codes", "codes_paged", "get", "get_listed", "history", "unpaid"]

CREATION_DAYS, CHANGE_DAYS, UNPAID_DAYS = 30, 1, 1
NEW_STATUS = "66"
LISTS_KEPT = 32
CODE_MAX = 20

Keep = Callable[[Order], bool]


def _listed(ask: Ask, axis: str, window: tuple[str, str], keep: Keep, *filters: str) -> list[str]:
    """Codes of the window that pass, in list order; kept until an order changes or a late one appears."""
    late = ask.market.stamp() if ask.market.late else ""
    key = (ask.shop_id, ask.method, axis, *window, late, ask.switch("list_order"), *filters)
    lists = ask.market.lists
    if key not in lists:
        if len(lists) > LISTS_KEPT:
            lists.clear()
        stamp, orders = ask.market.stamp(), ask.market.orders
        found = [
            code for code in ask.market.window(ask.shop_id, axis, *window)
            if orders[code].shown_from <= stamp and keep(orders[code])
        ]  # fmt: skip
        lists[key] = found if ask.switch("list_order") == "oldest_first" else found[::-1]
    return lists[key]


def _cut(ask: Ask, found: Callable[[], list[str]], view: Callable[[Order], Doc], *, needed: bool = False) -> Told:
    """The page of a list, with the faults that touch lists."""
    rows = found()
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(ask.market.orders[rows[-1]])
        rows = found()
    first, last, head = ask.page(len(rows), needed=needed)
    shown, key = rows[first:last], (ask.shop_id, ask.method)
    if ask.fault("repeated_page") and key in ask.market.served:
        shown = ask.market.served[key]
    else:
        ask.market.served[key] = shown
    return Told(_spoilt(ask, [view(ask.market.orders[code]) for code in shown]), head)


def _spoilt(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """The faults that touch content: an unknown status on one row, drifted fields on all."""
    if ask.fault("unknown_status"):
        rows[0] = {**rows[0], "orderTotalStatus": NEW_STATUS}
    if ask.fault("drifted_field"):
        rows = [_drifted(row) if "orderDetail" in row else row for row in rows]
    return rows


def _drifted(row: Doc) -> Doc:
    """Amounts as JSON numbers where texts are documented, and a field that no document knows."""
    lines = [{**line, "payAmount": float(line["payAmount"])} for line in row["orderDetail"]]
    return {**row, "orderDetail": lines, "orderTraitCode": "A1"}


def _plain(order: Order) -> Doc:
    return order.doc


def _code(order: Order) -> Doc:
    return {"orderCode": order.code}


def _one_of(ask: Ask, name: str, allowed: frozenset[str]) -> str:
    text = ask.text(name)
    if text and text not in allowed:
        raise Refusal(PARAMS, f"{name}错误")
    return text


def _created(ask: Ask, window: tuple[str, str], view: Callable[[Order], Doc], *, needed: bool = False) -> Told:
    """By creation, by status and buyer; unpaid and cancelled ones are not told."""
    status, buyer, buyer_id = _one_of(ask, "orderStatus", ORDER_STATUS), ask.text("userName"), ask.text("userID")

    def keep(order: Order) -> bool:
        told = order.doc["orderTotalStatus"]
        if told in HIDDEN_STATUS or (status and told != status) or buyer_id:  # no order tells a userID
            return False
        return not buyer or order.doc["userName"] == buyer

    return _cut(ask, lambda: _listed(ask, "created", window, keep, status, buyer, buyer_id), view, needed=needed)


def by_creation(ask: Ask, view: Callable[[Order], Doc] = _plain) -> Told:
    """suning.custom.order.query: at most 30 days, of the last three months."""
    window = ask.window(CREATION_DAYS, ORDER_TIMES)
    ask.recent(window[0], f"{ORDER_TIMES}.time-value:outofrange")
    return _created(ask, window, view)


def batch(ask: Ask) -> Told:
    """suning.custom.batchorder.query: page parameters are required, times are not (the axis is our reading)."""
    window = ask.window(CREATION_DAYS, ORDER_TIMES, needed=False)
    ask.recent(window[0], f"{ORDER_TIMES}.time-value:outofrange")
    return _created(ask, window, _plain, needed=True)


codes_paged = partial(by_creation, view=_code)
"""suning.custom.orderid.query: the row's key is our reading."""


def codes(ask: Ask) -> Told:
    """suning.custom.ordercode.query: all codes at once."""
    window = ask.window(CREATION_DAYS, ORDER_TIMES)
    ask.recent(window[0], f"{ORDER_TIMES}.time-value:outofrange")
    status = _one_of(ask, "orderStatus", ORDER_STATUS)

    def keep(order: Order) -> bool:
        told = order.doc["orderTotalStatus"]
        return told not in HIDDEN_STATUS and (not status or told == status)

    rows = _listed(ask, "created", window, keep, status)
    if not rows:
        raise no_result()
    return Told([{"orderCode": code} for code in rows], dict(SUCCESS))


def by_change(ask: Ask) -> Told:
    """suning.custom.ord.query and ordmodtime.query: at most a day; rows tell when each line last changed."""
    start, end = ask.window(CHANGE_DAYS, ORDER_TIMES)
    status = _one_of(ask, "orderLineStatus", LINE_STATUS)

    def keep(order: Order) -> bool:
        if order.doc["orderTotalStatus"] in HIDDEN_STATUS:
            return False
        return not status or any(
            line["orderLineStatus"] == status and start <= order.changed[line["orderLineNumber"]] <= end
            for line in order.lines
        )

    return _cut(ask, lambda: _listed(ask, "changed", (start, end), keep, status), Order.told)


def history(ask: Ask) -> Told:
    """suning.custom.historyorder.query: what is older than three months (its longest span is our reading)."""
    start, end = ask.window(CREATION_DAYS, ORDER_TIMES)
    end = min(end, ask.horizon())
    buyer, buyer_id = ask.text("userName"), ask.text("userID")

    def keep(order: Order) -> bool:
        if order.doc["orderTotalStatus"] in HIDDEN_STATUS or buyer_id:
            return False
        return not buyer or order.doc["userName"] == buyer

    return _cut(ask, lambda: _listed(ask, "created", (start, end), keep, buyer, buyer_id), _plain)


def unpaid(ask: Ask) -> Told:
    """suning.custom.unpaidorder.query: unpaid orders, or the cancelled ones; at most a day (of creation, we read)."""
    window = ask.window(UNPAID_DAYS, ORDER_TIMES)
    header = {"5": "5", "40": "0"}[_one_of(ask, "orderLineStatus", frozenset({"5", "40"})) or "5"]

    def keep(order: Order) -> bool:
        return bool(order.doc["orderTotalStatus"] == header)

    return _cut(ask, lambda: _listed(ask, "created", window, keep, header), _plain)


def _found(ask: Ask) -> Doc:
    code = ask.needed("orderCode")
    if not (code.isascii() and code.isdigit()) or len(code) > CODE_MAX:
        raise Refusal("biz.orderget.ordercode-format:error", "订单号格式错误")
    order = ask.order(code)
    hidden = order is not None and order.doc["orderTotalStatus"] in HIDDEN_STATUS
    if order is None or (hidden and not ask.switch("get_shows_unpaid")):
        raise no_result()
    return _spoilt(ask, [order.doc])[0]


def get(ask: Ask) -> Told:
    """suning.custom.order.get: one object."""
    return Told(_found(ask), dict(SUCCESS))


def get_listed(ask: Ask) -> Told:
    """suning.custom.orders.query: the same order, as a list of one (our reading)."""
    return Told([_found(ask)], dict(SUCCESS))
