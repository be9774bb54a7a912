"""One generator per verb: orders, their details and changes. Shipping, stock, after-sales, access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/taobao.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao.access import AccessVerbs
from orderhub.connectors.taobao.aftersale_answers import AnswerVerbs
from orderhub.connectors.taobao.decode import decode_orders
from orderhub.connectors.taobao.invoices import InvoiceVerbs
from orderhub.connectors.taobao.sheet import SPEC
from orderhub.connectors.taobao.spec import ORDER_TYPES
from orderhub.connectors.taobao.stock import StockVerbs
from orderhub.connectors.taobao.tables import ORDER_FIELDS
from orderhub.connectors.taobao.waybills import WaybillVerbs
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import beijing_time, ident, rows_of
from orderhub.kit.decode import readable
from orderhub.kit.reading import Position, backwards
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import Severity

__all__ = ["TaobaoOperations"]


class TaobaoOperations(WaybillVerbs, AnswerVerbs, InvoiceVerbs, StockVerbs, AccessVerbs):
    """Every verb of Taobao and Tmall."""

    spec = SPEC

    def list_orders(self, window: Window, position: Position | int | None = None) -> Operation[Page[Order]]:
        """One page of order references; details come by `fetch_order`, since lists hide notes and promotions.

        By update time pages are read last to first; by creation time first to last. Window at most one day by
        update time.
        """
        if window.axis == "created":
            return (yield from self._by_created(window, int(position or 1)))  # type: ignore[arg-type]
        api = {"full": "taobao.trades.sold.increment.get", "simple": "taobao.trades.simple.sold.increment.get"}[
            self.config.settings["list_api"]
        ]
        query = {"fields": "tid,modified", "start_modified": window.start, "end_modified": window.end,
                 "type": ORDER_TYPES}  # fmt: skip

        at = position if isinstance(position, Position) else None
        rows, following, total = yield from backwards(self.paged(api, query, _trades, _tid), at)
        refs, findings = _refs(rows)
        return Page(refs=refs, findings=findings, next=following, total=total)

    def _by_created(self, window: Window, page: int) -> Operation[Page[Order]]:
        reply = yield from self.call("taobao.trades.sold.get", {
            "fields": "tid,modified", "start_created": window.start, "end_created": window.end, "type": ORDER_TYPES,
            "page_no": page, "page_size": self.page_size, "use_has_next": True,
        })  # fmt: skip
        refs, findings = _refs(_trades(reply))
        more = str(reply.get("has_next")).lower() == "true" and bool(refs)
        return Page(refs=refs, findings=findings, next=page + 1 if more else None)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits."""
        axis = {"updated": ("taobao.trades.sold.increment.get", "start_modified", "end_modified"),
                "created": ("taobao.trades.sold.get", "start_created", "end_created")}  # fmt: skip
        api, start, end = axis[window.axis]
        reply = yield from self.call(api, {
            "fields": "tid", start: window.start, end: window.end, "type": ORDER_TYPES, "page_no": 1, "page_size": 1,
            "use_has_next": False,
        })  # fmt: skip
        with readable("total_results", "taobao"):
            return int(reply.get("total_results") or 0)

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The full trade; a receiver comes masked with its token."""
        api = "taobao.trade.fullinfo.get"
        reply = yield from self.call(api, {"fields": ",".join(ORDER_FIELDS), "tid": order_id})
        trade, request_id = reply.get("trade"), reply.get("request_id")
        if not isinstance(trade, Mapping):
            raise DecodeError(
                "the reply has no trade", platform="taobao", operation=api, path="trade", request_id=request_id
            )
        return decode_orders([trade], self.config, request_id)

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver; only before shipping.

        Raises:
            Conflict, InvalidParameter: As the platform says, e.g. a name over 50 GBK bytes.
        """
        address = recipient.address
        fields = {
            "receiver_name": recipient.name, "receiver_mobile": recipient.phone, "receiver_state": address.province,
            "receiver_city": address.city, "receiver_district": address.district, "receiver_town": address.town,
            "receiver_address": address.street,
        }  # fmt: skip
        if long := _too_long(fields):
            raise InvalidParameter(f"{long} is longer than Taobao takes (GBK bytes)", platform="taobao", field=long)
        sent = {name: value for name, value in fields.items() if value}
        return (yield from self._change(order_id, "taobao.trade.shippingaddress.update", sent))

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note (at most 1000 bytes) and flag (0-10); an empty memo clears it."""
        if len(memo.encode()) > 1000:
            raise InvalidParameter("memo is longer than 1000 bytes", platform="taobao", field="memo")
        sent = {"memo": memo, "flag": flag, "reset": True if memo == "" else None}
        return (yield from self._change(order_id, "taobao.trade.memo.update", sent))

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Close an unpaid order; `reason` is one of the platform's own sentences."""
        return (yield from self._change(order_id, "taobao.trade.close", {"close_reason": reason}))

    def _change(self, order_id: str, api: str, fields: Mapping[str, Any]) -> Operation[Outcome[None]]:
        """A write that sets values: repeating it changes nothing, so it may be repeated."""
        try:
            yield from self.call(api, {"tid": order_id, **fields}, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def server_time(self) -> Operation[Any]:
        """The platform's clock, aware UTC."""
        reply = yield from self.call("taobao.time.get", {})
        return beijing_time(reply.get("time"))


_BYTES_MAX = {"receiver_name": 50, "receiver_mobile": 11, "receiver_state": 32, "receiver_city": 32,
              "receiver_district": 32, "receiver_town": 32, "receiver_address": 228}  # fmt: skip


def _too_long(fields: Mapping[str, str | None]) -> str | None:
    return next(
        (name for name, limit in _BYTES_MAX.items() if len((fields.get(name) or "").encode("gbk", "replace")) > limit),
        None,
    )


def _trades(reply: Mapping[str, Any]) -> list[Any]:
    return rows_of(reply.get("trades"))


def _tid(row: Any) -> str:
    return str(row.get("tid_str") or row.get("tid")) if isinstance(row, Mapping) else repr(row)


def _refs(rows: list[Any]) -> tuple[tuple[OrderRef, ...], tuple[Finding, ...]]:
    """References of a list page; a row without a readable id is reported, never skipped silently."""
    refs, findings = [], []
    for row in rows:
        try:
            modified = row.get("modified")
            refs.append(
                OrderRef(ident(row.get("tid_str") or row.get("tid")), beijing_time(modified) if modified else None)
            )
        except (ValueError, AttributeError) as error:
            findings.append(Finding(
                code="undecodable", severity=Severity.ERROR, platform="taobao", path="trades",
                message=f"a row of the order list cannot be read: {error}",
            ))  # fmt: skip
    return tuple(refs), tuple(findings)
