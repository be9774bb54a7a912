"""A shop's codes to the merchant's own: one to one, packs and kits, with amounts split to the cent. Pure.

Imports `kit`, `models`, `errors`. A rule names what the platform calls a thing (its SKU id, or the merchant code that
was entered there) and what is really picked. Rules belong to one shop: two shops may use one code for different goods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from orderhub.errors import ConfigurationError
from orderhub.kit.money import apportion
from orderhub.models.order import LineItem, Order

__all__ = ["KIT", "Picked", "SkuMap", "SkuPart", "SkuRule", "Unmapped", "code_key", "picked", "unmapped"]

KIT = "kit:"
"""How names of kits that stand for several goods begin; no SKU of a merchant may begin so."""


@dataclass(frozen=True, slots=True)
class SkuPart:
    """What is picked for one unit sold.

    Attributes:
        quantity: Units, one or more.
        share: Weight of this part in the price; by units when no part of the rule says.
    """

    sku: str
    quantity: int = 1
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SkuRule:
    """What one thing of one shop is.

    Attributes:
        shop: `platform:shop_id`.
        platform_sku_id: The platform's id of the variant; or
        code: the merchant code as the platform shows it, where that is not the own SKU.
    """

    shop: str
    parts: tuple[SkuPart, ...]
    platform_sku_id: str | None = None
    code: str | None = None

    @property
    def key(self) -> str:
        """What it is found by: `platform:shop_id:platform_sku_id`, or `code:platform:shop_id:…`."""
        return f"{self.shop}:{self.platform_sku_id}" if self.platform_sku_id else code_key(self.shop, self.code or "")

    @property
    def sku(self) -> str:
        """The own SKU, or the name of the kit when one unit sold is not one unit picked."""
        alone = len(self.parts) == 1 and self.parts[0].quantity == 1
        return self.parts[0].sku if alone else f"{KIT}{self.key}"

    def check(self) -> tuple[str, str] | None:
        """Column and reason of what is wrong with it, None when nothing is."""
        if self.shop.count(":") != 1 or not all(self.shop.split(":")):
            return "shop", "a shop is written platform:shop_id"
        if bool(self.platform_sku_id) == bool(self.code):
            return "platform_sku_id", "give platform_sku_id or code, one of the two"
        if not self.parts or any(not part.sku.strip() or part.sku.startswith(KIT) for part in self.parts):
            return "sku", f"an own SKU is needed, and must not begin with {KIT}"
        if any(part.quantity < 1 for part in self.parts):
            return "quantity", "units are one or more"
        if len({part.sku for part in self.parts}) < len(self.parts):
            return "sku", "each part of a kit stands once, with its quantity"
        shares = [part.share for part in self.parts]
        if any(share is not None for share in shares) and (None in shares or not sum(filter(None, shares))):
            return "share", "give a share to every part of the kit, not all zero, or to none"
        if any(share is not None and share < 0 for share in shares):
            return "share", "shares are zero or more"
        return None


def code_key(shop: str, code: str) -> str:
    """The key of a rule that goes by the merchant code of the platform."""
    return f"code:{shop}:{code}"


@dataclass(frozen=True)
class SkuMap:
    """Rules by key; a later rule of a key replaces an earlier one."""

    rules: Mapping[str, SkuRule] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Iterable[SkuRule]) -> SkuMap:
        """Raises `ConfigurationError` for a rule that cannot be."""
        found: dict[str, SkuRule] = {}
        for rule in rules:
            if problem := rule.check():
                raise ConfigurationError(f"SKU rule {rule.key}: {problem[0]}: {problem[1]}", field=problem[0])
            found[rule.key] = rule
        return cls(found)

    def merged(self, other: SkuMap) -> SkuMap:
        """Both; the other's rules win."""
        return SkuMap({**self.rules, **other.rules})

    def __iter__(self) -> Iterator[SkuRule]:
        return iter(sorted(self.rules.values(), key=lambda rule: (rule.shop, bool(rule.code), rule.key)))

    def __len__(self) -> int:
        return len(self.rules)

    def find(self, shop: str, platform_sku_id: str | None, code: str | None) -> SkuRule | None:
        """The rule of a thing: by the platform's id first, then by its merchant code."""
        by_id = self.rules.get(f"{shop}:{platform_sku_id}") if platform_sku_id else None
        return by_id or (self.rules.get(code_key(shop, code)) if code else None)

    def skus(self) -> dict[str, str]:
        """Key -> own SKU or kit, as `FulfilPlan.skus` takes it."""
        return {key: rule.sku for key, rule in self.rules.items()}

    def bundles(self) -> dict[str, dict[str, int]]:
        """Kit -> SKU -> units, as `FulfilPlan.bundles` takes it."""
        kits = (rule for rule in self.rules.values() if rule.sku.startswith(KIT))
        return {rule.sku: {part.sku: part.quantity for part in rule.parts} for rule in kits}


@dataclass(frozen=True, slots=True)
class Picked:
    """One good of one line: units to pick, and its part of the line's amounts; None where the line says nothing."""

    line_id: str
    sku: str
    quantity: int
    subtotal: Decimal | None
    discount: Decimal | None
    total: Decimal | None


def picked(
    line: LineItem, parts: Sequence[SkuPart], bundles: Mapping[str, Mapping[str, int]] | None = None
) -> tuple[Picked, ...]:
    """A line as the goods in it, bundles within bundles opened too.

    Every amount is split in proportion to the shares, each to the cent, the remainder on the last part that has one;
    the parts' amounts add up to the line's exactly, and where `subtotal - discount = total` holds for the line it holds
    for each part.

    Args:
        line: What was sold.
        parts: What one unit of it is.
        bundles: SKU -> component SKU -> units, for parts that are bundles themselves.
    Raises:
        ConfigurationError: A bundle contains itself.
    """
    opened = Picked(line.line_id, "", line.quantity, line.subtotal, line.discount, line.total)
    return tuple(_opened(opened, parts, bundles or {}, ()))


def _opened(
    whole: Picked, parts: Sequence[SkuPart], bundles: Mapping[str, Mapping[str, int]], within: tuple[str, ...]
) -> Iterator[Picked]:
    for part, good in zip(parts, _parted(whole, parts), strict=True):
        if part.sku in within:
            raise ConfigurationError(f"bundle {part.sku!r} contains itself", field="bundles")
        inner = [SkuPart(sku, units) for sku, units in sorted(bundles.get(part.sku, {}).items())]
        yield from _opened(good, inner, bundles, (*within, part.sku)) if inner else (good,)


def _parted(whole: Picked, parts: Sequence[SkuPart]) -> list[Picked]:
    """The gross of a part follows from its net and its discount, so that no part is worth less than nothing."""
    weights = [part.share if part.share is not None else Decimal(part.quantity) for part in parts]
    totals, discounts = _split(whole.total, weights), _split(whole.discount, weights)
    if whole.subtotal is not None and whole.discount is not None and whole.total == whole.subtotal - whole.discount:
        subtotals = [
            total + off for total, off in zip(totals, discounts, strict=True) if total is not None if off is not None
        ]
    else:
        subtotals = list(_split(whole.subtotal, weights))  # type: ignore[arg-type]
    return [
        Picked(whole.line_id, part.sku, part.quantity * whole.quantity, *amounts)
        for part, *amounts in zip(parts, subtotals, discounts, totals, strict=True)
    ]


def _split(amount: Decimal | None, weights: Sequence[Decimal]) -> Sequence[Decimal | None]:
    return [None] * len(weights) if amount is None else apportion(amount, weights)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A thing that orders wait for and no rule explains; what `SkuMap` needs to know about it.

    Attributes:
        orders: Keys of the orders that wait for it, oldest first.
    """

    shop: str
    platform_sku_id: str | None
    code: str | None
    title: str | None
    variant: str | None
    quantity: int
    orders: tuple[str, ...]


def unmapped(orders: Iterable[Order], known: Mapping[str, str]) -> list[Unmapped]:
    """Every thing in `orders` that has neither a merchant code nor a rule, the most wanted first.

    Args:
        known: Keys that are mapped, as `FulfilPlan.skus`.
    """
    found: dict[tuple[str, str | None, str | None], Unmapped] = {}
    for order in orders:
        shop = f"{order.platform}:{order.shop_id}"
        for line in order.lines:
            if (line.sku or "").strip() or f"{shop}:{line.platform_sku_id}" in known:
                continue
            key = (shop, line.platform_sku_id, line.platform_sku_id or line.title)
            had = found.get(key)
            keys = dict.fromkeys((*(had.orders if had else ()), order.key))
            quantity = line.quantity + (had.quantity if had else 0)
            found[key] = Unmapped(shop, line.platform_sku_id, None, line.title, line.variant, quantity, tuple(keys))
    return sorted(
        found.values(), key=lambda row: (-len(row.orders), row.shop, row.platform_sku_id or "", row.title or "")
    )
