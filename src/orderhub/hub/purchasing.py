"""What a hub does about goods that were bought: order, receive in parts, put off, close, promise. Imports `fulfil`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.purchasing import change_purchase, expected_goods, order_purchase, receive_purchase
from orderhub.hub.command import command
from orderhub.inventory.promising import Promise, promises
from orderhub.inventory.purchases import closed, purchase_order, rescheduled
from orderhub.models import Outcome, StockLine
from orderhub.models.purchasing import PurchaseLine, PurchaseOrder
from orderhub.models.stock import StockSnapshot

__all__ = ["PurchasingCommands", "PurchasingOperations"]


class PurchasingOperations:
    """Commands over expected goods."""

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def order_purchase(
        self, key: str, lines: Sequence[PurchaseLine], *, supplier: str | None = None, dry_run: bool = False
    ) -> Operation[Outcome[PurchaseOrder]]:
        """Say what was ordered from a supplier, so that it is promised from its date on and not ordered twice.

        Args:
            key: The purchase order's number; the same order under it again changes nothing.
            lines: What, for which warehouse, due when.
        Raises:
            ConfigurationError: A line makes no sense, or an instant is naive.
        """
        at = yield from now()
        order = purchase_order(key, lines, supplier=supplier, ordered_at=at)
        return (yield from order_purchase(order, dry_run=dry_run))

    def receive_purchase(
        self, key: str, delivery: str, lines: Sequence[StockLine], *, reason: str | None = None, dry_run: bool = False
    ) -> Operation[Outcome[PurchaseOrder]]:
        """Receive one delivery of a purchase, whole or in part: on hand grows once, however often this is called.

        Args:
            delivery: The delivery note's number.
            lines: What was unloaded, by warehouse, lot or single unit (`lot_place`, `serial_place`).
            reason: Why more came than was ordered.
        Returns:
            `value` is the purchase. Refusals: `not_found`, `not_ordered`, `reason_missing`, `purchase_over`,
            `delivery_differs`, `invalid`.
        """
        return (yield from receive_purchase(key, delivery, lines, reason=reason, dry_run=dry_run))

    def reschedule_purchase(
        self, key: str, due_at: datetime | None, *, sku: str | None = None, warehouse: str | None = None,
        dry_run: bool = False,
    ) -> Operation[Outcome[PurchaseOrder]]:  # fmt: skip
        """Put off what has not come: all of it, one SKU or one warehouse; None where nobody knows the day."""

        def change(order: PurchaseOrder) -> PurchaseOrder:
            return rescheduled(order, due_at, sku=sku, warehouse=warehouse)

        return (yield from change_purchase(key, change, dry_run=dry_run))

    def close_purchase(self, key: str, *, reason: str, dry_run: bool = False) -> Operation[Outcome[PurchaseOrder]]:
        """Give up what has not come, with the reason; nothing of it is expected any more."""
        return (yield from change_purchase(key, lambda order: closed(order, reason), dry_run=dry_run))

    def purchases(self, *, open_only: bool = True) -> Operation[list[PurchaseOrder]]:
        """Purchases of which something is still expected, or all of them; by key."""
        return (yield from ask("purchases", "purchases", open_only=open_only))  # type: ignore[no-any-return]

    def stock_promises(self, sku: str, *, warehouses: Iterable[str] | None = None) -> Operation[list[Promise]]:
        """What may be promised of a SKU now and from every day on which something comes; reserved units are not.

        Goods that are overdue, or whose day nobody knows, promise nothing.

        Args:
            warehouses: Codes of those that sell it; all of the hub's when left out.
        """
        plan, at = (yield from self.current_plan()), (yield from now())
        snapshot: StockSnapshot = yield from ask("stock", "snapshot", [sku])
        coming = yield from expected_goods(at)
        codes = [house.code for house in plan.warehouses] if warehouses is None else list(warehouses)
        return promises(snapshot.levels, coming, sku=sku, warehouses=codes)


class PurchasingCommands:
    """The same for hubs."""

    order_purchase = command(PurchasingOperations.order_purchase)
    receive_purchase = command(PurchasingOperations.receive_purchase)
    reschedule_purchase = command(PurchasingOperations.reschedule_purchase)
    close_purchase = command(PurchasingOperations.close_purchase)
    purchases = command(PurchasingOperations.purchases)
    stock_promises = command(PurchasingOperations.stock_promises)
