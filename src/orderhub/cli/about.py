"""Commands that tell about this installation and its models, and decode files. Imports `cli`, `hub`, `plugins`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from orderhub.cli.base import AsJson, app, attend
from orderhub.cli.completing import carriers_too, platforms
from orderhub.cli.output import note, print_json, show
from orderhub.models.channel import Limits

__all__ = ["capabilities", "completion", "connectors", "normalize", "schema"]

Carriers = Annotated[bool, typer.Option("--carriers", help="Carriers instead of marketplaces.")]
Platform = Annotated[str, typer.Argument(help="A connector's name, e.g. taobao.", autocompletion=platforms)]
_LIMITS = ("page_size_max", "window_max", "history", "batch_max", "rate_per_s")


@app.command(rich_help_panel="Models and connectors")
def connectors(carriers: Carriers = False, as_json: AsJson = False) -> None:
    """List installed connectors and what each can do."""
    from orderhub.hub.registry import broken
    from orderhub.hub.registry import connectors as installed
    from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
    from orderhub.plugins import CARRIERS, CONNECTORS

    place, verbs = (CARRIERS, CARRIER_VERBS) if carriers else (CONNECTORS, CHANNEL_VERBS)
    rows: list[dict[str, Any]] = []
    for name, connector in installed(place).items():
        found = connector.capabilities(verbs)
        can = [verb for verb, capability in found.items() if capability.available]
        lacks = {verb: capability.because for verb, capability in found.items() if not capability.available}
        rows.append({"name": name, "title": connector.spec.title, "verbs": can, "absent": lacks,
                     "facts": connector.spec.source, "error": None})  # fmt: skip
    lost = broken(place)
    rows += [
        {"name": name, "title": None, "verbs": [], "absent": {}, "facts": None, "error": why}
        for name, why in lost.items()
    ]
    columns = ("name", "title", "verbs", "absent", "facts", *(["error"] if lost else []))
    told = rows if as_json else [{**row, "verbs": len(row["verbs"]), "absent": len(row["absent"])} for row in rows]
    show(told, "Connectors", as_json, columns=columns)
    note("orderhub capabilities NAME tells each verb", as_json=as_json)
    attend(lost)


@app.command(rich_help_panel="Models and connectors")
def capabilities(
    name: Annotated[
        str | None, typer.Argument(help="A connector or carrier; all when left out.", autocompletion=carriers_too)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what each platform and carrier can do, within which limits, and what proves it."""
    from orderhub.hub.registry import connectors as installed
    from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
    from orderhub.plugins import CARRIERS, CONNECTORS

    rows: list[dict[str, Any]] = []
    for place, verbs in ((CONNECTORS, CHANNEL_VERBS), (CARRIERS, CARRIER_VERBS)):
        for found, connector in installed(place).items():
            if name in (None, found):
                rows += [_capability(found, one) for one in connector.capabilities(verbs).values()]
    if name and not rows:
        raise typer.BadParameter(f"nothing installed is called {name!r}", param_hint="NAME")
    columns = ("platform", "verb", "available", "evidence", "limits", "because")
    show(rows if as_json else [{**row, "limits": _words(row["limits"])} for row in rows], "Capabilities", as_json,
         columns=columns)  # fmt: skip


def _capability(platform: str, one: Any) -> dict[str, Any]:
    limits: Limits = one.limits
    told = {name: getattr(limits, name) for name in _LIMITS if getattr(limits, name) is not None}
    seconds = {name: held.total_seconds() if hasattr(held, "total_seconds") else held for name, held in told.items()}
    return {"platform": platform, "verb": one.verb, "available": one.available, "evidence": one.evidence,
            "limits": seconds, "because": one.because or None, "source": one.source}  # fmt: skip


def _words(limits: dict[str, Any]) -> str:
    return ", ".join(f"{name} {held:g}" for name, held in limits.items())


@app.command(rich_help_panel="Models and connectors")
def normalize(
    platform: Platform,
    file: Annotated[Path, typer.Argument(help="A native reply or order.", exists=True, dir_okay=False, readable=True)],
    shop_id: Annotated[str, typer.Option(help="The shop it came from.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Accepted; the output is JSON in any case.")] = False,
) -> None:
    """Decode a stored native reply or order; prints canonical orders and findings as JSON, nothing masked."""
    from orderhub.hub.normalise import normalize as decode

    found = decode(platform, file.read_bytes(), shop_id=shop_id)
    told = {
        "orders": [order.dump() for order in found.orders],
        "findings": [one.model_dump(mode="json") for one in found.findings],
    }
    print_json(told, indent=2)
    attend(found.quarantined)


@app.command(rich_help_panel="Models and connectors")
def schema(
    model: Annotated[str, typer.Argument(help="Model name, e.g. Order; all when left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Accepted; the output is JSON in any case.")] = False,
) -> None:
    """Print the JSON Schema of the canonical models."""
    from orderhub import models

    found = {
        name: kind
        for name in models.__all__
        if isinstance(kind := getattr(models, name), type)
        and issubclass(kind, models.Model)
        and not issubclass(kind, Enum)
    }
    if model and model not in found:
        raise typer.BadParameter(f"no model {model}; there are {', '.join(found)}", param_hint="MODEL")
    print_json(
        found[model].model_json_schema() if model else {name: kind.model_json_schema() for name, kind in found.items()},
        indent=2,
    )


@app.command(rich_help_panel="Models and connectors")
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish", "powershell", "pwsh"], typer.Argument(help="Which shell.")],
    as_json: AsJson = False,
) -> None:
    """Print the script that completes commands, options and values; `orderhub --install-completion` installs it."""
    from typer import completion as completing

    write: Any = completing.get_completion_script  # type: ignore[attr-defined]
    script = write(prog_name="orderhub", complete_var="_ORDERHUB_COMPLETE", shell=shell)  # nosec B604 - a shell's name
    print_json({"shell": shell, "script": script}) if as_json else print(script)
