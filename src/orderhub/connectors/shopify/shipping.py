"""Telling Shopify about parcels: what of which fulfilment order, corrected numbers, lost replies.

Imports `kit`, `flow`. Source: docs/platforms/shopify.md#shipping. A parcel is a fulfilment with a number. Creating one
is not idempotent, so the order is read before: a number that stands there is not told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orderhub.connectors.shopify.base import ShopifyBase
from orderhub.connectors.shopify.convert import nodes, number, short_of, unfinished
from orderhub.connectors.shopify.money import whole
from orderhub.connectors.shopify.queries import SHIP, TO_SHIP, TRACKING
from orderhub.connectors.shopify.spec import FULFILMENT_ORDER, PARCEL, Stage
from orderhub.connectors.shopify.wire import refusal
from orderhub.errors import (
    ConfigurationError,
    Conflict,
    DecodeError,
    InvalidParameter,
    NotFound,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_name
from orderhub.kit.shipping import by_order, settled
from orderhub.models.channel import Dispatch
from orderhub.models.outcome import Outcome
from orderhub.models.status import FulfilmentStatus

__all__ = ["ShippingVerbs"]

Parcels = Sequence[Dispatch]
Document = Mapping[str, Any]
Rows = list[dict[str, Any]]
_SIZES, _PAGES_MAX = ((10, 20), (2, 250)), 100


class ShippingVerbs(ShopifyBase):
    """Dispatch."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment, whole or by lines; parcels of one order without lines are one fulfilment of all the rest.

        One outcome per dispatch, in order. A parcel that Shopify already knows is ok with reason `already_done`; an
        outcome that cannot be settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: list[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Corrections and parcels with lines one by one, then the rest together."""
        rest = [parcel for parcel in parcels if not parcel.replaces and parcel.lines is None]
        single = [[parcel] for parcel in parcels if parcel not in rest]
        found: dict[str, Outcome[None]] = {}
        for batch in [*single, *([rest] if rest else [])]:
            act = self._correct if batch[0].replaces else self._send
            outcome = yield from settled(batch, act, self._stand)
            found |= {parcel.key: Outcome(outcome.ok, parcel.key, outcome.reason, outcome.error) for parcel in batch}
        return [found[parcel.key] for parcel in parcels]

    def _stand(self, parcels: Parcels) -> Operation[bool]:
        """Whether every parcel stands in the order with all that is meant to be in it, and no replaced number does."""
        order = yield from self._to_ship(parcels[0].order_id)
        if any(parcel.replaces for parcel in parcels):
            told = _numbers(order)
            return all(parcel.waybill_no in told and parcel.replaces not in told for parcel in parcels)
        return _is_told(order, parcels)

    def _to_ship(self, order_id: str) -> Operation[Document]:
        """The order with every fulfilment order; one with many lines is read again with longer pages of fewer."""
        order: Document = {}
        for count, size in _SIZES:
            order, rows = yield from self._pages(order_id, count, size)
            if not any(unfinished(row.get("lineItems")) for row in rows) and not short_of(order, "fulfillments"):
                return {**order, "fulfillmentOrders": rows}
        raise DecodeError("a fulfilment order with more lines than a page holds", platform="shopify",
                          path="fulfillmentOrders.lineItems")  # fmt: skip

    def _pages(self, order_id: str, count: int, size: int) -> Operation[tuple[Document, list[Document]]]:
        """Fulfilment orders page by page."""
        rows: list[Document] = []
        cursor: str | None = None
        for _ in range(_PAGES_MAX):
            order = yield from self.one_order(TO_SHIP, order_id, orders=count, after=cursor, size=size)
            connection = order.get("fulfillmentOrders")
            rows += [row for row in nodes(connection) if isinstance(row, Mapping) and row.get("id")]
            if not isinstance(connection, Mapping) or not unfinished(connection):
                return order, rows
            cursor = connection["pageInfo"].get("endCursor")
        raise DecodeError("fulfilment orders without an end", platform="shopify", path="fulfillmentOrders")

    def _send(self, parcels: Parcels) -> Operation[None]:
        """Create the fulfilment, one call for each location that has a share in it."""
        order = yield from self._to_ship(parcels[0].order_id)
        if _is_told(order, parcels):
            raise Conflict("the order carries the parcel already", platform="shopify", operation="fulfillmentCreate")
        tracking = self._tracking(parcels)
        for rows in self._calls(order, parcels[0]):
            sent = {"lineItemsByFulfillmentOrder": rows, "trackingInfo": tracking,
                    "notifyCustomer": bool(self.config.settings["notify_customer"])}  # fmt: skip
            if refused := (yield from self.mutate("fulfillmentCreate", SHIP, {"fulfillment": sent})):
                raise refusal(refused[0])

    def _calls(self, order: Document, parcel: Dispatch) -> list[Rows]:
        """Rows of each call: by location, unless one call may take all."""
        open_orders = [row for row in nodes(order.get("fulfillmentOrders")) if _is_open(row)]
        shares = _whole(open_orders) if parcel.lines is None else _shares(open_orders, _rest(order, parcel))
        if not shares:
            raise Conflict("nothing of the order waits for shipment", platform="shopify")
        if not self.config.settings["one_location_per_call"]:
            return [[row for _, row in shares]]
        places = list(dict.fromkeys(place for place, _ in shares))
        return [[row for where, row in shares if where == place] for place in places]

    def _tracking(self, parcels: Parcels) -> dict[str, Any]:
        """Company and number; several numbers of one company when several parcels are one fulfilment."""
        carriers = {parcel.carrier for parcel in parcels}
        if len(carriers) > 1:
            raise UnsupportedOperation(
                "one fulfilment has one company: name the lines of each parcel when carriers differ", platform="shopify"
            )
        company = self._company(parcels[0].carrier)
        numbers = list(dict.fromkeys(parcel.waybill_no for parcel in parcels))
        return {"company": company, **({"number": numbers[0]} if len(numbers) == 1 else {"numbers": numbers})}

    def _company(self, carrier: str) -> str:
        """What the buyer reads: the host's own word, else our English name; raises `InvalidParameter`."""
        if named := dict(self.config.settings["companies"]).get(carrier):
            return str(named)
        try:
            return carrier_name(carrier, "en")
        except ConfigurationError:
            raise InvalidParameter(f"what is carrier {carrier!r} called? name it in the setting companies",
                                   platform="shopify", field="Dispatch.carrier") from None  # fmt: skip

    def _correct(self, parcels: Parcels) -> Operation[None]:
        """Replace the number of the fulfilment that carries the old one; its other numbers stay."""
        [parcel] = parcels
        order = yield from self._to_ship(parcel.order_id)
        told = _numbers(order)
        if parcel.waybill_no in told and parcel.replaces not in told:
            raise Conflict("the order carries the number already", platform="shopify")
        for row in _live(order):
            numbers = [str(info.get("number")) for info in nodes_of(row)]
            if parcel.replaces in numbers:
                fresh = [parcel.waybill_no if one == parcel.replaces else one for one in numbers]
                info = {"company": self._company(parcel.carrier),
                        **({"number": fresh[0]} if len(fresh) == 1 else {"numbers": fresh})}  # fmt: skip
                sent = {"fulfillmentId": row["id"], "trackingInfoInput": info,
                        "notifyCustomer": bool(self.config.settings["notify_customer"])}  # fmt: skip
                if refused := (yield from self.mutate("fulfillmentTrackingInfoUpdate", TRACKING, sent)):
                    raise refusal(refused[0])
                return
        raise NotFound("no parcel of this order has the number to be replaced", platform="shopify",
                       field="Dispatch.replaces")  # fmt: skip


def nodes_of(row: Document) -> list[Document]:
    """trackingInfo of a fulfilment."""
    told = row.get("trackingInfo")
    return [info for info in told if isinstance(info, Mapping)] if isinstance(told, list) else []


def _live(order: Document) -> list[Document]:
    return [row for row in nodes(order.get("fulfillments")) if isinstance(row, Mapping)
            and PARCEL(str(row.get("status"))) is not FulfilmentStatus.CANCELLED]  # fmt: skip


def _numbers(order: Document) -> set[str]:
    return {str(info["number"]) for row in _live(order) for info in nodes_of(row) if info.get("number")}


def _rest(order: Document, parcel: Dispatch) -> list[tuple[str, int]]:
    """Units of the parcel's lines that no fulfilment with its number holds yet: calls of several may break off."""
    sent: dict[str, int] = {}
    for row in _live(order):
        if parcel.waybill_no in [info.get("number") for info in nodes_of(row)]:
            for _, line, count in _units(row.get("fulfillmentLineItems"), "quantity"):
                sent[line] = sent.get(line, 0) + count
    wanted: dict[str, int] = {}
    for line, count in parcel.lines or ():
        wanted[line] = wanted.get(line, 0) + count
    return [(line, left) for line, count in wanted.items() if (left := count - sent.get(line, 0)) > 0]


def _is_told(order: Document, parcels: Parcels) -> bool:
    """Whether the numbers stand there and nothing that belongs to them waits any more."""
    told = _numbers(order)
    if not all(parcel.waybill_no in told for parcel in parcels):
        return False
    if parcels[0].lines is None:
        return not _whole([row for row in nodes(order.get("fulfillmentOrders")) if _is_open(row)])
    return not _rest(order, parcels[0])


def _is_open(row: Document) -> bool:
    return FULFILMENT_ORDER(str(row.get("status"))) is Stage.OPEN


def _place(row: Document) -> str:
    location = ((row.get("assignedLocation") or {}).get("location") or {}).get("id")
    return str(location or row.get("id"))


def _left(row: Document) -> Iterator[tuple[str, str, int]]:
    """(id, number of the order's line, units left) of each line of a fulfilment order."""
    return _units(row.get("lineItems"), "remainingQuantity")


def _units(connection: Any, field: str) -> Iterator[tuple[str, str, int]]:
    for item in nodes(connection):
        try:
            yield str(item.get("id")), number(item["lineItem"]["id"]), whole(item[field])
        except (AttributeError, LookupError, TypeError, ValueError):
            raise DecodeError("a line of a fulfilment cannot be read", platform="shopify",
                              path=f"lineItems.{field}") from None  # fmt: skip


def _whole(rows: list[Document]) -> list[tuple[str, dict[str, Any]]]:
    """Everything that is left, as (location, row)."""
    return [(_place(row), {"fulfillmentOrderId": row["id"]}) for row in rows if any(left for _, _, left in _left(row))]


def _shares(rows: list[Document], wanted: Sequence[tuple[str, int]]) -> list[tuple[str, dict[str, Any]]]:
    """Units of the named lines, taken from the fulfilment orders in their order.

    Raises:
        NotFound: No fulfilment order has such a line.
        Conflict: Fewer units are left.
    """
    missing: dict[str, int] = {}
    for name, count in wanted:
        missing[name] = missing.get(name, 0) + count
    shares: list[tuple[str, dict[str, Any]]] = []
    known: set[str] = set()
    for row in rows:
        taken: Rows = []
        for item, line, left in _left(row):
            known.add(line)
            units = min(missing.get(line, 0), left)
            if units > 0:
                missing[line] -= units
                taken.append({"id": item, "quantity": units})
        if taken:
            shares.append((_place(row), {"fulfillmentOrderId": row["id"], "fulfillmentOrderLineItems": taken}))
    for name, count in missing.items():
        if count and name not in known:
            raise NotFound(f"nothing to ship has the line {name}", platform="shopify", field="Dispatch.lines")
        if count:
            raise Conflict(f"line {name} has {count} units less to ship than named", platform="shopify",
                           field="Dispatch.lines")  # fmt: skip
    return shares
