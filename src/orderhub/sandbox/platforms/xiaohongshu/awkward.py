"""The difficult orders, one function each, in a table. Source: docs/platforms/xiaohongshu.md. Imports `seed`, `moves`.

Gifts are left out: no source tells how skuTag marks them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from orderhub.sandbox.platforms.xiaohongshu import moves
from orderhub.sandbox.platforms.xiaohongshu.seed import make_order, recount, sku_row
from orderhub.sandbox.platforms.xiaohongshu.spec import CUSTOMS, EXCHANGE, PROCESSING, TO_SHIP
from orderhub.sandbox.platforms.xiaohongshu.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.xiaohongshu.wire import ms

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = 77


class Maker:
    """Makes orders of one shop some hours ago."""

    def __init__(self, market: Market, shop: Shop) -> None:
        self.market, self.shop = market, shop

    def at(self, hours: float) -> int:
        """So many hours ago."""
        return ms(self.market.now() - timedelta(hours=hours))

    def order(self, lines: int = 1, hours: float = 5, status: int = TO_SHIP, *, skus: list[Doc] | None = None) -> Order:
        """A plain one, paid."""
        order = make_order(self.market, self.shop, self.market.now() - timedelta(hours=hours), lines=lines, plain=True)
        if skus is not None:
            order.doc["skuList"] = skus
            recount(order.doc)
        self.market.add(order)
        moves.hold(self.market, order)
        moves.pay(self.market, order, self.at(hours - 0.05), status)
        return order

    def sent(self, order: Order, hours: float) -> None:
        """It left so many hours ago."""
        number = f"SF1{self.market.setup.rng.randrange(10**12):012d}"
        moves.ship(self.market, order, (), self.at(hours), number, "shunfeng")


def _processing(make: Maker) -> None:
    """The platform works on it."""
    make.order(status=PROCESSING)


def _customs(make: Maker) -> None:
    """At customs."""
    order = make.order(status=CUSTOMS)
    order.doc["customsCode"] = "zhengzhou"


def _exchange(make: Maker) -> None:
    """The buyer wants it exchanged."""
    order = make.order(hours=80)
    make.sent(order, 70)
    order.doc["orderStatus"] = EXCHANGE
    make.market.touch(order, make.at(20))


def _asks_to_cancel(make: Maker) -> None:
    """The buyer asked to cancel; any number but 0 says so."""
    make.order().doc["cancelStatus"] = 1


def _part_refund(make: Maker) -> None:
    """Sent, then a third of one SKU's money went back."""
    order = make.order(2, 60)
    make.sent(order, 50)
    sku = order.skus[1]
    case = moves.open_case(make.market, order, sku, make.at(32), sku["totalPaidAmount"] // 3)
    moves.move_case(make.market, order, case, "agree", make.at(30))


def _line_refunded(make: Maker) -> None:
    """One of two SKUs refunded in full before anything was sent."""
    order = make.order(2, 8)
    moves.move_case(
        make.market, order, moves.open_case(make.market, order, order.skus[0], make.at(6)), "agree", make.at(5)
    )


def _refund_asked(make: Maker) -> None:
    """A case waits for its answer before anything was sent."""
    order = make.order(1, 6)
    moves.open_case(make.market, order, order.skus[0], make.at(2))


def _return_on_its_way(make: Maker) -> None:
    """The goods come back."""
    order = make.order(1, 150)
    make.sent(order, 140)
    moves.receive(make.market, order, make.at(90))
    case = moves.open_case(make.market, order, order.skus[0], make.at(60), kind=1)
    moves.move_case(make.market, order, case, "agree_return", make.at(50))
    moves.move_case(make.market, order, case, "return", make.at(40))


def _refused(make: Maker) -> None:
    """Asked after shipping, and refused."""
    order = make.order(1, 70)
    make.sent(order, 60)
    case = moves.open_case(make.market, order, order.skus[0], make.at(40))
    moves.move_case(make.market, order, case, "refuse", make.at(30))


def _bundle(make: Maker) -> None:
    """One SKU of three parts, twice."""
    goods = [good for good in make.market.goods.values() if good.shop_id == make.shop.shop_id][:3]
    make.order(skus=[sku_row(goods, 2)])


def _free(make: Maker) -> None:
    """A SKU that costs nothing beside one that does."""
    order = make.order(2, 6)
    part = order.skus[1]["skuDetailList"][0]
    part.update(merchantDiscountPerSku=part["pricePerSku"], paidAmountPerSku=0)
    recount(order.doc)


def _presale(make: Maker) -> None:
    """To be delivered next week."""
    order = make.order()
    order.doc.update(presaleDeliveryStartTime=make.at(-168), presaleDeliveryEndTime=make.at(-240), orderType=2)


def _emoji(make: Maker) -> None:
    """A note with signs beyond the basic plane."""
    make.order().doc["customerRemark"] = "送给妈妈🎁，谢谢👨‍👩‍👧"


def _ties(make: Maker) -> None:
    """Three of the very same second."""
    for _ in range(3):
        make.order(hours=4)


def _strange(make: Maker) -> None:
    """A status that no document knows."""
    order = make.order(hours=3)
    order.doc["orderStatus"] = UNKNOWN_STATUS
    make.market.touch(order, make.at(2))


AWKWARD: tuple[Callable[[Maker], None], ...] = (
    _processing, _customs, _exchange, _asks_to_cancel, _part_refund, _line_refunded, _refund_asked,
    _return_on_its_way, _refused, _bundle, _free, _presale, _emoji, _ties, _strange,
)  # fmt: skip


def seed_awkward(market: Market, shop: Shop) -> None:
    """One of each."""
    for story in AWKWARD:
        story(Maker(market, shop))
