"""The SP gateway: resources by path over the same state. Source: docs/platforms/jd.md §1B, §3B, §6, §7, §8C."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import ParsedRequest
from orderhub.sandbox.platforms.jd import spwrite
from orderhub.sandbox.platforms.jd.ask import Ask, invalid
from orderhub.sandbox.platforms.jd.extras import merge_groups
from orderhub.sandbox.platforms.jd.orders import cut, listed
from orderhub.sandbox.platforms.jd.spec import ALIASES, CARRIERS, CONTRACTED, STATES
from orderhub.sandbox.platforms.jd.spview import afs_view, order_view
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.views import spoil
from orderhub.sandbox.platforms.jd.wire import Refusal, china, concat, json_reply

__all__ = ["PREFIX", "ROUTES", "Handler", "answer", "base_string", "find", "given_of", "no"]

PREFIX = re.compile(r"(?:/rest)?(/sp-[a-z]+/v0/.+)")
HEADERS = ("X-JOS-App-Key", "X-JOS-Access-Token", "X-JOS-Timestamp", "X-JOS-Sign-Method")
"""Signed under these names."""


def base_string(request: ParsedRequest, path: Mapping[str, str], body_key: str) -> str:
    """Headers, query, path parameters and body run together; the body only when it says something."""
    signed = {name: request.headers[name.lower()] for name in HEADERS if name.lower() in request.headers}
    signed |= dict(request.query) | dict(path)
    body = request.body.decode("utf-8", "replace")
    if body not in ("", "{}"):
        signed[body_key] = body
    return concat(signed.items())


def given_of(request: ParsedRequest, path: Mapping[str, str]) -> Doc:
    """Query, body and path as one set of parameters."""
    told: Doc = dict(request.query)
    if request.body and request.method not in ("GET", "DELETE"):
        try:
            body = json.loads(request.body)
        except ValueError:
            raise invalid("body", "请求体不是JSON") from None
        if not isinstance(body, dict):
            raise invalid("body", "请求体应为对象")
        told |= body
    return told | dict(path)


def answer(data: object, paging: Doc | None, request_id: str, wrapped: bool, flag: bool | str) -> Reply:
    """A success."""
    told: Doc = {"success": flag, "data": data, "errorList": [], "extension": {"requestId": request_id}}
    if paging is not None:
        told["paginationData"] = paging
    return json_reply({"Response": told} if wrapped else told)


def no(refusal: Refusal, request_id: str, wrapped: bool, flag: bool | str) -> Reply:
    """A refusal under status 200. Codes of this gateway are not documented: those of the classic one stand in."""
    error = {"code": refusal.code, "message": refusal.chinese, "details": refusal.english}
    told = {"success": flag, "data": None, "errorList": [error], "extension": {"requestId": request_id}}
    return json_reply({"Response": told} if wrapped else told)


def _paging(ask: Ask) -> tuple[int, int]:
    return ask.whole("page", 1, 1), ask.whole("pageSize", 20, 1, ask.switch("sp_page_max"))


def _pages(page: int, size: int, total: int) -> Doc:
    return {
        "currentPage": page, "pageSize": size, "totalItems": total, "totalPages": -(-total // size),
        "hasNextPage": page * size < total,
    }  # fmt: skip


def _china(ask: Ask, name: str, default: str) -> str:
    """An instant in epoch milliseconds, of which the whole seconds count."""
    return china(datetime.fromtimestamp(ask.whole(name, None, 0, _MS_MAX) // 1000, UTC)) if ask.has(name) else default


def orders(ask: Ask) -> tuple[object, Doc]:
    """GET /sp-order/v0/orders: a window on one axis, oldest first unless sortOrder says desc."""
    names = frozenset(ALIASES.get(one, one) for one in ask.text("orderStatus").split(",") if one)
    if names - STATES.keys():
        raise invalid("orderStatus", "orderStatus不合法")
    by = ask.text("sortBy").lower()
    axis = "created" if "creat" in by else "modified" if "modif" in by else str(ask.switch("sp_axis"))
    start, end = _china(ask, "startTime", "0"), _china(ask, "endTime", "9999")
    page, size = _paging(ask)
    kind, buyer, down = ask.text("orderType"), ask.text("xidBuyer"), ask.text("sortOrder").lower() == "desc"
    how = ask.switch("unpaid")

    def keep(order: Order) -> bool:
        hidden = order.state == "NOT_PAY" and how != "all" and (how == "never" or "NOT_PAY" not in names)
        fits = (not names or order.state in names) and (not kind or order.doc["orderType"] == kind)
        return fits and not hidden and (not buyer or order.doc["xid_buyer"] == buyer)

    key = ("sp", axis, start, end, ",".join(sorted(names)), kind, buyer, str(down), how)
    rows = listed(ask, key, axis, start, end, keep, down)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(rows[-1] if down else rows[0])
        rows = listed(ask, key, axis, start, end, keep, down)
    told = spoil(ask, [order_view(ask, order) for order in cut(ask, rows, page, size)])
    return told, _pages(page, size, len(rows))


def order(ask: Ask) -> tuple[object, None]:
    """GET /sp-order/v0/orders/{orderId}."""
    found = ask.order()
    if found is None:
        raise Refusal("10100041", "订单不存在或不属于该商家", "order does not exist")
    return spoil(ask, [order_view(ask, found)])[0], None


def carriers(ask: Ask) -> tuple[object, None]:
    """GET /sp-order/v0/carriers: what the shop has signed with."""
    rows = [
        {"id": int(one), "providerCode": one, "providerName": CARRIERS[one], "providerType": 1, "operationType": 1}
        for one in CONTRACTED
    ]
    return rows, None


def stocks(ask: Ask) -> tuple[object, None]:
    """GET /sp-product/v0/sku-stocks."""
    ids = [one for one in ask.need("skuIdList").split(",") if one]
    found = [sku for sku in (ask.market.sku_of(ask.shop_id, one) for one in ids) if sku is not None]
    zeros = ("appBookingNum", "unpaidBookingNum", "orderTransferNum", "transferOutNum", "reserveNum", "notForSaleNum")
    rows = [
        {
            "skuId": sku.sku_id, "storeId": 0, "warehouseId": 0, "dcId": 0, "stockNum": sku.stock,
            "orderBookingNum": sku.booked, **dict.fromkeys(zeros, 0),
        }
        for sku in found
    ]  # fmt: skip
    return rows, None


def _bills(ask: Ask) -> list[Doc]:
    return [bill for bill in ask.market.services.values() if bill["_shop"] == ask.shop_id]


def afs_orders(ask: Ask) -> tuple[object, Doc]:
    """GET /sp-aftercare/v0/afs-orders: service bills by times and states."""
    page, size = _paging(ask)
    spans = [
        (name, ask.whole(f"{head}StartTime", 0, 0), ask.whole(f"{head}EndTime", 1 << 62, 0))
        for name, head in (("updateTime", "update"), ("applyTime", "apply"))
    ]
    names = ("orderId", "mainStatus", "subStatus", "customerExpect")
    rows = [
        row
        for row in map(afs_view, sorted(_bills(ask), key=lambda bill: (bill["updateDate"], bill["serviceId"])))
        if all(start <= row[name] <= end for name, start, end in spans)
        and all(not ask.has(name) or str(row[name]) == ask.text(name) for name in names)
        and (not ask.has("refundStatus") or str(row["refundInfo"]["refundStatus"]) == ask.text("refundStatus"))
    ]
    return rows[(page - 1) * size : page * size], _pages(page, size, len(rows))


def afs_order(ask: Ask) -> tuple[object, None]:
    """GET /sp-aftercare/v0/afs-orders/{afsOrderId}."""
    for bill in _bills(ask):
        if str(bill["serviceId"]) == ask.text("afsOrderId"):
            return afs_view(bill), None
    raise Refusal("10002", "服务单不存在", "no such service order")


def groups(ask: Ask) -> tuple[object, None]:
    """POST /sp-order/v0/merge-delivery-groups: which waiting orders go to the same receiver."""
    return {"mergeDeliveryGroupList": merge_groups(ask, ask.rows("mergeDeliveryGroupList", ask.given, 100))}, None


_MS_MAX = 9_999_999_999_999

Handler = Callable[[Ask], tuple[object, Doc | None]]

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/sp-order/v0/orders", orders),
    ("GET", "/sp-order/v0/orders/{orderId}", order),
    ("POST", "/sp-order/v0/orders/{orderId}/shipments", spwrite.ship_order),
    ("PUT", "/sp-order/v0/orders/{orderId}/shipments", spwrite.reship_order),
    ("PUT", "/sp-order/v0/orders/{orderId}/vender-remarks", spwrite.note),
    ("PUT", "/sp-order/v0/orders/{orderId}/consignees", spwrite.readdress),
    ("GET", "/sp-order/v0/carriers", carriers),
    ("POST", "/sp-order/v0/merge-delivery-groups", groups),
    ("GET", "/sp-product/v0/sku-stocks", stocks),
    ("PUT", "/sp-product/v0/sku-stocks/batch", spwrite.restock),
    ("GET", "/sp-aftercare/v0/afs-orders", afs_orders),
    ("GET", "/sp-aftercare/v0/afs-orders/{afsOrderId}", afs_order),
)
"""Verb, path, handler."""

_COMPILED = tuple(
    (verb, path, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler) for verb, path, handler in ROUTES
)


def find(request: ParsedRequest) -> tuple[str, Handler, dict[str, Any]] | None:
    """(operation, handler, path parameters) of a request; None when no resource is there."""
    place = PREFIX.fullmatch(request.path)
    for verb, path, pattern, handler in _COMPILED:
        found = pattern.fullmatch(place.group(1)) if place else None
        if found and verb == request.method:
            return f"{verb} {path}", handler, found.groupdict()
    return None
