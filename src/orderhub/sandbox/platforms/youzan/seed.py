"""Invented shops, goods and trades that obey one money identity. Imports the catalogue and people.

In fen, for every trade: payment = total_fee - item_discount_fee - order_discount_fee + adjust_fee + post_fee;
total_fee = sum of price * num; a line's total_fee = discount_price * num, its payment what the buyer pays for it; the
payments of the lines and post_fee add up to the payment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orderhub.sandbox.catalogue import items
from orderhub.sandbox.people import NOTES, person
from orderhub.sandbox.platforms.youzan import moves
from orderhub.sandbox.platforms.youzan.state import Doc, Good, Market, Order, Shop
from orderhub.sandbox.platforms.youzan.wire import china, fen, yuan

__all__ = ["make_order", "recount", "seed_goods", "seed_orders", "shops"]

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70), ("shipped", 0.10, 26, 240), ("part_shipped", 0.04, 20, 120),
    ("completed", 0.08, 120, 600), ("unpaid", 0.04, 0.1, 0.9), ("cancelled", 0.02, 30, 300),
    ("refunded", 0.02, 30, 300),
)  # fmt: skip
_COUNTS = (1,) * 6 + (2,) * 3 + (3, 4)


def shops(count: int) -> list[Shop]:
    """Each with a number of its own on the platform."""
    return [Shop(f"yz-{n}", n, f"1{n:07d}") for n in range(1, count + 1)]


def seed_goods(market: Market, shop: Shop) -> None:
    """Every merchant SKU as a SKU of its product; a product in one version has sku_id 0."""
    for goods in items().values():
        item_id = 400_000_000 + shop.number * 1000 + int(goods[0].item[-2:])
        for place, good in enumerate(goods, 1):
            sku_id = 36_000_000 + shop.number * 10_000 + int(good.sku[-4:]) if good.options else 0
            variant = ",".join(f"{name}:{value}" for name, value in good.options)
            market.goods[shop.shop_id, item_id, sku_id] = Good(
                shop.shop_id, item_id, sku_id, good.sku, good.title, variant, good.price_fen,
                market.setup.rng.randrange(80, 400) + place,
            )  # fmt: skip


def seed_orders(market: Market, shop: Shop, count: int) -> None:
    """`count` trades of the last weeks, most of them waiting to be sent."""
    rng, shares = market.setup.rng, [row[1] for row in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = market.now() - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop, created, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        market.add(order)
        _live(market, order, story, created)


def _live(market: Market, order: Order, story: str, created: datetime) -> None:
    """Bring a fresh trade to where its story ends."""
    rng = market.setup.rng
    if story == "unpaid":
        return
    if story == "cancelled":
        moves.cancel(market, order, china(created + timedelta(hours=1)), "expired")
        return
    moves.pay(market, order, china(created + timedelta(seconds=rng.randrange(5, 600))))
    if story == "refunded":
        moves.cancel(market, order, china(created + timedelta(hours=20 * rng.random() + 1)))
    elif story != "paid":
        sent = china(created + timedelta(hours=3 + 16 * rng.random()))
        oids = [order.lines[0]["oid"]] if story == "part_shipped" else []
        moves.ship(market, order, oids, sent, out_stype="7", out_sid=f"SF1{rng.randrange(10**12):012d}")
        if story == "completed":
            moves.receive(market, order, china(created + timedelta(hours=60 + 30 * rng.random())))


def make_order(
    market: Market, shop: Shop, created: datetime, *, lines: int = 0, plain: bool = False, prefix: str = "E"
) -> Order:
    """One unpaid trade, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and freight."""
    rng, at = market.setup.rng, china(created)
    mine = [good for good in market.goods.values() if good.shop_id == shop.shop_id]
    details = [
        _line(market, good, rng.choice((1, 1, 1, 2, 3))) for good in rng.sample(mine, lines or rng.choice(_COUNTS))
    ]
    digits = at.replace("-", "").replace(":", "").replace(" ", "")
    doc: Doc = {
        "order_info": {
            "tid": f"{prefix}{digits}{market.serial():09d}", "status": "WAIT_BUYER_PAY", "type": 0, "close_type": 0,
            "express_type": 0, "channel_type": 1, "created": at, "update_time": at,
            "expired_time": china(created + timedelta(hours=1)), "pay_time": "", "consign_time": "",
            "confirm_time": "", "success_time": "", "refund_state": 0, "order_extra": {},
            "order_tags": {"is_virtual": False, "is_payed": False, "is_refund": False, "is_feedback": False},
        },
        "pay_info": {
            "post_fee": yuan(0 if plain else rng.choice((0, 0, 600, 1000))), "real_payment": "0.00",
            "deduction_pay": 0, "deduction_real_pay": 0, "phase_payments": [], "transaction": [],
            "outer_transactions": [],
        },
        "buyer_info": {"yz_open_id": f"yzopen{rng.randrange(10**8):08d}", "buyer_phone": "", "outer_user_id": "",
                       "fans_nickname": f"买家{rng.randrange(10**4):04d}"},
        "orders": details, "address_info": _address(market),
        "remark_info": {"buyer_message": rng.choice(NOTES) if rng.random() < 0.2 else "", "trade_memo": ""},
        "order_promotion": {"item_discount_fee": "0.00", "order_discount_fee": "0.00", "adjust_fee": "0.00"},
        "source_info": {"source": {"platform": "wx"}}, "channel_info": {}, "child_info": {},
    }  # fmt: skip
    goods = sum(fen(line["price"]) * line["num"] for line in details)
    if not plain:
        for line in details:
            if rng.random() < 0.25:
                line["discount_price"] = yuan(fen(line["price"]) * 9 // 10)
    recount(doc, goods // 20 if not plain and goods > 20_000 and rng.random() < 0.5 else 0)
    return Order(shop.shop_id, doc)


def _line(market: Market, good: Good, num: int) -> Doc:
    price = yuan(good.price_fen)
    return {
        "oid": f"29{market.serial():017d}", "item_id": good.item_id, "sku_id": good.sku_id, "title": good.title,
        "outer_item_id": "", "outer_sku_id": good.code, "num": num, "price": price, "discount_price": price,
        "total_fee": price, "payment": price, "sku_properties_name": good.variant, "pic_path": "",
    }  # fmt: skip


def _address(market: Market) -> Doc:
    who = person(market.setup.rng)
    return {
        "receiver_name": who.name, "receiver_tel": who.mobile, "delivery_province": who.place.province,
        "delivery_city": who.place.city or "", "delivery_district": who.place.district,
        "delivery_address": f"{who.town}{who.detail}",
    }  # fmt: skip


def recount(doc: Doc, off: int = 0) -> None:
    """All sums from prices, counts and freight; `off` (fen) is taken off the whole trade, shared by amount."""
    lines, left = doc["orders"], off
    whole = sum(fen(line["discount_price"]) * line["num"] for line in lines)
    for place, line in enumerate(lines, 1):
        gross = fen(line["discount_price"]) * line["num"]
        part = left if place == len(lines) else off * gross // whole
        left -= part
        line["total_fee"], line["payment"] = yuan(gross), yuan(gross - part)
    listed = sum(fen(line["price"]) * line["num"] for line in lines)
    doc["pay_info"].update(total_fee=yuan(listed), payment=yuan(whole - off + fen(doc["pay_info"]["post_fee"])))
    doc["order_promotion"].update(item_discount_fee=yuan(listed - whole), order_discount_fee=yuan(off))
