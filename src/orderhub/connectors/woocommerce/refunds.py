"""Refunds: read through the orders that have some, since no call lists them. Imports `kit`, `flow`, `models`.

A refund changes its order, so orders changed since the window began have every refund of it; those changed after its
end are read too, because a later change must not hide an earlier refund.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orderhub.connectors.woocommerce import wire
from orderhub.connectors.woocommerce.base import WooCommerceBase, checked_id, listed
from orderhub.connectors.woocommerce.refunds_meaning import split_key
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, lazy_extra, raw_of
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund

__all__ = ["RefundVerbs"]

SECOND = timedelta(seconds=1)


class RefundVerbs(WooCommerceBase):
    """Reading refunds."""

    def refund_documents(self, order_id: str) -> Operation[list[Any]]:
        """Native refunds of one order."""
        return (yield from self.rows("orders/{id}/refunds", f"orders/{checked_id(order_id)}/refunds"))

    def list_refunds(self, window: Window, position: Position | None = None) -> Operation[Page[Refund]]:
        """One page of orders, and of these the refunds that were made in the window."""
        latest = max(window.end, (yield from now()))
        source = Paged(
            lambda page, counted: self._refund_page(window, latest, page), lambda reply: listed(reply["answer"]),
            lambda reply: wire.counted(reply["answer"]), _ident, self.page_size,
        )  # fmt: skip
        rows, following, _ = yield from backwards(source, position)
        found: list[Mapping[str, Any]] = []
        for row in rows:
            if isinstance(row, Mapping) and rows_of(row.get("refunds")):
                found += yield from self._cases(row)
        page = self._decoded(found)
        start = window.start.replace(microsecond=0)
        items = tuple(one for one in page.items if one.created_at is None or start <= one.created_at <= window.end)
        return replace(page, items=items, next=following)

    def _refund_page(self, window: Window, latest: Any, page: int) -> Operation[dict[str, Any]]:
        asked = {
            "modified_after": wire.gmt(window.start - SECOND), "modified_before": wire.gmt(latest + SECOND),
            "dates_are_gmt": "true", "status": self.config.settings["order_status"], "orderby": "id", "order": "asc",
            "page": page, "per_page": self.page_size,
        }  # fmt: skip
        return {"answer": (yield from self.get("orders", "orders", asked))}

    def _cases(self, order: Mapping[str, Any]) -> Operation[list[Mapping[str, Any]]]:
        """Refunds of one order, each with what it must know of the order."""
        rows = yield from self.refund_documents(str(order.get("id")))
        return [self._joined(order, row) for row in rows if isinstance(row, Mapping)]

    def _joined(self, order: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
        table = self.config.tables["line"]
        lines = [{name: value for name, value in table.decode(line).items() if name in _KEYS}
                 for line in rows_of(order.get("line_items"))]  # fmt: skip
        return {
            **row, "order_id": str(order.get("id")), "currency": order.get("currency"), "order_lines": lines,
            "prices_include_tax": order.get("prices_include_tax", False),
            "item_key": self.config.settings["refunded_item_key"],
        }  # fmt: skip

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One refund; its id is `order-refund`.

        Raises:
            NotFound: No such refund, or not such an id.
            DecodeError: It could not be decoded.
        """
        order_id, number = split_key(refund_id)
        order = yield from self.document_of(order_id)
        for case in (yield from self._cases(order)):
            if str(case.get("id")) == number:
                page = self._decoded([case])
                if not page.items:
                    raise DecodeError(page.findings[0].message, platform="woocommerce", path=page.findings[0].path)
                return page.items[0]
        raise NotFound("the order has no such refund", platform="woocommerce", code="refund")

    def _decoded(self, documents: Sequence[Mapping[str, Any]]) -> Page[Refund]:
        table, config = self.config.tables["refund"], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found = {name: value for name, value in table.decode(document).items() if name[0] != "_"}
            raw = raw_of(document, config)
            told = {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
            return Refund.model_validate(found | told), []

        return decode_page(documents, one, platform=config.platform, id_of=lambda row: str(row.get("order_id")))


_KEYS = frozenset({"line_id", "platform_item_id", "platform_sku_id"})


def _ident(row: Any) -> str:
    return str(row.get("id")) if isinstance(row, Mapping) else repr(row)
