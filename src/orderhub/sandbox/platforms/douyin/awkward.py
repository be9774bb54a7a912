"""The difficult orders, one function each, in a table. Source: docs/platforms/douyin.md §3, §4, §8.

Every one is valid by the sheet (but the one with a status that no sheet knows) and satisfies the money identities.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.douyin.moves import cancel, hold, move_case, open_case, pay, receive, ship
from orderhub.sandbox.platforms.douyin.privacy import receiver_fields
from orderhub.sandbox.platforms.douyin.seed import gift_of, make_order, pack_id, recount, send_all
from orderhub.sandbox.platforms.douyin.state import Doc, Market, Order, Shop

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = 21


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def at(self, hours: float) -> int:
        """So many hours ago, seconds."""
        return int((self.market.now() - timedelta(hours=hours)).timestamp())

    def order(self, lines: int = 1, hours: float = 5, *, unpaid: bool = False, status: int = 2) -> Order:
        """An order without discounts and freight, so that a scenario may set its own."""
        order = make_order(self.market, self.shop, self.rng, self.at(hours), lines=lines, plain=True)
        self.market.add(order)
        hold(self.market, order)
        if not unpaid:
            pay(self.market, order, self.at(hours - 0.05), status)
        return order

    def recount(self, order: Order) -> None:
        """Sums again after prices were changed."""
        recount(order.doc, freight=self.market.switch("order_amount_freight"))


def _partial_refund(make: Maker) -> None:
    """Sent, then part of one child's money went back."""
    order = make.order(2, 60)
    send_all(make.market, order, make.rng, make.at(50))
    child = order.children[1]
    ask = {"refund_amount": child["pay_amount"] // 3, "reason": "商品有瑕疵"}
    case = open_case(make.market, order, child, ask, make.at(30))
    move_case(make.market, order, case, "agree", make.at(28))


def _line_refunded(make: Maker) -> None:
    """One of three children refunded in full before shipping; the rest is to be sent."""
    order = make.order(3, 8)
    case = open_case(make.market, order, order.children[1], {"reason": "多拍了"}, make.at(6))
    move_case(make.market, order, case, "agree", make.at(5))


def _refund_asked(make: Maker) -> None:
    """Money back asked for before shipping: the order must wait."""
    order = make.order(1, 9)
    open_case(make.market, order, order.children[0], {}, make.at(2))


def _refund_refused(make: Maker) -> None:
    """Refused once: still pending."""
    order = make.order(1, 20)
    case = open_case(make.market, order, order.children[0], {}, make.at(10))
    move_case(make.market, order, case, "refuse", make.at(9))


def _refund_withdrawn(make: Maker) -> None:
    """The buyer withdrew: 28, and refund_status stays 1."""
    order = make.order(1, 20)
    case = open_case(make.market, order, order.children[0], {}, make.at(12))
    move_case(make.market, order, case, "close", make.at(11))


def _return_open(make: Maker) -> None:
    """The buyer asks to send goods back; the shop has not answered."""
    order = make.order(1, 90)
    send_all(make.market, order, make.rng, make.at(80))
    open_case(make.market, order, order.children[0], {"goods": True, "reason": "不喜欢"}, make.at(10))


def _return_asked(make: Maker) -> None:
    """Goods are to come back."""
    order = make.order(1, 90)
    send_all(make.market, order, make.rng, make.at(80))
    case = open_case(make.market, order, order.children[0], {"goods": True, "reason": "不合适"}, make.at(20))
    move_case(make.market, order, case, "agree_return", make.at(16))


def _exchange(make: Maker) -> None:
    """Other goods instead of these."""
    order = make.order(1, 120)
    send_all(make.market, order, make.rng, make.at(110))
    open_case(make.market, order, order.children[0], {"exchange": True, "reason": "换尺码"}, make.at(12))


def _closed(make: Maker) -> None:
    """Everything went back before shipping."""
    cancel(make.market, make.order(2, 30), make.at(20))


def _cancelled(make: Maker) -> None:
    """Cancelled before payment."""
    cancel(make.market, make.order(1, 10, unpaid=True), make.at(4), "超时未支付")


def _paid_waiting(make: Maker) -> None:
    """Paid, not yet released to be made ready."""
    make.order(1, 1, status=105)


def _risk(make: Maker) -> None:
    """Under risk review: only the filter of the list tells it."""
    make.order(1, 3).abnormal = 2


def _cod(make: Maker) -> None:
    """Cash on delivery, confirmed."""
    order = make.order(1, 7, unpaid=True)
    order.doc["pay_type"] = 0
    pay(make.market, order, make.at(6.9), 2)


def _phases(order: Order, make: Maker, *, done: bool) -> list[Doc]:
    deposit = order.doc["pay_amount"] // 5
    parts = (deposit, order.doc["pay_amount"] - deposit)
    return [
        {
            "phase_order_id": f"{int(order.order_id) + 8 + place}", "current_phase": 2 if done or place else 1,
            "pay_success": done or place == 0, "phase_payable_price": amount,
            "phase_pay_amount": amount if done or place == 0 else 0, "phase_open_time": make.at(30 - 20 * place),
            "phase_pay_time": make.at(29) if place == 0 else (make.at(2) if done else 0), "phase_close_time": 0,
        }
        for place, amount in enumerate(parts)
    ]  # fmt: skip


def _presale(order: Order) -> None:
    for child in order.children:
        child |= {"trade_type": 2, "trade_type_desc": "定金预售", "pre_sale_type": 1}


def _presale_open(make: Maker) -> None:
    """The deposit is paid, the rest is not: main_status 103."""
    order = make.order(1, 30, unpaid=True)
    _presale(order)
    order.doc |= {
        "order_phase_list": _phases(order, make, done=False),
        "main_status": 103,
        "main_status_desc": "部分支付",
    }


def _presale_paid(make: Maker) -> None:
    """Both phases are paid."""
    order = make.order(1, 40)
    _presale(order)
    order.doc["order_phase_list"] = _phases(order, make, done=True)


def _gift(make: Maker) -> None:
    """A free child with the SKU of its master."""
    order = make.order(2, 5)
    first, second = order.children
    keep = {name: second[name] for name in ("order_id", "parent_order_id")}
    second |= {**first, **keep, "item_num": 1, "origin_amount": 0, **gift_of(first)}
    first["given_product_type"] = "MASTER"
    make.recount(order)


def _zero(make: Maker) -> None:
    """A child that a coupon pays for whole."""
    order = make.order(2, 6)
    order.children[1]["promotion_shop_amount"] = order.children[1]["sum_amount"]
    make.recount(order)


def _bundle(make: Maker) -> None:
    """One child that is two SKUs in the warehouse."""
    order = make.order(1, 6)
    goods = list(make.market.goods.values())[:2]
    order.children[0]["bundle_sku_info"] = [
        {"product_id": f"{good.product_id}", "sku_id": f"{good.sku_id}", "item_num": place, "code": good.code}
        for place, good in enumerate(goods, 1)
    ]


def _discounts(make: Maker) -> None:
    """A discount of each who bears one, and freight with its own."""
    order = make.order(2, 7)
    first, second = order.children
    first |= {"promotion_shop_amount": 300, "promotion_platform_amount": 201, "post_amount": 800}
    second |= {"promotion_platform_amount": 100, "promotion_talent_amount": 55}
    order.doc["post_promotion_amount"] = 200
    make.recount(order)


def _cloud(make: Maker) -> None:
    """Sent from a cloud warehouse of the platform."""
    order = make.order(1, 4)
    order.children[0]["inventory_list"][0] |= {"warehouse_id": "WH-CLOUD-1", "warehouse_type": 2}


def _pickup(make: Maker) -> None:
    """A voucher that is not sent at all."""
    order = make.order(1, 12)
    order.doc |= {"order_type": 4, "order_type_desc": "电子券"}
    order.children[0]["receive_type"] = 2


def _serials(make: Maker) -> None:
    """Serial numbers are wanted when it is sent."""
    make.order(1, 11).children[0]["need_serial_number"] = True


def _no_code(make: Maker) -> None:
    """The merchant gave no SKU code."""
    make.order(1, 5).children[0]["code"] = ""


def _unknown(make: Maker) -> None:
    """A status that no document knows."""
    order = make.order(1, 2)
    order.doc |= {"order_status": UNKNOWN_STATUS, "main_status": UNKNOWN_STATUS, "order_status_desc": "待核验"}


def _county(make: Maker) -> None:
    """A county-level city directly under its province."""
    place = next(place for place in PLACES if place.city is None)
    order = make.order(1, 5)
    order.doc |= receiver_fields(make.market, make.shop.shop_id, order.order_id, person(make.rng, place))


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    make.order(1, 5).doc |= {
        "buyer_words": "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢",
        "seller_words": "VIP 加急 😀", "seller_remark_stars": 5,
    }  # fmt: skip


def _tagged(make: Maker) -> None:
    """Tags of the order's page."""
    make.order(1, 5).doc |= {
        "shop_order_tag_ui": [{"key": "pop", "text": "送货上门"}], "promise_info": '{"cap":[]}',
        "actual_receive_amount_info": {"actual_receive_amount": 100},
    }  # fmt: skip


def _twins(make: Maker) -> None:
    """Two orders of one receiver, changed in the same second."""
    who = person(make.rng)
    for hours in (6, 5.5):
        order = make.order(1, hours)
        order.doc |= receiver_fields(make.market, make.shop.shop_id, order.order_id, who)
        order.doc["doudian_open_id"] = "1@#sandboxOpenIdTwin=="
        make.market.touch(order, make.at(5))


def _part_sent(make: Maker) -> None:
    """One of three children is on its way."""
    send_all(make.market, make.order(3, 40), make.rng, make.at(30), 1)


def _part_units(make: Maker) -> None:
    """Some units of one child are on their way."""
    order = make.order(1, 40)
    order.children[0]["item_num"] = 3
    make.recount(order)
    ship(
        make.market, order, {order.order_id: 1}, "zhongtong", "73100000000009", make.at(20), pack_id(make.market)
    )  # fmt: skip
    make.market.touch(order, make.at(20))


def _two_parcels(make: Maker) -> None:
    """Two children in two parcels, a day apart."""
    order = make.order(2, 80)
    send_all(make.market, order, make.rng, make.at(60), 1)
    units = {str(order.children[1]["order_id"]): order.children[1]["item_num"]}
    ship(make.market, order, units, "zhongtong", "73100000000001", make.at(36), pack_id(make.market))
    make.market.touch(order, make.at(36))


def _other_carrier(make: Maker) -> None:
    """Sent with a carrier that has no code of its own."""
    order = make.order(1, 50)
    units = {order.order_id: order.children[0]["item_num"]}
    ship(make.market, order, units, "qita", "QT20260001", make.at(40), pack_id(make.market))
    make.market.touch(order, make.at(40))


def _completed(make: Maker) -> None:
    """Received, then all money back without goods."""
    order = make.order(1, 200)
    send_all(make.market, order, make.rng, make.at(190))
    receive(make.market, order, make.at(100))
    case = open_case(make.market, order, order.children[0], {"reason": "质量问题"}, make.at(60))
    move_case(make.market, order, case, "agree", make.at(50))


def _paid_late(make: Maker) -> None:
    """Made two days before it was paid: only the lists by change tell it in time."""
    pay(make.market, make.order(1, 50, unpaid=True), make.at(1), 2)


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "line_refunded": _line_refunded, "refund_asked": _refund_asked,
    "refund_refused": _refund_refused, "refund_withdrawn": _refund_withdrawn, "return_open": _return_open,
    "return_asked": _return_asked,
    "exchange": _exchange, "closed": _closed, "cancelled": _cancelled, "paid_waiting": _paid_waiting, "risk": _risk,
    "cod": _cod, "presale_open": _presale_open, "presale_paid": _presale_paid, "gift": _gift, "zero": _zero,
    "bundle": _bundle, "discounts": _discounts, "cloud": _cloud, "pickup": _pickup, "serials": _serials,
    "no_code": _no_code, "unknown_status": _unknown, "county": _county, "emoji": _emoji, "tagged": _tagged,
    "twins": _twins, "part_sent": _part_sent, "part_units": _part_units, "two_parcels": _two_parcels,
    "other_carrier": _other_carrier, "completed": _completed, "paid_late": _paid_late,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    make = Maker(market, shop, rng)
    for scenario in AWKWARD.values():
        scenario(make)
