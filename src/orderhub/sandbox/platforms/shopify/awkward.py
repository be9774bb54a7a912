"""The difficult orders, one function each, in a table. Source: docs/platforms/shopify.md.

Every one is valid by the page (but the one with a status that no page knows) and satisfies the sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from orderhub.sandbox.platforms.shopify import moves
from orderhub.sandbox.platforms.shopify.reads import NEW_STATUS
from orderhub.sandbox.platforms.shopify.seed import application, make_order, price
from orderhub.sandbox.platforms.shopify.state import Market, Order, Shop
from orderhub.sandbox.platforms.shopify.sums import settle
from orderhub.sandbox.platforms.shopify.wire import iso

__all__ = ["AWKWARD", "seed_awkward"]


class Maker:
    """Makes orders of one store some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop, rng: Random) -> None:
        self.market, self.shop, self.rng = market, shop, rng

    def at(self, hours: float) -> str:
        """So many hours ago."""
        return iso(self.market.now() - timedelta(hours=hours))

    def order(
        self, lines: int = 1, hours: float = 5, *, paid: bool = True, parts: Sequence[int] | None = None
    ) -> Order:
        """An order without discounts and freight, so that a scenario may set its own."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(self.market, self.shop, self.rng, created, lines=lines, plain=True, parts=parts)
        self.market.add(order)
        if paid:
            moves.pay(self.market, order, self.at(hours - 0.05))
        return order

    def settle(self, order: Order) -> None:
        """Derive everything after the scenario's own changes."""
        settle(self.shop, order)

    def sent(self, order: Order, hours: float, lines: int | None = None, *numbers: str) -> None:
        """The first `lines` (None: all) left so many hours ago."""
        told = [
            {"company": "SF Express", "number": one, "url": None}
            for one in numbers or (f"SF1{self.rng.randrange(10**12):012d}",)
        ]
        parts = moves.request_parts(order, order.lines[:lines])
        moves.fulfil(self.market, order, parts, self.at(hours), told)


def _partial_refund(make: Maker) -> None:
    """Sent, then part of the money went back without goods."""
    order = make.order(2, 60)
    make.sent(order, 50)
    moves.refund(make.market, order, [], make.at(30), minor=order.lines[1]["_net"] // 3, note="scratched")


def _line_removed(make: Maker) -> None:
    """One of three lines refunded before shipping; the rest is to be sent."""
    order = make.order(3, 8)
    line = order.lines[0]
    moves.refund(make.market, order, [(line, line["quantity"], "CANCEL")], make.at(6))


def _refunded_unsent(make: Maker) -> None:
    """All money back, nothing sent, not cancelled."""
    order = make.order(1, 12)
    line = order.lines[0]
    moves.refund(make.market, order, [(line, line["quantity"], "NO_RESTOCK")], make.at(10))


def _authorised(make: Maker) -> None:
    """The card is charged at shipping."""
    moves.authorise(make.market, make.order(1, 4, paid=False), make.at(3.9))


def _deposit(make: Maker) -> None:
    """Half of it is paid."""
    order = make.order(1, 9, paid=False)
    moves.pay(make.market, order, make.at(8.9), order.doc["_total"] // 2)


def _expired(make: Maker) -> None:
    """An authorisation that nobody captured."""
    order = make.order(1, 400, paid=False)
    order.doc["_expired"] = True
    moves.touch(make.market, order, make.at(200))


def _on_hold(make: Maker) -> None:
    """Held for risk of fraud."""
    order = make.order(1, 6)
    moves.hold(make.market, order, order.doc["fulfillmentOrders"][0], "HIGH_RISK_OF_FRAUD", make.at(5), "two cards")


def _out_of_stock(make: Maker) -> None:
    """Held because goods are missing."""
    order = make.order(2, 7)
    moves.hold(make.market, order, order.doc["fulfillmentOrders"][0], "INVENTORY_OUT_OF_STOCK", make.at(6))


def _scheduled(make: Maker) -> None:
    """A presale: it leaves in two weeks."""
    order = make.order(1, 30)
    order.doc["fulfillmentOrders"][0].update(status="SCHEDULED", fulfillAt=make.at(-336))
    moves.touch(make.market, order, make.at(29))


def _declined(make: Maker) -> None:
    """A fulfilment service refused the request."""
    order = make.order(1, 20)
    order.doc["fulfillmentOrders"][0]["requestStatus"] = "REJECTED"
    moves.touch(make.market, order, make.at(18))


def _accepted(make: Maker) -> None:
    """A fulfilment service works on it."""
    order = make.order(1, 20)
    order.doc["fulfillmentOrders"][0]["requestStatus"] = "ACCEPTED"
    moves.touch(make.market, order, make.at(19))


def _two_locations(make: Maker) -> None:
    """Two lines that leave from two places."""
    make.order(2, 5, parts=(0, 1))


def _two_numbers(make: Maker) -> None:
    """One fulfilment with two numbers."""
    make.sent(make.order(2, 48), 40, None, "SF1900000000001", "SF1900000000002")


def _free_line(make: Maker) -> None:
    """A gift: a line whose discount is its whole price."""
    order = make.order(2, 5, paid=False)
    gift = order.lines[1]
    gift["_off"].append((application("EXPLICIT", "Free gift"), gift["_unit"] * gift["quantity"]))
    make.settle(order)
    moves.pay(make.market, order, make.at(4.9))


def _nothing_to_pay(make: Maker) -> None:
    """A code takes everything off."""
    order = make.order(1, 5, paid=False)
    line = order.lines[0]
    line["_off"].append((application("ALL", "", "FREE100"), line["_unit"] * line["quantity"]))
    order.doc["discountCodes"] = ["FREE100"]
    moves.touch(make.market, order, make.at(4.9))


def _foreign_buyer(make: Maker) -> None:
    """The buyer saw prices in another currency than the store's."""
    order = make.order(2, 11, paid=False)
    seen = "CAD" if make.shop.currency != "CAD" else "USD"
    order.doc.update(presentmentCurrencyCode=seen, _rate=(137, 100))
    order.doc["_freight"] = price(make.shop, 4000)
    make.settle(order)
    moves.pay(make.market, order, make.at(10.9))


def _no_address(make: Maker) -> None:
    """The buyer comes for it: nobody to send to."""
    order = make.order(1, 9)
    order.doc.update(shippingAddress=None, shippingLine=None)
    moves.touch(make.market, order, make.at(8.9))


def _same_sku_twice(make: Maker) -> None:
    """Two lines of one SKU."""
    order = make.order(2, 10)
    first, second = order.lines
    second.update({name: first[name] for name in ("sku", "variant", "product", "title", "name", "variantTitle")})
    moves.touch(make.market, order, make.at(9.9))


def _emoji(make: Maker) -> None:
    """What buyers write."""
    order = make.order(1, 3)
    order.doc.update(note="生日礼物🎁 please wrap 👍🏽", tags=["vip", "礼物"], test=False)
    moves.touch(make.market, order, make.at(2.9))


def _return_asked(make: Maker) -> None:
    """Delivered; the buyer wants to send it back and nobody has answered."""
    order = make.order(1, 200)
    make.sent(order, 190)
    moves.deliver(make.market, order, make.at(120))
    row = order.doc["fulfillments"][0]["fulfillmentLineItems"][0]
    moves.open_return(make.market, order, [(row, row["quantity"])], make.at(20), "DEFECTIVE", "does not light up")


def _return_open(make: Maker) -> None:
    """A return that was agreed to, goods on their way back."""
    order = make.order(1, 210)
    make.sent(order, 200)
    moves.deliver(make.market, order, make.at(130))
    row = order.doc["fulfillments"][0]["fulfillmentLineItems"][0]
    case = moves.open_return(make.market, order, [(row, row["quantity"])], make.at(40), "SIZE_TOO_LARGE")
    moves.move_return(make.market, order, case, "approve", make.at(30))


def _return_declined(make: Maker) -> None:
    """A return that was refused."""
    order = make.order(1, 220)
    make.sent(order, 210)
    row = order.doc["fulfillments"][0]["fulfillmentLineItems"][0]
    case = moves.open_return(make.market, order, [(row, row["quantity"])], make.at(50), "UNWANTED")
    moves.move_return(make.market, order, case, "decline", make.at(44))


def _parcel_taken_back(make: Maker) -> None:
    """A fulfilment was cancelled; the goods wait again."""
    order = make.order(1, 30)
    make.sent(order, 20)
    moves.parcel_dropped(make.market, order, order.doc["fulfillments"][0], make.at(15))


def _unknown_status(make: Maker) -> None:
    """A status that no document knows."""
    order = make.order(1, 13)
    order.doc.update(displayFulfillmentStatus=NEW_STATUS, _pinned=True, updatedAt=make.at(12))
    make.market.refile(order)


def _same_second(make: Maker) -> None:
    """Three orders of one second."""
    for _ in range(3):
        make.order(1, 14)


AWKWARD: tuple[Callable[[Maker], None], ...] = (
    _partial_refund, _line_removed, _refunded_unsent, _authorised, _deposit, _expired, _on_hold, _out_of_stock,
    _scheduled, _declined, _accepted, _two_locations, _two_numbers, _free_line, _nothing_to_pay, _foreign_buyer,
    _no_address, _same_sku_twice, _emoji, _return_asked, _return_open, _return_declined, _parcel_taken_back,
    _unknown_status, _same_second,
)  # fmt: skip
"""Every difficult case that the platform can have."""


def seed_awkward(market: Market, shop: Shop, rng: Random) -> None:
    """One of each."""
    maker = Maker(market, shop, rng)
    for scene in AWKWARD:
        scene(maker)
