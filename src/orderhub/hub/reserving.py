"""What a hub does about stock that paid orders hold as soon as they are stored. Imports `fulfil`."""

from __future__ import annotations

from collections.abc import Sequence

from orderhub.collect.report import SyncReport
from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.early import Holding, hold_orders, short_findings
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.waiting_list import load_parked
from orderhub.hub.command import command
from orderhub.inventory.parking import Parked
from orderhub.models import Finding, Order, OrderStatus, Severity
from orderhub.ports import OrderQuery

__all__ = ["ReservingCommands", "ReservingOperations"]

_WAITING = (OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)


class ReservingOperations:
    """Commands over early holds and the waiting list."""

    plan: FulfilPlan

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def reserve_orders(self, keys: Sequence[str] | None = None, *, dry_run: bool = False) -> Operation[list[Holding]]:
        """Hold stock for paid orders that wait, the longest paid first; `sync` does it by itself where the plan's
        `reserve` is on. Also lets the holds of orders go that were closed meanwhile.

        Safe to repeat and to run in several processes: an order holds its units once, and `fulfil` takes them over.

        Args:
            keys: Order keys, all that wait when left out.
        Returns:
            One outcome per order, the longest paid first; see `fulfil.early.hold_orders`. Orders that could not be
            served are on the list of `parked`.
        """
        plan = yield from self.current_plan()
        found = yield from _waiting(keys)
        return (yield from hold_orders(plan, found, dry_run=dry_run))

    def parked(self) -> Operation[list[Parked]]:
        """Orders that no warehouse could serve when they were last allocated: why, since when; the longest wait first.

        The rest of an order that was closed since is left out.
        """
        rows = yield from load_parked()
        keys = tuple(row.order_key for row in rows)
        query = OrderQuery(keys=keys, status=_WAITING)
        found: list[Order] = (yield from ask("orders", "find_orders", query)) if keys else []
        there = {order.key for order in found}
        return [row for row in rows if row.order_key in there]

    def reserve_arrived(self, reports: Sequence[SyncReport]) -> Operation[None]:
        """After orders were stored: hold stock where the plan says so. What is short is a finding of its shop's report.

        What fails here fails nothing: the orders are stored, and the next run holds what this one did not.
        """
        if not self.plan.reserve.on_arrival or not any(report.resource == "orders" for report in reports):
            return
        told: list[Finding] = []
        try:
            plan = yield from self.current_plan()
            found = yield from _waiting(None)
            outcomes = yield from hold_orders(plan, found)
            told = short_findings(found, outcomes, (yield from load_parked()))
        except OrderHubError as error:
            message = f"no stock is held for what came: {type(error).__name__}; the next run tries again"
            told = [
                Finding(code="reserve_failed", severity=Severity.ERROR, message=message, platform=platform)
                for platform in sorted({report.shop_key.partition(":")[0] for report in reports})
            ]
        _tell(reports, told)


def _waiting(keys: Sequence[str] | None) -> Operation[list[Order]]:
    if keys is not None and not keys:
        return []
    query = OrderQuery(keys=tuple(keys or ()), status=_WAITING)
    return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]


def _tell(reports: Sequence[SyncReport], findings: Sequence[Finding]) -> None:
    """Each finding in the first report of its platform."""
    first = {report.shop_key.partition(":")[0]: report for report in reversed(reports) if report.resource == "orders"}
    for finding in findings:
        if (report := first.get(finding.platform or "")) is not None:
            report.findings.append(finding)


class ReservingCommands:
    """The same for hubs."""

    reserve_orders = command(ReservingOperations.reserve_orders)
    parked = command(ReservingOperations.parked)
