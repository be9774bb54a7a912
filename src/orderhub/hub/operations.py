"""What a hub does, as operations over ports: shops, carriers, stores, stock. Imports `collect`, `fulfil`, `orders`.

Each shop is the port `shop:<platform>:<shop_id>`, each carrier `carrier:<code>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from orderhub.collect.report import SyncReport
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.aftersales import AftersalesOperations
from orderhub.hub.analysing import AnalysingOperations
from orderhub.hub.choosing import ChoosingOperations
from orderhub.hub.cloud_printing import CloudPrintingOperations
from orderhub.hub.collecting import CollectingOperations
from orderhub.hub.desk import DeskOperations
from orderhub.hub.eventing import EventingOperations
from orderhub.hub.explaining import ExplainingOperations
from orderhub.hub.lookup import LookupOperations
from orderhub.hub.notifying import NotifyingOperations
from orderhub.hub.own_channels import OwnChannelOperations
from orderhub.hub.printing import PrintingOperations
from orderhub.hub.purchasing import PurchasingOperations
from orderhub.hub.queueing import QueueingOperations
from orderhub.hub.reconciling import ReconcilingOperations
from orderhub.hub.reserving import ReservingOperations
from orderhub.hub.stocking import StockingOperations
from orderhub.models import Order, OrderStatus, Refund
from orderhub.ports import OrderQuery

__all__ = ["HubOperations"]

SHIPPABLE = (OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)


class HubOperations(
    CollectingOperations, DeskOperations, OwnChannelOperations, QueueingOperations, StockingOperations,
    PurchasingOperations, ReservingOperations, LookupOperations, AftersalesOperations, ExplainingOperations,
    ReconcilingOperations, ChoosingOperations, PrintingOperations,
    CloudPrintingOperations, NotifyingOperations, AnalysingOperations, EventingOperations,
):  # fmt: skip
    """Every command of a hub."""

    def __init__(self, shops: Sequence[str], plan: FulfilPlan, backfill: timedelta) -> None:
        self.shops, self.plan, self.backfill_for = tuple(shops), plan, backfill

    def orders(
        self,
        *,
        keys: Sequence[str] = (),
        platform: str | None = None,
        shop_id: str | None = None,
        status: str | Sequence[str] = (),
        hold: str | None = None,
        label: str | None = None,
        updated_from: datetime | None = None,
        updated_to: datetime | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        waybill_no: str | None = None,
        limit: int | None = None,
        tag: str | None = None,
        sku: str | None = None,
        buyer: str | None = None,
        name: str | None = None,
        phone: str | None = None,
        phone_tail: str | None = None,
        text: str | None = None,
        sort: Literal["updated", "created", "ship_by"] = "updated",
        descending: bool = False,
    ) -> Operation[list[Order]]:
        """Stored orders that meet every given condition, oldest update first; instants aware. See `OrderQuery`."""
        words = (status,) if isinstance(status, str) else tuple(status)
        query = OrderQuery(
            tuple(keys), platform, shop_id, words, hold, label, updated_from, updated_to, created_from, created_to,
            waybill_no, limit, None, tag, sku, buyer, name, phone, phone_tail, text, sort, descending,
        )  # fmt: skip
        return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]

    def _arrived(self, reports: Sequence[SyncReport]) -> Operation[None]:
        yield from self.reserve_arrived(reports)
        yield from self.tell_arrived(reports)

    def aftersales(self) -> Operation[list[Refund]]:
        """After-sale cases that wait for somebody: requested or in progress, oldest update first."""
        found: list[Refund] = yield from ask("orders", "find_refunds")
        return [refund for refund in found if refund.status.value in ("requested", "in_progress")]

    def quarantined(self) -> Operation[list[Any]]:
        """Documents that could not become orders, with their reasons."""
        return (yield from ask("quarantine", "quarantined"))  # type: ignore[no-any-return]

    def _waiting(self, keys: Sequence[str] | None) -> Operation[list[Order]]:
        query = OrderQuery(keys=tuple(keys)) if keys is not None else OrderQuery(status=SHIPPABLE)
        if keys is not None and not keys:
            return []
        return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]
