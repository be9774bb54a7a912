"""Commands that look after what is under way: parcels and agreement of all records. Imports `cli`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orderhub.cli.base import CONFIG, AsJson, Config, DryRun, Keys, app, attend, opened
from orderhub.cli.output import note, show, working

__all__ = ["incidents", "reconcile", "track"]


@app.command(rich_help_panel="Parcels and agreement")
def track(config: Config = CONFIG, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Ask carriers about every parcel under way; customers hear of milestones, staff of incidents, each once."""
    with opened(config) as hub, working("asking the carriers", as_json):
        found = hub.track(dry_run=dry_run)
    show([_parcel(one) for one in found], "Parcels", as_json)
    attend(any(one.error or one.incidents for one in found), rehearsed=dry_run, as_json=as_json)


def _parcel(one: Any) -> dict[str, Any]:
    last = one.events[-1].at if one.events else None
    return {"order": one.order_key, "carrier": one.carrier, "waybill_no": one.waybill_no, "status": one.status,
            "last_event": last, "eta": one.eta.likely if one.eta else None,
            "incidents": [incident.kind for incident in one.incidents],
            "error": str(one.error) if one.error else None}  # fmt: skip


@app.command(rich_help_panel="Parcels and agreement")
def incidents(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """List parcels that need somebody, the oldest trouble first; nobody is asked."""
    with opened(config) as hub:
        found = hub.incidents()
    rows = [{"order": one.order_key, "carrier": one.carrier, "waybill_no": one.waybill_no, "status": one.status,
             "kind": one.incident.kind, "since": one.incident.since, "place": one.incident.place}
            for one in found]  # fmt: skip
    show(rows, "Incidents", as_json)
    attend(rows)


@app.command(rich_help_panel="Parcels and agreement")
def reconcile(
    keys: Keys = None,
    heal: Annotated[bool, typer.Option("--heal", help="Set right what is certain; the rest is for people.")] = False,
    platforms: Annotated[bool, typer.Option(help="Ask the platforms too, one call an order.")] = True,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Compare orders, records, reservations and platforms with each other: these orders, or all that are open."""
    from orderhub.fulfil.reconciling import DIFFERENCES

    with opened(config) as hub, working("comparing", as_json):
        found = hub.reconcile(keys or None, heal=heal, platforms=platforms, dry_run=dry_run)
    rows = [{"kind": one.kind, "key": one.key, "detail": one.detail, "about": DIFFERENCES[one.kind][0],
             "can_heal": one.can_heal, "healed": one.healed, "reason": one.reason}
            for one in found.differences]  # fmt: skip
    show(rows, "Differences", as_json)
    left = [one for one in found.differences if not one.healed]
    if heal and len(left) < len(rows):
        note("healed differences do not count; the rest is for people", as_json=as_json)
    attend(left, rehearsed=dry_run, as_json=as_json)
