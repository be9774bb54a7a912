"""The canonical order. One reading for every platform: docs/reference/models.md. Imports `models`.

Every amount is `Decimal | None` in the order's `currency`; None means that the platform does not say.
All instants are aware, UTC.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field, computed_field

from orderhub.models.base import Amount, Derived, Instant, Model, Words
from orderhub.models.extra import Extra
from orderhub.models.person import Buyer, Invoice, Recipient
from orderhub.models.status import (
    AftersaleStatus,
    DiscountFunder,
    FulfilledBy,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PaymentStatus,
)

__all__ = ["Discount", "LineItem", "Order", "Shipment"]

_SHIPPABLE = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})


class Discount(Model):
    """One reduction on goods; positive, except that `kind="adjustment"` (a seller's price change) may be negative."""

    kind: str
    name: str | None = None
    amount: Amount
    funded_by: DiscountFunder = DiscountFunder.UNKNOWN
    line_id: str | None = None


class LineItem(Model):
    """One SKU at one price within an order.

    `subtotal` is the exact gross, `discount` all that was taken off, `total = subtotal - discount`.
    `sku` is the merchant's own code; the platform's ids stand beside it.
    """

    line_id: str
    sku: str | None = None
    platform_sku_id: str | None = None
    platform_item_id: str | None = None
    title: str | None = None
    variant: str | None = None
    quantity: int = Field(strict=True, ge=0)
    unit_price: Amount | None = None
    subtotal: Amount | None = None
    discount: Amount | None = None
    total: Amount | None = None
    status: OrderStatus = OrderStatus.UNKNOWN
    raw_status: str | None = None
    aftersale_status: AftersaleStatus = AftersaleStatus.NONE
    refunded: Amount | None = None
    refunded_quantity: int | None = None
    shipped_quantity: int | None = None
    is_gift: bool = False
    image_url: str | None = None
    extra: Extra = Extra()


class Shipment(Model):
    """One parcel: `carrier` is the canonical code or None, `carrier_name` what the platform says."""

    carrier: str | None = None
    carrier_name: str | None = None
    waybill_no: str | None = None
    shipped_at: Instant | None = None
    delivered_at: Instant | None = None
    lines: tuple[tuple[str, int], ...] = ()


class Order(Derived):
    """A buyer's purchase in one shop.

    Money identity: `items_total - discount_total + shipping_fee + fees_total + tax_total + residual = total`.
    """

    derived: ClassVar[frozenset[str]] = frozenset({"key", "is_shippable"})

    platform: str
    shop_id: str
    order_id: str
    status: OrderStatus
    raw_status: str | None = None
    payment_status: PaymentStatus = PaymentStatus.UNKNOWN
    fulfilment_status: FulfilmentStatus = FulfilmentStatus.UNKNOWN
    aftersale_status: AftersaleStatus = AftersaleStatus.NONE
    holds: Annotated[frozenset[Hold], Words] = frozenset()
    fulfilled_by: FulfilledBy = FulfilledBy.UNKNOWN
    currency: str
    items_total: Amount | None = None
    discount_total: Amount | None = None
    shipping_fee: Amount | None = None
    fees_total: Amount | None = None
    tax_total: Amount | None = None
    total: Amount | None = None
    paid: Amount | None = None
    refunded: Amount | None = None
    residual: Amount | None = None
    discounts: tuple[Discount, ...] = ()
    is_cod: bool = False
    created_at: Instant | None = None
    paid_at: Instant | None = None
    updated_at: Instant | None = None
    shipped_at: Instant | None = None
    completed_at: Instant | None = None
    ship_by: Instant | None = None
    buyer: Buyer = Buyer()
    recipient: Recipient = Recipient()
    lines: tuple[LineItem, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    buyer_note: str | None = None
    seller_note: str | None = None
    seller_flag: str | None = None
    invoice: Invoice | None = None
    labels: tuple[str, ...] = ()
    extra: Extra = Extra()
    raw: bytes | None = Field(default=None, exclude=True, repr=False)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> str:
        """`platform:shop_id:order_id`, unique within a tenant."""
        return f"{self.platform}:{self.shop_id}:{self.order_id}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_shippable(self) -> bool:
        """Ours to ship now: awaiting shipment (or part shipped), merchant fulfilled, no hold, nothing unknown."""
        unknown = "unknown" in {self.payment_status, self.fulfilment_status, self.aftersale_status}
        return (
            self.status in _SHIPPABLE
            and self.fulfilled_by is FulfilledBy.MERCHANT
            and not self.holds
            and not unknown
            and all(line.status is not OrderStatus.UNKNOWN for line in self.lines)
        )

    @property
    def discrepancy(self) -> Decimal | None:
        """What the money identity is off by; zero for every decoded order, None while there is no total."""
        if self.total is None or self.items_total is None:
            return None
        plus = (self.items_total, self.shipping_fee, self.fees_total, self.tax_total, self.residual)
        explained = sum((amount for amount in plus if amount is not None), Decimal(0))
        return self.total - (explained - (self.discount_total or Decimal(0)))

    def dump(self, *, raw: bool = False) -> dict[str, Any]:
        """JSON-ready values; amounts as text, the untouched document only when `raw` is asked for."""
        found = self.model_dump(mode="json")
        if raw and self.raw is not None:
            found["raw"] = self.raw.decode("utf-8", "replace")
        return found

    def __repr__(self) -> str:
        money = f"{self.total} {self.currency}" if self.total is not None else "total unknown"
        return f"Order({self.key} {self.status.value}, {money}, {len(self.lines)} lines)"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The lines as a table for notebooks; nothing of the buyer or the receiver."""
        from orderhub.models.html import html_table

        rows = [
            (
                line.sku or line.platform_sku_id,
                line.title,
                line.quantity,
                line.unit_price,
                line.total,
                line.status.value,
            )
            for line in self.lines
        ]
        return html_table(("SKU", "title", "units", "price", "total", "status"), rows, caption=repr(self))
