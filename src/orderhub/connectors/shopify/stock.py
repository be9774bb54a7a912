"""Quantities that buyers see, and the goods they belong to. Imports `kit`, `flow`.

Source: docs/platforms/shopify.md#stock. A quantity belongs to an inventory item at a location. Figures are absolute;
each call carries a key of its own, so that a repeat of it changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.connectors.shopify.base import ShopifyBase
from orderhub.connectors.shopify.convert import gid, nodes, number, unfinished
from orderhub.connectors.shopify.queries import ITEMS, LOCATIONS, STOCKED, set_quantities
from orderhub.connectors.shopify.spec import BATCH_MAX
from orderhub.connectors.shopify.wire import refusal
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError
from orderhub.flow.steps import Operation, now
from orderhub.kit.decode import decode_page
from orderhub.kit.operations import batches
from orderhub.kit.rows import read_rows
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.models.channel import Page
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.status import ListingStatus

__all__ = ["StockVerbs"]

Levels = Sequence[ListingStock]
Results = dict[str, Outcome[None]]
_KEYED_FROM = "2026-04"
"""From this version on rows name what they change from, and calls carry a key."""
_ITEMS_PAGE = 50


class StockVerbs(ShopifyBase):
    """Stock push and listings."""

    _location: str | None = None

    def push_stock(self, levels: Levels) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities at the shop's location; of several figures for one item the newest is sent.

        `platform_sku_id` (or `listing_id` alone) is the inventory item. A row that is refused fails by itself: the
        others are sent again without it.
        """
        fresh = list(newest_of(levels).values())
        if not fresh:
            return []
        results: Results = {}
        try:
            place = yield from self._place()
        except OrderHubError as error:
            return [Outcome.failed(level.key, error) for level in levels]
        for batch in batches(fresh, BATCH_MAX):
            results |= yield from self._set(list(batch), place)
        return outcomes_of(levels, results)

    def _place(self) -> Operation[str]:
        """The location of the setting, or the shop's only one."""
        given = self.config.settings["location_id"]
        if given not in (None, "", "first"):
            return gid("Location", str(given))
        if self._location is None:
            data = yield from self.query("locations", LOCATIONS, {"first": 50})
            rows = nodes(data.get("locations"))
            found = read_rows(rows, lambda row: str(row["id"]), platform="shopify", path="data.locations")
            if not found or (len(rows) > 1 and given != "first"):
                told = ", ".join(number(one) for one in found) or "none"
                raise InvalidParameter(f"name the location of the stock in location_id; the shop has {told}",
                                       platform="shopify", field="location_id")  # fmt: skip
            self._location = found[0]
        return self._location

    def _set(self, batch: list[ListingStock], place: str) -> Operation[Results]:
        """One call for the batch; rows that it names as wrong are left out of the next."""
        results: Results = {}
        while batch:
            try:
                refused = yield from self._send_levels(batch, place)
            except OrderHubError as error:
                return results | {level.key: Outcome.failed(level.key, error) for level in batch}
            if not refused:
                return results | {level.key: Outcome(True, level.key) for level in batch}
            bad = _named(refused, len(batch))
            if not bad and len(batch) > 1:
                for level in batch:
                    results |= yield from self._set([level], place)
                return results
            bad = bad or {0: refused[0]}
            results |= {batch[row].key: Outcome.failed(batch[row].key, refusal(why)) for row, why in bad.items()}
            batch = [level for row, level in enumerate(batch) if row not in bad]
        return results

    def _send_levels(self, batch: list[ListingStock], place: str) -> Operation[list[Mapping[str, Any]]]:
        version, settings = str(self.config.settings["api_version"]), self.config.settings
        newer = version >= _KEYED_FROM
        check = {"changeFromQuantity": None} if newer else {}
        rows = [{"inventoryItemId": _item(level), "locationId": place, "quantity": level.quantity, **check}
                for level in batch]  # fmt: skip
        key = _key(rows, batch, (yield from now()))
        sent = {"name": settings["stock_name"], "reason": settings["stock_reason"], "quantities": rows,
                "referenceDocumentUri": f"orderhub://push_stock/{key}"}  # fmt: skip
        if not newer:
            sent["ignoreCompareQuantity"] = True
        document = set_quantities(key if newer else None)
        return (yield from self.mutate("inventorySetQuantities", document, {"input": sent}, keyed=True))

    def list_listings(self, position: str | None = None) -> Operation[Page[Listing]]:
        """One page of inventory items, each with what the location of `location_id` has available."""
        place = yield from self._shown_place()
        sent = {"first": min(self.page_size, _ITEMS_PAGE), "after": position}
        query, more = (STOCKED, {"location": place}) if place else (ITEMS, {})
        data = yield from self.query("inventoryItems", query, {**sent, **more})
        connection = data.get("inventoryItems")
        if not isinstance(connection, Mapping):
            raise DecodeError("the reply has no inventoryItems", platform="shopify", path="data.inventoryItems")
        page = decode_page(
            nodes(connection), lambda row: (_listing(row), list[Finding]()), platform="shopify", id_of=_no_order
        )
        following = connection["pageInfo"].get("endCursor") if unfinished(connection) else None
        return Page(page.items, findings=page.findings, next=following)

    def _shown_place(self) -> Operation[str | None]:
        """The location whose quantities listings show; None where it is not settled."""
        try:
            return (yield from self._place())
        except InvalidParameter:
            return None


def _no_order(row: Any) -> str | None:
    return None


def _item(level: ListingStock) -> str:
    return gid("InventoryItem", level.platform_sku_id or level.listing_id)


def _key(rows: list[dict[str, Any]], batch: list[ListingStock], at: datetime) -> str:
    """One key for one call: equal when it is repeated, another when the same figures are pushed later."""
    told = f"{rows}{[level.version for level in batch]}{at.isoformat()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _named(refused: list[Mapping[str, Any]], count: int) -> dict[int, Mapping[str, Any]]:
    """Rows that userErrors name by their place in `quantities`."""
    found: dict[int, Mapping[str, Any]] = {}
    for row in refused:
        path = [str(part) for part in row.get("field") or ()]
        after = path[path.index("quantities") + 1 :] if "quantities" in path else []
        if after and after[0].isdigit() and int(after[0]) < count:
            found.setdefault(int(after[0]), row)
    return found


def _listing(row: Mapping[str, Any]) -> Listing:
    """One inventory item; the product is the listing, the item the handle of stock."""
    try:
        item, variant = number(row["id"]), row.get("variant") or {}
        product = variant.get("product") or {}
        return Listing(
            listing_id=number(product["id"]) if product.get("id") else item, platform_sku_id=item,
            sku=row.get("sku") or None, title=product.get("title"), variant=variant.get("title"),
            quantity=_available(row), status=ListingStatus.UNKNOWN,
        )  # fmt: skip
    except (LookupError, TypeError, ValueError, AttributeError):
        raise DecodeError("an inventory item cannot be read", platform="shopify", path="inventoryItems") from None


def _available(row: Mapping[str, Any]) -> int | None:
    """What the location has; None where it does not keep the item."""
    found = [one["quantity"] for one in (row.get("inventoryLevel") or {}).get("quantities") or ()
             if one["name"] == "available"]  # fmt: skip
    return int(found[0]) if found else None
