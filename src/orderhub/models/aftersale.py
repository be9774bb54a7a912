"""What is said to a platform about an after-sale case, and what buyers ask of invoices. Imports `models`."""

from __future__ import annotations

from pydantic import Field

from orderhub.models.base import Instant, Model
from orderhub.models.extra import Extra
from orderhub.models.person import Invoice, Recipient
from orderhub.models.status import InvoiceStatus

__all__ = ["InvoiceRequest", "Refusal", "RefuseReason", "ReturnAddress"]


class RefuseReason(Model):
    """One reason that a platform takes for a refusal; `code` goes back to it."""

    code: str
    text: str = ""


class Refusal(Model):
    """Why the merchant says no.

    Attributes:
        text: What the buyer, and the platform's staff, read.
        code: One of the platform's own reasons, where it has a list; see the verb `refuse_reasons`.
        evidence: Pictures, untouched; never shown in the repr.
    """

    text: str = Field(min_length=1)
    code: str | None = None
    evidence: tuple[bytes, ...] = Field(default=(), repr=False)


class ReturnAddress(Model):
    """Where goods go back to: the platform's id of a stored address, a contact in the clear, or both."""

    address_id: str | None = None
    contact: Recipient | None = None
    is_default: bool = False


class InvoiceRequest(Model):
    """A buyer's wish for a tax invoice 发票; `invoice.amount` in the order's currency, instants UTC."""

    platform: str
    shop_id: str
    request_id: str
    order_id: str
    status: InvoiceStatus = InvoiceStatus.UNKNOWN
    raw_status: str | None = None
    invoice: Invoice = Invoice()
    requested_at: Instant | None = None
    updated_at: Instant | None = None
    extra: Extra = Extra()
    raw: bytes | None = Field(default=None, exclude=True, repr=False)

    @property
    def key(self) -> str:
        """`platform:shop_id:request_id`."""
        return f"{self.platform}:{self.shop_id}:{self.request_id}"

    def __repr__(self) -> str:
        return f"InvoiceRequest({self.key} {self.status.value})"

    __str__ = __repr__
