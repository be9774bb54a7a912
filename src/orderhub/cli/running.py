"""Commands that run something whole: demo, sandbox, worker, simulation, checks. Imports `cli`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from orderhub.cli.base import CONFIG, AsJson, Config, app, attend
from orderhub.cli.completing import carriers_too, platforms
from orderhub.cli.output import errors_to, is_quiet, output, print_json, show, working
from orderhub.cli.words import say
from orderhub.errors import ConfigurationError

__all__ = ["check_connector", "demo", "doctor", "new_connector", "sandbox", "simulate", "worker"]

Platforms = Annotated[
    list[str] | None,
    typer.Option("--platform", help="Platforms, any that the sandbox speaks.", autocompletion=platforms),
]
Seed = Annotated[int, typer.Option(help="Same seed, same world.")]


@app.command(rich_help_panel="Trying things out")
def demo(
    platform: Platforms = None,
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="Orders per shop.")] = 40,
    seed: Seed = 11,
    html: Annotated[Path | None, typer.Option(help="Where to write the HTML report.")] = Path("demo-report.html"),
    as_json: AsJson = False,
) -> None:
    """Run the main job against the local sandbox over HTTP and check it against the sandbox's own truth."""
    _spoken(platform)
    from orderhub.cli.demo import run_demo

    sys.exit(run_demo(tuple(platform or ()), orders, seed, html, as_json=as_json))


@app.command(rich_help_panel="Trying things out")
def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on loopback.")] = 8700,
    host: Annotated[str, typer.Option(help="Address to bind; loopback unless you say otherwise.")] = "127.0.0.1",
    platform: Platforms = None,
    orders: Annotated[int, typer.Option(min=0, max=100_000, help="Seeded orders per shop.")] = 20,
    seed: Seed = 0,
    awkward: Annotated[bool, typer.Option("--awkward", help="Seed the difficult orders too.")] = False,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Lift documented call limits.")] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Further names of this machine by which its control API may be called.")
    ] = None,
    write_config: Annotated[
        Path | None, typer.Option(help="Write a configuration of its shops and carriers here first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve every platform's wire protocol, a control API and a page for browsers on one local port."""
    _spoken(platform)
    from orderhub.hub.canonical import canonical
    from orderhub.sandbox import World
    from orderhub.sandbox.server import serve

    _free(host, port)
    url = f"http://{host}:{port}"
    world = World(seed=seed, platforms=platform or None, orders=orders, awkward=awkward, limits=not no_limits,
                  base_url=url, canonical=canonical)  # fmt: skip
    variables = _configured(world, write_config)
    if as_json:
        print_json({"url": url, "shops": f"{url}/_sandbox/shops", "variables": variables})
        sys.stdout.flush()
    else:
        output().print(f"sandbox on [bold]{url}[/] (open it in a browser)  shops: {url}/_sandbox/shops")
        if variables:
            output().print(f"[bold]. {variables}[/]  then  [bold]orderhub pull --config {write_config}[/]")
    serve(world, host, port, allow_host or ())


def _configured(world: Any, file: Path | None) -> str | None:
    """Write the configuration that was asked for; answers where its variables are."""
    if file is None:
        return None
    from orderhub.cli.sandbox_config import write_config

    return str(write_config(world, file))


def _spoken(given: list[str] | None) -> None:
    from orderhub.sandbox.platforms import installed

    if strange := sorted(set(given or ()) - set(installed())):
        told = f"the sandbox does not speak {', '.join(strange)}; it speaks {', '.join(installed())}"
        raise typer.BadParameter(told, param_hint="--platform")


def _free(host: str, port: int) -> None:
    """Refuse a port that somebody else has, before a world is made for it."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise typer.BadParameter(f"{host}:{port} cannot be bound: {error.strerror}", param_hint="--port") from None


@app.command(rich_help_panel="Operation")
def worker(
    slot: Annotated[int, typer.Option(min=0, help="Number of this worker, from 0; two processes must not share one.")],
    config: Annotated[list[Path] | None, typer.Option(help="Configuration files, one a tenant.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run one worker of a fleet until it is told to stop: scheduled pulls, fulfilment batches, jobs."""
    from orderhub.cli.worker import run_worker

    def ready(_: Any) -> None:
        print_json({"worker": slot, "state": "ready"}) if as_json else print(f"worker {slot} is ready")
        sys.stdout.flush()

    run_worker(config or [CONFIG], slot, on_ready=ready)


@app.command(rich_help_panel="Trying things out")
def simulate(
    seed: Seed = 0,
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, help="Histories, one seed after the other.")] = 1,
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Steps of each history under faults.")] = 300,
    shrink: Annotated[bool, typer.Option("--shrink", help="Leave out faults that a failure does not need.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play business in virtual time with faults against the whole library, and check what must always hold."""
    from orderhub.cli.simulating import run_simulation

    attend(not run_simulation(seed, runs, steps, shrunk=shrink, as_json=as_json))


@app.command(rich_help_panel="Operation")
def doctor(
    config: Config = CONFIG,
    callback: Annotated[
        list[str] | None, typer.Option(help="Public address that platforms push to; tried as they would.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no platform.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check what goes wrong with an installation: clock, secrets, database, extras, shops; changes nothing anywhere."""
    from orderhub.cli.doctor import examine

    with working("looking", as_json):
        rows = examine(config, callbacks=callback or (), offline=offline)
    told = rows if as_json else [{**row, "check": _named(row["check"])} for row in rows]
    show(told, "Doctor", as_json, columns=("state", "check", "seen", "do"))
    attend(any(row["state"] == "bad" for row in rows))


def _named(check: str) -> str:
    """A check in the language in use; what it is about stays as it is."""
    first, _, rest = check.partition(" ")
    return f"{first} {say(rest)}" if ":" in first and rest else say(check)


@app.command("check-connector", rich_help_panel="Trying things out")
def check_connector(
    name: Annotated[
        str, typer.Argument(help="An installed connector or carrier, e.g. taobao, sf.", autocompletion=carriers_too)
    ],
    emulator: Annotated[str, typer.Option(help="Name of its emulator, when it is another.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove an installed connector against the emulator of its platform: the conformance kit."""
    try:
        from orderhub.cli.conformance import show_checks
    except ModuleNotFoundError as error:
        raise ConfigurationError(f'the conformance kit needs {error.name}: pip install "orderhub[sandbox]"') from None

    raise typer.Exit(show_checks(output(), name, emulator, as_json=as_json, quiet=is_quiet(as_json), bar=errors_to()))


@app.command("new-connector", rich_help_panel="Trying things out")
def new_connector(
    name: Annotated[str, typer.Argument(help="The platform's name: lower case letters and digits.")],
    folder: Annotated[Path, typer.Option(help="Where to put the package.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write an installable connector package with its emulator, which passes the conformance kit at birth."""
    from orderhub.cli.scaffold import write_package

    target = write_package(name, folder)
    command = f"pip install -e {target} && orderhub check-connector {name}"
    if as_json:
        print_json({"path": str(target), "next": command})
        return
    output().print(f"written: {target}\nnext:    {command}", markup=False)
