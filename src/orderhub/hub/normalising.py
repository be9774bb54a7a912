"""What a hub does with codes and with strange documents. Imports `normalise`, `fulfil`.

SKU rules and notebooks of what was met on the wire are texts under cursors of the order store: put if unchanged, the
same in every store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.learning import with_quality
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Finding, MappingReport, Order, OrderStatus
from orderhub.normalise.drift import Drift, Notebook
from orderhub.normalise.marks import same_orders, suspicions
from orderhub.normalise.report import mapping_report
from orderhub.normalise.sku_csv import SkuImport, read_skus, write_skus
from orderhub.normalise.skus import Picked, SkuMap, SkuPart, SkuRule, Unmapped, picked, unmapped
from orderhub.ports import Cursor, OrderQuery

__all__ = ["NormalisingCommands", "NormalisingOperations"]

SKUS = "normalise:skus"
_OPEN = (OrderStatus.PENDING_PAYMENT.value, OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)
_BATCH = 500
_LOOK_BACK = timedelta(days=1)
_TRIES = 5


class NormalisingOperations:
    """Commands of this part of a hub."""

    shops: tuple[str, ...]
    plan: FulfilPlan

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that are stored now, and with what was learned about carriers."""
        rules = yield from self._skus()
        return (yield from with_quality(self.plan.extended(rules[0])))

    def _skus(self) -> Operation[tuple[SkuMap, Cursor]]:
        cursor: Cursor = yield from ask("orders", "get_cursor", SKUS)
        return (read_skus(cursor.position).rules if cursor.position else SkuMap()), cursor

    def import_skus(self, table: str | bytes, *, replace: bool = False, dry_run: bool = False) -> Operation[SkuImport]:
        """Read SKU rules from CSV: shop, platform_sku_id or code, sku, quantity, share; rows of one thing are a kit.

        Args:
            table: The text of the file, or its bytes in UTF-8 or GB 18030.
            replace: Forget every rule that the file does not have.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            The rules, or every problem with its row and column; a file with problems changes nothing.
        """
        if dry_run:
            return (yield from rehearse(self.import_skus(table=table, replace=replace)))
        found = read_skus(table if isinstance(table, str) else _text(table))
        if found.ok:
            yield from self._put_skus(found.rules, replace)
        return found

    def map_sku(
        self,
        shop: str,
        platform_sku_id: str,
        sku: str | Mapping[str, int],
        *,
        code: str | None = None,
        dry_run: bool = False,
    ) -> Operation[SkuRule]:
        """Say what one thing of a shop is: an own SKU, or a kit as SKU -> units.

        Args:
            shop: `platform:shop_id`.
            platform_sku_id: The platform's id; empty when `code` says which thing is meant.
            code: The merchant code as the platform shows it, where that is not the own SKU.
            dry_run: Tell what would come of it, change nothing.
        Raises:
            ConfigurationError: The rule cannot be; names the column.
        """
        if dry_run:
            return (yield from rehearse(self.map_sku(shop=shop, platform_sku_id=platform_sku_id, sku=sku, code=code)))
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

    def drift(
        self, *, platform: str | None = None, everything: bool = False, dry_run: bool = False
    ) -> Operation[list[Drift]]:
        """Fields and words that no table knows, or that came up after the first look; with first and last seen.

        Looks at the orders that changed since the last call, then reports. Orders without an update time are looked at
        in the first call only.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.drift(platform=platform, everything=everything)))
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


def _found(query: OrderQuery) -> Operation[list[Order]]:
    return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]


def _text(table: bytes) -> str:
    try:
        return table.decode("utf-8-sig")
    except UnicodeDecodeError:
        return table.decode("gb18030")


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
