"""Pages as one PDF: the font embedded by the characters used, codes as filled areas. Imports `font`; `fpdf` lazily.

The same pages give the same bytes: no clock is read, and the dates in the file are those of its content.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from orderhub.logistics.labels.codes import QUIET_BARS, QUIET_SQUARES, bars_of, missing, squares_of
from orderhub.logistics.labels.font import LabelFont
from orderhub.logistics.labels.shapes import MM_PER_POINT, Bars, Line, Page, Rect, Squares, Text

__all__ = ["pdf_bytes"]

_NAME = "labels"
_STROKE = 0.028
"""Width of the outline of bold text, in sizes."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def pdf_bytes(
    pages: Iterable[Page], font: LabelFont, *, title: str = "", at: datetime | None = None,
    on_page: Callable[[int], None] | None = None,
) -> bytes:  # fmt: skip
    """All pages in one file.

    Args:
        at: What the file says when it was made; aware.
        on_page: Called with the number of each page once it is drawn.
    Raises:
        ConfigurationError: The extra `labels` is missing, or a number cannot be a bar code.
    """
    pdf = _document(font, title, at)
    for number, page in enumerate(pages, 1):
        pdf.add_page(format=(page.width, page.height))
        for shape in page.shapes:
            _draw(pdf, font, shape)
        if on_page is not None:
            on_page(number)
    logger = logging.getLogger("fontTools")
    before = logger.level
    logger.setLevel(logging.ERROR)  # its subsetter tells every table that it drops
    try:
        return bytes(pdf.output())
    finally:
        logger.setLevel(before)


def _document(font: LabelFont, title: str, at: datetime | None) -> Any:
    try:
        from fpdf import FPDF
    except ImportError:
        raise missing("fpdf2") from None
    pdf: Any = FPDF(unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_creation_date(at or _EPOCH)
    pdf.set_producer("orderhub")
    if title:
        pdf.set_title(title)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pdf.add_font(_NAME, fname=font.file)
    return pdf


def _draw(pdf: Any, font: LabelFont, shape: Any) -> None:
    match shape:
        case Text():
            _text(pdf, font, shape)
        case Line():
            _line(pdf, shape)
        case Rect():
            pdf.set_line_width(0.3)
            pdf.set_draw_color(0)
            pdf.set_fill_color(0)
            pdf.rect(shape.x, shape.y, shape.width, shape.height, style="F" if shape.filled else "D")
        case Bars():
            _fill(pdf, _bars(shape))
        case Squares():
            _fill(pdf, _squares(shape))


def _text(pdf: Any, font: LabelFont, shape: Text) -> None:
    if not shape.text:
        return
    from fpdf.enums import TextMode

    width = font.measure(shape.text, shape.size)
    shift = {"left": 0.0, "centre": width / 2, "right": width}[shape.align]
    pdf.set_font(_NAME, size=shape.size)
    colour = 255 if shape.white else 0
    pdf.set_text_color(colour)
    pdf.set_draw_color(colour)
    if not shape.bold:
        pdf.text(shape.x - shift, shape.y, shape.text)
        return
    with pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=shape.size * MM_PER_POINT * _STROKE):
        pdf.text(shape.x - shift, shape.y, shape.text)


def _line(pdf: Any, shape: Line) -> None:
    pdf.set_line_width(shape.width)
    pdf.set_draw_color(0)
    pdf.set_dash_pattern(dash=2, gap=1.5) if shape.dashed else pdf.set_dash_pattern()
    pdf.line(shape.x1, shape.y1, shape.x2, shape.y2)
    pdf.set_dash_pattern()


def _fill(pdf: Any, areas: Iterator[tuple[float, float, float, float]]) -> None:
    pdf.set_fill_color(0)
    for area in areas:
        pdf.rect(*area, style="F")


def _bars(shape: Bars) -> Iterator[tuple[float, float, float, float]]:
    """Runs of dark modules; a module is a whole share of the width, the rest is quiet."""
    modules = bars_of(shape.text)
    module = shape.width / (len(modules) + 2 * QUIET_BARS)
    for start, length in _runs([bit == "1" for bit in modules]):
        yield shape.x + (QUIET_BARS + start) * module, shape.y, length * module, shape.height


def _squares(shape: Squares) -> Iterator[tuple[float, float, float, float]]:
    rows = squares_of(shape.text)
    module = shape.size / (len(rows) + 2 * QUIET_SQUARES)
    for at, row in enumerate(rows):
        for start, length in _runs([bit == 1 for bit in row]):
            x, y = shape.x + (QUIET_SQUARES + start) * module, shape.y + (QUIET_SQUARES + at) * module
            yield x, y, length * module, module


def _runs(dark: list[bool]) -> Iterator[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    start = None
    for at, is_dark in enumerate([*dark, False]):
        if is_dark and start is None:
            start = at
        elif not is_dark and start is not None:
            yield start, at - start
            start = None
