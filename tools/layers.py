"""The rooms of the library as a picture and a table, from the import contracts of `pyproject.toml` and the docstrings.

A row of the picture may import what lies below it; green rooms are pure, which is the contract that forbids I/O.
"""

from __future__ import annotations

import importlib
import inspect
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["layers_picture", "rooms_table"]

ROOT = Path(__file__).parents[1]
HEIGHT, GAP, WIDTH, MARGIN, FLOOR = 40, 12, 148, 28, 52
STYLE = (
    "text{font:600 13px system-ui,sans-serif;fill:#1d2733;text-anchor:middle}.page{fill:#fff}"
    ".pure{fill:#e8f3e8;stroke:#2f7d32}.acts{fill:#fff6df;stroke:#b7791f}.plays{fill:#eef4fb;stroke:#2b6cb0}"
    "rect{stroke-width:1.4}.floor{fill:none;stroke:#d5dde6;stroke-width:1}.note{font:11px system-ui,sans-serif;"
    "fill:#394b5e;text-anchor:start}"
)
KINDS = (("pure", "no I/O, no clock, no chance"), ("acts", "may touch the world"), ("plays", "plays the world"))


def contracts() -> Mapping[str, Mapping[str, Any]]:
    """Name of a contract -> its table."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return {one["name"]: one for one in found}


def rows() -> list[list[str]]:
    """The layers, the outermost first; rooms of one layer do not import each other."""
    return [[room.strip() for room in row.split("|")] for row in contracts()["Dependencies point inwards"]["layers"]]


def kind_of(room: str) -> str:
    """Whether a room is pure, acts, or plays the outside."""
    pure = {name.removeprefix("orderhub.") for name in contracts()["The core does no I/O"]["source_modules"]}
    return "plays" if room == "sandbox" else "pure" if room in pure | {"errors"} else "acts"


def layers_picture() -> str:
    """Rows of rooms, one above the other."""
    table = rows()
    width = MARGIN * 2 + max(map(len, table)) * (WIDTH + GAP) - GAP
    height = MARGIN * 2 + len(table) * FLOOR + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" style="max-width:100%;height:auto">',
        f"<title>Rooms of the library: each may import those below</title><style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="8"/>',
    ]
    for number, row in enumerate(table):
        y = MARGIN + number * FLOOR
        left = (width - len(row) * (WIDTH + GAP) + GAP) / 2
        for place, room in enumerate(row):
            x = left + place * (WIDTH + GAP)
            lines.append(
                f'<rect class="{kind_of(room)}" x="{x:.0f}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
                f'<text x="{x + WIDTH / 2:.0f}" y="{y + HEIGHT / 2 + 4:.0f}">{escape(room)}</text>'
            )
    foot = MARGIN + len(table) * FLOOR + 8
    for number, (kind, words) in enumerate(KINDS):
        x = MARGIN + number * (width - 2 * MARGIN) / len(KINDS)
        lines.append(
            f'<rect class="{kind}" x="{x:.0f}" y="{foot}" width="14" height="14" rx="3"/>'
            f'<text class="note" x="{x + 20:.0f}" y="{foot + 11}">{words}</text>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def rooms_table() -> list[tuple[str, str]]:
    """Each room with the first sentence of its docstring, in the order of the layers."""
    told = []
    for room in (room for row in rows() for room in row):
        words = inspect.getdoc(importlib.import_module(f"orderhub.{room}")) or ""
        first = words.partition("\n\n")[0].replace("\n", " ")
        told.append((f"`orderhub.{room}`", first.partition(". ")[0].rstrip(".")))
    return told
