"""Rate cards: what a carrier charges, as plain frozen data. Imports `errors`, `models`, `provinces`.

Weights in grams, lengths in millimetres, amounts as `Decimal` in the card's currency, dates inclusive and in the
carrier's own calendar. Every bound says in its name whether it is included: `over_` and `below_` are not, `up_to_` is.
There are no built-in prices: cards come from contracts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from orderhub.errors import ConfigurationError
from orderhub.logistics.provinces import province_key

__all__ = ["CENT", "Base", "DivisorBand", "PriceRow", "RateCard", "RoundingBand", "Surcharge", "Zone"]

CENT = Decimal("0.01")
Base = Literal["declared_value", "cod_amount", "freight"]


@dataclass(frozen=True, slots=True)
class RoundingBand:
    """Billed weight up to `up_to_g` (None: no end) goes to a multiple of `step_g`, up or half up."""

    step_g: int
    up_to_g: int | None = None
    half_up: bool = False


@dataclass(frozen=True, slots=True)
class DivisorBand:
    """Volume is weighed by `divisor` (cm³ per kg) while the actual weight is below `below_g` (None: no end)."""

    divisor: int
    below_g: int | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a price holds: provinces by any of their names, or division codes by prefix; `*` is every province.

    The longest matching prefix wins over a province, a named province wins over `*`. A zone without price rows is
    a place that is not served.
    """

    name: str
    provinces: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The freight of one zone and band of billed weight: the first weight, then a price for each started step.

    Attributes:
        over_g, up_to_g: The band; None has no end.
        step_price: None when the row is one fixed price.
        minimum: The least the freight can be.
        promised_hours: Door to door, None when nothing is promised.
    """

    zone: str
    first_g: int
    first_price: Decimal
    step_g: int = 1000
    step_price: Decimal | None = None
    over_g: int = 0
    up_to_g: int | None = None
    minimum: Decimal = Decimal(0)
    promised_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Surcharge:
    """One named addition: flat, plus an amount a kilogram, plus a percentage of something, kept within bounds.

    Every condition that is given must hold.

    Attributes:
        percent, base: So many percent of the declared value, the cash to collect or the freight. A surcharge with
            base declared_value or cod_amount applies only to parcels that have one.
        minimum, maximum: Bounds of the whole surcharge.
        zones, divisions: Only for these zones, or division codes with these prefixes (either suffices).
        over_g: Billed weight above this.
        side_over_mm: Longest side above this.
        base_over, base_up_to: Only while the base is in this range (above, up to).
        since, until: Only on these dates, both included (peak season).
    """

    name: str
    flat: Decimal = Decimal(0)
    per_kg: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    base: Base | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    zones: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    over_g: int | None = None
    side_over_mm: int | None = None
    base_over: Decimal | None = None
    base_up_to: Decimal | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class RateCard:
    """All prices of one carrier product from one region.

    Attributes:
        origins: Provinces that parcels may leave from; empty: any.
        rounding, divisors: Bands in rising order, the last one without end; no divisors: volume does not count.
        freight_unit: Freight is rounded half up to a multiple of this, e.g. 1 for whole yuan.
        valid_from, valid_to: Dates, both included; None has no end.
        version: Whatever names this card in a contract.

    Raises:
        ConfigurationError: The data contradicts itself; the message names the card, the place and what to change.
    """

    carrier: str
    product: str
    currency: str
    zones: tuple[Zone, ...]
    rows: tuple[PriceRow, ...]
    origins: tuple[str, ...] = ()
    rounding: tuple[RoundingBand, ...] = (RoundingBand(1000),)
    divisors: tuple[DivisorBand, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    freight_unit: Decimal = CENT
    valid_from: date | None = None
    valid_to: date | None = None
    version: str | None = None
    by_province: dict[str, str] = field(init=False, repr=False, compare=False)
    by_division: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    by_zone: dict[str, tuple[PriceRow, ...]] = field(init=False, repr=False, compare=False)
    from_provinces: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for complaint in (*_places(self), *_bands(self), *_prices(self)):
            raise ConfigurationError(f"rate card {self.carrier}/{self.product}: {complaint}")
        indexes = {
            "by_province": {province_key(name): zone.name for zone in self.zones for name in zone.provinces},
            "by_division": tuple(sorted(
                ((prefix, zone.name) for zone in self.zones for prefix in zone.divisions),
                key=lambda pair: (-len(pair[0]), pair[0]),
            )),
            "by_zone": {zone.name: tuple(sorted((row for row in self.rows if row.zone == zone.name),
                                                key=lambda row: row.over_g)) for zone in self.zones},
            "from_provinces": frozenset(province_key(name) for name in self.origins),
        }  # fmt: skip
        for name, value in indexes.items():
            object.__setattr__(self, name, value)


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _places(card: RateCard) -> list[str]:
    """Zones must be unambiguous, and everything that names a zone must name one that is there."""
    known = {zone.name for zone in card.zones}
    named = {row.zone for row in card.rows} | {name for extra in card.surcharges for name in extra.zones}
    found = [f"zone {name!r} is named but not defined" for name in sorted(named - known)]
    places = {
        "zone": [zone.name for zone in card.zones],
        "province": [province_key(name) for zone in card.zones for name in zone.provinces],
        "division prefix": [prefix for zone in card.zones for prefix in zone.divisions],
    }
    return found + [
        f"{kind} {name!r} stands in two zones; keep one" for kind, names in places.items() for name in _twice(names)
    ]


def _bands(card: RateCard) -> list[str]:
    """Dates and bands rise, bands end open; price rows of a zone do not overlap."""
    found = []
    if card.valid_from and card.valid_to and card.valid_to < card.valid_from:
        found.append(f"it holds from {card.valid_from} to {card.valid_to}, which is before it begins")
    ends = {"rounding": [band.up_to_g for band in card.rounding], "divisor": [b.below_g for b in card.divisors]}
    for kind, bounds in ends.items():
        inner = [bound for bound in bounds[:-1] if bound is not None]
        if bounds and (bounds[-1] is not None or len(inner) != len(bounds) - 1 or inner != sorted(set(inner))):
            found.append(f"{kind} bands must rise and only the last one has no end")
    for zone in card.zones:
        rows = sorted((row for row in card.rows if row.zone == zone.name), key=lambda row: row.over_g)
        for left, right in pairwise(rows):
            if left.up_to_g is None or left.up_to_g > right.over_g:
                found.append(f"zone {zone.name!r}: the rows over {left.over_g} g and {right.over_g} g overlap")
    return found


def _prices(card: RateCard) -> list[str]:
    """Amounts are finite decimals, not negative; steps and divisors are positive."""
    amounts = [("freight_unit", card.freight_unit)]
    steps = [("rounding", band.step_g) for band in card.rounding] + [("divisor", b.divisor) for b in card.divisors]
    for row in card.rows:
        steps.append((f"step of zone {row.zone}", row.step_g))
        amounts += [(f"price of zone {row.zone}", price)
                    for price in (row.first_price, row.step_price, row.minimum) if price is not None]  # fmt: skip
    for extra in card.surcharges:
        parts = (extra.flat, extra.per_kg, extra.percent, extra.minimum, extra.maximum)
        amounts += [(f"surcharge {extra.name}", price) for price in parts if price is not None]
    found = [f"{where} must be above zero" for where, step in steps if step <= 0]
    found += [f"{where}: {price!r} is not a Decimal of zero or more" for where, price in amounts
              if type(price) is not Decimal or not price.is_finite() or price < 0]  # fmt: skip
    if not found and card.freight_unit <= 0:
        found.append("freight_unit must be above zero")
    return found + [
        f"surcharge {extra.name}: percent and its range need a base"
        for extra in card.surcharges
        if extra.base is None and (extra.percent or extra.base_over is not None or extra.base_up_to is not None)
    ]
