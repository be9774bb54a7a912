"""What pages are made of: text, lines, boxes, bar codes, at places in millimetres from the top left. Pure data.

Imports nothing. Layouts answer pages of these; `pdf`, `zpl` and `html` draw them, each in its own way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["MM_PER_POINT", "Bars", "Line", "Measure", "Page", "Rect", "Shape", "Squares", "Text"]

MM_PER_POINT = 25.4 / 72
Measure: TypeAlias = Callable[[str, float], float]
"""Width in millimetres of a text at a size in points."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its base line, `size` in points, `x` the side that `align` names."""

    x: float
    y: float
    text: str = field(repr=False)
    size: float = 9.0
    bold: bool = False
    align: Literal["left", "centre", "right"] = "left"
    white: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; `dashed` where paper is torn or cut."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.3
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle, filled or only its border."""

    x: float
    y: float
    width: float
    height: float
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 of `text` within a width and height, quiet zones included; without the number below."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Squares:
    """A QR code of `text` within a square, quiet zone included."""

    x: float
    y: float
    size: float
    text: str = field(repr=False)


Shape: TypeAlias = Text | Line | Rect | Bars | Squares


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet; lengths in millimetres."""

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()
