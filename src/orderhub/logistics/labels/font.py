"""The open font of labels and what it knows: widths, and which characters it has. Imports `fit`; `fontTools` when used.

The font is Noto Sans SC, under the SIL Open Font License, as a package of the extra `labels`; a host may give another.
Only the characters that are used are embedded in a PDF.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.logistics.labels.codes import missing
from orderhub.logistics.labels.shapes import MM_PER_POINT

__all__ = ["LabelFont", "load_font"]


@dataclass(frozen=True)
class LabelFont:
    """A font file and its widths; `file` is what the PDF library opens."""

    file: str
    widths: dict[int, float] = field(repr=False)

    def has(self, letter: str) -> bool:
        """Whether there is a glyph."""
        return ord(letter) in self.widths

    def measure(self, text: str, size: float) -> float:
        """Width in millimetres at a size in points."""
        widths = self.widths
        return sum(widths.get(ord(letter), 1.0) for letter in text) * size * MM_PER_POINT


@lru_cache(maxsize=4)
def load_font(file: str | None = None) -> LabelFont:
    """The font of a file, or the one that comes with the extra.

    Raises:
        ConfigurationError: The extra is missing, or the file is no TrueType or OpenType font.
    """
    try:
        from fontTools.ttLib import TTFont, TTLibError
    except ImportError:
        raise missing("fpdf2") from None
    place = file or _packaged()
    try:
        with TTFont(place, lazy=True) as font:
            widths = _widths(font)
    except (OSError, TTLibError, KeyError, AttributeError) as error:
        raise ConfigurationError(f"{Path(place).name} is no font that labels can use: {error}", field="font") from None
    return LabelFont(place, widths)


def _widths(font: Any) -> dict[int, float]:
    """Character code -> width in sizes."""
    unit: int = font["head"].unitsPerEm
    metrics: Callable[[str], Any] = font["hmtx"].metrics.__getitem__
    return {code: metrics(name)[0] / unit for code, name in font.getBestCmap().items()}


def _packaged() -> str:
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError:
        raise missing("pylopdf-fonts-zh-cn") from None
    return str(sans_path())
