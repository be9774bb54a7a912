"""JD's electronic waybills: contracts, numbers, cancellation. Source: docs/platforms/jd.md §6 (E-waybill)."""

from __future__ import annotations

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.spec import CARRIERS
from orderhub.sandbox.platforms.jd.state import Doc
from orderhub.sandbox.platforms.jd.views import oaid_of

__all__ = ["append", "cancel", "contracts", "create"]

PROVIDERS: dict[str, tuple[str, str, int]] = {
    "467": ("SF", "SF", 1), "2087": ("JD", "JDVB", 1), "463": ("YTO", "YT", 2), "470": ("STO", "77", 2),
    "1499": ("ZTO", "78", 2), "1327": ("YUNDA", "46", 2),
}  # fmt: skip
"""Carrier id to provider code, head of its waybills, and operationType (1 direct, 2 franchise); the sandbox's own."""

DONE, BAD_PARAMETERS, BUSINESS = 1000, 2000, 2001
COUNT_MAX, ORDER_NO_MAX, OAID_MAX = 100, 32, 256
SALE_PLATFORMS = ("0010001", "0030001")


def contracts(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.contract.query."""
    rows = [
        {
            "providerId": int(carrier), "providerCode": code, "providerName": CARRIERS[carrier], "providerType": 1,
            "branchCode": f"{code}-0001" if kind == 2 else "", "settlementCode": f"{code}-S-01" if kind == 1 else "",
            "operationType": kind, "supportCod": carrier == "2087", "amount": 100_000, "valueAddedServices": [],
            "address": {"provinceName": "浙江", "cityName": "杭州市", "countryName": "西湖区", "address": "文三路1号"},
        }
        for carrier, (code, _, kind) in PROVIDERS.items()
    ]  # fmt: skip
    return {"statusCode": DONE, "statusMessage": "success", "data": rows}


def _said(code: int, text: str, data: Doc | None = None) -> Doc:
    return {"statusCode": code, "statusMessage": text, "data": data}


def _provider(given: Doc) -> str:
    """The carrier id by providerId or providerCode; empty when unknown."""
    by_code = {code: carrier for carrier, (code, _, _) in PROVIDERS.items()}
    carrier = str(given.get("providerId") or by_code.get(str(given.get("providerCode", "")), ""))
    return carrier if carrier in PROVIDERS else ""


def _wrong(ask: Ask, given: Doc, carrier: str) -> str:
    """What is wrong with the parameters; empty when nothing is."""
    who = ask.market.venders[ask.shop_id]
    count, address = given.get("waybillCount", 1), given.get("toAddress")
    kind = PROVIDERS[carrier][2] if carrier else 0
    checks = (
        (bool(carrier), "providerId或providerCode不合法"),
        (str(given.get("vendorCode", "")) == who.vender_id, "vendorCode与授权商家不一致"),
        (0 < len(str(given.get("vendorOrderCode", ""))) <= ORDER_NO_MAX, "vendorOrderCode不合法"),
        (0 < len(str(given.get("platformOrderNo", ""))) <= ORDER_NO_MAX, "platformOrderNo不合法"),
        (str(given.get("salePlatform", "")) in SALE_PLATFORMS, "salePlatform不合法"),
        (isinstance(count, int) and 1 <= count <= COUNT_MAX, "waybillCount应为1到100"),
        (isinstance(address, dict) and bool(address), "toAddress不能为空"),
        (isinstance(given.get("fromAddress"), dict), "fromAddress不能为空"),
        (bool(given.get("settlementCode") if kind == 1 else given.get("branchCode")), "缺少settlementCode或branchCode"),
    )
    return next((why for fine, why in checks if not fine), "")


def create(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.create: the same order again answers the same numbers with 1000."""
    given = ask.nested("request")
    carrier = _provider(given)
    why = _wrong(ask, given, carrier)
    if why:
        return _said(BAD_PARAMETERS, why)
    key = (ask.shop_id, carrier, *(str(given[name]) for name in ("platformOrderNo", "vendorCode", "vendorOrderCode")))
    kept = ask.market.waybills.get(key)
    if kept is None:
        refused = _stranger(ask, given)
        if refused:
            return _said(BUSINESS, refused)
        kept = _numbers(ask, given, carrier)
        ask.market.waybills[key] = kept
    told = {"platformOrderNo": given["platformOrderNo"], "waybillCodeInfoList": kept["codes"]}
    return _said(DONE, "success", told)


def _stranger(ask: Ask, given: Doc) -> str:
    """Masked receivers need the order they belong to; the token must be that order's."""
    to = given["toAddress"]
    hidden = bool(to.get("oaid")) or "*" in f"{to.get('contact', '')}{to.get('mobile', '')}{to.get('address', '')}"
    if not hidden:
        return ""
    order = ask.market.order_of(ask.shop_id, str(given["platformOrderNo"]))
    if given["salePlatform"] != "0010001" or order is None:
        return "加密数据必须使用京东销售平台和京东订单号"
    oaid = str(to.get("oaid", ""))
    if len(oaid) > OAID_MAX or oaid != oaid_of(order, order.doc["consigneeInfo"]):
        return "oaid与订单不匹配"
    return ""


def _numbers(ask: Ask, given: Doc, carrier: str) -> Doc:
    head = PROVIDERS[carrier][1]
    codes = [f"{head}{ask.market.serial():012d}" for _ in range(int(given.get("waybillCount", 1)))]
    order = ask.market.order_of(ask.shop_id, str(given["platformOrderNo"]))
    if order is not None:
        order.flags["printed"] = True
    return {
        "carrier": carrier,
        "codes": [{"waybillCode": code, "waybillPackageNoList": [f"{code}-1-1-"]} for code in codes],
    }


def _find(ask: Ask, code: str) -> tuple[tuple[str, ...], Doc] | None:
    for key, kept in ask.market.waybills.items():
        if key[0] == ask.shop_id and any(row["waybillCode"] == code for row in kept["codes"]):
            return key, kept
    return None


def cancel(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.cancel: the number is void; the order may ask for another."""
    found = _find(ask, ask.need("waybillCode"))
    if found is None:
        return _said(BUSINESS, "运单不存在")
    key, kept = found
    kept["codes"] = [row for row in kept["codes"] if row["waybillCode"] != ask.text("waybillCode")]
    if not kept["codes"]:
        del ask.market.waybills[key]
        order = ask.market.order_of(ask.shop_id, key[2])
        if order is not None:
            order.flags.pop("printed", None)
    return _said(DONE, "success")


def append(ask: Ask) -> Doc:
    """jingdong.logistics.ewaybill.waybill.append: one more number beside a parent."""
    found = _find(ask, ask.need("parentWaybillCode"))
    if found is None:
        return _said(BUSINESS, "运单不存在")
    key, kept = found
    code = f"{PROVIDERS[key[1]][1]}{ask.market.serial():012d}"
    kept["codes"].append({"waybillCode": code, "waybillPackageNoList": [f"{code}-1-1-"]})
    return _said(DONE, "success", {"platformOrderNo": key[2], "waybillCodeInfoList": [kept["codes"][-1]]})
