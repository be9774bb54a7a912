"""Any command without its effects: what would be written is kept aside, and what was kept is read. Imports `stores`.

`rehearse(operation)` runs an operation over the real world, but answers every step that would change something from a
copy: stock from a ledger in memory that starts where the real one stands, records and marks from what was put aside,
platforms and carriers with the answer of success. What is in no table here is refused, so that nothing is changed by
oversight. Tokens may be refreshed, since reading needs them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from orderhub.errors import ConfigurationError, OrderHubError
from orderhub.flow.steps import Ask, Gather, Operation, ask
from orderhub.hub.rehearsed_orders import RehearsedOrders
from orderhub.hub.rehearsed_shares import RehearsedShares
from orderhub.hub.rehearsed_stock import RehearsedStock
from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
from orderhub.models import Outcome, Waybill, WaybillRequest
from orderhub.notify.contacts import given_contact

__all__ = ["DRY", "READS", "rehearse"]

T = TypeVar("T")
DRY = "dry_run"
"""The reason of an outcome that was only rehearsed."""

_OF_THE_WORLD = frozenset({"retry", "skew", "limits"})
"""Ports of the drivers: what they remember belongs to the process."""
_PORT_OF_SHOP = frozenset({"has", "rows", "app", "names", "expires_at", "decoder"})
_OF_WAYBILLS = {"find_waybills", "query_waybills"}
"""Reads that know the numbers of a rehearsal, too."""
READS: Mapping[str, frozenset[str]] = {
    "orders": frozenset({"count_orders", "find_refunds", "order_history", "known_versions", "search_orders"}),
    "marks": frozenset({"events_of", "filters"}),
    "quarantine": frozenset({"quarantined"}),
    "runs": frozenset({"runs"}),
    "seen": frozenset({"is_seen"}),
    "source": frozenset({"documents"}),
    "courier": frozenset({"entries"}),
    "purchases": frozenset({"purchases", "get_purchase"}),
    "outbox": frozenset({"hooks"}),
    "hooks": frozenset({"names"}),
    "shop": _PORT_OF_SHOP | {name for name, verb in CHANNEL_VERBS.items() if verb.kind != "write"} - _OF_WAYBILLS,
    "carrier": frozenset(name for name, verb in CARRIER_VERBS.items() if verb.kind != "write" and name != "find"),
}
"""Port -> methods that change nothing and that nothing put aside would answer otherwise."""


def rehearse(operation: Operation[T]) -> Operation[T]:
    """The operation's result as it would be; outcomes that would be there have the reason `dry_run`."""
    found = yield from _driven(operation, _Rehearsal())
    return _told(found)  # type: ignore[no-any-return]


def _told(found: Any) -> Any:
    if isinstance(found, Outcome):
        return replace(found, reason=DRY) if found.ok and found.reason is None else found
    return [_told(one) for one in found] if isinstance(found, list) else found


def _driven(operation: Operation[Any], world: _Rehearsal) -> Operation[Any]:
    """Perform the harmless steps, answer the others; failures go back into the operation."""
    resume: Callable[[], Any] = partial(next, operation)
    try:
        while True:
            try:
                step = resume()
            except StopIteration as end:
                return end.value
            try:
                answer = yield from _answered(step, world)
            except OrderHubError as error:
                resume = partial(operation.throw, error)
            else:
                resume = partial(operation.send, answer)
    finally:
        operation.close()


def _answered(step: Any, world: _Rehearsal) -> Operation[Any]:
    if isinstance(step, Gather):
        makes = [partial(_begun, make, world) for make in step.operations]
        return (yield Gather(tuple(makes), step.limit))
    if not isinstance(step, Ask):
        return (yield step)
    port, _, name = step.port.partition(":")
    if port == "shop" and step.method == "run":
        (make,) = step.arguments
        return (yield Ask(step.port, "run", (lambda channel: _driven(make(_Channel(channel)), world),)))
    if port in _OF_THE_WORLD or step.method in READS.get(port, ()):
        return (yield step)
    act = getattr(world, f"{port}_{step.method}", None)
    if act is not None:
        return (yield from act(name, *step.arguments, **step.named) if name else act(*step.arguments, **step.named))
    if port in ("shop", "carrier", "delister"):
        return _welcomed(step.method, step.arguments)
    raise ConfigurationError(f"{step.port}.{step.method} cannot be rehearsed: dry_run is refused", field="dry_run")


def _begun(make: Callable[[], Operation[Any]], world: _Rehearsal) -> Operation[Any]:
    return _driven(make(), world)


def _welcomed(verb: str, arguments: Sequence[Any]) -> Any:
    """What a platform says that takes everything."""
    if verb in ("sold_out", "back_in_stock", "confirm_messages"):
        return None
    first = arguments[0] if arguments else ""
    if isinstance(first, str):
        return Outcome(True, first)
    if isinstance(first, list | tuple) and all(hasattr(one, "key") for one in first):
        return [Outcome(True, one.key) for one in first]
    raise ConfigurationError(f"shop.{verb} cannot be rehearsed: dry_run is refused", field="dry_run")


class _Channel:
    """A channel whose writing verbs answer success; its message queue is read once, since nothing is confirmed."""

    def __init__(self, channel: Any) -> None:
        self._channel, self._pulled = channel, False

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._channel, verb)
        if (row := CHANNEL_VERBS.get(verb)) is not None and row.kind == "write":
            return partial(_success, verb)
        return partial(self._messages, found) if verb == "pull_messages" else found

    def _messages(self, pull: Callable[..., Operation[Any]], *arguments: Any) -> Operation[Any]:
        if self._pulled:
            return []
        self._pulled = True
        return (yield from pull(*arguments))


def _success(verb: str, *arguments: Any, **named: Any) -> Operation[Any]:
    yield from ()
    return _welcomed(verb, arguments)


class _Rehearsal(RehearsedOrders, RehearsedShares, RehearsedStock):
    """What was put aside: methods are `port_method`, operations that answer as the port would."""

    def __init__(self) -> None:
        super().__init__()
        self._tags: dict[str, set[str]] = {}
        self._waybills: dict[str, Waybill] = {}
        self._redacted: set[str] = set()
        self._papers: dict[str, dict[str, str]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._queues: dict[str, dict[str, tuple[str, int]]] = {}
        self._queue_delivered: dict[str, set[tuple[str, int]]] = defaultdict(set)

    # --- marks, claims, messages, queues ---

    def marks_put_events(self, events: Sequence[Any]) -> Operation[None]:
        yield from ()

    def marks_put_filter(self, name: str, query: Any) -> Operation[None]:
        yield from ()

    def marks_drop_filter(self, name: str) -> Operation[None]:
        yield from ()

    def marks_tags_of(self, keys: Sequence[str]) -> Operation[dict[str, tuple[str, ...]]]:
        found: dict[str, tuple[str, ...]] = yield from ask("marks", "tags_of", list(keys))
        both = {**found, **{key: tuple(sorted(self._tags[key])) for key in keys if key in self._tags}}
        return {key: tags for key, tags in both.items() if tags}

    def marks_tag_orders(
        self, keys: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), who: str = "hub"
    ) -> Operation[list[Outcome[None]]]:
        tags = yield from self.marks_tags_of(keys)
        outcomes: list[Outcome[None]] = []
        for key in keys:
            if (yield from self.stored(key)) is None:
                outcomes.append(Outcome(False, key, "not_found"))
            else:
                self._tags[key] = (set(tags.get(key, ())) | set(add)) - set(remove)
                outcomes.append(Outcome(True, key))
        return outcomes

    def quarantine_put_quarantined(self, items: Sequence[Any]) -> Operation[None]:
        yield from ()

    def quarantine_release_quarantined(self, keys: Sequence[str]) -> Operation[None]:
        yield from ()

    def runs_put_run(self, run: Any) -> Operation[None]:
        yield from ()

    def seen_first_seen(self, scope: str, ids: Sequence[str], at: Any) -> Operation[list[bool]]:
        before: list[bool] = yield from ask("seen", "is_seen", scope, list(ids))
        new = [not seen and (scope, one) not in self._seen for one, seen in zip(ids, before, strict=True)]
        self._seen |= {(scope, one) for one in ids}
        return new

    def claims_claim(self, keys: Sequence[str], at: Any) -> Operation[list[tuple[bool, str | None]]]:
        yield from ()
        return [(True, None) for _ in keys]

    def claims_resolve(self, results: Any) -> Operation[None]:
        yield from ()

    def claims_abandon(self, keys: Sequence[str]) -> Operation[None]:
        yield from ()

    def notifier_send(self, messages: Sequence[Any]) -> Operation[list[Outcome[None]]]:
        yield from ()
        return [Outcome(True, message.key) for message in messages]

    def courier_deliver_due(self) -> Operation[list[Outcome[None]]]:
        return (yield from ask("courier", "due"))  # type: ignore[no-any-return]

    def courier_settle(self, key: str, channel: str, *, sent: bool) -> Operation[Outcome[None]]:
        entry = (yield from ask("courier", "entries", key)).get(channel)
        doubtful = entry is not None and entry.is_doubtful
        return Outcome(doubtful, key, None if doubtful else "not_in_doubt")

    def courier_opt_out(self, contact: str, channels: Sequence[str] = ()) -> Operation[Outcome[None]]:
        yield from ()
        found = given_contact(contact)
        return Outcome(False, "contact", found) if isinstance(found, str) else Outcome(True, "contact")

    def courier_opt_in(self, contact: str) -> Operation[Outcome[None]]:
        return (yield from self.courier_opt_out(contact))

    def courier_consent(self, contact: str, purpose: str, *, given: bool = True) -> Operation[Outcome[None]]:
        return (yield from self.courier_opt_out(contact))

    def outbox_put_outbox(self, topic: str, rows: Mapping[str, str], version: int = 0) -> Operation[None]:
        queue = yield from self._queue(topic)
        for key, body in rows.items():
            if key not in queue or queue[key][1] <= version:
                queue[key] = (body, version)
                self._queue_delivered[topic].discard((key, version))

    def outbox_take_outbox(self, topic: str, limit: int = 100) -> Operation[list[tuple[str, str, int]]]:
        queue = yield from self._queue(topic)
        gone = self._queue_delivered[topic]
        waiting = [(key, body, version) for key, (body, version) in queue.items() if (key, version) not in gone]
        return waiting[:limit]

    def outbox_done_outbox(self, topic: str, rows: Sequence[tuple[str, int]]) -> Operation[None]:
        yield from ()
        self._queue_delivered[topic] |= set(rows)

    def outbox_peek_outbox(self, topic: str, limit: int | None = None) -> Operation[list[tuple[str, str, int]]]:
        waiting: list[tuple[str, str, int]] = yield from self.outbox_take_outbox(topic, 1_000_000)
        return waiting[:limit]

    def outbox_tell_events(self, events: Sequence[Any]) -> Operation[None]:
        yield from ()

    def hooks_call(self, name: str, event: Any) -> Operation[None]:
        yield from ()

    def _queue(self, topic: str) -> Operation[dict[str, tuple[str, int]]]:
        if topic not in self._queues:
            found: list[tuple[str, str, int]] = yield from ask("outbox", "peek_outbox", topic)
            self._queues[topic] = {key: (body, version) for key, body, version in found}
        return self._queues[topic]

    def papers_put_papers(self, order_key: str, papers: Mapping[str, str]) -> Operation[None]:
        self._papers[order_key] = {**(yield from self.papers_papers_of(order_key)), **papers}

    def papers_papers_of(self, order_key: str) -> Operation[dict[str, str]]:
        if order_key not in self._papers:
            self._papers[order_key] = yield from ask("papers", "papers_of", order_key)
        return self._papers[order_key]

    def papers_drop_papers(self, order_key: str, names: Iterable[str]) -> Operation[None]:
        there = yield from self.papers_papers_of(order_key)
        self._papers[order_key] = {name: text for name, text in there.items() if name not in set(names)}

    # --- forgetting ---

    def privacies_redact_orders(
        self, keys: Sequence[str], *, what: str, who: str = "hub"
    ) -> Operation[list[Outcome[str]]]:
        outcomes = []
        for key in keys:
            there = (yield from self.stored(key)) is not None
            outcomes.append(Outcome(there, key, None if there else "not_found", value="redacted" if there else None))
        self._redacted |= set(keys)
        return outcomes

    def privacies_lapsed_orders(self, closed_before: Any, now: Any, limit: int = 500) -> Operation[list[str]]:
        more = limit + len(self._redacted)
        found: list[str] = yield from ask("privacies", "lapsed_orders", closed_before, now, more)
        return [key for key in found if key not in self._redacted][:limit]

    def privacies_reseal(self) -> Operation[int]:
        return (yield from ask("privacies", "reseal", dry_run=True))  # type: ignore[no-any-return]

    # --- platforms that hand out waybills ---

    def shop_create_waybills(self, shop: str, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        found = yield from self.shop_find_waybills(shop, requests)
        return [row if row.value is not None else self._numbered(one) for row, one in zip(found, requests, strict=True)]

    def _numbered(self, request: WaybillRequest) -> Outcome[Waybill]:
        number = f"DRY{len(self._waybills) + 1:06d}"
        made = Waybill(carrier=request.carrier, waybill_no=number, reference=request.key)
        self._waybills[f"{request.carrier}:{request.key}"] = made
        return Outcome(True, request.key, value=made)

    def shop_find_waybills(self, shop: str, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        outcomes = []
        for request in requests:
            there = self._waybills.get(f"{request.carrier}:{request.key}")
            port = f"shop:{shop}"
            if there is None and not request.is_new and (yield from ask(port, "has", "find_waybills")):
                [row] = yield from ask(port, "find_waybills", [request])
                there = row.value
            outcomes.append(Outcome(True, request.key, value=there))
        return outcomes

    def shop_query_waybills(self, shop: str, waybills: Sequence[Waybill]) -> Operation[list[Outcome[Waybill]]]:
        numbers = {one.waybill_no for one in self._waybills.values()}
        real = [one for one in waybills if one.waybill_no not in numbers]
        told: list[Outcome[Waybill]] = (yield from ask(f"shop:{shop}", "query_waybills", real)) if real else []
        rows = iter(told)
        return [
            Outcome(True, one.reference, value=one) if one.waybill_no in numbers else next(rows) for one in waybills
        ]

    def shop_cancel_waybill(self, shop: str, waybill: Waybill) -> Operation[Outcome[None]]:
        return (yield from self.carrier_cancel(waybill.carrier, waybill))

    # --- carriers ---

    def carrier_create(self, carrier: str, parcel: Any, sender: Any) -> Operation[Waybill]:
        there = yield from self.carrier_find(carrier, parcel.parcel_id, quiet=True)
        if there is None:
            number = f"DRY{len(self._waybills) + 1:06d}"
            there = Waybill(carrier=carrier, waybill_no=number, reference=parcel.parcel_id)
        self._waybills[f"{carrier}:{parcel.parcel_id}"] = there
        return there

    def carrier_find(self, carrier: str, reference: str, quiet: bool = False) -> Operation[Waybill | None]:
        if f"{carrier}:{reference}" in self._waybills:
            return self._waybills[f"{carrier}:{reference}"]
        try:
            return (yield from ask(f"carrier:{carrier}", "find", reference))  # type: ignore[no-any-return]
        except OrderHubError:
            if quiet:  # a carrier that cannot be searched makes one
                return None
            raise

    def carrier_cancel(self, carrier: str, waybill: Waybill) -> Operation[Outcome[None]]:
        yield from ()
        self._waybills.pop(f"{carrier}:{waybill.reference}", None)
        return Outcome(True, waybill.reference)
