"""Invented shops, goods and orders that obey every money identity of the sheet. Imports the catalogue and people.

Fen throughout: real_price = sale_price * sku_cnt - the line's discounts - deduction_price - the share of a price
change; product_price = sum of sale_price * sku_cnt; original_order_price = product_price + freight; order_price =
original_order_price - discounted_price - deduction_price - change_down_price (docs/platforms/wechat.md).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, Person, person
from orderhub.sandbox.platforms.wechat.moves import cancel, move_case, open_case, pay, receive, ship, take_stock, whole
from orderhub.sandbox.platforms.wechat.orders import merge_key, star
from orderhub.sandbox.platforms.wechat.spec import DISCOUNTS
from orderhub.sandbox.platforms.wechat.state import Doc, Good, Market, Order, Shop

__all__ = ["address_of", "make_order", "recount", "seed_goods", "seed_orders", "shops", "stock_up"]

_NAMES = ("云杉户外小店", "小满生活小店", "北屿数码小店", "拾光家居小店")

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70),
    ("shipped", 0.10, 26, 240),
    ("part_shipped", 0.04, 20, 120),
    ("completed", 0.07, 120, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.02, 30, 300),
    ("refunded", 0.02, 30, 300),
    ("returned", 0.02, 160, 600),
)
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)
_SCENES = (1, 1, 2, 3)
_PLATFORM_PAID = frozenset({"cash_coupon_discounted_price", "national_subsidy_discounted_price"})


def shops(count: int) -> list[Shop]:
    """Numbered from 1."""
    return [
        Shop(f"wx-{n}", n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""))
        for n in range(1, count + 1)
    ]  # fmt: skip


def seed_goods(market: Market, shop: Shop) -> None:
    """Every merchant SKU, plenty of it until `stock_up`."""
    for place, good in enumerate(CATALOGUE, 1):
        product = f"1000{shop.number % 100:02d}{int(good.item[-2:]):08d}"
        sku = f"2000{shop.number % 100:02d}{place:08d}"
        told = (good.sku, good.title, good.options, good.price_fen)
        market.add_good(Good(shop.shop_id, product, sku, *told, quantity=10**6))


def stock_up(market: Market, shop: Shop, rng: Random) -> None:
    """What is there after the orders of the past."""
    for good in market.goods_of[shop.shop_id]:
        good.quantity = rng.randrange(80, 400)


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop, rng, created, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        market.add(order)
        take_stock(market, order)
        _live(market, order, story, created, rng)


def _live(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""
    if story == "unpaid":
        return
    if story == "cancelled":
        cancel(market, order, _after(created, 1))
        return
    pay(market, order, int(created.timestamp()) + rng.randrange(5, 600))
    if story == "refunded":
        cancel(market, order, _after(created, 2 + 20 * rng.random()))
    elif story != "paid":
        _travel(market, order, story, created, rng)


def _after(created: datetime, hours: float) -> int:
    return int(created.timestamp() + hours * 3600)


def _travel(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    rows = whole(order)
    sent = rows[:1] if story == "part_shipped" else rows
    parcel = {"delivery_id": "SF", "waybill_id": f"SF1{rng.randrange(10**12):012d}", "deliver_type": 1}
    ship(market, order, [{**parcel, "product_infos": sent}], _after(created, 3 + 14 * rng.random()))
    if story in ("completed", "returned"):
        receive(market, order, _after(created, 60 + 30 * rng.random()))
    if story == "returned":
        case = open_case(market, order, order.lines[0], {"type": "RETURN"}, _after(created, 100))
        move_case(market, order, case, "agree_return", _after(created, 110))
        told = {"delivery_id": "YTO", "waybill_id": f"YT{rng.randrange(10**13):013d}"}
        move_case(market, order, case, "return", _after(created, 130), told)
        move_case(market, order, case, "agree", _after(created, 155))


def make_order(
    market: Market, shop: Shop, rng: Random, created: datetime, *, lines: int = 0, plain: bool = False,
    who: Person | None = None,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and freight."""
    at, serial = int(created.timestamp()), market.serial()
    goods = rng.sample(market.goods_of[shop.shop_id], lines or rng.choice(_LINE_COUNTS))
    details = [_line(rng, good, at) for good in goods]
    freight = 0
    if not plain:
        freight = _price(details, rng)
    doc: Doc = {
        "order_id": f"37{shop.number % 100:02d}{serial:015d}",
        "openid": f"oSandbox{shop.number}{rng.randrange(10**6):06d}",
        "unionid": "", "status": 10, "create_time": at, "update_time": at, "is_present": False,
        "order_detail": {
            "product_infos": details,
            "pay_info": {"prepay_id": f"wx{serial:020d}", "prepay_time": at},
            "price_info": {"freight": freight, "change_down_price": 0},
            "delivery_info": _delivery(shop.shop_id, who or person(rng)),
            "ext_info": {
                "customer_notes": rng.choice(NOTES) if rng.random() < 0.18 else "", "merchant_notes": "",
                "finder_id": "", "live_id": "", "order_scene": rng.choice(_SCENES),
            },
            "coupon_info": {}, "commission_infos": [], "refund_info": {"refund_freight": 0}, "source_infos": [],
            "settle_info": {"predict_commission_fee": 0, "commission_fee": 0},
        },
        "aftersale_detail": {"aftersale_order_list": [], "on_aftersale_order_cnt": 0},
    }  # fmt: skip
    recount(doc)
    return Order(shop.shop_id, doc)


def _delivery(shop_id: str, who: Person) -> Doc:
    return {
        "deliver_method": 0, "address_info": address_of(shop_id, who), "delivery_product_info": [],
        "ewaybill_order_code": "", "quality_inspect_type": 0,
    }  # fmt: skip


def address_of(shop_id: str, who: Person) -> Doc:
    """address_info in the clear; a county under its province has itself as the city."""
    place = who.place
    address = {
        "user_name": who.name, "postal_code": place.zip, "province_name": place.province,
        "city_name": place.city or place.district, "county_name": place.district,
        "detail_info": f"{who.town}{who.detail}", "house_number": "", "tel_number": who.mobile,
        "virtual_order_tel_number": "", "use_tel_number": 0,
        "tel_number_ext_info": {
            "real_tel_number": star(who.mobile), "virtual_tel_number": "", "virtual_tel_expire_time": 0,
            "get_virtual_tel_cnt": 0,
        },
    }  # fmt: skip
    return {**address, "hash_code": merge_key(shop_id, address)}


def _line(rng: Random, good: Good, at: int) -> Doc:
    return {
        "product_id": good.product_id, "sku_id": good.sku_id, "sku_code": good.sku_code, "out_product_id": "",
        "out_sku_id": "", "sku_cnt": rng.choice(_UNITS), "title": good.title,
        "thumb_img": f"https://sandbox.local/{good.sku_code}.png",
        "sku_attrs": [{"attr_key": name, "attr_value": value} for name, value in good.options],
        "market_price": good.price_fen + 1000, "sale_price": good.price_fen, "real_price": 0, "estimate_price": 0,
        "is_change_price": False, "change_price": 0,
        **dict.fromkeys(DISCOUNTS, 0), "deduction_price": 0, "on_aftersale_sku_cnt": 0, "finish_aftersale_sku_cnt": 0,
        "delivery_deadline": at + 2 * 86_400, "sku_deliver_info": {"stock_type": 0}, "is_free_gift": False,
        "is_flash_sale": False,
    }  # fmt: skip


def _gross(line: Doc) -> int:
    return int(line["sale_price"]) * int(line["sku_cnt"])


def _price(details: list[Doc], rng: Random) -> int:
    """Choose coupons and points; answers the freight."""
    for line in details:
        if rng.random() < 0.3:
            line[rng.choice(DISCOUNTS)] = _gross(line) * rng.choice((5, 8, 10)) // 100
        if rng.random() < 0.1:
            line["deduction_price"] = _gross(line) * 3 // 100
    goods = sum(map(_gross, details))
    if len(details) > 1 and goods > 15_000 and rng.random() < 0.5:
        _share(details, goods // 10_000 * 1000 or 500, goods)
    return rng.choice((0, 0, 600, 800, 1000)) if goods < 20_000 else 0


def _share(details: list[Doc], off: int, goods: int) -> None:
    """A shop's coupon on the whole order, shared by amount; the last line takes the rest."""
    left = off
    for line in details[:-1]:
        part = off * _gross(line) // goods
        line["merchant_discounted_price"] += part
        left -= part
    details[-1]["merchant_discounted_price"] += left


def recount(doc: Doc) -> None:
    """All sums from prices, numbers, discounts, freight and the change of price.

    A line whose price the shop changed says in change_price what it costs now, and is not discounted otherwise.
    """
    detail = doc["order_detail"]
    price, down = detail["price_info"], 0
    for line in detail["product_infos"]:
        off = sum(int(line[name]) for name in DISCOUNTS)
        owed = _gross(line) - off - int(line["deduction_price"])
        if line["is_change_price"]:
            down += owed - int(line["change_price"])
            owed = int(line["change_price"])
        line["real_price"] = line["estimate_price"] = owed
    lines = detail["product_infos"]
    split = {name: sum(int(line[name]) for line in lines) for name in DISCOUNTS}
    goods, off, points = sum(map(_gross, lines)), sum(split.values()), sum(int(row["deduction_price"]) for row in lines)
    original = goods + int(price["freight"])
    owed = original - off - points - down
    price |= {
        "product_price": goods, "order_price": owed, "discounted_price": off, "is_discounted": off > 0,
        "original_order_price": original, "change_down_price": down, "change_freight": 0, "deduction_price": points,
        "merchant_receieve_price": owed + sum(split[name] for name in _PLATFORM_PAID), **split,
    }  # fmt: skip
