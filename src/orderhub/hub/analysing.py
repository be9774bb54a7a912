"""Figures over everything stored: a snapshot in an engine of its own. Operations over ports; imports `analytics`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from orderhub.errors import ConfigurationError
from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.command import command
from orderhub.inventory.compartments import storage
from orderhub.models import Level, Movement, Order, Refund
from orderhub.ports import OrderQuery
from orderhub.stores.base import position_of

if TYPE_CHECKING:
    from orderhub.analytics.expressions import Analytics
    from orderhub.analytics.report import Report
    from orderhub.analytics.segments import SegmentExport

__all__ = ["AnalysingCommands", "AnalysingOperations", "ReportFiles"]

BATCH: Final = 5_000
"""Orders, or movements, in memory at once."""


class AnalysingOperations:
    """Commands that hand out figures."""

    def analytics(
        self,
        query: OrderQuery | None = None,
        *,
        zone: tzinfo | None = None,
        zones: Mapping[str, tzinfo] | None = None,
        customer_key: bytes | None = None,
        stock: bool = True,
    ) -> Operation[Analytics]:
        """A snapshot to ask figures of: `figure(name)`, `records(name)`, `expression(name)`; close it when done.

        Orders are read in batches and kept without names, addresses or numbers.

        Args:
            query: Which orders; all without one.
            zone, zones: By which zone days are cut, Beijing's without; `zones` maps `platform:shop_id` to a shop's own.
            customer_key: Secret of at least sixteen bytes under which buyers are hashed; give the same one to know
                a customer again in another snapshot. Without it a fresh one is made.
            stock: Whether the ledger's movements come along; one read for each place that holds goods.
        Raises:
            ConfigurationError: The extra `analytics` is missing, or the key is short.
        """
        return (yield from self._snapshot(query, zone, zones, customer_key, stock=stock))

    def report(
        self,
        path: str | Path | None = None,
        *,
        language: Literal["en", "zh"] = "en",
        zone: tzinfo | None = None,
        zones: Mapping[str, tzinfo] | None = None,
    ) -> Operation[Report]:
        """Figures over all stored orders, cases and stock; with `path` also written there.

        With the extra `analytics` also weeks, refund rates, customers, pairs of goods, carriers, and how stock moves.

        Args:
            path: `.html` for one self-contained page, `.xlsx` for a workbook, `.json`.
            language: Of the page or workbook.
            zone, zones: By which zone days are cut, Beijing's without; `zones` maps `platform:shop_id` to a shop's own.
        Raises:
            ConfigurationError: Another ending, or the workbook's extra `excel` is missing.
            OSError: The file cannot be written.
        """
        from orderhub.analytics.insights import can_ask
        from orderhub.analytics.report import BEIJING
        from orderhub.analytics.saving import writable

        target, home, orders = None if path is None else writable(path), zone or BEIJING, list[Order]()
        found, refused = None, None
        if can_ask():
            try:
                with (
                    yield from self._snapshot(None, home, zones, None, stock=True, on_orders=_into(orders))
                ) as figures:
                    found = yield from self._report(orders, home, zones, figures)
            except ConfigurationError as error:  # one odd value must not cost the whole report
                refused = str(error)
        if found is None:
            orders = yield from ask("orders", "find_orders", OrderQuery())
            found = replace((yield from self._report(orders, home, zones, None)), refused=refused)
        if target is not None:
            yield from ask("reports", "save", found, target, language)
        return found

    def _report(
        self, orders: list[Order], zone: tzinfo, zones: Mapping[str, tzinfo] | None, figures: Analytics | None
    ) -> Operation[Report]:
        from orderhub.analytics.report import build_report

        cases: list[Refund] = yield from ask("orders", "find_refunds")
        levels: list[Level] = yield from ask("stock", "levels")
        at = yield from now()
        return build_report(orders, levels, at, zone=zone, zones=zones, refunds=cases, figures=figures)

    def export_segment(
        self,
        segment: str | None = None,
        *,
        query: OrderQuery | None = None,
        customer_key: bytes | None = None,
        zone: tzinfo | None = None,
        zones: Mapping[str, tzinfo] | None = None,
        reveal: bool = False,
    ) -> Operation[SegmentExport]:
        """Customers of one segment, or of all, to take away: `to_csv()`, `to_xlsx()`, `save(path)`.

        Customers are keyed hashes: whoever has the list and your own buyers' ids needs `customer_key`, too, to match
        them. Nothing else of a person is in it.

        Args:
            segment: A name such as `champions` or `at_risk`.
            query, customer_key, zone, zones: As for `analytics`.
            reveal: Put the platforms' own ids of the buyers beside the hashes.
        Raises:
            ConfigurationError: There is no such segment, the extra `analytics` is missing, or the key is short.
        """
        from orderhub.analytics.report import BEIJING
        from orderhub.analytics.segments import segment_export

        _known_segment(segment)
        ids: dict[str, tuple[str, str]] = {}

        def keep(figures: Analytics, orders: list[Order]) -> None:
            told = {(order.platform, order.buyer.buyer_id) for order in orders if order.buyer.buyer_id}
            ids.update({figures.customer(*pair): pair for pair in told})

        kept = keep if reveal else None
        with (yield from self._snapshot(query, zone, zones, customer_key, stock=False, on_orders=kept)) as found:
            return segment_export(
                found.at.astimezone(zone or BEIJING), segment, found.records("rfm"), ids if reveal else None
            )

    def _snapshot(
        self, query: OrderQuery | None, zone: tzinfo | None, zones: Mapping[str, tzinfo] | None, key: bytes | None, *,
        stock: bool, on_orders: Callable[[Analytics, list[Order]], None] | None = None,
    ) -> Operation[Analytics]:  # fmt: skip
        from orderhub.analytics.expressions import Analytics
        from orderhub.analytics.expressions.scope import BEIJING

        found = Analytics(
            at=(yield from now()), customer_key=secrets.token_bytes(32) if key is None else key, zone=zone or BEIJING,
            zones=zones,
        )  # fmt: skip
        try:
            yield from _fill(found, query or OrderQuery(), on_orders)
            if stock:
                yield from _fill_stock(found)
        except BaseException:
            found.close()
            raise
        return found


def _into(kept: list[Order]) -> Callable[[Analytics, list[Order]], None]:
    return lambda _, orders: kept.extend(orders)


class ReportFiles:
    """Writes reports where they are wanted: the port `reports`."""

    def save(self, report: Report, path: Path, language: Literal["en", "zh"]) -> None:
        """See `Report.save`."""
        report.save(path, language)


def _fill(
    found: Analytics, wanted: OrderQuery, on_orders: Callable[[Analytics, list[Order]], None] | None
) -> Operation[None]:
    from orderhub.frames import to_arrow

    left, size = wanted.limit, BATCH
    while size == BATCH and left != 0:
        asked = BATCH if left is None else min(BATCH, left)
        orders: list[Order] = yield from ask("orders", "find_orders", replace(wanted, limit=asked))
        keys = [order.key for order in orders]
        refunds = (yield from ask("orders", "find_refunds", order_keys=keys)) if keys else []
        found.add(*to_arrow(orders, refunds))
        if on_orders is not None:
            on_orders(found, orders)
        size, left = len(orders), None if left is None else left - len(orders)
        wanted = replace(wanted, after=position_of(orders[-1], wanted)) if orders else wanted


def _fill_stock(found: Analytics) -> Operation[None]:
    levels: list[Level] = yield from ask("stock", "levels")
    held: list[Movement] = []
    for level in storage(levels):
        held += yield from ask("stock", "movements", level.sku, level.warehouse)
        if len(held) >= BATCH:
            found.add_movements(held)
            held = []
    found.add_movements(held)


def _known_segment(name: str | None) -> None:
    from orderhub.analytics.expressions.customers import SEGMENTS

    names = [known for known, *_ in SEGMENTS]
    if name is not None and name not in names:
        raise ConfigurationError(f"there is no segment {name!r}: {', '.join(names)}", field="segment")


class AnalysingCommands:
    """The same for both hubs."""

    report = command(AnalysingOperations.report)
    export_segment = command(AnalysingOperations.export_segment)
    analytics = command(AnalysingOperations.analytics)
