"""Stock alerts: thresholds per SKU, warehouse and channel, raised on crossing, cleared with hysteresis. Pure.

Imports `inventory`, `errors`. Which alerts are up already is an argument: the same figures give the same answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.inventory.channels import ANY, UNKNOWN, ChannelView

__all__ = ["AlertRule", "Condition", "stock_conditions"]

LOW = "low_stock"
OVERSOLD = "oversold"
UNMAPPED = "sku_unmapped"
PUSH_FAILING = "push_failing"
SHOP, WAREHOUSE = "shop:", "warehouse:"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When a SKU is low.

    Attributes:
        below: Raised when fewer units than this may be sold.
        clear: Cleared from so many units on; `below` when left out. More than `below` swallows small movements.
        sku: Our SKU, or `*` for all that no other rule of the same place names.
        warehouse: A code, or `*` for each warehouse by itself; None adds them all up.
        shop: A shop key, or `*` for each shop by itself: what buyers there are shown.
    Raises:
        ConfigurationError: `clear` is below `below`, both warehouse and shop are given, or a figure is no number.
    """

    below: int
    clear: int | None = None
    sku: str = ANY
    warehouse: str | None = None
    shop: str | None = None

    def __post_init__(self) -> None:
        figures = (self.below, self.clear_at)
        if any(isinstance(each, bool) or not isinstance(each, int) or each < 0 for each in figures):
            raise ConfigurationError("alerts: below and clear are numbers of units", field="alerts")
        if self.clear_at < self.below:
            raise ConfigurationError("alerts: clear must not be less than below", field="alerts")
        if self.warehouse is not None and self.shop is not None:
            raise ConfigurationError("alerts: a rule is about a warehouse or about a shop, not both", field="alerts")

    @property
    def clear_at(self) -> int:
        """Units at which the alert is over."""
        return self.below if self.clear is None else self.clear

    @classmethod
    def of(cls, row: AlertRule | Mapping[str, Any]) -> AlertRule:
        """From one row of a configuration."""
        if isinstance(row, AlertRule):
            return row
        known = [each.name for each in fields(cls)]
        if strange := sorted(set(row) - set(known)):
            raise ConfigurationError(f"alerts: unknown {', '.join(strange)}; known: {', '.join(known)}", field="alerts")
        if "below" not in row:
            raise ConfigurationError("alerts: each needs below, a number of units", field="alerts")
        return cls(**row)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about stock that somebody should know.

    Attributes:
        code: low_stock, availability_unknown, sku_unmapped, oversold, push_failing.
        place: `*` (all selling warehouses), `warehouse:<code>` or `shop:<key>`.
        quantity: Units now, where they are known.
        threshold: What they should not be below.
        detail: More in words, never personal data.
    """

    code: str
    sku: str
    place: str = ANY
    quantity: int | None = None
    threshold: int | None = None
    detail: str = ""

    @property
    def key(self) -> str:
        """Names the condition; the same one has the same key every time."""
        return f"{self.code}:{self.place}:{self.sku}"


def stock_conditions(
    view: ChannelView, rules: Sequence[AlertRule], raised: Collection[str], shops: Sequence[str] = ()
) -> list[Condition]:
    """Conditions that hold now, sorted by key.

    Args:
        view: The ledger as it is.
        rules: Thresholds. Of those that fit one SKU in one place the most specific one counts: an exact place before
            `*`, then an exact SKU before `*`.
        raised: Keys of the conditions that were up before: they stay until their `clear`.
        shops: Keys of the shops that `*` stands for.
    """
    found: dict[tuple[str, str], AlertRule] = {}
    for rule in sorted(rules, key=_rank):
        found |= dict.fromkeys(_watched(view, rule, shops), rule)
    told = [_condition(view, place, sku, rule, raised) for (place, sku), rule in found.items()]
    unseen = [Condition(UNKNOWN, sku, detail="a rule watches a SKU that the ledger never saw")
              for sku in {rule.sku for rule in rules} - {ANY} - view.skus]  # fmt: skip
    return sorted([each for each in told if each is not None] + unseen, key=lambda each: each.key)


def _rank(rule: AlertRule) -> tuple[bool, bool]:
    return ANY not in (rule.warehouse, rule.shop), rule.sku != ANY


def _watched(view: ChannelView, rule: AlertRule, shops: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(place, SKU) that one rule is about; `*` leaves bundles out where goods are counted, shops do show them."""
    goods = view.skus if rule.shop is not None else view.goods
    for sku in goods if rule.sku == ANY else (rule.sku,):
        if rule.shop is not None:
            yield from ((f"{SHOP}{key}", sku) for key in (shops if rule.shop == ANY else (rule.shop,)))
        elif rule.warehouse is not None:
            codes = view.places(sku) if rule.warehouse == ANY else (rule.warehouse,)
            yield from ((f"{WAREHOUSE}{code}", sku) for code in codes)
        else:
            yield ANY, sku


def _condition(
    view: ChannelView, place: str, sku: str, rule: AlertRule, raised: Collection[str]
) -> Condition | None:  # fmt: skip
    condition = Condition(LOW, sku, place, _units(view, place, sku), rule.below)
    was = condition.key in raised
    if condition.quantity is None:  # what is unknown neither raises nor clears
        return condition if was else None
    return condition if condition.quantity < (rule.clear_at if was else rule.below) else None


def _units(view: ChannelView, place: str, sku: str) -> int | None:
    if place.startswith(SHOP):
        return view.shown(place.removeprefix(SHOP), sku).quantity
    return view.total(sku, place.removeprefix(WAREHOUSE) if place.startswith(WAREHOUSE) else None)
