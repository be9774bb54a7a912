"""Sums of one order and their split over its lines, in fen. Source: docs/platforms/jd.md §3A. Pure.

`orderTotalPrice` is the goods before discounts, `orderSellerPrice` that less what the seller gives, `shouldPay` what
the buyer owes: less JD's share too, plus freight and service fee.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.jd.spec import COUPONS, SELLER_COUPONS
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.wire import fen, yuan

__all__ = ["add_coupon", "gross", "owed", "parts", "recount", "shares"]

Part = tuple[str, str, int]
"""Coupon code, bearer (2 merchant, 1 JD), fen."""


def gross(row: Doc) -> int:
    """Unit price times quantity."""
    return fen(row["jdPrice"]) * int(row["itemTotal"])


def add_coupon(doc: Doc, code: str, amount: int, sku_id: str = "") -> None:
    """One discount; `sku_id` only for a single-item promotion (type 30)."""
    if amount > 0:
        told = {"orderId": doc["orderId"], "skuId": sku_id, "couponType": f"{code}-{COUPONS[code]}"}
        doc["couponDetailList"].append({**told, "couponPrice": yuan(amount)})


def _code(coupon: Doc) -> str:
    return str(coupon["couponType"]).partition("-")[0]


def recount(doc: Doc) -> None:
    """All sums from rows, coupons, freight and service fee; `actualPay` follows `shouldPay` once paid."""
    total = sum(gross(row) for row in doc["itemInfoList"])
    off = {True: 0, False: 0}
    for coupon in doc["couponDetailList"]:
        off[_code(coupon) in SELLER_COUPONS] += fen(coupon["couponPrice"])
    fees = fen(doc["freightPrice"]) + fen(doc.get("serviceFee", "0.00"))
    doc["orderTotalPrice"] = doc["totalOriginalPrice"] = yuan(total)
    doc["sellerDiscount"] = doc["totalSellerDiscount"] = yuan(off[True])
    doc["orderSellerPrice"] = doc["totalSellerReceivable"] = yuan(total - off[True])
    doc["shouldPay"] = yuan(total - off[True] - off[False] + fees)
    paid = doc["paymentConfirmTime"][:4] not in ("0001", "1970")
    doc["actualPay"] = doc["shouldPay"] if paid else "0.00"


def owed(order: Order) -> int:
    """What the buyer owes for the whole order."""
    return fen(order.doc["shouldPay"])


def parts(doc: Doc) -> dict[str, list[Part]]:
    """Discounts by skuUuid: a single-item promotion stays with its row, the others are shared by what is left."""
    rows = {row["itemExt"]["skuUuid"]: row for row in doc["itemInfoList"]}
    told: dict[str, list[Part]] = {uuid: [] for uuid in rows}
    left = {uuid: gross(row) for uuid, row in rows.items()}
    for coupon in sorted(doc["couponDetailList"], key=lambda one: not one["skuId"]):
        code, amount = _code(coupon), fen(coupon["couponPrice"])
        over = {uuid: left[uuid] for uuid, row in rows.items() if coupon["skuId"] in ("", row["skuId"]) and left[uuid]}
        for uuid, share in _shared(amount, over).items():
            left[uuid] -= share
            told[uuid].append((code, "2" if code in SELLER_COUPONS else "1", share))
    return told


def _shared(amount: int, over: dict[str, int]) -> dict[str, int]:
    """`amount` over the rows by weight; the last takes the rest."""
    told, total, left = {}, sum(over.values()), amount
    for uuid, weight in list(over.items())[:-1]:
        told[uuid] = amount * weight // total
        left -= told[uuid]
    if over:
        told[list(over)[-1]] = left
    return told


def shares(doc: Doc) -> dict[str, int]:
    """What the buyer pays for the goods of each row, by skuUuid; freight is in none."""
    off = parts(doc)
    return {
        row["itemExt"]["skuUuid"]: gross(row) - sum(share for _, _, share in off[row["itemExt"]["skuUuid"]])
        for row in doc["itemInfoList"]
    }
