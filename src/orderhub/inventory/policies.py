"""How warehouses are chosen, as data: weights of the score, and the terms on which each warehouse ships.

Imports `models`, `errors`. Amounts are in the caller's currency; times of day are local to the warehouse's zone.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from orderhub.errors import ConfigurationError
from orderhub.models.base import Model, Word
from orderhub.models.logistics import WarehouseKind

__all__ = ["AllocationPolicy", "Late", "ShippingTerms", "Turn", "Weight", "read_policy"]


def _exact(value: Any) -> Any:
    """Whole numbers and text are exact too; float and bool are not."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone") from None
    return name


Weight = Annotated[Decimal, Field(strict=True, ge=0, allow_inf_nan=False), BeforeValidator(_exact)]
"""An amount that counts against a choice: never negative, never a float."""


class Late(Word):
    """What happens when a warehouse cannot ship by the order's latest ship time."""

    REFUSE = "refuse"
    CHARGE = "charge"


Turn = Literal["priority", "ship_by", "rank"]
"""What orders are served by: `OrderDemand.priority`, its latest ship time, its rank."""


class ShippingTerms(Model):
    """On which terms one warehouse ships.

    Attributes:
        warehouse: Its code.
        serves: Provinces it ships to, as the cost table writes them; None is everywhere.
        refuses: Provinces it does not ship to.
        parcels_per_day: How many leave on one day; None has no limit.
        cut_off: Orders after this local time leave on the next open day; None ships at once while open.
        zone: Where its days begin and end.
        open_days: ISO weekdays, 1 is Monday.
        closed_on: Holidays, local dates.
        surcharge: What each parcel from here costs more, e.g. to spare a warehouse.
    """

    warehouse: str
    serves: frozenset[str] | None = None
    refuses: frozenset[str] = frozenset()
    parcels_per_day: int | None = Field(default=None, ge=0)
    cut_off: time | None = None
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    open_days: frozenset[Annotated[int, Field(ge=1, le=7)]] = frozenset(range(1, 8))
    closed_on: frozenset[date] = frozenset()
    surcharge: Weight = Decimal(0)


class AllocationPolicy(Model):
    """What a choice of warehouses costs beside freight, and what is allowed.

    Attributes:
        line_split: Whether a line may come from several warehouses, if it cannot come from one.
        partial: Whether the lines that are there ship without those that are missing.
        parcels_max: Warehouses that one order may be served from.
        sequence: Who is served first, most important first; ties by order key.
        promote_after_h: An order's priority improves by one for each so many hours it waits, so that nobody starves.
        split: Weight of each parcel after the first; more than any freight means fewest parcels first.
        per_100_km: Weight of distance, by `ParcelCosts.km`.
        per_day: Weight of each day that a parcel leaves after today.
        late, per_late_day: Whether a parcel may leave after the order's latest ship time, and what each day then
            weighs; for an order that is overdue already, days count from now.
        balance: Weight of a day's full capacity: a parcel weighs its warehouse's load once it is in, as a share of it.
        scarcity: Weight of taking a warehouse's last unit of a SKU; a unit of n weighs 1/n of it. Counts in the
            choice only, so that popular stock is spared for orders that have nothing else.
        kinds: Weight of each parcel from a kind of warehouse. `platform` and `virtual` never ship merchant orders.
        terms: By warehouse; one without terms ships everywhere, every day, without limit.
    """

    line_split: bool = False
    partial: bool = False
    parcels_max: int = Field(default=3, ge=1, le=3)
    sequence: tuple[Turn, ...] = ("priority", "ship_by", "rank")
    promote_after_h: int | None = Field(default=None, ge=1)
    split: Weight = Decimal(0)
    per_100_km: Weight = Decimal(0)
    per_day: Weight = Decimal(0)
    late: Late = Late.CHARGE
    per_late_day: Weight = Decimal(100)
    balance: Weight = Decimal(0)
    scarcity: Weight = Decimal(0)
    kinds: dict[WarehouseKind, Weight] = {}
    terms: tuple[ShippingTerms, ...] = ()


def read_policy(source: str | Mapping[str, Any]) -> AllocationPolicy:
    """A policy from TOML, from JSON if the text begins with a brace, or from a table that was read already.

    Numbers in text are read exactly; a table that was read elsewhere gives fractions as text or `Decimal`.

    Raises:
        ConfigurationError: The text cannot be parsed, an option is unknown or out of range.
    """
    try:
        return AllocationPolicy.model_validate(_document(source) if isinstance(source, str) else dict(source))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"Allocation policy: {where}: {first['msg']}", field=where) from None
    except ValueError as error:
        raise ConfigurationError(f"Allocation policy cannot be read: {error}", field="policy") from None


def _document(text: str) -> Any:
    is_json = text.lstrip().startswith("{")
    return json.loads(text, parse_float=Decimal) if is_json else tomllib.loads(text, parse_float=Decimal)
