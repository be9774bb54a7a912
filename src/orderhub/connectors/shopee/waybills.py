"""Numbers that Shopee gives parcels when their shipment is arranged. Imports `kit`, `flow`, `models`.

Arranging is all that there is to tell: an order is divided first where it goes in parcels, then each is arranged
by a way that wants no number of the merchant's. The number may come later; whoever asks again finds the package by its
goods and arranges nothing twice. A package that leaves under the merchant's own number says so (`own_number`).
Source: docs/platforms/shopee.md#shipping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.shopee.base import Document
from orderhub.connectors.shopee.shipping import (
    SENDS_MAX,
    ShippingVerbs,
    Units,
    is_arranged,
    may_be_arranged,
    packages_in,
    units_of,
)
from orderhub.connectors.shopee.ways import own_number, platform_way
from orderhub.errors import (
    Conflict,
    NotFound,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    WaybillPending,
    WaybillRejected,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.waybills import PLATFORM, check_numbered, chooses, is_refusal, one_by_one, refusal_of
from orderhub.models.logistics import Waybill, WaybillAccount, WaybillRequest
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import OrderStatus

__all__ = ["WaybillVerbs"]

Package = Mapping[str, Any]


class WaybillVerbs(ShippingVerbs):
    """Arranged packages and their numbers."""

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """What stands for agreements: carrier `platform`, the logistics channel that the buyer chose."""
        yield from ()
        return [chooses(self.spec.title)]

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """Arrange the shipment of each parcel and ask for its number; one that was arranged has the number it has.

        Reason `waybill_pending` where it is arranged and has no number yet: ask for the same parcel again, nothing is
        arranged twice. Code `own_number` where the package wants a number of the merchant's. Parcels that stand beside
        a parcel (`beside`) are divided with it: an order cannot be divided any more once a part is arranged.
        """
        return (yield from one_by_one(requests, self._numbered, _refused))

    def find_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """The number of the package that holds a parcel's goods; ok without a value while it is not arranged."""
        return (yield from one_by_one(requests, self._found))

    def _found(self, request: WaybillRequest) -> Operation[Waybill | None]:
        try:
            order, document = yield from self.read_order(check_numbered(request, "shopee"))
            package = _package(request, order, document)
            if order.status is OrderStatus.CANCELLED or package is None or not is_arranged(document, package):
                return None
            return (yield from self._number_of(request, document, package))
        except (NotFound, WaybillRejected):
            return None  # there are no such goods: nothing was arranged for them

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Whether a number is gone: with its order, or from it. No call takes an arrangement back.

        Refused while a package of the order has the number, and for a waybill that names no order (`order_ids`).
        """
        if not waybill.order_ids:
            refusal = WaybillRejected("order_ids: needs the order", platform="shopee", field="Waybill.order_ids")
            return Outcome.failed(waybill.reference, refusal)
        for order_id in waybill.order_ids:
            order, document = yield from self.read_order(order_id)
            arranged = [one for one in packages_in(document) if is_arranged(document, one)]
            if order.status is OrderStatus.CANCELLED:
                continue
            if any(one.get("tracking_number") in (None, "", waybill.waybill_no) for one in arranged):
                told = "its shipment was arranged; only cancelling the order stops it"
                stays = Conflict(told, platform="shopee", operation="cancel_waybill")
                return Outcome.failed(waybill.reference, stays)
        return Outcome(True, waybill.reference, "already_done")

    def _numbered(self, request: WaybillRequest) -> Operation[Waybill]:
        """Read, divide, arrange, read again, until the package is arranged; what stands there decides."""
        order_id, is_sent = check_numbered(request, "shopee"), False
        _check_carrier(request, self.config.settings)
        refused: OrderHubError | None = None
        for _ in range(3 + SENDS_MAX):
            try:
                order, document = yield from self.read_order(order_id)
                package = _package(request, order, document)
                if package is not None and is_arranged(document, package):
                    return (yield from self._number_of(request, document, package))
                if refused is not None:
                    break
                may_be_arranged(order)
                if package is None:
                    yield from self.split(document, order, _wanted(request))
                    continue
            except WaybillPending:
                raise
            except OrderHubError as error:
                if is_sent:
                    raise _unknown(error) from error
                raise refused or error from None
            try:
                yield from self._arrange_for(request, document, package)
                is_sent = True
            except OutcomeUnknown:
                is_sent = True  # what stands there says what became of it
            except OrderHubError as error:
                if not is_sent and not is_refusal(error):
                    raise
                refused = error  # perhaps because somebody else, or a call whose reply was lost, arranged it
        raise refused or _unknown(None)

    def _arrange_for(self, request: WaybillRequest, document: Document, package: Package) -> Operation[None]:
        head, told = yield from self.parameters(request.parcel.order_ids[0], document, package)
        way, given = platform_way(told, self.config.settings, request.sender.name)
        yield from self.call("logistics/ship_order", body={**head, way: given}, write=True)

    def _number_of(self, request: WaybillRequest, document: Document, package: Package) -> Operation[Waybill]:
        """The number of an arranged package; raises `WaybillPending` while it has none."""
        number = package.get("tracking_number")
        if not number and not self.config.settings["tracking_numbers"]:  # else it was asked for with the order
            number = yield from self.number(request.parcel.order_ids[0], package)
        if not number:
            raise WaybillPending(
                "the shipment is arranged and has no number yet", platform="shopee", operation="create_waybills"
            )  # fmt: skip
        name = package.get("shipping_carrier") or document.get("shipping_carrier")
        told = str(name) if name else None
        return Waybill(
            carrier=carrier_of(told) or told or request.carrier, waybill_no=str(number), reference=request.key,
            order_ids=request.parcel.order_ids,
        )  # fmt: skip


def _refused(error: OrderHubError) -> OrderHubError:
    """A number that comes later, or a call to be repeated, stays what it is."""
    return error if error.retryable else refusal_of(error, "shopee")


def _check_carrier(request: WaybillRequest, settings: Mapping[str, Any]) -> None:
    if request.carrier != PLATFORM:
        raise NotServiceable(
            "Shopee sends parcels with the channel that the buyer chose: ask for carrier 'platform'",
            platform="shopee", operation="create_waybills", code="no_account",
        )  # fmt: skip
    if settings["ship_way"] == "non_integrated":
        raise own_number()


def _unknown(error: OrderHubError | None) -> OutcomeUnknown:
    why = f"the order cannot be judged: {error.message}" if error else "the order does not say that it was"
    return OutcomeUnknown(
        f"a shipment was arranged, and {why}; ask for the same parcel again", platform="shopee",
        operation="create_waybills",
    )  # fmt: skip


def _wanted(request: WaybillRequest) -> dict[str, Units]:
    """Units by line of the parcel and of those beside it."""
    found: dict[str, Units] = {}
    for key, lines in (*request.beside, (request.key, request.parcel.lines)):
        units = found.setdefault(key, {})
        for line_id, count in lines:
            units[line_id] = units.get(line_id, 0) + count
    return found


def _package(request: WaybillRequest, order: Order, document: Document) -> Package | None:
    """The package of a parcel: the only one, or one that holds just its goods; None where the order must be divided.

    Packages with equal goods belong to the parcels that have them in the order of their names; those with numbers that
    are known belong to others.

    Raises:
        WaybillRejected: The order has no such line.
    """
    wanted, every = _wanted(request), packages_in(document)
    mine = wanted[request.key]
    known = {line.line_id: line.quantity - (line.refunded_quantity or 0) for line in order.lines}
    if any(line_id not in known for line_id in mine):
        raise WaybillRejected(
            "lines: the order has no such line", platform="shopee", operation="create_waybills", field="lines"
        )  # fmt: skip
    if len(every) == 1 and not request.beside and mine == {name: units for name, units in known.items() if units}:
        return every[0]
    equal = sorted(key for key, units in wanted.items() if units == mine)
    found = sorted(
        (one for one in every if units_of(one, order, document) == mine and one.get("tracking_number") not in
         request.known),
        key=lambda one: str(one.get("package_number")),
    )  # fmt: skip
    return dict(zip(equal, found, strict=False)).get(request.key)
