"""Every command, and how errors are shown. Imports `cli`, `hub`, `errors`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from orderhub.errors import OrderHubError

__all__ = ["app", "run"]

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=(
    "Every marketplace, one order model. 多平台订单，一个模型。"))  # fmt: skip
console = Console()
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Config = Annotated[Path, typer.Option(help="Configuration file.")]
_CONFIG = Path("orderhub.toml")


def run() -> None:
    """Run a command; an error of the library is one clear line and exit code 2."""
    try:
        app()
    except OrderHubError as error:
        Console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        sys.exit(2)


def show(rows: Sequence[dict[str, Any]], title: str, as_json: bool) -> None:
    """A table for people, or JSON for machines."""
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, default=str))
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ("nothing",):
        table.add_column(name)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


@app.command()
def demo(
    platform: Annotated[
        list[str] | None,
        typer.Option(help="Platforms to show, any that the sandbox speaks; the first five when left out."),
    ] = None,
    orders: Annotated[int, typer.Option(help="Orders per shop.")] = 40,
    seed: Annotated[int, typer.Option(help="Same seed, same demo.")] = 11,
    html: Annotated[Path | None, typer.Option(help="Where to write the HTML report.")] = Path("demo-report.html"),
    as_json: AsJson = False,
) -> None:
    """Run the main job against the local sandbox over HTTP and check it against the sandbox's own truth."""
    from orderhub.cli.demo import run_demo

    sys.exit(run_demo(tuple(platform or ()), orders, seed, html, as_json=as_json))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 8700,
    host: Annotated[str, typer.Option(help="Address to bind; loopback unless you say otherwise.")] = "127.0.0.1",
    platform: Annotated[list[str] | None, typer.Option(help="Platforms to emulate; all when left out.")] = None,
    orders: Annotated[int, typer.Option(help="Seeded orders per shop.")] = 20,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 0,
    awkward: Annotated[bool, typer.Option("--awkward", help="Seed the difficult orders too.")] = False,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Lift documented call limits.")] = False,
) -> None:
    """Serve every platform's wire protocol and a control API on one local port."""
    from orderhub.sandbox import World
    from orderhub.sandbox.server import serve

    world = World(seed=seed, platforms=platform or None, orders=orders, awkward=awkward, limits=not no_limits,
                  base_url=f"http://{host}:{port}")  # fmt: skip
    console.print(
        f"sandbox on [bold]http://{host}:{port}[/]  shops: http://{host}:{port}/_sandbox/shops", highlight=False
    )
    serve(world, host, port)


@app.command()
def connectors(as_json: AsJson = False) -> None:
    """List installed connectors and what each can do."""
    from orderhub.hub.registry import broken
    from orderhub.hub.registry import connectors as installed
    from orderhub.kit.verbs import CHANNEL_VERBS

    rows: list[dict[str, Any]] = []
    for name, connector in installed().items():
        found = connector.capabilities(CHANNEL_VERBS)
        can = [verb for verb, capability in found.items() if capability.available]
        lacks = {verb: capability.because for verb, capability in found.items() if not capability.available}
        rows.append({"name": name, "title": connector.spec.title, "verbs": can if as_json else ", ".join(can),
                     "absent": lacks if as_json else ", ".join(lacks) or "-",
                     "facts": connector.spec.source})  # fmt: skip
    rows += [
        {"name": name, "title": "cannot be loaded", "verbs": "-", "absent": why, "facts": "-"}
        for name, why in broken().items()
    ]
    show(rows, "Connectors", as_json)


@app.command()
def pull(
    config: Config = _CONFIG,
    shop: Annotated[list[str] | None, typer.Option(help="Shop keys such as taobao:tb-1.")] = None,
    as_json: AsJson = False,
) -> None:
    """Pull what changed in every shop since the last run."""
    from orderhub.cli.progress import sync_progress
    from orderhub.hub.core import Hub

    with Hub.from_config(config) as hub, sync_progress(console, hub.shops, quiet=as_json) as on_page:
        reports = hub.sync(shops=shop, on_page=on_page)
    rows = [report.to_dict() for report in reports]
    if not as_json:
        rows = [{**row, "counts": _counts(row["counts"]), "findings": _counts(row["findings"])} for row in rows]
    show(rows, "Pulled", as_json)
    raise typer.Exit(1 if any(not report.ok for report in reports) else 0)


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()) if count) or "-"


@app.command()
def worker(
    slot: Annotated[int, typer.Option(help="Number of this worker, from 0; two processes must not share one.")],
    config: Annotated[list[Path] | None, typer.Option(help="Configuration files, one a tenant.")] = None,
) -> None:
    """Run one worker of a fleet until it is told to stop: scheduled pulls, fulfilment batches, jobs."""
    from orderhub.cli.worker import run_worker

    run_worker(config or [_CONFIG], slot, on_ready=lambda _: console.print(f"worker {slot} is ready", highlight=False))


@app.command()
def normalize(platform: str, file: Path, shop_id: str = "default") -> None:
    """Decode a stored native reply or order; prints canonical orders and findings as JSON."""
    from orderhub.hub.normalise import normalize as decode

    found = decode(platform, file.read_bytes(), shop_id=shop_id)
    told = {
        "orders": [order.dump() for order in found.orders],
        "findings": [f.model_dump(mode="json") for f in found.findings],
    }
    print(json.dumps(told, ensure_ascii=False, indent=2))
    raise typer.Exit(1 if found.quarantined else 0)


@app.command()
def schema(model: Annotated[str, typer.Argument(help="Model name, e.g. Order; all when left out.")] = "") -> None:
    """Print the JSON Schema of the canonical models."""
    import orderhub.models as models
    from orderhub.models import Model

    found = {
        name: kind
        for name in models.__all__
        if isinstance(kind := getattr(models, name), type) and issubclass(kind, Model)
    }
    if model and model not in found:
        raise typer.BadParameter(f"no model {model}; there are {', '.join(found)}")
    chosen = (
        found[model].model_json_schema() if model else {name: kind.model_json_schema() for name, kind in found.items()}
    )
    print(json.dumps(chosen, ensure_ascii=False, indent=2))


@app.command()
def report(
    config: Config = _CONFIG,
    html: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("report.html"),
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    as_json: AsJson = False,
) -> None:
    """Figures over all stored orders as one self-contained HTML page."""
    from orderhub.hub.core import Hub

    with Hub.from_config(config) as hub:
        found = hub.report(html, language="zh" if language == "zh" else "en")
    print(json.dumps(found.to_dict(), ensure_ascii=False, default=str)) if as_json else console.print(
        f"written: {html}"
    )


@app.command()
def doctor(config: Config = _CONFIG, as_json: AsJson = False) -> None:
    """Check clock, credentials, scopes, reachability and the database, without changing anything on a platform."""
    from orderhub.cli.doctor import examine

    rows = examine(config)
    show(rows, "Doctor", as_json)
    raise typer.Exit(1 if any(row["state"] == "bad" for row in rows) else 0)


@app.command("check-connector")
def check_connector(
    name: Annotated[str, typer.Argument(help="An installed connector or carrier, e.g. taobao, sf.")],
    emulator: Annotated[str, typer.Option(help="Name of its emulator, when it is another.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove an installed connector against the emulator of its platform: the conformance kit."""
    from orderhub.cli.conformance import show_checks

    raise typer.Exit(show_checks(console, name, emulator, as_json=as_json))


@app.command("new-connector")
def new_connector(
    name: Annotated[str, typer.Argument(help="The platform's name: lower case letters and digits.")],
    folder: Annotated[Path, typer.Option(help="Where to put the package.")] = Path(),
) -> None:
    """Write an installable connector package with its emulator, which passes the conformance kit at birth."""
    from orderhub.cli.scaffold import write_package

    target = write_package(name, folder)
    console.print(f"written: {target}", highlight=False)
    console.print(f"next:    pip install -e {target} && orderhub check-connector {name}", highlight=False)
