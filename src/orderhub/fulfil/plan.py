"""What the pipeline is told once: warehouses, SKU map, bundles, services, costs. Imports `logistics`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from orderhub.errors import ConfigurationError
from orderhub.fulfil.early_policy import ReservePolicy, read_reserve_policy
from orderhub.inventory.alerts import AlertRule
from orderhub.inventory.channels import ChannelRules
from orderhub.inventory.policies import AllocationPolicy
from orderhub.inventory.velocity import ReorderRule
from orderhub.logistics.policy import SelectionPolicy, read_selection
from orderhub.logistics.quality import QualityTable
from orderhub.logistics.rules import Rule, carrier_rules
from orderhub.logistics.selection import Strategy
from orderhub.logistics.services import Service
from orderhub.models import LineItem, Order, Recipient, Warehouse
from orderhub.normalise.skus import SkuMap, code_key
from orderhub.orders.aftersales_rules import AFTERSALES
from orderhub.orders.facts import CHANNEL_STOCK, NOTIFICATION, ROUTING
from orderhub.orders.gifts import GiftRule
from orderhub.rules import RuleSet, Vocabulary, read_rules

__all__ = ["FulfilPlan"]


@dataclass(frozen=True)
class FulfilPlan:
    """Data the pipeline decides by.

    Attributes:
        skus: The merchant's SKU, or a bundle, by `platform:shop_id:platform_sku_id`, or by `code:platform:shop_id:…`
            where the merchant code on the platform is not the own SKU. What stands here is believed before a line's
            own code.
        bundles: SKU -> component SKU -> units.
        services: Carrier products that may be chosen; only carriers of the hub.
        rules, strategy: See `logistics.selection.select`; the rules may be a document of the vocabulary `carrier`.
        selection: Quotas, splits and whatever else the choice of carriers follows; see docs/how-to/choose-a-carrier.md.
        quality: What was learned about carriers; filled in from what is stored.
        currency: What carriers charge in; those that charge in another are not compared.
        weights_g: Grams per unit of a SKU; `weight_default_g` for the others.
        freight: (warehouse, province) -> what a parcel costs there, for allocation; `freight_default` for the others.
        parcel_cost: What each further parcel costs beside its freight.
        distances_km: (province, warehouse) -> kilometres, where the allocation policy weighs distance.
        allocation: How warehouses are chosen; see docs/how-to/allocate.md.
        wave_windows: Windows searched to place all orders of a run together; 0 serves one order after the other.
        decrypt: Ask the platform for hidden receivers just before the waybill; they are never stored.
        decrypt_scene: Why, in the platform's words.
        platform_waybills: When the order's platform is asked for its own waybill first: `hidden` (receivers that it
            hides, and orders that say so), `always`, `never`. Hidden receivers are lent where that does not work out.
        waybill_services: Carrier products that companies of such waybills are compared by, beside `services`.
        safety_stock: SKU -> units per warehouse that channels are not shown; `*` for all others.
        shelf_days: SKU -> days that goods must still keep on the day they leave; `*` for all others. Lots that expire
            sooner are not sent.
        channels: What each shop may show; see docs/how-to/channel-stock.md.
        alerts, reorder: Thresholds, and when to buy again.
        delister: The host's hook for listings that are sold out; see `fulfil.channel_stock.Delister`.
        aftersales: Rules that answer after-sale cases; see docs/how-to/after-sales.md.
        routing: Rules that give orders to warehouses and teams: text, a document, or a set; see docs/how-to/fulfil.md.
        offers: Rules that shape what shops are shown of a SKU, after `channels`; see docs/how-to/rules.md.
        notification: Rules that choose who is told, and what is not told; see docs/how-to/rules.md.
        patience_minutes: How long a team may be silent; `escalate_to` is told then.
        gifts: What is added to orders; see `orders.gifts.GiftRule`, or its fields.
        audit_blocks: Severities of audit findings that stop an order.
        reserve: Whether paid orders hold their units from the moment they are stored.
    """

    warehouses: tuple[Warehouse, ...] = ()
    skus: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    rules: tuple[Rule, ...] = ()
    strategy: Strategy | str = "cheapest"
    selection: SelectionPolicy = field(default_factory=SelectionPolicy)
    quality: QualityTable | None = None
    currency: str = "CNY"
    weights_g: Mapping[str, int] = field(default_factory=dict)
    weight_default_g: int = 500
    freight: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    freight_default: Decimal = Decimal(10)
    parcel_cost: Decimal = Decimal(5)
    distances_km: Mapping[tuple[str, str], int] = field(default_factory=dict)
    allocation: AllocationPolicy = field(default_factory=AllocationPolicy)
    wave_windows: int = 0
    decrypt: bool = True
    decrypt_scene: str = "1001"
    platform_waybills: Literal["hidden", "always", "never"] = "hidden"
    waybill_services: tuple[Service, ...] = ()
    safety_stock: Mapping[str, int] = field(default_factory=dict)
    shelf_days: Mapping[str, int] = field(default_factory=dict)
    channels: ChannelRules = field(default_factory=ChannelRules)
    alerts: tuple[AlertRule, ...] = ()
    reorder: tuple[ReorderRule, ...] = ()
    delister: Any = None
    routing: RuleSet | None = None
    aftersales: RuleSet | None = None
    offers: RuleSet | None = None
    notification: RuleSet | None = None
    patience_minutes: int = 30
    escalate_to: str | None = None
    gifts: tuple[GiftRule, ...] = ()
    audit_blocks: frozenset[str] = frozenset({"error"})
    reserve: ReservePolicy = field(default_factory=ReservePolicy)

    @classmethod
    def of(cls, settings: Any, cards: Sequence[Any], carriers: Iterable[str], **given: Any) -> FulfilPlan:
        """From the hub's settings; services come from the rate cards of carriers that the hub has.

        Args:
            cards: Services, or bare rate cards.
        Raises:
            ConfigurationError: An unknown option, or one that cannot be.
        """
        if strange := sorted(set(given) - set(cls.__dataclass_fields__)):
            raise ConfigurationError(
                f"plan has no option {', '.join(strange)}; it has {', '.join(cls.__dataclass_fields__)}"
            )
        there = set(carriers)
        offered = tuple(card if isinstance(card, Service) else Service(card) for card in cards)
        services = tuple(service for service in offered if service.carrier in there)
        selection = read_selection(given.get("selection", settings.selection))
        base = {
            "warehouses": settings.warehouses,
            "skus": settings.skus,
            "bundles": settings.bundles,
            "services": services,
            "waybill_services": offered,
            "rules": selection.carrier_rules(),
            "strategy": selection.plan(),
            "allocation": settings.allocation,
            "safety_stock": settings.safety_stock,
            "shelf_days": settings.shelf_days,
            "channels": ChannelRules.of(settings.channels, settings.pools),
            "alerts": settings.alerts,
            "reorder": settings.reorder,
            "reserve": settings.reserve,
        }
        return cls(**_rows_read({**base, **given, "selection": selection}))

    def sku_of(self, order: Order, line: LineItem) -> str | None:
        """The merchant's SKU of a line: what the map says, or its own code; None when nobody knows."""
        return self.sku_for(f"{order.platform}:{order.shop_id}", line.platform_sku_id, line.sku)

    def sku_for(self, shop: str, platform_sku_id: str | None, code: str | None) -> str | None:
        """The merchant's SKU of whatever a shop (`platform:shop_id`) calls by this id and merchant code."""
        by_code = self.skus.get(code_key(shop, code)) if code else None
        return self.skus.get(f"{shop}:{platform_sku_id}") or by_code or code

    def mapped(self, order: Order) -> Order:
        """The order with the merchant's SKUs on its lines, as the audit should see it."""
        lines = [(line, self.sku_of(order, line)) for line in order.lines]
        if all(sku == line.sku for line, sku in lines):
            return order
        changed = tuple(line.model_copy(update={"sku": sku}) for line, sku in lines)
        return order.model_copy(update={"lines": changed})

    def extended(self, more: SkuMap) -> FulfilPlan:
        """This plan with further SKU rules; they win over what the configuration says."""
        if not len(more):
            return self
        return replace(self, skus={**self.skus, **more.skus()}, bundles={**self.bundles, **more.bundles()})

    def weight_g(self, lines: Iterable[tuple[str, int]]) -> int:
        """Grams of (SKU, units) together."""
        return sum(self.weights_g.get(sku, self.weight_default_g) * units for sku, units in lines)

    @property
    def label_services(self) -> tuple[Service, ...]:
        """What a company is compared by whose number the platform hands out: the carrier's own terms come first."""
        own = {service.carrier for service in self.services}
        return (*self.services, *(service for service in self.waybill_services if service.carrier not in own))

    def sender(self, code: str) -> Recipient:
        """Who sends from a warehouse."""
        warehouse = next(w for w in self.warehouses if w.code == code)
        return Recipient(name=warehouse.name or warehouse.code, phone=warehouse.phone, address=warehouse.address)


def _rows_read(given: dict[str, Any]) -> dict[str, Any]:
    """Rows of a configuration as the rules they stand for."""
    channels = given["channels"]
    return {
        **given,
        "channels": channels if isinstance(channels, ChannelRules) else ChannelRules.of(channels),
        "alerts": tuple(AlertRule.of(row) for row in given["alerts"]),
        "routing": _rules(given.get("routing"), ROUTING),
        "aftersales": _rules(given.get("aftersales"), AFTERSALES),
        "offers": _rules(given.get("offers"), CHANNEL_STOCK),
        "notification": _rules(given.get("notification"), NOTIFICATION),
        "rules": _carrier_rules(given["rules"]),
        "weights_g": _weights(given.get("weights_g", {}), given.get("weight_default_g", 500)),
        "gifts": tuple(GiftRule.model_validate(row) for row in given.get("gifts", ())),
        "reorder": tuple(ReorderRule.of(row) for row in given["reorder"]),
        "reserve": read_reserve_policy(given["reserve"]),
    }


def _rules(given: Any, words: Vocabulary) -> RuleSet | None:
    return given if given is None or isinstance(given, RuleSet) else read_rules(given, words)


def _carrier_rules(given: Any) -> tuple[Rule, ...]:
    return carrier_rules(given) if isinstance(given, str | Mapping) else tuple(given)


def _weights(weights: Mapping[str, int], default: int) -> Mapping[str, int]:
    """Grams by SKU, refused here rather than at the first parcel."""
    for sku, weight in (*weights.items(), ("weight_default_g", default)):
        if type(weight) is not int or weight < 0:
            told = f"weights_g: {sku} weighs {weight!r}; grams are whole numbers, not below 0"
            raise ConfigurationError(told, field="weights_g")
    return weights
