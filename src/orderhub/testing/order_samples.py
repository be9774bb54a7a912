"""Made-up orders and refunds, and the words that the laws of order stores share. Imports `models`, `errors`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from orderhub.errors import StaleVersion
from orderhub.models import (
    Address,
    AftersaleStatus,
    Buyer,
    LineItem,
    Order,
    OrderStatus,
    Recipient,
    Refund,
)

__all__ = ["DAY", "Factory", "at", "refuses", "same", "sample_order", "sample_refund", "words"]

S = TypeVar("S")
Factory = Callable[[], S]
DAY: Final = datetime(2024, 5, 20, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant of the sample day, UTC."""
    return DAY + timedelta(seconds=seconds)


def sample_order(order_id: str = "1", second: float | None = 0, **changes: Any) -> Order:
    """A made-up order, changed `second` seconds into the sample day; None leaves it undated."""
    values: dict[str, Any] = {
        "platform": "taobao",
        "shop_id": "tb-1",
        "order_id": order_id,
        "status": OrderStatus.AWAITING_SHIPMENT,
        "currency": "CNY",
        "total": Decimal("19.90"),
        "updated_at": None if second is None else at(second),
        "buyer": Buyer(nickname="小明"),
        "recipient": Recipient(name="王小明", phone="13800138000", address=Address(province="浙江省", city="杭州市")),
        "lines": (LineItem(line_id=f"{order_id}-1", sku="A-1", quantity=2, unit_price=Decimal("9.95")),),
        "extra": {"unmapped": "值"},
        "raw": f'{{"tid": "{order_id}"}}'.encode(),
    }
    return Order(**(values | changes))


def sample_refund(refund_id: str = "r1", second: float | None = 0, **changes: Any) -> Refund:
    """A made-up refund, changed `second` seconds into the sample day."""
    values: dict[str, Any] = {
        "platform": "taobao",
        "shop_id": "tb-1",
        "refund_id": refund_id,
        "order_id": "1",
        "status": AftersaleStatus.REQUESTED,
        "currency": "CNY",
        "amount": Decimal("5.00"),
        "lines": (("1-1", 1, Decimal("5.00")),),
        "updated_at": None if second is None else at(second),
    }
    return Refund(**(values | changes))


def words(outcomes: Any) -> list[str | None]:
    """The words of a put, in order."""
    return [outcome.value for outcome in outcomes]


def same(left: Order, right: Order) -> bool:
    """Equal in everything that is stored."""
    return left.model_dump_json() == right.model_dump_json() and left.raw == right.raw


def refuses(write: Callable[[], Any]) -> None:
    """Raises `AssertionError` unless the write raises `StaleVersion`."""
    try:
        write()
    except StaleVersion:
        return
    raise AssertionError("a write with a stale version must raise StaleVersion")
