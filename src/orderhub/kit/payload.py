"""Payloads as hosts have them: a reply, an order, or a list of these, told apart. Imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from orderhub.errors import DecodeError
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_each, lazy_extra, without_notes
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models.channel import Page

__all__ = ["decode_any", "decode_found", "expect_object", "lines_with_extra"]

M = TypeVar("M")


def decode_any(
    payload: Any, config: ShopConfig, decode_reply: Callable[[Any], Page[M]], decode_order: Callable[[Any], Page[M]],
    marks: Collection[str],
) -> Page[M]:  # fmt: skip
    """Orders of a native reply, of the document inside, of one order or of a list of these.

    Args:
        decode_reply: Whatever is not a list, or lies in one and has none of the marks.
        decode_order: An item of a list that is an order, or nothing that could hold one.
        marks: Names that an order has and no reply.
    """
    if not isinstance(payload, list):
        return decode_reply(payload)

    def part(item: Any) -> Page[M]:
        is_reply = isinstance(item, Mapping) and bool(item) and not any(name in item for name in marks)
        wraps = is_reply or isinstance(item, list)
        return decode_any(item, config, decode_reply, decode_order, marks) if wraps else decode_order(item)

    return decode_each(payload, part, config.platform)


def decode_found(
    payload: Any, config: ShopConfig, find: Callable[[Any], list[Any]],
    decode: Callable[[list[Any], ShopConfig], Page[M]], marks: Collection[str],
) -> Page[M]:  # fmt: skip
    """`decode_any` where a reply is just the orders that `find` sees in it."""
    return decode_any(
        payload, config, lambda reply: decode(find(reply), config), lambda order: decode([order], config), marks
    )


def expect_object(payload: Any, platform: str) -> Mapping[str, Any]:
    """The payload, which must be an object.

    Raises:
        DecodeError: It is something else; only its type is told.
    """
    if isinstance(payload, Mapping):
        return payload
    told = type(payload).__name__
    raise DecodeError("expected a reply, an order or a list of orders", platform=platform, value=told)


def lines_with_extra(
    lines: Iterable[dict[str, Any]], table: Table, raw: bytes, *steps: str, rows: Callable[[Any], list[Any]] = rows_of
) -> tuple[dict[str, Any], ...]:
    """The same lines without the notes of their table; what it does not map is read from `raw`, below `steps`.

    Args:
        rows: How the platform wraps a list.
    """
    found = tuple(lines)
    for number, line in enumerate(found):
        without_notes(line)["extra"] = lazy_extra(table, raw, (*steps, number), rows)
    return found
