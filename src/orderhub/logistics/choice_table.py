"""Carrier choice for many plain parcels: what `select` answers, in a table. Pure.

Imports `selection`, `compile_choice`.

A plain parcel has no sides, no declared value, no notes and no wishes of its own: its carrier follows from
(province, weight, cash on delivery) alone. Within a row of the table the answer changes only at a few weights, which
are known from the cards and limits. With numpy the table is compiled in whole numbers, once; without it, or where
the numbers are too fine, each cell is worked out by `select` when it is first asked for. Everything that is not plain
goes to `select` directly: the answers are the same, only slower.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import repeat
from types import MappingProxyType
from typing import Any

from orderhub.logistics.compile_choice import Task, compile_choice
from orderhub.logistics.provinces import PROVINCES, province_key, province_of
from orderhub.logistics.quality import QualityTable
from orderhub.logistics.rate_card import RateCard
from orderhub.logistics.rules import Rule
from orderhub.logistics.selection import Selection, Strategy, select, strategy_of
from orderhub.logistics.services import Need, Service
from orderhub.models.person import Address
from orderhub.rules import Condition

__all__ = ["ChoiceTable", "Choices"]

_COD = Decimal(1)
_READABLE = frozenset({"province", "weight_g", "is_cod", "warehouse", "expedite", "date", "goods_class"})
_CODES = {province_key(name): code for code, name in PROVINCES.items()}
_UNASKED, _NOBODY = -2, -1
Name = tuple[str, str]
"""Carrier and product."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """What `choose_many` was given."""

    provinces: Any
    weights_g: Any
    cod_amounts: Any = None
    division_codes: Any = None

    def is_cod(self) -> Iterator[bool]:
        """Whether each row collects cash."""
        return map(bool, self.cod_amounts if self.cod_amounts is not None else repeat(False, len(self.weights_g)))

    def row(self, row: int) -> tuple[str, int, Any, str | None]:
        """Province by its short name, grams, sum to collect, division code."""
        province = self.provinces[row]
        name = province if isinstance(province, str) else province_key(PROVINCES.get(f"{int(province):02d}", "?"))
        amount = self.cod_amounts[row] if self.cod_amounts is not None else None
        division = self.division_codes[row] if self.division_codes is not None else None
        return name, int(self.weights_g[row]), amount or None, division or None


@dataclass(frozen=True)
class Choices:
    """Carriers of many parcels, row by row; `codes` number `names`, below zero nobody takes the parcel."""

    table: ChoiceTable
    codes: Any
    names: tuple[Name, ...]
    columns: _Columns

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Name | None:
        code = int(self.codes[row])
        return self.names[code] if code >= 0 else None

    def __iter__(self) -> Iterator[Name | None]:
        names = (*self.names, None)
        return (names[code] for code in map(int, self.codes))

    def reasons(self, row: int) -> Selection:
        """The whole decision of one row."""
        return self.table.choose(self.table.parcel_need(*self.columns.row(row)))


class ChoiceTable:
    """The best carrier by province, weight and cash on delivery, for parcels like `template`.

    Args:
        template: What all these parcels share: origin, day, warehouse, platform limits, goods class.
        weight_max_g: Heavier parcels are not looked up.
        quality, down: See `select`.
    Raises:
        ConfigurationError: There is no such strategy.
    """

    def __init__(
        self, services: Sequence[Service], template: Need, *, rules: Sequence[Rule] = (),
        strategy: Strategy | str = "cheapest", quality: QualityTable | None = None,
        down: Mapping[str, str] = MappingProxyType({}), weight_max_g: int = 30_000,
    ) -> None:  # fmt: skip
        self._services, self._rules, self._strategy = tuple(services), tuple(rules), strategy_of(strategy)
        self._quality, self._down = quality, down
        self._template, self._weight_max_g = template, weight_max_g
        weights = _rule_bounds(self._rules, weight_max_g)
        self._bounds = sorted(_bounds(self._services, weight_max_g) | weights)
        self._segment = [bisect_left(sorted(weights), weight) for weight in (*self._bounds, weight_max_g)]
        self._bucket = _buckets(self._bounds, weight_max_g)
        self._plain_rules = all(
            leaf.fact in _READABLE or leaf.fact in template.facts for rule in rules for leaf in _leaves(rule)
        )
        self._cod_max = _cod_max(self._services)
        self._divided = _divided(self._services)
        self._names = tuple(dict.fromkeys((service.carrier, service.product) for service in self._services))
        self._number = {name: number for number, name in enumerate(self._names)}
        self._rows: dict[tuple[str, bool], list[int]] = {}
        self._array: Any = None
        self._grams: Any = None
        self._rare: dict[tuple[Any, ...], int] = {}

    @property
    def cells(self) -> int:
        """How many answers are remembered."""
        return sum(1 for row in self._rows.values() for cell in row if cell != _UNASKED)

    def compile(self) -> bool:
        """Fill the whole table now; False when it has to be filled cell by cell (see the module)."""
        like = self._template
        if self._array is None and self._plain_rules and not (like.buyer_note or like.seller_note):
            task = Task(
                self._services, self._rules, self._hurried(), self._quality, self._down, tuple(_CODES),
                (*self._bounds, self._weight_max_g), self._segment, self.need_of,
            )  # fmt: skip
            found = compile_choice(task)
            if found is not None:
                import numpy

                numbers = [self._number[service.carrier, service.product] for service in self._services]
                self._array = numpy.array([*numbers, _NOBODY], dtype=numpy.int16)[found]
                self._grams = numpy.asarray(self._bucket, dtype=numpy.int64)
                for at, province in enumerate(_CODES):
                    for is_cod in (False, True):
                        self._rows[province, is_cod] = self._array[at, int(is_cod)].tolist()
        return self._array is not None

    def _hurried(self) -> Strategy:
        return strategy_of("fastest") if self._template.expedite else self._strategy

    def choose(self, need: Need) -> Selection:
        """The full selection with its reasons, for any parcel."""
        return select(
            self._services, need, rules=self._rules, strategy=self._strategy, quality=self._quality, down=self._down
        )

    def best(self, province: str, weight_g: int, is_cod: bool = False) -> Name | None:
        """(carrier, product) for a plain parcel, None when no carrier takes it.

        Args:
            province: Short name, as `provinces.province_of` gives it.
            is_cod: A sum is collected that every carrier takes which collects any.
        Raises:
            LookupError: This table cannot answer for such parcels (see `covers`); use `choose`.
        """
        try:
            found = self._rows[province, is_cod][self._bucket[weight_g]]
        except (KeyError, IndexError):
            found = _UNASKED
        if found == _UNASKED or weight_g < 0 or (is_cod and not self._cod_max) or province in self._divided:
            found = self._fill(province, weight_g, is_cod)
        return self._names[found] if found >= 0 else None

    def choose_many(
        self, provinces: Any, weights_g: Any, cod_amounts: Any = None, division_codes: Any = None
    ) -> Choices:
        """The best carriers of many parcels that are plain otherwise, from columns.

        Args:
            provinces: Short names, or the first two digits of division codes as whole numbers.
            weights_g: Whole grams, a sequence or an array.
            cod_amounts: Sums to collect, None or 0 for none.
            division_codes: Where provinces are divided by some card or pause, their parcels' codes.
        Raises:
            LookupError: Rules ask what columns do not tell; use `choose` for each parcel.
        """
        if not self._plain_rules:
            raise LookupError("the rules ask for more than columns tell; use choose")
        columns = _Columns(provinces, weights_g, cod_amounts, division_codes)
        codes = self._gathered(columns) if self.compile() else self._looked_up(columns)
        for row in self._unfit(columns, codes):
            codes[row] = self._one(*columns.row(row))
        return Choices(self, codes, self._names, columns)

    def _gathered(self, columns: _Columns) -> Any:
        import numpy as np

        weights = np.asarray(columns.weights_g, dtype=np.int64)
        places = self._places(columns.provinces)
        flags = columns.is_cod() if columns.cod_amounts is not None else None
        cod = np.zeros(len(weights), dtype=np.int64) if flags is None else np.fromiter(flags, np.int64, len(weights))
        fits = (places >= 0) & (weights >= 0) & (weights <= self._weight_max_g)
        if fits.all():
            return self._array[places, cod, self._grams[weights]]
        found = self._array[places, cod, self._grams[np.where(fits, weights, 0)]]
        return np.where(fits, found, _UNASKED)

    def _places(self, provinces: Any) -> Any:
        """Rows of the array, below zero where the table does not answer for the province."""
        import numpy as np

        numbers = {province: at for at, province in enumerate(_CODES) if province not in self._divided}
        if len(provinces) and not isinstance(provinces[0], str):
            by_code = np.full(100, _NOBODY, dtype=np.int64)
            for province, at in numbers.items():
                by_code[int(_CODES[province])] = at
            codes = np.asarray(provinces, dtype=np.int64)
            return np.where((codes >= 0) & (codes < 100), by_code[np.clip(codes, 0, 99)], _NOBODY)
        try:
            return np.array(list(map(numbers.__getitem__, provinces)), dtype=np.int64)
        except KeyError:
            return np.array([numbers.get(province, _NOBODY) for province in provinces], dtype=np.int64)

    def _looked_up(self, columns: _Columns) -> list[int]:
        found = []
        for row, is_cod in enumerate(columns.is_cod()):
            province, weight, _, _ = columns.row(row)
            fits = self._answers(province, weight, _COD if is_cod else None)
            found.append(self._filled(province, weight, is_cod) if fits else _UNASKED)
        return found

    def _unfit(self, columns: _Columns, codes: Any) -> list[int]:
        """Rows that the table does not answer."""
        if isinstance(codes, list):
            rare = {row for row, code in enumerate(codes) if code == _UNASKED}
        else:
            rare = set((codes == _UNASKED).nonzero()[0].tolist())
        amounts = columns.cod_amounts
        if amounts is not None:
            rare |= {row for row, amount in enumerate(amounts) if amount and amount > self._cod_max}
        return sorted(rare)

    def _one(self, province: str, weight_g: int, amount: Any, division: str | None) -> int:
        """A row by `select`; rows like it are remembered."""
        key = province, weight_g, amount, division
        if key not in self._rare:
            self._rare[key] = self._answer(self.parcel_need(*key))
        return self._rare[key]

    def parcel_need(self, province: str, weight_g: int, cod_amount: Any = None, division: str | None = None) -> Need:
        """The parcel of one row of columns."""
        need = self.need_of(province, weight_g, False, division or None)
        amount = Decimal(cod_amount) if cod_amount else None
        return replace(need, parcel=need.parcel.model_copy(update={"cod_amount": amount}))

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
            and self._answers(province_of(parcel.recipient.address) or "", parcel.weight_g, parcel.cod_amount)
        )

    def _answers(self, province: str, weight_g: int, cod_amount: Decimal | None) -> bool:
        return (
            self._plain_rules and province in _CODES and province not in self._divided
            and 0 <= weight_g <= self._weight_max_g and (not cod_amount or cod_amount <= self._cod_max)
        )  # fmt: skip

    def _fill(self, province: str, weight_g: int, is_cod: bool) -> int:
        if not self._answers(province, weight_g, _COD if is_cod else None):
            raise LookupError("no plain parcel, or outside the table; use choose")
        return self._filled(province, weight_g, is_cod)

    def _filled(self, province: str, weight_g: int, is_cod: bool) -> int:
        """One cell, worked out if it was not."""
        row = self._rows.setdefault((province, is_cod), [_UNASKED] * (len(self._bounds) + 1))
        bucket = self._bucket[weight_g]
        if row[bucket] == _UNASKED:
            row[bucket] = self._answer(self.need_of(province, weight_g, is_cod))
        return row[bucket]

    def _answer(self, need: Need) -> int:
        options = self.choose(need).options
        return self._number[options[0].carrier, options[0].product] if options else _NOBODY

    def need_of(self, province: str, weight_g: int, is_cod: bool = False, division: str | None = None) -> Need:
        """The plain parcel that a cell stands for, e.g. to explain its answer by `choose`."""
        like = self._template
        address = Address(country="CN", province=province, division_code=division)
        person = like.parcel.recipient.model_copy(update={"address": address})
        parcel = like.parcel.model_copy(
            update={"recipient": person, "weight_g": weight_g, "cod_amount": _COD if is_cod else None}
        )
        return replace(like, parcel=parcel)


def _bounds(services: Sequence[Service], weight_max_g: int) -> set[int]:
    """Every weight after which a price or a limit may change."""
    found = {0}
    for service in services:
        found |= _card_bounds(service.card, weight_max_g)
        found.add(weight_max_g if service.weight_max_g is None else service.weight_max_g)
    return {bound for bound in found if 0 <= bound < weight_max_g}


def _rule_bounds(rules: Sequence[Rule], weight_max_g: int) -> set[int]:
    """Every weight after which a rule may answer otherwise."""
    found: set[int] = set()
    for rule in rules:
        for leaf in _leaves(rule):
            values = leaf.value if isinstance(leaf.value, list | tuple | set | frozenset) else (leaf.value,)
            for weight in values if leaf.fact == "weight_g" else ():
                found |= {math.ceil(weight) - 1, math.floor(weight)}
    return {bound for bound in found if 0 <= bound < weight_max_g}


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


def _cod_max(services: Sequence[Service]) -> Decimal:
    """Up to which sum it does not matter how much cash there is to collect; 0: it always matters."""
    collecting = [(service, service.cod_max) for service in services if service.cod_max is not None]
    by_sum = any(
        extra.base == "cod_amount" and (extra.percent or extra.base_over is not None or extra.base_up_to is not None)
        for service, _ in collecting
        for extra in service.card.surcharges
    )
    return Decimal(0) if by_sum else min((most for _, most in collecting), default=Decimal("Infinity"))


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
