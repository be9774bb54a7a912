"""Listings Items: read, patch, put, delete. Source: docs/platforms/amazon.md §7.1, §12 (13)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.state import Listing, Market
from orderhub.sandbox.platforms.amazon.wire import Doc, denied, iso

__all__ = ["BadPatch", "delete", "edited", "get", "issue", "patch", "put", "search", "submit"]

AVAILABILITY = "fulfillment_availability"
PARTS = (
    "summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement", "relationships",
    "productTypes",
)  # fmt: skip
OPS = ("add", "replace", "merge", "delete")
IDENTIFIERS = ("ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
ROWS_MAX = 1000
_FILTERS = frozenset({
    "marketplaceIds", "issueLocale", "includedData", "identifiers", "identifiersType", "createdAfter", "createdBefore",
    "lastUpdatedAfter", "lastUpdatedBefore", "withStatus", "withoutStatus", "withIssueSeverity", "sortBy", "sortOrder",
    "pageSize", "variationParentSku", "packageHierarchySku",
})  # fmt: skip


class BadPatch(Exception):
    """A request that is refused as a whole, in words."""


def issue(code: str, message: str, attribute: str, category: str) -> Doc:
    """One error of a submission."""
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": [category],
    }


def _places(ask: Ask, most: int | None = None) -> tuple[str, ...]:
    if ask.path["sellerId"] != ask.seller.seller_id:
        raise denied("The seller in the path is not the one who authorised the application")
    known = [row.id for row in ask.seller.marketplaces]
    return ask.many("marketplaceIds", most, known, required=True)


def _found(ask: Ask) -> Listing | None:
    return ask.market.listings.get((ask.shop_id, ask.path["sku"]))


def get(ask: Ask) -> Doc:
    """getListingsItem."""
    places, parts = _places(ask), ask.many("includedData", known=PARTS) or ("summaries",)
    listing = _found(ask)
    if listing is None:
        raise ask.not_found(f"SKU {ask.path['sku']}")
    return _shown(ask.market, listing, places, parts)


def _shown(market: Market, listing: Listing, places: tuple[str, ...], parts: tuple[str, ...]) -> Doc:
    told: Doc = {"sku": listing.sku}
    makers: dict[str, Callable[[], Any]] = {
        "summaries": lambda: [_summary(listing, place) for place in places],
        "attributes": lambda: copy.deepcopy(listing.attributes),
        "issues": list,
        "offers": lambda: [
            {"marketplaceId": place, "offerType": "B2C", "price": listing.price[place]}
            for place in places if place in listing.price
        ],
        "fulfillmentAvailability": lambda: _availability(listing),
        "relationships": lambda: [{"marketplaceId": place, "relationships": []} for place in places],
        "productTypes": lambda: [{"marketplaceId": place, "productType": listing.product_type} for place in places],
    }  # fmt: skip
    for part in parts:
        if part in makers:
            told[part] = makers[part]()
    return told


def _summary(listing: Listing, place: str) -> Doc:
    return {
        "marketplaceId": place, "asin": listing.asin, "productType": listing.product_type, "conditionType": "new_new",
        "status": ["BUYABLE", "DISCOVERABLE"] if listing.offered() else ["DISCOVERABLE"], "itemName": listing.title,
        "createdDate": iso(listing.created), "lastUpdatedDate": iso(listing.updated),
    }  # fmt: skip


def _availability(listing: Listing) -> list[Doc]:
    """In camelCase here, although written in snake_case."""
    told = []
    for row in listing.attributes.get(AVAILABILITY, []):
        shown = {"fulfillmentChannelCode": row["fulfillment_channel_code"]}
        told.append(shown | ({"quantity": row["quantity"]} if "quantity" in row else {}))
    return told


def search(ask: Ask) -> Doc:
    """searchListingsItems."""
    places, parts = _places(ask), ask.many("includedData", known=PARTS) or ("summaries",)
    size = ask.whole("pageSize", 10, 1, 20)
    rows = _sorted(ask, [row for row in _matching(ask) if _dated(ask, row)])[:ROWS_MAX]
    told = ask.resumed("pageToken", _FILTERS, ask.market.switch("page_token_s"))
    start = told["from"] if told else 0
    shown = [_shown(ask.market, listing, places, parts) for listing in rows[start : start + size]]
    pagination = {}
    if start + size < len(rows):
        pagination["nextToken"] = ask.token(_FILTERS, **{"from": start + size})
    if start:
        pagination["previousToken"] = ask.token(_FILTERS, **{"from": max(0, start - size)})
    return {"numberOfResults": len(rows), "items": shown} | ({"pagination": pagination} if pagination else {})


def _matching(ask: Ask) -> list[Listing]:
    rows = [listing for (shop, _), listing in ask.market.listings.items() if shop == ask.shop_id]
    ids, kind = ask.many("identifiers", 20), ask.text("identifiersType")
    if bool(ids) != bool(kind) or (kind and kind not in IDENTIFIERS):
        raise ask.bad("identifiers and identifiersType go together; the type is one of " + ", ".join(IDENTIFIERS))
    if kind:
        rows = [row for row in rows if {"SKU": row.sku, "ASIN": row.asin}.get(kind) in ids]
    states = ("BUYABLE", "DISCOVERABLE")
    must, without = set(ask.many("withStatus", known=states)), set(ask.many("withoutStatus", known=states))
    having = [(row, {"DISCOVERABLE"} | ({"BUYABLE"} if row.offered() else set())) for row in rows]
    rows = [row for row, status in having if (not must or must & status) and not without & status]
    return [] if ask.many("withIssueSeverity", known=("WARNING", "ERROR")) else rows


def _dated(ask: Ask, row: Listing) -> bool:
    bounds = (
        (row.created, ask.moment("createdAfter"), ask.moment("createdBefore")),
        (row.updated, ask.moment("lastUpdatedAfter"), ask.moment("lastUpdatedBefore")),
    )
    return all((low is None or low <= at) and (high is None or at <= high) for at, low, high in bounds)


def _sorted(ask: Ask, rows: list[Listing]) -> list[Listing]:
    by, order = ask.text("sortBy", "lastUpdatedDate"), ask.text("sortOrder", "DESC")
    keys: dict[str, Callable[[Listing], tuple[str | datetime, str]]] = {
        "sku": lambda row: (row.sku, ""), "createdDate": lambda row: (row.created, row.sku),
        "lastUpdatedDate": lambda row: (row.updated, row.sku),
    }  # fmt: skip
    if by not in keys or order not in ("ASC", "DESC"):
        raise ask.bad("sortBy is one of sku, createdDate, lastUpdatedDate; sortOrder ASC or DESC")
    return sorted(rows, key=keys[by], reverse=order == "DESC")


def patch(ask: Ask) -> Doc:
    """patchListingsItem."""
    _places(ask)
    body = ask.body()
    if not body.get("productType") or not isinstance(body["productType"], str):
        raise ask.bad("productType is required")
    patches = body.get("patches")
    try:
        return _submission(ask, lambda old: edited(ask.market, old, patches))
    except BadPatch as refused:
        raise ask.bad(str(refused)) from refused


def put(ask: Ask) -> Doc:
    """putListingsItem: the whole attributes, for a new SKU too."""
    _places(ask, 1)
    body = ask.body()
    if not body.get("productType") or not isinstance(body.get("attributes"), dict):
        raise ask.bad("productType and attributes are required")
    if _found(ask) is None and ask.text("mode") != "VALIDATION_PREVIEW":
        checked = _issues(ask.market, body["attributes"])
        if not checked:
            _create(ask, body)
    return _submission(ask, lambda old: (copy.deepcopy(body["attributes"]), _issues(ask.market, body["attributes"])))


def _create(ask: Ask, body: Doc) -> None:
    now, sku = ask.market.now(), ask.path["sku"]
    names = body["attributes"].get("item_name") or [{}]
    asin = f"B0NEW{ask.market.serial():05d}"
    ask.market.listings[ask.shop_id, sku] = Listing(
        ask.shop_id, sku, asin, body["productType"], str(names[0].get("value", sku)), now, now, {}, {}
    )


def delete(ask: Ask) -> Doc:
    """deleteListingsItem."""
    _places(ask, 1)
    if _found(ask) is None:
        return _answered(ask, "INVALID", [_unknown_sku()])
    del ask.market.listings[ask.shop_id, ask.path["sku"]]
    return _answered(ask, "ACCEPTED", [])


def _unknown_sku() -> Doc:
    return issue("13013", "This SKU does not exist in the catalogue of the seller.", "sku", "INVALID_ATTRIBUTE")


Edit = Callable[[dict[str, list[Doc]]], tuple[dict[str, list[Doc]], list[Doc]]]


def _submission(ask: Ask, edit: Edit) -> Doc:
    mode, listing = ask.text("mode"), _found(ask)
    if mode not in ("", "VALIDATION_PREVIEW"):
        raise ask.bad("mode must be VALIDATION_PREVIEW")
    if listing is None and not mode:
        return _answered(ask, "INVALID", [_unknown_sku()])
    _, issues = edit(copy.deepcopy(listing.attributes) if listing else {})
    if issues:
        return _answered(ask, "INVALID", issues)
    if mode:
        return _answered(ask, "VALID", [])
    if listing is not None:
        submit(ask.market, listing, edit)
    return _answered(ask, "ACCEPTED", [])


def submit(market: Market, listing: Listing, edit: Edit) -> None:
    """An accepted submission; it takes effect when the delay is over, on what the listing holds by then."""

    def work() -> None:
        before = listing.quantity()
        listing.attributes, _ = edit(copy.deepcopy(listing.attributes))
        listing.updated = market.now()
        if listing.quantity() != before:
            market.tell_stock(listing)

    market.later(market.switch("listing_delay_s"), work)


def _answered(ask: Ask, status: str, issues: list[Doc]) -> Doc:
    name = f"{ask.shop_id}:{ask.path['sku']}:{ask.market.serial()}"
    told: Doc = {"sku": ask.path["sku"], "status": status, "submissionId": uuid5(NAMESPACE_URL, name).hex}
    told["issues"] = issues
    listing = _found(ask)
    if "identifiers" in ask.many("includedData", known=("issues", "identifiers")) and listing is not None:
        places = ask.many("marketplaceIds")
        told["identifiers"] = [{"marketplaceId": place, "asin": listing.asin} for place in places]
    if status != "ACCEPTED":
        ask.call.verdict = status
    return told


def edited(market: Market, attributes: dict[str, list[Doc]], patches: Any) -> tuple[dict[str, list[Doc]], list[Doc]]:
    """Attributes after a list of patches, and what is wrong with them; raises `BadPatch` for a malformed list."""
    if not isinstance(patches, list) or not patches:
        raise BadPatch("patches must hold at least one operation")
    issues: list[Doc] = []
    for at, one in enumerate(patches):
        if not isinstance(one, dict) or one.get("op") not in OPS:
            raise BadPatch(f"Invalid op for patch at index of {at}.")
        value = one.get("value")
        if one["op"] != "delete" and not value:
            raise BadPatch(f"Value is missing for patch at index of {at}.")
        if value is not None and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
            raise BadPatch(f"Value must be a list of objects for patch at index of {at}.")
        head, _, name = str(one.get("path", "")).rpartition("/")
        if head != "/attributes" or not name:
            issues.append(issue("90000900", "Only top-level attributes can be patched.", name, "INVALID_ATTRIBUTE"))
            continue
        issues += _issues(market, {name: value or []})
        if not issues:
            attributes[name] = _applied(one["op"], attributes.get(name, []), copy.deepcopy(value or []))
    return attributes, issues


def _issues(market: Market, attributes: dict[str, Any]) -> list[Doc]:
    """What is wrong with attributes, as far as this sandbox knows them."""
    found = []
    for name, rows in attributes.items():
        if name != name.lower():
            found.append(issue("90000900", "The attributes are invalid.", name, "INVALID_ATTRIBUTE"))
        elif name == AVAILABILITY:
            for row in rows if isinstance(rows, list) else [{}]:
                found += _availability_issues(market, row)
    return found


def _availability_issues(market: Market, row: Doc) -> list[Doc]:
    code, quantity = row.get("fulfillment_channel_code"), row.get("quantity")
    if not isinstance(code, str) or not code:
        return [
            issue(
                "90220", "'fulfillment_channel_code' is required but not supplied.", AVAILABILITY, "MISSING_ATTRIBUTE"
            )
        ]
    if quantity is None:
        return []
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0:
        return [issue("90000900", "The attributes are invalid.", AVAILABILITY, "INVALID_ATTRIBUTE")]
    if code.startswith("AMAZON_") and not market.switch("fba_quantity_settable"):
        return [issue("90000900", "The quantity of this channel is kept by Amazon.", AVAILABILITY, "INVALID_ATTRIBUTE")]
    return []


_SELECTORS = ("fulfillment_channel_code", "marketplace_id", "language_tag", "audience")


def _same(row: Doc, other: Doc) -> bool:
    return all(row.get(name) == other.get(name) for name in _SELECTORS)


def _applied(op: str, old: list[Doc], value: list[Doc]) -> list[Doc]:
    """`replace` drops what is not said, `merge` keeps it, `add` puts rows in, `delete` takes them out."""
    if op == "replace":
        return value
    if op == "delete":
        return [row for row in old if not any(_same(row, one) for one in value)] if value else []
    kept = [dict(row) for row in old]
    for one in value:
        twin = next((row for row in kept if _same(row, one)), None)
        if twin is None:
            kept.append(one)
        elif op == "merge":
            twin.update(one)
        else:
            kept[kept.index(twin)] = one
    return kept
