"""What a hub does about orders that need somebody: audit, alerts once, resolutions. Imports `orders`, `fulfil`.

What was decided and told about an order stands in one cursor, put only if unchanged; what was done is in its timeline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from orderhub.errors import Conflict, NotFound, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.logistics.serving import undelivered
from orderhub.models import Finding, Order, OrderStatus, Outcome
from orderhub.models.stock import Reservation, StockSnapshot
from orderhub.normalise.marks import suspicions
from orderhub.orders.audit import audit, audit_rules
from orderhub.orders.audit_policy import AuditContext, AuditPolicy
from orderhub.orders.audit_risk import PeerIndex
from orderhub.orders.audit_words import advice_for
from orderhub.orders.resolutions import Case, Refused, Resolution, adjusted, decide_case, left, settle
from orderhub.ports import Cursor, Event, Message, OrderQuery
from orderhub.rules import Decision

__all__ = ["AuditingCommands", "AuditingOperations", "Resolved"]

_OPEN = (OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of a command: the decision (None if it was refused), and what is left to object afterwards.

    Attributes:
        told: Why it was refused, in words.
        allowed: What can be done about this code instead.
    """

    resolution: Resolution | None
    findings: tuple[Finding, ...]
    told: str = ""
    allowed: tuple[str, ...] = ()


class AuditingOperations:
    """Commands over findings."""

    audit_policy: AuditPolicy = AuditPolicy()

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def _waiting(self, keys: Sequence[str] | None) -> Operation[list[Order]]:
        raise NotImplementedError

    def audit(self, keys: Sequence[str] | None = None) -> Operation[dict[str, tuple[Finding, ...]]]:
        """Findings per order key: those named, or all that wait for shipment. No findings: it may proceed.

        What somebody overrode, as it stands, is left out; amounts that somebody corrected are taken as corrected.
        """
        found = yield from self._judged(keys)
        return {order.key: findings for order, _, _, findings in found}

    def explain_audit(self, key: str) -> Operation[Decision | None]:
        """What the merchant's own rules say of one order, and why; None without rules.

        Raises:
            NotFound: No such order.
        """
        (order,) = yield from self._named(key)
        plan, context = yield from self._context([order])
        return audit_rules(plan.mapped(order), context)

    def alert_findings(
        self, keys: Sequence[str] | None = None, *, to: str = "staff", locale: str = "zh", dry_run: bool = False
    ) -> Operation[list[Outcome[str]]]:
        """Tell staff about findings, each (order, code) once until it is gone; a code that comes back is told again.

        What rules in shadow would have done goes into the timeline, whenever it changes.

        Args:
            dry_run: Tell what would be sent, send and keep nothing.
        Returns:
            One outcome per alert, `value` the code; a failed one is tried again by the next call.
        """
        outcomes: list[Outcome[str]] = []
        for order, case, cursor, findings in (yield from self._judged(keys)):
            would = yield from self._would(order)
            outcomes += yield from _alert(order, case, cursor, findings, would, to, locale, dry_run)
        return outcomes

    def resolve(
        self, key: str, code: str, act: str, *, reason: str, who: str, field: str | None = None,
        value: Decimal | None = None, dry_run: bool = False,
    ) -> Operation[Outcome[Resolved]]:  # fmt: skip
        """Decide about one finding of one order; the order is audited again at once.

        Args:
            act: `ask` (somebody asks the buyer or the platform; the finding stays), `adjust` (correct the amount
                `field` to `value`), `override` (ship nevertheless).
            reason: Why, or what was asked; without one every act is refused. Kept in the timeline: no personal data.
            who: Person or program of the host.
            dry_run: Say what would come of it, keep nothing.
        Returns:
            Refusals are outcomes with a reason: no_such_finding, unknown_act, reason_missing, protected, invalid,
            changed_meanwhile; `value.allowed` says what can be done instead.
        Raises:
            NotFound: No such order.
        """
        (order,) = yield from self._named(key)
        plan, context = yield from self._context([order])
        case, cursor = yield from _load(key)
        before = _findings(plan, order, case, context)
        at = yield from now()
        made = decide_case(case, order, before, code, act, who=who, reason=reason, at=at, field=field, value=value)
        if isinstance(made, Refused):
            return _refused(key, code, act, made, left(before, case))
        after = left(_findings(plan, order, made.case, context), made.case)
        if not dry_run:
            try:
                yield from ask("orders", "put_cursor", cursor, made.case.dump())
            except StaleVersion:
                late = Refused("changed_meanwhile", "somebody else decided about this order just now", (act,))
                return _refused(key, code, act, late, left(before, case))
            yield from ask("marks", "put_events", [_event(key, made.resolution, at)])
        return Outcome(True, key, value=Resolved(made.resolution, after))

    def _judged(self, keys: Sequence[str] | None) -> Operation[list[tuple[Order, Case, Cursor, tuple[Finding, ...]]]]:
        orders = yield from self._waiting(keys)
        plan, context = yield from self._context(orders)
        rows = []
        for order in orders:
            case, cursor = yield from _load(order.key)
            rows.append((order, case, cursor, left(_findings(plan, order, case, context), case)))
        return rows

    def _would(self, order: Order) -> Operation[str]:
        """What rules in shadow would do to an order, in words; empty when they would do nothing."""
        if self.audit_policy.rules is None:
            return ""
        plan, at = (yield from self.current_plan()), (yield from now())
        decision = audit_rules(plan.mapped(order), AuditContext(policy=self.audit_policy, now=at))
        return decision.record().get("would", "") if decision else ""

    def _named(self, key: str) -> Operation[list[Order]]:
        found: list[Order] = yield from ask("orders", "find_orders", OrderQuery(keys=(key,)))
        if not found:
            raise NotFound(f"no order {key} is stored")
        return found

    def _context(self, orders: Sequence[Order]) -> Operation[tuple[FulfilPlan, AuditContext]]:
        """What the policy needs to know, and nothing more is read."""
        plan = yield from self.current_plan()
        policy, at = self.audit_policy, (yield from now())
        context = AuditContext(policy=policy, now=at)
        if policy.stock:
            snapshot: StockSnapshot = yield from ask("stock", "snapshot")
            held: list[Reservation] = yield from ask("stock", "reservations")
            context = replace(context, available=_Available(snapshot, held), parts=_parts(plan))
        if policy.peers:
            others: list[Order] = yield from ask("orders", "find_orders", OrderQuery(status=_OPEN))
            context = replace(context, peers=PeerIndex([*others, *orders]))
        if policy.areas and plan.services:
            context = replace(context, deliverable=_deliverable(plan, at.date()))
        return plan, context


def _refused(key: str, code: str, act: str, made: Refused, findings: tuple[Finding, ...]) -> Outcome[Resolved]:
    """The reason, what the order has, and what can be done instead."""
    has = ", ".join(dict.fromkeys(one.code for one in findings)) or "no findings"
    instead = ", ".join(name for name in made.allowed if name != act) or "nothing"
    told = f"{act} of {code} of {key} is refused: {made.reason}, {made.told} (state {has}); allowed instead: {instead}"
    error = Conflict(told, operation="resolve", code=made.reason)
    return Outcome(False, key, made.reason, error, Resolved(None, findings, made.told, made.allowed))


def _findings(plan: FulfilPlan, order: Order, case: Case, context: AuditContext) -> tuple[Finding, ...]:
    if isinstance(context.available, _Available):
        context = replace(context, available=context.available.to(order.key))
    seen = adjusted(plan.mapped(order), case)
    return (*audit(seen, context=context), *suspicions(order))


class _Available:
    """Units by SKU beyond what orders hold; to an order, what it holds itself is there."""

    def __init__(self, snapshot: StockSnapshot, held: Sequence[Reservation]) -> None:
        self._there: dict[str, int] = {}
        self._own: dict[str, Counter[str]] = {}
        for level in snapshot.levels:
            self._there[level.sku] = self._there.get(level.sku, 0) + max(0, level.available)
        for row in held:
            order = row.key.partition(":")[2].rpartition(":")[0].partition("#")[0]
            units = self._own.setdefault(order, Counter())
            for line in row.lines:
                units[line.sku] += line.quantity

    def __call__(self, sku: str) -> int | None:
        """Units that nobody holds; None for a SKU that is not ours."""
        return self._there.get(sku)

    def to(self, order_key: str) -> Callable[[str], int | None]:
        """The same, and what this order holds."""
        own = self._own.get(order_key)
        return self if own is None else lambda sku: None if (units := self(sku)) is None else units + own[sku]


def _parts(plan: FulfilPlan) -> Any:
    return lambda sku: [(part.sku, part.quantity) for part in expand([DemandLine("", sku, 1)], plan.bundles)]


def _deliverable(plan: FulfilPlan, on: date) -> Any:
    origins = tuple(w.address.province or "" for w in plan.warehouses if w.address)
    judge = lru_cache(4096)(lambda address: undelivered(plan.services, address, origins, on))
    return lambda order: judge(order.recipient.address)


def _load(key: str) -> Operation[tuple[Case, Cursor]]:
    cursor: Cursor = yield from ask("orders", "get_cursor", f"case:{key}")
    return Case.load(cursor.position), cursor


def _event(key: str, made: Resolution, at: datetime) -> Event:
    detail = {"code": made.code, "reason": made.reason}
    if made.field:
        detail |= {"field": made.field, "from": made.instead_of or "", "to": made.value or ""}
    return Event(key, {"ask": "asked", "adjust": "adjusted", "override": "overridden"}[made.act], made.who, detail, at)


def _alert(
    order: Order, case: Case, cursor: Cursor, findings: Sequence[Finding], would: str, to: str, locale: str,
    dry_run: bool,
) -> Operation[list[Outcome[str]]]:  # fmt: skip
    """First the case, then the message, then the case again: whoever dies between tells it under the same key."""
    opened, gone = settle(case, findings)
    opened = replace(opened, would=would)
    messages = {code: _message(order, code, opened, findings, to, locale) for code in opened.untold}
    if dry_run:
        return [Outcome(True, message.key, "dry_run", value=code) for code, message in messages.items()]
    if opened == case and not messages:
        return []
    try:
        if opened != case:
            cursor = yield from ask("orders", "put_cursor", cursor, opened.dump())
            at = yield from now()
            events = [Event(order.key, "cleared", detail={"code": code}, at=at) for code in gone]
            if would and would != case.would:
                events.append(Event(order.key, "would", detail={"would": would}, at=at))
            yield from ask("marks", "put_events", events)
        outcomes = yield from _send(messages)
        told = {outcome.value for outcome in outcomes if outcome.ok}
        waiting = tuple(code for code in opened.untold if code not in told)
        yield from ask("orders", "put_cursor", cursor, replace(opened, untold=waiting).dump())
    except StaleVersion:
        return []  # somebody else looks at this order now
    return outcomes


def _send(messages: Mapping[str, Message]) -> Operation[list[Outcome[str]]]:
    """Claimed before they are sent; what was sent by somebody else is not sent again."""
    at = yield from now()
    keys = [message.key for message in messages.values()]
    claims: list[tuple[bool, str | None]] = (yield from ask("claims", "claim", keys, at)) if keys else []
    outcomes: list[Outcome[str]] = []
    for (code, message), (_, result) in zip(messages.items(), claims, strict=True):
        if result is not None:
            outcomes.append(Outcome(True, message.key, "already_done", value=code))
            continue
        (sent,) = yield from ask("notifier", "send", [message])
        outcomes.append(Outcome(sent.ok, message.key, sent.reason, sent.error, code))
        if sent.ok:
            yield from ask("claims", "resolve", {message.key: "sent"})
        else:
            yield from ask("claims", "abandon", [message.key])
    return outcomes


def _message(
    order: Order, code: str, case: Case, findings: Sequence[Finding], to: str, locale: str
) -> Message:  # fmt: skip
    first = next(one for one in findings if one.code == code)
    told = advice_for(code, first.value, locale=locale) if locale == "zh" else first.message
    values = {"code": code, "order": order.key, "message": told or first.message}
    return Message(f"staff_alert:{order.key}:{code}:{case.open[code]}", "local", to, "staff_alert", values, locale)


class AuditingCommands:
    """The same for hubs."""

    audit = command(AuditingOperations.audit)
    explain_audit = command(AuditingOperations.explain_audit)
    alert_findings = command(AuditingOperations.alert_findings)
    resolve = command(AuditingOperations.resolve)
