"""The laws of stores of expected goods. Imports `ports`, `models` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from orderhub.errors import StaleVersion
from orderhub.models.purchasing import Arrival, PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.models.stock import StockLine
from orderhub.ports import Purchases
from orderhub.testing.order_samples import Factory, at, refuses

__all__ = ["PURCHASE_LAWS"]


def law_purchases_are_put_if_unchanged(make: Factory[Purchases]) -> None:
    """What is read is what was put, to the microsecond; only who has read the current version may replace it."""
    store = make()
    line = PurchaseLine("商品-A", "sh", 10, at(600), 4, 1, ("1: crushed",))
    came = Arrival("DN-1", (StockLine("商品-A", "@lot:2026-05-01:L7:sh", 4),), at(60), "short", True)
    order = PurchaseOrder("po-1", (line, PurchaseLine("B", "gz", 1)), "厂", at(0), PurchaseStatus.PARTIAL, (came,))
    assert store.get_purchase("po-1") is None
    refuses(lambda: store.put_purchase(order, 1))
    assert store.put_purchase(order, 0) == 1
    assert store.get_purchase("po-1") == (order, 1)
    refuses(lambda: store.put_purchase(order, 0))
    closed = replace(order, status=PurchaseStatus.CLOSED)
    assert store.put_purchase(closed, 1) == 2
    assert store.get_purchase("po-1") == (closed, 2)


def law_open_purchases_are_told_apart(make: Factory[Purchases]) -> None:
    """Sorted by key; those that are over are asked for."""
    store = make()
    rows = [PurchaseOrder(f"po-{word.value}", (PurchaseLine("A", "sh", 1),), status=word) for word in PurchaseStatus]
    for row in rows:
        store.put_purchase(row, 0)
    assert store.purchases() == [row for row in sorted(rows, key=lambda row: row.key) if row.is_open]
    assert store.purchases(open_only=False) == sorted(rows, key=lambda row: row.key)
    assert [row.status.value for row in store.purchases()] == ["open", "partial"]


def law_one_writer_of_a_purchase_wins(make: Factory[Purchases]) -> None:
    """Eight at once: one version after the other, nobody's work is lost."""
    store = make()
    store.put_purchase(PurchaseOrder("po", (PurchaseLine("A", "sh", 80),)), 0)

    def receive(_: int) -> None:
        while True:
            found = store.get_purchase("po")
            assert found is not None
            order, version = found
            line = replace(order.lines[0], received=order.lines[0].received + 1)
            try:
                store.put_purchase(replace(order, lines=(line,)), version)
            except StaleVersion:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(receive, range(24)))
    found = store.get_purchase("po")
    assert found is not None
    assert (found[0].lines[0].received, found[1]) == (24, 25)


PURCHASE_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    "purchases_are_put_if_unchanged": law_purchases_are_put_if_unchanged,
    "open_purchases_are_told_apart": law_open_purchases_are_told_apart,
    "one_writer_of_a_purchase_wins": law_one_writer_of_a_purchase_wins,
}
