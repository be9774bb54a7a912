"""Invented shops, goods and orders. Imports the catalogue, people and this folder.

Money is counted in the smallest unit of the shop's currency: total_amount = sum of discounted price times quantity
plus the freight that the buyer bears (estimated_shipping_fee). Four receivers in five live in China, where the
sandbox's carriers go; the rest live in the shop's own country.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from orderhub.sandbox.catalogue import Good, items
from orderhub.sandbox.people import NOTES, PLACES, person
from orderhub.sandbox.platforms.shopee.moves import (
    SHIP_DAYS,
    arrange,
    arrive,
    cancel,
    move_return,
    open_return,
    pack,
    pay,
    receive,
)
from orderhub.sandbox.platforms.shopee.spec import CHANNELS, REGIONS, Channel, Region
from orderhub.sandbox.platforms.shopee.state import Item, Market, Model, Order, Shop
from orderhub.sandbox.platforms.shopee.wire import Doc, money

__all__ = ["HOUR", "OWN", "abroad", "make_order", "price_of", "rows_of", "seed_goods", "seed_orders", "shops"]

HOUR = 3600
OWN = CHANNELS[0]
RESERVED = "SKU-0033"
_NAMES = ("Yunshan Outdoor", "Casa Xiaoman", "Beiyu Digital", "Shiguang Home")
_BUYERS = ("Tan Wei Ling", "Ana Beatriz Souza", "Nurul Aisyah", "Rafael Lima", "林怡君")
_METHODS = ("Credit/Debit Card", "ShopeePay", "Online Banking")

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.72, 0.2, 70),
    ("shipped", 0.10, 26, 240),
    ("delivered", 0.03, 90, 300),
    ("completed", 0.06, 170, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.02, 30, 300),
    ("seller_cancelled", 0.02, 30, 300),
    ("returned", 0.02, 200, 600),
)
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)


def shops(count: int) -> list[Shop]:
    """Each in a country of its own, as far as they go."""
    return [
        Shop(str(14_701_700 + n), n, _NAMES[(n - 1) % len(_NAMES)], REGIONS[(n - 1) % len(REGIONS)])
        for n in range(1, count + 1)
    ]


def price_of(good: Good, region: Region) -> int:
    """Price of one unit in smallest units."""
    return good.price_fen * region.share // (10_000 if region.digits == 0 else 100)


def seed_goods(market: Market, shop: Shop, rng: Random) -> None:
    """Every product with its variants; the one without has the variant 0."""
    for place, goods in enumerate(items().values(), 1):
        number = shop.number * 1_000_000 + place
        item = Item(shop.shop_id, number, goods[0].item, goods[0].title, "", {}, market.stamp() - 90 * 24 * HOUR)
        for tier, good in enumerate(goods):
            code = number * 100 + tier + 1 if good.options else 0
            name = ",".join(value for _, value in good.options)
            item.option = "/".join(option for option, _ in good.options)
            reserved = 5 if good.sku == RESERVED else 0
            item.models[code] = Model(
                code, good.sku, name, price_of(good, shop.region), rng.randrange(80, 400), reserved, tier
            )
        market.items[shop.shop_id, number] = item


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.stamp(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - int(HOUR * (low + (high - low) * rng.random()))
        order = make_order(market, shop, rng, created)
        market.add(order)
        _live(market, order, story, created, rng)


def _live(market: Market, order: Order, story: str, created: int, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""
    if story == "unpaid":
        return
    if story == "cancelled":
        cancel(market, order, "system", "BUYER_DID_NOT_PAY", created + 24 * HOUR)
        return
    pay(market, order, min(created + rng.randrange(5, 600), market.stamp()))
    if story == "seller_cancelled":
        cancel(market, order, "seller", "OUT_OF_STOCK", created + 5 * HOUR)
    elif story != "paid":
        _travel(market, order, story, created, rng)


def _travel(market: Market, order: Order, story: str, created: int, rng: Random) -> None:
    at = created + int(HOUR * (3 + 16 * rng.random()))
    for package in order.packages:
        arrange(market, order, package, "non_integrated", f"SF1{rng.randrange(10**12):012d}", at)
    if story == "shipped":
        return
    arrive(market, order, created + int(HOUR * (60 + 20 * rng.random())))
    if story == "returned":
        case = open_return(market, order, order.items[0], {"goods": True, "reason": "WRONG_SIZE"}, created + 100 * HOUR)
        for step, hours in (("agree_return", 110), ("confirm", 150), ("pay", 155)):
            move_return(market, case, step, created + hours * HOUR)
    if story in ("completed", "returned"):
        receive(market, order, created + 168 * HOUR)


def make_order(
    market: Market, shop: Shop, rng: Random, created: int, *, lines: int = 0, plain: bool = False,
    channel: Channel = OWN,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and freight."""
    day = datetime.fromtimestamp(created, market.now().tzinfo)
    letters = "".join(rng.choice("ABCDEFGHJKMNPQRSTUVWXY") for _ in range(3))
    details = [_line(shop, rng, item, model) for item, model in _chosen(market, shop, rng, lines)]
    digits, share, home = shop.region.digits, 1.0 if plain else 0.35, rng.random() < 0.8
    for line in details:
        if rng.random() < share and not plain:
            off = market.items[shop.shop_id, line["item_id"]].models[line["model_id"]].price
            line |= {"promotion_type": "product_promotion", "promotion_id": 7000 + rng.randrange(9),
                     "model_discounted_price": money(off * rng.choice((80, 85, 90, 95)) // 100, digits)}  # fmt: skip
    fee = 0 if plain or rng.random() < 0.5 else rng.choice((199, 299, 499)) // (1 if digits else 10)
    doc: Doc = {
        "order_sn": f"{day:%y%m%d}{letters}{market.serial():05d}", "region": shop.region.code,
        "currency": shop.region.currency, "cod": False, "order_status": "UNPAID", "pending_terms": [],
        "create_time": created, "update_time": created, "pay_time": None, "days_to_ship": SHIP_DAYS,
        "ship_by_date": 0, "message_to_seller": rng.choice(NOTES) if rng.random() < 0.15 else "", "note": "",
        "note_update_time": 0, "buyer_user_id": 258_000_000 + rng.randrange(10**6),
        "buyer_username": f"buyer{rng.randrange(10**5):05d}", "estimated_shipping_fee": money(fee, digits),
        "actual_shipping_fee": 0, "payment_method": rng.choice(_METHODS), "shipping_carrier": channel.name,
        "checkout_shipping_carrier": channel.name, "split_up": False, "cancel_by": "", "cancel_reason": "",
        "buyer_cancel_reason": "", "pickup_done_time": 0, "fulfillment_flag": "fulfilled_by_cb_seller",
        "booking_sn": "", "dropshipper": None, "invoice_data": None, "item_list": details,
        "recipient_address": at_home(rng) if home else abroad(rng, shop.region),
    }  # fmt: skip
    order = Order(shop, doc)
    pack(market, order, [rows_of(details)], channel.number, channel.name)
    return order


def rows_of(details: Sequence[Doc]) -> list[Doc]:
    """Lines as a package lists them."""
    return [
        {
            "item_id": line["item_id"], "model_id": line["model_id"], "order_item_id": line["order_item_id"],
            "promotion_group_id": line["promotion_group_id"], "model_quantity": line["model_quantity_purchased"],
        }
        for line in details
    ]  # fmt: skip


def at_home(rng: Random) -> Doc:
    """A receiver in China; the place without a city of its own is named by its district."""
    who = person(rng, rng.choice(PLACES))
    city = who.place.city or who.place.district
    return {
        "name": who.name, "phone": f"86{who.mobile}", "town": who.town, "district": who.place.district, "city": city,
        "state": who.place.province, "region": "CN", "zipcode": who.place.zip,
        "full_address": f"{who.detail}, {who.town}, {who.place.district}, {city}, {who.place.province}, CN",
    }  # fmt: skip


def abroad(rng: Random, region: Region) -> Doc:
    """A receiver in the shop's own country."""
    city, state, code = rng.choice(region.cities)
    street = f"{rng.randrange(1, 400)} Jalan Merbau #{rng.randrange(2, 30):02d}-{rng.randrange(1, 200)}"
    return {
        "name": rng.choice(_BUYERS), "phone": f"{region.phone}9{rng.randrange(10**7):07d}", "town": "", "district": "",
        "city": city, "state": state, "region": region.code, "zipcode": code,
        "full_address": f"{street}, {city}, {state}, {region.code}, {code}",
    }  # fmt: skip


def _chosen(market: Market, shop: Shop, rng: Random, wanted: int) -> list[tuple[Item, Model]]:
    """Distinct variants; those in stock first choice."""
    every = [(item, model) for (shop_id, _), item in market.items.items() if shop_id == shop.shop_id
             for model in item.models.values()]  # fmt: skip
    stocked = [row for row in every if row[1].stock > 3]
    count = wanted or rng.choice(_LINE_COUNTS)
    return rng.sample(stocked if len(stocked) >= count else every, count)


def _line(shop: Shop, rng: Random, item: Item, model: Model) -> Doc:
    count, price = rng.choice(_UNITS), money(model.price, shop.region.digits)
    return {
        "item_id": item.number, "item_name": item.name, "item_sku": item.sku if model.number else model.sku,
        "model_id": model.number, "model_name": model.name, "model_sku": model.sku if model.number else "",
        "order_item_id": item.number, "promotion_type": "", "promotion_id": 0, "promotion_group_id": 0,
        "model_quantity_purchased": count, "model_original_price": price, "model_discounted_price": price,
        "wholesale": False, "add_on_deal": False, "main_item": False,
        "image_info": {"image_url": f"https://cf.example/{item.number}.jpg"}, "active_qty": count,
        "cancel_requested_qty": 0, "cancelled_qty": 0, "return_requested_qty": 0, "returned_qty": 0,
    }  # fmt: skip
