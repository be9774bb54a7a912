"""Refunds and returns, as the orders of a window hold them. Imports `kit`, `flow`, `models`.

Source: docs/platforms/shopify.md#refunds. A return is a case; its refunds belong to it. A refund without a return is a
case of its own, done the moment it exists. A case has no time of change: its order's is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopify.base import ShopifyBase
from orderhub.connectors.shopify.convert import LONGER, bag, nodes, number, short_of
from orderhub.connectors.shopify.money import whole
from orderhub.connectors.shopify.queries import CASES, CASES_OF
from orderhub.connectors.shopify.reading import Place, read_page
from orderhub.connectors.shopify.spec import RETURN, SOURCE
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import iso_time, text
from orderhub.kit.decode import decode_page, document_bytes, unknown_word
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["AftersaleVerbs", "refund_key"]

Document = Mapping[str, Any]
_CASE_ORDERS, _CASES_EACH = 20, 5


def refund_key(order: str, kind: str, name: str) -> str:
    """How a case is named: order, `return` or `refund`, its number."""
    return f"{order}-{kind}-{name}"


class AftersaleVerbs(ShopifyBase):
    """Reading cases."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of the cases of orders that changed in `window`."""
        rows, following = yield from read_page(
            self, CASES, window, position, first=min(self.page_size, _CASE_ORDERS), size=_CASES_EACH
        )
        pages = []
        for row in rows:
            pages.append(self._cases((yield from self._complete(row))))
        return Page(
            tuple(case for page in pages for case in page.items),
            findings=tuple(finding for page in pages for finding in page.findings),
            quarantined=tuple(kept for page in pages for kept in page.quarantined), next=following,
        )  # fmt: skip

    def _complete(self, order: Document) -> Operation[Document]:
        """The order with every case and line of a case, read anew when a page does not hold them."""
        for size in LONGER:
            if not (short_of(order, "returns") or short_of(order, "refunds")):
                break
            order = yield from self.one_order(CASES_OF, _needed_name(order), size=size)
        return order

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case by the id that this connector gave it; raises `NotFound`, `DecodeError`."""
        order: Document = yield from self.one_order(CASES_OF, refund_id.partition("-")[0], size=self.detail_size)
        order = yield from self._complete(order)
        page = self._cases(order)
        for case in page.items:
            if case.refund_id == refund_id:
                return case
        if page.findings and not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="shopify", operation="order", path=first.path, value=first.value)
        raise NotFound("the order has no such case", platform="shopify", operation="order")

    def _cases(self, order: Document) -> Page[Refund]:
        """Every case of one order; one that cannot be read is quarantined alone."""
        refunds, returns = nodes(order.get("refunds")), nodes(order.get("returns"))
        documents: list[dict[str, Any]] = [
            {"return": row, "refunds": [one for one in refunds if _return_of(one) == row.get("id")]}
            for row in returns
            if isinstance(row, Mapping)
        ]
        known = {row["return"].get("id") for row in documents}
        documents += [{"refunds": [one]} for one in refunds if _return_of(one) not in known]

        def one(document: Document) -> tuple[Refund, list[Finding]]:
            return self._case(order, document)

        return decode_page(documents, one, platform="shopify", id_of=lambda _: _name(order))

    def _case(self, order: Document, document: Document) -> tuple[Refund, list[Finding]]:
        told, refunds = document.get("return"), document["refunds"]
        try:
            found = _read(order, told, refunds)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DecodeError("a case cannot be read", platform="shopify", path="refunds") from error
        found |= {"platform": self.config.platform, "shop_id": self.config.shop_id, "raw": document_bytes(document)}
        case = Refund.model_validate(found)
        strange = told is not None and not RETURN.knows(case.raw_status)
        finding = unknown_word("shopify", case.order_id, "returns.status", str(case.raw_status), SOURCE)
        return case, [finding] if strange else []


def _needed_name(order: Document) -> str:
    if (name := _name(order)) is None:
        raise DecodeError("an order without an id", platform="shopify", operation="orders", path="data.orders")
    return name


def _name(order: Document) -> str | None:
    try:
        return number(order.get("legacyResourceId") or order.get("id"))
    except ValueError:
        return None


def _return_of(refund: Any) -> Any:
    told = refund.get("return") if isinstance(refund, Mapping) else None
    return told.get("id") if isinstance(told, Mapping) else None


def _read(order: Document, told: Document | None, refunds: list[Document]) -> dict[str, Any]:
    order_id = number(order.get("legacyResourceId") or order["id"])
    currency = read(order, "currencyCode", text)
    if currency is None:
        raise ValueError("no currency")
    lines = [_line(item, currency) for refund in refunds for item in nodes(refund.get("refundLineItems"))]
    came = any(item.get("restockType") == "RETURN" for row in refunds for item in nodes(row.get("refundLineItems")))
    kind, name = ("refund", refunds[0]["id"]) if told is None else ("return", told["id"])
    raw = None if told is None else read(told, "status", text)
    created = [at for row in refunds if (at := read(row, "createdAt", iso_time))]
    return {
        "refund_id": refund_key(order_id, kind, number(name)), "order_id": order_id, "currency": currency,
        "status": _status(raw, refunds, is_return=told is not None),
        "raw_status": raw or ("REFUNDED" if refunds else None),
        "kind": RefundKind.RETURN_AND_REFUND if told is not None or came else RefundKind.REFUND_ONLY,
        "reason": next((note for row in refunds if (note := read(row, "note", text))), None),
        "amount": total_of(bag(row, "totalRefundedSet", currency) for row in refunds) if refunds else None,
        "lines": tuple(lines), "created_at": min(created, default=None),
        "updated_at": read(order, "updatedAt", iso_time),
    }  # fmt: skip


def _status(raw: str | None, refunds: list[Document], *, is_return: bool) -> AftersaleStatus:
    """A refund is there: refunded. Else the return's own word."""
    word = RETURN(str(raw)) if is_return else AftersaleStatus.REFUNDED
    if refunds and word is not AftersaleStatus.UNKNOWN:
        return AftersaleStatus.REFUNDED
    return word


def _line(item: Document, currency: str) -> tuple[str, int, Any]:
    return number(item["lineItem"]["id"]), whole(item["quantity"]), bag(item, "subtotalSet", currency)
