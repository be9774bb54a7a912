"""Pages in ZPL, the language of label printers, from the same layout; or a carrier's own ZPL, looked at and passed on.

Pure; imports `shapes`, `errors`. The printer draws the codes itself. Chinese needs a font in the printer, whose
name there is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orderhub.errors import ConfigurationError
from orderhub.logistics.labels.shapes import MM_PER_POINT, Bars, Line, Page, Rect, Shape, Squares, Text

__all__ = ["FONT", "passed_on", "zpl_text"]

FONT = "E:SIMSUN.FNT"
_MODULES = 11
"""Modules of one character of a Code 128; digits in pairs take half."""


def zpl_text(pages: Iterable[Page], *, dots_per_mm: int = 8, font: str = FONT) -> str:
    """The pages as ZPL II in UTF-8.

    Args:
        dots_per_mm: 8 for printers of 203 dpi, 12 for 300, 24 for 600.
        font: Where the printer keeps a font with Chinese characters.
    """
    return "\n".join(line for page in pages for line in _page(page, dots_per_mm, font)) + "\n"


def _page(page: Page, dots: int, font: str) -> Iterator[str]:
    yield f"^XA^CI28^PW{round(page.width * dots)}^LL{round(page.height * dots)}^LH0,0"
    for shape in page.shapes:
        yield from _shape(shape, dots, font)
    yield "^XZ"


def _shape(shape: Shape, dots: int, font: str) -> Iterator[str]:
    match shape:
        case Text():
            yield from _text(shape, dots, font)
        case Line():
            yield from _line(shape, dots)
        case Rect():
            width, height = round(shape.width * dots), round(shape.height * dots)
            thick = min(width, height) if shape.filled else max(1, round(0.3 * dots))
            yield f"{_at(shape.x, shape.y, dots)}^GB{width},{height},{thick}^FS"
        case Bars():
            estimate = len(shape.text) * _MODULES + 55  # start, check, stop and quiet zones
            module = max(1, min(10, int(shape.width * dots / estimate)))
            left = shape.x + (shape.width - estimate * module / dots) / 2
            height = round(shape.height * dots)
            yield f"{_at(left, shape.y, dots)}^BY{module}^BCN,{height},N,N,N,A^FH_^FD{_escaped(shape.text)}^FS"
        case Squares():
            squares = 29 if len(shape.text.encode()) <= 40 else 57
            size = max(1, min(10, int(shape.size * dots / squares)))
            yield f"{_at(shape.x, shape.y, dots)}^BQN,2,{size}^FH_^FDMA,{_escaped(shape.text)}^FS"


def _text(shape: Text, dots: int, font: str) -> Iterator[str]:
    if not shape.text:
        return
    size = max(10, round(shape.size * MM_PER_POINT * dots))
    reverse = "^FR" if shape.white else ""
    at = _at(shape.x, shape.y, dots, "FT")
    if shape.align != "left":
        width = round(_WIDE * dots)
        left = shape.x - (_WIDE / 2 if shape.align == "centre" else _WIDE)
        if left < 0:  # the block may not begin left of the label
            width, left = round((_WIDE + left) * dots), 0.0
            width = width if shape.align == "right" else round(2 * shape.x * dots)
        at = f"{_at(left, shape.y - shape.size * MM_PER_POINT * 0.88, dots)}^FB{width},1,0,{shape.align[0].upper()}"
    again = (0, 1) if shape.bold else (0,)  # printed twice, one dot apart
    for _ in again:
        yield f"{at}^A@N,{size},{size},{font}{reverse}^FH_^FD{_escaped(shape.text)}^FS"
        if shape.align == "left" and shape.bold:
            at = f"^FT{round(shape.x * dots) + 1},{round(shape.y * dots)}"


_WIDE = 90.0
"""Millimetres of the block in which centred and right-aligned texts are set."""


def _line(shape: Line, dots: int) -> Iterator[str]:
    thick = max(1, round(shape.width * dots))
    if not shape.dashed:
        width, height = round((shape.x2 - shape.x1) * dots), round((shape.y2 - shape.y1) * dots)
        yield f"{_at(shape.x1, shape.y1, dots)}^GB{max(width, thick)},{max(height, thick)},{thick}^FS"
        return
    at = shape.x1
    while at < shape.x2:
        yield f"{_at(at, shape.y1, dots)}^GB{round(2 * dots)},{thick},{thick}^FS"
        at += 3.5


def _at(x: float, y: float, dots: int, command: str = "FO") -> str:
    return f"^{command}{max(0, round(x * dots))},{max(0, round(y * dots))}"


def _escaped(text: str) -> str:
    """Text that holds no command: the signs that begin one, and the escape itself, as their codes."""
    return "".join(f"_{ord(letter):02X}" if letter in "^~_\\" or ord(letter) < 32 else letter for letter in text)


def passed_on(text: str) -> str:
    """A carrier's own ZPL as it is, after a look that it is whole labels and nothing that changes the printer.

    Raises:
        ConfigurationError: It is no complete ZPL, or it holds commands that stay beyond the label.
    """
    whole = text.strip()
    if not whole.startswith("^XA") or not whole.endswith("^XZ") or whole.count("^XA") != whole.count("^XZ"):
        raise ConfigurationError("the carrier's ZPL is no complete label: it begins with ^XA and ends with ^XZ")
    upper = whole.upper()
    if found := [repr(command).strip("'") for command in _LASTING if command in upper]:
        raise ConfigurationError(f"the carrier's ZPL holds {', '.join(found)}, which would change the printer itself")
    return whole + "\n"


_LASTING = (
    "^JU", "~JR", "^ID", "~DY", "^KN", "^NS", "^ST", "~NC", "~DG", "~DB", "~DT", "~DU", "~DS", "~DN", "^DF", "^IS",
    "^KP", "^CC", "~CC", "^CT", "~CT", "^CD", "~CD", "\x1e", "\x10",
)  # fmt: skip
"""Commands that save settings, reset, delete, store or load files, name or lock the printer, set its network and clock;
and what makes another sign begin a command, or is one already, behind which all of these could hide."""
