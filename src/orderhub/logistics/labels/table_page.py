"""A table over as many pages as it takes: heads repeated, rows as high as their texts, page numbers. Pure.

Imports `fit`, `shapes`. Packing slips and pick lists are such tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from orderhub.logistics.labels.fit import LEADING, broken, cut
from orderhub.logistics.labels.shapes import MM_PER_POINT, Line, Measure, Page, Rect, Shape, Text

__all__ = ["Cell", "Column", "Paper", "table_pages"]

LINES_MAX = 6
"""Lines of one cell; more end in an ellipsis, so that a row never outgrows its page."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A size of paper with its margin, in millimetres."""

    width: float
    height: float
    margin: float = 8.0


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its share of the width, and on which side its texts stand. `boxed` ones hold a box to tick."""

    title: str
    share: float
    align: Literal["left", "right"] = "left"
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell."""

    text: str
    bold: bool = False


Head = Callable[[bool], tuple[list[Shape], float]]


def table_pages(
    paper: Paper, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], head: Head, measure: Measure, *,
    size: float = 9.0, foot: str = "", last: Callable[[float], list[Shape]] | None = None, last_height: float = 0.0,
) -> list[Page]:  # fmt: skip
    """Pages with a head, the table, and a foot.

    Args:
        head: Asked whether it is the first page; answers shapes and the height where the table may begin.
        last: Shapes below the last row, asked with its height; `last_height` is what they need.
    """
    sheets: list[list[Shape]] = []
    lefts, widths = _columns(paper, columns)
    shapes, y = _begin(paper, columns, lefts, widths, head, measure, size, True)
    bottom = paper.height - paper.margin - 6
    for row in rows:
        lines, height = _row_lines(row, columns, widths, measure, size)
        if y + height > bottom:
            sheets.append(shapes)
            shapes, y = _begin(paper, columns, lefts, widths, head, measure, size, False)
        shapes += _row(lines, row, columns, lefts, widths, y, height, size)
        y += height
        shapes.append(Line(paper.margin, y, paper.width - paper.margin, y, 0.15))
    if last is not None:
        if y + last_height > bottom:
            sheets.append(shapes)
            shapes, y = _begin(paper, columns, lefts, widths, head, measure, size, False)
        shapes += last(y)
    sheets.append(shapes)
    return [Page(paper.width, paper.height, (*sheet, *_foot(paper, foot, at, len(sheets), measure)))
            for at, sheet in enumerate(sheets, 1)]  # fmt: skip


def _columns(paper: Paper, columns: Sequence[Column]) -> tuple[list[float], list[float]]:
    room = (paper.width - 2 * paper.margin) / sum(column.share for column in columns)
    widths = [column.share * room for column in columns]
    return [paper.margin + sum(widths[:at]) for at in range(len(widths))], widths


def _begin(
    paper: Paper, columns: Sequence[Column], lefts: Sequence[float], widths: Sequence[float], head: Head,
    measure: Measure, size: float, is_first: bool,
) -> tuple[list[Shape], float]:  # fmt: skip
    shapes, y = head(is_first)
    height = size * MM_PER_POINT * LEADING + 2
    shapes = [*shapes, Rect(paper.margin, y, paper.width - 2 * paper.margin, height, filled=True)]
    for column, left, width in zip(columns, lefts, widths, strict=True):
        x = left + width - 1 if column.align == "right" else left + 1
        title = cut(column.title, width - 2, size, measure)
        shapes.append(Text(x, y + height - 2, title, size, True, column.align, white=True))
    return shapes, y + height


def _row_lines(
    row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[float], measure: Measure, size: float
) -> tuple[list[list[str]], float]:
    found = []
    for cell, width in zip(row, widths, strict=True):
        lines = broken(cell.text, width - 2, size, measure)
        if len(lines) > LINES_MAX:
            lines = [*lines[: LINES_MAX - 1], lines[LINES_MAX - 1] + "…"]
        found.append([cut(line, width - 2, size, measure) for line in lines])
    most = max((len(lines) for lines in found), default=1) or 1
    return found, most * size * MM_PER_POINT * LEADING + 2


def _row(
    lines: Sequence[Sequence[str]], row: Sequence[Cell], columns: Sequence[Column], lefts: Sequence[float],
    widths: Sequence[float], y: float, height: float, size: float,
) -> Iterator[Shape]:  # fmt: skip
    step = size * MM_PER_POINT * LEADING
    for texts, cell, column, left, width in zip(lines, row, columns, lefts, widths, strict=True):
        if column.boxed:
            yield Rect(left + width / 2 - 2, y + height / 2 - 2, 4, 4)
        x = left + width - 1 if column.align == "right" else left + 1
        for at, text in enumerate(texts):
            yield Text(x, y + 1 + (at + 0.8) * step, text, size, cell.bold, column.align)


def _foot(paper: Paper, text: str, at: int, pages: int, measure: Measure) -> Iterator[Shape]:
    y = paper.height - paper.margin
    room = paper.width - 2 * paper.margin - 20
    yield Text(paper.margin, y, cut(text, room, 7.5, measure), 7.5)
    yield Text(paper.width - paper.margin, y, f"{at} / {pages}", 7.5, False, "right")
