"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/jd.md#stock.

Absolute figures travel with a key, so a call may be repeated; each SKU has its own verdict, and the receipt may list
only some of them, so the others are read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.shipping import ShippingVerbs
from orderhub.connectors.jd.wire import beijing, lookup, seek
from orderhub.errors import InvalidParameter, OrderHubError, PlatformUnavailable, RequestRejected
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.operations import batches
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

SET = "jingdong.ware.stock.sku.set"
READ = "jingdong.stock.read.findSkuStock"
SP_SET, SP_READ = "/sp-product/v0/sku-stocks/batch", "/sp-product/v0/sku-stocks"
READERS = 4
Results = dict[str, Outcome[None]]


class StockVerbs(ShippingVerbs):
    """Stock push."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities; of several figures for one SKU the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`. Without a
        `platform_sku_id` the `listing_id` is taken for JD's SKU id.
        """
        newest = newest_of(levels)
        results: Results = {}
        sendable = []
        for level in newest.values():
            if (error := _not_a_sku(level)) is None:
                sendable.append(level)
            else:
                results[level.key] = Outcome.failed(level.key, error)
        for batch in batches(sendable, self.limits("push_stock").batch_max):
            results |= yield from self._push(batch)
        return outcomes_of(levels, results)

    def _push(self, levels: Sequence[ListingStock]) -> Operation[Results]:
        at = yield from server_now()
        try:
            booked = yield from self._booked(levels)
            figures = {_sku(level): level.quantity + booked.get(_sku(level), 0) for level in levels}
            told = yield from self._set("fullStockIn", "stockNum", figures, _key(self.config.shop_id, figures, at))
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error) for level in levels}
        found: Results = {level.key: _verdict(level.key, told[_sku(level)]) for level in levels if _sku(level) in told}
        mode = self.config.settings["confirm_stock"]
        doubtful = [level for level in levels if mode == "always" or level.key not in found]
        if mode == "never":
            return {level.key: Outcome(True, level.key) for level in levels} | found
        confirmed = yield from self._confirm(doubtful, figures)
        return confirmed | {key: outcome for key, outcome in found.items() if not (outcome.ok and key in confirmed)}

    def _booked(self, levels: Sequence[ListingStock]) -> Operation[dict[int, int]]:
        """Units that JD holds for open orders, where the shop wants them added to what is pushed."""
        if not self.config.settings["stock_adds_booked"]:
            return {}
        rows = yield from self._read([_sku(level) for level in levels])
        return {sku: quantity(row.get("orderBookingNum") or 0) for sku, row in rows.items()}

    def _set(self, model: str, name: str, figures: Mapping[int, int], key: str) -> Operation[dict[int, Any]]:
        """One call; answers the verdicts that the receipt lists, by SKU."""
        store = int(self.config.settings["store_id"])
        rows = [{"skuId": sku, name: units, "storeId": store} for sku, units in figures.items()]
        if self.is_sp:
            body = {"updateModel": model, "stockRfID": key, "putSkuStockList": rows}
            reply = yield from self.rest("PUT", SP_SET, body, family="stock", write=True, keyed=True)
            return _verdicts(rows_of(reply.get("data")), "skuId")
        request = {"req": {"updateModel": model, "stockRfId": key, "skuStocks": rows}}
        reply = yield from self.call(SET, request, write=True, keyed=True)
        return _verdicts(rows_of(lookup(reply, "returnType.obj.updateStockResult")), "data")

    def _confirm(self, levels: Sequence[ListingStock], figures: Mapping[int, int]) -> Operation[Results]:
        """Read the figures back; one that cannot be read or differs is not confirmed."""
        if not levels:
            return {}
        rows = yield from self._read([_sku(level) for level in levels])
        found: Results = {}
        for level in levels:
            row = rows.get(_sku(level))
            if row is not None and quantity(row.get("stockNum") or 0) == figures[_sku(level)]:
                found[level.key] = Outcome(True, level.key)
            else:
                error = PlatformUnavailable("JD listed no verdict for this SKU and shows another figure", platform="jd",
                                            operation=SET)  # fmt: skip
                found[level.key] = Outcome.failed(level.key, error, "not_confirmed")
        return found

    def _read(self, skus: Sequence[int]) -> Operation[dict[int, Mapping[str, Any]]]:
        """What JD shows per SKU in the pool that is set; SKUs that cannot be read are left out."""
        if self.is_sp:
            given = {"storeId": self.config.settings["store_id"], "skuIdList": list(skus)}
            reply = yield from self.rest("GET", SP_READ, given, family="stock")
            return {int(row["skuId"]): row for row in rows_of(reply.get("data")) if isinstance(row, Mapping)}
        replies = yield from gather([partial(self._read_one, sku) for sku in skus], READERS)
        return {sku: row for sku, row in zip(skus, replies, strict=True) if isinstance(row, Mapping)}

    def _read_one(self, sku: int) -> Operation[Mapping[str, Any] | None]:
        reply = yield from self.call(READ, {"skuId": sku, "field": "orderBookingNum"})
        holder, store = seek(reply, "skuStocks"), str(self.config.settings["store_id"])
        rows = [row for row in rows_of(holder["skuStocks"]) if isinstance(row, Mapping)] if holder else []
        return next((row for row in rows if str(row.get("storeId", store)) == store), None)

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units (negative takes away). The call always carries a key: `key`, or one of its own."""
        name = listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}"
        figures = {number_of(platform_sku_id or listing_id, "SKU id"): delta}
        at = yield from server_now()
        own = key or _key(self.config.shop_id, figures, at)
        try:
            told = yield from self._set("incrStockIn", "incrStockNum", figures, own)
        except OrderHubError as error:
            return Outcome.failed(name, error)
        return _verdict(name, next(iter(told.values()))) if told else Outcome(True, name)


def _sku(level: ListingStock) -> int:
    return int(level.platform_sku_id or level.listing_id)


def _not_a_sku(level: ListingStock) -> InvalidParameter | None:
    try:
        number_of(level.platform_sku_id or level.listing_id, "SKU id")
    except InvalidParameter as error:
        return error
    return None


def _key(shop_id: str, figures: Mapping[int, int], at: datetime) -> str:
    """One key per call: the same for its repeats, another for the same figures later, which JD must set again."""
    text = f"{shop_id}|{beijing(at)}|{at.microsecond}|{sorted(figures.items())}"
    return f"orderhub-{sha256(text.encode()).hexdigest()[:24]}"


def _verdicts(rows: Sequence[Any], name: str) -> dict[int, Any]:
    found = {}
    for row in rows:
        if isinstance(row, Mapping) and "success" in row and str(row.get(name, "")).isdecimal():
            found[int(str(row[name]))] = row
    return found


def _verdict(key: str, row: Mapping[str, Any]) -> Outcome[None]:
    if str(row.get("success")).lower() == "true":
        return Outcome(True, key)
    words = str(row.get("message") or "refused without a reason")
    return Outcome.failed(key, RequestRejected(words, platform="jd", operation=SET))
