"""What the sandboxes of all marketplaces keep: orders by number and by shop, times in order. Imports `emulator`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from orderhub.sandbox.emulator import Setup

__all__ = ["MarketBase", "TimeIndex"]

LAST = "\uffff"
"""Sorts behind every key."""

S = TypeVar("S")
O = TypeVar("O")  # noqa: E741
At = TypeVar("At", int, str)


class TimeIndex(Generic[At]):
    """Keys in the order of their times, as the wire writes those; of one time in the order of their names."""

    def __init__(self) -> None:
        self._rows: list[tuple[At, str]] = []

    def move(self, key: str, old: At | None, new: At | None) -> None:
        """Take the key from `old`, put it at `new`; empty or None is nowhere."""
        if old == new:
            return
        if old:
            del self._rows[bisect_left(self._rows, (old, key))]
        if new:
            insort(self._rows, (new, key))

    def window(self, start: At, end: At) -> list[tuple[At, str]]:
        """Rows from `start` to `end`, both included, oldest first."""
        return self._rows[bisect_left(self._rows, (start, "")) : bisect_right(self._rows, (end, LAST))]

    def between(self, low: tuple[At, str], high: tuple[At, str]) -> list[tuple[At, str]]:
        """Rows strictly between the two, oldest first."""
        return self._rows[bisect_left(self._rows, (low[0], low[1] + "\0")) : bisect_left(self._rows, high)]


class MarketBase(Generic[S, O, At]):
    """Shops, orders and the clock of one marketplace; lists are cut from indexes that every change keeps sorted.

    Attributes:
        shops: By their id.
        orders: By the platform's number.
        by_shop: In the order in which they came.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.shops: dict[str, S] = {}
        self.orders: dict[Any, O] = {}
        self.by_shop: dict[str, list[O]] = defaultdict(list)
        self._indexes: dict[tuple[str, str], TimeIndex[At]] = defaultdict(TimeIndex)
        self._serial = 0

    def now(self) -> datetime:
        """Aware, UTC."""
        return self.setup.now()

    def serial(self) -> int:
        """The next number of this world: 1, 2, 3…"""
        self._serial += 1
        return self._serial

    def switch(self, name: str) -> Any:
        """The live value of a switch."""
        return self.setup.switches[name]

    def of(self, shop_id: str) -> Iterable[O]:
        """The orders of a shop, in the order in which they came."""
        return self.by_shop[shop_id]

    def index(self, shop_id: str, axis: str) -> TimeIndex[At]:
        """What the shop has on an axis of time."""
        return self._indexes[shop_id, axis]

    def enter(self, shop_id: str, number: Any, order: O) -> None:
        """Take an order in, or put it in the place of the one with its number."""
        if number not in self.orders:
            self.by_shop[shop_id].append(order)
        self.orders[number] = order

    def file(self, shop_id: str, key: str, filed: dict[str, At], times: Mapping[str, At]) -> None:
        """Put a key where its times belong; `filed` remembers where it stands."""
        for axis, at in times.items():
            self._indexes[shop_id, axis].move(key, filed.get(axis), at)
        filed.update(times)

    def window(self, shop_id: str, axis: str, start: At, end: At) -> list[str]:
        """Keys whose time on an axis lies from `start` to `end`, both included, oldest first."""
        return [key for _, key in self._indexes[shop_id, axis].window(start, end)]
