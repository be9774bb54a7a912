"""What may be sold: available to sell per SKU, and what of it each channel is shown. Pure. Imports `models`, `errors`.

Safety stock acts here and nowhere else: the ledger sells to the last unit, channels are shown less.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from orderhub.errors import ConfigurationError
from orderhub.inventory.compartments import storage
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.stock import Level, StockSnapshot

__all__ = ["Availability", "ChannelPolicy", "SafetyStock", "ats", "bundle_units", "listing_stocks", "with_bundles"]


@dataclass(frozen=True, slots=True)
class Availability:
    """Units of a SKU that may be sold, over all warehouses; `version` is the ledger's when it was observed."""

    sku: str
    quantity: int
    version: int
    by_warehouse: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """Units that are never shown, per warehouse: by (sku, warehouse), else by SKU, else `default`."""

    default: int = 0
    by_sku: Mapping[str, int] | None = None
    by_place: Mapping[tuple[str, str], int] | None = None

    def of(self, sku: str, warehouse: str) -> int:
        """Units to keep back of `sku` in `warehouse`."""
        kept = (self.by_place or {}).get((sku, warehouse))
        return (self.by_sku or {}).get(sku, self.default) if kept is None else kept


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How much of what is available one channel is shown: less `buffer`, a share of it, plus `oversell`.

    Attributes:
        buffer: Units kept from this channel, e.g. for sales that are under way while a push travels.
        percentage: 0 to 100; fractions of a unit are dropped.
        cap: The most that is ever shown; None shows all.
        oversell: Units that this channel may sell beyond what there is; 0 never oversells.
    Raises:
        ConfigurationError: A figure is no whole number or out of range.
    """

    buffer: int = 0
    percentage: int = 100
    cap: int | None = None
    oversell: int = 0

    def __post_init__(self) -> None:
        figures = (self.buffer, self.percentage, self.oversell, 0 if self.cap is None else self.cap)
        whole = all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in figures)
        if not whole or self.percentage > 100:
            raise ConfigurationError(
                "A channel policy is made of whole numbers: buffer, oversell, cap >= 0, percentage 0 to 100",
                field="channel_policy",
            )

    def shown(self, available: int) -> int:
        """Units to show of `available` ones; never below zero."""
        shown = max(0, available - self.buffer) * self.percentage // 100 + self.oversell
        return shown if self.cap is None else min(shown, self.cap)


def ats(
    snapshot: StockSnapshot,
    *,
    skus: Iterable[str] = (),
    safety: SafetyStock | None = None,
    warehouses: Collection[str] | None = None,
) -> dict[str, Availability]:
    """On hand less reserved less safety stock per warehouse, each at least zero, summed up per SKU.

    Args:
        snapshot: From `ledger.snapshot()`.
        skus: SKUs to answer for even if the ledger never saw them: they have zero.
        safety: Units to keep back.
        warehouses: Codes of those that sell; None is all of them.
    """
    kept = safety or SafetyStock()
    found: dict[str, list[tuple[str, int]]] = {sku: [] for sku in skus}
    for level in storage(snapshot.levels):
        units = found.setdefault(level.sku, [])
        if warehouses is None or level.warehouse in warehouses:
            units.append((level.warehouse, _sellable(level, kept)))
    return {
        sku: Availability(sku, sum(units for _, units in places), snapshot.version, tuple(sorted(places)))
        for sku, places in found.items()
    }


def _sellable(level: Level, safety: SafetyStock) -> int:
    return max(0, level.available - safety.of(level.sku, level.warehouse))


def with_bundles(
    available: Mapping[str, Availability], bundles: Mapping[str, Mapping[str, int]]
) -> dict[str, Availability]:
    """`available` and, for each bundle (bundle SKU -> component SKU -> units), as many as its scarcest part allows.

    A bundle with a component that nobody knows is left out: what is unknown is not zero.
    """
    version = max((each.version for each in available.values()), default=0)
    known = {sku: each.quantity for sku, each in available.items()}
    counted = {bundle: bundle_units(bundle, bundles, known.get) for bundle in bundles}
    made = {sku: Availability(sku, units, version) for sku, units in counted.items() if units is not None}
    return {**{sku: each for sku, each in available.items() if sku not in bundles}, **made}


def bundle_units(
    sku: str, bundles: Mapping[str, Mapping[str, int]], units_of: Callable[[str], int | None]
) -> int | None:
    """How many of a bundle its parts allow, bundles within bundles too; a part needed twice is counted twice.

    Returns:
        None when a part is unknown, or the bundle is empty or contains itself.
    """
    needed: dict[str, int] = {}
    if not _parts(sku, 1, bundles, needed, ()):
        return None
    found = [(units_of(part), times) for part, times in needed.items()]
    whole = [units // times for units, times in found if units is not None]
    return min(whole) if len(whole) == len(found) else None


def _parts(
    sku: str, times: int, bundles: Mapping[str, Mapping[str, int]], needed: dict[str, int], within: tuple[str, ...]
) -> bool:
    """Add what `times` of `sku` are made of to `needed`; False when it is made of nothing or of itself."""
    if sku not in bundles:
        needed[sku] = needed.get(sku, 0) + times
        return True
    inside = bundles[sku]
    if sku in within or not inside or min(inside.values()) < 1:
        return False
    return all(_parts(part, times * units, bundles, needed, (*within, sku)) for part, units in inside.items())


def listing_stocks(
    listings: Iterable[Listing], available: Mapping[str, Availability], policy: ChannelPolicy | None = None
) -> list[ListingStock]:
    """What to push to one channel: each listing whose SKU is known, sold out ones first. The rest is left alone."""
    shown = (policy or ChannelPolicy()).shown
    pushes = [
        ListingStock(
            listing_id=listing.listing_id,
            platform_sku_id=listing.platform_sku_id,
            quantity=shown(available[listing.sku].quantity),
            version=available[listing.sku].version,
        )
        for listing in listings
        if listing.sku is not None and listing.sku in available
    ]
    return sorted(pushes, key=lambda push: (push.quantity > 0, push.key))
