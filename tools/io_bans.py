"""Clock, randomness, ids, environment and threads are reached only in the rooms that may; a planted call fails.

`python tools/io_bans.py [folder]` walks the syntax tree of every module outside those rooms and lists forbidden
imports and calls. Reads files only.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOMS_OUTSIDE = {"drivers", "stores", "notify", "telemetry", "durable", "sandbox", "testing", "hub", "cli"}
"""Rooms that may touch the world."""
MODULES = {"time", "random", "secrets", "uuid", "threading", "asyncio", "socket", "sqlite3", "subprocess", "os",
           "httpx", "tenacity", "multiprocessing", "concurrent"}  # fmt: skip
CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
ALLOWED = {("inventory/open.py", "threading")}


def offences(path: Path, name: str) -> Iterator[str]:
    """Forbidden imports and calls of one module, as `file:line what`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or ""] if node.level == 0 else []
        else:
            found = []
        for module in found:
            top = module.split(".")[0]
            if top in MODULES and (name, top) not in ALLOWED:
                yield f"{name}:{node.lineno} imports {module}"  # type: ignore[attr-defined]
        call = node.func if isinstance(node, ast.Call) else None
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and (call.value.id, call.attr) in CALLS:
            yield f"{name}:{call.lineno} calls {call.value.id}.{call.attr}()"


def check(root: Path) -> list[str]:
    """Every offence below `root`."""
    found: list[str] = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] not in ROOMS_OUTSIDE:
            found += offences(path, name)
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "src" / "orderhub"
    lines = check(folder)
    print("\n".join(lines) or "the pure rooms reach nothing outside")
    sys.exit(bool(lines))
