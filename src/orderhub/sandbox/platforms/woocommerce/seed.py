"""Invented web shops, goods and orders that obey every money identity. Imports the catalogue, people and moves.

Amounts are cents of the shop's own currency. For a line: total = subtotal - its share of the coupons, both without tax,
which stands beside them; for the order total = line totals + freight + fees + total_tax.
"""

from __future__ import annotations

from random import Random

from orderhub.sandbox.catalogue import items
from orderhub.sandbox.people import NOTES, person
from orderhub.sandbox.platforms.woocommerce.moves import recount, refund, refund_line, set_status, taxed
from orderhub.sandbox.platforms.woocommerce.state import Doc, Good, Market, Order, Product, Shop
from orderhub.sandbox.platforms.woocommerce.wire import cents, money

__all__ = ["coupon", "make_order", "receiver", "seed_goods", "seed_orders", "shops"]

_SHOPS = (("USD", -5.0, 8, False), ("EUR", 1.0, 19, True), ("SGD", 8.0, 9, True))
"""Currency, hours east of GMT, tax in per cent, whether prices include it."""
_RATES = {"USD": 14, "EUR": 13, "SGD": 19}
"""Cents of the currency for a yuan."""
_COUNTRIES = {"USD": "US", "EUR": "DE", "SGD": "SG"}
_FIRST = ("Ada", "Bruno", "Carla", "Dmitri", "Emma", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Klara", "Liam")
_LAST = ("Arnold", "Berger", "Costa", "Dubois", "Evans", "Fischer", "Grant", "Hoffmann", "Ivers", "Jensen", "Keller")
_PLACES = {
    "US": (("Portland", "OR", "97205"), ("Austin", "TX", "78701"), ("Albany", "NY", "12207")),
    "DE": (("Berlin", "", "10115"), ("Hamburg", "", "20095"), ("München", "", "80331"), ("Köln", "", "50667")),
    "SG": (("Singapore", "", "238801"), ("Singapore", "", "049315")),
}  # fmt: skip
_STREETS = ("Harbour Road", "Mill Lane", "Lindenstraße", "Orchard Way", "Station Street", "Gartenweg")
_PAYMENTS = (("stripe", "Credit card"), ("paypal", "PayPal"), ("bacs", "Direct bank transfer"))
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("processing", 0.70, 0.2, 70), ("completed", 0.14, 60, 600), ("pending", 0.04, 0.1, 20),
    ("on-hold", 0.03, 1, 40), ("failed", 0.01, 20, 300), ("cancelled", 0.03, 30, 300), ("refunded", 0.02, 100, 600),
    ("part_refunded", 0.03, 100, 600),
)  # fmt: skip
"""Story, share of orders, youngest and oldest age in hours."""
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)


def shops(count: int, rng: Random) -> list[Shop]:
    """Dollars, euros and Singapore dollars in turn."""
    found = []
    for number in range(1, count + 1):
        currency, offset_h, percent, taxed_ = _SHOPS[(number - 1) % len(_SHOPS)]
        key, secret = f"sandbox-ck-{number:03d}", f"sandbox-cs-{rng.getrandbits(96):024x}"
        found.append(Shop(f"woo-{number}", number, currency, offset_h, percent, taxed_, key, secret))
    return found


def seed_goods(market: Market, shop: Shop) -> None:
    """Every product of the catalogue; those of several versions have variations."""
    created = market.ago(24 * 90)
    for code, variants in items().items():
        product_id, single = market.serial(shop), not variants[0].options
        goods = [
            Good(
                shop.shop_id, product_id, 0 if single else market.serial(shop), variant.sku, variant.title,
                variant.options, variant.price_fen * _RATES[shop.currency] // 100, market.setup.rng.randrange(80, 400),
                created,
            )
            for variant in variants
        ]  # fmt: skip
        sku = variants[0].sku if single else code
        product = Product(shop.shop_id, product_id, variants[0].title, sku, created, goods)
        market.products[shop.shop_id][product_id] = product
        market.goods.update(((shop.shop_id, good.number), good) for good in goods)


def seed_orders(market: Market, shop: Shop, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    rng, shares = market.setup.rng, [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        hours = low + (high - low) * rng.random()
        order = make_order(market, shop, market.ago(hours))
        market.add(order)
        _live(market, order, story, hours)


def _live(market: Market, order: Order, story: str, hours: float) -> None:
    """Bring a fresh order to where its story ends, with the instants that belong to it."""
    if story == "pending":
        return
    if story in ("on-hold", "failed", "cancelled"):
        set_status(market, order, story, market.ago(hours * 0.98))
        return
    set_status(market, order, "processing", market.ago(hours * 0.99))
    if story != "processing":
        set_status(market, order, "completed", market.ago(hours * 0.7))
    if story == "refunded":
        refund(market, order, cents(order.doc["total"]), {"reason": "changed my mind"}, (), market.ago(hours * 0.3))
    if story == "part_refunded":
        line = order.doc["line_items"][0]
        amount, taxes = cents(line["total"]), cents(line["total_tax"])
        sign = -1 if market.setup.switches["refund_sign"] == "negative" else 1
        row = refund_line(line, line["quantity"], amount, taxes, sign)
        refund(market, order, amount + taxes, {"reason": "damaged"}, [row], market.ago(hours * 0.3))


def make_order(market: Market, shop: Shop, created: int, *, lines: int = 0, plain: bool = False) -> Order:
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without coupons, freight and fees."""
    rng = market.setup.rng
    number = market.serial(shop)
    buyer, method = receiver(rng, _COUNTRIES[shop.currency]), rng.choice(_PAYMENTS)
    goods = rng.sample([good for good in market.goods.values() if good.shop_id == shop.shop_id],
                       lines or rng.choice(_LINE_COUNTS))  # fmt: skip
    shipping = {name: value for name, value in buyer.items() if name not in ("email", "phone")}
    if market.setup.switches["shipping_phone"]:
        shipping["phone"] = buyer["phone"]
    doc: Doc = {
        "id": number, "parent_id": 0, "number": str(number), "order_key": f"wc_order_{rng.getrandbits(48):012x}",
        "created_via": "checkout", "version": "8.6.1", "status": "pending", "currency": shop.currency,
        "discount_total": "0.00", "discount_tax": "0.00", "shipping_total": "0.00", "shipping_tax": "0.00",
        "cart_tax": "0.00", "total": "0.00", "total_tax": "0.00", "prices_include_tax": shop.taxed,
        "customer_id": rng.choice((0, rng.randrange(1, 5000))),
        "customer_note": rng.choice(NOTES) if rng.random() < 0.15 else "", "billing": buyer, "shipping": shipping,
        "payment_method": method[0], "payment_method_title": method[1], "transaction_id": "",
        "cart_hash": f"{rng.getrandbits(64):016x}", "meta_data": [],
        "line_items": [_line(market, shop, good) for good in goods],
        "tax_lines": [{"id": market.serial(shop), "rate_code": f"{_COUNTRIES[shop.currency]}-1", "rate_id": 1,
                       "label": "Tax", "compound": False, "tax_total": "0.00", "shipping_tax_total": "0.00",
                       "rate_percent": shop.tax_percent}],
        "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "refunds": [],
    }  # fmt: skip
    if not plain:
        _price(market, shop, doc)
    recount(doc)
    return Order(shop.shop_id, doc, created, created)


def receiver(rng: Random, country: str) -> Doc:
    """A billing address; a tenth of the buyers of every shop live in China."""
    if rng.random() < 0.1:
        who = person(rng)
        place = {"address_1": f"{who.town}{who.detail}", "city": who.place.city or who.place.district,
                 "state": who.place.province, "postcode": who.place.zip, "country": "CN"}  # fmt: skip
        return _card(who.name[1:], who.name[:1], place, who.mobile, f"buyer{rng.randrange(10**6)}@example.test")
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    city, state, postcode = rng.choice(_PLACES[country])
    place = {"address_1": f"{rng.randrange(1, 999)} {rng.choice(_STREETS)}", "city": city, "state": state,
             "postcode": postcode, "country": country}  # fmt: skip
    return _card(first, last, place, f"555-{rng.randrange(10**7):07d}", f"{first}.{last}@example.test".lower())


def _card(first: str, last: str, place: Doc, phone: str, email: str) -> Doc:
    return {
        "first_name": first, "last_name": last, "company": "", "address_1": place["address_1"], "address_2": "",
        "city": place["city"], "state": place["state"], "postcode": place["postcode"], "country": place["country"],
        "email": email, "phone": phone,
    }  # fmt: skip


def _net(shop: Shop, price: int) -> int:
    """A price on the shelf without its tax."""
    return (price * 100 * 2 + 100 + shop.tax_percent) // (2 * (100 + shop.tax_percent)) if shop.taxed else price


def _line(market: Market, shop: Shop, good: Good) -> Doc:
    units = market.setup.rng.choice(_UNITS)
    meta = [{"id": market.serial(shop), "key": name, "value": value} for name, value in good.options]
    line = {
        "id": market.serial(shop), "name": " - ".join((good.title, *(value for _, value in good.options))),
        "product_id": good.product_id, "variation_id": good.variation_id, "quantity": units, "tax_class": "",
        "subtotal": money(_net(shop, good.price_cents * units)), "subtotal_tax": "", "total": "", "total_tax": "",
        "taxes": [], "meta_data": meta, "sku": good.sku, "price": "",
    }  # fmt: skip
    reprice(market, shop, line, 0)
    return line


def reprice(market: Market, shop: Shop, line: Doc, off: int) -> None:
    """The line after `off` cents without tax were taken from its subtotal; taxes follow."""
    gross = cents(line["subtotal"])
    net = gross - off
    each = money((net * 2 + line["quantity"]) // (2 * line["quantity"]))
    line |= {"total": money(net), "subtotal_tax": money(taxed(shop, gross)), "total_tax": money(taxed(shop, net))}
    line["taxes"] = [{"id": 1, "total": line["total_tax"], "subtotal": line["subtotal_tax"]}]
    line["price"] = each if market.setup.switches["line_price"] == "text" else float(each)


def coupon(market: Market, shop: Shop, doc: Doc, code: str, off: int) -> None:
    """A coupon on the whole cart, shared by amount; the last line takes the rest."""
    lines = doc["line_items"]
    goods, left = sum(cents(line["total"]) for line in lines), off
    for place, line in enumerate(lines, 1):
        part = left if place == len(lines) else off * cents(line["total"]) // (goods or 1)
        left -= part
        reprice(market, shop, line, cents(line["subtotal"]) - cents(line["total"]) + part)
    row = {"id": market.serial(shop), "code": code, "discount": money(off), "discount_tax": "0.00", "meta_data": []}
    doc["coupon_lines"].append(row)


def freight(market: Market, shop: Shop, doc: Doc, amount: int, title: str = "Flat rate") -> None:
    """A shipping line."""
    tax = money(taxed(shop, amount))
    doc["shipping_lines"].append({
        "id": market.serial(shop), "method_title": title, "method_id": title.lower().replace(" ", "_"),
        "total": money(amount), "total_tax": tax, "taxes": [{"id": 1, "total": tax, "subtotal": ""}], "meta_data": [],
    })  # fmt: skip


def fee(market: Market, shop: Shop, doc: Doc, name: str, amount: int) -> None:
    """A fee line; a negative one is a rebate."""
    tax = money(taxed(shop, amount)) if amount > 0 else "0.00"
    doc["fee_lines"].append({"id": market.serial(shop), "name": name, "tax_class": "", "tax_status": "taxable",
                             "total": money(amount), "total_tax": tax, "taxes": [], "meta_data": []})  # fmt: skip


def _price(market: Market, shop: Shop, doc: Doc) -> None:
    """Choose coupons, freight and fees."""
    rng = market.setup.rng
    goods = sum(cents(line["subtotal"]) for line in doc["line_items"])
    if rng.random() < 0.3:
        coupon(market, shop, doc, "WELCOME", goods * rng.choice((5, 10, 15)) // 100)
    if rng.random() < 0.1:
        coupon(market, shop, doc, "LOYAL", min(300, goods // 3))
    freight(market, shop, doc, rng.choice((0, 490, 790)), rng.choice(("Flat rate", "Free shipping")))
    if rng.random() < 0.08:
        fee(market, shop, doc, "Gift wrap", 250)
