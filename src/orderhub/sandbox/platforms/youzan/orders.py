"""Trades read: the list and one trade. Source: docs/platforms/youzan.md. Imports `ask`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.youzan.ask import Ask
from orderhub.sandbox.platforms.youzan.awkward import UNKNOWN_STATUS
from orderhub.sandbox.platforms.youzan.spec import AXES, STATUSES, WINDOW_DAYS
from orderhub.sandbox.platforms.youzan.state import Doc, Order
from orderhub.sandbox.platforms.youzan.wire import china

__all__ = ["get", "sold"]

PAGE_MAX, SIZE_MAX, SIZE = 100, 100, 20


def _window(ask: Ask) -> tuple[str, str, str]:
    """(axis, from, to): one axis at most, at most three months; without bounds the last three months of creation."""
    told = [axis for axis in AXES if ask.text(f"start_{axis}") or ask.text(f"end_{axis}")]
    if len(told) > 1:
        raise ask.bad(f"start_{told[1]}")
    axis, span, now = told[0] if told else "created", timedelta(days=WINDOW_DAYS), ask.market.now()
    end = ask.moment(f"end_{axis}") or now
    start = ask.moment(f"start_{axis}") or end - span
    if start > end or end - start > span:
        raise ask.bad(f"start_{axis}")
    return axis, china(start), china(end)


def _lists(ask: Ask) -> None:
    """Two parameters are JSON in a text."""
    for name in ("shop_org_id_list", "custom_tags"):
        try:
            json.loads(ask.text(name) or "[]")
        except ValueError:
            raise ask.bad(name) from None


def _found(ask: Ask) -> list[str]:
    """Numbers of the trades that pass, in list order."""
    axis, start, end = _window(ask)
    status, express, tid = ask.text("status"), ask.text("express_type"), ask.text("tid")
    if status and status not in STATUSES:
        raise ask.bad("status")
    stamp, orders = ask.market.stamp(), ask.market.orders
    rows = ask.market.window(ask.shop_id, axis, start, end)
    if ask.market.late or status or express or tid:
        rows = [
            one for one in rows
            if orders[one].shown_from <= stamp and status in ("", orders[one].info["status"]) and tid in ("", one)
            and express in ("", str(orders[one].info["express_type"]))
        ]  # fmt: skip
    return rows if ask.switch("list_order") == "oldest_first" else rows[::-1]


def sold(ask: Ask) -> Any:
    """youzan.trades.sold.get/4.0.4."""
    _lists(ask)
    page = ask.number("page_no", 1, least=1, most=PAGE_MAX)
    size = ask.number("page_size", SIZE, least=1, most=SIZE_MAX)
    rows = _found(ask)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(ask.market.orders[rows[-1]])
        rows = _found(ask)
    cut = rows[(page - 1) * size : page * size]
    if ask.fault("repeated_page") and ask.shop_id in ask.market.served:
        cut = ask.market.served[ask.shop_id]
    ask.market.served[ask.shop_id] = cut
    shown = [ask.market.orders[tid] for tid in cut]
    told = [{"full_order_info": _shown(ask, one, place) | _waybill(one)} for place, one in enumerate(shown)]
    return {"total_results": len(rows), "full_order_info_list": told}


def _waybill(order: Order) -> Doc:
    """What list rows have more: the key by which trades of one receiver are merged."""
    address = order.doc["address_info"]
    key = f"{hash_of(address):016x}"
    return {"out_order_info": {"out_waybill_order_code": order.tid, "out_address_hash_code": key}}


def hash_of(address: Doc) -> int:
    """A number that equal addresses share."""
    text = "|".join(str(value) for value in address.values())
    return int.from_bytes(text.encode()[-8:].rjust(8, b"0"), "big") ^ len(text)


def _shown(ask: Ask, order: Order, place: int = 0) -> Doc:
    """A trade as told, with the faults that touch content."""
    doc = order.doc
    if ask.fault("unknown_status") and place == 0:
        doc = {**doc, "order_info": {**doc["order_info"], "status": UNKNOWN_STATUS}}
    if ask.fault("drifted_field"):
        pay = {**doc["pay_info"], "payment": float(doc["pay_info"]["payment"])}
        doc = {**doc, "pay_info": pay, "trait_info": {"code": "A1"}}
    return doc


def get(ask: Ask) -> Any:
    """youzan.trade.get/4.0.2."""
    return {"full_order_info": _shown(ask, ask.order())}
