"""What a hub does to collect: pull, back-fill, audit for gaps, take messages, tell its health. Imports `collect`.

Each operation runs in the world of its shop, the port `shop:<platform>:<shop_id>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orderhub.collect.backfill import BackfillPlan, backfill_orders
from orderhub.collect.gaps import AuditPlan, GapReport, audit_gaps
from orderhub.collect.health import ShopHealth, shop_health
from orderhub.collect.inbox import WINDOW, PushPlan, PushReport, drain_messages, enqueue, receive_push
from orderhub.collect.refetch import refetch
from orderhub.collect.report import SyncReport
from orderhub.collect.sync import SyncPlan, replay_quarantine, sync_orders, sync_refunds
from orderhub.errors import ConfigurationError, OrderHubError
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.hub.rehearsing import rehearse
from orderhub.models import PushMessage
from orderhub.models.channel import Axis

__all__ = ["CollectingOperations"]


class CollectingOperations:
    """The half of a hub that brings orders in."""

    shops: tuple[str, ...]
    backfill_for: timedelta
    message_window: timedelta = WINDOW

    def sync(
        self,
        *,
        shops: Sequence[str] | None = None,
        orders: bool = True,
        refunds: bool = True,
        on_page: Callable[[SyncReport], None] | None = None,
        details_max: int | None = None,
        dry_run: bool = False,
    ) -> Operation[list[SyncReport]]:
        """Pull what changed in every shop since the last run; safe to repeat and to interrupt.

        Also reads again what the quarantine holds and what push messages named.

        Args:
            shops: Shop keys (`platform:shop_id`), all when left out.
            orders: Pull orders; without them only after-sale cases.
            refunds: Pull after-sale cases too, where the platform has them.
            on_page: Called after each stored page, for progress.
            details_max: Most single orders fetched per shop in this run; what is left over comes with the next one.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One report per shop and resource. A shop that fails says so in its report; the others go on.
        """
        if dry_run:
            return (
                yield from rehearse(
                    self.sync(shops=shops, orders=orders, refunds=refunds, on_page=on_page, details_max=details_max)
                )
            )
        keys = self._chosen(shops)
        jobs = [partial(self._sync_shop, key, orders, refunds, on_page, details_max) for key in keys]
        found = yield from gather(jobs)
        reports = [report for key, item in zip(keys, found, strict=True) for report in _reports(key, item)]
        yield from self._arrived(reports)
        return reports

    def _arrived(self, reports: Sequence[SyncReport]) -> Operation[None]:
        """What follows once orders are stored."""
        raise NotImplementedError

    def _sync_shop(
        self, key: str, orders: bool, refunds: bool, on_page: Any, details_max: int | None
    ) -> Operation[list[SyncReport]]:  # fmt: skip
        plan = yield from self._plan(key, on_page=on_page, details_max=details_max)
        reports = [(yield from _in_shop(key, partial(sync_orders, plan=plan)))] if orders else []
        if refunds and (yield from ask(f"shop:{key}", "has", "refunds")):
            reports.append((yield from _in_shop(key, partial(sync_refunds, plan=plan))))
        if not orders:
            return reports
        named = yield from _in_shop(key, partial(refetch, plan=plan))
        return [*reports, named] if named.counts.total() or named.error else reports

    def _plan(self, key: str, **more: Any) -> Operation[SyncPlan]:
        decode = yield from ask(f"shop:{key}", "decoder")
        return SyncPlan(key, self.backfill_for, decode=decode, **more)

    def replay(self, *, shops: Sequence[str] | None = None, dry_run: bool = False) -> Operation[list[SyncReport]]:
        """Read every quarantined document again; those that can be decoded now join the others.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.replay(shops=shops)))
        reports = []
        for key in self._chosen(shops):
            plan = yield from self._plan(key, replay_max=1_000_000)
            reports.append((yield from _in_shop(key, partial(replay_quarantine, shop_key=key, plan=plan))))
        yield from self._arrived(reports)
        return reports

    def backfill(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        shops: Sequence[str] | None = None,
        axis: Axis = "updated",
        windows_max: int | None = None,
        details_max: int | None = None,
        on_window: Callable[[SyncReport], None] | None = None,
        dry_run: bool = False,
    ) -> Operation[list[SyncReport]]:
        """Store the history back to `since`, newest first; interrupt it anywhere and call it again.

        It keeps a cursor of its own and never moves the watermark of `sync`.

        Args:
            since, until: Aware instants; `until` is now when left out.
            axis: By which time of the orders: `updated` or `created`.
            windows_max, details_max: Most windows and single orders of this call per shop; the next one goes on.
            on_window: Called after each window; the report's `progress` is the share done.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One report per shop; `progress` is 1.0 where all is stored.
        """
        if dry_run:
            return (
                yield from rehearse(
                    self.backfill(
                        since=since,
                        until=until,
                        shops=shops,
                        axis=axis,
                        windows_max=windows_max,
                        details_max=details_max,
                        on_window=on_window,
                    )
                )
            )
        _aware(since, until)
        keys = self._chosen(shops)

        def one(key: str) -> Operation[list[SyncReport]]:
            sync = yield from self._plan(key, details_max=details_max)
            plan = BackfillPlan(sync, since, until, axis, windows_max, on_window)
            return [(yield from _in_shop(key, partial(backfill_orders, plan=plan)))]

        found = yield from gather([partial(one, key) for key in keys])
        return [report for key, item in zip(keys, found, strict=True) for report in _reports(key, item)]

    def audit_gaps(
        self,
        since: datetime | None = None,
        *,
        until: datetime | None = None,
        shops: Sequence[str] | None = None,
        axis: Axis = "updated",
        repair: bool = False,
        dry_run: bool = False,
    ) -> Operation[list[GapReport]]:
        """Compare what each platform counts with what is stored, window by window.

        Args:
            since, until: Aware instants; the last seven days up to the watermark when left out.
            axis: By which time of the orders both sides count.
            repair: Read again the windows that differ, and nothing else.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One report per shop.
        """
        if dry_run:
            return (
                yield from rehearse(self.audit_gaps(since=since, until=until, shops=shops, axis=axis, repair=repair))
            )
        _aware(since, until)
        start = since or (yield from now()) - timedelta(days=7)
        keys = self._chosen(shops)

        def one(key: str) -> Operation[GapReport]:
            plan = AuditPlan((yield from self._plan(key)), start, until, axis, repair)
            return (yield from _in_shop(key, partial(audit_gaps, plan=plan)))  # type: ignore[no-any-return]

        found = yield from gather([partial(one, key) for key in keys])
        return [item if not isinstance(item, Exception) else _failed(key, start, until, item)
                for key, item in zip(keys, found, strict=True)]  # fmt: skip

    def health(self, *, shops: Sequence[str] | None = None) -> Operation[list[ShopHealth]]:
        """Lag, counts, quarantine and last runs of every shop, from the store alone."""
        found = []
        for key in self._chosen(shops):
            expires = yield from ask(f"shop:{key}", "expires_at")
            found.append((yield from shop_health(key, expires)))
        return found

    def receive(
        self, shop: str, headers: Mapping[str, str], body: bytes, *, trusted: bool = False, dry_run: bool = False
    ) -> Operation[PushReport]:
        """Take one push message of a platform as it came: verified, written down, nothing fetched yet.

        Answer the platform with success once this returns; `refetch` or the next `sync` reads what it named.

        Args:
            shop: The key of the shop whose address was called.
            headers, body: Exactly as received; `body` before any parsing.
            trusted: It came by a way that only the platform can write to, such as the app's own queue; what platforms
                that sign nothing send is refused otherwise.
            dry_run: Tell what would come of it, change nothing.
        Raises:
            SecurityError: Forged or replayed.
            DecodeError: Not a message of this platform.
            UnsupportedOperation: The platform signs nothing, and nobody said `trusted`.
        """
        if dry_run:
            return (yield from rehearse(self.receive(shop=shop, headers=headers, body=body, trusted=trusted)))
        [key] = self._chosen([shop])
        plan = PushPlan(key, self.message_window, (yield from self._route(key)), trusted)
        return (yield from _in_shop(key, lambda channel: receive_push(channel, plan, headers, body)))  # type: ignore[no-any-return]

    def receive_decoded(
        self, shop: str, messages: Sequence[PushMessage], *, dry_run: bool = False
    ) -> Operation[PushReport]:
        """The same for messages of a channel that is authenticated as a whole, already decoded.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.receive_decoded(shop=shop, messages=messages)))
        [key] = self._chosen([shop])
        return (yield from enqueue(PushPlan(key, None, (yield from self._route(key))), messages))

    def refetch(self, *, shops: Sequence[str] | None = None, dry_run: bool = False) -> Operation[list[SyncReport]]:
        """Read the orders that push messages named.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.refetch(shops=shops)))
        keys = self._chosen(shops)

        def one(key: str) -> Operation[list[SyncReport]]:
            plan = yield from self._plan(key)
            return [(yield from _in_shop(key, partial(refetch, plan=plan)))]

        found = yield from gather([partial(one, key) for key in keys])
        reports = [report for key, item in zip(keys, found, strict=True) for report in _reports(key, item)]
        yield from self._arrived(reports)
        return reports

    def pull_messages(
        self, *, shops: Sequence[str] | None = None, dry_run: bool = False
    ) -> Operation[dict[str, PushReport]]:
        """Empty the platforms' own message queues into the list of orders to read; by shop that has one.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.pull_messages(shops=shops)))
        found = {}
        for key in self._chosen(shops):
            if (yield from ask(f"shop:{key}", "has", "pull_messages")):
                plan = PushPlan(key, None, (yield from self._route(key)))
                found[key] = yield from _in_shop(key, partial(drain_messages, plan=plan))
        return found

    def _route(self, shop_key: str) -> Operation[Callable[[PushMessage], list[tuple[str, bool]]]]:
        """A channel belongs to an app: which of the app's shops a message is for, by the names each shop goes by."""
        app = yield from ask(f"shop:{shop_key}", "app")
        names: dict[str, frozenset[str]] = {}
        for key in self.shops:
            if (yield from ask(f"shop:{key}", "app")) == app:
                names[key] = yield from ask(f"shop:{key}", "names")

        def route(message: PushMessage) -> list[tuple[str, bool]]:
            hit = [key for key, known in names.items() if message.shop_hint in known]
            if len(names) == 1 or message.shop_hint is None:
                hit = hit or ([shop_key] if len(names) == 1 else [])
            return [(key, True) for key in hit] or [(key, False) for key in names]

        return route

    def _chosen(self, shops: Sequence[str] | None) -> tuple[str, ...]:
        if strange := sorted(set(shops or ()) - set(self.shops)):
            raise ConfigurationError(f"no shop {', '.join(strange)}; this hub has {', '.join(self.shops)}")
        return tuple(shops) if shops is not None else self.shops


def _in_shop(key: str, make: Callable[[Any], Operation[Any]]) -> Operation[Any]:
    """Run an operation in the world of one shop."""
    return (yield from ask(f"shop:{key}", "run", make))


def _aware(*instants: datetime | None) -> None:
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise ConfigurationError("instants need a time zone, for example datetime.now(UTC)")


def _reports(key: str, item: list[SyncReport] | Exception) -> list[SyncReport]:
    """A shop whose run could not even start still has a report."""
    if isinstance(item, OrderHubError):
        return [SyncReport(key, error=item)]
    if isinstance(item, Exception):
        raise item
    return item


def _failed(key: str, since: datetime, until: datetime | None, error: Exception) -> GapReport:
    if not isinstance(error, OrderHubError):
        raise error
    return GapReport(key, since, until or since, SyncReport(key, "audit", error=error))
