"""The difficult orders, one function each, in a table. Source: docs/platforms/wechat.md.

Every one is valid by the sheet (but the one with a status that no sheet knows) and satisfies the money identities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.wechat.moves import (
    cancel,
    move_case,
    open_case,
    pay,
    receive,
    ship,
    take_stock,
    whole,
)
from orderhub.sandbox.platforms.wechat.orders import UNKNOWN_STATUS
from orderhub.sandbox.platforms.wechat.seed import address_of, make_order, recount
from orderhub.sandbox.platforms.wechat.spec import DISCOUNTS, GROUP_OPEN, TO_VERIFY
from orderhub.sandbox.platforms.wechat.state import Case, Market, Order, Shop

__all__ = ["AWKWARD", "seed_awkward"]


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def at(self, hours: float) -> int:
        """So many hours ago, seconds."""
        return int((self.market.now() - timedelta(hours=hours)).timestamp())

    def order(self, lines: int = 1, hours: float = 5, *, unpaid: bool = False) -> Order:
        """An order without discounts and freight, so that a scenario may set its own."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.shop, self.rng, created, lines=lines, plain=True)
        self.market.add(order)
        take_stock(self.market, order)
        if not unpaid:
            pay(self.market, order, self.at(hours - 0.05))
        return order

    def sent(self, order: Order, hours: float, lines: int | None = None, company: str = "SF") -> None:
        """The first `lines` (None: all) of what is left went off so many hours ago."""
        number = f"{company}{self.rng.randrange(10**12):012d}"
        parcel = {"delivery_id": company, "waybill_id": number, "deliver_type": 1}
        ship(self.market, order, [{**parcel, "product_infos": whole(order)[:lines]}], self.at(hours))

    def case(self, order: Order, hours: float, line: int = 0, **ask: Any) -> Case:
        """The buyer asks."""
        return open_case(self.market, order, order.lines[line], ask, self.at(hours))

    def step(self, order: Order, case: Case, hours: float, what: str, told: Mapping[str, str] | None = None) -> None:
        """The case goes on."""
        move_case(self.market, order, case, what, self.at(hours), told)


def _partial_refund(make: Maker) -> None:
    """Sent, then part of one line's money went back."""
    order = make.order(2, 60)
    make.sent(order, 50)
    case = make.case(order, 30, 1, amount=order.lines[1]["real_price"] // 3)
    make.step(order, case, 28, "agree")


def _line_refunded(make: Maker) -> None:
    """One of three lines refunded before shipping; the rest is to be sent."""
    order = make.order(3, 8)
    make.step(order, make.case(order, 6), 5, "agree")


def _units_refunded(make: Maker) -> None:
    """One unit of three refunded before shipping: two are to be sent."""
    order = make.order(1, 8, unpaid=True)
    order.lines[0]["sku_cnt"] = 3
    recount(order.doc)
    pay(make.market, order, make.at(7.9))
    make.step(order, make.case(order, 6, count=1), 5, "agree")


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent: that line must not be shipped."""
    make.case(make.order(1, 6), 2)


def _refund_refused(make: Maker) -> None:
    """Asked after shipping, and refused."""
    order = make.order(1, 70)
    make.sent(order, 60)
    make.step(order, make.case(order, 40), 30, "refuse")


def _return_asked(make: Maker) -> None:
    """The buyer wants to send the goods back."""
    order = make.order(1, 90)
    make.sent(order, 80)
    make.case(order, 30, type="RETURN")


def _return_coming(make: Maker) -> None:
    """The goods are on their way back."""
    order = make.order(1, 90)
    make.sent(order, 80)
    receive(make.market, order, make.at(40))
    case = make.case(order, 30, type="RETURN")
    make.step(order, case, 20, "agree_return")
    make.step(order, case, 10, "return", {"delivery_id": "YTO", "waybill_id": "YT2800000000001"})


def _refund_failed(make: Maker) -> None:
    """The platform could not pay back."""
    order = make.order(1, 70)
    make.sent(order, 60)
    case = make.case(order, 40)
    case.doc["status"] = "PLATFORM_REFUNDING"
    make.step(order, case, 30, "fail")


def _refunded_whole(make: Maker) -> None:
    """Refunded before shipping: 200."""
    cancel(make.market, make.order(1, 30), make.at(20))


def _status(status: int) -> Callable[[Maker], None]:
    def scenario(make: Maker) -> None:
        make.order(1, 4).doc["status"] = status

    return scenario


def _gift_open(make: Maker) -> None:
    """A present that nobody accepted yet: there is no receiver."""
    order = make.order(1, 4, unpaid=True)
    order.doc["is_present"] = True
    order.delivery["address_info"] = {}
    pay(make.market, order, make.at(3.9))


def _oversold(make: Maker) -> None:
    """Cancelled by the platform because nothing was left."""
    order = make.order(1, 40)
    make.step(order, make.case(order, 30), 29, "agree")
    order.doc["status"] = 190


def _free_gift(make: Maker) -> None:
    """A free line that came with the goods."""
    order = make.order(2, 7)
    bought, gift = order.lines
    gift |= {"sale_price": 0, "sku_cnt": 1, "is_free_gift": True}
    gift["free_gift_info"] = {"main_product_list": [{"product_id": bought["product_id"], "sku_id": bought["sku_id"]}]}
    recount(order.doc)


def _zero(make: Maker) -> None:
    """Paid by a coupon to the last cent."""
    order = make.order(1, 9)
    order.lines[0]["merchant_discounted_price"] = order.lines[0]["real_price"]
    recount(order.doc)


def _discounts(make: Maker) -> None:
    """Every kind of discount at once, with points and freight."""
    order = make.order(2, 9)
    for number, name in enumerate(DISCOUNTS):
        order.lines[number % 2][name] = 60 + number
    order.lines[0]["deduction_price"], order.price["freight"] = 88, 800
    recount(order.doc)


def _changed_price(make: Maker) -> None:
    """The shop made it cheaper before the buyer paid."""
    order = make.order(2, 9)
    order.lines[0] |= {"is_change_price": True, "change_price": order.lines[0]["real_price"] - 150}
    recount(order.doc)


def _designated(make: Maker) -> None:
    """Another party ships it: 606034 for the shop."""
    order = make.order(1, 9)
    order.lines[0]["dropship_info"] = {"ds_order_id": 99_000_000_000_001}
    order.delivery["dropship_flag"] = True


def _presale(make: Maker) -> None:
    """Paid in full, sent on a day to come."""
    line = make.order(1, 20).lines[0]
    line["sku_deliver_info"] = {
        "stock_type": 1, "predict_delivery_time": str(make.at(-240)), "full_payment_presale_delivery_type": 0,
    }  # fmt: skip


def _address_asked(make: Maker) -> None:
    """The buyer asks for another address; the shop has not answered."""
    order = make.order(1, 6)
    order.delivery["address_under_review"] = address_of(order.shop_id, person(make.rng))
    order.delivery["address_apply_time"] = make.at(1)


def _virtual_phone(make: Maker) -> None:
    """The number is a virtual one."""
    order = make.order(1, 6)
    address = order.delivery["address_info"]
    address |= {"tel_number": "17000000001", "virtual_order_tel_number": "17000000001", "use_tel_number": 1}
    address["tel_number_ext_info"] |= {
        "virtual_tel_number": "17000000001", "virtual_tel_expire_time": make.at(-300), "get_virtual_tel_cnt": 1,
    }  # fmt: skip


def _masked(make: Maker) -> None:
    """A receiver with stars."""
    order = make.order(1, 5)
    address = order.delivery["address_info"]
    address |= {"user_name": "李**", "tel_number": "138****0001", "detail_info": "****"}


def _municipality(make: Maker) -> None:
    """A municipality: the city is the province."""
    place = next(place for place in PLACES if place.city == place.province)
    order = make.order(1, 5)
    order.delivery["address_info"] = address_of(order.shop_id, person(make.rng, place))


def _county(make: Maker) -> None:
    """A county-level city directly under its province."""
    place = next(place for place in PLACES if place.city is None)
    order = make.order(1, 5)
    order.delivery["address_info"] = address_of(order.shop_id, person(make.rng, place))


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    make.order(1, 5).doc["order_detail"]["ext_info"] |= {
        "customer_notes": "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢",
        "merchant_notes": "VIP 加急 😀",
    }  # fmt: skip


def _number_ids(make: Maker) -> None:
    """Ids as numbers where others are texts."""
    order = make.order(2, 5)
    for line in order.lines:
        line |= {"product_id": int(line["product_id"]), "sku_id": int(line["sku_id"])}
    order.doc["order_id"] = int(order.doc["order_id"])


def _no_code(make: Maker) -> None:
    """The merchant gave no code of his own."""
    make.order(1, 5).lines[0]["sku_code"] = ""


def _twins(make: Maker) -> None:
    """Two orders of one receiver, changed in the same second."""
    first, second = make.order(1, 6), make.order(2, 5.5)
    second.delivery["address_info"] = dict(first.delivery["address_info"])
    second.doc["openid"] = first.doc["openid"]
    for order in (first, second):
        make.market.touch(order, make.at(5))


def _part_sent(make: Maker) -> None:
    """One of three lines is on its way."""
    make.sent(make.order(3, 40), 30, 1)


def _two_parcels(make: Maker) -> None:
    """Two lines in two parcels, a day apart."""
    order = make.order(2, 80)
    make.sent(order, 60, 1)
    make.sent(order, 36, company="ZTO")


def _paid_late(make: Maker) -> None:
    """Made two days before it was paid: only the list by change tells it in time."""
    pay(make.market, make.order(1, 50, unpaid=True), make.at(1))


def _cancelled(make: Maker) -> None:
    """Cancelled before payment."""
    cancel(make.market, make.order(1, 10, unpaid=True), make.at(4))


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "line_refunded": _line_refunded, "units_refunded": _units_refunded,
    "refund_asked": _refund_asked, "refund_refused": _refund_refused, "return_asked": _return_asked,
    "return_coming": _return_coming, "refund_failed": _refund_failed, "refunded_whole": _refunded_whole,
    "group_open": _status(GROUP_OPEN), "to_verify": _status(TO_VERIFY), "unknown_status": _status(UNKNOWN_STATUS),
    "gift_open": _gift_open, "oversold": _oversold, "free_gift": _free_gift, "zero": _zero, "discounts": _discounts,
    "changed_price": _changed_price, "designated": _designated, "presale": _presale, "address_asked": _address_asked,
    "virtual_phone": _virtual_phone, "masked": _masked, "municipality": _municipality, "county": _county,
    "emoji": _emoji, "number_ids": _number_ids, "no_code": _no_code, "twins": _twins, "part_sent": _part_sent,
    "two_parcels": _two_parcels, "paid_late": _paid_late, "cancelled": _cancelled,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    make = Maker(market, shop, rng)
    for scenario in AWKWARD.values():
        scenario(make)
