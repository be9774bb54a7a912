"""Orders read by the classic gateway: search, get, unpaid ones, remarks. Source: docs/platforms/jd.md §3A, §10."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.spec import ALIASES, STATES
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.views import project, spoil
from orderhub.sandbox.platforms.jd.wire import NEVER, Refusal, months_before

__all__ = [
    "cut", "detail", "en_detail", "en_search", "listed", "remarks_created", "remarks_modified", "search", "unpaid",
    "unpaid_one",
]  # fmt: skip

PAGE_SIZE_MAX, LISTINGS_KEPT = 100, 32
UNPAID = "NOT_PAY"


class _No(Exception):
    """A search refused inside `apiResult`."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese, self.english = chinese, english


def result(ask: Ask, chinese: str = "", english: str = "", code: int = 0) -> Doc:
    """`apiResult`; a refusal carries texts. Which numberCode goes with which refusal is not documented."""
    return {
        "success": ask.flag(not chinese),
        "chineseErrCode": chinese,
        "englishErrCode": english,
        "numberCode": code or (10_000_001 if chinese else 0),
    }


def search(ask: Ask, sealed: bool = False) -> Doc:
    """jingdong.pop.order.search, and enSearch when `sealed`."""
    try:
        fields = _fields(ask)
        states = _states(ask)
        axis = "created" if ask.text("dateType") == "1" else "modified"
        start, end = _window(ask, axis, states)
        size, page = _paging(ask, "page_size")
    except _No as no:
        return {"searchorderinfo_result": {"apiResult": result(ask, no.chinese, no.english), "orderTotal": 0}}
    except Refusal as refusal:
        said = result(ask, refusal.chinese, refusal.english)
        return {"searchorderinfo_result": {"apiResult": said, "orderTotal": 0}}
    buyer = tuple(ask.text(name) for name in ("realPin", "open_id_buyer", "xid_buyer"))
    down = ask.text("sortType") == "1"

    def keep(order: Order) -> bool:
        return _wanted(ask, order, states) and _of_buyer(order, buyer)

    key = (axis, start, end, ",".join(sorted(states)), str(down), ask.switch("unpaid"), *buyer)
    rows = listed(ask, key, axis, start, end, keep, down)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(rows[-1] if down else rows[0])
        rows = listed(ask, key, axis, start, end, keep, down)
    shown = cut(ask, rows, page, size) if page <= ask.switch("page_max") else []
    told = spoil(ask, [project(ask, order, fields, sealed) for order in shown])
    return {
        "searchorderinfo_result": {
            "apiResult": result(ask),
            "orderTotal": _total(ask, len(rows)),
            "orderInfoList": told,
        }
    }


def _total(ask: Ask, count: int) -> int | str:
    return count if ask.switch("order_total") == "number" else str(count)


def _fields(ask: Ask) -> str:
    fields = ask.text("optional_fields")
    if not fields.strip(", "):
        raise _No("optional_fields不能为空", "optional_fields is required")
    if ask.switch("source_id_required") and not ask.has("source_id"):
        raise _No("source_id不能为空", "source_id is required")
    return fields


def _states(ask: Ask) -> frozenset[str]:
    """English names, pinyin names or ALL, joined by commas; never numbers."""
    asked = [one.strip() for one in ask.text("order_state").split(",") if one.strip()]
    if not asked:
        raise _No("order_state不能为空", "order_state is required")
    names = frozenset(ALIASES.get(one, one) for one in asked)
    if names - STATES.keys() - {"ALL"}:
        raise _No("order_state不合法", "order_state is invalid")
    return names


def _window(ask: Ask, axis: str, states: frozenset[str]) -> tuple[str, str]:
    """At most a month, two years back by creation, three months by modification; reversed bounds match nothing."""
    start, end = ask.moment("start_date"), ask.moment("end_date")
    now = ask.market.stamp()
    if not start and not end and states == {"WAIT_SELLER_STOCK_OUT"}:
        return months_before(now, 1), now
    if not start or not end:
        raise _No("开始时间和结束时间不能为空", "start_date and end_date are required")
    if start < months_before(end, 1):
        raise _No("时间跨度不能超过一个月", "the span is more than one month")
    return max(start, months_before(now, 24 if axis == "created" else 3)), end


def _paging(ask: Ask, size_name: str, low: int = 1) -> tuple[int, int]:
    size, page = ask.whole(size_name, None, low), ask.whole("page", None, 1)
    if size > PAGE_SIZE_MAX:
        raise _No(f"{size_name}不能大于{PAGE_SIZE_MAX}", f"{size_name} is at most {PAGE_SIZE_MAX}")
    return size, page


def _wanted(ask: Ask, order: Order, states: frozenset[str]) -> bool:
    """By state. Unpaid orders are for the notPay calls: by switch they come when named, with ALL, or never."""
    if order.state == UNPAID:
        how = ask.switch("unpaid")
        return how != "never" and (UNPAID in states or (how == "all" and "ALL" in states))
    return "ALL" in states or order.state in states


def _of_buyer(order: Order, buyer: tuple[str, ...]) -> bool:
    pin, open_id, xid = buyer
    doc = order.doc
    return (
        (not pin or doc.get("realPin") == pin)
        and (not open_id or doc["open_id_buyer"] == open_id)
        and (not xid or doc["xid_buyer"] == xid)
    )


def listed(
    ask: Ask, key: tuple[str, ...], axis: str, start: str, end: str, keep: Callable[[Order], bool], down: bool
) -> list[Order]:
    """Orders of the window that pass, sorted; kept until an order changes or a late one appears."""
    market, late = ask.market, ask.market.stamp() if ask.market.late else ""
    whole = (ask.shop_id, late, *key)
    kept = market.listings.get(whole)
    if kept is None:
        if len(market.listings) > LISTINGS_KEPT:
            market.listings.clear()
        stamp = market.stamp()
        rows = [market.orders[one] for one in market.window(ask.shop_id, axis, start, end)]
        kept = [order for order in rows if order.shown_from <= stamp and keep(order)]
        if down:
            kept.reverse()
        market.listings[whole] = kept
    return kept


def cut(ask: Ask, rows: list[Order], page: int, size: int) -> list[Order]:
    """One page; under `repeated_page` the one shown before once more."""
    key = (ask.shop_id, ask.method)
    if ask.fault("repeated_page") and key in ask.market.served:
        return [ask.market.orders[order_id] for order_id in ask.market.served[key]]
    shown = rows[(page - 1) * size : page * size]
    if shown:
        ask.market.served[key] = [order.order_id for order in shown]
    return shown


def detail(ask: Ask, sealed: bool = False) -> Doc:
    """jingdong.pop.order.get, and enGet when `sealed`."""
    order = ask.order("order_id")
    fields = ask.text("optional_fields")
    if not fields.strip(", "):
        told: Doc = {"apiResult": result(ask, "optional_fields不能为空", "optional_fields is required")}
    elif order is None or (ask.has("order_state") and not _wanted(ask, order, _named(ask))):
        told = {"apiResult": result(ask, "订单不存在", "order does not exist", 10_100_041)}
    else:
        told = {"apiResult": result(ask), "orderInfo": spoil(ask, [project(ask, order, fields, sealed)])[0]}
    return {"orderDetailInfo": told}


def _named(ask: Ask) -> frozenset[str]:
    return frozenset(ALIASES.get(one.strip(), one.strip()) for one in ask.text("order_state").split(","))


ALL_FIELDS = (
    "orderId,venderId,orderType,payType,orderTotalPrice,orderSellerPrice,orderPayment,freightPrice,sellerDiscount,"
    "balanceUsed,shouldPay,actualPay,payDiscount,orderState,orderStateRemark,deliveryType,orderRemark,venderRemark,"
    "orderStartTime,orderEndTime,modified,paymentConfirmTime,orderSource,parentOrderId,open_id_buyer,xid_buyer,"
    "consigneeInfo,itemInfoList,itemExt,couponDetailList"
)
"""What the unpaid calls answer; they take no optional_fields and their fields are not documented."""


def unpaid(ask: Ask) -> Doc:
    """jingdong.pop.order.notPayOrderInfo: by creation; the result has the shape of search, its key is a switch."""
    key = str(ask.switch("unpaid_search_key"))
    start, end = ask.moment("startDate", True), ask.moment("endDate", True)
    try:
        size, page = _paging(ask, "pageSize")
    except _No as no:
        return {key: {"apiResult": result(ask, no.chinese, no.english), "orderTotal": 0}}
    rows = listed(ask, ("unpaid", start, end), "created", start, end, lambda order: order.state == UNPAID, False)
    told = [project(ask, order, ALL_FIELDS, False) for order in cut(ask, rows, page, size)]
    return {key: {"apiResult": result(ask), "orderTotal": _total(ask, len(rows)), "orderInfoList": spoil(ask, told)}}


def unpaid_one(ask: Ask) -> Doc:
    """jingdong.pop.order.notPayOrderById; the result has the shape of get, its key is a switch."""
    order, key = ask.order(), str(ask.switch("unpaid_get_key"))
    if order is None or order.state != UNPAID:
        return {key: {"apiResult": result(ask, "订单不存在", "order does not exist", 10_100_041)}}
    return {key: {"apiResult": result(ask), "orderInfo": project(ask, order, ALL_FIELDS, False)}}


def remarks(ask: Ask, axis: str) -> Doc:
    """jingdong.pop.order.getRemarkByModifyTime and …ByCreateTime: the first hundred, at most a month."""
    start, end = ask.moment("startTime", True), ask.moment("endTime", True)
    page = ask.whole("page", None, 1)
    if start < months_before(end, 1):
        return _remarked(2, "时间跨度不能超过一个月", [])
    kind, down = ask.text("orderType"), ask.whole("sortTime", 1, -1, 1) == -1
    rows = [
        {
            "orderId": order.order_id, "remark": order.doc["venderRemark"], "created": made, "modified": changed,
            "flag": int(order.doc["venderRemarkLevelFlag"]),
        }
        for order in ask.market.of(ask.shop_id)
        for made, changed in (order.flags.get("remarked", (NEVER, NEVER)),)
        if order.doc["venderRemark"] and start <= (made if axis == "created" else changed) <= end
        and kind in ("", order.doc["orderType"])
    ]  # fmt: skip
    rows.sort(key=lambda row: str(row[axis]), reverse=down)
    return _remarked(1, "", rows[:100] if page == 1 else [], len(rows))


def _remarked(code: int, text: str, rows: list[Doc], total: int = 0) -> Doc:
    told = {"resultCode": code, "errorMsg": text, "totleNum": total, "remarkList": rows}
    return {"getremarkbymodifytime_result": told}


en_search = partial(search, sealed=True)
en_detail = partial(detail, sealed=True)
remarks_modified = partial(remarks, axis="modified")
remarks_created = partial(remarks, axis="created")
