"""Invented shops, SKUs and orders that obey the money sums of the sheet. Imports the catalogue and people.

Money is counted in fen and written as yuan texts.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import CATALOGUE, Good
from orderhub.sandbox.people import NOTES, PLACES, Person, person
from orderhub.sandbox.platforms.jd.money import add_coupon, gross, recount
from orderhub.sandbox.platforms.jd.moves import book, cancel, pay, receive, ship, ship_part
from orderhub.sandbox.platforms.jd.spec import STATES
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order, Sku, Vender
from orderhub.sandbox.platforms.jd.wire import NEVER, china

__all__ = ["consignee", "item", "make_order", "seed_orders", "seed_skus", "stock_up", "venders"]

_NAMES = ("云杉户外京东旗舰店", "小满生活专营店", "北屿数码京东店", "拾光家居旗舰店")
_SHORT = {"内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
          "新疆维吾尔自治区": "新疆"}  # fmt: skip
_PROVINCES = list(dict.fromkeys(place.province for place in PLACES))

# what became of it, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.72, 0.2, 70),
    ("part", 0.03, 20, 80),
    ("shipped", 0.10, 26, 200),
    ("unpaid", 0.05, 0.1, 20),
    ("finished", 0.07, 120, 480),
    ("closed", 0.02, 30, 300),
    ("refunded", 0.01, 40, 300),
)

_DELIVERY = ("任意时间", "任意时间", "只工作日送货(双休日、假日不用送)", "只双休日、假日送货(工作日不用送)")
_SOURCES = ("移动端订单", "移动端订单", "网站订单")
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)
_CARRIERS = ("467",) * 6 + ("2087", "463", "1499", "1327")
_HEADS = {"467": "SF", "2087": "JDVB", "463": "YT", "1499": "78", "1327": "46"}


def venders(count: int) -> list[Vender]:
    """Shops, numbered."""
    names = (_NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else "") for n in range(1, count + 1))
    return [Vender(f"jd-{n}", n, name) for n, name in enumerate(names, 1)]


def seed_skus(market: Market, vender: Vender, rng: Random) -> None:
    """Every SKU of the catalogue."""
    created = china(market.now() - timedelta(days=200))
    for index, good in enumerate(CATALOGUE, 1):
        sku_id = 100_000_000_000 + vender.number * 1_000_000 + index
        ware = 10_000_000_000 + vender.number * 10_000 + int(good.item[-2:])
        market.skus[sku_id] = Sku(
            vender.shop_id, sku_id, ware, good.sku, good.item, _title(good), good.price_fen, rng.randrange(80, 400),
            modified=created,
        )  # fmt: skip


def _title(good: Good) -> str:
    return " ".join((good.title, *(value for _, value in good.options)))


def seed_orders(market: Market, vender: Vender, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent; what they hold is on the shelf."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        fate, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, vender, rng, created, lines=rng.choice((2, 3)) if fate == "part" else 0)
        stock_up(market, order)
        market.add(order)
        book(market, order)
        _age(market, order, fate, created, rng)


def stock_up(market: Market, order: Order) -> None:
    """Put what the order wants on the shelf."""
    for row in order.doc["itemInfoList"]:
        sku = market.sku_of(order.shop_id, row["skuId"])
        if sku is not None:
            sku.stock += int(row["itemTotal"])


def _age(market: Market, order: Order, fate: str, created: datetime, rng: Random) -> None:
    """Bring a fresh order to what became of it, with the times that belong to it."""
    if fate == "unpaid":
        return
    if fate == "closed":
        cancel(market, order, china(created + timedelta(hours=24)))
        return
    pay(market, order, china(min(created + timedelta(seconds=rng.randrange(5, 600)), market.now())))
    sent = china(created + timedelta(hours=3 + 15 * rng.random()))
    carrier = rng.choice(_CARRIERS)
    number = (
        f"{ {'467': 'SF', '2087': 'JDVB', '463': 'YT', '1499': '7', '1327': '4'}[carrier] }{rng.randrange(10**12):012d}"
    )
    if fate == "part":
        row = order.doc["itemInfoList"][0]
        goods = {row["itemExt"]["skuUuid"]: int(row["itemTotal"])}
        ship_part(market, order, [{"carrier": carrier, "number": number, "goods": goods}], sent)
    if fate in ("shipped", "finished"):
        ship(market, order, [{"carrier": carrier, "number": number}], sent)
    if fate == "finished":
        receive(market, order, china(created + timedelta(hours=60 + 50 * rng.random())))
    if fate == "refunded":
        cancel(market, order, sent)


def make_order(
    market: Market, vender: Vender, rng: Random, created: datetime, *, lines: int = 0, who: Person | None = None,
    plain: bool = False,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 rows (or `lines`); `plain` without discounts."""
    serial = market.serial()
    order_id, at = f"29{vender.number % 100:02d}{serial:08d}", china(created)
    buyer = rng.randrange(10_000)
    doc: Doc = {
        "orderId": order_id, "venderId": vender.vender_id, "orderType": "22", "payType": "4-在线支付",
        "orderPayment": "0.00", "freightPrice": "0.00", "balanceUsed": "0.00", "payDiscount": "0.00",
        "orderState": "NOT_PAY", "orderStateRemark": STATES["NOT_PAY"],
        "deliveryType": rng.choice(_DELIVERY),
        "invoiceInfo": "不需要开具发票", "orderRemark": "", "venderRemark": "", "venderRemarkFlagAlias": "",
        "venderRemarkLevelFlag": "0", "orderStartTime": at, "orderEndTime": NEVER,
        "paymentConfirmTime": "1970-01-01 00:00:00", "modified": at, "orderSource": rng.choice(_SOURCES),
        "storeOrder": "", "returnOrder": "0", "parentOrderId": "0", "directParentOrderId": "0", "waybill": "",
        "logisticsId": "", "pin": "", "open_id_buyer": _hash("open", vender, buyer),
        "xid_buyer": _hash("xid", vender, buyer),
        "idSopShipmenttype": 68, "scDT": china(created + timedelta(hours=48)), "tuiHuoWuYou": "",
        "consigneeInfo": consignee(vender, who or person(rng)), "itemInfoList": [], "couponDetailList": [],
        "partialLogisticsInfoModel": [],
    }  # fmt: skip
    stocked = [sku for sku in _of(market, vender) if sku.stock - sku.booked > 3]
    wanted = lines or rng.choice(_LINE_COUNTS)
    for sku in rng.sample(stocked if len(stocked) >= wanted else _of(market, vender), wanted):
        doc["itemInfoList"].append(item(sku, order_id, len(doc["itemInfoList"]) + 1, rng.choice(_UNITS)))
    if rng.random() < 0.18:
        doc["orderRemark"] = rng.choice(NOTES)
    if rng.random() < 0.12:
        doc["invoiceInfo"] = "发票类型:电子普通发票;发票抬头:个人;发票内容:商品明细"
    if not plain:
        _price(doc, rng)
    recount(doc)
    return Order(vender.shop_id, doc)


def _of(market: Market, vender: Vender) -> list[Sku]:
    first = 100_000_000_000 + vender.number * 1_000_000 + 1
    return [market.skus[first + index] for index in range(len(CATALOGUE))]


def _hash(kind: str, vender: Vender, buyer: int) -> str:
    digest = hashlib.sha256(f"{kind}:{vender.shop_id}:{buyer}".encode()).digest()
    return ("o" if kind == "open" else "x") + base64.urlsafe_b64encode(digest[:18]).decode()


def item(sku: Sku, order_id: str, place: int, units: int, price_fen: int | None = None) -> Doc:
    """One row of an order; `skuUuid` is unique although the SKU may come twice."""
    cents = sku.price_fen if price_fen is None else price_fen
    return {
        "skuId": str(sku.sku_id), "outerSkuId": sku.outer_id, "skuName": sku.name,
        "jdPrice": f"{cents // 100}.{cents % 100:02d}",
        "giftPoint": "0", "wareId": str(sku.ware_id), "itemTotal": str(units), "productNo": sku.item,
        "serviceName": "", "newStoreId": "0", "itemExt": {"skuUuid": f"1_{order_id}{place:02d}"},
    }  # fmt: skip


def consignee(vender: Vender, who: Person) -> Doc:
    """The receiver in the clear. A county-level city directly under its province stands at the city's level."""
    province = _SHORT.get(who.place.province) or who.place.province.rstrip("省市")
    city, county = (who.place.city, who.place.district) if who.place.city else (who.place.district, who.town)
    town = who.town if who.place.city else ""
    head = _PROVINCES.index(who.place.province) + 1
    ids = [head, 1000 + PLACES.index(who.place), 3000 + PLACES.index(who.place), 50_000 + PLACES.index(who.place)]
    names = ("provinceId", "cityId", "countyId", "townId")
    return {
        "fullname": who.name, "telephone": who.phone, "mobile": who.mobile,
        "fullAddress": f"{province}{city}{county}{town}{who.detail}", "province": province, "city": city,
        "county": county, "town": town, **{name: str(one) for name, one in zip(names, ids, strict=True)},
        "oaid": "",
    }  # fmt: skip


def _price(doc: Doc, rng: Random) -> None:
    """Choose discounts and freight."""
    rows = doc["itemInfoList"]
    goods = sum(gross(row) for row in rows)
    for row in rows:
        if rng.random() < 0.25:
            off = gross(row) * rng.choice((5, 8, 10, 12)) // 100
            add_coupon(doc, "30", off, row["skuId"])
            goods -= off
    if len(rows) > 1 and goods > 15_000:
        off = goods // 10_000 * 1000
        add_coupon(doc, "35", off)
        goods -= off
    if rng.random() < 0.15 and goods > 10_000:
        add_coupon(doc, "100", 1000)
        goods -= 1000
    if rng.random() < 0.2 and goods > 8000:
        add_coupon(doc, "41", rng.choice((300, 500, 800)))
    if rng.random() < 0.12:
        add_coupon(doc, "39", rng.randrange(10, 300))
    if goods < 9900:
        doc["freightPrice"] = rng.choice(("0.00", "6.00", "8.00"))
