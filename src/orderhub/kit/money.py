"""Sums and shares of amounts, exact to the cent. Pure; imports nothing of the library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal

__all__ = ["apportion", "total_of"]

CENT = Decimal("0.01")


def total_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, None as soon as one amount is not known."""
    total = Decimal("0.00")
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def apportion(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in shares proportional to `weights`, each to the cent; the remainder goes to the last weighted one.

    Weights are zero or more and not all zero; the shares add up to `amount` exactly.
    """
    whole = sum(weights, Decimal(0))
    shares = [(amount * weight / whole).quantize(CENT, ROUND_DOWN) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    shares[last] += amount - sum(shares, Decimal(0))
    return shares
