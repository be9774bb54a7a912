"""The difficult orders, one function each, in a table. Source: docs/platforms/jd.md §3-§5, §10.

Every one is valid by the sheet (but the one with a state that no sheet knows) and keeps the money sums.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.jd.claims import apply_refund, move_refund, move_service, open_service
from orderhub.sandbox.platforms.jd.edits import put_remark
from orderhub.sandbox.platforms.jd.money import add_coupon, gross, recount
from orderhub.sandbox.platforms.jd.moves import book, cancel, move, pay, receive, ship, ship_part
from orderhub.sandbox.platforms.jd.seed import consignee, item, make_order, stock_up
from orderhub.sandbox.platforms.jd.spec import STATES
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order, Vender
from orderhub.sandbox.platforms.jd.wire import china, fen, number, yuan

__all__ = ["AWKWARD", "UNKNOWN_STATE", "seed_awkward"]

UNKNOWN_STATE = "WAIT_PLATFORM_REVIEW"


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, vender: Vender, rng: Random) -> None:
        self.market, self.vender, self.rng = market, vender, rng

    def at(self, hours: float) -> str:
        """So many hours ago, as the wire writes it."""
        return china(self.market.now() - timedelta(hours=hours))

    def order(self, lines: int = 1, hours: float = 5, paid: bool = True, plain: bool = False) -> Order:
        """An order like any other, paid after a minute; `plain` without discounts."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.vender, self.rng, created, lines=lines, plain=plain)
        stock_up(self.market, order)
        self.market.add(order)
        book(self.market, order)
        if paid:
            pay(self.market, order, china(created + timedelta(minutes=1)))
        return order

    def sent(self, order: Order, hours: float) -> Order:
        """Shipped whole so many hours ago."""
        number_ = f"SF1{self.rng.randrange(10**12):012d}"
        ship(self.market, order, [{"carrier": "467", "number": number_}], self.at(hours))
        return order

    def state(self, order: Order, state: str) -> None:
        """A state that no call leads to."""
        order.doc["orderState"], order.doc["orderStateRemark"] = state, STATES.get(state, "")


def _partial_refund(make: Maker) -> None:
    """Received, then part of one line's money went back."""
    order = make.sent(make.order(2, 90, plain=True), 80)
    receive(make.market, order, make.at(30))
    row = order.doc["itemInfoList"][1]
    ask = {"expect": 11, "amount": yuan(gross(row) // 3), "reason": "商品有瑕疵"}
    move_service(make.market, open_service(make.market, order, row, ask), "close")


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent: LOCKED."""
    apply_refund(make.market, make.order(1, 6), {"reason": "不想要了"})


def _refund_done(make: Maker) -> None:
    """Refunded before sending: TRADE_CANCELED."""
    doc = apply_refund(make.market, make.order(2, 30), {"reason": "拍错了"})
    move_refund(make.market, doc, 1, "客服小云", "同意退款")


def _refund_refused(make: Maker) -> None:
    """The merchant refused; the order waits to be sent again."""
    doc = apply_refund(make.market, make.order(1, 9), {"reason": "多拍"})
    move_refund(make.market, doc, 2, "客服小云", "已打包")


def _locked_sent(make: Maker) -> None:
    """Locked while the parcel is on its way: the application came after shipping."""
    apply_refund(make.market, make.sent(make.order(1, 50), 40), {"reason": "地址填错"})


def _returning(make: Maker) -> None:
    """Received; the goods are on their way back."""
    order = make.sent(make.order(1, 100), 90)
    receive(make.market, order, make.at(40))
    bill = open_service(make.market, order, order.doc["itemInfoList"][0], {"reason": "尺码不合适"})
    move_service(make.market, bill, "approve_return", "客服小云", "请寄回")


def _returned(make: Maker) -> None:
    """Goods came back and the money went back."""
    order = make.sent(make.order(1, 120), 110)
    receive(make.market, order, make.at(60))
    bill = open_service(make.market, order, order.doc["itemInfoList"][0], {})
    for step in ("approve_return", "receive", "close"):
        move_service(make.market, bill, step, "客服小云")


def _exchange(make: Maker) -> None:
    """An exchange asked for, and the new order that an exchange makes: returnOrder 2, nothing paid for it."""
    order = make.sent(make.order(1, 130), 120)
    receive(make.market, order, make.at(70))
    open_service(make.market, order, order.doc["itemInfoList"][0], {"expect": 20})
    again = make.order(1, 8, plain=True)
    again.doc |= {"returnOrder": "2", "paymentConfirmTime": "1970-01-01 00:00:00"}
    for row in again.doc["itemInfoList"]:
        row["jdPrice"] = "0.00"
    recount(again.doc)


def _rejected(make: Maker) -> None:
    """Refused at the door."""
    order = make.sent(make.order(1, 70), 60)
    move(order, "reject")
    make.market.touch(order, make.at(10))


def _paused(make: Maker) -> None:
    """Held by the platform before outbound."""
    order = make.order(1, 4)
    move(order, "pause")
    order.doc["pauseBizInfo"] = {"pauseBizStatusList": [{"bizType": 1, "bizStatus": 1}], "pauseBizDataYy": {}}
    order.doc["specialStatusReasonInfo"] = {"reason": "订单风控审核中", "suggestion": "请等待审核结果"}


def _pop_paused(make: Maker) -> None:
    """POP business pause: the number card of a phone contract."""
    make.state(make.order(1, 4), "POP_ORDER_PAUSE")


def _presale(make: Maker) -> None:
    """Deposit paid, the rest not due yet: paused, nothing confirmed."""
    order = make.order(1, 20, paid=False, plain=True)
    deposit = fen(order.doc["shouldPay"]) // 5
    make.state(order, "PAUSE")
    order.flags["presale"] = True
    order.flags["step"] = {
        "depositAmount": number(deposit), "balanceAmount": number(fen(order.doc["shouldPay"]) - deposit)
    }  # fmt: skip


def _gift(make: Maker) -> None:
    """The same SKU twice: bought, and as a gift for nothing."""
    order = make.order(1, 7, plain=True)
    row = order.doc["itemInfoList"][0]
    sku = make.market.sku_of(make.vender.shop_id, row["skuId"])
    assert sku is not None
    gift = item(sku, order.order_id, 2, 1, 0)
    order.doc["itemInfoList"].append({**gift, "skuName": f"【赠品】{gift['skuName']}"})
    sku.stock, sku.booked = sku.stock + 1, sku.booked + 1
    recount(order.doc)


def _bundle(make: Maker) -> None:
    """A set: two goods under one suit discount."""
    order = make.order(2, 9, plain=True)
    add_coupon(order.doc, "20", 1500)
    recount(order.doc)


def _every_discount(make: Maker) -> None:
    """All kinds of coupons on one order."""
    order = make.order(3, 9, plain=True)
    for row in order.doc["itemInfoList"]:
        sku = make.market.sku_of(make.vender.shop_id, row["skuId"])
        assert sku is not None
        sku.stock, sku.booked = sku.stock + 2 - int(row["itemTotal"]), sku.booked + 2 - int(row["itemTotal"])
        row["itemTotal"] = "2"
    add_coupon(order.doc, "30", 301, order.doc["itemInfoList"][0]["skuId"])
    for code, amount in (("35", 500), ("28", 100), ("29", 99), ("100", 333), ("39", 77), ("41", 500)):
        add_coupon(order.doc, code, amount)
    order.doc["freightPrice"] = "6.00"
    recount(order.doc)


def _unknown(make: Maker) -> None:
    """A state that no document knows; only ALL finds it."""
    make.state(make.order(1, 2), UNKNOWN_STATE)


def _un_known(make: Maker) -> None:
    """The platform itself does not know."""
    make.state(make.order(1, 3), "UN_KNOWN")


def _county(make: Maker) -> None:
    """A county-level city directly under its province."""
    place = next(place for place in PLACES if place.city is None)
    make.order(1, 5).doc["consigneeInfo"] = consignee(make.vender, person(make.rng, place))


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    order = make.order(1, 5)
    order.doc["orderRemark"] = "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢"
    put_remark(make.market, order, "VIP 加急 😀", 1)


def _cod(make: Maker) -> None:
    """Cash on delivery: to be sent, nothing paid."""
    order = make.order(1, 5, paid=False, plain=True)
    order.doc["payType"] = "1-货到付款"
    make.state(order, "WAIT_SELLER_STOCK_OUT")


def _warehouse(make: Maker) -> None:
    """In JD's warehouse: JD ships, the merchant must not."""
    order = make.order(2, 5)
    order.doc["storeOrder"] = "京仓订单"
    for row in order.doc["itemInfoList"]:
        row["newStoreId"] = "10"


def _ciphered(make: Maker) -> None:
    """A receiver that comes as TDE ciphertext."""
    make.order(1, 5).cipher = True


def _cancelled(make: Maker) -> None:
    """Closed before payment."""
    cancel(make.market, make.order(1, 30, paid=False), make.at(6))


def _twins(make: Maker) -> None:
    """Two orders of one receiver, changed in the same second."""
    first, second = make.order(1, 6), make.order(2, 5.5)
    second.doc["consigneeInfo"] = dict(first.doc["consigneeInfo"])
    second.doc |= {name: first.doc[name] for name in ("open_id_buyer", "xid_buyer")}
    at = make.at(1)
    make.market.touch(first, at)
    make.market.touch(second, at)


def _part_sent(make: Maker) -> None:
    """One of three lines is on its way."""
    order = make.order(3, 40)
    row = order.doc["itemInfoList"][0]
    goods = {row["itemExt"]["skuUuid"]: int(row["itemTotal"])}
    parcel: Doc = {"carrier": "467", "number": f"SF1{make.rng.randrange(10**12):012d}", "goods": goods}
    ship_part(make.market, order, [parcel], make.at(30))


def _parcels(make: Maker) -> None:
    """Three parcels by two carriers in one shipment."""
    order = make.order(3, 60)
    numbers = [("467", "SF1000000000071"), ("467", "SF1000000000072"), ("463", "YT2000000000073")]
    ship(make.market, order, [{"carrier": one, "number": number_} for one, number_ in numbers], make.at(50))


def _subsidy(make: Maker) -> None:
    """National subsidy: serial numbers are demanded."""
    order = make.order(1, 5)
    order.flags["subsidy"] = True
    order.doc["itemInfoList"][0]["itemExt"]["serialCodeReqList"] = [{"codeType": "SN"}, {"codeType": "IMEI1"}]


def _child(make: Maker) -> None:
    """A child of a split order, with an invoice for a company."""
    order = make.order(1, 11)
    parent = str(int(order.order_id) - 1_000_000)
    order.doc |= {"parentOrderId": parent, "directParentOrderId": parent}
    order.doc["invoiceInfo"] = "发票类型:增值税专用发票;发票抬头:云杉贸易有限公司;发票内容:商品明细"
    order.flags["tax_no"] = "91330106MA2SANDB0X"


def _no_code(make: Maker) -> None:
    """A line whose merchant code was never filled in."""
    order = make.order(2, 5)
    order.doc["itemInfoList"][1] |= {"outerSkuId": "", "wareId": ""}


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "refund_asked": _refund_asked, "refund_done": _refund_done,
    "refund_refused": _refund_refused, "locked_sent": _locked_sent, "returning": _returning, "returned": _returned,
    "exchange": _exchange, "rejected": _rejected, "paused": _paused, "pop_paused": _pop_paused, "presale": _presale,
    "gift": _gift, "bundle": _bundle, "every_discount": _every_discount, "unknown_state": _unknown,
    "un_known": _un_known, "county": _county, "emoji": _emoji, "cod": _cod, "warehouse": _warehouse,
    "ciphered": _ciphered, "cancelled": _cancelled, "twins": _twins, "part_sent": _part_sent, "parcels": _parcels,
    "subsidy": _subsidy, "child": _child, "no_code": _no_code,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, vender: Vender, rng: Random) -> None:
    """One of each."""
    make = Maker(market, vender, rng)
    for scenario in AWKWARD.values():
        scenario(make)
    for order in market.of(vender.shop_id):
        market.place(order)
