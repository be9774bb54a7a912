"""One generator per verb: orders and their changes. Shipping, stock, after-sales, access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/kuaishou.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.kuaishou.access import AccessVerbs
from orderhub.connectors.kuaishou.aftersale import AftersaleVerbs
from orderhub.connectors.kuaishou.base import number
from orderhub.connectors.kuaishou.decode import decode_orders
from orderhub.connectors.kuaishou.sheet import SPEC
from orderhub.connectors.kuaishou.shipping import ShippingVerbs
from orderhub.connectors.kuaishou.spec import NO_MORE, NOTE_FLAGS
from orderhub.connectors.kuaishou.stock import StockVerbs
from orderhub.connectors.kuaishou.wire import span
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of, text
from orderhub.kit.table import read
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["KuaishouOperations"]

LIST, DETAIL = "open.order.cursor.list", "open.order.detail"
NOTE, CLOSE, ADDRESS = "open.seller.order.note.add", "open.seller.order.close", "open.order.address.update"
ALL, OLDEST_FIRST = 1, 2
AXES = {"created": 1, "updated": 2}
NOTE_MAX = 200


class KuaishouOperations(AftersaleVerbs, ShippingVerbs, StockVerbs, AccessVerbs):
    """Every verb of Kuaishou."""

    spec = SPEC

    def list_orders(self, window: Window, position: str | None = None) -> Operation[Page[Order]]:
        """One page, oldest first, by the platform's cursor; the window at most seven days.

        Every status is asked for: with a filter, orders that leave a state would never be seen leaving.
        """
        settings = self.config.settings
        data, request_id = yield from self.call(LIST, {
            "orderViewStatus": ALL, "pageSize": int(settings["page_size"]), "sort": OLDEST_FIRST,
            "queryType": AXES[window.axis], **span(window),
            "cpsType": settings["cps_type"], "cursor": position or "",
        })  # fmt: skip
        document = data if isinstance(data, Mapping) else {}
        rows = rows_of(document.get("orderList"))
        found = decode_orders(rows, self.config, request_id)
        following = _following(document, rows, position)
        if settings["order_source"] == "detail":
            refs = tuple(OrderRef(order.order_id, order.updated_at) for order in found.items)
            return Page(refs=refs, findings=_of_lost(found), next=following, quarantined=found.quarantined)
        return Page(found.items, findings=found.findings, next=following, quarantined=found.quarantined)

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The whole order, with its flags and a change of address that waits for an answer."""
        data, request_id = yield from self.call(DETAIL, {"oid": number(order_id)})
        if not isinstance(data, Mapping):
            raise DecodeError("the reply has no data", platform="kuaishou", operation=DETAIL, path="data",
                              request_id=request_id)  # fmt: skip
        return decode_orders([data], self.config, request_id)

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Add a note, at most 200 characters, with `flag` 0 to 6 (none, red, yellow, green, blue, purple, grey).

        Notes are appended, never replaced; a lost reply is settled by reading them.
        """
        if not 0 < len(memo) <= NOTE_MAX:
            raise InvalidParameter(f"a note has 1 to {NOTE_MAX} characters", platform="kuaishou",
                                   operation="set_memo", field="memo")  # fmt: skip
        if flag is not None and flag not in NOTE_FLAGS:
            raise InvalidParameter("flag is 0 to 6", platform="kuaishou", operation="set_memo", field="flag")
        fields = {"orderId": number(order_id), "note": memo, "flag": flag}
        try:
            yield from self.call(NOTE, fields, write=True)
        except OutcomeUnknown:
            order: Order = yield from self.get_order(order_id)
            if memo not in (order.seller_note or "").split("\n"):
                raise
            return Outcome(True, order_id, "already_done")
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def close_order(self, order_id: str, reason: str = "") -> Operation[Outcome[None]]:
        """Close an unpaid order; the platform takes no reason. A closed order stays closed, so it may be repeated."""
        return (yield from self._change(order_id, CLOSE, {}))

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver before shipping; all of it must be in the clear.

        Raises:
            InvalidParameter: A part is missing.
        """
        place = recipient.address
        told = {"consignee": recipient.name, "mobile": recipient.phone, "province": place.province,
                "city": place.city, "district": place.district, "address": place.street}  # fmt: skip
        if missing := sorted(name for name, value in told.items() if not value):
            raise InvalidParameter(f"a new receiver needs {', '.join(missing)}", platform="kuaishou",
                                   operation="change_address", field="recipient")  # fmt: skip
        return (yield from self._change(order_id, ADDRESS, {**told, "town": place.town, **_codes(place.division_code)}))

    def _change(self, order_id: str, api: str, fields: Mapping[str, Any]) -> Operation[Outcome[None]]:
        """A write that sets values: repeating it changes nothing, so it may be repeated."""
        try:
            yield from self.call(api, {"orderId": number(order_id), **fields}, write=True, keyed=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _codes(division: str | None) -> dict[str, int]:
    """The platform's codes of a place, as far as one national code tells them: town, district, or neither."""
    if not division or not division.isdecimal():
        return {}
    if len(division) == 9:
        return {"townCode": int(division), "districtCode": int(division[:6])}
    return {"districtCode": int(division)} if len(division) == 6 else {}


def _following(data: Mapping[str, Any], rows: list[Any], position: str | None) -> str | None:
    """The next cursor, None at the end; a page of rows without a cursor is no page to build on."""
    cursor: str | None = read(data, "cursor", text)
    if cursor == NO_MORE or (cursor is None and not rows):
        return None
    if cursor is None:
        raise DecodeError("the page has rows and no cursor", platform="kuaishou", operation=LIST, path="cursor")
    return cursor


def _of_lost(page: Page[Order]) -> tuple[Any, ...]:
    """Findings about rows that could not be read; those of the others come again with their details."""
    return tuple(finding for _, _, finding in page.quarantined)
