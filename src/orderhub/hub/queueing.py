"""What a hub does about whose turn it is: holds, releases, the queue, and who enters fulfilment. Imports `orders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orderhub.errors import ConfigurationError, NotFound, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.assigning import hand_over
from orderhub.fulfil.pipeline import Fulfilled
from orderhub.fulfil.record import load_record
from orderhub.fulfil.states import HOLD, refusal
from orderhub.hub.auditing import AuditingOperations
from orderhub.hub.command import command
from orderhub.hub.fulfilling import FulfillingOperations, note_routes
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Finding, Order, Outcome
from orderhub.normalise.marks import suspicions
from orderhub.orders.audit import audit
from orderhub.orders.audit_policy import AuditPolicy
from orderhub.orders.holds import HELD, URGENT, OwnHold
from orderhub.orders.queue import Place, QueuePolicy, queue_order
from orderhub.ports import Cursor, Event

__all__ = ["QueueingCommands", "QueueingOperations"]

_SERIALS = "needs_serial_numbers"


class QueueingOperations(AuditingOperations, FulfillingOperations):
    """Commands over turns."""

    plan: Any
    queue_policy: QueuePolicy = QueuePolicy()

    def hold(
        self, keys: Sequence[str], *, reason: str, who: str, until: datetime | None = None, urgent: bool = False,
        dry_run: bool = False,
    ) -> Operation[list[Outcome[None]]]:  # fmt: skip
        """Keep orders back; they are not fulfilled until they are released. An order on its way is not called back.

        Args:
            until: When the hold ends by itself; aware.
            urgent: Serve them before all others then.
        Returns:
            One outcome per key: not_found, reason_missing, changed_meanwhile.
        Raises:
            ConfigurationError: `until` is naive.
        """
        if until is not None and until.tzinfo is None:
            raise ConfigurationError("until= must be an aware instant", field="until")
        if not reason.strip():
            states = yield from _states(keys)
            return [HOLD.refusal(key, states[key], "hold", "reason_missing") for key in keys]
        at = yield from now()
        made = OwnHold(reason.strip(), who, at, until, urgent)
        return (yield from self._set(keys, made, dry_run))

    def release(
        self, keys: Sequence[str], *, who: str, urgent: bool | None = None, dry_run: bool = False
    ) -> Operation[list[Outcome[None]]]:
        """Lift holds; `urgent` replaces what was said when they were set.

        Returns:
            One outcome per key: not_found, not_held, changed_meanwhile.
        """
        outcomes: list[Outcome[None]] = []
        for key in keys:
            found, cursor = yield from _load(key)
            tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", [key])
            if found is None or not (found.is_on or HELD in tags.get(key, ())):
                outcomes.append(HOLD.refusal(key, "free", "release"))
                continue
            lifted = replace(found.released(), who=who, is_urgent=found.is_urgent if urgent is None else urgent)
            outcomes.append((yield from self._put(key, cursor, lifted, dry_run)))
        return outcomes

    def queue(self, keys: Sequence[str] | None = None) -> Operation[list[Place]]:
        """Orders that wait for shipment in the order in which they should be served; held ones are left out."""
        orders = yield from self._waiting(keys)
        held = yield from self._held(orders)
        tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", [order.key for order in orders])
        at = yield from now()
        urgent = {key for key, marks in tags.items() if URGENT in marks}
        free = [order for order in orders if order.key not in held]
        return queue_order(free, at, self.queue_policy, urgent=urgent, tags=tags)

    def fulfil(
        self,
        keys: Sequence[str] | None = None,
        *,
        serial_numbers: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
        dry_run: bool = False,
    ) -> Operation[list[Outcome[Fulfilled]]]:
        """See `FulfillingOperations.fulfil`; own holds keep orders back (`held`), and so does the audit by the hub's
        policy (`audit:…`). What was overridden as it stands does not. Orders on their way go on.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.fulfil(keys=keys, serial_numbers=serial_numbers)))
        orders = yield from self._waiting(keys)
        held = yield from self._held(orders)
        refused, freed = yield from self._objections([order for order in orders if order.key not in held])
        refused |= dict.fromkeys(held, "held")
        plan = yield from self.current_plan()
        taken, silent = yield from hand_over(plan, [order for order in orders if order.key not in refused])
        yield from note_routes(taken)
        refused |= dict.fromkeys(sorted(silent), "awaiting_team")
        for key in sorted(refused):
            if (yield from load_record(key)).state != "new":
                del refused[key]
        plain = [order.key for order in orders if order.key not in refused and order.key not in freed]
        results = {o.key: o for o in (yield from super().fulfil(plain, serial_numbers=serial_numbers))}
        if freed:
            results |= {o.key: o for o in (yield from self._freely(freed, serial_numbers))}
        results |= {key: refusal(key, "new", "fulfil", reason) for key, reason in refused.items()}
        if refused:
            at = yield from now()
            told = [Event(key, "refused", detail={"reason": reason}, at=at) for key, reason in refused.items()]
            yield from ask("marks", "put_events", told)
        return [results[order.key] for order in orders]

    def _freely(self, keys: Sequence[str], serial_numbers: Any) -> Operation[list[Outcome[Fulfilled]]]:
        """Orders whose findings were all judged here: the pipeline does not ask again."""
        other = copy(self)
        other.plan = replace(self.plan, audit_blocks=frozenset())
        return (yield from FulfillingOperations.fulfil(other, keys, serial_numbers=serial_numbers))

    def _objections(self, orders: Sequence[Order]) -> Operation[tuple[dict[str, str], list[str]]]:
        """Order key -> why it does not enter; and those that enter although the plain audit would stop them."""
        plan = yield from self.current_plan()
        stops = {order.key: self._blocking((*audit(plan.mapped(order)), *suspicions(order))) for order in orders}
        asked = orders if self.audit_policy != AuditPolicy() else [order for order in orders if stops[order.key]]
        if not asked:
            return {}, []
        refused, freed = {}, []
        for order, _, _, findings in (yield from self._judged([order.key for order in asked])):
            if codes := self._blocking(findings):
                if not stops[order.key]:
                    refused[order.key] = f"audit:{codes[0]}"
            elif stops[order.key]:
                freed.append(order.key)
        return refused, freed

    def _blocking(self, findings: Sequence[Finding]) -> list[str]:
        return [one.code for one in findings if one.severity.value in self.plan.audit_blocks and one.code != _SERIALS]

    def _held(self, orders: Sequence[Order]) -> Operation[set[str]]:
        """Keys of held orders; holds whose time has come are lifted on the way."""
        tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", [order.key for order in orders])
        at = yield from now()
        held: set[str] = set()
        for key in sorted(key for key, marks in tags.items() if HELD in marks):
            found, cursor = yield from _load(key)
            if found is not None and (not found.is_on or found.is_over(at)):
                lifted = yield from self._put(
                    key, cursor, replace(found.released(), who="hub"), False
                )  # or half lifted
                if lifted.ok:
                    continue
            held.add(key)
        return held

    def _set(self, keys: Sequence[str], made: OwnHold, dry_run: bool) -> Operation[list[Outcome[None]]]:
        there = {order.key for order in (yield from self._waiting(list(keys)))}
        outcomes: list[Outcome[None]] = []
        for key in keys:
            if key not in there:
                outcomes.append(Outcome.failed(key, NotFound(f"hold of {key} is refused: no such order is stored")))
                continue
            _, cursor = yield from _load(key)
            outcomes.append((yield from self._put(key, cursor, made, dry_run)))
        return outcomes

    def _put(self, key: str, cursor: Cursor, made: OwnHold, dry_run: bool) -> Operation[Outcome[None]]:
        """The tag that keeps an order back is there before the hold and goes after it."""
        if dry_run:
            return Outcome(True, key, "dry_run")
        try:
            if made.is_on:
                yield from ask("marks", "tag_orders", [key], add=[HELD], remove=[URGENT], who=made.who)
            yield from ask("orders", "put_cursor", cursor, made.dump())
            if not made.is_on:
                add = [URGENT] if made.is_urgent else []
                yield from ask("marks", "tag_orders", [key], add=add, remove=[HELD], who=made.who)
        except StaleVersion:
            state = "held" if made.is_on else "free"
            return HOLD.refusal(key, state, "hold" if made.is_on else "release", "changed_meanwhile")
        at = yield from now()
        detail = {"reason": made.reason} | ({"until": made.until.isoformat()} if made.until else {})
        yield from ask("marks", "put_events", [Event(key, "held" if made.is_on else "released", made.who, detail, at)])
        return Outcome(True, key)


def _states(keys: Sequence[str]) -> Operation[dict[str, str]]:
    found = {}
    for key in keys:
        hold, _ = yield from _load(key)
        found[key] = "held" if hold is not None and hold.is_on else "free"
    return found


def _load(key: str) -> Operation[tuple[OwnHold | None, Cursor]]:
    cursor: Cursor = yield from ask("orders", "get_cursor", f"hold:{key}")
    return OwnHold.load(cursor.position), cursor


class QueueingCommands:
    """The same for hubs."""

    hold = command(QueueingOperations.hold)
    release = command(QueueingOperations.release)
    queue = command(QueueingOperations.queue)
