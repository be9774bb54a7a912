"""What one order contributes to the figures, and nothing of its buyer. Pure; imports `logistics`, `models`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias

from orderhub.logistics.provinces import PROVINCES, province_key, province_of
from orderhub.models.order import Order
from orderhub.models.person import Address
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, FulfilledBy, OrderStatus, PaymentStatus

__all__ = [
    "STANDINGS", "ZERO", "Fact", "Standing", "facts_of", "known_sum", "newest", "punctuality", "standing", "unknowns",
]  # fmt: skip

Standing: TypeAlias = Literal["counted", "not_paid", "cancelled", "unclear"]
STANDINGS: tuple[Standing, ...] = ("counted", "not_paid", "cancelled", "unclear")
ZERO = Decimal("0.00")
_HOME = frozenset({None, "", "CN", "CHN", "China", "中国"})
_KNOWN_PROVINCES = frozenset(province_key(name) for name in PROVINCES.values())
_RECEIVED = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
_RETURNED = frozenset({AftersaleStatus.REFUNDED, AftersaleStatus.PARTIALLY_REFUNDED})
_NOTHING_BACK = frozenset({PaymentStatus.PAID, PaymentStatus.UNPAID})
_OPEN = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_WORD = re.compile(r"(?!.*\d{5})[A-Za-z0-9_.:-]{1,48}")
_AXES = ("status", "payment_status", "fulfilment_status", "aftersale_status", "fulfilled_by")


@dataclass(frozen=True, slots=True)
class Fact:
    """One order as the figures see it: amounts in `currency`, None where the platform does not say.

    `day` is the day of creation in the shop's zone; `units` and `refunded` are of the whole order.
    """

    currency: str
    platform: str
    shop_id: str
    day: date | None
    province: str | None
    status: str
    standing: Standing
    units: int
    total: Decimal | None
    refunded: Decimal | None


def facts_of(
    orders: Iterable[Order], refunds: Iterable[Refund], zone: tzinfo, zones: Mapping[str, tzinfo]
) -> tuple[Fact, ...]:
    """One fact per order; `zones` maps `platform:shop_id` to that shop's zone, `zone` serves all others."""
    returned = _returned(refunds)
    return tuple(_fact(order, returned, zones.get(f"{order.platform}:{order.shop_id}", zone)) for order in orders)


def _fact(order: Order, returned: Mapping[tuple[str, str], Decimal | None], zone: tzinfo) -> Fact:
    units = sum(line.quantity for line in order.lines)
    return Fact(
        order.currency, order.platform, order.shop_id, _day(order.created_at, zone), _region(order.recipient.address),
        order.status.value, standing(order), units, order.total, _refunded(order, returned),
    )  # fmt: skip


def standing(order: Order) -> Standing:
    """Whether the order counts as a sale: its money is here (or it is cash on delivery) and it is not cancelled."""
    if order.status is OrderStatus.CANCELLED:
        return "cancelled"
    if order.status is OrderStatus.UNKNOWN or order.payment_status is PaymentStatus.UNKNOWN:
        return "unclear"
    on_delivery = order.is_cod and order.status is not OrderStatus.PENDING_PAYMENT
    return "counted" if order.payment_status in _RECEIVED or on_delivery else "not_paid"


def _day(at: datetime | None, zone: tzinfo) -> date | None:
    try:
        return at.astimezone(zone).date() if at else None
    except OverflowError:  # the last hours of year 9999 have no day further east
        return None


def _region(address: Address) -> str | None:
    """A province of China by short name, elsewhere `US` or `US-CA`; free text never passes."""
    if address.country in _HOME:
        province = province_of(address)
        return province if province in _KNOWN_PROVINCES else None
    country, state = address.country or "", address.province or ""
    if not re.fullmatch("[A-Z]{2}", country):
        return None
    return f"{country}-{state}" if re.fullmatch("[A-Z]{1,3}", state) else country


def _returned(refunds: Iterable[Refund]) -> dict[tuple[str, str], Decimal | None]:
    """(order key, currency) -> money that settled cases gave back; None as soon as one does not say how much."""
    found: dict[tuple[str, str], Decimal | None] = {}
    for case in refunds:
        if case.status in _RETURNED:
            key = (f"{case.platform}:{case.shop_id}:{case.order_id}", case.currency)
            before = found.get(key, ZERO)
            found[key] = None if before is None or case.amount is None else before + case.amount
    return found


def _refunded(order: Order, returned: Mapping[tuple[str, str], Decimal | None]) -> Decimal | None:
    if order.refunded is not None:
        return order.refunded
    if (order.key, order.currency) in returned:
        return returned[order.key, order.currency]
    return ZERO if order.payment_status in _NOTHING_BACK else None


def known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the known amounts; None when there are amounts and none of them is known."""
    every = tuple(amounts)
    known = [amount for amount in every if amount is not None]
    return sum(known, ZERO) if known or not every else None


def newest(items: Iterable[Order]) -> tuple[Order, ...]:
    """One version of each order, the latest, whatever the order of the input."""
    found: dict[str, Order] = {}
    for item in items:
        before = found.setdefault(item.key, item)
        if before is not item:
            found[item.key] = max(before, item, key=_version)
    return tuple(found.values())


def _version(order: Order) -> tuple[datetime, str]:
    return order.updated_at or datetime.min.replace(tzinfo=UTC), order.model_dump_json()


def punctuality(order: Order, at: datetime) -> str | None:
    """One of on_time, late, overdue, due, time_unknown; None where no deadline of ours applies."""
    if order.ship_by is None or standing(order) != "counted" or order.fulfilled_by is FulfilledBy.PLATFORM:
        return None
    if order.status in _OPEN:
        return None if order.holds else "overdue" if at > order.ship_by else "due"
    times = [parcel.shipped_at for parcel in order.shipments if parcel.shipped_at]
    shipped = order.shipped_at or (max(times) if times else None)
    if shipped is None:
        return "time_unknown"
    return "on_time" if shipped <= order.ship_by else "late"


def unknowns(order: Order) -> set[tuple[str, str | None]]:
    """(field, raw word) of everything about the order that could not be read; a raw text that is no code is hidden."""
    found: set[tuple[str, str | None]] = {(axis, None) for axis in _AXES[1:] if getattr(order, axis) == "unknown"}
    if order.status is OrderStatus.UNKNOWN:
        found |= {("status", _word(order.raw_status))}
    found |= {("line_status", _word(line.raw_status)) for line in order.lines if line.status is OrderStatus.UNKNOWN}
    return found | ({("created_at", None)} if order.created_at is None else set())


def _word(raw: str | None) -> str | None:
    """A platform's code as it is; anything longer, spaced or full of digits could be a person's data."""
    return raw if raw is None or _WORD.fullmatch(raw) else "…"
