"""Refunds and returns. Imports `models`."""

from __future__ import annotations

from pydantic import Field

from orderhub.models.base import Amount, Instant, Model
from orderhub.models.extra import Extra
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["Refund", "RefundLine"]

RefundLine = tuple[str, int | None, Amount | None]
"""(line_id, quantity or None, amount or None)"""


class Refund(Model):
    """One after-sale case; `amount` goes to the buyer, in `currency`; instants UTC."""

    platform: str
    shop_id: str
    refund_id: str
    order_id: str
    status: AftersaleStatus
    raw_status: str | None = None
    kind: RefundKind = RefundKind.UNKNOWN
    reason: str | None = None
    currency: str
    amount: Amount | None = None
    lines: tuple[RefundLine, ...] = ()
    return_waybill_no: str | None = None
    return_carrier: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    deadline_at: Instant | None = None
    extra: Extra = Extra()
    raw: bytes | None = Field(default=None, exclude=True, repr=False)

    @property
    def key(self) -> str:
        """`platform:shop_id:refund_id`, unique within a tenant."""
        return f"{self.platform}:{self.shop_id}:{self.refund_id}"

    def __repr__(self) -> str:
        return f"Refund({self.key} {self.status.value} {self.amount} {self.currency})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Its lines as a table for notebooks; nothing that a buyer wrote."""
        from orderhub.models.html import html_table

        return html_table(("line", "units", "amount"), self.lines, caption=f"{self!r} {self.kind.value}")
