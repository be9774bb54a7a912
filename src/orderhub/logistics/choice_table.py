"""Carrier choice for many plain parcels: `select`, remembered in a table. Pure. Imports `selection`.

A plain parcel has no sides, no declared value, no notes and no wishes of its own: its carrier follows from
(province, weight, cash on delivery) alone. Within a row of the table the answer changes only at a few weights, which
are known from the cards and limits; so each cell is worked out once, by `select` itself, and then only looked up.
Everything that is not plain goes to `select` directly: the answers are the same, only slower.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from orderhub.logistics.provinces import PROVINCES, province_key, province_of
from orderhub.logistics.rate_card import RateCard
from orderhub.logistics.rules import Rule
from orderhub.logistics.selection import Selection, Strategy, select
from orderhub.logistics.services import Need, Service
from orderhub.models.person import Address
from orderhub.rules import Condition

__all__ = ["CELLS_MAX", "ChoiceTable"]

CELLS_MAX = 1_000_000
_COD = Decimal(1)
_READABLE = frozenset({"province", "weight_g", "is_cod", "warehouse", "expedite", "date", "goods_class"})
_CODES = {province_key(name): code for code, name in PROVINCES.items()}


class ChoiceTable:
    """The best carrier by province, weight and cash on delivery, for parcels like `template`.

    Args:
        template: What all these parcels share: origin, day, warehouse, platform limits, goods class.
        weight_max_g: Heavier parcels are not looked up.
    """

    def __init__(
        self,
        services: Sequence[Service],
        template: Need,
        *,
        rules: Sequence[Rule] = (),
        strategy: Strategy | str = "cheapest",
        weight_max_g: int = 30_000,
    ) -> None:
        self._services, self._rules, self._strategy = tuple(services), tuple(rules), strategy
        self._template, self._weight_max_g = template, weight_max_g
        self._bounds = _bounds(self._services, self._rules, weight_max_g)
        self._bucket = _buckets(self._bounds, weight_max_g)
        self._plain_rules = all(
            leaf.fact in _READABLE or leaf.fact in template.facts for rule in rules for leaf in _leaves(rule)
        )
        self._fixed_cod = all(_is_fixed_cod(service) for service in self._services)
        self._divided = _divided(self._services)
        self._rows: dict[tuple[str, bool], list[tuple[str, str] | None]] = {}

    @property
    def cells(self) -> int:
        """How many answers are remembered."""
        return sum(1 for row in self._rows.values() for cell in row if cell is not None)

    def choose(self, need: Need) -> Selection:
        """The full selection with its reasons, for any parcel."""
        return select(self._services, need, rules=self._rules, strategy=self._strategy)

    def best(self, province: str, weight_g: int, is_cod: bool = False) -> tuple[str, str] | None:
        """(carrier, product) for a plain parcel, None when no carrier takes it.

        Args:
            province: Short name, as `provinces.province_of` gives it.
        Raises:
            LookupError: This table cannot answer for such parcels (see `covers`); use `choose`.
        """
        found: tuple[str, str] | tuple[()] | None
        try:
            found = self._rows[province, is_cod][self._bucket[weight_g]]
        except (KeyError, IndexError):
            found = None
        if found is None or weight_g < 0:
            found = self._fill(province, weight_g, is_cod)
        return found or None

    def covers(self, need: Need) -> bool:
        """Whether `best` may answer for this parcel: plain, and like the template in everything else."""
        parcel, like = need.parcel, self._template
        plain = not (
            parcel.length_mm or parcel.width_mm or parcel.height_mm or parcel.declared_value
            or need.buyer_note or need.seller_note
        )  # fmt: skip
        return (
            plain
            and (parcel.warehouse, parcel.goods_class) == (like.parcel.warehouse, like.parcel.goods_class)
            and replace(need, parcel=like.parcel) == like
            and self._answers(province_of(parcel.recipient.address) or "", parcel.weight_g, bool(parcel.cod_amount))
        )

    def _answers(self, province: str, weight_g: int, is_cod: bool) -> bool:
        return (
            self._plain_rules and province in _CODES and province not in self._divided
            and 0 <= weight_g <= self._weight_max_g and (self._fixed_cod or not is_cod)
        )  # fmt: skip

    def _fill(self, province: str, weight_g: int, is_cod: bool) -> tuple[str, str] | tuple[()]:
        """Work out one cell; the empty tuple is remembered for "nobody"."""
        if not self._answers(province, weight_g, is_cod):
            raise LookupError("no plain parcel, or outside the table; use choose")
        bucket = self._bucket[weight_g]
        row = self._rows.setdefault((province, is_cod), [None] * (len(self._bounds) + 1))
        if (found := row[bucket]) is None:
            options = self.choose(self.need_of(province, weight_g, is_cod)).options
            found = row[bucket] = (options[0].carrier, options[0].product) if options else ()  # type: ignore[assignment]
        return found  # type: ignore[return-value]

    def need_of(self, province: str, weight_g: int, is_cod: bool = False) -> Need:
        """The plain parcel that a cell stands for, e.g. to explain its answer by `choose`."""
        like = self._template
        person = like.parcel.recipient.model_copy(update={"address": Address(country="CN", province=province)})
        parcel = like.parcel.model_copy(
            update={"recipient": person, "weight_g": weight_g, "cod_amount": _COD if is_cod else None}
        )
        return replace(like, parcel=parcel)


def _bounds(services: Sequence[Service], rules: Sequence[Rule], weight_max_g: int) -> list[int]:
    """Every weight after which an answer may change, rising."""
    found: set[int] = set()
    for service in services:
        found |= _card_bounds(service.card, weight_max_g)
        found.add(weight_max_g if service.weight_max_g is None else service.weight_max_g)
    for rule in rules:
        for leaf in _leaves(rule):
            values = leaf.value if isinstance(leaf.value, list | tuple | set | frozenset) else (leaf.value,)
            for weight in values if leaf.fact == "weight_g" else ():
                found |= {math.ceil(weight) - 1, math.floor(weight)}
    return sorted(bound for bound in found if 0 <= bound < weight_max_g)


def _leaves(rule: Rule) -> Iterator[Condition]:
    for condition in rule.when:
        yield from condition.leaves()


def _card_bounds(card: RateCard, weight_max_g: int) -> set[int]:
    """Where the billed weight steps: multiples of the step, or the last gram before a half."""
    found: set[int] = set()
    low = 0
    for band in card.rounding:
        high = min(weight_max_g, weight_max_g if band.up_to_g is None else band.up_to_g)
        first = low // band.step_g * band.step_g + ((band.step_g + 1) // 2 - 1 if band.half_up else 0)
        found |= set(range(first, high + 1, band.step_g)) | {high}
        low = high
    return found


def _buckets(bounds: Sequence[int], weight_max_g: int) -> list[int]:
    """Gram -> number of its bucket; a bucket ends with its bound."""
    return [bisect_left(bounds, weight) for weight in range(weight_max_g + 1)]


def _is_fixed_cod(service: Service) -> bool:
    """Whether it does not matter how much cash there is to collect."""
    return service.cod_max is None or not any(
        extra.base == "cod_amount" and (extra.percent or extra.base_over is not None or extra.base_up_to is not None)
        for extra in service.card.surcharges
    )


def _divided(services: Sequence[Service]) -> frozenset[str]:
    """Provinces in which the division code decides."""
    prefixes = {
        prefix
        for service in services
        for prefix in (
            *(prefix for pause in service.pauses for prefix in pause.divisions),
            *(prefix for prefix, _ in service.card.by_division),
            *(prefix for extra in service.card.surcharges for prefix in extra.divisions),
        )
    }
    return frozenset(
        name for name, code in _CODES.items() if any(code[:2] == prefix[:2] for prefix in prefixes if prefix)
    )
