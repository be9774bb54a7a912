"""Telling every listing what is available. Imports `inventory`, `flow`, `models`.

Figures carry the ledger's version, so that an older one never follows a newer one; zeros go first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.availability import SafetyStock, ats, with_bundles
from orderhub.models import Listing, ListingStock, Order, Outcome
from orderhub.models.stock import StockSnapshot
from orderhub.ports import OrderQuery

__all__ = ["available_by_sku", "push_stock"]


def push_stock(plan: FulfilPlan, shops: Sequence[str], skus: Sequence[str] | None) -> Operation[list[Outcome[int]]]:
    """Push to every listing whose SKU is known here; `value` is the quantity shown."""
    snapshot = yield from ask("stock", "snapshot")
    shown = available_by_sku(plan, snapshot)
    outcomes: list[Outcome[int]] = []
    for key in shops:
        if not (yield from ask(f"shop:{key}", "has", "push_stock")):
            continue
        outcomes += yield from _push(plan, key, shown, snapshot.version, set(skus) if skus is not None else None)
    return outcomes


def _push(
    plan: FulfilPlan, shop: str, shown: Mapping[str, int], version: int, only: set[str] | None
) -> Operation[list[Outcome[int]]]:
    try:
        listings = yield from _listings(plan, shop)
    except OrderHubError as error:
        return [Outcome.failed(shop, error)]
    levels = []
    for listing in listings:
        sku = listing.sku or plan.skus.get(f"{shop}:{listing.platform_sku_id}") or ""
        if sku in shown and (only is None or sku in only) and listing.quantity != shown[sku]:
            levels.append(ListingStock(
                listing_id=listing.listing_id, platform_sku_id=listing.platform_sku_id, quantity=shown[sku],
                version=version,
            ))  # fmt: skip
    levels.sort(key=lambda level: (level.quantity > 0, level.key))
    done: list[Outcome[None]] = (yield from ask(f"shop:{shop}", "push_stock", levels)) if levels else []
    return [
        Outcome(o.ok, f"{shop}:{o.key}", o.reason, o.error, level.quantity)
        for o, level in zip(done, levels, strict=True)
    ]


def _listings(plan: FulfilPlan, shop: str) -> Operation[list[Listing]]:
    """What the shop offers; where the platform cannot tell, what its orders show and what the plan maps."""
    if (yield from ask(f"shop:{shop}", "has", "listings")):
        return (yield from ask(f"shop:{shop}", "rows", "listings"))  # type: ignore[no-any-return]
    platform, shop_id = shop.split(":", 1)
    orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(platform=platform, shop_id=shop_id))
    lines = (line for order in orders for line in order.lines)
    seen = {line.platform_sku_id: line.sku for line in lines if line.platform_sku_id and line.sku}
    told = {key.removeprefix(f"{shop}:"): sku for key, sku in plan.skus.items() if key.startswith(f"{shop}:")}
    return [Listing(listing_id=name, platform_sku_id=name, sku=sku) for name, sku in (seen | told).items()]


def available_by_sku(plan: FulfilPlan, snapshot: StockSnapshot) -> dict[str, int]:
    """Units that may be shown per SKU over all warehouses; bundles by their scarcest component."""
    safety = SafetyStock(plan.safety_stock.get("*", 0), plan.safety_stock)
    found = with_bundles(ats(snapshot, safety=safety), plan.bundles)
    return {sku: available.quantity for sku, available in found.items()}
