"""Invented shops, goods and orders that obey every money identity of the sheet. Imports the catalogue and people.

All in fen (docs/platforms/douyin.md §3): promotion = shop + platform + talent; total_promotion = promotion + freight
promotion; post_origin = post + freight promotion; parent = sum of children; and, where the sheet is silent,
pay = goods - promotion + post, order_amount = pay + promotion.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, Person, person
from orderhub.sandbox.platforms.douyin.moves import cancel, hold, move_case, open_case, pay, receive, ship
from orderhub.sandbox.platforms.douyin.privacy import receiver_fields
from orderhub.sandbox.platforms.douyin.state import Doc, Good, Market, Order, Shop

__all__ = ["make_order", "pack_id", "recount", "seed_goods", "seed_orders", "send_all", "shops", "stock_up"]

_NAMES = ("云杉户外旗舰店", "小满生活馆", "北屿数码专营店", "拾光家居企业店")
_FIRST_ORDER, _FIRST_PRODUCT, _FIRST_SKU = 6_950_000_000_000_000_000, 3_700_000_000_000_000_000, 3_500_000_000_000_000
_STEP = 16
"""Ids between two orders: its children lie there, the first has the id of the parent."""

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70),
    ("shipped", 0.11, 26, 240),
    ("part_shipped", 0.03, 20, 120),
    ("completed", 0.07, 120, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.02, 30, 300),
    ("closed", 0.02, 30, 300),
    ("refunded", 0.02, 160, 600),
)
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)
_SHARED = (
    "promotion_amount", "promotion_shop_amount", "promotion_platform_amount", "promotion_talent_amount",
    "shop_cost_amount", "platform_cost_amount", "only_platform_cost_amount", "author_cost_amount", "post_amount",
    "order_amount", "pay_amount",
)  # fmt: skip
_NOTHING: Doc = dict.fromkeys((
    *_SHARED, "promotion_pay_amount", "promotion_redpack_amount", "promotion_redpack_platform_amount",
    "promotion_redpack_talent_amount", "modify_amount", "modify_post_amount", "post_insurance_amount", "tax_amount",
    "packing_amount",
), 0)  # fmt: skip


def shops(count: int) -> list[Shop]:
    """Each with an app of its own; ids and keys are digits on the wire."""
    return [
        Shop(
            f"{70_000_000 + n}", n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""),
            f"{7_000_000_000_000_000_000 + n}", f"sandbox-douyin-secret-{n}-8c1f60d2b9e4", f"sandbox-service-{n}",
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def seed_goods(market: Market, shop: Shop) -> None:
    """Every merchant SKU, nothing in stock yet."""
    for place, good in enumerate(CATALOGUE, 1):
        product = _FIRST_PRODUCT + shop.number * 1_000_000 + int(good.item[-2:])
        sku = _FIRST_SKU + shop.number * 1_000_000 + place
        market.add_good(Good(shop.shop_id, product, sku, good.sku, good.title, good.options, good.price_fen))


def stock_up(market: Market, shop: Shop, rng: Random) -> None:
    """What the shop holds after the orders of the past."""
    for (shop_id, _), good in market.goods.items():
        if shop_id == shop.shop_id:
            good.stock = rng.randrange(80, 400)


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        at = int((now - timedelta(hours=low + (high - low) * rng.random())).timestamp())
        order = make_order(market, shop, rng, at, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        market.add(order)
        hold(market, order)
        _live(market, order, story, at, rng)


def _live(market: Market, order: Order, story: str, at: int, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""
    if story == "unpaid":
        return
    if story == "cancelled":
        cancel(market, order, at + 86_400, "超时未支付")
        return
    pay(market, order, at + rng.randrange(5, 600), 2)
    if story == "closed":
        cancel(market, order, at + 3600 + rng.randrange(72_000))
    elif story != "paid":
        _travel(market, order, story, at, rng)


def _travel(market: Market, order: Order, story: str, at: int, rng: Random) -> None:
    sent = at + 10_800 + rng.randrange(57_600)
    send_all(market, order, rng, sent, 1 if story == "part_shipped" else None)
    if story in ("completed", "refunded"):
        receive(market, order, at + 216_000 + rng.randrange(108_000))
    if story == "refunded":
        case = open_case(market, order, order.children[0], {"goods": True, "reason": "尺码不合适"}, at + 360_000)
        for step, hours in (("agree_return", 110), ("return", 130), ("agree", 155)):
            told = {"return_logistics_code": "YT8800000001"} if step == "return" else {}
            move_case(market, order, case, step, at + hours * 3600, **told)


def pack_id(market: Market) -> str:
    """Id of a parcel."""
    return f"68{market.serial():014d}"


def send_all(market: Market, order: Order, rng: Random, at: int, lines: int | None = None) -> None:
    """The first `lines` children (None: all) left at `at` in one parcel."""
    units = {str(child["order_id"]): order.left(child) for child in order.children[:lines]}
    ship(market, order, units, "shunfeng", f"SF1{rng.randrange(10**12):012d}", at, pack_id(market))
    market.touch(order, at)


def make_order(
    market: Market, shop: Shop, rng: Random, at: int, *, lines: int = 0, plain: bool = False, who: Person | None = None
) -> Order:
    """One unpaid order, not yet in the market: 1 to 4 children (or `lines`); `plain` without discounts and freight."""
    number = _FIRST_ORDER + shop.number * 10**13 + market.serial() * _STEP
    buyer, receiver = rng.randrange(10_000), receiver_fields(market, shop.shop_id, f"{number}", who or person(rng))
    goods = _chosen(market, shop, rng, lines or rng.choice(_LINE_COUNTS))
    children = [_child(number, place, good, rng, at) for place, good in enumerate(goods)]
    doc: Doc = {
        "order_id": f"{number}", "shop_id": int(shop.shop_id), "shop_name": shop.name, "open_id": "",
        "doudian_open_id": f"1@#sandboxOpenId{buyer:04d}==", "order_level": 2, "biz": 2, "biz_desc": "小店",
        "order_type": 0, "order_type_desc": "普通订单", "order_status": 1, "order_status_desc": "待支付",
        "main_status": 1, "main_status_desc": "待支付", "create_time": at, "pay_time": 0, "update_time": at,
        "finish_time": 0, "order_expire_time": 1800, "ship_time": 0, "exp_ship_time": 0, "appointment_ship_time": 0,
        "cancel_reason": "", "buyer_words": rng.choice(NOTES) if rng.random() < 0.18 else "", "seller_words": "",
        "seller_remark_stars": 0, "b_type": 2, "b_type_desc": "抖音", "sub_b_type": 1, "sub_b_type_desc": "app内-原生",
        "app_id": 0, "pay_type": rng.choice((1, 2, 2, 4, 8)), "channel_payment_no": f"20{market.serial():018d}",
        **_NOTHING, "post_origin_amount": 0, "post_promotion_amount": 0, "total_promotion_amount": 0, **receiver,
        "logistics_info": [], "serial_number_list": [], "order_phase_list": [], "shop_order_tag_ui": [],
        "user_tag_ui": [], "address_tag_ui": [], "promise_info": "", "sku_order_list": children,
    }  # fmt: skip
    if not plain:
        _price(doc, rng)
    recount(doc, freight=market.switch("order_amount_freight"))
    return Order(shop.shop_id, doc)


def _chosen(market: Market, shop: Shop, rng: Random, wanted: int) -> list[Good]:
    """Distinct goods; those in stock first choice."""
    every = [good for (shop_id, _), good in market.goods.items() if shop_id == shop.shop_id]
    stocked = [good for good in every if good.stock - good.held > 3]
    return rng.sample(stocked if len(stocked) >= wanted else every, wanted)


def _child(number: int, place: int, good: Good, rng: Random, at: int) -> Doc:
    units = rng.choice(_UNITS)
    return {
        "order_id": f"{number + place}", "parent_order_id": f"{number}", "order_level": 3, "order_status": 1,
        "order_status_desc": "待支付", "main_status": 1, "trade_type": 0, "trade_type_desc": "普通", "goods_type": 0,
        "product_id": good.product_id, "product_id_str": f"{good.product_id}", "sku_id": good.sku_id,
        "out_sku_id": "", "out_product_id": "", "code": good.code, "supplier_id": "", "product_name": good.title,
        "product_pic": f"https://img.sandbox.test/{good.product_id}.jpeg",
        "spec": [{"name": name, "value": value} for name, value in good.options], "item_num": units,
        "origin_amount": good.price_fen, "sum_amount": good.price_fen * units, **_NOTHING, "create_time": at,
        "pay_time": 0, "update_time": at, "exp_ship_time": 0, "ship_time": 0, "finish_time": 0,
        "confirm_receipt_time": 0, "reduce_stock_type": 1, "pre_sale_type": 0, "receive_type": 1,
        "need_serial_number": False, "inventory_list": [{
            "warehouse_id": "", "out_warehouse_id": "", "inventory_type": 1, "inventory_type_desc": "普通库存",
            "count": units, "warehouse_type": 0,
        }],
        "after_sale_info": {"after_sale_status": 0, "after_sale_type": 0, "refund_status": 0},
        "given_product_type": "", "master_sku_order_id_list": [], "bundle_sku_info": [],
    }  # fmt: skip


def _price(doc: Doc, rng: Random) -> None:
    """Choose a shop's coupon, a platform's and a talent's, and freight."""
    for child in doc["sku_order_list"]:
        gross = child["sum_amount"]
        if rng.random() < 0.35:
            child["promotion_shop_amount"] = gross * rng.choice((5, 8, 10)) // 100
        if rng.random() < 0.2:
            child["promotion_platform_amount"] = gross * rng.choice((3, 6)) // 100
        if rng.random() < 0.08:
            child["promotion_talent_amount"] = gross * 2 // 100
    if sum(child["sum_amount"] for child in doc["sku_order_list"]) < 20_000:
        doc["sku_order_list"][0]["post_amount"] = rng.choice((0, 0, 600, 800, 1000))
        doc["post_promotion_amount"] = rng.choice((0, 0, 200)) if doc["sku_order_list"][0]["post_amount"] else 0


def recount(doc: Doc, *, freight: bool = True) -> None:
    """All sums from unit prices, numbers, promotions and freight."""
    for child in doc["sku_order_list"]:
        shop, platform, talent = (child[f"promotion_{who}_amount"] for who in ("shop", "platform", "talent"))
        off = shop + platform + talent
        child["sum_amount"] = child["origin_amount"] * child["item_num"]
        child["pay_amount"] = child["sum_amount"] - off + child["post_amount"]
        child |= {
            "promotion_amount": off, "shop_cost_amount": shop, "only_platform_cost_amount": platform,
            "author_cost_amount": talent, "platform_cost_amount": platform + talent,
            "order_amount": child["sum_amount"] + (child["post_amount"] if freight else 0),
        }  # fmt: skip
    for name in _SHARED:
        doc[name] = sum(child[name] for child in doc["sku_order_list"])
    doc["post_origin_amount"] = doc["post_amount"] + doc["post_promotion_amount"]
    doc["total_promotion_amount"] = doc["promotion_amount"] + doc["post_promotion_amount"]


def gift_of(child: Doc, **more: Any) -> Doc:
    """What makes a child a free gift of another."""
    return {"given_product_type": "FREE", "master_sku_order_id_list": [child["order_id"]], **more}
