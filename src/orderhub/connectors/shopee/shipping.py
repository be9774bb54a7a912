"""Telling Shopee about parcels: arranging, splitting, numbers, and what to do when a reply is lost.

Imports `kit`, `flow`. Source: docs/platforms/shopee.md#shipping. The order is read first: its status says whether it
was arranged, its packages which goods go together. A shipment is arranged in one of three ways, and what a way wants is
asked of the platform for every package. Only some ways take a number of the merchant's own; where the platform gives
the number itself, the outcome says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from orderhub.connectors.shopee.base import Document, ShopeeBase
from orderhub.connectors.shopee.decode import decode_orders
from orderhub.connectors.shopee.meaning import item_key
from orderhub.connectors.shopee.spec import ARRANGED, LOGISTICS
from orderhub.connectors.shopee.ways import order_of
from orderhub.errors import Conflict, NotFound, OrderHubError, OutcomeUnknown, RequestRejected, UnsupportedOperation
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.shipping import by_order
from orderhub.kit.table import read
from orderhub.models.channel import Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = [
    "SENDS_MAX", "ShippingVerbs", "Units", "is_arranged", "may_be_arranged", "packages_in", "units_of",
]  # fmt: skip

SENDS_MAX, NUMBERS_AT_ONCE = 2, 4
READY = "LOGISTICS_READY"
Units = dict[str, int]


class ShippingVerbs(ShopeeBase):
    """Dispatch, and the numbers of parcels."""

    def tracked(self, rows: list[Any]) -> Operation[list[Any]]:
        """Details with `tracking_number` in every package that was arranged and is not told its number."""
        if not self.config.settings["tracking_numbers"]:
            return rows
        wanted = [(row, package) for row in rows if isinstance(row, Mapping) for package in _arranged(row)]
        numbers = yield from gather(
            [partial(self.number, str(row["order_sn"]), package) for row, package in wanted], NUMBERS_AT_ONCE
        )
        found: dict[int, str] = {}
        for (_, package), number in zip(wanted, numbers, strict=True):
            if isinstance(number, Exception):
                raise number
            if number:
                found[id(package)] = number
        return [_with_numbers(row, found) if isinstance(row, Mapping) else row for row in rows]

    def number(self, order_id: str, package: Mapping[str, Any]) -> Operation[str | None]:
        """The number of a package, None while the platform has none; a refusal is no number."""
        asked = {"order_sn": order_id, "package_number": package.get("package_number")}
        try:
            found = yield from self.call("logistics/get_tracking_number", asked)
        except (RequestRejected, NotFound):
            return None
        return str(found.get("tracking_number") or "") or None

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Arrange shipments; several dispatches of one order name their lines and split it.

        One outcome per dispatch, in order. `already_done` when the parcel was arranged with that number;
        `number_by_platform` when it was arranged and the platform gives the number; an outcome that cannot be settled
        by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: list[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Parcels of one order: checked together, split when they want it, arranged one after the other."""
        fresh = [parcel for parcel in parcels if not parcel.replaces]
        outcomes: dict[str, Outcome[None]] = {
            parcel.key: Outcome.failed(parcel.key, _no_correction()) for parcel in parcels if parcel.replaces
        }
        if fresh:
            outcomes |= yield from self._fresh(fresh)
        return [outcomes[parcel.key] for parcel in parcels]

    def _fresh(self, parcels: list[Dispatch]) -> Operation[dict[str, Outcome[None]]]:
        if len(parcels) == 1 and parcels[0].lines is None:
            return {parcels[0].key: (yield from self._settled(parcels[0], None))}
        try:
            order, document = yield from self.read_order(parcels[0].order_id)
            standing = {str(package["tracking_number"]) for package in packages_in(document)
                        if package.get("tracking_number")}  # fmt: skip
            outcomes = {
                parcel.key: Outcome[None](True, parcel.key, "already_done")
                for parcel in parcels if parcel.waybill_no in standing
            }  # fmt: skip
            parcels = [parcel for parcel in parcels if parcel.key not in outcomes]
            if not parcels:
                return outcomes
            wanted = _wanted(parcels, order)
            if not _is_divided(document, order, wanted):
                yield from self.split(document, order, wanted)
        except OrderHubError as error:
            return {parcel.key: Outcome.failed(parcel.key, error) for parcel in parcels}
        for parcel in parcels:
            outcomes[parcel.key] = yield from self._settled(parcel, wanted[parcel.key])
        return outcomes

    def read_order(self, order_id: str) -> Operation[tuple[Order, Document]]:
        """The order and its document, numbers of parcels included."""
        [document] = yield from self.tracked([(yield from self.document_of(order_id))])
        page = decode_orders([document], self.config)
        if not page.items:
            raise Conflict(f"the order cannot be read: {page.findings[0].message}", platform="shopee")
        return page.items[0], document

    def _settled(self, parcel: Dispatch, units: Units | None) -> Operation[Outcome[None]]:
        """Read, arrange what is not arranged; when the reply was lost, read again and judge by what stands there."""
        failed: OrderHubError | None = None
        for _ in range(1 + SENDS_MAX):
            try:
                order, document = yield from self.read_order(parcel.order_id)
                packages = _packages_of(document, order, units)
                waiting = [package for package in packages if not is_arranged(document, package)]
                if not waiting:
                    return _judged(parcel, packages)
                if failed is not None and not isinstance(failed, OutcomeUnknown):
                    break
                may_be_arranged(order)
                own = True
                for package in waiting:
                    own &= yield from self._arrange(parcel, document, package)
                return Outcome(True, parcel.key, None if own else "number_by_platform")
            except OrderHubError as error:
                if failed is not None and not isinstance(error, OutcomeUnknown | RequestRejected):
                    return Outcome.failed(parcel.key, failed)
                failed = error
                if not isinstance(error, OutcomeUnknown | RequestRejected) or isinstance(error, Conflict | NotFound):
                    break
        assert failed is not None
        return Outcome.failed(parcel.key, failed)

    def _arrange(self, parcel: Dispatch, document: Document, package: Mapping[str, Any]) -> Operation[bool]:
        """Ask what the package wants, send it; answers whether the merchant's own number went along."""
        head, told = yield from self.parameters(parcel.order_id, document, package)
        way, given = order_of(told, self.config.settings, parcel)
        yield from self.call("logistics/ship_order", body={**head, way: given}, write=True)
        return "tracking_number" in given

    def parameters(
        self, order_id: str, document: Document, package: Mapping[str, Any]
    ) -> Operation[tuple[Document, Document]]:
        """What names a package in calls, and what the platform wants to know before it leaves."""
        head = {"order_sn": order_id, "package_number": package.get("package_number")}
        if len(packages_in(document)) < 2:
            head["package_number"] = None
        return head, (yield from self.call("logistics/get_shipping_parameter", head))

    def split(self, document: Document, order: Order, wanted: Mapping[str, Units]) -> Operation[None]:
        """Divide the order into the parcels that are wanted and one with the rest."""
        if any(is_arranged(document, package) for package in packages_in(document)):
            raise Conflict("the order was arranged already; it cannot be split any more", platform="shopee")
        may_be_arranged(order)
        parts = list(wanted.values())
        taken = {line.line_id: sum(part.get(line.line_id, 0) for part in parts) for line in order.lines}
        every = {line.line_id: line.quantity - (line.refunded_quantity or 0) for line in order.lines}
        rest = {name: units - taken[name] for name, units in every.items() if units != taken[name]}
        if any(left < 0 for left in rest.values()):
            raise Conflict("the parcels hold more than the order", platform="shopee")
        parts += [rest] if rest else []
        if len(parts) < 2:
            return
        rows = dict(zip((line.line_id for line in order.lines), rows_of(document.get("item_list")), strict=True))
        sent = {"order_sn": order.order_id, "package_list": [{"item_list": _rows(part, rows)} for part in parts]}
        try:
            yield from self.call("order/split_order", body=sent, write=True)
        except OutcomeUnknown:
            again = yield from self.document_of(order.order_id)
            if not _is_divided(again, order, wanted):
                raise


def _no_correction() -> OrderHubError:
    return UnsupportedOperation("no call that corrects a number is documented", platform="shopee")


def may_be_arranged(order: Order) -> None:
    """Raises `Conflict` for an order that is held or in no state to be arranged."""
    if order.holds or order.status.value not in ("awaiting_shipment", "partially_shipped"):
        why = ", ".join(sorted(hold.value for hold in order.holds)) or order.status.value
        raise Conflict(f"the order must not be arranged now: {why}", platform="shopee", code=order.raw_status)


def packages_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The packages of an order's document; one that is not divided is a single package without fields."""
    found: list[Mapping[str, Any]] = [row for row in rows_of(document.get("package_list")) if isinstance(row, Mapping)]
    return found or [{}]


def is_arranged(document: Mapping[str, Any], package: Mapping[str, Any]) -> bool:
    """By the order's status when it says so for all, else by the package's own state or number."""
    if str(document.get("order_status")) in ARRANGED or package.get("tracking_number"):
        return True
    state = str(package.get("logistics_status") or READY)
    return state != READY and LOGISTICS.knows(state)


def _arranged(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        package for package in packages_in(row)
        if package and not package.get("tracking_number") and is_arranged(row, package)
    ]  # fmt: skip


def _with_numbers(row: Mapping[str, Any], numbers: Mapping[int, str]) -> dict[str, Any]:
    packages = [
        {**package, "tracking_number": numbers[id(package)]} if id(package) in numbers else package
        for package in rows_of(row.get("package_list"))
    ]  # fmt: skip
    return {**row, "package_list": packages} if packages else dict(row)


def _wanted(parcels: list[Dispatch], order: Order) -> dict[str, Units]:
    """Units by line of each parcel.

    Raises:
        UnsupportedOperation: Several parcels that do not name their lines.
        Conflict: A line that the order does not have.
    """
    if any(parcel.lines is None for parcel in parcels):
        raise UnsupportedOperation(
            "Shopee divides an order by its goods: name the lines of each parcel when there are several",
            platform="shopee",
        )
    known, wanted = {line.line_id for line in order.lines}, dict[str, Units]()
    for parcel in parcels:
        units = wanted.setdefault(parcel.key, {})
        for line_id, count in parcel.lines or ():
            if line_id not in known or count < 1:
                raise Conflict(f"the order has no such line, or {count} units of it", platform="shopee")
            units[line_id] = units.get(line_id, 0) + count
    return wanted


def units_of(package: Mapping[str, Any], order: Order, document: Mapping[str, Any]) -> Units:
    """Units by line of one package; a package that lists nothing holds the whole order."""
    names: dict[tuple[str, str, str], str] = {}
    for line, row in zip(order.lines, rows_of(document.get("item_list")), strict=True):
        names.setdefault(item_key(row), line.line_id)
    whole = {line.line_id: line.quantity for line in order.lines}
    goods = [row for row in rows_of(package.get("item_list")) if isinstance(row, Mapping)]
    found: Units = {}
    for row in goods:
        if name := names.get(item_key(row)):
            found[name] = found.get(name, 0) + (read(row, "model_quantity", quantity) or whole[name])
    return found if goods else whole


def _is_divided(document: Mapping[str, Any], order: Order, wanted: Mapping[str, Units]) -> bool:
    """Whether every parcel that is wanted is a package already."""
    there = [units_of(package, order, document) for package in packages_in(document)]
    return all(units in there for units in wanted.values())


def _packages_of(document: Mapping[str, Any], order: Order, units: Units | None) -> list[Mapping[str, Any]]:
    """The packages that a parcel means: all of them, or the one with just these goods."""
    every = packages_in(document)
    if units is None:
        return every
    found = [package for package in every if units_of(package, order, document) == units]
    if not found:
        raise Conflict("the order has no package with just these goods", platform="shopee")
    return found[:1]


def _judged(parcel: Dispatch, packages: list[Mapping[str, Any]]) -> Outcome[None]:
    """Everything was arranged: with this number, with one that the platform has not told yet, or with another."""
    numbers = {str(package.get("tracking_number") or "") for package in packages}
    if numbers <= {"", parcel.waybill_no}:
        return Outcome(True, parcel.key, "already_done")
    return Outcome.failed(parcel.key, Conflict("the parcel was arranged with another number", platform="shopee"))


def _rows(units: Units, rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("item_id", "model_id", "order_item_id", "promotion_group_id")
    return [
        {name: rows[line_id][name] for name in names if rows[line_id].get(name) is not None} | {"model_quantity": count}
        for line_id, count in units.items()
    ]  # fmt: skip
