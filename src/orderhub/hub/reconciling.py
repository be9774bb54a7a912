"""What a hub does to find out whether everything agrees. Imports `fulfil`, `orders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.reconciling import Reconciled, reconcile_orders
from orderhub.hub.command import command
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Finding, Order
from orderhub.orders.settlement import Reconciliation
from orderhub.orders.settlement import reconcile as settled
from orderhub.orders.settlement_bill import BillMapping
from orderhub.orders.settlement_files import read_bill_file
from orderhub.ports import Event, OrderQuery

__all__ = ["ReconcilingCommands", "ReconcilingOperations"]


class ReconcilingOperations:
    """Comparing orders, reservations, shipments and platforms."""

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def reconcile(
        self, keys: Sequence[str] | None = None, *, heal: bool = False, platforms: bool = True, dry_run: bool = False
    ) -> Operation[Reconciled]:
        """Compare orders, their records, stock reservations and platforms with each other; list what differs.

        Args:
            keys: Only these orders; all open ones, those of the last week, and those that hold stock when left out.
            heal: Set right what is certain; the rest is for people.
            platforms: Ask the platforms too, one call an order.
            dry_run: With `heal`: tell what would be set right, change nothing.
        Returns:
            Differences by kind, see `orderhub.fulfil.reconciling.DIFFERENCES`.
        """
        if dry_run:
            return (yield from rehearse(self.reconcile(keys, heal=heal, platforms=platforms)))
        plan = yield from self.current_plan()
        found = yield from reconcile_orders(plan, keys, heal=heal, platforms=platforms)
        healed = [one for one in found.differences if one.healed]
        if healed:
            events = [Event(one.key, "healed", detail={"difference": one.kind, "detail": one.detail}) for one in healed]
            yield from ask("marks", "put_events", events)
        return found

    def settle(
        self, bill: bytes, mapping: BillMapping | Mapping[str, Any], *, platform: str, shop_id: str,
        sheet: str | None = None, net_of_refunds: bool = False,
    ) -> Operation[tuple[Reconciliation, tuple[Finding, ...]]]:  # fmt: skip
        """Compare a platform's bill with the stored orders of one shop, line by line.

        Args:
            bill: The file as it came: CSV, JSON or a workbook.
            mapping: Which columns hold what; see docs/how-to/after-sales.md.
            sheet: Of a workbook; the first that fits when left out.
            net_of_refunds: The bill's sales are already less what was refunded.
        Returns:
            What differs, and rows that could not be read.
        Raises:
            DecodeError: The file is no such bill.
            ConfigurationError: The mapping is wrong.
        """
        how = mapping if isinstance(mapping, BillMapping) else BillMapping.of(mapping)
        read = read_bill_file(bill, how, sheet=sheet)
        orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(platform=platform, shop_id=shop_id))
        return settled(orders, read.entries, net_of_refunds=net_of_refunds), read.findings


class ReconcilingCommands:
    """The same for hubs."""

    reconcile = command(ReconcilingOperations.reconcile)
    settle = command(ReconcilingOperations.settle)
