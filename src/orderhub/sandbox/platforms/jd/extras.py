"""Smaller reads: promotions, invoices, receivers, shop, areas. Source: docs/platforms/jd.md §2, §3A, §5."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orderhub.sandbox.people import PLACES
from orderhub.sandbox.platforms.jd.ask import Ask, invalid
from orderhub.sandbox.platforms.jd.money import gross, parts
from orderhub.sandbox.platforms.jd.spec import COUPONS
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.views import merge_key, oaid_of
from orderhub.sandbox.platforms.jd.wire import china, fen, instant, number

__all__ = [
    "areas",
    "coupons",
    "invoice",
    "merge",
    "merge_groups",
    "mobiles",
    "promotions",
    "report",
    "shop",
    "split_rows",
    "vender",
]

MERGE_MAX, MOBILES_MAX = 100, 10


def vender(ask: Ask) -> Doc:
    """jingdong.seller.vender.info.get."""
    who = ask.market.shops[ask.shop_id]
    told = {"vender_id": int(who.vender_id), "shop_id": int(who.jd_shop_id), "shop_name": who.name}
    return {"vender_info_result": told}


def shop(ask: Ask) -> Doc:
    """jingdong.vender.shop.query."""
    return {"shop_jos_result": vender(ask)["vender_info_result"]}


def report(ask: Ask) -> Doc:
    """jingdong.jos.secret.api.report.get: where TDE clients leave their statistics."""
    return {"response": {"errorCode": "0"}}


def split_rows(order: Order) -> list[Doc]:
    """Discounts by row and bearer, amounts in yuan."""
    off, told = parts(order.doc), []
    for row in order.doc["itemInfoList"]:
        uuid = row["itemExt"]["skuUuid"]
        amounts = [
            {
                "type": int(code), "typeName": COUPONS[code], "amount": number(share),
                "orderCostAmounts": [{"bearer": int(bearer), "bearRate": 100, "bearAmount": number(share)}],
            }
            for code, bearer, share in off[uuid]
        ]  # fmt: skip
        kind = 3 if row["jdPrice"] == "0.00" else 1
        told.append({
            "orderId": order.order_id, "skuId": row["skuId"], "skuUuid": uuid, "num": int(row["itemTotal"]),
            "skuType": kind, "amountExpands": amounts,
        })  # fmt: skip
    return told


def promotions(ask: Ask) -> Doc:
    """jingdong.pop.order.ocs.query: who bears which discount; 100004 while there is no data yet."""
    if ask.need("verticalCode") != "cn_retail_pop":
        raise invalid("verticalCode", "verticalCode应为cn_retail_pop")
    order, key = ask.order(), str(ask.switch("ocs_key"))
    if order is None or not order.is_paid or _young(ask, order):
        return {key: {"code": "100004", "reason": "暂无数据", "data": None}}
    return {key: {"code": "SUCCESS", "reason": "", "data": split_rows(order)}}


def _young(ask: Ask, order: Order) -> bool:
    ready = instant(order.doc["paymentConfirmTime"]) + timedelta(seconds=ask.switch("price_lag_s"))
    return china(ready) > ask.market.stamp()


def coupons(ask: Ask) -> Doc:
    """jingdong.pop.order.queryCouponDetai: prices and discounts per SKU, and who bears each coupon; yuan."""
    order = ask.order()
    if order is None:
        return {"couponDetailExternal": {"rtnCode": -1, "couponDetailVo": None}}
    doc, off = order.doc, parts(order.doc)
    listed = []
    for coupon in doc["couponDetailList"]:
        code, amount = coupon["couponType"].partition("-")[0], fen(coupon["couponPrice"])
        ours = code not in ("39", "41")
        listed.append({
            "couponTypeDesc": coupon["couponType"], "couponPrice": number(amount),
            "venderDivideMoney": number(amount if ours else 0), "jdDivideMoney": number(0 if ours else amount),
        })  # fmt: skip
    told = {
        "promotionList": [],
        "couponList": listed,
        "skuList": [_sku_row(row, off[row["itemExt"]["skuUuid"]]) for row in doc["itemInfoList"]],
    }
    return {"couponDetailExternal": {"rtnCode": 0, "couponDetailVo": told}}


def _sku_row(row: Doc, off: list[tuple[str, str, int]]) -> Doc:
    by = {code: sum(share for one, _, share in off if one == code) for code, _, _ in off}
    paid = gross(row) - sum(by.values())
    told: dict[str, Any] = {
        "skuCode": row["skuId"], "count": int(row["itemTotal"]), "skuPrice": float(row["jdPrice"]),
        "baseDiscount": by.get("30", 0), "manJian": by.get("35", 0), "coupon": by.get("100", 0),
        "jingQuan": by.get("41", 0), "jingDou": by.get("39", 0), "shouldPay": paid,
    }  # fmt: skip
    for name in ("venderFee", "baseFee", "remoteFee", "balance", "superRedEnvelope", "plus95", "taxFee", "dongQuan"):
        told[name] = 0
    return {name: number(value) if name not in _AS_IS else value for name, value in told.items()}


_AS_IS = frozenset({"skuCode", "count", "skuPrice"})


def invoice(ask: Ask) -> Doc:
    """jingdong.pop.cinvoice.apply.order: what the buyer wants on the invoice; no request is no data."""
    order = ask.order()
    if order is None or order.doc["invoiceInfo"] == "不需要开具发票":
        return {"response": {"code": "10000", "success": ask.flag(True), "data": None}}
    pairs = (part.partition(":")[::2] for part in order.doc["invoiceInfo"].split(";"))
    said = dict(pairs)
    company = said.get("发票抬头", "个人") != "个人"
    data = {
        "applyId": int(order.order_id), "sourceId": order.order_id, "invoiceTitleType": 5 if company else 4,
        "invoiceTitle": said.get("发票抬头", ""), "consumerTaxId": order.flags.get("tax_no", ""), "invoiceType": 1,
        "ivcContentType": 1, "invoiceStatus": 1, "shouldInvoiceAmount": number(fen(order.doc["shouldPay"])),
        "applyTime": order.doc["orderStartTime"], "auditTime": "",
    }  # fmt: skip
    return {"response": {"code": "10000", "success": ask.flag(True), "data": data}}


def merge(ask: Ask) -> Doc:
    """jingdong.jos.order.oaid.merge: orders of one receiver; only prepaid ones that wait to be sent, rest alone."""
    rows = ask.rows("mergeList", ask.nested("request"), MERGE_MAX)
    groups: dict[str, list[str]] = {}
    for row in rows:
        order_id = str(row.get("orderId", ""))
        order = ask.market.order_of(ask.shop_id, order_id)
        who = order.doc["consigneeInfo"] if order is not None else {}
        waits = order is not None and order.state == "WAIT_SELLER_STOCK_OUT" and not order.is_cod
        known = order is not None and waits and oaid_of(order, who) == row.get("oaid")
        groups.setdefault(merge_key(who) if known else order_id, []).append(order_id)
    told = [{"mergeOrderIds": ids} for ids in groups.values()]
    return {"response": {"code": 200, "msg": "success", "data": {"mergeResults": told}}}


def merge_groups(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """Each order named with all waiting orders of its receiver; an unknown one or a stale token stands alone."""
    waiting: dict[str, list[str]] = {}
    for order in ask.market.of(ask.shop_id):
        if order.state == "WAIT_SELLER_STOCK_OUT" and order.shown_from <= ask.market.stamp():
            waiting.setdefault(merge_key(order.doc["consigneeInfo"]), []).append(order.order_id)
    told = []
    for row in rows:
        found = ask.market.order_of(ask.shop_id, str(row.get("orderId", "")))
        who = found.doc["consigneeInfo"] if found is not None else {}
        fits = found is not None and oaid_of(found, who) == row.get("oaid")
        same = waiting.get(merge_key(who), []) if fits else []
        told.append({**row, "mergeOrderIdList": [int(one) for one in same if one != str(row.get("orderId", ""))]})
    return told


def mobiles(ask: Ask) -> Doc:
    """jingdong.pop.order.getmobilelist: virtual numbers with an extension, valid 1 to 30 days."""
    ids = [one.strip() for one in ask.need("orderIds").split(",") if one.strip()]
    ask.need("appName")
    days = ask.whole("expiration", 15, 1, 30)
    if ask.text("orderType", "POP") not in ("POP", "PURCHASE", "AFS", "DROPSHIP") or len(ids) > MOBILES_MAX:
        return {"code": 405, "message": "orderType或orderIds不合法", "data": None}
    found = {one: ask.market.order_of(ask.shop_id, one) for one in ids}
    told = {one: _virtual(ask, order, days) for one, order in found.items() if order is not None}
    if not told:
        return {"code": 404, "message": "查询不到订单", "data": None}
    return {"code": 200, "message": "success", "data": told}


def _virtual(ask: Ask, order: Order, days: int) -> Doc:
    tail = int(order.order_id) % 10_000
    phone = order.doc["consigneeInfo"]["mobile"]
    return {
        "oderId": order.order_id, "venderId": order.doc["venderId"], "customerPhone": f"1884000{tail:04d}-{tail:04d}",
        "consMobilePhone": f"1884000{tail:04d}-{tail:04d}", "consMobilePhoneFuzzy": f"{phone[:3]}****{phone[-4:]}",
        "expiration": china(ask.market.now() + timedelta(days=days)),
    }  # fmt: skip


def areas(ask: Ask, level: str) -> Doc:
    """jingdong.areas.*.get: the ids that receivers carry; the form of the answer is not documented."""
    provinces = list(dict.fromkeys(place.province for place in PLACES))
    if level == "province":
        rows = list(enumerate(provinces, 1))
    elif level == "city":
        chosen = provinces[ask.whole("parent_id", None, 1, len(provinces)) - 1]
        rows = [
            (1000 + at, place.city or place.district) for at, place in enumerate(PLACES) if place.province == chosen
        ]
    else:
        base, step = (1000, 3000) if level == "county" else (3000, 50_000)
        at = ask.whole("parent_id", None, base, base + len(PLACES) - 1) - base
        rows = [(step + at, PLACES[at].district if level == "county" else PLACES[at].towns[0])]
    return {"result": [{"areaId": area_id, "areaName": name} for area_id, name in rows]}
