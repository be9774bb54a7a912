"""What the pipeline is told once: warehouses, SKU map, bundles, services, costs. Imports `logistics`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.logistics.rules import Rule
from orderhub.logistics.services import Service
from orderhub.models import LineItem, Order, Recipient, Warehouse

__all__ = ["FulfilPlan"]


@dataclass(frozen=True)
class FulfilPlan:
    """Data the pipeline decides by.

    Attributes:
        skus: The merchant's SKU by `platform:shop_id:platform_sku_id`, for lines without a code of their own.
        bundles: SKU -> component SKU -> units.
        services: Carrier products that may be chosen; only carriers of the hub.
        rules, strategy: See `logistics.selection.select`.
        currency: What carriers charge in; those that charge in another are not compared.
        weights_g: Grams per unit of a SKU; `weight_default_g` for the others.
        freight: (warehouse, province) -> what a parcel costs there, for allocation; `freight_default` for the others.
        parcel_cost: What each further parcel costs beside its freight.
        decrypt: Ask the platform for hidden receivers just before the waybill; they are never stored.
        decrypt_scene: Why, in the platform's words.
        safety_stock: SKU -> units per warehouse that channels are not shown; `*` for all others.
        audit_blocks: Severities of audit findings that stop an order.
    """

    warehouses: tuple[Warehouse, ...] = ()
    skus: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    rules: tuple[Rule, ...] = ()
    strategy: str = "cheapest"
    currency: str = "CNY"
    weights_g: Mapping[str, int] = field(default_factory=dict)
    weight_default_g: int = 500
    freight: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    freight_default: Decimal = Decimal(10)
    parcel_cost: Decimal = Decimal(5)
    decrypt: bool = True
    decrypt_scene: str = "1001"
    safety_stock: Mapping[str, int] = field(default_factory=dict)
    audit_blocks: frozenset[str] = frozenset({"error"})

    @classmethod
    def of(cls, settings: Any, cards: Sequence[Any], carriers: Iterable[str], **given: Any) -> FulfilPlan:
        """From the hub's settings; services come from the rate cards of carriers that the hub has.

        Raises:
            ConfigurationError: An unknown option.
        """
        if strange := sorted(set(given) - set(cls.__dataclass_fields__)):
            raise ConfigurationError(
                f"plan has no option {', '.join(strange)}; it has {', '.join(cls.__dataclass_fields__)}"
            )
        there = set(carriers)
        services = tuple(Service(card) for card in cards if card.carrier in there)
        base = {
            "warehouses": settings.warehouses,
            "skus": settings.skus,
            "bundles": settings.bundles,
            "services": services,
        }
        return cls(**{**base, **given})

    def sku_of(self, order: Order, line: LineItem) -> str | None:
        """The merchant's SKU of a line: its own code, or what the map says; None when nobody knows."""
        return line.sku or self.skus.get(f"{order.platform}:{order.shop_id}:{line.platform_sku_id}")

    def weight_g(self, lines: Iterable[tuple[str, int]]) -> int:
        """Grams of (SKU, units) together."""
        return sum(self.weights_g.get(sku, self.weight_default_g) * units for sku, units in lines)

    def sender(self, code: str) -> Recipient:
        """Who sends from a warehouse."""
        warehouse = next(w for w in self.warehouses if w.code == code)
        return Recipient(name=warehouse.name or warehouse.code, phone=warehouse.phone, address=warehouse.address)
