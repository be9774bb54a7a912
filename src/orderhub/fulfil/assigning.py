"""Orders to warehouses and teams: told once, acknowledged, escalated when nobody answers. Imports `orders`, `flow`.

An assignment stands in a cursor of its own, put only if unchanged; it is written before anybody is told, and the
message has a key, so that a run that dies in between tells once all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.reserving import candidates_of
from orderhub.fulfil.states import ASSIGNMENT
from orderhub.models import Order, Outcome
from orderhub.models.stock import StockSnapshot
from orderhub.orders.routing import Assignment, Route, route_order
from orderhub.ports import Cursor, Message

__all__ = ["acknowledge", "assign_orders", "escalate_orders", "hand_over", "load_assignment"]

Told = Outcome[Assignment]
_TIMES = ("told_at", "acknowledged_at")


def load_assignment(key: str) -> Operation[tuple[Assignment | None, Cursor]]:
    """Who has an order, and the cursor that keeps it."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"assign:{key}")
    if cursor.position is None:
        return None, cursor
    found: dict[str, Any] = json.loads(cursor.position)
    times = {name: datetime.fromisoformat(found[name]) if found[name] else None for name in _TIMES}
    return Assignment(**{**found, **times}), cursor


def assign_orders(plan: FulfilPlan, orders: Sequence[Order], *, dry_run: bool = False) -> Operation[list[Told]]:
    """Give orders to whom the rules name; one outcome per order, `no_rule` where none does.

    `value` names whom; the reason is `already_done` where that was known, and nobody is told twice.
    """
    at = yield from now()
    outcomes = []
    for order in orders:
        outcomes.append((yield from _assign(plan, order, at, dry_run)))
    return outcomes


def _assign(plan: FulfilPlan, order: Order, at: datetime, dry_run: bool) -> Operation[Told]:
    there, cursor = yield from load_assignment(order.key)
    route = yield from _route(plan, order, at)
    if route is None:
        return ASSIGNMENT.refusal(order.key, there.state if there else "unassigned", "assign", "no_rule")
    to, kind, rule = route.to, route.kind, route.rule
    is_same = there is not None and (there.to, there.kind) == (to, kind)
    made = there if is_same and there is not None else Assignment(to, kind, rule, at)
    made = replace(made, would=route.would)
    if dry_run:
        return Outcome(True, order.key, "dry_run", value=made)
    if made != there:
        try:
            yield from _put(cursor, made)
        except StaleVersion as error:
            return Outcome.failed(order.key, error)
    yield from _tell(order.key, made, made.to, f"{made.kind} {made.to}, rule {made.rule}")
    return Outcome(True, order.key, "already_done" if made == there else None, value=made)


def hand_over(plan: FulfilPlan, orders: Sequence[Order]) -> Operation[tuple[list[Told], set[str]]]:
    """Give orders that rules give to teams to them, before they are sent.

    Returns:
        One outcome per order that a team takes, and the keys of those that wait until it has acknowledged.
    """
    told: list[Told] = []
    waiting: set[str] = set()
    at = yield from now()
    for order in orders if plan.routing is not None else ():
        route = yield from _route(plan, order, at)
        if route is None or route.kind != "team":
            continue
        outcome = yield from _assign(plan, order, at, False)
        told.append(outcome)
        if route.waits and (outcome.value is None or outcome.value.acknowledged_at is None):
            waiting.add(order.key)
    return told, waiting


def _route(plan: FulfilPlan, order: Order, at: datetime) -> Operation[Route | None]:
    if plan.routing is None:
        return None
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    seen = plan.mapped(order)
    return route_order(plan.routing, seen, at, candidates=candidates_of(plan, seen, snapshot.levels))


def _put(cursor: Cursor, made: Assignment) -> Operation[None]:
    body = asdict(made) | {name: (at := getattr(made, name)) and at.isoformat() for name in _TIMES}
    yield from ask("orders", "put_cursor", cursor, json.dumps(body, ensure_ascii=False))


def _tell(key: str, made: Assignment, to: str, message: str) -> Operation[None]:
    code = "order_assigned" if not made.level else "assignment_unanswered"
    name = f"{code}:{key}:{made.to}:{made.told_at.isoformat()}:{made.level}"
    values = {"code": code, "order": key, "message": message}
    yield from ask("notifier", "send", [Message(name, "local", to, "staff_alert", values)])


def acknowledge(key: str, who: str, *, dry_run: bool = False) -> Operation[Told]:
    """Somebody has taken an order on; the first one counts."""
    there, cursor = yield from load_assignment(key)
    if there is None:
        return ASSIGNMENT.refusal(key, "unassigned", "acknowledge")
    if there.acknowledged_at is not None:
        return Outcome(True, key, "already_done", value=there)
    at = yield from now()
    done = replace(there, acknowledged_by=who, acknowledged_at=at)
    if dry_run:
        return Outcome(True, key, "dry_run", value=done)
    try:
        yield from _put(cursor, done)
    except StaleVersion as error:
        return Outcome.failed(key, error)
    return Outcome(True, key, value=done)


def escalate_orders(
    plan: FulfilPlan, keys: Sequence[str], *, dry_run: bool = False, named: bool = False
) -> Operation[list[Told]]:
    """Tell those above about orders that nobody has taken on in time, once for each time that patience ran out.

    Args:
        named: Orders that are not to be escalated have an outcome too, with the reason.
    """
    at = yield from now()
    patience = timedelta(minutes=plan.patience_minutes)
    outcomes: list[Told] = []
    for key in keys:
        there, cursor = yield from load_assignment(key)
        if there is None or not there.is_silent(at, patience):
            if named:
                state = there.state if there else "unassigned"
                because = ASSIGNMENT.guards[state, "escalate"] or "not_silent"
                outcomes.append(ASSIGNMENT.refusal(key, state, "escalate", because))
            continue
        higher = replace(there, level=there.level + 1)
        if not dry_run:
            try:
                yield from _put(cursor, higher)
            except StaleVersion as error:
                outcomes.append(Outcome.failed(key, error))
                continue
            yield from _tell(key, higher, plan.escalate_to or there.to, f"{there.to} is silent, {higher.level}")
        outcomes.append(Outcome(True, key, "dry_run" if dry_run else None, value=higher))
    return outcomes
