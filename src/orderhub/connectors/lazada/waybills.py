"""Numbers that Lazada gives packages when they are packed. Imports `kit`, `flow`, `models`.

The units of a parcel are packed into one package, and its number is the parcel's. Which units a parcel means follows
from its goods and those of the parcels beside it, so that whoever asks again finds the package that is there: what was
done shows in the units, and a lost reply is settled by reading them. Nothing leaves before `ship` says it is ready.
Source: docs/platforms/lazada.md#ship.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.connectors.lazada.meaning import goods_key
from orderhub.connectors.lazada.shipping import LOST_MAX, ShippingVerbs, Unit, blocked, conflict
from orderhub.connectors.lazada.spec import ARRANGED, TO_PACK
from orderhub.errors import (
    InvalidParameter,
    NotFound,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    WaybillPending,
    WaybillRejected,
)
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.waybills import KEPT_FOR_GOODS, check_numbered, chooses, is_refusal, one_by_one, refusal_of
from orderhub.models.logistics import Waybill, WaybillAccount, WaybillRequest
from orderhub.models.outcome import Outcome
from orderhub.models.status import OrderStatus

__all__ = ["WaybillVerbs"]

Units = Mapping[str, Unit]


class WaybillVerbs(ShippingVerbs):
    """Packages and their numbers."""

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """What stands for agreements: carrier `platform`, whoever Lazada offers for the units."""
        yield from ()
        return [chooses(self.spec.title)]

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """Pack the units of each parcel; goods that lie in a package of their own already have its number.

        `carrier` may be `platform` or one that the platform offers for the units. A parcel that may have been packed is
        read first in any case.
        """
        return (yield from one_by_one(requests, self._packed, _refused))

    def find_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """The number of the package that a parcel's goods lie in; ok without a value while they lie in none."""
        return (yield from one_by_one(requests, self._found))

    def _found(self, request: WaybillRequest) -> Operation[Waybill | None]:
        try:
            units = yield from self._units_now(check_numbered(request, "lazada"))
            mine = _mine(request, units)
            is_loose = any(unit["raw_status"] in TO_PACK for unit in mine.values())
            return None if is_loose else _numbered(request, mine, units)
        except (NotFound, WaybillRejected):
            return None  # the goods are not there: no package holds them

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Give a number up: a package that nobody says is ready stays where it is, and its goods keep the number.

        Reason `kept_for_goods` then; `already_done` where no unit that is alive has the number. A package that was said
        to be ready is refused, and so is a waybill that names no order (`order_ids`).
        """
        if not waybill.order_ids:
            refusal = WaybillRejected("order_ids: needs the order", platform="lazada", field="Waybill.order_ids")
            return Outcome.failed(waybill.reference, refusal)
        units: list[Unit] = []
        for order_id in waybill.order_ids:
            for unit in (yield from self._units(order_id)):
                if unit.get("_tracking") == waybill.waybill_no and unit["status"] is not OrderStatus.CANCELLED:
                    units.append(unit)
        if not units:
            return Outcome(True, waybill.reference, "already_done")
        if any(unit["raw_status"] in ARRANGED for unit in units):
            told = "the package was said to be ready; only cancelling its units stops it"
            return Outcome.failed(waybill.reference, conflict(told, "cancel_waybill"))
        return Outcome(True, waybill.reference, KEPT_FOR_GOODS)

    def _units_now(self, order_id: str) -> Operation[Units]:
        """Units by their id, in the order of ids."""
        units = yield from self._units(order_id)
        return {unit["line_id"]: unit for unit in sorted(units, key=lambda one: (len(one["line_id"]), one["line_id"]))}

    def _packed(self, request: WaybillRequest) -> Operation[Waybill]:
        """Read, pack what is loose, read again, until the goods have their number."""
        order_id, is_sent = check_numbered(request, "lazada"), False
        refused: OrderHubError | None = None
        for _ in range(2 + LOST_MAX):
            try:
                units = yield from self._units_now(order_id)
                mine = _mine(request, units)
                loose = [name for name, unit in mine.items() if unit["raw_status"] in TO_PACK]
                if not loose:
                    return _numbered(request, mine, units)
                if refused is not None:
                    break
                if (refusal := blocked(list(mine.values()))) is not None:
                    raise refusal
                if len(loose) < len(mine):
                    raise conflict("some of the goods lie in a package already", "create_waybills")
            except WaybillPending:
                raise
            except OrderHubError as error:
                if is_sent:
                    raise _unknown(error) from error
                raise refused or error from None
            try:
                yield from self.pack(order_id, request.carrier, loose)
                is_sent = True
            except OutcomeUnknown:
                is_sent = True  # what stands in the units says what became of it
            except OrderHubError as error:
                if not is_sent and not is_refusal(error):
                    raise
                refused = error  # perhaps because somebody else, or a call whose reply was lost, packed them
        raise refused or _unknown(None)


def _unknown(error: OrderHubError | None) -> OutcomeUnknown:
    why = f"the units cannot be judged: {error.message}" if error else "the units do not say that they were"
    return OutcomeUnknown(
        f"packing was asked for, and {why}; ask for the same parcel again", platform="lazada",
        operation="create_waybills",
    )  # fmt: skip


def _refused(error: OrderHubError) -> OrderHubError:
    """A carrier that is not offered is no agreement; rows that may be repeated stay what they are."""
    if isinstance(error, InvalidParameter) and error.field == "Dispatch.carrier":
        return NotServiceable(error.message, platform="lazada", operation="create_waybills", code="no_account")
    return error if error.retryable else refusal_of(error, "lazada")


def _mine(request: WaybillRequest, units: Units) -> dict[str, Unit]:
    """The units of a parcel: dealt to it and to those beside it by their goods, always in the same order.

    Units that are cancelled, ready, or in packages of parcels that are known, are dealt to nobody.

    Raises:
        WaybillRejected: Fewer units are left than the parcel holds.
    """
    free = {name: unit for name, unit in units.items() if _is_free(unit, request.known)}
    for lines, key in sorted([*((lines, key) for key, lines in request.beside), (request.parcel.lines, request.key)]):
        dealt: dict[str, Unit] = {}
        for line_id, count in lines:
            wanted = units.get(line_id)
            names = [name for name, unit in free.items() if wanted and goods_key(unit) == goods_key(wanted)]
            dealt |= {name: free.pop(name) for name in names[:count]}
            if len(names) < count and key == request.key:
                raise WaybillRejected(
                    f"line {line_id} has {len(names)} units left to pack, {count} were named", platform="lazada",
                    operation="create_waybills", field="lines",
                )  # fmt: skip
        if key == request.key:
            return dealt
    raise AssertionError("unreachable")


def _is_free(unit: Unit, known: Sequence[str]) -> bool:
    if unit["status"] is OrderStatus.CANCELLED or unit["raw_status"] in ARRANGED:
        return False
    return unit["raw_status"] in TO_PACK or unit.get("_tracking") not in known


def _numbered(request: WaybillRequest, mine: Units, units: Units) -> Waybill:
    """The number of the package that holds just these units.

    Raises:
        WaybillPending: They are packed, and the platform tells no number yet.
        Conflict: They lie in several packages, or others with them.
    """
    numbers = {str(unit.get("_tracking") or "") for unit in mine.values()}
    if "" in numbers:
        raise WaybillPending(
            "the goods are packed and have no number yet", platform="lazada", operation="create_waybills"
        )  # fmt: skip
    inside = {
        name for name, unit in units.items()
        if unit.get("_tracking") in numbers and unit["status"] is not OrderStatus.CANCELLED
    }  # fmt: skip
    if len(numbers) > 1 or inside != mine.keys():
        raise conflict("the goods do not lie in a package of their own; see the shop's own ship()", "create_waybills")
    provider = next((str(unit["_provider"]) for unit in mine.values() if unit.get("_provider")), None)
    return Waybill(
        carrier=carrier_of(provider) or provider or request.carrier, waybill_no=numbers.pop(), reference=request.key,
        order_ids=request.parcel.order_ids,
    )  # fmt: skip
