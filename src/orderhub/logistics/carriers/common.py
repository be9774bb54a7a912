"""What carriers' connectors share: people and parcels checked before any call, lost replies settled, events made.

Pure; may import `kit`, `flow`, `models`, `errors`, and `provinces`, `tracking` of logistics. Knows no carrier.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from orderhub.errors import (
    AuthError,
    Conflict,
    DecodeError,
    LogisticsError,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    WaybillRejected,
)
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import masked
from orderhub.kit.json import to_text
from orderhub.kit.operations import Operations
from orderhub.kit.table import Table
from orderhub.kit.webhook import check_signature
from orderhub.logistics.provinces import MUNICIPALITIES, PROVINCES, province_key
from orderhub.logistics.tracking import joined
from orderhub.models.logistics import Parcel, TrackingEvent, Waybill
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient
from orderhub.models.status import PrivacyKind

__all__ = [
    "CarrierOperations", "centimetres", "check_parcel", "check_push", "china_time", "form_of", "is_mobile",
    "kilograms", "md5_base64", "md5_hex", "phone_of", "place_of", "province_of_wire", "said", "waybill_number",
]  # fmt: skip

ROUNDS = 3
CONCURRENT = 4
REPEATED_WORDS = ("重复", "已存在", "duplicate", "repeated", "already exist")
"""Words of refusals that may mean a repeated order number, where codes are not documented; caution costs a question."""
_PROVINCES = frozenset(map(province_key, PROVINCES.values()))
_CHINA = timezone(timedelta(hours=8))
_MOBILE = re.compile(r"1\d{10}")
_NUMBER = re.compile(r"[A-Za-z0-9][!-~]{0,63}")


def md5_base64(text: str) -> str:
    """Base64 of the raw MD5."""
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def md5_hex(text: str) -> str:
    """Lower-case hexadecimal MD5."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def china_time(at: datetime) -> str:
    """An aware instant as `yyyy-MM-dd HH:mm:ss` in Beijing time."""
    return at.astimezone(_CHINA).isoformat(" ", "seconds")[:19]


def kilograms(parcel: Parcel) -> Decimal:
    """The weight in kilograms, exactly."""
    return Decimal(parcel.weight_g).scaleb(-3)


def centimetres(length_mm: int) -> Decimal:
    """Centimetres, exactly."""
    return Decimal(length_mm).scaleb(-1)


def check_parcel(
    parcel: Parcel, sender: Recipient, carrier: str, *, id_min: int = 1, id_max: int = 64, phone_max: int = 20,
    mobile_only: bool = False, street_max: int = 200,
) -> None:  # fmt: skip
    """Refuse what no carrier could send, before any call.

    Raises:
        WaybillRejected: Names the field; never its value.
    """
    if not id_min <= len(parcel.parcel_id) <= id_max:
        raise _bad(carrier, "parcel_id", f"needs {id_min} to {id_max} characters, it is the carrier's order number")
    if parcel.weight_g <= 0:
        raise _bad(carrier, "weight_g", "must be more than zero")
    for name in ("declared_value", "cod_amount"):
        if (amount := getattr(parcel, name)) is not None and amount < 0:
            raise _bad(carrier, name, "must not be negative")
    for role, person in (("sender", sender), ("recipient", parcel.recipient)):
        _check_person(person, role, carrier, phone_max, street_max, mobile_only)


def _check_person(
    person: Recipient, role: str, carrier: str, phone_max: int, street_max: int, mobile_only: bool
) -> None:
    if person.privacy.kind in (PrivacyKind.MASKED, PrivacyKind.ENCRYPTED):
        raise _bad(carrier, role, "is hidden by the platform; decrypt it first, or use the platform's own e-waybills")
    address = person.address
    if address.province and province_key(address.province) not in _PROVINCES:
        raise _bad(carrier, f"{role}.address.province", "is none of the country's provinces")
    for name, value in (
        ("name", person.name), ("phone", person.phone), ("address.province", address.province),
        ("address.city", address.city or address.district), ("address.street", address.street),
    ):  # fmt: skip
        if not value or not value.strip():
            raise _bad(carrier, f"{role}.{name}", "is missing")
    if len(phone_of(person)) > phone_max:
        raise _bad(carrier, f"{role}.phone", f"has more than {phone_max} characters with its extension")
    if mobile_only and not _MOBILE.fullmatch(person.phone or ""):
        raise _bad(carrier, f"{role}.phone", "must be a mobile number of eleven digits")
    if len(f"{address.town or ''}{address.street or ''}") > street_max:
        raise _bad(carrier, f"{role}.address.street", f"has more than {street_max} characters with its town")


def _bad(carrier: str, field: str, why: str) -> WaybillRejected:
    return WaybillRejected(f"{field}: {why}", platform=carrier, operation="create", field=field)


def phone_of(person: Recipient) -> str:
    """The number with its extension, as virtual numbers need it."""
    return f"{person.phone}-{person.phone_extension}" if person.phone_extension else person.phone or ""


def is_mobile(person: Recipient) -> bool:
    """Whether the number itself is a mainland mobile."""
    return bool(_MOBILE.fullmatch(person.phone or ""))


def province_of_wire(person: Recipient, *, short_municipality: bool) -> str:
    """The province in full; of municipalities, where a carrier spells them so, without 市."""
    found = person.address.province or ""
    short = province_key(found)
    return short if short_municipality and short in MUNICIPALITIES else found


def place_of(person: Recipient, names: Sequence[str], *, short_municipality: bool = False) -> dict[str, str]:
    """Province, city, district and detail (with its town) under the carrier's four names.

    A county directly under its province stands in for the city; an empty district is left out.
    """
    address = person.address
    values = (
        province_of_wire(person, short_municipality=short_municipality), address.city or address.district,
        address.district, f"{address.town or ''}{address.street or ''}",
    )  # fmt: skip
    return {name: value for name, value in zip(names, values, strict=True) if value}


def said(found: Mapping[str, Any], *names: str) -> str | None:
    """The first of several fields that says something, as text."""
    value = next((found[name] for name in names if found.get(name) not in (None, "")), None)
    return None if value is None else str(value)


def waybill_number(value: Any, carrier: str, path: str) -> str:
    """The number of a new waybill: it is printed, scanned and told to buyers, so what cannot be one is none.

    Raises:
        DecodeError: Not text or a whole number, empty, longer than any number is, or with signs that no label can bear.
    """
    found = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _NUMBER.fullmatch(found):
        raise DecodeError("the order has no waybill number", platform=carrier, path=path, value=masked(value))
    return found


def form_of(headers: Mapping[str, str], body: bytes, carrier: str) -> dict[str, str]:
    """The fields of a pushed form; raises `DecodeError`."""
    try:
        return dict(parse_qsl(to_text(body, headers), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise DecodeError("the push is not a form", platform=carrier) from None


def check_push(sign: Callable[[str], str], given: str | None, keys: Iterable[str], carrier: str) -> None:
    """`kit.webhook.check_signature` in the name of a carrier; raises `SecurityError`."""
    words = f"a push in the name of {carrier} whose signature does not match"
    check_signature(given, keys, sign, platform=carrier, words=words)


def _repeated(error: PlatformError) -> bool:
    """Whether a refusal may mean that the order is there already: then no other carrier may be asked."""
    return isinstance(error, Conflict) or any(word in error.message.lower() for word in REPEATED_WORDS)


def _about_one(error: Exception) -> bool:
    """Whether an error says something about one parcel only."""
    account = AuthError | RateLimited | PlatformUnavailable
    return isinstance(error, PlatformError) and not isinstance(error, account)


class CarrierOperations(Operations):
    """The laws of writing and reading that hold for every carrier."""

    @property
    def name(self) -> str:
        """The carrier's name in errors."""
        return self.spec.platform

    def settle(
        self, parcel_id: str, send: Callable[[], Operation[Waybill]], *,
        refusals: Mapping[str, type[LogisticsError]] | None = None, repeatable: bool = True,
        find: Callable[[], Operation[Waybill | None]] | None = None,
    ) -> Operation[Waybill]:  # fmt: skip
        """Ask for a waybill until it is known; every try carries the same order number.

        Args:
            refusals: Codes whose orders another carrier could take.
            repeatable: The carrier answers a repeated order number with the first waybill.
            find: Reads whether the order is there, where the carrier can tell.
        Raises:
            WaybillRejected, NotServiceable: The carrier says no, and nothing was sent before.
            OutcomeUnknown: The order may be there already, or it could not be found out whether there is a waybill.
        """
        lost: OrderHubError | None = None
        for _ in range(ROUNDS if repeatable or find else 1):
            try:
                return (yield from send())
            except (OutcomeUnknown, DecodeError) as error:
                lost = lost or error
            except (AuthError, RateLimited, PlatformUnavailable):
                if lost is None:
                    raise
            except PlatformError as error:
                if lost is None and not _repeated(error):
                    raise self.refused(error, refusals or {}) from error
                lost = lost or error
            if find is not None and lost is not None and (there := (yield from self._looked(find))):
                return there
            if not repeatable:
                break
        raise self._unknown(parcel_id, lost) from lost

    def _looked(self, find: Callable[[], Operation[Waybill | None]]) -> Operation[Waybill | None]:
        try:
            return (yield from find())
        except OrderHubError:
            return None

    def _unknown(self, parcel_id: str, lost: OrderHubError | None) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"parcel {parcel_id} was sent to {self.name}, and its waybill is not known; "
            "create the same parcel again to find out, or look it up in the carrier's console",
            platform=self.name, operation="create", request_id=lost.request_id if lost else None,
        )  # fmt: skip

    def refused(self, error: PlatformError, refusals: Mapping[str, type[LogisticsError]]) -> LogisticsError:
        """What a refused order is to the caller."""
        kind = refusals.get(error.sub_code or error.code or "", WaybillRejected)
        return kind(
            error.message, platform=self.name, operation=error.operation, code=error.code, sub_code=error.sub_code,
            request_id=error.request_id,
        )  # fmt: skip

    def void(self, waybill: Waybill, send: Callable[[], Operation[Any]]) -> Operation[Outcome[None]]:
        """Cancel once more when the reply was lost; a refusal of the repeat leaves the outcome unknown."""
        lost: OrderHubError | None = None
        for _ in range(2):
            try:
                yield from send()
            except (OutcomeUnknown, DecodeError) as error:
                lost = error
            except (AuthError, RateLimited):
                raise
            except PlatformError as error:
                return Outcome.failed(waybill.reference, lost or error)
            else:
                return Outcome(True, waybill.reference)
        return Outcome.failed(waybill.reference, lost or OutcomeUnknown("not sent", platform=self.name))

    def each(self, keys: Sequence[str], act: Callable[[str], Operation[str | None]]) -> Operation[list[Outcome[None]]]:
        """One outcome per key, in order; `act` answers a reason such as `already_done`. Bad accounts raise."""
        outcomes: list[Outcome[None]] = []
        for key in keys:
            try:
                outcomes.append(Outcome(True, key, (yield from act(key))))
            except (AuthError, RateLimited):
                raise
            except OrderHubError as error:
                outcomes.append(Outcome.failed(key, error))
        return outcomes

    def track_each(
        self, waybill_nos: Sequence[str], read: Callable[[str], Operation[list[TrackingEvent]]]
    ) -> Operation[list[TrackingEvent]]:
        """Events of numbers that are asked for one by one, oldest first, each once.

        A number that the carrier refuses has no events, unless it refuses every one.
        """
        numbers = list(dict.fromkeys(waybill_nos))
        found = yield from gather([partial(read, number) for number in numbers], CONCURRENT)
        errors = [row for row in found if isinstance(row, Exception)]
        grave = [error for error in errors if not _about_one(error)]
        if errors and (grave or len(errors) == len(numbers)):
            raise (grave or errors)[0]
        return joined(*(row for row in found if not isinstance(row, Exception)))

    def event(self, table: Table, node: Any, **known: Any) -> TrackingEvent:
        """One event through its table; `known` wire fields stand around the node.

        Raises:
            DecodeError: Names field and path.
        """
        if not isinstance(node, Mapping):
            raise DecodeError("expected an object", platform=self.name, path="events", value=masked(node))
        values = table.decode({**known, **node})
        if values.get("at") is None:
            raise DecodeError("an event without a time", platform=self.name, path="at")
        return TrackingEvent(**{name: value for name, value in values.items() if name[0] != "_"})
