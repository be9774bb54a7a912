"""Whoever hands out a parcel's number: a carrier, or the shop's platform in a company's name. Imports `flow`, `models`.

The record of a parcel says which of the two it was; what is asked of either stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orderhub.errors import AuthError, ConfigurationError, OrderHubError, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.record import ParcelRecord
from orderhub.kit.waybills import ASKED_TWICE
from orderhub.models import Order, Outcome, PrivacyKind, Recipient, Waybill, WaybillAccount, WaybillRequest

__all__ = [
    "ARRANGED", "DESIGNATED", "NUMBERED", "Agreements", "agreements_of", "asked_again", "cancel_number",
    "find_number", "issue_number", "shop_port", "wants_platform",
]  # fmt: skip

Agreements = Mapping[str, tuple[WaybillAccount, ...] | OrderHubError]
"""Port of a shop -> what its platform hands out numbers for, or why that could not be read."""

DESIGNATED = "platform_waybill"
"""Label of an order that only its platform's own waybill may be printed for."""

ARRANGED = "shipment_arranged"
"""Label of an order whose platform was told to ship it, so that nobody arranges it again; its number may come late."""

NUMBERED = "number_by_platform"
"""Label of an order whose platform numbers its parcels itself, unless it says, when asked, that a parcel leaves under a
number of the merchant's own. A number bought elsewhere without that word would be nobody's."""

_HIDDEN = (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED)


def shop_port(order: Order) -> str:
    """The port of an order's shop."""
    return f"shop:{order.platform}:{order.shop_id}"


def wants_platform(order: Order, when: str) -> bool:
    """Whether an order's platform is asked for its waybill first.

    Args:
        when: `hidden`: where the receiver is hidden, the order says so or its parcels can have no other number;
            `always`; `never`.
    """
    if when == "never":
        return False
    hidden = order.recipient.privacy.kind in _HIDDEN and order.recipient.privacy.token is not None
    return hidden or when == "always" or DESIGNATED in order.labels or NUMBERED in order.labels


def agreements_of(orders: Sequence[Order], when: str) -> Operation[Agreements]:
    """The agreements of each shop that is asked for numbers, one question a shop; none where it has no such call."""
    found: dict[str, tuple[WaybillAccount, ...] | OrderHubError] = {}
    for port in dict.fromkeys(shop_port(order) for order in orders if wants_platform(order, when)):
        if not (yield from ask(port, "has", "create_waybills")):
            continue
        try:
            rows: list[WaybillAccount] = yield from ask(port, "waybill_accounts")
            found[port] = tuple(rows)
        except UnsupportedOperation:
            continue
        except OrderHubError as error:
            found[port] = error
    return found


def issue_number(port: str, request: WaybillRequest) -> Operation[tuple[Waybill, bool]]:
    """The platform's number for one parcel, and whether there may be another; raises the error of a refusal."""
    outcomes: list[Outcome[Waybill]] = yield from ask(port, "create_waybills", [request])
    [outcome] = outcomes
    if outcome.value is None:
        raise outcome.error or OrderHubError(f"{port} gave no waybill: {outcome.reason}")
    return outcome.value, outcome.reason == ASKED_TWICE


def find_number(port: str, request: WaybillRequest) -> Operation[str | None]:
    """The platform's number of a parcel that may have been asked for; None when there is none.

    A platform that cannot be searched is asked again, since the same parcel has the same number.
    """
    if not (yield from ask(port, "has", "find_waybills")):
        found = yield from asked_again(lambda to: _number(port, request, to), request.sender)
        return None if found is None else found.waybill_no
    [outcome] = yield from ask(port, "find_waybills", [request])
    if outcome.error is not None:
        raise outcome.error
    return outcome.value.waybill_no if outcome.value else None


def asked_again(issue: Callable[[Recipient | None], Operation[Waybill]], home: Recipient) -> Operation[Waybill | None]:
    """What is given to a parcel that may have been asked for; None when it is refused twice.

    By now the receiver may be hidden, gone or another one, and a refusal of that says nothing of what was sent before:
    then the parcel is addressed to its own warehouse. What comes back is void next, so that it goes nowhere.

    Raises:
        OrderHubError: The account is refused, or nobody can be asked now: there may be a number.
    """
    for recipient in (None, home):
        try:
            return (yield from issue(recipient))
        except (AuthError, ConfigurationError, OutcomeUnknown):
            raise
        except OrderHubError as error:
            if error.retryable:
                raise
    return None


def _number(port: str, request: WaybillRequest, recipient: Recipient | None) -> Operation[Waybill]:
    if recipient is not None:
        request = request.model_copy(update={"parcel": request.parcel.model_copy(update={"recipient": recipient})})
    waybill, _ = yield from issue_number(port, request)
    return waybill


def cancel_number(row: ParcelRecord, number: str, order_ids: Sequence[str] = ()) -> Operation[Outcome[None]]:
    """Void a number where it came from; `order_ids` are those of the platform that it was made for."""
    waybill = Waybill(carrier=row.carrier or "", waybill_no=number, reference=row.parcel_id, order_ids=tuple(order_ids))
    port, verb = (row.issuer, "cancel_waybill") if row.issuer else (f"carrier:{row.carrier}", "cancel")
    return (yield from ask(port, verb, waybill))  # type: ignore[no-any-return]
