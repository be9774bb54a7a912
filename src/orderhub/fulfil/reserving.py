"""Allocating and reserving many orders together: all lines of an order or none. Imports this room, `models`, `flow`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import Allotment, Serials, allot
from orderhub.fulfil.entering import Result
from orderhub.fulfil.jobs import Job, shippable_lines
from orderhub.fulfil.load_book import LoadBook, keep_book, open_book
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, reserve_of, save_record
from orderhub.fulfil.shelf import Shelf
from orderhub.fulfil.taking_over import giving_way, holds_of, order_of
from orderhub.fulfil.waiting_list import note_parked
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.inventory.places import parse_place
from orderhub.logistics.provinces import province_of
from orderhub.models import Level, Order, Outcome, StockOutcome
from orderhub.models.stock import Reservation, StockSnapshot
from orderhub.orders.gifts import GIFT
from orderhub.orders.routing import route_order

__all__ = ["allot_over", "candidates_of", "place_of", "renamed", "reserve_all", "without_missing_gifts"]

ROUNDS_MAX = 3
"""How often a shortage at reserving is allocated again."""
BOOK_TRIES = 5
"""How often orders are allocated again because another run promised places of the same days."""

Held = dict[str, Counter[tuple[str, str]]]
"""Order key -> units by (SKU, place) of its early hold."""


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
        outcomes = yield from _reserved(planned)
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


def _reserved(planned: Sequence[tuple[Job, Record]]) -> Operation[list[StockOutcome]]:
    """Ask for all of it in one call, in which early holds of these orders give way; theirs are served first."""
    if not planned:
        return []
    ways = giving_way((yield from holds_of(order.key for job, _ in planned for order in job.members)))
    had = {order_of(way.reservation) for way in ways}
    order = sorted(
        range(len(planned)), key=lambda at: not had.intersection(each.key for each in planned[at][0].members)
    )
    asked = [*ways, *(reserve_of(planned[at][1]) for at in order)]
    outcomes: list[StockOutcome] = yield from ask("stock", "apply", asked)
    found = dict(zip(order, outcomes[len(ways) :], strict=True))
    return [found[at] for at in range(len(planned))]


def _allotments(plan: FulfilPlan, todo: Sequence[tuple[Job, Record]]) -> Operation[dict[str, Allotment]]:
    """By job key. What orders hold already is theirs; the rest is shared out, within each day's capacity."""
    present = yield from now()
    holds = yield from holds_of(order.key for job, _ in todo for order in job.members)
    for _ in range(BOOK_TRIES):
        snapshot: StockSnapshot = yield from ask("stock", "snapshot")
        book = yield from open_book(plan, [job.key for job, _ in todo], present)
        found, left = _own(plan, todo, holds, snapshot.levels, present, book)
        rest = [(job, record) for job, record in todo if job.key not in found]
        levels = _given_back(snapshot.levels, left)
        orders = {job.key: without_missing_gifts(plan, job.order, levels) for job, _ in rest}
        found |= allot_over(plan, orders, levels, present, book, {job.key: record.serials for job, record in rest})
        if (yield from keep_book(book)):
            yield from note_parked([each.plan for each in found.values() if each.plan is not None], present)
            return found
    return {job.key: Allotment(reason="try_again") for job, _ in todo}


def _own(
    plan: FulfilPlan, todo: Sequence[tuple[Job, Record]], holds: Sequence[Reservation], levels: Sequence[Level],
    present: datetime, book: LoadBook,
) -> tuple[dict[str, Allotment], Held]:  # fmt: skip
    """Jobs that are served from what their orders hold, and what is left of the holds of the others."""
    left: Held = {}
    for hold in holds:
        mine = left.setdefault(order_of(hold.key), Counter())
        mine.update({(line.sku, line.warehouse): line.quantity for line in hold.lines})
    found: dict[str, Allotment] = {}
    for job, record in todo if left else ():
        members = [order.key for order in job.members if left.get(order.key)]
        here = [Level(*place, units) for place, units in sum((left[key] for key in members), Counter()).items()]
        if not here:
            continue
        order = without_missing_gifts(plan, job.order, here)
        trial = replace(book, rows=dict(book.rows))
        one = allot_over(plan, {job.key: order}, here, present, trial, {job.key: record.serials}, levels)[job.key]
        if one.reason or len(members) < len(job.members) or (len(members) > 1 and len(one.parcels) > 1):
            continue  # it wants more than it holds, or together it could go in one parcel
        found[job.key], book.rows = one, trial.rows
        taken = Counter[tuple[str, str]]()
        for parcel in one.parcels:
            taken.update({(sku, place): units for sku, place, units in parcel.held})
        for key in members:
            both = left[key] & taken
            left[key], taken = left[key] - both, taken - both
    return found, left


def _given_back(levels: Sequence[Level], left: Held) -> list[Level]:
    units: Counter[tuple[str, str]] = sum(left.values(), Counter())
    return [replace(row, reserved=row.reserved - units[row.sku, row.warehouse]) for row in levels]


def allot_over(
    plan: FulfilPlan, orders: Mapping[str, Order], levels: Sequence[Level], present: datetime,
    book: LoadBook | None = None, serials: Serials = MappingProxyType({}), seen: Sequence[Level] | None = None,
) -> dict[str, Allotment]:  # fmt: skip
    """Allotments by job key; orders of one key, parts of one order, are told apart by what they are allocated as.

    Args:
        book: Places of the days that are promised; what is found is added.
        serials: Job key -> (line_id, serial number) of units that somebody has chosen.
        seen: Levels that routing rules look at, where they are others.
    """
    found: dict[str, Allotment] = {}
    promised = book or LoadBook(None, present)
    whole = Shelf.of(plan, levels if seen is None else seen, present).levels() if plan.routing else levels
    for place, batch in _batches(plan, orders, whole, present):
        asked = [orders[key] for key in batch]
        rows = {orders[key].key: shippable_lines(orders[key]) for key in batch}
        named = {orders[key].key: serials[key] for key in batch if serials.get(key)}
        here = [row for row in levels if place is None or parse_place(row.warehouse).warehouse == place]
        allotted = allot(plan, asked, rows, here, present, promised.load(), named)
        for key in batch:
            found[key] = allotted[orders[key].key]
            promised.add(key, found[key].parcels)
        levels = _less(levels, [found[key] for key in batch])
    return found


def without_missing_gifts(plan: FulfilPlan, order: Order, levels: Sequence[Level]) -> Order:
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


def _batches(
    plan: FulfilPlan, orders: Mapping[str, Order], levels: Sequence[Level], present: datetime
) -> list[tuple[str | None, list[str]]]:
    """Jobs to be allocated together, with the warehouse that routing gives them to, None where allocation is free."""
    found: dict[tuple[int, str | None], list[str]] = {}
    for turn, batch in enumerate(_apart(list(orders))):
        for key in batch:
            found.setdefault((turn, place_of(plan, orders[key], levels, present)), []).append(key)
    return [(place, keys) for (_, place), keys in found.items()]


def place_of(plan: FulfilPlan, order: Order, levels: Sequence[Level], present: datetime) -> str | None:
    """The warehouse that routing rules give an order to; None where allocation is free to choose."""
    if plan.routing is None:
        return None
    route = route_order(plan.routing, order, present, candidates=candidates_of(plan, order, levels))
    return route.to if route is not None and route.kind == "warehouse" else None


def candidates_of(plan: FulfilPlan, order: Order, levels: Sequence[Level]) -> dict[str, dict[str, Any]]:
    """Warehouses that have everything an order asks for, with what rules may rank them by."""
    lines = [DemandLine(line_id, sku or "", units) for line_id, sku, units in shippable_lines(order)]
    wanted: dict[str, int] = {}
    for part in expand(lines, plan.bundles):
        wanted[part.sku] = wanted.get(part.sku, 0) + part.quantity
    there = {(level.sku, level.warehouse): level.available for level in levels}
    province = province_of(order.recipient.address) or ""
    found: dict[str, dict[str, Any]] = {}
    for warehouse in plan.warehouses:
        spare = [there.get((sku, warehouse.code), 0) - units for sku, units in wanted.items()]
        if all(units >= 0 for units in spare):
            found[warehouse.code] = {
                "km": plan.distances_km.get((province, warehouse.code)),
                "freight": plan.freight.get((warehouse.code, province), plan.freight_default),
                "spare": min(spare, default=0),
            }
    return found


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
            for sku, place, count in parcel.held:
                units[sku, place] = units.get((sku, place), 0) + count
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
    name, _, turn = job.key.partition("~")
    part = name.rpartition("#")[2] if "#" in name else ""
    marks = (("-p", part), ("-t", turn), ("-", str(record.take or "")))
    ending = "".join(f"{mark}{told}" for mark, told in marks if told)
    return tuple(replace(parcel, parcel_id=parcel.parcel_id + ending) for parcel in parcels)
