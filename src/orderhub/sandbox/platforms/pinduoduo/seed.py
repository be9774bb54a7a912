"""Invented shops, listings and orders that obey every money identity of the platform. Imports catalogue and people.

Money is counted in fen; every order satisfies docs/platforms/pinduoduo.md §3.2 to the fen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import Good, items
from orderhub.sandbox.people import NOTES, Person, person
from orderhub.sandbox.platforms.pinduoduo.moves import finish_refund, open_refund, pay, receive, ship
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Goods, Market, Order, Shop
from orderhub.sandbox.platforms.pinduoduo.wire import china, fen, yuan

__all__ = ["line_of", "make_order", "receiver_of", "recount", "seed_goods", "seed_orders", "settled", "shops"]

_NAMES = ("云杉户外专营店", "小满生活馆", "北屿数码旗舰店", "拾光家居工厂店")

# share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("to ship", 0.78, 0.2, 46),
    ("shipped", 0.12, 26, 110),
    ("received", 0.06, 100, 160),
    ("refunded", 0.04, 10, 120),
)
_HIDDEN_SHARE = 25
"""One order in so many more is unpaid or waits for its group: it exists, and no list shows it."""

_LINE_COUNTS = (1,) * 36 + (2,) * 9 + (3,) * 3 + (4,) * 2
_UNITS = (1,) * 15 + (2,) * 4 + (3,)
_REASONS = ("不想要了", "拍错了", "信息填写错误", "其他原因")


def shops(count: int) -> list[Shop]:
    """Shops by mall id."""
    return [
        Shop(str(600_000_000 + n), n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""))
        for n in range(1, count + 1)
    ]


def seed_goods(market: Market, shop: Shop, rng: Random) -> None:
    """Every product of the catalogue, each variant a sku."""
    for code, variants in items().items():
        goods_id = 610_000_000_000 + shop.number * 1_000_000 + int(code[-2:])
        skus = [_sku(goods_id, good, rng) for good in variants]
        image = f"https://img.pddpic.com/sandbox/{code}.jpeg"
        doc = {
            "goods_id": goods_id, "goods_name": variants[0].title, "is_onsale": 1, "thumb_url": image,
            "image_url": image,
        }  # fmt: skip
        market.goods[goods_id] = Goods(shop.shop_id, doc, skus)


def _sku(goods_id: int, good: Good, rng: Random) -> Doc:
    return {
        "sku_id": 1_500_000_000_000 + (goods_id % 100_000_000) * 100 + int(good.sku[-4:]),
        "spec": ",".join(value for _, value in good.options), "sku_quantity": rng.randrange(80, 400),
        "reserve_quantity": 0, "outer_id": good.sku, "outer_goods_id": good.item, "is_sku_onsale": 1,
        "multi_price": good.price_fen, "single_price": good.price_fen + 300,
        "specs": [{"parent_name": name, "spec_name": value} for name, value in good.options],
    }  # fmt: skip


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last days that lists show, most of them to be sent, and some that none shows."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        fate, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        settled(market, _aged(market, make_order(market, shop, rng, created), fate, created, rng))
    for number in range(-(-count // _HIDDEN_SHARE)):
        created = now - timedelta(hours=0.1 + 10 * rng.random())
        order = make_order(market, shop, rng, created)
        market.add(order)
        if number % 2:
            pay(market, order, china(created), form=False)
        order.doc["updated_at"] = china(created)
        market.changed(order)


def settled(market: Market, order: Order) -> None:
    """The last thing that happened to the order is its `updated_at`, though it was seeded just now."""
    doc, names = order.doc, ("created_time", "pay_time", "confirm_time", "shipping_time", "receive_time")
    changes = [doc[name] for name in names] + [market.refunds[one]["updated"] for one in order.refunds]
    doc["updated_at"] = max(changes)
    market.changed(order)


def _aged(market: Market, order: Order, fate: str, created: datetime, rng: Random) -> Order:
    """Bring a fresh order to its fate, with the times that belong to it."""
    market.add(order)
    paid = china(created + timedelta(seconds=rng.randrange(5, 300)))
    pay(market, order, paid)
    if fate in ("shipped", "received"):
        number = f"SF1{rng.randrange(10**12):012d}"
        ship(market, order, 44, number, china(created + timedelta(hours=3 + 20 * rng.random())))
    if fate == "received":
        receive(market, order, china(created + timedelta(hours=60 + 30 * rng.random())))
    if fate == "refunded":
        asked = china(created + timedelta(hours=1 + 2 * rng.random()))
        refund = open_refund(market, order, {"reason": rng.choice(_REASONS)}, asked)
        finish_refund(market, refund, china(created + timedelta(hours=4 + 4 * rng.random())))
    return order


def make_order(
    market: Market, shop: Shop, rng: Random, created: datetime, *, lines: int = 0, plain: bool = False,
    who: Person | None = None,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and postage."""
    serial, at = market.serial(), china(created)
    number = f"{at[2:4]}{at[5:7]}{at[8:10]}-{shop.number % 1000:03d}{serial:09d}{rng.randrange(1000):03d}"
    chosen = rng.sample(_offers(market, shop), lines or rng.choice(_LINE_COUNTS))
    doc: Doc = {
        "order_sn": number, "order_status": 1, "refund_status": 1, "after_sales_status": 0, "confirm_status": 0,
        "group_status": 0, "group_order_id": 2_500_000_000_000_000_000 + serial, "group_role": rng.randrange(2),
        "risk_control_status": 0, "created_time": at, "pay_time": "", "confirm_time": "", "shipping_time": "",
        "receive_time": "", "updated_at": at, "return_freight_payer": 1, "cat_id_1": 1543,
        "cat_id_2": 1544 + int(chosen[0][0].doc["goods_id"]) % 50, "cat_id_3": 2600,
        "item_list": [line_of(goods, sku, rng.choice(_UNITS)) for goods, sku in chosen],
        "order_tag_list": [{"name": "return_freight_payer", "value": 1}, {"name": "ship_hold", "value": 0}],
        "order_change_amount": 0.0, "capital_free_discount": 0.0, "platform_discount": 0.0, "seller_discount": 0.0,
        "postage": 0.0, "service_fee_detail": [],
    }  # fmt: skip
    if rng.random() < 0.15:
        doc["buyer_memo"] = rng.choice(NOTES)
    if not plain:
        _discount(doc, rng)
    recount(doc)
    return Order(shop.shop_id, doc, receiver_of(who or person(rng)))


def _offers(market: Market, shop: Shop) -> list[tuple[Goods, Doc]]:
    """What is on sale; with plenty left if there is enough of that."""
    every = [
        (goods, sku)
        for goods in market.goods.values()
        if goods.shop_id == shop.shop_id and goods.doc["is_onsale"]
        for sku in goods.skus
    ]
    stocked = [offer for offer in every if offer[1]["sku_quantity"] > 3]
    return stocked if len(stocked) >= 4 else every


def line_of(goods: Goods, sku: Doc, count: int) -> Doc:
    """One of `item_list`, as the listing stands now."""
    return {
        "goods_id": str(goods.doc["goods_id"]), "sku_id": str(sku["sku_id"]), "goods_name": goods.doc["goods_name"],
        "goods_spec": sku["spec"], "goods_img": goods.doc["thumb_url"], "goods_price": yuan(sku["multi_price"]),
        "goods_count": count, "outer_id": sku["outer_id"], "outer_goods_id": sku["outer_goods_id"],
    }  # fmt: skip


def receiver_of(who: Person) -> Doc:
    """In the clear; street-level town, road and house are one text, the district is the town."""
    place = who.place
    return {
        "name": who.name, "phone": who.mobile, "address": who.town + who.detail, "province": place.province,
        "city": place.city or place.district, "town": place.district,
    }  # fmt: skip


def _discount(doc: Doc, rng: Random) -> None:
    """Coupons of both payers, a price cut, a leader's free order, postage."""
    goods = sum(fen(line["goods_price"]) * line["goods_count"] for line in doc["item_list"])
    if rng.random() < 0.3:
        doc["seller_discount"] = yuan(min(goods // 10, rng.choice((200, 300, 500, 1000))))
    if rng.random() < 0.3:
        doc["platform_discount"] = yuan(min(goods // 10, rng.choice((99, 150, 300, 888))))
    if rng.random() < 0.05:
        doc["order_change_amount"] = yuan(min(goods // 10, rng.randrange(50, 800)))
    if goods < 6_900 and rng.random() < 0.4:
        doc["postage"] = yuan(rng.choice((300, 500, 800)))


def recount(doc: Doc) -> None:
    """All sums from prices, counts, discounts, postage and fees: the identities hold afterwards."""
    gross = sum(fen(line["goods_price"]) * line["goods_count"] for line in doc["item_list"])
    goods = gross - fen(doc["order_change_amount"])
    off = sum(fen(doc[name]) for name in ("platform_discount", "seller_discount", "capital_free_discount"))
    fees = sum(fen(row["service_fee"]) for row in doc["service_fee_detail"])
    doc["goods_amount"], doc["discount_amount"] = yuan(goods), yuan(off)
    doc["pay_amount"] = yuan(goods - off + fen(doc["postage"]) + fees)
