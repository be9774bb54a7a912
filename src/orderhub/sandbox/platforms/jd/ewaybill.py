"""JD's electronic waybills: contracts, numbers, cancellation. Source: docs/platforms/jd.md §6 (E-waybill)."""

from __future__ import annotations

import json
from typing import Any

from orderhub.sandbox.platforms.jd.ask import Ask, invalid
from orderhub.sandbox.platforms.jd.spec import CARRIERS, PROVIDERS
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.views import oaid_of, receiver
from orderhub.sandbox.waybills import SENDERS, EWaybill

__all__ = ["append", "cancel", "contracts", "create", "receive"]

DONE, BAD_PARAMETERS, BUSINESS = 1000, 2000, 2001
COUNT_MAX, ORDER_NO_MAX, OAID_MAX = 100, 32, 256
OURS, ELSEWHERE = "0010001", "0030001"
_SENDER = (("provinceName", "province"), ("cityName", "city"), ("countryName", "district"), ("address", "detail"))


def _contract(carrier: str) -> tuple[str, str]:
    """(branchCode, settlementCode): franchises have the one, direct carriers the other."""
    code, kind, _ = PROVIDERS[carrier]
    return (f"{code}-0001", "") if kind == 2 else ("", f"{code}-S-01")


def contracts(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.contract.query: one row a carrier, `amount` is what numbers are left."""
    rows = []
    for carrier, (code, kind, _) in PROVIDERS.items():
        branch, settlement = _contract(carrier)
        rows.append({
            "providerId": int(carrier), "providerCode": code, "providerName": CARRIERS[carrier], "providerType": 1,
            "branchCode": branch, "settlementCode": settlement, "operationType": kind, "supportCod": carrier == "2087",
            "amount": ask.market.books.left(ask.shop_id, carrier), "valueAddedServices": [],
            "address": {name: SENDERS[0][key] for name, key in _SENDER},
        })  # fmt: skip
    return {"statusCode": DONE, "statusMessage": "success", "data": rows}


def _said(code: int, text: str, data: Doc | None = None) -> Doc:
    return {"statusCode": code, "statusMessage": text, "data": data}


def _provider(given: Any) -> str:
    """The carrier id by providerId or providerCode; empty when unknown."""
    by_code = {code: carrier for carrier, (code, _, _) in PROVIDERS.items()}
    carrier = str(given.get("providerId") or by_code.get(str(given.get("providerCode", "")), ""))
    return carrier if carrier in PROVIDERS else ""


def _wrong(ask: Ask, given: Doc, carrier: str) -> str:
    """What is wrong with the parameters; empty when nothing is."""
    who = ask.market.shops[ask.shop_id]
    count, address, sender = given.get("waybillCount", 1), given.get("toAddress"), given.get("fromAddress")
    branch, settlement = _contract(carrier) if carrier else ("", "")
    ours = [{name: row[key] for name, key in _SENDER} for row in SENDERS]
    checks = (
        (bool(carrier), "providerId或providerCode不合法"),
        (str(given.get("vendorCode", "")) == who.vender_id, "vendorCode与授权商家不一致"),
        (0 < len(str(given.get("vendorOrderCode", ""))) <= ORDER_NO_MAX, "vendorOrderCode不合法"),
        (0 < len(str(given.get("platformOrderNo", ""))) <= ORDER_NO_MAX, "platformOrderNo不合法"),
        (str(given.get("salePlatform", "")) in (OURS, ELSEWHERE), "salePlatform不合法"),
        (type(count) is int and 1 <= count <= COUNT_MAX, "waybillCount应为1到100"),
        (str(given.get("payType", 0)) in ("0", "1"), "payType不合法"),
        (str(given.get("orderType", 1)) in ("1", "3"), "orderType不合法"),
        (isinstance(address, dict) and bool(address), "toAddress不能为空"),
        (isinstance(sender, dict), "fromAddress不能为空"),
        (str(given.get("branchCode") or "") == branch if branch else True, "branchCode与签约网点不一致"),
        (str(given.get("settlementCode") or "") == settlement if settlement else True, "settlementCode不合法"),
        (not ask.switch("ewaybill_sender") or {name: (sender or {}).get(name) for name, _ in _SENDER} in ours,
         "发货地址与签约地址不一致"),
    )  # fmt: skip
    return next((why for fine, why in checks if not fine), "")


def create(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.create: the same order again answers the same numbers with 1000."""
    return _created(ask, ask.nested("request"))


def _created(ask: Ask, given: Doc) -> Doc:
    carrier = _provider(given)
    why = _wrong(ask, given, carrier)
    if why:
        return _said(BAD_PARAMETERS, why)
    key = (ask.shop_id, carrier, *(str(given[name]) for name in ("platformOrderNo", "vendorCode", "vendorOrderCode")))
    kept = [one for one in ask.market.bound.get(key, ()) if not one.cancelled]
    if not kept:
        refused = _stranger(ask, given) or _short(ask, given, carrier)
        if refused:
            return _said(BUSINESS, refused)
        kept = ask.market.bound[key] = _numbers(ask, given, carrier)
    told = {"platformOrderNo": given["platformOrderNo"], "waybillCodeInfoList": [_code(one) for one in kept]}
    return _said(DONE, "success", told)


def _code(kept: EWaybill) -> Doc:
    count = kept.document["packages"]
    return {
        "waybillCode": kept.number,
        "waybillPackageNoList": [f"{kept.number}-{place}-{count}-" for place in range(1, count + 1)],
    }


def _stranger(ask: Ask, given: Doc) -> str:
    """Hidden receivers need the order they belong to; token and ciphertext must be that order's."""
    to = given["toAddress"]
    parts = [str(to.get(name) or "") for name in ("contact", "phone", "mobile", "address")]
    ciphers = [one for one in parts if _is_cipher(one)]
    if not to.get("oaid") and not ciphers and "*" not in "".join(parts):
        return ""
    order = ask.market.order_of(ask.shop_id, str(given["platformOrderNo"]))
    if given["salePlatform"] != OURS or order is None:
        return "加密数据必须使用京东销售平台和京东订单号"
    oaid = str(to.get("oaid") or "")
    if oaid and (len(oaid) > OAID_MAX or oaid != oaid_of(order, order.doc["consigneeInfo"])):
        return "oaid与订单不匹配"
    if not oaid and (not ciphers or "*" in "".join(parts)):
        return "缺少oaid"
    return "" if _knows(order, ciphers) else "收件人密文与订单不匹配"


def _is_cipher(text: str) -> bool:
    """TDE ciphertext: base64 of 0x00 0x04."""
    return len(text) > 40 and text.isascii() and text[:2] == "AA" and text[2] in "QRST"


def _knows(order: Order, ciphers: list[str]) -> bool:
    own = set(receiver(order, "consigneeInfo", "tde").values()) if ciphers else set()
    return own.issuperset(ciphers)


def _waybills(given: Doc) -> int:
    """How many numbers are wanted: one with so many packages in multi-package mode, else one each."""
    return 1 if given.get("multiPackageMode") else int(given.get("waybillCount", 1))


def _short(ask: Ask, given: Doc, carrier: str) -> str:
    return "电子面单余额不足" if ask.market.books.left(ask.shop_id, carrier) < _waybills(given) else ""


def _numbers(ask: Ask, given: Doc, carrier: str) -> list[EWaybill]:
    """The numbers of one request; with childMotherOrder the first is the mother of the others."""
    order = ask.market.order_of(ask.shop_id, str(given["platformOrderNo"]))
    packages = int(given.get("waybillCount", 1)) if given.get("multiPackageMode") else 1
    made: list[EWaybill] = []
    for _ in range(_waybills(given)):
        made.append(_issued(ask, given, carrier, order, packages))
        if given.get("childMotherOrder"):
            made[-1].parent = made[0].number
    if order is not None:
        order.flags["ewaybills"] = True
    return made


def _issued(ask: Ask, given: Doc, carrier: str, order: Order | None, packages: int) -> EWaybill:
    to, sender = given["toAddress"], given["fromAddress"]
    who = order.doc["consigneeInfo"] if order is not None else {}
    phones = [str(one.get("mobile") or one.get("phone") or one.get("telephone") or "") for one in (sender, who or to)]
    return ask.market.books.issue(
        ask.shop_id, carrier, [str(given["platformOrderNo"])], str(given["vendorOrderCode"]),
        {**given, "packages": packages}, phones=(phones[0], phones[1]),
        cities=(str(sender.get("cityName") or ""), str(who.get("city") or to.get("cityName") or "")),
    )  # fmt: skip


def _own(ask: Ask, code: str) -> EWaybill | None:
    """A live number of this shop, of the provider and vender that the call names if it names them."""
    kept = ask.market.books.of(ask.shop_id, code)
    if kept is None or kept.cancelled:
        return None
    named = (ask.has("providerId") or ask.has("providerCode")) and _provider(ask.given) != kept.company
    other = ask.has("vendorCode") and ask.text("vendorCode") != ask.market.shops[ask.shop_id].vender_id
    return None if named or other else kept


def cancel(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.cancel: the number is void; the order may ask for another."""
    kept = _own(ask, ask.need("waybillCode"))
    if kept is None:
        return _said(BUSINESS, "运单不存在")
    if not ask.market.books.cancel(kept):
        return _said(BUSINESS, "运单已使用或已揽收，不能取消")
    order = ask.market.order_of(ask.shop_id, kept.trades[0])
    if order is not None and not ask.market.books.live(ask.shop_id, kept.trades[0]):
        order.flags.pop("ewaybills", None)
    return _said(DONE, "success")


def append(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.append: one more number beside a parent."""
    kept = _own(ask, ask.need("parentWaybillCode"))
    if kept is None:
        return _said(BUSINESS, "运单不存在")
    if ask.market.books.left(ask.shop_id, kept.company) < 1:
        return _said(BUSINESS, "电子面单余额不足")
    order = ask.market.order_of(ask.shop_id, kept.trades[0])
    child = _issued(ask, kept.document, kept.company, order, 1)
    child.parent = kept.parent or kept.number
    for rows in ask.market.bound.values():
        if kept in rows:
            rows.append(child)
    return _said(DONE, "success", {"platformOrderNo": kept.trades[0], "waybillCodeInfoList": [_code(child)]})


def receive(ask: Ask) -> Doc:
    """jingdong.ldop.alpha.waybill.receive: the older call; its parameters are one JSON text, its success is 0."""
    try:
        given = json.loads(ask.need("content"))
    except ValueError:
        raise invalid("content", "content不是JSON") from None
    if not isinstance(given, dict):
        raise invalid("content", "content应为对象")
    told = _created(ask, given)
    data = told["data"] and {
        "platformOrderNo": told["data"]["platformOrderNo"],
        "waybillCodeList": [row["waybillCode"] for row in told["data"]["waybillCodeInfoList"]],
    }
    code = 0 if told["statusCode"] == DONE else told["statusCode"]
    inside = {"statusCode": code, "statusMessage": told["statusMessage"], "data": data}
    key = str(ask.switch("alpha_key"))
    return {key: inside} if key else inside
