"""State machines as pictures: SVG drawn from the tables that decide, with nothing from elsewhere.

States stand where `PLACES` puts them, on a grid; arrows and their words come from the tables alone. `pictures()`
answers name -> SVG. A state without a place is an error, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import hypot

from orderhub.fulfil.states import MACHINES, ORDER
from orderhub.orders.aftersales_table import MOVES as CASES
from orderhub.orders.moves import Machine

__all__ = ["pictures"]

Place = tuple[float, float]
WIDTH, HEIGHT, LINE = 124, 38, 13
CELL_X, CELL_Y, MARGIN = 226, 108, 30

PLACES: Mapping[str, Mapping[str, Place]] = {
    "order": {
        "@free": (0, 1), "@held": (1.3, 1), "@telling": (2.6, 1), "@sent": (3.9, 1), "intercepted": (3.9, 2.3),
        "dropping": (2.1, -0.2), "cancelling": (1.3, 2.3), "cancelled": (0, 2.3),
    },
    "order-address": {
        "@free": (0, 0), "@held": (0, 2.2), "changing": (1.5, 1.1), "split": (3, 0), "merged": (3, 2.2),
    },
    "order-apart": {
        "@free": (1.5, 0), "split": (0, 1.2), "merged": (3, 1.2), "cancelling": (1.5, 1.2), "cancelled": (1.5, 2.4),
    },
    "shipment": {
        "planned": (0, 0), "asked": (1, 0.9), "labelled": (2, 0), "telling": (3, 0), "sent": (4, 0),
        "stopped": (4, 1.6), "withdrawing": (1, 2), "void": (2, 1.6),
    },
    "hold": {"free": (0, 0), "held": (1.4, 0)},
    "assignment": {"unassigned": (0, 0), "told": (1.2, 0), "escalated": (1.8, 1.2), "acknowledged": (2.8, 0)},
    "case": {
        "requested": (0, 1), "awaiting_goods": (1, 0), "returning": (2, 0), "stopping": (1.4, 0), "refunding": (1.4, 1),
        "to_send": (1.4, 1), "received": (3, 0), "goods_owed": (3, 1.3), "lost": (2.2, 1.3), "done": (4.2, 0.6),
        "refused": (1, 2.2), "closed": (0, 2.6), "missed": (2.2, 2.4), "unknown": (5, 2),
    },
}  # fmt: skip
"""Picture -> state -> (column, row)."""

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "@free": ("new", "dropped"), "@held": ("planned", "reserved", "labelled"), "@telling": ("shipping", "shipped"),
    "@sent": ("committed", "done"),
}  # fmt: skip
"""In the pictures of orders: box -> states that it stands for."""
VIEWS: Mapping[str, tuple[str, ...]] = {
    "order": ("fulfil", "cancel", "intercept", "reopen"), "order-address": ("change_address",),
    "order-apart": ("split", "merge", "rejoin", "cancel", "reopen"),
}  # fmt: skip
"""Picture of orders -> commands that it shows; all of them in one would be no picture."""

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1d2733}.state{fill:#eef4fb;stroke:#2b6cb0;stroke-width:1.4}"
    ".end{fill:#e8f3e8;stroke:#2f7d32}.start{fill:#fff6df;stroke:#b7791f}.name{font-weight:600;text-anchor:middle}"
    ".move{fill:none;stroke:#5a6b7d;stroke-width:1.2;marker-end:url(#tip)}"
    ".word{font-size:10.5px;text-anchor:middle;fill:#394b5e;paint-order:stroke;stroke:#fff;stroke-width:4px;"
    "stroke-linejoin:round}.page{fill:#fff}"
)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one state to another, by these commands."""

    start: str
    end: str
    words: tuple[str, ...]


def pictures() -> dict[str, str]:
    """Every picture of the documentation."""
    found = {name: _drawn(PLACES[name], _arrows(machine), _ends(machine), f"The states of one {name}")
             for name, machine in MACHINES.items() if machine is not ORDER}  # fmt: skip
    for name, commands in VIEWS.items():
        title = f"An order: {', '.join(commands)}"
        found[name] = _drawn(PLACES[name], _view(name, commands), {"intercepted"}, title)
    found["pipeline"] = _pipeline()
    for kind, moves in CASES.items():
        if moves:
            found[f"aftersale-{kind.replace('_', '-')}"] = _case(kind, moves)
    return found


def _view(name: str, commands: Iterable[str]) -> list[Arrow]:
    """The arrows of some commands between boxes; inside of a box nothing is drawn."""
    box = {state: name for name, states in TOGETHER.items() for state in states}
    words: dict[tuple[str, str], list[str]] = {}
    for arrow in _arrows(ORDER, commands):
        pair = box.get(arrow.start, arrow.start), box.get(arrow.end, arrow.end)
        if pair[0] != pair[1] and set(pair) <= PLACES[name].keys():
            told = words.setdefault(pair, [])
            told += [word for word in arrow.words if word not in told]
    return [Arrow(start, end, tuple(told)) for (start, end), told in words.items()]


def _arrows(machine: Machine, only: Iterable[str] | None = None) -> list[Arrow]:
    """Commands between the same two states share an arrow; a command that stays where it is has none."""
    words: dict[tuple[str, str], list[str]] = {}
    for state, ways in machine.moves.items():
        for command, ends in ways.items():
            for end in ends if only is None or command in only else ():
                if end != state:
                    words.setdefault((state, end), []).append(command)
    return [Arrow(start, end, tuple(told)) for (start, end), told in words.items()]


def _ends(machine: Machine) -> set[str]:
    return {state for state, ways in machine.moves.items() if all(set(ends) == {state} for ends in ways.values())}


_STARTS = frozenset({"new", "@free", "free", "requested", "unassigned"})
STEPS = {
    ("new", "planned"): "audit, allocate", ("planned", "labelled"): "reserve, carrier, waybill",
    ("labelled", "shipping"): "say so first", ("shipping", "shipped"): "confirm",
    ("shipped", "committed"): "commit stock", ("committed", "done"): "notify",
    ("planned", "new"): "shortage: again", ("dropped", "planned"): "start afresh",
    ("dropping", "dropped"): "free stock",
    ("cancelling", "cancelled"): "free stock", ("reserved", "labelled"): "carrier, waybill",
}  # fmt: skip
"""What a run does between two states; other moves of `fulfil` are withdrawals."""
_LINE_UP: Mapping[str, Place] = {
    "new": (0, 0), "planned": (1, 0), "labelled": (2, 0), "shipping": (3, 0), "shipped": (4, 0), "committed": (5, 0),
    "done": (5, 1.2), "dropped": (0, 1.2), "dropping": (2, 1.2), "reserved": (1, 1.9),
}  # fmt: skip


def _pipeline() -> str:
    """The moves of `fulfil` alone, with what happens in each."""
    arrows = [one for one in _arrows(ORDER, ["fulfil"]) if {one.start, one.end} <= _LINE_UP.keys()]
    told = [Arrow(one.start, one.end, tuple(STEPS.get((one.start, one.end), "withdraw").split(", "))) for one in arrows]
    return _drawn(_LINE_UP, told, {"done"}, "From an order to a parcel under way")


def _case(kind: str, moves: Mapping[str, Mapping[str, str]]) -> str:
    words: dict[tuple[str, str], list[str]] = {}
    for stage, ways in moves.items():
        for command, end in ways.items():
            words.setdefault((stage, end), []).append(command)
    arrows = [Arrow(start, end, tuple(told)) for (start, end), told in words.items()]
    there = {state for arrow in arrows for state in (arrow.start, arrow.end)}
    places = {state: place for state, place in PLACES["case"].items() if state in there}
    return _drawn(places, arrows, there - moves.keys(), f"Stages of a case: {kind.replace('_', ' ')}")


def _drawn(places: Mapping[str, Place], arrows: list[Arrow], ends: set[str], title: str) -> str:
    if missing := {state for arrow in arrows for state in (arrow.start, arrow.end)} - places.keys():
        raise SystemExit(f"{title}: no place for {', '.join(sorted(missing))}")
    left, top = min(x for x, _ in places.values()), min(y for _, y in places.values())
    spots = {state: (MARGIN + WIDTH / 2 + (x - left) * CELL_X, MARGIN + 16 + HEIGHT / 2 + (y - top) * CELL_Y)
             for state, (x, y) in places.items()}  # fmt: skip
    width = max(x for x, _ in spots.values()) + WIDTH / 2 + MARGIN
    height = max(y for _, y in spots.values()) + HEIGHT / 2 + MARGIN + 16
    both = {(arrow.start, arrow.end) for arrow in arrows}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" style="max-width:100%;height:auto">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.4" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0.8L8 4L0 7.2z" fill="#5a6b7d"/></marker></defs>',
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}" rx="8"/>',
    ]
    taken = [(x, y, WIDTH, HEIGHT * 1.0) for x, y in spots.values()]
    drawn = [_arrow(arrow, spots, (arrow.end, arrow.start) in both, taken) for arrow in arrows]
    lines += [path for path, _ in drawn]
    for state, spot in spots.items():
        kind = " end" if state in ends else " start" if state in _STARTS else ""
        lines.append(_box(spot, kind, TOGETHER.get(state, (state,))))
    lines += [words for _, words in drawn]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _box(spot: Place, kind: str, names: tuple[str, ...]) -> str:
    """A state, or several that are alike here."""
    x, y = spot
    height = HEIGHT + LINE * (len(names) - 1)
    spans = "".join(f'<tspan x="{x:.1f}" y="{y + 4 + LINE * (at - (len(names) - 1) / 2):.1f}">{escape(name)}</tspan>'
                    for at, name in enumerate(names))  # fmt: skip
    shape = f'x="{x - WIDTH / 2:.1f}" y="{y - height / 2:.1f}" width="{WIDTH}" height="{height}" rx="8"'
    return f'<rect class="state{kind}" {shape}/><text class="name">{spans}</text>'


def _arrow(
    arrow: Arrow, spots: Mapping[str, Place], is_double: bool, taken: list[tuple[float, float, float, float]]
) -> tuple[str, str]:
    """A line from border to border, bent aside where the other way has an arrow too or a state lies between."""
    (x0, y0), (x1, y1) = spots[arrow.start], spots[arrow.end]
    length = hypot(x1 - x0, y1 - y0) or 1
    nx, ny = -(y1 - y0) / length, (x1 - x0) / length
    bend = 18.0 if is_double else 0.0
    between = [
        one for name, one in spots.items() if name not in (arrow.start, arrow.end) and _near(one, (x0, y0), (x1, y1))
    ]
    if between:
        bend = max(bend, 46.0 + 14 * len(between))
    cx, cy = (x0 + x1) / 2 + nx * bend * 2, (y0 + y1) / 2 + ny * bend * 2
    tall = [HEIGHT + LINE * (len(TOGETHER.get(name, "_")) - 1) for name in (arrow.start, arrow.end)]
    (ax, ay), (bx, by) = _border((x0, y0), (cx, cy), tall[0]), _border((x1, y1), (cx, cy), tall[1])
    path = f'<path class="move" d="M{ax:.1f} {ay:.1f}Q{cx:.1f} {cy:.1f} {bx:.1f} {by:.1f}"/>'
    size = 6.2 * max(map(len, arrow.words)), LINE * len(arrow.words) * 1.0
    wx, wy = min(
        (_on_curve(at, (ax, ay), (cx, cy), (bx, by)) for at in _ALONG), key=lambda spot: _crowded(spot, size, taken)
    )
    taken.append((wx, wy, *size))
    shift = -LINE * (len(arrow.words) - 1) / 2 + 3.5
    spans = "".join(f'<tspan x="{wx:.1f}" y="{wy + shift + LINE * number:.1f}">{escape(word)}</tspan>'
                    for number, word in enumerate(arrow.words))  # fmt: skip
    return path, f'<text class="word">{spans}</text>'


_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
"""Where on an arrow its words may stand, the best place first."""


def _on_curve(at: float, start: Place, bend: Place, end: Place) -> Place:
    near, middle, far = (1 - at) ** 2, 2 * at * (1 - at), at**2
    return (
        near * start[0] + middle * bend[0] + far * end[0],
        near * start[1] + middle * bend[1] + far * end[1],
    )


def _crowded(spot: Place, size: tuple[float, float], taken: Iterable[tuple[float, float, float, float]]) -> float:
    """How much of a word's place is taken by other words and boxes."""
    (x, y), (width, height) = spot, size
    over = 0.0
    for other_x, other_y, other_width, other_height in taken:
        across = (width + other_width) / 2 - abs(x - other_x)
        down = (height + other_height) / 2 - abs(y - other_y)
        over += max(0.0, across) * max(0.0, down)
    return over


def _near(spot: Place, start: Place, end: Place) -> bool:
    """Whether the straight line would cross the box at `spot`."""
    (x, y), (x0, y0), (x1, y1) = spot, start, end
    for number in range(1, 40):
        at = number / 40
        if abs(x0 + (x1 - x0) * at - x) < WIDTH / 2 + 4 and abs(y0 + (y1 - y0) * at - y) < HEIGHT / 2 + 4:
            return True
    return False


def _border(centre: Place, towards: Place, tall: float) -> Place:
    """Where the line from the centre of a box leaves it."""
    (x, y), (tx, ty) = centre, towards
    dx, dy = tx - x, ty - y
    if not dx and not dy:
        return centre
    scale = min((WIDTH / 2 + 1) / abs(dx) if dx else 1e9, (tall / 2 + 1) / abs(dy) if dy else 1e9)
    return x + dx * scale, y + dy * scale
