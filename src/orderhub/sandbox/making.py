"""What a tester asks to be made: counts of new orders, or native documents. Imports `emulator`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from orderhub.sandbox.emulator import ControlError

__all__ = ["COUNT_MAX", "made"]

T = TypeVar("T")
COUNT_MAX = 100_000
_KEYS = frozenset({"count", "shop_id", "documents", "unpaid"})


def made(
    body: Mapping[str, Any], shops: Iterable[str], fresh: Callable[[str], T], document: Callable[[Any], T],
    more: frozenset[str] = frozenset(),
) -> list[T]:  # fmt: skip
    """Records for `{"count": N}` in each of `shops`, or for `{"shop_id", "documents": [native, …]}`.

    Args:
        fresh: Makes one record dated now in a shop.
        document: Makes one record of a native document.
        more: Further keys that the platform takes.
    Raises:
        ControlError: It is neither, or a figure is out of range.
    """
    if set(body) - _KEYS - more or ("count" in body) == ("documents" in body):
        raise ControlError("what shall be made?", 'send {"count": N} or {"shop_id": …, "documents": [native, …]}')
    if "documents" in body:
        if not isinstance(body["documents"], list) or not body["documents"]:
            raise ControlError("documents is not a list", "send a list of native orders")
        return [document(given) for given in body["documents"]]
    count = body["count"]
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= COUNT_MAX:
        raise ControlError(f"count is {count!r}", f"give a number from 1 to {COUNT_MAX}")
    return [fresh(shop) for shop in shops for _ in range(count)]
