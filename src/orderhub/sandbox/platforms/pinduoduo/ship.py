"""Sending: the main parcel, further parcels, checks, traces. Source: docs/platforms/pinduoduo.md §6."""

from __future__ import annotations

import re
from datetime import timedelta

from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad, no
from orderhub.sandbox.platforms.pinduoduo.moves import Illegal, ship, ship_again, ship_refusal
from orderhub.sandbox.platforms.pinduoduo.regions import REGIONS
from orderhub.sandbox.platforms.pinduoduo.spec import COMPANIES, COMPANY_IDS, EXTRA_LISTS
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Order
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal, china, instant

__all__ = [
    "addresses", "check", "companies", "extra", "recommend", "return_addresses", "send", "server_time", "subscribe",
    "trace",
]  # fmt: skip

_FEATURE = re.compile(r"(\w+=[^;=]*;)*\w+=[^;=]*;?")
_ID_MAX = 10**12
_CODES = {code: name for _, code, name, available in COMPANIES if available}
_STEPS: tuple[tuple[float, str, str], ...] = (
    # hours after sending, action, text
    (0.1, "GOT", "快件已被揽收"),
    (10, "DEPARTURE", "快件已离开始发地转运中心"),
    (28, "ARRIVAL", "快件到达目的地转运中心"),
    (40, "SEND", "快件正在派送"),
    (46, "SIGN", "快件已签收"),
)
RETURN_ADDRESSES: tuple[Doc, ...] = ({"refund_address_id": 70_000_001}, {"refund_address_id": 70_000_002})
"""Which further fields the list has is not documented."""


def server_time(ask: Ask) -> Doc:
    """pdd.time.get: the clock that timestamps are judged by."""
    return {"time": china(ask.call.now)}


def companies(ask: Ask) -> Doc:
    """pdd.logistics.companies.get."""
    names = ("id", "code", "logistics_company", "available")
    return {"logistics_companies": [dict(zip(names, row, strict=True)) for row in COMPANIES]}


def recommend(ask: Ask) -> Doc:
    """pdd.logistics.available.company.recommend: here every available one goes everywhere."""
    ids = [row[0] for row in COMPANIES if row[3]]
    cities = ask.listed("city_id", 50)
    if not all(city.isdigit() for city in cities):
        raise bad("city_id", "city_id不是整数")
    return {"result": [{"city_id": int(city), "company_id": ids} for city in cities]}


def addresses(ask: Ask) -> Doc:
    """pdd.logistics.address.get."""
    return {"logistics_address_list": list(REGIONS)}


def return_addresses(ask: Ask) -> Doc:
    """pdd.refund.address.list.get: where the shop takes returns."""
    return {"refund_address_list": list(RETURN_ADDRESSES)}


def usable(logistics_id: int) -> str:
    """Why the carrier cannot be used; empty when it can."""
    company = COMPANY_IDS.get(logistics_id)
    if company is None:
        return "物流公司不存在"
    return "" if company[2] else "物流公司不可用"


def send(ask: Ask) -> Doc:
    """pdd.logistics.online.send: the whole order under one number, or another number for a sent order."""
    order, logistics_id = ask.order(), ask.whole("logistics_id", None, 0, _ID_MAX)
    number = ask.text("tracking_number").strip()
    if not number:
        raise Refusal(21002, "", "tracking_number")
    kind = ask.one_of("redelivery_type", (1, 2), 1)
    _feature(ask, order)
    why = usable(logistics_id) or _unfit(ask, logistics_id, number)
    why = why or (ship_refusal(ask.market, order) if kind == 1 else "")
    if why:
        raise no(why)
    try:
        (ship if kind == 1 else ship_again)(ask.market, order, logistics_id, number, ask.market.stamp())
    except Illegal as illegal:
        raise no("订单已发货，不能重复发货" if kind == 1 else "订单未发货，不能修改运单") from illegal
    return {"is_success": True}


def _unfit(ask: Ask, logistics_id: int, number: str) -> str:
    """Why an e-waybill of this platform cannot be sent with; numbers from elsewhere are not judged."""
    wrong = ask.market.books.unfit(ask.shop_id, COMPANY_IDS[logistics_id][0], number)
    return "运单号已取消、不属于该店铺或与物流公司不符" if wrong else ""


def _feature(ask: Ask, order: Order) -> None:
    """`imei=a,b;deviceSn=c;` where given; demanded of subsidised orders by switch."""
    text = ask.text("feature")
    if text and not _FEATURE.fullmatch(text):
        raise bad("feature", "feature格式错误")
    subsidised = order.tagged("trade_in_national_subsidy") and ask.switch("serials_required")
    if subsidised and not re.search(r"(imei|deviceSn)=[^;]+", text):
        raise no("请填写序列号")


def extra(ask: Ask) -> Doc:
    """pdd.order.upload.extra.logistics (and relation): further parcels, for display only."""
    order, rows = ask.order(), ask.rows("extra_track_list")
    name = EXTRA_LISTS[ask.one_of("extra_track_type", tuple(EXTRA_LISTS), 1)]
    if order.doc["order_status"] == 1 and ask.switch("extra_needs_shipped"):
        raise no("订单未发货，不能上传额外运单")
    fresh = []
    for row in rows:
        shipping_id, number = str(row.get("shipping_id", "")), str(row.get("tracking_number") or "").strip()
        if not shipping_id.isdigit() or not number:
            raise Refusal(21001, "shipping_id, tracking_number", "extra_track_list")
        if why := usable(int(shipping_id)) or _unfit(ask, int(shipping_id), number):
            raise no(why)
        fresh.append({"logistics_id": int(shipping_id), "tracking_number": number})
    kept = list(order.doc.get(name, []))
    order.doc[name] = kept + [row for row in fresh if row not in kept]
    ask.market.sent.update((str(row["tracking_number"]), ask.market.stamp()) for row in fresh)
    for row in fresh:
        ask.market.books.use(str(row["tracking_number"]))
    ask.market.touch(order)
    return {"success": True}


def check(ask: Ask) -> Doc:
    """pdd.open.logistics.pre.check: whether the order may go out with this carrier."""
    order = ask.order()
    for name in ("ship_code", "tracking_number"):
        if not ask.given(name):
            raise Refusal(21002, "", name)
    sendable = order.doc["order_status"] == 1 and not ship_refusal(ask.market, order)
    return {"allowed": sendable and ask.text("ship_code") in _CODES}


def trace(ask: Ask) -> Doc:
    """pdd.logistics.ordertrace.get: steps so far of a number that was sent here."""
    if ask.text("company_code") not in _CODES:
        raise bad("company_code", "物流公司不存在")
    sent = ask.market.sent.get(ask.text("mail_no"))
    seen = []
    for hours, action, text in _STEPS if sent else ():
        at = instant(str(sent)) + timedelta(hours=hours)
        if at <= ask.market.now():
            seen.append({
                "action": action, "desc": text, "status_desc": text, "status_time": china(at),
                "node_description": text, "time": china(at),
            })  # fmt: skip
    return {"trace_list": seen}


def subscribe(ask: Ask) -> Doc:
    """pdd.logistics.isv.trace.notify.sub."""
    for name in ("ship_code", "track_no"):
        if not ask.given(name):
            raise Refusal(21002, "", name)
    return {"is_success": True}
