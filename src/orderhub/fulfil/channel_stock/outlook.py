"""How long the goods last, and what to buy: the movements of every SKU looked at. Imports `inventory`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.channel_stock.shown import observe
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.compartments import storage
from orderhub.inventory.places import parse_place
from orderhub.inventory.velocity import Outlook, outlook, reorder_rule_for
from orderhub.models import Level, Movement

__all__ = ["stock_outlook"]


def stock_outlook(
    plan: FulfilPlan, skus: Sequence[str] | None = None, *, days: int = 28, inbound: Mapping[str, int] | None = None
) -> Operation[list[Outlook]]:
    """One row per SKU over the selling warehouses, those to buy first, then by days of cover.

    Args:
        skus: Only these; all that the ledger knows when left out.
        days: Length of the span that sales are counted over.
        inbound: Units ordered and not received yet, by SKU.
    """
    view, at = (yield from observe(plan, (), skus)), (yield from now())
    levels: list[Level] = yield from ask("stock", "levels", skus)
    places: dict[tuple[str, str], list[str]] = {}
    for level in storage(levels):
        places.setdefault((level.sku, parse_place(level.warehouse).warehouse), []).append(level.warehouse)
    rows = []
    for sku in sorted(view.goods if skus is None else view.goods & set(skus)):
        movements: list[Movement] = []
        for place in (place for code in view.places(sku) for place in places.get((sku, code), ())):
            movements += yield from ask("stock", "movements", sku, place)
        rule = reorder_rule_for(plan.reorder, sku)
        rows.append(outlook(sku, movements, at, days=days, rule=rule, inbound=(inbound or {}).get(sku, 0)))
    return sorted(rows, key=_urgency)


def _urgency(row: Outlook) -> tuple[bool, bool, object, str]:
    return not row.reorder, row.days_of_cover is None, row.days_of_cover or 0, row.sku
