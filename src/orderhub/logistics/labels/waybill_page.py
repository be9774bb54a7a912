"""A parcel's label on 100 by 180 millimetres: the courier's part, a tear line, the part that stays. Pure.

Imports `content`, `fit`, `shapes`. Every text has a box of its own and shrinks, breaks or is cut off within it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone

from orderhub.logistics.labels.content import WaybillLabel
from orderhub.logistics.labels.fit import block, cut
from orderhub.logistics.labels.rules import Party
from orderhub.logistics.labels.shapes import MM_PER_POINT, Bars, Line, Measure, Page, Rect, Shape, Squares, Text

__all__ = ["HEIGHT", "WIDTH", "label_page"]

WIDTH, HEIGHT = 100.0, 180.0
_EDGE = 3.0
_IN = WIDTH - 2 * _EDGE
_TEAR = 122.0
_BIG, _MIDDLE, _SMALL = (34, 30, 26, 22, 18), (13, 12, 11, 10, 9, 8, 7), (9, 8, 7, 6.5)
_CHINA = timezone(timedelta(hours=8))


def label_page(label: WaybillLabel, measure: Measure) -> Page:
    """The label as one page; `measure` tells how wide texts are in the font that draws them."""
    parts = (_head, _route, _number, _people, _contents, _tear, _stub)
    return Page(WIDTH, HEIGHT, tuple(shape for part in parts for shape in part(label, measure)))


def _rule(y: float) -> Line:
    return Line(_EDGE, y, WIDTH - _EDGE, y)


def _head(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """Carrier, product, and which parcel of how many. 3 to 15."""
    yield from block(_EDGE, 4, 52, 10, label.carrier, (20, 18, 16, 14, 12, 10), measure, bold=True)
    yield Text(WIDTH - _EDGE, 9, cut(label.product, 38, 12, measure), 12, True, "right")
    if label.total > 1:
        yield Text(WIDTH - _EDGE, 13.5, f"{label.number} / {label.total}", 9, False, "right")
    yield _rule(15)


def _route(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """Where it goes, readable across a hall. 15 to 34."""
    yield from block(_EDGE, 16, _IN, 13 if label.hub else 17, label.sort_code or label.region, _BIG, measure, bold=True)
    if label.hub:
        yield from block(_EDGE, 29, _IN, 4.5, label.hub, (11, 10, 9, 8), measure)
    yield _rule(34)


def _number(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """The bar code and the number below it. 34 to 58."""
    yield Bars(_EDGE + 2, 36, _IN - 4, 15.5, label.waybill_no)
    yield Text(WIDTH / 2, 56, cut(label.waybill_no, _IN, 13, measure), 13, True, "centre")
    yield _rule(58)


def _people(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """Receiver, then sender. 58 to 96."""
    yield from _person("收", label.receiver, 58, 24, _MIDDLE, measure, True)
    yield _rule(82)
    yield from _person("寄", label.sender, 82, 14, _SMALL, measure, False)
    yield _rule(96)


def _person(
    mark: str, person: Party, top: float, height: float, sizes: tuple[float, ...], measure: Measure, bold: bool
) -> Iterator[Shape]:
    yield Rect(_EDGE, top + 1.5, 7, 7, filled=True)
    yield Text(_EDGE + 3.5, top + 6.8, mark, 13, True, "centre", white=True)
    left, width, head = _EDGE + 9, _IN - 9, 6.2 if bold else 4.6
    yield from _who(person, left, top + 1.2, width, sizes, measure, bold)
    yield from block(left, top + 1.2 + head, width, height - head - 1.6, person.address, sizes, measure, bold=bold)


def _who(
    person: Party, x: float, y: float, width: float, sizes: tuple[float, ...], measure: Measure, bold: bool
) -> Iterator[Shape]:
    """Name and number in one line; where both have no room the name is cut, never the number."""
    gap = "  " if person.name and person.phone else ""
    size = next((size for size in sizes if measure(person.name + gap + person.phone, size) <= width), sizes[-1])
    name = cut(person.name, width - measure(gap + person.phone, size), size, measure)
    phone = cut(person.phone, width, size, measure)
    yield Text(x, y + 0.88 * size * MM_PER_POINT, name + gap + phone, size, bold)


def _contents(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """Goods, weight, what is to be collected; a QR code beside them. 96 to 121."""
    width = _IN - 27
    top = 97.0
    if label.cod:
        yield Rect(_EDGE, top + 0.5, width, 7)
        told = f"代收货款 {label.cod} {label.currency}"
        yield from block(_EDGE + 1.5, top + 1.4, width - 3, 6, told, (14, 12, 10, 8), measure, bold=True)
        top += 8
    yield from block(_EDGE, top, width, 121 - 5 - top, _summary(label), _SMALL, measure)
    weight = f"{label.weight_g / 1000:.2f} kg" if label.weight_g else ""
    last = "  ".join(filter(None, (weight, label.reference)))
    yield Text(_EDGE, 120, cut(last, width, 7.5, measure), 7.5)
    yield Squares(WIDTH - _EDGE - 24, 97, 24, label.qr or label.waybill_no)


def _summary(label: WaybillLabel) -> str:
    goods = "，".join(f"{name} ×{units}" for name, units in label.goods)
    return "；".join(filter(None, (goods, label.note)))


def _tear(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    yield Line(0, _TEAR, WIDTH, _TEAR, dashed=True)


def _stub(label: WaybillLabel, measure: Measure) -> Iterator[Shape]:
    """What stays with the papers: number, who it was for in outline, goods, room for a signature. 122 to 178."""
    yield from block(_EDGE, _TEAR + 2, 34, 6, label.carrier, (12, 11, 10, 9, 8), measure, bold=True)
    yield Bars(_EDGE + 34, _TEAR + 2, _IN - 34, 9, label.waybill_no)
    yield Text(WIDTH - _EDGE, _TEAR + 14.5, cut(label.waybill_no, _IN - 34, 8.5, measure), 8.5, False, "right")
    yield Text(_EDGE, _TEAR + 14.5, cut(label.order_no, 34, 8, measure), 8)
    yield _rule(_TEAR + 16.5)
    who = "  ".join(filter(None, (label.stub.name, label.stub.phone, label.stub.address)))
    yield from block(_EDGE, _TEAR + 17.5, _IN, 8, f"收件 {who}" if who else "", _SMALL, measure)
    yield _rule(_TEAR + 26.5)
    yield from block(_EDGE, _TEAR + 27.5, _IN, 17, _summary(label), _SMALL, measure)
    yield _rule(_TEAR + 46)
    yield Text(_EDGE, _TEAR + 51, "签收人 / 时间：", 9)
    if label.printed_at:
        told = label.printed_at.astimezone(_CHINA).strftime("打印 %Y-%m-%d %H:%M")
        yield Text(WIDTH - _EDGE, _TEAR + 55.5, told, 7, False, "right")
