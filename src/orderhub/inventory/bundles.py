"""Bundles into what is really picked. Pure. Imports `errors`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orderhub.errors import ConfigurationError
from orderhub.inventory.demand import DemandLine

__all__ = ["component_units", "expand"]


def expand(lines: Iterable[DemandLine], bundles: Mapping[str, Mapping[str, int]]) -> tuple[DemandLine, ...]:
    """Each line whose SKU is a bundle becomes one line per component, bundles within bundles too; ids are kept.

    Args:
        lines: What was ordered.
        bundles: Bundle SKU -> component SKU -> units in one bundle.
    Raises:
        ConfigurationError: A bundle contains itself, is empty, or has a component with less than one unit.
    """
    return tuple(part for line in lines for part in _parts(line, bundles, ()))


def component_units(
    lines: Iterable[DemandLine], bundles: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, int]:
    """SKU -> units that the lines need altogether, as parts of bundles and by themselves: what is to be checked.

    A check line by line lets two lines share one unit; only the sum is the demand.

    Raises:
        ConfigurationError: As `expand`.
    """
    units: dict[str, int] = {}
    for part in expand(lines, bundles or {}):
        units[part.sku] = units.get(part.sku, 0) + part.quantity
    return dict(sorted(units.items()))


def _parts(line: DemandLine, bundles: Mapping[str, Mapping[str, int]], within: tuple[str, ...]) -> Iterator[DemandLine]:
    if line.sku not in bundles:
        yield line
        return
    components = bundles[line.sku]
    if line.sku in within or not components or min(components.values()) < 1:
        raise ConfigurationError(f"Bundle {line.sku!r} must have components of one unit or more, none of them itself")
    for sku in sorted(components):
        part = DemandLine(line.line_id, sku, line.quantity * components[sku])
        yield from _parts(part, bundles, (*within, line.sku))
