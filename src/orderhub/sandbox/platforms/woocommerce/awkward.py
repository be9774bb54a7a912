"""The difficult orders, one function each, in a table. Source: docs/platforms/woocommerce.md.

Every one is valid (but those with a status of a plugin) and satisfies the money identities. Presale, groups, masks and
cash on delivery are no matters of the core, so there are none.
"""

from __future__ import annotations

from collections.abc import Callable

from orderhub.sandbox.platforms.woocommerce.moves import put_meta, recount, refund, refund_line, set_status
from orderhub.sandbox.platforms.woocommerce.seed import coupon, fee, freight, make_order, reprice
from orderhub.sandbox.platforms.woocommerce.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.woocommerce.wire import cents, money

__all__ = ["AWKWARD", "PLUGIN_STATUSES", "seed_awkward"]

PLUGIN_STATUSES = ("partially-shipped", "checkout-draft", "wc-quarantine")


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, shop: Shop) -> None:
        self.market, self.shop = market, shop

    def order(self, lines: int = 1, hours: float = 5, change: Callable[[Doc], None] | None = None) -> Order:
        """A paid order; `change` works on its document before the sums are made."""
        order = make_order(self.market, self.shop, self.market.ago(hours), lines=lines, plain=True)
        if change is not None:
            change(order.doc)
            recount(order.doc)
        self.market.add(order)
        set_status(self.market, order, "processing", self.market.ago(hours * 0.99))
        return order

    def status(self, order: Order, status: str, hours: float) -> None:
        """Into a status so many hours ago."""
        set_status(self.market, order, status, self.market.ago(hours))

    def refunded(self, order: Order, amount: int, hours: float, line: int | None = None, units: int = 0) -> None:
        """Money back so many hours ago, for a line or without telling which."""
        rows = []
        if line is not None:
            sign = -1 if self.market.setup.switches["refund_sign"] == "negative" else 1
            rows = [refund_line(order.doc["line_items"][line], units, amount, 0, sign)]
        refund(self.market, order, amount, {"reason": "as agreed"}, rows, self.market.ago(hours))


def _partly_refunded(make: Maker) -> None:
    """A few coins back, for no line."""
    order = make.order(2, 80)
    make.status(order, "completed", 60)
    make.refunded(order, 100, 30)


def _line_refunded(make: Maker) -> None:
    """One line given up before anything was sent; the rest is to be sent."""
    order = make.order(3, 9)
    line = order.doc["line_items"][0]
    make.refunded(order, cents(line["total"]), 3, 0, line["quantity"])


def _refunded_twice(make: Maker) -> None:
    """Two refunds that together give everything back."""
    order = make.order(1, 120)
    total = cents(order.doc["total"])
    make.refunded(order, total // 2, 80)
    make.refunded(order, total - total // 2, 40)


def _plugin_status(make: Maker) -> None:
    """A status that only a plugin knows."""
    make.status(make.order(2, 20), PLUGIN_STATUSES[0], 10)


def _strange_status(make: Maker) -> None:
    """A status that nobody knows."""
    make.status(make.order(1, 20), PLUGIN_STATUSES[2], 10)


def _draft(make: Maker) -> None:
    """A checkout that was left."""
    order = make_order(make.market, make.shop, make.market.ago(6), lines=1, plain=True)
    order.doc["status"] = PLUGIN_STATUSES[1]
    make.market.add(order)


def _gift(make: Maker) -> None:
    """The same SKU twice, once for nothing."""

    def free(doc: Doc) -> None:
        bought, gift = doc["line_items"]
        names = ("product_id", "variation_id", "sku", "name")
        gift |= {name: bought[name] for name in names} | {"quantity": 1, "subtotal": "0.00"}
        reprice(make.market, make.shop, gift, 0)

    make.order(2, 7, free)


def _free(make: Maker) -> None:
    """Coupons take everything."""
    make.order(1, 7, lambda doc: coupon(make.market, make.shop, doc, "ON-US", cents(doc["line_items"][0]["subtotal"])))


def _rebate(make: Maker) -> None:
    """Two coupons, freight, a fee and a negative fee."""

    def priced(doc: Doc) -> None:
        for code in ("FIRST", "SECOND"):
            coupon(make.market, make.shop, doc, code, 150)
        freight(make.market, make.shop, doc, 599)
        fee(make.market, make.shop, doc, "Gift wrap", 300)
        fee(make.market, make.shop, doc, "Trade-in", -200)

    make.order(3, 8, priced)


def _untaxed(make: Maker) -> None:
    """Sold without tax."""

    def bare(doc: Doc) -> None:
        doc["tax_lines"] = []
        for line in doc["line_items"]:
            line |= {"subtotal_tax": "0.00", "total_tax": "0.00", "taxes": []}

    make.order(2, 8, bare)


def _foreign(make: Maker) -> None:
    """Paid in another currency than the shop's."""
    make.order(1, 8, lambda doc: doc.update(currency="GBP"))


def _nameless(make: Maker) -> None:
    """A hand-made order: no SKU, no product behind the line, nobody to send to."""

    def bare(doc: Doc) -> None:
        doc["line_items"][0] |= {"sku": "", "product_id": 0, "variation_id": 0}
        doc["created_via"] = "admin"
        for card in (doc["billing"], doc["shipping"]):
            card.update(dict.fromkeys(card, ""))

    make.order(1, 8, bare)


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    note = "Birthday 🎂👨\u200d👩\u200d👧\n请写“生日快乐” شكرا \u200b"
    make.order(1, 5, lambda doc: doc.update(customer_note=note))


def _to_billing(make: Maker) -> None:
    """Shipping is empty: it goes where the bill goes."""
    make.order(1, 5, lambda doc: doc["shipping"].update(dict.fromkeys(doc["shipping"], "")))


def _meta(make: Maker) -> None:
    """Meta of plugins: a list, an object, a number, and a waybill."""
    order = make.order(1, 90)
    make.status(order, "completed", 50)
    number, mixed = "SF1999999999999", [1, {"a": 2}]
    rows: list[Doc] = [{"key": "_tracking_number", "value": number}, {"key": "_extra", "value": mixed},
                       {"key": "_count", "value": 3}]  # fmt: skip
    put_meta(make.market, order, rows)


def _twins(make: Maker) -> None:
    """Two orders of one receiver, paid in the same second."""
    first, second = make.order(1, 6), make.order(2, 6)
    second.doc["billing"], second.doc["shipping"] = dict(first.doc["billing"]), dict(first.doc["shipping"])


def _paid_late(make: Maker) -> None:
    """Made ten days before it was paid."""
    order = make_order(make.market, make.shop, make.market.ago(240), lines=1, plain=True)
    make.market.add(order)
    make.status(order, "on-hold", 239)
    make.status(order, "processing", 1)


def _fractions(make: Maker) -> None:
    """Three of something whose line does not divide by three."""

    def three(doc: Doc) -> None:
        line = doc["line_items"][0]
        line |= {"quantity": 3, "subtotal": money(1000)}
        reprice(make.market, make.shop, line, 0)

    make.order(1, 4, three)


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partly_refunded": _partly_refunded, "line_refunded": _line_refunded, "refunded_twice": _refunded_twice,
    "plugin_status": _plugin_status, "strange_status": _strange_status, "draft": _draft, "gift": _gift, "free": _free,
    "rebate": _rebate, "untaxed": _untaxed, "foreign": _foreign, "nameless": _nameless, "emoji": _emoji,
    "to_billing": _to_billing, "meta": _meta, "twins": _twins, "paid_late": _paid_late, "fractions": _fractions,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, shop: Shop) -> None:
    """One of each."""
    make = Maker(market, shop)
    for scenario in AWKWARD.values():
        scenario(make)
