"""What no carrier could send, named before anything is asked that costs money or quota. Pure; imports `models`."""

from __future__ import annotations

from collections.abc import Callable

from orderhub.errors import WaybillRejected
from orderhub.logistics.provinces import is_province, province_of
from orderhub.models.logistics import Parcel
from orderhub.models.status import PrivacyKind

__all__ = ["CHECKS", "check_parcel", "parcel_problems"]

_HOME = frozenset({None, "", "CN", "CHN", "China", "中国"})
Check = Callable[[Parcel], str | None]
"""None when it is right, otherwise what is wrong, without any value of the receiver's."""


def _weight(parcel: Parcel) -> str | None:
    return "must be more than zero grams; complete the weights of its SKUs" if parcel.weight_g <= 0 else None


def _sides(parcel: Parcel) -> str | None:
    sides = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    return "sides must be more than zero" if any(side is not None and side <= 0 for side in sides) else None


def _province(parcel: Parcel) -> str | None:
    address = parcel.recipient.address
    if address.country not in _HOME:
        return None
    found = province_of(address)
    if found is None:
        return "the address names no province and has no division code"
    return None if is_province(found) else "is none of the country's provinces"


def _phone(parcel: Parcel) -> str | None:
    """A hidden number is the platform's to hand over; a receiver in the clear without one cannot be called."""
    person = parcel.recipient
    is_clear = person.privacy.kind is PrivacyKind.CLEAR
    return "is missing" if is_clear and not (person.phone or "").strip() else None


def _amount(name: str) -> Check:
    def check(parcel: Parcel) -> str | None:
        amount = getattr(parcel, name)
        return "must not be negative" if amount is not None and amount < 0 else None

    return check


CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("weight_not_positive", "weight_g", _weight),
    ("size_not_positive", "length_mm", _sides),
    ("unknown_province", "recipient.address.province", _province),
    ("phone_missing", "recipient.phone", _phone),
    ("negative_amount", "declared_value", _amount("declared_value")),
    ("negative_amount", "cod_amount", _amount("cod_amount")),
)
"""(code, field, check); a new one is one more row."""


def parcel_problems(parcel: Parcel) -> tuple[tuple[str, str, str], ...]:
    """(code, field, what is wrong) of everything that is wrong with a parcel."""
    return tuple((code, field, told) for code, field, check in CHECKS if (told := check(parcel)))


def check_parcel(parcel: Parcel) -> None:
    """Refuse a parcel that no carrier could send.

    Raises:
        WaybillRejected: `code` and `field` name the first problem, the message all of them; never a value.
    """
    if found := parcel_problems(parcel):
        told = "; ".join(f"{field}: {why}" for _, field, why in found)
        raise WaybillRejected(f"parcel {parcel.parcel_id}: {told}", code=found[0][0], field=found[0][1])
