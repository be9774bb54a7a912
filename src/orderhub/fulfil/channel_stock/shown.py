"""What the hub's plan lets each shop show of a ledger snapshot. Imports `inventory`, `fulfil.plan`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.channel_stock.offers import Offer
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.alerts import SHOP, UNMAPPED, Condition
from orderhub.inventory.availability import SafetyStock
from orderhub.inventory.channels import UNKNOWN, ChannelView, Shown
from orderhub.models.stock import StockSnapshot

__all__ = ["available_by_sku", "look_up", "observe", "unknown", "view_of"]


def view_of(plan: FulfilPlan, shops: Sequence[str], snapshot: StockSnapshot) -> ChannelView:
    """The snapshot as every shop sees it."""
    safety = SafetyStock(plan.safety_stock.get("*", 0), plan.safety_stock)
    return ChannelView(
        snapshot, shops, rules=plan.channels, safety=safety, bundles=plan.bundles, warehouses=plan.warehouses
    )


def observe(
    plan: FulfilPlan, shops: Sequence[str], skus: Iterable[str] | None = None
) -> Operation[ChannelView]:  # fmt: skip
    """Look at the ledger now: all of it, or what is needed for `skus`."""
    wanted = None if skus is None else sorted(_parts(plan, skus))
    snapshot: StockSnapshot = yield from ask("stock", "snapshot", wanted)
    return view_of(plan, shops, snapshot)


def _parts(plan: FulfilPlan, skus: Iterable[str]) -> set[str]:
    """The SKUs and whatever they are made of."""
    found: set[str] = set()
    waiting = list(skus)
    while waiting:
        sku = waiting.pop()
        if sku not in found:
            found.add(sku)
            waiting += plan.bundles.get(sku, ())
    return found


def look_up(view: ChannelView, shop: str, offer: Offer) -> Shown:
    """What a listing is shown; nothing where nobody knows which of our goods it is."""
    return view.shown(shop, offer.sku) if offer.sku else Shown("", None, view.version, UNMAPPED)


def unknown(shop: str, offer: Offer, reason: str | None) -> Condition | None:
    """The condition behind a listing that gets no figure; None where that is as it should be."""
    if reason not in (UNKNOWN, UNMAPPED):
        return None
    return Condition(reason, offer.sku or offer.key, f"{SHOP}{shop}", detail=f"listing {offer.key} is told no figure")


def available_by_sku(plan: FulfilPlan, snapshot: StockSnapshot) -> dict[str, int]:
    """Units that may be sold per SKU over all selling warehouses; bundles by their scarcest component.

    What nobody knows is left out. Policies of single channels are not applied.
    """
    view = view_of(plan, (), snapshot)
    return {sku: units for sku in view.skus if (units := view.total(sku)) is not None}
