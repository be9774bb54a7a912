"""What is printed for orders, in memory. Imports nothing of the library."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

__all__ = ["MemoryPapers"]


class MemoryPapers:
    """`Papers`."""

    _lock: threading.RLock

    def _sheets(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = self.__dict__.setdefault("_papers", {})
        return found

    def put_papers(self, order_key: str, papers: Mapping[str, str]) -> None:
        """Keep texts by name, replacing what had that name."""
        with self._lock:
            self._sheets().setdefault(order_key, {}).update(papers)

    def papers_of(self, order_key: str) -> dict[str, str]:
        """Every text of an order by name, sorted."""
        with self._lock:
            return dict(sorted(self._sheets().get(order_key, {}).items()))

    def drop_papers(self, order_key: str, names: Iterable[str]) -> None:
        """Forget texts; names that are not there are let be."""
        with self._lock:
            for name in names:
                self._sheets().get(order_key, {}).pop(name, None)

    def _forget_papers(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._sheets().pop(key, None)
