"""Quantities that buyers see, and the shop's listings. Imports `kit`, `flow`.

Source: docs/platforms/taobao.md#stock. Absolute figures are pushed (type 1): repeating one changes nothing. Deltas go
through the keyed Tmall call where the app has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.taobao.base import TaobaoBase
from orderhub.connectors.taobao.spec import LISTING_WORDS
from orderhub.errors import InvalidParameter, OrderHubError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import cny_yuan, quantity, rows_of
from orderhub.kit.operations import batches
from orderhub.kit.rows import read_rows
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.models.channel import Page
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

_PAGES = {"onsale": "taobao.items.onsale.get", "instock": "taobao.items.inventory.get"}
_ITEM = "num_iid,title,price,num,outer_id,approve_status,sku"


class StockVerbs(TaobaoBase):
    """Stock push and listings."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities; of several figures for one listing the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`.
        """
        newest = newest_of(levels)
        results: dict[str, Outcome[None]] = {}
        for listing_id in dict.fromkeys(level.listing_id for level in newest.values()):
            group = [level for level in newest.values() if level.listing_id == listing_id]
            for batch in batches(group, self.limits("push_stock").batch_max):
                results |= yield from self._push(listing_id, batch)
        return outcomes_of(levels, results)

    def _push(self, listing_id: str, levels: Sequence[ListingStock]) -> Operation[dict[str, Outcome[None]]]:
        try:
            for api, fields in self._pushes(listing_id, levels):
                yield from self.call(api, fields, write=True, keyed=True)
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error) for level in levels}
        return {level.key: Outcome(True, level.key) for level in levels}

    def _pushes(self, listing_id: str, levels: Sequence[ListingStock]) -> list[tuple[str, dict[str, Any]]]:
        whole = [level for level in levels if level.platform_sku_id is None]
        skus = [level for level in levels if level.platform_sku_id is not None]
        tmall = self.config.settings["stock_api"] == "tmall"
        calls: list[tuple[str, dict[str, Any]]] = []
        for level in whole:
            item = {"item_id": listing_id, "item_quantity": level.quantity, "options": {"type": 1}}
            plain = {"num_iid": listing_id, "quantity": level.quantity, "type": 1}
            calls.append(("tmall.item.quantity.update", item) if tmall else ("taobao.item.quantity.update", plain))
        if skus and tmall:
            rows = [{"sku_id": level.platform_sku_id, "quantity": level.quantity} for level in skus]
            calls.append(
                ("tmall.item.quantity.update", {"item_id": listing_id, "sku_quantities": rows, "options": {"type": 1}})
            )
        elif skus:
            text = ";".join(f"{level.platform_sku_id}:{level.quantity}" for level in skus)
            calls.append(("taobao.skus.quantity.update", {"num_iid": listing_id, "skuid_quantities": text, "type": 1}))
        return calls

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units (negative takes away). With `key` (hexadecimal) the Tmall call makes it idempotent.

        Raises:
            OutcomeUnknown: The reply of an unkeyed change was lost; read the listing before repeating it.
        """
        if key is not None and not set(key) <= set("0123456789abcdefABCDEF"):
            raise InvalidParameter("key must be hexadecimal", platform="taobao", field="key")
        name = listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}"
        if key is not None:
            target: dict[str, Any] = {"item_quantity": delta}
            if platform_sku_id:
                target = {"sku_quantities": [{"sku_id": platform_sku_id, "quantity": delta}]}
            fields = {"item_id": listing_id, **target, "options": {"type": 2, "outer_biz_key": key}}
            yield from self.call("tmall.item.quantity.update", fields, write=True, keyed=True)
        else:
            fields = {"num_iid": listing_id, "sku_id": platform_sku_id, "quantity": delta, "type": 2}
            yield from self.call("taobao.item.quantity.update", fields, write=True)
        return Outcome(True, name)

    def list_listings(self, position: tuple[str, int] | None = None) -> Operation[Page[Listing]]:
        """One page: what is on sale first, then what is not; one row per variant."""
        shelf, page = position or ("onsale", 1)
        size = 100
        reply = yield from self.call(_PAGES[shelf], {"fields": "num_iid", "page_no": page, "page_size": size})
        items = rows_of(reply.get("items"))
        ids = read_rows(items, lambda row: str(row["num_iid"]), platform="taobao", path="items", may_all_fail=True)
        found: list[Listing] = []
        findings = [*ids.findings]
        for batch in batches(ids, 20):
            detail = yield from self.call("taobao.items.seller.list.get", {"fields": _ITEM, "num_iids": list(batch)})
            told = read_rows(
                rows_of(detail.get("items")), _listings, platform="taobao", path="items", may_all_fail=True
            )
            found += [row for rows in told for row in rows]
            findings += told.findings
        following = (shelf, page + 1) if len(items) == size else ("instock", 1) if shelf == "onsale" else None
        return Page(tuple(found), findings=tuple(findings), next=following)


def _listings(item: Mapping[str, Any]) -> list[Listing]:
    """An item without variants is one row; otherwise one row per SKU."""
    listing_id, status = str(item["num_iid"]), LISTING_WORDS(str(item.get("approve_status") or ""))
    base = {"listing_id": listing_id, "title": item.get("title"), "status": status, "currency": "CNY",
            "url": item.get("detail_url")}  # fmt: skip
    skus = rows_of(item.get("skus"))
    if not skus:
        return [Listing(**base, sku=item.get("outer_id") or None, quantity=_units(item.get("num")), price=_price(item))]
    return [
        Listing(
            **base, platform_sku_id=str(row["sku_id"]), sku=row.get("outer_id") or None,
            variant=row.get("properties_name") or None, quantity=_units(row.get("quantity")), price=_price(row),
        )
        for row in skus
    ]  # fmt: skip


def _units(value: Any) -> int | None:
    return None if value is None else quantity(value)


def _price(row: Mapping[str, Any]) -> Any:
    return cny_yuan(row["price"]) if row.get("price") not in (None, "") else None
