"""One generator per verb: orders, their details, the seller's note, cancelling. The other verbs stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/shopee.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.connectors.shopee.access import AccessVerbs
from orderhub.connectors.shopee.aftersale import AftersaleVerbs
from orderhub.connectors.shopee.decode import decode_orders
from orderhub.connectors.shopee.sheet import SPEC
from orderhub.connectors.shopee.spec import CANCEL_REASONS, DETAIL_MAX
from orderhub.connectors.shopee.stock import StockVerbs
from orderhub.connectors.shopee.waybills import WaybillVerbs
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import batches
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = ["ShopeeOperations"]

_AXES = {"updated": "update_time", "created": "create_time"}
_CANCELLED, _ASKED = "CANCELLED", "IN_CANCEL"


class ShopeeOperations(WaybillVerbs, StockVerbs, AftersaleVerbs, AccessVerbs):
    """Every verb of Shopee."""

    spec = SPEC

    def list_orders(self, window: Window, position: str | None = None) -> Operation[Page[Order]]:
        """One page of whole orders: the list names them, details come fifty at once.

        Windows are whole seconds, the last one included. An order whose detail does not come with the others is left
        to a call of its own.
        """
        end = max(int(window.end.timestamp()), int(window.start.timestamp()))
        asked = {
            "time_range_field": _AXES[window.axis], "time_from": int(window.start.timestamp()), "time_to": end + 1,
            "page_size": self.page_size, "cursor": position or "", "response_optional_fields": "order_status",
            "request_order_status_pending": True,
        }  # fmt: skip
        listed = yield from self.call("order/get_order_list", asked)
        named = [_order_sn(row) for row in rows_of(listed.get("order_list"))]
        page: Page[Order] = Page(next=_following(listed))
        for some in batches(named, DETAIL_MAX):
            page = yield from self._more(page, list(some))
        return page

    def _more(self, page: Page[Order], order_ids: list[str]) -> Operation[Page[Order]]:
        """The page with the details of some orders."""
        found = yield from self.details(order_ids)
        rows = rows_of(found.get("order_list"))
        decoded = decode_orders((yield from self.tracked(rows)), self.config, found["_request_id"])
        there = {str(row.get("order_sn")) for row in rows if isinstance(row, Mapping)}
        return replace(
            page, items=page.items + decoded.items, findings=page.findings + decoded.findings,
            quarantined=page.quarantined + decoded.quarantined,
            refs=page.refs + tuple(OrderRef(one) for one in order_ids if one not in there),
        )  # fmt: skip

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with the numbers of its parcels."""
        document = yield from self.document_of(order_id)
        return decode_orders((yield from self.tracked([document])), self.config)

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note; the platform has no flags. Setting a value: repeating it changes nothing."""
        if flag is not None:
            refusal = InvalidParameter("Shopee's notes have no flag", platform="shopee", field="flag")
            return Outcome.failed(order_id, refusal)
        try:
            yield from self.call("order/set_note", body={"order_sn": order_id, "note": memo}, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Cancel an order that is not shipped, for one of the platform's four reasons.

        Where the buyer asks to cancel, the wish is accepted. `already_done` when it is cancelled; goods that ran out
        are named by the order's own lines.
        """
        if reason not in CANCEL_REASONS:
            told = f"Shopee takes one of {', '.join(CANCEL_REASONS)} as a reason"
            return Outcome.failed(order_id, InvalidParameter(told, platform="shopee", field="reason"))
        try:
            document = yield from self.document_of(order_id)
            status = document.get("order_status")
            if status == _CANCELLED:
                return Outcome(True, order_id, "already_done")
            goods = _goods(document) if reason == "OUT_OF_STOCK" else None
            name, sent = "order/cancel_order", {"cancel_reason": reason, "item_list": goods}
            if status == _ASKED:
                name, sent = "order/handle_buyer_cancellation", {"operation": "ACCEPT"}
            yield from self.call(name, body={"order_sn": order_id, **sent}, write=True)
        except (OutcomeUnknown, RequestRejected) as error:
            return (yield from self._cancelled(order_id, error))
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def _cancelled(self, order_id: str, error: OrderHubError) -> Operation[Outcome[None]]:
        """A lost reply is settled by what the order says."""
        try:
            document = yield from self.document_of(order_id)
        except OrderHubError:
            return Outcome.failed(order_id, error)
        if document.get("order_status") == _CANCELLED:
            return Outcome(True, order_id, "already_done")
        return Outcome.failed(order_id, error)


def _order_sn(row: Any) -> str:
    found = row.get("order_sn") if isinstance(row, Mapping) else None
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        raise DecodeError("a row of the list has no order_sn", platform="shopee", path="order_list.order_sn")
    return str(found)


def _following(listed: Mapping[str, Any]) -> str | None:
    """The cursor of the next page; more without a cursor would lose orders."""
    if listed.get("more") is not True:
        return None
    if not (cursor := listed.get("next_cursor")):
        raise DecodeError("more rows, but no next_cursor", platform="shopee", path="next_cursor")
    return str(cursor)


def _goods(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("item_id", "model_id")
    return [
        {name: row[name] for name in names if row.get(name) is not None}
        for row in rows_of(document.get("item_list")) if isinstance(row, Mapping)
    ]  # fmt: skip
