"""Invented shops, goods and orders. Money is counted in cents of SGD. Imports the catalogue and people.

For every order: owed = sum of item_price - voucher + shipping_fee; voucher = voucher_seller + voucher_platform = the
units' shares; paid_price = item_price - the unit's share; shipping_fee = original less what seller and platform bear.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.people import NOTES, person
from orderhub.sandbox.platforms.lazada.moves import move, pack, pay, reverse, settle_reverse
from orderhub.sandbox.platforms.lazada.state import Good, Market, Order, Unit
from orderhub.sandbox.platforms.lazada.wire import money

__all__ = ["address", "make_order", "seed_awkward", "seed_goods", "seed_orders"]

_MIX: tuple[tuple[str, float, float, float], ...] = (
    # story, share of orders, youngest and oldest age in hours
    ("paid", 0.70, 0.2, 60),
    ("packed", 0.04, 2, 60),
    ("shipped", 0.10, 26, 240),
    ("part_shipped", 0.03, 20, 120),
    ("delivered", 0.07, 120, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.03, 30, 300),
)
_LINES = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 14 + (2,) * 4 + (3,)
_SHARED = 5
"""A catalogue price in fen is five times the price here in cents."""


def seed_goods(market: Market, shop_id: str, rng: Random) -> None:
    """Every merchant SKU, in stock."""
    for place, good in enumerate(CATALOGUE, 1):
        variation = ", ".join(f"{name}:{value}" for name, value in good.options)
        shop = int(shop_id.rpartition("-")[2])
        market.goods[shop_id, f"{30000 + shop}{place:05d}"] = Good(
            shop_id, f"{20000 + shop}{good.item[-2:]}", f"{30000 + shop}{place:05d}", good.sku, good.title, variation,
            good.price_fen // _SHARED, rng.randrange(80, 400),
        )  # fmt: skip


def seed_orders(market: Market, shop_id: str, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.setup.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop_id, rng, created, lines=2 if story == "part_shipped" else 0)
        _live(market, order, story, rng)
        market.add(order)


def _live(market: Market, order: Order, story: str, rng: Random) -> None:
    at = order.created
    if story == "cancelled":
        move(market, order, order.units, "cancel", at + timedelta(hours=20))
        return
    if story == "unpaid":
        return
    pay(market, order, at + timedelta(seconds=rng.randrange(5, 600)))
    if story == "paid":
        return
    sku = order.units[0].doc["sku_id"]
    units = [unit for unit in order.units if unit.doc["sku_id"] == sku] if story == "part_shipped" else order.units
    pack(market, order, units, rng.choice(("LEX", "NINJAVAN")), at + timedelta(hours=1.5))
    if story == "packed":
        return
    move(market, order, units, "rts", at + timedelta(hours=2))
    move(market, order, units, "scan", at + timedelta(hours=12))
    if story == "delivered":
        move(market, order, units, "receive", at + timedelta(hours=80))


def make_order(market: Market, shop_id: str, rng: Random, created: datetime, *, lines: int = 0) -> Order:
    """One unpaid order, not yet in the market: 1 to 4 SKUs (or `lines`), one row a unit."""
    goods = [good for good in market.goods.values() if good.shop_id == shop_id]
    chosen = rng.sample(goods, lines or rng.choice(_LINES))
    units = [_unit(market, good, created) for good in chosen for _ in range(rng.choice(_UNITS))]
    who = person(rng)
    street = f"{rng.randrange(1, 400)} Orchard Road #{rng.randrange(2, 30):02d}-{rng.randrange(1, 40):02d}"
    place = address(who.name, f"8{rng.randrange(10**7):07d}", street, f"{rng.randrange(10**5, 10**6)}")
    created = created.replace(microsecond=0)
    order = Order(shop_id, f"26{market.serial():013d}", created, created, {
        "price": "", "shipping_fee": "", "shipping_fee_original": "", "shipping_fee_discount_seller": "0.00",
        "shipping_fee_discount_platform": "0.00", "voucher": "", "voucher_platform": "", "voucher_seller": "",
        "voucher_code": "", "payment_method": rng.choice(("MIXEDCARD", "PAYNOW", "MIXEDCARD")),
        "customer_first_name": who.name, "customer_last_name": "", "remarks": "",
        "buyer_note": rng.choice(NOTES) if rng.random() < 0.18 else "", "delivery_info": "", "gift_option": "false",
        "gift_message": "", "promised_shipping_times": "", "address_updated_at": "", "warehouse_code": "dropshipping",
        "tax_code": "", "branch_number": "", "national_registration_number": "", "extra_attributes": "",
        "need_cancel_confirm": "false", "is_cancel_pending": "false", "address_shipping": place,
        "address_billing": dict(place),
    }, units)  # fmt: skip
    _price(order, rng)
    return order


def address(name: str, phone: str, street: str, code: str) -> dict[str, Any]:
    """A receiver in Singapore, spelled as the wire does."""
    return {
        "first_name": name, "last_name": "", "phone": f"65{phone}", "phone2": "", "address1": street, "address2": "",
        "address3": "Singapore", "address4": "Singapore", "address5": "", "addressDsitrict": "", "city": "Singapore",
        "post_code": code, "country": "Singapore",
    }  # fmt: skip


def _unit(market: Market, good: Good, created: datetime) -> Unit:
    due = created + timedelta(hours=48)
    return Unit(f"27{market.serial():013d}", "unpaid", {
        "sku": good.seller_sku, "shop_sku": f"{good.item_id}_SGAMZ-{good.sku_id}", "sku_id": good.sku_id,
        "product_id": good.item_id, "name": good.title, "variation": good.variation, "item_price": money(good.price),
        "paid_price": money(good.price), "tax_amount": "0.00", "voucher_amount": "0.00", "voucher_seller": "0.00",
        "voucher_platform": "0.00", "wallet_credits": "0.00", "shipping_amount": "0.00", "currency": "SGD",
        "return_status": "", "reason": "", "reason_detail": "", "cancel_return_initiator": "", "order_type": "Normal",
        "order_flag": "NORMAL", "is_fbl": "0", "is_digital": "0", "shipment_provider": "",
        "shipping_type": "Dropshipping",
        "shipping_provider_type": "STANDARD", "tracking_code": "", "tracking_code_pre": "", "package_id": "",
        "warehouse_code": "dropshipping", "promised_shipping_time": "", "payment_time": "", "stage_pay_status": "",
        "sla_time_stamp": due.strftime("%Y-%m-%dT%H:%M:%S+00:00"), "need_cancel_confirm": "false",
        "is_cancel_pending": "false", "cancel_trigger_time": "", "reverse_order_id": "", "biz_group": "70100",
    })  # fmt: skip


def _price(order: Order, rng: Random) -> None:
    """Choose vouchers and freight, and share them over the units."""
    gross = [int(unit.doc["item_price"].replace(".", "")) for unit in order.units]
    seller = sum(gross) // 20 if rng.random() < 0.3 else 0
    platform = sum(gross) // 25 if rng.random() < 0.2 else 0
    freight = rng.choice((0, 149, 199, 399))
    help_s = freight // 2 if freight and rng.random() < 0.3 else 0
    _spread(order.units, gross, seller, platform, freight - help_s)
    order.doc |= {
        "price": money(sum(gross)), "voucher": money(seller + platform), "voucher_seller": money(seller),
        "voucher_platform": money(platform), "shipping_fee": money(freight - help_s),
        "shipping_fee_original": money(freight), "shipping_fee_discount_seller": money(help_s),
    }  # fmt: skip


def _spread(units: Sequence[Unit], gross: Sequence[int], seller: int, platform: int, freight: int) -> None:
    left = [seller, platform, freight]
    for place, (unit, price) in enumerate(zip(units, gross, strict=True)):
        last = place == len(units) - 1
        parts = [rest if last else whole * price // sum(gross)
                 for rest, whole in zip(left, (seller, platform, freight), strict=True)]  # fmt: skip
        left = [rest - part for rest, part in zip(left, parts, strict=True)]
        unit.doc |= {
            "voucher_seller": money(parts[0]), "voucher_platform": money(parts[1]),
            "voucher_amount": money(parts[0] + parts[1]), "shipping_amount": money(parts[2]),
            "paid_price": money(price - parts[0] - parts[1]),
        }  # fmt: skip


def seed_awkward(market: Market, shop_id: str, rng: Random) -> None:
    """What is difficult: same-second ties, Lazada's own warehouse, cancellations asked for, cases, lost parcels."""
    now = market.setup.now()
    made = []
    for place in range(8):
        created = now - timedelta(hours=30 if place < 2 else 40 + 10 * place)
        order = make_order(market, shop_id, rng, created, lines=2 if place > 1 else 0)
        pay(market, order, created + timedelta(minutes=1))
        market.add(order)
        made.append(order)
    for unit in made[2].units:
        unit.doc["is_fbl"] = "1"
    reverse(market, made[3], made[3].units[:1], {"request_type": "CANCEL"}, now - timedelta(hours=2))
    made[4].doc["buyer_note"] = "Gift 🎁 please ring <twice>"
    for order in made[5:8]:
        pack(market, order, order.units, "LEX", order.created + timedelta(hours=1))
        for what, hours in (("rts", 2), ("scan", 8), ("receive", 40)):
            move(market, order, order.units, what, order.created + timedelta(hours=hours))
    case = reverse(market, made[5], made[5].units[:1], {"request_type": "RETURN"}, now - timedelta(hours=8))
    settle_reverse(market, made[5], case, "REFUND_SUCCESS", now - timedelta(hours=1))
    reverse(market, made[6], made[6].units[:1], {"request_type": "ONLY_REFUND"}, now - timedelta(hours=5))
    lost = make_order(market, shop_id, rng, now - timedelta(hours=200))
    pay(market, lost, lost.created + timedelta(minutes=2))
    pack(market, lost, lost.units, "NINJAVAN", lost.created + timedelta(hours=1))
    for what, hours in (("rts", 2), ("scan", 8), ("lose", 150)):
        move(market, lost, lost.units, what, lost.created + timedelta(hours=hours))
    market.add(lost)
