"""Own channels: reading whatever the port `source` has, and telling it what was shipped. Imports `kit`, `flow`.

Port `source`: `documents(sheets)` answers rows or documents, `shipped(rows)` takes parcels. Port `orders` is there when
the shop is part of a hub: no platform keeps the state of an own channel's order, so shipping is written to the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orderhub.connectors.file.decode import decode_orders, documents_of, mapping_of
from orderhub.connectors.file.sheet import SPEC
from orderhub.connectors.file.shipping import shipped_order
from orderhub.errors import ConfigurationError, NotFound, OrderHubError
from orderhub.flow.steps import Emit, Operation, ask, now
from orderhub.kit.json import loads
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Dispatch, Page, Window
from orderhub.models.order import Order
from orderhub.models.outcome import MappingReport, Outcome

__all__ = ["FileOperations"]


@dataclass(frozen=True, slots=True)
class Position:
    """What is left of a source that was read once."""

    documents: tuple[Any, ...] = field(repr=False)
    total: int


class FileOperations(ChannelOperations):
    """Every verb of an own channel."""

    spec = SPEC

    def list_orders(self, window: Window, position: Any = None) -> Operation[Page[Order]]:
        """One page of everything the source has.

        The window does not narrow it: a table may come late and hold old orders, and reading one twice changes nothing.
        """
        at = position or (yield from self._read())
        size = self.limits("list_orders").page_size_max or len(at.documents)
        page = decode_orders(at.documents[:size], self.config)
        left = at.documents[size:]
        return replace(page, next=Position(left, at.total) if left else None, total=at.total)

    def _read(self) -> Operation[Position]:
        mapping = mapping_of(self.config)
        rows: list[Any] = yield from ask("source", "documents", mapping.sheets)
        documents = documents_of(rows, mapping)
        return Position(tuple(documents), len(documents))

    def orders(
        self,
        *,
        updated_since: datetime | None = None,
        updated_until: datetime | None = None,
        created_since: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Operation[None]:
        """Stream the orders of a span by update or creation time; those without such a time always belong to it."""
        by_update = updated_since is not None
        start, end = (updated_since, updated_until) if by_update else (created_since, created_until)
        if (updated_since is None) == (created_since is None) or start is None:
            raise ConfigurationError("give updated_since or created_since, one of the two")
        if any(instant is not None and instant.tzinfo is None for instant in (start, end)):
            raise ConfigurationError("instants need a time zone, for example datetime.now(UTC)")
        last = end or (yield from now())
        position: Any = None
        while True:
            page: Page[Order] = yield from self.list_orders(Window(start, last), position)
            times = ((order, order.updated_at if by_update else order.created_at) for order in page.items)
            items = tuple(order for order, at in times if at is None or start <= at <= last)
            if items or page.findings:
                yield Emit((replace(page, items=items),))
            position = page.next
            if position is None:
                return

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """The order of this number, if the source still has it."""
        column = mapping_of(self.config).order_column
        at = yield from self._read()
        for document in at.documents:
            row = document.get("order") if isinstance(document, Mapping) else None
            if isinstance(row, Mapping) and str(row.get(column)).strip() == order_id:
                return decode_orders([document], self.config)
        raise NotFound(f"the source has no order {order_id}", platform=SPEC.platform, operation="get_order")

    def enter(self, document: Mapping[str, Any]) -> Operation[Page[Order]]:
        """Decode one order whose columns bear the canonical names, whatever the shop's mapping says."""
        yield from ()
        plain = replace(self.config, settings={**self.config.settings, "mapping": None})
        return decode_orders([document], plain)

    def mapping_report(self, order: Order) -> MappingReport:
        """What became of each column of one order; nothing without its raw document."""
        return mapping_of(self.config).report(loads(order.raw)) if order.raw else MappingReport()

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Write parcels to the hub's store and hand them to the source; a parcel that is there already stays one."""
        at = yield from now()
        outcomes = []
        for dispatch in dispatches:
            outcomes.append((yield from self._ship(dispatch, at)))
        return outcomes

    def _ship(self, dispatch: Dispatch, at: datetime) -> Operation[Outcome[None]]:
        row = {"order_id": dispatch.order_id, "carrier": dispatch.carrier, "waybill_no": dispatch.waybill_no,
               "replaces": dispatch.replaces or "", "shipped_at": at.isoformat()}  # fmt: skip
        try:
            order = yield from self._stored(dispatch.order_id)
            if order is None:
                yield from ask("source", "shipped", [row])
                return Outcome(True, dispatch.key)
            if any(parcel.waybill_no == dispatch.waybill_no for parcel in order.shipments):
                return Outcome(True, dispatch.key, "already_done")
            sent = shipped_order(order, dispatch, at)
            yield from ask("source", "shipped", [row])
            (stored,) = yield from ask("orders", "put_orders", [sent])
        except OrderHubError as error:
            return Outcome.failed(dispatch.key, error)
        return Outcome(stored.ok, dispatch.key, stored.reason, stored.error)

    def _stored(self, order_id: str) -> Operation[Order | None]:
        """The hub's order; None for a shop that is used by itself, where nothing is stored."""
        key = f"{self.config.platform}:{self.config.shop_id}:{order_id}"
        try:
            return (yield from ask("orders", "get_order", key))  # type: ignore[no-any-return]
        except ConfigurationError:
            return None  # there is no such port
