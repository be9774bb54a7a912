"""Quantities that buyers see, and the shop's listings. Imports `kit`, `flow`.

Source: docs/platforms/amazon.md#stock. Figures are absolute and merged, so that lead times survive and a repeat changes
nothing. An accepted patch comes with HTTP 200, and so does a refused one: the status inside decides. SKUs that Amazon
itself stocks are refused, since a patch would open a second channel for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orderhub.connectors.amazon.feeds import FeedVerbs
from orderhub.connectors.amazon.spec import LISTING_WORDS
from orderhub.errors import Conflict, DecodeError, OrderHubError, OutcomeUnknown, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.convert import decimal_text, ident, quantity, rows_of, text
from orderhub.kit.decode import readable
from orderhub.kit.json import loads
from orderhub.kit.operations import batches
from orderhub.kit.spec import ShopConfig
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.models.channel import Page
from orderhub.models.extra import Extra
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.status import ListingStatus, Severity

__all__ = ["ListPosition", "StockVerbs"]

_OURS = "DEFAULT"
_JSON = "application/json; charset=UTF-8"
_ROWS_MAX = 1000
_INCLUDED = ["summaries", "offers", "fulfillmentAvailability"]
Results = dict[str, Outcome[None]]


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where the next page of listings starts: a list shows at most a thousand rows, then goes on by creation time."""

    token: str | None = None
    created_after: str | None = None
    shown: int = 0
    latest: str | None = None


class StockVerbs(FeedVerbs):
    """Stock push and listings."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self._channels: dict[str, frozenset[str]] = {}

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities; of several figures for one listing the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`. Accepted figures become visible
        within minutes. Many figures at once go as one feed.
        """
        newest = newest_of(levels)
        results = yield from self._refused(tuple(newest.values()))
        rest = [level for level in newest.values() if level.key not in results]
        bulk = len(rest) >= int(self.config.settings["stock_feed_from"])
        for batch in batches(rest, self.limits("bulk_stock").batch_max if bulk else 1):
            results |= yield from (self._feed(batch) if bulk else self._patch(batch[0]))
        return outcomes_of(levels, results)

    def _refused(self, levels: Sequence[ListingStock]) -> Operation[Results]:
        """Outcomes of SKUs that only Amazon stocks; looks up those that no list has shown yet."""
        if not self.config.settings["check_channels"]:
            return {}
        unseen = [sku for sku in dict.fromkeys(level.listing_id for level in levels) if sku not in self._channels]
        try:
            yield from self._look(unseen)
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error) for level in levels if level.listing_id in unseen}
        theirs = [
            level.key for level in levels if (found := self._channels.get(level.listing_id)) and _OURS not in found
        ]
        told = "Amazon stocks this SKU (FBA): its quantity follows what lies in Amazon's warehouses"
        return {key: Outcome.failed(key, Conflict(told, platform="amazon"), "fulfilled_by_platform") for key in theirs}

    def _look(self, skus: Sequence[str]) -> Operation[None]:
        """Which channels stock these SKUs; one with a comma cannot stand in a list and is asked alone."""
        for batch in batches([sku for sku in skus if "," not in sku], self.limits("find_listings").batch_max):
            answer = yield from self.call("listings.searchListingsItems", path={"sellerId": self.seller_id}, query={
                "marketplaceIds": list(self.stores), "identifiers": list(batch), "identifiersType": "SKU",
                "includedData": ["fulfillmentAvailability"], "pageSize": len(batch),
            })  # fmt: skip
            for row in rows_of(answer.document.get("items")):
                self._channels[str(row.get("sku"))] = _channels(row)
        for sku in (sku for sku in skus if "," in sku):
            answer = yield from self.call(
                "listings.getListingsItem", path={"sellerId": self.seller_id, "sku": sku},
                query={"marketplaceIds": list(self.stores), "includedData": ["fulfillmentAvailability"]},
            )  # fmt: skip
            self._channels[sku] = _channels(answer.document)

    def _patch(self, level: ListingStock) -> Operation[Results]:
        try:
            answer = yield from self.call(
                "listings.patchListingsItem", path={"sellerId": self.seller_id, "sku": level.listing_id},
                query={"marketplaceIds": list(self.stores), "includedData": ["issues"]},
                body={"productType": self.config.settings["product_type"], "patches": [_merge(level)]},
                write=True, keyed=True,
            )  # fmt: skip
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error)}
        status = answer.document.get("status")
        if status == "ACCEPTED":
            return {level.key: Outcome(True, level.key)}
        refusal = _issue(rows_of(answer.document.get("issues")), f"the patch is {status}", answer.request_id)
        return {level.key: Outcome.failed(level.key, refusal)}

    def _feed(self, levels: Sequence[ListingStock]) -> Operation[Results]:
        """Many figures as one document; the report tells each message's fate."""
        messages = [
            {"messageId": number, "sku": level.listing_id, "operationType": "PATCH",
             "productType": self.config.settings["product_type"], "patches": [_merge(level)]}
            for number, level in enumerate(levels, 1)
        ]  # fmt: skip
        content = {"header": {"sellerId": self.seller_id, "version": "2.0"}, "messages": messages}
        sent = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            feed_id = yield from self.submit_feed("JSON_LISTINGS_FEED", _JSON, sent)
            status, report = yield from self.feed_report(feed_id)
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error) for level in levels}
        return _fates(levels, feed_id, status, report)

    def list_listings(self, position: ListPosition | None = None) -> Operation[Page[Listing]]:
        """One page, one row per SKU; `quantity` is what the merchant stocks, None where Amazon stocks it."""
        at = position or ListPosition()
        answer = yield from self.call("listings.searchListingsItems", path={"sellerId": self.seller_id}, query={
            "marketplaceIds": list(self.stores), "includedData": _INCLUDED,
            "pageSize": self.limits("list_listings").page_size_max, "sortBy": "createdDate", "sortOrder": "ASC",
            "createdAfter": at.created_after, "pageToken": at.token,
        })  # fmt: skip
        with readable("items", "amazon"):
            rows = rows_of(answer.document.get("items"))
            token = (answer.document.get("pagination") or {}).get("nextToken")
        found: list[Listing] = []
        findings: list[Finding] = []
        for row in rows:
            try:
                found.append(self._listing(row))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                findings.append(_unreadable(row, error))
        made = [date for row in rows if (date := _created(row))]
        latest = max([*made, *([at.latest] if at.latest else [])], default=None)
        following = replace(at, token=token, shown=at.shown + len(rows), latest=latest)
        return Page(tuple(found), findings=tuple(findings), next=_after(following))

    def _listing(self, row: Mapping[str, Any]) -> Listing:
        sku = ident(row.get("sku"))
        self._channels[sku] = _channels(row)
        ours: Mapping[str, Any] = next(
            (r for r in rows_of(row.get("fulfillmentAvailability")) if r.get("fulfillmentChannelCode") == _OURS), {}
        )
        summaries = rows_of(row.get("summaries"))
        first: Mapping[str, Any] = next(
            (s for s in summaries if s.get("marketplaceId") in self.marketplaces), summaries[0] if summaries else {}
        )
        offer = _offer(rows_of(row.get("offers")), first.get("marketplaceId"))
        words = {LISTING_WORDS(str(word)) for word in rows_of(first.get("status"))}
        status = next((word for word in ListingStatus if word in words), ListingStatus.INACTIVE)
        count = ours.get("quantity")
        return Listing(
            listing_id=sku,
            sku=sku,
            title=first.get("itemName"),
            quantity=None if count is None else quantity(count),
            price=decimal_text(offer["amount"]) if offer else None,
            currency=text(offer["currencyCode"]) if offer else None,
            status=status if summaries else ListingStatus.UNKNOWN,
            extra=Extra({"asin": first.get("asin"), "channels": sorted(self._channels[sku])}),
        )


def _after(at: ListPosition) -> ListPosition | None:
    """The next page; after a thousand rows the list goes on from the last creation time."""
    if at.token:
        return at
    if at.shown >= _ROWS_MAX and at.latest and at.latest != at.created_after:
        return ListPosition(created_after=at.latest, latest=at.latest)
    return None


def _created(row: Any) -> str | None:
    """When a listing was made, as Amazon writes it; the earliest of its stores."""
    dates = [str(s["createdDate"]) for s in rows_of(row.get("summaries")) if s.get("createdDate")] if isinstance(
        row, Mapping) else []  # fmt: skip
    return min(dates, default=None)


def _channels(row: Any) -> frozenset[str]:
    return frozenset(str(r.get("fulfillmentChannelCode")) for r in rows_of(row.get("fulfillmentAvailability")))


def _offer(rows: Sequence[Mapping[str, Any]], marketplace: str | None) -> Mapping[str, Any] | None:
    """The consumers' price in one store."""
    fits = (r for r in rows if r.get("marketplaceId") == marketplace and r.get("offerType", "B2C") == "B2C")
    return next((r["price"] for r in fits if isinstance(r.get("price"), Mapping)), None)


def _merge(level: ListingStock) -> dict[str, Any]:
    """Merging keeps what else stands there, such as lead times; the channel code is the selector and must be there."""
    value = [{"fulfillment_channel_code": _OURS, "quantity": level.quantity}]
    return {"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}


def _issue(rows: Sequence[Any], told: str, request_id: str | None = None) -> RequestRejected:
    """The first error among issues, with its code and text."""
    errors = [row for row in rows if isinstance(row, Mapping) and row.get("severity", "ERROR") == "ERROR"]
    first = errors[0] if errors else {}
    names = ", ".join(map(str, rows_of(first.get("attributeNames"))))
    text = f"{told}: {first.get('message') or 'no issue is told'}" + (f" ({names})" if names else "")
    return RequestRejected(text, platform="amazon", code=str(first["code"]) if first.get("code") else None,
                           request_id=request_id)  # fmt: skip


def _fates(levels: Sequence[ListingStock], feed_id: str, status: str, report: bytes) -> Results:
    """One outcome per message of a feed: refused where the report names it, unknown where there is no report."""
    if status == "IN_PROGRESS":
        error: OrderHubError = OutcomeUnknown(
            f"feed {feed_id} is still being processed", platform="amazon", code=status
        )
        return {level.key: Outcome.failed(level.key, error, "pending") for level in levels}
    try:
        issues = rows_of(loads(report).get("issues")) if report else None
    except (DecodeError, AttributeError):
        issues = None
    if status != "DONE" or issues is None:
        error = RequestRejected(
            f"feed {feed_id} ended as {status} without a readable report", platform="amazon", code=status
        )
        return {level.key: Outcome.failed(level.key, error) for level in levels}
    results: Results = {}
    for number, level in enumerate(levels, 1):
        mine = [row for row in issues if str(row.get("messageId")) == str(number) and row.get("severity") == "ERROR"]
        results[level.key] = (
            Outcome.failed(level.key, _issue(mine, f"feed {feed_id} refused it")) if mine else Outcome(True, level.key)
        )
    return results


def _unreadable(row: Any, error: Exception) -> Finding:
    sku = row.get("sku") if isinstance(row, Mapping) else None
    return Finding(
        code="undecodable", severity=Severity.ERROR, platform="amazon", path="items",
        message=f"listing {sku!r} cannot be read: {type(error).__name__}",
    )  # fmt: skip
