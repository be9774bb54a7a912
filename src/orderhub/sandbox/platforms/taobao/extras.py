"""The small reads: server time, carriers, traces. Source: docs/platforms/taobao.md §3.1, §6.2, §6.3."""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import COMPANY_NAMES
from orderhub.sandbox.platforms.taobao.spec import ADDRESS_BOOK, COMPANIES
from orderhub.sandbox.platforms.taobao.state import Doc
from orderhub.sandbox.platforms.taobao.wire import china, instant

__all__ = ["addresses", "companies", "server_time", "traces"]

_STEPS: tuple[tuple[float, str, str], ...] = (
    # hours after sending, action, text
    (0, "CREATE", "物流订单创建"),
    (0.1, "CONSIGN", "卖家已发货"),
    (3, "GOT", "快件已被揽收"),
    (12, "DEPARTURE", "快件已离开始发地转运中心"),
    (30, "ARRIVAL", "快件到达目的地转运中心"),
    (42, "SENT_SCAN", "快件正在派送"),
    (48, "SIGNED", "快件已签收"),
)


def server_time(ask: Ask) -> Doc:
    """taobao.time.get: the clock that timestamps are judged by."""
    return {"time": china(ask.call.now)}


def addresses(ask: Ask) -> Doc:
    """taobao.logistics.address.search: all, or the default to send from (get_def) or to return to (cancel_def)."""
    wanted = ask.text("rdef", "no_def")
    if wanted not in ("get_def", "cancel_def", "no_def"):
        raise invalid("rdef", "rdef is get_def, cancel_def or no_def")
    return {"addresses": [dict(row) for row in ADDRESS_BOOK if wanted == "no_def" or row[wanted]]}


def companies(ask: Ask) -> Doc:
    """taobao.logistics.companies.get."""
    asked = [name.strip() for name in ask.text("fields").split(",")]
    rows = [dict(zip(("code", "id", "name", "reg_mail_no"), row, strict=True)) for row in COMPANIES]
    told: list[Doc] = [
        {name: int(row[name]) if name == "id" else row[name] for name in asked if row.get(name)} for row in rows
    ]
    return {"logistics_companies": told}


def traces(ask: Ask) -> Doc:
    """taobao.logistics.trace.get.new: one entry a parcel, with the lines in it."""
    trade = ask.trade()
    told: list[Doc] = []
    for parcel in trade.parcels:
        seen = [
            {"status_time": china(at), "action": action, "status_desc": text}
            for hours, action, text in _STEPS
            if (at := instant(parcel["at"]) + timedelta(hours=hours)) <= ask.market.now()
        ]
        told.append({
            "out_sid": parcel["out_sid"], "company_name": COMPANY_NAMES[parcel["company_code"]],
            "tid": trade.doc["tid"], "status": seen[-1]["status_desc"] if seen else "", "trace_list": seen,
            "sub_trade_list": list(parcel["goods"]),
        })  # fmt: skip
    return {"result": told}
