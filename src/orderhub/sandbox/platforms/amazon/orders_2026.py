"""Orders 2026-01-01 read. Source: docs/platforms/amazon.md §3, §5.2."""

from __future__ import annotations

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.lists import Names, page, spoilt
from orderhub.sandbox.platforms.amazon.spec import STATUS_2026
from orderhub.sandbox.platforms.amazon.state import Order
from orderhub.sandbox.platforms.amazon.view_2026 import DATA_SETS, order_2026
from orderhub.sandbox.platforms.amazon.wire import Doc, denied

__all__ = ["one", "searched"]

NEW_STATUS = "AWAITING_DISPATCH"
_STATUSES = frozenset(STATUS_2026.values())
_PERSONAL = ("BUYER", "RECIPIENT")
NAMES = Names(
    ("createdAfter", "createdBefore"), ("lastUpdatedAfter", "lastUpdatedBefore"), "maxResultsPerPage",
    "paginationToken",
    frozenset({
        "createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore", "fulfillmentStatuses",
        "marketplaceIds", "fulfilledBy", "maxResultsPerPage", "includedData",
    }),
)  # fmt: skip


def searched(ask: Ask) -> Doc:
    """searchOrders."""
    data_sets, roles = _allowed(ask)
    statuses = ask.many("fulfillmentStatuses", known=_STATUSES)
    places, by = ask.many("marketplaceIds", 50), ask.many("fulfilledBy", known=("MERCHANT", "AMAZON"))

    def keep(order: Order) -> bool:
        return (
            (not statuses or STATUS_2026.get(order.status, order.status) in statuses)
            and (not places or order.doc.get("MarketplaceId") in places)
            and (not by or ("AMAZON" if order.fba else "MERCHANT") in by)
        )

    found = page(ask, NAMES, keep)
    rows = [order_2026(ask.market, order, data_sets, roles) for order in found.orders]
    told: Doc = {"orders": spoilt(ask, rows, _drift, _unknown)}
    if found.token:
        told["pagination"] = {"nextToken": found.token}
    return told | found.bound


def one(ask: Ask) -> Doc:
    """getOrder."""
    data_sets, roles = _allowed(ask)
    row = order_2026(ask.market, ask.order(), data_sets, roles)
    return {"order": spoilt(ask, [row], _drift, _unknown)[0]}


def _allowed(ask: Ask) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(data sets, roles): a missing role costs its fields, or the whole call."""
    data_sets, roles = ask.many("includedData", known=DATA_SETS), ask.market.switch("roles_2026")
    missing = [name for name in data_sets if name in _PERSONAL and name not in roles]
    if missing and ask.market.switch("missing_role") == "403":
        raise denied(f"The application has no role for {missing[0]}")
    return (DATA_SETS if ask.market.switch("gating_2026") == "all" else data_sets), tuple(roles)


def _drift(row: Doc) -> None:
    """A number where a text is documented."""
    grand = row.get("proceeds", {}).get("grandTotal")
    if grand:
        row["proceeds"] = {**row["proceeds"], "grandTotal": {**grand, "amount": 1.5}}
    row["orderItems"] = [{**item, "quantityOrdered": str(item["quantityOrdered"])} for item in row["orderItems"]]


def _unknown(row: Doc) -> None:
    row["fulfillment"] = {**row.get("fulfillment", {}), "fulfillmentStatus": NEW_STATUS}
