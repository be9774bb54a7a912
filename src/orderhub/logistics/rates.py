"""What one parcel costs by a rate card, exact to the cent. Pure; imports `rate_card`, `provinces`, `models`, `errors`.

Freight follows from the billed weight: the larger of actual and volume weight, rounded by the card's bands. Each
charge is rounded half up (`ROUND_HALF_UP`) on its own, so that the items add up to the total.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from orderhub.errors import NotServiceable
from orderhub.logistics.provinces import is_province, province_key, province_of
from orderhub.logistics.rate_card import CENT, PriceRow, RateCard, RoundingBand, Surcharge
from orderhub.models.base import Word
from orderhub.models.logistics import Charge, Parcel, Quote
from orderhub.models.person import Address

__all__ = ["Refusal", "RefusalReason", "billed_weight_g", "card_refusal", "quote", "rate", "zone_of"]


class RefusalReason(Word):
    """Why a card has no price for a parcel."""

    NO_PROVINCE = "no_province"
    UNKNOWN_PROVINCE = "unknown_province"
    NO_ZONE = "no_zone"
    NOT_SERVED = "not_served"
    ORIGIN = "origin_not_covered"
    DATE = "card_not_valid"
    WEIGHT = "weight_not_covered"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No price, and why, in words that say what to change."""

    reason: RefusalReason
    detail: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """What surcharges look at, besides the amounts."""

    zone: str
    division: str
    billed_g: int
    side_mm: int
    on: date


def quote(card: RateCard, parcel: Parcel, origin_province: str, on: date) -> Quote:
    """Price one parcel, surcharges itemised.

    Args:
        origin_province: Where the parcel leaves from, in any of the province's names.
        on: The day of dispatch in the carrier's calendar.
    Returns:
        Amounts in the card's currency; the charges add up to `total`.
    Raises:
        NotServiceable: The card has no price for it; `code` is a `RefusalReason`.
    """
    found = rate(card, parcel, origin_province, on)
    if isinstance(found, Refusal):
        raise NotServiceable(f"{card.carrier}/{card.product}: {found.detail}", code=found.reason.value)
    return found


def rate(card: RateCard, parcel: Parcel, origin_province: str, on: date) -> Quote | Refusal:
    """`quote` as a value: the price, or why there is none."""
    if refusal := card_refusal(card, origin_province, on):
        return refusal
    zone = zone_of(card, parcel.recipient.address)
    if isinstance(zone, Refusal):
        return zone
    billed = billed_weight_g(card, parcel)
    row = next(
        (r for r in card.by_zone[zone] if billed > r.over_g and (r.up_to_g is None or billed <= r.up_to_g)), None
    )
    if row is None:
        return _no_row(card, zone, billed)
    freight = _freight(card, row, billed)
    sides = (parcel.length_mm or 0, parcel.width_mm or 0, parcel.height_mm or 0)
    facts = _Facts(zone, parcel.recipient.address.division_code or "", billed, max(sides), on)
    charges = (Charge(name="freight", amount=freight), *_extras(card, parcel, facts, freight))
    return Quote(
        carrier=card.carrier, product=card.product, currency=card.currency, charges=charges,
        total=sum((charge.amount for charge in charges), Decimal(0)), billed_weight_g=billed,
        promised_hours=row.promised_hours,
    )  # fmt: skip


def card_refusal(card: RateCard, origin_province: str, on: date) -> Refusal | None:
    """Why a card prices nothing from there on that day; None when it may."""
    if (card.valid_from and on < card.valid_from) or (card.valid_to and on > card.valid_to):
        span = f"{card.valid_from or '…'} to {card.valid_to or '…'}"
        return Refusal(RefusalReason.DATE, f"the card holds from {span}, not on {on}; load the current card")
    if card.from_provinces and province_key(origin_province) not in card.from_provinces:
        return Refusal(RefusalReason.ORIGIN, f"the card does not price parcels that leave from {origin_province}")
    return None


def zone_of(card: RateCard, address: Address) -> str | Refusal:
    """The zone of an address: longest division prefix, then province, then `*`.

    An address without province and division code has no zone, whatever the card says: it is not guessed.
    """
    province = province_of(address)
    if province is None:
        return Refusal(RefusalReason.NO_PROVINCE, "the address has neither province nor division code; complete it")
    if address.division_code and card.by_division:
        code = address.division_code
        for prefix, zone in card.by_division:
            if code.startswith(prefix):
                return zone
    found = card.by_province.get(province)
    if found is None and not is_province(province):
        return Refusal(RefusalReason.UNKNOWN_PROVINCE, "the address names no province of the country; correct it")
    found = found or card.by_province.get("*")
    return found or Refusal(RefusalReason.NO_ZONE, f"{province} is in no zone of the card")


def _no_row(card: RateCard, zone: str, billed: int) -> Refusal:
    if not card.by_zone[zone]:
        return Refusal(RefusalReason.NOT_SERVED, f"zone {zone} has no prices: it is not served")
    return Refusal(RefusalReason.WEIGHT, f"zone {zone} has no price for {billed} g")


def billed_weight_g(card: RateCard, parcel: Parcel) -> int:
    """Grams that are charged: the larger of actual and volume weight, rounded by the card's bands.

    Volume counts only when all three sides are known; mm³ divided by the divisor in cm³ per kg are grams.
    """
    weight = Fraction(max(parcel.weight_g, 1))
    if card.divisors and parcel.length_mm and parcel.width_mm and parcel.height_mm:
        fits = (band for band in card.divisors if band.below_g is None or parcel.weight_g < band.below_g)
        volume = parcel.length_mm * parcel.width_mm * parcel.height_mm
        weight = max(weight, Fraction(volume, next(fits).divisor))
    band = next(band for band in card.rounding if band.up_to_g is None or weight <= band.up_to_g)
    return max(_rounded(weight, band), band.step_g)


def _rounded(weight: Fraction, band: RoundingBand) -> int:
    steps = weight / band.step_g
    return (int(steps + Fraction(1, 2)) if band.half_up else -int(-steps // 1)) * band.step_g


def _freight(card: RateCard, row: PriceRow, billed: int) -> Decimal:
    """First weight, then each started step; at least the minimum; rounded half up to the card's unit."""
    steps = max(0, -((row.first_g - billed) // row.step_g)) if row.step_price is not None else 0
    amount = max(row.first_price + steps * (row.step_price or Decimal(0)), row.minimum)
    return _to(amount, card.freight_unit)


def _to(amount: Decimal, unit: Decimal) -> Decimal:
    """`amount` to the nearest multiple of `unit`, half up, with two decimals at least."""
    units = (amount / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    found = units * unit
    return found.quantize(CENT) if unit >= CENT else found


def _extras(card: RateCard, parcel: Parcel, facts: _Facts, freight: Decimal) -> list[Charge]:
    amounts = {"declared_value": parcel.declared_value, "cod_amount": parcel.cod_amount, "freight": freight}
    found = []
    for extra in card.surcharges:
        base = amounts[extra.base] if extra.base else None
        if all(holds(extra, facts, base) for holds in _CONDITIONS):
            found.append(Charge(name=extra.name, amount=_extra(extra, facts, base or Decimal(0))))
    return found


def _extra(extra: Surcharge, facts: _Facts, base: Decimal) -> Decimal:
    amount = extra.flat + extra.per_kg * facts.billed_g / 1000 + base * extra.percent / 100
    if extra.minimum is not None:
        amount = max(amount, extra.minimum)
    if extra.maximum is not None:
        amount = min(amount, extra.maximum)
    return _to(amount, CENT)


def _in_place(extra: Surcharge, facts: _Facts, base: Decimal | None) -> bool:
    if not extra.zones and not extra.divisions:
        return True
    return facts.zone in extra.zones or any(facts.division.startswith(prefix) for prefix in extra.divisions)


def _has_base(extra: Surcharge, facts: _Facts, base: Decimal | None) -> bool:
    if extra.base is None:
        return True
    if not base:
        return False
    above = extra.base_over is None or base > extra.base_over
    return above and (extra.base_up_to is None or base <= extra.base_up_to)


_CONDITIONS: tuple[Callable[[Surcharge, _Facts, Decimal | None], bool], ...] = (
    _has_base,
    _in_place,
    lambda extra, facts, base: extra.over_g is None or facts.billed_g > extra.over_g,
    lambda extra, facts, base: extra.side_over_mm is None or facts.side_mm > extra.side_over_mm,
    lambda extra, facts, base: (
        (extra.since is None or facts.on >= extra.since) and (extra.until is None or facts.on <= extra.until)
    ),
)
"""Every condition of a surcharge; all must hold."""
