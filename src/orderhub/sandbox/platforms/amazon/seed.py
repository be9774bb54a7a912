"""Invented sellers, listings and orders that obey the sheet's sum. Imports the catalogue, people and this folder.

Money is counted in the smallest unit of the marketplace's currency. Four receivers in five live in China, where the
sandbox's carriers go; the rest live in the marketplace's own country.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import CATALOGUE, Good
from orderhub.sandbox.people import NOTES, PLACES, person
from orderhub.sandbox.platforms.amazon.moves import arrive, cancel, confirm, recount
from orderhub.sandbox.platforms.amazon.spec import MARKETPLACES, SHOPS, Marketplace
from orderhub.sandbox.platforms.amazon.state import Fba, Listing, Market, Order, Seller
from orderhub.sandbox.platforms.amazon.wire import Doc, iso, money

__all__ = [
    "FBA_SKUS",
    "abroad",
    "at_home",
    "make_item",
    "make_order",
    "price_of",
    "seed_listings",
    "seed_orders",
    "sellers",
]

FBA_SKUS = ("SKU-0003", "SKU-0012", "SKU-0019", "SKU-0031")
"""Goods that are also kept by Amazon, under their code with -FBA."""

# share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("Unshipped", 0.74, 0.2, 70),
    ("PartiallyShipped", 0.03, 24, 90),
    ("Shipped", 0.15, 26, 500),
    ("Pending", 0.05, 0.1, 20),
    ("PendingAvailability", 0.01, 5, 100),
    ("Canceled", 0.02, 30, 300),
)
_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)
_LEVELS = (("Std US D2D Dom", "Standard"),) * 7 + (("Expedited", "Expedited"), ("SecondDay", "SecondDay"))
_CARRIERS = (("Other", "SF Express"), ("UPS", "UPS"), ("DHL", "DHL"))

_TITLES = (
    "Lightweight windproof jacket", "Quick-dry T-shirt", "Fleece-lined casual trousers", "Two-person tent, waterproof",
    "Stainless steel vacuum flask", "Porcelain tableware set", "Natural latex pillow", "Washed cotton bedding set",
    "Noise-cancelling earbuds", "Fast-charging cable, 1.5 m", "Amino acid facial cleanser", "Organic rolled oats",
    "Drip-bag coffee, Yunnan arabica", "Children's jigsaw puzzle", "Freeze-dried cat food", "Desk lamp, eye care",
    "Thread-bound notebook", "Folding travel umbrella", "Canvas storage bag",
)  # fmt: skip
_HOME: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "US": (("Boulder", "CO", "80301-2214", "+1 303-555-"), ("Columbus", "OH", "43215", "+1 614-555-"),
           ("Seattle", "WA", "98101", "+1 206-555-")),
    "CA": (("Toronto", "ON", "M5V 2T6", "+1 416-555-"), ("Vancouver", "BC", "V6B 1A1", "+1 604-555-")),
    "DE": (("Berlin", "Berlin", "10115", "+49 30 5550"), ("München", "Bayern", "80331", "+49 89 5550")),
    "GB": (("London", "England", "SW1A 1AA", "+44 20 7946 0"), ("Leeds", "West Yorkshire", "LS1 4DY", "+44 113 496 0")),
    "JP": (("渋谷区", "東京都", "150-0002", "+81 3-5550-"), ("大阪市", "大阪府", "530-0001", "+81 6-5550-")),
}  # fmt: skip
_NAMES: dict[str, tuple[str, ...]] = {
    "US": ("Dana Whitfield", "Priya Raman", "Miles O'Hara"), "CA": ("Anaïs Tremblay", "Owen Fraser"),
    "DE": ("Jörg Weißmann", "Lena Köhler"), "GB": ("Sarah Thompson", "Gareth Evans"), "JP": ("佐藤 美咲", "高橋 健"),
}  # fmt: skip
_STREETS: dict[str, tuple[str, ...]] = {
    "US": ("Larkspur Ln", "Canal Rd", "Dock St"), "CA": ("Maple Ave", "King St W"),
    "DE": ("Lindenstraße", "Am Mühlbach"), "GB": ("Oak Avenue", "Station Road"), "JP": ("道玄坂", "本町"),
}  # fmt: skip
TAX_PER_MILLE = 85


def sellers(count: int) -> list[Seller]:
    """Shops of one region each."""
    return [
        Seller(
            f"amz-{n}", n, f"A{n:02d}SANDBOXSELLER", tuple(MARKETPLACES[code] for code in SHOPS[(n - 1) % len(SHOPS)])
        )
        for n in range(1, count + 1)
    ]


def price_of(good: Good, place: Marketplace) -> int:
    """Price of one unit in the smallest unit of the currency."""
    units = good.price_fen * place.share // (10_000 if place.digits == 0 else 100)
    return units // 10 * 10 + (0 if place.digits == 0 else 9)


def _title(good: Good) -> str:
    return ", ".join((_TITLES[int(good.item[-2:]) - 1], *(value for _, value in good.options)))


def _asin(good: Good, more: str = "") -> str:
    return f"B0SB{more or 'M'}{good.sku[-4:]}X"


def seed_listings(market: Market, seller: Seller, rng: Random) -> None:
    """Every SKU of the catalogue, seller-fulfilled, and a few kept by Amazon."""
    created = market.now() - timedelta(days=200)
    for good in CATALOGUE:
        row = {
            "fulfillment_channel_code": "DEFAULT",
            "quantity": rng.randrange(80, 400),
            "lead_time_to_ship_max_days": 2,
        }
        _list(market, seller, good, good.sku, _asin(good), row, created)
    region = {"NA": "AMAZON_NA", "EU": "AMAZON_EU", "FE": "AMAZON_JP"}[seller.marketplaces[0].region]
    for good in CATALOGUE:
        if good.sku in FBA_SKUS:
            sku, asin = f"{good.sku}-FBA", _asin(good, "F")
            _list(market, seller, good, sku, asin, {"fulfillment_channel_code": region}, created)
            for place in seller.marketplaces:
                market.fba[seller.shop_id, place.id, sku] = Fba(
                    seller.shop_id, sku, asin, place.id, _title(good), rng.randrange(40, 200), rng.randrange(0, 50),
                    rng.randrange(0, 6), rng.randrange(0, 3), rng.randrange(0, 2), market.now() - timedelta(days=1),
                )  # fmt: skip


def _list(
    market: Market, seller: Seller, good: Good, sku: str, asin: str, availability: Doc, created: datetime
) -> None:
    updated = created + timedelta(hours=int(good.sku[-4:]))
    price: dict[str, Doc] = {}
    for place in seller.marketplaces:
        told = money(price_of(good, place), place.currency, place.digits)
        price[place.id] = {"currencyCode": told["CurrencyCode"], "amount": told["Amount"]}
    names = [{"value": _title(good), "marketplace_id": place.id} for place in seller.marketplaces]
    attributes = {"item_name": names, "fulfillment_availability": [availability]}
    market.listings[seller.shop_id, sku] = Listing(
        seller.shop_id, sku, asin, "PRODUCT", _title(good), created, updated, attributes, price
    )


def seed_orders(market: Market, seller: Seller, rng: Random, count: int) -> None:
    """`count` orders of the last weeks, most of them waiting to be shipped."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        status, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        order = make_order(market, seller, rng, created, several=status == "PartiallyShipped")
        market.add(order)
        _age(market, order, status, created, rng)


def _age(market: Market, order: Order, status: str, created: datetime, rng: Random) -> None:
    """Bring a fresh order to `status`, with the times that belong to it."""
    paid = iso(min(created + timedelta(seconds=rng.randrange(60, 1800)), market.now()))
    order.doc["LastUpdateDate"] = paid
    if status in ("Pending", "PendingAvailability"):
        order.doc |= {"OrderStatus": status, "LastUpdateDate": order.doc["PurchaseDate"]}
        order.doc |= {"OrderType": "Preorder"} if status == "PendingAvailability" else {}
    elif status == "Canceled":
        cancel(market, order, rng.choice(("BUYER", "MERCHANT", "AMAZON")), "BuyerCanceled",
               at=iso(created + timedelta(hours=2 + 20 * rng.random())))  # fmt: skip
    elif status != "Unshipped":
        _ship(market, order, status, created, rng)
    market.add(order)


def _ship(market: Market, order: Order, status: str, created: datetime, rng: Random) -> None:
    items = order.items if status == "Shipped" else order.items[:1]
    groups = [items[:1], items[1:]] if len(items) > 1 and rng.random() < 0.2 else [items]
    hours = 3 + 18 * rng.random()
    code, name = rng.choice(_CARRIERS)
    for number, group in enumerate(groups, 1):
        at = iso(min(created + timedelta(hours=hours + number), market.now()))
        digits = f"{rng.randrange(10**12):012d}"
        package = {
            "packageReferenceId": str(number), "carrierCode": code, "carrierName": name, "shippingMethod": "Standard",
            "trackingNumber": ("SF1" if code == "Other" else "1Z") + digits,
            "shipDate": at,
            "orderItems": [{"orderItemId": one["OrderItemId"], "quantity": one["QuantityOrdered"]} for one in group],
        }  # fmt: skip
        confirm(market, order, package, at)
    if status == "Shipped" and market.now() - created > timedelta(days=5):
        arrive(market, order, iso(created + timedelta(hours=hours + 60 + 30 * rng.random())))


def make_order(
    market: Market, seller: Seller, rng: Random, created: datetime, *, lines: int = 0, several: bool = False,
    place: Marketplace | None = None, fba: bool = False, plain: bool = False,
) -> Order:  # fmt: skip
    """One paid order, not yet in the market: 1 to 4 items (or `lines`); `plain` without discounts, wrap or postage."""
    place, serial = place or rng.choice(seller.marketplaces), market.serial()
    wanted = lines or max(rng.choice(_LINE_COUNTS), 2 if several else 1)
    goods = rng.sample([good for good in CATALOGUE if not fba or good.sku in FBA_SKUS], wanted)
    items = [make_item(market, rng, good, place, fba) for good in goods]
    at, level = iso(created), rng.choice(_LEVELS)
    order_id = f"{place.prefix}-{serial * 7919 % 10_000_000:07d}-{rng.randrange(10**7):07d}"
    doc: Doc = {
        "AmazonOrderId": order_id, "SellerOrderId": order_id, "PurchaseDate": at, "LastUpdateDate": at,
        "OrderStatus": "Unshipped", "FulfillmentChannel": "AFN" if fba else "MFN", "SalesChannel": place.name,
        "ShipServiceLevel": level[0], "OrderTotal": {}, "NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 0,
        "PaymentMethod": "Other", "PaymentMethodDetails": ["Standard"], "MarketplaceId": place.id,
        "ShipmentServiceLevelCategory": level[1], "OrderType": "StandardOrder", **({} if fba else _windows(created)),
        "IsBusinessOrder": False, "IsPrime": False, "IsPremiumOrder": False, "IsGlobalExpressEnabled": False,
        "IsReplacementOrder": False, "IsSoldByAB": False, "IsIBA": False, "IsISPU": False, "IsAccessPointOrder": False,
        "HasRegulatedItems": False, "AutomatedShippingSettings": {"HasAutomatedShippingSettings": False},
        "DefaultShipFromLocationAddress": _WAREHOUSE,
        "ShippingAddress": at_home(rng) if rng.random() < 0.8 else abroad(rng, place),
        "BuyerInfo": {"BuyerEmail": f"{rng.getrandbits(60):015x}@marketplace.{place.name.lower()}"},
    }  # fmt: skip
    doc["BuyerInfo"]["BuyerName"] = doc["ShippingAddress"]["Name"]
    order = Order(seller.shop_id, doc, items)
    if rng.random() < 0.12:
        order.delivery = {"AddressInstructions": rng.choice(NOTES)}
    if not plain:
        _offers(items, place, rng)
    _taxes(doc, items, place)
    recount(market, order)
    return order


_WAREHOUSE = {
    "Name": "Orderhub Demo Warehouse", "AddressLine1": "410 Dock St", "City": "Reno", "StateOrRegion": "NV",
    "PostalCode": "89502", "CountryCode": "US", "Phone": "+1 775-555-0100", "AddressType": "Commercial",
}  # fmt: skip


def _windows(created: datetime) -> Doc:
    """Ship within two days, arrive within a week; days end at seven, UTC."""
    day = created.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {
        "EarliestShipDate": iso(day), "LatestShipDate": iso(day + timedelta(days=2, seconds=-1)),
        "EarliestDeliveryDate": iso(day + timedelta(days=4)),
        "LatestDeliveryDate": iso(day + timedelta(days=8, seconds=-1)),
    }  # fmt: skip


def at_home(rng: Random) -> Doc:
    """A receiver in China; the place without a city of its own is named by its district."""
    who = person(rng, rng.choice(PLACES))
    return {
        "Name": who.name, "AddressLine1": who.detail, "AddressLine2": who.town,
        "City": who.place.city or who.place.district,
        "District": who.place.district, "StateOrRegion": who.place.province, "PostalCode": who.place.zip,
        "CountryCode": "CN", "Phone": f"+86 {who.mobile}", "AddressType": "Residential",
    }  # fmt: skip


def abroad(rng: Random, place: Marketplace) -> Doc:
    """A receiver in the country of the marketplace."""
    city, state, code, phone = rng.choice(_HOME[place.code])
    return {
        "Name": rng.choice(_NAMES[place.code]),
        "AddressLine1": f"{rng.randrange(1, 400)} {rng.choice(_STREETS[place.code])}",
        "City": city, "StateOrRegion": state, "PostalCode": code, "CountryCode": place.code,
        "Phone": f"{phone}{rng.randrange(100, 1000):04d}", "AddressType": "Residential",
    }  # fmt: skip


def make_item(market: Market, rng: Random, good: Good, place: Marketplace, fba: bool = False) -> Doc:
    """One line of one SKU, its price the whole line's."""
    quantity = rng.choice(_UNITS)
    return {
        "ASIN": _asin(good, "F" if fba else ""), "SellerSKU": good.sku + ("-FBA" if fba else ""),
        "OrderItemId": f"{40_000_000_000_000 + market.serial() * 104_729:014d}", "Title": _title(good),
        "QuantityOrdered": quantity, "QuantityShipped": 0, "ProductInfo": {"NumberOfItems": "1"},
        "ItemPrice": money(price_of(good, place) * quantity, place.currency, place.digits),
        "IsGift": "false", "ConditionId": "New", "ConditionSubtypeId": "New", "SerialNumberRequired": False,
        "IsTransparency": False, "BuyerRequestedCancel": {"IsBuyerRequestedCancel": "false", "BuyerCancelReason": ""},
    }  # fmt: skip


def _units(item: Doc, name: str) -> int:
    return int(item[name]["Amount"].replace(".", "")) if name in item else 0


def _offers(items: Sequence[Doc], place: Marketplace, rng: Random) -> None:
    """Discounts on items, one over the order, postage and postage given back, gift wrap."""

    def put(item: Doc, name: str, units: int) -> None:
        item[name] = money(units, place.currency, place.digits)

    gross = [_units(item, "ItemPrice") for item in items]
    off = [0] * len(items)
    for at, item in enumerate(items):
        if rng.random() < 0.3:
            off[at] += gross[at] * rng.choice((5, 8, 10, 12)) // 100
            item["PromotionIds"] = ["PLM-PERCENT-OFF"]
    if len(items) > 1 and rng.random() < 0.4:
        whole = sum(gross) * 5 // 100
        parts = [whole * one // sum(gross) for one in gross[:-1]]
        for at, part in enumerate((*parts, whole - sum(parts))):
            off[at] += part
            items[at]["PromotionIds"] = [*items[at].get("PromotionIds", []), "ORDER-5-PERCENT"]
    for item, taken in zip(items, off, strict=True):
        if taken:
            put(item, "PromotionDiscount", taken)
    if rng.random() < 0.5:
        postage = 500 if place.digits == 0 else rng.choice((399, 499, 699))
        put(items[0], "ShippingPrice", postage)
        if rng.random() < 0.4:
            put(items[0], "ShippingDiscount", postage)
            items[0]["PromotionIds"] = [*items[0].get("PromotionIds", []), f"{place.code} Core Free Shipping"]
    if rng.random() < 0.05:
        wrap = {
            "GiftMessageText": rng.choice(("Happy birthday!", "生日快乐", "Alles Gute!")),
            "GiftWrapLevel": "Standard",
        }
        items[-1] |= {"IsGift": "true", "BuyerInfo": wrap}
        put(wrap, "GiftWrapPrice", 300 if place.digits == 0 else 399)


def _taxes(doc: Doc, items: Sequence[Doc], place: Marketplace) -> None:
    """Tax on top, which Amazon keeps and remits, on sales within the United States; prices elsewhere include it."""
    domestic = place.code == "US" and doc["ShippingAddress"]["CountryCode"] == "US"
    for item in items:
        if domestic:
            item["TaxCollection"] = {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."}
        for name, base, less in (("ItemTax", "ItemPrice", "PromotionDiscount"),
                                 ("ShippingTax", "ShippingPrice", "ShippingDiscount")):  # fmt: skip
            if base in item:
                units = (_units(item, base) - _units(item, less)) * TAX_PER_MILLE // 1000 if domestic else 0
                item[name] = money(units, place.currency, place.digits)
