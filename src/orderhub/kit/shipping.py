"""Parcels to platforms: grouped by order, one outcome each, lost replies settled by reading. Imports `flow`, `models`.

A connector says how the parcels of one order are sent; what is the same everywhere stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from orderhub.errors import InvalidParameter, OrderHubError, OutcomeUnknown, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = ["by_order", "find_company", "parcels_stand", "send_and_correct", "settled"]

Parcels = Sequence[Dispatch]
Act = Callable[[Parcels], Operation[object]]


def by_order(
    dispatches: Parcels, ship_order: Callable[[list[Dispatch]], Operation[list[Outcome[None]]]]
) -> Operation[list[Outcome[None]]]:
    """Run `ship_order` once for the parcels of each order; one outcome per dispatch, in the order given."""
    groups: dict[str, list[int]] = {}
    for index, parcel in enumerate(dispatches):
        groups.setdefault(parcel.order_id, []).append(index)
    outcomes: dict[int, Outcome[None]] = {}
    for indexes in groups.values():
        results = yield from ship_order([dispatches[index] for index in indexes])
        outcomes |= dict(zip(indexes, results, strict=True))
    return [outcomes[index] for index in range(len(dispatches))]


def send_and_correct(
    parcels: Parcels, send: Callable[[Parcels], Operation[Outcome[None]]],
    correct: Callable[[Parcels], Operation[Outcome[None]]],
) -> Operation[list[Outcome[None]]]:  # fmt: skip
    """New parcels of one order together by `send`, each corrected number by itself by `correct`."""
    sends = [parcel for parcel in parcels if not parcel.replaces]
    fixes = [[parcel] for parcel in parcels if parcel.replaces]
    found: dict[str, Outcome[None]] = {}
    for batch, act in [(sends, send), *((fix, correct) for fix in fixes)]:
        if batch:
            outcome = yield from act(batch)
            found |= {parcel.key: outcome for parcel in batch}
    return [_named(found[parcel.key], parcel) for parcel in parcels]


def _named(outcome: Outcome[None], parcel: Dispatch) -> Outcome[None]:
    return Outcome(outcome.ok, parcel.key, outcome.reason, outcome.error)


def settled(
    parcels: Parcels, act: Act, is_there: Callable[[Parcels], Operation[bool]],
    refusal: type[OrderHubError] = RequestRejected,
) -> Operation[Outcome[None]]:  # fmt: skip
    """Act; when the reply was lost or the platform refuses, read and judge by what stands there.

    Args:
        is_there: Reads the order; whether every parcel stands there.
        refusal: The error that may mean "it is there already".
    Returns:
        Ok, ok with `already_done`, or the error: `OutcomeUnknown` when reading failed too. A write that provably did
        not happen is repeated once.
    """
    key = parcels[0].key
    for attempt in (1, 2):
        try:
            yield from act(parcels)
            return Outcome(True, key)
        except (OutcomeUnknown, refusal) as error:
            try:
                if (yield from is_there(parcels)):
                    return Outcome(True, key, "already_done")
            except OrderHubError:
                return Outcome.failed(key, error)
            if not isinstance(error, OutcomeUnknown) or attempt == 2:
                return Outcome.failed(key, error)
        except OrderHubError as error:
            return Outcome.failed(key, error)
    raise AssertionError("unreachable")


def parcels_stand(parcels: Parcels, get_order: Callable[[str], Operation[Order]]) -> Operation[bool]:
    """Whether the order carries every number."""
    order = yield from get_order(parcels[0].order_id)
    numbers = {shipment.waybill_no for shipment in order.shipments}
    return all(parcel.waybill_no in numbers for parcel in parcels)


def find_company(carrier: str, companies: Iterable[CarrierInfo], platform: str, do: str = "") -> CarrierInfo:
    """The platform's own row for a canonical carrier or for a code of the platform.

    Raises:
        InvalidParameter: The platform lists no such carrier; names those that it lists.
    """
    known = list(companies)
    for company in known:
        if carrier in (company.carrier, company.platform_id) or carrier.upper() == company.code.upper():
            return company
    names = ", ".join(sorted({company.carrier or company.code for company in known}))
    raise InvalidParameter(
        f"{platform} lists no carrier {carrier!r}; it lists {names}{do}", platform=platform, field="Dispatch.carrier"
    )
