"""The whole table of carriers for plain parcels at once, in whole numbers. Pure; needs numpy. Imports `selection`.

It answers what `select` answers, cell by cell (a law in tests/property), for cards and weights that whole numbers can
hold: amounts to a hundredth of a cent, freight in whole cents. `compile_choice` says None for the others, and
`choice_table` then asks `select` for each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from orderhub.logistics.provinces import province_key, province_of
from orderhub.logistics.quality import QualityTable
from orderhub.logistics.rate_card import PriceRow, RateCard, Surcharge
from orderhub.logistics.rates import Refusal, card_refusal, zone_of
from orderhub.logistics.rules import Rule, applying
from orderhub.logistics.selection import PLAIN, Bids, Strategy, bids_of, removed_by
from orderhub.logistics.services import LIMITS, Need, Service
from orderhub.logistics.wishes import Wish

__all__ = ["NOBODY", "Task", "compile_choice"]

NOBODY = -1
_MONEY = 10_000
"""Money is counted in hundredths of a cent."""
_PERCENT = 10_000
_PARTS = 100 * _PERCENT
"""A surcharge before rounding is counted in so many parts of a hundredth of a cent."""
_AMOUNT_MAX = 10_000_000 * _MONEY
_WEIGHT_MAX_G = 10_000_000
_COST_MAX = 2**61
_NEVER = 2**62


class _TooFine(Exception):
    """Whole numbers of 64 bits do not hold it."""


@dataclass(frozen=True)
class Task:
    """What is to be compiled.

    Attributes:
        weights: One weight of every bucket, rising; the answer is the same for all weights of a bucket.
        segments: For each bucket the number of its stretch between the weights that rules name.
        need_of: (province, weight, COD) -> the plain parcel.
    """

    services: Sequence[Service]
    rules: Sequence[Rule]
    strategy: Strategy
    quality: QualityTable | None
    down: Mapping[str, str]
    provinces: Sequence[str]
    weights: Sequence[int]
    segments: Sequence[int]
    need_of: Callable[[str, int, bool], Need]


def compile_choice(task: Task) -> Any:
    """An array [province, COD, bucket] of service numbers, `NOBODY` where none takes the parcel.

    None when numpy is missing or the numbers are too fine.
    """
    try:
        import numpy
    except ImportError:
        return None
    try:
        return _Compiler(numpy, task).table()
    except _TooFine:
        return None


def _whole(value: Decimal, scale: int) -> int:
    found = Fraction(value) * scale
    if found.denominator != 1 or abs(found.numerator) > _AMOUNT_MAX:
        raise _TooFine
    return int(found)


class _Compiler:
    def __init__(self, np: Any, task: Task) -> None:
        self._np, self._task = np, task
        self._weights = np.asarray(task.weights, dtype=np.int64)
        self._segments = np.asarray(task.segments, dtype=np.int64)
        if len(task.services) > 60 or (len(task.weights) and int(self._weights[-1]) > _WEIGHT_MAX_G):
            raise _TooFine
        order = sorted(range(len(task.services)), key=lambda at: self._named(task.services[at]))
        self._order = np.empty(len(order), dtype=np.int64)
        self._order[order] = np.arange(len(order))
        self._scale = self._cost_scale()
        self._zones: dict[tuple[int, str, bool], tuple[Any, Any, Any]] = {}
        self._rows: dict[tuple[Any, ...], Any] = {}

    @staticmethod
    def _named(service: Service) -> tuple[str, str, str]:
        return service.carrier, service.product, service.card.version or ""

    def _cost_scale(self) -> int:
        """Costs are counted in this many parts of one, so that each part of them is whole."""
        task, plan = self._task, self._task.strategy
        numbers = [plan.hour, plan.price / 100, plan.quality / 10_000, *(rule.points for rule in task.rules)]
        numbers += [plan.quality * service.quality for service in task.services]
        scale = 1
        while any((Fraction(number) * scale).denominator != 1 for number in numbers):
            scale *= 10
            if scale > 10**10:
                raise _TooFine
        return scale

    def table(self) -> Any:
        task, np = self._task, self._np
        found = np.full((len(task.provinces), 2, len(task.weights)), NOBODY, dtype=np.int16)
        if not task.services or not len(task.weights):
            return found
        for at, province in enumerate(task.provinces):
            for is_cod in (False, True):
                found[at, int(is_cod)] = self._row(province, is_cod)
        return found

    def _row(self, province: str, is_cod: bool) -> Any:
        """The service number of each bucket; provinces in which everything is alike share theirs."""
        task = self._task
        need = task.need_of(province, 1, is_cod)
        zones = tuple(self._zone_of(service, need) for service in task.services)
        told = self._told(province, is_cod)
        lane = province_key(need.origin_province), province_of(need.parcel.recipient.address) or ""
        quality = tuple(self._quality(service, lane) for service in task.services)
        alike = zones, is_cod, quality, tuple(tuple(map(id, rules)) for rules in told.values())
        if alike not in self._rows:
            self._rows[alike] = self._worked_out(zones, told, quality, need, is_cod)
        return self._rows[alike]

    def _told(self, province: str, is_cod: bool) -> dict[int, Sequence[Rule]]:
        """Segment -> the rules that apply in it."""
        np, task = self._np, self._task
        if not task.rules:
            return {int(segment): () for segment in np.unique(self._segments)}
        starts = {
            int(segment): int(self._weights[self._segments == segment][0]) for segment in np.unique(self._segments)
        }
        return {
            segment: applying(task.rules, task.need_of(province, weight, is_cod)) for segment, weight in starts.items()
        }

    def _quality(self, service: Service, lane: tuple[str, str]) -> Decimal:
        table = self._task.quality
        learned = table.score(service.carrier, *lane) if table else None
        return service.quality if learned is None else learned

    def _worked_out(
        self, zones: Sequence[str | None], told: Mapping[int, Sequence[Rule]], quality: Sequence[Decimal], need: Need,
        is_cod: bool,
    ) -> Any:  # fmt: skip
        task, np = self._task, self._np
        prices = [self._priced(at, zone, need, is_cod) for at, zone in enumerate(zones)]
        total, hours, open_ = (np.stack(rows) for rows in zip(*prices, strict=True))
        answer = np.full(len(task.weights), NOBODY, dtype=np.int64)
        for segment, rules in told.items():
            here = self._segments == segment
            gone = removed_by(rules, {service.carrier for service in task.services})
            kept = np.array([service.carrier not in gone for service in task.services])
            able = open_[:, here] & kept[:, None]
            answer[here] = self._ranked(rules, quality, able, total[:, here], hours[:, here])
        return answer

    def _ranked(self, told: Sequence[Rule], quality: Sequence[Decimal], able: Any, total: Any, hours: Any) -> Any:
        """Bids follow from who is eligible; buckets with the same eligible services are ranked together."""
        np, task = self._np, self._task
        powers = 1 << np.arange(len(task.services), dtype=np.int64)
        patterns = (able * powers[:, None]).sum(axis=0)
        answer = np.full(able.shape[1], NOBODY, dtype=np.int64)
        for pattern in np.unique(patterns):
            if pattern == 0:
                continue
            here = patterns == pattern
            eligible = {service.carrier for at, service in enumerate(task.services) if int(pattern) >> at & 1}
            bids = bids_of(told, Wish(), Wish(), eligible, task.down)
            costs = self._costs(bids, quality, total[:, here], hours[:, here])
            answer[here] = self._least(able[:, here], bids, costs, total[:, here], hours[:, here])
        return answer

    def _costs(self, bids: Bids, quality: Sequence[Decimal], total: Any, hours: Any) -> Any:
        np, task, plan = self._np, self._task, self._task.strategy
        own = [
            self._scaled(plan.quality * (1 - good) - bids.points.get(service.carrier, Decimal(0)))
            for service, good in zip(task.services, quality, strict=True)
        ]
        time = np.where(hours == _NEVER, plan.hours_unknown, hours)
        cent, hour = self._scaled(plan.price / 100), self._scaled(plan.hour)
        bound = abs(cent) * int(total.max(initial=0)) + abs(hour) * int(time.max(initial=0)) + max(map(abs, own))
        if bound > _COST_MAX:
            raise _TooFine
        return cent * total + hour * time + np.array(own, dtype=np.int64)[:, None]

    def _scaled(self, value: Decimal) -> int:
        found = Fraction(value) * self._scale
        if found.denominator != 1:
            raise _TooFine
        return int(found)

    def _least(self, able: Any, bids: Bids, costs: Any, total: Any, hours: Any) -> Any:
        """The first by the total order of `select`, key by key."""
        np, services = self._np, self._task.services
        tiers = [bids.tiers.get(service.carrier, (PLAIN, ""))[0] for service in services]
        column = np.array([tiers, [service.priority for service in services], self._order], dtype=np.int64)[:, :, None]
        left = able
        for key in (column[0], costs, hours, total, column[1], column[2]):
            held = np.where(left, key, _NEVER + 1)
            left = left & (held == held.min(axis=0))
        return left.argmax(axis=0)

    # --- one service ---

    def _zone_of(self, service: Service, need: Need) -> str | None:
        """The zone of the card; None where it takes no parcel there, whatever it weighs."""
        light = replace(service, weight_max_g=None) if service.weight_max_g is not None else service
        if any(limit(light, need) for _, limit in LIMITS) or card_refusal(service.card, need.origin_province, need.on):
            return None
        zone = zone_of(service.card, need.parcel.recipient.address)
        return None if isinstance(zone, Refusal) else zone

    def _priced(self, at: int, zone: str | None, need: Need, is_cod: bool) -> tuple[Any, Any, Any]:
        """Total in cents, promised hours, and whether it takes the parcel, for each bucket."""
        if zone is None:
            nothing = self._np.zeros(len(self._weights), dtype=self._np.int64)
            return nothing, nothing, nothing.astype(bool)
        if (key := (at, zone, is_cod)) not in self._zones:
            self._zones[key] = self._zone(self._task.services[at], zone, need, is_cod)
        return self._zones[key]

    def _zone(self, service: Service, zone: str, need: Need, is_cod: bool) -> tuple[Any, Any, Any]:
        np, card = self._np, service.card
        billed = self._billed(card)
        freight = np.zeros(len(billed), dtype=np.int64)
        hours = np.full(len(billed), _NEVER, dtype=np.int64)
        served = np.zeros(len(billed), dtype=bool)
        for row in card.by_zone[zone]:
            here = (billed > row.over_g) & ~served
            if row.up_to_g is not None:
                here &= billed <= row.up_to_g
            freight[here] = self._freight(card, row, billed[here])
            hours[here] = _NEVER if row.promised_hours is None else row.promised_hours
            served |= here
        total = freight // (_MONEY // 100)
        for extra in card.surcharges:
            total = total + self._extra(extra, zone, need, is_cod, billed, freight)
        served &= self._weights > 0
        if service.weight_max_g is not None:
            served &= self._weights <= service.weight_max_g
        return total, hours, served

    def _billed(self, card: RateCard) -> Any:
        np = self._np
        weight = np.maximum(self._weights, 1)
        found = np.zeros(len(weight), dtype=np.int64)
        low = 0
        for band in card.rounding:
            high = _NEVER if band.up_to_g is None else band.up_to_g
            here = (weight > low) & (weight <= high)
            add = band.step_g // 2 if band.half_up else band.step_g - 1
            steps = (
                (2 * weight[here] + band.step_g) // (2 * band.step_g)
                if band.half_up
                else (weight[here] + add) // band.step_g
            )
            found[here] = np.maximum(steps, 1) * band.step_g
            low = high
        return found

    def _freight(self, card: RateCard, row: PriceRow, billed: Any) -> Any:
        np, unit = self._np, _whole(card.freight_unit, _MONEY)
        if unit % (_MONEY // 100):
            raise _TooFine
        amount = np.full(len(billed), _whole(row.first_price, _MONEY), dtype=np.int64)
        if row.step_price is not None:
            steps = np.maximum(0, -((row.first_g - billed) // row.step_g))
            amount = amount + steps * _whole(row.step_price, _MONEY)
        amount = np.maximum(amount, _whole(row.minimum, _MONEY))
        if int(amount.max(initial=0)) > _AMOUNT_MAX:
            raise _TooFine
        return (2 * amount + unit) // (2 * unit) * unit

    def _extra(self, extra: Surcharge, zone: str, need: Need, is_cod: bool, billed: Any, freight: Any) -> Any:
        """Cents of one surcharge for each bucket."""
        np, on = self._np, need.on
        there = not (extra.zones or extra.divisions) or zone in extra.zones
        now = (extra.since is None or on >= extra.since) and (extra.until is None or on <= extra.until)
        base = {"declared_value": False, "cod_amount": is_cod, None: True, "freight": True}[extra.base]
        if not (there and now and base) or extra.side_over_mm is not None:
            return np.zeros(len(billed), dtype=np.int64)
        amount = _whole(extra.flat, _MONEY) * _PARTS + _whole(extra.per_kg, _MONEY) * (_PARTS // 1000) * billed
        if extra.base == "freight":
            amount = amount + freight * _whole(extra.percent, _PERCENT)
        if extra.minimum is not None:
            amount = np.maximum(amount, _whole(extra.minimum, _MONEY) * _PARTS)
        if extra.maximum is not None:
            amount = np.minimum(amount, _whole(extra.maximum, _MONEY) * _PARTS)
        cent = _MONEY // 100 * _PARTS
        cents = (2 * np.broadcast_to(amount, billed.shape) + cent) // (2 * cent)
        return np.where(self._meant(extra, billed, freight), cents, 0)

    def _meant(self, extra: Surcharge, billed: Any, freight: Any) -> Any:
        np = self._np
        found = np.ones(len(billed), dtype=bool)
        if extra.over_g is not None:
            found &= billed > extra.over_g
        if extra.base == "freight":
            found &= freight > max(0, _whole(extra.base_over or Decimal(0), _MONEY))
            if extra.base_up_to is not None:
                found &= freight <= _whole(extra.base_up_to, _MONEY)
        return found
