"""What a hub prints: labels, packing slips, pick lists, many orders in one file. Imports `fulfil`, `logistics.labels`.

Drawing is done by the port `printer`, in a thread where the hub is asynchronous. Needs the extra `labels`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.papers import Papers, label_papers, pick_papers, slip_papers
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.logistics.labels import Format, Printed, PrintSettings, print_payload
from orderhub.models import Finding, Outcome, PrintPayload

__all__ = ["PrintJob", "PrintingCommands", "PrintingOperations"]

Progress: TypeAlias = Callable[[int, int], None]
log = logging.getLogger("orderhub.printing")


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One file for a printer, and what became of each order.

    Attributes:
        content: The file's bytes; write them wherever the printer takes them from. Never in the repr.
        pages: Sheets in the file.
        outcomes: One per order that was asked for, in order.
        findings: Characters that no font has, printed as boxes.
    """

    format: str
    content: bytes = field(repr=False)
    pages: int
    outcomes: tuple[Outcome[tuple[str, ...]], ...] = ()
    findings: tuple[Finding, ...] = ()
    payload: PrintPayload | None = field(default=None, repr=False)


class PrintingOperations:
    """Commands over paper. They change nothing: print as often as needed."""

    print_settings: PrintSettings = PrintSettings()

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def print_labels(
        self, keys: Sequence[str], *, format: Format = "pdf", on_page: Progress | None = None
    ) -> Operation[PrintJob]:
        """Labels of 100 by 180 millimetres for all parcels of some orders, in one file.

        Args:
            keys: Order keys; labels come in this order, parcels of orders that travel together once.
            on_page: Called with (pages done, pages in all), from another thread where the hub is asynchronous.
        Returns:
            Outcomes with the waybill numbers; orders without a label say why: not_found, no_waybill, platform_print,
            receiver_hidden.
        Raises:
            ConfigurationError: The extra `labels` is missing.
        """
        papers = yield from label_papers((yield from self.current_plan()), self.print_settings, keys)
        return (yield from self._printed("labels", papers, format, on_page))

    def print_slips(
        self, keys: Sequence[str], *, format: Format = "pdf", on_page: Progress | None = None
    ) -> Operation[PrintJob]:
        """Packing slips, one for each parcel, on A5; outcomes with the parcels' ids."""
        papers = yield from slip_papers((yield from self.current_plan()), self.print_settings, keys)
        return (yield from self._printed("slips", papers, format, on_page))

    def print_picks(
        self, keys: Sequence[str], *, warehouse: str | None = None,
        locations: Mapping[str, str] = MappingProxyType({}), format: Format = "pdf", on_page: Progress | None = None,
    ) -> Operation[PrintJob]:  # fmt: skip
        """Pick lists on A4: what is taken from where for the planned parcels of some orders, one list per warehouse.

        Args:
            warehouse: Only this one.
            locations: SKU, or `warehouse:SKU`, -> bin or shelf; somebody walks them in the order of their numbers.
        Returns:
            Outcomes with the warehouses; reasons are not_found, not_planned, other_warehouse.
        """
        papers = yield from pick_papers((yield from self.current_plan()), keys, warehouse, locations)
        return (yield from self._printed("picks", papers, format, on_page))

    def _printed(self, what: str, papers: Papers, format: Format, on_page: Any) -> Operation[PrintJob]:
        at = yield from now()
        made: Printed = yield from ask("printer", "render", papers.contents, format, title=what, at=at, on_page=on_page)
        log.info("printed", extra={"what": what, "pages": made.pages, "orders": len(papers.outcomes)})
        payload = print_payload(f"{what}:{at.isoformat()}", made) if made.pages else None
        return PrintJob(format, made.content, made.pages, tuple(papers.outcomes), made.findings, payload)


class PrintingCommands:
    """The same for hubs."""

    print_labels = command(PrintingOperations.print_labels)
    print_slips = command(PrintingOperations.print_slips)
    print_picks = command(PrintingOperations.print_picks)
