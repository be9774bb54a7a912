"""The laws of what a store tells its host: events are queued with the write they tell of. Imports `ports`, `models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from orderhub.errors import ConfigurationError
from orderhub.models import Finding, OrderStatus, Severity
from orderhub.models.events import HubEvent, StockAlerted, read_event
from orderhub.ports import Event, QuarantinedOrder, Run
from orderhub.testing.order_samples import Factory, at, refuses, sample_order, sample_refund

__all__ = ["EVENT_LAWS"]

KEY: Final = "taobao:tb-1:1"
PERSONAL: Final = ("王小明", "13800138000", "小明", "杭州市", "秘密")


def _told(store: Any, hook: str) -> list[HubEvent]:
    return [read_event(body) for _, body, _ in store.peek_outbox(f"events:{hook}")]


def _kinds(store: Any, hook: str) -> list[str]:
    return [event.kind for event in _told(store, hook)]


def law_events_tell_what_was_written(make: Factory[Any]) -> None:
    """One event per change, in order, for the hooks that want it; what changed nothing is not told."""
    store = make()
    store.put_orders([sample_order("0")])
    store.put_hook("all", ["*"])
    store.put_hook("orders", ["order.*"])
    store.put_hook("opened", ["case.opened", "note.tagged"])
    store.put_orders([sample_order("1"), sample_order("0")])
    store.put_orders([sample_order("1", 5, status=OrderStatus.SHIPPED), sample_order("1", 3)])
    store.put_refunds([sample_refund("r1"), sample_refund("r1", 9, reason="x")])
    store.tag_orders([KEY], add=["vip"], who="anna")
    store.put_events([Event(KEY, "called", "anna", {"line": "2"}), Event(KEY, "called", "anna", {"line": "2"})])
    assert _kinds(store, "all") == [
        "order.stored", "order.changed", "order.shipped", "case.opened", "case.changed", "note.tagged", "note.called",
    ]  # fmt: skip
    assert _kinds(store, "orders") == ["order.stored", "order.changed", "order.shipped"]
    assert _kinds(store, "opened") == ["case.opened", "note.tagged"]
    changed: Any = _told(store, "orders")[1]
    assert ("status", "awaiting_shipment", "shipped") in changed.changes
    assert changed.order_key == KEY
    ids = [event.event_id for event in _told(store, "all")]
    assert len(set(ids)) == len(ids)
    assert ids[:3] == [event.event_id for event in _told(store, "orders")], "one happening, one id for every hook"


def law_events_share_the_fate_of_their_write(make: Factory[Any]) -> None:
    """What a moved cursor refuses is never told, and a page that comes again tells nothing new."""
    store = make()
    store.put_hook("all", ["*"])
    cursor = store.put_cursor(store.get_cursor("pull"), "1")
    stale = store.get_cursor("never")
    store.put_cursor(stale, "1")
    refuses(lambda: store.put_orders([sample_order("1")], cursor=stale, position="2"))
    assert _told(store, "all") == []
    store.put_orders([sample_order("1")], cursor=cursor, position="2")
    store.put_orders([sample_order("1")])
    assert _kinds(store, "all") == ["order.stored"]


def law_events_name_nobody(make: Factory[Any]) -> None:
    """No event holds what the order knows about people, whatever of it changes."""
    store = make()
    store.put_hook("all", ["*"])
    one = sample_order("1", buyer_note="秘密")
    person = one.recipient.model_copy(update={"phone": "秘密", "name": "秘密"})
    store.put_orders([one, sample_order("1", 2, recipient=person, buyer_note="秘密 2", status=OrderStatus.CANCELLED)])
    store.put_refunds([sample_refund("r1", reason="秘密"), sample_refund("r1", 4, reason="秘密 2")])
    store.put_quarantined([_spoilt("taobao:tb-1:7", "no_total")])
    bodies = "".join(body for _, body, _ in store.peek_outbox("events:all"))
    assert bodies.count("event_id") == 5
    assert [word for word in PERSONAL if word in bodies] == []


def law_quarantine_and_runs_are_told(make: Factory[Any]) -> None:
    """A document is told when it is new in quarantine or for another reason; a run when it ends, and how."""
    store = make()
    store.put_hook("desk", ["document.*", "run.*"])
    store.put_quarantined([_spoilt("taobao:tb-1:7", "no_total"), _spoilt("taobao:tb-1:8", "no_total")])
    store.put_quarantined([_spoilt("taobao:tb-1:7", "no_total"), _spoilt("taobao:tb-1:8", "bad_status")])
    store.put_run(Run("run-1", "sync_orders", "taobao:tb-1", at(1)))
    store.put_run(Run("run-1", "sync_orders", "taobao:tb-1", at(1), at(3), {"inserted": 2}))
    store.put_run(Run("run-2", "sync_orders", "taobao:tb-1", at(4), at(5), error="TimedOut"))
    told: list[Any] = _told(store, "desk")
    assert [event.document_key[-1] + event.reason for event in told[:3]] == ["7no_total", "8no_total", "8bad_status"]
    assert [(event.kind, event.run, event.shop_key) for event in told[3:]] == [
        ("run.finished", "sync_orders", "taobao:tb-1"), ("run.failed", "sync_orders", "taobao:tb-1"),
    ]  # fmt: skip


def law_hooks_are_kept_and_dropped(make: Factory[Any]) -> None:
    """A subscription is a row that the next process finds; dropped, its queue goes and nothing more comes."""
    store = make()
    for wrong in ([], ["orders.*"], ["order"], ["*.stored"], ["order.*", "stok.low"]):
        try:
            store.put_hook("wrong", wrong)
        except ConfigurationError:
            continue
        raise AssertionError(f"{wrong} is no kind of event")
    store.put_hook("one", ["order.*"])
    store.put_hook("one", ["stock.*", "stock.*"])
    store.put_hook("two", ["*"])
    assert store.hooks() == {"one": ("stock.*",), "two": ("*",)}
    alert = StockAlerted(event_id="a:1", kind="stock.low_stock", at=at(1), code="low_stock", sku="A", place="*")
    store.tell_events([alert, alert])
    store.tell_events([])
    assert _told(store, "one") == _told(store, "two") == [alert], "the same event waits once"
    store.drop_hook("one")
    store.drop_hook("never")
    store.tell_events([alert.model_copy(update={"event_id": "a:2"})])
    assert store.hooks() == {"two": ("*",)}
    assert (_kinds(store, "one"), len(_kinds(store, "two"))) == ([], 2)
    assert [key for key, _, _ in store.peek_outbox("events:two", 1)] == ["a:1"]


def _spoilt(key: str, reason: str) -> QuarantinedOrder:
    platform, shop_id, order_id = key.split(":")
    finding = Finding(code=reason, severity=Severity.ERROR, message="the total is missing", platform=platform)
    return QuarantinedOrder(key, platform, shop_id, order_id, reason, finding, "秘密".encode())


EVENT_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_events_tell_what_was_written, law_events_share_the_fate_of_their_write, law_events_name_nobody,
        law_quarantine_and_runs_are_told, law_hooks_are_kept_and_dropped,
    )
}  # fmt: skip
