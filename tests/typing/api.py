"""What a type checker must know about the public surface; checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type

import orderhub
from orderhub import Dispatch, Finding, LineItem, Listing, ListingStock, Order, Outcome, Refund
from orderhub.drivers.faces import AsyncShop, AsyncStream, Shop, Stream
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation, call, now
from orderhub.inventory import Level, Receive, StockLine, StockOutcome, open_ledger
from orderhub.kit.spec import Connector
from orderhub.models import (
    Capability,
    CarrierInfo,
    InvoiceRequest,
    OrderStatus,
    Refusal,
    RefuseReason,
    ReturnAddress,
)

SINCE = datetime(2026, 3, 2, tzinfo=UTC)


def sync_shop(shop: Shop) -> None:
    """Every kind of verb keeps its signature on the sync face."""
    assert_type(shop.get_order("1"), Order)
    assert_type(shop.orders(updated_since=SINCE), Stream[Order])
    assert_type(shop.refunds(updated_since=SINCE), Stream[Refund])
    assert_type(shop.listings(), Stream[Listing])
    assert_type(next(iter(shop.listings())), Listing)
    assert_type(shop.carriers(), list[CarrierInfo])
    assert_type(shop.ship([Dispatch(order_id="1", carrier="sf", waybill_no="SF1")]), list[Outcome[None]])
    assert_type(shop.push_stock([ListingStock(listing_id="1", quantity=1)]), list[Outcome[None]])
    case = shop.get_refund("1")
    assert_type(shop.agree_refund(case), Outcome[None])
    assert_type(shop.refuse_refund(case, Refusal(text="no")), Outcome[None])
    assert_type(shop.refuse_reasons(case), list[RefuseReason])
    assert_type(shop.list_invoice_requests("1"), list[InvoiceRequest])
    assert_type(shop.server_time(), datetime)
    assert_type(shop.capabilities, dict[str, Capability])
    assert_type(shop.credentials_expire_at, datetime | None)
    assert_type(shop.orders(updated_since=SINCE).findings, list[Finding])
    shop.get_order(1)  # type: ignore[arg-type]
    shop.orders(since=SINCE)  # type: ignore[call-arg]


async def async_shop(shop: AsyncShop) -> None:
    """The async face: the same verbs, awaited; coroutines, so that task groups take them."""
    pending: Coroutine[Any, Any, Order] = shop.get_order("1")
    assert_type(await pending, Order)
    assert_type(shop.orders(updated_since=SINCE), AsyncStream[Order])
    async for order in shop.orders(updated_since=SINCE):
        assert_type(order, Order)
    assert_type(await shop.ship([]), list[Outcome[None]])
    assert_type(await shop.agree_return(await shop.get_refund("1"), ReturnAddress(address_id="1")), Outcome[None])


def models(order: Order) -> None:
    """Amounts are `Decimal` or None, sequences are tuples, models are frozen."""
    assert_type(order.total, Decimal | None)
    assert_type(order.lines, tuple[LineItem, ...])
    assert_type(order.status, OrderStatus)
    assert_type(order.is_shippable, bool)
    order.total = Decimal(1)  # type: ignore[misc]


def pure() -> None:
    """Functions of the root."""
    assert_type(orderhub.normalize("taobao", b"{}").orders, tuple[Order, ...])
    assert_type(orderhub.connectors(), dict[str, Connector])


def stock() -> None:
    """The ledger."""
    ledger = open_ledger("memory:")
    assert_type(ledger.apply([Receive("k", (StockLine("A", "sh", 1),))]), list[StockOutcome])
    assert_type(ledger.level("A", "sh"), Level)


def operation() -> Operation[bytes]:
    """The helpers give `yield from` a type."""
    instant = yield from now()
    assert_type(instant, datetime)
    reply = yield from call(Request("GET", "https://example.test/"))
    assert_type(reply, Reply)
    return reply.body
