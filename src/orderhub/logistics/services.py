"""What a carrier product may be used for, and what a parcel needs: the two sides of a choice. Imports `rate_card`.

A service is a merchant's knowledge of a carrier: its rate card, its limits, where and when it is suspended, how well
it did. `LIMITS` is the whole list of hard limits; a new one is one more row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from orderhub.logistics.provinces import province_key, province_of
from orderhub.logistics.rate_card import RateCard
from orderhub.models.logistics import Parcel

__all__ = ["LIMITS", "Need", "Pause", "Service", "area_objection"]


@dataclass(frozen=True, slots=True)
class Pause:
    """When and where a service is not to be used: first and last day, names of provinces, prefixes of division codes.

    What is left out does not limit it: without places it takes nothing at all, without days until further notice.
    """

    provinces: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Service:
    """One carrier product that may be chosen.

    Attributes:
        weight_max_g, side_max_mm, sides_max_mm: Actual weight in grams, longest side and the three sides together in
            millimetres, all included.
        goods: Classes of goods that it takes.
        cod_max: Largest sum it collects, None when it collects nothing.
        declared_max: Highest declared value that it takes, None for any.
        pauses: When and where it is not to be used.
        quality: 0 (worst) to 1 (best), as long as nothing was learned; see `quality.QualityTable`.
        priority: Smaller goes first among equals.
    """

    card: RateCard
    weight_max_g: int | None = None
    side_max_mm: int | None = None
    sides_max_mm: int | None = None
    goods: frozenset[str] = frozenset({"general"})
    cod_max: Decimal | None = None
    declared_max: Decimal | None = None
    pauses: tuple[Pause, ...] = ()
    quality: Decimal = Decimal("0.5")
    priority: int = 0

    @property
    def carrier(self) -> str:
        """Canonical carrier code."""
        return self.card.carrier

    @property
    def product(self) -> str:
        """The carrier's product."""
        return self.card.product


@dataclass(frozen=True)
class Need:
    """One parcel to be sent, and what is known about the wishes behind it.

    Attributes:
        on: Day of dispatch.
        required: The platform or the buyer's purchase prescribes one of these carriers; empty: no prescription.
        allowed: Carriers that the platform accepts; None: any.
        blocked: Carriers that the platform or the merchant forbids.
        expedite: Speed comes before price.
        buyer_note, seller_note: Free text that may name a carrier; never shown in reprs.
        facts: What rules may ask beyond the parcel, e.g. platform, shop, labels, order_total.
        currency: Prices in other currencies are not compared.
    """

    parcel: Parcel
    origin_province: str
    on: date
    currency: str = "CNY"
    required: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None
    blocked: frozenset[str] = frozenset()
    expedite: bool = False
    buyer_note: str | None = field(default=None, repr=False)
    seller_note: str | None = field(default=None, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)


Limit = Callable[[Service, Need], str | None]
"""None when the service can do it, otherwise why not."""


def _platform(service: Service, need: Need) -> str | None:
    carrier = service.carrier
    if need.required and carrier not in need.required:
        return f"this order must go with {' or '.join(sorted(need.required))}"
    if need.allowed is not None and carrier not in need.allowed:
        return "the platform does not accept this carrier"
    return "this carrier is blocked for this order" if carrier in need.blocked else None


def _currency(service: Service, need: Need) -> str | None:
    found = service.card.currency
    return None if found == need.currency else f"priced in {found}, the others in {need.currency}"


def _weight(service: Service, need: Need) -> str | None:
    limit, found = service.weight_max_g, need.parcel.weight_g
    if found <= 0:
        return "no weight is known"
    return f"{found} g, it takes up to {limit} g" if limit is not None and found > limit else None


def _size(service: Service, need: Need) -> str | None:
    parcel = need.parcel
    sides = (parcel.length_mm or 0, parcel.width_mm or 0, parcel.height_mm or 0)
    for what, found, limit in (
        ("longest side of", max(sides), service.side_max_mm),
        ("sides of together", sum(sides), service.sides_max_mm),
    ):
        if limit is not None and found > limit:
            return f"{what} {found} mm, it takes up to {limit} mm"
    return None


def _goods(service: Service, need: Need) -> str | None:
    found = need.parcel.goods_class
    return None if found in service.goods else f"it does not take goods of class {found}"


def _cod(service: Service, need: Need) -> str | None:
    amount = need.parcel.cod_amount
    if not amount:
        return None
    if service.cod_max is None:
        return "it does not collect cash on delivery"
    return f"it collects up to {service.cod_max}" if amount > service.cod_max else None


def _declared(service: Service, need: Need) -> str | None:
    amount, limit = need.parcel.declared_value, service.declared_max
    return f"declared value, it takes up to {limit}" if amount and limit is not None and amount > limit else None


def area_objection(service: Service, need: Need) -> str | None:
    """Why a service does not go to the receiver's area on that day; None when it does."""
    pauses = [pause for pause in service.pauses if (pause.provinces or pause.divisions) and pause.on(need.on)]
    if not pauses:
        return None
    address = need.parcel.recipient.address
    code, province = address.division_code or "", province_of(address)
    for pause in pauses:
        stopped = any(code.startswith(prefix) for prefix in pause.divisions)
        if stopped or province in {province_key(name) for name in pause.provinces}:
            return "delivery to this area is suspended" + (f" until {pause.until}" if pause.until else "")
    return None


def _season(service: Service, need: Need) -> str | None:
    for pause in service.pauses:
        if not pause.provinces and not pause.divisions and pause.on(need.on):
            return "suspended" + (f" until {pause.until}" if pause.until else "")
    return None


LIMITS: tuple[tuple[str, Limit], ...] = (
    ("platform", _platform),
    ("currency", _currency),
    ("weight", _weight),
    ("size", _size),
    ("goods_class", _goods),
    ("cod", _cod),
    ("declared_value", _declared),
    ("area_suspended", area_objection),
    ("suspended", _season),
)
"""(reason code, limit), cheapest first; the first that objects is the reason."""
