"""Customers of a segment as a list to take away: hashed ids, unless ids are asked for. Pure, but for `save`.

Imports siblings. `Hub.export_segment` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from orderhub.analytics.figures import Cell
from orderhub.analytics.format import tidy
from orderhub.analytics.sheets import Sheet, csv_text, workbook
from orderhub.errors import ConfigurationError

__all__ = ["CLEAR_COLUMNS", "HASHED_COLUMNS", "SegmentExport", "segment_export"]

HASHED_COLUMNS = (
    "customer", "currency", "segment", "last_day", "recency_days", "frequency", "money", "r", "f", "m",
)  # fmt: skip
"""What an export holds: the figure `rfm`, a row per customer and currency."""
CLEAR_COLUMNS = ("platform", "buyer_id", *HASHED_COLUMNS)
"""The same with the platform's own id of the buyer."""


@dataclass(frozen=True, slots=True)
class SegmentExport:
    """Customers of one or all segments; what it shows of itself are counts.

    Attributes:
        at: The instant it speaks for, aware.
        segment: Its name, None for all.
        columns: `HASHED_COLUMNS`, or `CLEAR_COLUMNS` if ids were asked for.
    """

    at: datetime
    segment: str | None
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)

    def records(self) -> list[dict[str, Cell]]:
        """The rows as dictionaries by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_csv(self) -> str:
        """CSV with a heading; texts that a spreadsheet would calculate are quoted."""
        return csv_text(self._sheet())

    def to_xlsx(self) -> bytes:
        """A workbook of one sheet; raises ConfigurationError without the extra `excel`."""
        return workbook([self._sheet()], self.at)

    def save(self, path: str | Path) -> None:
        """Write `.csv` (UTF-8 with a mark that Excel knows) or `.xlsx`; a new file is readable by its owner only.

        Raises:
            ConfigurationError: Another ending, or the extra `excel` is missing.
            OSError: The file cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() == ".csv":
            _write_private(target, self.to_csv().encode("utf-8-sig"))
        elif target.suffix.lower() == ".xlsx":
            _write_private(target, self.to_xlsx())
        else:
            raise ConfigurationError(f"a segment is written as .csv or .xlsx, not {target.name}", field="path")

    def _sheet(self) -> Sheet:
        return Sheet(self.segment or "customers", dict(zip(self.columns, self.columns, strict=True)), self.rows)

    def _repr_html_(self) -> str:
        from orderhub.models.html import html_table

        place = self.columns.index("segment")
        names = sorted({str(row[place]) for row in self.rows})
        counts = [(name, sum(row[place] == name for row in self.rows)) for name in names]
        return html_table(("segment", "customers"), counts, caption=f"As of {self.at:%Y-%m-%d %H:%M %Z}")

    def __len__(self) -> int:
        return len(self.rows)


def _write_private(path: Path, content: bytes) -> None:
    """It may name buyers; a file that is there keeps the rights that it has."""
    path.touch(0o600)
    path.write_bytes(content)


def segment_export(
    at: datetime, segment: str | None, rows: Sequence[Mapping[str, Any]], ids: Mapping[str, tuple[str, str]] | None
) -> SegmentExport:
    """From rows of the figure `rfm`; `ids` maps hashes to (platform, buyer id), None leaves them hashes."""
    found = [row for row in rows if segment is None or row["segment"] == segment]
    columns = HASHED_COLUMNS if ids is None else CLEAR_COLUMNS
    told = [row if ids is None else {**row, **_named(ids[row["customer"]])} for row in found]
    return SegmentExport(at, segment, columns, tuple(tuple(_cell(row[name]) for name in columns) for row in told))


def _cell(value: Any) -> Cell:
    return tidy(value) if isinstance(value, Decimal) else value


def _named(pair: tuple[str, str]) -> dict[str, str]:
    return {"platform": pair[0], "buyer_id": pair[1]}
