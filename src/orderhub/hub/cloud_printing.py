"""What a hub knows of waybills that platforms hand out: agreements, what prints them. Imports `fulfil`, `logistics`."""

from __future__ import annotations

from collections.abc import Sequence

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.printing import print_of
from orderhub.fulfil.splitting import jobs_now
from orderhub.hub.command import command
from orderhub.logistics.cloud_print import print_tasks
from orderhub.models import Order, Outcome, PrintPayload, WaybillAccount
from orderhub.ports import OrderQuery

__all__ = ["CloudPrintingCommands", "CloudPrintingOperations"]

Payloads = Outcome[tuple[PrintPayload, ...]]


class CloudPrintingOperations:
    """Commands over platforms' own waybills. They change nothing."""

    shops: tuple[str, ...]

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def waybill_accounts(self, shops: Sequence[str] | None = None) -> Operation[list[Outcome[list[WaybillAccount]]]]:
        """Companies whose waybills the shops' platforms hand out, with the numbers left.

        Args:
            shops: `platform:shop_id`; all of the hub when left out.
        Returns:
            One outcome a shop, those whose platform hands out none left out; a platform that cannot be asked says so.
        """
        found: list[Outcome[list[WaybillAccount]]] = []
        for key in self.shops if shops is None else shops:
            if not (yield from ask(f"shop:{key}", "has", "waybill_accounts")):
                continue
            try:
                rows: list[WaybillAccount] = yield from ask(f"shop:{key}", "waybill_accounts")
                found.append(Outcome(True, key, value=rows))
            except OrderHubError as error:
                found.append(Outcome.failed(key, error))
        return found

    def print_payloads(self, keys: Sequence[str]) -> Operation[list[Payloads]]:
        """What prints the parcels of some orders that left, or will leave, under their platforms' own numbers.

        Returns:
            One outcome per order, in order; `value` holds one payload a parcel: personal data. Reasons are not_found,
            no_platform_waybill, or the platform's error.
        """
        query = OrderQuery(keys=tuple(keys))
        stored: list[Order] = (yield from ask("orders", "find_orders", query)) if keys else []
        orders, plan = {order.key: order for order in stored}, (yield from self.current_plan())
        outcomes: list[Payloads] = []
        for key in keys:
            known = key in orders
            outcomes.append((yield from _payloads(plan, orders[key])) if known else Outcome(False, key, "not_found"))
        return outcomes

    def print_tasks(
        self, keys: Sequence[str], *, printer: str = "", preview: bool = False
    ) -> Operation[list[Outcome[tuple[str, ...]]]]:
        """Messages for the platforms' print clients, ready for their local sockets, one a label.

        Args:
            printer: As the client names it; empty for its default one.
            preview: Show the labels instead.
        Returns:
            One outcome per order, in order; reasons beside those of `print_payloads` are unsupported_operation (no
            message of that platform's client is documented) and decode_error.
        """
        outcomes: list[Outcome[tuple[str, ...]]] = []
        for row in (yield from self.print_payloads(keys)):
            if row.value is None:
                outcomes.append(Outcome(False, row.key, row.reason, row.error))
                continue
            try:
                tasks = [task for one in row.value for task in print_tasks(one, printer=printer, preview=preview)]
                outcomes.append(Outcome(True, row.key, value=tuple(tasks)))
            except OrderHubError as error:
                outcomes.append(Outcome.failed(row.key, error))
        return outcomes


def _payloads(plan: FulfilPlan, order: Order) -> Operation[Payloads]:
    _, pieces = yield from jobs_now(plan, order)
    found: list[PrintPayload] = []
    for job, record in pieces:
        for row in record.parcels:
            if row.issuer is None or row.waybill_no is None:
                continue
            try:
                found.append((yield from print_of(job, row)))
            except OrderHubError as error:
                return Outcome.failed(order.key, error)
    if not found:
        return Outcome(False, order.key, "no_platform_waybill")
    return Outcome(True, order.key, value=tuple(found))


class CloudPrintingCommands:
    """The same for hubs."""

    waybill_accounts = command(CloudPrintingOperations.waybill_accounts)
    print_payloads = command(CloudPrintingOperations.print_payloads)
    print_tasks = command(CloudPrintingOperations.print_tasks)
