"""The difficult orders, one function each, in a table. Source: docs/platforms/pinduoduo.md §3.2, §4, §6.

Every one is valid by the page (but the one with a status that no page knows) and satisfies the money identities.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.pinduoduo.moves import (
    cancel,
    confirm,
    fail_group,
    finish_refund,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.pinduoduo.seed import make_order, receiver_of, recount, settled
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.pinduoduo.wire import china, fen, yuan

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = 4
SF = 44


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def ago(self, hours: float) -> str:
        """Beijing time."""
        return china(self.market.now() - timedelta(hours=hours))

    def order(self, lines: int = 1, hours: float = 5, plain: bool = False, **fields: object) -> Order:
        """A paid and confirmed order; `fields` are set before it is confirmed."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.shop, self.rng, created, lines=lines, plain=plain)
        order.doc |= fields
        recount(order.doc)
        self.market.add(order)
        pay(self.market, order, china(created + timedelta(seconds=40)))
        return order

    def sent(self, order: Order, hours: float, number: str = "") -> str:
        """Sent with SF so many hours ago; answers the number."""
        number = number or f"SF1{self.rng.randrange(10**12):012d}"
        ship(self.market, order, SF, number, self.ago(hours))
        return number


def _partial_refund(make: Maker) -> None:
    """Sent, then part of the money went back."""
    order = make.order(2, 60, plain=True)
    make.sent(order, 50)
    part = yuan(fen(order.doc["pay_amount"]) // 3)
    ask = {"refund_amount": part, "line": 1, "goods_number": 1, "reason": "商品有瑕疵"}
    finish_refund(make.market, open_refund(make.market, order, ask, make.ago(20)), make.ago(18))


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent."""
    open_refund(make.market, make.order(1, 6), {"reason": "不想要了"}, make.ago(2))


def _refunding(make: Maker) -> None:
    """The seller agreed, the money is on its way (refund_status 3)."""
    order = make.order(1, 8)
    refund = open_refund(make.market, order, {"reason": "拍错了"}, make.ago(3))
    refund |= {"status": 4, "updated": make.ago(2)}
    order.doc |= {"after_sales_status": 4, "refund_status": 3}


def _refunded_whole(make: Maker) -> None:
    """Refunded before sending."""
    order = make.order(2, 30)
    finish_refund(make.market, open_refund(make.market, order, {"reason": "缺货"}, make.ago(20)), make.ago(19))


def _refunded_after(make: Maker) -> None:
    """Received, then refunded whole without the goods."""
    order = make.order(1, 100)
    make.sent(order, 90)
    receive(make.market, order, make.ago(40))
    finish_refund(make.market, open_refund(make.market, order, {"reason": "质量问题"}, make.ago(30)), make.ago(10))


def _return_on_its_way(make: Maker) -> None:
    """The goods are on their way back."""
    order = make.order(1, 90)
    make.sent(order, 80)
    refund = open_refund(make.market, order, {"kind": 2, "reason": "尺码不合适"}, make.ago(30))
    move_refund(make.market, refund, "agree_return", make.ago(28))
    parcel = {"shipping_name": "圆通快递", "tracking_number": "YT2800000000001"}
    move_refund(make.market, refund, "return", make.ago(5), **parcel)


def _exchange(make: Maker) -> None:
    """The buyer wants another size: no money in it."""
    order = make.order(1, 90)
    make.sent(order, 80)
    open_refund(make.market, order, {"kind": 3, "reason": "换尺码"}, make.ago(9))


def _refused(make: Maker) -> None:
    """The seller refused in the console; the buyer has to act."""
    order = make.order(1, 70)
    make.sent(order, 60)
    refund = open_refund(make.market, order, {"reason": "未收到货"}, make.ago(20))
    move_refund(make.market, refund, "refuse", make.ago(12))


def _risk(make: Maker) -> None:
    """Under review: no ciphertext."""
    make.order(1, 3, risk_control_status=1)


def _risk_refund(make: Maker) -> None:
    """Under review and asked back."""
    open_refund(make.market, make.order(1, 9, risk_control_status=1), {"reason": "不想要了"}, make.ago(4))


def _open_group(make: Maker) -> None:
    """Paid, the group is not formed: no list shows it."""
    created = make.market.now() - timedelta(hours=2)
    order = make_order(make.market, make.shop, make.rng, created)
    make.market.add(order)
    pay(make.market, order, make.ago(2), form=False)
    order.doc["updated_at"] = make.ago(2)


def _failed_group(make: Maker) -> None:
    """The group failed: nothing will come."""
    order = make_order(make.market, make.shop, make.rng, make.market.now() - timedelta(hours=30))
    make.market.add(order)
    pay(make.market, order, make.ago(30), form=False)
    fail_group(make.market, order)


def _cancelled(make: Maker) -> None:
    """Cancelled after the group was formed."""
    order = make.order(1, 26)
    cancel(make.market, order, make.ago(20))


def _deposit(make: Maker, paid: bool = False) -> None:
    """Only the deposit is paid."""
    created = make.market.now() - timedelta(hours=20)
    order = make_order(make.market, make.shop, make.rng, created, lines=1, plain=True)
    down = yuan(fen(order.doc["pay_amount"]) // 5)
    order.doc |= {"trade_type": 1, "last_ship_time": make.ago(-240)}
    order.doc["step_order_info"] = {
        "advanced_paid_fee": down, "step_discount_amount": 0.0, "step_paid_fee": down, "step_trade_status": 1,
    }  # fmt: skip
    make.market.add(order)
    confirm(make.market, order, make.ago(20))
    if paid:
        pay(make.market, order, make.ago(2))


def _deposit_paid(make: Maker) -> None:
    """Deposit and balance are paid: an order like any other."""
    _deposit(make, paid=True)


def _presale(make: Maker) -> None:
    """Paid in full, promised for later."""
    make.order(1, 20, is_pre_sale=1, pre_sale_time=make.ago(-200), last_ship_time=make.ago(-240))


def _stock_out(make: Maker) -> None:
    """The platform waits for the shop's answer about missing goods."""
    make.order(1, 30, is_stock_out=1, stock_out_handle_status=0)


def _lottery(make: Maker) -> None:
    """A lottery group."""
    make.order(1, 12, is_lucky_flag=2)


def _ship_hold(make: Maker) -> None:
    """The platform pauses sending although the status says it may be sent."""
    make.order(2, 4).tag("ship_hold")


def _gift_pending(make: Maker) -> None:
    """The gift's own order is not created yet."""
    make.order(1, 3, gift_order_status=0)


def _gift_of(make: Maker, order: Order) -> Doc:
    """A gift: a unit of the very sku that was bought, for nothing."""
    line = order.doc["item_list"][0]
    told = {**line, "goods_id": int(line["goods_id"]), "sku_id": int(line["sku_id"]), "goods_price": 0.0}
    return {**told, "goods_count": 1}


def _gift(make: Maker) -> None:
    """A gift of the same sku that travels with the main order."""
    order = make.order(1, 7, plain=True)
    order.doc |= {"gift_list": [{**_gift_of(make, order), "order_sn": ""}], "gift_order_status": 2}


def _gift_order(make: Maker) -> None:
    """A gift with an order of its own, each pointing at the other."""
    main, own = make.order(1, 8, plain=True), make.order(1, 7.9, plain=True)
    gift = _gift_of(make, main)
    main.doc |= {"gift_list": [{**gift, "order_sn": own.sn}], "gift_order_status": 1}
    own.doc["item_list"] = [{**main.doc["item_list"][0], "goods_price": 0.0, "goods_count": 1}]
    own.doc["related_order_list"] = [{"order_sn": main.sn, "relation_type": 4}]
    recount(own.doc)


def _difference(make: Maker) -> None:
    """An order that only pays a price difference."""
    main, extra = make.order(1, 10), make.order(1, 9, plain=True)
    extra.doc["related_order_list"] = [{"order_sn": main.sn, "relation_type": 3}]


def _depot(make: Maker) -> None:
    """Goods lie in a warehouse that the platform runs: it sends."""
    order = make.order(1, 5)
    line = order.doc["item_list"][0]
    order.doc["order_depot_info"] = _depot_info(line, 2, 0, [])


def _bundle(make: Maker) -> None:
    """One line, a combined ware of the shop's own warehouse, with its components."""
    order = make.order(1, 9)
    line = order.doc["item_list"][0]
    parts = [("SKU-0001", 1), ("SKU-0039", 2)]
    inside = [
        {"ware_id": 880_000 + n, "ware_sn": code, "ware_name": code, "ware_quantity": units}
        for n, (code, units) in enumerate(parts)
    ]
    order.doc["order_depot_info"] = _depot_info(line, 1, 1, inside)


def _depot_info(line: Doc, depot_type: int, ware_type: int, inside: list[Doc]) -> Doc:
    return {
        "depot_id": 3300 + depot_type, "depot_code": f"DEPOT-{depot_type}", "depot_name": "嘉兴一号仓",
        "depot_type": depot_type, "ware_id": 880_100, "ware_sn": line["outer_id"], "ware_name": line["goods_name"],
        "ware_type": ware_type, "ware_sub_info_list": inside,
    }  # fmt: skip


def _zero_price(make: Maker) -> None:
    """A line that costs nothing."""
    order = make.order(2, 6, plain=True)
    order.doc["item_list"][1]["goods_price"] = 0.0
    recount(order.doc)


def _repeated(make: Maker) -> None:
    """The same sku on two lines."""
    order = make.order(1, 6, plain=True)
    order.doc["item_list"] = [dict(order.doc["item_list"][0]) for _ in range(2)]
    recount(order.doc)


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break; a red flag of the shop."""
    note = "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢"
    make.order(1, 5, buyer_memo=note, remark="VIP 加急 😀", remark_tag=1, remark_tag_name="红色")


def _long_note(make: Maker) -> None:
    """A note of ten thousand characters."""
    make.order(1, 5, buyer_memo="请小心轻放。" * 1700)


def _county(make: Maker) -> None:
    """A county-level city directly under its province: city and town are equal."""
    place = next(place for place in PLACES if place.city is None)
    make.order(1, 5).receiver = receiver_of(person(make.rng, place))


def _twins(make: Maker) -> None:
    """Three orders of one receiver, changed in the same second."""
    orders = [make.order(1, 6) for _ in range(3)]
    for order in orders:
        order.receiver = dict(orders[0].receiver)


def _adjusted(make: Maker) -> None:
    """The seller took five yuan off."""
    make.order(1, 5, plain=True, order_change_amount=5.0)


def _free_order(make: Maker) -> None:
    """The group leader buys for nothing."""
    order = make.order(1, 5, plain=True)
    order.doc |= {"capital_free_discount": order.doc["goods_amount"], "group_role": 1}
    recount(order.doc)


def _sf_paid(make: Maker) -> None:
    """The buyer paid for SF."""
    order = make.order(1, 5, service_fee_detail=[{"service_name": "sf_express_fee", "service_fee": 12.0}])
    order.tag("has_sf_express_service")


def _no_carrier(make: Maker) -> None:
    """The buyer refuses a carrier."""
    make.order(1, 5, express_memos=[{"scene": 1, "tag": "不发韵达"}], urge_shipping_time=make.ago(1))


def _subsidised(make: Maker) -> None:
    """National trade-in subsidy, inside the platform's discount."""
    order = make.order(1, 5, plain=True)
    part = yuan(fen(order.doc["goods_amount"]) * 15 // 100)
    order.doc |= {
        "platform_discount": part, "trade_in_national_subsidy_amount": part,
        "promotion_detail_list": [{"promotion_type": 30, "discount_amount": part}],
        "government_subsidy_settle_details": [{"funder": 1, "amount": part}],
    }  # fmt: skip
    order.tag("trade_in_national_subsidy")
    recount(order.doc)


def _parcels(make: Maker) -> None:
    """Sent in three parcels: one main number, two more for display."""
    order = make.order(3, 40)
    make.sent(order, 30)
    order.doc["extra_delivery_list"] = [
        {"logistics_id": SF, "tracking_number": f"SF2{make.rng.randrange(10**12):012d}"} for _ in range(2)
    ]


def _together(make: Maker) -> None:
    """Two orders in one parcel: the same number on both."""
    first, second = make.order(1, 40), make.order(1, 39)
    second.receiver = dict(first.receiver)
    make.sent(second, 30, make.sent(first, 30))


def _schedule(make: Maker) -> None:
    """To be sent in batches."""
    make.order(1, 5).tag("delivery_schedule")


def _unknown(make: Maker) -> None:
    """A status that no document knows."""
    make.order(1, 2).doc["order_status"] = UNKNOWN_STATUS


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "refund_asked": _refund_asked, "refunding": _refunding,
    "refunded_whole": _refunded_whole, "refunded_after": _refunded_after, "return_on_its_way": _return_on_its_way,
    "exchange": _exchange, "refused": _refused, "risk": _risk, "risk_refund": _risk_refund,
    "open_group": _open_group, "failed_group": _failed_group, "cancelled": _cancelled, "deposit": _deposit,
    "deposit_paid": _deposit_paid, "presale": _presale, "stock_out": _stock_out, "lottery": _lottery,
    "ship_hold": _ship_hold, "gift_pending": _gift_pending, "gift": _gift, "gift_order": _gift_order,
    "difference": _difference, "depot": _depot, "bundle": _bundle, "zero_price": _zero_price, "repeated": _repeated,
    "emoji": _emoji, "long_note": _long_note, "county": _county, "twins": _twins, "adjusted": _adjusted,
    "free_order": _free_order, "sf_paid": _sf_paid, "no_carrier": _no_carrier, "subsidised": _subsidised,
    "parcels": _parcels, "together": _together, "schedule": _schedule, "unknown_status": _unknown,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    make, before = Maker(market, shop, rng), {order.sn for order in market.of(shop.shop_id)}
    for scenario in AWKWARD.values():
        scenario(make)
    for order in market.of(shop.shop_id):
        if order.sn not in before:
            settled(market, order)
