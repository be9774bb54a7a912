"""Invented stores, goods and orders that obey every sum of the platform. Imports the catalogue and people.

Amounts are hundredths of the store's currency. A line's net is its gross less its discounts; subtotal is the sum of
nets; total is subtotal, freight and, where prices do not include it, tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import CATALOGUE, GOODS, items
from orderhub.sandbox.people import NOTES, Person, person
from orderhub.sandbox.platforms.shopify.moves import (
    cancel,
    close,
    deliver,
    fulfil,
    move_return,
    open_return,
    pay,
    place,
    refund,
    request_parts,
)
from orderhub.sandbox.platforms.shopify.state import Doc, Market, Order, Shop
from orderhub.sandbox.platforms.shopify.sums import settle
from orderhub.sandbox.platforms.shopify.wire import amount, gid, iso

__all__ = ["address_of", "application", "live", "make_order", "price", "seed_goods", "seed_orders", "shops", "stock_up"]

_STORES = (
    ("Juniper Outdoor", "USD", (14, 100), False, 825),
    ("Nordlicht Wohnen", "EUR", (13, 100), True, 1900),
    ("Harbour Goods", "SGD", (19, 100), True, 900),
    ("小满生活馆", "CNY", (100, 100), True, 1300),
)

# story, share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("paid", 0.70, 0.2, 70),
    ("shipped", 0.10, 26, 240),
    ("part_shipped", 0.03, 20, 120),
    ("delivered", 0.05, 120, 600),
    ("completed", 0.03, 120, 600),
    ("unpaid", 0.03, 0.1, 20),
    ("cancelled", 0.02, 30, 300),
    ("voided", 0.02, 30, 300),
    ("returned", 0.02, 160, 600),
)
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)


def shops(count: int) -> list[Shop]:
    """Stores of different currencies, two locations each; further ones repeat with a number."""
    found = []
    for n in range(1, count + 1):
        name, currency, rate, included, tax = _STORES[(n - 1) % len(_STORES)]
        shop = Shop(f"sy-{n}", n, name, f"sandbox-sy-{n}.myshopify.com", currency, rate, included, tax)
        for place_no, title in enumerate(("Main warehouse", "City shop"), 1):
            serial = 70_000_000 + n * 10 + place_no
            shop.locations.append({
                "id": gid("Location", serial), "legacyResourceId": str(serial), "name": title, "isActive": True,
                "fulfillsOnlineOrders": True,
            })  # fmt: skip
        found.append(shop)
    return found


def price(shop: Shop, fen: int) -> int:
    """A catalogue price in hundredths of the store's currency."""
    return int(fen * shop.rate[0] // shop.rate[1])


def seed_goods(market: Market, shop: Shop) -> None:
    """Every product with its variants, nothing in stock yet."""
    for location in shop.locations:
        market.keep(shop.shop_id, location)
    at = iso(market.now() - timedelta(days=90))
    for title_no, goods in enumerate(items().values(), 1):
        product = market.new(
            shop.shop_id, "Product", title=goods[0].title, handle=f"product-{title_no}", status="ACTIVE",
            vendor=shop.name, onlineStoreUrl=f"https://{shop.domain}/products/product-{title_no}", createdAt=at,
            updatedAt=at, variants=[],
        )  # fmt: skip
        product["legacyResourceId"] = product["id"].rpartition("/")[2]
        market.products[shop.shop_id].append(product)
        for good in goods:
            product["variants"].append(_variant(market, shop, product, good.sku, at))


def _variant(market: Market, shop: Shop, product: Doc, sku: str, at: str) -> Doc:
    good = GOODS[sku]
    title = " / ".join(value for _, value in good.options) or "Default Title"
    options = good.options or (("Title", "Default Title"),)
    item = market.new(shop.shop_id, "InventoryItem", sku=sku, tracked=True, requiresShipping=True, inventoryLevels=[])
    variant = market.new(
        shop.shop_id, "ProductVariant", title=title, displayName=f"{product['title']} - {title}", sku=sku,
        barcode=None, price=amount(price(shop, good.price_fen)), inventoryItem=item, product=product,
        selectedOptions=[{"name": name, "value": value} for name, value in options],
        _unit=price(shop, good.price_fen),
    )  # fmt: skip
    for doc in (item, variant):
        doc["legacyResourceId"] = doc["id"].rpartition("/")[2]
    item["variant"] = variant
    for location in shop.locations:
        item["inventoryLevels"].append(market.new(
            shop.shop_id, "InventoryLevel", location=location, item=item, updatedAt=at, _available=0, _committed=0,
        ))  # fmt: skip
    market.variants[shop.shop_id][sku] = variant
    return variant


def stock_up(market: Market, shop: Shop, rng: Random) -> None:
    """What the locations can sell after the orders of the past: most of it in the first."""
    for variant in market.variants[shop.shop_id].values():
        for share, one in zip((1, 0), variant["inventoryItem"]["inventoryLevels"], strict=False):
            one["_available"] = rng.randrange(80, 400) if share else 0


def seed_orders(market: Market, shop: Shop, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        story, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, shop, rng, created, lines=rng.choice((2, 3)) if story == "part_shipped" else 0)
        live(market, order, story, created, rng)
        market.add(order)


def live(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    """Bring a fresh order to where its story ends, with the times that belong to it."""

    def at(hours: float) -> str:
        return iso(created + timedelta(hours=hours))

    if story == "unpaid":
        return
    if story == "voided":
        cancel(market, order, at(24), "DECLINED")
        return
    pay(market, order, at(rng.random() / 10))
    if story == "cancelled":
        cancel(market, order, at(1 + 20 * rng.random()))
    elif story != "paid":
        _travel(market, order, story, created, rng)


def _travel(market: Market, order: Order, story: str, created: datetime, rng: Random) -> None:
    def at(hours: float) -> str:
        return iso(created + timedelta(hours=hours))

    lines = order.lines[:1] if story == "part_shipped" else None
    tracking = [{"company": "SF Express", "number": f"SF1{rng.randrange(10**12):012d}", "url": None}]
    fulfil(market, order, request_parts(order, lines), at(3 + 16 * rng.random()), tracking)
    if story in ("delivered", "returned"):
        deliver(market, order, at(60 + 30 * rng.random()))
    if story in ("completed", "returned"):
        close(market, order, at(95))
    if story == "returned":
        rows = [(row, row["quantity"]) for row in order.doc["fulfillments"][0]["fulfillmentLineItems"][:1]]
        case = open_return(market, order, rows, at(100), "SIZE_TOO_SMALL")
        move_return(market, order, case, "approve", at(105))
        refund(market, order, [(rows[0][0]["lineItem"], rows[0][1], "RETURN")], at(150), case=case)
        case["returnLineItems"][0]["refundedQuantity"] = rows[0][1]
        move_return(market, order, case, "close", at(155))


def application(selection: str, title: str, code: str | None = None) -> Doc:
    """How a discount came about: on chosen lines (EXPLICIT) or on the whole order (ALL)."""
    return {
        "__typename": "DiscountCodeApplication" if code else "AutomaticDiscountApplication", "index": 0,
        "allocationMethod": "ACROSS" if selection == "ALL" else "EACH", "targetSelection": selection,
        "targetType": "LINE_ITEM", "code": code, "title": None if code else title,
    }  # fmt: skip


def make_order(
    market: Market, shop: Shop, rng: Random, created: datetime, *, lines: int = 0, plain: bool = False,
    who: Person | None = None, parts: Sequence[int] | None = None,
) -> Order:  # fmt: skip
    """One unpaid order, not yet in the market: 1 to 4 lines (or `lines`); `plain` without discounts and freight.

    Args:
        parts: The location (0 or 1) of each line; all at the first when left out.
    """
    at, buyer = iso(created), who or person(rng)
    goods = rng.sample(CATALOGUE, lines or rng.choice(_LINE_COUNTS))
    serial = market.serial()
    number = 6_000_000_000_000 + shop.number * 10_000_000 + serial
    doc = _document(market, shop, rng, number, at, buyer)
    doc["lineItems"] = [_line(market, shop, good.sku, rng.choice(_UNITS)) for good in goods]
    order = Order(shop.shop_id, doc)
    if not plain:
        _price(shop, doc, rng)
    where = list(parts or [0] * len(order.lines))
    for line in order.lines:
        line["_order"] = order.number
    place(market, order, [
        (location, [line for line, spot in zip(order.lines, where, strict=True) if spot == index])
        for index, location in enumerate(shop.locations)
    ])  # fmt: skip
    settle(shop, order)
    return order


def _document(market: Market, shop: Shop, rng: Random, number: int, at: str, buyer: Person) -> Doc:
    address = address_of(market, shop, buyer)
    email = f"buyer{rng.randrange(100_000):05d}@example.com"
    customer = market.new(
        shop.shop_id, "Customer", displayName=buyer.name, firstName=buyer.name[1:], lastName=buyer.name[:1],
        email=email, phone=f"+86{buyer.mobile}",
    )  # fmt: skip
    customer["legacyResourceId"] = customer["id"].rpartition("/")[2]
    order_no = 1000 + len(market.by_shop[shop.shop_id]) + 1
    return {
        "id": gid("Order", number), "legacyResourceId": str(number), "name": f"#{order_no}", "number": order_no,
        "createdAt": at, "processedAt": at, "updatedAt": at, "cancelledAt": None, "cancelReason": None,
        "closed": False, "closedAt": None, "confirmed": True, "test": False, "email": email,
        "phone": None, "note": rng.choice(NOTES) if rng.random() < 0.18 else None, "tags": [], "customAttributes": [],
        "currencyCode": shop.currency, "presentmentCurrencyCode": shop.currency, "edited": False,
        "paymentGatewayNames": ["shopify_payments"], "taxesIncluded": shop.taxes_included, "discountCodes": [],
        "shippingAddress": address, "billingAddress": address, "customer": customer,
        "shippingLine": {"id": gid("ShippingLine", number), "title": "Standard", "code": "standard"},
        "fulfillmentOrders": [], "fulfillments": [], "refunds": [], "returns": [], "transactions": [],
        "displayFinancialStatus": "PENDING", "displayFulfillmentStatus": "UNFULFILLED",
        "_paid": 0, "_refunded": 0, "_freight": 0, "_total": 0, "_gateway": "shopify_payments", "_rate": (1, 1),
        "_line_totals": market.setup.switches.get("order_discounts_in_line_totals", True),
    }  # fmt: skip


def address_of(market: Market, shop: Shop, who: Person) -> Doc:
    """A receiver in China, as a checkout form without districts has it."""
    where = who.place
    return market.new(
        shop.shop_id, "MailingAddress", name=who.name, firstName=who.name[1:], lastName=who.name[:1], company=None,
        address1=f"{where.district}{who.town}{who.detail}", address2=None, city=where.city or where.district,
        province=where.province, provinceCode=None, zip=where.zip, country="China", countryCodeV2="CN",
        phone=f"+86{who.mobile}",
    )  # fmt: skip


def _line(market: Market, shop: Shop, sku: str, units: int) -> Doc:
    variant = market.variants[shop.shop_id][sku]
    named = variant["title"] != "Default Title"
    title = variant["product"]["title"]
    return market.new(
        shop.shop_id, "LineItem", name=f"{title} - {variant['title']}" if named else title, title=title,
        variantTitle=variant["title"] if named else None, sku=sku, quantity=units, requiresShipping=True,
        isGiftCard=False, product=variant["product"], variant=variant, lineItemGroup=None, customAttributes=[],
        _unit=variant["_unit"], _off=[], _taxed=True,
    )  # fmt: skip


def _price(shop: Shop, doc: Doc, rng: Random) -> None:
    """Choose discounts of lines, one of the order, and freight."""
    lines = doc["lineItems"]
    for line in lines:
        gross = line["_unit"] * line["quantity"]
        if rng.random() < 0.3:
            line["_off"].append((application("EXPLICIT", "Season sale"), gross * rng.choice((5, 8, 10)) // 100))
    goods = sum(line["_unit"] * line["quantity"] for line in lines)
    if goods < price(shop, 20_000):
        doc["_freight"] = price(shop, rng.choice((0, 0, 3000, 4000, 5000)))
    if goods > price(shop, 15_000) and rng.random() < 0.4:
        _share(doc, application("ALL", "", "WELCOME"), goods // 20, goods)


def _share(doc: Doc, how: Doc, off: int, goods: int) -> None:
    """A discount of the whole order, shared by amount; the last line takes the rest."""
    left, lines = off, doc["lineItems"]
    for line in lines[:-1]:
        part = off * line["_unit"] * line["quantity"] // goods
        line["_off"].append((how, part))
        left -= part
    lines[-1]["_off"].append((how, left))
    doc["discountCodes"] = [how["code"]]
