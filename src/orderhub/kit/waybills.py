"""What connectors share whose platform hands out waybills: parcels checked, agreements chosen, replies settled.

Pure; imports `kit`, `flow`, `models`, `errors`. A receiver that the platform hides travels as the platform's own
token; nothing here opens one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from orderhub.errors import (
    AuthError,
    DecodeError,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    WaybillRejected,
)
from orderhub.flow.steps import Operation
from orderhub.models.logistics import Waybill, WaybillAccount, WaybillRequest
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient
from orderhub.models.status import PrivacyKind

__all__ = [
    "ASKED_TWICE", "KEPT_FOR_GOODS", "OWN_NUMBER", "PLATFORM", "account_for", "check_numbered", "check_request",
    "chooses", "is_refusal", "made", "one_by_one", "phones_of", "place_key", "refusal_of", "serves", "short_id",
    "voided",
]  # fmt: skip

ASKED_TWICE = "asked_twice"
"""Reason of a number that was drawn after a request of which nothing is known: that one may still bring another."""
PLATFORM = "platform"
"""Carrier of a request where the platform itself chooses who carries, and tells it with the number."""
KEPT_FOR_GOODS = "kept_for_goods"
"""Reason of a cancellation: nothing leaves under the number now, and the same goods get it when they are asked for."""
OWN_NUMBER = "own_number"
"""Code of a refusal: this parcel leaves under a number of the merchant's own."""

ROUNDS = 3
ORDERS_MAX = 100
_MOBILE = re.compile(r"1\d{10}")
_DIVISION = re.compile(r"(省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$")
Made = Mapping[str, Waybill | OrderHubError]
Send = Callable[[Sequence[WaybillRequest]], Operation[Made]]
Find = Callable[[WaybillRequest], Operation[Waybill | None]]


def check_request(request: WaybillRequest, platform: str, *, packages_max: int = 1, id_max: int = 64) -> None:
    """Refuse what no platform would take, before any call.

    Raises:
        WaybillRejected: Names the field, never its value.
    """
    parcel, person = request.parcel, request.parcel.recipient
    hidden = person.privacy.kind in (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED)
    faults = (
        ("parcel_id", not 1 <= len(parcel.parcel_id) <= id_max, f"needs 1 to {id_max} characters"),
        ("weight_g", parcel.weight_g <= 0, "must be more than zero"),
        ("order_ids", not 1 <= len(parcel.order_ids) <= ORDERS_MAX, f"needs 1 to {ORDERS_MAX} orders"),
        ("contents", not parcel.contents, "must name what is in it"),
        ("packages", request.packages > packages_max, f"takes up to {packages_max}"),
        ("recipient.privacy.token", hidden and not person.privacy.token, "is missing, and the receiver is hidden"),
        ("sender.name", not request.sender.name, "is missing"),
        ("sender.phone", not request.sender.phone, "is missing"),
        *_person_faults(person, hidden),
    )
    for field, is_wrong, told in faults:
        if is_wrong:
            raise WaybillRejected(f"{field}: {told}", platform=platform, operation="create_waybills", field=field)


def _person_faults(person: Recipient, hidden: bool) -> Iterable[tuple[str, bool, str]]:
    """What a receiver in the clear must tell; of a hidden one its province."""
    yield "recipient.address.province", not person.address.province, "is missing"
    if not hidden:
        yield "recipient.name", not person.name, "is missing"
        yield "recipient.phone", not person.phone, "is missing"
        yield "recipient.address.street", not person.address.street, "is missing"


def check_numbered(request: WaybillRequest, platform: str) -> str:
    """The order that a parcel belongs to, where the platform numbers the goods of an order without being told more.

    Raises:
        WaybillRejected: Names the field.
    """
    parcel = request.parcel
    faults = (
        ("parcel_id", not parcel.parcel_id, "is missing"),
        ("weight_g", parcel.weight_g <= 0, "must be more than zero"),
        ("order_ids", len(parcel.order_ids) != 1, "needs one order: a number stands for goods of one"),
        ("lines", not parcel.lines, "must name what is in it"),
        ("packages", request.packages > 1, "takes 1"),
    )
    for field, is_wrong, told in faults:
        if is_wrong:
            raise WaybillRejected(f"{field}: {told}", platform=platform, operation="create_waybills", field=field)
    return parcel.order_ids[0]


def chooses(title: str) -> WaybillAccount:
    """What a shop has instead of agreements where its platform chooses who carries and numbers every parcel."""
    return WaybillAccount(carrier=PLATFORM, code=PLATFORM, name=f"{title} chooses who carries", from_anywhere=True)


def serves(account: WaybillAccount, sender: Address) -> bool:
    """Whether parcels may leave from the sender's city by an agreement; one that names no address is asked."""
    anywhere = account.from_anywhere or not account.senders
    return anywhere or any(_stands_for(one, sender, False) for one in account.senders)


def account_for(
    request: WaybillRequest, accounts: Iterable[WaybillAccount], platform: str, place: str
) -> tuple[WaybillAccount, Address]:
    """The agreement that a parcel is sent by, and the address of it that stands for the sender.

    Args:
        place: `exact`: the same address; `city`: where none is the same, the first of the sender's city; `own`: the
            sender's own, wherever it is, by the agreement that is nearest so.
    Raises:
        NotServiceable: `no_account`, `no_numbers_left` or `sender_not_subscribed`.
    """
    listed = list(accounts)
    told = [account for account in listed if request.carrier in (account.carrier, account.code)]
    usable = [account for account in told if account.is_usable]
    own = request.sender.address
    for exact in (True,) if place == "exact" else (True, False):
        for account in usable:
            for address in account.senders:
                if _stands_for(address, own, exact):
                    return account, own if place == "own" else address
    if usable and place == "own":
        return usable[0], own
    companies = ", ".join(sorted({account.carrier or account.code for account in listed})) or "none"
    if not told:
        raise _unserved(platform, "no_account", f"no agreement with {request.carrier}; there are {companies}")
    if not usable:
        raise _unserved(platform, "no_numbers_left", f"no number of {request.carrier} is left; buy some first")
    raise _unserved(
        platform, "sender_not_subscribed",
        f"no agreement with {request.carrier} names the sender's address; subscribe it in the seller's console",
    )  # fmt: skip


def _unserved(platform: str, code: str, told: str) -> NotServiceable:
    return NotServiceable(told, platform=platform, operation="create_waybills", code=code)


def place_key(name: str | None) -> str:
    """A province or city without the word for what it is."""
    return _DIVISION.sub("", (name or "").strip())


def _stands_for(listed: Address, sender: Address, exact: bool) -> bool:
    if place_key(listed.province) != place_key(sender.province) or not listed.province:
        return False
    city, other = (place_key(one.city) or place_key(one.province) for one in (listed, sender))
    if not exact:
        return city == other
    same = ((listed.district or "").strip() == (sender.district or "").strip(), city == other,
            (listed.street or "").strip() == (sender.street or "").strip())  # fmt: skip
    return all(same)


def phones_of(person: Recipient) -> dict[str, str]:
    """`mobile` or `phone`, the number with its extension; of a masked one the shape that is told."""
    number = f"{person.phone}-{person.phone_extension}" if person.phone_extension else person.phone or ""
    is_mobile = _MOBILE.fullmatch(person.phone or "") or (len(person.phone or "") == 11 and "*" in (person.phone or ""))
    return {"mobile" if is_mobile else "phone": number} if number else {}


def short_id(text: str, longest: int) -> str:
    """An id of ours in at most so many letters and digits: the same text gives the same id."""
    if len(text) <= longest and re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:longest]


def made(
    requests: Sequence[WaybillRequest], send: Send, *, platform: str, find: Find | None = None,
    repeatable: bool = False,
) -> Operation[dict[str, Outcome[Waybill]]]:  # fmt: skip
    """Ask for the waybills of one call; one outcome per parcel id, whatever becomes of the reply.

    Args:
        send: One call; the waybill or the error of each parcel.
        find: Reads whether a parcel has a waybill, where the platform can tell.
        repeatable: The platform answers a repeated parcel with its first waybill.
    """
    old = [] if find is None else [request for request in requests if not request.is_new]
    outcomes: dict[str, Outcome[Waybill]] = {}
    for request in old:
        outcomes[request.key] = yield from _settled(request, send, platform, find, repeatable)
    fresh = [request for request in requests if request not in old]
    if fresh:
        outcomes |= yield from _sent(fresh, send, platform, find, repeatable)
    return outcomes


def one_by_one(
    requests: Sequence[WaybillRequest],
    act: Callable[[WaybillRequest], Operation[Waybill | None]],
    told: Callable[[OrderHubError], OrderHubError] = lambda error: error,
) -> Operation[list[Outcome[Waybill]]]:
    """Each parcel by itself, where a call takes one; what fails is the outcome of that parcel alone.

    Args:
        told: What a failure is to the caller.
    """
    outcomes: list[Outcome[Waybill]] = []
    for request in requests:
        try:
            outcomes.append(Outcome(True, request.key, value=(yield from act(request))))
        except OrderHubError as error:
            outcomes.append(Outcome.failed(request.key, told(error)))
    return outcomes


def _sent(
    requests: Sequence[WaybillRequest], send: Send, platform: str, find: Find | None, repeatable: bool
) -> Operation[dict[str, Outcome[Waybill]]]:
    """Parcels that have no waybill yet, or whose repeat is harmless."""
    try:
        found: Made = yield from send(requests)
    except (OutcomeUnknown, DecodeError):
        found = {}
    except OrderHubError as error:
        if len(requests) > 1 and is_refusal(error):  # one bad parcel must not sink the others
            return (yield from _alone(requests, send, platform, find, repeatable))
        return {request.key: Outcome.failed(request.key, refusal_of(error, platform)) for request in requests}
    outcomes: dict[str, Outcome[Waybill]] = {}
    for request in requests:
        row = found.get(request.key)
        if row is None:  # the reply was lost, or says nothing of this one
            outcomes[request.key] = yield from _settled(request, send, platform, find, repeatable)
        else:
            outcomes[request.key] = _outcome(request.key, row, platform)
    return outcomes


def _alone(
    requests: Sequence[WaybillRequest], send: Send, platform: str, find: Find | None, repeatable: bool
) -> Operation[dict[str, Outcome[Waybill]]]:
    outcomes: dict[str, Outcome[Waybill]] = {}
    for request in requests:
        outcomes |= yield from _sent([request], send, platform, find, repeatable)
    return outcomes


def _outcome(key: str, row: Waybill | OrderHubError, platform: str) -> Outcome[Waybill]:
    return Outcome(True, key, value=row) if isinstance(row, Waybill) else Outcome.failed(key, refusal_of(row, platform))


def is_refusal(error: OrderHubError) -> bool:
    """Whether the platform said no to this parcel, not to the account or to anybody."""
    return isinstance(error, PlatformError) and not isinstance(error, AuthError | RateLimited | PlatformUnavailable)


def refusal_of(error: OrderHubError, platform: str) -> OrderHubError:
    """What a refused parcel is to the caller; failures of the account or of the platform stay what they are."""
    if not isinstance(error, PlatformError) or not is_refusal(error):
        return error
    return WaybillRejected(
        error.message, platform=platform, operation=error.operation, code=error.code, sub_code=error.sub_code,
        request_id=error.request_id,
    )  # fmt: skip


def _settled(
    request: WaybillRequest, send: Send, platform: str, find: Find | None, repeatable: bool
) -> Operation[Outcome[Waybill]]:
    """A parcel that may have a waybill: looked for, or asked for again where that is the same."""
    for _ in range(ROUNDS):
        if find is not None:
            try:
                there = yield from find(request)
            except OrderHubError:
                break
            if there is not None:
                return Outcome(True, request.key, value=there)
        elif not repeatable:
            break
        try:
            row = (yield from send([request])).get(request.key)
        except (OutcomeUnknown, DecodeError):
            continue
        except OrderHubError as error:
            row = error
        if isinstance(row, Waybill) and not repeatable:
            return Outcome(True, request.key, ASKED_TWICE, value=row)
        if isinstance(row, Waybill) or (row is not None and find is not None):
            return _outcome(request.key, row, platform)
        if row is not None:
            break  # a refusal of the repeat may be about the first
    return Outcome.failed(request.key, OutcomeUnknown(
        f"a waybill for parcel {request.key} was asked for and it is not known whether there is one; ask for the same "
        "parcel again to find out, or look it up in the seller's console", platform=platform,
        operation="create_waybills",
    ))  # fmt: skip


def voided(
    waybill: Waybill, send: Callable[[], Operation[object]], is_there: Callable[[OrderHubError], Operation[bool]]
) -> Operation[Outcome[None]]:
    """Cancel a number once more when the reply was lost.

    A refusal means that the number stays, unless `is_there`, which gets it, says that the platform does not know the
    number any more; after a lost reply it leaves the outcome unknown.
    """
    lost: OrderHubError | None = None
    for _ in range(2):
        try:
            yield from send()
            return Outcome(True, waybill.reference)
        except (OutcomeUnknown, DecodeError) as error:
            lost = error
        except (AuthError, RateLimited):
            raise
        except OrderHubError as error:
            if is_refusal(error) and not (yield from is_there(error)):
                return Outcome(True, waybill.reference, "already_done")
            return Outcome.failed(waybill.reference, lost or error)
    return Outcome.failed(waybill.reference, lost or OutcomeUnknown("not sent"))
