"""What an inspection of returned goods found, in units of what lies in a warehouse, and why it cannot be so.

Pure; imports `models`. How bundles open is told by argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orderhub.models import Order, Refund

__all__ = ["Good", "Inspected", "due_back", "goods_of", "inspection_refusal"]

Parts = Mapping[str, Mapping[str, int]]
"""Line id -> SKU -> units of it in one unit of the line; a line without a SKU is not in it."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """Units of one line that came back sellable, defective, or not at all.

    Attributes:
        sku: One component, where the parts of a bundle came back in different shape; counts are units of it then.
            None counts whole units of the line.
    """

    line_id: str
    sellable: int = 0
    defective: int = 0
    missing: int = 0
    sku: str | None = None

    @property
    def units(self) -> int:
        """All that was looked for."""
        return self.sellable + self.defective + self.missing


@dataclass(frozen=True, slots=True)
class Good:
    """Units of one SKU of one line, bundles opened."""

    line_id: str
    sku: str
    sellable: int
    defective: int
    missing: int


def due_back(order: Order, case: Refund) -> dict[str, int]:
    """Line id -> units that a case may bring back: its own lines, or all of the order's where it names none."""
    ordered = {line.line_id: line.quantity for line in order.lines}
    if not case.lines:
        return ordered
    due: dict[str, int] = {}
    for line_id, units, _ in case.lines:
        if line_id in ordered:
            whole = ordered[line_id] if units is None else units
            due[line_id] = min(ordered[line_id], due.get(line_id, 0) + whole)
    return due


def goods_of(inspection: Iterable[Inspected], parts: Parts) -> list[Good]:
    """What was found, SKU by SKU."""
    return [
        Good(row.line_id, sku, row.sellable * each, row.defective * each, row.missing * each)
        for row in inspection
        for sku, each in ({row.sku: 1} if row.sku is not None else parts.get(row.line_id, {})).items()
    ]


def inspection_refusal(
    inspection: Sequence[Inspected], due: Mapping[str, int], parts: Parts, earlier: Iterable[Good] = ()
) -> str | None:
    """Why an inspection cannot be so; None when it can.

    Args:
        due: See `due_back`.
        earlier: What other cases of the same order brought back; no unit comes back twice.
    Returns:
        nothing_inspected, invalid (a negative count, or no count), not_in_case, unmapped_sku, exceeds_case.
    """
    if not inspection:
        return "nothing_inspected"
    for row in inspection:
        if min(row.sellable, row.defective, row.missing) < 0 or row.units == 0:
            return "invalid"
        if row.line_id not in due:
            return "not_in_case"
        if row.line_id not in parts:
            return "unmapped_sku"
        if row.sku is not None and row.sku not in parts[row.line_id]:
            return "not_in_case"
    return _too_many(goods_of(inspection, parts), due, parts, earlier)


def _too_many(goods: Iterable[Good], due: Mapping[str, int], parts: Parts, earlier: Iterable[Good]) -> str | None:
    left = {(line_id, sku): due[line_id] * each for line_id in due for sku, each in parts.get(line_id, {}).items()}
    for good, looked_for in (*((good, 0) for good in earlier), *((good, good.missing) for good in goods)):
        place = (good.line_id, good.sku)
        left[place] = left.get(place, 0) - good.sellable - good.defective - looked_for
    return "exceeds_case" if any(left[good.line_id, good.sku] < 0 for good in goods) else None
