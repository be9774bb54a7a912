"""Other writes on orders: remark, address, cancellation, serial numbers. Source: docs/platforms/jd.md §6."""

from __future__ import annotations

import re

from orderhub.sandbox.platforms.jd.ask import Ask, missing
from orderhub.sandbox.platforms.jd.moves import address, cancel
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order

__all__ = ["apply_delete", "change_address", "put_remark", "refused", "remark", "renamed", "serial_codes"]

REMARK_MAX, SERIALS_MAX, REASON_MAX = 500, 4, 500
_PHONE = re.compile(r"1\d{10}")


def put_remark(market: Market, order: Order, text: str, flag: int) -> None:
    """Set the seller's note; an empty one deletes it."""
    made, _ = order.flags.get("remarked", (market.stamp(), ""))
    order.flags["remarked"] = (made, market.stamp())
    order.doc["venderRemark"], order.doc["venderRemarkLevelFlag"] = text, str(flag if text else 0)
    market.place(order)


def refused(order: Order | None, text: str, flag: int) -> tuple[str, str]:
    """(code, why) for a note that cannot be written; empty when it can."""
    if order is None:
        return "10100041", "订单不存在或不属于该商家"
    if len(text) > REMARK_MAX:
        return "10100039", "备注不能超过500个字符"
    if flag not in range(6):
        return "10100040", "备注标记不合法"
    return "", ""


def remark(ask: Ask) -> Doc:
    """jingdong.pop.order.modifyVenderRemark: text and flag together; `modified` stays: state and waybill move it."""
    order, text, flag = ask.order("order_id"), ask.text("remark"), ask.whole("flag", None)
    if "remark" not in ask.given:
        raise missing("remark")
    code, why = refused(order, text, flag)
    if order is not None and not code:
        put_remark(ask.market, order, text, flag)
    told = {"success": ask.flag(not code), "error_code": code or "10100000", "chinese_err_code": why}
    told |= {"english_err_code": code, "out_batch_id": "", "sendbatch_id": ""}
    return {"modifyvenderremark_result": told}


def renamed(order: Order | None, given: Doc) -> tuple[str, Doc]:
    """(error code or empty, receiver fields) of an address change."""
    if order is None:
        return "10100041", {}
    phone, who = str(given.get("customerPhone") or ""), order.doc["consigneeInfo"]
    if phone and not _PHONE.fullmatch(phone):
        return "20011", {}
    stays = str(given.get("provinceId")) == who["provinceId"] and str(given.get("cityId")) == who["cityId"]
    if order.state != "WAIT_SELLER_STOCK_OUT" or order.doc["orderType"] != "22" or order.moved or not stays:
        return "10100021", {}
    detail = str(given.get("detailAddr") or given.get("detailAddress") or "")
    county, town = str(given.get("countyId")), str(given.get("townId") or "-1")
    fresh = {"fullname": str(given["customerName"]), "countyId": county, "townId": "" if town == "-1" else town}
    if county == who["countyId"] and town in ("-1", who["townId"]):
        fresh |= {name: who[name] for name in ("county", "town", "townId")}
    else:
        fresh |= {"county": who["county"] if county == who["countyId"] else f"区县{county}", "town": ""}
    fresh["fullAddress"] = "".join((who["province"], who["city"], fresh["county"], fresh["town"], detail))
    return "", {**fresh, "mobile": phone} if phone else fresh


def change_address(ask: Ask) -> Doc:
    """jingdong.pop.order.modifyOrderAddr: once, awaiting outbound, within province and city; a bare `success`."""
    for name in ("customerName", "provinceId", "cityId", "countyId", "detailAddr"):
        ask.need(name)
    order = ask.order()
    code, fresh = renamed(order, dict(ask.given))
    if order is None or code:
        return {"success": ask.flag(False), "errorCode": code}
    order.moved = True
    address(ask.market, order, fresh)
    return {"success": ask.flag(True)}


def apply_delete(ask: Ask) -> Doc:
    """jingdong.order.orderDelete.apply: cash on delivery only; the order ends at once (its review is not emulated)."""
    order, kind, reason = ask.order("order_id"), ask.whole("del_apply_type", None, 2, 3), ask.need("del_apply_reason")
    code, why = "1", ""
    if order is None:
        code, why = "10100041", "订单不存在或不属于该商家"
    elif not order.is_cod:
        code, why = "10400033", "仅支持货到付款订单"
    elif len(reason) > REASON_MAX or order.state not in ("WAIT_SELLER_STOCK_OUT", "PAUSE"):
        code, why = "10100021", "订单状态不允许取消"
    else:
        order.flags["cancelled_by"] = kind
        cancel(ask.market, order, ask.market.stamp())
    return {"result": {"success": ask.flag(not why), "result_code": code, "result_describe": why}}


def serial_codes(ask: Ask) -> Doc:
    """jingdong.pop.order.serialCode.upload: serial numbers of a subsidy order, before shipping."""
    order, sku_id = ask.order(), ask.need("skuId")
    codes = ask.given.get("serialCodeList") or ([ask.given["serialCode"]] if ask.has("serialCode") else [])
    known = order is not None and any(row["skuId"] == sku_id for row in order.doc["itemInfoList"])
    fine = isinstance(codes, list) and 0 < len(codes) <= SERIALS_MAX and order is not None and known
    if fine and order is not None and order.state == "WAIT_SELLER_STOCK_OUT":
        order.flags["serials"] = codes
        return {"response": {"status": 1, "subCode": "", "subMsg": ""}}
    return {"response": {"status": 2, "subCode": "10100021", "subMsg": "序列号上传失败"}}
