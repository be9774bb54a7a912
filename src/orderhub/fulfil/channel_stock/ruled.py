"""What shops see once the merchant's own rules have spoken: a view over the ledger's. Imports `orders`, `inventory`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from orderhub.inventory.channels import ChannelView, Shown
from orderhub.orders.offer_rules import decide_offer, offered
from orderhub.rules import Decision, RuleSet

__all__ = ["RuledView"]


class RuledView(ChannelView):
    """`ChannelView`, with the rules of the vocabulary `channel_stock` after its policies.

    Args:
        offers: The rules.
        on: The day, UTC; rules that ask for it do not apply where it is not known.
        sold_per_day: Units sold a day by SKU, where rules ask for them.
    """

    def __init__(
        self, *given: Any, offers: RuleSet, on: date | None = None, sold_per_day: Mapping[str, Decimal] | None = None,
        **named: Any,
    ) -> None:  # fmt: skip
        super().__init__(*given, **named)
        self._offers, self._on, self._sold = offers, on, sold_per_day or {}

    def shown(self, shop: str, sku: str) -> Shown:
        """What `shop` is shown of `sku`; what may not be pushed stays so."""
        plain = super().shown(shop, sku)
        if plain.quantity is None:
            return plain
        return replace(plain, quantity=offered(self.decision(shop, sku, plain.quantity), plain.quantity))

    def decision(self, shop: str, sku: str, units: int | None = None) -> Decision:
        """What the rules say, and why."""
        there = super().shown(shop, sku).quantity or 0 if units is None else units
        return decide_offer(
            self._offers, shop=shop, sku=sku, available=there, on=self._on, sold_per_day=self._sold.get(sku)
        )
