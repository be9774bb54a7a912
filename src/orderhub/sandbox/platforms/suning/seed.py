"""Invented shops, goods and orders that obey every money identity of the sheet. Imports the catalogue and people.

Money is counted in fen and written as yuan texts. For every line (docs/platforms/suning.md §3): gross = payAmount +
vouchertotalMoney + coupontotalMoney - transportFee; coupontotalMoney = its coupon rows of paymentList; payAmount = its
money rows; and for the order countMoney = sum of payAmount.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, PLACES, Person, person
from orderhub.sandbox.platforms.suning.moves import (
    cancel,
    cash_row,
    hold_stock,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.suning.state import Doc, Good, Market, Order, Shop
from orderhub.sandbox.platforms.suning.wire import china, fen, yuan5

__all__ = ["coupon_row", "make_order", "receiver_fields", "recount", "seed_goods", "seed_orders", "shops", "stock_up"]

_NAMES = ("云杉户外旗舰店", "小满生活馆", "北屿数码专营店", "拾光家居企业店")

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.72, 0.2, 70),
    ("shipped", 0.10, 26, 240),
    ("part_shipped", 0.03, 20, 120),
    ("completed", 0.07, 120, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.02, 30, 300),
    ("closed", 0.02, 30, 300),
    ("refunded", 0.01, 160, 600),
)

_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)
_PAYCODES = ("4148", "4148", "4237", "4245")
_COUPONS = ("5998", "10001", "10006", "8012", "9994", "10003")
_CHANNELS = ("MOBILE|01|01|7.4.2|20000", "PC|01|01||", "WAP|01|01||")


def shops(count: int) -> list[Shop]:
    """Each with a warehouse of its own and a second, empty one."""
    return [
        Shop(
            f"sn-{n}", n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""),
            {f"70{n:04d}01": "南京仓", f"70{n:04d}02": "广州仓"},
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def seed_goods(market: Market, shop: Shop) -> None:
    """Every merchant SKU as a child product, nothing in stock yet; the one without variants stands alone."""
    for place, good in enumerate(CATALOGUE, 1):
        title = " ".join((good.title, *(value for _, value in good.options)))
        master = f"1067{shop.number % 100:02d}{int(good.item[-2:]):05d}" if good.options else ""
        stock = dict.fromkeys(shop.warehouses, 0)
        code = f"1066{shop.number % 100:02d}{place:05d}"
        market.add_good(Good(shop.shop_id, code, good.sku, master, title, good.price_fen, stock))


def stock_up(market: Market, shop: Shop, rng: Random) -> None:
    """What the first warehouse holds after the orders of the past."""
    first = next(iter(shop.warehouses))
    for (shop_id, _), good in market.goods.items():
        if shop_id == shop.shop_id:
            good.stock[first] = rng.randrange(80, 400)


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop, rng, created, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        market.add(order)
        hold_stock(market, order)
        _live(market, order, story, created, rng)


def _live(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""
    if story == "unpaid":
        return
    if story == "cancelled":
        cancel(market, order, china(created + timedelta(hours=24)))
        return
    pay(market, order, china(created + timedelta(seconds=rng.randrange(5, 600))), rng.choice(_PAYCODES))
    if story == "closed":
        cancel(market, order, china(created + timedelta(hours=1 + 20 * rng.random())))
    elif story != "paid":
        _travel(market, order, story, created, rng)


def _travel(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    sent = china(created + timedelta(hours=3 + 16 * rng.random()))
    lines = order.lines[:1] if story == "part_shipped" else order.lines
    ship(market, order, lines, sent, expresscompanycode="S02", expressno=f"SF1{rng.randrange(10**12):012d}")
    market.touch(order, sent, [line["orderLineNumber"] for line in lines])
    if story in ("completed", "refunded"):
        receive(market, order, china(created + timedelta(hours=60 + 30 * rng.random())))
    if story == "refunded":
        ask = {"goods": True, "reason": "尺码不合适"}
        case = open_refund(market, order, order.lines[0], ask, china(created + timedelta(hours=100)))
        for step, hours in (("agree_return", 110), ("return", 130), ("agree", 155)):
            move_refund(market, order, case, step, china(created + timedelta(hours=hours)))


def make_order(
    market: Market, shop: Shop, rng: Random, created: datetime, *, lines: int = 0, plain: bool = False,
    who: Person | None = None,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and freight."""
    buyer, at = rng.randrange(10_000), china(created)
    goods = _chosen(market, shop, rng, lines or rng.choice(_LINE_COUNTS))
    details = [_line(market, shop, rng, good) for good in goods]
    invoice = rng.random() < 0.3
    receiver = receiver_fields(who or person(rng))
    doc: Doc = {
        "orderCode": f"37{shop.number % 100:02d}{market.serial():07d}", "userName": f"138******{buyer % 100:02d}",
        **receiver, "orderTime": at, "orderSaleTime": "", "orderTotalStatus": "5", "evaluationMark": "0",
        "invoiceType": "02" if invoice else "05", "invoiceHead": receiver["customerName"] if invoice else "",
        "invoice": "商品明细" if invoice else "", "needinvoiceflag": "Y" if invoice else "N", "vatTaxpayerNumber": "",
        "sellerOrdRemark": "", "buyerOrdRemark": rng.choice(NOTES) if rng.random() < 0.18 else "",
        "colorMarkFlags": "", "payType": "", "payTotalAmount": "", "countMoney": "", "sumDonationAmt": "0.00",
        "orderDetail": details,
    }  # fmt: skip
    if not plain:
        _price(details, rng)
    recount(doc)
    return Order(shop.shop_id, doc, {line["orderLineNumber"]: at for line in details})


def receiver_fields(who: Person) -> Doc:
    """Receiver in the clear. A municipality is its own city; a county under its province has no city."""
    place = who.place
    city = place.city or ""
    region = place.province + ("" if city == place.province else city) + place.district
    number = PLACES.index(place) + 1
    return {
        "customerName": who.name, "provinceCode": f"{100 + number:03d}", "provinceName": place.province,
        "cityCode": f"{number:03d}" if city else "", "cityName": city, "districtCode": f"{number:03d}",
        "districtName": place.district, "customerAddress": f"{region}{who.town}{who.detail}",
        "detailAddress": f"{who.town}{who.detail}", "deliveryArea": f"02{number:03d}99", "mobNum": who.mobile,
        "phoneNum": who.phone, "zipCode": place.zip,
    }  # fmt: skip


def _chosen(market: Market, shop: Shop, rng: Random, wanted: int) -> list[Good]:
    """Distinct goods; those in stock first choice."""
    every = [good for (shop_id, _), good in market.goods.items() if shop_id == shop.shop_id]
    stocked = [good for good in every if good.quantity - good.locked > 3]
    return rng.sample(stocked if len(stocked) >= wanted else every, wanted)


def _line(market: Market, shop: Shop, rng: Random, good: Good) -> Doc:
    serial = market.serial()
    return {
        "orderLineNumber": f"{shop.number % 100:02d}{serial:012d}", "bLineNumber": f"34{serial:09d}",
        "productCode": good.code, "productName": good.title, "itemCode": good.item_code,
        "saleNum": f"{rng.choice(_UNITS)}.00000", "unitPrice": yuan5(good.price_fen), "payAmount": "",
        "transportFee": "0.00000", "coupontotalMoney": "0.00000", "vouchertotalMoney": "", "orderLineStatus": "5",
        "returnOrderFlag": "0", "invCode": next(iter(shop.warehouses)), "expresscompanycode": "", "expressno": "",
        "deliveryTime": "", "orderchannel": rng.choice(_CHANNELS), "fpsdeliveryflag": "0", "hwgFlag": "",
        "disType": "", "activitytype": "", "packageorderid": "", "serviceItemFlag": "0", "paymentList": [],
        "couponList": [], "orderChannels": [{"orderChannelCode": "2"}], "activityTypes": [], "payTypes": [],
    }  # fmt: skip


def coupon_row(kind: str, amount_fen: int) -> Doc:
    """One row of paymentList that is a discount; `kind` is its banktypecode."""
    return {
        "paycode": "6903" if kind in ("10004", "10005", "10006") else "6901", "banktypecode": kind,
        "payamount": yuan5(amount_fen), "offLinePayFlag": "", "alipayPayNo": "",
    }  # fmt: skip


def _gross(line: Doc) -> int:
    return fen(line["unitPrice"]) * int(float(line["saleNum"]))


def _price(details: list[Doc], rng: Random) -> None:
    """Choose coupons, a voucher and freight."""
    for line in details:
        if rng.random() < 0.3:
            line["paymentList"].append(coupon_row(rng.choice(_COUPONS), _gross(line) * rng.choice((5, 8, 10)) // 100))
        if rng.random() < 0.12:
            line["vouchertotalMoney"] = yuan5(_gross(line) * rng.choice((3, 6)) // 100)
    goods = sum(_gross(line) for line in details)
    if goods < 20_000:
        details[0]["transportFee"] = yuan5(rng.choice((0, 0, 600, 800, 1000)))
    if len(details) > 1 and goods > 15_000 and rng.random() < 0.6:
        _share(details, goods // 10_000 * 1000 or 500, goods)


def _share(details: list[Doc], off: int, goods: int) -> None:
    """A coupon on the whole order, shared by amount; the last line takes the rest."""
    left = off
    for line in details[:-1]:
        part = off * _gross(line) // goods
        line["paymentList"].append(coupon_row("10009", part))
        left -= part
    details[-1]["paymentList"].append(coupon_row("10009", left))


def recount(doc: Doc) -> None:
    """All sums from prices, numbers, coupons, voucher and freight; money rows of an order already paid follow."""
    for line in doc["orderDetail"]:
        coupons = [row for row in line["paymentList"] if row["paycode"] in ("6901", "6903", "6906", "6915")]
        off = sum(fen(row["payamount"]) for row in coupons)
        money = [row for row in line["paymentList"] if row not in coupons]
        owed = _gross(line) - off - fen(line["vouchertotalMoney"]) + fen(line["transportFee"])
        line["coupontotalMoney"], line["payAmount"] = yuan5(off), yuan5(owed)
        line["paymentList"] = coupons + ([cash_row(money[0]["paycode"], owed)] if money and owed else [])
    doc["countMoney"] = yuan5(sum(fen(line["payAmount"]) for line in doc["orderDetail"]))
