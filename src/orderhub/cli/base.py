"""The application that commands register with, and the options that many of them share. Imports `cli`, `hub`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from orderhub.cli.completing import orders_statuses, shop_keys
from orderhub.cli.exits import ExitCode
from orderhub.cli.group import Group
from orderhub.cli.output import note
from orderhub.errors import ConfigurationError, OrderHubError

__all__ = [
    "CONFIG",
    "AsJson",
    "Config",
    "DryRun",
    "Keys",
    "Limit",
    "Shops",
    "Since",
    "Statuses",
    "Until",
    "app",
    "attend",
    "chosen",
    "group",
    "instant",
    "opened",
]

CONFIG = Path("orderhub.toml")
app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Every marketplace, one order model. 多平台订单，一个模型。",
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Config = Annotated[Path, typer.Option(help="Configuration file.", envvar="ORDERHUB_CONFIG")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would come of it, change nothing.")]
Shops = Annotated[
    list[str] | None,
    typer.Option("--shop", help="Shop keys such as taobao:tb-1; all when left out.", autocompletion=shop_keys),
]
Keys = Annotated[list[str] | None, typer.Argument(help="Order keys such as taobao:tb-1:123; see the command's help.")]
Since = Annotated[str | None, typer.Option(help="2026-11-11, 2026-11-11T08:00+08:00, or a span back such as 12h.")]
Until = Annotated[str | None, typer.Option(help="The same for the end; now when left out.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Most rows.")]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", help="Order status; several may be given.", autocompletion=orders_statuses),
]

_SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"orderhub {version('orderhub')}")
        raise typer.Exit


@app.callback()
def root(
    lang: Annotated[str | None, typer.Option(help="en or zh; else ORDERHUB_LANG, LC_ALL, LANG.")] = None,
    is_version: Annotated[
        bool, typer.Option("--version", help="The version, and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Every marketplace, one order model. 多平台订单，一个模型。"""


def group(name: str, panel: str, about: str) -> typer.Typer:
    """A group of commands below the root, under a heading of the help."""
    made = typer.Typer(no_args_is_help=True, help=about)
    app.add_typer(made, name=name, rich_help_panel=panel)
    return made


@contextmanager
def opened(config: Path) -> Iterator[Any]:
    """The hub of a configuration file, closed at the end.

    Raises:
        ConfigurationError: The file is wrong in any way, also in ways that no reader foresaw.
    """
    from orderhub.hub.core import Hub

    try:
        hub = Hub.from_config(config)
    except OrderHubError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{config} cannot be read: {error.strerror or type(error).__name__}") from error
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        told = f"{config}: something in it has the wrong shape ({type(error).__name__})"
        raise ConfigurationError(f"{told}; compare it with docs/how-to/configure.md") from error
    with hub:
        yield hub


def chosen(hub: Any, shops: Sequence[str] | None) -> list[str]:
    """Shop keys that were asked for, all when none were.

    Raises:
        typer.BadParameter: The hub has no such shop.
    """
    if strange := sorted(set(shops or ()) - set(hub.shops)):
        told = f"no shop {', '.join(strange)}; the configuration has {', '.join(hub.shops) or 'none'}"
        raise typer.BadParameter(told, param_hint="--shop")
    return list(dict.fromkeys(shops)) if shops else list(hub.shops)


def attend(wanted: Any, *, rehearsed: bool = False, as_json: bool = False) -> None:
    """End with `ATTENTION` where something needs a look; say so where nothing was changed."""
    if rehearsed:
        note("only rehearsed: nothing was changed", as_json=as_json)
    raise typer.Exit(int(ExitCode.ATTENTION if wanted else ExitCode.OK))


def instant(text: str | None, option: str) -> datetime | None:
    """An instant, aware UTC: a span back from now, or a date; without a zone it is this machine's.

    Raises:
        typer.BadParameter: Neither.
    """
    if text is None:
        return None
    if span := re.fullmatch(r"(\d{1,5})([mhdw])", text):
        return datetime.now(UTC) - timedelta(**{_SPANS[span[2]]: int(span[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        told = f"{text!r} is no instant; write 2026-11-11, 2026-11-11T08:00+08:00, 90m, 12h, 7d or 2w"
        raise typer.BadParameter(told, param_hint=f"--{option}") from None
