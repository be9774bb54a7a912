"""Bundles into what is really picked. Pure. Imports `errors`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orderhub.errors import ConfigurationError
from orderhub.inventory.demand import DemandLine

__all__ = ["expand"]


def expand(lines: Iterable[DemandLine], bundles: Mapping[str, Mapping[str, int]]) -> tuple[DemandLine, ...]:
    """Each line whose SKU is a bundle becomes one line per component, bundles within bundles too; ids are kept.

    Args:
        lines: What was ordered.
        bundles: Bundle SKU -> component SKU -> units in one bundle.
    Raises:
        ConfigurationError: A bundle contains itself, is empty, or has a component with less than one unit.
    """
    return tuple(part for line in lines for part in _parts(line, bundles, ()))


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
