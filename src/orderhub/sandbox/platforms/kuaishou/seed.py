"""Invented shops, goods and orders that obey the money identity of the page. Imports the catalogue and people.

Money is whole fen. For every order: goods = price by pieces; owed = goods - discountFee - payChannelDiscount -
governmentDiscount + expressFee; totalFee tells the goods (a switch: what is owed).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, PLACES, Person, person
from orderhub.sandbox.platforms.kuaishou.moves import (
    cancel,
    complete,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.kuaishou.privacy import hide, open_address_id
from orderhub.sandbox.platforms.kuaishou.spec import UNPAID
from orderhub.sandbox.platforms.kuaishou.state import Doc, Good, Market, Order, Shop
from orderhub.sandbox.platforms.kuaishou.wire import millis

__all__ = ["SF", "fresh_order", "recount", "seed_goods", "seed_orders", "shops", "told_new"]

_NAMES = ("云杉户外旗舰店", "小满生活馆", "北屿数码专营店", "拾光家居企业店")
SF = 4
"""expressCode of SF in seeded parcels; the list of codes is not documented."""
HOUR = 3_600_000

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70), ("shipped", 0.10, 26, 240), ("part_shipped", 0.03, 20, 120), ("signed", 0.03, 100, 400),
    ("completed", 0.05, 160, 600), ("unpaid", 0.03, 0.1, 20), ("cancelled", 0.03, 30, 300), ("closed", 0.02, 30, 300),
    ("refunded", 0.01, 160, 600),
)  # fmt: skip
_UNITS = (1,) * 14 + (2,) * 4 + (3,) * 2


def shops(count: int) -> list[Shop]:
    """Invented shops."""
    return [
        Shop(
            f"ks-{n}", n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""), f"f1_sandbox_seller_{n}"
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def seed_goods(market: Market, shop: Shop, rng: Random) -> None:
    """Every merchant SKU as a SKU of its product."""
    for place, good in enumerate(CATALOGUE, 1):
        item = 21_000_000_000_000 + shop.number * 1_000_000 + int(good.item[-2:])
        sku = 22_000_000_000_000 + shop.number * 1_000_000 + place
        variant = ";".join(value for _, value in good.options)
        stock = rng.randrange(80, 400)
        market.goods[shop.shop_id, sku] = Good(
            shop.shop_id, item, sku, good.sku, good.title, variant, good.price_fen, stock
        )


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = fresh_order(market, shop, rng, created, num=3 if story == "part_shipped" else 0)
        market.add(order)
        told_new(market, order)
        _live(market, order, story, rng)


def _live(market: Market, order: Order, story: str, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""
    made = order.base["createTime"]
    if story == "unpaid":
        return
    if story == "cancelled":
        cancel(market, order, made + 24 * HOUR)
        return
    pay(market, order, made + rng.randrange(5, 600) * 1000)
    if story == "closed":
        cancel(market, order, made + rng.randrange(1, 20) * HOUR)
    elif story != "paid":
        _travel(market, order, story, made, rng)


def _travel(market: Market, order: Order, story: str, made: int, rng: Random) -> None:
    part, sent = story == "part_shipped", made + rng.randrange(3, 19) * HOUR
    if part:
        order.base["enableSplitDeliveryOrder"] = order.delivery["splitDeliveryOrder"] = True
    number, pieces = f"SF1{rng.randrange(10**12):012d}", 1 if part else order.item["num"]
    ship(market, order, [(order.oid, SF, number, pieces)], sent, part=part)
    if story in ("signed", "completed", "refunded"):
        receive(market, order, made + rng.randrange(60, 90) * HOUR)
    if story == "completed":
        complete(market, order, made + 150 * HOUR)
    if story == "refunded":
        refund = open_refund(market, order, made + 100 * HOUR, way=1, reason="尺码不合适")
        for step, hours in (("approve_return", 110), ("return", 130), ("approve", 155)):
            move_refund(market, order, refund, step, made + hours * HOUR)


def told_new(market: Market, order: Order) -> None:
    """The push of a new order."""
    base, shop = order.base, market.shops[order.shop_id]
    told = {
        "oid": base["oid"], "sellerId": shop.number, "openId": shop.open_id, "buyerOpenId": base["buyerOpenId"],
        "createTime": base["createTime"],
    }  # fmt: skip
    market.heard(order, "kwaishop_order_addOrder", told)


def fresh_order(
    market: Market, shop: Shop, rng: Random, created: datetime, *, num: int = 0, plain: bool = False,
    who: Person | None = None,
) -> Order:  # fmt: skip
    """One unpaid order of one SKU, not yet in the market; `plain` without discounts and freight."""
    at, buyer = millis(created), rng.randrange(10_000)
    oid = int(f"24{shop.number % 100:02d}{market.serial():011d}")
    good = rng.choice([good for (owner, _), good in market.goods.items() if owner == shop.shop_id])
    receiver = _receiver(who or person(rng))
    doc: Doc = {
        "orderBaseInfo": _base(oid, at, shop, buyer, rng), "orderItemInfo": _item(oid, good, num or rng.choice(_UNITS)),
        "orderAddress": hide(market, str(oid), receiver), "orderLogisticsInfo": [],
        "orderDeliveryInfo": _delivery(receiver), "subOrderInfo": [], "orderRefundList": [],
        "orderNote": {"orderNoteInfo": [], "sellerNote": []}, "orderFlag": {"flag": []}, "orderStepInfo": None,
        "orderCpsInfo": {"distributorId": 0, "distributorName": ""}, "addressUpdateAuditInfo": None,
        "recommendExpress": None, "orderCustomizedInfo": None,
    }  # fmt: skip
    if not plain:
        _price(doc, rng)
    recount(market, doc)
    return Order(shop.shop_id, doc, receiver)


def _base(oid: int, at: int, shop: Shop, buyer: int, rng: Random) -> Doc:
    return {
        "oid": oid, "status": UNPAID, "createTime": at, "payTime": 0, "sendTime": 0, "recvTime": 0, "refundTime": 0,
        "updateTime": at, "totalFee": 0, "discountFee": 0, "expressFee": 0, "allowanceExpressFee": 0,
        "payChannelDiscount": 0, "governmentDiscount": 0, "payType": 0, "payChannel": "",
        "buyerOpenId": f"f1_sandbox_buyer_{buyer}", "buyerNick": f"快手用户{buyer}", "sellerOpenId": shop.open_id,
        "remark": rng.choice(NOTES) if rng.random() < 0.18 else "", "riskCode": 0, "preSale": 0, "activityType": 1,
        "allActivityType": [1], "orderLabels": [], "enableSplitDeliveryOrder": rng.random() < 0.5,
        "validPromiseShipmentTimeStamp": 0, "promiseTimeStampOfDelivery": 0, "disableDeliveryReasonCode": [],
        "remindShipmentSign": 0, "remindShipmentTime": 0, "cpsType": 0, "coType": 1, "channel": "KUAISHOU",
        "orderDomainCode": "",
    }  # fmt: skip


def _item(oid: int, good: Good, num: int) -> Doc:
    return {
        "skuId": good.sku_id, "relSkuId": good.sku_id, "skuDesc": good.variant, "skuNick": good.nick,
        "itemId": good.item_id, "relItemId": good.item_id, "itemTitle": good.title,
        "itemPicUrl": f"https://img.sandbox.example/{good.nick}.jpg", "num": num, "originalPrice": good.price_fen,
        "price": good.price_fen, "discountFee": 0, "itemType": 1, "itemPrevInfo": None, "goodsCode": "",
        "warehouseCode": "", "orderItemId": oid, "serviceInfo": None, "itemExtra": None,
    }  # fmt: skip


def _delivery(receiver: Doc) -> Doc:
    return {
        "maxPackageNum": 10, "enableAppendPackage": True, "totalPackageNum": 0, "packageNum": 0, "deliveryNum": 0,
        "serialNumberInfo": {"serialType": []}, "splitDeliveryOrder": False, "deliveryStatus": 0,
        "mergeDeliveryType": 0, "openAddressId": open_address_id(receiver),
    }  # fmt: skip


def _receiver(who: Person) -> Doc:
    place, number = who.place, 11 + PLACES.index(who.place)
    return {
        "name": who.name, "mobile": who.mobile, "address": who.detail, "province": place.province,
        "city": place.city or place.province, "district": place.district, "town": who.town,
        "provinceCode": number * 10_000, "cityCode": number * 10_000 + 100, "districtCode": number * 10_000 + 101,
        "townCode": number * 10_000_000 + 101_001,
    }  # fmt: skip


def _price(doc: Doc, rng: Random) -> None:
    """A coupon, and freight."""
    item, base = doc["orderItemInfo"], doc["orderBaseInfo"]
    goods = item["price"] * item["num"]
    if rng.random() < 0.45:
        item["discountFee"] = min(goods - 1, goods * rng.choice((5, 8, 10)) // 100 + rng.choice((0, 0, 300)))
    if goods < 20_000:
        base["expressFee"] = rng.choice((0, 0, 600, 800, 1000))


def recount(market: Market, doc: Doc) -> None:
    """Sums of the order from its item."""
    item, base = doc["orderItemInfo"], doc["orderBaseInfo"]
    base["discountFee"] = item["discountFee"]
    goods = item["price"] * item["num"]
    switch: Any = market.setup.switches.get("total_fee", "goods")
    base["totalFee"] = goods if switch == "goods" else goods - base["discountFee"] + base["expressFee"]
