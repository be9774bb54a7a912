"""What each shop may show of each SKU: pools, dedicated units, policies, bundles. Pure. Imports `models`, `errors`.

Rules are data. What is unknown stays unknown: it is never shown as zero and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.inventory.availability import ChannelPolicy, SafetyStock, bundle_units
from orderhub.inventory.compartments import storage
from orderhub.models import Warehouse, WarehouseKind
from orderhub.models.stock import StockSnapshot

__all__ = ["ChannelRule", "ChannelRules", "ChannelView", "Pool", "Shown"]

ANY = "*"
UNKNOWN, PLATFORM_STOCK, NOT_PUSHED = "availability_unknown", "platform_stock", "not_pushed"


@dataclass(frozen=True, slots=True)
class Pool:
    """A virtual warehouse: some warehouses under one name, for the shops whose rule names it.

    Attributes:
        warehouses: Codes of real warehouses.
        exclusive: Whether shops without this pool see nothing of its warehouses.
    """

    code: str
    warehouses: tuple[str, ...]
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What a shop is shown of a SKU; of all rules that fit, the most specific one counts, whole.

    Attributes:
        shop: `platform:shop_id`, `platform:*`, or `*`. An exact shop counts more than an exact SKU.
        sku: Our SKU, or `*`.
        pool: Code of the pool this shop sells from; None is every warehouse that sells and no exclusive pool holds.
        dedicated: The last so many units are shown here alone.
        pooled: Whether the shop is shown what is left for all beside its dedicated units.
        push: Whether anything is pushed at all.
    """

    shop: str = ANY
    sku: str = ANY
    policy: ChannelPolicy = field(default_factory=ChannelPolicy)
    pool: str | None = None
    dedicated: int = 0
    pooled: bool = True
    push: bool = True

    @classmethod
    def of(cls, row: ChannelRule | Mapping[str, Any]) -> ChannelRule:
        """From one flat row of a configuration: the rule's own fields and those of its policy.

        Raises:
            ConfigurationError: An unknown field, or a figure out of range.
        """
        if isinstance(row, ChannelRule):
            return row
        policy = {each.name for each in fields(ChannelPolicy)}
        own = {each.name for each in fields(cls)} - {"policy"}
        if strange := sorted(set(row) - policy - own):
            known = ", ".join(sorted(policy | own))
            raise ConfigurationError(f"channels: unknown {', '.join(strange)}; known: {known}", field="channels")
        given = {name: value for name, value in row.items() if name in policy}
        return cls(**{name: row[name] for name in own & set(row)}, policy=ChannelPolicy(**given))


_PLAIN = ChannelRule()


@dataclass(frozen=True)
class ChannelRules:
    """Every rule and pool of a hub.

    Raises:
        ConfigurationError: Two rules for one shop and SKU, a pool nobody defines, a negative number of units.
    """

    rules: tuple[ChannelRule, ...] = ()
    pools: tuple[Pool, ...] = ()

    def __post_init__(self) -> None:
        codes = [pool.code for pool in self.pools]
        wrong = [
            f"two rules for {rule.shop}, {rule.sku}" for rule in self.rules if self._table[_name(rule)] is not rule
        ]
        wrong += [f"two pools {code}" for code in set(codes) if codes.count(code) > 1]
        wrong += [f"no pool {rule.pool}" for rule in self.rules if rule.pool is not None and rule.pool not in codes]
        wrong += [f"dedicated is no number of units for {rule.shop}, {rule.sku}" for rule in self.rules
                  if not _is_units(rule.dedicated)]  # fmt: skip
        if wrong:
            raise ConfigurationError("channels: " + "; ".join(sorted(wrong)), field="channels")

    @classmethod
    def of(
        cls, rules: Iterable[ChannelRule | Mapping[str, Any]] = (), pools: Iterable[Pool | Mapping[str, Any]] = ()
    ) -> ChannelRules:
        """From rows of a configuration."""
        return cls(tuple(ChannelRule.of(row) for row in rules), tuple(_pool(row) for row in pools))

    @cached_property
    def _table(self) -> dict[tuple[str, str], ChannelRule]:
        return {_name(rule): rule for rule in reversed(self.rules)}

    @cached_property
    def exclusive(self) -> frozenset[str]:
        """Warehouses that only the shops of their pool see."""
        return frozenset(code for pool in self.pools if pool.exclusive for code in pool.warehouses)

    def find(self, shop: str, sku: str) -> ChannelRule:
        """The rule for one SKU in one shop (`platform:shop_id`)."""
        platform = shop.partition(":")[0]
        for place in (shop, f"{platform}:{ANY}", ANY):
            for good in (sku, ANY):
                if (rule := self._table.get((place, good))) is not None:
                    return rule
        return _PLAIN

    def warehouses(self, rule: ChannelRule, selling: frozenset[str]) -> frozenset[str]:
        """Those of the `selling` warehouses that a rule lets its shop see."""
        if rule.pool is None:
            return selling - self.exclusive
        return selling & frozenset(next(pool.warehouses for pool in self.pools if pool.code == rule.pool))


def _is_units(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _name(rule: ChannelRule) -> tuple[str, str]:
    return rule.shop, rule.sku


def _pool(row: Pool | Mapping[str, Any]) -> Pool:
    if isinstance(row, Pool):
        return row
    try:
        return Pool(**{**row, "warehouses": tuple(row["warehouses"])})
    except (TypeError, KeyError):
        raise ConfigurationError("pools: each needs code and warehouses, and may be exclusive", field="pools") from None


@dataclass(frozen=True, slots=True)
class Shown:
    """What one shop is shown of one SKU.

    Attributes:
        quantity: Units; None when nothing may be pushed, then `reason` is availability_unknown (the ledger never saw
            the SKU, or a part of the bundle), platform_stock (only the platform's own warehouses hold it) or
            not_pushed (a rule says so).
        version: The ledger's when it was observed.
    """

    sku: str
    quantity: int | None
    version: int
    reason: str | None = None


class ChannelView:
    """One observation of the ledger as every shop sees it; figures are worked out when they are asked for.

    Args:
        snapshot: From `ledger.snapshot()`.
        shops: Keys of all shops: dedicated units are granted in this order.
        warehouses: Those of the hub; the platforms' own do not sell here. Without any, every place of the ledger does.
        bundles: Bundle SKU -> component SKU -> units.
    """

    def __init__(
        self, snapshot: StockSnapshot, shops: Sequence[str] = (), *, rules: ChannelRules | None = None,
        safety: SafetyStock | None = None, bundles: Mapping[str, Mapping[str, int]] | None = None,
        warehouses: Sequence[Warehouse] = (),
    ) -> None:  # fmt: skip
        self.version = snapshot.version
        self._shops, self._rules, self._bundles = tuple(shops), rules or ChannelRules(), bundles or {}
        platform = {warehouse.code for warehouse in warehouses if warehouse.kind is WarehouseKind.PLATFORM}
        levels = storage(snapshot.levels)
        ours = {warehouse.code for warehouse in warehouses} or {level.warehouse for level in levels}
        self._selling = frozenset(ours - platform)
        self._units: dict[str, dict[str, int]] = {}
        self._at_platform: set[str] = set()
        kept = safety or SafetyStock()
        for level in levels:
            if level.warehouse in self._selling:
                units = max(0, level.available - kept.of(level.sku, level.warehouse))
                self._units.setdefault(level.sku, {})[level.warehouse] = units
            elif level.warehouse in platform:
                self._at_platform.add(level.sku)
        self._shared: dict[str, tuple[dict[str, int], dict[str, int]]] = {}

    @property
    def goods(self) -> frozenset[str]:
        """Every SKU that a selling warehouse has had."""
        return frozenset(self._units)

    @property
    def skus(self) -> frozenset[str]:
        """The goods and the bundles."""
        return frozenset((*self._units, *self._bundles))

    def total(self, sku: str, warehouse: str | None = None) -> int | None:
        """Units that may be sold over all selling warehouses, or in one; None when the SKU is unknown there."""
        if sku in self._bundles:
            return bundle_units(sku, self._bundles, lambda part: self.total(part, warehouse))
        places = self._units.get(sku)
        if places is None or warehouse is None:
            return None if places is None else sum(places.values())
        return places.get(warehouse)

    def places(self, sku: str) -> tuple[str, ...]:
        """Selling warehouses that have had the SKU, sorted."""
        return tuple(sorted(self._units.get(sku, ())))

    def shown(self, shop: str, sku: str) -> Shown:
        """What `shop` is shown of `sku`."""
        rule = self._rules.find(shop, sku)
        if not rule.push:
            return Shown(sku, None, self.version, NOT_PUSHED)
        units = self._seen(shop, sku)
        if units is None:
            return Shown(sku, None, self.version, PLATFORM_STOCK if sku in self._at_platform else UNKNOWN)
        return Shown(sku, rule.policy.shown(units), self.version)

    def _seen(self, shop: str, sku: str) -> int | None:
        """Units in the shop's sight before its policy."""
        if sku in self._bundles:
            return bundle_units(sku, self._bundles, lambda part: self._seen(shop, part))
        if sku not in self._units:
            return None
        granted, left = self._share(sku)
        rule = self._rules.find(shop, sku)
        seen = self._rules.warehouses(rule, self._selling)
        return granted.get(shop, 0) + (sum(left.get(code, 0) for code in seen) if rule.pooled else 0)

    def _share(self, sku: str) -> tuple[dict[str, int], dict[str, int]]:
        """(shop -> dedicated units it gets, warehouse -> units left for all)."""
        if sku not in self._shared:
            left, granted = dict(self._units[sku]), dict[str, int]()
            for shop in self._shops:
                rule = self._rules.find(shop, sku)
                if rule.dedicated:
                    seen = self._rules.warehouses(rule, self._selling)
                    granted[shop] = _take(left, sorted(seen & left.keys()), rule.dedicated)
            self._shared[sku] = granted, left
        return self._shared[sku]


def _take(left: dict[str, int], places: Iterable[str], wanted: int) -> int:
    """Take up to `wanted` units out of `left`; answers how many there were."""
    taken = 0
    for code in places:
        units = min(left[code], wanted - taken)
        left[code] -= units
        taken += units
    return taken
