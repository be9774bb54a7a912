"""One order in several parts: by what, which lines and which money go where, and back again. Pure; imports `models`.

Splitting and joining is the identity on lines and money: shares are exact to the cent, remainders stay in one part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Literal

from pydantic import Field

from orderhub.kit.money import apportion, total_of
from orderhub.models import AftersaleStatus, LineItem, Model, Order, OrderStatus

__all__ = ["Group", "Part", "SplitRule", "groups_by", "join_parts", "open_units", "split_order", "split_refusal"]

Group = Sequence[tuple[str, int]]
"""(line_id, units) of one part."""

PARTS_MAX = 500
"""No order has more; what would need them has a quantity or a weight that is wrong."""
_LINE_MONEY = ("subtotal", "discount", "total", "refunded")
_COUNTS = ("shipped_quantity", "refunded_quantity")
_ORDER_MONEY = (
    "items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "residual", "total", "paid", "refunded",
)  # fmt: skip
_ZERO = Decimal("0.00")


class SplitRule(Model):
    """What an order is split by.

    Attributes:
        by: `kind`, `shop` and `warehouse` go by the word that `of` has for a line's SKU; `stock` sends what is there
            and keeps the rest; `weight` packs up to `weight_max_g`.
        of: SKU -> word; SKUs without one share a part.
        stock: SKU -> units there.
        weights_g, weight_default_g, weight_max_g: Grams a unit, and of a part; a heavier unit travels alone.
        parents: Gift SKU -> SKU that it goes with; other gifts go with the line before them.
    """

    by: Literal["kind", "shop", "warehouse", "stock", "weight"]
    of: dict[str, str] = {}
    stock: dict[str, int] = {}
    weights_g: dict[str, int] = {}
    weight_default_g: int = Field(default=500, ge=0)
    weight_max_g: int = Field(default=20_000, gt=0)
    parents: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A part as an order of its own; `rows` are (position in the whole order, units). The last may be closed."""

    order: Order
    rows: tuple[tuple[int, int], ...]


def open_units(line: LineItem) -> int:
    """Units still to be sent: neither shipped, cancelled nor refunded nor under refund."""
    if line.status is not OrderStatus.AWAITING_SHIPMENT:
        return 0
    if line.aftersale_status in (AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS):
        return 0
    return max(0, line.quantity - (line.shipped_quantity or 0) - (line.refunded_quantity or 0))


def split_refusal(order: Order, groups: Sequence[Group]) -> str | None:
    """Why an order may not be split so; None when it may. Parts must add up to what is open, to the unit."""
    if len(groups) < 2 or not all(groups):
        return "one_part"
    if len(groups) > PARTS_MAX:
        return "too_many_parts"
    wanted = {line.line_id: open_units(line) for line in order.lines if open_units(line)}
    found: dict[str, int] = {}
    for group in groups:
        for line_id, units in group:
            if units <= 0:
                return "parts_differ"
            found[line_id] = found.get(line_id, 0) + units
    if found != wanted or any(len({line for line, _ in group}) != len(group) for group in groups):
        return "parts_differ"
    if "line_must_not_split" in order.labels and sum(map(len, groups)) > len(found):
        return "line_must_not_split"
    return None


def split_order(order: Order, groups: Sequence[Group]) -> tuple[Part, ...]:
    """The parts, and after them what is closed, if anything is; what `split_refusal` refuses is not to be given."""
    assert split_refusal(order, groups) is None
    position = {line.line_id: index for index, line in enumerate(order.lines)}
    rows = [tuple((position[line_id], units) for line_id, units in group) for group in groups]
    used = [sum(units for part in rows for at, units in part if at == index) for index in range(len(order.lines))]
    closed = tuple(
        (index, line.quantity - used[index])
        for index, line in enumerate(order.lines)
        if line.quantity > used[index] or not line.quantity
    )
    taken = [*rows, closed] if closed else rows
    lines = _lines(order, taken, has_closed=bool(closed))
    return tuple(Part(part, row) for part, row in zip(_orders(order, lines), taken, strict=True))


def _lines(order: Order, taken: Sequence[Sequence[tuple[int, int]]], *, has_closed: bool) -> list[list[LineItem]]:
    found: list[list[LineItem]] = [[] for _ in taken]
    for index, line in enumerate(order.lines):
        where = [(part, units) for part, row in enumerate(taken) for at, units in row if at == index]
        shares = {name: _shares(getattr(line, name), [units for _, units in where]) for name in _LINE_MONEY}
        for turn, (part, units) in enumerate(where):
            change: dict[str, Any] = {name: share[turn] for name, share in shares.items()} | {"quantity": units}
            if not (has_closed and part == len(taken) - 1):  # what has happened, happened to the closed units
                change |= {name: None if getattr(line, name) is None else 0 for name in _COUNTS}
            found[part].append(line.model_copy(update=change))
    return found


def _shares(amount: Decimal | None, units: Sequence[int]) -> list[Decimal | None]:
    if amount is None or len(units) == 1 or not any(units):
        return [amount] + [None if amount is None else _ZERO] * (len(units) - 1)
    return list(apportion(amount, [Decimal(count) for count in units]))


def _orders(order: Order, lines: Sequence[Sequence[LineItem]]) -> list[Order]:
    """Money beside the goods stays in the first part, and so does whatever the lines leave unexplained."""
    rest = [_money(order, part) for part in lines[1:]]
    first = {
        name: None if (whole := getattr(order, name)) is None else whole - sum((part[name] for part in rest), _ZERO)
        for name in _ORDER_MONEY
    }
    return [
        order.model_copy(update={"lines": tuple(part), **money})
        for part, money in zip(lines, [first, *rest], strict=True)
    ]


def _money(order: Order, lines: Sequence[LineItem]) -> dict[str, Any]:
    """What a later part carries: its goods. Amounts that the order does not tell stay untold."""
    items, reduced = total_of(line.subtotal for line in lines), total_of(line.discount for line in lines)
    told = {"items_total": items or _ZERO, "discount_total": reduced or _ZERO}
    told["total"] = told["items_total"] - told["discount_total"]
    return {name: None if getattr(order, name) is None else told.get(name, _ZERO) for name in _ORDER_MONEY}


def join_parts(parts: Sequence[Part]) -> Order:
    """The whole order again, from all its parts."""
    pieces: dict[int, list[LineItem]] = {}
    for part in parts:
        for (at, _), line in zip(sorted(part.rows), part.order.lines, strict=True):
            pieces.setdefault(at, []).append(line)
    lines = tuple(_joined(pieces[at]) for at in sorted(pieces))
    money = {name: total_of(getattr(part.order, name) for part in parts) for name in _ORDER_MONEY}
    known = {name: amount if getattr(parts[0].order, name) is not None else None for name, amount in money.items()}
    return parts[0].order.model_copy(update={"lines": lines, **known})


def _joined(pieces: Sequence[LineItem]) -> LineItem:
    change: dict[str, Any] = {"quantity": sum(piece.quantity for piece in pieces)}
    change |= {name: total_of(getattr(piece, name) for piece in pieces) for name in _LINE_MONEY}
    for name in _COUNTS:
        counts = [count for piece in pieces if (count := getattr(piece, name)) is not None]
        change[name] = sum(counts) if counts else None
    return pieces[0].model_copy(update=change)


def groups_by(order: Order, rule: SplitRule) -> list[list[tuple[str, int]]]:
    """(line_id, units) of each part as a rule has it; gifts go with their parent. One part: nothing to split."""
    lines = [(line, open_units(line)) for line in order.lines if open_units(line)]
    bought = [(line, units) for line, units in lines if not line.is_gift]
    parts = _BY[rule.by](bought, rule)
    for line, units in lines:
        if line.is_gift:
            _home(parts, order, line, rule).append((line.line_id, units))
    return [part for part in parts if part]


def _home(parts: list[list[tuple[str, int]]], order: Order, gift: LineItem, rule: SplitRule) -> list[tuple[str, int]]:
    """The part that a gift goes with."""
    if not parts:
        parts.append([])
    at = order.lines.index(gift)
    parent = rule.parents.get(gift.sku or "")
    before = [line.line_id for line in reversed(order.lines[:at]) if not line.is_gift]
    named = [line.line_id for line in order.lines if parent is not None and line.sku == parent and not line.is_gift]
    for line_id in (*named, *before):
        for part in parts:
            if line_id in {row[0] for row in part}:
                return part
    return parts[0]


Lines = Sequence[tuple[LineItem, int]]


def _by_word(lines: Lines, rule: SplitRule) -> list[list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for line, units in lines:
        found.setdefault(rule.of.get(line.sku or "", ""), []).append((line.line_id, units))
    return list(found.values())


def _by_stock(lines: Lines, rule: SplitRule) -> list[list[tuple[str, int]]]:
    left, there, rest = dict(rule.stock), [], []
    for line, units in lines:
        have = min(units, max(0, left.get(line.sku or "", 0)))
        left[line.sku or ""] = left.get(line.sku or "", 0) - have
        there += [(line.line_id, have)] if have else []
        rest += [(line.line_id, units - have)] if units > have else []
    return [part for part in (there, rest) if part]


def _by_weight(lines: Lines, rule: SplitRule) -> list[list[tuple[str, int]]]:
    """Heaviest units first, each into the first part that has room; beyond `PARTS_MAX` the last part takes the rest."""
    parts: list[dict[str, int]] = []
    weights: list[int] = []
    heavy = sorted(lines, key=lambda row: -rule.weights_g.get(row[0].sku or "", rule.weight_default_g))
    for line, units in heavy:
        grams = rule.weights_g.get(line.sku or "", rule.weight_default_g)
        for at in count():
            if units <= 0:
                break
            if at == len(parts):
                parts.append({})
                weights.append(0)
            fits = units if at == PARTS_MAX else _fitting(units, grams, weights[at], rule.weight_max_g)
            if fits:
                parts[at][line.line_id] = parts[at].get(line.line_id, 0) + fits
                weights[at] += fits * grams
                units -= fits
    return [list(part.items()) for part in parts]


def _fitting(units: int, grams: int, full: int, most: int) -> int:
    """How many of the units have room; one that is too heavy for any part has an empty one to itself."""
    room = max(0, most - full) // grams if grams else units
    return min(units, room if full else max(1, room))


_BY: Mapping[str, Any] = {
    "kind": _by_word, "shop": _by_word, "warehouse": _by_word, "stock": _by_stock, "weight": _by_weight,
}  # fmt: skip
