"""Orders 2026-01-01 documents row by row. Imports `kit`, `models`.

Source: docs/platforms/amazon.md#order-2026, #item-2026, #package. Parts that were not asked for (`includedData`) are
absent, the status among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from orderhub.connectors.amazon.meaning import Facts, people, statuses
from orderhub.connectors.amazon.money import PARTS, Price, line_money, order_money, payment, price
from orderhub.connectors.amazon.spec import (
    CHANNEL_2026,
    DETAILED_STATUS,
    EXCEPTIONS,
    PACKAGE_STATUS,
    PROCEEDS,
    PROGRAMS,
    SERVICE_LEVELS,
    SOURCE,
    STATUS_2026,
)
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, iso_time, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table, each, read
from orderhub.models.order import LineItem, Order
from orderhub.models.status import FulfilledBy, FulfilmentStatus, OrderStatus

__all__ = ["LINE", "ORDER"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_PART_OF = {"ITEM": "goods", "SHIPPING": "shipping", "GIFT_WRAP": "fees", "COD_FEE": "fees", "OTHER": "fees",
            "DELIVERY_TIP": "fees", "TAX": "tax"}  # fmt: skip
_OFF_OF = {"ITEM": "goods_off", "SHIPPING": "shipping_off", "GIFT_WRAP": "fees_off", "COD_FEE": "fees_off",
           "OTHER": "fees_off"}  # fmt: skip


class Breakdown(NamedTuple):
    """One category of proceeds with its finer rows."""

    type: str
    subtotal: Price
    details: tuple[tuple[str, Price], ...] = ()


def breakdowns(value: Any) -> tuple[Breakdown, ...]:
    """The categories of an order's or an item's proceeds."""
    return tuple([
        Breakdown(
            text(row["type"]),
            price(row["subtotal"]),
            tuple([(text(part["subtype"]), price(part["value"])) for part in rows_of(row.get("detailedBreakdowns"))]),
        )
        for row in rows_of(value)
    ])  # fmt: skip


def _parts(rows: Iterable[Breakdown]) -> dict[str, Decimal | None]:
    """Part -> amount. A discount's sign is UNVERIFIED, so its size counts; unsplit it is on goods."""
    found: dict[str, Decimal] = {}

    def add(part: str, amount: Decimal | None) -> None:
        if amount is not None:
            found[part] = found.get(part, Decimal(0)) + amount

    for row in rows:
        if row.type == "DISCOUNT" and row.subtotal.amount is not None:
            details = [(_OFF_OF.get(name, "goods_off"), abs(part.amount or Decimal(0))) for name, part in row.details]
            for part, amount in details:
                add(part, amount)
            add("goods_off", abs(row.subtotal.amount) - sum((amount for _, amount in details), Decimal(0)))
        elif row.type in _PART_OF:
            add(_PART_OF[row.type], row.subtotal.amount)
    return {part: found.get(part) for part in PARTS}


def _prices(rows: Iterable[Breakdown]) -> list[Price]:
    return [amount for row in rows for amount in (row.subtotal, *(part for _, part in row.details))]


def _line(document: Document, found: Found) -> Found:
    rows = found.get("_breakdowns", ())
    stated, unit = found.get("_stated_price"), found.get("_unit_price")
    parts = _parts(rows)
    cancellation = _part(document, "cancellation")
    line = {**found, "_parts": parts, "_unit": unit.amount if unit else None}
    return {
        "_parts": parts,
        "_stated": stated.amount if stated else None,
        "_prices": [*_prices(rows), *(row for row in (stated, unit) if row)],
        "_cancel_requested": bool(cancellation.get("cancellationRequest")),
        "_cancelled": bool(cancellation.get("cancellationExecution")),
        **line_money(line),
    }


def _part(document: Document, path: str) -> Document:
    """An object inside the document, empty when it is not there."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name)
        if type(value) is dict:
            continue
        if value is None or value == "":
            return {}
        if not isinstance(value, Mapping):
            raise ValueError(f"expected an object as {path}")
    return value  # type: ignore[no-any-return]


LINE = Table(
    LineItem,
    f"{SOURCE}#item-2026",
    (
        Absent("platform_sku_id", "the merchant's SKU is the platform's handle too"),
        Absent("raw_status", "items carry no status of their own"),
        Row("line_id", "orderItemId", ident, required=True),
        Row("sku", "product.sellerSku", text),
        Row("platform_item_id", "product.asin", text),
        Row("title", "product.title", text),
        Row("quantity", "quantityOrdered", quantity, required=True),
        Row("shipped_quantity", "fulfillment.quantityFulfilled", quantity),
        Row("_unit_price", "product.price.unitPrice", price),
        Row("_stated_price", "proceeds.proceedsTotal", price),
        Row("_breakdowns", "proceeds.breakdowns", breakdowns),
        Computed(
            ("unit_price", "subtotal", "discount", "total", "status", "aftersale_status", "refunded",
             "refunded_quantity"),
            _line,
            ("cancellation.cancellationRequest.requester", "cancellation.cancellationExecution.cancelledBy"),
        ),
    ),
)  # fmt: skip


def enumerations(document: Document) -> Iterable[tuple[str, str, bool]]:
    """(path, value, whether it is documented) of every closed vocabulary that is told."""
    state = _part(document, "fulfillment")
    told: list[tuple[str, Any, Any]] = [
        ("fulfillment.fulfillmentStatus", state.get("fulfillmentStatus"), STATUS_2026.words),
        ("fulfillment.fulfilledBy", state.get("fulfilledBy"), CHANNEL_2026.words),
    ]
    for number, row in enumerate(rows_of(document.get("packages"))):
        status = _part(row, "packageStatus")
        told.append((f"packages[{number}].packageStatus.status", status.get("status"), PACKAGE_STATUS.words))
        told.append(
            (f"packages[{number}].packageStatus.detailedStatus", status.get("detailedStatus"), DETAILED_STATUS.words)
        )
    places = [
        ("", document),
        *((f"orderItems[{n}].", row) for n, row in enumerate(rows_of(document.get("orderItems")))),
    ]
    for prefix, place in places:
        for number, row in enumerate(rows_of(_part(place, "proceeds").get("breakdowns"))):
            told.append((f"{prefix}proceeds.breakdowns[{number}].type", row.get("type"), PROCEEDS))
    return [(path, str(value), str(value) in words) for path, value, words in told if value not in (None, "")]


def _facts(document: Document, found: Found) -> Facts:
    channel = read(_part(document, "fulfillment"), "fulfilledBy", text)
    programs = {str(name) for name in rows_of(document.get("programs"))}
    return Facts(
        word=STATUS_2026(found["raw_status"]) if found.get("raw_status") else OrderStatus.UNKNOWN,
        fulfilled_by=CHANNEL_2026(channel) if channel else FulfilledBy.UNKNOWN,
        parcel=_parcel(document),
        carried_by_amazon="AMAZON_EASY_SHIP" in programs,
        handed_over_otherwise=bool(programs & {"AMAZON_EASY_SHIP", "IN_STORE_PICK_UP"}),
        strange=bool(found["_strange"]),
    )


def _statuses(document: Document, found: Found) -> Found:
    strange = [(path, word) for path, word, listed in enumerations(document) if not listed]
    told = {"raw_status": "", **found, "_strange": strange}
    return {**statuses(told, _facts(document, told)), "_strange": strange}


def _parcel(document: Document) -> FulfilmentStatus | None:
    """Where all parcels are, None where they differ or are not told; voided ones do not count."""
    words = set()
    for row in rows_of(document.get("packages")):
        told = _part(row, "packageStatus")
        status, detail = read(told, "status", text), read(told, "detailedStatus", text)
        word = DETAILED_STATUS(detail) if detail in DETAILED_STATUS.words else PACKAGE_STATUS(status or "")
        if PACKAGE_STATUS(status or "") is not FulfilmentStatus.CANCELLED:
            words.add(word)
    return words.pop() if len(words) == 1 else None


def _money(document: Document, found: Found) -> Found:
    lines = found.get("lines", ())
    rows: tuple[Breakdown, ...] = found.get("_breakdowns", ())
    whole, tips = _parts(rows), _parts(row for row in rows if row.type == "DELIVERY_TIP")
    told_by_lines = {part for line in lines for part in PARTS if line["_parts"].get(part) is not None}
    others = {part: tips.get(part) if told_by_lines else amount for part, amount in whole.items()}
    others |= {part: whole[part] for part in PARTS if part not in told_by_lines}
    executions = [
        (read(row, "paymentMethod", text), read(row, "paymentAmount", price) or Price(None, None))
        for row in rows_of(_part(document, "payment").get("paymentExecutions"))
    ]
    total: Price | None = found.get("_total")
    prices = [amount for line in lines for amount in line.pop("_prices")]
    prices += [row for row in (total, *_prices(rows)) if row is not None]
    store = read(_part(document, "salesChannel"), "marketplaceId", text)
    money = order_money(found, total=total, others=others, marketplace=store, prices=prices)
    return {**money, **payment({**found, **money}, executions, cod=False)}


def _discounts(document: Document, found: Found) -> Found:
    rows = []
    items = rows_of(document.get("orderItems"))
    for line, item in zip(found.get("lines", ()), items, strict=True):
        if line.get("discount"):
            named = rows_of(_part(item, "promotion").get("breakdowns"))
            ids = [read(row, "promotionId", text) for row in named]
            rows.append({"kind": "promotion", "name": ids[0] if len(ids) == 1 else None, "amount": line["discount"],
                         "line_id": line["line_id"]})  # fmt: skip
    return {"discounts": tuple(rows)}


def _shipments(document: Document, found: Found) -> Found:
    """One parcel a package; voided ones are left out."""
    parcels = []
    for row in rows_of(document.get("packages")):
        if read(_part(row, "packageStatus"), "status", text) == "CANCELLED":
            continue
        name = read(row, "carrier", text)
        parcels.append({
            "carrier": carrier_of(name) if name else None, "carrier_name": name,
            "waybill_no": read(row, "trackingNumber", text), "shipped_at": _time(row, "shipTime"),
            "lines": tuple((ident(item["orderItemId"]), quantity(item["quantity"]))
                           for item in rows_of(row.get("packageItems"))),
        })  # fmt: skip
    sent = [parcel["shipped_at"] for parcel in parcels if parcel["shipped_at"]]
    return {"shipments": tuple(parcels), "shipped_at": min(sent) if sent else None}


def _time(document: Document, name: str) -> datetime | None:
    return read(document, name, iso_time)  # type: ignore[no-any-return]


def _people(document: Document, found: Found) -> Found:
    buyer, address = _part(document, "buyer"), _part(document, "recipient.deliveryAddress")
    extended = _part(address, "extendedFields")
    street = [read(address, f"addressLine{number}", text) for number in (1, 2, 3)]
    if not any(street):
        street = [read(extended, name, text) for name in ("streetName", "streetNumber", "complement")]
    told = people(
        buyer={"nickname": read(buyer, "buyerName", text), "email": read(buyer, "buyerEmail", text)},
        name=read(address, "name", text), phone=read(address, "phone", text), street=street,
        address={
            "country": read(address, "countryCode", text), "province": read(address, "stateOrRegion", text),
            "city": read(address, "city", text) or read(address, "municipality", text),
            "district": read(address, "districtOrCounty", text), "town": read(extended, "neighborhood", text),
            "postal_code": read(address, "postalCode", text),
        },
        deliver_by=_time(_part(document, "fulfillment.deliverByWindow"), "latestDateTime"),
        updated_at=found.get("updated_at"),
    )  # fmt: skip
    return told | {"buyer_note": read(_part(document, "recipient.deliveryPreference"), "addressInstruction", text)}


def _invoice(document: Document, found: Found) -> Found:
    wanted = read(_part(document, "tax.taxInvoicing"), "buyerInvoicePreference", text)
    rows = rows_of(_part(document, "tax").get("taxRegistrations"))
    buyer: Document = next((row for row in rows if read(row, "entityType", text) == "BUYER"), {})
    if not wanted and not buyer:
        return {}
    return {"invoice": {"wanted": bool(wanted), "kind": wanted.lower() if wanted else None,
                        "title": read(buyer, "legalName", text),
                        "tax_no": read(buyer, "taxRegistrationNumber", text)}}  # fmt: skip


def _labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: programs, promised service, things to collect before shipping."""
    told = [PROGRAMS.get(str(name), str(name)) for name in rows_of(document.get("programs"))]
    for row in rows_of(document.get("associatedOrders")):
        told += ["replacement"] if read(row, "associationType", text) == "REPLACEMENT_ORIGINAL_ID" else ()
    channel = _part(document, "salesChannel")
    told += ["non_amazon"] if read(channel, "channelName", text) == "NON_AMAZON" else ()
    if (service := read(_part(document, "fulfillment"), "fulfillmentServiceLevel", text)) is not None:
        told.append(f"service:{SERVICE_LEVELS.get(service, service)}")
    if (place := read(channel, "marketplaceId", text)) is not None:
        told.append(f"marketplace:{place}")
    for row in rows_of(document.get("packages")):
        status = _part(row, "packageStatus")
        words = [read(status, name, text) for name in ("status", "detailedStatus")]
        told += [EXCEPTIONS[word] for word in words if word in EXCEPTIONS]
    for item in rows_of(document.get("orderItems")):
        told += _item_labels(item)
    return {"labels": tuple(dict.fromkeys(told))}


def _item_labels(item: Document) -> list[str]:
    told = [PROGRAMS.get(str(name), str(name)) for name in rows_of(item.get("programs"))]
    told += ["needs_serial_numbers"] if _part(item, "fulfillment.packing.serialNumberRequirement") else []
    return told + (["gift"] if _part(item, "fulfillment.packing.giftOption") else [])


ORDER = Table(
    Order,
    f"{SOURCE}#order-2026",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("paid_at", "not told"),
        Absent("completed_at", "not told"),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "fulfillment.fulfillmentStatus", text),
        Row("created_at", "createdTime", iso_time),
        Row("updated_at", "lastUpdatedTime", iso_time),
        Row("ship_by", "fulfillment.shipByWindow.latestDateTime", iso_time),
        Row("_total", "proceeds.grandTotal", price),
        Row("_breakdowns", "proceeds.breakdowns", breakdowns),
        Row("lines", "orderItems", each(LINE, notes=True)),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by"),
            _statuses,
            ("fulfillment.fulfilledBy", "programs"),
        ),
        Computed(
            ("currency", "items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "paid",
             "refunded", "residual", "payment_status", "is_cod"),
            _money,
            ("salesChannel.marketplaceId", "payment.paymentExecutions"),
        ),
        Computed(("discounts",), _discounts, ()),
        Computed(("shipments", "shipped_at"), _shipments, ("packages",)),
        Computed(
            ("buyer", "recipient", "buyer_note"),
            _people,
            ("buyer.buyerName", "buyer.buyerEmail",
             *(f"recipient.deliveryAddress.{name}" for name in (
                 "name", "phone", "addressLine1", "addressLine2", "addressLine3", "countryCode", "stateOrRegion",
                 "city", "municipality", "districtOrCounty", "postalCode", "extendedFields")),
             "recipient.deliveryPreference.addressInstruction", "fulfillment.deliverByWindow.latestDateTime"),
        ),
        Computed(("invoice",), _invoice, ("tax.taxInvoicing.buyerInvoicePreference", "tax.taxRegistrations")),
        Computed(
            ("labels",), _labels,
            ("associatedOrders", "salesChannel.channelName", "fulfillment.fulfillmentServiceLevel"),
        ),
    ),
)  # fmt: skip
