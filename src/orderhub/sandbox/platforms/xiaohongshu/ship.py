"""Parcels and notes. Source: docs/platforms/xiaohongshu.md. Imports `ask`, `moves`."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.xiaohongshu.ask import Ask
from orderhub.sandbox.platforms.xiaohongshu.moves import Illegal, ship
from orderhub.sandbox.platforms.xiaohongshu.spec import COMPANIES, COMPANY_NAMES

__all__ = ["companies", "deliver", "memo", "modify", "tracking"]


def _parcel(ask: Ask) -> tuple[str, str]:
    """(number, company): the company must be listed."""
    company = ask.needed("expressCompanyCode")
    if company not in COMPANY_NAMES:
        raise ask.bad("expressCompanyCode")
    return ask.needed("expressNo"), company


def deliver(ask: Ask) -> Any:
    """order.orderDeliver: with `unpack` the SKUs of `skuIdList`, else everything."""
    order, (number, company) = ask.order(), _parcel(ask)
    split, named = ask.params.get("unpack") in (True, "true"), ask.texts("skuIdList")
    if split != bool(named) or set(named) - {sku["skuId"] for sku in order.skus}:
        raise ask.bad("skuIdList")
    at = ask.number("deliveringTime", ask.market.stamp(), least=10**11)
    try:
        ship(ask.market, order, named, min(at, ask.market.stamp()), number, company)
    except Illegal as illegal:
        raise ask.illegal("订单状态不允许发货") from illegal
    ask.market.touch(order)
    return {}


def modify(ask: Ask) -> Any:
    """order.modifyOrderExpressInfo: another number on the parcel; `deliveryOrderIndex` chooses one of several."""
    order, (number, company) = ask.order(), _parcel(ask)
    index = ask.number("deliveryOrderIndex", 0)
    chosen = [one for one in order.doc["simpleDeliveryOrderList"] if index in (0, one["deliveryOrderIndex"])]
    if len(chosen) != 1:
        raise ask.illegal("找不到对应的包裹")
    if order.doc["expressTrackingNo"] == chosen[0]["expressTrackingNo"]:
        order.doc.update(expressTrackingNo=number, expressCompanyCode=company)
    chosen[0].update(expressTrackingNo=number, expressCompanyCode=company)
    ask.market.touch(order)
    return {}


def tracking(ask: Ask) -> Any:
    """order.getOrderTracking: the parcels; no source tells more of the answer."""
    return {"orderTrackInfos": ask.order().doc["simpleDeliveryOrderList"]}


def companies(ask: Ask) -> Any:
    """common.getExpressCompanyList."""
    rows = [{"expressCompanyCode": code, "expressCompanyName": name} for code, name in COMPANIES]
    return {"expressCompanyInfos": rows}


def memo(ask: Ask) -> Any:
    """order.modifySellerMarkInfo."""
    order = ask.order()
    order.doc.update(sellerRemark=ask.text("sellerMarkNote"))
    order.doc["sellerRemarkFlag"] = ask.number("sellerMarkPriority", order.doc["sellerRemarkFlag"], most=9)
    ask.needed("operator")
    ask.market.touch(order)
    return {}
