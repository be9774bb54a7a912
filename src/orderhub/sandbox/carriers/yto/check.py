"""What YTO demands of an order before it takes it. Pure: a document in, or `Refused`.

Source: docs/platforms/yto.md#create. No source lists YTO's error codes: the words here are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from orderhub.sandbox.carriers.counter import CHINA, Refused

__all__ = ["check_order"]

GOODS_MAX: Final = 20
DAYS_AHEAD: Final = 6
NUMBER_MIN: Final = 7
_PERSON: Final = ("Name", "ProvinceName", "CityName", "Address", "Mobile")
_RANGES: Final = {1: (3, 20_000), 2: (1, 5_000), 4: (100, 30_000)}
"""Value-added services: 1 COD, 2 freight collect, 4 insured; the smallest and largest amount in yuan."""


def check_order(document: Mapping[str, Any], now: datetime) -> None:
    """Raises `Refused` for the first fault found."""
    number = document.get("logisticsNo")
    if not isinstance(number, str) or len(number) < NUMBER_MIN:
        raise Refused("LOGISTICS_NO", f"logisticsNo needs at least {NUMBER_MIN} characters")
    for side in ("sender", "recipient"):
        for name in _PERSON:
            value = document.get(side + name)
            if not isinstance(value, str) or not value:
                raise Refused("MISSING", side + name)
    _check_goods(document.get("goods") or [])
    _check_increments(document.get("increments") or [])
    _check_times(document, now)
    if document.get("productCode", "PK") not in ("PK", "YZD"):
        raise Refused("PRODUCT", "productCode")


def _check_goods(goods: Any) -> None:
    if not isinstance(goods, list) or len(goods) > GOODS_MAX:
        raise Refused("GOODS", f"at most {GOODS_MAX} goods")
    for row in goods:
        if not isinstance(row, dict) or not row.get("name") or (_number(row.get("quantity")) or 0) <= 0:
            raise Refused("GOODS", "each of goods needs name and quantity")


def _check_increments(rows: Any) -> None:
    kinds = [row.get("type") for row in rows if isinstance(row, dict)]
    if not isinstance(rows, list) or len(kinds) != len(rows) or not set(kinds) <= set(_RANGES):
        raise Refused("INCREMENT", "type is 1, 2 or 4")
    if {1, 2} <= set(kinds):
        raise Refused("INCREMENT", "cash on delivery and freight collect exclude one another")
    for row in rows:
        least, most = _RANGES[row["type"]]
        if not least <= (_number(row.get("amount")) or 0) <= most:
            raise Refused("INCREMENT", f"amount of type {row['type']} is {least} to {most}")


def _check_times(document: Mapping[str, Any], now: datetime) -> None:
    for name in ("startTime", "endTime"):
        if not (value := document.get(name)):
            continue
        try:
            at = datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        except ValueError:
            raise Refused("TIME", name) from None
        today = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        if not today <= at < today + timedelta(days=DAYS_AHEAD + 1):
            raise Refused("TIME", f"{name} lies between today and {DAYS_AHEAD} days ahead")


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
