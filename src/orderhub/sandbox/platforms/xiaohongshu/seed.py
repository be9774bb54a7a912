"""Invented shops, goods and orders that obey one money identity. Imports the catalogue and people.

In fen, for every SKU: totalPaidAmount = its parts' paidAmountPerSku * quantity, and a part's paidAmountPerSku =
pricePerSku - merchantDiscountPerSku - redDiscountPerSku. For the order: totalPayAmount = sum of totalPaidAmount +
totalShippingFree; merchantActualReceiveAmount = totalPayAmount + totalRedDiscount (the platform bears red packets).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, PLACES, person
from orderhub.sandbox.platforms.xiaohongshu import moves
from orderhub.sandbox.platforms.xiaohongshu.spec import UNPAID
from orderhub.sandbox.platforms.xiaohongshu.state import Doc, Good, Market, Order, Shop
from orderhub.sandbox.platforms.xiaohongshu.wire import ms

__all__ = ["make_order", "recount", "seed_goods", "seed_orders", "shops", "sku_row"]

_NAMES = ("云杉户外", "小满生活馆", "北屿数码", "拾光家居")
# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70), ("shipped", 0.10, 26, 240), ("part_shipped", 0.04, 20, 120),
    ("completed", 0.08, 120, 600), ("unpaid", 0.04, 0.1, 0.9), ("cancelled", 0.02, 30, 300),
    ("refunded", 0.02, 30, 300),
)  # fmt: skip
_COUNTS = (1,) * 6 + (2,) * 3 + (3, 4)


def shops(count: int) -> list[Shop]:
    """Each with a warehouse of its own."""
    return [Shop(f"xhs-{n}", n, f"{n:024x}", _NAMES[(n - 1) % len(_NAMES)], f"WH{n:04d}") for n in range(1, count + 1)]


def seed_goods(market: Market, shop: Shop) -> None:
    """Every merchant SKU, with the merchant's code as erpcode."""
    for place, good in enumerate(CATALOGUE, 1):
        sku_id, variant = f"64{shop.number:06d}{place:016d}", " ".join(value for _, value in good.options)
        market.goods[shop.shop_id, sku_id] = Good(
            shop.shop_id, sku_id, good.sku, good.title, variant, good.price_fen, market.setup.rng.randrange(80, 400)
        )


def seed_orders(market: Market, shop: Shop, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    rng, shares = market.setup.rng, [row[1] for row in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = market.now() - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop, created, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        market.add(order)
        moves.hold(market, order)
        _live(market, order, story, created)


def _live(market: Market, order: Order, story: str, created: datetime) -> None:
    """Bring a fresh order to where its story ends."""
    rng = market.setup.rng

    def later(**span: float) -> int:
        return ms(created + timedelta(**span))

    if story == "unpaid":
        return
    if story == "cancelled":
        moves.cancel(market, order, later(hours=1))
        return
    moves.pay(market, order, later(seconds=rng.randrange(5, 600)))
    if story == "refunded":
        moves.cancel(market, order, later(hours=20 * rng.random() + 1))
    elif story != "paid":
        skus = [order.skus[0]["skuId"]] if story == "part_shipped" else []
        moves.ship(
            market, order, skus, later(hours=3 + 16 * rng.random()), f"SF1{rng.randrange(10**12):012d}", "shunfeng"
        )
        if story == "completed":
            moves.receive(market, order, later(hours=60 + 30 * rng.random()))


def make_order(market: Market, shop: Shop, created: datetime, *, lines: int = 0, plain: bool = False) -> Order:
    """One unpaid order, not yet in the market: 1 to 4 SKUs (or `lines`); `plain` without discounts and freight."""
    rng, at, who = market.setup.rng, ms(created), person(market.setup.rng)
    mine = [good for good in market.goods.values() if good.shop_id == shop.shop_id]
    chosen = rng.sample(mine, lines or rng.choice(_COUNTS))
    skus = [sku_row([good], rng.choice((1, 1, 1, 2, 3)), *(() if plain else _off(market, good))) for good in chosen]
    place = PLACES.index(who.place) + 1
    doc: Doc = {
        "orderId": f"P{market.serial():018d}", "originalOrderId": "", "orderType": 1, "orderStatus": UNPAID,
        "orderAfterSalesStatus": 0, "cancelStatus": 0, "orderTagList": [], "paymentType": 1, "logistics": "self",
        "logisticsMode": 1, "customsCode": "", "whcode": shop.whcode, "shopId": shop.seller_id, "shopName": shop.name,
        "userId": f"{rng.getrandbits(96):024x}", "planInfoId": "", "planInfoName": "", "outTradeNo": "",
        "unpack": False, "createdTime": at, "paidTime": 0, "updateTime": at, "deliveryTime": 0, "cancelTime": 0,
        "finishTime": 0, "promiseLastDeliveryTime": 0, "presaleDeliveryStartTime": 0, "presaleDeliveryEndTime": 0,
        "totalShippingFree": 0 if plain else rng.choice((0, 0, 600, 1000)), "totalDepositAmount": 0,
        "totalChangePriceAmount": 0, "outPromotionAmount": "0",
        "receiverCountryId": "1", "receiverCountryName": "中国", "receiverProvinceId": f"{place:02d}0000",
        "receiverProvinceName": who.place.province, "receiverCityId": f"{place:02d}0100",
        "receiverCityName": who.place.city or "", "receiverDistrictId": f"{place:02d}0101",
        "receiverDistrictName": who.place.district, "receiverName": "", "receiverPhone": "", "receiverAddress": "",
        "openAddressId": f"{rng.getrandbits(128):032x}",
        "customerRemark": rng.choice(NOTES) if rng.random() < 0.2 else "", "sellerRemark": "", "sellerRemarkFlag": 0,
        "expressTrackingNo": "", "expressCompanyCode": "", "simpleDeliveryOrderList": [], "skuList": skus,
    }  # fmt: skip
    recount(doc)
    return Order(shop.shop_id, doc, who)


def _off(market: Market, good: Good) -> tuple[int, int]:
    """(the merchant's, the platform's) discount on one unit."""
    rng = market.setup.rng
    merchant = good.price_fen // 10 if rng.random() < 0.3 else 0
    return merchant, good.price_fen // 20 if rng.random() < 0.2 else 0


def sku_row(goods: Sequence[Good], units: int, merchant: int = 0, red: int = 0) -> Doc:
    """One row of skuList; several goods make a bundle that is named by its first."""
    first = goods[0]
    parts = [
        {
            "skuId": good.sku_id, "erpCode": good.code, "barcode": "", "scSkuCode": "", "quantity": units,
            "pricePerSku": good.price_fen, "rawPricePerSku": good.price_fen, "merchantDiscountPerSku": merchant,
            "redDiscountPerSku": red, "paidAmountPerSku": good.price_fen - merchant - red, "taxPerSku": 0,
            "depositAmountPerSku": 0,
        }
        for good in goods
    ]  # fmt: skip
    return {
        "skuId": first.sku_id, "skuName": first.title, "erpcode": first.code, "skuSpec": first.variant,
        "skuImage": "", "skuQuantity": units, "totalPaidAmount": 0, "totalMerchantDiscount": 0, "totalRedDiscount": 0,
        "totalTaxAmount": 0, "skuTag": 0, "skuDetailList": parts,
    }  # fmt: skip


def recount(doc: Doc) -> None:
    """All sums from the parts and freight."""
    for sku in doc["skuList"]:
        for total, each in (("totalPaidAmount", "paidAmountPerSku"), ("totalRedDiscount", "redDiscountPerSku"),
                            ("totalMerchantDiscount", "merchantDiscountPerSku")):  # fmt: skip
            sku[total] = sum(part[each] * part["quantity"] for part in sku["skuDetailList"])
    for total in ("totalMerchantDiscount", "totalRedDiscount"):
        doc[total] = sum(sku[total] for sku in doc["skuList"])
    doc["totalPayAmount"] = sum(sku["totalPaidAmount"] for sku in doc["skuList"]) + doc["totalShippingFree"]
    doc["merchantActualReceiveAmount"] = doc["totalPayAmount"] + doc["totalRedDiscount"]
