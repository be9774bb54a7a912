"""The difficult orders, one function each, in a table. Imports this folder's moves and seed.

Every one is valid by docs/platforms/shopee.md, but the one with a status that no page knows.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from orderhub.sandbox.platforms.shopee.moves import (
    arrange,
    arrive,
    ask_cancel,
    cancel_units,
    move_return,
    open_return,
    pack,
    pay,
    pick_up,
)
from orderhub.sandbox.platforms.shopee.seed import HOUR, OWN, make_order, rows_of
from orderhub.sandbox.platforms.shopee.spec import CHANNELS, Channel
from orderhub.sandbox.platforms.shopee.state import Market, Order, Shop
from orderhub.sandbox.platforms.shopee.wire import money, units

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = "RETRY_SHIP"
STANDARD, DROP, LOCKER = CHANNELS[1:]


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def at(self, hours: float) -> int:
        """So many hours ago, epoch seconds."""
        return self.market.stamp() - int(hours * HOUR)

    def order(
        self, lines: int = 1, hours: float = 5, *, unpaid: bool = False, channel: Channel = OWN, cod: bool = False
    ) -> Order:
        """An order without discounts and freight, so that a scenario may set its own."""
        order = make_order(
            self.market, self.shop, self.rng, self.at(hours), lines=lines, plain=True, channel=channel
        )  # fmt: skip
        self.market.add(order)
        if not unpaid:
            pay(self.market, order, self.at(hours - 0.05))
        if cod:
            order.doc |= {"cod": True, "payment_method": "Cash on Delivery", "pay_time": None}
        return order

    def sent(self, order: Order, hours: float) -> None:
        """Every package left so many hours ago."""
        for package in order.packages:
            number = f"SF1{self.rng.randrange(10**12):012d}"
            arrange(self.market, order, package, "non_integrated", number, self.at(hours))

    def less(self, order: Order, amount: int) -> None:
        """So many smallest units less than lines and freight come to."""
        digits = self.shop.region.digits
        order.doc["total_amount"] = money(units(order.doc["total_amount"], digits) - amount, digits)


def _partial_refund(make: Maker) -> None:
    """Delivered; part of one line's money went back, goods kept."""
    order = make.order(2, 120)
    make.sent(order, 100)
    arrive(make.market, order, make.at(60))
    line = order.items[1]
    digits = make.shop.region.digits
    told = {"amount": money(units(line["model_discounted_price"], digits) // 3, digits), "reason": "ITEM_DAMAGED"}
    case = open_return(make.market, order, line, told, make.at(40))
    move_return(make.market, case, "confirm", make.at(30))
    move_return(make.market, case, "pay", make.at(28))


def _return_case(make: Maker, *steps: str, goods: bool = True) -> None:
    order = make.order(1, 110)
    make.sent(order, 95)
    arrive(make.market, order, make.at(50))
    case = open_return(make.market, order, order.items[0], {"goods": goods, "reason": "NOT_AS_DESCRIBED"}, make.at(20))
    for number, step in enumerate(steps):
        told = {"tracking_number": "RETURN0000001"} if step == "agree_return" else {}
        move_return(make.market, case, step, make.at(18 - number), **told)


def _return_asked(make: Maker) -> None:
    """Money wanted, nothing answered."""
    _return_case(make, goods=False)


def _return_waits(make: Maker) -> None:
    """Goods on their way back."""
    _return_case(make, "agree_return")


def _return_accepted(make: Maker) -> None:
    """Agreed, not paid yet."""
    _return_case(make, "confirm", goods=False)


def _return_judged(make: Maker) -> None:
    """Disputed; Shopee judges."""
    _return_case(make, "dispute")


def _return_dropped(make: Maker) -> None:
    """The buyer gave it up."""
    _return_case(make, "cancel")


def _wants_out(make: Maker) -> None:
    """The buyer asks to cancel before it is sent."""
    order = make.order(1, 6)
    ask_cancel(make.market, order, "CHANGE_OF_MIND", make.at(2))


def _out_of_stock(make: Maker) -> None:
    """One of three lines is cancelled by the shop; the rest is to be sent."""
    order = make.order(3, 7)
    cancel_units(make.market, order, order.items[0], order.items[0]["active_qty"], make.at(3))


def _pending(make: Maker) -> None:
    """Held back by Shopee itself."""
    make.order(1, 4).doc |= {"order_status": "PENDING", "pending_terms": ["SYSTEM_PENDING"]}


def _invoice(make: Maker) -> None:
    """Waits for an invoice, as orders in Brazil do."""
    make.order(1, 4).doc |= {"order_status": "INVOICE_PENDING"}


def _invoiced(make: Maker) -> None:
    """Its invoice is there."""
    order = make.order(1, 4)
    order.doc["invoice_data"] = {
        "number": "000123456", "series_number": "1", "access_key": "3526" + "0" * 40,
        "issue_date": make.at(3), "total_value": order.doc["total_amount"],
        "products_total_value": order.doc["total_amount"], "tax_code": "5102",
    }  # fmt: skip


def _cod(make: Maker) -> None:
    """Paid on delivery."""
    make.order(2, 5, cod=True)


def _masked(make: Maker) -> None:
    """A receiver with stars."""
    make.order(1, 5).masked = True


def _depot(make: Maker) -> None:
    """Shipped by Shopee's own warehouse: not the shop's business."""
    make.order(1, 5).doc["fulfillment_flag"] = "fulfilled_by_shopee"


def _bundle(make: Maker) -> None:
    """Two lines of one bundle deal: they share the number of the order item."""
    order = make.order(2, 5)
    for line in order.items:
        line |= {"promotion_type": "bundle_deal", "promotion_id": 9101, "promotion_group_id": 1, "order_item_id": 1}
    pack(make.market, order, [rows_of(order.items)], OWN.number, OWN.name)


def _gift(make: Maker) -> None:
    """A free add-on of the very variant that was bought."""
    order = make.order(1, 5)
    main = order.items[0]
    main |= {"add_on_deal": True, "main_item": True, "promotion_type": "add_on_deal_main", "promotion_id": 9201}
    free = {**main, "main_item": False, "promotion_type": "add_on_deal_sub", "model_discounted_price": 0.0,
            "model_quantity_purchased": 1, "active_qty": 1, "promotion_group_id": 2}  # fmt: skip
    order.items.append(free)
    pack(make.market, order, [rows_of(order.items)], OWN.number, OWN.name)


def _zero(make: Maker) -> None:
    """Paid by coins and vouchers to the last cent."""
    order = make.order(1, 5)
    order.doc["total_amount"] = 0.0


def _voucher(make: Maker) -> None:
    """Shopee's voucher lowers the total; no field tells it."""
    make.less(make.order(2, 5), 150 if make.shop.region.digits else 15)


def _two_packages(make: Maker) -> None:
    """Split before sending; one package left, one waits."""
    order = make.order(2, 30)
    pack(make.market, order, [[row] for row in rows_of(order.items)], OWN.number, OWN.name)
    order.doc["split_up"] = True
    arrange(make.market, order, order.packages[0], "non_integrated", "SF1900000000017", make.at(20))


def _arranged(make: Maker) -> None:
    """Arranged, the courier has not come: PROCESSED, with a number of Shopee's."""
    order = make.order(1, 20, channel=STANDARD)
    arrange(make.market, order, order.packages[0], "pickup", "", make.at(10))


def _picked_up(make: Maker) -> None:
    """On its way in Shopee's own channel."""
    order = make.order(1, 40, channel=STANDARD)
    arrange(make.market, order, order.packages[0], "pickup", "", make.at(30))
    pick_up(make.market, order, make.at(20))


def _channel(channel: Channel) -> Callable[[Maker], None]:
    def waits(make: Maker) -> None:
        make.order(1, 1.5, channel=channel)

    return waits


def _older_delivered(make: Maker) -> None:
    """A row of older days: TO_CONFIRM_RECEIVE."""
    order = make.order(1, 200)
    make.sent(order, 180)
    arrive(make.market, order, make.at(100), step=True)


def _older_return(make: Maker) -> None:
    """A row of older days: TO_RETURN, with its case."""
    order = make.order(1, 210)
    make.sent(order, 190)
    arrive(make.market, order, make.at(110), step=True)
    open_return(make.market, order, order.items[0], {"goods": True, "reason": "WRONG_ITEM"}, make.at(90))
    order.doc["order_status"] = "TO_RETURN"


def _unknown(make: Maker) -> None:
    """A status that the page does not know."""
    make.order(1, 2).doc["order_status"] = UNKNOWN_STATUS


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    make.order(1, 5).doc |= {
        "message_to_seller": "生日礼物🎂👨\u200d👩\u200d👧 obrigado!\nشكرا \u200bthanks", "note": "VIP 😀",
        "note_update_time": make.at(4),
    }  # fmt: skip


def _twins(make: Maker) -> None:
    """Two orders of one buyer, changed in the same second."""
    first, second = make.order(1, 6), make.order(2, 5.5)
    for name in ("buyer_user_id", "buyer_username", "recipient_address"):
        second.doc[name] = first.doc[name]
    for order in (first, second):
        make.market.touch(order, make.at(5))


def _booking(make: Maker) -> None:
    """Matched with a booking that was sent in advance."""
    make.order(1, 5).doc["booking_sn"] = f"B{make.market.serial():012d}"


def _paid_late(make: Maker) -> None:
    """Made two days before it was paid."""
    order = make.order(1, 50, unpaid=True)
    pay(make.market, order, make.at(1))


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "return_asked": _return_asked, "return_waits": _return_waits,
    "return_accepted": _return_accepted, "return_judged": _return_judged, "return_dropped": _return_dropped,
    "wants_out": _wants_out, "out_of_stock": _out_of_stock, "pending": _pending, "invoice": _invoice,
    "invoiced": _invoiced, "cod": _cod, "masked": _masked, "depot": _depot, "bundle": _bundle, "gift": _gift,
    "zero": _zero, "voucher": _voucher, "two_packages": _two_packages, "arranged": _arranged,
    "picked_up": _picked_up, "pickup_channel": _channel(STANDARD), "drop_channel": _channel(DROP),
    "locker_channel": _channel(LOCKER), "older_delivered": _older_delivered, "older_return": _older_return,
    "unknown_status": _unknown, "emoji": _emoji, "twins": _twins, "booking": _booking, "paid_late": _paid_late,
}  # fmt: skip
"""Name to maker."""
_COUNTRIES = {"invoice": "BR", "invoiced": "BR"}


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each that the shop's country has."""
    make = Maker(market, shop, rng)
    for name, scenario in AWKWARD.items():
        if _COUNTRIES.get(name, shop.region.code) == shop.region.code:
            scenario(make)
            order = market.by_shop[shop.shop_id][-1]
            market.refile(order)
