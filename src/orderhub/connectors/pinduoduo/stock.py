"""Quantities that buyers see, and the shop's listings. Imports `kit`, `flow`, `models`.

Source: docs/platforms/pinduoduo.md#stock. Absolute figures are pushed: repeating one changes nothing. A change by a
delta has no key that would make it happen once. Prices of goods are whole fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.connectors.pinduoduo.base import PinduoduoBase, counted
from orderhub.connectors.pinduoduo.spec import LISTING_WORDS, SOURCE
from orderhub.errors import InvalidParameter, OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import cny_fen, rows_of
from orderhub.kit.decode import decode_page, unknown_word
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.kit.table import read
from orderhub.models.channel import Page
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.status import ListingStatus

__all__ = ["StockVerbs"]

WHOLE, DELTA = 1, 2
CONCURRENCY = 4


class StockVerbs(PinduoduoBase):
    """Stock push and listings."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities; of several figures for one listing the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`.
        """
        newest = newest_of(levels)
        done = yield from gather([self._pusher(level) for level in newest.values()], CONCURRENCY)
        results = {level.key: _outcome(level.key, answer) for level, answer in zip(newest.values(), done, strict=True)}
        return outcomes_of(levels, results)

    def _pusher(self, level: ListingStock) -> Callable[[], Operation[None]]:
        return lambda: self._set(level.listing_id, level.platform_sku_id, level.quantity, WHOLE)

    def _set(self, listing_id: str, sku_id: str | None, quantity: int, kind: int) -> Operation[None]:
        if sku_id is None:
            raise InvalidParameter(
                "Pinduoduo keeps stock per SKU: give platform_sku_id as shop.listings() tells it",
                platform="pinduoduo", operation="pdd.goods.quantity.update", field="platform_sku_id",
            )  # fmt: skip
        fields = {"goods_id": listing_id, "sku_id": sku_id, "quantity": quantity, "update_type": kind}
        yield from self.call("pdd.goods.quantity.update", fields, write=True, keyed=kind == WHOLE)

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units (negative takes away; the platform refuses a result below zero).

        Raises:
            UnsupportedOperation: A key was given: the platform has none that makes a change happen once.
            OutcomeUnknown: The reply was lost; read the listing before repeating it.
        """
        if key is not None:
            raise UnsupportedOperation(
                "Pinduoduo has no key for changes of stock; push_stock sets absolute figures and may be repeated",
                platform="pinduoduo", operation="change_stock",
            )  # fmt: skip
        yield from self._set(listing_id, platform_sku_id, delta, DELTA)
        return Outcome(True, listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}")

    def list_listings(self, position: int | None = None) -> Operation[Page[Listing]]:
        """One page of goods, one row per variant; with the setting `listing_prices` each with its group price."""
        page = position or 1
        reply = yield from self.call("pdd.goods.list.get", {"page": page, "page_size": self.page_size})
        goods = rows_of(reply.get("goods_list"))
        found = self._listings([row for item in goods for row in _variants(item)])
        items = found.items
        if self.config.settings["listing_prices"]:
            items = tuple((yield from self._priced(items)))
        more = bool(goods) and page * self.page_size < counted("goods_list")(reply)
        return Page(items, findings=found.findings, next=page + 1 if more else None, quarantined=found.quarantined)

    def _listings(self, rows: Sequence[Any]) -> Page[Listing]:
        table = self.config.tables["listing"]

        def one(document: Mapping[str, Any]) -> tuple[Listing, list[Finding]]:
            listing = Listing.model_validate({**table.decode(document), "extra": table.unmapped(document)})
            names = [name for name in ("is_onsale", "is_sku_onsale") if document.get(name) not in (None, "")]
            odd = listing.status is ListingStatus.UNKNOWN and names
            told = [unknown_word("pinduoduo", None, name, str(document[name]), SOURCE)
                    for name in names if odd and not LISTING_WORDS.knows(str(document[name]))]  # fmt: skip
            return listing, told

        return decode_page(rows, one, platform="pinduoduo", id_of=lambda row: None)

    def _priced(self, listings: Sequence[Listing]) -> Operation[list[Listing]]:
        prices = yield from gather([self._price(row) for row in listings], CONCURRENCY)
        found = []
        for row, price in zip(listings, prices, strict=True):
            if isinstance(price, Exception):
                raise price
            found.append(row.model_copy(update={"price": price}))
        return found

    def _price(self, row: Listing) -> Callable[[], Operation[Any]]:
        def ask() -> Operation[Any]:
            fields = {"goods_id": row.listing_id, "sku_id": row.platform_sku_id}
            reply = yield from self.call("pdd.goods.skus.get", fields)
            return read(reply, "multi_price", cny_fen)

        return ask


def _variants(item: Any) -> list[Any]:
    """The goods joined with each of its variants; goods without any stand for themselves."""
    if not isinstance(item, Mapping):
        return [item]
    head = {name: value for name, value in item.items() if name != "sku_list"}
    rows = rows_of(item.get("sku_list"))
    return [{**head, **row} if isinstance(row, Mapping) else row for row in rows] or [head]


def _outcome(key: str, answer: Exception | None) -> Outcome[None]:
    if isinstance(answer, OrderHubError):
        return Outcome.failed(key, answer)
    if answer is not None:
        raise answer
    return Outcome(True, key)
