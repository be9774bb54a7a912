"""Commands that tell figures: the report as a file, and customers of a segment. Imports `cli`, `hub`, `analytics`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from orderhub.cli.base import CONFIG, AsJson, Config, app, opened
from orderhub.cli.output import note, print_json, show, working

__all__ = ["report", "segment"]


@app.command(rich_help_panel="Operation")
def report(
    config: Config = CONFIG,
    kind: Annotated[
        Literal["html", "xlsx", "json"] | None,
        typer.Option("--format", help="By the file's ending when left out, else html."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "--html", help="Where to write it; report.html and so on when left out.")
    ] = None,
    language: Annotated[Literal["en", "zh"], typer.Option(help="Language of the page or workbook.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Figures over all stored orders as one self-contained HTML page, an Excel workbook or JSON."""
    target = _target(out, kind)
    with opened(config) as hub, working("looking", as_json):
        found = hub.report(None if as_json and out is None else target, language=language)
    if as_json:
        print_json(found.to_dict())
    else:
        note("written:", str(target))


def _target(out: Path | None, kind: str | None) -> Path:
    """Where to write, in which format; refused where the two disagree.

    Raises:
        typer.BadParameter: They disagree, or the ending names no format.
    """
    from orderhub.analytics.saving import FORMATS

    target = out or Path(f"report.{kind or 'html'}")
    ending = target.suffix.lower().removeprefix(".")
    if ending not in FORMATS or kind not in (None, ending):
        told = f"{target.name} must end in {f'.{kind}' if kind else ', '.join(f'.{one}' for one in FORMATS)}"
        raise typer.BadParameter(told, param_hint="--out")
    return target


@app.command(rich_help_panel="Operation")
def segment(
    name: Annotated[str | None, typer.Argument(help="champions, loyal, at_risk …; all when left out.")] = None,
    config: Config = CONFIG,
    out: Annotated[Path | None, typer.Option(help="Where to write .csv or .xlsx; shown when left out.")] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Secret of the hashes, as env:VARIABLE or keyring:SERVICE/NAME; a fresh one when left out."),
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Put the platforms' own ids of buyers beside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Customers of a segment by how lately and how often they bought, as hashed ids."""
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{out.name} must end in .csv or .xlsx", param_hint="--out")
    secret = _secret(key)
    with opened(config) as hub, working("looking", as_json):
        found = hub.export_segment(name, customer_key=secret, reveal=reveal)
        if out is not None:
            found.save(out)
    if out is not None:
        note("written:", str(out), as_json=as_json)
    if out is None or as_json:
        show(_rows(found), "Customers", as_json)


def _secret(reference: str | None) -> bytes | None:
    """The secret behind a reference; it never stands on the command line, where everybody reads it.

    Raises:
        typer.BadParameter: It is no reference.
        ConfigurationError: It leads nowhere.
    """
    from orderhub.hub.settings import resolve

    if reference is None:
        return None
    if not reference.startswith(("env:", "keyring:")):
        raise typer.BadParameter("write env:VARIABLE or keyring:SERVICE/NAME", param_hint="--key")
    return str(resolve("customer_key", reference)).encode()


def _rows(found: Any) -> list[dict[str, Any]]:
    return [{"platform": None, "buyer_id": None, **row} for row in found.records()]
