"""One generator per verb: orders, their details, notes. Parcels, stock, cases and access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/shopify.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.shopify.access import AccessVerbs
from orderhub.connectors.shopify.aftersale import AftersaleVerbs
from orderhub.connectors.shopify.convert import LONGER, gid, nodes, number, short_of, unfinished
from orderhub.connectors.shopify.decode import decode_orders
from orderhub.connectors.shopify.queries import LINES, ORDER, ORDER_UPDATE, ORDERS, PARTS
from orderhub.connectors.shopify.reading import Place, read_page
from orderhub.connectors.shopify.sheet import SPEC
from orderhub.connectors.shopify.shipping import ShippingVerbs
from orderhub.connectors.shopify.spec import HISTORY
from orderhub.connectors.shopify.stock import StockVerbs
from orderhub.connectors.shopify.wire import refusal
from orderhub.errors import DecodeError, OrderHubError, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.convert import iso_time
from orderhub.kit.exchange import server_now
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import PrivacyKind, Severity

__all__ = ["ShopifyOperations"]

LINE_PAGES_MAX, LINE_PAGE = 200, 50


class ShopifyOperations(ShippingVerbs, StockVerbs, AftersaleVerbs, AccessVerbs):
    """Every verb of Shopify."""

    spec = SPEC

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of a window, oldest first: orders by name and version, to be read one by one.

        What an app with read_orders alone does not see is told as a finding.
        """
        told: tuple[Finding, ...] = ()
        if position is None and not self.config.settings["all_orders"]:
            told = _beyond(window, (yield from server_now()))
        rows, following = yield from read_page(self, ORDERS, window, position)
        return Page(refs=tuple(map(_ref, rows)), findings=told, next=following)

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with all its lines, parcels and cases."""
        document = yield from self.one_order(ORDER, order_id, size=self.detail_size)
        document = yield from self._all_lines(document, order_id)
        return decode_orders([(yield from self._all_parts(document, order_id))], self.config)

    def _all_lines(self, document: dict[str, Any], order_id: str) -> Operation[dict[str, Any]]:
        """The order with the lines of every page."""
        connection = document.get("lineItems")
        if not unfinished(connection):
            return document
        rows = nodes(connection)
        for _ in range(LINE_PAGES_MAX):
            if not isinstance(connection, Mapping) or not unfinished(connection):
                break
            cursor = connection["pageInfo"].get("endCursor")
            more = yield from self.one_order(LINES, order_id, first=LINE_PAGE, after=cursor)
            connection = more.get("lineItems")
            rows = rows + nodes(connection)
        return {**document, "lineItems": {"nodes": rows}}

    def _all_parts(self, document: dict[str, Any], order_id: str) -> Operation[dict[str, Any]]:
        """What stands beside the lines, each part that has more rows read anew with longer pages."""
        for name, query in PARTS.items():
            for size in LONGER:
                if not short_of(document, name):
                    break
                part = yield from self.one_order(query, order_id, size=size)
                document = {**document, name: part.get(name)}
        return document

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Replace the order's one note, when the setting `note_is` says that it is the shop's. There are no flags."""
        if self.config.settings["note_is"] != "seller" or flag is not None:
            told = "there are no flags" if flag is not None else (
                "an order has one note, and buyers write it at checkout; note_is='seller' says that yours do not"
            )  # fmt: skip
            return Outcome.failed(order_id, UnsupportedOperation(told, platform="shopify", operation="set_memo"))
        return (yield from self._update(order_id, {"note": memo}))

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver. Setting values: repeating it changes nothing."""
        place = recipient.address
        if recipient.privacy.kind in (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED):
            error = UnsupportedOperation("a receiver in the clear is needed", platform="shopify", field="recipient")
            return Outcome.failed(order_id, error)
        first, _, last = (recipient.name or "").partition(" ")
        street = " ".join(part for part in (place.district, place.town, place.street) if part)
        sent = {
            "firstName": first, "lastName": last, "address1": street, "address2": None, "city": place.city,
            "province": place.province, "zip": place.postal_code, "country": place.country, "phone": recipient.phone,
        }  # fmt: skip
        return (yield from self._update(order_id, {"shippingAddress": sent}))

    def _update(self, order_id: str, values: Mapping[str, Any]) -> Operation[Outcome[None]]:
        """orderUpdate: sets what it names."""
        sent = {"input": {"id": gid("Order", order_id), **values}}
        try:
            refused = yield from self.mutate("orderUpdate", ORDER_UPDATE, sent, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome.failed(order_id, refusal(refused[0])) if refused else Outcome(True, order_id)


def _ref(row: Mapping[str, Any]) -> OrderRef:
    try:
        return OrderRef(number(row.get("legacyResourceId") or row.get("id")), iso_time(row["updatedAt"]))
    except (LookupError, ValueError):
        raise DecodeError("a row needs id and updatedAt", platform="shopify", operation="orders",
                          path="data.orders") from None  # fmt: skip


def _beyond(window: Window, at: datetime) -> tuple[Finding, ...]:
    """Said when a window begins clearly before what read_orders reaches."""
    if window.start >= at - HISTORY - timedelta(hours=1):
        return ()
    return (Finding(
        code="beyond_history", severity=Severity.INFO, platform="shopify",
        message=f"read_orders shows {HISTORY.days} days; with read_all_orders set all_orders=True",
    ),)  # fmt: skip
