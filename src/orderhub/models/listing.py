"""What a shop offers and what it is told to show. Imports `models`."""

from __future__ import annotations

from pydantic import Field

from orderhub.models.base import Amount, Model
from orderhub.models.extra import Extra
from orderhub.models.status import ListingStatus

__all__ = ["Listing", "ListingStock"]


class Listing(Model):
    """One buyable variant in one shop: the platform's ids, our `sku`, the quantity shown and the price."""

    listing_id: str
    platform_sku_id: str | None = None
    sku: str | None = None
    title: str | None = None
    variant: str | None = None
    quantity: int | None = None
    price: Amount | None = None
    currency: str | None = None
    status: ListingStatus = ListingStatus.UNKNOWN
    url: str | None = None
    extra: Extra = Extra()


class ListingStock(Model):
    """Show `quantity` units of one listing.

    Attributes:
        listing_id, platform_sku_id: As `shop.listings()` gave them.
        quantity: Absolute units, zero or more.
        version: The ledger observation this figure was read at; an older one never follows a newer one.
    """

    listing_id: str
    platform_sku_id: str | None = None
    quantity: int = Field(strict=True, ge=0)
    version: int = 0

    @property
    def key(self) -> str:
        """`listing_id` or `listing_id:platform_sku_id`."""
        return self.listing_id if self.platform_sku_id is None else f"{self.listing_id}:{self.platform_sku_id}"
