"""What every order store is, as one type, and the few words stores share. Imports `ports`, `models`, `errors`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from orderhub.errors import OrderHubError
from orderhub.models import Order
from orderhub.ports import Claims, OrderStore, Outbox, Quarantine, RunLog, SeenIds, TokenStore

__all__ = ["SEEN_FOR", "Now", "StoreUnavailable", "StoredVersion", "Stores", "SystemNow"]

SEEN_FOR = timedelta(days=7)
"""How long ids of push messages are remembered; platforms repeat a message for a day at most."""


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
    """

    key: str
    updated_at: datetime | None
    stored_at: datetime
    status: str
    word: str


class Stores(OrderStore, TokenStore, Quarantine, RunLog, SeenIds, Claims, Outbox, Protocol):
    """Everything a hub keeps apart from stock, in one place; safe to share between threads."""

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """Orders that `text` names exactly, upper and lower case alike, oldest update first.

        It may be an order id, line id, waybill number, buyer id or nickname, receiver's name, phone number or
        its last four digits, or the platform's token for a hidden receiver.
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
