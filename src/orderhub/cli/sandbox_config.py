"""A configuration of all shops and carriers of a sandbox, for somebody who has no account yet.

The file refers to secrets as it would for real accounts; the variables that it refers to and rates stand beside it.
Imports `hub`, `sandbox`, `testing`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.hub.settings import SECRETS
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.testing.practice import WAREHOUSE

__all__ = ["BACKFILL_DAYS", "write_config"]

BACKFILL_DAYS = 2
"""A first pull of more days is slow where a platform lists half an hour a call, as it would be with real shops."""


def write_config(world: World, file: Path) -> Path:
    """Write `file`, and beside it the variables with the sandbox's secrets, readable by its owner alone.

    Returns:
        Where the variables are, in the form that a shell reads.

    Raises:
        ConfigurationError: One of the files is there already.
    """
    variables = file.with_suffix(".env")
    cards = file.with_name("rate_cards.csv")
    for path in (file, variables, cards):
        if path.exists():
            raise ConfigurationError(f"{path} is there already; move it away or write elsewhere", field="write_config")
    secrets: dict[str, str] = {}
    text = "\n".join(_document(world, cards.name, f"sqlite:///{file.with_suffix('.db').name}", secrets))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", "utf-8")
    cards.write_text((files("orderhub") / "cli" / "data" / "rate_cards.csv").read_text("utf-8"), "utf-8")
    with os.fdopen(os.open(variables, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.writelines(f"export {name}={_quoted(value)}\n" for name, value in secrets.items())
    return variables


def _document(world: World, cards: str, database: str, secrets: dict[str, str]) -> Iterator[str]:
    yield f"database = {_toml(database)}"
    yield f"backfill_days = {BACKFILL_DAYS}        # days of the first pull"
    yield f"rate_cards = [{_toml(cards)}]"
    yield from _table("[[warehouses]]", WAREHOUSE)
    for row in world.shops():
        account = {**find(row["platform"]).spec.samples(), **row}
        yield from _table("[[shops]]", _referring(account, f"{row['platform']}_{row['shop_id']}", secrets))
    for row in world.carrier_accounts():
        yield from _table("[[carriers]]", _referring(row, row["carrier"], secrets))


def _referring(account: Mapping[str, Any], place: str, secrets: dict[str, str]) -> dict[str, Any]:
    """The account with a reference instead of each secret, at any depth."""
    told: dict[str, Any] = {}
    for name, value in account.items():
        if isinstance(value, Mapping):
            told[name] = _referring(value, f"{place}_{name}", secrets)
        elif name in SECRETS and value:
            variable = re.sub(r"[^A-Z0-9]", "_", f"SANDBOX_{place}_{name}".upper())
            secrets[variable] = str(value)
            told[name] = f"env:{variable}"
        else:
            told[name] = value
    return told


def _table(head: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield head
    yield from (f"{name} = {_toml(value)}" for name, value in row.items())


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_toml(held)}" for name, held in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # a text, a number or a switch is written alike in both


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
