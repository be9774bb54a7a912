"""What a shop offers: read from the platform, remembered for quick pushes. Imports `flow`, `models`, `ports`.

Where a platform cannot list its goods, what its orders show and what the plan maps stands in.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.models import Listing, Order
from orderhub.ports import Cursor, OrderQuery

__all__ = ["Offer", "Offers", "find_offers"]

CODE = "code="
"""Begins what the plan maps by merchant code: such a key names no listing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One buyable variant: the platform's ids, our SKU if anybody knows it, and what the platform shows now.

    Attributes:
        quantity: None when the platform does not tell, or was not asked in this run.
    """

    listing_id: str
    platform_sku_id: str | None
    sku: str | None
    quantity: int | None = None

    @property
    def key(self) -> str:
        """As `ListingStock.key`."""
        return self.listing_id if self.platform_sku_id is None else f"{self.listing_id}:{self.platform_sku_id}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What is known of a shop's goods.

    Attributes:
        is_fresh: Whether the platform was asked just now and answered.
        is_listed: Whether the platform has a list at all.
        error: Why it could not be asked; `rows` are then those of the last time.
    """

    rows: tuple[Offer, ...]
    is_fresh: bool
    is_listed: bool
    error: OrderHubError | None = None


def find_offers(plan: FulfilPlan, shop: str, *, refresh: bool) -> Operation[Offers]:
    """The goods of one shop (`platform:shop_id`).

    Args:
        refresh: Ask the platform; otherwise what is remembered will do, and it is asked only when nothing is.
    """
    cursor: Cursor = yield from ask("orders", "get_cursor", f"listings:{shop}")
    is_listed: bool = yield from ask(f"shop:{shop}", "has", "listings")
    known = tuple(Offer(*row) for row in json.loads(cursor.position)) if cursor.position is not None else None
    if known is not None and not refresh:
        return Offers(_mapped(plan, shop, known), False, is_listed)
    try:
        found = (yield from _listed(shop)) if is_listed else (yield from _seen_in_orders(shop))
    except OrderHubError as error:
        return Offers(_mapped(plan, shop, known or ()), False, is_listed, error)
    yield from _remember(cursor, found)
    return Offers(_mapped(plan, shop, found), True, is_listed)


def _listed(shop: str) -> Operation[tuple[Offer, ...]]:
    rows: list[Listing] = yield from ask(f"shop:{shop}", "rows", "listings")
    offers = [Offer(row.listing_id, row.platform_sku_id, row.sku, row.quantity) for row in rows]
    return tuple({offer.key: offer for offer in offers}.values())


def _seen_in_orders(shop: str) -> Operation[tuple[Offer, ...]]:
    platform, _, shop_id = shop.partition(":")
    orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(platform=platform, shop_id=shop_id))
    seen = {(line.platform_item_id or line.platform_sku_id, line.platform_sku_id): line.sku
            for order in orders for line in order.lines if line.sku}  # fmt: skip
    return tuple(Offer(item, name, sku) for (item, name), sku in seen.items() if item)


def _mapped(plan: FulfilPlan, shop: str, rows: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """With the merchant's SKUs in place of the platform's codes, and the goods that only the plan knows."""
    skus = ((row, plan.sku_for(shop, row.platform_sku_id or row.listing_id, row.sku)) for row in rows)
    named = (row if row.sku == sku else replace(row, sku=sku) for row, sku in skus)
    there = {name for row in rows for name in (row.platform_sku_id, row.listing_id)}
    told = {name.removeprefix(f"{shop}:"): sku for name, sku in plan.skus.items() if name.startswith(f"{shop}:")}
    more = (Offer(name, name, sku) for name, sku in told.items() if name not in there and not name.startswith(CODE))
    return (*named, *more)


def _remember(cursor: Cursor, offers: tuple[Offer, ...]) -> Operation[None]:
    """Keep the ids; a figure of today is no figure of tomorrow."""
    rows = [[offer.listing_id, offer.platform_sku_id, offer.sku] for offer in offers]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    if text != cursor.position:
        with suppress(StaleVersion):  # somebody else has just read the same list
            yield from ask("orders", "put_cursor", cursor, text)
