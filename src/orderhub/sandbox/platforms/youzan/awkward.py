"""The difficult trades, one function each, in a table. Source: docs/platforms/youzan.md. Imports `seed` and `moves`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from orderhub.sandbox.platforms.youzan import moves
from orderhub.sandbox.platforms.youzan.seed import make_order, recount
from orderhub.sandbox.platforms.youzan.state import Market, Order, Shop
from orderhub.sandbox.platforms.youzan.wire import china, fen

__all__ = ["AWKWARD", "UNKNOWN_STATUS", "seed_awkward"]

UNKNOWN_STATUS = "WAIT_STORE_PICKING"


class Maker:
    """Makes trades of one shop some hours ago."""

    def __init__(self, market: Market, shop: Shop) -> None:
        self.market, self.shop = market, shop

    def at(self, hours: float) -> str:
        """So many hours ago."""
        return china(self.market.now() - timedelta(hours=hours))

    def order(
        self, lines: int = 1, hours: float = 5, status: str = "WAIT_SELLER_SEND_GOODS", prefix: str = "E"
    ) -> Order:
        """A plain one, paid."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.shop, created, lines=lines, plain=True, prefix=prefix)
        self.market.add(order)
        moves.pay(self.market, order, self.at(hours - 0.05), status)
        return order

    def sent(self, order: Order, hours: float) -> None:
        """It left so many hours ago."""
        number = f"SF1{self.market.setup.rng.randrange(10**12):012d}"
        moves.ship(self.market, order, (), self.at(hours), out_stype="7", out_sid=number)


def _group_forming(make: Maker) -> None:
    """A group that is not complete."""
    make.order(status="WAIT_CONFIRM")


def _just_paid(make: Maker) -> None:
    """Paid, and the platform still works on it."""
    make.order(hours=1, status="TRADE_PAID")


def _part_refund(make: Maker) -> None:
    """Sent, then a third of one line's money went back."""
    order = make.order(2, 60)
    make.sent(order, 50)
    moves.refund(make.market, order, order.lines[1], fen(order.lines[1]["payment"]) // 3, make.at(30))


def _line_refunded(make: Maker) -> None:
    """One of two lines refunded in full before anything was sent."""
    order = make.order(2, 8)
    moves.refund(make.market, order, order.lines[0], None, make.at(5))


def _refunded_whole(make: Maker) -> None:
    """Refunded before shipping: closed."""
    moves.cancel(make.market, make.order(1, 30), make.at(20))


def _refunded_after(make: Maker) -> None:
    """Received, then all the money went back."""
    order = make.order(1, 200)
    make.sent(order, 180)
    moves.receive(make.market, order, make.at(100))
    moves.refund(make.market, order, order.lines[0], None, make.at(90))


def _gift(make: Maker) -> None:
    """A gift that a friend took: a sub-order of its own."""
    order = make.order(prefix="C")
    order.doc["child_info"] = {"gift_no": f"G{make.market.serial():08d}", "gift_sign": "1"}


def _free_line(make: Maker) -> None:
    """A line that costs nothing."""
    order = make.order(2, 6)
    order.lines[1].update(discount_price="0.00")
    recount(order.doc)
    order.doc["pay_info"]["real_payment"] = order.doc["pay_info"]["payment"]


def _pick_up(make: Maker) -> None:
    """The buyer fetches it."""
    make.order().info["express_type"] = 1


def _emoji(make: Maker) -> None:
    """A note with signs beyond the basic plane."""
    make.order().doc["remark_info"]["buyer_message"] = "送给妈妈🎁，谢谢👨‍👩‍👧"


def _ties(make: Maker) -> None:
    """Three of the very same second."""
    for _ in range(3):
        make.order(hours=4)


def _strange(make: Maker) -> None:
    """A status that no document knows."""
    order = make.order(hours=3)
    order.info["status"] = UNKNOWN_STATUS
    make.market.touch(order, make.at(2))


AWKWARD: tuple[Callable[[Maker], None], ...] = (
    _group_forming, _just_paid, _part_refund, _line_refunded, _refunded_whole, _refunded_after, _gift, _free_line,
    _pick_up, _emoji, _ties, _strange,
)  # fmt: skip


def seed_awkward(market: Market, shop: Shop) -> None:
    """One of each."""
    for story in AWKWARD:
        story(Maker(market, shop))
