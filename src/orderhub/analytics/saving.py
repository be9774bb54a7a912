"""A report as a file, by the ending of its name. Imports siblings; `save` writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from orderhub.analytics.excel import report_workbook
from orderhub.analytics.figures import Report
from orderhub.analytics.page import render_html
from orderhub.analytics.words import Language
from orderhub.errors import ConfigurationError

__all__ = ["FORMATS", "save", "writable"]


def _html(report: Report, language: Language) -> bytes:
    return render_html(report, language).encode()


def _json(report: Report, language: Language) -> bytes:
    return json.dumps(report.to_dict(), ensure_ascii=False, indent=1).encode()


FORMATS: Mapping[str, Callable[[Report, Language], bytes]] = MappingProxyType({
    "html": _html, "xlsx": report_workbook, "json": _json,
})  # fmt: skip
"""Ending of a file's name -> its maker."""


def writable(path: str | Path) -> Path:
    """The path, if a report can be written there by its ending.

    Raises:
        ConfigurationError: It ends otherwise.
    """
    target = Path(path)
    if target.suffix.lower().removeprefix(".") not in FORMATS:
        told = ", ".join(f".{ending}" for ending in FORMATS)
        raise ConfigurationError(f"a report is written as {told}, not {target.name!r}", field="path")
    return target


def save(report: Report, path: str | Path, language: Language) -> None:
    """Write the report; a file that was there is replaced only once all of the new one is made."""
    target = writable(path)
    if language not in get_args(Language):
        raise ConfigurationError(f"language must be one of {', '.join(get_args(Language))}", field="language")
    target.write_bytes(FORMATS[target.suffix.lower().removeprefix(".")](report, language))
