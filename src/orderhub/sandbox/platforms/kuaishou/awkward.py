"""The difficult orders, one function each, in a table. Source: docs/platforms/kuaishou.md, orders and refunds.

No source tells how bundles or cash on delivery look here, so there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import person
from orderhub.sandbox.platforms.kuaishou.moves import (
    cancel,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.kuaishou.seed import HOUR, SF, fresh_order, recount, told_new
from orderhub.sandbox.platforms.kuaishou.spec import UNKNOWN_STATUS
from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.kuaishou.wire import millis

__all__ = ["AWKWARD", "seed_awkward"]


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def order(self, hours: float = 5, *, num: int = 1, unpaid: bool = False) -> Order:
        """A plain order."""
        created = self.market.now() - timedelta(hours=hours)
        order = fresh_order(self.market, self.shop, self.rng, created, num=num, plain=True)
        self.market.add(order)
        told_new(self.market, order)
        if not unpaid:
            pay(self.market, order, order.base["createTime"] + 60_000)
        return order

    def at(self, hours: float) -> int:
        """So many hours ago, milliseconds."""
        return millis(self.market.now()) - int(hours * HOUR)

    def sent(self, order: Order, hours: float, pieces: int = 0) -> None:
        """All pieces, or some, left so many hours ago."""
        number, some = f"SF1{self.rng.randrange(10**12):012d}", pieces or order.item["num"]
        parcels = [(order.oid, SF, number, some)]
        ship(self.market, order, parcels, self.at(hours), part=some < order.item["num"])

    def gift(self, order: Order, num: int = 1) -> Doc:
        """A gift of the very product that was bought, as a sub-order."""
        oid = int(f"25{self.shop.number % 100:02d}{self.market.serial():011d}")
        names = ("skuId", "relSkuId", "skuDesc", "skuNick", "itemId", "relItemId", "itemTitle", "itemPicUrl")
        at = order.base["updateTime"]
        sub: Doc = {
            "subOrderBaseInfo": {
                "oid": oid, "status": order.base["status"], "sendTime": 0, "updateTime": at, "recvTime": 0,
            },
            "subOrderItemInfo": {**{name: order.item[name] for name in names}, "num": num, "price": 0},
            "subOrderLogisticsInfo": [], "subOrderDeliveryInfo": {"deliveryNum": 0}, "subOrderType": 1,
        }  # fmt: skip
        order.subs.append(sub)
        order.base.update(allActivityType=[18], orderLabels=[23])
        self.market.add(order)
        return sub


def _partial_refund(make: Maker) -> None:
    """Sent, then part of the money went back."""
    order = make.order(60, num=2)
    make.sent(order, 50)
    refund = open_refund(make.market, order, make.at(30), fee=order.owed // 3, reason="商品有瑕疵")
    move_refund(make.market, order, refund, "approve", make.at(28))


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent."""
    open_refund(make.market, make.order(6), make.at(2))


def _refund_refused(make: Maker) -> None:
    """Asked after shipping, and refused."""
    order = make.order(70)
    make.sent(order, 60)
    refund = open_refund(make.market, order, make.at(40), reason="物流太慢")
    move_refund(make.market, order, refund, "reject", make.at(30), sellerDisagreeReason="与买家协商一致")


def _return_asked(make: Maker) -> None:
    """Received; the buyer wants to send it back."""
    order = make.order(90)
    make.sent(order, 80)
    receive(make.market, order, make.at(40))
    open_refund(make.market, order, make.at(30), way=1, reason="尺码不合适")


def _return_coming(make: Maker) -> None:
    """The goods are on their way back."""
    order = make.order(96)
    make.sent(order, 90)
    receive(make.market, order, make.at(50))
    refund = open_refund(make.market, order, make.at(40), way=1, reason="尺码不合适")
    move_refund(make.market, order, refund, "approve_return", make.at(30))
    told = {"expressCode": SF, "expressNo": "SF1888000000001"}
    move_refund(make.market, order, refund, "return", make.at(10), logisticsInfo=told)


def _exchange(make: Maker) -> None:
    """The buyer wants another one instead."""
    order = make.order(100)
    make.sent(order, 90)
    receive(make.market, order, make.at(50))
    open_refund(make.market, order, make.at(20), way=3, reason="换颜色")


def _disputed(make: Maker) -> None:
    """The platform decides."""
    order = make.order(110)
    make.sent(order, 100)
    refund = open_refund(make.market, order, make.at(60), reason="未收到货")
    move_refund(make.market, order, refund, "dispute", make.at(30))


def _refunded_whole(make: Maker) -> None:
    """Refunded before shipping: closed."""
    order = make.order(30)
    refund = open_refund(make.market, order, make.at(25))
    move_refund(make.market, order, refund, "approve", make.at(24))


def _withheld(code: int, **base: object) -> Callable[[Maker], None]:
    """A reason keeps the order from being sent; its address is not told."""

    def scenario(make: Maker) -> None:
        order = make.order(7)
        order.base.update(base, disableDeliveryReasonCode=[code])
        _bare(order.doc["orderAddress"])
        make.market.touch(order, order.base["updateTime"])

    return scenario


def _bare(address: Doc) -> None:
    for name in address:
        if name.startswith(("encrypted", "desensitise")):
            address[name] = ""


def _no_deadline(make: Maker) -> None:
    """A deadline of 0: must not be sent."""
    make.order(7).base["validPromiseShipmentTimeStamp"] = 0


def _no_ciphertext(make: Maker) -> None:
    """The receiver is missing without a reason."""
    _bare(make.order(7).doc["orderAddress"])


def _presale(make: Maker) -> None:
    """Deposit and balance both paid."""
    order = make.order(20)
    _deposit(order, paid=2)


def _presale_open(make: Maker) -> None:
    """Deposit paid, the balance is not."""
    _deposit(make.order(20, unpaid=True), paid=1)


def _deposit(order: Order, paid: int) -> None:
    first = order.owed // 5
    order.base.update(preSale=1, activityType=6, allActivityType=[6])
    steps = [
        {"step": number, "payAmount": amount, "orderPayStatus": 2 if number <= paid else 1}
        for number, amount in ((1, first), (2, order.owed - first))
    ]
    status = {"payStepType": 2, "orderPayStatus": 2 if paid == 2 else 1}
    order.doc["orderStepInfo"] = {"orderPaymentStatus": status, "orderPaymentSteps": steps}


def _gift(make: Maker) -> None:
    """A free one of the very product that was bought."""
    make.gift(make.order(7))


def _free(make: Maker) -> None:
    """The coupon takes it all."""
    order = make.order(9)
    order.item["discountFee"] = order.item["price"]
    recount(make.market, order.doc)


def _emoji(make: Maker) -> None:
    """Beyond the basic plane."""
    order = make.order(8)
    order.base["remark"] = "生日快乐🎂👨‍👩‍👧 请附贺卡"
    note = {"createTime": make.at(7), "note": "已加急🚚", "flagTagCode": 1, "operatorName": "店主"}
    order.doc["orderNote"]["orderNoteInfo"].append(note)
    order.doc["orderFlag"] = {"flag": [1]}


def _part_sent(make: Maker) -> None:
    """Two of three pieces left: 40 already."""
    order = make.order(40, num=3)
    order.base["enableSplitDeliveryOrder"] = order.delivery["splitDeliveryOrder"] = True
    make.sent(order, 30, 2)


def _serials(make: Maker) -> None:
    """Goods that are sent with their numbers only."""
    make.order(8).delivery["serialNumberInfo"] = {"serialType": [1]}


def _one_door(make: Maker) -> None:
    """Two orders of one second to one door."""
    who = person(make.rng)
    created = make.market.now() - timedelta(hours=9)
    for _ in range(2):
        order = fresh_order(make.market, make.shop, make.rng, created, num=1, plain=True, who=who)
        make.market.add(order)
        told_new(make.market, order)
        pay(make.market, order, order.base["createTime"] + 60_000)


def _audit(make: Maker) -> None:
    """The buyer asks for another address."""
    order = make.order(7)
    order.wanted = {"address": "建设大道66号1幢"}
    order.doc["addressUpdateAuditInfo"] = {
        "addressBeforeUpdate": {}, "addressAfterUpdate": {}, "auditStatus": 10, "auditTime": 0,
        "timeoutOfAudit": order.base["updateTime"] + 24 * HOUR,
    }  # fmt: skip


def _undocumented(make: Maker) -> None:
    """A status that no document knows."""
    order = make.order(6)
    order.base["status"] = UNKNOWN_STATUS


def _cancelled(make: Maker) -> None:
    """Never paid."""
    cancel(make.market, make.order(30, unpaid=True), make.at(6))


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "refund_asked": _refund_asked, "refund_refused": _refund_refused,
    "return_asked": _return_asked, "return_coming": _return_coming, "exchange": _exchange, "disputed": _disputed,
    "refunded_whole": _refunded_whole, "group_open": _withheld(1, activityType=17, allActivityType=[17]),
    "risk_review": _withheld(2, riskCode=10001), "prescription": _withheld(5), "no_deadline": _no_deadline,
    "no_ciphertext": _no_ciphertext, "presale": _presale, "presale_open": _presale_open, "gift": _gift, "free": _free,
    "emoji": _emoji, "part_sent": _part_sent, "serials": _serials, "one_door": _one_door, "audit": _audit,
    "undocumented": _undocumented, "cancelled": _cancelled,
}  # fmt: skip
"""What `awkward` seeds in every shop."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    make = Maker(market, shop, rng)
    for scenario in AWKWARD.values():
        scenario(make)
