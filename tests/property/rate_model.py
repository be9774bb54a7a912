"""Rate cards to draw, and what a parcel costs by them, worked out slowly: in fractions, step by step, band by band."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from orderhub.logistics.rate_card import DivisorBand, PriceRow, RateCard, RoundingBand, Surcharge, Zone
from orderhub.models import Address, Parcel, Recipient

ON = date(2026, 1, 15)
NAMES = {"浙江": "浙江省", "新疆": "新疆维吾尔自治区", "广西": "广西壮族自治区", "上海": "上海市", "西藏": "西藏自治区"}
CODES = {"浙江": "330106", "新疆": "650104", "广西": "450103", "上海": "310101", "西藏": "540102"}

amounts = st.integers(0, 4000).map(lambda cents: Decimal(cents) / 100)
small = st.sampled_from([Decimal(text) for text in ("0", "0.5", "1", "0.35", "2.125", "3.3333")])
dates = st.one_of(st.none(), st.dates(date(2026, 1, 10), date(2026, 1, 20)))

roundings = st.sampled_from([
    (RoundingBand(1000),), (RoundingBand(500),),
    (RoundingBand(100, 10_000), RoundingBand(500, 20_000), RoundingBand(1000, half_up=True)),
    (RoundingBand(1000, 3000), RoundingBand(700, half_up=True)),
])  # fmt: skip
divisors = st.sampled_from([(), (DivisorBand(6000),), (DivisorBand(12000, 3000), DivisorBand(8000))])


@st.composite
def price_rows(draw: Any, zone: str) -> list[PriceRow]:
    """Bands of one zone, with a gap now and then."""
    bounds = sorted(draw(st.sets(st.integers(1, 20).map(lambda kg: kg * 500), max_size=2)))
    found, low = [], 0
    for high in [*bounds, draw(st.sampled_from([None, None, 25_000]))]:
        if draw(st.integers(0, 9)):
            found.append(PriceRow(
                zone, draw(st.sampled_from([500, 1000, 3000])), draw(amounts), draw(st.sampled_from([100, 500, 1000])),
                draw(st.one_of(st.none(), amounts)), low, high, draw(st.one_of(st.just(Decimal(0)), amounts)),
                draw(st.sampled_from([None, 24, 48, 72])),
            ))  # fmt: skip
        low = high or low
    return found


@st.composite
def surcharges(draw: Any, zones: list[str]) -> Surcharge:
    base = draw(st.sampled_from([None, "freight", "declared_value", "cod_amount"]))
    ranged = base is not None and draw(st.booleans())
    return Surcharge(
        name=draw(st.sampled_from(["remote", "peak", "insurance", "cod", "oversize"])), flat=draw(small), per_kg=draw(small),
        percent=draw(small) if base else Decimal(0), base=base, minimum=draw(st.one_of(st.none(), small)),
        maximum=draw(st.one_of(st.none(), amounts)), zones=tuple(draw(st.sets(st.sampled_from(zones), max_size=1))),
        divisions=draw(st.sampled_from([(), (), ("6501",), ("33",)])), over_g=draw(st.sampled_from([None, None, 5000])),
        side_over_mm=draw(st.sampled_from([None, None, 800])), base_over=draw(amounts) if ranged else None,
        base_up_to=draw(amounts) if ranged else None, since=draw(dates), until=draw(dates),
    )  # fmt: skip


@st.composite
def cards(draw: Any, carrier: str = "yto", is_divided: bool = True) -> RateCard:
    zones = [Zone("near", ("浙江省", "上海")), Zone("rest", ("*",)),
             Zone("far", ("新疆",), ("6501",) if is_divided and draw(st.booleans()) else ())]  # fmt: skip
    rows = [row for zone in zones if draw(st.integers(0, 4)) for row in draw(price_rows(zone.name))]
    names = [zone.name for zone in zones]
    extras = draw(st.lists(surcharges(names), max_size=3))
    if not is_divided:
        extras = [extra for extra in extras if not extra.divisions]
    return RateCard(
        carrier, draw(st.sampled_from(["standard", "express"])), "CNY", tuple(zones), tuple(rows),
        draw(st.sampled_from([(), (), ("江苏",), ("浙江省",)])), draw(roundings), draw(divisors), tuple(extras),
        draw(st.sampled_from([Decimal("0.01"), Decimal(1), Decimal("0.5"), Decimal("0.1")])),
        *draw(st.sampled_from([(None, None)] * 3 + [(date(2026, 1, 16), None), (None, date(2026, 1, 14)), (ON, ON)])),
    )  # fmt: skip


@st.composite
def parcels(draw: Any) -> Parcel:
    province = draw(st.sampled_from([*NAMES, None, "某省"]))
    division = draw(st.sampled_from([None, CODES.get(province or "")]))
    sides = draw(st.one_of(st.none(), st.tuples(*[st.integers(1, 1200)] * 3)))
    person = Recipient(name="x", phone="1", address=Address(
        province=draw(st.sampled_from([province, NAMES.get(province or "", province)])), division_code=division,
    ))  # fmt: skip
    return Parcel(
        parcel_id="p", order_key="o", warehouse="hz", recipient=person, weight_g=draw(st.integers(1, 30_000)),
        length_mm=sides and sides[0], width_mm=sides and sides[1], height_mm=sides and sides[2],
        declared_value=draw(st.one_of(st.none(), amounts)), cod_amount=draw(st.one_of(st.none(), amounts)),
    )  # fmt: skip


def slow_price(
    card: RateCard, parcel: Parcel, origin: str, on: date
) -> tuple[Decimal, list[tuple[str, Decimal]]] | None:
    """Total and charges, or None; nothing of it is shared with the library."""
    if (card.valid_from and on < card.valid_from) or (card.valid_to and on > card.valid_to):
        return None
    if card.origins and _short(origin) not in [_short(name) for name in card.origins]:
        return None
    zone = _zone(card, parcel.recipient.address)
    billed = _billed(card, parcel)
    rows = [row for row in card.rows if row.zone == zone and row.over_g < billed and (row.up_to_g or 10**9) >= billed]
    if zone is None or not rows:
        return None
    (row,) = rows
    freight, weight = Fraction(row.first_price), row.first_g
    while row.step_price is not None and weight < billed:
        freight, weight = freight + Fraction(row.step_price), weight + row.step_g
    freight = _half_up(max(freight, Fraction(row.minimum)), Fraction(card.freight_unit))
    found = [("freight", freight)]
    sides = [side for side in (parcel.length_mm, parcel.width_mm, parcel.height_mm) if side]
    for extra in card.surcharges:
        amount = _surcharge(extra, zone, parcel, billed, max(sides, default=0), freight, on)
        if amount is not None:
            found.append((extra.name, amount))
    exact = [(name, Decimal(amount.numerator) / Decimal(amount.denominator)) for name, amount in found]
    return sum((amount for _, amount in exact), Decimal(0)), exact


def _short(name: str) -> str:
    return next((short for short, full in {**NAMES, "江苏": "江苏省"}.items() if name in (short, full)), name)


def _zone(card: RateCard, address: Address) -> str | None:
    code = address.division_code or ""
    province = (
        _short(address.province) if address.province else next((p for p, c in CODES.items() if c[:2] == code[:2]), None)
    )
    if province is None:
        return None
    by_code = [(len(prefix), zone.name) for zone in card.zones for prefix in zone.divisions if code.startswith(prefix)]
    if by_code:
        return max(by_code)[1]
    named = [zone.name for zone in card.zones if province in [_short(name) for name in zone.provinces]]
    rest = [zone.name for zone in card.zones if "*" in zone.provinces and province in NAMES]
    return (named or rest or [None])[0]


def _billed(card: RateCard, parcel: Parcel) -> int:
    weight = Fraction(parcel.weight_g)
    if card.divisors and parcel.length_mm and parcel.width_mm and parcel.height_mm:
        divisor = next(band for band in card.divisors if band.below_g is None or parcel.weight_g < band.below_g).divisor
        weight = max(weight, Fraction(parcel.length_mm * parcel.width_mm * parcel.height_mm, divisor))
    band = next(band for band in card.rounding if band.up_to_g is None or weight <= band.up_to_g)
    steps = 1
    while (steps + Fraction(1, 2) if band.half_up else Fraction(steps)) * band.step_g < weight or (
        band.half_up and (steps + Fraction(1, 2)) * band.step_g == weight
    ):
        steps += 1
    return steps * band.step_g


def _half_up(amount: Fraction, unit: Fraction) -> Fraction:
    units = int(amount / unit)
    return (units + 1 if amount / unit - units >= Fraction(1, 2) else units) * unit


def _surcharge(
    extra: Surcharge, zone: str, parcel: Parcel, billed: int, side: int, freight: Fraction, on: date
) -> Fraction | None:
    base = {"declared_value": parcel.declared_value, "cod_amount": parcel.cod_amount, "freight": freight, None: None}[
        extra.base
    ]
    code = parcel.recipient.address.division_code or ""
    if extra.base and not base:
        return None
    if extra.base_over is not None and not Fraction(base) > Fraction(extra.base_over):
        return None
    if extra.base_up_to is not None and not Fraction(base) <= Fraction(extra.base_up_to):
        return None
    if (
        (extra.zones or extra.divisions)
        and zone not in extra.zones
        and not code.startswith(extra.divisions or ("none",))
    ):
        return None
    if (extra.over_g or 0) >= billed or (extra.side_over_mm is not None and side <= extra.side_over_mm):
        return None
    if (extra.since and on < extra.since) or (extra.until and on > extra.until):
        return None
    amount = (
        Fraction(extra.flat)
        + Fraction(extra.per_kg) * billed / 1000
        + Fraction(base or 0) * Fraction(extra.percent) / 100
    )
    if extra.minimum is not None:
        amount = max(amount, Fraction(extra.minimum))
    if extra.maximum is not None:
        amount = min(amount, Fraction(extra.maximum))
    return _half_up(amount, Fraction(1, 100))
