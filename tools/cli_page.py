"""Blocks of the page about the command line, from the commands themselves. Used by `docs.py` beside this file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import typer

from orderhub.cli.app import app
from orderhub.cli.catalogue import COMMANDS, Command
from orderhub.cli.exits import EXITS
from orderhub.cli.words_help import leaves

__all__ = ["cli_commands", "cli_details", "cli_exits"]


def _grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _found() -> Iterator[tuple[str, Any, Command]]:
    """Commands in the order of the help."""
    tree = dict(leaves(typer.main.get_command(app)))
    for path, row in COMMANDS.items():
        yield path, tree[path], row


def cli_exits() -> str:
    """Every exit code."""
    return _grid(("code", "name", "means", "中文"), [
        (int(code), f"`{code.name}`", english, chinese) for code, (english, chinese) in EXITS.items()])  # fmt: skip


def cli_commands() -> str:
    """Every command in one line."""
    rows = [
        (f"[`orderhub {path}`](#{_anchor(path)})", command.help, row.attention or "-",
         "yes" if row.changes and not row.rehearsal else f"no: {row.rehearsal}" if row.rehearsal else "changes nothing")
        for path, command, row in _found()
    ]  # fmt: skip
    return _grid(("command", "does", "ends with 1 when", "`--dry-run`"), rows)


def _anchor(path: str) -> str:
    return f"orderhub-{path.replace(' ', '-')}"


def cli_details() -> str:
    """Every command with its arguments, options and the shape of its JSON."""
    return "\n\n".join("\n\n".join(_detail(*found)) for found in _found())


def _detail(path: str, command: Any, row: Command) -> Iterator[str]:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    words = " ".join(_metavar(param) for param in arguments)
    yield f"### `orderhub {path}{' ' if words else ''}{words}` {{#{_anchor(path)}}}"
    yield str(command.help)
    yield _grid(("option", "default", "what it is"), [
        (" ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts)), _default(param), param.help)
        for param in command.params if param.help])  # fmt: skip
    kind = "a list of objects" if row.prints == "rows" else "one object"
    if row.fields:
        yield f"With `--json`: {kind}."
        yield _grid(("field", "what it is"), [(f"`{name}`", about or "-") for name, about in row.fields.items()])
    else:
        yield f"With `--json`: {kind}."


def _metavar(param: Any) -> str:
    """An argument as usage lines write it."""
    word = str(param.name).upper() + ("..." if param.nargs == -1 else "")
    return word if param.required else f"[{word}]"


def _default(param: Any) -> str:
    if param.required:
        return "needed"
    value = param.default
    if value is None or value == "" or callable(value):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`"
