"""What a hub does with codes, places and strange documents, and with orders of own channels. Imports `normalise`.

SKU rules and notebooks of what was met on the wire are texts under cursors of the order store: put if unchanged, the
same in every store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from orderhub.collect.feed import ORDERS
from orderhub.collect.quarantine import keep, with_refused
from orderhub.errors import ConfigurationError, DecodeError, StaleVersion
from orderhub.flow.steps import Operation, ask, now, random
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.kit.decode import document_bytes
from orderhub.models import Commit, Finding, MappingReport, Order, OrderStatus, Outcome, Page, Reserve, StockLine
from orderhub.normalise.drift import Drift, Notebook
from orderhub.normalise.marks import same_orders, suspicions
from orderhub.normalise.report import mapping_report
from orderhub.normalise.sku_csv import SkuImport, read_skus, write_skus
from orderhub.normalise.skus import Picked, SkuMap, SkuPart, SkuRule, Unmapped, picked, unmapped
from orderhub.ports import Cursor, OrderQuery

__all__ = ["NormalisingCommands", "NormalisingOperations"]

SKUS = "normalise:skus"
_OPEN = (OrderStatus.PENDING_PAYMENT.value, OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)
_GONE = (OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value, OrderStatus.COMPLETED.value)
_HANDED_OVER = "handed_over:"
_BATCH = 500
_LOOK_BACK = timedelta(days=1)
_TRIES = 5


class NormalisingOperations:
    """Commands of this part of a hub."""

    shops: tuple[str, ...]
    plan: FulfilPlan

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that are stored now."""
        rules = yield from self._skus()
        return self.plan.extended(rules[0])

    def _skus(self) -> Operation[tuple[SkuMap, Cursor]]:
        cursor: Cursor = yield from ask("orders", "get_cursor", SKUS)
        return (read_skus(cursor.position).rules if cursor.position else SkuMap()), cursor

    def import_skus(self, table: str | bytes, *, replace: bool = False) -> Operation[SkuImport]:
        """Read SKU rules from CSV: shop, platform_sku_id or code, sku, quantity, share; rows of one thing are a kit.

        Args:
            table: The text of the file, or its bytes in UTF-8 or GB 18030.
            replace: Forget every rule that the file does not have.
        Returns:
            The rules, or every problem with its row and column; a file with problems changes nothing.
        """
        found = read_skus(table if isinstance(table, str) else _text(table))
        if found.ok:
            yield from self._put_skus(found.rules, replace)
        return found

    def map_sku(
        self, shop: str, platform_sku_id: str, sku: str | Mapping[str, int], *, code: str | None = None
    ) -> Operation[SkuRule]:
        """Say what one thing of a shop is: an own SKU, or a kit as SKU -> units.

        Args:
            shop: `platform:shop_id`.
            platform_sku_id: The platform's id; empty when `code` says which thing is meant.
            code: The merchant code as the platform shows it, where that is not the own SKU.
        Raises:
            ConfigurationError: The rule cannot be; names the column.
        """
        parts = tuple(SkuPart(name, units) for name, units in ({sku: 1} if isinstance(sku, str) else sku).items())
        rule = SkuRule(shop, parts, platform_sku_id or None, code)
        yield from self._put_skus(SkuMap.of([rule]), False)
        return rule

    def _put_skus(self, more: SkuMap, replace: bool) -> Operation[None]:
        for _ in range(_TRIES):
            held, cursor = yield from self._skus()
            whole = more if replace else held.merged(more)
            try:
                yield from ask("orders", "put_cursor", cursor, write_skus(whole))
                return
            except StaleVersion:
                continue  # somebody else added rules: add ours to theirs
        raise StaleVersion("the SKU rules are changed by others without end; try again")

    def export_skus(self) -> Operation[str]:
        """Every stored SKU rule as CSV; `import_skus` reads it back."""
        held, _ = yield from self._skus()
        return write_skus(held)

    def unmapped(self) -> Operation[list[Unmapped]]:
        """What open orders wait for and nobody has explained, the most wanted first; `map_sku` releases them."""
        plan = yield from self.current_plan()
        orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(status=_OPEN))
        return unmapped(orders, plan.skus)

    def goods(self, keys: Sequence[str]) -> Operation[dict[str, tuple[Picked, ...]]]:
        """Order key -> the goods in it: kits and bundles opened, amounts split to the cent; own SKUs where known."""
        plan = yield from self.current_plan()
        rules, _ = yield from self._skus()
        orders = (yield from _found(OrderQuery(keys=tuple(keys)))) if keys else []
        return {order.key: tuple(_goods(order, plan, rules)) for order in orders}

    def mapping(self, key: str) -> Operation[MappingReport]:
        """What became of each wire field of one order: used, left out on purpose, or unknown.

        Raises:
            NotFound: No such order is stored.
        """
        order: Order = yield from ask("orders", "get_order", key)
        shop = f"shop:{order.platform}:{order.shop_id}"
        return (yield from ask(shop, "run", partial(_report, order=order)))  # type: ignore[no-any-return]

    def drift(self, *, platform: str | None = None, everything: bool = False) -> Operation[list[Drift]]:
        """Fields and words that no table knows, or that came up after the first look; with first and last seen.

        Looks at the orders that changed since the last call, then reports. Orders without an update time are looked at
        in the first call only.
        """
        platforms = sorted({shop.split(":", 1)[0] for shop in self.shops})
        found: list[Drift] = []
        for name in platforms if platform is None else [platform]:
            notebook = yield from self._look(name)
            found += notebook.report(everything=everything)
        return found

    def _look(self, platform: str) -> Operation[Notebook]:
        at = yield from now()
        cursor: Cursor = yield from ask("orders", "get_cursor", f"normalise:drift:{platform}")
        notebook = Notebook.load(platform, cursor.position)
        since = notebook.scanned - _LOOK_BACK if notebook.scanned else None
        query = OrderQuery(platform=platform, updated_from=since, limit=_BATCH)
        while True:
            orders: list[Order] = yield from ask("orders", "find_orders", query)
            for order in orders:
                notebook.look(order, at)
            if len(orders) < _BATCH or orders[-1].updated_at is None:
                break
            after = (orders[-1].updated_at, orders[-1].key)
            query = OrderQuery(platform=platform, updated_from=since, limit=_BATCH, after=after)
        notebook.begun = notebook.begun or at
        with suppress(StaleVersion):  # another worker looked at the same orders
            yield from ask("orders", "put_cursor", cursor, notebook.dump())
        return notebook

    def suspicions(self, keys: Sequence[str] | None = None) -> Operation[dict[str, tuple[Finding, ...]]]:
        """Order key -> marks of a test order and lines that stand there twice; all open orders when left out."""
        query = OrderQuery(keys=tuple(keys)) if keys is not None else OrderQuery(status=_OPEN)
        orders = (yield from _found(query)) if keys is None or keys else []
        return {order.key: told for order in orders if (told := suspicions(order))}

    def same_orders(self) -> Operation[list[tuple[str, ...]]]:
        """Keys of open orders that may be one order placed twice, a group each."""
        orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(status=_OPEN))
        return [tuple(order.key for order in group) for group in same_orders(orders)]

    def add_order(
        self,
        shop: str,
        /,
        lines: Sequence[Mapping[str, Any]],
        *,
        order_id: str | None = None,
        status: str = "awaiting_shipment",
        shipping_fee: Decimal | None = Decimal(0),
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
        Raises:
            DecodeError: A value cannot be read; names field and column.
            ConfigurationError: No such shop, or a column that does not exist.
        """
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
        (outcome,) = yield from ask("orders", "put_orders", page.items)
        if outcome.error is not None:
            raise outcome.error
        return page.items[0]

    def add_orders(self, shop: str, rows: Iterable[Any]) -> Operation[list[Outcome[str]]]:
        """Take rows or documents that the host has in hand, read by the shop's mapping.

        Returns:
            One outcome per order, `value` inserted, updated, unchanged or stale; what cannot be read is quarantined
            and its outcome says why.
        """
        self._own(shop)
        decode = yield from ask(f"shop:{shop}", "decoder")
        page: Page[Order] = decode(document_bytes(list(rows)))
        outcomes: list[Outcome[str]] = yield from ask("orders", "put_orders", page.items)
        whole = with_refused(page, outcomes)
        yield from keep(ORDERS, shop, whole.quarantined)
        told = [(order_id, finding.message) for order_id, _, finding in page.quarantined]
        return [*outcomes, *(Outcome(False, f"{shop}:{key or '?'}", "quarantined", value=why) for key, why in told)]

    def book_sales(self) -> Operation[list[Outcome[str]]]:
        """Take goods that went over a counter off the stock of their warehouse; each order once, however often called.

        Orders of own channels name the warehouse in the column `handed_over_at`. One outcome per order; a shortage says
        `insufficient_stock` (the goods are gone all the same: count the shelf), an unexplained code `sku_unmapped`.
        """
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


def _found(query: OrderQuery) -> Operation[list[Order]]:
    return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]


def _text(table: bytes) -> str:
    try:
        return table.decode("utf-8-sig")
    except UnicodeDecodeError:
        return table.decode("gb18030")


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a table would hold them; empty ones are left out."""
    told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
    return {name: value for name, value in told.items() if value is not None}


def _goods(order: Order, plan: FulfilPlan, rules: SkuMap) -> Iterable[Picked]:
    shop = f"{order.platform}:{order.shop_id}"
    for line in order.lines:
        rule = rules.find(shop, line.platform_sku_id, line.sku)
        sku = plan.sku_of(order, line)
        parts = rule.parts if rule else (SkuPart(sku),) if sku else (SkuPart(line.platform_sku_id or line.line_id),)
        yield from picked(line, parts, plan.bundles)


def _report(channel: Any, order: Order) -> Operation[MappingReport]:
    yield from ()
    own = getattr(channel, "mapping_report", None)
    report: MappingReport = own(order) if own is not None else mapping_report(order, channel.config.tables)
    return report


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


class NormalisingCommands:
    """The commands of this part on both hubs."""

    import_skus = command(NormalisingOperations.import_skus)
    map_sku = command(NormalisingOperations.map_sku)
    export_skus = command(NormalisingOperations.export_skus)
    unmapped = command(NormalisingOperations.unmapped)
    goods = command(NormalisingOperations.goods)
    mapping = command(NormalisingOperations.mapping)
    drift = command(NormalisingOperations.drift)
    suspicions = command(NormalisingOperations.suspicions)
    same_orders = command(NormalisingOperations.same_orders)
    add_order = command(NormalisingOperations.add_order)
    add_orders = command(NormalisingOperations.add_orders)
    book_sales = command(NormalisingOperations.book_sales)
