"""The root of all commands: language, errors, exit codes in one place. Imports `cli`, `errors`.

Whatever goes wrong ends here: a message that says what, where and what to do, and a code of `cli.exits`. With `--json`
the message is the one document on standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from orderhub.cli.exits import EXITS, HINTS, ExitCode, exit_of, hint_of
from orderhub.cli.output import errors_to, print_json, printable
from orderhub.cli.words import LANGUAGES, current, language_of, say, split_language, use
from orderhub.cli.words_help import translate, usage_words
from orderhub.errors import OrderHubError

__all__ = ["Group", "Misused"]

Misused = typer.BadParameter.__mro__[1]
"""Every error of a command line that is wrong, wherever the library keeps it."""


class Group(TyperGroup):
    """A group of commands that never shows a traceback, unless ORDERHUB_DEBUG asks for it."""

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, windows_expand_args: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run a command and exit with a code of the table."""
        given, asked = split_language(sys.argv[1:] if args is None else args)
        use(language_of({"LANG": asked} if asked else os.environ))
        as_json = "--json" in given
        if asked is not None and asked not in LANGUAGES:
            sys.exit(_tell(typer.BadParameter(f"no language {asked!r}; there are {', '.join(LANGUAGES)}"), as_json))
        translate(self, current())
        act: Callable[..., Any] = super().main
        code = _ended(lambda: act(given, prog_name, complete_var, standalone_mode=False, **extra), as_json)
        if not standalone_mode:
            return code
        sys.exit(code)

    def invoke(self, ctx: Any) -> Any:
        """Run what was asked for; a pipe that nobody reads any more is taken out of the library's hands."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error


class _PipeClosed(Exception):
    """Whoever read the output stopped reading."""


def _ended(act: Callable[[], Any], as_json: bool) -> int:
    """What a command ended with; a command that returns nothing did well."""
    try:
        code = act()
        sys.stdout.flush()
    except (BrokenPipeError, _PipeClosed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PIPE_CLOSED
    except (KeyboardInterrupt, typer.Abort):
        return _tell(KeyboardInterrupt(), as_json)
    except Exception as error:
        if os.environ.get("ORDERHUB_DEBUG") and exit_of(error) is ExitCode.INTERNAL and not isinstance(error, Misused):
            raise
        return _tell(error, as_json)
    if code == ExitCode.INTERRUPTED:
        return _tell(KeyboardInterrupt(), as_json)
    return int(code) if isinstance(code, int) else ExitCode.OK


def _tell(error: BaseException, as_json: bool) -> int:
    """Say what went wrong, for people or machines; answers the exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]
        return ExitCode.USAGE
    code = ExitCode.USAGE if isinstance(error, Misused) else exit_of(error)
    kind, message, where = _words(error)
    hint = HINTS["UsageError"] if isinstance(error, Misused) else hint_of(error) or EXITS[code]
    advice = hint[current() == "zh"]
    if as_json:
        told = {"kind": kind, "exit": int(code), "message": message, "hint": advice, "where": where}
        print_json({"error": told})
        return code
    console = errors_to()
    console.print(Text.assemble((kind, "bold red"), ": ", printable(message)), soft_wrap=True)
    if where:
        places = printable(", ".join(f"{name}={held}" for name, held in where.items()))
        console.print(Text(f"  {say('where')}: {places}"), soft_wrap=True)
    console.print(Text(f"  {say('what to do')}: {advice}"), soft_wrap=True)
    return code


def _words(error: BaseException) -> tuple[str, str, dict[str, Any]]:
    """Kind, message and place of an error. Of a defect only where it is: its text may hold what nobody may see."""
    kind = type(error).__name__
    if isinstance(error, OrderHubError):
        value = f" ({error.value})" if error.value else ""
        return kind, (error.message or kind) + value, error.context()
    if isinstance(error, Misused):
        return "UsageError", usage_words(error, current()), _command(error)
    if isinstance(error, OSError):
        return kind, f"{error.filename or ''}: {error.strerror or kind}".lstrip(": "), {}
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted", say("stopped"), {}
    return kind, say("a defect of this program; set ORDERHUB_DEBUG=1 to see where"), {"at": _place(error)}


def _command(error: Any) -> dict[str, Any]:
    context = getattr(error, "ctx", None)
    return {"command": context.command_path} if context is not None else {}


def _place(error: BaseException) -> str:
    step, found = error.__traceback__, "?"
    while step is not None:
        found, step = f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}", step.tb_next
    return found
