"""Stock in Amazon's warehouses: read, and set by the sandbox-only calls. Source: docs/platforms/amazon.md §7.3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.state import Fba
from orderhub.sandbox.platforms.amazon.wire import Doc, iso

__all__ = ["add", "create", "delete", "summaries"]

HISTORY = timedelta(days=548)
_FILTERS = frozenset({
    "details", "granularityType", "granularityId", "startDateTime", "sellerSkus", "sellerSku", "marketplaceIds",
})  # fmt: skip


def summaries(ask: Ask) -> Doc:
    """getInventorySummaries."""
    kind, place = ask.text("granularityType"), ask.text("granularityId")
    places = ask.many("marketplaceIds", 1, required=True)
    if kind != "Marketplace" or not place or places != (place,):
        raise ask.bad("granularityType must be Marketplace and granularityId the one marketplaceIds")
    rows = _matching(ask, place)
    told = ask.resumed("nextToken", _FILTERS, ask.market.switch("fba_token_s"))
    start, size = told["from"] if told else 0, ask.market.switch("fba_page_size")
    shown = [_summary(row, ask.yes("details")) for row in rows[start : start + size]]
    granularity = {"granularityType": kind, "granularityId": place}
    page = (
        {"pagination": {"nextToken": ask.token(_FILTERS, **{"from": start + size})}} if start + size < len(rows) else {}
    )
    return {"payload": {"granularity": granularity, "inventorySummaries": shown}, **page}


def _matching(ask: Ask, place: str) -> list[Fba]:
    rows = [row for row in ask.market.fba.values() if (row.shop_id, row.marketplace_id) == (ask.shop_id, place)]
    start = ask.moment("startDateTime")
    if start is not None:
        if ask.market.now() - start > HISTORY:
            raise ask.bad("startDateTime is more than 18 months back")
        return [row for row in rows if row.updated >= start]
    skus = ask.many("sellerSkus", 50) or ask.many("sellerSku", 1)
    return [row for row in rows if not skus or row.sku in skus]


def _summary(row: Fba, details: bool) -> Doc:
    total = row.fulfillable + row.inbound + row.reserved + row.unfulfillable + row.researching
    told: Doc = {
        "asin": row.asin, "fnSku": f"X00{row.asin[-7:]}", "sellerSku": row.sku, "condition": "NewItem",
        "lastUpdatedTime": iso(row.updated), "productName": row.title, "totalQuantity": total,
    }  # fmt: skip
    return told | ({"inventoryDetails": _details(row)} if details else {})


def _details(row: Fba) -> Doc:
    damaged = {"customerDamagedQuantity": row.unfulfillable, "warehouseDamagedQuantity": 0,
               "distributorDamagedQuantity": 0, "carrierDamagedQuantity": 0, "defectiveQuantity": 0,
               "expiredQuantity": 0}  # fmt: skip
    return {
        "fulfillableQuantity": row.fulfillable, "inboundWorkingQuantity": 0, "inboundShippedQuantity": row.inbound,
        "inboundReceivingQuantity": 0,
        "reservedQuantity": {
            "totalReservedQuantity": row.reserved, "pendingCustomerOrderQuantity": row.reserved,
            "pendingTransshipmentQuantity": 0, "fcProcessingQuantity": 0,
        },
        "researchingQuantity": {"totalResearchingQuantity": row.researching, "researchingQuantityBreakdown": []},
        "unfulfillableQuantity": {"totalUnfulfillableQuantity": row.unfulfillable, **damaged},
    }  # fmt: skip


def _key(ask: Ask, row: Any) -> tuple[str, str, str]:
    """(shop, marketplace, sku) of a request's row; the marketplace must be the seller's."""
    if not isinstance(row, dict) or row.get("marketplaceId") not in [place.id for place in ask.seller.marketplaces]:
        raise ask.bad("marketplaceId is not one of the seller")
    return ask.shop_id, row["marketplaceId"], str(row.get("sellerSku", ""))


def create(ask: Ask) -> Doc:
    """createInventoryItem: a virtual item without units."""
    body = ask.body()
    key = _key(ask, body)
    if not key[2] or not body.get("productName"):
        raise ask.bad("sellerSku and productName are required")
    asin, now = f"B0FBA{ask.market.serial():05d}", ask.market.now()
    ask.market.fba.setdefault(key, Fba(ask.shop_id, key[2], asin, key[1], body["productName"], 0, updated=now))
    return {}


def add(ask: Ask) -> Doc:
    """addInventory: units for virtual items."""
    if not ask.call.request.headers.get("x-amzn-idempotency-token"):
        raise ask.bad("The header x-amzn-idempotency-token is required")
    rows = ask.body().get("inventoryItems")
    if not isinstance(rows, list) or not rows:
        raise ask.bad("inventoryItems is required")
    found = [(ask.market.fba.get(_key(ask, row)), row.get("quantity")) for row in rows]
    for item, quantity in found:
        if item is None or isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0:
            raise ask.bad("Every item needs a known sellerSku and a quantity")
        item.fulfillable, item.updated = item.fulfillable + quantity, ask.market.now()
    return {}


def delete(ask: Ask) -> Doc:
    """deleteInventoryItem."""
    key = _key(ask, {"marketplaceId": ask.text("marketplaceId"), "sellerSku": ask.path["sellerSku"]})
    if ask.market.fba.pop(key, None) is None:
        raise ask.not_found(f"SKU {key[2]}")
    return {}
