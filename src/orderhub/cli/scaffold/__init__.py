"""`orderhub new-connector`: an installable package from the files in `template/`. Imports `errors`.

The template is a whole connector of an invented shop system called cornershop, with its emulator; a new package is the
template under another name. `examples/orderhub-cornershop` is its output, compared by a test.
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from orderhub.errors import ConfigurationError

__all__ = ["package_files", "write_package"]

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_MODEL = "cornershop"
_SUFFIX = ".txt"


def package_files(name: str) -> dict[str, str]:
    """Path inside the package to text, for a connector called `name`.

    Raises:
        ConfigurationError: Not a name that a module may have.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is no name for a connector: lower case letters, digits, underscores")
    return {path.replace(_MODEL, name).removesuffix(_SUFFIX): text.replace(_MODEL, name).replace(
        _MODEL.title(), name.title()) for path, text in _walk(files(__package__) / "template", "")}  # fmt: skip


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            found += _walk(entry, f"{path}/")
        elif entry.name.endswith(_SUFFIX):
            found.append((path, entry.read_text("utf-8")))
    return found


def write_package(name: str, folder: Path) -> Path:
    """Write `orderhub-<name>` below `folder`; answers its path.

    Raises:
        ConfigurationError: The name is no name, or the package is there already.
    """
    target = folder / f"orderhub-{name}"
    if target.exists():
        raise ConfigurationError(f"{target} exists already; choose another name or folder", field="name")
    for path, text in package_files(name).items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return target
