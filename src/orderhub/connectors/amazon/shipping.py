"""Telling Amazon about parcels, one call a package, and what to do when a reply is lost. Imports `kit`, `flow`.

Source: docs/platforms/amazon.md#shipping. A package is named by a number of the seller's; sending that number again
edits the package. The number is made from order and waybill, so that a repeat can never add a second parcel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.connectors.amazon.decode import decode_orders
from orderhub.connectors.amazon.reading import ReadingVerbs
from orderhub.connectors.amazon.spec import CARRIER_CODES
from orderhub.connectors.amazon.wire import instant
from orderhub.errors import Conflict, DecodeError, InvalidParameter, NotFound, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import CARRIERS, carrier_name, carrier_of
from orderhub.kit.convert import rows_of
from orderhub.kit.exchange import server_now
from orderhub.kit.shipping import by_order
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import FulfilledBy, OrderStatus

__all__ = ["ShippingVerbs"]

Lines = tuple[tuple[str, int], ...]
_OTHER = "Other"


@dataclass(frozen=True, slots=True)
class _State:
    """An order as it stands at Amazon.

    Attributes:
        packages: waybill -> (package number, (line, units)).
        shows_packages: False by v0, or where PACKAGES is not asked for: then a repeat cannot be told from a first time,
            and is sent as an edit of the same package.
    """

    order: Order
    marketplace: str
    packages: Mapping[str, tuple[str, Lines]]
    shows_packages: bool


class ShippingVerbs(ReadingVerbs):
    """Carrier codes and confirmation of shipment."""

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """Codes we know; every other carrier goes as `Other` with its name. Amazon has no call for its list."""
        yield from ()
        codes = self._codes
        listed = [CarrierInfo(code, carrier_name(carrier, "en") if _is_ours(carrier) else code, carrier)
                  for carrier, code in codes.items()]  # fmt: skip
        rest = [row for row in CARRIERS if row.code not in codes]
        return listed + [CarrierInfo(_OTHER, row.en, row.code) for row in rest]

    @property
    def _codes(self) -> dict[str, str]:
        return {**CARRIER_CODES, **self.config.settings["carrier_codes"]}

    def _carrier(self, carrier: str) -> dict[str, str]:
        code = self._codes.get(carrier) or self._codes.get(carrier_of(carrier) or "")
        if code:
            return {"carrierCode": code, "carrierName": code}
        name = carrier_name(carrier, "en") if _is_ours(carrier) else carrier
        return {"carrierCode": _OTHER, "carrierName": name}

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment, one package a dispatch; several of one order are several packages.

        One outcome per dispatch, in order. A package that Amazon already knows is ok with reason `already_done`; an
        outcome that cannot be settled by reading is `OutcomeUnknown`. Orders that Amazon ships itself are refused.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        try:
            state = yield from self._state(parcels[0].order_id)
            contents = _contents(state, parcels)
        except OrderHubError as error:
            return [Outcome.failed(parcel.key, error) for parcel in parcels]
        outcomes = []
        for parcel, lines in zip(parcels, contents, strict=True):
            if isinstance(lines, OrderHubError):
                outcomes.append(Outcome[None].failed(parcel.key, lines))
            else:
                outcomes.append((yield from self._confirm(parcel, lines, state)))
        return outcomes

    def _state(self, order_id: str) -> Operation[_State]:
        """The order, its store and its packages; raises `DecodeError` when it cannot be read."""
        document, answer, _ = yield from self.native_order(order_id, people=False)
        page = decode_orders([document], self.config, answer.request_id)
        if not page.items:
            raise DecodeError(
                "the order cannot be read, so it is not shipped", platform="amazon", path=page.findings[0].path
            )
        (order,) = page.items
        named = [label.removeprefix("marketplace:") for label in order.labels if label.startswith("marketplace:")]
        if not (place := next(iter((*named, *self.marketplaces)), None)):
            raise InvalidParameter("neither the order nor the shop names a marketplace", platform="amazon")
        packages = {}
        for row in rows_of(document.get("packages")):
            if (number := row.get("trackingNumber")) and (row.get("packageStatus") or {}).get("status") != "CANCELLED":
                lines = tuple(
                    (str(item["orderItemId"]), int(item["quantity"])) for item in rows_of(row.get("packageItems"))
                )
                packages[str(number)] = (str(row.get("packageReferenceId", "")), lines)
        shows = not self._is_v0 and "PACKAGES" in self.config.settings["included_data"]
        return _State(order, place, packages, shows)

    def _confirm(self, parcel: Dispatch, lines: Lines | None, state: _State) -> Operation[Outcome[None]]:
        """Send one package. A lost reply is settled by reading, and the same package number sent once more at most."""
        if lines is None:
            return Outcome(True, parcel.key, "already_done")
        try:
            body = {
                "marketplaceId": state.marketplace,
                "packageDetail": (yield from self._package(parcel, lines, state)),
            }
        except OrderHubError as error:
            return Outcome.failed(parcel.key, error)
        for attempt in (1, 2):
            try:
                yield from self.call(
                    "orders_v0.confirmShipment",
                    path={"orderId": parcel.order_id},
                    body=body,
                    write=True,
                    keyed=not state.shows_packages,
                )
                return Outcome(True, parcel.key)
            except OutcomeUnknown as error:
                try:
                    if parcel.waybill_no in (yield from self._state(parcel.order_id)).packages:
                        return Outcome(True, parcel.key, "already_done")
                except OrderHubError:
                    return Outcome.failed(parcel.key, error)
                if attempt == 2:
                    return Outcome.failed(parcel.key, error)
            except OrderHubError as error:
                return Outcome.failed(parcel.key, error)
        raise AssertionError("unreachable")

    def _package(self, parcel: Dispatch, lines: Lines, state: _State) -> Operation[dict[str, Any]]:
        at = yield from server_now()
        codes: dict[str, list[str]] = {}
        for line_id, serial in parcel.serial_numbers:
            codes.setdefault(line_id, []).append(serial)
        items = [
            {"orderItemId": line_id, "quantity": count}
            | ({"transparencyCodes": codes[line_id]} if line_id in codes else {})
            for line_id, count in lines
        ]
        return {
            "packageReferenceId": _reference(parcel, state), **self._carrier(parcel.carrier),
            "trackingNumber": parcel.waybill_no, "shipDate": instant(at), "orderItems": items,
        }  # fmt: skip


def _is_ours(carrier: str) -> bool:
    return any(row.code == carrier for row in CARRIERS)


def _reference(parcel: Dispatch, state: _State) -> str:
    """The package's number: that of the package to be corrected, else made from order and waybill; digits, above zero.

    Raises:
        NotFound: No package has the number to be replaced.
        InvalidParameter: The package was named with something else than digits and cannot be edited.
    """
    known = state.packages.get(parcel.replaces or parcel.waybill_no)
    if known is None and parcel.replaces and state.shows_packages:
        raise NotFound("no package of this order has the number to be replaced", platform="amazon",
                       field="Dispatch.replaces")  # fmt: skip
    if known is None:
        name = f"{parcel.order_id}:{parcel.replaces or parcel.waybill_no}"
        return str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 999_999_999 + 1)
    if not (known[0].isascii() and known[0].isdigit() and int(known[0])):
        raise InvalidParameter("the package's number is not made of digits; Amazon edits only such packages",
                               platform="amazon", field="packageReferenceId")  # fmt: skip
    return known[0]


def _contents(state: _State, parcels: Sequence[Dispatch]) -> list[Lines | OrderHubError | None]:
    """What goes into each package: lines and units, None where it is there already, or why it cannot be sent."""
    if (refusal := _refusal(state.order)) is not None:
        return [refusal if parcel.replaces or parcel.waybill_no not in state.packages else None for parcel in parcels]
    left = {line.line_id: max(0, line.quantity - (line.shipped_quantity or 0)) for line in state.order.lines
            if line.status is not OrderStatus.CANCELLED}  # fmt: skip
    if not state.shows_packages and not any(left.values()):
        left = {line.line_id: line.shipped_quantity or line.quantity for line in state.order.lines if line.quantity}
    found: dict[int, Lines | OrderHubError | None] = {}
    open_ones: list[int] = []
    for index, parcel in enumerate(parcels):
        known = state.packages.get(parcel.waybill_no)
        if parcel.replaces:
            found[index] = parcel.lines or _corrected(parcel, state)
        elif known is not None and parcel.lines in (None, known[1]):
            found[index] = None
        elif parcel.lines is None:
            open_ones.append(index)
        else:
            found[index] = _named_lines(parcel.lines, left, known) if state.shows_packages else parcel.lines
    found |= dict(zip(open_ones, _shared(left, len(open_ones)), strict=True))
    return [found[index] for index in range(len(parcels))]


def _refusal(order: Order) -> OrderHubError | None:
    """Why nothing may be confirmed for this order, None when it may."""
    if order.fulfilled_by is not FulfilledBy.MERCHANT:
        return Conflict("Amazon ships this order itself (FBA), or does not say who does", platform="amazon")
    if order.status in (OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.UNKNOWN):
        return Conflict(f"the order is {order.status.value} and must not be shipped", platform="amazon")
    return None


def _corrected(parcel: Dispatch, state: _State) -> Lines | OrderHubError | None:
    """The lines of the package that a corrected number belongs to; without packages to see, all that was shipped."""
    if parcel.waybill_no in state.packages and parcel.replaces not in state.packages:
        return None
    if (old := state.packages.get(str(parcel.replaces))) is not None:
        return old[1]
    if state.shows_packages:
        return NotFound("no package of this order has the number to be replaced", platform="amazon",
                        field="Dispatch.replaces")  # fmt: skip
    return tuple((line.line_id, line.shipped_quantity or line.quantity) for line in state.order.lines if line.quantity)


def _named_lines(lines: Lines, left: dict[str, int], known: tuple[str, Lines] | None) -> Lines | OrderHubError:
    """Named lines, checked against what is still to be sent; what a package to be edited holds counts as free."""
    free = dict(known[1]) if known else {}
    for line_id, count in lines:
        room = left.get(line_id, 0) + free.get(line_id, 0)
        if line_id not in left or count < 1 or count > room:
            return InvalidParameter(
                f"line {line_id} has {room} units left to ship, {count} were named" if line_id in left
                else f"the order has no line {line_id} to ship",
                platform="amazon", field="Dispatch.lines",
            )  # fmt: skip
    for line_id, count in lines:
        left[line_id] -= max(0, count - free.get(line_id, 0))
    return lines


def _shared(left: Mapping[str, int], parcels: int) -> list[Lines | OrderHubError | None]:
    """All that is left, over this many packages: each gets a run of units, none is empty."""
    whole = sum(left.values())
    if parcels and whole < parcels:
        told = "nothing is left to ship" if not whole else f"{whole} units cannot go in {parcels} packages"
        kind = InvalidParameter if whole else Conflict
        return [kind(f"{told}; name the lines of each", platform="amazon", field="Dispatch.lines")] * parcels
    size, more = divmod(whole, parcels) if parcels else (0, 0)
    rest = [(line_id, units) for line_id, units in left.items() if units]
    return [_run(rest, size + (number < more)) for number in range(parcels)]


def _run(rest: list[tuple[str, int]], units: int) -> Lines:
    """So many units from the front, which are taken away; quantities may be as large as a reply says."""
    found = []
    while units:
        line_id, there = rest.pop(0)
        taken = min(units, there)
        found.append((line_id, taken))
        units -= taken
        if there > taken:
            rest.insert(0, (line_id, there - taken))
    return tuple(found)
