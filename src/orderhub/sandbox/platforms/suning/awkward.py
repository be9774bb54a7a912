"""The difficult orders, one function each, in a table. Source: docs/platforms/suning.md §3, §4, §5, §10.

Every one is valid by the sheet (but the one with a status that no sheet knows) and satisfies the money identities.
No source tells how bundles or cash on delivery look here, so there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.suning.moves import (
    cancel,
    cash_row,
    hold_stock,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.suning.seed import coupon_row, make_order, receiver_fields, recount
from orderhub.sandbox.platforms.suning.state import Market, Order, Shop
from orderhub.sandbox.platforms.suning.wire import china, fen, yuan, yuan5

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = "16"
MASKED = {
    "customerName": "李*", "mobNum": "138****0001", "phoneNum": "", "customerAddress": "江苏省南京市玄武区****",
    "detailAddress": "****",
}  # fmt: skip


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def at(self, hours: float) -> str:
        """So many hours ago, China time."""
        return china(self.market.now() - timedelta(hours=hours))

    def order(self, lines: int = 1, hours: float = 5, *, unpaid: bool = False) -> Order:
        """An order without discounts and freight, so that a scenario may set its own."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.shop, self.rng, created, lines=lines, plain=True)
        self.market.add(order)
        hold_stock(self.market, order)
        if not unpaid:
            pay(self.market, order, self.at(hours - 0.05))
        return order

    def sent(self, order: Order, hours: float, lines: int | None = None) -> None:
        """The first `lines` (None: all) left so many hours ago."""
        gone, at = order.lines[:lines], self.at(hours)
        ship(self.market, order, gone, at, expresscompanycode="S02", expressno=f"SF1{self.rng.randrange(10**12):012d}")
        self.market.touch(order, at, [line["orderLineNumber"] for line in gone])


def _partial_refund(make: Maker) -> None:
    """Sent, then part of one line's money went back."""
    order = make.order(2, 60)
    make.sent(order, 50)
    ask = {"returnMoney": yuan(fen(order.lines[1]["payAmount"]) // 3), "reason": "商品有瑕疵"}
    case = open_refund(make.market, order, order.lines[1], ask, make.at(30))
    move_refund(make.market, order, case, "agree", make.at(28))


def _line_refunded(make: Maker) -> None:
    """One of three lines refunded in full before shipping; the rest is to be sent."""
    order = make.order(3, 8)
    case = open_refund(make.market, order, order.lines[0], {"reason": "拍错了"}, make.at(6))
    move_refund(make.market, order, case, "agree", make.at(5))


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent: header 10, returnOrderFlag 1."""
    order = make.order(1, 6)
    open_refund(make.market, order, order.lines[0], {"reason": "不想要了"}, make.at(2))


def _refund_refused(make: Maker) -> None:
    """Asked after shipping, and refused."""
    order = make.order(1, 70)
    make.sent(order, 60)
    case = open_refund(make.market, order, order.lines[0], {"reason": "物流太慢"}, make.at(40))
    move_refund(make.market, order, case, "refuse", make.at(30))


def _return_asked(make: Maker) -> None:
    """Received; the goods are on their way back."""
    order = make.order(1, 90)
    make.sent(order, 80)
    receive(make.market, order, make.at(40))
    ask = {"goods": True, "reason": "尺码不合适"}
    case = open_refund(make.market, order, order.lines[0], ask, make.at(30))
    move_refund(make.market, order, case, "agree_return", make.at(20))
    move_refund(make.market, order, case, "return", make.at(10), expressCompanyCode="Y01", expressNo="YT2800000000001")


def _refunded_whole(make: Maker) -> None:
    """Refunded before shipping: closed."""
    order = make.order(1, 30)
    cancel(make.market, order, make.at(20))


def _depot(make: Maker) -> None:
    """Shipped by the platform's own warehouse: not the shop's business."""
    make.order(1, 7).lines[0]["fpsdeliveryflag"] = "1"


def _half_depot(make: Maker) -> None:
    """One line from the platform's warehouse, one from the shop."""
    make.order(2, 7).lines[0]["fpsdeliveryflag"] = "1"


def _presale(make: Maker) -> None:
    """Deposit and balance both paid."""
    line = make.order(1, 20).lines[0]
    deposit = fen(line["payAmount"]) // 5
    line |= {"activitytype": "05", "activityTypes": ["05"], "reservestatus": "M"}
    line |= {"reservedepositamount": yuan5(deposit), "reservebalanceamount": yuan5(fen(line["payAmount"]) - deposit)}


def _presale_open(make: Maker) -> None:
    """Deposit paid, the balance not due yet: among the unpaid ones."""
    line = make.order(1, 20, unpaid=True).lines[0]
    deposit = fen(line["payAmount"]) // 5
    line |= {"activitytype": "06", "activityTypes": ["06"], "reservestatus": ""}
    line |= {"reservedepositamount": yuan5(deposit), "reservebalanceamount": yuan5(fen(line["payAmount"]) - deposit)}
    line["paymentList"].append(cash_row("4148", deposit))


def _gift(make: Maker) -> None:
    """A free line of the very product that was bought."""
    order = make.order(2, 7)
    bought, gift = order.lines
    gift |= {name: bought[name] for name in ("productCode", "itemCode", "productName")}
    gift |= {"unitPrice": "0.00000", "saleNum": "1.00000", "activitytype": "09", "activityTypes": ["09"]}
    recount(order.doc)


def _zero(make: Maker) -> None:
    """Paid by coupons to the last cent."""
    order = make.order(1, 9)
    line = order.lines[0]
    line["paymentList"] = [coupon_row("7998", fen(line["payAmount"])), *line["paymentList"]]
    recount(order.doc)


def _coupons(make: Maker) -> None:
    """Every kind of discount at once, one with the shares of its bearers told, points given back."""
    order = make.order(2, 9)
    first, second = order.lines
    first["paymentList"] += [coupon_row(kind, 100) for kind in ("5998", "10001", "10006", "8012", "20001")]
    shared = {"merchantPercent": "40", "platformPercent": "60"}
    second["paymentList"].append({**coupon_row("10003", 250), **shared})
    second["vouchertotalMoney"], second["transportFee"] = yuan5(300), yuan5(800)
    second["couponList"] = [{"coupontype": "8012", "sharelimit": "1.00000"}]
    recount(order.doc)


def _gift_card(make: Maker) -> None:
    """Partly paid by gift card: stored value, not a discount."""
    line = make.order(1, 9).lines[0]
    card = fen(line["payAmount"]) // 2
    line["paymentList"] = [cash_row("5002", card), cash_row("4148", fen(line["payAmount"]) - card)]


def _threshold(make: Maker) -> None:
    """unitPrice is the shelf's; the line was sold for less by a threshold promotion."""
    order = make.order(1, 9)
    line = order.lines[0]
    line["unitPrice"] = yuan5(fen(line["unitPrice"]) + 500)


def _bare(make: Maker) -> None:
    """Amounts that are often empty are empty."""
    order = make.order(1, 5)
    order.doc["countMoney"] = ""
    order.lines[0] |= {"transportFee": "", "coupontotalMoney": "", "vouchertotalMoney": ""}


def _unknown(make: Maker) -> None:
    """A status that no document knows."""
    make.order(1, 2).doc["orderTotalStatus"] = UNKNOWN_STATUS


def _in_progress(make: Maker) -> None:
    """Shipping in progress, nothing left yet."""
    make.order(1, 4).doc["orderTotalStatus"] = "15"


def _masked(make: Maker) -> None:
    """A receiver with stars."""
    make.order(1, 5).doc |= MASKED


def _county(make: Maker) -> None:
    """A county-level city directly under its province."""
    place = next(place for place in PLACES if place.city is None)
    make.order(1, 5).doc |= receiver_fields(person(make.rng, place))


def _municipality(make: Maker) -> None:
    """A municipality: the city is the province."""
    place = next(place for place in PLACES if place.city == place.province)
    make.order(1, 5).doc |= receiver_fields(person(make.rng, place))


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    make.order(1, 5).doc |= {
        "buyerOrdRemark": "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢",
        "sellerOrdRemark": "VIP 加急 😀", "colorMarkFlags": "1",
    }  # fmt: skip


def _long_note(make: Maker) -> None:
    """A note of ten thousand characters."""
    make.order(1, 5).doc["buyerOrdRemark"] = "请小心轻放。" * 1700


def _vat(make: Maker) -> None:
    """A special VAT invoice."""
    make.order(1, 5).doc |= {
        "needinvoiceflag": "Y", "invoiceType": "01", "invoiceHead": "南京云杉贸易有限公司", "invoice": "商品明细",
        "vatTaxpayerNumber": "91320100SANDBOX00X", "registerAddress": "南京市玄武区", "registerPhone": "025-00000000",
        "bank": "示例银行", "account": "0000000000000000",
    }  # fmt: skip


def _overseas(make: Maker) -> None:
    """Cross border, shipped by the merchant from a bonded warehouse."""
    line = make.order(1, 8).lines[0]
    line |= {"hwgFlag": "01", "disType": "02", "mode": "01", "itemTaxFare": "0.00000"}


def _twins(make: Maker) -> None:
    """Two orders of one receiver, paid in the same second."""
    first, second = make.order(1, 6), make.order(2, 5.5)
    second.doc |= {name: first.doc[name] for name in ("userName", *receiver_fields(person(make.rng)))}
    for order in (first, second):
        make.market.touch(order, make.at(5))


def _part_sent(make: Maker) -> None:
    """One of three lines is on its way."""
    make.sent(make.order(3, 40), 30, 1)


def _two_parcels(make: Maker) -> None:
    """Two lines in two parcels, a day apart."""
    order = make.order(2, 80)
    make.sent(order, 60, 1)
    at = make.at(36)
    ship(make.market, order, order.lines[1:], at, expresscompanycode="Z01", expressno="73100000000001")
    make.market.touch(order, at, [order.lines[1]["orderLineNumber"]])


def _package(make: Maker) -> None:
    """Lines under one packageorderid."""
    order = make.order(2, 6)
    for line in order.lines:
        line["packageorderid"] = f"P{order.code}"


def _self_delivered(make: Maker) -> None:
    """Brought by the shop's own people: no waybill."""
    order = make.order(1, 50)
    at = make.at(40)
    ship(make.market, order, order.lines, at, selfDeliveryName="周师傅", selfDeliveryMobile="13900000002")
    make.market.touch(order, at)


def _paid_late(make: Maker) -> None:
    """Made two days before it was paid: only the lists by change tell it in time."""
    order = make.order(1, 50, unpaid=True)
    pay(make.market, order, make.at(1))


def _cancelled(make: Maker) -> None:
    """Cancelled before payment."""
    order = make.order(1, 10, unpaid=True)
    cancel(make.market, order, make.at(4))


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "line_refunded": _line_refunded, "refund_asked": _refund_asked,
    "refund_refused": _refund_refused, "return_asked": _return_asked, "refunded_whole": _refunded_whole,
    "depot": _depot, "half_depot": _half_depot, "presale": _presale, "presale_open": _presale_open, "gift": _gift,
    "zero": _zero, "coupons": _coupons, "gift_card": _gift_card, "threshold": _threshold, "bare": _bare,
    "unknown_status": _unknown, "in_progress": _in_progress, "masked": _masked, "county": _county,
    "municipality": _municipality, "emoji": _emoji, "long_note": _long_note, "vat": _vat, "overseas": _overseas,
    "twins": _twins, "part_sent": _part_sent, "two_parcels": _two_parcels, "package": _package,
    "self_delivered": _self_delivered, "paid_late": _paid_late, "cancelled": _cancelled,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    make = Maker(market, shop, rng)
    for scenario in AWKWARD.values():
        scenario(make)
