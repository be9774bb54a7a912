"""What a host's own pages show of orders: stable JSON, personal data masked unless asked for. Pure; imports `models`.

Fields are only ever added. The schemas stand in tests/contract/golden and change with a release note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.models import Address, Model, Order, Refund
from orderhub.models.base import Amount, Instant

__all__ = [
    "ChangeView", "LineView", "OrderPage", "OrderRow", "OrderView", "ParcelView", "ReceiverView", "RefundView",
    "TimelineEntry", "mask_name", "mask_phone", "order_row", "order_view",
]  # fmt: skip


class OrderRow(Model):
    """One line of a list of orders. Amounts in `currency`; instants UTC.

    Attributes:
        goods: Title of the first line; `lines` and `units` say how much more there is.
        region: Province, city and district.
        labels, tags: The platform's marks, and the host's own.
    """

    key: str
    platform: str
    shop_id: str
    order_id: str
    status: str
    payment_status: str
    fulfilment_status: str
    aftersale_status: str
    holds: tuple[str, ...]
    is_shippable: bool
    currency: str
    total: Amount | None
    paid: Amount | None
    refunded: Amount | None
    goods: str | None
    lines: int
    units: int
    buyer: str | None
    receiver: str | None
    phone: str | None
    region: str
    waybills: tuple[str, ...]
    created_at: Instant | None
    updated_at: Instant | None
    ship_by: Instant | None
    labels: tuple[str, ...]
    tags: tuple[str, ...]

    def __repr__(self) -> str:
        return f"OrderRow({self.key} {self.status})"

    __str__ = __repr__


class LineView(Model):
    """One line of an order; amounts in the order's currency."""

    line_id: str
    sku: str | None
    platform_sku_id: str | None
    title: str | None
    variant: str | None
    quantity: int
    shipped_quantity: int | None
    refunded_quantity: int | None
    unit_price: Amount | None
    discount: Amount | None
    total: Amount | None
    status: str
    aftersale_status: str
    is_gift: bool
    image_url: str | None


class ParcelView(Model):
    """One parcel."""

    carrier: str | None
    carrier_name: str | None
    waybill_no: str | None
    shipped_at: Instant | None
    delivered_at: Instant | None


class ReceiverView(Model):
    """Who receives the parcel: masked, unless the page asked for more; `privacy` says what the platform gave."""

    name: str | None
    phone: str | None
    address: str
    privacy: str

    def __repr__(self) -> str:
        return f"ReceiverView(privacy={self.privacy!r})"

    __str__ = __repr__


class RefundView(Model):
    """One after-sale case of the order."""

    refund_id: str
    status: str
    kind: str
    currency: str
    amount: Amount | None
    created_at: Instant | None
    updated_at: Instant | None


class ChangeView(Model):
    """One field that changed; values are told where they are nobody's secret."""

    path: str
    before: str | None = None
    after: str | None = None


class TimelineEntry(Model):
    """One thing that happened to an order: `what` in one word, `who` did it, when it reached us.

    Attributes:
        updated_at: The platform's own time of a version.
    """

    at: Instant
    who: str
    what: str
    status: str | None = None
    updated_at: Instant | None = None
    detail: dict[str, str] = {}
    changes: tuple[ChangeView, ...] = ()


class OrderView(Model):
    """Everything that a page about one order shows."""

    row: OrderRow
    lines: tuple[LineView, ...]
    parcels: tuple[ParcelView, ...]
    receiver: ReceiverView
    refunds: tuple[RefundView, ...]
    timeline: tuple[TimelineEntry, ...]
    buyer_note: str | None
    seller_note: str | None
    items_total: Amount | None
    discount_total: Amount | None
    shipping_fee: Amount | None
    fees_total: Amount | None
    tax_total: Amount | None
    residual: Amount | None

    def __repr__(self) -> str:
        return f"OrderView({self.row.key} {self.row.status})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Its timeline as a table for notebooks; what changed is named and not shown, nor is what somebody noted."""
        from orderhub.models.html import html_table

        rows = [
            (
                f"{entry.at:%Y-%m-%d %H:%M}Z",
                entry.who,
                _event(entry.what),
                entry.status,
                ", ".join(one.path for one in entry.changes),
            )
            for entry in self.timeline
        ]
        return html_table(("at", "who", "what", "status", "changed"), rows, caption=repr(self))


class OrderPage(Model):
    """One page of a list; `next` is what the following page is asked for with, None at the end."""

    rows: tuple[OrderRow, ...]
    next: str | None = None

    def __repr__(self) -> str:
        return f"OrderPage({len(self.rows)} rows{', more to come' if self.next else ''})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from orderhub.models.html import html_table

        head = ("order", "status", "total", "goods", "receiver", "updated")
        cells = [
            (row.key, row.status, _money(row.total, row.currency), f"{row.goods or ''} ×{row.units}",
             f"{row.receiver or ''} {row.region}", row.updated_at and f"{row.updated_at:%Y-%m-%d %H:%M}Z")
            for row in self.rows
        ]  # fmt: skip
        return html_table(head, cells, caption=f"{len(cells)} orders{', more to come' if self.next else ''}")


def _event(what: str) -> str:
    """The word for what happened; a note's own text may tell of a person."""
    return what if re.fullmatch("[a-z_.:-]{1,40}", what) else "note"


def _money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else f"{amount} {currency}"


def order_row(order: Order, tags: Sequence[str] = (), *, reveal: bool = False) -> OrderRow:
    """The row of an order; with `reveal` names and numbers as they are stored."""
    place, person = order.recipient.address, order.recipient
    return OrderRow(
        key=order.key, platform=order.platform, shop_id=order.shop_id, order_id=order.order_id,
        status=order.status.value, payment_status=order.payment_status.value,
        fulfilment_status=order.fulfilment_status.value, aftersale_status=order.aftersale_status.value,
        holds=tuple(sorted(hold.value for hold in order.holds)), is_shippable=order.is_shippable,
        currency=order.currency, total=order.total, paid=order.paid, refunded=order.refunded,
        goods=order.lines[0].title if order.lines else None, lines=len(order.lines),
        units=sum(line.quantity for line in order.lines),
        buyer=_shown(order.buyer.nickname or order.buyer.buyer_id, mask_name, reveal),
        receiver=_shown(person.name, mask_name, reveal), phone=_shown(person.phone, mask_phone, reveal),
        region=" ".join(filter(None, (place.province, place.city, place.district))),
        waybills=tuple(parcel.waybill_no for parcel in order.shipments if parcel.waybill_no),
        created_at=order.created_at, updated_at=order.updated_at, ship_by=order.ship_by,
        labels=order.labels, tags=tuple(tags),
    )  # fmt: skip


def order_view(
    order: Order, *, tags: Sequence[str] = (), refunds: Iterable[Refund] = (), timeline: Iterable[TimelineEntry] = (),
    reveal: bool = False,
) -> OrderView:  # fmt: skip
    """Everything about one order; notes are shown with `reveal` only, for anything may stand in them."""
    money = ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "residual")
    return OrderView(
        row=order_row(order, tags, reveal=reveal),
        lines=tuple(LineView(**_fields(LineView, line)) for line in order.lines),
        parcels=tuple(ParcelView(**_fields(ParcelView, parcel)) for parcel in order.shipments),
        receiver=_receiver(order, reveal),
        refunds=tuple(RefundView(**_fields(RefundView, refund)) for refund in refunds),
        timeline=tuple(timeline),
        buyer_note=order.buyer_note if reveal else None,
        seller_note=order.seller_note if reveal else None,
        **{name: getattr(order, name) for name in money},
    )


def _fields(view: type[Model], source: Any) -> dict[str, Any]:
    found = {name: getattr(source, name) for name in view.model_fields}
    return {name: getattr(value, "value", value) for name, value in found.items()}


def _receiver(order: Order, reveal: bool) -> ReceiverView:
    person = order.recipient
    extension = f"-{person.phone_extension}" if person.phone_extension and reveal else ""
    phone = _shown(person.phone, mask_phone, reveal)
    return ReceiverView(
        name=_shown(person.name, mask_name, reveal), phone=phone and phone + extension,
        address=_address(person.address, reveal), privacy=person.privacy.kind.value,
    )  # fmt: skip


def _address(place: Address, reveal: bool) -> str:
    parts: Mapping[str, str | None] = {
        name: getattr(place, name) for name in ("country", "province", "city", "district", "town", "street")
    }
    told = [text for name, text in parts.items() if text and (reveal or name not in {"town", "street"})]
    return " ".join(told + ([place.postal_code] if reveal and place.postal_code else []))


def _shown(text: str | None, mask: Any, reveal: bool) -> str | None:
    return text if text is None or reveal else mask(text)


def mask_name(text: str) -> str:
    """The first character and two stars; what the platform masked stays as it is."""
    return text if "*" in text else f"{text.strip()[:1]}**"


def mask_phone(text: str) -> str:
    """Three digits, stars, four digits, country code left out; of a short number two digits; stars stay as they are."""
    if "*" in text:
        return text
    digits = "".join(filter(str.isdecimal, text))
    return f"{digits[-11:][:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-2:]}"
