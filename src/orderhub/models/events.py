"""What a host is told of: one small value per happening, without personal data. Imports `models`.

An event says which document it is about and what happened, never who lives where: a hook that needs more reads the
order by its key, and so sees it as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from orderhub.models.base import Instant, Model

__all__ = [
    "EVENT_TYPES", "CaseChanged", "CaseOpened", "DocumentQuarantined", "FieldChange", "FindingRaised", "HubEvent",
    "OrderChanged", "OrderNoted", "OrderShipped", "OrderStored", "RunFailed", "RunFinished", "StockAlerted", "SyncLate",
    "is_wanted", "read_event", "wants",
]  # fmt: skip


class FieldChange(NamedTuple):
    """One field that changed; values are told only of fields that say nothing about people."""

    path: str
    before: str | None = None
    after: str | None = None


class HubEvent(Model):
    """One happening.

    Attributes:
        event_id: Names this happening; the same for every hook and every repeat.
        kind: What hooks subscribe to, for instance `order.changed`.
        at: When it was stored here.
    """

    family: ClassVar[str] = ""
    """The first word of `kind`."""

    event_id: str
    kind: str
    at: Instant


class OrderStored(HubEvent):
    """An order was stored for the first time; kind `order.stored`."""

    family: ClassVar[str] = "order"
    type: Literal["order_stored"] = "order_stored"
    order_key: str
    status: str


class OrderChanged(HubEvent):
    """A newer version of a stored order; kind `order.changed`."""

    family: ClassVar[str] = "order"
    type: Literal["order_changed"] = "order_changed"
    order_key: str
    status: str
    changes: tuple[FieldChange, ...] = ()


class OrderShipped(HubEvent):
    """The platform says that a stored order, or a part of it, has left; kind `order.shipped`."""

    family: ClassVar[str] = "order"
    type: Literal["order_shipped"] = "order_shipped"
    order_key: str
    status: str


class OrderNoted(HubEvent):
    """A new entry of an order's timeline; kind `note.` and its word: `note.fulfilled`, `note.held`, `note.refused`."""

    family: ClassVar[str] = "note"
    type: Literal["order_noted"] = "order_noted"
    order_key: str
    what: str
    who: str
    detail: dict[str, str] = Field(default_factory=dict)


class CaseOpened(HubEvent):
    """An after-sale case was stored for the first time; kind `case.opened`."""

    family: ClassVar[str] = "case"
    type: Literal["case_opened"] = "case_opened"
    case_key: str
    order_key: str
    status: str
    case_kind: str


class CaseChanged(HubEvent):
    """A newer version of a stored case; kind `case.changed`."""

    family: ClassVar[str] = "case"
    type: Literal["case_changed"] = "case_changed"
    case_key: str
    order_key: str
    status: str
    case_kind: str


class DocumentQuarantined(HubEvent):
    """A document that could not become an order waits for its cause to go; kind `document.quarantined`."""

    family: ClassVar[str] = "document"
    type: Literal["document_quarantined"] = "document_quarantined"
    document_key: str
    shop_key: str
    order_id: str | None
    reason: str


class RunFinished(HubEvent):
    """A run of one shop ended without an error; kind `run.finished`."""

    family: ClassVar[str] = "run"
    type: Literal["run_finished"] = "run_finished"
    shop_key: str
    run: str
    counts: dict[str, int] = Field(default_factory=dict)


class RunFailed(HubEvent):
    """A run of one shop stopped early; kind `run.failed`; `error` is what the run log says."""

    family: ClassVar[str] = "run"
    type: Literal["run_failed"] = "run_failed"
    shop_key: str
    run: str
    error: str
    counts: dict[str, int] = Field(default_factory=dict)


class StockAlerted(HubEvent):
    """A stock alert went up; kind `stock.` and its code: `stock.low_stock`, `stock.oversold`, `stock.push_failing`."""

    family: ClassVar[str] = "stock"
    type: Literal["stock_alerted"] = "stock_alerted"
    code: str
    sku: str
    place: str
    quantity: int | None = None
    threshold: int | None = None


class SyncLate(HubEvent):
    """Nothing newer than `watermark` is stored of a shop although `lag_s` seconds have gone by; kind `sync.late`."""

    family: ClassVar[str] = "sync"
    type: Literal["sync_late"] = "sync_late"
    shop_key: str
    watermark: Instant
    lag_s: int


class FindingRaised(HubEvent):
    """A document was read with something to say about it; kind `finding.` and its code."""

    family: ClassVar[str] = "finding"
    type: Literal["finding_raised"] = "finding_raised"
    shop_key: str
    order_id: str | None
    code: str
    severity: str
    path: str | None = None


EVENT_TYPES: tuple[type[HubEvent], ...] = (
    OrderStored, OrderChanged, OrderShipped, OrderNoted, CaseOpened, CaseChanged, DocumentQuarantined, RunFinished,
    RunFailed, StockAlerted, SyncLate, FindingRaised,
)  # fmt: skip
"""Every type of event, in the order of the documentation."""

_Any = Annotated[
    OrderStored | OrderChanged | OrderShipped | OrderNoted | CaseOpened | CaseChanged | DocumentQuarantined
    | RunFinished | RunFailed | StockAlerted | SyncLate | FindingRaised,
    Field(discriminator="type"),
]  # fmt: skip
_READER: TypeAdapter[Any] = TypeAdapter(_Any)


def read_event(text: str | bytes) -> HubEvent:
    """The event of a JSON text; raises pydantic's `ValidationError`."""
    found: HubEvent = _READER.validate_json(text)
    return found


def wants(pattern: str, kind: str) -> bool:
    """Whether a subscription covers a kind: the kind itself, `order.*` for a family, `*` for all."""
    return pattern in ("*", kind) or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))


def is_wanted(kinds: Iterable[str], kind: str) -> bool:
    """Whether any of several subscriptions covers it."""
    return any(wants(pattern, kind) for pattern in kinds)
