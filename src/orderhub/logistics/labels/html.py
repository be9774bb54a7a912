"""Pages as one HTML document that prints at its true size; codes as inline pictures. Imports `codes`, `shapes`.

A host's own template gets `$title`, `$style` and `$pages`; nothing in the pages comes from outside unescaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from string import Template

from orderhub.errors import ConfigurationError
from orderhub.logistics.labels.codes import QUIET_BARS, QUIET_SQUARES, bars_of, squares_of
from orderhub.logistics.labels.shapes import MM_PER_POINT, Bars, Line, Page, Rect, Shape, Squares, Text

__all__ = ["TEMPLATE", "html_text"]

TEMPLATE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>$title</title><style>$style</style></head>
<body>
$pages
</body></html>
"""
_FONTS = "'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"


def html_text(pages: Sequence[Page], *, title: str = "", template: str = TEMPLATE) -> str:
    """The pages as HTML.

    Args:
        template: Text with `$pages`, and `$style` and `$title` where it wants them; `$$` is a dollar sign.
    Raises:
        ConfigurationError: The template lacks `$pages` or names something else; or the extra `labels` is missing.
    """
    form = Template(template)
    if not form.is_valid() or "pages" not in (names := set(form.get_identifiers())) or names - _NAMES:
        raise ConfigurationError(
            "the template holds $pages, and no other names than $style and $title", field="template"
        )
    body = "\n".join(_page(page, at) for at, page in enumerate(pages))
    return form.substitute(title=escape(title), style=_style(pages), pages=body)


_NAMES = {"title", "style", "pages"}


def _style(pages: Sequence[Page]) -> str:
    size = f"{pages[0].width:g}mm {pages[0].height:g}mm" if pages else "auto"
    return (
        f"@page{{size:{size};margin:0}}body{{margin:0;font-family:{_FONTS}}}"
        ".page{position:relative;overflow:hidden;background:#fff;color:#000;break-after:page}"
        ".page>*{position:absolute;white-space:pre;line-height:1}"
        "@media screen{.page{margin:8mm auto;box-shadow:0 0 2mm #999}}"
    )


def _page(page: Page, at: int) -> str:
    inside = "".join(_shape(shape, page) for shape in page.shapes)
    size = _mm(width=page.width, height=page.height)
    return f'<section class="page" id="page-{at + 1}" style="{size}">{inside}</section>'


def _mm(**lengths: float) -> str:
    return ";".join(f"{name}:{round(value, 3):g}mm" for name, value in lengths.items())


def _shape(shape: Shape, page: Page) -> str:
    match shape:
        case Text():
            return _text(shape, page)
        case Line():
            kind = "dashed" if shape.dashed else "solid"
            place = _mm(left=shape.x1, top=shape.y1, width=shape.x2 - shape.x1)
            return f'<i style="{place};border-top:{shape.width:g}mm {kind} #000"></i>'
        case Rect():
            look = (
                "background:#000;print-color-adjust:exact"
                if shape.filled
                else "border:.3mm solid #000;box-sizing:border-box"
            )
            return f'<i style="{_mm(left=shape.x, top=shape.y, width=shape.width, height=shape.height)};{look}"></i>'
        case Bars():
            return _bars(shape)
        case Squares():
            return _squares(shape)


def _text(shape: Text, page: Page) -> str:
    if not shape.text:
        return ""
    high = shape.size * MM_PER_POINT
    top = _mm(top=shape.y - 0.88 * high)
    side = {
        "left": _mm(left=shape.x), "right": _mm(right=page.width - shape.x),
        "centre": f"{_mm(left=shape.x)};transform:translateX(-50%)",
    }[shape.align]  # fmt: skip
    look = (
        f"font-size:{shape.size:g}pt"
        + (";font-weight:700" if shape.bold else "")
        + (";color:#fff" if shape.white else "")
    )
    return f'<b style="{top};{side};font-weight:400;{look}">{escape(shape.text)}</b>'


def _picture(place: str, width: int, height: int, areas: Iterable[str], label: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" style="{place}" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges"><path d="{"".join(areas)}"/></svg>'
    )


def _bars(shape: Bars) -> str:
    modules = bars_of(shape.text)
    areas = (f"M{QUIET_BARS + at} 0h1v1h-1z" for at, bit in enumerate(modules) if bit == "1")
    place = _mm(left=shape.x, top=shape.y, width=shape.width, height=shape.height)
    return _picture(place, len(modules) + 2 * QUIET_BARS, 1, areas, shape.text)


def _squares(shape: Squares) -> str:
    rows = squares_of(shape.text)
    areas = (
        f"M{QUIET_SQUARES + at} {QUIET_SQUARES + line}h1v1h-1z"
        for line, row in enumerate(rows) for at, bit in enumerate(row) if bit
    )  # fmt: skip
    side = len(rows) + 2 * QUIET_SQUARES
    return _picture(_mm(left=shape.x, top=shape.y, width=shape.size, height=shape.size), side, side, areas, "QR")
