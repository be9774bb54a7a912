"""Laws over every command, by enumeration: documented, in two languages, and never a traceback on any bad input."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from orderhub import errors
from orderhub.cli import base, doctor
from orderhub.cli.app import app
from orderhub.cli.catalogue import COMMANDS
from orderhub.cli.exits import EXITS, HINTS, ExitCode, exit_of, hint_of
from orderhub.cli.output import is_quiet, plain, told
from orderhub.cli.progress import share_progress, sync_progress
from orderhub.cli.words import WORDS, language_of, split_language
from orderhub.cli.words_help import COMMANDS_ZH, OPTIONS_ZH, PANELS_ZH, leaves
from orderhub.collect.report import SyncReport
from orderhub.stores.base import StoreUnavailable

ROOT, CHINESE = typer.main.get_command(app), typer.main.get_command(app)
TREE = dict(leaves(ROOT))
LEAVES = {path: one for path, one in TREE.items() if not hasattr(one, "commands") and path != "sync"}
GROUPS = sorted(set(TREE) - set(LEAVES) - {"sync"})
MARKER = "planted-secret-5150"
STRANGE = "nope[/]\x1b[31m"
"""Words that are markup and terminal codes to whoever prints them unguarded."""


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a configuration, an environment without languages."""
    monkeypatch.chdir(tmp_path)
    for name in ("ORDERHUB_CONFIG", "ORDERHUB_LANG", "LC_ALL", "LC_MESSAGES", "ORDERHUB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    exit_code: Any
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def run(*words: str) -> Done:
    """What a command ends with: always a code of the table, never a bare exception."""
    out, err, code = io.StringIO(), io.StringIO(), None
    tree = CHINESE if any(word.startswith("--lang") for word in words) else ROOT
    with redirect_stdout(out), redirect_stderr(err):
        try:
            tree.main(list(words), "orderhub")
        except SystemExit as stopped:
            code = stopped.code
    found = Done(code, out.getvalue(), err.getvalue())
    assert code in set(ExitCode), (words, code)
    assert "Traceback" not in found.output, words
    assert "\x1b[31m" not in found.output, words
    return found


def refused(*words: str) -> dict[str, Any]:
    """The error of a command that cannot do its work: one JSON document, and the same for people on standard error."""
    machine, people = run(*words, "--json"), run(*words)
    document = json.loads(machine.stdout)
    assert set(document) == {"error"}
    told_error: dict[str, Any] = document["error"]
    assert set(told_error) == {"kind", "exit", "message", "hint", "where"}
    assert told_error["exit"] == machine.exit_code == people.exit_code > ExitCode.ATTENTION, words
    assert people.stdout == "" and told_error["kind"] in people.stderr, words
    assert told_error["message"], words
    assert told_error["hint"] and told_error["hint"] in people.stderr.replace("\n", " "), words
    return told_error


# --- the table and the tree ---


def test_every_command_is_in_the_catalogue_with_what_it_promises() -> None:
    assert set(LEAVES) == set(COMMANDS)
    for path, command in LEAVES.items():
        options, row = {name for param in command.params for name in param.opts}, COMMANDS[path]
        assert "--json" in options, path
        assert ("--dry-run" in options) == (row.changes and not row.rehearsal), path
        assert (command.help or "").strip().endswith((".", "masked.")), path


def test_every_help_stands_in_two_languages() -> None:
    assert set(COMMANDS_ZH) == set(TREE) - {"sync"}
    helps = {param.help for one in TREE.values() for param in one.params if param.help}
    assert set(OPTIONS_ZH) - helps <= {"Show this message and exit."}
    assert helps - set(OPTIONS_ZH) == set()
    panels = {one.rich_help_panel for path, one in TREE.items() if path and " " not in path and path != "sync"}
    assert panels == set(PANELS_ZH)
    for english, chinese in {**WORDS, **COMMANDS_ZH, **OPTIONS_ZH, **PANELS_ZH}.items():
        assert chinese.strip() and (english in ("sku",) or any("\u4e00" <= mark <= "\u9fff" for mark in chinese)), (
            english
        )


@pytest.mark.parametrize("path", sorted(TREE))
def test_every_command_has_help(path: str) -> None:
    found = run(*path.split(), "--help")
    assert found.exit_code == 0 and found.stdout.strip()


def test_every_help_can_be_read_in_chinese() -> None:
    for path in (*GROUPS, "pull", "orders list"):
        shown = run("--lang", "zh", *path.split(), "--help").stdout
        assert COMMANDS_ZH[path][:4] in shown and "选项" in shown and "显示本帮助并退出" in shown


def test_every_error_has_a_code_and_advice_in_two_languages() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__] + [StoreUnavailable]
    for kind in kinds:
        code, hint = exit_of(kind("x")), hint_of(kind("x"))
        assert ExitCode.USAGE < code < ExitCode.INTERNAL, kind
        assert hint is not None and all(hint), kind
    assert exit_of(errors.OutcomeUnknown("x")) is ExitCode.UNKNOWN
    assert exit_of(errors.TokenExpired("x")) is exit_of(errors.TimedOut("x")) is ExitCode.OUTSIDE
    assert exit_of(errors.NotFound("x")) is ExitCode.REFUSED
    assert exit_of(FileNotFoundError("x")) is ExitCode.USAGE and exit_of(ZeroDivisionError()) is ExitCode.INTERNAL
    assert set(EXITS) == set(ExitCode) and all(all(said) for said in (*EXITS.values(), *HINTS.values()))


# --- bad input ---


def _bad_values() -> Iterator[tuple[str, ...]]:
    """Every option of every command with words that fit nowhere, save those that take any word and would start."""
    starts = {("demo", "html"), ("sandbox", "allow_host"), ("sandbox", "write_config")}
    for path, command in LEAVES.items():
        needed = [STRANGE for param in command.params if param.param_type_name == "argument" and param.required]
        for param in command.params:
            if param.param_type_name == "option" and not param.is_flag and (path, param.name) not in starts:
                yield (*path.split(), *needed, param.opts[0], STRANGE)


def test_no_value_of_any_option_is_a_traceback() -> None:
    for words in _bad_values():
        if words[0] == "doctor":  # tells what is wrong in its rows
            assert run(*words, "--offline").exit_code == ExitCode.ATTENTION
            continue
        assert refused(*words)["exit"] in (ExitCode.USAGE, ExitCode.CONFIGURATION), words


def test_unknown_options_commands_and_missing_words_are_usage_errors() -> None:
    for path, command in LEAVES.items():
        told_error = refused(*path.split(), "--no-such-option")
        assert told_error["exit"] == ExitCode.USAGE and told_error["where"] == {"command": f"orderhub {path}"}
        if any(param.required for param in command.params):
            assert refused(*path.split())["exit"] == ExitCode.USAGE
    for path in GROUPS:
        assert refused(*path.split(), "nothing-such")["exit"] == ExitCode.USAGE
        assert run(*path.split()).exit_code == ExitCode.USAGE
    assert "没有命令" in run("--lang=zh", "nothing-such").stderr
    assert "没有选项 --nope" in run("pull", "--nope", "--lang", "zh").stderr
    assert refused("pull", "--lang", "xx")["exit"] == refused("pull", "--lang")["exit"] == ExitCode.USAGE


CONFIGS: dict[str, tuple[str, str]] = {
    "broken": ('shops = [', ""),
    "unknown key": ("shop = 1", "shop"),
    "number for shops": ("shops = 5", "shops"),
    "numbers in shops": ("shops = [5]", "shops"),
    "text in shops": ('shops = ["taobao"]', "shops"),
    "table for warehouses": ('warehouses = {code = "sh"}', "warehouses"),
    "warehouse without code": ('[[warehouses]]\nname = "x"', "warehouses"),
    "text for days": ('backfill_days = "many"', "backfill_days"),
    "list for skus": ("skus = [1]", "skus"),
    "table for database": ("database = {a = 1}", "database"),
    "list for rate cards": ("rate_cards = 7", "rate_cards"),
    "no such rate card": ('rate_cards = ["gone.csv"]', "gone.csv"),
    "no such scheme": ('database = "mysql://x"', "mysql"),
    "no such folder": ('database = "sqlite:////nowhere/at/all.db"', "nowhere"),
    "no such platform": ('[[shops]]\nplatform = "ebay"\napp_key = "1"\napp_secret = "env:SECRET"', "ebay"),
    "shop without platform": ('[[shops]]\napp_key = "1"\napp_secret = "env:SECRET"', "platform"),
    "shop without keys": ('[[shops]]\nplatform = "taobao"', "app_key"),
    "strange setting": ('[[shops]]\nplatform = "taobao"\napp_key = "1"\napp_secret = "env:SECRET"\nnope = 1', "nope"),
    "secret in the file": (f'[[shops]]\nplatform = "taobao"\napp_key = "1"\napp_secret = "{MARKER}"', "app_secret"),
    "no such variable": ('[[shops]]\nplatform = "taobao"\napp_key = "1"\napp_secret = "env:NO_SUCH"', "NO_SUCH"),
    "date without zone": ('[[shops]]\nplatform = "taobao"\napp_key = "1"\napp_secret = "env:SECRET"\n'
                          'access_token = "env:SECRET"\nexpires_at = "2030-01-01"', "expires_at"),
    "no date": ('[[shops]]\nplatform = "taobao"\napp_key = "1"\napp_secret = "env:SECRET"\n'
                          'access_token = "env:SECRET"\nexpires_at = "soon"', "expires_at"),
    "no such carrier": ('[[carriers]]\ncarrier = "pigeon"\napp_key = "1"\napp_secret = "env:SECRET"', "pigeon"),
    "number for notify": ("notify = 3", "notify"),
    "number for audit": ("audit = 3", "audit"),
    "number for allocation": ("allocation = 3", "allocation"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_a_wrong_configuration_is_told_by_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by the doctor, who finds it without opening anything."""
    monkeypatch.setenv("SECRET", MARKER)
    text, word = CONFIGS[name]
    (tmp_path / "orderhub.toml").write_text(text, "utf-8")
    told_error = refused("health")
    assert told_error["exit"] == ExitCode.CONFIGURATION
    assert word in json.dumps(told_error, ensure_ascii=False)
    found = run("doctor", "--offline", "--json")
    assert found.exit_code == ExitCode.ATTENTION
    bad = [row for row in json.loads(found.stdout) if row["state"] == "bad"]
    assert bad and all(row["do"] for row in bad) and word in json.dumps(bad, ensure_ascii=False)
    assert MARKER not in found.output + json.dumps(told_error)


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for place in ("gone.toml", "binary.toml", str(tmp_path)):
        assert refused("health", "--config", place)["exit"] == ExitCode.CONFIGURATION
        assert run("doctor", "--config", place).exit_code == ExitCode.ATTENTION
    assert refused("normalize", "taobao", "gone.json")["exit"] == ExitCode.USAGE
    assert refused("normalize", "taobao", str(tmp_path))["exit"] == ExitCode.USAGE
    (tmp_path / "junk.json").write_bytes(b"\xff\xfe\x00")
    assert refused("normalize", "nobody", "junk.json")["exit"] == ExitCode.CONFIGURATION
    assert run("normalize", "taobao", "junk.json").exit_code in (ExitCode.ATTENTION, ExitCode.REFUSED)


def test_every_command_over_a_configuration_refuses_a_missing_one_alike() -> None:
    for path, command in LEAVES.items():
        names = {param.name for param in command.params}
        if "config" in names and path not in ("doctor", "worker"):
            needed = {"since": ["--since", "1d"], "reason": ["--reason", "x"]}
            words = [word for name, given in needed.items() if name in names for word in given]
            words += ["--who", "x"] if "who" in names else []
            given = {"keys": "a:b:c", "key": "a:b:c", "code": "x", "act": "ask"}
            needs = [given[p.name] for p in command.params if p.param_type_name == "argument" and p.required]
            assert refused(*path.split(), *needs, *words)["exit"] == ExitCode.CONFIGURATION, path


def test_a_defect_shows_its_place_and_nothing_of_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise ZeroDivisionError(MARKER)

    monkeypatch.setattr(doctor, "examine", broken)
    found = run("doctor", "--json")
    assert found.exit_code == ExitCode.INTERNAL and MARKER not in found.output
    assert json.loads(found.stdout)["error"]["where"]["at"].startswith("test_cli_laws.py:")
    monkeypatch.setenv("ORDERHUB_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("doctor")


def test_being_stopped_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", stopped)
    found = run("doctor", "--json")
    assert found.exit_code == ExitCode.INTERRUPTED and json.loads(found.stdout)["error"]["kind"] == "Interrupted"


# --- language, spans, cells, completion ---


def test_the_first_variable_that_is_set_decides_the_language() -> None:
    assert language_of({}) == "en"
    assert language_of({"LANG": "zh_CN.UTF-8"}) == language_of({"LC_ALL": "zh-Hans", "LANG": "en_US"}) == "zh"
    assert language_of({"ORDERHUB_LANG": "en", "LANG": "zh_CN"}) == language_of({"LANG": "zha_CN"}) == "en"
    assert split_language(["pull", "--lang", "zh", "--json"]) == (["pull", "--json"], "zh")
    assert split_language(["x", "--", "--lang", "zh"]) == (["x", "--", "--lang", "zh"], None)


def test_instants_are_spans_dates_or_refused() -> None:
    assert base.instant(None, "since") is None
    day = base.instant("2026-11-11T08:00+08:00", "since")
    assert day is not None and day.isoformat() == "2026-11-11T00:00:00+00:00"
    spans = [base.instant(text, "since") for text in ("90m", "12h", "7d", "2w")]
    assert spans == sorted((one for one in spans if one), reverse=True) and len(spans) == 4
    for text in ("", "yesterday", "7 d", "99999999d", "2026-13-01", "-1d", "0001-01-01T00:00+14:00"):
        with pytest.raises(typer.BadParameter, match="7d"):
            base.instant(text, "since")


def test_cells_are_text_whatever_they_hold() -> None:
    assert told({"b": 2, "a": 1, "none": 0}) == "a 1, b 2" and told(None) == told("") == "-"
    assert told("\x1b[31mred\n") == " [31mred " and told(True) == "✓"
    assert plain({1: (ExitCode.OK,)}) == {"1": [0]}


def test_progress_is_shown_on_a_terminal_and_nowhere_else() -> None:
    for quiet in (False, True):
        page = io.StringIO()
        console = Console(file=page, force_terminal=True, width=120)
        with share_progress(console, ["taobao:tb-1"], quiet=quiet) as on_window:
            on_window(SyncReport("taobao:tb-1", progress=0.5))
        with sync_progress(console, ["taobao:tb-1"], quiet=quiet) as on_page:
            on_page(SyncReport("taobao:tb-1", counts=Counter(inserted=4321)))
        assert ("50%" in page.getvalue()) == ("4321 orders" in page.getvalue()) == (not quiet)
    with redirect_stderr(io.StringIO()):
        assert is_quiet(False)


def test_a_shell_is_offered_commands_options_and_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orderhub.toml").write_text('[[shops]]\nplatform = "taobao"\nshop_id = "tb-1"\n', "utf-8")

    def offered(line: str) -> str:
        words = {"_ORDERHUB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        with monkeypatch.context() as env:
            for name, value in words.items():
                env.setenv(name, value)
            return run().stdout

    assert "quarantine" in offered("orderhub quar") and "--dry-run" in offered("orderhub pull --dry")
    assert "taobao:tb-1" in offered("orderhub pull --shop tao")
    assert "awaiting_shipment" in offered("orderhub orders list --status await")
    assert "pinduoduo" in offered("orderhub normalize pin")
    (tmp_path / "orderhub.toml").write_text("shops = 5", "utf-8")
    assert offered("orderhub pull --shop tao").strip() == ""
    for shell in ("bash", "zsh", "fish", "powershell", "pwsh"):
        assert "_ORDERHUB_COMPLETE" in run("completion", shell).stdout


def test_nobody_reading_the_output_is_no_defect() -> None:
    """A real pipe that is closed at once, in a real process."""
    import subprocess
    import sys

    done = subprocess.Popen(
        [sys.executable, "-m", "orderhub", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
    )
    assert done.stdout is not None and done.stderr is not None
    done.stdout.close()
    complaint = done.stderr.read()
    done.stderr.close()
    assert done.wait(60) == ExitCode.PIPE_CLOSED and complaint == b""
