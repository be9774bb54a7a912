"""Splitting, merging, rejoining orders before anything is held for them, and the jobs that follow. Imports this room.

The decision stands in the order's own record; parts and groups have records of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orderhub.errors import OrderHubError, StaleVersion, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_record, save_record
from orderhub.fulfil.states import GUARDS, OPEN, refusal
from orderhub.fulfil.undoing import undo
from orderhub.models import Order, Outcome, PrivacyKind
from orderhub.orders.gifts import GIFT, gifts_for, with_gifts
from orderhub.orders.merge import merge_refusal, merged
from orderhub.orders.split import Group, split_order, split_refusal

__all__ = ["group_key", "jobs_of", "merge_orders", "rejoin_order", "split"]

_FREE = frozenset({"new", "dropped"})


def group_key(keys: Sequence[str]) -> str:
    """The key of the job of merged orders."""
    return f"{keys[0]}+{'+'.join(key.rpartition(':')[2] for key in keys[1:])}"


def jobs_of(plan: FulfilPlan, order: Order, record: Record, stored: Mapping[str, Order]) -> list[Job]:
    """The jobs that carry an order, with its gifts; none when a group lacks a member that is not stored."""
    if record.state == "split":
        parts = split_order(_open_again(order, record), record.parts)[: len(record.parts)]
        packed = _gifts_with_parents(plan, order, [part.order for part in parts])
        pairs = enumerate(zip(packed, parts, strict=True), 1)
        return [Job(f"{order.key}#{at}", pack, (part.order,)) for at, (pack, part) in pairs]
    if record.state == "merged":
        members = tuple(stored[key] for key in record.group if key in stored)
        packed = [with_gifts(plan.mapped(member), plan.gifts) for member in members]
        return [Job(group_key(record.group), merged(packed), members)] if len(members) == len(record.group) else []
    return [Job(order.key, with_gifts(plan.mapped(order), plan.gifts), (order,))]


def _gifts_with_parents(plan: FulfilPlan, order: Order, parts: Sequence[Order]) -> list[Order]:
    """The parts with what the whole order earns, each gift beside the goods that earn it."""
    skus = {f"{GIFT}{rule.name}": set(rule.skus) for rule in plan.gifts}
    packed = [plan.mapped(part) for part in parts]
    for gift in gifts_for(plan.mapped(order), plan.gifts):
        home = [at for at, part in enumerate(packed) if {line.sku for line in part.lines} & skus[gift.line_id]]
        at = home[0] if home else 0
        packed[at] = packed[at].model_copy(update={"lines": (*packed[at].lines, gift)})
    return packed


def _open_again(order: Order, record: Record) -> Order:
    """The order with every unit of its parts open, also those that have left since: their own records know."""
    units: dict[str, int] = {}
    for part in record.parts:
        for line_id, count in part:
            units[line_id] = units.get(line_id, 0) + count
    lines = []
    for line in order.lines:
        if count := units.get(line.line_id, 0):
            gone = max(0, line.quantity - count)
            change = {"shipped_quantity": gone or None, "refunded_quantity": None, "status": "awaiting_shipment"}
            line = line.model_validate({**dict(line), **change, "aftersale_status": "none"})
        lines.append(line)
    return order.model_copy(update={"lines": tuple(lines)})


def split(order: Order, groups: Sequence[Group], *, dry_run: bool = False) -> Operation[Outcome[int]]:
    """Send an order in parts; `value` is how many. Nothing may be held for it yet."""
    record = yield from load_record(order.key)
    if GUARDS[record.state, "split"]:
        return refusal(order.key, record.state, "split")
    because = None if order.is_shippable else "not_shippable"
    if because := because or split_refusal(order, groups):
        return refusal(order.key, record.state, "split", because)
    if not dry_run:
        parts = tuple(tuple(group) for group in groups)
        try:
            yield from save_record(replace(record, parts=parts), "split", ())
        except StaleVersion:
            return refusal(order.key, record.state, "split", "try_again")
    return Outcome(True, order.key, "dry_run" if dry_run else None, value=len(groups))


def merge_orders(orders: Sequence[Order], *, dry_run: bool = False) -> Operation[Outcome[tuple[str, ...]]]:
    """Send several orders to one receiver in one go; `value` are their keys. Each platform is told of its own order."""
    keys = tuple(order.key for order in orders)
    key = keys[0] if keys else ""
    because = merge_refusal(orders) if orders else "too_few"
    if because == "different_receiver" and (yield from _platform_says_one(orders)):
        because = merge_refusal(orders, together=True)
    records = []
    for each in keys:
        records.append((yield from load_record(each)))
    barred = next((record for record in records if GUARDS[record.state, "merge"]), None)
    if barred is not None:
        return refusal(barred.order_key, barred.state, "merge")
    if because:
        return refusal(key, records[0].state if records else "new", "merge", because)
    if not dry_run:
        for record in records:
            try:
                yield from save_record(replace(record, group=keys), "merged", ())
            except StaleVersion:
                return (yield from _unmerged(keys, record))
    return Outcome(True, key, "dry_run" if dry_run else None, value=keys)


def _unmerged(keys: Sequence[str], lost: Record) -> Operation[Outcome[tuple[str, ...]]]:
    """Somebody else took one of the orders: those that were written go back."""
    for key in keys:
        latest = yield from load_record(key)
        if latest.state == "merged" and latest.group == tuple(keys):
            yield from save_record(replace(latest, group=()), "dropped", ())
    return refusal(lost.order_key, lost.state, "merge", "try_again")


def _platform_says_one(orders: Sequence[Order]) -> Operation[bool]:
    """Whether hidden receivers of one shop are one person, as the shop's platform tells."""
    shops = {f"shop:{order.platform}:{order.shop_id}" for order in orders}
    hidden = [order for order in orders if order.recipient.privacy.kind is not PrivacyKind.CLEAR]
    told = [(order.order_id, order.recipient.privacy.token) for order in hidden if order.recipient.privacy.token]
    if len(shops) > 1 or len(told) < len(orders):
        return False
    try:
        groups: list[tuple[str, ...]] = yield from ask(shops.pop(), "merge_groups", told)
    except (UnsupportedOperation, OrderHubError):
        return False
    return any({order_id for order_id, _ in told} <= set(group) for group in groups)


def rejoin_order(
    plan: FulfilPlan, order: Order, stored: Mapping[str, Order], *, dry_run: bool = False
) -> Operation[Outcome[str]]:
    """Take a split or a merge back: waybills void, stock free. Refused once anything was told to a platform."""
    record = yield from load_record(order.key)
    if GUARDS[record.state, "rejoin"]:
        return refusal(order.key, record.state, "rejoin")
    jobs = []
    for job in jobs_of(plan, order, record, stored):
        jobs.append((job, (yield from load_record(job.key))))
    for _, own in jobs:
        if own.state not in _FREE | OPEN | {"dropping"}:
            return refusal(order.key, record.state, "rejoin", GUARDS[own.state, "split"] or own.state)
    if dry_run:
        return Outcome(True, order.key, "dry_run", value="dropped")
    for job, own in jobs:
        _, kept = yield from undo(plan, job, own, "dropped")
        if kept is not None:
            return Outcome(False, order.key, kept.reason, kept.error, record.state)
    for key in record.group or (order.key,):
        latest = yield from load_record(key)
        yield from save_record(replace(latest, group=(), parts=()), "dropped", ())
    return Outcome(True, order.key, value="dropped")
