"""The hub: many shops, one order store, one stock ledger, sync and async. Imports everything below `cli`."""

from __future__ import annotations

from typing import Self, TypeVar

from orderhub.drivers.aio import AsyncWorld
from orderhub.drivers.sync import SyncWorld
from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation
from orderhub.hub.aftersales import AftersalesCommands
from orderhub.hub.analysing import AnalysingCommands
from orderhub.hub.auditing import AuditingCommands
from orderhub.hub.choosing import ChoosingCommands
from orderhub.hub.cloud_printing import CloudPrintingCommands
from orderhub.hub.command import command, streaming
from orderhub.hub.composing import HubParts, untold
from orderhub.hub.connect import carrier, carrier_async, connect, connect_async
from orderhub.hub.eventing import EventingCommands
from orderhub.hub.explaining import ExplainingCommands
from orderhub.hub.hooks import AsyncHookBox, HookBox
from orderhub.hub.lookup import LookupCommands
from orderhub.hub.normalising import NormalisingCommands
from orderhub.hub.notifying import NotifyingCommands
from orderhub.hub.operations import HubOperations
from orderhub.hub.own_channels import OwnChannelCommands
from orderhub.hub.printing import PrintingCommands
from orderhub.hub.purchasing import PurchasingCommands
from orderhub.hub.queueing import QueueingCommands
from orderhub.hub.reconciling import ReconcilingCommands
from orderhub.hub.reserving import ReservingCommands
from orderhub.hub.tracking import TrackingCommands
from orderhub.models import Order

__all__ = ["AsyncHub", "Hub"]

T = TypeVar("T")


class _HubBase(
    AftersalesCommands, AuditingCommands, NormalisingCommands, OwnChannelCommands, QueueingCommands, PurchasingCommands,
    ReservingCommands, LookupCommands, TrackingCommands, ExplainingCommands, ReconcilingCommands,
    ChoosingCommands, PrintingCommands, CloudPrintingCommands, NotifyingCommands, AnalysingCommands, EventingCommands,
    HubParts,
):  # fmt: skip
    """What both hubs are made of."""

    sync = command(HubOperations.sync)
    replay = command(HubOperations.replay)
    backfill = command(HubOperations.backfill)
    audit_gaps = command(HubOperations.audit_gaps)
    health = command(HubOperations.health)
    receive = command(HubOperations.receive)
    receive_decoded = command(HubOperations.receive_decoded)
    refetch = command(HubOperations.refetch)
    pull_messages = command(HubOperations.pull_messages)
    orders = command(HubOperations.orders)
    fulfil = command(HubOperations.fulfil)
    cancel = command(HubOperations.cancel)
    intercept = command(HubOperations.intercept)
    reopen = command(HubOperations.reopen)
    change_address = command(HubOperations.change_address)
    split = command(HubOperations.split)
    merge = command(HubOperations.merge)
    merge_candidates = command(HubOperations.merge_candidates)
    rejoin = command(HubOperations.rejoin)
    standing = command(HubOperations.standing)
    assign = command(HubOperations.assign)
    acknowledge = command(HubOperations.acknowledge)
    escalate = command(HubOperations.escalate)
    push_stock = command(HubOperations.push_stock)
    reconcile_stock = command(HubOperations.reconcile_stock)
    stock_alerts = command(HubOperations.stock_alerts)
    stock_outlook = command(HubOperations.stock_outlook)
    aftersales = command(HubOperations.aftersales)
    receive_return = command(HubOperations.receive_return)
    quarantined = command(HubOperations.quarantined)
    page = command(HubOperations.page)
    iter_orders = streaming(HubOperations.iter_orders, Order)
    count = command(HubOperations.count)
    search = command(HubOperations.search)
    refunds = command(HubOperations.refunds)
    view = command(HubOperations.view)
    timeline = command(HubOperations.timeline)
    tag = command(HubOperations.tag)
    note = command(HubOperations.note)
    save_filter = command(HubOperations.save_filter)
    filters = command(HubOperations.filters)
    drop_filter = command(HubOperations.drop_filter)
    export_person = command(HubOperations.export_person)
    erase_person = command(HubOperations.erase_person)
    purge = command(HubOperations.purge)
    reseal = command(HubOperations.reseal)


class Hub(_HubBase):
    """Many shops, one order store, one stock ledger.

    Args:
        shops: `Shop` objects or arguments of `connect`.
        warehouses: `Warehouse` objects or their fields.
        carriers: Carrier faces or arguments of `carrier`, with the carrier's code as `carrier` or `name`.
        database: `memory:`, or `sqlite:///hub.db` for orders and stock in one file.
        clock, notifier: Replacements for the machine's clock and the local sink.
        plan: See `orderhub.fulfil.plan.FulfilPlan`: strategy, costs, weights, decrypt, safety_stock.
        settings: rate_cards (paths of CSV files or workbooks), selection, skus, bundles, tenant, backfill,
            encryption_keys, keep_raw, purge_days, quotas (a URL: processes share call quotas).
        observer: Who watches the hub and the accounts that it connects, such as `orderhub.telemetry.OtelObserver`.
    """

    connect_shop = connect
    connect_carrier = carrier
    make_hooks = HookBox
    make_world = SyncWorld

    def run(self, operation: Operation[T], *, is_writing: bool = False) -> T:
        """Run an operation of the hub; hooks hear of what it wrote before this returns."""
        found: T = self.world.run(operation)
        if is_writing and self._is_telling():
            try:
                self.world.run(self._watched("deliver_events", self.ops.deliver_events()))
            except OrderHubError as error:
                untold(error)
        return found

    def close(self) -> None:
        """Release connections and files."""
        for face in (*self.shops.values(), *self.carriers.values()):
            face.close()
        self.quotas.close()
        self.stock.close()
        self.stores.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncHub(_HubBase):
    """`Hub`, awaited: the same commands over async shops and carriers. Stores and stock run in a thread pool."""

    connect_shop = connect_async
    connect_carrier = carrier_async
    make_hooks = AsyncHookBox
    make_world = AsyncWorld

    async def run(self, operation: Operation[T], *, is_writing: bool = False) -> T:
        """See `Hub.run`."""
        found: T = await self.world.run(operation)
        if is_writing and self._is_telling():
            try:
                await self.world.run(self._watched("deliver_events", self.ops.deliver_events()))
            except OrderHubError as error:
                untold(error)
        return found

    async def close(self) -> None:
        """Release connections and files."""
        for face in (*self.shops.values(), *self.carriers.values()):
            await face.close()
        self.quotas.close()
        self.stock.close()
        self.stores.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
