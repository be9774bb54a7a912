"""What people do with stored orders: find, page, tag, look back, forget. Operations over ports; imports `orders`."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.flow.steps import Operation, ask, emit, now
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Order, Outcome, Page, Refund
from orderhub.orders.privacy import PURGE_DAYS, closed_at
from orderhub.orders.views import ChangeView, OrderPage, OrderView, TimelineEntry, order_row, order_view
from orderhub.ports import Event, OrderQuery, QuarantinedOrder
from orderhub.stores.base import StoredVersion, position_of

__all__ = ["DeskOperations", "PersonalData"]

PURGES_MAX = 10_000
"""Rounds of one purge: a bound that no database reaches."""


@dataclass(frozen=True)
class PersonalData:
    """Everything stored about one person; the repr tells counts only."""

    orders: tuple[Order, ...] = ()
    refunds: tuple[Refund, ...] = ()
    quarantined: tuple[QuarantinedOrder, ...] = ()

    def __repr__(self) -> str:
        return f"PersonalData({len(self.orders)} orders, {len(self.refunds)} refunds, {len(self.quarantined)} unread)"

    def dump(self) -> dict[str, Any]:
        """JSON-ready, untouched documents included: what the person is handed."""
        return {
            "orders": [order.dump(raw=True) for order in self.orders],
            "refunds": [{**refund.model_dump(mode="json"), "raw": _text(refund.raw)} for refund in self.refunds],
            "unread": [{"key": item.key, "raw": _text(item.raw)} for item in self.quarantined],
        }


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace")


class DeskOperations:
    """Commands over the stored orders."""

    purge_days: Mapping[str, int] = PURGE_DAYS

    def page(
        self,
        query: OrderQuery | None = None,
        *,
        saved: str | None = None,
        size: int = 50,
        after: str | None = None,
        reveal: bool = False,
    ) -> Operation[OrderPage]:
        """One page of orders as read models for a host's own list; masked unless `reveal`.

        Args:
            query: Which orders in which sort; its `limit` and `after` are not used.
            saved: Name of a kept query, instead.
            size: Rows of a page.
            after: `next` of the page before.
        Raises:
            ConfigurationError: There is no such kept query, or `after` belongs to another sort.
        """
        wanted = yield from self._query(query, saved)
        wanted = replace(wanted, limit=size + 1, after=_position(after, wanted) if after else None)
        found: list[Order] = yield from ask("orders", "find_orders", wanted)
        shown = found[:size]
        tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", [order.key for order in shown])
        rows = tuple(order_row(order, tags.get(order.key, ()), reveal=reveal) for order in shown)
        return OrderPage(rows=rows, next=_token(shown[-1], wanted) if len(found) > size else None)

    def iter_orders(
        self, query: OrderQuery | None = None, *, saved: str | None = None, batch: int = 500
    ) -> Operation[None]:
        """Every stored order of a query, read in batches: memory stays flat however many there are."""
        wanted = yield from self._query(query, saved)
        left = wanted.limit
        while left is None or left > 0:
            size = batch if left is None else min(batch, left)
            found: list[Order] = yield from ask("orders", "find_orders", replace(wanted, limit=size))
            yield from emit([Page(items=tuple(found))] if found else [])
            if len(found) < size:
                return
            left = None if left is None else left - size
            wanted = replace(wanted, after=position_of(found[-1], wanted))

    def count(self, query: OrderQuery | None = None, *, saved: str | None = None) -> Operation[int]:
        """How many stored orders a query has."""
        wanted = yield from self._query(query, saved)
        return (yield from ask("orders", "count_orders", wanted))  # type: ignore[no-any-return]

    def search(self, text: str, *, limit: int = 100) -> Operation[list[Order]]:
        """Orders that `text` names: an order or line id, waybill number, SKU, buyer, name, phone or its last four."""
        return (yield from ask("orders", "find_orders", OrderQuery(text=text, limit=limit)))  # type: ignore[no-any-return]

    def refunds(
        self, *, platform: str | None = None, shop_id: str | None = None, order_keys: Sequence[str] | None = None
    ) -> Operation[list[Refund]]:
        """Stored after-sale cases, oldest update first; with `order_keys` those of these orders."""
        found = yield from ask("orders", "find_refunds", platform=platform, shop_id=shop_id, order_keys=order_keys)
        return found  # type: ignore[no-any-return]

    def view(self, key: str, *, reveal: bool = False) -> Operation[OrderView]:
        """Everything about one order for a host's own page; raises `NotFound`."""
        order: Order = yield from ask("orders", "get_order", key)
        tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", [key])
        refunds: list[Refund] = yield from ask("orders", "find_refunds", order_keys=[key])
        entries = yield from self.timeline(key)
        return order_view(order, tags=tags.get(key, ()), refunds=refunds, timeline=entries, reveal=reveal)

    def timeline(self, key: str) -> Operation[list[TimelineEntry]]:
        """What happened to an order, oldest first: every version that came, every command, every mark."""
        versions: list[StoredVersion] = yield from ask("orders", "order_history", key)
        events: list[Event] = yield from ask("marks", "events_of", key)
        entries = [_of_version(version) for version in versions] + [_of_event(event) for event in events]
        return sorted(entries, key=lambda entry: entry.at)

    def tag(
        self,
        keys: Sequence[str],
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        who: str = "hub",
        dry_run: bool = False,
    ) -> Operation[list[Outcome[None]]]:
        """Add and take away a host's own tags; one outcome per key.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.tag(keys=keys, add=add, remove=remove, who=who)))
        return (yield from ask("marks", "tag_orders", keys, add=add, remove=remove, who=who))  # type: ignore[no-any-return]

    def note(
        self, key: str, what: str, *, who: str, detail: Mapping[str, str] | None = None, dry_run: bool = False
    ) -> Operation[None]:
        """Add an entry of the host's own to an order's timeline; never personal data.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.note(key=key, what=what, who=who, detail=detail)))
        yield from ask("marks", "put_events", [Event(key, what, who, dict(detail or {}))])

    def save_filter(self, name: str, query: OrderQuery, *, dry_run: bool = False) -> Operation[None]:
        """Keep a query under a name, for `page(saved=name)` and `iter_orders(saved=name)`.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.save_filter(name=name, query=query)))
        yield from ask("marks", "put_filter", name, query)

    def filters(self) -> Operation[dict[str, OrderQuery]]:
        """Kept queries by name."""
        return (yield from ask("marks", "filters"))  # type: ignore[no-any-return]

    def drop_filter(self, name: str, *, dry_run: bool = False) -> Operation[None]:
        """Forget a kept query.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.drop_filter(name=name)))
        yield from ask("marks", "drop_filter", name)

    def export_person(
        self,
        *,
        buyer: str | None = None,
        phone: str | None = None,
        name: str | None = None,
        platform: str | None = None,
    ) -> Operation[PersonalData]:
        """Everything stored about one person; every given word must fit.

        Args:
            buyer: The platform's id or nickname of a buyer, or its token of a hidden receiver.
            phone: The whole number. A name alone names too many people.
        Raises:
            ConfigurationError: Neither buyer nor phone is given.
        """
        orders = yield from self._orders_of(buyer, phone, name, platform)
        keys = [order.key for order in orders]
        refunds: list[Refund] = yield from ask("orders", "find_refunds", order_keys=keys)
        unread: list[QuarantinedOrder] = yield from ask("quarantine", "quarantined")
        return PersonalData(tuple(orders), tuple(refunds), tuple(item for item in unread if item.key in set(keys)))

    def erase_person(
        self, *, buyer: str | None = None, phone: str | None = None, name: str | None = None,
        platform: str | None = None, force: bool = False, who: str = "hub", dry_run: bool = False,
    ) -> Operation[list[Outcome[str]]]:  # fmt: skip
        """Take a person out of all stored orders, cases, unread documents and waiting messages, for good.

        Args:
            buyer, phone, name, platform: As for `export_person`.
            force: Also orders that are still open, which nobody can ship afterwards.
            who: Whom the timeline names.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One outcome per order; `order_open` for those that were left as they are.
        """
        if dry_run:
            return (
                yield from rehearse(
                    self.erase_person(buyer=buyer, phone=phone, name=name, platform=platform, force=force, who=who)
                )
            )
        orders = yield from self._orders_of(buyer, phone, name, platform)
        gone = [order.key for order in orders if force or closed_at(order) is not None]
        done: list[Outcome[str]] = yield from ask("privacies", "redact_orders", gone, what="erased", who=who)
        by_key = {outcome.key: outcome for outcome in done}
        return [by_key.get(order.key) or Outcome(False, order.key, "order_open") for order in orders]

    def purge(
        self, days: Mapping[str, int] | None = None, *, who: str = "hub", dry_run: bool = False
    ) -> Operation[list[Outcome[str]]]:
        """Take personal data out of orders that were closed long enough ago, or whose platform handle has expired.

        Args:
            days: Days after delivery (completion, cancellation) by platform; the hub's own policy when left out.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One outcome per order that was due.
        """
        if dry_run:
            return (yield from rehearse(self.purge(days=days, who=who)))
        at: datetime = yield from now()
        policy = self.purge_days if days is None else days
        before = {platform: at - timedelta(days=number) for platform, number in policy.items()}
        done: list[Outcome[str]] = []
        for _ in range(PURGES_MAX):
            keys: list[str] = yield from ask("privacies", "lapsed_orders", before, at)
            if not keys:
                break
            done += yield from ask("privacies", "redact_orders", keys, what="purged", who=who)
        return done

    def reseal(self, *, dry_run: bool = False) -> Operation[int]:
        """Write everything again that is not sealed under the current key; answers how many rows were.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.reseal()))
        return (yield from ask("privacies", "reseal"))  # type: ignore[no-any-return]

    def _orders_of(
        self, buyer: str | None, phone: str | None, name: str | None, platform: str | None
    ) -> Operation[list[Order]]:
        if not buyer and not phone:
            raise ConfigurationError("a person is named by buyer= or phone=; a name alone names too many people")
        query = OrderQuery(platform=platform, buyer=buyer, phone=phone, name=name)
        return (yield from ask("orders", "find_orders", query))  # type: ignore[no-any-return]

    def _query(self, query: OrderQuery | None, saved: str | None) -> Operation[OrderQuery]:
        if saved is None:
            return query or OrderQuery()
        kept: Mapping[str, OrderQuery] = yield from ask("marks", "filters")
        if saved not in kept:
            raise ConfigurationError(f"no filter {saved!r} is kept; there are {', '.join(kept) or 'none'}")
        return kept[saved]


def told(outcomes: Iterable[Outcome[Any]]) -> list[Event]:
    """What the timeline says of a fulfilment run; what was done already is not told again."""
    return [_told(outcome) for outcome in outcomes if outcome.reason != "already_done"]


def _told(outcome: Outcome[Any]) -> Event:
    if not outcome.ok:
        return Event(outcome.key, "refused", detail={"reason": outcome.reason or "unknown"})
    numbers = [parcel.waybill_no for parcel in outcome.value.parcels if parcel.waybill_no] if outcome.value else []
    return Event(outcome.key, "fulfilled", detail={"waybills": ", ".join(numbers)})


def _of_version(version: StoredVersion) -> TimelineEntry:
    return TimelineEntry(
        at=version.stored_at, who=version.key.partition(":")[0], what=version.word, status=version.status,
        updated_at=version.updated_at, changes=tuple(ChangeView(**change._asdict()) for change in version.changes),
    )  # fmt: skip


def _of_event(event: Event) -> TimelineEntry:
    assert event.at is not None
    return TimelineEntry(at=event.at, who=event.who, what=event.what, detail=dict(event.detail))


def _token(order: Order, query: OrderQuery) -> str:
    """Where a page ended, as text that a web page can carry; holds no personal data."""
    at, key = position_of(order, query)
    told = [query.sort, query.descending, at and at.isoformat(), key]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _position(token: str, query: OrderQuery) -> tuple[datetime | None, str]:
    try:
        sort, descending, at, key = json.loads(base64.urlsafe_b64decode(token.encode()))
        position = datetime.fromisoformat(at) if at else None, str(key)
    except (ValueError, TypeError):
        sort = descending = None
    if (sort, descending) != (query.sort, query.descending):
        raise ConfigurationError("this page token belongs to another list: start again without after=", field="after")
    return position
