"""What runs do, as plain functions of a hub: they take keys and answer counts, nothing else. Imports `hub`, `collect`.

Results are kept by the engine that runs them, so they hold no order, no person and no secret: names and numbers only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.collect.schedule import Schedule, due
from orderhub.durable.settings import WorkerSettings
from orderhub.errors import ConfigurationError, OrderHubError
from orderhub.hub.core import Hub
from orderhub.ports import OrderQuery, Run

__all__ = ["RESOURCES", "Resource", "due_runs", "fulfil", "job", "pull", "waiting"]

WHOLE = "hub"
"""Stands in the run log for the shop of what concerns all of them."""
_RUNS_READ = 200
_SHIPPABLE = ("awaiting_shipment", "partially_shipped")

Counts = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Resource:
    """What is pulled of a shop: its word in the run log, the verb a platform must have, the options of `Hub.sync`."""

    kind: str
    verb: str
    options: Mapping[str, Any]


RESOURCES: Mapping[str, Resource] = {
    "orders": Resource("sync_orders", "orders", {"refunds": False}),
    "refunds": Resource("sync_refunds", "refunds", {"orders": False}),
}


def due_runs(hub: Hub, settings: WorkerSettings) -> list[tuple[str, str]]:
    """(shop, resource) and (`hub`, job) that should run now, longest waiting first."""
    names: dict[str, tuple[str, str]] = {}
    schedules = []
    for shop in hub.shops:
        begun = _begun(hub, shop)
        for name, resource in RESOURCES.items():
            if hub.world.services.port(f"shop:{shop}").has(resource.verb):
                key = f"{hub.settings.tenant}/{shop}/{name}"
                names[key] = (shop, name)
                schedules.append(Schedule(key, settings.interval(shop), begun.get(resource.kind), settings.tick))
    begun = _begun(hub, WHOLE) if settings.jobs else {}
    for name, interval in settings.jobs.items():
        key = f"{hub.settings.tenant}/{WHOLE}/{name}"
        names[key] = (WHOLE, name)
        schedules.append(Schedule(key, interval, begun.get(f"job_{name}"), settings.tick))
    return [names[one.key] for one in due(schedules, hub.clock.now())]


def _begun(hub: Hub, shop: str) -> dict[str, datetime]:
    """When the newest run of each kind began."""
    found: dict[str, datetime] = {}
    for run in hub.stores.runs(shop_key=shop, limit=_RUNS_READ):
        found[run.kind] = max(run.started_at, found.get(run.kind, run.started_at))
    return found


def pull(hub: Hub, shop: str, resource: str) -> Counts:
    """Pull one resource of one shop; a platform's refusal is a count and a name, not a failure."""
    if resource not in RESOURCES:
        raise ConfigurationError(f"no resource {resource}; there are {', '.join(RESOURCES)}")
    what, began = RESOURCES[resource], hub.clock.now()
    try:
        reports = hub.sync(shops=[shop], **what.options)
    except OrderHubError as error:
        _note(hub, what.kind, shop, began, error=error)
        raise
    counts: Counter[str] = Counter()
    for report in reports:
        counts += report.counts
    failed = [report for report in reports if report.error is not None]
    if any(report.started_at is None for report in failed):  # it never began, so nothing is in the run log yet
        _note(hub, what.kind, shop, began, error=failed[0].error)
    return {**counts, "errors": len(failed), **({"error": type(failed[0].error).__name__} if failed else {})}


def waiting(hub: Hub) -> list[str]:
    """Keys of the orders that wait for shipment, oldest first."""
    return [order.key for order in hub.stores.find_orders(OrderQuery(status=_SHIPPABLE))]


def fulfil(hub: Hub, keys: Sequence[str]) -> Counts:
    """Fulfil these orders; how many came to what."""
    outcomes = hub.fulfil(list(keys))
    return dict(Counter("ok" if outcome.ok else str(outcome.reason) for outcome in outcomes))


def job(hub: Hub, name: str) -> Counts:
    """Do one of the hub's jobs as a whole, and write down that it was done."""
    act, began = {"push_stock": _push_stock, "track": _track}[name], hub.clock.now()
    counts = act(hub)
    note_job(hub, name, began, counts)
    return counts


def note_job(hub: Hub, name: str, began: datetime, counts: Mapping[str, Any]) -> None:
    """The run log's entry of a job."""
    _note(hub, f"job_{name}", WHOLE, began, counts={key: n for key, n in counts.items() if isinstance(n, int)})


def _push_stock(hub: Hub) -> Counts:
    return dict(Counter("ok" if outcome.ok else str(outcome.reason) for outcome in hub.push_stock()))


def _track(hub: Hub) -> Counts:
    return {"parcels": len(hub.track())}


def _note(
    hub: Hub, kind: str, shop: str, began: datetime, *, counts: Mapping[str, int] | None = None,
    error: OrderHubError | None = None,
) -> None:  # fmt: skip
    run = Run(f"{shop}:{kind}:{began.isoformat()}", kind, shop, began, hub.clock.now(), counts or {},
              str(error) if error else None)  # fmt: skip
    hub.stores.put_run(run)
