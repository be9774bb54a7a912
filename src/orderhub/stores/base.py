"""What every order store is, as one type, and the few words stores share. Imports `ports`, `models`, `errors`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from orderhub.errors import OrderHubError
from orderhub.models import Order
from orderhub.ports import (
    Claims,
    Marks,
    OrderQuery,
    OrderStore,
    Outbox,
    Papers,
    Privacies,
    Purchases,
    Quarantine,
    RunLog,
    SeenIds,
    Shares,
    TokenStore,
)  # fmt: skip
from orderhub.stores.changes import Change

__all__ = [
    "SEEN_FOR", "SHARES_FOR", "Now", "StoreUnavailable", "StoredVersion", "Stores", "SystemNow", "iter_orders",
    "position_of",
]  # fmt: skip

SEEN_FOR = timedelta(days=7)
"""How long ids of push messages are remembered; platforms repeat a message for a day at most."""

SHARES_FOR = timedelta(days=8)
"""How long shares of a day are remembered, so that a parcel that is voided within a week gives its share back."""


class Now(Protocol):
    """The part of `ports.Clock` that a store needs."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class SystemNow:
    """The machine's clock, for hosts that pass none."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)


class StoreUnavailable(OrderHubError):
    """The database did not take part (locked, full, gone): nothing was written, the same call may work later."""

    retryable = True


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One row of an order's timeline; instants UTC.

    Attributes:
        updated_at: The platform's time of this version, None if it gave none.
        stored_at: When it arrived here.
        status: The order's summary status in this version.
        word: inserted, updated, or stale for one that arrived after a newer one and was only noted.
        changes: What an update changed, told without personal data.
    """

    key: str
    updated_at: datetime | None
    stored_at: datetime
    status: str
    word: str
    changes: tuple[Change, ...] = ()


class Stores(
    OrderStore, Marks, Privacies, TokenStore, Quarantine, RunLog, SeenIds, Claims, Outbox, Papers, Shares, Purchases,
    Protocol,
):  # fmt: skip
    """Everything a hub keeps apart from stock, in one place; safe to share between threads."""

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """Orders that `text` names exactly, upper and lower case alike, oldest update first.

        It may be an order id, line id, waybill number, SKU, buyer id, nickname or e-mail address, receiver's name,
        phone number or its last four digits, or the platform's token for a hidden receiver.
        """
        ...

    def reseal(self, *, dry_run: bool = False) -> int:
        """Write everything again that is not in today's form, e.g. under an older key; answers how many rows were.

        Others may read and write meanwhile; it may be interrupted and called again. With `dry_run` rows are counted.
        """
        ...

    def order_history(self, key: str) -> list[StoredVersion]:
        """Every version of an order that arrived, in order of arrival; append-only."""
        ...

    def delete_token(self, shop_key: str) -> None:
        """Forget a shop's tokens, e.g. when the seller revoked the authorisation."""
        ...

    def close(self) -> None:
        """Release files and connections; calling it twice is harmless."""
        ...


def position_of(order: Order, query: OrderQuery) -> tuple[datetime | None, str]:
    """Where an order stands in a query's sort: what `OrderQuery.after` takes."""
    times = {"updated": order.updated_at, "created": order.created_at, "ship_by": order.ship_by}
    return times[query.sort], order.key


def iter_orders(store: OrderStore, query: OrderQuery, *, batch: int = 500) -> Iterator[Order]:
    """Every order of a query, page by page, so that memory stays flat; works over any store.

    Orders that change meanwhile may move in a sort by update time: they are seen late or twice, never lost, when the
    oldest come first.
    """
    left = query.limit
    while left is None or left > 0:
        size = batch if left is None else min(batch, left)
        page = store.find_orders(replace(query, limit=size))
        yield from page
        if len(page) < size:
            return
        left = None if left is None else left - size
        query = replace(query, after=position_of(page[-1], query))
