"""The platform's division ids, made from the places where the sandbox's buyers live. Imports `people`.

Ids are this sandbox's own; a county-level city directly under its province stands as its own city. The level called
town is the district. Source: docs/platforms/pinduoduo.md §3.2, §6.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.people import PLACES

__all__ = ["REGIONS", "region_ids"]


def _regions() -> dict[tuple[str, ...], int]:
    """Path of names to id."""
    found: dict[tuple[str, ...], int] = {}
    for place in PLACES:
        path = (place.province, place.city or place.district, place.district)
        for depth in (1, 2, 3):
            found.setdefault(path[:depth], len(found) + 2)
    return found


_IDS = _regions()

REGIONS: tuple[dict[str, Any], ...] = tuple(
    {
        "id": number, "parent_id": _IDS.get(path[:-1], 1), "region_name": path[-1], "region_type": len(path),
        "is_enabled": 1, "national_code": "",
    }
    for path, number in _IDS.items()
)  # fmt: skip
"""Rows of pdd.logistics.address.get."""


def region_ids(province: str, city: str, town: str) -> tuple[int, int, int]:
    """Ids of the three levels; 0 where the sandbox knows no such place."""
    path = (province, city, town)
    return _IDS.get(path[:1], 0), _IDS.get(path[:2], 0), _IDS.get(path, 0)
