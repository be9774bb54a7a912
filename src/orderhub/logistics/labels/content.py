"""What stands on labels, packing slips and pick lists, as data; and how it is made of orders. Pure. Imports `rules`.

Everything that is printed is here already, masked as it will be: who draws it decides nothing about people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from orderhub.kit.carriers import carrier_name, carrier_of
from orderhub.logistics.labels.rules import Party, PrintRules, party_of
from orderhub.models import LineItem, Order, Recipient
from orderhub.models.base import Amount, Instant, Model

__all__ = ["PackingSlip", "PickList", "PickRow", "SlipLine", "WaybillLabel", "label_of", "pick_list_of", "slip_of"]


class WaybillLabel(Model):
    """One parcel's label.

    Attributes:
        carrier: What stands at the top; `product` beside it.
        sort_code: The carrier's routing mark 大头笔, `hub` its sorting centre, where it gave any.
        region: Where it goes, in large letters when there is no sort code.
        receiver, sender: For the courier; `stub` for the part that stays with the papers.
        goods: (name, units).
        number, total: Which parcel of how many.
        cod: To be collected from the receiver, in `currency`.
        qr: Text of the QR code; the waybill number where the carrier gave none.
    """

    carrier: str
    product: str = ""
    waybill_no: str
    reference: str = ""
    order_no: str = ""
    sort_code: str = ""
    hub: str = ""
    region: str = ""
    receiver: Party = Party()
    sender: Party = Party()
    stub: Party = Party()
    goods: tuple[tuple[str, int], ...] = ()
    number: int = 1
    total: int = 1
    weight_g: int | None = None
    cod: Amount | None = None
    currency: str = "CNY"
    note: str = ""
    qr: str = Field(default="", repr=False)
    printed_at: Instant | None = None


class SlipLine(Model):
    """One line of a packing slip."""

    sku: str = ""
    title: str = ""
    variant: str = ""
    units: int
    price: Amount | None = None
    is_gift: bool = False


class PackingSlip(Model):
    """What lies in the box; `shop` is what the buyer knows the merchant by."""

    shop: str
    order_no: str
    ordered_at: Instant | None = None
    receiver: Party = Party()
    lines: tuple[SlipLine, ...] = ()
    number: int = 1
    total: int = 1
    note: str = Field(default="", repr=False)
    currency: str = "CNY"
    printed_at: Instant | None = None


class PickRow(Model):
    """What is taken from one place; `orders` is for how many."""

    location: str = ""
    sku: str
    title: str = ""
    variant: str = ""
    units: int
    orders: int = 1


class PickList(Model):
    """What is taken from one warehouse in one round; rows in the order in which somebody walks."""

    warehouse: str
    rows: tuple[PickRow, ...] = ()
    orders: int = 0
    printed_at: Instant | None = None


def label_of(
    order: Order, receiver: Recipient, sender: Recipient, rules: PrintRules, *, carrier: str, waybill_no: str,
    lines: Sequence[tuple[str, int]], product: str | None = None, reference: str = "", number: int = 1, total: int = 1,
    weight_g: int | None = None, marks: Mapping[str, str] | None = None,
) -> WaybillLabel:  # fmt: skip
    """The label of one parcel.

    Args:
        receiver: In the clear; see `rules.can_print`.
        carrier: Our code.
        lines: (line_id, units) in this parcel.
        marks: What the carrier gave for its sorting: `sort_code`, `hub`, `qr`.
    """
    code = carrier_of(carrier)
    titles = {line.line_id: _name(line) for line in order.lines}
    place = receiver.address
    return WaybillLabel(
        carrier=carrier_name(code) if code else carrier, product=_words(product), waybill_no=waybill_no,
        reference=reference, order_no=order.order_id, number=number, total=total, weight_g=weight_g,
        region=" ".join(filter(None, (place.province if place.province != place.city else None, place.city,
                                      place.district))),
        receiver=party_of(receiver, rules.label_name, rules.label_phone, "whole"),
        sender=party_of(sender, "whole", rules.sender_phone, "whole"),
        stub=party_of(receiver, rules.stub_name, rules.stub_phone, rules.stub_address),
        goods=tuple((titles.get(line_id, line_id), units) for line_id, units in lines),
        cod=order.total if order.is_cod else None, currency=order.currency, **dict(marks or {}),
    )  # fmt: skip


def _words(product: str | None) -> str:
    """A carrier's product as somebody reads it; a bare number says nothing to people."""
    return "" if not product or product.isdecimal() else product


def _name(line: LineItem) -> str:
    return " ".join(filter(None, (line.title or line.sku or line.line_id, line.variant)))


def slip_of(
    order: Order, lines: Sequence[tuple[str, int]], rules: PrintRules, *, shop: str, number: int = 1, total: int = 1
) -> PackingSlip:
    """The packing slip of one parcel; `lines` are (line_id, units) in it."""
    there = {line.line_id: line for line in order.lines}
    return PackingSlip(
        shop=shop, order_no=order.order_id, ordered_at=order.paid_at or order.created_at,
        receiver=party_of(order.recipient, rules.slip_name, rules.slip_phone, rules.slip_address),
        lines=tuple(_slip_line(there.get(line_id), line_id, units, rules) for line_id, units in lines),
        number=number, total=total, note=(order.buyer_note or "") if rules.slip_note else "", currency=order.currency,
    )  # fmt: skip


def _slip_line(line: LineItem | None, line_id: str, units: int, rules: PrintRules) -> SlipLine:
    if line is None:
        return SlipLine(sku=line_id, units=units, is_gift=True)
    return SlipLine(
        sku=line.sku or line.platform_sku_id or "", title=line.title or "", variant=line.variant or "", units=units,
        price=line.unit_price if rules.slip_prices else None, is_gift=line.is_gift,
    )  # fmt: skip


def pick_list_of(
    warehouse: str, parcels: Iterable[tuple[str, Sequence[tuple[str, int]]]], *,
    titles: Mapping[str, tuple[str, str]] | None = None, locations: Mapping[str, str] | None = None,
) -> PickList:  # fmt: skip
    """All units of some parcels of one warehouse, added up per SKU, place by place.

    Args:
        parcels: (order key, (SKU, units)) of each parcel, bundles opened.
        titles: SKU -> title and variant.
        locations: SKU -> bin or shelf; what has none comes last.
    """
    units: dict[str, int] = {}
    wanted: dict[str, set[str]] = {}
    orders: set[str] = set()
    for order_key, goods in parcels:
        orders.add(order_key)
        for sku, count in goods:
            units[sku] = units.get(sku, 0) + count
            wanted.setdefault(sku, set()).add(order_key)
    rows = [
        PickRow(location=(locations or {}).get(sku, ""), sku=sku, title=title, variant=variant, units=count,
                orders=len(wanted[sku]))
        for sku, count in units.items() for title, variant in [(titles or {}).get(sku, ("", ""))]
    ]  # fmt: skip
    return PickList(warehouse=warehouse, rows=tuple(sorted(rows, key=_walk)), orders=len(orders))


def _walk(row: PickRow) -> tuple[bool, list[tuple[bool, int, str]], str]:
    """Bins by their numbers, so that A-2 comes before A-10."""
    return not row.location, _natural(row.location), row.sku


def _natural(text: str) -> list[tuple[bool, int, str]]:
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
            for part in re.findall(r"\d+|\D+", text)]  # fmt: skip
