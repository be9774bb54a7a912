"""Laws of finding orders in a store: every condition, lookups by what people have at hand, pages in every order.

Imports `ports`, `models` only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from orderhub.models import (
    Buyer,
    Hold,
    LineItem,
    Order,
    OrderStatus,
    Privacy,
    PrivacyKind,
    Recipient,
    Shipment,
)
from orderhub.ports import OrderQuery, OrderStore
from orderhub.testing.order_samples import Factory, at, sample_order

__all__ = ["QUERY_LAWS"]

_FOUND: Final[tuple[tuple[OrderQuery, str], ...]] = (
    (OrderQuery(), "uabdc"),
    (OrderQuery(keys=("taobao:tb-1:b", "jd:tb-1:d", "no")), "bd"),
    (OrderQuery(platform="jd"), "d"),
    (OrderQuery(shop_id="tb-2"), "c"),
    (OrderQuery(status=("shipped", "cancelled")), "bc"),
    (OrderQuery(hold="locked"), "a"),
    (OrderQuery(label="vip"), "ab"),
    (OrderQuery(label="VIP", status=("shipped",)), "b"),
    (OrderQuery(waybill_no="SF1"), "b"),
    (OrderQuery(updated_from=at(1), updated_to=at(2)), "ab"),
    (OrderQuery(updated_to=at(1)), "a"),
    (OrderQuery(created_from=at(-5)), "b"),
    (OrderQuery(created_to=at(-6)), ""),
    (OrderQuery(limit=2), "ua"),
    (OrderQuery(limit=0), ""),
    (OrderQuery(after=(at(2), "taobao:tb-1:b")), "dc"),
    (OrderQuery(after=(at(2), "taobao:tb-1:a"), limit=1), "b"),
)


def law_queries(make: Factory[OrderStore]) -> None:
    """Every condition, alone and together; spans include both ends; undated orders come first and are in no span."""
    store = make()
    orders = [
        sample_order("d", 3, platform="jd"),
        sample_order("c", 3, shop_id="tb-2", status=OrderStatus.CANCELLED),
        sample_order(
            "b", 2, status="shipped", labels=("vip",), shipments=(Shipment(waybill_no="SF1"),), created_at=at(-5)
        ),
        sample_order("a", 1, holds=frozenset({Hold.LOCKED}), labels=("vip", "gift")),
        sample_order("u", None),
    ]
    store.put_orders(orders)
    for query, expected in _FOUND:
        if query.limit is None and query.after is None:
            assert store.count_orders(query) == len(expected), query
        found = "".join(order.order_id for order in store.find_orders(query))
        assert found == expected, f"{query} found {found!r}, not {expected!r}"
    store.put_orders([sample_order("a", 9)])
    assert store.find_orders(OrderQuery(label="gift")) == [], "a label that went away must not be found"


def law_pages_cover_everything_once(make: Factory[OrderStore]) -> None:
    """Reading in pages by `after` sees every order exactly once, also where many share a second."""
    store = make()
    orders = [sample_order(f"{i:03}", i // 10 or None) for i in range(95)]
    keys = {order.key for order in orders}
    store.put_orders(orders)
    seen: list[Order] = []
    after = None
    while page := store.find_orders(OrderQuery(limit=7, after=after)):
        seen += page
        after = (page[-1].updated_at or datetime.min.replace(tzinfo=UTC), page[-1].key)
    assert len(seen) == 95 and {order.key for order in seen} == keys
    many = store.find_orders(OrderQuery(keys=tuple(f"taobao:tb-1:{i:03}" for i in range(2000)), limit=50))
    assert [order.key for order in many] == [order.key for order in seen[:50]]


_LOOKUPS: Final[tuple[tuple[OrderQuery, str], ...]] = (
    (OrderQuery(text="f"), "f"),
    (OrderQuery(text="F-1"), "f"),
    (OrderQuery(text=" sf-f "), "f"),
    (OrderQuery(text="hidden-f"), "f"),
    (OrderQuery(text="nothing of the kind"), ""),
    (OrderQuery(text=" "), ""),
    (OrderQuery(sku="b-7"), "f"),
    (OrderQuery(sku="P-7"), "f"),
    (OrderQuery(buyer="U-f"), "f"),
    (OrderQuery(name="李四"), "f"),
    (OrderQuery(phone="+86 139 0000 1234"), "f"),
    (OrderQuery(phone_tail="1234"), "fm"),
    (OrderQuery(phone_tail="1234", name="李四"), "f"),
    (OrderQuery(phone_tail="1234", platform="jd"), ""),
    (OrderQuery(sku="A-1"), "gm"),
)


def law_lookups(make: Factory[OrderStore]) -> None:
    """By whatever people have at hand, whole words only, upper and lower case alike; a masked number by its tail."""
    store = make()
    line = LineItem(line_id="f-1", sku="B-7", platform_sku_id="p-7", quantity=1)
    privacy = Privacy(kind=PrivacyKind.ENCRYPTED, token="hidden-f")  # noqa: S106
    person = Recipient(name="李四", phone="13900001234", privacy=privacy)
    parcels = (Shipment(waybill_no="SF-F"),)
    found_order = sample_order(
        "f", 1, lines=(line,), recipient=person, shipments=parcels, buyer=Buyer(buyer_id="u-f", nickname="四")
    )
    masked = sample_order("m", 2, recipient=Recipient(name="王*", phone="139****1234"))
    store.put_orders([found_order, masked, sample_order("g", 0)])
    for query, expected in _LOOKUPS:
        found = "".join(order.order_id for order in store.find_orders(query))
        wanted = "".join(sorted(expected, key="gfm".index))
        assert found == wanted and store.count_orders(query) == len(expected), f"{query} found {found!r}"
    store.put_orders([sample_order("f", 9)])
    assert store.find_orders(OrderQuery(sku="B-7")) == [], "what an order no longer has must not find it"


def law_every_sort_pages(make: Factory[OrderStore]) -> None:
    """By any time, up and down, missing times at the old end: pages cover everything once, in one order."""
    store = make()
    orders = [
        sample_order(f"{i:02}", i, created_at=at(i % 7) if i % 3 else None, ship_by=at(-i) if i % 4 else None)
        for i in range(30)
    ]
    store.put_orders(orders)
    for sort in ("updated", "created", "ship_by"):
        whole = store.find_orders(OrderQuery(sort=sort))
        times = [_time(order, sort) for order in whole]
        assert times == sorted(times) and len(whole) == 30, f"sort by {sort}"
        for descending in (False, True):
            seen: list[Order] = []
            query = OrderQuery(sort=sort, descending=descending, limit=4)
            while page := store.find_orders(query):
                seen += page
                query = replace(query, after=(_moment(page[-1], sort), page[-1].key))
            assert seen == (whole[::-1] if descending else whole), f"pages by {sort}, descending: {descending}"


def _moment(order: Order, sort: str) -> datetime | None:
    return {"updated": order.updated_at, "created": order.created_at, "ship_by": order.ship_by}[sort]


def _time(order: Order, sort: str) -> tuple[datetime, str]:
    return _moment(order, sort) or datetime.min.replace(tzinfo=UTC), order.key


QUERY_LAWS: Final[tuple[Callable[[Factory[OrderStore]], None], ...]] = (
    law_queries,
    law_pages_cover_everything_once,
    law_lookups,
    law_every_sort_pages,
)
"""These laws, in the order of `ORDER_LAWS`, which has them by name."""
