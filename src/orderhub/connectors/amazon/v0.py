"""Orders v0 documents row by row: an order with its items merged in. Imports `kit`, `models`.

Source: docs/platforms/amazon.md#order-v0, #item-v0. `OrderItems` is where getOrderItems' rows are merged into an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.amazon.meaning import Facts, people, statuses
from orderhub.connectors.amazon.money import Price, line_money, order_money, payment, price
from orderhub.connectors.amazon.spec import (
    CHANNEL,
    EASY_SHIP,
    EXCEPTIONS,
    FLAGS,
    ORDER_TYPES,
    PAYMENT_METHODS,
    SERVICE_LEVELS,
    SOURCE,
    STATUS,
)
from orderhub.kit.convert import boolean, ident, iso_time, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table, each, read
from orderhub.models.order import LineItem, Order
from orderhub.models.status import FulfilledBy

__all__ = ["LINE", "ORDER"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_PARTS: Mapping[str, tuple[str, ...]] = {
    "goods": ("_item_price",),
    "goods_off": ("_promotion_discount",),
    "shipping": ("_shipping_price",),
    "shipping_off": ("_shipping_discount",),
    "fees": ("_gift_wrap_price", "_cod_fee"),
    "fees_off": ("_cod_fee_discount",),
    "tax": ("_item_tax", "_shipping_tax", "_gift_wrap_tax"),
    "tax_off": ("_shipping_discount_tax", "_promotion_discount_tax"),
}
"""Part of a line -> its amounts; the sign of reductions is UNVERIFIED, so their size counts."""


def _line(document: Document, found: Found) -> Found:
    prices = [value for name in (n for names in _PARTS.values() for n in names) if (value := found.get(name))]
    parts = {part: _amount(found, names, part) for part, names in _PARTS.items()}
    asked = document.get("BuyerRequestedCancel")
    wanted = read(asked, "IsBuyerRequestedCancel", boolean) if isinstance(asked, Mapping) else None
    line = {**found, "_parts": parts}
    return {"_parts": parts, "_prices": prices, "_cancel_requested": bool(wanted), **line_money(line)}


def _amount(found: Found, names: tuple[str, ...], part: str) -> Any:
    told = [found[name].amount for name in names if name in found and found[name].amount is not None]
    return sum(map(abs, told) if part.endswith("_off") else told) if told else None


_AMOUNTS = (
    ("_item_price", "ItemPrice"), ("_shipping_price", "ShippingPrice"), ("_item_tax", "ItemTax"),
    ("_shipping_tax", "ShippingTax"), ("_shipping_discount", "ShippingDiscount"),
    ("_shipping_discount_tax", "ShippingDiscountTax"), ("_promotion_discount", "PromotionDiscount"),
    ("_promotion_discount_tax", "PromotionDiscountTax"), ("_cod_fee", "CODFee"),
    ("_cod_fee_discount", "CODFeeDiscount"), ("_gift_wrap_price", "BuyerInfo.GiftWrapPrice"),
    ("_gift_wrap_tax", "BuyerInfo.GiftWrapTax"),
)  # fmt: skip

LINE = Table(
    LineItem,
    f"{SOURCE}#item-v0",
    (
        Absent("platform_sku_id", "the merchant's SKU is the platform's handle too"),
        Absent("raw_status", "items carry no status of their own"),
        Row("line_id", "OrderItemId", ident, required=True),
        Row("sku", "SellerSKU", text),
        Row("platform_item_id", "ASIN", text),
        Row("title", "Title", text),
        Row("quantity", "QuantityOrdered", quantity, required=True),
        Row("shipped_quantity", "QuantityShipped", quantity),
        *(Row(name, path, price) for name, path in _AMOUNTS),
        Computed(
            ("unit_price", "subtotal", "discount", "total", "status", "aftersale_status", "refunded",
             "refunded_quantity"),
            _line,
            ("BuyerRequestedCancel.IsBuyerRequestedCancel",),
        ),
    ),
)  # fmt: skip


def _facts(document: Document, found: Found) -> Facts:
    channel = read(document, "FulfillmentChannel", text)
    easy = read(document, "EasyShipShipmentStatus", text)
    return Facts(
        word=STATUS(found["raw_status"]),
        fulfilled_by=CHANNEL(channel) if channel else FulfilledBy.UNKNOWN,
        parcel=EASY_SHIP(easy) if easy else None,
        carried_by_amazon=bool(easy),
        handed_over_otherwise=bool(easy) or bool(read(document, "IsISPU", boolean)),
        strange=bool(found["_strange"]),
    )


def enumerations(document: Document) -> Iterable[tuple[str, str, bool]]:
    """(path, value, whether it is documented) of every closed vocabulary that is told."""
    listed: Mapping[str, Any] = {
        "OrderStatus": STATUS.words, "FulfillmentChannel": CHANNEL.words, "EasyShipShipmentStatus": EASY_SHIP.words,
        "PaymentMethod": PAYMENT_METHODS, "OrderType": ORDER_TYPES,
    }  # fmt: skip
    for path, words in listed.items():
        if (value := document.get(path)) not in (None, ""):
            yield path, str(value), str(value) in words


def _statuses(document: Document, found: Found) -> Found:
    strange = [(path, word) for path, word, listed in enumerations(document) if not listed]
    return {**statuses(found, _facts(document, {**found, "_strange": strange})), "_strange": strange}


def _money(document: Document, found: Found) -> Found:
    executions = [_execution(row) for row in rows_of(document.get("PaymentExecutionDetail"))]
    total: Price | None = found.get("_total")
    prices = [row for line in found.get("lines", ()) for row in line.pop("_prices")]
    prices += [total] if total is not None else []
    money = order_money(found, total=total, others={}, marketplace=read(document, "MarketplaceId", text), prices=prices)
    cod = read(document, "PaymentMethod", text) == "COD"
    return {**money, **payment({**found, **money}, executions, cod)}


def _execution(row: Any) -> tuple[str | None, Price]:
    if not isinstance(row, Mapping):
        raise ValueError("expected an object in PaymentExecutionDetail")
    return read(row, "PaymentMethod", text), read(row, "Payment", price) or Price(None, None)


def _discounts(document: Document, found: Found) -> Found:
    rows = []
    items = rows_of(document.get("OrderItems"))
    for line, item in zip(found.get("lines", ()), items, strict=True):
        if line.get("discount"):
            ids = [str(name) for name in rows_of(item.get("PromotionIds"))] if isinstance(item, Mapping) else []
            rows.append({"kind": "promotion", "name": ids[0] if len(ids) == 1 else None, "amount": line["discount"],
                         "line_id": line["line_id"]})  # fmt: skip
    return {"discounts": tuple(rows)}


def _people(document: Document, found: Found) -> Found:
    buyer, address = (_part(document, name) for name in ("BuyerInfo", "ShippingAddress"))
    extended = _part(address, "ExtendedFields")
    street = [read(address, f"AddressLine{number}", text) for number in (1, 2, 3)]
    if not any(street):
        street = [read(extended, name, text) for name in ("StreetName", "StreetNumber", "Complement")]
    return people(
        buyer={"nickname": read(buyer, "BuyerName", text), "email": read(buyer, "BuyerEmail", text)},
        name=read(address, "Name", text), phone=read(address, "Phone", text), street=street,
        address={
            "country": read(address, "CountryCode", text), "province": read(address, "StateOrRegion", text),
            "city": read(address, "City", text) or read(address, "Municipality", text),
            "district": read(address, "District", text) or read(address, "County", text),
            "town": read(extended, "Neighborhood", text), "postal_code": read(address, "PostalCode", text),
        },
        deliver_by=_time(document, "LatestDeliveryDate"), updated_at=found.get("updated_at"),
    )  # fmt: skip


def _part(document: Document, name: str) -> Document:
    value = document.get(name)
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"expected an object as {name}")
    return value


def _time(document: Document, name: str) -> datetime | None:
    return read(document, name, iso_time)  # type: ignore[no-any-return]


def _invoice(document: Document, found: Found) -> Found:
    wanted = read(document, "BuyerInvoicePreference", text)
    told = _part(document, "BuyerTaxInformation")
    if not wanted and not told:
        return {}
    return {"invoice": {"wanted": bool(wanted), "kind": wanted.lower() if wanted else None,
                        "title": read(told, "BuyerLegalCompanyName", text),
                        "tax_no": read(told, "BuyerTaxRegistrationId", text)}}  # fmt: skip


def _labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: programs, promised service, things to collect before shipping."""
    told = [label for name, label in FLAGS.items() if read(document, name, boolean)]
    told += [label for label in (ORDER_TYPES.get(str(document.get("OrderType"))),) if label]
    if easy := read(document, "EasyShipShipmentStatus", text):
        told += ["easy_ship", *([EXCEPTIONS[easy]] if easy in EXCEPTIONS else [])]
    if found["raw_status"] == "InvoiceUnconfirmed":
        told.append("invoice_unconfirmed")
    if (service := read(document, "ShipmentServiceLevelCategory", text)) is not None:
        told.append(f"service:{SERVICE_LEVELS.get(service, service)}")
    if (place := read(document, "MarketplaceId", text)) is not None:
        told.append(f"marketplace:{place}")
    for item in rows_of(document.get("OrderItems")):
        told += _item_labels(item) if isinstance(item, Mapping) else ()
    return {"labels": tuple(dict.fromkeys(told))}


_ITEM_FLAGS = {"IsTransparency": "needs_transparency_codes", "SerialNumberRequired": "needs_serial_numbers",
               "IsGift": "gift"}  # fmt: skip


def _item_labels(item: Document) -> list[str]:
    return [label for name, label in _ITEM_FLAGS.items() if read(item, name, boolean)]


def _delivered_how(document: Document, found: Found) -> Found:
    """Instructions for the address, as getOrderAddress tells them."""
    told = read(_part(document, "DeliveryPreferences"), "AddressInstructions", text)
    return {"buyer_note": told} if told else {}


ORDER = Table(
    Order,
    f"{SOURCE}#order-v0",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("shipments", "v0 shows no parcels"),
        Absent("paid_at", "not told"),
        Absent("completed_at", "not told"),
        Row("order_id", "AmazonOrderId", ident, required=True),
        Row("raw_status", "OrderStatus", text, required=True),
        Row("created_at", "PurchaseDate", iso_time),
        Row("updated_at", "LastUpdateDate", iso_time),
        Row("ship_by", "LatestShipDate", iso_time),
        Row("_total", "OrderTotal", price),
        Row("lines", "OrderItems", each(LINE, notes=True)),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by"),
            _statuses,
            ("FulfillmentChannel", "EasyShipShipmentStatus", "IsISPU"),
        ),
        Computed(
            ("currency", "items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "paid",
             "refunded", "residual", "payment_status", "is_cod"),
            _money,
            ("MarketplaceId", "PaymentMethod", "PaymentExecutionDetail"),
        ),
        Computed(("discounts",), _discounts, ()),
        Computed(
            ("buyer", "recipient"),
            _people,
            ("BuyerInfo.BuyerName", "BuyerInfo.BuyerEmail", "ShippingAddress.Name", "ShippingAddress.Phone",
             *(f"ShippingAddress.AddressLine{number}" for number in (1, 2, 3)), "ShippingAddress.CountryCode",
             "ShippingAddress.StateOrRegion", "ShippingAddress.City", "ShippingAddress.Municipality",
             "ShippingAddress.District", "ShippingAddress.County", "ShippingAddress.PostalCode",
             "ShippingAddress.ExtendedFields", "LatestDeliveryDate"),
        ),
        Computed(("buyer_note",), _delivered_how, ("DeliveryPreferences.AddressInstructions",)),
        Computed(("invoice",), _invoice, ("BuyerInvoicePreference", "BuyerTaxInformation")),
        Computed(("labels",), _labels, (*FLAGS, "OrderType", "ShipmentServiceLevelCategory")),
    ),
)  # fmt: skip
