"""Splitting, merging, rejoining orders before anything is held for them, and the jobs that follow. Imports this room.

The decision stands in the order's own record; parts and groups have records of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from orderhub.errors import OrderHubError, StaleVersion, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_record, save_record
from orderhub.fulfil.states import GUARDS, WITHDRAWABLE, refusal
from orderhub.fulfil.undoing import undo
from orderhub.models import Order, Outcome, PrivacyKind
from orderhub.orders.gifts import GIFT, gifts_for, with_gifts
from orderhub.orders.merge import merge_refusal, merged
from orderhub.orders.split import Group, split_order, split_refusal
from orderhub.ports import OrderQuery

__all__ = [
    "group_key", "is_torn", "job_keys", "jobs_now", "jobs_of", "leave_group", "load_all", "merge_orders",
    "rejoin_order", "split",
]  # fmt: skip

_TURN = "~"


def group_key(keys: Sequence[str], turn: int = 0) -> str:
    """The key of the job of merged orders."""
    return f"{keys[0]}+{'+'.join(key.rpartition(':')[2] for key in keys[1:])}{_turned(turn)}"


def _turned(turn: int) -> str:
    return f"{_TURN}{turn}" if turn > 1 else ""


def job_keys(record: Record) -> list[str]:
    """Keys of the jobs that carry an order: its own, those of its parts, or that of its group."""
    if record.parts:
        return [f"{record.order_key}#{at}{_turned(record.turn)}" for at in range(1, len(record.parts) + 1)]
    return [group_key(record.group, record.turn)] if record.group else [record.order_key]


def jobs_of(plan: FulfilPlan, order: Order, record: Record, stored: Mapping[str, Order]) -> list[Job]:
    """The jobs that carry an order, with its gifts; none when a group lacks a member that is not stored."""
    if record.parts:
        parts = split_order(_open_again(order, record), record.parts)[: len(record.parts)]
        packed = _gifts_with_parents(plan, order, [part.order for part in parts])
        keys = job_keys(record)
        return [Job(key, pack, (part.order,)) for key, pack, part in zip(keys, packed, parts, strict=True)]
    if record.group:
        members = tuple(stored[key] for key in record.group if key in stored)
        packed = [with_gifts(plan.mapped(member), plan.gifts) for member in members]
        (key,) = job_keys(record)
        return [Job(key, merged(packed), members)] if len(members) == len(record.group) else []
    return [Job(order.key, with_gifts(plan.mapped(order), plan.gifts), (order,))]


def is_torn(record: Record, records: Mapping[str, Record]) -> bool:
    """Whether a group is not whole: a merge or a leaving that died half way. It is not shipped until that is mended."""
    wanted = (record.group, record.turn)
    return any(
        (records[key].group, records[key].turn) != wanted or records[key].state != "merged" for key in record.group
    )


def load_all(keys: Iterable[str]) -> Operation[dict[str, Record]]:
    """The records of orders, of those that go with them, and of the jobs that carry them."""
    found: dict[str, Record] = {}
    for key in keys:
        if key not in found:
            found[key] = yield from load_record(key)
    for record in list(found.values()):
        for key in (*record.group, *job_keys(record)):
            if key not in found:
                found[key] = yield from load_record(key)
    return found


def jobs_now(plan: FulfilPlan, order: Order) -> Operation[tuple[Record, list[tuple[Job, Record]]]]:
    """An order's record, and the jobs that carry it with theirs; orders are read after their records."""
    records = yield from load_all([order.key])
    record = records[order.key]
    stored = {order.key: order}
    if record.group:
        found: list[Order] = yield from ask("orders", "find_orders", OrderQuery(keys=record.group))
        stored |= {each.key: each for each in found}
    return record, [(job, records[job.key]) for job in jobs_of(plan, stored[order.key], record, stored)]


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
            yield from save_record(replace(record, parts=parts, turn=record.turn + 1), "split", ())
        except StaleVersion:
            return refusal(order.key, record.state, "split", "try_again")
    return Outcome(True, order.key, "dry_run" if dry_run else None, value=len(groups))


def merge_orders(orders: Sequence[Order], *, dry_run: bool = False) -> Operation[Outcome[tuple[str, ...]]]:
    """Send several orders to one receiver in one go; `value` are their keys. Each platform is told of its own order.

    A merge that died half way goes on when it is asked again; until then none of its orders is shipped.
    """
    keys = tuple(order.key for order in orders)
    records = []
    for each in keys:
        records.append((yield from load_record(each)))
    begun = {record.turn for record in records if record.group == keys and record.state == "merged"}
    todo = [record for record in records if record.group != keys or record.state != "merged"]
    if not todo and len(begun) == 1:
        return Outcome(True, keys[0], "already_done", value=keys)
    if (refused := (yield from _unmergeable(orders, records, todo))) is not None:
        return refused
    turn = begun.pop() if len(begun) == 1 else 1 + max(record.turn for record in records)
    for record in todo if not dry_run else ():
        try:
            yield from save_record(replace(record, group=keys, turn=turn), "merged", ())
        except StaleVersion:
            return (yield from _unmerged(keys, turn, record))
    return Outcome(True, keys[0], "dry_run" if dry_run else None, value=keys)


def _unmergeable(
    orders: Sequence[Order], records: Sequence[Record], todo: Sequence[Record]
) -> Operation[Outcome[tuple[str, ...]] | None]:
    because = merge_refusal(orders) if orders else "too_few"
    if because == "different_receiver" and (yield from _platform_says_one(orders)):
        because = merge_refusal(orders, together=True)
    barred = next((record for record in todo if record.group or GUARDS[record.state, "merge"]), None)
    if barred is not None:
        why = GUARDS[barred.state, "merge"] or "is_merged"
        return refusal(barred.order_key, barred.state, "merge", why)
    if because:
        first = records[0] if records else Record("")
        return refusal(first.order_key, first.state, "merge", because)
    return None


def _unmerged(keys: tuple[str, ...], turn: int, lost: Record) -> Operation[Outcome[tuple[str, ...]]]:
    """Somebody else took one of the orders: those that were written go back."""
    for key in keys:
        latest = yield from load_record(key)
        if latest.state == "merged" and (latest.group, latest.turn) == (keys, turn):
            yield from save_record(replace(latest, group=()), "dropped", ())
    return refusal(lost.order_key, lost.state, "merge", "try_again")


def leave_group(record: Record) -> Operation[None]:
    """The others of a group go on without one: together under a new key, or the last one alone. Can be repeated."""
    others = tuple(key for key in record.group if key != record.order_key)
    for key in others:
        latest = yield from load_record(key)
        if latest.state == "merged" and (latest.group, latest.turn) == (record.group, record.turn):
            if len(others) > 1:
                yield from save_record(replace(latest, group=others, turn=record.turn + 1), "merged", ())
            else:
                yield from save_record(replace(latest, group=()), "dropped", ())


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


def rejoin_order(plan: FulfilPlan, order: Order, *, dry_run: bool = False) -> Operation[Outcome[str]]:
    """Take a split or a merge back: waybills void, stock free. Refused once anything was told to a platform.

    The jobs end for good, so that no worker takes one of them up again; the order's own record is written last, so
    that one that died half way goes on when it is asked again.
    """
    record, jobs = yield from jobs_now(plan, order)
    if GUARDS[record.state, "rejoin"]:
        return refusal(order.key, record.state, "rejoin")
    gone = next((own for _, own in jobs if own.state not in WITHDRAWABLE), None)
    if gone is not None:
        return refusal(order.key, record.state, "rejoin", GUARDS[gone.state, "split"] or gone.state)
    if dry_run:
        return Outcome(True, order.key, "dry_run", value="dropped")
    try:
        for job, own in jobs:
            if own.state != "cancelled":
                _, kept = yield from undo(plan, job, own, "cancelled")
                if kept is not None:
                    return Outcome(False, order.key, kept.reason, kept.error, record.state)
        for key in (*(key for key in record.group if key != order.key), order.key):
            latest = yield from load_record(key)
            if key == order.key or (latest.group, latest.turn) == (record.group, record.turn):
                yield from save_record(replace(latest, group=(), parts=()), "dropped", ())
    except StaleVersion:
        return refusal(order.key, record.state, "rejoin", "try_again")
    return Outcome(True, order.key, value="dropped")
