"""What is kept: orders, cursors, tokens, stock, quarantine, claims, the outbox. Imports `flow`, `models`.

Every store is synchronous; its writes are batches with one outcome per item, all of one call in one transaction.
Every key is unique within the `tenant` that the store was opened with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from orderhub.models import (
    Finding,
    Level,
    Movement,
    Order,
    OrderRef,
    Outcome,
    Refund,
    StockCommand,
    StockOutcome,
    Token,
)
from orderhub.models.events import HubEvent

__all__ = [
    "Claims", "Cursor", "CursorStore", "Event", "Marks", "OrderQuery", "OrderStore", "Outbox", "Papers",
    "Privacies", "Quarantine", "QuarantinedOrder", "Run", "RunLog", "SeenIds", "StockStore", "TokenStore",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders; every given condition must hold. Times UTC; ties of the sort are settled by key.

    Attributes:
        tag: A host's own mark (see `Marks`), exactly as it was given; `label` is the platform's.
        text: Whatever somebody has at hand: an order or line id, waybill number, SKU, buyer, name, phone or its tail.
        sort: updated, created or ship_by; what has no such time comes before all that have.
        after: Sort value (None where there is none) and key of the last order of the page before.
    """

    keys: tuple[str, ...] = ()
    platform: str | None = None
    shop_id: str | None = None
    status: tuple[str, ...] = ()
    hold: str | None = None
    label: str | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    waybill_no: str | None = None
    limit: int | None = None
    after: tuple[datetime | None, str] | None = None
    tag: str | None = None
    sku: str | None = None
    buyer: str | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    phone_tail: str | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    sort: Literal["updated", "created", "ship_by"] = "updated"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an order's timeline that did not come with a version; `detail` holds no personal data.

    Attributes:
        who: Who did it: a person or program of the host's, `hub`, or a platform.
        what: One word, e.g. tagged, shipped, refused, purged.
        at: Aware, UTC; None lets the store date it.
    """

    key: str
    what: str
    who: str = "hub"
    detail: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where one (shop, resource) stands; `version` is the fence: a put with another version is refused."""

    name: str
    position: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class QuarantinedOrder:
    """A document that could not become an order, kept whole until its cause is gone."""

    key: str
    platform: str
    shop_id: str
    order_id: str | None
    reason: str
    finding: Finding
    raw: bytes = field(repr=False)
    first_seen_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One entry of the run log."""

    run_id: str
    kind: str
    shop_key: str
    started_at: datetime
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None


class CursorStore(Protocol):
    """Cursors, put only if unchanged."""

    def get_cursor(self, name: str) -> Cursor:
        """The cursor, or a fresh one of version 0."""
        ...

    def get_cursors(self, names: Sequence[str]) -> list[Cursor]:
        """`get_cursor` of many, in order."""
        ...

    def put_cursor(self, cursor: Cursor, position: str) -> Cursor:
        """Move it; raises `StaleVersion` when somebody else moved it first."""
        ...


class OrderStore(CursorStore, Protocol):
    """Orders and their cursors in one transaction."""

    def put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """Upsert by key. An older `updated_at` never overwrites a newer one.

        Args:
            read_at: When the reading that brought them began, aware UTC. Platforms date by the second: of two contents
                of one `updated_at` the one read later stays, however late the other arrives. Where either reading is
                not told, the later arrival counts.
        Returns:
            One outcome per order, `value` one of inserted, updated, unchanged, stale.
        Raises:
            StaleVersion: `cursor` was moved by somebody else; nothing is written.
        """
        ...

    def put_refunds(
        self, refunds: Sequence[Refund], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """Upsert refunds under the same law."""
        ...

    def get_order(self, key: str) -> Order:
        """Raises `NotFound`."""
        ...

    def find_orders(self, query: OrderQuery) -> list[Order]:
        """Orders of `query`, oldest update first."""
        ...

    def find_refunds(
        self, *, platform: str | None = None, shop_id: str | None = None, order_keys: Sequence[str] | None = None
    ) -> list[Refund]:
        """Refunds, oldest update first; with `order_keys` those of these orders."""
        ...

    def count_orders(self, query: OrderQuery) -> int:
        """How many orders match, ignoring `limit`."""
        ...

    def known_versions(self, platform: str, shop_id: str, refs: Sequence[OrderRef]) -> frozenset[str]:
        """Order ids among `refs` that are stored in that version or a newer one."""
        ...


class Marks(Protocol):
    """What a host adds to orders: tags, saved filters, entries of their timeline."""

    def tag_orders(
        self, keys: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), who: str = "hub"
    ) -> list[Outcome[None]]:
        """Add and take away tags; one outcome per key, `not_found` for orders that are not stored.

        What changed is an event of the timeline; setting a tag twice is setting it once.
        """
        ...

    def tags_of(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Sorted tags of the orders that have any."""
        ...

    def put_filter(self, name: str, query: OrderQuery) -> None:
        """Keep a query under a name; an older one of that name is replaced."""
        ...

    def filters(self) -> dict[str, OrderQuery]:
        """Kept queries by name, sorted."""
        ...

    def drop_filter(self, name: str) -> None:
        """Forget a kept query; an unknown name is forgotten already."""
        ...

    def put_events(self, events: Sequence[Event]) -> None:
        """Append to timelines; what repeats an order's newest event in who, what and detail is not told again."""
        ...

    def events_of(self, key: str) -> list[Event]:
        """Events of one order, oldest first."""
        ...


class Privacies(Protocol):
    """Forgetting who people are."""

    def redact_orders(self, keys: Sequence[str], *, what: str, who: str = "hub") -> list[Outcome[str]]:
        """Take personal data out of stored orders and of whatever else is kept about them, for good.

        Versions that arrive later are stored without it too.

        Args:
            what: Word of the timeline, e.g. erased or purged.
        Returns:
            One outcome per key, `value` redacted or already_redacted; `not_found` for orders that are not stored.
        """
        ...

    def lapsed_orders(self, closed_before: Mapping[str, datetime], now: datetime, limit: int = 500) -> list[str]:
        """Keys of closed orders whose personal data may go: by platform, or because the platform's handle expired."""
        ...


class TokenStore(Protocol):
    """Tokens per (platform, shop)."""

    def get_token(self, shop_key: str) -> tuple[Token, int] | None:
        """Token and version, None if there is none."""
        ...

    def put_token(self, shop_key: str, token: Token, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        ...


class StockStore(Protocol):
    """The stock ledger: one verb writes."""

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """One outcome per command, in order; all lines of a command or none; idempotent by key."""
        ...

    def level(self, sku: str, warehouse: str) -> Level:
        """What one warehouse has of one SKU."""
        ...

    def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """Every level, or those of `skus`."""
        ...

    def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """The immutable rows, oldest first; their sums equal the level."""
        ...

    def close(self) -> None:
        """Release resources."""
        ...


class Quarantine(Protocol):
    """Documents that could not become orders."""

    def put_quarantined(self, items: Sequence[QuarantinedOrder]) -> None:
        """Keep them; the same key again counts one more attempt."""
        ...

    def quarantined(self, *, platform: str | None = None, shop_id: str | None = None) -> list[QuarantinedOrder]:
        """What is kept, oldest first."""
        ...

    def release_quarantined(self, keys: Sequence[str]) -> None:
        """Forget what has become an order."""
        ...


class RunLog(Protocol):
    """What ran, when, with which counts."""

    def put_run(self, run: Run) -> None:
        """Insert or replace by `run_id`."""
        ...

    def runs(self, *, shop_key: str | None = None, limit: int = 100) -> list[Run]:
        """Newest first."""
        ...


class SeenIds(Protocol):
    """Ids of push messages, remembered for a while."""

    def first_seen(self, scope: str, ids: Sequence[str], at: datetime) -> list[bool]:
        """Record; True for each id that is new in `scope`."""
        ...

    def is_seen(self, scope: str, ids: Sequence[str]) -> list[bool]:
        """Whether each id was recorded in `scope`; records nothing."""
        ...


class Claims(Protocol):
    """Effects that must happen once: claimed before the call, resolved with its result."""

    def claim(self, keys: Sequence[str], at: datetime) -> list[tuple[bool, str | None]]:
        """(True, None) for a key that is ours now, (False, result or None) for one claimed before."""
        ...

    def resolve(self, results: Mapping[str, str]) -> None:
        """Record results."""
        ...

    def abandon(self, keys: Sequence[str]) -> None:
        """Give back claims whose call provably did not happen."""
        ...


class Papers(Protocol):
    """What is printed for orders. Personal: sealed at rest, and gone once the order is redacted."""

    def put_papers(self, order_key: str, papers: Mapping[str, str]) -> None:
        """Keep texts by name, replacing what had that name."""
        ...

    def papers_of(self, order_key: str) -> dict[str, str]:
        """Every text of an order by name, sorted."""
        ...

    def drop_papers(self, order_key: str, names: Iterable[str]) -> None:
        """Forget texts; names that are not there are let be."""
        ...


class Outbox(Protocol):
    """Messages and stock pushes to be delivered at least once; a newer row of a key replaces an older one."""

    def put_outbox(self, topic: str, rows: Mapping[str, str], version: int = 0) -> None:
        """Queue `rows` (key -> JSON); an older version never replaces a newer one."""
        ...

    def take_outbox(self, topic: str, limit: int = 100) -> list[tuple[str, str, int]]:
        """(key, JSON, version) of what waits, oldest first."""
        ...

    def peek_outbox(self, topic: str, limit: int | None = None) -> list[tuple[str, str, int]]:
        """All that waits, or the oldest `limit`, as `take_outbox` tells it; looking takes nothing."""
        ...

    def done_outbox(self, topic: str, rows: Sequence[tuple[str, int]]) -> None:
        """Forget rows that were delivered in that version."""
        ...

    def put_hook(self, name: str, kinds: Sequence[str]) -> None:
        """From now on queue events of these kinds for the hook; an older subscription of that name is replaced.

        Raises:
            ConfigurationError: No event is of such a kind.
        """
        ...

    def drop_hook(self, name: str) -> None:
        """Queue nothing more for the hook and forget what waits for it; an unknown name is forgotten already."""
        ...

    def hooks(self) -> dict[str, tuple[str, ...]]:
        """The kinds that each hook wants, by name, whichever process subscribed it."""
        ...

    def tell_events(self, events: Sequence[HubEvent]) -> None:
        """Queue events for every hook that wants them, each under its own id: the same one waits once."""
        ...
