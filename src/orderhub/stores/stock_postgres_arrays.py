"""Columns of many rows as literals of PostgreSQL arrays: one statement for any number of rows. Imports nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["digests", "numbers", "once", "texts"]

T = TypeVar("T")


def texts(values: Sequence[str | None]) -> str:
    """Text as the literal of an array; empty when all is NULL, since a short array counts as NULLs."""
    if None in values:
        if not any(value is not None for value in values):
            return "{}"
        return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"
    if not values:
        return "{}"
    joined = '","'.join(values)  # type: ignore[arg-type]
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return "{" + ",".join(map(_quoted, values)) + "}"  # type: ignore[arg-type]
    return f'{{"{joined}"}}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def numbers(values: Sequence[int | None]) -> str:
    """Whole numbers as the literal of an array; NULL for None."""
    if None in values:
        return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    return f"{{{repr(list(values))[1:-1]}}}"


def digests(values: Sequence[bytes]) -> str:
    """Bytes as the literal of an array."""
    return '{"' + '","'.join(["\\\\x" + value.hex() for value in values]) + '"}' if values else "{}"


def once(values: Sequence[T]) -> Sequence[T]:
    """The values, or the first one alone where all are equal."""
    return values[:1] if values and values.count(values[0]) == len(values) else values
