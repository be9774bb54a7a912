"""Charts as inline SVG, drawn by pygal, stripped of scripts, styles and addresses; the page's style colours them.

Needs the extra `analytics`. Amounts become floats for geometry only: every printed number is given as text.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple
from xml.etree import ElementTree

from orderhub.analytics.markup import Markup, clean
from orderhub.errors import ConfigurationError

__all__ = ["Bar", "bars", "can_draw", "columns"]

WIDTH, FONT, LABEL = 480, 14, 17
_TOO_LARGE = Decimal(10) ** 15
_KEPT = frozenset({"svg", "g", "path", "rect", "line", "circle", "text", "title"})


class Bar(NamedTuple):
    """One bar: its label, its values (one per series, all zero or more), and what it says."""

    label: str
    values: tuple[Decimal, ...]
    said: str


def can_draw() -> bool:
    """Whether the extra that draws charts is installed."""
    return find_spec("pygal") is not None


def columns(title: str, given: Sequence[Bar], said: Callable[[float], str]) -> Markup | None:
    """Upright bars for a series in time; None if there is nothing to draw. `said` words the marks of the axis."""
    if not _drawable(given):
        return None
    every = max(1, -(-len(given) // 6))
    chart = _pygal().Bar(
        height=300,
        truncate_label=-1, x_labels=[bar.label for bar in given], x_labels_major_every=every, show_minor_x_labels=False,
        value_formatter=said, rounded_bars=3, max_scale=5, margin_right=14, **_common(),
    )  # fmt: skip
    chart.add("", [_value(bar.values[0], bar.said) for bar in given])
    return _svg(chart, title, [f"{bar.label}: {bar.said}" for bar in given])


def bars(title: str, given: Sequence[Bar]) -> Markup | None:
    """Lying bars, the first on top, what each says beside it; several values of a bar are stacked."""
    if not _drawable(given):
        return None
    shown = [bar._replace(label=_short(bar.label)) for bar in reversed(given)]
    longest = max(sum(bar.values) for bar in shown)
    room = 1 + Decimal(max(_width(bar.said) for bar in shown)) / 24  # the words stand right of the bar
    chart = _pygal().HorizontalStackedBar(
        height=44 + 34 * len(shown), x_labels=[bar.label for bar in shown], range=(0, float(longest * room)),
        show_x_labels=False, show_x_guides=False, print_values=True, print_values_position="top", rounded_bars=3,
        margin_left=14 + _missing(shown), margin_bottom=2, **_common(),
    )  # fmt: skip
    last = len(shown[0].values) - 1
    for place in range(last + 1):
        chart.add("", [_value(bar.values[place], bar.said if place == last else "") for bar in shown])
    return _svg(chart, title, [f"{bar.label}: {bar.said}" for bar in shown] * (last + 1))


def _pygal() -> Any:
    before = list(sys.meta_path)
    try:
        pygal = import_module("pygal")
    except ImportError as error:
        raise ConfigurationError("charts need pygal: pip install 'orderhub[report]'") from error
    # Its import hook for map plug-ins has only find_module, which Python 3.11 answers with a warning on every
    # import that fails afterwards. Whole finders stay: one that comes along finds installed packages from now on.
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in before or hasattr(finder, "find_spec")]
    return pygal


def _common() -> dict[str, Any]:
    style = _pygal().style.Style(label_font_size=FONT, major_label_font_size=FONT, value_font_size=FONT)
    return {"width": WIDTH, "js": [], "css": [], "show_legend": False, "margin": 8, "style": style, "no_prefix": True}


def _drawable(given: Sequence[Bar]) -> bool:
    values = [value for bar in given for value in bar.values]
    return any(values) and all(0 <= value < _TOO_LARGE for value in values)


def _value(value: Decimal, said: str) -> dict[str, Any]:
    return {"value": float(value), "formatter": lambda _: said}


def _short(label: str) -> str:
    while _width(label) > LABEL:
        label = label.removesuffix("…")[:-1] + "…"
    return label


def _width(label: str) -> int:
    """In half-width letters."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _missing(shown: Sequence[Bar]) -> int:
    """Pixels that wide letters need beyond what pygal, which counts them as narrow, keeps for labels."""
    return round((max(_width(bar.label) for bar in shown) - max(len(bar.label) for bar in shown)) * 0.5 * FONT)


def _svg(chart: Any, title: str, tips: Sequence[str]) -> Markup:
    """The drawing alone: no script, style, comment or id; each bar tells its value when pointed at."""
    root = chart.render_tree()
    _strip(root)
    for bar, tip in zip([node for node in root.iter() if node.get("class") == "bar"], tips, strict=False):
        ElementTree.SubElement(bar, "title").text = clean(tip)
    for name in ("id", "xmlns"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", clean(title))
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _strip(node: ElementTree.Element) -> None:
    for child in list(node):
        if child.tag not in _KEPT or child.tag == "title" or child.get("class") == "plot tooltip-overlay":
            node.remove(child)
        else:
            if child.text:
                child.text = clean(child.text)
            _strip(child)
