"""Telling Lazada about parcels: packed, then said to be ready. Imports `kit`, `flow`.

The platform gives a package its number when it is packed, and takes none: a dispatch whose number the order already
carries means that package; another number is a wish, and the outcome's `value` tells the number that stands. What was
done shows in the units themselves, so that every step is preceded by reading them: a lost reply is settled by reading
again, and a call that succeeded is judged row by row. Source: docs/platforms/lazada.md#ship.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.lazada import wire
from orderhub.connectors.lazada.base import LazadaBase, number
from orderhub.connectors.lazada.meaning import group_key
from orderhub.connectors.lazada.spec import ARRANGED, ERRORS, TO_PACK
from orderhub.errors import (
    ConfigurationError,
    Conflict,
    InvalidParameter,
    OrderHubError,
    OutcomeUnknown,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.shipping import by_order, find_company
from orderhub.kit.waybills import PLATFORM
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.outcome import Outcome
from orderhub.models.status import OrderStatus

__all__ = ["LOST_MAX", "ShippingVerbs", "Unit", "blocked", "conflict"]

STEPS_MAX, LOST_MAX = 6, 2
Unit = Mapping[str, Any]


class ShippingVerbs(LazadaBase):
    """Packing, saying ready, cancelling."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[Any]]]:
        """Pack what is not packed and say that it is ready; several dispatches of one order name their lines.

        One outcome per dispatch, in order; its `value` is the number that stands, and reason `number_by_platform` says
        that it is not the dispatch's own. What is ready already is ok with reason `already_done`; what cannot be
        settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[Any]]]:
        """Units are dealt to parcels once, before anything is sent."""
        try:
            units = yield from self._units(parcels[0].order_id)
            parts = _dealt(parcels, units)
        except OrderHubError as error:
            return [Outcome.failed(parcel.key, error) for parcel in parcels]
        outcomes = []
        for parcel, part in zip(parcels, parts, strict=True):
            outcomes.append(part if isinstance(part, Outcome) else (yield from self._ship_units(parcel, part, units)))
            units = []
        return outcomes

    def _units(self, order_id: str) -> Operation[list[Unit]]:
        table = self.config.tables["line"]
        return [table.decode(row) for row in (yield from self.units_of(order_id))]

    def _ship_units(self, parcel: Dispatch, names: frozenset[str], units: list[Unit]) -> Operation[Outcome[Any]]:
        """Read, do the next step, until nothing is left to do; `units` are what was read already."""
        acted, lost = False, list[OrderHubError]()
        for _ in range(STEPS_MAX):
            try:
                units = units or (yield from self._units(parcel.order_id))
                mine, units = [unit for unit in units if unit["line_id"] in names], []
                if (refusal := blocked(mine)) is not None:
                    return Outcome.failed(parcel.key, refusal)
                if all(unit["raw_status"] in ARRANGED for unit in mine):
                    return (
                        _ready(parcel, mine)
                        if acted
                        else Outcome(True, parcel.key, "already_done", value=_number(mine))
                    )
            except OrderHubError as error:
                return Outcome.failed(parcel.key, lost[-1] if lost else error)
            acted = True
            try:
                if not (yield from self._step(parcel, mine)):
                    return _ready(parcel, mine)
            except OrderHubError as error:
                lost.append(error)
                if not isinstance(error, OutcomeUnknown) or len(lost) > LOST_MAX:
                    return Outcome.failed(parcel.key, error)
        return Outcome.failed(parcel.key, conflict("the units do not become ready, read them again"))

    def _step(self, parcel: Dispatch, mine: Sequence[Unit]) -> Operation[bool]:
        """Pack, or say ready; whether more is left to do."""
        loose = [unit for unit in mine if unit["raw_status"] in TO_PACK]
        if loose:
            yield from self.pack(parcel.order_id, parcel.carrier, [unit["line_id"] for unit in loose])
            return True
        names = dict.fromkeys(str(unit.get("_package")) for unit in mine if unit["raw_status"] not in ARRANGED)
        sent = wire.compact({"packages": [{"package_id": name} for name in names]})
        document = yield from self.call("/order/package/rts", {self.config.settings["rts_parameter"]: sent}, write=True)
        _judged(_rows(wire.inside(document), "packages"), document)
        return False

    def pack(self, order_id: str, carrier: str, names: list[str]) -> Operation[None]:
        """Put units into one package; raises for the first row that failed.

        Args:
            carrier: Ours, or `platform` for whoever is offered first.
        """
        code, allocate = yield from self._provider(order_id, carrier, names)
        sent = {
            "pack_order_list": [
                {"order_id": number(order_id), "order_item_list": [number(name) for name in names]}
            ],
            "delivery_type": self.config.settings["delivery_type"], "shipment_provider_code": code,
            "shipping_allocate_type": allocate,
        }  # fmt: skip
        document = yield from self.call("/order/fulfill/pack", {"packReq": wire.compact(sent)}, write=True)
        orders = _rows(wire.inside(document), "pack_order_list")
        _judged([row for order in orders for row in _rows(order, "order_item_list")], document)

    def _provider(self, order_id: str, carrier: str, names: list[str]) -> Operation[tuple[str, str]]:
        """(provider, way of allocating) for these units, by what the platform offers for them."""
        settings = self.config.settings
        asked = {"orders": [
            {"order_id": number(order_id), "order_item_ids": [number(name) for name in names]}
        ]}  # fmt: skip
        document = yield from self.call(
            "/order/shipment/providers/get", {"getShipmentProvidersReq": wire.compact(asked)}
        )
        told = wire.inside(document)
        told = told if isinstance(told, Mapping) else {}
        allocate = str(told.get("shipping_allocate_type") or settings["shipping_allocate_type"])
        if named := dict(settings["provider_codes"]).get(carrier):
            return str(named), allocate
        offered = [_provider_row(row) for row in _rows(told, "shipment_providers")]
        if carrier == PLATFORM:
            return _preferred(offered, settings["shipment_provider"]).code, allocate
        return find_company(carrier, offered, "lazada", "; name its code in provider_codes").code, allocate

    def close_order(self, order_id: str, reason: str = "") -> Operation[Outcome[None]]:
        """Cancel every unit that is not cancelled, one call each; `reason` is the detail that the platform shows.

        Raises:
            ConfigurationError: `cancel_reason_id` is not set.
        """
        why = self.config.settings["cancel_reason_id"]
        if why in (None, ""):
            raise ConfigurationError("close_order needs cancel_reason_id", platform="lazada", field="cancel_reason_id")
        try:
            for unit in (yield from self._units(order_id)):
                if unit["status"] is not OrderStatus.CANCELLED:
                    sent = {"order_item_id": unit["line_id"], "reason_id": why, "reason_detail": reason or None}
                    yield from self.call("/order/cancel", sent, write=True)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _preferred(offered: Sequence[CarrierInfo], code: Any) -> CarrierInfo:
    """The provider that is set, where it is offered, else the first that is.

    Raises:
        Conflict: Nobody is.
    """
    found = sorted((row for row in offered if row.code), key=lambda row: row.code != code)
    if not found:
        raise conflict("the platform offers nobody who carries these units")
    return found[0]


def _provider_row(row: Mapping[str, Any]) -> CarrierInfo:
    code, name = (str(row.get(f"provider_{part}") or "") for part in ("code", "name"))
    return CarrierInfo(code, name, carrier_of(name) or carrier_of(code))


def _rows(value: Any, name: str) -> list[Mapping[str, Any]]:
    rows = value.get(name) if isinstance(value, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _judged(rows: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> None:
    """Raise for the first row that failed: a call that succeeds may hold some. No row at all says nothing."""
    for row in rows:
        code = str(row.get("item_err_code", "0") or "0")
        if code != "0":
            told = f"{row.get('msg') or 'no text'} (row {code})"
            kind = ERRORS.exact.get(code, Conflict)
            again = str(row.get("retry", "")).lower() == "true"
            raise kind(
                told, platform="lazada", code=code, retryable=again or None, request_id=document.get("request_id")
            )


def conflict(message: str, operation: str = "ship") -> Conflict:
    """The state of the units forbids it."""
    return Conflict(message, platform="lazada", operation=operation)


def _ready(parcel: Dispatch, units: Sequence[Unit]) -> Outcome[Any]:
    """Done; `number_by_platform` when another number stands than the dispatch named."""
    number = _number(units)
    return Outcome(True, parcel.key, None if number == parcel.waybill_no else "number_by_platform", value=number)


def _number(units: Sequence[Unit]) -> str | None:
    return next((str(unit["_tracking"]) for unit in units if unit.get("_tracking")), None)


def blocked(mine: Sequence[Unit]) -> OrderHubError | None:
    """Why these units must not go out."""
    for unit in mine:
        if unit.get("_fbl"):
            return conflict("Lazada ships these units itself")
        if unit["raw_status"] in ARRANGED:
            continue
        if unit["status"] is not OrderStatus.AWAITING_SHIPMENT:
            return conflict(f"a unit is {unit['raw_status']}")
        if unit["_cancelling"] or unit["_confirming"]:
            return conflict("the buyer asked to cancel; answer that first")
    return None


def _dealt(parcels: Sequence[Dispatch], units: Sequence[Unit]) -> list[frozenset[str] | Outcome[Any]]:
    """The units of each parcel: of a number that stands there, of the lines named, or all that are alive."""
    left = {unit["line_id"]: unit for unit in units if unit["status"] is not OrderStatus.CANCELLED}
    dealt: list[frozenset[str] | Outcome[Any]] = []
    for parcel in parcels:
        try:
            names = _of(parcel, left, alone=len(parcels) == 1)
        except OrderHubError as error:
            dealt.append(Outcome.failed(parcel.key, error))
            continue
        dealt.append(names)
        left = {name: unit for name, unit in left.items() if name not in names}
    return dealt


def _of(parcel: Dispatch, left: Mapping[str, Unit], *, alone: bool) -> frozenset[str]:
    if parcel.replaces or parcel.serial_numbers:
        what = (
            "a number cannot be corrected: the platform gives it" if parcel.replaces else "no serial numbers are taken"
        )
        raise UnsupportedOperation(what, platform="lazada")
    standing = frozenset(name for name, unit in left.items() if unit.get("_tracking") == parcel.waybill_no)
    if standing:
        return standing
    if parcel.lines is None:
        if not alone:
            raise UnsupportedOperation("name the lines of each parcel when an order has several", platform="lazada")
        if not left:
            raise conflict("no unit is left to ship")
        return frozenset(left)
    return frozenset(name for line, count in parcel.lines for name in _taken(line, count, left))


def _taken(line: str, count: int, left: Mapping[str, Unit]) -> list[str]:
    """So many units of the line that this unit names; those that are ready already come last."""
    groups: dict[Any, list[str]] = {}
    for name, unit in left.items():
        groups.setdefault(group_key(dict(unit)), []).append(name)
    found: list[str] = next((names for names in groups.values() if line in names), [])
    if count > len(found):
        raise InvalidParameter(
            f"line {line} has {len(found)} units left, {count} were named", platform="lazada", field="Dispatch.lines"
        )
    return found[:count]
