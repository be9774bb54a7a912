"""Stock alerts that are told once per crossing. Operations over ports; imports `inventory`, `flow`, `ports`.

Which alerts are up stands in one cursor, put only if unchanged: of two that look at the same moment one finds the
crossing. It is told under a key of its own, claimed before, so that a repeat is recognised wherever it starts again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.channel_stock.offers import find_offers
from orderhub.fulfil.channel_stock.shown import look_up, unknown, view_of
from orderhub.fulfil.channel_stock.state import load_state
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.shelf import whole_snapshot
from orderhub.inventory.alerts import OVERSOLD, PUSH_FAILING, SHOP, Condition, stock_conditions
from orderhub.inventory.channels import ChannelView
from orderhub.models import Outcome
from orderhub.models.events import StockAlerted
from orderhub.models.stock import StockSnapshot
from orderhub.ports import Cursor, Message

__all__ = ["StockAlert", "raise_alerts", "stock_alerts"]

CURSOR = "stock_alerts"
TEMPLATE, STAFF = "stock_alert", "staff"
FAILURES = 3
"""Failed pushes of one listing in a row that are worth an alert."""
RETELL = timedelta(minutes=5)
"""A crossing that was claimed and never confirmed is told again after so long, under the same key."""
ROUNDS = 5
Find: TypeAlias = Callable[[Collection[str]], Iterable[Condition]]


@dataclass(frozen=True, slots=True)
class StockAlert:
    """A condition that holds, since when (UTC), and whether this very run found it."""

    condition: Condition
    since: datetime
    is_new: bool = False

    @property
    def code(self) -> str:
        """low_stock, availability_unknown, sku_unmapped, oversold, push_failing."""
        return self.condition.code

    @property
    def sku(self) -> str:
        """Our SKU; of a listing that nobody knows, its name on the platform."""
        return self.condition.sku

    @property
    def key(self) -> str:
        """Names this crossing: the same condition later has another key."""
        return f"stock_alert:{self.condition.key}:{self.since.isoformat()}"


def stock_alerts(plan: FulfilPlan, shops: Sequence[str]) -> Operation[list[StockAlert]]:
    """Every alert that is up, new ones told to staff once; those whose cause is gone are cleared."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    view = view_of(plan, shops, whole_snapshot(plan, snapshot, (yield from now())))
    found = [
        Condition(OVERSOLD, level.sku, f"warehouse:{level.warehouse}", level.available, 0)
        for level in snapshot.levels if level.available < 0
    ]  # fmt: skip
    for shop in shops:
        found += yield from _of_shop(plan, shop, view)
    return (yield from _settle(lambda up: [*found, *stock_conditions(view, plan.alerts, up, shops)], is_all=True))


def raise_alerts(conditions: Sequence[Condition]) -> Operation[list[StockAlert]]:
    """Add conditions that were met on the way; nothing is cleared. Answers all alerts that are up."""
    return (yield from _settle(lambda up: conditions, is_all=False))


def _of_shop(plan: FulfilPlan, shop: str, view: ChannelView) -> Operation[list[Condition]]:
    """What cannot be told to a shop, or could not again and again."""
    if not (yield from ask(f"shop:{shop}", "has", "push_stock")):
        return []
    offers, state = (yield from find_offers(plan, shop, refresh=False)), (yield from load_state(shop))
    found = []
    for offer in offers.rows:
        told, condition = state.told(offer.key), unknown(shop, offer, look_up(view, shop, offer).reason)
        if condition is not None:
            found.append(condition)
        if told.attempts >= FAILURES:
            found.append(Condition(PUSH_FAILING, offer.sku or offer.key, f"{SHOP}{shop}", told.quantity,
                                   detail=told.reason or ""))  # fmt: skip
    return found


def _settle(find: Find, *, is_all: bool) -> Operation[list[StockAlert]]:
    """Bring what is up into line with what holds; when somebody else did so meanwhile, look again."""
    for _ in range(ROUNDS):
        cursor: Cursor = yield from ask("orders", "get_cursor", CURSOR)
        up = _read(cursor)
        at = yield from now()
        holding = {each.key: each for each in find(up.keys())}
        alerts = [_alert(condition, up, at) for condition in holding.values()]
        if not is_all:
            alerts += [alert for key, alert in up.items() if key not in holding]
        try:
            yield from _write(cursor, alerts)
        except StaleVersion:
            continue
        alerts.sort(key=lambda alert: alert.condition.key)
        yield from _tell(alerts, at)
        return alerts
    raise StaleVersion("stock alerts change faster than they can be written; call again")


def _alert(condition: Condition, up: Mapping[str, StockAlert], at: datetime) -> StockAlert:
    before = up.get(condition.key)
    return StockAlert(condition, at, True) if before is None else StockAlert(condition, before.since)


def _tell(alerts: Sequence[StockAlert], at: datetime) -> Operation[None]:
    """Tell staff about crossings nobody has told yet; a claim whose owner fell silent is taken over."""
    if not alerts:
        return
    claims: list[tuple[bool, str | None]] = yield from ask("claims", "claim", [each.key for each in alerts], at)
    mine = [alert for alert, (is_mine, result) in zip(alerts, claims, strict=True)
            if is_mine or (result is None and at >= alert.since + RETELL)]  # fmt: skip
    if not mine:
        return
    yield from ask("outbox", "tell_events", [_event(alert, at) for alert in mine])
    outcomes: list[Outcome[None]] = yield from ask("notifier", "send", [_message(alert) for alert in mine])
    told = {alert.key: "told" for alert, outcome in zip(mine, outcomes, strict=True) if outcome.ok}
    if told:
        yield from ask("claims", "resolve", told)
    if lost := [alert.key for alert in mine if alert.key not in told]:
        yield from ask("claims", "abandon", lost)


def _event(alert: StockAlert, at: datetime) -> StockAlerted:
    told = alert.condition
    return StockAlerted(
        event_id=alert.key, kind=f"stock.{told.code}", at=at, code=told.code, sku=told.sku, place=told.place,
        quantity=told.quantity, threshold=told.threshold,
    )  # fmt: skip


def _message(alert: StockAlert) -> Message:
    condition = alert.condition
    values = {"code": condition.code, "sku": condition.sku, "place": condition.place,
              "quantity": "?" if condition.quantity is None else str(condition.quantity),
              "threshold": "-" if condition.threshold is None else str(condition.threshold),
              "detail": condition.detail or "-"}  # fmt: skip
    return Message(alert.key, "local", STAFF, TEMPLATE, values)


def _read(cursor: Cursor) -> dict[str, StockAlert]:
    rows: list[list[Any]] = json.loads(cursor.position) if cursor.position else []
    alerts = (StockAlert(Condition(*row[1:]), datetime.fromisoformat(row[0])) for row in rows)
    return {alert.condition.key: alert for alert in alerts}


def _write(cursor: Cursor, alerts: Sequence[StockAlert]) -> Operation[None]:
    rows = []
    for alert in sorted(alerts, key=lambda each: each.condition.key):
        told = alert.condition
        rows.append([alert.since.isoformat(), told.code, told.sku, told.place, told.quantity, told.threshold,
                     told.detail])  # fmt: skip
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    if text != (cursor.position or "[]"):
        yield from ask("orders", "put_cursor", cursor, text)
