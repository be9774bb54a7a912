"""Orders read: two lists by two axes, the lean list, one order, states. Source: docs/platforms/pinduoduo.md §3.1, §10.

Imports this folder's ask, fields, state, wire. Rows are kept as rendered text, so that long lists cost little.
"""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad
from orderhub.sandbox.platforms.pinduoduo.fields import document, text
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Order
from orderhub.sandbox.platforms.pinduoduo.wire import Raw, china, encode

__all__ = ["NEW_STATUS", "basic", "by_confirmed", "by_updated", "information", "page", "states"]

PAGE_MAX, LISTINGS_KEPT, ALL = 100, 32, 5
NEW_STATUS = 77
"""An order_status that no document knows."""
CONFIRM_SPAN, UPDATE_SPAN, SETTLE = timedelta(hours=24), timedelta(minutes=30), timedelta(minutes=3)


def _spoilt(ask: Ask, orders: list[Order], kind: str) -> list[Raw]:
    """Rows as encoded JSON; under the faults of content one row gets an unknown status, or all get drifted fields."""
    if not (ask.fault("unknown_status") or ask.fault("drifted_field")):
        return [text(order, kind) for order in orders]
    rows = [document(order, kind) for order in orders]
    for row in rows[:1] if ask.fault("unknown_status") else ():
        row["order_status"] = NEW_STATUS
    for row in rows if ask.fault("drifted_field") else ():
        row |= {"pay_amount": str(row["pay_amount"]), "delivery_trait_code": "A1"}  # a text where a DOUBLE was
    return [Raw(encode(row).encode()) for row in rows]


def _listed(ask: Ask, axis: str, start: str, end: str, filters: tuple[int | None, ...]) -> list[Order]:
    """Orders of the window that pass the filters, newest first; kept until one changes or a late one appears."""
    market, late = ask.market, ask.market.stamp() if ask.market.late else ""
    key = (ask.shop_id, axis, start, end, late, filters)
    kept = market.listings.get(key)
    if kept is None:
        if len(market.listings) > LISTINGS_KEPT:
            market.listings.clear()
        status, refund, lucky, trade = filters
        stamp, oldest = market.stamp(), market.horizon()
        kept = market.listings[key] = [
            order
            for order in map(market.orders.__getitem__, reversed(market.window(ask.shop_id, axis, start, end)))
            if status in (ALL, order.doc["order_status"])
            and refund in (ALL, order.doc["refund_status"])
            and lucky in (0, order.doc.get("is_lucky_flag", 1))
            and trade in (None, order.doc.get("trade_type", 0))
            and order.shown_from <= stamp
            and order.doc["confirm_time"] >= oldest
        ]
    return kept


def page(ask: Ask, count: int, size_default: int | None) -> tuple[int, int, bool]:
    """(first row, row after the last, whether more follow) of the page asked for."""
    number = ask.whole("page", None, 1)
    size = ask.whole("page_size", size_default, 1, PAGE_MAX)
    start = (number - 1) * size
    return start, start + size, start + size < count


def _window(ask: Ask, names: tuple[str, str], span: timedelta) -> tuple[str, str]:
    """Both bounds as Beijing texts; a window must run forward and not be longer than `span`."""
    start, end = ask.moment(names[0]), ask.moment(names[1])
    if start > end:
        raise bad(names[0], "开始时间大于结束时间")
    if end - start > span:
        raise bad(names[1], f"时间跨度不能超过{int(span.total_seconds()) // 60}分钟")
    late = timedelta(seconds=0 if ask.switch("end_inclusive") else 1)
    return china(start), china(end - late)


def _cut(ask: Ask, axis: str, window: tuple[str, str], name: str, kind: str, size_default: int | None) -> Doc:
    filters = (
        ask.one_of("order_status", (1, 2, 3, ALL)), ask.one_of("refund_status", (1, 2, 3, 4, ALL)),
        ask.one_of("is_lucky_flag", (0, 1, 2)) if axis == "updated_at" else 0,
        ask.one_of("trade_type", (0, 1)) if ask.given("trade_type") else None,
    )  # fmt: skip
    bare, market = ask.yes("use_has_next"), ask.market
    orders = _listed(ask, axis, *window, filters)
    first, last, more = page(ask, len(orders), size_default)
    if ask.fault("shifting_pages") and orders:
        market.touch(orders[-1])
        orders = _listed(ask, axis, *window, filters)
    shown, key = orders[first:last], (ask.shop_id, ask.method)
    if ask.fault("repeated_page") and key in market.served:
        shown = [market.orders[sn] for sn in market.served[key]]
    elif shown:
        market.served[key] = [order.sn for order in shown]
    told: Doc = {"has_next": more, name: Raw(b"[%b]" % b",".join(_spoilt(ask, shown, kind)))}
    return told if bare else {**told, "total_count": len(orders)}


def by_confirmed(ask: Ask, kind: str = "full") -> Doc:
    """pdd.order.list.get: by confirm time, at most a day."""
    window = _window(ask, ("start_confirm_at", "end_confirm_at"), CONFIRM_SPAN)
    return _cut(ask, "confirm_time", window, "order_list", kind, None)


def basic(ask: Ask) -> Doc:
    """pdd.order.basic.list.get: the same without the buyer."""
    return by_confirmed(ask, "basic")


def by_updated(ask: Ask) -> Doc:
    """pdd.order.number.list.increment.get: by change, at most half an hour, newest change first."""
    start, end = _window(ask, ("start_updated_at", "end_updated_at"), UPDATE_SPAN)
    now = ask.market.now()
    if ask.switch("increment_end") == "settled" and ask.moment("end_updated_at") > now - SETTLE:
        raise bad("end_updated_at", "结束时间距当前时间不足3分钟")
    end = min(end, china(now - timedelta(seconds=lag))) if (lag := ask.switch("replication_lag_s")) else end
    return _cut(ask, "updated_at", (start, end), "order_sn_list", "full", PAGE_MAX)


def information(ask: Ask) -> Doc:
    """pdd.order.information.get; shows un-formed groups too."""
    return {"order_info": _spoilt(ask, [ask.order()], "info")[0]}


def states(ask: Ask) -> Doc:
    """pdd.order.status.get: an unknown order answers with zeros."""
    told = []
    for sn in ask.listed("order_sns"):
        order = ask.market.find(ask.shop_id, sn)
        doc: Doc = order.doc if order else {"order_status": 0, "refund_status": 0}
        told.append({"orderSn": sn, **{name: doc[name] for name in ("order_status", "refund_status")}})
    if ask.fault("unknown_status") and told:
        told[0]["order_status"] = NEW_STATUS
    return {"order_status_list": told}
