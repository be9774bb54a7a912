"""One authorised call with its parameters read strictly, and the refusals. Imports this folder's state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.wechat.state import Case, Doc, Market, Order

__all__ = ["Ask", "Refusal"]

PAGE_MAX = 100


class Refusal(Exception):
    """An errcode that is not 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers the fields beside errcode and errmsg, or raises `Refusal`."""

    shop_id: str
    params: Doc

    def bad(self, what: str) -> Refusal:
        """A parameter that is missing or wrong."""
        return Refusal(self.switch("param_code"), f"invalid argument: {what}")

    def of(self, params: Any, what: str) -> Ask:
        """The same call with parameters that stand inside its own."""
        if not isinstance(params, dict):
            raise self.bad(what)
        return replace(self, params=params)

    def id(self, name: str) -> str:
        """An id, which may come as text or as a number."""
        value = self.params.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self.bad(name)
        return str(value)

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.params.get(name)
        if not isinstance(value, str) or not value:
            raise self.bad(name)
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number; without a default it must be there."""
        value = self.params.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.bad(name)
        return value

    def rows(self, name: str) -> list[Any]:
        """A list with something in it."""
        value = self.params.get(name)
        if not isinstance(value, list) or not value:
            raise self.bad(name)
        return value

    def order(self) -> Order:
        """The order of order_id, if this shop has it and it may be seen yet."""
        order = self.market.orders.get(self.id("order_id"))
        if order is None or order.shop_id != self.shop_id or order.shown_from > self.market.stamp():
            raise Refusal(self.switch("missing_code"), "order not found")
        return order

    def case(self) -> Case:
        """The case of after_sale_order_id."""
        case = self.market.cases.get(self.id("after_sale_order_id"))
        if case is None or case.shop_id != self.shop_id:
            raise Refusal(self.switch("missing_code"), "after sale order not found")
        return case

    def window(self, start: int, end: int, most_s: int) -> tuple[int, int]:
        """(first, last) second of a window of at most `most_s` seconds."""
        if start > end or end - start > most_s:
            raise self.bad(f"time range, at most {most_s} seconds")
        return start, end if self.switch("end_inclusive") else end - 1

    def page(self, rows: list[tuple[int, str]], keep: Callable[[str], bool], size: int) -> tuple[list[str], Doc]:
        """Ids of the page after next_key, and where the next one begins.

        A key is the time and the id of the last row seen, so that a page is cut from what is true now.
        """
        newest = self.switch("list_order") == "newest_first"
        ordered = rows[::-1] if newest else rows
        after, before = self._after(), ""
        if self.fault("repeated_page") and after is not None:
            after, before = self._repeated(ordered, after, size, newest=newest)
        found = [row for row in ordered if (after is None or _beyond(row, after, newest)) and keep(row[1])]
        page = found[:size]
        more = len(found) > size
        key = f"{page[-1][0]}_{page[-1][1]}" if page else ""
        return [name for _, name in page], {"next_key": before or key, "has_more": more or bool(before)}

    def _after(self) -> tuple[int, str] | None:
        key = self.params.get("next_key") or ""
        if not isinstance(key, str):
            raise self.bad("next_key")
        at, _, name = key.partition("_")
        if key and not (at.isascii() and at.isdigit() and name):
            raise self.bad("next_key")
        return (int(at), name) if key else None

    def _repeated(
        self, ordered: list[tuple[int, str]], after: tuple[int, str], size: int, *, newest: bool
    ) -> tuple[tuple[int, str] | None, str]:
        """The page before once more: its own rows, and the key that it gave then."""
        seen = [row for row in ordered if not _beyond(row, after, newest)]
        start = seen[-size - 1] if len(seen) > size else None
        return start, f"{after[0]}_{after[1]}"


def _beyond(row: tuple[int, str], after: tuple[int, str], newest: bool) -> bool:
    return row < after if newest else row > after
