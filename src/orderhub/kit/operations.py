"""What every connector's operations share: streams over windows and pages, details of orders. Imports `kit`, `flow`.

A connector implements `list_orders`, `fetch_order` and so on; the streams here are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from orderhub.errors import ConfigurationError, DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Emit, Operation, gather, now
from orderhub.flow.windows import spans
from orderhub.kit.exchange import Build, Open, exchange
from orderhub.kit.net import netted
from orderhub.kit.spec import ShopConfig, Spec
from orderhub.models.channel import Axis, Limits, OrderRef, Page, Rate, Window
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["ChannelOperations", "Operations", "batches", "settled"]

PAGES_MAX = 100_000
CATCH_UP_MAX = 5
SAME_SECOND = timedelta(seconds=1)
Seen = dict[str, tuple[datetime | None, int]]
Known = Callable[[Sequence[OrderRef]], Operation[frozenset[str]]]


def batches(items: Sequence[Any], size: int | None) -> Iterator[Sequence[Any]]:
    """`items` in slices of at most `size`."""
    step = size or len(items) or 1
    return (items[start : start + step] for start in range(0, len(items), step))


class Operations:
    """The base of channel and carrier operations: configuration and one signed call."""

    spec: Spec

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        netted(cls)

    def __init__(self, config: ShopConfig) -> None:
        self.config = config

    def exchange(self, name: str, build: Build, open_reply: Open, **options: Any) -> Operation[Any]:
        """One signed call; see `kit.exchange.exchange`."""
        return (yield from exchange(name, build, open_reply, **options))

    def limits(self, verb: str) -> Limits:
        """What the platform allows for `verb`."""
        return self.spec.limits.get(verb, Limits())

    def rates(self) -> Mapping[str, tuple[Rate, ...]]:
        """How often each operation on the wire may be called; see `Spec.rates`. A setting may change it."""
        return self.spec.rates


class ChannelOperations(Operations):
    """Streams that work for every marketplace, given its page verbs."""

    detail_concurrency = 4

    def list_orders(self, window: Window, position: Any = None) -> Operation[Page[Order]]:
        """One page of the orders of `window`. Implemented by the connector."""
        raise NotImplementedError

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order as a page of one: decoded, or quarantined with the reason. Implemented by the connector."""
        raise NotImplementedError

    def get_order(self, order_id: str) -> Operation[Order]:
        """Read one order.

        Raises:
            NotFound: No such order in this shop.
            DecodeError: It could not be decoded; names field, path and request id.
        """
        page = yield from self.fetch_order(order_id)
        if not page.items:
            raise _undecodable(page, self.spec.platform, order_id)
        return page.items[0]

    def read_page(self, window: Window, position: Any, known: Known) -> Operation[Page[Order]]:
        """One page, complete: orders that the list only names are fetched, unless `known` has that version."""
        page = yield from self.list_orders(window, position)
        have = yield from known(page.refs)
        wanted = [ref.order_id for ref in page.refs if ref.order_id not in have]
        found = yield from gather([_fetch(self, order_id) for order_id in wanted], self.detail_concurrency)
        return _joined(page, wanted, found, self.spec.platform)

    def orders(
        self,
        *,
        updated_since: datetime | None = None,
        updated_until: datetime | None = None,
        created_since: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Operation[None]:
        """Stream orders by update time, or by creation time; aware instants, both ends included.

        Each version of an order comes once. Without an end the stream catches up with what changed meanwhile.

        Raises:
            ConfigurationError: No start, both axes, or a naive instant.
        """
        axis, start, end = _axis(updated_since, updated_until, created_since, created_until)
        seen: Seen = {}
        upto = end or (yield from now())
        yield from self._stream(Window(start, upto, axis), seen)
        for _ in range(CATCH_UP_MAX if end is None and axis == "updated" else 0):
            latest = yield from now()
            if not (yield from self._stream(Window(upto, latest, axis), seen, upto - SAME_SECOND)):
                return
            upto = latest

    def _stream(self, whole: Window, seen: Seen, recheck_from: datetime | None = None) -> Operation[int]:
        """Emit every order of `whole` whose version was not seen; answers how many orders came.

        From `recheck_from` on even seen versions are fetched: times have whole seconds, and an order may change
        twice in one.
        """
        came = 0
        for start, end in spans(whole.start, whole.end, self.limits("list_orders").window_max):
            window, position = Window(start, end, whole.axis), None
            for _ in range(PAGES_MAX):
                page = yield from self.read_page(window, position, lambda refs: _seen(refs, seen, recheck_from))
                fresh = tuple(order for order in page.items if _is_new(order, seen))
                came += len(fresh)
                if fresh or page.findings:
                    yield Emit((replace(page, items=fresh),))
                position = page.next
                if position is None:
                    break
        return came

    def refunds(self, *, updated_since: datetime, updated_until: datetime | None = None) -> Operation[None]:
        """Stream after-sale cases by update time; aware instants."""
        _, start, end = _axis(updated_since, updated_until, None, None)
        list_refunds = cast("Callable[..., Operation[Page[Any]]]", self.list_refunds)  # type: ignore[attr-defined]
        latest, seen = end or (yield from now()), set[tuple[str, Any]]()
        fresh = _once(seen, _refund_version)
        for first, last in spans(start, latest, self.limits("list_refunds").window_max):
            yield from _emit_pages(partial(list_refunds, Window(first, last)), fresh)

    def listings(self) -> Operation[None]:
        """Stream what the shop offers, one row per buyable variant."""
        list_listings = cast("Callable[..., Operation[Page[Any]]]", self.list_listings)  # type: ignore[attr-defined]
        yield from _emit_pages(list_listings, _once(set(), lambda row: (row.listing_id, row.platform_sku_id)))


def _refund_version(row: Any) -> tuple[str, Any]:
    return row.refund_id, row.updated_at


def _once(seen: set[Any], version: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """A filter that lets each version through once."""

    def fresh(row: Any) -> bool:
        key = version(row)
        return not (key in seen or seen.add(key))  # type: ignore[func-returns-value]

    return fresh


def _emit_pages(read: Callable[[Any], Operation[Page[Any]]], fresh: Callable[[Any], bool]) -> Operation[None]:
    position: Any = None
    for _ in range(PAGES_MAX):
        page = yield from read(position)
        rows = tuple(row for row in page.items if fresh(row))
        if rows or page.findings:
            yield Emit((replace(page, items=rows),))
        position = page.next
        if position is None:
            return


def _axis(
    updated_since: datetime | None, updated_until: datetime | None, created_since: datetime | None,
    created_until: datetime | None,
) -> tuple[Axis, datetime, datetime | None]:  # fmt: skip
    if (updated_since is None) == (created_since is None):
        raise ConfigurationError("give updated_since or created_since, one of the two")
    start, end = (updated_since, updated_until) if updated_since is not None else (created_since, created_until)
    for instant in (start, end):
        if instant is not None and instant.tzinfo is None:
            raise ConfigurationError("instants need a time zone, for example datetime.now(UTC)")
    return ("updated" if updated_since is not None else "created"), cast(datetime, start), end


def settled(refs: Sequence[OrderRef], recheck_from: datetime | None) -> list[OrderRef]:
    """References old enough that their second is over."""
    return [ref for ref in refs if recheck_from is None or (ref.updated_at and ref.updated_at < recheck_from)]


def _seen(refs: Sequence[OrderRef], seen: Seen, recheck_from: datetime | None) -> Operation[frozenset[str]]:
    yield from ()
    old = (ref for ref in settled(refs, recheck_from) if ref.order_id in seen)
    return frozenset(ref.order_id for ref in old if not _newer(ref.updated_at, seen[ref.order_id][0]))


def _newer(left: datetime | None, right: datetime | None) -> bool:
    return left is not None and (right is None or left > right)


def _is_new(order: Order, seen: Seen) -> bool:
    """Whether this version was not emitted yet; remembers it. Within one second the content decides."""
    content = hash(order.raw)
    had = seen.get(order.order_id)
    if had and not _newer(order.updated_at, had[0]) and (order.updated_at != had[0] or content == had[1]):
        return False
    seen[order.order_id] = (order.updated_at, content)
    return True


def _fetch(channel: ChannelOperations, order_id: str) -> Callable[[], Operation[Page[Order]]]:
    return lambda: channel.fetch_order(order_id)


def _joined(
    page: Page[Order], ids: Sequence[str], found: Sequence[Page[Order] | Exception], platform: str
) -> Page[Order]:
    """The list page plus its details. A vanished order is a finding; any other failure fails the page."""
    items, findings, kept = list(page.items), list(page.findings), list(page.quarantined)
    for order_id, detail in zip(ids, found, strict=True):
        if isinstance(detail, NotFound):
            findings.append(_vanished(platform, order_id, detail))
        elif isinstance(detail, DecodeError) and not detail.retryable:
            findings.append(_unreadable(platform, order_id, detail))
            kept.append((order_id, b"", findings[-1]))
        elif isinstance(detail, Exception):
            raise detail
        else:
            items += detail.items
            findings += detail.findings
            kept += detail.quarantined
    return replace(page, items=tuple(items), findings=tuple(findings), quarantined=tuple(kept))


def _vanished(platform: str, order_id: str, error: OrderHubError) -> Finding:
    return Finding(
        code="order_not_found", severity=Severity.WARNING, platform=platform, order_id=order_id,
        message="the list names this order, the detail call does not find it", request_id=error.request_id,
    )  # fmt: skip


def _unreadable(platform: str, order_id: str, error: DecodeError) -> Finding:
    return Finding(
        code="undecodable", severity=Severity.ERROR, platform=platform, order_id=order_id, message=error.message,
        path=error.path, value=error.value, request_id=error.request_id,
    )  # fmt: skip


def _undecodable(page: Page[Order], platform: str, order_id: str) -> DecodeError:
    first = next((finding for finding in page.findings if finding.severity is Severity.ERROR), None)
    if first is None:
        return DecodeError("the reply holds no order", platform=platform, operation="get_order")
    return DecodeError(
        first.message, platform=platform, operation="get_order", path=first.path, value=first.value,
        request_id=first.request_id, field=first.message.split(":")[0] if ":" in first.message else None,
    )  # fmt: skip
