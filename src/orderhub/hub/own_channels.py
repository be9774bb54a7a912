"""Orders of own channels in a hub: entered by hand, taken as rows, sold over a counter. Imports `collect`, `fulfil`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from orderhub.collect.feed import ORDERS
from orderhub.collect.quarantine import keep, with_refused
from orderhub.errors import ConfigurationError, DecodeError
from orderhub.flow.steps import Operation, ask, now, random
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.hub.normalising import NormalisingOperations
from orderhub.hub.rehearsing import rehearse
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.kit.decode import document_bytes
from orderhub.models import Commit, Order, OrderStatus, Outcome, Page, Reserve, StockLine
from orderhub.ports import OrderQuery

__all__ = ["OwnChannelCommands", "OwnChannelOperations"]

_GONE = (OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value, OrderStatus.COMPLETED.value)
_HANDED_OVER = "handed_over:"


class OwnChannelOperations(NormalisingOperations):
    """Commands of this part of a hub."""

    def add_order(
        self,
        shop: str,
        /,
        lines: Sequence[Mapping[str, Any]],
        *,
        order_id: str | None = None,
        status: str = "awaiting_shipment",
        shipping_fee: Decimal | None = Decimal(0),
        dry_run: bool = False,
        **fields: Any,
    ) -> Operation[Order]:
        """Enter one order by hand: into the same store, audit and stock path as every other.

        Args:
            shop: `file:shop_id` of a shop of this hub.
            lines: Columns of a line: sku, quantity, unit_price, title, … (docs/platforms/file.md#lines).
            order_id: The order's number; made from time and chance when left out.
            status: A canonical status word.
            shipping_fee: Freight the buyer pays.
            fields: Columns of an order: name, phone, address, paid, buyer_note, … Amounts are `Decimal` or text,
                instants aware.
            dry_run: Tell what would come of it, change nothing.
        Raises:
            DecodeError: A value cannot be read; names field and column.
            ConfigurationError: No such shop, or a column that does not exist.
        """
        if dry_run:
            return (
                yield from rehearse(
                    self.add_order(
                        shop, lines=lines, order_id=order_id, status=status, shipping_fee=shipping_fee, **fields
                    )
                )
            )
        self._own(shop)
        at = yield from now()
        if order_id is None:
            chance = yield from random()
            order_id = f"M{at:%Y%m%d%H%M%S}{int(chance * 1_000_000):06d}"
        given = {"order_id": order_id, "status": status, "shipping_fee": shipping_fee,
                 "created_at": at, "updated_at": at, **fields}  # fmt: skip
        document = {"order": _plain(given), "lines": [_plain(line) for line in lines]}
        page: Page[Order] = yield from ask(f"shop:{shop}", "run", partial(_entered, document=document))
        if not page.items:
            raise _refused(page)
        (outcome,) = yield from ask("orders", "put_orders", page.items, read_at=at)
        if outcome.error is not None:
            raise outcome.error
        return page.items[0]

    def add_orders(self, shop: str, rows: Iterable[Any], *, dry_run: bool = False) -> Operation[list[Outcome[str]]]:
        """Take rows or documents that the host has in hand, read by the shop's mapping.

        Args:
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One outcome per order, `value` inserted, updated, unchanged or stale; what cannot be read is quarantined
            and its outcome says why.
        """
        if dry_run:
            return (yield from rehearse(self.add_orders(shop=shop, rows=rows)))
        self._own(shop)
        at, decode = (yield from now()), (yield from ask(f"shop:{shop}", "decoder"))
        page: Page[Order] = decode(document_bytes(list(rows)))
        outcomes: list[Outcome[str]] = yield from ask("orders", "put_orders", page.items, read_at=at)
        whole = with_refused(page, outcomes)
        yield from keep(ORDERS, shop, whole.quarantined)
        told = [(order_id, finding.message) for order_id, _, finding in page.quarantined]
        return [*outcomes, *(Outcome(False, f"{shop}:{key or '?'}", "quarantined", value=why) for key, why in told)]

    def book_sales(self, *, dry_run: bool = False) -> Operation[list[Outcome[str]]]:
        """Take goods that went over a counter off the stock of their warehouse; each order once, however often called.

        Orders of own channels name the warehouse in the column `handed_over_at`. One outcome per order; a shortage says
        `insufficient_stock` (the goods are gone all the same: count the shelf), an unexplained code `sku_unmapped`.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.book_sales()))
        plan = yield from self.current_plan()
        found: list[Order] = []
        for shop in self.shops:
            platform, shop_id = shop.split(":", 1)
            query = OrderQuery(platform=platform, shop_id=shop_id, status=_GONE)
            orders: list[Order] = yield from ask("orders", "find_orders", query)
            found += [order for order in orders if any(label.startswith(_HANDED_OVER) for label in order.labels)]
        outcomes = []
        for order in found:
            outcomes.append((yield from _booked(order, plan)))
        return outcomes

    def _own(self, shop: str) -> None:
        if shop not in self.shops:
            raise ConfigurationError(f"no shop {shop}; this hub has {', '.join(self.shops)}", field="shop")


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a table would hold them; empty ones are left out."""
    told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
    return {name: value for name, value in told.items() if value is not None}


def _entered(channel: Any, document: Mapping[str, Any]) -> Operation[Page[Order]]:
    enter = getattr(channel, "enter", None)
    if enter is None:
        raise ConfigurationError("orders are entered into shops of own channels (platform file)", field="shop")
    return (yield from enter(document))  # type: ignore[no-any-return]


def _refused(page: Page[Order]) -> DecodeError:
    first = page.findings[0]
    return DecodeError(first.message, field=first.message.split(":")[0], path=first.path, value=first.value)


def _booked(order: Order, plan: FulfilPlan) -> Operation[Outcome[str]]:
    """Reserve and commit in one batch, under keys that follow from the order."""
    place = next(label.removeprefix(_HANDED_OVER) for label in order.labels if label.startswith(_HANDED_OVER))
    rows = [(line, plan.sku_of(order, line), line.quantity - (line.refunded_quantity or 0)) for line in order.lines]
    if any(sku is None for _, sku, _ in rows):
        return Outcome(False, order.key, "sku_unmapped")
    sold = [DemandLine(line.line_id, sku or "", quantity) for line, sku, quantity in rows if quantity > 0]
    units: Counter[str] = Counter()
    for good in expand(sold, plan.bundles):
        units[good.sku] += good.quantity
    lines = tuple(StockLine(sku, place, quantity) for sku, quantity in sorted(units.items()))
    if not lines:
        return Outcome(True, order.key, "nothing_to_book")
    key = f"sale:{order.key}"
    reserved, committed = yield from ask("stock", "apply", [Reserve(key, lines), Commit(f"commit:{key}", key)])
    told = reserved if not reserved.ok else committed
    return Outcome(told.ok, order.key, told.reason, value=place)


class OwnChannelCommands:
    """The commands of this part on both hubs."""

    add_order = command(OwnChannelOperations.add_order)
    add_orders = command(OwnChannelOperations.add_orders)
    book_sales = command(OwnChannelOperations.book_sales)
