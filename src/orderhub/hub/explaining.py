"""Why the hub does what it does: what rules say of one order or one offer, as a tree. Imports `orders`, `fulfil`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.channel_stock.ruled import RuledView
from orderhub.fulfil.channel_stock.shown import observe
from orderhub.fulfil.jobs import shippable_lines
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.fulfil.reserving import candidates_of
from orderhub.fulfil.splitting import jobs_now
from orderhub.fulfil.waybills import need_of, parcel_of
from orderhub.hub.auditing import AuditingOperations
from orderhub.hub.command import command
from orderhub.hub.notices import decide_notice
from orderhub.logistics.rules import explain_rules
from orderhub.models import Order
from orderhub.models.stock import StockSnapshot
from orderhub.orders.routing import explain_route
from orderhub.rules import Node

__all__ = ["About", "ExplainingCommands", "ExplainingOperations"]

About = Literal["audit", "routing", "carrier", "notification"]


class ExplainingOperations(AuditingOperations):
    """Reasons; nothing is changed."""

    shops: tuple[str, ...]

    def explain(
        self, key: str, about: About, *, event: str = "order_shipped", code: str | None = None
    ) -> Operation[Node | None]:
        """What the rules of one vocabulary say of one order, and why; None where the hub has no such rules.

        Rules in shadow say what they would have done.

        Args:
            about: Which rules.
            event, code: For `notification`: the template of the message, and the code of an alert.
        Raises:
            NotFound: No such order is stored.
        """
        (order,) = yield from self._named(key)
        plan, at = (yield from self.current_plan()), (yield from now())
        seen = plan.mapped(order)
        if about == "audit":
            decision = yield from self.explain_audit(key)
            return None if decision is None else decision.why
        if about == "routing" and plan.routing is not None:
            snapshot: StockSnapshot = yield from ask("stock", "snapshot")
            return explain_route(plan.routing, seen, at, candidates=candidates_of(plan, seen, snapshot.levels))
        if about == "carrier" and plan.rules:
            return (yield from _carriers(plan, order, at))
        if about == "notification" and plan.notification is not None:
            return decide_notice(plan.notification, seen, event, code, at).why
        return None

    def explain_offer(self, shop: str, sku: str) -> Operation[Node | None]:
        """Why a shop (`platform:shop_id`) is shown what it is shown of a SKU; None where no rules shape offers."""
        view = yield from observe((yield from self.current_plan()), self.shops, [sku])
        if not isinstance(view, RuledView):
            return None
        why, shown = view.decision(shop, sku).why, view.shown(shop, sku)
        told = shown.reason if shown.quantity is None else f"{shown.quantity} units"
        return Node(f"what {shop} is shown of {sku}", shown.quantity is not None, (why,), told or "nothing")


def _carriers(plan: FulfilPlan, order: Order, at: datetime) -> Operation[Node]:
    """Parcel by parcel: those that are planned, or those that allocation would make now."""
    _, pieces = yield from jobs_now(plan, order)
    found: list[tuple[Order, ParcelRecord]] = [(job.order, row) for job, own in pieces for row in own.parcels]
    if not found:
        snapshot: StockSnapshot = yield from ask("stock", "snapshot")
        for job, _ in pieces:
            rows = {job.order.key: shippable_lines(job.order)}
            made = allot(plan, [job.order], rows, snapshot.levels, at)[job.order.key]
            found += [(job.order, row) for row in made.parcels]
    nodes = []
    for whole, row in found:
        need = need_of(plan, whole, parcel_of(plan, whole, row, whole.recipient), at.date())
        why = explain_rules(plan.rules, need).why
        nodes.append(Node(f"parcel {row.parcel_id} from {row.warehouse}", why.holds, (why,)))
    return Node(f"carriers of {order.key}", bool(nodes), tuple(nodes), "" if nodes else "nothing can be sent now")


class ExplainingCommands:
    """The same for hubs."""

    explain = command(ExplainingOperations.explain)
    explain_offer = command(ExplainingOperations.explain_offer)
