"""Text into a space that does not grow: what cannot be drawn is replaced, lines are broken, sizes shrink. Pure.

Imports `shapes`. Nothing here ever overflows its width; what does not fit at the smallest size ends with an ellipsis.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from orderhub.logistics.labels.shapes import MM_PER_POINT, Measure, Text

__all__ = ["BOX", "LEADING", "Fitted", "block", "broken", "cut", "drawable", "fitted", "rough_measure"]

BOX = "□"
"""Stands for a character that the font does not have."""
ELLIPSIS = "…"
LEADING = 1.22
"""Distance of base lines in sizes."""
TEXT_MAX = 2000
"""Characters of one text that are looked at; no box on paper holds as many."""
_ASCENT = 0.88
_NEVER_FIRST = frozenset("，。；：、！？）】》」』％,.;:!?)]}%”’…·")
_NEVER_LAST = frozenset("×（【《「『([{¥￥#“‘")
_ONLY_SHAPES = ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")
Fitted = tuple[list[str], float]


def rough_measure(text: str, size: float) -> float:
    """Widths without a font at hand: wide characters are a size wide, others three fifths of one. Millimetres."""
    units = sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.6 for letter in text)
    return units * size * MM_PER_POINT


def drawable(text: str, has: Callable[[str], bool]) -> tuple[str, frozenset[str]]:
    """The text in characters that can be drawn, and those that could not.

    Controls, marks that only change how others look, and half pairs vanish; runs of spaces become one; emoji and other
    characters that the font lacks become one box each.
    """
    plain = unicodedata.normalize("NFC", "".join(" " if letter in "\t\r\n\u3000\xa0" else letter for letter in text))
    found, lost = [], set()
    for letter in plain:
        if letter == " " or has(letter):
            found.append(letter)
        elif unicodedata.category(letter) not in _ONLY_SHAPES and not 0x1F3FB <= ord(letter) <= 0x1F3FF:
            found.append(BOX)
            lost.add(letter)
    return " ".join("".join(found).split()), frozenset(lost)


def cut(text: str, width: float, size: float, measure: Measure) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if measure(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + ELLIPSIS, size) <= width else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS if measure(ELLIPSIS, size) <= width else ""


def broken(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """The text in lines that fit: between words, between wide characters, and inside a word only where it must."""
    lines: list[str] = []
    rest = text[:TEXT_MAX].strip()
    while rest:
        end = _fits(rest, width, size, measure)
        if end < len(rest):
            end = _better(rest, end)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines


def _fits(text: str, width: float, size: float, measure: Measure) -> int:
    """How many characters fit in one line; at least one, or nothing would ever end."""
    low, high = 1, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], size) <= width else (low, middle - 1)
    return low


def _better(text: str, end: int) -> int:
    """A place not far before `end` that cuts no word and leaves no closing mark at the beginning of a line."""
    for at in range(end, max(end // 2, 1) - 1, -1):
        is_good = text[at - 1] not in _NEVER_LAST and text[at] not in _NEVER_FIRST
        if is_good and _is_seam(text[at - 1], text[at]):
            return at
    return end


def _is_seam(left: str, right: str) -> bool:
    joined = left.isascii() and right.isascii() and left.strip() and right.strip() and left not in "-/"
    return not joined


def fitted(text: str, width: float, height: float, sizes: Sequence[float], measure: Measure) -> Fitted:
    """Lines and the largest of `sizes` at which the text fits; at the smallest the last line may end with an ellipsis.

    Args:
        sizes: Points, the largest first.
    """
    for size in sizes:
        lines = broken(text, width, size, measure)
        if len(lines) <= _room(height, size) and all(measure(line, size) <= width for line in lines):
            return lines, size
    smallest = sizes[-1]
    room = max(1, _room(height, smallest))
    lines = broken(text, width, smallest, measure)
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1] + ELLIPSIS]
    return [cut(line, width, smallest, measure) for line in lines], smallest


def _room(height: float, size: float) -> int:
    return int((height + 0.01) / (size * MM_PER_POINT * LEADING))


def block(
    x: float, y: float, width: float, height: float, text: str, sizes: Sequence[float], measure: Measure, *,
    bold: bool = False,
) -> list[Text]:  # fmt: skip
    """Text that fills a box from its top left, as large as it may be."""
    lines, size = fitted(text, width, height, sizes, measure)
    step, first = size * MM_PER_POINT * LEADING, size * MM_PER_POINT * _ASCENT
    return [Text(x, y + first + at * step, line, size, bold) for at, line in enumerate(lines)]
