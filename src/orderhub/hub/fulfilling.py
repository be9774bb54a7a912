"""What a hub does to ship orders, to stop them, to send them elsewhere, in parts or together. Imports `fulfil`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.addressing import change_address
from orderhub.fulfil.aftersales import Receipt, find_case, receive_return
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.assigning import acknowledge, assign_orders, escalate_orders
from orderhub.fulfil.cancelling import cancel_order, intercept_order, reopen_order
from orderhub.fulfil.jobs import shippable_lines
from orderhub.fulfil.pipeline import Fulfilled, fulfil_orders
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.splitting import merge_orders, rejoin_order, split
from orderhub.fulfil.standing import Standing, standing_of
from orderhub.hub.desk import told
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Order, Outcome, Recipient
from orderhub.models.stock import StockSnapshot
from orderhub.orders.inspection import Inspected
from orderhub.orders.merge import merge_candidates
from orderhub.orders.routing import Assignment
from orderhub.orders.split import Group, SplitRule, groups_by
from orderhub.ports import Event

__all__ = ["FulfillingOperations", "note_routes"]

By = Literal["kind", "shop", "warehouse", "stock", "weight"]


class FulfillingOperations:
    """Commands over the fulfilment of orders. Each that is refused tells the state, what is allowed instead, and
    leaves everything as it was; with `dry_run` nothing is done and the outcome tells what would be."""

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def _waiting(self, keys: Sequence[str] | None) -> Operation[list[Order]]:
        raise NotImplementedError

    def fulfil(
        self,
        keys: Sequence[str] | None = None,
        *,
        serial_numbers: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
        dry_run: bool = False,
    ) -> Operation[list[Outcome[Fulfilled]]]:
        """Audit, allocate, reserve, choose carriers, get waybills, confirm shipment, commit stock, notify.

        Every step is idempotent by key: interrupt it anywhere and call it again.

        Args:
            keys: Order keys, all that wait for shipment when left out.
            serial_numbers: Order key -> (line_id, serial number) pairs; orders whose platform asks for them wait
                until they are given.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One outcome per order, in order; reasons of those that did not ship are words like `on_hold`,
            `insufficient_stock`, `no_carrier`, `waybill_kept`, or the error's name.
        """
        if dry_run:
            return (yield from rehearse(self.fulfil(keys=keys, serial_numbers=serial_numbers)))
        orders = yield from self._waiting(keys)
        outcomes = yield from fulfil_orders((yield from self.current_plan()), orders, serial_numbers)
        yield from ask("marks", "put_events", told(outcomes))
        return outcomes

    def cancel(
        self, key: str, *, reason: str = "", lost_waybill: bool = False, rest: bool = False, dry_run: bool = False,
        who: str = "hub",
    ) -> Operation[Outcome[str]]:  # fmt: skip
        """Never ship this order: waybills void, stock free; an unpaid one is closed on its platform where that can.

        A split order is stopped in all its parts; a merged one leaves its group, which goes on without it.

        Args:
            reason: Told to the platform when an unpaid order is closed there.
            lost_waybill: Put up with a waybill that its carrier does not void.
            rest: Of a split order that has left in part, stop the other parts.
            who: Whom the timeline names.
        Returns:
            `value` is the state it ends in. Refused once the platform is being told: then `intercept`.
        Raises:
            NotFound: No such order is stored.
        """
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        outcome = yield from cancel_order(
            plan, order, reason=reason, dry_run=dry_run, lost_waybill=lost_waybill, rest=rest
        )
        return (yield from _noted(outcome, "cancelled", who, dry_run))

    def intercept(self, key: str, *, dry_run: bool = False, who: str = "hub") -> Operation[Outcome[str]]:
        """Stop the parcels of a shipped order before a courier takes them: waybills void, units back in stock."""
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        return (
            yield from _noted((yield from intercept_order(plan, order, dry_run=dry_run)), "intercepted", who, dry_run)
        )

    def reopen(self, key: str, *, dry_run: bool = False, who: str = "hub") -> Operation[Outcome[str]]:
        """Take a cancellation back: `fulfil` may ship the order, or the parts of it that were stopped, again."""
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        return (yield from _noted((yield from reopen_order(plan, order, dry_run=dry_run)), "reopened", who, dry_run))

    def change_address(
        self, key: str, recipient: Recipient, *, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[str]]:
        """Send an order that has not left to another receiver: audited, waybill void, platform told, routed again.

        Returns:
            `value` is the state: `reserved` on its new route, or `dropped`; `fulfil` goes on from either.
        """
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        outcome = yield from change_address(plan, order, recipient, dry_run=dry_run)
        return (yield from _noted(outcome, "address_changed", who, dry_run))

    def split(
        self, key: str, parts: Sequence[Group] | None = None, *, by: By | None = None,
        of: Mapping[str, str] | None = None, weight_max_g: int = 20_000, dry_run: bool = False,
        who: str = "hub",
    ) -> Operation[Outcome[int]]:  # fmt: skip
        """Send an order in parts; `fulfil` then carries each part for itself.

        Args:
            parts: (line_id, units) of each part; together exactly what is still to be sent.
            by: Instead: goods `kind`, `shop` or `warehouse` by the words of `of`; `stock` (what is there, and the
                rest); `weight`. By `warehouse` without `of` it is split as allocation would send it.
            of: SKU -> word.
            weight_max_g: Of a part, in grams.
        Returns:
            `value` is the number of parts.
        """
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        groups = parts if parts is not None else (yield from _groups(plan, order, by, of or {}, weight_max_g))
        return (yield from _noted((yield from split(order, groups, dry_run=dry_run)), "split", who, dry_run))

    def merge(
        self, keys: Sequence[str], *, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[tuple[str, ...]]]:
        """Send orders of one receiver together; each platform is told of its own order, with the common waybill."""
        orders: list[Order] = []
        for key in dict.fromkeys(keys):
            orders.append((yield from ask("orders", "get_order", key)))
        outcome = yield from merge_orders(orders, dry_run=dry_run)
        for key in keys if outcome.ok and not dry_run else ():
            yield from ask("marks", "put_events", [Event(key, "merged", who, {"orders": str(len(orders))})])
        return outcome

    def merge_candidates(self) -> Operation[list[tuple[str, ...]]]:
        """Keys of waiting orders that may go together."""
        return merge_candidates((yield from self._waiting(None)))

    def rejoin(self, key: str, *, dry_run: bool = False, who: str = "hub") -> Operation[Outcome[str]]:
        """Take a split or a merge back, as long as no platform was told of a part."""
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        return (yield from _noted((yield from rejoin_order(plan, order, dry_run=dry_run)), "rejoined", who, dry_run))

    def standing(self, key: str) -> Operation[Standing]:
        """Where an order stands: its state, what may be done and why the rest is refused, its parcels."""
        order: Order = yield from ask("orders", "get_order", key)
        return (yield from standing_of((yield from self.current_plan()), order))

    def assign(
        self, keys: Sequence[str] | None = None, *, dry_run: bool = False
    ) -> Operation[list[Outcome[Assignment]]]:
        """Give waiting orders to the warehouses and teams that the plan's `routing` names; each is told once."""
        orders = yield from self._waiting(keys)
        outcomes = yield from assign_orders((yield from self.current_plan()), orders, dry_run=dry_run)
        yield from note_routes(outcomes)
        return outcomes

    def acknowledge(self, key: str, *, who: str, dry_run: bool = False) -> Operation[Outcome[Assignment]]:
        """Say that somebody has taken an order on; the first one counts."""
        return (yield from _noted((yield from acknowledge(key, who, dry_run=dry_run)), "acknowledged", who, dry_run))

    def escalate(
        self, keys: Sequence[str] | None = None, *, dry_run: bool = False
    ) -> Operation[list[Outcome[Assignment]]]:
        """Tell `escalate_to` about assigned orders that nobody has taken on in time; one outcome per such order.

        Orders that are named have an outcome in any case.
        """
        orders = yield from self._waiting(keys)
        keys_there, plan = [order.key for order in orders], (yield from self.current_plan())
        return (yield from escalate_orders(plan, keys_there, dry_run=dry_run, named=keys is not None))

    def receive_return(
        self,
        refund_key: str,
        inspection: Sequence[Inspected],
        *,
        warehouse: str,
        dry_run: bool = False,
        who: str = "hub",
    ) -> Operation[Outcome[Receipt]]:
        """Goods of an after-sale case came back and were inspected: sellable units may be sold again, defective ones
        never, missing ones are noted. Each unit is restocked once, however often this is called.

        Args:
            refund_key: `platform:shop_id:refund_id`, the key of the case.
            inspection: What was found, by line; all of the case in one call.
            warehouse: Where the goods are now; one of the hub's.
        Returns:
            `value` is the receipt with the stage that follows. Reasons of refusals are those of the table in
            docs/explanation/after-sales.md, of `orders.inspection`, and `already_received`, `already_back`,
            `unknown_warehouse`.
        Raises:
            NotFound: No such case, or no order of it, is stored.
        """
        case = yield from find_case(refund_key)
        order: Order = yield from ask("orders", "get_order", f"{case.platform}:{case.shop_id}:{case.order_id}")
        plan = yield from self.current_plan()
        outcome = yield from receive_return(plan, order, case, inspection, warehouse=warehouse, dry_run=dry_run)
        if not dry_run and outcome.reason != "already_done":
            told = outcome.value.told() if outcome.value and outcome.ok else {"reason": outcome.reason or "unknown"}
            extra = {"case": case.refund_id} if outcome.ok else {"case": case.refund_id, "command": "receive_return"}
            what = "return_received" if outcome.ok else "refused"
            yield from ask("marks", "put_events", [Event(order.key, what, who, {**told, **extra})])
        return outcome


def note_routes(outcomes: Sequence[Outcome[Assignment]]) -> Operation[None]:
    """New assignments in the timelines of their orders, with what rules in shadow would have done."""
    events = []
    for outcome in outcomes:
        if outcome.ok and outcome.reason is None and (made := outcome.value) is not None:
            would = {"would": made.would} if made.would else {}
            events.append(
                Event(outcome.key, "routed", detail={"to": made.to, "kind": made.kind, "rule": made.rule, **would})
            )
    if events:
        yield from ask("marks", "put_events", events)


def _noted(outcome: Outcome[Any], what: str, who: str, dry_run: bool) -> Operation[Outcome[Any]]:
    """The outcome, told in the order's timeline; dry runs and what was done already are not."""
    if not dry_run and outcome.reason not in ("dry_run", "already_done"):
        detail = {} if outcome.ok else {"reason": outcome.reason or "unknown", "command": what}
        yield from ask("marks", "put_events", [Event(outcome.key, what if outcome.ok else "refused", who, detail)])
    return outcome


def _groups(
    plan: FulfilPlan, order: Order, by: By | None, of: Mapping[str, str], weight_max_g: int
) -> Operation[Sequence[Group]]:
    """The parts as a rule has them, over the merchant's own SKUs."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    if by in (None, "warehouse") and not of:
        present = yield from now()
        rows = {order.key: shippable_lines(plan.mapped(order))}
        found = allot(plan, [order], rows, snapshot.levels, present)[order.key]
        return [parcel.lines for parcel in found.parcels if parcel.lines]
    there: dict[str, int] = {}
    for level in snapshot.levels:
        there[level.sku] = there.get(level.sku, 0) + level.available
    bundles = {
        sku: min(there.get(part, 0) // units for part, units in parts.items()) for sku, parts in plan.bundles.items()
    }
    rule = SplitRule(
        by=by or "warehouse", of=dict(of), stock={**there, **bundles}, weights_g=dict(plan.weights_g),
        weight_default_g=plan.weight_default_g, weight_max_g=weight_max_g,
    )  # fmt: skip
    return groups_by(plan.mapped(order), rule)
