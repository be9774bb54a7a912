"""What the hub's plan lets each shop show of a ledger snapshot. Imports `inventory`, `fulfil.plan`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.channel_stock.offers import Offer
from orderhub.fulfil.channel_stock.ruled import RuledView
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.shelf import whole_snapshot
from orderhub.inventory.alerts import SHOP, UNMAPPED, Condition
from orderhub.inventory.availability import SafetyStock
from orderhub.inventory.channels import UNKNOWN, ChannelView, Shown
from orderhub.inventory.velocity import outlook, reorder_rule_for
from orderhub.models import Movement
from orderhub.models.stock import StockSnapshot
from orderhub.orders.offer_rules import asks_for

__all__ = ["available_by_sku", "look_up", "observe", "unknown", "view_of"]


def view_of(
    plan: FulfilPlan, shops: Sequence[str], snapshot: StockSnapshot, on: date | None = None,
    sold_per_day: Mapping[str, Decimal] | None = None,
) -> ChannelView:  # fmt: skip
    """The snapshot as every shop sees it; what the plan's `offers` ask for may be left out, they then do not apply."""
    safety = SafetyStock(plan.safety_stock.get("*", 0), plan.safety_stock)
    given: dict[str, Any] = {
        "rules": plan.channels, "safety": safety, "bundles": plan.bundles, "warehouses": plan.warehouses,
    }  # fmt: skip
    if plan.offers is None:
        return ChannelView(snapshot, shops, **given)
    return RuledView(snapshot, shops, offers=plan.offers, on=on, sold_per_day=sold_per_day, **given)


def observe(
    plan: FulfilPlan, shops: Sequence[str], skus: Iterable[str] | None = None
) -> Operation[ChannelView]:  # fmt: skip
    """Look at the ledger now: all of it, or what is needed for `skus`."""
    wanted = None if skus is None else sorted(_parts(plan, skus))
    snapshot: StockSnapshot = yield from ask("stock", "snapshot", wanted)
    at = yield from now()
    whole = whole_snapshot(plan, snapshot, at)
    if plan.offers is None:
        return view_of(plan, shops, whole)
    sold = (yield from _sold(plan, snapshot, at)) if asks_for(plan.offers, "sold_per_day") else None
    return view_of(plan, shops, whole, at.date(), sold)


def _sold(plan: FulfilPlan, snapshot: StockSnapshot, at: datetime) -> Operation[dict[str, Decimal]]:
    """Units sold a day by SKU, from the movements of four weeks."""
    places: dict[str, list[str]] = {}
    for level in snapshot.levels:
        places.setdefault(level.sku, []).append(level.warehouse)
    found: dict[str, Decimal] = {}
    for sku, codes in places.items():
        movements: list[Movement] = []
        for code in codes:
            movements += yield from ask("stock", "movements", sku, code)
        per_day = outlook(sku, movements, at, rule=reorder_rule_for(plan.reorder, sku)).per_day
        if per_day is not None:
            found[sku] = per_day
    return found


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


def available_by_sku(plan: FulfilPlan, snapshot: StockSnapshot, at: datetime | None = None) -> dict[str, int]:
    """Units that may be sold per SKU over all selling warehouses; bundles by their scarcest component.

    What nobody knows is left out. Policies of single channels are not applied.

    Args:
        at: The present instant; without it nothing that expires counts.
    """
    view = view_of(plan, (), whole_snapshot(plan, snapshot, at))
    return {sku: units for sku in view.skus if (units := view.total(sku)) is not None}
