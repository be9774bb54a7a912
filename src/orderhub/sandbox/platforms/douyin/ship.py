"""Orders sent: whole, in parts, several in one parcel, corrected; carriers, addresses. Source: douyin.md §6."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.douyin.ask import Ask, failed, illegal, missing
from orderhub.sandbox.platforms.douyin.moves import move_case, pending, ship
from orderhub.sandbox.platforms.douyin.seed import pack_id
from orderhub.sandbox.platforms.douyin.spec import COMPANIES
from orderhub.sandbox.platforms.douyin.state import Doc, Order

__all__ = ["add", "add_multi", "add_single", "addresses", "companies", "edit", "edit_pack"]


def _company(ask: Ask, source: Doc | None = None) -> str:
    code = ask.needed("company_code", source)
    if not ask.market.company(code):
        raise illegal("company_code", "不是平台支持的快递公司")
    return code


def _number(ask: Ask, source: Doc | None = None) -> str:
    number = ask.needed("logistics_code", source)
    if not number.isascii() or not number.isalnum():
        raise illegal("logistics_code", "运单号格式错误")
    return number


def _ready(order: Order, *, whole: bool) -> None:
    status = order.doc["order_status"]
    if order.abnormal:
        raise failed("订单异常，暂不能发货")
    if whole and status == 101:
        raise failed("订单已部分发货，请使用拆单发货接口")
    if status not in (2, 101):
        raise failed("当前订单状态不允许发货")


def add(ask: Ask) -> Doc:
    """order.logisticsAdd: the whole parent; a pending refund blocks it unless it shall be rejected."""
    order, company = ask.order(ask.needed("order_id")), _company(ask)
    number = _number(ask)
    _ready(order, whole=True)
    if pending(order):
        if not (ask.flag("is_reject_refund") or ask.flag("is_refund_reject")):
            raise failed("订单存在售后，不能发货")
        _reject(ask, order)
    units = {str(child["order_id"]): order.left(child) for child in order.children if child["order_status"] == 2}
    pack = pack_id(ask.market)
    ship(ask.market, order, units, company, number, ask.market.stamp(), pack)
    return {"pack_id": pack}


def _reject(ask: Ask, order: Order) -> None:
    """Cases that wait for the shop are closed by shipping."""
    for case in ask.market.cases_of(order):
        if case.info["aftersale_status"] in (6, 27, 29):
            move_case(ask.market, order, case, "close", refund_status=4)


def _units(ask: Ask, rows: list[Doc], orders: list[Order]) -> list[tuple[Order, dict[str, int]]]:
    """Children with numbers, by order; refused when one is unknown, pending or more than is left."""
    told: dict[str, dict[str, int]] = {order.order_id: {} for order in orders}
    for row in rows:
        child_id = ask.needed("shipped_order_id", row)
        found = [(order, child) for order in orders if (child := order.child(child_id)) is not None]
        if not found:
            raise failed("子订单不存在")
        [(order, child)] = found
        units = told[order.order_id]
        most = order.left(child) - units.get(child_id, 0)
        count = ask.whole("shipped_num", 1, default=most or 1, source=row)
        if child["order_status"] not in (2, 101) or count > most:
            raise failed("子订单状态或数量不允许发货")
        if child in pending(order):
            raise failed("子订单存在售后，不能发货")
        units[child_id] = units.get(child_id, 0) + count
    return [(order, told[order.order_id]) for order in orders if told[order.order_id]]


def add_multi(ask: Ask) -> Doc:
    """order.logisticsAddMultiPack: parcels of one order; the same request_id again gets the first answer."""
    return dict(ask.once(ask.needed("request_id"), lambda: _add_multi(ask)))


def _add_multi(ask: Ask) -> Doc:
    order, packs = ask.order(ask.needed("order_id")), ask.rows("pack_list")
    _ready(order, whole=False)
    work = []
    everything: list[Doc] = []
    for pack in packs:
        rows = ask.rows("shipped_order_info", source=pack)
        everything += rows
        work.append((_company(ask, pack), _number(ask, pack), rows))
    _units(ask, everything, [order])  # all or nothing: judged together before the first one leaves
    told = []
    for company, number, rows in work:
        [(_, units)] = _units(ask, rows, [order])
        pack_no = pack_id(ask.market)
        ship(ask.market, order, units, company, number, ask.market.stamp(), pack_no)
        told.append({"pack_id": pack_no, "logistics_code": number, "company_code": company})
    return {"pack_list": told}


def add_single(ask: Ask) -> Doc:
    """order.logisticsAddSinglePack: children of several orders in one parcel."""
    return dict(ask.once(ask.needed("request_id"), lambda: _add_single(ask)))


def _add_single(ask: Ask) -> Doc:
    ids = ask.listed("order_id_list")
    if not ids:
        raise missing("order_id_list")
    orders = [ask.order(one) for one in dict.fromkeys(ids)]
    company, number, pack = _company(ask), _number(ask), pack_id(ask.market)
    for order in orders:
        _ready(order, whole=False)
    work = _units(ask, ask.rows("shipped_order_info"), orders)
    if len(work) != len(orders):
        raise missing("shipped_order_info")
    for order, units in work:
        ship(ask.market, order, units, company, number, ask.market.stamp(), pack)
    return {"pack_id": pack}


def edit(ask: Ask) -> Doc:
    """order.logisticsEdit: the number of an order that left in one parcel."""
    order = ask.order(ask.needed("order_id"))
    packs = order.doc["logistics_info"]
    if len(packs) > 1:
        raise failed("订单有多个包裹，请使用按包裹修改接口")
    return _edited(ask, order, packs)


def edit_pack(ask: Ask) -> Doc:
    """order.logisticsEditByPack: the number of one parcel."""
    order, pack = ask.order(ask.needed("order_id")), ask.needed("pack_id")
    return _edited(ask, order, [one for one in order.doc["logistics_info"] if one["delivery_id"] == pack])


def _edited(ask: Ask, order: Order, packs: list[Doc]) -> Doc:
    company, number = _company(ask), _number(ask)
    if not packs or order.doc["order_status"] not in (3, 101):
        raise failed("包裹不存在或当前状态不允许修改物流")
    packs[0].update(tracking_no=number, company=company, company_name=ask.market.company(company))
    ask.market.touch(order)
    told = {"logistics_code": number, "express_company_id": company, "pack_id": packs[0]["delivery_id"]}
    parts = {"p_id": int(order.order_id), "shop_id": int(order.shop_id), "order_status": order.doc["order_status"]}
    ask.market.heard(ask.shop_id, "correct", {**parts, "s_ids": [], "order_type": 0, "biz": 2, **told})
    return {}


def companies(ask: Ask) -> list[Doc]:
    """order.logisticsCompanyList: data is a list."""
    return [{"id": place, "name": name, "code": code} for place, (code, name) in enumerate(COMPANIES, 1)]


def addresses(ask: Ask) -> Doc:
    """address.list: pages count from 1; one address to send from and one for returns."""
    page, size = ask.whole("page_no", 1), ask.whole("page_size", 1, 100)
    shop = ask.market.shops[ask.shop_id]
    rows: list[dict[str, Any]] = [
        {
            "address_id": 6_000 + shop.number * 10 + place, "reciever_name": "示例仓库", "receiver_provinc": "浙江省",
            "receiver_city": "杭州市", "receiver_district": "余杭区", "link_type": 0, "is_default": place == 1,
            "is_send_default": place == 0,
        }
        for place in range(2)
    ]  # fmt: skip
    return {"address_list": rows[(page - 1) * size : page * size], "total": len(rows)}
