"""Allocating and reserving many orders together: all lines of an order or none. Imports this room, `models`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import Allotment, allot
from orderhub.fulfil.entering import Result
from orderhub.fulfil.jobs import Job, shippable_lines
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, reserve_of, save_record
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.models import Level, Order, Outcome, StockOutcome
from orderhub.models.stock import StockSnapshot
from orderhub.orders.gifts import GIFT
from orderhub.orders.routing import route_order

__all__ = ["renamed", "reserve_all"]

ROUNDS_MAX = 3
"""How often a shortage at reserving is allocated again."""


def reserve_all(
    plan: FulfilPlan, fresh: Sequence[tuple[Job, Record]], results: dict[str, Result]
) -> Operation[list[tuple[Job, Record]]]:
    """Allocate and reserve together; orders that lost a race are allocated again over what is left."""
    ready: list[tuple[Job, Record]] = []
    todo = list(fresh)
    for _ in range(ROUNDS_MAX):
        if not todo:
            break
        planned = yield from _plan(todo, (yield from _allotments(plan, todo)), results)
        outcomes: list[StockOutcome] = yield from ask("stock", "apply", [reserve_of(record) for _, record in planned])
        todo = []
        for (job, record), outcome in zip(planned, outcomes, strict=True):
            if outcome.ok:
                ready.append((job, record))
                continue
            results[job.key] = Outcome(False, job.key, outcome.reason)
            try:
                again = yield from save_record(replace(record, round=record.round + 1), "new", ())
            except StaleVersion as error:
                results[job.key] = Outcome.failed(job.key, error)
            else:
                todo.append((job, again))
    for job, _ in ready:
        results.pop(job.key, None)
    return ready


def _allotments(plan: FulfilPlan, todo: Sequence[tuple[Job, Record]]) -> Operation[dict[str, Allotment]]:
    """By job key; orders of one key, parts of one order, are told apart by what they are allocated as."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    present = yield from now()
    orders = {job.key: _without_missing_gifts(plan, job.order, snapshot.levels) for job, _ in todo}
    found: dict[str, Allotment] = {}
    levels: Sequence[Level] = snapshot.levels
    for place, batch in _batches(plan, orders, present):
        asked = [orders[key] for key in batch]
        rows = {orders[key].key: shippable_lines(orders[key]) for key in batch}
        here = [level for level in levels if place in (None, level.warehouse)]
        allotted = allot(plan, asked, rows, here, present)
        found |= {key: allotted[orders[key].key] for key in batch}
        levels = _less(levels, [found[key] for key in batch])
    return found


def _without_missing_gifts(plan: FulfilPlan, order: Order, levels: Sequence[Level]) -> Order:
    """An order does not wait for a gift, unless its rule says so."""
    optional = {rule.name for rule in plan.gifts if not rule.required}
    missing = []
    for line in order.lines:
        _, mark, name = line.line_id.rpartition(GIFT)
        if mark and name in optional:
            wanted = expand([DemandLine(line.line_id, line.sku or "", line.quantity)], plan.bundles)
            if any(part.quantity > _most(levels, part.sku) for part in wanted):
                missing.append(line.line_id)
    kept = tuple(line for line in order.lines if line.line_id not in missing)
    return order.model_copy(update={"lines": kept}) if missing else order


def _most(levels: Sequence[Level], sku: str) -> int:
    return max((level.available for level in levels if level.sku == sku), default=0)


def _batches(plan: FulfilPlan, orders: Mapping[str, Order], present: datetime) -> list[tuple[str | None, list[str]]]:
    """Jobs to be allocated together, with the warehouse that routing gives them to, None where allocation is free."""
    found: dict[tuple[int, str | None], list[str]] = {}
    for turn, batch in enumerate(_apart(list(orders))):
        for key in batch:
            route = None if plan.routing is None else route_order(plan.routing, orders[key], present)
            place = route[0] if route is not None and route[1] == "warehouse" else None
            found.setdefault((turn, place), []).append(key)
    return [(place, keys) for (_, place), keys in found.items()]


def _apart(keys: Sequence[str]) -> list[list[str]]:
    """Job keys in batches in which no order stands twice: parts of an order are `key#1`, `key#2`, …"""
    batches: dict[int, list[str]] = {}
    seen: dict[str, int] = {}
    for key in keys:
        order = key.partition("#")[0]
        turn = seen[order] = seen.get(order, -1) + 1
        batches.setdefault(turn, []).append(key)
    return [batches[turn] for turn in sorted(batches)]


def _less(levels: Sequence[Level], taken: Sequence[Allotment]) -> list[Level]:
    units: dict[tuple[str, str], int] = {}
    for allotment in taken:
        for parcel in allotment.parcels:
            for sku, count in parcel.goods:
                place = (sku, parcel.warehouse)
                units[place] = units.get(place, 0) + count
    return [replace(level, reserved=level.reserved + units.get((level.sku, level.warehouse), 0)) for level in levels]


def _plan(
    todo: Sequence[tuple[Job, Record]], allotments: Mapping[str, Allotment], results: dict[str, Result]
) -> Operation[list[tuple[Job, Record]]]:
    """Write each plan down before anything happens; refused ones become results."""
    planned = []
    for job, record in todo:
        allotment = allotments[job.key]
        if allotment.reason:
            results[job.key] = Outcome(False, job.key, allotment.reason)
            continue
        parcels = renamed(job, record, allotment.parcels)
        try:
            saved = yield from save_record(replace(record, take=record.take + 1), "planned", parcels)
        except StaleVersion as error:
            results[job.key] = Outcome.failed(job.key, error)
        else:
            planned.append((job, saved))
    return planned


def renamed(job: Job, record: Record, parcels: Sequence[ParcelRecord]) -> tuple[ParcelRecord, ...]:
    """Parcels under ids that no other part and no earlier set of this job has."""
    part = job.key.rpartition("#")[2] if "#" in job.key else ""
    ending = (f"-p{part}" if part else "") + (f"-{record.take}" if record.take else "")
    return tuple(replace(parcel, parcel_id=parcel.parcel_id + ending) for parcel in parcels)
