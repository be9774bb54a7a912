"""Workbooks that somebody else made, read within bounds. Imports `errors`; loads openpyxl, a zip archive and no more.

A workbook is an archive of XML: a small file may unpack to gigabytes, and one row may claim to be the last of a
hundred million, whose empty ones would all be made. Both are refused while they are read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError

__all__ = ["CELLS_MAX", "COLUMNS_MAX", "RATIO_MAX", "ROWS_MAX", "UNPACKED_MAX", "open_workbook", "sheet_rows"]

UNPACKED_MAX = 512 * 1024 * 1024
"""Bytes of all parts together."""
RATIO_MAX, RATIO_FROM = 200, 32 * 1024 * 1024
"""How many times larger than the file the parts may be, once they are larger than `RATIO_FROM` bytes."""
ROWS_MAX, COLUMNS_MAX, CELLS_MAX = 1_048_576, 1024, 50_000_000
"""Of one sheet; empty ones before a filled one count."""


def open_workbook(source: bytes | Path) -> Any:
    """A workbook for reading only; whoever opens it closes it.

    Raises:
        ConfigurationError: The extra `excel` is missing.
        DecodeError: No workbook, or one that unpacks to more than the bounds.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ConfigurationError('Excel files need openpyxl: pip install "orderhub[excel]"') from None
    try:
        _weigh(source)
        return load_workbook(_file(source), read_only=True, data_only=True)
    except DecodeError:
        raise
    except Exception as error:  # whatever a broken archive makes the reader raise
        raise DecodeError(f"no workbook: {type(error).__name__}") from None


def sheet_rows(sheet: Any, *, values_only: bool = True) -> Iterator[Sequence[Any]]:
    """The rows of one sheet, from the first.

    Raises:
        DecodeError: More rows, columns or cells than the bounds, or XML that is none.
    """
    cells = 0
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=values_only), 1):
            cells += len(row)
            if number > ROWS_MAX or len(row) > COLUMNS_MAX or cells > CELLS_MAX:
                raise DecodeError(f"a sheet of more than {ROWS_MAX} rows, {COLUMNS_MAX} columns or {CELLS_MAX} cells")
            yield row
    except DecodeError:
        raise
    except Exception as error:  # as above: sheets are parsed while they are read
        raise DecodeError(f"no workbook: {type(error).__name__}") from None


def _file(source: bytes | Path) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _weigh(source: bytes | Path) -> None:
    """What the archive says of its parts; zipfile reads no more of a part than was said."""
    packed = len(source) if isinstance(source, bytes) else source.stat().st_size
    with zipfile.ZipFile(_file(source)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > UNPACKED_MAX or (size > RATIO_FROM and size > RATIO_MAX * packed):
        raise DecodeError(f"a workbook of {packed} bytes that unpacks to {size}")
