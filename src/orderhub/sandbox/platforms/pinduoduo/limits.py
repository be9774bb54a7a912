"""Call limits by shop, API and app, in fixed windows of the sandbox clock. Imports this folder's tables and wire.

Which code a level answers with is not documented: 52101 for the API's own limit, 70031 for a shop's and an app's.
"""

from __future__ import annotations

from datetime import datetime

from orderhub.sandbox.platforms.pinduoduo.spec import LIMITS
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal

__all__ = ["Limiter"]


class Limiter:
    """Counts calls; a refused call counts for nobody."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], tuple[int, int]] = {}

    def take(self, api: str, shop_id: str, now: datetime) -> None:
        """One call; raises `Refusal` when a level is used up."""
        booked = []
        for level, most, seconds in LIMITS.get(api, ()):
            key = (api, level, shop_id if level == "shop" else "")
            window = int(now.timestamp()) // seconds
            kept = self._counts.get(key, (window, 0))
            count = kept[1] if kept[0] == window else 0
            if count >= most:
                raise Refusal(52101 if level == "api" else 70031)
            booked.append((key, (window, count + 1)))
        self._counts.update(booked)
